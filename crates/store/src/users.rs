//! People who sign in.

use std::collections::BTreeSet;

use concord_model::people::Address;
use concord_model::{UserId, WorkspaceId, Zone};
use jiff::Timestamp;

use crate::column::{quiet, words};
use crate::db::{CHUNK, One, Record, Row, Tx, expect_one};
use crate::error::Error;

/// A person who signs in.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Their name here.
    pub id: UserId,
    /// Behind whose walls they are.
    pub workspace: WorkspaceId,
    /// What they are called.
    pub name: String,
    /// Where to reach them; unique in the workspace.
    pub address: Option<Address>,
    /// What they may do.
    pub role: Role,
    /// The zone they think in.
    pub zone: Zone,
    /// When they were added.
    pub created_at: Timestamp,
}
quiet! { User }

words! {
    /// What a user may do.
    pub enum Role {
        /// Everything in the workspace.
        Admin = "admin",
        /// Offers sessions; owns events and links.
        Provider = "provider",
        /// Books sessions.
        Client = "client",
    }
}

impl Record for User {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(User {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            name: row.col("name")?,
            address: row.col("address")?,
            role: row.col("role")?,
            zone: row.col("zone")?,
            created_at: row.col("created_at")?,
        })
    }
}

/// Adds one. [`Error::Taken`] when the address belongs to another.
pub async fn add(tx: &mut Tx, user: &User) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO users (id, workspace_id, name, address, role, zone, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(user.id)
    .bind(user.workspace)
    .bind(&user.name)
    .bind(&user.address)
    .bind(user.role)
    .bind(&user.zone)
    .bind(user.created_at)
    .run()
    .await?;
    Ok(())
}

/// Returns one.
pub async fn get(tx: &mut Tx, workspace: WorkspaceId, id: UserId) -> Result<User, Error> {
    tx.sql("SELECT * FROM users WHERE id = $1 AND workspace_id = $2").bind(id).bind(workspace).one().await
}

/// Returns which of these there are.
pub async fn known(tx: &mut Tx, workspace: WorkspaceId, ids: &[UserId]) -> Result<BTreeSet<UserId>, Error> {
    let mut known = BTreeSet::new();
    for chunk in ids.chunks(CHUNK) {
        let found: Vec<One<UserId>> = tx
            .sql("SELECT id FROM users WHERE workspace_id = $1 AND id {in_ids $2}")
            .bind(workspace)
            .bind_ids(chunk.iter().map(|id| id.0))
            .all()
            .await?;
        known.extend(found.into_iter().map(|One(id)| id));
    }
    Ok(known)
}

/// Returns whoever is meant: the one with that address, else everyone of exactly that name.
pub async fn by_name_or_address(tx: &mut Tx, workspace: WorkspaceId, text: &str) -> Result<Vec<User>, Error> {
    let address = Address::from(text);
    let found: Vec<User> = tx
        .sql("SELECT * FROM users WHERE workspace_id = $1 AND (address = $2 OR name = $3) ORDER BY created_at, id")
        .bind(workspace)
        .bind(&address)
        .bind(text)
        .all()
        .await?;
    match found.iter().position(|user| user.address.as_ref() == Some(&address)) {
        Some(place) => Ok(vec![found[place].clone()]),
        None => Ok(found),
    }
}

/// Returns all of a workspace, the oldest first.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<User>, Error> {
    tx.sql("SELECT * FROM users WHERE workspace_id = $1 ORDER BY created_at, id").bind(workspace).all().await
}

/// Changes the zone they think in.
pub async fn set_zone(tx: &mut Tx, workspace: WorkspaceId, id: UserId, zone: &Zone) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE users SET zone = $3 WHERE id = $1 AND workspace_id = $2")
        .bind(id)
        .bind(workspace)
        .bind(zone)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}

/// Changes what their password is checked against; `None` for someone who signs in otherwise.
pub async fn set_password_hash(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: UserId,
    hash: Option<&str>,
) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE users SET password_hash = $3 WHERE id = $1 AND workspace_id = $2")
        .bind(id)
        .bind(workspace)
        .bind(hash)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}

/// Returns what their password is checked against, if they have one.
pub async fn password_hash(tx: &mut Tx, workspace: WorkspaceId, id: UserId) -> Result<Option<String>, Error> {
    let One(hash) = tx
        .sql("SELECT password_hash FROM users WHERE id = $1 AND workspace_id = $2")
        .bind(id)
        .bind(workspace)
        .one()
        .await?;
    Ok(hash)
}

/// Whether anybody has a password to sign in with.
pub async fn can_sign_in(tx: &mut Tx) -> Result<bool, Error> {
    let found: Option<One<i64>> =
        tx.sql("SELECT CAST(1 AS BIGINT) FROM users WHERE password_hash IS NOT NULL LIMIT 1").opt().await?;
    Ok(found.is_some())
}

/// Returns everybody with that address, in whatever workspace: who signs in has not said which.
pub async fn by_address(tx: &mut Tx, address: &Address) -> Result<Vec<User>, Error> {
    tx.sql("SELECT * FROM users WHERE address = $1 ORDER BY created_at, id").bind(address).all().await
}

/// Changes what they are called.
pub async fn set_name(tx: &mut Tx, workspace: WorkspaceId, id: UserId, name: &str) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE users SET name = $3 WHERE id = $1 AND workspace_id = $2")
        .bind(id)
        .bind(workspace)
        .bind(name)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}
