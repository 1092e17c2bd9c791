//! `concord sync`: run what is due, or this; with `--wait`, until all is idle.
//!
//! ```text
//!   pick links ─▶ run them, a few at a time ─▶ with --wait: settled? ─ no ─▶ sleep until something is due ─▶ run it
//!                                                             └ yes ─▶ how does each one stand? ─▶ exit code
//! ```
//!
//! The engine never sleeps; between runs this command does. Other workers may be at the same links: who has the lease
//! runs, and the others find it done.

pub(crate) mod leases;
mod settle;
mod told;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};
use concord_engine::run::{Only, Wish};
use concord_engine::upkeep;
use concord_model::{LinkId, ProviderId};
use concord_store::links::{Link, LinkState};
use concord_store::runs::RunKind;
use concord_store::{accounts, plans};
use jiff::SignedDuration;

use super::words;
use crate::assemble::Program;
use crate::exit::Exit;
use crate::refusal::{later, usage};
use crate::{pause, pick};

use settle::Waiting;
use work::{Job, Made};

/// Sync calendars now
///
/// Without flags it runs what is due. A user or a link that is named is synced now, due or not. With --wait, every
/// calendar is looked at once, and the command returns when nothing is left to do before the next regular look.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes: 0 both sides agree; 1 something needs a person (a conflict, a large change, a rejected item, a
sign-in); 3 a provider or the network had trouble, or the time of --wait is over: it will succeed later.

Examples:
  concord sync --dry-run             what would be done
  concord sync --wait                until both sides agree, five minutes at most
  concord sync --link Team --wait=30s
  concord sync --user Alice --full   read the whole calendars again"
)]
pub struct Arguments {
    /// Only this user's calendars
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Only this calendar, by name or by its link's id; may be given several times
    #[arg(long = "link", value_name = "LINK")]
    links: Vec<String>,
    /// Read whole calendars again, not only what changed
    #[arg(long)]
    full: bool,
    /// Show what would be done, and change nothing on either side
    #[arg(long)]
    dry_run: bool,
    /// One way only, this time
    #[arg(long, value_enum)]
    only: Option<Way>,
    /// Return when all is idle, or after this time
    #[arg(
        long,
        value_name = "TIME",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "5m",
        value_parser = words::duration,
        conflicts_with_all = ["dry_run", "only"]
    )]
    wait: Option<SignedDuration>,
}

/// One way only.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Way {
    /// Bring in
    Pull,
    /// Send out
    Push,
}

/// Syncs. Told to end, it gives back what it holds, so that the next one need not wait.
pub async fn run(arguments: Arguments, program: &Program) -> anyhow::Result<Exit> {
    tokio::select! {
        ended = sync(arguments, program) => ended,
        () = pause::until_told() => {
            // The runs were dropped in the middle, which is what a crash is: the next one goes on from there.
            leases::release_own(program).await?;
            Err(later("interrupted; the next sync goes on from here"))
        }
    }
}

async fn sync(arguments: Arguments, program: &Program) -> anyhow::Result<Exit> {
    let links = chosen(program, &arguments).await?;
    reachable(program, &links).await?;
    let engine = &program.engine;
    let began = engine.now();
    leases::release_dead(program).await?;
    upkeep::sweep(engine).await?;
    let wish = Wish {
        full: arguments.full,
        dry: arguments.dry_run,
        only: arguments.only.map(|way| match way {
            Way::Pull => Only::Pull,
            Way::Push => Only::Push,
        }),
        clear: false,
    };
    let named = arguments.user.is_some() || !arguments.links.is_empty();
    let everything = named || arguments.wait.is_some() || wish != Wish::default();
    let progress = program.out.progress(if arguments.dry_run { "planning" } else { "syncing" });
    let jobs: Vec<Job> = match everything {
        false => Vec::new(),
        true => links
            .iter()
            .filter(|link| link.state == LinkState::Active)
            .map(|link| Job { link: link.id, kind: kind(link, &arguments), wish })
            .collect(),
    };
    let mut made: Vec<Made> = match everything {
        true => work::these(program, jobs, &progress).await?,
        false => work::due(program, &progress).await?,
    };
    let mut waiting = Waiting { began, timed_out: false };
    if let Some(patience) = arguments.wait {
        let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
        waiting = settle::wait(program, &ids, began, patience, &mut made, &progress).await?;
    }
    drop(progress);
    if arguments.dry_run {
        keep_plans(program, &made).await?;
        return told::plans(program, &links, &made);
    }
    told::result(program, links, made, &waiting).await
}

/// Ends with the settings that are missing, and for whose calendars. Nothing has been touched then.
async fn reachable(program: &Program, links: &[Link]) -> anyhow::Result<()> {
    let mut waiting: BTreeMap<&ProviderId, BTreeSet<String>> = BTreeMap::new();
    let mut tx = program.engine.store.read().await?;
    for link in links.iter().filter(|link| link.state == LinkState::Active) {
        if !program.engine.providers.contains_key(&link.provider) {
            let account = accounts::get(&mut tx, program.workspace, link.account).await?;
            waiting.entry(&link.provider).or_default().insert(account.name);
        }
    }
    let told: Vec<String> = waiting
        .into_iter()
        .filter_map(|(provider, names)| {
            let why = program.provider(provider.as_str()).err()?;
            let names: Vec<String> = names.into_iter().collect();
            Some(format!("{} cannot be synced: {why}", names.join(", ")))
        })
        .collect();
    if told.is_empty() { Ok(()) } else { Err(usage(told.join("; "))) }
}

fn kind(link: &Link, arguments: &Arguments) -> RunKind {
    match arguments.only {
        _ if arguments.full || !link.first_done => RunKind::Full,
        Some(Way::Pull) => RunKind::Pull,
        Some(Way::Push) => RunKind::Push,
        None => RunKind::Manual,
    }
}

/// The links that are meant.
async fn chosen(program: &Program, arguments: &Arguments) -> anyhow::Result<Vec<Link>> {
    let user = match &arguments.user {
        Some(text) => Some(pick::user(program, text).await?.id),
        None => None,
    };
    let mut links = Vec::new();
    if arguments.links.is_empty() {
        links = pick::living_links(program, user).await?;
    }
    for text in &arguments.links {
        let link = pick::link(program, text).await?;
        if user.is_some_and(|user| link.user != user) {
            return Err(usage(format!("--link: {} is not a calendar of that user", link.name)));
        }
        links.push(link);
    }
    if !links.is_empty() {
        return Ok(links);
    }
    let accounts = pick::living_accounts(program, user).await?;
    Err(usage(match accounts.first() {
        None => "nothing is connected yet; connect an account first: concord account connect google --user NAME, then link \
                 a calendar: concord link add"
            .to_owned(),
        Some(account) => format!("no calendar is linked yet; link one: concord link add --account {}", account.name),
    }))
}

/// Keeps what a dry run would do, so that it can be consented to by its hash (`rules.md` 16).
async fn keep_plans(program: &Program, made: &[Made]) -> anyhow::Result<()> {
    let engine = &program.engine;
    let now = engine.now();
    for one in made {
        let Some(plan) =
            one.report.as_ref().and_then(|report| report.plan.as_ref()).filter(|plan| !plan.is_empty())
        else {
            continue;
        };
        let row = plans::Plan {
            hash: plan.hash(),
            link: one.link,
            workspace: program.workspace,
            json: serde_json::to_value(plan)?,
            made_at: now,
            approved_at: None,
            expires_at: now + SignedDuration::from_hours(24),
            used_at: None,
        };
        let mut tx = engine.store.begin().await?;
        plans::save(&mut tx, &row).await?;
        tx.commit().await?;
    }
    Ok(())
}
