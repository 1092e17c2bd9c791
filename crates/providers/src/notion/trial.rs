//! What people look at before they say which column holds what: the columns, and what a choice would come to.
//!
//! It is said by the same conversion that reads and writes, so that nothing is promised here that would not happen. Nothing is
//! written.

use concord_model::View;
use concord_model::link::Holds;
use serde_json::Value;

use super::columns::{self, Layout};
use super::convert::{self, WRITABLE};
use super::pull::Desk;
use super::{calls, push, wire};
use crate::answer::Answer;
use crate::provider::{Row, Table, TableColumn, Trial};

/// How many rows are looked at.
const ROWS: u32 = 20;

/// The columns of a table.
pub(super) async fn table(desk: &Desk<'_>) -> Result<Table, Answer> {
    let table = desk.table().await?;
    let guess = push::guessed(&table);
    // Our own is not theirs to choose.
    let ours = guess.0.get(&Holds::Note).map(|note| note.id.clone());
    let column = |column: wire::Column| TableColumn {
        holds: if ours.as_ref() == Some(&column.id) { Vec::new() } else { columns::fitting(&column.kind) },
        id: column.id,
        name: column.name,
        kind: column.kind,
    };
    Ok(Table { columns: table.columns.into_iter().map(column).collect(), guess })
}

/// What the chosen columns would come to.
pub(super) async fn trial(desk: &Desk<'_>, events: &[View]) -> Result<Trial, Answer> {
    let table = desk.table().await?;
    let chosen = &desk.line.access.columns;
    let layout = Layout::of_table(chosen, &table)?;
    let (list, _) = desk.line.list(&calls::newest(desk.calendar.as_str(), ROWS)).await?;
    let mut rows = Vec::new();
    for page in list.results.iter().filter_map(wire::Page::read) {
        let layout = Layout::of_page(chosen, &page)?;
        let (dated, told) = (convert::is_dated(&layout, &page), convert::told(&layout, &page, None).view);
        rows.push(Row { title: convert::title(&page), page: page.url, dated, told });
    }
    let events = events.iter().map(|event| as_row(&layout, &table, event)).collect();
    Ok(Trial { rows, events })
}

/// The cells of an event that would be made there, by the names of their columns.
fn as_row(layout: &Layout, table: &wire::Table, event: &View) -> Result<Vec<(String, String)>, String> {
    let cells = convert::cells(layout, Some(table), None, event, WRITABLE)?;
    let told = |column: &wire::Column| {
        let cell = cells.get(&column.id)?.get(&column.kind)?;
        Some((column.name.clone(), in_words(cell))).filter(|(_, words)| !words.is_empty())
    };
    let mut columns: Vec<&wire::Column> = table.columns.iter().collect();
    columns.sort_by_key(|column| column.kind != "title");
    Ok(columns.into_iter().filter_map(told).collect())
}

/// What a cell that is to be written will show.
fn in_words(cell: &Value) -> String {
    let word = |key: &str| cell.get(key).and_then(Value::as_str);
    match cell {
        Value::String(text) => text.clone(),
        Value::Array(pieces) => {
            pieces.iter().filter_map(|piece| piece.get("text")?.get("content")?.as_str()).collect()
        }
        _ => match (word("name"), word("start"), word("end")) {
            (Some(name), ..) => name.to_owned(),
            (None, Some(start), Some(end)) => format!("{} \u{2192} {}", minutes(start), minutes(end)),
            (None, Some(start), None) => minutes(start),
            _ => String::new(),
        },
    }
}

/// A date as Notion shows it: to the minute, without its offset.
fn minutes(date: &str) -> String {
    date.get(..16).unwrap_or(date).replace('T', " ")
}
