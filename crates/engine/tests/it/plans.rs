//! What a plan says is what the run then does (BE-4, `rules.md` 16 and 17).

use std::collections::BTreeMap;

use concord_engine::run::{Report, Wish};
use concord_engine::schedule;
use concord_model::link::{BrakeLimit, Direction, Settings};
use concord_model::{Event, Generation, LinkId, ProviderId};
use concord_store::conflicts::Resolution;
use concord_store::links::LinkState;
use concord_store::runs::RunKind;
use concord_sync::plan::{Counts, Plan};
use jiff::SignedDuration;
use serde_json::json;

use crate::world::World;

/// The plan of a dry run twice, and then the run: the counts of all are the same.
async fn planned_and_done(world: &World, link: LinkId) -> Plan {
    let planned = world.dry_run(link).await.plan.unwrap();
    let again = world.dry_run(link).await.plan.unwrap();
    assert_eq!(planned.hash(), again.hash(), "nothing was done in between");
    let done = world.run(link).await;
    assert_eq!(told(&planned.counts), tallied(&done), "{planned}\n{done:?}");
    planned
}

/// Written there, taken in here, deleted on either side, recognised, asked.
pub(crate) fn told(plan: &Counts) -> [u64; 5] {
    [
        plan.created_there + plan.changed_there,
        plan.created_here + plan.changed_here,
        plan.deleted_here + plan.deleted_there,
        plan.adopted,
        plan.asked,
    ]
}

pub(crate) fn tallied(run: &Report) -> [u64; 5] {
    let t = run.tally;
    [t.pushed, t.pulled, t.deleted, t.adopted, t.conflicts]
}

#[tokio::test]
async fn rules_17_a_first_connect_with_twins_on_both_sides_is_planned_as_it_is_done() {
    let world = World::new().await;
    for n in 1..=9 {
        let when = format!("2026-12-{n:02} 10:00");
        world.make(&when, &format!("Session {n}")).await;
        // Every third is nearly the same, and only a person can say.
        let title = if n % 3 == 0 { format!("Session {n} online") } else { format!("Session {n}") };
        world.person_makes(&when, &title);
    }
    world.make("2026-12-20 10:00", "Only here").await;
    world.person_makes("2026-12-21 10:00", "Only there");
    let link = world.link("primary", Settings::default()).await.id;
    let plan = planned_and_done(&world, link).await;
    assert_eq!(told(&plan.counts), [1, 1, 0, 6, 3], "{plan}");
    world.settle().await;
    assert_eq!((world.here().await.len(), world.there("primary").len()), (11, 11));
}

#[tokio::test]
async fn ac_3_what_recognised_twins_still_lack_is_part_of_the_plan() {
    let world = World::new().await;
    world.make_with("2026-12-01 10:00", "Coaching", |v, _| v.location = "Studio A".to_owned()).await;
    let id = world.person_makes("2026-12-01 10:00", "Coaching");
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": {"description": "mat"}}));
    let link = world.link("primary", Settings::default()).await.id;
    let plan = planned_and_done(&world, link).await;
    assert_eq!(told(&plan.counts), [1, 1, 0, 1, 0], "{plan}");
}

#[tokio::test]
async fn ac_3_answers_about_twins_are_planned_as_they_are_carried_out() {
    for (how, counts) in [
        (Resolution::KeepPlatform, [1, 0, 0, 1, 0]),
        (Resolution::KeepExternal, [0, 1, 0, 1, 0]),
        (Resolution::Both, [1, 1, 0, 0, 0]),
    ] {
        let world = World::new().await;
        world.make("2026-12-01 10:00", "Coaching with Anna").await;
        world.person_makes("2026-12-01 10:00", "Coaching Anna");
        let link = world.link("primary", Settings::default()).await.id;
        world.settle().await;
        world.answer_all(how).await;
        let plan = planned_and_done(&world, link).await;
        assert_eq!(told(&plan.counts), counts, "{how:?}: {plan}");
    }
}

#[tokio::test]
async fn what_was_asked_about_goes_on_in_the_plan_when_it_is_gone_there() {
    let world = World::new().await;
    world.make("2026-12-01 10:00", "Coaching with Anna").await;
    world.person_makes("2026-12-01 10:00", "Coaching Anna");
    let link = world.link("primary", Settings::default()).await.id;
    world.settle().await;
    world.delete_there("primary", "Coaching Anna");
    let plan = planned_and_done(&world, link).await;
    assert_eq!(told(&plan.counts), [1, 0, 0, 0, 0], "{plan}");
}

/// Seeds 777 and 1925 of the simulator: a run that is slow, and people who are not.
#[tokio::test]
async fn i_08_what_comes_to_a_run_that_is_under_way_is_weighed_with_what_it_has_done() {
    let (world, link) = World::linked().await;
    world.set(link, |s| s.brake = BrakeLimit { at_least: 3, percent: 20 }).await;
    let mut events = Vec::new();
    for n in 1..=8 {
        events.push(world.make(&format!("2026-12-{n:02} 10:00"), &format!("Session {n}")).await);
    }
    world.settle().await;
    // In the order in which a run comes to them.
    let mut in_turn = BTreeMap::new();
    for event in events {
        in_turn.insert(world.copy(&event, link).await.id, event);
    }
    let events: Vec<_> = in_turn.into_values().collect();
    let rename = async |events: &[Event]| {
        for event in events {
            world.edit(event, |v| v.title.push('!')).await;
        }
    };
    rename(&events[..3]).await;
    world.gate.close("POST /batch", 1);
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Wish::default());
    let meanwhile = async {
        world.gate.reached().await;
        rename(&events[3..]).await;
        world.gate.open();
    };
    let (report, ()) = tokio::join!(run, meanwhile);
    assert_eq!(report.unwrap().unwrap().tally.pushed, 3);
    world.settle().await;
    assert!(matches!(world.link_row(link).await.state, LinkState::Braked { .. }), "a person is asked");
    let renamed = world.there("primary").iter().filter(|line| line.ends_with('!')).count();
    assert_eq!(renamed, 3);
}

#[tokio::test]
async fn i_08_many_events_that_were_moved_to_another_linked_calendar_are_not_held_as_deletions() {
    let (world, link) = World::linked().await;
    let team = world.link("Team", Settings { direction: Direction::Pull, ..Settings::default() }).await;
    let ids: Vec<String> =
        (1..=20).map(|n| world.person_makes(&format!("2026-12-{n:02} 10:00"), &format!("No {n}"))).collect();
    world.settle().await;
    for id in &ids {
        world.person(json!({
            "calendar": "primary", "do": "move", "id": id, "destination": team.calendar.as_str(),
        }));
    }
    let plan = world.dry_run(link).await.plan.unwrap();
    assert_eq!(told(&plan.counts), [0; 5], "{plan}");
    let report = world.run(link).await;
    assert_eq!(report.stopped, None);
    world.settle().await;
    assert_eq!(world.here().await.len(), 20);
}

#[tokio::test]
async fn a_dry_run_only_plans_what_a_crash_left_open() {
    let (world, link) = World::linked().await;
    world.make("2026-12-01 10:00", "Coaching").await;
    // The look for changes is done, and the process ends just before it writes.
    world.fuse.light(3);
    tokio::select! {
        biased;
        () = world.fuse.burnt.notified() => {}
        worked = schedule::work(&world.engine) => panic!("it should have crashed: {worked:?}"),
    }
    world.fuse.light(0);
    world.advance(SignedDuration::from_hours(1));
    let plan = planned_and_done(&world, link).await;
    assert_eq!(told(&plan.counts), [1, 0, 0, 0, 0], "{plan}");
    assert_eq!(world.count_calls("POST"), 1);
}

#[tokio::test]
async fn what_was_left_open_when_its_calendar_was_closed_is_planned_once_it_is_open() {
    let (world, link) = World::linked().await;
    let access =
        |role: &str| world.control("access", json!({"calendar": "primary", "user": "alice", "role": role}));
    world.make("2026-12-01 10:00", "Coaching").await;
    world.faults(json!({"match": {"method": "POST"}, "kind": "status", "status": 500, "count": 1}));
    world.run(link).await;
    access("reader");
    world.make("2026-12-02 10:00", "Yoga").await;
    world.run(link).await;
    assert!(!world.link_row(link).await.writable);
    access("owner");
    world.advance(SignedDuration::from_hours(25));
    let plan = planned_and_done(&world, link).await;
    assert_eq!(told(&plan.counts), [2, 0, 0, 0, 0], "{plan}");
    assert_eq!(world.there("primary").len(), 2);
}

#[tokio::test]
async fn what_was_edited_after_a_crash_is_planned_as_made_and_changed() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-12-01 10:00", "Coaching").await;
    world.fuse.light(3);
    tokio::select! {
        biased;
        () = world.fuse.burnt.notified() => {}
        worked = schedule::work(&world.engine) => panic!("it should have crashed: {worked:?}"),
    }
    world.fuse.light(0);
    world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
    world.advance(SignedDuration::from_hours(1));
    let plan = planned_and_done(&world, link).await;
    assert_eq!((plan.counts.created_there, plan.counts.changed_there), (1, 1), "{plan}");
}

#[tokio::test]
async fn what_changed_since_a_listing_that_an_earlier_run_began_is_in_the_plan() {
    let (world, link) = World::linked().await;
    let ids: Vec<String> =
        (1..=5).map(|n| world.person_makes(&format!("2026-12-{n:02} 10:00"), &format!("No {n}"))).collect();
    world.settle().await;
    world.control("quirks", json!({"longestPage": 2}));
    let on = json!({"method": "GET", "path": "/events"});
    world.faults(json!({"match": on, "kind": "status", "status": 503, "count": 1, "skip": 1}));
    let wish = Wish { full: true, ..Wish::default() };
    let cut = schedule::run_now(&world.engine, link, RunKind::Manual, wish).await.unwrap().unwrap();
    assert!(cut.stopped.is_some(), "{cut:?}");
    for id in &ids {
        world.person(
            json!({"calendar": "primary", "do": "change", "id": id, "fields": {"description": "mat"}}),
        );
    }
    world.advance(SignedDuration::from_hours(1));
    let plan = planned_and_done(&world, link).await;
    assert_eq!(told(&plan.counts), [0, 5, 0, 0, 0], "{plan}");
}

#[tokio::test]
async fn a_second_copy_of_an_event_is_taken_away_as_it_was_planned() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-12-01 10:00", "Coaching").await;
    world.settle().await;
    let provider = &world.engine.providers[&ProviderId::from("google")];
    let id = provider.id_for(event.id, link, Generation(1), None);
    let mut fields = world.living("primary").remove(0);
    fields = json!({
        "id": id.as_str(), "summary": "Coaching", "start": fields["start"], "end": fields["end"],
        "extendedProperties": fields["extendedProperties"],
    });
    world.person(json!({"calendar": "primary", "do": "create", "fields": fields}));
    assert_eq!(world.there("primary").len(), 2);
    let plan = planned_and_done(&world, link).await;
    assert_eq!(told(&plan.counts), [0, 0, 1, 0, 0], "{plan}");
    assert_eq!(world.there("primary"), ["20261201T100000 Coaching"]);
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_leaves_what_is_due_due() {
    let (world, link) = World::linked().await;
    world.set(link, |s| s.frequency = concord_model::link::Frequency::EveryMinutes(1_440)).await;
    world.settle().await;
    world.make("2026-12-01 10:00", "Coaching").await;
    let before = world.link_row(link).await;
    world.advance(SignedDuration::from_secs(5));
    world.dry_run(link).await;
    assert!(world.calls().iter().all(|call| call.starts_with("GET")), "{:?}", world.calls());
    assert_eq!(world.link_row(link).await.last_success_at, before.last_success_at);
    world.work_all(&world.engine).await;
    assert_eq!(world.there("primary"), ["20261201T100000 Coaching"]);
}

#[tokio::test]
async fn be_4_a_plan_says_how_many_writes_guests_would_get_mail_about() {
    let (world, link) = World::linked().await;
    world
        .set(link, |s| {
            s.mail_guests = true;
            s.sight.guests = true;
        })
        .await;
    let guest = |address: &str| concord_model::people::Attendee {
        address: address.into(),
        name: String::new(),
        answer: Default::default(),
        role: Default::default(),
    };
    world
        .make_with("2026-12-01 10:00", "Meeting", |v, _| v.attendees = vec![guest("carol@else.where")])
        .await;
    world.make("2026-12-02 10:00", "Alone").await;
    let plan = world.dry_run(link).await.plan.unwrap();
    assert_eq!((plan.counts.created_there, plan.counts.mails), (2, 1), "{plan}");
}
