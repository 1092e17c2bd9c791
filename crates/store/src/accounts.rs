//! A person's credential at a provider: who they are there, and whether it works. The secret itself is in
//! [`crate::grants`].

use concord_model::{AccountId, ProviderId, UserId, WorkspaceId};
use jiff::Timestamp;

use crate::changes::Kind;
use crate::column::{Form, FormOf, quiet, words};
use crate::db::{Record, Row, Tx, expect_one};
use crate::error::Error;

pub use crate::budgets::{spent as budget_spent, take as budget_take};
pub use crate::grants::{GrantSecret, claim_refresh, open_grant, release_refresh, seal_grant};

/// A person's credential at a provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name here.
    pub id: AccountId,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// Whose it is.
    pub user: UserId,
    /// Where it is valid.
    pub provider: ProviderId,
    /// What the provider calls the person.
    pub subject: String,
    /// What people call it: the mail address, mostly.
    pub name: String,
    /// Whether it works.
    pub state: AccountState,
    /// Where it is and what can be done there, in its adapter's own form; nothing for providers that are in one place.
    pub site: Option<String>,
    /// What was granted.
    pub scopes: Vec<String>,
    /// When the access token ends.
    pub access_ends_at: Option<Timestamp>,
    /// Before when the provider does not want to be called.
    pub wait_until: Option<Timestamp>,
    /// When it was connected.
    pub created_at: Timestamp,
}
quiet! { Account }

/// Whether an account works.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AccountState {
    /// It does.
    Active,
    /// The person must sign in again; calls are not made until then (I-27).
    Reconnect {
        /// What happened, in words.
        why: String,
    },
    /// It was disconnected.
    Removed,
}

words! {
    /// The word that an [`AccountState`] is kept as.
    pub enum AccountStateKind {
        /// [`AccountState::Active`].
        Active = "active",
        /// [`AccountState::Reconnect`].
        Reconnect = "reconnect",
        /// [`AccountState::Removed`].
        Removed = "removed",
    }
}

impl AccountState {
    fn columns(&self) -> (AccountStateKind, Option<&str>) {
        match self {
            AccountState::Active => (AccountStateKind::Active, None),
            AccountState::Reconnect { why } => (AccountStateKind::Reconnect, Some(why)),
            AccountState::Removed => (AccountStateKind::Removed, None),
        }
    }

    fn of(kind: AccountStateKind, note: Option<String>) -> AccountState {
        match kind {
            AccountStateKind::Active => AccountState::Active,
            AccountStateKind::Reconnect => AccountState::Reconnect { why: note.unwrap_or_default() },
            AccountStateKind::Removed => AccountState::Removed,
        }
    }
}

impl Record for Account {
    fn read(row: &Row) -> Result<Self, Error> {
        let Form(scopes) = row.col("scopes")?;
        Ok(Account {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            user: row.col("user_id")?,
            provider: row.col("provider")?,
            subject: row.col("subject")?,
            name: row.col("name")?,
            state: AccountState::of(row.col("state")?, row.col("state_note")?),
            site: row.col("site")?,
            scopes,
            access_ends_at: row.col("access_ends_at")?,
            wait_until: row.col("wait_until")?,
            created_at: row.col("created_at")?,
        })
    }
}

/// Adds it, or renews the one of the same person at the same provider: then that one keeps its id, its links and
/// when it was first connected. Returns it as it is now.
pub async fn upsert(tx: &mut Tx, account: &Account) -> Result<Account, Error> {
    let (state, note) = account.state.columns();
    let kept: Account = tx
        .sql(
        "INSERT INTO accounts (id, workspace_id, user_id, provider, subject, name, state, state_note, scopes,
                               access_ends_at, wait_until, created_at, site)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (workspace_id, user_id, provider, subject) DO UPDATE
         SET name = excluded.name, state = excluded.state, state_note = excluded.state_note,
             scopes = excluded.scopes, access_ends_at = excluded.access_ends_at, site = excluded.site
         RETURNING *",
    )
    .bind(account.id)
    .bind(account.workspace)
    .bind(account.user)
    .bind(&account.provider)
    .bind(&account.subject)
    .bind(&account.name)
    .bind(state)
    .bind(note)
    .bind(FormOf(&account.scopes))
    .bind(account.access_ends_at)
    .bind(account.wait_until)
    .bind(account.created_at)
    .bind(&account.site)
    .one()
    .await?;
    tx.note(Kind::Account, [kept.id.0]);
    Ok(kept)
}

/// Returns one, for a worker: its link has said which workspace it is in.
pub async fn find(tx: &mut Tx, id: AccountId) -> Result<Account, Error> {
    tx.sql("SELECT * FROM accounts WHERE id = $1").bind(id).one().await
}

/// Returns one.
pub async fn get(tx: &mut Tx, workspace: WorkspaceId, id: AccountId) -> Result<Account, Error> {
    tx.sql("SELECT * FROM accounts WHERE id = $1 AND workspace_id = $2").bind(id).bind(workspace).one().await
}

/// Returns all of a workspace, the oldest first.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Account>, Error> {
    tx.sql("SELECT * FROM accounts WHERE workspace_id = $1 ORDER BY created_at, id")
        .bind(workspace)
        .all()
        .await
}

/// Returns all of a user, the oldest first.
pub async fn list_user(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> Result<Vec<Account>, Error> {
    tx.sql("SELECT * FROM accounts WHERE workspace_id = $1 AND user_id = $2 ORDER BY created_at, id")
        .bind(workspace)
        .bind(user)
        .all()
        .await
}

/// Says whether it works. `true` when that is news: people are told once (I-27).
pub async fn set_state(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: AccountId,
    state: &AccountState,
) -> Result<bool, Error> {
    let (kind, note) = state.columns();
    tx.note(Kind::Account, [id.0]);
    let changed = tx
        .sql(
            "UPDATE accounts SET state = $3, state_note = $4
             WHERE id = $1 AND workspace_id = $2 AND (state <> $3 OR COALESCE(state_note, '') <> COALESCE($4, ''))",
        )
        .bind(id)
        .bind(workspace)
        .bind(kind)
        .bind(note)
        .run()
        .await?;
    if changed == 0 {
        get(tx, workspace, id).await?;
    }
    Ok(changed > 0)
}

/// Notes anew where it is and what can be done there.
pub async fn set_site(tx: &mut Tx, id: AccountId, site: Option<&str>) -> Result<(), Error> {
    let changed = tx.sql("UPDATE accounts SET site = $2 WHERE id = $1").bind(id).bind(site).run().await?;
    tx.note(Kind::Account, [id.0]);
    expect_one(changed, Error::NotFound)
}

/// Makes all its links wait until then. Only ever later: of two answers the more patient one holds.
pub async fn set_wait(tx: &mut Tx, id: AccountId, until: Timestamp) -> Result<(), Error> {
    let changed = tx
        .sql(
            "UPDATE accounts SET wait_until =
                 CASE WHEN wait_until IS NULL OR wait_until < $2 THEN $2 ELSE wait_until END
             WHERE id = $1",
        )
        .bind(id)
        .bind(until)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}
