//! A database for one test, and the few rows that every test needs.

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};

use concord_model::event::{Booking, Origin};
use concord_model::link::Settings;
use concord_model::people::Address;
use concord_model::{
    AccountId, CalendarId, ClientId, ConflictId, Event, EventId, LinkId, MappingId, Moment, ProviderId, Rev,
    RunId, Span, UserId, View, WorkspaceId, Zone,
};
use concord_store::accounts::{self, Account, AccountState};
use concord_store::clients::{self, Client};
use concord_store::events::{self, Bounds};
use concord_store::links::{self, Link, LinkState};
use concord_store::mappings::Mapping;
use concord_store::users::{self, Role, User};
use concord_store::workspaces::{self, Workspace};
use concord_store::{Store, Tx};
use futures_util::FutureExt;
use jiff::Timestamp;
use sqlx::{ConnectOptions, Connection, Executor, postgres::PgConnectOptions};
use uuid::Uuid;

/// Which database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Memory,
    Postgres,
}

/// A database for one test.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) url: String,
    pub(crate) kind: Kind,
    folder: tempfile::TempDir,
}

/// Runs one promise against a fresh database, and removes the database.
pub(crate) fn keeps<F: Future<Output = ()>>(kind: Kind, promise: fn(World) -> F) {
    runtime().block_on(async {
        let world = World::bare(kind).await;
        world.store.migrate().await.unwrap();
        let url = world.url.clone();
        let kept = AssertUnwindSafe(promise(world)).catch_unwind().await;
        if kind == Kind::Postgres {
            drop_database(&url).await;
        }
        if let Err(broken) = kept {
            resume_unwind(broken);
        }
    });
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the tests' own setting, read in this one place")]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn cluster() -> String {
    setting("CONCORD_TEST_POSTGRES")
        .expect("CONCORD_TEST_POSTGRES is not set: run `make test`, or `scripts/postgres run <command>`")
}

async fn admin(sql: String) {
    let options: PgConnectOptions = format!("{}/postgres", cluster()).parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

pub(crate) async fn drop_database(url: &str) {
    let name = url.rsplit('/').next().unwrap();
    admin(format!("DROP DATABASE \"{name}\" WITH (FORCE)")).await;
}

impl World {
    /// A database without tables.
    pub(crate) async fn bare(kind: Kind) -> World {
        let folder = tempfile::tempdir().unwrap();
        let url = match kind {
            Kind::File => format!("sqlite://{}", folder.path().join("concord.db").display()),
            Kind::Memory => "sqlite::memory:".to_owned(),
            Kind::Postgres => {
                // The folder's name is as unique as the database's has to be: tests run in many processes.
                let name = folder.path().file_name().unwrap().to_string_lossy();
                let name = format!("concord_{}_{}", std::process::id(), name.trim_start_matches('.'));
                admin(format!("CREATE DATABASE \"{name}\" TEMPLATE template0")).await;
                format!("{}/{name}", cluster())
            }
        };
        World { store: Store::open(&url).await.unwrap(), url, kind, folder }
    }

    /// The folder of the file, and of its logs.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) async fn begin(&self) -> Tx {
        self.store.begin().await.unwrap()
    }

    /// Runs a statement of the test's own.
    pub(crate) async fn execute(&self, sql: &'static str) {
        match self.kind {
            Kind::Postgres => {
                let options: PgConnectOptions = self.url.parse().unwrap();
                options.connect().await.unwrap().execute(sql).await.unwrap();
            }
            Kind::File => {
                let options: sqlx::sqlite::SqliteConnectOptions = self.url.parse().unwrap();
                options.connect().await.unwrap().execute(sql).await.unwrap();
            }
            Kind::Memory => unreachable!("nobody else can open it"),
        }
    }
}

/// The n-th second of the test's time.
pub(crate) fn at(n: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + n).unwrap()
}

/// The n-th identifier: they sort by n.
pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Chance that counts, and so never repeats.
pub(crate) fn chance(seed: u64) -> impl FnMut(&mut [u8]) + Send {
    let mut n = seed << 32;
    move |bytes: &mut [u8]| {
        for chunk in bytes.chunks_mut(8) {
            n += 1;
            // Spread over all bytes, so that no two cells have anything in common.
            let mixed =
                (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (n >> 7)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            chunk.copy_from_slice(&mixed.to_be_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) const HERE: WorkspaceId = WorkspaceId(Uuid::from_u128(0xA));
pub(crate) const ELSEWHERE: WorkspaceId = WorkspaceId(Uuid::from_u128(0xB));
pub(crate) const MIA: UserId = UserId(Uuid::from_u128(0x1A));
pub(crate) const BEN: UserId = UserId(Uuid::from_u128(0x1B));
pub(crate) const ZOE: UserId = UserId(Uuid::from_u128(0x1C));

pub(crate) fn workspace(id: WorkspaceId) -> Workspace {
    Workspace { id, name: "studio".to_owned(), created_at: at(0) }
}

pub(crate) fn user(id: UserId, workspace: WorkspaceId, name: &str) -> User {
    User {
        id,
        workspace,
        name: name.to_owned(),
        address: Some(Address::from(format!("{name}@example.org"))),
        role: Role::Provider,
        zone: Zone::new("Europe/Berlin").unwrap(),
        created_at: at(0),
    }
}

pub(crate) fn account(n: u128, user: UserId) -> Account {
    Account {
        id: AccountId(id(0x2000 + n)),
        workspace: HERE,
        user,
        provider: ProviderId::from("google"),
        subject: format!("subject {n}"),
        name: format!("account {n}"),
        state: AccountState::Active,
        scopes: vec!["calendar".to_owned()],
        access_ends_at: None,
        site: None,
        wait_until: None,
        created_at: at(0),
    }
}

pub(crate) fn link(n: u128, account: &Account) -> Link {
    Link {
        id: LinkId(id(0x3000 + n)),
        workspace: account.workspace,
        account: account.id,
        user: account.user,
        provider: account.provider.clone(),
        calendar: CalendarId(format!("calendar {n}")),
        name: format!("link {n}"),
        zone: None,
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
    }
}

pub(crate) fn client(n: u128, name: &str) -> Client {
    Client {
        id: ClientId(id(0x4000 + n)),
        workspace: HERE,
        name: name.to_owned(),
        address: None,
        phone: None,
        user: None,
    }
}

pub(crate) fn event(n: u128, title: &str) -> Event {
    let zone = Zone::new("Europe/Berlin").unwrap();
    let start = Moment::at(at(n as i64 * 3600), zone.clone());
    let end = Moment::at(at(n as i64 * 3600 + 1800), zone);
    Event {
        id: EventId(id(0x5000 + n)),
        workspace: HERE,
        owner: MIA,
        uid: format!("uid-{n}"),
        rev: Rev(1),
        origin: Origin::Platform,
        content: View::new(Span::timed(start, end).unwrap(), title),
        booking: Booking::default(),
        personal: Default::default(),
        accepted: Default::default(),
        created_at: at(0),
        updated_at: at(0),
        deleted_at: None,
    }
}

/// From when to when an event of this file lasts.
pub(crate) fn bounds(event: &Event) -> Bounds {
    let utc = Zone::utc();
    Bounds {
        starts_at: event.content.time.span.start_instant(&utc),
        ends_at: Some(event.content.time.span.end_instant(&utc)),
    }
}

pub(crate) fn mapping(n: u128, link: &Link) -> Mapping {
    Mapping::new(MappingId(id(0x6000 + n)), link.workspace, link.id)
}

pub(crate) fn run_id(n: u128) -> RunId {
    RunId(id(0x7000 + n))
}

pub(crate) fn conflict_id(n: u128) -> ConflictId {
    ConflictId(id(0x8000 + n))
}

/// Adds two workspaces; Mia and Ben are in the first one, Zoe is in the other.
pub(crate) async fn people(world: &World) {
    let mut tx = world.begin().await;
    workspaces::add(&mut tx, &workspace(HERE)).await.unwrap();
    workspaces::add(&mut tx, &workspace(ELSEWHERE)).await.unwrap();
    users::add(&mut tx, &user(MIA, HERE, "mia")).await.unwrap();
    users::add(&mut tx, &user(BEN, HERE, "ben")).await.unwrap();
    users::add(&mut tx, &user(ZOE, ELSEWHERE, "zoe")).await.unwrap();
    tx.commit().await.unwrap();
}

/// Adds the people, and an account of Mia's.
pub(crate) async fn one_account(world: &World) -> Account {
    people(world).await;
    let mut tx = world.begin().await;
    let account = accounts::upsert(&mut tx, &account(1, MIA)).await.unwrap();
    tx.commit().await.unwrap();
    account
}

/// Adds the people, and a link of Mia's.
pub(crate) async fn one_link(world: &World) -> Link {
    let account = one_account(world).await;
    let mut tx = world.begin().await;
    let link = links::add(&mut tx, &link(1, &account)).await.unwrap();
    tx.commit().await.unwrap();
    link
}

/// Adds an event.
pub(crate) async fn add_event(world: &World, event: &Event) {
    let mut tx = world.begin().await;
    events::insert(&mut tx, event, bounds(event)).await.unwrap();
    tx.commit().await.unwrap();
}

pub(crate) async fn add_client(world: &World, client: &Client) {
    let mut tx = world.begin().await;
    clients::add(&mut tx, client).await.unwrap();
    tx.commit().await.unwrap();
}
