//! What writes were answered, by the key under which they were asked for: asked again, they are answered again and not
//! made twice. Written in the transaction of the write itself.

use concord_model::{UserId, WorkspaceId};
use jiff::Timestamp;

use crate::db::{Record, Row, Tx};
use crate::error::Error;

/// What a write was answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// Behind whose walls.
    pub workspace: WorkspaceId,
    /// Who asked.
    pub user: UserId,
    /// Under which key.
    pub key: String,
    /// A hash of what was asked for: a key is for one request.
    pub fingerprint: String,
    /// The status of the answer.
    pub status: i64,
    /// When.
    pub at: Timestamp,
    /// The answer.
    pub body: String,
}

impl std::fmt::Debug for Answer {
    /// What it says and whose it is stays in the table.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer(…)")
    }
}

impl Record for Answer {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Answer {
            workspace: row.col("workspace_id")?,
            user: row.col("user_id")?,
            key: row.col("key")?,
            fingerprint: row.col("fingerprint")?,
            status: row.col("status")?,
            at: row.col("at")?,
            body: row.col("body")?,
        })
    }
}

/// Returns what was answered under that key.
pub async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    key: &str,
) -> Result<Option<Answer>, Error> {
    tx.sql("SELECT * FROM answers WHERE workspace_id = $1 AND user_id = $2 AND key = $3")
        .bind(workspace)
        .bind(user)
        .bind(key)
        .opt()
        .await
}

/// Keeps an answer. [`Error::Taken`] when the same was asked for at the same time, and is answered there.
pub async fn keep(tx: &mut Tx, answer: &Answer) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO answers (workspace_id, user_id, key, fingerprint, status, at, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(answer.workspace)
    .bind(answer.user)
    .bind(&answer.key)
    .bind(&answer.fingerprint)
    .bind(answer.status)
    .bind(answer.at)
    .bind(&answer.body)
    .run()
    .await?;
    Ok(())
}

/// Forgets those of before.
pub async fn forget_before(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    tx.sql("DELETE FROM answers WHERE at < $1").bind(before).run().await
}
