//! Our note on a page: the name under which it was asked for, our mark, when it was made, its zones, its name in the world.
//!
//! It stands in a column that people see, copy and empty. A page that was made long after its note was written is a copy
//! that somebody made of another with all its columns (trap 9): its note says only in which zones it was meant.

use concord_model::time::Span;
use concord_model::{ExternalId, Mark, Zone};
use data_encoding::BASE32HEX_NOPAD;
use jiff::{SignedDuration, Timestamp};

use super::time::Zones;

/// How a note begins, and which form it has.
const FORM: &str = "concord1";
/// How names of ours begin. No id of Notion does.
const NAME: &str = "concord-";
/// How long after its note was written a page may be made: by an answer that came late, or a clock that is wrong.
const SETTLES: SignedDuration = SignedDuration::from_mins(15);

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::notion) struct Note {
    pub(in crate::notion) name: ExternalId,
    pub(in crate::notion) mark: Mark,
    pub(in crate::notion) written_at: Timestamp,
    pub(in crate::notion) zones: Option<Zones>,
    pub(in crate::notion) uid: String,
}

/// A name under which a page is asked for.
pub(in crate::notion) fn name(bytes: [u8; 16]) -> ExternalId {
    ExternalId(format!("{NAME}{}", BASE32HEX_NOPAD.encode(&bytes).to_ascii_lowercase()))
}

/// Whether an id is a name of ours, not one of Notion's.
pub(in crate::notion) fn is_name(id: &ExternalId) -> bool {
    id.as_str().starts_with(NAME)
}

impl Note {
    /// Reads a note, if it is one and nobody has changed it.
    pub(in crate::notion) fn read(text: &str) -> Option<Note> {
        let mut words = text.splitn(6, ' ');
        if words.next()? != FORM {
            return None;
        }
        let name = ExternalId(words.next()?.to_owned());
        let mark = words.next()?.parse().ok()?;
        let written_at = Timestamp::from_second(words.next()?.parse().ok()?).ok()?;
        let zones = match words.next()? {
            "-" => None,
            zones => {
                let (start, end) = zones.split_once(',').unwrap_or((zones, zones));
                Some(Zones { start: Zone::new(start).ok()?, end: Zone::new(end).ok()? })
            }
        };
        let uid = words.next()?.to_owned();
        Some(Note { name, mark, written_at, zones, uid }).filter(|note| is_name(&note.name))
    }

    /// The note as a text.
    pub(in crate::notion) fn written(&self) -> String {
        let Note { name, mark, written_at, zones, uid } = self;
        let zones = match zones {
            None => "-".to_owned(),
            Some(Zones { start, end }) if start == end => start.name().to_owned(),
            Some(Zones { start, end }) => format!("{},{}", start.name(), end.name()),
        };
        format!("{FORM} {name} {mark} {} {zones} {uid}", written_at.as_second())
    }

    /// The same for another time.
    pub(in crate::notion) fn at(self, span: &Span) -> Note {
        // A day has no zone, and may get a time again.
        Note { zones: Zones::of(span).or(self.zones), ..self }
    }

    /// Whether a page that was made then can be the one that the note was written for.
    pub(in crate::notion) fn is_of(&self, made: Option<Timestamp>) -> bool {
        made.is_none_or(|made| made.duration_since(self.written_at) <= SETTLES)
    }
}

#[cfg(test)]
mod tests {
    use concord_model::{EventId, LinkId};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn note(zones: Option<(&str, &str)>, uid: &str) -> Note {
        let zones = zones
            .map(|(start, end)| Zones { start: Zone::new(start).unwrap(), end: Zone::new(end).unwrap() });
        Note {
            name: name([7; 16]),
            mark: Mark { event: EventId(Uuid::from_u128(1)), link: LinkId(Uuid::from_u128(2)) },
            written_at: "2026-11-21T10:00:00Z".parse().unwrap(),
            zones,
            uid: uid.to_owned(),
        }
    }

    proptest! {
        #[test]
        fn a_note_comes_back_as_it_was_written(uid in "[!-~][ -~]{0,80}", n in 0usize..4) {
            let zones = [None, Some(("UTC", "UTC")), Some(("Europe/Berlin", "Europe/Berlin")), Some(("UTC", "Asia/Tokyo"))];
            let note = note(zones[n], &uid);
            prop_assert_eq!(Note::read(&note.written()), Some(note));
        }

        #[test]
        fn what_somebody_wrote_there_is_no_note(text in any::<String>()) {
            prop_assert_eq!(Note::read(&text), None);
        }
    }

    #[test]
    fn a_page_made_long_after_its_note_is_a_copy() {
        let note = note(None, "u");
        let at = |text: &str| Some(text.parse().unwrap());
        assert!(note.is_of(at("2026-11-21T10:00:00Z")) && note.is_of(at("2026-11-21T10:14:00Z")));
        assert!(note.is_of(at("2026-11-21T09:00:00Z")) && note.is_of(None));
        assert!(!note.is_of(at("2026-11-21T10:16:00Z")));
    }

    #[test]
    fn a_damaged_note_is_none() {
        let whole = note(Some(("UTC", "UTC")), "u").written();
        for damaged in
            [&whole[1..], &whole[..whole.len() - 2], &whole.replace("UTC", "Mars/Base"), "concord1"]
        {
            assert_eq!(Note::read(damaged), None, "{damaged}");
        }
    }
}
