//! The page where people choose an account and say yes: for them a form, for scripts an answer at once.
//!
//! A script adds `auto=1` (and `user`, `deny`) to the address, or a test sets the same by the control route `consent`.

use std::collections::BTreeSet;

use http::StatusCode;
use jiff::SignedDuration;

use super::{Code, SCOPES, accounts, short};
use crate::chance::TOKEN;
use crate::message::{Call, Reply, pairs};
use crate::microsoft::TENANT;
use crate::microsoft::state::{Account, State};
use crate::pages::{self, escape};

/// Answers `GET /{tenant}/oauth2/v2.0/authorize`.
pub(super) fn authorize(state: &mut State, call: &Call, tenant: &str) -> Reply {
    let Some(allowed) = accounts(tenant) else {
        return blocked(90002, &format!("Tenant '{tenant}' not found."));
    };
    let client_id = call.param("client_id").unwrap_or_default();
    let redirect = call.param("redirect_uri").unwrap_or_default();
    let Some(client) = state.settings.clients.iter().find(|client| client.id == client_id) else {
        return blocked(700_016, "Application was not found in the directory.");
    };
    let known = client.redirects.is_empty() || client.redirects.contains(&redirect);
    let Some(mut back) = url::Url::parse(&redirect).ok().filter(|_| known) else {
        let words = "The redirect URI specified in the request does not match the redirect URIs configured for the application.";
        return blocked(50011, words);
    };
    if let Some(echo) = call.param("state") {
        back.query_pairs_mut().append_pair("state", &echo);
    }
    let refused = |mut back: url::Url, error: &str, words: &str| {
        back.query_pairs_mut().append_pair("error", error).append_pair("error_description", words);
        Reply::redirect(back.as_str())
    };
    if call.param("response_type").as_deref() != Some("code")
        || call.param("response_mode").is_some_and(|mode| mode != "query")
    {
        let words = "AADSTS700054: Only response_type=code with response_mode=query is spoken here.";
        return refused(back, "unsupported_response_type", words);
    }
    let asked: BTreeSet<String> =
        call.param("scope").unwrap_or_default().split_whitespace().map(short).collect();
    if asked.is_empty() {
        let words = "AADSTS900144: The request body must contain the following parameter: 'scope'.";
        return refused(back, "invalid_request", words);
    }
    if let Some(unknown) = asked.iter().find(|scope| !SCOPES.iter().any(|known| known.0 == *scope)) {
        let words = format!(
            "AADSTS70011: The provided value for the input parameter 'scope' is not valid. The scope {unknown} is not valid."
        );
        return refused(back, "invalid_scope", &words);
    }
    let challenge = match (call.param("code_challenge"), call.param("code_challenge_method").as_deref()) {
        (None, _) => None,
        (Some(challenge), Some("S256")) => Some((challenge, true)),
        (Some(challenge), None | Some("plain")) => Some((challenge, false)),
        (Some(_), Some(_)) => {
            return refused(back, "invalid_request", "AADSTS501491: Invalid code_challenge_method.");
        }
    };
    let standing = state.grants.consent.clone();
    let by_script = call.param("auto").is_some_and(|auto| auto == "1" || auto == "true");
    let hinted = call.param("login_hint").and_then(|hint| Some(state.user_by(&hint)?.name.clone()));
    let (user, yes) = match call.param("decision") {
        Some(decision) => (call.param("user"), decision == "allow"),
        None if by_script || standing.auto.is_some() => {
            let user = call.param("user").or(standing.auto).or(hinted).or(Some("alice".to_owned()));
            (user, !standing.deny && call.param("deny").is_none())
        }
        None if call.param("prompt").as_deref() == Some("none") => {
            let words = "AADSTS50058: A silent sign-in request was sent but no user is signed in.";
            return refused(back, "login_required", words);
        }
        None => return page(state, call, &asked, allowed),
    };
    let Some(user) = user.and_then(|name| state.users.get(&name)) else {
        return blocked(50034, "The user account does not exist in the directory.");
    };
    if !allowed.contains(&user.account) {
        let words = "User account from another identity provider does not exist in the tenant and cannot access the application.";
        return blocked(50020, words);
    }
    if !yes {
        return refused(back, "access_denied", "AADSTS65004: User declined to consent to access the app.");
    }
    let admin_only = &state.quirks.signin.admin_only;
    let needs_admin = admin_only.contains("*") || asked.iter().any(|scope| admin_only.contains(scope));
    if needs_admin && user.account == Account::Work && !state.grants.admin.contains(&client_id) {
        let words = "AADSTS90094: The grant requires admin permission. An administrator has to approve the application.";
        return refused(back, "access_denied", words);
    }
    let user = user.name.clone();
    let code = format!("1.AXoA{}", state.core.chance.text(TOKEN, 120));
    let expires = state.core.after(SignedDuration::from_mins(10));
    back.query_pairs_mut().append_pair("code", &code).append_pair("session_state", "twin");
    let (nonce, scopes) = (call.param("nonce"), asked);
    let granted =
        Code { user, client: client_id, redirect, scopes, challenge, nonce, expires, redeemed: false };
    state.grants.codes.insert(code, granted);
    Reply::redirect(back.as_str())
}

/// Answers `GET /{tenant}/adminconsent`: an administrator lets an application in, for everybody.
pub(super) fn by_admin(state: &mut State, call: &Call, tenant: &str) -> Reply {
    let client_id = call.param("client_id").unwrap_or_default();
    let known = state.settings.clients.iter().any(|client| client.id == client_id);
    let back = call.param("redirect_uri").and_then(|redirect| url::Url::parse(&redirect).ok());
    let (true, Some(mut back), Some(_)) = (known, back, accounts(tenant)) else {
        return blocked(700_016, "Application was not found in the directory.");
    };
    state.grants.admin.insert(client_id);
    if let Some(echo) = call.param("state") {
        back.query_pairs_mut().append_pair("state", &echo);
    }
    back.query_pairs_mut().append_pair("admin_consent", "True").append_pair("tenant", TENANT);
    Reply::redirect(back.as_str())
}

/// The form for people.
fn page(state: &State, call: &Call, asked: &BTreeSet<String>, allowed: &[Account]) -> Reply {
    let mut hidden = String::new();
    for (name, value) in pairs(&call.query) {
        hidden += &format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(&name), escape(&value));
    }
    let hint = call.param("login_hint").unwrap_or_default();
    let mut people = String::new();
    for (n, user) in state.users.values().filter(|user| allowed.contains(&user.account)).enumerate() {
        let chosen = user.email == hint || (n == 0 && state.user_by(&hint).is_none());
        people += &format!(
            "<label><input type=\"radio\" name=\"user\" value=\"{}\"{}> {} <small>{}</small></label>",
            escape(&user.name),
            if chosen { " checked" } else { "" },
            escape(&user.display),
            escape(&user.email),
        );
    }
    let words = |scope: &str| {
        let known = SCOPES.iter().find(|known| known.0 == scope);
        known.map_or_else(|| scope.to_owned(), |known| known.1.to_owned())
    };
    let scopes: Vec<String> =
        asked.iter().map(|scope| format!("<li>{}</li>", escape(&words(scope)))).collect();
    let client = escape(&call.param("client_id").unwrap_or_default());
    let body = format!(
        "<h1>Sign in</h1><p>This is a local stand-in for Microsoft. No real account is involved.</p>\
         <form method=\"get\">{hidden}<fieldset><legend>Pick an account</legend>{people}</fieldset>\
         <fieldset><legend><b>{client}</b> would like to</legend><ul>{}</ul></fieldset>\
         <p><button name=\"decision\" value=\"deny\">Cancel</button> \
         <button name=\"decision\" value=\"allow\" class=\"yes\">Accept</button></p></form>",
        scopes.join("")
    );
    pages::page(StatusCode::OK, "Sign in: Microsoft twin", &body)
}

fn blocked(number: u32, words: &str) -> Reply {
    let body = format!(
        "<h1>Sorry, but we\u{2019}re having trouble signing you in.</h1><p>AADSTS{number}: {}</p>",
        escape(words)
    );
    pages::page(StatusCode::BAD_REQUEST, "Error: Microsoft twin", &body)
}
