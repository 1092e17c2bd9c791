//! What providers answer, through their adapters, by the adapters' own door: any status, any head, any body, cut off
//! anywhere.
//!
//! An input is a call and the answers that it gets, one after the other; then nobody answers any more. The call is a letter;
//! a capital one is made without what is otherwise known before (the columns of a table, what a server can do). An answer is
//! written as it lies on the wire, its status first:
//!
//! ```text
//! a
//! 200
//! content-type: application/json
//!
//! {"items":[]}
//! ----
//! 503
//! ```
//!
//! What must hold is the same for all: nothing is taken for an answer that surely is none, no event for gone that was not
//! said to be, nothing for undone that may have been done; what is seen can be kept; and secrets go where they belong.

mod caldav;
mod calls;
mod door;
mod google;
mod ics;
mod microsoft;
mod notion;

use std::sync::Arc;

use bytes::Bytes;
use concord_model::{Cursor, ExternalId};
use concord_providers::Provider;
use concord_providers::http::Http;
use concord_providers::provider::Access;
use http::{Request, Response};
use jiff::Timestamp;

use calls::Call;
use door::Door;

/// A kind of provider, and how to tell what was said to it.
struct Kind {
    /// Its adapter, behind that door.
    adapter: fn(Arc<dyn Http>) -> Box<dyn Provider>,
    /// What it is handed with each call, at that time; bare of what is known before.
    access: fn(Timestamp, bool) -> Access,
    /// The calendar that is asked about.
    calendar: &'static str,
    /// Two events of it.
    ids: [&'static str; 2],
    /// The name under which one is made.
    made: &'static str,
    /// What a person gives to be let in: a name, and an address or a token.
    login: (&'static str, &'static str),
    /// Whether an answer of success has the form of one of its own.
    is_one: fn(&Response<Bytes>) -> bool,
    /// How many events a body says to be gone, at most.
    gone: fn(&[u8]) -> usize,
    /// Whether a request could leave something behind that must not be made twice.
    writes: fn(&Request<Bytes>) -> bool,
    /// What must hold of whatever is sent.
    sent: fn(&Request<Bytes>),
}

/// What leads further in with a provider, and what is found in answers of all of them.
macro_rules! words {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            "\n----\n", "200\n\n", "404\n\n", "412\n\n", "429\nretry-after: 30\n\n", "503\n\n", "0\n\n", "\n\n",
            "date: Fri, 15 Jan 2027 08:00:00 GMT\n", "retry-after: Fri, 15 Jan 2027 09:00:00 GMT\n", "etag: \"2\"\n",
            "99999999999999999999", "-1", "\"\"", "null", "\0", "é☕", "0001-01-01", "9999-12-31T23:59:59Z",
            "-009999-01-01T00:00:00Z", "Europe/Berlin", "Middle/Earth",
        ]
    };
}
use words;

pub(crate) use caldav::WORDS as CALDAV_WORDS;
pub(crate) use google::WORDS as GOOGLE_WORDS;
pub(crate) use ics::WORDS as ICS_WORDS;
pub(crate) use microsoft::WORDS as MICROSOFT_WORDS;
pub(crate) use notion::WORDS as NOTION_WORDS;

pub(crate) fn google(data: &[u8]) {
    meet(&google::KIND, data);
}

pub(crate) fn microsoft(data: &[u8]) {
    meet(&microsoft::KIND, data);
}

pub(crate) fn caldav(data: &[u8]) {
    meet(&caldav::KIND, data);
}

pub(crate) fn notion(data: &[u8]) {
    meet(&notion::KIND, data);
}

pub(crate) fn ics(data: &[u8]) {
    meet(&ics::KIND, data);
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("an instant")
}

fn meet(kind: &'static Kind, data: &[u8]) {
    let [which, rest @ ..] = data else { return };
    let door = Arc::new(Door::new(kind, rest.strip_prefix(b"\n").unwrap_or(rest)));
    let adapter = (kind.adapter)(Arc::clone(&door) as Arc<dyn Http>);
    let access = (kind.access)(now(), which.is_ascii_uppercase());
    let call =
        Call { kind, door: &door, adapter: &*adapter, access: &access, calendar: kind.calendar.into() };
    call.make(which.to_ascii_lowercase());
}

/// What stands in places.
pub(crate) const PLACES: &[&str] = words![
    "{\"v\":1,\"q\":\"",
    "{\"v\":1,\"c\":\"",
    "\"s\":\"sync1\"",
    "\"w\":\"news\"",
    "\"w\":\"all\"",
    "\"token\":\"t\"",
    "\"s\":\"2027-01-15T07:55:00Z\"",
    "\"n\":4294967295",
    "\"k\":{\"a\":[\"1\",\"2027-01-15T07:55:00Z\"]}",
    "https://graph.microsoft.com/",
    "https://elsewhere.example/",
];

/// A place that somebody spoilt is lost, and nothing else: it is never taken for the end of a calendar.
pub(crate) fn cursors(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let place: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let kinds: [(&Kind, &[u8]); 5] = [
        (&google::KIND, google::ANOTHER_PAGE),
        (&microsoft::KIND, microsoft::ANOTHER_PAGE),
        (&caldav::KIND, caldav::ANOTHER_PAGE),
        (&notion::KIND, notion::ANOTHER_PAGE),
        (&ics::KIND, ics::ANOTHER_PAGE),
    ];
    for (kind, page) in kinds {
        let door = Arc::new(Door::new(kind, page));
        let adapter = (kind.adapter)(Arc::clone(&door) as Arc<dyn Http>);
        let access = (kind.access)(now(), false);
        let cursor = Cursor(text.to_owned());
        if calls::done(adapter.changes(&access, &kind.calendar.into(), Some(&cursor))).is_ok() {
            assert_eq!(place["v"], 1, "{}: a place that is none: {text}", adapter.id());
        }
    }
}

/// The ids that are read.
fn ids(kind: &Kind) -> [ExternalId; 2] {
    kind.ids.map(ExternalId::from)
}
