//! `concord plan`: large changes that wait for consent.

use clap::Subcommand;
use concord_engine::links as engine_links;
use concord_store::{links, plans};
use concord_sync::plan::Plan;
use serde_json::{Value, json};

use super::steps;
use crate::assemble::Program;
use crate::exit::Exit;
use crate::output::columns;
use crate::refusal::usage;

/// Look at large changes before they are made, and consent to them
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Show plans that wait for consent, or one of them step by step
    Show {
        /// Which: the beginning of its hash
        hash: Option<String>,
    },
    /// Consent to a plan: exactly this one, once, within 24 hours
    #[command(after_help = "Example:
  concord plan show
  concord plan approve 3f9a2c && concord sync --wait")]
    Approve {
        /// Which: the beginning of its hash
        hash: String,
    },
}

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<Exit> {
    match command {
        Command::Show { hash } => show(program, hash.as_deref()).await,
        Command::Approve { hash } => {
            let row = find(program, &hash).await?;
            let plan = engine_links::approve(&program.engine, program.workspace, row.link, &row.hash).await?;
            let mut tx = program.engine.store.read().await?;
            let link = links::get(&mut tx, program.workspace, row.link).await?;
            let result =
                json!({ "hash": row.hash, "linkId": row.link, "counts": plan.counts, "approved": true });
            program.out.show(&result, |_| {
                let next = match link.state {
                    links::LinkState::Paused => {
                        format!("{} is paused: concord link resume, then concord sync --wait", link.name)
                    }
                    _ => "concord sync --wait".to_owned(),
                };
                format!("approved for 24 hours: {}\nnext: {next}", steps::numbers(&plan.counts))
            })?;
            Ok(Exit::Agrees)
        }
    }
}

async fn open(program: &Program) -> anyhow::Result<Vec<plans::Plan>> {
    let mut tx = program.engine.store.read().await?;
    Ok(plans::list_open(&mut tx, program.workspace, program.engine.now()).await?)
}

async fn find(program: &Program, hash: &str) -> anyhow::Result<plans::Plan> {
    let mut found = open(program).await?;
    found.retain(|plan| !hash.is_empty() && plan.hash.starts_with(hash));
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(usage(format!(
            "no plan \"{hash}\" waits; it may have expired or been carried out, and the next sync makes a new one if it is \
             still needed (concord plan show)"
        ))),
        _ => Err(usage(format!("several plans begin with \"{hash}\"; write more of it"))),
    }
}

fn read(row: &plans::Plan) -> anyhow::Result<Plan> {
    serde_json::from_value(row.json.clone()).map_err(|_| {
        usage(format!("the plan {} was made by another version of Concord; sync again", row.hash))
    })
}

async fn show(program: &Program, hash: Option<&str>) -> anyhow::Result<Exit> {
    if let Some(hash) = hash {
        let row = find(program, hash).await?;
        let plan = read(&row)?;
        let mut json = steps::json(&plan);
        json["linkId"] = json!(row.link);
        json["approvedAt"] = json!(row.approved_at);
        json["expiresAt"] = json!(row.expires_at);
        program.out.show(&json, |_| {
            format!("{}\n\nconsent to it: concord plan approve {}", steps::words(&plan), row.hash)
        })?;
        return Ok(Exit::Agrees);
    }
    let mut rows: Vec<Value> = Vec::new();
    let found = open(program).await?;
    let mut tx = program.engine.store.read().await?;
    for row in &found {
        let plan = read(row)?;
        let link = links::get(&mut tx, program.workspace, row.link).await?;
        rows.push(json!({
            "hash": row.hash,
            "linkId": row.link,
            "calendar": link.name,
            "would": steps::numbers(&plan.counts),
            "counts": plan.counts,
            "state": if row.approved_at.is_some() { "approved" } else { "waits" },
            "madeAt": row.made_at,
            "approvedAt": row.approved_at,
            "expiresAt": row.expires_at,
        }));
    }
    let heads = [
        ("CALENDAR", "calendar"),
        ("WOULD", "would"),
        ("STATE", "state"),
        ("UNTIL", "expiresAt"),
        ("PLAN", "hash"),
    ];
    program.out.list(&rows, |rows| columns(rows, &heads), "no plan waits for consent")?;
    let waits = found.iter().any(|row| row.approved_at.is_none());
    Ok(if waits { Exit::NeedsPerson } else { Exit::Agrees })
}
