//! A letter that came in: whether it is the answer of a guest, or somebody else's invitation, and which.
//!
//! What is neither is told in a word and left alone: bounces, notes of absence, and what else calendars write to each other
//! (proposals of other times, wishes for news, published files). The sender that a letter names proves nothing by itself;
//! the word in the address that it came to does. Of an answer the engine wants both.

use std::collections::BTreeMap;

use concord_engine::invitations::{Answered, Came};
use concord_engine::received::{self, Asks, Part, Told};
use concord_ical::{Calendar, Found, Trouble};
use concord_model::people::{Address, Answer};
use concord_model::view::{Override, Value};
use mail_parser::{HeaderValue, Message, MessageParser, MimeHeaders, PartType};

use super::Own;

/// The largest letter that is read.
const LARGEST: usize = 4 << 20;
/// The largest calendar in a letter that is read.
const LARGEST_CALENDAR: usize = 1 << 20;
/// The longest name of an event.
const LONGEST_UID: usize = 1_000;

/// Reads a letter, or says why it means nothing here. What it says tells nothing of anybody.
pub(super) fn letter(own: &Own, message: &[u8]) -> Result<Came, String> {
    let not = |why: &str| Err(why.to_owned());
    if message.len() > LARGEST {
        return not("the letter is larger than any invitation");
    }
    let Some(letter) = MessageParser::default().parse(message) else { return not("this is no letter") };
    let Some(file) = calendar(&letter) else { return not("there is no calendar in it") };
    if file.len() > LARGEST_CALENDAR {
        return not("the calendar in it is larger than any invitation");
    }
    let Ok(calendar) = concord_ical::read(file) else { return not("the calendar in it cannot be read") };
    match calendar.method.as_deref() {
        Some("REPLY") => answer(own, &letter, &calendar).map(Came::Answer),
        Some("REQUEST") => invitation(own, &letter, &calendar, Asks::Request).map(Came::Invitation),
        Some("CANCEL") => invitation(own, &letter, &calendar, Asks::Cancel).map(Came::Invitation),
        _ => not("it neither invites nor answers an invitation"),
    }
}

fn answer(own: &Own, letter: &Message<'_>, calendar: &Calendar) -> Result<Answered, String> {
    let not = |why: &str| Err(why.to_owned());
    let senders: Vec<&str> =
        letter.from().into_iter().flat_map(|from| from.iter()).filter_map(|one| one.address()).collect();
    let [from] = senders[..] else { return not("it does not say who sent it") };
    let [found] = &calendar.items[..] else { return not("it answers not exactly one invitation") };
    let Ok(view) = &found.view else { return not("the event in it cannot be read") };
    let [guest] = &view.attendees[..] else { return not("it is not the answer of exactly one guest") };
    let organiser = view.organiser.iter().map(|organiser| organiser.address.as_str().to_owned());
    let token = recipients(letter).into_iter().chain(organiser).find_map(|address| own.token(&address));
    let Some(token) = token else { return not("it did not come to an address that invitations have") };
    if guest.answer == Answer::Awaited {
        return not("it does not say whether the guest comes");
    }
    Ok(Answered {
        token,
        from: Address::from(from),
        uid: found.uid.clone(),
        guest: guest.address.clone(),
        answer: guest.answer,
        sequence: found.sequence,
        stamp: found.stamp,
        occurrence: found.part.map(|key| received::start_of(key, &view.time.span)),
    })
}

fn invitation(own: &Own, letter: &Message<'_>, calendar: &Calendar, asks: Asks) -> Result<Told, String> {
    let not = |why: &str| Err(why.to_owned());
    let Some(first) = calendar.items.first() else { return not("there is no event in it") };
    if first.uid_made_up || first.uid.len() > LONGEST_UID {
        return not("its event has no name by which it could be known again");
    }
    if calendar.items.iter().any(|found| found.uid != first.uid) {
        return not("it tells of several events");
    }
    if calendar.complaints.iter().any(|complaint| complaint.trouble == Trouble::ThisAndFuture) {
        return not("it is about an occurrence and all that follow, which only newer programs can tell");
    }
    let mut secret = BTreeMap::new();
    let mut parts = Vec::new();
    for found in &calendar.items {
        let part = part(found)?;
        secret.extend(addresses(&part).filter_map(|one| Some((one.clone(), own.token(one.as_str())?))));
        parts.push(part);
    }
    if parts.iter().filter(|part| part.of.is_none()).count() > 1 {
        return not("it tells of several events");
    }
    let came_to = recipients(letter).into_iter().filter_map(|address| own.token(&address));
    let guests = parts.iter().flat_map(|part| &part.view.attendees);
    let guests = guests.filter_map(|guest| own.token(guest.address.as_str()));
    let mut words: Vec<String> = Vec::new();
    for word in came_to.chain(guests) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.is_empty() {
        return not("it did not come to an address that anybody here has");
    }
    Ok(Told { words, secret, home: Address::from(own.plain()), asks, uid: first.uid.clone(), parts })
}

fn part(found: &Found) -> Result<Part, String> {
    let Ok(view) = &found.view else { return Err("the event in it cannot be read".to_owned()) };
    // What tells events of one name apart is not always the name of an occurrence.
    let alone = found.source.property("RECURRENCE-ID").and(found.part);
    Ok(Part {
        of: alone.map(|key| received::start_of(key, &view.time.span)),
        view: view.clone(),
        sequence: found.sequence,
        stamp: found.stamp,
    })
}

/// Everybody whom an event names.
fn addresses(part: &Part) -> impl Iterator<Item = &Address> {
    let view = &part.view;
    let changed = view.overrides.values().filter_map(|change| match change {
        Override::Changed(patch) => Some(patch.values()),
        Override::Cancelled => None,
    });
    let guests = changed.flatten().filter_map(|value| match value {
        Value::Attendees(guests) => Some(guests),
        _ => None,
    });
    let guests = std::iter::once(&view.attendees).chain(guests).flatten().map(|guest| &guest.address);
    view.organiser.iter().map(|organiser| &organiser.address).chain(guests)
}

/// The first calendar in a letter, in the text or attached.
fn calendar<'a>(letter: &'a Message<'_>) -> Option<&'a [u8]> {
    letter.parts.iter().find_map(|part| {
        let kind = part.content_type()?;
        let sub = kind.subtype().unwrap_or_default();
        let is_calendar = (kind.ctype().eq_ignore_ascii_case("text") && sub.eq_ignore_ascii_case("calendar"))
            || (kind.ctype().eq_ignore_ascii_case("application") && sub.eq_ignore_ascii_case("ics"));
        match &part.body {
            PartType::Text(text) | PartType::Html(text) if is_calendar => Some(text.as_bytes()),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) if is_calendar => Some(bytes.as_ref()),
            _ => None,
        }
    })
}

/// Every address that a letter was for, as far as it says.
fn recipients(letter: &Message<'_>) -> Vec<String> {
    let mut all = Vec::new();
    let names =
        ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To", "To", "Cc"];
    for name in names {
        for value in letter.header_values(name) {
            match value {
                HeaderValue::Address(addresses) => {
                    all.extend(addresses.iter().filter_map(|one| one.address()).map(ToOwned::to_owned));
                }
                HeaderValue::Text(text) => all.push(text.trim().trim_matches(['<', '>']).to_owned()),
                HeaderValue::TextList(texts) => all.extend(texts.iter().map(|text| text.trim().to_owned())),
                _ => {}
            }
        }
    }
    all
}
