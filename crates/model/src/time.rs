//! When something happens: wall time with a zone, a date, or floating time. Never a bare instant.
//!
//! Wall time and IANA zone are kept, not the offset, so that a series keeps its hour across clock changes (EV-4,
//! I-22). Dates are dates (I-23). The zone database is compiled in, and the host's own zone is never read.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// An IANA time zone that the zone database knows.
#[derive(Clone)]
pub struct Zone {
    name: Arc<str>,
    rules: TimeZone,
}

/// No such zone in the database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a time zone that is known here")]
pub struct UnknownZone(pub String);

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Zone {
        Zone { name: "UTC".into(), rules: TimeZone::UTC }
    }

    /// Returns the zone of that IANA name, in the database's spelling.
    pub fn new(name: &str) -> Result<Zone, UnknownZone> {
        if matches!(name, "UTC" | "Etc/UTC" | "Z" | "GMT" | "Etc/GMT") {
            return Ok(Zone::utc());
        }
        let rules = TimeZone::get(name).map_err(|_| UnknownZone(name.to_owned()))?;
        let name = rules.iana_name().ok_or_else(|| UnknownZone(name.to_owned()))?.into();
        Ok(Zone { name, rules })
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rules behind the name.
    pub fn rules(&self) -> &TimeZone {
        &self.rules
    }

    /// The wall clock there at that instant.
    pub fn wall(&self, at: Timestamp) -> DateTime {
        self.rules.to_datetime(at)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.name == other.name
    }
}
impl Eq for Zone {}
impl PartialOrd for Zone {
    fn partial_cmp(&self, other: &Zone) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Zone {
    fn cmp(&self, other: &Zone) -> std::cmp::Ordering {
        self.name.cmp(&other.name)
    }
}
impl std::hash::Hash for Zone {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
impl FromStr for Zone {
    type Err = UnknownZone;
    fn from_str(s: &str) -> Result<Zone, UnknownZone> {
        Zone::new(s)
    }
}
impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.name)
    }
}
impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Zone, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(d)?;
        Zone::new(&name).map_err(serde::de::Error::custom)
    }
}

/// A wall-clock time in a zone. Whole seconds: no calendar keeps fractions.
///
/// In a fold (clocks set back) one wall time happens twice; the first is meant unless `later` is set. In a gap
/// (clocks set forward) it means the instant that RFC 5545 gives: the offset before the gap applies.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(from = "RawMoment")]
pub struct Moment {
    wall: DateTime,
    zone: Zone,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    later: bool,
}

#[derive(Deserialize)]
struct RawMoment {
    wall: DateTime,
    zone: Zone,
    #[serde(default)]
    later: bool,
}

impl From<RawMoment> for Moment {
    fn from(raw: RawMoment) -> Moment {
        let first = Moment::new(raw.wall, raw.zone);
        let offset = first.zone.rules.to_ambiguous_timestamp(first.wall).offset();
        let later = raw.later && matches!(offset, AmbiguousOffset::Fold { .. });
        Moment { later, ..first }
    }
}

impl Moment {
    /// That wall time there (in a fold: the first).
    pub fn new(wall: DateTime, zone: Zone) -> Moment {
        Moment { wall: whole_seconds(wall), zone, later: false }
    }

    /// That instant, told in that zone.
    pub fn at(instant: Timestamp, zone: Zone) -> Moment {
        let instant = Timestamp::from_second(instant.as_second()).unwrap_or(instant);
        let wall = zone.wall(instant);
        let first = Moment { wall, zone, later: false };
        let later = first.instant() != instant;
        Moment { later, ..first }
    }

    /// The wall clock.
    pub fn wall(&self) -> DateTime {
        self.wall
    }

    /// The zone whose wall clock it is.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Whether the second of the two is meant in a fold.
    pub fn is_later(&self) -> bool {
        self.later
    }

    /// The instant, by RFC 5545.
    pub fn instant(&self) -> Timestamp {
        let ambiguous = self.zone.rules.to_ambiguous_timestamp(self.wall);
        let told = if self.later { ambiguous.later() } else { ambiguous.compatible() };
        // Only the very ends of time (year ±9999) are out of reach.
        told.unwrap_or(if self.wall.year() > 0 { Timestamp::MAX } else { Timestamp::MIN })
    }

    /// The same instant, told in another zone.
    pub fn told_in(&self, zone: Zone) -> Moment {
        Moment::at(self.instant(), zone)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.wall.strftime("%Y-%m-%d %H:%M"), self.zone)
    }
}

fn whole_seconds(wall: DateTime) -> DateTime {
    wall.with().subsec_nanosecond(0).build().unwrap_or(wall)
}

/// From when to when. Half-open: an all-day event of one day ends on the next.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "RawSpan", into = "RawSpan")]
pub enum Span {
    /// At a time on the clock of a place.
    Timed(Timed),
    /// At a time on whatever clock the viewer has.
    Floating(Floating),
    /// On whole days.
    AllDay(Days),
}

/// A start and an end on the clock, each in its own zone. The end is not before the start.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Timed {
    start: Moment,
    end: Moment,
}

/// A start and an end in floating time. The end is not before the start.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Floating {
    start: DateTime,
    end: DateTime,
}

/// Whole days, the last one excluded. At least one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Days {
    start: Date,
    end: Date,
}

/// The end lies before the start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the end lies before the start")]
pub struct EndsBeforeStart;

impl Timed {
    /// When it begins.
    pub fn start(&self) -> &Moment {
        &self.start
    }
    /// When it is over.
    pub fn end(&self) -> &Moment {
        &self.end
    }
}

impl Floating {
    /// When it begins.
    pub fn start(&self) -> DateTime {
        self.start
    }
    /// When it is over.
    pub fn end(&self) -> DateTime {
        self.end
    }
}

impl Days {
    /// The first day.
    pub fn start(&self) -> Date {
        self.start
    }
    /// The day after the last.
    pub fn end(&self) -> Date {
        self.end
    }
}

impl Span {
    /// From one moment to another.
    pub fn timed(start: Moment, end: Moment) -> Result<Span, EndsBeforeStart> {
        if end.instant() < start.instant() {
            return Err(EndsBeforeStart);
        }
        Ok(Span::Timed(Timed { start, end }))
    }

    /// From one floating time to another.
    pub fn floating(start: DateTime, end: DateTime) -> Result<Span, EndsBeforeStart> {
        let (start, end) = (whole_seconds(start), whole_seconds(end));
        if end < start {
            return Err(EndsBeforeStart);
        }
        Ok(Span::Floating(Floating { start, end }))
    }

    /// From a day up to, not including, another.
    pub fn days(start: Date, end: Date) -> Result<Span, EndsBeforeStart> {
        if end <= start {
            return Err(EndsBeforeStart);
        }
        Ok(Span::AllDay(Days { start, end }))
    }

    /// Whether it is about whole days.
    pub fn is_all_day(&self) -> bool {
        matches!(self, Span::AllDay(_))
    }

    /// The zone of its start; `None` for floating times and dates.
    pub fn zone(&self) -> Option<&Zone> {
        match self {
            Span::Timed(t) => Some(&t.start.zone),
            _ => None,
        }
    }

    /// The name that this start has within a series.
    pub fn key(&self) -> OccurrenceKey {
        match self {
            Span::Timed(t) => OccurrenceKey::Time(t.start.wall),
            Span::Floating(t) => OccurrenceKey::Time(t.start),
            Span::AllDay(d) => OccurrenceKey::Date(d.start),
        }
    }

    /// The start as an instant; floating times and dates are read on the clock of `viewer`.
    pub fn start_instant(&self, viewer: &Zone) -> Timestamp {
        match self {
            Span::Timed(t) => t.start.instant(),
            Span::Floating(t) => Moment::new(t.start, viewer.clone()).instant(),
            Span::AllDay(d) => Moment::new(d.start.to_datetime(midnight()), viewer.clone()).instant(),
        }
    }

    /// The end as an instant; floating times and dates are read on the clock of `viewer`.
    pub fn end_instant(&self, viewer: &Zone) -> Timestamp {
        match self {
            Span::Timed(t) => t.end.instant(),
            Span::Floating(t) => Moment::new(t.end, viewer.clone()).instant(),
            Span::AllDay(d) => Moment::new(d.end.to_datetime(midnight()), viewer.clone()).instant(),
        }
    }

    /// How long it takes. Days are told as 24 hours each; floating times by the wall clock.
    pub fn duration(&self) -> SignedDuration {
        match self {
            Span::Timed(t) => t.end.instant().duration_since(t.start.instant()),
            Span::Floating(t) => t.end.duration_since(t.start),
            Span::AllDay(d) => d.end.duration_since(d.start),
        }
    }

    /// The occurrence of this span that starts at `key`: same length, same zones. With its own key, the span itself.
    ///
    /// A span of hours keeps its exact length; one that is given by days keeps its days. `None` where the calendar
    /// ends, or where `key` is of another kind (a date for a timed span).
    pub fn starting(&self, key: OccurrenceKey) -> Option<Span> {
        if key == self.key() {
            return Some(self.clone());
        }
        match (self, key) {
            (Span::Timed(t), OccurrenceKey::Time(wall)) => {
                let start = Moment::new(wall, t.start.zone.clone());
                let end = start.instant().checked_add(self.duration()).ok()?;
                Span::timed(start, Moment::at(end, t.end.zone.clone())).ok()
            }
            (Span::Floating(t), OccurrenceKey::Time(wall)) => {
                Span::floating(wall, wall.checked_add(t.end.duration_since(t.start)).ok()?).ok()
            }
            (Span::AllDay(d), OccurrenceKey::Date(date)) => {
                let length = d.start.until(d.end).ok()?.get_days();
                Span::days(date, date.checked_add(length.days()).ok()?).ok()
            }
            _ => None,
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Span::Timed(t) => {
                let end = t.end.told_in(t.start.zone.clone());
                let form = if end.wall.date() == t.start.wall.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
                write!(
                    f,
                    "{}–{} {}",
                    t.start.wall.strftime("%Y-%m-%d %H:%M"),
                    end.wall.strftime(form),
                    t.start.zone
                )
            }
            Span::Floating(t) => {
                write!(f, "{}–{}", t.start.strftime("%Y-%m-%d %H:%M"), t.end.strftime("%Y-%m-%d %H:%M"))
            }
            Span::AllDay(d) => match d.end.yesterday() {
                Ok(last) if last == d.start => write!(f, "{}", d.start),
                Ok(last) => write!(f, "{}–{last}", d.start),
                Err(_) => write!(f, "{}", d.start),
            },
        }
    }
}

const fn midnight() -> jiff::civil::Time {
    jiff::civil::Time::midnight()
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum RawSpan {
    Timed { start: Moment, end: Moment },
    Floating { start: DateTime, end: DateTime },
    AllDay { start: Date, end: Date },
}

impl TryFrom<RawSpan> for Span {
    type Error = EndsBeforeStart;
    fn try_from(raw: RawSpan) -> Result<Span, EndsBeforeStart> {
        match raw {
            RawSpan::Timed { start, end } => Span::timed(start, end),
            RawSpan::Floating { start, end } => Span::floating(start, end),
            RawSpan::AllDay { start, end } => Span::days(start, end),
        }
    }
}

impl From<Span> for RawSpan {
    fn from(span: Span) -> RawSpan {
        match span {
            Span::Timed(t) => RawSpan::Timed { start: t.start, end: t.end },
            Span::Floating(t) => RawSpan::Floating { start: t.start, end: t.end },
            Span::AllDay(d) => RawSpan::AllDay { start: d.start, end: d.end },
        }
    }
}

/// What names an occurrence within its series: its original start on the series' own clock, wherever it was moved
/// since (`rules.md` 19, I-21).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OccurrenceKey {
    /// Of an all-day series.
    Date(Date),
    /// Of a timed or floating series: wall time in the zone of the series' start.
    Time(DateTime),
}

impl OccurrenceKey {
    /// The day it falls on.
    pub fn date(&self) -> Date {
        match self {
            OccurrenceKey::Date(date) => *date,
            OccurrenceKey::Time(wall) => wall.date(),
        }
    }
}

impl fmt::Display for OccurrenceKey {
    /// The basic form of iCalendar: `20261021` or `20261021T090000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OccurrenceKey::Date(date) => write!(f, "{}", date.strftime("%Y%m%d")),
            OccurrenceKey::Time(wall) => write!(f, "{}", wall.strftime("%Y%m%dT%H%M%S")),
        }
    }
}

/// Not the name of an occurrence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an occurrence: write it as 20261021 or 20261021T090000")]
pub struct NotAnOccurrence(pub String);

impl FromStr for OccurrenceKey {
    type Err = NotAnOccurrence;
    fn from_str(s: &str) -> Result<OccurrenceKey, NotAnOccurrence> {
        let wrong = || NotAnOccurrence(s.to_owned());
        match s.len() {
            8 => Date::strptime("%Y%m%d", s).map(OccurrenceKey::Date).map_err(|_| wrong()),
            15 => DateTime::strptime("%Y%m%dT%H%M%S", s).map(OccurrenceKey::Time).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

impl Serialize for OccurrenceKey {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OccurrenceKey {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<OccurrenceKey, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

mod coincide;
#[cfg(test)]
mod tests;
