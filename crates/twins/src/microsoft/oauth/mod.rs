//! Signing in: consent, codes, tokens and their end, for accounts of a tenant and personal ones.
//!
//! Errors here are those of Entra: an OAuth error with an `AADSTS` number that says more. What one person allowed one
//! application can be revoked as a whole, by them or by an administrator; an application cannot revoke it.

mod consent;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use http::{Method, StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::TENANT;
use super::answers::{Refused, guid};
use super::calls::Caller;
use super::prefer::Prefer;
use super::state::{Account, State};
use crate::control::Misunderstood;
use crate::message::{Call, Reply};

/// An application that is registered to ask people for access.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// Its public name.
    pub id: String,
    /// Its secret; a public client has none and must not send one.
    pub secret: Option<String>,
    /// Where answers may be sent; empty allows any address.
    pub redirects: Vec<String>,
}

impl Default for Client {
    fn default() -> Client {
        let secret = Some("twin-secret".to_owned());
        Client { id: "twin-client".to_owned(), secret, redirects: Vec::new() }
    }
}

/// How consent is given without a person.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Consent {
    /// Who says yes at once; nobody shows the page.
    pub(super) auto: Option<String>,
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
    /// Whom an administrator let in, for the whole tenant.
    admin: BTreeSet<String>,
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
    challenge: Option<(String, bool)>,
    nonce: Option<String>,
    expires: Timestamp,
    redeemed: bool,
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
    scopes: BTreeSet<String>,
    used: Timestamp,
    /// Why it is no longer good.
    dead: Option<u32>,
}

impl Grants {
    pub(super) fn add_bearer(&mut self, user: &str, token: &str) {
        self.bearers.insert(token.to_owned(), Bearer { user: user.to_owned(), live: true });
    }

    /// What is live, in numbers, for the control route.
    pub(super) fn summary(&self) -> Value {
        let live = self.refresh.values().filter(|token| token.dead.is_none());
        let tokens =
            live.map(|token| json!({"user": token.user, "client": token.client, "scopes": token.scopes}));
        json!({
            "refreshTokens": tokens.collect::<Vec<_>>(),
            "accessTokens": self.access.len(),
            "adminConsent": self.admin,
            "consent": self.consent,
        })
    }
}

/// Whether a path is one of the sign-in's.
pub(super) fn is_oauth(path: &str) -> bool {
    route(path).is_some()
}

/// The tenant and the rest of a path of the sign-in.
fn route(path: &str) -> Option<(&str, &str)> {
    let (tenant, rest) = path.strip_prefix('/')?.split_once('/')?;
    let known = matches!(
        rest,
        "oauth2/v2.0/authorize"
            | "oauth2/v2.0/token"
            | "oauth2/v2.0/logout"
            | "v2.0/adminconsent"
            | "adminconsent"
            | "discovery/v2.0/keys"
            | "v2.0/.well-known/openid-configuration"
    );
    known.then_some((tenant, rest))
}

/// Which accounts a tenant of an address is for; `None` if there is no such tenant.
fn accounts(tenant: &str) -> Option<&'static [Account]> {
    match tenant.to_ascii_lowercase().as_str() {
        "common" => Some(&[Account::Work, Account::Personal]),
        "organizations" | TENANT | "twin.test" => Some(&[Account::Work]),
        "consumers" | PERSONAL => Some(&[Account::Personal]),
        _ => None,
    }
}

/// The tenant of all personal accounts.
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Answers a call to the sign-in.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    let Some((tenant, rest)) = route(&call.path) else { return Reply::empty(StatusCode::NOT_FOUND) };
    let (tenant, rest) = (tenant.to_owned(), rest.to_owned());
    match (&call.method, rest.as_str()) {
        (&Method::GET, "oauth2/v2.0/authorize") => consent::authorize(state, call, &tenant),
        (&Method::POST, "oauth2/v2.0/token") => tokens::exchange(state, call, &tenant),
        (&Method::GET, "oauth2/v2.0/logout") => Reply::empty(StatusCode::OK),
        (&Method::GET, "adminconsent" | "v2.0/adminconsent") => consent::by_admin(state, call, &tenant),
        (&Method::GET, "discovery/v2.0/keys") => Reply::json(StatusCode::OK, &json!({"keys": []})),
        (&Method::GET, _) => discovery(state, &tenant),
        _ => Reply::empty(StatusCode::METHOD_NOT_ALLOWED),
    }
}

/// Number, status, OAuth's word for it, suberror, words.
const CODES: &[(u32, u16, &str, &str, &str)] = &[
    (
        70008,
        400,
        "invalid_grant",
        "token_expired",
        "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
    ),
    (
        700_082,
        400,
        "invalid_grant",
        "bad_token",
        "The refresh token has expired due to inactivity. The token was issued on an earlier day and was inactive for 90.00:00:00.",
    ),
    (
        70043,
        400,
        "invalid_grant",
        "token_expired",
        "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.",
    ),
    (
        50173,
        400,
        "invalid_grant",
        "bad_token",
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.",
    ),
    (
        50078,
        400,
        "invalid_grant",
        "basic_action",
        "Presented multi-factor authentication has expired due to policies configured by your administrator.",
    ),
    (
        50076,
        400,
        "interaction_required",
        "basic_action",
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.",
    ),
    (
        50079,
        400,
        "interaction_required",
        "basic_action",
        "The user is required to use multi-factor authentication.",
    ),
    (
        53003,
        400,
        "interaction_required",
        "message_only",
        "Access has been blocked by Conditional Access policies.",
    ),
    (
        65001,
        400,
        "invalid_grant",
        "consent_required",
        "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.",
    ),
    (
        54005,
        400,
        "invalid_grant",
        "",
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
    ),
    (
        70000,
        400,
        "invalid_grant",
        "bad_token",
        "The provided value for the input parameter 'code' or 'refresh_token' is not valid.",
    ),
    (
        501_481,
        400,
        "invalid_grant",
        "",
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    ),
    (
        500_112,
        400,
        "invalid_client",
        "",
        "The reply address does not match the reply address provided when requesting the authorization code.",
    ),
    (
        7_000_215,
        401,
        "invalid_client",
        "",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
    ),
    (
        7_000_218,
        401,
        "invalid_client",
        "",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    (7_000_222, 401, "invalid_client", "", "The provided client secret keys are expired."),
    (
        700_016,
        400,
        "unauthorized_client",
        "",
        "Application was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
    ),
    (
        700_025,
        401,
        "invalid_client",
        "",
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    ),
    (
        90002,
        400,
        "invalid_request",
        "",
        "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
    ),
    (
        50020,
        400,
        "invalid_grant",
        "",
        "User account from another identity provider does not exist in the tenant and cannot access the application.",
    ),
    (90033, 503, "temporarily_unavailable", "", "A transient error has occurred. Please try again."),
    (
        50196,
        400,
        "invalid_grant",
        "",
        "The server terminated an operation because it encountered a client request loop. Please contact your app vendor.",
    ),
    (70003, 400, "unsupported_grant_type", "", "The app returned an unsupported grant type."),
];

/// A refusal with its number, in Entra's form.
fn aadsts(state: &mut State, number: u32) -> Reply {
    let known = CODES.iter().find(|row| row.0 == number);
    let (_, status, error, suberror, words) =
        known.copied().unwrap_or((number, 400, "invalid_request", "", "Invalid request."));
    let (trace, correlation) = (guid(state), guid(state));
    let at = state.core.now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let mut body = json!({
        "error": error,
        "error_description":
            format!("AADSTS{number}: {words} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}"),
        "error_codes": [number],
        "timestamp": at,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": format!("{}/error?code={number}", state.settings.base_url),
    });
    if !suberror.is_empty() {
        body["suberror"] = json!(suberror);
    }
    Reply::json(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), &body)
}

/// The refusal that a fault rule asks for; the reason is a number of Entra's.
pub(super) fn refuse(state: &mut State, status: u16, reason: Option<&str>) -> Reply {
    let number = reason.and_then(|reason| reason.trim_start_matches("AADSTS").parse().ok());
    let number = number.unwrap_or(match status {
        401 => 7_000_215,
        500.. | 429 => 90033,
        _ => 50173,
    });
    let mut reply = aadsts(state, number);
    reply.status = StatusCode::from_u16(status).unwrap_or(reply.status);
    reply
}

/// Whose call it is, by its bearer token.
pub(super) fn bearer(state: &State, call: &Call) -> Result<Caller, Refused> {
    let no = |words: &str| Refused::of("InvalidAuthenticationToken").saying(words);
    let token = call.header("authorization").unwrap_or_default();
    let token = token.get(..7).filter(|kind| kind.eq_ignore_ascii_case("bearer ")).map(|_| token[7..].trim());
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Err(no("Access token is empty."));
    };
    let expired = || no("Lifetime validation failed, the token is expired.");
    if let Some(ready) = state.grants.bearers.get(token) {
        let caller =
            Caller { by: ready.user.clone(), prefer: Prefer::default(), ..Caller::person(&ready.user) };
        return if ready.live { Ok(caller) } else { Err(expired()) };
    }
    let Some(access) = state.grants.access.get(token) else {
        return Err(no("CompactToken parsing failed with error code: 80049217"));
    };
    if access.expires <= state.core.now {
        return Err(expired());
    }
    let full =
        ["Calendars.Read", "Calendars.ReadWrite", "Calendars.Read.Shared", "Calendars.ReadWrite.Shared"];
    Ok(Caller {
        client: Some(access.client.clone()),
        scopes: Some(access.scopes.clone()),
        basic: !full.iter().any(|scope| access.scopes.contains(*scope)),
        by: access.user.clone(),
        prefer: Prefer::default(),
        ..Caller::person(&access.user)
    })
}

/// Refuses a good token all the same, where a switch says so.
pub(super) fn challenged(state: &mut State) -> Result<(), Refused> {
    state.load.calls += 1;
    if let Some(claims) = &state.quirks.signin.claims {
        let words = format!("Bearer realm=\"\", error=\"insufficient_claims\", claims=\"{claims}\"");
        return Err(Refused::of("InvalidAuthenticationToken")
            .saying("Continuous access evaluation resulted in challenge with result: InteractionRequired.")
            .with(header::WWW_AUTHENTICATE, words));
    }
    match state.quirks.signin.flaky_every {
        Some(every) if every > 0 && state.load.calls.is_multiple_of(every) => {
            Err(Refused::of("InvalidAuthenticationToken"))
        }
        _ => Ok(()),
    }
}

/// The control route `tokens`: `{"do": "expire" | "revoke" | "rotate" | "restore", "user": "alice", "code": 50173}`.
pub(super) fn control(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let user = match body.get("user").and_then(Value::as_str) {
        Some(user) if !state.users.contains_key(user) => return Err(format!("there is no user \"{user}\"")),
        user => user.map(ToOwned::to_owned),
    };
    let concerns = |name: &str| user.as_deref().is_none_or(|user| user == name);
    let now = state.core.now;
    let grants = &mut state.grants;
    let what = body.get("do").and_then(Value::as_str).unwrap_or_default();
    match what {
        "expire" | "revoke" => {
            for token in grants.access.values_mut().filter(|token| concerns(&token.user)) {
                token.expires = now;
            }
            for token in grants.bearers.values_mut().filter(|token| concerns(&token.user)) {
                token.live = false;
            }
            if what == "revoke" {
                let code = body.get("code").and_then(Value::as_u64).and_then(|code| u32::try_from(code).ok());
                for token in grants.refresh.values_mut().filter(|token| concerns(&token.user)) {
                    token.dead = Some(code.unwrap_or(50173));
                }
            }
        }
        "restore" => {
            for token in grants.bearers.values_mut().filter(|token| concerns(&token.user)) {
                token.live = true;
            }
        }
        // From now on the refresh token that was used ends.
        "rotate" => state.quirks.signin.ends_rotated = true,
        _ => return Err("\"do\" is one of expire, revoke, rotate, restore".into()),
    }
    Ok(state.grants.summary())
}

fn discovery(state: &State, tenant: &str) -> Reply {
    let base = format!("{}/{tenant}", state.settings.base_url);
    let body = json!({
        "issuer": format!("{base}/v2.0"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "userinfo_endpoint": format!("{}/v1.0/me", state.settings.base_url),
        "response_modes_supported": ["query"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["none"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "tenant_region_scope": null,
    });
    Reply::json(StatusCode::OK, &body)
}

/// A scope in its short form: those of Graph may come with Graph in front of them.
fn short(scope: &str) -> String {
    scope.trim_start_matches("https://graph.microsoft.com/").to_owned()
}

/// The scopes that the applications here can ask for.
const SCOPES: &[(&str, &str)] = &[
    ("openid", "Sign you in"),
    ("profile", "View your basic profile"),
    ("email", "View your email address"),
    ("offline_access", "Maintain access to data you have given it access to"),
    ("User.Read", "Sign you in and read your profile"),
    ("Calendars.ReadBasic", "Read basic details of your calendars"),
    ("Calendars.Read", "Read your calendars"),
    ("Calendars.ReadWrite", "Have full access to your calendars"),
    ("Calendars.Read.Shared", "Read calendars you can access"),
    ("Calendars.ReadWrite.Shared", "Read and write to your and shared calendars"),
    ("MailboxSettings.Read", "Read your mailbox settings"),
    ("MailboxSettings.ReadWrite", "Read and write to your mailbox settings"),
];
