//! Runs, a few at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use concord_engine::Engine;
use concord_engine::run::{Report, Wish};
use concord_engine::schedule::{self, Worked};
use concord_model::LinkId;
use concord_store::runs::RunKind;
use tokio::task::JoinSet;

use crate::output::Progress;

/// How many runs go on beside each other.
const TASKS: usize = 4;
/// How often a store that was busy is asked again for the same run.
const TRIES: usize = 3;

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
pub(super) async fn these(engine: &Engine, jobs: Vec<Job>, progress: &Progress) -> anyhow::Result<Vec<Made>> {
    let all = jobs.len();
    let queue = Arc::new(Mutex::new(VecDeque::from(jobs)));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS.min(all) {
        let (engine, queue) = (engine.clone(), Arc::clone(&queue));
        tasks.spawn(async move {
            let mut made = Vec::new();
            loop {
                let job = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(job) = job else { return Ok(made) };
                made.push(Made { link: job.link, report: one(&engine, job).await? });
            }
        });
    }
    gather(tasks, progress).await
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

/// Makes what is due until nothing is.
pub(super) async fn due(engine: &Engine, progress: &Progress) -> anyhow::Result<Vec<Made>> {
    let mut tasks = JoinSet::new();
    // What becomes due by these runs is run too; what is due again by its own interval waits for the next command.
    let began = engine.now();
    for _ in 0..TASKS {
        let engine = engine.clone();
        tasks.spawn(async move {
            let mut made: Vec<Made> = Vec::new();
            loop {
                match schedule::work(&engine).await? {
                    Worked::Idle(_) => return Ok(made),
                    Worked::Ran(report) => {
                        let Some(link) = report.link else { continue };
                        let often = made.iter().filter(|one| one.link == link).count();
                        made.push(Made { link, report: Some(*report) });
                        // Intervals shorter than a run (in tests) would keep this going for ever.
                        if often >= MOST_RUNS && engine.now() > began {
                            return Ok(made);
                        }
                    }
                }
            }
        });
    }
    gather(tasks, progress).await
}

/// How often one command runs one link that keeps becoming due.
const MOST_RUNS: usize = 8;

async fn gather(
    mut tasks: JoinSet<Result<Vec<Made>, concord_store::Error>>,
    progress: &Progress,
) -> anyhow::Result<Vec<Made>> {
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        all.extend(done??);
        progress.say(format!("{} runs made", all.len()));
    }
    Ok(all)
}
