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
//! Every commit checks the lease first ([`Run::begin`]): a worker that slept through its lease writes nothing. A run
//! dropped at any await leaves a state from which the next run goes on.

mod recover;
mod pull;
mod reconcile;
mod foreign;
mod moves;
mod push;
mod commit;
mod report;

use std::sync::Arc;

use concord_model::{CalendarId, RunId, Zone};
use concord_providers::{Access, Answer, Provider};
use concord_store::accounts::Account;
use concord_store::links::{Lease, Link};
use concord_store::runs::RunKind;
use concord_store::{Tx, accounts, links, users};
use concord_sync::plan::Plan;
use jiff::{SignedDuration, Timestamp};

pub(crate) use commit::bounds;
pub use report::{Report, Tally};

use crate::tokens::{self, NoAccess};
use crate::{Engine, budget};
use concord_providers::provider::Cost;

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
            concord_store::Error::LeaseLost => Stop::LeaseLost,
            other => Stop::Store(other),
        }
    }
}

impl From<NoAccess> for Stop {
    fn from(none: NoAccess) -> Stop {
        match none {
            NoAccess::Reconnect(why) => Stop::Reconnect(why),
            NoAccess::Later(at, answer) => Stop::Later { at, answer },
            NoAccess::Store(error) => error.into(),
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
    report: Report,
    plan: Plan,
}

/// Makes one run on a link whose lease is held.
pub async fn run(
    engine: &Engine,
    link: Link,
    kind: RunKind,
    wish: Wish,
) -> Result<Report, concord_store::Error> {
    let id: RunId = engine.id();
    let now = engine.now();
    let lease = Lease { link: link.id, epoch: link.lease_epoch };
    let mut tx = engine.store.begin().await?;
    let account = accounts::find(&mut tx, link.account).await?;
    let user = users::get(&mut tx, link.workspace, link.user).await?;
    concord_store::runs::start(&mut tx, &report::opening(id, &link, kind, now), &lease).await?;
    tx.commit().await?;
    let Ok(provider) = engine.provider(&link.provider) else {
        return report::close_unknown_provider(engine, &link, lease, Report::new(id, link.id, kind, now))
            .await;
    };
    let mut run = Run {
        engine,
        provider: provider.clone(),
        zone: link.zone.clone().unwrap_or(user.zone),
        account,
        lease,
        lease_until: link.lease_until.unwrap_or(now),
        id,
        wish,
        grant: 0,
        refused: None,
        report: Report::new(id, link.id, kind, now),
        plan: Plan::default(),
        link,
    };
    let end = run.steps().await;
    run.close(end).await
}

/// Takes away every copy that Concord made in a link's calendar, in one run. Originals stay.
pub(crate) async fn clear(
    engine: &Engine,
    workspace: concord_model::WorkspaceId,
    link: concord_model::LinkId,
) -> crate::error::Result<Report> {
    let mut tx = engine.store.begin().await?;
    links::get(&mut tx, workspace, link).await.map_err(|_| crate::Error::NotFound("link"))?;
    concord_store::mappings::mark_pending_for_link(&mut tx, link).await?;
    tx.commit().await?;
    let wish = Wish { clear: true, ..Wish::default() };
    match crate::schedule::run_now(engine, link, RunKind::Manual, wish).await? {
        Some(report) => Ok(report),
        None => Err(crate::Error::Changed),
    }
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

    /// Begins a transaction that only the holder of the lease can commit, and keeps the lease alive.
    ///
    /// The person's links are locked in order first: what comes in by one makes the others due, and two runs that
    /// did that to each other would otherwise wait for ever.
    async fn begin(&mut self) -> Result<Tx, Stop> {
        let mut tx = self.engine.store.begin().await?;
        links::lock_user(&mut tx, self.link.workspace, self.link.user).await?;
        let now = self.engine.now();
        links::hold(&mut tx, &self.lease, now).await?;
        if self.lease_until.duration_since(now) < self.engine.timing.lease / 2 {
            let until = now + self.engine.timing.lease;
            links::renew(&mut tx, &self.lease, now, until).await?;
            self.lease_until = until;
        }
        Ok(tx)
    }

    /// Opens the credential for the next call, takes the call out of the allowance, and makes sure that the lease
    /// outlasts the call (I-13).
    async fn access(&mut self, cost: Cost, calls: usize) -> Result<Access, Stop> {
        let engine = self.engine;
        if self.lease_until < engine.now() + engine.timing.call_limit {
            self.begin().await?.commit().await?;
            if self.lease_until < engine.now() + engine.timing.call_limit {
                let mut tx = engine.store.begin().await?;
                let now = engine.now();
                links::hold(&mut tx, &self.lease, now).await?;
                let until = now + engine.timing.lease.max(engine.timing.call_limit * 2);
                links::renew(&mut tx, &self.lease, now, until).await?;
                tx.commit().await?;
                self.lease_until = until;
            }
        }
        let units = self.provider.cost(cost) * u32::try_from(calls).unwrap_or(u32::MAX);
        if let Err(at) = budget::take(engine, &*self.provider, self.account.id, units).await? {
            return Err(Stop::Later { at, answer: Answer::RetryAfter { at: Some(at), long: false } });
        }
        let (access, version) =
            tokens::access(engine, &*self.provider, &self.account, self.refused.take()).await?;
        self.grant = version;
        self.report.api_calls += 1;
        Ok(access)
    }

    /// What a refusal of a whole call means for the run. `Ok` means: try the same call once more.
    fn refused(&mut self, answer: Answer) -> Result<(), Stop> {
        let now = self.engine.now();
        match answer {
            Answer::SignInExpired if self.refused.is_none() && self.report.sign_ins == 0 => {
                self.refused = Some(self.grant);
                self.report.sign_ins += 1;
                Ok(())
            }
            Answer::SignInExpired => {
                Err(Stop::Reconnect("the provider no longer accepts the sign-in".to_owned()))
            }
            Answer::AccessRevoked { why } => Err(Stop::Reconnect(why)),
            Answer::RetryAfter { at, long } => {
                let wait = if long {
                    SignedDuration::from_hours(1)
                } else {
                    self.engine.backoff(self.link.failures + 1)
                };
                Err(Stop::Later { at: at.unwrap_or(now + wait), answer: Answer::RetryAfter { at, long } })
            }
            Answer::CalendarGone => Err(Stop::CalendarGone),
            Answer::Misconfigured { why } => Err(Stop::Misconfigured(why)),
            other => Err(Stop::Later { at: now + self.engine.backoff(self.link.failures), answer: other }),
        }
    }

    fn calendar(&self) -> CalendarId {
        self.link.calendar.clone()
    }
}
