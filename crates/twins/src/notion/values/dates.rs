//! Dates: with and without time, with an offset or a zone on the way in, with an offset alone on the way out.
//!
//! The name of the zone is lost. The end of a range of days is its last day.

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::{DateTimeParser, Pieces};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};

use crate::notion::answers::Refused;
use crate::notion::state::State;

/// One end of a date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::notion) enum When {
    Day(Date),
    Moment(Timestamp, Offset),
}

impl When {
    /// What a text says. A time without an offset is on the clock of the zone, or else in UTC.
    pub(in crate::notion) fn read(text: &str, zone: Option<&TimeZone>) -> Option<When> {
        let pieces = Pieces::parse(text).ok()?;
        if pieces.time_zone_annotation().is_some() {
            return None;
        }
        if pieces.time().is_none() {
            // A week, a month or a number is no day.
            return (text.len() >= 10 && pieces.offset().is_none()).then(|| When::Day(pieces.date()));
        }
        static PARSER: DateTimeParser = DateTimeParser::new();
        if pieces.offset().is_some() {
            let moment = PARSER.parse_timestamp(text).ok()?;
            return Some(When::Moment(moment, pieces.to_numeric_offset().unwrap_or(Offset::UTC)));
        }
        let civil: DateTime = PARSER.parse_datetime(text).ok()?;
        let zoned: Zoned = civil.to_zoned(zone.cloned().unwrap_or(TimeZone::UTC)).ok()?;
        Some(When::Moment(zoned.timestamp(), zoned.offset()))
    }

    /// Whether the text has an offset of its own.
    fn has_offset(text: &str) -> bool {
        Pieces::parse(text).is_ok_and(|pieces| pieces.offset().is_some())
    }

    /// The day that it is on, in UTC.
    pub(in crate::notion) fn day(self) -> Date {
        match self {
            When::Day(day) => day,
            When::Moment(at, _) => Offset::UTC.to_datetime(at).date(),
        }
    }

    /// The instant; a day begins in UTC.
    pub(in crate::notion) fn instant(self) -> Timestamp {
        match self {
            When::Moment(at, _) => at,
            When::Day(day) => {
                let midnight = day.at(0, 0, 0, 0);
                Offset::UTC.to_timestamp(midnight).unwrap_or(Timestamp::UNIX_EPOCH)
            }
        }
    }

    fn told(self) -> String {
        match self {
            When::Day(day) => day.to_string(),
            When::Moment(at, offset) => {
                let local = offset.to_datetime(at);
                let seconds = offset.seconds();
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.abs() / 60;
                let time = local.strftime("%Y-%m-%dT%H:%M:%S.000");
                format!("{time}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }

    fn same_kind(self, other: When) -> bool {
        matches!((self, other), (When::Day(_), When::Day(_)) | (When::Moment(..), When::Moment(..)))
    }
}

/// What is kept of a date that was written.
pub(in crate::notion) fn taken(state: &State, value: &Value, path: &str) -> Result<Value, Refused> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let fields = value.as_object().ok_or_else(|| Refused::field(path, "an object or `null`", value))?;
    let text = |key: &str| match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(other) => {
            Err(Refused::field(&format!("{path}.{key}"), "a string, `null`, or `undefined`", other))
        }
    };
    let zone = match text("time_zone")? {
        None => None,
        Some(name) => Some(TimeZone::get(name).map_err(|_| {
            Refused::field(&format!("{path}.time_zone"), "a valid time zone", format!("\"{name}\""))
        })?),
    };
    let end = |key: &str, text: &str| {
        let wrong = || {
            Refused::field(&format!("{path}.{key}"), "a valid ISO 8601 date string", format!("\"{text}\""))
        };
        let when = When::read(text, zone.as_ref()).ok_or_else(wrong)?;
        match when {
            When::Day(_) if zone.is_some() => {
                Err(Refused::validation(format!("{path}.{key} has no time, so `time_zone` cannot be given.")))
            }
            When::Moment(..) if zone.is_some() && When::has_offset(text) => Err(Refused::validation(
                format!("{path}.{key} has a UTC offset, so `time_zone` cannot be given as well."),
            )),
            When::Moment(at, offset) if !state.quirks.keeps_seconds => {
                Ok(When::Moment(crate::notion::state::minute(at), offset))
            }
            when => Ok(when),
        }
    };
    let begin =
        text("start")?.ok_or_else(|| Refused::field(&format!("{path}.start"), "a string", "undefined"))?;
    let start = end("start", begin)?;
    let until = text("end")?.map(|text| end("end", text)).transpose()?;
    if let Some(until) = until {
        if !start.same_kind(until) {
            let words = "Both start and end must have a time, or neither.";
            return Err(Refused::validation(format!("{path}: {words}")));
        }
        if until.instant() < start.instant() {
            return Err(Refused::validation(format!("{path}.end must not be before {path}.start.")));
        }
    }
    Ok(json!({"start": start.told(), "end": until.map(When::told)}))
}

/// A date as it is read.
pub(in crate::notion) fn shown(kept: &Value) -> Value {
    match kept.get("start") {
        None => Value::Null,
        Some(start) => json!({"start": start, "end": kept["end"], "time_zone": null}),
    }
}

/// The beginning of a date that is kept.
pub(in crate::notion) fn start(kept: &Value) -> Option<When> {
    When::read(kept.get("start")?.as_str()?, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn told(text: &str, zone: Option<&str>, expected: Option<&str>) {
        let zone = zone.map(|name| TimeZone::get(name).unwrap());
        assert_eq!(When::read(text, zone.as_ref()).map(When::told).as_deref(), expected);
    }

    #[test]
    fn times_keep_their_offset_and_lose_their_zone() {
        told("2026-11-21", None, Some("2026-11-21"));
        told("2026-11-21T10:00:00", None, Some("2026-11-21T10:00:00.000+00:00"));
        told("2026-11-21T10:00:00Z", None, Some("2026-11-21T10:00:00.000+00:00"));
        told("2026-11-21T10:00:00.000-05:30", None, Some("2026-11-21T10:00:00.000-05:30"));
        told("2026-07-21T10:00:00", Some("Europe/Berlin"), Some("2026-07-21T10:00:00.000+02:00"));
        told("2026-11-21T10:00", Some("Europe/Berlin"), Some("2026-11-21T10:00:00.000+01:00"));
        told("tomorrow", None, None);
        told("2026-11", None, None);
        told("2026-11-21T10:00:00+01:00[Europe/Berlin]", None, None);
    }
}
