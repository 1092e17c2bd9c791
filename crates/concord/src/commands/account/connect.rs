//! The walk through a sign-in: address out, browser there and back, grant kept.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use anyhow::Context;
use concord_engine::connect;
use concord_model::{ProviderId, UserId};
use concord_store::accounts::Account;
use jiff::SignedDuration;
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use super::callback::{self, Callback};
use crate::assemble::{self, Program};
use crate::output::Output;
use crate::pause;
use crate::refusal::{needs_person, usage};

/// How long a person may take: as long as the engine remembers the sign-in.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// Signs a person in and keeps what the provider grants.
pub(super) async fn connect(
    program: &Program,
    provider: &ProviderId,
    user: UserId,
    open_browser: bool,
) -> anyhow::Result<Account> {
    let engine = &program.engine;
    let (listener, base) = listen(program).await?;
    let redirect = callback_url(&base, provider);
    // The session is this process: nobody else can use what comes back.
    let session = engine.secret::<16>();
    let started = connect::begin(engine, program.workspace, user, provider, redirect, &session).await?;

    let told = json!({ "url": started.url });
    program.out.show(&told, |_| {
        format!("open this address in a browser on this machine, and agree there:\n{}", started.url)
    })?;
    if open_browser && program.out == Output::People {
        open(&started.url);
    }
    let progress = program.out.progress("waiting for the browser to come back");
    let mut callbacks = callback::listen(listener, provider.clone());
    loop {
        let callback = tokio::select! {
            callback = callbacks.recv() => callback.context("the listener for the sign-in ended")?,
            () = pause::lasting(PATIENCE) => {
                return Err(needs_person("nobody has signed in for ten minutes; begin again"));
            }
        };
        let Callback { state, outcome, page } = callback;
        // Somebody else's browser, or an old tab: it is told so, and the wait goes on.
        if state != started.state {
            page.send(Err("this sign-in was not begun here; use the address that was printed last".into()))
                .ok();
            continue;
        }
        let finished = match outcome {
            Ok(code) => {
                connect::finish(engine, provider, &state, &code, &session).await.map_err(anyhow::Error::from)
            }
            Err(why) => Err(needs_person(why)),
        };
        let told = finished.as_ref().map(|account| account.name.clone()).map_err(crate::refusal::told);
        page.send(told).ok();
        drop(progress);
        // The page is on its way when the listener is dropped.
        callbacks.finish().await;
        return finished;
    }
}

/// Listens where the browser will come back to: on the port of the public address if that is on this machine, else on
/// any that is free.
async fn listen(program: &Program) -> anyhow::Result<(TcpListener, Url)> {
    let public =
        assemble::public_url(&program.config).filter(|url| assemble::is_here(url) && url.scheme() == "http");
    let port = public.as_ref().and_then(Url::port_or_known_default).unwrap_or(0);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).await.map_err(|e| {
        usage(format!(
            "public_url: the browser shall come back to port {port}, and it cannot be listened on ({e}); end what \
             listens there, or choose another port here and in the provider's console"
        ))
    })?;
    let base = match public {
        Some(url) => url,
        None => Url::parse(&format!("http://{}", listener.local_addr()?))?,
    };
    Ok((listener, base))
}

fn callback_url(base: &Url, provider: &ProviderId) -> Url {
    let mut url = base.clone();
    let path = format!("{}/api/calendar/sync/{provider}/callback", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

/// Opens a browser, where there is one. The address is printed anyway.
fn open(url: &Url) {
    let (program, before): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("rundll32", &["url.dll,FileProtocolHandler"]),
        _ => ("xdg-open", &[]),
    };
    let quiet = Command::new(program)
        .args(before)
        .arg(url.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = quiet {
        tracing::debug!("no browser could be opened: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_comes_back_to_the_documented_path() {
        let check = |base: &str, expected: &str| {
            assert_eq!(callback_url(&base.parse().unwrap(), &"google".into()).as_str(), expected);
        };
        check("http://127.0.0.1:9", "http://127.0.0.1:9/api/calendar/sync/google/callback");
        check("http://localhost:9/x/", "http://localhost:9/x/api/calendar/sync/google/callback");
    }
}
