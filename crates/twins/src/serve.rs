//! A twin as an axum router: in-process with markers, or behind a listener with real delays.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode};

use crate::faults::Delayed;
use crate::message::{Call, Reply};

/// What answers calls, one at a time.
pub trait Machine: Send + Sync + 'static {
    /// Answers a call.
    fn answer(&self, call: Call) -> Reply;
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
        Ok(body) => machine.answer(Call::of(Request::from_parts(parts, body))).into(),
        Err(_) => Reply::empty(StatusCode::PAYLOAD_TOO_LARGE).into(),
    }
}
