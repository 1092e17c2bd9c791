//! Push channels: opened, renewed before their end, checked, closed; never more of them than wanted (WH-2, I-32).
//!
//! A channel is written down before the provider is asked for it. What a crash leaves half open is closed by the next
//! sweep. A lost channel costs time, never truth: the safety poll goes on regardless (I-31).

use concord_model::ChannelId;
use concord_model::link::{Direction, Frequency};
use concord_providers::provider::{Channel as Opened, Watch};
use concord_providers::{Answer, Provider};
use concord_store::accounts::{self, AccountState};
use concord_store::channels::{self, Channel, ChannelState};
use concord_store::links::{self, Link, LinkState};
use concord_store::workspaces;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tracing::{info, warn};

use crate::Engine;
use crate::error::Result;
use crate::tokens;

/// How long we ask a channel to live; the provider's answer is the truth.
const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a calendar that cannot be watched is left alone.
const UNWATCHABLE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Opens, renews and closes channels until each link that wants one has just one. Returns when to come again.
pub async fn sweep(engine: &Engine) -> Result<Timestamp> {
    let now = engine.now();
    let mut next = now + engine.timing.safety_poll.max(SignedDuration::from_mins(1));
    let mut tx = engine.store.read().await?;
    let mut all = Vec::new();
    for workspace in workspaces::list(&mut tx).await? {
        all.extend(links::list(&mut tx, workspace.id).await?);
    }
    drop(tx);
    for link in all {
        match care(engine, &link, now).await {
            Ok(Some(at)) => next = next.min(at),
            Ok(None) => {}
            // One link's trouble is its own (I-34).
            Err(error) => {
                warn!(link.id = %link.id, "the channel of link {} could not be cared for: {error}", link.id);
            }
        }
    }
    Ok(next)
}

/// Cares for one link's channel. Returns when it wants to be looked at again.
async fn care(engine: &Engine, link: &Link, now: Timestamp) -> Result<Option<Timestamp>> {
    let mut tx = engine.store.read().await?;
    let channels = channels::of_link(&mut tx, link.id).await?;
    drop(tx);
    let wanted = link.state == LinkState::Active
        && engine.notices_url.is_some()
        && link.settings.direction != Direction::Push
        && link.settings.frequency == Frequency::RealTime;
    let fresh = |c: &&Channel| {
        c.state == ChannelState::Open
            && c.ends_at.is_some_and(|at| at - engine.timing.channel_renew_lead > now)
    };
    let resting = |c: &&Channel| {
        c.state == ChannelState::Closed && c.resource.is_none() && c.ends_at.is_some_and(|at| at > now)
    };
    let keep = if wanted { channels.iter().find(fresh).map(|c| c.id) } else { None };
    let kept = match keep {
        Some(id) => channels.iter().find(|c| c.id == id).cloned(),
        None if wanted && !channels.iter().any(|c| resting(&c)) => open(engine, link, now).await?,
        None => None,
    };
    let resource = channels.iter().chain(&kept).find_map(|c| c.resource.clone());
    for channel in &channels {
        let old = kept.as_ref().is_none_or(|k| k.id != channel.id);
        if old && channel.state != ChannelState::Closed {
            close(engine, link, channel, resource.as_deref()).await?;
        }
    }
    Ok(kept.and_then(|c| c.ends_at).map(|at| at - engine.timing.channel_renew_lead))
}

/// Opens a channel. `None`: the calendar cannot be watched, and is polled (BM-091).
async fn open(engine: &Engine, link: &Link, now: Timestamp) -> Result<Option<Channel>> {
    let Some(address) = engine.notices_url.as_ref().and_then(|url| url.join(link.provider.as_str()).ok())
    else {
        return Ok(None);
    };
    let secret = SecretString::from(engine.secret::<24>());
    let mut channel = Channel {
        id: engine.id::<ChannelId>(),
        workspace: link.workspace,
        link: link.id,
        external: engine.secret::<16>(),
        resource: None,
        state: ChannelState::Opening,
        ends_at: None,
        opened_at: now,
        last_notice_at: None,
        notices: 0,
    };
    let mut tx = engine.store.begin().await?;
    channels::insert(&mut tx, &mut engine.vault.with(&mut engine.dice()), &channel, &secret).await?;
    tx.commit().await?;
    let watch = Watch { id: &channel.external, secret: &secret, address: &address, until: now + LIFE };
    let answer = with_access(engine, link, async |provider, access| {
        provider.watch(access, &link.calendar, Watch { ..watch }).await
    })
    .await?;
    match answer {
        Ok(Some(opened)) => {
            channel.resource = Some(opened.resource);
            channel.ends_at = Some(opened.ends_at);
            channel.state = ChannelState::Open;
            info!(link.id = %link.id, "opened a channel for link {}", link.id);
        }
        Ok(None) => {
            channel.state = ChannelState::Closed;
            channel.ends_at = Some(now + UNWATCHABLE);
        }
        Err(answer) => {
            warn!(link.id = %link.id, "no channel for link {}: {answer}; it is polled", link.id);
            // Refused for good, as an address that the provider does not accept is: asked again tomorrow.
            let wait =
                if answer.passes() { SignedDuration::from_mins(10) } else { SignedDuration::from_hours(24) };
            channel.state = ChannelState::Closed;
            channel.ends_at = Some(now + wait);
        }
    }
    let mut tx = engine.store.begin().await?;
    channels::save(&mut tx, &channel).await?;
    // What happened while there was no channel is found by looking once.
    links::due(&mut tx, link.id, now).await?;
    tx.commit().await?;
    Ok((channel.state == ChannelState::Open).then_some(channel))
}

/// Closes a channel at the provider and here.
async fn close(engine: &Engine, link: &Link, channel: &Channel, resource: Option<&str>) -> Result<()> {
    let mut channel = Channel { state: ChannelState::Closing, ..channel.clone() };
    let mut tx = engine.store.begin().await?;
    channels::save(&mut tx, &channel).await?;
    tx.commit().await?;
    // A crash may have come between the provider's answer and our note of it; what watches one calendar has one name.
    let resource = channel.resource.clone().or_else(|| resource.map(str::to_owned));
    if let Some(resource) = resource {
        let opened = Opened {
            id: channel.external.clone(),
            resource,
            ends_at: channel.ends_at.unwrap_or(Timestamp::MAX),
        };
        let answer =
            with_access(engine, link, async |provider, access| provider.unwatch(access, &opened).await)
                .await?;
        if let Err(answer) = answer
            && answer.passes()
        {
            return Ok(());
        }
    }
    channel.state = ChannelState::Closed;
    channel.resource = channel.resource.or_else(|| Some(String::new()));
    let mut tx = engine.store.begin().await?;
    channels::save(&mut tx, &channel).await?;
    tx.commit().await?;
    Ok(())
}

/// Closes all channels of a link that is let go.
pub(crate) async fn close_all(engine: &Engine, link: &Link) -> Result<()> {
    let mut tx = engine.store.read().await?;
    let channels = channels::of_link(&mut tx, link.id).await?;
    drop(tx);
    let resource = channels.iter().find_map(|c| c.resource.clone());
    for channel in channels.iter().filter(|c| c.state != ChannelState::Closed) {
        close(engine, link, channel, resource.as_deref()).await?;
    }
    Ok(())
}

/// A notice from a provider: if it shows its channel's secret, the link is due. It carries no other truth.
pub async fn noticed(engine: &Engine, notice: &concord_providers::provider::Notice) -> Result<bool> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let channel = match channels::by_external(&mut tx, &notice.channel).await {
        Ok(channel) => channel,
        Err(concord_store::Error::NotFound) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let secret = channels::secret(&mut tx, &engine.vault, &channel).await?;
    let shown = notice.secret.as_deref().unwrap_or_default();
    if !same(shown.as_bytes(), secret.expose_secret().as_bytes()) {
        return Ok(false);
    }
    channels::noticed(&mut tx, channel.id, now).await?;
    if !matches!(channel.state, ChannelState::Closed) {
        links::due(&mut tx, channel.link, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Compares in a time that does not depend on where the difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (x, y)| all | (x ^ y)) == 0
}

/// Makes one call with the link's account, refreshed once if its sign-in is refused.
async fn with_access<T>(
    engine: &Engine,
    link: &Link,
    call: impl AsyncFn(&dyn Provider, &concord_providers::Access) -> Result<T, Answer>,
) -> Result<Result<T, Answer>> {
    let provider = engine.provider(&link.provider)?;
    let mut tx = engine.store.read().await?;
    let account = accounts::get(&mut tx, link.workspace, link.account).await?;
    drop(tx);
    if account.state != AccountState::Active {
        return Ok(Err(Answer::Transient("the account has to be connected again".to_owned())));
    }
    let mut refused = None;
    loop {
        let (access, version) = match tokens::access(engine, &**provider, &account, refused).await {
            Ok(access) => access,
            Err(none) => return Ok(Err(none.answer()?)),
        };
        match call(&**provider, &access).await {
            Err(Answer::SignInExpired) if refused.is_none() => refused = Some(version),
            other => return Ok(other),
        }
    }
}
