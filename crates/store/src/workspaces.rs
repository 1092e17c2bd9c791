//! The walls between customers.

use concord_model::WorkspaceId;
use jiff::Timestamp;

use crate::column::quiet;
use crate::db::{Record, Row, Tx, expect_one};
use crate::error::Error;
use crate::meta;

/// One customer's part of the installation.
#[derive(Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its name here.
    pub id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}
quiet! { Workspace }

impl Record for Workspace {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Workspace { id: row.col("id")?, name: row.col("name")?, created_at: row.col("created_at")? })
    }
}

/// Where [`meta`] keeps which workspace is the default.
const DEFAULT: &str = "default_workspace";

/// Returns the workspace of an installation that has only one, made under that id and name if there is none yet. Several
/// processes may start at once: one makes it, and the others wait for that and find it.
pub async fn ensure_default(
    tx: &mut Tx,
    id: WorkspaceId,
    name: &str,
    now: Timestamp,
) -> Result<Workspace, Error> {
    if let Some(known) = default(tx).await? {
        return Ok(known);
    }
    if !meta::set_first(tx, DEFAULT, &id.to_string()).await? {
        return default(tx).await?.ok_or_else(|| Error::broken("the default workspace has gone again"));
    }
    let workspace = Workspace { id, name: name.to_owned(), created_at: now };
    add(tx, &workspace).await?;
    Ok(workspace)
}

/// Returns the default workspace, if there is one.
pub async fn default(tx: &mut Tx) -> Result<Option<Workspace>, Error> {
    let Some(id) = meta::get(tx, DEFAULT).await? else { return Ok(None) };
    let id = id.parse().map_err(|_| Error::broken("the default workspace is not an id"))?;
    get(tx, id).await.map(Some)
}

/// Adds one.
pub async fn add(tx: &mut Tx, workspace: &Workspace) -> Result<(), Error> {
    tx.sql("INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(workspace.id)
        .bind(&workspace.name)
        .bind(workspace.created_at)
        .run()
        .await?;
    Ok(())
}

/// Returns one.
pub async fn get(tx: &mut Tx, id: WorkspaceId) -> Result<Workspace, Error> {
    tx.sql("SELECT * FROM workspaces WHERE id = $1").bind(id).one().await
}

/// Returns all of them, the oldest first.
pub async fn list(tx: &mut Tx) -> Result<Vec<Workspace>, Error> {
    tx.sql("SELECT * FROM workspaces ORDER BY created_at, id").all().await
}

/// Changes what people call it.
pub async fn set_name(tx: &mut Tx, id: WorkspaceId, name: &str) -> Result<(), Error> {
    let changed = tx.sql("UPDATE workspaces SET name = $2 WHERE id = $1").bind(id).bind(name).run().await?;
    expect_one(changed, Error::NotFound)
}
