//! An event as it is kept: what was said of it, when it is, how it repeats, and what became of single occurrences.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::pattern::{End, Pattern};
use crate::microsoft::{Fields, zones};

/// When something is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::microsoft) struct Times {
    pub(in crate::microsoft) start: Timestamp,
    pub(in crate::microsoft) end: Timestamp,
    /// The zones by the names that they were given.
    pub(in crate::microsoft) start_zone: String,
    pub(in crate::microsoft) end_zone: String,
    /// Whole days, the end excluded. The instants are midnights of UTC then.
    pub(in crate::microsoft) days: Option<(Date, Date)>,
}

impl Times {
    /// Whole days.
    pub(in crate::microsoft) fn whole(from: Date, until: Date, zone: &str) -> Times {
        let instant =
            |day: Date| day.to_zoned(jiff::tz::TimeZone::UTC).map(|at| at.timestamp()).unwrap_or_default();
        Times {
            start: instant(from),
            end: instant(until),
            start_zone: zone.to_owned(),
            end_zone: zone.to_owned(),
            days: Some((from, until)),
        }
    }

    /// Whether it touches a window.
    pub(in crate::microsoft) fn touches(&self, (from, until): (Timestamp, Timestamp)) -> bool {
        self.start < until && (self.end > from || (self.start == self.end && self.start >= from))
    }
}

/// How a series repeats.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::microsoft) struct Rule {
    pub(in crate::microsoft) pattern: Pattern,
    /// The first day, which fits the pattern.
    pub(in crate::microsoft) start: Date,
    pub(in crate::microsoft) end: End,
    /// By the name that it was given.
    pub(in crate::microsoft) zone: String,
    /// When on each day; `None` for whole days.
    pub(in crate::microsoft) time: Option<Time>,
    pub(in crate::microsoft) length: SignedDuration,
    pub(in crate::microsoft) length_days: i32,
}

impl Rule {
    /// The days that the rule gives, up to a last one.
    pub(in crate::microsoft) fn days(&self, last: Date) -> impl Iterator<Item = Date> {
        let most = match self.end {
            End::After(count) => usize::try_from(count).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        let last = match self.end {
            End::On(day) => day.min(last),
            _ => last,
        };
        self.pattern.days(self.start).take(most).take_while(move |day| *day <= last)
    }

    /// The first day that the rule gives; `None` if it gives none.
    pub(in crate::microsoft) fn first(&self) -> Option<Date> {
        self.days(Date::MAX).next()
    }

    /// When the occurrence of a day is, as the rule says it.
    pub(in crate::microsoft) fn on(&self, day: Date) -> Times {
        let Some(time) = self.time else {
            let until = day.checked_add(self.length_days.days()).unwrap_or(day);
            return Times::whole(day, until, &self.zone);
        };
        let zone = zones::known(&self.zone);
        let start = day.to_datetime(time).to_zoned(zone).map(|at| at.timestamp()).unwrap_or_default();
        let end = start.checked_add(self.length).unwrap_or(start);
        Times { start, end, start_zone: self.zone.clone(), end_zone: self.zone.clone(), days: None }
    }
}

/// An occurrence that is otherwise than its series.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::microsoft) struct Exception {
    /// What was said of it alone.
    pub(in crate::microsoft) fields: Fields,
    pub(in crate::microsoft) times: Times,
    pub(in crate::microsoft) key: u64,
    pub(in crate::microsoft) extended: BTreeMap<String, String>,
}

/// Why something is not there any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::microsoft) enum Gone {
    /// It is in Deleted Items.
    Deleted,
    /// It is nowhere.
    Purged,
    /// It is on another calendar.
    Moved,
}

/// An event, or a series.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::microsoft) struct Item {
    pub(in crate::microsoft) number: u64,
    /// How often it moved.
    pub(in crate::microsoft) serial: u32,
    pub(in crate::microsoft) gone: Option<Gone>,
    /// Everything that a caller can write and that is not told apart below, in Graph's form; the body as markup.
    pub(in crate::microsoft) fields: Fields,
    /// Of a series, those of its first occurrence.
    pub(in crate::microsoft) times: Times,
    pub(in crate::microsoft) rule: Option<Rule>,
    pub(in crate::microsoft) exceptions: BTreeMap<Date, Exception>,
    pub(in crate::microsoft) cancelled: BTreeSet<Date>,
    /// The change key.
    pub(in crate::microsoft) key: u64,
    pub(in crate::microsoft) created: Timestamp,
    pub(in crate::microsoft) modified: Timestamp,
    pub(in crate::microsoft) uid: String,
    pub(in crate::microsoft) transaction: Option<String>,
    /// Name and address of whoever called the meeting.
    pub(in crate::microsoft) organizer: (String, String),
    pub(in crate::microsoft) is_organizer: bool,
    /// The own answer, and when it was given.
    pub(in crate::microsoft) response: (String, Option<Timestamp>),
    /// The organizer called it off.
    pub(in crate::microsoft) called_off: bool,
    /// How often the meeting was told to guests.
    pub(in crate::microsoft) sequence: i64,
    pub(in crate::microsoft) extended: BTreeMap<String, String>,
    pub(in crate::microsoft) extensions: BTreeMap<String, Fields>,
}

/// One time that something takes place.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::microsoft) struct Occurrence {
    /// The day that the rule gave it.
    pub(in crate::microsoft) day: Date,
    pub(in crate::microsoft) times: Times,
    pub(in crate::microsoft) is_exception: bool,
}

impl Item {
    /// What takes place of a series in a window, in the order of the rule.
    pub(in crate::microsoft) fn occurrences(&self, window: (Timestamp, Timestamp)) -> Vec<Occurrence> {
        let Some(rule) = &self.rule else { return Vec::new() };
        // An exception can be days away from where the rule put it, and zones are up to a day from UTC.
        let slack = Span::new().days(2);
        let zone = zones::known(&rule.zone);
        let last = window.1.to_zoned(zone).date().checked_add(slack).unwrap_or(Date::MAX);
        let last = self.exceptions.keys().next_back().map_or(last, |day| (*day).max(last));
        let days = rule.days(last).filter(|day| !self.cancelled.contains(day));
        let found = days.map(|day| match self.exceptions.get(&day) {
            Some(exception) => Occurrence { day, times: exception.times.clone(), is_exception: true },
            None => Occurrence { day, times: rule.on(day), is_exception: false },
        });
        found.filter(|occurrence| occurrence.times.touches(window)).collect()
    }

    /// The occurrence of a day, if there is one.
    pub(in crate::microsoft) fn occurrence(&self, day: Date) -> Option<Occurrence> {
        let rule = self.rule.as_ref()?;
        if self.cancelled.contains(&day) {
            return None;
        }
        rule.days(day).last().filter(|last| *last == day)?;
        Some(match self.exceptions.get(&day) {
            Some(exception) => Occurrence { day, times: exception.times.clone(), is_exception: true },
            None => Occurrence { day, times: rule.on(day), is_exception: false },
        })
    }

    /// Whether anything of it is in a window.
    pub(in crate::microsoft) fn is_in(&self, window: (Timestamp, Timestamp)) -> bool {
        self.gone.is_none()
            && match self.rule {
                Some(_) => !self.occurrences(window).is_empty(),
                None => self.times.touches(window),
            }
    }

    /// What is said of an occurrence: of the series, and of it alone.
    pub(in crate::microsoft) fn said_of(&self, day: Option<Date>) -> Fields {
        let mut fields = self.fields.clone();
        if let Some(exception) = day.and_then(|day| self.exceptions.get(&day)) {
            fields.extend(exception.fields.clone());
        }
        fields
    }
}
