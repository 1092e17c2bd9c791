//! `concord verify`: both sides laid side by side.

use clap::Args;
use concord_engine::verify::verify;
use concord_store::links::LinkState;
use concord_store::{accounts, mappings};
use serde_json::{Value, json};

use super::account::reconnect;
use crate::assemble::Program;
use crate::exit::Exit;
use crate::output::{columns, text};
use crate::pick;
use crate::refusal::usage;

/// Compare both sides and change nothing
///
/// Reads the whole calendar and lays it beside what should be there. Only what was compared and is the same is said to
/// agree. What waits for a sync, an answer or another try is counted by itself; so is what a link's settings keep apart
/// (filtered, switched off, outside the window, left different by a one-way link); and so is what has drifted: it does
/// not agree although it should.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes: 0 both sides agree, 1 something does not or needs a person, 3 something waits for a sync.

Examples:
  concord verify
  concord verify --link Team --json"
)]
pub struct Arguments {
    /// Only this link: calendar name or id
    #[arg(long, value_name = "LINK")]
    link: Option<String>,
}

/// Compares.
pub async fn run(arguments: Arguments, program: &Program) -> anyhow::Result<Exit> {
    let links = match &arguments.link {
        Some(text) => vec![pick::link(program, text).await?],
        None => pick::living_links(program, None).await?,
    };
    for link in &links {
        program.provider(link.provider.as_str())?;
    }
    if links.is_empty() {
        return Err(usage("no calendar is linked yet; link one: concord link add --account NAME"));
    }
    let mut rows: Vec<Value> = Vec::new();
    let mut exit = Exit::Agrees;
    for link in &links {
        let progress = program.out.progress(&format!("reading {}", link.name));
        let verdict = match verify(&program.engine, program.workspace, link.id).await {
            Ok(verdict) => verdict,
            Err(error) => {
                let mut tx = program.engine.store.read().await?;
                let account = accounts::get(&mut tx, program.workspace, link.account).await?;
                return Err(reconnect(program, error, &account));
            }
        };
        drop(progress);
        let mut tx = program.engine.store.read().await?;
        let counts = mappings::counts(&mut tx, link.id).await?;
        let asks = counts.conflicts + counts.errors > 0
            || !matches!(link.state, LinkState::Active | LinkState::Paused);
        exit = exit.and(match (verdict.drift.is_empty(), verdict.waiting) {
            (false, _) => Exit::NeedsPerson,
            (true, 0) => Exit::Agrees,
            (true, _) if asks => Exit::NeedsPerson,
            (true, _) => Exit::Later,
        });
        rows.push(json!({
            "linkId": link.id,
            "calendar": link.name,
            "agree": verdict.agree,
            "waiting": verdict.waiting,
            "apart": verdict.apart,
            "drifted": verdict.drift.len(),
            "drift": verdict.drift,
        }));
    }
    program.out.list(
        &rows,
        |rows| {
            let heads = [
                ("CALENDAR", "calendar"),
                ("AGREE", "agree"),
                ("WAITING", "waiting"),
                ("APART", "apart"),
                ("DRIFTED", "drifted"),
            ];
            let mut table = columns(rows, &heads);
            for row in rows {
                for drift in row["drift"].as_array().into_iter().flatten() {
                    let event = text(drift, "event");
                    let which = if event.is_empty() { text(drift, "externalId") } else { event };
                    table += &format!("\n  {}: {which}: {}", text(row, "calendar"), text(drift, "what"));
                }
            }
            if rows.iter().any(|row| row["drifted"].as_u64() > Some(0)) {
                table += "\n\nwhat changed since the last sync has drifted, too; mend it: concord sync --full --wait";
            }
            table
        },
        "",
    )?;
    Ok(exit)
}
