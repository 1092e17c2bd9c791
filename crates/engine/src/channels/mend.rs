//! The care that a person, or a program, asks for: to look whether a channel is still there, to stop it, to open it anew, to
//! find what is wrong and mend it (WH-3).

use concord_model::{ChannelId, LinkId};
use concord_providers::called::Titled;
use concord_providers::provider::Channel as Opened;
use concord_store::accounts;
use concord_store::channels::{self, Channel, ChannelState};
use concord_store::links::{self, Link};
use jiff::Timestamp;
use secrecy::SecretString;

use super::line::{Line, call};
use super::standing::{self, Polled, Standing};
use super::{Wish, care, close_all, ended, is_over};
use crate::Engine;
use crate::error::{Error, Result};

/// How a link's channel is.
#[derive(Clone, Debug)]
pub struct Health {
    /// How the link stands.
    pub standing: Standing,
    /// The channel that is open, or was last.
    pub channel: Option<Channel>,
    /// Whether the provider says that it is open there, where it was asked and says so.
    pub there: Option<bool>,
}

/// What was wrong, and what was done.
#[derive(Clone, Debug)]
pub struct Mended {
    /// What was found wrong, in sentences.
    pub found: Vec<String>,
    /// What was done about it.
    pub done: Vec<String>,
    /// How it is now.
    pub after: Health,
}

/// How a link's channel is, by what is known here. `None`: the link was disconnected.
pub async fn health(engine: &Engine, link: &Link) -> Result<Option<Health>> {
    let now = engine.now();
    let mut tx = engine.store.read().await?;
    let account = accounts::get(&mut tx, link.workspace, link.account).await?;
    let mut all = channels::of_link(&mut tx, link.id).await?;
    let Some(standing) = standing::of(engine, link, &account, &all, now) else { return Ok(None) };
    let open = all.iter().rposition(|c| c.state == ChannelState::Open && !is_over(c, now));
    let channel = open.map(|at| all.swap_remove(at)).or_else(|| all.pop());
    Ok(Some(Health { standing, channel, there: None }))
}

/// The same, and the provider is asked about the channel that is open.
pub async fn verify(engine: &Engine, link: &Link) -> Result<Health> {
    let mut health = health(engine, link).await?.ok_or(Error::NotFound("link"))?;
    let Some(channel) = health.channel.as_ref().filter(|c| c.state == ChannelState::Open) else {
        return Ok(health);
    };
    let opened = Opened {
        id: channel.external.clone(),
        resource: channel.resource.clone().unwrap_or_default(),
        ends_at: channel.ends_at.unwrap_or(Timestamp::MAX),
    };
    let mut line = Line::to(engine, link).await?;
    let answer = call!(line.watched(&opened));
    health.there = answer.map_err(|answer| Error::Provider { provider: link.provider.clone(), answer })?;
    Ok(health)
}

/// Stops a link's notices until a person wants them again: its calendar is polled.
pub async fn stop(engine: &Engine, link: &Link) -> Result<Health> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let all = channels::of_link(&mut tx, link.id).await?;
    if all.iter().all(|channel| channel.state != ChannelState::Stopped) {
        let stopped = Channel {
            id: engine.id::<ChannelId>(),
            workspace: link.workspace,
            link: link.id,
            external: engine.secret::<16>(),
            resource: None,
            state: ChannelState::Stopped,
            ends_at: None,
            opened_at: now,
            last_notice_at: None,
            notices: 0,
            why: None,
            missed: 0,
            missed_at: None,
            trial: None,
        };
        // No notice shows the secret of what was never asked for.
        let secret = SecretString::from(engine.secret::<24>());
        channels::insert(&mut tx, &mut engine.vault.with(&mut engine.dice()), &stopped, &secret).await?;
    }
    tx.commit().await?;
    close_all(engine, link).await?;
    // It is looked at by the clock from now on.
    due(engine, link.id, now).await?;
    health(engine, link).await?.ok_or(Error::NotFound("link"))
}

/// Opens a link's channel anew, also where a person had stopped it, or where it was to be asked for only later.
pub async fn recreate(engine: &Engine, link: &Link) -> Result<Health> {
    let now = engine.now();
    if let Some(why) = standing::none_wanted(engine, link) {
        return Err(Error::Later(format!("there is no channel to open: {why}")));
    }
    let mut tx = engine.store.begin().await?;
    for channel in channels::of_link(&mut tx, link.id).await? {
        let refused = channel.state == ChannelState::Closed && channel.resource.is_none();
        if refused || channel.state == ChannelState::Stopped {
            channels::save(&mut tx, &ended(Channel { ends_at: Some(now), ..channel })).await?;
        }
    }
    tx.commit().await?;
    care(engine, link, Wish::Anew, now).await?;
    due(engine, link.id, now).await?;
    health(engine, link).await?.ok_or(Error::NotFound("link"))
}

/// Finds what is wrong with a link's notices, mends what can be mended, and says both.
pub async fn mend(engine: &Engine, link: &Link) -> Result<Mended> {
    let before = verify(engine, link).await?;
    let (mut found, mut done) = (Vec::new(), Vec::new());
    let provider = link.provider.title();
    match (&before.standing, before.there) {
        (_, Some(false)) => found.push(format!("{provider} does not know the channel any more")),
        (Standing::Open, _) => {}
        (standing, _) => found.push(standing.to_string()),
    }
    let is_mine_to_mend = match before.standing {
        Standing::Open => before.there == Some(false),
        Standing::Opening | Standing::Silent { .. } | Standing::Refused { .. } => true,
        Standing::Polled(Polled::Unwatchable) => true,
        // What a person, or an operator, wants so or has to do.
        Standing::Polled(_) => false,
    };
    if !is_mine_to_mend {
        return Ok(Mended { found, done, after: before });
    }
    let was = before.channel.as_ref().map(|channel| channel.id);
    let after = recreate(engine, link).await?;
    let is_new = |channel: &Channel| channel.state == ChannelState::Open && Some(channel.id) != was;
    let half_open = before.channel.is_some_and(|channel| channel.state == ChannelState::Opening);
    let opened =
        after.channel.as_ref().is_some_and(|channel| is_new(channel) || half_open && is_open(channel));
    match &after.standing {
        _ if opened => {
            done.push("a new channel was opened".to_owned());
            done.push("the calendar is looked at now, for what was not told meanwhile".to_owned());
        }
        // It still cannot be watched, and need not be.
        Standing::Polled(_) => {}
        standing => done.push(format!("it was asked again, and did not succeed: {standing}")),
    }
    Ok(Mended { found, done, after })
}

fn is_open(channel: &Channel) -> bool {
    channel.state == ChannelState::Open
}

async fn due(engine: &Engine, link: LinkId, now: Timestamp) -> Result<()> {
    let mut tx = engine.store.begin().await?;
    links::due(&mut tx, link, now).await?;
    tx.commit().await?;
    Ok(())
}
