//! I-35, I-36: what a calendar may not see never goes there, and what it may not see any more is gone.

use std::collections::BTreeSet;

use concord_model::Field;
use concord_model::event::Origin;
use concord_model::link::Direction;
use concord_model::privacy::Detail;
use concord_store::history::versions;

use super::{lens, mappings_of};
use crate::history::{Where, numbers};
use crate::outcome::Violation;
use crate::world::{Stop, World, broken};

/// Whether what was sent belongs to an event that came in by that very calendar: there is nothing to hide at home.
pub(super) async fn is_home(world: &World, suspicion: &Violation) -> Result<bool, Stop> {
    let told: BTreeSet<u32> = numbers(&suspicion.what).into_iter().collect();
    let links = world.link_rows().await.map_err(|e| broken("links", &e))?;
    let mut events = world.events().await.map_err(|e| broken("events", &e))?;
    // Also one that was deleted while the write was on its way.
    events.extend(world.events_that_are(true).await.map_err(|e| broken("deleted events", &e))?);
    for event in events {
        let Origin::Link(home) = event.origin else { continue };
        let at_home =
            links.iter().any(|link| link.id == home && suspicion.what.contains(link.calendar.as_str()));
        if !at_home {
            continue;
        }
        // What was sent may have been overwritten since.
        let mut tx = world.engine.store.read().await.map_err(|e| broken("an event's past", &e))?;
        let past = versions(&mut tx, event.workspace, event.id).await;
        let past = past.map_err(|e| broken("an event's past", &e))?;
        let contents = past.iter().map(|version| &version.content).chain([&event.content]);
        let text = serde_json::to_string(&contents.collect::<Vec<_>>()).unwrap_or_default();
        if numbers(&text).iter().any(|number| told.contains(number)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// At the end: what was written for nobody else stands in no description, which other people's calendars may show.
pub(super) async fn notes_stay_notes(world: &World) -> Result<(), Stop> {
    for event in world.events().await.map_err(|e| broken("events", &e))? {
        let notes = numbers(&event.booking.notes);
        if let Some(number) = numbers(&event.content.description).into_iter().find(|n| notes.contains(n)) {
            let what =
                format!("w{number}w, a note on \"{}\", stands in its description", event.content.title);
            return Err(Violation::new("I-35", what));
        }
    }
    Ok(())
}

/// At the end: no copy over there holds a text that its link may not show.
pub(super) async fn nothing_hidden_is_left(world: &World) -> Result<(), Stop> {
    for link in world.link_rows().await.map_err(|e| broken("links", &e))? {
        let detail = link.settings.sight.detail;
        let Some(number) = world.links.iter().position(|id| *id == Some(link.id)) else { continue };
        // Who may not write there takes nothing away.
        let writes = link.writable && link.settings.direction != Direction::Pull;
        if detail == Detail::Full || link.state != concord_store::links::LinkState::Active || !writes {
            continue;
        }
        let living = world.side(number).living(link.calendar.as_str());
        for mapping in mappings_of(world, &link).await? {
            let (Some(id), Some(event), false) = (&mapping.external_id, mapping.event, mapping.origin) else {
                continue;
            };
            let Some(thing) = living.iter().find(|thing| thing.id == id.as_str()) else { continue };
            let mut tx = world.engine.store.read().await.map_err(|e| broken("an event", &e))?;
            let Ok(event) = concord_store::events::get(&mut tx, world.workspace, event).await else {
                continue;
            };
            drop(tx);
            if event.origin == Origin::Link(link.id)
                || lens(world, &event, mapping.part, &link).await?.is_none()
            {
                continue;
            }
            let past = world.past();
            let told = numbers(&thing.text).into_iter().find(|number| {
                past.written.get(number).is_some_and(|written| {
                    let own = matches!(&written.at, Where::There { calendar, .. } if *calendar == link.calendar.as_str());
                    let hidden = match detail {
                        Detail::Busy => matches!(written.field, Field::Title | Field::Description | Field::Location),
                        _ => matches!(written.field, Field::Description | Field::Location),
                    };
                    hidden && !own
                })
            });
            if let Some(number) = told {
                let what =
                    format!("w{number}w is still to be read in {}, which may not show it", link.calendar);
                return Err(Violation::new("I-36", what));
            }
        }
    }
    Ok(())
}
