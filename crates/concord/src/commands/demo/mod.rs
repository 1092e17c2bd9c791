//! `concord demo`: everything at once, to be tried: the service, an emulated Google, iCloud, Outlook and Notion, and people
//! with calendars.
//!
//! It is the same service as `concord serve`, in a folder of its own, with its providers' addresses set to the emulators'.
//! These keep their data beside the database, so that all go on together.

mod sample;
mod sides;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use concord_server::app::Purpose;
use concord_server::{App, Settings, router};
use concord_twins::google;
use serde_json::json;
use tokio::task::JoinSet;

use super::serve::listen;
use super::twins;
use crate::assemble::{self, Notices, Program};
use crate::clock::Clock;
use crate::config::{Config, Inputs};
use crate::output::Output;
use crate::{letters, pause, serving};

/// Intervals that are better to watch than those of a service.
const BRISK: [(&str, &str); 5] = [
    ("CONCORD_POLL_MIN", "500ms"),
    ("CONCORD_POLL_MAX", "1s"),
    ("CONCORD_SAFETY_POLL", "30s"),
    ("CONCORD_BACKOFF_BASE", "1s"),
    ("CONCORD_BACKOFF_CAP", "10s"),
];

/// Settings that are the demo's own, whatever the service's are.
const OWN: [&str; 9] = [
    "data_dir",
    "database_url",
    "public_url",
    "master_key",
    "master_key_file",
    "role",
    "clock_offset",
    "apple_url",
    "allow_internal",
];

/// Try Concord: the service, an emulated Google Calendar, iCloud, Outlook and Notion, and sample data, without any credentials
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
    let now: concord_twins::Now = Arc::new(move || clock.now());
    let twins_folder = folder.join("twins");
    let mut google = sides::google(&twins_folder, now.clone()).await?;
    let mut apple = sides::apple(&twins_folder, now.clone()).await?;
    let mut outlook = sides::outlook(&twins_folder, now.clone()).await?;
    let mut notion = sides::notion(&twins_folder, now).await?;

    for name in OWN {
        inputs.flags.given.remove(name);
        inputs.environment.remove(&format!("CONCORD_{}", name.to_uppercase()));
    }
    let settings = twins::settings(&google.twin).into_iter().chain(twins::microsoft_settings(&outlook.twin));
    let settings = settings.chain(twins::notion_settings(&notion.twin));
    inputs.environment.extend(settings.map(|(name, value)| (name.to_owned(), value)));
    let database = format!("sqlite://{}", folder.join("concord.db").display());
    let own = [
        ("CONCORD_DATA_DIR", folder.display().to_string()),
        ("CONCORD_DATABASE_URL", database),
        ("CONCORD_PUBLIC_URL", url.clone()),
        ("CONCORD_APPLE_URL", apple.base.clone()),
        // The emulated iCloud can also be connected as any other calendar server, by its address.
        ("CONCORD_ALLOW_INTERNAL", "127.0.0.1/32".to_owned()),
    ];
    inputs.environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    for (name, value) in BRISK {
        inputs.environment.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    let config = Config::read(&inputs)?;
    let program = Program::assemble(config, out, Notices::Received).await?;
    if !ready.exists() {
        let there = sample::There {
            google: &google.twin,
            apple: &apple.twin,
            outlook: &outlook.twin,
            notion: &notion.twin,
        };
        sample::fill(&program, there).await?;
        google.save().and(apple.save()).and(outlook.save()).and(notion.save())?;
        fs::write(&ready, "").with_context(|| format!("{} cannot be written", ready.display()))?;
    }

    let ending = pause::until_told();
    let told = json!({
        "url": url, "email": sample::EMAIL, "password": sample::PASSWORD, "second": sample::SECOND_EMAIL,
        "third": sample::THIRD_EMAIL, "fourth": sample::FOURTH_EMAIL, "google": google.base, "apple": apple.base,
        "outlook": outlook.base, "notion": notion.base,
        "bearers": google::BEARERS.into_iter().collect::<BTreeMap<&str, &str>>(),
    });
    program.out.show(&told, |_| {
        format!(
            "Concord's demo is at {url}\n  sign in as   {}\n  password     {}\nIts other sides, an emulated Google Calendar, \
             iCloud, Outlook and Notion, are at {url}/otherside\nEverything is kept in {}; `concord demo --fresh` begins anew. \
             Ctrl-C ends it.",
            sample::EMAIL,
            sample::PASSWORD,
            folder.display()
        )
    })?;

    let public_url = url.parse().context("the address of the demo")?;
    let app = App::new(
        program.engine.clone(),
        Settings { public_url, workspace: program.workspace, purpose: Purpose::Demo },
    )
    .with_mail(letters::set_up(&program.config)?);
    // The emulators under the page's own address too, so that a browser may talk to them.
    let router = router(app.clone())
        .nest_service("/demo/google", google.twin.listening())
        .nest_service("/demo/apple", apple.twin.listening())
        .nest_service("/demo/outlook", outlook.twin.listening())
        .nest_service("/demo/notion", notion.twin.listening());
    let mut deliveries = JoinSet::new();
    deliveries.spawn(twins::deliver(google.twin.clone(), assemble::door(twins::PATIENCE)?));
    deliveries.spawn(twins::deliver(outlook.twin.clone(), assemble::door(twins::PATIENCE)?));
    let ended = tokio::select! {
        ended = serving::run(&program, app, server, router, ending) => ended,
        ended = google.last() => ended,
        ended = apple.last() => ended,
        ended = outlook.last() => ended,
        ended = notion.last() => ended,
    };
    deliveries.abort_all();
    program.engine.store.close().await;
    ended.and(google.save()).and(apple.save()).and(outlook.save()).and(notion.save())
}
