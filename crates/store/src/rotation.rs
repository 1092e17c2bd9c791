//! Rotation of master keys: wraps the data keys of all sealed cells under the current one.
//!
//! A page of cells is a transaction of its own. What is done is seen in the cells themselves, so a rotation that was
//! interrupted, or that meets another, is simply run again; until it is over, all keys must be held.

use std::collections::BTreeMap;
use std::fmt::Display;

use concord_model::WorkspaceId;
use uuid::Uuid;

use crate::chance::Chance;
use crate::column::{Bind, Column};
use crate::db::{Record, Row, Store, Tx};
use crate::error::Error;
use crate::vault::{KeyId, Place, Vault};

/// What a rotation did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rotated {
    /// Cells that are now under the current key.
    pub rewrapped: u64,
    /// Cells that could not be opened, and were left as they are: their key is not held, or they were changed.
    pub unreadable: u64,
}

/// Where sealed cells lie: the statements for one column of one table.
struct Cells {
    table: &'static str,
    column: &'static str,
    page: &'static str,
    swap: &'static str,
    count: &'static str,
}

const GRANTS: Cells = Cells {
    table: "grants",
    column: "sealed",
    page: "SELECT account_id AS place, workspace_id, sealed AS cell FROM grants
           WHERE account_id > $1 AND substr(sealed, 2, 4) <> $2 ORDER BY account_id LIMIT $3",
    swap: "UPDATE grants SET sealed = $3 WHERE account_id = $1 AND sealed = $2",
    count: "SELECT substr(sealed, 2, 4) AS master, COUNT(*) AS cells FROM grants GROUP BY 1",
};

const CHANNELS: Cells = Cells {
    table: "channels",
    column: "secret",
    page: "SELECT id AS place, workspace_id, secret AS cell FROM channels
           WHERE id > $1 AND substr(secret, 2, 4) <> $2 ORDER BY id LIMIT $3",
    swap: "UPDATE channels SET secret = $3 WHERE id = $1 AND secret = $2",
    count: "SELECT substr(secret, 2, 4) AS master, COUNT(*) AS cells FROM channels GROUP BY 1",
};

const SIGN_INS: Cells = Cells {
    table: "sign_ins",
    column: "verifier",
    page: "SELECT state_hash AS place, workspace_id, verifier AS cell FROM sign_ins
           WHERE state_hash > $1 AND substr(verifier, 2, 4) <> $2 ORDER BY state_hash LIMIT $3",
    swap: "UPDATE sign_ins SET verifier = $3 WHERE state_hash = $1 AND verifier = $2",
    count: "SELECT substr(verifier, 2, 4) AS master, COUNT(*) AS cells FROM sign_ins GROUP BY 1",
};

const LETTERBOXES: Cells = Cells {
    table: "letterboxes",
    column: "word",
    page: "SELECT id AS place, workspace_id, word AS cell FROM letterboxes
           WHERE id > $1 AND substr(word, 2, 4) <> $2 ORDER BY id LIMIT $3",
    swap: "UPDATE letterboxes SET word = $3 WHERE id = $1 AND word = $2",
    count: "SELECT substr(word, 2, 4) AS master, COUNT(*) AS cells FROM letterboxes GROUP BY 1",
};

struct Cell<K> {
    place: K,
    workspace: WorkspaceId,
    cell: Vec<u8>,
}

impl<K: Column> Record for Cell<K> {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Cell { place: row.col("place")?, workspace: row.col("workspace_id")?, cell: row.col("cell")? })
    }
}

struct Count {
    master: Vec<u8>,
    cells: i64,
}

impl Record for Count {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Count { master: row.col("master")?, cells: row.col("cells")? })
    }
}

/// Wraps the data keys of all sealed cells under the vault's current key, so many in a transaction.
pub async fn rotate(
    store: &Store,
    vault: &Vault,
    chance: &mut dyn Chance,
    page: u32,
) -> Result<Rotated, Error> {
    let mut done = Rotated::default();
    rotate_cells::<Uuid>(store, &GRANTS, vault, chance, page, &mut done).await?;
    rotate_cells::<Uuid>(store, &CHANNELS, vault, chance, page, &mut done).await?;
    rotate_cells::<Uuid>(store, &LETTERBOXES, vault, chance, page, &mut done).await?;
    rotate_cells::<String>(store, &SIGN_INS, vault, chance, page, &mut done).await?;
    Ok(done)
}

async fn rotate_cells<K>(
    store: &Store,
    cells: &Cells,
    vault: &Vault,
    chance: &mut dyn Chance,
    page: u32,
    done: &mut Rotated,
) -> Result<(), Error>
where
    K: Default + Display + Bind + Column + Send + Sync,
{
    let current = vault.current();
    let mut after = K::default();
    loop {
        let mut tx = store.begin().await?;
        let found: Vec<Cell<K>> =
            tx.sql(cells.page).bind(&after).bind(&current.0[..]).bind(i64::from(page.max(1))).all().await?;
        let mut rewrapped = 0;
        for Cell { place, workspace, cell } in &found {
            let row = place.to_string();
            let place_of =
                Place { table: cells.table, column: cells.column, row: &row, workspace: *workspace };
            match vault.rewrap(&place_of, cell, chance) {
                // One that was sealed anew in the meantime is swapped for nothing: it is under a current key.
                Ok(Some(anew)) => {
                    rewrapped += tx.sql(cells.swap).bind(place).bind(cell).bind(anew).run().await?;
                }
                Ok(None) => {}
                Err(_) => done.unreadable += 1,
            }
        }
        tx.commit().await?;
        done.rewrapped += rewrapped;
        match found.into_iter().next_back() {
            Some(last) => after = last.place,
            None => return Ok(()),
        }
    }
}

/// Returns how many cells are sealed under each master key. A key that is not among them is no longer needed.
pub async fn status(tx: &mut Tx) -> Result<BTreeMap<KeyId, i64>, Error> {
    let mut found = BTreeMap::new();
    for cells in [&GRANTS, &CHANNELS, &LETTERBOXES, &SIGN_INS] {
        for Count { master, cells } in tx.sql(cells.count).all().await? {
            let id = master.try_into().map_err(|_| Error::broken("a sealed cell is too short to be one"))?;
            *found.entry(KeyId(id)).or_default() += cells;
        }
    }
    Ok(found)
}
