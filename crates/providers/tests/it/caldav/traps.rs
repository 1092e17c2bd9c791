//! The traps of calendar servers, one test each, numbered as in the provider's notes. Those of feeds are not here.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::observed::{Hold, Item, Reading, State};
use concord_model::people::{Address, Attendee};
use concord_model::view::Override;
use concord_model::{Cursor, ExternalId, Generation, Span, View};
use concord_providers::Answer;
use concord_providers::caldav::{CalDav, Settings};
use concord_providers::http::{Http, Lost};
use concord_providers::provider::{Mail, Next, Provider, Write, Written};
use http::{Request, Response};
use serde_json::json;

use super::twin::{Door, World};
use crate::contract::{
    World as _, at, but, change, class, coaching, create, key, listing, make, mark, reading, same, theirs,
    update, write,
};

/// A file of another program, with these lines in its event.
fn file(uid: &str, lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Another//Program//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20261119T100000Z\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

const TIMES: [&str; 2] = ["DTSTART:20261124T090000Z", "DTEND:20261124T100000Z"];

fn titled<'a>(title: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    TIMES.into_iter().chain([title]).chain(more.iter().copied()).collect()
}

fn guest(address: &str) -> Attendee {
    Attendee {
        address: Address::from(address),
        name: String::new(),
        answer: Default::default(),
        role: Default::default(),
    }
}

async fn view(world: &World, id: &ExternalId) -> View {
    theirs(world, id).await.view
}

async fn item(world: &World, id: &ExternalId) -> Item {
    match reading(world, id).await {
        Reading::Present(mut items) => items.remove(0),
        other => panic!("{other:?}"),
    }
}

/// One page of changes, and the next cursor.
async fn delta(world: &World, from: &Cursor) -> (Vec<Item>, Cursor) {
    let page = world.page(Some(from)).await.unwrap();
    match page.next {
        Next::Done(next) | Next::More(next) => (page.items, next),
        Next::Everything => panic!("it was to tell what changed"),
    }
}

#[tokio::test]
async fn caldav_trap_01_a_missing_member_takes_no_other_with_it() {
    for missing in ["notFound", "omitted", "wholeFails"] {
        let world = World::like("plain", json!({ "query": { "missing": missing } })).await;
        let span = at("2026-11-24T10:00:00", "2026-11-24T11:00:00");
        let ids: Vec<ExternalId> =
            (0..3).map(|n| world.person_creates(&format!("Event {n}"), &span)).collect();
        world.person_deletes(&ids[1]);
        let read = world.caldav.read(&world.access(), &world.calendar(), &ids).await;
        assert!(matches!(&read[0], Ok(Reading::Present(_))), "{missing}: {:?}", read[0]);
        assert_eq!(read[1], Ok(Reading::Missing), "{missing}");
        assert!(matches!(&read[2], Ok(Reading::Present(_))), "{missing}: {:?}", read[2]);
    }
}

#[tokio::test]
async fn caldav_trap_02_empty_copies_under_a_404_take_nothing_away() {
    let world = World::like("plain", json!({ "wire": { "emptyPropstat": true } })).await;
    let (_, cursor) = listing(&world, None).await;
    world.person_creates("Coaching", &at("2026-11-24T10:00:00", "2026-11-24T11:00:00"));
    let (items, _) = delta(&world, &cursor).await;
    assert!(items.len() == 1 && items[0].etag.is_some(), "{items:?}");
    let names: Vec<String> =
        world.caldav.calendars(&world.access()).await.unwrap().into_iter().map(|c| c.name).collect();
    assert_eq!(names, ["Calendar", "Team"]);
}

#[tokio::test]
async fn i_09_half_a_file_is_no_event() {
    let world = World::plain().await;
    let (id, whole) = make(&world, 1, coaching("Coaching")).await;
    // It is asked for alone, where it is not told among many.
    world.fault(json!({ "match": { "method": "REPORT" }, "kind": "status", "status": 501, "count": 1 }));
    world.fault(json!({ "match": { "method": "GET" }, "kind": "truncate", "count": 1 }));
    let read = world.caldav.read(&world.access(), &world.calendar(), std::slice::from_ref(&id)).await;
    assert!(matches!(read[..], [Err(Answer::Transient(_))]), "{read:?}");
    assert_eq!(view(&world, &id).await, whole.view);
}

/// A way on which calls with that name in their path come later than the others that are under way.
struct Abreast(Arc<Door>, ExternalId);

#[async_trait]
impl Http for Abreast {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let turns = if request.uri().path().ends_with(self.1.as_str()) { 20 } else { 1 };
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        self.0.send(request).await
    }
}

#[tokio::test]
async fn i_33_who_is_asked_to_wait_while_others_are_under_way_sends_nothing_after_them() {
    let world = World::plain().await;
    let writes: Vec<Write> = (1..=2).map(|n| create(&world, n, coaching("Coaching"))).collect();
    // The second name is taken: what lies there would be looked at.
    let Write::Create { id, .. } = &writes[1] else { unreachable!("it is a create") };
    world
        .person_stores(id.as_str().trim_end_matches(".ics"), &file("another", &titled("SUMMARY:Other", &[])));
    world.fault(json!({ "kind": "status", "status": 429, "retryAfter": 40, "count": 1 }));
    let way = Arc::new(Abreast(world.door.clone(), id.clone()));
    let caldav = CalDav::new(Settings::any(), way.clone(), way);
    let before = world.trips();
    let told = caldav.write(&world.access(), &world.calendar(), &writes, Mail::Nobody).await;
    assert!(
        matches!(told[..], [Err(Answer::RetryAfter { at: Some(_), .. }), Err(Answer::Exists)]),
        "{told:?}"
    );
    assert_eq!(world.methods(before), ["PUT", "PUT"]);
}

/// Seed 80524 of the simulator, mixed: what asked to wait was a look at why a file had been refused.
#[tokio::test]
async fn i_33_a_wait_that_is_asked_for_while_a_refusal_is_looked_into_is_told() {
    for skip in 0..4 {
        let world = World::plain().await;
        world.fault(json!({ "match": { "method": "PUT" }, "kind": "status", "status": 403, "count": 1 }));
        let on = json!({ "kind": "status", "status": 429, "retryAfter": 40, "skip": skip, "count": 1 });
        world.fault(on);
        let before = world.trips();
        let told = write(&world, create(&world, 1, coaching("Coaching"))).await;
        let looks = world.trips() - before - 1;
        assert!(looks > 0);
        let waits = matches!(told, Err(Answer::RetryAfter { at: Some(_), .. }));
        assert_eq!(waits, looks > skip, "{skip}: {told:?}");
    }
}

#[tokio::test]
async fn caldav_trap_05_a_full_list_in_place_of_a_bad_token_names_versions_that_are_known() {
    let world = World::like("davical", json!({})).await;
    let (_, known) = make(&world, 1, coaching("Coaching")).await;
    let (_, cursor) = listing(&world, None).await;
    world.end_cursors();
    let before = world.trips();
    let (items, _) = delta(&world, &cursor).await;
    let [item] = items.as_slice() else { panic!("{items:?}") };
    // Whoever knows that version fetches nothing and concludes nothing.
    assert_eq!((&item.state, &item.etag), (&State::Unread, &known.versions.whole));
    assert_eq!(world.trips() - before, 1);
}

#[tokio::test]
async fn caldav_trap_07_a_list_that_was_cut_goes_on_until_its_end() {
    let world = World::like("plain", json!({ "sync": { "page": 2 } })).await;
    let (_, cursor) = listing(&world, None).await;
    let span = at("2026-11-24T10:00:00", "2026-11-24T11:00:00");
    for n in 0..5 {
        world.person_creates(&format!("Event {n}"), &span);
    }
    assert!(matches!(world.page(Some(&cursor)).await.unwrap().next, Next::More(_)));
    let (items, cursor) = listing(&world, Some(cursor)).await;
    assert_eq!(items.len(), 5);
    assert_eq!(listing(&world, Some(cursor)).await.0, []);
}

#[tokio::test]
async fn caldav_trap_08_no_limit_is_asked_for() {
    let world = World::like("xandikos", json!({ "load": { "lockMs": 0 } })).await;
    let (_, cursor) = listing(&world, None).await;
    let span = at("2026-11-24T10:00:00", "2026-11-24T11:00:00");
    for n in 0..30 {
        world.person_creates(&format!("Event {n}"), &span);
    }
    assert_eq!(delta(&world, &cursor).await.0.len(), 30);
    assert!(world.sent().iter().all(|sent| !sent.body.contains("nresults") && !sent.body.contains("limit")));
}

#[tokio::test]
async fn caldav_trap_09_what_the_changes_left_out_is_in_the_next_listing() {
    let world = World::like("nextcloud", json!({})).await;
    let (_, cursor) = listing(&world, None).await;
    world.person_creates("Coaching", &at("2026-11-24T10:00:00", "2026-11-24T11:00:00"));
    world.pass(100 * 24 * 3600);
    assert_eq!(delta(&world, &cursor).await.0, [], "the server has forgotten it, and does not say so");
    let page = world.page(None).await.unwrap();
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn caldav_trap_10_a_token_of_the_beginning_makes_no_news() {
    let world = World::like("plain", json!({ "sync": { "zeroTokenWhenIdle": true } })).await;
    let (_, known) = make(&world, 1, coaching("Coaching")).await;
    let (_, mut cursor) = listing(&world, None).await;
    for _ in 0..4 {
        let (items, next) = delta(&world, &cursor).await;
        // Of what once was there, it says that it is gone: nobody knows of that.
        for item in items.into_iter().filter(|item| item.state != State::Gone) {
            assert_eq!((&item.state, &item.etag), (&State::Unread, &known.versions.whole));
        }
        cursor = next;
    }
}

#[tokio::test]
async fn caldav_trap_11_what_was_decided_on_an_older_file_does_not_replace_a_newer_one() {
    let world = World::plain().await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    world.person_retitles(&id, "Theirs");
    // The newer file is known here, too; it is not what was decided upon.
    assert_eq!(view(&world, &id).await.title, "Theirs");
    let after = View { location: "Ours".to_owned(), ..known.view.clone() };
    assert_eq!(write(&world, update(&world, &id, &known, after)).await, Err(Answer::Stale));
    assert!(!world.file(&id).contains("Ours"));
}

#[tokio::test]
async fn caldav_trap_12_a_write_without_a_version_in_its_answer_is_read_again() {
    for quirks in [
        json!({ "write": { "putEtag": "never" } }),
        json!({ "write": { "etagForm": "weakOnPut", "putEtag": "always" } }),
        json!({ "write": { "putEtag": "stale" } }),
        json!({ "write": { "etagForm": "bare" } }),
        json!({ "write": { "etagForm": "gzip" } }),
        json!({ "write": { "etagForm": "unlisted" } }),
    ] {
        let world = World::like("plain", quirks.clone()).await;
        let (id, mut known) = make(&world, 1, coaching("Coaching")).await;
        for title in ["One", "Two", "Three"] {
            let after = View { title: title.to_owned(), ..known.view.clone() };
            let written = write(&world, update(&world, &id, &known, after.clone())).await;
            // A version that the server told wrongly is refused, and what is there is read.
            known = match written {
                Err(Answer::Stale) => {
                    let there = theirs(&world, &id).await;
                    change(&world, &id, &there, after).await
                }
                written => {
                    assert!(matches!(written, Ok(Written::There(_))), "{quirks}: {written:?}");
                    theirs(&world, &id).await
                }
            };
            assert_eq!(world.titles(), [title], "{quirks}");
        }
    }
}

#[tokio::test]
async fn caldav_trap_12_what_a_person_does_before_it_is_read_again_is_not_what_the_server_made_of_it() {
    let world = World::like("plain", json!({ "write": { "putEtag": "never" } })).await;
    let retitled = |id: &ExternalId| {
        let deed = json!({
            "calendar": "primary", "do": "change", "id": id.as_str(), "fields": { "summary": "Theirs" },
        });
        *world.door.right_after.lock().unwrap() = Some(deed);
    };
    let Write::Create { id, .. } = create(&world, 1, coaching("Ours")) else { unreachable!() };
    retitled(&id);
    let made = write(&world, create(&world, 1, coaching("Ours"))).await;
    assert!(matches!(made, Err(Answer::Unknown(_))), "{made:?}");

    let known = theirs(&world, &id).await;
    assert_eq!(known.view.title, "Theirs");
    let ours = View { title: "Ours".to_owned(), ..known.view.clone() };
    retitled(&id);
    let changed = write(&world, update(&world, &id, &known, ours)).await;
    assert!(matches!(changed, Err(Answer::Unknown(_))), "{changed:?}");
}

#[tokio::test]
async fn caldav_trap_13_what_a_server_rewrote_is_no_change_of_anybody_s() {
    let text = json!({
        "retold": true, "reorder": true, "addZones": true, "addClass": true, "quoteParams": true, "trimTexts": true,
    });
    let world = World::like("plain", json!({ "text": text })).await;
    let (_, cursor) = listing(&world, None).await;
    let meant = View { description: "Bring shoes, water; and more".to_owned(), ..class("Class") };
    let (id, known) = make(&world, 1, meant.clone()).await;
    let (items, _) = delta(&world, &cursor).await;
    assert_eq!(items[0].etag, known.versions.whole, "an echo is known by its version");
    same(&world, &view(&world, &id).await, &known.view);
}

#[tokio::test]
async fn caldav_trap_14_where_a_creation_overwrites_it_is_looked_first() {
    for preset in ["sogo", "zimbra"] {
        let world = World::like(preset, json!({})).await;
        assert_eq!(world.site()["able"]["conditions"], "ignored", "{preset}");
        let (id, _) = make(&world, 1, coaching("Coaching")).await;
        world.person_retitles(&id, "Theirs");
        assert_eq!(
            write(&world, create(&world, 1, coaching("Coaching"))).await,
            Err(Answer::Exists),
            "{preset}"
        );
        assert_eq!(world.titles(), ["Theirs"], "{preset}");
    }
}

#[tokio::test]
async fn caldav_trap_15_where_a_removal_ignores_versions_it_is_looked_first() {
    let world = World::like("sogo", json!({})).await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    world.person_retitles(&id, "Theirs");
    let delete = Write::Delete { id: id.clone(), versions: known.versions.clone() };
    assert_eq!(write(&world, delete).await, Err(Answer::Stale));
    let after = View { location: "Ours".to_owned(), ..known.view.clone() };
    assert_eq!(write(&world, update(&world, &id, &known, after)).await, Err(Answer::Stale));
    assert_eq!(world.titles(), ["Theirs"]);
}

/// What is tried when an account is connected leaves nothing behind.
#[tokio::test]
async fn caldav_trap_15_trying_what_a_server_keeps_to_leaves_nothing_behind() {
    for preset in ["plain", "sogo", "zimbra", "icloud", "nextcloud", "sabre", "davical"] {
        let world = World::like(preset, json!({})).await;
        assert_eq!(world.titles(), [""; 0], "{preset}");
    }
}

const SERIES: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Another//Program//EN\r\nBEGIN:VEVENT\r\nUID:b\r\n\
    DTSTAMP:20261119T100000Z\r\nDTSTART;TZID=Europe/Berlin:20261124T100000\r\nDTEND;TZID=Europe/Berlin:20261124T110000\r\n\
    RRULE:FREQ=WEEKLY;COUNT=10\r\nEXDATE:20261208T090000Z\r\nSUMMARY:Class\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:b\r\n\
    DTSTAMP:20261119T100000Z\r\nRECURRENCE-ID:20261201T090000Z\r\nDTSTART;TZID=Europe/Berlin:20261201T150000\r\n\
    DTEND;TZID=Europe/Berlin:20261201T160000\r\nSUMMARY:Special\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[tokio::test]
async fn caldav_trap_16_a_file_is_one_event_whatever_it_is_called() {
    let world = World::plain().await;
    let id = world.person_stores("a", SERIES);
    let one = item(&world, &id).await;
    assert_eq!((one.id.as_str(), one.uid.as_deref(), one.complete), ("a.ics", Some("b"), true));
    assert_eq!(world.page(None).await.unwrap().items.len(), 1);
    let found = world.caldav.find(&world.access(), &world.calendar(), &["b".to_owned()]).await.unwrap();
    assert_eq!(found["b"][0].id, id);
}

#[tokio::test]
async fn caldav_trap_17_an_occurrence_is_written_together_with_its_series() {
    let world = World::plain().await;
    let (id, known) = make(&world, 1, class("Class")).await;
    let after = but(&known.view, "20261201T100000", |one| one.title = "Special".to_owned());
    let known = change(&world, &id, &known, after).await;
    let later = View { location: "Studio".to_owned(), ..known.view.clone() };
    change(&world, &id, &known, later).await;
    let file = world.file(&id);
    assert_eq!(file.matches("BEGIN:VEVENT").count(), 2);
    assert!(file.contains("RRULE") && file.contains("SUMMARY:Special") && file.contains("LOCATION:Studio"));
}

#[tokio::test]
async fn caldav_trap_18_occurrences_are_known_by_their_instant_and_move_with_their_series() {
    let world = World::plain().await;
    let id = world.person_stores("a", SERIES);
    let known = theirs(&world, &id).await;
    assert_eq!(known.view.overrides[&key("20261208T100000")], Override::Cancelled);
    assert!(matches!(known.view.overrides[&key("20261201T100000")], Override::Changed(_)));
    let mut after = known.view.clone();
    after.time.span = at("2026-11-24T14:00:00", "2026-11-24T15:00:00");
    let moved: Vec<_> = ["20261201T140000", "20261208T140000"].map(key).to_vec();
    after.overrides = moved.into_iter().zip(known.view.overrides.values().cloned()).collect();
    change(&world, &id, &known, after.clone()).await;
    assert_eq!(
        view(&world, &id).await.overrides.keys().collect::<Vec<_>>(),
        after.overrides.keys().collect::<Vec<_>>()
    );
    let file = world.file(&id);
    assert!(!file.contains("20261201T090000Z") && !file.contains("20261208T090000Z"), "{file}");
}

#[tokio::test]
async fn caldav_trap_19_no_copy_is_a_meeting_and_no_meeting_is_touched_that_would_be_told() {
    for preset in ["sogo", "icloud", "cyrus"] {
        let world = World::like(preset, json!({ "sync": { "visibilityDelayMs": 0 } })).await;
        let mut view = coaching("Review");
        view.attendees = vec![guest("bob@twin.test")];
        let (id, _) = make(&world, 1, view).await;
        let file = world.file(&id).replace("\r\n ", "");
        assert!(file.contains("SCHEDULE-AGENT=CLIENT") && !file.contains("ORGANIZER"), "{preset}: {file}");
        let meeting = world.person_stores("meeting", &file_of_meeting());
        let mails = world.mails();
        let known = theirs(&world, &meeting).await;
        assert_eq!(known.hold, Hold::Free, "{preset}");
        let after = View { title: "Moved".to_owned(), ..known.view.clone() };
        let answer = write(&world, update(&world, &meeting, &known, after)).await;
        assert!(matches!(answer, Err(Answer::Rejected { read_only: false, .. })), "{preset}: {answer:?}");
        let delete = Write::Delete { id: meeting.clone(), versions: known.versions.clone() };
        let answer = write(&world, delete).await;
        assert!(matches!(answer, Err(Answer::Rejected { read_only: false, .. })), "{preset}: {answer:?}");
        assert_eq!(world.mails(), mails, "{preset}");
    }
}

fn file_of_meeting() -> String {
    file(
        "meeting",
        &titled(
            "SUMMARY:Meeting",
            &["ORGANIZER:mailto:alice@twin.test", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@twin.test"],
        ),
    )
}

#[tokio::test]
async fn caldav_trap_20_an_all_day_event_that_ends_when_it_starts_is_one_day() {
    let world = World::plain().await;
    let lines = ["DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261124", "SUMMARY:Holiday"];
    let id = world.person_stores("a", &file("a", &lines));
    let day = Span::days("2026-11-24".parse().unwrap(), "2026-11-25".parse().unwrap()).unwrap();
    assert_eq!(view(&world, &id).await.time.span, day);
}

#[tokio::test]
async fn caldav_trap_21_the_old_place_on_the_map_goes_with_the_old_place() {
    let world = World::plain().await;
    let map = "X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=Old:geo:52.5,13.4";
    let id = world
        .person_stores("a", &file("a", &titled("SUMMARY:Coaching", &["LOCATION:Old", map, "X-KEPT:yes"])));
    let known = theirs(&world, &id).await;
    let titled = View { title: "Later".to_owned(), ..known.view.clone() };
    let known = change(&world, &id, &known, titled).await;
    assert!(world.file(&id).contains(map));
    let moved = View { location: "New".to_owned(), ..known.view.clone() };
    change(&world, &id, &known, moved).await;
    let file = world.file(&id);
    assert!(!file.contains("X-APPLE-STRUCTURED-LOCATION") && file.contains("X-KEPT:yes"), "{file}");
}

#[tokio::test]
async fn caldav_trap_22_a_broken_line_costs_that_line() {
    let world = World::plain().await;
    let broken = "X-APPLE-STRUCTURED-LOCATION;X-TITLE=a\"b:geo:1,2;u=3";
    let id = world.person_stores("a", &file("a", &titled("SUMMARY:Coaching", &[broken, "LOCATION:Here"])));
    let view = view(&world, &id).await;
    assert_eq!((view.title.as_str(), view.location.as_str()), ("Coaching", "Here"));
}

#[tokio::test]
async fn caldav_trap_23_every_event_is_written_with_its_end() {
    let world = World::like("icloud", json!({ "sync": { "visibilityDelayMs": 0 } })).await;
    let moment = at("2026-11-24T10:00:00", "2026-11-24T10:00:00");
    for (n, view) in (1..).zip([View::new(moment, "A moment"), coaching("Coaching"), class("Class")]) {
        let (id, _) = make(&world, n, view).await;
        assert!(world.file(&id).contains("DTEND"));
    }
}

#[tokio::test]
async fn caldav_trap_24_a_change_is_a_change_and_a_name_in_the_bin_is_not_used_again() {
    let world = World::like("nextcloud", json!({})).await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let before = world.trips();
    let later = View { title: "Later".to_owned(), ..known.view.clone() };
    let known = change(&world, &id, &known, later).await;
    assert_eq!(world.methods(before)[0], "PUT");
    assert!(!world.methods(before).contains(&"DELETE".to_owned()));
    write(&world, Write::Delete { id, versions: known.versions }).await.unwrap();
    let next = world.caldav.id_for(mark(1).event, mark(1).link, Generation(1), None);
    let Write::Create { uid, mark, view, fields, .. } = create(&world, 1, coaching("Again")) else {
        unreachable!()
    };
    let written = write(&world, Write::Create { id: next, uid, mark, view, fields, was: None }).await;
    assert!(matches!(written, Ok(Written::There(_))), "{written:?}");
    assert_eq!(world.titles(), ["Again"]);
}

#[tokio::test]
async fn caldav_trap_25_a_subscription_is_not_offered() {
    let world = World::like("plain", json!({ "discovery": { "subscribedIsCalendar": true } })).await;
    let names: Vec<String> =
        world.caldav.calendars(&world.access()).await.unwrap().into_iter().map(|c| c.name).collect();
    assert_eq!(names, ["Calendar", "Team"]);
}

#[tokio::test]
async fn caldav_trap_26_calendars_and_events_are_known_by_what_they_are_not_by_their_names() {
    let world =
        World::like("plain", json!({ "discovery": { "schedulingCollections": true, "siblings": true } }))
            .await;
    let made = world.caldav.make_calendar(&world.access(), "Tasks of the inbox").await.unwrap();
    let calendars = world.caldav.calendars(&world.access()).await.unwrap();
    assert!(calendars.iter().any(|calendar| calendar.id == made.id && calendar.name == "Tasks of the inbox"));
    assert_eq!(calendars.len(), 3, "neither inbox nor tasks nor files: {calendars:?}");
    let id = ExternalId("no-suffix".to_owned());
    world.person(json!({ "do": "create", "id": "no-suffix", "fields": { "ics": file("x", &titled("SUMMARY:Plain", &[])) } }));
    let listed = world.page(None).await.unwrap().items;
    let listed = listed.iter().find(|item| item.id.as_str().starts_with("no-suffix")).expect("it is listed");
    assert_eq!(view(&world, &listed.id).await.title, "Plain", "{id}");
}

// --- beyond the numbered ones

#[tokio::test]
async fn what_concord_does_not_know_of_a_file_survives_a_change() {
    let world = World::plain().await;
    let odd = [
        "X-ZOOM-SOMETHING;X-A=\"b:c\":keep me",
        "CATEGORIES:One,Two\\, and three",
        "ATTACH;VALUE=BINARY;ENCODING=BASE64:QUJD",
        "BEGIN:VALARM",
        "ACTION:AUDIO",
        "TRIGGER:-PT15M",
        "X-WR-ALARMUID:1234",
        "END:VALARM",
    ];
    let id = world.person_stores("a", &file("a", &titled("SUMMARY:Coaching", &odd)));
    let before = world.file(&id);
    let known = theirs(&world, &id).await;
    let later = View { title: "Later".to_owned(), ..known.view.clone() };
    change(&world, &id, &known, later).await;
    let kept = |file: &str| -> Vec<String> {
        let ours = ["SUMMARY", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"];
        file.lines()
            .filter(|line| !ours.iter().any(|name| line.starts_with(name)))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(kept(&world.file(&id)), kept(&before));
    assert!(world.file(&id).contains("SUMMARY:Later"));
}

#[tokio::test]
async fn a_server_without_a_record_of_changes_says_that_there_is_news() {
    for preset in ["sabre", "yahoo"] {
        let world = World::like(preset, json!({})).await;
        assert_eq!(world.site()["able"]["changes"], "tags", "{preset}");
        let (_, cursor) = listing(&world, None).await;
        let before = world.trips();
        let page = world.page(Some(&cursor)).await.unwrap();
        assert_eq!((page.items.len(), page.next, world.trips() - before), (0, Next::Done(cursor.clone()), 1));
        world.person_creates("Coaching", &at("2026-11-24T10:00:00", "2026-11-24T11:00:00"));
        assert_eq!(world.page(Some(&cursor)).await.unwrap().next, Next::Everything);
        assert_eq!(listing(&world, None).await.0.len(), 1);
    }
}

#[tokio::test]
async fn two_copies_of_one_name_in_an_account_get_names_of_their_own() {
    let world = World::like("cyrus", json!({})).await;
    make(&world, 1, coaching("Coaching")).await;
    let Write::Create { uid, view, fields, .. } = create(&world, 1, coaching("Coaching")) else {
        unreachable!()
    };
    let id = world.caldav.id_for(mark(2).event, mark(2).link, Generation(0), None);
    let second = Write::Create { id: id.clone(), uid: uid.clone(), mark: mark(2), view, fields, was: None };
    let written = world
        .caldav
        .write(&world.access(), &world.other_calendar(), &[second], Default::default())
        .await
        .remove(0);
    let Ok(Written::There(items)) = written else { panic!("{written:?}") };
    assert!(items[0].id == id && items[0].uid.as_ref() != Some(&uid), "{:?}", items[0].uid);
}

#[tokio::test]
async fn a_guest_is_known_by_the_addresses_of_the_account() {
    let world = World::plain().await;
    let lines = ["ORGANIZER:mailto:bob@twin.test", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:alice@twin.test"];
    let id = world.person_stores("a", &file("a", &titled("SUMMARY:Invited", &lines)));
    assert_eq!(item(&world, &id).await.hold, Hold::Guest);
}
