//! The brake: a run that would take away or rewrite too much of a calendar asks before its first destructive call
//! (I-08), and one to which too much comes while it is under way ends there: the next one weighs what is left.

use concord_model::{EventId, MappingId};
use concord_points::point;
use concord_store::{mappings, plans};
use concord_sync::brake::{self, Toll, Verdict, Weight};
use concord_sync::decide::There;
use concord_sync::plan::acts;

use super::reconcile::{Considered, count};
use super::{Run, Stop};

impl Run<'_> {
    /// Weighs all that there is to do, and asks for consent where that is too much.
    pub(super) async fn weigh_all(&mut self) -> Result<(), Stop> {
        let mut tx = self.engine.store.read().await?;
        let risk = count(mappings::risk(&mut tx, self.link.id, self.engine.now()).await?);
        // A quiet run has nothing to weigh, and a large calendar is not counted for it.
        let weighs = risk > 0 || self.wish.dry;
        let (mut copies, mut mapped) = (0, 0);
        if weighs {
            copies = count(mappings::counts(&mut tx, self.link.id).await?.mapped);
            mapped = count(mappings::events_mapped(&mut tx, self.link.id).await?);
        }
        drop(tx);
        self.plan.counts.mapped = copies;
        let limit = self.link.settings.brake;
        // There are no more events than copies; of how many these are, only the plan tells.
        let could_brake =
            brake::weigh(Weight { deletions: risk, rewrites: 0, mapped }, limit) == Verdict::Stop;
        if !self.wish.dry && (!could_brake || self.wish.clear) {
            return Ok(());
        }
        self.plan_all().await?;
        let weight = self.planned.weight(mapped);
        let too_much = brake::weigh(weight, limit) == Verdict::Stop;
        if !self.wish.dry && too_much && !self.consented().await? {
            point!("reconcile: the brake holds");
            return Err(Stop::Brake(Box::new(std::mem::take(&mut self.plan))));
        }
        Ok(())
    }

    /// Uses a person's consent to exactly this plan, if there is one.
    pub(super) async fn consented(&mut self) -> Result<bool, Stop> {
        let (hash, now) = (self.plan.hash(), self.engine.now());
        let mut tx = self.begin().await?;
        let used = plans::use_once(&mut tx, self.link.id, &hash, now).await?;
        if used {
            let plan = plans::get(&mut tx, self.link.workspace, self.link.id, &hash).await?;
            self.consented_until = Some(plan.expires_at);
            self.consented = std::mem::take(&mut self.destructive);
        }
        tx.commit().await?;
        Ok(used)
    }

    /// Lets pass what comes next, unless it is too much together with all that this run has taken away and rewritten: it
    /// came to it since it was weighed.
    pub(super) async fn weigh_next(&mut self, considered: &[Considered]) -> Result<(), Stop> {
        if self.wish.clear || !self.consented.is_empty() {
            return Ok(());
        }
        let before = self.taken.weight(0);
        considered.iter().for_each(|one| weigh_in(&mut self.taken, one));
        let after = self.taken.weight(0);
        let limit = self.link.settings.brake;
        if after == before || after.deletions + after.rewrites <= u64::from(limit.at_least) {
            return Ok(());
        }
        let mut tx = self.engine.store.read().await?;
        let mapped = count(mappings::events_mapped(&mut tx, self.link.id).await?);
        drop(tx);
        if brake::weigh(self.taken.weight(mapped), limit) == Verdict::Stop {
            point!("reconcile: too much came to it");
            let why = "more has changed since it began than is done without asking";
            return Err(Stop::Pause { at: self.engine.now(), why });
        }
        Ok(())
    }
}

/// What is weighed as one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Weighed {
    /// An event, with all the copies that its occurrences have.
    Event(EventId),
    /// An item that has no event yet.
    Item(MappingId),
}

/// Adds what a decision takes away, rewrites, or leaves as it is.
pub(super) fn weigh_in(toll: &mut Toll<Weighed>, considered: &Considered) {
    match considered {
        Considered::Known(known) => {
            let event = Weighed::Event(known.event.id);
            acts(&known.decision).for_each(|act| toll.add(event, act));
            let untouched = matches!(known.decision.there, There::Nothing);
            if untouched && known.mapping.base.is_some() && known.seen.is_some() && !known.gone {
                toll.keep(event);
            }
        }
        Considered::Newcomer(mapping, newcomer, _) => {
            if let Some(step) = newcomer.step(mapping) {
                toll.add(step.event.map_or(Weighed::Item(mapping.id), Weighed::Event), step.act);
            }
        }
        Considered::Odd(..) | Considered::Asked(_) | Considered::Nothing(..) | Considered::Wait => {}
    }
}
