//! Push channels and their notices: opened, renewed, lost, forged, flooding (WH, AC-11; BM-086 to BM-096).

use concord_engine::channels;
use concord_model::LinkId;
use concord_model::link::{Direction, Settings};
use concord_providers::provider::{Notice, NoticeSays};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::side::{On, on_each_side};
use crate::world::World;

on_each_side! {
    bm_095_a_change_that_is_seen_only_after_its_notice_comes_in_soon,
    wh_1_a_notice_brings_a_change_in_at_once,
    sy_2_a_calendar_that_notifies_is_polled_seldom_and_an_own_write_settles_down,
    bm_093_a_forged_notice_is_refused_and_makes_nothing_due,
    bm_093_the_notice_of_a_channel_that_has_ended_makes_nothing_due,
    bm_008_a_storm_of_notices_is_one_run,
    bm_087_with_all_notices_swallowed_changes_come_in_by_the_safety_poll,
    bm_086_over_ninety_days_there_is_always_one_channel,
    bm_089_crashes_and_lost_answers_leave_one_channel_after_a_sweep,
    bm_098_what_becomes_of_a_channel_is_heeded,
    i_32_a_link_that_is_paused_turned_or_let_go_has_no_channel,
    i_32_a_half_open_channel_that_is_refused_when_it_is_asked_for_again_is_closed_later,
    i_32_a_channel_that_is_half_open_goes_with_its_link,
    i_32_a_channel_that_nobody_may_close_is_closed_when_its_person_connects_again,
    i_27_no_channel_is_asked_for_while_an_account_has_to_be_connected_again,
    i_33_no_channel_is_asked_for_before_retry_after,
    i_33_nothing_is_synced_before_the_retry_after_that_a_channel_was_told,
}

/// Alice, whose main calendar is linked, with Concord reachable from outside.
pub(crate) async fn reachable(on: On) -> (World, LinkId) {
    let mut world = World::on(on).await;
    world.engine.notices_url = Some("https://concord.test/api/calendar/webhook/".parse().unwrap());
    let link = world.link("primary", Settings::default()).await.id;
    world.settle().await;
    channels::sweep(&world.engine).await.unwrap();
    world.settle().await;
    deliver(&world).await;
    world.settle().await;
    (world, link)
}

/// What the call is called by which a channel is opened.
pub(crate) fn opening(on: On) -> &'static str {
    match on {
        On::Google => "/watch",
        On::Outlook => "/subscriptions",
        On::Server(_) => panic!("calendar servers have no channels"),
    }
}

pub(crate) fn live(world: &World) -> Vec<Value> {
    let told = world.twin.control("GET", "channels", &json!({})).unwrap();
    told["channels"].as_array().unwrap().clone()
}

/// Takes what the provider sends and hands it on. Returns how each was answered.
pub(crate) async fn deliver(world: &World) -> Vec<bool> {
    let mut answers = Vec::new();
    for notice in world.twin.take_notices() {
        let told = read(world, &notice.request).unwrap();
        let known = channels::noticed(&world.engine, &told).await.unwrap();
        world.twin.delivered(notice.id, if known { 200 } else { 404 });
        answers.push(known);
    }
    answers
}

fn read(world: &World, request: &http::Request<bytes::Bytes>) -> Option<Notice> {
    let provider = world.engine.provider(&world.twin.id()).unwrap();
    provider.notices(request.headers(), request.body()).pop()
}

async fn wh_1_a_notice_brings_a_change_in_at_once(on: On) {
    let (world, _) = reachable(on).await;
    assert_eq!(live(&world).len(), 1);
    world.person_makes("2026-11-11 10:00", "Dentist");
    assert_eq!(deliver(&world).await, [true]);
    world.work_all(&world.engine).await;
    assert_eq!(world.here().await, ["20261111T100000 Dentist"]);
}

async fn sy_2_a_calendar_that_notifies_is_polled_seldom_and_an_own_write_settles_down(on: On) {
    let (world, _) = reachable(on).await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.work_all(&world.engine).await;
    deliver(&world).await;
    world.work_all(&world.engine).await;
    let before = world.calls().len();
    for _ in 0..60 {
        world.advance(SignedDuration::from_mins(1));
        assert_eq!(deliver(&world).await.len(), 0, "nothing is written any more");
        world.work_all(&world.engine).await;
    }
    let calls = world.calls().len() - before;
    assert!((4..=6).contains(&calls), "{calls} looks in an hour");
}

async fn bm_093_a_forged_notice_is_refused_and_makes_nothing_due(on: On) {
    let (world, link) = reachable(on).await;
    world.person_makes("2026-11-11 10:00", "Dentist");
    let request = world.twin.take_notices().remove(0).request;
    let genuine = read(&world, &request).unwrap();
    let secret = genuine.secret.clone().unwrap();
    let due = world.link_row(link).await.due_at;
    let mut forged: Vec<Notice> =
        [None, Some(String::new()), Some(secret[1..].to_owned()), Some(format!("{secret}x"))]
            .into_iter()
            .map(|secret| Notice { secret, ..genuine.clone() })
            .collect();
    forged.push(Notice { secret: Some(secret.to_uppercase()), ..genuine.clone() });
    forged.push(Notice { channel: genuine.channel.to_uppercase(), ..genuine.clone() });
    forged.push(Notice { channel: String::new(), ..genuine.clone() });
    for notice in forged {
        assert!(!channels::noticed(&world.engine, &notice).await.unwrap());
    }
    assert_eq!(world.link_row(link).await.due_at, due);
    assert!(channels::noticed(&world.engine, &genuine).await.unwrap());
    assert!(world.link_row(link).await.due_at < due);
}

async fn bm_093_the_notice_of_a_channel_that_has_ended_makes_nothing_due(on: On) {
    let (world, link) = reachable(on).await;
    world.person_makes("2026-11-11 10:00", "Dentist");
    let genuine = read(&world, &world.twin.take_notices().remove(0).request).unwrap();
    world.advance(SignedDuration::from_hours(24 * 8));
    let due = world.link_row(link).await.due_at;
    assert!(!channels::noticed(&world.engine, &genuine).await.unwrap());
    assert_eq!(world.link_row(link).await.due_at, due);
}

async fn bm_008_a_storm_of_notices_is_one_run(on: On) {
    let (world, _) = reachable(on).await;
    world.twin.repeats_notices(3);
    for n in 10..28 {
        world.person_makes(&format!("2026-11-{n} 10:00"), &format!("E{n}"));
    }
    assert_eq!(deliver(&world).await.len(), 54);
    let reports = world.work_all(&world.engine).await;
    assert_eq!(reports.len(), 1);
    assert_eq!(world.here().await.len(), 18);
}

async fn bm_087_with_all_notices_swallowed_changes_come_in_by_the_safety_poll(on: On) {
    let (world, _) = reachable(on).await;
    world.control("channels", json!({"do": "mute"}));
    world.person_makes("2026-11-11 10:00", "Dentist");
    for _ in 0..16 {
        world.advance(SignedDuration::from_mins(1));
        world.work_all(&world.engine).await;
    }
    assert_eq!(world.here().await, ["20261111T100000 Dentist"]);
}

async fn bm_086_over_ninety_days_there_is_always_one_channel(on: On) {
    let (world, link) = reachable(on).await;
    let mut uncovered = 0;
    for hour in 0..90 * 24 {
        world.advance(SignedDuration::from_hours(1));
        // Trouble at the provider, just when a channel is to be renewed.
        match hour {
            140 | 600 => {
                world.faults(json!({"match": {"path": opening(on)}, "kind": "status", "status": 503}));
            }
            160 | 640 => world.calm(),
            _ => {}
        }
        if hour % 3 == 0 {
            channels::sweep(&world.engine).await.unwrap();
        }
        uncovered += usize::from(live(&world).is_empty());
        assert!(live(&world).len() <= 2, "{:?}", live(&world));
        if hour % 100 == 0 {
            world.settle().await;
        }
    }
    assert_eq!(uncovered, 0, "hours without a channel");
    channels::sweep(&world.engine).await.unwrap();
    assert_eq!(live(&world).len(), 1);
    let mut tx = world.engine.store.read().await.unwrap();
    let rows = concord_store::channels::of_link(&mut tx, link).await.unwrap();
    assert!(rows.len() < 40, "{} rows", rows.len());
}

async fn bm_089_crashes_and_lost_answers_leave_one_channel_after_a_sweep(on: On) {
    for kind in ["drop_before", "drop_after", "reset", "garbage", "crash before", "crash after"] {
        let mut world = World::on(on).await;
        world.engine.notices_url = Some("https://concord.test/".parse().unwrap());
        let link = world.link("primary", Settings::default()).await.id;
        world.settle().await;
        for _ in 0..5 {
            match kind {
                "crash before" | "crash after" => {
                    world.fuse.light(if kind == "crash before" { 1 } else { 2 });
                    tokio::select! {
                        biased;
                        () = world.fuse.burnt.notified() => {}
                        _ = channels::sweep(&world.engine) => {}
                    }
                    world.fuse.light(0);
                }
                _ => {
                    world.faults(json!({"match": {"path": opening(on)}, "kind": kind, "count": 1}));
                    channels::sweep(&world.engine).await.unwrap();
                }
            }
            world.advance(SignedDuration::from_mins(30));
        }
        world.calm();
        for _ in 0..2 {
            channels::sweep(&world.engine).await.unwrap();
            world.advance(SignedDuration::from_mins(30));
        }
        assert_eq!(live(&world).len(), 1, "{kind}: {:?}", live(&world));
        world.person_makes("2026-11-11 10:00", "Dentist");
        assert!(deliver(&world).await.contains(&true), "{kind}");
        assert!(world.link_row(link).await.due_at.is_some_and(|at| at <= world.engine.now()), "{kind}");
    }
}

async fn bm_098_what_becomes_of_a_channel_is_heeded(on: On) {
    for says in [NoticeSays::Ending, NoticeSays::Closed, NoticeSays::Changed] {
        let (world, link) = reachable(on).await;
        let before = live(&world)[0]["id"].clone();
        world.person_makes("2026-11-11 10:00", "Dentist");
        let genuine = read(&world, &world.twin.take_notices().remove(0).request).unwrap();
        world.advance(SignedDuration::from_mins(1));
        assert!(channels::noticed(&world.engine, &Notice { says, ..genuine }).await.unwrap());
        assert!(
            world.link_row(link).await.due_at.is_some_and(|at| at <= world.engine.now()),
            "{says:?}: it is looked at"
        );
        channels::sweep(&world.engine).await.unwrap();
        let after = live(&world);
        // One that has ended by itself is not closed once more, so the emulated one may still be there.
        let anew = after.iter().any(|channel| channel["id"] != before);
        assert_eq!(anew, says != NoticeSays::Changed, "{says:?}");
        assert!(says == NoticeSays::Closed || after.len() == 1, "{says:?}: {after:?}");
    }
}

#[tokio::test]
async fn bm_091_a_calendar_that_cannot_be_watched_is_polled() {
    let mut world = World::new().await;
    world.engine.notices_url = Some("https://concord.test/".parse().unwrap());
    world.control("channels", json!({"do": "unsupported", "calendar": "alice@twin.test"}));
    world.link("primary", Settings::default()).await;
    world.settle().await;
    for _ in 0..10 {
        channels::sweep(&world.engine).await.unwrap();
        world.advance(SignedDuration::from_hours(1));
    }
    assert_eq!(world.count_calls(opening(On::Google)), 1);
    world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    assert_eq!(world.here().await, ["20261111T100000 Dentist"]);
}

async fn i_32_a_link_that_is_paused_turned_or_let_go_has_no_channel(on: On) {
    for how in ["pause", "push", "remove"] {
        let (world, link) = reachable(on).await;
        match how {
            "pause" => {
                drop(concord_engine::links::pause(&world.engine, world.workspace, link, true).await.unwrap());
            }
            "push" => world.set(link, |s| s.direction = Direction::Push).await,
            _ => world.remove(link, concord_engine::links::Leftovers::Leave).await,
        }
        channels::sweep(&world.engine).await.unwrap();
        assert_eq!(live(&world).len(), 0, "{how}");
    }
}

#[tokio::test]
async fn i_32_a_half_open_channel_that_could_not_be_closed_at_once_is_closed_later() {
    let mut world = World::new().await;
    world.engine.notices_url = Some("https://concord.test/".parse().unwrap());
    world.link("primary", Settings::default()).await;
    world.settle().await;
    world.faults(json!({"match": {"path": opening(On::Google)}, "kind": "drop_after", "count": 1}));
    let busy = json!({"match": {"path": "/stop"}, "kind": "status", "status": 503, "count": 1});
    channels::sweep(&world.engine).await.unwrap();
    world.faults(busy);
    world.advance(SignedDuration::from_mins(30));
    channels::sweep(&world.engine).await.unwrap();
    assert_eq!(live(&world).len(), 2);
    world.advance(SignedDuration::from_mins(30));
    channels::sweep(&world.engine).await.unwrap();
    assert_eq!(live(&world).len(), 1);
}

async fn i_32_a_half_open_channel_that_is_refused_when_it_is_asked_for_again_is_closed_later(on: On) {
    let mut world = World::on(on).await;
    world.engine.notices_url = Some("https://concord.test/".parse().unwrap());
    world.link("primary", Settings::default()).await;
    world.settle().await;
    world.faults(json!({"match": {"path": opening(on)}, "kind": "drop_after", "count": 1}));
    channels::sweep(&world.engine).await.unwrap();
    world.faults(json!({"match": {"path": opening(on)}, "kind": "status", "status": 404, "count": 1}));
    for _ in 0..3 {
        world.advance(SignedDuration::from_hours(25));
        channels::sweep(&world.engine).await.unwrap();
    }
    assert_eq!(live(&world).len(), 1);
}

async fn i_32_a_channel_that_is_half_open_goes_with_its_link(on: On) {
    for kind in ["drop_before", "drop_after"] {
        let mut world = World::on(on).await;
        world.engine.notices_url = Some("https://concord.test/".parse().unwrap());
        let link = world.link("primary", Settings::default()).await.id;
        world.settle().await;
        world.faults(json!({"match": {"path": opening(on)}, "kind": kind, "count": 1}));
        channels::sweep(&world.engine).await.unwrap();
        world.remove(link, concord_engine::links::Leftovers::Leave).await;
        world.advance(SignedDuration::from_mins(30));
        channels::sweep(&world.engine).await.unwrap();
        assert_eq!(live(&world).len(), 0, "{kind}");
        let calls = world.calls().len();
        channels::sweep(&world.engine).await.unwrap();
        assert_eq!(world.calls().len(), calls, "{kind}");
    }
}

/// Seed 1520 of the simulator.
async fn i_32_a_channel_that_nobody_may_close_is_closed_when_its_person_connects_again(on: On) {
    let (world, link) = reachable(on).await;
    world.control("tokens", json!({"do": "revoke", "user": "alice"}));
    world.remove(link, concord_engine::links::Leftovers::Leave).await;
    channels::sweep(&world.engine).await.unwrap();
    let calls = world.calls().len();
    channels::sweep(&world.engine).await.unwrap();
    assert_eq!(world.calls().len(), calls, "with a dead sign-in nobody is called (I-27)");
    world.control("tokens", json!({"do": "restore", "user": "alice"}));
    world.connect().await;
    channels::sweep(&world.engine).await.unwrap();
    assert_eq!(live(&world), Vec::<Value>::new());
}

async fn i_27_no_channel_is_asked_for_while_an_account_has_to_be_connected_again(on: On) {
    let (world, link) = reachable(on).await;
    world.control("tokens", json!({"do": "revoke", "user": "alice"}));
    world.run(link).await;
    let calls = world.calls().len();
    for _ in 0..200 {
        world.advance(SignedDuration::from_hours(1));
        channels::sweep(&world.engine).await.unwrap();
    }
    assert_eq!(world.calls().len(), calls);
    let mut tx = world.engine.store.read().await.unwrap();
    assert!(concord_store::channels::of_link(&mut tx, link).await.unwrap().len() <= 2);
}

async fn bm_095_a_change_that_is_seen_only_after_its_notice_comes_in_soon(on: On) {
    let (world, _) = reachable(on).await;
    world.twin.lags(10_000);
    world.person_makes("2026-11-11 10:00", "Dentist");
    deliver(&world).await;
    world.work_all(&world.engine).await;
    assert_eq!(world.here().await, Vec::<String>::new());
    for _ in 0..9 {
        world.advance(SignedDuration::from_secs(10));
        world.work_all(&world.engine).await;
    }
    assert_eq!(world.here().await, ["20261111T100000 Dentist"], "within a minute and a half");
}

/// The run was told; the sweep that opens channels must know it, too.
async fn i_33_no_channel_is_asked_for_before_retry_after(on: On) {
    let mut world = World::on(on).await;
    world.engine.notices_url = Some("https://concord.test/api/calendar/webhook/".parse().unwrap());
    let link = world.link("primary", Settings::default()).await.id;
    world.faults(
        json!({"match": {"path": "/events"}, "kind": "status", "status": 429, "count": 1, "retryAfter": 300}),
    );
    world.run(link).await;
    let calls = world.calls().len();
    world.advance(SignedDuration::from_secs(200));
    channels::sweep(&world.engine).await.unwrap();
    assert_eq!(world.calls().len(), calls, "called before Retry-After");
    world.advance(SignedDuration::from_mins(20));
    channels::sweep(&world.engine).await.unwrap();
    assert_eq!(live(&world).len(), 1);
}

/// And the other way round; also where it may have been opened in spite of the answer, and where that was long in coming:
/// seed 70568 of the simulator.
async fn i_33_nothing_is_synced_before_the_retry_after_that_a_channel_was_told(on: On) {
    for (status, took) in [(429, 0), (503, 0), (503, 250)] {
        let mut world = World::on(on).await;
        world.engine.notices_url = Some("https://concord.test/api/calendar/webhook/".parse().unwrap());
        world.link("primary", Settings::default()).await;
        let at = json!({ "path": opening(on) });
        world.faults(json!({"match": at, "kind": "status", "status": status, "count": 1, "retryAfter": 300}));
        world.gate.close(opening(on), 1);
        let held_up = async {
            world.gate.reached().await;
            world.advance(SignedDuration::from_secs(took));
            world.gate.open();
        };
        tokio::join!(channels::sweep(&world.engine), held_up).0.unwrap();
        let calls = world.calls().len();
        world.advance(SignedDuration::from_secs(200));
        world.work_all(&world.engine).await;
        assert_eq!(world.calls().len(), calls, "called before Retry-After of {status}");
    }
}
