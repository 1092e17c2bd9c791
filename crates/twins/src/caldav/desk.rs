//! The control routes of this twin.
//!
//! Beside those that every twin has: `quirks` and `preset` (switches), `events` (what a person sees), `partition` (the
//! calendars move to another host), `access` (sharing) and `calendar` (calendars that appear, vanish and change).

use http::Method;
use serde_json::{Value, json};

use super::people::{self, told};
use super::places::Place;
use super::state::{Access, Kind, Mount, State, described};
use super::xml::{APPLE, DAV, element};
use super::{PRESETS, presets, signin};
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
        let [calls, changes, mails] = self.core.ledger.counts();
        let users = self.users.values().map(|user| {
            json!({
                "name": user.name,
                "email": user.email,
                "principal": self.href(&Place::Principal(user.name.clone())),
                "calendars": user.mounts.iter().map(|(slug, mount)| json!({
                    "name": slug,
                    "calendar": mount.collection,
                    "href": self.href(&Place::Collection(user.name.clone(), slug.clone())),
                    "access": mount.access,
                })).collect::<Vec<_>>(),
            })
        });
        json!({
            "now": self.core.clock.now().to_string(),
            "users": users.collect::<Vec<_>>(),
            "calendars": self.collections.keys().map(|id| whole(self, id)).collect::<Vec<_>>(),
            "passwords": signin::summary(self),
            "partition": self.settings.partitions.get(self.partition),
            "counts": {"calls": calls, "changes": changes, "mails": mails},
        })
    }

    fn event(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        people::act(self, body)
    }

    /// `{"calendar", "user", "silent"}`; without a calendar, everywhere. Tokens end; with `silent` they go on and
    /// nothing is said of what happened before.
    fn expire_sync(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        let user = word(body, "user").unwrap_or("alice");
        let only = match word(body, "calendar") {
            Some(name) => Some(people::calendar(self, user, name)?),
            None => None,
        };
        let silent = body.get("silent").is_some_and(|value| value == true || value == "true");
        for (id, held) in &mut self.collections {
            if only.as_ref().is_some_and(|wanted| wanted != id) {
                continue;
            }
            match silent {
                true => held.pruned = held.items.last(),
                false => held.epoch += 1,
            }
        }
        if silent {
            self.quirks.sync.silent_gaps = true;
        }
        Ok(json!({}))
    }

    fn tokens(&mut self, body: &Value) -> Result<Value, Misunderstood> {
        signin::control(self, body)
    }

    fn channels(&mut self, _: &Value) -> Result<Value, Misunderstood> {
        Err("a CalDAV server has no channels".to_owned())
    }

    fn more(&mut self, method: &Method, route: &str, body: &Value) -> Option<Result<Value, Misunderstood>> {
        Some(match (method.as_str(), route) {
            ("GET", "events") => people::look(self, body),
            ("GET", "quirks") => Ok(json!(self.quirks)),
            ("POST", "quirks") => switch(self, body),
            ("GET", "preset") => Ok(json!({ "presets": PRESETS })),
            ("POST", "preset") => set(self, body),
            ("GET", "tokens") => Ok(signin::summary(self)),
            ("POST", "partition") => partition(self, body),
            ("POST", "access") => access(self, body),
            ("POST", "calendar") => calendar(self, body),
            _ => return None,
        })
    }
}

fn word<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body.get(key).and_then(Value::as_str)
}

fn whole(state: &State, id: &str) -> Value {
    let Some(held) = state.collections.get(id) else { return Value::Null };
    let properties = held.properties.iter().map(|(name, property)| (name.clone(), json!(property.text())));
    json!({
        "id": id,
        "owner": held.owner,
        "summary": held.display(),
        "kind": held.kind,
        "components": held.components(),
        "properties": properties.collect::<serde_json::Map<_, _>>(),
        "count": held.living().count(),
        "events": events(state, id),
    })
}

/// Every object of a calendar, as its owner sees it.
pub(super) fn events(state: &State, id: &str) -> Vec<Value> {
    let Some(held) = state.collections.get(id) else { return Vec::new() };
    held.living().map(|(name, item)| told::object(state, held, name, item)).collect()
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

/// `{"name": "icloud", "quirks": {…}}`: all switches as that server has them, and then some otherwise.
fn set(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let name = word(body, "name").ok_or("\"name\" is missing")?;
    let quirks = presets::preset(name)
        .ok_or_else(|| format!("there is no preset \"{name}\"; there are {}", PRESETS.join(", ")))?;
    let before = std::mem::replace(&mut state.quirks, quirks);
    match body.get("quirks") {
        None => Ok(json!(state.quirks)),
        Some(more) => switch(state, more).inspect_err(|_| state.quirks = before),
    }
}

/// `{"to": 1}`: the calendars of everybody move to that partition; without a number, to the next.
fn partition(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let count = state.settings.partitions.len().max(1);
    let to = match body.get("to") {
        None => (state.partition + 1) % count,
        Some(to) => to
            .as_u64()
            .and_then(|to| usize::try_from(to).ok())
            .filter(|to| *to < count)
            .ok_or_else(|| format!("\"to\" is a number below {count}"))?,
    };
    state.partition = to;
    Ok(json!({"partition": state.settings.partitions.get(to)}))
}

/// `{"calendar", "user", "role": "reader" | "writer" | "freeBusy" | "none"}`: alice's calendar, or that of `owner`,
/// appears in somebody's home.
fn access(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let owner = word(body, "owner").unwrap_or("alice");
    let id = people::calendar(state, owner, word(body, "calendar").ok_or("\"calendar\" is missing")?)?;
    let user = word(body, "user").ok_or("\"user\" is missing")?;
    let role = match word(body, "role").ok_or("\"role\" is missing")? {
        "none" => None,
        "reader" => Some(Access::Reader),
        "writer" => Some(Access::Writer),
        "freeBusy" => Some(Access::FreeBusy),
        other => return Err(format!("\"{other}\" is not a role")),
    };
    let slug = id.replace('/', "-");
    let held = state.users.get_mut(user).ok_or_else(|| format!("there is no user \"{user}\""))?;
    if held.mounts.values().any(|mount| mount.collection == id && mount.access == Access::Owner) {
        return Err(format!("the calendar is {user}'s own"));
    }
    match role {
        Some(access) => drop(held.mounts.insert(slug, Mount { collection: id.clone(), access })),
        None => held.mounts.retain(|_, mount| mount.collection != id),
    }
    Ok(json!({"calendar": id, "user": user, "calendars": held.mounts.keys().collect::<Vec<_>>()}))
}

/// `{"do": "create" | "change" | "delete", "user", "id", "fields": {"summary", "color", "components"}}`.
fn calendar(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let user = word(body, "user").unwrap_or("alice").to_owned();
    if !state.users.contains_key(&user) {
        return Err(format!("there is no user \"{user}\""));
    }
    let id = word(body, "id").ok_or("\"id\" is missing")?.to_owned();
    let fields = body.get("fields").cloned().unwrap_or_default();
    let field = |key: &str| fields.get(key).and_then(Value::as_str);
    match word(body, "do") {
        Some("create") => {
            if state.kind_of(&user, &id).is_some() {
                return Err(format!("{user} has a calendar \"{id}\" already"));
            }
            let kinds = fields.get("components").and_then(Value::as_array).cloned();
            let kinds = kinds.unwrap_or_else(|| vec![json!("VEVENT")]);
            let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
            let properties =
                described(field("summary").unwrap_or(&id), field("color").unwrap_or_default(), &kinds);
            let id = state.add_collection(&user, &id, Kind::Calendar, properties);
            Ok(whole(state, &id))
        }
        Some("change") => {
            let id = people::calendar(state, &user, &id)?;
            for (key, space, name) in [("summary", DAV, "displayname"), ("color", APPLE, "calendar-color")] {
                if let Some(value) = field(key) {
                    super::propfind::write(state, &id, element(space, name).saying(value), true);
                }
            }
            Ok(whole(state, &id))
        }
        Some("delete") => {
            let id = people::calendar(state, &user, &id)?;
            state.remove_collection(&id);
            Ok(json!({}))
        }
        _ => Err("\"do\" is one of create, change, delete".to_owned()),
    }
}
