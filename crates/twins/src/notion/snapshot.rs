//! What this twin keeps beside what every twin does (see [`crate::snapshot`]).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::quota::Meter;
use super::signin::Grants;
use super::state::{Block, Bot, Database, Page, Source, State, User};
use super::webhooks::Webhooks;
use super::{Quirks, Settings};
use crate::calendar::Shelf;
use crate::core::Core;

/// The state as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept<'a> {
    quirks: Cow<'a, Quirks>,
    workspace: Cow<'a, str>,
    users: Cow<'a, BTreeMap<String, User>>,
    bots: Cow<'a, BTreeMap<String, Bot>>,
    databases: Cow<'a, BTreeMap<String, Database>>,
    sources: Cow<'a, BTreeMap<String, Source>>,
    rows: Cow<'a, BTreeMap<String, BTreeSet<String>>>,
    pages: Cow<'a, Shelf<Page>>,
    blocks: Cow<'a, BTreeMap<String, Block>>,
    bodies: Cow<'a, BTreeMap<String, Vec<String>>>,
    grants: Cow<'a, Grants>,
    webhooks: Cow<'a, Webhooks>,
    meter: Cow<'a, Meter>,
    epoch: u64,
}

/// The state, ready to be kept.
pub(super) fn of(state: &State) -> Value {
    // Taken apart whole, so that nothing that is added to the state can be forgotten here.
    let State {
        settings: _,
        core: _,
        quirks,
        workspace,
        users,
        bots,
        databases,
        sources,
        rows,
        pages,
        blocks,
        bodies,
        grants,
        webhooks,
        meter,
        epoch,
    } = state;
    let kept = Kept {
        quirks: Cow::Borrowed(quirks),
        workspace: Cow::Borrowed(workspace),
        users: Cow::Borrowed(users),
        bots: Cow::Borrowed(bots),
        databases: Cow::Borrowed(databases),
        sources: Cow::Borrowed(sources),
        rows: Cow::Borrowed(rows),
        pages: Cow::Borrowed(pages),
        blocks: Cow::Borrowed(blocks),
        bodies: Cow::Borrowed(bodies),
        grants: Cow::Borrowed(grants),
        webhooks: Cow::Borrowed(webhooks),
        meter: Cow::Borrowed(meter),
        epoch: *epoch,
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
        workspace: kept.workspace.into_owned(),
        users: kept.users.into_owned(),
        bots: kept.bots.into_owned(),
        databases: kept.databases.into_owned(),
        sources: kept.sources.into_owned(),
        rows: kept.rows.into_owned(),
        pages: kept.pages.into_owned(),
        blocks: kept.blocks.into_owned(),
        bodies: kept.bodies.into_owned(),
        grants: kept.grants.into_owned(),
        webhooks: kept.webhooks.into_owned(),
        meter: kept.meter.into_owned(),
        epoch: kept.epoch,
    })
}
