//! `concord serve`: the service.

use clap::Args;
use concord_server::app::Purpose;
use concord_server::{App, Settings, health, router, signin};
use serde_json::json;
use tokio::net::TcpListener;

use crate::assemble::{Notices, Program};
use crate::config::{Config, Role};
use crate::output::Output;
use crate::pause;
use crate::refusal::usage;
use crate::{letters, serving};

/// Run the service: the web page, the API, and the syncing
///
/// Without any settings it keeps everything in one folder and listens on this machine only. It runs until it is
/// interrupted, and can be killed at any time.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  concord serve
  CONCORD_LISTEN=0.0.0.0:8440 CONCORD_PUBLIC_URL=https://calendar.example.org concord serve")]
pub struct Arguments {}

/// Serves until told to end.
pub async fn run(_: Arguments, config: Config, out: Output) -> anyhow::Result<()> {
    let listener = listen(&config).await?;
    let public_url = config.server.public_url(listener.local_addr()?);
    let program = Program::assemble(config, out, Notices::Received).await?;
    let settings =
        Settings { public_url: public_url.clone(), workspace: program.workspace, purpose: Purpose::Service };
    let app = App::new(program.engine.clone(), settings).with_mail(letters::set_up(&program.config)?);
    let code = signin::setup::code(&program.engine).await?;
    let ending = pause::until_told();
    let told = json!({ "url": public_url, "setupCode": code });
    out.show(&told, |_| welcome(&public_url, code.as_deref()))?;
    let router = match program.config.role {
        Role::Worker => health(app.clone()),
        Role::All | Role::Api => router(app.clone()),
    };
    let ended = serving::run(&program, app, listener, router, ending).await;
    program.engine.store.close().await;
    ended
}

/// Listens where the settings say.
pub(super) async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.server.listen;
    TcpListener::bind(address).await.map_err(|error| {
        usage(format!("listen: nothing can listen on {address} ({error}); is another program there? Set CONCORD_LISTEN to another address"))
    })
}

fn welcome(url: &url::Url, code: Option<&str>) -> String {
    let address = url.as_str().trim_end_matches('/');
    match code {
        None => format!("Concord is at {address}"),
        Some(code) => format!(
            "Concord is at {address}\nNobody can sign in yet. Make the first administrator here:\n  {address}/setup?code={code}"
        ),
    }
}
