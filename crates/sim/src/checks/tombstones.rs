//! I-15: what a person deleted here does not come back by itself, and what has ended is remembered for 400 days.

use std::collections::BTreeSet;

use concord_model::EventId;
use concord_model::view::Status;
use concord_store::{events, mappings};
use jiff::SignedDuration;

use crate::clock::START;
use crate::history::Where;
use crate::outcome::Violation;
use crate::script::Job;
use crate::world::{Stop, World, broken};

/// What was deleted here and not taken back is deleted.
pub(super) async fn nothing_comes_back(world: &World) -> Result<(), Stop> {
    let gone: Vec<EventId> = {
        let past = world.past();
        if past.restored {
            return Ok(());
        }
        let here = past.deleted.iter().filter_map(|at| match at {
            Where::Here(event) => Some(*event),
            Where::There { .. } => None,
        });
        let by_a_person = |event: &EventId| {
            past.undone.contains_key(event)
                || past.answered.contains(event)
                || past.brought_back.contains(event)
        };
        here.filter(|event| !by_a_person(event)).collect()
    };
    let failed = |e| broken("what is gone", &e);
    let mut tx = world.engine.store.read().await.map_err(failed)?;
    for event in events::find(&mut tx, world.workspace, &gone).await.map_err(failed)?.into_values() {
        if event.deleted_at.is_none() && event.content.status != Status::Cancelled {
            let what = format!("\"{}\" was deleted here and is back", event.content.title);
            return Err(Violation::new("I-15", what));
        }
    }
    Ok(())
}

/// Whatever has ended is still known after 398 days.
pub(super) async fn are_kept(world: &mut World) -> Result<(), Stop> {
    let before = ended(world).await?;
    // Counted from the world's beginning, so that nothing that ended in it is older than that; clocks are off by hours.
    let lived = world.time.now().duration_since(START.parse().expect("the beginning is an instant"));
    world.time.pass(SignedDuration::from_hours(24 * 398) - lived);
    for worker in 0..world.workers.len() {
        world.turn(worker, u32::MAX, Job::Upkeep).await?;
    }
    let after = ended(world).await?;
    match before.difference(&after).next() {
        Some(forgotten) => {
            Err(Violation::new("I-15", format!("what ended there is forgotten before its time: {forgotten}")))
        }
        None => Ok(()),
    }
}

/// The copies and originals that have ended, of what was made here.
async fn ended(world: &World) -> Result<BTreeSet<String>, Stop> {
    let failed = |e| broken("what has ended", &e);
    let known: BTreeSet<EventId> = {
        let past = world.past();
        let here = past.written.values().filter_map(|written| match &written.at {
            Where::Here(event) => Some(*event),
            Where::There { .. } => None,
        });
        here.collect()
    };
    let mut tx = world.engine.store.read().await.map_err(failed)?;
    let mut found = BTreeSet::new();
    for event in known {
        let all = mappings::of_event(&mut tx, world.workspace, event).await.map_err(failed)?;
        let ended = all.into_iter().filter(|mapping| mapping.ended_at.is_some());
        found.extend(ended.map(|mapping| format!("{} of {event}", mapping.id)));
    }
    Ok(found)
}
