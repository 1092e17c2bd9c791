//! I-02, I-06, I-12: what has come to rest stays at rest: a further day of looking writes nothing, on either side, also
//! where everything has to be listed anew.

use concord_store::conflicts;
use jiff::SignedDuration;

use crate::ending;
use crate::outcome::Violation;
use crate::sides::Trouble;
use crate::world::{Stop, World, broken};

/// A further day.
pub(super) async fn is_quiet(world: &mut World) -> Result<(), Stop> {
    stays(world, "I-02", "in a quiet world").await
}

/// A day after every cursor was lost: everything is listed anew, and nothing comes of it (I-12).
pub(super) async fn does_without_cursors(world: &mut World) -> Result<(), Stop> {
    for (number, side) in world.sides.iter().enumerate() {
        let Some(at) = world.plan.links.iter().position(|linked| linked.side == number) else { continue };
        let place = world.place(at);
        side.trouble(Trouble::CursorsEnd, place.person, &place.calendar);
    }
    stays(world, "I-12", "after all cursors were lost").await
}

async fn stays(world: &mut World, promise: &str, when: &str) -> Result<(), Stop> {
    let narrow = world.plan.links.iter().any(|linked| linked.settings.window.ahead_days < 120);
    let asks = answers_itself(world).await.map_err(|e| broken("questions", &e))?;
    let before = picture(world).await?;
    let calls: Vec<u64> = world.sides.iter().map(|side| side.last_call()).collect();
    world.time.pass(SignedDuration::from_hours(25));
    for _ in 0..2 {
        ending::round(world).await?;
    }
    // A window that moves on lets things in, and a question whose time is over is answered: that is not noise.
    if narrow || asks {
        return Ok(());
    }
    for (side, since) in world.sides.iter().zip(calls) {
        if let Some(write) = side.calls(since).into_iter().find(|call| call.writes) {
            return Err(Violation::new(promise, format!("{when} {} was called", write.what)));
        }
    }
    let after = picture(world).await?;
    if after != before {
        let other = after.iter().find(|line| !before.contains(line));
        let other = other.or_else(|| before.iter().find(|line| !after.contains(line)));
        return Err(Violation::new(promise, format!("{when} an event or a mapping changed: {other:?}")));
    }
    Ok(())
}

/// Whether the time of a question ends soon.
async fn answers_itself(world: &World) -> Result<bool, concord_store::Error> {
    let mut tx = world.engine.store.read().await?;
    let soon = world.time.now() + SignedDuration::from_hours(27);
    Ok(!conflicts::expired(&mut tx, soon, 1).await?.is_empty())
}

/// Everything that a quiet run leaves as it is.
async fn picture(world: &World) -> Result<Vec<String>, Stop> {
    let mut told = Vec::new();
    for event in world.events().await.map_err(|e| broken("events", &e))? {
        told.push(format!("{} {}", event.id, event.rev.0));
    }
    for link in world.link_rows().await.map_err(|e| broken("links", &e))? {
        for mapping in super::mappings_of(world, &link).await? {
            told.push(format!("{} {:?} {}", mapping.id, mapping.state, mapping.synced_rev.0));
        }
    }
    Ok(told)
}
