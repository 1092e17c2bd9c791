//! Between Graph's events and our views, field by field.
//!
//! Reading: a missing key is the default, text comes into normal form, and what cannot be understood becomes an oddity of
//! that one item. Writing: a new event names only what is not the default, a change names only what differs. Nothing else
//! is ever sent, so what Concord does not know survives.

mod body;
mod fields;
mod recurrence;
pub(super) mod time;
mod zones;

use std::collections::BTreeMap;

use concord_model::observed::{Hold, Item, PartStart, State};
use concord_model::view::{Override, Timing};
use concord_model::{
    CalendarId, Etag, ExternalId, Field, FieldSet, Mark, Moment, OccurrenceKey, Span, View, Zone,
    recurrence as repeating, text,
};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use super::wire;
use crate::page;
use crate::provider::Calendar;

/// Our notes on an event: named properties of this set, which is ours. They are never told unless they are asked for, and
/// not at all in a delta.
pub(super) const MARK: &str = "String {6c5b6a2e-1f0d-4f7b-9c52-0b1d3c9e7a41} Name ConcordMark";
/// The name of the event in the world.
pub(super) const UID: &str = "String {6c5b6a2e-1f0d-4f7b-9c52-0b1d3c9e7a41} Name ConcordUid";
/// The name under which it was asked for.
pub(super) const NAME: &str = "String {6c5b6a2e-1f0d-4f7b-9c52-0b1d3c9e7a41} Name ConcordId";

/// What begins the names under which we ask for events; no id of Graph's looks like it.
const OURS: &str = "concord-";

/// The name under which an event is asked for, from its transaction's id.
pub(super) fn name(transaction: &str) -> ExternalId {
    ExternalId(format!("{OURS}{transaction}"))
}

/// The id of the transaction that makes what is asked for under that name; `None` for an id that Graph made.
pub(super) fn transaction(name: &ExternalId) -> Option<&str> {
    name.as_str().strip_prefix(OURS)
}

/// A calendar of the account.
pub(super) fn calendar(entry: &wire::Calendar) -> Option<Calendar> {
    if entry.id.is_empty() {
        return None;
    }
    Some(Calendar {
        id: CalendarId(entry.id.clone()),
        name: text::line(entry.name.as_deref().unwrap_or(&entry.id)),
        // Calendars have none of their own there.
        zone: None,
        writable: entry.can_edit == Some(true),
        primary: entry.is_default_calendar == Some(true),
    })
}

/// The circumstances in which something was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// When, by our clock.
    pub(super) now: Timestamp,
    /// By how much our clock was ahead of Graph's.
    pub(super) ahead: SignedDuration,
}

/// A series' changed occurrences and those that do not take place.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    pub(super) changed: Vec<wire::Event>,
    pub(super) cancelled: Vec<OccurrenceKey>,
}

/// An event, or a series with all its parts, as an item. What is told apart, of a part, is not an item of its own.
pub(super) fn item(event: &wire::Event, parts: Option<&Parts>, seen: &Seen) -> Item {
    let state = match whole(event, parts) {
        Ok(view) => State::Live(Box::new(view)),
        Err(why) => State::Odd(why),
    };
    Item { state, ..named(event, seen) }
}

/// An event of which only the name and the version are told.
pub(super) fn unread(id: &str, etag: Option<&str>) -> Item {
    bare(id, etag, State::Unread)
}

/// A tombstone.
pub(super) fn gone(id: &str) -> Item {
    bare(id, None, State::Gone)
}

fn bare(id: &str, etag: Option<&str>, state: State) -> Item {
    Item {
        id: ExternalId(id.to_owned()),
        part: None,
        made_as: None,
        copied_from: None,
        uid: None,
        etag: etag.map(Etag::from),
        stamp: None,
        mark: None,
        hold: Hold::Free,
        page: None,
        complete: true,
        state,
    }
}

fn named(event: &wire::Event, seen: &Seen) -> Item {
    let ours = event.transaction_id.as_deref().filter(|id| is_ours(id));
    let uid = match (event.note(UID), ours) {
        (Some(uid), _) => Some(uid.to_owned()),
        // Ours, and by which name is not told in a delta.
        (None, Some(_)) => None,
        (None, None) => event.ical_uid.clone().filter(|uid| !uid.is_empty()),
    };
    Item {
        made_as: ours.map(name),
        uid,
        stamp: stamp(event, seen),
        mark: event.note(MARK).and_then(|mark| mark.parse().ok()),
        hold: hold(event),
        page: page::of_the_web(event.web_link.as_ref()),
        // Seen through a veil, it has no version: when all of it may be seen, that is news.
        ..bare(&event.id, event.etag.as_deref().filter(|_| !is_veiled(event)), State::Unread)
    }
}

/// Whether a transaction's id has the form of ours. Other programs give theirs; what it says is believed only where it is
/// the very one that we are looking for.
fn is_ours(transaction: &str) -> bool {
    transaction.len() == 36 && transaction.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

fn stamp(event: &wire::Event, seen: &Seen) -> Option<Timestamp> {
    let told: Timestamp = event.last_modified_date_time.as_deref()?.parse().ok()?;
    Some(told.checked_add(seen.ahead).ok()?.min(seen.now))
}

/// What the calendar lets us do. What somebody else called is theirs; a private event of somebody's shared calendar comes
/// without its content.
fn hold(event: &wire::Event) -> Hold {
    if event.is_cancelled == Some(true) || is_veiled(event) {
        Hold::ReadOnly
    } else if is_guest(event) {
        Hold::Guest
    } else {
        Hold::Free
    }
}

/// Whether it is what Outlook shows of a private event to whoever may see the calendar and not that: these words, and the time.
/// What we made is known by our mark, or where a list does not tell that by its transaction, whatever it is called.
fn is_veiled(event: &wire::Event) -> bool {
    let private = matches!(event.sensitivity.as_deref(), Some("private" | "confidential"));
    let empty = event.body.as_ref().and_then(|body| body.content.as_deref()).is_none_or(str::is_empty);
    let ours = event.note(MARK).is_some() || event.transaction_id.as_deref().is_some_and(is_ours);
    private && empty && !ours && event.subject.as_deref() == Some("Private Appointment")
}

/// Whether its person was invited to it. What came in from a file has another organiser and no guests: it is its person's.
pub(super) fn is_guest(event: &wire::Event) -> bool {
    let answer = event.response_status.as_ref().and_then(|status| status.response.as_deref());
    let invited = answer.is_some_and(|answer| !matches!(answer, "" | "none" | "organizer"));
    event.is_organizer == Some(false) && (event.has_guests() || invited)
}

/// An event as a view; why not, when it cannot be understood.
fn whole(event: &wire::Event, parts: Option<&Parts>) -> Result<View, String> {
    let mut view = plain(event)?;
    if let Some(told) = &event.recurrence {
        view.time.recurrence = Some(recurrence::read(told, &view.time.span)?);
        for key in parts.iter().flat_map(|parts| &parts.cancelled) {
            if view.time.span.starting(*key).is_some() {
                view.overrides.insert(*key, Override::Cancelled);
            }
        }
        let usual = View { overrides: BTreeMap::new(), ..view.clone() };
        for part in parts.iter().flat_map(|parts| &parts.changed) {
            let start = time::original_start(part, Some(&view.time.span));
            let key =
                start.ok_or("a changed occurrence of it does not say which it is")?.key(&view.time.span);
            let one = plain(part).map_err(|why| format!("its occurrence on {}: {why}", key.date()))?;
            match usual.override_for(key, &one) {
                Some(change) => view.overrides.insert(key, change),
                None => view.overrides.remove(&key),
            };
        }
    }
    view.normalise();
    Ok(view)
}

/// One event without what repeats.
pub(super) fn plain(event: &wire::Event) -> Result<View, String> {
    if event.unknown_form {
        return Err("Outlook sent it in a form that is not known here".to_owned());
    }
    let mut view = View::new(time::span(event)?, "");
    fields::read(event, &mut view);
    view.normalise();
    Ok(view)
}

/// The occurrences that a master says do not take place.
pub(super) fn cancelled(names: &[String], series: &Span) -> Vec<OccurrenceKey> {
    names.iter().filter_map(|name| Some(time::key_on(series, time::date_of_name(name)?))).collect()
}

/// The occurrences that a series' rule makes in a window and that are not among those that are there.
pub(super) fn holes(
    event: &wire::Event,
    there: &[OccurrenceKey],
    window: (Timestamp, Timestamp),
) -> Result<Vec<OccurrenceKey>, String> {
    let span = time::span(event)?;
    let told = event.recurrence.as_ref().ok_or("it does not repeat")?;
    let time = Timing { recurrence: Some(recurrence::read(told, &span)?), span };
    let utc = Zone::utc();
    let all = repeating::expand(&time, &BTreeMap::new(), window, &utc).map_err(|e| e.to_string())?;
    Ok(all.into_iter().map(|one| one.key).filter(|key| !there.contains(key)).collect())
}

/// The name that a part has in its series.
pub(super) fn key(part: &wire::Event, series: &Span) -> Option<OccurrenceKey> {
    let start: PartStart = time::original_start(part, Some(series))?;
    Some(start.key(series))
}

/// A new event, with the notes by which we know it again.
pub(super) fn new_event(
    name: &ExternalId,
    uid: &str,
    mark: &Mark,
    view: &View,
    fields: FieldSet,
) -> Result<Map<String, Value>, String> {
    let mut event = Map::new();
    if let Some(transaction) = transaction(name) {
        event.insert("transactionId".to_owned(), json!(transaction));
    }
    let notes = [(MARK, mark.to_string()), (UID, uid.to_owned()), (NAME, name.to_string())];
    let notes: Vec<Value> = notes
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(id, value)| json!({ "id": id, "value": value }))
        .collect();
    event.insert("singleValueExtendedProperties".to_owned(), json!(notes));
    // There is no event without a time, whatever else the lens shows.
    for field in fields.with(Field::Time).iter() {
        fields::put(field, view, None, None, &mut event)?;
    }
    Ok(event)
}

/// The change from one view to another, in those fields.
pub(super) fn change(
    before: &View,
    after: &View,
    fields: FieldSet,
    there: Option<&wire::Event>,
) -> Result<Map<String, Value>, String> {
    let mut patch = Map::new();
    for field in fields.iter().filter(|field| !before.same(*field, after)) {
        fields::put(field, after, Some(before), there, &mut patch)?;
    }
    Ok(patch)
}

/// The fields in which what is there differs from what shall be there. Times that coincide are the same: Outlook tells them
/// in zones of its own.
pub(super) fn differing(there: &View, shall: &View, fields: FieldSet) -> FieldSet {
    let same = |field: Field| {
        there.same(field, shall) || (field == Field::Time && there.time.coincides(&shall.time))
    };
    fields.iter().filter(|field| !same(*field)).collect()
}

/// How a series' time and rule are written whole.
pub(super) fn rule(time: &Timing) -> Result<Map<String, Value>, String> {
    let mut patch = Map::new();
    time::put(time, None, &mut patch)?;
    Ok(patch)
}

/// The same series for another length of time, a minute less or half of its day: Outlook forgets what it knew of single
/// occurrences when their time changes, while another end of the rule alone may leave it as it was. It is written only to be
/// taken back at once. `None` for what does not repeat, or lies at the end of all time.
pub(super) fn disturbed(time: &Timing) -> Option<Timing> {
    time.recurrence.as_ref()?;
    let span = match &time.span {
        Span::AllDay(days) => {
            let at = |hour| Moment::new(days.start().at(hour, 0, 0, 0), Zone::utc());
            Span::timed(at(0), at(12))
        }
        Span::Timed(timed) => {
            let (start, end) = (timed.start(), timed.end());
            let long = end.instant().duration_since(start.instant()) > SignedDuration::from_mins(1);
            let end = end.wall().checked_add(if long { -1 } else { 1 }.minutes()).ok()?;
            Span::timed(start.clone(), Moment::new(end, start.zone().clone()))
        }
        // The lens tells floating times in the link's zone, so there are none here.
        Span::Floating(_) => return None,
    };
    Some(Timing { span: span.ok()?, recurrence: time.recurrence.clone() })
}

#[cfg(test)]
mod tests;
