//! Our note on a page: the name under which it was asked for, our mark, when it was made, its zones, its name in the world.
//!
//! It stands in a column that people see, copy and empty. Somebody who copies a page copies its note with it (trap 9), and
//! that note says only in which zones the page was meant. The pages that we made were made by our own connection, and copies
//! by whoever copied them; a page of a person that was put back for us is named in its note. Where nobody knows who made a
//! page, one that was made long after its note was written is a copy.

use concord_model::time::Span;
use concord_model::{ExternalId, Mark, Zone};
use data_encoding::BASE32HEX_NOPAD;
use jiff::{SignedDuration, Timestamp};

use super::time::Zones;
use crate::notion::wire::{Page, normal};

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
    /// The page that it was written for, where that existed before.
    pub(in crate::notion) page: Option<String>,
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
        let written = words.next()?;
        let (written_at, page) =
            written.split_once('@').map_or((written, None), |(at, page)| (at, Some(page)));
        let written_at = Timestamp::from_second(written_at.parse().ok()?).ok()?;
        let zones = match words.next()? {
            "-" => None,
            zones => {
                let (start, end) = zones.split_once(',').unwrap_or((zones, zones));
                Some(Zones { start: Zone::new(start).ok()?, end: Zone::new(end).ok()? })
            }
        };
        let uid = words.next()?.to_owned();
        Some(Note { name, mark, written_at, page: page.map(normal), zones, uid })
            .filter(|note| is_name(&note.name))
    }

    /// The note as a text.
    pub(in crate::notion) fn written(&self) -> String {
        let Note { name, mark, written_at, page, zones, uid } = self;
        let zones = match zones {
            None => "-".to_owned(),
            Some(Zones { start, end }) if start == end => start.name().to_owned(),
            Some(Zones { start, end }) => format!("{},{}", start.name(), end.name()),
        };
        let page = page.as_ref().map(|page| format!("@{page}")).unwrap_or_default();
        format!("{FORM} {name} {mark} {}{page} {zones} {uid}", written_at.as_second())
    }

    /// The same for another time.
    pub(in crate::notion) fn at(self, span: &Span) -> Note {
        // A day has no zone, and may get a time again.
        Note { zones: Zones::of(span).or(self.zones), ..self }
    }

    /// Whether it was written for the page that it stands on, by those whom Notion knows by that name.
    pub(in crate::notion) fn is_of(&self, page: &Page, us: Option<&str>) -> bool {
        match (&self.page, us, &page.created_by) {
            (Some(of), ..) => *of == page.id,
            (None, Some(us), Some(by)) => us == by,
            (None, ..) => page.created.is_none_or(|made| made.duration_since(self.written_at) <= SETTLES),
        }
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
            page: None,
            zones,
            uid: uid.to_owned(),
        }
    }

    proptest! {
        #[test]
        fn a_note_comes_back_as_it_was_written(uid in "[!-~][ -~]{0,80}", n in 0usize..4, named in any::<bool>()) {
            let zones = [None, Some(("UTC", "UTC")), Some(("Europe/Berlin", "Europe/Berlin")), Some(("UTC", "Asia/Tokyo"))];
            let page = named.then(|| THE_PAGE.to_owned());
            let note = Note { page, ..note(zones[n], &uid) };
            prop_assert_eq!(Note::read(&note.written()), Some(note));
        }

        #[test]
        fn what_somebody_wrote_there_is_no_note(text in any::<String>()) {
            prop_assert_eq!(Note::read(&text), None);
        }
    }

    const THE_PAGE: &str = "22222222-2222-4222-8222-222222222222";

    fn page(made: &str, by: Option<&str>) -> Page {
        let made = format!("2026-11-21T{made}:00Z").parse().unwrap();
        let by = by.map(|id| serde_json::json!({ "object": "user", "id": id }));
        let raw = serde_json::json!({ "object": "page", "id": THE_PAGE, "created_by": by });
        Page { created: Some(made), ..Page::read(&raw).unwrap() }
    }

    #[test]
    fn a_page_that_somebody_else_made_is_a_copy_and_one_of_ours_is_none_whatever_the_clocks_say() {
        let note = note(None, "u");
        for made in ["08:00", "10:00", "10:14", "12:00"] {
            assert!(note.is_of(&page(made, Some("us")), Some("us")), "{made}");
            assert!(!note.is_of(&page(made, Some("a-person")), Some("us")), "{made}");
        }
    }

    #[test]
    fn where_nobody_knows_who_made_it_a_page_made_long_after_its_note_is_a_copy() {
        let note = note(None, "u");
        for (by, us) in [(None, Some("us")), (Some("us"), None)] {
            let is_of = |made| note.is_of(&page(made, by), us);
            assert!(is_of("09:00") && is_of("10:00") && is_of("10:14"));
            assert!(!is_of("10:16"));
        }
    }

    #[test]
    fn a_note_that_names_a_page_is_of_that_page_alone() {
        let of = |id: &str| Note { page: Some(id.to_owned()), ..note(None, "u") };
        let theirs = page("09:00", Some("a-person"));
        assert!(of(THE_PAGE).is_of(&theirs, Some("us")));
        assert!(!of("33333333-3333-4333-8333-333333333333").is_of(&theirs, Some("us")));
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
