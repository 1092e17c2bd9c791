//! Dates, times and zones as Graph writes and reads them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::item::{Item, Occurrence, Rule, Times};
use super::pattern::{End, Pattern};
use crate::microsoft::Fields;
use crate::microsoft::answers::Refused;
use crate::microsoft::prefer::Prefer;
use crate::microsoft::state::State;
use crate::microsoft::zones;

/// A time on somebody's clock.
struct Moment {
    wall: DateTime,
    zone: String,
    tz: TimeZone,
}

impl Moment {
    fn of(state: &State, value: &Value, name: &str) -> Result<Moment, Refused> {
        let wrong = || Refused::property(name, "The value is not a date and time.");
        let text = value.get("dateTime").and_then(Value::as_str).ok_or_else(wrong)?;
        let zone =
            value.get("timeZone").and_then(Value::as_str).filter(|zone| !zone.is_empty()).unwrap_or("UTC");
        let tz = zones::zone(state, zone)?;
        let wall = match text.parse::<Timestamp>() {
            // An offset says which instant is meant, whatever the zone.
            Ok(instant) => instant.to_zoned(tz.clone()).datetime(),
            Err(_) => text.parse().map_err(|_| wrong())?,
        };
        Ok(Moment { wall, zone: zone.to_owned(), tz })
    }

    fn instant(&self) -> Result<Timestamp, Refused> {
        let at = self.wall.to_zoned(self.tz.clone());
        at.map(|at| at.timestamp()).map_err(|_| Refused::property("Start", "The time is out of range."))
    }

    fn is_midnight(&self) -> bool {
        self.wall.time() == jiff::civil::Time::midnight()
    }
}

/// When a single event is, of what was sent for it.
pub(super) fn single(state: &State, start: &Value, end: &Value, all_day: bool) -> Result<Times, Refused> {
    let (start, end) = (Moment::of(state, start, "Start")?, Moment::of(state, end, "End")?);
    if all_day {
        if !start.is_midnight() || !end.is_midnight() {
            let which = if start.is_midnight() { "End" } else { "Start" };
            let words =
                format!("The Event.{which} property for an all-day event needs to be set to midnight.");
            return Err(Refused::invalid(words));
        }
        if start.zone != end.zone {
            let words = "The Event.Start and Event.End of an all-day event must be in the same time zone.";
            return Err(Refused::invalid(words));
        }
        if end.wall.date() <= start.wall.date() {
            return Err(Refused::invalid("The duration of an all-day event must be at least 24 hours."));
        }
        return Ok(Times::whole(start.wall.date(), end.wall.date(), &start.zone));
    }
    let (from, until) = (start.instant()?, end.instant()?);
    if until < from {
        return Err(Refused::invalid("The Event.End must not be before Event.Start."));
    }
    Ok(Times { start: from, end: until, start_zone: start.zone, end_zone: end.zone, days: None })
}

/// How a series repeats, of what was sent for it; `times` are those of the event that repeats.
pub(super) fn rule(state: &State, recurrence: &Value, times: &Times) -> Result<Rule, Refused> {
    let wrong = |name: &str| Refused::property(&format!("Recurrence.{name}"), "The value is not valid.");
    let pattern = Pattern::of(recurrence.get("pattern").ok_or_else(|| wrong("Pattern"))?)?;
    let range = recurrence.get("range").and_then(Value::as_object).ok_or_else(|| wrong("Range"))?;
    let zone = range.get("recurrenceTimeZone").and_then(Value::as_str).filter(|zone| !zone.is_empty());
    let zone = zone.unwrap_or(&times.start_zone).to_owned();
    let tz = zones::zone(state, &zone)?;
    let start = range.get("startDate").and_then(Value::as_str).and_then(|day| day.parse::<Date>().ok());
    let start = start.ok_or_else(|| wrong("Range.StartDate"))?;
    let end = End::of(range, start)?;
    let (time, length_days) = match times.days {
        Some((from, until)) => (None, from.until(until).map(|span| span.get_days()).unwrap_or(1)),
        None => (Some(times.start.to_zoned(tz).time()), 0),
    };
    let length = times.end.duration_since(times.start);
    let mut rule = Rule { pattern, start, end, zone, time, length, length_days };
    // A first day that does not fit the pattern is none: the series begins with the next that does.
    rule.start = rule.first().ok_or_else(|| wrong("Range.EndDate"))?;
    Ok(rule)
}

/// The same rule under other times of its first occurrence.
pub(super) fn moved(rule: &Rule, times: &Times) -> Rule {
    let (day, time, length_days) = match times.days {
        Some((from, until)) => (from, None, from.until(until).map(|span| span.get_days()).unwrap_or(1)),
        None => {
            let at = times.start.to_zoned(zones::known(&rule.zone));
            (at.date(), Some(at.time()), 0)
        }
    };
    let mut moved =
        Rule { start: day, time, length: times.end.duration_since(times.start), length_days, ..rule.clone() };
    if let End::On(last) = moved.end
        && last < day
    {
        moved.end = End::On(day);
    }
    moved.start = moved.first().unwrap_or(day);
    moved
}

/// A recurrence as it is answered.
pub(super) fn shown_rule(state: &State, rule: &Rule) -> Value {
    let (kind, end, count) = rule.end.shown();
    let zone = if state.quirks.series.empty_zone { "" } else { rule.zone.as_str() };
    json!({
        "pattern": rule.pattern.shown(),
        "range": {
            "type": kind,
            "startDate": rule.start.to_string(),
            "endDate": end,
            "recurrenceTimeZone": zone,
            "numberOfOccurrences": count,
        },
    })
}

/// `start` and `end` as they are answered. Whole days are never shifted.
pub(super) fn shown(times: &Times, prefer: &Prefer) -> (Value, Value) {
    let (name, tz) = match &prefer.zone {
        Some((name, tz)) => (name.as_str(), tz.clone()),
        None => ("UTC", TimeZone::UTC),
    };
    let at = |instant: Timestamp, day: Option<Date>| {
        let wall = day.map_or_else(|| instant.to_zoned(tz.clone()).datetime(), |day| day.at(0, 0, 0, 0));
        json!({"dateTime": long(wall), "timeZone": name})
    };
    (at(times.start, times.days.map(|days| days.0)), at(times.end, times.days.map(|days| days.1)))
}

/// The original start of an occurrence. Of whole days it is midnight of the zone of the series.
pub(super) fn original_start(item: &Item, occurrence: &Occurrence) -> String {
    let Some(rule) = &item.rule else { return String::new() };
    let instant = match rule.time {
        Some(_) => rule.on(occurrence.day).start,
        None => {
            let midnight = occurrence.day.to_zoned(zones::known(&rule.zone));
            midnight.map(|at| at.timestamp()).unwrap_or_default()
        }
    };
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time with its seven digits.
fn long(wall: DateTime) -> String {
    format!("{}.{:07}", wall.strftime("%Y-%m-%dT%H:%M:%S"), wall.subsec_nanosecond() / 100)
}

/// An instant as Graph tells when something was made.
pub(super) fn stamp(at: Timestamp) -> String {
    let wall = at.to_zoned(TimeZone::UTC).datetime();
    format!("{}Z", long(wall))
}

/// A bound of a view: an instant, or a time of UTC.
pub(in crate::microsoft) fn bound(text: &str) -> Option<Timestamp> {
    // A plus that came unescaped is a space.
    let text = text.trim().replace(' ', "+");
    text.parse().ok().or_else(|| {
        let wall: DateTime = text.parse().ok()?;
        Some(wall.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

/// The window of a view.
pub(in crate::microsoft) fn window(
    state: &State,
    start: Option<String>,
    end: Option<String>,
) -> Result<(Timestamp, Timestamp), Refused> {
    let of = |text: Option<String>, name: &str| {
        text.as_deref().and_then(bound).ok_or_else(|| {
            Refused::of("ErrorInvalidParameter").saying(format!(
                "This request requires a time window specified by the query string parameters StartDateTime and \
                 EndDateTime. {name} is missing or not a date and time."
            ))
        })
    };
    let (from, until) = (of(start, "StartDateTime")?, of(end, "EndDateTime")?);
    if until < from {
        return Err(Refused::of("ErrorInvalidParameter").saying("The end of the view is before its start."));
    }
    let longest = SignedDuration::from_hours(24 * state.quirks.lists.longest_view_days);
    if until.duration_since(from) > longest {
        return Err(Refused::of("ErrorCalendarViewRangeTooBig"));
    }
    Ok((from, until))
}

/// Whether a field says so.
pub(super) fn says(fields: &Fields, key: &str) -> bool {
    fields.get(key).is_some_and(|value| value == true)
}
