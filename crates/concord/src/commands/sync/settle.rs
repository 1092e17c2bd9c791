//! Waiting until all is idle: which links still have something to do, and when.
//!
//! A link is settled when it was looked at since the command began, its last run came to its end, nothing on it is
//! pending, nobody is at it, and nobody has woken it since. That its next regular look is due again means nothing.

use std::collections::BTreeSet;

use concord_model::LinkId;
use concord_model::link::Frequency;
use concord_store::accounts::{self, AccountState};
use concord_store::links::{self, Link, LinkState};
use concord_store::mappings;
use concord_store::runs::RunKind;
use jiff::{SignedDuration, Timestamp};

use super::work::{self, Job, Made};
use crate::assemble::Program;
use crate::output::Progress;
use crate::pause;

/// The longest sleep: other workers may have done something meanwhile.
const NAP: SignedDuration = SignedDuration::from_millis(500);

/// How the waiting ended, if there was any.
pub(super) struct Waiting {
    /// When the command began.
    pub(super) began: Timestamp,
    /// Whether the time was over before all was done.
    pub(super) timed_out: bool,
}

impl Waiting {
    /// Whether somebody has looked at a link since the command began, this worker or another.
    pub(super) fn saw(&self, link: &Link) -> bool {
        link.last_attempt_at.is_some_and(|at| at >= self.began)
    }
}

/// A link that is not settled.
struct Unsettled {
    link: Link,
    /// When it can be run.
    at: Timestamp,
}

/// Runs what comes up, and returns when all of these links are settled, or the time is over.
pub(super) async fn wait(
    program: &Program,
    chosen: &[LinkId],
    began: Timestamp,
    patience: SignedDuration,
    made: &mut Vec<Made>,
    progress: &Progress,
) -> anyhow::Result<Waiting> {
    let engine = &program.engine;
    let deadline = began.saturating_add(patience).unwrap_or(Timestamp::MAX);
    let mut watched: BTreeSet<LinkId> = chosen.iter().copied().collect();
    loop {
        let unsettled = unsettled(program, &mut watched, began).await?;
        let now = engine.now();
        let Some(next) = unsettled.iter().map(|one| one.at).min() else {
            return Ok(Waiting { began, timed_out: false });
        };
        if now >= deadline {
            return Ok(Waiting { began, timed_out: true });
        }
        if next > now {
            progress.say(format!("{} calendars are not settled yet", unsettled.len()));
            pause::until(next.min(deadline).min(now + NAP), now).await;
            continue;
        }
        let due = unsettled.iter().filter(|one| one.at <= now);
        let jobs: Vec<Job> = due
            .map(|one| {
                let kind = if one.link.first_done { RunKind::Pull } else { RunKind::Full };
                Job { link: one.link.id, kind, wish: Default::default() }
            })
            .collect();
        let runs = work::these(program, jobs, progress).await?;
        // Somebody else was faster, or the provider wants a pause: not again at once.
        let refused = runs.iter().all(|one| one.report.is_none());
        made.extend(runs);
        if refused {
            pause::lasting(NAP).await;
        }
    }
}

/// The links that are not settled. Others of the workspace that became due by these runs are watched from then on.
async fn unsettled(
    program: &Program,
    watched: &mut BTreeSet<LinkId>,
    began: Timestamp,
) -> anyhow::Result<Vec<Unsettled>> {
    let engine = &program.engine;
    let now = engine.now();
    let mut tx = engine.store.read().await?;
    let mut found = Vec::new();
    for link in links::list(&mut tx, program.workspace).await? {
        if link.state != LinkState::Active {
            continue;
        }
        let account = accounts::get(&mut tx, program.workspace, link.account).await?;
        if account.state != AccountState::Active {
            continue;
        }
        let pending = mappings::counts(&mut tx, link.id).await?.pending > 0;
        let woken =
            link.due_at.is_some_and(|due| due <= now && due < next_regular(program, &link)) || link.wake;
        if !watched.contains(&link.id) {
            let by_these = link.due_at.is_some_and(|due| due >= began);
            if !(pending && woken && by_these) {
                continue;
            }
            watched.insert(link.id);
        }
        let held = link.lease_until.filter(|until| *until > now);
        let looked_at = link.last_attempt_at.is_some_and(|at| at >= began);
        if looked_at && held.is_none() && !pending && !woken && link.last_error.is_none() {
            continue;
        }
        let due = link.due_at.unwrap_or(now);
        // One that nobody has looked at yet need not wait for its next regular look.
        let due = if looked_at { due } else { now };
        let at = [held, account.wait_until].into_iter().flatten().fold(due, Timestamp::max);
        found.push(Unsettled { link, at });
    }
    Ok(found)
}

/// Not before this would the link have become due by its own interval: so what is due earlier was woken.
fn next_regular(program: &Program, link: &Link) -> Timestamp {
    let wait = match link.settings.frequency {
        Frequency::RealTime => program.engine.timing.poll_min.min(program.engine.timing.safety_poll),
        Frequency::EveryMinutes(minutes) => SignedDuration::from_mins(i64::from(minutes.max(1))),
    };
    // The engine spreads its looks over the last quarter of the interval.
    let least = wait / 4 * 3;
    link.last_attempt_at.map_or(Timestamp::MAX, |at| at.saturating_add(least).unwrap_or(Timestamp::MAX))
}
