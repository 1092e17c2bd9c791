//! Changes on either side arrive on the other, once.

use concord_engine::schedule;
use concord_model::link::{DeletionPolicy, Direction, Settings};
use concord_model::recurrence::{Recurrence, Rule};
use concord_model::{Moment, Span, Zone};
use concord_store::mappings::MappingState;
use jiff::SignedDuration;
use serde_json::json;

use crate::side::{On, on_each_server, on_each_side};
use crate::world::{World, google_times, span};

on_each_side! {
    ac_5_a_weekly_series_keeps_its_own_hour_across_both_clock_changes,
    ac_1_made_here_it_is_there,
    ac_1_made_there_it_is_here,
    ac_1_moved_here_it_moves_there_and_back_again,
    ac_1_deleted_on_one_side_it_is_gone_on_the_other,
    a_quiet_sync_is_one_request_and_writes_nothing,
    ac_2_different_fields_changed_on_both_sides_merge,
    a_series_with_a_moved_and_a_cancelled_occurrence_is_the_same_on_both_sides,
    push_only_puts_outside_edits_back_and_ignores_foreign_events,
    pull_only_never_writes,
    bm_017_a_ring_of_two_calendars_settles,
    bm_012_disconnected_and_connected_again_nothing_is_doubled,
    ac_13_removing_a_link_with_what_was_synced_takes_away_copies_and_leaves_originals,
    ac_4_what_leaves_the_filter_is_removed_there_and_comes_back_when_it_enters,
    a_dry_run_says_what_would_be_done_and_does_nothing,
    a_deleted_booking_is_asked_about_and_put_back_when_nobody_answers,
    bm_140_deleted_and_restored_three_times_it_lives,
    a_brake_stops_a_mass_deletion_until_a_person_agrees,
    bm_147_moved_to_another_linked_calendar_it_is_moved_not_deleted,
}

on_each_server! {
    ac_5_a_weekly_series_keeps_its_own_hour_across_both_clock_changes,
    ac_1_made_here_it_is_there,
    ac_1_made_there_it_is_here,
    ac_1_moved_here_it_moves_there_and_back_again,
    ac_1_deleted_on_one_side_it_is_gone_on_the_other,
    ac_2_different_fields_changed_on_both_sides_merge,
    ac_4_what_leaves_the_filter_is_removed_there_and_comes_back_when_it_enters,
}

async fn ac_1_made_here_it_is_there(on: On) {
    let (world, _) = World::linked_on(on).await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
}

async fn ac_1_made_there_it_is_here(on: On) {
    let (world, _) = World::linked_on(on).await;
    world.person_makes("2026-11-10 10:00", "Dentist");
    world.settle().await;
    assert_eq!(world.here().await, ["20261110T100000 Dentist"]);
}

async fn ac_1_moved_here_it_moves_there_and_back_again(on: On) {
    let (world, _) = World::linked_on(on).await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.edit(&event, |v| v.time.span = span("2026-11-11 11:00")).await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261111T110000 Coaching"]);
    let id = world.living("primary")[0]["id"].clone();
    let (start, end) = google_times("2026-11-12 12:00");
    world.person(
        json!({"calendar": "primary", "do": "change", "id": id, "fields": {"start": start, "end": end}}),
    );
    world.settle().await;
    assert_eq!(world.here().await, ["20261112T120000 Coaching"]);
    assert_eq!(world.there("primary"), ["20261112T120000 Coaching"]);
}

async fn ac_1_deleted_on_one_side_it_is_gone_on_the_other(on: On) {
    let (world, _) = World::linked_on(on).await;
    let here = world.make("2026-11-10 10:00", "Mine").await;
    let there = world.person_makes("2026-11-11 10:00", "Theirs");
    world.settle().await;
    world.delete(&here).await;
    world.person(json!({"calendar": "primary", "do": "delete", "id": there}));
    world.settle().await;
    assert_eq!(world.here().await, Vec::<String>::new());
    assert_eq!(world.there("primary"), Vec::<String>::new());
}

async fn a_quiet_sync_is_one_request_and_writes_nothing(on: On) {
    let (world, link) = World::linked_on(on).await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    let before = world.calls().len();
    let report = world.run(link).await;
    assert_eq!(report.api_calls, 1, "{:?}", &world.calls()[before..]);
    assert_eq!(report.tally, Default::default());
    assert_eq!(world.calls().len() - before, 1);
}

async fn ac_2_different_fields_changed_on_both_sides_merge(on: On) {
    let (world, _) = World::linked_on(on).await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    let id = world.living("primary")[0]["id"].clone();
    world
        .person(json!({"calendar": "primary", "do": "change", "id": id, "fields": {"location": "Studio B"}}));
    world.edit(&event, |v| v.title = "Coaching, bring shoes".to_owned()).await;
    world.settle().await;
    let both = world.event(event.id).await.content;
    assert_eq!((both.title.as_str(), both.location.as_str()), ("Coaching, bring shoes", "Studio B"));
    assert_eq!(world.living("primary")[0]["summary"], "Coaching, bring shoes");
    assert_eq!(world.living("primary")[0]["location"], "Studio B");
}

async fn a_series_with_a_moved_and_a_cancelled_occurrence_is_the_same_on_both_sides(on: On) {
    let (world, _) = World::linked_on(on).await;
    let event = world
        .make_with("2026-11-10 10:00", "Weekly", |v, _| {
            let rule = Rule::parse("FREQ=WEEKLY;COUNT=5", &v.time.span).unwrap();
            v.time.recurrence = Some(Recurrence::from(rule));
        })
        .await;
    world.settle().await;
    let master = world.living("primary")[0]["id"].as_str().unwrap().to_owned();
    let (start, end) = google_times("2026-11-18 15:00");
    world.person(json!({"calendar": "primary", "do": "change", "id": format!("{master}_20261117T150000Z"),
        "fields": {"start": start, "end": end}}));
    world.person(json!({"calendar": "primary", "do": "delete", "id": format!("{master}_20261124T150000Z")}));
    world.settle().await;
    let overrides = world.event(event.id).await.content.overrides;
    let keys: Vec<String> = overrides.keys().map(ToString::to_string).collect();
    assert_eq!(keys, ["20261117T100000", "20261124T100000"]);
}

#[tokio::test]
async fn i_20_a_rule_of_a_persons_own_brings_back_what_only_the_old_lines_left_out() {
    let (world, link) = World::linked().await;
    let event = world
        .make_with("2026-11-10 10:00", "Daily", |v, _| {
            let rule = Rule::parse("FREQ=DAILY;COUNT=5", &v.time.span).unwrap();
            v.time.recurrence = Some(Recurrence::from(rule));
        })
        .await;
    world.delete_occurrence(&event, "2026-11-11 10:00").await;
    world.settle().await;
    let lines = json!({"recurrence": ["RRULE:FREQ=DAILY;COUNT=4"]});
    world.change_there("primary", "Daily", lines);
    world.settle().await;
    let here = world.event(event.id).await.content;
    assert_eq!((here.overrides.len(), world.copy(&event, link).await.state), (0, MappingState::Synced));
    let id = world.id_there("primary", "Daily");
    world.person(json!({"calendar": "primary", "do": "delete", "id": format!("{id}_20261112T150000Z")}));
    world.settle().await;
    // What was cancelled by itself is not in the lines, and stays.
    world.change_there("primary", "Daily", json!({"recurrence": ["RRULE:FREQ=DAILY;COUNT=6"]}));
    world.settle().await;
    assert_eq!(world.event(event.id).await.content.overrides.len(), 1);
}

#[tokio::test]
async fn i_20_a_rule_of_a_persons_own_brings_back_what_our_own_lines_left_out_as_they_moved_the_series() {
    let (world, link) = World::linked().await;
    let event = world
        .make_with("2026-11-10 10:00", "Daily", |v, _| {
            let rule = Rule::parse("FREQ=DAILY;COUNT=5", &v.time.span).unwrap();
            v.time.recurrence = Some(Recurrence::from(rule));
        })
        .await;
    world.settle().await;
    let moved = world.edit(&event, |view| view.time.span = span("2026-11-10 11:00")).await;
    world.delete_occurrence(&moved, "2026-11-10 11:00").await;
    world.settle().await;
    world.change_there("primary", "Daily", json!({"recurrence": ["RRULE:FREQ=DAILY;COUNT=4"]}));
    world.settle().await;
    let here = world.event(event.id).await.content;
    assert_eq!((here.overrides.len(), world.copy(&event, link).await.state), (0, MappingState::Synced));
}

async fn push_only_puts_outside_edits_back_and_ignores_foreign_events(on: On) {
    let world = World::on(on).await;
    world.link("primary", Settings { direction: Direction::Push, ..Settings::default() }).await;
    world.person_makes("2026-11-11 10:00", "Foreign");
    let event = world.make("2026-11-10 10:00", "Mine").await;
    world.settle().await;
    let id = world.living("primary").iter().find(|e| e["summary"] == "Mine").unwrap()["id"].clone();
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": {"summary": "Hijacked"}}));
    world.settle().await;
    assert_eq!(world.here().await, ["20261110T100000 Mine"]);
    assert_eq!(world.event(event.id).await.rev.0, 1);
    assert_eq!(world.there("primary"), ["20261110T100000 Mine", "20261111T100000 Foreign"]);
}

/// Seed 90845 of the simulator: what was made by a request that came late stayed for good.
#[tokio::test]
async fn a_copy_of_what_has_ended_does_not_come_back_where_only_we_write() {
    let world = World::new().await;
    world.link("primary", Settings { direction: Direction::Push, ..Settings::default() }).await;
    let event = world.make("2026-11-10 10:00", "Mine").await;
    world.settle().await;
    let id = world.living("primary")[0]["id"].clone();
    world.delete(&event).await;
    world.settle().await;
    assert!(world.living("primary").is_empty());
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": {"status": "confirmed"}}));
    assert_eq!(world.living("primary").len(), 1, "it is there once more");
    world.settle().await;
    assert!(world.living("primary").is_empty());
    assert_eq!(world.here().await, [""; 0]);
}

async fn pull_only_never_writes(on: On) {
    let world = World::on(on).await;
    world.link("primary", Settings { direction: Direction::Pull, ..Settings::default() }).await;
    world.make("2026-11-10 10:00", "Mine").await;
    world.person_makes("2026-11-11 10:00", "Theirs");
    world.settle().await;
    assert_eq!(world.here().await, ["20261110T100000 Mine", "20261111T100000 Theirs"]);
    assert!(world.calls().iter().all(|c| c.starts_with("GET")), "{:?}", world.calls());
}

async fn bm_017_a_ring_of_two_calendars_settles(on: On) {
    let (world, _) = World::linked_on(on).await;
    world.link("Team", Settings::default()).await;
    world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261111T100000 Dentist"]);
    let ids: Vec<_> = {
        let mut tx = world.engine.store.read().await.unwrap();
        concord_store::links::list(&mut tx, world.workspace).await.unwrap()
    };
    let team = ids.iter().find(|l| l.name == "Team").unwrap();
    assert_eq!(world.there(team.calendar.as_str()), ["20261111T100000 Dentist"]);
    let id = world.living(team.calendar.as_str())[0]["id"].clone();
    world.person(json!({"calendar": team.calendar.as_str(), "do": "change", "id": id, "fields": {"summary": "Dentist!"}}));
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261111T100000 Dentist!"]);
    let before = world.calls().len();
    world.settle().await;
    assert!(world.calls()[before..].iter().all(|c| c.starts_with("GET")), "{:?}", &world.calls()[before..]);
}

async fn bm_012_disconnected_and_connected_again_nothing_is_doubled(on: On) {
    let (world, link) = World::linked_on(on).await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    let before = world.there("primary");
    concord_engine::links::remove(
        &world.engine,
        world.workspace,
        link,
        concord_engine::links::Leftovers::Leave,
    )
    .await
    .unwrap();
    world.person_makes("2026-11-12 10:00", "Meanwhile");
    world.settle().await;
    world.link("primary", Settings::default()).await;
    world.settle().await;
    let mut after = before.clone();
    after.push("20261112T100000 Meanwhile".to_owned());
    assert_eq!(world.there("primary"), after);
    assert_eq!(world.here().await, after);
}

async fn ac_13_removing_a_link_with_what_was_synced_takes_away_copies_and_leaves_originals(on: On) {
    let (world, link) = World::linked_on(on).await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    concord_engine::links::remove(
        &world.engine,
        world.workspace,
        link,
        concord_engine::links::Leftovers::Remove,
    )
    .await
    .unwrap();
    assert_eq!(world.there("primary"), ["20261111T100000 Dentist"]);
    assert_eq!(world.here().await, ["20261110T100000 Coaching", "20261111T100000 Dentist"]);
}

async fn ac_4_what_leaves_the_filter_is_removed_there_and_comes_back_when_it_enters(on: On) {
    let (world, link) = World::linked_on(on).await;
    world
        .make_with("2026-11-10 10:00", "One on one", |_, b| b.session_type = Some("one_on_one".to_owned()))
        .await;
    world
        .make_with("2026-11-11 10:00", "Class", |_, b| b.session_type = Some("group_class".to_owned()))
        .await;
    world.settle().await;
    assert_eq!(world.there("primary").len(), 2);
    let only = |types: &[&str]| {
        let types: Vec<String> = types.iter().map(|t| (*t).to_owned()).collect();
        concord_engine::links::set(&world.engine, world.workspace, link, move |s| {
            s.filter.session_types = types;
        })
    };
    only(&["one_on_one"]).await.unwrap();
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 One on one"]);
    only(&[]).await.unwrap();
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 One on one", "20261111T100000 Class"]);
}

async fn a_dry_run_says_what_would_be_done_and_does_nothing(on: On) {
    let (world, link) = World::linked_on(on).await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.person_makes("2026-11-11 10:00", "Dentist");
    let plan = world.dry_run(link).await.plan.unwrap();
    assert_eq!((plan.counts.created_there, plan.counts.created_here), (1, 1));
    assert_eq!(world.there("primary"), ["20261111T100000 Dentist"]);
    assert_eq!(world.here().await, ["20261110T100000 Coaching"]);
}

async fn a_deleted_booking_is_asked_about_and_put_back_when_nobody_answers(on: On) {
    let (world, _) = World::linked_on(on).await;
    let booking = world
        .make_with("2026-11-10 10:00", "Session", |_, b| b.session_type = Some("one_on_one".to_owned()))
        .await;
    world.settle().await;
    let id = world.living("primary")[0]["id"].clone();
    world.person(json!({"calendar": "primary", "do": "delete", "id": id}));
    world.settle().await;
    assert_eq!(world.here().await, ["20261110T100000 Session"]);
    assert_eq!(world.there("primary"), Vec::<String>::new());
    world.advance(SignedDuration::from_hours(8 * 24));
    concord_engine::upkeep::sweep(&world.engine).await.unwrap();
    world.settle().await;
    assert_eq!(
        world.there("primary"),
        ["20261110T100000 Session"],
        "{:?}",
        world.mappings(&booking).await.len()
    );
}

async fn bm_140_deleted_and_restored_three_times_it_lives(on: On) {
    let world = World::on(on).await;
    world.link("primary", Settings { deletion: DeletionPolicy::Restore, ..Settings::default() }).await;
    world.make("2026-11-10 10:00", "Stubborn").await;
    world.settle().await;
    for _ in 0..3 {
        let id = world.living("primary")[0]["id"].clone();
        world.person(json!({"calendar": "primary", "do": "delete", "id": id}));
        world.settle().await;
        assert_eq!(world.there("primary"), ["20261110T100000 Stubborn"]);
    }
}

async fn a_brake_stops_a_mass_deletion_until_a_person_agrees(on: On) {
    let (world, link) = World::linked_on(on).await;
    let ids: Vec<String> =
        (1..=20).map(|n| world.person_makes(&format!("2026-12-{n:02} 10:00"), &format!("No {n}"))).collect();
    world.settle().await;
    assert_eq!(world.here().await.len(), 20);
    for id in &ids {
        world.person(json!({"calendar": "primary", "do": "delete", "id": id}));
    }
    let report = world.run(link).await;
    assert!(report.needs_person);
    assert_eq!(world.here().await.len(), 20);
    let hash = report.plan.unwrap().hash();
    concord_engine::links::approve(&world.engine, world.workspace, link, &hash[..12]).await.unwrap();
    world.settle().await;
    assert_eq!(world.here().await, Vec::<String>::new());
}

async fn bm_147_moved_to_another_linked_calendar_it_is_moved_not_deleted(on: On) {
    let (world, _) = World::linked_on(on).await;
    let team = world.link("Team", Settings { direction: Direction::Pull, ..Settings::default() }).await;
    let id = world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    let event = world.events().await.remove(0);
    world.person(
        json!({"calendar": "primary", "do": "move", "id": id, "destination": team.calendar.as_str()}),
    );
    world.settle().await;
    assert_eq!(world.here().await, ["20261111T100000 Dentist"]);
    assert_eq!(world.events().await[0].id, event.id);
    let _ = schedule::work(&world.engine).await;
}

async fn ac_5_a_weekly_series_keeps_its_own_hour_across_both_clock_changes(on: On) {
    let (world, _) = World::linked_on(on).await;
    let los_angeles = Zone::new("America/Los_Angeles").unwrap();
    let nine = |day: &str| Moment::new(format!("{day}T09:00:00").parse().unwrap(), los_angeles.clone());
    world
        .make_with("2026-11-10 12:00", "Weekly", |v, _| {
            let ten =
                Moment::at(nine("2026-11-10").instant() + SignedDuration::from_hours(1), los_angeles.clone());
            v.time.span = Span::timed(nine("2026-11-10"), ten).unwrap();
            v.time.recurrence =
                Some(Recurrence::from(Rule::parse("FREQ=WEEKLY;COUNT=52", &v.time.span).unwrap()));
        })
        .await;
    world.settle().await;
    let starts = world.twin.starts("primary", "2026-11-01T00:00:00Z", "2027-12-31T00:00:00Z");
    assert_eq!(starts.len(), 52);
    let mut noons = 0;
    for start in starts {
        assert_eq!(los_angeles.wall(start).hour(), 9, "{start}");
        noons += usize::from(Zone::new("America/New_York").unwrap().wall(start).hour() == 12);
    }
    assert_eq!(noons, 52, "and it is noon in New York the whole year");
}

#[tokio::test]
async fn i_01_entered_there_while_it_was_to_be_made_anew_it_can_be_taken_away_and_made_again() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-11-11 10:00", "Dentist").await;
    for _ in 0..2 {
        world.settle().await;
        world.delete_there("primary", "Dentist");
        world.settle().await;
        world.undo(&event).await;
    }
    world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    assert_eq!(world.events().await.iter().map(|e| e.id).collect::<Vec<_>>(), [event.id]);
    for (on, there) in [(false, vec![]), (true, vec!["20261111T100000 Dentist"])] {
        world.switch(&event, link, on).await;
        world.settle().await;
        assert_eq!(world.there("primary"), there);
    }
}

/// Seed 60836 of the simulator: such a series came in, and no other calendar took it.
#[tokio::test]
async fn bm_053_a_series_whose_every_occurrence_was_taken_away_comes_in_nowhere() {
    let (world, link) = World::linked().await;
    let team = world.link("Team", Settings::default()).await;
    let (start, end) = google_times("2026-11-10 10:00");
    let made = world.person(json!({"calendar": "primary", "do": "create", "fields": {
        "summary": "Class", "start": start, "end": end, "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"],
    }}));
    let occurrence = |day: &str| format!("{}_{day}T150000Z", made["id"].as_str().unwrap());
    for day in ["20261110", "20261117"] {
        world.person(json!({"calendar": "primary", "do": "delete", "id": occurrence(day)}));
    }
    let report = world.run(link).await;
    assert_eq!((report.stopped, report.tally.pulled), (None, 0));
    world.settle().await;
    assert_eq!((world.here().await.len(), world.living(team.calendar.as_str()).len()), (0, 0));
    assert!(world.questions().await.is_empty());
    // What is brought back is an event like any other.
    world.person(
        json!({"calendar": "primary", "do": "change", "id": occurrence("20261117"), "fields": {"status": "confirmed"}}),
    );
    world.settle().await;
    assert_eq!(world.here().await.len(), 1);
    assert_eq!(world.living(team.calendar.as_str()).len(), 1);
}
