//! Moves between calendars: before a deletion is applied, the account's other calendars are looked at. What is found
//! there under the same identity was moved, not deleted (`rules.md` 11, BM-147).

use std::collections::BTreeMap;

use concord_model::agreed::Intent;
use concord_model::event::Origin;
use concord_model::observed::{Item, Observation, Reading};
use concord_model::{EventId, ExternalId, MappingId};
use concord_providers::provider::Cost;
use concord_store::links::{self, Link, LinkState};
use concord_store::mappings::{self, Mapping, MappingState};
use concord_store::{Actor, events};
use concord_sync::decide::{Here, Why};

use super::reconcile::{Considered, OfEvent};
use super::{Run, Stop};
use crate::run::commit::bounds;

impl Run<'_> {
    /// Takes out of the decisions what was moved to another calendar of the account, and moves its mapping.
    pub(super) async fn follow_moves(&mut self, considered: &mut Vec<Considered>) -> Result<(), Stop> {
        let lost: Vec<Lost> = considered
            .iter()
            .filter_map(|c| match c {
                Considered::Known(k) if is_gone(k) => Some(Lost {
                    mapping: k.mapping.id,
                    event: k.event.id,
                    id: k.mapping.external_id.clone()?,
                    uid: k.mapping.uid.clone(),
                }),
                _ => None,
            })
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        let mut tx = self.engine.store.read().await?;
        let siblings = links::list_account(&mut tx, self.link.workspace, self.account.id).await?;
        drop(tx);
        for sibling in siblings {
            if sibling.id == self.link.id || !matches!(sibling.state, LinkState::Active | LinkState::Paused) {
                continue;
            }
            let found = self.look_in(&sibling, &lost).await?;
            for (mapping, items) in found {
                let at = considered
                    .iter()
                    .position(|c| matches!(c, Considered::Known(k) if k.mapping.id == mapping));
                let Some(at) = at else { continue };
                if let Considered::Known(known) = considered.swap_remove(at) {
                    self.moved(*known, &sibling, items).await?;
                }
            }
        }
        Ok(())
    }

    /// Looks for lost events in another calendar: under their id, then under their name in the world.
    async fn look_in(
        &mut self,
        sibling: &Link,
        lost: &[Lost],
    ) -> Result<BTreeMap<MappingId, Vec<Item>>, Stop> {
        let mut found = BTreeMap::new();
        for chunk in lost.chunks(self.provider.batch_size().max(1)) {
            let ids: Vec<ExternalId> = chunk.iter().map(|l| l.id.clone()).collect();
            let access = self.access(Cost::Read, ids.len()).await?;
            let readings = self.provider.read(&access, &sibling.calendar, &ids).await;
            let mut uids = Vec::new();
            for (Lost { mapping, uid, .. }, reading) in chunk.iter().zip(readings) {
                match (reading, uid) {
                    (Ok(Reading::Present(items)), _) => {
                        found.insert(*mapping, items);
                    }
                    (_, Some(uid)) => uids.push((*mapping, uid.clone())),
                    _ => {}
                }
            }
            if uids.is_empty() {
                continue;
            }
            let names: Vec<String> = uids.iter().map(|(_, uid)| uid.clone()).collect();
            let access = self.access(Cost::Read, names.len()).await?;
            // That it could not be looked for is no proof that it is not there: then nothing is deleted now.
            let by_uid = match self.provider.find(&access, &sibling.calendar, &names).await {
                Ok(by_uid) => by_uid,
                Err(answer) => {
                    self.refused(answer)?;
                    BTreeMap::new()
                }
            };
            for (mapping, uid) in uids {
                if let Some(items) = by_uid.get(&uid).filter(|items| !items.is_empty()) {
                    found.insert(mapping, items.clone());
                }
            }
        }
        // What is there as this event's copy already has not come from anywhere.
        let ids: Vec<ExternalId> =
            found.values().filter_map(|items| Some(items.first()?.id.clone())).collect();
        let mut tx = self.engine.store.read().await?;
        let known = mappings::by_external(&mut tx, sibling.id, &ids).await?;
        drop(tx);
        let event_of = |mapping: &MappingId| lost.iter().find(|l| l.mapping == *mapping).map(|l| l.event);
        found.retain(|mapping, items| {
            let there = items.first().and_then(|item| known.get(&item.id));
            !there.is_some_and(|m| m.ended_at.is_none() && m.event.is_some() && m.event == event_of(mapping))
        });
        Ok(found)
    }

    /// The mapping follows its event to the other calendar. A copy that Concord had made there is removed.
    async fn moved(&mut self, known: OfEvent, to: &Link, items: Vec<Item>) -> Result<(), Stop> {
        let now = self.engine.now();
        let Some(id) = items.first().map(|item| item.id.clone()) else { return Ok(()) };
        let OfEvent { mut mapping, event, .. } = known;
        let mut tx = self.begin().await?;
        links::lock(&mut tx, &[to.id]).await?;
        let mut saved = Vec::new();
        let mut arrived = Mapping {
            event: Some(event.id),
            external_id: Some(id.clone()),
            uid: mapping.uid.clone(),
            mark: mapping.mark.clone(),
            origin: mapping.origin,
            base: mapping.base.clone(),
            known: mapping.known.clone(),
            observation: Some(Observation::read(items, now)),
            synced_rev: mapping.synced_rev,
            enabled: mapping.enabled,
            ..Mapping::new(self.engine.id(), mapping.workspace, to.id)
        };
        if let Some(seen) =
            mappings::by_external(&mut tx, to.id, std::slice::from_ref(&id)).await?.remove(&id)
        {
            mappings::remove(&mut tx, seen.id).await?;
            arrived.listed_in = seen.listed_in;
        }
        for copy in mappings::of_event_on(&mut tx, event.id, to.id).await? {
            if copy.ended_at.is_some() {
                continue;
            }
            mappings::remove(&mut tx, copy.id).await?;
            if copy.external_id.is_some() {
                // Nobody's any more, and to be taken away: the intent says so, and recovery sees to it.
                saved.push(Mapping {
                    event: None,
                    intent: Some(Intent::Delete),
                    state: MappingState::Pending,
                    ..copy
                });
            }
        }
        if mapping.origin && event.origin == Origin::Link(self.link.id) {
            let mut moved = event.clone();
            moved.origin = Origin::Link(to.id);
            moved.rev.0 += 1;
            moved.updated_at = now;
            match events::update(&mut tx, &moved, bounds(&moved), event.rev).await {
                Ok(()) => {
                    events::remember(&mut tx, &event, Actor::Link(self.link.id), Some(self.id), now).await?
                }
                Err(concord_store::Error::Changed) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        mapping.ended_at = Some(now);
        mapping.observation = None;
        mapping.state = MappingState::Synced;
        mapping.origin = false;
        saved.push(mapping);
        saved.push(arrived);
        mappings::save_many(&mut tx, &saved).await?;
        links::due(&mut tx, to.id, now).await?;
        tx.commit().await?;
        self.report.about(event.id, Some(&id), &format!("it was moved to the calendar \"{}\"", to.name));
        Ok(())
    }
}

/// A mapping whose copy is gone.
struct Lost {
    mapping: MappingId,
    event: EventId,
    id: ExternalId,
    uid: Option<String>,
}

/// Whether a decision rests on the event being gone over there.
fn is_gone(known: &OfEvent) -> bool {
    matches!(known.decision.here, Here::Delete)
        || matches!(known.decision.why, Some(Why::DeletionAsked | Why::PutBack))
}
