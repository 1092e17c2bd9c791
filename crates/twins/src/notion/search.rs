//! Search: by title, over everything that is shared. Its index is late, and not all is in it.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Fields;
use super::answers::Refused;
use super::calls::{Caller, Outcome, Pager, only};
use super::state::State;
use super::values::text::read;
use super::{databases, pages, sources};

/// `POST search`.
pub(super) fn search(state: &State, caller: &Caller, body: &Fields) -> Outcome {
    caller.may_read()?;
    only(body, &["query", "filter", "sort", "page_size", "start_cursor"])?;
    let filter = body.get("filter");
    let tables = if caller.knows_sources() { "data_source" } else { "database" };
    let kind = match filter.and_then(|filter| filter.get("value")) {
        None => None,
        Some(Value::String(kind)) if kind == "page" || kind == tables => Some(kind.as_str()),
        Some(other) => {
            let should = format!("`\"page\"` or `\"{tables}\"`");
            return Err(Refused::field("body.filter.value", &should, other));
        }
    };
    let trash = filter.and_then(|filter| filter.get("in_trash")).and_then(Value::as_bool).unwrap_or(false);
    let words = body.get("query").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let lag = SignedDuration::from_millis(i64::try_from(state.quirks.lag_ms).unwrap_or(i64::MAX));
    let since = state.core.now.checked_sub(lag).unwrap_or(state.core.now);

    let mut found: Vec<(Timestamp, String, Value)> = Vec::new();
    let wanted = |id: &str, title: &str| {
        title.to_lowercase().contains(&words) && sees(state, caller, id) && state.in_trash(id) == trash
    };
    if kind.is_none_or(|kind| kind == "page") {
        for (id, page) in state.pages.all(state.indexed(caller)) {
            let title = page.values.get("title").map(read).unwrap_or_default();
            if !state.is_gone(page) && wanted(id, &title) {
                found.push((page.edited.at, id.to_owned(), pages::shown(state, caller, page)));
            }
        }
    }
    if kind.is_none_or(|kind| kind == tables) {
        for source in state.sources.values().filter(|source| source.made.at <= since) {
            if !wanted(&source.id, &read(&source.title)) {
                continue;
            }
            let shown = match (caller.knows_sources(), state.databases.get(&source.database)) {
                (true, _) => sources::shown(state, caller, source),
                // A database with several data sources cannot be told to an old version.
                (false, Some(database)) => match databases::shown(state, caller, database) {
                    Ok(shown) => shown,
                    Err(_) => continue,
                },
                (false, None) => continue,
            };
            found.push((source.edited.at, source.id.clone(), shown));
        }
    }
    let ascending = body.get("sort").and_then(|sort| sort.get("direction")) == Some(&json!("ascending"));
    match ascending {
        true => found.sort_by_key(|(at, id, _)| (*at, id.clone())),
        false => found.sort_by_key(|(at, id, _)| (Reverse(*at), id.clone())),
    }
    let results = found.into_iter().map(|(_, _, shown)| shown).collect();
    Pager::within(state, body)?
        .plain(results, if caller.knows_sources() { "page_or_data_source" } else { "page_or_database" })
}

fn sees(state: &State, caller: &Caller, id: &str) -> bool {
    if !state.quirks.search_misses {
        return state.sees(caller, id);
    }
    let bot = caller.bot.as_ref().and_then(|bot| state.bots.get(bot));
    let holder = state.sources.get(id).map_or(id, |source| source.database.as_str());
    bot.is_some_and(|bot| bot.shared.contains(id) || bot.shared.contains(holder))
}
