//! Who is asked to wait waits, and nobody else (I-33).

use concord_engine::run::Only;
use concord_engine::schedule;
use concord_model::link::Settings;
use concord_model::recurrence::{Recurrence, Rule};
use concord_model::view::{Override, Value};
use concord_model::{Field, OccurrenceKey};
use concord_store::links::LinkState;
use concord_store::runs::RunKind;
use jiff::SignedDuration;
use serde_json::json;

use super::live;
use crate::side::On;
use crate::world::World;

#[tokio::test]
async fn i_33_what_keeps_failing_is_tried_ever_more_seldom() {
    for kind in ["drop_before", "status"] {
        let (world, _) = World::linked().await;
        world.faults(json!({"match": {"method": "POST"}, "kind": kind, "status": 503}));
        world.make("2026-12-01 10:00", "Coaching").await;
        live(&world, 6 * 60).await;
        let tries = world.count_calls("POST");
        assert!((5..40).contains(&tries), "{kind}: {tries} tries in six hours");
        world.calm();
        live(&world, 40).await;
        assert_eq!(world.there("primary"), ["20261201T100000 Coaching"], "{kind}");
    }
}

#[tokio::test]
async fn i_33_a_wait_that_is_asked_for_late_counts_from_the_answer() {
    let (world, link) = World::linked().await;
    world.faults(
        json!({"match": {"method": "GET"}, "kind": "status", "status": 503, "retryAfter": 90, "count": 1}),
    );
    world.gate.close("GET", 1);
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        world.advance(SignedDuration::from_secs(40));
        world.gate.open();
    };
    let (report, ()) = tokio::join!(run, meanwhile);
    let wait = report.unwrap().unwrap().due_at.unwrap().duration_since(world.engine.now());
    assert!(wait >= SignedDuration::from_secs(90), "{wait:?}");
}

#[tokio::test]
async fn i_33_a_wait_that_is_asked_for_is_kept_where_the_link_is_given_other_settings_meanwhile() {
    let (world, link) = World::linked_on(On::Outlook).await;
    let id = world.person_makes("2026-11-10 10:00", "Class");
    let rule = json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"]});
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": rule}));
    // Of a series only the name is told: what it is, is read.
    let read = json!({"path": "/events/"});
    world.faults(json!({"match": read, "kind": "status", "status": 429, "retryAfter": 90, "count": 1}));
    world.gate.close("/events/", 1);
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        world.set(link, |s| s.window.ahead_days = 30).await;
        world.gate.open();
    };
    let (report, ()) = tokio::join!(run, meanwhile);
    let wait = report.unwrap().unwrap().due_at.unwrap().duration_since(world.engine.now());
    assert!(wait >= SignedDuration::from_secs(90), "{wait:?}");
    let before = world.calls().len();
    world.advance(SignedDuration::from_secs(80));
    world.work_all(&world.engine).await;
    assert_eq!(world.calls().len(), before, "{:?}", world.calls().last());
    world.settle().await;
    assert_eq!(world.here().await, ["20261110T100000 Class"]);
}

/// Seed 1202 of the simulator: a calendar that is gone is looked for by its name, and what was said to that was not heard.
#[tokio::test]
async fn i_33_a_wait_that_is_asked_for_while_a_lost_calendar_is_looked_for_is_kept() {
    let (world, _) = World::linked().await;
    let team = world.link("Team", Settings::default()).await;
    world.settle().await;
    world.control("calendar", json!({"do": "delete", "id": team.calendar.to_string()}));
    let wait = json!({"match": {"path": "/calendarList"}, "kind": "status", "status": 503, "retryAfter": 90, "count": 1});
    world.faults(wait);
    world.run(team.id).await;
    assert!(matches!(world.link_row(team.id).await.state, LinkState::Stopped { .. }));
    let before = world.calls().len();
    world.make("2026-12-02 10:00", "Another").await;
    world.advance(SignedDuration::from_secs(80));
    world.work_all(&world.engine).await;
    assert_eq!(world.calls().len(), before, "{:#?}", world.calls());
    world.advance(SignedDuration::from_secs(20));
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261202T100000 Another"]);
}

/// Seed 1947 of the simulator: only who holds the link could say so, and the others called on.
#[tokio::test]
async fn i_33_a_wait_that_is_asked_for_is_kept_by_who_has_lost_the_link_meanwhile() {
    for verb in ["GET", "POST"] {
        let (world, link) = World::linked().await;
        world.make("2026-12-01 10:00", "Coaching").await;
        world.gate.close(verb, 1);
        let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
        let meanwhile = async {
            world.gate.reached().await;
            world.advance(world.engine.timing.lease + SignedDuration::from_secs(1));
            let other = world.other_worker();
            schedule::run_now(&other, link, RunKind::Manual, Default::default()).await.unwrap().unwrap();
            let wait = json!({"match": {"method": verb}, "kind": "status", "status": 503, "retryAfter": 90, "count": 1});
            world.faults(wait);
            world.gate.open();
        };
        let (report, ()) = tokio::join!(run, meanwhile);
        assert!(report.unwrap().unwrap().stopped.is_some(), "{verb}");
        let before = world.calls().len();
        world.make("2026-12-02 10:00", "Another").await;
        world.advance(SignedDuration::from_secs(80));
        world.work_all(&world.engine).await;
        assert_eq!(world.calls().len(), before, "{verb}: {:#?}", world.calls());
        world.advance(SignedDuration::from_secs(20));
        world.settle().await;
        assert_eq!(world.there("primary"), ["20261201T100000 Coaching", "20261202T100000 Another"], "{verb}");
    }
}

#[tokio::test]
async fn i_33_who_is_asked_to_wait_goes_on_with_nothing_that_was_begun() {
    let (world, link) = World::linked().await;
    let mut classes = Vec::new();
    for day in ["01", "02"] {
        let when = format!("2026-12-{day} 10:00");
        let class = world
            .make_with(&when, "Class", |v, _| {
                let rule = Rule::parse("FREQ=DAILY;COUNT=3", &v.time.span).unwrap();
                v.time.recurrence = Some(Recurrence::from(rule));
                let second = v.time.span.starting(v.time.span.key()).unwrap().key();
                let place = [(Field::Location, Value::Location("Studio B".to_owned()))].into();
                v.overrides.insert(second, Override::Changed(place));
            })
            .await;
        classes.push(class);
    }
    world.settle().await;
    for class in &classes {
        world.edit(class, |v| v.title = "Other".to_owned()).await;
    }
    let on = json!({"method": "PATCH"});
    world.faults(json!({"match": on, "kind": "status", "status": 429, "retryAfter": 60, "count": 1}));
    let report = world.run(link).await;
    assert!(report.stopped.is_some());
    let last = world.calls().pop().unwrap();
    assert!(last.contains("/batch"), "{last}");
    world.advance(SignedDuration::from_mins(5));
    world.settle().await;
    let titles: Vec<_> = world.living("primary").iter().map(|e| e["summary"].clone()).collect();
    assert!(titles.iter().all(|title| title == "Other"), "{titles:?}");
}

/// Seed 1449 of the simulator: the series was written, and the look at what became of it was asked to wait.
#[tokio::test]
async fn i_33_who_is_asked_to_wait_half_way_through_a_series_looks_at_nothing_more() {
    let (world, link) = World::linked().await;
    world
        .make_with("2026-12-01 10:00", "Class", |v, _| {
            let rule = Rule::parse("FREQ=DAILY;COUNT=3", &v.time.span).unwrap();
            v.time.recurrence = Some(Recurrence::from(rule));
            let place = [(Field::Location, Value::Location("Studio B".to_owned()))].into();
            let second = OccurrenceKey::Time("2026-12-02T10:00:00".parse().unwrap());
            v.overrides.insert(second, Override::Changed(place));
        })
        .await;
    let look = json!({"method": "GET"});
    world.faults(json!({"match": look, "kind": "status", "status": 503, "retryAfter": 60, "count": 1}));
    let report = world.run_only(link, Only::Push).await;
    assert!(report.stopped.is_some_and(|why| why.contains("less often")));
    let calls = world.calls();
    let last = calls.last().unwrap();
    assert!(last.starts_with("GET") && last.contains(" 503 "), "{calls:#?}");
    world.calm();
    world.advance(SignedDuration::from_mins(5));
    world.settle().await;
    let places: Vec<_> =
        world.living("primary").iter().filter_map(|e| e["location"].as_str().map(str::to_owned)).collect();
    assert_eq!(places, ["Studio B"]);
}

#[tokio::test]
async fn i_33_who_is_asked_to_wait_half_way_through_a_series_begins_no_other() {
    let (world, link) = World::linked_on(On::Outlook).await;
    for day in ["01", "02"] {
        let rule = |v: &mut concord_model::View| {
            let rule = Rule::parse("FREQ=DAILY;COUNT=3", &v.time.span).unwrap();
            v.time.recurrence = Some(Recurrence::from(rule));
            let place = [(Field::Location, Value::Location("Studio B".to_owned()))].into();
            v.overrides.insert(v.time.span.key(), Override::Changed(place));
        };
        world.make_with(&format!("2026-12-{day} 10:00"), "Class", |v, _| rule(v)).await;
    }
    // The series is made, and what one of its occurrences has of its own is refused.
    let on = json!({"method": "PATCH"});
    world.faults(json!({"match": on, "kind": "status", "status": 429, "retryAfter": 60, "count": 1}));
    let report = world.run_only(link, Only::Push).await;
    assert!(report.stopped.is_some_and(|why| why.contains("less often")));
    let calls = world.calls();
    assert!(calls.last().unwrap().contains(" 429 "), "{calls:#?}");
    world.advance(SignedDuration::from_mins(5));
    world.settle().await;
    let classes = world.living("primary");
    assert_eq!(classes.len(), 4, "two series, each with an occurrence of its own: {classes:#?}");
}
