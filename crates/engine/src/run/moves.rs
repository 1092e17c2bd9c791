//! Moves between calendars: before a deletion is applied, the account's other calendars are looked at. What is found
//! there under the same identity was moved, not deleted (`rules.md` 11, BM-147).

use std::collections::{BTreeMap, BTreeSet};

use concord_model::agreed::Intent;
use concord_model::event::Origin;
use concord_model::observed::{Item, Observation, Reading};
use concord_model::{EventId, ExternalId, MappingId};
use concord_points::{defect, point};
use concord_store::conflicts::{self, Resolution};
use concord_store::links::{self, Link, LinkState};
use concord_store::mappings::{self, Mapping, MappingState};
use concord_store::{Actor, events};
use concord_sync::decide::{Here, Why};

use super::commit::bounds;
use super::reconcile::{Considered, OfEvent};
use super::recover::{newest, taken_away};
use super::{Run, Stop};

impl Run<'_> {
    /// Takes out of the decisions what was moved to another calendar of the account, and moves its mapping. Where it
    /// could not be looked for, nothing is concluded yet.
    pub(super) async fn follow_moves(&mut self, considered: &mut Vec<Considered>) -> Result<(), Stop> {
        let Moves { found, doubtful } = self.find_moves(considered).await?;
        for (mapping, (to, items)) in found {
            if let Some(known) = take_out(considered, mapping) {
                self.moved(known, &to, items).await?;
            }
        }
        let mut waiting = Vec::new();
        for mapping in doubtful {
            point!("moves: it could not be looked for");
            if let Some(OfEvent { mut mapping, .. }) = take_out(considered, mapping) {
                mapping.attempts += 1;
                mapping.retry_at = Some(self.engine.now() + self.engine.backoff(mapping.attempts));
                waiting.push(mapping);
            }
        }
        if !waiting.is_empty() {
            let mut tx = self.begin().await?;
            mappings::save_many(&mut tx, &waiting).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Takes the same out of what is only planned: a move deletes nothing.
    pub(super) async fn leave_out_moves(&mut self, considered: &mut Vec<Considered>) -> Result<(), Stop> {
        let Moves { found, doubtful } = self.find_moves(considered).await?;
        for mapping in found.into_keys().chain(doubtful) {
            take_out(considered, mapping);
        }
        Ok(())
    }

    /// Looks for what is lost in the account's other calendars.
    async fn find_moves(&mut self, considered: &[Considered]) -> Result<Moves, Stop> {
        let lost = |c: &Considered| match c {
            Considered::Known(k) if is_gone(k) => Some(Lost {
                mapping: k.mapping.id,
                event: k.event.id,
                id: k.mapping.external_id.clone()?,
                uid: k.mapping.uid.clone(),
            }),
            _ => None,
        };
        let mut lost: Vec<Lost> = considered.iter().filter_map(lost).collect();
        let mut moves = Moves::default();
        if lost.is_empty() || self.silent || defect!("a move is taken for a deletion") {
            return Ok(moves);
        }
        let mut tx = self.engine.store.read().await?;
        let siblings = links::list_account(&mut tx, self.link.workspace, self.account.id).await?;
        drop(tx);
        for sibling in siblings {
            // One that is stopped too: a person who moves something does not know of that.
            if sibling.id == self.link.id || matches!(sibling.state, LinkState::Removed { .. }) {
                continue;
            }
            let Looked { found, unknown } = self.look_in(&sibling, &lost).await?;
            moves.doubtful.extend(unknown);
            for (mapping, items) in found {
                lost.retain(|l| l.mapping != mapping);
                moves.doubtful.remove(&mapping);
                moves.found.insert(mapping, (sibling.clone(), items));
            }
        }
        Ok(moves)
    }

    /// Looks for lost events in another calendar: under their id, then under their name in the world.
    async fn look_in(&mut self, sibling: &Link, lost: &[Lost]) -> Result<Looked, Stop> {
        let mut looked = Looked::default();
        let ids: Vec<ExternalId> = lost.iter().map(|l| l.id.clone()).collect();
        let mut names: Vec<&Lost> = Vec::new();
        for (one, reading) in lost.iter().zip(self.read_in(&sibling.calendar, &ids).await?) {
            match reading {
                Ok(Reading::Present(items)) => {
                    looked.found.insert(one.mapping, items);
                }
                Err(answer) if answer.passes() => {
                    looked.unknown.insert(one.mapping);
                }
                // That calendar is gone, or does not show it: its own run will see to that.
                Ok(_) | Err(_) => names.extend(one.uid.is_some().then_some(one)),
            }
        }
        for chunk in names.chunks(self.provider.reads_at_once().max(1)) {
            let uids: Vec<String> = chunk.iter().filter_map(|one| one.uid.clone()).collect();
            let by_uid = loop {
                let mut access = self.access(uids.len()).await?;
                access.columns = sibling.settings.columns.clone();
                match self.provider.find(&access, &sibling.calendar, &uids).await {
                    Ok(by_uid) => break by_uid,
                    Err(answer) if answer.of_account().is_some() => self.refused(answer)?,
                    Err(answer) => {
                        let unknown = chunk.iter().filter(|_| answer.passes()).map(|one| one.mapping);
                        looked.unknown.extend(unknown);
                        break BTreeMap::new();
                    }
                }
            };
            for one in chunk {
                let items = one.uid.as_ref().and_then(|uid| by_uid.get(uid));
                if let Some(items) = items.filter(|items| !items.is_empty()) {
                    looked.found.insert(one.mapping, items.clone());
                }
            }
        }
        // What is there as an event of its own has not come from anywhere, nor has another copy of this one: under the
        // same id it is this very one.
        let ids: Vec<ExternalId> =
            looked.found.values().filter_map(|items| Some(items.first()?.id.clone())).collect();
        let mut tx = self.engine.store.read().await?;
        let known = mappings::by_external(&mut tx, sibling.id, &ids).await?;
        drop(tx);
        looked.found.retain(|mapping, items| {
            let Some(one) = lost.iter().find(|l| l.mapping == *mapping) else { return false };
            let there = items.first().and_then(|item| known.get(&item.id));
            match there.filter(|m| m.ended_at.is_none()).and_then(|m| m.event) {
                None => true,
                Some(event) => event == one.event && items.first().is_some_and(|item| item.id == one.id),
            }
        });
        Ok(looked)
    }

    /// The mapping follows its event to the other calendar. A copy that Concord had made there is removed, and the
    /// calendar that it left does not get it again: a person took it from there. What is one occurrence goes alone.
    async fn moved(&mut self, known: OfEvent, to: &Link, items: Vec<Item>) -> Result<(), Stop> {
        point!("moves: it was moved to another calendar");
        let now = self.engine.now();
        let Some(id) = items.first().map(|item| item.id.clone()) else { return Ok(()) };
        let OfEvent { mut mapping, event, open, .. } = known;
        let mut tx = self.begin().await?;
        links::lock(&mut tx, &[to.id]).await?;
        let there = links::find(&mut tx, to.id).await?;
        if there.lease_until.is_some_and(|until| until > now) {
            // Someone is at work there with what he knows of it: next time.
            links::due(&mut tx, self.link.id, now).await?;
            tx.commit().await?;
            return Ok(());
        }
        let mut saved = Vec::new();
        let known = mappings::of_event_on(&mut tx, event.id, to.id).await?;
        let mut arrived = Mapping {
            event: Some(event.id),
            part: mapping.part,
            generation: newest(&known),
            external_id: Some(id.clone()),
            uid: mapping.uid.clone(),
            mark: mapping.mark.clone(),
            origin: mapping.origin,
            base: mapping.base.clone(),
            known: mapping.known.clone(),
            synced_rev: mapping.synced_rev,
            ..Mapping::new(self.engine.id(), mapping.workspace, to.id)
        };
        if let Some(seen) =
            mappings::by_external(&mut tx, to.id, std::slice::from_ref(&id)).await?.remove(&id)
        {
            arrived.listed_in = seen.listed_in;
            match seen.event {
                // It was taken for a copy of this event before the move was known.
                Some(_) if seen.ended_at.is_none() => {
                    arrived = Mapping { origin: mapping.origin, state: MappingState::Pending, ..seen };
                }
                _ => mappings::remove(&mut tx, seen.id).await?,
            }
        }
        let seen = Observation::read(items, now);
        let is_other =
            |copy: &Mapping| copy.ended_at.is_none() && copy.id != arrived.id && copy.part == arrived.part;
        let others: Vec<Mapping> = known.into_iter().filter(is_other).collect();
        if others.iter().any(|copy| copy.origin) && !arrived.origin {
            // A copy came to where the original lives: the original stays, and the copy, which Concord made, goes (I-19).
            if let Some(theirs) = seen.over(None) {
                arrived.known = Run::known_of(&theirs);
            }
            (arrived.event, arrived.base) = (None, None);
            (arrived.intent, arrived.state) = (Some(Intent::Delete), MappingState::Pending);
        } else {
            arrived.observation = Some(seen);
        }
        for copy in others {
            if copy.origin {
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
                    events::remember(&mut tx, &event, Actor::Link(self.link.id), Some(self.id), now).await?;
                }
                Err(concord_store::Error::Changed) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(open) = open {
            conflicts::resolve(&mut tx, open.workspace, open.id, Resolution::Agreed, now, Actor::Program)
                .await?;
        }
        taken_away(&mut mapping);
        mapping.origin = false;
        let left = mapping.id;
        saved.push(mapping);
        saved.push(arrived);
        mappings::save_many(&mut tx, &saved).await?;
        mappings::switch_off(&mut tx, left).await?;
        links::due(&mut tx, to.id, now).await?;
        tx.commit().await?;
        self.report.about(event.id, Some(&id), &format!("it was moved to the calendar \"{}\"", to.name));
        Ok(())
    }
}

/// What has become of lost events.
#[derive(Default)]
struct Moves {
    /// What was moved, to which calendar, and what is there.
    found: BTreeMap<MappingId, (Link, Vec<Item>)>,
    /// What could not be looked for everywhere.
    doubtful: BTreeSet<MappingId>,
}

/// What was found of lost events in one calendar.
#[derive(Default)]
struct Looked {
    found: BTreeMap<MappingId, Vec<Item>>,
    /// Which could not be looked for.
    unknown: BTreeSet<MappingId>,
}

/// Takes one decision out of the others.
fn take_out(considered: &mut Vec<Considered>, mapping: MappingId) -> Option<OfEvent> {
    let at = considered.iter().position(|c| matches!(c, Considered::Known(k) if k.mapping.id == mapping))?;
    match considered.swap_remove(at) {
        Considered::Known(known) => Some(*known),
        _ => None,
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
    known.gone
        && (matches!(known.decision.here, Here::Delete)
            || matches!(known.decision.why, Some(Why::DeletionAsked | Why::PutBack)))
}
