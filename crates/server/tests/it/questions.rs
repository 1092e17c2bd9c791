//! What both sides changed: shown, settled, and taken back, by API.

use concord_store::users::Role;
use serde_json::{Value, json};

use crate::world::{Who, World, word};

/// Events that both sides have, and a person is asked about whatever both change.
async fn asked(titles: &[&str]) -> (World, Who, Vec<Value>) {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    world.link(&mia, json!({ "conflicts": "ask" })).await;
    let mut events = Vec::new();
    for title in titles {
        let body = json!({ "title": title, "start": "2026-11-20T10:00:00", "zone": "Europe/Berlin" });
        events.push(world.make(&mia, body).await);
    }
    world.settle().await;
    (world, mia, events)
}

async fn open(world: &World, who: &Who) -> Vec<Value> {
    let found = world.ask(who, "GET", "/schedule/sync/conflicts?state=open", None).await.ok();
    let items = found["items"].as_array().unwrap().clone();
    assert_eq!(found["total"], items.len());
    items
}

async fn resolve(world: &World, who: &Who, answer: Value) -> Value {
    let answered = world.ask(who, "POST", "/schedule/sync/resolve-conflict", Some(answer)).await.ok();
    world.settle().await;
    answered
}

#[tokio::test]
async fn ac_2_by_api_each_answer_is_carried_out_on_both_sides() {
    let check = async |resolution: &str, stands: &str| {
        let (world, mia, events) = asked(&["Coaching"]).await;
        world.change(&mia, &events[0], json!({ "title": "Named here" })).await;
        world.person(
            "change",
            Some(word(&world.one_there("Coaching"), "id")),
            json!({ "summary": "Named there" }),
        );
        world.settle().await;
        let status = world.ask(&mia, "GET", "/schedule/sync/status", None).await.ok();
        assert_eq!(status["state"], "conflict");
        let [conflict] = &open(&world, &mia).await[..] else { panic!("one question") };
        let sides = json!([{ "field": "title", "label": "title", "base": "Coaching", "local": "Named here", "external": "Named there" }]);
        assert_eq!((&conflict["fields"], word(conflict, "kind")), (&sides, "data_mismatch"));
        let answer = json!({ "conflictId": conflict["id"], "resolution": resolution });
        assert_eq!(resolve(&world, &mia, answer.clone()).await["resolved"], 1);
        assert_eq!(
            (world.titles(&mia).await, world.titles_there()),
            (vec![stands.to_owned()], vec![stands.to_owned()]),
            "{resolution}"
        );
        assert_eq!(open(&world, &mia).await, Vec::<Value>::new());
        let settled = world.ask(&mia, "GET", "/schedule/sync/conflicts?state=resolved", None).await.ok();
        assert_eq!(
            (word(&settled["items"][0], "resolution"), word(&settled["items"][0], "resolvedBy")),
            (resolution, "Mia")
        );
        let again = world.ask(&mia, "POST", "/schedule/sync/resolve-conflict", Some(answer)).await;
        assert_eq!(again.status, 409, "it is settled");
    };
    check("keep_local", "Named here").await;
    check("keep_external", "Named there").await;
    check("keep_latest", "Named there").await;
}

#[tokio::test]
async fn ac_2_by_api_different_fields_merge_without_a_question() {
    let (world, mia, events) = asked(&["Coaching"]).await;
    world.change(&mia, &events[0], json!({ "location": "Studio B" })).await;
    world.person("change", Some(word(&world.one_there("Coaching"), "id")), json!({ "summary": "Renamed" }));
    world.settle().await;
    assert_eq!(open(&world, &mia).await, Vec::<Value>::new());
    assert_eq!(
        (world.titles(&mia).await, word(&world.one_there("Renamed"), "location")),
        (vec!["Renamed".to_owned()], "Studio B")
    );
}

#[tokio::test]
async fn ac_7_by_api_field_by_field_each_stands_as_it_was_said() {
    let (world, mia, events) = asked(&["Coaching"]).await;
    world.change(&mia, &events[0], json!({ "title": "Named here", "location": "Here" })).await;
    let fields = json!({ "summary": "Named there", "location": "There" });
    world.person("change", Some(word(&world.one_there("Coaching"), "id")), fields);
    world.settle().await;
    let [conflict] = &open(&world, &mia).await[..] else { panic!("one question") };
    let id = &conflict["id"];
    let refused = async |answer: Value| {
        world.ask(&mia, "POST", "/schedule/sync/resolve-conflict", Some(answer)).await.json["field"].clone()
    };
    assert_eq!(refused(json!({ "conflictId": id, "resolution": "merge" })).await, "fields");
    assert_eq!(
        refused(json!({ "conflictId": id, "resolution": "merge", "fields": { "title": "mine" } })).await,
        "fields.title"
    );
    assert_eq!(
        refused(json!({ "conflictId": id, "resolution": "merge", "fields": { "colour": "local" } })).await,
        "fields"
    );
    assert_eq!(refused(json!({ "conflictId": id, "resolution": "keep_both" })).await, "resolution");
    assert_eq!(refused(json!({ "resolution": "keep_local" })).await, "conflictId");
    let merge = json!({ "conflictId": id, "resolution": "merge", "fields": { "title": "local", "location": "external" } });
    resolve(&world, &mia, merge).await;
    assert_eq!(
        (world.titles(&mia).await, word(&world.one_there("Named here"), "location")),
        (vec!["Named here".to_owned()], "There")
    );
}

#[tokio::test]
async fn ac_7_by_api_many_are_settled_at_once_and_one_is_taken_back() {
    let (world, mia, events) = asked(&["A", "B", "C"]).await;
    for (event, title) in events.iter().zip(["A", "B", "C"]) {
        world.change(&mia, event, json!({ "title": format!("{title} here") })).await;
        let there = world.one_there(title);
        world.person("change", Some(word(&there, "id")), json!({ "summary": format!("{title} there") }));
    }
    world.settle().await;
    assert_eq!(open(&world, &mia).await.len(), 3);
    assert_eq!(
        resolve(&world, &mia, json!({ "all": true, "resolution": "keep_external" })).await["resolved"],
        3
    );
    let there = ["A there", "B there", "C there"].map(String::from).to_vec();
    assert_eq!((world.titles(&mia).await, world.titles_there()), (there.clone(), there));
    let undo = format!("/calendar/events/{}/undo", word(&events[0], "id"));
    world.ask(&mia, "POST", &undo, Some(json!({}))).await.ok();
    world.settle().await;
    assert_eq!(world.titles_there(), ["A here", "B there", "C there"]);
}

#[tokio::test]
async fn ac_7_by_api_a_booking_that_was_deleted_there_is_asked_about_and_put_back() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    world.link(&mia, json!({})).await;
    let booked = json!({ "title": "Session", "start": "2026-11-20T10:00:00", "zone": "Europe/Berlin", "sessionType": "one_on_one" });
    world.make(&mia, booked).await;
    world.settle().await;
    world.person("delete", Some(word(&world.one_there("Session"), "id")), json!({}));
    world.settle().await;
    let [conflict] = &open(&world, &mia).await[..] else { panic!("one question") };
    assert_eq!(word(conflict, "kind"), "deleted");
    assert_eq!(world.titles(&mia).await, ["Session"], "nobody's booking is lost silently");
    let title = conflict["fields"].as_array().unwrap().iter().find(|side| side["field"] == "title").unwrap();
    assert_eq!((&title["local"], &title["external"]), (&json!("Session"), &Value::Null), "{conflict:#}");
    resolve(&world, &mia, json!({ "conflictId": conflict["id"], "resolution": "keep_local" })).await;
    assert_eq!(world.titles_there(), ["Session"]);
}

#[tokio::test]
async fn ac_7_by_api_a_booking_moved_on_both_sides_is_asked_about_in_words_for_people() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    world.link(&mia, json!({})).await;
    let booked = json!({ "title": "Session", "start": "2026-11-20T10:00:00", "zone": "Europe/Berlin", "sessionType": "one_on_one" });
    let session = world.make(&mia, booked).await;
    world.settle().await;
    world.change(&mia, &session, json!({ "start": "2026-11-20T11:00:00" })).await;
    let noon = json!({ "start": { "dateTime": "2026-11-20T12:00:00", "timeZone": "Europe/Berlin" },
                       "end": { "dateTime": "2026-11-20T13:00:00", "timeZone": "Europe/Berlin" } });
    world.person("change", Some(word(&world.one_there("Session"), "id")), noon);
    world.settle().await;
    let [conflict] = &open(&world, &mia).await[..] else { panic!("one question") };
    let told = |side: &str| word(&conflict["fields"][0], side).to_owned();
    assert_eq!(word(conflict, "kind"), "time_change");
    assert_eq!(
        [told("base"), told("local"), told("external")],
        [
            "2026-11-20 10:00–11:00 Europe/Berlin",
            "2026-11-20 11:00–12:00 Europe/Berlin",
            "2026-11-20 12:00–13:00 Europe/Berlin"
        ]
    );
    resolve(&world, &mia, json!({ "conflictId": conflict["id"], "resolution": "keep_external" })).await;
    let here = world.ask(&mia, "GET", &format!("/calendar/events/{}", word(&session, "id")), None).await.ok();
    assert_eq!(here["start"], "2026-11-20T12:00:00+01:00");
}
