//! The control routes of this twin.
//!
//! Beside those that every twin has: `webhook` (subscriptions), `quirks` (switches), `consent` (how people answer the
//! consent page), `access` (what is shared with a connection), `connection` (what it may do), `calendar` (tables that
//! appear, vanish and change), `property` (columns) and `events` (what is on a calendar).

use http::Method;
use serde_json::{Value, json};

use super::state::{Bot, Page, Parent, State, normal};
use super::values::text;
use super::{pages, people, schema, signin, webhooks};
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
        let calendars: Vec<Value> = self.sources.keys().map(|id| whole(self, id)).collect();
        let users = self.users.iter();
        let users = users.map(|(name, user)| json!({"name": name, "email": user.email, "id": user.id}));
        let [calls, changes, mails] = self.core.ledger.counts();
        json!({
            "now": self.core.clock.now().to_string(),
            "workspace": self.workspace,
            "users": users.collect::<Vec<_>>(),
            "connections": self.bots.values().map(connection).collect::<Vec<_>>(),
            "calendars": calendars,
            "webhooks": webhooks::summary(self)["subscriptions"],
            "oauth": self.grants.summary(self.core.now),
            "counts": {"calls": calls, "changes": changes, "mails": mails, "notices": self.core.outbox.len()},
        })
    }

    fn event(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        people::act(self, body)
    }

    /// Cursors end: all of them, whatever the body says.
    fn expire_sync(&mut self, _body: &Value) -> Result<Value, Misunderstood> {
        self.epoch += 1;
        Ok(json!({}))
    }

    fn tokens(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        signin::control(self, body)
    }

    fn channels(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        webhooks::control(self, body)
    }

    fn more(&mut self, method: &Method, route: &str, body: &Value) -> Option<Result<Value, Misunderstood>> {
        Some(match (method.as_str(), route) {
            ("GET", "events") => look(self, body),
            ("GET", "channels" | "webhook") => Ok(webhooks::summary(self)),
            ("POST", "webhook") => webhooks::subscribe(self, body),
            ("GET", "quirks") => Ok(json!(self.quirks)),
            ("POST", "quirks") => switch(self, body),
            ("POST", "consent") => serde_json::from_value(body.clone())
                .map(|consent| {
                    self.grants.consent = consent;
                    json!(self.grants.consent)
                })
                .map_err(|error| format!("not a way to consent: {error}")),
            ("POST", "access") => access(self, body),
            ("POST", "connection") => powers(self, body),
            ("POST", "calendar") => people::table(self, body),
            ("POST", "property") => people::column(self, body),
            _ => return None,
        })
    }
}

/// Sets some switches and leaves the others.
fn switch(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let mut all = json!(state.quirks);
    let fields = body.as_object().ok_or("the switches are an object")?;
    for (key, value) in fields {
        match (all.get_mut(key), value) {
            (Some(Value::Object(group)), Value::Object(more)) => {
                group.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            _ => all[key.as_str()] = value.clone(),
        }
    }
    state.quirks = serde_json::from_value(all).map_err(|error| format!("not a switch: {error}"))?;
    Ok(json!(state.quirks))
}

/// The connections that a control call names: those of `user` (alice), or one by its `bot`.
fn chosen(state: &State, body: &Value) -> Result<Vec<String>, Misunderstood> {
    if let Some(bot) = body.get("bot").and_then(Value::as_str) {
        let known = state.bots.contains_key(bot);
        return known
            .then(|| vec![bot.to_owned()])
            .ok_or_else(|| format!("there is no connection \"{bot}\""));
    }
    let person = people::actor(state, body)?.user;
    Ok(state.bots.values().filter(|bot| bot.person == person).map(|bot| bot.id.clone()).collect())
}

/// `{"user": …, "calendar" or "id": …, "role": "none" | "editor"}`: takes something out of what is shared, or shares it.
fn access(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let said = |key: &str| body.get(key).and_then(Value::as_str);
    let id = match (said("id"), said("calendar")) {
        (Some(id), _) => normal(id).ok_or_else(|| format!("\"{id}\" is not an id"))?,
        (None, Some(name)) => {
            let owner = said("owner").or(said("user")).unwrap_or("alice");
            let source = people::calendar(state, owner, name)?;
            // It is the database that is shared.
            state.sources.get(&source).map(|source| source.database.clone()).unwrap_or(source)
        }
        (None, None) => return Err("\"calendar\" or \"id\" says what".into()),
    };
    let share = match said("role") {
        Some("none") => false,
        Some("editor" | "writer" | "owner") => true,
        _ => return Err("\"role\" is none or editor".into()),
    };
    let bots = chosen(state, body)?;
    for bot in &bots {
        let Some(bot) = state.bots.get_mut(bot) else { continue };
        let (into, out) = match share {
            true => (&mut bot.shared, &mut bot.withheld),
            false => (&mut bot.withheld, &mut bot.shared),
        };
        into.insert(id.clone());
        out.remove(&id);
    }
    Ok(json!({"id": id, "connections": bots}))
}

/// `{"user": …, "read": false, "update": true, "insert": true, "users": "nothing" | "names" | "mail"}`.
fn powers(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let bots = chosen(state, body)?;
    for id in &bots {
        let Some(bot) = state.bots.get_mut(id) else { continue };
        let mut powers = json!(bot.powers);
        for (key, value) in body.as_object().into_iter().flatten() {
            if powers.get(key).is_some() {
                powers[key.as_str()] = value.clone();
            }
        }
        bot.powers = serde_json::from_value(powers).map_err(|error| format!("not a capability: {error}"))?;
    }
    Ok(json!(bots.iter().filter_map(|id| state.bots.get(id)).map(connection).collect::<Vec<_>>()))
}

fn connection(bot: &Bot) -> Value {
    json!({
        "id": bot.id,
        "user": bot.person,
        "client": bot.client,
        "shared": bot.shared,
        "withheld": bot.withheld,
        "powers": bot.powers,
    })
}

/// A calendar with everything on it that is there.
pub(super) fn whole(state: &State, id: &str) -> Value {
    let Some(source) = state.sources.get(id) else { return json!({}) };
    let rows: Vec<_> = rows(state, id).filter(|page| !state.is_gone(page)).collect();
    let count = |which: fn(&&&Page) -> bool| rows.iter().filter(which).count();
    json!({
        "id": id,
        "database": source.database,
        "summary": text::read(&source.title),
        "owner": state.users.iter().find(|(_, user)| user.id == source.made.by.id).map(|(name, _)| name),
        "trashed": state.in_trash(id),
        "properties": schema::shown(source),
        "counts": {
            "live": count(|page| page.trashed.is_none() && !page.archived),
            "archived": count(|page| page.trashed.is_none() && page.archived),
            "deleted": count(|page| page.trashed.is_some()),
        },
        "events": events(state, id),
    })
}

/// Every row of a calendar that is not in the trash, as its newest version tells it.
pub(super) fn events(state: &State, calendar: &str) -> Vec<Value> {
    let Ok(id) = people::calendar(state, "alice", calendar) else { return Vec::new() };
    let viewer = state.person("alice");
    let living = rows(state, &id).filter(|page| page.trashed.is_none());
    living.map(|page| pages::shown(state, &viewer, page)).collect()
}

/// The rows that lie in a table, those in the trash too.
fn rows<'a>(state: &'a State, id: &str) -> impl Iterator<Item = &'a Page> {
    let here = Parent::Source(id.to_owned());
    let rows = state.rows.get(id).into_iter().flatten().filter_map(|row| state.pages.get(row));
    rows.filter(move |page| page.parent == here)
}

/// `GET events?user=alice&calendar=primary`.
fn look(state: &State, body: &Value) -> Result<Value, Misunderstood> {
    let user = people::actor(state, body)?.user;
    let name = body.get("calendar").and_then(Value::as_str).unwrap_or("primary");
    let id = people::calendar(state, &user, name)?;
    let viewer = state.person(&user);
    let trashed = rows(state, &id).filter(|page| page.trashed.is_some() && !state.is_gone(page));
    let trashed: Vec<Value> = trashed.map(|page| pages::shown(state, &viewer, page)).collect();
    Ok(json!({
        "calendar": id,
        "properties": state.sources.get(&id).map(schema::shown),
        "events": events(state, &id),
        "trashed": trashed,
    }))
}
