//! `calendarList`: the calendars that a person sees, as that person named and coloured them.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::answers::Refused;
use super::books::COLORS;
use super::calls::{Answer, Caller, Outcome, object};
use super::channels::{self, Watched};
use super::events::list::{finish_page, page_token, take_page};
use super::events::query::{flag, page_size};
use super::events::tokens::{SyncToken, bound_to_sync, digest};
use super::events::write::merge;
use super::scopes::Power;
use super::state::{Listed, Role, State, quoted};
use crate::message::Call;

/// Answers a call under `users/me/calendarList`.
pub(super) fn answer(state: &mut State, caller: &Caller, call: &Call, rest: &[&str]) -> Outcome {
    match (&call.method, rest) {
        (&Method::GET, []) => {
            caller.may(Power::ReadList)?;
            list(state, caller, call)
        }
        (&Method::POST, ["watch"]) => {
            caller.may(Power::ReadList)?;
            channels::watch(state, caller, call, Watched::CalendarList(caller.user.clone()))
        }
        (&Method::GET, [id]) => {
            caller.may(Power::ReadListEntry)?;
            one(state, caller, id)
        }
        (&Method::POST, []) => {
            caller.may(Power::AddToList)?;
            let fields = object(call)?;
            let id = fields.get("id").and_then(Value::as_str).map(|id| state.calendar_id(&caller.user, id));
            let id = id.ok_or_else(|| Refused::required("Required"))?;
            if state.calendars.get(&id).and_then(|calendar| calendar.role(&caller.user)).is_none() {
                return Err(Refused::not_found());
            }
            write(state, caller, &id, fields, super::Fields::new())
        }
        (&Method::PATCH | &Method::PUT, [id]) => {
            caller.may(Power::ChangeListEntry)?;
            let id = state.calendar_id(&caller.user, id);
            let held =
                listed(state, caller, &id).map(|listed| listed.own.clone()).ok_or_else(Refused::not_found)?;
            let before = if call.method == Method::PATCH { held } else { super::Fields::new() };
            write(state, caller, &id, object(call)?, before)
        }
        (&Method::DELETE, [id]) => {
            caller.may(Power::ChangeListEntry)?;
            let id = state.calendar_id(&caller.user, id);
            listed(state, caller, &id).ok_or_else(Refused::not_found)?;
            if state.calendars.get(&id).is_some_and(|calendar| calendar.primary_of.is_some()) {
                return Err(Refused::invalid("The primary calendar cannot be removed from the list."));
            }
            state.unlist_calendar(&caller.user, &id);
            Ok(Answer::Nothing)
        }
        _ => Err(Refused::not_found()),
    }
}

fn listed<'a>(state: &'a State, caller: &Caller, id: &str) -> Option<&'a Listed> {
    state.users.get(&caller.user)?.list.get(id).filter(|listed| !listed.deleted)
}

fn one(state: &State, caller: &Caller, id: &str) -> Outcome {
    let id = state.calendar_id(&caller.user, id);
    let listed = listed(state, caller, &id).ok_or_else(Refused::not_found)?;
    show(state, caller, &id, listed).map(Answer::Json).ok_or_else(Refused::not_found)
}

fn write(
    state: &mut State,
    caller: &Caller,
    id: &str,
    mut fields: super::Fields,
    before: super::Fields,
) -> Outcome {
    const OWN: [&str; 8] = [
        "summaryOverride",
        "colorId",
        "backgroundColor",
        "foregroundColor",
        "selected",
        "hidden",
        "defaultReminders",
        "notificationSettings",
    ];
    fields.retain(|key, _| OWN.contains(&key.as_str()));
    let mut own = before;
    merge(&mut own, fields);
    state.list_calendar(&caller.user, id, own);
    one(state, caller, id)
}

fn list(state: &State, caller: &Caller, call: &Call) -> Outcome {
    let user = state.users.get(&caller.user).ok_or_else(Refused::not_found)?;
    let since = match call.param("syncToken") {
        None => None,
        Some(text) => Some(resume(caller, call, user.list_epoch, user.list.last(), &text)?),
    };
    let (deleted, hidden) = (flag(call, "showDeleted")?, flag(call, "showHidden")?);
    let least = match call.param("minAccessRole") {
        None => Role::FreeBusyReader,
        Some(name) => Role::of(&name)
            .ok_or_else(|| Refused::invalid("Invalid value for: minAccessRole").about("minAccessRole"))?,
    };
    let page = page_token(call)?;
    let upto = page.as_ref().map_or_else(|| user.list.last(), |page| page.upto);
    let rows: BTreeMap<String, (String, Listed)> = match since {
        Some(since) => user.list.changed(since, upto).map(row).collect(),
        None => user.list.all(upto).map(row).collect(),
    };
    let rows = rows
        .into_iter()
        .filter(|(_, (id, listed))| {
            let role = state.calendars.get(id).and_then(|calendar| calendar.role(&caller.user));
            let is_hidden = listed.own.get("hidden") == Some(&json!(true));
            let wanted = (deleted || !listed.deleted)
                && (hidden || !is_hidden)
                && role.is_some_and(|role| role >= least);
            since.is_some() || wanted || (deleted && listed.deleted)
        })
        .collect();
    let (items, next) = take_page(state, call, page, upto, rows, page_size(call, 100, 250)?, |id, listed| {
        show(state, caller, id, listed)
    });
    let mut body = json!({
        "kind": "calendar#calendarList",
        "etag": format!("\"p{}\"", digest(&format!("{upto} {} {}", caller.user, call.query))),
    });
    finish_page(state, &mut body, items, next.as_deref());
    if next.is_none() && call.param("minAccessRole").is_none() {
        let token = SyncToken {
            of: "calendarList".into(),
            user: caller.user.clone(),
            epoch: (user.list_epoch, 0),
            number: upto,
            bound: bound_to_list(call),
        };
        body["nextSyncToken"] = json!(token.seal());
    }
    Ok(Answer::Json(body))
}

fn row<'a>((id, listed): (&'a str, &'a Listed)) -> (String, (String, Listed)) {
    (id.to_owned(), (id.to_owned(), listed.clone()))
}

/// What a delta of the list shares with its first pass. Deleted and hidden entries are told in deltas anyway.
fn bound_to_list(call: &Call) -> String {
    let mut call = call.clone();
    let kept = crate::message::pairs(&call.query).into_iter().filter(|(key, _)| key != "showHidden");
    call.query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    bound_to_sync(&call)
}

fn resume(caller: &Caller, call: &Call, epoch: u64, last: u64, text: &str) -> Result<u64, Refused> {
    for name in ["minAccessRole", "showOwnOrganizationOnly"] {
        if call.param(name).is_some() {
            let words = format!("Sync token cannot be used together with the parameter {name}.");
            return Err(Refused::of("badRequest").saying(words).about(name));
        }
    }
    for name in ["showDeleted", "showHidden"] {
        if call.param(name).as_deref() == Some("false") {
            return Err(Refused::of("badRequest")
                .saying(format!("{name} cannot be false with a sync token."))
                .about(name));
        }
    }
    let malformed = || Refused::invalid("Invalid sync token value.").about("syncToken");
    let token = SyncToken::open(text).ok_or_else(malformed)?;
    if token.of != "calendarList" || token.user != caller.user || token.number > last {
        return Err(malformed());
    }
    if token.epoch.0 != epoch {
        return Err(Refused::of("fullSyncRequired"));
    }
    Ok(token.number)
}

/// An entry as its person sees it.
fn show(state: &State, caller: &Caller, id: &str, listed: &Listed) -> Option<Value> {
    let kind = "calendar#calendarListEntry";
    if listed.deleted {
        return Some(json!({"kind": kind, "etag": quoted(listed.etag), "id": id, "deleted": true}));
    }
    let calendar = state.calendars.get(id)?;
    let role = calendar.role(&caller.user)?;
    let mut entry = json!({
        "kind": kind,
        "etag": quoted(listed.etag),
        "id": id,
        "summary": calendar.summary(),
        "timeZone": calendar.zone(),
        "accessRole": role.name(),
        "selected": true,
        "colorId": "14",
        "defaultReminders": [],
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    });
    let fields = entry.as_object_mut()?;
    for key in ["description", "location"] {
        fields.extend(calendar.body.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    match &calendar.primary_of {
        Some(user) if *user == caller.user => drop(fields.insert("primary".into(), json!(true))),
        Some(_) => {}
        None => {
            let owner = calendar.access.iter().find(|(_, role)| **role == Role::Owner).map(|(user, _)| user);
            let email = owner.and_then(|owner| state.users.get(owner)).map(|user| user.email.clone());
            fields.extend(email.map(|email| ("dataOwner".to_owned(), json!(email))));
        }
    }
    fields.extend(listed.own.clone());
    // True or absent.
    fields.retain(|key, value| key != "hidden" || *value == json!(true));
    let color = fields.get("colorId").and_then(Value::as_str).and_then(|color| color.parse::<usize>().ok());
    let color = color.and_then(|n| COLORS.get(n.checked_sub(1)?)).copied().unwrap_or("#9fe1e7");
    fields.entry("backgroundColor").or_insert_with(|| json!(color));
    fields.entry("foregroundColor").or_insert_with(|| json!("#000000"));
    Some(entry)
}
