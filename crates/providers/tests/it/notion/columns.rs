//! The columns of a table: what each of them holds, and what becomes of that when people change them.

use concord_model::Field;
use concord_model::link::{Column, Holds, Way};
use concord_model::view::Status;

use super::*;
use crate::contract::{change, coaching, create, make, same, theirs, update, write};

/// A world in whose table the status stands in another column.
async fn with_status(kind: &str, options: &[&str]) -> World {
    let mut world = World::new().await;
    let options: Vec<Value> = options.iter().map(|name| json!({ "name": name })).collect();
    let calendar = world.calendar();
    let column = |body: Value| {
        let mut body = body;
        body["calendar"] = json!(calendar.as_str());
        world.control("POST", "property", body)
    };
    column(json!({ "do": "remove", "name": "Event status" }));
    let told = column(json!({ "do": "add", "name": "State", "fields": { kind: { "options": options } } }));
    let id = told["State"]["id"].as_str().unwrap().to_owned();
    world.columns.0.insert(Holds::Status, Column::both(id, "State"));
    world
}

async fn options(world: &World) -> usize {
    let state = world.control("GET", "state", json!({}));
    let id = world.calendar();
    let all = state["calendars"].as_array().unwrap().iter();
    let table = all.into_iter().find(|one| one["id"] == id.as_str()).unwrap();
    table["properties"]["State"]["select"]["options"].as_array().unwrap().len()
}

#[tokio::test]
async fn notion_trap_11_no_choice_is_added_to_a_column() {
    let world = with_status("select", &["Open", "Canceled"]).await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let tentative = View { status: Status::Tentative, title: "Maybe".to_owned(), ..known.view.clone() };
    let known = change(&world, &id, &known, tentative).await;
    assert_eq!((known.view.title.as_str(), known.view.status), ("Maybe", Status::Confirmed));
    let cancelled = View { status: Status::Cancelled, ..known.view.clone() };
    let known = change(&world, &id, &known, cancelled).await;
    assert_eq!(world.page(&id)["properties"]["State"]["select"]["name"], "Canceled");
    assert_eq!((known.view.status, options(&world).await), (Status::Cancelled, 2));
}

#[tokio::test]
async fn notion_trap_12_a_status_is_given_only_what_it_knows() {
    let world = with_status("status", &["To do", "Done", "Tentative"]).await;
    let tentative = View { status: Status::Tentative, ..coaching("Maybe") };
    let (id, known) = make(&world, 1, tentative).await;
    assert_eq!(known.view.status, Status::Tentative);
    world.person_changes(&id, json!({ "State": { "status": { "name": "Done" } } }));
    let there = theirs(&world, &id).await;
    assert_eq!(there.view.status, Status::Confirmed, "a task that is done takes place");
    let cancelled = View { status: Status::Cancelled, ..there.view.clone() };
    let answer = write(&world, update(&world, &id, &there, cancelled)).await;
    assert!(matches!(answer, Err(Answer::Rejected { read_only: false, .. })), "{answer:?}");
}

#[tokio::test]
async fn notion_trap_13_a_column_with_another_name_is_the_same_one() {
    let world = World::new().await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let calendar = world.calendar();
    let column = |body: Value| {
        let mut body = body;
        body["calendar"] = json!(calendar.as_str());
        world.control("POST", "property", body);
    };
    column(json!({ "do": "rename", "name": "Location", "to": "Room" }));
    column(json!({ "do": "rename", "name": "Date", "to": "Whenever" }));
    column(json!({ "do": "rename", "name": "Concord", "to": "Key" }));
    // A new one of the old name is another one.
    column(json!({ "do": "add", "name": "Location", "fields": { "rich_text": {} } }));
    let after = View { location: "Studio".to_owned(), ..known.view.clone() };
    let known = change(&world, &id, &known, after).await;
    assert_eq!((world.says(&id, "Room").as_str(), world.says(&id, "Location").as_str()), ("Studio", ""));
    assert_eq!(known.view.location, "Studio");
    make(&world, 2, coaching("Another")).await;
}

#[tokio::test]
async fn notion_trap_13_a_column_that_is_gone_is_said_and_nothing_is_lost() {
    let world = World::new().await;
    let view = View { location: "Studio".to_owned(), ..coaching("Coaching") };
    let (id, known) = make(&world, 1, view).await;
    let (_, cursor) = listing(&world, None).await;
    let calendar = world.calendar();
    let removed = json!({ "do": "remove", "name": "Location", "calendar": calendar.as_str() });
    world.control("POST", "property", removed);
    world.person_retitles(&id, "Renamed");
    let misconfigured = |answer: Option<Answer>| {
        let Some(Answer::Misconfigured { why }) = answer else { panic!("{answer:?}") };
        assert!(why.contains("Location"), "{why}");
    };
    misconfigured(world.changes(None).await.err());
    misconfigured(world.changes(Some(&cursor)).await.err());
    misconfigured(write(&world, create(&world, 2, coaching("Other"))).await.err());
    let after = View { title: "Ours".to_owned(), ..known.view.clone() };
    misconfigured(write(&world, update(&world, &id, &known, after)).await.err());
}

#[tokio::test]
async fn a_column_goes_only_the_way_that_was_chosen() {
    let mut world = World::new().await;
    world.columns.0.get_mut(&Holds::Location).unwrap().way = Way::In;
    world.columns.0.get_mut(&Holds::Description).unwrap().way = Way::Out;
    let mut view = coaching("Coaching");
    (view.location, view.description) = ("Studio".to_owned(), "Shoes".to_owned());
    let (id, told) = make(&world, 1, view).await;
    assert_eq!(
        (world.says(&id, "Location").as_str(), world.says(&id, "Description").as_str()),
        ("", "Shoes")
    );
    assert_eq!((told.view.location.as_str(), told.view.description.as_str()), ("", ""));
    world.person_changes(&id, json!({ "Location": { "rich_text": [{ "text": { "content": "Hall" } }] } }));
    assert_eq!(theirs(&world, &id).await.view.location, "Hall");
    // A column that nobody chose is not looked at.
    world.columns.0.remove(&Holds::Location);
    assert_eq!(theirs(&world, &id).await.view.value(Field::Location), coaching("").value(Field::Location));
}

#[tokio::test]
async fn a_table_that_somebody_made_gets_a_column_for_our_notes() {
    let mut world = World::new().await;
    world.calendars.swap(0, 1);
    world.columns = Columns::default();
    world.columns = world.notion.columns(&world.access(), &world.calendar()).await.unwrap().unwrap();
    let held: Vec<&str> = world.columns.0.values().map(|column| column.name.as_str()).collect();
    // Its status is one of tasks, which says nothing of whether something takes place.
    assert_eq!(held, ["Date", "Location", "Description", "Concord"]);
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    same(&world, &theirs(&world, &id).await.view, &coaching("Coaching"));
    assert_eq!(theirs(&world, &id).await.versions, known.versions);
}

#[tokio::test]
async fn bm_173_a_column_that_is_renamed_goes_on_and_one_that_is_gone_or_another_kind_is_named() {
    for name in ["Location", "Description", "Meeting link", "Event status", "Date"] {
        let world = World::new().await;
        make(&world, 1, coaching("Coaching")).await;
        let calendar = world.calendar();
        let column = |body: Value| {
            let mut body = body;
            body["calendar"] = json!(calendar.as_str());
            world.control("POST", "property", body);
        };
        column(json!({ "do": "rename", "name": name, "to": "Renamed" }));
        assert_eq!(live(&world.items().await).len(), 1, "{name}");
        column(json!({ "do": "change", "name": "Renamed", "fields": { "number": {} } }));
        for change in [None, Some(json!({ "do": "remove", "name": "Renamed" }))] {
            change.map(column);
            let answer = world.changes(None).await.err();
            let Some(Answer::Misconfigured { why }) = answer else { panic!("{name}: {answer:?}") };
            assert!(why.contains(name), "{why}");
        }
    }
}
