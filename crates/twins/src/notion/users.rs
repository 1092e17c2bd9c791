//! People and connections, as far as a connection may know them.

use serde_json::{Value, json};

use super::answers::Refused;
use super::calls::{Caller, Outcome, Pager};
use super::state::{Acquaintance, Bot, State, normal};
use crate::message::Call;

/// The name of the workspace.
pub(super) const WORKSPACE: &str = "Twin workspace";

/// A person, with what may be known.
pub(super) fn person(state: &State, name: &str, known: Acquaintance) -> Value {
    let Some(user) = state.users.get(name) else { return Value::Null };
    let mut person = json!({"object": "user", "id": user.id});
    if known > Acquaintance::Nothing {
        person["name"] = json!(user.display);
        person["avatar_url"] = Value::Null;
        person["type"] = json!("person");
        person["person"] = match known {
            Acquaintance::Mail => json!({"email": user.email}),
            _ => json!({}),
        };
    }
    person
}

fn connection(state: &State, bot: &Bot, known: Acquaintance) -> Value {
    let owner = match &bot.client {
        None => json!({"type": "workspace", "workspace": true}),
        Some(_) => json!({"type": "user", "user": person(state, &bot.person, known)}),
    };
    json!({
        "object": "user",
        "id": bot.id,
        "name": "Concord",
        "avatar_url": null,
        "type": "bot",
        "bot": {
            "owner": owner,
            "workspace_id": state.workspace,
            "workspace_name": WORKSPACE,
            "workspace_limits": {"max_file_upload_size_in_bytes": 5_242_880},
        },
    })
}

/// Somebody by their id, with what may be known.
pub(super) fn by_id(state: &State, id: &str, known: Acquaintance) -> Option<Value> {
    let name = state.users.iter().find(|(_, user)| user.id == id).map(|(name, _)| name);
    name.map(|name| person(state, name, known))
        .or_else(|| state.bots.get(id).map(|bot| connection(state, bot, known)))
}

/// `GET users/me`: the connection itself, which needs no capability.
pub(super) fn me(state: &State, caller: &Caller) -> Outcome {
    let bot = caller.bot.as_ref().and_then(|bot| state.bots.get(bot)).ok_or_else(Refused::unauthorized)?;
    Ok(connection(state, bot, caller.powers.users))
}

/// `GET users`.
pub(super) fn list(state: &State, caller: &Caller, call: &Call) -> Outcome {
    caller.may_know_people()?;
    let people = state.users.keys().map(|name| person(state, name, caller.powers.users));
    let bots = state.bots.values().map(|bot| connection(state, bot, caller.powers.users));
    Pager::of(state, call)?.plain(people.chain(bots).collect(), "user")
}

/// `GET users/{id}`.
pub(super) fn one(state: &State, caller: &Caller, id: &str) -> Outcome {
    caller.may_know_people()?;
    let known = normal(id).ok_or_else(|| Refused::field("path.user_id", "a valid uuid", id))?;
    by_id(state, &known, caller.powers.users).ok_or_else(|| Refused::not_found("user", id))
}
