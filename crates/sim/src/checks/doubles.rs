//! I-04, I-05: nothing is made twice, and nothing lives twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::Where;
use crate::outcome::Violation;
use crate::sides::{ChangeKind, Changed};
use crate::world::{Stop, World};

/// I-05: what was made under an id is not made again under it.
pub(super) fn made_once(world: &mut World, news: &[(usize, Changed)]) -> Result<(), Stop> {
    for (_, change) in news {
        let key = (change.calendar.clone(), change.id.clone());
        if change.kind == ChangeKind::PutBack {
            // Its name is another one then. What people had made stays theirs.
            world.seen.made.entry(key).and_modify(|mark| mark.clone_from(&change.mark));
            continue;
        }
        if change.kind != ChangeKind::Made {
            continue;
        }
        let again = world.seen.made.insert(key, change.mark.clone()).is_some();
        // A creation whose answer was not kept yet, and whose copy a person threw away or moved elsewhere before anybody asked
        // about it: where the names of what is gone are forgotten, it was never made, as far as anybody can know.
        let at = Where::There { calendar: change.calendar.clone(), id: change.id.clone() };
        let unheard = world.past().unheard.remove(&at);
        // So does a creation that arrives when its copy was made by another try, and taken away again, since.
        let late = world.net.made_late(&change.calendar, &change.id) == Some(change.n);
        if again && !unheard && !late {
            let what = format!("{} was made twice in {}", change.id, change.calendar);
            return Err(Violation::new("I-05", what));
        }
    }
    Ok(())
}

/// I-04: of what we made there, at most one lives for each event and link. What people copied is theirs. For a moment one may
/// live that came late.
pub(super) fn none_lives_twice(world: &World, calendars: &BTreeSet<(usize, String)>) -> Result<(), Stop> {
    of_those(world, calendars, |calendar, id| world.net.made_late(calendar, id).is_none())
}

/// I-04: in the end, of what came late either.
pub(super) fn none_stays_twice(world: &World) -> Result<(), Stop> {
    let everywhere = world.seen.made.keys().map(|(calendar, _)| calendar);
    let calendars =
        everywhere.flat_map(|calendar| (0..world.sides.len()).map(|side| (side, calendar.clone())));
    of_those(world, &calendars.collect(), |_, _| true)
}

fn of_those(
    world: &World,
    calendars: &BTreeSet<(usize, String)>,
    counts: impl Fn(&str, &str) -> bool,
) -> Result<(), Stop> {
    for (side, calendar) in calendars {
        let mut living: BTreeMap<String, String> = BTreeMap::new();
        for thing in world.sides[*side].living(calendar) {
            let Some(Some(mark)) = world.seen.made.get(&(calendar.clone(), thing.id.clone())) else {
                continue;
            };
            if !counts(calendar, &thing.id) {
                continue;
            }
            if let Some(other) = living.insert(mark.clone(), thing.id.clone()) {
                let what = format!("{other} and {} in {calendar} are one event", thing.id);
                return Err(Violation::new("I-04", what));
            }
        }
    }
    Ok(())
}
