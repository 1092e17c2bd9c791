//! Objects and occurrences as the control routes show them.

use concord_model::time::{Moment, OccurrenceKey, Span, Zone};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::caldav::places::Place;
use crate::caldav::reports::viewer;
use crate::caldav::state::{Collection, Item, State};
use crate::caldav::text::times::{self, Series, key_of};
use crate::caldav::text::{Component, Line};
use crate::control::Misunderstood;

/// A whole object.
pub(in crate::caldav) fn object(state: &State, held: &Collection, name: &str, item: &Item) -> Value {
    let mut told = Map::new();
    let slug = state.users.get(&held.owner).and_then(|user| {
        user.mounts.iter().find(|(_, mount)| mount.collection == held.id).map(|(slug, _)| slug.clone())
    });
    let place = Place::Object(held.owner.clone(), slug.unwrap_or_default(), name.to_owned());
    for (key, value) in [
        ("id", json!(name)),
        ("calendar", json!(held.id)),
        ("href", json!(state.path(&place))),
        ("etag", json!(format!("\"{}\"", item.etag))),
        ("uid", json!(item.uid)),
        ("component", json!(item.component)),
        ("updated", json!(item.at.to_string())),
        ("ics", json!(item.text)),
    ] {
        told.insert(key.to_owned(), value);
    }
    let Ok(calendar) = Component::parse(item.text.as_deref().unwrap_or_default()) else { return told.into() };
    let Some(master) = calendar.master() else { return told.into() };
    told.extend(entry(master));
    let first = Series::of(&calendar).first().cloned();
    let exceptions: Vec<Value> = calendar
        .entries()
        .filter(|entry| entry.line("RECURRENCE-ID").is_some())
        .map(|one| {
            let line = one.line("RECURRENCE-ID");
            let key = line.zip(first.as_ref()).and_then(|(line, first)| key_of(line, first));
            let which = key.map(|key| key.to_string()).or_else(|| line.map(|line| line.value().to_owned()));
            let mut told = entry(one);
            told.insert("occurrence".to_owned(), json!(which));
            Value::Object(told)
        })
        .collect();
    if !exceptions.is_empty() {
        told.insert("overrides".to_owned(), json!(exceptions));
    }
    Value::Object(told)
}

/// What one entry says.
fn entry(entry: &Component) -> Map<String, Value> {
    let mut told = Map::new();
    for name in ["SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "CLASS", "TRANSP"] {
        if let Some(text) = entry.plain(name) {
            told.insert(name.to_ascii_lowercase(), json!(text));
        }
    }
    for name in ["RRULE", "URL", "ORGANIZER"] {
        if let Some(text) = entry.value(name) {
            told.insert(name.to_ascii_lowercase(), json!(text));
        }
    }
    if let Some(sequence) = entry.value("SEQUENCE").and_then(|value| value.trim().parse::<i64>().ok()) {
        told.insert("sequence".to_owned(), json!(sequence));
    }
    if let Some(span) = times::span(entry) {
        told.extend(ends(&span));
    }
    let own = entry.lines.iter().filter(|line| line.name().starts_with("X-"));
    let own: Map<String, Value> = own.map(|line| (line.name().to_owned(), json!(line.value()))).collect();
    if !own.is_empty() {
        told.insert("properties".to_owned(), own.into());
    }
    let removed: Vec<&str> = entry.all("EXDATE").map(Line::value).collect();
    if !removed.is_empty() {
        told.insert("exdate".to_owned(), json!(removed));
    }
    let guests: Vec<Value> = entry
        .all("ATTENDEE")
        .map(|line| {
            let email = line.value().trim();
            let email =
                email.get(7..).filter(|_| email.to_ascii_lowercase().starts_with("mailto:")).unwrap_or(email);
            json!({"email": email, "partstat": line.param("PARTSTAT").unwrap_or("NEEDS-ACTION")})
        })
        .collect();
    if !guests.is_empty() {
        told.insert("attendees".to_owned(), json!(guests));
    }
    told
}

/// `start` and `end`, as dates or as times with their zone; floating times have none.
fn ends(span: &Span) -> [(String, Value); 2] {
    let at = |moment: &Moment| {
        let zoned = moment.instant().to_zoned(moment.zone().rules().clone());
        json!({"dateTime": zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(), "timeZone": moment.zone().name()})
    };
    let (start, end) = match span {
        Span::Timed(timed) => (at(timed.start()), at(timed.end())),
        Span::Floating(times) => {
            let at = |wall: jiff::civil::DateTime| json!({"dateTime": wall.to_string(), "timeZone": null});
            (at(times.start()), at(times.end()))
        }
        Span::AllDay(days) => {
            (json!({"date": days.start().to_string()}), json!({"date": days.end().to_string()}))
        }
    };
    [("start".to_owned(), start), ("end".to_owned(), end)]
}

/// What takes place on a calendar within a window, in the order of the starts.
pub(super) fn occurrences(
    state: &State,
    held: &Collection,
    window: (Timestamp, Timestamp),
) -> Result<Vec<Value>, Misunderstood> {
    let viewer: Zone = viewer(state);
    let mut all = Vec::new();
    for (name, item) in held.living().filter(|(_, item)| item.component == "VEVENT") {
        let Ok(calendar) = Component::parse(item.text.as_deref().unwrap_or_default()) else { continue };
        let found =
            Series::of(&calendar).within(window, &viewer).ok_or("there is too much in that window")?;
        for one in found {
            let mut told = entry(one.entry);
            for key in ["rrule", "exdate", "sequence"] {
                told.remove(key);
            }
            told.extend(ends(&one.span));
            told.insert("id".to_owned(), json!(name));
            told.insert("uid".to_owned(), json!(item.uid));
            if let Some(key) = one.key {
                let key: OccurrenceKey = key;
                told.insert("occurrence".to_owned(), json!(key.to_string()));
            }
            all.push((one.span.start_instant(&viewer), Value::Object(told)));
        }
    }
    all.sort_by_key(|(at, _)| *at);
    Ok(all.into_iter().map(|(_, told)| told).collect())
}
