//! Leases that nobody needs any more: those of this process when it is told to end, and those of a process on this
//! machine that is dead. Without this, the next sync would wait until they are over.
//!
//! Nothing rests on it. A lease that is given back by mistake only makes its worker stop: whoever claims the link next
//! has a higher epoch, and only that one can write (SY-6).

use std::fs;
use std::path::Path;

use concord_store::links::{self, Link, Settled};
use concord_store::runs::RunStatus;

use crate::assemble::{self, Program};

/// Where the system tells of its processes, if it does.
const PROCESSES: &str = "/proc";

/// Gives back what this process holds.
pub(crate) async fn release_own(program: &Program) -> anyhow::Result<()> {
    release(program, |holder| holder == program.engine.worker, "the sync was interrupted").await
}

/// Gives back what processes hold that were on this machine and are not any more.
pub(crate) async fn release_dead(program: &Program) -> anyhow::Result<()> {
    if !Path::new(PROCESSES).join("self").exists() {
        return Ok(());
    }
    let dead = |holder: &str| {
        let here = assemble::Worker::of(holder).filter(assemble::Worker::is_here);
        here.is_some_and(|worker| !lives(worker.process))
    };
    release(program, dead, "the process that synced it ended").await
}

/// Whether a process still does anything: one that has ended may stay in the list until somebody has asked how.
fn lives(process: u32) -> bool {
    let Ok(told) = fs::read_to_string(Path::new(PROCESSES).join(process.to_string()).join("stat")) else {
        return false;
    };
    // Its name comes first, in brackets, and may have any sign in it; then its state.
    let state = told.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    !matches!(state, Some('Z' | 'X'))
}

async fn release(program: &Program, whose: impl Fn(&str) -> bool, why: &str) -> anyhow::Result<()> {
    let engine = &program.engine;
    let now = engine.now();
    let mut tx = engine.store.read().await?;
    let all = links::list(&mut tx, program.workspace).await?;
    drop(tx);
    let held = |link: &Link| {
        link.lease_until.is_some_and(|until| until > now) && link.holder.as_deref().is_some_and(&whose)
    };
    for link in all.into_iter().filter(held) {
        let settled = Settled {
            due_at: Some(now),
            run: None,
            status: RunStatus::Failed,
            error: Some(why.to_owned()),
            failures: link.failures,
            success_at: None,
            first_done: false,
            full_at: None,
            next_safety_at: None,
        };
        let mut tx = engine.store.begin().await?;
        match links::settle(&mut tx, &link.lease(), &settled).await {
            // Somebody else has claimed it meanwhile: then there is nothing to give back.
            Err(concord_store::Error::LeaseLost) => {}
            other => {
                other?;
                tx.commit().await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_that_has_ended_does_not_live_though_nobody_has_asked_how() {
        let mut ended = Command::new("true").spawn().expect("there is such a program");
        assert!(lives(std::process::id()));
        while lives(ended.id()) {
            std::thread::yield_now();
        }
        assert!(Path::new(PROCESSES).join(ended.id().to_string()).exists());
        assert!(ended.wait().expect("it has ended").success());
        assert!(!lives(ended.id()));
    }
}
