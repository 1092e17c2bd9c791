//! MOVE and COPY of objects (RFC 4918, 9.8 and 9.9).

use http::StatusCode;

use super::answers::Refused;
use super::calls::{Caller, Outcome};
use super::conditions;
use super::objects::{Spot, acceptable, writable};
use super::places::Place;
use super::reports::path_of;
use super::state::{Item, State};
use super::switches::{EtagOf, Moves};
use crate::message::{Call, Reply};

/// Answers MOVE and COPY.
pub(super) fn relocate(state: &mut State, caller: &Caller, call: &Call, place: &Place) -> Outcome {
    let moves = call.method.as_str() == "MOVE";
    match state.quirks.write.moves {
        Moves::Both => {}
        Moves::MoveOnly if moves => {}
        _ => return Err(Refused::of(405)),
    }
    let Place::Object(user, slug, name) = place else { return Err(Refused::of(403)) };
    let source =
        state.mounted(user, slug).filter(|_| *user == caller.user).ok_or_else(|| Refused::of(404))?.0;
    let (from, item) = (source.id.clone(), source.item(name).cloned().ok_or_else(|| Refused::of(404))?);
    if moves {
        writable(state, caller, place, "unbind")?;
        conditions::of_delete(state, call, &item)?;
    }
    let to = call.header("destination").ok_or_else(|| Refused::of(400).saying("Destination is missing"))?;
    let target = state.place(&path_of(to));
    let Place::Object(other, other_slug, new) = &target else { return Err(Refused::of(409)) };
    let over = state.mounted(other, other_slug).and_then(|(held, _)| held.item(new)).cloned();
    let into =
        writable(state, caller, &target, if over.is_some() { "write-content" } else { "bind" })?.id.clone();
    if over.is_some() && call.header("overwrite").is_some_and(|value| value.trim().eq_ignore_ascii_case("F"))
    {
        return Err(Refused::of(412));
    }
    let text = item.text.clone().unwrap_or_default();
    let leaving = moves.then_some((from.as_str(), name.as_str()));
    let spot = Spot { collection: &into, name: new, known: over.as_ref(), from: leaving };
    acceptable(state, &spot, &text)?;
    if moves {
        state.remove_item(&from, name, &caller.by);
    }
    // The same object at another place: nobody is invited again.
    let etag = match state.quirks.write.etag_of {
        EtagOf::Text => item.etag.clone(),
        EtagOf::Count => state.etag_of(&text),
    };
    let what = if moves { "moved" } else { "copied" };
    let there = Item { etag, at: state.core.now, schedule_tag: state.next(), ..item };
    state.put_item(&into, new, there, what, &caller.by);
    Ok(Reply::empty(if over.is_some() { StatusCode::NO_CONTENT } else { StatusCode::CREATED }))
}
