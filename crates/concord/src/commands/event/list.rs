//! `concord event list`.

use clap::Args;
use concord_model::{Event, Zone, recurrence};
use concord_store::events::Query;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::shown::{self, Around};
use crate::assemble::Program;
use crate::commands::when;
use crate::output::{columns, text};
use crate::pick;

/// How far ahead occurrences are worked out when nobody says.
const AHEAD: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Which events to list.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Only those of this user
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Only what is not over by then
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only what begins before
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Only bookings of this type
    #[arg(long = "type", value_name = "TYPE")]
    session_type: Option<String>,
    /// Only bookings with this client
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Only those with this in their title
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Those that were deleted
    #[arg(long)]
    deleted: bool,
    /// Each occurrence of a series by itself [default: a year from now]
    #[arg(long)]
    expand: bool,
    /// So many at most
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// Lists them.
pub(super) async fn run(program: &Program, arguments: Arguments) -> anyhow::Result<()> {
    let user = match &arguments.user {
        Some(text) => Some(pick::user(program, text).await?),
        None => None,
    };
    let zone = user.as_ref().map_or_else(Zone::utc, |user| user.zone.clone());
    let instant = |flag: &str, text: &Option<String>| {
        text.as_deref().map(|text| when::instant(flag, text, &zone)).transpose()
    };
    let (from, to) = (instant("--from", &arguments.from)?, instant("--to", &arguments.to)?);
    when::in_order(from, to)?;
    let client = match &arguments.client {
        Some(text) => Some(pick::client(program, text).await?.id),
        None => None,
    };
    let query = Query {
        owner: user.map(|user| user.id),
        from,
        to,
        session_type: arguments.session_type.clone(),
        client,
        text: arguments.text.clone(),
        deleted: arguments.deleted,
        ..Query::default()
    };
    let events = pick::every_event(program, query).await?;
    let around = Around::of(program, &events).await?;
    let mut rows = match arguments.expand {
        false => events.iter().map(|event| whole(&around, event)).collect(),
        true => {
            let now = program.engine.now();
            let from = from.unwrap_or(now);
            let to = to.unwrap_or_else(|| from.saturating_add(AHEAD).unwrap_or(Timestamp::MAX));
            expanded(&around, &events, (from, to), &zone)?
        }
    };
    rows.truncate(arguments.limit.unwrap_or(usize::MAX));
    let json: Vec<Value> = rows.iter().map(|row| row.json.clone()).collect();
    let mut heads =
        vec![("WHEN", "when"), ("TITLE", "title"), ("TYPE", "type"), ("OWNER", "owner"), ("SYNC", "sync")];
    heads.push(if arguments.expand { ("OCCURRENCE", "occurrence") } else { ("REPEATS", "repeats") });
    heads.push(("ID", "id"));
    program.out.list(
        &json,
        |_| columns(&rows.iter().map(|row| row.words.clone()).collect::<Vec<_>>(), &heads),
        &arguments.none(),
    )
}

impl Arguments {
    /// That nothing was found, and among what.
    fn none(&self) -> String {
        let mut text = match self.deleted {
            true => "there are no deleted events".to_owned(),
            false => "there are no events".to_owned(),
        };
        let bare = text.len();
        let mut say = |words: &str, of: &Option<String>| {
            text.extend(of.iter().flat_map(|of| [words, of.as_str()]));
        };
        say(" of ", &self.user);
        say(" of the type ", &self.session_type);
        say(" with ", &self.client);
        let title = self.text.as_ref().map(|text| format!("\"{text}\""));
        say(" with a title like ", &title);
        say(" from ", &self.from);
        say(" before ", &self.to);
        match (self.expand, &self.to, text.len() == bare) {
            (true, None, _) => text += " within a year",
            (false, _, true) if !self.deleted => text += " yet; concord event add makes one",
            _ => {}
        }
        text
    }
}

struct Row {
    start: Timestamp,
    json: Value,
    words: Value,
}

fn whole(around: &Around, event: &Event) -> Row {
    let json = around.json(event);
    let words = serde_json::json!({
        "when": event.content.time.span.to_string(),
        "title": event.content.title,
        "type": text(&json, "type"),
        "owner": around.owner(event),
        "sync": around.badges(event),
        "repeats": if event.content.is_series() { "yes" } else { "" },
        "occurrence": "",
        "id": event.id,
    });
    Row { start: event.content.time.span.start_instant(&Zone::utc()), json, words }
}

/// Each occurrence in the window, by start.
fn expanded(
    around: &Around,
    events: &[Event],
    window: (Timestamp, Timestamp),
    zone: &Zone,
) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for event in events {
        let plain = whole(around, event);
        let content = &event.content;
        for one in recurrence::expand(&content.time, &content.overrides, window, zone)? {
            let view = if content.is_series() { content.occurrence(one.key) } else { Some(content.clone()) };
            let Some(view) = view else { continue };
            let json = shown::occurrence_json(&plain.json, one.key, &one.span, &view);
            let mut words = plain.words.clone();
            words["when"] = one.span.to_string().into();
            words["title"] = view.title.clone().into();
            words["occurrence"] = if content.is_series() { one.key.to_string().into() } else { "".into() };
            rows.push(Row { start: one.span.start_instant(zone), json, words });
        }
    }
    rows.sort_by_key(|row| row.start);
    Ok(rows)
}
