//! Queries: rows of a table, filtered and sorted, a hundred at a time and ten thousand at most.
//!
//! What lies in the trash, was put away or is not shared is left out without a word. Where rows compare as equal their
//! order means nothing, and times compare by the minute.

mod filter;
mod sort;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Fields;
use super::answers::Refused;
use super::calls::{Caller, Outcome, Pager, bad_cursor, only};
use super::pages;
use super::state::{Page, Parent, State};
use crate::message::Call;
use filter::Filter;
use sort::{Key, Sorts};

/// Where a reader is. What it holds is nobody's business.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    /// What was asked.
    asked: String,
    /// How many were given before.
    given: usize,
    /// The last row that was given, and what it was sorted by.
    last: (Vec<Key>, String),
    epoch: u64,
    issued: Timestamp,
}

/// `POST data_sources/{id}/query`.
pub(super) fn query(state: &State, caller: &Caller, id: &str, call: &Call, body: &Fields) -> Outcome {
    caller.may_read()?;
    let known = [
        "filter",
        "sorts",
        "page_size",
        "start_cursor",
        "in_trash",
        "archived",
        "is_archived",
        "result_type",
    ];
    only(body, &known)?;
    let source = state.source(caller, id)?;
    if state.in_trash(&source.id) {
        return Err(Refused::not_found(if caller.knows_sources() { "data_source" } else { "database" }, id));
    }
    let filter = body.get("filter").filter(|filter| !filter.is_null());
    let filter = filter.map(|filter| Filter::read(state, caller, source, filter)).transpose()?;
    let sorts = Sorts::read(source, body.get("sorts"))?;
    let pager = Pager::within(state, body)?;
    let put_away = body.get("is_archived").and_then(Value::as_bool).unwrap_or(false);

    let bot = caller.bot.as_ref().and_then(|bot| state.bots.get(bot));
    let upto = state.indexed(caller);
    let mut rows: Vec<((Vec<Key>, String), &Page)> = Vec::new();
    for row in state.rows.get(&source.id).into_iter().flatten() {
        let Some(version) = state.pages.seen(row, upto) else { continue };
        let page = &version.value;
        let there = page.parent == Parent::Source(source.id.clone())
            && page.trashed.is_none()
            && page.archived == put_away
            && bot.is_none_or(|bot| !bot.withheld.contains(row));
        if there && filter.as_ref().is_none_or(|filter| filter.fits(state, caller, page)) {
            rows.push(((sorts.keys(state, caller, page), page.id.clone()), page));
        }
    }
    rows.sort_by(|(one, _), (other, _)| sorts.compare(one, other));

    let asked = digest(&source.id, body);
    let cursor = pager.cursor.as_deref().map(|text| read(state, text, &asked)).transpose()?;
    let given = cursor.as_ref().map_or(0, |cursor| cursor.given);
    let from = match &cursor {
        None => 0,
        Some(_) if state.quirks.offset_cursors => given.min(rows.len()),
        Some(cursor) => rows.partition_point(|(row, _)| sorts.compare(row, &cursor.last).is_le()),
    };
    let left = state.quirks.query_limit.saturating_sub(given);
    let until = rows.len().min(from + pager.size.min(left));
    let capped = until < rows.len() && until - from == left;
    let more = until < rows.len() && !capped;
    let next = rows[from..until].last().filter(|_| more).map(|(last, _)| {
        let cursor = Cursor {
            asked,
            given: given + until - from,
            last: last.clone(),
            epoch: state.epoch,
            issued: state.core.now,
        };
        URL_SAFE_NO_PAD.encode(json!(cursor).to_string())
    });
    let wanted = pages::wanted(call);
    let results = rows[from..until].iter().map(|(_, page)| pages::partly(state, caller, page, &wanted));
    let kind = if caller.knows_sources() { "page_or_data_source" } else { "page_or_database" };
    let mut list = json!({
        "object": "list",
        "results": results.collect::<Vec<_>>(),
        "next_cursor": next,
        "has_more": more,
        "type": kind,
    });
    list[kind] = json!({});
    if capped {
        // It looks like the end of the list, but for this.
        list["request_status"] =
            json!({"type": "incomplete", "incomplete_reason": "query_result_limit_reached"});
    }
    Ok(list)
}

/// What a cursor is good for.
fn digest(source: &str, body: &Fields) -> String {
    let asked =
        format!("{source} {:?} {:?} {:?}", body.get("filter"), body.get("sorts"), body.get("is_archived"));
    URL_SAFE_NO_PAD.encode(&Sha256::digest(asked.as_bytes())[..9])
}

fn read(state: &State, text: &str, asked: &str) -> Result<Cursor, Refused> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let cursor: Option<Cursor> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let life = state.quirks.cursor_seconds.and_then(|seconds| i64::try_from(seconds).ok());
    let good = |cursor: &Cursor| {
        let age = state.core.now.duration_since(cursor.issued).as_secs();
        cursor.asked == asked && cursor.epoch == state.epoch && life.is_none_or(|life| age < life)
    };
    cursor.filter(good).ok_or_else(|| bad_cursor(text))
}
