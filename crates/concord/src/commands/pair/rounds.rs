//! Runs of both links until nothing is left to do: each is looked at once, and then only what came in by the other is
//! sent out, which asks nothing of a side that has nothing to get.

use concord_engine::run::{Only, Report, Tally, Wish};
use concord_engine::{Engine, schedule};
use concord_model::LinkId;
use concord_store::accounts::AccountState;
use concord_store::links::LinkState;
use concord_store::runs::RunKind;
use concord_store::{accounts, links, mappings};
use jiff::{SignedDuration, Timestamp};

use super::set_up::Pair;
use crate::assemble::Program;
use crate::output::Progress;
use crate::pause;

/// How long one pass may go on without getting anything done.
const PATIENCE: SignedDuration = SignedDuration::from_mins(2);
/// A wait longer than this is the next pass's.
const LONG: SignedDuration = SignedDuration::from_mins(2);
/// How often somebody who looks on is told how far it is.
const GLANCE: SignedDuration = SignedDuration::from_millis(500);

/// What became of a pass.
#[derive(Default)]
pub(super) struct Passed {
    /// What was done, by side.
    pub(super) reports: [Vec<Report>; 2],
    /// Another process is at it.
    pub(super) elsewhere: bool,
    /// What is left will be done later.
    pub(super) unfinished: bool,
}

/// What has still to be done on a link.
enum Left {
    Nothing,
    /// To look at it, and send out.
    All(Timestamp),
    /// To send out.
    Push(Timestamp),
}

impl Passed {
    /// Takes in what became of what followed.
    pub(super) fn add(&mut self, more: Passed) {
        let [a, b] = more.reports;
        self.reports[0].extend(a);
        self.reports[1].extend(b);
        self.elsewhere |= more.elsewhere;
        self.unfinished |= more.unfinished;
    }
}

/// Looks at both sides, and makes them agree as far as that goes now.
pub(super) async fn pass(
    program: &Program,
    pair: Pair,
    full: bool,
    progress: &Progress,
) -> anyhow::Result<Passed> {
    rounds(program, pair, full, [false; 2], progress).await
}

/// Does what is left to do, without looking again.
pub(super) async fn pass_on(program: &Program, pair: Pair, progress: &Progress) -> anyhow::Result<Passed> {
    rounds(program, pair, false, [true; 2], progress).await
}

async fn rounds(
    program: &Program,
    pair: Pair,
    full: bool,
    mut looked: [bool; 2],
    progress: &Progress,
) -> anyhow::Result<Passed> {
    let engine = &program.engine;
    let mut passed = Passed::default();
    // A run that was stopped says when to go on.
    let mut not_before: [Option<Timestamp>; 2] = [None; 2];
    let mut since = engine.now();
    loop {
        let mut next: Option<Timestamp> = None;
        let mut worked = false;
        for at in 0..2 {
            let link = pair.links[at];
            let (due, only) = match left(engine, link, looked[at]).await? {
                Left::Nothing => continue,
                Left::All(due) => (due, None),
                Left::Push(due) => (due, Some(Only::Push)),
            };
            let (due, now) = (not_before[at].map_or(due, |not| due.max(not)), engine.now());
            if due > now {
                next = Some(next.map_or(due, |next| next.min(due)));
                continue;
            }
            let wish = Wish { full: full && only.is_none(), only, ..Wish::default() };
            let Some(report) = watched(program, pair, link, wish, progress).await? else {
                passed.elsewhere = true;
                return Ok(passed);
            };
            worked = true;
            let stopped = report.stopped.is_some();
            looked[at] |= only.is_none() && !stopped;
            not_before[at] = report.due_at.filter(|_| stopped);
            if report.observed > 0 || report.recovered > 0 || report.tally != Tally::default() {
                since = engine.now();
            }
            passed.reports[at].push(report);
        }
        let now = engine.now();
        match next {
            None if !worked => return Ok(passed),
            Some(at) if !worked && at.duration_since(now) <= LONG => pause::until(at, now).await,
            Some(_) if !worked => {
                passed.unfinished = true;
                return Ok(passed);
            }
            _ => {}
        }
        if engine.now().duration_since(since) > PATIENCE {
            passed.unfinished = true;
            return Ok(passed);
        }
    }
}

async fn left(engine: &Engine, id: LinkId, looked: bool) -> anyhow::Result<Left> {
    let now = engine.now();
    let mut tx = engine.store.read().await?;
    let link = links::find(&mut tx, id).await?;
    let account = accounts::find(&mut tx, link.account).await?;
    if link.state != LinkState::Active || account.state != AccountState::Active {
        return Ok(Left::Nothing);
    }
    let waits = account.wait_until.unwrap_or(now).max(now);
    if !looked {
        return Ok(Left::All(waits));
    }
    for of in [mappings::Of::Newcomers, mappings::Of::Events] {
        if !mappings::work(&mut tx, id, of, now, None, 1).await?.is_empty() {
            return Ok(Left::Push(waits));
        }
    }
    if let Some(open) = mappings::with_intent(&mut tx, id, None, 1).await?.first() {
        return Ok(Left::Push(open.retry_at.unwrap_or(now).max(waits)));
    }
    Ok(match mappings::next_retry(&mut tx, id).await? {
        Some(at) => Left::Push(at.max(waits)),
        None => Left::Nothing,
    })
}

/// Makes one run, and tells meanwhile how far it is. `None`: another process has the link.
async fn watched(
    program: &Program,
    pair: Pair,
    link: LinkId,
    wish: Wish,
    progress: &Progress,
) -> anyhow::Result<Option<Report>> {
    let run = schedule::run_now(&program.engine, link, RunKind::Manual, wish);
    tokio::pin!(run);
    loop {
        tokio::select! {
            report = &mut run => return Ok(report?),
            () = pause::lasting(GLANCE), if progress.is_seen() => progress.say(far(program, pair).await?),
        }
    }
}

/// How far it is, in words.
async fn far(program: &Program, pair: Pair) -> anyhow::Result<String> {
    let mut tx = program.engine.store.read().await?;
    let (mut agree, mut pending) = (0, 0);
    for link in pair.links {
        let counts = mappings::counts(&mut tx, link).await?;
        agree += counts.agree;
        pending += counts.pending;
    }
    Ok(format!("syncing: {agree} events agree, {pending} wait"))
}
