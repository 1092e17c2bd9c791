//! What an undo of many events came to, or would: for `concord run undo` and `concord link undo`.

use std::collections::BTreeMap;

use concord_engine::undo::{Back, Left, Undone};
use concord_model::{Event, EventId};
use concord_store::{Actor, events, links, users};
use serde_json::{Value, json};

use crate::assemble::Program;
use crate::exit::Exit;
use crate::output::{columns, text};

/// Shows it. What was left alone needs a person.
pub async fn show(program: &Program, undone: &Undone, dry: bool) -> anyhow::Result<Exit> {
    let mut tx = program.engine.store.read().await?;
    let ids: Vec<EventId> =
        undone.back.iter().map(|(id, _)| *id).chain(undone.left.iter().map(|(id, _)| *id)).collect();
    let known = events::find(&mut tx, program.workspace, &ids).await?;
    let people = users::list(&mut tx, program.workspace).await?;
    let calendars = links::list(&mut tx, program.workspace).await?;
    let name = |actor: Actor| match actor {
        Actor::User(id) => people.iter().find(|user| user.id == id).map(|user| user.name.clone()),
        Actor::Link(id) => calendars.iter().find(|link| link.id == id).map(|link| link.name.clone()),
        Actor::Program => Some("a rule".to_owned()),
    };
    let back: Vec<Value> = undone
        .back
        .iter()
        .map(|(id, back)| {
            let (did, rev) = match back {
                Back::Changed(rev) => ("changed", Some(rev)),
                Back::Restored(rev) => ("restored", Some(rev)),
                Back::Removed => ("removed", None),
            };
            one(&known, *id, json!({ "did": did, "toRevision": rev }))
        })
        .collect();
    let left: Vec<Value> = undone
        .left
        .iter()
        .map(|(id, left)| {
            let why = match left {
                Left::Changed { by, at } => {
                    let by = name(*by).unwrap_or_else(|| "someone".to_owned());
                    format!("changed since by {by}, at {}", at.strftime("%Y-%m-%d %H:%M:%S UTC"))
                }
                Left::ReadOnly(why) => why.clone(),
            };
            one(&known, *id, json!({ "why": why }))
        })
        .collect();
    let result = json!({ "dryRun": dry, "takenBack": back, "left": left });
    program.out.show(&result, |_| words(&back, &left, dry))?;
    Ok(if left.is_empty() { Exit::Agrees } else { Exit::NeedsPerson })
}

fn one(known: &BTreeMap<EventId, Event>, id: EventId, mut json: Value) -> Value {
    json["id"] = json!(id);
    json["title"] = json!(known.get(&id).map(|event| &event.content.title));
    json
}

fn words(back: &[Value], left: &[Value], dry: bool) -> String {
    let mut blocks = Vec::new();
    blocks.push(match (back.len(), dry) {
        (0, _) => "nothing is to be taken back".to_owned(),
        (n, true) => format!("would take back {n}"),
        (n, false) => format!("took back {n}; the next sync carries it to the calendars"),
    });
    if !back.is_empty() {
        blocks.push(columns(back, &[("TITLE", "title"), ("DID", "did"), ("ID", "id")]));
    }
    if !left.is_empty() {
        let lines = left.iter().map(|one| {
            format!(
                "  ! {}: {} (concord event history {})",
                text(one, "title"),
                text(one, "why"),
                text(one, "id")
            )
        });
        blocks.push(format!("left as they are:\n{}", lines.collect::<Vec<_>>().join("\n")));
    }
    blocks.join("\n\n")
}
