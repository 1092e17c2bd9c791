//! Compares both sides and changes nothing (BE-9): the whole calendar is read and laid beside what should be there.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::link::Direction;
use concord_model::observed::Observation;
use concord_model::{EventId, ExternalId, LinkId, WorkspaceId, recurrence};
use concord_providers::provider::Next;
use concord_store::mappings::MappingState;
use concord_store::{clients, events, links, mappings, users};
use concord_sync::lens::{Lens, Shown};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::{Engine, asking, unread, whose};

/// What a comparison found on one link.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Which link.
    pub link: Option<LinkId>,
    /// The calendar's name.
    pub calendar: String,
    /// How many copies were compared and are the same.
    pub agree: u64,
    /// How many wait for a run, an answer or another try. They were not compared.
    pub waiting: u64,
    /// How many the link's settings keep apart: what is there and stays there, though it is filtered away, switched off
    /// or outside the window here, and what a one-way link leaves different.
    pub apart: u64,
    /// What does not agree and should.
    pub drift: Vec<Drift>,
}

/// Something that does not agree.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// Which event, if it is known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// What the provider calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What is wrong, in a sentence.
    pub what: String,
}

/// Compares one link's calendar with what should be in it.
pub async fn verify(engine: &Engine, workspace: WorkspaceId, link: LinkId) -> Result<Verdict> {
    let now = engine.now();
    let mut tx = engine.store.read().await?;
    let link = links::get(&mut tx, workspace, link).await.map_err(|_| Error::NotFound("link"))?;
    let person = users::get(&mut tx, workspace, link.user).await?;
    let ours = mappings::living(&mut tx, link.id).await?;
    drop(tx);
    let there = listing(engine, &link).await?;
    let provider = engine.provider(&link.provider)?;
    let zone = link.zone.clone().unwrap_or(person.zone);
    let mut verdict = Verdict { link: Some(link.id), calendar: link.name.clone(), ..Verdict::default() };
    let mut known: BTreeSet<ExternalId> = BTreeSet::new();
    for chunk in ours.chunks(200) {
        let ids: Vec<EventId> = chunk.iter().filter_map(|m| m.event).collect();
        let mut tx = engine.store.read().await?;
        let events = events::find(&mut tx, workspace, &ids).await?;
        let booked: Vec<_> = events.values().flat_map(|e| e.booking.clients.iter().copied()).collect();
        let clients = clients::by_ids(&mut tx, workspace, &booked).await?;
        drop(tx);
        for mapping in chunk {
            known.extend(mapping.external_id.clone());
            let seen = mapping.external_id.as_ref().and_then(|id| there.get(id)).and_then(|o| o.over(None));
            if mapping.state != MappingState::Synced {
                verdict.waiting += 1;
                continue;
            }
            let Some(event) = mapping.event.and_then(|id| events.get(&id)) else {
                verdict.apart += u64::from(seen.is_some());
                continue;
            };
            let hidden = whose::hidden(event, &link, &clients);
            let lens = Lens {
                able: provider.capabilities(),
                settings: &link.settings,
                person: link.user,
                eyes: whose::eyes(event, &link),
                zone: &zone,
                hidden: &hidden,
            };
            let wanted = match lens.show_part(event, mapping.part, now) {
                Shown::As(seen) if mapping.enabled => Some(seen),
                _ => None,
            };
            let base = mapping.base.as_ref();
            let drift = |what: &str| Drift {
                event: mapping.event,
                external_id: mapping.external_id.as_ref().map(ToString::to_string),
                what: what.to_owned(),
            };
            match (wanted, seen) {
                (Some(_), None) if mapping.external_id.is_some() => {
                    verdict.drift.push(drift("it is not in the calendar"));
                }
                (_, None) => {}
                // An original is not taken away by a setting, and is left as it is.
                (None, Some(_)) if mapping.origin => verdict.apart += 1,
                (None, Some(_)) => verdict.drift.push(drift("it should not be in the calendar")),
                (Some(ours), Some(theirs)) => {
                    let same = ours.view == theirs.view
                        || base.is_some_and(|b| ours.view == b.ours && theirs.view == *b.theirs());
                    let one_way = base.is_some_and(|b| match link.settings.direction {
                        Direction::Both => !link.writable && theirs.view == *b.theirs(),
                        Direction::Pull => theirs.view == *b.theirs(),
                        Direction::Push => ours.view == b.ours,
                    });
                    let fields = match base {
                        Some(b) => ours.view.differing(&b.ours).or(theirs.view.differing(b.theirs())),
                        None => ours.view.differing(&theirs.view),
                    };
                    match (same, one_way) {
                        (true, _) => verdict.agree += 1,
                        (_, true) => verdict.apart += 1,
                        _ => verdict.drift.push(drift(&format!("not the same there: {fields}"))),
                    }
                }
            }
        }
    }
    let oldest = now - link.settings.window.back();
    for (_, seen) in there.iter().filter(|(id, _)| !known.contains(*id)) {
        let Some(theirs) = seen.over(None) else { continue };
        let (_, ends) = recurrence::first_and_last(&theirs.view.time, &theirs.view.overrides);
        // What was over before the window began, or never takes place, is not taken in, and nothing is kept of it.
        let over = ends.is_some_and(|ends| ends <= oldest);
        let never = recurrence::is_empty(&theirs.view.time, &theirs.view.overrides);
        match link.settings.direction == Direction::Push || over || never {
            true => verdict.apart += 1,
            false => verdict.waiting += 1,
        }
    }
    Ok(verdict)
}

/// The whole calendar, as the provider lists it now.
async fn listing(engine: &Engine, link: &links::Link) -> Result<BTreeMap<ExternalId, Observation>> {
    let account = asking::account(engine, link.workspace, link.account).await?;
    let mut all: BTreeMap<ExternalId, Observation> = BTreeMap::new();
    let mut from = None;
    loop {
        let after = from.as_ref();
        let page = asking::ask(engine, &account, |provider, mut access| async move {
            access.columns.clone_from(&link.settings.columns);
            let mut page = provider.changes(&access, &link.calendar, after).await?;
            page.items = unread::spelled_out(&*provider, &access, &link.calendar, page.items).await?;
            Ok(page)
        });
        let page = page.await?;
        for item in page.items {
            all.entry(item.id.clone()).or_default().add(item, engine.now());
        }
        match page.next {
            Next::More(cursor) => from = Some(cursor),
            Next::Done(_) | Next::Everything => return Ok(all),
        }
    }
}
