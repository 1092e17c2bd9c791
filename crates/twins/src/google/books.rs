//! Free/busy, colours and settings.

use http::Method;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::answers::Refused;
use super::calls::{Answer, Caller, Outcome, object};
use super::channels::{self, Watched};
use super::events::entry::{effective, text};
use super::events::series::Series;
use super::events::times::{self, When, bound, told};
use super::scopes::Power;
use super::state::{Calendar, State};
use crate::message::Call;

/// The background colours of calendars, by number from 1.
pub(super) const COLORS: [&str; 24] = [
    "#ac725e", "#d06b64", "#f83a22", "#fa573c", "#ff7537", "#ffad46", "#42d692", "#16a765", "#7bd148",
    "#b3dc6c", "#fbe983", "#fad165", "#92e1c0", "#9fe1e7", "#9fc6e7", "#4986e7", "#9a9cff", "#b99aff",
    "#c2c2c2", "#cabdbf", "#cca6ac", "#f691b2", "#cd74e6", "#a47ae2",
];

/// The background colours of events, by number from 1.
const EVENT_COLORS: [&str; 11] = [
    "#a4bdfc", "#7ae7bf", "#dbadff", "#ff887c", "#fbd75b", "#ffb878", "#46d6db", "#e1e1e1", "#5484ed",
    "#51b749", "#dc2127",
];

/// `colors.get`.
pub(super) fn colors(caller: &Caller) -> Outcome {
    caller.may(Power::Colors)?;
    let numbered = |colors: &[&str]| -> Map<String, Value> {
        let one = |(n, background): (usize, &&str)| {
            ((n + 1).to_string(), json!({"background": background, "foreground": "#1d1d1d"}))
        };
        colors.iter().enumerate().map(one).collect()
    };
    Ok(Answer::Json(json!({
        "kind": "calendar#colors",
        "updated": "2012-02-14T00:00:00.000Z",
        "calendar": numbered(&COLORS),
        "event": numbered(&EVENT_COLORS),
    })))
}

/// `settings`.
pub(super) fn settings(state: &mut State, caller: &Caller, call: &Call, rest: &[&str]) -> Outcome {
    caller.may(Power::Settings)?;
    let zone = state.users.get(&caller.user).map(|user| user.time_zone.clone()).unwrap_or_default();
    let all = [
        ("autoAddHangouts", "false"),
        ("dateFieldOrder", "DMY"),
        ("defaultEventLength", "60"),
        ("format24HourTime", "true"),
        ("hideInvitations", "false"),
        ("hideWeekends", "false"),
        ("locale", "en"),
        ("showDeclinedEvents", "true"),
        ("timezone", zone.as_str()),
        ("useKeyboardShortcuts", "true"),
        ("weekStart", "1"),
    ];
    let show = |(id, value): &(&str, &str)| json!({"kind": "calendar#setting", "etag": "\"0\"", "id": id, "value": value});
    match (&call.method, rest) {
        (&Method::GET, []) => {
            // Nothing changes a setting here, so a delta is empty.
            let items: Vec<Value> = match call.param("syncToken") {
                Some(_) => Vec::new(),
                None => all.iter().map(show).collect(),
            };
            let token = times::stamp(Timestamp::UNIX_EPOCH);
            Ok(Answer::Json(
                json!({"kind": "calendar#settings", "etag": "\"p0\"", "items": items, "nextSyncToken": token}),
            ))
        }
        (&Method::GET, [id]) => all
            .iter()
            .find(|setting| setting.0 == *id)
            .map(|one| Answer::Json(show(one)))
            .ok_or_else(Refused::not_found),
        (&Method::POST, ["watch"]) => {
            channels::watch(state, caller, call, Watched::Settings(caller.user.clone()))
        }
        _ => Err(Refused::not_found()),
    }
}

/// `freebusy.query`.
pub(super) fn free_busy(state: &State, caller: &Caller, call: &Call) -> Outcome {
    caller.may(Power::FreeBusy)?;
    let fields = object(call)?;
    let time = |key: &'static str| {
        let text =
            text(&fields, key).ok_or_else(|| Refused::required(format!("Missing {key} parameter.")))?;
        bound(text).ok_or_else(|| Refused::of("badRequest"))
    };
    let (from, until) = (time("timeMin")?, time("timeMax")?);
    if from >= until {
        return Err(Refused::of("timeRangeEmpty"));
    }
    if until.duration_since(from) > jiff::SignedDuration::from_hours(24 * 93) {
        let words = "The requested time range is too long.";
        return Err(Refused::of("invalid").saying(words).about("timeMax"));
    }
    let zone = text(&fields, "timeZone").and_then(times::zone).unwrap_or(TimeZone::UTC);
    let asked = fields.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let most = fields.get("calendarExpansionMax").and_then(Value::as_u64).unwrap_or(50).min(50);
    if asked.len() as u64 > most {
        return Err(Refused::of("invalid").saying("Too many calendars requested."));
    }
    let mut calendars = Map::new();
    for id in asked.iter().filter_map(|item| item.get("id")?.as_str()) {
        let real = state.calendar_id(&caller.user, id);
        let held = state.calendars.get(&real).filter(|calendar| calendar.role(&caller.user).is_some());
        let answer = match held {
            None => json!({"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}),
            Some(calendar) => {
                let busy = busy(calendar, (from, until)).into_iter();
                let busy =
                    busy.map(|(from, until)| json!({"start": told(from, &zone), "end": told(until, &zone)}));
                json!({"busy": busy.collect::<Vec<_>>()})
            }
        };
        calendars.insert(id.to_owned(), answer);
    }
    Ok(Answer::Json(json!({
        "kind": "calendar#freeBusy",
        "timeMin": times::stamp(from),
        "timeMax": times::stamp(until),
        "calendars": calendars,
    })))
}

/// When a calendar is busy within a window, overlaps joined.
fn busy(calendar: &Calendar, (from, until): (Timestamp, Timestamp)) -> Vec<(Timestamp, Timestamp)> {
    let upto = calendar.events.last();
    let zone = times::zone(calendar.zone()).unwrap_or(TimeZone::UTC);
    let mut spans = Vec::new();
    for (id, entry) in calendar.events.all(upto) {
        let fields = effective(calendar, entry, upto);
        let declined = fields.get("attendees").and_then(Value::as_array).into_iter().flatten().any(|guest| {
            guest
                .get("email")
                .and_then(Value::as_str)
                .is_some_and(|email| email.eq_ignore_ascii_case(&calendar.id))
                && guest.get("responseStatus") == Some(&json!("declined"))
        });
        let free = text(&fields, "transparency") == Some("transparent");
        if declined || free || text(&fields, "status") == Some("cancelled") {
            continue;
        }
        let (Some(start), Some(end)) = (When::kept(fields.get("start")), When::kept(fields.get("end")))
        else {
            continue;
        };
        let length = end.instant(&zone).duration_since(start.instant(&zone));
        let starts = match Series::of(&fields) {
            None => vec![start.instant(&zone)],
            Some(series) => {
                let window = (from.checked_sub(length).unwrap_or(from), until);
                let changed = |id: &String| calendar.events.get(id).is_some();
                let all = series.starts(window, calendar.zone(), 10_000).into_iter();
                all.filter(|one| !changed(&super::events::series::occurrence_id(id, *one)))
                    .map(|one| one.when(&start).instant(&zone))
                    .collect()
            }
        };
        for start in starts {
            let end = start.checked_add(length).unwrap_or(start);
            if start < until && end > from {
                spans.push((start.max(from), end.min(until)));
            }
        }
    }
    spans.sort();
    let mut joined: Vec<(Timestamp, Timestamp)> = Vec::new();
    for (start, end) in spans {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}
