//! A letter that came in: whether it is the answer of a guest, and which.
//!
//! What is not an answer to an invitation of ours is told in a word and left alone: bounces, notes of absence, other people's
//! invitations. The sender that a letter names proves nothing by itself; the word in the address that it came to does, and the
//! engine wants both.

use concord_engine::invitations::Answered;
use concord_ical::Found;
use concord_model::people::{Address, Answer};
use mail_parser::{HeaderValue, Message, MessageParser, MimeHeaders, PartType};

use super::Own;

/// The largest letter that is read.
const LARGEST: usize = 4 << 20;

/// Reads an answer, or says what else it is.
pub(super) fn answer(own: &Own, message: &[u8]) -> Result<Answered, String> {
    let not = |why: &str| Err(why.to_owned());
    if message.len() > LARGEST {
        return not("the letter is larger than any answer");
    }
    let Some(letter) = MessageParser::default().parse(message) else { return not("this is no letter") };
    let senders: Vec<&str> =
        letter.from().into_iter().flat_map(|from| from.iter()).filter_map(|one| one.address()).collect();
    let [from] = senders[..] else { return not("it does not say who sent it") };
    let Some(file) = calendar(&letter) else { return not("there is no calendar in it") };
    let Ok(calendar) = concord_ical::read(file) else { return not("the calendar in it cannot be read") };
    if calendar.method.as_deref() != Some("REPLY") {
        return not("it is no answer to an invitation");
    }
    let [found] = &calendar.items[..] else { return not("it answers not exactly one invitation") };
    let Ok(view) = &found.view else { return not("the event in it cannot be read") };
    let [guest] = &view.attendees[..] else { return not("it is not the answer of exactly one guest") };
    let organiser = view.organiser.iter().map(|organiser| organiser.address.as_str().to_owned());
    let token = recipients(&letter).into_iter().chain(organiser).find_map(|address| own.token(&address));
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
        occurrence: occurrence(found),
    })
}

fn occurrence(found: &Found) -> Option<concord_model::OccurrenceKey> {
    found.part
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
    for name in ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"] {
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
