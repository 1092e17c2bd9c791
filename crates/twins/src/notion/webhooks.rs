//! Webhooks: subscriptions that a person makes, and the events they are told.
//!
//! An event is a signal, never the change itself. What happens to the same thing within the delay is told once; what was
//! made and thrown away in it, not at all. Order means nothing, attempts are counted, and nothing can be had again.
//!
//! All connections are of one integration: an event is told if one of them sees what it is about.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::calls::{Caller, Version};
use super::state::{Author, Page, Parent, State};
use super::users::WORKSPACE;
use crate::chance::TOKEN;
use crate::control::Misunderstood;

/// Whether a subscription is told anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Standing {
    /// Its address was sent a token that nobody has brought back yet.
    Unverified,
    Active,
    Paused,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Subscription {
    url: String,
    token: String,
    standing: Standing,
    /// It has a version of its own.
    version: String,
    /// The types that were ticked; `None` for all.
    kinds: Option<BTreeSet<String>>,
    muted: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Event {
    id: String,
    subscription: String,
    kind: String,
    entity: (String, String),
    authors: BTreeSet<Author>,
    accessible: Vec<Value>,
    data: Value,
    at: Timestamp,
    due: Timestamp,
    attempt: u32,
}

/// All subscriptions, and what was not delivered yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Webhooks {
    subscriptions: BTreeMap<String, Subscription>,
    events: BTreeMap<String, Event>,
    /// Events that will be lost.
    drop_next: u64,
}

/// Says what happened to a page.
pub(super) fn page(state: &mut State, caller: &Caller, what: &str, page: &Page, mut data: Value) {
    data["parent"] = holder(state, &page.parent);
    happened(state, caller, &format!("page.{what}"), ("page", &page.id), data);
}

/// Says what happened to a data source.
pub(super) fn source(state: &mut State, caller: &Caller, what: &str, id: &str, mut data: Value) {
    let database = state.sources.get(id).map(|source| source.database.clone());
    data["parent"] = json!({"id": database, "type": "database"});
    happened(state, caller, &format!("data_source.{what}"), ("data_source", id), data);
}

/// Says what happened to a database.
pub(super) fn database(state: &mut State, caller: &Caller, what: &str, id: &str) {
    let parent = state.databases.get(id).map(|database| database.parent.clone());
    let parent = holder(state, &parent.unwrap_or(Parent::Workspace));
    happened(state, caller, &format!("database.{what}"), ("database", id), json!({ "parent": parent }));
}

fn holder(state: &State, parent: &Parent) -> Value {
    match parent {
        Parent::Workspace => json!({"id": state.workspace, "type": "space"}),
        Parent::Page(id) => json!({"id": id, "type": "page"}),
        Parent::Source(id) => {
            let database = state.sources.get(id).map(|source| source.database.clone());
            json!({"id": database, "type": "database", "data_source_id": id})
        }
    }
}

fn happened(state: &mut State, caller: &Caller, kind: &str, entity: (&str, &str), data: Value) {
    if state.webhooks.subscriptions.is_empty() {
        return;
    }
    let seeing = state.bots.values().filter(|bot| state.shows(&bot.id, entity.1));
    let accessible: Vec<Value> = seeing
        .flat_map(|bot| {
            let person = state.users.get(&bot.person).map(|user| json!({"id": user.id, "type": "person"}));
            [person, Some(json!({"id": bot.id, "type": "bot"}))].into_iter().flatten()
        })
        .collect();
    // What no connection sees is not told, and so the loss of access is not told either.
    if accessible.is_empty() {
        return;
    }
    let subscriptions: Vec<String> = state.webhooks.subscriptions.keys().cloned().collect();
    for subscription in subscriptions {
        let held = &state.webhooks.subscriptions[&subscription];
        let Some((kind, entity)) = in_version(state, held, kind, entity) else { continue };
        let wanted = held.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind));
        if held.standing != Standing::Active || held.muted || !wanted {
            continue;
        }
        let now = state.core.now;
        let waiting = state.webhooks.events.values().filter(|event| {
            event.subscription == subscription
                && event.entity == entity
                && event.due > now
                && event.attempt == 1
        });
        let waiting: Vec<String> = waiting.map(|event| event.id.clone()).collect();
        if waiting.iter().any(|id| aggregated(state, id, &kind, caller, &data)) {
            continue;
        }
        let delivery = state.quirks.webhooks.clone();
        if state.webhooks.drop_next > 0 {
            state.webhooks.drop_next -= 1;
            continue;
        }
        if delivery.loss_rate > 0.0 && state.core.chance.happens(delivery.loss_rate) {
            continue;
        }
        let jitter = usize::try_from(delivery.jitter_ms).unwrap_or(0);
        let jitter = if jitter > 0 { state.core.chance.below(jitter) as u64 } else { 0 };
        let late = i64::try_from(delivery.delay_ms.saturating_add(jitter)).unwrap_or(0);
        let event = Event {
            id: state.new_id(),
            subscription,
            kind,
            entity,
            authors: BTreeSet::from([caller.author.clone()]),
            accessible: accessible.clone(),
            data: data.clone(),
            at: now,
            due: state.core.after(SignedDuration::from_millis(late)),
            attempt: 1,
        };
        post(state, &event);
        state.webhooks.events.insert(event.id.clone(), event);
    }
}

/// The type and the thing as a subscription's version names them.
fn in_version(
    state: &State,
    subscription: &Subscription,
    kind: &str,
    entity: (&str, &str),
) -> Option<(String, (String, String))> {
    let (what, id) = entity;
    let entity = (what.to_owned(), id.to_owned());
    if what != "data_source" || Version::named(&subscription.version) != Some(Version::Tables) {
        return Some((kind.to_owned(), entity));
    }
    // Before there were data sources, a database had content and a schema.
    let database = state.sources.get(id)?.database.clone();
    match kind {
        "data_source.content_updated" | "data_source.schema_updated" => {
            Some((kind.replace("data_source", "database"), ("database".to_owned(), database)))
        }
        _ => None,
    }
}

/// Takes what happened into an event that still waits. Says whether it belongs there.
fn aggregated(state: &mut State, id: &str, kind: &str, caller: &Caller, data: &Value) -> bool {
    let Some(event) = state.webhooks.events.get_mut(id) else { return false };
    let last = |kind: &str| kind.rsplit('.').next().unwrap_or_default().to_owned();
    let (before, after) = (last(&event.kind), last(kind));
    match (before.as_str(), after.as_str()) {
        // Made and thrown away, thrown away and taken back: nothing has happened.
        ("created", "deleted") | ("deleted", "undeleted") | ("undeleted", "deleted") => {
            state.webhooks.events.remove(id);
            state.core.outbox.forget(id);
            return true;
        }
        ("created", "content_updated" | "properties_updated" | "schema_updated" | "moved") => {}
        (before, after) if before == after => {
            for key in ["updated_properties", "updated_blocks"] {
                let more = data[key].as_array().cloned().unwrap_or_default();
                if let Some(all) = event.data.get_mut(key).and_then(Value::as_array_mut) {
                    all.extend(more);
                    let mut seen = BTreeSet::new();
                    all.retain(|one| seen.insert(one.to_string()));
                }
            }
            event.data["parent"] = data["parent"].clone();
        }
        _ => return false,
    }
    event.authors.insert(caller.author.clone());
    let event = event.clone();
    state.core.outbox.forget(id);
    post(state, &event);
    true
}

/// Puts an event into the outbox, signed over its very bytes.
fn post(state: &mut State, event: &Event) {
    let Some(subscription) = state.webhooks.subscriptions.get(&event.subscription) else { return };
    let author =
        |author: &Author| json!({"id": author.id, "type": if author.person { "person" } else { "bot" }});
    let body = json!({
        "id": event.id,
        "timestamp": event.at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        "workspace_id": state.workspace,
        "workspace_name": WORKSPACE,
        "subscription_id": event.subscription,
        "integration_id": INTEGRATION,
        "type": event.kind,
        "authors": event.authors.iter().map(author).collect::<Vec<_>>(),
        "accessible_by": event.accessible,
        "attempt_number": event.attempt,
        "api_version": subscription.version,
        "entity": {"id": event.entity.1, "type": event.entity.0},
        "data": event.data,
    });
    let body = body.to_string();
    let headers = || {
        vec![
            ("Content-Type", "application/json".to_owned()),
            ("User-Agent", "notion-webhooks".to_owned()),
            ("X-Notion-Signature", signature(&subscription.token, body.as_bytes())),
        ]
    };
    for _ in 0..state.quirks.webhooks.copies.max(1) {
        let body = Bytes::from(body.clone());
        state.core.outbox.put(&event.id, &subscription.url, event.due, headers(), body);
    }
}

/// The one integration that all connections are of.
const INTEGRATION: &str = "c0c0c0c0-0000-4000-8000-00000000c0de";

/// What a body is signed with.
fn signature(token: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("a key may have any length");
    mac.update(body);
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

/// How long after each attempt the next one follows, in minutes: eight over about a day.
const PAUSES: [i64; 7] = [1, 5, 20, 60, 180, 420, 720];

/// Notes what a notice was answered. Each attempt says which one it is, so it is another notice.
pub(super) fn delivered(state: &mut State, notice: u64, status: u16) {
    let arrived = (200..300).contains(&status);
    let now = state.core.now;
    let Some((id, _)) = state.core.outbox.answered(notice, if arrived { 200 } else { 410 }, now) else {
        return;
    };
    let Some(mut event) = state.webhooks.events.remove(&id) else { return };
    if arrived || event.attempt >= state.quirks.webhooks.attempts {
        return;
    }
    let at = usize::try_from(event.attempt - 1).unwrap_or(0).min(PAUSES.len() - 1);
    event.attempt += 1;
    event.due = state.core.after(SignedDuration::from_mins(PAUSES[at]));
    state.core.outbox.forget(&id);
    post(state, &event);
    state.webhooks.events.insert(id, event);
}

/// The control route `webhook`: what a person does in the settings of the integration.
///
/// `{"url": …}` makes a subscription and sends it its token, `{"do": "verify", "id": …, "token": …}` brings it back;
/// `resend`, `pause`, `resume`, `delete`, and `change` with other `events` or another `version`.
pub(super) fn subscribe(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    let wanted = text("do").unwrap_or_else(|| "create".to_owned());
    let kinds = match body.get("events") {
        None | Some(Value::Null) => None,
        Some(kinds) => {
            Some(serde_json::from_value(kinds.clone()).map_err(|_| "\"events\" is a list of types")?)
        }
    };
    let version = text("version");
    if let Some(version) = version.as_deref().filter(|version| Version::named(version).is_none()) {
        return Err(format!("\"{version}\" is not a version of the API"));
    }
    if wanted == "create" {
        let url = text("url").ok_or("\"url\" is missing")?;
        if !url::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(format!("\"{url}\" is not an address"));
        }
        let (id, token) = (state.new_id(), format!("secret_{}", state.core.chance.text(TOKEN, 43)));
        let version = version.unwrap_or_else(|| "2026-03-11".to_owned());
        // `verified` skips what a person would do with the token.
        let standing = if body["verified"] == true { Standing::Active } else { Standing::Unverified };
        let subscription = Subscription { url, token: token.clone(), standing, version, kinds, muted: false };
        state.webhooks.subscriptions.insert(id.clone(), subscription);
        send_token(state, &id);
        let mut told = shown(state, &id);
        told["token"] = json!(token);
        return Ok(told);
    }
    let only = state.webhooks.subscriptions.keys().next().cloned();
    let id =
        text("id").or(only.filter(|_| state.webhooks.subscriptions.len() == 1)).ok_or("\"id\" is missing")?;
    let held = state
        .webhooks
        .subscriptions
        .get_mut(&id)
        .ok_or_else(|| format!("there is no subscription \"{id}\""))?;
    match wanted.as_str() {
        "verify" if text("token").as_deref() == Some(&held.token) => held.standing = Standing::Active,
        "verify" => return Err("the token is not the one that was sent".into()),
        "resend" => send_token(state, &id),
        "pause" => held.standing = Standing::Paused,
        "resume" => held.standing = Standing::Active,
        "change" => {
            held.kinds = kinds.or(held.kinds.take());
            held.version = version.unwrap_or_else(|| held.version.clone());
            held.url = text("url").unwrap_or_else(|| held.url.clone());
        }
        "delete" => {
            forget(state, Some(&id));
            state.webhooks.subscriptions.remove(&id);
            return Ok(json!({}));
        }
        other => {
            return Err(format!(
                "\"do\" is one of create, verify, resend, pause, resume, change, delete, not {other}"
            ));
        }
    }
    Ok(shown(state, &id))
}

/// The first request to an address: unsigned, with the token that will sign all others.
fn send_token(state: &mut State, id: &str) {
    let Some(held) = state.webhooks.subscriptions.get(id) else { return };
    let body = json!({"verification_token": held.token}).to_string();
    let headers = vec![("Content-Type", "application/json".to_owned())];
    state.core.outbox.put(id, &held.url, state.core.now, headers, Bytes::from(body));
}

/// Forgets what waits.
fn forget(state: &mut State, of: Option<&str>) {
    let gone = |event: &Event| of.is_none_or(|of| event.subscription == of);
    let ids: Vec<String> =
        state.webhooks.events.values().filter(|event| gone(event)).map(|event| event.id.clone()).collect();
    for id in ids {
        state.webhooks.events.remove(&id);
        state.core.outbox.forget(&id);
    }
}

fn shown(state: &State, id: &str) -> Value {
    let Some(held) = state.webhooks.subscriptions.get(id) else { return Value::Null };
    json!({
        "id": id,
        "url": held.url,
        "standing": held.standing,
        "version": held.version,
        "events": held.kinds,
        "muted": held.muted,
        "waiting": state.webhooks.events.values().filter(|event| event.subscription == id).count(),
    })
}

/// The subscriptions, for the control routes. Their tokens are not shown again.
pub(super) fn summary(state: &State) -> Value {
    let all = state.webhooks.subscriptions.keys().map(|id| shown(state, id));
    json!({"subscriptions": all.collect::<Vec<_>>(), "waiting": state.core.outbox.len()})
}

/// The control route `channels`: `{"do": "mute", "id": …}` for one subscription, or for all without `id`.
pub(super) fn control(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let id = body.get("id").and_then(Value::as_str).map(ToOwned::to_owned);
    if let Some(id) = id.as_ref().filter(|id| !state.webhooks.subscriptions.contains_key(*id)) {
        return Err(format!("there is no subscription \"{id}\""));
    }
    let count = body.get("count").and_then(Value::as_u64);
    let all = state.webhooks.subscriptions.iter_mut();
    let chosen = all.filter(|(name, _)| id.as_ref().is_none_or(|id| id == *name)).map(|(_, held)| held);
    match body.get("do").and_then(Value::as_str) {
        Some("mute") => chosen.for_each(|held| held.muted = true),
        Some("unmute") => chosen.for_each(|held| held.muted = false),
        // It ends as when somebody takes it away in the settings.
        Some("expire") => {
            forget(state, id.as_deref());
            state.webhooks.subscriptions.retain(|name, _| id.as_ref().is_some_and(|id| id != name));
        }
        Some("duplicate") => {
            state.quirks.webhooks.copies =
                u32::try_from(count.unwrap_or(2)).map_err(|_| "too many copies")?;
        }
        // What waits is lost, and so many of what is to come.
        Some("drop") => {
            forget(state, id.as_deref());
            state.webhooks.drop_next = count.unwrap_or(0);
        }
        _ => return Err("\"do\" is one of mute, unmute, expire, duplicate, drop".into()),
    }
    Ok(summary(state))
}
