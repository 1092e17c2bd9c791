//! I-07, I-15, I-19: what goes away goes because a person or a setting said so, and an original only because a person
//! did.

use concord_model::link::Direction;
use concord_model::{Event, EventId, ExternalId, Mark, OccurrenceKey};
use concord_store::links::Link;
use concord_store::{events, mappings};

use super::lens;
use crate::history::{History, Where};
use crate::outcome::Violation;
use crate::sides::{ChangeKind, Changed};
use crate::world::{Stop, World, broken};

/// Every deletion that was made over there.
pub(super) async fn have_a_reason(world: &World, news: &[(usize, Changed)]) -> Result<(), Stop> {
    for (_, change) in news.iter().filter(|(_, change)| change.kind == ChangeKind::Deleted) {
        // What people move keeps its id: a copy is a copy wherever it lies.
        let made = world.seen.made.keys().any(|(_, id)| *id == change.id);
        let Some((event, part, link)) = whose(world, change).await? else { continue };
        let Some(event) = event else {
            // A copy whose event is not known any more: it was made by us, or it may not be touched.
            if made {
                continue;
            }
            let what = format!("{} in {} is nobody's here and was deleted", change.id, change.calendar);
            return Err(Violation::new("I-19", what));
        };
        if by_a_person(world, &event).await? {
            continue;
        }
        if part.is_some() && world.past().reshaped.contains_key(&Where::Here(event.id)) {
            continue;
        }
        let what = format!("\"{}\" ({}) in {}", event.content.title, change.id, change.calendar);
        if !made {
            return Err(Violation::new("I-19", format!("the original {what} was deleted by nobody")));
        }
        if event.deleted_at.is_none()
            && !world.past().narrowed.contains(&link.id)
            && !world.past().undone.contains_key(&event.id)
            && lens(world, &event, part, &link).await?.is_some()
        {
            return Err(Violation::new("I-07", format!("the copy {what} was deleted by nobody")));
        }
    }
    Ok(())
}

pub(super) fn names(at: &Where, id: &str) -> bool {
    matches!(at, Where::There { id: named, .. } if named == id)
}

/// The event that something over there belongs to, which occurrence of it where its calendar holds no series, and its link.
/// Things that are not mapped: none.
async fn whose(
    world: &World,
    change: &Changed,
) -> Result<Option<(Option<Event>, Option<OccurrenceKey>, Link)>, Stop> {
    let failed = |e| broken("a deletion", &e);
    let links = world.link_rows().await.map_err(failed)?;
    for link in links.into_iter().filter(|link| link.calendar.as_str() == change.calendar) {
        let mut tx = world.engine.store.read().await.map_err(failed)?;
        let id = ExternalId(change.id.clone());
        let found =
            mappings::by_external(&mut tx, link.id, std::slice::from_ref(&id)).await.map_err(failed)?;
        let Some(mapping) = found.get(&id) else { continue };
        let event = match mapping.event {
            None => None,
            Some(event) => Some(events::get(&mut tx, world.workspace, event).await.map_err(failed)?),
        };
        return Ok(Some((event, mapping.part, link)));
    }
    Ok(None)
}

/// Whether a person deleted it, here or in any calendar that holds it; who moves it into a calendar that is not linked
/// takes it away from all that are.
pub(super) async fn by_a_person(world: &World, event: &Event) -> Result<bool, Stop> {
    {
        let past = world.past();
        if past.deleted.contains(&Where::Here(event.id)) || past.answered.contains(&event.id) {
            return Ok(true);
        }
    }
    let copies = there(world, event.id).await?;
    let past = world.past();
    // A series that was taken apart in several places may be left with nothing (BM-053).
    let here = std::iter::once(past.reshaped.contains_key(&Where::Here(event.id)));
    let there = copies.iter().map(|id| past.reshaped.keys().any(|at| names(at, id)));
    let taken_apart = here.chain(there).filter(|taken| *taken).count() > 1;
    let deleted = |id: &String| past.deleted.iter().any(|at| names(at, id));
    let moved_away = |id: &String| {
        let is_found = |to: &String| is_seen(world, &past, to) && !world.net.was_denied(to, id);
        past.moved.iter().any(|(at, to)| names(at, id) && !to.iter().all(is_found))
    };
    // A name whose copy was made once more by a request that came late may be another event's by now.
    let of_it = |at: &Where| is_copy_of(world, at, event.id);
    Ok(taken_apart || copies.iter().any(|id| deleted(id) || moved_away(id)) || past.deleted.iter().any(of_it))
}

/// Whether what we made under that name bears the mark of that event.
fn is_copy_of(world: &World, at: &Where, event: EventId) -> bool {
    let Where::There { calendar, id } = at else { return false };
    let mark = world.seen.made.get(&(calendar.clone(), id.clone())).cloned().flatten();
    mark.and_then(|mark| mark.parse::<Mark>().ok()).is_some_and(|mark| mark.event == event)
}

/// Whether what is moved into that calendar is seen there: it is linked and read, and always was.
fn is_seen(world: &World, past: &History, calendar: &str) -> bool {
    let number = (0..world.links.len()).find(|number| world.place(*number).calendar == calendar);
    let Some((number, Some(link))) = number.map(|number| (number, world.links[number])) else { return false };
    let both = world.plan.links[number].settings.direction == Direction::Both;
    both && !past.deaf.contains(&link) && !past.narrowed.contains(&link)
}

/// Whether a person took it away in a calendar: deleted it there, or moved it.
pub(super) async fn in_a_calendar(world: &World, event: EventId) -> Result<bool, Stop> {
    let copies = there(world, event).await?;
    let past = world.past();
    let mut gone = past.deleted.iter().chain(past.moved.keys());
    Ok(gone.any(|at| copies.iter().any(|id| names(at, id))))
}

/// What calendars call it, or called it.
pub(super) async fn there(world: &World, event: EventId) -> Result<Vec<String>, Stop> {
    let failed = |e| broken("its copies", &e);
    let mut tx = world.engine.store.read().await.map_err(failed)?;
    let all = mappings::of_event(&mut tx, world.workspace, event).await.map_err(failed)?;
    Ok(all.into_iter().filter_map(|m| m.external_id).map(|id| id.to_string()).collect())
}

/// What calendars that hold no series call its occurrences.
pub(super) async fn parts_there(world: &World, event: EventId) -> Result<Vec<String>, Stop> {
    let failed = |e| broken("its copies", &e);
    let mut tx = world.engine.store.read().await.map_err(failed)?;
    let all = mappings::of_event(&mut tx, world.workspace, event).await.map_err(failed)?;
    let parts = all.into_iter().filter(|mapping| mapping.part.is_some());
    Ok(parts.filter_map(|mapping| mapping.external_id).map(|id| id.to_string()).collect())
}

/// I-07, at the end: everything that is deleted here was deleted by a person somewhere.
pub(super) async fn nobody_is_gone_by_himself(world: &World) -> Result<(), Stop> {
    let known: Vec<EventId> = {
        let past = world.past();
        let here = past.written.values().filter_map(|written| match &written.at {
            Where::Here(event) => Some(*event),
            Where::There { .. } => None,
        });
        let mut all: Vec<EventId> = here.collect();
        all.sort();
        all.dedup();
        all
    };
    let failed = |e| broken("what is gone", &e);
    let mut tx = world.engine.store.read().await.map_err(failed)?;
    let found = events::find(&mut tx, world.workspace, &known).await.map_err(failed)?;
    drop(tx);
    for id in known {
        let Some(event) = found.get(&id) else {
            if world.past().restored {
                continue;
            }
            return Err(Violation::new("I-07", format!("event {id} is not here any more, not even deleted")));
        };
        if event.deleted_at.is_some() && !by_a_person(world, event).await? {
            let what = format!("\"{}\" is deleted here, and nobody did it", event.content.title);
            return Err(Violation::new("I-07", what));
        }
    }
    Ok(())
}
