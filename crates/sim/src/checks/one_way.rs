//! I-47: a calendar that is only read is never written.

use concord_model::link::Direction;

use crate::outcome::Violation;
use crate::sides::Changed;
use crate::world::{Stop, World, broken};

/// Everything that a program did over there.
pub(super) async fn is_kept(world: &World, news: &[(usize, Changed)]) -> Result<(), Stop> {
    for link in world.link_rows().await.map_err(|e| broken("links", &e))? {
        // What was turned on the way may still have been at a write.
        if link.settings.direction != Direction::Pull || world.past().deaf.contains(&link.id) {
            continue;
        }
        if let Some((_, change)) = news.iter().find(|(_, change)| change.calendar == link.calendar.as_str()) {
            let what = format!("{} was written in {}, which is only read", change.id, change.calendar);
            return Err(Violation::new("I-47", what));
        }
    }
    Ok(())
}
