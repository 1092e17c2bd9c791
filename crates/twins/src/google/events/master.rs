//! What a write to a series means for its changed occurrences.
//!
//! They follow their series in everything that is not their own, and get another version where that shows. An
//! occurrence whose original start the series no longer has is cancelled; if the series has it again, it is back as
//! the series has it.

use serde_json::json;

use super::entry::{Entry, effective};
use super::series::Series;
use crate::google::Fields;
use crate::google::state::State;

/// Puts a single event or a series, and settles its occurrences.
pub(super) fn put(state: &mut State, calendar: &str, id: &str, entry: Entry, what: &'static str, by: &str) {
    let Some(held) = state.calendars.get(calendar) else { return };
    let upto = held.events.last();
    let ids: Vec<String> = held.children.get(id).into_iter().flatten().cloned().collect();
    let before: Vec<(String, Fields)> = ids
        .into_iter()
        .filter_map(|child| {
            let fields = effective(held, held.events.get(&child)?, upto).into_owned();
            Some((child, fields))
        })
        .collect();
    let was_cancelled = held.events.get(id).is_some_and(Entry::is_cancelled);
    let is_cancelled = entry.is_cancelled();
    let series = Series::of(&entry.body);
    state.put_event(calendar, id, entry, what, by);
    if is_cancelled && !was_cancelled && !state.quirks.child_tombstones {
        // They go with their series, and nobody says so: readers have to know.
        return;
    }
    for (child, fields) in before {
        let held = &state.calendars[calendar];
        let Some(mut entry) = held.events.get(&child).cloned() else { continue };
        let Some((_, start)) = entry.child_of() else { continue };
        let exists = is_cancelled || series.as_ref().is_some_and(|series| series.has(start));
        let mut settled = was_cancelled != is_cancelled;
        if !exists && !entry.dropped {
            entry.dropped = true;
            entry.body.insert("status".into(), json!("cancelled"));
            settled = true;
        } else if exists && entry.dropped {
            entry.dropped = false;
            entry.body = Fields::new();
            settled = true;
        }
        let after = effective(held, &entry, held.events.last()).into_owned();
        if settled || fields != after {
            (entry.etag, entry.updated) = (state.next_etag(), state.core.now);
            state.put_event(calendar, &child, entry, what, by);
        }
    }
}
