//! Letterboxes: secret mail addresses of people, to which invitations of others come.
//!
//! The word in the address is the secret. It is found by its hash, and kept sealed: its owner is shown it again, and an
//! answer to an invitation that was made to it has to name it.

use concord_model::{UserId, WorkspaceId};
use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

use crate::column::quiet;
use crate::db::{Record, Row, Tx, expect_one};
use crate::error::Error;
use crate::vault::{Place, Sealer, Vault};

/// A letterbox.
#[derive(Clone, PartialEq, Eq)]
pub struct Letterbox {
    /// Its name here.
    pub id: Uuid,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// Whose it is.
    pub user: UserId,
    /// The hash of its word.
    pub hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a letter last came to it.
    pub used_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}
quiet! { Letterbox }

impl Record for Letterbox {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Letterbox {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            user: row.col("user_id")?,
            hash: row.col("word_hash")?,
            created_at: row.col("created_at")?,
            used_at: row.col("used_at")?,
            revoked_at: row.col("revoked_at")?,
        })
    }
}

fn place<'a>(letterbox: &Letterbox, row: &'a str) -> Place<'a> {
    Place { table: "letterboxes", column: "word", row, workspace: letterbox.workspace }
}

/// Adds one, with its word. [`Error::Taken`] when its person has a living one.
pub async fn add(
    tx: &mut Tx,
    sealer: &mut Sealer<'_>,
    letterbox: &Letterbox,
    word: &SecretString,
) -> Result<(), Error> {
    let word = sealer.seal(&place(letterbox, &letterbox.id.to_string()), word);
    tx.sql(
        "INSERT INTO letterboxes (id, workspace_id, user_id, word_hash, word, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(letterbox.id)
    .bind(letterbox.workspace)
    .bind(letterbox.user)
    .bind(&letterbox.hash)
    .bind(word)
    .bind(letterbox.created_at)
    .run()
    .await
    .map(drop)
}

/// Returns the one whose word has that hash, a revoked one too.
pub async fn find(tx: &mut Tx, hash: &str) -> Result<Option<Letterbox>, Error> {
    tx.sql("SELECT * FROM letterboxes WHERE word_hash = $1").bind(hash).opt().await
}

/// Returns one by its name here.
pub async fn get(tx: &mut Tx, workspace: WorkspaceId, id: Uuid) -> Result<Letterbox, Error> {
    tx.sql("SELECT * FROM letterboxes WHERE id = $1 AND workspace_id = $2")
        .bind(id)
        .bind(workspace)
        .one()
        .await
}

/// Returns a person's, the revoked ones too, the oldest first.
pub async fn of_user(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> Result<Vec<Letterbox>, Error> {
    tx.sql("SELECT * FROM letterboxes WHERE workspace_id = $1 AND user_id = $2 ORDER BY created_at, id")
        .bind(workspace)
        .bind(user)
        .all()
        .await
}

struct Cell(Vec<u8>);

impl Record for Cell {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Cell(row.col("word")?))
    }
}

/// Returns the word of one.
pub async fn word(tx: &mut Tx, vault: &Vault, letterbox: &Letterbox) -> Result<SecretString, Error> {
    let Cell(cell) =
        tx.sql("SELECT word FROM letterboxes WHERE id = $1").bind(letterbox.id).one::<Cell>().await?;
    vault.open(&place(letterbox, &letterbox.id.to_string()), &cell).map_err(|e| Error::Broken(Box::new(e)))
}

/// Notes that a letter came to it. Until the transaction is over, no other letter to it is taken in.
pub async fn used(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<(), Error> {
    tx.sql("UPDATE letterboxes SET used_at = $2 WHERE id = $1").bind(id).bind(now).run().await.map(drop)
}

/// Revokes one; [`Error::NotFound`] when there is no living one.
pub async fn revoke(tx: &mut Tx, workspace: WorkspaceId, id: Uuid, now: Timestamp) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE letterboxes SET revoked_at = $3 WHERE id = $1 AND workspace_id = $2 AND revoked_at IS NULL")
        .bind(id)
        .bind(workspace)
        .bind(now)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}
