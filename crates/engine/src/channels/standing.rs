//! How a link stands with notices: whether its calendar tells of changes, and if not, why (WH-3).

use std::fmt;

use concord_model::link::{Direction, Frequency};
use concord_store::accounts::{Account, AccountState};
use concord_store::channels::{Channel, ChannelState};
use concord_store::links::{Link, LinkState};
use jiff::{SignedDuration, Timestamp};

use super::{is_over, rests};
use crate::Engine;

/// How long a channel may be asked for in vain before that is more than a hiccup.
const PATIENCE: SignedDuration = SignedDuration::from_mins(30);

/// How a link stands with notices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Its calendar tells of changes.
    Open,
    /// It is being asked to.
    Opening,
    /// It is not asked to, and is polled.
    Polled(Polled),
    /// It should tell of changes, and did not.
    Silent {
        /// Of so many, by what polls found.
        missed: i64,
    },
    /// It should tell of changes, and refuses to.
    Refused {
        /// What it said.
        why: String,
    },
}

/// Why a calendar is not asked to tell of changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Polled {
    /// Concord has no address where notices could go.
    Unreachable,
    /// The link is paused, stopped, or waits for consent.
    Resting,
    /// Its account has to be connected again.
    Reconnect,
    /// Nothing comes in from it.
    OneWay,
    /// Its person wants it looked at by the clock.
    ByTheClock,
    /// It cannot be watched.
    Unwatchable,
    /// A person stopped it.
    Stopped,
}

impl Standing {
    /// One word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Opening => "opening",
            Standing::Polled(_) => "polled",
            Standing::Silent { .. } => "silent",
            Standing::Refused { .. } => "refused",
        }
    }

    /// Whether something is wrong that can be mended, or that a person should know.
    pub fn is_trouble(&self) -> bool {
        matches!(self, Standing::Silent { .. } | Standing::Refused { .. })
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Standing::Open => f.write_str("the calendar tells of changes at once"),
            Standing::Opening => f.write_str("the calendar is being asked to tell of changes"),
            Standing::Polled(why) => write!(f, "the calendar is looked at from time to time: {why}"),
            Standing::Silent { missed: 1 } => {
                f.write_str("the calendar did not tell of a change that was found later by looking")
            }
            Standing::Silent { missed } => {
                write!(
                    f,
                    "the calendar did not tell of changes that were found later by looking, {missed} times"
                )
            }
            Standing::Refused { why } => write!(f, "the calendar refuses to tell of changes: {why}"),
        }
    }
}

impl fmt::Display for Polled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Polled::Unreachable => {
                "Concord has no public address where notices could go (`CONCORD_PUBLIC_URL`, beginning with https://)"
            }
            Polled::Resting => "the link rests",
            Polled::Reconnect => "its account has to be connected again",
            Polled::OneWay => "nothing comes in from it",
            Polled::ByTheClock => "the link is set to be synced by the clock",
            Polled::Unwatchable => "it cannot be watched",
            Polled::Stopped => "a person stopped its notices",
        })
    }
}

/// Why no channel is wanted for a link by its settings and ours, if none is.
pub(super) fn none_wanted(engine: &Engine, link: &Link) -> Option<Polled> {
    if link.state != LinkState::Active {
        return Some(Polled::Resting);
    }
    if engine.notices_url.is_none() {
        return Some(Polled::Unreachable);
    }
    if link.settings.direction == Direction::Push {
        return Some(Polled::OneWay);
    }
    (link.settings.frequency != Frequency::RealTime).then_some(Polled::ByTheClock)
}

/// How a link stands. `None`: it was disconnected.
pub(super) fn of(
    engine: &Engine,
    link: &Link,
    account: &Account,
    channels: &[Channel],
    now: Timestamp,
) -> Option<Standing> {
    if matches!(link.state, LinkState::Removed { .. }) {
        return None;
    }
    if let Some(why) = none_wanted(engine, link) {
        return Some(Standing::Polled(why));
    }
    if account.state != AccountState::Active {
        return Some(Standing::Polled(Polled::Reconnect));
    }
    if channels.iter().any(|channel| channel.state == ChannelState::Stopped) {
        return Some(Standing::Polled(Polled::Stopped));
    }
    let open = channels.iter().filter(|c| c.state == ChannelState::Open && !is_over(c, now));
    if let Some(missed) = open.map(|channel| channel.missed).max() {
        return Some(if missed > 0 { Standing::Silent { missed } } else { Standing::Open });
    }
    let asked = channels.iter().rfind(|channel| {
        let in_vain = channel.state == ChannelState::Opening && channel.opened_at + PATIENCE <= now;
        in_vain || channel.state == ChannelState::Closed && rests(channel, now)
    });
    Some(match asked {
        None => Standing::Opening,
        Some(Channel { why: Some(why), .. }) => Standing::Refused { why: why.clone() },
        Some(_) => Standing::Polled(Polled::Unwatchable),
    })
}
