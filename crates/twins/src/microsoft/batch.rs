//! `$batch`: up to twenty calls in one, answered in any order, each with its own status.
//!
//! Four of them run at a time. They wait for each other one after the other, or all for one, or not at all; what waited for
//! a failure fails with it. Faults look at every inner call, too.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::answers::{Refused, object};
use super::calls::{perform, strike};
use super::oauth;
use super::state::State;
use crate::faults::{Kind, Rule, spoil};
use crate::message::{Call, Journey, Reply};

/// The most calls in a batch.
const MOST: usize = 20;

/// Whether a call is a batch.
pub(super) fn is_batch(call: &Call) -> bool {
    call.method == Method::POST && matches!(call.path.as_str(), "/v1.0/$batch" | "/v1.0/%24batch")
}

struct Part {
    id: String,
    call: Call,
    after: Vec<String>,
}

/// Answers a batch.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    let user = oauth::bearer(state, call).ok().map(|caller| caller.user);
    let fault = strike(state, call);
    let parts = match parts(call) {
        Ok(parts) => parts,
        Err(refused) => {
            let reply = refused.reply(state, call.header("client-request-id"));
            return noted(state, call, user, None, reply);
        }
    };
    if let Some(rule) = &fault {
        if rule.kind == Kind::DropBefore {
            return noted(state, call, user, fault, Reply::lost(Journey::LostBefore));
        }
        if rule.kind == Kind::Status && !rule.effect {
            let reply = refused_by(state, rule);
            return noted(state, call, user, fault, reply);
        }
    }
    let struck: Vec<Option<Rule>> = parts.iter().map(|part| strike(state, &part.call)).collect();
    let of_whole = fault.or_else(|| struck.iter().flatten().find(|rule| is_of_whole(rule.kind)).cloned());
    if of_whole.as_ref().is_some_and(|rule| rule.kind == Kind::DropBefore) {
        return noted(state, call, user, of_whole, Reply::lost(Journey::LostBefore));
    }
    let count = parts.len();
    let mut statuses: BTreeMap<String, u16> = BTreeMap::new();
    let mut answers: Vec<Value> = Vec::new();
    for (part, rule) in parts.into_iter().zip(struck) {
        let failed = part.after.iter().any(|id| statuses.get(id).is_none_or(|status| *status >= 400));
        let rule = rule.filter(|rule| !is_of_whole(rule.kind));
        let reply = match failed {
            true => Refused::of("FailedDependency")
                .with_status(424)
                .saying("A request it depends on failed.")
                .reply(state, None),
            false => perform(state, &part.call, rule, true),
        };
        statuses.insert(part.id.clone(), reply.status.as_u16());
        answers.push(told(&part.id, &reply));
    }
    state.core.chance.shuffle(&mut answers);
    let reply = Reply::json(StatusCode::OK, &json!({ "responses": answers }));
    let mut reply = match &of_whole {
        Some(rule) if rule.kind == Kind::Status => refused_by(state, rule),
        Some(rule) => spoil(reply, rule),
        None => reply,
    };
    if let Some(user) = &user {
        let concurrent = state.quirks.load.concurrent.max(1);
        let rounds = u32::try_from(count.div_ceil(concurrent)).unwrap_or(1);
        let call = Duration::from_millis(state.quirks.load.call_ms);
        if reply.delay.is_none() && !call.is_zero() {
            reply.delay = Some(call * rounds);
        }
        reply = state.occupy(user, count.min(concurrent), reply);
    }
    noted(state, call, user, of_whole, reply)
}

fn noted(state: &mut State, call: &Call, user: Option<String>, fault: Option<Rule>, reply: Reply) -> Reply {
    state.core.called(call, user, fault.map(|rule| rule.kind), &reply, false);
    reply
}

fn refused_by(state: &mut State, rule: &Rule) -> Reply {
    let refused = Refused::by_fault(rule.status.unwrap_or(500), rule.reason.as_deref());
    let reply = refused.reply(state, None);
    match rule.retry_after {
        Some(seconds) => reply.with(http::header::RETRY_AFTER, &seconds.to_string()),
        None => reply,
    }
}

/// Whether a fault is about the connection rather than about one answer.
fn is_of_whole(kind: Kind) -> bool {
    match kind {
        Kind::DropBefore
        | Kind::DropAfter
        | Kind::Delay
        | Kind::Reset
        | Kind::Truncate
        | Kind::BadGateway => true,
        Kind::Status | Kind::Garbage | Kind::Empty | Kind::Short | Kind::Stale => false,
    }
}

/// Takes a batch apart.
fn parts(call: &Call) -> Result<Vec<Part>, Refused> {
    let wrong = |words: String| Refused::of("BadRequest").saying(words);
    let body = object(&call.body)?;
    let requests = body.get("requests").and_then(Value::as_array);
    let requests = requests.ok_or_else(|| wrong("The requests property is missing.".to_owned()))?;
    if requests.len() > MOST {
        return Err(wrong(format!("Number of batch request steps exceeds the maximum value of {MOST}.")));
    }
    let mut parts: Vec<Part> = Vec::new();
    for request in requests {
        let word = |key: &str| request.get(key).and_then(Value::as_str);
        let id =
            word("id").filter(|id| !id.is_empty()).ok_or_else(|| wrong("A request has no id.".to_owned()))?;
        if parts.iter().any(|part| part.id.eq_ignore_ascii_case(id)) {
            return Err(wrong(format!("Request Id {id} has to be unique in a batch.")));
        }
        let method = word("method").and_then(|method| method.to_ascii_uppercase().parse::<Method>().ok());
        let method = method.ok_or_else(|| wrong(format!("Request {id} has no method.")))?;
        let url = word("url").ok_or_else(|| wrong(format!("Request {id} has no url.")))?;
        let body = match request.get("body") {
            None | Some(Value::Null) => Bytes::new(),
            Some(Value::String(text)) => STANDARD.decode(text).map(Bytes::from).unwrap_or_default(),
            Some(value) => Bytes::from(value.to_string()),
        };
        let mut inner = Call::new(method, &format!("/v1.0/{}", url.trim_start_matches('/')), body);
        // Who calls is said outside; everything else belongs to the parts.
        if let Some(token) = call.header("authorization") {
            inner = inner.with("authorization", token);
        }
        for (name, value) in request.get("headers").and_then(Value::as_object).into_iter().flatten() {
            inner = inner.with(name, value.as_str().unwrap_or_default());
        }
        if !inner.body.is_empty() && inner.header("content-type").is_none() {
            return Err(wrong(format!(
                "Write request id : {id} does not contain Content-Type header or body."
            )));
        }
        if inner.method == Method::POST && inner.path.trim_end_matches('/') == "/v1.0/subscriptions" {
            return Err(wrong("Subscriptions are not made in batches here.".to_owned()));
        }
        let after = request.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
        let after: Vec<String> = after.filter_map(|id| id.as_str().map(ToOwned::to_owned)).collect();
        if let Some(unknown) = after.iter().find(|id| !parts.iter().any(|part| part.id == **id)) {
            return Err(wrong(format!("Request {id} depends on {unknown}, which does not come before it.")));
        }
        parts.push(Part { id: id.to_owned(), call: inner, after });
    }
    if !is_orderly(&parts) {
        let words = "Requests of a batch depend each on the one before, or all on the same, or not at all.";
        return Err(wrong(words.to_owned()));
    }
    Ok(parts)
}

fn is_orderly(parts: &[Part]) -> bool {
    let none = parts.iter().all(|part| part.after.is_empty());
    let chained = parts.windows(2).all(|pair| pair[1].after == [pair[0].id.clone()]);
    let first = parts.first().map(|part| part.id.clone());
    let on_first = parts.iter().skip(1).all(|part| part.after.iter().eq(first.iter()));
    none || chained || on_first
}

fn told(id: &str, reply: &Reply) -> Value {
    let headers = reply.headers.iter().filter_map(|(name, value)| {
        let name = match name.as_str() {
            "content-type" => "Content-Type".to_owned(),
            "retry-after" => "Retry-After".to_owned(),
            "etag" => "ETag".to_owned(),
            name => name.to_owned(),
        };
        Some((name, json!(value.to_str().ok()?)))
    });
    let mut told = json!({
        "id": id,
        "status": reply.status.as_u16(),
        "headers": headers.collect::<serde_json::Map<_, _>>(),
    });
    if !reply.body.is_empty() {
        let body = serde_json::from_slice(&reply.body);
        told["body"] = body.unwrap_or_else(|_| json!(STANDARD.encode(&reply.body)));
    }
    told
}
