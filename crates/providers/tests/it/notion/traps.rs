//! What is known to go wrong with Notion, each seen not to.

use concord_model::observed::{Reading, Theirs};
use concord_model::{Generation, Moment, Zone};
use concord_providers::provider::{Mail, Write, Written};
use http::HeaderMap;

use super::*;
use crate::contract::{at, change, coaching, create, make, mark, reading, same, theirs, update, write};

fn days(first: &str, after: &str) -> Span {
    Span::days(first.parse().unwrap(), after.parse().unwrap()).unwrap()
}

fn hour() -> Span {
    at("2026-11-24T10:00:00", "2026-11-24T11:00:00")
}

fn named(text: &str) -> Value {
    json!({ "Name": { "title": [{ "text": { "content": text } }] } })
}

#[tokio::test]
async fn notion_trap_01_two_edits_in_one_minute_are_both_seen_and_neither_twice() {
    let world = World::new().await;
    let id = world.person_creates("Before", &hour());
    let (_, cursor) = listing(&world, None).await;
    for n in 0..5 {
        world.person_retitles(&id, &format!("Edit {n}"));
        let (items, next) = listing(&world, Some(cursor.clone())).await;
        assert_eq!(live(&items).len(), 1, "edit {n}");
        let (again, _) = listing(&world, Some(next)).await;
        assert_eq!(again, []);
    }
}

#[tokio::test]
async fn notion_trap_01_what_a_query_shows_late_is_seen_late() {
    let world = World::with(json!({ "lagMs": 90_000 })).await;
    let (_, cursor) = listing(&world, None).await;
    let first = world.person_creates("Late", &hour());
    let (items, cursor) = listing(&world, Some(cursor)).await;
    assert_eq!(items, [], "it is not shown yet");
    world.pass(120);
    let (items, _) = listing(&world, Some(cursor)).await;
    assert_eq!(items.iter().map(|item| &item.id).collect::<Vec<_>>(), [&first]);
}

#[tokio::test]
async fn notion_trap_02_a_list_that_is_cut_off_is_not_the_end() {
    let world = World::with(json!({ "queryLimit": 5 })).await;
    for n in 0..12 {
        world.person_creates(&format!("Event {n:02}"), &hour());
        world.pass(30);
    }
    let (items, cursor) = listing(&world, None).await;
    let titles: std::collections::BTreeSet<&str> = live(&items).into_iter().map(|(title, _)| title).collect();
    assert_eq!(titles.len(), 12);
    // Nor is one of news.
    world.pass(600);
    let (_, cursor) = listing(&world, Some(cursor)).await;
    for page in world.pages() {
        let id = ExternalId::from(page["id"].as_str().unwrap());
        world
            .person_changes(&id, json!({ "Location": { "rich_text": [{ "text": { "content": "Hall" } }] } }));
        world.pass(20);
    }
    let (items, _) = listing(&world, Some(cursor)).await;
    let ids: std::collections::BTreeSet<&ExternalId> = items.iter().map(|item| &item.id).collect();
    assert_eq!(ids.len(), 12);
}

#[tokio::test]
async fn notion_trap_02_more_rows_in_one_minute_than_are_told_is_no_end_either() {
    let world = World::with(json!({ "queryLimit": 3 })).await;
    let fields = json!({ "Date": { "date": { "start": "2026-11-24" } } });
    let calendar = world.calendar();
    for _ in 0..5 {
        world.control(
            "POST",
            "event",
            json!({ "do": "create", "calendar": calendar.as_str(), "fields": fields }),
        );
    }
    let mut cursor = None;
    for _ in 0..10 {
        match world.changes(cursor.as_ref()).await {
            Ok(Page { next: Next::More(next), .. }) => cursor = Some(next),
            Ok(Page { next, .. }) => panic!("it claims to be at the end: {next:?}"),
            Err(answer) => return assert!(matches!(answer, Answer::Transient(_)), "{answer:?}"),
        }
    }
    panic!("a listing without end");
}

#[tokio::test]
async fn notion_trap_03_a_second_table_in_a_database_breaks_nothing() {
    let world = World::new().await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let calendar = world.calendar();
    world.control(
        "POST",
        "calendar",
        json!({ "do": "addSource", "id": calendar.as_str(), "title": "Other" }),
    );
    let after = View { title: "Renamed".to_owned(), ..known.view.clone() };
    change(&world, &id, &known, after).await;
    make(&world, 2, coaching("Another")).await;
    assert_eq!(live(&world.items().await).len(), 2);
}

#[tokio::test]
async fn notion_trap_04_what_is_deleted_lies_in_the_trash_and_what_was_put_away_does_not() {
    let world = World::new().await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let (kept, _) = make(&world, 2, coaching("Kept")).await;
    world.person(json!({ "do": "archive", "id": kept.as_str() }));
    // A list leaves it out, and yet it is there.
    assert_eq!(live(&world.items().await).len(), 1);
    assert!(matches!(reading(&world, &kept).await, Reading::Present(_)));
    let delete = Write::Delete { id: id.clone(), versions: known.versions };
    assert_eq!(write(&world, delete).await, Ok(Written::Gone));
    assert_eq!(reading(&world, &id).await, Reading::Deleted);
}

#[tokio::test]
async fn notion_trap_05_a_row_in_the_trash_is_told_and_not_written_to() {
    let world = World::new().await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let (_, cursor) = listing(&world, None).await;
    world.person_deletes(&id);
    let (items, cursor) = listing(&world, Some(cursor)).await;
    assert_eq!(items.iter().map(|item| (&item.id, &item.state)).collect::<Vec<_>>(), [(&id, &State::Gone)]);
    assert_eq!(listing(&world, Some(cursor.clone())).await.0, [], "once");
    let after = View { title: "Back".to_owned(), ..known.view.clone() };
    assert_eq!(write(&world, update(&world, &id, &known, after.clone())).await, Err(Answer::Gone));
    // It goes there in the very moment of the write.
    world.person(json!({ "do": "restore", "id": id.as_str() }));
    let (items, _) = listing(&world, Some(cursor)).await;
    assert_eq!(live(&items).len(), 1, "what comes back is told");
    let (twin, page) = (world.twin.clone(), id.as_str().to_owned());
    world.between("PATCH", move || {
        drop(twin.control("POST", "event", &json!({ "do": "delete", "id": page })).unwrap());
    });
    assert_eq!(write(&world, update(&world, &id, &known, after)).await, Err(Answer::Gone));
}

#[tokio::test]
async fn notion_trap_06_the_last_day_of_a_range_is_one_of_its_days() {
    let world = World::new().await;
    let (id, _) = make(&world, 1, View::new(days("2026-11-24", "2026-11-27"), "Fair")).await;
    let date = world.page(&id)["properties"]["Date"]["date"].clone();
    assert_eq!((&date["start"], &date["end"]), (&json!("2026-11-24"), &json!("2026-11-26")));
    let (id, _) = make(&world, 2, View::new(days("2026-11-24", "2026-11-25"), "Day")).await;
    assert_eq!(world.page(&id)["properties"]["Date"]["date"]["end"], Value::Null);
    world.person_changes(&id, json!({ "Date": { "date": { "start": "2026-12-01", "end": "2026-12-02" } } }));
    assert_eq!(theirs(&world, &id).await.view.time.span, days("2026-12-01", "2026-12-03"));
}

#[tokio::test]
async fn notion_trap_07_the_zone_is_kept_in_our_note() {
    let world = World::new().await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    // In another time of the year, to which its person moves it.
    let moved = json!({ "start": "2026-07-01T10:00:00+02:00", "end": "2026-07-01T11:00:00+02:00" });
    world.person_changes(&id, json!({ "Date": { "date": moved } }));
    let there = theirs(&world, &id).await;
    assert_eq!(there.view.time.span, at("2026-07-01T10:00:00", "2026-07-01T11:00:00"));
    let mut after = there.view.clone();
    let moment = |wall: &str| Moment::new(wall.parse().unwrap(), Zone::new("Asia/Tokyo").unwrap());
    after.time.span = Span::timed(moment("2026-07-02T09:00:00"), moment("2026-07-02T10:00:00")).unwrap();
    let known = change(&world, &id, &Theirs { versions: there.versions, ..known }, after.clone()).await;
    assert_eq!(known.view.time, after.time);
    // What a person made has an offset and no zone.
    let foreign = world.person_creates("Theirs", &hour());
    assert_eq!(theirs(&world, &foreign).await.view.time.span.zone(), Some(&Zone::utc()));
    assert!(theirs(&world, &foreign).await.view.time.span.coincides(&hour()));
}

#[tokio::test]
async fn notion_trap_08_trouble_that_saved_the_page_makes_one() {
    let world = World::new().await;
    let on = json!({ "method": "POST", "path": "/v1/pages" });
    world.fault(json!({ "kind": "status", "status": 503, "effect": true, "count": 1, "match": on }));
    let made = write(&world, create(&world, 1, coaching("Coaching"))).await;
    assert!(matches!(made, Ok(Written::There(_))), "{made:?}");
    assert_eq!(write(&world, create(&world, 1, coaching("Coaching"))).await, Err(Answer::Exists));
    assert_eq!(world.titles(), ["Coaching"]);
    // Trouble that does not say so leaves it open, and the next look finds out.
    world.fault(json!({ "kind": "status", "status": 500, "effect": true, "count": 1, "match": on }));
    let doubtful = write(&world, create(&world, 2, coaching("Other"))).await;
    assert!(matches!(doubtful, Err(Answer::Unknown(_))), "{doubtful:?}");
    let name = world.notion.id_for(mark(2).event, mark(2).link, Generation(0), None);
    assert!(matches!(reading(&world, &name).await, Reading::Present(_)));
}

#[tokio::test]
async fn i_33_trouble_that_names_a_wait_is_waited_for_whatever_was_asked() {
    let world = World::new().await;
    let (id, _) = make(&world, 1, coaching("Coaching")).await;
    let trouble = |on: Value| {
        let rule = json!({ "kind": "status", "status": 503, "retryAfter": 90, "count": 1, "match": on });
        world.fault(rule);
    };
    let waits = |answer: &Answer| matches!(answer, Answer::RetryAfter { at: Some(_), long: false });
    trouble(json!({ "method": "GET", "path": "/v1/pages" }));
    let read = world.notion.read(&world.access(), &world.calendar(), std::slice::from_ref(&id)).await;
    assert!(read[0].as_ref().is_err_and(waits), "{read:?}");
    // A write may have been carried out all the same, and nothing is sent after it.
    trouble(json!({ "method": "POST", "path": "/v1/pages" }));
    let writes = [2, 3].map(|n| create(&world, n, coaching("Other")));
    let written = world.notion.write(&world.access(), &world.calendar(), &writes, Mail::Nobody).await;
    let [Err(Answer::InPart(first)), Err(second)] = &written[..] else { panic!("{written:?}") };
    assert!(waits(first) && waits(second));
    assert_eq!(world.titles(), ["Coaching"]);
}

#[tokio::test]
async fn notion_trap_09_a_page_that_somebody_copied_is_another_event() {
    let world = World::new().await;
    let (id, _) = make(&world, 1, coaching("Coaching")).await;
    world.pass(3600);
    let copy = world.person(json!({ "do": "copy", "id": id.as_str() }));
    let items = world.items().await;
    assert_eq!(items.len(), 2);
    for item in &items {
        let ours = item.id == id;
        assert_eq!(ours, item.id.as_str() != copy["id"].as_str().unwrap());
        assert_eq!((item.mark.is_some(), item.made_as.is_some()), (ours, ours));
        assert_eq!(item.uid.as_deref() == Some("event-1@concord.test"), ours);
    }
    let name = world.notion.id_for(mark(1).event, mark(1).link, Generation(0), None);
    let Reading::Present(found) = reading(&world, &name).await else { panic!("it is there") };
    assert_eq!(found[0].id, id);
}

#[tokio::test]
async fn notion_trap_09_a_page_that_somebody_copied_at_once_is_another_event_too() {
    let world = World::new().await;
    let (id, _) = make(&world, 1, coaching("Coaching")).await;
    let copy = world.person(json!({ "do": "copy", "id": id.as_str() }));
    let copy = ExternalId::from(copy["id"].as_str().unwrap());
    let ours = |items: Vec<Item>| {
        let marked = |item: &Item| item.mark.is_some() || item.made_as.is_some();
        items.into_iter().filter(marked).map(|item| item.id).collect::<Vec<_>>()
    };
    assert_eq!(ours(world.items().await), std::slice::from_ref(&id));
    let theirs = theirs(&world, &copy).await;
    assert_eq!(theirs.view.time, coaching("Coaching").time, "it keeps the zones that the other was meant in");
    // Whoever has not said whose account it is goes by the time, and two of one name are never told.
    let nobody = Access { subject: None, ..world.access() };
    let page = world.notion.changes(&nobody, &world.calendar(), None).await.unwrap();
    assert_eq!(page.items.iter().filter(|item| item.made_as.is_some()).count(), 1);
}

#[tokio::test]
async fn notion_trap_09_a_page_of_theirs_that_was_put_back_for_us_is_ours_and_its_copy_is_not() {
    let world = World::new().await;
    let span = coaching("Coaching").time.span;
    let id = world.person_creates("Coaching", &span);
    world.person(json!({ "do": "delete", "id": id.as_str() }));
    let Write::Create { id: name, uid, mark, view, fields, .. } = create(&world, 1, coaching("Coaching"))
    else {
        panic!("it is made")
    };
    let again = Write::Create { id: name.clone(), uid, mark, view, fields, was: Some(id.clone()) };
    assert!(matches!(write(&world, again).await, Ok(Written::There(_))));
    world.person(json!({ "do": "copy", "id": id.as_str() }));
    let Reading::Present(found) = reading(&world, &name).await else { panic!("it is there") };
    assert_eq!((&found[0].id, found[0].mark.is_some()), (&id, true));
    assert_eq!(world.items().await.iter().filter(|item| item.mark.is_some()).count(), 1);
}

#[tokio::test]
async fn notion_trap_10_a_long_description_is_written_in_pieces() {
    for joins in [false, true] {
        let world = World::with(json!({ "joinsText": joins })).await;
        let mut view = coaching("Coaching");
        view.description = "A line of some length, with a smile 😀.\n".repeat(500).trim_end().to_owned();
        let (id, told) = make(&world, 1, view.clone()).await;
        same(&world, &told.view, &view);
        same(&world, &theirs(&world, &id).await.view, &view);
    }
}

/// An adapter that knows the token of a subscription at the twin.
fn listening(world: &World) -> Notion {
    let made = world.control("POST", "webhook", json!({ "url": "http://there/hook", "verified": true }));
    drop(world.twin.take_notices());
    let verification_token = Some(SecretString::from(made["token"].as_str().unwrap()));
    Notion::new(Settings { verification_token, ..settings(&world.twin) }, world.door.clone())
}

#[tokio::test]
async fn notion_trap_15_a_signature_is_over_the_bytes() {
    let world = World::new().await;
    let notion = listening(&world);
    world.person_creates("Theirs", &hour());
    let notice = world.twin.take_notices().remove(0);
    let (headers, body) = (notice.request.headers(), notice.request.body());
    assert_eq!(notion.signed(headers, body), [world.calendar()]);
    let again = serde_json::from_slice::<Value>(body).unwrap().to_string() + " ";
    assert_eq!(notion.signed(headers, again.as_bytes()), []);
    assert_eq!(world.notion.signed(headers, body), [], "with another token");
    assert_eq!(notion.signed(&HeaderMap::new(), body), []);
}

#[tokio::test]
async fn notion_trap_16_a_new_title_is_heard_of() {
    let world = World::new().await;
    let id = world.person_creates("Theirs", &hour());
    let notion = listening(&world);
    world.person_changes(&id, named("Renamed"));
    let notices = world.twin.take_notices();
    let heard: Vec<CalendarId> = notices
        .iter()
        .flat_map(|notice| notion.signed(notice.request.headers(), notice.request.body()))
        .collect();
    assert!(!heard.is_empty() && heard.iter().all(|id| *id == world.calendar()), "{heard:?}");
}

#[tokio::test]
async fn notion_trap_17_what_is_heard_late_twice_or_never_changes_nothing() {
    let delivery = json!({ "delayMs": 60_000, "jitterMs": 30_000, "copies": 2, "lossRate": 0.5 });
    let world = World::with(json!({ "webhooks": delivery })).await;
    let notion = listening(&world);
    let (_, cursor) = listing(&world, None).await;
    let ids: Vec<ExternalId> = (0..4).map(|n| world.person_creates(&format!("Event {n}"), &hour())).collect();
    world.pass(300);
    for notice in world.twin.take_notices() {
        let told = notion.signed(notice.request.headers(), notice.request.body());
        assert!(told.iter().all(|id| *id == world.calendar()));
    }
    // The truth is what is looked at, whatever was heard.
    let (items, _) = listing(&world, Some(cursor)).await;
    assert_eq!(items.len(), ids.len());
}

#[tokio::test]
async fn notion_trap_18_a_large_table_is_read_on_from_where_it_was() {
    let world = World::with(json!({ "longestPage": 20 })).await;
    for n in 0..70 {
        world.person_creates(&format!("Event {n:02}"), &hour());
    }
    let (mut cursor, mut seen) = (None, Vec::new());
    for page in 0.. {
        // Each page as if by another process: the cursor is all there is.
        let told = world.changes(cursor.as_ref()).await.unwrap();
        seen.extend(told.items.into_iter().map(|item| item.id));
        match told.next {
            Next::More(next) => cursor = Some(Cursor(next.0)),
            _ => {
                assert_eq!(page, 3);
                break;
            }
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 70);
    // A place in a list does not last, and says so.
    let Next::More(middle) = world.changes(None).await.unwrap().next else { panic!("there is more") };
    world.end_cursors();
    assert_eq!(world.changes(Some(&middle)).await.err(), Some(Answer::CursorGone));
}

#[tokio::test]
async fn notion_trap_19_an_edit_of_the_body_is_no_change() {
    let world = World::with(json!({ "bodyEditsUnseen": true })).await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let text = json!({ "paragraph": { "rich_text": [{ "text": { "content": "More" } }] } });
    world.person(json!({ "do": "change", "id": id.as_str(), "fields": { "children": [text] } }));
    let there = theirs(&world, &id).await;
    assert_eq!(there.versions, known.versions);
    let after = View { location: "Studio".to_owned(), ..known.view.clone() };
    change(&world, &id, &known, after).await;
}

#[tokio::test]
async fn notion_trap_20_what_is_not_shared_any_more_is_not_deleted() {
    let world = World::new().await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    make(&world, 2, coaching("Other")).await;
    let (_, cursor) = listing(&world, None).await;
    world.control("POST", "access", json!({ "user": "alice", "id": id.as_str(), "role": "none" }));
    // Left out by every list without a word, and nothing is concluded.
    let (items, _) = listing(&world, Some(cursor)).await;
    assert!(items.iter().all(|item| item.state != State::Gone), "{items:?}");
    assert_eq!(live(&world.items().await).len(), 1);
    let ids = [id.clone()];
    let answer = world.notion.read(&world.access(), &world.calendar(), &ids).await.remove(0);
    assert!(matches!(answer, Err(Answer::Rejected { read_only: false, .. })), "{answer:?}");
    let after = View { title: "Ours".to_owned(), ..known.view.clone() };
    let answer = write(&world, update(&world, &id, &known, after)).await;
    assert!(matches!(answer, Err(Answer::Rejected { read_only: false, .. })), "{answer:?}");
    // The table itself: its link stops, and its events stay.
    let calendar = world.calendar();
    world.control(
        "POST",
        "access",
        json!({ "user": "alice", "calendar": calendar.as_str(), "role": "none" }),
    );
    assert_eq!(world.changes(None).await.err(), Some(Answer::CalendarGone));
}

#[tokio::test]
async fn notion_trap_21_our_own_write_comes_back_with_the_version_that_it_left() {
    let world = World::new().await;
    let (_, cursor) = listing(&world, None).await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let (items, cursor) = listing(&world, Some(cursor)).await;
    assert_eq!(items.iter().map(|item| &item.etag).collect::<Vec<_>>(), [&known.versions.whole]);
    // An edit by a person in the same minute is another version, whoever the last author is.
    world.person_retitles(&id, "Theirs");
    let (items, _) = listing(&world, Some(cursor)).await;
    assert_eq!(live(&items).len(), 1);
    assert_ne!(items[0].etag, known.versions.whole);
}

#[tokio::test]
async fn notion_trap_22_writes_that_get_in_each_others_way_come_again() {
    let world = World::new().await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let after = View { title: "Ours".to_owned(), ..known.view.clone() };
    world.fault(json!({ "kind": "status", "status": 409, "count": 1, "match": { "method": "PATCH" } }));
    let answer = write(&world, update(&world, &id, &known, after.clone())).await;
    assert!(matches!(answer, Err(Answer::Transient(_))), "{answer:?}");
    assert_eq!(world.titles(), ["Coaching"]);
    change(&world, &id, &known, after).await;
    assert_eq!(world.titles(), ["Ours"]);
}

#[tokio::test]
async fn notion_trap_23_another_host_in_addresses_changes_nothing() {
    let world = World::new().await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let (_, cursor) = listing(&world, None).await;
    world.control("POST", "quirks", json!({ "pageHost": "https://app.notion.example" }));
    assert_eq!(listing(&world, Some(cursor)).await.0, []);
    assert_eq!(theirs(&world, &id).await.versions, known.versions);
}

#[tokio::test]
async fn notion_trap_24_html_is_trouble_on_the_way_whatever_its_status() {
    let world = World::new().await;
    let (id, _) = make(&world, 1, coaching("Coaching")).await;
    for status in [403, 502, 404, 401] {
        world.control("DELETE", "faults", json!({}));
        world.fault(json!({ "kind": "status", "status": status, "reason": "cloudflare" }));
        let answer = world.changes(None).await.err();
        assert!(matches!(answer, Some(Answer::Transient(_))), "{status}: {answer:?}");
        let ids = [id.clone()];
        let answer = world.notion.read(&world.access(), &world.calendar(), &ids).await.remove(0);
        assert!(matches!(answer, Err(Answer::Transient(_))), "{status}: {answer:?}");
    }
}

#[tokio::test]
async fn notion_trap_25_a_length_that_nobody_gave_is_not_written_back() {
    let world = World::new().await;
    let fields = json!({ "Date": { "date": { "start": "2026-11-24T10:00:00+01:00" } } });
    let made = world.person(json!({ "do": "create", "fields": fields }));
    let id = ExternalId::from(made["id"].as_str().unwrap());
    let there = theirs(&world, &id).await;
    assert!(there.view.time.span.coincides(&hour()), "an hour");
    let after = View { title: "Named".to_owned(), ..there.view.clone() };
    let there = change(&world, &id, &there, after).await;
    assert_eq!(world.page(&id)["properties"]["Date"]["date"]["end"], Value::Null);
    // Who moves it says how long it lasts.
    let mut after = there.view.clone();
    after.time.span = at("2026-11-25T10:00:00", "2026-11-25T12:00:00");
    change(&world, &id, &there, after).await;
    assert_ne!(world.page(&id)["properties"]["Date"]["date"]["end"], Value::Null);
}

#[tokio::test]
async fn an_edit_between_our_look_and_our_write_is_not_taken_for_agreed() {
    let world = World::new().await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let (twin, page) = (world.twin.clone(), id.as_str().to_owned());
    world.between("PATCH", move || {
        let fields = json!({ "Location": { "rich_text": [{ "text": { "content": "Theirs" } }] } });
        drop(
            twin.control("POST", "event", &json!({ "do": "change", "id": page, "fields": fields })).unwrap(),
        );
    });
    let after = View { title: "Ours".to_owned(), ..known.view.clone() };
    let answer = write(&world, update(&world, &id, &known, after)).await;
    assert!(matches!(answer, Err(Answer::Unknown(_))), "{answer:?}");
    let there = theirs(&world, &id).await.view;
    assert_eq!(
        (there.title.as_str(), there.location.as_str()),
        ("Ours", "Theirs"),
        "nothing was overwritten"
    );
}

#[tokio::test]
async fn a_page_that_was_moved_to_another_table_is_gone_from_this_one() {
    let world = World::new().await;
    let (id, _) = make(&world, 1, coaching("Coaching")).await;
    world.person(json!({ "do": "move", "id": id.as_str(), "destination": "Team" }));
    assert_eq!(reading(&world, &id).await, Reading::Deleted);
    let team = Access { columns: Columns::default(), ..world.access() };
    let there = world.notion.read(&team, &world.other_calendar(), std::slice::from_ref(&id)).await.remove(0);
    assert!(matches!(there, Ok(Reading::Present(_))), "{there:?}");
}

#[tokio::test]
async fn a_connection_that_may_only_read_says_so_once() {
    let world = World::new().await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    world.control("POST", "connection", json!({ "user": "alice", "update": false, "insert": false }));
    let after = View { title: "Ours".to_owned(), ..known.view.clone() };
    let answer = write(&world, update(&world, &id, &known, after)).await;
    assert!(matches!(answer, Err(Answer::Rejected { read_only: true, .. })), "{answer:?}");
    let answer = write(&world, create(&world, 2, coaching("Other"))).await;
    assert!(matches!(answer, Err(Answer::Rejected { read_only: true, .. })), "{answer:?}");
}

#[tokio::test]
async fn bm_172_days_come_back_as_the_same_days() {
    let world = World::new().await;
    for (n, (first, after)) in (1..).zip([("2026-11-24", "2026-11-25"), ("2026-11-24", "2026-12-02")]) {
        let view = View::new(days(first, after), "Fair");
        let (id, told) = make(&world, n, view.clone()).await;
        same(&world, &told.view, &view);
        world.person_retitles(&id, "Renamed");
        assert_eq!(theirs(&world, &id).await.view.time, view.time);
    }
}

#[tokio::test]
async fn bm_171_an_edit_in_the_minute_of_our_own_write_is_seen() {
    for seconds in [1, 30, 59] {
        let world = World::new().await;
        let (_, cursor) = listing(&world, None).await;
        let (id, known) = make(&world, 1, coaching("Coaching")).await;
        let (_, cursor) = listing(&world, Some(cursor)).await;
        world.pass(seconds);
        world.person_retitles(&id, "Theirs");
        let (items, _) = listing(&world, Some(cursor)).await;
        assert_eq!(
            live(&items).iter().map(|(title, _)| *title).collect::<Vec<_>>(),
            ["Theirs"],
            "{seconds} s"
        );
        assert_ne!(items[0].etag, known.versions.whole);
    }
}

#[tokio::test]
async fn the_pace_that_is_asked_for_is_told() {
    let world = World::new().await;
    let rule = |reason: &str, wait: u32| json!({ "kind": "status", "status": 429, "reason": reason, "retryAfter": wait, "count": 1 });
    world.fault(rule("public_api_request_rate_limit", 90));
    let at = world.access().now + SignedDuration::from_secs(90);
    assert_eq!(world.changes(None).await.err(), Some(Answer::RetryAfter { at: Some(at), long: false }));
    world.fault(rule("public_api_request_blocked", 5));
    let answer = world.changes(None).await.err();
    assert!(matches!(answer, Some(Answer::RetryAfter { long: true, .. })), "{answer:?}");
}

/// Seed 1449 of the simulator: the name was looked for first, and the page was read although that was refused.
#[tokio::test]
async fn i_33_who_is_asked_to_wait_while_a_name_is_looked_for_reads_no_page_either() {
    let world = World::new().await;
    let page = world.person_creates("A page", &hour());
    let name = id_of(&create(&world, 1, coaching("Asked for")));
    world.fault(json!({ "kind": "status", "status": 429, "retryAfter": 90, "count": 1 }));
    let read = world.notion.read(&world.access(), &world.calendar(), &[page, name]).await;
    assert!(read.iter().all(|one| matches!(one, Err(Answer::RetryAfter { .. }))), "{read:?}");
}

/// A creation of the same again, after that page was deleted.
fn again(world: &World, n: u128, title: &str, was: &ExternalId) -> Write {
    let mut write = create(world, n, coaching(title));
    if let Write::Create { was: before, .. } = &mut write {
        *before = Some(was.clone());
    }
    write
}

#[tokio::test]
async fn what_lies_in_the_trash_is_put_back_with_what_it_shall_say_now_and_only_that() {
    let world = World::new().await;
    let (id, _) = make(&world, 1, coaching("Coaching")).await;
    world.person_deletes(&id);
    let made = write(&world, again(&world, 2, "Renamed", &id)).await.unwrap();
    let Written::There(items) = made else { panic!("{made:?}") };
    assert_eq!((&items[0].id, world.titles()), (&id, vec!["Renamed".to_owned()]));
    // It is known by its new name, so that nothing is made twice.
    assert_eq!(items[0].made_as, Some(id_of(&again(&world, 2, "Renamed", &id))));
    assert!(matches!(write(&world, again(&world, 2, "Renamed", &id)).await, Err(Answer::Exists)));

    // What lives there is somebody's, and what is gone for good is gone: another is made.
    write(&world, again(&world, 3, "Beside it", &id)).await.unwrap();
    let titles = || {
        let mut all = world.titles();
        all.sort();
        all
    };
    assert_eq!(titles(), ["Beside it", "Renamed"]);
    world.person(json!({ "do": "delete", "id": id.as_str() }));
    world.person(json!({ "do": "purge", "id": id.as_str() }));
    write(&world, again(&world, 4, "Anew", &id)).await.unwrap();
    assert_eq!(titles(), ["Anew", "Beside it"]);
}

fn id_of(write: &Write) -> ExternalId {
    match write {
        Write::Create { id, .. } => id.clone(),
        other => panic!("{other:?}"),
    }
}
