//! Items of a calendar that no event is known for: adopted where they surely are one of ours, asked about where they
//! may be, taken in where they are new (`rules.md` 17).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use concord_model::agreed::Base;
use concord_model::capability::{Privacies, Series};
use concord_model::event::{Booking, Event, Origin};
use concord_model::link::Direction;
use concord_model::observed::{Item, Observation, Reading, State, Theirs};
use concord_model::{ConflictId, EventId, ExternalId, Generation, MappingId, Rev, View, recurrence};
use concord_providers::Provider;
use concord_store::Actor;
use concord_store::accounts::AccountState;
use concord_store::conflicts::{Conflict, Resolution};
use concord_store::links::{self, Link, LinkState};
use concord_store::mappings::{self, Mapping, MappingState};
use concord_store::{accounts, clients, events};
use concord_sync::adopt::{self, Candidate, Identity};
use concord_sync::conflict::Verdict;
use concord_sync::lens::Shown;
use concord_sync::plan::{Act, Step};
use jiff::Timestamp;

use super::candidates::Candidates;
use super::ours::CopyOf;
use super::pull::foreign;
use super::reconcile::{Surroundings, concerns};
use super::{Run, Stop};
use crate::whose;

/// What an unknown item is.
#[derive(Clone, Debug)]
pub(super) enum Newcomer {
    /// New: this event comes in.
    Import(Box<Event>, Box<Theirs>),
    /// Surely this event of ours, or this occurrence of it.
    Adopt(CopyOf),
    /// Surely the copy of this event that we made in place of the one that we know, and forgot: the mapping goes on with
    /// it.
    Successor(CopyOf, Generation, Option<Box<Base>>),
    /// Perhaps this event of ours; this is how it looks there.
    Ask(EventId, Box<Theirs>),
    /// A person said that it is this event, and which version stands: the agreement is laid so that only that one
    /// has changed.
    Answered(EventId, Box<Base>, ConflictId, (Resolution, Actor)),
    /// A person said that it is not this event.
    Apart(EventId, ConflictId, (Resolution, Actor), Box<Event>, Box<Theirs>),
    /// Beyond the window: remembered until its time comes.
    Rest(Timestamp),
    /// A second copy that we made of this event, when we had forgotten the first: it is taken away again.
    Stray,
    /// It may be on its way from another calendar of the account, and that one is looked at first; or it is a second copy in
    /// a calendar that may not be written (I-47).
    Later,
}

impl Newcomer {
    /// What it is in a plan.
    pub(super) fn step(&self, mapping: &Mapping) -> Option<Step> {
        let external = mapping.external_id.clone();
        let named = |act, event, why: &str| {
            let (title, when) = match mapping.observation.as_ref().and_then(|seen| seen.over(None)) {
                Some(theirs) => (theirs.view.title.clone(), theirs.view.time.span.to_string()),
                None => Default::default(),
            };
            let fields = Default::default();
            Some(Step { act, event, external: external.clone(), title, when, fields, why: why.to_owned() })
        };
        match self {
            Newcomer::Import(..) => named(Act::CreateHere, None, ""),
            Newcomer::Apart(..) => named(Act::CreateHere, None, "it is another event than the one here"),
            Newcomer::Adopt((id, _)) | Newcomer::Successor((id, _), ..) | Newcomer::Answered(id, ..) => {
                named(Act::Adopt, Some(*id), "it is the same event as one here")
            }
            Newcomer::Ask(id, _) => named(Act::Ask, Some(*id), "it may be the same as an event here"),
            Newcomer::Stray => {
                let event = mapping.mark.as_ref().map(|mark| mark.event);
                named(Act::DeleteThere, event, "it is a second copy of the same event")
            }
            Newcomer::Rest(_) | Newcomer::Later => None,
        }
    }

    /// Whether what was asked about an item is settled by what it is now.
    pub(super) fn settles(&self, open: Option<&Conflict>) -> bool {
        match self {
            Newcomer::Import(..)
            | Newcomer::Adopt(_)
            | Newcomer::Successor(..)
            | Newcomer::Rest(_)
            | Newcomer::Stray => true,
            Newcomer::Ask(event, _) => open.is_some_and(|open| open.event != Some(*event)),
            Newcomer::Answered(..) | Newcomer::Apart(..) | Newcomer::Later => false,
        }
    }
}

impl Run<'_> {
    /// Says what each unknown item of the chunk is. What is not in the answer is nothing.
    pub(super) async fn identify(
        &mut self,
        chunk: &[Mapping],
        around: &Surroundings,
    ) -> Result<BTreeMap<MappingId, Newcomer>, Stop> {
        // A link that only sends takes nothing in; what it made itself it knows again all the same.
        let only_ours = self.link.settings.direction == Direction::Push;
        let is_ours = |m: &Mapping| m.mark.as_ref().is_some_and(|mark| mark.link == m.link);
        let unknown: Vec<(&Mapping, Theirs)> = chunk
            .iter()
            .filter(|m| m.event.is_none() && (!only_ours || is_ours(m)))
            // What is not understood in a part is not taken in without that part.
            .filter_map(|m| Some((m, m.observation.as_ref().filter(|o| o.oddity().is_none())?.over(None)?)))
            .collect();
        let mut found = BTreeMap::new();
        if unknown.is_empty() {
            return Ok(found);
        }
        let now = self.engine.now();
        let candidates = self.candidates(&unknown, now).await?;
        let asked = self.still_possible(&unknown, around, now).await?;
        let coming = self.coming(&unknown).await?;
        let mut same: BTreeMap<(String, String), u32> = BTreeMap::new();
        for (_, theirs) in &unknown {
            *same.entry(adopt::alike(&theirs.view)).or_default() += 1;
        }
        let mut adopted = self.supposed.adopted.clone();
        let forgotten = |m: &Mapping| {
            let mark = m.mark.as_ref().filter(|_| is_ours(m));
            mark.is_some_and(|mark| !candidates.known.contains(&mark.event))
        };
        let wait = unknown.iter().any(|(m, _)| forgotten(m)) && self.wait_for_originals().await?;
        for (mapping, theirs) in unknown {
            if coming.contains(&mapping.id) || (wait && forgotten(mapping)) {
                found.insert(mapping.id, Newcomer::Later);
                continue;
            }
            let refiled = candidates.moved_in_place(mapping, &adopted);
            let ours = refiled
                .or_else(|| candidates.made_by_us(mapping, &adopted))
                .or_else(|| candidates.made_of_a_series(mapping, &adopted));
            if let Some(mut newcomer) = ours {
                if matches!(newcomer, Newcomer::Stray) && !self.link.may_be_written() {
                    newcomer = Newcomer::Later;
                }
                if let Newcomer::Adopt(of) | Newcomer::Successor(of, ..) = newcomer {
                    adopted.insert(of);
                }
                found.insert(mapping.id, newcomer);
                continue;
            }
            // What never takes place comes in nowhere (BM-053): no calendar would take it.
            if only_ours || recurrence::is_empty(&theirs.view.time, &theirs.view.overrides) {
                continue;
            }
            if let Some(answered) = self.answered(mapping, &theirs, around, &asked, &adopted, &candidates) {
                if let Newcomer::Answered(event, ..) = answered {
                    adopted.insert((event, None));
                }
                found.insert(mapping.id, answered);
                continue;
            }
            let alone = same.get(&adopt::alike(&theirs.view)) == Some(&1);
            let likely: Vec<Candidate> = candidates
                .of
                .get(&mapping.id)
                .into_iter()
                .flatten()
                .filter(|c| !adopted.contains(&(c.event, None)))
                .cloned()
                .collect();
            let newcomer = match adopt::identify(&theirs.view, alone, &likely) {
                Identity::Certain(event) => {
                    adopted.insert((event, None));
                    Newcomer::Adopt((event, None))
                }
                Identity::Perhaps(event) => Newcomer::Ask(event, Box::new(theirs)),
                Identity::New => match self.reach(&theirs, now) {
                    Reach::Inside => {
                        let new = self.imported(mapping, &theirs, &candidates, now);
                        Newcomer::Import(Box::new(new), Box::new(theirs))
                    }
                    Reach::Ahead(at) => Newcomer::Rest(at),
                    Reach::Past => continue,
                },
            };
            found.insert(mapping.id, newcomer);
        }
        Ok(found)
    }

    /// Whether a copy of something that we have forgotten, as after a restore, may have its original in another calendar
    /// of its person that has not been read since. That one is to come in first, or it would be taken for the copy, and
    /// what the copy hides would be lost. Nothing is made here meanwhile: it may be what is there already.
    async fn wait_for_originals(&mut self) -> Result<bool, Stop> {
        let mut tx = self.engine.store.read().await?;
        let mut unread = links::list_user(&mut tx, self.link.workspace, self.link.user).await?;
        unread.retain(|l| l.id != self.link.id && l.state == LinkState::Active && !l.first_done);
        let mut waits = false;
        for link in unread {
            let account = accounts::find(&mut tx, link.account).await?;
            // Where a series is only its occurrences, those wait for it; nobody waits for them.
            let holds_series =
                |provider: &Arc<dyn Provider>| provider.capabilities().series != Series::Occurrences;
            waits |= account.state == AccountState::Active
                && self.engine.provider(&account.provider).is_ok_and(holds_series);
        }
        drop(tx);
        if waits {
            let soon = self.engine.now() + self.engine.backoff(1);
            let mut tx = self.begin().await?;
            links::due(&mut tx, self.link.id, soon).await?;
            tx.commit().await?;
            self.makes_nothing = true;
        }
        Ok(waits)
    }

    /// What a person (or, in the end, the clock) said about an item that may be an event of ours.
    fn answered(
        &self,
        mapping: &Mapping,
        theirs: &Theirs,
        around: &Surroundings,
        asked: &BTreeMap<EventId, (Event, View)>,
        adopted: &BTreeSet<CopyOf>,
        candidates: &Candidates,
    ) -> Option<Newcomer> {
        let now = self.engine.now();
        let open = around.open.get(&mapping.id)?;
        let event = open.event?;
        let (how, by) = match &open.answer {
            Some(answer) => (answer.how, answer.by),
            None if open.expires_at.is_some_and(|at| at <= now) => (Resolution::Expired, Actor::Program),
            None => return None,
        };
        let ours = asked.get(&event).filter(|_| how != Resolution::Both && !adopted.contains(&(event, None)));
        let Some((ours, shown)) = ours else {
            // Two events; or the one in question is deleted, out of sight or found elsewhere by now.
            let new = self.imported(mapping, theirs, candidates, now);
            return Some(Newcomer::Apart(event, open.id, (how, by), Box::new(new), Box::new(theirs.clone())));
        };
        let made_at = theirs.stamp.unwrap_or(open.detected_at);
        let loser = match crate::conflicts::stands(how, crate::conflicts::edited_at(ours), made_at) {
            Verdict::External => shown.clone(),
            Verdict::Platform | Verdict::Asked => theirs.view.clone(),
        };
        let base = Base::of(loser.clone(), loser);
        Some(Newcomer::Answered(event, Box::new(base), open.id, (how, by)))
    }

    /// The events that are asked about and can still be what an item is: alive, shown here, without a copy; each as
    /// it looks here now.
    async fn still_possible(
        &mut self,
        unknown: &[(&Mapping, Theirs)],
        around: &Surroundings,
        now: Timestamp,
    ) -> Result<BTreeMap<EventId, (Event, View)>, Stop> {
        let ids: BTreeSet<EventId> =
            unknown.iter().filter_map(|(m, _)| around.open.get(&m.id)?.event).collect();
        let ids: Vec<EventId> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut tx = self.engine.store.read().await?;
        let mut events = events::find(&mut tx, self.link.workspace, &ids).await?;
        let taken = mappings::events_with_copy(&mut tx, self.link.id, &ids).await?;
        let booked: Vec<_> = events.values().flat_map(|e| e.booking.clients.iter().copied()).collect();
        let clients = clients::by_ids(&mut tx, self.link.workspace, &booked).await?;
        drop(tx);
        events.retain(|id, event| !taken.contains(id) && concerns(event, &self.link));
        let shown = |event: Event| {
            let hidden = whose::hidden(&event, &self.link, &clients);
            match self.lens(&event, &hidden).show(&event, now) {
                Shown::As(seen) => Some((event.id, (event, seen.view))),
                Shown::Not(_) => None,
            }
        };
        Ok(events.into_values().filter_map(shown).collect())
    }

    /// Items that another calendar of the account had under the same id until now: they were moved here, and that
    /// calendar's next run brings their event along (`rules.md` 11). What is there still stands for itself here, for
    /// a meeting has one id in all calendars that are invited. Where that calendar rests, only a copy that we made for it
    /// waits for it: what a person made is not to be missing meanwhile.
    async fn coming(&mut self, unknown: &[(&Mapping, Theirs)]) -> Result<BTreeSet<MappingId>, Stop> {
        let mut coming = BTreeSet::new();
        if self.silent {
            return Ok(coming);
        }
        let mut tx = self.engine.store.read().await?;
        let mut elsewhere: Vec<(Link, Vec<ExternalId>)> = Vec::new();
        for sibling in links::list_account(&mut tx, self.link.workspace, self.account.id).await? {
            if sibling.id == self.link.id || matches!(sibling.state, LinkState::Removed { .. }) {
                continue;
            }
            let made_for_it = |m: &Mapping| m.mark.as_ref().is_some_and(|mark| mark.link == sibling.id);
            let may_come = |m: &Mapping| sibling.state == LinkState::Active || made_for_it(m);
            let may_come = unknown.iter().filter(|(m, _)| may_come(m));
            let ids: Vec<ExternalId> = may_come.filter_map(|(m, _)| m.external_id.clone()).collect();
            let known = mappings::by_external(&mut tx, sibling.id, &ids).await?;
            let living = known.into_iter().filter(|(_, m)| m.ended_at.is_none() && m.event.is_some());
            let living: Vec<ExternalId> = living.map(|(id, _)| id).collect();
            if !living.is_empty() {
                elsewhere.push((sibling, living));
            }
        }
        drop(tx);
        for (sibling, ids) in elsewhere {
            let readings = self.read_in(&sibling.calendar, &ids).await?;
            let left: BTreeSet<&ExternalId> = ids
                .iter()
                .zip(&readings)
                .filter(|(_, reading)| match reading {
                    // Not every provider says of what has left a calendar that it was there.
                    Ok(Reading::Deleted | Reading::Missing) => true,
                    Ok(Reading::Present(_)) => false,
                    Err(answer) => answer.passes(),
                })
                .map(|(id, _)| id)
                .collect();
            if left.is_empty() {
                continue;
            }
            let here =
                unknown.iter().filter(|(m, _)| m.external_id.as_ref().is_some_and(|id| left.contains(id)));
            coming.extend(here.map(|(m, _)| m.id));
            let mut tx = self.begin().await?;
            links::due(&mut tx, sibling.id, self.engine.now()).await?;
            tx.commit().await?;
        }
        Ok(coming)
    }

    /// The event that an item becomes here. It belongs to the link's person and stays with them (`rules.md` 2). What a
    /// person copied from a private event is private, too, where the calendar cannot say so itself.
    fn imported(&self, mapping: &Mapping, theirs: &Theirs, candidates: &Candidates, now: Timestamp) -> Event {
        let id: EventId = self.engine.id();
        let mut content = theirs.view.clone();
        if self.provider.capabilities().privacy == Privacies::None {
            content.privacy = candidates.privacy_of(mapping).unwrap_or_default();
        }
        Event {
            id,
            workspace: self.link.workspace,
            owner: self.link.user,
            uid: mapping.uid.clone().unwrap_or_else(|| format!("{id}@concord")),
            rev: Rev(1),
            origin: Origin::Link(self.link.id),
            content,
            booking: Booking::default(),
            personal: BTreeMap::new(),
            accepted: BTreeMap::new(),
            created_at: now,
            updated_at: theirs.stamp.map_or(now, |stamp| stamp.min(now)),
            deleted_at: None,
        }
    }

    fn reach(&self, theirs: &Theirs, now: Timestamp) -> Reach {
        let (starts, ends) = recurrence::first_and_last(&theirs.view.time, &theirs.view.overrides);
        let window = self.link.settings.window;
        if starts >= now + window.ahead() {
            Reach::Ahead(starts)
        } else if ends.is_some_and(|ends| ends <= now - window.back()) {
            Reach::Past
        } else {
            Reach::Inside
        }
    }

    /// Reads the series of changed occurrences that were seen without it: it came on another page, or the person was
    /// invited to the occurrence alone. Those stand for themselves (Google, trap 9).
    pub(super) async fn find_series(&mut self, chunk: Vec<Mapping>) -> Result<Vec<Mapping>, Stop> {
        let lone = |m: &Mapping| {
            m.event.is_none()
                && m.observation.as_ref().is_some_and(|o| o.whole.is_none() && !o.parts.is_empty())
        };
        let orphans: Vec<Mapping> = chunk.iter().filter(|m| lone(m)).cloned().collect();
        if orphans.is_empty() || self.silent {
            return Ok(chunk);
        }
        let readings = self.read(&orphans).await?;
        let now = self.engine.now();
        let (mut kept, mut gone) = (Vec::new(), Vec::new());
        for (mut mapping, reading) in orphans.into_iter().zip(readings) {
            match reading {
                Some(Reading::Present(items)) => {
                    mapping.observation = Some(Observation::read(items, now));
                    kept.push(mapping);
                }
                Some(Reading::Deleted | Reading::Missing) => {
                    let parts = mapping.observation.take().map(|o| o.parts).unwrap_or_default();
                    for (id, item) in parts {
                        // An occurrence that was never seen and does not take place is nothing.
                        if matches!(item.state, State::Gone) {
                            continue;
                        }
                        let mut own = foreign(self.engine.id(), &self.link, id.clone());
                        own.listed_in = mapping.listed_in;
                        own.uid.clone_from(&item.uid);
                        own.state = MappingState::Pending;
                        own.observation.get_or_insert_default().add(Item { id, part: None, ..item }, now);
                        kept.push(own);
                    }
                    gone.push(mapping);
                }
                None => {}
            }
        }
        let mut tx = self.begin().await?;
        mappings::save_many(&mut tx, &kept).await?;
        for mapping in &gone {
            mappings::remove(&mut tx, mapping.id).await?;
        }
        tx.commit().await?;
        let mut chunk: Vec<Mapping> = chunk.into_iter().filter(|m| !lone(m)).collect();
        chunk.extend(kept);
        Ok(chunk)
    }
}

enum Reach {
    Inside,
    Ahead(Timestamp),
    Past,
}
