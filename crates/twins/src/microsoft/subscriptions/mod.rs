//! Change notifications: subscriptions, their validation, what is told, and what becomes of them.
//!
//! An address is asked before there is a subscription, while the caller waits for the answer. Notices say that something
//! changed, never what. Those about the subscription itself go to another address, if one was named.

mod endpoint;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use endpoint::answer;
pub(super) use told::{changed, control, list_changed};

use super::answers::Refused;
use super::calls::{Answer as Done, answered};
use super::state::State;
use crate::faults::{Rule, spoil};
use crate::message::{Call, Reply};
use crate::notices::{Answer, Answered};

/// How long an address may take to answer a validation.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);
/// How often a notice is tried: with growing gaps for some four hours.
const TRIES: u32 = 13;
/// How long nothing is told to an address that does not answer.
const DROPPED: SignedDuration = SignedDuration::from_mins(10);

/// What is told about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Target {
    /// Everything in a mailbox.
    Mailbox,
    Calendar(u64),
    /// The list of calendars.
    List,
}

/// A subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subscription {
    id: String,
    user: String,
    app: String,
    resource: String,
    target: Target,
    kinds: BTreeSet<String>,
    url: String,
    lifecycle: Option<String>,
    client_state: Option<String>,
    expires: Timestamp,
    immutable: bool,
    failures: u32,
    dropped_until: Option<Timestamp>,
    /// Whether another authorisation was asked for.
    asked: bool,
}

/// One that is not there yet: its addresses are being asked.
#[derive(Clone, Debug)]
struct Pending {
    subscription: Subscription,
    /// What was sent with each notice, and how it was answered.
    asked: BTreeMap<u64, (String, Option<Result<(), String>>)>,
    until: Timestamp,
    call: Option<(Call, Option<String>, Option<Rule>)>,
}

/// All of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Subscriptions {
    open: BTreeMap<String, Subscription>,
    ended: Vec<Subscription>,
    /// Whoever waits has a connection, which does not outlive a twin.
    #[serde(skip)]
    pending: BTreeMap<u64, Pending>,
    muted: bool,
    /// So many notices to come are lost, or come twice.
    drop: u32,
    double: u32,
}

/// Remembers what call it is that waits.
pub(super) fn waits_for(
    state: &mut State,
    ticket: u64,
    call: &Call,
    user: Option<String>,
    fault: Option<Rule>,
) {
    if let Some(pending) = state.subscriptions.pending.get_mut(&ticket) {
        pending.call = Some((call.clone(), user, fault));
    }
}

/// Asks the addresses of a subscription that is wanted. Returns the number to wait for.
fn ask(state: &mut State, subscription: Subscription) -> u64 {
    let mut asked = BTreeMap::new();
    let addresses = [Some(subscription.url.clone()), subscription.lifecycle.clone()];
    for address in addresses.into_iter().flatten() {
        let id = super::answers::guid(state);
        let token =
            format!("Validation: Testing client application reachability for subscription Request-Id: {id}");
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("validationToken", &token)
            .finish();
        let joint = if address.contains('?') { '&' } else { '?' };
        let headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
        let now = state.core.now;
        let to = format!("{address}{joint}{query}");
        let notice = state.core.outbox.put(&subscription.id, &to, now, headers, Bytes::new());
        asked.insert(notice, (token, None));
    }
    let ticket = state.next();
    let until = state.core.after(PATIENCE);
    state.subscriptions.pending.insert(ticket, Pending { subscription, asked, until, call: None });
    ticket
}

/// Takes in what a notice was answered.
pub(super) fn delivered(state: &mut State, notice: u64, answer: &Answer) {
    let now = state.core.now;
    for pending in state.subscriptions.pending.values_mut() {
        let Some((token, outcome)) = pending.asked.get_mut(&notice) else { continue };
        let text = answer.content_type.trim_start().to_ascii_lowercase().starts_with("text/plain");
        *outcome = Some(match answer.status {
            0 => Err("Subscription validation request timed out.".to_owned()),
            200 if text && answer.body.as_ref() == token.as_bytes() => Ok(()),
            200 => Err(
                "Subscription validation request failed. Response must exactly match validationToken query \
                        parameter."
                    .to_owned(),
            ),
            status => {
                let words = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
                Err(format!(
                    "Subscription validation request failed. Notification endpoint must respond with 200 OK to \
                     validation request, not {status} {}.",
                    words.unwrap_or_default()
                ))
            }
        });
        state.core.outbox.settled(notice, Answered::Given, 1, now);
        return;
    }
    let outcome = if (200..300).contains(&answer.status) { Answered::Delivered } else { Answered::Again };
    let Some((id, _)) = state.core.outbox.settled(notice, outcome, TRIES, now) else { return };
    let most = state.quirks.push.drops_after;
    let until = state.core.after(DROPPED);
    let Some(subscription) = state.subscriptions.open.get_mut(&id) else { return };
    if outcome == Answered::Delivered {
        subscription.failures = 0;
        return;
    }
    subscription.failures += 1;
    if subscription.failures >= most && subscription.dropped_until.is_none() {
        subscription.dropped_until = Some(until);
    }
}

/// The answer to a call that waited for its addresses.
pub(super) fn ready(state: &mut State, ticket: u64) -> Option<Reply> {
    let pending = state.subscriptions.pending.get(&ticket)?;
    let over = pending.until <= state.core.now;
    let all = pending.asked.values().all(|(_, outcome)| outcome.is_some());
    let failed = pending.asked.values().find_map(|(_, outcome)| outcome.as_ref()?.as_ref().err().cloned());
    let outcome = match (failed, all, over) {
        (Some(words), ..) => Err(words),
        (None, true, _) => Ok(()),
        (None, false, true) => Err("Subscription validation request timed out.".to_owned()),
        (None, false, false) => return None,
    };
    let pending = state.subscriptions.pending.remove(&ticket)?;
    state.core.outbox.forget(&pending.subscription.id);
    let (call, user, fault) = pending.call?;
    let outcome = match outcome {
        Ok(()) => {
            let shown = endpoint::shown(state, &pending.subscription);
            state.subscriptions.open.insert(pending.subscription.id.clone(), pending.subscription);
            Ok(Done::Made(shown))
        }
        Err(words) => Err(Refused::of("ValidationError").saying(words)),
    };
    let mut reply = answered(state, outcome, call.header("client-request-id"));
    if let Some(rule) = &fault {
        reply = spoil(reply, rule);
    }
    state.core.called(&call, user, fault.map(|rule| rule.kind), &reply, false);
    Some(reply)
}

/// Ends what has ended, and tells what is to be told about subscriptions themselves.
pub(super) fn finish(state: &mut State) {
    if state.subscriptions.open.is_empty() {
        return;
    }
    let now = state.core.now;
    let ids: Vec<String> = state.subscriptions.open.keys().cloned().collect();
    for id in ids {
        let Some(held) = state.subscriptions.open.get(&id) else { continue };
        let soon = ends_soon(state, held.expires);
        let Some(held) = state.subscriptions.open.get_mut(&id) else { continue };
        if held.expires <= now {
            let ended = state.subscriptions.open.remove(&id);
            state.subscriptions.ended.extend(ended);
            state.core.outbox.forget(&id);
            state.core.revision += 1;
            continue;
        }
        let mut events = Vec::new();
        if !held.asked && soon {
            held.asked = true;
            events.push("reauthorizationRequired");
        }
        if held.dropped_until.is_some_and(|until| until <= now) {
            held.dropped_until = None;
            held.failures = 0;
            events.push("missed");
        }
        for event in events {
            state.core.revision += 1;
            told::lifecycle(state, &id, event);
        }
    }
}

/// Whether it is time to ask for another authorisation. Who wants so short a life from the beginning is not asked at once.
fn ends_soon(state: &State, expires: Timestamp) -> bool {
    let lead = SignedDuration::from_mins(state.quirks.push.reauthorize_minutes);
    expires.duration_since(state.core.now) <= lead
}

/// What there is, for the control route.
pub(super) fn summary(state: &State) -> Value {
    let open = state.subscriptions.open.values().map(|held| {
        json!({
            "id": held.id, "user": held.user, "resource": held.resource, "address": held.url,
            "lifecycle": held.lifecycle, "expires": held.expires, "failures": held.failures,
        })
    });
    json!({
        "channels": open.collect::<Vec<_>>(),
        "pending": state.subscriptions.pending.len(),
        "muted": state.subscriptions.muted,
        "waiting": state.core.outbox.len(),
    })
}
