//! What changed, for whom: what every open screen hears (UI-8).
//!
//! A transaction notes what it changes, and writes it down as it commits, once for each thing however often it was
//! changed. A row says "look again" and carries no truth, so a listener that missed some asks for everything.
//!
//! Numbers are given in the order in which changes become visible, so that whoever has heard number n has heard all up
//! to n. For that, transactions commit one after another from the moment they write their changes down.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::{UserId, WorkspaceId};
use uuid::Uuid;

use crate::column::words;
use crate::db::{One, Record, Row, Tx};
use crate::error::Error;

words! {
    /// What kind of thing changed.
    pub enum Kind {
        /// An event, or how it stands in some calendar.
        Event = "event",
        /// A link: its state, its settings, a run of it.
        Link = "link",
        /// A conflict.
        Conflict = "conflict",
        /// An account.
        Account = "account",
        /// An alert; the subject is the link that it is about.
        Alert = "alert",
        /// So much that it is not told one by one; the subject is the workspace.
        Everything = "everything",
    }
}

/// What a transaction has changed so far.
pub(crate) type Noted = BTreeMap<Kind, BTreeSet<Uuid>>;

/// With more than so many of a kind, listeners are told to look at everything.
const MANY: usize = 50;

/// Something changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// Its number.
    pub seq: i64,
    /// Behind whose walls.
    pub workspace: WorkspaceId,
    /// Whom it concerns; one change may concern several, and is told to each.
    pub user: UserId,
    /// What kind of thing.
    pub kind: Kind,
    /// Which.
    pub subject: Uuid,
}

impl Record for Change {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Change {
            seq: row.col("seq")?,
            workspace: row.col("workspace_id")?,
            user: row.col("user_id")?,
            kind: row.col("kind")?,
            subject: row.col("subject_id")?,
        })
    }
}

/// Writes down what a transaction changed, at its end.
pub(crate) async fn write(tx: &mut Tx, noted: Noted) -> Result<(), Error> {
    if noted.is_empty() {
        return Ok(());
    }
    tx.queue_up().await?;
    for (kind, ids) in noted {
        // Beyond that, one row for each person whom any of them concerns.
        let many = ids.len() > MANY;
        for chunk in ids.into_iter().collect::<Vec<_>>().chunks(crate::db::CHUNK) {
            let sql = match (kind, many) {
                (Kind::Event, false) => {
                    "INSERT INTO changes (workspace_id, user_id, kind, subject_id)
                     SELECT p.workspace_id, p.user_id, 'event', p.event_id FROM event_people p
                     WHERE p.event_id {in_ids $1} ORDER BY p.event_id, p.user_id"
                }
                (Kind::Event, true) => {
                    "INSERT INTO changes (workspace_id, user_id, kind, subject_id)
                     SELECT DISTINCT p.workspace_id, p.user_id, 'everything', p.workspace_id FROM event_people p
                     WHERE p.event_id {in_ids $1} ORDER BY p.user_id"
                }
                (Kind::Link, _) => {
                    "INSERT INTO changes (workspace_id, user_id, kind, subject_id)
                     SELECT workspace_id, user_id, 'link', id FROM links WHERE id {in_ids $1} ORDER BY id"
                }
                (Kind::Alert, _) => {
                    "INSERT INTO changes (workspace_id, user_id, kind, subject_id)
                     SELECT workspace_id, user_id, 'alert', id FROM links WHERE id {in_ids $1} ORDER BY id"
                }
                (Kind::Account, _) => {
                    "INSERT INTO changes (workspace_id, user_id, kind, subject_id)
                     SELECT workspace_id, user_id, 'account', id FROM accounts WHERE id {in_ids $1} ORDER BY id"
                }
                (Kind::Conflict, false) => {
                    "INSERT INTO changes (workspace_id, user_id, kind, subject_id)
                     SELECT c.workspace_id, l.user_id, 'conflict', c.id FROM conflicts c JOIN links l ON l.id = c.link_id
                     WHERE c.id {in_ids $1} ORDER BY c.id"
                }
                (Kind::Conflict, true) => {
                    "INSERT INTO changes (workspace_id, user_id, kind, subject_id)
                     SELECT DISTINCT c.workspace_id, l.user_id, 'everything', c.workspace_id
                     FROM conflicts c JOIN links l ON l.id = c.link_id WHERE c.id {in_ids $1} ORDER BY l.user_id"
                }
                (Kind::Everything, _) => continue,
            };
            tx.sql(sql).bind_ids(chunk.iter().copied()).run().await?;
        }
    }
    Ok(())
}

/// Returns what changed after that number, in order.
pub async fn since(tx: &mut Tx, seq: i64, limit: u32) -> Result<Vec<Change>, Error> {
    tx.sql("SELECT * FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2")
        .bind(seq)
        .bind(i64::from(limit))
        .all()
        .await
}

/// Returns the numbers of the first change that is still kept and of the last: who has heard less than the first has
/// missed something. Both are 0 when nothing ever changed.
pub async fn kept(tx: &mut Tx) -> Result<(i64, i64), Error> {
    let One(first) = tx.sql("SELECT COALESCE(MIN(seq), 0) FROM changes").one().await?;
    let One(last) = tx.sql("SELECT COALESCE(MAX(seq), 0) FROM changes").one().await?;
    Ok((first, last))
}

/// Forgets all but the last so many. Returns how many.
pub async fn keep_last(tx: &mut Tx, count: i64) -> Result<u64, Error> {
    let One(last) = tx.sql("SELECT COALESCE(MAX(seq), 0) FROM changes").one::<One<i64>>().await?;
    tx.sql("DELETE FROM changes WHERE seq <= $1").bind(last - count).run().await
}
