//! The traps of Google's API, one test each, numbered as in the provider's notes.

use std::collections::BTreeMap;

use concord_model::observed::{Hold, PartStart};
use concord_model::people::{self, Address, Attendee};
use concord_model::recurrence::Recurrence;
use concord_model::view::{Availability, Override};
use concord_model::{FieldSet, Generation, Zone};
use concord_providers::provider::{Channel, Mail, Next, NoticeSays, Watch, Write, Written};
use http::HeaderMap;

use super::*;
use crate::contract::{
    at, but, change, class, coaching, create, key, make, mark, reading, same, theirs, update, write,
};

fn time(wall: &str) -> Value {
    json!({ "dateTime": format!("{wall}+01:00"), "timeZone": "Europe/Berlin" })
}

/// What a person's event has at least.
fn plain(title: &str) -> Value {
    json!({ "summary": title, "start": time("2026-11-24T10:00:00"), "end": time("2026-11-24T11:00:00") })
}

fn with(mut fields: Value, more: Value) -> Value {
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fields
}

impl World {
    fn person_makes(&self, fields: Value) -> ExternalId {
        ExternalId::from(self.person(json!({ "do": "create", "fields": fields }))["id"].as_str().unwrap())
    }

    fn queries(&self) -> Vec<String> {
        self.calls().iter().map(|call| call["query"].as_str().unwrap_or_default().to_owned()).collect()
    }

    async fn item(&self, id: &ExternalId) -> Item {
        let items = items_of(reading(self, id).await);
        items.into_iter().find(|item| item.part.is_none()).unwrap()
    }
}

#[tokio::test]
async fn trap_01_our_own_write_comes_back_with_the_version_that_we_know() {
    let world = World::new();
    let (_, cursor) = listing(&world, None).await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let later = View { title: "Later".to_owned(), ..known.view.clone() };
    let known = change(&world, &id, &known, later).await;
    // To look at one event spends no cursor.
    theirs(&world, &id).await;
    let (items, _) = listing(&world, Some(cursor)).await;
    let [item] = &items[..] else { panic!("{items:?}") };
    assert_eq!(item.etag, known.versions.whole);
    assert_eq!(*live(item), known.view);
}

#[tokio::test]
async fn trap_02_a_create_without_an_answer_is_found_by_its_id() {
    let world = World::new();
    for (n, status) in (1u128..).zip([500, 502, 503, 504]) {
        world.fault(json!({ "kind": "status", "status": status, "effect": true, "count": 1 }));
        let first = write(&world, create(&world, n, coaching("Coaching"))).await;
        assert!(matches!(first, Err(Answer::Unknown(_))), "{status}: {first:?}");
        assert_eq!(write(&world, create(&world, n, coaching("Coaching"))).await, Err(Answer::Exists));
    }
    assert_eq!(world.titles().len(), 4);
}

#[tokio::test]
async fn trap_03_the_id_of_a_deleted_event_is_burnt_and_the_next_generation_is_not() {
    let world = World::new();
    let (id, _) = make(&world, 1, coaching("Coaching")).await;
    world.person_deletes(&id);
    assert_eq!(write(&world, create(&world, 1, coaching("Coaching"))).await, Err(Answer::Exists));
    assert_eq!(reading(&world, &id).await, Reading::Deleted);
    let next = world.google.id_for(mark(1).event, mark(1).link, Generation(1), None);
    let Write::Create { uid, mark, view, fields, .. } = create(&world, 1, coaching("Coaching")) else {
        unreachable!()
    };
    let written = write(&world, Write::Create { id: next, uid, mark, view, fields, was: None }).await;
    assert!(written.is_ok(), "{written:?}");
    assert_eq!(world.titles(), ["Coaching"]);
}

#[tokio::test]
async fn trap_04_listings_have_no_window_and_tell_a_series_as_one() {
    let world = World::new();
    world.person_makes(with(plain("Endless"), json!({ "recurrence": ["RRULE:FREQ=DAILY"] })));
    assert_eq!(world.items().await.len(), 1);
    for query in world.queries() {
        assert!(
            !query.contains("timeM") && !query.contains("singleEvents=true") && !query.contains("orderBy")
        );
    }
}

#[tokio::test]
async fn trap_05_a_cursor_of_another_query_is_lost() {
    let world = World::new();
    let (_, cursor) = listing(&world, None).await;
    let mut place: Value = serde_json::from_str(cursor.as_str()).unwrap();
    place["q"] = json!("00000000");
    assert_eq!(world.page(Some(&Cursor(place.to_string()))).await.err(), Some(Answer::CursorGone));
}

#[tokio::test]
async fn trap_06_a_malformed_token_is_a_lost_cursor_though_it_is_a_400() {
    let world = World::new();
    let (_, cursor) = listing(&world, None).await;
    for (key, token) in [("s", "nonsense"), ("p", "nonsense")] {
        let mut place: Value = serde_json::from_str(cursor.as_str()).unwrap();
        place[key] = json!(token);
        assert_eq!(
            world.page(Some(&Cursor(place.to_string()))).await.err(),
            Some(Answer::CursorGone),
            "{key}"
        );
    }
    let statuses: Vec<i64> = world.calls().iter().filter_map(|call| call["status"].as_i64()).collect();
    assert!(statuses.contains(&400), "{statuses:?}");
}

#[tokio::test]
async fn trap_07_cancelled_is_a_hole_in_a_series_or_the_end_of_an_event() {
    let world = World::new();
    let single = world.person_makes(plain("Single"));
    let series = world.person_makes(with(plain("Class"), json!({ "recurrence": ["RRULE:FREQ=WEEKLY"] })));
    let (_, cursor) = listing(&world, None).await;
    world.person_deletes(&single);
    world.person_deletes(&ExternalId(format!("{series}_20261201T090000Z")));
    let (items, _) = listing(&world, Some(cursor)).await;
    let told: BTreeMap<&ExternalId, (bool, &State)> =
        items.iter().map(|item| (&item.id, (item.part.is_some(), &item.state))).collect();
    assert_eq!(told, BTreeMap::from([(&single, (false, &State::Gone)), (&series, (true, &State::Gone))]));
    let overrides = theirs(&world, &series).await.view.overrides;
    assert_eq!(overrides, BTreeMap::from([(key("20261201T100000"), Override::Cancelled)]));
}

#[tokio::test]
async fn trap_08_tombstones_are_known_by_their_id() {
    for quirks in
        [json!({ "sparseTombstones": true }), json!({ "bareOccurrences": true, "sparseTombstones": true })]
    {
        let world = World::with(quirks);
        let timed = world.person_makes(with(plain("Class"), json!({ "recurrence": ["RRULE:FREQ=WEEKLY"] })));
        let days = json!({ "summary": "Rent", "start": { "date": "2026-12-01" }, "end": { "date": "2026-12-02" }, "recurrence": ["RRULE:FREQ=MONTHLY"] });
        let days = world.person_makes(days);
        let (_, cursor) = listing(&world, None).await;
        world.person_deletes(&ExternalId(format!("{timed}_20261201T090000Z")));
        world.person_deletes(&ExternalId(format!("{days}_20270101")));
        let (items, _) = listing(&world, Some(cursor)).await;
        let parts: BTreeMap<&ExternalId, PartStart> =
            items.iter().map(|item| (&item.id, item.part.as_ref().unwrap().start)).collect();
        let instant = PartStart::Instant("2026-12-01T09:00:00Z".parse().unwrap());
        let expected = BTreeMap::from([(&timed, instant), (&days, PartStart::Key(key("20270101")))]);
        assert_eq!(parts, expected);
    }
}

#[tokio::test]
async fn trap_09_an_exception_may_come_before_its_series() {
    let world = World::new();
    for n in 0..8 {
        let id = world
            .person_makes(with(plain(&format!("Class {n}")), json!({ "recurrence": ["RRULE:FREQ=WEEKLY"] })));
        world.person_retitles(&ExternalId(format!("{id}_20261201T090000Z")), "Special");
    }
    let items = world.items().await;
    assert_eq!(items.len(), 16);
    let seen_first = items.iter().enumerate().filter(|(place, item)| {
        item.part.is_some() && items[*place..].iter().any(|later| later.part.is_none() && later.id == item.id)
    });
    assert!(seen_first.count() > 0, "the twin scatters its lists");
    assert!(items.iter().all(|item| matches!(item.state, State::Live(_))));
}

#[tokio::test]
async fn trap_10_a_series_that_a_person_split_is_two_with_one_mark() {
    let world = World::new();
    let (id, _) = make(&world, 1, class("Class")).await;
    let second = ExternalId(format!("{id}_20261208T090000Z"));
    let split =
        world.person(json!({ "do": "split", "id": second.as_str(), "fields": { "summary": "Later class" } }));
    let new = ExternalId::from(split["id"].as_str().unwrap());
    assert_ne!(new, id);
    let marks: Vec<_> = world.items().await.into_iter().map(|item| (item.id, item.mark)).collect();
    assert_eq!(marks.len(), 2);
    assert!(marks.iter().all(|(_, found)| *found == Some(mark(1))), "the mark is a hint, not a proof");
    // Each is read for itself, exceptions of the one are not the other's.
    world.person_retitles(&ExternalId(format!("{new}_20261215T090000Z")), "Special");
    assert!(theirs(&world, &id).await.view.overrides.is_empty());
    assert_eq!(theirs(&world, &new).await.view.overrides.len(), 1);
}

#[tokio::test]
async fn trap_11_one_more_guest_takes_nobodys_answer_away() {
    let world = World::new();
    let guests = json!([
        { "email": "jo@elsewhere.test", "responseStatus": "accepted", "comment": "I bring cake", "additionalGuests": 2 },
        { "email": "al@elsewhere.test", "responseStatus": "declined", "optional": true },
    ]);
    let id = world.person_makes(with(plain("Review"), json!({ "attendees": guests })));
    let known = theirs(&world, &id).await;
    let mut after = known.view.clone();
    after.attendees.push(Attendee {
        address: Address::from("new@elsewhere.test"),
        name: "New".to_owned(),
        answer: people::Answer::Awaited,
        role: people::Role::Required,
    });
    after.normalise();
    let known = change(&world, &id, &known, after.clone()).await;
    assert_eq!(known.view.attendees, after.attendees);
    let there = world.event(&id)["attendees"].clone();
    let jo = there.as_array().unwrap().iter().find(|guest| guest["email"] == "jo@elsewhere.test").unwrap();
    assert_eq!((&jo["comment"], &jo["additionalGuests"]), (&json!("I bring cake"), &json!(2)));
}

#[tokio::test]
async fn trap_12_every_write_says_whom_to_tell() {
    let world = World::new();
    contract::nobody_is_told_by_mail(&world).await;
    let writes =
        |call: &&Value| call["method"] != "GET" && call["path"].as_str().unwrap().contains("/events");
    let calls = world.calls();
    assert!(calls.iter().filter(writes).count() >= 5);
    for call in calls.iter().filter(writes) {
        assert!(call["query"].as_str().unwrap().contains("sendUpdates=none"), "{call}");
    }
    // And when guests may be told, that is said too.
    let create = create(&world, 2, coaching("Coaching"));
    world.google.write(&world.access(), &world.calendar(), &[create], Mail::Guests).await.remove(0).unwrap();
    assert!(world.queries().last().unwrap().contains("sendUpdates=all"));
}

/// Seed 70971 of the simulator: of two events that were read together one was refused until later, and the exceptions of the
/// other were asked for at once.
#[tokio::test]
async fn i_33_the_exceptions_of_a_series_are_not_read_after_another_event_was_refused_until_later() {
    let world = World::new();
    let (single, _) = make(&world, 1, coaching("Coaching")).await;
    let (series, _) = make(&world, 2, class("Class")).await;
    let on = json!({ "method": "GET", "path": single.as_str() });
    world.fault(json!({ "match": on, "kind": "status", "status": 429, "retryAfter": 40, "count": 1 }));
    let before = world.trips();
    let answers = world.google.read(&world.access(), &world.calendar(), &[single, series]).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(Answer::RetryAfter { .. }))), "{answers:?}");
    assert_eq!(world.trips() - before, 1);
}

#[tokio::test]
async fn trap_13_an_abuse_guard_is_a_long_wait_and_a_rate_a_short_one() {
    let world = World::new();
    let check = async |status: u16, reason: &str, retry_after: Option<u32>, expected: Answer| {
        let retry = retry_after.map_or(json!({}), |seconds| json!({ "retryAfter": seconds }));
        world.fault(with(json!({ "kind": "status", "status": status, "reason": reason, "count": 1 }), retry));
        assert_eq!(write(&world, create(&world, 1, coaching("x"))).await, Err(expected), "{reason}");
    };
    let at =
        |seconds| Some(world.access().now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap());
    check(403, "quotaExceeded", None, Answer::RetryAfter { at: None, long: true }).await;
    check(403, "rateLimitExceeded", None, Answer::RetryAfter { at: None, long: false }).await;
    check(403, "userRateLimitExceeded", Some(7), Answer::RetryAfter { at: at(7), long: false }).await;
    check(429, "rateLimitExceeded", Some(60), Answer::RetryAfter { at: at(60), long: false }).await;
    assert_eq!(world.titles(), [""; 0]);
    // In a batch only what was over the limit waits.
    world.control("POST", "quirks", json!({ "quota": { "calendarWrites": 3 } }));
    let writes: Vec<Write> = (1..=5).map(|n| create(&world, n, coaching("x"))).collect();
    let answers = world.google.write(&world.access(), &world.calendar(), &writes, Mail::Nobody).await;
    let made = answers.iter().filter(|answer| answer.is_ok()).count();
    let wait =
        answers.iter().filter(|answer| matches!(answer, Err(Answer::RetryAfter { long: false, .. }))).count();
    assert_eq!((made, wait), (3, 2), "{answers:?}");
}

fn address() -> Url {
    Url::parse("https://concord.test/notices/google").unwrap()
}

async fn watch(world: &World, id: &str, days: i64) -> Result<Option<Channel>, Answer> {
    let until = world.access().now.checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
    let (secret, address) = (SecretString::from("hush"), address());
    let watch = Watch { id, secret: &secret, address: &address, until };
    world.google.watch(&world.access(), &world.calendar(), watch).await
}

#[tokio::test]
async fn trap_14_a_calendar_that_cannot_be_watched_is_no_error() {
    let world = World::new();
    world.control("POST", "channels", json!({ "do": "unsupported", "calendar": world.calendar().as_str() }));
    assert_eq!(watch(&world, "c1", 5).await, Ok(None));
}

#[tokio::test]
async fn trap_15_a_channel_ends_when_google_says_and_is_stopped_once_or_twice() {
    let world = World::new();
    let channel = watch(&world, "c1", 30).await.unwrap().unwrap();
    assert_eq!(channel.id, "c1");
    let week = world.access().now.checked_add(jiff::SignedDuration::from_hours(24 * 7)).unwrap();
    assert_eq!(channel.ends_at, week, "the answer is the truth, not the wish");
    assert_eq!(watch(&world, "c1", 5).await, Err(Answer::Exists));
    assert_eq!(world.google.unwatch(&world.access(), &channel).await, Ok(()));
    assert_eq!(world.google.unwatch(&world.access(), &channel).await, Ok(()));
    let world = World::with(json!({ "httpsChannels": true }));
    let until = world.access().now.checked_add(jiff::SignedDuration::from_hours(24)).unwrap();
    let (secret, address) = (SecretString::from("hush"), Url::parse("http://concord.test/").unwrap());
    let watch = Watch { id: "c2", secret: &secret, address: &address, until };
    let answer = world.google.watch(&world.access(), &world.calendar(), watch).await;
    assert!(matches!(answer, Err(Answer::Misconfigured { .. })), "{answer:?}");
}

#[tokio::test]
async fn trap_16_notices_say_opened_changed_or_gone() {
    let world = World::new();
    watch(&world, "c1", 5).await.unwrap().unwrap();
    let notices = || -> Vec<_> {
        let read = |headers: &HeaderMap| world.google.notices(headers, b"").remove(0);
        world.twin.take_notices().iter().map(|notice| read(notice.request.headers())).collect()
    };
    let opened = notices();
    assert_eq!(opened.len(), 1);
    assert_eq!((opened[0].channel.as_str(), opened[0].secret.as_deref()), ("c1", Some("hush")));
    assert_eq!(opened[0].says, NoticeSays::Opened);
    world.person_makes(plain("News"));
    assert!(notices().iter().all(|notice| notice.says == NoticeSays::Changed));
}

#[tokio::test]
async fn trap_17_an_event_that_lasts_no_time_is_refused_for_good() {
    let world = World::new();
    let view = View::new(at("2026-11-24T10:00:00", "2026-11-24T10:00:00"), "Moment");
    let answer = write(&world, create(&world, 1, view)).await;
    assert!(matches!(answer, Err(Answer::Rejected { read_only: false, .. })), "{answer:?}");
    assert!(!world.google.capabilities().zero_length, "so the lens makes it a minute long");
}

#[tokio::test]
async fn trap_18_what_google_leaves_out_is_the_default() {
    let world = World::new();
    let bare = world
        .person_makes(json!({ "start": time("2026-11-24T10:00:00"), "end": time("2026-11-24T11:00:00") }));
    assert_eq!(theirs(&world, &bare).await.view, coaching(""));
    // Defaults that were written are left out by Google, and are no difference.
    let spelled = json!({ "summary": "", "transparency": "opaque", "visibility": "default", "reminders": { "useDefault": true } });
    let spelled = world.person_makes(with(plain(""), spelled));
    assert_eq!(theirs(&world, &spelled).await.view, coaching(""));
}

#[tokio::test]
async fn trap_19_a_zone_that_google_does_not_know_is_named() {
    let world = World::with(json!({ "unknownZones": ["Europe/Kyiv"] }));
    let moment = |wall: &str| Moment::new(wall.parse().unwrap(), Zone::new("Europe/Kyiv").unwrap());
    let span = Span::timed(moment("2026-11-24T10:00:00"), moment("2026-11-24T11:00:00")).unwrap();
    match write(&world, create(&world, 1, View::new(span, "x"))).await {
        Err(Answer::Rejected { why, read_only: false }) => assert!(why.contains("Europe/Kyiv"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn trap_20_what_concord_does_not_know_survives_our_changes() {
    let world = World::new();
    let theirs_alone = json!({
        "colorId": "5", "guestsCanInviteOthers": false,
        "reminders": { "useDefault": false, "overrides": [{ "method": "popup", "minutes": 3 }] },
        "source": { "title": "Wiki", "url": "https://example.com/wiki" },
        "attachments": [{ "fileUrl": "https://drive.google.com/open?id=1", "title": "Plan" }],
        "extendedProperties": { "private": { "other": "app" }, "shared": { "team": "x" } },
        "conferenceData": { "createRequest": { "requestId": "r1", "conferenceSolutionKey": { "type": "hangoutsMeet" } } },
        "somethingOfNextYear": { "deep": [1, 2] },
    });
    let id = world.person_makes(with(plain("Theirs"), theirs_alone));
    let before = world.event(&id);
    let known = theirs(&world, &id).await;
    let mut after = known.view.clone();
    (after.title, after.location) = ("Ours".to_owned(), "Studio".to_owned());
    after.time.span = at("2026-11-25T10:00:00", "2026-11-25T11:00:00");
    change(&world, &id, &known, after).await;
    let now = world.event(&id);
    assert_eq!(now["summary"], "Ours");
    for key in before.as_object().unwrap().keys() {
        if !["summary", "location", "start", "end", "etag", "updated", "sequence"].contains(&key.as_str()) {
            assert_eq!(now[key], before[key], "{key}");
        }
    }
    assert!(world.calls().iter().all(|call| call["method"] != "PUT"));
}

#[tokio::test]
async fn trap_21_the_block_about_the_meeting_is_googles_and_makes_no_difference() {
    let world = World::new();
    let line = "-::~:~::~:~:~:~:~:~::~:~::-";
    let text = format!("Agenda\n\n{line}\nJoin with Google Meet: https://meet.google.com/abc\n{line}");
    let meet = json!({ "createRequest": { "requestId": "r1", "conferenceSolutionKey": { "type": "hangoutsMeet" } } });
    let id =
        world.person_makes(with(plain("Meeting"), json!({ "description": text, "conferenceData": meet })));
    assert!(
        world.event(&id)["description"].as_str().unwrap().contains(line),
        "the twin keeps it with its meeting"
    );
    let known = theirs(&world, &id).await;
    assert_eq!(known.view.description, "Agenda");
    assert!(known.view.conference.starts_with("https://"), "{}", known.view.conference);
}

#[tokio::test]
async fn trap_24_special_types_are_read_only_and_refuse_for_good() {
    let world = World::new();
    let birthday = json!({ "summary": "Jo", "eventType": "birthday", "start": { "date": "2026-11-24" }, "end": { "date": "2026-11-25" },
        "recurrence": ["RRULE:FREQ=YEARLY"], "visibility": "private", "transparency": "transparent", "birthdayProperties": { "type": "birthday" } });
    let place = json!({ "summary": "Home", "eventType": "workingLocation", "start": { "date": "2026-11-24" }, "end": { "date": "2026-11-25" },
        "visibility": "public", "transparency": "transparent", "workingLocationProperties": { "type": "homeOffice", "homeOffice": {} } });
    let focus = with(plain("Focus"), json!({ "eventType": "focusTime" }));
    let away = with(plain("Away"), json!({ "eventType": "outOfOffice" }));
    let mut ids = Vec::new();
    for (fields, availability) in [
        (birthday, Availability::Free),
        (place, Availability::Free),
        (focus, Availability::Busy),
        (away, Availability::Busy),
    ] {
        let id = world.person_makes(fields);
        let item = world.item(&id).await;
        assert_eq!((item.hold, live(&item).availability), (Hold::ReadOnly, availability));
        ids.push(id);
    }
    let known = theirs(&world, &ids[0]).await;
    let after = View { location: "Here".to_owned(), ..known.view.clone() };
    let answer = write(&world, update(&world, &ids[0], &known, after)).await;
    assert!(matches!(answer, Err(Answer::Rejected { read_only: false, .. })), "{answer:?}");
}

#[tokio::test]
async fn trap_25_a_version_that_google_changes_a_moment_later_is_stale_once() {
    let world = World::with(json!({ "lateEtagMs": 500 }));
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    world.pass(1);
    let after = View { title: "Later".to_owned(), ..known.view.clone() };
    assert_eq!(write(&world, update(&world, &id, &known, after.clone())).await, Err(Answer::Stale));
    let again = theirs(&world, &id).await;
    assert_eq!(again.view, known.view);
    let known = change(&world, &id, &again, after.clone()).await;
    same(&world, &known.view, &after);
}

#[tokio::test]
async fn trap_26_nothing_is_imported() {
    let world = World::new();
    make(&world, 1, class("Class")).await;
    assert!(world.calls().iter().all(|call| !call["path"].as_str().unwrap().ends_with("/import")));
}

// --- what else Google does

#[tokio::test]
async fn empty_pages_go_on_and_only_the_sign_of_the_end_ends_a_listing() {
    let world = World::with(json!({ "emptyPages": true, "omitEmptyItems": true }));
    world.person_makes(plain("One"));
    let first = world.page(None).await.unwrap();
    assert!(first.items.is_empty());
    let Next::More(cursor) = first.next else { panic!("an empty page is no end") };
    let second = world.page(Some(&cursor)).await.unwrap();
    assert_eq!(second.items.len(), 1);
    assert!(matches!(second.next, Next::Done(_)));
    // The same page can be asked for again after a crash.
    assert_eq!(world.page(Some(&cursor)).await.unwrap().items, second.items);
}

#[tokio::test]
async fn a_calendar_that_was_taken_away_is_gone_and_not_empty() {
    let world = World::new();
    let team = world.other_calendar();
    let bob = world.access_to("twin-bob");
    let give = |role: &str| {
        world.control("POST", "access", json!({ "calendar": team.as_str(), "user": "bob", "role": role }))
    };
    give("writer");
    let page = world.google.changes(&bob, &team, None).await.unwrap();
    let Next::Done(cursor) = page.next else { panic!("an empty calendar is one page") };
    give("none");
    for from in [None, Some(&cursor)] {
        let answer = world.google.changes(&bob, &team, from).await.map(|page| page.next);
        assert!(matches!(answer, Err(Answer::CalendarGone | Answer::CursorGone)), "{answer:?}");
    }
    assert_eq!(
        world.google.changes(&bob, &team, None).await.map(|page| page.next),
        Err(Answer::CalendarGone)
    );
    let answer =
        world.google.write(&bob, &team, &[create(&world, 1, coaching("x"))], Mail::Nobody).await.remove(0);
    assert_eq!(answer, Err(Answer::CalendarGone));
}

#[tokio::test]
async fn a_calendar_that_may_only_be_read_says_so_once_written() {
    let world = World::new();
    let team = world.other_calendar();
    let bob = world.access_to("twin-bob");
    let give = |role: &str| {
        world.control("POST", "access", json!({ "calendar": team.as_str(), "user": "bob", "role": role }))
    };
    let fields = plain("Private talk");
    world.control("POST", "event", json!({ "do": "create", "calendar": team.as_str(), "fields": fields }));
    give("reader");
    let page = world.google.changes(&bob, &team, None).await.unwrap();
    assert_eq!((page.items[0].hold, live(&page.items[0]).title.as_str()), (Hold::ReadOnly, "Private talk"));
    let answer =
        world.google.write(&bob, &team, &[create(&world, 1, coaching("x"))], Mail::Nobody).await.remove(0);
    assert!(matches!(answer, Err(Answer::Rejected { read_only: true, .. })), "{answer:?}");
    give("freeBusyReader");
    let page = world.google.changes(&bob, &team, None).await.unwrap();
    assert_eq!((page.items[0].hold, live(&page.items[0]).title.as_str()), (Hold::Masked, ""));
}

#[tokio::test]
async fn a_guests_copy_is_a_guests_and_takes_only_an_answer() {
    let world = World::new();
    let state = world.control("GET", "state", json!({}));
    let bob_at = CalendarId::from(state["users"][1]["email"].as_str().unwrap());
    let guests = json!([{ "email": bob_at.as_str() }]);
    let id = world.person_makes(with(plain("Review"), json!({ "attendees": guests })));
    let bob = world.access_to("twin-bob");
    let read = async || world.google.read(&bob, &bob_at, std::slice::from_ref(&id)).await.remove(0).unwrap();
    let item = items_of(read().await).remove(0);
    assert_eq!(item.hold, Hold::Guest);
    assert_eq!(live(&item).organiser.as_ref().unwrap().address, Address::from(world.calendar().as_str()));
    let known = concord_model::observed::Observation::read(vec![item], bob.now).over(None).unwrap();
    let mut after = known.view.clone();
    let me =
        after.attendees.iter_mut().find(|guest| guest.address == Address::from(bob_at.as_str())).unwrap();
    me.answer = people::Answer::Accepted;
    let accept = update(&world, &id, &known, after);
    world.google.write(&bob, &bob_at, &[accept], Mail::Nobody).await.remove(0).unwrap();
    let organised = theirs(&world, &id).await;
    let me = organised
        .view
        .attendees
        .iter()
        .find(|guest| guest.address == Address::from(bob_at.as_str()))
        .unwrap();
    assert_eq!(me.answer, people::Answer::Accepted, "the organiser hears of it");
}

#[tokio::test]
async fn an_event_moved_to_another_calendar_is_found_there() {
    let world = World::new();
    let (id, _) = make(&world, 1, coaching("Coaching")).await;
    let team = world.other_calendar();
    world.person(json!({ "do": "move", "id": id.as_str(), "destination": team.as_str() }));
    assert_eq!(reading(&world, &id).await, Reading::Deleted);
    let uids = ["event-1@concord.test".to_owned()];
    let found = world.google.find(&world.access(), &team, &uids).await.unwrap();
    assert_eq!(found["event-1@concord.test"][0].mark, Some(mark(1)));
}

#[tokio::test]
async fn stamps_are_told_by_our_clock() {
    let world = World::new();
    world.control("POST", "clock", json!({ "advance": "-90s" }));
    let id = world.person_makes(plain("Slow clock"));
    let told = world.item(&id).await.stamp.unwrap();
    let ours = world.access().now;
    let off = ours.duration_since(told).as_secs();
    assert!((0..=4).contains(&off), "off by {off} s");
}

#[tokio::test]
async fn exdates_are_read_as_cancelled_occurrences_and_stay_when_the_rule_changes() {
    let world = World::new();
    let lines = json!(["RRULE:FREQ=WEEKLY;COUNT=10", "EXDATE;TZID=Europe/Berlin:20261201T100000"]);
    let id = world.person_makes(with(plain("Class"), json!({ "recurrence": lines })));
    world.person_deletes(&ExternalId(format!("{id}_20261208T090000Z")));
    let known = theirs(&world, &id).await;
    let cancelled = BTreeMap::from([
        (key("20261201T100000"), Override::Cancelled),
        (key("20261208T100000"), Override::Cancelled),
    ]);
    assert_eq!(known.view.overrides, cancelled);
    let mut after = known.view.clone();
    let (recurrence, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=12"], &after.time.span).unwrap();
    after.time.recurrence = Some(recurrence);
    change(&world, &id, &known, after.clone()).await;
    same(&world, &theirs(&world, &id).await.view, &after);
}

#[tokio::test]
async fn only_fields_of_the_lens_reach_an_occurrence() {
    let world = World::new();
    let (id, known) = make(&world, 1, class("Class")).await;
    let after = but(&known.view, "20261201T100000", |one| {
        (one.title, one.location) = ("Hidden".to_owned(), "Shown".to_owned());
    });
    let Write::Update { id: _, versions, before, after, .. } = update(&world, &id, &known, after) else {
        unreachable!()
    };
    let fields = FieldSet::NONE.with(concord_model::Field::Location);
    let written =
        write(&world, Write::Update { id: id.clone(), versions, before, after, fields }).await.unwrap();
    assert!(matches!(written, Written::There(_)));
    let there = world.event(&ExternalId(format!("{id}_20261201T090000Z")));
    assert_eq!((&there["summary"], &there["location"]), (&json!("Class"), &json!("Shown")));
}

#[tokio::test]
async fn a_listing_that_lags_behind_is_never_taken_for_the_truth() {
    let world = World::new();
    let special = but(&class("Class"), "20261201T100000", |one| one.title = "Special".to_owned());
    let (id, known) = make(&world, 1, special).await;
    world.pass(60);
    world.control("POST", "quirks", json!({ "visibilityDelayMs": 5000 }));
    let after = View { location: "Studio".to_owned(), ..known.view.clone() };
    // It was written, and what became of the exceptions cannot be seen yet.
    let answer = write(&world, update(&world, &id, &known, after.clone())).await;
    assert!(matches!(answer, Err(Answer::InPart(_))), "{answer:?}");
    let reading =
        world.google.read(&world.access(), &world.calendar(), std::slice::from_ref(&id)).await.remove(0);
    assert!(matches!(reading, Err(Answer::Transient(_))), "{reading:?}");
    world.pass(6);
    same(&world, &theirs(&world, &id).await.view, &after);
}
