//! `concord twins`: the emulators alone, one listener each.

pub(crate) mod keeping;
pub(crate) mod listener;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use concord_net::Door;
use concord_providers::http::Http;
use concord_twins::google;
use jiff::SignedDuration;
use serde_json::json;
use tokio::net::TcpListener;

use crate::assemble;
use crate::clock::Clock;
use crate::config::Config;
use crate::output::Output;
use crate::pause;
use crate::refusal::usage;

use keeping::Kept;

/// How often a twin is asked whether it has something to tell.
const LOOK: SignedDuration = SignedDuration::from_millis(20);
/// How long the other side may take to answer a notice.
pub(crate) const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// Serve emulators of calendar providers, to try Concord or to test against
///
/// An emulator holds two people, alice and bob, with two calendars each. It forgets everything when it ends, unless it is
/// given a folder. What a person there would do, faults and clocks are set under /_twin/ of its address. It runs until it
/// is interrupted.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  concord twins --google 127.0.0.1:8441
  concord twins --google 127.0.0.1:0 --json     a free port; one line of JSON with the settings
  concord twins --google 127.0.0.1:8441 --state twins     goes on where it was

The lines that it prints are settings: paste them into another shell, then
  concord user add Alice
  echo twin-alice | concord account add google --user Alice")]
pub struct Arguments {
    /// Emulate Google Calendar at this address (port 0: any free one)
    #[arg(long, value_name = "ADDRESS")]
    google: Option<SocketAddr>,
    /// Keep what the emulators hold in this folder, and go on from it
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// Serves until told to end.
pub async fn run(arguments: Arguments, config: &Config, out: Output) -> anyhow::Result<()> {
    let Some(address) = arguments.google else {
        return Err(usage("say which emulator to serve, and where: concord twins --google 127.0.0.1:8441"));
    };
    let clock = Clock::ahead_by(config.clock_offset);
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("--google: cannot listen on {address}; is another program there?"))?;
    let base = format!("http://{}", listener.local_addr()?);
    let twin = google::Twin::new(google::Settings::new(&base, Arc::new(move || clock.now())));

    let kept = arguments.state.map(|folder| Kept::open(&folder, twin.clone())).transpose()?;

    let settings = settings(&twin);
    let bearers: BTreeMap<&str, &str> = google::BEARERS.into_iter().collect();
    let told = json!({ "google": { "url": base, "env": settings, "bearers": bearers } });
    out.show(&told, |_| {
        let mut lines =
            vec![format!("# Google's twin at {base} (its control routes are under {base}/_twin/)")];
        lines.extend(settings.iter().map(|(name, value)| format!("export {name}={value}")));
        let tokens = bearers.iter().map(|(person, token)| format!("{token} ({person})"));
        lines.push(format!("# bearer tokens: {}", tokens.collect::<Vec<_>>().join(", ")));
        lines.join("\n")
    })?;

    let deliveries = tokio::spawn(deliver(twin.clone(), assemble::door(PATIENCE)?));
    let keeping = async {
        match &kept {
            Some(kept) => kept.keep().await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        served = listener::serve(listener, twin.listening()) => served.context("the twin ended"),
        failed = keeping => Err(failed),
        () = pause::until_told() => Ok(()),
    };
    deliveries.abort();
    match &kept {
        // What is served in this moment may still be written down.
        Some(kept) => ended.and(kept.save()),
        None => ended,
    }
}

/// The settings that lead to the twin.
pub(crate) fn settings(twin: &google::Twin) -> BTreeMap<&'static str, String> {
    let urls = twin.urls();
    let client = google::Client::default();
    BTreeMap::from([
        ("CONCORD_GOOGLE_CLIENT_ID", client.id),
        ("CONCORD_GOOGLE_CLIENT_SECRET", client.secret),
        ("CONCORD_GOOGLE_API_URL", urls.api),
        ("CONCORD_GOOGLE_BATCH_URL", urls.batch),
        ("CONCORD_GOOGLE_AUTHORIZE_URL", urls.authorize),
        ("CONCORD_GOOGLE_TOKEN_URL", urls.token),
        ("CONCORD_GOOGLE_REVOKE_URL", urls.revoke),
        ("CONCORD_GOOGLE_USERINFO_URL", urls.userinfo),
    ])
}

/// Sends the twin's notices, each by itself so that one that hangs holds up no other, and reports the answers.
pub(crate) async fn deliver(twin: google::Twin, door: Door) {
    loop {
        for notice in twin.take_notices() {
            let (twin, door) = (twin.clone(), door.clone());
            tokio::spawn(async move {
                let answer = door.send(notice.request).await;
                twin.delivered(notice.id, answer.map_or(0, |answer| answer.status().as_u16()));
            });
        }
        pause::lasting(LOOK).await;
    }
}
