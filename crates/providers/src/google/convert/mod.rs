//! Between Google's events and our views, field by field.
//!
//! Reading: a missing key is the default (trap 18), text comes into normal form, and what cannot be understood
//! becomes an oddity of that one item. Writing: a new event names only what is not the default, a change names only
//! what differs, with null for what is cleared. Nothing else is ever sent, so what Concord does not know survives.

mod fields;
pub(super) mod time;

use std::collections::BTreeMap;

use concord_model::observed::{Hold, Item, Part, PartStart, State};
use concord_model::recurrence::Recurrence;
use concord_model::view::Override;
use concord_model::{
    CalendarId, Etag, ExternalId, Field, FieldSet, Mark, OccurrenceKey, Span, View, Zone, text,
};
use concord_points::defect;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

pub(super) use fields::{guests, put, removed};

use super::calls::UID;
use super::wire;
use crate::page;
use crate::provider::Calendar;

/// Under which key of an event's private properties our mark is kept.
const MARK: &str = "concord";
/// Longer values are cut by Google without a word.
const PROPERTY_LIMIT: usize = 1024;

/// A calendar of the account; `None` for one that is gone or that its person keeps out of sight.
pub(super) fn calendar(entry: &wire::CalendarListEntry) -> Option<Calendar> {
    // Hidden from the list but selected, it is still shown among the events.
    let out_of_sight = entry.hidden == Some(true) && entry.selected != Some(true);
    if entry.deleted == Some(true) || out_of_sight || entry.id.is_empty() {
        return None;
    }
    let name = [&entry.summary_override, &entry.summary].into_iter().flatten().next().unwrap_or(&entry.id);
    Some(Calendar {
        id: CalendarId(entry.id.clone()),
        name: text::line(name),
        zone: entry.time_zone.as_deref().and_then(|name| time::zone(name).ok()),
        writable: matches!(
            entry.access_role.as_deref(),
            Some("owner" | "writer" | "writerWithoutPrivateAccess")
        ),
        primary: entry.primary == Some(true),
    })
}

/// The circumstances in which something was seen.
#[derive(Clone)]
pub(super) struct Seen {
    /// When, by our clock.
    pub(super) now: Timestamp,
    /// By how much our clock was ahead of Google's.
    pub(super) ahead: SignedDuration,
    /// The calendar's own zone, if it was told.
    pub(super) zone: Option<Zone>,
    /// Whether the calendar as a whole may only be read.
    pub(super) read_only: bool,
}

/// An event as an item.
pub(super) fn item(event: &wire::Event, seen: &Seen) -> Item {
    let part = part(event);
    let state = match (event.is_cancelled(), view(event, seen.zone.as_ref())) {
        (true, _) => State::Gone,
        (false, Ok(view)) => State::Live(Box::new(view)),
        (false, Err(why)) => State::Odd(why),
    };
    let own = ExternalId(event.id.clone());
    let (id, part) = match part {
        Some((series, start)) => (series, Some(Part { id: own, start })),
        None => (own, None),
    };
    let page = page::of_the_web(event.html_link.as_ref().filter(|_| part.is_none()));
    let uid = event.private(UID).map(str::to_owned).or_else(|| event.ical_uid.clone());
    Item {
        id,
        part,
        made_as: None,
        copied_from: None,
        uid,
        // Seen through a keyhole, it has no version: when all of it may be seen again, that is news.
        etag: event.etag.clone().filter(|_| !is_masked(event)).map(Etag),
        stamp: stamp(event, seen),
        mark: event.private(MARK).and_then(|mark| mark.parse().ok()),
        hold: match hold(event) {
            Hold::Masked => Hold::Masked,
            _ if seen.read_only => Hold::ReadOnly,
            hold => hold,
        },
        page,
        complete: false,
        state,
    }
}

/// The series and the original start, if it is an exception to a series.
///
/// Tombstones can lack both and are then known by their id alone. A living event is an exception only if it says so.
pub(super) fn part(event: &wire::Event) -> Option<(ExternalId, PartStart)> {
    let by_id = time::parts_of_id(&event.id);
    let by = match defect!("a moved occurrence is named by where it is") {
        true => &event.start,
        false => &event.original_start_time,
    };
    let told = by.as_ref().and_then(time::original_start);
    match &event.recurring_event_id {
        Some(series) => {
            let start = told.or(by_id.map(|(_, start)| start))?;
            Some((ExternalId(series.clone()), start))
        }
        None if event.is_cancelled() => by_id,
        None => None,
    }
}

fn stamp(event: &wire::Event, seen: &Seen) -> Option<Timestamp> {
    let updated: Timestamp = event.updated.as_deref()?.parse().ok()?;
    let ours = updated.checked_add(seen.ahead).ok()?;
    Some(ours.min(seen.now))
}

/// Whoever may only see busy times gets events without a name, an organiser or anything else; of what is private, whoever may
/// not see that gets little more.
fn is_masked(event: &wire::Event) -> bool {
    let unnamed = event.ical_uid.is_none() || event.visibility.is_some();
    !event.is_cancelled() && unnamed && event.organizer.is_none() && event.creator.is_none()
}

fn hold(event: &wire::Event) -> Hold {
    let special = event.event_type.as_deref().is_some_and(|kind| kind != "default");
    let organised_by_us = event.organizer.as_ref().is_none_or(|organizer| organizer.is_self == Some(true));
    let guests =
        event.attendees_omitted == Some(true) || event.attendees.as_ref().is_some_and(|a| !a.is_empty());
    if is_masked(event) {
        Hold::Masked
    } else if special || event.locked == Some(true) {
        Hold::ReadOnly
    } else if !organised_by_us && guests {
        Hold::Guest
    } else {
        Hold::Free
    }
}

/// An event as a view; why not, when it cannot be understood.
pub(super) fn view(event: &wire::Event, calendar: Option<&Zone>) -> Result<View, String> {
    if event.unknown_form {
        return Err("Google sent it in a form that is not known here".to_owned());
    }
    let span = time::span(event.start.as_ref(), event.end.as_ref(), calendar)?;
    let mut view = View::new(span.clone(), "");
    if let Some(lines) = event.recurrence.as_ref().filter(|lines| !lines.is_empty()) {
        let (recurrence, removed) = Recurrence::parse(lines, &span).map_err(|e| e.to_string())?;
        view.time.recurrence = Some(recurrence);
        let removed = removed.into_iter().filter(|_| !defect!("what a rule leaves out is not read"));
        view.overrides = removed.map(|key| (key, Override::Cancelled)).collect();
    }
    fields::read(event, &mut view);
    view.normalise();
    Ok(view)
}

/// A new event, with the notes by which we know it again.
///
/// Google takes an id or an iCalUID, not both. The id is what makes creation idempotent; so our name for the event
/// in the world is kept in a note.
pub(super) fn new_event(
    id: &ExternalId,
    uid: &str,
    mark: &Mark,
    view: &View,
    fields: FieldSet,
) -> Map<String, Value> {
    let mut event = Map::new();
    event.insert("id".to_owned(), json!(id.as_str()));
    let mut notes = Map::new();
    notes.insert(MARK.to_owned(), json!(mark.to_string()));
    if uid.chars().count() <= PROPERTY_LIMIT && !uid.is_empty() {
        notes.insert(UID.to_owned(), json!(uid));
    }
    event.insert("extendedProperties".to_owned(), json!({ "private": notes }));
    // There is no event without a time, whatever else the lens shows.
    for field in fields.with(Field::Time).iter() {
        put(field, view, None, &mut event);
    }
    event
}

/// The change from one view to another, in those fields. Guests are not among it ([`guests`]).
pub(super) fn change(before: &View, after: &View, fields: FieldSet) -> Map<String, Value> {
    let mut patch = Map::new();
    for field in fields.without(Field::Attendees).iter().filter(|field| !before.same(*field, after)) {
        put(field, after, Some(before), &mut patch);
    }
    patch
}

/// The occurrence of that name as its series has it, as if it had been read.
pub(super) fn plain(series: &ExternalId, view: &View, key: OccurrenceKey) -> Option<Item> {
    let usual = View { overrides: BTreeMap::new(), ..view.clone() };
    let whole = usual.occurrence(key)?;
    Some(Item { state: State::Live(Box::new(whole)), ..gone(series, &view.time.span, key)? })
}

/// An occurrence that does not take place, and of which Google has nothing more to say.
pub(super) fn gone(series: &ExternalId, span: &Span, key: OccurrenceKey) -> Option<Item> {
    let part = Part { id: time::instance_id(series, span, key)?, start: PartStart::Key(key) };
    Some(Item {
        id: series.clone(),
        part: Some(part),
        made_as: None,
        copied_from: None,
        uid: None,
        etag: None,
        stamp: None,
        mark: None,
        hold: Hold::Free,
        page: None,
        complete: false,
        state: State::Gone,
    })
}

#[cfg(test)]
mod tests;
