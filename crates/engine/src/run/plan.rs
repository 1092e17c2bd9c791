//! What a run would do: every decision, and none of them carried out.
//!
//! A person consents to a plan, so it has to be what the run then does (`rules.md` 16). A run gives what came in its
//! event before anything is made there; while planning, what that would make true is only [`Supposed`], and the rest
//! is decided on it.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::people::Address;
use concord_model::{EventId, MappingId};
use concord_providers::provider::Write;
use concord_store::conflicts::Conflict;
use concord_store::mappings::{self, Mapping, MappingState, Of};
use concord_sync::brake::Toll;
use concord_sync::decide::{Here, There, Why};
use concord_sync::plan::{Act, Step, acts, mailed};

use super::brake::weigh_in;
use super::commit::Pending;
use super::foreign::Newcomer;
use super::ours::CopyOf;
use super::reconcile::{CHUNK, Considered, OfEvent};
use super::{Run, Stop};

/// What the steps of a plan so far would have made true. Empty while a run does what it decides.
#[derive(Default)]
pub(super) struct Supposed {
    /// Events that something there was recognised as.
    pub(super) adopted: BTreeSet<CopyOf>,
    /// Items about which a question was settled.
    pub(super) settled: BTreeSet<MappingId>,
    /// Events that a person is asked about: neither side is written meanwhile.
    asked: BTreeSet<EventId>,
    /// Events that waited for such an answer and go on.
    released: BTreeSet<EventId>,
}

impl Supposed {
    fn take_in(&mut self, considered: &Considered) {
        match considered {
            Considered::Nothing(_, open) => self.settle(open.as_deref()),
            Considered::Newcomer(mapping, newcomer, open) => {
                if newcomer.settles(open.as_deref()) {
                    self.settle(open.as_deref());
                }
                match newcomer {
                    Newcomer::Adopt(of) | Newcomer::Successor(of, ..) => {
                        self.adopted.insert(*of);
                    }
                    Newcomer::Answered(event, ..) => {
                        self.adopted.insert((*event, None));
                        self.settled.insert(mapping.id);
                    }
                    Newcomer::Apart(event, ..) => {
                        self.released.insert(*event);
                        self.settled.insert(mapping.id);
                    }
                    Newcomer::Ask(event, _) => {
                        self.asked.insert(*event);
                    }
                    Newcomer::Import(..) | Newcomer::Rest(_) | Newcomer::Stray | Newcomer::Later => {}
                }
            }
            Considered::Known(_) | Considered::Odd(..) | Considered::Asked(_) | Considered::Wait => {}
        }
    }

    fn settle(&mut self, open: Option<&Conflict>) {
        if let Some(open) = open {
            self.settled.insert(open.mapping);
            self.released.extend(open.event);
        }
    }

    /// Whether nothing is made there for this event: it is there, or may be.
    fn holds_back(&self, mapping: &Mapping) -> bool {
        let of = |event| (event, mapping.part);
        mapping.event.is_some_and(|event| self.adopted.contains(&of(event)) || self.asked.contains(&event))
    }
}

impl Run<'_> {
    /// Decides about everything and does nothing.
    pub(super) async fn plan_all(&mut self) -> Result<(), Stop> {
        self.supposed = Supposed::default();
        self.planned = Toll::default();
        let planned = self.plan_in_order().await;
        self.supposed = Supposed::default();
        planned
    }

    async fn plan_in_order(&mut self) -> Result<(), Stop> {
        let mut after = None;
        while let Some(chunk) = self.work(Of::Newcomers, &mut after).await? {
            let considered = self.consider(chunk).await?;
            for one in &considered {
                self.supposed.take_in(one);
            }
            let mut adopted = self.consider_adopted(&considered).await?;
            for one in considered {
                let then = match &one {
                    Considered::Newcomer(mapping, ..) => adopted.remove(&mapping.id),
                    _ => None,
                };
                self.add_to_plan(one);
                then.into_iter().for_each(|then| self.add_to_plan(then));
            }
        }
        for chunk in self.released().await?.chunks(CHUNK as usize) {
            for one in self.consider(chunk.to_vec()).await? {
                self.add_to_plan(one);
            }
        }
        let mut after = None;
        while let Some(mut chunk) = self.work(Of::Events, &mut after).await? {
            chunk.retain(|mapping| !self.supposed.holds_back(mapping));
            let mut considered = self.consider(chunk).await?;
            self.leave_out_moves(&mut considered).await?;
            let anew = self.made_anew(&considered).await?;
            considered.extend(self.consider(anew).await?);
            considered.extend(self.told_of_others(&considered).await?);
            for one in considered {
                self.add_to_plan(one);
            }
        }
        Ok(())
    }

    /// What would be decided about items once they had the event that they are recognised as.
    async fn consider_adopted(
        &mut self,
        considered: &[Considered],
    ) -> Result<BTreeMap<MappingId, Considered>, Stop> {
        let adopted = |one: &Considered| {
            let Considered::Newcomer(mapping, newcomer, _) = one else { return None };
            let ((event, part), base) = match newcomer {
                Newcomer::Adopt(of) => (*of, None),
                Newcomer::Answered(event, base, ..) => ((*event, None), Some((**base).clone())),
                Newcomer::Successor(of, _, base) => (*of, base.as_deref().cloned()),
                _ => return None,
            };
            Some(Mapping { event: Some(event), part, base, ..(**mapping).clone() })
        };
        let adopted: Vec<Mapping> = considered.iter().filter_map(adopted).collect();
        let mut found = BTreeMap::new();
        for one in self.consider(adopted).await? {
            if let Considered::Known(known) = &one {
                found.insert(known.mapping.id, one);
            }
        }
        Ok(found)
    }

    /// What would take the place of copies that were wanted again while they were taken away, where nothing has yet.
    async fn made_anew(&self, considered: &[Considered]) -> Result<Vec<Mapping>, Stop> {
        let mut fresh = Vec::new();
        for one in considered {
            let Considered::Known(known) = one else { continue };
            if !known.begins_again() {
                continue;
            }
            let mut tx = self.engine.store.read().await?;
            let beside = mappings::of_event_on(&mut tx, known.event.id, self.link.id).await?;
            drop(tx);
            if beside.iter().all(|own| own.ended_at.is_some() || own.part != known.mapping.part) {
                let mapping = Mapping::new(self.engine.id(), known.mapping.workspace, known.mapping.link);
                fresh.push(Mapping { event: known.mapping.event, ..mapping });
            }
        }
        Ok(fresh)
    }

    /// What the rows beside an occurrence would be told of, once what came in with that one has changed the whole event.
    async fn told_of_others(&mut self, considered: &[Considered]) -> Result<Vec<Considered>, Stop> {
        let now = self.engine.now();
        let mut told = Vec::new();
        for one in considered {
            let Considered::Known(known) = one else { continue };
            let Here::Change(changed) = &known.decision.here else { continue };
            if !known.changes_others() {
                continue;
            }
            let mut tx = self.engine.store.read().await?;
            let mut beside = mappings::of_event_on(&mut tx, changed.id, self.link.id).await?;
            drop(tx);
            // What is to be looked at anyway is planned where it stands.
            beside.retain(|own| own.ended_at.is_none() && own.state != MappingState::Pending);
            let around = self.surroundings(&beside).await?;
            told.extend(beside.into_iter().map(|own| self.consider_known(own, changed, &around, now)));
        }
        Ok(told)
    }

    /// What waits for an answer and would go on, for the question would be settled.
    async fn released(&mut self) -> Result<Vec<Mapping>, Stop> {
        let now = self.engine.now();
        let mut tx = self.engine.store.read().await?;
        let mut released = Vec::new();
        for event in &self.supposed.released {
            for own in mappings::of_event_on(&mut tx, *event, self.link.id).await? {
                let waits = own.ended_at.is_none() && own.base.is_none() && own.intent.is_none();
                let is_work = own.state == MappingState::Pending && own.retry_at.is_none_or(|at| at <= now);
                if waits && !is_work && !self.supposed.holds_back(&own) {
                    released.push(Mapping { state: MappingState::Pending, ..own });
                }
            }
        }
        Ok(released)
    }

    fn add_to_plan(&mut self, considered: Considered) {
        weigh_in(&mut self.planned, &considered);
        match considered {
            Considered::Known(known) => {
                let own = [Address::from(self.account.name.as_str())];
                let there = known.theirs.as_ref().map(|theirs| &theirs.view);
                let guests = mailed(&known.decision, there, &self.link.settings, &own);
                for act in acts(&known.decision) {
                    self.add_step(step(act, &known));
                    if matches!(act, Act::CreateThere | Act::ChangeThere | Act::DeleteThere) {
                        self.plan.add_mail(guests);
                    }
                }
            }
            Considered::Newcomer(mapping, newcomer, _) => {
                if let Some(step) = newcomer.step(&mapping) {
                    self.add_step(step);
                }
            }
            Considered::Odd(..) | Considered::Asked(_) | Considered::Nothing(..) | Considered::Wait => {}
        }
    }

    fn add_step(&mut self, step: Step) {
        if step.act.is_destructive() {
            let Step { act, event, external, fields, .. } = &step;
            self.destructive.insert(format!("{act} {event:?} {external:?} {fields}"));
        }
        self.plan.add(step);
    }

    /// Adds to the plan what would be said once more, because its answer was lost; and what has to be changed in it then,
    /// for it is said word for word.
    pub(super) async fn plan_again(&mut self, again: &[Pending]) -> Result<(), Stop> {
        for one in again {
            let act = match one.write {
                Write::Create { .. } => Act::CreateThere,
                Write::Update { .. } => Act::ChangeThere,
                Write::Delete { .. } => Act::DeleteThere,
            };
            self.add_step(Step {
                act,
                event: one.mapping.event,
                external: one.mapping.external_id.clone(),
                title: one.after.title.clone(),
                when: one.after.time.span.to_string(),
                fields: Default::default(),
                why: "it was sent before, and the answer was lost".to_owned(),
            });
        }
        let made = again.iter().filter(|one| matches!(one.write, Write::Create { .. })).map(|one| Mapping {
            intent: None,
            base: Some(one.agreed.clone()),
            observation: None,
            ..one.mapping.clone()
        });
        for one in self.consider(made.collect()).await? {
            self.add_to_plan(one);
        }
        Ok(())
    }
}

fn step(act: Act, known: &OfEvent) -> Step {
    let fields = match (act, &known.decision.there) {
        (Act::ChangeThere, There::Update { before, after }) => before.differing(after),
        _ => Default::default(),
    };
    let why = match known.decision.why {
        Some(Why::SwitchedOff) if known.mapping.enabled => {
            "it no longer concerns this calendar's person".to_owned()
        }
        why => why.map(|why| why.to_string()).unwrap_or_default(),
    };
    Step {
        act,
        event: known.mapping.event,
        external: known.mapping.external_id.clone(),
        title: known.event.content.title.clone(),
        when: known.event.content.time.span.to_string(),
        fields,
        why,
    }
}
