//! I-03: no edit is lost. What a person wrote is in the result, or somebody wrote something later there, or it is kept
//! in a conflict.

use std::collections::{BTreeMap, BTreeSet};

use concord_engine::edit::why_read_only;
use concord_model::event::Origin;
use concord_model::link::Direction;
use concord_model::privacy::{Detail, Privacy};
use concord_model::view::{Override, Patch, Value};
use concord_model::{Event, EventId, ExternalId, Field, Span, View};
use concord_store::links::{Link, LinkState};
use concord_store::mappings::Home;
use concord_store::{Actor, conflicts, events, history, mappings};

use super::deletions;
use crate::history::{Where, Written, numbers};
use crate::outcome::Violation;
use crate::world::{Stop, World, broken};

/// The history is gone through, edit by edit.
pub(super) async fn nothing_is_lost(world: &World) -> Result<(), Stop> {
    let failed = |e| broken("the history", &e);
    let mut tx = world.engine.store.read().await.map_err(failed)?;
    let all = conflicts::list(&mut tx, world.workspace, false, None, 100_000).await.map_err(failed)?;
    let mut kept: Vec<u32> = Vec::new();
    let mut contested: BTreeMap<EventId, Vec<&View>> = BTreeMap::new();
    for conflict in &all {
        for view in conflict.base.iter().chain(&conflict.ours).chain(&conflict.theirs) {
            kept.extend(told(view));
            if let Some(event) = conflict.event {
                contested.entry(event).or_default().push(view);
            }
        }
        for field in &conflict.fields {
            kept.extend(numbers(&field.to_string()));
            kept.extend(seconds(&field.to_string()));
        }
    }
    kept.sort_unstable();
    let mut links = concord_store::links::list(&mut tx, world.workspace).await.map_err(failed)?;
    // What is not linked any more is not looked at.
    links.retain(|link| !matches!(link.state, LinkState::Removed { .. }));
    let written = world.past().written.clone();
    let ids: BTreeSet<ExternalId> = written
        .values()
        .filter_map(|edit| match &edit.at {
            Where::There { id, .. } => Some(ExternalId(id.clone())),
            Where::Here(_) => None,
        })
        .collect();
    let ids: Vec<ExternalId> = ids.into_iter().collect();
    let mut by_external: BTreeMap<String, (EventId, &Link)> = BTreeMap::new();
    // What is under one name in several calendars, for somebody moved it while one of them was not looked at.
    let mut all_named: BTreeMap<String, BTreeSet<EventId>> = BTreeMap::new();
    // What is known where it lies, and has not come in: its time has not come.
    let mut rests: BTreeSet<(&str, String)> = BTreeSet::new();
    // What was written on one occurrence, where a calendar holds no series.
    let mut of_parts: BTreeSet<String> = BTreeSet::new();
    for link in &links {
        for (id, mapping) in mappings::by_external(&mut tx, link.id, &ids).await.map_err(failed)? {
            if mapping.part.is_some() {
                of_parts.insert(id.to_string());
            }
            if let Some(event) = mapping.event {
                by_external.insert(id.to_string(), (event, link));
                all_named.entry(id.to_string()).or_default().insert(event);
            } else {
                rests.insert((link.calendar.as_str(), id.to_string()));
            }
        }
    }
    drop(tx);
    for (number, edit) in &written {
        if kept.binary_search(number).is_ok() {
            continue;
        }
        let event = match &edit.at {
            Where::Here(event) => *event,
            Where::There { calendar, id } if rests.contains(&(calendar.as_str(), id.clone())) => continue,
            Where::There { calendar, id } => {
                // Where it was written counts as well as where it is by now: a calendar that shows only a block takes
                // no words in.
                let mut written_in = links.iter().filter(|link| *calendar == *link.calendar.as_str());
                let was_heard = written_in.all(|link| listens(world, link));
                let heard = |link: &Link| was_heard && listens(world, link);
                match by_external.get(id) {
                    Some((event, link)) if heard(link) && !world.past().private.contains(event) => *event,
                    _ => continue,
                }
            }
        };
        let mut tx = world.engine.store.read().await.map_err(failed)?;
        let Ok(event) = events::get(&mut tx, world.workspace, event).await else { continue };
        let home = mappings::homes(&mut tx, &[event.id]).await.map_err(failed)?.remove(&event.id);
        drop(tx);
        if matches!(edit.at, Where::There { .. }) && is_put_back(world, &event, home.as_ref(), &links).await?
        {
            continue;
        }
        let in_a_part = matches!(&edit.at, Where::There { id, .. } if of_parts.contains(id));
        let edit = &Written { part: edit.part || in_a_part, ..edit.clone() };
        let contested = contested.get(&event.id).map(Vec::as_slice).unwrap_or_default();
        if is_accounted_for(world, *number, edit, &event, contested).await? {
            continue;
        }
        // Who deletes what he has just written takes it away before anybody here has seen it: also where the event goes
        // on, as a booking that is called off, or for somebody changed it here.
        if edit.gone && !came_in(world, *number, event.id).await? {
            continue;
        }
        if let Where::There { id, .. } = &edit.at
            && (world.net.was_written_over(id, edit.step) || say(world, *number, all_named.get(id)).await?)
        {
            continue;
        }
        let what = format!(
            "w{number}w, written in step {} into the {} of \"{}\", is neither there nor in a conflict, and nobody \
             wrote anything later",
            edit.step, edit.field, event.content.title
        );
        return Err(Violation::new("I-03", what));
    }
    Ok(())
}

/// Whether one of those events says what was written with that number.
async fn say(world: &World, number: u32, all: Option<&BTreeSet<EventId>>) -> Result<bool, Stop> {
    let failed = |e| broken("an event of that name", &e);
    let all: Vec<EventId> = all.into_iter().flatten().copied().collect();
    let mut tx = world.engine.store.read().await.map_err(failed)?;
    let found = events::find(&mut tx, world.workspace, &all).await.map_err(failed)?;
    Ok(found.values().any(|event| told(&event.content).contains(&number)))
}

/// Whether edits on the other side of a link have always come in whole. What was let go of is not looked at any more.
fn listens(world: &World, link: &Link) -> bool {
    let born = world
        .links
        .iter()
        .position(|id| *id == Some(link.id))
        .map(|number| &world.plan.links[number].settings);
    let open =
        born.is_some_and(|born| born.direction != Direction::Push && born.sight.detail == Detail::Full);
    let kept = !matches!(link.state, LinkState::Removed { .. });
    open && kept && !world.past().deaf.contains(&link.id) && world.plan.people.len() == 1
}

/// Whether what is written into copies of an event may have been put back: somebody made it private there, or its home
/// is only read, or once was.
async fn is_put_back(
    world: &World,
    event: &Event,
    home: Option<&Home>,
    links: &[Link],
) -> Result<bool, Stop> {
    let copies = deletions::there(world, event.id).await?;
    let past = world.past();
    let by_name = past.hidden.iter().any(|at| copies.iter().any(|id| deletions::names(at, id)));
    // Where private events are left out, the copy that was made private went for it, and its name with it.
    let hidden = by_name || !past.hidden.is_empty() && event.content.privacy == Privacy::Private;
    let only_read = |link: &&Link| {
        let closed = past.closed.contains(link.calendar.as_str());
        closed || link.settings.direction == Direction::Pull || past.deaf.contains(&link.id)
    };
    // Also where it was until somebody moved it.
    let was_home = |link: &&Link| {
        past.moved.keys().any(|at| {
            let there = matches!(at, Where::There { calendar, .. } if *calendar == *link.calendar.as_str());
            there && copies.iter().any(|id| deletions::names(at, id))
        })
    };
    let read_only = match event.origin {
        Origin::Platform | Origin::Mail => false,
        Origin::Link(home) => links.iter().filter(only_read).any(|link| link.id == home || was_home(&link)),
    };
    Ok(hidden || read_only || home.is_some_and(|home| why_read_only(home).is_some()))
}

/// Whether an event ever held what was written with that number.
async fn came_in(world: &World, number: u32, event: EventId) -> Result<bool, Stop> {
    let failed = |e| broken("an event's past", &e);
    let mut tx = world.engine.store.read().await.map_err(failed)?;
    let past = history::versions(&mut tx, world.workspace, event).await.map_err(failed)?;
    Ok(past.iter().any(|version| told(&version.content).contains(&number)))
}

/// Whether what was written with that number went with what somebody did to a series in a calendar, wherever its copy there
/// is by now.
async fn went_with_a_shape(world: &World, number: u32, event: EventId) -> Result<bool, Stop> {
    let failed = |e| broken("an event's past", &e);
    let mut tx = world.engine.store.read().await.map_err(failed)?;
    let past = history::versions(&mut tx, world.workspace, event).await.map_err(failed)?;
    let last = past.iter().find(|version| told(&version.content).contains(&number));
    let Some(Actor::Link(link)) = last.map(|version| version.by) else { return Ok(false) };
    let calendar = concord_store::links::find(&mut tx, link).await.map_err(failed)?.calendar;
    let in_it = |at: &Where| matches!(at, Where::There { calendar: c, .. } if *c == *calendar.as_str());
    Ok(world.past().reshaped.iter().any(|(at, last)| *last >= number && in_it(at)))
}

async fn is_accounted_for(
    world: &World,
    number: u32,
    edit: &Written,
    event: &Event,
    contested: &[&View],
) -> Result<bool, Stop> {
    if event.deleted_at.is_some() && deletions::by_a_person(world, event).await? {
        // What was changed there and goes because somebody deleted it here is kept in a conflict (CF-4).
        let only_here = matches!(edit.at, Where::There { .. })
            && !edit.part
            && edit.field != Field::Time
            && world.past().deleted.contains(&Where::Here(event.id))
            && world.past().narrowed.is_empty()
            && !deletions::in_a_calendar(world, event.id).await?;
        if !only_here {
            return Ok(true);
        }
    }
    let (field, part) = (edit.field, edit.part);
    let in_view = |view: &View| if part { in_parts(view, field) } else { in_field(view, field) };
    let is_or_follows = |view: &View| in_view(view).into_iter().any(|last| last >= number);
    // What stands is this, or something that was written later; or that was, and is kept in a conflict.
    if is_or_follows(&event.content) || contested.iter().copied().any(is_or_follows) {
        return Ok(true);
    }
    let copies = deletions::there(world, event.id).await?;
    let parts = deletions::parts_there(world, event.id).await?;
    let with_a_shape = went_with_a_shape(world, number, event.id).await?;
    let past = world.past();
    let cut = past.deleted.iter().any(|at| parts.iter().any(|id| deletions::names(at, id)));
    let later = |last: Option<&u32>| last.is_some_and(|last| *last >= number);
    // Somebody took it back, or took away the occurrences that it was in, here or in one of the calendars: there, what
    // an occurrence had of its own goes when its series is moved.
    let in_a_copy = past
        .reshaped
        .iter()
        .any(|(at, last)| *last >= number && copies.iter().any(|id| deletions::names(at, id)));
    let reshaped = later(past.reshaped.get(&edit.at))
        || later(past.reshaped.get(&Where::Here(event.id)))
        || in_a_copy
        || with_a_shape
        || cut;
    let in_the_way = field == Field::Time && event.content.time.span.is_all_day();
    Ok(later(past.undone.get(&event.id)) || ((part || field == Field::Time) && reshaped) || in_the_way)
}

/// The numbers in one field of the whole.
fn in_field(view: &View, field: Field) -> Vec<u32> {
    match field {
        Field::Title => numbers(&view.title),
        Field::Description => numbers(&view.description),
        Field::Location => numbers(&view.location),
        _ => in_span(&view.time.span).into_iter().collect(),
    }
}

/// The numbers that occurrences have of their own in a field, or the whole has.
fn in_parts(view: &View, field: Field) -> Vec<u32> {
    let mut all = in_field(view, field);
    for change in view.overrides.values() {
        if let Override::Changed(patch) = change {
            all.extend(in_patch(patch));
        }
    }
    all
}

fn in_patch(patch: &Patch) -> Vec<u32> {
    patch
        .values()
        .flat_map(|value| match value {
            Value::Title(text) | Value::Description(text) | Value::Location(text) => numbers(text),
            Value::Time(time) => in_span(&time.span).into_iter().collect(),
            _ => Vec::new(),
        })
        .collect()
}

/// The number in a start: its minute and second.
fn in_span(span: &Span) -> Option<u32> {
    let Span::Timed(timed) = span else { return None };
    let wall = timed.start().wall();
    Some(wall.minute() as u32 * 60 + wall.second() as u32)
}

fn told(view: &View) -> Vec<u32> {
    let mut all: Vec<u32> = [Field::Title, Field::Description, Field::Location, Field::Time]
        .iter()
        .flat_map(|f| in_field(view, *f))
        .collect();
    all.extend(view.overrides.values().flat_map(|change| match change {
        Override::Changed(patch) => in_patch(patch),
        Override::Cancelled => Vec::new(),
    }));
    all
}

/// The minutes and seconds of times in a text, as numbers.
fn seconds(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for piece in text.split('T').skip(1) {
        let mut parts = piece.get(..8).unwrap_or_default().split(':');
        if let (Some(_), Some(Ok(minute)), Some(Ok(second))) =
            (parts.next(), parts.next().map(str::parse::<u32>), parts.next().map(str::parse::<u32>))
        {
            found.push(minute * 60 + second);
        }
    }
    found
}
