//! I-38: what is said of a guest over there, and is not known here, stays.

use crate::outcome::Violation;
use crate::world::{Stop, World};

/// Every guest whom somebody invited over there.
pub(super) fn keep_what_is_said_of_them(world: &World) -> Result<(), Stop> {
    let said = world.past().about_guests.clone();
    let lost = said.into_iter().find(|(number, (calendar, id))| {
        let word = world.past().text_of(*number).unwrap_or_default().to_owned();
        let mut living = world.sides.iter().flat_map(|side| side.living(calendar));
        living.any(|thing| thing.id == *id && !thing.about_guests.contains(&word))
    });
    match lost {
        Some((number, (calendar, id))) => {
            let what =
                format!("what was said of a guest of {id} in {calendar} (w{number}w) is not there any more");
            Err(Violation::new("I-38", what))
        }
        None => Ok(()),
    }
}
