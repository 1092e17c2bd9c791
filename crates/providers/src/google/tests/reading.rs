//! Pages of changes, and single events.

use super::*;

async fn changes(world: &World, from: Option<&Cursor>) -> Result<Page, Answer> {
    world.google.changes(&access(), &calendar(), from).await
}

#[tokio::test]
async fn a_page_that_is_not_surely_one_is_never_empty() {
    let both = json!({ "kind": "calendar#events", "nextSyncToken": "s", "nextPageToken": "p" });
    let neither = json!({ "kind": "calendar#events", "items": [] });
    let nameless =
        json!({ "kind": "calendar#events", "nextSyncToken": "s", "items": [{ "status": "cancelled" }] });
    for reply in [
        Says(200, both),
        Says(200, neither),
        Says(200, nameless),
        Says(200, json!({})),
        Says(200, json!({ "nextSyncToken": "s" })),
        Raw(200, ""),
        Raw(200, "<html>"),
        Raw(200, "{\"kind\":\"calendar#events\",\"nextSyncToken\":\"s\",\"items\":[{\"id\""),
        Nothing,
    ] {
        let world = World::new([("GET events", reply)]);
        let answer = changes(&world, None).await.map(|page| page.next);
        assert!(matches!(answer, Err(Answer::Transient(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn an_empty_page_may_go_on() {
    let world = World::new([
        ("GET events", Says(200, json!({ "kind": "calendar#events", "nextPageToken": "p" }))),
        ("GET events", listing([])),
    ]);
    let Next::More(cursor) = changes(&world, None).await.unwrap().next else { panic!("the page went on") };
    let page = changes(&world, Some(&cursor)).await.unwrap();
    assert!(page.items.is_empty());
    assert!(matches!(page.next, Next::Done(_)));
}

#[tokio::test]
async fn every_way_to_say_that_a_token_is_bad_loses_the_cursor() {
    let world = World::new([("GET events", listing([]))]);
    let Next::Done(cursor) = changes(&world, None).await.unwrap().next else { panic!("that was all") };
    for reply in
        [refused(410, "fullSyncRequired"), refused(400, "invalid"), refused(400, "badRequest"), Raw(410, "")]
    {
        let world = World::new([("GET events", reply)]);
        assert_eq!(changes(&world, Some(&cursor)).await.map(|page| page.next), Err(Answer::CursorGone));
    }
}

#[tokio::test]
async fn an_event_is_read_whole_deleted_or_missing() {
    let world = World::new([
        ("GET single", Says(200, event("single", 1, json!({ "summary": "One" })))),
        ("GET e1", Says(200, master(1, "Class"))),
        ("GET deleted", Says(200, json!({ "id": "deleted", "status": "cancelled" }))),
        ("GET purged", refused(410, "deleted")),
        ("GET never", refused(404, "notFound")),
        (
            "GET named e1@google.com",
            listing([second(2, json!({ "summary": "Special" })), master(1, "Class")]),
        ),
    ]);
    let ids: Vec<ExternalId> = ["single", "e1", "deleted", "purged", "never"].map(ExternalId::from).to_vec();
    let readings = world.google.read(&access(), &calendar(), &ids).await;
    let count = |reading: &Result<Reading, Answer>| match reading {
        Ok(Reading::Present(items)) => format!("{} items", items.len()),
        Ok(other) => format!("{other:?}"),
        Err(answer) => format!("{answer:?}"),
    };
    let told: Vec<String> = readings.iter().map(count).collect();
    assert_eq!(told, ["1 items", "2 items", "Deleted", "Deleted", "Missing"]);
    assert_eq!(world.trips(), 2);
}

#[tokio::test]
async fn a_series_whose_exceptions_cannot_be_read_is_not_read() {
    for reply in [listing([]), Raw(503, ""), Says(200, json!({}))] {
        let world =
            World::new([("GET e1", Says(200, master(1, "Class"))), ("GET named e1@google.com", reply)]);
        let reading = world.google.read(&access(), &calendar(), &["e1".into()]).await.remove(0);
        assert!(matches!(reading, Err(Answer::Transient(_))), "{reading:?}");
    }
}

#[tokio::test]
async fn i_11_a_list_that_goes_in_a_circle_is_given_up() {
    let again =
        |kind: &str| Says(200, json!({ "kind": format!("calendar#{kind}"), "nextPageToken": "again" }));
    let world = World::new([
        ("GET calendarList", again("calendarList")),
        ("GET calendarList", again("calendarList")),
    ]);
    let answer = world.google.calendars(&access()).await.map(|all| all.len());
    assert!(matches!(answer, Err(Answer::Transient(_))), "{answer:?}");

    let world = World::new([
        ("GET e1", Says(200, master(1, "Class"))),
        ("GET named e1@google.com", again("events")),
        ("GET named e1@google.com", again("events")),
    ]);
    let reading = world.google.read(&access(), &calendar(), &["e1".into()]).await.remove(0);
    assert!(matches!(reading, Err(Answer::Transient(_))), "{reading:?}");
}

#[tokio::test]
async fn a_time_without_a_zone_is_read_on_the_calendars_clock() {
    let bare = json!({ "start": { "dateTime": "2026-11-24T10:00:00Z" }, "end": { "dateTime": "2026-11-24T11:00:00Z" } });
    let world = World::new([
        ("GET e1", Says(200, event("e1", 1, bare))),
        ("GET events", Says(200, json!({ "timeZone": "Europe/Berlin" }))),
    ]);
    let reading = world.google.read(&access(), &calendar(), &["e1".into()]).await.remove(0);
    let Ok(Reading::Present(items)) = reading else { panic!("{reading:?}") };
    let State::Live(view) = &items[0].state else { panic!("{items:?}") };
    assert_eq!(view.time.span.to_string(), "2026-11-24 11:00–12:00 Europe/Berlin");
}

#[tokio::test]
async fn events_are_found_by_googles_name_and_by_ours() {
    let ours = event("cc1", 1, json!({ "extendedProperties": { "private": { "concordUid": "u2" } } }));
    let world = World::new([
        ("GET named u1", listing([event("x", 1, json!({})), json!({ "id": "dead", "status": "cancelled" })])),
        ("GET ours concordUid=u1", listing([event("x", 1, json!({}))])),
        ("GET named u2", listing([])),
        ("GET ours concordUid=u2", listing([ours])),
        (
            "GET named u3",
            listing([json!({ "id": "m_20261201T090000Z", "status": "cancelled", "recurringEventId": "m" })]),
        ),
        ("GET ours concordUid=u3", listing([])),
    ]);
    let uids = ["u1", "u2", "u3"].map(str::to_owned);
    let found = world.google.find(&access(), &calendar(), &uids).await.unwrap();
    let told: Vec<(&str, usize)> = found.iter().map(|(uid, items)| (uid.as_str(), items.len())).collect();
    assert_eq!(told, [("u1", 1), ("u2", 1)]);
}
