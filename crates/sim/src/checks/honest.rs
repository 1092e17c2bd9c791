//! I-44: what people are told is so: a link that says that all is well has nothing left to do.

use concord_store::links::LinkState;
use concord_store::mappings;
use concord_store::runs::RunStatus;

use crate::outcome::Violation;
use crate::world::{Stop, World, broken};

/// Every link, at the end.
pub(super) async fn what_is_told_is_so(world: &World) -> Result<(), Stop> {
    for link in world.link_rows().await.map_err(|e| broken("links", &e))? {
        if link.state != LinkState::Active {
            continue;
        }
        let mut tx = world.engine.store.read().await.map_err(|e| broken("counts", &e))?;
        let counts = mappings::counts(&mut tx, link.id).await.map_err(|e| broken("counts", &e))?;
        drop(tx);
        if link.last_status == Some(RunStatus::Success) && counts.waiting > 0 {
            let what = format!("{} says that all is well, and {} wait", link.calendar, counts.waiting);
            return Err(Violation::new("I-44", what));
        }
        if link.last_status != Some(RunStatus::Success) || link.failures > 0 {
            let what = format!(
                "{} has nothing against it and ended {:?}: {:?}",
                link.calendar, link.last_status, link.last_error
            );
            return Err(Violation::new("I-44", what));
        }
    }
    Ok(())
}
