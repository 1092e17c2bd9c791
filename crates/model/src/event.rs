//! The canonical record of one thing that happens.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{ClientId, EventId, LinkId, Rev, UserId, WorkspaceId};
use crate::view::{Availability, Colour, Field, Reminders, View};

/// One thing that happens.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its name here.
    pub id: EventId,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// Whose it is.
    pub owner: UserId,
    /// Its name in the world (iCalendar UID): one for life, in every calendar, mail and feed (BE-11).
    pub uid: String,
    /// Grows with every accepted change.
    pub rev: Rev,
    /// Where it came from.
    pub origin: Origin,
    /// The event as a calendar that may see everything would hold it. Its personal fields are the owner's.
    pub content: View,
    /// What only the platform knows about it.
    #[serde(default)]
    pub booking: Booking,
    /// Reminders, colour and busy/free of people other than the owner.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub personal: BTreeMap<UserId, Personal>,
    /// When each field was last accepted, for "latest wins" (`rules.md` 6).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accepted: BTreeMap<Field, Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted, if it was. The row outlives its copies (BM-038).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

/// Where an event came from. Only a person's deletion ends an origin (`rules.md` 3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// Made here, by API, UI, command line or import.
    Platform,
    /// Came in by that link; it stays with that link's user (`rules.md` 2).
    Link(LinkId),
    /// Somebody else's invitation that came in by mail: its owner is a guest of it (`rules.md` 4).
    Mail,
}

/// What the platform knows of an event and calendars do not.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Booking {
    /// `one_on_one`, `group_class`, `assessment` or an own type. An event that has one is a booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_type: Option<String>,
    /// Who booked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientId>,
    /// Users other than the owner whose calendars it reaches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<UserId>,
    /// The platform's own notes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The platform's own id, unique in the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_ref: Option<String>,
    /// Whatever else the platform wants kept.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub extension: serde_json::Map<String, serde_json::Value>,
}

/// What belongs to (event, person): it travels among that person's links only (`rules.md` 5).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Personal {
    /// Busy or free.
    pub availability: Availability,
    /// The colour.
    pub colour: Option<Colour>,
    /// When to remind.
    pub reminders: Reminders,
}

impl Event {
    /// Whether it is a booking: someone's paid time, with rules of its own (CF-4).
    pub fn is_booking(&self) -> bool {
        self.booking.session_type.is_some()
    }

    /// Whether it was deleted, or cancelled by the platform.
    pub fn is_over(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// Everyone whose calendars it concerns: the owner first.
    pub fn people(&self) -> impl Iterator<Item = UserId> + '_ {
        let others = match self.origin {
            Origin::Platform => self.booking.participants.as_slice(),
            Origin::Link(_) | Origin::Mail => &[],
        };
        std::iter::once(self.owner).chain(others.iter().copied().filter(|p| *p != self.owner))
    }
}
