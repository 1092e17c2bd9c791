//! Credentials, logs, chance and locks: what must not be written down, guessed, or held while somebody else is waited for
//! (BM-078 to BM-090, BM-110, BM-115).

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use concord_engine::{channels, connect, schedule, verify};
use concord_model::event::Booking;
use concord_model::link::{Frequency, Settings, Sight};
use concord_model::{LinkId, View};
use concord_store::accounts::{self, AccountState};
use concord_store::runs::RunKind;
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::people::guest;
use crate::signin::{sign_in, signed_in};
use crate::world::World;

/// The process ends at any step of a renewal: what opens afterwards is the old credential whole or the new one whole.
#[tokio::test]
async fn bm_078_a_credential_is_replaced_whole_or_not_at_all() {
    for half_calls in 1..=4 {
        let (world, link) = signed_in().await;
        let open = async || {
            let mut tx = world.engine.store.read().await.unwrap();
            let account = accounts::find(&mut tx, world.account.id).await.unwrap();
            let (secret, version) =
                accounts::open_grant(&mut tx, &world.engine.vault, &account).await.unwrap();
            (
                secret.access.expose_secret().to_owned(),
                secret.refresh.is_some(),
                version,
                account.access_ends_at,
            )
        };
        let before = open().await;
        assert!(before.1);
        world.advance(SignedDuration::from_hours(2));
        world.make("2026-12-01 10:00", "Coaching").await;
        world.fuse.light(half_calls);
        tokio::select! {
            biased;
            () = world.fuse.burnt.notified() => {}
            _ = world.run(link) => panic!("it was to crash"),
        }
        world.fuse.light(0);
        let after = open().await;
        let changed = [before.0 != after.0, before.2 != after.2, before.3 != after.3];
        assert!(changed == [true; 3] || changed == [false; 3], "{half_calls}: {changed:?}");
        assert!(after.1, "{half_calls}: it can be renewed");
    }
}

/// While a call is on its way, anybody can write to the database: nothing is held open for an answer.
#[tokio::test]
async fn bm_079_no_transaction_is_open_while_a_provider_is_called() {
    let mut nth = 0;
    loop {
        nth += 1;
        let (world, link) = signed_in().await;
        let event = world.make("2026-12-01 10:00", "Coaching").await;
        world.settle().await;
        // A renewal, a look, a making sure, a write.
        world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
        world.make("2026-12-02 10:00", "New").await;
        let gone = world.person_makes("2026-12-03 10:00", "Gone");
        world.run(link).await;
        world.person(json!({"calendar": "primary", "do": "delete", "id": gone}));
        world.edit(&event, |v| v.location = "Studio C".to_owned()).await;
        world.advance(SignedDuration::from_hours(2));
        let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
        let free = async {
            let begun = tokio::time::timeout(Duration::from_secs(5), world.engine.store.begin()).await;
            begun
                .unwrap_or_else(|_| panic!("call {nth}: the database is held"))
                .unwrap()
                .commit()
                .await
                .unwrap();
        };
        if world.during("", nth, run, free).await.is_none() {
            break;
        }
    }
    assert!(nth > 3, "it renews, looks and writes: {nth}");
}

#[tokio::test]
async fn bm_081_a_sign_in_that_ends_after_a_week_says_what_to_look_at() {
    let world = World::new().await;
    world.control("quirks", json!({"refreshTokenSeconds": 604_800}));
    sign_in(&world).await.unwrap();
    world.link("primary", Settings::default()).await;
    for day in 0..9 {
        assert_eq!(world.account_now().await.state == AccountState::Active, day < 7, "day {day}");
        world.advance(SignedDuration::from_hours(24));
        world.settle().await;
    }
    let AccountState::Reconnect { why } = world.account_now().await.state else { panic!("it has ended") };
    assert!(why.contains("Testing") && why.contains("seven days"), "{why}");
}

/// What is written to the log.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A run, where one may be made.
async fn tried(world: &World, link: LinkId) {
    world.advance(SignedDuration::from_secs(1));
    schedule::run_now(&world.engine, link, RunKind::Manual, Default::default()).await.unwrap();
}

/// A life with everything that goes wrong, and what was logged of it at the most talkative.
async fn a_logged_life() -> (World, String) {
    let paper = Paper::default();
    let pen = paper.clone();
    let log =
        tracing_subscriber::fmt().with_env_filter("trace").with_ansi(false).with_writer(move || pen.clone());
    let writing = tracing::subscriber::set_default(log.finish());
    let (mut world, link) = signed_in().await;
    world.engine.notices_url = Some("https://concord.test/hear/".parse().unwrap());
    world.set(link, |s| s.sight = Sight { guests: true, contacts: true, ..Sight::default() }).await;
    let client = world.client("Anna Abelard", "anna.abelard@else.where", None).await;
    let with = |v: &mut View, b: &mut Booking| {
        v.attendees = vec![guest("carol.carmine")];
        v.description = "Zebulon pays".to_owned();
        v.location = "Zebulon street".to_owned();
        b.notes = "Zebulon notes".to_owned();
        b.clients = vec![client];
    };
    let event = world.make_with("2026-12-01 10:00", "Zebulon session", with).await;
    world.settle().await;
    channels::sweep(&world.engine).await.unwrap();
    for kind in ["drop_before", "drop_after", "reset", "truncate", "garbage", "empty"] {
        world.faults(json!({"kind": kind, "count": 4}));
        world.edit(&event, |v| v.location = format!("Zebulon {kind}")).await;
        tried(&world, link).await;
        channels::sweep(&world.engine).await.unwrap();
        world.calm();
        world.advance(SignedDuration::from_hours(2));
        world.settle().await;
    }
    for (status, reason) in [
        (400, "invalid"),
        (401, "authError"),
        (403, "forbidden"),
        (404, "notFound"),
        (409, "duplicate"),
        (410, "deleted"),
        (412, "conditionNotMet"),
        (429, "rateLimitExceeded"),
        (500, "backendError"),
    ] {
        for verb in ["GET", "PATCH"] {
            let matched = json!({"method": verb, "path": "/events"});
            world.faults(
                json!({"match": matched, "kind": "status", "status": status, "reason": reason, "count": 3}),
            );
            world.edit(&event, |v| v.location = format!("Zebulon {verb} {status}")).await;
            tried(&world, link).await;
            world.calm();
            world.advance(SignedDuration::from_hours(2));
            world.settle().await;
        }
    }
    verify::verify(&world.engine, world.workspace, link).await.ok();
    world.control("tokens", json!({"do": "revoke", "user": "alice"}));
    tried(&world, link).await;
    connect::test(&world.engine, world.workspace, world.account.id).await.ok();
    drop(writing);
    let written = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    (world, written)
}

#[tokio::test]
async fn bm_085_and_115_whatever_fails_the_log_holds_no_key_and_nothing_of_anybody() {
    let (world, written) = a_logged_life().await;
    assert!(written.lines().count() > 20, "a log at its most talkative: {written}");
    let mut tx = world.engine.store.read().await.unwrap();
    let account = accounts::find(&mut tx, world.account.id).await.unwrap();
    let (secret, _) = accounts::open_grant(&mut tx, &world.engine.vault, &account).await.unwrap();
    drop(tx);
    let mut planted = vec!["twin-secret".to_owned(), "twin-alice".to_owned(), "Bearer".to_owned()];
    planted.push(secret.access.expose_secret().to_owned());
    planted.extend(secret.refresh.map(|refresh| refresh.expose_secret().to_owned()));
    let people = ["Zebulon", "Anna Abelard", "Abelard", "anna.abelard", "carol.carmine"].map(str::to_owned);
    for text in
        planted.iter().map(|secret| &secret[..secret.len().min(12)]).chain(people.iter().map(String::as_str))
    {
        let found: Vec<_> = written.lines().filter(|line| line.contains(text)).collect();
        assert!(found.is_empty(), "{text} is in the log: {found:#?}");
    }
    // What people are told of runs names events, and neither guests nor notes.
    for line in world.sentences().await {
        for text in ["carol.carmine", "anna.abelard", "Zebulon notes", "Zebulon pays"] {
            assert!(!line.contains(text), "{line}");
        }
    }
}

/// A name of 128 random bits is never made twice, and what cannot be guessed is longer.
#[tokio::test]
async fn bm_090_the_name_of_a_channel_is_made_once() {
    let mut world = World::new().await;
    world.engine.notices_url = Some("https://concord.test/hear/".parse().unwrap());
    let mut names = BTreeSet::new();
    let mut links = Vec::new();
    for calendar in ["primary", "Team"] {
        links.push(world.link(calendar, Settings::default()).await.id);
    }
    for _ in 0..20 {
        channels::sweep(&world.engine).await.unwrap();
        world.control("channels", json!({"do": "expire"}));
        world.advance(SignedDuration::from_hours(24 * 8));
    }
    let mut tx = world.engine.store.read().await.unwrap();
    for link in links {
        for channel in concord_store::channels::of_link(&mut tx, link).await.unwrap() {
            assert!(channel.external.len() >= 32 && channel.external.chars().all(|c| c.is_ascii_hexdigit()));
            assert_eq!(channels_secret(&world, &mut tx, &channel).await, 48);
            assert!(names.insert(channel.external), "twice");
        }
    }
    assert!(names.len() > 20, "{}", names.len());
    let many: BTreeSet<String> = (0..100_000).map(|_| world.engine.secret::<16>()).collect();
    assert_eq!(many.len(), 100_000);
}

async fn channels_secret(
    world: &World,
    tx: &mut concord_store::Tx,
    channel: &concord_store::channels::Channel,
) -> usize {
    concord_store::channels::secret(tx, &world.engine.vault, channel).await.unwrap().expose_secret().len()
}

/// Calendars that were all linked at one moment are looked at at different ones soon.
#[tokio::test]
async fn bm_110_calendars_with_one_interval_are_not_looked_at_at_one_moment() {
    let world = World::new().await;
    let mut links: Vec<LinkId> = Vec::new();
    let every = Settings { frequency: Frequency::EveryMinutes(15), ..Settings::default() };
    for n in 0..60 {
        let id = format!("room{n}");
        world.control("calendar", json!({"do": "create", "id": id, "fields": {"summary": id}}));
        links.push(world.link(&id, every.clone()).await.id);
    }
    for _ in 0..4 {
        world.advance(SignedDuration::from_mins(16));
        world.work_all(&world.engine).await;
    }
    let mut minutes = std::collections::BTreeMap::<i64, usize>::new();
    for link in links {
        let due = world.link_row(link).await.due_at.unwrap();
        *minutes.entry(due.duration_since(world.engine.now()).as_secs() / 60).or_default() += 1;
    }
    // Fifteen minutes, a quarter of them spread: at most three times the mean of those.
    assert!(minutes.len() >= 3 && minutes.values().all(|n| *n <= 45), "{minutes:?}");
}
