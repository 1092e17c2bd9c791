//! Codes for tokens, tokens for tokens, and the end of a grant.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::consent::whole;
use super::{Access, Refresh, refuse};
use crate::chance::TOKEN;
use crate::google::scopes::PREFIX;
use crate::google::state::State;
use crate::message::{Call, Reply};

/// How long an access token lives, in seconds.
const LIFE: i64 = 3599;

/// Answers `POST /token`.
pub(super) fn exchange(state: &mut State, call: &Call) -> Reply {
    let form = call.form();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let (id, secret) = match basic(call) {
        Some(pair) => pair,
        None => (field("client_id").unwrap_or_default(), field("client_secret").unwrap_or_default()),
    };
    let Some(client) = state.settings.clients.iter().find(|client| client.id == id) else {
        return refuse(401, Some("invalid_client"));
    };
    if client.secret != secret {
        let body = json!({"error": "invalid_client", "error_description": "Unauthorized"});
        return Reply::json(StatusCode::UNAUTHORIZED, &body);
    }
    match field("grant_type").as_deref() {
        Some("authorization_code") => with_code(state, &id, &field),
        Some("refresh_token") => with_refresh_token(state, &id, &field),
        other => {
            let words = format!("Invalid grant_type: {}", other.unwrap_or_default());
            let body = json!({"error": "unsupported_grant_type", "error_description": words});
            Reply::json(StatusCode::BAD_REQUEST, &body)
        }
    }
}

fn with_code(state: &mut State, client: &str, field: &impl Fn(&str) -> Option<String>) -> Reply {
    let text = field("code").unwrap_or_default();
    if !text.starts_with("4/") {
        return bad_grant("Malformed auth code.");
    }
    // Taken out whatever happens next: a code is good once.
    let Some(code) = state.grants.codes.remove(&text) else { return bad_grant("Bad Request") };
    let fits = code.client == client && code.expires > state.core.now;
    if !fits {
        return bad_grant("Bad Request");
    }
    if field("redirect_uri").as_deref() != Some(code.redirect.as_str()) {
        let body = json!({"error": "redirect_uri_mismatch", "error_description": "Bad Request"});
        return Reply::json(StatusCode::BAD_REQUEST, &body);
    }
    match (&code.challenge, field("code_verifier")) {
        (None, _) => {}
        (Some(_), None) => return bad_grant("Missing code verifier."),
        (Some(challenge), Some(verifier)) => {
            if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) != *challenge {
                return bad_grant("Invalid code verifier.");
            }
        }
    }
    let mut body = access_token(state, &code.user, client, code.scopes.clone());
    if code.offline {
        let token = refresh_token(state, &code.user, client);
        body["refresh_token"] = json!(token);
        if let Some(seconds) = state.quirks.refresh_token_seconds {
            body["refresh_token_expires_in"] = json!(seconds);
        }
    }
    if code.scopes.contains("openid") {
        body["id_token"] = json!(id_token(state, &code.user, client, &code.scopes, code.nonce.as_deref()));
    }
    Reply::json(StatusCode::OK, &body)
}

fn with_refresh_token(state: &mut State, client: &str, field: &impl Fn(&str) -> Option<String>) -> Reply {
    const DEAD: &str = "Token has been expired or revoked.";
    let text = field("refresh_token").unwrap_or_default();
    let Some(token) = state.grants.refresh.get(&text).cloned() else { return bad_grant(DEAD) };
    if token.client != client {
        return refuse(401, Some("unauthorized_client"));
    }
    if token.expires.is_some_and(|expires| expires <= state.core.now) {
        return bad_grant(DEAD);
    }
    let Some(given) = state.grants.given.get(&(token.user.clone(), client.to_owned())) else {
        return bad_grant(DEAD);
    };
    let scopes = match field("scope") {
        None => given.scopes.clone(),
        Some(asked) => {
            let asked: BTreeSet<String> = asked.split_whitespace().map(whole).collect();
            if !asked.is_subset(&given.scopes) {
                let body = json!({"error": "invalid_scope", "error_description": "Bad Request"});
                return Reply::json(StatusCode::BAD_REQUEST, &body);
            }
            asked
        }
    };
    let mut body = access_token(state, &token.user, client, scopes.clone());
    if state.quirks.rotate_refresh_tokens {
        drop_refresh_token(state, &token.user, client, &text);
        body["refresh_token"] = json!(refresh_token(state, &token.user, client));
    }
    if scopes.contains("openid") {
        body["id_token"] = json!(id_token(state, &token.user, client, &scopes, None));
    }
    Reply::json(StatusCode::OK, &body)
}

/// Answers `POST /revoke`.
pub(super) fn revoke(state: &mut State, call: &Call) -> Reply {
    let token = call.param("token").or_else(|| {
        let form = call.form();
        form.into_iter().find(|(key, _)| key == "token").map(|(_, value)| value)
    });
    let token = token.unwrap_or_default();
    let grants = &mut state.grants;
    let access = grants.access.get(&token).map(|token| (token.user.clone(), token.client.clone()));
    let refresh = grants.refresh.get(&token).map(|token| (token.user.clone(), token.client.clone()));
    match access.or(refresh) {
        Some((user, client)) => {
            grants.end(&user, &client);
            Reply::json(StatusCode::OK, &json!({}))
        }
        None => {
            let body = json!({"error": "invalid_token", "error_description": "Token expired or revoked"});
            Reply::json(StatusCode::BAD_REQUEST, &body)
        }
    }
}

/// Answers `GET /v1/userinfo`.
pub(super) fn userinfo(state: &State, call: &Call) -> Reply {
    let caller = super::bearer(state, call).ok();
    let known = caller.and_then(|caller| Some((state.users.get(&caller.user)?, caller.scopes)));
    let Some((user, scopes)) = known else {
        let body = json!({"error": "invalid_request", "error_description": "Invalid Credentials"});
        return Reply::json(StatusCode::UNAUTHORIZED, &body);
    };
    let has = |scope: &str| scopes.as_ref().is_none_or(|scopes| scopes.contains(scope));
    let mut body = json!({"sub": user.sub});
    if has(&format!("{PREFIX}userinfo.email")) {
        body["email"] = json!(user.email);
        body["email_verified"] = json!(true);
    }
    if has(&format!("{PREFIX}userinfo.profile")) {
        body["name"] = json!(user.display);
        body["given_name"] = json!(user.display);
    }
    Reply::json(StatusCode::OK, &body)
}

fn access_token(state: &mut State, user: &str, client: &str, scopes: BTreeSet<String>) -> Value {
    let token = format!("ya29.{}", state.core.chance.text(TOKEN, 120));
    let expires = state.core.after(SignedDuration::from_secs(LIFE));
    let scope = scopes.iter().cloned().collect::<Vec<_>>().join(" ");
    let now = state.core.now;
    state.grants.access.retain(|_, token| token.expires > now);
    let (user, client) = (user.to_owned(), client.to_owned());
    state.grants.access.insert(token.clone(), Access { user, client, scopes, expires });
    json!({"access_token": token, "expires_in": LIFE, "scope": scope, "token_type": "Bearer"})
}

/// A new refresh token; the oldest of too many ends.
fn refresh_token(state: &mut State, user: &str, client: &str) -> String {
    let token = format!("1//0{}", state.core.chance.text(TOKEN, 90));
    let life = state.quirks.refresh_token_seconds.and_then(|seconds| i64::try_from(seconds).ok());
    let expires =
        life.and_then(|seconds| state.core.now.checked_add(SignedDuration::from_secs(seconds)).ok());
    let limit = state.quirks.refresh_tokens_limit;
    let given = state.grants.given.entry((user.to_owned(), client.to_owned())).or_default();
    given.refresh.push_back(token.clone());
    while given.refresh.len() > limit.max(1) {
        if let Some(oldest) = given.refresh.pop_front() {
            state.grants.refresh.remove(&oldest);
        }
    }
    let (user, client) = (user.to_owned(), client.to_owned());
    state.grants.refresh.insert(token.clone(), Refresh { user, client, expires });
    token
}

fn drop_refresh_token(state: &mut State, user: &str, client: &str, token: &str) {
    state.grants.refresh.remove(token);
    if let Some(given) = state.grants.given.get_mut(&(user.to_owned(), client.to_owned())) {
        given.refresh.retain(|held| held != token);
    }
}

/// An id token. It says that it is not signed: there is no key behind a twin.
fn id_token(
    state: &State,
    user: &str,
    client: &str,
    scopes: &BTreeSet<String>,
    nonce: Option<&str>,
) -> String {
    let mut claims = json!({
        "iss": state.settings.base_url,
        "aud": client,
        "azp": client,
        "iat": state.core.now.as_second(),
        "exp": state.core.now.as_second() + 3600,
    });
    if let Some(user) = state.users.get(user) {
        claims["sub"] = json!(user.sub);
        if scopes.contains(&format!("{PREFIX}userinfo.email")) {
            claims["email"] = json!(user.email);
            claims["email_verified"] = json!(true);
        }
    }
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(json!({"alg": "none", "typ": "JWT"})), part(claims))
}

fn bad_grant(words: &str) -> Reply {
    let body = json!({"error": "invalid_grant", "error_description": words});
    Reply::json(StatusCode::BAD_REQUEST, &body)
}

fn basic(call: &Call) -> Option<(String, String)> {
    let text = STANDARD.decode(call.header("authorization")?.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain =
        |text: &str| crate::message::pairs(text).into_iter().next().map(|(key, _)| key).unwrap_or_default();
    Some((plain(id), plain(secret)))
}
