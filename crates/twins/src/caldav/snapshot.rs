//! What this twin keeps beside what every twin does (see [`crate::snapshot`]).

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::state::{Collection, State, User};
use super::{Quirks, Settings};
use crate::core::Core;

/// The state as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept<'a> {
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
pub(super) fn of(state: &State) -> Value {
    // Taken apart whole, so that nothing that is added to the state can be forgotten here.
    let State {
        settings: _,
        core: _,
        quirks,
        users,
        collections,
        partition,
        bad_logins,
        burst,
        last,
        of_the_beginning,
    } = state;
    let kept = Kept {
        quirks: Cow::Borrowed(quirks),
        users: Cow::Borrowed(users),
        collections: Cow::Borrowed(collections),
        partition: *partition,
        bad_logins: Cow::Borrowed(bad_logins),
        burst: *burst,
        last: *last,
        of_the_beginning: *of_the_beginning,
    };
    serde_json::to_value(kept).expect("everything a twin holds has texts for keys and finite numbers")
}

/// Goes on from what was kept.
pub(super) fn into(settings: Settings, core: Core, kept: Value) -> serde_json::Result<State> {
    let kept: Kept<'static> = serde_json::from_value(kept)?;
    Ok(State {
        settings,
        core,
        quirks: kept.quirks.into_owned(),
        users: kept.users.into_owned(),
        collections: kept.collections.into_owned(),
        partition: kept.partition,
        bad_logins: kept.bad_logins.into_owned(),
        burst: kept.burst,
        last: kept.last,
        of_the_beginning: kept.of_the_beginning,
    })
}
