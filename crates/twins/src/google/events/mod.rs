//! Events: the methods under `calendars/{id}/events`.

mod check;
mod conference;
pub(in crate::google) mod entry;
mod guests;
mod kinds;
pub(in crate::google) mod list;
pub(in crate::google) mod make;
mod master;
pub(in crate::google) mod query;
pub(in crate::google) mod render;
mod rows;
pub(in crate::google) mod series;
pub(in crate::google) mod split;
pub(in crate::google) mod spot;
pub(in crate::google) mod times;
pub(in crate::google) mod tokens;
pub(in crate::google) mod write;

use http::Method;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::render::Viewer;
use self::write::{How, Options};
use super::answers::Refused;
use super::calls::{Answer, Caller, Detail, Outcome, object};
use super::scopes::Power;
use super::state::{Calendar, Finish, Role, State};
use crate::chance::BASE32HEX;
use crate::message::Call;

/// Answers a call under `calendars/{calendar}/events`.
pub(super) fn answer(
    state: &mut State,
    caller: &Caller,
    call: &Call,
    calendar: &str,
    rest: &[&str],
) -> Outcome {
    let power = match (&call.method, rest) {
        (&Method::GET, _) | (&Method::POST, ["watch"]) => Power::ReadEvents,
        (&Method::POST, [_, "move"]) => Power::MoveEvents,
        _ => Power::WriteEvents,
    };
    let needs =
        if power == Power::ReadEvents { Role::FreeBusyReader } else { Role::WriterWithoutPrivateAccess };
    let detail = caller.reach(state, power, calendar, needs)?;
    match (&call.method, rest) {
        (&Method::GET, []) => list::list(state, caller, call, calendar, detail),
        (&Method::GET, [id]) => get(state, caller, call, calendar, id, detail),
        (&Method::GET, [id, "instances"]) => list::instances(state, caller, call, calendar, id, detail),
        (&Method::POST, ["watch"]) => super::channels::watch_events(state, caller, call, calendar),
        (&Method::POST, [id, "move"]) => {
            let destination = call
                .param("destination")
                .ok_or_else(|| Refused::required("Required parameter: destination"))?;
            let destination = state.calendar_id(&caller.user, &destination);
            caller.reach(state, power, &destination, needs)?;
            write::answer(write::relocate(state, caller, calendar, id, &destination, &Options::of(call)?))
        }
        (&Method::POST, []) => {
            write::answer(make::insert(state, caller, calendar, object(call)?, &Options::of(call)?))
        }
        (&Method::POST, ["import"]) => {
            write::answer(make::import(state, caller, calendar, object(call)?, &Options::of(call)?))
        }
        (&Method::PUT, [id]) => {
            let fields = object(call)?;
            write::answer(write::change(
                state,
                caller,
                calendar,
                id,
                fields,
                How::Replace,
                &Options::of(call)?,
            ))
        }
        (&Method::PATCH, [id]) => {
            let fields = object(call)?;
            write::answer(write::change(state, caller, calendar, id, fields, How::Patch, &Options::of(call)?))
        }
        (&Method::DELETE, [id]) => {
            write::remove(state, caller, calendar, id, &Options::of(call)?)?;
            Ok(Answer::Nothing)
        }
        _ => Err(Refused::not_found()),
    }
}

/// What someone sees on a calendar within a window, as it is now and whatever odd behaviour is switched on: series as
/// their occurrences, in the order of their starts.
pub(super) fn seen(
    state: &State,
    caller: &Caller,
    calendar: &str,
    window: (Timestamp, Timestamp),
) -> Result<Vec<Value>, Refused> {
    let detail = caller.reach(state, Power::ReadEvents, calendar, Role::FreeBusyReader)?;
    let viewer = viewer(state, caller, calendar, None, detail)?;
    list::seen(state, calendar, window, &viewer)
}

fn get(state: &State, caller: &Caller, call: &Call, calendar: &str, id: &str, detail: Detail) -> Outcome {
    let viewer = viewer(state, caller, calendar, Some(call), detail)?;
    let held = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    let spot = spot::locate_at(held, id, viewer.upto)?;
    Ok(Answer::Json(spot.render(state, calendar, &viewer)))
}

/// Who looks at a calendar, with the zone and the number of guests that the call asks for.
fn viewer(
    state: &State,
    caller: &Caller,
    calendar: &str,
    call: Option<&Call>,
    detail: Detail,
) -> Result<Viewer, Refused> {
    let held = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    let zone = match call.and_then(|call| call.param("timeZone")) {
        None => times::zone(held.zone()).unwrap_or(TimeZone::UTC),
        Some(name) => times::zone(&name).ok_or_else(|| {
            Refused::invalid(format!("Invalid value for: timeZone {name}")).about("timeZone")
        })?,
    };
    let max_attendees = match call.and_then(|call| call.param("maxAttendees")) {
        None => None,
        Some(most) => Some(most.parse().ok().filter(|most| *most >= 1).ok_or_else(|| {
            Refused::invalid(format!("Invalid value for: maxAttendees {most}")).about("maxAttendees")
        })?),
    };
    Ok(Viewer {
        user: caller.user.clone(),
        detail,
        role: held.role(&caller.user).unwrap_or(Role::FreeBusyReader),
        zone,
        max_attendees,
        upto: if caller.stale { before_last(held) } else { held.events.last() },
    })
}

/// The calendar as it was before its last change.
fn before_last(calendar: &Calendar) -> u64 {
    calendar.events.last().saturating_sub(1)
}

/// The change of a calendar up to which lists show it: a new one may take a while to appear.
fn horizon(state: &State, caller: &Caller, calendar: &Calendar) -> u64 {
    if caller.stale {
        return before_last(calendar);
    }
    match i64::try_from(state.quirks.visibility_delay_ms) {
        Ok(0) | Err(_) => calendar.events.last(),
        Ok(ms) => {
            let at = state.core.now.checked_sub(SignedDuration::from_millis(ms)).unwrap_or(state.core.now);
            calendar.events.last_at(at)
        }
    }
}

/// Does what Google finishes after its answer, as far as it is due.
pub(super) fn finish(state: &mut State) {
    if state.later.is_empty() {
        return;
    }
    let now = state.core.now;
    let (due, later) =
        std::mem::take(&mut state.later).into_iter().partition::<Vec<_>, _>(|later| later.due <= now);
    state.later = later;
    state.core.revision += u64::from(!due.is_empty());
    for item in due {
        let entry = state
            .calendars
            .get(&item.calendar)
            .and_then(|calendar| calendar.events.get(&item.event))
            .cloned();
        let Some(mut entry) = entry.filter(|entry| !entry.is_cancelled()) else { continue };
        entry.etag = state.next_etag();
        if item.what == Finish::Conference {
            let code = state.core.chance.text(&BASE32HEX[10..], 10);
            conference::complete(&mut entry.body, &code);
            entry.updated = now;
        }
        state.put_event(&item.calendar, &item.event, entry, "finish", "google");
    }
}
