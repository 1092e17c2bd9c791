//! Codes for tokens, and tokens for tokens.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Access, PERSONAL, Refresh, aadsts, accounts, short};
use crate::chance::TOKEN;
use crate::message::{Call, Reply};
use crate::microsoft::TENANT;
use crate::microsoft::state::{Account, State};

/// Answers `POST /{tenant}/oauth2/v2.0/token`.
pub(super) fn exchange(state: &mut State, call: &Call, tenant: &str) -> Reply {
    let Some(allowed) = accounts(tenant) else { return aadsts(state, 90002) };
    let form = call.form();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let (id, secret) = match basic(call) {
        Some((id, secret)) => (id, Some(secret)),
        None => (field("client_id").unwrap_or_default(), field("client_secret")),
    };
    let Some(client) = state.settings.clients.iter().find(|client| client.id == id) else {
        return aadsts(state, 700_016);
    };
    let wrong = match (&client.secret, secret) {
        (Some(_), None) => Some(7_000_218),
        (Some(held), Some(sent)) => (*held != sent).then_some(7_000_215),
        (None, Some(_)) => Some(700_025),
        (None, None) => None,
    };
    if let Some(number) = wrong {
        return aadsts(state, number);
    }
    let by_code = field("grant_type").as_deref() == Some("authorization_code");
    let granted = match field("grant_type").as_deref() {
        Some("authorization_code") => with_code(state, &id, &field),
        Some("refresh_token") => with_refresh_token(state, &id, &field),
        _ => Err(70003),
    };
    let granted = granted.and_then(|(user, scopes, nonce)| {
        let account = state.users.get(&user).map(|user| user.account);
        match account.is_some_and(|account| allowed.contains(&account)) {
            true => Ok((user, scopes, nonce)),
            false => Err(50020),
        }
    });
    match granted {
        Ok((user, scopes, nonce)) => {
            let renewed = by_code || state.quirks.signin.rotates;
            given(state, &user, &id, scopes, nonce.as_deref(), renewed)
        }
        Err(number) => aadsts(state, number),
    }
}

type Granted = Result<(String, BTreeSet<String>, Option<String>), u32>;

fn with_code(state: &mut State, client: &str, field: &impl Fn(&str) -> Option<String>) -> Granted {
    let now = state.core.now;
    let code = state.grants.codes.get_mut(&field("code").unwrap_or_default()).ok_or(70000u32)?;
    if code.redeemed {
        return Err(54005);
    }
    if code.client != client {
        return Err(70000);
    }
    if code.expires <= now {
        return Err(70008);
    }
    if field("redirect_uri").as_deref() != Some(code.redirect.as_str()) {
        return Err(500_112);
    }
    let verifier = field("code_verifier").unwrap_or_default();
    let fits = match &code.challenge {
        None => true,
        Some((challenge, true)) => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == *challenge,
        Some((challenge, false)) => verifier == *challenge,
    };
    if !fits {
        return Err(501_481);
    }
    code.redeemed = true;
    Ok((code.user.clone(), code.scopes.clone(), code.nonce.clone()))
}

fn with_refresh_token(state: &mut State, client: &str, field: &impl Fn(&str) -> Option<String>) -> Granted {
    let now = state.core.now;
    let idle = SignedDuration::from_hours(24 * state.quirks.signin.idle_days);
    let ends = state.quirks.signin.ends_rotated;
    let token = state.grants.refresh.get_mut(&field("refresh_token").unwrap_or_default()).ok_or(70000u32)?;
    if token.client != client {
        return Err(70000);
    }
    if let Some(number) = token.dead {
        return Err(number);
    }
    if now.duration_since(token.used) >= idle {
        return Err(700_082);
    }
    let scopes = match field("scope") {
        None => token.scopes.clone(),
        Some(asked) => {
            let asked: BTreeSet<String> = asked.split_whitespace().map(short).collect();
            if asked.iter().any(|scope| scope != ".default" && !token.scopes.contains(scope)) {
                return Err(65001);
            }
            if asked.contains(".default") { token.scopes.clone() } else { asked }
        }
    };
    token.used = now;
    if ends {
        token.dead = Some(70000);
    }
    // A token for less keeps what the grant allows.
    let mut scopes = scopes;
    if token.scopes.contains("offline_access") {
        scopes.insert("offline_access".to_owned());
    }
    Ok((token.user.clone(), scopes, None))
}

fn given(
    state: &mut State,
    user: &str,
    client: &str,
    scopes: BTreeSet<String>,
    nonce: Option<&str>,
    renewed: bool,
) -> Reply {
    let account = state.users.get(user).map_or(Account::Work, |user| user.account);
    // Tokens of personal accounts are not even in the form of a JWT.
    let prefix = if account == Account::Work { "eyJ0eXAiOiJKV1QiLCJub25jZSI6" } else { "EwB4A8l6BAAU" };
    let token = format!("{prefix}{}", state.core.chance.text(TOKEN, 160));
    let life = 3600 + i64::try_from(state.core.chance.below(1800)).unwrap_or(0);
    let (now, expires) = (state.core.now, state.core.after(SignedDuration::from_secs(life)));
    state.grants.access.retain(|_, token| token.expires > now);
    let access = Access { user: user.to_owned(), client: client.to_owned(), scopes: scopes.clone(), expires };
    state.grants.access.insert(token.clone(), access);
    let told = scopes.iter().filter(|scope| scope.as_str() != "offline_access").map(|scope| {
        let of_graph = scope.contains('.') && state.quirks.signin.prefixed_scopes;
        if of_graph { format!("https://graph.microsoft.com/{scope}") } else { scope.clone() }
    });
    let mut body = json!({
        "token_type": "Bearer",
        "scope": told.collect::<Vec<_>>().join(" "),
        "expires_in": life,
        "ext_expires_in": life,
        "access_token": token,
    });
    if renewed && scopes.contains("offline_access") {
        let refresh = format!(
            "{}{}",
            if account == Account::Work { "1.AXoA" } else { "M.C5" },
            state.core.chance.text(TOKEN, 180)
        );
        let held = Refresh {
            user: user.to_owned(),
            client: client.to_owned(),
            scopes: scopes.clone(),
            used: now,
            dead: None,
        };
        state.grants.refresh.insert(refresh.clone(), held);
        body["refresh_token"] = json!(refresh);
    }
    if scopes.contains("openid") {
        body["id_token"] = json!(id_token(state, user, client, &scopes, nonce));
    }
    Reply::json(StatusCode::OK, &body)
}

/// An id token. It says that it is not signed: there is no key behind a twin.
fn id_token(
    state: &State,
    user: &str,
    client: &str,
    scopes: &BTreeSet<String>,
    nonce: Option<&str>,
) -> String {
    let Some(user) = state.users.get(user) else { return String::new() };
    let tenant = if user.account == Account::Work { TENANT } else { PERSONAL };
    let mut claims = json!({
        "aud": client,
        "iss": format!("{}/{tenant}/v2.0", state.settings.base_url),
        "iat": state.core.now.as_second(),
        "nbf": state.core.now.as_second(),
        "exp": state.core.now.as_second() + 3600,
        "sub": format!("AAAAAAAAAAAAAAAAAAAAA{}", user.number),
        "oid": user.oid,
        "tid": tenant,
        "ver": "2.0",
    });
    if scopes.contains("profile") {
        claims["name"] = json!(user.display);
        claims["preferred_username"] = json!(user.email);
    }
    if scopes.contains("email") {
        claims["email"] = json!(user.email);
    }
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(json!({"alg": "none", "typ": "JWT"})), part(claims))
}

fn basic(call: &Call) -> Option<(String, String)> {
    let text = STANDARD.decode(call.header("authorization")?.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain =
        |text: &str| crate::message::pairs(text).into_iter().next().map(|(key, _)| key).unwrap_or_default();
    Some((plain(id), plain(secret)))
}
