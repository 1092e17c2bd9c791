//! Conflicts: both sides changed the same thing. Open ones wait for a person; resolved ones keep what was lost.

use concord_model::{ConflictId, EventId, LinkId, MappingId, RunId, View, WorkspaceId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::changes;
use crate::column::{Form, FormOf, quiet, words};
use crate::db::{CHUNK, Record, Row, Tx, expect_one};
use crate::error::Error;
use crate::history::Actor;

/// A change on both sides that was recorded.
#[derive(Clone, PartialEq)]
pub struct Conflict {
    /// Its name here.
    pub id: ConflictId,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// About which event; `None` where it is not one of ours yet.
    pub event: Option<EventId>,
    /// On which link.
    pub link: LinkId,
    /// About which mapping.
    pub mapping: MappingId,
    /// What kind of difference.
    pub kind: ConflictKind,
    /// The fields, as the engine tells them.
    pub fields: Vec<serde_json::Value>,
    /// What both sides last agreed on.
    pub base: Option<View>,
    /// Ours, as the calendar would see it.
    pub ours: Option<View>,
    /// Theirs.
    pub theirs: Option<View>,
    /// Whether it waits.
    pub state: ConflictState,
    /// What a person answered, until the link's next run carries it out.
    pub answer: Option<Answer>,
    /// When it was found.
    pub detected_at: Timestamp,
    /// When it is decided without an answer.
    pub expires_at: Option<Timestamp>,
    /// The run that found it.
    pub run: Option<RunId>,
}
quiet! { Conflict }

words! {
    /// What kind of difference.
    pub enum ConflictKind {
        /// The time was changed on both sides.
        TimeChange = "time_change",
        /// Deleted on one side, changed on the other.
        Deleted = "deleted",
        /// Other fields were changed on both sides.
        DataMismatch = "data_mismatch",
        /// Something there may or may not be one of ours.
        CreatedExternally = "created_externally",
    }
}

/// Whether a conflict waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConflictState {
    /// It does.
    Open,
    /// It was decided.
    Resolved {
        /// For whom.
        how: Resolution,
        /// When.
        at: Timestamp,
        /// By whom.
        by: Actor,
    },
}

/// What a person answered to a conflict that waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Who stands.
    pub how: Resolution,
    /// Field by field, where that was the answer: by the field's name, who stands.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, Resolution>,
    /// When it was answered.
    pub at: Timestamp,
    /// By whom.
    pub by: Actor,
}

words! {
    /// How a conflict was decided.
    pub enum Resolution {
        /// The platform's value stands.
        KeepPlatform = "keep_local",
        /// The calendar's value stands.
        KeepExternal = "keep_external",
        /// The later one stands.
        KeepLatest = "keep_latest",
        /// Field by field.
        Merge = "merge",
        /// They are two different events; each stays.
        Both = "keep_both",
        /// The link's policy decided.
        Policy = "policy",
        /// Nobody answered in time.
        Expired = "expired",
        /// It went away by itself: both sides are alike again.
        Agreed = "agreed",
    }
}

words! {
    /// The word that a [`ConflictState`] is kept as.
    pub enum ConflictStateKind {
        /// [`ConflictState::Open`].
        Open = "open",
        /// [`ConflictState::Resolved`].
        Resolved = "resolved",
    }
}

impl Record for Conflict {
    fn read(row: &Row) -> Result<Self, Error> {
        let view = |name| row.col::<Option<Form<View>>>(name).map(|view| view.map(|Form(view)| view));
        let Form(fields) = row.col("fields")?;
        let state = match row.col("state")? {
            ConflictStateKind::Open => ConflictState::Open,
            ConflictStateKind::Resolved => {
                let Form(by) = row.col("resolved_by")?;
                ConflictState::Resolved { how: row.col("how")?, at: row.col("resolved_at")?, by }
            }
        };
        Ok(Conflict {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            event: row.col("event_id")?,
            link: row.col("link_id")?,
            mapping: row.col("mapping_id")?,
            kind: row.col("kind")?,
            fields,
            base: view("base")?,
            ours: view("ours")?,
            theirs: view("theirs")?,
            state,
            answer: row.col::<Option<Form<Answer>>>("answer")?.map(|Form(answer)| answer),
            detected_at: row.col("detected_at")?,
            expires_at: row.col("expires_at")?,
            run: row.col("run_id")?,
        })
    }
}

/// Records a conflict. A mapping has at most one that waits: where there is one, it is brought up to date and keeps
/// its id, when it was found and when it ends. Returns it as it is.
pub async fn open(tx: &mut Tx, conflict: &Conflict) -> Result<Conflict, Error> {
    let (state, how, at, by) = match &conflict.state {
        ConflictState::Open => (ConflictStateKind::Open, None, None, None),
        ConflictState::Resolved { how, at, by } => {
            (ConflictStateKind::Resolved, Some(*how), Some(*at), Some(FormOf(by)))
        }
    };
    let kept: Conflict = tx
        .sql(
        "INSERT INTO conflicts (id, workspace_id, event_id, link_id, mapping_id, kind, fields, base, ours, theirs,
                                state, how, resolved_at, resolved_by, detected_at, expires_at, run_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT (mapping_id) WHERE state = 'open' DO UPDATE
         SET event_id = excluded.event_id, kind = excluded.kind, fields = excluded.fields, base = excluded.base,
             ours = excluded.ours, theirs = excluded.theirs, run_id = excluded.run_id
         RETURNING *",
    )
    .bind(conflict.id)
    .bind(conflict.workspace)
    .bind(conflict.event)
    .bind(conflict.link)
    .bind(conflict.mapping)
    .bind(conflict.kind)
    .bind(FormOf(&conflict.fields))
    .bind(conflict.base.as_ref().map(FormOf))
    .bind(conflict.ours.as_ref().map(FormOf))
    .bind(conflict.theirs.as_ref().map(FormOf))
    .bind(state)
    .bind(how)
    .bind(at)
    .bind(by)
    .bind(conflict.detected_at)
    .bind(conflict.expires_at)
    .bind(conflict.run)
    .one()
    .await?;
    tx.note(changes::Kind::Conflict, [kept.id.0]);
    Ok(kept)
}

/// Decides a conflict that waits. [`Error::Changed`] when it was decided already.
pub async fn resolve(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ConflictId,
    how: Resolution,
    at: Timestamp,
    by: Actor,
) -> Result<(), Error> {
    tx.note(changes::Kind::Conflict, [id.0]);
    let changed = tx
        .sql(
            "UPDATE conflicts SET state = 'resolved', how = $3, resolved_at = $4, resolved_by = $5
             WHERE id = $1 AND workspace_id = $2 AND state = 'open'",
        )
        .bind(id)
        .bind(workspace)
        .bind(how)
        .bind(at)
        .bind(FormOf(&by))
        .run()
        .await?;
    if changed == 0 {
        get(tx, workspace, id).await?;
        return Err(Error::Changed);
    }
    Ok(())
}

/// Keeps what a person answered, and makes the mapping due for it. [`Error::Changed`] when it no longer waits.
pub async fn answer(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ConflictId,
    answer: &Answer,
) -> Result<(), Error> {
    let conflict = get(tx, workspace, id).await?;
    if conflict.state != ConflictState::Open {
        return Err(Error::Changed);
    }
    // First, for it locks the link: a run does so, too, before it comes to the conflict.
    crate::mappings::release(tx, workspace, conflict.mapping).await?;
    tx.note(changes::Kind::Conflict, [id.0]);
    let changed = tx
        .sql("UPDATE conflicts SET answer = $3 WHERE id = $1 AND workspace_id = $2 AND state = 'open'")
        .bind(id)
        .bind(workspace)
        .bind(FormOf(answer))
        .run()
        .await?;
    expect_one(changed, Error::Changed)
}

/// Returns the conflicts that wait on these mappings.
pub async fn open_of(tx: &mut Tx, mappings: &[MappingId]) -> Result<BTreeMap<MappingId, Conflict>, Error> {
    let mut found = BTreeMap::new();
    for chunk in mappings.chunks(CHUNK) {
        let conflicts: Vec<Conflict> = tx
            .sql("SELECT * FROM conflicts WHERE state = 'open' AND mapping_id {in_ids $1}")
            .bind_ids(chunk.iter().map(|id| id.0))
            .all()
            .await?;
        found.extend(conflicts.into_iter().map(|conflict| (conflict.mapping, conflict)));
    }
    Ok(found)
}

/// Returns which of these events something on that link may be the same as, and the mappings about which a person is
/// asked that (`rules.md` 17).
pub async fn perhaps(
    tx: &mut Tx,
    link: LinkId,
    events: &[EventId],
) -> Result<Vec<(EventId, MappingId)>, Error> {
    let mut found = Vec::new();
    for chunk in events.chunks(CHUNK) {
        let pairs: Vec<Perhaps> = tx
            .sql(
                "SELECT event_id, mapping_id FROM conflicts
                 WHERE state = 'open' AND event_id {in_ids $2} AND link_id = $1 AND kind = 'created_externally'",
            )
            .bind(link)
            .bind_ids(chunk.iter().map(|id| id.0))
            .all()
            .await?;
        found.extend(pairs.into_iter().map(|Perhaps(event, mapping)| (event, mapping)));
    }
    Ok(found)
}

struct Perhaps(EventId, MappingId);

impl Record for Perhaps {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Perhaps(row.col("event_id")?, row.col("mapping_id")?))
    }
}

/// Returns one.
pub async fn get(tx: &mut Tx, workspace: WorkspaceId, id: ConflictId) -> Result<Conflict, Error> {
    tx.sql("SELECT * FROM conflicts WHERE id = $1 AND workspace_id = $2").bind(id).bind(workspace).one().await
}

/// Returns a page, in the order in which they were found; `after` is the last of the page before.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    open_only: bool,
    after: Option<(Timestamp, ConflictId)>,
    limit: u32,
) -> Result<Vec<Conflict>, Error> {
    let (after, after_id) = after.unwrap_or((Timestamp::MIN, ConflictId(Uuid::nil())));
    tx.sql(
        "SELECT * FROM conflicts
         WHERE workspace_id = $1 AND (detected_at, id) > ($2, $3) AND ($4 OR state = 'open')
         ORDER BY detected_at, id LIMIT $5",
    )
    .bind(workspace)
    .bind(after)
    .bind(after_id)
    .bind(!open_only)
    .bind(i64::from(limit))
    .all()
    .await
}

/// Returns a mapping's conflict that waits, if there is one.
pub async fn by_mapping_open(tx: &mut Tx, mapping: MappingId) -> Result<Option<Conflict>, Error> {
    tx.sql("SELECT * FROM conflicts WHERE mapping_id = $1 AND state = 'open'").bind(mapping).opt().await
}

/// Returns a page of those whose time to be answered is over, in the order in which it was.
pub async fn expired(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Conflict>, Error> {
    tx.sql(
        "SELECT * FROM conflicts WHERE state = 'open' AND expires_at <= $1 ORDER BY expires_at, id LIMIT $2",
    )
    .bind(now)
    .bind(i64::from(limit))
    .all()
    .await
}
