//! I-02, I-06: what has come to rest stays at rest: a further day of looking writes nothing, on either side.

use jiff::SignedDuration;

use crate::ending;
use crate::outcome::Violation;
use crate::world::{Stop, World, broken};

/// A further day.
pub(super) async fn is_quiet(world: &mut World) -> Result<(), Stop> {
    let narrow = world.plan.links.iter().any(|linked| linked.settings.window.ahead_days < 120);
    let before = picture(world).await?;
    let calls: Vec<u64> = world.sides.iter().map(|side| side.last_call()).collect();
    world.time.pass(SignedDuration::from_hours(25));
    for _ in 0..2 {
        ending::round(world).await?;
    }
    for (side, since) in world.sides.iter().zip(calls) {
        // A window that moves on lets things in: that is not noise.
        if narrow {
            continue;
        }
        if let Some(write) = side.calls(since).into_iter().find(|call| call.writes) {
            return Err(Violation::new("I-02", format!("in a quiet world {} was called", write.what)));
        }
    }
    if !narrow && picture(world).await? != before {
        return Err(Violation::new("I-02", "in a quiet world an event or a mapping changed"));
    }
    Ok(())
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
