//! What a calendar is able to hold: data, not code.

use serde::{Deserialize, Serialize};

use crate::view::FieldSet;

/// What a calendar is able to hold. A lens cuts every event down to this before it is compared or sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// The fields it has at all.
    pub fields: FieldSet,
    /// Fields that it shows and does not take from us: they come in from an event's home and go nowhere.
    pub read_only: FieldSet,
    /// How it holds what repeats.
    pub series: Series,
    /// Whether it has times without a zone. Where not, they are told in the link's zone.
    pub floating: bool,
    /// Whether an event may last no time at all. Where not, it is made one minute long.
    pub zero_length: bool,
    /// Whether it can show that an event was cancelled. Where not, a cancelled event is not there.
    pub cancelled: bool,
    /// Whether start and end may lie in different zones.
    pub two_zones: bool,
    /// The longest title, in characters.
    pub title_limit: usize,
    /// The longest place, in characters.
    pub location_limit: usize,
    /// The longest description, in characters.
    pub description_limit: usize,
    /// The most reminders.
    pub reminders_limit: usize,
    /// The earliest reminder, in minutes before the start.
    pub reminder_minutes_limit: u32,
    /// Whom it tells of what is written by us.
    pub invites: Invites,
    /// How privacy is told.
    pub privacy: Privacies,
    /// How exact its modification stamps are, in milliseconds (`rules.md` 6).
    pub stamp_ms: i64,
}

/// How a calendar holds what repeats.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Series {
    /// As rules with exceptions.
    Rules,
    /// Not at all: it gets the occurrences (`rules.md` 21).
    Occurrences,
}

/// Whether guests hear of what we write (PV-3, BE-7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Invites {
    /// Only when we say so.
    WhenAsked,
    /// Always, and nobody can switch it off: guests are written only where they may be mailed.
    Always,
}

/// Which degrees of privacy a calendar can tell apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Privacies {
    /// Default, public, private; confidential is kept as private.
    NoConfidential,
    /// Default, private, confidential; public is kept as default.
    NoPublic,
    /// All of them.
    All,
    /// None.
    None,
}

impl Capabilities {
    /// A calendar that can hold everything. What the platform itself is, and a start for tests.
    pub fn everything() -> Capabilities {
        Capabilities {
            fields: FieldSet::ALL,
            read_only: FieldSet::NONE,
            series: Series::Rules,
            floating: true,
            zero_length: true,
            cancelled: true,
            two_zones: true,
            title_limit: usize::MAX,
            location_limit: usize::MAX,
            description_limit: usize::MAX,
            reminders_limit: usize::MAX,
            reminder_minutes_limit: u32::MAX,
            invites: Invites::WhenAsked,
            privacy: Privacies::All,
            stamp_ms: 0,
        }
    }
}
