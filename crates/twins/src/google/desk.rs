//! The control routes of this twin.
//!
//! Beside those that every twin has: `quirks` (switches), `consent` (how people answer the consent page), `access`
//! (roles on a calendar) and `calendar` (calendars that appear, vanish and change).

use http::Method;
use serde_json::{Value, json};

use super::calls::Detail;
use super::channels;
use super::events::render::{Viewer, render};
use super::state::{Role, State};
use super::{calendars, oauth, people};
use crate::control::{Desk, Misunderstood};
use crate::core::Core;

impl Desk for State {
    fn core(&self) -> &Core {
        &self.core
    }

    fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }

    fn state(&self) -> Value {
        let calendars: Vec<Value> = self.calendars.keys().map(|id| whole(self, id)).collect();
        let users =
            self.users.iter().map(|(name, user)| json!({"name": name, "email": user.email, "sub": user.sub}));
        let [calls, changes, mails] = self.core.ledger.counts();
        json!({
            "now": self.core.clock.now().to_string(),
            "users": users.collect::<Vec<_>>(),
            "calendars": calendars,
            "channels": channels::summary(self)["channels"],
            "oauth": self.grants.summary(),
            "counts": {"calls": calls, "changes": changes, "mails": mails, "notices": self.core.outbox.len()},
        })
    }

    fn event(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        people::act(self, body)
    }

    /// `{"calendar": …, "user": …}`; without either, every token ends, that of the list of calendars too.
    fn expire_sync(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        let user = body.get("user").and_then(Value::as_str);
        let calendar = match body.get("calendar").and_then(Value::as_str) {
            Some(name) => Some(people::calendar(self, user.unwrap_or("alice"), name)?),
            None => None,
        };
        for (id, held) in &mut self.calendars {
            if calendar.as_ref().is_some_and(|wanted| wanted != id) {
                continue;
            }
            match user {
                Some(user) => *held.access_epochs.entry(user.to_owned()).or_default() += 1,
                None => held.epoch += 1,
            }
        }
        for (name, held) in &mut self.users {
            if calendar.is_none() && user.is_none_or(|user| user == name) {
                held.list_epoch += 1;
            }
        }
        Ok(json!({}))
    }

    fn tokens(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        oauth::control(self, body)
    }

    fn channels(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        channels::control(self, body)
    }

    fn more(&mut self, method: &Method, route: &str, body: &Value) -> Option<Result<Value, Misunderstood>> {
        Some(match (method.as_str(), route) {
            ("GET", "events") => people::look(self, body),
            ("GET", "channels") => Ok(channels::summary(self)),
            ("GET", "quirks") => Ok(json!(self.quirks)),
            ("POST", "quirks") => switch(self, body),
            ("POST", "consent") => serde_json::from_value(body.clone())
                .map(|consent| {
                    self.grants.consent = consent;
                    json!(self.grants.consent)
                })
                .map_err(|error| format!("not a way to consent: {error}")),
            ("POST", "access") => access(self, body),
            ("POST", "calendar") => calendar(self, body),
            _ => return None,
        })
    }
}

/// Sets some switches and leaves the others.
fn switch(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let mut all = json!(state.quirks);
    let (Value::Object(all_fields), Value::Object(fields)) = (&mut all, body) else {
        return Err("the switches are an object".into());
    };
    super::events::write::merge(all_fields, fields.clone());
    state.quirks = serde_json::from_value(all).map_err(|error| format!("not a switch: {error}"))?;
    Ok(json!(state.quirks))
}

/// `{"calendar": …, "user": …, "role": "reader" | … | "none"}`.
fn access(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let user = text(body, "user")?;
    if !state.users.contains_key(&user) {
        return Err(format!("there is no user \"{user}\""));
    }
    let id = people::calendar(state, "alice", &text(body, "calendar")?)?;
    let name = text(body, "role")?;
    let role = match name.as_str() {
        "none" => None,
        name => Some(Role::of(name).ok_or_else(|| format!("\"{name}\" is not a role"))?),
    };
    calendars::grant(state, &id, &user, role);
    Ok(
        json!({"calendar": id, "access": state.calendars[&id].access.iter().map(|(user, role)| (user.clone(), role.name())).collect::<std::collections::BTreeMap<_, _>>()}),
    )
}

/// `{"do": "create" | "change" | "delete", "user": …, "id": …, "fields": {…}}`.
fn calendar(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let user = text(body, "user").unwrap_or_else(|_| "alice".to_owned());
    if !state.users.contains_key(&user) {
        return Err(format!("there is no user \"{user}\""));
    }
    let fields = body.get("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    let id = match text(body, "do")?.as_str() {
        "create" => {
            let id = text(body, "id")?;
            if state.calendars.contains_key(&id) {
                return Err(format!("there is a calendar \"{id}\" already"));
            }
            state.add_calendar(&user, &id, "New calendar", None);
            id
        }
        "change" => people::calendar(state, &user, &text(body, "id")?)?,
        "delete" => {
            let id = people::calendar(state, &user, &text(body, "id")?)?;
            calendars::remove(state, &id);
            return Ok(json!({}));
        }
        other => return Err(format!("\"do\" is one of create, change, delete, not {other}")),
    };
    let etag = state.next_etag();
    if let Some(held) = state.calendars.get_mut(&id) {
        super::events::write::merge(&mut held.body, fields);
        held.etag = etag;
    }
    Ok(whole(state, &id))
}

fn text(body: &Value, key: &str) -> Result<String, Misunderstood> {
    body.get(key)
        .and_then(Value::as_str)
        .map(ToOwned::to_owned)
        .ok_or_else(|| format!("\"{key}\" is missing"))
}

/// A calendar with everything on it that lives, as its owner sees it.
fn whole(state: &State, id: &str) -> Value {
    let Some(calendar) = state.calendars.get(id) else { return json!({}) };
    let mut counts = [0u32; 5];
    let all = calendar.events.all(calendar.events.last());
    for (_, entry) in all {
        let which = match (entry.child_of(), entry.is_cancelled(), entry.repeats()) {
            (Some(_), true, _) => 0,
            (Some(_), false, _) => 1,
            (None, true, _) => 2,
            (None, false, true) => 3,
            (None, false, false) => 4,
        };
        counts[which] += 1;
    }
    let [cancelled, exceptions, deleted, series, singles] = counts;
    json!({
        "id": id,
        "summary": calendar.summary(),
        "timeZone": calendar.zone(),
        "access": calendar.access.iter().map(|(user, role)| (user.clone(), role.name())).collect::<std::collections::BTreeMap<_, _>>(),
        "changes": calendar.events.last(),
        "counts": {
            "live": series + singles,
            "singles": singles,
            "series": series,
            "exceptions": exceptions,
            "cancelledOccurrences": cancelled,
            "deleted": deleted,
        },
        "events": events(state, id),
    })
}

/// Everything on a calendar that lives, cancelled occurrences of living series included.
pub(super) fn events(state: &State, id: &str) -> Vec<Value> {
    let Some(calendar) = state.calendars.get(id) else { return Vec::new() };
    let owner = calendar.access.iter().find(|(_, role)| **role == Role::Owner).map(|(user, _)| user.clone());
    let upto = calendar.events.last();
    let viewer = Viewer {
        user: owner.unwrap_or_default(),
        detail: Detail::Full,
        role: Role::Owner,
        zone: super::events::times::zone(calendar.zone()).unwrap_or(jiff::tz::TimeZone::UTC),
        max_attendees: None,
        upto,
    };
    let lives = |master: &str| calendar.events.get(master).is_some_and(|series| !series.is_cancelled());
    let shown = calendar.events.all(upto).filter(|(_, entry)| match entry.child_of() {
        Some((master, _)) => lives(master) && !entry.dropped,
        None => !entry.is_cancelled(),
    });
    shown.map(|(_, entry)| render(state, calendar, entry, &viewer)).collect()
}
