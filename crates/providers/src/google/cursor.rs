//! Where in a calendar's changes we are.
//!
//! Google's tokens are good only for the calendar and the query that they came from, and Google does not check
//! (trap 5); so a cursor carries the fingerprint of both. It also remembers the pages of the listing under way, so
//! that a listing that goes in a circle is found out (I-11).

use concord_model::{CalendarId, Cursor};
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
            return Err(Answer::Transient("google's listing goes in a circle".to_owned()));
        }
        if self.pages.len() >= MOST_PAGES * FINGERPRINT {
            return Err(Answer::Transient(format!("google's listing has more than {MOST_PAGES} pages")));
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
