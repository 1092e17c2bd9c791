//! What has to be done from time to time, whoever does it: questions that nobody answered, runs that a crash left
//! open, tombstones and bases that have served their time.

use concord_store::conflicts::Resolution;
use concord_store::links::LinkState;
use concord_store::{
    Actor, alerts, answers, changes, channels, conflicts, links, mappings, runs, sessions, sign_ins,
};
use jiff::{SignedDuration, Timestamp};

use crate::Engine;
use crate::error::Result;

/// How long tombstones are kept (`rules.md` 12).
const TOMBSTONES: SignedDuration = SignedDuration::from_hours(400 * 24);
/// How long what was agreed on with a calendar outlives its disconnect (`rules.md` 18).
const BASES: SignedDuration = SignedDuration::from_hours(400 * 24);
/// How long closed channels are kept: their notices may go on for a while.
const CHANNELS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long alerts that are over are kept.
const ALERTS: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long the answers to writes are kept, for those who ask again under the same key.
const ANSWERS: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many changes are kept for listeners that were away; who missed more looks at everything.
const CHANGES: i64 = 20_000;
/// How many expired questions, or bases that have served their time, are taken in one go.
const PAGE: u32 = 5_000;

/// Does what is due. Returns when to come again.
pub async fn sweep(engine: &Engine) -> Result<Timestamp> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    runs::abandoned(&mut tx, now).await?;
    for conflict in conflicts::expired(&mut tx, now, PAGE).await? {
        // The link's next run sees that time is over, and decides (`rules.md` 7 and 10). A link that rests decides
        // when it goes on.
        if links::find(&mut tx, conflict.link).await?.state != LinkState::Active {
            continue;
        }
        match mappings::release(&mut tx, conflict.workspace, conflict.mapping).await {
            Ok(()) => links::due(&mut tx, conflict.link, now).await?,
            // What it was about has ended: there is nothing to decide any more.
            Err(concord_store::Error::NotFound) => {
                let (how, by) = (Resolution::Agreed, Actor::Program);
                conflicts::resolve(&mut tx, conflict.workspace, conflict.id, how, now, by).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    mappings::forget_ended_before(&mut tx, now - TOMBSTONES).await?;
    mappings::forget_of_links_removed_before(&mut tx, now - BASES, PAGE).await?;
    channels::forget_closed_before(&mut tx, now - CHANNELS).await?;
    alerts::forget_resolved_before(&mut tx, now - ALERTS).await?;
    sign_ins::forget_before(&mut tx, now).await?;
    sessions::forget_ended(&mut tx, now).await?;
    answers::forget_before(&mut tx, now - ANSWERS).await?;
    changes::keep_last(&mut tx, CHANGES).await?;
    tx.commit().await?;
    Ok(now + SignedDuration::from_mins(1))
}
