//! What has to be done from time to time, whoever does it: questions that nobody answered, runs that a crash left
//! open, tombstones that have served their time.

use concord_store::{channels, conflicts, links, mappings, runs, sign_ins};
use jiff::{SignedDuration, Timestamp};

use crate::Engine;
use crate::error::Result;

/// How long tombstones are kept (`rules.md` 12).
const TOMBSTONES: SignedDuration = SignedDuration::from_hours(400 * 24);
/// How long closed channels are kept: their notices may go on for a while.
const CHANNELS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many expired questions are taken in one go.
const PAGE: u32 = 500;

/// Does what is due. Returns when to come again.
pub async fn sweep(engine: &Engine) -> Result<Timestamp> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    runs::abandoned(&mut tx, now).await?;
    for conflict in conflicts::expired(&mut tx, now, PAGE).await? {
        // The link's next run sees that time is over, and decides (`rules.md` 7 and 10).
        mappings::release(&mut tx, conflict.workspace, conflict.mapping).await?;
        links::due(&mut tx, conflict.link, now).await?;
    }
    mappings::forget_ended_before(&mut tx, now - TOMBSTONES).await?;
    channels::forget_closed_before(&mut tx, now - CHANNELS).await?;
    sign_ins::forget_before(&mut tx, now).await?;
    tx.commit().await?;
    Ok(now + SignedDuration::from_mins(1))
}
