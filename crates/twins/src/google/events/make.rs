//! Insert and import: events that were not there before.

use serde_json::{Value, json};

use super::check::{self, READ_ONLY};
use super::entry::{Entry, Personal};
use super::times::stamp;
use super::write::{How, Options, change, finish_later, shown, take_sequence, withhold};
use super::{conference, guests, kinds};
use crate::google::answers::Refused;
use crate::google::calls::Caller;
use crate::google::state::State;
use crate::google::{Fields, Import};

/// `events.insert`.
pub(in crate::google) fn insert(
    state: &mut State,
    caller: &Caller,
    calendar: &str,
    mut incoming: Fields,
    options: &Options,
) -> Result<Value, Refused> {
    let (id, uid) = (take_text(&mut incoming, "id"), take_text(&mut incoming, "iCalUID"));
    let kind = incoming.remove("eventType");
    if id.is_some() && uid.is_some() {
        return Err(Refused::invalid("Only one of id and iCalUID may be given."));
    }
    let held = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    if let Some(id) = &id {
        if !is_event_id(id) {
            return Err(Refused::invalid("Invalid resource id value."));
        }
        if held.events.get(id).is_some() {
            return Err(Refused::of("duplicate"));
        }
    }
    if uid.as_ref().is_some_and(|uid| held.uids.contains_key(uid)) {
        return Err(Refused::of("duplicate"));
    }
    incoming.retain(|key, _| !READ_ONLY.contains(&key.as_str()));
    if let Some(kind) = kind {
        incoming.insert("eventType".into(), kind);
    }
    let id = id.unwrap_or_else(|| state.new_event_id());
    let uid = uid.unwrap_or_else(|| format!("{id}@google.com"));
    put_new(state, caller, calendar, &id, &uid, incoming, None, options)
}

/// `events.import`: a copy of an event that lives elsewhere. No mail.
pub(in crate::google) fn import(
    state: &mut State,
    caller: &Caller,
    calendar: &str,
    mut incoming: Fields,
    options: &Options,
) -> Result<Value, Refused> {
    let id = take_text(&mut incoming, "id");
    let uid = take_text(&mut incoming, "iCalUID").ok_or_else(|| Refused::required("Missing iCalUID."))?;
    if id.as_ref().is_some_and(|id| !is_event_id(id)) {
        return Err(Refused::invalid("Invalid resource id value."));
    }
    let organizer =
        incoming.get("organizer").filter(|who| who.get("email").is_some_and(Value::is_string)).cloned();
    incoming.retain(|key, _| !READ_ONLY.contains(&key.as_str()));
    if let Some(organizer) = &organizer {
        let mut people = vec![organizer["email"].as_str().unwrap_or_default().to_ascii_lowercase()];
        people.extend(guests::emails(&incoming));
        if !people.iter().any(|email| email.eq_ignore_ascii_case(calendar)) {
            return Err(Refused::of("participantIsNeitherOrganizerNorAttendee"));
        }
    }
    let held = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    let known = held.uids.get(&uid).and_then(|ids| ids.first()).cloned();
    let options = Options { send_updates: String::new(), if_match: None, ..options.clone() };
    match known {
        Some(_) if state.quirks.import == Import::Duplicate => Err(Refused::of("duplicate")),
        Some(known) => {
            incoming.entry("status").or_insert_with(|| json!("confirmed"));
            change(state, caller, calendar, &known, incoming, How::Replace, &options)
        }
        None => {
            let id = id.unwrap_or_else(|| state.new_event_id());
            if state.calendars[calendar].events.get(&id).is_some() {
                return Err(Refused::of("duplicate"));
            }
            put_new(state, caller, calendar, &id, &uid, incoming, organizer, &options)
        }
    }
}

/// An event that was not there before.
#[expect(clippy::too_many_arguments, reason = "all of it is what a new event is made of")]
fn put_new(
    state: &mut State,
    caller: &Caller,
    calendar: &str,
    id: &str,
    uid: &str,
    mut incoming: Fields,
    organizer: Option<Value>,
    options: &Options,
) -> Result<Value, Refused> {
    let reminders = incoming.remove("reminders").filter(|value| !value.is_null());
    let reminders = reminders.as_ref().map(check::reminders).transpose()?;
    withhold(&mut incoming, options);
    let sequence = take_sequence(&mut incoming, 0)?.unwrap_or(0);
    let held = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    let is_primary = held.primary_of.is_some();
    let (zone, summary) = (held.zone().to_owned(), held.summary().to_owned());
    let mut fields = check::accept(incoming, &zone, &state.quirks)?;
    if fields.get("eventType") == Some(&json!("default")) {
        fields.remove("eventType");
    }
    kinds::check(&fields, is_primary, true)?;
    let email = state.users.get(&caller.user).map(|user| user.email.clone()).unwrap_or_default();
    let home = if is_primary {
        json!({"email": calendar})
    } else {
        json!({"email": calendar, "displayName": summary})
    };
    fields.entry("status").or_insert_with(|| json!("confirmed"));
    fields.insert("iCalUID".into(), json!(uid));
    fields.insert("created".into(), json!(stamp(state.core.now)));
    fields.insert("creator".into(), json!({"email": email}));
    fields.insert("organizer".into(), organizer.unwrap_or(home));
    fields.insert("sequence".into(), json!(sequence));
    let pending = conference::begin(state, None, &mut fields);
    let etag = state.next_etag();
    let mut entry = Entry::whole(fields, etag, state.core.now);
    if let Some(reminders) = reminders {
        entry.personal.insert(caller.user.clone(), Personal { reminders, etag });
    }
    state.put_event(calendar, id, entry, "insert", &caller.by);
    finish_later(state, calendar, id, pending);
    guests::spread(state, calendar, id, None, options, &caller.by);
    shown(state, caller, calendar, id, options)
}

fn take_text(fields: &mut Fields, key: &str) -> Option<String> {
    match fields.remove(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// Base32hex in lower case, 5 to 1024 characters.
fn is_event_id(id: &str) -> bool {
    (5..=1024).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'v').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_base32hex() {
        assert!(is_event_id("0abcdefghijklmnopqrstuv9"));
        assert!(!is_event_id("abcd"));
        assert!(!is_event_id("wxyzw"));
        assert!(!is_event_id("ABCDE"));
    }
}
