//! What this twin keeps beside what every twin does (see [`crate::snapshot`]).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::channels::Channels;
use super::oauth::Grants;
use super::quota::Meter;
use super::state::{Calendar, Later, State, User};
use super::{Quirks, Settings};
use crate::core::Core;

/// The state as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept<'a> {
    quirks: Cow<'a, Quirks>,
    users: Cow<'a, BTreeMap<String, User>>,
    calendars: Cow<'a, BTreeMap<String, Calendar>>,
    grants: Cow<'a, Grants>,
    channels: Cow<'a, Channels>,
    meter: Cow<'a, Meter>,
    later: Cow<'a, [Later]>,
    last_etag: u64,
}

/// The state, ready to be kept.
pub(super) fn of(state: &State) -> Value {
    // Taken apart whole, so that nothing that is added to the state can be forgotten here.
    let State { settings: _, core: _, quirks, users, calendars, grants, channels, meter, later, last_etag } =
        state;
    let kept = Kept {
        quirks: Cow::Borrowed(quirks),
        users: Cow::Borrowed(users),
        calendars: Cow::Borrowed(calendars),
        grants: Cow::Borrowed(grants),
        channels: Cow::Borrowed(channels),
        meter: Cow::Borrowed(meter),
        later: Cow::Borrowed(later),
        last_etag: *last_etag,
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
        channels: kept.channels.into_owned(),
        meter: kept.meter.into_owned(),
        later: kept.later.into_owned(),
        last_etag: kept.last_etag,
    })
}
