//! What Google sends and takes, in Google's own words.
//!
//! Everything is optional, for a missing key means its default and tombstones have next to nothing (Google says
//! "absent", never `""`). Only what is sent back whole keeps the keys that are not known here: guests. All else is
//! patched key by key, so that what is not named stays as it is (architecture 10).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A page of `events.list`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Events {
    pub(super) kind: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) access_role: Option<String>,
    /// Not yet taken apart: one odd event must not spoil its page.
    pub(super) items: Option<Vec<Value>>,
    pub(super) next_page_token: Option<String>,
    pub(super) next_sync_token: Option<String>,
}

/// An event, a series' master, or an instance that is an exception to its series.
#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) status: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) updated: Option<String>,
    /// Its page in Google Calendar.
    pub(super) html_link: Option<String>,
    #[serde(rename = "iCalUID")]
    pub(super) ical_uid: Option<String>,
    pub(super) recurring_event_id: Option<String>,
    pub(super) original_start_time: Option<EventDateTime>,
    pub(super) start: Option<EventDateTime>,
    pub(super) end: Option<EventDateTime>,
    pub(super) recurrence: Option<Vec<String>>,
    pub(super) summary: Option<String>,
    pub(super) description: Option<String>,
    pub(super) location: Option<String>,
    pub(super) transparency: Option<String>,
    pub(super) visibility: Option<String>,
    pub(super) color_id: Option<String>,
    pub(super) reminders: Option<Reminders>,
    pub(super) attendees: Option<Vec<Attendee>>,
    pub(super) attendees_omitted: Option<bool>,
    pub(super) organizer: Option<Person>,
    pub(super) creator: Option<Person>,
    pub(super) event_type: Option<String>,
    pub(super) locked: Option<bool>,
    pub(super) hangout_link: Option<String>,
    pub(super) conference_data: Option<ConferenceData>,
    pub(super) attachments: Option<Vec<Attachment>>,
    pub(super) extended_properties: Option<ExtendedProperties>,
    /// It came in a form that is not known here; nothing but its names and whether it is cancelled was read.
    #[serde(skip)]
    pub(super) unknown_form: bool,
}

/// A date, or a time with its offset and zone.
#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EventDateTime {
    pub(super) date: Option<String>,
    pub(super) date_time: Option<String>,
    pub(super) time_zone: Option<String>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Reminders {
    pub(super) use_default: Option<bool>,
    pub(super) overrides: Option<Vec<ReminderOverride>>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ReminderOverride {
    pub(super) method: Option<String>,
    pub(super) minutes: Option<i64>,
}

/// A guest. Sent back whole, so the keys that are not known here are kept (I-38, BM-123).
#[derive(Serialize, Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Attendee {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) optional: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response_status: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Person {
    pub(super) email: Option<String>,
    pub(super) display_name: Option<String>,
    #[serde(rename = "self")]
    pub(super) is_self: Option<bool>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ConferenceData {
    pub(super) entry_points: Option<Vec<EntryPoint>>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EntryPoint {
    pub(super) entry_point_type: Option<String>,
    pub(super) uri: Option<String>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Attachment {
    pub(super) file_url: Option<String>,
    pub(super) title: Option<String>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct ExtendedProperties {
    pub(super) private: Option<Map<String, Value>>,
}

/// A page of `calendarList.list`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CalendarList {
    pub(super) kind: Option<String>,
    pub(super) items: Option<Vec<CalendarListEntry>>,
    pub(super) next_page_token: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CalendarListEntry {
    pub(super) id: String,
    pub(super) summary: Option<String>,
    pub(super) summary_override: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) access_role: Option<String>,
    pub(super) primary: Option<bool>,
    pub(super) selected: Option<bool>,
    pub(super) hidden: Option<bool>,
    pub(super) deleted: Option<bool>,
}

/// The body and the answer of `events.watch`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Channel {
    pub(super) id: String,
    pub(super) resource_id: String,
    /// Milliseconds since 1970, as text.
    pub(super) expiration: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct UserInfo {
    pub(super) sub: String,
    pub(super) email: Option<String>,
}

/// A refusal. Both the classic form and the newer one with `status` and `details`.
#[derive(Deserialize)]
pub(super) struct Refusal {
    pub(super) error: RefusalError,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RefusalError {
    pub(super) message: Option<String>,
    pub(super) errors: Vec<RefusalReason>,
    pub(super) details: Vec<RefusalDetail>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RefusalReason {
    pub(super) domain: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) message: Option<String>,
    pub(super) location: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RefusalDetail {
    pub(super) reason: Option<String>,
}

impl Event {
    /// Reads an event, as far as it can be read. `None` for one without an id, of which nothing can be said.
    pub(super) fn read(raw: &Value) -> Option<Event> {
        let text = |key| raw.get(key).and_then(Value::as_str).map(str::to_owned);
        let id = text("id").filter(|id| !id.is_empty())?;
        Some(Event::deserialize(raw).unwrap_or_else(|_| Event {
            id,
            status: text("status"),
            etag: text("etag"),
            ical_uid: text("iCalUID"),
            recurring_event_id: text("recurringEventId"),
            unknown_form: true,
            ..Event::default()
        }))
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.status.as_deref() == Some("cancelled")
    }

    pub(super) fn is_series(&self) -> bool {
        self.recurrence.as_ref().is_some_and(|lines| !lines.is_empty())
    }

    /// Whether a time of it is told without its zone, so that the calendar's is needed to read it.
    pub(super) fn needs_zone(&self) -> bool {
        let told = |time: &Option<EventDateTime>| {
            time.as_ref().is_some_and(|t| t.date_time.is_some() && t.time_zone.is_none())
        };
        !self.is_cancelled() && told(&self.start)
    }

    /// One of our own notes on it.
    pub(super) fn private(&self, key: &str) -> Option<&str> {
        self.extended_properties.as_ref()?.private.as_ref()?.get(key)?.as_str()
    }
}
