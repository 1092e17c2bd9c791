//! Push channels: opened, renewed before their end, checked, closed; never more of them than wanted (WH-2, I-32).
//!
//! A channel is written down before the provider is asked for it. What a crash leaves half open is closed by the next
//! sweep. A lost channel costs time, never truth: the safety poll goes on regardless (I-31). One that does not tell of what
//! a poll then finds is replaced, and a person is told ([`alerts`]).

mod line;
pub mod measured;
pub mod mend;
mod notice;
pub mod standing;
pub mod trial;

use std::collections::{BTreeMap, BTreeSet};

use concord_model::{AccountId, ChannelId, LinkId};
use concord_points::point;
use concord_providers::Answer;
use concord_providers::provider::{Channel as Opened, Watch};
use concord_store::accounts::{self, Account, AccountState};
use concord_store::channels::{self, Channel, ChannelState};
use concord_store::links::{self, Link};
use concord_store::workspaces;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tracing::{info, warn};

use crate::Engine;
use crate::alerts;
use crate::error::{Result, told};
use line::{Line, call};
pub use notice::{noticed, spoken_of};
use standing::Standing;

/// How long we ask a channel to live; the provider's answer is the truth.
const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long to wait after trouble.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// How long to wait after a refusal.
const REFUSED: SignedDuration = SignedDuration::from_hours(24);
/// How long a calendar that cannot be watched is left alone.
const UNWATCHABLE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a channel that did not tell of something is given before it is replaced; twice as long for each time more.
const DEAF: SignedDuration = SignedDuration::from_hours(1);
/// So often at most is that doubled.
const DEAFEST: i64 = 5;

/// Opens, renews and closes channels until each link that wants one has just one. Returns when to come again.
pub async fn sweep(engine: &Engine) -> Result<Timestamp> {
    let now = engine.now();
    let mut next = now + engine.timing.safety_poll.max(SignedDuration::from_mins(1));
    let mut tx = engine.store.read().await?;
    let (mut all, mut accounts) = (Vec::new(), BTreeMap::new());
    for workspace in workspaces::list(&mut tx).await? {
        all.extend(links::list(&mut tx, workspace.id).await?);
        accounts.extend(accounts::list(&mut tx, workspace.id).await?.into_iter().map(|a| (a.id, a)));
    }
    let ids: Vec<LinkId> = all.iter().map(|link| link.id).collect();
    let mut channels = channels::of_links(&mut tx, &ids).await?;
    drop(tx);
    let mut cared_for = false;
    let mut troubled: BTreeSet<AccountId> = BTreeSet::new();
    for link in &all {
        let own = channels.get(&link.id).map(Vec::as_slice).unwrap_or_default();
        trial::forget_old(engine, link, own, now).await?;
        if let Some(again) = accounts.get(&link.account).and_then(|a| at_rest(engine, link, a, own, now)) {
            next = next.min(again.unwrap_or(next));
            continue;
        }
        // What was heard about its account may not have been kept: a wait that was asked for (I-33).
        if troubled.contains(&link.account) {
            continue;
        }
        cared_for = true;
        match care(engine, link, Wish::AsNeeded, now).await {
            Ok(Some(at)) => next = next.min(at),
            Ok(None) => {}
            // One account's trouble is its own (I-34).
            Err(error) => {
                troubled.insert(link.account);
                warn!(link.id = %link.id, "the channel of link {} could not be cared for: {error}", link.id);
            }
        }
    }
    if cared_for {
        channels = channels::of_links(&mut engine.store.read().await?, &ids).await?;
    }
    let standing = |link: &Link, accounts: &BTreeMap<AccountId, Account>| {
        let own = channels.get(&link.id).map(Vec::as_slice).unwrap_or_default();
        standing::of(engine, link, accounts.get(&link.account)?, own, now)
    };
    let told: Vec<(&Link, Option<Standing>)> =
        all.iter().map(|link| (link, standing(link, &accounts))).collect();
    alerts::weigh(engine, &told, now).await?;
    Ok(next)
}

/// When a link's channels want to be looked at again, if ever, where nothing is to be done about them now.
fn at_rest(
    engine: &Engine,
    link: &Link,
    account: &Account,
    channels: &[Channel],
    now: Timestamp,
) -> Option<Option<Timestamp>> {
    let open: Vec<&Channel> = channels.iter().filter(|c| c.is_living()).collect();
    if open.iter().any(|channel| is_over(channel, now)) {
        return None;
    }
    match (is_wanted(engine, link), &open[..]) {
        _ if account.state != AccountState::Active => Some(None),
        (false, []) => Some(None),
        (true, []) if channels.iter().any(|channel| rests(channel, now)) => Some(None),
        (true, [channel]) => renewal(engine, channel, now).map(Some),
        _ => None,
    }
}

/// Whether a link shall have a channel.
fn is_wanted(engine: &Engine, link: &Link) -> bool {
    standing::none_wanted(engine, link).is_none()
}

/// When a channel is to be replaced, if it does until then.
fn renewal(engine: &Engine, channel: &Channel, now: Timestamp) -> Option<Timestamp> {
    let at = channel.ends_at? - engine.timing.channel_renew_lead;
    let deaf = DEAF * (1 << (channel.missed - 1).clamp(0, DEAFEST));
    let at = if channel.missed_at.is_some() { at.min(channel.opened_at + deaf) } else { at };
    (channel.state == ChannelState::Open && at > now).then_some(at)
}

/// Whether one was asked for in vain, and it is not yet time to ask again.
fn rests(channel: &Channel, now: Timestamp) -> bool {
    match channel.state {
        ChannelState::Closed => channel.resource.is_none() && channel.ends_at.is_some_and(|at| at > now),
        ChannelState::Opening => channel.ends_at.is_some_and(|at| at > now),
        ChannelState::Stopped => true,
        ChannelState::Open | ChannelState::Closing => false,
    }
}

/// What is to be done about a link's channel.
#[derive(Clone, Copy, PartialEq)]
enum Wish {
    /// What has to be.
    AsNeeded,
    /// There shall be a new one, whatever there is, and however long it was to be left alone.
    Anew,
}

/// Cares for one link's channel. Returns when it wants to be looked at again.
async fn care(engine: &Engine, link: &Link, wish: Wish, now: Timestamp) -> Result<Option<Timestamp>> {
    let mut tx = engine.store.read().await?;
    let channels = channels::of_link(&mut tx, link.id).await?;
    let account = accounts::get(&mut tx, link.workspace, link.account).await?;
    drop(tx);
    let mut channels = forget_what_is_over(engine, channels, now).await?;
    if account.state != AccountState::Active {
        // Nobody is called until the person has connected again (I-27); what is open ends by itself.
        return Ok(None);
    }
    let rests = wish == Wish::AsNeeded && channels.iter().any(|channel| rests(channel, now));
    let nameless = name_of_what_is_watched(&channels).is_none() && channels.iter().any(Channel::is_living);
    if nameless && !is_wanted(engine, link) && !rests {
        // Nobody can be told to close what has no name here: asked for once more it has one, or a second one tells it.
        if let Some(named) = open(engine, link, &channels, now).await? {
            channels.retain(|channel| channel.id != named.id);
            channels.push(named);
        }
    }
    let is_fresh = |channel: &&Channel| wish == Wish::AsNeeded && renewal(engine, channel, now).is_some();
    let fresh = channels.iter().find(is_fresh);
    let kept = match (is_wanted(engine, link), fresh) {
        (false, _) => None,
        (true, Some(fresh)) => Some(fresh.clone()),
        (true, None) => {
            let opened = if rests { None } else { open(engine, link, &channels, now).await? };
            // Until there is a new one, the old one does.
            opened.or_else(|| channels.iter().rfind(|c| c.state == ChannelState::Open).cloned())
        }
    };
    let resource = name_of_what_is_watched(channels.iter().chain(&kept));
    for channel in &channels {
        let is_kept = kept.as_ref().is_some_and(|k| k.id == channel.id);
        // What may be open and cannot be named waits for its name, or for its end.
        let nameless = channel.resource.is_none() && resource.is_none();
        if !is_kept && !nameless && channel.is_living() {
            close(engine, link, channel, resource.as_deref()).await?;
        }
    }
    Ok(kept.and_then(|channel| renewal(engine, &channel, now)))
}

/// What the provider calls a link's calendar: one channel that was open is enough to know it.
fn name_of_what_is_watched<'c>(channels: impl IntoIterator<Item = &'c Channel>) -> Option<String> {
    channels.into_iter().find_map(|c| c.resource.clone().filter(|name| !name.is_empty()))
}

/// Whether a channel has ended by itself.
fn is_over(channel: &Channel, now: Timestamp) -> bool {
    let longest = channel.opened_at + LIFE;
    match channel.state {
        ChannelState::Open | ChannelState::Closing => channel.ends_at.unwrap_or(longest) <= now,
        ChannelState::Opening => longest <= now,
        ChannelState::Closed | ChannelState::Stopped => true,
    }
}

/// Notes which channels have ended by themselves.
async fn forget_what_is_over(
    engine: &Engine,
    mut channels: Vec<Channel>,
    now: Timestamp,
) -> Result<Vec<Channel>> {
    for channel in channels.iter_mut().filter(|c| c.is_living() && is_over(c, now)) {
        *channel = ended(channel.clone());
        let mut tx = engine.store.begin().await?;
        channels::save(&mut tx, channel).await?;
        tx.commit().await?;
    }
    Ok(channels)
}

fn ended(channel: Channel) -> Channel {
    let resource = Some(channel.resource.unwrap_or_default());
    Channel { state: ChannelState::Closed, resource, ..channel }
}

/// Opens a channel. One that a crash or a lost answer left half open is asked for again first, under its own name: so
/// there are never many of which nobody knows. `None`: there is none now, and the calendar is polled (BM-091).
async fn open(engine: &Engine, link: &Link, known: &[Channel], now: Timestamp) -> Result<Option<Channel>> {
    if let Some(half) = known.iter().rfind(|c| c.state == ChannelState::Opening) {
        let mut tx = engine.store.read().await?;
        let secret = channels::secret(&mut tx, &engine.vault, half).await?;
        drop(tx);
        match watch(engine, link, half.clone(), &secret, Asked::Before, now).await? {
            Watched::Open(channel) => return Ok(Some(*channel)),
            Watched::Not => return Ok(None),
            // It is open, and what it watches has no name here yet: a second one tells it.
            Watched::Already => {}
        }
    }
    let secret = SecretString::from(engine.secret::<24>());
    let channel = Channel {
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
        why: None,
        // What its forerunner did not tell of is not forgotten until it tells of something.
        missed: known.iter().filter(|c| c.state == ChannelState::Open).map(|c| c.missed).max().unwrap_or(0),
        missed_at: None,
        trial: None,
    };
    let mut tx = engine.store.begin().await?;
    channels::insert(&mut tx, &mut engine.vault.with(&mut engine.dice()), &channel, &secret).await?;
    tx.commit().await?;
    match watch(engine, link, channel, &secret, Asked::Never, now).await? {
        Watched::Open(channel) => Ok(Some(*channel)),
        Watched::Already | Watched::Not => Ok(None),
    }
}

/// Whether a channel was asked for before, and may be open.
#[derive(PartialEq)]
enum Asked {
    Never,
    Before,
}

enum Watched {
    Open(Box<Channel>),
    /// There is one of that name at the provider.
    Already,
    Not,
}

/// Asks the provider for a channel that is written down, and writes down what it says. However often it is asked, it
/// ends when we think that it does: a life's length after it was first written down.
async fn watch(
    engine: &Engine,
    link: &Link,
    mut channel: Channel,
    secret: &SecretString,
    asked: Asked,
    now: Timestamp,
) -> Result<Watched> {
    let Some(address) = engine.notices_url.as_ref().and_then(|url| url.join(link.provider.as_str()).ok())
    else {
        return Ok(Watched::Not);
    };
    let watch = Watch { id: &channel.external, secret, address: &address, until: channel.opened_at + LIFE };
    let mut line = Line::to(engine, link).await?;
    let answer = call!(line.watch(&link.calendar, Watch { ..watch }));
    match answer {
        Ok(Some(opened)) => {
            channel.resource = Some(opened.resource);
            channel.ends_at = Some(opened.ends_at);
            channel.state = ChannelState::Open;
            channel.why = None;
            info!(link.id = %link.id, "opened a channel for link {}", link.id);
        }
        Ok(None) => {
            channel.state = ChannelState::Closed;
            channel.ends_at = Some(now + UNWATCHABLE);
        }
        Err(Answer::Exists) => return Ok(Watched::Already),
        Err(answer) if answer.passes() => {
            warn!(link.id = %link.id, "no channel for link {} yet: {answer}; it is polled", link.id);
            channel.ends_at = Some(now + AGAIN);
            channel.why = Some(told(&answer));
        }
        Err(answer) => {
            // Refused for good, as an address that the provider does not accept is: asked again tomorrow.
            warn!(link.id = %link.id, "no channel for link {}: {answer}; it is polled", link.id);
            // To refuse it once more does not close what an earlier request has opened.
            if asked == Asked::Never {
                channel.state = ChannelState::Closed;
            }
            channel.ends_at = Some(now + REFUSED);
            channel.why = Some(told(&answer));
        }
    }
    let mut tx = engine.store.begin().await?;
    let given_up = match channel.state {
        ChannelState::Open => !channels::save(&mut tx, &channel).await?,
        // Another worker may have asked for it, too, and was not refused: then it is open (I-32). What was refused for good and
        // was given up as well needs no closing.
        _ => channels::not_opened(&mut tx, &channel).await? && channel.state == ChannelState::Opening,
    };
    if given_up {
        // Another worker has given it up meanwhile, and does not know that it is, or may be, open.
        drop(tx);
        point!("channels: it was given up before it was open");
        close(engine, link, &channel, None).await?;
        return Ok(Watched::Not);
    }
    if channel.state == ChannelState::Open {
        // What happened while there was no channel is found by looking once.
        links::due(&mut tx, link.id, now).await?;
    }
    tx.commit().await?;
    Ok(if channel.state == ChannelState::Open { Watched::Open(Box::new(channel)) } else { Watched::Not })
}

/// Closes a channel at the provider and here.
async fn close(engine: &Engine, link: &Link, channel: &Channel, resource: Option<&str>) -> Result<()> {
    // Of one that is half open it is not known when it ends, only when it was to be asked for again.
    let ends_at = channel.ends_at.filter(|_| channel.state != ChannelState::Opening);
    let channel = Channel { state: ChannelState::Closing, ends_at, ..channel.clone() };
    let mut tx = engine.store.begin().await?;
    channels::save(&mut tx, &channel).await?;
    tx.commit().await?;
    // A crash may have come between the provider's answer and our note of it; what watches one calendar has one name.
    let Some(resource) = channel.resource.clone().or_else(|| resource.map(str::to_owned)) else {
        return Ok(());
    };
    let opened =
        Opened { id: channel.external.clone(), resource, ends_at: channel.ends_at.unwrap_or(Timestamp::MAX) };
    let mut line = Line::to(engine, link).await?;
    let answer = call!(line.unwatch(&opened));
    // Who is not let in now will be when the person has connected again, unless it has ended by then.
    let shut_out = |answer: &Answer| matches!(answer, Answer::SignInExpired | Answer::AccessRevoked { .. });
    if answer.is_err_and(|answer| answer.passes() || shut_out(&answer)) {
        return Ok(());
    }
    let mut tx = engine.store.begin().await?;
    channels::save(&mut tx, &ended(channel)).await?;
    tx.commit().await?;
    Ok(())
}

/// Closes all channels of a link that is let go.
pub(crate) async fn close_all(engine: &Engine, link: &Link) -> Result<()> {
    let mut tx = engine.store.read().await?;
    let channels = channels::of_link(&mut tx, link.id).await?;
    drop(tx);
    let resource = channels.iter().find_map(|c| c.resource.clone());
    for channel in channels.iter().filter(|c| c.is_living()) {
        close(engine, link, channel, resource.as_deref()).await?;
    }
    Ok(())
}
