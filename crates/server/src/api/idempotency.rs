//! A write that is asked for twice under one key is made once (`Idempotency-Key`). What it was answered is kept in the
//! transaction of the write itself, so that a crash leaves both or neither.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use concord_store::Tx;
use concord_store::answers::{self, Answer};
use concord_store::vault::hashed;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;

use crate::app::App;
use crate::problem::{Problem, Result};
use crate::signin::Caller;

/// The longest key.
const LONGEST: usize = 200;

/// The key of a write, if it has one, and what is asked for under it.
pub(crate) struct Key {
    key: Option<String>,
    request: String,
}

impl FromRequestParts<App> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let key = match parts.headers.get("idempotency-key") {
            None => None,
            Some(value) => {
                let text = value.to_str().unwrap_or_default().trim();
                if text.is_empty() || text.len() > LONGEST {
                    let why = format!("write 1 to {LONGEST} characters of ASCII");
                    return Err(Problem::invalid("Idempotency-Key", why));
                }
                Some(text.to_owned())
            }
        };
        let path = parts.uri.path_and_query().map(http::uri::PathAndQuery::as_str).unwrap_or_default();
        Ok(Key { key, request: format!("{} {path}", parts.method) })
    }
}

/// A write under a key that nobody has answered yet.
pub(crate) struct Unanswered {
    key: Option<String>,
    fingerprint: String,
}

impl Key {
    /// What was answered before, or leave to do it.
    pub(crate) async fn claim(
        self,
        tx: &mut Tx,
        caller: &Caller,
        body: &impl Serialize,
    ) -> Result<std::result::Result<Unanswered, Response>> {
        let asked = serde_json::to_string(body).unwrap_or_default();
        let fingerprint = hashed(&format!("{}\n{asked}", self.request));
        let Some(key) = self.key else { return Ok(Ok(Unanswered { key: None, fingerprint })) };
        match answers::find(tx, caller.workspace(), caller.user.id, &key).await? {
            None => Ok(Ok(Unanswered { key: Some(key), fingerprint })),
            Some(known) if known.fingerprint == fingerprint => Ok(Err(again(&known))),
            Some(_) => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "key_reused",
                "Idempotency-Key: this key was used for another request; every request needs its own",
            )
            .about("Idempotency-Key")),
        }
    }
}

impl Unanswered {
    /// Keeps the answer with the write.
    pub(crate) async fn answer(
        self,
        tx: &mut Tx,
        caller: &Caller,
        status: StatusCode,
        body: &impl Serialize,
        now: Timestamp,
    ) -> Result<()> {
        let Some(key) = self.key else { return Ok(()) };
        let answer = Answer {
            workspace: caller.workspace(),
            user: caller.user.id,
            key,
            fingerprint: self.fingerprint,
            status: status.as_u16().into(),
            at: now,
            body: serde_json::to_string(body).unwrap_or_default(),
        };
        match answers::keep(tx, &answer).await {
            Err(concord_store::Error::Taken { .. }) => Err(Problem::new(
                StatusCode::CONFLICT,
                "under_way",
                "the same request is being answered right now; ask again in a moment",
            )),
            other => Ok(other?),
        }
    }
}

fn again(known: &Answer) -> Response {
    let status = u16::try_from(known.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = (status.unwrap_or(StatusCode::OK), known.body.clone()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    if known.body.is_empty() {
        headers.remove(header::CONTENT_TYPE);
    }
    response
}
