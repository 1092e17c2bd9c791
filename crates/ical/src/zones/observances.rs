//! What a time zone definition in a file does: its STANDARD and DAYLIGHT parts, worked out for some years.
//!
//! Reads the forms that are in use: an onset once, on given dates, or every year by month and weekday. A definition
//! with anything else in it is no definition here, rather than half of one.

use concord_model::recurrence::{Freq, Rule};
use concord_model::{OccurrenceKey, Span, Zone};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use crate::component::{Component, Tree};
use crate::values::{self, When};

/// More parts than any real definition has.
const MOST_PARTS: usize = 256;

/// The parts of a definition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observances(Vec<Observance>);

/// From its onsets on, the clock shows `to`.
#[derive(Clone, Debug)]
struct Observance {
    start: DateTime,
    from: i32,
    to: i32,
    rule: Option<Rule>,
    dates: Vec<DateTime>,
}

/// An offset that begins at an instant (in seconds).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Onset {
    pub(super) at: i64,
    pub(super) offset: i32,
}

impl Observances {
    /// Reads a VTIMEZONE; empty where it is not of a form in use.
    pub(crate) fn read(tree: &Tree, definition: &Component) -> Observances {
        let parts = definition.parts().filter(|(_, part)| part.is("STANDARD") || part.is("DAYLIGHT"));
        let read: Option<Vec<_>> =
            parts.take(MOST_PARTS + 1).map(|(_, part)| Observance::read(tree, part)).collect();
        Observances(read.filter(|parts| parts.len() <= MOST_PARTS).unwrap_or_default())
    }

    pub(crate) fn are_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a zone has the same offsets at every instant of these years.
    pub(crate) fn fit(&self, zone: &Zone, years: (i16, i16)) -> bool {
        self.told(years).is_some_and(|told| told.is_of(zone))
    }

    /// The offsets in force during these years; `None` where there are none, or the years are out of reach.
    pub(super) fn told(&self, (first, last): (i16, i16)) -> Option<Told> {
        let begin = year_begin(first)?;
        let end = year_begin(last.checked_add(1)?)?;
        let mut all: Vec<(Onset, i32)> = Vec::new();
        for part in &self.0 {
            for wall in part.onsets(first, last) {
                let at = Offset::UTC.to_timestamp(wall).ok()?.as_second() - i64::from(part.from);
                all.push((Onset { at, offset: part.to }, part.from));
            }
        }
        all.sort_unstable();
        let before = all.iter().rev().find(|(onset, _)| onset.at <= begin).map(|(onset, _)| onset.offset);
        let at_begin = before.or_else(|| all.first().map(|(_, from)| *from))?;
        let mut now = at_begin;
        let during = all.into_iter().map(|(onset, _)| onset).filter(|onset| {
            let counts = onset.at > begin && onset.at < end && onset.offset != now;
            if counts {
                now = onset.offset;
            }
            counts
        });
        Some(Told { during: during.collect(), begin, end, at_begin })
    }
}

/// The offsets in force from one instant to another.
#[derive(Debug)]
pub(super) struct Told {
    begin: i64,
    end: i64,
    at_begin: i32,
    during: Vec<Onset>,
}

impl Told {
    /// The offset, where it never changes.
    pub(super) fn fixed(&self) -> Option<i32> {
        self.during.is_empty().then_some(self.at_begin)
    }

    pub(super) fn is_of(&self, zone: &Zone) -> bool {
        let Ok(begin) = Timestamp::from_second(self.begin) else { return false };
        let mut now = zone.rules().to_offset(begin).seconds();
        if now != self.at_begin {
            return false;
        }
        let following = zone
            .rules()
            .following(begin)
            .map(|t| Onset { at: t.timestamp().as_second(), offset: t.offset().seconds() });
        let during = following.take_while(|onset| onset.at < self.end).filter(|onset| {
            let counts = onset.offset != now;
            now = onset.offset;
            counts
        });
        during.eq(self.during.iter().copied())
    }
}

impl Observance {
    fn read(tree: &Tree, part: &Component) -> Option<Observance> {
        let (mut start, mut from, mut to, mut rule) = (None, None, None, None);
        let mut dates = Vec::new();
        for (_, line) in tree.contents(part) {
            if line.is("DTSTART") {
                start = Some(wall(line.value())?);
            } else if line.is("TZOFFSETFROM") {
                from = Some(values::offset(line.value())?);
            } else if line.is("TZOFFSETTO") {
                to = Some(values::offset(line.value())?);
            } else if line.is("RRULE") && rule.is_none() {
                rule = Some(line.value().to_owned());
            } else if line.is("RDATE") {
                for value in line.value().split(',') {
                    dates.push(wall(value)?);
                }
            } else if line.is("RRULE") || line.is("EXDATE") || line.is("EXRULE") {
                return None;
            }
        }
        let start = start?;
        let rule = match rule {
            Some(text) => Some(yearly(&text, start)?),
            None => None,
        };
        Some(Observance { start, from: from?, to: to?, rule, dates })
    }

    /// The wall times at which it begins, as far as they matter for these years.
    fn onsets(&self, first: i16, last: i16) -> Vec<DateTime> {
        let mut all: Vec<DateTime> = self.dates.iter().copied().filter(|wall| wall.year() <= last).collect();
        if self.start.year() <= last {
            all.push(self.start);
        }
        let Some(rule) = &self.rule else { return all };
        let until = rule.until().map(|until| until.date());
        let last = until.map_or(last, |until| last.min(until.year()));
        // The one before the first year says what was in force when it began.
        let first = self.start.year().max(first.min(last) - 1);
        for year in first..=last {
            let Some(date) = onset_in(rule, self.start.date(), year) else { continue };
            // UNTIL may be in UTC, a day beside the wall clock; onsets are a year apart.
            let ended = until.and_then(|until| until.tomorrow().ok()).is_some_and(|end| date > end);
            if date > self.start.date() && !ended {
                all.push(date.to_datetime(self.start.time()));
            }
        }
        all
    }
}

/// Where a yearly rule falls in a year.
fn onset_in(rule: &Rule, start: Date, year: i16) -> Option<Date> {
    let month = rule.by_month().first().copied().unwrap_or(start.month());
    let first = Date::new(year, month, 1).ok()?;
    let days = rule.by_month_day();
    match rule.by_day().first() {
        None => Date::new(year, month, days.first().copied().unwrap_or(start.day())).ok(),
        Some(day) if days.is_empty() => first.nth_weekday_of_month(day.nth?, day.weekday).ok(),
        // "The Sunday on or after the 8th", as the list of the seven days.
        Some(day) => days
            .iter()
            .filter_map(|d| Date::new(year, month, *d).ok())
            .find(|date| date.weekday() == day.weekday),
    }
}

fn yearly(text: &str, start: DateTime) -> Option<Rule> {
    let rule = Rule::parse(text, &Span::floating(start, start).ok()?).ok()?;
    let plain = rule.freq() == Freq::Yearly
        && rule.interval() == 1
        && rule.count().is_none()
        && rule.by_month().len() <= 1
        && rule.by_day().len() <= 1
        && (rule.by_month_day().len() <= 1 || !rule.by_day().is_empty())
        && rule.by_day().iter().all(|d| d.nth.is_some() == rule.by_month_day().is_empty())
        && rule.by_week_no().is_empty()
        && rule.by_year_day().is_empty()
        && rule.by_hour().is_empty()
        && rule.by_minute().is_empty()
        && rule.by_second().is_empty()
        && rule.by_set_pos().is_empty()
        && rule.until().is_none_or(|until| matches!(until, OccurrenceKey::Time(_)));
    plain.then_some(rule)
}

fn wall(value: &str) -> Option<DateTime> {
    match When::parse(value)? {
        When::Local(at) | When::Utc(at) => Some(at),
        When::Date(date) => Some(date.at(0, 0, 0, 0)),
    }
}

fn year_begin(year: i16) -> Option<i64> {
    let date = Date::new(year, 1, 1).ok()?;
    Some(Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_second())
}
