//! Google Calendar in miniature: version 3 of the API, its sign-in, batch and push channels, on one listener.
//!
//! | Google's host | here |
//! | --- | --- |
//! | `www.googleapis.com/calendar/v3` | `/calendar/v3` |
//! | `www.googleapis.com/batch/calendar/v3` | `/batch/calendar/v3` |
//! | `accounts.google.com/o/oauth2/v2/auth` | `/o/oauth2/v2/auth` |
//! | `oauth2.googleapis.com/token`, `/revoke` | `/token`, `/revoke` |
//! | `openidconnect.googleapis.com/v1/userinfo` | `/v1/userinfo` |
//!
//! Events are JSON objects in Google's own form and are kept whole, fields the twin has never heard of included.
//! Two people live here, alice and bob, and whoever else the settings name, each with a primary calendar and one named
//! Team.

mod answers;
mod batch;
mod books;
mod calendars;
mod calls;
mod channels;
mod desk;
mod events;
mod lists;
mod oauth;
mod page;
mod people;
mod quota;
mod scopes;
mod selector;
mod snapshot;
mod state;
mod switches;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use crate::control::{self, Misunderstood};
use crate::ledger::{Called, Changed, Mail};
use crate::message::{Call, Reply};
use crate::notices::Notice;
use crate::serve::{self, Machine};
use crate::{Clock, Now};

pub use oauth::Client;
pub use snapshot::Snapshot;
pub use switches::{Import, Quirks, Quota};

use state::State;

/// How a twin begins, and begins again after a reset.
#[derive(Clone)]
pub struct Settings {
    /// Where it will be reached, without a slash at the end; links and channel resources are built from it.
    pub base_url: String,
    /// Equal seeds and equal calls give equal answers.
    pub seed: u64,
    /// Its time.
    pub now: Now,
    /// The zone of every calendar at the start.
    pub time_zone: String,
    /// The applications that may ask people for access.
    pub clients: Vec<Client>,
    /// The switches at the start.
    pub quirks: Quirks,
    /// Whether the change ledger keeps every version of every event.
    pub keep_versions: bool,
    /// Who lives here beside alice and bob. The bearer token of carol is `twin-carol`.
    pub more_people: Vec<String>,
}

impl Settings {
    /// The usual beginning: one application (`twin-client` with the secret `twin-secret`, any redirect), calendars in
    /// New York, no odd behaviour switched on.
    pub fn new(base_url: &str, now: Now) -> Settings {
        Settings {
            base_url: base_url.trim_end_matches('/').to_owned(),
            seed: 1,
            now,
            time_zone: "America/New_York".to_owned(),
            clients: vec![Client::default()],
            quirks: Quirks::default(),
            keep_versions: false,
            more_people: Vec::new(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({}, seed {})", self.base_url, self.seed)
    }
}

/// Where each of Google's hosts is found on a twin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// The API, with `/calendar/v3`.
    pub api: String,
    /// Batches.
    pub batch: String,
    /// Where a browser is sent to sign in.
    pub authorize: String,
    /// Tokens.
    pub token: String,
    /// The end of a grant.
    pub revoke: String,
    /// Who signed in.
    pub userinfo: String,
}

/// Bearer tokens that are good from the start and until a test says otherwise.
pub const BEARERS: [(&str, &str); 2] = [("alice", "twin-alice"), ("bob", "twin-bob")];

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
        calls::answer(&mut self.lock(), call)
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

    /// Takes the notices that are due, to be sent and reported with [`Twin::delivered`].
    pub fn take_notices(&self) -> Vec<Notice> {
        let mut state = self.lock();
        state.begin();
        let now = state.now;
        let notices = state.outbox.take(now);
        state.revision += u64::from(!notices.is_empty());
        notices
    }

    /// When the next notice will be due.
    pub fn next_notice(&self) -> Option<Timestamp> {
        self.lock().outbox.next()
    }

    /// Reports what a notice was answered; 0 if nothing came back.
    pub fn delivered(&self, notice: u64, status: u16) {
        let mut state = self.lock();
        state.begin();
        state.revision += 1;
        channels::delivered(&mut state, notice, status);
    }

    /// Everything it holds but its faults, to be kept and given to [`Twin::restore`].
    pub fn snapshot(&self) -> Snapshot {
        snapshot::of(&self.lock())
    }

    /// Goes on where a twin was when that snapshot was taken. Its own settings stay: where it is reached, its time, its
    /// applications. What cannot be read changes nothing and is said in a sentence.
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
        let base = self.lock().settings.base_url.clone();
        let at = |path: &str| format!("{base}{path}");
        Urls {
            api: at("/calendar/v3"),
            batch: at("/batch/calendar/v3"),
            authorize: at("/o/oauth2/v2/auth"),
            token: at("/token"),
            revoke: at("/revoke"),
            userinfo: at("/v1/userinfo"),
        }
    }

    /// Everything on a calendar that lives, by the calendar's id, as its owner sees it; cancelled occurrences of
    /// living series included.
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
        f.write_str("google::Twin")
    }
}

impl Machine for Twin {
    fn answer(&self, call: Call) -> Reply {
        Twin::answer(self, call)
    }
}

/// A JSON object.
type Fields = serde_json::Map<String, Value>;

/// A clock of its own for each state.
fn clock_of(settings: &Settings) -> Clock {
    Clock::new(Arc::clone(&settings.now))
}
