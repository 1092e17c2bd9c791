//! A CalDAV server in miniature, with the manners of many: a plain one, iCloud, Radicale, Nextcloud and others.
//!
//! ```text
//!   Call ──▶ faults ──▶ host ──▶ sign-in ──▶ PROPFIND · REPORT · GET · PUT · DELETE · MKCALENDAR · MOVE
//! ```
//!
//! What servers do differently are switches ([`Quirks`]); a preset sets many at once. Objects are kept as the text that
//! was sent, unless a switch makes the server tell it again in its own way.
//!
//! Every calendar is a feed as well, for whoever knows its address: `/feeds/alice/home.ics`.
//!
//! Two people live here, alice and bob, and whoever else the settings name. Each has a main calendar, one named Team, a list of tasks, and a subscription
//! that cannot be written.

mod answers;
mod calls;
mod collections;
mod conditions;
mod desk;
mod feeds;
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
use std::sync::Arc;

use serde_json::Value;

use crate::Now;
use crate::core::Core;
use crate::message::{Call, Reply};
use crate::twin::Provider;

pub use crate::snapshot::Snapshot;
pub use presets::{PRESETS, preset};
pub use switches::Quirks;

pub use state::State;

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
///
/// [`events`](Twin::events) tells of each object its `id` (its name), `href`, `etag`, `uid`, `ics`, and what can be read
/// from it; a calendar's id is `alice/home`.
pub type Twin = crate::twin::Twin<State>;

impl Twin {
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
}

impl Provider for State {
    const NAME: &'static str = "caldav";
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
