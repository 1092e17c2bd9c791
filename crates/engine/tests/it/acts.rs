//! What people and programs do in the world: Bob, clients, sign-ins by browser, answers to questions, second workers.

use axum::body::Body;
use concord_engine::edit::{self, Change, Scope};
use concord_engine::links::{self, Leftovers};
use concord_engine::run::{Only, Report, Wish};
use concord_engine::schedule::{self, Worked};
use concord_engine::{Engine, conflicts as answers, connect};
use concord_model::event::Booking;
use concord_model::link::Settings;
use concord_model::view::{Patch, Value as FieldValue};
use concord_model::{CalendarId, ClientId, Event, LinkId, OccurrenceKey, UserId};
use concord_providers::provider::Login;
use concord_store::accounts::Account;
use concord_store::clients::{self, Client};
use concord_store::conflicts::{self, Conflict, Resolution};
use concord_store::links::Link;
use concord_store::mappings::Mapping;
use concord_store::runs::{self, RunKind};
use concord_store::users::{self, Role, User};
use concord_store::{Actor, accounts};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::served::Served;
use crate::side::Twin;
use crate::world::{START, World, google_times};

/// Someone else with an account at the twin.
pub(crate) struct Other {
    pub(crate) user: UserId,
    pub(crate) account: Account,
}

impl World {
    /// Bob, who is a client, with an account at the twin.
    pub(crate) async fn bob(&self) -> Other {
        let user: UserId = self.engine.id();
        let mut tx = self.engine.store.begin().await.unwrap();
        let bob = User {
            id: user,
            workspace: self.workspace,
            name: "Bob".to_owned(),
            address: Some("bob@twin.test".into()),
            role: Role::Client,
            zone: concord_model::Zone::new("America/New_York").unwrap(),
            created_at: START.parse().unwrap(),
        };
        users::add(&mut tx, &bob).await.unwrap();
        tx.commit().await.unwrap();
        let token = SecretString::from("twin-bob");
        let account =
            connect::add(&self.engine, self.workspace, user, &self.twin.id(), Login::token(token), None)
                .await;
        Other { user, account: account.unwrap() }
    }

    pub(crate) async fn link_of(&self, other: &Other, calendar: &str, settings: Settings) -> Link {
        let calendar = CalendarId::from(calendar);
        links::add(&self.engine, self.workspace, other.account.id, &calendar, settings).await.unwrap()
    }

    pub(crate) async fn client(&self, name: &str, address: &str, user: Option<UserId>) -> ClientId {
        let id: ClientId = self.engine.id();
        let client = Client {
            id,
            workspace: self.workspace,
            name: name.to_owned(),
            address: Some(address.into()),
            phone: Some("+1 555 0100".to_owned()),
            user,
        };
        let mut tx = self.engine.store.begin().await.unwrap();
        clients::add(&mut tx, &client).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A one-on-one session.
    pub(crate) async fn book(&self, when: &str, title: &str) -> Event {
        self.make_with(when, title, |_, b| b.session_type = Some("one_on_one".to_owned())).await
    }

    pub(crate) async fn set_booking(&self, event: &Event, with: impl FnOnce(&mut Booking)) -> Event {
        let mut booking = self.event(event.id).await.booking;
        with(&mut booking);
        let change = Change { booking: Some(booking), ..Change::default() };
        self.change(event, Scope::All, change).await
    }

    /// Changes one occurrence, or it and all that follow. `at` is "2026-11-17 10:00".
    pub(crate) async fn edit_occurrence(
        &self,
        event: &Event,
        scope: fn(OccurrenceKey) -> Scope,
        at: &str,
        to: FieldValue,
    ) {
        let patch: Patch = [(to.field(), to)].into();
        self.change(event, scope(key(at)), Change { patch, ..Change::default() }).await;
    }

    async fn change(&self, event: &Event, scope: Scope, change: Change) -> Event {
        let by = Actor::User(self.alice);
        edit::change(&self.engine, self.workspace, event.id, scope, change, by).await.unwrap().0
    }

    pub(crate) async fn delete_occurrence(&self, event: &Event, at: &str) {
        let (ws, by) = (self.workspace, Actor::User(self.alice));
        edit::delete(&self.engine, ws, event.id, Scope::This(key(at)), None, by).await.unwrap();
    }

    pub(crate) async fn switch(&self, event: &Event, link: LinkId, on: bool) {
        edit::switch(&self.engine, self.workspace, event.id, link, on).await.unwrap();
    }

    pub(crate) async fn undo(&self, event: &Event) {
        concord_engine::undo::undo(&self.engine, self.workspace, event.id, None, self.alice).await.unwrap();
    }

    pub(crate) async fn set(&self, link: LinkId, change: impl FnOnce(&mut Settings)) {
        links::set(&self.engine, self.workspace, link, change).await.unwrap();
    }

    pub(crate) async fn remove(&self, link: LinkId, leftovers: Leftovers) {
        links::remove(&self.engine, self.workspace, link, leftovers).await.unwrap();
    }

    pub(crate) async fn link_row(&self, link: LinkId) -> Link {
        let mut tx = self.engine.store.read().await.unwrap();
        concord_store::links::find(&mut tx, link).await.unwrap()
    }

    /// The one copy of an event on a link that has not ended.
    pub(crate) async fn copy(&self, event: &Event, link: LinkId) -> Mapping {
        let mut living = self.mappings(event).await;
        living.retain(|m| m.link == link && m.ended_at.is_none());
        assert_eq!(living.len(), 1);
        living.remove(0)
    }

    /// The questions that wait for an answer.
    pub(crate) async fn questions(&self) -> Vec<Conflict> {
        self.conflicts(true).await
    }

    pub(crate) async fn conflicts(&self, open: bool) -> Vec<Conflict> {
        let mut tx = self.engine.store.read().await.unwrap();
        conflicts::list(&mut tx, self.workspace, open, None, 1_000).await.unwrap()
    }

    /// Answers all that wait, in the same way.
    pub(crate) async fn answer_all(&self, how: Resolution) -> usize {
        let open = self.questions().await;
        for question in &open {
            let fields = Default::default();
            let (ws, by) = (self.workspace, self.alice);
            answers::answer(&self.engine, ws, question.id, how, fields, by).await.unwrap();
        }
        open.len()
    }

    /// Answers the one question field by field.
    pub(crate) async fn answer_fields(&self, fields: &[(&str, Resolution)]) {
        let open = self.questions().await;
        assert_eq!(open.len(), 1);
        let fields = fields.iter().map(|(name, how)| ((*name).to_owned(), *how)).collect();
        let (ws, by) = (self.workspace, self.alice);
        answers::answer(&self.engine, ws, open[0].id, Resolution::Merge, fields, by).await.unwrap();
    }

    /// All sentences of all runs, in order.
    pub(crate) async fn sentences(&self) -> Vec<String> {
        let mut tx = self.engine.store.read().await.unwrap();
        let mut told = Vec::new();
        let mut all = runs::list(&mut tx, self.workspace, &runs::Filter::default(), 0, 10_000).await.unwrap();
        all.reverse();
        for run in all {
            let (run, lines) = runs::get(&mut tx, self.workspace, run.id).await.unwrap();
            told.extend(lines.into_iter().map(|line| line.text));
            told.push(run.summary);
        }
        told
    }

    /// One run with a wish, now.
    pub(crate) async fn run_with(&self, link: LinkId, wish: Wish) -> Report {
        self.clock.advance(SignedDuration::from_secs(1));
        schedule::run_now(&self.engine, link, RunKind::Manual, wish).await.unwrap().unwrap()
    }

    pub(crate) async fn run_only(&self, link: LinkId, only: Only) -> Report {
        self.run_with(link, Wish { only: Some(only), ..Wish::default() }).await
    }

    /// A second worker on the same database.
    pub(crate) fn other_worker(&self) -> Engine {
        Engine { worker: "other".to_owned(), ..self.engine.clone() }
    }

    /// Works on what is due until nothing is, without waiting.
    pub(crate) async fn work_all(&self, engine: &Engine) -> Vec<Report> {
        let mut reports = Vec::new();
        while let Worked::Ran(report) = schedule::work(engine).await.unwrap() {
            reports.push(*report);
            assert!(reports.len() < 200, "it never ends");
        }
        reports
    }

    /// Holds a run back before its n-th call that has `which` in "VERB /path" while something else happens. `None`
    /// when it has ended before: then nothing has.
    pub(crate) async fn during<T>(
        &self,
        which: &str,
        nth: i64,
        run: impl Future<Output = T>,
        meanwhile: impl Future<Output = ()>,
    ) -> Option<T> {
        let mut run = Box::pin(run);
        self.gate.close(which, nth);
        tokio::select! {
            biased;
            () = self.gate.reached() => {}
            _ = &mut run => {
                self.gate.close("", 0);
                return None;
            }
        }
        Box::pin(meanwhile).await;
        self.gate.open();
        Some(run.await)
    }

    /// Everything that is remembered of a link, to be compared.
    pub(crate) async fn rows(&self, link: LinkId) -> impl PartialEq + use<> {
        let row = self.link_row(link).await;
        let (events, mut copies) = (self.events().await, Vec::new());
        for event in &events {
            copies.extend(self.mappings(event).await);
        }
        let mut tx = self.engine.store.read().await.unwrap();
        let runs = runs::list(&mut tx, self.workspace, &runs::Filter::default(), 0, 10_000).await.unwrap();
        (row, events, copies, runs)
    }

    pub(crate) async fn account_now(&self) -> Account {
        let mut tx = self.engine.store.read().await.unwrap();
        accounts::find(&mut tx, self.account.id).await.unwrap()
    }

    /// A browser goes to the address and comes back with what the provider says: `code`, `state`.
    pub(crate) async fn browse(&self, url: &url::Url) -> std::collections::BTreeMap<String, String> {
        let path = &url[url::Position::BeforePath..];
        let request = http::Request::get(path).body(Body::empty()).unwrap();
        let response = self.twin.router().oneshot(request).await.unwrap();
        let to = response.headers()["location"].to_str().unwrap();
        url::Url::parse(to).unwrap().query_pairs().into_owned().collect()
    }

    pub(crate) fn control(&self, route: &str, body: Value) -> Value {
        self.twin.control("POST", route, &body).unwrap()
    }

    /// What lives in any calendar of the twin, by its id, in the form of [`World::here`].
    pub(crate) fn lines_in(&self, calendar: &str) -> Vec<String> {
        let mut all: Vec<String> = self.living(calendar).iter().map(crate::world::line).collect();
        all.sort();
        all
    }

    pub(crate) fn id_there(&self, calendar: &str, title: &str) -> String {
        let living = self.living(calendar);
        let found = living.iter().find(|e| e["summary"] == title);
        found.unwrap_or_else(|| panic!("no {title} in {living:?}"))["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn change_there(&self, calendar: &str, title: &str, fields: Value) {
        let id = self.id_there(calendar, title);
        self.person(json!({"calendar": calendar, "do": "change", "id": id, "fields": fields}));
    }

    pub(crate) fn delete_there(&self, calendar: &str, title: &str) {
        let id = self.id_there(calendar, title);
        self.person(json!({"calendar": calendar, "do": "delete", "id": id}));
    }

    pub(crate) fn move_there(&self, title: &str, to: &str) {
        let (start, end) = google_times(to);
        self.change_there("primary", title, json!({"start": start, "end": end}));
    }

    /// The calendar server that is there.
    pub(crate) fn server(&self) -> &Served {
        let Twin::Server(server) = &self.twin else { panic!("it is no calendar server") };
        server
    }

    /// How many calls there were that do more than ask.
    pub(crate) fn writes(&self) -> usize {
        match &self.twin {
            Twin::Server(server) => server.writes(),
            _ => self.calls().iter().filter(|call| !call.starts_with("GET")).count(),
        }
    }

    /// How often the twin was called so that "VERB /path" holds that text.
    pub(crate) fn count_calls(&self, which: &str) -> usize {
        self.calls().iter().filter(|c| c.contains(which)).count()
    }
}

/// "2026-11-17 10:00" as the name of an occurrence.
pub(crate) fn key(at: &str) -> OccurrenceKey {
    match at.parse() {
        Ok(day) if !at.contains(':') => OccurrenceKey::Date(day),
        _ => crate::world::span(at).key(),
    }
}

/// Lets several things go on at once, to the end of all.
pub(crate) async fn together<F: Future>(calls: Vec<F>) -> Vec<F::Output> {
    let mut calls: Vec<_> = calls.into_iter().map(|call| (Box::pin(call), None)).collect();
    std::future::poll_fn(|context| {
        for (call, done) in calls.iter_mut().filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(value) = call.as_mut().poll(context) {
                *done = Some(value);
            }
        }
        match calls.iter().all(|(_, done)| done.is_some()) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    calls.into_iter().filter_map(|(_, done)| done).collect()
}
