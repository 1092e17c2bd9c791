//! What a person does at Google's own screen: the control route `event`.
//!
//! `{"user": "alice", "calendar": "primary", "do": "create", "id": …, "fields": {…}}`. Beside create, change, delete
//! and copy there are `move` (with `destination`), `split` ("this and following", from an occurrence's id) and
//! `respond` (with `answer`).

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::answers::Refused;
use super::calls::Caller;
use super::events::times::bound;
use super::events::write::{self, How, Options, merge};
use super::events::{self, make, split};
use super::state::State;
use crate::control::Misunderstood;

/// How much is shown where nobody said.
const MONTH: SignedDuration = SignedDuration::from_hours(24 * 31);

/// What a person sees on a calendar: `{"user", "calendar", "from", "until"}`, the last two as instants. Series come as
/// their occurrences, in the order of their starts; without `until` a month is shown.
pub(super) fn look(state: &State, body: &Value) -> Result<Value, Misunderstood> {
    let word = |key: &str| body.get(key).and_then(Value::as_str);
    let user = word("user").unwrap_or("alice");
    if !state.users.contains_key(user) {
        return Err(format!("there is no user \"{user}\""));
    }
    let calendar = calendar(state, user, word("calendar").unwrap_or("primary"))?;
    let instant = |key: &str| match word(key) {
        None => Ok(None),
        Some(text) => bound(text)
            .map(Some)
            .ok_or_else(|| format!("\"{key}\" is an instant such as 2026-12-01T00:00:00Z")),
    };
    let from = instant("from")?.unwrap_or(state.core.now);
    let until = instant("until")?.or_else(|| from.checked_add(MONTH).ok()).unwrap_or(from);
    let events = events::seen(state, &Caller::person(user), &calendar, (from, until));
    let events = events.map_err(|refused| words(&refused))?;
    Ok(json!({"calendar": calendar, "timeZone": state.calendars[&calendar].zone(), "events": events}))
}

/// Does what the body says.
pub(super) fn act(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let word = |key: &str| body.get(key).and_then(Value::as_str);
    let user = word("user").unwrap_or("alice").to_owned();
    if !state.users.contains_key(&user) {
        return Err(format!("there is no user \"{user}\""));
    }
    let calendar = calendar(state, &user, word("calendar").unwrap_or("primary"))?;
    let mut fields = match body.get("fields") {
        None => super::Fields::new(),
        Some(Value::Object(fields)) => fields.clone(),
        Some(_) => return Err("\"fields\" is an object in Google's own form".into()),
    };
    let caller = Caller::person(&user);
    let options = Options {
        send_updates: word("sendUpdates").unwrap_or("none").to_owned(),
        conference: true,
        attachments: true,
        ..Options::default()
    };
    let id = word("id").map(ToOwned::to_owned);
    let needed = || id.clone().ok_or_else(|| "\"id\" is missing".to_owned());
    let done = match word("do") {
        Some("create") => {
            fields.extend(id.map(|id| ("id".to_owned(), json!(id))));
            make::insert(state, &caller, &calendar, fields, &options)
        }
        Some("change") => write::change(state, &caller, &calendar, &needed()?, fields, How::Patch, &options),
        Some("delete") => write::remove(state, &caller, &calendar, &needed()?, &options).map(|()| json!({})),
        Some("copy") => {
            let to = match word("destination") {
                Some(name) => self::calendar(state, &user, name)?,
                None => calendar.clone(),
            };
            copy(state, &caller, &calendar, &needed()?, &to, fields, &options)
        }
        Some("move") => {
            let destination =
                self::calendar(state, &user, word("destination").ok_or("\"destination\" is missing")?)?;
            write::relocate(state, &caller, &calendar, &needed()?, &destination, &options)
        }
        Some("split") => split::split(state, &caller, &calendar, &needed()?, fields, &options),
        Some("respond") => {
            let answer = word("answer").ok_or("\"answer\" is missing")?.to_owned();
            respond(state, &caller, &calendar, &needed()?, &answer, &options)
        }
        _ => return Err("\"do\" is one of create, change, delete, copy, move, split, respond".into()),
    };
    done.map_err(|refused| words(&refused))
}

fn words(refused: &Refused) -> Misunderstood {
    refused.body().pointer("/error/message").and_then(Value::as_str).unwrap_or("refused").to_owned()
}

/// A calendar by its id, as `primary`, or by what it is called in that person's list.
pub(super) fn calendar(state: &State, user: &str, name: &str) -> Result<String, Misunderstood> {
    let id = state.calendar_id(user, name);
    if state.calendars.contains_key(&id) {
        return Ok(id);
    }
    let named = state.calendars.values().find(|held| held.summary() == name && held.role(user).is_some());
    named.map(|held| held.id.clone()).ok_or_else(|| format!("{user} has no calendar \"{name}\""))
}

/// Another event that begins as the same: all of it is copied, private properties included.
fn copy(
    state: &mut State,
    caller: &Caller,
    from: &str,
    id: &str,
    to: &str,
    fields: super::Fields,
    options: &Options,
) -> Result<Value, Refused> {
    let Value::Object(mut copied) = write::shown(state, caller, from, id, options)? else {
        return Err(Refused::not_found());
    };
    for key in
        ["id", "iCalUID", "sequence", "recurringEventId", "originalStartTime", "reminders", "conferenceData"]
    {
        copied.remove(key);
    }
    merge(&mut copied, fields);
    make::insert(state, caller, to, copied, options)
}

fn respond(
    state: &mut State,
    caller: &Caller,
    calendar: &str,
    id: &str,
    answer: &str,
    options: &Options,
) -> Result<Value, Refused> {
    let shown = write::shown(state, caller, calendar, id, options)?;
    let mut attendees = shown.get("attendees").cloned().unwrap_or_else(|| json!([]));
    for guest in attendees.as_array_mut().into_iter().flatten() {
        if guest.get("self") == Some(&json!(true)) {
            guest["responseStatus"] = json!(answer);
        }
    }
    let mut fields = super::Fields::new();
    fields.insert("attendees".into(), attendees);
    write::change(state, caller, calendar, id, fields, How::Patch, options)
}
