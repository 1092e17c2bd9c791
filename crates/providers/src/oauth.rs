//! Signing in by OAuth: our door in the form that the library wants, and what is the same of every token that it brings.

use std::pin::Pin;
use std::sync::Mutex;

use bytes::Bytes;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use oauth2::basic::BasicTokenResponse;
use oauth2::{AsyncHttpClient, TokenResponse};
use secrecy::SecretString;

use crate::answer::Answer;
use crate::http::{Http, Lost};
use crate::provider::Grant;

/// Why the token endpoint gave no answer of its own.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error(transparent)]
    Lost(#[from] Lost),
    #[error("the token endpoint answered {0}")]
    Trouble(StatusCode),
}

impl NoAnswer {
    /// What that means, with the provider of that name. Both calls may be repeated: the refresh token before stays good.
    pub(crate) fn means(&self, provider: &str, lost: impl FnOnce(bool, &Lost) -> Answer) -> Answer {
        match self {
            NoAnswer::Lost(how) => lost(false, how),
            NoAnswer::Trouble(StatusCode::TOO_MANY_REQUESTS) => Answer::RetryAfter { at: None, long: false },
            NoAnswer::Trouble(status) => {
                Answer::Transient(format!("{provider}'s sign-in answered {}", status.as_u16()))
            }
        }
    }
}

/// Our door, in the form that the OAuth library wants. What is not OAuth (an error page) is stopped here. The body of a refusal
/// is kept, for what the library has no words for; nobody passes it on, for it can hold tokens.
pub(crate) struct Door<'a> {
    http: &'a dyn Http,
    refused: Mutex<Bytes>,
}

impl<'a> Door<'a> {
    pub(crate) fn new(http: &'a dyn Http) -> Door<'a> {
        Door { http, refused: Mutex::default() }
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
                return Err(NoAnswer::Trouble(status));
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
