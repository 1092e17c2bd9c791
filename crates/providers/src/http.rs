//! The door to the outside that adapters are handed.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

/// Sends one request and waits for its whole answer.
///
/// The implementation sets time limits and size limits, follows no redirects, sends no cookies, and reaches no
/// internal address. A dropped future may or may not have had its effect.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends the request. Any status is an answer; an error means that there was none.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost>;
}

/// How long an answer took. A door that measures it puts this among the answer's extensions, and adapters call faster or
/// slower by it; where it is missing, they do as they did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Took(pub std::time::Duration);

/// Why there was no answer, where it is that the time was over: perhaps too much was asked for at once. The source of a
/// [`Lost::NoAnswer`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TooLate(pub String);

/// Whether that is a page for people. Who answers a call of an API with one stands in between, a proxy or a network that
/// wants its terms accepted: the call itself may never have arrived, whatever the status says.
pub(crate) fn is_page(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    ["<!doctype html", "<html"]
        .iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(tag.as_bytes())))
}

/// There was no answer.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The request surely never reached the other side: no name, no connection, no TLS.
    #[error("could not be reached")]
    NotSent(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The request went out and no whole answer came back: it may have had its effect.
    #[error("did not answer")]
    NoAnswer(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The address may not be reached from here.
    #[error("may not be reached from here: {0}")]
    Forbidden(String),
    /// The answer was larger than we take.
    #[error("sent more than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
}
