//! The service at work: it answers requests, makes the runs that are due, and does what has to be done from time to time,
//! until it is told to end.
//!
//! ```text
//!   listener ─▶ requests ─▶ store ─┐
//!   due table ◀────────────────────┘─ wakes ─▶ dispatcher ─▶ runs, a few at a time
//!   upkeep: questions that nobody answered, channels that end, what has served its time
//! ```
//!
//! Told to end, it takes no more requests, ends the streams, lets requests under way finish, and gives back the links that
//! it holds.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use concord_engine::schedule::{self, Next};
use concord_engine::{Engine, channels, upkeep};
use concord_model::LinkId;
use concord_server::App;
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tracing::{error, info, warn};

use crate::assemble::Program;
use crate::commands::sync::leases;
use crate::config::Role;
use crate::{letters, pause};

/// How many runs go on beside each other.
const RUNS: usize = 4;
/// How often work is looked for that other processes have brought.
const LOOK: SignedDuration = SignedDuration::from_millis(500);
/// How long after a failure of the database it is asked again.
const AGAIN: SignedDuration = SignedDuration::from_secs(1);
/// The shortest and the longest time between two rounds of upkeep.
const UPKEEP: (SignedDuration, SignedDuration) =
    (SignedDuration::from_secs(5), SignedDuration::from_secs(60));
/// How long requests under way may take to finish.
const FAREWELL: SignedDuration = SignedDuration::from_secs(10);

/// Serves until `told` to end.
pub async fn run(
    program: &Program,
    app: App,
    listener: TcpListener,
    router: Router,
    told: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let engine = &program.engine;
    leases::release_dead(program).await?;
    let syncs = program.config.role != Role::Api;
    let stop = app.stop.clone();
    let serving = {
        let stop = stop.clone();
        let served =
            axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await });
        async move { served.await.context("the server ended") }
    };
    let mut serving = Box::pin(serving);
    let live = {
        let live = app.live.clone();
        tokio::spawn(async move { live.run().await })
    };
    let working = syncs.then(|| tokio::spawn(dispatch(engine.clone())));
    let mail = app.mail.clone().filter(|_| syncs);
    let posting = async {
        if let Some(mail) = &mail {
            let drop = program.config.mail.as_ref().and_then(|mail| mail.drop.as_deref());
            letters::keep(engine, &**mail, drop).await;
        }
        std::future::pending().await
    };
    let keeping = async {
        if syncs {
            keep_up(engine).await;
        }
        std::future::pending().await
    };
    let ended = tokio::select! {
        served = &mut serving => served,
        never = keeping => never,
        never = posting => never,
        () = told => {
            info!("told to end; requests under way may finish");
            stop.cancel();
            tokio::select! {
                served = &mut serving => served,
                () = pause::lasting(FAREWELL) => Ok(()),
            }
        }
    };
    if let Some(working) = working {
        working.abort();
        // It has to be gone before its leases are given back.
        working.await.ok();
    }
    live.abort();
    leases::release_own(program).await?;
    ended
}

/// Makes the runs that are due. What this process commits wakes it at once, what others commit after a moment.
async fn dispatch(engine: Engine) {
    let places = Arc::new(Semaphore::new(RUNS));
    let mut runs = tokio::task::JoinSet::new();
    let mut changed = engine.store.changed();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        while runs.try_join_next().is_some() {}
        changed.mark_unchanged();
        match schedule::next(&engine).await {
            Ok(Next::Claimed(link)) => {
                let engine = engine.clone();
                runs.spawn(async move {
                    made(link.id, schedule::run_claimed(&engine, *link)).await;
                    drop(place);
                });
            }
            Ok(Next::Idle(at)) => {
                let now = engine.now();
                let look = at.unwrap_or(Timestamp::MAX).min(now.saturating_add(LOOK).unwrap_or(now));
                tokio::select! {
                    _ = changed.changed() => {}
                    () = pause::until(look, now) => {}
                }
            }
            Err(trouble) => {
                warn!("work could not be looked for: {trouble}");
                pause::lasting(AGAIN).await;
            }
        }
    }
}

/// Sees a run to its end. A fault of the program ends that run alone; its link is free again when its lease is over.
async fn made<T>(id: LinkId, run: impl Future<Output = Result<T, concord_store::Error>>) {
    match AssertUnwindSafe(run).catch_unwind().await {
        Ok(Ok(_)) => {}
        Ok(Err(concord_store::Error::LeaseLost)) => {
            warn!(link.id = %id, "another worker has taken over link {id}");
        }
        Ok(Err(trouble)) => error!(link.id = %id, "a run on link {id} broke off: {trouble}"),
        Err(_) => error!(
            link.id = %id,
            "a run on link {id} ended in a fault of the program; the link is tried again when its lease is over"
        ),
    }
}

/// Does what has to be done from time to time.
async fn keep_up(engine: &Engine) {
    let mut changed = engine.store.changed();
    loop {
        changed.mark_unchanged();
        let now = engine.now();
        let mut next = now.saturating_add(UPKEEP.1).unwrap_or(now);
        match upkeep::sweep(engine).await {
            Ok(at) => next = next.min(at),
            Err(trouble) => warn!("upkeep could not be done: {trouble}"),
        }
        match channels::sweep(engine).await {
            Ok(at) => next = next.min(at),
            Err(trouble) => warn!("channels could not be looked after: {trouble}"),
        }
        pause::lasting(UPKEEP.0).await;
        // A link that was just made wants its channel now.
        tokio::select! {
            _ = changed.changed() => {}
            () = pause::until(next, engine.now()) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_run_that_ends_in_a_fault_of_the_program_takes_nothing_else_with_it() {
        let run = async { panic!("as an index out of bounds would") };
        made::<()>(LinkId(uuid::Uuid::nil()), run).await;
    }
}
