//! A twin as an axum router: in-process with markers, or behind a listener with real delays.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode};
use tokio::sync::Notify;

use crate::faults::Delayed;
use crate::message::{Call, Reply};

/// What answers calls, one at a time.
pub trait Machine: Send + Sync + 'static {
    /// Answers a call.
    fn answer(&self, call: Call) -> Reply;
    /// The answer that a call was told to wait for, if it is there.
    fn awaited(&self, ticket: u64) -> Option<Reply>;
    /// Rings whenever something happened that an answer may have waited for.
    fn bell(&self) -> &Notify;
}

/// The largest body a twin reads.
const LARGEST: usize = 64 << 20;

/// For callers in the same process: nothing waits, and lost or late answers carry [`crate::faults::Lost`] and
/// [`Delayed`].
pub fn in_process(machine: Arc<dyn Machine>) -> Router {
    Router::new().fallback(move |request: Request<Body>| {
        let machine = Arc::clone(&machine);
        async move { hand_over(&*machine, request).await }
    })
}

/// For a listener: late answers wait on the real clock, lost ones break the connection.
pub fn listening(machine: Arc<dyn Machine>) -> Router {
    Router::new().fallback(move |request: Request<Body>| {
        let machine = Arc::clone(&machine);
        async move {
            let response = hand_over(&*machine, request).await;
            if let Some(Delayed(delay)) = response.extensions().get().copied() {
                wait(delay).await;
            }
            response
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "a delay that a fault rule asks for is felt by a real client")]
async fn wait(delay: std::time::Duration) {
    tokio::time::sleep(delay).await;
}

async fn hand_over(machine: &dyn Machine, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    match to_bytes(body, LARGEST).await {
        Ok(body) => {
            let reply = machine.answer(Call::of(Request::from_parts(parts, body)));
            match reply.awaits {
                Some(ticket) => awaited(machine, ticket).await.into(),
                None => reply.into(),
            }
        }
        Err(_) => Reply::empty(StatusCode::PAYLOAD_TOO_LARGE).into(),
    }
}

/// Waits for what a notice is answered, on which an answer depends.
async fn awaited(machine: &dyn Machine, ticket: u64) -> Reply {
    loop {
        let rung = machine.bell().notified();
        if let Some(reply) = machine.awaited(ticket) {
            return reply;
        }
        rung.await;
    }
}
