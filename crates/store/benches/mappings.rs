//! How fast the store reads and writes, on 10,000 mappings.
//!
//! `cargo bench -p concord-store` measures SQLite in a file; beside a cluster (`scripts/postgres run cargo bench …`)
//! Postgres too, which does not wait for the disk there.
#![expect(clippy::unwrap_used, reason = "a step that fails ends the measurement")]

use concord_model::agreed::Base;
use concord_model::event::{Booking, Origin};
use concord_model::link::Settings;
use concord_model::{
    AccountId, CalendarId, Event, EventId, ExternalId, LinkId, MappingId, Moment, ProviderId, Rev, Span,
    UserId, View, WorkspaceId, Zone,
};
use concord_store::accounts::{self, Account, AccountState};
use concord_store::events::{self, Bounds};
use concord_store::links::{self, Link, LinkState};
use concord_store::mappings::{self, Mapping, MappingState, Of};
use concord_store::users::{self, Role, User};
use concord_store::workspaces::{self, Workspace};
use concord_store::{Store, Tx};
use divan::Bencher;
use divan::counter::ItemsCount;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;
use uuid::Uuid;

const COUNT: u128 = 10_000;
const HERE: WorkspaceId = WorkspaceId(Uuid::from_u128(1));
const MIA: UserId = UserId(Uuid::from_u128(2));
const ACCOUNT: AccountId = AccountId(Uuid::from_u128(3));
const LINK: LinkId = LinkId(Uuid::from_u128(4));

fn main() {
    divan::main();
}

/// A database with a link.
struct World {
    runtime: Runtime,
    store: Store,
    _folder: tempfile::TempDir,
}

#[expect(clippy::disallowed_methods, reason = "the measurement's own setting, read in this one place")]
fn cluster() -> Option<String> {
    std::env::var("CONCORD_TEST_POSTGRES").ok()
}

fn databases() -> Vec<&'static str> {
    if cluster().is_some() { vec!["sqlite", "postgres"] } else { vec!["sqlite"] }
}

impl World {
    fn new(database: &str) -> World {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = runtime.block_on(async {
            let url = match (database, cluster()) {
                ("postgres", Some(cluster)) => fresh_database(&cluster, folder.path()).await,
                _ => format!("sqlite://{}", folder.path().join("concord.db").display()),
            };
            let store = Store::open(&url).await.unwrap();
            store.migrate().await.unwrap();
            let mut tx = store.begin().await.unwrap();
            base(&mut tx).await;
            tx.commit().await.unwrap();
            store
        });
        World { runtime, store, _folder: folder }
    }

    /// Runs a transaction.
    fn run<T>(&self, work: impl AsyncFnOnce(&mut Tx) -> T) -> T {
        self.runtime.block_on(async {
            let mut tx = self.store.begin().await.unwrap();
            let done = work(&mut tx).await;
            tx.commit().await.unwrap();
            done
        })
    }
}

/// The cluster is removed with all its databases when the measurement is over.
async fn fresh_database(cluster: &str, folder: &std::path::Path) -> String {
    use sqlx::{ConnectOptions, Executor, postgres::PgConnectOptions};
    let options: PgConnectOptions = format!("{cluster}/postgres").parse().unwrap();
    let name = format!("bench_{}", folder.file_name().unwrap().to_string_lossy().trim_start_matches('.'));
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE \"{name}\" TEMPLATE template0"));
    options.connect().await.unwrap().execute(create).await.unwrap();
    format!("{cluster}/{name}")
}

fn at(n: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + n).unwrap()
}

async fn base(tx: &mut Tx) {
    let zone = Zone::new("Europe/Berlin").unwrap();
    workspaces::add(tx, &Workspace { id: HERE, name: "studio".into(), created_at: at(0) }).await.unwrap();
    let user = User {
        id: MIA,
        workspace: HERE,
        name: "Mia".into(),
        address: None,
        role: Role::Provider,
        zone: zone.clone(),
        created_at: at(0),
    };
    users::add(tx, &user).await.unwrap();
    let account = Account {
        id: ACCOUNT,
        workspace: HERE,
        user: MIA,
        provider: ProviderId::from("google"),
        subject: "mia".into(),
        name: "mia".into(),
        state: AccountState::Active,
        scopes: vec![],
        access_ends_at: None,
        site: None,
        wait_until: None,
        created_at: at(0),
    };
    accounts::upsert(tx, &account).await.unwrap();
    let link = Link {
        id: LINK,
        workspace: HERE,
        account: ACCOUNT,
        user: MIA,
        provider: account.provider,
        calendar: CalendarId::from("calendar"),
        name: "calendar".into(),
        zone: Some(zone),
        writable: true,
        settings: Settings::default(),
        settings_rev: 1,
        state: LinkState::Active,
        cursor: None,
        listing: None,
        window_until: None,
        first_done: false,
        due_at: None,
        wake: false,
        lease_until: None,
        lease_epoch: 0,
        holder: None,
        failures: 0,
        last_attempt_at: None,
        last_success_at: None,
        last_run: None,
        last_status: None,
        last_error: None,
        last_full_at: None,
        next_safety_at: None,
        created_at: at(0),
    };
    links::add(tx, &link).await.unwrap();
}

fn view(n: u128) -> View {
    let zone = Zone::new("Europe/Berlin").unwrap();
    let start = Moment::at(at(n as i64 * 600), zone);
    let end = Moment::at(start.instant() + SignedDuration::from_mins(50), start.zone().clone());
    View {
        location: "Studio A, Example Street 5".into(),
        description: "Bring a mat.\nAsk for the key at the desk. ".repeat(3),
        ..View::new(Span::timed(start, end).unwrap(), format!("Coaching {n}"))
    }
}

fn event(n: u128) -> (Event, Bounds) {
    let content = view(n);
    let bounds = Bounds {
        starts_at: content.time.span.start_instant(&Zone::utc()),
        ends_at: Some(content.time.span.end_instant(&Zone::utc())),
    };
    let event = Event {
        id: EventId(Uuid::from_u128(1_000_000 + n)),
        workspace: HERE,
        owner: MIA,
        uid: format!("{n}@example.org"),
        rev: Rev(1),
        origin: Origin::Platform,
        content,
        booking: Booking::default(),
        personal: Default::default(),
        accepted: Default::default(),
        created_at: at(0),
        updated_at: at(0),
        deleted_at: None,
    };
    (event, bounds)
}

/// Mappings with an agreement each, to be reconciled.
fn all() -> Vec<Mapping> {
    let mapping = |n| Mapping {
        external_id: Some(ExternalId(format!("external{n}"))),
        uid: Some(format!("{n}@example.org")),
        base: Some(Base::of(view(n), view(n))),
        state: MappingState::Pending,
        ..Mapping::new(MappingId(Uuid::from_u128(n + 1)), HERE, LINK)
    };
    (0..COUNT).map(mapping).collect()
}

async fn read_all(tx: &mut Tx) -> usize {
    let (mut count, mut after) = (0, None);
    loop {
        let page = mappings::work(tx, LINK, Of::Newcomers, at(0), after, 200).await.unwrap();
        let Some(last) = page.last() else { return count };
        after = Some(last.id);
        count += page.len();
    }
}

#[divan::bench(args = databases(), sample_count = 5, sample_size = 1)]
fn insert_mappings(bencher: Bencher<'_, '_>, database: &str) {
    let all = all();
    bencher
        .counter(ItemsCount::new(COUNT as u64))
        .with_inputs(|| World::new(database))
        .bench_refs(|world| world.run(async |tx| mappings::save_many(tx, &all).await.unwrap()));
}

#[divan::bench(args = databases(), sample_count = 5, sample_size = 1)]
fn save_known_mappings(bencher: Bencher<'_, '_>, database: &str) {
    let (world, all) = (World::new(database), all());
    world.run(async |tx| mappings::save_many(tx, &all).await.unwrap());
    bencher
        .counter(ItemsCount::new(COUNT as u64))
        .bench_local(|| world.run(async |tx| mappings::save_many(tx, &all).await.unwrap()));
}

#[divan::bench(args = databases(), sample_count = 5, sample_size = 1)]
fn read_work(bencher: Bencher<'_, '_>, database: &str) {
    let (world, all) = (World::new(database), all());
    world.run(async |tx| mappings::save_many(tx, &all).await.unwrap());
    bencher
        .counter(ItemsCount::new(COUNT as u64))
        .bench_local(|| assert_eq!(world.run(async |tx| read_all(tx).await), COUNT as usize));
}

#[divan::bench(args = databases(), sample_count = 5, sample_size = 1)]
fn find_by_external_id(bencher: Bencher<'_, '_>, database: &str) {
    let (world, all) = (World::new(database), all());
    world.run(async |tx| mappings::save_many(tx, &all).await.unwrap());
    let ids: Vec<ExternalId> = all.iter().filter_map(|m| m.external_id.clone()).collect();
    bencher
        .counter(ItemsCount::new(COUNT as u64))
        .bench_local(|| world.run(async |tx| mappings::by_external(tx, LINK, &ids).await.unwrap().len()));
}

#[divan::bench(args = databases(), sample_count = 5, sample_size = 1)]
fn stamp_a_listing(bencher: Bencher<'_, '_>, database: &str) {
    let (world, all) = (World::new(database), all());
    world.run(async |tx| mappings::save_many(tx, &all).await.unwrap());
    let ids: Vec<ExternalId> = all.iter().filter_map(|m| m.external_id.clone()).collect();
    let mut number = 0;
    bencher.counter(ItemsCount::new(COUNT as u64)).bench_local(|| {
        number += 1;
        world.run(async |tx| mappings::stamp_listed(tx, LINK, &ids, number).await.unwrap())
    });
}

#[divan::bench(args = databases(), sample_count = 5, sample_size = 1)]
fn insert_events(bencher: Bencher<'_, '_>, database: &str) {
    let all: Vec<(Event, Bounds)> = (0..COUNT).map(event).collect();
    let all: Vec<(&Event, Bounds)> = all.iter().map(|(event, bounds)| (event, *bounds)).collect();
    bencher
        .counter(ItemsCount::new(COUNT as u64))
        .with_inputs(|| World::new(database))
        .bench_refs(|world| world.run(async |tx| events::insert_all(tx, &all).await.unwrap()));
}
