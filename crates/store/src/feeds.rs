//! Feeds: what a person publishes of their events behind a secret address. Only the hash of the secret is kept.

use concord_model::link::Settings;
use concord_model::{UserId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::column::{Form, FormOf, quiet};
use crate::db::{Record, Row, Tx, expect_one};
use crate::error::Error;

/// A feed.
#[derive(Clone, PartialEq)]
pub struct Feed {
    /// Its name here.
    pub id: Uuid,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// Whose events it shows.
    pub user: UserId,
    /// What people call it.
    pub name: String,
    /// The hash of its secret.
    pub hash: String,
    /// What goes into it and what is seen of it: window, filter and sight. The rest of a link's settings means nothing here.
    pub settings: Settings,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last fetched, to some minutes.
    pub used_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}
quiet! { Feed }

impl Record for Feed {
    fn read(row: &Row) -> Result<Self, Error> {
        let Form(settings) = row.col("settings")?;
        Ok(Feed {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            user: row.col("user_id")?,
            name: row.col("name")?,
            hash: row.col("secret_hash")?,
            settings,
            created_at: row.col("created_at")?,
            used_at: row.col("used_at")?,
            revoked_at: row.col("revoked_at")?,
        })
    }
}

/// Adds one.
pub async fn add(tx: &mut Tx, feed: &Feed) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO feeds (id, workspace_id, user_id, name, secret_hash, settings, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(feed.id)
    .bind(feed.workspace)
    .bind(feed.user)
    .bind(&feed.name)
    .bind(&feed.hash)
    .bind(FormOf(&feed.settings))
    .bind(feed.created_at)
    .run()
    .await?;
    Ok(())
}

/// Returns the one whose secret has that hash, a revoked one too.
pub async fn find(tx: &mut Tx, hash: &str) -> Result<Option<Feed>, Error> {
    tx.sql("SELECT * FROM feeds WHERE secret_hash = $1").bind(hash).opt().await
}

/// Returns a workspace's, the revoked ones too, the oldest first.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Feed>, Error> {
    tx.sql("SELECT * FROM feeds WHERE workspace_id = $1 ORDER BY created_at, id").bind(workspace).all().await
}

/// Notes that it was fetched.
pub async fn used(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<(), Error> {
    tx.sql("UPDATE feeds SET used_at = $2 WHERE id = $1").bind(id).bind(now).run().await.map(drop)
}

/// Revokes one; [`Error::NotFound`] when there is no living one.
pub async fn revoke(tx: &mut Tx, workspace: WorkspaceId, id: Uuid, now: Timestamp) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE feeds SET revoked_at = $3 WHERE id = $1 AND workspace_id = $2 AND revoked_at IS NULL")
        .bind(id)
        .bind(workspace)
        .bind(now)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}
