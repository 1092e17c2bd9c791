//! Meetings: whom Graph mails by itself, and what becomes of the copies that guests have.
//!
//! There is no switch for mail. Whatever an organizer does to an event that has attendees is told to them.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::check::is_to;
use super::item::{Gone, Item};
use super::write::put;
use crate::ledger::Mail;
use crate::microsoft::ids::{EventId, Kind};
use crate::microsoft::state::State;

/// What an organizer did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::microsoft) enum Told {
    Made,
    Changed(Option<Date>),
    Removed(Option<Date>),
}

/// The name of an event outside: its immutable id in the mailbox of its owner.
pub(super) fn name_of(state: &State, owner: &str, item: &Item) -> String {
    let user = state.users.get(owner).map_or(0, |user| user.number);
    EventId { kind: Kind::Immutable, user, mount: 0, serial: 0, occurrence: None, item: item.number }.text()
}

/// Tells guests what an organizer did, by mail and in their copies.
pub(in crate::microsoft) fn told(
    state: &mut State,
    calendar: u64,
    number: u64,
    before: Option<&Item>,
    what: &Told,
    by: &str,
) {
    let after = state.calendars.get(&calendar).and_then(|held| held.item(number)).cloned();
    let Some(item) = after.clone().or_else(|| before.cloned()).filter(|item| item.is_organizer) else {
        return;
    };
    let day = match what {
        Told::Made => None,
        Told::Changed(day) | Told::Removed(day) => *day,
    };
    let of = |item: Option<&Item>| item.map(|item| addresses(item, day)).unwrap_or_default();
    let (had, has) = (of(before), of(after.as_ref()));
    let mut mails: Vec<(String, &'static str)> = Vec::new();
    match what {
        Told::Made => mails.extend(has.iter().map(|to| (to.clone(), "invitation"))),
        Told::Removed(_) => mails.extend(had.iter().map(|to| (to.clone(), "cancellation"))),
        Told::Changed(_) => {
            let only_guests =
                before.zip(after.as_ref()).is_some_and(|(before, after)| only_guests(before, after, day));
            let exceptions = if day.is_none() { item.exceptions.len() } else { 0 };
            for to in &has {
                match had.contains(to) {
                    false => mails.push((to.clone(), "invitation")),
                    true if only_guests => {}
                    // One for the series, and one for each of its exceptions.
                    true => mails.extend(std::iter::repeat_n((to.clone(), "update"), 1 + exceptions)),
                }
            }
            mails.extend(had.iter().filter(|to| !has.contains(to)).map(|to| (to.clone(), "cancellation")));
        }
    }
    let owner = state.calendars.get(&calendar).map(|held| held.owner.clone()).unwrap_or_default();
    for (to, kind) in mails {
        mail(state, calendar, &owner, &item, &to, kind, "");
    }
    let over = after.is_none() || matches!(what, Told::Removed(_));
    for address in had.iter().filter(|address| over || !has.contains(address)) {
        call_off(state, address, &item.uid, day, by);
    }
    if over {
        return;
    }
    for address in &addresses(&item, None) {
        copy(state, address, &item, before, by);
    }
}

fn addresses(item: &Item, day: Option<Date>) -> Vec<String> {
    let said = item.said_of(day);
    let all = said.get("attendees").and_then(Value::as_array).into_iter().flatten();
    let all = all.filter_map(|guest| guest.pointer("/emailAddress/address")?.as_str());
    all.filter(|address| !address.eq_ignore_ascii_case(&item.organizer.1)).map(ToOwned::to_owned).collect()
}

/// Whether nothing but who is invited is otherwise.
fn only_guests(before: &Item, after: &Item, day: Option<Date>) -> bool {
    let without = |item: &Item| {
        let mut said = item.said_of(day);
        said.remove("attendees");
        said
    };
    let when = |item: &Item| match day {
        Some(day) => item.occurrence(day).map(|occurrence| occurrence.times),
        None => Some(item.times.clone()),
    };
    addresses(before, day) != addresses(after, day)
        && without(before) == without(after)
        && when(before) == when(after)
        && before.rule == after.rule
}

/// Writes down a mail that would have been sent.
pub(super) fn mail(
    state: &mut State,
    calendar: u64,
    owner: &str,
    item: &Item,
    to: &str,
    kind: &'static str,
    asked: &str,
) {
    let (at, name, event) = (state.core.now, state.calendar_name(calendar), name_of(state, owner, item));
    state.core.ledger.mail(|n| Mail {
        n,
        at,
        to: to.to_owned(),
        kind: kind.into(),
        calendar: name,
        event,
        uid: item.uid.clone(),
        sequence: item.sequence,
        send_updates: asked.to_owned(),
    });
}

/// The copy of a meeting in somebody's mailbox, with its calendar.
pub(super) fn copy_of(state: &State, user: &str, uid: &str, organizers: bool) -> Option<(u64, Item)> {
    let of_user = state.calendars.values().filter(|calendar| calendar.owner == user);
    let mut all = of_user.flat_map(|calendar| {
        calendar.items.all(calendar.items.last()).map(move |(_, item)| (calendar.number, item))
    });
    let found =
        all.find(|(_, item)| item.gone.is_none() && item.uid == uid && item.is_organizer == organizers);
    found.map(|(calendar, item)| (calendar, item.clone()))
}

/// Writes the meeting into the calendar of a guest who lives here.
fn copy(state: &mut State, address: &str, item: &Item, before: Option<&Item>, by: &str) {
    let Some(guest) = state.user_by(address).map(|user| user.name.clone()) else { return };
    let now = state.core.now;
    match copy_of(state, &guest, &item.uid, false) {
        Some((calendar, held)) => {
            let moved = before.is_some_and(|before| before.times != item.times || before.rule != item.rule);
            let mut fields = item.fields.clone();
            for own in ["categories", "isReminderOn", "reminderMinutesBeforeStart", "showAs"] {
                if let Some(value) = held.fields.get(own) {
                    fields.insert(own.into(), value.clone());
                }
            }
            let copy = Item {
                number: held.number,
                serial: held.serial,
                fields,
                is_organizer: false,
                response: if moved { ("notResponded".to_owned(), None) } else { held.response.clone() },
                created: held.created,
                transaction: None,
                extended: held.extended.clone(),
                extensions: held.extensions.clone(),
                ..item.clone()
            };
            put(state, calendar, copy, "update", by, true);
        }
        None => {
            let Some((_, mount)) = state.default_mount(&guest) else { return };
            let calendar = mount.calendar;
            let number = state.next();
            let mut fields = item.fields.clone();
            fields.insert("showAs".into(), json!("tentative"));
            fields.insert("categories".into(), json!([]));
            let copy = Item {
                number,
                serial: 0,
                fields,
                is_organizer: false,
                response: ("notResponded".to_owned(), None),
                created: now,
                transaction: None,
                extended: Default::default(),
                extensions: Default::default(),
                ..item.clone()
            };
            put(state, calendar, copy, "create", by, true);
        }
    }
}

/// The meeting, or one occurrence, was called off: a guest's copy says so and stays.
fn call_off(state: &mut State, address: &str, uid: &str, day: Option<Date>, by: &str) {
    let Some(guest) = state.user_by(address).map(|user| user.name.clone()) else { return };
    let Some((calendar, mut copy)) = copy_of(state, &guest, uid, false) else { return };
    match day {
        Some(day) => {
            copy.exceptions.remove(&day);
            copy.cancelled.insert(day);
        }
        None => {
            copy.called_off = true;
            let subject = copy.fields.get("subject").and_then(Value::as_str).unwrap_or_default();
            if !subject.starts_with("Canceled: ") {
                let subject = format!("Canceled: {subject}");
                copy.fields.insert("subject".into(), json!(subject));
            }
            copy.fields.insert("showAs".into(), json!("free"));
        }
    }
    put(state, calendar, copy, "update", by, true);
}

/// A guest's answer: in the own copy, by mail, and with the mail in what the organizer sees.
pub(super) fn respond(
    state: &mut State,
    guest: &str,
    calendar: u64,
    item: &Item,
    day: Option<Date>,
    (answer, send): (&'static str, bool),
    by: &str,
) {
    let now = state.core.now;
    let mut copy = item.clone();
    let told = json!({"response": answer, "time": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()});
    match (day, answer) {
        (Some(day), "declined") => {
            copy.exceptions.remove(&day);
            copy.cancelled.insert(day);
        }
        (Some(day), _) => {
            if let Some(occurrence) = copy.occurrence(day) {
                let key = state.next();
                let exception = copy.exceptions.entry(day).or_insert_with(|| super::item::Exception {
                    fields: Default::default(),
                    times: occurrence.times,
                    key,
                    extended: Default::default(),
                });
                exception.fields.insert("responseStatus".into(), told.clone());
            }
        }
        (None, "declined") => {
            copy.response = (answer.to_owned(), Some(now));
            copy.gone = Some(Gone::Deleted);
        }
        (None, _) => {
            copy.response = (answer.to_owned(), Some(now));
            let shown = if answer == "accepted" { "busy" } else { "tentative" };
            copy.fields.insert("showAs".into(), json!(shown));
        }
    }
    let what = if copy.gone.is_some() { "delete" } else { "update" };
    put(state, calendar, copy, what, by, true);
    if !send {
        return;
    }
    let to = item.organizer.1.clone();
    mail(state, calendar, guest, item, &to, "response", "sendResponse");
    let email = state.users.get(guest).map(|user| user.email.clone()).unwrap_or_default();
    let organizer = state.user_by(&to).map(|user| user.name.clone());
    let Some((place, mut held)) = organizer.and_then(|name| copy_of(state, &name, &item.uid, true)) else {
        return;
    };
    if day.is_none() {
        for one in held.fields.get_mut("attendees").and_then(Value::as_array_mut).into_iter().flatten() {
            if is_to(one, &email) {
                one["status"] = told.clone();
            }
        }
    }
    put(state, place, held, "update", by, true);
}
