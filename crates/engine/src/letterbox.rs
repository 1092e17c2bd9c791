//! Letterboxes: each person may have one secret mail address, to which they have invitations forwarded, or which an
//! organiser invites (PR-5).
//!
//! The sender of a letter proves nothing; the word in the address does. So it is made by chance, revoked at will, and a new
//! one ends the one before: a person has one living letterbox at most.

use concord_model::{UserId, WorkspaceId};
use concord_store::letterboxes::{self as rows, Letterbox};
use concord_store::vault::hashed;
use concord_store::{Tx, users};
use secrecy::{ExposeSecret, SecretString};

use crate::Engine;
use crate::error::{Error, Result};

/// Gives a person a new letterbox. The one before, if there is one, takes in nothing any more.
pub async fn open(engine: &Engine, workspace: WorkspaceId, user: UserId) -> Result<(Letterbox, String)> {
    let (now, word) = (engine.now(), engine.secret::<16>());
    let mut tx = engine.store.begin().await?;
    users::get(&mut tx, workspace, user).await.map_err(|_| Error::NotFound("user"))?;
    if let Some(before) = living(&mut tx, workspace, user).await? {
        rows::revoke(&mut tx, workspace, before.id, now).await?;
    }
    let letterbox = Letterbox {
        id: engine.id(),
        workspace,
        user,
        hash: hashed(&word),
        created_at: now,
        used_at: None,
        revoked_at: None,
    };
    let secret = SecretString::from(word.clone());
    let added = rows::add(&mut tx, &mut engine.vault.with(&mut engine.dice()), &letterbox, &secret).await;
    added.map_err(|error| match error {
        // Another was made at the same moment.
        concord_store::Error::Taken { .. } => Error::Changed,
        other => other.into(),
    })?;
    tx.commit().await?;
    Ok((letterbox, word))
}

/// Returns a person's living letterbox with its word.
pub async fn of(
    engine: &Engine,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<Option<(Letterbox, String)>> {
    let mut tx = engine.store.read().await?;
    let Some(letterbox) = living(&mut tx, workspace, user).await? else { return Ok(None) };
    let word = rows::word(&mut tx, &engine.vault, &letterbox).await?;
    Ok(Some((letterbox, word.expose_secret().to_owned())))
}

/// Revokes a person's letterbox: its address takes in nothing any more. What came in stays.
pub async fn close(engine: &Engine, workspace: WorkspaceId, user: UserId) -> Result<()> {
    let mut tx = engine.store.begin().await?;
    let letterbox = living(&mut tx, workspace, user).await?.ok_or(Error::NotFound("address"))?;
    rows::revoke(&mut tx, workspace, letterbox.id, engine.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The living letterbox whose address has that word.
pub(crate) async fn behind(tx: &mut Tx, word: &str) -> Result<Option<Letterbox>> {
    Ok(rows::find(tx, &hashed(word)).await?.filter(|letterbox| letterbox.revoked_at.is_none()))
}

async fn living(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> Result<Option<Letterbox>> {
    let all = rows::of_user(tx, workspace, user).await?;
    Ok(all.into_iter().find(|letterbox| letterbox.revoked_at.is_none()))
}
