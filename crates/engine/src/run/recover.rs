//! What a crash or a lost answer left open.
//!
//! An intent without a result means: the write may have happened. Nothing is written again before the provider was
//! asked. What it says becomes an observation, and the ordinary reconcile goes on from there: a write that arrived is
//! then "both alike", one that did not is still pending (architecture 3, I-05, I-14).

use concord_model::agreed::{Base, Intent};
use concord_model::observed::{Observation, Reading};
use concord_store::mappings::{self, Mapping, MappingState};

use super::pull::tombstone;
use super::{Run, Stop};

/// How many open intents are looked at in one go.
const CHUNK: u32 = 200;

impl Run<'_> {
    pub(super) async fn recover(&mut self) -> Result<(), Stop> {
        loop {
            let mut tx = self.engine.store.read().await?;
            let open = mappings::with_intent(&mut tx, self.link.id, CHUNK).await?;
            drop(tx);
            if open.is_empty() {
                return Ok(());
            }
            self.look_after(open).await?;
        }
    }

    /// Asks the provider what became of these intents, and closes them.
    pub(super) async fn look_after(&mut self, open: Vec<Mapping>) -> Result<(), Stop> {
        if open.is_empty() {
            return Ok(());
        }
        let readings = self.read(&open).await?;
        if readings.iter().all(Option::is_none) {
            // Not even a look was possible: nothing is known, so nothing may be written.
            return Err(Stop::Later {
                at: self.engine.now() + self.engine.backoff(self.link.failures + 1),
                answer: concord_providers::Answer::Transient("it could not be asked what had happened".to_owned()),
            });
        }
        let now = self.engine.now();
        let mut settled = Vec::with_capacity(open.len());
        for (mut mapping, reading) in open.into_iter().zip(readings) {
            let Some(reading) = reading else { continue };
            let intent = mapping.intent.take();
            mapping.state = MappingState::Pending;
            match (intent, reading) {
                (Some(Intent::Create(view)), Reading::Present(items)) => {
                    // Ours, by its id. What we wrote is the agreement; what was changed since is news.
                    self.report.recovered += 1;
                    mapping.base = Some(Base::of((*view).clone(), *view));
                    mapping.observation = Some(Observation::read(items, now));
                }
                (Some(Intent::Create(_)), Reading::Missing) => {}
                (Some(Intent::Create(_)), Reading::Deleted) => {
                    // Made, and deleted by someone since, or an id that was burnt before.
                    mapping.generation.0 += 1;
                    mapping.external_id = None;
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
        Ok(())
    }
}
