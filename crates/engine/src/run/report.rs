//! What a run did, in numbers and in sentences: the history that people read (MO-6).

use concord_model::{EventId, ExternalId, LinkId, RunId};
use concord_providers::Answer;
use concord_providers::called::Titled;
use concord_store::links::{self, Lease, Link, LinkState, Settled};
use concord_store::plans::{self, Plan as PlanRow};
use concord_store::runs::{self, Level, Line, Run as Row, RunKind, RunStatus};
use concord_store::{accounts, channels, mappings};
use concord_sync::plan::Plan;
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use super::{Run, Stop};
use crate::error::told;
use crate::{Engine, schedule, tokens};

/// The most sentences kept of one run; the counts are whole.
const MOST_LINES: usize = 500;
/// The summary of a quiet run.
pub const NOTHING: &str = "nothing had changed";
/// How long a wrong set-up is left alone.
const MISCONFIGURED: SignedDuration = SignedDuration::from_hours(1);
/// How long a notice may take that is only late.
const UNTOLD: SignedDuration = SignedDuration::from_mins(2);
/// How far a provider's clock may be from ours: what it told just before a change may have been about that.
const CLOCKS: SignedDuration = SignedDuration::from_mins(1);

/// What a run did.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// Its record.
    pub run: Option<RunId>,
    /// On which link.
    pub link: Option<LinkId>,
    /// Why it ran.
    pub kind: Option<RunKind>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// How it ended.
    pub status: Option<RunStatus>,
    /// Counts.
    pub tally: Tally,
    /// Calls to the provider.
    pub api_calls: u64,
    /// What was seen there and not known.
    pub observed: u64,
    /// Open intents that were settled.
    pub recovered: u64,
    /// Items refused or not understood.
    pub failed: u64,
    /// Items that wait for another try.
    pub waiting: u64,
    /// Whether all of the calendar was read.
    pub full: bool,
    /// The plan, where only a plan was wanted, or where the brake holds it.
    pub plan: Option<Plan>,
    /// When to look again.
    pub due_at: Option<Timestamp>,
    /// Why it stopped early, if it did.
    pub stopped: Option<String>,
    /// Whether a person has to do something.
    pub needs_person: bool,
    /// Whether the run came to its end with all of the calendar known.
    pub(super) through: bool,
    /// Whether a whole listing came to its end.
    pub(super) listed: bool,
    /// When all of the calendar has to be listed again to be sure of what is missing.
    again_at: Option<Timestamp>,
    /// After which call the sign-in was last refused.
    pub(super) refused_at: Option<u64>,
    pub(super) lines: Vec<Line>,
}

/// What was done, in numbers.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Written there.
    pub pushed: u64,
    /// Taken in here.
    pub pulled: u64,
    /// Deleted on either side.
    pub deleted: u64,
    /// Recognised as the same event.
    pub adopted: u64,
    /// Changed on both sides.
    pub conflicts: u64,
}

impl Report {
    pub(super) fn new(run: RunId, link: LinkId, kind: RunKind, now: Timestamp) -> Report {
        Report {
            run: Some(run),
            link: Some(link),
            kind: Some(kind),
            started_at: Some(now),
            ..Report::default()
        }
    }

    /// All of the calendar has to be listed again then.
    pub(super) fn look_again_at(&mut self, at: Timestamp) {
        self.again_at = Some(self.again_at.map_or(at, |before| before.min(at)));
    }

    pub(super) fn note(&mut self, text: &str) {
        self.line(Level::Note, text, None, None, None);
    }

    pub(super) fn about(&mut self, event: EventId, external: Option<&ExternalId>, text: &str) {
        self.line(Level::Note, text, None, Some(event), external);
    }

    pub(super) fn failed(
        &mut self,
        event: Option<EventId>,
        external: Option<&ExternalId>,
        code: &str,
        text: &str,
    ) {
        self.failed += 1;
        self.line(Level::Error, text, Some(code), event, external);
    }

    fn line(
        &mut self,
        level: Level,
        text: &str,
        code: Option<&str>,
        event: Option<EventId>,
        external: Option<&ExternalId>,
    ) {
        if self.lines.len() < MOST_LINES {
            self.lines.push(Line {
                level,
                at: Timestamp::UNIX_EPOCH,
                text: text.to_owned(),
                code: code.map(str::to_owned),
                event,
                external_id: external.cloned(),
            });
        }
    }

    fn summary(&self) -> String {
        let Tally { pushed, pulled, deleted, adopted, conflicts } = self.tally;
        let mut parts = Vec::new();
        let mut say = |n: u64, words: &str| {
            if n > 0 {
                parts.push(format!("{n} {words}"));
            }
        };
        say(pulled, "taken in");
        say(pushed, "sent out");
        say(deleted, "deleted");
        say(adopted, "recognised");
        say(conflicts, "in conflict");
        say(self.failed, "refused");
        say(self.waiting, "waiting for another try");
        if let (Some(plan), None) = (&self.plan, &self.stopped) {
            let nothing = plan.is_empty();
            return if nothing {
                "there is nothing to do".to_owned()
            } else {
                format!("planned: {}", plan.counts)
            };
        }
        let done = parts.join(", ");
        match &self.stopped {
            None if done.is_empty() => NOTHING.to_owned(),
            None => done,
            // Who did not come to the end does not know that nothing has changed (I-44).
            Some(why) if done.is_empty() => format!("stopped: {why}"),
            Some(why) => format!("{done}; stopped: {why}"),
        }
    }
}

pub(super) fn opening(id: RunId, link: &Link, kind: RunKind, now: Timestamp) -> Row {
    Row::new(id, link.workspace, link.id, kind, now)
}

pub(super) async fn close_unknown_provider(
    engine: &Engine,
    link: &Link,
    lease: Lease,
    mut report: Report,
) -> Result<Report, concord_store::Error> {
    // A forgotten setting is an operator's to mend. Nobody then has to resume each link.
    let now = engine.now();
    let at = now + engine.jittered(MISCONFIGURED);
    let why = format!("{} is not set up in this program", link.provider.title());
    report.stopped = Some(format!("{why}; it is tried again at {}", minute(at)));
    report.status = Some(RunStatus::Failed);
    report.needs_person = true;
    report.due_at = Some(at);
    let settled = settled(&report, Some(at), link.failures + 1, engine.timing.full_every, now);
    let mut tx = engine.store.begin().await?;
    links::settle(&mut tx, &lease, &settled).await?;
    finish(&mut tx, link, &report, now).await?;
    tx.commit().await?;
    Ok(report)
}

/// How the run ended, for its link.
fn settled(
    report: &Report,
    due_at: Option<Timestamp>,
    failures: i64,
    full_every: SignedDuration,
    now: Timestamp,
) -> Settled {
    let status = report.status.unwrap_or(RunStatus::Failed);
    Settled {
        due_at,
        run: report.run,
        status,
        error: report.stopped.clone(),
        failures,
        // A plan alone has synced nothing.
        success_at: (status == RunStatus::Success && report.plan.is_none()).then_some(now),
        first_done: report.through,
        full_at: report.listed.then_some(now),
        next_safety_at: report
            .listed
            .then(|| report.again_at.map_or(now + full_every, |at| at.min(now + full_every))),
    }
}

async fn finish(
    tx: &mut concord_store::Tx,
    link: &Link,
    report: &Report,
    now: Timestamp,
) -> Result<(), concord_store::Error> {
    let (Some(id), Some(kind), Some(started_at)) = (report.run, report.kind, report.started_at) else {
        return Ok(());
    };
    let lines: Vec<Line> = report.lines.iter().cloned().map(|line| Line { at: now, ..line }).collect();
    runs::lines(tx, id, &lines).await?;
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let end = Row {
        completed_at: Some(now),
        status: report.status.unwrap_or(RunStatus::Failed),
        pushed: count(report.tally.pushed),
        pulled: count(report.tally.pulled),
        deleted: count(report.tally.deleted),
        conflicts: count(report.tally.conflicts),
        api_calls: count(report.api_calls),
        summary: report.summary(),
        metadata: serde_json::json!({
            "full": report.full,
            "recovered": report.recovered,
            "adopted": report.tally.adopted,
            "failed": report.failed,
            "waiting": report.waiting,
        }),
        ..Row::new(id, link.workspace, link.id, kind, started_at)
    };
    runs::finish(tx, &end).await
}

/// What a run's end means for its link, beside its record.
#[derive(Default)]
struct Ending {
    status: Option<RunStatus>,
    due_at: Option<Timestamp>,
    state: Option<LinkState>,
}

impl Run<'_> {
    /// Ends the run: status, history, and when to look again. What stopped it becomes a state that people see.
    pub(super) async fn close(mut self, end: Result<(), Stop>) -> Result<Report, concord_store::Error> {
        if let Err(Stop::LeaseLost) = end {
            // Another worker has the link. It tells the end of the story.
            self.keep_wait().await?;
            warn!(link.id = %self.link.id, "lost the lease of link {} and stopped", self.link.id);
            self.report.stopped = Some("another worker has taken over".to_owned());
            self.report.status = Some(RunStatus::Failed);
            return Ok(self.report);
        }
        if matches!(end, Err(Stop::Later { .. } | Stop::Pause { .. })) && !self.consented.is_empty() {
            self.keep_consent().await?;
        }
        let known = self.link.cursor.is_some() && self.link.listing.is_none();
        self.report.through = end.is_ok() && known && !self.wish.clear && !self.wish.dry;
        let ending = match end {
            Ok(()) => Ending::default(),
            Err(stop) => self.stopped(stop).await?,
        };
        if self.wish.dry {
            self.report.plan = Some(std::mem::take(&mut self.plan));
        }
        self.settle(ending).await
    }

    async fn settle(mut self, ending: Ending) -> Result<Report, concord_store::Error> {
        let now = self.engine.now();
        let mut tx = self.engine.store.begin().await?;
        let next_retry = mappings::next_retry(&mut tx, self.link.id).await?;
        if next_retry.is_some() {
            // What waits from earlier runs waits still: nobody is told that all is well (I-44).
            let waiting = mappings::counts(&mut tx, self.link.id).await?.waiting;
            self.report.waiting = u64::try_from(waiting).unwrap_or(0).max(self.report.waiting);
        }
        let whole = self.report.failed + self.report.waiting == 0;
        let status = match ending.status {
            Some(status) => status,
            None if whole => RunStatus::Success,
            None => RunStatus::Partial,
        };
        self.report.status = Some(status);
        let mut state = ending.state;
        if self.wish.clear {
            let cleared = status == RunStatus::Success || matches!(state, Some(LinkState::Stopped { .. }));
            state = Some(if cleared { LinkState::Removed { at: now } } else { LinkState::Paused });
        }
        let failures = if status == RunStatus::Failed { self.link.failures + 1 } else { 0 };
        let quiet = self.report.observed == 0 && self.report.tally == Tally::default();
        let began = self.report.started_at.unwrap_or(now);
        let notices = schedule::notices(&mut tx, self.link.id, began, now).await?;
        if let Some(at) = self.news_at.filter(|at| *at + UNTOLD <= now) {
            channels::untold(&mut tx, self.link.id, at - CLOCKS, now).await?;
        }
        let poll = schedule::next_look(self.engine, &self.link, self.provider.rest(), quiet, notices, now);
        let usual = match self.wish.dry {
            // Nothing was done: what was due is due.
            true => now,
            false => next_retry.map_or(poll, |at| at.min(poll)),
        };
        let due = ending.due_at.unwrap_or(usual);
        self.report.due_at = Some(due);
        let settled = settled(&self.report, Some(due), failures, self.engine.timing.full_every, now);
        match links::settle(&mut tx, &self.lease, &settled).await {
            Ok(()) => {}
            Err(concord_store::Error::LeaseLost) => {
                drop(tx);
                self.keep_wait().await?;
                return Ok(self.report);
            }
            Err(error) => return Err(error),
        }
        if let Some(until) = self.wait_until {
            accounts::set_wait(&mut tx, self.account.id, until).await?;
        }
        // What a person did to the link meanwhile holds.
        let link = links::find(&mut tx, self.link.id).await?;
        if let (Some(state), LinkState::Active) = (&state, &link.state) {
            links::set_state(&mut tx, self.link.workspace, self.link.id, state).await?;
        }
        finish(&mut tx, &self.link, &self.report, now).await?;
        tx.commit().await?;
        info!(
            link.id = %self.link.id, run.id = %self.id, run.status = ?status, run.api_calls = self.report.api_calls,
            run.pulled = self.report.tally.pulled, run.pushed = self.report.tally.pushed,
            run.deleted = self.report.tally.deleted, run.conflicts = self.report.tally.conflicts,
            "run {} on link {} ended: {status:?}", self.id, self.link.id
        );
        Ok(self.report)
    }

    /// Keeps the wait that the provider asked for. It is for all who call the account, whoever was told (I-33).
    async fn keep_wait(&self) -> Result<(), concord_store::Error> {
        let Some(until) = self.wait_until else { return Ok(()) };
        let mut tx = self.engine.store.begin().await?;
        match accounts::set_wait(&mut tx, self.account.id, until).await {
            // An account that was removed meanwhile is called by nobody.
            Err(concord_store::Error::NotFound) => Ok(()),
            kept => {
                kept?;
                tx.commit().await
            }
        }
    }

    /// Whether the account has a calendar by the name of this one that is gone: ids of calendars change by themselves (BM-144).
    async fn has_namesake(&mut self) -> bool {
        let Ok(access) = self.access(1).await else { return false };
        let all = match self.provider.calendars(&access).await {
            Ok(all) => all,
            Err(answer) => {
                // The run ends in any case; a wait that was asked for holds all the same (I-33).
                self.refused(answer).ok();
                return false;
            }
        };
        all.iter().any(|one| one.name == self.link.name && one.id != self.link.calendar)
    }

    /// What a stop means: what becomes of the link, and a sentence for its person.
    async fn stopped(&mut self, stop: Stop) -> Result<Ending, concord_store::Error> {
        let now = self.engine.now();
        let failed = Ending { status: Some(RunStatus::Failed), ..Ending::default() };
        let partial = Ending { status: Some(RunStatus::Partial), ..Ending::default() };
        let provider = self.provider_name();
        let (ending, why) = match stop {
            Stop::Later { at, answer } => {
                let at = at.max(now);
                let ending = if self.did_something() { partial } else { failed };
                let why = match answer {
                    Answer::RetryAfter { .. } => format!("{provider} asked to be called less often"),
                    answer => told(&answer),
                };
                let why = format!("{why}; it is tried again at {}", minute(at));
                (Ending { due_at: Some(at), ..ending }, why)
            }
            Stop::Pause { at, why } => {
                let why = format!("{why}; it goes on at {}", minute(at));
                (Ending { due_at: Some(at.max(now)), ..partial }, why)
            }
            Stop::Halted => {
                let why = "the link was changed meanwhile; it is looked at anew".to_owned();
                (Ending { due_at: Some(now), ..partial }, why)
            }
            Stop::Reconnect(why) => {
                if !tokens::revoked(self.engine, &self.account, self.grant, &why).await? {
                    let why = "the account was connected again meanwhile; it goes on with that".to_owned();
                    self.report.stopped = Some(why);
                    return Ok(Ending { due_at: Some(now), ..partial });
                }
                self.report.needs_person = true;
                let why = format!(
                    "the account at {provider} has to be connected again ({why}); what waits is kept until then"
                );
                (failed, why)
            }
            Stop::CalendarGone => {
                self.report.needs_person = true;
                let gone = "the calendar is not there any more, or not for this account";
                let why = match self.has_namesake().await {
                    true => format!(
                        "{gone}, by the id that it had; there is one called \"{}\": link that one instead, nothing is doubled",
                        self.link.name
                    ),
                    false => gone.to_owned(),
                };
                (Ending { state: Some(LinkState::Stopped { why: why.clone() }), ..failed }, why)
            }
            // It is an operator's to mend, and may mend itself (a daily limit): looked at again now and then.
            Stop::Misconfigured(why) => {
                self.report.needs_person = true;
                let at = now + self.engine.jittered(MISCONFIGURED);
                let why = format!("{why}; it is tried again at {}", minute(at));
                (Ending { due_at: Some(at), ..failed }, why)
            }
            Stop::Brake(plan) => {
                let hash = plan.hash();
                let counts = plan.counts;
                let why = format!(
                    "this run would delete {} and rewrite {} of {} events; look at it and approve: plan {hash}",
                    counts.deleted_here + counts.deleted_there,
                    counts.changed_there,
                    counts.mapped
                );
                self.report.needs_person = true;
                let mut tx = self.engine.store.begin().await?;
                plans::save(&mut tx, &self.plan_row(&plan, now, None)).await?;
                tx.commit().await?;
                self.report.plan = Some(*plan);
                (Ending { state: Some(LinkState::Braked { plan: hash }), ..partial }, why)
            }
            Stop::Store(error) => {
                // One link's trouble is its own (I-34). Where the database cannot even take this note, it is everyone's.
                warn!(link.id = %self.link.id, "a run on link {} failed: {error}", self.link.id);
                let at = now + self.engine.backoff(self.link.failures + 1);
                let why = format!(
                    "the database could not keep what was found; it is tried again at {}",
                    minute(at)
                );
                (Ending { due_at: Some(at), ..failed }, why)
            }
            Stop::LeaseLost => (failed, "another worker has taken over".to_owned()),
        };
        self.report.stopped = Some(why);
        Ok(ending)
    }

    /// The rest of a plan that a person has consented to keeps their consent: nothing is asked twice because of a
    /// pause (`rules.md` 16). Only as far as nothing destructive has come to it.
    async fn keep_consent(&mut self) -> Result<(), concord_store::Error> {
        let now = self.engine.now();
        let consented = std::mem::take(&mut self.consented);
        let mapped = self.plan.counts.mapped;
        self.plan = Plan::default();
        self.plan.counts.mapped = mapped;
        self.destructive.clear();
        self.silent = true;
        if self.plan_all().await.is_err() || !self.destructive.is_subset(&consented) {
            return Ok(());
        }
        let Some(until) = self.consented_until else { return Ok(()) };
        let row = PlanRow { expires_at: until, ..self.plan_row(&self.plan, now, Some(now)) };
        let mut tx = self.engine.store.begin().await?;
        plans::save(&mut tx, &row).await?;
        tx.commit().await
    }

    fn plan_row(&self, plan: &Plan, now: Timestamp, approved_at: Option<Timestamp>) -> PlanRow {
        PlanRow {
            hash: plan.hash(),
            link: self.link.id,
            workspace: self.link.workspace,
            json: serde_json::to_value(plan).expect("a plan is plain data"),
            made_at: now,
            approved_at,
            expires_at: now + SignedDuration::from_hours(24),
            used_at: None,
        }
    }

    fn did_something(&self) -> bool {
        self.report.tally != Tally::default() || self.report.observed > 0
    }

    fn provider_name(&self) -> String {
        self.link.provider.title().to_owned()
    }
}

/// An instant for people.
fn minute(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%Y-%m-%d %H:%M UTC")
}
