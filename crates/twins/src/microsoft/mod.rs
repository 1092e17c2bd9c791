//! Microsoft 365 and Outlook.com in miniature: calendars of Graph v1.0, its sign-in, batches and change notifications, on
//! one listener.
//!
//! | Microsoft's host | here |
//! | --- | --- |
//! | `graph.microsoft.com/v1.0` | `/v1.0` |
//! | `login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize` | `/{tenant}/oauth2/v2.0/authorize` |
//! | `login.microsoftonline.com/{tenant}/oauth2/v2.0/token` | `/{tenant}/oauth2/v2.0/token` |
//!
//! Two people live here, alice and bob, and whoever else the settings name, each with a main calendar, one named Team, and
//! one of holidays that cannot be written. They have work accounts, unless a test gives them personal ones.

mod answers;
mod batch;
mod books;
mod calendars;
mod calls;
mod desk;
mod events;
mod ids;
mod load;
mod oauth;
mod page;
mod people;
mod prefer;
mod snapshot;
mod state;
mod subscriptions;
pub mod switches;
mod zones;

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
pub use state::State;
pub use switches::Quirks;

/// How a twin begins, and begins again after a reset.
#[derive(Clone)]
pub struct Settings {
    /// Where it will be reached, without a slash at the end; links are built from it.
    pub base_url: String,
    /// Equal seeds and equal calls give equal answers.
    pub seed: u64,
    /// Its time.
    pub now: Now,
    /// The zone of every mailbox at the start, by its IANA name.
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
    /// The usual beginning: one application (`twin-client` with the secret `twin-secret`, any redirect), mailboxes in New
    /// York.
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

/// Where each of Microsoft's hosts is found on a twin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// Graph, with `/v1.0`.
    pub graph: String,
    /// Where a browser is sent to sign in, for work and personal accounts.
    pub authorize: String,
    /// Tokens.
    pub token: String,
}

/// Bearer tokens that are good from the start and until a test says otherwise.
pub const BEARERS: [(&str, &str); 2] = [("alice", "twin-alice"), ("bob", "twin-bob")];

/// The tenant of the people here that have work accounts.
pub const TENANT: &str = "7a4bd2c6-0f3e-4d1a-9c55-2b8e6f1d0c11";

/// The twin. Clones are the same twin.
///
/// [`events`](Twin::events) tells Graph's own form, in UTC and with immutable ids: single events, masters, and what was
/// changed of a series. A calendar's id is its owner's, immutable.
pub type Twin = crate::twin::Twin<State>;

impl Twin {
    /// Where to reach what.
    pub fn urls(&self) -> Urls {
        let base = self.lock().settings.base_url.clone();
        Urls {
            graph: format!("{base}/v1.0"),
            authorize: format!("{base}/common/oauth2/v2.0/authorize"),
            token: format!("{base}/common/oauth2/v2.0/token"),
        }
    }
}

impl Provider for State {
    const NAME: &'static str = "microsoft";
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

    fn finish(&mut self) {
        events::finish(self);
        subscriptions::finish(self);
    }

    fn delivered(&mut self, notice: u64, answer: &Answer) {
        subscriptions::delivered(self, notice, answer);
    }

    fn ready(&mut self, ticket: u64) -> Option<Reply> {
        subscriptions::ready(self, ticket)
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
