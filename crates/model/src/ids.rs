//! Identifiers: a type for each thing, so that one cannot be taken for another.
//!
//! Concord's own identifiers are UUIDs made by whoever holds the chance. What a provider gave us ([`ExternalId`],
//! [`Etag`], [`Cursor`]) is opaque to everyone but the adapter that made it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! own_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

own_ids! {
    /// The walls between customers: every row belongs to one workspace.
    WorkspaceId
    /// A person who signs in: an admin, a provider or a client.
    UserId
    /// Someone who books; may also be a user.
    ClientId
    /// One thing that happens.
    EventId
    /// A person's credential at a provider.
    AccountId
    /// One external calendar kept in sync.
    LinkId
    /// One event on one link (or one occurrence of it, where the calendar has no series).
    MappingId
    /// One execution of sync on one link.
    RunId
    /// A change on both sides that was recorded.
    ConflictId
    /// A push subscription at a provider.
    ChannelId
}

macro_rules! opaque {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The text, for its maker and for storage.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(s: &str) -> Self {
                Self(s.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(s: String) -> Self {
                Self(s)
            }
        }
    )*};
}

opaque! {
    /// What a provider calls an event (for a series: its master).
    ExternalId
    /// What a provider calls a calendar.
    CalendarId
    /// The version of an event (or of one changed occurrence) at its provider.
    Etag
    /// How far a calendar has been read. Holds the adapter's token and everything it is bound to.
    Cursor
    /// The name of a provider, for programs.
    ProviderId
}

/// How often an event's copy in one calendar was made anew after a person had deleted it. Part of the external id,
/// because providers burn the ids of deleted events (BM-140).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(pub u32);

/// The number of accepted changes of an event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rev(pub i64);

/// The mark that every copy written by Concord carries at its provider, so that it can be recognised when the
/// mapping is gone (reconnect, restored backup). A hint, never a proof: people copy events with all their marks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Mark {
    /// The event that was written.
    pub event: EventId,
    /// The link it was written through.
    pub link: LinkId,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.event.0.simple(), self.link.0.simple())
    }
}

impl FromStr for Mark {
    type Err = uuid::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (event, link) = s.split_once('.').unwrap_or((s, ""));
        Ok(Self { event: event.parse()?, link: link.parse()? })
    }
}
