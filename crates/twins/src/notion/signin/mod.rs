//! Signing in: consent with a choice of pages, codes, tokens that change with every refresh, and their end.
//!
//! Errors here are OAuth's, in its own shape. An access token says nothing of its end; it is good until it is revoked,
//! its pair is refreshed, or a switch ends it.

mod consent;

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Fields;
use super::answers::{REQUEST_ID, Refused, Written};
use super::calls::{Caller, Version};
use super::state::{Author, State, text};
use crate::chance::TOKEN;
use crate::control::Misunderstood;
use crate::faults::Rule;
use crate::message::{Call, Reply};

pub(super) use consent::home;

/// An application that is registered to ask people for access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its public name.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// Where answers may be sent; empty allows any address.
    pub redirects: Vec<String>,
}

impl Default for Client {
    fn default() -> Client {
        Client { id: "twin-client".into(), secret: "twin-secret".into(), redirects: Vec::new() }
    }
}

/// How consent is given without a person.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Consent {
    /// Who says yes at once; nobody shows the page.
    pub(super) auto: Option<String>,
    /// What this person picks: ids or titles of pages and databases; their own page if nothing is said.
    pub(super) pick: Vec<String>,
    /// This person says no.
    pub(super) deny: bool,
}

/// Everything that was granted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Grants {
    access: BTreeMap<String, Access>,
    /// Connections by their refresh tokens.
    refresh: BTreeMap<String, String>,
    codes: BTreeMap<String, Code>,
    pub(super) consent: Consent,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Access {
    bot: String,
    issued: Timestamp,
    expires: Option<Timestamp>,
    /// That of an internal connection: it outlives everything but an operator.
    ready: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Code {
    bot: String,
    client: String,
    redirect: String,
    expires: Timestamp,
}

impl Grants {
    /// A token that an internal connection has from the start.
    pub(super) fn add_bearer(&mut self, token: &str, bot: &str) {
        let access =
            Access { bot: bot.to_owned(), issued: Timestamp::UNIX_EPOCH, expires: None, ready: true };
        self.access.insert(token.to_owned(), access);
    }

    /// What is live, in numbers, for the control routes.
    pub(super) fn summary(&self, now: Timestamp) -> Value {
        let live = self.access.values().filter(|access| access.live(now)).count();
        json!({"accessTokens": live, "refreshTokens": self.refresh.len(), "consent": self.consent})
    }
}

impl Access {
    fn live(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }
}

/// Whether a path is one of the sign-in's.
pub(super) fn is_signin(path: &str) -> bool {
    path.starts_with("/v1/oauth/")
}

/// Answers a call to the sign-in.
pub(super) fn answer(state: &mut State, call: &Call, request: &str) -> Reply {
    if (&call.method, call.path.as_str()) == (&Method::GET, "/v1/oauth/authorize") {
        return consent::authorize(state, call);
    }
    let done = spoken(state, call);
    let (status, mut body) = match done {
        Ok(body) => (StatusCode::OK, body),
        Err((status, error, words)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            (status, json!({"error": error, "error_description": words}))
        }
    };
    body["request_id"] = json!(request);
    Reply::json(status, &body).with(REQUEST_ID, request)
}

/// The refusal that a fault rule asks for.
pub(super) fn refuse_by_fault(rule: &Rule, request: &str) -> Reply {
    let status = rule.status.unwrap_or(500);
    if status >= 429 || status == 403 {
        return Refused::by_fault(rule, Written::default()).reply(request);
    }
    let usual = if status == 401 { "invalid_client" } else { "invalid_grant" };
    let error = rule.reason.as_deref().unwrap_or(usual);
    let body = json!({"error": error, "error_description": "refused by a fault rule", "request_id": request});
    Reply::json(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), &body)
}

type Error = (u16, &'static str, String);

fn refused(error: &'static str, words: &str) -> Error {
    (if error == "invalid_client" { 401 } else { 400 }, error, words.to_owned())
}

fn spoken(state: &mut State, call: &Call) -> Result<Value, Error> {
    if call.method != Method::POST {
        return Err(refused("invalid_request", "The method is POST."));
    }
    let client = basic(call)
        .filter(|(id, secret)| {
            state.settings.clients.iter().any(|client| client.id == *id && client.secret == *secret)
        })
        .map(|(id, _)| id)
        .ok_or_else(|| refused("invalid_client", "Client authentication failed."))?;
    let fields: Fields = serde_json::from_slice(&call.body)
        .map_err(|_| refused("invalid_request", "The body is a JSON object."))?;
    let field = |name: &'static str| {
        text(&fields, name)
            .map(ToOwned::to_owned)
            .ok_or_else(|| refused("invalid_request", &format!("Missing required parameter: {name}.")))
    };
    match call.path.as_str() {
        "/v1/oauth/token" => match field("grant_type")?.as_str() {
            "authorization_code" => {
                let redirect = text(&fields, "redirect_uri");
                with_code(state, &client, &field("code")?, redirect)
            }
            "refresh_token" => with_refresh_token(state, &client, &field("refresh_token")?),
            other => Err(refused("unsupported_grant_type", &format!("Unsupported grant_type: {other}"))),
        },
        "/v1/oauth/revoke" => {
            let token = field("token")?;
            let bot = find(state, &token).filter(|bot| is_of(state, bot, &client));
            // RFC 7009: what is not known is revoked already.
            if let Some(bot) = bot {
                state.grants.access.retain(|_, access| access.bot != bot);
                state.grants.refresh.retain(|_, of| *of != bot);
            }
            Ok(json!({}))
        }
        "/v1/oauth/introspect" => {
            let token = field("token")?;
            let now = state.core.now;
            let bot = find(state, &token).filter(|bot| is_of(state, bot, &client));
            if bot.is_none() {
                return Ok(json!({"active": false}));
            }
            let issued = match state.grants.access.get(&token) {
                Some(access) if !access.live(now) => return Ok(json!({"active": false})),
                Some(access) => access.issued,
                None => now,
            };
            let scope = "read_content insert_content update_content";
            Ok(json!({"active": true, "scope": scope, "iat": issued.as_second()}))
        }
        _ => Err((404, "invalid_request", "There is no such endpoint.".to_owned())),
    }
}

/// The connection that a token of either kind is of.
fn find(state: &State, token: &str) -> Option<String> {
    let access = state.grants.access.get(token).map(|access| access.bot.clone());
    access.or_else(|| state.grants.refresh.get(token).cloned())
}

fn is_of(state: &State, bot: &str, client: &str) -> bool {
    state.bots.get(bot).is_some_and(|bot| bot.client.as_deref() == Some(client))
}

fn with_code(state: &mut State, client: &str, code: &str, redirect: Option<&str>) -> Result<Value, Error> {
    // Taken out whatever happens next: a code is good once.
    let code = state
        .grants
        .codes
        .remove(code)
        .ok_or_else(|| refused("invalid_grant", "Invalid code: this code has been revoked."))?;
    if code.client != client || code.expires <= state.core.now {
        return Err(refused("invalid_grant", "Invalid code: this code has expired."));
    }
    if redirect != Some(code.redirect.as_str()) {
        return Err(refused(
            "invalid_grant",
            "Invalid redirect_uri: it differs from the one of the sign-in.",
        ));
    }
    Ok(pair(state, &code.bot))
}

fn with_refresh_token(state: &mut State, client: &str, token: &str) -> Result<Value, Error> {
    let known = state.grants.refresh.get(token).cloned().filter(|bot| is_of(state, bot, client));
    let bot = known.ok_or_else(|| refused("invalid_grant", "Invalid refresh token."))?;
    state.grants.refresh.remove(token);
    let grace = i64::try_from(state.quirks.old_access_seconds).unwrap_or(0);
    let until = state.core.after(SignedDuration::from_secs(grace));
    for access in state.grants.access.values_mut().filter(|access| access.bot == bot) {
        access.expires = Some(access.expires.map_or(until, |expires| expires.min(until)));
    }
    Ok(pair(state, &bot))
}

/// New tokens for a connection, with all that is told of it.
fn pair(state: &mut State, bot: &str) -> Value {
    let now = state.core.now;
    state.grants.access.retain(|_, access| access.ready || access.live(now));
    let access = format!("ntn_{}", state.core.chance.text(TOKEN, 46));
    let life = state.quirks.access_token_seconds.and_then(|seconds| i64::try_from(seconds).ok());
    let expires = life.map(|seconds| state.core.after(SignedDuration::from_secs(seconds)));
    let held = Access { bot: bot.to_owned(), issued: now, expires, ready: false };
    state.grants.access.insert(access.clone(), held);
    let refresh = state.quirks.refresh_tokens.then(|| {
        let token = format!("nrt_{}", state.core.chance.text(TOKEN, 46));
        state.grants.refresh.insert(token.clone(), bot.to_owned());
        token
    });
    let person = state.bots.get(bot).map(|bot| bot.person.clone()).unwrap_or_default();
    let user = super::users::person(state, &person, super::state::Acquaintance::Mail);
    json!({
        "access_token": access,
        "token_type": "bearer",
        "refresh_token": refresh,
        "bot_id": bot,
        "workspace_id": state.workspace,
        "workspace_name": super::users::WORKSPACE,
        "workspace_icon": null,
        "owner": {"type": "user", "user": user},
        "duplicated_template_id": null,
    })
}

fn basic(call: &Call) -> Option<(String, String)> {
    let text = STANDARD.decode(call.header("authorization")?.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// Whose call it is, by its bearer token.
pub(super) fn bearer(state: &State, call: &Call) -> Result<Caller, Refused> {
    let header = call.header("authorization").unwrap_or_default();
    let token = header.strip_prefix("Bearer ").or_else(|| header.strip_prefix("bearer ")).map(str::trim);
    let access = token.and_then(|token| state.grants.access.get(token));
    let access = access.filter(|access| access.live(state.core.now)).ok_or_else(Refused::unauthorized)?;
    let bot = state.bots.get(&access.bot).ok_or_else(Refused::unauthorized)?;
    Ok(Caller {
        bot: Some(bot.id.clone()),
        user: bot.person.clone(),
        version: Version::Trash,
        powers: bot.powers,
        author: Author { id: bot.id.clone(), person: false },
        stale: false,
        by: bot.person.clone(),
    })
}

/// The control route `tokens`: `{"do": "expire" | "revoke" | "rotate" | "restore", "user": "alice"}`.
pub(super) fn control(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let user = body.get("user").and_then(Value::as_str);
    if let Some(user) = user.filter(|user| !state.users.contains_key(*user)) {
        return Err(format!("there is no user \"{user}\""));
    }
    let chosen = state.bots.values().filter(|bot| user.is_none_or(|user| user == bot.person));
    let bots: BTreeSet<String> = chosen.map(|bot| bot.id.clone()).collect();
    let now = state.core.now;
    let grants = &mut state.grants;
    let of_these = grants.access.values_mut().filter(|access| bots.contains(&access.bot));
    match body.get("do").and_then(Value::as_str) {
        Some("expire") => of_these.for_each(|access| access.expires = Some(now)),
        Some("revoke") => {
            of_these.for_each(|access| access.expires = Some(now));
            grants.refresh.retain(|_, bot| !bots.contains(bot));
        }
        Some("restore") => of_these.filter(|access| access.ready).for_each(|access| access.expires = None),
        // Another worker refreshed: the refresh tokens that are out there are dead.
        Some("rotate") => grants.refresh.retain(|_, bot| !bots.contains(bot)),
        _ => return Err("\"do\" is one of expire, revoke, rotate, restore".into()),
    }
    Ok(state.grants.summary(now))
}
