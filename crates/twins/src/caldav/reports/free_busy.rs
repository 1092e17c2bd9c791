//! `free-busy-query`: when somebody is busy, without what with.

use http::StatusCode;

use super::{calendar, filter, listing, viewer};
use crate::caldav::answers::Refused;
use crate::caldav::calls::{Caller, Outcome};
use crate::caldav::places::Place;
use crate::caldav::state::State;
use crate::caldav::text::times::{Series, stamp};
use crate::caldav::text::{Component, FOLDED, Line};
use crate::caldav::xml::{CALDAV, Element};
use crate::message::Reply;

/// Answers the report.
pub(super) fn report(state: &mut State, caller: &Caller, root: &Element, place: &Place) -> Outcome {
    if !state.quirks.query.free_busy {
        return Err(Refused::of(400));
    }
    let (held, access) = calendar(state, place)?;
    let window = root.find(CALDAV, "time-range").map(filter::window);
    let Some((Some(from), Some(until))) = window else { return Err(Refused::of(400)) };
    let viewer = viewer(state);
    let mut spans = Vec::new();
    for (_, item) in listing(state, held, access, state.shown(held, caller.stale)) {
        let Ok(object) = Component::parse(item.text.as_deref().unwrap_or_default()) else { continue };
        for one in Series::of(&object).within((from, until), &viewer).unwrap_or_default() {
            let free =
                one.entry.value("TRANSP").is_some_and(|value| value.eq_ignore_ascii_case("TRANSPARENT"));
            let off = one.entry.value("STATUS").is_some_and(|value| value.eq_ignore_ascii_case("CANCELLED"));
            if !free && !off {
                spans.push((
                    one.span.start_instant(&viewer).max(from),
                    one.span.end_instant(&viewer).min(until),
                ));
            }
        }
    }
    spans.sort();
    let mut busy = Component::new("VFREEBUSY");
    busy.lines = vec![
        Line::new("DTSTAMP", &stamp(state.core.now)),
        Line::new("DTSTART", &stamp(from)),
        Line::new("DTEND", &stamp(until)),
    ];
    busy.lines.extend(
        spans
            .into_iter()
            .map(|(start, end)| Line::new("FREEBUSY", &format!("{}/{}", stamp(start), stamp(end)))),
    );
    let mut whole = Component::new("VCALENDAR");
    whole.lines = vec![Line::new("VERSION", "2.0"), Line::new("PRODID", super::super::PRODUCT)];
    whole.parts.push(busy);
    Ok(Reply::new(StatusCode::OK, "text/calendar; charset=utf-8", whole.render(FOLDED)))
}
