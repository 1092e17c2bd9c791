//! What must hold, each promise in a file of its own, named by its number in the list of invariants. The mechanism knows
//! nothing of them, and they change nothing.
//!
//! Some hold after every step; others only at the end, when faults are off, people are quiet, and there was time.

mod deletions;
mod convergence;
mod doubles;
mod hidden;
mod lost_updates;
mod quiet;
mod allowance;
mod weight;
mod echoes;
mod guests;
mod one_way;
pub(crate) mod sign_ins;
mod tombstones;
mod honest;
mod channels;
pub(crate) mod plans;

use std::collections::{BTreeMap, BTreeSet};

use concord_model::{Event, LinkId, OccurrenceKey};
use concord_store::links::Link;
use concord_store::mappings::{Mapping, MappingState};
use concord_store::{clients, mappings};
use concord_sync::lens::{Lens, Seen as ShownAs, Shown};
use jiff::{SignedDuration, Timestamp};

use crate::sides::Changed;
use crate::world::{Stop, World, broken, zone};

/// What checks remember from step to step.
#[derive(Default)]
pub(crate) struct Seen {
    /// The last change of each side.
    changes: BTreeMap<usize, u64>,
    /// What programs have made: calendar and id, and with which mark.
    made: BTreeMap<(String, String), Option<String>>,
    /// What each link's run has taken away and rewritten.
    weighed: BTreeMap<LinkId, weight::Weighed>,
    /// Whether a call, a transaction or a worker was lost: what became of it had to be guessed.
    pub(crate) lost: bool,
    /// Whether anything happened for which a provider may refuse a sign-in for good.
    pub(crate) sign_ins_refused: bool,
    /// Whether channels died over there without a word.
    pub(crate) channels_died: bool,
}

/// What holds after every step.
pub(crate) async fn after_step(world: &mut World) -> Result<(), Stop> {
    sign_ins::are_left_alone(world).await?;
    for suspicion in world.net.violations() {
        if suspicion.invariant != "I-35" || !hidden::is_home(world, &suspicion).await? {
            return Err(suspicion);
        }
    }
    let mut news: Vec<(usize, Changed)> = Vec::new();
    for (number, side) in world.sides.iter().enumerate() {
        let since = world.seen.changes.entry(number).or_default();
        let changes = side.changes(*since);
        if let Some(last) = changes.last() {
            *since = last.n;
            news.extend(
                changes.into_iter().filter(|change| change.by_program).map(|change| (number, change)),
            );
        }
        if side.mails() > 0 {
            return Err(crate::Violation::new("I-37", "mail was sent to guests"));
        }
    }
    if news.is_empty() {
        return Ok(());
    }
    world.trace.count("effects");
    doubles::made_once(world, &news)?;
    one_way::is_kept(world, &news).await?;
    weight::is_plausible(world, &news).await?;
    deletions::have_a_reason(world, &news).await?;
    let calendars: BTreeSet<(usize, String)> =
        news.into_iter().map(|(side, change)| (side, change.calendar)).collect();
    doubles::none_lives_twice(world, &calendars)
}

/// What holds at the end.
pub(crate) async fn at_the_end(world: &mut World) -> Result<(), Stop> {
    allowance::is_taken_from(world).await?;
    convergence::copies_are_views(world).await?;
    doubles::none_stays_twice(world)?;
    lost_updates::nothing_is_lost(world).await?;
    echoes::nobody_contradicts_himself(world).await?;
    echoes::words_stay_as_they_were_written(world).await?;
    tombstones::nothing_comes_back(world).await?;
    guests::keep_what_is_said_of_them(world)?;
    deletions::nobody_is_gone_by_himself(world).await?;
    hidden::nothing_hidden_is_left(world).await?;
    hidden::notes_stay_notes(world).await?;
    honest::what_is_told_is_so(world).await?;
    channels::are_those_that_are_wanted(world).await?;
    quiet::is_quiet(world).await?;
    quiet::does_without_cursors(world).await?;
    tombstones::are_kept(world).await
}

/// What a link's calendar should show of an event, or of one occurrence where it holds no series; `None` where it must not
/// exist there.
pub(crate) async fn lens(
    world: &World,
    event: &Event,
    part: Option<OccurrenceKey>,
    link: &Link,
) -> Result<Option<Box<ShownAs>>, Stop> {
    let mut tx = world.engine.store.read().await.map_err(|e| broken("a lens", &e))?;
    if !event.people().any(|person| person == link.user) {
        return Ok(None);
    }
    let clients = clients::by_ids(&mut tx, world.workspace, &event.booking.clients)
        .await
        .map_err(|e| broken("a lens", &e))?;
    drop(tx);
    let hidden = concord_engine::whose::hidden(event, link, &clients);
    let zone = link.zone.clone().unwrap_or_else(zone);
    let lens = Lens {
        able: world.engine.providers[&link.provider].capabilities(),
        settings: &link.settings,
        person: link.user,
        eyes: concord_engine::whose::eyes(event, link),
        zone: &zone,
        hidden: &hidden,
    };
    Ok(match lens.show_part(event, part, world.time.now()) {
        Shown::As(seen) => Some(seen),
        Shown::Not(_) => None,
    })
}

/// The time in which everything that people do lies.
pub(crate) fn window(world: &World) -> (Timestamp, Timestamp) {
    let now = world.time.now();
    let long = SignedDuration::from_hours(24 * 400);
    (now.saturating_sub(long).unwrap_or(Timestamp::MIN), now.saturating_add(long).unwrap_or(Timestamp::MAX))
}

/// What is remembered of a link's copies.
pub(crate) async fn mappings_of(world: &World, link: &Link) -> Result<Vec<Mapping>, Stop> {
    let mut tx = world.engine.store.read().await.map_err(|e| broken("mappings", &e))?;
    mappings::living(&mut tx, link.id).await.map_err(|e| broken("mappings", &e))
}

/// What has still to be done, in words.
pub(crate) async fn what_is_left(world: &World) -> Result<String, Stop> {
    let mut left = Vec::new();
    for link in world.link_rows().await.map_err(|e| broken("links", &e))? {
        for m in mappings_of(world, &link).await? {
            if m.state != MappingState::Synced {
                left.push(format!(
                    "{} {:?} of {:?} in {}: {:?} {:?}",
                    m.external_id.as_ref().map_or("nothing yet", |id| id.as_str()),
                    m.state,
                    m.event,
                    link.calendar,
                    m.error.as_ref().map(|error| &error.text),
                    m.retry_at
                ));
            }
        }
    }
    Ok(left.join("; "))
}
