//! What outlives a twin: everything it holds, as a value that can be written to a file.
//!
//! A snapshot carries the version of its form, and a form that is not known here is refused. What is not kept: fault
//! rules, which belong to one trial, and where the generator of chance stood. A restored twin draws anew, from what it
//! has seen and the time of its return, so that no identifier comes twice.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Quirks;
use super::state::{Collection, State, User, digest};
use crate::chance::Chance;
use crate::faults::Faults;
use crate::ledger::Ledger;

/// The form that is written and read here.
const VERSION: u32 = 1;

/// A twin's state as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// Which twin it is of.
    twin: String,
    /// The version of the form of `state`.
    version: u32,
    state: Value,
}

/// The state in the form of [`VERSION`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept<'a> {
    ahead: SignedDuration,
    seed: u64,
    ledger: Cow<'a, Ledger>,
    quirks: Cow<'a, Quirks>,
    users: Cow<'a, BTreeMap<String, User>>,
    collections: Cow<'a, BTreeMap<String, Collection>>,
    partition: usize,
    bad_logins: Cow<'a, [Timestamp]>,
    burst: u32,
    last: u64,
    of_the_beginning: u64,
}

/// The state, ready to be kept.
pub(super) fn of(state: &State) -> Snapshot {
    // Taken apart whole, so that nothing that is added to the state can be forgotten here.
    let State {
        settings,
        clock,
        now: _,
        chance: _,
        faults: _,
        ledger,
        quirks,
        users,
        collections,
        partition,
        bad_logins,
        burst,
        last,
        of_the_beginning,
        revision: _,
    } = state;
    let kept = Kept {
        ahead: clock.ahead(),
        seed: settings.seed,
        ledger: Cow::Borrowed(ledger),
        quirks: Cow::Borrowed(quirks),
        users: Cow::Borrowed(users),
        collections: Cow::Borrowed(collections),
        partition: *partition,
        bad_logins: Cow::Borrowed(bad_logins),
        burst: *burst,
        last: *last,
        of_the_beginning: *of_the_beginning,
    };
    let state =
        serde_json::to_value(kept).expect("everything a twin holds has texts for keys and finite numbers");
    Snapshot { twin: "caldav".to_owned(), version: VERSION, state }
}

/// Puts what was kept in place of what there is.
pub(super) fn into(state: &mut State, snapshot: Snapshot) -> Result<(), String> {
    if snapshot.twin != "caldav" {
        return Err(format!("it is a snapshot of the twin of \"{}\", not of caldav", snapshot.twin));
    }
    if snapshot.version != VERSION {
        return Err(format!(
            "it is of version {}, and this program reads version {VERSION} alone",
            snapshot.version
        ));
    }
    let kept: Kept<'static> = serde_json::from_value(snapshot.state)
        .map_err(|error| format!("it is not what a twin of caldav holds: {error}"))?;
    let mut settings = state.settings.clone();
    settings.seed = kept.seed;
    let mut clock = super::clock_of(&settings);
    clock.advance(kept.ahead);
    let now = clock.now();
    let [calls, changes, _] = kept.ledger.counts();
    let life = digest(&format!("{} {} {calls} {changes} {}", kept.seed, kept.last, now.as_microsecond()));
    *state = State {
        settings,
        clock,
        now,
        chance: Chance::new(u64::from_str_radix(&life[..16], 16).unwrap_or(kept.seed)),
        faults: Faults::default(),
        ledger: kept.ledger.into_owned(),
        quirks: kept.quirks.into_owned(),
        users: kept.users.into_owned(),
        collections: kept.collections.into_owned(),
        partition: kept.partition,
        bad_logins: kept.bad_logins.into_owned(),
        burst: kept.burst,
        last: kept.last,
        of_the_beginning: kept.of_the_beginning,
        revision: state.revision + 1,
    };
    Ok(())
}
