//! What is told to whom: that something changed, and what becomes of subscriptions.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Subscription, Target, summary};
use crate::control::Misunderstood;
use crate::microsoft::TENANT;
use crate::microsoft::answers::guid;
use crate::microsoft::events::item::Item;
use crate::microsoft::ids::{EventId, Kind};
use crate::microsoft::state::State;

/// Tells of a change to an event.
pub(in crate::microsoft) fn changed(state: &mut State, calendar: u64, item: &Item, what: &str) {
    if state.subscriptions.open.is_empty() {
        return;
    }
    let Some(owner) = state.calendars.get(&calendar).map(|held| held.owner.clone()) else { return };
    let kinds: &[&str] = match what {
        "create" if state.quirks.push.created_and_updated => &["created", "updated"],
        "create" => &["created"],
        "delete" => &["deleted"],
        _ => &["updated"],
    };
    let concerned = |held: &&Subscription| {
        held.user == owner
            && match held.target {
                Target::Mailbox => true,
                Target::Calendar(number) => number == calendar,
                Target::List => false,
            }
    };
    let all: Vec<Subscription> = state.subscriptions.open.values().filter(concerned).cloned().collect();
    for held in all {
        for kind in kinds.iter().filter(|kind| held.kinds.contains(**kind)) {
            let id = id(state, &held, &owner, calendar, item);
            let etag = format!("W/\"{}\"", crate::microsoft::events::render::change_key(state, item, None));
            tell(state, &held, kind, "Events", "#Microsoft.Graph.Event", &id, Some(&etag));
        }
    }
}

/// Tells of a change to the list of somebody's calendars: everything is an update.
pub(in crate::microsoft) fn list_changed(state: &mut State, user: &str, calendar: &str) {
    let concerned = |held: &&Subscription| held.user == user && held.target == Target::List;
    let all: Vec<Subscription> = state.subscriptions.open.values().filter(concerned).cloned().collect();
    for held in all.into_iter().filter(|held| held.kinds.contains("updated")) {
        tell(state, &held, "updated", "Calendars", "#Microsoft.Graph.Calendar", calendar, None);
    }
}

fn id(state: &State, held: &Subscription, owner: &str, calendar: u64, item: &Item) -> String {
    let user = state.users.get(owner).map_or(0, |user| user.number);
    let mount = state.mount_of(owner, calendar).map_or(0, |(number, _)| number);
    let (kind, mount, serial) = match held.immutable {
        true => (Kind::Immutable, 0, 0),
        false => (Kind::Usual, mount, item.serial),
    };
    EventId { kind, user, mount, serial, occurrence: None, item: item.number }.text()
}

fn tell(
    state: &mut State,
    held: &Subscription,
    kind: &str,
    collection: &str,
    class: &str,
    id: &str,
    etag: Option<&str>,
) {
    let push = state.quirks.push.clone();
    let discarded = held.dropped_until.is_some() || push.silent || state.subscriptions.muted;
    if discarded {
        return;
    }
    if state.subscriptions.drop > 0 {
        state.subscriptions.drop -= 1;
        return;
    }
    let more = u32::from(state.subscriptions.double > 0);
    state.subscriptions.double = state.subscriptions.double.saturating_sub(1);
    let oid = state.users.get(&held.user).map(|user| user.oid.clone()).unwrap_or_default();
    let resource = format!("Users/{oid}/{collection}/{id}");
    let mut data = json!({"@odata.type": class, "@odata.id": resource, "id": id});
    if let Some(etag) = etag {
        data["@odata.etag"] = json!(etag);
    }
    let mut one = json!({
        "subscriptionId": held.id,
        "subscriptionExpirationDateTime": held.expires.to_string(),
        "clientState": held.client_state,
        "changeType": kind,
        "resource": resource,
        "tenantId": TENANT,
        "resourceData": data,
    });
    if !push.nameless {
        one["id"] = json!(guid(state));
    }
    let wait = SignedDuration::from_millis(i64::try_from(push.delay_ms).unwrap_or(0));
    let due = state.core.after(wait);
    for _ in 0..push.copies + more {
        send(state, held, &held.url.clone(), due, &one);
    }
}

/// Tells something about a subscription itself.
pub(super) fn lifecycle(state: &mut State, id: &str, event: &str) {
    let held = state.subscriptions.open.get(id).cloned();
    if let Some(held) = held {
        about(state, &held, event);
    }
}

fn about(state: &mut State, held: &Subscription, event: &str) {
    let Some(address) = held.lifecycle.clone() else { return };
    let one = json!({
        "subscriptionId": held.id,
        "subscriptionExpirationDateTime": held.expires.to_string(),
        "clientState": held.client_state,
        "tenantId": TENANT,
        "lifecycleEvent": event,
    });
    let now = state.core.now;
    send(state, held, &address, now, &one);
}

fn send(state: &mut State, held: &Subscription, address: &str, due: jiff::Timestamp, one: &Value) {
    let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
    let body = json!({"value": [one]}).to_string();
    state.core.outbox.put(&held.id, address, due, headers, body.into());
}

/// The control route `channels`: `{"do": "mute" | "unmute" | "expire" | "duplicate" | "drop" | "remove" | "miss" |
/// "reauthorize", "id", "count"}`.
pub(in crate::microsoft) fn control(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let only = body.get("id").and_then(Value::as_str);
    if let Some(id) = only.filter(|id| !state.subscriptions.open.contains_key(*id)) {
        return Err(format!("there is no subscription \"{id}\""));
    }
    let ids = state.subscriptions.open.keys().filter(|id| only.is_none_or(|only| only == *id));
    let ids: Vec<String> = ids.cloned().collect();
    let count = body.get("count").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
    match body.get("do").and_then(Value::as_str) {
        Some("mute") => state.subscriptions.muted = true,
        Some("unmute") => state.subscriptions.muted = false,
        Some("duplicate") => state.subscriptions.double += count.unwrap_or(1),
        Some("drop") => {
            for id in &ids {
                state.core.outbox.forget(id);
            }
            state.subscriptions.drop += count.unwrap_or(0);
        }
        Some("expire") => {
            for id in &ids {
                let ended = state.subscriptions.open.remove(id);
                state.subscriptions.ended.extend(ended);
                state.core.outbox.forget(id);
            }
        }
        Some("remove") => {
            for id in &ids {
                if let Some(held) = state.subscriptions.open.remove(id) {
                    state.core.outbox.forget(id);
                    about(state, &held, "subscriptionRemoved");
                }
            }
        }
        Some("miss") => ids.iter().for_each(|id| lifecycle(state, id, "missed")),
        Some("reauthorize") => ids.iter().for_each(|id| lifecycle(state, id, "reauthorizationRequired")),
        _ => {
            return Err(
                "\"do\" is one of mute, unmute, expire, duplicate, drop, remove, miss, reauthorize".into()
            );
        }
    }
    Ok(summary(state))
}
