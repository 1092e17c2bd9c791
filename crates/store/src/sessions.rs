//! Sessions: browsers whose person has signed in. Whoever can read the table can impersonate nobody, for it holds only
//! hashes.

use concord_model::{UserId, WorkspaceId};
use jiff::Timestamp;

use crate::db::{Record, Row, Tx};
use crate::error::Error;

/// A browser whose person has signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// The hash of what its cookie holds.
    pub id_hash: String,
    /// Behind whose walls they are.
    pub workspace: WorkspaceId,
    /// Who.
    pub user: UserId,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used.
    pub seen_at: Timestamp,
    /// When it ends, unless it is used.
    pub ends_at: Timestamp,
}

impl std::fmt::Debug for Session {
    /// What it says and whose it is stays in the table.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session(…)")
    }
}

impl Record for Session {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Session {
            id_hash: row.col("id_hash")?,
            workspace: row.col("workspace_id")?,
            user: row.col("user_id")?,
            created_at: row.col("created_at")?,
            seen_at: row.col("seen_at")?,
            ends_at: row.col("ends_at")?,
        })
    }
}

/// Begins one.
pub async fn start(tx: &mut Tx, session: &Session) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO sessions (id_hash, workspace_id, user_id, created_at, seen_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&session.id_hash)
    .bind(session.workspace)
    .bind(session.user)
    .bind(session.created_at)
    .bind(session.seen_at)
    .bind(session.ends_at)
    .run()
    .await?;
    Ok(())
}

/// Returns the one that has not ended.
pub async fn find(tx: &mut Tx, id_hash: &str, now: Timestamp) -> Result<Option<Session>, Error> {
    tx.sql("SELECT * FROM sessions WHERE id_hash = $1 AND ends_at > $2").bind(id_hash).bind(now).opt().await
}

/// Notes that it is used, and lets it last until then.
pub async fn seen(tx: &mut Tx, id_hash: &str, now: Timestamp, ends_at: Timestamp) -> Result<(), Error> {
    tx.sql("UPDATE sessions SET seen_at = $2, ends_at = $3 WHERE id_hash = $1 AND ends_at > $2")
        .bind(id_hash)
        .bind(now)
        .bind(ends_at)
        .run()
        .await
        .map(drop)
}

/// Ends one.
pub async fn end(tx: &mut Tx, id_hash: &str) -> Result<(), Error> {
    tx.sql("DELETE FROM sessions WHERE id_hash = $1").bind(id_hash).run().await.map(drop)
}

/// Ends all of a user's but that one: their password has changed.
pub async fn end_others(tx: &mut Tx, workspace: WorkspaceId, user: UserId, but: &str) -> Result<u64, Error> {
    tx.sql("DELETE FROM sessions WHERE workspace_id = $1 AND user_id = $2 AND id_hash <> $3")
        .bind(workspace)
        .bind(user)
        .bind(but)
        .run()
        .await
}

/// Forgets those that have ended.
pub async fn forget_ended(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.sql("DELETE FROM sessions WHERE ends_at <= $1").bind(now).run().await
}
