//! Whatever goes wrong in between, nothing is lost, doubled or left unsaid.

use concord_engine::edit::Scope;
use concord_engine::schedule;
use concord_model::event::Booking;
use concord_model::recurrence::{Recurrence, Rule};
use concord_model::view::{Override, Value};
use concord_model::{Field, Generation, Mark, ProviderId, Span, View};
use concord_store::accounts::AccountState;
use concord_store::mappings::MappingState;
use jiff::SignedDuration;
use serde_json::json;

use crate::acts::key;
use crate::side::{On, on_each_server, on_each_side};
use crate::world::{World, google_times};

on_each_side! {
    bm_004_an_answer_lost_after_a_create_makes_one_event,
    a_change_that_arrived_before_a_crash_is_not_taken_for_somebody_elses,
    i_06_a_change_whose_answer_was_lost_and_that_the_list_shows_first_is_not_taken_for_somebody_elses,
    i_06_a_change_that_arrives_after_it_was_looked_for_is_not_taken_for_somebody_elses,
    bm_099_a_lost_cursor_is_mended_without_loss,
    bm_021_a_failed_fetch_is_not_an_empty_calendar,
    sy_7_after_a_day_apart_everything_that_either_side_did_is_reconciled,
    bm_107_after_a_429_nothing_is_called_before_its_time,
    i_03_a_crash_at_any_call_while_a_series_is_written_loses_none_of_its_odd_occurrences,
    i_03_a_crash_at_any_call_while_an_occurrence_is_brought_back_leaves_the_series_as_it_shall_be,
    ac_6_with_five_percent_of_requests_failing_nothing_is_lost_or_doubled,
}

on_each_server! {
    ac_6_with_five_percent_of_requests_failing_nothing_is_lost_or_doubled,
    sy_7_after_a_day_apart_everything_that_either_side_did_is_reconciled,
}

async fn bm_004_an_answer_lost_after_a_create_makes_one_event(on: On) {
    let (world, _) = World::linked_on(on).await;
    world.faults(json!({"match": {"method": "POST", "path": "/events"}, "kind": "drop_after", "count": 1}));
    world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
    assert_eq!(world.here().await, ["20261110T100000 Coaching"]);
}

/// The copy of "Coaching" is made, its answer is lost, and a person deletes it before it is looked for.
async fn made_and_deleted_before_it_was_known(
    on: On,
    with: impl FnOnce(&mut Booking),
) -> (World, concord_model::Event) {
    let (world, _) = World::linked_on(on).await;
    let event = world.make_with("2026-11-10 10:00", "Coaching", |_, booking| with(booking)).await;
    // The look for changes, then the write: the process ends when the write is done and before it is told so.
    world.fuse.light(4);
    tokio::select! {
        biased;
        () = world.fuse.burnt.notified() => {}
        worked = schedule::work(&world.engine) => panic!("it should have crashed: {worked:?}"),
    }
    world.fuse.light(0);
    world.delete_there("primary", "Coaching");
    world.advance(SignedDuration::from_mins(10));
    (world, event)
}

/// Seed 70667 of the simulator: how often it could not be looked for was taken for how often it had been.
#[tokio::test]
async fn i_01_what_arrives_some_minutes_after_it_was_deleted_here_does_not_stay() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.faults(json!({"match": {"method": "POST"}, "kind": "status", "status": 500, "count": 1}));
    world.run(link).await;
    world.delete(&event).await;
    world.faults(json!({"match": {"path": "/events/cc"}, "kind": "status", "status": 500, "count": 4}));
    for _ in 0..5 {
        world.run(link).await;
        world.advance(SignedDuration::from_mins(1));
    }
    // The request arrives after all.
    let id = world.engine.providers[&ProviderId::from("google")].id_for(event.id, link, Generation(0), None);
    let (start, end) = google_times("2026-11-10 10:00");
    let mark = Mark { event: event.id, link }.to_string();
    world.person(json!({"calendar": "primary", "do": "create", "fields": {
        "id": id.as_str(), "summary": "Coaching", "start": start, "end": end,
        "extendedProperties": {"private": {"concord": mark}},
    }}));
    for _ in 0..20 {
        world.advance(SignedDuration::from_mins(5));
        world.settle().await;
    }
    assert_eq!((world.here().await, world.there("primary")), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn rules_9_what_a_person_deleted_before_its_making_was_known_is_deleted() {
    let (world, _) = made_and_deleted_before_it_was_known(On::Google, |_| {}).await;
    world.settle().await;
    assert_eq!((world.here().await, world.there("primary")), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn rules_10_a_booking_that_a_person_deleted_before_its_making_was_known_is_asked_about() {
    let session = |b: &mut Booking| b.session_type = Some("one_on_one".to_owned());
    let (world, _) = made_and_deleted_before_it_was_known(On::Google, session).await;
    world.settle().await;
    assert_eq!(world.here().await, ["20261110T100000 Coaching"]);
    assert_eq!(world.there("primary"), Vec::<String>::new());
    assert_eq!(world.questions().await.len(), 1);
}

#[tokio::test]
async fn rules_8_an_edit_survives_the_deletion_of_what_was_not_known_to_be_made() {
    let (world, event) = made_and_deleted_before_it_was_known(On::Google, |_| {}).await;
    world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
    assert_eq!(world.conflicts(false).await.len(), 1);
}

/// Google remembers what was deleted. Of Outlook nobody can know whether it was made and deleted, or never made: it says no
/// more than that there is nothing of that name, and nothing may be deleted here for that.
#[tokio::test]
async fn rules_9_what_may_never_have_been_made_is_made_where_nobody_remembers_what_was_deleted() {
    let (world, _) = made_and_deleted_before_it_was_known(On::Outlook, |_| {}).await;
    for _ in 0..8 {
        world.settle().await;
        world.advance(SignedDuration::from_hours(2));
    }
    assert_eq!(world.here().await, ["20261110T100000 Coaching"]);
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
    assert!(world.questions().await.is_empty());
}

/// Seed 1727 of the simulator, mixed: the direct look failed, the list showed our own words, and later they stood against what
/// had been written here since.
async fn i_06_a_change_whose_answer_was_lost_and_that_the_list_shows_first_is_not_taken_for_somebody_elses(
    on: On,
) {
    let (world, link) = World::linked_on(on).await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.edit(&event, |v| v.title = "First".to_owned()).await;
    world.faults(json!({"match": {"method": "PATCH"}, "kind": "drop_after", "count": 1}));
    world.faults(json!({"match": {"method": "GET", "path": "/events/"}, "kind": "drop_before"}));
    world.run(link).await;
    world.run(link).await;
    assert_eq!(world.there("primary"), ["20261110T100000 First"]);
    world.calm();
    let event = world.event(event.id).await;
    world.edit(&event, |v| v.title = "Second".to_owned()).await;
    world.advance(SignedDuration::from_mins(10));
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Second"]);
    assert_eq!(world.here().await, ["20261110T100000 Second"]);
    assert!(world.conflicts(false).await.is_empty(), "nobody else has written anything");
}

/// Seed 50070 of the simulator, mixed: a change was not there when it was looked for, and arrived after all.
async fn i_06_a_change_that_arrives_after_it_was_looked_for_is_not_taken_for_somebody_elses(on: On) {
    for by_then in ["Second", "Coaching"] {
        let (world, link) = World::linked_on(on).await;
        let event = world.make("2026-11-10 10:00", "Coaching").await;
        world.settle().await;
        world.edit(&event, |v| v.title = "First".to_owned()).await;
        world.faults(json!({"match": {"method": "PATCH"}, "kind": "status", "status": 500, "count": 1}));
        world.run(link).await;
        let event = world.event(event.id).await;
        world.edit(&event, |v| v.title = by_then.to_owned()).await;
        if by_then == "Coaching" {
            // There is nothing more to write then, and both sides are alike.
            world.run(link).await;
            assert_eq!(world.count_calls("PATCH"), 1);
        }
        // Now it arrives, word for word.
        let id = world.living("primary")[0]["id"].clone();
        world
            .person(json!({"calendar": "primary", "do": "change", "id": id, "fields": {"summary": "First"}}));
        world.advance(SignedDuration::from_mins(10));
        world.settle().await;
        assert_eq!(world.there("primary"), [format!("20261110T100000 {by_then}")]);
        assert_eq!(world.here().await, [format!("20261110T100000 {by_then}")]);
        assert!(world.conflicts(false).await.is_empty(), "nobody else has written anything");
    }
}

async fn a_change_that_arrived_before_a_crash_is_not_taken_for_somebody_elses(on: On) {
    let (world, _) = World::linked_on(on).await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.edit(&event, |v| v.title = "First".to_owned()).await;
    // The look for changes, then the write: the process ends when the write is done and before it is told so.
    world.fuse.light(4);
    tokio::select! {
        biased;
        () = world.fuse.burnt.notified() => {}
        worked = schedule::work(&world.engine) => panic!("it should have crashed: {worked:?}"),
    }
    world.fuse.light(0);
    assert_eq!(world.there("primary"), ["20261110T100000 First"]);

    let event = world.event(event.id).await;
    world.edit(&event, |v| v.title = "Second".to_owned()).await;
    world.advance(SignedDuration::from_mins(10));
    let id = world.living("primary")[0]["id"].clone();
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": {"location": "Roof"}}));
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Second"]);
    assert_eq!(world.here().await, ["20261110T100000 Second"]);
    let event = world.event(event.id).await;
    assert_eq!(event.content.location, "Roof");
    let mut tx = world.engine.store.read().await.unwrap();
    let kept = concord_store::conflicts::list(&mut tx, world.workspace, false, None, 10).await.unwrap();
    assert!(kept.is_empty(), "nobody changed the same: {kept:?}");
}

async fn bm_099_a_lost_cursor_is_mended_without_loss(on: On) {
    let (world, _) = World::linked_on(on).await;
    world.make("2026-11-10 10:00", "Mine").await;
    let gone = world.person_makes("2026-11-11 10:00", "Gone");
    world.person_makes("2026-11-12 10:00", "Stays");
    world.settle().await;
    world.person(json!({"calendar": "primary", "do": "delete", "id": gone}));
    world.twin.control("POST", "expire-sync", &json!({})).unwrap();
    world.settle().await;
    let both = ["20261110T100000 Mine", "20261112T100000 Stays"];
    assert_eq!(world.here().await, both);
    assert_eq!(world.there("primary"), both);
}

async fn bm_021_a_failed_fetch_is_not_an_empty_calendar(on: On) {
    for kind in ["drop_before", "drop_after", "reset", "truncate", "garbage", "empty"] {
        let (world, link) = World::linked_on(on).await;
        world.person_makes("2026-11-11 10:00", "Dentist");
        world.settle().await;
        world.twin.control("POST", "expire-sync", &json!({})).unwrap();
        world.faults(json!({"match": {"method": "GET", "path": "/events"}, "kind": kind, "rate": 1.0}));
        world.run(link).await;
        world.calm();
        assert_eq!(world.here().await, ["20261111T100000 Dentist"], "{kind}");
        world.settle().await;
        assert_eq!(world.here().await, ["20261111T100000 Dentist"], "{kind}");
    }
}

/// A listing that comes to its end, and lags so far behind that nothing is in it.
#[tokio::test]
async fn bm_021_an_empty_listing_is_not_an_empty_calendar() {
    let (world, link) = World::linked().await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    world.control("expire-sync", json!({}));
    world.control("quirks", json!({"visibilityDelayMs": 100_000_000}));
    for _ in 0..3 {
        let report = world.run(link).await;
        assert!(report.full, "{report:?}");
        world.control("expire-sync", json!({}));
    }
    world.control("quirks", json!({"visibilityDelayMs": 0}));
    world.settle().await;
    let both = ["20261110T100000 Coaching", "20261111T100000 Dentist"];
    assert_eq!(world.here().await, both);
    assert_eq!(world.there("primary"), both);
}

#[tokio::test]
async fn bm_077_a_revoked_grant_is_one_state_and_no_more_calls_and_a_reconnect_delivers() {
    let (world, link) = World::linked().await;
    world.control("tokens", json!({"do": "revoke", "user": "alice"}));
    world.make("2026-11-10 10:00", "Coaching").await;
    let report = world.run(link).await;
    assert!(report.needs_person);
    assert!(matches!(world.account_now().await.state, AccountState::Reconnect { .. }));
    let calls = world.calls().len();
    let later = world.make("2026-11-11 10:00", "Later").await;
    for _ in 0..5 {
        world.advance(SignedDuration::from_hours(5));
        world.settle().await;
    }
    assert_eq!(world.calls().len(), calls);
    assert_eq!(world.copy(&later, link).await.state, MappingState::Pending, "it is kept");
    let told = world.sentences().await;
    assert_eq!(told.iter().filter(|t| t.contains("connected again")).count(), 1, "{told:?}");
    world.control("tokens", json!({"do": "restore", "user": "alice"}));
    world.connect().await;
    world.settle().await;
    assert!(matches!(world.account_now().await.state, AccountState::Active));
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching", "20261111T100000 Later"]);
}

async fn bm_107_after_a_429_nothing_is_called_before_its_time(on: On) {
    let (world, link) = World::linked_on(on).await;
    world.faults(
        json!({"match": {"path": "/events"}, "kind": "status", "status": 429, "count": 1, "retryAfter": 300}),
    );
    world.make("2026-11-10 10:00", "Coaching").await;
    world.run(link).await;
    let calls = world.calls().len();
    world.advance(SignedDuration::from_secs(200));
    while let schedule::Worked::Ran(_) = schedule::work(&world.engine).await.unwrap() {}
    assert_eq!(world.calls().len(), calls, "called before Retry-After");
    world.advance(SignedDuration::from_secs(120));
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
}

/// Five of a hundred calls go wrong, in every way, while both sides change; at the end both are equal.
async fn ac_6_with_five_percent_of_requests_failing_nothing_is_lost_or_doubled(on: On) {
    for kind in ["drop_before", "drop_after", "reset", "truncate", "garbage", "status"] {
        let (world, _) = World::linked_on(on).await;
        world.faults(json!({"match": {}, "kind": kind, "rate": 0.05, "status": 503}));
        let mut wanted = Vec::new();
        for n in 1..=28 {
            world
                .make(&format!("2026-11-{n:02} 10:00").replace("-11-0", "-12-0"), &format!("Here {n}"))
                .await;
            world.person_makes(&format!("2026-12-{n:02} 15:00"), &format!("There {n}"));
            if n % 7 == 0 {
                world.settle().await;
            }
            wanted.push(n);
        }
        world.calm();
        world.settle().await;
        world.settle().await;
        let (here, there) = (world.here().await, world.there("primary"));
        assert_eq!(here, there, "{kind}");
        assert_eq!(here.len(), 56, "{kind}: {here:?}");
    }
}

/// A day on which one side hears nothing of the other.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Away {
    /// Concord does not run.
    Concord,
    /// The provider cannot be reached.
    Provider,
    /// Concord does not run, and its place in the calendar's changes is lost meanwhile.
    Forgotten,
}

async fn sy_7_after_a_day_apart_everything_that_either_side_did_is_reconciled(on: On) {
    for away in [Away::Concord, Away::Provider, Away::Forgotten] {
        let (world, _) = World::linked_on(on).await;
        let mut ours = Vec::new();
        for n in 10..22 {
            ours.push(world.make(&format!("2026-12-{n} 10:00"), &format!("E{n}")).await);
        }
        for n in 10..14 {
            world.person_makes(&format!("2026-12-{n} 15:00"), &format!("P{n}"));
        }
        world.settle().await;
        if away == Away::Provider {
            world.faults(json!({"kind": "drop_before"}));
        }
        for hour in 0..24 {
            world.advance(SignedDuration::from_hours(1));
            match hour {
                // Different fields of the same events, on both sides.
                1 => {
                    for event in &ours[0..6] {
                        world.edit(event, |v| v.location = "Studio B".to_owned()).await;
                    }
                }
                2 => {
                    for n in 10..16 {
                        world.move_there(&format!("E{n}"), &format!("2026-12-{n} 11:00"));
                    }
                }
                // The same field.
                3 => drop(world.edit(&ours[6], |v| v.title = "Ours".to_owned()).await),
                4 => world.change_there("primary", "E16", json!({"summary": "Theirs"})),
                // Deletions, on either side, and on both.
                5 => world.delete(&ours[7]).await,
                6 => world.delete_there("primary", "E18"),
                7 => {
                    world.delete(&ours[9]).await;
                    world.delete_there("primary", "E19");
                }
                8 => world.delete_there("primary", "P10"),
                // An edit against a deletion.
                9 => drop(world.edit(&ours[10], |v| v.title = "Survives".to_owned()).await),
                10 => world.delete_there("primary", "E20"),
                // Something new, on both sides.
                11 => drop(world.make("2026-12-24 10:00", "New here").await),
                12 => drop(world.person_makes("2026-12-25 10:00", "New there")),
                // Changed twice, and back.
                13 => drop(world.edit(&ours[11], |v| v.title = "For a while".to_owned()).await),
                14 => drop(world.edit(&ours[11], |v| v.title = "E21".to_owned()).await),
                _ => {}
            }
            if away == Away::Provider {
                world.work_all(&world.engine).await;
            }
        }
        if away == Away::Forgotten {
            world.control("expire-sync", json!({}));
        }
        world.calm();
        world.advance(SignedDuration::from_hours(1));
        world.settle().await;
        world.settle().await;
        let mut expected: Vec<String> = (10..16).map(|n| format!("202612{n}T110000 E{n}")).collect();
        expected.extend((11..14).map(|n| format!("202612{n}T150000 P{n}")));
        let rest = ["16T100000 Theirs", "20T100000 Survives", "21T100000 E21", "24T100000 New here"];
        expected.extend(rest.map(|line| format!("202612{line}")));
        expected.push("20261225T100000 New there".to_owned());
        expected.sort();
        assert_eq!(world.here().await, expected, "{away:?}");
        assert_eq!(world.there("primary"), expected, "{away:?}");
        for event in &ours[0..6] {
            assert_eq!(world.event(event.id).await.content.location, "Studio B", "{away:?}");
        }
        let there = world.living("primary");
        assert_eq!(there.iter().filter(|e| e["location"] == "Studio B").count(), 6, "{away:?}");
        // What lost is kept, once each: a title, and a deletion.
        assert_eq!(world.conflicts(false).await.len(), 2, "{away:?}");
        let writes = world.writes();
        world.settle().await;
        assert_eq!(world.writes(), writes, "{away:?}");
    }
}

/// Some calendars forget which occurrences were special when the time or the rule of a series is written.
async fn i_03_a_crash_at_any_call_while_a_series_is_written_loses_none_of_its_odd_occurrences(on: On) {
    for other_rule in [false, true] {
        for half_calls in 1..=20 {
            let about = format!("{other_rule} {half_calls}");
            let (world, link) = World::linked_on(on).await;
            let event = world.make_with("2026-11-10 10:00", "Class", crate::museum::weekly(6)).await;
            let own = Value::Title("Special".to_owned());
            world.edit_occurrence(&event, Scope::This, "2026-11-17 10:00", own).await;
            world.delete_occurrence(&event, "2026-11-24 10:00").await;
            world.settle().await;
            let how = |view: &mut View| match other_rule {
                true => {
                    let rule = Rule::parse("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=12", &view.time.span).unwrap();
                    view.time.recurrence = Some(Recurrence::from(rule));
                }
                false => view.time.span = crate::world::span("2026-11-10 12:00"),
            };
            world.edit(&event, how).await;
            let wanted = world.event(event.id).await.content;
            assert_eq!(wanted.overrides.len(), 2, "{about}");
            world.fuse.light(half_calls);
            tokio::select! {
                biased;
                () = world.fuse.burnt.notified() => {}
                _ = world.run(link) => {}
            }
            world.fuse.light(0);
            world.advance(SignedDuration::from_mins(10));
            world.settle().await;
            let here = world.event(event.id).await.content;
            assert_eq!((&here.time, &here.overrides), (&wanted.time, &wanted.overrides), "{about}");
            let starts = world.twin.starts("primary", "2026-11-01T00:00:00Z", "2027-03-01T00:00:00Z");
            assert_eq!(starts.len(), if other_rule { 11 } else { 5 }, "{about}");
            assert!(world.there("primary").iter().any(|one| one.ends_with(" Special")), "{about}");
        }
    }
}

/// Some calendars bring an occurrence back only when the time of its series is another for a moment.
async fn i_03_a_crash_at_any_call_while_an_occurrence_is_brought_back_leaves_the_series_as_it_shall_be(
    on: On,
) {
    for whole_days in [false, true] {
        for half_calls in 1..=20 {
            let about = format!("{whole_days} {half_calls}");
            let (world, link) = World::linked_on(on).await;
            let (special, gone) = match whole_days {
                true => ("2026-11-17", "2026-11-24"),
                false => ("2026-11-17 10:00", "2026-11-24 10:00"),
            };
            let how = |view: &mut View, booking: &mut Booking| {
                if whole_days {
                    let day = "2026-11-10".parse().unwrap();
                    view.time.span = Span::days(day, day.tomorrow().unwrap()).unwrap();
                }
                crate::museum::weekly(6)(view, booking);
                let own = [(Field::Title, Value::Title("Special".to_owned()))];
                view.overrides.insert(key(special), Override::Changed(own.into()));
            };
            let event = world.make_with("2026-11-10 10:00", "Class", how).await;
            let times = || world.twin.times("primary", "2026-11-01T00:00:00Z", "2027-03-01T00:00:00Z");
            world.settle().await;
            let wanted = times();
            world.delete_occurrence(&event, gone).await;
            world.settle().await;
            assert_eq!((wanted.len(), times().len()), (6, 5), "{about}");
            world.undo(&event).await;
            world.fuse.light(half_calls);
            tokio::select! {
                biased;
                () = world.fuse.burnt.notified() => {}
                _ = world.run(link) => {}
            }
            world.fuse.light(0);
            world.advance(SignedDuration::from_mins(10));
            world.settle().await;
            assert_eq!(world.event(event.id).await.content, event.content, "{about}");
            assert_eq!(times(), wanted, "{about}");
            let there = world.there("primary");
            assert_eq!(there.iter().filter(|one| one.ends_with(" Special")).count(), 1, "{about}: {there:?}");
        }
    }
}
