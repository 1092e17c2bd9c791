//! The control routes, `/_twin/…`, which every twin has: what a test or an operator says to it behind the
//! provider's back.
//!
//! They are never struck by faults, and none of them is a call of the provider. What a route that shows something is
//! asked for stands in its query (`?since=n`).
//!
//! | route | body | does |
//! | --- | --- | --- |
//! | `GET state` | | everything the twin holds, with counts |
//! | `GET log`, `changes`, `mail` (`?since=n&last=n`) | | the ledger: calls, versions, mail that would have been sent |
//! | `POST reset` | `{"seed": 7}` or `{}` | back to the beginning |
//! | `POST event` | `{"user", "calendar", "do": "create\|change\|delete\|copy", "id", "fields"}` | what a person there does |
//! | `POST faults` | a rule ([`crate::faults::Rule`]), `{"rules": […]}`, `{"clear": true}` | adds rules, takes them away |
//! | `GET`, `DELETE faults` | | the rules with their numbers and hits; takes them away |
//! | `DELETE faults/3` | | takes one away |
//! | `POST clock` | `{"advance": "36h"}` | moves the twin's clock |
//! | `POST expire-sync` | `{"calendar", "user"}`, both optional | ends tokens of incremental sync |
//! | `POST tokens` | `{"do": "expire\|revoke\|rotate\|restore", "user"}` | what becomes of access |
//! | `POST channels` | `{"do": "mute\|expire\|duplicate\|drop…", "id"}` | what becomes of channels |
//!
//! A provider may have more ([`Desk::more`]).

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::clock;
use crate::core::Core;
use crate::faults::{Faults, Rule};
use crate::message::{Call, Reply, pairs};
use crate::twin::{self, Provider};

/// Why a control call was not understood, in words for the person who sent it.
pub type Misunderstood = String;

/// What a twin offers to its operator.
pub trait Desk {
    /// What every twin has.
    fn core(&self) -> &Core;
    /// The same, to be changed.
    fn core_mut(&mut self) -> &mut Core;
    /// Everything it holds.
    fn state(&self) -> Value;
    /// Does what a person on that side would do: create, change, delete, copy.
    fn event(&mut self, body: &Value) -> Result<Value, Misunderstood>;
    /// Makes the tokens of incremental sync end.
    fn expire_sync(&mut self, body: &Value) -> Result<Value, Misunderstood>;
    /// Expires, revokes or rotates tokens of access.
    fn tokens(&mut self, body: &Value) -> Result<Value, Misunderstood>;
    /// Mutes, expires, doubles or drops channels.
    fn channels(&mut self, body: &Value) -> Result<Value, Misunderstood>;
    /// What only this provider has; `None` if there is no such route.
    fn more(&mut self, method: &Method, route: &str, body: &Value) -> Option<Result<Value, Misunderstood>>;
}

/// The prefix of the routes.
pub const PREFIX: &str = "/_twin/";

/// Whether a call is one to a control route.
pub fn is_route(call: &Call) -> bool {
    call.path.starts_with(PREFIX)
}

/// Answers a call to a control route.
pub fn answer<P: Provider>(desk: &mut P, call: &Call) -> Reply {
    let route = call.path.strip_prefix(PREFIX).unwrap_or_default().trim_end_matches('/').to_owned();
    let body = match call.body.is_empty() {
        true => Ok(pairs(&call.query).into_iter().map(|(key, value)| (key, Value::String(value))).collect()),
        false => serde_json::from_slice::<Value>(&call.body)
            .map_err(|error| format!("the body is not JSON: {error}")),
    };
    let done = body.and_then(|body| perform(desk, &call.method, &route, &body));
    match done {
        Ok(Some(value)) => Reply::json(StatusCode::OK, &value),
        Ok(None) => {
            let routes =
                "state, log, changes, mail, reset, event, faults, clock, expire-sync, tokens, channels";
            let words = format!("{} {PREFIX}{route} is not a control route; there are {routes}", call.method);
            Reply::json(StatusCode::NOT_FOUND, &json!({ "error": words }))
        }
        Err(words) => Reply::json(StatusCode::BAD_REQUEST, &json!({ "error": words })),
    }
}

/// Does what a control route says. `None`: there is no such route.
pub fn perform<P: Provider>(
    desk: &mut P,
    method: &Method,
    route: &str,
    body: &Value,
) -> Result<Option<Value>, Misunderstood> {
    let value = match (method.as_str(), route) {
        ("GET", "state") => desk.state(),
        ("GET", "log") => json!({ "calls": part(body, |since| desk.core().ledger.calls(since).collect())? }),
        ("GET", "changes") => {
            json!({ "changes": part(body, |since| desk.core().ledger.changes(since).collect())? })
        }
        ("GET", "mail") => json!({ "mails": part(body, |since| desk.core().ledger.mails(since).collect())? }),
        ("GET", "faults") => rules(desk),
        ("GET", "clock") => json!({ "now": desk.core().clock.now().to_string() }),
        ("DELETE", "faults") => {
            desk.core_mut().faults.clear();
            rules(desk)
        }
        ("DELETE", route) if route.starts_with("faults/") => {
            let id = &route["faults/".len()..];
            if !id.parse().is_ok_and(|id| desk.core_mut().faults.remove(id)) {
                return Err(format!("there is no fault rule {id}"));
            }
            rules(desk)
        }
        ("POST", "faults") => {
            add_faults(&mut desk.core_mut().faults, body)?;
            rules(desk)
        }
        ("POST", "reset") => {
            twin::reset(desk, body.get("seed").and_then(Value::as_u64));
            json!({})
        }
        ("POST", "clock") => {
            let by = body
                .get("advance")
                .and_then(Value::as_str)
                .ok_or("\"advance\" says how far, such as \"36h\"")?;
            desk.core_mut().clock.advance(clock::duration(by)?);
            json!({ "now": desk.core().clock.now().to_string() })
        }
        ("POST", "event") => desk.event(body)?,
        ("POST", "expire-sync") => desk.expire_sync(body)?,
        ("POST", "tokens") => desk.tokens(body)?,
        ("POST", "channels") => desk.channels(body)?,
        ("GET" | "POST", _) => return desk.more(method, route, body).transpose(),
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// The entries of a book after number `since`; of those, the `last` so many.
fn part<T>(body: &Value, after: impl FnOnce(u64) -> Vec<T>) -> Result<Vec<T>, Misunderstood> {
    let number = |key: &str| match body.get(key) {
        None => Ok(None),
        Some(Value::String(text)) if text.parse::<u64>().is_ok() => Ok(text.parse().ok()),
        Some(Value::Number(number)) => Ok(number.as_u64()),
        Some(_) => Err(format!("\"{key}\" is a number")),
    };
    let mut entries = after(number("since")?.unwrap_or(0));
    let most = number("last")?.and_then(|last| usize::try_from(last).ok()).unwrap_or(usize::MAX);
    entries.drain(..entries.len().saturating_sub(most));
    Ok(entries)
}

fn rules(desk: &impl Desk) -> Value {
    json!({ "rules": desk.core().faults.rules() })
}

/// One rule, `{"rules": […]}`, or `{"clear": true}` alone or with either.
fn add_faults(faults: &mut Faults, body: &Value) -> Result<(), Misunderstood> {
    let mut body = body.clone();
    let fields = body.as_object_mut().ok_or("a fault rule is an object")?;
    if fields.remove("clear").is_some_and(|clear| clear == true) {
        faults.clear();
        if fields.is_empty() {
            return Ok(());
        }
    }
    let rules = match fields.remove("rules") {
        Some(Value::Array(rules)) => rules,
        Some(_) => return Err("\"rules\" is a list".into()),
        None => vec![body],
    };
    for rule in rules {
        let rule: Rule =
            serde_json::from_value(rule).map_err(|error| format!("not a fault rule: {error}"))?;
        faults.add(rule)?;
    }
    Ok(())
}

/// Puts some fields over others, deeply: how switches are set of which only some are named.
pub(crate) fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
