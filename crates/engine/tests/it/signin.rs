//! Signing in, keys that end, keys that are renewed, and the end of a grant (SE-2; BM-072 to BM-083).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use concord_engine::{Engine, connect, schedule};
use concord_model::LinkId;
use concord_model::link::Settings;
use concord_providers::Answer;
use concord_store::accounts::{self, Account, AccountState};
use concord_store::runs::{RunKind, RunStatus};
use concord_store::steps::{Passing, Step, Steps};
use jiff::SignedDuration;
use serde_json::json;
use url::Url;

use crate::acts::together;
use crate::door::VirtualClock;
use crate::side::{On, on_each_side};
use crate::world::World;

on_each_side! {
    ac_1_a_sign_in_by_browser_connects_and_is_the_same_account_again,
    bm_082_a_state_is_good_once_in_time_and_for_its_own_session_and_provider,
    a_sign_in_that_the_person_refuses_connects_nothing,
    se_2_a_key_is_renewed_before_it_ends_and_nobody_notices,
    ac_6_a_key_that_ended_early_is_renewed_in_the_middle_and_nothing_is_lost,
    ac_6_keys_that_end_again_and_again_are_renewed_again_and_again,
    bm_080_revoked_and_connected_again_what_waited_is_delivered,
    bm_075_a_renewal_without_a_new_refresh_key_keeps_the_old_one,
    bm_072_many_workers_renew_a_key_once,
}

fn home() -> Url {
    "https://concord.test/calendar/sync/callback".parse().unwrap()
}

/// Alice signs in by her browser.
pub(crate) async fn sign_in(world: &World) -> Result<Account, concord_engine::Error> {
    world.control("consent", json!({"auto": "alice"}));
    consent(world).await
}

async fn consent(world: &World) -> Result<Account, concord_engine::Error> {
    let (engine, provider) = (&world.engine, world.twin.id());
    let started = connect::begin(engine, world.workspace, world.alice, &provider, home(), "session").await?;
    let back = world.browse(&started.url).await;
    assert_eq!(back.get("state"), Some(&started.state));
    let code = back.get("code").map(String::as_str).unwrap_or_default();
    connect::finish(engine, &provider, &started.state, code, "session").await
}

/// Alice, signed in by her browser, with her main calendar linked.
pub(crate) async fn signed_in() -> (World, LinkId) {
    signed_in_on(On::Google).await
}

/// The same, at the twin of either provider.
async fn signed_in_on(on: On) -> (World, LinkId) {
    let (world, link) = World::linked_on(on).await;
    sign_in(&world).await.unwrap();
    world.settle().await;
    (world, link)
}

fn tokens(world: &World) -> usize {
    world.count_calls("/token")
}

async fn state(world: &World) -> AccountState {
    world.account_now().await.state
}

async fn ac_1_a_sign_in_by_browser_connects_and_is_the_same_account_again(on: On) {
    let world = World::on(on).await;
    let account = sign_in(&world).await.unwrap();
    assert_eq!(account.id, world.account.id);
    assert!(account.access_ends_at.is_some());
    let again = sign_in(&world).await.unwrap();
    assert_eq!(again.id, account.id);
}

async fn bm_082_a_state_is_good_once_in_time_and_for_its_own_session_and_provider(on: On) {
    let world = World::on(on).await;
    world.control("consent", json!({"auto": "alice"}));
    let own = world.twin.id();
    let begin = || connect::begin(&world.engine, world.workspace, world.alice, &own, home(), "mine");
    for wrong in ["session", "state", "late", "twice", "provider"] {
        let started = begin().await.unwrap();
        let code = world.browse(&started.url).await.remove("code").unwrap();
        let (mut state, mut session, mut provider) = (started.state.clone(), "mine", own.as_str());
        match wrong {
            "session" => session = "theirs",
            "state" => state = state.replace('0', "1"),
            "late" => world.advance(SignedDuration::from_mins(11)),
            "provider" => provider = "caldav",
            _ => drop(connect::finish(&world.engine, &own, &state, &code, session).await.unwrap()),
        }
        let refused = connect::finish(&world.engine, &provider.into(), &state, &code, session).await;
        assert!(matches!(refused, Err(concord_engine::Error::Invalid { field: "state", .. })), "{wrong}");
    }
}

#[tokio::test]
async fn bm_083_a_missing_permission_is_named_and_nothing_is_connected() {
    let world = World::new().await;
    world.control("consent", json!({"auto": "alice", "untick": ["calendar.events"]}));
    let Err(concord_engine::Error::Provider { answer: Answer::AccessRevoked { why }, .. }) =
        consent(&world).await
    else {
        panic!("it was connected")
    };
    assert!(why.contains("permission"), "{why}");
    assert!(world.account_now().await.access_ends_at.is_none(), "the old credential is untouched");
}

async fn a_sign_in_that_the_person_refuses_connects_nothing(on: On) {
    let world = World::on(on).await;
    world.control("consent", json!({"auto": "alice", "deny": true}));
    assert!(consent(&world).await.is_err());
}

async fn se_2_a_key_is_renewed_before_it_ends_and_nobody_notices(on: On) {
    let (world, _) = signed_in_on(on).await;
    let before = tokens(&world);
    for _ in 0..4 {
        world.advance(SignedDuration::from_mins(58));
        world.make("2026-11-20 10:00", "Coaching").await;
        world.settle().await;
    }
    // Microsoft's keys last an hour, or up to an hour and a half.
    let fewest = if on == On::Google { 3 } else { 2 };
    assert!((fewest..=5).contains(&(tokens(&world) - before)), "{}", tokens(&world) - before);
    assert_eq!(world.there("primary").len(), 4);
    assert_eq!(world.count_calls(" 401 "), 0);
}

async fn ac_6_a_key_that_ended_early_is_renewed_in_the_middle_and_nothing_is_lost(on: On) {
    let (world, link) = signed_in_on(on).await;
    for n in 1..=6 {
        world.make(&format!("2026-12-{n:02} 10:00"), &format!("E{n}")).await;
    }
    // Two of the batch go through before the key ends.
    world.faults(json!({
        "match": {"method": "POST", "path": "/events"}, "kind": "status", "status": 401, "count": 2, "skip": 2,
    }));
    let before = tokens(&world);
    let report = world.run(link).await;
    assert_eq!((report.tally.pushed, report.status), (6, Some(RunStatus::Success)));
    assert_eq!(tokens(&world) - before, 1);
    assert_eq!(world.there("primary").len(), 6);
}

async fn ac_6_keys_that_end_again_and_again_are_renewed_again_and_again(on: On) {
    let (world, link) = signed_in_on(on).await;
    for n in 1..=3 {
        world.make(&format!("2026-12-{n:02} 10:00"), &format!("E{n}")).await;
    }
    world.faults(
        json!({"match": {"method": "GET", "path": "/events"}, "kind": "status", "status": 401, "count": 1}),
    );
    world.faults(
        json!({"match": {"method": "POST", "path": "/events"}, "kind": "status", "status": 401, "count": 1}),
    );
    let report = world.run(link).await;
    assert_eq!(report.tally.pushed, 3, "{report:?}");
    assert_eq!(state(&world).await, AccountState::Active);
}

#[tokio::test]
async fn bm_077_a_sign_in_that_is_never_accepted_is_one_state_and_one_note() {
    let (world, link) = signed_in().await;
    world.make("2026-12-01 10:00", "Coaching").await;
    world.faults(json!({"match": {"path": "/calendar/"}, "kind": "status", "status": 401}));
    let report = world.run(link).await;
    assert!(report.needs_person);
    assert!(matches!(state(&world).await, AccountState::Reconnect { .. }));
    let calls = world.calls().len();
    world.advance(SignedDuration::from_hours(5));
    world.settle().await;
    assert_eq!(world.calls().len(), calls);
    let told = world.sentences().await;
    assert_eq!(told.iter().filter(|t| t.contains("connected again")).count(), 1, "{told:?}");
    world.calm();
    sign_in(&world).await.unwrap();
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261201T100000 Coaching"]);
}

async fn bm_080_revoked_and_connected_again_what_waited_is_delivered(on: On) {
    let (world, _) = signed_in_on(on).await;
    for round in 0..3 {
        world.control("tokens", json!({"do": "revoke", "user": "alice"}));
        world.make(&format!("2026-12-0{} 10:00", round + 1), &format!("E{round}")).await;
        world.settle().await;
        assert!(matches!(state(&world).await, AccountState::Reconnect { .. }));
        sign_in(&world).await.unwrap();
        world.settle().await;
        assert_eq!(world.there("primary").len(), round + 1);
    }
}

async fn bm_075_a_renewal_without_a_new_refresh_key_keeps_the_old_one(on: On) {
    let (world, link) = signed_in_on(on).await;
    for _ in 0..3 {
        world.advance(SignedDuration::from_mins(59));
        world.run(link).await;
    }
    assert_eq!(state(&world).await, AccountState::Active);
}

/// A crash before the renewal, after its answer, or at the first call with the new key.
#[tokio::test]
async fn bm_073_a_rotated_refresh_key_is_kept_before_it_is_used() {
    for half_calls in [1, 2, 3, 4] {
        let (world, link) = signed_in().await;
        world.control("tokens", json!({"do": "rotate"}));
        world.make("2026-12-01 10:00", "Coaching").await;
        for _ in 0..2 {
            world.advance(SignedDuration::from_hours(2));
            world.fuse.light(half_calls);
            tokio::select! {
                biased;
                () = world.fuse.burnt.notified() => {}
                _ = world.run(link) => panic!("it was to crash"),
            }
            world.fuse.light(0);
            world.advance(SignedDuration::from_mins(30));
            let before = tokens(&world);
            world.settle().await;
            // Only a key whose renewal was answered to nobody is lost; and then one try tells.
            let lost = half_calls == 2;
            assert_eq!(matches!(state(&world).await, AccountState::Reconnect { .. }), lost, "{half_calls}");
            assert!(tokens(&world) - before <= 1, "{half_calls}: never a loop");
            if lost {
                sign_in(&world).await.unwrap();
                world.settle().await;
            }
            assert_eq!(world.there("primary"), ["20261201T100000 Coaching"], "{half_calls}");
        }
    }
}

#[tokio::test]
async fn bm_074_a_renewal_whose_answer_was_lost_is_tried_once_with_the_old_key_and_then_said() {
    for rotates in [false, true] {
        let (world, link) = signed_in().await;
        if rotates {
            world.control("tokens", json!({"do": "rotate"}));
        }
        world.faults(json!({"match": {"path": "/token"}, "kind": "drop_after", "count": 1}));
        world.advance(SignedDuration::from_hours(2));
        world.run(link).await;
        assert_eq!(state(&world).await, AccountState::Active);
        world.advance(SignedDuration::from_mins(2));
        let before = tokens(&world);
        world.settle().await;
        assert_eq!(tokens(&world) - before, 1, "never a loop");
        let dead = matches!(state(&world).await, AccountState::Reconnect { .. });
        assert_eq!(dead, rotates);
    }
}

/// Many workers meet an ended key at once: one renews it, and all go on.
async fn bm_072_many_workers_renew_a_key_once(on: On) {
    let (world, _) = signed_in_on(on).await;
    world.control("tokens", json!({"do": "rotate"}));
    world.link("Team", Settings::default()).await;
    world.settle().await;
    world.advance(SignedDuration::from_hours(2));
    let before = tokens(&world);
    let workers: Vec<Engine> =
        (0..8).map(|n| Engine { worker: format!("w{n}"), ..world.engine.clone() }).collect();
    for worked in together(workers.iter().map(schedule::work).collect()).await {
        worked.unwrap();
    }
    world.settle().await;
    assert_eq!(tokens(&world) - before, 1);
    assert_eq!(state(&world).await, AccountState::Active);
    let mut tx = world.engine.store.read().await.unwrap();
    let failed = concord_store::runs::Filter { status: Some(RunStatus::Failed), ..Default::default() };
    let failed = concord_store::runs::list(&mut tx, world.workspace, &failed, 0, 10).await.unwrap();
    assert!(failed.is_empty(), "waiting for another's renewal is no failure: {}", failed[0].summary);
}

/// Lets a minute and a half pass before the n-th transaction.
struct Slow(Arc<VirtualClock>, AtomicI64);

impl Steps for Slow {
    fn pass(&self, step: Step) -> Passing<'_> {
        if matches!(step, Step::Read | Step::Begin) && self.1.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.advance(SignedDuration::from_secs(90));
        }
        Box::pin(async { Ok(()) })
    }
}

/// A worker that was held up before it claimed the renewal still has its whole time for it (I-25).
#[tokio::test]
async fn bm_072_a_worker_that_was_held_up_renews_a_key_alone() {
    for transaction in 1..=12 {
        let (world, link) = signed_in().await;
        let team = world.link("Team", Settings::default()).await.id;
        world.settle().await;
        world.advance(SignedDuration::from_hours(2));
        let before = tokens(&world);
        let slow = Arc::new(Slow(world.clock.clone(), AtomicI64::new(transaction)));
        let held_up = Engine { store: world.engine.store.watched(slow), ..world.engine.clone() };
        let run = schedule::run_now(&held_up, link, RunKind::Manual, Default::default());
        let other = async {
            schedule::run_now(&world.engine, team, RunKind::Manual, Default::default()).await.unwrap();
        };
        world.during("POST /token", 1, run, other).await.unwrap().unwrap();
        assert_eq!(tokens(&world) - before, 1, "held up before transaction {transaction}");
    }
}

/// A worker whose clock is wrong renews beside another, with the key that the other's renewal has ended.
#[tokio::test]
async fn i_27_an_old_key_that_is_refused_beside_its_renewal_ends_no_sign_in() {
    let (world, link) = signed_in().await;
    world.make("2026-12-01 10:00", "Coaching").await;
    world.advance(SignedDuration::from_hours(2));
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let refused = async {
        let account = world.account_now().await;
        let mut tx = world.engine.store.read().await.unwrap();
        let (_, version) = accounts::open_grant(&mut tx, &world.engine.vault, &account).await.unwrap();
        drop(tx);
        assert!(concord_engine::tokens::revoked(&world.engine, &account, version, "refused").await.unwrap());
    };
    world.during("POST /token", 1, run, refused).await.unwrap().unwrap();
    assert_eq!(state(&world).await, AccountState::Active);
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261201T100000 Coaching"]);
}

/// The person connects again while a renewal is on its way: theirs counts, and nothing fails.
#[tokio::test]
async fn se_2_a_renewal_that_comes_too_late_does_not_overwrite_a_new_sign_in() {
    let (world, link) = signed_in().await;
    world.advance(SignedDuration::from_hours(2));
    world.gate.close("POST /token", 1);
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        sign_in(&world).await.unwrap();
        world.gate.open();
    };
    let (report, ()) = tokio::join!(Box::pin(run), Box::pin(meanwhile));
    assert_eq!(report.unwrap().unwrap().status, Some(RunStatus::Success));
    world.advance(SignedDuration::from_hours(2));
    assert_eq!(world.run(link).await.status, Some(RunStatus::Success));
}

/// Its key was dead, and the person has connected again before that was found out.
#[tokio::test]
async fn i_27_the_end_of_an_old_grant_is_not_the_end_of_the_new_one() {
    for at in ["POST /token", "GET /calendar"] {
        let (world, link) = signed_in().await;
        world.make("2026-12-01 10:00", "Coaching").await;
        world.control("tokens", json!({"do": "revoke", "user": "alice"}));
        world.advance(SignedDuration::from_mins(if at == "POST /token" { 120 } else { 1 }));
        let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
        let again = async { drop(sign_in(&world).await.unwrap()) };
        world.during(at, 1, run, again).await.unwrap().unwrap();
        assert_eq!(state(&world).await, AccountState::Active, "{at}");
        world.settle().await;
        assert_eq!(world.there("primary"), ["20261201T100000 Coaching"], "{at}");
    }
}

#[tokio::test]
async fn i_27_an_account_that_is_disconnected_in_the_middle_of_a_run_is_not_used_any_more() {
    let (world, link) = signed_in().await;
    world.make("2026-12-01 10:00", "Coaching").await;
    world.gate.close("GET /calendar", 1);
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        let leave = concord_engine::links::Leftovers::Leave;
        connect::disconnect(&world.engine, world.workspace, world.account.id, leave).await.unwrap();
        world.gate.open();
    };
    let (report, ()) = tokio::join!(Box::pin(run), Box::pin(meanwhile));
    report.unwrap();
    assert_eq!(world.there("primary"), Vec::<String>::new());
    assert_eq!(state(&world).await, AccountState::Removed);
    // And it can be connected again at any time (BM-080).
    sign_in(&world).await.unwrap();
    world.link("primary", Settings::default()).await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261201T100000 Coaching"]);
}

#[tokio::test]
async fn i_33_a_client_that_google_does_not_know_is_not_asked_about_every_few_seconds() {
    let (world, _) = signed_in().await;
    world.faults(
        json!({"match": {"path": "/token"}, "kind": "status", "status": 401, "reason": "invalid_client"}),
    );
    world.advance(SignedDuration::from_hours(2));
    let before = tokens(&world);
    for _ in 0..180 {
        world.advance(SignedDuration::from_mins(1));
        world.work_all(&world.engine).await;
    }
    assert!(tokens(&world) - before <= 6, "{} in three hours", tokens(&world) - before);
    assert_eq!(state(&world).await, AccountState::Active);
    world.calm();
    world.advance(SignedDuration::from_hours(2));
    world.settle().await;
    let mut tx = world.engine.store.read().await.unwrap();
    let account = accounts::find(&mut tx, world.account.id).await.unwrap();
    assert!(account.access_ends_at.is_some_and(|at| at > world.engine.now()));
}

#[tokio::test]
async fn i_33_a_wait_that_a_renewal_is_told_is_that_of_all_calendars_of_the_account() {
    let (world, _) = signed_in().await;
    world.link("c_team_alice@group.calendar.google.com", Settings::default()).await;
    world.settle().await;
    world.advance(SignedDuration::from_hours(2));
    world.faults(
        json!({"match": {"path": "/token"}, "kind": "status", "status": 429, "retryAfter": 300, "count": 1}),
    );
    let before = world.calls().len();
    for _ in 0..4 {
        world.work_all(&world.engine).await;
        world.advance(SignedDuration::from_mins(1));
    }
    assert_eq!(world.calls().len(), before + 1, "{:#?}", &world.calls()[before..]);
    world.advance(SignedDuration::from_mins(5));
    world.settle().await;
    assert!(world.calls().len() > before + 1);
}
