//! Trouble with single items, calendars and accounts: it stays where it is, is told once, and ends (SY-4, SY-10, I-33,
//! I-34, I-44).

mod occurrences;
mod unreadable;
mod waits;

use concord_engine::run::Only;
use concord_model::Field;
use concord_model::link::{Direction, Settings};
use concord_model::privacy::{Privacy, PrivateEvents};
use concord_model::view::{Override, Value};
use concord_store::links::LinkState;
use concord_store::mappings::MappingState;
use concord_store::runs::RunStatus;
use jiff::SignedDuration;
use serde_json::json;

use crate::world::World;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Lets time pass minute by minute, working on whatever is due.
async fn live(world: &World, minutes: usize) {
    for _ in 0..minutes {
        world.advance(SignedDuration::from_mins(1));
        world.work_all(&world.engine).await;
    }
}

#[tokio::test]
async fn bm_150_one_refused_event_among_many_stops_only_itself() {
    for position in [0, 7, 14] {
        let (world, link) = World::linked().await;
        world.control("quirks", json!({"longestSummary": 40}));
        for n in 0..15 {
            let title = if n == position { "x".repeat(60) } else { format!("E{n:02}") };
            world.make(&format!("2026-12-{:02} 10:00", n + 1), &title).await;
        }
        let report = world.run(link).await;
        assert_eq!((report.tally.pushed, report.failed), (14, 1), "{position}");
        assert_eq!(report.status, Some(RunStatus::Partial));
        assert_eq!(world.there("primary").len(), 14);
    }
}

#[tokio::test]
async fn bm_109_what_was_refused_costs_nothing_until_it_changes() {
    let (world, link) = World::linked().await;
    world.control("quirks", json!({"longestSummary": 40}));
    let event = world.make("2026-12-01 10:00", &"x".repeat(60)).await;
    world.settle().await;
    assert_eq!(world.copy(&event, link).await.state, MappingState::Error);
    assert_eq!(world.count_calls("POST"), 1);
    for _ in 0..3 {
        world.advance(HOUR * 25);
        world.settle().await;
    }
    assert_eq!(world.count_calls("POST"), 1, "{:?}", world.calls());
    world.edit(&event, |v| v.title = "short".to_owned()).await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261201T100000 short"]);
}

#[tokio::test]
async fn i_34_an_intent_that_cannot_be_asked_about_stops_only_itself() {
    let (world, link) = World::linked().await;
    world.faults(json!({"match": {"method": "POST", "path": "/events"}, "kind": "drop_after", "count": 1}));
    world.faults(json!({
        "match": {"method": "GET", "path": "/events/cc"}, "kind": "status", "status": 403, "reason": "forbidden",
    }));
    world.make("2026-12-01 10:00", "In doubt").await;
    world.run(link).await;
    world.make("2026-12-02 10:00", "Later").await;
    world.person_makes("2026-12-03 10:00", "Theirs");
    world.run(link).await;
    assert_eq!(
        world.there("primary"),
        ["20261201T100000 In doubt", "20261202T100000 Later", "20261203T100000 Theirs"]
    );
    assert!(world.here().await.contains(&"20261203T100000 Theirs".to_owned()));
    world.calm();
    live(&world, 60).await;
    assert_eq!(world.here().await, world.there("primary"));
}

#[tokio::test]
async fn bm_107_a_pause_asked_for_in_the_middle_of_a_batch_keeps_what_was_done_and_loses_nothing() {
    let (world, link) = World::linked().await;
    for n in 1..=6 {
        world.make(&format!("2026-12-{n:02} 10:00"), &format!("E{n}")).await;
    }
    world.faults(json!({
        "match": {"method": "POST", "path": "/events"}, "kind": "status", "status": 429, "count": 2, "skip": 2,
        "retryAfter": 120,
    }));
    let report = world.run(link).await;
    assert_eq!(report.tally.pushed, 4);
    assert_eq!(world.there("primary").len(), 4);
    let mut open = 0;
    for event in world.events().await {
        open += usize::from(world.copy(&event, link).await.intent.is_some());
    }
    assert_eq!(open, 0, "what was surely not done is not in doubt");
    world.advance(SignedDuration::from_mins(3));
    world.settle().await;
    assert_eq!(world.there("primary").len(), 6);
    assert_eq!(world.count_calls("POST /calendar/v3/calendars"), 8, "two were tried again, nothing else");
}

#[tokio::test]
async fn bm_016_a_calendar_that_may_only_be_read_is_not_tried_again_and_says_so_once() {
    let (world, link) = World::linked().await;
    world.control("access", json!({"calendar": "primary", "user": "alice", "role": "reader"}));
    for n in 1..=60 {
        world.make(&format!("2026-12-{:02} {:02}:00", 1 + n % 28, 8 + n / 28), &format!("E{n}")).await;
    }
    world.settle().await;
    let tried = world.count_calls("POST");
    for _ in 0..10 {
        world.settle().await;
    }
    assert_eq!(world.count_calls("POST"), tried);
    assert!(!world.link_row(link).await.writable);
    let told = world.sentences().await;
    assert_eq!(told.iter().filter(|t| t.contains("may not be written")).count(), 1, "{told:?}");
    // What is there still comes in, and once it may be written again, all of it goes out.
    world.control("access", json!({"calendar": "primary", "user": "alice", "role": "owner"}));
    world.person_makes("2026-12-29 10:00", "Theirs");
    world.advance(HOUR * 25);
    world.settle().await;
    world.settle().await;
    assert_eq!(world.there("primary").len(), 61);
    assert_eq!(world.here().await.len(), 61);
}

#[tokio::test]
async fn i_01_what_changed_while_its_calendar_was_closed_can_be_written_once_it_is_open() {
    let (world, _) = World::linked().await;
    let access =
        |role: &str| world.control("access", json!({"calendar": "primary", "user": "alice", "role": role}));
    let id = world.person_makes("2026-12-02 10:00", "Theirs");
    world.settle().await;
    access("reader");
    world.advance(HOUR * 25);
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": {"description": "mat"}}));
    world.settle().await;
    access("owner");
    world.advance(HOUR * 25);
    world.settle().await;
    let event = world.events().await.remove(0);
    assert_eq!(event.content.description, "mat");
    world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
    world.settle().await;
    assert_eq!(world.living("primary")[0]["location"], "Studio B");
}

/// Seed 1513 of the simulator: what is private there cannot be read for a while, and an occurrence of its own stayed without
/// its title.
#[tokio::test]
async fn i_01_what_could_not_be_seen_of_a_private_series_is_there_again_once_it_can() {
    let (world, link) = World::linked().await;
    // Some occurrences are listed before their series.
    world.control("quirks", json!({"scattered": true}));
    let change = |id: &str, fields: serde_json::Value| {
        world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": fields}))
    };
    let classes: Vec<String> =
        (1..=6).map(|n| world.person_makes("2026-12-02 10:00", &format!("Class {n}"))).collect();
    for id in &classes {
        change(id, json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]}));
        change(&format!("{id}_20261209T150000Z"), json!({"summary": "Party"}));
    }
    world.settle().await;
    for id in &classes {
        change(id, json!({"visibility": "private"}));
    }
    for role in ["reader", "owner"] {
        world.control("access", json!({"calendar": "primary", "user": "alice", "role": role}));
        world.control("expire-sync", json!({}));
        world.run(link).await;
    }
    let party = Override::Changed([(Field::Title, Value::Title("Party".to_owned()))].into());
    for event in world.events().await {
        let own: Vec<_> = event.content.overrides.values().collect();
        assert!(event.content.title.starts_with("Class"), "{:?}", event.content);
        assert_eq!(own, [&party], "{}", event.content.title);
    }
}

/// Seed 100222 of the simulator: the title was lost, here and in every other calendar.
#[tokio::test]
async fn i_03_what_may_not_be_seen_of_our_own_copy_any_more_is_no_edit() {
    let (world, link) = World::linked().await;
    world.set(link, |s| s.sight.private = PrivateEvents::Show).await;
    let event = world.make_with("2026-11-10 10:00", "Dentist", |v, _| v.privacy = Privacy::Private).await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Dentist"]);
    for role in ["reader", "owner"] {
        world.control("access", json!({"calendar": "primary", "user": "alice", "role": role}));
        world.control("expire-sync", json!({}));
        world.run(link).await;
        assert_eq!(world.event(event.id).await.content, event.content, "{role}");
    }
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Dentist"]);
}

/// What a person does here is answered and kept, whatever the provider does, and nobody is asked for it.
#[tokio::test]
async fn ev_1_a_change_made_here_waits_for_no_provider() {
    let (world, link) = World::linked().await;
    let (moved, deleted) =
        (world.make("2026-12-01 10:00", "Moved").await, world.make("2026-12-02 10:00", "Deleted").await);
    world.settle().await;
    let act = async || {
        let came = world.gate.came();
        world.edit(&moved, |v| v.time.span = crate::world::span("2026-12-01 12:00")).await;
        world.delete(&deleted).await;
        let new = world.make("2026-12-03 10:00", "New").await;
        assert_eq!(world.gate.came(), came, "nobody was called");
        assert_eq!(world.here().await, ["20261201T120000 Moved", "20261203T100000 New"]);
        world.delete(&new).await;
        world.undo(&deleted).await;
    };
    // It cannot be reached.
    world.faults(json!({"kind": "drop_before"}));
    act().await;
    live(&world, 10).await;
    world.calm();
    // It does not answer, in the middle of a run.
    world.make("2026-12-04 10:00", "Other").await;
    let run = world.run(link);
    world
        .during("GET", 1, run, async {
            world.edit(&moved, |v| v.location = "Studio B".to_owned()).await;
            world.make("2026-12-05 10:00", "Meanwhile").await;
            assert_eq!(world.here().await.len(), 4);
        })
        .await
        .unwrap();
    live(&world, 40).await;
    let all = ["01T120000 Moved", "02T100000 Deleted", "04T100000 Other", "05T100000 Meanwhile"];
    let all = all.map(|line| format!("202612{line}"));
    assert_eq!((world.here().await, world.there("primary")), (all.to_vec(), all.to_vec()));
    assert!(world.living("primary").iter().any(|e| e["location"] == "Studio B"));
}

#[tokio::test]
async fn bm_165_while_pushes_fail_the_last_success_stays_where_it_was() {
    let (world, link) = World::linked().await;
    let before = world.link_row(link).await.last_success_at;
    world.faults(json!({"match": {"method": "POST"}, "kind": "drop_before"}));
    world.make("2026-12-01 10:00", "Coaching").await;
    live(&world, 120).await;
    let row = world.link_row(link).await;
    assert_eq!(row.last_success_at, before);
    assert_eq!(row.last_status, Some(RunStatus::Partial));
    world.calm();
    live(&world, 60).await;
    assert!(world.link_row(link).await.last_success_at > before);
}

#[tokio::test]
async fn bm_151_one_persons_trouble_is_not_another_persons() {
    let (world, link) = World::linked().await;
    let bob = world.bob().await;
    let bobs = world.link_of(&bob, "primary", Settings::default()).await;
    world.settle().await;
    world.faults(json!({"match": {"user": "alice"}, "kind": "status", "status": 500}));
    world.make("2026-12-01 10:00", "Hers").await;
    world.person(json!({
        "user": "bob", "calendar": "primary", "do": "create",
        "fields": {"summary": "His", "start": {"date": "2026-12-02"}, "end": {"date": "2026-12-03"}},
    }));
    live(&world, 30).await;
    assert!(world.here().await.contains(&"20261202 His".to_owned()), "{:?}", world.here().await);
    assert_eq!(world.link_row(bobs.id).await.last_status, Some(RunStatus::Success));
    // BM-166: and hers shows that it does not work.
    assert_ne!(world.link_row(link).await.last_status, Some(RunStatus::Success));
}

#[tokio::test]
async fn bm_108_a_wrong_set_up_that_is_put_right_needs_nobody_to_resume_each_link() {
    let (world, link) = World::linked().await;
    world.faults(json!({
        "match": {"path": "/events"}, "kind": "status", "status": 403, "reason": "dailyLimitExceeded",
    }));
    let report = world.run(link).await;
    assert!(report.needs_person);
    assert_eq!(world.link_row(link).await.state, LinkState::Active);
    let calls = world.calls().len();
    live(&world, 25).await;
    assert_eq!(world.calls().len(), calls, "it is left alone for a while");
    world.calm();
    world.make("2026-12-01 10:00", "Coaching").await;
    live(&world, 60).await;
    assert_eq!(world.there("primary"), ["20261201T100000 Coaching"]);
}

#[tokio::test]
async fn bm_088_a_calendar_that_is_gone_is_one_state_no_more_calls_and_no_deletion() {
    let world = World::new().await;
    let link = world.link("Team", Settings::default()).await;
    world.make("2026-12-01 10:00", "Coaching").await;
    world.settle().await;
    world.control("calendar", json!({"do": "delete", "id": link.calendar.as_str()}));
    world.advance(HOUR);
    world.settle().await;
    assert!(matches!(world.link_row(link.id).await.state, LinkState::Stopped { .. }));
    let calls = world.calls().len();
    live(&world, 120).await;
    assert_eq!(world.calls().len(), calls);
    assert_eq!(world.here().await, ["20261201T100000 Coaching"]);
}

#[tokio::test]
async fn bm_142_deleting_what_is_gone_already_is_no_error() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-12-01 10:00", "Coaching").await;
    world.settle().await;
    world.delete_there("primary", "Coaching");
    world.delete(&event).await;
    let report = world.run(link).await;
    assert_eq!((report.failed, report.status), (0, Some(RunStatus::Success)));
    let before = world.calls().len();
    world.run(link).await;
    assert_eq!(world.calls().len() - before, 1);
}

#[tokio::test]
async fn bm_030_changed_there_between_the_look_and_the_write_both_changes_hold() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-12-01 10:00", "Coaching").await;
    world.settle().await;
    world.edit(&event, |v| v.title = "Coaching here".to_owned()).await;
    world.gate.close("PATCH", 1);
    let run = world.run(link);
    let meanwhile = async {
        world.gate.reached().await;
        world.change_there("primary", "Coaching", json!({"location": "Studio B"}));
        world.gate.open();
    };
    tokio::join!(Box::pin(run), meanwhile);
    world.settle().await;
    let there = &world.living("primary")[0];
    assert_eq!(
        (there["summary"].as_str(), there["location"].as_str()),
        (Some("Coaching here"), Some("Studio B"))
    );
    assert_eq!(world.event(event.id).await.content.location, "Studio B");
    // The same field: whichever stands, the other is kept.
    world.edit(&event, |v| v.title = "Ours".to_owned()).await;
    let run = world.run(link);
    let meanwhile = async { world.change_there("primary", "Coaching here", json!({"summary": "Theirs"})) };
    world.during("PATCH", 1, run, meanwhile).await.unwrap();
    world.settle().await;
    let title = world.event(event.id).await.content.title;
    assert_eq!(world.living("primary")[0]["summary"], title);
    let kept = world.conflicts(false).await;
    assert_eq!(kept.len(), 1, "what lost is kept: {title}");
}

#[tokio::test]
async fn ac_13_a_run_that_only_brings_in_leaves_what_is_to_be_sent_for_the_next() {
    let (world, link) = World::linked().await;
    let moved = world.make("2026-12-01 10:00", "Moved").await;
    let deleted = world.make("2026-12-02 10:00", "Deleted").await;
    let booked = world.make("2026-12-03 10:00", "Restored").await;
    world.set(link, |s| s.deletion = concord_model::link::DeletionPolicy::Restore).await;
    world.settle().await;
    world.edit(&moved, |v| v.location = "Here".to_owned()).await;
    world.delete(&deleted).await;
    world.delete_there("primary", "Restored");
    world.make("2026-12-04 10:00", "New").await;
    world.change_there("primary", "Moved", json!({"description": "from there"}));
    let writes = |world: &World| world.calls().iter().filter(|c| !c.starts_with("GET")).count();
    let before = writes(&world);
    world.run_only(link, Only::Pull).await;
    assert_eq!(writes(&world), before);
    assert_eq!(world.event(moved.id).await.content.description, "from there");
    world.run(link).await;
    world.settle().await;
    assert_eq!(
        world.there("primary"),
        ["20261201T100000 Moved", "20261203T100000 Restored", "20261204T100000 New"]
    );
    let there = world.living("primary");
    let there = there.iter().find(|e| e["summary"] == "Moved").unwrap();
    assert_eq!(
        (there["location"].as_str(), there["description"].as_str()),
        (Some("Here"), Some("from there"))
    );
    assert_eq!(world.event(booked.id).await.deleted_at, None);
}

#[tokio::test]
async fn ac_13_a_run_that_only_sends_out_reads_nothing_new() {
    let (world, link) = World::linked().await;
    world.make("2026-12-01 10:00", "Mine").await;
    world.person_makes("2026-12-02 10:00", "Theirs");
    world.run_only(link, Only::Push).await;
    assert_eq!(world.there("primary").len(), 2);
    assert_eq!(world.here().await, ["20261201T100000 Mine"]);
    world.settle().await;
    assert_eq!(world.here().await.len(), 2);
}

#[tokio::test]
async fn a_link_that_only_reads_never_writes_what_changes_here() {
    let (world, link) = World::linked().await;
    world.make("2026-12-01 10:00", "Mine").await;
    world.settle().await;
    world.set(link, |s| s.direction = Direction::Pull).await;
    let writes = |world: &World| world.calls().iter().filter(|c| !c.starts_with("GET")).count();
    let before = writes(&world);
    let event = world.events().await.remove(0);
    world.edit(&event, |v| v.set(Value::Title("Changed".to_owned()))).await;
    world.settle().await;
    assert_eq!(writes(&world), before);
    // What waited goes out when it may.
    world.set(link, |s| s.direction = Direction::Both).await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261201T100000 Changed"]);
}

#[tokio::test]
async fn bm_108_a_provider_that_is_not_set_up_any_more_is_told_and_goes_on_when_it_is_again() {
    let (world, link) = World::linked().await;
    world.make("2026-12-01 10:00", "Coaching").await;
    let forgetful = concord_engine::Engine { providers: Default::default(), ..world.engine.clone() };
    let calls = world.calls().len();
    let reports = world.work_all(&forgetful).await;
    assert!(reports.iter().all(|report| report.needs_person) && reports.len() == 1, "{reports:?}");
    let row = world.link_row(link).await;
    assert_eq!((row.state, row.last_status), (LinkState::Active, Some(RunStatus::Failed)));
    assert!(row.last_error.unwrap().contains("not set up"));
    for _ in 0..10 {
        world.advance(SignedDuration::from_mins(1));
        assert!(world.work_all(&forgetful).await.is_empty(), "it is left alone for a while");
    }
    assert_eq!(world.calls().len(), calls);
    live(&world, 60).await;
    assert_eq!(world.there("primary"), ["20261201T100000 Coaching"]);
    assert_eq!(world.link_row(link).await.last_error, None);
}

/// Twenty events, all of them deleted there, and the plan that the brake holds.
async fn braked() -> (World, concord_model::LinkId, String) {
    let (world, link) = World::linked().await;
    let ids: Vec<String> =
        (1..=20).map(|n| world.person_makes(&format!("2026-12-{n:02} 10:00"), &format!("No {n}"))).collect();
    world.settle().await;
    for id in &ids {
        world.person(json!({"calendar": "primary", "do": "delete", "id": id}));
    }
    let hash = world.run(link).await.plan.unwrap().hash();
    (world, link, hash)
}

#[tokio::test]
async fn rules_16_consent_lets_no_link_go_on_that_a_person_paused_but_waits_for_it() {
    let (world, link, hash) = braked().await;
    let (engine, ws) = (&world.engine, world.workspace);
    concord_engine::links::pause(engine, ws, link, true).await.unwrap();
    assert_eq!(world.link_row(link).await.state, LinkState::Paused, "what the brake holds can be paused");
    concord_engine::links::approve(engine, ws, link, &hash).await.unwrap();
    assert_eq!(world.link_row(link).await.state, LinkState::Paused);
    world.settle().await;
    assert_eq!(world.here().await.len(), 20);
    concord_engine::links::pause(engine, ws, link, false).await.unwrap();
    world.settle().await;
    assert_eq!(world.here().await, Vec::<String>::new());
}

#[tokio::test]
async fn rules_16_consent_brings_no_removed_link_back() {
    let (world, link, hash) = braked().await;
    world.remove(link, concord_engine::links::Leftovers::Leave).await;
    concord_engine::links::approve(&world.engine, world.workspace, link, &hash).await.ok();
    assert!(matches!(world.link_row(link).await.state, LinkState::Removed { .. }));
}
