//! What a crash or a lost answer left open.
//!
//! An intent without a result means: the write may have happened. Nothing is written again before the provider was
//! asked. What it says becomes an observation, and the ordinary reconcile goes on from there: a write that arrived is
//! then "both alike", one that did not is still pending (architecture 3, I-05, I-14).

use concord_model::agreed::{Base, Intent, Unanswered};
use concord_model::observed::{Observation, Reading};
use concord_model::{EventId, Field, FieldSet, Generation, Mark, View};
use concord_points::{defect, point};
use concord_providers::provider::Write;
use concord_store::mappings::{self, Mapping, MappingError, MappingState};
use concord_store::{clients, events, links};
use concord_sync::decide::{after_forgetting, after_silence};
use concord_sync::lens::{Seen, Shown};

use super::commit::Pending;
use super::named::Named;
use super::pull::tombstone;
use super::reconcile::concerns;
use super::{Run, Stop};
use crate::whose;

/// How many open intents are looked at in one go.
const CHUNK: u32 = 200;
/// How often something that may have been made is looked for, ever more seldom, before it is given up. The waits are
/// those of later tries, ten minutes and more in all.
pub(super) const LOOKS: i64 = 3;
pub(super) const PATIENCE: i64 = 5;
/// What is said of a mapping while it is looked for.
const SOUGHT: &str = "sought";
/// What is made again by a provider that may make it twice is looked for before, with waits of two minutes and more in all.
const SEEN: i64 = 3;
/// How many changes without an answer are remembered of one copy. Of those to one version, only one can still arrive.
const UNANSWERED: usize = 3;

impl Run<'_> {
    pub(super) async fn recover(&mut self) -> Result<(), Stop> {
        if defect!("what was left open is left alone") {
            return Ok(());
        }
        let mut after = None;
        loop {
            let mut tx = self.engine.store.read().await?;
            let open = mappings::with_intent(&mut tx, self.link.id, after, CHUNK).await?;
            drop(tx);
            let Some(last) = open.last() else { return Ok(()) };
            after = Some(last.id);
            let now = self.engine.now();
            let due = open.into_iter().filter(|m| m.retry_at.is_none_or(|at| at <= now));
            let undone = self.look_after(due.collect()).await?;
            let (again, saved) = self.say_again(undone).await?;
            if self.wish.dry {
                self.plan_again(&again).await?;
                continue;
            }
            if !saved.is_empty() {
                let mut tx = self.begin().await?;
                mappings::save_many(&mut tx, &saved).await?;
                tx.commit().await?;
            }
            self.push(again).await?;
        }
    }

    /// Asks the provider what became of these intents. Returns what was surely not done and is to be done once more,
    /// word for word: its intents stay open.
    ///
    /// One that cannot be asked about waits, and nothing is written to it meanwhile; the others go on (I-34).
    pub(super) async fn look_after(&mut self, open: Vec<Mapping>) -> Result<Vec<Mapping>, Stop> {
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let readings = self.read(&open).await?;
        let now = self.engine.now();
        let (mut settled, mut undone) = (Vec::with_capacity(open.len()), Vec::new());
        let (mut missing, mut named) = (false, Named::default());
        for (mut mapping, reading) in open.into_iter().zip(readings) {
            // What is refused stays so, whatever a part of it has become.
            let parked = mapping.error.as_ref().is_some_and(|error| error.parked);
            mapping.state = if parked { MappingState::Error } else { MappingState::Pending };
            let waits = mapping.retry_at.take();
            let Some(reading) = reading else {
                point!("recover: it could not be asked about");
                mapping.attempts += 1;
                mapping.retry_at = Some(now + self.engine.backoff(mapping.attempts));
                settled.push(mapping);
                continue;
            };
            if let Reading::Present(items) = &reading {
                named.take(&mut mapping, items);
            }
            match (mapping.intent.take(), reading) {
                (Some(Intent::Create(view)), Reading::Present(items)) => {
                    point!("recover: it was made");
                    // Ours, by its id. What we wrote is the agreement; what was changed since is news.
                    self.report.recovered += 1;
                    let seen = Observation::read(items, now);
                    let arrived = as_it_arrived(*view, &seen);
                    let there = as_it_is_spelt(&arrived, &seen);
                    mapping.base = Some(Base::of(arrived, there));
                    mapping.observation = Some(seen);
                }
                (Some(Intent::Create(view)), Reading::Missing)
                    if self.provider.may_make_twice() && looks(&mapping) < LOOKS =>
                {
                    point!("recover: it may not be seen yet");
                    mapping.intent = Some(Intent::Create(view));
                    self.look_again(&mut mapping, SEEN);
                }
                (Some(Intent::Create(view)), Reading::Missing) => {
                    point!("recover: it may not have been made");
                    // Perhaps it was never made, perhaps it is not visible yet. The same is said again, not what the
                    // event has become since: whichever of the two arrived is then what was agreed on.
                    mapping.intent = Some(Intent::Create(view));
                    mapping.retry_at = waits;
                    undone.push(mapping);
                    continue;
                }
                (Some(Intent::Create(view)), Reading::Deleted) => {
                    point!("recover: it was made and deleted since");
                    // Made, and deleted by someone since: a person's deletion counts, also of what we do not know to
                    // have arrived (`rules.md` 9 and 10).
                    self.report.recovered += 1;
                    mapping.base = Some(Base::of((*view).clone(), *view));
                    mapping.observation = Some(tombstone(&mapping, now));
                }
                (Some(Intent::Delete), Reading::Present(items))
                    if mapping.event.is_none() && !self.link.may_be_written() =>
                {
                    // It stays as it is, and is nothing to us until somebody there changes it (I-47).
                    if let Some(theirs) = Observation::read(items, now).over(None) {
                        mapping.known = Run::known_of(&theirs);
                    }
                    mapping.observation = None;
                    mapping.state = MappingState::Synced;
                }
                (Some(Intent::Delete), Reading::Present(items)) if mapping.event.is_none() => {
                    // Nobody's copy: there is no event that would decide to take it away again.
                    mapping.observation = Some(Observation::read(items, now));
                    mapping.intent = Some(Intent::Delete);
                    undone.push(mapping);
                    continue;
                }
                (Some(Intent::Delete), Reading::Deleted | Reading::Missing) => {
                    point!("recover: it was taken away");
                    // It was us, so nobody there has deleted anything. Whether it is wanted again is decided anew.
                    self.report.recovered += 1;
                    if mapping.event.is_some() {
                        taken_away(&mut mapping);
                    } else {
                        mapping.end_gone(now);
                    }
                }
                (Some(Intent::Update(after)), Reading::Present(items)) => {
                    point!("recover: it may have been changed");
                    let seen = Observation::read(items, now);
                    self.agree_silently(&mut mapping, *after, &seen);
                    mapping.observation = Some(seen);
                    mapping.retry_at = waits;
                }
                (_, Reading::Present(items)) => {
                    mapping.observation = Some(Observation::read(items, now));
                    mapping.retry_at = waits;
                }
                (_, Reading::Deleted) => mapping.observation = Some(tombstone(&mapping, now)),
                (_, Reading::Missing) => {
                    point!("recover: it is missing");
                    // Absence alone proves nothing: a whole listing will tell.
                    mapping.attempts += 1;
                    mapping.retry_at = Some(now + self.engine.backoff(mapping.attempts));
                    missing = true;
                }
            }
            settled.push(mapping);
        }
        let mut tx = self.begin_to_keep().await?;
        self.make_room(&mut tx, &named).await?;
        mappings::save_many(&mut tx, &settled).await?;
        if missing {
            links::save_cursor(&mut tx, self.link.id, None).await?;
            self.link.cursor = None;
        }
        tx.commit().await?;
        Ok(undone)
    }

    /// Agrees on what has arrived, when a change was on its way and this is there now. The rest may still come.
    fn agree_silently(&self, mapping: &mut Mapping, after: View, seen: &Observation) {
        let Some(base) = &mapping.base else { return };
        let observed = mapping.observation.clone().unwrap_or_default();
        let before = observed.over(Some(&mapping.known.theirs(base)));
        let (Some(before), Some(there)) = (before, seen.over(None)) else { return };
        let (before, there) = (before.view, there.view);
        let agreed = after_silence(base, &before, &after, &there);
        mapping.base = Some(match self.provider.forgets_occurrences() {
            true => {
                let halfway = self.provider.halfway(&after);
                after_forgetting(agreed, &before, &after, &there, halfway.as_ref())
            }
            false => agreed,
        });
        let unanswered = Unanswered { before, after };
        let known = &mut mapping.known.unanswered;
        if there != unanswered.after && !known.contains(&unanswered) {
            known.push(unanswered);
            let surplus = known.len().saturating_sub(UNANSWERED);
            known.drain(..surplus);
        }
    }

    /// What open intents say and the provider does not know of, to be said once more; and mappings that have to be
    /// saved before that is done.
    async fn say_again(&mut self, undone: Vec<Mapping>) -> Result<(Vec<Pending>, Vec<Mapping>), Stop> {
        if undone.is_empty() {
            return Ok(Default::default());
        }
        let ids: Vec<EventId> = undone.iter().filter_map(|m| m.event).collect();
        let mut tx = self.engine.store.read().await?;
        let events = events::find(&mut tx, self.link.workspace, &ids).await?;
        let booked: Vec<_> = events.values().flat_map(|e| e.booking.clients.iter().copied()).collect();
        let clients = clients::by_ids(&mut tx, self.link.workspace, &booked).await?;
        drop(tx);
        let now = self.engine.now();
        let (mut again, mut saved) = (Vec::new(), Vec::new());
        for mut mapping in undone {
            let Some(id) = mapping.external_id.clone() else { continue };
            let event = mapping.event.and_then(|id| events.get(&id));
            let there = mapping.observation.as_ref().and_then(|seen| seen.over(None));
            let (write, after) = match (mapping.intent.clone(), event, there) {
                (Some(Intent::Delete), _, Some(there)) => {
                    (Write::Delete { id, versions: there.versions }, there.view)
                }
                (Some(Intent::Create(meant)), Some(event), _) => {
                    let hidden = whose::hidden(event, &self.link, &clients);
                    let shown = self.lens(event, &hidden).show_part(event, mapping.part, now);
                    let view = match shown {
                        Shown::As(seen)
                            if mapping.enabled
                                && concerns(event, &self.link)
                                && self.link.may_be_written() =>
                        {
                            as_it_may_be_told(&meant, &seen)
                        }
                        _ => {
                            saved.push(self.only_looked_for(mapping));
                            continue;
                        }
                    };
                    if view != *meant {
                        mapping.intent = Some(Intent::Create(Box::new(view.clone())));
                        saved.push(mapping.clone());
                    }
                    let write = Write::Create {
                        id,
                        uid: event.uid.clone(),
                        mark: Mark { event: event.id, link: mapping.link },
                        view: Box::new(view.clone()),
                        fields: self.provider.capabilities().fields,
                        was: mapping.known.was.clone(),
                    };
                    (write, view)
                }
                _ => continue,
            };
            again.push(Pending {
                mapping,
                write,
                agreed: Base::of(after.clone(), after.clone()),
                after,
                theirs: None,
                asked: false,
                for_good: true,
                again: true,
            });
        }
        Ok((again, saved))
    }

    /// What may not be there any more is not made again to be sure: it is only looked for, a while longer than it
    /// could take to appear.
    fn only_looked_for(&self, mut mapping: Mapping) -> Mapping {
        if looks(&mapping) < LOOKS {
            self.look_again(&mut mapping, PATIENCE);
        } else {
            mapping.intent = None;
            taken_away(&mut mapping);
        }
        mapping
    }

    /// It is looked for once more, after a while.
    pub(super) fn look_again(&self, mapping: &mut Mapping, patience: i64) {
        mapping.attempts = looks(mapping) + 1;
        mapping.retry_at = Some(self.engine.now() + self.engine.backoff(mapping.attempts + patience));
        let text = "it is not known yet whether it was made; it is looked for".to_owned();
        mapping.error = Some(MappingError { code: SOUGHT.to_owned(), text, parked: false });
    }
}

/// How often it was looked for since it was last said: how often that had failed before says nothing of when it would appear.
pub(super) fn looks(mapping: &Mapping) -> i64 {
    let sought = mapping.error.as_ref().is_some_and(|error| error.code == SOUGHT);
    if sought { mapping.attempts } else { 0 }
}

/// What was meant to be made, with whatever has been masked since told as it is told now: a repeated write must not
/// tell what a new one would not (I-36).
fn as_it_may_be_told(meant: &View, seen: &Seen) -> View {
    let mut view = meant.clone();
    let masked = FieldSet::ALL.minus(seen.open);
    for field in masked.iter() {
        view.take(field, &seen.view);
    }
    if !seen.fields.minus(seen.open).is_empty() || !seen.closed.is_empty() {
        // Only of what was meant then: what has become of other occurrences since is said afterwards.
        view.overrides.retain(|key, _| seen.view.overrides.contains_key(key));
        for (key, change) in &mut view.overrides {
            change.clone_from(&seen.view.overrides[key]);
        }
        // What an occurrence has of its own by now, its series may have said then.
        view.normalise();
    }
    view
}

/// A copy that is gone by our own doing: should it be wanted again, it is made under a new id, for this one is burnt.
pub(super) fn taken_away(mapping: &mut Mapping) {
    burn(mapping);
    mapping.external_id = None;
    mapping.mark = None;
    mapping.base = None;
    mapping.observation = None;
    mapping.known = Default::default();
    mapping.listed_in = 0;
}

/// What of a new series has arrived: its changed occurrences are said after it, one by one, and some of them may not
/// have been. Those are not agreed on, or they would seem to have been put back there (I-03).
fn as_it_arrived(mut meant: View, seen: &Observation) -> View {
    if let Some(there) = seen.over(None) {
        meant.overrides.retain(|key, _| there.view.overrides.contains_key(key));
    }
    meant
}

/// The same in that calendar's own words: a server spells what it is given as it likes, and nobody has changed anything
/// by that.
fn as_it_is_spelt(arrived: &View, seen: &Observation) -> View {
    let mut there = arrived.clone();
    if let Some(now) = seen.over(None) {
        there.take(Field::Original, &now.view);
    }
    there
}

/// The newest generation of these copies of one event in one calendar. What comes into the place of one is of this: the
/// names of those before are used.
pub(super) fn newest(known: &[Mapping]) -> Generation {
    known.iter().map(|mapping| mapping.generation).max().unwrap_or_default()
}

/// An id is used once: what is made after it has the next generation's.
pub(super) fn burn(mapping: &mut Mapping) {
    if !defect!("a burnt id is used again") {
        mapping.generation.0 += 1;
    }
}
