//! The way from us to the other sides: where calls get lost, come twice or late, and where it is seen what is sent.

mod manners;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::{Field, LinkId};
use concord_providers::http::{Http, Lost};
use http::header::RETRY_AFTER;
use http::{Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::history::History;
use crate::outcome::Violation;
use crate::seat::{Point, Seat};
use crate::sides::{Answered, ChangeKind, Side};
use crate::trace::Trace;

/// How long a call takes.
const CALL: SignedDuration = SignedDuration::from_millis(40);
/// How long we wait for an answer.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
/// How long a worker may be still, and nobody goes on with its work: whoever makes calls has a lease that outlasts them by that.
const LEASE: SignedDuration = SignedDuration::from_secs(55);
/// How long a worker that renews a key keeps others from doing the same.
const RENEWAL: SignedDuration = SignedDuration::from_secs(65);

/// What goes wrong on the way, whatever the provider.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTheWay {
    /// A request comes twice; the second answer is the one that arrives.
    Twice,
    /// A request seems lost and arrives later.
    Late,
    /// A worker reaches no provider for a while.
    Cut,
}

impl OnTheWay {
    /// What it is counted as.
    pub fn name(self) -> &'static str {
        match self {
            OnTheWay::Twice => "request that came twice",
            OnTheWay::Late => "request that came late",
            OnTheWay::Cut => "worker cut off",
        }
    }
}

/// What a link may not be told.
#[derive(Clone, Debug)]
pub struct Hush {
    /// Its calendar: what was written there is not hidden there.
    pub calendar: String,
    /// The fields of which nothing may be seen.
    pub fields: BTreeSet<Field>,
    /// Whether private events do not go there at all.
    pub no_private: bool,
}

/// Whoever calls, as a side of that number calls them.
type User = (usize, String);

/// The network of one world.
pub struct Net {
    sides: Vec<Arc<dyn Side>>,
    time: Arc<Time>,
    trace: Arc<Trace>,
    history: Arc<Mutex<History>>,
    wire: Mutex<Wire>,
}

#[derive(Default)]
struct Wire {
    /// Whether all clocks agree, so that a moment can be told.
    honest_clocks: bool,
    armed: Vec<(OnTheWay, u32)>,
    cut: BTreeMap<usize, u32>,
    late: Vec<(usize, Request<Bytes>)>,
    /// What came of those, and of requests that came twice and had their effect twice: calendar, id and number of the change.
    made_late: BTreeMap<(String, String), u64>,
    /// Where a channel was opened by a request that came late.
    opened_late: BTreeSet<String>,
    /// What was said not to be there when it was asked for by its name.
    denied: BTreeSet<String>,
    /// In which step each worker looked at something last, where nothing has a version.
    looked: BTreeMap<(usize, String), usize>,
    /// What was written there over a look, and in which steps that was and is.
    over: Vec<(String, RangeInclusive<usize>)>,
    /// Until when an account may not be called, who was told, and since when everybody can know.
    waits: BTreeMap<User, Wait>,
    renewing: BTreeMap<String, (usize, Timestamp)>,
    /// With what a renewal was asked for whose answer has not come back.
    unanswered: BTreeSet<String>,
    /// Whether such a one was asked for once more, and refused.
    spent: bool,
    hush: BTreeMap<LinkId, Hush>,
    manners: manners::Manners,
    violations: Vec<Violation>,
}

struct Wait {
    /// When whoever called heard of it.
    since: u64,
    until: Timestamp,
    told: Option<usize>,
    known: Option<u64>,
}

impl Net {
    /// The network at a world's beginning.
    pub(crate) fn new(
        sides: Vec<Arc<dyn Side>>,
        time: Arc<Time>,
        trace: Arc<Trace>,
        history: Arc<Mutex<History>>,
        honest_clocks: bool,
    ) -> Arc<Net> {
        let wire = Mutex::new(Wire { honest_clocks, ..Wire::default() });
        Arc::new(Net { sides, time, trace, history, wire })
    }

    /// From now on the clocks do not agree any more.
    pub fn clocks_lie(&self) {
        self.lock().honest_clocks = false;
    }

    /// Whether all clocks have always agreed.
    pub(crate) fn clocks_are_honest(&self) -> bool {
        self.lock().honest_clocks
    }

    /// Lets one of the next calls go wrong: the one after so many.
    pub fn arm(&self, what: OnTheWay, after: u32) {
        self.lock().armed.push((what, after));
    }

    /// Cuts a worker off for so many calls.
    pub fn cut(&self, worker: usize, calls: u32) {
        self.lock().cut.insert(worker, calls);
    }

    /// Says what a link may not be told.
    pub fn hush(&self, link: LinkId, hush: Option<Hush>) {
        match hush {
            Some(hush) => drop(self.lock().hush.insert(link, hush)),
            None => drop(self.lock().hush.remove(&link)),
        }
    }

    /// Lets what was late arrive.
    pub async fn deliver_late(&self) {
        let late = std::mem::take(&mut self.lock().late);
        for (side, request) in late {
            self.trace.note(format_args!("late {} {}", request.method(), request.uri().path()));
            let before = self.sides[side].channels().unwrap_or_default();
            let (answered, made) = self.made_by(side, request).await;
            self.lock().made_late.extend(made);
            let mut opened = self.sides[side].channels().unwrap_or_default();
            for known in before {
                opened.iter().position(|one| *one == known).map(|at| opened.swap_remove(at));
            }
            self.lock().opened_late.extend(opened);
            let status = answered.answer.map_or(0, |answer| answer.status().as_u16());
            self.trace.note(format_args!("late → {status}"));
        }
    }

    /// What a request is answered, and what it makes.
    async fn made_by(
        &self,
        side: usize,
        request: Request<Bytes>,
    ) -> (Answered, Vec<((String, String), u64)>) {
        let side = &self.sides[side];
        let last = side.changes(0).last().map_or(0, |change| change.n);
        let answered = side.answer(request).await;
        let made = side.changes(last).into_iter().filter(|change| change.kind == ChangeKind::Made);
        (answered, made.map(|change| ((change.calendar, change.id), change.n)).collect())
    }

    /// The number of the change by which that was made, if a request made it that came late, or once more. Nobody could help
    /// that it lives then; that it does not stay is asked at the end.
    pub(crate) fn made_late(&self, calendar: &str, id: &str) -> Option<u64> {
        self.lock().made_late.get(&(calendar.to_owned(), id.to_owned())).copied()
    }

    /// Whether a channel of that calendar was opened by a request that came late: after its channel was given up, nobody
    /// knows of it, and it ends by itself.
    pub(crate) fn opened_late(&self, calendar: &str) -> bool {
        self.lock().opened_late.contains(calendar)
    }

    /// Whether it was ever said of something that it is not in that calendar. Who looks for what was moved there has only that
    /// word.
    pub(crate) fn was_denied(&self, calendar: &str, id: &str) -> bool {
        self.lock().denied.iter().any(|path| path.contains(calendar) && path.ends_with(id))
    }

    /// Whether something was written, in that step, between a worker's look at it and its write, where nothing has a version:
    /// nobody can notice that.
    pub(crate) fn was_written_over(&self, id: &str, step: usize) -> bool {
        self.lock().over.iter().any(|(path, steps)| path.ends_with(id) && steps.contains(&step))
    }

    /// Remembers looks, and writes over them.
    fn remember_look(&self, worker: usize, request: &Request<Bytes>) {
        let (path, step) = (request.uri().path().to_owned(), self.trace.at());
        let mut wire = self.lock();
        if request.method() == Method::GET {
            wire.looked.insert((worker, path), step);
        } else if let Some(since) = wire.looked.remove(&(worker, path.clone())) {
            wire.over.push((path, since..=step));
        }
    }

    /// Whether a sign-in ended because the answer to its renewal was lost: some keys are good for one renewal only, and the next
    /// one was in that answer.
    pub(crate) fn renewal_was_lost(&self) -> bool {
        self.lock().spent
    }

    /// What a worker has learnt is in the database now, or lost for ever.
    pub fn run_ended(&self, worker: usize, told: bool) {
        let now = self.trace.tick();
        let mut wire = self.lock();
        wire.manners.run_ended(worker);
        wire.waits.retain(|_, wait| wait.told != Some(worker) || wait.known.is_some() || told);
        for wait in wire.waits.values_mut().filter(|wait| wait.told == Some(worker)) {
            wait.known.get_or_insert(now);
        }
    }

    /// All is well on the way.
    pub async fn calm(&self) {
        {
            let mut wire = self.lock();
            wire.armed.clear();
            wire.cut.clear();
        }
        self.deliver_late().await;
    }

    /// What was seen that must not be.
    pub fn violations(&self) -> Vec<Violation> {
        std::mem::take(&mut self.lock().violations)
    }

    fn lock(&self) -> MutexGuard<'_, Wire> {
        self.wire.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong with this call on the way.
    fn strike(&self, worker: usize) -> Option<OnTheWay> {
        let mut wire = self.lock();
        if let Some(left) = wire.cut.get_mut(&worker)
            && *left > 0
        {
            *left -= 1;
            return Some(OnTheWay::Cut);
        }
        let (what, after) = wire.armed.first_mut()?;
        if *after > 0 {
            *after -= 1;
            return None;
        }
        let what = *what;
        wire.armed.remove(0);
        Some(what)
    }

    /// Until when an answer asks not to be called.
    fn asked_to_wait(&self, response: &Response<Bytes>) -> Option<Timestamp> {
        let seconds = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse::<i64>().ok());
        let seconds = seconds.or_else(|| in_a_part(response))?;
        Some(self.time.now() + SignedDuration::from_secs(seconds))
    }

    /// That has arrived, and whoever called knows it from now on.
    fn waits(&self, seat: Option<&Seat>, user: User, until: Timestamp) {
        let since = self.trace.tick();
        let wait = Wait { since, until, told: seat.map(|seat| seat.worker), known: None };
        self.lock().waits.insert(user, wait);
    }
}

/// A Retry-After in one part of a batch: the longest, where there are several.
fn in_a_part(response: &Response<Bytes>) -> Option<i64> {
    let kind = response.headers().get("content-type")?.to_str().ok()?;
    if kind.starts_with("multipart/") {
        let text = String::from_utf8_lossy(response.body()).to_lowercase();
        let slowed = text.split("http/1.1 ").find(|part| part.starts_with("429"))?;
        return slowed.split("retry-after: ").nth(1)?.lines().next()?.trim().parse().ok();
    }
    if !response.body().starts_with(br#"{"responses""#) {
        return None;
    }
    let told: serde_json::Value = serde_json::from_slice(response.body()).ok()?;
    let slowed = told["responses"].as_array()?.iter().filter(|part| part["status"] == 429);
    slowed.filter_map(|part| part["headers"]["Retry-After"].as_str()?.parse().ok()).max()
}

/// One worker's door, or the people's.
pub struct Door {
    /// Whose, if it is a worker's.
    pub seat: Option<Arc<Seat>>,
    /// To where.
    pub net: Arc<Net>,
}

/// A renewal that is under way; ends when it is answered, or its worker dies.
struct Renewal<'a>(&'a Net, String);

impl Drop for Renewal<'_> {
    fn drop(&mut self) {
        self.0.lock().renewing.remove(&self.1);
    }
}

impl Door {
    /// One refresh per grant at a time (I-25).
    fn renewal(&self, key: Option<String>) -> Option<Renewal<'_>> {
        let key = key?;
        let worker = self.seat.as_ref().map_or(usize::MAX, |seat| seat.worker);
        let now = self.net.time.now();
        let mut wire = self.net.lock();
        if let Some((other, since)) = wire.renewing.get(&key)
            && *other != worker
            && now.duration_since(*since) < RENEWAL
            && wire.honest_clocks
        {
            let what = format!("workers {other} and {worker} renewed one key at the same time");
            wire.violations.push(Violation::new("I-25", what));
        }
        wire.renewing.insert(key.clone(), (worker, now));
        drop(wire);
        Some(Renewal(&self.net, key))
    }
}

#[async_trait]
impl Http for Door {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let net = &self.net;
        let host = request.uri().host().unwrap_or_default();
        let Some(number) = net.sides.iter().position(|side| side.serves(host)) else {
            return Err(Lost::NotSent(format!("there is no {host} in this world").into()));
        };
        let side = &net.sides[number];
        let begun = net.trace.tick();
        // Calls that are made at the same time have all begun before the first of them is answered.
        if self.seat.is_some() {
            tokio::task::yield_now().await;
        }
        let renewed = side.renews(&request);
        let renews = renewed.is_some();
        let _renewal = self.renewal(renewed.clone());
        if let Some(seat) = &self.seat {
            seat.point_of_call(Point::BeforeCall, &net.time).await;
            net.listen(seat, &request);
            net.is_well_mannered(seat, &**side, &request);
            if !side.has_versions() {
                net.remember_look(seat.worker, &request);
            }
            if net.goes_on_for_ever(seat, side.page(&request)) {
                return Err(Lost::NotSent("it goes on for ever".into()));
            }
            let key = request.headers().get("authorization").and_then(|value| value.to_str().ok());
            if key.is_some_and(|key| seat.is_unsaved_key(key)) {
                let what = format!("worker {} used a new key before it was kept", seat.worker);
                net.lock().violations.push(Violation::new("I-26", what));
            }
        }
        // Nobody can take a call back that stood so long that somebody else has gone on with the work.
        let patience = if net.lock().honest_clocks { LEASE } else { SignedDuration::ZERO };
        let is_late = self.seat.as_ref().is_some_and(|seat| seat.stood() > patience);
        net.time.pass(CALL);
        net.trace.count("calls");
        let path = request.uri().path().to_owned();
        let what = format!("{} {path}", request.method());
        // People's own calls go through: what they decide is decided.
        let struck = self.seat.as_ref().and_then(|seat| net.strike(seat.worker));
        if let Some(struck) = struck {
            net.trace.count(struck.name());
            net.trace.note(format_args!("{}", struck.name()));
        }
        // Whatever happens before the answer is heard leaves it there; of what comes twice, the first one is not heard.
        let sent = renewed.as_ref().filter(|_| !matches!(struck, Some(OnTheWay::Cut)));
        let unheard = sent.is_some_and(|key| !net.lock().unanswered.insert(key.clone()))
            || matches!(struck, Some(OnTheWay::Twice));
        let counted = side.is_counted(&request);
        let before = side.last_call();
        let at = net.time.now();
        let answered = match struck {
            Some(OnTheWay::Cut) => {
                net.trace.note(format_args!("{what} → cut off"));
                return Err(Lost::NotSent("cut off".into()));
            }
            Some(OnTheWay::Late) => {
                net.trace.note(format_args!("{what} → late"));
                net.lock().late.push((number, request));
                net.time.pass(PATIENCE);
                return Err(Lost::NoAnswer("no answer in time".into()));
            }
            Some(OnTheWay::Twice) => {
                let (_, first) = net.made_by(number, request.clone()).await;
                let (answered, second) = net.made_by(number, request).await;
                if !second.is_empty() {
                    net.lock().made_late.extend(first);
                }
                answered
            }
            None if is_late => {
                let (answered, made) = net.made_by(number, request).await;
                net.lock().made_late.extend(made);
                answered
            }
            None => side.answer(request).await,
        };
        let user = side.caller_since(before).map(|user| (number, user));
        if let (Some(seat), Some(user), false) = (&self.seat, &user, renews) {
            net.is_polite(seat, user, (begun, at), &what);
            if counted {
                net.counts(user, at);
            }
        }
        if let (Some(seat), Some(user)) = (&self.seat, &user) {
            net.leaves_the_dead_alone(seat, user, &what);
        }
        let answer = match answered.delay >= PATIENCE {
            true => {
                net.time.pass(PATIENCE);
                Err(Lost::NoAnswer("no answer in time".into()))
            }
            false => {
                net.time.pass(answered.delay);
                answered.answer
            }
        };
        let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
        if matches!(status, 404 | 410) {
            net.lock().denied.insert(path);
        }
        let worker = self.seat.as_ref().map_or(-1, |seat| i64::try_from(seat.worker).unwrap_or(-1));
        net.trace.note(format_args!("w{worker} {what} → {status}"));
        let wait = answer.as_ref().ok().and_then(|answer| net.asked_to_wait(answer));
        if let Some(seat) = &self.seat {
            seat.point_of_call(Point::AfterCall, &net.time).await;
        }
        // An error of the server's may have come after the effect.
        if let (Some(key), Ok(answer)) = (&renewed, &answer)
            && !answer.status().is_server_error()
        {
            let mut wire = net.lock();
            wire.unanswered.remove(key);
            wire.spent |= unheard && answer.status().is_client_error();
        }
        if let (Some(user), Some(until)) = (user, wait) {
            net.waits(self.seat.as_deref(), user, until);
        }
        if let Some(seat) = &self.seat
            && renews
            && let Ok(answer) = &answer
            && let Some(key) = side.key_in(answer)
        {
            seat.got_key(key);
        }
        answer
    }
}
