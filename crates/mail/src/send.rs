//! One letter to the mail server, once.

use std::time::Duration;

use concord_engine::invitations::Unsent;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The way to a mail server; `None` for an address that is none.
pub(super) fn transport(server: &str) -> Option<AsyncSmtpTransport<Tokio1Executor>> {
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(server).ok()?;
    Some(builder.timeout(Some(PATIENCE)).build())
}

/// Sends it. Only what the server refused, and what never got to it, surely did not go out.
pub(super) async fn send(
    transport: &AsyncSmtpTransport<Tokio1Executor>,
    from: &str,
    to: &str,
    message: &str,
) -> Result<(), Unsent> {
    let refused = |_| Unsent::Refused("this is no address that mail can go to".to_owned());
    let from = from.parse().map_err(refused)?;
    let to = to.parse().map_err(refused)?;
    let envelope = Envelope::new(Some(from), vec![to])
        .map_err(|_| Unsent::Refused("this is no address that mail can go to".to_owned()))?;
    match transport.test_connection().await {
        Ok(true) => {}
        Ok(false) => return Err(Unsent::Later("the mail server is not ready".to_owned())),
        Err(error) => return Err(Unsent::Later(told("the mail server could not be reached", &error))),
    }
    match transport.send_raw(&envelope, message.as_bytes()).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_permanent() => {
            Err(Unsent::Refused(told("the mail server refused it", &error)))
        }
        Err(error) if error.is_transient() => {
            Err(Unsent::Later(told("the mail server does not take it now", &error)))
        }
        Err(_) => Err(Unsent::Unknown("the mail server did not say whether it took it".to_owned())),
    }
}

/// What the server said has addresses in it; its code does not.
fn told(what: &str, error: &Error) -> String {
    match error.status() {
        Some(code) => format!("{what} ({code})"),
        None => what.to_owned(),
    }
}
