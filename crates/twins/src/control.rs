//! The control routes, `/_twin/…`, which every twin has: what a test or an operator says to it behind the
//! provider's back.
//!
//! They are never struck by faults, and none of them is a call of the provider.
//!
//! | route | body | does |
//! | --- | --- | --- |
//! | `GET state` | | everything the twin holds, with counts |
//! | `GET log`, `changes`, `mail` (`?since=n`) | | the ledger: calls, versions, mail that would have been sent |
//! | `POST reset` | `{"seed": 7}` or `{}` | back to the beginning |
//! | `POST event` | `{"user", "calendar", "do": "create\|change\|delete\|copy", "id", "fields"}` | what a person there does |
//! | `POST faults` | a rule ([`crate::faults::Rule`]), `{"rules": […]}`, `{"clear": true}` | adds rules, takes them away |
//! | `GET`, `DELETE faults` | | the rules with their hits; takes them away |
//! | `POST clock` | `{"advance": "36h"}` | moves the twin's clock |
//! | `POST expire-sync` | `{"calendar", "user"}`, both optional | ends tokens of incremental sync |
//! | `POST tokens` | `{"do": "expire\|revoke\|rotate\|restore", "user"}` | what becomes of access |
//! | `POST channels` | `{"do": "mute\|expire\|duplicate\|drop…", "id"}` | what becomes of channels |
//!
//! A provider may have more ([`Desk::more`]).

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::clock::{self, Clock};
use crate::faults::{Faults, Rule};
use crate::ledger::Ledger;
use crate::message::{Call, Reply};

/// Why a control call was not understood, in words for the person who sent it.
pub type Misunderstood = String;

/// What a twin offers to its operator.
pub trait Desk {
    /// Its clock.
    fn clock(&mut self) -> &mut Clock;
    /// Its fault rules.
    fn faults(&mut self) -> &mut Faults;
    /// Its ledger.
    fn ledger(&self) -> &Ledger;
    /// Everything it holds.
    fn state(&self) -> Value;
    /// Back to the beginning, with another seed if one is given.
    fn reset(&mut self, seed: Option<u64>);
    /// Does what a person on that side would do: create, change, delete, copy.
    fn event(&mut self, body: &Value) -> Result<Value, Misunderstood>;
    /// Makes the tokens of incremental sync end.
    fn expire_sync(&mut self, body: &Value) -> Result<Value, Misunderstood>;
    /// Expires, revokes or rotates tokens of access.
    fn tokens(&mut self, body: &Value) -> Result<Value, Misunderstood>;
    /// Mutes, expires, doubles or drops channels.
    fn channels(&mut self, body: &Value) -> Result<Value, Misunderstood>;
    /// What only this provider has; `None` if there is no such route.
    fn more(&mut self, route: &str, body: Option<&Value>) -> Option<Result<Value, Misunderstood>>;
}

/// The prefix of the routes.
pub const PREFIX: &str = "/_twin/";

/// Answers a call to a control route.
pub fn answer(desk: &mut dyn Desk, call: &Call) -> Reply {
    let route = call.path.strip_prefix(PREFIX).unwrap_or_default().trim_end_matches('/').to_owned();
    let body = match call.body.is_empty() {
        true => Ok(json!({})),
        false => serde_json::from_slice::<Value>(&call.body)
            .map_err(|error| format!("the body is not JSON: {error}")),
    };
    let since = call.param("since").and_then(|since| since.parse().ok()).unwrap_or(0);
    let done = body.and_then(|body| perform(desk, &call.method, &route, &body, since));
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
pub fn perform(
    desk: &mut dyn Desk,
    method: &Method,
    route: &str,
    body: &Value,
    since: u64,
) -> Result<Option<Value>, Misunderstood> {
    let value = match (method.as_str(), route) {
        ("GET", "state") => desk.state(),
        ("GET", "log") => json!({ "calls": desk.ledger().calls(since).collect::<Vec<_>>() }),
        ("GET", "changes") => json!({ "changes": desk.ledger().changes(since).collect::<Vec<_>>() }),
        ("GET", "mail") => json!({ "mails": desk.ledger().mails(since).collect::<Vec<_>>() }),
        ("GET", "faults") => rules(desk),
        ("GET", "clock") => json!({ "now": desk.clock().now().to_string() }),
        ("DELETE", "faults") => {
            desk.faults().clear();
            rules(desk)
        }
        ("POST", "faults") => {
            add_faults(desk.faults(), body)?;
            rules(desk)
        }
        ("POST", "reset") => {
            desk.reset(body.get("seed").and_then(Value::as_u64));
            json!({})
        }
        ("POST", "clock") => {
            let by = body
                .get("advance")
                .and_then(Value::as_str)
                .ok_or("\"advance\" says how far, such as \"36h\"")?;
            desk.clock().advance(clock::duration(by)?);
            json!({ "now": desk.clock().now().to_string() })
        }
        ("POST", "event") => desk.event(body)?,
        ("POST", "expire-sync") => desk.expire_sync(body)?,
        ("POST", "tokens") => desk.tokens(body)?,
        ("POST", "channels") => desk.channels(body)?,
        ("POST", _) => return desk.more(route, Some(body)).transpose(),
        ("GET", _) => return desk.more(route, None).transpose(),
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn rules(desk: &mut dyn Desk) -> Value {
    json!({ "rules": desk.faults().rules() })
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
