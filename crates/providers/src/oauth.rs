//! Signing in by OAuth with those who keep to the letter of it: the code flow with PKCE, a new access token, our door in the
//! form that the library wants, and what is the same of every token that it brings.

use std::pin::Pin;
use std::sync::Mutex;

use bytes::Bytes;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::answer::Answer;
use crate::http::{Http, Lost};
use crate::pace::retry_after;
use crate::provider::{Grant, SignIn, SignInStart};

/// How we are registered with a provider, and where its people sign in.
pub(crate) struct App<'a> {
    pub client_id: &'a str,
    /// None for a public client, which must not send one.
    pub client_secret: Option<&'a SecretString>,
    pub authorize_url: &'a Url,
    pub token_url: &'a Url,
}

/// What the token endpoint said instead of a token.
pub(crate) type Refused = RequestTokenError<NoAnswer, BasicErrorResponse>;

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

impl App<'_> {
    fn client(&self) -> Client {
        let client = BasicClient::new(ClientId::new(self.client_id.to_owned()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::from_url(self.authorize_url.clone()))
            .set_token_uri(TokenUrl::from_url(self.token_url.clone()));
        match self.client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
            None => client,
        }
    }

    /// Where to send a person to sign in, to allow that, with what this provider wants to be told besides.
    pub(crate) fn sign_in<'s>(
        &self,
        start: &SignInStart,
        scopes: impl Iterator<Item = &'s str>,
        besides: &[(&'s str, &'s str)],
    ) -> Result<SignIn, Answer> {
        let verifier = start.verifier.expose_secret();
        if !(43..=128).contains(&verifier.len()) {
            let why = "a PKCE verifier has 43 to 128 characters".to_owned();
            return Err(Answer::Misconfigured { why });
        }
        let verifier = PkceCodeVerifier::new(verifier.to_owned());
        let client = self.client().set_redirect_uri(RedirectUrl::from_url(start.redirect.clone()));
        let state = start.state.clone();
        let mut request = client
            .authorize_url(move || CsrfToken::new(state))
            .add_scopes(scopes.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for (name, value) in besides {
            request = request.add_extra_param(*name, *value);
        }
        if let Some(hint) = &start.hint {
            request = request.add_extra_param("login_hint", hint);
        }
        Ok(SignIn { url: request.url().0 })
    }

    /// Turns the code of the callback into tokens.
    pub(crate) async fn exchange(
        &self,
        door: &Door<'_>,
        start: &SignInStart,
        code: &str,
    ) -> Result<BasicTokenResponse, Refused> {
        let client = self.client().set_redirect_uri(RedirectUrl::from_url(start.redirect.clone()));
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(start.verifier.expose_secret().to_owned()));
        request.request_async(door).await
    }

    /// Fetches a new access token.
    pub(crate) async fn refresh(
        &self,
        door: &Door<'_>,
        token: &SecretString,
    ) -> Result<BasicTokenResponse, Refused> {
        let token = RefreshToken::new(token.expose_secret().to_owned());
        let client = self.client();
        client.exchange_refresh_token(&token).request_async(door).await
    }
}

/// What brings the next grant; without it a person has to sign in again.
pub(crate) fn renewable(old: &Grant) -> Result<&SecretString, Answer> {
    let why = || "there is no refresh token: connect again".to_owned();
    old.refresh.as_ref().ok_or_else(|| Answer::AccessRevoked { why: why() })
}

/// Whether all was granted that is needed (I-28): each right, those that include it, and what it is for.
pub(crate) fn all_granted(
    needed: &[(&str, &[&str], &str)],
    has: impl Fn(&str) -> bool,
    so: &str,
) -> Result<(), Answer> {
    let lacks =
        |(right, wider, _): &&(&str, &[&str], &str)| !(has(right) || wider.iter().any(|one| has(one)));
    let missing: Vec<&str> = needed.iter().filter(lacks).map(|(.., what)| *what).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let why = format!("the sign-in lacks the permission {}: connect again and {so}", missing.join(" and "));
    Err(Answer::AccessRevoked { why })
}

/// Why the token endpoint gave no answer of its own.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error(transparent)]
    Lost(#[from] Lost),
    #[error("the token endpoint answered {status}")]
    Trouble {
        status: StatusCode,
        /// When it wants to be asked again, where it says so.
        again: Option<Timestamp>,
    },
}

impl NoAnswer {
    /// What that means, with the provider of that name. Both calls may be repeated: the refresh token before stays good.
    pub(crate) fn means(&self, provider: &str, lost: impl FnOnce(bool, &Lost) -> Answer) -> Answer {
        match self {
            NoAnswer::Lost(how) => lost(false, how),
            NoAnswer::Trouble { status, again }
                if again.is_some() || *status == StatusCode::TOO_MANY_REQUESTS =>
            {
                Answer::RetryAfter { at: *again, long: false }
            }
            NoAnswer::Trouble { status, .. } => {
                Answer::Transient(format!("{provider}'s sign-in answered {}", status.as_u16()))
            }
        }
    }
}

/// Our door, in the form that the OAuth library wants. What is not OAuth (an error page) is stopped here. The body of a refusal
/// is kept, for what the library has no words for; nobody passes it on, for it can hold tokens.
pub(crate) struct Door<'a> {
    http: &'a dyn Http,
    now: Timestamp,
    refused: Mutex<Bytes>,
}

impl<'a> Door<'a> {
    pub(crate) fn new(http: &'a dyn Http, now: Timestamp) -> Door<'a> {
        Door { http, now, refused: Mutex::default() }
    }

    /// The body of the last refusal.
    pub(crate) fn refused(&self) -> Bytes {
        self.refused.lock().map(|body| body.clone()).unwrap_or_default()
    }
}

impl<'c> AsyncHttpClient<'c> for Door<'_> {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<oauth2::HttpResponse, NoAnswer>> + Send + 'c>>;

    fn call(&'c self, request: oauth2::HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.http.send(request.map(Bytes::from)).await?;
            let status = answer.status();
            if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status.is_redirection()
            {
                return Err(NoAnswer::Trouble { status, again: retry_after(answer.headers(), self.now) });
            }
            if !status.is_success()
                && let Ok(mut place) = self.refused.lock()
            {
                *place = answer.body().clone();
            }
            Ok(answer.map(|body| body.to_vec()))
        })
    }
}

/// What was asked of the token endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Code,
    Refresh,
}

/// The grant that was brought, without its scopes and without what brings the next one.
pub(crate) fn grant(answer: &BasicTokenResponse, now: Timestamp) -> Grant {
    let lasts = answer.expires_in().and_then(|lasts| SignedDuration::try_from(lasts).ok());
    Grant {
        access: SecretString::from(answer.access_token().secret().clone()),
        access_ends_at: lasts.and_then(|lasts| now.checked_add(lasts).ok()),
        refresh: None,
        scopes: Vec::new(),
    }
}

/// What brings the next grant, if something does.
pub(crate) fn refresh_token(answer: &BasicTokenResponse) -> Option<SecretString> {
    let token = answer.refresh_token().map(|token| token.secret().as_str());
    token.filter(|token| !token.is_empty()).map(SecretString::from)
}
