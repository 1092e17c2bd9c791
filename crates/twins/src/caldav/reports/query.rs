//! `calendar-query`: the objects that a filter lets through.

use super::{Data, asked, calendar, filter, listing, object, viewer};
use crate::caldav::answers::{Refused, Response, What, multistatus};
use crate::caldav::calls::{Caller, Outcome, depth};
use crate::caldav::places::Place;
use crate::caldav::state::{Kind, State};
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
    let shallow = query.strict_depth && depth(call) != Some(1);
    let blind = query.needs_component && wanted.find(CALDAV, "comp-filter").is_none();
    let Place::Collection(user, slug) = place else { return Err(Refused::of(404)) };
    let viewer = viewer(state);
    let mut responses = Vec::new();
    if held.kind == Kind::Calendar && !shallow && !blind {
        let upto = state.shown(held, caller.stale);
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
