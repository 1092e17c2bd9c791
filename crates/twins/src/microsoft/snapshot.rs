//! What this twin keeps beside what every twin does (see [`crate::snapshot`]).

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::load::Load;
use super::oauth::Grants;
use super::state::{Calendar, State, User};
use super::subscriptions::Subscriptions;
use super::{Quirks, Settings};
use crate::core::Core;

/// The state as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept<'a> {
    quirks: Cow<'a, Quirks>,
    users: Cow<'a, BTreeMap<String, User>>,
    calendars: Cow<'a, BTreeMap<u64, Calendar>>,
    grants: Cow<'a, Grants>,
    subscriptions: Cow<'a, Subscriptions>,
    load: Cow<'a, Load>,
    nicknames: Cow<'a, BTreeMap<String, u64>>,
    later: Cow<'a, [(Timestamp, u64)]>,
    last: u64,
}

/// The state, ready to be kept.
pub(super) fn of(state: &State) -> Value {
    // Taken apart whole, so that nothing that is added to the state can be forgotten here.
    let State {
        settings: _,
        core: _,
        quirks,
        users,
        calendars,
        grants,
        subscriptions,
        load,
        nicknames,
        later,
        last,
    } = state;
    let kept = Kept {
        quirks: Cow::Borrowed(quirks),
        users: Cow::Borrowed(users),
        calendars: Cow::Borrowed(calendars),
        grants: Cow::Borrowed(grants),
        subscriptions: Cow::Borrowed(subscriptions),
        load: Cow::Borrowed(load),
        nicknames: Cow::Borrowed(nicknames),
        later: Cow::Borrowed(later),
        last: *last,
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
        calendars: kept.calendars.into_owned(),
        grants: kept.grants.into_owned(),
        subscriptions: kept.subscriptions.into_owned(),
        load: kept.load.into_owned(),
        nicknames: kept.nicknames.into_owned(),
        later: kept.later.into_owned(),
        last: kept.last,
    })
}
