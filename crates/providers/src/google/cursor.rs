//! Where in a calendar's changes we are.
//!
//! Google's tokens are good only for the calendar and the query that they came from, and Google does not check
//! (trap 5); so a cursor carries the fingerprint of both. It also remembers the pages of the listing under way, so
//! that a listing that goes in a circle is found out (I-11).

use std::collections::BTreeSet;

use concord_model::{CalendarId, Cursor};
use concord_points::{defect, point};
use data_encoding::BASE32HEX_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::calls::CHANGES;
use crate::answer::Answer;

const VERSION: u32 = 1;
/// The most pages of one listing.
const MOST_PAGES: usize = 2000;
/// Characters by which a page is remembered.
const FINGERPRINT: usize = 8;

/// A page that was there before: whoever went on would go on for ever.
fn circle() -> Result<(), Answer> {
    point!("pull: a circle of pages");
    match defect!("a circle of pages is not noticed") {
        true => Ok(()),
        false => Err(Answer::Transient("Google's listing goes in a circle".to_owned())),
    }
}

/// The pages of a listing that is read at one go.
#[derive(Default)]
pub(super) struct Pages(BTreeSet<String>);

impl Pages {
    /// The next page; one that was there before is an error (I-11).
    pub(super) fn turn(&mut self, next: Option<String>) -> Result<Option<String>, Answer> {
        if let Some(page) = &next
            && !self.0.insert(page.clone())
        {
            circle()?;
        }
        Ok(next)
    }
}

/// A place in a calendar's changes.
#[derive(Serialize, Deserialize, Default, Clone)]
pub(super) struct Place {
    #[serde(rename = "v")]
    version: u32,
    /// Of calendar and query.
    #[serde(rename = "q")]
    query: String,
    /// Since when: what Google gave at the end of the last listing.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) sync: Option<String>,
    /// Which page of the listing under way.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub(super) page: Option<String>,
    /// The pages of the listing under way, one fingerprint after the other.
    #[serde(rename = "o", default, skip_serializing_if = "String::is_empty")]
    pages: String,
}

impl Place {
    /// The beginning of everything.
    pub(super) fn start(calendar: &CalendarId) -> Place {
        Place { version: VERSION, query: query(calendar), ..Place::default() }
    }

    /// The place that a cursor names, if it is one of this calendar and this query.
    pub(super) fn read(calendar: &CalendarId, cursor: &Cursor) -> Result<Place, Answer> {
        let place: Place = serde_json::from_str(cursor.as_str()).map_err(|_| Answer::CursorGone)?;
        let fits = place.version == VERSION && place.query == query(calendar);
        if fits && (place.sync.is_some() || place.page.is_some()) {
            Ok(place)
        } else {
            Err(Answer::CursorGone)
        }
    }

    /// The next page of this listing; a page that was there before is an error.
    pub(super) fn turn(&self, page: String) -> Result<Cursor, Answer> {
        let mark = fingerprint(&[page.as_bytes()]);
        let known = self.pages.as_bytes().chunks(FINGERPRINT).any(|one| one == mark.as_bytes());
        if known || self.page.as_ref() == Some(&page) {
            circle()?;
        }
        if self.pages.len() >= MOST_PAGES * FINGERPRINT {
            return Err(Answer::Transient(format!("Google's listing has more than {MOST_PAGES} pages")));
        }
        let pages = format!("{}{mark}", self.pages);
        Ok(Place { page: Some(page), pages, ..self.clone() }.into())
    }

    /// The end of this listing, from where the next changes are read.
    pub(super) fn done(self, sync: String) -> Cursor {
        Place { sync: Some(sync), page: None, pages: String::new(), ..self }.into()
    }
}

impl From<Place> for Cursor {
    fn from(place: Place) -> Cursor {
        Cursor(serde_json::to_string(&place).expect("a struct of strings can be written as JSON"))
    }
}

fn query(calendar: &CalendarId) -> String {
    let pairs = CHANGES.iter().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]);
    let all: Vec<&[u8]> = [calendar.as_str().as_bytes()].into_iter().chain(pairs).collect();
    fingerprint(&all)
}

fn fingerprint(texts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    let mut name = BASE32HEX_NOPAD.encode(&hash.finalize()).to_ascii_lowercase();
    name.truncate(FINGERPRINT);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> CalendarId {
        CalendarId::from("alice@example.com")
    }

    fn done() -> Cursor {
        Place::start(&calendar()).done("sync1".to_owned())
    }

    #[test]
    fn a_cursor_is_small_and_says_its_version() {
        assert_eq!(done().as_str(), r#"{"v":1,"q":"mljgo6cl","s":"sync1"}"#);
    }

    #[test]
    fn a_cursor_of_another_calendar_or_form_is_lost() {
        assert!(Place::read(&calendar(), &done()).is_ok());
        assert_eq!(
            Place::read(&CalendarId::from("bob@example.com"), &done()).err(),
            Some(Answer::CursorGone)
        );
        let newer = Cursor(done().0.replace("\"v\":1", "\"v\":2"));
        for cursor in [newer, Cursor::from("sync1"), Cursor::from(""), Place::start(&calendar()).into()] {
            assert_eq!(Place::read(&calendar(), &cursor).err(), Some(Answer::CursorGone), "{cursor}");
        }
    }

    #[test]
    fn pages_keep_the_token_that_they_began_with() {
        let place = Place::read(&calendar(), &done()).unwrap();
        let cursor = place.turn("page1".to_owned()).unwrap();
        let place = Place::read(&calendar(), &cursor).unwrap();
        assert_eq!((place.sync.as_deref(), place.page.as_deref()), (Some("sync1"), Some("page1")));
        let place = Place::read(&calendar(), &place.done("sync2".to_owned())).unwrap();
        assert_eq!((place.sync.as_deref(), place.page), (Some("sync2"), None));
    }

    #[test]
    fn a_listing_that_goes_in_a_circle_is_found_out() {
        let mut place = Place::start(&calendar());
        for page in ["a", "b", "c"] {
            place = Place::read(&calendar(), &place.turn(page.to_owned()).unwrap()).unwrap();
        }
        for page in ["a", "b", "c"] {
            assert!(matches!(place.turn(page.to_owned()), Err(Answer::Transient(_))), "{page}");
        }
        assert!(place.turn("d".to_owned()).is_ok());
    }

    #[test]
    fn a_listing_has_an_end() {
        let mut place = Place::start(&calendar());
        for page in 0..MOST_PAGES {
            place = Place::read(&calendar(), &place.turn(page.to_string()).unwrap()).unwrap();
        }
        assert!(matches!(place.turn("more".to_owned()), Err(Answer::Transient(_))));
    }
}
