//! `calendar-query`: the objects that a filter lets through.

use super::{Data, asked, calendar, filter, listing, object, viewer};
use crate::caldav::answers::{Refused, Response, What, multistatus};
use crate::caldav::calls::{Caller, Outcome, depth};
use crate::caldav::places::Place;
use crate::caldav::state::{Item, Kind, State};
use crate::caldav::switches::{Alarms, Expand};
use crate::caldav::text::Component;
use crate::caldav::xml::{CALDAV, Element};
use crate::message::Call;

/// Answers the report.
pub(super) fn report(
    state: &mut State,
    caller: &Caller,
    call: &Call,
    root: &Element,
    place: &Place,
) -> Outcome {
    if let Place::Home(..) = place {
        // Allowed, and of no use to anybody.
        return Ok(multistatus(state, Vec::new(), None));
    }
    let (held, access) = calendar(state, place)?;
    let asked = asked(root);
    let data = Data::of(state, &asked)?;
    let wanted = root.find(CALDAV, "filter").and_then(|filter| filter.find(CALDAV, "comp-filter"));
    let wanted = wanted.ok_or_else(|| Refused::because(403, crate::caldav::xml::caldav("valid-filter")))?;
    let query = &state.quirks.query;
    if query.no_calendar_range && wanted.find(CALDAV, "time-range").is_some() {
        return Err(Refused::of(400).saying("time-range is not for VCALENDAR"));
    }
    if query.alarms == Alarms::Refused && asks_for_alarms(wanted) {
        return Err(Refused::because(403, crate::caldav::xml::caldav("supported-filter")));
    }
    let shallow = query.strict_depth && depth(call) != Some(1);
    let blind = query.needs_component && wanted.find(CALDAV, "comp-filter").is_none();
    let Place::Collection(user, slug) = place else { return Err(Refused::of(404)) };
    let viewer = viewer(state);
    let upto = state.shown(held, caller.stale);
    if query.expand == Expand::FailsOnExceptions && data.expand.is_some() {
        let lone = |item: &Item| {
            Component::parse(item.text.as_deref().unwrap_or_default())
                .is_ok_and(|calendar| calendar.entries().all(|entry| entry.line("RECURRENCE-ID").is_some()))
        };
        if listing(state, held, access, upto).any(|(_, item)| lone(item)) {
            return Err(Refused::of(400));
        }
    }
    let mut responses = Vec::new();
    if held.kind == Kind::Calendar && !shallow && !blind {
        for (name, item) in listing(state, held, access, upto) {
            let text = super::shown_text(state, item, access);
            let fits = query.ignores_filter
                || Component::parse(&text)
                    .is_ok_and(|calendar| filter::fits(&calendar, wanted, query, &viewer));
            if fits {
                let (found, missing) = object(state, item, access, &data).asked(&asked);
                let href = state.href(&Place::Object(user.clone(), slug.clone(), name.to_owned()));
                responses.push(Response { href, what: What::Properties { found, missing } });
            }
        }
    }
    Ok(multistatus(state, responses, None))
}

fn asks_for_alarms(filter: &Element) -> bool {
    filter.all(CALDAV, "comp-filter").any(|inner| {
        let alarm = inner.attribute("name").is_some_and(|name| name.eq_ignore_ascii_case("VALARM"));
        alarm || asks_for_alarms(inner)
    })
}
