//! `concord run`: the history of syncing.

use std::collections::BTreeMap;

use clap::{Subcommand, ValueEnum};
use concord_engine::{queue, schedule, undo as engine_undo};
use concord_model::{LinkId, Zone};
use concord_store::links;
use concord_store::runs::{self, Filter, Line, Run, RunKind, RunStatus};
use serde_json::{Value, json};

use super::{undone, when};
use crate::assemble::Program;
use crate::exit::Exit;
use crate::output::{columns, counted, text};
use crate::pick;
use crate::refusal::{later, usage};

/// Look at what each sync did, and try again what went wrong
#[derive(Subcommand, Debug)]
pub enum Command {
    /// List runs, the latest first
    List {
        /// Only those of this link: calendar name or id
        #[arg(long, value_name = "LINK")]
        link: Option<String>,
        /// Only those that ended so
        #[arg(long, value_enum)]
        status: Option<Status>,
        /// Only those that began then or later
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Only those that began before
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
        /// So many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    /// Show what one run did, in sentences
    Show {
        /// Which
        run: String,
    },
    /// Sync the link of a run again, and try again what was refused there
    Retry {
        /// Which
        run: String,
    },
    /// Take back what a run brought here: its changes, its deletions, and the events that came in by it
    ///
    /// What was changed since is left alone and listed. The next sync carries the rest to the calendars; events that
    /// came in by the run go from here only, and stay in the calendar that they came from. What the run sent out was
    /// changed here: take that back with `concord event undo`.
    Undo {
        /// Which
        run: String,
        /// Only show what it would do
        #[arg(long)]
        dry_run: bool,
    },
}

/// How a run ended.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Status {
    /// It has not
    Running,
    /// All was done
    Success,
    /// Some of it was done
    Partial,
    /// Nothing could be done
    Failed,
}

impl Status {
    fn stored(self) -> RunStatus {
        match self {
            Status::Running => RunStatus::Running,
            Status::Success => RunStatus::Success,
            Status::Partial => RunStatus::Partial,
            Status::Failed => RunStatus::Failed,
        }
    }
}

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<Exit> {
    match command {
        Command::List { link, status, from, to, limit } => {
            let link = match link {
                Some(text) => Some(pick::link(program, &text).await?.id),
                None => None,
            };
            let instant = |flag: &str, text: Option<String>| {
                text.map(|text| when::instant(flag, &text, &Zone::utc())).transpose()
            };
            let filter = Filter {
                link,
                user: None,
                status: status.map(Status::stored),
                from: instant("--from", from)?,
                to: instant("--to", to)?,
            };
            when::in_order(filter.from, filter.to)?;
            list(program, &filter, limit).await
        }
        Command::Show { run } => show(program, &run).await,
        Command::Retry { run } => retry(program, &run).await,
        Command::Undo { run, dry_run } => undo(program, &run, dry_run).await,
    }
}

async fn list(program: &Program, filter: &Filter, limit: u32) -> anyhow::Result<Exit> {
    let mut tx = program.engine.store.read().await?;
    let names = names(&mut tx, program).await?;
    let found = runs::list(&mut tx, program.workspace, filter, 0, limit).await?;
    let rows: Vec<Value> = found.iter().map(|run| run_json(run, &names)).collect();
    let heads = [
        ("STARTED", "startedAt"),
        ("CALENDAR", "calendar"),
        ("KIND", "syncType"),
        ("STATUS", "status"),
        ("DID", "summary"),
        ("ID", "id"),
    ];
    let none = match *filter == Filter::default() {
        true => "nothing was synced yet; concord sync does it",
        false => "there is no run like that",
    };
    program.out.list(&rows, |rows| columns(rows, &heads), none)?;
    Ok(Exit::Agrees)
}

async fn show(program: &Program, text_of_id: &str) -> anyhow::Result<Exit> {
    let id = pick::run(program, text_of_id).await?;
    let mut tx = program.engine.store.read().await?;
    let names = names(&mut tx, program).await?;
    let (run, lines) = runs::get(&mut tx, program.workspace, id).await?;
    let mut json = run_json(&run, &names);
    json["lines"] = lines.iter().map(line_json).collect();
    let errors = lines.iter().filter(|line| line.level == runs::Level::Error);
    json["errors"] = errors.map(error_json).collect();
    json["metadata"] = run.metadata.clone();
    program.out.show(&json, |json| {
        let mut all = vec![format!("{} sync of {}: {}", run.kind, text(json, "calendar"), run.status)];
        all.push(format!("  {}", run.summary));
        let took = run.completed_at.map(|end| end.duration_since(run.started_at));
        let took = took.map_or("not over yet".to_owned(), |took| {
            let rounded = took.round(jiff::Unit::Millisecond).unwrap_or(took);
            format!("took {rounded:#}")
        });
        all.push(format!("  {took}, {}", counted(run.api_calls, "call", "calls")));
        all.extend(lines.iter().map(|line| {
            let mark = if line.level == runs::Level::Error { "!" } else { "·" };
            format!("  {mark} {}", line.text)
        }));
        all.join("\n")
    })?;
    Ok(Exit::Agrees)
}

async fn retry(program: &Program, text_of_id: &str) -> anyhow::Result<Exit> {
    let engine = &program.engine;
    let id = pick::run(program, text_of_id).await?;
    let mut tx = engine.store.read().await?;
    let (run, _) = runs::get(&mut tx, program.workspace, id).await?;
    let link = links::get(&mut tx, program.workspace, run.link).await?;
    drop(tx);
    if link.state != links::LinkState::Active {
        return Err(usage(format!("the link {} is not active; see concord link list", link.name)));
    }
    program.provider(link.provider.as_str())?;
    queue::retry_all(engine, program.workspace, link.id).await?;
    let progress = program.out.progress(&format!("syncing {}", link.name));
    let report = schedule::run_now(engine, link.id, RunKind::Manual, Default::default()).await?;
    drop(progress);
    let Some(report) = report else {
        return Err(later(format!(
            "{} is being synced by another worker, or its provider wants a pause; it is due",
            link.name
        )));
    };
    let Some(id) = report.run else { return Ok(Exit::Later) };
    show(program, &id.to_string()).await?;
    Ok(match report.status {
        _ if report.needs_person => Exit::NeedsPerson,
        Some(RunStatus::Success) => Exit::Agrees,
        _ if report.failed > 0 => Exit::NeedsPerson,
        _ => Exit::Later,
    })
}

async fn undo(program: &Program, text_of_id: &str, dry: bool) -> anyhow::Result<Exit> {
    let engine = &program.engine;
    let id = pick::run(program, text_of_id).await?;
    let mut tx = engine.store.read().await?;
    let (run, _) = runs::get(&mut tx, program.workspace, id).await?;
    let link = links::get(&mut tx, program.workspace, run.link).await?;
    drop(tx);
    let undone = engine_undo::undo_run(engine, program.workspace, id, link.user, dry).await?;
    undone::show(program, &undone, dry).await
}

async fn names(tx: &mut concord_store::Tx, program: &Program) -> anyhow::Result<BTreeMap<LinkId, String>> {
    let all = links::list(tx, program.workspace).await?;
    Ok(all.into_iter().map(|link| (link.id, link.name)).collect())
}

/// A run by the names of the API.
pub fn run_json(run: &Run, names: &BTreeMap<LinkId, String>) -> Value {
    json!({
        "id": run.id,
        "linkId": run.link,
        "calendar": names.get(&run.link),
        "syncType": run.kind,
        "startedAt": run.started_at,
        "completedAt": run.completed_at,
        "status": run.status,
        "itemsPushed": run.pushed,
        "itemsPulled": run.pulled,
        "itemsDeleted": run.deleted,
        "conflictsDetected": run.conflicts,
        "apiCalls": run.api_calls,
        "summary": run.summary,
    })
}

fn line_json(line: &Line) -> Value {
    json!({
        "level": line.level,
        "at": line.at,
        "text": line.text,
        "code": line.code,
        "eventId": line.event,
        "externalId": line.external_id,
    })
}

fn error_json(line: &Line) -> Value {
    json!({
        "timestamp": line.at,
        "error": line.code,
        "details": line.text,
        "appointmentId": line.event,
        "externalEventId": line.external_id,
    })
}
