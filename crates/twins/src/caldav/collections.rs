//! Calendars: MKCALENDAR, extended MKCOL (RFC 5689), DELETE.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::SignedDuration;

use super::answers::Refused;
use super::calls::{Caller, Outcome, document};
use super::places::{Place, Which};
use super::propfind::{components, write};
use super::state::{Access, Kind, State, described};
use super::switches::Make;
use super::xml::{CALDAV, DAV, Element, caldav, dav};
use crate::message::{Call, Reply};

/// Answers MKCALENDAR and MKCOL.
pub(super) fn make(state: &mut State, caller: &Caller, call: &Call, place: &Place) -> Outcome {
    let by_mkcol = call.method.as_str() == "MKCOL";
    let quirks = state.quirks.calendars.clone();
    let possible = match quirks.make {
        Make::Both => true,
        Make::Mkcalendar => !by_mkcol,
        Make::Mkcol => by_mkcol,
        Make::Refused => false,
    };
    if !possible {
        return Err(Refused::of(if quirks.make == Make::Refused { 403 } else { 405 }));
    }
    let Place::Collection(user, slug) = place else {
        return Err(Refused::because(403, caldav("calendar-collection-location-ok")));
    };
    if *user != caller.user || call_is_in_second_home(state, call) {
        return Err(Refused::needs("bind", &state.href(&Place::Home(user.clone(), Which::First))));
    }
    if state.kind_of(user, slug).is_some() {
        return Err(Refused::because(quirks.existing, dav("resource-must-be-null")));
    }
    let root = document(state, call)?;
    let set: Vec<Element> = root
        .iter()
        .flat_map(|root| root.all(DAV, "set"))
        .filter_map(|set| set.find(DAV, "prop"))
        .flat_map(Element::elements)
        .cloned()
        .collect();
    if by_mkcol {
        let kinds = set.iter().find(|property| property.is(DAV, "resourcetype"));
        if kinds.is_none_or(|kinds| kinds.find(CALDAV, "calendar").is_none()) {
            return Err(Refused::because(403, dav("valid-resourcetype")));
        }
    }
    let name =
        set.iter().find(|property| property.is(DAV, "displayname")).map(Element::text).unwrap_or_default();
    if quirks.name_required && name.is_empty() {
        return Err(Refused::of(400).saying("a calendar needs a name"));
    }
    if !name.is_empty() && name.chars().count() < quirks.shortest_name {
        return Err(Refused::of(403).saying("the name is too short"));
    }
    allowed(state, user, slug)?;
    let id = state.add_collection(user, slug, Kind::Calendar, BTreeMap::new());
    if let Some(held) = state.users.get_mut(user) {
        held.made.push(state.core.now);
    }
    for property in set {
        if property.is(CALDAV, "supported-calendar-component-set") {
            if !quirks.ignores_components {
                write(state, &id, components(&property), true);
            }
        } else if !super::properties::is_protected(&property) {
            write(state, &id, property, true);
        }
    }
    let named = state.collections.get(&id).is_some_and(|held| !held.components().is_empty());
    if !named && !quirks.usual_components.is_empty() {
        let usual: Vec<&str> = quirks.usual_components.iter().map(String::as_str).collect();
        let set = described("", "", &usual).into_values();
        set.filter(|property| property.space == CALDAV).for_each(|set| write(state, &id, set, true));
    }
    if quirks.ignores_components {
        let all = described("", "", &["VEVENT", "VTODO", "VJOURNAL"]);
        let all = all.into_values().find(|property| property.is(CALDAV, "supported-calendar-component-set"));
        all.into_iter().for_each(|all| write(state, &id, all, true));
    }
    Ok(Reply::empty(StatusCode::CREATED))
}

/// Whether somebody may make one more calendar.
fn allowed(state: &State, user: &str, slug: &str) -> Result<(), Refused> {
    let quirks = &state.quirks.calendars;
    let Some(held) = state.users.get(user) else { return Err(Refused::of(404)) };
    let gone_for = held.burnt.get(slug).map(|at| state.core.now.duration_since(*at).as_millis());
    if gone_for.is_some_and(|ms| ms < i128::from(quirks.remake_fails_ms)) {
        return Err(Refused::of(500));
    }
    if quirks.burnt_names && held.burnt.contains_key(slug) {
        return Err(Refused::of(405).saying("a calendar of that name is in the trashbin"));
    }
    if quirks.most.is_some_and(|most| held.mounts.len() >= most) {
        return Err(Refused::of(403).saying("there are too many calendars"));
    }
    let hour = SignedDuration::from_hours(1);
    let late = held.made.iter().filter(|at| state.core.now.duration_since(**at) < hour).count();
    if quirks.per_hour.is_some_and(|most| late >= most as usize) {
        let error = super::xml::element("http://sabredav.org/ns", "exception").saying("TooManyRequests");
        return Err(Refused::because(429, error).saying("Too many calendars created"));
    }
    Ok(())
}

fn call_is_in_second_home(state: &State, call: &Call) -> bool {
    state
        .quirks
        .discovery
        .second_home
        .as_ref()
        .is_some_and(|_| matches!(state.place(parent(&call.path)), Place::Home(_, Which::Second)))
}

fn parent(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rfind('/').map_or("/", |at| &path[..=at])
}

/// Deletes a calendar; one that is shared only leaves the home of who deletes it.
pub(super) fn remove(state: &mut State, caller: &Caller, place: &Place) -> Result<(), Refused> {
    let Place::Collection(user, slug) = place else { return Err(Refused::of(403)) };
    let href = state.href(place);
    if *user != caller.user {
        return Err(Refused::needs("unbind", &href));
    }
    let Some((held, access)) = state.mounted(user, slug) else {
        return Err(match state.kind_of(user, slug) {
            Some(_) => Refused::of(403),
            None => Refused::of(404),
        });
    };
    if !state.quirks.calendars.deletable {
        return Err(Refused::of(405));
    }
    let (id, own) = (held.id.clone(), held.owner == *user);
    match own {
        true => state.remove_collection(&id),
        false if access >= Access::FreeBusy => {
            if let Some(held) = state.users.get_mut(user) {
                held.mounts.remove(slug);
            }
        }
        false => return Err(Refused::needs("unbind", &href)),
    }
    Ok(())
}
