//! Signing in: consent, codes, tokens and their end.
//!
//! Errors here are OAuth-shaped, not API-shaped. A grant is what one person allowed one application; revoking any of
//! its tokens ends it whole.

mod consent;
mod tokens;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::Refused;
use super::calls::Caller;
use super::state::State;
use crate::control::Misunderstood;
use crate::message::{Call, Reply};

/// An application that is registered to ask people for access.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
    /// Scopes that this person unticks.
    pub(super) untick: Vec<String>,
    /// This person says no.
    pub(super) deny: bool,
}

/// Everything that was granted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Grants {
    bearers: BTreeMap<String, Bearer>,
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    #[serde(with = "by_person")]
    given: BTreeMap<(String, String), Given>,
    pub(super) consent: Consent,
}

/// A ready token.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Bearer {
    user: String,
    live: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Code {
    user: String,
    client: String,
    redirect: String,
    scopes: BTreeSet<String>,
    challenge: Option<String>,
    nonce: Option<String>,
    offline: bool,
    expires: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Access {
    user: String,
    client: String,
    scopes: BTreeSet<String>,
    expires: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Refresh {
    user: String,
    client: String,
    expires: Option<Timestamp>,
}

/// What one person allowed one application, with its live refresh tokens, the oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Given {
    scopes: BTreeSet<String>,
    refresh: VecDeque<String>,
}

/// JSON has texts for keys, and a grant is found by two: it is kept as a list.
mod by_person {
    use super::{BTreeMap, Deserialize, Given, Serialize};

    type All = BTreeMap<(String, String), Given>;

    pub(super) fn serialize<S: serde::Serializer>(all: &All, serializer: S) -> Result<S::Ok, S::Error> {
        all.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<All, D::Error> {
        Vec::deserialize(deserializer).map(|all| all.into_iter().collect())
    }
}

impl Grants {
    pub(super) fn add_bearer(&mut self, user: &str, token: &str) {
        self.bearers.insert(token.to_owned(), Bearer { user: user.to_owned(), live: true });
    }

    /// Ends everything that a person allowed an application.
    fn end(&mut self, user: &str, client: &str) {
        self.given.remove(&(user.to_owned(), client.to_owned()));
        self.access.retain(|_, token| (token.user.as_str(), token.client.as_str()) != (user, client));
        self.refresh.retain(|_, token| (token.user.as_str(), token.client.as_str()) != (user, client));
    }

    /// What is live, in numbers, for the control route.
    pub(super) fn summary(&self) -> Value {
        let given = self.given.iter().map(|((user, client), given)| {
            json!({"user": user, "client": client, "scopes": given.scopes, "refreshTokens": given.refresh.len()})
        });
        json!({
            "grants": given.collect::<Vec<_>>(),
            "accessTokens": self.access.len(),
            "consent": self.consent,
        })
    }
}

/// Whether a path is one of the sign-in's.
pub(super) fn is_oauth(path: &str) -> bool {
    matches!(
        path,
        "/o/oauth2/v2/auth"
            | "/o/oauth2/auth"
            | "/token"
            | "/revoke"
            | "/v1/userinfo"
            | "/oauth2/v3/certs"
            | "/.well-known/openid-configuration"
    )
}

/// Answers a call to the sign-in.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    match (call.method.clone(), call.path.as_str()) {
        (Method::GET, "/o/oauth2/v2/auth" | "/o/oauth2/auth") => consent::authorize(state, call),
        (Method::POST, "/token") => tokens::exchange(state, call),
        (Method::POST, "/revoke") => tokens::revoke(state, call),
        (Method::GET | Method::POST, "/v1/userinfo") => tokens::userinfo(state, call),
        (Method::GET, "/oauth2/v3/certs") => Reply::json(StatusCode::OK, &json!({"keys": []})),
        (Method::GET, "/.well-known/openid-configuration") => discovery(state),
        _ => Reply::empty(StatusCode::METHOD_NOT_ALLOWED),
    }
}

/// A refusal in the form of OAuth.
pub(super) fn refuse(status: u16, reason: Option<&str>) -> Reply {
    if status >= 500 {
        return Refused::by_fault(status, None).reply();
    }
    let (error, description) = match (reason, status) {
        (Some("invalid_rapt"), _) => {
            let body = json!({
                "error": "invalid_grant",
                "error_description": "reauth related error (invalid_rapt)",
                "error_subtype": "invalid_rapt",
            });
            return Reply::json(StatusCode::BAD_REQUEST, &body);
        }
        (Some("invalid_client"), _) => ("invalid_client", "The OAuth client was not found."),
        (Some("deleted_client"), _) => ("deleted_client", "The OAuth client was deleted."),
        (Some("admin_policy_enforced"), _) => {
            ("admin_policy_enforced", "An administrator restricts this application.")
        }
        (Some("access_denied"), _) | (None, 403) => ("access_denied", "The person did not allow it."),
        (None, 401) => ("invalid_client", "The OAuth client was not found."),
        (None, 429) => ("rate_limit_exceeded", "Rate Limit Exceeded"),
        (Some("invalid_grant") | None, _) => ("invalid_grant", "Token has been expired or revoked."),
        (Some(other), _) => (other, "Bad Request"),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    Reply::json(status, &json!({"error": error, "error_description": description}))
}

/// Whose call it is, by its bearer token.
pub(super) fn bearer(state: &State, call: &Call) -> Result<Caller, Refused> {
    let header = call.header("authorization").unwrap_or_default();
    let token = header.strip_prefix("Bearer ").or_else(|| header.strip_prefix("bearer ")).map(str::trim);
    let token = token.map(ToOwned::to_owned).or_else(|| call.param("access_token"));
    let Some(token) = token else {
        let refused = Refused::of("authError");
        return Err(if header.is_empty() { refused.saying("Login Required.") } else { refused });
    };
    if let Some(ready) = state.grants.bearers.get(&token) {
        if !ready.live {
            return Err(Refused::of("authError"));
        }
        return Ok(Caller { by: ready.user.clone(), ..Caller::person(&ready.user) });
    }
    match state.grants.access.get(&token) {
        Some(access) if access.expires > state.core.now => Ok(Caller {
            user: access.user.clone(),
            client: Some(access.client.clone()),
            scopes: Some(access.scopes.clone()),
            stale: false,
            by: access.user.clone(),
        }),
        _ => Err(Refused::of("authError")),
    }
}

/// The control route `tokens`: `{"do": "expire" | "revoke" | "rotate" | "restore", "user": "alice"}`.
pub(super) fn control(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let user = match body.get("user").and_then(Value::as_str) {
        Some(user) if !state.users.contains_key(user) => return Err(format!("there is no user \"{user}\"")),
        user => user.map(ToOwned::to_owned),
    };
    let concerns = |name: &str| user.as_deref().is_none_or(|user| user == name);
    let now = state.core.now;
    let grants = &mut state.grants;
    match body.get("do").and_then(Value::as_str) {
        Some("expire") => {
            for token in grants.access.values_mut().filter(|token| concerns(&token.user)) {
                token.expires = now;
            }
            for token in grants.bearers.values_mut().filter(|token| concerns(&token.user)) {
                token.live = false;
            }
        }
        Some("revoke") => {
            let given: Vec<_> = grants.given.keys().filter(|(user, _)| concerns(user)).cloned().collect();
            for (user, client) in given {
                grants.end(&user, &client);
            }
            for token in grants.bearers.values_mut().filter(|token| concerns(&token.user)) {
                token.live = false;
            }
        }
        Some("restore") => {
            for token in grants.bearers.values_mut().filter(|token| concerns(&token.user)) {
                token.live = true;
            }
        }
        // From now on each refresh brings another refresh token, and the one that was used ends.
        Some("rotate") => state.quirks.rotate_refresh_tokens = true,
        _ => return Err("\"do\" is one of expire, revoke, rotate, restore".into()),
    }
    Ok(state.grants.summary())
}

fn discovery(state: &State) -> Reply {
    let base = &state.settings.base_url;
    let body = json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/o/oauth2/v2/auth"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/v1/userinfo"),
        "revocation_endpoint": format!("{base}/revoke"),
        "jwks_uri": format!("{base}/oauth2/v3/certs"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["none"],
        "scopes_supported": ["openid", "email", "profile"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
    });
    Reply::json(StatusCode::OK, &body)
}
