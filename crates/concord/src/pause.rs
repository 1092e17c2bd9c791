//! Waiting: the one place that sleeps. The engine never does; it says when it wants to be called next.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Waits for so long; not at all where the time is negative.
#[expect(clippy::disallowed_methods, reason = "this is the one place that sleeps")]
pub async fn lasting(time: SignedDuration) {
    tokio::time::sleep(Duration::try_from(time).unwrap_or_default()).await;
}

/// Waits until then, by a clock that says it is `now`.
pub async fn until(then: Timestamp, now: Timestamp) {
    lasting(then.duration_since(now)).await;
}

/// Waits for the signal to end: SIGINT, or SIGTERM where there is one. It listens from the call on, so whoever announces itself
/// calls this first: what it is told right after is heard.
pub fn until_told() -> impl Future<Output = ()> + Send {
    #[cfg(unix)]
    let heard = {
        use tokio::signal::unix::{SignalKind, signal};
        let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        async move {
            let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
                // Where no signal can be waited for, the default action of the system ends the program.
                return std::future::pending().await;
            };
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
    };
    #[cfg(not(unix))]
    let heard = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    heard
}
