//! An event as one person sees it through the API.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::entry::{Entry, effective, is_home, occurrence, organizer, text};
use super::series::Start;
use super::times::{show, stamp};
use crate::google::Fields;
use crate::google::calls::Detail;
use crate::google::state::{Calendar, Role, State, quoted};

/// Who looks, and how.
#[derive(Debug)]
pub(in crate::google) struct Viewer {
    pub(in crate::google) user: String,
    pub(in crate::google) detail: Detail,
    pub(in crate::google) role: Role,
    pub(in crate::google) zone: TimeZone,
    pub(in crate::google) max_attendees: Option<usize>,
    /// The change of the calendar up to which things are seen.
    pub(in crate::google) upto: u64,
}

/// An event or changed occurrence, whole.
pub(in crate::google) fn render(state: &State, calendar: &Calendar, entry: &Entry, viewer: &Viewer) -> Value {
    dressed(state, calendar, entry, effective(calendar, entry, viewer.upto).into_owned(), viewer)
}

/// An occurrence that nobody changed.
pub(in crate::google) fn render_plain(
    state: &State,
    calendar: &Calendar,
    master: &str,
    entry: &Entry,
    start: Start,
    viewer: &Viewer,
) -> Value {
    dressed(state, calendar, entry, occurrence(master, &entry.body, start), viewer)
}

/// The fields of an event with everything that Google adds when it answers.
fn dressed(state: &State, calendar: &Calendar, entry: &Entry, mut fields: Fields, viewer: &Viewer) -> Value {
    let id = text(&fields, "id").unwrap_or_default().to_owned();
    for key in ["start", "end", "originalStartTime"] {
        if let Some(value) = fields.get(key) {
            let shown = show(value, &viewer.zone);
            fields.insert(key.into(), shown);
        }
    }
    fields.insert("kind".into(), json!("calendar#event"));
    fields.insert("etag".into(), json!(quoted(entry.etag_for(&viewer.user))));
    fields.entry("status").or_insert_with(|| json!("confirmed"));
    if viewer.detail == Detail::BusyOnly {
        fields.retain(|key, _| matches!(key.as_str(), "kind" | "etag" | "id" | "status" | "start" | "end"));
        return Value::Object(fields);
    }
    let hidden = text(&fields, "visibility")
        .is_some_and(|visibility| matches!(visibility, "private" | "confidential"));
    if hidden && matches!(viewer.role, Role::Reader | Role::WriterWithoutPrivateAccess) {
        fields.retain(|key, _| SHOWN_OF_PRIVATE.contains(&key.as_str()));
        return Value::Object(fields);
    }
    fields.insert("updated".into(), json!(stamp(entry.updated)));
    let eid = URL_SAFE_NO_PAD.encode(format!("{id} {}", calendar.id));
    fields.insert("htmlLink".into(), json!(format!("{}/calendar/event?eid={eid}", state.settings.base_url)));
    fields.entry("eventType").or_insert_with(|| json!("default"));
    let reminders = entry.personal.get(&viewer.user).map(|personal| personal.reminders.clone());
    fields.insert("reminders".into(), reminders.unwrap_or_else(|| json!({"useDefault": true})));
    let home = organizer(&fields).map(str::to_ascii_lowercase);
    for key in ["creator", "organizer"] {
        if let Some(Value::Object(person)) = fields.get_mut(key)
            && person
                .get("email")
                .and_then(Value::as_str)
                .is_some_and(|email| email.eq_ignore_ascii_case(&calendar.id))
        {
            person.insert("self".into(), json!(true));
        }
    }
    if let Some(Value::Array(attendees)) = fields.get_mut("attendees") {
        for attendee in attendees.iter_mut().filter_map(Value::as_object_mut) {
            let Some(email) = attendee.get("email").and_then(Value::as_str).map(str::to_ascii_lowercase)
            else {
                continue;
            };
            if email == calendar.id.to_ascii_lowercase() {
                attendee.insert("self".into(), json!(true));
            }
            if home.as_deref() == Some(email.as_str()) {
                attendee.insert("organizer".into(), json!(true));
            }
        }
        let hides_others = fields.get("guestsCanSeeOtherGuests") == Some(&json!(false));
        let restricted = hides_others && !is_home(&calendar.id, &fields);
        if let Some(Value::Array(attendees)) = fields.get_mut("attendees") {
            let most = if restricted { 1 } else { viewer.max_attendees.unwrap_or(usize::MAX) };
            if attendees.len() > most {
                attendees.sort_by_key(|attendee| attendee.get("self").is_none());
                attendees.truncate(most);
                fields.insert("attendeesOmitted".into(), json!(true));
            }
        }
    }
    Value::Object(fields)
}

const SHOWN_OF_PRIVATE: [&str; 12] = [
    "kind",
    "etag",
    "id",
    "status",
    "start",
    "end",
    "visibility",
    "recurrence",
    "recurringEventId",
    "originalStartTime",
    "iCalUID",
    "eventType",
];

/// What a list shows of an event that is gone.
pub(in crate::google) fn tombstone(
    state: &State,
    calendar: &Calendar,
    id: &str,
    entry: &Entry,
    viewer: &Viewer,
) -> Value {
    if !state.quirks.sparse_tombstones {
        return render(state, calendar, entry, viewer);
    }
    let mut fields = effective(calendar, entry, viewer.upto).into_owned();
    if entry.child_of().is_none() {
        // Where the series is elsewhere there is no hole in it, only an event that is gone.
        fields.remove("recurringEventId");
    }
    bare(state, id, entry, &fields, viewer)
}

/// Kind, etag, id and status; of an occurrence also which one it was.
pub(in crate::google) fn bare(
    state: &State,
    id: &str,
    entry: &Entry,
    fields: &Fields,
    viewer: &Viewer,
) -> Value {
    let mut shown = json!({
        "kind": "calendar#event",
        "etag": quoted(entry.etag_for(&viewer.user)),
        "id": id,
        "status": "cancelled",
    });
    if fields.contains_key("recurringEventId") {
        if state.quirks.bare_occurrences {
            return json!({"kind": "calendar#event", "id": id, "status": "cancelled"});
        }
        shown["recurringEventId"] = fields["recurringEventId"].clone();
        if let Some(start) = fields.get("originalStartTime") {
            shown["originalStartTime"] = show(start, &viewer.zone);
        }
    }
    shown
}
