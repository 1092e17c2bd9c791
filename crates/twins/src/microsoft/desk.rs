//! The control routes of this twin.
//!
//! Beside those that every twin has: `quirks` (switches), `consent` (how people answer the sign-in), `access` (sharing),
//! `calendar` (calendars that appear, vanish and change), `account` (work or personal) and `ids` (those of calendars change).

use http::Method;
use serde_json::{Value, json};

use super::calls::Caller;
use super::events::query::Query;
use super::events::render::{Viewer, render};
use super::people;
use super::prefer::Prefer;
use super::state::{Role, State};
use super::{oauth, subscriptions};
use crate::control::{Desk, Misunderstood, merge};
use crate::core::Core;

impl Desk for State {
    fn core(&self) -> &Core {
        &self.core
    }

    fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }

    fn state(&self) -> Value {
        let users = self.users.values().map(|user| {
            let calendars = user.list.iter().map(|(mount, entry)| {
                let shown = super::calendars::shown(self, &Caller::person(&user.name), *mount);
                let mut shown = shown.unwrap_or_default();
                shown["role"] = json!(entry.role);
                shown
            });
            json!({
                "name": user.name, "email": user.email, "id": user.oid, "account": user.account,
                "timeZone": user.time_zone, "calendars": calendars.collect::<Vec<_>>(),
            })
        });
        let [calls, changes, mails] = self.core.ledger.counts();
        json!({
            "now": self.core.clock.now().to_string(),
            "users": users.collect::<Vec<_>>(),
            "calendars": self.calendars.keys().map(|number| whole(self, *number)).collect::<Vec<_>>(),
            "channels": subscriptions::summary(self)["channels"],
            "oauth": self.grants.summary(),
            "counts": {"calls": calls, "changes": changes, "mails": mails, "notices": self.core.outbox.len()},
        })
    }

    fn event(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        people::act(self, body)
    }

    /// `{"calendar": …, "user": …}`; without a calendar, every token ends.
    fn expire_sync(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        let user = people::user(self, body)?;
        let only = match body.get("calendar").and_then(Value::as_str) {
            Some(name) => {
                let mount = people::calendar(self, &user, name)?;
                self.users.get(&user).and_then(|user| user.list.get(&mount)).map(|mount| mount.calendar)
            }
            None => None,
        };
        for (number, held) in &mut self.calendars {
            if only.is_none_or(|only| only == *number) {
                held.epoch += 1;
            }
        }
        Ok(json!({}))
    }

    fn tokens(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        oauth::control(self, body)
    }

    fn channels(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        subscriptions::control(self, body)
    }

    fn more(&mut self, method: &Method, route: &str, body: &Value) -> Option<Result<Value, Misunderstood>> {
        Some(match (method.as_str(), route) {
            ("GET", "events") => people::look(self, body),
            ("GET", "channels") => Ok(subscriptions::summary(self)),
            ("GET", "quirks") => Ok(json!(self.quirks)),
            ("POST", "quirks") => switch(self, body),
            ("POST", "consent") => serde_json::from_value(body.clone())
                .map(|consent| {
                    self.grants.consent = consent;
                    json!(self.grants.consent)
                })
                .map_err(|error| format!("not a way to consent: {error}")),
            ("POST", "access") => access(self, body),
            ("POST", "calendar") => people::of_calendars(self, body),
            ("POST", "account") => account(self, body),
            ("POST", "ids") => ids(self, body),
            _ => return None,
        })
    }
}

/// Sets some switches and leaves the others.
fn switch(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let mut all = json!(state.quirks);
    if !body.is_object() {
        return Err("the switches are an object".to_owned());
    }
    merge(&mut all, body);
    state.quirks = serde_json::from_value(all).map_err(|error| format!("not a switch: {error}"))?;
    Ok(json!(state.quirks))
}

/// `{"calendar", "user", "role": "freeBusyRead" | "read" | "write" | "delegateWithPrivateEventAccess" | "none"}`: alice's
/// calendar, or that of `owner`, appears in somebody's list.
fn access(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let word = |key: &str| body.get(key).and_then(Value::as_str);
    let owner = word("owner").unwrap_or("alice").to_owned();
    let mount = people::calendar(state, &owner, word("calendar").ok_or("\"calendar\" is missing")?)?;
    let calendar = state.users[&owner].list[&mount].calendar;
    let user = people::user(state, body)?;
    if state.calendars.get(&calendar).is_some_and(|held| held.owner == user) {
        return Err(format!("the calendar is {user}'s own"));
    }
    let name = word("role").ok_or("\"role\" is missing")?;
    let role = match name {
        "none" => None,
        name => match Role::of(name) {
            Some(Role::Owner) | None => return Err(format!("\"{name}\" is not a role")),
            role => role,
        },
    };
    let held = state.mount_of(&user, calendar).map(|(mount, _)| mount);
    let others = state.users[&user].groups.keys().next_back().copied().unwrap_or(0);
    match (role, held) {
        (None, held) => {
            if let (Some(held), Some(user)) = (held, state.users.get_mut(&user)) {
                user.list.remove(&held);
            }
            return Ok(json!({}));
        }
        (Some(role), Some(held)) => {
            if let Some(entry) = state.users.get_mut(&user).and_then(|user| user.list.get_mut(&held)) {
                entry.role = role;
            }
        }
        (Some(role), None) => {
            state.mount(&user, calendar, role, others);
        }
    }
    let mount = state.mount_of(&user, calendar).map_or(0, |(mount, _)| mount);
    super::calendars::shown(state, &Caller::person(&user), mount).map_err(|_| "it is not there".to_owned())
}

/// `{"user", "kind": "work" | "personal", "timeZone"}`.
fn account(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let name = people::user(state, body)?;
    let Some(user) = state.users.get_mut(&name) else { return Err(format!("there is no user \"{name}\"")) };
    if let Some(kind) = body.get("kind") {
        user.account = serde_json::from_value(kind.clone())
            .map_err(|_| "\"kind\" is one of work, personal".to_owned())?;
    }
    if let Some(zone) = body.get("timeZone").and_then(Value::as_str) {
        user.time_zone = zone.to_owned();
    }
    Ok(json!({"user": name, "kind": user.account, "timeZone": user.time_zone}))
}

/// `{"user"}`: the ids of all calendars in somebody's list become others.
fn ids(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let name = people::user(state, body)?;
    if let Some(user) = state.users.get_mut(&name) {
        user.id_epoch += 1;
    }
    Ok(json!({}))
}

fn whole(state: &State, number: u64) -> Value {
    let Some(held) = state.calendars.get(&number) else { return Value::Null };
    json!({
        "id": state.calendar_name(number),
        "name": held.name,
        "owner": held.owner,
        "changes": held.items.last(),
        "events": events_of(state, number),
    })
}

/// Everything on a calendar that lives, by the name of the calendar.
pub(super) fn events(state: &State, name: &str) -> Vec<Value> {
    let number = state.calendars.keys().copied().find(|number| state.calendar_name(*number) == name);
    number.map(|number| events_of(state, number)).unwrap_or_default()
}

fn events_of(state: &State, number: u64) -> Vec<Value> {
    let Some(held) = state.calendars.get(&number) else { return Vec::new() };
    let mount = state.mount_of(&held.owner, number).map_or(0, |(mount, _)| mount);
    let viewer =
        Viewer { user: held.owner.clone(), mount, role: Role::Owner, prefer: Prefer::plain(), basic: false };
    let query = Query::everything();
    let mut all = Vec::new();
    for (_, item) in held.items.all(held.items.last()).filter(|(_, item)| item.gone.is_none()) {
        let mut event = render(state, &viewer, item, None, &query);
        let properties = item.extended.iter().map(|(id, value)| json!({"id": id, "value": value}));
        event["singleValueExtendedProperties"] = properties.collect();
        super::events::render::with_exceptions(state, &viewer, item, &query, &mut event);
        all.push(event);
        for one in item.exceptions.keys().filter_map(|day| item.occurrence(*day)) {
            all.push(render(state, &viewer, item, Some(&one), &query));
        }
    }
    all
}
