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
use std::sync::Arc;

use serde_json::Value;

use crate::Now;
use crate::core::Core;
use crate::message::{Call, Reply};
use crate::notices::Answer;
use crate::twin::Provider;

pub use crate::snapshot::Snapshot;
pub use oauth::Client;
pub use switches::{Import, Quirks, Quota};

pub use state::State;

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
///
/// [`events`](Twin::events) tells Google's own form, cancelled occurrences of living series included.
pub type Twin = crate::twin::Twin<State>;

impl Twin {
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
}

impl Provider for State {
    const NAME: &'static str = "google";
    const FORM: u32 = 1;
    type Settings = Settings;

    fn origin(settings: &Settings) -> (u64, Now) {
        (settings.seed, Arc::clone(&settings.now))
    }

    fn new(settings: Settings, core: Core) -> State {
        State::beginning(settings, core)
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn answer(&mut self, call: Call) -> Reply {
        calls::answer(self, call)
    }

    fn finish(&mut self) {
        events::finish(self);
    }

    fn delivered(&mut self, notice: u64, answer: &Answer) {
        channels::delivered(self, notice, answer.status);
    }

    fn events(&self, calendar: &str) -> Vec<Value> {
        desk::events(self, calendar)
    }

    fn keep(&self) -> Value {
        snapshot::of(self)
    }

    fn resume(settings: Settings, core: Core, kept: Value) -> serde_json::Result<State> {
        snapshot::into(settings, core, kept)
    }
}

/// A JSON object.
type Fields = serde_json::Map<String, Value>;
