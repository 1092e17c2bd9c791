//! What a person decides about one link: direction, frequency, filters, privacy, policies.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ids::ClientId;
use crate::privacy::{ClientNames, Detail, PrivateEvents};
use crate::time::Zone;
use crate::view::Field;

/// Everything a person can set about one link. Anything true of one link can differ on the next (PR-6).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Which way changes go.
    pub direction: Direction,
    /// How often.
    pub frequency: Frequency,
    /// How far back and ahead events are added (SY-9).
    pub window: Window,
    /// What goes there (PV-1).
    pub filter: Filter,
    /// What may be seen there (PV-2).
    pub sight: Sight,
    /// What happens when both sides changed the same (CF-2).
    pub conflicts: Policy,
    /// The same, for the time of a booking with a client (`rules.md` 7).
    pub booking_time: Policy,
    /// What happens when an event is deleted there (CF-4).
    pub deletion: DeletionPolicy,
    /// The same for bookings.
    pub booking_deletion: DeletionPolicy,
    /// How long an open question waits before it is decided for the platform.
    pub answer_days: AnswerDays,
    /// Whether guests may be told by mail of what is written there (PV-3).
    pub mail_guests: bool,
    /// How large a change needs consent.
    pub brake: BrakeLimit,
    /// Which columns hold what, where the calendar is a table.
    #[serde(skip_serializing_if = "Columns::is_empty")]
    pub columns: Columns,
}

/// Which columns of a table hold what of an event. Where none is named, their names tell.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Columns(pub BTreeMap<Holds, Column>);

impl Columns {
    /// Whether none is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a column can hold. The title needs no choice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Holds {
    /// When it is: the start, and the end where no other column has it.
    Time,
    /// When it ends.
    End,
    /// The time of its day, where the date stands alone.
    Clock,
    /// The place.
    Location,
    /// The description.
    Description,
    /// The link to join by.
    Conference,
    /// Whether it will happen.
    Status,
    /// What Concord notes for itself.
    Note,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// What its provider calls it, whatever it is named.
    pub id: String,
    /// What it was named when it was chosen.
    #[serde(default)]
    pub name: String,
    /// Which way its changes go.
    #[serde(default)]
    pub way: Way,
    /// On whose clocks it is, where it holds a time of day. It is kept, so that nothing moves when its person does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
}

impl Column {
    /// One that goes both ways.
    pub fn both(id: impl Into<String>, name: impl Into<String>) -> Column {
        Column { id: id.into(), name: name.into(), way: Way::Both, zone: None }
    }
}

/// Which way changes of a column go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// Both ways.
    #[default]
    Both,
    /// Only from there to here: it is never written.
    In,
    /// Only from here to there: what stands there is not looked at.
    Out,
}

/// Which way changes go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Both ways.
    #[default]
    Both,
    /// Only from here to there: outside edits of our copies are put back, foreign events are ignored.
    Push,
    /// Only from there to here: never written; what comes in is read-only here.
    Pull,
}

/// How often a link is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Frequency {
    /// At once, by push and polling.
    #[default]
    RealTime,
    /// Every so many minutes.
    EveryMinutes(u32),
}

/// How far back and ahead events are added. It limits what is added; ageing out removes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Window {
    /// Days back.
    pub back_days: u32,
    /// Days ahead.
    pub ahead_days: u32,
}

impl Default for Window {
    fn default() -> Window {
        Window { back_days: 7, ahead_days: 365 }
    }
}

impl Window {
    /// The most days in either direction: a hundred years, so that no sum of an instant and a window ends in nowhere.
    pub const MOST_DAYS: u32 = 36_525;

    /// How far back.
    pub fn back(self) -> SignedDuration {
        days(self.back_days)
    }
    /// How far ahead.
    pub fn ahead(self) -> SignedDuration {
        days(self.ahead_days)
    }
}

fn days(n: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(n.min(Window::MOST_DAYS)))
}

/// What goes there. Empty lists mean no restriction; all conditions must hold.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// Only bookings of these types (and no plain events).
    pub session_types: Vec<String>,
    /// Only events with one of these clients.
    pub clients: Vec<ClientId>,
    /// Only from this day on.
    pub from_on: Option<Date>,
    /// Only up to this day.
    pub until_on: Option<Date>,
    /// Not those that are tentative or cancelled.
    pub only_confirmed: bool,
    /// Own rules.
    pub rules: Vec<Rule>,
}

/// An own rule: events whose field does (not) hold a pattern.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Which field.
    pub field: RuleField,
    /// Text to look for, without regard to case; `*` stands for anything.
    pub pattern: String,
    /// Keep those that match, or those that do not.
    #[serde(default)]
    pub keep: Keep,
}

/// What an own rule can look at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "fields speak for themselves")]
pub enum RuleField {
    Title,
    Description,
    Location,
    SessionType,
    Tag,
}

/// Which side of a rule is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Keep {
    /// What matches.
    #[default]
    Matching,
    /// What does not.
    Others,
}

/// What may be seen there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Sight {
    /// How much of an event.
    pub detail: Detail,
    /// What becomes of private ones.
    pub private: PrivateEvents,
    /// How clients are named.
    pub client_names: ClientNames,
    /// Whether the platform's notes go along (to the owner's calendars only).
    pub notes: bool,
    /// Whether clients' mail addresses and telephone numbers may appear.
    pub contacts: bool,
    /// Whether guests are written into copies (I-37: providers mail them).
    pub guests: bool,
}

impl Default for Sight {
    fn default() -> Sight {
        Sight {
            detail: Detail::Full,
            private: PrivateEvents::Exclude,
            client_names: ClientNames::Shown,
            notes: true,
            contacts: false,
            guests: false,
        }
    }
}

/// What happens when both sides changed the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The later change stands (`rules.md` 6).
    #[default]
    LastWriteWins,
    /// The platform's stands.
    KeepPlatform,
    /// The calendar's stands.
    KeepExternal,
    /// A person is asked; until then each side keeps its own.
    Ask,
}

/// What happens when an event is deleted in a calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionPolicy {
    /// It is deleted (a booking: cancelled) here too.
    #[default]
    Delete,
    /// It is put back there.
    Restore,
    /// A person is asked; without an answer it is put back.
    Ask,
}

/// Days that an open question waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnswerDays(pub u16);

impl Default for AnswerDays {
    fn default() -> AnswerDays {
        AnswerDays(7)
    }
}

/// How large a change needs consent (I-08).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BrakeLimit {
    /// So many deletions and rewrites are always let through.
    pub at_least: u32,
    /// Beyond that, this share of what is mapped, in percent.
    pub percent: u32,
}

impl Default for BrakeLimit {
    fn default() -> BrakeLimit {
        BrakeLimit { at_least: 10, percent: 20 }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            direction: Direction::default(),
            frequency: Frequency::default(),
            window: Window::default(),
            filter: Filter::default(),
            sight: Sight::default(),
            conflicts: Policy::LastWriteWins,
            booking_time: Policy::Ask,
            deletion: DeletionPolicy::Delete,
            booking_deletion: DeletionPolicy::Ask,
            answer_days: AnswerDays::default(),
            mail_guests: false,
            brake: BrakeLimit::default(),
            columns: Columns::default(),
        }
    }
}

impl Settings {
    /// The policy for one field of an event.
    pub fn policy(&self, field: Field, booking: bool) -> Policy {
        if booking && field == Field::Time { self.booking_time } else { self.conflicts }
    }

    /// The policy for a deletion there.
    pub fn deletion_policy(&self, booking: bool) -> DeletionPolicy {
        if booking { self.booking_deletion } else { self.deletion }
    }
}
