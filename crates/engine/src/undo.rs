//! Undo: one event back to an earlier revision, or all that one run did (BE-5). An undo is an edit like any other: it
//! becomes the next revision, is told to every link, and can itself be undone.

use concord_model::event::Event;
use concord_model::{EventId, Rev, UserId, WorkspaceId};
use concord_store::events::{self, Actor, Version};

use crate::error::{Error, Result};
use crate::{Engine, edit};

/// What an event was before each of its changes, the latest first.
pub async fn history(engine: &Engine, workspace: WorkspaceId, id: EventId) -> Result<Vec<Version>> {
    let mut tx = engine.store.read().await?;
    let event = events::get(&mut tx, workspace, id).await.map_err(|_| Error::NotFound("event"))?;
    let mut versions = events::versions(&mut tx, workspace, event.id).await?;
    versions.sort_by_key(|v| std::cmp::Reverse(v.rev));
    Ok(versions)
}

/// Takes an event back to what it was at a revision; without one, to before its last change. A deleted event comes
/// back to life.
pub async fn undo(
    engine: &Engine,
    workspace: WorkspaceId,
    id: EventId,
    to: Option<Rev>,
    by: UserId,
) -> Result<Event> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let before = edit::held(&mut tx, workspace, id).await?;
    let versions = events::versions(&mut tx, workspace, id).await?;
    let to = match to {
        Some(rev) => versions.into_iter().find(|v| v.rev == rev),
        None => versions.into_iter().max_by_key(|v| v.rev),
    };
    let Some(version) = to else {
        return Err(Error::Invalid {
            field: "rev",
            why: "there is no earlier version to go back to".to_owned(),
        });
    };
    let mut event = before.clone();
    event.content = version.content;
    event.booking = version.booking;
    event.deleted_at = None;
    edit::check(&mut event.content)?;
    edit::store(engine, &mut tx, &before, &mut event, Actor::User(by), now).await?;
    tx.commit().await?;
    Ok(event)
}
