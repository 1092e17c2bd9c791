//! What a file means: its events as views, each with what it came from, and complaints about what has no meaning.
//!
//! ```text
//! file ─▶ components of one UID ─▶ master + changed occurrences ─▶ View, or a complaint
//! ```
//!
//! Promises that one odd event never stops the others (BM-150), that an unreadable file is an error and never an
//! empty calendar (I-09), that the work is bounded by the size of the file (I-42) and that the same bytes always
//! give the same answer.

mod alarms;
mod clock;
mod event;
mod fields;
mod group;
mod series;
mod times;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use concord_model::recurrence::BadRule;
use concord_model::{OccurrenceKey, View, Zone};
use jiff::Timestamp;

use crate::component::{Component, Node, Tree, Unreadable};
use crate::lines::Content;
use crate::values::{self, Length, When};

pub(crate) use alarms::{Alarm, alarm};
pub(crate) use clock::{Clock, Zones};
pub(crate) use event::{Lines, view};
pub(crate) use fields::{address, answer, attachment, conference_rank, name, role};
pub(crate) use series::{keys_of, recurrence_id};

/// What a file holds.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// What the calendar is called, if it says so.
    pub name: Option<String>,
    /// What the file is for (`REQUEST`, `CANCEL`, `PUBLISH`, …), upper case; files that lie in a calendar say nothing.
    pub method: Option<String>,
    /// The zone that the calendar is said to be in: a hint for people, no time here depends on it.
    pub zone: Option<Zone>,
    /// How long to wait before looking again, in minutes, as its publisher wishes.
    pub refresh_minutes: Option<u32>,
    /// Its events, in the order in which they first appear.
    pub items: Vec<Found>,
    /// What was read although it is odd; each event that could not be read complains in its own place.
    pub complaints: Vec<Complaint>,
}

/// One event of a file: a master with its changed occurrences, or an occurrence that came without its series.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its UID. Where the file has none, one made from what the event says.
    pub uid: String,
    /// Whether the UID was made up here.
    pub uid_made_up: bool,
    /// Which of several events that share a UID it is: an occurrence without its series, or one of many masters.
    pub part: Option<OccurrenceKey>,
    /// What it means, or why that cannot be told.
    pub view: Result<View, Complaint>,
    /// Its revision by its organiser's count, the highest of its parts.
    pub sequence: u32,
    /// When this revision was made (DTSTAMP), the latest of its parts. Feeds put the time of the download here.
    pub stamp: Option<Timestamp>,
    /// When it was last changed (LAST-MODIFIED), the latest of its parts.
    pub modified: Option<Timestamp>,
    /// Where it came from: what [`crate::rewrite`] needs.
    pub source: Raw,
}

/// Where an event lies in its file.
#[derive(Clone)]
pub struct Raw {
    pub(crate) tree: Arc<Tree>,
    /// The UID that was made up for it, where it has none.
    pub(crate) made_up: Option<String>,
    pub(crate) master: Place,
    pub(crate) overrides: Vec<Place>,
}

/// A component of a calendar of a file: the places among their nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place {
    pub(crate) calendar: usize,
    pub(crate) component: usize,
}

/// Something in a file that has no meaning, or an odd one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{trouble}")]
pub struct Complaint {
    /// The event it is about.
    pub uid: String,
    /// What it is.
    pub trouble: Trouble,
}

/// What can be wrong with an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum Trouble {
    #[error("the event has no END:VEVENT")]
    NotWhole,
    #[error("the event has no DTSTART")]
    NoStart,
    #[error("{0} is not a date or time that exists")]
    BadTime(&'static str),
    #[error("the time zone \"{0}\" is not known, and nothing in the file says what it is")]
    UnknownZone(String),
    #[error("the event ends before it starts")]
    EndsBeforeStart,
    #[error("the event starts in no zone and ends in one")]
    ZoneOnlyAtEnd,
    #[error("DURATION is not a length that an event can have")]
    BadLength,
    #[error(transparent)]
    BadRule(BadRule),
    #[error("RECURRENCE-ID does not name an occurrence of the series")]
    BadKey,
    #[error("one of start and end is a date and the other a time; both were read as what the start is")]
    MixedEnds,
    #[error(
        "a changed occurrence claims all that follow (RANGE=THISANDFUTURE); only the one was read as changed"
    )]
    ThisAndFuture,
    #[error("a date in {0} cannot be read and was left out")]
    OddDate(&'static str),
    #[error("the event is in the file more than once; the latest was read")]
    Twice,
}

/// Reads a file.
pub fn read(file: &[u8]) -> Result<Calendar, Unreadable> {
    let tree = Arc::new(Tree::parse(file)?);
    let mut calendar = Calendar {
        name: None,
        method: None,
        zone: None,
        refresh_minutes: None,
        items: Vec::new(),
        complaints: Vec::new(),
    };
    let mut zones = BTreeMap::new();
    for (place, component) in tree.calendars() {
        head(&tree, component, &mut calendar);
        zones.insert(place, Zones::of(&tree, component));
    }
    for group in group::groups(&tree) {
        group.read(&tree, &zones, &mut calendar);
    }
    Ok(calendar)
}

/// What the calendar says about itself. The first word counts where a stream has several calendars.
fn head(tree: &Tree, component: &Component, calendar: &mut Calendar) {
    for (_, line) in tree.contents(component) {
        if line.is("NAME") || line.is("X-WR-CALNAME") {
            let name = concord_model::text::line(&values::unescape(line.value()));
            calendar.name = calendar.name.take().or((!name.is_empty()).then_some(name));
        } else if line.is("METHOD") {
            let method = line.value().trim().to_ascii_uppercase();
            calendar.method = calendar.method.take().or(Some(method));
        } else if line.is("X-WR-TIMEZONE") {
            calendar.zone = calendar.zone.take().or_else(|| crate::zones::named(line.value()));
        } else if line.is("REFRESH-INTERVAL") || line.is("X-PUBLISHED-TTL") {
            let minutes =
                Length::parse(line.value()).and_then(|l| u32::try_from(l.total_seconds() / 60).ok());
            calendar.refresh_minutes = calendar.refresh_minutes.or(minutes.filter(|minutes| *minutes > 0));
        }
    }
}

impl Found {
    /// What names the event within its calendar.
    pub fn identity(&self) -> String {
        match self.part {
            None => self.uid.clone(),
            Some(part) => format!("{}/{part}", self.uid),
        }
    }
}

impl Raw {
    /// The text of a property of the (upper-case) name, where the event has one: for marks of one's own.
    pub fn property(&self, name: &str) -> Option<String> {
        let component = self.component(self.master)?;
        self.tree.contents(component).find(|(_, l)| l.is(name)).map(|(_, l)| values::unescape(l.value()))
    }

    /// Whether others are asked or told when it changes: it has an organiser and attendees.
    pub fn is_scheduled(&self) -> bool {
        self.places().filter_map(|place| self.component(place)).any(|component| {
            let has = |name: &str| self.tree.contents(component).any(|(_, line)| line.is(name));
            has("ORGANIZER") && has("ATTENDEE")
        })
    }

    /// The file as it came.
    pub fn file(&self) -> Vec<u8> {
        self.tree.write()
    }

    /// The file without this event; `None` when no event would be left.
    pub fn without(&self) -> Option<Vec<u8>> {
        let mut tree = Tree::clone(&self.tree);
        let gone: BTreeSet<Place> = self.places().collect();
        for place in gone.iter().rev() {
            if let Some(Node::Component(calendar)) = tree.nodes.get_mut(place.calendar) {
                calendar.nodes.remove(place.component);
            }
        }
        let some_left = tree.calendars().any(|(_, c)| c.parts().any(|(_, part)| part.is("VEVENT")));
        some_left.then(|| tree.write())
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = Place> + '_ {
        std::iter::once(self.master).chain(self.overrides.iter().copied())
    }

    pub(crate) fn component(&self, place: Place) -> Option<&Component> {
        component(&self.tree, place)
    }
}

impl fmt::Debug for Raw {
    /// Personal: never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

pub(crate) fn component(tree: &Tree, place: Place) -> Option<&Component> {
    let Some(Node::Component(calendar)) = tree.nodes.get(place.calendar) else { return None };
    match calendar.nodes.get(place.component) {
        Some(Node::Component(component)) => Some(component),
        _ => None,
    }
}

/// Notes something odd, once for each event.
fn note(odd: &mut Vec<Trouble>, trouble: Trouble) {
    if !odd.contains(&trouble) {
        odd.push(trouble);
    }
}

/// The instant that a line in UTC tells.
pub(crate) fn stamp(line: &Content<'_>) -> Option<Timestamp> {
    match When::parse(line.value())? {
        When::Utc(at) | When::Local(at) => values::instant(at),
        When::Date(_) => None,
    }
}
