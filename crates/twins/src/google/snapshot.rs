//! What outlives a twin: everything it holds, as a value that can be written to a file.
//!
//! A snapshot carries the version of its form, and a form that is not known here is refused. What is not kept: fault
//! rules, which belong to one trial, and where the generator of chance stood. A restored twin draws anew, from what it
//! has seen and the time of its return, so that no identifier and no token comes twice.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Quirks;
use super::channels::Channels;
use super::events::tokens::digest;
use super::oauth::Grants;
use super::quota::Meter;
use super::state::{Calendar, Later, State, User};
use crate::chance::Chance;
use crate::faults::Faults;
use crate::ledger::Ledger;
use crate::notices::Outbox;

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
    calendars: Cow<'a, BTreeMap<String, Calendar>>,
    grants: Cow<'a, Grants>,
    channels: Cow<'a, Channels>,
    outbox: Cow<'a, Outbox>,
    meter: Cow<'a, Meter>,
    later: Cow<'a, [Later]>,
    last_etag: u64,
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
        calendars,
        grants,
        channels,
        outbox,
        meter,
        later,
        last_etag,
        revision: _,
    } = state;
    let kept = Kept {
        ahead: clock.ahead(),
        seed: settings.seed,
        ledger: Cow::Borrowed(ledger),
        quirks: Cow::Borrowed(quirks),
        users: Cow::Borrowed(users),
        calendars: Cow::Borrowed(calendars),
        grants: Cow::Borrowed(grants),
        channels: Cow::Borrowed(channels),
        outbox: Cow::Borrowed(outbox),
        meter: Cow::Borrowed(meter),
        later: Cow::Borrowed(later),
        last_etag: *last_etag,
    };
    let state =
        serde_json::to_value(kept).expect("everything a twin holds has texts for keys and finite numbers");
    Snapshot { twin: "google".to_owned(), version: VERSION, state }
}

/// Puts what was kept in place of what there is.
pub(super) fn into(state: &mut State, snapshot: Snapshot) -> Result<(), String> {
    if snapshot.twin != "google" {
        return Err(format!("it is a snapshot of the twin of \"{}\", not of google", snapshot.twin));
    }
    if snapshot.version != VERSION {
        return Err(format!(
            "it is of version {}, and this program reads version {VERSION} alone",
            snapshot.version
        ));
    }
    let kept: Kept<'static> = serde_json::from_value(snapshot.state)
        .map_err(|error| format!("it is not what a twin of google holds: {error}"))?;
    let mut settings = state.settings.clone();
    settings.seed = kept.seed;
    let mut clock = super::clock_of(&settings);
    clock.advance(kept.ahead);
    let now = clock.now();
    let [calls, changes, _] = kept.ledger.counts();
    let life =
        digest(&format!("{} {} {calls} {changes} {}", kept.seed, kept.last_etag, now.as_microsecond()));
    *state = State {
        settings,
        clock,
        now,
        chance: Chance::new(u64::from_str_radix(&life, 16).unwrap_or(kept.seed)),
        faults: Faults::default(),
        ledger: kept.ledger.into_owned(),
        quirks: kept.quirks.into_owned(),
        users: kept.users.into_owned(),
        calendars: kept.calendars.into_owned(),
        grants: kept.grants.into_owned(),
        channels: kept.channels.into_owned(),
        outbox: kept.outbox.into_owned(),
        meter: kept.meter.into_owned(),
        later: kept.later.into_owned(),
        last_etag: kept.last_etag,
        revision: state.revision + 1,
    };
    Ok(())
}
