//! Invitations by PUT (RFC 6638): who is told, whose copy changes, what a guest may do.
//!
//! No mail leaves a twin: what would have been sent is in the ledger. Guests who live here find the event in their
//! main calendar, and organizers who live here find the answers in theirs.

use super::answers::Refused;
use super::calls::Caller;
use super::state::{Item, Kind, State};
use super::switches::Schedule;
use super::text::check::Checked;
use super::text::{Component, FOLDED, Line};
use super::xml::caldav;
use crate::ledger::Mail;

/// A write on its way.
pub(super) struct Outgoing<'a> {
    pub(super) caller: &'a Caller,
    pub(super) collection: &'a str,
    pub(super) name: &'a str,
    pub(super) before: Option<&'a Item>,
    /// The client asked that nobody be told (`Schedule-Reply: F`).
    pub(super) quiet: bool,
}

/// Whether a text has an organizer.
pub(super) fn organizes(text: &str) -> bool {
    Component::parse(text).is_ok_and(|calendar| organizer(&calendar).is_some())
}

fn organizer(calendar: &Component) -> Option<&Line> {
    calendar.entries().find_map(|entry| entry.line("ORGANIZER"))
}

fn attendees(calendar: &Component) -> Vec<&Line> {
    let mut found: Vec<&Line> = Vec::new();
    for line in calendar.entries().flat_map(|entry| entry.all("ATTENDEE")) {
        if !found.iter().any(|known| bare(known.value()) == bare(line.value())) {
            found.push(line);
        }
    }
    found
}

/// An address without its scheme, in small letters.
fn bare(address: &str) -> String {
    let small = address.trim().to_ascii_lowercase();
    small.strip_prefix("mailto:").unwrap_or(&small).to_owned()
}

/// What a role the owner of a calendar has in an object.
enum Role {
    Organizer,
    Guest,
    Neither,
}

fn role(state: &State, owner: &str, calendar: &Component) -> Role {
    let Some(own) = state.users.get(owner).map(|user| user.email.to_ascii_lowercase()) else {
        return Role::Neither;
    };
    match organizer(calendar) {
        Some(line) if bare(line.value()) == own => Role::Organizer,
        Some(_) if attendees(calendar).iter().any(|line| bare(line.value()) == own) => Role::Guest,
        _ => Role::Neither,
    }
}

/// Tells guests and organizers of a write. Returns the object with what the server notes in it, if it notes anything.
pub(super) fn write(
    state: &mut State,
    out: &Outgoing<'_>,
    checked: &Checked,
) -> Result<Option<Component>, Refused> {
    if state.quirks.people.schedule == Schedule::Off || checked.kind != "VEVENT" {
        return Ok(None);
    }
    let Some(owner) = state.collections.get(out.collection).map(|held| held.owner.clone()) else {
        return Ok(None);
    };
    let before = out.before.and_then(|item| Component::parse(item.text.as_deref()?).ok());
    match role(state, &owner, &checked.calendar) {
        Role::Neither => Ok(None),
        Role::Guest => {
            let Some(before) = before else { return Ok(None) };
            if state.quirks.people.strict_guests
                && !only_answers(&before, &checked.calendar, &email(state, &owner))
            {
                return Err(Refused::because(403, caldav("allowed-attendee-scheduling-object-change")));
            }
            answer(state, out, &owner, &before, &checked.calendar);
            Ok(None)
        }
        Role::Organizer => Ok(invite(state, out, &owner, before.as_ref(), &checked.calendar)),
    }
}

fn email(state: &State, user: &str) -> String {
    state.users.get(user).map(|user| user.email.to_ascii_lowercase()).unwrap_or_default()
}

/// Whether the server is to tell that person: SCHEDULE-AGENT says so, or nobody asks it.
fn is_told(state: &State, line: &Line) -> bool {
    let agent = line.param("SCHEDULE-AGENT").unwrap_or("SERVER").to_ascii_uppercase();
    state.quirks.people.schedule == Schedule::Always || agent == "SERVER"
}

/// What a guest notices of an event.
const NOTICED: [&str; 12] = [
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "STATUS",
    "RECURRENCE-ID",
    "URL",
];

fn noticed(calendar: &Component) -> Vec<Vec<&Line>> {
    let lines = |entry: &'_ Component| -> Vec<usize> {
        (0..entry.lines.len()).filter(|at| NOTICED.iter().any(|name| entry.lines[*at].is(name))).collect()
    };
    calendar
        .entries()
        .map(|entry| {
            let mut lines: Vec<&Line> = lines(entry).into_iter().map(|at| &entry.lines[at]).collect();
            lines.sort_by_key(|line| line.text());
            lines
        })
        .collect()
}

fn invite(
    state: &mut State,
    out: &Outgoing<'_>,
    owner: &str,
    before: Option<&Component>,
    after: &Component,
) -> Option<Component> {
    let own = email(state, owner);
    let was: Vec<String> = before.into_iter().flat_map(attendees).map(|line| bare(line.value())).collect();
    let changed = before.is_none_or(|before| noticed(before) != noticed(after));
    let mut noted = after.clone();
    let mut noting = false;
    for line in attendees(after) {
        let address = bare(line.value());
        if address == own || !is_told(state, line) {
            continue;
        }
        let known = was.contains(&address);
        if known && !changed {
            continue;
        }
        let kind = if known { "update" } else { "invitation" };
        mail(state, out, &address, kind, after, line);
        let local = state.user_by_address(&address).map(|user| user.name.clone());
        if let Some(guest) = &local {
            deliver(state, guest, after, out);
        }
        let status = if local.is_some() { "1.2" } else { "1.1" };
        noting = true;
        for line in noted.entries_mut().flat_map(|entry| &mut entry.lines) {
            if line.is("ATTENDEE") && bare(line.value()) == address {
                *line = line.with_param("SCHEDULE-STATUS", Some(status));
            }
        }
    }
    let now: Vec<String> = attendees(after).iter().map(|line| bare(line.value())).collect();
    if let Some(before) = before {
        for line in attendees(before) {
            let address = bare(line.value());
            if address != own && !now.contains(&address) && is_told(state, line) {
                mail(state, out, &address, "cancellation", before, line);
                call_off(state, &address, before);
            }
        }
    }
    // An event that was called off as a whole is told as that.
    noting.then_some(noted)
}

/// Tells people that an object is deleted.
pub(super) fn removal(state: &mut State, out: &Outgoing<'_>) {
    if state.quirks.people.schedule == Schedule::Off {
        return;
    }
    let Some(before) = out.before.and_then(|item| Component::parse(item.text.as_deref()?).ok()) else {
        return;
    };
    let Some(owner) = state.collections.get(out.collection).map(|held| held.owner.clone()) else { return };
    let own = email(state, &owner);
    match role(state, &owner, &before) {
        Role::Organizer => {
            for line in attendees(&before) {
                let address = bare(line.value());
                if address != own && is_told(state, line) {
                    mail(state, out, &address, "cancellation", &before, line);
                    call_off(state, &address, &before);
                }
            }
        }
        Role::Guest => {
            let mut after = before.clone();
            for line in after.entries_mut().flat_map(|entry| &mut entry.lines) {
                if line.is("ATTENDEE") && bare(line.value()) == own {
                    *line = line.with_param("PARTSTAT", Some("DECLINED"));
                }
            }
            answer(state, out, &owner, &before, &after);
        }
        Role::Neither => {}
    }
}

fn partstat<'a>(calendar: &'a Component, address: &str) -> Vec<&'a str> {
    let own = calendar
        .entries()
        .flat_map(|entry| entry.all("ATTENDEE"))
        .filter(|line| bare(line.value()) == address);
    own.map(|line| line.param("PARTSTAT").unwrap_or("NEEDS-ACTION")).collect()
}

/// Tells the organizer how a guest answers.
fn answer(state: &mut State, out: &Outgoing<'_>, guest: &str, before: &Component, after: &Component) {
    let own = email(state, guest);
    let (was, is) = (partstat(before, &own), partstat(after, &own));
    let Some(organizer) = organizer(after).cloned() else { return };
    if was == is || out.quiet || !is_told(state, &organizer) {
        return;
    }
    let to = bare(organizer.value());
    mail(state, out, &to, "response", after, &organizer);
    let Some(host) = state.user_by_address(&to).map(|user| user.name.clone()) else { return };
    let Some((collection, name, item)) = copy_of(state, &host, after) else { return };
    let Ok(mut theirs) = Component::parse(item.text.as_deref().unwrap_or_default()) else { return };
    for entry in theirs.entries_mut() {
        let which = entry.value("RECURRENCE-ID").map(ToOwned::to_owned);
        let said = after
            .entries()
            .find(|one| one.value("RECURRENCE-ID") == which.as_deref())
            .and_then(|one| one.all("ATTENDEE").find(|line| bare(line.value()) == own))
            .and_then(|line| line.param("PARTSTAT"));
        for line in &mut entry.lines {
            if line.is("ATTENDEE") && bare(line.value()) == own {
                *line = line.with_param("PARTSTAT", said).with_param("SCHEDULE-STATUS", Some("2.0"));
            }
        }
    }
    // The organizer's schedule tag stays: nothing but an answer has changed.
    let text = theirs.render(FOLDED);
    let item = Item { etag: state.etag_of(&text), text: Some(text), at: state.core.now, ..item };
    state.put_item(&collection, &name, item, "answered", &out.caller.by);
}

/// Where somebody has an object of the same UID.
fn copy_of(state: &State, user: &str, calendar: &Component) -> Option<(String, String, Item)> {
    let uid = calendar.master()?.value("UID")?.trim();
    let own = state.collections.values().filter(|held| held.owner == user && held.kind == Kind::Calendar);
    own.flat_map(|held| held.living().map(move |(name, item)| (held, name, item)))
        .find(|(_, _, item)| item.uid == uid)
        .map(|(held, name, item)| (held.id.clone(), name.to_owned(), item.clone()))
}

/// Puts an event into a guest's calendar, or the new state of one that is there. Their own answer stays.
fn deliver(state: &mut State, guest: &str, calendar: &Component, out: &Outgoing<'_>) {
    let own = email(state, guest);
    let there = copy_of(state, guest, calendar);
    let mut copy = calendar.clone();
    copy.remove("METHOD");
    let answered = there.as_ref().and_then(|(_, _, item)| {
        let theirs = Component::parse(item.text.as_deref()?).ok()?;
        partstat(&theirs, &own).first().map(|said| (*said).to_owned())
    });
    for entry in copy.entries_mut() {
        entry.parts.retain(|part| part.name != "VALARM");
        for line in &mut entry.lines {
            if line.is("ATTENDEE") && bare(line.value()) == own {
                *line = line.with_param("PARTSTAT", answered.as_deref().or(Some("NEEDS-ACTION")));
            }
        }
    }
    put_copy(state, guest, there, &copy, "invited", &out.caller.by);
}

fn put_copy(
    state: &mut State,
    guest: &str,
    there: Option<(String, String, Item)>,
    copy: &Component,
    what: &'static str,
    by: &str,
) {
    let text = copy.render(FOLDED);
    let uid = copy.master().and_then(|entry| entry.value("UID")).unwrap_or_default().trim().to_owned();
    let (collection, name) = match there {
        Some((collection, name, _)) => (collection, name),
        None => {
            let plain: String = uid.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            let home = state.users.get(guest).and_then(|user| user.mounts.get("home"));
            let Some(home) = home.map(|mount| mount.collection.clone()) else { return };
            (home, format!("{plain}.ics"))
        }
    };
    let item = Item {
        etag: state.etag_of(&text),
        text: Some(text),
        uid,
        component: "VEVENT".to_owned(),
        at: state.core.now,
        schedule_tag: state.next(),
    };
    state.put_item(&collection, &name, item, what, by);
}

/// Marks a guest's copy as cancelled.
fn call_off(state: &mut State, address: &str, calendar: &Component) {
    let Some(guest) = state.user_by_address(address).map(|user| user.name.clone()) else { return };
    let there = copy_of(state, &guest, calendar);
    let text = there.as_ref().and_then(|(_, _, item)| item.text.clone());
    let Some(Ok(mut copy)) = text.map(|text| Component::parse(&text)) else { return };
    for entry in copy.entries_mut() {
        entry.set(Line::new("STATUS", "CANCELLED"));
    }
    put_copy(state, &guest, there, &copy, "called off", "server");
}

/// Whether a guest's new version differs in nothing that only the organizer may change.
fn only_answers(before: &Component, after: &Component, own: &str) -> bool {
    let others = |calendar: &Component| -> Vec<String> {
        let lines = calendar.entries().flat_map(|entry| entry.all("ATTENDEE"));
        let mut lines: Vec<String> =
            lines.map(|line| bare(line.value())).filter(|address| address != own).collect();
        lines.sort();
        lines
    };
    noticed(before) == noticed(after) && others(before) == others(after)
}

fn mail(state: &mut State, out: &Outgoing<'_>, to: &str, kind: &'static str, about: &Component, line: &Line) {
    let entry = about.master();
    let uid = entry.and_then(|entry| entry.value("UID")).unwrap_or_default().trim().to_owned();
    let sequence = entry.and_then(|entry| entry.value("SEQUENCE")?.trim().parse().ok()).unwrap_or(0);
    let agent = line.param("SCHEDULE-AGENT").unwrap_or("SERVER").to_owned();
    let at = state.core.now;
    state.core.ledger.mail(|n| Mail {
        n,
        at,
        to: to.to_owned(),
        kind: kind.into(),
        calendar: out.collection.to_owned(),
        event: out.name.to_owned(),
        uid,
        sequence,
        send_updates: agent,
    });
}
