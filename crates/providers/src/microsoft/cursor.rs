//! Where in a calendar's changes we are.
//!
//! Graph tells changes only of a window, which its tokens carry. So a whole listing is two walks: first through the
//! changes of a window, for the place that they end at; then through all events, whenever they are. What changes between
//! the two is told by the changes that follow. The window is as old as the last whole listing, and that is a day: it rolls
//! with every listing, and nothing is ever concluded from what lies outside of it.
//!
//! A cursor carries the fingerprint of its calendar, and remembers the pages of the walk under way, so that a walk that
//! goes in a circle is found out (I-11).

use concord_model::{CalendarId, Cursor};
use data_encoding::BASE32HEX_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::answer::Answer;

const VERSION: u32 = 1;
/// The most pages of one walk.
const MOST_PAGES: usize = 2000;
/// Characters by which a page is remembered.
const FINGERPRINT: usize = 8;

/// A place in a calendar's changes.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    #[serde(rename = "v")]
    version: u32,
    /// Of the calendar.
    #[serde(rename = "c")]
    calendar: String,
    #[serde(rename = "w")]
    pub(super) walk: Walk,
    /// Where the page is.
    #[serde(rename = "p")]
    pub(super) page: String,
    /// Where the changes end: known while all events are walked through.
    #[serde(rename = "d", default, skip_serializing_if = "String::is_empty")]
    pub(super) changes: String,
    /// The pages of the walk under way, one fingerprint after the other.
    #[serde(rename = "o", default, skip_serializing_if = "String::is_empty")]
    pages: String,
}

/// Through what we walk.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// The changes of a window, only for where they end.
    #[serde(rename = "window")]
    Window,
    /// All events.
    #[serde(rename = "all")]
    All,
    /// What has changed since.
    #[serde(rename = "news")]
    News,
}

impl Place {
    /// The place that a cursor names, if it is one of this calendar.
    pub(super) fn read(calendar: &CalendarId, cursor: &Cursor) -> Result<Place, Answer> {
        let place: Place = serde_json::from_str(cursor.as_str()).map_err(|_| Answer::CursorGone)?;
        let fits = place.version == VERSION && place.calendar == fingerprint(calendar.as_str());
        let whole = !place.page.is_empty() || (place.walk == Walk::All && !place.changes.is_empty());
        if fits && whole { Ok(place) } else { Err(Answer::CursorGone) }
    }

    /// The beginning of a walk.
    pub(super) fn begin(calendar: &CalendarId, walk: Walk, page: &str, changes: &str) -> Place {
        Place {
            version: VERSION,
            calendar: fingerprint(calendar.as_str()),
            walk,
            page: page.to_owned(),
            changes: changes.to_owned(),
            pages: String::new(),
        }
    }

    /// The next page of this walk; a page that was there before is an error.
    pub(super) fn turn(&self, page: &str) -> Result<Place, Answer> {
        let mark = fingerprint(page);
        let known = self.pages.as_bytes().chunks(FINGERPRINT).any(|one| one == mark.as_bytes());
        if known || self.page == page {
            return Err(Answer::Transient("Outlook's listing goes in a circle".to_owned()));
        }
        if self.pages.len() >= MOST_PAGES * FINGERPRINT {
            return Err(Answer::Transient(format!("Outlook's listing has more than {MOST_PAGES} pages")));
        }
        Ok(Place { page: page.to_owned(), pages: format!("{}{mark}", self.pages), ..self.clone() })
    }
}

impl From<Place> for Cursor {
    fn from(place: Place) -> Cursor {
        Cursor(serde_json::to_string(&place).expect("a struct of strings can be written as JSON"))
    }
}

fn fingerprint(text: &str) -> String {
    let mut name = BASE32HEX_NOPAD.encode(&Sha256::digest(text.as_bytes())).to_ascii_lowercase();
    name.truncate(FINGERPRINT);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> CalendarId {
        CalendarId::from("c1")
    }

    fn place() -> Place {
        Place::begin(&calendar(), Walk::News, "https://graph.example/delta?x", "")
    }

    #[test]
    fn a_cursor_of_another_calendar_or_form_is_lost() {
        assert_eq!(Place::read(&calendar(), &place().into()), Ok(place()));
        assert_eq!(Place::read(&CalendarId::from("c2"), &place().into()), Err(Answer::CursorGone));
        let newer = Cursor(Cursor::from(place()).0.replace("\"v\":1", "\"v\":2"));
        let nowhere = Place::begin(&calendar(), Walk::News, "", "");
        for cursor in [newer, Cursor::from("https://graph.example"), Cursor::from(""), nowhere.into()] {
            assert_eq!(Place::read(&calendar(), &cursor), Err(Answer::CursorGone), "{cursor}");
        }
    }

    #[test]
    fn a_walk_that_goes_in_a_circle_is_found_out() {
        let mut walk = place();
        for page in ["a", "b", "c"] {
            walk = walk.turn(page).unwrap();
        }
        for page in ["a", "b", "c"] {
            assert!(matches!(walk.turn(page), Err(Answer::Transient(_))), "{page}");
        }
        assert!(walk.turn("d").is_ok());
    }

    #[test]
    fn a_walk_has_an_end() {
        let mut walk = place();
        for page in 0..MOST_PAGES {
            walk = walk.turn(&page.to_string()).unwrap();
        }
        assert!(matches!(walk.turn("more"), Err(Answer::Transient(_))));
    }
}
