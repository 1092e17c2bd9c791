//! `concord twins`: the emulators alone, one listener each.

pub(crate) mod keeping;
pub(crate) mod listener;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use concord_net::Door;
use concord_providers::http::Http;
use concord_twins::notices::Answer;
use concord_twins::twin::{Provider, Twin};
use concord_twins::{caldav, google, microsoft, notion};
use jiff::SignedDuration;
use serde_json::{Value, json};
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
/// An emulator holds two people, alice and bob, with some calendars each. It forgets everything when it ends, unless it
/// is given a folder. What a person there would do, faults and clocks are set under /_twin/ of its address. It runs until
/// it is interrupted.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  concord twins --google 127.0.0.1:8441
  concord twins --google 127.0.0.1:0 --json     a free port; one line of JSON with the settings
  concord twins --google 127.0.0.1:8441 --state twins     goes on where it was
  concord twins --microsoft 127.0.0.1:8443     Graph's calendars, with Microsoft's sign-in
  concord twins --caldav 127.0.0.1:8442 --like icloud     a CalDAV server with the manners of iCloud
  concord twins --notion 127.0.0.1:8444

The lines that it prints are settings: paste them into another shell, then
  concord user add Alice
  echo twin-alice | concord account add google --user Alice")]
pub struct Arguments {
    /// Emulate Google Calendar at this address (port 0: any free one)
    #[arg(long, value_name = "ADDRESS")]
    google: Option<SocketAddr>,
    /// Emulate Microsoft 365 and Outlook.com at this address (port 0: any free one)
    #[arg(long, value_name = "ADDRESS")]
    microsoft: Option<SocketAddr>,
    /// Emulate a CalDAV server at this address (port 0: any free one)
    #[arg(long, value_name = "ADDRESS")]
    caldav: Option<SocketAddr>,
    /// Give the CalDAV server the manners of a known one
    #[arg(long, value_name = "SERVER", requires = "caldav", value_parser = caldav::PRESETS)]
    like: Option<String>,
    /// Emulate Notion at this address (port 0: any free one)
    #[arg(long, value_name = "ADDRESS")]
    notion: Option<SocketAddr>,
    /// Keep what the emulators hold in this folder, and go on from it
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// Serves until told to end.
pub async fn run(arguments: Arguments, config: &Config, out: Output) -> anyhow::Result<()> {
    if arguments.google.is_none()
        && arguments.microsoft.is_none()
        && arguments.caldav.is_none()
        && arguments.notion.is_none()
    {
        return Err(usage(
            "say which emulator to serve, and where: concord twins --google 127.0.0.1:8441, or --microsoft, --caldav, --notion",
        ));
    }
    let clock = Clock::ahead_by(config.clock_offset);
    let now: concord_twins::Now = Arc::new(move || clock.now());
    let mut google = match arguments.google {
        Some(address) => Some(google_at(address, now.clone(), arguments.state.as_deref()).await?),
        None => None,
    };
    let mut microsoft = match arguments.microsoft {
        Some(address) => Some(microsoft_at(address, now.clone(), arguments.state.as_deref()).await?),
        None => None,
    };
    let mut caldav = match arguments.caldav {
        Some(address) => Some(
            caldav_at(address, now.clone(), arguments.like.as_deref(), arguments.state.as_deref()).await?,
        ),
        None => None,
    };
    let mut notion = match arguments.notion {
        Some(address) => Some(notion_at(address, now, arguments.state.as_deref()).await?),
        None => None,
    };

    let mut told = json!({});
    let mut lines = Vec::new();
    if let Some(Served { base, twin, .. }) = &google {
        let said = by_token("Google's twin", base, settings(twin), google::BEARERS, &mut lines);
        told["google"] = said;
    }
    if let Some(Served { base, twin, .. }) = &microsoft {
        let said =
            by_token("Microsoft's twin", base, microsoft_settings(twin), microsoft::BEARERS, &mut lines);
        told["microsoft"] = said;
    }
    if let Some(Served { base, twin, .. }) = &caldav {
        let passwords: BTreeMap<String, &str> =
            caldav::PASSWORDS.into_iter().map(|(name, word)| (format!("{name}@twin.test"), word)).collect();
        let urls = twin.urls();
        lines.push(format!("# A CalDAV server at {base} (its control routes are under {base}/_twin/)"));
        for (user, password) in &passwords {
            lines.push(format!("#   address {base}/   user {user}   password {password}"));
        }
        told["caldav"] =
            json!({ "url": base, "root": urls.root, "wellKnown": urls.well_known, "passwords": passwords });
    }
    if let Some(Served { base, twin, .. }) = &notion {
        let said = by_token("Notion's twin", base, notion_settings(twin), notion::BEARERS, &mut lines);
        told["notion"] = said;
    }
    let ending = pause::until_told();
    out.show(&told, |_| lines.join("\n"))?;

    let mut deliveries = tokio::task::JoinSet::new();
    if let Some(served) = &google {
        deliveries.spawn(deliver(served.twin.clone(), assemble::door(PATIENCE)?));
    }
    if let Some(served) = &microsoft {
        deliveries.spawn(deliver(served.twin.clone(), assemble::door(PATIENCE)?));
    }
    if let Some(served) = &notion {
        deliveries.spawn(deliver(served.twin.clone(), assemble::door(PATIENCE)?));
    }
    let ended = tokio::select! {
        ended = lasting(google.as_mut()) => ended,
        ended = lasting(microsoft.as_mut()) => ended,
        ended = lasting(caldav.as_mut()) => ended,
        ended = lasting(notion.as_mut()) => ended,
        () = ending => Ok(()),
    };
    deliveries.abort_all();
    // What is served in this moment may still be written down.
    ended
        .and(save(google.as_ref()))
        .and(save(microsoft.as_ref()))
        .and(save(caldav.as_ref()))
        .and(save(notion.as_ref()))
}

/// Says where a twin is that is signed in to with tokens: as lines, and for programs.
fn by_token(
    name: &str,
    base: &str,
    settings: BTreeMap<&'static str, String>,
    bearers: [(&'static str, &'static str); 2],
    lines: &mut Vec<String>,
) -> Value {
    let bearers: BTreeMap<&str, &str> = bearers.into_iter().collect();
    lines.push(format!("# {name} at {base} (its control routes are under {base}/_twin/)"));
    lines.extend(settings.iter().map(|(name, value)| format!("export {name}={value}")));
    let tokens = bearers.iter().map(|(person, token)| format!("{token} ({person})"));
    lines.push(format!("# bearer tokens: {}", tokens.collect::<Vec<_>>().join(", ")));
    json!({ "url": base, "env": settings, "bearers": bearers })
}

/// A twin with its listener and, if it is kept, its file.
struct Served<P> {
    base: String,
    twin: Twin<P>,
    kept: Option<Kept<P>>,
    listener: Option<TcpListener>,
}

async fn google_at(
    address: SocketAddr,
    now: concord_twins::Now,
    state: Option<&Path>,
) -> anyhow::Result<Served<google::State>> {
    let (listener, base) = listening_at("--google", address).await?;
    let twin = google::Twin::new(google::Settings::new(&base, now));
    served(listener, base, twin, state)
}

async fn microsoft_at(
    address: SocketAddr,
    now: concord_twins::Now,
    state: Option<&Path>,
) -> anyhow::Result<Served<microsoft::State>> {
    let (listener, base) = listening_at("--microsoft", address).await?;
    let twin = microsoft::Twin::new(microsoft::Settings::new(&base, now));
    served(listener, base, twin, state)
}

async fn caldav_at(
    address: SocketAddr,
    now: concord_twins::Now,
    like: Option<&str>,
    state: Option<&Path>,
) -> anyhow::Result<Served<caldav::State>> {
    let (listener, base) = listening_at("--caldav", address).await?;
    let quirks = like.and_then(caldav::preset);
    let settings = caldav::Settings::new(&base, now);
    let twin = caldav::Twin::new(caldav::Settings { quirks: quirks.clone().unwrap_or_default(), ..settings });
    let served = served(listener, base, twin, state)?;
    if let Some(quirks) = quirks {
        // What was kept had manners of its own; those that are asked for now win.
        let set = served.twin.control("POST", "quirks", &json!(quirks));
        set.map_err(|why| anyhow::anyhow!("--like: {why}"))?;
    }
    Ok(served)
}

async fn notion_at(
    address: SocketAddr,
    now: concord_twins::Now,
    state: Option<&Path>,
) -> anyhow::Result<Served<notion::State>> {
    let (listener, base) = listening_at("--notion", address).await?;
    let twin = notion::Twin::new(notion::Settings::new(&base, now));
    served(listener, base, twin, state)
}

async fn listening_at(flag: &str, address: SocketAddr) -> anyhow::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("{flag}: cannot listen on {address}; is another program there?"))?;
    let base = format!("http://{}", listener.local_addr()?);
    Ok((listener, base))
}

fn served<P: Provider>(
    listener: TcpListener,
    base: String,
    twin: Twin<P>,
    state: Option<&Path>,
) -> anyhow::Result<Served<P>> {
    let kept = state.map(|folder| Kept::open(folder, twin.clone())).transpose()?;
    Ok(Served { base, twin, kept, listener: Some(listener) })
}

/// Serves a twin and keeps it, as long as nothing fails; for ever, if there is none.
async fn lasting<P: Provider>(served: Option<&mut Served<P>>) -> anyhow::Result<()> {
    let Some(served) = served else { return std::future::pending().await };
    let Some(listener) = served.listener.take() else { return std::future::pending().await };
    let keeping = async {
        match &served.kept {
            Some(kept) => kept.keep().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = listener::serve(listener, served.twin.listening()) => ended.context("the twin ended"),
        failed = keeping => Err(failed),
    }
}

fn save<P: Provider>(served: Option<&Served<P>>) -> anyhow::Result<()> {
    served.and_then(|served| served.kept.as_ref()).map_or(Ok(()), Kept::save)
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

/// The same for Microsoft's.
pub(crate) fn microsoft_settings(twin: &microsoft::Twin) -> BTreeMap<&'static str, String> {
    let urls = twin.urls();
    let client = microsoft::Client::default();
    BTreeMap::from([
        ("CONCORD_MICROSOFT_CLIENT_ID", client.id),
        ("CONCORD_MICROSOFT_CLIENT_SECRET", client.secret.unwrap_or_default()),
        ("CONCORD_MICROSOFT_GRAPH_URL", urls.graph),
        ("CONCORD_MICROSOFT_AUTHORIZE_URL", urls.authorize),
        ("CONCORD_MICROSOFT_TOKEN_URL", urls.token),
    ])
}

/// The settings that lead to the twin of Notion.
pub(crate) fn notion_settings(twin: &notion::Twin) -> BTreeMap<&'static str, String> {
    let urls = twin.urls();
    let client = notion::Client::default();
    BTreeMap::from([
        ("CONCORD_NOTION_CLIENT_ID", client.id),
        ("CONCORD_NOTION_CLIENT_SECRET", client.secret),
        ("CONCORD_NOTION_API_URL", urls.api),
        ("CONCORD_NOTION_AUTHORIZE_URL", urls.authorize),
        ("CONCORD_NOTION_TOKEN_URL", urls.token),
        ("CONCORD_NOTION_REVOKE_URL", urls.revoke),
    ])
}

/// Sends the twin's notices, each by itself so that one that hangs holds up no other, and reports the answers.
pub(crate) async fn deliver<P: Provider>(twin: Twin<P>, door: Door) {
    loop {
        for notice in twin.take_notices() {
            let (twin, door) = (twin.clone(), door.clone());
            tokio::spawn(async move {
                let answer = match door.send(notice.request).await {
                    Ok(answer) => {
                        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
                        Answer {
                            status: answer.status().as_u16(),
                            content_type: kind.unwrap_or_default().to_owned(),
                            body: answer.into_body(),
                        }
                    }
                    Err(_) => Answer::default(),
                };
                twin.answered(notice.id, &answer);
            });
        }
        pause::lasting(LOOK).await;
    }
}
