//! Times, zones and the names of occurrences.
//!
//! All times are asked for in UTC, so each is an instant that nobody can misread; the zone in which its maker meant it
//! stands beside it. What we write is the wall time and the zone's name of Windows, start, end and rule in one and the
//! same (trap 14); never UTC for what has a zone, or a series would leave its hour when clocks change (trap 11).

use concord_model::observed::PartStart;
use concord_model::time::{OccurrenceKey, Span};
use concord_model::view::Timing;
use concord_model::{Moment, Zone, recurrence};
use jiff::civil::{Date, DateTime};
use jiff::tz::AmbiguousOffset;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use super::zones;
use crate::microsoft::wire;

/// Reads when it is; for a series, on the clock by which it repeats.
pub(in crate::microsoft) fn span(event: &wire::Event) -> Result<Span, String> {
    let start = event.start.as_ref().ok_or("it has no start")?;
    let end = event.end.as_ref().ok_or("it has no end")?;
    if event.is_all_day == Some(true) {
        // Told as midnights of UTC, and never moved by a zone.
        let (first, last) = (wall(start)?.date(), wall(end)?.date());
        let after = first.tomorrow().map_err(|_| "its day is the last of all")?;
        return Span::days(first, if last > first { last } else { after }).map_err(|e| e.to_string());
    }
    let (from, to) = (instant(start)?, instant(end)?);
    let named = |name: &Option<String>| name.as_deref().filter(|name| !name.is_empty()).map(zones::read);
    let (first, last) = (named(&event.original_start_time_zone), named(&event.original_end_time_zone));
    let (first, last) = match &event.recurrence {
        Some(told) => {
            let own = told.range.as_ref().and_then(|range| named(&range.recurrence_time_zone));
            let zone = own.flatten().or(first.flatten());
            let zone = zone.ok_or("it repeats on the clock of a zone that only Outlook knows")?;
            (zone.clone(), zone)
        }
        // The instants hold, whatever the zone is called.
        None => {
            let first = first.flatten().unwrap_or_else(Zone::utc);
            let last = last.flatten().unwrap_or_else(|| first.clone());
            (first, last)
        }
    };
    Span::timed(Moment::at(from, first), Moment::at(to, last)).map_err(|e| e.to_string())
}

/// The wall time as told, without its fraction.
fn wall(time: &wire::DateTimeTimeZone) -> Result<DateTime, String> {
    let text = time.date_time.as_deref().ok_or("a time of it is missing")?;
    let wall: DateTime =
        text.trim_end_matches('Z').parse().map_err(|_| "a time of it cannot be read".to_owned())?;
    // The ends of time stand for "none" there.
    if wall.year() <= 1 || wall.year() >= 9999 {
        return Err("a time of it is none".to_owned());
    }
    Ok(wall)
}

fn instant(time: &wire::DateTimeTimeZone) -> Result<Timestamp, String> {
    let name = time.time_zone.as_deref().unwrap_or("UTC");
    let zone = zones::read(name).ok_or("a time of it is told in a zone that only Outlook knows")?;
    Ok(Moment::new(wall(time)?, zone).instant())
}

/// When an occurrence of a series was to begin: by the date in its name, which is that of the series' own clock, else by
/// the instant, which is no midnight of UTC for whole days (trap 13).
pub(in crate::microsoft) fn original_start(event: &wire::Event, series: Option<&Span>) -> Option<PartStart> {
    let by_name = event.occurrence_id.as_deref().and_then(date_of_name);
    if let (Some(date), Some(series)) = (by_name, series) {
        return Some(PartStart::Key(key_on(series, date)));
    }
    let told: Timestamp = event.original_start.as_deref()?.parse().ok()?;
    match series {
        Some(Span::AllDay(_)) => {
            // Midnight somewhere: the nearest midnight of UTC is that of the same date.
            let noon = told.checked_add(SignedDuration::from_hours(12)).ok()?;
            Some(PartStart::Key(OccurrenceKey::Date(Zone::utc().wall(noon).date())))
        }
        _ => Some(PartStart::Instant(told)),
    }
}

/// The date that the name of an occurrence tells: `OID.{series}.{date}`.
pub(super) fn date_of_name(name: &str) -> Option<Date> {
    name.strip_prefix("OID.")?.rsplit_once('.')?.1.parse().ok()
}

/// The occurrence of a series on a date: Graph knows no more than one a day.
pub(super) fn key_on(series: &Span, date: Date) -> OccurrenceKey {
    match series.key() {
        OccurrenceKey::Date(_) => OccurrenceKey::Date(date),
        OccurrenceKey::Time(start) => OccurrenceKey::Time(date.to_datetime(start.time())),
    }
}

/// Writes start and end, and how it repeats; why not, where Graph cannot be told.
pub(super) fn put(
    time: &Timing,
    before: Option<&Timing>,
    into: &mut Map<String, Value>,
) -> Result<(), String> {
    let zone = match (&time.recurrence, &time.span) {
        (Some(_), Span::Timed(timed)) => Some(series_zone(time, timed.start(), timed.end())?),
        _ => None,
    };
    let moved = before.is_none_or(|before| before.span != time.span);
    // Where a rule is written, its start is, too: it counts from there.
    let repeats = before.is_none_or(|before| before.recurrence != time.recurrence) || moved;
    if moved || (repeats && time.recurrence.is_some()) {
        let (start, end) = match &time.span {
            Span::AllDay(days) => (day(days.start()), day(days.end())),
            Span::Timed(timed) => match zone {
                Some(zone) => (local(timed.start().wall(), zone), local(timed.end().wall(), zone)),
                None => (single(timed.start()), single(timed.end())),
            },
            // The lens tells floating times in the link's zone, so there are none here.
            Span::Floating(floating) => (local(floating.start(), "UTC"), local(floating.end(), "UTC")),
        };
        into.insert("start".to_owned(), start);
        into.insert("end".to_owned(), end);
        into.insert("isAllDay".to_owned(), json!(time.span.is_all_day()));
    }
    match &time.recurrence {
        Some(recurrence) if repeats => {
            let told = super::recurrence::written(recurrence, &time.span, zone.unwrap_or("UTC"))?;
            into.insert("recurrence".to_owned(), told);
        }
        None if before.is_some_and(|before| before.recurrence.is_some()) => {
            into.insert("recurrence".to_owned(), Value::Null);
        }
        _ => {}
    }
    Ok(())
}

/// What Graph calls the zone by which a series repeats.
fn series_zone(time: &Timing, start: &Moment, end: &Moment) -> Result<&'static str, String> {
    if start.zone() != end.zone() {
        return Err(
            "Outlook cannot keep a series that ends in another time zone than it begins in".to_owned()
        );
    }
    if start.is_later() || end.is_later() {
        return Err("Outlook cannot keep a series that begins in the second of two equal hours".to_owned());
    }
    let (from, until) = recurrence::first_and_last(time, &BTreeMap::new());
    zones::windows(start.zone(), from, until)
        .ok_or_else(|| format!("Outlook has no time zone that keeps the time of {}", start.zone()))
}

/// A moment of something that happens once. Where its wall time is not clear, or its zone has no name there, the instant
/// is told.
fn single(moment: &Moment) -> Value {
    let at = moment.instant();
    let clear = matches!(
        moment.zone().rules().to_ambiguous_timestamp(moment.wall()).offset(),
        AmbiguousOffset::Unambiguous { .. }
    );
    match zones::windows(moment.zone(), at, Some(at)).filter(|_| clear) {
        Some(zone) => local(moment.wall(), zone),
        None => local(Zone::utc().wall(at), "UTC"),
    }
}

fn day(date: Date) -> Value {
    local(date.at(0, 0, 0, 0), "UTC")
}

fn local(wall: DateTime, zone: &str) -> Value {
    json!({ "dateTime": wall.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": zone })
}
