//! What a person does at Microsoft's own screens: the control route `event`.
//!
//! `{"user": "alice", "calendar": "primary", "do": "create", "id": …, "fields": {…}}`. Ids are made here; one that is given
//! with `create` is a nickname that later calls may use, with `_20270309` behind it for an occurrence. Beside create,
//! change, delete and copy there are `move` and `copy` with a `destination`, `split` ("this and following", from an
//! occurrence), `respond` (with `answer`) and `cancel`.

use http::Method;
use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use serde_json::{Value, json};

use super::answers::Refused;
use super::calls::{Answer, Caller, Outcome};
use super::events::pattern::End;
use super::events::query::Query;
use super::events::render::render;
use super::events::times::bound;
use super::events::{self, Spot, write};
use super::ids::EventId;
use super::prefer::Prefer;
use super::state::State;
use super::{Fields, calendars};
use crate::control::Misunderstood;
use crate::message::Call;

/// How much is shown where nobody said.
const MONTH: SignedDuration = SignedDuration::from_hours(24 * 31);

fn word<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body.get(key).and_then(Value::as_str)
}

/// The user that a body names.
pub(super) fn user(state: &State, body: &Value) -> Result<String, Misunderstood> {
    let user = word(body, "user").unwrap_or("alice");
    match state.users.contains_key(user) {
        true => Ok(user.to_owned()),
        false => Err(format!("there is no user \"{user}\"")),
    }
}

/// A calendar in somebody's list: `primary`, an id in either form, or what it is called.
pub(super) fn calendar(state: &State, user: &str, name: &str) -> Result<u64, Misunderstood> {
    let usual = state.default_mount(user).map(|(mount, _)| mount).filter(|_| name == "primary");
    let by_id = || state.mount_by_id(user, name);
    let by_name = || {
        let list = &state.users.get(user)?.list;
        let called = |mount: &u64| {
            let own = list[mount].name.clone();
            let name_of = || state.calendars.get(&list[mount].calendar).map(|held| held.name.clone());
            own.or_else(name_of).is_some_and(|held| held == name)
        };
        list.keys().copied().find(called)
    };
    usual.or_else(by_id).or_else(by_name).ok_or_else(|| format!("{user} has no calendar \"{name}\""))
}

/// What a person sees on a calendar: `{"user", "calendar", "from", "until"}`, the last two as instants. Series come as their
/// occurrences, in the order of their starts; without `until` a month is shown. Bodies are markup unless `"body": "text"`.
pub(super) fn look(state: &State, body: &Value) -> Result<Value, Misunderstood> {
    let user = user(state, body)?;
    let mount = calendar(state, &user, word(body, "calendar").unwrap_or("primary"))?;
    let instant = |key: &str| match word(body, key) {
        None => Ok(None),
        Some(text) => bound(text)
            .map(Some)
            .ok_or_else(|| format!("\"{key}\" is an instant such as 2026-12-01T00:00:00Z")),
    };
    let from = instant("from")?.unwrap_or(state.core.now);
    let until = instant("until")?.or_else(|| from.checked_add(MONTH).ok()).unwrap_or(from);
    let text = word(body, "body") == Some("text");
    let caller = Caller { prefer: Prefer { text, ..Prefer::plain() }, ..Caller::person(&user) };
    let (held, role) = caller.reach(state, mount).map_err(|refused| words(&refused))?;
    let viewer = events::viewer(&caller, mount, role);
    let query = Query::default();
    let mut found = Vec::new();
    for (_, item) in held.items.all(held.items.last()).filter(|(_, item)| item.gone.is_none()) {
        match item.rule {
            Some(_) => found.extend(
                item.occurrences((from, until))
                    .into_iter()
                    .map(|one| (one.times.start, render(state, &viewer, item, Some(&one), &query))),
            ),
            None if item.times.touches((from, until)) => {
                found.push((item.times.start, render(state, &viewer, item, None, &query)));
            }
            None => {}
        }
    }
    found.sort_by_key(|(start, _)| *start);
    let zone = state.users.get(&user).map(|user| user.time_zone.clone());
    let events: Vec<Value> = found.into_iter().map(|(_, event)| event).collect();
    Ok(json!({"calendar": state.calendar_name(held.number), "timeZone": zone, "events": events}))
}

fn words(refused: &Refused) -> Misunderstood {
    refused.message().to_owned()
}

/// Does what the body says.
pub(super) fn act(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let user = user(state, body)?;
    let mount = calendar(state, &user, word(body, "calendar").unwrap_or("primary"))?;
    let fields = match body.get("fields") {
        None => Fields::new(),
        Some(Value::Object(fields)) => fields.clone(),
        Some(_) => return Err("\"fields\" is an object in Graph's own form".into()),
    };
    let caller = Caller::person(&user);
    let call = Call::new(Method::POST, "/_twin/event", "");
    let found = |state: &State| find(state, &user, word(body, "id").ok_or("\"id\" is missing")?);
    let destination = |state: &State| match word(body, "destination") {
        Some(name) => calendar(state, &user, name),
        None => Ok(mount),
    };
    let done: Outcome = match word(body, "do") {
        Some("create") => {
            let made = write::create(state, &caller, mount, fields);
            if let (Ok(Answer::Made(event)), Some(nickname)) = (&made, word(body, "id"))
                && let Some(id) = event.get("id").and_then(Value::as_str).and_then(EventId::of)
            {
                state.nicknames.insert(nickname.to_owned(), id.item);
            }
            made
        }
        Some("change") => {
            let spot = found(state)?;
            write::change(state, &caller, &call, spot, fields)
        }
        Some("delete") => {
            let spot = found(state)?;
            write::delete(state, &caller, &call, spot, events::item::Gone::Deleted)
        }
        Some("copy") => {
            let (spot, to) = (found(state)?, destination(state)?);
            copy(state, &caller, &spot, to, fields)
        }
        Some("move") => {
            let (spot, to) = (found(state)?, destination(state)?);
            relocate(state, &caller, &spot, to)
        }
        Some("split") => {
            let spot = found(state)?;
            split(state, &caller, &call, spot, fields)
        }
        Some("respond") => {
            let action = match word(body, "answer") {
                Some("accepted") => "accept",
                Some("declined") => "decline",
                Some("tentative" | "tentativelyAccepted") => "tentativelyAccept",
                _ => return Err("\"answer\" is one of accepted, declined, tentativelyAccepted".into()),
            };
            let spot = found(state)?;
            events::act(state, &caller, spot, action, &fields)
        }
        Some("cancel") => {
            let spot = found(state)?;
            events::act(state, &caller, spot, "cancel", &fields)
        }
        _ => {
            return Err("\"do\" is one of create, change, delete, copy, move, split, respond, cancel".into());
        }
    };
    match done {
        Ok(Answer::Json(event) | Answer::Made(event)) => Ok(event),
        Ok(_) => Ok(json!({})),
        Err(refused) => Err(words(&refused)),
    }
}

/// Finds an event by its id, by a nickname, or by what its iCalendar UID is.
fn find(state: &State, user: &str, name: &str) -> Result<Spot, Misunderstood> {
    if EventId::of(name).is_some() {
        return events::locate(state, user, name, false).map_err(|refused| words(&refused));
    }
    let (nickname, day) = match name.rsplit_once('_') {
        Some((nickname, day))
            if Date::strptime("%Y%m%d", day).is_ok() && !state.nicknames.contains_key(name) =>
        {
            (nickname, Date::strptime("%Y%m%d", day).ok())
        }
        _ => (name, None),
    };
    let number = state.nicknames.get(nickname).copied();
    let list = state.users.get(user).map(|user| &user.list).ok_or("there is no such user")?;
    for (mount, entry) in list {
        let Some(held) = state.calendars.get(&entry.calendar) else { continue };
        let all = held.items.all(held.items.last()).map(|(_, item)| item).filter(|item| item.gone.is_none());
        let is = |item: &&events::item::Item| Some(item.number) == number || item.uid == nickname;
        let Some(item) = all.into_iter().find(is) else { continue };
        if day.is_some_and(|day| item.occurrence(day).is_none()) {
            return Err(format!("\"{nickname}\" does not take place then"));
        }
        return Ok(Spot {
            mount: *mount,
            calendar: entry.calendar,
            role: entry.role,
            item: item.clone(),
            day,
        });
    }
    Err(format!("there is no event \"{name}\""))
}

/// Another event that begins as the same.
fn copy(state: &mut State, caller: &Caller, spot: &Spot, to: u64, fields: Fields) -> Outcome {
    let Value::Object(shown) = events::shown(state, caller, spot, &Query::default()) else {
        return Err(Refused::not_found());
    };
    const COPIED: [&str; 15] = [
        "subject",
        "body",
        "start",
        "end",
        "isAllDay",
        "location",
        "locations",
        "recurrence",
        "importance",
        "sensitivity",
        "showAs",
        "categories",
        "isReminderOn",
        "reminderMinutesBeforeStart",
        "hideAttendees",
    ];
    let mut copied: Fields = shown.into_iter().filter(|(key, _)| COPIED.contains(&key.as_str())).collect();
    let zone = &spot.item.times.start_zone;
    in_zone(&mut copied, spot, zone);
    copied.remove("location");
    copied.extend(fields);
    write::create(state, caller, to, copied)
}

/// The times of an event as they were given, in its own zone.
fn in_zone(fields: &mut Fields, spot: &Spot, zone: &str) {
    let tz = super::zones::known(zone);
    let occurrence = spot.day.and_then(|day| spot.item.occurrence(day));
    let times = occurrence.map_or_else(|| spot.item.times.clone(), |one| one.times);
    if times.days.is_some() {
        return;
    }
    for (key, at) in [("start", times.start), ("end", times.end)] {
        let wall = at.to_zoned(tz.clone()).datetime();
        fields.insert(key.into(), json!({"dateTime": wall.to_string(), "timeZone": zone}));
    }
}

fn relocate(state: &mut State, caller: &Caller, spot: &Spot, to: u64) -> Outcome {
    let (calendar, role) = caller.writes(state, to)?;
    if calendar != spot.calendar {
        write::relocate(state, spot.calendar, &spot.item, calendar, &caller.by);
    }
    let item = state.calendars.get(&calendar).and_then(|held| held.item(spot.item.number)).cloned();
    let item = item.ok_or_else(Refused::not_found)?;
    let spot = Spot { mount: to, calendar, role, item, day: None };
    Ok(Answer::Json(events::shown(state, caller, &spot, &Query::default())))
}

/// "This and following": the series ends before an occurrence, and another begins with it.
fn split(state: &mut State, caller: &Caller, call: &Call, spot: Spot, fields: Fields) -> Outcome {
    let (Some(day), Some(rule)) = (spot.day, spot.item.rule.clone()) else {
        return Err(Refused::invalid("What is split is an occurrence of a series."));
    };
    let master = Spot { day: None, ..spot.clone() };
    let shown = events::shown(state, caller, &master, &Query::default());
    let passed = rule.days(day).filter(|other| *other < day).count();
    if passed == 0 {
        // The first and all that follow are all of it.
        return write::change(state, caller, call, master, fields);
    }
    let mut rest = shown.get("recurrence").cloned().unwrap_or_default();
    rest["range"]["startDate"] = json!(day.to_string());
    if let End::After(count) = rule.end {
        rest["range"]["numberOfOccurrences"] = json!(count as usize - passed);
    }
    let mut before = shown.get("recurrence").cloned().unwrap_or_default();
    let last = day.checked_sub(1.days()).unwrap_or(day);
    before["range"]["type"] = json!("endDate");
    before["range"]["endDate"] = json!(last.to_string());
    let mut more = fields;
    more.entry("recurrence").or_insert(rest);
    let made = copy(state, caller, &spot, spot.mount, more)?;
    let ended = Fields::from_iter([("recurrence".to_owned(), before)]);
    write::change(state, caller, call, master, ended)?;
    Ok(made)
}

/// The control route `calendar`: `{"do": "create" | "change" | "delete", "user", "id", "fields": {"name", "color"}}`.
pub(super) fn of_calendars(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let user = user(state, body)?;
    let mut fields = body.get("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    let id = word(body, "id").ok_or("\"id\" is missing")?;
    let mount = match word(body, "do") {
        Some("create") => {
            fields.entry("name").or_insert(json!(id));
            let group =
                state.users.get(&user).and_then(|user| user.groups.keys().next().copied()).unwrap_or(0);
            state.add_calendar(&user, id, group)
        }
        Some("change") => calendar(state, &user, id)?,
        Some("delete") => {
            let mount = calendar(state, &user, id)?;
            let number =
                state.users.get(&user).and_then(|user| user.list.get(&mount)).map(|mount| mount.calendar);
            calendars::remove(state, number.unwrap_or(0));
            return Ok(json!({}));
        }
        _ => return Err("\"do\" is one of create, change, delete".into()),
    };
    calendars::write(state, &user, mount, &fields).map_err(|refused| words(&refused))?;
    calendars::shown(state, &Caller::person(&user), mount).map_err(|refused| words(&refused))
}
