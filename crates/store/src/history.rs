//! What an event was before each change, who changed it, and when (BE-5).

use concord_model::event::Booking;
use concord_model::{Event, EventId, LinkId, Rev, RunId, UserId, View, WorkspaceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::column::{Form, FormOf};
use crate::db::{One, Record, Row, Tx};
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

/// Returns the events that a run changed, by id.
pub async fn changed_by_run(tx: &mut Tx, workspace: WorkspaceId, run: RunId) -> Result<Vec<EventId>, Error> {
    let found: Vec<One<EventId>> = tx
        .sql("SELECT DISTINCT event_id FROM event_versions WHERE workspace_id = $1 AND run_id = $2 ORDER BY event_id")
        .bind(workspace)
        .bind(run)
        .all()
        .await?;
    Ok(found.into_iter().map(|One(event)| event).collect())
}

/// Returns the events that the runs of a link changed since an instant, by id.
pub async fn changed_by_link(
    tx: &mut Tx,
    workspace: WorkspaceId,
    link: LinkId,
    since: Timestamp,
) -> Result<Vec<EventId>, Error> {
    let found: Vec<One<EventId>> = tx
        .sql(
            "SELECT DISTINCT v.event_id FROM event_versions v JOIN runs r ON r.id = v.run_id
             WHERE v.workspace_id = $1 AND r.link_id = $2 AND v.at >= $3 ORDER BY v.event_id",
        )
        .bind(workspace)
        .bind(link)
        .bind(since)
        .all()
        .await?;
    Ok(found.into_iter().map(|One(event)| event).collect())
}

/// Returns the live events that came in by a link from one instant to another, by id.
pub async fn brought_in(
    tx: &mut Tx,
    workspace: WorkspaceId,
    link: LinkId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<EventId>, Error> {
    let found: Vec<One<EventId>> = tx
        .sql(
            "SELECT DISTINCT e.id FROM mappings m JOIN events e ON e.id = m.event_id
             WHERE m.link_id = $2 AND m.origin AND e.workspace_id = $1 AND e.origin_link_id = $2
               AND e.created_at >= $3 AND e.created_at <= $4 AND e.deleted_at IS NULL ORDER BY e.id",
        )
        .bind(workspace)
        .bind(link)
        .bind(from)
        .bind(to)
        .all()
        .await?;
    Ok(found.into_iter().map(|One(event)| event).collect())
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
