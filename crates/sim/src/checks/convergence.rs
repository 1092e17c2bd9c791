//! I-01, I-20: when all is quiet, every copy is what its lens shows, occurrence by occurrence; nothing that should be
//! there is missing, and nothing is there that should not be.

use std::collections::{BTreeMap, BTreeSet};

use concord_engine::whose;
use concord_model::link::Direction;
use concord_model::view::Availability;
use concord_model::{Field, FieldSet, Span, View, recurrence};
use concord_store::events;
use concord_store::links::{Link, LinkState};
use concord_store::mappings::{Mapping, MappingError, MappingState};
use concord_sync::lens::Eyes;
use jiff::{SignedDuration, Timestamp};

use super::{lens, mappings_of, window};
use crate::outcome::Violation;
use crate::sides::Shown;
use crate::world::{Stop, World, broken, zone};

/// What is compared of an occurrence.
type Seen = (String, String, Vec<String>);

/// Every link that pushes.
pub(super) async fn copies_are_views(world: &World) -> Result<(), Stop> {
    for link in world.link_rows().await.map_err(|e| broken("links", &e))? {
        let Some(number) = world.links.iter().position(|id| *id == Some(link.id)) else { continue };
        if matches!(link.state, LinkState::Removed { .. }) {
            continue;
        }
        if link.state != LinkState::Active
            || !crate::ending::is_connected(world, number).await.unwrap_or(false)
        {
            let what =
                format!("the link to {} does not come back by itself: {:?}", link.calendar, link.state);
            return Err(Violation::new("I-01", what));
        }
        one_link(world, number, &link).await?;
    }
    Ok(())
}

async fn one_link(world: &World, number: usize, link: &Link) -> Result<(), Stop> {
    let place = world.place(number);
    let (from, until) = window(world);
    let side = world.side(number);
    let mut shown: BTreeMap<String, Vec<Shown>> = BTreeMap::new();
    for one in side.shown(&place, from, until) {
        shown.entry(one.id.clone()).or_default().push(one);
    }
    let living: BTreeSet<String> = side.living(&place.calendar).into_iter().map(|thing| thing.id).collect();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for mapping in mappings_of(world, link).await? {
        if let Some(id) = &mapping.external_id {
            known.insert(id.to_string());
        }
        let refused = |error: &MappingError| error.parked && side.refuses(&error.text);
        if mapping.error.as_ref().is_some_and(refused) {
            continue;
        }
        one_copy(world, link, &mapping, &shown, &living).await?;
    }
    let strange = living.iter().find(|id| {
        let ours = world.seen.made.contains_key(&(place.calendar.clone(), (*id).clone()));
        !known.contains(*id)
            && (ours || (link.settings.direction != Direction::Push && in_window(link, &shown, id, world)))
    });
    match strange {
        Some(id) => {
            Err(Violation::new("I-01", format!("{id} lives in {} and nobody here knows it", place.calendar)))
        }
        None => Ok(()),
    }
}

/// What was over before the window began is not taken in, and nothing is kept of it.
fn in_window(link: &Link, shown: &BTreeMap<String, Vec<Shown>>, id: &str, world: &World) -> bool {
    let began = world.time.now().saturating_sub(link.settings.window.back()).unwrap_or(Timestamp::MIN);
    shown.get(id).is_some_and(|all| {
        all.iter().any(|one| {
            one.end.parse::<Timestamp>().is_ok_and(|end| end > began + SignedDuration::from_hours(48))
        })
    })
}

async fn one_copy(
    world: &World,
    link: &Link,
    mapping: &Mapping,
    shown: &BTreeMap<String, Vec<Shown>>,
    living: &BTreeSet<String>,
) -> Result<(), Stop> {
    let title = mapping.external_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let wrong = |what: String| {
        Err(Violation::new("I-01", format!("{what} ({title} in {}, {:?})", link.calendar, mapping.state)))
    };
    match mapping.state {
        MappingState::Conflict => return Ok(()),
        MappingState::Pending if waits_for_its_window(mapping, link, world) => return Ok(()),
        // A copy too many stays where nothing may be written (I-47), until it may.
        MappingState::Pending if mapping.event.is_none() && !link.may_be_written() => return Ok(()),
        MappingState::Pending | MappingState::Error => {
            let why = mapping.error.as_ref().map(|error| &error.text);
            return wrong(format!("something is left to do: {why:?} {:?}", mapping.retry_at));
        }
        MappingState::Synced => {}
    }
    let Some(event) = mapping.event else { return Ok(()) };
    let mut tx = world.engine.store.read().await.map_err(|e| broken("an event", &e))?;
    let event = match events::get(&mut tx, world.workspace, event).await {
        Ok(event) => event,
        Err(error) => return Err(broken("a mapped event", &error)),
    };
    drop(tx);
    let is_there = mapping.external_id.as_ref().is_some_and(|id| living.contains(id.as_str()));
    let wanted = lens(world, &event, mapping.part, link).await?.filter(|_| mapping.enabled);
    // What came in there is at home there, also when it was made there again since.
    let is_home = mapping.origin || whose::eyes(&event, link) == Eyes::Home;
    let pushes = match link.settings.direction {
        Direction::Both => link.writable,
        // What was made there is ignored there, also when it came in before the link was turned.
        Direction::Push => link.writable && !is_home,
        Direction::Pull => false,
    };
    match (wanted, is_there) {
        (None, false) => Ok(()),
        (None, true) if is_home || !pushes => Ok(()),
        (None, true) => wrong(format!("\"{}\" should not be there", event.content.title)),
        (Some(_), false) if mapping.external_id.is_none() || !pushes => Ok(()),
        (Some(_), false) => wrong(format!("\"{}\" is not there", event.content.title)),
        (Some(seen), true) => {
            if !pushes
                || mapping
                    .base
                    .as_ref()
                    .is_some_and(|base| !base.disputed.is_empty() || !base.disputed_parts.is_empty())
            {
                return Ok(());
            }
            let Some(id) = &mapping.external_id else { return Ok(()) };
            let ours = of_view(&seen.view, seen.fields, window(world));
            let theirs = of_shown(shown.get(id.as_str()).map(Vec::as_slice).unwrap_or_default(), seen.fields);
            let differs = ours.iter().find(|one| !theirs.contains(one)).map(|one| ("here", one));
            let differs =
                differs.or_else(|| theirs.iter().find(|one| !ours.contains(one)).map(|one| ("there", one)));
            match differs {
                None => Ok(()),
                Some((side, one)) => wrong(format!(
                    "\"{}\" is not the same: only {side} is {one:?}; here {} occurrences, there {}",
                    event.content.title,
                    ours.len(),
                    theirs.len()
                )),
            }
        }
    }
}

/// Nothing is made before its time comes, and nothing that is over.
fn waits_for_its_window(mapping: &Mapping, link: &Link, world: &World) -> bool {
    let now = world.time.now();
    let edge = SignedDuration::from_hours(24);
    let far =
        now.saturating_add(link.settings.window.ahead()).unwrap_or(now).saturating_sub(edge).unwrap_or(now);
    let old =
        now.saturating_sub(link.settings.window.back()).unwrap_or(now).saturating_add(edge).unwrap_or(now);
    mapping.external_id.is_none() && mapping.starts_at.is_some_and(|at| at > far || at < old)
}

fn texts(fields: FieldSet, title: &str, location: &str, description: &str, free: bool) -> Vec<String> {
    let mut told = Vec::new();
    let mut tell = |field: Field, text: &str| {
        if fields.has(field) {
            // Some calendars keep one space where two were written.
            told.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    };
    tell(Field::Title, title);
    tell(Field::Location, location);
    tell(Field::Description, description);
    tell(Field::Availability, if free { "free" } else { "busy" });
    told
}

fn of_shown(all: &[Shown], fields: FieldSet) -> Vec<Seen> {
    let tell = |one: &Shown| {
        let told = texts(fields, &one.title, &one.location, &one.description, one.free);
        (one.start.clone(), one.end.clone(), told)
    };
    let mut told: Vec<Seen> = all.iter().map(tell).collect();
    told.sort();
    told
}

fn of_view(view: &View, fields: FieldSet, window: (Timestamp, Timestamp)) -> Vec<Seen> {
    let all = recurrence::expand(&view.time, &view.overrides, window, &zone()).unwrap_or_default();
    let mut told: Vec<Seen> = all
        .into_iter()
        .map(|one| {
            let whole = if view.is_series() { view.occurrence(one.key) } else { None };
            let whole = whole.unwrap_or_else(|| view.clone());
            let (start, end) = told(&one.span);
            let free = whole.availability == Availability::Free;
            (start, end, texts(fields, &whole.title, &whole.location, &whole.description, free))
        })
        .collect();
    told.sort();
    told
}

fn told(span: &Span) -> (String, String) {
    match span {
        Span::AllDay(days) => (days.start().to_string(), days.end().to_string()),
        other => (other.start_instant(&zone()).to_string(), other.end_instant(&zone()).to_string()),
    }
}
