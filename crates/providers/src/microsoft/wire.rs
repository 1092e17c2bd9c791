//! What Microsoft Graph sends and takes, in Graph's own words.
//!
//! Everything is optional: texts that the documentation promises are null at times (trap 22), occurrences in a delta have
//! next to nothing (trap 1), and tombstones have only their id. Only what is sent back whole keeps the keys that are not
//! known here: guests. All else is patched key by key, so that what is not named stays as it is (architecture 10).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A page of anything that is listed.
#[derive(Deserialize)]
pub(super) struct Page {
    /// Missing in what is no page at all.
    pub(super) value: Vec<Value>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(super) delta: Option<String>,
}

/// An event, a series' master, an occurrence, or an exception to a series.
#[derive(Deserialize, Default, Clone, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Event {
    pub(super) id: String,
    #[serde(rename = "@odata.etag")]
    pub(super) etag: Option<String>,
    #[serde(rename = "@removed")]
    pub(super) removed: Option<Value>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) series_master_id: Option<String>,
    pub(super) original_start: Option<String>,
    pub(super) occurrence_id: Option<String>,
    pub(super) created_date_time: Option<String>,
    pub(super) last_modified_date_time: Option<String>,
    #[serde(rename = "iCalUId")]
    pub(super) ical_uid: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) body: Option<Body>,
    pub(super) is_all_day: Option<bool>,
    pub(super) start: Option<DateTimeTimeZone>,
    pub(super) end: Option<DateTimeTimeZone>,
    pub(super) original_start_time_zone: Option<String>,
    pub(super) original_end_time_zone: Option<String>,
    pub(super) recurrence: Option<Recurrence>,
    pub(super) location: Option<Location>,
    pub(super) show_as: Option<String>,
    pub(super) sensitivity: Option<String>,
    pub(super) categories: Option<Vec<String>>,
    pub(super) is_reminder_on: Option<bool>,
    pub(super) reminder_minutes_before_start: Option<i64>,
    pub(super) is_cancelled: Option<bool>,
    pub(super) is_organizer: Option<bool>,
    pub(super) response_status: Option<ResponseStatus>,
    pub(super) organizer: Option<Recipient>,
    pub(super) attendees: Option<Vec<Attendee>>,
    pub(super) is_online_meeting: Option<bool>,
    pub(super) online_meeting: Option<OnlineMeeting>,
    pub(super) online_meeting_url: Option<String>,
    pub(super) transaction_id: Option<String>,
    pub(super) web_link: Option<String>,
    pub(super) single_value_extended_properties: Option<Vec<Property>>,
    pub(super) cancelled_occurrences: Option<Vec<String>>,
    pub(super) exception_occurrences: Option<Vec<Value>>,
    /// There are more of them than were told.
    #[serde(rename = "exceptionOccurrences@odata.nextLink")]
    pub(super) more_exceptions: Option<String>,
    /// It came in a form that is not known here; nothing but its names was read.
    #[serde(skip)]
    pub(super) unknown_form: bool,
}

#[derive(Deserialize, Default, Clone, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Body {
    pub(super) content_type: Option<String>,
    pub(super) content: Option<String>,
}

#[derive(Deserialize, Default, Clone, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DateTimeTimeZone {
    pub(super) date_time: Option<String>,
    pub(super) time_zone: Option<String>,
}

#[derive(Deserialize, Default, Clone, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Location {
    pub(super) display_name: Option<String>,
}

#[derive(Deserialize, Default, Clone, Debug)]
#[serde(default)]
pub(super) struct ResponseStatus {
    pub(super) response: Option<String>,
}

#[derive(Deserialize, Default, Clone, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Recipient {
    pub(super) email_address: Option<EmailAddress>,
}

#[derive(Serialize, Deserialize, Default, Clone, Debug)]
#[serde(default)]
pub(super) struct EmailAddress {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// A guest. Sent back whole, so the keys that are not known here are kept (I-38, BM-123).
#[derive(Serialize, Deserialize, Default, Clone, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Attendee {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email_address: Option<EmailAddress>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

#[derive(Deserialize, Default, Clone, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct OnlineMeeting {
    pub(super) join_url: Option<String>,
}

/// A note of ours on an event.
#[derive(Deserialize, Default, Clone, Debug)]
#[serde(default)]
pub(super) struct Property {
    pub(super) id: String,
    pub(super) value: Option<String>,
}

#[derive(Deserialize, Default, Clone, Debug)]
#[serde(default)]
pub(super) struct Recurrence {
    pub(super) pattern: Option<Pattern>,
    pub(super) range: Option<Range>,
}

/// Answers carry all keys, those that the type does not need too.
#[derive(Deserialize, Default, Clone, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Pattern {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) interval: Option<u32>,
    pub(super) days_of_week: Option<Vec<String>>,
    pub(super) day_of_month: Option<i8>,
    pub(super) month: Option<i8>,
    pub(super) index: Option<String>,
    pub(super) first_day_of_week: Option<String>,
}

#[derive(Deserialize, Default, Clone, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Range {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) end_date: Option<String>,
    pub(super) number_of_occurrences: Option<u32>,
    pub(super) recurrence_time_zone: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Calendar {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) can_edit: Option<bool>,
    pub(super) is_default_calendar: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Person {
    pub(super) id: String,
    #[serde(default)]
    pub(super) mail: Option<String>,
    #[serde(default)]
    pub(super) user_principal_name: Option<String>,
}

/// The answer to a request for a subscription.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subscription {
    pub(super) id: String,
    #[serde(default)]
    pub(super) expiration_date_time: Option<String>,
    #[serde(default)]
    pub(super) notification_url: Option<String>,
}

/// A request with notices.
#[derive(Deserialize)]
pub(super) struct Notices {
    pub(super) value: Vec<Notice>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Notice {
    pub(super) client_state: Option<String>,
    pub(super) lifecycle_event: Option<String>,
}

/// A refusal.
#[derive(Deserialize)]
pub(super) struct Refusal {
    pub(super) error: RefusalError,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RefusalError {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    /// Spelled in two ways, and with more codes inside.
    #[serde(alias = "innererror")]
    pub(super) inner_error: Option<Box<RefusalError>>,
}

/// What the token endpoint says beside what OAuth has words for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct TokenRefusal {
    pub(super) error: Option<String>,
    pub(super) error_codes: Vec<i64>,
    pub(super) suberror: Option<String>,
}

impl Event {
    /// Reads an event, as far as it can be read. `None` for one without an id, of which nothing can be said.
    pub(super) fn read(raw: &Value) -> Option<Event> {
        let text = |key| raw.get(key).and_then(Value::as_str).map(str::to_owned);
        let id = text("id").filter(|id| !id.is_empty())?;
        Some(Event::deserialize(raw).unwrap_or_else(|_| Event {
            id,
            etag: text("@odata.etag"),
            removed: raw.get("@removed").cloned(),
            kind: text("type"),
            series_master_id: text("seriesMasterId"),
            ical_uid: text("iCalUId"),
            transaction_id: text("transactionId"),
            unknown_form: true,
            ..Event::default()
        }))
    }

    pub(super) fn is_master(&self) -> bool {
        self.kind.as_deref() == Some("seriesMaster") || self.recurrence.is_some()
    }

    pub(super) fn is_part(&self) -> bool {
        matches!(self.kind.as_deref(), Some("occurrence" | "exception"))
    }

    /// The series that it is a part of. Where that is null (trap 22), its own name tells it: `OID.{series}.{date}`.
    pub(super) fn series(&self) -> Option<&str> {
        let named = || {
            self.occurrence_id.as_deref()?.strip_prefix("OID.")?.rsplit_once('.').map(|(series, _)| series)
        };
        let told = self.series_master_id.as_deref().filter(|id| !id.is_empty());
        told.or_else(named).filter(|id| self.is_part() && !id.is_empty())
    }

    /// One of our own notes on it.
    pub(super) fn note(&self, id: &str) -> Option<&str> {
        let notes = self.single_value_extended_properties.iter().flatten();
        // The name is told as it was written, the rest of the id as the server likes it.
        notes.into_iter().find(|note| note.id.eq_ignore_ascii_case(id))?.value.as_deref()
    }

    /// Whether it has guests.
    pub(super) fn has_guests(&self) -> bool {
        self.attendees.as_ref().is_some_and(|guests| !guests.is_empty())
    }
}
