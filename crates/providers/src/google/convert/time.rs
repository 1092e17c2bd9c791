//! Times, zones and the names of occurrences.
//!
//! Google tells an instant with an offset that may be any zone's, and beside it the zone that is meant: the instant
//! is taken, and told on the clock of that zone. What we write is the wall time and the zone; an offset only where
//! the wall time alone is not clear.

use concord_model::observed::PartStart;
use concord_model::time::{OccurrenceKey, Span};
use concord_model::{ExternalId, Moment, Zone};
use concord_points::defect;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset};
use serde_json::{Map, Value, json};

use crate::google::wire::EventDateTime;

/// Reads a start and an end. `calendar` is the calendar's own zone, for times that name none.
pub(in crate::google) fn span(
    start: Option<&EventDateTime>,
    end: Option<&EventDateTime>,
    calendar: Option<&Zone>,
) -> Result<Span, String> {
    let start = start.ok_or("it has no start")?;
    if let Some(first) = &start.date {
        let first = date(first)?;
        let last = end.and_then(|end| end.date.as_deref()).map(date).transpose()?;
        // A day that ends when it begins means that day (BM-063).
        let after = first.tomorrow().map_err(|_| "its day is the last of all")?;
        return Span::days(first, last.filter(|last| *last > first).unwrap_or(after))
            .map_err(|e| e.to_string());
    }
    let start = moment(start, calendar)?;
    let end = match end {
        None => start.clone(),
        Some(end) if end.date_time.is_none() => {
            return Err("its start is a time and its end is not".to_owned());
        }
        Some(end) => moment(end, Some(start.zone()))?,
    };
    Span::timed(start, end).map_err(|e| e.to_string())
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "a date of it cannot be read".to_owned())
}

fn moment(time: &EventDateTime, fallback: Option<&Zone>) -> Result<Moment, String> {
    let text = time.date_time.as_deref().ok_or("a time of it is missing")?;
    let zone = match (&time.time_zone, fallback) {
        (Some(name), _) => zone(name)?,
        (None, Some(zone)) => zone.clone(),
        (None, None) => return Err("a time of it has no zone".to_owned()),
    };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Moment::at(instant, zone));
    }
    let wall: DateTime = text.parse().map_err(|_| "a time of it cannot be read".to_owned())?;
    Ok(Moment::new(wall, zone))
}

/// The zone of that name. Fixed offsets are taken only where there is a zone of exactly that offset; anything else is
/// held back rather than guessed (I-24).
pub(in crate::google) fn zone(name: &str) -> Result<Zone, String> {
    let unknown = match Zone::new(name) {
        Ok(zone) => return Ok(zone),
        Err(unknown) => unknown.to_string(),
    };
    let told = name.strip_prefix("GMT").or_else(|| name.strip_prefix("UTC")).ok_or(unknown.clone())?;
    let (sign, rest) = match told.split_at_checked(1) {
        // The names of the database count the other way: Etc/GMT+7 lies seven hours behind.
        Some(("-", rest)) => ('+', rest),
        Some(("+", rest)) => ('-', rest),
        _ => return Err(unknown),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
    match (hours.parse::<u8>(), minutes.parse::<u8>()) {
        (Ok(0), Ok(0)) => Ok(Zone::utc()),
        (Ok(hours), Ok(0)) => Zone::new(&format!("Etc/GMT{sign}{hours}")).map_err(|_| unknown),
        _ => Err(unknown),
    }
}

/// Writes start and end. In a change both kinds are named, for Google keeps what is not set to null (`date` beside
/// `dateTime` is refused).
pub(super) fn put_span(span: &Span, change: bool, into: &mut Map<String, Value>) {
    let day = |date: Date| match change {
        true => json!({ "date": date.to_string(), "dateTime": null, "timeZone": null }),
        false => json!({ "date": date.to_string() }),
    };
    let time = |wall: DateTime, zone: Option<&Zone>| {
        let mut time = json!({ "dateTime": local(wall) });
        if let Some(zone) = zone {
            time["timeZone"] = json!(zone.name());
        }
        if change {
            time["date"] = Value::Null;
        }
        time
    };
    let moment = |moment: &Moment| {
        let told = match defect!("times are told in UTC") {
            true => &Moment::at(moment.instant(), Zone::utc()),
            false => moment,
        };
        let mut time = time(told.wall(), Some(told.zone()));
        if let Some(offset) = unclear(moment) {
            time["dateTime"] = json!(format!("{}{offset}", local(moment.wall())));
        }
        time
    };
    let (start, end) = match span {
        Span::AllDay(days) if defect!("whole days end a day early") => {
            (day(days.start()), day(days.end().yesterday().unwrap_or(days.start())))
        }
        Span::AllDay(days) => (day(days.start()), day(days.end())),
        Span::Timed(timed) => (moment(timed.start()), moment(timed.end())),
        // The lens tells floating times in the link's zone, so there are none here; Google would take the calendar's.
        Span::Floating(floating) => (time(floating.start(), None), time(floating.end(), None)),
    };
    into.insert("start".to_owned(), start);
    into.insert("end".to_owned(), end);
}

fn local(wall: DateTime) -> String {
    wall.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The offset that makes a wall time clear which happens twice, or never.
fn unclear(moment: &Moment) -> Option<String> {
    let offset = match moment.zone().rules().to_ambiguous_timestamp(moment.wall()).offset() {
        AmbiguousOffset::Unambiguous { .. } => return None,
        AmbiguousOffset::Fold { after, .. } if moment.is_later() => after,
        AmbiguousOffset::Fold { before, .. } | AmbiguousOffset::Gap { before, .. } => before,
    };
    rfc3339(offset)
}

fn rfc3339(offset: Offset) -> Option<String> {
    let seconds = offset.seconds();
    if seconds % 60 != 0 {
        return None;
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    Some(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60))
}

/// What Google calls an occurrence: the master's id with the original start, in UTC for times. `None` for a key that
/// does not fit the series.
pub(in crate::google) fn instance_id(
    series: &ExternalId,
    span: &Span,
    key: OccurrenceKey,
) -> Option<ExternalId> {
    let suffix = match (span, key) {
        (Span::AllDay(_), OccurrenceKey::Date(date)) => date.strftime("%Y%m%d").to_string(),
        (Span::Timed(timed), OccurrenceKey::Time(wall)) => {
            let instant = Moment::new(wall, timed.start().zone().clone()).instant();
            Zone::utc().wall(instant).strftime("%Y%m%dT%H%M%SZ").to_string()
        }
        _ => return None,
    };
    Some(ExternalId(format!("{series}_{suffix}")))
}

/// The series and the original start that an instance's id tells (trap 8). `None`: not the id of an instance.
pub(in crate::google) fn parts_of_id(id: &str) -> Option<(ExternalId, PartStart)> {
    let (series, suffix) = id.rsplit_once('_')?;
    if series.is_empty() {
        return None;
    }
    let (suffix, utc) = suffix.strip_suffix('Z').map_or((suffix, false), |suffix| (suffix, true));
    let start = match (suffix.parse().ok()?, utc) {
        (OccurrenceKey::Date(date), false) => PartStart::Key(OccurrenceKey::Date(date)),
        (OccurrenceKey::Time(wall), true) => PartStart::Instant(Moment::new(wall, Zone::utc()).instant()),
        _ => return None,
    };
    Some((ExternalId(series.to_owned()), start))
}

/// The original start that an exception tells by itself.
pub(super) fn original_start(time: &EventDateTime) -> Option<PartStart> {
    if let Some(text) = &time.date {
        return date(text).ok().map(|date| PartStart::Key(OccurrenceKey::Date(date)));
    }
    let utc = Zone::utc();
    moment(time, Some(&utc)).ok().map(|moment| PartStart::Instant(moment.instant()))
}
