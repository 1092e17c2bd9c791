//! What an item that no event was known for becomes: it comes in, is adopted, goes on as a copy that was known, is asked
//! about, or is taken away again.

use concord_model::agreed::{Base, Intent};
use concord_model::event::{Event, Origin};
use concord_model::link::Direction;
use concord_model::observed::Theirs;
use concord_model::{EventId, Generation};
use concord_points::point;
use concord_providers::provider::Write;
use concord_store::conflicts::{self, Conflict, Resolution};
use concord_store::events::{self, Actor};
use concord_store::mappings::{self, Mapping, MappingState};
use concord_store::{Tx, links};
use concord_sync::conflict::Kind;
use concord_sync::lens::Shown;

use super::commit::{Pending, bounds};
use super::foreign::Newcomer;
use super::ours::CopyOf;
use super::recover::newest;
use super::{Run, Stop};
use crate::whose;

impl Run<'_> {
    /// An item of a calendar comes in, is adopted, is asked about, or rests.
    pub(super) async fn welcome(
        &mut self,
        tx: &mut Tx,
        mut mapping: Mapping,
        newcomer: Newcomer,
        saved: &mut Vec<Mapping>,
        pending: &mut Vec<Pending>,
        imports: &mut Vec<Event>,
    ) -> Result<bool, Stop> {
        let now = self.engine.now();
        match newcomer {
            Newcomer::Import(event, theirs) => {
                self.import(mapping, *event, &theirs, saved, imports);
                Ok(false)
            }
            Newcomer::Adopt(of) => {
                point!("commit: something there is one of ours");
                self.adopt(tx, mapping, of, None, saved).await?;
                Ok(true)
            }
            Newcomer::Successor(of, generation, _) => {
                point!("commit: a copy that was made anew");
                self.succeed(tx, mapping, of, generation, saved).await?;
                Ok(true)
            }
            Newcomer::Answered(event, base, conflict, how) => {
                self.adopt(tx, mapping, (event, None), Some(*base), saved).await?;
                conflicts::resolve(tx, self.link.workspace, conflict, how.0, now, how.1).await?;
                Ok(true)
            }
            Newcomer::Apart(twin, conflict, how, event, theirs) => {
                conflicts::resolve(tx, self.link.workspace, conflict, how.0, now, how.1).await?;
                self.let_go_on(tx, twin, saved).await?;
                self.import(mapping, *event, &theirs, saved, imports);
                Ok(true)
            }
            Newcomer::Stray => {
                point!("commit: a second copy");
                let seen = mapping.observation.as_ref().and_then(|seen| seen.over(None));
                mapping.intent = Some(Intent::Delete);
                mapping.state = MappingState::Pending;
                saved.push(mapping.clone());
                if let (Some(id), Some(theirs)) = (mapping.external_id.clone(), seen) {
                    let (write, view) = (Write::Delete { id, versions: theirs.versions }, theirs.view);
                    pending.push(Pending {
                        mapping,
                        write,
                        agreed: Base::of(view.clone(), view.clone()),
                        after: view,
                        theirs: None,
                        asked: false,
                        for_good: true,
                        again: false,
                    });
                }
                Ok(false)
            }
            Newcomer::Later => {
                point!("commit: it may be on its way from elsewhere");
                Ok(false)
            }
            Newcomer::Ask(event, theirs) => {
                let ours = events::get(tx, self.link.workspace, event).await?;
                let shown = match self.lens(&ours, &[]).show(&ours, now) {
                    Shown::As(seen) => Some(seen.view),
                    Shown::Not(_) => None,
                };
                let conflict = Conflict {
                    event: Some(event),
                    ours: shown,
                    theirs: Some(theirs.view.clone()),
                    ..self.conflict(&mapping, Kind::CreatedExternally, Vec::new(), now)
                };
                conflicts::open(tx, &conflict).await?;
                self.report.tally.conflicts += 1;
                self.report.about(
                    event,
                    None,
                    "the same event may have been entered on both sides; you are asked",
                );
                mapping.state = MappingState::Conflict;
                // Neither side is written meanwhile.
                for own in mappings::of_event_on(tx, event, self.link.id).await? {
                    if own.ended_at.is_none() {
                        saved.push(Mapping { state: MappingState::Conflict, ..own });
                    }
                }
                saved.push(mapping);
                Ok(false)
            }
            Newcomer::Rest(starts_at) => {
                mapping.starts_at = Some(starts_at);
                mapping.state = MappingState::Synced;
                saved.push(mapping);
                Ok(false)
            }
        }
    }

    /// What was asked about an item has no object any more: the item is gone, or the event is. The event goes on.
    pub(super) async fn not_the_same(
        &mut self,
        tx: &mut Tx,
        open: Option<&Conflict>,
        saved: &mut Vec<Mapping>,
    ) -> Result<bool, Stop> {
        let Some(open) = open else { return Ok(false) };
        let (now, by) = (self.engine.now(), Actor::Program);
        conflicts::resolve(tx, open.workspace, open.id, Resolution::Agreed, now, by).await?;
        if let Some(event) = open.event {
            self.let_go_on(tx, event, saved).await?;
        }
        Ok(true)
    }

    /// Makes pending what waited for the answer to whether something there is this event.
    async fn let_go_on(&self, tx: &mut Tx, event: EventId, saved: &mut Vec<Mapping>) -> Result<(), Stop> {
        for own in mappings::of_event_on(tx, event, self.link.id).await? {
            if own.ended_at.is_none() && own.base.is_none() {
                saved.retain(|m| m.id != own.id);
                saved.push(Mapping { state: MappingState::Pending, ..own });
            }
        }
        Ok(())
    }

    /// An item becomes an event here.
    fn import(
        &mut self,
        mut mapping: Mapping,
        event: Event,
        theirs: &Theirs,
        saved: &mut Vec<Mapping>,
        imports: &mut Vec<Event>,
    ) {
        let now = self.engine.now();
        // From its home everything is shown but what ended, and this has just begun.
        let Shown::As(seen) = self.lens(&event, &[]).show(&event, now) else { return };
        mapping.event = Some(event.id);
        mapping.origin = true;
        mapping.base = Some(Base::of(seen.view, theirs.view.clone()));
        mapping.known = Run::known_of(theirs);
        mapping.observation = None;
        mapping.starts_at = None;
        mapping.synced_rev = event.rev;
        mapping.state = MappingState::Synced;
        mapping.last_synced_at = Some(now);
        self.report.tally.pulled += 1;
        saved.push(mapping);
        imports.push(event);
    }

    /// Keeps events that came in, all of a chunk in few statements, and makes them known to the other calendars.
    pub(super) async fn make_known(&mut self, tx: &mut Tx, imports: &[Event]) -> Result<(), Stop> {
        if imports.is_empty() {
            return Ok(());
        }
        let now = self.engine.now();
        let all: Vec<(&Event, _)> = imports.iter().map(|event| (event, bounds(event))).collect();
        events::insert_all(tx, &all).await?;
        whose::tell_new(tx, imports, self.link.id, now, &mut self.engine.dice()).await?;
        Ok(())
    }

    /// Gives an item to the event that it is. What differs is decided by the next look at the mapping.
    async fn adopt(
        &mut self,
        tx: &mut Tx,
        mut mapping: Mapping,
        (event, part): CopyOf,
        base: Option<Base>,
        saved: &mut Vec<Mapping>,
    ) -> Result<(), Stop> {
        // The event was about to be made there, or had been asked about: that row makes way.
        let all = mappings::of_event_on(tx, event, self.link.id).await?;
        mapping.generation = newest(&all).max(mapping.generation);
        for own in all {
            if own.ended_at.is_none() && own.part == part {
                mappings::remove(tx, own.id).await?;
                saved.retain(|m| m.id != own.id);
            }
        }
        // Forgotten for long and connected again, its home is its home.
        let known = events::get(tx, mapping.workspace, event).await?;
        mapping.origin = known.origin == Origin::Link(mapping.link);
        self.come_home(tx, &mut mapping, &known, saved).await?;
        let by_mail = self.told_by_calendar(tx, &mut mapping, &known).await?;
        (mapping.event, mapping.part) = (Some(event), part);
        mapping.base = base.or(by_mail);
        mapping.starts_at = None;
        mapping.retry_at = None;
        mapping.state = MappingState::Pending;
        saved.push(mapping);
        self.report.tally.adopted += 1;
        Ok(())
    }

    /// After a restore, a copy that we made of something that we have forgotten comes in as if it were an original.
    /// Where the original itself is found next, it takes that place: settings end copies, never originals.
    async fn come_home(
        &mut self,
        tx: &mut Tx,
        mapping: &mut Mapping,
        event: &Event,
        saved: &mut Vec<Mapping>,
    ) -> Result<(), Stop> {
        let now = self.engine.now();
        let Origin::Link(other) = event.origin else { return Ok(()) };
        if other == self.link.id || bears_our_mark(mapping) {
            return Ok(());
        }
        let there = mappings::of_event_on(tx, event.id, other).await?;
        let Some(copy) = there.into_iter().find(|m| m.origin && bears_our_mark(m)) else { return Ok(()) };
        // Who is at work there would write over it.
        if links::find(tx, other).await?.lease_until.is_some_and(|until| until > now) {
            return Ok(());
        }
        let mut home = event.clone();
        home.origin = Origin::Link(self.link.id);
        home.rev.0 += 1;
        events::update(tx, &home, bounds(&home), event.rev).await?;
        mapping.origin = true;
        saved.push(Mapping { origin: false, ..copy });
        Ok(())
    }

    /// An invitation that came by mail is found in a calendar, where it was put by whoever received it there. From now on
    /// that calendar tells of it, and what it says is what counts; letters change it no more.
    async fn told_by_calendar(
        &mut self,
        tx: &mut Tx,
        mapping: &mut Mapping,
        event: &Event,
    ) -> Result<Option<Base>, Stop> {
        let pushes = self.link.settings.direction == Direction::Push;
        if event.origin != Origin::Mail || pushes || bears_our_mark(mapping) {
            return Ok(None);
        }
        let mut home = event.clone();
        home.origin = Origin::Link(self.link.id);
        home.rev.0 += 1;
        events::update(tx, &home, bounds(&home), event.rev).await?;
        mapping.origin = true;
        let shown = self.lens(&home, &[]).show(&home, self.engine.now());
        Ok(match shown {
            Shown::As(seen) => Some(Base::of(seen.view.clone(), seen.view)),
            Shown::Not(_) => None,
        })
    }

    /// The mapping of a copy that is gone goes on with the one that we made in its place: what was agreed on still is.
    async fn succeed(
        &mut self,
        tx: &mut Tx,
        found: Mapping,
        (event, part): CopyOf,
        generation: Generation,
        saved: &mut Vec<Mapping>,
    ) -> Result<(), Stop> {
        mappings::remove(tx, found.id).await?;
        for own in mappings::of_event_on(tx, event, self.link.id).await? {
            if own.ended_at.is_none() && own.part == part {
                saved.retain(|m| m.id != own.id);
                saved.push(Mapping {
                    external_id: found.external_id.clone(),
                    uid: found.uid.clone(),
                    mark: found.mark.clone(),
                    generation: generation.max(own.generation),
                    known: Default::default(),
                    observation: found.observation.clone(),
                    listed_in: found.listed_in,
                    state: MappingState::Pending,
                    retry_at: None,
                    ..own
                });
            }
        }
        self.report.tally.adopted += 1;
        Ok(())
    }
}

/// Whether what is there is a copy that Concord made on this link.
fn bears_our_mark(mapping: &Mapping) -> bool {
    mapping.mark.as_ref().is_some_and(|mark| mark.link == mapping.link)
}
