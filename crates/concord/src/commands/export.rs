//! `concord export`: a user's events as an iCalendar file.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use concord_ical::{Entry, Frame, export};
use concord_store::events::Query;

use super::when;
use crate::assemble::Program;
use crate::output::Output;
use crate::pick;

/// Who makes the files.
const PRODUCT: &str = "-//Concord//Concord//EN";

/// Write a user's events as an iCalendar file
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  concord export --user Alice > alice.ics
  concord export --user Alice --from 2026-01-01 --to 2027-01-01 --output 2026.ics")]
pub struct Arguments {
    /// Whose [default: the only user]
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Only what is not over by then
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only what begins before
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Into this file [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes it.
pub async fn run(arguments: Arguments, program: &Program) -> anyhow::Result<()> {
    let user = pick::user_or_only(program, arguments.user.as_deref()).await?;
    let instant = |flag: &str, text: &Option<String>| {
        text.as_deref().map(|text| when::instant(flag, text, &user.zone)).transpose()
    };
    let query = Query {
        owner: Some(user.id),
        from: instant("--from", &arguments.from)?,
        to: instant("--to", &arguments.to)?,
        ..Query::default()
    };
    when::in_order(query.from, query.to)?;
    let events = pick::every_event(program, query).await?;
    let entries = events.iter().map(|event| Entry {
        uid: &event.uid,
        view: &event.content,
        stamp: event.updated_at,
        sequence: u32::try_from(event.rev.0.saturating_sub(1)).unwrap_or(0),
        marks: &[],
    });
    let frame = Frame { name: Some(&user.name), ..Frame::new(PRODUCT) };
    let file = export(entries, &frame);
    match arguments.output {
        None => Output::People.raw(&file),
        Some(path) => {
            std::fs::write(&path, file)
                .with_context(|| format!("--output: {} cannot be written", path.display()))?;
            let result = serde_json::json!({ "events": events.len(), "file": path.display().to_string() });
            program.out.show(&result, |_| format!("wrote {} events to {}", events.len(), path.display()))
        }
    }
}
