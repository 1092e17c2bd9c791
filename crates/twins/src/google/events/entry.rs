//! One event as the twin keeps it, and what it amounts to.
//!
//! A changed occurrence keeps only what is its own; everything else is its master's, also when the master changes
//! later. A key that is emptied on the occurrence alone is kept as null.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::series::{self, Start};
use super::times::{self, When};
use crate::google::Fields;
use crate::google::state::Calendar;

/// Where an entry belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::google) enum Place {
    /// It stands for itself: a single event, a series, or one occurrence whose series is elsewhere.
    Whole,
    /// It is one occurrence of a series on the same calendar.
    Occurrence { master: String, start: Start },
}

/// What one person has for themselves on a shared event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::google) struct Personal {
    pub(in crate::google) reminders: Value,
    pub(in crate::google) etag: u64,
}

/// An event that is or was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::google) struct Entry {
    pub(in crate::google) body: Fields,
    pub(in crate::google) place: Place,
    /// The series no longer has this occurrence.
    pub(in crate::google) dropped: bool,
    pub(in crate::google) etag: u64,
    pub(in crate::google) updated: Timestamp,
    pub(in crate::google) personal: BTreeMap<String, Personal>,
}

impl Entry {
    pub(in crate::google) fn whole(body: Fields, etag: u64, updated: Timestamp) -> Entry {
        Entry { body, place: Place::Whole, dropped: false, etag, updated, personal: BTreeMap::new() }
    }

    /// The master it belongs to and which occurrence it is.
    pub(in crate::google) fn child_of(&self) -> Option<(&str, Start)> {
        match &self.place {
            Place::Whole => None,
            Place::Occurrence { master, start } => Some((master, *start)),
        }
    }

    pub(in crate::google) fn is_cancelled(&self) -> bool {
        self.body.get("status").is_some_and(|status| status == "cancelled")
    }

    /// Whether it is a series.
    pub(in crate::google) fn repeats(&self) -> bool {
        self.place == Place::Whole && self.body.contains_key("recurrence")
    }

    /// The version as one person sees it.
    pub(in crate::google) fn etag_for(&self, user: &str) -> u64 {
        self.personal.get(user).map_or(self.etag, |personal| personal.etag.max(self.etag))
    }
}

/// What an event amounts to at change `upto` of its calendar.
pub(in crate::google) fn effective<'a>(calendar: &Calendar, entry: &'a Entry, upto: u64) -> Cow<'a, Fields> {
    let Some((master, start)) = entry.child_of() else { return Cow::Borrowed(&entry.body) };
    let mut fields = match calendar.events.seen(master, upto) {
        Some(version) => occurrence(master, &version.value.body, start),
        None => Fields::new(),
    };
    for (key, value) in &entry.body {
        match value {
            Value::Null => fields.remove(key),
            value => fields.insert(key.clone(), value.clone()),
        };
    }
    let dead = calendar.events.seen(master, upto).is_none_or(|version| version.value.is_cancelled());
    if dead || entry.dropped {
        fields.insert("status".into(), json!("cancelled"));
    }
    Cow::Owned(fields)
}

/// An occurrence as its series alone has it.
pub(in crate::google) fn occurrence(master: &str, body: &Fields, start: Start) -> Fields {
    let mut fields = body.clone();
    fields.remove("recurrence");
    let kept = (When::kept(body.get("start")), When::kept(body.get("end")));
    if let (Some(first), Some(end)) = kept {
        let original = start.when(&first);
        fields.insert("originalStartTime".into(), original.keep());
        if let Some(length) = times::length(&first, &end) {
            let mut until = original.plus(length);
            if let (When::Time { zone: to, .. }, When::Time { zone, .. }) = (&mut until, &end) {
                to.clone_from(zone);
            }
            fields.insert("end".into(), until.keep());
        }
        fields.insert("start".into(), original.keep());
    }
    fields.insert("recurringEventId".into(), json!(master));
    fields.insert("id".into(), json!(series::occurrence_id(master, start)));
    fields
}

/// Text of a field.
pub(in crate::google) fn text<'a>(fields: &'a Fields, key: &str) -> Option<&'a str> {
    fields.get(key).and_then(Value::as_str)
}

/// The address in `organizer`.
pub(in crate::google) fn organizer(fields: &Fields) -> Option<&str> {
    fields.get("organizer")?.get("email")?.as_str()
}

/// Whether the calendar is the event's home, not a guest's copy.
pub(in crate::google) fn is_home(calendar: &str, fields: &Fields) -> bool {
    organizer(fields).is_none_or(|email| email.eq_ignore_ascii_case(calendar))
}

/// The addresses of the guests.
pub(in crate::google) fn guests(fields: &Fields) -> Vec<String> {
    let attendees = fields.get("attendees").and_then(Value::as_array);
    let emails = attendees.into_iter().flatten().filter_map(|guest| guest.get("email")?.as_str());
    emails.map(str::to_ascii_lowercase).collect()
}
