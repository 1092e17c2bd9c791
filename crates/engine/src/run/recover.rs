//! What a crash or a lost answer left open.
//!
//! An intent without a result means: the write may have happened. Nothing is written again before the provider was
//! asked. What it says becomes an observation, and the ordinary reconcile goes on from there: a write that arrived is
//! then "both alike", one that did not is still pending (architecture 3, I-05, I-14).

use concord_model::agreed::{Base, Intent};
use concord_model::observed::{Observation, Reading};
use concord_model::{EventId, Mark, View};
use concord_providers::Answer;
use concord_providers::provider::Write;
use concord_store::events;
use concord_store::mappings::{self, Mapping, MappingState};
use concord_sync::decide::after_silence;

use super::commit::Pending;
use super::pull::tombstone;
use super::{Run, Stop};

/// How many open intents are looked at in one go.
const CHUNK: u32 = 200;

impl Run<'_> {
    pub(super) async fn recover(&mut self) -> Result<(), Stop> {
        let mut after = None;
        loop {
            let mut tx = self.engine.store.read().await?;
            let open = mappings::with_intent(&mut tx, self.link.id, after, CHUNK).await?;
            drop(tx);
            let Some(last) = open.last() else { return Ok(()) };
            after = Some(last.id);
            let unmade = self.look_after(open).await?;
            self.make_again(unmade).await?;
        }
    }

    /// Asks the provider what became of these intents. Returns the creations that it does not know of: they stay open.
    pub(super) async fn look_after(&mut self, open: Vec<Mapping>) -> Result<Vec<Mapping>, Stop> {
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let readings = self.read(&open).await?;
        if readings.iter().all(Option::is_none) {
            // Not even a look was possible: nothing is known, so nothing may be written.
            return Err(Stop::Later {
                at: self.engine.now() + self.engine.backoff(self.link.failures + 1),
                answer: Answer::Transient("it could not be asked what had happened".to_owned()),
            });
        }
        let now = self.engine.now();
        let (mut settled, mut unmade) = (Vec::with_capacity(open.len()), Vec::new());
        for (mut mapping, reading) in open.into_iter().zip(readings) {
            let Some(reading) = reading else { continue };
            mapping.state = MappingState::Pending;
            match (mapping.intent.take(), reading) {
                (Some(Intent::Create(view)), Reading::Present(items)) => {
                    // Ours, by its id. What we wrote is the agreement; what was changed since is news.
                    self.report.recovered += 1;
                    mapping.base = Some(Base::of((*view).clone(), *view));
                    mapping.observation = Some(Observation::read(items, now));
                }
                (Some(Intent::Create(view)), Reading::Missing) => {
                    // Perhaps it was never made, perhaps it is not visible yet. The same is said again, not what the
                    // event has become since: whichever of the two arrived is then what was agreed on.
                    mapping.intent = Some(Intent::Create(view));
                    unmade.push(mapping);
                    continue;
                }
                (Some(Intent::Create(_)), Reading::Deleted) => {
                    // Made, and deleted by someone since, or an id that was burnt before.
                    mapping.generation.0 += 1;
                    mapping.external_id = None;
                }
                (Some(Intent::Update(after)), Reading::Present(items)) => {
                    let seen = Observation::read(items, now);
                    mapping.base = silently_agreed(&mapping, &after, &seen).or(mapping.base);
                    mapping.observation = Some(seen);
                }
                (_, Reading::Present(items)) => {
                    mapping.observation = Some(Observation::read(items, now));
                }
                (Some(Intent::Delete), Reading::Deleted | Reading::Missing) => {
                    self.report.recovered += 1;
                    mapping.observation = Some(tombstone(&mapping, now));
                }
                (_, Reading::Deleted) => mapping.observation = Some(tombstone(&mapping, now)),
                // Absence alone proves nothing; the next pull or listing will tell.
                (_, Reading::Missing) => {}
            }
            settled.push(mapping);
        }
        let mut tx = self.begin().await?;
        mappings::save_many(&mut tx, &settled).await?;
        tx.commit().await?;
        Ok(unmade)
    }

    /// Makes what an open intent says and the provider does not know of, once more and word for word.
    async fn make_again(&mut self, unmade: Vec<Mapping>) -> Result<(), Stop> {
        if unmade.is_empty() {
            return Ok(());
        }
        let ids: Vec<EventId> = unmade.iter().filter_map(|m| m.event).collect();
        let mut tx = self.engine.store.read().await?;
        let events = events::find(&mut tx, self.link.workspace, &ids).await?;
        drop(tx);
        let mut again = Vec::new();
        for mapping in unmade {
            let (Some(event), Some(id)) =
                (mapping.event.and_then(|id| events.get(&id)), mapping.external_id.clone())
            else {
                continue;
            };
            let Some(Intent::Create(view)) = mapping.intent.clone() else { continue };
            let write = Write::Create {
                id,
                uid: event.uid.clone(),
                mark: Mark { event: event.id, link: mapping.link },
                view: view.clone(),
                fields: self.provider.capabilities().fields,
            };
            let agreed = Base::of((*view).clone(), (*view).clone());
            again.push(Pending {
                mapping,
                write,
                agreed,
                after: *view,
                theirs: None,
                asked: false,
                for_good: true,
                again: true,
            });
        }
        self.push(again).await?;
        Ok(())
    }
}

/// What is agreed on when a change was on its way and this is there now.
fn silently_agreed(mapping: &Mapping, after: &View, seen: &Observation) -> Option<Base> {
    let base = mapping.base.as_ref()?;
    let observed = mapping.observation.clone().unwrap_or_default();
    let before = observed.over(Some(&mapping.known.theirs(base)))?;
    Some(after_silence(base, &before.view, after, &seen.over(None)?.view))
}
