//! Calendars and their groups: listed, made, changed, ended.

use http::Method;
use serde_json::{Value, json};

use super::answers::{Refused, object};
use super::calls::{Answer, Caller, Outcome};
use super::events::query::{Query, page};
use super::state::{Account, Role, State};
use super::{Fields, books, events, ids, subscriptions};
use crate::message::Call;

const COLORS: [(&str, &str); 10] = [
    ("auto", ""),
    ("lightBlue", "#0078d4"),
    ("lightGreen", "#498205"),
    ("lightOrange", "#ff8c00"),
    ("lightGray", "#7a7574"),
    ("lightYellow", "#ffd800"),
    ("lightTeal", "#00b7c3"),
    ("lightPink", "#e3008c"),
    ("lightBrown", "#8e562e"),
    ("lightRed", "#e81123"),
];

/// Answers a call under `calendars`, of a whole mailbox or of one group.
pub(super) fn answer(
    state: &mut State,
    caller: &Caller,
    call: &Call,
    group: Option<u64>,
    path: &[&str],
) -> Outcome {
    match (&call.method, path) {
        (&Method::GET, []) => {
            reads(caller)?;
            let query = Query::of(call)?;
            let user = state.users.get(&caller.mailbox).ok_or_else(Refused::not_found)?;
            let in_group = |mount: &u64| group.is_none_or(|group| user.list[mount].group == group);
            let mut mounts: Vec<u64> = user.list.keys().copied().filter(in_group).collect();
            mounts.sort_by_key(|mount| (!user.list[mount].is_default, *mount));
            let reached = |mount: &u64| caller.mailbox == caller.user || caller.reach(state, *mount).is_ok();
            let all: Vec<Value> = mounts
                .into_iter()
                .filter(reached)
                .filter_map(|mount| shown(state, caller, mount).ok())
                .map(|mut calendar| {
                    if let Value::Object(fields) = &mut calendar {
                        query.cut(fields);
                    }
                    calendar
                })
                .collect();
            let lists = &state.quirks.lists;
            let size = query.top.or(caller.prefer.page).unwrap_or(lists.page).min(lists.longest_page).max(1);
            Ok(Answer::Json(page(call, &state.settings.base_url, "calendars", all, &query, size)))
        }
        (&Method::POST, []) => {
            caller.needs(&["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"])?;
            if caller.mailbox != caller.user {
                return Err(Refused::of("ErrorAccessDenied"));
            }
            let body = object(&call.body)?;
            let name = body.get("name").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
            if name.is_empty() {
                return Err(Refused::property("Name", "At least one property failed validation."));
            }
            if taken(state, &caller.user, &name) {
                let words = format!("A folder with the specified name already exists., {name}");
                return Err(Refused::of("ErrorFolderExists").saying(words).with_status(409));
            }
            let user = state.users.get(&caller.user).ok_or_else(Refused::not_found)?;
            let group = group.or_else(|| user.groups.keys().next().copied()).unwrap_or(0);
            let mount = state.add_calendar(&caller.user, &name, group);
            write(state, &caller.user, mount, &body)?;
            told(state, &caller.user, mount);
            shown(state, caller, mount).map(Answer::Made)
        }
        (_, [id, rest @ ..]) => {
            let mount = state.mount_by_id(&caller.mailbox, id).ok_or_else(|| {
                match id.contains(char::is_whitespace) || id.len() < 20 {
                    true => Refused::of("ErrorInvalidIdMalformed"),
                    false => Refused::not_found(),
                }
            })?;
            one(state, caller, call, mount, rest)
        }
        _ => Err(Refused::of("BadRequest").with_status(405)),
    }
}

fn reads(caller: &Caller) -> Result<(), Refused> {
    caller.needs(&[
        "Calendars.Read",
        "Calendars.ReadWrite",
        "Calendars.ReadBasic",
        "Calendars.Read.Shared",
        "Calendars.ReadWrite.Shared",
    ])
}

fn taken(state: &State, user: &str, name: &str) -> bool {
    let mut own = state.calendars.values().filter(|calendar| calendar.owner == user);
    own.any(|calendar| calendar.name.eq_ignore_ascii_case(name))
}

/// Answers a call about one calendar.
pub(super) fn one(state: &mut State, caller: &Caller, call: &Call, mount: u64, path: &[&str]) -> Outcome {
    match (&call.method, path) {
        (&Method::GET, []) => {
            reads(caller)?;
            shown(state, caller, mount).map(Answer::Json)
        }
        (&Method::PATCH, []) => {
            caller.needs(&["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"])?;
            write(state, &caller.user, mount, &object(&call.body)?)?;
            told(state, &caller.user, mount);
            shown(state, caller, mount).map(Answer::Json)
        }
        (&Method::DELETE, []) => {
            caller.needs(&["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"])?;
            let entry = state.users.get(&caller.user).and_then(|user| user.list.get(&mount));
            let entry = entry.ok_or_else(Refused::not_found)?;
            if entry.is_default {
                let words = "The default calendar cannot be deleted.";
                return Err(Refused::of("ErrorDeleteDistinguishedFolder").saying(words));
            }
            let (calendar, role) = (entry.calendar, entry.role);
            told(state, &caller.user, mount);
            match role {
                Role::Owner => remove(state, calendar),
                // Whoever a calendar was shared with takes it out of the own list alone.
                _ => drop(state.users.get_mut(&caller.user).and_then(|user| user.list.remove(&mount))),
            }
            Ok(Answer::Nothing)
        }
        (_, ["events", rest @ ..]) => events::answer(state, caller, call, Some(mount), rest),
        (_, ["calendarView", rest @ ..]) => events::calendar_view(state, caller, call, Some(mount), rest),
        (&Method::POST, ["getSchedule" | "microsoft.graph.getSchedule"]) => {
            books::schedule(state, caller, &object(&call.body)?)
        }
        (&Method::GET, ["calendarPermissions"]) => {
            let entry = state.users.get(&caller.mailbox).and_then(|user| user.list.get(&mount));
            let calendar = entry.ok_or_else(Refused::not_found)?.calendar;
            let holders = state.users.values().filter_map(|user| {
                let mount = user.list.values().find(|mount| mount.calendar == calendar)?;
                (mount.role != Role::Owner).then(|| {
                    json!({
                        "id": user.oid, "role": mount.role, "isRemovable": true, "isInsideOrganization": true,
                        "emailAddress": {"name": user.display, "address": user.email},
                    })
                })
            });
            Ok(Answer::Json(json!({"value": holders.collect::<Vec<_>>()})))
        }
        _ => Err(Refused::of("BadRequest").saying("Resource not found for the segment.")),
    }
}

fn told(state: &mut State, user: &str, mount: u64) {
    let id = state.calendar_id(user, mount, ids::Kind::Usual);
    subscriptions::list_changed(state, user, &id);
}

/// Takes a calendar away, for everybody. What was in it is deleted.
pub(super) fn remove(state: &mut State, calendar: u64) {
    state.calendars.remove(&calendar);
    for user in state.users.values_mut() {
        user.list.retain(|_, mount| mount.calendar != calendar);
    }
}

/// Changes name and colour.
pub(super) fn write(state: &mut State, user: &str, mount: u64, body: &Fields) -> Result<(), Refused> {
    let entry = state.users.get(user).and_then(|user| user.list.get(&mount)).cloned();
    let entry = entry.ok_or_else(Refused::not_found)?;
    let key = state.next();
    if let Some(name) = body.get("name").and_then(Value::as_str) {
        if entry.role == Role::Owner {
            if let Some(calendar) = state.calendars.get_mut(&entry.calendar) {
                calendar.name = name.to_owned();
            }
        } else if let Some(entry) = state.users.get_mut(user).and_then(|user| user.list.get_mut(&mount)) {
            entry.name = Some(name.to_owned());
        }
    }
    let Some(calendar) = state.calendars.get_mut(&entry.calendar) else { return Ok(()) };
    calendar.key = key;
    if let Some(color) = body.get("color").and_then(Value::as_str) {
        let known = COLORS.iter().find(|known| known.0.eq_ignore_ascii_case(color));
        let known = known.ok_or_else(|| Refused::property("Color", "The value is not valid."))?;
        calendar.color = known.0.to_owned();
    }
    Ok(())
}

/// A calendar as it stands in a list.
pub(super) fn shown(state: &State, caller: &Caller, mount: u64) -> Result<Value, Refused> {
    let entry = state.users.get(&caller.mailbox).and_then(|user| user.list.get(&mount));
    let entry = entry.ok_or_else(Refused::not_found)?;
    let calendar = state.calendars.get(&entry.calendar).ok_or_else(Refused::not_found)?;
    let owner = state.users.get(&calendar.owner).ok_or_else(Refused::not_found)?;
    let own = entry.role == Role::Owner;
    let hex = COLORS.iter().find(|known| known.0 == calendar.color).map_or("", |known| known.1);
    let meetings: &[&str] =
        if owner.account == Account::Work { &["teamsForBusiness"] } else { &["skypeForConsumer"] };
    Ok(json!({
        "id": state.calendar_id(&caller.mailbox, mount, caller.prefer.ids),
        "name": entry.name.clone().unwrap_or_else(|| calendar.name.clone()),
        "color": calendar.color,
        "hexColor": hex,
        "changeKey": format!("DwAAABQAAAC{:010}", calendar.key),
        "canShare": own && !calendar.fixed,
        "canViewPrivateItems": entry.role >= Role::DelegateWithPrivateEventAccess,
        "canEdit": entry.role >= Role::Write && !calendar.fixed,
        "isDefaultCalendar": entry.is_default,
        "isRemovable": !entry.is_default,
        "isTallyingResponses": entry.is_default,
        "allowedOnlineMeetingProviders": meetings,
        "defaultOnlineMeetingProvider": meetings[0],
        "owner": {"name": owner.display, "address": owner.email},
    }))
}

/// Answers a call under `calendarGroups`.
pub(super) fn groups(state: &mut State, caller: &Caller, call: &Call, path: &[&str]) -> Outcome {
    reads(caller)?;
    let user = state.users.get(&caller.mailbox).ok_or_else(Refused::not_found)?;
    let told = |number: u64, name: &str| {
        json!({
            "id": ids::group(user.number, number),
            "name": name,
            "classId": "0006f0b7-0000-0000-c000-000000000046",
            "changeKey": format!("DwAAABQAAAG{number:010}"),
        })
    };
    match (&call.method, path) {
        (&Method::GET, []) => {
            let query = Query::of(call)?;
            let all: Vec<Value> = user.groups.iter().map(|(number, name)| told(*number, name)).collect();
            let size = query.top.unwrap_or(state.quirks.lists.page).max(1);
            Ok(Answer::Json(page(call, &state.settings.base_url, "calendarGroups", all, &query, size)))
        }
        (_, [id, "calendars", rest @ ..]) => {
            let group = user.groups.keys().copied().find(|group| ids::group(user.number, *group) == *id);
            let group = group.ok_or_else(Refused::not_found)?;
            answer(state, caller, call, Some(group), rest)
        }
        _ => Err(Refused::of("BadRequest").saying("Resource not found for the segment.")),
    }
}
