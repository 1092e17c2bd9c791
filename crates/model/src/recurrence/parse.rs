//! Reads the text of a rule, and the values that stand beside rules (RFC 5545, 3.3.10).
//!
//! Forgiving of form (case, order, the three kinds of UNTIL), strict about meaning: what is not known or out of range
//! is refused with its name, never skipped, because a rule that is half understood puts events on wrong days.

use std::collections::BTreeSet;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use super::rule::{BadRule, ByDay, Ends, Freq, Parts, Rule, weekday_word};
use crate::time::{OccurrenceKey, Span, Zone};

/// Longer than any rule that a person can mean.
const LONGEST: usize = 4096;

/// The largest INTERVAL: nineteen years, told in minutes.
const LARGEST_INTERVAL: u32 = 10_000_000;

/// Reads the parts of a rule. With a series, UNTIL may be in UTC; without, it must be local already.
pub(super) fn rule(text: &str, series: Option<&Span>) -> Result<Rule, BadRule> {
    if text.len() > LONGEST {
        return Err(BadRule("it is longer than any rule".to_owned()));
    }
    let text = text.trim().to_ascii_uppercase();
    let (mut freq, mut interval, mut count, mut until) = (None, 1, None, None);
    let mut week_start = Weekday::Monday;
    let mut parts = Parts::default();
    let mut seen = BTreeSet::new();
    for part in text.split(';').filter(|part| !part.is_empty()) {
        let (name, value) = part
            .split_once('=')
            .ok_or_else(|| BadRule(format!("\"{part}\" is not of the form NAME=VALUE")))?;
        let (name, value) = (name.trim(), value.trim());
        if !seen.insert(name) {
            return Err(BadRule(format!("{name} is told twice")));
        }
        match name {
            "FREQ" => freq = Some(frequency(value)?),
            "INTERVAL" => interval = number(name, value, 1, LARGEST_INTERVAL)?,
            "COUNT" => count = Some(number(name, value, 1, Rule::MOST_COUNT)?),
            "UNTIL" => until = Some(end(value, series)?),
            "WKST" => week_start = weekday(value).ok_or_else(|| bad(name, value))?,
            "BYMONTH" => parts.month = numbers(name, value, |n| (1..=12).contains(&n))?,
            "BYWEEKNO" => parts.week_no = numbers(name, value, |n: i8| within(n, 53))?,
            "BYYEARDAY" => parts.year_day = numbers(name, value, |n: i16| within(n, 366))?,
            "BYMONTHDAY" => parts.month_day = numbers(name, value, |n: i8| within(n, 31))?,
            "BYDAY" => parts.day = each(name, value, by_day)?,
            "BYHOUR" => parts.hour = numbers(name, value, |n| (0..=23).contains(&n))?,
            "BYMINUTE" => parts.minute = numbers(name, value, |n| (0..=59).contains(&n))?,
            "BYSECOND" => parts.second = numbers(name, value, |n| (0..=59).contains(&n))?,
            "BYSETPOS" => parts.set_pos = numbers(name, value, |n: i16| within(n, 366))?,
            _ => return Err(BadRule(format!("{name} is not known"))),
        }
    }
    let freq = freq.ok_or_else(|| BadRule("FREQ is missing".to_owned()))?;
    let ends = match (count, until) {
        (None, None) => Ends::Never,
        (Some(count), None) => Ends::Count(count),
        (None, Some(until)) => Ends::Until(until),
        (Some(_), Some(_)) => return Err(BadRule("COUNT and UNTIL exclude each other".to_owned())),
    };
    together(freq, &parts)?;
    Ok(Rule { freq, interval, ends, parts, week_start })
}

/// Refuses parts that RFC 5545 forbids with a frequency: readers do not agree on what they would mean.
fn together(freq: Freq, parts: &Parts) -> Result<(), BadRule> {
    let refused = |part: &str| Err(BadRule(format!("{part} is not for {}", freq.word())));
    let ordinals = parts.day.iter().any(|day| day.nth.is_some());
    if !parts.week_no.is_empty() && freq != Freq::Yearly {
        return refused("BYWEEKNO");
    }
    if !parts.year_day.is_empty() && matches!(freq, Freq::Daily | Freq::Weekly | Freq::Monthly) {
        return refused("BYYEARDAY");
    }
    if !parts.month_day.is_empty() && freq == Freq::Weekly {
        return refused("BYMONTHDAY");
    }
    if ordinals && freq > Freq::Monthly {
        return refused("BYDAY with a number");
    }
    if ordinals && !parts.week_no.is_empty() {
        return Err(BadRule("BYDAY with a number is not for BYWEEKNO".to_owned()));
    }
    Ok(())
}

fn bad(name: &str, value: &str) -> BadRule {
    // The text may be anything at all: only its beginning is worth a look.
    let value: String = value.chars().take(20).collect();
    BadRule(format!("{name} cannot be {value}"))
}

fn within<T: Into<i32>>(n: T, most: i32) -> bool {
    (1..=most).contains(&n.into().abs())
}

fn frequency(value: &str) -> Result<Freq, BadRule> {
    Freq::ALL.into_iter().find(|freq| freq.word() == value).ok_or_else(|| bad("FREQ", value))
}

fn weekday(value: &str) -> Option<Weekday> {
    (0..7).filter_map(|n| Weekday::from_monday_zero_offset(n).ok()).find(|day| weekday_word(*day) == value)
}

fn number(name: &str, value: &str, least: u32, most: u32) -> Result<u32, BadRule> {
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad(name, value));
    }
    match value.parse() {
        Ok(n) if n < least => Err(bad(name, value)),
        Ok(n) if n <= most => Ok(n),
        _ => Err(BadRule(format!("{name} is more than {most}"))),
    }
}

fn each<T: Ord>(name: &str, value: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, BadRule> {
    let all: Result<BTreeSet<T>, BadRule> =
        value.split(',').map(|one| read(one.trim()).ok_or_else(|| bad(name, one))).collect();
    Ok(all?.into_iter().collect())
}

fn numbers<T: Ord + Copy + FromStr>(
    name: &str,
    value: &str,
    allowed: impl Fn(T) -> bool,
) -> Result<Vec<T>, BadRule> {
    each(name, value, |one| one.parse().ok().filter(|n| allowed(*n)))
}

fn by_day(value: &str) -> Option<ByDay> {
    let (nth, name) = value.split_at_checked(value.len().checked_sub(2)?)?;
    let nth = match nth {
        "" => None,
        nth => Some(nth.parse().ok().filter(|n: &i8| within(*n, 53))?),
    };
    Some(ByDay { nth, weekday: weekday(name)? })
}

fn end(value: &str, series: Option<&Span>) -> Result<OccurrenceKey, BadRule> {
    let told = Told::read(value).ok_or_else(|| bad("UNTIL", value))?;
    Ok(match (told, series) {
        (Told::Date(date), _) => OccurrenceKey::Date(date),
        (Told::Wall(wall), _) => OccurrenceKey::Time(wall),
        (Told::Utc(_), None) => return Err(BadRule("UNTIL in UTC says nothing without a zone".to_owned())),
        (Told::Utc(wall), Some(series)) => match series.zone() {
            // What lies beyond the end of time is as good as endless, and read as such.
            Some(zone) => OccurrenceKey::Time(in_zone(wall, zone).unwrap_or(DateTime::MAX)),
            None => OccurrenceKey::Time(wall),
        },
    })
}

/// A value of iCalendar that names a time: as a date, on some wall clock, or in UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Told {
    Date(Date),
    Wall(DateTime),
    Utc(DateTime),
}

impl Told {
    /// Reads `20261021`, `20261021T090000` or `20261021T090000Z`.
    pub(super) fn read(value: &str) -> Option<Told> {
        let (value, utc) = match value.strip_suffix(['Z', 'z']) {
            Some(value) => (value, true),
            None => (value, false),
        };
        match (value.to_ascii_uppercase().parse().ok()?, utc) {
            (OccurrenceKey::Date(date), false) => Some(Told::Date(date)),
            (OccurrenceKey::Date(_), true) => None,
            (OccurrenceKey::Time(wall), true) => Some(Told::Utc(wall)),
            (OccurrenceKey::Time(wall), false) => Some(Told::Wall(wall)),
        }
    }

    /// What it names in a series: on the series' own clock, as the kind of value that its starts are (I-21, BM-047).
    pub(super) fn key(self, zone: Option<&Zone>, series: &Span) -> OccurrenceKey {
        let wall = match (self, zone, series) {
            (Told::Date(date), _, Span::AllDay(_)) => return OccurrenceKey::Date(date),
            // A day of a timed series means the occurrence of that day.
            (Told::Date(date), _, Span::Floating(t)) => date.to_datetime(t.start().time()),
            (Told::Date(date), _, Span::Timed(t)) => date.to_datetime(t.start().wall().time()),
            (Told::Utc(wall), _, Span::Timed(t)) => in_zone(wall, t.start().zone()).unwrap_or(wall),
            (Told::Wall(wall), Some(zone), Span::Timed(t)) if zone != t.start().zone() => {
                let at = crate::time::Moment::new(wall, zone.clone()).instant();
                t.start().zone().wall(at)
            }
            (Told::Wall(wall) | Told::Utc(wall), ..) => wall,
        };
        if series.is_all_day() { OccurrenceKey::Date(wall.date()) } else { OccurrenceKey::Time(wall) }
    }
}

fn in_zone(utc: DateTime, zone: &Zone) -> Option<DateTime> {
    Some(zone.wall(TimeZone::UTC.to_timestamp(utc).ok()?))
}
