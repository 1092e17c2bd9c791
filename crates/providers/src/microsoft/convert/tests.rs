//! Events as Graph sends them, next to the views that they are.

use concord_model::privacy::Privacy;
use concord_model::view::{Availability, Colour, Reminder, Reminders, Status};
use concord_model::{Moment, Zone};

use super::*;

fn event(more: Value) -> wire::Event {
    let mut event = json!({
        "@odata.etag": "W/\"v1\"", "id": "AAkA=", "type": "singleInstance", "subject": "Coaching",
        "start": { "dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC" },
        "end": { "dateTime": "2026-11-24T10:00:00.0000000", "timeZone": "UTC" },
        "originalStartTimeZone": "W. Europe Standard Time", "originalEndTimeZone": "W. Europe Standard Time",
        "isAllDay": false, "isOrganizer": true, "isReminderOn": true, "reminderMinutesBeforeStart": 15,
        "showAs": "busy", "sensitivity": "normal", "categories": [], "attendees": [],
    });
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    wire::Event::read(&event).unwrap()
}

fn at(start: &str, end: &str, zone: &str) -> Span {
    let moment = |wall: &str| Moment::new(wall.parse().unwrap(), Zone::new(zone).unwrap());
    Span::timed(moment(start), moment(end)).unwrap()
}

fn coaching() -> View {
    View::new(at("2026-11-24T10:00:00", "2026-11-24T11:00:00", "Europe/Berlin"), "Coaching")
}

fn check(more: Value, expected: impl FnOnce(&mut View)) {
    let mut view = coaching();
    expected(&mut view);
    assert_eq!(whole(&event(more.clone()), None).unwrap(), view, "{more}");
}

#[test]
fn an_event_without_anything_special_is_plain() {
    check(json!({}), |_| {});
}

#[test]
fn each_field_is_read() {
    check(json!({ "subject": null }), |view| view.title = String::new());
    check(json!({ "location": { "displayName": " Studio A " } }), |view| {
        view.location = "Studio A".to_owned();
    });
    check(
        json!({ "body": { "contentType": "html", "content": "<html><body><p>one</p><p>two</p></body></html>" } }),
        |view| {
            view.description = "one\ntwo".to_owned();
        },
    );
    check(json!({ "showAs": "tentative" }), |view| view.status = Status::Tentative);
    check(json!({ "showAs": "oof" }), |_| {});
    check(json!({ "showAs": "workingElsewhere" }), |view| view.availability = Availability::Free);
    check(json!({ "isCancelled": true }), |view| view.status = Status::Cancelled);
    check(json!({ "sensitivity": "personal" }), |view| view.privacy = Privacy::Private);
    check(json!({ "sensitivity": "confidential" }), |view| view.privacy = Privacy::Confidential);
    check(json!({ "categories": ["Clients", "dark Green Category"] }), |view| {
        view.colour = Some(Colour::Basil);
    });
    check(json!({ "isReminderOn": false }), |view| view.reminders = Reminders::Own(Vec::new()));
    check(json!({ "reminderMinutesBeforeStart": 30 }), |view| {
        view.reminders = Reminders::Own(vec![Reminder { minutes_before: 30, by: Default::default() }]);
    });
    check(
        json!({ "isOnlineMeeting": true, "onlineMeeting": { "joinUrl": "https://teams.microsoft.com/l/x" } }),
        |view| {
            view.conference = "https://teams.microsoft.com/l/x".to_owned();
        },
    );
}

#[test]
fn microsoft_trap_13_whole_days_are_never_moved_by_a_zone() {
    let told = json!({
        "isAllDay": true, "originalStartTimeZone": "Pacific Standard Time",
        "start": { "dateTime": "2026-11-24T00:00:00.0000000", "timeZone": "UTC" },
        "end": { "dateTime": "2026-11-26T00:00:00.0000000", "timeZone": "UTC" },
    });
    let days = Span::days("2026-11-24".parse().unwrap(), "2026-11-26".parse().unwrap()).unwrap();
    check(told, |view| view.time.span = days.clone());
    // The original start of an occurrence is midnight of its series' zone, told in UTC.
    for start in ["2026-11-24T07:00:00Z", "2026-11-23T23:00:00Z", "2026-11-24T00:00:00Z"] {
        let part = event(json!({ "type": "exception", "originalStart": start }));
        assert_eq!(key(&part, &days).unwrap().to_string(), "20261124", "{start}");
    }
    let named =
        event(json!({ "occurrenceId": "OID.AAkA=.2026-11-24", "originalStart": "2026-11-25T00:00:00Z" }));
    assert_eq!(key(&named, &days).unwrap().to_string(), "20261124");
}

#[test]
fn microsoft_trap_12_a_zone_that_only_outlook_knows_keeps_the_instant_of_what_happens_once() {
    check(
        json!({ "originalStartTimeZone": "tzone://Microsoft/Custom", "originalEndTimeZone": "" }),
        |view| {
            view.time.span = at("2026-11-24T09:00:00", "2026-11-24T10:00:00", "UTC");
        },
    );
    let series = json!({
        "type": "seriesMaster", "originalStartTimeZone": "tzone://Microsoft/Custom",
        "recurrence": { "pattern": { "type": "daily", "interval": 1 }, "range": { "type": "noEnd", "recurrenceTimeZone": "" } },
    });
    let why = whole(&event(series), None).unwrap_err();
    assert!(why.contains("only Outlook knows"), "{why}");
}

#[test]
fn times_that_are_none_are_odd() {
    for odd in ["0001-01-01T00:00:00.0000000Z", "9999-12-31T23:59:59.9999999", "soon"] {
        assert!(
            whole(&event(json!({ "start": { "dateTime": odd, "timeZone": "tzone://Microsoft/Utc" } })), None)
                .is_err()
        );
    }
    assert!(whole(&event(json!({ "end": null })), None).is_err());
    let item = item(&event(json!({ "start": 7 })), None, &seen());
    assert!(matches!(item.state, State::Odd(_)));
    assert_eq!(item.etag, Some("W/\"v1\"".into()));
}

fn seen() -> Seen {
    Seen { now: "2026-11-20T10:00:00Z".parse().unwrap(), ahead: SignedDuration::ZERO }
}

fn weekly(more: Value) -> wire::Event {
    let mut all = json!({
        "type": "seriesMaster",
        "recurrence": {
            "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"], "firstDayOfWeek": "sunday" },
            "range": { "type": "numbered", "numberOfOccurrences": 10, "startDate": "2026-11-24",
                       "recurrenceTimeZone": "W. Europe Standard Time" },
        },
    });
    for (key, value) in more.as_object().unwrap() {
        all[key] = value.clone();
    }
    event(all)
}

#[test]
fn microsoft_trap_3_a_series_has_the_occurrences_that_its_master_tells() {
    let master = weekly(json!({}));
    let special = event(json!({
        "id": "AAkB=", "type": "exception", "subject": "Special", "seriesMasterId": "AAkA=",
        "occurrenceId": "OID.AAkA=.2026-12-01",
        "start": { "dateTime": "2026-12-02T14:00:00.0000000", "timeZone": "UTC" },
        "end": { "dateTime": "2026-12-02T15:00:00.0000000", "timeZone": "UTC" },
    }));
    let usual = event(json!({
        "id": "AAkC=", "type": "exception", "seriesMasterId": "AAkA=", "originalStart": "2026-12-15T09:00:00Z",
        "start": { "dateTime": "2026-12-15T09:00:00.0000000", "timeZone": "UTC" },
        "end": { "dateTime": "2026-12-15T10:00:00.0000000", "timeZone": "UTC" },
    }));
    let span = time::span(&master).unwrap();
    let cancelled = cancelled(&["OID.AAkA=.2026-12-08".to_owned(), "what".to_owned()], &span);
    let view = whole(&master, Some(&Parts { changed: vec![special, usual], cancelled })).unwrap();
    let told: Vec<String> =
        view.overrides.iter().map(|(key, change)| format!("{key} {}", word(change))).collect();
    assert_eq!(told, ["20261201T100000 2 fields", "20261208T100000 cancelled"]);
}

fn word(change: &Override) -> String {
    match change {
        Override::Cancelled => "cancelled".to_owned(),
        Override::Changed(patch) => format!("{} fields", patch.len()),
    }
}

#[test]
fn microsoft_trap_3_what_its_rule_makes_and_nobody_shows_does_not_take_place() {
    let master = weekly(json!({}));
    let there = ["20261124T100000", "20261208T100000"].map(|key| key.parse().unwrap());
    let window = ("2026-11-20T00:00:00Z".parse().unwrap(), "2026-12-10T00:00:00Z".parse().unwrap());
    let holes = holes(&master, &there, window).unwrap();
    assert_eq!(holes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["20261201T100000"]);
}

#[test]
fn microsoft_trap_11_a_series_is_told_on_its_own_clock() {
    let name = name("00000000-0000-4000-8000-000000000001");
    let mark = Mark {
        event: concord_model::EventId(uuid::Uuid::from_u128(1)),
        link: concord_model::LinkId(uuid::Uuid::from_u128(2)),
    };
    let mut view = coaching();
    view.time.recurrence = Some(repeating::Rule::parse("FREQ=WEEKLY", &view.time.span).unwrap().into());
    let told = new_event(&name, "u1", &mark, &view, crate::microsoft::push::WRITABLE).unwrap();
    assert_eq!(told["transactionId"], "00000000-0000-4000-8000-000000000001");
    assert_eq!(
        told["start"],
        json!({ "dateTime": "2026-11-24T10:00:00", "timeZone": "W. Europe Standard Time" })
    );
    assert_eq!(told["recurrence"]["range"]["recurrenceTimeZone"], "W. Europe Standard Time");
    assert_eq!(told["recurrence"]["range"]["startDate"], "2026-11-24");
    let two_zones = Span::timed(
        Moment::new("2026-11-24T10:00:00".parse().unwrap(), Zone::new("Europe/Berlin").unwrap()),
        Moment::new("2026-11-24T11:00:00".parse().unwrap(), Zone::new("Europe/London").unwrap()),
    );
    view.time.span = two_zones.unwrap();
    let why = new_event(&name, "u1", &mark, &view, FieldSet::NONE).unwrap_err();
    assert!(why.contains("another time zone"), "{why}");
}

#[test]
fn an_hour_that_comes_twice_is_told_as_an_instant() {
    let zone = Zone::new("Europe/Berlin").unwrap();
    let later = Moment::at("2026-10-25T01:30:00Z".parse().unwrap(), zone.clone());
    assert!(later.is_later());
    let end = Moment::at("2026-10-25T02:30:00Z".parse().unwrap(), zone);
    let mut into = Map::new();
    time::put(&Span::timed(later, end).unwrap().into(), None, &mut into).unwrap();
    assert_eq!(into["start"], json!({ "dateTime": "2026-10-25T01:30:00", "timeZone": "UTC" }));
    assert_eq!(
        into["end"],
        json!({ "dateTime": "2026-10-25T03:30:00", "timeZone": "W. Europe Standard Time" })
    );
}

#[test]
fn a_change_names_only_what_differs_and_keeps_what_is_not_ours() {
    let there = event(json!({
        "categories": ["Clients", "Red category"],
        "attendees": [{ "type": "required", "status": { "response": "accepted" }, "proposedNewTime": { "x": 1 },
                        "emailAddress": { "address": "Jo@Example.com", "name": "Jo" } }],
    }));
    let before = whole(&there, None).unwrap();
    let mut after = before.clone();
    after.colour = Some(Colour::Blueberry);
    let patch = change(&before, &after, crate::microsoft::push::WRITABLE, Some(&there)).unwrap();
    assert_eq!(Value::Object(patch), json!({ "categories": ["Blue category", "Clients"] }));
    let mut after = before.clone();
    let new = concord_model::people::Attendee {
        address: "new@example.com".into(),
        name: String::new(),
        answer: Default::default(),
        role: Default::default(),
    };
    after.attendees.push(new);
    let patch = change(&before, &after, crate::microsoft::push::WRITABLE, Some(&there)).unwrap();
    assert_eq!(
        Value::Object(patch),
        json!({ "attendees": [
            { "type": "required", "proposedNewTime": { "x": 1 }, "emailAddress": { "address": "Jo@Example.com", "name": "Jo" } },
            { "type": "required", "emailAddress": { "address": "new@example.com" } },
        ]})
    );
}

#[test]
fn who_called_it_decides_what_we_may_do() {
    let check = |more: Value, expected: Hold| assert_eq!(item(&event(more), None, &seen()).hold, expected);
    check(json!({}), Hold::Free);
    check(json!({ "isOrganizer": null }), Hold::Free);
    check(json!({ "isOrganizer": false }), Hold::Free);
    check(json!({ "isOrganizer": false, "responseStatus": { "response": "none" } }), Hold::Free);
    check(json!({ "isOrganizer": false, "responseStatus": { "response": "notResponded" } }), Hold::Guest);
    let guest = json!([{ "emailAddress": { "address": "jo@example.com" } }]);
    check(json!({ "isOrganizer": false, "attendees": guest }), Hold::Guest);
    check(json!({ "isOrganizer": false, "isCancelled": true }), Hold::ReadOnly);
}

#[test]
fn a_name_of_ours_is_told_and_the_name_in_the_world_is_not_overwritten() {
    let ours = "00000000-0000-4000-8000-000000000001";
    let told = |more: Value| {
        let item = item(&event(more), None, &seen());
        (item.made_as.map(|id| id.0), item.uid)
    };
    assert_eq!(told(json!({ "iCalUId": "040000008200E0" })), (None, Some("040000008200E0".to_owned())));
    assert_eq!(
        told(json!({ "iCalUId": "0400", "transactionId": ours })),
        (Some(format!("concord-{ours}")), None)
    );
    assert_eq!(told(json!({ "iCalUId": null, "transactionId": "localevent:123" })), (None, None));
    let notes = json!([{ "id": UID.to_lowercase(), "value": "u1" }, { "id": MARK, "value": "what" }]);
    let with_notes =
        told(json!({ "iCalUId": "0400", "transactionId": ours, "singleValueExtendedProperties": notes }));
    assert_eq!(with_notes.1.as_deref(), Some("u1"));
}

const KEYS: [&str; 22] = [
    "type",
    "subject",
    "body",
    "isAllDay",
    "start",
    "end",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "recurrence",
    "location",
    "showAs",
    "sensitivity",
    "categories",
    "isReminderOn",
    "reminderMinutesBeforeStart",
    "isOrganizer",
    "attendees",
    "organizer",
    "originalStart",
    "occurrenceId",
    "lastModifiedDateTime",
    "onlineMeeting",
];
const VALUES: [&str; 24] = [
    "null",
    "true",
    "-7",
    "99999999999999999999",
    "\"\"",
    "\"seriesMaster\"",
    "\"exception\"",
    "\"W. Europe Standard Time\"",
    "\"tzone://Microsoft/Custom\"",
    "\"9999-12-31T23:59:59.9999999Z\"",
    "\"-009999-01-02T00:00:00Z\"",
    "\"OID.x.9999-12-31\"",
    "[]",
    "[null]",
    "[{\"emailAddress\":{\"address\":\" \"}}]",
    "{}",
    "{\"dateTime\":\"9998-12-31T23:59:59.0000000\",\"timeZone\":\"Line Islands Standard Time\"}",
    "{\"dateTime\":\"0002-01-01T00:00:00\",\"timeZone\":\"UTC\"}",
    "{\"dateTime\":\"2026-11-24T09:00:00.0000000\",\"timeZone\":\"UTC\"}",
    "{\"dateTime\":\"2026-11-24T10:00:00.0000000\"}",
    "{\"contentType\":\"html\",\"content\":\"<div><a href='x\"}",
    "{\"pattern\":{\"type\":\"daily\",\"interval\":4000000000},\"range\":{\"type\":\"noEnd\"}}",
    "{\"pattern\":{\"type\":\"absoluteYearly\",\"interval\":1,\"month\":2,\"dayOfMonth\":31},\"range\":{\"type\":\"endDate\",\"endDate\":\"0001-01-01\"}}",
    "{\"pattern\":{\"type\":\"weekly\",\"interval\":1,\"daysOfWeek\":[\"monday\"]},\"range\":{\"type\":\"numbered\",\"numberOfOccurrences\":0}}",
];

proptest::proptest! {
    /// Whatever comes is read, or is odd.
    #[test]
    fn no_event_makes_it_stumble(
        entries in proptest::collection::vec((proptest::sample::select(&KEYS), proptest::sample::select(&VALUES)), 0..14),
    ) {
        let more: Map<String, Value> =
            entries.iter().map(|(key, value)| ((*key).to_owned(), serde_json::from_str(value).unwrap())).collect();
        let event = event(Value::Object(more));
        let key = "20261124T100000".parse().unwrap();
        let parts = Parts { changed: vec![event.clone()], cancelled: vec![key] };
        let first = item(&event, Some(&parts), &seen());
        proptest::prop_assert_eq!(&first, &item(&event, Some(&parts), &seen()));
        let window = ("2026-11-20T00:00:00Z".parse().unwrap(), "2027-12-10T00:00:00Z".parse().unwrap());
        drop(holes(&event, &[], window));
        if let State::Live(view) = &first.state {
            drop(new_event(&first.id, "u", &Mark { event: concord_model::EventId(uuid::Uuid::nil()), link: concord_model::LinkId(uuid::Uuid::nil()) }, view, FieldSet::ALL));
        }
    }
}

#[test]
fn an_events_page_is_told_and_nothing_else_that_is_put_in_its_place() {
    let page = |link: &str| item(&event(json!({ "webLink": link })), None, &seen()).page;
    let link = "https://outlook.office365.com/owa/?itemid=AAkA%3D";
    assert_eq!(page(link).as_deref(), Some(link));
    assert_eq!(page("javascript:alert(1)"), None);
}
