//! A series in a calendar that holds none: its occurrences inside the window, each a mapping of its own (`rules.md` 21).
//!
//! The rule and its exceptions say which occurrences there are; nothing else is kept of that. Whenever a series is looked
//! at, and each time the window moves on, those that lack a mapping get one. One that has ended is made anew only where the
//! event was edited since: who deleted an occurrence there meant it.

use std::collections::BTreeSet;

use concord_model::capability::Series;
use concord_model::event::Event;
use concord_model::{EventId, Generation, OccurrenceKey, recurrence};
use concord_points::point;
use concord_store::events;
use concord_store::mappings::{self, Mapping, MappingState, Of};

use super::{Run, Stop};

/// How many series are looked at together.
const TOGETHER: usize = 100;

impl Run<'_> {
    /// Whether this calendar gets the occurrences of a series one by one.
    pub(super) fn holds_occurrences(&self) -> bool {
        self.provider.capabilities().series == Series::Occurrences
    }

    /// Does so for all that there is to do. Before it is weighed, for a person agrees to what is then done; and where only a
    /// plan is wanted, too: which occurrences a series has changes nothing on either side (`rules.md` 16).
    pub(super) async fn spread_all(&mut self) -> Result<(), Stop> {
        if !self.holds_occurrences() {
            return Ok(());
        }
        let mut after = None;
        while let Some(chunk) = self.work(Of::Events, &mut after).await? {
            let ids: BTreeSet<EventId> = chunk.iter().filter_map(|mapping| mapping.event).collect();
            self.spread(&ids.into_iter().collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// Gives the occurrences of these events that lie in the window a mapping each, where they have none. Returns whether
    /// there was one to give.
    pub(super) async fn spread(&mut self, ids: &[EventId]) -> Result<bool, Stop> {
        let mut given = false;
        if !self.holds_occurrences() || self.wish.clear {
            return Ok(given);
        }
        for ids in ids.chunks(TOGETHER) {
            let mut tx = self.engine.store.read().await?;
            let events = events::find(&mut tx, self.link.workspace, ids).await?;
            let mut missing = Vec::new();
            for event in events.values().filter(|event| event.deleted_at.is_none()) {
                let known = mappings::of_event_on(&mut tx, event.id, self.link.id).await?;
                missing.extend(self.missing(event, &known));
            }
            drop(tx);
            if missing.is_empty() {
                continue;
            }
            point!("occurrences: a series is told one by one");
            let mut tx = self.begin().await?;
            mappings::save_many(&mut tx, &missing).await?;
            tx.commit().await?;
            given = true;
        }
        Ok(given)
    }

    /// The mappings that an event lacks here. What stands there as a whole stays as the first occurrence when it becomes a
    /// series, and the other way round: nothing is taken away to be made anew.
    fn missing(&self, event: &Event, known: &[Mapping]) -> Vec<Mapping> {
        let is_series = event.content.is_series();
        // What happens once has its mapping already, unless it was a series until now.
        if !is_series && known.iter().all(|mapping| mapping.part.is_none()) {
            return Vec::new();
        }
        let first = Some(event.content.time.span.key());
        let mut wanted: Vec<Option<OccurrenceKey>> = match is_series {
            true => self.keys_in_window(event).into_iter().map(Some).collect(),
            false => vec![None],
        };
        let living = |part| known.iter().find(|mapping| mapping.ended_at.is_none() && mapping.part == part);
        let (old, new) = if is_series { (None, first) } else { (first, None) };
        let stays = living(old).filter(|mapping| mapping.base.is_some() && mapping.intent.is_none());
        let mut all = Vec::new();
        if let Some(stays) = stays
            && living(new).is_none()
            && wanted.contains(&new)
        {
            wanted.retain(|part| *part != new);
            all.push(Mapping { part: new, state: MappingState::Pending, ..stays.clone() });
        }
        // Living ones come last, so that they count.
        let last = |part: &Option<OccurrenceKey>| {
            let of_it = known.iter().filter(|mapping| mapping.part == *part);
            of_it.max_by_key(|mapping| (mapping.ended_at.is_none(), mapping.generation))
        };
        let lacking = |part: &Option<OccurrenceKey>| match last(part) {
            None => Some(Generation(0)),
            Some(mapping) if mapping.ended_at.is_some() && mapping.synced_rev < event.rev => {
                Some(Generation(mapping.generation.0 + 1))
            }
            Some(_) => None,
        };
        let make = |part: Option<OccurrenceKey>| {
            let generation = lacking(&part)?;
            let fresh = Mapping::new(self.engine.id(), self.link.workspace, self.link.id);
            Some(Mapping { event: Some(event.id), part, generation, ..fresh })
        };
        all.extend(wanted.into_iter().filter_map(make));
        all
    }

    /// The occurrences that lie in the window. Of a series with more than anybody can hold there are none.
    fn keys_in_window(&self, event: &Event) -> Vec<OccurrenceKey> {
        let (now, window) = (self.engine.now(), self.link.settings.window);
        let content = &event.content;
        let range = (now - window.back(), now + window.ahead());
        let found = recurrence::expand(&content.time, &content.overrides, range, &self.zone);
        found.map(|all| all.into_iter().map(|one| one.key).collect()).unwrap_or_default()
    }
}
