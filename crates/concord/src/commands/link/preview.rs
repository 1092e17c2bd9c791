//! What a change of settings would do, before it is made: every event that concerns the link's person, seen through
//! the lens as it is and as it would be. Reads only what is here; asks no provider and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use concord_engine::whose;
use concord_model::link::{Direction, Settings};
use concord_model::{Capabilities, Event, EventId, FieldSet, recurrence};
use concord_store::links::Link;
use concord_store::mappings::Mapping;
use concord_store::{clients, events, mappings, users};
use concord_sync::lens::{Lens, Shown};
use concord_sync::plan::{Act, Plan, Step};
use jiff::Timestamp;

use crate::assemble::Program;

/// How many events are looked at together.
const PAGE: u32 = 500;

/// Plans what would follow from other settings.
pub(super) async fn plan(program: &Program, link: &Link, after: &Settings) -> anyhow::Result<Plan> {
    let engine = &program.engine;
    let now = engine.now();
    let mut tx = engine.store.read().await?;
    let person = users::get(&mut tx, program.workspace, link.user).await?;
    let zone = link.zone.clone().unwrap_or(person.zone);
    let mut copies: BTreeMap<EventId, Mapping> = BTreeMap::new();
    for mapping in mappings::living(&mut tx, link.id).await? {
        if let Some(event) = mapping.event
            && mapping.part.is_none()
        {
            copies.insert(event, mapping);
        }
    }
    let mut plan = Plan::default();
    plan.counts.mapped = copies.values().filter(|m| m.external_id.is_some()).count() as u64;
    let ids = concerned(&mut tx, link, after, copies.keys().copied(), now).await?;
    let everything = Capabilities::everything();
    let able = engine.provider(&link.provider).map_or(&everything, |provider| provider.capabilities());
    for chunk in ids.chunks(PAGE as usize) {
        let found = events::find(&mut tx, program.workspace, chunk).await?;
        let booked: Vec<_> = found.values().flat_map(|event| event.booking.clients.iter().copied()).collect();
        let known = clients::by_ids(&mut tx, program.workspace, &booked).await?;
        for event in found.values() {
            let would = Link { settings: after.clone(), ..link.clone() };
            let look = |link: &Link| {
                let hidden = whose::hidden(event, link, &known);
                let eyes = whose::eyes(event, link);
                let settings = &link.settings;
                Lens { able, settings, person: link.user, eyes, zone: &zone, hidden: &hidden }
                    .show(event, now)
            };
            let (before, later) = (look(link), look(&would));
            plan_one(&mut plan, event, copies.get(&event.id), &before, &later, &would, now);
        }
    }
    Ok(plan)
}

/// The events that the link is about, or would be.
async fn concerned(
    tx: &mut concord_store::Tx,
    link: &Link,
    after: &Settings,
    copies: impl Iterator<Item = EventId>,
    now: Timestamp,
) -> anyhow::Result<Vec<EventId>> {
    let mut all: BTreeSet<EventId> = copies.collect();
    let window = (now - after.window.back(), now + after.window.ahead());
    let mut last = None;
    loop {
        let page = events::concerning(tx, link.workspace, link.user, window, last, PAGE).await?;
        let Some(end) = page.last() else { return Ok(all.into_iter().collect()) };
        last = Some(*end);
        all.extend(page);
    }
}

fn plan_one(
    plan: &mut Plan,
    event: &Event,
    copy: Option<&Mapping>,
    before: &Shown,
    after: &Shown,
    link: &Link,
    now: Timestamp,
) {
    let writes = link.settings.direction != Direction::Pull && link.writable;
    let is_home = copy.is_some_and(|copy| copy.origin);
    let there = copy.is_some_and(|copy| copy.external_id.is_some());
    let enabled = copy.is_none_or(|copy| copy.enabled);
    let (act, fields, why) = match (before, after, there) {
        _ if !writes || !enabled => return,
        // What came from there is never removed by a setting (`rules.md` 3).
        (_, Shown::Not(why), true) if !is_home => (Act::DeleteThere, FieldSet::NONE, why.to_string()),
        (_, Shown::As(_), false) if reaches(event, link, now) => {
            (Act::CreateThere, FieldSet::NONE, "it passes the filter and lies in the window".to_owned())
        }
        (Shown::As(old), Shown::As(new), true) if old.view != new.view => {
            (Act::ChangeThere, old.view.differing(&new.view), "it would look different there".to_owned())
        }
        _ => return,
    };
    plan.add(Step {
        act,
        event: Some(event.id),
        external: copy.and_then(|copy| copy.external_id.clone()),
        title: event.content.title.clone(),
        when: event.content.time.span.to_string(),
        fields,
        why,
    });
}

/// Whether the event lies in the link's window.
fn reaches(event: &Event, link: &Link, now: Timestamp) -> bool {
    let window = link.settings.window;
    let (starts, ends) = recurrence::first_and_last(&event.content.time, &event.content.overrides);
    starts < now + window.ahead() && ends.is_none_or(|ends| ends > now - window.back())
}
