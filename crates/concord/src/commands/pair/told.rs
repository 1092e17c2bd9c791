//! What a pass came to, in words and as JSON. In cron nothing is said while nothing needs a person.

use std::io::IsTerminal;
use std::path::Path;

use concord_engine::run::Tally;
use concord_store::accounts::{self, AccountState};
use concord_store::conflicts;
use concord_store::links::{self, Link, LinkState};
use concord_store::mappings;
use serde_json::{Value, json};

use super::rehearsal::{Does, Planned};
use super::rounds::Passed;
use super::set_up::Pair;
use crate::assemble::Program;
use crate::exit::Exit;
use crate::output::{Output, counted};

/// How many questions, refused events or steps are named before the rest is only counted.
const SHOWN: usize = 20;
const SIDES: [&str; 2] = ["A", "B"];

/// How both links stand.
struct Standing {
    links: [Link; 2],
    /// What waits for a person, in sentences.
    person: Vec<String>,
    /// What will be done later, in sentences.
    later: Vec<String>,
    conflicts: usize,
}

async fn standing(program: &Program, pair: Pair, passed: &Passed, state: &Path) -> anyhow::Result<Standing> {
    let state = state.display();
    let now = program.engine.now();
    let mut tx = program.engine.store.read().await?;
    let (mut person, mut later) = (Vec::new(), Vec::new());
    let (a, b) = (links::find(&mut tx, pair.links[0]).await?, links::find(&mut tx, pair.links[1]).await?);
    let open = conflicts::list(&mut tx, program.workspace, true, None, 1_000).await?;
    if !open.is_empty() {
        let many = counted(open.len() as i128, "event was changed", "events were changed");
        person.push(format!("{many} on both sides: concord conflict list --data-dir '{state}'"));
    }
    for (name, link) in SIDES.into_iter().zip([&a, &b]) {
        let account = accounts::find(&mut tx, link.account).await?;
        match (&account.state, &link.state) {
            (AccountState::Reconnect { why }, _) => person.push(format!("{name} does not let us in: {why}")),
            (_, LinkState::Braked { plan }) => person.push(format!(
                "{name}: an implausible share would be deleted or rewritten; look at it and consent: concord plan show \
                 --data-dir '{state}', then concord plan approve {} --data-dir '{state}'",
                plan.chars().take(12).collect::<String>()
            )),
            (_, LinkState::Stopped { why }) => person.push(format!("{name}: {why}")),
            _ => {}
        }
        for refused in mappings::queue(&mut tx, program.workspace, Some(link.id), None, SHOWN as u32).await? {
            let Some(error) = &refused.error else { continue };
            let which = refused.external_id.as_ref().map_or("an event", |id| id.as_str());
            let sentence = format!("{name}: {which}: {}", error.text);
            if error.parked { person.push(sentence) } else { later.push(sentence) }
        }
        let waits = link.state == LinkState::Active
            && (link.last_error.is_some()
                || mappings::next_retry(&mut tx, link.id).await?.is_some_and(|at| at > now));
        if waits {
            later.push(format!(
                "{name}: {}",
                link.last_error.as_deref().unwrap_or("something waits for another try")
            ));
        }
    }
    if passed.elsewhere {
        later.push("another process is at this pair".to_owned());
    }
    if passed.unfinished && later.is_empty() {
        later.push("not all is done yet".to_owned());
    }
    Ok(Standing { links: [a, b], person, later, conflicts: open.len() })
}

impl Standing {
    fn exit(&self) -> Exit {
        match (self.person.is_empty(), self.later.is_empty()) {
            (false, _) => Exit::NeedsPerson,
            (true, false) => Exit::Later,
            (true, true) => Exit::Agrees,
        }
    }

    fn sentences(&self) -> impl Iterator<Item = String> {
        let all: Vec<String> = self.person.iter().chain(&self.later).map(|one| format!("! {one}")).collect();
        all.into_iter()
    }
}

fn sum(passed: &Passed, side: usize) -> (Tally, u64) {
    let mut all = Tally::default();
    let mut calls = 0;
    for report in &passed.reports[side] {
        all.pushed += report.tally.pushed;
        all.pulled += report.tally.pulled;
        all.deleted += report.tally.deleted;
        all.adopted += report.tally.adopted;
        all.conflicts += report.tally.conflicts;
        calls += report.api_calls;
    }
    (all, calls)
}

/// Shows how both sides stand after a pass, and says how the command ends.
pub(super) async fn result(program: &Program, pair: Pair, passed: &Passed) -> anyhow::Result<Exit> {
    let standing = standing(program, pair, passed, &program.config.data.dir).await?;
    let exit = standing.exit();
    let seen = program.out == Output::Json || std::io::stdout().is_terminal();
    if !seen && exit == Exit::Agrees {
        return Ok(exit);
    }
    let sides: Vec<Value> = (0..2)
        .map(|side| {
            let (tally, calls) = sum(passed, side);
            json!({
                "side": SIDES[side],
                "linkId": standing.links[side].id,
                "calendar": standing.links[side].name,
                "sent": tally.pushed,
                "takenIn": tally.pulled,
                "deleted": tally.deleted,
                "recognised": tally.adopted,
                "calls": calls,
            })
        })
        .collect();
    let value = json!({
        "agrees": exit == Exit::Agrees,
        "exit": exit as u8,
        "conflicts": standing.conflicts,
        "needsPerson": standing.person,
        "later": standing.later,
        "sides": sides,
    });
    program.out.show(&value, |_| {
        let mut lines: Vec<String> = (0..2)
            .filter_map(|side| {
                let (tally, _) = sum(passed, side);
                let words = did(tally);
                (!words.is_empty()).then(|| format!("{}: {words}", SIDES[side]))
            })
            .collect();
        lines.extend(standing.sentences());
        if exit == Exit::Agrees {
            lines.push(if lines.is_empty() {
                "nothing had changed".to_owned()
            } else {
                "both sides agree".to_owned()
            });
        }
        lines.join("\n")
    })?;
    Ok(exit)
}

fn did(tally: Tally) -> String {
    let Tally { pushed, pulled, deleted, adopted, conflicts: _ } = tally;
    let words =
        [(pulled, "read from it"), (pushed, "written to it"), (deleted, "deleted"), (adopted, "recognised")];
    let words: Vec<String> =
        words.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    words.join(", ")
}

/// Shows what would be done.
pub(super) async fn plan(
    program: &Program,
    pair: Pair,
    passed: &Passed,
    planned: &[Planned],
    state: &Path,
) -> anyhow::Result<Exit> {
    let standing = standing(program, pair, passed, state).await?;
    let exit = standing.exit();
    let side = |one: &Planned| if one.calendar == standing.links[0].calendar { 0 } else { 1 };
    let word = |does: Does| match does {
        Does::Make => "make",
        Does::Change => "change",
        Does::Delete => "delete",
    };
    let steps: Vec<Value> = planned
        .iter()
        .map(|one| json!({ "side": SIDES[side(one)], "does": word(one.does), "title": one.title }))
        .collect();
    let value = json!({
        "exit": exit as u8,
        "conflicts": standing.conflicts,
        "needsPerson": standing.person,
        "later": standing.later,
        "steps": steps,
    });
    program.out.show(&value, |_| {
        let mut lines = Vec::new();
        for (at, name) in SIDES.iter().enumerate() {
            let mine: Vec<&Planned> = planned.iter().filter(|one| side(one) == at).collect();
            for one in mine.iter().take(SHOWN) {
                lines.push(format!("{name}: {} \"{}\"", word(one.does), one.title));
            }
            if mine.len() > SHOWN {
                lines.push(format!("{name}: … and {} more", mine.len() - SHOWN));
            }
        }
        if planned.is_empty() {
            lines.push("there is nothing to do".to_owned());
        } else {
            let many = counted(planned.len() as i128, "write", "writes");
            lines.push(format!("{many}; nothing was changed"));
        }
        lines.extend(standing.sentences());
        lines.join("\n")
    })?;
    Ok(exit)
}

/// Shows what both sides were found to be able to do.
pub(super) async fn able(program: &Program, pair: Pair) -> anyhow::Result<Exit> {
    let mut rows = Vec::new();
    for (name, id) in SIDES.into_iter().zip(pair.links) {
        let mut tx = program.engine.store.read().await?;
        let link = links::find(&mut tx, id).await?;
        let account = accounts::find(&mut tx, link.account).await?;
        drop(tx);
        let found = match (program.engine.providers.get(&link.provider), &account.site) {
            (Some(provider), Some(site)) => provider.found(site),
            _ => Vec::new(),
        };
        rows.push(json!({ "side": name, "calendar": link.name, "writable": link.writable, "server": found }));
    }
    program.out.show(&rows, |rows| {
        let told = |row: &Value| {
            let can: Vec<String> = row["server"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|line| line.as_str().map(|line| format!("\n  - {line}")))
                .collect();
            let may = if row["writable"] == true { "" } else { " (may only be read)" };
            format!(
                "{} is connected: {}{may}{}",
                row["side"].as_str().unwrap_or_default(),
                row["calendar"].as_str().unwrap_or_default(),
                can.concat()
            )
        };
        rows.iter().map(told).collect::<Vec<_>>().join("\n")
    })?;
    Ok(Exit::Agrees)
}
