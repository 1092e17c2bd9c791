//! `calendars`: the calendars themselves.

use http::Method;
use serde_json::{Value, json};

use super::answers::Refused;
use super::calls::{Answer, Caller, Outcome, object};
use super::events::times;
use super::events::write::{self, Options, merge};
use super::scopes::Power;
use super::state::{Role, State, quoted};
use crate::chance::BASE32HEX;
use crate::message::Call;

/// Answers a call under `calendars`, events left aside.
pub(super) fn answer(state: &mut State, caller: &Caller, call: &Call, rest: &[&str]) -> Outcome {
    let id = rest.first().map(|id| state.calendar_id(&caller.user, id));
    match (&call.method, rest, id) {
        (&Method::POST, [], _) => {
            caller.may(Power::ChangeCalendar)?;
            insert(state, caller, object(call)?)
        }
        (&Method::GET, [_], Some(id)) => {
            caller.reach(state, Power::ReadCalendar, &id, Role::FreeBusyReader)?;
            show(state, &id)
        }
        (&Method::PATCH | &Method::PUT, [_], Some(id)) => {
            caller.reach(state, Power::ChangeCalendar, &id, Role::Owner)?;
            change(state, call, &id)
        }
        (&Method::DELETE, [_], Some(id)) => {
            caller.reach(state, Power::ChangeCalendar, &id, Role::Owner)?;
            if state.calendars[&id].primary_of.is_some() {
                return Err(Refused::invalid("Cannot delete the primary calendar."));
            }
            remove(state, &id);
            Ok(Answer::Nothing)
        }
        (&Method::POST, [_, "clear"], Some(id)) => {
            caller.reach(state, Power::ClearCalendar, &id, Role::Owner)?;
            if state.calendars[&id].primary_of.is_none() {
                return Err(Refused::invalid("Only a primary calendar can be cleared."));
            }
            clear(state, caller, &id);
            Ok(Answer::Nothing)
        }
        _ => Err(Refused::not_found()),
    }
}

fn show(state: &State, id: &str) -> Outcome {
    let calendar = state.calendars.get(id).ok_or_else(Refused::not_found)?;
    let mut fields = calendar.body.clone();
    fields.insert("kind".into(), json!("calendar#calendar"));
    fields.insert("id".into(), json!(id));
    fields.insert("etag".into(), json!(quoted(calendar.etag)));
    fields.insert("conferenceProperties".into(), json!({"allowedConferenceSolutionTypes": ["hangoutsMeet"]}));
    Ok(Answer::Json(Value::Object(fields)))
}

fn insert(state: &mut State, caller: &Caller, fields: super::Fields) -> Outcome {
    let summary = fields.get("summary").and_then(Value::as_str).unwrap_or_default().to_owned();
    if summary.is_empty() {
        return Err(Refused::required("Missing title."));
    }
    check_zone(&fields)?;
    let id = format!("c_{}@group.calendar.google.com", state.core.chance.text(BASE32HEX, 52));
    state.add_calendar(&caller.user, &id, &summary, caller.client.clone());
    if let Some(calendar) = state.calendars.get_mut(&id) {
        merge(&mut calendar.body, writable(fields));
    }
    show(state, &id)
}

fn change(state: &mut State, call: &Call, id: &str) -> Outcome {
    let fields = writable(object(call)?);
    check_zone(&fields)?;
    let etag = state.next_etag();
    let now = state.core.now;
    let calendar = state.calendars.get_mut(id).ok_or_else(Refused::not_found)?;
    if call.method == Method::PUT {
        if fields.get("summary").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(Refused::required("Missing title."));
        }
        calendar.body.retain(|key, _| key == "timeZone");
    }
    merge(&mut calendar.body, fields);
    (calendar.etag, calendar.updated) = (etag, now);
    show(state, id)
}

fn writable(mut fields: super::Fields) -> super::Fields {
    fields.retain(|key, _| !matches!(key.as_str(), "kind" | "id" | "etag" | "conferenceProperties"));
    fields
}

fn check_zone(fields: &super::Fields) -> Result<(), Refused> {
    match fields.get("timeZone") {
        None | Some(Value::Null) => Ok(()),
        Some(zone) if zone.as_str().and_then(times::zone).is_some() => Ok(()),
        Some(_) => Err(Refused::invalid("Invalid value for: timeZone")),
    }
}

/// Deletes a calendar for everybody.
pub(super) fn remove(state: &mut State, id: &str) {
    let Some(calendar) = state.calendars.remove(id) else { return };
    for user in calendar.access.keys() {
        state.unlist_calendar(user, id);
    }
    super::channels::gone(state, id);
}

fn clear(state: &mut State, caller: &Caller, id: &str) {
    let events: Vec<String> = {
        let held = &state.calendars[id].events;
        held.all(held.last())
            .filter(|(_, entry)| entry.child_of().is_none())
            .map(|(id, _)| id.to_owned())
            .collect()
    };
    for event in events {
        // What is gone already stays so.
        let _gone = write::remove(state, caller, id, &event, &Options::default());
    }
}

/// Gives someone a role on a calendar, or takes it away. Sync tokens end with a change of access.
pub(super) fn grant(state: &mut State, id: &str, user: &str, role: Option<Role>) {
    let Some(calendar) = state.calendars.get_mut(id) else { return };
    let before = calendar.access.get(user).copied();
    if before == role {
        return;
    }
    match role {
        Some(role) => drop(calendar.access.insert(user.to_owned(), role)),
        None => drop(calendar.access.remove(user)),
    }
    *calendar.access_epochs.entry(user.to_owned()).or_default() += 1;
    match (before, role) {
        (None, Some(_)) => state.list_calendar(user, id, super::Fields::new()),
        (Some(_), None) => state.unlist_calendar(user, id),
        _ => {}
    }
}
