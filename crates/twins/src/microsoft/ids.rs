//! Identifiers: opaque, made here, and told apart by nothing but the case of their letters.
//!
//! There are two of each. The usual one says in whose list which calendar is and changes when an event moves; the immutable
//! one stays. Two events of one calendar have ids that are equal in lower case.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::Date;

/// Which of the two a caller asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Usual,
    Immutable,
}

/// What an event's id says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct EventId {
    pub(super) kind: Kind,
    /// The number of the person whose mailbox it is read in.
    pub(super) user: u64,
    /// The calendar in that person's list; 0 in an immutable id.
    pub(super) mount: u64,
    /// How often the event had moved; 0 in an immutable id.
    pub(super) serial: u32,
    /// Which occurrence of a series, by the date that the rule gave it.
    pub(super) occurrence: Option<Date>,
    pub(super) item: u64,
}

/// The letters whose case says a number.
const CASED: &str = "bcdefghijklmnopqrstuvwxy";

impl EventId {
    /// The id as it is written.
    pub(super) fn text(&self) -> String {
        let day = self.occurrence.map(|day| day.strftime("%Y%m%d").to_string()).unwrap_or_default();
        let inside = match self.kind {
            Kind::Usual => format!("{}.{}.{}.{day}", self.user, self.mount, self.serial),
            Kind::Immutable => format!("{}.{day}", self.user),
        };
        let prefix = if self.kind == Kind::Usual { "AAMkAD" } else { "AAkALg" };
        format!("{prefix}{}{}AAA=", URL_SAFE_NO_PAD.encode(inside), cased(self.item))
    }

    /// What an id says, if it is one.
    pub(super) fn of(text: &str) -> Option<EventId> {
        let kind = match text.get(..6)? {
            "AAMkAD" => Kind::Usual,
            "AAkALg" => Kind::Immutable,
            _ => return None,
        };
        let rest = text.strip_suffix("AAA=")?;
        let split = rest.len().checked_sub(CASED.len()).filter(|split| *split >= 6)?;
        let item = uncased(rest.get(split..)?)?;
        let inside = String::from_utf8(URL_SAFE_NO_PAD.decode(rest.get(6..split)?).ok()?).ok()?;
        let mut parts = inside.split('.');
        let user = parts.next()?.parse().ok()?;
        let (mount, serial) = match kind {
            Kind::Usual => (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?),
            Kind::Immutable => (0, 0),
        };
        let occurrence = match parts.next()? {
            "" => None,
            day => Some(Date::strptime("%Y%m%d", day).ok()?),
        };
        Some(EventId { kind, user, mount, serial, occurrence, item })
    }
}

/// The id of a calendar in somebody's list. The epoch counts how often all ids have changed.
pub(super) fn calendar(kind: Kind, user: u64, mount: u64, epoch: u32) -> String {
    let prefix = if kind == Kind::Usual { "AQMkAD" } else { "AAkALgC" };
    format!("{prefix}{}{}AAAA==", URL_SAFE_NO_PAD.encode(format!("{user}.{epoch}")), cased(mount))
}

/// The id of a group of calendars.
pub(super) fn group(user: u64, number: u64) -> String {
    format!("AQMkGr{}{}AA==", URL_SAFE_NO_PAD.encode(user.to_string()), cased(number))
}

fn cased(number: u64) -> String {
    let bit = |(place, letter): (usize, char)| match number >> place & 1 {
        1 => letter.to_ascii_uppercase(),
        _ => letter,
    };
    CASED.chars().enumerate().map(bit).collect()
}

fn uncased(text: &str) -> Option<u64> {
    let mut number = 0;
    for (place, (letter, known)) in text.chars().zip(CASED.chars()).enumerate() {
        if letter.to_ascii_lowercase() != known {
            return None;
        }
        number |= u64::from(letter.is_ascii_uppercase()) << place;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: Kind, item: u64) -> EventId {
        let (mount, serial) = if kind == Kind::Usual { (5, 2) } else { (0, 0) };
        let occurrence = Some("2027-03-09".parse().unwrap());
        EventId { kind, user: 3, mount, serial, occurrence, item }
    }

    #[test]
    fn an_id_says_what_was_put_into_it() {
        for kind in [Kind::Usual, Kind::Immutable] {
            for item in [0, 1, 77, 1 << 23] {
                assert_eq!(EventId::of(&id(kind, item).text()), Some(id(kind, item)));
            }
        }
        for odd in ["", "AAMkAD", "AAMkADé", "AAAA=", "primary", "AAkALgbcdefghijklmnopqrstuvwxyAAA="] {
            assert_eq!(EventId::of(odd), None, "{odd}");
        }
    }

    #[test]
    fn microsoft_trap_5_two_ids_are_told_apart_by_the_case_of_their_letters() {
        let (one, other) = (id(Kind::Usual, 8).text(), id(Kind::Usual, 9).text());
        assert_ne!(one, other);
        assert_eq!(one.to_lowercase(), other.to_lowercase());
    }
}
