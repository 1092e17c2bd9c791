//! One run: what makes one link agree.
//!
//! ```text
//!   recover   intents that a crash or a lost answer left open: ask the provider what became of them
//!   pull      what changed there, page by page, written down before it is acted upon
//!   reconcile every mapping that has news on either side: one pure decision each; the brake weighs them all
//!   push      intent stored ─▶ conditional write ─▶ answer stored with the new base
//!   settle    status, history, and when to look again
//! ```
//!
//! Every commit checks the lease first ([`Run::begin`]): a worker that slept through its lease writes nothing. So does
//! one whose link was paused, or given other settings, since it began. A run dropped at any await leaves a state from
//! which the next run goes on.

mod recover;
mod pull;
mod absent;
mod reconcile;
mod refiled;
mod plan;
mod foreign;
mod candidates;
mod ours;
mod moves;
mod named;
mod occurrences;
mod push;
mod brake;
mod commit;
mod welcome;
mod report;

use std::collections::BTreeSet;
use std::sync::Arc;

use concord_model::{CalendarId, RunId, Zone};
use concord_points::{defect, point};
use concord_providers::{Access, Answer, Provider};
use concord_store::accounts::Account;
use concord_store::links::{Lease, Link, LinkState};
use concord_store::runs::{RunKind, RunStatus};
use concord_store::{Tx, accounts, links, users};
use concord_sync::brake::Toll;
use concord_sync::plan::Plan;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

pub(crate) use commit::bounds;
pub use report::{NOTHING, Report, Tally};

use brake::Weighed;
use plan::Supposed;

use crate::tokens::{self, NoAccess};
use crate::{Engine, budget};
use concord_providers::provider::{self, Cost};

/// How often a run that is held up looks whether it may still write, before it leaves that to the next.
const LOOKS: u32 = 3;
/// How many calls the lease outlasts when writes begin: a look, and the write itself.
const LOOK_AND_WRITE: i32 = 2;

/// What a run is asked to do besides what is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Read the whole calendar again.
    pub full: bool,
    /// Plan only: change nothing on either side. What was observed is kept.
    pub dry: bool,
    /// Only bring in, or only send out, this time.
    pub only: Option<Only>,
    /// Take away every copy that Concord made there. Originals stay.
    pub clear: bool,
}

/// One way only, this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// Bring in.
    Pull,
    /// Send out.
    Push,
}

/// Why a run stopped before its end.
#[derive(Debug)]
pub enum Stop {
    /// The lease is not ours any more. Nothing more is written, not even the run's own end.
    LeaseLost,
    /// The provider wants a pause, or has trouble: again then.
    Later {
        /// When.
        at: Timestamp,
        /// Why.
        answer: Answer,
    },
    /// Nothing is wrong, but it is not our turn: the allowance is used up, or another worker renews the sign-in.
    Pause {
        /// Until when.
        at: Timestamp,
        /// Why.
        why: &'static str,
    },
    /// The link was paused or given other settings meanwhile: what was decided under the old ones does not hold.
    Halted,
    /// The person has to connect again.
    Reconnect(String),
    /// The calendar is not there, or not for us.
    CalendarGone,
    /// The brake: a person has to consent to this plan.
    Brake(Box<Plan>),
    /// Our set-up is wrong.
    Misconfigured(String),
    /// The store could not do it.
    Store(concord_store::Error),
}

impl From<concord_store::Error> for Stop {
    fn from(error: concord_store::Error) -> Stop {
        match error {
            concord_store::Error::LeaseLost => {
                point!("run: the lease was lost");
                Stop::LeaseLost
            }
            other => Stop::Store(other),
        }
    }
}

/// A run under way.
pub struct Run<'e> {
    engine: &'e Engine,
    provider: Arc<dyn Provider>,
    link: Link,
    account: Account,
    lease: Lease,
    lease_until: Timestamp,
    /// The zone in which times without one are read: the calendar's, or its person's.
    zone: Zone,
    id: RunId,
    wish: Wish,
    /// The version of the grant that `access` last opened.
    grant: i64,
    refused: Option<i64>,
    /// When the last call was made ready.
    called_at: Timestamp,
    /// Until when its provider asked that nothing of the account is called.
    wait_until: Option<Timestamp>,
    report: Report,
    plan: Plan,
    /// What a person has consented to: the destructive steps of the plan that is being carried out.
    consented: BTreeSet<String>,
    /// Until when that consent holds.
    consented_until: Option<Timestamp>,
    /// The destructive steps of the plan.
    destructive: BTreeSet<String>,
    /// What the plan would take away and rewrite.
    planned: Toll<Weighed>,
    /// What this run has taken away and rewritten.
    taken: Toll<Weighed>,
    /// What the steps of the plan so far would have made true.
    supposed: Supposed,
    /// When the latest of what came in by this run was changed there, by the provider's word.
    news_at: Option<Timestamp>,
    /// Whether the provider is not to be called any more.
    silent: bool,
    /// Whether nothing is made there in this run.
    makes_nothing: bool,
    /// How many writes go out together, as fast as they are answered.
    writes_at_once: usize,
}

/// A run that is written down, and has still to be made: whoever asked for it can be told its name at once.
pub struct Begun {
    id: RunId,
    link: Link,
    account: Account,
    zone: Zone,
    kind: RunKind,
    wish: Wish,
    at: Timestamp,
}

/// Writes down that a run begins on a link that this worker has just claimed, in the transaction of the claim.
pub(crate) async fn begin(
    engine: &Engine,
    tx: &mut Tx,
    link: Link,
    kind: RunKind,
    wish: Wish,
) -> Result<Begun, concord_store::Error> {
    let (id, at): (RunId, _) = (engine.id(), engine.now());
    let account = accounts::find(tx, link.account).await?;
    let user = users::get(tx, link.workspace, link.user).await?;
    concord_store::runs::start(tx, &report::opening(id, &link, kind, at), &link.lease()).await?;
    let zone = link.zone.clone().unwrap_or(user.zone);
    Ok(Begun { id, link, account, zone, kind, wish, at })
}

impl Begun {
    /// Its name in the history.
    pub fn id(&self) -> RunId {
        self.id
    }

    /// Makes the run. Dropped, it is a run that crashed: its lease ends by itself, and the next one goes on.
    ///
    /// In a box, so that who calls it does not compile all of it anew.
    pub fn make(self, engine: &Engine) -> BoxFuture<'_, Result<Report, concord_store::Error>> {
        Box::pin(self.made(engine))
    }

    async fn made(self, engine: &Engine) -> Result<Report, concord_store::Error> {
        let Begun { id, link, account, zone, kind, wish, at } = self;
        let lease = link.lease();
        let report = Report::new(id, link.id, kind, at);
        let Ok(provider) = engine.provider(&link.provider) else {
            return report::close_unknown_provider(engine, &link, lease, report).await;
        };
        let mut run = Run {
            engine,
            provider: provider.clone(),
            zone,
            account,
            lease,
            lease_until: link.lease_until.unwrap_or(at),
            id,
            wish,
            grant: 0,
            refused: None,
            called_at: at,
            wait_until: None,
            report,
            plan: Plan::default(),
            consented: BTreeSet::new(),
            consented_until: None,
            destructive: BTreeSet::new(),
            planned: Toll::default(),
            taken: Toll::default(),
            supposed: Supposed::default(),
            news_at: None,
            silent: false,
            makes_nothing: false,
            writes_at_once: 0,
            link,
        };
        let end = run.steps().await;
        run.close(end).await
    }
}

/// Takes away every copy that Concord made in a link's calendar, in one run. Originals stay. A link that comes to the
/// end of it is removed; one that does not rests, so that nothing is made again.
pub(crate) async fn clear(
    engine: &Engine,
    workspace: concord_model::WorkspaceId,
    link: concord_model::LinkId,
) -> crate::error::Result<()> {
    let mut tx = engine.store.begin().await?;
    let before = links::get(&mut tx, workspace, link).await.map_err(|_| crate::Error::NotFound("link"))?;
    if matches!(before.state, LinkState::Removed { .. }) {
        return Err(crate::Error::NotFound("link"));
    }
    let account = accounts::get(&mut tx, workspace, before.account).await?;
    if let accounts::AccountState::Reconnect { why } = account.state {
        let why = format!("the account has to be connected again first ({why})");
        return Err(crate::Error::Invalid { field: "account", why });
    }
    // A link that rests is woken for this.
    links::set_state(&mut tx, workspace, link, &LinkState::Active).await?;
    concord_store::mappings::mark_pending_for_link(&mut tx, link).await?;
    tx.commit().await?;
    let wish = Wish { clear: true, ..Wish::default() };
    let left = match crate::schedule::run_now(engine, link, RunKind::Manual, wish).await? {
        Some(report) if report.status == Some(RunStatus::Success) => return Ok(()),
        Some(report) => report.stopped.unwrap_or_else(|| "some of it was refused".to_owned()),
        None => "the calendar is being synced, or may not be called yet".to_owned(),
    };
    Err(crate::Error::Later(format!("what was synced is not all taken away yet: {left}; try again later")))
}

impl Run<'_> {
    async fn steps(&mut self) -> Result<(), Stop> {
        self.recover().await?;
        if self.wish.clear {
            return self.reconcile().await;
        }
        if self.wish.only != Some(Only::Push) {
            self.pull().await?;
        }
        self.roll_window().await?;
        self.reconcile().await
    }

    /// Begins a transaction that only the holder of the lease can commit, while the link is as it was when the run
    /// began, and keeps the lease alive. For what is decided.
    async fn begin(&mut self) -> Result<Tx, Stop> {
        let mut tx = self.begin_to_keep().await?;
        let link = links::find(&mut tx, self.link.id).await?;
        let other = link.settings_rev != self.link.settings_rev && !defect!("changed settings stop no run");
        if link.state != LinkState::Active || other {
            point!("run: halted");
            return Err(Stop::Halted);
        }
        self.lease_until = link.lease_until.unwrap_or(self.lease_until);
        Ok(tx)
    }

    /// The same for what has happened already and must be kept, whatever became of the link.
    ///
    /// The person's links are locked in order first: what comes in by one makes the others due, and two runs that
    /// did that to each other would otherwise wait for ever.
    async fn begin_to_keep(&mut self) -> Result<Tx, Stop> {
        let mut tx = self.engine.store.begin().await?;
        links::lock_user(&mut tx, self.link.workspace, self.link.user).await?;
        let now = self.engine.now();
        links::hold(&mut tx, &self.lease, now).await?;
        if self.lease_until.duration_since(now) < self.engine.timing.lease / 2 {
            self.renew(&mut tx, now + self.engine.timing.lease).await?;
        }
        Ok(tx)
    }

    async fn renew(&mut self, tx: &mut Tx, until: Timestamp) -> Result<(), Stop> {
        point!("run: the lease is prolonged");
        if !defect!("the lease is not prolonged") {
            links::renew(tx, &self.lease, self.engine.now(), until).await?;
        }
        self.lease_until = until;
        Ok(())
    }

    /// Opens the credential for a look at something.
    async fn access(&mut self, calls: usize) -> Result<Access, Stop> {
        let access = self.open(Cost::Read, calls).await?;
        if self.lease_until < self.engine.now() + self.engine.timing.call_limit {
            let mut tx = self.begin_to_keep().await?;
            self.may_be_called(&mut tx).await?;
            self.outlast(tx, self.engine.timing.call_limit).await?;
        }
        Ok(access)
    }

    /// Opens the credential for writes, and makes sure that nothing speaks against them any more: the lease is ours and
    /// outlasts them, and the link is as it was (I-13). Where looking before writing takes longer than is usual, the writing is
    /// left to the next time.
    async fn access_to_write(&mut self, cost: Cost, writes: usize) -> Result<Access, Stop> {
        let mut access = self.open(cost, writes).await?;
        let limit = self.engine.timing.call_limit;
        let margin = limit * LOOK_AND_WRITE;
        for _ in 0..LOOKS {
            let mut tx = self.begin().await?;
            self.may_be_called(&mut tx).await?;
            self.outlast(tx, margin).await?;
            // Whoever was held up at the end of that may have lost the lease meanwhile, and looks once more.
            if self.engine.now() + margin <= self.lease_until {
                let (clock, until) = (self.engine.clock.clone(), self.lease_until);
                access.lease = provider::Lease::while_it(move || clock.now() + limit <= until);
                return Ok(access);
            }
            point!("run: held up before a write");
        }
        Err(Stop::LeaseLost)
    }

    /// Ends a transaction with a lease that is still good for so long.
    async fn outlast(&mut self, mut tx: Tx, margin: SignedDuration) -> Result<(), Stop> {
        let now = self.engine.now();
        if self.lease_until < now + margin {
            self.renew(&mut tx, now + margin + self.engine.timing.lease / 2).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes calls out of the allowance and opens the credential for them.
    async fn open(&mut self, cost: Cost, calls: usize) -> Result<Access, Stop> {
        let engine = self.engine;
        let units = self.provider.cost(cost) * u32::try_from(calls).unwrap_or(u32::MAX);
        if let Err(at) = budget::take(engine, &*self.provider, self.account.id, units).await? {
            return Err(Stop::Pause { at, why: "it called as often as the provider allows" });
        }
        let opened = tokens::access(engine, &*self.provider, &self.account, self.refused.take()).await;
        let (mut access, version) = opened.map_err(|none| self.no_access(none))?;
        access.columns = self.link.settings.columns.clone();
        self.grant = version;
        self.called_at = access.now;
        self.report.api_calls += 1;
        Ok(access)
    }

    /// What others learned of the account while this run waited for its turn counts for it as well (I-27, I-33).
    async fn may_be_called(&mut self, tx: &mut Tx) -> Result<(), Stop> {
        tokens::may_be_called(self.engine, tx, &self.account).await.map_err(|none| self.no_access(none))?;
        Ok(())
    }

    fn no_access(&mut self, none: NoAccess) -> Stop {
        match none {
            NoAccess::Reconnect(why) => Stop::Reconnect(why),
            NoAccess::Later(_, Answer::Misconfigured { why }) => Stop::Misconfigured(why),
            // Whoever keeps failing to renew tries ever more seldom.
            NoAccess::Later(at, answer) => {
                let at = at.max(self.engine.now() + self.engine.backoff(self.link.failures + 1));
                if matches!(answer, Answer::RetryAfter { .. }) {
                    self.wait_until = self.wait_until.max(Some(at));
                }
                Stop::Later { at, answer }
            }
            NoAccess::Busy(at) => Stop::Pause { at, why: "another worker is renewing the sign-in" },
            NoAccess::Store(error) => error.into(),
        }
    }

    /// What a refusal of a whole call means for the run. `Ok` means: try the same call once more.
    fn refused(&mut self, answer: Answer) -> Result<(), Stop> {
        let now = self.engine.now();
        let tried = self.engine.backoff(self.link.failures + 1);
        match answer {
            // A sign-in that was just renewed and is refused at its first use is not accepted any more.
            Answer::SignInExpired
                if self.report.refused_at.is_none_or(|at| self.report.api_calls > at + 1)
                    && !defect!("an expired sign-in is taken for a revoked one") =>
            {
                self.refused = Some(self.grant);
                self.report.refused_at = Some(self.report.api_calls);
                Ok(())
            }
            Answer::SignInExpired => Err(Stop::Reconnect(tokens::NOT_ACCEPTED.to_owned())),
            Answer::AccessRevoked { why } => Err(Stop::Reconnect(why)),
            Answer::RetryAfter { at, long } => {
                let wait = if long { SignedDuration::from_hours(1) } else { tried };
                let told = at.filter(|_| !defect!("the wait that was asked for is not kept"));
                let until = |at| tokens::counted_from_now(self.engine, at, self.called_at);
                let at = told.map_or(now + wait, until);
                self.wait_until = self.wait_until.max(Some(at));
                Err(Stop::Later { at, answer: Answer::RetryAfter { at: told, long } })
            }
            Answer::CalendarGone => Err(Stop::CalendarGone),
            Answer::Misconfigured { why } => Err(Stop::Misconfigured(why)),
            other => Err(Stop::Later { at: now + tried, answer: other }),
        }
    }

    fn calendar(&self) -> CalendarId {
        self.link.calendar.clone()
    }
}
