//! Lists of events, views of a stretch of time, and the instances of a series.

use serde_json::{Value, json};

use super::filter::property;
use super::item::{Item, Occurrence};
use super::query::{Query, page};
use super::render::render;
use super::times::{stamp, window};
use super::{Spot, viewer};
use crate::message::Call;
use crate::microsoft::answers::Refused;
use crate::microsoft::calls::{Answer, Caller, Outcome};
use crate::microsoft::state::{Mount, State};

type Shown = (Item, Option<Occurrence>, u64);

/// Single events and masters of one calendar, or of all of a mailbox's own. No occurrences.
pub(super) fn list(state: &State, caller: &Caller, call: &Call, mount: Option<u64>) -> Outcome {
    let query = Query::of(call)?;
    let mounts: Vec<u64> = match mount {
        Some(mount) => vec![mount],
        None => {
            let user = state.users.get(&caller.mailbox).ok_or_else(Refused::not_found)?;
            let own = |(number, mount): (&u64, &Mount)| {
                let fixed = state.calendars.get(&mount.calendar).is_none_or(|calendar| calendar.fixed);
                (mount.is_default && !fixed).then_some(*number)
            };
            user.list.iter().filter_map(own).collect()
        }
    };
    let mut found: Vec<Shown> = Vec::new();
    for mount in mounts {
        let (calendar, _) = caller.reach(state, mount)?;
        let upto = state.shown(calendar, caller.stale);
        for (_, item) in calendar.items.all(upto).filter(|(_, item)| item.gone.is_none()) {
            found.push((item.clone(), None, mount));
            if state.quirks.lists.exceptions {
                let days = item.exceptions.keys().filter_map(|day| item.occurrence(*day));
                found.extend(days.map(|occurrence| (item.clone(), Some(occurrence), mount)));
            }
        }
    }
    // The youngest first, as Graph has them; an order that was asked for wins.
    found.sort_by_key(|(item, ..)| std::cmp::Reverse(item.number));
    respond(state, caller, call, &query, found, "events")
}

/// What takes place in a stretch of time: single events, occurrences and exceptions, no masters.
pub(super) fn view(state: &State, caller: &Caller, call: &Call, mount: u64) -> Outcome {
    let query = Query::of(call)?;
    let window = window(state, call.param("startDateTime"), call.param("endDateTime"))?;
    let (calendar, _) = caller.reach(state, mount)?;
    let upto = state.shown(calendar, caller.stale);
    let mut found: Vec<Shown> = Vec::new();
    for (_, item) in calendar.items.all(upto).filter(|(_, item)| item.gone.is_none()) {
        match item.rule {
            Some(_) => found.extend(
                item.occurrences(window)
                    .into_iter()
                    .map(|occurrence| (item.clone(), Some(occurrence), mount)),
            ),
            None if item.times.touches(window) => found.push((item.clone(), None, mount)),
            None => {}
        }
    }
    found.sort_by_key(|(item, occurrence, _)| {
        occurrence.as_ref().map_or(item.times.start, |occurrence| occurrence.times.start)
    });
    respond(state, caller, call, &query, found, "calendarView")
}

/// The occurrences of a series in a stretch of time. Those that were deleted are not among them.
pub(super) fn instances(state: &State, caller: &Caller, call: &Call, spot: &Spot) -> Outcome {
    caller.reads(state, spot)?;
    let query = Query::of(call)?;
    let window = window(state, call.param("startDateTime"), call.param("endDateTime"))?;
    if spot.item.rule.is_none() || spot.day.is_some() {
        let words = "Your request can't be completed. Instances can only be expanded of a recurring master.";
        return Err(Refused::of("ErrorInvalidRequest").saying(words));
    }
    let mut found: Vec<Shown> = spot
        .item
        .occurrences(window)
        .into_iter()
        .map(|occurrence| (spot.item.clone(), Some(occurrence), spot.mount))
        .collect();
    found.sort_by_key(|(_, occurrence, _)| occurrence.as_ref().map(|occurrence| occurrence.times.start));
    respond(state, caller, call, &query, found, "instances")
}

fn respond(
    state: &State,
    caller: &Caller,
    call: &Call,
    query: &Query,
    found: Vec<Shown>,
    context: &str,
) -> Outcome {
    let whole = Query::default();
    let mut events: Vec<(Value, Value)> = Vec::new();
    for (item, occurrence, mount) in &found {
        let (_, role) = caller.reach(state, *mount)?;
        let viewer = viewer(caller, *mount, role);
        // Filters and orders look at all of an event, in UTC; the caller is shown what was asked for.
        let mut full = render(state, &viewer, item, occurrence.as_ref(), &whole);
        let times = occurrence.as_ref().map_or(&item.times, |occurrence| &occurrence.times);
        full["start"]["dateTime"] = json!(stamp(times.start));
        full["end"]["dateTime"] = json!(stamp(times.end));
        let day = occurrence.as_ref().map(|occurrence| occurrence.day);
        let own = day.and_then(|day| item.exceptions.get(&day)).map(|exception| &exception.extended);
        let properties = |id: &str| property(own.into_iter().flatten().chain(&item.extended), id);
        if query.filter.as_ref().is_none_or(|filter| filter.passes(&full, &properties)) {
            let shown = render(state, &viewer, item, occurrence.as_ref(), query);
            events.push((full, shown));
        }
    }
    let events = query.arranged(events);
    let lists = &state.quirks.lists;
    let size = query.top.or(caller.prefer.page).unwrap_or(lists.page).min(lists.longest_page).max(1);
    Ok(Answer::Json(page(call, &state.settings.base_url, context, events, query, size)))
}
