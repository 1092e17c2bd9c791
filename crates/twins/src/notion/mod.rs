//! Notion in miniature: its API in three versions, its sign-in and its webhooks, on one listener.
//!
//! | Notion's | here |
//! | --- | --- |
//! | `api.notion.com/v1` | `/v1` |
//! | `api.notion.com/v1/oauth/authorize` | `/v1/oauth/authorize`, a page with buttons |
//! | an event's own page | `/p/…` |
//!
//! A calendar is a data source with a date property, an event is a page in it. Nothing here has an ETag, times are told
//! to the minute, lists lag where they are told to, and what is not shared with a connection is not there for it.
//!
//! One workspace holds two people, alice and bob, and whoever else the settings name. Each has a page with two
//! databases, Calendar and Team, shared with one internal connection, whose token is ready.

mod access;
mod answers;
mod blocks;
mod calls;
mod databases;
mod desk;
mod items;
mod pages;
mod paper;
mod people;
mod query;
mod quota;
mod schema;
mod search;
mod signin;
mod snapshot;
mod sources;
mod state;
mod switches;
mod users;
mod values;
mod webhooks;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::Now;
use crate::core::Core;
use crate::message::{Call, Reply};
use crate::notices::Answer;
use crate::twin::Provider;

pub use crate::snapshot::Snapshot;
pub use signin::Client;
pub use switches::{Delivery, Quirks, Quota};

pub use state::State;

/// How a twin begins, and begins again after a reset.
#[derive(Clone)]
pub struct Settings {
    /// Where it will be reached, without a slash at the end.
    pub base_url: String,
    /// Equal seeds and equal calls give equal answers.
    pub seed: u64,
    /// Its time.
    pub now: Now,
    /// The applications that may ask people for access.
    pub clients: Vec<Client>,
    /// The switches at the start.
    pub quirks: Quirks,
    /// Whether the change ledger keeps every version of every page.
    pub keep_versions: bool,
    /// Who lives here beside alice and bob. The bearer token of carol is `twin-carol`.
    pub more_people: Vec<String>,
}

impl Settings {
    /// The usual beginning: one application (`twin-client` with the secret `twin-secret`, any redirect), no odd
    /// behaviour switched on.
    pub fn new(base_url: &str, now: Now) -> Settings {
        Settings {
            base_url: base_url.trim_end_matches('/').to_owned(),
            seed: 1,
            now,
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

/// Where to reach what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// The API, with `/v1`.
    pub api: String,
    /// Where a browser is sent to sign in.
    pub authorize: String,
    /// Tokens.
    pub token: String,
    /// The end of a token.
    pub revoke: String,
}

/// Tokens of internal connections that are good from the start and until a test says otherwise.
pub const BEARERS: [(&str, &str); 2] = [("alice", "twin-alice"), ("bob", "twin-bob")];

/// The twin. Clones are the same twin.
///
/// [`events`](Twin::events) tells pages as the newest version of the API does. A calendar's id is that of its data source
/// or of its database.
pub type Twin = crate::twin::Twin<State>;

impl Twin {
    /// Where to reach what.
    pub fn urls(&self) -> Urls {
        let base = self.lock().settings.base_url.clone();
        let at = |path: &str| format!("{base}{path}");
        Urls {
            api: at("/v1"),
            authorize: at("/v1/oauth/authorize"),
            token: at("/v1/oauth/token"),
            revoke: at("/v1/oauth/revoke"),
        }
    }
}

impl Provider for State {
    const NAME: &'static str = "notion";
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
        calls::answer(self, &call)
    }

    fn delivered(&mut self, notice: u64, answer: &Answer) {
        webhooks::delivered(self, notice, answer.status);
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
