//! The test of a link's notices, from end to end: an event that says what it is goes to the calendar, the notice about it
//! is awaited, and the event goes again (WH-3).
//!
//! The event is one of ours, as if it had come in by that very link: no filter keeps it out, and no other calendar gets it.
//! What a crash leaves of a test is taken away by a later sweep.

use std::collections::BTreeMap;

use concord_model::event::{Event, Origin};
use concord_model::link::Direction;
use concord_model::time::Moment;
use concord_model::view::{Availability, View};
use concord_model::{ChannelId, EventId, Field, Rev, Span};
use concord_store::channels::{self, Channel, ChannelState};
use concord_store::history::Actor;
use concord_store::links::{self, Link, LinkState};
use concord_store::mappings::{self, MappingState};
use concord_store::runs::RunKind;
use concord_store::users;
use jiff::{SignedDuration, Timestamp};

use super::is_over;
use super::mend::health;
use crate::edit::{self, Scope};
use crate::error::{Error, Result};
use crate::run::{Only, Wish};
use crate::{Engine, schedule};

/// The title of the event.
const TITLE: &str = "Concord: a test of notices. It goes away by itself";
/// How far ahead it is, and how long: in nobody's way.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
const LENGTH: SignedDuration = SignedDuration::from_mins(15);
/// How long a test takes at most.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// A test under way.
pub struct Trial {
    link: Link,
    channel: Channel,
    event: EventId,
    /// When its event was about to be made there.
    pub since: Timestamp,
}

/// Sends the event out. [`Error::Later`] where there is no channel to test, or nothing may be written.
pub async fn begin(engine: &Engine, link: &Link) -> Result<Trial> {
    let health = health(engine, link).await?.ok_or(Error::NotFound("link"))?;
    let channel = health.channel.filter(|channel| channel.state == ChannelState::Open);
    let Some(channel) = channel.filter(|channel| !is_over(channel, engine.now())) else {
        return Err(Error::Later(format!("there is no channel to test: {}", health.standing)));
    };
    if !link.writable || link.settings.direction != Direction::Both {
        let why =
            "Concord does not write to this calendar, so that it cannot be tested with an event of ours";
        return Err(Error::Later(why.to_owned()));
    }
    let event = make(engine, link, &channel).await?;
    let since = engine.now();
    let trial = Trial { link: link.clone(), channel, event, since };
    if let Err(why) = sent(engine, &trial).await {
        end(engine, &trial).await?;
        return Err(why);
    }
    Ok(trial)
}

/// When the notice came, if it did. Whichever channel of the link told it.
pub async fn heard(engine: &Engine, trial: &Trial) -> Result<Option<Timestamp>> {
    let mut tx = engine.store.read().await?;
    let channels = channels::of_link(&mut tx, trial.link.id).await?;
    Ok(channels.iter().filter_map(|channel| channel.last_notice_at).filter(|at| *at >= trial.since).min())
}

/// Notes that nothing was heard: a channel that stays silent is one that has to be replaced.
pub async fn nothing_was_heard(engine: &Engine, trial: &Trial) -> Result<()> {
    let mut tx = engine.store.begin().await?;
    channels::untold(&mut tx, trial.link.id, trial.since, engine.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the event away, here and there.
pub async fn end(engine: &Engine, trial: &Trial) -> Result<()> {
    take_away(engine, &trial.link, trial.channel.id, trial.event).await?;
    // Where that calendar cannot be called now, the next run takes it away there.
    let wish = Wish { only: Some(Only::Push), ..Wish::default() };
    schedule::run_now(engine, trial.link.id, RunKind::Push, wish).await?;
    Ok(())
}

/// Ends the tests of a link's channels that nobody came back to.
pub(super) async fn forget_old(
    engine: &Engine,
    link: &Link,
    channels: &[Channel],
    now: Timestamp,
) -> Result<()> {
    for (channel, event) in channels.iter().filter_map(|channel| Some((channel.id, channel.trial?))) {
        let mut tx = engine.store.read().await?;
        let made = concord_store::events::get(&mut tx, link.workspace, event).await?.created_at;
        drop(tx);
        if made + LONGEST <= now {
            take_away(engine, link, channel, event).await?;
        }
    }
    Ok(())
}

/// Makes the event, and notes that the channel is tested by it.
async fn make(engine: &Engine, link: &Link, channel: &Channel) -> Result<EventId> {
    let now = engine.now();
    let id: EventId = engine.id();
    let mut tx = engine.store.begin().await?;
    let zone = users::get(&mut tx, link.workspace, link.user).await?.zone;
    let starts = now + AHEAD;
    let span = Span::timed(Moment::at(starts, zone.clone()), Moment::at(starts + LENGTH, zone));
    let span = span.map_err(|why| Error::Invalid { field: "time", why: why.to_string() })?;
    let content = View { availability: Availability::Free, ..View::new(span, TITLE) };
    let event = Event {
        id,
        workspace: link.workspace,
        owner: link.user,
        uid: format!("{id}@concord"),
        rev: Rev(1),
        origin: Origin::Link(link.id),
        accepted: Field::ALL.iter().map(|field| (*field, now)).collect(),
        content,
        booking: Default::default(),
        personal: BTreeMap::new(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    edit::insert(engine, &mut tx, &event).await?;
    for other in links::list_user(&mut tx, link.workspace, link.user).await? {
        if other.id != link.id && !matches!(other.state, LinkState::Removed { .. }) {
            mappings::set_enabled(&mut tx, link.workspace, id, other.id, false).await?;
        }
    }
    if !channels::set_trial(&mut tx, channel.id, Some(id)).await? {
        return Err(Error::Later("this channel is being tested already".to_owned()));
    }
    tx.commit().await?;
    Ok(id)
}

/// Whether the event is there by now.
pub async fn is_there(engine: &Engine, trial: &Trial) -> Result<bool> {
    let mut tx = engine.store.read().await?;
    let copies = mappings::of_event_on(&mut tx, trial.event, trial.link.id).await?;
    Ok(copies.iter().any(|copy| copy.state == MappingState::Synced))
}

/// Sends it out, and says why if that did not succeed. Where somebody else is at that calendar, they send it, or the next.
async fn sent(engine: &Engine, trial: &Trial) -> Result<()> {
    let wish = Wish { only: Some(Only::Push), ..Wish::default() };
    let report = schedule::run_now(engine, trial.link.id, RunKind::Push, wish).await?;
    let Some(report) = report else { return Ok(()) };
    if is_there(engine, trial).await? {
        return Ok(());
    }
    let mut tx = engine.store.read().await?;
    let copies = mappings::of_event_on(&mut tx, trial.event, trial.link.id).await?;
    let refused = copies.into_iter().find_map(|copy| copy.error).map(|error| error.text);
    let why = refused.or(report.stopped).unwrap_or_else(|| "it waits for another try".to_owned());
    Err(Error::Later(format!("the test event could not be written: {why}")))
}

async fn take_away(engine: &Engine, link: &Link, channel: ChannelId, event: EventId) -> Result<()> {
    let mut tx = engine.store.begin().await?;
    match edit::delete_in(engine, &mut tx, link.workspace, event, Scope::All, None, Actor::Program).await {
        // A person took it away.
        Ok(_) | Err(Error::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    channels::set_trial(&mut tx, channel, None).await?;
    tx.commit().await?;
    Ok(())
}
