//! Examples as Google sends them, and the laws of the conversion.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use concord_model::observed::{Observation, PartStart};
use concord_model::people::{self, Address, Attendee, Role};
use concord_model::privacy::Privacy;
use concord_model::recurrence::Recurrence;
use concord_model::view::{Availability, Colour, Reminder, ReminderBy, Reminders, Status};
use concord_model::{EventId, LinkId, Moment};
use expect_test::expect_file;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::AmbiguousOffset;
use proptest::prelude::*;

use super::*;
use crate::google::calls::Heard;
use crate::google::pull::{Sent, Sheet};
use crate::google::push::WRITABLE;

fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

fn utc() -> Seen {
    Seen { now: now(), ahead: SignedDuration::ZERO, zone: None, read_only: false }
}

/// The page `fixtures/google/<name>.json` is read as the items in `<name>.items.json`.
fn check(name: &str) -> Vec<Item> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/google");
    let body = Bytes::from(std::fs::read(folder.join(format!("{name}.json"))).unwrap());
    let heard = Heard { body, ahead: SignedDuration::ZERO, says_deleted: false };
    let items: Vec<Item> = Sheet::read(&heard).unwrap().sent(now()).unwrap().iter().map(Sent::item).collect();
    let told = serde_json::to_string_pretty(&items).unwrap();
    expect_file![folder.join(format!("{name}.items.json"))].assert_eq(&format!("{told}\n"));
    items
}

#[test]
fn single_events_are_read() {
    check("single");
}

#[test]
fn an_events_page_is_told_and_nothing_else_that_is_put_in_its_place() {
    let page = |link: &str| {
        let event = json!({ "id": "e", "start": { "date": "2026-11-24" }, "end": { "date": "2026-11-25" }, "htmlLink": link });
        item(&serde_json::from_value(event).unwrap(), &utc()).page
    };
    let link = "https://www.google.com/calendar/event?eid=abc";
    assert_eq!(page(link).as_deref(), Some(link));
    assert_eq!(page("javascript:alert(1)"), None);
}

#[test]
fn days_are_days() {
    check("all_day");
}

#[test]
fn a_series_is_read_with_its_exceptions_in_any_order() {
    let mut seen = Observation::default();
    for item in check("series").into_iter().filter(|item| item.id.as_str() == "7r8s9tseries") {
        seen.add(item, now());
    }
    let theirs = seen.over(None).unwrap();
    let told: Vec<String> =
        theirs.view.overrides.iter().map(|(key, change)| format!("{key} {change:?}")).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("20261202T100000 Changed({Time"), "{told:?}");
    assert_eq!(told[1..], ["20261209T100000 Cancelled", "20261216T100000 Cancelled"]);
    assert_eq!(theirs.versions.parts.len(), 2);
}

#[test]
fn tombstones_are_known_by_their_id_alone() {
    check("tombstones");
}

#[test]
fn special_types_are_read_only() {
    check("special_types");
}

#[test]
fn busy_times_without_a_name_are_read_only() {
    check("busy_only");
}

#[test]
fn what_is_private_and_may_not_be_seen_has_no_version() {
    let mut event = json!({
        "kind": "calendar#event", "etag": "\"1\"", "id": "e1", "status": "confirmed", "iCalUID": "e1@google.com",
        "start": { "date": "2026-11-24" }, "end": { "date": "2026-11-25" }, "visibility": "private",
    });
    let told = |event: &Value| item(&serde_json::from_value(event.clone()).unwrap(), &utc());
    assert_eq!((told(&event).etag, told(&event).hold), (None, Hold::Masked));
    event["creator"] = json!({ "email": "alice@example.net", "self": true });
    assert_eq!((told(&event).etag.is_some(), told(&event).hold), (true, Hold::Free));
}

#[test]
fn guests_links_and_files_are_read() {
    check("guests");
}

#[test]
fn bm_126_guests_that_are_there_twice_or_have_no_address_stop_nothing() {
    let guests = json!([
        { "email": "lee@example.net", "responseStatus": "accepted" }, { "email": "LEE@example.net" }, { "email": "lee@example.net" },
        { "email": "" }, { "displayName": "Nobody" }, { "email": "group: a, b;" }, { "email": "c_1@resource.calendar.google.com", "resource": true },
    ]);
    let event: wire::Event = serde_json::from_value(json!({
        "kind": "calendar#event", "id": "e1", "status": "confirmed", "iCalUID": "e1@google.com", "attendees": guests,
        "start": { "dateTime": "2026-11-24T10:00:00Z", "timeZone": "UTC" }, "end": { "dateTime": "2026-11-24T11:00:00Z", "timeZone": "UTC" },
    }))
    .unwrap();
    let State::Live(view) = item(&event, &utc()).state else { panic!("it is read") };
    let known: Vec<&str> = view.attendees.iter().map(|guest| guest.address.as_str()).collect();
    assert_eq!(known, ["c_1@resource.calendar.google.com", "group: a, b;", "lee@example.net"]);
    assert_eq!(view.attendees[2].answer, people::Answer::Accepted);
}

#[test]
fn what_is_odd_is_told_alone_and_never_taken_for_gone() {
    check("odd");
}

#[test]
fn a_stamp_is_corrected_by_the_offset_of_the_clocks_and_never_in_the_future() {
    let stamp = |updated: &str, ahead: i64| {
        let event = wire::Event { updated: Some(updated.to_owned()), ..wire::Event::default() };
        let seen = Seen { ahead: SignedDuration::from_secs(ahead), ..utc() };
        item(&event, &seen).stamp.unwrap().to_string()
    };
    assert_eq!(stamp("2026-11-20T09:00:00.250Z", 0), "2026-11-20T09:00:00.25Z");
    assert_eq!(stamp("2026-11-20T09:00:00Z", -30), "2026-11-20T08:59:30Z");
    assert_eq!(stamp("2026-11-20T09:59:50Z", 60), "2026-11-20T10:00:00Z");
}

#[test]
fn an_instance_is_named_in_utc() {
    let check = |start: &str, zone: &str, key: &str, expected: &str| {
        let start = Moment::new(start.parse().unwrap(), Zone::new(zone).unwrap());
        let span = Span::timed(start.clone(), start).unwrap();
        let id = time::instance_id(&ExternalId::from("m"), &span, key.parse().unwrap()).unwrap();
        assert_eq!(id.as_str(), expected);
        let (series, start) = time::parts_of_id(&id.0).unwrap();
        assert_eq!((series.as_str(), start.key(&span).to_string()), ("m", key.to_owned()));
    };
    check("2026-10-21T09:00:00", "Europe/Berlin", "20261021T090000", "m_20261021T070000Z");
    check("2026-10-21T09:00:00", "Europe/Berlin", "20261028T090000", "m_20261028T080000Z");
    check("2026-10-21T20:00:00", "America/New_York", "20261021T200000", "m_20261022T000000Z");
}

#[test]
fn only_ids_of_instances_are_taken_apart() {
    for id in
        ["plain", "_20261021", "a_b", "a_R20261021T090000", "a_20261021T090000", "a_2026102", "20261225_abc"]
    {
        assert_eq!(time::parts_of_id(id), None, "{id}");
    }
    let (series, start) = time::parts_of_id("a_R20261021T090000_20261028").unwrap();
    assert_eq!(series.as_str(), "a_R20261021T090000");
    assert_eq!(start, PartStart::Key("20261028".parse().unwrap()));
}

#[test]
fn zones_of_a_fixed_offset_are_taken_where_there_is_one() {
    let zone = |name: &str| time::zone(name).map(|zone| zone.name().to_owned()).ok();
    assert_eq!(zone("GMT-07:00").as_deref(), Some("Etc/GMT+7"));
    assert_eq!(zone("UTC+14:00").as_deref(), Some("Etc/GMT-14"));
    assert_eq!(zone("GMT+00:00").as_deref(), Some("UTC"));
    assert_eq!(zone("GMT+05:30"), None);
    assert_eq!(zone("Customized"), None);
}

#[test]
fn a_wall_time_that_is_not_clear_is_written_with_its_offset() {
    let written = |wall: &str, later: bool| {
        let zone = Zone::new("Europe/Berlin").unwrap();
        let mut moment = Moment::new(wall.parse().unwrap(), zone.clone());
        if later {
            moment = Moment::at(moment.instant().checked_add(1.hour()).unwrap(), zone);
        }
        let mut body = Map::new();
        time::put_span(&Span::timed(moment.clone(), moment).unwrap(), false, &mut body);
        body["start"]["dateTime"].as_str().unwrap().to_owned()
    };
    assert_eq!(written("2026-11-24T10:00:00", false), "2026-11-24T10:00:00");
    assert_eq!(written("2026-10-25T02:30:00", false), "2026-10-25T02:30:00+02:00");
    assert_eq!(written("2026-10-25T02:30:00", true), "2026-10-25T02:30:00+01:00");
    assert_eq!(written("2026-03-29T02:30:00", false), "2026-03-29T02:30:00+01:00");
}

#[test]
fn a_new_event_names_nothing_but_what_is_not_the_default() {
    let start = Moment::new("2026-11-24T10:00:00".parse().unwrap(), Zone::utc());
    let view = View::new(Span::timed(start.clone(), start).unwrap(), "");
    let event = new_event(&ExternalId::from("cc1"), "u", &mark(), &view, WRITABLE);
    let mut keys: Vec<&String> = event.keys().collect();
    keys.sort();
    assert_eq!(keys, ["end", "extendedProperties", "id", "start"]);
}

#[test]
fn fields_that_the_lens_does_not_show_are_not_written() {
    let start = Moment::new("2026-11-24T10:00:00".parse().unwrap(), Zone::utc());
    let mut view = View::new(Span::timed(start.clone(), start).unwrap(), "hidden");
    view.description = "hidden".to_owned();
    let fields = FieldSet::NONE.with(Field::Location);
    let event = Value::Object(new_event(&ExternalId::from("cc1"), "u", &mark(), &view, fields)).to_string();
    assert!(!event.contains("hidden"), "{event}");
    let after = View { title: "x".to_owned(), location: "there".to_owned(), ..view.clone() };
    assert_eq!(Value::Object(change(&view, &after, fields)), json!({ "location": "there" }));
}

#[test]
fn one_changed_guest_leaves_the_others_as_they_are() {
    let there: Vec<wire::Attendee> = serde_json::from_value(json!([
        { "email": "Jo@example.com", "responseStatus": "accepted", "comment": "yes", "additionalGuests": 1 },
        { "email": "al@example.com", "responseStatus": "declined", "optional": true, "displayName": "Al" },
        { "email": "out@example.com", "responseStatus": "accepted" },
        { "id": "17", "displayName": "Hidden" },
    ]))
    .unwrap();
    let guest = |address: &str, answer, role| Attendee {
        address: Address::from(address),
        name: if address.starts_with("al") { "Al" } else { "" }.to_owned(),
        answer,
        role,
    };
    let after = [
        guest("al@example.com", people::Answer::Accepted, Role::Optional),
        guest("jo@example.com", people::Answer::Accepted, Role::Required),
        guest("new@example.com", people::Answer::Awaited, Role::Required),
    ];
    assert_eq!(
        serde_json::to_value(guests(&there, &after)).unwrap(),
        json!([
            { "email": "Jo@example.com", "responseStatus": "accepted", "comment": "yes", "additionalGuests": 1 },
            { "email": "al@example.com", "responseStatus": "accepted", "optional": true, "displayName": "Al" },
            { "id": "17", "displayName": "Hidden" },
            { "email": "new@example.com" },
        ])
    );
}

// --- laws

fn mark() -> Mark {
    Mark { event: EventId(uuid::Uuid::from_u128(1)), link: LinkId(uuid::Uuid::from_u128(2)) }
}

fn clear(wall: DateTime, zone: &Zone) -> bool {
    !matches!(zone.rules().to_ambiguous_timestamp(wall).offset(), AmbiguousOffset::Gap { .. })
}

prop_compose! {
    fn moments()(
        day in 0i32..1500,
        minute in 0i32..1440,
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Etc/GMT+7"]),
        later in any::<bool>(),
    ) -> Option<Moment> {
        let zone = Zone::new(zone).unwrap();
        let wall = date(2025, 1, 1).checked_add(day.days()).unwrap().at(0, 0, 0, 0);
        let wall = wall.checked_add(minute.minutes()).unwrap();
        let moment = Moment::new(wall, zone.clone());
        let again = Moment::at(moment.instant().checked_add(1.hour()).unwrap(), zone.clone());
        // In a fold, sometimes the second of the two.
        if later && again.wall() == wall { return Some(again) }
        clear(wall, &zone).then_some(moment)
    }
}

fn spans() -> impl Strategy<Value = Span> {
    let day = (0i32..1500, 1i32..5).prop_map(|(day, length)| {
        let start: Date = date(2025, 1, 1).checked_add(day.days()).unwrap();
        Span::days(start, start.checked_add(length.days()).unwrap()).unwrap()
    });
    let timed = (moments(), 1i64..3000, prop::option::of(Just("Asia/Tokyo"))).prop_filter_map(
        "a wall time that there is",
        |(start, minutes, zone)| {
            let start = start?;
            let zone = zone.map_or_else(|| start.zone().clone(), |zone| Zone::new(zone).unwrap());
            let end = Moment::at(start.instant().checked_add(minutes.minutes()).unwrap(), zone);
            Span::timed(start, end).ok()
        },
    );
    prop_oneof![1 => day, 3 => timed]
}

fn rules() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "RRULE:FREQ=DAILY",
        "RRULE:FREQ=WEEKLY;COUNT=10",
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE",
        "RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=5",
        "RRULE:FREQ=YEARLY",
    ])
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-z<>&;☕é\\n\\t ]{1,40}",
        "(<b>|</b>|<br>|&amp;|&lt;|x| |\\n){1,12}",
        "<a href=\"https://example.org\">here</a>",
    ]
}

fn guest_lists() -> impl Strategy<Value = Vec<Attendee>> {
    let answer = prop::sample::select(vec![
        people::Answer::Awaited,
        people::Answer::Accepted,
        people::Answer::Tentative,
        people::Answer::Declined,
    ]);
    let role = prop::sample::select(vec![Role::Required, Role::Optional, Role::Resource]);
    let guest = ("[a-d]@example\\.com", "[A-Z]?", answer, role);
    prop::collection::vec(guest, 0..4).prop_map(|guests| {
        let attendee = |(address, name, answer, role): (String, _, _, _)| Attendee {
            address: Address::from(address),
            name,
            answer,
            role,
        };
        guests.into_iter().map(attendee).collect()
    })
}

prop_compose! {
    /// Views within what Google can hold.
    fn views()(
        span in spans(),
        rule in prop::option::of(rules()),
        cancelled in prop::collection::vec(1i32..20, 0..3),
        title in "[a-z<>&☕]{0,8}( [a-z]{1,3})?",
        location in "[a-z,]{0,8}",
        description in texts(),
        status in prop::sample::select(vec![Status::Confirmed, Status::Tentative]),
        availability in prop::sample::select(vec![Availability::Busy, Availability::Free]),
        privacy in prop::sample::select(vec![Privacy::Default, Privacy::Public, Privacy::Private]),
        colour in prop::option::of(prop::sample::select(Colour::ALL.to_vec())),
        attendees in guest_lists(),
        reminders in prop::option::of(prop::collection::vec((0u32..40_320, any::<bool>()), 0..5)),
    ) -> View {
        let mut view = View::new(span.clone(), text::line(&title));
        if let Some(rule) = rule {
            let (recurrence, _) = Recurrence::parse(&[rule], &span).unwrap();
            view.time.recurrence = Some(recurrence);
            view.overrides = cancelled
                .into_iter()
                .filter_map(|days| match span.key() {
                    OccurrenceKey::Date(date) => Some(OccurrenceKey::Date(date.checked_add(days.days()).ok()?)),
                    OccurrenceKey::Time(wall) => Some(OccurrenceKey::Time(wall.checked_add(days.days()).ok()?)),
                })
                .filter(|key| match (key, span.zone()) {
                    (OccurrenceKey::Time(wall), Some(zone)) => clear(*wall, zone),
                    _ => true,
                })
                .map(|key| (key, Override::Cancelled))
                .collect();
        }
        view.location = text::line(&location);
        view.description = text::normal(&description);
        view.status = status;
        view.availability = availability;
        view.privacy = privacy;
        view.colour = colour;
        view.attendees = attendees;
        view.reminders = reminders.map_or(Reminders::Calendar, |own| {
            let reminder = |(minutes_before, email)| Reminder {
                minutes_before,
                by: if email { ReminderBy::Email } else { ReminderBy::Popup },
            };
            Reminders::Own(own.into_iter().map(reminder).collect())
        });
        view.normalise();
        view
    }
}

/// What Google answers to what it was given: instants with the calendar's own offset.
fn answered(mut event: Map<String, Value>) -> Map<String, Value> {
    let calendar = Zone::new("Pacific/Auckland").unwrap();
    for key in ["start", "end"] {
        let time: wire::EventDateTime = serde_json::from_value(event[key].clone()).unwrap();
        if time.date_time.is_none() {
            continue;
        }
        let span = time::span(Some(&time), Some(&time), None).unwrap();
        let instant = span.start_instant(&calendar);
        let told = instant.to_zoned(calendar.rules().clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        event[key] = json!({ "dateTime": told, "timeZone": span.zone().unwrap().name() });
    }
    event.retain(|_, value| !value.is_null());
    event
}

/// A PATCH as Google carries it out: objects key by key, null removes, lists whole.
fn patched(event: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        match (event.get_mut(key), value) {
            (_, Value::Null) => drop(event.remove(key)),
            (Some(Value::Object(there)), Value::Object(value)) => patched(there, value),
            (None, Value::Object(value)) => {
                let value = value.iter().filter(|(_, value)| !value.is_null());
                let value = value.map(|(key, value)| (key.clone(), value.clone())).collect();
                event.insert(key.clone(), Value::Object(value));
            }
            _ => drop(event.insert(key.clone(), value.clone())),
        }
    }
}

fn parsed(event: Map<String, Value>) -> View {
    view(&wire::Event::read(&Value::Object(event)).unwrap(), None).unwrap()
}

/// Google orders organiser by itself; the views here have none.
fn without_organiser(mut view: View) -> View {
    view.organiser = None;
    view
}

fn keys(field: Field) -> &'static [&'static str] {
    match field {
        Field::Time => &["start", "end", "recurrence"],
        Field::Title => &["summary"],
        Field::Location => &["location"],
        Field::Description => &["description"],
        Field::Status => &["status"],
        Field::Availability => &["transparency"],
        Field::Privacy => &["visibility"],
        Field::Colour => &["colorId"],
        Field::Reminders => &["reminders"],
        _ => &[],
    }
}

proptest! {
    /// Stable: what is written is read as what was meant.
    #[test]
    fn what_is_written_is_read_back_the_same(view in views()) {
        let event = new_event(&ExternalId::from("cc1"), "u", &mark(), &view, WRITABLE);
        let read = parsed(answered(event.clone()));
        prop_assert_eq!(without_organiser(read), view);
        let item = item(&wire::Event::read(&Value::Object(event)).unwrap(), &utc());
        prop_assert_eq!((item.mark, item.uid), (Some(mark()), Some("u".to_owned())));
    }

    /// GetPut: nothing changed, nothing sent.
    #[test]
    fn an_unchanged_view_sends_nothing(view in views()) {
        prop_assert!(change(&view, &view, FieldSet::ALL).is_empty());
    }

    /// PutGet: a patch brings what is there to what is meant, and names only fields that differ.
    #[test]
    fn a_patch_changes_what_differs_and_touches_nothing_else(before in views(), after in views(), mask in any::<u32>()) {
        let fields: FieldSet = WRITABLE.without(Field::Attendees).iter().filter(|f| mask & (1 << *f as u32) != 0).collect();
        let patch = change(&before, &after, fields);
        let differing = before.differing(&after).and(fields);
        let allowed: Vec<&str> = differing.iter().flat_map(keys).copied().collect();
        for key in patch.keys() {
            prop_assert!(allowed.contains(&key.as_str()), "{} is not among {:?}", key, allowed);
        }
        let mut event = new_event(&ExternalId::from("cc1"), "u", &mark(), &before, WRITABLE);
        patched(&mut event, &patch);
        let read = parsed(answered(event));
        let mut meant = before.clone();
        for field in differing.iter() {
            meant.take(field, &after);
        }
        for field in WRITABLE.iter() {
            prop_assert_eq!(read.value(field), meant.value(field));
        }
    }

    /// Guests survive a change of the list in all that the change does not name.
    #[test]
    fn a_guest_list_becomes_what_is_meant(before in guest_lists(), after in guest_lists()) {
        let view = |guests: Vec<Attendee>| {
            let mut view = View::new(Span::days(date(2026, 1, 1), date(2026, 1, 2)).unwrap(), "");
            view.attendees = guests;
            view.normalise();
            view
        };
        let (before, after) = (view(before), view(after));
        let there = guests(&[], &before.attendees);
        let mut event = wire::Event { attendees: Some(guests(&there, &after.attendees)), ..wire::Event::default() };
        event.start = Some(wire::EventDateTime { date: Some("2026-01-01".to_owned()), ..Default::default() });
        let read = super::view(&event, None).unwrap();
        for (read, meant) in read.attendees.iter().zip(&after.attendees) {
            let was_resource = before.attendees.iter().any(|a| a.address == meant.address && a.role == Role::Resource);
            prop_assert_eq!((&read.address, &read.name, read.answer), (&meant.address, &meant.name, meant.answer));
            prop_assert!(read.role == meant.role || was_resource, "what is a resource stays one");
        }
        prop_assert_eq!(read.attendees.len(), after.attendees.len());
    }

    /// A changed occurrence, told as an exception, is laid over its series as the same override.
    #[test]
    fn an_exception_is_read_as_the_override_that_was_written(series in views(), other in views(), days in 1i32..40) {
        prop_assume!(series.is_series());
        let mut series = series;
        series.overrides.clear();
        let key = match series.time.span.key() {
            OccurrenceKey::Date(date) => OccurrenceKey::Date(date.checked_add(days.days()).unwrap()),
            OccurrenceKey::Time(wall) => OccurrenceKey::Time(wall.checked_add(days.days()).unwrap()),
        };
        let usual = series.occurrence(key).unwrap();
        let mut whole = View { time: usual.time.clone(), overrides: BTreeMap::new(), ..other };
        if days % 2 == 0 {
            whole.title.clone_from(&usual.title);
            whole.attendees.clone_from(&usual.attendees);
        }
        let meant = series.override_for(key, &whole);

        let id = ExternalId::from("cc1");
        let instance = time::instance_id(&id, &series.time.span, key).unwrap();
        let mut exception = new_event(&instance, "u", &mark(), &whole, WRITABLE);
        exception.insert("recurringEventId".to_owned(), json!("cc1"));
        let mut seen = Observation::default();
        let master = new_event(&id, "u", &mark(), &series, WRITABLE);
        for event in [answered(exception), answered(master)] {
            let mut item = item(&wire::Event::read(&Value::Object(event)).unwrap(), &utc());
            if let State::Live(view) = &mut item.state {
                view.organiser = None;
            }
            seen.add(item, now());
        }
        let theirs = seen.over(None).unwrap();
        prop_assert_eq!(theirs.view.overrides.get(&key), meant.as_ref());
    }
}
