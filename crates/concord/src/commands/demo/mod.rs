//! `concord demo`: everything at once, to be tried: the service, an emulated Google, and people with calendars.
//!
//! It is the same service as `concord serve`, in a folder of its own, with its provider's addresses set to the emulator's.
//! The emulator keeps its data beside the database, so that both go on together.

mod sample;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use concord_server::app::Purpose;
use concord_server::{App, Settings, router};
use concord_twins::google;
use serde_json::json;
use tokio::net::TcpListener;

use super::serve::listen;
use super::twins::{self, keeping::Kept, listener};
use crate::assemble::{self, Notices, Program};
use crate::clock::Clock;
use crate::config::{Config, Inputs};
use crate::output::Output;
use crate::pause;
use crate::serving;

/// Where the emulator is asked for, unless somebody else is there.
const TWIN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8441);

/// Intervals that are better to watch than those of a service.
const BRISK: [(&str, &str); 5] = [
    ("CONCORD_POLL_MIN", "1s"),
    ("CONCORD_POLL_MAX", "2s"),
    ("CONCORD_SAFETY_POLL", "30s"),
    ("CONCORD_BACKOFF_BASE", "1s"),
    ("CONCORD_BACKOFF_CAP", "10s"),
];

/// Settings that are the demo's own, whatever the service's are.
const OWN: [&str; 7] =
    ["data_dir", "database_url", "public_url", "master_key", "master_key_file", "role", "clock_offset"];

/// Try Concord: the service, an emulated Google Calendar and sample data, without any credentials
///
/// It keeps its data in a folder of its own and goes on with it the next time.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  concord demo
  concord demo --fresh                 begin anew
  concord demo --listen 127.0.0.1:0    at any free port")]
pub struct Arguments {
    /// Forget what an earlier demo has kept, and begin anew
    #[arg(long)]
    fresh: bool,
}

/// Serves until told to end.
pub async fn run(
    arguments: Arguments,
    mut inputs: Inputs,
    config: Config,
    out: Output,
) -> anyhow::Result<()> {
    let folder = config.data.dir.join("demo");
    // One that broke off before it was filled begins anew, too.
    let ready = folder.join("ready");
    if (arguments.fresh || !ready.exists()) && folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    let clock = Clock::ahead_by(config.clock_offset);
    let server = listen(&config).await?;
    let url = format!("http://{}", server.local_addr()?);
    let other_side = match TcpListener::bind(TWIN).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(SocketAddr::new(TWIN.ip(), 0)).await.context("no port is free")?,
    };
    let base = format!("http://{}", other_side.local_addr()?);
    let twin = google::Twin::new(google::Settings {
        time_zone: sample::ZONE.to_owned(),
        ..google::Settings::new(&base, Arc::new(move || clock.now()))
    });
    let kept = Kept::open(&folder.join("twins"), twin.clone())?;
    let mut emulator = tokio::spawn(listener::serve(other_side, twin.listening()));

    for name in OWN {
        inputs.flags.given.remove(name);
        inputs.environment.remove(&format!("CONCORD_{}", name.to_uppercase()));
    }
    let settings = twins::settings(&twin).into_iter().map(|(name, value)| (name.to_owned(), value));
    inputs.environment.extend(settings);
    let database = format!("sqlite://{}", folder.join("concord.db").display());
    let own = [
        ("CONCORD_DATA_DIR", folder.display().to_string()),
        ("CONCORD_DATABASE_URL", database),
        ("CONCORD_PUBLIC_URL", url.clone()),
    ];
    inputs.environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    for (name, value) in BRISK {
        inputs.environment.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    let config = Config::read(&inputs)?;
    let program = Program::assemble(config, out, Notices::Received).await?;
    if !ready.exists() {
        sample::fill(&program, &twin).await?;
        kept.save()?;
        fs::write(&ready, "").with_context(|| format!("{} cannot be written", ready.display()))?;
    }

    let ending = pause::until_told();
    let told = json!({
        "url": url, "email": sample::EMAIL, "password": sample::PASSWORD, "google": base,
        "bearers": google::BEARERS.into_iter().collect::<BTreeMap<&str, &str>>(),
    });
    program.out.show(&told, |_| {
        format!(
            "Concord's demo is at {url}\n  sign in as   {}\n  password     {}\nThe other side, an emulated Google Calendar, is at {url}/otherside\n\
             Everything is kept in {}; `concord demo --fresh` begins anew. Ctrl-C ends it.",
            sample::EMAIL,
            sample::PASSWORD,
            folder.display()
        )
    })?;

    let public_url = url.parse().context("the address of the demo")?;
    let app = App::new(
        program.engine.clone(),
        Settings { public_url, workspace: program.workspace, purpose: Purpose::Demo },
    );
    // The emulator under the page's own address too, so that a browser may talk to it.
    let router = router(app.clone()).nest_service("/demo/google", twin.listening());
    let deliveries = tokio::spawn(twins::deliver(twin.clone(), assemble::door(twins::PATIENCE)?));
    let ended = tokio::select! {
        ended = serving::run(&program, app, server, router, ending) => ended,
        served = &mut emulator => served.context("the emulator ended")?.context("the emulator ended"),
        failed = kept.keep() => Err(failed),
    };
    deliveries.abort();
    emulator.abort();
    program.engine.store.close().await;
    ended.and(kept.save())
}
