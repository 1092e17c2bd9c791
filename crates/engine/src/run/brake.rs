//! The brake: a run that would take away or rewrite too much of a calendar asks before its first destructive call
//! (I-08), and one to which too much comes while it is under way ends there: the next one weighs what is left.

use concord_model::MappingId;
use concord_points::point;
use concord_store::{mappings, plans};
use concord_sync::brake::{self, Verdict, Weight};
use concord_sync::plan::{Act, acts};

use super::reconcile::{Considered, count};
use super::{Run, Stop};

impl Run<'_> {
    /// Weighs all that there is to do, and asks for consent where that is too much.
    pub(super) async fn weigh_all(&mut self) -> Result<(), Stop> {
        let mut tx = self.engine.store.read().await?;
        let risk = count(mappings::risk(&mut tx, self.link.id, self.engine.now()).await?);
        // A quiet run has nothing to weigh, and a large calendar is not counted for it.
        let weighs = risk > 0 || self.wish.dry;
        let mapped = if weighs { count(mappings::counts(&mut tx, self.link.id).await?.mapped) } else { 0 };
        drop(tx);
        self.plan.counts.mapped = mapped;
        let limit = self.link.settings.brake;
        let could_brake =
            brake::weigh(Weight { deletions: risk, rewrites: 0, mapped }, limit) == Verdict::Stop;
        if !self.wish.dry && (!could_brake || self.wish.clear) {
            return Ok(());
        }
        self.plan_all().await?;
        let too_much = brake::weigh(self.plan.weight(), limit) == Verdict::Stop;
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
        let agreed_to = self.wish.clear || !self.consented.is_empty();
        let next: Vec<(MappingId, bool)> = considered.iter().filter_map(destroys).collect();
        if agreed_to || next.is_empty() {
            return Ok(());
        }
        self.destroyed.extend(next);
        let deletions = self.destroyed.values().filter(|deletes| **deletes).count() as u64;
        let rewrites = self.destroyed.len() as u64 - deletions;
        let limit = self.link.settings.brake;
        if self.destroyed.len() as u64 <= u64::from(limit.at_least) {
            return Ok(());
        }
        let mut tx = self.engine.store.read().await?;
        let mapped = count(mappings::counts(&mut tx, self.link.id).await?.mapped);
        drop(tx);
        if brake::weigh(Weight { deletions, rewrites, mapped }, limit) == Verdict::Stop {
            point!("reconcile: too much came to it");
            let why = "more has changed since it began than is done without asking";
            return Err(Stop::Pause { at: self.engine.now(), why });
        }
        Ok(())
    }
}

/// The mapping that a decision takes away or rewrites, and whether it takes it away.
fn destroys(considered: &Considered) -> Option<(MappingId, bool)> {
    let of = |mapping, mut acts: Vec<Act>| {
        acts.retain(|act| act.is_destructive());
        let deletes = acts.iter().any(|act| *act != Act::ChangeThere);
        (!acts.is_empty()).then_some((mapping, deletes))
    };
    match considered {
        Considered::Known(known) => of(known.mapping.id, acts(&known.decision).collect()),
        Considered::Newcomer(mapping, newcomer, _) => {
            of(mapping.id, newcomer.step(mapping).map(|step| step.act).into_iter().collect())
        }
        _ => None,
    }
}
