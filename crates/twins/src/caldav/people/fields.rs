//! The plain words of the control route, as lines of iCalendar.
//!
//! | field | is |
//! | --- | --- |
//! | `summary`, `description`, `location`, `url`, `status`, `class`, `transp`, `color`, `geo` | a text, or `null` to take it away |
//! | `start`, `end`, `due` | `2026-12-02` (all day, the end excluded), `2026-12-02T14:00:00` on the clock of `zone`, with `Z`, or as Google tells it: `{"dateTime", "timeZone"}`, `{"date"}` |
//! | | a new event without an end lasts an hour, or a day; one that is moved by its start lasts as long as before |
//! | `zone` | an IANA name, or `floating`; without it, that of the twin |
//! | `duration`, `rrule` | as iCalendar tells them |
//! | `rdate`, `exdate` | lists of times like `start` |
//! | `categories` | a list |
//! | `alarms` | a list of triggers, such as `-PT15M` |
//! | `organizer` | an address |
//! | `attendees` | addresses, or `{"email", "name", "partstat", "agent"}` |
//! | `properties` | raw values by name: `{"X-APPLE-TRAVEL-DURATION": "PT30M", "GEO": null}` |
//! | `lines` | raw lines that are added |

use concord_model::time::Span;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use super::{Fields, dtstamp};
use crate::caldav::PRODUCT;
use crate::caldav::state::State;
use crate::caldav::text::times::{When, span, stamp};
use crate::caldav::text::{Component, Line, escaped, rewrite};
use crate::control::Misunderstood;

/// A UID that nobody has.
pub(super) fn uid(state: &mut State) -> String {
    const HEX: &[u8] = b"0123456789ABCDEF";
    let parts = [8, 4, 4, 4, 12].map(|length| state.core.chance.text(HEX, length));
    parts.join("-")
}

/// A new object.
pub(super) fn fresh(state: &State, uid: &str, fields: &Fields) -> Result<Component, Misunderstood> {
    let mut entry = Component::new(fields.get("component").and_then(Value::as_str).unwrap_or("VEVENT"));
    entry.lines =
        vec![Line::new("UID", uid), dtstamp(state.core.now), Line::new("CREATED", &stamp(state.core.now))];
    entry.lines.push(Line::new("SEQUENCE", "0"));
    apply(&mut entry, fields, &state.settings.time_zone)?;
    if entry.name == "VEVENT" && entry.line("DTSTART").is_none() {
        return Err("\"start\" is missing".to_owned());
    }
    let mut calendar = Component::new("VCALENDAR");
    calendar.lines = vec![Line::new("VERSION", "2.0"), Line::new("PRODID", PRODUCT)];
    calendar.parts.push(entry);
    describe_zones(&mut calendar, state.core.now);
    Ok(calendar)
}

/// Adds the zones that are named.
pub(super) fn describe_zones(calendar: &mut Component, now: Timestamp) {
    rewrite::add_zones(calendar, now);
}

/// Notes that a revision was made; SEQUENCE counts up if its time is another.
pub(super) fn stamp_change(entry: &mut Component, before: Option<&Component>, now: Timestamp) {
    entry.set(dtstamp(now));
    entry.set(Line::new("LAST-MODIFIED", &stamp(now)));
    let moved = before.is_none_or(|before| {
        ["DTSTART", "DTEND", "DURATION", "RRULE"].iter().any(|name| before.line(name) != entry.line(name))
    });
    if moved {
        let sequence: u64 = entry.value("SEQUENCE").and_then(|value| value.trim().parse().ok()).unwrap_or(0);
        entry.set(Line::new("SEQUENCE", &(sequence + 1).to_string()));
    }
}

/// Writes fields onto an entry. Whoever moves the start alone means it to last as long as before.
pub(super) fn apply(entry: &mut Component, fields: &Fields, zone: &str) -> Result<(), Misunderstood> {
    let zone = fields.get("zone").and_then(Value::as_str).unwrap_or(zone);
    let before = span(entry);
    for (key, value) in fields {
        one(entry, key, value, zone)?;
    }
    let told = |key: &str| fields.contains_key(key);
    let by_start = told("start") && !told("end") && !told("duration") && entry.name == "VEVENT";
    let start =
        entry.line("DTSTART").and_then(When::of).filter(|_| by_start && entry.line("DURATION").is_none());
    if let Some(start) = start {
        let length = match (&start, before) {
            (When::Date(_), Some(Span::AllDay(days))) => days.start().until(days.end()).ok(),
            (When::Date(_), _) => Some(1.day()),
            (_, Some(before)) if !before.is_all_day() => jiff::Span::try_from(before.duration()).ok(),
            _ => Some(1.hour()),
        };
        let end = length.and_then(|length| start.plus(length));
        end.into_iter().for_each(|end| entry.set(end.line("DTEND")));
    }
    Ok(())
}

fn one(entry: &mut Component, key: &str, value: &Value, zone: &str) -> Result<(), Misunderstood> {
    let text = || value.as_str().ok_or_else(|| format!("\"{key}\" is a text"));
    match key {
        "summary" | "description" | "location" | "status" | "class" | "transp" | "color" => {
            let name = key.to_ascii_uppercase();
            match value {
                Value::Null => entry.remove(&name),
                _ => entry.set(Line::new(&name, &escaped(text()?))),
            }
        }
        "url" | "geo" | "duration" | "rrule" | "completed" => {
            let name = key.to_ascii_uppercase();
            match value {
                Value::Null => entry.remove(&name),
                _ => {
                    if key == "duration" {
                        entry.remove("DTEND");
                    }
                    entry.set(Line::new(&name, text()?));
                }
            }
        }
        "start" => entry.set(time(key, value, zone)?.line("DTSTART")),
        "end" if value.is_null() => entry.remove("DTEND"),
        "end" => {
            entry.remove("DURATION");
            entry.set(time(key, value, zone)?.line("DTEND"));
        }
        "due" => entry.set(time(key, value, zone)?.line("DUE")),
        "rdate" | "exdate" => {
            let name = key.to_ascii_uppercase();
            entry.remove(&name);
            for one in value.as_array().into_iter().flatten() {
                entry.lines.push(time(key, one, zone)?.line(&name));
            }
        }
        "categories" => {
            entry.remove("CATEGORIES");
            let all: Vec<String> =
                value.as_array().into_iter().flatten().filter_map(Value::as_str).map(escaped).collect();
            if !all.is_empty() {
                entry.lines.push(Line::new("CATEGORIES", &all.join(",")));
            }
        }
        "alarms" => {
            entry.parts.retain(|part| part.name != "VALARM");
            for trigger in value.as_array().into_iter().flatten().filter_map(Value::as_str) {
                let mut alarm = Component::new("VALARM");
                alarm.lines = vec![
                    Line::new("ACTION", "DISPLAY"),
                    Line::new("DESCRIPTION", "Reminder"),
                    Line::new("TRIGGER", trigger),
                ];
                entry.parts.push(alarm);
            }
        }
        "organizer" if value.is_null() => entry.remove("ORGANIZER"),
        "organizer" => entry.set(Line::new("ORGANIZER", &format!("mailto:{}", text()?))),
        "attendees" => attendees(entry, value)?,
        "properties" => {
            let all = value.as_object().ok_or("\"properties\" is an object")?;
            for (name, value) in all {
                entry.remove(name);
                let values = match value {
                    Value::Array(values) => values.clone(),
                    Value::Null => Vec::new(),
                    one => vec![one.clone()],
                };
                entry
                    .lines
                    .extend(values.iter().filter_map(Value::as_str).map(|value| Line::new(name, value)));
            }
        }
        "lines" => {
            let all = value.as_array().ok_or("\"lines\" is a list")?;
            entry.lines.extend(all.iter().filter_map(Value::as_str).map(Line::raw));
        }
        "zone" | "uid" | "component" | "ics" => {}
        _ => return Err(format!("\"{key}\" is not a field; raw lines go into \"properties\" or \"lines\"")),
    }
    Ok(())
}

/// Guests; the answer of one who was there stays.
fn attendees(entry: &mut Component, value: &Value) -> Result<(), Misunderstood> {
    let before: Vec<Line> = entry.all("ATTENDEE").cloned().collect();
    entry.remove("ATTENDEE");
    for one in value.as_array().ok_or("\"attendees\" is a list")? {
        let word = |key: &str| one.get(key).and_then(Value::as_str);
        let email = one.as_str().or_else(|| word("email")).ok_or("an attendee has an \"email\"")?;
        let address = format!("mailto:{email}");
        let known = before.iter().find(|line| line.value().eq_ignore_ascii_case(&address)).cloned();
        let fresh = || Line::raw(format!("ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:{address}"));
        let mut line = known.unwrap_or_else(fresh);
        for (key, param) in
            [("name", "CN"), ("partstat", "PARTSTAT"), ("agent", "SCHEDULE-AGENT"), ("role", "ROLE")]
        {
            if let Some(value) = word(key) {
                line = line.with_param(param, Some(value));
            }
        }
        entry.lines.push(line);
    }
    Ok(())
}

/// What an object says under a key; `null` is nothing.
fn said<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|value| !value.is_null())
}

/// A time in any of the forms that are taken.
fn time(key: &str, value: &Value, zone: &str) -> Result<When, Misunderstood> {
    let wrong = || format!("\"{key}\" is a time such as 2026-12-02T14:00:00, with Z, or a date");
    let (text, zone) = match value {
        Value::String(text) => (text.as_str(), zone),
        value => match (said(value, "date"), said(value, "dateTime"), said(value, "timeZone")) {
            (Some(date), _, _) => (date.as_str().ok_or_else(wrong)?, zone),
            (None, Some(time), named) => {
                (time.as_str().ok_or_else(wrong)?, named.and_then(Value::as_str).unwrap_or(zone))
            }
            _ => return Err(wrong()),
        },
    };
    let plain: String = text.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let zone = Some(zone).filter(|zone| *zone != "floating");
    if let Some(when) = When::read(&plain, zone) {
        return Ok(when);
    }
    // With an offset: that instant, told on the clock of the zone.
    let at: Timestamp = text.parse().map_err(|_| wrong())?;
    let zone = concord_model::time::Zone::new(zone.unwrap_or("UTC")).map_err(|error| error.to_string())?;
    Ok(When::Zoned(concord_model::time::Moment::at(at, zone)))
}
