//! I-08: nobody takes away or rewrites an implausible share of a calendar in one run, unless a person has agreed.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::LinkId;
use concord_store::links::LinkState;
use concord_store::mappings;

use crate::history::Where;
use crate::outcome::Violation;
use crate::sides::{ChangeKind, Changed};
use crate::world::{Stop, World, broken};

/// What one run has taken away and rewritten so far, of how much.
#[derive(Default)]
pub(crate) struct Weighed {
    epoch: i64,
    mapped: i64,
    things: BTreeSet<String>,
    made: BTreeSet<String>,
}

/// Every change and deletion that was made over there, by the run that made it.
pub(super) async fn is_plausible(world: &mut World, news: &[(usize, Changed)]) -> Result<(), Stop> {
    let mut changed: BTreeMap<&str, Vec<(&str, ChangeKind)>> = BTreeMap::new();
    let brought = {
        let past = world.past();
        let ids = past.moved.keys().filter_map(|at| match at {
            Where::There { id, .. } => Some(id.clone()),
            Where::Here(_) => None,
        });
        ids.collect::<BTreeSet<String>>()
    };
    // What people moved from one of their calendars to another is a second copy of an event there: it counts as that.
    for (_, change) in news.iter().filter(|(_, change)| !brought.contains(&change.thing)) {
        // An occurrence counts as its series, also where each has a copy of its own: who moves a series does one thing.
        changed.entry(&change.calendar).or_default().push((change.thing.as_str(), change.kind));
    }
    if changed.is_empty() {
        return Ok(());
    }
    let failed = |e| broken("the weight of a run", &e);
    for link in world.link_rows().await.map_err(failed)? {
        let Some(things) = changed.get(link.calendar.as_str()) else { continue };
        if link.state != LinkState::Active || world.past().agreed_to.contains(&link.id) {
            continue;
        }
        let mut tx = world.engine.store.read().await.map_err(failed)?;
        let mapped = mappings::events_mapped(&mut tx, link.id).await.map_err(failed)?;
        drop(tx);
        let weighed = world.seen.weighed.entry(link.id).or_default();
        if weighed.epoch != link.lease_epoch {
            *weighed = Weighed { epoch: link.lease_epoch, ..Weighed::default() };
        }
        weighed.mapped = weighed.mapped.max(mapped);
        for (thing, kind) in things {
            // What it has made itself it may go on with: a series is made, and then its odd occurrences.
            match kind {
                ChangeKind::Made | ChangeKind::PutBack => drop(weighed.made.insert((*thing).to_owned())),
                _ if weighed.made.contains(*thing) => {}
                _ => drop(weighed.things.insert((*thing).to_owned())),
            }
        }
        is_allowed(&link.id, link.settings.brake, weighed)?;
    }
    Ok(())
}

fn is_allowed(link: &LinkId, limit: concord_model::link::BrakeLimit, weighed: &Weighed) -> Result<(), Stop> {
    let count = weighed.things.len() as u64;
    let mapped = u64::try_from(weighed.mapped).unwrap_or(0).max(count);
    let share = mapped * u64::from(limit.percent) / 100;
    // What a write meets there that no plan could know of is written again, and counts with it.
    let most = u64::from(limit.at_least).max(share) + 1;
    if count > most {
        let what = format!(
            "one run of {link} took away or rewrote {count} of {mapped} events, and nobody was asked: {:?}",
            weighed.things
        );
        return Err(Violation::new("I-08", what));
    }
    Ok(())
}
