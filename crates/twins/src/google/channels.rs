//! Push: channels on events, on the list of calendars and on settings, and the notices they give.
//!
//! A notice says that something changed, never what. Channels end by the clock, are never renewed, and are given up
//! without a word when their address keeps failing.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::Refused;
use super::calls::{Answer, Caller, Outcome, object};
use super::events::tokens::digest;
use super::scopes::Power;
use super::state::State;
use crate::clock::http_date;
use crate::control::Misunderstood;
use crate::message::Call;
use crate::notices::Answered;

/// What a channel watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Watched {
    Events(String),
    CalendarList(String),
    Settings(String),
}

/// One channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Channel {
    watched: Watched,
    resource: String,
    resource_uri: String,
    user: String,
    client: Option<String>,
    address: String,
    token: Option<String>,
    expires: Timestamp,
    number: u64,
    failures: u32,
    muted: bool,
    /// When it falls silent after it was stopped.
    stopped: Option<Timestamp>,
}

/// All channels, by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Channels {
    open: BTreeMap<String, Channel>,
    /// Notices that will be lost.
    drop_next: u64,
}

/// The longest life of a channel, and the usual one.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 7);

/// `events.watch`.
pub(super) fn watch_events(state: &mut State, caller: &Caller, call: &Call, calendar: &str) -> Outcome {
    if state.calendars.get(calendar).is_some_and(|held| !held.watchable) {
        return Err(Refused::of("pushNotSupportedForRequestedResource"));
    }
    watch(state, caller, call, Watched::Events(calendar.to_owned()))
}

/// Opens a channel.
pub(super) fn watch(state: &mut State, caller: &Caller, call: &Call, watched: Watched) -> Outcome {
    let fields = object(call)?;
    let text = |key: &str| fields.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    let id = text("id").ok_or_else(|| Refused::required("Required"))?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_+/=".contains(c);
    if id.is_empty() || id.len() > 64 || !id.chars().all(fits) {
        return Err(Refused::invalid("Invalid channel id."));
    }
    if !matches!(text("type").as_deref(), Some("web_hook" | "webhook")) {
        return Err(Refused::invalid("Unknown channel type."));
    }
    let address = text("address").ok_or_else(|| Refused::required("Required"))?;
    match url::Url::parse(&address) {
        Ok(url) if url.scheme() == "https" => {}
        Ok(url) if url.scheme() == "http" && !state.quirks.https_channels => {}
        _ => {
            let words = format!("WebHook callback must be HTTPS: {address}");
            return Err(Refused::of("push.webhookUrlNotHttps").saying(words));
        }
    }
    if text("token").is_some_and(|token| token.len() > 256) {
        return Err(Refused::invalid("Channel token is too long."));
    }
    tidy(state);
    if state.channels.open.contains_key(&id) {
        return Err(Refused::of("channelIdNotUnique").saying(format!("Channel id {id} not unique")));
    }
    let expires = expiration(&fields, state.core.now)?;
    let (key, path) = match &watched {
        Watched::Events(calendar) => (calendar.clone(), format!("calendars/{calendar}/events")),
        Watched::CalendarList(_) => ("calendarList".to_owned(), "users/me/calendarList".to_owned()),
        Watched::Settings(_) => ("settings".to_owned(), "users/me/settings".to_owned()),
    };
    let resource = format!("r{}", digest(&format!("{key} {}", caller.user)));
    let resource_uri = format!("{}/calendar/v3/{path}?alt=json", state.settings.base_url);
    let channel = Channel {
        watched,
        resource: resource.clone(),
        resource_uri: resource_uri.clone(),
        user: caller.user.clone(),
        client: caller.client.clone(),
        address,
        token: text("token"),
        expires,
        number: 0,
        failures: 0,
        muted: false,
        stopped: None,
    };
    state.channels.open.insert(id.clone(), channel);
    notify(state, &id, "sync");
    let mut body = json!({
        "kind": "api#channel",
        "id": id,
        "resourceId": resource,
        "resourceUri": resource_uri,
        "expiration": expires.as_millisecond().to_string(),
    });
    if let Some(token) = text("token") {
        body["token"] = json!(token);
    }
    Ok(Answer::Json(body))
}

/// When a channel ends: as asked, but no later than a week from now.
fn expiration(fields: &super::Fields, now: Timestamp) -> Result<Timestamp, Refused> {
    let latest = now.checked_add(LIFE).unwrap_or(now);
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let ttl = fields.get("params").and_then(|params| number(params.get("ttl")?));
    let asked = match (fields.get("expiration").filter(|value| !value.is_null()), ttl) {
        (Some(value), _) => {
            let ms = number(value).ok_or_else(|| Refused::invalid("Invalid value for: expiration"))?;
            Timestamp::from_millisecond(ms).map_err(|_| Refused::invalid("Invalid value for: expiration"))?
        }
        (None, Some(seconds)) => now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(latest),
        (None, None) => latest,
    };
    if asked <= now {
        return Err(Refused::invalid("Channel expiration time is in the past."));
    }
    Ok(asked.min(latest))
}

/// `channels.stop`.
pub(super) fn stop(state: &mut State, caller: &Caller, call: &Call) -> Outcome {
    caller.may(Power::StopChannel)?;
    let fields = object(call)?;
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (id, resource) = (text("id"), text("resourceId"));
    tidy(state);
    let lingers = i64::try_from(state.quirks.stopped_channel_ms).unwrap_or(0);
    let until = state.core.now.checked_add(SignedDuration::from_millis(lingers)).unwrap_or(state.core.now);
    let mine = |channel: &Channel| {
        channel.resource == resource
            && channel.user == caller.user
            && channel.client == caller.client
            && channel.stopped.is_none()
    };
    match state.channels.open.get_mut(&id).filter(|channel| mine(channel)) {
        Some(channel) => {
            channel.stopped = Some(until);
            tidy(state);
            Ok(Answer::Nothing)
        }
        None => Err(Refused::not_found().saying(format!("Channel '{id}' not found for project '1'"))),
    }
}

/// Says that a calendar's events changed.
pub(super) fn changed(state: &mut State, calendar: &str) {
    say(state, |watched| matches!(watched, Watched::Events(id) if id == calendar), "exists");
}

/// Says that a person's list of calendars changed.
pub(super) fn list_changed(state: &mut State, user: &str) {
    say(state, |watched| matches!(watched, Watched::CalendarList(name) if name == user), "exists");
}

/// Says that a calendar is gone.
pub(super) fn gone(state: &mut State, calendar: &str) {
    say(state, |watched| matches!(watched, Watched::Events(id) if id == calendar), "not_exists");
}

fn say(state: &mut State, concerns: impl Fn(&Watched) -> bool, what: &'static str) {
    if state.channels.open.is_empty() {
        return;
    }
    tidy(state);
    let open = state.channels.open.iter();
    let ids: Vec<String> =
        open.filter(|(_, channel)| concerns(&channel.watched)).map(|(id, _)| id.clone()).collect();
    for id in ids {
        for _ in 0..state.quirks.notice_copies {
            notify(state, &id, what);
        }
    }
}

fn notify(state: &mut State, id: &str, what: &'static str) {
    // Numbers grow, but they are not consecutive.
    let step = if what == "sync" { 1 } else { 1 + state.core.chance.below(1000) as u64 };
    let Some(channel) = state.channels.open.get_mut(id) else { return };
    if channel.muted {
        return;
    }
    if what != "sync" && state.channels.drop_next > 0 {
        state.channels.drop_next -= 1;
        return;
    }
    channel.number += step;
    let mut headers = vec![
        ("X-Goog-Channel-ID", id.to_owned()),
        ("X-Goog-Channel-Expiration", http_date(channel.expires)),
        ("X-Goog-Resource-ID", channel.resource.clone()),
        ("X-Goog-Resource-URI", channel.resource_uri.clone()),
        ("X-Goog-Resource-State", what.to_owned()),
        ("X-Goog-Message-Number", channel.number.to_string()),
        (
            "User-Agent",
            "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)".to_owned(),
        ),
        ("Content-Length", "0".to_owned()),
    ];
    headers.extend(channel.token.clone().map(|token| ("X-Goog-Channel-Token", token)));
    let late = i64::try_from(state.quirks.notice_delay_ms).unwrap_or(0);
    let due = state.core.now.checked_add(SignedDuration::from_millis(late)).unwrap_or(state.core.now);
    state.core.outbox.put(id, &channel.address, due, headers, Bytes::new());
}

/// Notes what a notice was answered.
pub(super) fn delivered(state: &mut State, notice: u64, status: u16) {
    let Some((id, outcome)) = state.core.outbox.answered(notice, status, state.core.now) else { return };
    let Some(channel) = state.channels.open.get_mut(&id) else { return };
    if outcome == Answered::Delivered {
        channel.failures = 0;
        return;
    }
    channel.failures += 1;
    if channel.failures >= state.quirks.channel_failures {
        state.channels.open.remove(&id);
        state.core.outbox.forget(&id);
    }
}

/// Takes away what has ended.
fn tidy(state: &mut State) {
    let now = state.core.now;
    state
        .channels
        .open
        .retain(|_, channel| channel.expires > now && channel.stopped.is_none_or(|until| until > now));
}

/// The channels, for the control route.
pub(super) fn summary(state: &State) -> Value {
    let show = |(id, channel): (&String, &Channel)| {
        let (watched, of) = match &channel.watched {
            Watched::Events(calendar) => ("events", calendar),
            Watched::CalendarList(user) => ("calendarList", user),
            Watched::Settings(user) => ("settings", user),
        };
        json!({
            "id": id,
            "user": channel.user,
            "watched": watched,
            "of": of,
            "resourceId": channel.resource,
            "address": channel.address,
            "expires": channel.expires.to_string(),
            "muted": channel.muted,
            "stopped": channel.stopped.is_some(),
            "failures": channel.failures,
        })
    };
    let live = state.channels.open.iter().filter(|(_, channel)| channel.expires > state.core.now);
    json!({"channels": live.map(show).collect::<Vec<_>>(), "waiting": state.core.outbox.len()})
}

/// The control route `channels`: `{"do": "mute", "id": …}` for one channel, or for all without `id`.
pub(super) fn control(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let id = body.get("id").and_then(Value::as_str).map(ToOwned::to_owned);
    let count = body.get("count").and_then(Value::as_u64);
    if let Some(id) = id.as_ref().filter(|id| !state.channels.open.contains_key(*id)) {
        return Err(format!("there is no channel \"{id}\""));
    }
    let now = state.core.now;
    let chosen = state.channels.open.iter_mut().filter(|(name, _)| id.as_ref().is_none_or(|id| id == *name));
    match body.get("do").and_then(Value::as_str) {
        Some("mute") => chosen.for_each(|(_, channel)| channel.muted = true),
        Some("unmute") => chosen.for_each(|(_, channel)| channel.muted = false),
        Some("expire") => chosen.for_each(|(_, channel)| channel.expires = now),
        Some("duplicate") => {
            state.quirks.notice_copies = u32::try_from(count.unwrap_or(2)).map_err(|_| "too many copies")?;
        }
        // What waits is lost, and so many of what is to come.
        Some("drop") => {
            let ids: Vec<String> = chosen.map(|(id, _)| id.clone()).collect();
            ids.iter().for_each(|id| state.core.outbox.forget(id));
            state.channels.drop_next = count.unwrap_or(0);
        }
        Some(verb @ ("unsupported" | "supported")) => {
            let calendar = body.get("calendar").and_then(Value::as_str).ok_or("\"calendar\" says which")?;
            let held = state
                .calendars
                .get_mut(calendar)
                .ok_or_else(|| format!("there is no calendar \"{calendar}\""))?;
            held.watchable = verb == "supported";
        }
        _ => {
            return Err(
                "\"do\" is one of mute, unmute, expire, duplicate, drop, unsupported, supported".into()
            );
        }
    }
    tidy(state);
    Ok(summary(state))
}
