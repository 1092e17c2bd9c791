//! The command line: which commands there are, and how each one ends.

use clap::{CommandFactory, Parser, Subcommand};

use crate::assemble::{Notices, Program};
use crate::commands::{
    account, api_key, backup, client, completions, conflict, demo, doctor, event, export, feed, import, key,
    link, mail, migrate, openapi, pair, plan, restore, run, serve, sync, twins, user, verify, version,
};
use crate::config::{Config, Flags, Inputs};
use crate::exit::Exit;
use crate::output::Output;
use crate::{logs, refusal};

/// Keeps calendars in agreement, both ways
///
/// Concord syncs events with calendars at Google and elsewhere, both ways. It loses nothing, doubles nothing, and says
/// what it did.
#[derive(Parser, Debug)]
#[command(name = "concord", version, propagate_version = false, after_help = START)]
pub struct Cli {
    #[command(flatten)]
    flags: Flags,
    /// Print results as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

const START: &str = "To begin:
  concord user add Alice
  concord account connect google --user Alice
  concord link add
  concord sync --dry-run
  concord sync --wait

Exit codes: 0 all agrees; 1 something needs a person; 2 usage or configuration; 3 provider or network trouble, it will
succeed later. Every setting can be a flag (`concord --help` lists them), a variable or a line of concord.toml;
`concord doctor` shows what is in force.";

#[derive(Subcommand, Debug)]
enum Command {
    Demo(demo::Arguments),
    Serve(serve::Arguments),
    Sync(Box<sync::Arguments>),
    Pair(Box<pair::Arguments>),
    #[command(subcommand)]
    Event(Box<event::Command>),
    #[command(subcommand)]
    Account(account::Command),
    #[command(subcommand)]
    Link(Box<link::Command>),
    #[command(subcommand)]
    Conflict(conflict::Command),
    #[command(subcommand)]
    Plan(plan::Command),
    #[command(subcommand)]
    Run(run::Command),
    #[command(subcommand)]
    User(user::Command),
    #[command(subcommand)]
    Client(client::Command),
    Import(import::Arguments),
    Export(export::Arguments),
    Verify(verify::Arguments),
    Doctor(doctor::Arguments),
    /// Bring the database's tables to this program's version
    ///
    /// Every command does so by itself; this one does nothing else, for those who want to see it done first.
    Migrate,
    Backup(backup::Arguments),
    Restore(restore::Arguments),
    #[command(subcommand)]
    Feed(feed::Command),
    #[command(subcommand)]
    Mail(mail::Command),
    #[command(subcommand)]
    Key(api_key::Command),
    #[command(subcommand)]
    Keys(key::Command),
    Twins(twins::Arguments),
    /// Print the description of the API (OpenAPI 3.1)
    Openapi,
    Completions(completions::Arguments),
    /// Print the version
    Version,
}

/// Reads the command line, does what it says, and tells what went wrong in one line.
pub fn main() -> Exit {
    // Usage errors are told by clap, which names the flag and ends with 2; help and version end with 0.
    let mut cli = Cli::parse();
    // `user add --role` is the user's role; the process's is in the environment there.
    if matches!(cli.command, Command::User(_)) {
        cli.flags.given.remove("role");
    }
    let out = if cli.json { Output::Json } else { Output::People };
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| {
            let ended = runtime.block_on(perform(cli.flags, cli.command, out));
            // What still runs in the background (a browser's connection) is not waited for.
            runtime.shutdown_background();
            ended
        });
    ended.unwrap_or_else(|error| {
        out.remark(&format!("concord: {}", refusal::told(&error)));
        refusal::exit(&error)
    })
}

async fn perform(flags: Flags, command: Command, out: Output) -> anyhow::Result<Exit> {
    // These say what they say whatever the settings are.
    let command = match command {
        Command::Version => return version::run(out).map(|()| Exit::Agrees),
        Command::Openapi => return openapi::run(out).map(|()| Exit::Agrees),
        Command::Completions(arguments) => {
            return completions::run(arguments, Cli::command(), out).map(|()| Exit::Agrees);
        }
        Command::Keys(key::Command::New) => return key::new(out).map(|()| Exit::Agrees),
        other => other,
    };
    let inputs = Inputs::of_process(flags);
    let config = match Config::read(&inputs) {
        Ok(config) => config,
        Err(faults) if matches!(command, Command::Doctor(_)) => return doctor::broken(&faults, out),
        Err(faults) => return Err(faults.into()),
    };
    logs::begin(&config, false);
    for note in &config.notes {
        tracing::warn!("{note}");
    }
    let command = match command {
        Command::Twins(arguments) => return twins::run(arguments, &config, out).await.map(|()| Exit::Agrees),
        Command::Demo(arguments) => {
            return demo::run(arguments, inputs, config, out).await.map(|()| Exit::Agrees);
        }
        Command::Pair(arguments) => return pair::run(*arguments, inputs, config, out).await,
        Command::Serve(arguments) => return serve::run(arguments, config, out).await.map(|()| Exit::Agrees),
        Command::Migrate => return migrate::run(&config, out).await.map(|()| Exit::Agrees),
        Command::Backup(arguments) => {
            return backup::run(arguments, &config, out).await.map(|()| Exit::Agrees);
        }
        Command::Restore(arguments) => {
            return restore::run(arguments, &config, out).await.map(|()| Exit::Agrees);
        }
        Command::Doctor(arguments) => return doctor::run(arguments, config, out).await,
        other => other,
    };
    let program = Program::assemble(config, out, Notices::Elsewhere).await?;
    let ended = with(&program, command).await;
    // SQLite folds its log into the file.
    program.engine.store.close().await;
    ended
}

/// Commands of a program that is put together.
async fn with(program: &Program, command: Command) -> anyhow::Result<Exit> {
    let agrees = |(): ()| Exit::Agrees;
    match command {
        Command::Sync(arguments) => sync::run(*arguments, program).await,
        Command::Event(command) => event::run(*command, program).await.map(agrees),
        Command::Account(command) => account::run(command, program).await,
        Command::Link(command) => link::run(*command, program).await,
        Command::Conflict(command) => conflict::run(command, program).await,
        Command::Plan(command) => plan::run(command, program).await,
        Command::Run(command) => run::run(command, program).await,
        Command::User(command) => user::run(command, program).await.map(agrees),
        Command::Client(command) => client::run(command, program).await.map(agrees),
        Command::Import(arguments) => import::run(arguments, program).await,
        Command::Export(arguments) => export::run(arguments, program).await.map(agrees),
        Command::Verify(arguments) => verify::run(arguments, program).await,
        Command::Feed(command) => feed::run(command, program).await.map(agrees),
        Command::Mail(command) => mail::run(command, program).await,
        Command::Key(command) => api_key::run(command, program).await.map(agrees),
        Command::Keys(command) => key::run(command, program).await,
        Command::Version
        | Command::Openapi
        | Command::Completions(_)
        | Command::Serve(_)
        | Command::Pair(_)
        | Command::Demo(_)
        | Command::Twins(_)
        | Command::Migrate
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Doctor(_) => {
            unreachable!("these are done before a program is put together")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
