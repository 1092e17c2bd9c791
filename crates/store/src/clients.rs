//! People who book.

use std::collections::BTreeMap;

use concord_model::people::Address;
use concord_model::{ClientId, UserId, WorkspaceId};

use crate::column::quiet;
use crate::db::{CHUNK, Record, Row, Tx, expect_one};
use crate::error::Error;

/// Someone who books; may also be a user.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// Their name here.
    pub id: ClientId,
    /// Behind whose walls they are.
    pub workspace: WorkspaceId,
    /// What they are called.
    pub name: String,
    /// Their mail address.
    pub address: Option<Address>,
    /// Their telephone number.
    pub phone: Option<String>,
    /// Who they are when they sign in.
    pub user: Option<UserId>,
}
quiet! { Client }

impl Record for Client {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Client {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            name: row.col("name")?,
            address: row.col("address")?,
            phone: row.col("phone")?,
            user: row.col("user_id")?,
        })
    }
}

/// Adds one.
pub async fn add(tx: &mut Tx, client: &Client) -> Result<(), Error> {
    tx.sql("INSERT INTO clients (id, workspace_id, name, address, phone, user_id) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(client.id)
        .bind(client.workspace)
        .bind(&client.name)
        .bind(&client.address)
        .bind(&client.phone)
        .bind(client.user)
        .run()
        .await?;
    Ok(())
}

/// Changes all but the id and the workspace.
pub async fn save(tx: &mut Tx, client: &Client) -> Result<(), Error> {
    let changed = tx
        .sql(
            "UPDATE clients SET name = $3, address = $4, phone = $5, user_id = $6
             WHERE id = $1 AND workspace_id = $2",
        )
        .bind(client.id)
        .bind(client.workspace)
        .bind(&client.name)
        .bind(&client.address)
        .bind(&client.phone)
        .bind(client.user)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}

/// Returns one.
pub async fn get(tx: &mut Tx, workspace: WorkspaceId, id: ClientId) -> Result<Client, Error> {
    tx.sql("SELECT * FROM clients WHERE id = $1 AND workspace_id = $2").bind(id).bind(workspace).one().await
}

/// Returns those that there are.
pub async fn by_ids(
    tx: &mut Tx,
    workspace: WorkspaceId,
    ids: &[ClientId],
) -> Result<BTreeMap<ClientId, Client>, Error> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        let clients: Vec<Client> = tx
            .sql("SELECT * FROM clients WHERE workspace_id = $1 AND id {in_ids $2}")
            .bind(workspace)
            .bind_ids(chunk.iter().map(|id| id.0))
            .all()
            .await?;
        found.extend(clients.into_iter().map(|client| (client.id, client)));
    }
    Ok(found)
}

/// Returns all of a workspace, by name.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Client>, Error> {
    tx.sql("SELECT * FROM clients WHERE workspace_id = $1 ORDER BY name, id").bind(workspace).all().await
}
