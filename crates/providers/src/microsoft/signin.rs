//! Signing in: the authorization code flow with PKCE, new access tokens, and the end of a grant.
//!
//! Every renewal brings another refresh token, and the old one goes on for a while; the new one is stored before it is used
//! (I-26). Without `offline_access` there is none, and a sign-in would end within the hour (BM-076). What was granted comes
//! back without that scope, and sometimes with Graph's address before each (trap 24). There is no way to end a grant from
//! outside but to end all of a person's sessions everywhere, which nobody wants: a person takes it back in their account.

use jiff::Timestamp;
use oauth2::basic::BasicTokenResponse;
use oauth2::{RequestTokenError, TokenResponse};

use super::calls::{Calls, Line};
use super::{Settings, answers, wire};
use crate::answer::Answer;
use crate::http::Http;
use crate::oauth::{App, Asked, Door, Refused, all_granted, grant, refresh_token, renewable};
use crate::provider::{Grant, Identity, SignIn, SignInStart};

/// What is asked for.
const SCOPES: &[&str] = &[
    "openid",
    "profile",
    "email",
    "offline_access",
    "User.Read",
    "Calendars.ReadWrite",
    "Calendars.ReadWrite.Shared",
];
/// What has to be granted, and what for.
const NEEDED: &[(&str, &[&str], &str)] = &[
    ("user.read", &["user.readwrite", "user.read.all"], "to know the account again"),
    ("calendars.readwrite", &["calendars.readwrite.shared"], "to read and write events"),
];

fn app(settings: &Settings) -> App<'_> {
    App {
        client_id: &settings.client_id,
        client_secret: settings.client_secret.as_ref(),
        authorize_url: &settings.authorize_url,
        token_url: &settings.token_url,
    }
}

/// Where to send a person to sign in. Whoever is signed in already is not meant without a word.
pub(super) fn sign_in(settings: &Settings, start: &SignInStart) -> Result<SignIn, Answer> {
    let besides = [("response_mode", "query"), ("prompt", "select_account")];
    let besides = if start.hint.is_some() { &besides[..1] } else { &besides[..] };
    app(settings).sign_in(start, SCOPES.iter().copied(), besides)
}

/// Turns the code of the callback into a grant.
pub(super) async fn exchange(
    settings: &Settings,
    http: &dyn Http,
    start: &SignInStart,
    code: &str,
    now: Timestamp,
) -> Result<Grant, Answer> {
    let door = Door::new(http, now);
    let answer = app(settings).exchange(&door, start, code).await;
    let answer = answer.map_err(|e| refusal(e, &door, Asked::Code))?;
    let granted = scopes(&answer).unwrap_or_default();
    let has = |right: &str| granted.iter().any(|one| one.eq_ignore_ascii_case(right));
    all_granted(NEEDED, has, "accept all of it")?;
    let Some(refresh) = refresh_token(&answer) else {
        let why = "Microsoft gave no refresh token, so the sign-in would end within the hour: allow \"Maintain access to \
                   data you have given it access to\" and connect again";
        return Err(Answer::AccessRevoked { why: why.to_owned() });
    };
    Ok(Grant { refresh: Some(refresh), scopes: granted, ..grant(&answer, now) })
}

/// Fetches a new access token, and with it a new refresh token.
pub(super) async fn refresh(
    settings: &Settings,
    http: &dyn Http,
    old: &Grant,
    now: Timestamp,
) -> Result<Grant, Answer> {
    let door = Door::new(http, now);
    let answer = app(settings).refresh(&door, renewable(old)?).await;
    let answer = answer.map_err(|e| refusal(e, &door, Asked::Refresh))?;
    Ok(Grant {
        // An answer without one keeps the old.
        refresh: refresh_token(&answer).or_else(|| old.refresh.clone()),
        scopes: scopes(&answer).unwrap_or_else(|| old.scopes.clone()),
        ..grant(&answer, now)
    })
}

/// Whose account it is. People are known by their id, for addresses change.
pub(super) async fn identity(calls: &Calls, line: &Line<'_>) -> Result<Identity, Answer> {
    let person: wire::Person = line.ask(&calls.person()).await?.read(false)?;
    let name = person.mail.or(person.user_principal_name).filter(|name| !name.is_empty());
    Ok(Identity { name: name.unwrap_or_else(|| person.id.clone()), subject: person.id })
}

/// What was granted, by its bare names.
fn scopes(answer: &BasicTokenResponse) -> Option<Vec<String>> {
    answer.scopes().map(|scopes| scopes.iter().map(|scope| bare(scope).to_owned()).collect())
}

fn bare(scope: &str) -> &str {
    scope.rsplit_once('/').map_or(scope, |(_, name)| name)
}

/// What a refusal of the token endpoint means.
fn refusal(error: Refused, door: &Door<'_>, asked: Asked) -> Answer {
    if let RequestTokenError::Request(none) = error {
        return none.means("Microsoft", answers::lost);
    }
    // The library has no words for the numbers by which Microsoft tells its refusals apart.
    judge(&serde_json::from_slice(&door.refused()).unwrap_or_default(), asked)
}

fn judge(told: &wire::TokenRefusal, asked: Asked) -> Answer {
    let misconfigured = |why: &str| Answer::Misconfigured { why: why.to_owned() };
    let revoked = |why: &str| Answer::AccessRevoked { why: why.to_owned() };
    let trouble = || Answer::Transient("Microsoft's sign-in had trouble".to_owned());
    for code in &told.error_codes {
        return match code {
            90033 | 90036 => trouble(),
            // Our own fault, and calling on makes it worse.
            50196 => Answer::RetryAfter { at: None, long: true },
            7_000_215 | 7_000_222 => {
                misconfigured("Microsoft refuses our client secret: it is wrong or has expired")
            }
            700_016 | 700_038 => misconfigured(
                "Microsoft does not know our client id in this directory: check the id and the tenant",
            ),
            700_025 => misconfigured(
                "the application is a public one at Microsoft: take its client secret out of the settings",
            ),
            50_011 => {
                misconfigured("Microsoft does not know our redirect address: enter it with the application")
            }
            90_094 | 90_093 => revoked(
                "an administrator of the organisation has to allow this access: ask one, then connect again",
            ),
            54_005 | 70_000 if asked == Asked::Code => {
                revoked("the sign-in was not finished in time, or was used twice: connect again")
            }
            65_001 | 65_004 => revoked("access was not allowed, or was taken back: connect again"),
            50_076 | 50_079 | 50_158 | 53_000..=53_999 => {
                revoked("the organisation wants the person to sign in again: connect again")
            }
            50_173 | 50_078 | 70_008 | 70_043 | 700_082 | 700_084 | 50_057 | 50_020 => {
                revoked("Microsoft has ended the sign-in: connect again")
            }
            _ => continue,
        };
    }
    match told.error.as_deref() {
        Some("invalid_grant") if asked == Asked::Code => {
            revoked("the sign-in was not finished in time, or was used twice: connect again")
        }
        Some("invalid_grant" | "interaction_required" | "consent_required" | "login_required") => {
            revoked("Microsoft has ended the sign-in: connect again")
        }
        Some("access_denied") => revoked("access was not allowed"),
        Some("invalid_client" | "unauthorized_client") => {
            misconfigured("Microsoft refuses our client id or client secret")
        }
        Some("invalid_scope") => misconfigured("Microsoft refuses our choice of permissions"),
        Some("invalid_request" | "unsupported_grant_type" | "invalid_resource") => misconfigured(
            "Microsoft refuses our form of signing in: check the redirect address of the application",
        ),
        // `temporarily_unavailable`, and what is not known.
        _ => trouble(),
    }
}
