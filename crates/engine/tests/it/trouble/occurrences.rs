//! Occurrences whose series is only half written, or was not answered for.

use concord_engine::edit;
use concord_model::link::Policy;
use concord_model::recurrence::{Recurrence, Rule};
use concord_model::view::{Override, Value};
use concord_model::{Field, OccurrenceKey, Span};
use concord_store::Actor;
use jiff::SignedDuration;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn an_occurrence_that_was_cancelled_there_is_put_back_in_the_write_that_changes_the_rule() {
    let (world, link) = World::linked().await;
    world.set(link, |s| s.conflicts = Policy::KeepPlatform).await;
    world.set(link, |s| s.booking_time = Policy::KeepPlatform).await;
    let daily = |count: u32, span: &Span| {
        Recurrence::from(Rule::parse(&format!("FREQ=DAILY;COUNT={count}"), span).unwrap())
    };
    let class = world
        .make_with("2026-12-01 10:00", "Class", |v, _| v.time.recurrence = Some(daily(5, &v.time.span)))
        .await;
    world.settle().await;
    let id = world.id_there("primary", "Class");
    world.person(json!({"calendar": "primary", "do": "delete", "id": format!("{id}_20261202T150000Z")}));
    let second = OccurrenceKey::Time("2026-12-02T10:00:00".parse().unwrap());
    let patch = [(Field::Location, Value::Location("Studio B".to_owned()))].into();
    let (change, by) = (edit::Change { patch, ..Default::default() }, Actor::User(world.alice));
    edit::change(&world.engine, world.workspace, class.id, edit::Scope::This(second), change, by)
        .await
        .unwrap();
    world.edit(&class, |v| v.time.recurrence = Some(daily(4, &v.time.span))).await;
    let report = world.run(link).await;
    assert_eq!((report.tally.pushed, report.waiting), (1, 0), "{report:?}");
    let places: Vec<_> =
        world.living("primary").iter().filter_map(|e| e["location"].as_str().map(str::to_owned)).collect();
    assert_eq!(places, ["Studio B"]);
}

/// Seed 1152 of the simulator: what is said again, word for word, is what was meant then.
#[tokio::test]
async fn i_03_an_occurrence_that_ended_while_nobody_knew_whether_its_event_was_made_ends_there_too() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-12-01 10:00", "Class").await;
    let made = json!({"method": "POST", "path": "/events"});
    world.faults(json!({"match": made, "kind": "status", "status": 500, "count": 1}));
    world.run(link).await;
    assert!(world.copy(&event, link).await.intent.is_some(), "it may have been made");
    let event = world
        .edit(&event, |v| {
            let rule = Rule::parse("FREQ=DAILY;COUNT=3", &v.time.span).unwrap();
            v.time.recurrence = Some(Recurrence::from(rule));
        })
        .await;
    world.delete_occurrence(&event, "2026-12-02 10:00").await;
    world.advance(SignedDuration::from_hours(1));
    world.settle().await;
    let compared = concord_engine::verify::verify(&world.engine, world.workspace, link).await.unwrap();
    assert!(compared.agree == 1 && compared.drift.is_empty(), "{compared:?}");
    let lines = world.living("primary")[0]["recurrence"].to_string();
    assert!(lines.contains("20261202T100000"), "{lines}");
}

#[tokio::test]
async fn i_03_an_occurrence_that_did_not_arrive_with_its_new_series_arrives_later() {
    let (world, link) = World::linked().await;
    world.faults(json!({"match": {"method": "PATCH"}, "kind": "status", "status": 412, "count": 1}));
    let event = world
        .make_with("2026-12-01 10:00", "Class", |v, _| {
            let rule = Rule::parse("FREQ=DAILY;COUNT=3", &v.time.span).unwrap();
            v.time.recurrence = Some(Recurrence::from(rule));
            let second = OccurrenceKey::Time("2026-12-02T10:00:00".parse().unwrap());
            let place = [(Field::Location, Value::Location("Studio B".to_owned()))].into();
            v.overrides.insert(second, Override::Changed(place));
        })
        .await;
    world.run(link).await;
    world.settle().await;
    assert_eq!(world.event(event.id).await.content.overrides.len(), 1);
    let places: Vec<_> =
        world.living("primary").iter().filter_map(|e| e["location"].as_str().map(str::to_owned)).collect();
    assert_eq!(places, ["Studio B"]);
}
