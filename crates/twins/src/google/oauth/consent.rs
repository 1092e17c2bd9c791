//! The consent page: for people a form, for scripts an answer at once.
//!
//! A script adds `auto=1` (and `user`, `untick`, `deny`) to the address, or a test sets the same by the control route
//! `consent`.

use std::collections::BTreeSet;

use http::StatusCode;
use jiff::SignedDuration;

use super::{Code, Consent};
use crate::chance::TOKEN;
use crate::google::scopes::{PREFIX, SCOPES};
use crate::google::state::State;
use crate::message::{Call, Reply};
use crate::pages::{self, escape};

/// Answers `GET /o/oauth2/v2/auth`.
pub(super) fn authorize(state: &mut State, call: &Call) -> Reply {
    let client_id = call.param("client_id").unwrap_or_default();
    let redirect = call.param("redirect_uri").unwrap_or_default();
    let Some(client) = state.settings.clients.iter().find(|client| client.id == client_id) else {
        return blocked("401: invalid_client", "The OAuth client was not found.", StatusCode::UNAUTHORIZED);
    };
    let known = client.redirects.is_empty() || client.redirects.contains(&redirect);
    let Some(mut back) = url::Url::parse(&redirect).ok().filter(|_| known) else {
        let words =
            "The redirect URI in the request does not match the ones authorized for the OAuth client.";
        return blocked("400: redirect_uri_mismatch", words, StatusCode::BAD_REQUEST);
    };
    if call.param("response_type").as_deref() != Some("code") {
        return blocked(
            "400: invalid_request",
            "Only response_type=code is spoken here.",
            StatusCode::BAD_REQUEST,
        );
    }
    let challenge = call.param("code_challenge");
    if challenge.is_some() && call.param("code_challenge_method").as_deref() != Some("S256") {
        let words = "Only code_challenge_method=S256 is spoken here.";
        return blocked("400: invalid_request", words, StatusCode::BAD_REQUEST);
    }
    let asked: Vec<String> = call.param("scope").unwrap_or_default().split_whitespace().map(whole).collect();
    if asked.is_empty() {
        return blocked("400: invalid_scope", "Missing required parameter: scope", StatusCode::BAD_REQUEST);
    }
    if let Some(unknown) = asked.iter().find(|scope| !is_known(scope)) {
        let words = format!("Some requested scopes were invalid: {unknown}");
        return blocked("400: invalid_scope", &words, StatusCode::BAD_REQUEST);
    }

    let decision = match decided(state, call, &asked) {
        Ok(decision) => decision,
        Err(words) => return blocked("400: invalid_request", &words, StatusCode::BAD_REQUEST),
    };
    let Some((user, granted)) = decision else { return page(state, call, &asked) };
    if let Some(echo) = call.param("state") {
        back.query_pairs_mut().append_pair("state", &echo);
    }
    if granted.is_empty() {
        back.query_pairs_mut().append_pair("error", "access_denied");
        return Reply::redirect(back.as_str());
    }
    let code = format!("4/0A{}", state.core.chance.text(TOKEN, 60));
    let expires = state.core.now.checked_add(SignedDuration::from_mins(10)).unwrap_or(state.core.now);
    // The refresh token comes on the first consent only, or when consent was asked for again.
    let first = !state.grants.given.contains_key(&(user.clone(), client_id.clone()));
    let again = call.param("prompt").is_some_and(|prompt| prompt.split(' ').any(|word| word == "consent"));
    let offline = call.param("access_type").as_deref() == Some("offline") && (first || again);
    let given = state.grants.given.entry((user.clone(), client_id.clone())).or_default();
    let scopes = match call.says("include_granted_scopes") {
        true => granted.union(&given.scopes).cloned().collect(),
        false => granted.clone(),
    };
    given.scopes.extend(granted);
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("scope", &scopes.iter().cloned().collect::<Vec<_>>().join(" "));
    let nonce = call.param("nonce");
    state
        .grants
        .codes
        .insert(code, Code { user, client: client_id, redirect, scopes, challenge, nonce, offline, expires });
    Reply::redirect(back.as_str())
}

/// Who decided, and for which scopes (none: they said no). `None` if nobody has decided yet.
fn decided(
    state: &State,
    call: &Call,
    asked: &[String],
) -> Result<Option<(String, BTreeSet<String>)>, String> {
    let by_script = call.says("auto") || call.param("auto").as_deref() == Some("1");
    let standing = state.grants.consent.clone();
    let (user, granted) = if let Some(decision) = call.param("decision") {
        let ticked: BTreeSet<String> = call.params("granted").iter().map(|scope| whole(scope)).collect();
        let granted =
            asked.iter().filter(|scope| is_identity(scope) || ticked.contains(*scope)).cloned().collect();
        (call.param("user"), if decision == "allow" { granted } else { BTreeSet::new() })
    } else if by_script || standing.auto.is_some() {
        let Consent { auto, mut untick, deny } = standing;
        untick.extend(call.params("untick"));
        let unticked: BTreeSet<String> = untick.iter().map(|scope| whole(scope)).collect();
        let deny = deny || call.param("deny").is_some();
        let granted = asked.iter().filter(|scope| !deny && !unticked.contains(*scope)).cloned().collect();
        let hinted =
            call.param("login_hint").and_then(|hint| state.user_by_email(&hint).map(ToOwned::to_owned));
        (call.param("user").or(auto).or(hinted).or(Some("alice".into())), granted)
    } else {
        return Ok(None);
    };
    match user.filter(|user| state.users.contains_key(user)) {
        Some(user) => Ok(Some((user, granted))),
        None => Err("There is no such account.".into()),
    }
}

/// A scope under its whole name: short names are allowed on the way in, and `email` has a longer one at Google.
pub(super) fn whole(scope: &str) -> String {
    match scope {
        "openid" => "openid".into(),
        "email" | "profile" => format!("{PREFIX}userinfo.{scope}"),
        scope if scope.starts_with("calendar") => format!("{PREFIX}{scope}"),
        scope => scope.into(),
    }
}

fn is_identity(scope: &str) -> bool {
    scope == "openid" || scope.strip_prefix(PREFIX).is_some_and(|scope| scope.starts_with("userinfo."))
}

fn is_known(scope: &str) -> bool {
    is_identity(scope) || words_of(scope).is_some()
}

fn words_of(scope: &str) -> Option<&'static str> {
    let short = scope.strip_prefix(PREFIX)?;
    SCOPES.iter().find(|known| known.0 == short).map(|known| known.1)
}

/// The form for people.
fn page(state: &State, call: &Call, asked: &[String]) -> Reply {
    let mut hidden = String::new();
    for (name, value) in crate::message::pairs(&call.query) {
        hidden += &format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(&name), escape(&value));
    }
    let hint = call.param("login_hint").unwrap_or_default();
    let mut people = String::new();
    for (n, (name, user)) in state.users.iter().enumerate() {
        let chosen = user.email == hint || (n == 0 && state.user_by_email(&hint).is_none());
        people += &format!(
            "<label><input type=\"radio\" name=\"user\" value=\"{name}\"{}> {} <small>{}</small></label>",
            if chosen { " checked" } else { "" },
            escape(&user.display),
            escape(&user.email),
        );
    }
    let mut scopes = String::new();
    for scope in asked.iter().filter(|scope| !is_identity(scope)) {
        scopes += &format!(
            "<label><input type=\"checkbox\" name=\"granted\" value=\"{}\" checked> {}</label>",
            escape(scope),
            escape(words_of(scope).unwrap_or(scope)),
        );
    }
    let client = escape(&call.param("client_id").unwrap_or_default());
    pages::page(
        StatusCode::OK,
        "Sign in: Google twin",
        &format!(
            "<h1>Sign in</h1><p>This is a local stand-in for Google. No real account is involved.\
             </p><form method=\"get\">{hidden}<fieldset><legend>Choose an account</legend>{people}</fieldset>\
             <fieldset><legend><b>{client}</b> wants to</legend>{scopes}</fieldset>\
             <p><button name=\"decision\" value=\"deny\">Cancel</button> \
             <button name=\"decision\" value=\"allow\" class=\"yes\">Continue</button></p></form>"
        ),
    )
}

fn blocked(error: &str, words: &str, status: StatusCode) -> Reply {
    pages::page(
        status,
        "Error: Google twin",
        &format!(
            "<h1>Access blocked</h1><p>{}</p><p><code>Error {}</code></p>",
            escape(words),
            escape(error),
        ),
    )
}
