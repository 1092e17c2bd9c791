//! What goes wrong on purpose: rules that match calls, and what they do to the answer.
//!
//! A fault is decided before the twin acts and done to the finished reply afterwards, so that "the effect happened
//! and the answer was lost" and "nothing happened" are both exact. Chance is seeded.

use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chance::Chance;
use crate::message::{Journey, Reply};

/// On a response whose answer never arrived whole: for callers in the same process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lost {
    /// Whether the call took effect.
    pub effect: bool,
}

/// On a response that is to arrive late: a listener waits, a simulator moves its clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delayed(pub Duration);

/// What can go wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request is lost: no effect, no answer.
    DropBefore,
    /// The effect is kept, the answer is lost.
    DropAfter,
    /// The answer comes late (`ms`).
    Delay,
    /// The call is refused with `status` and, where the provider has reasons, `reason`. No effect, unless `effect`.
    Status,
    /// The effect is kept and the connection breaks in the middle of the answer.
    Reset,
    /// The effect is kept and half of the body arrives as if it were all.
    Truncate,
    /// The effect is kept and a page of a proxy arrives instead of the answer, with status 200.
    Garbage,
    /// The effect is kept; a list arrives without its items, anything else without its body, with status 200.
    Empty,
    /// A read is answered as things were before the last change.
    Stale,
    /// The effect is kept; a list arrives with half of its items, its tokens as they were, with status 200.
    Short,
    /// The effect is kept and the page of a proxy in trouble arrives instead of the answer, with status 502.
    BadGateway,
}

/// Which calls a rule is about. An absent part matches everything.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The verb.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A part of the path with its query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whose call it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// One rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Its number, from 1, given when it is added: by it one rule is taken away.
    #[serde(default)]
    pub id: u64,
    /// Which calls.
    #[serde(rename = "match", default)]
    pub on: Match,
    /// What goes wrong.
    pub kind: Kind,
    /// The status of kind `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The provider's reason for kind `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How likely, per matching call; always if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// How often at most; without end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// How many matching calls pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// Seconds for the header Retry-After of kind `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// How late, for kind `delay`; a second if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// Whether kind `status` keeps the effect: "the write may have happened".
    #[serde(default)]
    pub effect: bool,
    /// How often it struck.
    #[serde(default)]
    pub hits: u64,
}

/// The rules in force, in the order they were given.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Vec<Rule>,
    last: u64,
}

impl Faults {
    /// Adds a rule behind the others.
    pub fn add(&mut self, mut rule: Rule) -> Result<(), String> {
        match (rule.kind, rule.status) {
            (Kind::Status, None) => return Err("a rule of kind status needs a status".into()),
            (Kind::Status, Some(code)) if !(400..600).contains(&code) => {
                return Err(format!("status {code} is not an error"));
            }
            _ => {}
        }
        if rule.rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
            return Err("rate must lie between 0 and 1".into());
        }
        self.last += 1;
        rule.id = self.last;
        self.rules.push(rule);
        Ok(())
    }

    /// Takes one rule away. Says whether it was there.
    pub fn remove(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        self.rules.len() < before
    }

    /// Takes every rule away.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The rules with their hits.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The fault that strikes this call, if one does: the first rule that matches and is not spent.
    pub fn strike(
        &mut self,
        chance: &mut Chance,
        method: &str,
        target: &str,
        user: Option<&str>,
    ) -> Option<Rule> {
        for rule in &mut self.rules {
            let matches = rule.on.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && rule.on.path.as_deref().is_none_or(|part| target.contains(part))
                && rule.on.user.as_deref().is_none_or(|wanted| user == Some(wanted));
            if !matches || rule.count == Some(0) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            if rule.rate.is_some_and(|rate| !chance.happens(rate)) {
                continue;
            }
            rule.count = rule.count.map(|left| left - 1);
            rule.hits += 1;
            return Some(rule.clone());
        }
        None
    }
}

/// Does a call under a fault: `act` performs it (told whether to answer from the past), `refuse` words a refusal.
pub fn under(
    fault: Option<&Rule>,
    refuse: impl FnOnce(&Rule) -> Reply,
    act: impl FnOnce(bool) -> Reply,
) -> Reply {
    let Some(fault) = fault else { return act(false) };
    match fault.kind {
        Kind::DropBefore => Reply::lost(Journey::LostBefore),
        Kind::Stale => act(true),
        Kind::Status => {
            if fault.effect {
                act(false);
            }
            let mut reply = refuse(fault);
            if let Some(seconds) = fault.retry_after {
                reply = reply.with(header::RETRY_AFTER, &seconds.to_string());
            }
            reply
        }
        _ => spoil(act(false), fault),
    }
}

/// What a fault does to a finished answer.
pub fn spoil(mut reply: Reply, fault: &Rule) -> Reply {
    if reply.awaits.is_some() {
        // Its time comes when there is an answer.
        return reply;
    }
    match fault.kind {
        Kind::DropBefore => return Reply::lost(Journey::LostBefore),
        Kind::DropAfter => reply.journey = Journey::LostAfter,
        Kind::Reset => reply.journey = Journey::BrokenMidway,
        Kind::Delay => reply.delay = Some(Duration::from_millis(fault.ms.unwrap_or(1000))),
        Kind::Truncate => reply.body = reply.body.slice(..reply.body.len() / 2),
        Kind::Garbage => return Reply::html(StatusCode::OK, GARBAGE.to_owned()),
        // What was refused is not made a success: an empty answer to a deletion is one.
        Kind::Empty if !reply.status.is_success() => {}
        Kind::Empty => {
            reply.status = StatusCode::OK;
            reply.headers.remove(header::ETAG);
            reply.body = with_items(&reply.body, |_| 0).unwrap_or_default();
        }
        Kind::Short => {
            if let Some(body) = with_items(&reply.body, |all| all / 2) {
                reply.headers.remove(header::ETAG);
                reply.body = body;
            }
        }
        Kind::BadGateway => return Reply::html(StatusCode::BAD_GATEWAY, BAD_GATEWAY.to_owned()),
        Kind::Status | Kind::Stale => {}
    }
    reply
}

const GARBAGE: &str = "<!DOCTYPE html><html><head><title>Sign in to the network</title></head>\
                       <body><p>Please accept the terms of this network to continue.</p></body></html>";

const BAD_GATEWAY: &str = "<html><head><title>502 Bad Gateway</title></head>\
                           <body><center><h1>502 Bad Gateway</h1></center></body></html>";

/// A list with only so many of its items (its tokens stay, as when a provider forgets). `None`: it is none.
fn with_items(body: &Bytes, keep: impl FnOnce(usize) -> usize) -> Option<Bytes> {
    let Ok(Value::Object(mut list)) = serde_json::from_slice::<Value>(body) else { return None };
    let named = ["items", "value", "results"];
    let items = named.into_iter().find(|key| list.get(*key).is_some_and(Value::is_array))?;
    let items = list.get_mut(items).and_then(Value::as_array_mut)?;
    items.truncate(keep(items.len()));
    Some(Bytes::from(Value::Object(list).to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn strikes(rule: Value, calls: &[(&str, &str)]) -> Vec<bool> {
        let mut faults = Faults::default();
        faults.add(serde_json::from_value(rule).unwrap()).unwrap();
        let mut chance = Chance::new(1);
        calls
            .iter()
            .map(|(method, path)| faults.strike(&mut chance, method, path, Some("alice")).is_some())
            .collect()
    }

    #[test]
    fn a_rule_strikes_what_it_matches_and_as_often_as_it_says() {
        let post = ("POST", "/calendar/v3/calendars/a/events");
        let get = ("GET", "/calendar/v3/calendars/a/events");
        let rule =
            json!({"match": {"method": "POST", "path": "/events"}, "kind": "reset", "count": 1, "skip": 1});
        assert_eq!(strikes(rule, &[get, post, post, post]), [false, false, true, false]);
        assert_eq!(strikes(json!({"kind": "delay", "match": {"user": "bob"}}), &[get]), [false]);
        assert_eq!(strikes(json!({"kind": "delay", "rate": 0.0}), &[get]), [false]);
    }

    #[test]
    fn a_refusal_needs_a_status_that_is_an_error() {
        let add = |rule| Faults::default().add(serde_json::from_value(rule).unwrap());
        assert!(add(json!({"kind": "status"})).is_err());
        assert!(add(json!({"kind": "status", "status": 200})).is_err());
        assert!(add(json!({"kind": "status", "status": 503})).is_ok());
    }

    #[test]
    fn an_emptied_list_keeps_its_tokens() {
        let body = Bytes::from_static(br#"{"items":[{"id":"a"}],"nextSyncToken":"t"}"#);
        let emptied = Bytes::from_static(br#"{"items":[],"nextSyncToken":"t"}"#);
        assert_eq!(with_items(&body, |_| 0), Some(emptied));
        assert_eq!(with_items(&Bytes::from_static(br#"{"id":"a"}"#), |_| 0), None);
    }
}
