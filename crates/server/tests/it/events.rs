//! Events by the API: made, read, changed, deleted; series by part; twice under one key; and what is wrong is told.

use concord_store::users::Role;
use serde_json::{Value, json};

use crate::world::{Who, World};

const EVENTS: &str = "/calendar/events";

async fn made(world: &World, who: &Who, body: Value) -> Value {
    let answer = world.ask(who, "POST", EVENTS, Some(body)).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.json);
    answer.json
}

fn path(event: &Value) -> String {
    format!("{EVENTS}/{}", event["id"].as_str().unwrap())
}

#[tokio::test]
async fn ev_1_an_event_is_made_read_changed_and_deleted() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let event = made(
        &world,
        &mia,
        json!({ "title": "Coaching", "start": "2026-11-20T09:00:00", "end": "2026-11-20T10:00:00",
                "zone": "America/Los_Angeles" }),
    )
    .await;
    assert_eq!(event["start"], "2026-11-20T09:00:00-08:00");
    let read = world.ask(&mia, "GET", &path(&event), None).await;
    assert_eq!((&read.json["title"], read.headers["etag"].to_str().unwrap()), (&json!("Coaching"), "\"1\""));
    let changed =
        world.ask(&mia, "PATCH", &path(&event), Some(json!({ "start": "2026-11-20T20:00:00Z" }))).await;
    assert_eq!(changed.json["start"], "2026-11-20T12:00:00-08:00", "{}", changed.json);
    assert_eq!(changed.json["end"], "2026-11-20T13:00:00-08:00", "its length stays");
    assert_eq!(world.ask(&mia, "DELETE", &path(&event), None).await.status.as_u16(), 204);
    assert_eq!(world.ask(&mia, "GET", &path(&event), None).await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_write_for_another_revision_changes_nothing() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let event = made(&world, &mia, json!({ "title": "A", "start": "2026-11-20" })).await;
    let rename = |title: &str| Some(json!({ "title": title }));
    let with = [("if-match", "\"1\"")];
    let first = world.ask_with(Some(&mia), "PATCH", &path(&event), rename("B"), &with).await;
    let second = world.ask_with(Some(&mia), "PATCH", &path(&event), rename("C"), &with).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (200, 412));
    assert_eq!(second.json["code"], "changed_meanwhile");
    assert_eq!(world.ask(&mia, "GET", &path(&event), None).await.json["title"], "B");
}

#[tokio::test]
async fn asked_for_twice_under_one_key_it_is_made_once() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let body = json!({ "title": "Coaching", "start": "2026-11-20T09:00:00" });
    let key = [("idempotency-key", "k1")];
    let first = world.ask_with(Some(&mia), "POST", EVENTS, Some(body.clone()), &key).await;
    let second = world.ask_with(Some(&mia), "POST", EVENTS, Some(body), &key).await;
    assert_eq!(first.status.as_u16(), 201, "{}", first.json);
    assert_eq!((second.status, &second.json), (first.status, &first.json));
    let other = json!({ "title": "Other", "start": "2026-11-20T09:00:00" });
    let third = world.ask_with(Some(&mia), "POST", EVENTS, Some(other), &key).await;
    assert_eq!((third.status.as_u16(), &third.json["code"]), (422, &json!("key_reused")));
    assert_eq!(world.ask(&mia, "GET", EVENTS, None).await.json["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_external_ref_names_one_event() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let body =
        |title: &str| Some(json!({ "title": title, "start": "2026-11-20", "externalRef": "booking-7" }));
    let first = world.ask(&mia, "POST", EVENTS, body("A")).await;
    let second = world.ask(&mia, "POST", EVENTS, body("B")).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 200));
    assert_eq!((&second.json["id"], &second.json["title"]), (&first.json["id"], &json!("B")));
}

#[tokio::test]
async fn the_external_ref_of_a_deleted_event_is_free() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let body = Some(json!({ "title": "A", "start": "2026-11-20", "externalRef": "booking-7" }));
    let first = world.ask(&mia, "POST", EVENTS, body.clone()).await.ok();
    world.ask(&mia, "DELETE", &path(&first), None).await.ok();
    let second = world.ask(&mia, "POST", EVENTS, body).await;
    assert_eq!((second.status.as_u16(), &second.json["externalRef"]), (201, &json!("booking-7")));
    assert_ne!(second.json["id"], first["id"]);
    let back = world.ask(&mia, "POST", &format!("{}/undo", path(&first)), Some(json!({}))).await;
    assert_eq!((back.status.as_u16(), &back.json["code"]), (409, &json!("exists")), "{}", back.json);
}

#[tokio::test]
async fn ev_3_a_series_is_edited_by_part() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let series = made(
        &world,
        &mia,
        json!({ "title": "Class", "start": "2026-11-02T09:00:00", "zone": "Europe/Berlin",
                "recurrence": { "rules": ["FREQ=DAILY;COUNT=5"] } }),
    )
    .await;
    let times = async || {
        let list = format!("{EVENTS}?expand=true&from=2026-11-01&to=2026-12-01");
        let answer = world.ask(&mia, "GET", &list, None).await;
        let told =
            |e: &Value| format!("{} {}", &e["start"].as_str().unwrap()[5..16], e["title"].as_str().unwrap());
        answer.json["items"].as_array().unwrap().iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(times().await.len(), 5);
    let this = format!("{}?scope=this&occurrence=20261103T090000", path(&series));
    let moved = world.ask(&mia, "PATCH", &this, Some(json!({ "start": "2026-11-03T11:00:00" }))).await;
    assert_eq!(moved.status.as_u16(), 200, "{}", moved.json);
    let following = format!("{}?scope=following&occurrence=20261105T090000", path(&series));
    let split = world.ask(&mia, "PATCH", &following, Some(json!({ "title": "Course" }))).await;
    assert_eq!(split.json["next"]["title"], "Course", "{}", split.json);
    let gone = format!("{}?scope=this&occurrence=20261104T090000", path(&series));
    assert_eq!(world.ask(&mia, "DELETE", &gone, None).await.status.as_u16(), 204);
    assert_eq!(
        times().await,
        ["11-02T09:00 Class", "11-03T11:00 Class", "11-05T09:00 Course", "11-06T09:00 Course"]
    );
    let missing = world.ask(&mia, "DELETE", &gone, None).await;
    assert_eq!((missing.status.as_u16(), &missing.json["field"]), (422, &json!("occurrence")));
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    for day in 10..17 {
        made(&world, &mia, json!({ "title": format!("{day}"), "start": format!("2026-11-{day}") })).await;
    }
    let mut titles = Vec::new();
    let mut next = String::new();
    loop {
        let page = world.ask(&mia, "GET", &format!("{EVENTS}?limit=3{next}"), None).await.json;
        titles.extend(
            page["items"].as_array().unwrap().iter().map(|e| e["title"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(titles, ["10", "11", "12", "13", "14", "15", "16"]);
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_field_and_changes_nothing() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let event = made(&world, &mia, json!({ "title": "A", "start": "2026-11-20T09:00:00" })).await;
    let check = async |body: Value, field: &str| {
        for (method, path) in [("POST", EVENTS.to_owned()), ("PATCH", path(&event))] {
            let answer = world.ask(&mia, method, &path, Some(body.clone())).await;
            let told = (answer.status.as_u16(), answer.json["field"].as_str());
            assert_eq!(told, (422, Some(field)), "{method} {body}: {}", answer.json);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
        }
    };
    let with = |name: &str, value: Value| {
        let mut body = json!({ "start": "2026-11-20T09:00:00", "title": "B" });
        body[name] = value;
        body
    };
    check(with("title", json!(7)), "title").await;
    check(with("title", json!("x".repeat(2_001))), "title").await;
    check(with("description", json!("x".repeat(100_001))), "description").await;
    check(with("start", json!("tomorrow")), "start").await;
    check(with("end", json!("2026-11-19T09:00:00")), "end").await;
    check(with("zone", json!("Mars/Base")), "zone").await;
    check(with("recurrence", json!({ "rules": ["FREQ=SOMETIMES"] })), "recurrence.rules").await;
    check(
        with("recurrence", json!({ "rules": ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"] })),
        "recurrence.rules",
    )
    .await;
    check(with("recurrence", json!("FREQ=DAILY")), "recurrence").await;
    check(with("status", json!("maybe")), "status").await;
    check(with("colour", json!("mauve")), "colour").await;
    check(with("attendees", json!([{ "email": "nobody" }])), "attendees[0].email").await;
    check(with("conference", json!("javascript:alert(1)")), "conference").await;
    check(with("clients", json!(["00000000-0000-0000-0000-000000000001"])), "clients").await;
    check(with("participants", json!(["nobody"])), "participants[0]").await;
    check(with("participants", json!([mia.id, "00000000-0000-0000-0000-000000000001"])), "participants")
        .await;
    check(with("reminders", json!({ "own": [{ "minutesBefore": 99_999 }] })), "reminders.own").await;
    check(with("tags", json!([""])), "tags").await;
    check(with("strat", json!(1)), "strat").await;
    let stays = world.ask(&mia, "GET", EVENTS, None).await.json["items"].clone();
    assert_eq!(
        (stays.as_array().unwrap().len(), &stays[0]["title"], &stays[0]["rev"]),
        (1, &json!("A"), &json!(1))
    );
}

#[tokio::test]
async fn a_participant_sees_their_own_part_and_changes_nothing() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let cleo = world.user("Cleo", Role::Client).await;
    let zoe = world.user("Zoe", Role::Client).await;
    let ana =
        world.ask(&mia, "POST", "/clients", Some(json!({ "name": "Ana Lopez" }))).await.json["id"].clone();
    let event = made(
        &world,
        &mia,
        json!({ "title": "Class with Ana Lopez", "start": "2026-11-20T09:00:00", "notes": "owes me",
                "sessionType": "group_class", "clients": [ana], "participants": [cleo.id], "tags": ["vip"] }),
    )
    .await;
    let seen = world.ask(&cleo, "GET", &path(&event), None).await;
    assert_eq!(seen.status.as_u16(), 200);
    for secret in ["Ana", "Lopez", "owes", "vip"] {
        assert!(!seen.json.to_string().contains(secret), "{secret}: {}", seen.json);
    }
    let rename = Some(json!({ "title": "Mine" }));
    assert_eq!(world.ask(&cleo, "PATCH", &path(&event), rename.clone()).await.status.as_u16(), 403);
    assert_eq!(world.ask(&zoe, "GET", &path(&event), None).await.status.as_u16(), 404);
    assert_eq!(world.ask(&zoe, "PATCH", &path(&event), rename).await.status.as_u16(), 404);
    assert_eq!(world.ask(&zoe, "GET", EVENTS, None).await.json["items"], json!([]));
    assert_eq!(world.ask(&cleo, "GET", EVENTS, None).await.json["items"].as_array().unwrap().len(), 1);
}
