//! What a sync came to: for each calendar how it stands, and for all of it the exit code.

use std::collections::BTreeMap;

use concord_engine::run::NOTHING;
use concord_model::LinkId;
use concord_store::links::{self, Link, LinkState};
use concord_store::runs;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::settle::Waiting;
use super::work::Made;
use crate::assemble::Program;
use crate::commands::{link, run, steps};
use crate::exit::Exit;
use crate::output::{counted, text};

/// Shows how each link stands after its runs, and says how the command ends.
pub(super) async fn result(
    program: &Program,
    chosen: Vec<Link>,
    made: Vec<Made>,
    waiting: &Waiting,
) -> anyhow::Result<Exit> {
    let mut tx = program.engine.store.read().await?;
    let all: BTreeMap<LinkId, Link> =
        links::list(&mut tx, program.workspace).await?.into_iter().map(|link| (link.id, link)).collect();
    let names: BTreeMap<LinkId, String> = all.iter().map(|(id, link)| (*id, link.name.clone())).collect();
    let mut runs_json = Vec::new();
    for id in made.iter().filter_map(|one| one.report.as_ref()?.run) {
        let (row, _) = runs::get(&mut tx, program.workspace, id).await?;
        runs_json.push(run::run_json(&row, &names));
    }
    drop(tx);
    // Links that became due by these runs are told as well.
    let mut ids: Vec<LinkId> = chosen.iter().map(|link| link.id).collect();
    for one in &made {
        if !ids.contains(&one.link) {
            ids.push(one.link);
        }
    }
    let mut exit = Exit::Agrees;
    let mut links_json = Vec::new();
    for link in ids.iter().filter_map(|id| all.get(id)) {
        let shown = link::shown(program, link).await?;
        let how = how(&shown, link, &made, waiting);
        exit = exit.and(how);
        links_json.push(shown);
    }
    if waiting.timed_out {
        exit = exit.and(Exit::Later);
    }
    let result = json!({
        "agrees": exit == Exit::Agrees,
        "exit": exit as u8,
        "timedOut": waiting.timed_out,
        "links": links_json,
        "runs": runs_json,
    });
    program.out.show(&result, |_| words(&links_json, &runs_json, &made, exit, waiting))?;
    Ok(exit)
}

/// How one link stands.
fn how(shown: &Value, link: &Link, made: &[Made], waiting: &Waiting) -> Exit {
    if link::needs_person(shown) {
        return Exit::NeedsPerson;
    }
    if link.state != LinkState::Active {
        return Exit::Agrees;
    }
    // What nobody could run now, and what was cut short, is done later.
    let last = made.iter().rfind(|one| one.link == link.id);
    if last.and_then(|one| one.report.as_ref()).is_some_and(|report| report.needs_person) {
        return Exit::NeedsPerson;
    }
    let refused = last.is_some_and(|one| one.report.is_none()) && !waiting.saw(link);
    match shown["pending"].as_i64() > Some(0) || link.last_error.is_some() || refused {
        true => Exit::Later,
        false => Exit::Agrees,
    }
}

/// What a run did, without why it stopped, which is told by itself.
fn done(summary: &str) -> String {
    let done = summary.split_once("stopped: ").map_or(summary, |(done, _)| done);
    match done.trim_end_matches("; ") {
        "" => "did not come to its end".to_owned(),
        done => done.to_owned(),
    }
}

/// How many refused events are named before the rest is only counted.
const SHOWN: usize = 5;

fn number(link: &Value, name: &str) -> i64 {
    link[name].as_i64().unwrap_or_default()
}

/// What a refused event is called.
fn event_named(error: &Value) -> String {
    match text(error, "title") {
        title if title.is_empty() => text(error, "externalId"),
        title => format!("\"{title}\" ({})", text(error, "eventId")),
    }
}

fn words(links: &[Value], runs: &[Value], made: &[Made], exit: Exit, waiting: &Waiting) -> String {
    let mut lines = Vec::new();
    let ran = |link: &Value| {
        made.iter().any(|one| one.link.to_string() == text(link, "id") && one.report.is_some())
    };
    let looked = |link: &Value| {
        let at = text(link, "lastAttemptAt").parse::<Timestamp>();
        text(link, "state") == "active" && (ran(link) || at.is_ok_and(|at| at >= waiting.began))
    };
    for link in links {
        let id = text(link, "id");
        let mine = runs.iter().filter(|run| text(run, "linkId") == id);
        let did: Vec<String> =
            mine.map(|run| done(&text(run, "summary"))).filter(|did| did != NOTHING).collect();
        let did = if did.is_empty() { NOTHING.to_owned() } else { did.join("; then ") };
        let did = match (ran(link), text(link, "state").as_str()) {
            (true, _) => did,
            (false, "active") if looked(link) => "another worker has synced it".to_owned(),
            (false, "active") => "was not due, or another worker has it".to_owned(),
            (false, state) => state.to_owned(),
        };
        let agree = counted(number(link, "itemsSynced"), "event agrees", "events agree");
        lines.push(format!("{}: {did} ({agree})", text(link, "calendar")));
        let mut say = |what: String| lines.push(format!("  ! {what}"));
        if number(link, "conflicts") > 0 {
            let questions = counted(number(link, "conflicts"), "question waits", "questions wait");
            say(format!("{questions} for an answer: concord conflict list"));
        }
        if number(link, "errorCount") > 0 {
            say(counted(number(link, "errorCount"), "event was refused:", "events were refused:"));
            let refused = link["errors"].as_array().into_iter().flatten();
            for error in refused.filter(|error| error["parked"] == true).take(SHOWN) {
                say(format!("  {}: {}", event_named(error), text(error, "error")));
            }
        }
        if number(link, "pending") > 0 {
            say(counted(number(link, "pending"), "event still waits", "events still wait"));
        }
        if link["why"].is_string() {
            say(text(link, "why"));
        } else if link["lastError"].is_string() {
            say(text(link, "lastError"));
        }
    }
    if waiting.timed_out {
        lines.push("the time is over, and not all is done; it goes on with the next sync".to_owned());
    } else if exit == Exit::Agrees && links.iter().all(looked) {
        // What nobody has looked at is not said to agree (I-44).
        lines.push("both sides agree".to_owned());
    }
    lines.join("\n")
}

/// Shows what dry runs found.
pub(super) fn plans(program: &Program, links: &[Link], made: &[Made]) -> anyhow::Result<Exit> {
    let name =
        |id: LinkId| links.iter().find(|link| link.id == id).map_or(String::new(), |link| link.name.clone());
    let mut exit = Exit::Agrees;
    let mut rows = Vec::new();
    let mut blocks = Vec::new();
    for one in made {
        let plan = one.report.as_ref().and_then(|report| report.plan.as_ref());
        let stopped = one.report.as_ref().and_then(|report| report.stopped.clone());
        let person = one.report.as_ref().is_some_and(|report| report.needs_person);
        exit = exit.and(match (&stopped, &one.report) {
            _ if person => Exit::NeedsPerson,
            (Some(_), _) | (_, None) => Exit::Later,
            _ => Exit::Agrees,
        });
        let mut words = match (plan, &one.report) {
            (Some(plan), _) if plan.is_empty() => steps::words(plan),
            (Some(plan), _) => format!(
                "{}\n\nwhere this needs consent, give it to exactly this: concord plan approve {}",
                steps::words(plan),
                plan.hash()
            ),
            (None, Some(_)) => "could not be planned".to_owned(),
            (None, None) => "another worker is at it, or its provider wants a pause".to_owned(),
        };
        if let Some(why) = &stopped {
            words += &format!("\n! {why}");
        }
        blocks.push(format!("{}: {words}", name(one.link)));
        rows.push(json!({
            "linkId": one.link,
            "calendar": name(one.link),
            "plan": plan.map(steps::json),
            "stopped": stopped,
        }));
    }
    program.out.list(&rows, |_| blocks.join("\n\n"), "no link is active, so nothing would be done")?;
    Ok(exit)
}
