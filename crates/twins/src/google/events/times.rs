//! Start and end: dates and instants, as they are sent, kept and shown.
//!
//! What is kept is an instant in UTC with the zone's name beside it, or a date. What is shown is the same instant
//! with the offset of whoever asks; the zone's name stays.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

use crate::google::Quirks;
use crate::google::answers::Refused;

/// One end of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::google) enum When {
    Date(Date),
    Time { at: Timestamp, zone: String },
}

impl When {
    /// Reads `start` or `end` as a client wrote it. `zone` is the calendar's, for times that name none.
    pub(super) fn read(value: &Value, which: &str, zone: &str, quirks: &Quirks) -> Result<When, Refused> {
        let text = |key: &str| value.get(key).filter(|value| !value.is_null());
        let named = match text("timeZone") {
            None => None,
            Some(Value::String(name)) => Some(name.as_str()),
            Some(_) => {
                return Err(Refused::invalid(format!("Invalid time zone definition for {which} time.")));
            }
        };
        if let Some(name) = named
            && (quirks.unknown_zones.contains(name) || !is_zone(name))
        {
            return Err(Refused::invalid(format!("Invalid time zone definition for {which} time.")));
        }
        match (text("date"), text("dateTime")) {
            (Some(Value::String(date)), None) => match date.parse::<Date>() {
                Ok(parsed) if date.len() == 10 => Ok(When::Date(parsed)),
                _ => Err(bad_format(date)),
            },
            (None, Some(Value::String(time))) => {
                let zone = named.unwrap_or(zone);
                let at = instant(time, named).ok_or_else(|| match has_offset(time) {
                    false if named.is_none() && wall(time).is_some() => {
                        Refused::required(format!("Missing time zone definition for {which} time."))
                    }
                    _ => bad_format(time),
                })?;
                Ok(When::Time { at, zone: zone.to_owned() })
            }
            (None, None) => Err(Refused::required(format!("Missing {which} time."))),
            _ => Err(Refused::invalid(format!("Invalid {which} time."))),
        }
    }

    /// Reads what the twin itself kept.
    pub(in crate::google) fn kept(value: Option<&Value>) -> Option<When> {
        let value = value?;
        if let Some(date) = value.get("date").and_then(Value::as_str) {
            return date.parse().ok().map(When::Date);
        }
        let at = value.get("dateTime")?.as_str()?.parse().ok()?;
        let zone = value.get("timeZone").and_then(Value::as_str).unwrap_or("UTC").to_owned();
        Some(When::Time { at, zone })
    }

    /// The form that is kept.
    pub(super) fn keep(&self) -> Value {
        match self {
            When::Date(date) => json!({"date": date.to_string()}),
            When::Time { at, zone } => json!({"dateTime": at.to_string(), "timeZone": zone}),
        }
    }

    /// The instant; a date begins at midnight on the clock of `zone`.
    pub(in crate::google) fn instant(&self, zone: &TimeZone) -> Timestamp {
        match self {
            When::Time { at, .. } => *at,
            When::Date(date) => zone
                .to_ambiguous_timestamp(date.to_datetime(jiff::civil::Time::midnight()))
                .compatible()
                .unwrap_or(Timestamp::MAX),
        }
    }

    /// The same, so much later.
    pub(super) fn plus(&self, length: Length) -> When {
        match (self, length) {
            (When::Date(date), Length::Days(days)) => {
                When::Date(date.checked_add(Span::new().days(days)).unwrap_or(*date))
            }
            (When::Time { at, zone }, Length::Seconds(seconds)) => When::Time {
                at: at.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(*at),
                zone: zone.clone(),
            },
            _ => self.clone(),
        }
    }
}

/// How long an event takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Days(i32),
    Seconds(i64),
}

/// From one end to the other; `None` if they are of different kinds.
pub(super) fn length(start: &When, end: &When) -> Option<Length> {
    match (start, end) {
        (When::Date(start), When::Date(end)) => Some(Length::Days(start.until(*end).ok()?.get_days())),
        (When::Time { at: start, .. }, When::Time { at: end, .. }) => {
            Some(Length::Seconds(end.as_second() - start.as_second()))
        }
        _ => None,
    }
}

/// A kept start or end as it is shown on the clock of `zone`.
pub(in crate::google) fn show(value: &Value, zone: &TimeZone) -> Value {
    match When::kept(Some(value)) {
        Some(When::Time { at, zone: named }) => json!({"dateTime": told(at, zone), "timeZone": named}),
        _ => value.clone(),
    }
}

/// An instant with the offset of a zone.
pub(in crate::google) fn told(at: Timestamp, zone: &TimeZone) -> String {
    let there = at.to_zoned(zone.clone());
    match there.offset().seconds() {
        0 => there.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        _ => there.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    }
}

/// An instant to the millisecond, as `created` and `updated` have it.
pub(in crate::google) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A bound such as `timeMin`: an offset is needed, fractions are ignored.
pub(in crate::google) fn bound(text: &str) -> Option<Timestamp> {
    let at = has_offset(text).then(|| text.parse::<Timestamp>().ok())??;
    Timestamp::from_second(at.as_second()).ok()
}

/// The zone of that IANA name.
pub(in crate::google) fn zone(name: &str) -> Option<TimeZone> {
    is_zone(name).then(|| TimeZone::get(name).ok())?
}

fn is_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok_and(|zone| zone.iana_name().is_some())
}

fn bad_format(text: &str) -> Refused {
    Refused::invalid(format!("Invalid value for: Invalid format: \"{text}\""))
}

fn has_offset(text: &str) -> bool {
    let Some((_, time)) = text.split_once(['T', 't']) else { return false };
    !text.contains('[') && time.contains(['Z', 'z', '+', '-'])
}

fn wall(text: &str) -> Option<DateTime> {
    text.contains(['T', 't']).then(|| text.parse().ok())?
}

fn instant(text: &str, zone: Option<&str>) -> Option<Timestamp> {
    if !text.contains(['T', 't']) || text.contains('[') {
        return None;
    }
    let at = match has_offset(text) {
        true => text.parse::<Timestamp>().ok()?,
        false => TimeZone::get(zone?).ok()?.to_ambiguous_timestamp(wall(text)?).compatible().ok()?,
    };
    Timestamp::from_second(at.as_second()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sent: Value, expected: Result<Value, &str>) {
        let read = When::read(&sent, "start", "America/New_York", &Quirks::default());
        let kept = read.map(|when| when.keep()).map_err(|refused| refused.body());
        match expected {
            Ok(value) => assert_eq!(kept, Ok(value)),
            Err(words) => assert_eq!(kept.unwrap_err()["error"]["message"], words),
        }
    }

    #[test]
    fn a_time_is_kept_as_its_instant_with_its_zone() {
        let berlin = json!({"dateTime": "2026-11-20T08:00:00Z", "timeZone": "Europe/Berlin"});
        check(json!({"dateTime": "2026-11-20T09:00:00", "timeZone": "Europe/Berlin"}), Ok(berlin.clone()));
        check(json!({"dateTime": "2026-11-20T09:00:00.7+01:00", "timeZone": "Europe/Berlin"}), Ok(berlin));
        let calendars = json!({"dateTime": "2026-11-20T08:00:00Z", "timeZone": "America/New_York"});
        check(json!({"dateTime": "2026-11-20T08:00:00Z"}), Ok(calendars));
        check(json!({"date": "2026-11-20"}), Ok(json!({"date": "2026-11-20"})));
    }

    #[test]
    fn what_is_neither_date_nor_time_is_refused() {
        check(json!({}), Err("Missing start time."));
        check(json!({"date": "2026-11-20", "dateTime": "2026-11-20T08:00:00Z"}), Err("Invalid start time."));
        check(
            json!({"dateTime": "2026-11-20T08:00:00"}),
            Err("Missing time zone definition for start time."),
        );
        let words = "Invalid time zone definition for start time.";
        check(json!({"dateTime": "2026-11-20T08:00:00", "timeZone": "Mars/Base"}), Err(words));
        check(json!({"dateTime": "2026-11-20"}), Err("Invalid value for: Invalid format: \"2026-11-20\""));
        check(json!({"date": "20.11.2026"}), Err("Invalid value for: Invalid format: \"20.11.2026\""));
    }

    #[test]
    fn the_offset_follows_the_viewer_and_the_zone_stays() {
        let kept = json!({"dateTime": "2026-07-01T08:00:00Z", "timeZone": "Europe/Berlin"});
        let shown = show(&kept, &TimeZone::get("America/New_York").unwrap());
        assert_eq!(shown, json!({"dateTime": "2026-07-01T04:00:00-04:00", "timeZone": "Europe/Berlin"}));
        assert_eq!(show(&kept, &TimeZone::UTC)["dateTime"], "2026-07-01T08:00:00Z");
    }
}
