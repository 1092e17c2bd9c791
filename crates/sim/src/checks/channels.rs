//! I-32: there are as many channels over there as are wanted here, and never more.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::link::{Direction, Frequency};
use concord_store::accounts;
use concord_store::accounts::AccountState;
use concord_store::links::{Link, LinkState};

use crate::outcome::Violation;
use crate::world::{Stop, World, broken};

/// Every calendar, at the end.
pub(super) async fn are_those_that_are_wanted(world: &World) -> Result<(), Stop> {
    let mut live: BTreeMap<String, i64> = BTreeMap::new();
    let mut watching = BTreeSet::new();
    for side in &world.sides {
        let Some(channels) = side.channels() else { continue };
        watching.insert(side.id());
        for calendar in channels {
            *live.entry(calendar).or_default() += 1;
        }
    }
    for link in world.link_rows().await.map_err(|e| broken("links", &e))? {
        if !watching.contains(&link.provider) {
            continue;
        }
        let wanted = link.state == LinkState::Active
            && link.settings.direction != Direction::Push
            && link.settings.frequency == Frequency::RealTime;
        let more = live.entry(link.calendar.to_string()).or_default();
        *more -= i64::from(wanted);
        // Whoever was let go of while it could not be called can never be told to stop: it ends by itself.
        let late = world.net.opened_late(link.calendar.as_str());
        if late || !has_grant(world, &link).await.map_err(|e| broken("an account", &e))? {
            *more = (*more).min(0);
        }
        // Whose clock is ahead takes one for over that lives a little longer.
        if *more == 1 && !world.net.clocks_are_honest() {
            *more = 0;
        }
    }
    // What died there without a word is believed to live until its time is over: looking regularly stands in for it.
    let may_lack = world.seen.channels_died;
    let Some((calendar, more)) = live.into_iter().find(|(_, more)| *more > 0 || (*more < 0 && !may_lack))
    else {
        return Ok(());
    };
    let known = known(world, &calendar).await.map_err(|e| broken("channels", &e))?;
    Err(Violation::new("I-32", format!("{calendar} has {more} channels more than are wanted; here: {known}")))
}

async fn has_grant(world: &World, link: &Link) -> Result<bool, concord_store::Error> {
    let mut tx = world.engine.store.read().await?;
    Ok(accounts::find(&mut tx, link.account).await?.state == AccountState::Active)
}

/// What is known here of a calendar's channels, in words.
async fn known(world: &World, calendar: &str) -> Result<String, concord_store::Error> {
    let mut told = Vec::new();
    for link in world.link_rows().await?.into_iter().filter(|link| link.calendar.as_str() == calendar) {
        let mut tx = world.engine.store.read().await?;
        for channel in concord_store::channels::of_link(&mut tx, link.id).await? {
            told.push(format!("{:?} until {:?}", channel.state, channel.ends_at));
        }
        told.push(format!("{:?}", link.state));
    }
    Ok(told.join(", "))
}
