//! A plan in words: what would be done, in numbers and step by step.

use concord_sync::plan::{Counts, Plan, Step};
use serde_json::{Value, json};

use crate::output::table;

/// How many steps are printed for people before the rest is only counted.
const SHOWN: usize = 40;

/// A plan for `--json`.
pub fn json(plan: &Plan) -> Value {
    json!({ "hash": plan.hash(), "counts": plan.counts, "steps": plan.steps, "empty": plan.is_empty() })
}

/// A plan for people.
pub fn words(plan: &Plan) -> String {
    if plan.is_empty() {
        return "nothing would be done".to_owned();
    }
    let mut text = format!("would {}", numbers(&plan.counts));
    let rows: Vec<Vec<String>> = plan.steps.iter().take(SHOWN).map(row).collect();
    text += "\n\n";
    text += &table(&["WHAT", "TITLE", "WHEN", "FIELDS", "WHY"], &rows);
    let all = total(&plan.counts);
    if all > rows.len() as u64 {
        text += &format!("\n… and {} more", all - rows.len() as u64);
    }
    text
}

/// What would be done, in numbers.
pub fn numbers(counts: &Counts) -> String {
    let parts = [
        (counts.created_here, "create", "here"),
        (counts.changed_here, "change", "here"),
        (counts.deleted_here, "delete", "here"),
        (counts.created_there, "create", "there"),
        (counts.changed_there, "change", "there"),
        (counts.deleted_there, "delete", "there"),
        (counts.adopted, "recognise", "that are on both sides already"),
        (counts.asked, "ask about", "of them"),
        (counts.mails, "mail guests about", "of them"),
    ];
    let said = parts.iter().filter(|(n, _, _)| *n > 0).map(|(n, verb, place)| format!("{verb} {n} {place}"));
    let said: Vec<String> = said.collect();
    if said.is_empty() { "do nothing".to_owned() } else { said.join(", ") }
}

fn total(counts: &Counts) -> u64 {
    let here = counts.created_here + counts.changed_here + counts.deleted_here;
    here + counts.created_there + counts.changed_there + counts.deleted_there + counts.adopted + counts.asked
}

fn row(step: &Step) -> Vec<String> {
    let fields = if step.fields.is_empty() { String::new() } else { step.fields.to_string() };
    vec![step.act.to_string(), step.title.clone(), step.when.clone(), fields, step.why.clone()]
}
