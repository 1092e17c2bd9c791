//! "This and following", as Google's own screen does it: the old series ends before, a new one begins.
//!
//! The new series gets the identifier `{old}_R{start}` and keeps everything of the old, private properties and
//! `created` included, so that two series claim one origin.

use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use super::entry::Entry;
use super::guests;
use super::master;
use super::series::{Series, Start, split_id};
use super::spot::locate;
use super::times::{self, When};
use super::write::{self, How, Options, merge};
use crate::google::Fields;
use crate::google::answers::Refused;
use crate::google::calls::Caller;
use crate::google::state::State;

/// Splits a series at one of its occurrences and gives the second part other fields.
pub(in crate::google) fn split(
    state: &mut State,
    caller: &Caller,
    calendar: &str,
    id: &str,
    fields: Fields,
    options: &Options,
) -> Result<Value, Refused> {
    if locate(state, calendar, id)?.is_orphan(&state.calendars[calendar]) {
        return Err(Refused::not_found());
    }
    let (old, start) =
        split_id(id).ok_or_else(|| Refused::invalid("The id is not that of an occurrence."))?;
    let held = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    let entry = held.events.get(old).cloned().ok_or_else(Refused::not_found)?;
    let series = Series::of(&entry.body).ok_or_else(Refused::not_found)?;
    let kept = (When::kept(entry.body.get("start")), When::kept(entry.body.get("end")));
    let (Some(first), Some(end)) = kept else { return Err(Refused::not_found()) };
    if Start::of(&first) == start {
        // From the first on is all of it.
        return write::change(state, caller, calendar, old, fields, How::Patch, options);
    }
    let far = "2099-12-31T23:59:59Z".parse().unwrap_or(Timestamp::MAX);
    let starts = series.starts((Timestamp::MIN, far), held.zone(), usize::MAX);
    let before = starts.iter().filter(|one| **one < start).count();
    let lines: Vec<String> = entry.body["recurrence"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|line| line.as_str().map(ToOwned::to_owned))
        .collect();

    let mut cut = entry.clone();
    let ended: Vec<String> = lines.iter().map(|line| ending(line, start)).collect();
    cut.body.insert("recurrence".into(), json!(ended));
    (cut.etag, cut.updated) = (state.next_etag(), state.core.now);

    let mut body = entry.body.clone();
    let going_on: Vec<String> = lines.iter().map(|line| continuing(line, before)).collect();
    let begins = start.when(&first);
    let length = times::length(&first, &end).ok_or_else(Refused::not_found)?;
    body.insert("start".into(), begins.keep());
    body.insert("end".into(), begins.plus(length).keep());
    body.insert("recurrence".into(), json!(going_on));
    let root = old.split("_R").next().unwrap_or(old);
    let suffix = match start {
        Start::Date(date) => date.strftime("%Y%m%d").to_string(),
        Start::Time(at) => at.strftime("%Y%m%dT%H%M%S").to_string(),
    };
    let mut new = format!("{root}_R{suffix}");
    if state.calendars[calendar].events.get(&new).is_some() {
        // It was split there before, and mended.
        new = state.new_event_id();
    }
    body.insert("iCalUID".into(), json!(format!("{new}@google.com")));
    merge(&mut body, fields);
    body.remove("reminders");
    let zone = state.calendars[calendar].zone().to_owned();
    let body = super::check::accept(body, &zone, &state.quirks)?;

    let old = old.to_owned();
    let uncut = entry.body.clone();
    master::put(state, calendar, &old, cut, "split", &caller.by);
    guests::spread(state, calendar, &old, Some(&uncut), options, &caller.by);
    let etag = state.next_etag();
    let fresh = Entry { personal: entry.personal, ..Entry::whole(body, etag, state.core.now) };
    state.put_event(calendar, &new, fresh, "split", &caller.by);
    guests::spread(state, calendar, &new, None, options, &caller.by);
    write::shown(state, caller, calendar, &new, options)
}

/// A rule that ends just before an occurrence.
fn ending(line: &str, start: Start) -> String {
    let Some(rule) = line.strip_prefix("RRULE:") else { return line.to_owned() };
    let until = match start {
        Start::Date(date) => date.checked_sub(1.day()).unwrap_or(date).strftime("%Y%m%d").to_string(),
        Start::Time(at) => {
            let before = at.checked_sub(SignedDuration::from_secs(1)).unwrap_or(at);
            before.strftime("%Y%m%dT%H%M%SZ").to_string()
        }
    };
    let kept = rule.split(';').filter(|part| !part.starts_with("COUNT=") && !part.starts_with("UNTIL="));
    let parts: Vec<&str> = kept.collect();
    format!("RRULE:{};UNTIL={until}", parts.join(";"))
}

/// A rule that goes on after so many occurrences.
fn continuing(line: &str, before: usize) -> String {
    let Some(rule) = line.strip_prefix("RRULE:") else { return line.to_owned() };
    let parts: Vec<String> = rule
        .split(';')
        .map(|part| match part.strip_prefix("COUNT=").and_then(|count| count.parse::<usize>().ok()) {
            Some(count) => format!("COUNT={}", count.saturating_sub(before).max(1)),
            None => part.to_owned(),
        })
        .collect();
    format!("RRULE:{}", parts.join(";"))
}
