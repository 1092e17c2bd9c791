//! `principal-property-search` (RFC 3744, 9.4): people by their names and addresses.

use super::asked;
use crate::caldav::answers::{Response, What, multistatus};
use crate::caldav::calls::{Caller, Outcome};
use crate::caldav::places::Place;
use crate::caldav::properties;
use crate::caldav::state::State;
use crate::caldav::xml::{Child, DAV, Element};

/// Answers the report.
pub(super) fn report(state: &mut State, caller: &Caller, root: &Element) -> Outcome {
    let names = asked(root);
    let any = root.attribute("test") == Some("anyof");
    let mut responses = Vec::new();
    for user in state.users.keys() {
        let place = Place::Principal(user.clone());
        let Some(own) = properties::of(state, caller, &place) else { continue };
        let mut searches = root.all(DAV, "property-search").map(|search| {
            let sought = search.find(DAV, "match").map(Element::text).unwrap_or_default().to_lowercase();
            let properties = search.find(DAV, "prop").into_iter().flat_map(Element::elements);
            properties
                .filter_map(|property| own.0.get(&property.full_name()))
                .any(|property| whole_text(property).to_lowercase().contains(&sought))
        });
        let found = if any { searches.any(|found| found) } else { searches.all(|found| found) };
        if found {
            let (found, missing) = own.asked(&names);
            responses.push(Response { href: state.href(&place), what: What::Properties { found, missing } });
        }
    }
    Ok(multistatus(state, responses, None))
}

fn whole_text(element: &Element) -> String {
    let texts = element.children.iter().map(|child| match child {
        Child::Element(element) => whole_text(element),
        Child::Text(text) => text.clone(),
    });
    texts.collect()
}
