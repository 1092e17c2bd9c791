//! `concord event why`, `history` and `undo`.

use concord_engine::{undo as engine_undo, why as engine_why};
use concord_model::{ProviderId, Rev, UserId};
use concord_providers::called::Titled;
use concord_store::Actor;
use concord_store::{links, users};
use serde_json::{Value, json};

use super::shown::view_json;
use super::{load, show};
use crate::assemble::Program;
use crate::output::columns;
use crate::refusal::usage;

/// Says for each calendar how the event stands there.
pub(super) async fn why(program: &Program, text: &str) -> anyhow::Result<()> {
    let event = load(program, text).await?;
    let answers = engine_why::why(&program.engine, program.workspace, event.id).await?;
    let rows: Vec<Value> = answers.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    program.out.list(
        &rows,
        |_| {
            let mut blocks = vec![format!("{}  ({})", event.content.title, event.id)];
            for answer in &answers {
                let is = if answer.wanted { "belongs there" } else { "does not belong there" };
                let mut lines = vec![format!(
                    "{} at {}: {is}: {}",
                    answer.calendar,
                    ProviderId::from(answer.provider.as_str()).title(),
                    answer.because
                )];
                let mut say = |text: String| lines.push(format!("  {text}"));
                say(match &answer.external_id {
                    Some(id) => format!("{}, as {id}", answer.state),
                    None => answer.state.clone(),
                });
                if answer.home {
                    say("it came from there".to_owned());
                }
                if let Some(at) = answer.agreed_at {
                    let at = at.strftime("%Y-%m-%d %H:%M:%S UTC");
                    say(format!("agreed on at {at}, revision {} of {}", answer.agreed_rev, answer.rev));
                }
                if !answer.masked.is_empty() {
                    say(format!("masked there: {}", answer.masked.join(", ")));
                }
                if !answer.rewritten.is_empty() {
                    say(format!("kept there in another form: {}", answer.rewritten.join(", ")));
                }
                if let Some(error) = &answer.error {
                    say(format!("went wrong: {error}"));
                }
                say(format!("next: {}", answer.next));
                blocks.push(lines.join("\n"));
            }
            blocks.join("\n\n")
        },
        "no calendar of its people is linked, so it goes nowhere; link one: concord link add",
    )
}

/// Shows what the event was before each change, the latest first.
pub(super) async fn history(program: &Program, text: &str) -> anyhow::Result<()> {
    let event = load(program, text).await?;
    let past = engine_undo::history(&program.engine, program.workspace, event.id).await?;
    let mut tx = program.engine.store.read().await?;
    let people = users::list(&mut tx, program.workspace).await?;
    let calendars = links::list(&mut tx, program.workspace).await?;
    let by = |actor: Actor| match actor {
        Actor::User(id) => {
            people.iter().find(|user| user.id == id).map_or(id.to_string(), |user| user.name.clone())
        }
        Actor::Link(id) => {
            calendars.iter().find(|link| link.id == id).map_or(id.to_string(), |link| link.name.clone())
        }
        Actor::Program => "a rule".to_owned(),
    };
    let mut rows = vec![json!({
        "rev": event.rev,
        "now": true,
        "title": event.content.title,
        "when": event.content.time.span.to_string(),
        "event": view_json(&event.content),
    })];
    for version in &past {
        rows.push(json!({
            "rev": version.rev,
            "now": false,
            "title": version.content.title,
            "when": version.content.time.span.to_string(),
            "replacedAt": version.at,
            "replacedBy": by(version.by),
            "run": version.run,
            "event": view_json(&version.content),
        }));
    }
    let heads = [
        ("REVISION", "rev"),
        ("TITLE", "title"),
        ("WHEN", "when"),
        ("REPLACED", "replacedAt"),
        ("BY", "replacedBy"),
    ];
    program.out.list(&rows, |rows| columns(rows, &heads), "")
}

/// Takes back the last change, or all since a revision.
pub(super) async fn undo(program: &Program, text: &str, to: Option<Rev>) -> anyhow::Result<()> {
    let event = load(program, text).await?;
    let by: UserId = event.owner;
    let past = engine_undo::history(&program.engine, program.workspace, event.id).await?;
    match to {
        _ if past.is_empty() => {
            return Err(usage("the event is as it was made; there is nothing to take back"));
        }
        Some(to) if past.iter().all(|version| version.rev != to) => {
            return Err(usage(format!(
                "--to: the event was never at revision {} before; `concord event history {}` shows its revisions",
                to.0, event.id
            )));
        }
        _ => {}
    }
    let event = engine_undo::undo(&program.engine, program.workspace, event.id, to, by).await?;
    show(program, &event).await
}
