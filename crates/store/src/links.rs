//! Links: one external calendar kept in sync, with its settings, its cursor and its lease.
//!
//! The schedule is a column (`due_at`), the lock another (`lease_until`, `lease_epoch`). Whatever wants a link to be
//! looked at calls [`due`]; a worker [`claim`]s what is due, says [`hold`] at the start of each of its transactions,
//! and [`settle`]s. A worker that slept through its lease finds the epoch grown and can do no harm (I-13).

mod lease;
mod record;

pub use lease::{Lease, Settled, claim, claim_this, due, due_for_edit, hold, next_due, renew, settle};
pub use record::{Link, LinkState, LinkStateKind, Listing};

use concord_model::link::Settings;
use concord_model::{AccountId, Cursor, LinkId, UserId, WorkspaceId};
use jiff::Timestamp;

use crate::changes::Kind;
use crate::column::FormOf;
use crate::db::{One, Tx, expect_one};
use crate::error::Error;

/// Adds a link. Where the calendar was linked by the same account before and removed, that row comes back under its
/// old id, with its mappings and their bases (`rules.md` 18); settings, name and state are the new ones, and what is
/// in progress begins anew. [`Error::Taken`] when it is linked now. Returns it as it is.
pub async fn add(tx: &mut Tx, link: &Link) -> Result<Link, Error> {
    let (state, note, removed_at) = link.state.columns();
    let added: Option<Link> = tx
        .sql(
            "INSERT INTO links (id, workspace_id, account_id, user_id, provider, calendar, name, zone, writable,
                                settings, settings_rev, state, state_note, removed_at, first_done, due_at,
                                lease_epoch, failures, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, FALSE, $15, 0, 0, $16)
             ON CONFLICT (account_id, calendar) DO UPDATE
             SET name = excluded.name, zone = excluded.zone, writable = excluded.writable,
                 settings = excluded.settings, settings_rev = links.settings_rev + 1, state = excluded.state,
                 state_note = excluded.state_note, removed_at = excluded.removed_at, cursor = NULL, listing = NULL,
                 window_until = NULL, first_done = FALSE, due_at = excluded.due_at, failures = 0
             WHERE links.state = 'removed'
             RETURNING *",
        )
        .bind(link.id)
        .bind(link.workspace)
        .bind(link.account)
        .bind(link.user)
        .bind(&link.provider)
        .bind(&link.calendar)
        .bind(&link.name)
        .bind(&link.zone)
        .bind(link.writable)
        .bind(FormOf(&link.settings))
        .bind(link.settings_rev)
        .bind(state)
        .bind(note)
        .bind(removed_at)
        .bind(link.due_at)
        .bind(link.created_at)
        .opt()
        .await?;
    tx.note(Kind::Link, added.iter().map(|link| link.id.0));
    added.ok_or_else(|| Error::Taken { what: "links".to_owned() })
}

/// Returns one.
pub async fn get(tx: &mut Tx, workspace: WorkspaceId, id: LinkId) -> Result<Link, Error> {
    tx.sql("SELECT * FROM links WHERE id = $1 AND workspace_id = $2").bind(id).bind(workspace).one().await
}

/// Returns one for the program itself, which knows no workspace: never for what a request names.
pub async fn find(tx: &mut Tx, id: LinkId) -> Result<Link, Error> {
    tx.sql("SELECT * FROM links WHERE id = $1").bind(id).one().await
}

/// Returns all of a workspace, removed ones too, the oldest first.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId) -> Result<Vec<Link>, Error> {
    tx.sql("SELECT * FROM links WHERE workspace_id = $1 ORDER BY created_at, id").bind(workspace).all().await
}

/// Returns all of a user, removed ones too, the oldest first.
pub async fn list_user(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> Result<Vec<Link>, Error> {
    tx.sql("SELECT * FROM links WHERE workspace_id = $1 AND user_id = $2 ORDER BY created_at, id")
        .bind(workspace)
        .bind(user)
        .all()
        .await
}

/// Returns all of an account, removed ones too, the oldest first.
pub async fn list_account(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
) -> Result<Vec<Link>, Error> {
    tx.sql("SELECT * FROM links WHERE workspace_id = $1 AND account_id = $2 ORDER BY created_at, id")
        .bind(workspace)
        .bind(account)
        .all()
        .await
}

/// Changes the settings of a link that has them in revision `expected`; returns the new revision.
pub async fn save_settings(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: LinkId,
    settings: &Settings,
    expected: i64,
) -> Result<i64, Error> {
    tx.note(Kind::Link, [id.0]);
    let changed = tx
        .sql(
            "UPDATE links SET settings = $4, settings_rev = settings_rev + 1
             WHERE id = $1 AND workspace_id = $2 AND settings_rev = $3",
        )
        .bind(id)
        .bind(workspace)
        .bind(expected)
        .bind(FormOf(settings))
        .run()
        .await?;
    if changed == 0 {
        get(tx, workspace, id).await?;
        return Err(Error::Changed);
    }
    Ok(expected + 1)
}

/// Says whether it is synced. `true` when that is news.
pub async fn set_state(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: LinkId,
    state: &LinkState,
) -> Result<bool, Error> {
    let (kind, note, removed_at) = state.columns();
    tx.note(Kind::Link, [id.0]);
    let changed = tx
        .sql(
            "UPDATE links SET state = $3, state_note = $4, removed_at = $5
             WHERE id = $1 AND workspace_id = $2 AND (state <> $3 OR COALESCE(state_note, '') <> COALESCE($4, ''))",
        )
        .bind(id)
        .bind(workspace)
        .bind(kind)
        .bind(note)
        .bind(removed_at)
        .run()
        .await?;
    if changed == 0 {
        get(tx, workspace, id).await?;
    }
    Ok(changed > 0)
}

/// What the provider tells of the calendar: its name, its zone, whether it may be written.
pub async fn save_calendar(
    tx: &mut Tx,
    id: LinkId,
    name: &str,
    zone: Option<&concord_model::Zone>,
    writable: bool,
) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE links SET name = $2, zone = $3, writable = $4 WHERE id = $1")
        .bind(id)
        .bind(name)
        .bind(zone)
        .bind(writable)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}

/// How far the calendar has been read. In the transaction of what was read (I-10), under [`hold`].
pub async fn save_cursor(tx: &mut Tx, id: LinkId, cursor: Option<&Cursor>) -> Result<(), Error> {
    let changed = tx.sql("UPDATE links SET cursor = $2 WHERE id = $1").bind(id).bind(cursor).run().await?;
    expect_one(changed, Error::NotFound)
}

/// How far a whole listing has come; `None` when it is over. In the transaction of what was listed, under [`hold`].
pub async fn save_listing(tx: &mut Tx, id: LinkId, listing: Option<&Listing>) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE links SET listing = $2 WHERE id = $1")
        .bind(id)
        .bind(listing.map(FormOf))
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}

/// Up to when events were added. Under [`hold`].
pub async fn save_window(tx: &mut Tx, id: LinkId, until: Option<Timestamp>) -> Result<(), Error> {
    let changed =
        tx.sql("UPDATE links SET window_until = $2 WHERE id = $1").bind(id).bind(until).run().await?;
    expect_one(changed, Error::NotFound)
}

/// The provider does not let us write, or lets us again.
pub async fn set_writable(tx: &mut Tx, id: LinkId, writable: bool) -> Result<(), Error> {
    let changed =
        tx.sql("UPDATE links SET writable = $2 WHERE id = $1").bind(id).bind(writable).run().await?;
    expect_one(changed, Error::NotFound)
}

/// Locks these links to the end of the transaction, in one order for all callers.
pub async fn lock(tx: &mut Tx, ids: &[LinkId]) -> Result<(), Error> {
    tx.sql("SELECT id FROM links WHERE id {in_ids $1} ORDER BY id {lock}")
        .bind_ids(ids.iter().map(|link| link.0))
        .all::<One<LinkId>>()
        .await
        .map(drop)
}

/// Locks a user's links to the end of the transaction, in one order for all callers.
pub async fn lock_user(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> Result<(), Error> {
    tx.sql("SELECT id FROM links WHERE user_id = $1 AND workspace_id = $2 ORDER BY id {lock}")
        .bind(user)
        .bind(workspace)
        .all::<One<LinkId>>()
        .await
        .map(drop)
}
