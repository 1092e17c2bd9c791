//! What a person does with another program: the control route `event`.
//!
//! `{"user": "alice", "calendar": "primary", "do": "create", "id": …, "fields": {…}}`. An `id` is the name of an object,
//! with or without `.ics`, or its UID. `fields` are a whole object as iCalendar (`{"ics": "BEGIN:VCALENDAR…"}`), or plain
//! words ([`fields`]). With `occurrence` (`20261208T090000` on the clock of the series, or in UTC with `Z`) change, delete,
//! cancel and respond are about that one, and `split` about it and all that follow.

mod fields;
mod series;
pub(super) mod told;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::answers::Refused;
use super::calls::Caller;
use super::objects::{self, Spot};
use super::state::{Access, Item, Kind, State};
use super::text::check::check;
use super::text::times::{When, stamp};
use super::text::{Component, FOLDED, Line};
use crate::control::Misunderstood;

/// How much is shown where nobody said.
const MONTH: SignedDuration = SignedDuration::from_hours(24 * 31);

/// The plain fields of an event.
type Fields = serde_json::Map<String, Value>;

/// What a person sees on a calendar: `{"user", "calendar", "from", "until"}`, the last two as instants. Series come as
/// their occurrences, in the order of their starts; without `until` a month is shown.
pub(super) fn look(state: &State, body: &Value) -> Result<Value, Misunderstood> {
    let word = |key: &str| body.get(key).and_then(Value::as_str);
    let user = word("user").unwrap_or("alice");
    let id = calendar(state, user, word("calendar").unwrap_or("primary"))?;
    let instant = |key: &str| match word(key) {
        None => Ok(None),
        Some(text) => text
            .parse::<jiff::Timestamp>()
            .map(Some)
            .map_err(|_| format!("\"{key}\" is an instant such as 2026-12-01T00:00:00Z")),
    };
    let from = instant("from")?.unwrap_or(state.core.now);
    let until = instant("until")?.or_else(|| from.checked_add(MONTH).ok()).unwrap_or(from);
    let held = state.collections.get(&id).ok_or("there is no such calendar")?;
    let events = told::occurrences(state, held, (from, until))?;
    Ok(json!({"calendar": id, "timeZone": state.settings.time_zone, "events": events}))
}

/// The id of a calendar that somebody has: by its id, as `primary`, by its name in their home, or by what it is called.
pub(super) fn calendar(state: &State, user: &str, name: &str) -> Result<String, Misunderstood> {
    let held = state.users.get(user).ok_or_else(|| format!("there is no user \"{user}\""))?;
    let slug = if name == "primary" { "home" } else { name };
    if let Some(mount) = held.mounts.get(slug) {
        return Ok(mount.collection.clone());
    }
    let named = held.mounts.values().find(|mount| {
        let there = state.collections.get(&mount.collection);
        mount.collection == name || there.is_some_and(|there| there.display() == name)
    });
    named.map(|mount| mount.collection.clone()).ok_or_else(|| format!("{user} has no calendar \"{name}\""))
}

/// Does what the body says.
pub(super) fn act(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let word = |key: &str| body.get(key).and_then(Value::as_str);
    let user = word("user").unwrap_or("alice").to_owned();
    let id = calendar(state, &user, word("calendar").unwrap_or("primary"))?;
    let fields = match body.get("fields") {
        None => Fields::new(),
        Some(Value::Object(fields)) => fields.clone(),
        Some(_) => return Err("\"fields\" is an object".to_owned()),
    };
    may_write(state, &user, &id)?;
    let mut doer = Doer { state, caller: Caller::person(&user), calendar: id };
    let what = word("do").unwrap_or_default();
    if what == "create" {
        return doer.create(word("id"), &fields);
    }
    let name = doer.name(word("id").ok_or("\"id\" is missing")?)?;
    let occurrence = word("occurrence");
    let destination = match word("destination") {
        Some(to) => {
            let to = calendar(doer.state, &user, to)?;
            may_write(doer.state, &user, &to)?;
            Some(to)
        }
        None => None,
    };
    match what {
        "change" => doer.change(&name, occurrence, &fields),
        "delete" => doer.delete(&name, occurrence),
        "cancel" => doer.cancel(&name, occurrence),
        "copy" => doer.copy(&name, destination, &fields),
        "move" => doer.relocate(&name, destination.ok_or("\"destination\" is missing")?),
        "split" => doer.split(&name, occurrence.ok_or("\"occurrence\" is missing")?, &fields),
        "respond" => doer.respond(&name, occurrence, word("answer").ok_or("\"answer\" is missing")?),
        _ => Err("\"do\" is one of create, change, delete, cancel, copy, move, split, respond".to_owned()),
    }
}

fn may_write(state: &State, user: &str, calendar: &str) -> Result<(), Misunderstood> {
    let mount =
        state.users.get(user).and_then(|user| user.mounts.values().find(|m| m.collection == calendar));
    let subscribed = state.collections.get(calendar).is_some_and(|held| held.kind != Kind::Calendar);
    match mount {
        Some(mount) if mount.access >= Access::Writer && !subscribed => Ok(()),
        _ => Err(format!("{user} may not write into \"{calendar}\"")),
    }
}

/// Somebody at work on a calendar.
struct Doer<'a> {
    state: &'a mut State,
    caller: Caller,
    calendar: String,
}

impl Doer<'_> {
    /// The name of an object: by it, without its ending, or by a UID.
    fn name(&self, id: &str) -> Result<String, Misunderstood> {
        let held = self.state.collections.get(&self.calendar).ok_or("there is no such calendar")?;
        let ending = format!("{id}.ics");
        let known = [id, &ending].into_iter().find(|name| held.item(name).is_some()).map(ToOwned::to_owned);
        let by_uid = || held.living().find(|(_, item)| item.uid == id).map(|(name, _)| name.to_owned());
        known.or_else(by_uid).ok_or_else(|| format!("there is no object \"{id}\""))
    }

    fn item(&self, name: &str) -> Result<Item, Misunderstood> {
        let held = self.state.collections.get(&self.calendar);
        held.and_then(|held| held.item(name)).cloned().ok_or_else(|| format!("there is no object \"{name}\""))
    }

    fn parsed(&self, name: &str) -> Result<Component, Misunderstood> {
        Component::parse(self.item(name)?.text.as_deref().unwrap_or_default())
    }

    /// Stores a text and shows what came of it.
    fn put(&mut self, name: &str, text: &str) -> Result<Value, Misunderstood> {
        let checked = check(text, true).map_err(|fault| fault.words)?;
        let calendar = self.calendar.clone();
        objects::store(self.state, &self.caller, &calendar, name, text, checked, false)
            .map_err(|refused: Refused| refused.words())?;
        self.shown(&calendar, name)
    }

    fn shown(&self, calendar: &str, name: &str) -> Result<Value, Misunderstood> {
        let held = self.state.collections.get(calendar).ok_or("there is no such calendar")?;
        let item = held.item(name).ok_or("it is gone")?;
        Ok(told::object(self.state, held, name, item))
    }

    fn create(&mut self, id: Option<&str>, fields: &Fields) -> Result<Value, Misunderstood> {
        let uid = match (fields.get("uid").and_then(Value::as_str), id) {
            (Some(uid), _) => uid.to_owned(),
            (None, Some(id)) => id.strip_suffix(".ics").unwrap_or(id).to_owned(),
            (None, None) => fields::uid(self.state),
        };
        let name = id.map_or_else(
            || format!("{uid}.ics"),
            |id| if id.contains('.') { id.to_owned() } else { format!("{id}.ics") },
        );
        if self.state.collections.get(&self.calendar).is_some_and(|held| held.item(&name).is_some()) {
            return Err(format!("there is an object \"{name}\" already"));
        }
        if let Some(text) = fields.get("ics").and_then(Value::as_str) {
            return self.put(&name, text);
        }
        let calendar = fields::fresh(self.state, &uid, fields)?;
        self.put(&name, &calendar.render(FOLDED))
    }

    fn change(&mut self, name: &str, occurrence: Option<&str>, new: &Fields) -> Result<Value, Misunderstood> {
        if let Some(text) = new.get("ics").and_then(Value::as_str) {
            return self.put(name, text);
        }
        let mut calendar = self.parsed(name)?;
        let now = self.state.core.now;
        let zone = self.state.settings.time_zone.clone();
        match occurrence {
            None => {
                let before = calendar.clone();
                let master = series::master(&mut calendar)?;
                fields::apply(master, new, &zone)?;
                fields::stamp_change(master, before.master(), now);
                series::carry(&before, &mut calendar);
            }
            Some(which) => {
                let entry = series::exception(&mut calendar, which)?;
                let before = entry.clone();
                fields::apply(entry, new, &zone)?;
                fields::stamp_change(entry, Some(&before), now);
            }
        }
        fields::describe_zones(&mut calendar, now);
        self.put(name, &calendar.render(FOLDED))
    }

    fn delete(&mut self, name: &str, occurrence: Option<&str>) -> Result<Value, Misunderstood> {
        match occurrence {
            None => {
                let calendar = self.calendar.clone();
                objects::remove(self.state, &self.caller, &calendar, name, false);
                Ok(json!({}))
            }
            Some(which) => {
                let mut calendar = self.parsed(name)?;
                series::except(&mut calendar, which)?;
                let now = self.state.core.now;
                fields::stamp_change(series::master(&mut calendar)?, None, now);
                self.put(name, &calendar.render(FOLDED))
            }
        }
    }

    fn cancel(&mut self, name: &str, occurrence: Option<&str>) -> Result<Value, Misunderstood> {
        let mut calendar = self.parsed(name)?;
        let entry = match occurrence {
            None => series::master(&mut calendar)?,
            Some(which) => series::exception(&mut calendar, which)?,
        };
        entry.set(Line::new("STATUS", "CANCELLED"));
        fields::stamp_change(entry, None, self.state.core.now);
        self.put(name, &calendar.render(FOLDED))
    }

    fn copy(&mut self, name: &str, to: Option<String>, new: &Fields) -> Result<Value, Misunderstood> {
        let mut calendar = self.parsed(name)?;
        let uid = match new.get("uid").and_then(Value::as_str) {
            Some(uid) => uid.to_owned(),
            None => fields::uid(self.state),
        };
        for entry in calendar.entries_mut() {
            entry.set(Line::new("UID", &uid));
        }
        let zone = self.state.settings.time_zone.clone();
        let master = series::master(&mut calendar)?;
        fields::apply(master, new, &zone)?;
        fields::stamp_change(master, None, self.state.core.now);
        self.calendar = to.unwrap_or_else(|| self.calendar.clone());
        self.put(&format!("{uid}.ics"), &calendar.render(FOLDED))
    }

    fn relocate(&mut self, name: &str, to: String) -> Result<Value, Misunderstood> {
        let item = self.item(name)?;
        if self.state.collections.get(&to).is_some_and(|held| held.item(name).is_some()) {
            return Err(format!("there is an object \"{name}\" already"));
        }
        let leaving = Some((self.calendar.as_str(), name));
        let spot = Spot { collection: &to, name, known: None, from: leaving };
        let text = item.text.as_deref().unwrap_or_default();
        objects::acceptable(self.state, &spot, text)
            .map_err(|_| "the server does not take it in that calendar".to_owned())?;
        let from = std::mem::replace(&mut self.calendar, to.clone());
        self.state.remove_item(&from, name, &self.caller.by);
        let moved = Item { at: self.state.core.now, ..item };
        self.state.put_item(&to, name, moved, "moved", &self.caller.by);
        self.shown(&to, name)
    }

    /// "This and following": the old series ends before, a new object with another UID begins.
    fn split(&mut self, name: &str, which: &str, new: &Fields) -> Result<Value, Misunderstood> {
        let mut calendar = self.parsed(name)?;
        let uid = fields::uid(self.state);
        let Some(mut following) = series::split(&mut calendar, which, &uid)? else {
            // From the first on is all of it.
            return self.change(name, None, new);
        };
        let zone = self.state.settings.time_zone.clone();
        let now = self.state.core.now;
        let before = following.clone();
        fields::apply(series::master(&mut following)?, new, &zone)?;
        series::carry(&before, &mut following);
        for half in [&mut calendar, &mut following] {
            fields::stamp_change(series::master(half)?, None, now);
        }
        fields::describe_zones(&mut following, now);
        // Whoever refuses a property from others does not write it, either.
        let refused = self.state.quirks.write.refused_properties.clone();
        refused.iter().try_for_each(|name| series::master(&mut following).map(|first| first.remove(name)))?;
        self.put(name, &calendar.render(FOLDED))?;
        self.put(&format!("{uid}.ics"), &following.render(FOLDED))
    }

    fn respond(
        &mut self,
        name: &str,
        occurrence: Option<&str>,
        answer: &str,
    ) -> Result<Value, Misunderstood> {
        let said = match answer {
            "accepted" | "declined" | "tentative" => answer.to_ascii_uppercase(),
            "needsAction" => "NEEDS-ACTION".to_owned(),
            _ => return Err("\"answer\" is one of accepted, declined, tentative, needsAction".to_owned()),
        };
        let own = self.state.users.get(&self.caller.user).map(|user| user.email.clone()).unwrap_or_default();
        let mut calendar = self.parsed(name)?;
        let mut answered = false;
        let mut reply = |entry: &mut Component| {
            for line in &mut entry.lines {
                let address = line.value().trim().to_ascii_lowercase();
                if line.is("ATTENDEE") && address.strip_prefix("mailto:").unwrap_or(&address) == own {
                    *line = line.with_param("PARTSTAT", Some(&said)).with_param("RSVP", None);
                    answered = true;
                }
            }
        };
        match occurrence {
            None => calendar.entries_mut().for_each(&mut reply),
            Some(which) => reply(series::exception(&mut calendar, which)?),
        }
        if !answered {
            return Err(format!("{own} is not invited"));
        }
        self.put(name, &calendar.render(FOLDED))
    }
}

/// `DTSTAMP` of a revision that is made now.
fn dtstamp(now: jiff::Timestamp) -> Line {
    Line::new("DTSTAMP", &stamp(now))
}

/// Which occurrence a word names: `20261208T090000`, with `Z`, or a date.
fn which(word: &str) -> Result<When, Misunderstood> {
    When::read(word, None).ok_or_else(|| {
        format!("\"{word}\" is not an occurrence such as 20261208T090000, 20261208T080000Z or 20261208")
    })
}
