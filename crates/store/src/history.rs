//! What an event was before each change, who changed it, and when (BE-5).

use concord_model::event::Booking;
use concord_model::{Event, EventId, LinkId, Rev, RunId, UserId, View, WorkspaceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::column::{Form, FormOf};
use crate::db::{Record, Row, Tx};
use crate::error::Error;

/// Who did something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Actor {
    /// A person, here.
    User(UserId),
    /// Someone in a calendar, by that link.
    Link(LinkId),
    /// Nobody: a policy or a rule.
    Program,
}

/// An event as it was before a change.
#[derive(Clone, PartialEq)]
pub struct Version {
    /// The event.
    pub event: EventId,
    /// The revision it had.
    pub rev: Rev,
    /// What it held.
    pub content: View,
    /// What the platform knew.
    pub booking: Booking,
    /// When it was changed.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
    /// In which run, if in one.
    pub run: Option<RunId>,
}

impl std::fmt::Debug for Version {
    /// Personal: only what names it is printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Version({} rev {} …)", self.event, self.rev.0)
    }
}

impl Record for Version {
    fn read(row: &Row) -> Result<Self, Error> {
        let (Form(content), Form(booking), Form(by)) =
            (row.col("content")?, row.col("booking")?, row.col("actor")?);
        Ok(Version {
            event: row.col("event_id")?,
            rev: row.col("rev")?,
            content,
            booking,
            at: row.col("at")?,
            by,
            run: row.col("run_id")?,
        })
    }
}

/// Remembers an event as it was, in the transaction that changes it.
pub async fn remember(
    tx: &mut Tx,
    before: &Event,
    by: Actor,
    run: Option<RunId>,
    at: Timestamp,
) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO event_versions (event_id, rev, workspace_id, content, booking, at, actor, run_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(before.id)
    .bind(before.rev)
    .bind(before.workspace)
    .bind(FormOf(&before.content))
    .bind(FormOf(&before.booking))
    .bind(at)
    .bind(FormOf(&by))
    .bind(run)
    .run()
    .await?;
    Ok(())
}

/// Returns an event's past, the latest first.
pub async fn versions(tx: &mut Tx, workspace: WorkspaceId, id: EventId) -> Result<Vec<Version>, Error> {
    tx.sql("SELECT * FROM event_versions WHERE event_id = $1 AND workspace_id = $2 ORDER BY rev DESC")
        .bind(id)
        .bind(workspace)
        .all()
        .await
}

/// Returns an event as it was in that revision.
pub async fn version(tx: &mut Tx, workspace: WorkspaceId, id: EventId, rev: Rev) -> Result<Version, Error> {
    tx.sql("SELECT * FROM event_versions WHERE event_id = $1 AND workspace_id = $2 AND rev = $3")
        .bind(id)
        .bind(workspace)
        .bind(rev)
        .one()
        .await
}
