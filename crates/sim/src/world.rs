//! One world: the real engine, store and adapters, the twins, people, and workers that move when they are told to.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use concord_engine::run::{Report, Wish};
use concord_engine::schedule::{self, Next};
use concord_engine::{Chance, Engine, Timing, channels, connect, links, upkeep};
use concord_model::privacy::{Detail, PrivateEvents};
use concord_model::{AccountId, CalendarId, Event, Field, LinkId, ProviderId, UserId, WorkspaceId, Zone};
use concord_providers::Provider;
use concord_providers::provider::Entrance;
use concord_store::links::Link;
use concord_store::runs::RunKind;
use concord_store::users::{Role, User};
use concord_store::vault::{MasterKey, Vault};
use concord_store::{events, users, workspaces};
use jiff::SignedDuration;
use url::Url;

use crate::clock::{Dice, HostClock, Time};
use crate::door::{Door, Hush, Net};
use crate::history::History;
use crate::outcome::Violation;
use crate::people::Backup;
use crate::plan::Plan;
use crate::script::Job;
use crate::seat::{Claim, Seat};
use crate::sides::{self, Place, Side, ZONE};
use crate::trace::Trace;

/// What stops a world before its end: something that cannot be, outside of what is tested.
pub(crate) type Stop = Violation;

/// What a worker is doing.
type Work = Pin<Box<dyn Future<Output = Ended>>>;

/// How it ended.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// In words.
    pub(crate) line: String,
    /// Whether anything was done, or has still to be.
    pub(crate) busy: bool,
    /// Whether a run was made.
    pub(crate) ran: bool,
    /// Whether its writes were refused because another worker had taken over.
    pub(crate) fenced: bool,
    /// Whether what it learnt was kept.
    pub(crate) told: bool,
}

/// A worker.
pub(crate) struct Worker {
    pub(crate) seat: Arc<Seat>,
    pub(crate) clock: Arc<HostClock>,
    engine: Engine,
    work: Option<Work>,
    /// For how many steps it gets no turns.
    pub(crate) asleep: u32,
}

/// One world.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) time: Arc<Time>,
    pub(crate) trace: Arc<Trace>,
    pub(crate) sides: Vec<Arc<dyn Side>>,
    pub(crate) net: Arc<Net>,
    pub(crate) history: Arc<Mutex<History>>,
    /// What people use: never held up, never broken.
    pub(crate) engine: Engine,
    pub(crate) workers: Vec<Worker>,
    pub(crate) workspace: WorkspaceId,
    pub(crate) users: Vec<UserId>,
    pub(crate) accounts: BTreeMap<(usize, usize), AccountId>,
    /// By the number of the plan's link; none where the link could not be made.
    pub(crate) links: Vec<Option<LinkId>>,
    pub(crate) step: usize,
    pub(crate) story: Vec<String>,
    pub(crate) seen: crate::checks::Seen,
    /// The last backup that somebody made.
    pub(crate) backup: Option<Backup>,
}

impl World {
    /// The world of a plan, before its first step.
    pub(crate) async fn new(plan: &Plan, trace: Arc<Trace>) -> Result<World, Stop> {
        let time = Time::new();
        let history = Arc::new(Mutex::new(History::new(plan.tidies)));
        let sides = sides::all(plan, &time);
        let honest = plan.has_honest_clocks();
        let net = Net::new(sides.clone(), time.clone(), trace.clone(), history.clone(), honest);
        let store = crate::template::store().await.map_err(|e| broken("the database was not made", &e))?;
        let dice = Dice::new(plan.seed);
        let key = MasterKey::generate(&mut |bytes: &mut [u8]| dice.fill(bytes));
        let vault = Arc::new(Vault::new(vec![key]).expect("there is a key"));
        let people = Door { seat: None, net: net.clone() };
        let engine = Engine {
            store: store.clone(),
            providers: adapters(&sides, Arc::new(people)),
            vault,
            clock: HostClock::new(time.clone(), SignedDuration::ZERO),
            chance: dice,
            timing: Timing::default(),
            notices_url: Some(notices_url()),
            worker: "people".to_owned(),
        };
        let workers = plan.workers.iter().enumerate().map(|(number, worker)| {
            let seat = Seat::new(number, trace.clone());
            let clock = HostClock::new(time.clone(), SignedDuration::from_millis(worker.off_ms));
            let door = Door { seat: Some(seat.clone()), net: net.clone() };
            let engine = Engine {
                store: store.watched(seat.clone()),
                providers: adapters(&sides, Arc::new(door)),
                clock: clock.clone(),
                chance: Dice::new(plan.seed ^ (0x0077_6f72_6b65_7200 + number as u64)),
                worker: format!("worker-{number}"),
                ..engine.clone()
            };
            Worker { seat, clock, engine, work: None, asleep: 0 }
        });
        let workers: Vec<Worker> = workers.collect();
        net.seats(workers.iter().map(|worker| worker.seat.clone()).collect());
        let mut world = World {
            workers,
            workspace: engine.id(),
            plan: plan.clone(),
            time,
            trace,
            sides,
            net,
            history,
            engine,
            users: Vec::new(),
            accounts: BTreeMap::new(),
            links: Vec::new(),
            step: 0,
            story: Vec::new(),
            seen: crate::checks::Seen::default(),
            backup: None,
        };
        world.populate().await?;
        Ok(world)
    }

    async fn populate(&mut self) -> Result<(), Stop> {
        let now = self.time.now();
        let mut tx = self.engine.store.begin().await.map_err(|e| broken("no people", &e))?;
        workspaces::ensure_default(&mut tx, self.workspace, "Simulated", now)
            .await
            .map_err(|e| broken("no workspace", &e))?;
        for number in 0..self.plan.people.len() {
            let user = User {
                id: self.engine.id(),
                workspace: self.workspace,
                name: format!("Person {number}"),
                address: Some(format!("person{number}@sim.test").as_str().into()),
                role: Role::Provider,
                zone: zone(),
                created_at: now,
            };
            users::add(&mut tx, &user).await.map_err(|e| broken("no person", &e))?;
            self.users.push(user.id);
        }
        tx.commit().await.map_err(|e| broken("no people", &e))?;
        for linked in self.plan.links.clone() {
            if !self.accounts.contains_key(&(linked.person, linked.side)) {
                self.connect(linked.person, linked.side).await.map_err(|e| broken("no account", &*e))?;
            }
            let number = self.links.len();
            self.links.push(None);
            self.link(number).await.map_err(|e| broken("no link", &e))?;
        }
        Ok(())
    }

    /// A person connects their account, for the first time or again.
    pub(crate) async fn connect(
        &mut self,
        person: usize,
        side: usize,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let at = self.sides[side].clone();
        let (user, provider) = (self.users[person], at.id());
        let account = match self.signs_in(person, side) {
            false => {
                let login = at.login(person);
                connect::add(&self.engine, self.workspace, user, &provider, login, None).await?
            }
            true => {
                let home: Url = "https://concord.test/calendar/sync/callback".parse()?;
                let started =
                    connect::begin(&self.engine, self.workspace, user, &provider, home, "session").await?;
                at.consents(person);
                let asked = http::Request::get(started.url.as_str()).body(Bytes::new())?;
                let back = at.answer(asked).await.answer?;
                let to = back.headers().get("location").ok_or("the sign-in page did not lead back")?;
                let to = Url::parse(to.to_str()?)?;
                let code = to.query_pairs().find(|(name, _)| name == "code").ok_or("it brought no code")?.1;
                connect::finish(&self.engine, &provider, &started.state, &code, "session").await?
            }
        };
        self.accounts.insert((person, side), account.id);
        Ok(())
    }

    /// Whether a person signs in there by browser; else they hand over what opens the account.
    pub(crate) fn signs_in(&self, person: usize, side: usize) -> bool {
        let provider = &self.engine.providers[&self.sides[side].id()];
        self.plan.people[person].signs_in && provider.entrance() == Entrance::Browser
    }

    /// A person links the calendar of that number of the plan, for the first time or again.
    pub(crate) async fn link(&mut self, number: usize) -> Result<(), concord_engine::Error> {
        let linked = self.plan.links[number].clone();
        let Some(account) = self.accounts.get(&(linked.person, linked.side)).copied() else { return Ok(()) };
        let calendar = CalendarId::from(self.place(number).calendar.as_str());
        let link =
            links::add(&self.engine, self.workspace, account, &calendar, linked.settings.clone()).await?;
        self.links[number] = Some(link.id);
        let mut fields = std::collections::BTreeSet::new();
        let detail = linked.settings.sight.detail;
        if detail != Detail::Full {
            fields.extend([Field::Description, Field::Location]);
        }
        if detail == Detail::Busy {
            fields.insert(Field::Title);
        }
        let no_private = linked.settings.sight.private == PrivateEvents::Exclude;
        self.net.hush(link.id, Some(Hush { calendar: calendar.to_string(), fields, no_private }));
        Ok(())
    }

    /// The calendar of a link of the plan, in its person's eyes.
    pub(crate) fn place(&self, number: usize) -> Place {
        let linked = &self.plan.links[number];
        let calendars = self.sides[linked.side].calendars(linked.person);
        Place { person: linked.person, calendar: calendars[linked.calendar % calendars.len()].clone() }
    }

    /// The side of a link of the plan.
    pub(crate) fn side(&self, number: usize) -> Arc<dyn Side> {
        self.sides[self.plan.links[number].side].clone()
    }

    /// What people have done.
    pub(crate) fn past(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the story on.
    pub(crate) fn tell(&mut self, sentence: String) {
        self.trace.note(format_args!("{sentence}"));
        self.story.push(format!("{:>4}  {sentence}", self.step));
    }

    /// Every link's row.
    pub(crate) async fn link_rows(&self) -> Result<Vec<Link>, concord_store::Error> {
        let mut tx = self.engine.store.read().await?;
        concord_store::links::list(&mut tx, self.workspace).await
    }

    /// Everything that is here and not deleted, in order.
    pub(crate) async fn events(&self) -> Result<Vec<Event>, concord_store::Error> {
        self.events_that_are(false).await
    }

    /// All events that live, or all that were deleted.
    pub(crate) async fn events_that_are(&self, deleted: bool) -> Result<Vec<Event>, concord_store::Error> {
        let mut tx = self.engine.store.read().await?;
        let query = events::Query { limit: 20_000, deleted, ..Default::default() };
        events::list(&mut tx, self.workspace, &query).await
    }

    /// A worker passes so many points, or ends what it does.
    pub(crate) async fn turn(&mut self, worker: usize, points: u32, job: Job) -> Result<Option<Ended>, Stop> {
        let link = self.numbered(job);
        let Some(who) = self.workers.get_mut(worker) else { return Ok(None) };
        let mut work = match who.work.take() {
            Some(work) => work,
            None => begin(who.engine.clone(), who.seat.clone(), job, link),
        };
        who.seat.allow(points);
        let seat = who.seat.clone();
        let polled = poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending if seat.standing().is_some() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        let Ok(ended) = tokio::time::timeout(std::time::Duration::from_secs(60), polled).await else {
            return Err(Violation::new(
                "stuck",
                format!("worker {worker} waits for something that never comes"),
            ));
        };
        let Some(ended) = ended else {
            self.workers[worker].work = Some(work);
            return Ok(None);
        };
        drop(work);
        self.workers[worker].seat.empty();
        self.net.run_ended(worker, ended.told);
        self.trace.note(format_args!("w{worker} {}", ended.line));
        if ended.ran {
            self.trace.count("runs");
        }
        if ended.fenced {
            self.trace.count("late writes refused");
        }
        Ok(Some(ended))
    }

    /// A worker dies where it stands. Returns where that was.
    pub(crate) fn crash(&mut self, worker: usize) -> Option<crate::seat::Point> {
        let who = self.workers.get_mut(worker)?;
        drop(who.work.take()?);
        let at = who.seat.standing();
        who.seat.empty();
        who.asleep = 0;
        self.net.run_ended(worker, false);
        at
    }

    /// All that workers are in the middle of comes to its end.
    pub(crate) async fn finish_work(&mut self) -> Result<(), Stop> {
        for worker in 0..self.workers.len() {
            self.workers[worker].asleep = 0;
            self.workers[worker].seat.disarm();
            if self.workers[worker].work.is_some() {
                self.turn(worker, u32::MAX, Job::Due).await?;
                crate::checks::after_step(self).await?;
            }
        }
        Ok(())
    }

    /// The link that a job is about.
    fn numbered(&self, job: Job) -> Option<LinkId> {
        let (Job::Now(number) | Job::Full(number) | Job::Dry(number)) = job else { return None };
        let count = self.links.len().max(1);
        self.links.get(usize::from(number) % count).copied().flatten()
    }
}

fn begin(engine: Engine, seat: Arc<Seat>, job: Job, link: Option<LinkId>) -> Work {
    Box::pin(async move {
        let wish = match job {
            Job::Channels => {
                let swept = channels::sweep(&engine).await;
                return Ended { line: format!("swept channels: {}", fine(&swept)), ..Ended::default() };
            }
            Job::Upkeep => {
                let swept = upkeep::sweep(&engine).await;
                return Ended { line: format!("upkeep: {}", fine(&swept)), ..Ended::default() };
            }
            Job::Due => None,
            Job::Now(_) => Some(Wish::default()),
            Job::Full(_) => Some(Wish { full: true, ..Wish::default() }),
            Job::Dry(_) => Some(Wish { dry: true, ..Wish::default() }),
        };
        let made = match wish {
            None => match schedule::next(&engine).await {
                Ok(Next::Idle(_)) => {
                    return Ended { line: "idle".to_owned(), told: true, ..Ended::default() };
                }
                Ok(Next::Claimed(link)) => {
                    seat.claimed(Some(Claim { link: link.id, epoch: link.lease_epoch }));
                    schedule::run_claimed(&engine, *link).await
                }
                Err(error) => Err(error),
            },
            Some(wish) => {
                let Some(link) = link else { return Ended::default() };
                match schedule::start(&engine, link, RunKind::Manual, wish).await {
                    Ok(None) => {
                        return Ended { line: "not now".to_owned(), told: true, ..Ended::default() };
                    }
                    Ok(Some(begun)) => {
                        seat.claimed(Some(Claim { link, epoch: -1 }));
                        begun.make(&engine).await
                    }
                    Err(error) => Err(error),
                }
            }
        };
        match made {
            Ok(report) => ended(&report),
            Err(error) => {
                Ended { line: format!("run failed: {error}"), ran: true, busy: true, ..Ended::default() }
            }
        }
    })
}

fn fine<T, E: std::fmt::Display>(result: &Result<T, E>) -> String {
    result.as_ref().map_or_else(ToString::to_string, |_| "done".to_owned())
}

fn ended(report: &Report) -> Ended {
    let fenced = report.stopped.as_deref() == Some("another worker has taken over");
    let status = report.status.map_or("nothing", |status| status.as_str());
    let mut line = format!("ran: {status}");
    let tally = report.tally;
    for (count, words) in [
        (tally.pulled, "taken in"),
        (tally.pushed, "sent out"),
        (tally.deleted, "deleted"),
        (tally.adopted, "recognised"),
        (tally.conflicts, "in conflict"),
        (report.recovered, "recovered"),
        (report.failed, "refused"),
        (report.waiting, "waiting"),
    ] {
        if count > 0 {
            line += &format!(", {count} {words}");
        }
    }
    if let Some(why) = &report.stopped {
        line += &format!("; stopped: {why}");
    }
    Ended {
        line,
        busy: report.tally != Default::default()
            || report.waiting + report.recovered + report.observed > 0
            || report.stopped.is_some(),
        ran: true,
        fenced,
        told: !fenced,
    }
}

fn adapters(sides: &[Arc<dyn Side>], door: Arc<Door>) -> BTreeMap<ProviderId, Arc<dyn Provider>> {
    sides.iter().map(|side| (side.id(), side.adapter(door.clone()))).collect()
}

fn notices_url() -> Url {
    "https://concord.test/".parse().expect("it is an address")
}

/// Where everybody lives.
pub(crate) fn zone() -> Zone {
    Zone::new(ZONE).expect("the zone exists")
}

pub(crate) fn broken(what: &str, error: &(impl std::fmt::Debug + ?Sized)) -> Stop {
    Violation::new("broken", format!("{what}: {error:?}"))
}
