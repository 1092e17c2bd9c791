//! REPORT: changes, queries, many objects at once.

mod filter;
mod free_busy;
mod multiget;
pub(super) use multiget::path as path_of;
mod query;
mod search;
pub(super) mod sync;

use concord_model::time::Zone;

use super::answers::Refused;
use super::calls::{Caller, Outcome, document};
use super::places::Place;
use super::properties::{Properties, listed_etag};
use super::state::{Access, Collection, Item, State};
use super::switches::{Expand, Private};
use super::text::{Component, expand, times};
use super::xml::{CALDAV, DAV, Element, caldav, dav};
use crate::message::Call;

/// Answers REPORT.
pub(super) fn answer(state: &mut State, caller: &Caller, call: &Call, place: &Place) -> Outcome {
    let root = document(state, call)?.ok_or_else(|| Refused::of(400).saying("a report has a body"))?;
    let owner = match place {
        Place::Home(user, _) | Place::Collection(user, _) | Place::Object(user, ..) => Some(user),
        _ => None,
    };
    if owner.is_some_and(|user| *user != caller.user) {
        return Err(Refused::needs("read", &state.href(place)));
    }
    match (root.space.as_str(), root.name.as_str()) {
        (DAV, "sync-collection") if state.quirks.sync.supported => sync::report(state, caller, &root, place),
        (CALDAV, "calendar-query") => query::report(state, caller, call, &root, place),
        (CALDAV, "calendar-multiget") => multiget::report(state, caller, &root, place),
        (DAV, "principal-property-search") if state.quirks.discovery.principal_search => {
            search::report(state, caller, &root)
        }
        (CALDAV, "free-busy-query") => free_busy::report(state, caller, &root, place),
        _ => Err(Refused::because(403, dav("supported-report"))),
    }
}

/// A calendar that a report is about, by its owner's home and its name.
fn calendar<'a>(state: &'a State, place: &'a Place) -> Result<(&'a Collection, Access), Refused> {
    match place {
        Place::Collection(user, slug) => state.mounted(user, slug).ok_or_else(|| Refused::of(404)),
        Place::Nowhere => Err(Refused::of(404)),
        _ => Err(Refused::because(403, dav("supported-report"))),
    }
}

/// What a list of a collection shows, by name.
pub(super) fn listing<'a>(
    state: &'a State,
    held: &'a Collection,
    access: Access,
    upto: u64,
) -> impl Iterator<Item = (&'a str, &'a Item)> {
    held.items.all(upto).filter(move |(name, item)| !item.is_gone() && is_listed(state, name, item, access))
}

/// Whether somebody with that access finds an object in lists.
fn is_listed(state: &State, name: &str, item: &Item, access: Access) -> bool {
    let hidden = state.quirks.people.private == Private::Hidden && access < Access::Owner && is_private(item);
    let vanished = state.quirks.wire.percents_vanish && name.contains('%');
    !hidden && !vanished
}

fn is_private(item: &Item) -> bool {
    let text = item.text.as_deref().unwrap_or_default();
    text.contains("CLASS:PRIVATE") || text.contains("CLASS:CONFIDENTIAL")
}

/// The text of an object as somebody with that access sees it.
pub(super) fn shown_text(state: &State, item: &Item, access: Access) -> String {
    let text = item.text.clone().unwrap_or_default();
    let guarded = access == Access::FreeBusy || (access < Access::Owner && is_private(item));
    match state.quirks.people.private {
        Private::Stub if guarded => stub(&text),
        Private::Empty if guarded => String::new(),
        _ if access == Access::FreeBusy => stub(&text),
        _ => text,
    }
}

/// An object of which nothing is left but when somebody is busy.
fn stub(text: &str) -> String {
    let Ok(mut calendar) = Component::parse(text) else { return String::new() };
    const KEPT: [&str; 11] = [
        "UID",
        "DTSTAMP",
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "TRANSP",
        "CLASS",
    ];
    for entry in calendar.entries_mut() {
        entry.lines.retain(|line| KEPT.iter().any(|name| line.is(name)));
        entry.lines.push(super::text::Line::new("SUMMARY", "Busy"));
        entry.parts.clear();
    }
    calendar.render(super::text::FOLDED)
}

/// Which calendar data is asked for.
struct Data {
    wanted: bool,
    expand: Option<(jiff::Timestamp, jiff::Timestamp)>,
}

impl Data {
    /// Of the properties that a report asks for.
    fn of(state: &State, asked: &[Element]) -> Result<Data, Refused> {
        let Some(data) = asked.iter().find(|one| one.is(CALDAV, "calendar-data")) else {
            return Ok(Data { wanted: false, expand: None });
        };
        let Some(expand) = data.find(CALDAV, "expand") else {
            return Ok(Data { wanted: true, expand: None });
        };
        let at = |key: &str| expand.attribute(key).and_then(times::instant);
        let window = at("start").zip(at("end")).ok_or_else(|| Refused::of(400))?;
        match state.quirks.query.expand {
            Expand::Refused => Err(Refused::of(400)),
            Expand::Ignored => Ok(Data { wanted: true, expand: None }),
            Expand::Done | Expand::FailsOnExceptions => Ok(Data { wanted: true, expand: Some(window) }),
        }
    }
}

/// The properties of an object in a report.
fn object(state: &State, item: &Item, access: Access, data: &Data) -> Properties {
    let mut held = super::properties::of_object(state, item, access);
    if listed_etag(state, item).is_none() {
        held.0.remove(&format!("{{{DAV}}}getetag"));
    }
    if data.wanted {
        let mut text = shown_text(state, item, access);
        let expands = item.component != "VTODO" || state.quirks.query.expands_tasks;
        if let (Some(window), true, Ok(calendar)) = (data.expand, expands, Component::parse(&text)) {
            text = expand::expanded(&calendar, window, &viewer(state)).unwrap_or(text);
        }
        let told = caldav("calendar-data").saying(text);
        held.0.insert(told.full_name(), told);
    }
    held
}

/// On whose clock floating times are read.
pub(super) fn viewer(state: &State) -> Zone {
    Zone::new(&state.settings.time_zone).unwrap_or_else(|_| Zone::utc())
}

/// The properties that a report asks for.
fn asked(root: &Element) -> Vec<Element> {
    root.find(DAV, "prop").map(|prop| prop.elements().cloned().collect()).unwrap_or_default()
}
