//! What a provider tells: that it is time to look. It is believed when it shows the secret of a channel that is open.

use concord_model::{CalendarId, ProviderId};
use concord_providers::provider::{Notice, NoticeSays};
use concord_store::channels::{self, Channel};
use concord_store::links::{self, LinkState};
use concord_store::workspaces;
use secrecy::ExposeSecret;

use super::{ended, is_over};
use crate::Engine;
use crate::error::Result;

/// A notice from a provider: if it shows the secret of a channel that is open, the link is due. It carries no other
/// truth. Only what is genuine writes anything.
pub async fn noticed(engine: &Engine, notice: &Notice) -> Result<bool> {
    let now = engine.now();
    let mut tx = engine.store.read().await?;
    let channel = match channels::by_external(&mut tx, &notice.channel).await {
        Ok(channel) => channel,
        Err(concord_store::Error::NotFound) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let secret = channels::secret(&mut tx, &engine.vault, &channel).await?;
    drop(tx);
    let shown = notice.secret.as_deref().unwrap_or_default();
    if !same(shown.as_bytes(), secret.expose_secret().as_bytes()) || is_over(&channel, now) {
        return Ok(false);
    }
    let mut tx = engine.store.begin().await?;
    match notice.says {
        // The next sweep opens another one, and closes what is left of this one.
        NoticeSays::Ending => {
            let soon = now + engine.timing.channel_renew_lead;
            let ends_at = Some(channel.ends_at.unwrap_or(soon).min(soon));
            channels::save(&mut tx, &Channel { ends_at, ..channel.clone() }).await?;
        }
        NoticeSays::Closed => {
            channels::save(&mut tx, &ended(channel.clone())).await?;
        }
        NoticeSays::Opened | NoticeSays::Changed | NoticeSays::Gone => {}
    }
    channels::noticed(&mut tx, channel.id, now).await?;
    links::due(&mut tx, channel.link, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// A notice that is signed as a whole and speaks of a calendar: every link to it is due. Returns how many there are.
pub async fn spoken_of(engine: &Engine, provider: &ProviderId, calendar: &CalendarId) -> Result<usize> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let mut due = 0;
    for workspace in workspaces::list(&mut tx).await? {
        for link in links::list(&mut tx, workspace.id).await? {
            if link.provider == *provider && link.calendar == *calendar && link.state == LinkState::Active {
                links::due(&mut tx, link.id, now).await?;
                due += 1;
            }
        }
    }
    tx.commit().await?;
    Ok(due)
}

/// Compares in a time that does not depend on where the difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (x, y)| all | (x ^ y)) == 0
}
