//! Several workers, triggers and people at once: one writes, and nothing is lost between them (SY-6, I-13, I-14).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use concord_engine::edit::{self, Scope};
use concord_engine::{Engine, schedule};
use concord_model::LinkId;
use concord_model::link::Settings;
use concord_model::privacy::Detail;
use concord_store::Actor;
use concord_store::runs::RunKind;
use concord_store::steps::{Passing, Step, Steps};
use jiff::SignedDuration;
use serde_json::json;

use crate::acts::together;
use crate::door::VirtualClock;
use crate::side::Twin;
use crate::world::{World, span};

#[tokio::test]
async fn bm_007_twenty_clicks_during_an_import_are_one_run_and_no_doubles() {
    let world = World::new().await;
    for n in 0..120 {
        world.person_makes(&format!("2026-12-{:02} {:02}:00", 1 + n % 28, 8 + n / 28), &format!("E{n}"));
    }
    let link = world.link("primary", Settings::default()).await.id;
    let click = || schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let clicks = together((0..20).map(|_| click()).collect()).await;
    let ran = clicks.into_iter().filter(|ran| ran.as_ref().unwrap().is_some()).count();
    assert_eq!(ran, 1);
    world.settle().await;
    assert_eq!((world.here().await.len(), world.there("primary").len()), (120, 120));
    assert_eq!(world.count_calls("POST"), 0);
}

/// A worker is stopped before any one of its calls for longer than its lease; another does the work; then the first
/// wakes. Only the call that it stood before still goes out.
#[tokio::test]
async fn bm_009_a_worker_that_slept_through_its_lease_writes_nothing_more() {
    let mut nth = 0;
    loop {
        nth += 1;
        let (world, link) = World::linked().await;
        let event = world.make("2026-11-10 10:00", "Here").await;
        let ended = world.make("2026-11-14 10:00", "Ended").await;
        let gone = world.person_makes("2026-11-12 10:00", "Gone");
        world.settle().await;
        world.person_makes("2026-11-11 10:00", "There");
        world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
        world.make("2026-11-13 10:00", "New").await;
        world.delete(&ended).await;
        world.person(json!({"calendar": "primary", "do": "delete", "id": gone}));
        let other = world.other_worker();
        let mut asleep = None;
        let first = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
        let woke = world.during("", nth, first, async {
            world.advance(SignedDuration::from_mins(30));
            let ran = schedule::run_now(&other, link, RunKind::Manual, Default::default()).await.unwrap();
            assert!(ran.is_some(), "the lease is over");
            asleep = Some((world.calls().len(), world.gate.came(), world.rows(link).await));
        });
        let slept = woke.await.is_some();
        if let Some((calls, came, rows)) = asleep {
            let late = &world.calls()[calls..];
            let harmless = |c: &&String| {
                c.starts_with("GET") || [" 409 ", " 410 ", " 412 "].iter().any(|status| c.contains(status))
            };
            let writes: Vec<_> = late.iter().filter(|c| !harmless(c) && !c.contains("/batch/")).collect();
            assert!(writes.is_empty(), "call {nth}: after it woke it wrote {late:?}");
            assert_eq!(world.gate.came(), came, "call {nth}: it called again");
            assert!(world.rows(link).await == rows, "call {nth}: after it woke it wrote to the database");
        }
        world.settle().await;
        let both = ["20261110T100000 Here", "20261111T100000 There", "20261113T100000 New"];
        assert_eq!(world.here().await, both, "call {nth}");
        assert_eq!(world.there("primary"), both, "call {nth}");
        if !slept {
            break;
        }
    }
    assert!(nth > 3, "it looks, makes sure and writes: {nth}");
}

#[tokio::test]
async fn i_36_what_is_hidden_while_a_run_is_under_way_is_not_told_any_more() {
    let (world, link) = World::linked().await;
    world.make("2026-11-10 10:00", "Session with Anna").await;
    world.gate.close("GET", 1);
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        world.set(link, |s| s.sight.detail = Detail::Busy).await;
        world.gate.open();
    };
    let (report, ()) = tokio::join!(run, meanwhile);
    assert!(report.unwrap().unwrap().stopped.is_some());
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Busy"]);
    let told = world.twin.control("GET", "changes", &json!({})).unwrap().to_string();
    assert!(!told.contains("Anna"), "{told}");
}

#[tokio::test]
async fn i_36_what_was_meant_to_be_told_before_a_crash_is_not_told_after_it_was_hidden() {
    let (world, link) = World::linked().await;
    world.make("2026-11-10 10:00", "Session with Anna").await;
    // The intent is stored; the call never leaves.
    world.fuse.light(3);
    tokio::select! {
        biased;
        () = world.fuse.burnt.notified() => {}
        _ = world.run(link) => panic!("it was to crash"),
    }
    world.fuse.light(0);
    assert_eq!(world.there("primary"), Vec::<String>::new());
    world.set(link, |s| s.sight.detail = Detail::Busy).await;
    world.advance(SignedDuration::from_mins(5));
    world.settle().await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Busy"]);
    let told = world.twin.control("GET", "changes", &json!({})).unwrap().to_string();
    assert!(!told.contains("Anna"), "{told}");
}

#[tokio::test]
async fn a_link_that_is_paused_while_a_run_is_under_way_writes_nothing_more() {
    let (world, link) = World::linked().await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.gate.close("GET", 1);
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        concord_engine::links::pause(&world.engine, world.workspace, link, true).await.unwrap();
        world.gate.open();
    };
    let (report, ()) = tokio::join!(run, meanwhile);
    report.unwrap().unwrap();
    assert_eq!(world.there("primary"), Vec::<String>::new());
    concord_engine::links::pause(&world.engine, world.workspace, link, false).await.unwrap();
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
}

#[tokio::test]
async fn a_direction_that_is_opened_while_a_run_is_under_way_brings_in_what_was_ignored() {
    let world = World::new().await;
    let push = Settings { direction: concord_model::link::Direction::Push, ..Settings::default() };
    let link = world.link("primary", push).await.id;
    world.person_makes("2026-11-11 10:00", "Theirs");
    world.settle().await;
    assert_eq!(world.here().await, Vec::<String>::new());
    world.gate.close("GET", 1);
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        world.set(link, |s| s.direction = concord_model::link::Direction::Both).await;
        world.gate.open();
    };
    let (report, ()) = tokio::join!(run, meanwhile);
    report.unwrap().unwrap();
    world.settle().await;
    assert_eq!(world.here().await, ["20261111T100000 Theirs"]);
}

#[tokio::test]
async fn i_03_an_edit_made_while_a_write_is_on_its_way_arrives_after_it() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.gate.close("POST", 1);
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        world.edit(&event, |v| v.time.span = span("2026-11-11 11:00")).await;
        world.gate.open();
    };
    let (report, ()) = tokio::join!(run, meanwhile);
    report.unwrap().unwrap();
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261111T110000 Coaching"]);
}

#[tokio::test]
async fn i_03_a_deletion_that_is_undone_while_it_is_on_its_way_is_undone() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.delete(&event).await;
    world.gate.close("DELETE", 1);
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        world.undo(&event).await;
        world.gate.open();
    };
    let (report, ()) = tokio::join!(run, meanwhile);
    report.unwrap().unwrap();
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
    assert_eq!(world.here().await, ["20261110T100000 Coaching"]);
}

#[tokio::test]
async fn i_03_a_deletion_whose_answer_was_lost_is_undone_too() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.delete(&event).await;
    // A crash after the effect: the listing, then the deletion.
    world.fuse.light(4);
    tokio::select! {
        biased;
        () = world.fuse.burnt.notified() => {}
        _ = world.run(link) => panic!("it was to crash"),
    }
    world.fuse.light(0);
    assert_eq!(world.there("primary"), Vec::<String>::new());
    world.undo(&event).await;
    world.advance(SignedDuration::from_mins(5));
    world.settle().await;
    assert_eq!(world.here().await, ["20261110T100000 Coaching"]);
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
}

#[tokio::test]
async fn a_deletion_is_undone_later_on() {
    let (world, _) = World::linked().await;
    let here = world.make("2026-11-10 10:00", "Mine").await;
    world.person_makes("2026-11-11 10:00", "Theirs");
    world.settle().await;
    let theirs = world.events().await.into_iter().find(|e| e.content.title == "Theirs").unwrap();
    world.delete(&here).await;
    world.delete_there("primary", "Theirs");
    world.settle().await;
    assert_eq!(world.there("primary"), Vec::<String>::new());
    world.undo(&here).await;
    world.undo(&theirs).await;
    world.settle().await;
    let both = ["20261110T100000 Mine", "20261111T100000 Theirs"];
    assert_eq!(world.there("primary"), both);
    assert_eq!(world.here().await, both);
}

#[tokio::test]
async fn two_workers_on_two_links_of_one_person_do_not_wait_for_each_other() {
    let (world, _) = World::linked().await;
    let team = world.link("Team", Settings::default()).await.calendar.to_string();
    world.settle().await;
    for n in 10..20 {
        world.person_makes(&format!("2026-11-{n} 10:00"), &format!("P{n}"));
        world.make(&format!("2026-11-{n} 12:00"), &format!("H{n}")).await;
    }
    let other = world.other_worker();
    world.advance(SignedDuration::from_mins(2));
    let (a, b) = tokio::join!(schedule::work(&world.engine), schedule::work(&other));
    a.unwrap();
    b.unwrap();
    world.settle().await;
    assert_eq!(world.there("primary").len(), 20);
    assert_eq!(world.lines_in(&team), world.there("primary"));
}

#[tokio::test]
async fn a_change_on_an_old_revision_is_refused_and_nothing_happens() {
    let (world, _) = World::linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.edit(&event, |v| v.title = "Coaching 2".to_owned()).await;
    let change = edit::Change { expected: Some(event.rev), ..Default::default() };
    let by = Actor::User(world.alice);
    let refused = edit::change(&world.engine, world.workspace, event.id, Scope::All, change, by).await;
    assert!(matches!(refused, Err(concord_engine::Error::Changed)));
}

/// Holds a worker up at the end of its n-th transaction for longer than its lease, while another does the work.
struct HeldUp {
    nth: AtomicI64,
    clock: Arc<VirtualClock>,
    other: Engine,
    link: LinkId,
    twin: Twin,
    calls: AtomicUsize,
}

impl Steps for HeldUp {
    fn pass(&self, step: Step) -> Passing<'_> {
        let now = step == Step::Committed && self.nth.fetch_sub(1, Ordering::SeqCst) == 1;
        Box::pin(async move {
            if now {
                self.clock.advance(SignedDuration::from_mins(30));
                drop(schedule::run_now(&self.other, self.link, RunKind::Manual, Default::default()).await);
                let log = self.twin.control("GET", "log", &json!({})).unwrap();
                self.calls.store(log["calls"].as_array().map_or(0, Vec::len), Ordering::SeqCst);
            }
            Ok(())
        })
    }
}

/// Its last look at the lease is over, and the call is not made: nobody but its own clock tells how long that took.
#[tokio::test]
async fn i_13_a_worker_that_was_held_up_after_its_last_look_at_the_lease_writes_nothing() {
    for transaction in 1.. {
        let (world, link) = World::linked().await;
        let event = world.make("2026-11-10 10:00", "Here").await;
        world.settle().await;
        world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
        world.make("2026-11-13 10:00", "New").await;
        let held_up = Arc::new(HeldUp {
            nth: AtomicI64::new(transaction),
            clock: world.clock.clone(),
            other: world.other_worker(),
            link,
            twin: world.twin.clone(),
            calls: AtomicUsize::new(usize::MAX),
        });
        let slow = Engine { store: world.engine.store.watched(held_up.clone()), ..world.engine.clone() };
        drop(schedule::run_now(&slow, link, RunKind::Manual, Default::default()).await);
        let calls = world.calls();
        let late = calls.get(held_up.calls.load(Ordering::SeqCst)..).unwrap_or_default();
        let writes: Vec<_> =
            late.iter().filter(|c| !c.starts_with("GET") && !c.contains("/batch/")).collect();
        assert!(writes.is_empty(), "held up after transaction {transaction}: it wrote {late:?}");
        world.settle().await;
        assert_eq!(world.there("primary"), ["20261110T100000 Here", "20261113T100000 New"]);
        if held_up.nth.load(Ordering::SeqCst) > 0 {
            assert!(transaction > 8, "a run has more of them");
            break;
        }
    }
}

/// Breaks the n-th transaction, at its beginning or at its end.
struct Breaks(AtomicI64);

impl Steps for Breaks {
    fn pass(&self, step: Step) -> Passing<'_> {
        let nth = matches!(step, Step::Begin | Step::Commit) && self.0.fetch_sub(1, Ordering::SeqCst) == 1;
        Box::pin(
            async move { if nth { Err(concord_store::Error::Broken("it broke".into())) } else { Ok(()) } },
        )
    }
}

/// What a listing told is there before the cursor is: not only once a day, when everything is listed again.
#[tokio::test]
async fn i_10_a_database_that_breaks_at_any_transaction_of_a_run_loses_nothing_of_what_was_listed() {
    for transaction in 1.. {
        let (world, link) = World::linked().await;
        world.settle().await;
        world.person_makes("2026-11-11 10:00", "There");
        let breaks = Arc::new(Breaks(AtomicI64::new(transaction)));
        let broken = Engine { store: world.engine.store.watched(breaks.clone()), ..world.engine.clone() };
        drop(schedule::run_now(&broken, link, RunKind::Manual, Default::default()).await);
        world.advance(SignedDuration::from_mins(30));
        world.settle().await;
        assert_eq!(world.here().await, ["20261111T100000 There"], "broken at transaction {transaction}");
        if breaks.0.load(Ordering::SeqCst) > 0 {
            assert!(transaction > 8, "a run has more of them");
            break;
        }
    }
}

/// Lets time pass before each transaction.
struct Slow(Arc<VirtualClock>);

impl Steps for Slow {
    fn pass(&self, step: Step) -> Passing<'_> {
        if matches!(step, Step::Read | Step::Begin) {
            self.0.advance(SignedDuration::from_secs(14));
        }
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn i_13_a_run_that_takes_longer_than_its_lease_keeps_it() {
    let (world, link) = World::linked().await;
    world.person_makes("2026-11-11 10:00", "There");
    world.make("2026-11-12 10:00", "Here").await;
    let slow = Arc::new(Slow(world.clock.clone()));
    let slow = Engine { store: world.engine.store.watched(slow), ..world.engine.clone() };
    let began = world.engine.now();
    let report = schedule::run_now(&slow, link, RunKind::Manual, Default::default()).await.unwrap().unwrap();
    assert_eq!(report.stopped, None);
    assert!(world.engine.now().duration_since(began) > world.engine.timing.lease);
    assert_eq!((report.tally.pulled, report.tally.pushed), (1, 1));
}
