//! API keys: how platforms come in. A key acts for one user, within a scope; only its hash is kept.

use concord_model::{UserId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::column::{quiet, words};
use crate::db::{Record, Row, Tx, expect_one};
use crate::error::Error;

/// A key.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name here.
    pub id: Uuid,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// For whom it acts.
    pub user: UserId,
    /// What people call it.
    pub name: String,
    /// How it begins, so that its owner recognises it.
    pub prefix: String,
    /// The hash of the whole key.
    pub hash: String,
    /// What it may do.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}
quiet! { ApiKey }

words! {
    /// What a key may do, of what its user may do.
    pub enum Scope {
        /// Look.
        Read = "read",
        /// Look and change.
        Write = "write",
        /// All of it, other people's things and settings of the workspace too.
        Admin = "admin",
    }
}

impl Record for ApiKey {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(ApiKey {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            user: row.col("user_id")?,
            name: row.col("name")?,
            prefix: row.col("prefix")?,
            hash: row.col("key_hash")?,
            scope: row.col("scope")?,
            created_at: row.col("created_at")?,
            used_at: row.col("used_at")?,
            revoked_at: row.col("revoked_at")?,
        })
    }
}

/// Adds one.
pub async fn add(tx: &mut Tx, key: &ApiKey) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO api_keys (id, workspace_id, user_id, name, prefix, key_hash, scope, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(key.id)
    .bind(key.workspace)
    .bind(key.user)
    .bind(&key.name)
    .bind(&key.prefix)
    .bind(&key.hash)
    .bind(key.scope)
    .bind(key.created_at)
    .run()
    .await?;
    Ok(())
}

/// Returns the living key of that hash.
pub async fn find(tx: &mut Tx, hash: &str) -> Result<Option<ApiKey>, Error> {
    tx.sql("SELECT * FROM api_keys WHERE key_hash = $1 AND revoked_at IS NULL").bind(hash).opt().await
}

/// Returns a workspace's, the revoked ones too, the oldest first.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<ApiKey>, Error> {
    tx.sql("SELECT * FROM api_keys WHERE workspace_id = $1 ORDER BY created_at, id")
        .bind(workspace)
        .all()
        .await
}

/// Notes that it was used.
pub async fn used(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<(), Error> {
    tx.sql("UPDATE api_keys SET used_at = $2 WHERE id = $1").bind(id).bind(now).run().await.map(drop)
}

/// Revokes one; [`Error::NotFound`] when there is no living one.
pub async fn revoke(tx: &mut Tx, workspace: WorkspaceId, id: Uuid, now: Timestamp) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE api_keys SET revoked_at = $3 WHERE id = $1 AND workspace_id = $2 AND revoked_at IS NULL")
        .bind(id)
        .bind(workspace)
        .bind(now)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}
