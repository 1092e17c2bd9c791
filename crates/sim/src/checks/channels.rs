//! I-32: there are as many channels over there as are wanted here, and never more.

use std::collections::BTreeMap;

use concord_model::link::{Direction, Frequency};
use concord_store::links::LinkState;

use crate::outcome::Violation;
use crate::world::{Stop, World, broken};

/// Every calendar, at the end.
pub(super) async fn are_those_that_are_wanted(world: &World) -> Result<(), Stop> {
    let mut live: BTreeMap<String, i64> = BTreeMap::new();
    for calendar in world.sides.iter().flat_map(|side| side.channels()) {
        *live.entry(calendar).or_default() += 1;
    }
    for link in world.link_rows().await.map_err(|e| broken("links", &e))? {
        let wanted = link.state == LinkState::Active
            && link.settings.direction != Direction::Push
            && link.settings.frequency == Frequency::RealTime;
        *live.entry(link.calendar.to_string()).or_default() -= i64::from(wanted);
    }
    // What died there without a word is believed to live until its time is over: looking regularly stands in for it.
    let may_lack = world.seen.channels_died;
    match live.into_iter().find(|(_, more)| *more > 0 || (*more < 0 && !may_lack)) {
        Some((calendar, more)) => {
            Err(Violation::new("I-32", format!("{calendar} has {more} channels more than are wanted")))
        }
        None => Ok(()),
    }
}
