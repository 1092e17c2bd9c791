//! Signing in: by consent, or with the token of an internal connection.
//!
//! What is granted does not say when it ends; a refresh changes both tokens and the old one is dead at once, so a new pair
//! is stored before it is used (trap 14, I-26). Connections from before 2025 have no refresh token and are good until they
//! are ended. The sign-in's errors have a form of their own.

use bytes::Bytes;
use data_encoding::BASE64;
use http::{Method, Request, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::calls::{Line, me};
use super::{Client, Settings, answers, wire};
use crate::answer::Answer;
use crate::http::Http;
use crate::provider::{Grant, Identity, SignIn, SignInStart};

fn client(settings: &Settings) -> Result<&Client, Answer> {
    let why = "Notion's sign-in is not set up: set its client id and secret, or connect with the token of an internal \
               connection";
    settings.client.as_ref().ok_or_else(|| Answer::Misconfigured { why: why.to_owned() })
}

/// Where to send a person to sign in and choose what is shared.
pub(super) fn sign_in(settings: &Settings, start: &SignInStart) -> Result<SignIn, Answer> {
    let client = client(settings)?;
    let mut url = settings.authorize_url.clone();
    url.query_pairs_mut()
        .append_pair("client_id", &client.id)
        .append_pair("redirect_uri", start.redirect.as_str())
        .append_pair("response_type", "code")
        .append_pair("owner", "user")
        .append_pair("state", &start.state);
    Ok(SignIn { url })
}

/// Turns the code of the callback into a grant.
pub(super) async fn exchange(
    settings: &Settings,
    http: &dyn Http,
    start: &SignInStart,
    code: &str,
) -> Result<Grant, Answer> {
    let asked = json!({
        "grant_type": "authorization_code", "code": code, "redirect_uri": start.redirect.as_str(),
    });
    let tokens = ask(settings, http, &settings.token_url, &asked, Asked::Code).await?;
    grant(&tokens, None)
}

/// Fetches a new pair of tokens.
pub(super) async fn refresh(settings: &Settings, http: &dyn Http, old: &Grant) -> Result<Grant, Answer> {
    let Some(token) = &old.refresh else {
        let why = "Notion no longer accepts the token: connect again".to_owned();
        return Err(Answer::AccessRevoked { why });
    };
    let asked = json!({ "grant_type": "refresh_token", "refresh_token": token.expose_secret() });
    let tokens = ask(settings, http, &settings.token_url, &asked, Asked::Refresh).await?;
    grant(&tokens, old.refresh.clone())
}

/// Ends a grant. One that Notion does not know has ended; the token of an internal connection is not ours to end.
pub(super) async fn revoke(settings: &Settings, http: &dyn Http, grant: &Grant) -> Result<(), Answer> {
    if settings.client.is_none() || grant.access.expose_secret().is_empty() {
        return Ok(());
    }
    let asked = json!({ "token": grant.access.expose_secret() });
    match ask(settings, http, &settings.revoke_url, &asked, Asked::Revoke).await {
        Ok(_) | Err(Answer::AccessRevoked { .. }) => Ok(()),
        Err(answer) => Err(answer),
    }
}

/// Whose account it is: the connection's own user, who stays the same when its person signs in again. By it the pages that
/// were made by us are told from copies that people made of them; a token that acts as a person would take that away.
pub(super) async fn identity(line: &Line<'_>) -> Result<Identity, Answer> {
    let bot: wire::Bot = line.ask(&me()).await?.read()?;
    if bot.kind.as_deref() == Some("person") {
        return Err(answers::rejected(
            "this token acts as a person, whose own pages could not be told from those of Concord: use the token of an internal \
             connection",
        ));
    }
    let workspace = bot.bot.unwrap_or_default().workspace_name;
    let told = [workspace, bot.name].into_iter().flatten().find(|name| !name.trim().is_empty());
    Ok(Identity { name: told.unwrap_or_else(|| bot.id.clone()), subject: wire::normal(&bot.id) })
}

fn grant(answer: &Value, before: Option<SecretString>) -> Result<Grant, Answer> {
    let unreadable = || Answer::Transient("the answer of Notion's sign-in could not be read".to_owned());
    let tokens: wire::Tokens = serde_json::from_value(answer.clone()).map_err(|_| unreadable())?;
    let given = tokens.refresh_token.filter(|token| !token.is_empty()).map(SecretString::from);
    Ok(Grant {
        access: SecretString::from(tokens.access_token),
        access_ends_at: None,
        refresh: given.or(before),
        scopes: Vec::new(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Code,
    Refresh,
    Revoke,
}

async fn ask(
    settings: &Settings,
    http: &dyn Http,
    url: &Url,
    asked: &Value,
    what: Asked,
) -> Result<Value, Answer> {
    let client = client(settings)?;
    let basic = BASE64.encode(format!("{}:{}", client.id, client.secret.expose_secret()).as_bytes());
    let unusable = || Answer::Misconfigured { why: "Notion's client id or secret is not usable".to_owned() };
    let mut basic = header::HeaderValue::try_from(format!("Basic {basic}")).map_err(|_| unusable())?;
    basic.set_sensitive(true);
    let request = Request::builder()
        .method(Method::POST)
        .uri(url.as_str())
        .header(header::AUTHORIZATION, basic)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(asked.to_string()))
        .map_err(|_| unusable())?;
    let answer = http.send(request).await.map_err(|lost| answers::lost(false, &lost))?;
    let told: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if answer.status() == StatusCode::OK && told.is_object() {
        return Ok(told);
    }
    Err(refusal(answer.status(), &told, what))
}

/// What a refusal means. Neither texts nor bodies are passed on: they can hold tokens.
fn refusal(status: StatusCode, told: &Value, asked: Asked) -> Answer {
    let told: wire::Refusal = serde_json::from_value(told.clone()).unwrap_or_default();
    let revoked = |why: &str| Answer::AccessRevoked { why: why.to_owned() };
    let misconfigured = |why: &str| Answer::Misconfigured { why: why.to_owned() };
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Answer::RetryAfter { at: None, long: false };
    }
    match told.error.as_deref().or(told.code.as_deref()) {
        Some("invalid_grant") if asked == Asked::Code => {
            revoked("the sign-in was not finished in time, or was used twice: connect again")
        }
        Some("invalid_grant") => revoked("Notion has ended the sign-in: connect again"),
        Some("access_denied") => revoked("access was not allowed"),
        Some("invalid_client" | "unauthorized_client" | "unauthorized") => {
            misconfigured("Notion refuses our client id or client secret")
        }
        Some("invalid_request" | "unsupported_grant_type" | "validation_error")
            if status == StatusCode::BAD_REQUEST =>
        {
            misconfigured(
                "Notion refuses our form of signing in: check the redirect address of the connection",
            )
        }
        _ => Answer::Transient(format!("Notion's sign-in answered {}", status.as_u16())),
    }
}
