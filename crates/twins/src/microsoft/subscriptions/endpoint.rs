//! `/subscriptions`: made, listed, renewed and ended.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Subscription, Target, ask, ends_soon};
use crate::message::Call;
use crate::microsoft::Fields;
use crate::microsoft::answers::{Refused, guid, object};
use crate::microsoft::calls::{Answer, Caller, Outcome};
use crate::microsoft::events::query::{Query, page};
use crate::microsoft::ids::Kind;
use crate::microsoft::state::{Role, State};

/// The most subscriptions of a mailbox.
const MOST: usize = 1000;
/// Shorter lives are made this long, in minutes.
const SHORTEST: i64 = 45;

/// Answers a call under `/subscriptions`.
pub(in crate::microsoft) fn answer(
    state: &mut State,
    caller: &Caller,
    call: &Call,
    path: &[&str],
) -> Outcome {
    caller.needs(&["Calendars.Read", "Calendars.ReadWrite", "Calendars.ReadBasic"])?;
    match (&call.method, path) {
        (&Method::GET, []) => {
            let ours = |held: &&Subscription| held.user == caller.user && held.app == app(caller);
            let ended = state.subscriptions.ended.iter().filter(|_| state.quirks.push.lists_expired);
            let all = state.subscriptions.open.values().chain(ended).filter(ours);
            let all: Vec<Value> = all.map(|held| shown(state, held)).collect();
            let size = state.quirks.lists.page.max(1);
            let base = &state.settings.base_url;
            Ok(Answer::Json(page(call, base, "subscriptions", all, &Query::of(call)?, size)))
        }
        (&Method::POST, []) => make(state, caller, object(&call.body)?),
        (method, [id, rest @ ..]) => {
            let held = state.subscriptions.open.get(*id).filter(|held| held.user == caller.user);
            let mut held = held
                .cloned()
                .ok_or_else(|| Refused::of("ResourceNotFound").saying("The object was not found."))?;
            match (method, rest) {
                (&Method::GET, []) => Ok(Answer::Json(shown(state, &held))),
                (&Method::PATCH, []) => {
                    let body = object(&call.body)?;
                    held.expires = expiry(state, &body)?;
                    held.asked = ends_soon(state, held.expires);
                    let answer = shown(state, &held);
                    state.subscriptions.open.insert(held.id.clone(), held);
                    Ok(Answer::Json(answer))
                }
                (&Method::DELETE, []) => {
                    state.subscriptions.open.remove(*id);
                    state.core.outbox.forget(id);
                    Ok(Answer::Nothing)
                }
                (&Method::POST, ["reauthorize" | "microsoft.graph.reauthorize"]) => {
                    if let Some(held) = state.subscriptions.open.get_mut(*id) {
                        held.asked = true;
                    }
                    Ok(Answer::Nothing)
                }
                _ => Err(Refused::of("BadRequest").with_status(405)),
            }
        }
        _ => Err(Refused::of("BadRequest").with_status(405)),
    }
}

fn app(caller: &Caller) -> String {
    caller.client.clone().unwrap_or_else(|| "ready".to_owned())
}

fn make(state: &mut State, caller: &Caller, body: Fields) -> Outcome {
    let word = |key: &str| body.get(key).and_then(Value::as_str).filter(|word| !word.is_empty());
    let needed = |key: &str| {
        word(key)
            .map(ToOwned::to_owned)
            .ok_or_else(|| Refused::of("InvalidRequest").saying(format!("Subscription {key} is required.")))
    };
    let url = address(state, &needed("notificationUrl")?)?;
    let lifecycle = word("lifecycleNotificationUrl").map(|url| address(state, url)).transpose()?;
    let resource = needed("resource")?;
    let kinds: std::collections::BTreeSet<String> =
        needed("changeType")?.split(',').map(|kind| kind.trim().to_lowercase()).collect();
    if kinds.iter().any(|kind| !matches!(kind.as_str(), "created" | "updated" | "deleted")) {
        return Err(
            Refused::of("InvalidRequest").saying("The changeType is not one of created, updated, deleted.")
        );
    }
    let client_state = word("clientState").map(ToOwned::to_owned);
    if client_state.as_ref().is_some_and(|state| state.chars().count() > 128) {
        return Err(Refused::of("InvalidRequest").saying("The clientState has more than 128 characters."));
    }
    if body.get("includeResourceData").is_some_and(|data| data == true) {
        return Err(
            Refused::of("InvalidRequest").saying("encryptionCertificate is required for resource data.")
        );
    }
    let target = target(state, caller, &resource)?;
    if target == Target::List && kinds.contains("created") {
        return Err(
            Refused::of("InvalidRequest").saying("The changeType 'created' is not supported for calendars.")
        );
    }
    let expires = expiry(state, &body)?;
    let mut of_user = state.subscriptions.open.values().filter(|held| held.user == caller.user);
    if of_user.clone().count() >= MOST {
        return Err(
            Refused::of("ErrorAccessDenied").saying("There are too many subscriptions of this mailbox.")
        );
    }
    let same = |held: &Subscription| {
        held.target == target && held.kinds == kinds && held.url == url && held.app == app(caller)
    };
    if state.quirks.push.unique && of_user.any(same) {
        let words =
            "A subscription with the same resource, change type and notification address exists already.";
        return Err(Refused::of("Conflict").saying(words).with_status(409));
    }
    let subscription = Subscription {
        id: guid(state),
        user: caller.user.clone(),
        app: app(caller),
        resource,
        target,
        kinds,
        url,
        lifecycle,
        client_state,
        asked: ends_soon(state, expires),
        expires,
        immutable: caller.prefer.ids == Kind::Immutable,
        failures: 0,
        dropped_until: None,
    };
    if state.quirks.push.validates {
        return Ok(Answer::Waits(ask(state, subscription)));
    }
    let shown = shown(state, &subscription);
    state.subscriptions.open.insert(subscription.id.clone(), subscription);
    Ok(Answer::Made(shown))
}

fn address(state: &State, text: &str) -> Result<String, Refused> {
    let url = url::Url::parse(text).ok();
    let fits = url
        .is_some_and(|url| url.scheme() == "https" || (url.scheme() == "http" && !state.quirks.push.https));
    match fits {
        true => Ok(text.to_owned()),
        false => Err(Refused::of("InvalidRequest")
            .saying(format!("NotificationUrl '{text}' must be an https address."))),
    }
}

/// What a resource names. What was shared with somebody cannot be subscribed to.
fn target(state: &State, caller: &Caller, resource: &str) -> Result<Target, Refused> {
    let wrong =
        || Refused::of("InvalidRequest").saying(format!("Resource '{resource}' cannot be subscribed to."));
    let path = resource.split('?').next().unwrap_or_default().trim_matches('/').to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    let rest = match parts.as_slice() {
        ["me", rest @ ..] => rest,
        ["users", whose, rest @ ..] => match state.user_by(whose) {
            Some(user) if user.name == caller.user => rest,
            _ => return Err(Refused::of("ErrorAccessDenied")),
        },
        _ => return Err(wrong()),
    };
    match rest {
        ["events"] => Ok(Target::Mailbox),
        ["calendars"] => Ok(Target::List),
        ["calendar", "events"] => {
            let (_, mount) = state.default_mount(&caller.user).ok_or_else(wrong)?;
            Ok(Target::Calendar(mount.calendar))
        }
        ["calendars", id, "events"] => {
            let mount = state.mount_by_id(&caller.user, id).ok_or_else(Refused::not_found)?;
            let mount =
                state.users.get(&caller.user).and_then(|user| user.list.get(&mount)).ok_or_else(wrong)?;
            match mount.role {
                Role::Owner => Ok(Target::Calendar(mount.calendar)),
                _ => Err(Refused::of("ErrorAccessDenied")),
            }
        }
        _ => Err(wrong()),
    }
}

fn expiry(state: &State, body: &Fields) -> Result<Timestamp, Refused> {
    let text = body.get("expirationDateTime").and_then(Value::as_str).unwrap_or_default();
    let wrong = |words: &str| Refused::of("InvalidRequest").saying(words);
    let at: Timestamp = text.parse().map_err(|_| wrong("Subscription expirationDateTime is required."))?;
    if at <= state.core.now {
        return Err(wrong("Subscription expiration must be in the future."));
    }
    let longest = state.quirks.push.longest_minutes;
    // A moment of grace for what was on its way.
    let last = state.core.after(SignedDuration::from_mins(longest) + SignedDuration::from_secs(5));
    if at > last {
        return Err(Refused::of("ExtensionError")
            .saying(format!("Subscription expiration can only be {longest} minutes in the future.")));
    }
    Ok(at.max(state.core.after(SignedDuration::from_mins(SHORTEST))))
}

/// A subscription as it is answered; its secret is not told.
pub(super) fn shown(state: &State, held: &Subscription) -> Value {
    let creator = state.users.get(&held.user).map(|user| user.oid.clone());
    json!({
        "@odata.context": format!("{}/v1.0/$metadata#subscriptions/$entity", state.settings.base_url),
        "id": held.id,
        "resource": held.resource,
        "applicationId": held.app,
        "changeType": held.kinds.iter().cloned().collect::<Vec<_>>().join(","),
        "clientState": null,
        "notificationUrl": held.url,
        "lifecycleNotificationUrl": held.lifecycle,
        "expirationDateTime": held.expires.to_string(),
        "creatorId": creator,
        "includeResourceData": null,
        "latestSupportedTlsVersion": "v1_2",
    })
}
