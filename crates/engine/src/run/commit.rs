//! What is decided becomes so: first here, with the intents for there in the same transaction.
//!
//! The base is written with what it describes, always. Rows are saved whole by the one writer that holds the lease;
//! what others did to them meanwhile (an edit, an answer, a switch) shows in their `touched` count and makes them
//! pending again.

use std::collections::BTreeSet;

use concord_model::agreed::{Base, Intent};
use concord_model::event::Event;
use concord_model::observed::{Observation, Theirs};
use concord_model::view::Status;
use concord_model::{EventId, ExternalId, FieldSet, View};
use concord_points::{defect, point};
use concord_providers::provider::Write;
use concord_store::Tx;
use concord_store::conflicts::{self, Conflict, ConflictKind, ConflictState, Resolution};
use concord_store::events::{self, Actor, Bounds};
use concord_store::mappings::{self, Mapping, MappingError, MappingState};
use concord_sync::conflict::{Clash, Kind};
use concord_sync::decide::{Here, There, Why};
use jiff::{SignedDuration, Timestamp};

use super::reconcile::{Considered, OfEvent, writes};
use super::recover::burn;
use super::{Run, Stop};
use crate::whose;

/// The event that a decision about one of its occurrences changes as a whole.
fn changed_whole(one: &Considered) -> Option<EventId> {
    match one {
        Considered::Known(known) if known.changes_others() => Some(known.event.id),
        _ => None,
    }
}

/// A write that is about to be made, with what it was decided from.
pub(super) struct Pending {
    pub(super) mapping: Mapping,
    pub(super) write: Write,
    /// What will be agreed on if it succeeds.
    pub(super) agreed: Base,
    /// What it makes of their side.
    pub(super) after: View,
    /// Their side before.
    pub(super) theirs: Option<Theirs>,
    /// Whether a question stays open on other fields.
    pub(super) asked: bool,
    /// Whether a removal is for good: a person's, not a setting's, which may let the event in again.
    pub(super) for_good: bool,
    /// Whether it repeats an intent that may have been carried out already.
    pub(super) again: bool,
}

impl Run<'_> {
    /// Carries out a chunk of decisions. Returns whether something came back that has to be decided again.
    pub(super) async fn carry_out(&mut self, considered: Vec<Considered>) -> Result<bool, Stop> {
        let mut again = false;
        let mut pending = Vec::new();
        let mut saved = Vec::new();
        let mut considered = considered;
        self.follow_moves(&mut considered).await?;
        self.weigh_next(&considered).await?;
        let mut imports = Vec::new();
        let changed: BTreeSet<EventId> = considered.iter().filter_map(changed_whole).collect();
        let mut tx = self.begin().await?;
        for one in considered {
            match one {
                Considered::Wait => {}
                // What comes in with one occurrence is to go to the others with their own news, not after it.
                Considered::Known(known) if changed.contains(&known.event.id) && !known.changes_others() => {
                    again = true;
                }
                Considered::Nothing(mapping, open) => {
                    again |= self.not_the_same(&mut tx, open.as_deref(), &mut saved).await?;
                    mappings::remove(&mut tx, mapping.id).await?;
                }
                Considered::Odd(mapping, why) => saved.push(self.odd(*mapping, &why)),
                Considered::Asked(mapping) => {
                    saved.push(Mapping { state: MappingState::Conflict, ..*mapping });
                }
                Considered::Newcomer(mapping, newcomer, open) => {
                    if newcomer.settles(open.as_deref()) {
                        again |= self.not_the_same(&mut tx, open.as_deref(), &mut saved).await?;
                    }
                    again |= self
                        .welcome(&mut tx, *mapping, newcomer, &mut saved, &mut pending, &mut imports)
                        .await?;
                }
                Considered::Known(known) => {
                    again |= known.changes_others();
                    match self.settle_here(&mut tx, *known).await? {
                        Settled::Saved(mapping) => saved.push(*mapping),
                        Settled::Write(write) => {
                            saved.push(write.mapping.clone());
                            pending.push(*write);
                        }
                        Settled::Gone => {}
                        Settled::Again(mapping) => {
                            saved.push(*mapping);
                            again = true;
                        }
                        Settled::Overtaken => again = true,
                    }
                }
            }
        }
        self.make_known(&mut tx, &imports).await?;
        mappings::save_many(&mut tx, &saved).await?;
        tx.commit().await?;
        again |= self.push(pending).await?;
        Ok(again)
    }

    /// What one decision means here, and what it wants there.
    async fn settle_here(&mut self, tx: &mut Tx, known: OfEvent) -> Result<Settled, Stop> {
        let begins_again = known.begins_again();
        let changes_others = known.changes_others();
        let OfEvent { mut mapping, event, seen, theirs, decision, open, held, perhaps, gone: _ } = known;
        let now = self.engine.now();
        let mut rev = event.rev;
        match decision.here {
            Here::Nothing => {}
            Here::Change(changed) => {
                let made_at = theirs.as_ref().and_then(|t| t.stamp).map_or(now, |stamp| stamp.min(now));
                match self.change_here(tx, &event, *changed, made_at, now).await? {
                    Some(new) => rev = new,
                    None => return Ok(Settled::Overtaken),
                }
                self.report.tally.pulled += 1;
            }
            Here::Delete => {
                match self.delete_here(tx, &event, now).await? {
                    Some(new) => rev = new,
                    None => return Ok(Settled::Overtaken),
                }
                self.report.tally.deleted += 1;
            }
        }
        if changes_others {
            // Notes and what is somebody's own are the whole event's: its other occurrences here show them, too.
            let dice = &mut self.engine.dice();
            mappings::touch(tx, event.workspace, event.id, &[mapping.link], now, dice).await?;
        }
        self.record(tx, &mapping, &event, &decision.clashes, decision.ask, open.as_ref(), &theirs, &seen)
            .await?;
        for about in &decision.put_back {
            self.report.about(
                event.id,
                mapping.external_id.as_ref(),
                &format!("{about} was changed there and is put back"),
            );
        }
        let asked = decision.ask.is_some();
        if !writes(&decision.there) {
            mapping.attempts = 0;
        }
        mapping.retry_at = None;
        mapping.error = None;
        mapping.synced_rev = rev;
        let state = match (asked, held) {
            (true, _) => MappingState::Conflict,
            (false, true) => MappingState::Pending,
            (false, false) => MappingState::Synced,
        };
        let fields = seen.as_ref().map_or(FieldSet::NONE, |s| s.fields);
        let versions = theirs.as_ref().map_or_else(|| mapping.known.versions.clone(), |t| t.versions.clone());
        match decision.there {
            There::Nothing => {
                if let Some(base) = decision.base {
                    mapping.base = Some(base);
                }
                // What was neither taken nor put back is kept as it was seen, until it is.
                let left = match (&theirs, &mapping.base) {
                    (Some(theirs), Some(base)) => theirs.view != *base.theirs(),
                    _ => false,
                };
                if !asked && !held && !left {
                    if let Some(theirs) = &theirs {
                        let mut known = Run::known_of(theirs);
                        if known.versions == mapping.known.versions {
                            known.unanswered = mapping.known.unanswered;
                        }
                        mapping.known = known;
                    }
                    mapping.observation = None;
                    mapping.last_synced_at = Some(now);
                }
                mapping.state = state;
                Ok(Settled::Saved(Box::new(mapping)))
            }
            There::End => {
                let is_gone = mapping.observation.as_ref().is_some_and(Observation::is_tombstone);
                if begins_again {
                    point!("commit: wanted again while it was taken away");
                    // It was wanted again while it was being taken away: then it is made anew.
                    let dice = &mut self.engine.dice();
                    mappings::touch(tx, event.workspace, event.id, &[mapping.link], now, dice).await?;
                    mapping.end(now);
                    mapping.known.gone = is_gone;
                    return Ok(Settled::Again(Box::new(mapping)));
                }
                mapping.end(now);
                mapping.known.gone = is_gone;
                Ok(Settled::Saved(Box::new(mapping)))
            }
            There::Forget => {
                if perhaps {
                    // What may be the same is then something of its own.
                    for (_, asked) in conflicts::perhaps(tx, mapping.link, &[event.id]).await? {
                        mappings::release(tx, mapping.workspace, asked).await?;
                    }
                }
                // Ids that are burnt are remembered, but for what only waits for its time: a row would keep it waiting.
                let burnt = mapping.generation.0 > 0 && decision.why != Some(Why::OutsideWindow);
                if mapping.enabled && !burnt {
                    mappings::remove(tx, mapping.id).await?;
                    return Ok(Settled::Gone);
                }
                let over = matches!(decision.why, Some(Why::Not(why)) if why.is_end());
                // The switch outlives the event, for its deletion can be undone.
                match over && mapping.enabled {
                    true => mapping.end(now),
                    false => mapping.state = MappingState::Synced,
                }
                Ok(Settled::Saved(Box::new(mapping)))
            }
            There::Create(view) | There::Recreate(view) => {
                if mapping.base.is_some() || mapping.observation.is_some() {
                    // The old copy is gone for good; this is a new one, under a new id.
                    burn(&mut mapping);
                    mapping.base = None;
                    mapping.observation = None;
                    mapping.known = Default::default();
                    mapping.listed_in = 0;
                }
                let was = deleted_before(tx, event.id, &mapping).await?;
                // Whoever says it again after a crash has to mean the same.
                mapping.known.was.clone_from(&was);
                let id = self.provider.id_for(event.id, mapping.link, mapping.generation, mapping.part);
                mapping.external_id = Some(id.clone());
                mapping.intent = Some(Intent::Create(view.clone()));
                mapping.state = MappingState::Pending;
                let mark = concord_model::Mark { event: event.id, link: mapping.link };
                mapping.mark = Some(mark.clone());
                let uid = event.uid.clone();
                let write = Write::Create { id, uid, mark, view: view.clone(), fields, was };
                let agreed = Base::of((*view).clone(), (*view).clone());
                Ok(self.write(mapping, write, agreed, *view, None, asked))
            }
            There::Update { before, after } => {
                let Some(id) = mapping.external_id.clone() else { return Ok(Settled::Overtaken) };
                let agreed = decision.base.unwrap_or_else(|| Base::of((*after).clone(), (*after).clone()));
                mapping.base = match defect!("the base moves before the write") {
                    true => Some(agreed.clone()),
                    false => decision.meanwhile,
                };
                mapping.intent = Some(Intent::Update(after.clone()));
                mapping.state = MappingState::Pending;
                let write = Write::Update { id, versions, before, after: after.clone(), fields };
                Ok(self.write(mapping, write, agreed, *after, theirs, asked))
            }
            There::Delete => {
                let Some(id) = mapping.external_id.clone() else { return Ok(Settled::Overtaken) };
                mapping.intent = Some(Intent::Delete);
                mapping.state = MappingState::Pending;
                let after = event.content.clone();
                let agreed = mapping.base.clone().unwrap_or_else(|| Base::of(after.clone(), after.clone()));
                let for_good = matches!(decision.why, Some(Why::Not(why)) if why.is_end());
                let write = Write::Delete { id, versions };
                Ok(Settled::Write(Box::new(Pending {
                    mapping,
                    write,
                    agreed,
                    after,
                    theirs,
                    asked,
                    for_good,
                    again: false,
                })))
            }
        }
    }

    fn write(
        &self,
        mapping: Mapping,
        write: Write,
        agreed: Base,
        after: View,
        theirs: Option<Theirs>,
        asked: bool,
    ) -> Settled {
        Settled::Write(Box::new(Pending {
            mapping,
            write,
            agreed,
            after,
            theirs,
            asked,
            for_good: true,
            again: false,
        }))
    }

    /// A change from outside becomes the event's next revision. `None`: somebody was faster.
    async fn change_here(
        &mut self,
        tx: &mut Tx,
        before: &Event,
        mut changed: Event,
        made_at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<concord_model::Rev>, Stop> {
        for field in before.content.differing(&changed.content).iter() {
            changed.accepted.insert(field, made_at);
        }
        changed.rev.0 = before.rev.0 + 1;
        changed.updated_at = now;
        match events::update(tx, &changed, bounds(&changed), before.rev).await {
            Ok(()) => {}
            Err(concord_store::Error::Changed) => {
                point!("commit: an edit came first");
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        }
        events::remember(tx, before, Actor::Link(self.link.id), Some(self.id), now).await?;
        if !defect!("what comes in is not told to the others") {
            whose::tell(tx, &changed, Some(self.link.id), now, &mut self.engine.dice()).await?;
        }
        Ok(Some(changed.rev))
    }

    /// A deletion from outside: an event is deleted, a booking is cancelled (`rules.md` 10).
    async fn delete_here(
        &mut self,
        tx: &mut Tx,
        before: &Event,
        now: Timestamp,
    ) -> Result<Option<concord_model::Rev>, Stop> {
        let mut ended = before.clone();
        if before.is_booking() {
            ended.content.status = Status::Cancelled;
        } else {
            ended.deleted_at = Some(now);
        }
        self.change_here(tx, before, ended, now, now).await
    }

    fn odd(&mut self, mut mapping: Mapping, why: &str) -> Mapping {
        self.report.failed(mapping.event, mapping.external_id.as_ref(), "not_understood", why);
        mapping.state = MappingState::Error;
        mapping.error =
            Some(MappingError { code: "not_understood".into(), text: why.to_owned(), parked: true });
        mapping
    }

    pub(super) fn conflict(
        &self,
        mapping: &Mapping,
        kind: Kind,
        clashes: Vec<Clash>,
        now: Timestamp,
    ) -> Conflict {
        let days = i64::from(self.link.settings.answer_days.0);
        Conflict {
            id: self.engine.id(),
            workspace: self.link.workspace,
            event: mapping.event,
            link: self.link.id,
            mapping: mapping.id,
            kind: kind_of(kind),
            fields: clashes.iter().map(json).collect(),
            base: mapping.base.as_ref().map(|b| b.ours.clone()),
            ours: None,
            theirs: None,
            state: ConflictState::Open,
            answer: None,
            detected_at: now,
            // What is shown for review after a reconnect is never decided by the clock (`rules.md` 18).
            expires_at: (!mapping.is_unseen()).then_some(now + SignedDuration::from_hours(24 * days)),
            run: Some(self.id),
        }
    }

    /// Keeps what both sides had changed: as a question, or as settled by policy with the losing value kept (I-03).
    #[expect(clippy::too_many_arguments, reason = "everything that a conflict shows")]
    async fn record(
        &mut self,
        tx: &mut Tx,
        mapping: &Mapping,
        event: &Event,
        clashes: &[Clash],
        ask: Option<Kind>,
        open: Option<&Conflict>,
        theirs: &Option<Theirs>,
        seen: &Option<concord_sync::lens::Seen>,
    ) -> Result<(), Stop> {
        let now = self.engine.now();
        let versions = |conflict: Conflict| Conflict {
            ours: seen.as_ref().map(|s| s.view.clone()),
            theirs: theirs.as_ref().map(|t| t.view.clone()),
            ..conflict
        };
        let (asked, decided): (Vec<Clash>, Vec<Clash>) =
            clashes.iter().cloned().partition(|c| c.verdict == concord_sync::conflict::Verdict::Asked);
        if !decided.is_empty() {
            let kind = concord_sync::conflict::kind(&decided);
            let mut settled = versions(self.conflict(mapping, kind, decided.clone(), now));
            settled.state = ConflictState::Resolved { how: Resolution::Policy, at: now, by: Actor::Program };
            conflicts::open(tx, &settled).await?;
            self.report.tally.conflicts += 1;
            for clash in &decided {
                let text =
                    format!("{} was changed on both sides; {} stands", clash.about, report_winner(clash));
                self.report.about(event.id, mapping.external_id.as_ref(), &text);
            }
        }
        let settled = open.and_then(|open| match &open.answer {
            Some(answer) => Some((answer.how, answer.by)),
            None => {
                open.expires_at.is_some_and(|at| at <= now).then_some((Resolution::Expired, Actor::Program))
            }
        });
        if let (Some(open), Some(_)) = (open, &settled) {
            // What loses is what stood there in the end, not what did when it was asked.
            let (ours, theirs) = (seen.as_ref().map(|s| &s.view), theirs.as_ref().map(|t| &t.view));
            conflicts::open(tx, &crate::conflicts::as_it_stands(open, ours, theirs)).await?;
        }
        match (ask, open) {
            (Some(kind), _) => {
                // An answer holds for what was asked; what has come since is another question.
                if let (Some(open), Some((how, by))) = (open, settled) {
                    conflicts::resolve(tx, open.workspace, open.id, how, now, by).await?;
                }
                let question = versions(self.conflict(mapping, kind, asked, now));
                if open.is_none() || settled.is_some() {
                    self.report.tally.conflicts += 1;
                    self.report.about(
                        event.id,
                        mapping.external_id.as_ref(),
                        "both sides changed it; you are asked",
                    );
                }
                conflicts::open(tx, &question).await?;
            }
            (None, Some(open)) => {
                let (how, by) = settled.unwrap_or((Resolution::Agreed, Actor::Program));
                conflicts::resolve(tx, open.workspace, open.id, how, now, by).await?;
            }
            (None, None) => {}
        }
        Ok(())
    }
}

/// What was deleted there of the same before: the copy that this mapping had, or the one of the generation before it.
async fn deleted_before(tx: &mut Tx, event: EventId, mapping: &Mapping) -> Result<Option<ExternalId>, Stop> {
    if mapping.external_id.is_some() || mapping.generation.0 == 0 {
        return Ok(mapping.external_id.clone());
    }
    let all = mappings::of_event_on(tx, event, mapping.link).await?.into_iter();
    let same = |known: &Mapping| known.part == mapping.part && known.ended_at.is_some();
    Ok(all.filter(same).max_by_key(|known| known.generation).and_then(|known| known.external_id))
}

fn report_winner(clash: &Clash) -> &'static str {
    match clash.verdict {
        concord_sync::conflict::Verdict::Platform => "the version here",
        concord_sync::conflict::Verdict::External => "the calendar's version",
        concord_sync::conflict::Verdict::Asked => "neither",
    }
}

fn json(clash: &Clash) -> serde_json::Value {
    serde_json::to_value(clash).expect("a clash is plain data")
}

fn kind_of(kind: Kind) -> ConflictKind {
    match kind {
        Kind::TimeChange => ConflictKind::TimeChange,
        Kind::Deleted => ConflictKind::Deleted,
        Kind::DataMismatch => ConflictKind::DataMismatch,
        Kind::CreatedExternally => ConflictKind::CreatedExternally,
    }
}

/// What an event is looked up by.
pub(crate) fn bounds(event: &Event) -> Bounds {
    let (starts_at, ends_at) =
        concord_model::recurrence::first_and_last(&event.content.time, &event.content.overrides);
    Bounds { starts_at, ends_at }
}

enum Settled {
    Saved(Box<Mapping>),
    Write(Box<Pending>),
    Again(Box<Mapping>),
    Gone,
    Overtaken,
}
