//! The doors: an HTTP client with limits, in front of the guard or not.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use concord_providers::http::{Http, Lost, TooLate, Took};
use http::{Request, Response};
use tokio::time::{Instant, timeout};
use tracing::debug;
use url::Url;

use crate::allow::Allowed;
use crate::guard::{Guard, GuardedLookup, Refused};
use crate::lookup::{Lookup, SystemLookup};
use crate::meter::Meter;

/// How long and how large a call may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until there is a connection: name, TCP and TLS together.
    pub connect: Duration,
    /// Until the answer's head has arrived, connecting included.
    pub first_byte: Duration,
    /// Until the whole answer has arrived. An answer that trickles ends here (BM-163).
    pub total: Duration,
    /// The size of an answer's body, after decompression.
    pub body_bytes: usize,
}

impl Default for Limits {
    /// Room for the largest page that a provider sends, and for a slow batch.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(30),
            total: Duration::from_secs(60),
            body_bytes: 32 << 20,
        }
    }
}

/// No client could be built.
#[derive(Debug, thiserror::Error)]
#[error("could not set up TLS; are the system's root certificates (ca-certificates) installed?")]
pub struct Unusable(#[source] reqwest::Error);

/// A way out: an [`Http`] that keeps this crate's promises.
///
/// Connections are kept and shared, so build one per purpose and clone it.
#[derive(Clone)]
pub struct Door {
    client: reqwest::Client,
    limits: Limits,
    guard: Option<Guard>,
    meter: Arc<dyn Meter>,
}

impl Door {
    /// Returns a door for addresses from the operator's configuration: any address, also on this machine.
    pub fn trusted(limits: Limits) -> Result<Self, Unusable> {
        Ok(Self { client: client(limits, None)?, limits, guard: None, meter: Arc::new(AtomicU64::new(0)) })
    }

    /// Returns a door for addresses that users give: only the public internet, and what is in `allow`.
    pub fn guarded(limits: Limits, allow: &[Allowed]) -> Result<Self, Unusable> {
        Self::guarded_with(limits, allow, Arc::new(SystemLookup))
    }

    /// Returns a guarded door with a resolver of the caller's own.
    pub fn guarded_with(
        limits: Limits,
        allow: &[Allowed],
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, Unusable> {
        let guard = Guard::new(allow);
        let lookup = GuardedLookup { guard: guard.clone(), lookup };
        let client = client(limits, Some(lookup))?;
        Ok(Self { client, limits, guard: Some(guard), meter: Arc::new(AtomicU64::new(0)) })
    }

    /// Returns this door with every call reported to `meter`.
    pub fn metered(self, meter: Arc<dyn Meter>) -> Self {
        Self { meter, ..self }
    }

    /// Judges an address as far as that is possible before its name is resolved, so that a form can refuse it at once.
    pub fn check(&self, url: &Url) -> Result<(), Lost> {
        match &self.guard {
            Some(guard) => guard.check(url).map_err(|Refused(why)| Lost::Forbidden(why)),
            None => Ok(()),
        }
    }

    async fn exchange(&self, request: reqwest::Request) -> Result<Response<Bytes>, Lost> {
        let first_byte = timeout(self.limits.first_byte, self.client.execute(request));
        let mut answer =
            first_byte.await.map_err(|_| too_late("an answer", self.limits.first_byte))?.map_err(lost)?;

        let limit_bytes = self.limits.body_bytes;
        // What the other side announces is believed when it is too much, never when it is little.
        if answer.content_length().is_some_and(|announced| announced > limit_bytes as u64) {
            return Err(Lost::TooLarge { limit_bytes });
        }
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(lost)? {
            if body.len() + piece.len() > limit_bytes {
                return Err(Lost::TooLarge { limit_bytes });
            }
            body.extend_from_slice(&piece);
        }

        let mut whole = Response::new(body.freeze());
        *whole.status_mut() = answer.status();
        *whole.version_mut() = answer.version();
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(whole)
    }
}

#[async_trait]
impl Http for Door {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let started = Instant::now();
        let (parts, body) = request.into_parts();
        // What is judged here is what is sent: the client is given this very URL.
        let url = Url::parse(&parts.uri.to_string()).map_err(|e| Lost::NotSent(e.into()))?;
        self.check(&url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        self.meter.called(&host);

        let mut outgoing = reqwest::Request::new(parts.method.clone(), url);
        *outgoing.headers_mut() = parts.headers;
        *outgoing.body_mut() = (!body.is_empty()).then(|| body.into());
        let mut outcome = timeout(self.limits.total, self.exchange(outgoing))
            .await
            .unwrap_or_else(|_| Err(too_late("the whole answer", self.limits.total)));
        if let Ok(answer) = &mut outcome {
            answer.extensions_mut().insert(Took(started.elapsed()));
        }

        // Paths, queries, headers and bodies hold ids, tokens and personal data: none of them is logged.
        let (method, elapsed_ms) = (&parts.method, started.elapsed().as_millis());
        match &outcome {
            Ok(answer) => debug!(
                call.method = %method, call.host = %host, call.status = answer.status().as_u16(),
                call.elapsed_ms = elapsed_ms, call.answer_bytes = answer.body().len(),
                "{method} to {host}: {}", answer.status().as_u16()
            ),
            Err(lost) => debug!(
                call.method = %method, call.host = %host, call.elapsed_ms = elapsed_ms,
                "{method} to {host}: {lost}"
            ),
        }
        outcome
    }
}

/// The only place that builds a client: without an installed TLS provider, building one panics.
fn client(limits: Limits, lookup: Option<GuardedLookup>) -> Result<reqwest::Client, Unusable> {
    // An error means that a provider is installed already, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    let builder = reqwest::Client::builder()
        // Google compresses only for clients that have "gzip" in their name as well.
        .user_agent(concat!("concord/", env!("CARGO_PKG_VERSION"), " (gzip)"))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(limits.connect);
    match lookup {
        Some(lookup) => builder.dns_resolver(Arc::new(lookup)),
        None => builder,
    }
    .build()
    .map_err(Unusable)
}

/// Sorts a failure by what the caller must know: can the request have had an effect?
fn lost(error: reqwest::Error) -> Lost {
    // The address is the caller's; its path and query have no business in an error that will be logged.
    let error = error.without_url();
    if let Some(Refused(why)) = cause(&error) {
        return Lost::Forbidden(why.clone());
    }
    // Only a failure to connect proves that nothing was sent. A broken connection proves nothing.
    if error.is_connect() || error.is_builder() {
        Lost::NotSent(error.into())
    } else {
        Lost::NoAnswer(error.into())
    }
}

fn cause<'a, E: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
}

fn too_late(what: &str, limit: Duration) -> Lost {
    Lost::NoAnswer(Box::new(TooLate(format!("{what} did not come within {limit:?}"))))
}
