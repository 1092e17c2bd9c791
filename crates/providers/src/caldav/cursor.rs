//! Where in a calendar's changes we are.
//!
//! A server's token is good for its calendar alone, and no server checks whose it is; so a cursor carries the name of
//! the calendar and the kind of question. Tokens and tags are compared for being equal, never for being later: some are
//! numbers, some are hashes, some go back.

use concord_model::{CalendarId, Cursor};
use data_encoding::BASE32HEX_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::answer::Answer;

const VERSION: u32 = 1;

/// A place in a calendar's changes.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) struct Place {
    #[serde(rename = "v")]
    version: u32,
    /// Of the calendar.
    #[serde(rename = "c")]
    calendar: String,
    #[serde(flatten)]
    pub(super) since: Since,
}

/// What is compared with what the server says next.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum Since {
    /// It tells what changed since this token.
    #[serde(rename = "token")]
    Token(String),
    /// It tells whether anything changed since this tag.
    #[serde(rename = "tag")]
    Tag(String),
    /// It tells nothing: this is the fingerprint of all names and versions.
    #[serde(rename = "all")]
    All(String),
}

impl Place {
    /// A place in that calendar.
    pub(super) fn at(calendar: &CalendarId, since: Since) -> Cursor {
        let place = Place { version: VERSION, calendar: fingerprint([calendar.as_str()]), since };
        Cursor(serde_json::to_string(&place).expect("texts and numbers are JSON"))
    }

    /// The place that a cursor names, if it is one of this calendar.
    pub(super) fn read(calendar: &CalendarId, cursor: &Cursor) -> Result<Since, Answer> {
        let place: Place = serde_json::from_str(cursor.as_str()).map_err(|_| Answer::CursorGone)?;
        let fits = place.version == VERSION && place.calendar == fingerprint([calendar.as_str()]);
        if fits { Ok(place.since) } else { Err(Answer::CursorGone) }
    }
}

/// A short name for a list of texts.
pub(super) fn fingerprint<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    BASE32HEX_NOPAD.encode(&hash.finalize()[..10]).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_calendar() {
        let calendar = CalendarId::from("/alice/work/");
        for since in [Since::Token("t".into()), Since::Tag("2".into()), Since::All("x".into())] {
            let cursor = Place::at(&calendar, since.clone());
            assert_eq!(Place::read(&calendar, &cursor), Ok(since));
            assert_eq!(Place::read(&"/alice/home/".into(), &cursor), Err(Answer::CursorGone));
        }
        for broken in ["", "something", "{}", r#"{"v":2,"c":"x","token":"t"}"#] {
            assert_eq!(Place::read(&calendar, &broken.into()), Err(Answer::CursorGone), "{broken}");
        }
    }

    #[test]
    fn a_fingerprint_tells_lists_apart() {
        assert_ne!(fingerprint(["ab", "c"]), fingerprint(["a", "bc"]));
        assert_ne!(fingerprint([]), fingerprint([""]));
    }
}
