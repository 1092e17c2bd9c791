//! A CalDAV server in miniature, with the manners of many: a plain one, iCloud, Radicale, Nextcloud and others.
//!
//! ```text
//!   Call ──▶ faults ──▶ host ──▶ sign-in ──▶ PROPFIND · REPORT · GET · PUT · DELETE · MKCALENDAR · MOVE
//! ```
//!
//! What servers do differently are switches ([`Quirks`]); a preset sets many at once. Objects are kept as the text that
//! was sent, unless a switch makes the server tell it again in its own way.
//!
//! Two people live here, alice and bob, and whoever else the settings name. Each has a main calendar, one named Team, a list of tasks, and a subscription
//! that cannot be written.

mod answers;
mod calls;
mod collections;
mod conditions;
mod desk;
mod objects;
mod people;
mod places;
mod presets;
mod propfind;
mod properties;
mod relocate;
mod reports;
mod scheduling;
mod signin;
mod snapshot;
mod state;
pub mod switches;
mod text;
mod xml;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use crate::control::{self, Misunderstood};
use crate::ledger::{Called, Changed, Mail};
use crate::message::{Call, Reply};
use crate::serve::{self, Machine};
use crate::{Clock, Now};

pub use presets::{PRESETS, preset};
pub use snapshot::Snapshot;
pub use switches::Quirks;

use state::State;

/// How a twin begins, and begins again after a reset.
#[derive(Clone)]
pub struct Settings {
    /// Where it will be reached, without a slash at the end.
    pub base_url: String,
    /// The other hosts that it answers at, where calendars live apart from the rest, as iCloud's do.
    pub partitions: Vec<String>,
    /// Equal seeds and equal calls give equal answers.
    pub seed: u64,
    /// Its time.
    pub now: Now,
    /// On whose clock floating times are read.
    pub time_zone: String,
    /// The switches at the start.
    pub quirks: Quirks,
    /// Whether the change ledger keeps every version of every object.
    pub keep_versions: bool,
    /// Who lives here beside alice and bob. The password of carol is `twin-carol`.
    pub more_people: Vec<String>,
}

impl Settings {
    /// The usual beginning: a plain server, two partitions beside it, New York's clocks.
    pub fn new(base_url: &str, now: Now) -> Settings {
        let base_url = base_url.trim_end_matches('/').to_owned();
        Settings {
            partitions: partitions(&base_url),
            base_url,
            seed: 1,
            now,
            time_zone: "America/New_York".to_owned(),
            quirks: Quirks::default(),
            keep_versions: false,
            more_people: Vec::new(),
        }
    }
}

/// Names that lead to the same machine, for one that listens on it; else names beside the first.
fn partitions(base_url: &str) -> Vec<String> {
    let (scheme, host) = base_url.split_once("://").unwrap_or(("http", base_url));
    match host.strip_prefix("127.0.0.1") {
        Some(port) => vec![format!("{scheme}://localhost{port}")],
        None => ["p37", "p38"].map(|name| format!("{scheme}://{name}-{host}")).to_vec(),
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({}, seed {})", self.base_url, self.seed)
    }
}

/// Where a twin is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// What a person types.
    pub base: String,
    /// The well-known address.
    pub well_known: String,
    /// Under which everything is.
    pub root: String,
}

/// The passwords that applications sign in with from the start, until a test says otherwise.
pub const PASSWORDS: [(&str, &str); 2] = [("alice", "twin-alice"), ("bob", "twin-bob")];

/// The name of this product in iCalendar.
const PRODUCT: &str = "-//Concord//Twin of a CalDAV server//EN";

/// The twin. Clones are the same twin.
#[derive(Clone)]
pub struct Twin {
    state: Arc<Mutex<State>>,
}

impl Twin {
    /// A twin at its beginning.
    pub fn new(settings: Settings) -> Twin {
        Twin { state: Arc::new(Mutex::new(State::new(settings))) }
    }

    /// For callers in the same process (see [`serve::in_process`]).
    pub fn router(&self) -> Router {
        serve::in_process(Arc::new(self.clone()))
    }

    /// For a listener (see [`serve::listening`]).
    pub fn listening(&self) -> Router {
        serve::listening(Arc::new(self.clone()))
    }

    /// Answers one call, control routes included.
    pub fn answer(&self, call: Call) -> Reply {
        calls::answer(&mut self.lock(), &call)
    }

    /// Does what a control route says, without HTTP: `twin.control("POST", "clock", &json!({"advance": "1h"}))`.
    pub fn control(&self, method: &str, route: &str, body: &Value) -> Result<Value, Misunderstood> {
        let method =
            Method::from_bytes(method.as_bytes()).map_err(|_| format!("{method} is not a method"))?;
        let mut state = self.lock();
        state.begin();
        state.revision += u64::from(method != Method::GET);
        control::perform(&mut *state, &method, route, body)?
            .ok_or_else(|| format!("{method} {route} is not a control route"))
    }

    /// Everything it holds but its faults, to be kept and given to [`Twin::restore`].
    pub fn snapshot(&self) -> Snapshot {
        snapshot::of(&self.lock())
    }

    /// Goes on where a twin was when that snapshot was taken. Its own settings stay: where it is reached, its time.
    /// What cannot be read changes nothing and is said in a sentence.
    pub fn restore(&self, snapshot: Snapshot) -> Result<(), String> {
        snapshot::into(&mut self.lock(), snapshot)
    }

    /// A number that counts up with everything that a snapshot would show: as long as it stands, there is nothing new
    /// to keep.
    pub fn revision(&self) -> u64 {
        self.lock().revision
    }

    /// Where to reach what.
    pub fn urls(&self) -> Urls {
        let state = self.lock();
        let base = state.settings.base_url.clone();
        Urls {
            well_known: format!("{base}/.well-known/caldav"),
            root: format!("{base}{}", state.quirks.discovery.root),
            base,
        }
    }

    /// Every object of a calendar that is there, by the calendar's id (`alice/home`), as its owner sees it: `id` (its
    /// name), `href`, `etag`, `uid`, `ics`, and what can be read from it.
    pub fn events(&self, calendar: &str) -> Vec<Value> {
        desk::events(&self.lock(), calendar)
    }

    /// The calls after number `since`.
    pub fn calls(&self, since: u64) -> Vec<Called> {
        self.lock().ledger.calls(since).cloned().collect()
    }

    /// The changes after number `since`.
    pub fn changes(&self, since: u64) -> Vec<Changed> {
        self.lock().ledger.changes(since).cloned().collect()
    }

    /// How many calls, changes and mails there were in all.
    pub fn counts(&self) -> [u64; 3] {
        self.lock().ledger.counts()
    }

    /// The mails after number `since`.
    pub fn mails(&self, since: u64) -> Vec<Mail> {
        self.lock().ledger.mails(since).cloned().collect()
    }

    /// The twin's time.
    pub fn now(&self) -> Timestamp {
        self.lock().clock.now()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in one call leaves the state as it was then; a test that goes on wants to see it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Twin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("caldav::Twin")
    }
}

impl Machine for Twin {
    fn answer(&self, call: Call) -> Reply {
        Twin::answer(self, call)
    }
}

/// A clock of its own for each state.
fn clock_of(settings: &Settings) -> Clock {
    Clock::new(Arc::clone(&settings.now))
}
