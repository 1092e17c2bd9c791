//! `events.list` and `events.instances`: full passes, deltas and their pages.

use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::entry::Place;
use super::query::{Query, flag};
use super::render::Viewer;
use super::rows::{Collector, Row, Rows, show};
use super::series::Start;
use super::spot::locate_at;
use super::times::{When, bound, stamp};
use super::tokens::{FIRST_PASS_ONLY, Misfit, PageToken, SyncToken, bound_to_pages, bound_to_sync, digest};
use super::{horizon, viewer};
use crate::google::answers::Refused;
use crate::google::calls::{Answer, Caller, Detail, Outcome};
use crate::google::state::{Calendar, State};
use crate::message::{Call, pairs};

/// `events.list`.
pub(super) fn list(state: &State, caller: &Caller, call: &Call, calendar: &str, detail: Detail) -> Outcome {
    let held = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    let mut call = call.clone();
    let since = match call.param("syncToken") {
        None => None,
        Some(text) => Some(resume(state, caller, &mut call, held, &text)?),
    };
    let mut query = Query::of(&call, state.core.now)?;
    if detail == Detail::BusyOnly {
        query.single = true;
    }
    let page = page_token(&call)?;
    let upto = page.as_ref().map_or_else(|| horizon(state, caller, held), |page| page.upto);
    let mut viewer = viewer(state, caller, calendar, Some(&call), detail)?;
    viewer.upto = upto;
    let mut collector = Collector { state, calendar: held, query: &query, upto, since, rows: Rows::new() };
    collector.collect();
    let (items, next) = take_page(state, &call, page, upto, collector.rows, query.page, |id, row| {
        show(state, held, id, row, &viewer)
    });
    let mut body = frame(state, held, caller, &call, upto);
    finish_page(state, &mut body, items, next.as_deref());
    // Filters that a delta cannot have give no token to begin one with.
    let syncable = !FIRST_PASS_ONLY
        .iter()
        .any(|name| !matches!(*name, "timeMin" | "timeMax") && call.param(name).is_some());
    if next.is_none() && syncable {
        let token = SyncToken {
            of: calendar.to_owned(),
            user: caller.user.clone(),
            epoch: held.epoch_of(&caller.user),
            number: upto,
            bound: bound_to_sync(&call),
        };
        body["nextSyncToken"] = json!(token.seal());
    }
    Ok(Answer::Json(body))
}

/// Everything within a window, in one piece.
pub(super) fn seen(
    state: &State,
    calendar: &str,
    (from, until): (Timestamp, Timestamp),
    viewer: &Viewer,
) -> Result<Vec<Value>, Refused> {
    let held = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    let asked =
        format!("singleEvents=true&orderBy=startTime&timeMin={}&timeMax={}", stamp(from), stamp(until));
    let query = Query::of(&Call::new(Method::GET, &format!("/?{asked}"), ""), state.core.now)?;
    let mut collector =
        Collector { state, calendar: held, query: &query, upto: viewer.upto, since: None, rows: Rows::new() };
    collector.collect();
    Ok(collector.rows.values().filter_map(|(id, row)| show(state, held, id, row, viewer)).collect())
}

/// `events.instances`.
pub(super) fn instances(
    state: &State,
    caller: &Caller,
    call: &Call,
    calendar: &str,
    id: &str,
    detail: Detail,
) -> Outcome {
    let held = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    let page = page_token(call)?;
    let upto = page.as_ref().map_or_else(|| horizon(state, caller, held), |page| page.upto);
    let mut viewer = viewer(state, caller, calendar, Some(call), detail)?;
    viewer.upto = upto;
    let spot = locate_at(held, id, upto)?;
    let mut query = Query::of(call, state.core.now)?;
    (query.single, query.from_inclusive) = (true, true);
    query.show_deleted = flag(call, "showDeleted")?;
    let mut collector =
        Collector { state, calendar: held, query: &query, upto, since: None, rows: Rows::new() };
    match (&spot.entry, &spot.place) {
        (Some(entry), Place::Whole) if entry.is_cancelled() => return Err(Refused::not_found()),
        (Some(entry), Place::Whole) if entry.repeats() => {
            let starts = collector.starts(&entry.body);
            collector.occurrences(id, entry, starts);
        }
        (Some(entry), _) => collector.put(id, Row::Event, &spot.fields, entry),
        (None, _) => return Err(Refused::not_found()),
    }
    let mut rows = collector.rows;
    if let Some(wanted) = call.param("originalStart") {
        rows.retain(|_, (id, _)| {
            let fields = locate_at(held, id, upto).map(|spot| spot.fields).ok();
            let original = fields.and_then(|fields| When::kept(fields.get("originalStartTime")));
            match original.as_ref().map(Start::of) {
                // An all-day occurrence is found by its bare date only.
                Some(Start::Date(date)) => date.to_string() == wanted,
                Some(Start::Time(at)) => bound(&wanted) == Some(at),
                None => false,
            }
        });
    }
    let (items, next) =
        take_page(state, call, page, upto, rows, query.page, |id, row| show(state, held, id, row, &viewer));
    let mut body = frame(state, held, caller, call, upto);
    finish_page(state, &mut body, items, next.as_deref());
    Ok(Answer::Json(body))
}

/// Reads a sync token. Returns the change after which the delta begins.
fn resume(
    state: &State,
    caller: &Caller,
    call: &mut Call,
    calendar: &Calendar,
    text: &str,
) -> Result<u64, Refused> {
    if let Some(name) = FIRST_PASS_ONLY.iter().find(|name| call.param(name).is_some()) {
        let words = format!("Sync token cannot be used together with the parameter {name}.");
        return Err(Refused::of("badRequest").saying(words).about(name));
    }
    if call.param("showDeleted").as_deref() == Some("false") {
        let words = "showDeleted cannot be false together with a sync token.";
        return Err(Refused::of("badRequest").saying(words).about("showDeleted"));
    }
    let malformed = || Refused::invalid("Invalid sync token value.").about("syncToken");
    let token = SyncToken::open(text).ok_or_else(malformed)?;
    if token.of != calendar.id || token.user != caller.user || token.number > calendar.events.last() {
        return Err(malformed());
    }
    if token.epoch != calendar.epoch_of(&caller.user) {
        return Err(Refused::of("fullSyncRequired"));
    }
    if token.bound != bound_to_sync(call) {
        if state.quirks.strict_parameters {
            let words = "The parameters differ from those that the sync token was obtained with.";
            return Err(Refused::of("badRequest").saying(words).about("syncToken"));
        }
        // The parameters of the first pass win: what one asks for instead is silently ignored.
        let kept = pairs(&call.query).into_iter().filter(|(key, _)| {
            matches!(key.as_str(), "syncToken" | "pageToken" | "fields" | "prettyPrint" | "showDeleted")
        });
        let query = url::form_urlencoded::Serializer::new(token.bound).extend_pairs(kept).finish();
        call.query = query;
    }
    Ok(token.number)
}

/// The page token of a call, if it has one.
pub(in crate::google) fn page_token(call: &Call) -> Result<Option<PageToken>, Refused> {
    let Some(text) = call.param("pageToken") else { return Ok(None) };
    match PageToken::open(&text, &bound_to_pages(call)) {
        Ok(token) => Ok(Some(token)),
        Err(Misfit::Malformed) => Err(Refused::invalid("Invalid page token value.").about("pageToken")),
        Err(Misfit::OtherParameters) => {
            let words = "The parameters differ from those that the page token was obtained with.";
            Err(Refused::of("badRequest").saying(words).about("pageToken"))
        }
    }
}

/// Cuts one page out of the rows. Returns it with the token of the next.
pub(in crate::google) fn take_page<R>(
    state: &State,
    call: &Call,
    page: Option<PageToken>,
    upto: u64,
    rows: std::collections::BTreeMap<String, (String, R)>,
    size: usize,
    show: impl Fn(&str, &R) -> Option<Value>,
) -> (Vec<Value>, Option<String>) {
    let token = |after: &str| PageToken { upto, after: after.to_owned(), bound: bound_to_pages(call) }.seal();
    if page.is_none() && state.quirks.empty_pages {
        return (Vec::new(), Some(token("")));
    }
    let after = page.map(|page| page.after).unwrap_or_default();
    let size = state.quirks.longest_page.map_or(size, |most| size.min(most.max(1)));
    let mut rest = rows.range((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded));
    let mut items = Vec::new();
    let mut last = None;
    for (place, (id, row)) in rest.by_ref().take(size) {
        items.extend(show(id, row));
        last = Some(place);
    }
    let next = last.filter(|_| rest.next().is_some()).map(|place| token(place));
    match call.param("pageToken") {
        Some(same) if state.quirks.endless_pages => (items, Some(same)),
        _ => (items, next),
    }
}

/// Puts the items into an answer, with the token of the next page.
pub(in crate::google) fn finish_page(state: &State, body: &mut Value, items: Vec<Value>, next: Option<&str>) {
    if !items.is_empty() || !state.quirks.omit_empty_items {
        body["items"] = json!(items);
    }
    if let Some(next) = next {
        body["nextPageToken"] = json!(next);
    }
}

/// What a list says about its calendar.
fn frame(state: &State, calendar: &Calendar, caller: &Caller, call: &Call, upto: u64) -> Value {
    let latest = calendar.events.changed(upto.saturating_sub(1), upto).next().map(|(_, entry)| entry.updated);
    let updated = latest.unwrap_or(calendar.updated);
    let defaults = state
        .users
        .get(&caller.user)
        .and_then(|user| user.list.get(&calendar.id)?.own.get("defaultReminders").cloned());
    let mut body = json!({
        "kind": "calendar#events",
        "etag": format!("\"p{}\"", digest(&format!("{upto} {} {} {}", calendar.id, calendar.etag, call.query))),
        "summary": calendar.summary(),
        "updated": stamp(updated),
        "timeZone": call.param("timeZone").unwrap_or_else(|| calendar.zone().to_owned()),
        "accessRole": calendar.role(&caller.user).map_or("none", |role| role.name()),
        "defaultReminders": defaults.unwrap_or_else(|| json!([])),
    });
    if let Some(description) = calendar.body.get("description") {
        body["description"] = description.clone();
    }
    body
}
