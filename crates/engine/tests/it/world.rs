//! A small world: people with calendars at the twin, Concord between them.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use concord_engine::edit::{self, New};
use concord_engine::run::{Report, Wish};
use concord_engine::schedule::{self, Worked};
use concord_engine::{Chance, Clock, Engine, Timing, connect, links};
use concord_model::event::Booking;
use concord_model::link::Settings;
use concord_model::{Event, LinkId, Moment, Span, UserId, View, WorkspaceId, Zone};
use concord_store::accounts::Account;
use concord_store::links::Link;
use concord_store::mappings::Mapping;
use concord_store::runs::RunKind;
use concord_store::users::{Role, User};
use concord_store::vault::{MasterKey, Vault};
use concord_store::{Actor, Store, events, mappings, users, workspaces};
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::door::{Dice, Door, Fuse, Gate, VirtualClock};
use crate::side::{On, Twin};

/// Everything at once.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) twin: Twin,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) workspace: WorkspaceId,
    pub(crate) alice: UserId,
    pub(crate) account: Account,
    pub(crate) fuse: Arc<Fuse>,
    pub(crate) gate: Arc<Gate>,
}

pub(crate) const START: &str = "2026-11-02T08:00:00Z";

impl World {
    /// Alice, with an account at Google's twin and no link yet.
    pub(crate) async fn new() -> World {
        World::on(On::Google).await
    }

    /// The same, at the twin of either provider.
    pub(crate) async fn on(on: On) -> World {
        World::begun(on, "sqlite::memory:").await
    }

    /// At Google's, with a database that others can open, too.
    pub(crate) async fn kept_in(database: &str) -> World {
        World::begun(On::Google, database).await
    }

    async fn begun(on: On, database: &str) -> World {
        let start: Timestamp = START.parse().unwrap();
        let clock = Arc::new(VirtualClock(AtomicI64::new(start.as_microsecond())));
        World::before(Twin::new(on, &clock), clock, database, 7).await
    }

    /// Another installation of Concord, which knows nothing of this one, before the same twin.
    pub(crate) async fn another(&self) -> World {
        World::before(self.twin.clone(), self.clock.clone(), "sqlite::memory:", 8).await
    }

    async fn before(twin: Twin, clock: Arc<VirtualClock>, database: &str, seed: u64) -> World {
        let start = clock.now();
        let (fuse, gate) = (Arc::new(Fuse::default()), Arc::new(Gate::default()));
        let provider =
            twin.provider(Arc::new(Door { twin: twin.clone(), fuse: fuse.clone(), gate: gate.clone() }));
        let store = Store::open(database).await.unwrap();
        store.migrate().await.unwrap();
        let dice = Arc::new(Dice(Mutex::new(StdRng::seed_from_u64(seed))));
        let key = MasterKey::generate(&mut |bytes: &mut [u8]| dice.fill(bytes));
        let engine = Engine {
            store,
            providers: [(twin.id(), provider)].into(),
            vault: Arc::new(Vault::new(vec![key]).unwrap()),
            clock: clock.clone(),
            chance: dice,
            timing: Timing::default(),
            notices_url: None,
            worker: "test".to_owned(),
        };
        let workspace: WorkspaceId = engine.id();
        let alice: UserId = engine.id();
        let mut tx = engine.store.begin().await.unwrap();
        workspaces::ensure_default(&mut tx, workspace, "Test", start).await.unwrap();
        let user = User {
            id: alice,
            workspace,
            name: "Alice".to_owned(),
            address: Some("alice@twin.test".into()),
            role: Role::Provider,
            zone: Zone::new("America/New_York").unwrap(),
            created_at: start,
        };
        users::add(&mut tx, &user).await.unwrap();
        tx.commit().await.unwrap();
        let account = connect::add(&engine, workspace, alice, &twin.id(), twin.login(), None).await.unwrap();
        World { engine, twin, clock, workspace, alice, account, fuse, gate }
    }

    /// Alice, with her main calendar linked and read once.
    pub(crate) async fn linked() -> (World, LinkId) {
        World::linked_on(On::Google).await
    }

    /// The same, at the twin of either provider.
    pub(crate) async fn linked_on(on: On) -> (World, LinkId) {
        let world = World::on(on).await;
        let link = world.link("primary", Settings::default()).await;
        world.settle().await;
        (world, link.id)
    }

    /// Alice hands over her token or her password again.
    pub(crate) async fn connect(&self) {
        let (id, login) = (self.twin.id(), self.twin.login());
        connect::add(&self.engine, self.workspace, self.alice, &id, login, None).await.unwrap();
    }

    pub(crate) async fn link(&self, calendar: &str, settings: Settings) -> Link {
        let calendar = self.twin.calendar(calendar);
        links::add(&self.engine, self.workspace, self.account.id, &calendar, settings).await.unwrap()
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    /// Makes runs until nothing is due; then, a poll later, what that brings; until it is quiet.
    pub(crate) async fn settle(&self) {
        for _ in 0..6 {
            self.advance(SignedDuration::from_secs(70));
            let mut busy = false;
            for _ in 0..40 {
                match schedule::work(&self.engine).await.unwrap() {
                    Worked::Ran(report) => {
                        busy |= report.tally != Default::default()
                            || report.waiting + report.recovered > 0
                            || report.stopped.is_some();
                    }
                    Worked::Idle(_) => break,
                }
            }
            if !busy {
                return;
            }
        }
    }

    /// One run on a link, now.
    pub(crate) async fn run(&self, link: LinkId) -> Report {
        self.advance(SignedDuration::from_secs(1));
        schedule::run_now(&self.engine, link, RunKind::Manual, Wish::default()).await.unwrap().unwrap()
    }

    pub(crate) async fn dry_run(&self, link: LinkId) -> Report {
        let wish = Wish { dry: true, ..Wish::default() };
        schedule::run_now(&self.engine, link, RunKind::Manual, wish).await.unwrap().unwrap()
    }

    /// An event made here: "2026-11-10 10:00", an hour long, in New York.
    pub(crate) async fn make(&self, when: &str, title: &str) -> Event {
        self.make_with(when, title, |_, _| {}).await
    }

    pub(crate) async fn make_with(
        &self,
        when: &str,
        title: &str,
        with: impl FnOnce(&mut View, &mut Booking),
    ) -> Event {
        let mut content = View::new(span(when), title);
        let mut booking = Booking::default();
        with(&mut content, &mut booking);
        let new = New { owner: self.alice, content, booking, uid: None };
        edit::create(&self.engine, self.workspace, new).await.unwrap()
    }

    pub(crate) async fn edit(&self, event: &Event, change: impl FnOnce(&mut View)) -> Event {
        let now = self.event(event.id).await;
        let mut after = now.content.clone();
        change(&mut after);
        let patch = now.content.differing(&after).iter().map(|f| (f, after.value(f))).collect();
        let change = edit::Change { patch, ..Default::default() };
        let by = Actor::User(self.alice);
        edit::change(&self.engine, self.workspace, event.id, edit::Scope::All, change, by).await.unwrap().0
    }

    pub(crate) async fn delete(&self, event: &Event) {
        let by = Actor::User(self.alice);
        edit::delete(&self.engine, self.workspace, event.id, edit::Scope::All, None, by).await.unwrap();
    }

    pub(crate) async fn event(&self, id: concord_model::EventId) -> Event {
        let mut tx = self.engine.store.read().await.unwrap();
        events::get(&mut tx, self.workspace, id).await.unwrap()
    }

    /// What lives here, as "2026-11-10 10:00 Coaching", ordered.
    pub(crate) async fn here(&self) -> Vec<String> {
        let mut tx = self.engine.store.read().await.unwrap();
        let query = events::Query { limit: 20_000, ..Default::default() };
        let mut all: Vec<String> = events::list(&mut tx, self.workspace, &query)
            .await
            .unwrap()
            .iter()
            .map(|e| format!("{} {}", e.content.time.span.key(), e.content.title))
            .collect();
        all.sort();
        all
    }

    pub(crate) async fn events(&self) -> Vec<Event> {
        let mut tx = self.engine.store.read().await.unwrap();
        let query = events::Query { limit: 20_000, ..Default::default() };
        events::list(&mut tx, self.workspace, &query).await.unwrap()
    }

    pub(crate) async fn mappings(&self, event: &Event) -> Vec<Mapping> {
        let mut tx = self.engine.store.read().await.unwrap();
        mappings::of_event(&mut tx, self.workspace, event.id).await.unwrap()
    }

    /// A person at the twin does something.
    pub(crate) fn person(&self, body: Value) -> Value {
        self.advance(SignedDuration::from_secs(5));
        self.twin.person(body)
    }

    pub(crate) fn person_makes(&self, when: &str, title: &str) -> String {
        let (start, end) = google_times(when);
        let made = self.person(json!({
            "calendar": "primary", "do": "create", "fields": {"summary": title, "start": start, "end": end},
        }));
        made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }

    pub(crate) fn faults(&self, rule: Value) {
        self.twin.control("POST", "faults", &rule).unwrap();
    }

    pub(crate) fn calm(&self) {
        self.twin.control("POST", "faults", &json!({"clear": true})).unwrap();
    }

    /// What lives in a calendar of alice's at the twin, in the same form as [`World::here`].
    pub(crate) fn there(&self, calendar: &str) -> Vec<String> {
        let mut all: Vec<String> = self.living(calendar).iter().map(line).collect();
        all.sort();
        all
    }

    pub(crate) fn living(&self, calendar: &str) -> Vec<Value> {
        self.twin.living(calendar)
    }

    /// Calls to the twin since the count was last taken, without control calls.
    pub(crate) fn calls(&self) -> Vec<String> {
        let log = self.twin.control("GET", "log", &json!({})).unwrap();
        let calls = log["calls"].as_array().or(log.as_array()).unwrap_or_else(|| panic!("{log}")).clone();
        calls
            .iter()
            .map(|c| {
                let text = |name: &str| c[name].as_str().unwrap_or_default().to_owned();
                format!(
                    "{} {} {} {} {}",
                    text("method"),
                    text("path"),
                    text("query"),
                    c["status"],
                    c["fault"]
                )
            })
            .filter(|c| !c.contains("/_twin"))
            .collect()
    }
}

pub(crate) fn line(event: &Value) -> String {
    let start = event["start"]["dateTime"].as_str().or(event["start"]["date"].as_str()).unwrap_or_default();
    let key: String = start.chars().take(19).filter(|c| *c != '-' && *c != ':').collect();
    format!("{key} {}", event["summary"].as_str().unwrap_or_default())
}

pub(crate) fn span(when: &str) -> Span {
    let zone = Zone::new("America/New_York").unwrap();
    let start = Moment::new(when.replace(' ', "T").parse::<jiff::civil::DateTime>().unwrap(), zone.clone());
    let end = Moment::at(start.instant() + SignedDuration::from_hours(1), zone);
    Span::timed(start, end).unwrap()
}

pub(crate) fn google_times(when: &str) -> (Value, Value) {
    let Span::Timed(t) = span(when) else { unreachable!() };
    let told = |m: &Moment| json!({"dateTime": m.wall().to_string(), "timeZone": m.zone().name()});
    (told(t.start()), told(t.end()))
}
