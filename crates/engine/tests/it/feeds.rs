//! A feed: it is only read, its names are not relied on, and nothing that it fails to say becomes a deletion.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use concord_engine::run::{Report, Wish};
use concord_engine::{Error, connect, edit, links, schedule};
use concord_model::link::{Direction, Settings};
use concord_model::{CalendarId, EventId, LinkId};
use concord_providers::http::{Http, Lost};
use concord_providers::ics::{self, Ics};
use concord_providers::provider::Login;
use concord_store::accounts::AccountState;
use concord_store::links::LinkState;
use concord_store::runs::{RunKind, RunStatus};
use concord_store::{Actor, accounts};
use concord_twins::caldav::{Settings as TwinSettings, Twin};
use http::{Request, Response};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::World;

/// The way to the feed's server, with what went over it.
struct Way {
    twin: Twin,
    calls: AtomicU64,
    bytes: AtomicU64,
}

#[async_trait]
impl Http for Way {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let answer = self.twin.router().oneshot(request.map(Body::from)).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|e| Lost::NoAnswer(e.into()))?;
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        Ok(Response::from_parts(parts, body))
    }
}

/// Alice, who has subscribed to a feed.
struct Subscribed {
    world: World,
    feed: Twin,
    way: Arc<Way>,
    link: LinkId,
}

impl Subscribed {
    /// To a feed with so many events, one a day from the tenth of November.
    async fn to(events: u32, quirks: Value) -> Subscribed {
        let mut world = World::new().await;
        let clock = world.clock.clone();
        let now = Arc::new(move || concord_engine::Clock::now(&*clock));
        let feed = Twin::new(TwinSettings::new("https://feeds.test", now));
        feed.control("POST", "quirks", &json!({ "feeds": quirks })).unwrap();
        let way = Arc::new(Way { twin: feed.clone(), calls: AtomicU64::new(0), bytes: AtomicU64::new(0) });
        let adapter = Arc::new(Ics::new(ics::Settings::default(), way.clone(), way.clone()));
        world.engine.providers.insert("ics".into(), adapter);
        let login = Login::token("https://feeds.test/feeds/alice/home.ics");
        let account = connect::add(&world.engine, world.workspace, world.alice, &"ics".into(), login, None)
            .await
            .unwrap();
        let mut all = Subscribed { world, feed, way, link: LinkId(uuid::Uuid::nil()) };
        for n in 0..events {
            all.publishes(&format!("e{n}"), 10 + n, &format!("Event {n}"));
        }
        let calendar = CalendarId::from("primary");
        let (engine, workspace) = (&all.world.engine, all.world.workspace);
        let link = links::add(engine, workspace, account.id, &calendar, Settings::default()).await.unwrap();
        all.link = link.id;
        all.look().await;
        all
    }

    fn person(&self, body: &Value) {
        self.feed.control("POST", "event", body).unwrap();
    }

    fn publishes(&self, id: &str, day: u32, title: &str) {
        let (month, day) = if day > 30 { (12, day - 30) } else { (11, day) };
        let start = format!("2026-{month}-{day:02}T10:00:00Z");
        self.person(&json!({ "do": "create", "id": id, "fields": { "summary": title, "start": start } }));
    }

    fn withdraws(&self, id: &str) {
        self.person(&json!({ "do": "delete", "id": id }));
    }

    fn answers(&self, feeds: Value) {
        self.feed.control("POST", "quirks", &json!({ "feeds": feeds })).unwrap();
    }

    /// One run, now.
    async fn look(&self) -> Report {
        self.world.run(self.link).await
    }

    /// One run, a quarter of an hour later.
    async fn look_later(&self) -> Report {
        self.world.advance(SignedDuration::from_mins(15));
        self.look().await
    }

    async fn ids(&self) -> Vec<EventId> {
        let mut ids: Vec<EventId> = self.world.events().await.iter().map(|event| event.id).collect();
        ids.sort();
        ids
    }
}

fn numbers(events: std::ops::Range<u32>) -> Vec<String> {
    events.map(|n| format!("202611{}T100000 Event {n}", 10 + n)).collect()
}

#[tokio::test]
async fn a_feed_is_read_and_never_written() {
    let all = Subscribed::to(2, json!({})).await;
    let world = &all.world;
    assert_eq!(world.here().await, numbers(0..2));
    // What happens here goes nowhere, and what came in is not changed here.
    world.make("2026-11-20 10:00", "Ours").await;
    let report = all.look().await;
    assert_eq!((report.status, report.tally.pushed), (Some(RunStatus::Success), 0));
    let theirs = world.events().await.into_iter().find(|event| event.content.title == "Event 0").unwrap();
    let by = Actor::User(world.alice);
    let deleted = edit::delete(&world.engine, world.workspace, theirs.id, edit::Scope::All, None, by).await;
    assert!(matches!(deleted, Err(Error::ReadOnly(_))), "{deleted:?}");
    for direction in [Direction::Both, Direction::Push] {
        let set = links::set(&world.engine, world.workspace, all.link, |s| s.direction = direction).await;
        assert!(matches!(set, Err(Error::Invalid { field: "direction", .. })), "{direction:?}");
    }
    let verbs = all.feed.calls(0).into_iter().filter(|call| call.method != "GET").count();
    assert_eq!(verbs, 0, "nothing but GET");
}

#[tokio::test]
async fn a_quiet_feed_costs_one_call_and_no_file() {
    let all = Subscribed::to(20, json!({})).await;
    let (calls, bytes) = (all.way.calls.load(Ordering::Relaxed), all.way.bytes.load(Ordering::Relaxed));
    for _ in 0..4 {
        all.look_later().await;
    }
    assert_eq!(all.way.calls.load(Ordering::Relaxed) - calls, 4);
    assert_eq!(all.way.bytes.load(Ordering::Relaxed) - bytes, 0, "304 each time");
}

#[tokio::test]
async fn a_feed_is_left_alone_between_looks_unless_somebody_asks() {
    let all = Subscribed::to(1, json!({})).await;
    let report = all.look().await;
    let wait = report.due_at.unwrap().duration_since(concord_engine::Clock::now(&*all.world.clock));
    assert!(wait >= SignedDuration::from_mins(11), "{wait:?}");
}

#[tokio::test]
async fn a_changed_event_is_the_same_one_changed() {
    let all = Subscribed::to(3, json!({})).await;
    let before = all.ids().await;
    all.person(&json!({ "do": "change", "id": "e1", "fields": { "summary": "Moved", "start": "2026-11-25T10:00:00Z" } }));
    all.look_later().await;
    assert_eq!(all.ids().await, before);
    assert_eq!(
        all.world.here().await,
        ["20261110T100000 Event 0", "20261112T100000 Event 2", "20261125T100000 Moved"]
    );
}

#[tokio::test]
async fn bm_002_a_feed_with_new_names_at_each_download_is_the_same_events() {
    let all = Subscribed::to(50, json!({ "newUids": true })).await;
    let before = all.ids().await;
    assert_eq!(before.len(), 50);
    for _ in 0..10 {
        all.look_later().await;
    }
    assert_eq!(all.ids().await, before);
    // All of it is listed once a day: every name is another one then.
    all.world.advance(SignedDuration::from_hours(25));
    let report = all.look().await;
    assert_eq!(all.ids().await, before);
    assert_eq!((report.tally.pulled, report.tally.deleted), (0, 0), "{report:?}");
    assert!(report.full, "all of it was listed");
}

#[tokio::test]
async fn caldav_trap_30_a_feed_of_new_names_at_each_download_writes_nothing_elsewhere() {
    let all = Subscribed::to(30, json!({ "newUids": true })).await;
    let world = &all.world;
    world.link("primary", Settings::default()).await;
    world.settle().await;
    let there = world.there("primary");
    assert_eq!(there.len(), 30);
    let before = (all.ids().await, world.writes(), all.way.calls.load(Ordering::Relaxed));
    for _ in 0..6 {
        all.look_later().await;
        world.settle().await;
    }
    world.advance(SignedDuration::from_hours(25));
    all.look().await;
    world.settle().await;
    assert!(all.way.calls.load(Ordering::Relaxed) >= before.2 + 7, "it was to be downloaded each time");
    assert_eq!((all.ids().await, world.writes()), (before.0, before.1));
    assert_eq!(world.there("primary"), there);
}

#[tokio::test]
async fn a_feed_that_tells_no_version_or_another_at_each_download_is_no_news() {
    for quirks in [json!({ "validators": false }), json!({ "freshStamps": true })] {
        let all = Subscribed::to(5, quirks.clone()).await;
        let before = (all.ids().await, all.way.bytes.load(Ordering::Relaxed));
        for _ in 0..4 {
            let report = all.look_later().await;
            assert_eq!((report.tally.pulled, report.tally.deleted), (0, 0), "{quirks}: {report:?}");
        }
        assert_eq!(all.ids().await, before.0, "{quirks}");
        assert!(all.way.bytes.load(Ordering::Relaxed) > 4 * before.1 / 2, "{quirks}: it is told each time");
        all.person(&json!({ "do": "change", "id": "e1", "fields": { "summary": "Renamed" } }));
        all.look_later().await;
        assert_eq!(all.ids().await, before.0, "{quirks}");
        assert!(all.world.here().await.contains(&"20261111T100000 Renamed".to_owned()), "{quirks}");
    }
}

#[tokio::test]
async fn an_event_with_another_name_and_another_title_stays_itself_where_all_names_are_new() {
    let all = Subscribed::to(6, json!({ "newUids": true })).await;
    let before = all.ids().await;
    all.person(&json!({ "do": "change", "id": "e2", "fields": { "summary": "Renamed" } }));
    all.look_later().await;
    assert_eq!(all.ids().await, before);
    assert!(all.world.here().await.contains(&"20261112T100000 Renamed".to_owned()));
}

#[tokio::test]
async fn bm_021_what_is_not_a_whole_calendar_deletes_nothing() {
    let all = Subscribed::to(3, json!({})).await;
    let answers = ["nothing", "page", "truncated", "missing", "trouble"];
    for answer in answers {
        all.answers(json!({ "answer": answer }));
        for _ in 0..3 {
            let report = all.look_later().await;
            assert_eq!(report.status, Some(RunStatus::Failed), "{answer}");
        }
        // A whole listing, too.
        all.world.advance(SignedDuration::from_hours(25));
        let wish = Wish { full: true, ..Wish::default() };
        let report =
            schedule::run_now(&all.world.engine, all.link, RunKind::Manual, wish).await.unwrap().unwrap();
        assert_eq!(report.status, Some(RunStatus::Failed), "{answer}");
        assert_eq!(all.ids().await.len(), 3, "{answer}");
    }
    all.answers(json!({ "answer": "whole" }));
    let report = all.look_later().await;
    assert_eq!(report.status, Some(RunStatus::Success));
}

#[tokio::test]
async fn a_feed_whose_address_is_refused_or_has_ended_stops_and_keeps_everything() {
    let all = Subscribed::to(2, json!({})).await;
    let world = &all.world;
    all.answers(json!({ "answer": "ended" }));
    all.look_later().await;
    let mut tx = world.engine.store.read().await.unwrap();
    let link = concord_store::links::get(&mut tx, world.workspace, all.link).await.unwrap();
    assert!(matches!(link.state, LinkState::Stopped { .. }), "{:?}", link.state);
    drop(tx);
    links::pause(&world.engine, world.workspace, all.link, false).await.unwrap();
    all.answers(json!({ "answer": "signIn" }));
    all.look_later().await;
    let mut tx = world.engine.store.read().await.unwrap();
    let account = accounts::get(&mut tx, world.workspace, link.account).await.unwrap();
    assert!(matches!(account.state, AccountState::Reconnect { .. }));
    drop(tx);
    assert_eq!(all.ids().await.len(), 2);
}

#[tokio::test]
async fn what_is_withdrawn_goes_after_having_been_missing_for_a_while() {
    let all = Subscribed::to(3, json!({})).await;
    all.withdraws("e1");
    for _ in 0..3 {
        // However often one looks.
        all.look().await;
        assert_eq!(all.ids().await.len(), 3);
    }
    all.look_later().await;
    assert_eq!(all.world.here().await, ["20261110T100000 Event 0", "20261112T100000 Event 2"]);
}

#[tokio::test]
async fn what_was_missing_once_and_came_back_is_not_gone_when_it_is_missing_again() {
    let all = Subscribed::to(4, json!({})).await;
    let before = all.ids().await;
    for _ in 0..3 {
        all.answers(json!({ "answer": "half" }));
        all.look_later().await;
        all.answers(json!({ "answer": "whole" }));
        all.look_later().await;
        all.world.advance(SignedDuration::from_hours(1));
    }
    assert_eq!(all.ids().await, before);
}

#[tokio::test]
async fn what_is_past_stays_when_its_feed_drops_it() {
    let all = Subscribed::to(3, json!({})).await;
    all.world.advance(SignedDuration::from_hours(24 * 11));
    all.look().await;
    all.withdraws("e0");
    all.withdraws("e2");
    for _ in 0..4 {
        all.look_later().await;
    }
    // Both were over that day, and publishers keep no past.
    assert_eq!(all.ids().await.len(), 3);
}

#[tokio::test]
async fn an_empty_calendar_is_believed_after_a_day() {
    let all = Subscribed::to(3, json!({})).await;
    all.answers(json!({ "answer": "bare" }));
    for _ in 0..20 {
        all.look_later().await;
    }
    assert_eq!(all.ids().await.len(), 3, "after five hours");
    all.world.advance(SignedDuration::from_hours(24));
    all.look().await;
    assert_eq!(all.ids().await.len(), 0);
}

#[tokio::test]
async fn a_feed_that_shrinks_drastically_waits_for_a_person() {
    let all = Subscribed::to(20, json!({})).await;
    // More than ten, and more than a fifth.
    for n in 0..15 {
        all.withdraws(&format!("e{n}"));
    }
    all.look_later().await;
    all.look_later().await;
    assert_eq!(all.ids().await.len(), 20);
    let world = &all.world;
    let mut tx = world.engine.store.read().await.unwrap();
    let link = concord_store::links::get(&mut tx, world.workspace, all.link).await.unwrap();
    assert!(matches!(link.state, LinkState::Braked { .. }), "{:?}", link.state);
}
