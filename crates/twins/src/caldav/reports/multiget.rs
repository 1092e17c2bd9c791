//! `calendar-multiget`: many objects by their hrefs.

use std::time::Duration;

use super::{Data, asked, object};
use crate::caldav::answers::{Refused, Response, What, multistatus};
use crate::caldav::calls::{Caller, Outcome};
use crate::caldav::places::Place;
use crate::caldav::properties::seen;
use crate::caldav::state::State;
use crate::caldav::switches::Missing;
use crate::caldav::xml::{DAV, Element, dav};

/// Answers the report.
pub(super) fn report(state: &mut State, caller: &Caller, root: &Element, place: &Place) -> Outcome {
    let asked = asked(root);
    let data = Data::of(state, &asked)?;
    let query = &state.quirks.query;
    let hrefs: Vec<String> = root.all(DAV, "href").map(Element::text).collect();
    if query.most.is_some_and(|most| hrefs.len() > most) {
        return Err(Refused::because(403, dav("number-of-matches-within-limits")));
    }
    let delay = query.delay_ms.map(Duration::from_millis);
    let mut responses = Vec::new();
    for href in hrefs.iter().take(query.answered.unwrap_or(usize::MAX)) {
        let target = path(href);
        let there = state.place(&target);
        let (within, name) = match &there {
            Place::Object(user, slug, name) => (Place::Collection(user.clone(), slug.clone()), name),
            _ => (Place::Nowhere, &target),
        };
        let own = matches!(&within, Place::Collection(user, _) if *user == caller.user);
        let held = match &within {
            Place::Collection(user, slug) if own => state.mounted(user, slug),
            _ => None,
        };
        let beneath = *place == within || matches!(place, Place::Home(..));
        let found =
            held.filter(|_| beneath).and_then(|(held, access)| Some((seen(held, name, caller)?, access)));
        let as_listed = || if found.is_some() { state.href(&there) } else { href.clone() };
        let href = if state.quirks.wire.hrefs_as_asked { href.clone() } else { as_listed() };
        let what = match (found, query.missing) {
            (Some((item, access)), _) => {
                let (found, missing) = object(state, item, access, &data).asked(&asked);
                What::Properties { found, missing }
            }
            (None, Missing::NotFound) => What::Status(404, None),
            (None, Missing::Omitted) => continue,
            (None, Missing::WholeFails) => return Err(Refused::of(404).saying("a node could not be found")),
        };
        responses.push(Response { href, what });
    }
    let mut reply = multistatus(state, responses, None);
    reply.delay = delay;
    Ok(reply)
}

/// The path of an href: whole URLs lose their host.
pub(in crate::caldav) fn path(href: &str) -> String {
    match href.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or_else(|| "/".to_owned(), |at| rest[at..].to_owned()),
        None => href.to_owned(),
    }
}
