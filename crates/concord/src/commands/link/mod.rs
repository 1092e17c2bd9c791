//! `concord link`: external calendars that are kept in sync, and what each may see.

mod preview;
mod settings;
mod shown;

use clap::Subcommand;
use concord_engine::links::{self, Leftovers};
use concord_engine::undo;
use concord_model::CalendarId;
use concord_store::accounts::Account;
use concord_store::users;

pub use settings::Given;
pub use shown::{needs_person, shown};

use super::{steps, undone, when};
use crate::assemble::Program;
use crate::exit::Exit;
use crate::output::columns;
use crate::pick;
use crate::refusal::usage;

/// Choose calendars to keep in sync, and what goes there
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Keep a calendar of an account in sync
    #[command(after_help = "Examples:
  concord link add --account alice@example.org
  concord link add --account alice@example.org --calendar Team --direction push --detail busy
  concord link add --types one_on_one --private busy --policy ask

Look at what the first sync would do before it does it: concord sync --dry-run")]
    Add {
        /// With which account: name or id [default: the only one]
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<String>,
        /// Which of its calendars: primary, name or id
        #[arg(long, value_name = "CALENDAR", default_value = "primary")]
        calendar: String,
        /// Make a new calendar of that name first, where the provider lets us
        #[arg(long)]
        make: bool,
        #[command(flatten)]
        settings: Box<Given>,
    },
    /// List linked calendars and how they stand
    List {
        /// Only those of this user
        #[arg(long, value_name = "USER")]
        user: Option<String>,
    },
    /// Change what goes to a linked calendar
    ///
    /// What is not given stays as it is. Events that enter the filter are added there, those that leave it are removed;
    /// events that came from that calendar are never removed.
    #[command(after_help = "Examples:
  concord link set Team --detail busy --dry-run      what it would do
  concord link set Team --detail busy
  concord link set alice@example.org --types one_on_one,assessment --rule 'title!=private*'
  concord link set alice@example.org --types '' --rule ''      all types again, no rules")]
    Set {
        /// Which: calendar name or id
        link: String,
        #[command(flatten)]
        settings: Box<Given>,
        /// Only show what it would do
        #[arg(long)]
        dry_run: bool,
    },
    /// Stop syncing a calendar for a while
    Pause {
        /// Which: calendar name or id
        link: String,
    },
    /// Go on syncing a calendar
    Resume {
        /// Which: calendar name or id
        link: String,
    },
    /// Let go of a calendar
    ///
    /// Events stay on both sides. What both sides agreed on is remembered, so that linking again doubles nothing.
    Remove {
        /// Which: calendar name or id
        link: String,
        /// Take away the copies that Concord made there
        #[arg(long)]
        remove_synced: bool,
    },
    /// Take back all that came in by a linked calendar since a moment
    ///
    /// Its changes, its deletions, and the events that came in. What was changed since by someone else is left alone and
    /// listed. The next sync carries the rest to the calendars; events that came in go from here only, and stay in the
    /// calendar that they came from.
    #[command(after_help = "Example: concord link undo Team --since '2026-12-01 09:00' --dry-run")]
    Undo {
        /// Which: calendar name or id
        link: String,
        /// Since when
        #[arg(long, value_name = "TIME")]
        since: String,
        /// Only show what it would do
        #[arg(long)]
        dry_run: bool,
    },
}

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<Exit> {
    let engine = &program.engine;
    match command {
        Command::Add { account, calendar, make, settings } => {
            let account = pick::account_or_only(program, account.as_deref()).await?;
            program.provider(account.provider.as_str())?;
            let chosen = settings.read(program).await?.over(&concord_model::link::Settings::default())?;
            let calendar = match make {
                true => {
                    let made = links::make_calendar(engine, program.workspace, account.id, &calendar).await;
                    made.map_err(|e| super::account::reconnect(program, e, &account))?.id
                }
                false => calendar_id(program, &account, &calendar).await?,
            };
            let link = links::add(engine, program.workspace, account.id, &calendar, chosen)
                .await
                .map_err(|e| super::account::reconnect(program, e, &account))?;
            let shown = shown(program, &link).await?;
            program.out.show(&shown, |_| {
                format!(
                    "linked {} ({})\nnext: concord sync --dry-run, then concord sync --wait",
                    link.name, link.id
                )
            })?;
        }
        Command::List { user } => return list(program, user.as_deref()).await,
        Command::Set { link, settings, dry_run } => {
            let link = pick::link(program, &link).await?;
            let given = settings.read(program).await?;
            if given.is_empty() {
                return Err(usage(
                    "say what to change, such as --direction push; see concord link set --help",
                ));
            }
            let after = given.over(&link.settings)?;
            if dry_run {
                let plan = preview::plan(program, &link, &after).await?;
                program.out.show(&steps::json(&plan), |_| steps::words(&plan))?;
                return Ok(Exit::Agrees);
            }
            let link =
                links::set(engine, program.workspace, link.id, |settings| given.apply(settings)).await?;
            let shown = shown(program, &link).await?;
            program.out.show(&shown, |_| {
                format!("changed {}; the next sync does what follows from it", link.name)
            })?;
        }
        Command::Pause { link } => {
            let link = pick::link(program, &link).await?;
            let link = links::pause(engine, program.workspace, link.id, true).await?;
            program.out.show(&shown(program, &link).await?, |_| format!("{} is paused", link.name))?;
        }
        Command::Resume { link } => {
            let link = pick::link(program, &link).await?;
            let link = links::pause(engine, program.workspace, link.id, false).await?;
            program.out.show(&shown(program, &link).await?, |_| format!("{} goes on", link.name))?;
        }
        Command::Undo { link, since, dry_run } => {
            let link = pick::link(program, &link).await?;
            let mut tx = engine.store.read().await?;
            let zone = users::get(&mut tx, program.workspace, link.user).await?.zone;
            drop(tx);
            let since = when::instant("--since", &since, &zone)?;
            let undone =
                undo::undo_link(engine, program.workspace, link.id, since, link.user, dry_run).await?;
            return undone::show(program, &undone, dry_run).await;
        }
        Command::Remove { link, remove_synced } => {
            let link = pick::link(program, &link).await?;
            let leftovers = if remove_synced { Leftovers::Remove } else { Leftovers::Leave };
            if remove_synced {
                program.provider(link.provider.as_str())?;
            }
            let progress = program.out.progress("letting go of the calendar");
            links::remove(engine, program.workspace, link.id, leftovers).await?;
            drop(progress);
            let result =
                serde_json::json!({ "id": link.id, "calendar": link.name, "removedSynced": remove_synced });
            program.out.show(&result, |_| format!("let go of {}", link.name))?;
        }
    }
    Ok(Exit::Agrees)
}

/// The id of a calendar that is named. Ids and `primary` are the engine's to know.
async fn calendar_id(program: &Program, account: &Account, text: &str) -> anyhow::Result<CalendarId> {
    if text == "primary" {
        return Ok(CalendarId::from(text));
    }
    let offered = links::calendars(&program.engine, program.workspace, account.id)
        .await
        .map_err(|e| super::account::reconnect(program, e, account))?;
    let named: Vec<_> = offered.iter().filter(|c| c.id.as_str() == text || c.name == text).collect();
    match named.as_slice() {
        [one] => Ok(one.id.clone()),
        [] => {
            let names: Vec<String> = offered.iter().map(|c| format!("\"{}\" ({})", c.name, c.id)).collect();
            Err(usage(format!(
                "--calendar: {} has no calendar \"{text}\"; it has {}",
                account.name,
                names.join(", ")
            )))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|c| c.id.as_str()).collect();
            Err(usage(format!(
                "--calendar: several are called \"{text}\"; say which by its id: {}",
                ids.join(", ")
            )))
        }
    }
}

async fn list(program: &Program, user: Option<&str>) -> anyhow::Result<Exit> {
    let user = match user {
        Some(text) => Some(pick::user(program, text).await?.id),
        None => None,
    };
    let mut rows = Vec::new();
    for link in pick::living_links(program, user).await? {
        rows.push(shown(program, &link).await?);
    }
    let heads = [
        ("CALENDAR", "calendar"),
        ("PROVIDER", "provider"),
        ("STATE", "state"),
        ("SYNCED", "itemsSynced"),
        ("PENDING", "pending"),
        ("ERRORS", "errorCount"),
        ("CONFLICTS", "conflicts"),
        ("LAST SYNC", "lastSyncAt"),
        ("NEXT", "nextSyncAt"),
        ("ID", "id"),
    ];
    program.out.list(
        &rows,
        |rows| {
            let mut table = columns(rows, &heads);
            for row in rows.iter().filter(|row| row["why"].is_string()) {
                table += &format!(
                    "\n\n{}: {}",
                    crate::output::text(row, "calendar"),
                    crate::output::text(row, "why")
                );
            }
            table
        },
        "no calendar is linked yet; link one: concord link add --account NAME",
    )?;
    let waits = rows.iter().any(needs_person);
    Ok(if waits { Exit::NeedsPerson } else { Exit::Agrees })
}
