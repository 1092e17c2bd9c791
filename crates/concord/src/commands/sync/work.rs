//! Runs, a few at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use concord_engine::Engine;
use concord_engine::run::{Report, Wish};
use concord_engine::schedule::{self, Worked};
use concord_model::LinkId;
use concord_store::links::{self, LinkState};
use concord_store::mappings;
use concord_store::runs::RunKind;
use jiff::SignedDuration;
use tokio::task::JoinSet;

use crate::assemble::Program;
use crate::output::Progress;
use crate::pause;

/// How many runs go on beside each other.
const TASKS: usize = 4;
/// How often a store that was busy is asked again for the same run.
const TRIES: usize = 3;
/// How often somebody who looks on is told how far it is.
const GLANCE: SignedDuration = SignedDuration::from_millis(500);

/// A run to make.
#[derive(Clone, Copy)]
pub(super) struct Job {
    pub(super) link: LinkId,
    pub(super) kind: RunKind,
    pub(super) wish: Wish,
}

/// A run that was made, or was not: somebody else has the link, or its provider wants a pause.
pub(super) struct Made {
    pub(super) link: LinkId,
    pub(super) report: Option<Report>,
}

/// Makes these runs.
pub(super) async fn these(
    program: &Program,
    jobs: Vec<Job>,
    progress: &Progress,
) -> anyhow::Result<Vec<Made>> {
    let all = jobs.len();
    let queue = Arc::new(Mutex::new(VecDeque::from(jobs)));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS.min(all) {
        let (engine, queue) = (program.engine.clone(), Arc::clone(&queue));
        tasks.spawn(async move {
            let mut made = Vec::new();
            loop {
                let job = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(job) = job else { return Ok(made) };
                made.push(Made { link: job.link, report: one(&engine, job).await? });
            }
        });
    }
    gather(program, tasks, progress).await
}

async fn one(engine: &Engine, job: Job) -> Result<Option<Report>, concord_store::Error> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        match schedule::run_now(engine, job.link, job.kind, job.wish).await {
            // A dropped run is a crash that did not happen: the next one goes on from where it was.
            Err(concord_store::Error::Busy) if tries > 0 => {}
            other => return other,
        }
    }
}

/// How often one task runs one link: an interval shorter than a run would keep it going for ever.
const MOST_RUNS: usize = 8;

/// Makes what is due until nothing is. What becomes due by these runs is run too.
pub(super) async fn due(program: &Program, progress: &Progress) -> anyhow::Result<Vec<Made>> {
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let engine = program.engine.clone();
        tasks.spawn(async move {
            let mut made: Vec<Made> = Vec::new();
            loop {
                let report = match schedule::work(&engine).await {
                    Ok(Worked::Ran(report)) => *report,
                    Ok(Worked::Idle(_)) => return Ok(made),
                    Err(concord_store::Error::Busy) if made.len() < MOST_RUNS => continue,
                    Err(error) => return Err(error),
                };
                let Some(link) = report.link else { continue };
                made.push(Made { link, report: Some(report) });
                if made.iter().filter(|one| one.link == link).count() > MOST_RUNS {
                    return Ok(made);
                }
            }
        });
    }
    gather(program, tasks, progress).await
}

/// Waits for the tasks, and tells meanwhile how far they are. Dropped, it ends them.
async fn gather(
    program: &Program,
    mut tasks: JoinSet<Result<Vec<Made>, concord_store::Error>>,
    progress: &Progress,
) -> anyhow::Result<Vec<Made>> {
    let mut all = Vec::new();
    loop {
        tokio::select! {
            done = tasks.join_next() => match done {
                Some(done) => all.extend(done??),
                None => return Ok(all),
            },
            () = pause::lasting(GLANCE), if progress.is_seen() => progress.say(far(program).await?),
        }
    }
}

/// How far it is, in words.
async fn far(program: &Program) -> anyhow::Result<String> {
    let mut tx = program.engine.store.read().await?;
    let (mut agree, mut pending) = (0, 0);
    for link in links::list(&mut tx, program.workspace).await? {
        if link.state == LinkState::Active {
            let counts = mappings::counts(&mut tx, link.id).await?;
            agree += counts.agree;
            pending += counts.pending;
        }
    }
    Ok(format!("syncing: {agree} events agree, {pending} wait"))
}
