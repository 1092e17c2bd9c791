//! People: what they do here, what they do on the other side, and what becomes of their keys and notices.

mod backups;
mod here;
pub(crate) mod settings;
mod there;

use concord_engine::channels;
use concord_model::time::Moment;
use concord_model::{EventId, ExternalId, Span};
use concord_store::mappings::{self, Mapping, MappingState};
use jiff::SignedDuration;
use jiff::civil::{DateTime, date};

use crate::history::Where;
use crate::outcome::Violation;
use crate::script::{Deed, Notices};
use crate::sides::Trouble;
use crate::world::{Stop, World, broken, zone};

pub(crate) use backups::Backup;
pub(crate) use here::here;
pub(crate) use there::there;

/// The day of a world's first events.
const FIRST: jiff::civil::Date = date(2026, 11, 4);

/// A time that nobody else writes: its minute and second are the number.
fn when(number: u32, how: u32) -> DateTime {
    let day = FIRST.saturating_add(jiff::Span::new().days(i64::from(how % 70)));
    let hour = 7 + (how / 70 % 13) as i8;
    let (minute, second) = (number / 60 % 60, number % 60);
    day.at(hour, minute as i8, second as i8, 0)
}

/// A rule by which something repeats. It names no days, so it fits any start.
fn rule(how: u32) -> &'static str {
    [
        "FREQ=WEEKLY;COUNT=6",
        "FREQ=DAILY;COUNT=5",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4",
        "FREQ=DAILY;INTERVAL=3;COUNT=7",
        "FREQ=WEEKLY;COUNT=3",
    ][(how / 11 % 5) as usize]
}

/// How long something lasts, in minutes.
fn minutes(how: u32) -> i64 {
    [30, 45, 60, 90, 180][(how / 7 % 5) as usize]
}

/// The span of something here.
fn span(start: DateTime, minutes: i64, all_day: bool) -> Span {
    if all_day {
        let day = start.date();
        return Span::days(day, day.tomorrow().unwrap_or(day)).expect("a day ends after it begins");
    }
    let start = Moment::new(start, zone());
    let end = start.instant().saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(start.instant());
    Span::timed(start, Moment::at(end, zone())).expect("it ends after it begins")
}

/// One of those, by number.
fn among<T: Clone>(all: &[T], pick: u32) -> Option<T> {
    all.get(pick as usize % all.len().max(1)).cloned()
}

/// What was touched lately, as events here: where people keep coming back, both sides meet.
async fn lately(world: &World) -> Result<Vec<EventId>, concord_store::Error> {
    let hot = world.past().hot();
    let mut found = Vec::new();
    let mut tx = world.engine.store.read().await?;
    for at in hot {
        match at {
            Where::Here(event) => found.push(event),
            Where::There { id, .. } => {
                let id = ExternalId(id);
                for link in world.links.iter().flatten() {
                    let known = mappings::by_external(&mut tx, *link, std::slice::from_ref(&id)).await?;
                    found.extend(known.get(&id).and_then(|mapping| mapping.event));
                }
            }
        }
    }
    Ok(found)
}

/// What a worker is about to write, or has begun to: who comes between meets it in the middle of its run.
async fn on_the_way(world: &World) -> Result<Vec<EventId>, concord_store::Error> {
    let claimed: Vec<_> = world.workers.iter().filter_map(|worker| Some(worker.seat.claim()?.link)).collect();
    let mut found = Vec::new();
    let mut tx = world.engine.store.read().await?;
    for link in world.links.iter().flatten() {
        let waits = |mapping: &Mapping| {
            mapping.intent.is_some() || (mapping.state == MappingState::Pending && claimed.contains(link))
        };
        let all = mappings::living(&mut tx, *link).await?;
        found.extend(all.into_iter().filter(waits).filter_map(|mapping| mapping.event));
    }
    Ok(found)
}

/// What bold people come back to: mostly what is on its way, else what was touched lately.
async fn interesting(world: &World, pick: u32) -> Result<Vec<EventId>, concord_store::Error> {
    if pick % 16 < 5 {
        let found = on_the_way(world).await?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    lately(world).await
}

/// The same, as the calendars call it.
async fn interesting_there(world: &World, pick: u32) -> Result<Vec<String>, concord_store::Error> {
    let events = interesting(world, pick).await?;
    let mut tx = world.engine.store.read().await?;
    let mut found: Vec<String> = Vec::new();
    for event in events {
        let all = mappings::of_event(&mut tx, world.workspace, event).await?;
        found.extend(all.into_iter().filter_map(|mapping| mapping.external_id).map(|id| id.0));
    }
    Ok(found)
}

/// Whether somebody comes back to what was touched lately or is on its way, where people do.
fn comes_back(world: &World, pick: u32) -> bool {
    world.plan.bold && pick % 16 < 7
}

/// Somebody or something makes trouble on a side.
pub(crate) fn trouble(world: &mut World, deed: Deed<Trouble>) {
    let Some(number) = among(&(0..world.links.len()).collect::<Vec<_>>(), deed.pick) else { return };
    let place = world.place(number);
    if world.side(number).trouble(deed.what, place.person, &place.calendar) {
        world.trace.count(deed.what.name());
        if deed.what == Trouble::ReadOnly {
            world.past().closed.insert(place.calendar.clone());
        }
        world.seen.channels_died |= deed.what == Trouble::ChannelsEnd;
        world.tell(format!("{} (person {}, {})", deed.what.name(), place.person, place.calendar));
    }
}

/// What becomes of the notices that are due.
pub(crate) async fn notices(world: &mut World, how: Notices) -> Result<(), Stop> {
    let mut genuine = 0;
    for side in world.sides.clone() {
        let provider = world.engine.providers[&side.id()].clone();
        for (id, request) in side.notices() {
            world.trace.count(how.name());
            let times = match how {
                Notices::Lost => {
                    // Whoever hears nothing back gives a channel up after a while, without a word.
                    world.seen.channels_died = true;
                    side.delivered(id, 0);
                    continue;
                }
                Notices::Arrive => 1,
                Notices::Doubled | Notices::Forged => 2,
                Notices::Storm => 30,
            };
            let mut status = 403;
            for nth in 0..times {
                let forged = how == Notices::Forged && nth == 0;
                let told = if forged { side.forged(&request) } else { request.clone() };
                let (parts, body) = told.into_parts();
                for calendar in provider.signed(&parts.headers, &body) {
                    if forged {
                        return Err(Violation::new("I-31", "a forged notice was believed"));
                    }
                    channels::spoken_of(&world.engine, &side.id(), &calendar)
                        .await
                        .map_err(|e| broken("a notice was not taken in", &e))?;
                    genuine += 1;
                    status = 204;
                }
                for notice in provider.notices(&parts.headers, &body) {
                    match channels::noticed(&world.engine, &notice).await {
                        Ok(true) if forged => {
                            return Err(Violation::new("I-31", "a forged notice was believed"));
                        }
                        Ok(true) => {
                            genuine += 1;
                            status = 204;
                        }
                        Ok(false) => {}
                        Err(error) => return Err(broken("a notice was not taken in", &error)),
                    }
                }
            }
            side.delivered(id, status);
        }
    }
    if genuine > 0 {
        world.tell(format!("{genuine} notices were believed"));
    }
    Ok(())
}
