//! Signing in: the authorization code flow with PKCE, new access tokens, and the end of a grant.
//!
//! Google hands out a refresh token only when a person is asked anew, so they always are (`prompt=consent`), and a
//! sign-in without one is refused: it would work for an hour (BM-076). A refresh brings none; the old one stays
//! (I-26). People can untick single rights, so what was granted is compared with what was asked (I-28).

use bytes::Bytes;
use concord_points::defect;
use http::{Method, Request, StatusCode, header};
use jiff::Timestamp;
use oauth2::basic::{BasicErrorResponseType, BasicTokenResponse};
use oauth2::{RequestTokenError, TokenResponse};
use secrecy::ExposeSecret;
use url::form_urlencoded;

use super::calls::{Line, userinfo};
use super::{Settings, answers, wire};
use crate::answer::Answer;
use crate::http::Http;
use crate::oauth::{App, Asked, Door, Refused, all_granted, grant, refresh_token, renewable};
use crate::provider::{Grant, Identity, SignIn, SignInStart};

/// What is asked for, the rights that include it, and what it is for.
const SCOPES: &[(&str, &[&str], &str)] = &[
    ("openid", &[], "to know the account again"),
    ("email", &["https://www.googleapis.com/auth/userinfo.email"], "to show which account it is"),
    (
        "https://www.googleapis.com/auth/calendar.events",
        &["https://www.googleapis.com/auth/calendar"],
        "to read and write events",
    ),
    (
        "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
        &[
            "https://www.googleapis.com/auth/calendar",
            "https://www.googleapis.com/auth/calendar.readonly",
            "https://www.googleapis.com/auth/calendar.calendarlist",
        ],
        "to list the calendars",
    ),
];

fn app(settings: &Settings) -> App<'_> {
    App {
        client_id: &settings.client_id,
        client_secret: Some(&settings.client_secret),
        authorize_url: &settings.authorize_url,
        token_url: &settings.token_url,
    }
}

/// Where to send a person to sign in.
pub(super) fn sign_in(settings: &Settings, start: &SignInStart) -> Result<SignIn, Answer> {
    let scopes = SCOPES.iter().map(|(scope, ..)| *scope);
    app(settings).sign_in(start, scopes, &[("access_type", "offline"), ("prompt", "consent")])
}

/// Turns the code of the callback into a grant.
pub(super) async fn exchange(
    settings: &Settings,
    http: &dyn Http,
    start: &SignInStart,
    code: &str,
    now: Timestamp,
) -> Result<Grant, Answer> {
    let answer = app(settings).exchange(&Door::new(http, now), start, code).await;
    let answer = answer.map_err(|e| refusal(e, Asked::Code))?;
    let granted = scopes(&answer).unwrap_or_default();
    all_granted(SCOPES, |right| granted.iter().any(|one| one == right), "leave all boxes ticked")?;
    let Some(refresh) = refresh_token(&answer) else {
        let why = "Google gave no refresh token, so the sign-in would end within the hour: take Concord's access \
                   away in the Google account's settings and connect again";
        return Err(Answer::AccessRevoked { why: why.to_owned() });
    };
    Ok(Grant { refresh: Some(refresh), scopes: granted, ..grant(&answer, now) })
}

/// Fetches a new access token.
pub(super) async fn refresh(
    settings: &Settings,
    http: &dyn Http,
    old: &Grant,
    now: Timestamp,
) -> Result<Grant, Answer> {
    let answer = app(settings).refresh(&Door::new(http, now), renewable(old)?).await;
    let answer = answer.map_err(|e| refusal(e, Asked::Refresh))?;
    Ok(Grant {
        refresh: refresh_token(&answer).or_else(|| match defect!("a renewal drops the old token") {
            true => None,
            false => old.refresh.clone(),
        }),
        scopes: scopes(&answer).unwrap_or_else(|| old.scopes.clone()),
        ..grant(&answer, now)
    })
}

/// Ends the grant. Google says 400 to a token that it does not know any more: that is what was wanted.
pub(super) async fn revoke(settings: &Settings, http: &dyn Http, grant: &Grant) -> Result<(), Answer> {
    let token = grant.refresh.as_ref().unwrap_or(&grant.access).expose_secret();
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("token", token).finish();
    let request = Request::builder()
        .method(Method::POST)
        .uri(settings.revoke_url.as_str())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .map_err(|_| Answer::Misconfigured {
            why: "Google's address for revoking is not usable".to_owned(),
        })?;
    let answer = http.send(request).await.map_err(|lost| answers::lost(false, &lost))?;
    match answer.status() {
        status if status.is_success() || status == StatusCode::BAD_REQUEST => Ok(()),
        StatusCode::TOO_MANY_REQUESTS => Err(Answer::RetryAfter { at: None, long: false }),
        status => Err(Answer::Transient(format!("Google answered {}", status.as_u16()))),
    }
}

/// Whose account it is. People are known by `sub`, for addresses change.
pub(super) async fn identity(settings: &Settings, line: &Line<'_>) -> Result<Identity, Answer> {
    let info: wire::UserInfo = line.ask(&userinfo(&settings.userinfo_url)).await?.read(false)?;
    let name = info.email.unwrap_or_else(|| info.sub.clone());
    Ok(Identity { subject: info.sub, name })
}

fn scopes(answer: &BasicTokenResponse) -> Option<Vec<String>> {
    answer.scopes().map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect())
}

/// What a refusal of the token endpoint means.
fn refusal(error: Refused, asked: Asked) -> Answer {
    let told = match error {
        RequestTokenError::ServerResponse(told) => told,
        RequestTokenError::Request(none) => return none.means("Google", answers::lost),
        // Neither texts nor bodies are passed on: they can hold tokens.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            return Answer::Transient("Google's sign-in answered in a form that cannot be read".to_owned());
        }
    };
    let misconfigured = |what: &str| Answer::Misconfigured { why: format!("Google refuses our {what}") };
    let revoked = |why: &str| Answer::AccessRevoked { why: why.to_owned() };
    match told.error() {
        BasicErrorResponseType::InvalidGrant => match asked {
            Asked::Code => revoked("the sign-in was not finished in time, or was used twice: connect again"),
            Asked::Refresh => revoked(
                "Google has ended the sign-in: connect again. If this happens every seven days, the consent screen of the \
                 Google project is in \"Testing\"; publish it",
            ),
        },
        BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
            misconfigured("client id or client secret")
        }
        BasicErrorResponseType::InvalidScope => misconfigured("choice of permissions"),
        BasicErrorResponseType::InvalidRequest | BasicErrorResponseType::UnsupportedGrantType => {
            misconfigured("form of signing in: check the redirect address in the Google project")
        }
        BasicErrorResponseType::Extension(code) => match code.as_str() {
            "access_denied" => revoked("access was not allowed"),
            "admin_policy_enforced" | "org_internal" => {
                revoked("the administrator of the Google account does not allow this access")
            }
            "invalid_rapt" => revoked("Google wants the person to sign in again"),
            "deleted_client" | "disabled_client" => {
                misconfigured("client id: it was deleted or switched off")
            }
            "redirect_uri_mismatch" => misconfigured("redirect address: enter it in the Google project"),
            _ => Answer::Transient("Google's sign-in had trouble".to_owned()),
        },
    }
}
