//! Objects: GET, PUT, DELETE.

use http::{HeaderName, StatusCode, header};

use super::answers::{Refused, quoted, xml_reply};
use super::calls::{Caller, Outcome};
use super::conditions;
use super::places::Place;
use super::properties::seen;
use super::reports::{shown_text, viewer};
use super::scheduling::{self, Outgoing};
use super::state::{Access, Collection, Item, Kind, State};
use super::switches::{EtagForm, Filed, PutEtag, UidFault, Uids};
use super::text::check::{Checked, check};
use super::text::times::{instant, span};
use super::text::{FOLDED, rewrite, unfold_bytes};
use super::xml::{caldav, dav};
use crate::clock::http_date;
use crate::message::{Call, Reply};

/// Answers GET and HEAD.
pub(super) fn get(state: &mut State, caller: &Caller, call: &Call, place: &Place) -> Outcome {
    let Place::Object(user, slug, name) = place else {
        return match super::properties::of(state, caller, place) {
            Some(_) if state.quirks.wire.html_errors => Err(Refused::of(400)),
            Some(_) => Ok(Reply::html(StatusCode::OK, "<html><body>A collection</body></html>".to_owned())),
            None => Err(Refused::of(404)),
        };
    };
    if *user != caller.user {
        return Err(Refused::needs("read", &state.href(place)));
    }
    let (held, access) = state.mounted(user, slug).ok_or_else(|| Refused::of(404))?;
    let item = seen(held, name, caller).ok_or_else(|| Refused::of(404))?;
    let etag = match state.quirks.write.etag_form {
        EtagForm::Bare => item.etag.clone(),
        EtagForm::Gzip => quoted(&format!("{}-gzip", item.etag)),
        _ => quoted(&item.etag),
    };
    let kind = item.component.to_ascii_lowercase();
    let mut reply =
        Reply::new(StatusCode::OK, "text/calendar; charset=utf-8", shown_text(state, item, access));
    if call.header("if-none-match").is_some_and(|known| known == etag) {
        reply = Reply::empty(StatusCode::NOT_MODIFIED);
    } else if let Ok(kind) = format!("text/calendar; charset=utf-8; component={kind}").parse() {
        reply.headers.insert(header::CONTENT_TYPE, kind);
    }
    if state.quirks.people.schedule_tags {
        reply = reply.with(SCHEDULE_TAG, &quoted(&format!("st-{}", item.schedule_tag)));
    }
    Ok(reply.with(header::ETAG, &etag).with(header::LAST_MODIFIED, &http_date(item.at)))
}

const SCHEDULE_TAG: HeaderName = HeaderName::from_static("schedule-tag");

/// A calendar that somebody may write objects into.
pub(super) fn writable<'a>(
    state: &'a State,
    caller: &Caller,
    place: &Place,
    privilege: &str,
) -> Result<&'a Collection, Refused> {
    let Place::Object(user, slug, _) = place else { return Err(Refused::of(405)) };
    let parent = Place::Collection(user.clone(), slug.clone());
    if *user != caller.user {
        return Err(Refused::needs(privilege, &state.href(&parent)));
    }
    let Some((held, access)) = state.mounted(user, slug) else {
        return match state.kind_of(user, slug) {
            Some(_) => Err(Refused::needs(privilege, &state.href(&parent))),
            None => Err(Refused::of(state.quirks.write.no_parent)),
        };
    };
    if access < Access::Writer || held.kind != Kind::Calendar {
        return Err(Refused::needs(privilege, &state.href(&parent)));
    }
    let lock = state.quirks.load.lock_ms;
    let wait = |at: jiff::Timestamp| state.core.now.duration_since(at).as_millis();
    if lock > 0 && held.written_at.is_some_and(|at| (0..i128::from(lock)).contains(&wait(at))) {
        return Err(Refused::because(423, dav("lock-token-submitted")));
    }
    Ok(held)
}

/// Answers PUT.
pub(super) fn put(state: &mut State, caller: &Caller, call: &Call, place: &Place) -> Outcome {
    let Place::Object(user, slug, name) = place else { return Err(Refused::of(405)) };
    let known = state.mounted(user, slug).and_then(|(held, _)| held.item(name)).cloned();
    let privilege = if known.is_some() { "write-content" } else { "bind" };
    let id = writable(state, caller, place, privilege)?.id.clone();
    let write = state.quirks.write.clone();
    if write.plain_names && name.contains([':', ';', '|', '\\', '<', '>']) {
        return Err(Refused::of(400).saying("the name is not safe"));
    }
    let kind = call.header("content-type").unwrap_or("text/calendar").to_ascii_lowercase();
    if write.type_required && !kind.starts_with("text/calendar") {
        return Err(Refused::because(415, caldav("supported-calendar-data")));
    }
    conditions::of_put(state, call, known.as_ref())?;
    if write.largest.is_some_and(|largest| call.body.len() > largest) {
        return Err(Refused::because(write.largest_status, caldav("max-resource-size")));
    }
    let sent = match String::from_utf8(call.body.to_vec()) {
        Ok(text) => text,
        // A fold may have split a character.
        Err(_) => String::from_utf8(unfold_bytes(&call.body))
            .map_err(|_| Refused::because(write.invalid_status, caldav("valid-calendar-data")))?,
    };
    let checked =
        acceptable(state, &Spot { collection: &id, name, known: known.as_ref(), from: None }, &sent)?;
    let quiet = call.header("schedule-reply").is_some_and(|value| value.trim().eq_ignore_ascii_case("F"));
    let filed = match write.filed {
        Filed::ToldAnew | Filed::SilentlyAnew if known.is_none() => format!("filed-{}.ics", state.next()),
        _ => name.clone(),
    };
    let stored = store(state, caller, &id, &filed, &sent, checked, quiet)?;
    if write.representation
        && call.header("prefer").is_some_and(|value| value.contains("return=representation"))
    {
        let text = stored.text.clone().unwrap_or_default();
        let reply = Reply::new(StatusCode::OK, "text/calendar; charset=utf-8", text);
        return Ok(reply.with(header::ETAG, &quoted(&stored.etag)));
    }
    let status = if known.is_some() { write.updated } else { 201 };
    let reply = Reply::empty(StatusCode::from_u16(status).unwrap_or(StatusCode::NO_CONTENT));
    let reply = match write.filed {
        Filed::ToldAnew if filed != *name => {
            let above = call.path.rsplit_once('/').map_or("", |(above, _)| above);
            reply.with(header::LOCATION, &format!("{above}/{filed}"))
        }
        _ => reply,
    };
    Ok(told(state, reply, &stored, known.as_ref(), stored.text.as_deref() != Some(&sent)))
}

/// The answer to a PUT with as much of the new version as the server tells.
fn told(state: &mut State, reply: Reply, stored: &Item, before: Option<&Item>, altered: bool) -> Reply {
    let (write, people) = (&state.quirks.write, &state.quirks.people);
    let (how, form) = (write.put_etag, write.etag_form);
    let organizes = scheduling::organizes(stored.text.as_deref().unwrap_or_default());
    let silent = people.organizer_without_etag && organizes;
    let tag = people.schedule_tags.then(|| quoted(&format!("st-{}", stored.schedule_tag)));
    let etag = match how {
        _ if silent => None,
        PutEtag::Always => Some(&stored.etag),
        PutEtag::IfUnchanged => Some(&stored.etag).filter(|_| !altered),
        PutEtag::Never => None,
        PutEtag::Sometimes => state.core.chance.happens(0.5).then_some(&stored.etag),
        PutEtag::Stale => Some(before.map_or(&stored.etag, |before| &before.etag)),
    };
    let etag = etag.map(|etag| match form {
        EtagForm::Bare => etag.clone(),
        EtagForm::WeakOnPut => format!("W/{}", quoted(etag)),
        EtagForm::EncodedOnPut => format!("%22{etag}%22"),
        _ => quoted(etag),
    });
    let reply = etag.into_iter().fold(reply, |reply, etag| reply.with(header::ETAG, &etag));
    tag.into_iter().fold(reply, |reply, tag| reply.with(SCHEDULE_TAG, &tag))
}

/// Where something is to be stored.
pub(super) struct Spot<'a> {
    pub(super) collection: &'a str,
    pub(super) name: &'a str,
    /// What is there.
    pub(super) known: Option<&'a Item>,
    /// The collection and the name that it leaves for this place.
    pub(super) from: Option<(&'a str, &'a str)>,
}

/// Looks whether a text may be stored at a place.
pub(super) fn acceptable(state: &State, spot: &Spot<'_>, text: &str) -> Result<Checked, Refused> {
    let write = &state.quirks.write;
    let checked = check(text, write.allows_method).map_err(|fault| {
        let status =
            if fault.precondition == "supported-calendar-component" { 403 } else { write.invalid_status };
        Refused::because(status, caldav(fault.precondition)).saying(fault.words)
    })?;
    let held = state.collections.get(spot.collection).ok_or_else(|| Refused::of(404))?;
    let takes = held.components();
    let unfit =
        !takes.is_empty() && !takes.contains(&checked.kind) && !state.quirks.calendars.takes_any_component;
    if unfit || write.refused_components.contains(&checked.kind) {
        return Err(Refused::because(403, caldav("supported-calendar-component")));
    }
    for entry in checked.calendar.entries() {
        let endless =
            entry.name == "VEVENT" && entry.line("DTEND").is_none() && entry.line("DURATION").is_none();
        if let Some(status) = write.end_required.filter(|_| endless) {
            return Err(Refused::of(status));
        }
        if write.refused_properties.iter().any(|name| entry.line(name).is_some()) {
            return Err(Refused::of(400));
        }
        if write.most_attendees.is_some_and(|most| entry.all("ATTENDEE").count() > most) {
            return Err(Refused::because(403, caldav("max-attendees-per-instance")));
        }
        in_bounds(state, entry)?;
    }
    unique(state, held, spot, &checked)?;
    if spot.known.is_none() && write.most.is_some_and(|most| held.living().count() >= most) {
        return Err(Refused::because(507, dav("quota-not-exceeded")));
    }
    Ok(checked)
}

fn in_bounds(state: &State, entry: &super::text::Component) -> Result<(), Refused> {
    let Some((from, until)) = &state.quirks.write.dates else { return Ok(()) };
    let Some(span) = span(entry) else { return Ok(()) };
    let viewer = viewer(state);
    if instant(from).is_some_and(|from| span.start_instant(&viewer) < from) {
        return Err(Refused::because(403, caldav("min-date-time")));
    }
    if instant(until).is_some_and(|until| span.end_instant(&viewer) > until) {
        return Err(Refused::because(403, caldav("max-date-time")));
    }
    Ok(())
}

/// Whether a UID is free for a name.
fn unique(state: &State, held: &Collection, spot: &Spot<'_>, checked: &Checked) -> Result<(), Refused> {
    let write = &state.quirks.write;
    let conflict = |other: Option<String>| {
        let precondition = match write.uid_fault {
            UidFault::NoUidConflict => "no-uid-conflict",
            UidFault::UniqueSchedulingObjectResource => "unique-scheduling-object-resource",
            UidFault::Bare => return Refused::of(write.uid_status),
        };
        let href = other.map(|href| dav("href").saying(href));
        Refused::because(write.uid_status, caldav(precondition).with_all(href))
    };
    if spot.known.is_some_and(|known| known.uid != checked.uid) && !write.uid_may_change {
        return Err(conflict(slot(state, held, spot.name)));
    }
    let among: Vec<&Collection> = match write.uids {
        Uids::Free => return Ok(()),
        Uids::Calendar => vec![held],
        Uids::Account => state.collections.values().filter(|other| other.owner == held.owner).collect(),
    };
    for other in among {
        let taken = other.living().find(|(there, item)| {
            let here = other.id == held.id && *there == spot.name;
            item.uid == checked.uid && !here && spot.from != Some((other.id.as_str(), *there))
        });
        if let Some((there, _)) = taken {
            return Err(conflict(slot(state, other, there)));
        }
    }
    // The bin is looked into only for what is made new.
    if let Some(status) = write.trash_status.filter(|_| spot.known.is_none() && spot.from.is_none()) {
        let all = held.items.all(held.items.last());
        let in_bin = all
            .filter(|(there, _)| *there != spot.name)
            .any(|(_, item)| item.is_gone() && item.uid == checked.uid);
        if in_bin {
            return Err(Refused::of(status).saying("calendar object with that uid is in the trashbin"));
        }
    }
    Ok(())
}

/// Where an object stands, as its owner finds it.
fn slot(state: &State, held: &Collection, name: &str) -> Option<String> {
    let user = state.users.get(&held.owner)?;
    let (slug, _) = user.mounts.iter().find(|(_, mount)| mount.collection == held.id)?;
    Some(state.href(&Place::Object(held.owner.clone(), slug.clone(), name.to_owned())))
}

/// Stores what was accepted, and lets its guests know. Returns what is there then.
pub(super) fn store(
    state: &mut State,
    caller: &Caller,
    collection: &str,
    name: &str,
    sent: &str,
    checked: Checked,
    quiet: bool,
) -> Result<Item, Refused> {
    let known = state.collections.get(collection).and_then(|held| held.item(name)).cloned();
    let outgoing = Outgoing { caller, collection, name, before: known.as_ref(), quiet };
    let scheduled = scheduling::write(state, &outgoing, &checked)?;
    let text = match &scheduled {
        Some(calendar) => calendar.render(FOLDED),
        None => sent.to_owned(),
    };
    let calendar = scheduled.as_ref().unwrap_or(&checked.calendar);
    let text = rewrite::stored(&text, calendar, &state.quirks.text, state.core.now);
    let what = if known.is_some() { "changed" } else { "created" };
    // A guest's answer leaves the schedule tag as it is; every write through the calendar itself moves it.
    let item = Item {
        etag: state.etag_of(&text),
        text: Some(text),
        uid: checked.uid,
        component: checked.kind,
        at: state.core.now,
        schedule_tag: state.next(),
    };
    state.put_item(collection, name, item.clone(), what, &caller.by);
    Ok(item)
}

/// Answers DELETE, of an object or of a whole calendar.
pub(super) fn delete(state: &mut State, caller: &Caller, call: &Call, place: &Place) -> Outcome {
    let deleted = StatusCode::from_u16(state.quirks.write.deleted).unwrap_or(StatusCode::NO_CONTENT);
    let (user, slug, name) = match place {
        Place::Object(user, slug, name) => (user, slug, name),
        Place::Collection(..) => {
            super::collections::remove(state, caller, place)?;
            return Ok(Reply::empty(deleted));
        }
        Place::Nowhere => return Err(Refused::of(404)),
        _ => return Err(Refused::of(403)),
    };
    let missing = Refused::of(state.quirks.write.delete_missing);
    let there = state.mounted(user, slug).and_then(|(held, _)| held.item(name)).cloned();
    let Some(there) = there.filter(|_| *user == caller.user) else { return Err(missing) };
    let id = writable(state, caller, place, "unbind")?.id.clone();
    conditions::of_delete(state, call, &there)?;
    let quiet = call.header("schedule-reply").is_some_and(|value| value.trim().eq_ignore_ascii_case("F"));
    remove(state, caller, &id, name, quiet);
    let reply = Reply::empty(deleted);
    Ok(match state.quirks.write.deleted {
        200 => xml_reply(state, deleted, &dav("multistatus")),
        _ => reply,
    })
}

/// Deletes an object, and lets its guests know.
pub(super) fn remove(state: &mut State, caller: &Caller, collection: &str, name: &str, quiet: bool) {
    let known = state.collections.get(collection).and_then(|held| held.item(name)).cloned();
    let outgoing = Outgoing { caller, collection, name, before: known.as_ref(), quiet };
    scheduling::removal(state, &outgoing);
    state.remove_item(collection, name, &caller.by);
}
