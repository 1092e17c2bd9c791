//! I-06: our own words do not come back as somebody else's. In a conflict, the calendar's side is never what was only
//! written here.

use concord_model::Field;
use concord_store::conflicts::{self, ConflictKind};
use serde_json::Value;

use crate::history::{Where, numbers};
use crate::outcome::Violation;
use crate::world::{Stop, World, broken};

/// Every conflict that there ever was.
pub(super) async fn nobody_contradicts_himself(world: &World) -> Result<(), Stop> {
    // What an older database has forgotten, or a person took back, can stand against what it was once.
    if world.past().restored || !world.past().undone.is_empty() {
        return Ok(());
    }
    let failed = |e| broken("conflicts", &e);
    let mut tx = world.engine.store.read().await.map_err(failed)?;
    let all = conflicts::list(&mut tx, world.workspace, false, None, 100_000).await.map_err(failed)?;
    drop(tx);
    for conflict in all.iter().filter(|conflict| conflict.kind == ConflictKind::DataMismatch) {
        for clash in &conflict.fields {
            let (Some(field), Some(event)) = (about(clash), conflict.event) else { continue };
            let (ours, theirs) = (numbers(&clash["ours"].to_string()), numbers(&clash["theirs"].to_string()));
            let past = world.past();
            let echo = theirs.iter().find(|number| {
                let written = past.written.get(number);
                !ours.contains(number)
                    && written
                        .is_some_and(|one| one.at == Where::Here(event) && one.field == field && !one.part)
            });
            if let Some(number) = echo {
                let what = format!(
                    "w{number}w was written here, and stands in a conflict as the calendar's {field}"
                );
                return Err(Violation::new("I-06", what));
            }
        }
    }
    Ok(())
}

/// What was written here stands here as it was written, also where a calendar keeps it in another way.
/// Where an answer was lost, such a text looks as if somebody had changed it: nobody can know better.
pub(super) async fn words_stay_as_they_were_written(world: &World) -> Result<(), Stop> {
    if world.seen.lost || world.past().restored {
        return Ok(());
    }
    for event in world.events().await.map_err(|e| broken("events", &e))? {
        for text in [&event.content.title, &event.content.location] {
            let past = world.past();
            let number = numbers(text).first().copied();
            let here = number.filter(|number| {
                past.written.get(number).is_some_and(|one| matches!(one.at, Where::Here(_)))
            });
            let written = here.and_then(|number| past.text_of(number));
            if let Some(written) = written.filter(|written| written != text) {
                let what = format!("\"{written}\" was written here, and reads \"{text}\" now");
                return Err(Violation::new("I-06", what));
            }
        }
    }
    Ok(())
}

/// The field of the whole event that a clash is about, if it is a text.
fn about(clash: &Value) -> Option<Field> {
    let field: Field = serde_json::from_value(clash["about"]["field"].clone()).ok()?;
    matches!(field, Field::Title | Field::Location | Field::Description).then_some(field)
}
