//! What a restored database must not believe of itself.
//!
//! Since the backup was made the world went on: calendars were edited, copies were made, moved and taken away, by people
//! and by Concord. So every link stands as one that was connected again (`rules.md` 18). It is listed whole, with the
//! bases of before: what changed there comes in, what is there under our mark is adopted, and what is missing there is
//! shown for review, neither deleted nor made again. Writes that were under way are asked about first, as after a crash.

use concord_model::LinkId;
use jiff::Timestamp;

use crate::Error;
use crate::db::{One, Tx};
use crate::mappings;

/// The highest number of a lease that was ever given here.
pub(super) async fn highest_epoch(tx: &mut Tx) -> Result<i64, Error> {
    let One(highest) = tx.sql("SELECT MAX(lease_epoch) FROM links").one::<One<Option<i64>>>().await?;
    Ok(highest.unwrap_or(0))
}

/// Forgets what holds only for the moment. `epoch` is the highest number of a lease in what was there before: a worker
/// that still believes to hold one must find that it does not.
pub(super) async fn forget(tx: &mut Tx, epoch: i64, now: Timestamp) -> Result<(), Error> {
    // Whose plan waits for consent is weighed anew: it was made of what is not known any more.
    tx.sql("UPDATE links SET state = 'active', state_note = NULL WHERE state = 'braked'").run().await?;
    tx.sql("DELETE FROM plans").run().await?;
    tx.sql(
        "UPDATE links
         SET cursor = NULL, listing = NULL, window_until = NULL, first_done = FALSE, failures = 0,
             lease_until = NULL, holder = NULL, wake_at = NULL, next_safety_at = NULL,
             lease_epoch = CASE WHEN lease_epoch > $1 THEN lease_epoch ELSE $1 END + 1,
             due_at = CASE WHEN state = 'active' THEN $2 ELSE due_at END",
    )
    .bind(epoch)
    .bind(now)
    .run()
    .await?;
    tx.sql("UPDATE accounts SET wait_until = NULL").run().await?;
    // What waited then may have gone out since (I-37).
    tx.sql(
        "UPDATE letters SET state = 'unknown', note = 'it was restored from a backup; it may have gone out'
         WHERE state IN ('waiting', 'sending')",
    )
    .run()
    .await?;
    tx.sql("UPDATE grants SET refresh_token = NULL, refresh_until = NULL").run().await?;
    // Of channels it is not known whether they still talk: they are closed, and new ones opened.
    tx.sql("UPDATE channels SET state = 'closing' WHERE state IN ('opening', 'open')").run().await?;
    for One(link) in tx.sql("SELECT id FROM links").all::<One<LinkId>>().await? {
        mappings::mark_unseen_for_link(tx, link).await?;
        tx.sql("UPDATE mappings SET retry_at = NULL WHERE link_id = $1 AND retry_at IS NOT NULL")
            .bind(link)
            .run()
            .await?;
    }
    Ok(())
}
