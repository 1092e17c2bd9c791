//! A cursor is a place in a table's changes.
//!
//! Notion tells times to the minute and shows changes late, so a place is a time some minutes ago ([`LOOK_BACK`]) and what
//! the rows edited since then said when they were last told: whatever says the same is no news (traps 1 and 21). While all
//! rows are walked through, the same is gathered on the way. A list ends at ten thousand rows (trap 2); the walk goes on
//! with those made since the last one, in another list.

use std::collections::BTreeMap;

use concord_model::{CalendarId, Cursor, Etag};
use data_encoding::BASE32HEX_NOPAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::answer::Answer;

/// The version of this form. A cursor of another form is read from the beginning.
const VERSION: u32 = 1;
/// How long a change may take to be shown, and more.
pub(super) const LOOK_BACK: SignedDuration = SignedDuration::from_mins(5);
/// How many rows are remembered. What is beyond is told again, and known by its version.
const MOST_REMEMBERED: usize = 1000;
/// The most pages of one walk.
const MOST_PAGES: u32 = 10_000;
/// Characters by which a calendar or a page is remembered.
const FINGERPRINT: usize = 12;

/// A place in a table's changes.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    #[serde(rename = "v")]
    version: u32,
    /// Of the calendar.
    #[serde(rename = "c")]
    calendar: String,
    #[serde(rename = "w")]
    pub(super) walk: Walk,
    /// When the walk under way began, by Notion's clock.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub(super) began: Option<Timestamp>,
    /// Not before when the rows of this list were made (a walk through all) or edited (news).
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
    /// Where the news of this walk begin, whichever list of them this is.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<Timestamp>,
    /// Where in the list it goes on.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub(super) page: Option<String>,
    /// How many pages this walk had.
    #[serde(rename = "n", default)]
    pages: u32,
    /// What rows said when they were last told.
    #[serde(rename = "k", default, skip_serializing_if = "BTreeMap::is_empty")]
    known: BTreeMap<String, Told>,
    /// What rows say that were told on this walk.
    #[serde(rename = "f", default, skip_serializing_if = "BTreeMap::is_empty")]
    fresh: BTreeMap<String, Told>,
}

/// A row's version, and when it was edited.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
struct Told(String, Timestamp);

/// Through what we walk.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// All rows, in the order in which they were made.
    #[serde(rename = "all")]
    All,
    /// What was edited, in that order.
    #[serde(rename = "news")]
    News,
}

impl Place {
    /// The place that a cursor names, if it is one of this calendar.
    pub(super) fn read(calendar: &CalendarId, cursor: &Cursor) -> Result<Place, Answer> {
        let place: Place = serde_json::from_str(cursor.as_str()).map_err(|_| Answer::CursorGone)?;
        let fits = place.version == VERSION && place.calendar == fingerprint(calendar.as_str());
        let whole = place.walk == Walk::All || place.since.is_some();
        if fits && whole { Ok(place) } else { Err(Answer::CursorGone) }
    }

    /// Before the first row.
    pub(super) fn beginning(calendar: &CalendarId) -> Place {
        Place {
            version: VERSION,
            calendar: fingerprint(calendar.as_str()),
            walk: Walk::All,
            began: None,
            since: None,
            from: None,
            page: None,
            pages: 0,
            known: BTreeMap::new(),
            fresh: BTreeMap::new(),
        }
    }

    /// Notes what a row says. Returns whether that is news.
    pub(super) fn is_news(&mut self, id: &str, version: &Etag, edited: Timestamp) -> bool {
        let (mark, told) = (fingerprint(id), Told(version.0.clone(), edited));
        let known = self.known.get(&mark).is_some_and(|known| known.0 == told.0);
        // What is too old to be told again need not be remembered.
        let told_again = self.began.is_none_or(|began| edited >= not_before(began));
        if told_again && self.fresh.len() < MOST_REMEMBERED {
            self.fresh.insert(mark, told);
        }
        self.walk == Walk::All || !known
    }

    /// The next page of the same list.
    pub(super) fn turn(mut self, page: String) -> Result<Place, Answer> {
        if self.page.as_ref() == Some(&page) {
            return Err(Answer::Transient("Notion's list goes in a circle".to_owned()));
        }
        self.page = Some(page);
        self.one_more()
    }

    /// Another list, of what was made or edited from then on: this one was cut off.
    pub(super) fn go_on(mut self, from: Option<Timestamp>) -> Result<Place, Answer> {
        let moved = from.filter(|from| self.since.is_none_or(|since| *from > since));
        let Some(from) = moved else {
            return Err(Answer::Transient(
                "more rows than Notion tells of were made in one minute".to_owned(),
            ));
        };
        (self.since, self.page) = (Some(from), None);
        self.one_more()
    }

    fn one_more(mut self) -> Result<Place, Answer> {
        self.pages += 1;
        match self.pages {
            pages if pages > MOST_PAGES => {
                Err(Answer::Transient(format!("Notion's list has more than {MOST_PAGES} pages")))
            }
            _ => Ok(self),
        }
    }

    /// Where the next news begin, now that this walk is over.
    pub(super) fn over(self, now: Timestamp) -> Place {
        let since = not_before(self.began.unwrap_or(now));
        // A clock that went back leaves no gap.
        let since = self.from.map_or(since, |from| from.max(since));
        let mut known = self.fresh;
        known.retain(|_, told| told.1 >= since);
        Place {
            walk: Walk::News,
            began: None,
            since: Some(since),
            from: Some(since),
            page: None,
            pages: 0,
            known,
            fresh: BTreeMap::new(),
            ..self
        }
    }
}

/// The minute from which edits may not have been shown yet.
fn not_before(now: Timestamp) -> Timestamp {
    let from = now.saturating_sub(LOOK_BACK).unwrap_or(now);
    Timestamp::from_second(from.as_second().div_euclid(60) * 60).unwrap_or(from)
}

impl From<Place> for Cursor {
    fn from(place: Place) -> Cursor {
        Cursor(serde_json::to_string(&place).expect("a struct of strings and times can be written as JSON"))
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

    fn at(text: &str) -> Timestamp {
        format!("2026-11-21T{text}Z").parse().unwrap()
    }

    fn news() -> Place {
        Place { began: Some(at("10:07:30")), ..Place::beginning(&calendar()) }.over(at("10:07:30"))
    }

    fn version(text: &str) -> Etag {
        Etag::from(text)
    }

    #[test]
    fn a_cursor_of_another_calendar_or_form_is_lost() {
        assert_eq!(Place::read(&calendar(), &news().into()), Ok(news()));
        assert_eq!(Place::read(&CalendarId::from("c2"), &news().into()), Err(Answer::CursorGone));
        let newer = Cursor(Cursor::from(news()).0.replace("\"v\":1", "\"v\":2"));
        let nowhere = Place { since: None, ..news() };
        for cursor in [newer, Cursor::from("x"), Cursor::from(""), nowhere.into()] {
            assert_eq!(Place::read(&calendar(), &cursor), Err(Answer::CursorGone), "{cursor}");
        }
    }

    #[test]
    fn the_next_look_goes_back_some_minutes_and_tells_only_what_says_something_else() {
        let mut place = Place { began: Some(at("10:07:30")), ..Place::beginning(&calendar()) };
        assert!(place.is_news("a", &version("1"), at("10:06:00")));
        assert!(place.is_news("old", &version("1"), at("09:00:00")));
        let mut place = place.over(at("10:07:30"));
        assert_eq!(place.since, Some(at("10:02:00")));
        place.began = Some(at("10:08:30"));
        assert!(!place.is_news("a", &version("1"), at("10:06:00")), "told before");
        assert!(place.is_news("b", &version("1"), at("10:06:00")), "shown late");
        let mut place = place.over(at("10:08:30"));
        place.began = Some(at("10:09:00"));
        assert!(place.is_news("a", &version("2"), at("10:06:00")), "edited again in the same minute");
    }

    #[test]
    fn a_clock_that_goes_back_leaves_no_gap() {
        let place = Place { began: Some(at("09:00:00")), ..news() };
        assert_eq!(place.over(at("09:00:00")).since, Some(at("10:02:00")));
    }

    #[test]
    fn a_list_of_news_that_is_cut_off_does_not_move_the_place_on() {
        let place = Place { began: Some(at("10:20:00")), ..news() };
        let place = place.go_on(Some(at("10:19:00"))).unwrap();
        assert_eq!(
            place.from,
            Some(at("10:02:00")),
            "what was put into the trash meanwhile is told from there"
        );
        assert_eq!(place.over(at("10:20:00")).since, Some(at("10:15:00")));
    }

    #[test]
    fn a_list_that_is_cut_off_goes_on_from_its_last_row_or_not_at_all() {
        let place = Place::beginning(&calendar()).go_on(Some(at("08:00:00"))).unwrap();
        assert_eq!((place.since, place.page.clone()), (Some(at("08:00:00")), None));
        assert!(place.clone().go_on(Some(at("08:00:00"))).is_err());
        assert!(place.clone().go_on(None).is_err());
        let turned = place.turn("x".to_owned()).unwrap();
        assert!(turned.turn("x".to_owned()).is_err());
    }
}
