//! PROPFIND and PROPPATCH.

use super::answers::{Refused, Response, What, multistatus};
use super::calls::{Caller, Outcome, depth, document, endless};
use super::places::{Place, Which};
use super::properties::{self, Properties, is_protected};
use super::reports::listing;
use super::state::{Access, State};
use super::xml::{APPLE, CALDAV, DAV, Element, dav, element};
use crate::message::Call;

/// What is asked for.
enum Asked {
    All { types: bool },
    Names,
    These(Vec<Element>),
}

/// Answers PROPFIND.
pub(super) fn find(state: &mut State, caller: &Caller, call: &Call, place: &Place) -> Outcome {
    let Some(depth) = depth(call) else { return Err(endless()) };
    let asked = asked(state, call)?;
    let user = match place {
        Place::Home(user, _) | Place::Collection(user, _) | Place::Object(user, ..) => Some(user),
        _ => None,
    };
    if user.is_some_and(|user| *user != caller.user) {
        return Err(Refused::needs("read", &state.href(place)));
    }
    let discovery = &state.quirks.discovery;
    if depth == 1 && discovery.no_principal_depth_one && matches!(place, Place::Principal(_)) {
        return Err(Refused::of(400));
    }
    let Some(own) = properties::of(state, caller, place) else {
        if state.quirks.wire.missing_as_207 {
            let missing = Response { href: call.path.clone(), what: What::Status(404, None) };
            return Ok(multistatus(state, vec![missing], None));
        }
        return Err(Refused::of(404));
    };
    let mut responses = vec![response(state.href(place), own, &asked)];
    if depth == 1 {
        for child in children(state, caller, place) {
            if let Some(held) = properties::of(state, caller, &child) {
                responses.push(response(state.href(&child), held, &asked));
            }
        }
        if let Place::Home(user, Which::First) = place
            && state.quirks.discovery.siblings
        {
            let home = state.href(place);
            for slug in state.in_home(user, Which::First) {
                for kind in ["ics", "xml"] {
                    let mut file = Properties::default();
                    file.0.insert(format!("{{{DAV}}}resourcetype"), dav("resourcetype"));
                    responses.push(response(format!("{home}{slug}.{kind}"), file, &asked));
                }
            }
        }
    }
    Ok(multistatus(state, responses, None))
}

/// What is in a place, as lists show it.
fn children(state: &State, caller: &Caller, place: &Place) -> Vec<Place> {
    match place {
        Place::Home(user, which) => {
            let slugs = state.in_home(user, *which).into_iter();
            slugs.map(|slug| Place::Collection(user.clone(), slug)).collect()
        }
        Place::Collection(user, slug) => {
            let Some((held, access)) = state.mounted(user, slug) else { return Vec::new() };
            let upto = state.shown(held, caller.stale);
            listing(state, held, access, upto)
                .map(|(name, _)| Place::Object(user.clone(), slug.clone(), name.to_owned()))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn asked(state: &State, call: &Call) -> Result<Asked, Refused> {
    let all = Asked::All { types: !state.quirks.discovery.bare_allprop };
    let Some(root) = document(state, call)? else { return Ok(all) };
    if !root.is(DAV, "propfind") {
        return Err(Refused::of(400).saying(format!("{} is not a propfind", root.name)));
    }
    match root.find(DAV, "prop") {
        Some(prop) => Ok(Asked::These(prop.elements().cloned().collect())),
        None if root.find(DAV, "propname").is_some() => Ok(Asked::Names),
        None => Ok(all),
    }
}

fn response(href: String, mut held: Properties, asked: &Asked) -> Response {
    let (found, missing) = match asked {
        // What CalDAV adds is not in it (RFC 4791, 5.2).
        Asked::All { types } => {
            if !types {
                held.0.remove(&format!("{{{DAV}}}resourcetype"));
            }
            let plain = |property: &Element| {
                property.space == DAV
                    && !["current-user-privilege-set", "owner"].contains(&property.name.as_str())
            };
            (held.0.into_values().filter(plain).collect(), Vec::new())
        }
        Asked::Names => (held.0.values().map(Element::bare).collect(), Vec::new()),
        Asked::These(names) => held.asked(names),
    };
    Response { href, what: What::Properties { found, missing } }
}

/// Whether a call asks who is asking.
pub(super) fn asks_who_asks(state: &State, call: &Call) -> bool {
    let names = |property: &Element| property.is(DAV, "current-user-principal");
    call.method.as_str() == "PROPFIND"
        && matches!(asked(state, call), Ok(Asked::These(all)) if all.iter().any(names))
}

/// Answers PROPFIND to whoever is not signed in, where that is answered.
pub(super) fn anonymous(state: &mut State, call: &Call, place: &Place) -> Outcome {
    if !matches!(place, Place::Root | Place::Between) {
        return Err(super::signin::unauthorized(state));
    }
    let asked = asked(state, call)?;
    let mut held = Properties::default();
    for property in [
        dav("resourcetype").with(dav("collection")),
        dav("current-user-principal").with(dav("unauthenticated")),
    ] {
        held.0.insert(property.full_name(), property);
    }
    let responses = vec![response(state.href(place), held, &asked)];
    Ok(multistatus(state, responses, None))
}

/// Answers PROPPATCH: all of it is done, or nothing.
pub(super) fn patch(state: &mut State, caller: &Caller, call: &Call, place: &Place) -> Outcome {
    let href = state.href(place);
    let root = document(state, call)?.filter(|root| root.is(DAV, "propertyupdate"));
    let root = root.ok_or_else(|| Refused::of(400).saying("there is no propertyupdate"))?;
    let Place::Collection(user, slug) = place else { return Err(Refused::of(403)) };
    let (held, access) = state.mounted(user, slug).ok_or_else(|| Refused::of(404))?;
    if *user != caller.user || access < Access::Owner || !state.quirks.calendars.properties {
        return Err(Refused::needs("write-properties", &href));
    }
    let id = held.id.clone();
    let mut changes = Vec::new();
    for step in root.elements() {
        for property in step.find(DAV, "prop").into_iter().flat_map(Element::elements) {
            changes.push((property.clone(), step.is(DAV, "set")));
        }
    }
    let (bad, good): (Vec<_>, Vec<_>) = changes.into_iter().partition(|(property, _)| is_protected(property));
    let names = |changes: &[(Element, bool)]| changes.iter().map(|(one, _)| one.bare()).collect::<Vec<_>>();
    let what = if bad.is_empty() {
        let told = names(&good);
        for (property, set) in good {
            write(state, &id, property, set);
        }
        What::Properties { found: told, missing: Vec::new() }
    } else {
        let mut groups = vec![(403, names(&bad), Some(dav("cannot-modify-protected-property")))];
        if !good.is_empty() {
            groups.push((424, names(&good), None));
        }
        What::Groups(groups)
    };
    Ok(multistatus(state, vec![Response { href, what }], None))
}

/// Writes a property of a collection, or takes it away.
pub(super) fn write(state: &mut State, id: &str, property: Element, set: bool) {
    let ignored = state.quirks.calendars.ignores_colour_words
        && property.is(APPLE, "calendar-color")
        && !property.text().starts_with('#');
    let Some(held) = state.collections.get_mut(id).filter(|_| !ignored) else { return };
    held.touched += 1;
    match set {
        true => drop(held.properties.insert(property.full_name(), property)),
        false => drop(held.properties.remove(&property.full_name())),
    }
}

/// The components that a set names, or any.
pub(super) fn components(set: &Element) -> Element {
    let names = set.all(CALDAV, "comp").filter_map(|comp| comp.attribute("name"));
    let comps = names.map(|name| element(CALDAV, "comp").having("name", name));
    set.bare().with_all(comps)
}
