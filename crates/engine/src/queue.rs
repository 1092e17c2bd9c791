//! What waits to be carried out, in a person's hands: tried again at once, or let go of (SY-4).

use concord_model::{LinkId, MappingId, WorkspaceId};
use concord_store::links::{self, LinkState};
use concord_store::mappings::{self, MappingState};

use crate::Engine;
use crate::error::{Error, Result};

/// How many are taken up at a time.
const PAGE: u32 = 1_000;

/// Tries one thing again, whatever was wrong with it.
pub async fn retry(engine: &Engine, workspace: WorkspaceId, id: MappingId) -> Result<()> {
    let mut tx = engine.store.begin().await?;
    let waiting = waiting(&mut tx, workspace, id).await?;
    mappings::release(&mut tx, workspace, id).await?;
    links::due(&mut tx, waiting.link, engine.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Tries everything on a link again that was refused, or waits for another try. Returns how many there are.
pub async fn retry_all(engine: &Engine, workspace: WorkspaceId, link: LinkId) -> Result<u64> {
    let mut tx = engine.store.begin().await?;
    let row = links::get(&mut tx, workspace, link).await.map_err(|_| Error::NotFound("link"))?;
    if row.state != LinkState::Active {
        return Err(Error::Later(format!(
            "the calendar \"{}\" is not being synced; resume it first",
            row.name
        )));
    }
    let (mut after, mut count) = (None, 0);
    loop {
        let page = mappings::queue(&mut tx, workspace, Some(link), after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for mapping in page.iter().filter(|m| m.state == MappingState::Error || m.retry_at.is_some()) {
            mappings::release(&mut tx, workspace, mapping.id).await?;
            count += 1;
        }
    }
    tx.commit().await?;
    Ok(count)
}

/// Lets go of one thing: both sides stay as they are, until one of them is changed again or the link's settings are.
pub async fn let_go(engine: &Engine, workspace: WorkspaceId, id: MappingId) -> Result<()> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let waiting = waiting(&mut tx, workspace, id).await?;
    let link = links::get(&mut tx, workspace, waiting.link).await?;
    let busy = || {
        let why = format!("the calendar \"{}\" is being synced; try again in a moment", link.name);
        Error::Later(why)
    };
    // Whoever is at work there may be carrying it out right now.
    if link.lease_until.is_some_and(|until| until > now) {
        return Err(busy());
    }
    match mappings::drop_work(&mut tx, workspace, id).await {
        Err(concord_store::Error::Changed) => return Err(busy()),
        other => other?,
    }
    tx.commit().await?;
    Ok(())
}

async fn waiting(
    tx: &mut concord_store::Tx,
    workspace: WorkspaceId,
    id: MappingId,
) -> Result<mappings::Mapping> {
    let found = mappings::get(tx, workspace, id).await;
    let waits = |m: &mappings::Mapping| {
        m.ended_at.is_none() && matches!(m.state, MappingState::Pending | MappingState::Error)
    };
    found.ok().filter(waits).ok_or(Error::NotFound("waiting change"))
}
