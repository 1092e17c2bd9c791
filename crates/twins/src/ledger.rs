//! What a twin remembers for tests: every call, every change, every mail it would have sent.

use std::borrow::Cow;
use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// The longest memory; older entries are forgotten first, their numbers are not used again.
const LIMIT: usize = 200_000;
/// So many of the last calls outlive a restart.
const KEPT_CALLS: usize = 2_000;

/// One call as it was answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Called {
    /// Its number, from 1.
    pub n: u64,
    /// When, on the twin's clock.
    pub at: Timestamp,
    /// The verb.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// The version that the call insisted on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_match: Option<String>,
    /// What was answered; 0 if nothing was.
    pub status: u16,
    /// Who called, if it was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The fault that struck it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<crate::faults::Kind>,
    /// Whether it came as a part of a batch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub batched: bool,
}

/// One version of one thing that an outside reader could have seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// Its number, from 1.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// In which calendar.
    pub calendar: String,
    /// Which thing.
    pub id: String,
    /// What was done to it.
    pub what: Cow<'static, str>,
    /// Who did it: a user by the provider's API, or `person:` and the user by the control route.
    pub by: String,
    /// The version it got.
    pub etag: String,
    /// What it is now, if the twin was told to keep versions.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub now: Value,
}

/// One mail that a real provider would have sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// Its number, from 1.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub to: String,
    /// Invitation, update, cancellation or response.
    pub kind: Cow<'static, str>,
    /// About which calendar's event.
    pub calendar: String,
    /// About which event.
    pub event: String,
    /// Its unique id and sequence, which tell doubles apart.
    #[serde(rename = "iCalUID")]
    pub uid: String,
    /// The sequence.
    pub sequence: i64,
    /// What the caller had asked for.
    pub send_updates: String,
}

/// The three books.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    #[serde(serialize_with = "the_last")]
    calls: Book<Called>,
    changes: Book<Changed>,
    mails: Book<Mail>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Book<T> {
    entries: VecDeque<T>,
    last: u64,
}

impl<T> Default for Book<T> {
    fn default() -> Book<T> {
        Book { entries: VecDeque::new(), last: 0 }
    }
}

impl<T> Book<T> {
    fn write(&mut self, entry: impl FnOnce(u64) -> T) {
        if self.entries.len() == LIMIT {
            self.entries.pop_front();
        }
        self.last += 1;
        self.entries.push_back(entry(self.last));
    }

    /// The entries after number `since`: numbers follow each other without a gap.
    fn after(&self, since: u64) -> impl Iterator<Item = &T> {
        let wanted = usize::try_from(self.last.saturating_sub(since)).unwrap_or(usize::MAX);
        self.entries.iter().skip(self.entries.len().saturating_sub(wanted))
    }
}

/// What is kept of the calls: enough to see what went on before a restart.
fn the_last<S: Serializer>(book: &Book<Called>, serializer: S) -> Result<S::Ok, S::Error> {
    let skipped = book.entries.len().saturating_sub(KEPT_CALLS);
    Book { entries: book.entries.iter().skip(skipped).collect(), last: book.last }.serialize(serializer)
}

impl Ledger {
    /// Writes down a call; the closure is given its number.
    pub fn call(&mut self, entry: impl FnOnce(u64) -> Called) {
        self.calls.write(entry);
    }

    /// Writes down a change.
    pub fn change(&mut self, entry: impl FnOnce(u64) -> Changed) {
        self.changes.write(entry);
    }

    /// Writes down a mail.
    pub fn mail(&mut self, entry: impl FnOnce(u64) -> Mail) {
        self.mails.write(entry);
    }

    /// Every call after number `since`.
    pub fn calls(&self, since: u64) -> impl Iterator<Item = &Called> {
        self.calls.after(since)
    }

    /// Every change after number `since`.
    pub fn changes(&self, since: u64) -> impl Iterator<Item = &Changed> {
        self.changes.after(since)
    }

    /// Every mail after number `since`.
    pub fn mails(&self, since: u64) -> impl Iterator<Item = &Mail> {
        self.mails.after(since)
    }

    /// How many calls, changes and mails there were in all.
    pub fn counts(&self) -> [u64; 3] {
        [self.calls.last, self.changes.last, self.mails.last]
    }
}
