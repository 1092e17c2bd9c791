//! Events: found by their ids, read, listed, written, and what comes with them.

mod actions;
mod check;
mod delta;
mod filter;
pub(super) mod guests;
mod html;
pub(super) mod item;
pub(super) mod pattern;
pub(super) mod query;
pub(super) mod render;
pub(super) mod times;
mod view;
pub(super) mod write;

use http::Method;
use jiff::civil::Date;
use serde_json::{Value, json};

pub(super) use self::actions::act;
use self::item::{Gone, Item};
use self::query::Query;
use self::render::{Viewer, change_key};
use super::answers::{Refused, object};
use super::calls::{Answer, Caller, Outcome};
use super::ids::{EventId, Kind};
use super::state::{Role, State, slot};
use crate::message::Call;

/// An event that was found.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// The entry of the reader's list that its calendar is.
    pub(super) mount: u64,
    pub(super) calendar: u64,
    pub(super) role: Role,
    pub(super) item: Item,
    /// Which of its occurrences is meant.
    pub(super) day: Option<Date>,
}

impl Spot {
    /// Whether a version that a caller insists on is the one that is there.
    pub(super) fn matches(&self, state: &State, call: &Call) -> bool {
        let Some(wanted) = call.header("if-match") else { return true };
        let key = change_key(state, &self.item, self.day);
        wanted.split(',').any(|one| {
            let one = one.trim();
            one == "*" || one.trim_start_matches("W/").trim_matches('"') == key
        })
    }
}

/// Finds an event in somebody's mailbox.
pub(super) fn locate(state: &State, user: &str, id: &str, stale: bool) -> Result<Spot, Refused> {
    let id = EventId::of(id).ok_or_else(|| Refused::of("ErrorInvalidIdMalformed"))?;
    let held = state.users.get(user).ok_or_else(Refused::not_found)?;
    if id.user != held.number {
        return Err(Refused::not_found());
    }
    let slot = slot(id.item);
    for (mount, entry) in &held.list {
        if id.kind == Kind::Usual && *mount != id.mount {
            continue;
        }
        let Some(calendar) = state.calendars.get(&entry.calendar) else { continue };
        let upto = state.shown(calendar, stale);
        let Some(version) = calendar.items.seen(&slot, upto) else { continue };
        let item = &version.value;
        let found = match item.gone {
            None => true,
            Some(Gone::Deleted) => state.quirks.ids.deleted_found && id.kind == Kind::Immutable,
            Some(Gone::Moved | Gone::Purged) => false,
        };
        if !found || (id.kind == Kind::Usual && id.serial != item.serial) {
            continue;
        }
        if id.occurrence.is_some_and(|day| item.occurrence(day).is_none()) {
            return Err(Refused::not_found());
        }
        let (calendar, role) = (entry.calendar, entry.role);
        return Ok(Spot { mount: *mount, calendar, role, item: item.clone(), day: id.occurrence });
    }
    Err(Refused::not_found())
}

/// Through whose eyes an event is seen that was found.
pub(super) fn viewer(caller: &Caller, mount: u64, role: Role) -> Viewer {
    Viewer { user: caller.mailbox.clone(), mount, role, prefer: caller.prefer.clone(), basic: caller.basic }
}

/// An event as it is answered.
pub(super) fn shown(state: &State, caller: &Caller, spot: &Spot, query: &Query) -> Value {
    let viewer = viewer(caller, spot.mount, spot.role);
    let occurrence = spot.day.and_then(|day| spot.item.occurrence(day));
    render::render(state, &viewer, &spot.item, occurrence.as_ref(), query)
}

/// Answers a call under `events`, of a whole mailbox or of one calendar.
pub(super) fn answer(
    state: &mut State,
    caller: &Caller,
    call: &Call,
    mount: Option<u64>,
    path: &[&str],
) -> Outcome {
    match (&call.method, path) {
        (&Method::GET, []) => view::list(state, caller, call, mount),
        (&Method::POST, []) => {
            let body = object(&call.body)?;
            let mount = mount.or_else(|| state.default_mount(&caller.mailbox).map(|(mount, _)| mount));
            write::create(state, caller, mount.ok_or_else(Refused::not_found)?, body)
        }
        (_, ["delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()"]) => {
            Err(Refused::of("BadRequest").saying("Resource not found for the segment 'delta'."))
        }
        (_, [id, rest @ ..]) => {
            let mut spot = locate(state, &caller.mailbox, id, caller.stale)?;
            // In somebody else's mailbox it counts what they share.
            (_, spot.role) = caller.reach(state, spot.mount)?;
            if mount.is_some_and(|mount| mount != spot.mount) {
                return Err(Refused::not_found());
            }
            one(state, caller, call, spot, rest)
        }
        _ => Err(Refused::of("BadRequest").saying("The method is not allowed.").with_status(405)),
    }
}

fn one(state: &mut State, caller: &Caller, call: &Call, spot: Spot, path: &[&str]) -> Outcome {
    match (&call.method, path) {
        (&Method::GET, []) => {
            caller.reads(state, &spot)?;
            let query = Query::of(call)?;
            let mut event = shown(state, caller, &spot, &query);
            if spot.day.is_none() {
                let viewer = viewer(caller, spot.mount, spot.role);
                render::with_exceptions(state, &viewer, &spot.item, &query, &mut event);
            }
            let base = &state.settings.base_url;
            let owner = state.users.get(&caller.mailbox).map(|user| user.oid.as_str()).unwrap_or_default();
            event["@odata.context"] = json!(format!("{base}/v1.0/$metadata#users('{owner}')/events/$entity"));
            Ok(Answer::Json(event))
        }
        (&Method::GET, ["instances"]) => view::instances(state, caller, call, &spot),
        (&Method::PATCH, []) => {
            let body = object(&call.body)?;
            write::change(state, caller, call, spot, body)
        }
        (&Method::DELETE, []) => write::delete(state, caller, call, spot, Gone::Deleted),
        (&Method::POST, ["permanentDelete" | "microsoft.graph.permanentDelete"]) => {
            write::delete(state, caller, call, spot, Gone::Purged)
        }
        (_, ["extensions", rest @ ..]) => actions::extensions(state, caller, call, spot, rest),
        (&Method::GET, ["calendar"]) => super::calendars::shown(state, caller, spot.mount).map(Answer::Json),
        (&Method::GET, ["attachments"]) => Ok(Answer::Json(json!({"value": []}))),
        (&Method::POST, [action]) => {
            let action = action.trim_start_matches("microsoft.graph.");
            let body = object(&call.body)?;
            act(state, caller, spot, action, &body)
        }
        _ => Err(Refused::of("BadRequest").saying("Resource not found for the segment.")),
    }
}

/// Answers a call under `calendarView`.
pub(super) fn calendar_view(
    state: &mut State,
    caller: &Caller,
    call: &Call,
    mount: Option<u64>,
    path: &[&str],
) -> Outcome {
    let mount = mount.or_else(|| state.default_mount(&caller.mailbox).map(|(mount, _)| mount));
    let mount = mount.ok_or_else(Refused::not_found)?;
    match (&call.method, path) {
        (&Method::GET, []) => view::view(state, caller, call, mount),
        (&Method::GET, ["delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()"]) => {
            delta::answer(state, caller, call, mount)
        }
        _ => Err(Refused::of("BadRequest").saying("Resource not found for the segment.")),
    }
}

/// Gives the events another change key that background work gets to by now.
pub(super) fn finish(state: &mut State) {
    if state.later.is_empty() {
        return;
    }
    let now = state.core.now;
    let (due, later): (Vec<_>, Vec<_>) =
        std::mem::take(&mut state.later).into_iter().partition(|(at, _)| *at <= now);
    state.later = later;
    state.core.revision += u64::from(!due.is_empty());
    for (_, number) in due {
        let found = state.calendars.values().find_map(|held| Some((held.number, held.item(number)?.clone())));
        if let Some((calendar, item)) = found {
            write::put(state, calendar, item, "finish", "microsoft", false);
        }
    }
}
