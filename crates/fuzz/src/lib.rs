//! Any bytes at all at every door: what must hold whatever comes in.
//!
//! A [`Target`] takes bytes and panics where a promise is broken. What goes wrong is found in two ways: an ordinary test
//! sends what lies in `corpus/` and many spoilt copies of it, the same ones each time; `make fuzz` lets libFuzzer look for
//! ways that nobody thought of (`libfuzzer/`). Whatever breaks something is kept in `corpus/`.
//!
//! A target knows public doors only: files, rules, answers behind each adapter's own door, requests to the server's router.

mod answers;
mod calendars;
mod kept;
mod requests;
mod rules;

/// Something that takes bytes from outside.
pub struct Target {
    /// Its name, and that of its folder in `corpus/`.
    pub name: &'static str,
    /// What must hold for any bytes.
    pub meet: fn(&[u8]),
    /// Pieces that lead further in than chance would.
    pub words: &'static [&'static str],
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "lines", meet: calendars::lines, words: calendars::WORDS },
    Target { name: "calendars", meet: calendars::calendars, words: calendars::WORDS },
    Target { name: "rules", meet: rules::rules, words: rules::WORDS },
    Target { name: "google", meet: answers::google, words: answers::GOOGLE_WORDS },
    Target { name: "microsoft", meet: answers::microsoft, words: answers::MICROSOFT_WORDS },
    Target { name: "caldav", meet: answers::caldav, words: answers::CALDAV_WORDS },
    Target { name: "notion", meet: answers::notion, words: answers::NOTION_WORDS },
    Target { name: "ics", meet: answers::ics, words: answers::ICS_WORDS },
    Target { name: "cursors", meet: answers::cursors, words: answers::PLACES },
    Target { name: "requests", meet: requests::requests, words: requests::WORDS },
    Target { name: "notices", meet: requests::notices, words: requests::WORDS },
    Target { name: "backups", meet: kept::backups, words: kept::WORDS },
];

/// Lets the target of that name meet the bytes.
pub fn meet(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.expect("only names of the list are asked for").meet)(data);
}
