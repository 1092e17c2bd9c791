//! A series in a calendar that holds none: its occurrences inside the window, each a mapping of its own (`rules.md` 21).
//!
//! The rule and its exceptions say which occurrences there are; nothing else is kept of that. Whenever a series is looked
//! at, and each time the window moves on, those that lack a mapping get one. One that has ended is made anew only where the
//! event was edited since: who deleted an occurrence there meant it.

use std::collections::BTreeSet;

use concord_model::capability::Series;
use concord_model::event::Event;
use concord_model::{EventId, Generation, OccurrenceKey, View, Zone, recurrence};
use concord_points::point;
use concord_store::events;
use concord_store::mappings::{self, Mapping, MappingState, Of};
use jiff::{SignedDuration, Timestamp};

use super::recover::newest;
use super::{Run, Stop};

/// How many series are looked at together.
const TOGETHER: usize = 100;
/// How far from where it stands a page goes on as another occurrence. What comes in at the far end of the window is no other
/// week's, only because that one was dropped at the same time.
const NEAR: SignedDuration = SignedDuration::from_hours(7 * 24);

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
            let known = mappings::of_events_on(&mut tx, self.link.id, ids).await?;
            drop(tx);
            let known = |event: &Event| known.get(&event.id).map_or(&[][..], Vec::as_slice);
            let living = events.values().filter(|event| event.deleted_at.is_none());
            let missing: Vec<Mapping> = living.flat_map(|event| self.missing(event, known(event))).collect();
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

    /// The mappings that an event lacks here. What stands there stays, and goes on as the occurrence that is nearest: when an
    /// event becomes a series, the other way round, and when a series is moved. Nothing is taken away to be made anew (I-18).
    fn missing(&self, event: &Event, known: &[Mapping]) -> Vec<Mapping> {
        let content = &event.content;
        let is_series = content.is_series();
        // What happens once has its mapping already, unless it was a series until now.
        if !is_series && known.iter().all(|mapping| mapping.part.is_none()) {
            return Vec::new();
        }
        // Living ones come last, so that they count.
        let last = |part: Option<OccurrenceKey>| {
            let of_it = known.iter().filter(|mapping| mapping.part == part);
            of_it.max_by_key(|mapping| (mapping.ended_at.is_none(), mapping.generation))
        };
        let lacks = |part: &Option<OccurrenceKey>| {
            last(*part).is_none_or(|known| known.ended_at.is_some() && known.synced_rev < event.rev)
        };
        let is_whole = |mapping: &Mapping| mapping.part.is_none() && mapping.ended_at.is_none();
        let wanted = match is_series {
            true => {
                let mut keys = self.keys_in_window(&event.content);
                if keys.is_empty() && known.iter().any(is_whole) {
                    // What is there stays there also where it leaves the window: as the first.
                    keys.extend(first(content, &self.zone));
                }
                keys.into_iter().map(Some).collect()
            }
            false => vec![None],
        };
        let mut lacking: Vec<Option<OccurrenceKey>> = wanted.into_iter().filter(lacks).collect();
        // No name is given twice, and a page keeps that under which it was made.
        let newest = newest(known);
        let next = Generation(newest.0 + 1);
        let mut all = Vec::new();
        for (mapping, part) in going_on(content, known, &lacking) {
            lacking.retain(|lacking| *lacking != part);
            // Of which it is not known what was written keeps its place until it is.
            if mapping.intent.is_none() {
                let mapping = mapping.clone();
                all.push(Mapping { part, generation: next, state: MappingState::Pending, ..mapping });
            }
        }
        all.extend(lacking.into_iter().map(|part| {
            let generation = if last(part).is_some() { next } else { newest };
            let fresh = Mapping::new(self.engine.id(), self.link.workspace, self.link.id);
            Mapping { event: Some(event.id), part, generation, ..fresh }
        }));
        all
    }

    /// The occurrences that lie in the window. Of a series with more than anybody can hold there are none.
    pub(super) fn keys_in_window(&self, content: &View) -> Vec<OccurrenceKey> {
        let (now, window) = (self.engine.now(), self.link.settings.window);
        let range = (now - window.back(), now + window.ahead());
        let found = recurrence::expand(&content.time, &content.overrides, range, &self.zone);
        found.map(|all| all.into_iter().map(|one| one.key).collect()).unwrap_or_default()
    }
}

/// The pages that go on as what is lacking: those that are of no occurrence any more, each as the nearest.
fn going_on<'m>(
    content: &View,
    known: &'m [Mapping],
    lacking: &[Option<OccurrenceKey>],
) -> Vec<(&'m Mapping, Option<OccurrenceKey>)> {
    let is_one = |part: Option<OccurrenceKey>| match part {
        None => !content.is_series(),
        // One that is called off is one all the same: its page goes.
        Some(key) => {
            content.is_series()
                && (content.overrides.contains_key(&key)
                    || recurrence::occurs(&content.time, key).unwrap_or(true))
        }
    };
    let mut pairs = Vec::new();
    for mapping in known.iter().filter(|known| known.ended_at.is_none()) {
        let Some(base) = mapping.base.as_ref().filter(|_| !is_one(mapping.part)) else { continue };
        let stands = mapping.part.unwrap_or(base.ours.time.span.key());
        for part in lacking {
            let apart = apart(stands, part.unwrap_or(content.time.span.key()));
            // What happens once goes on as one of many, or the other way round, however far that was moved: of an
            // original nobody else would take in what is written on it.
            let is_whole = mapping.part.is_none() || part.is_none();
            if is_whole || apart < NEAR {
                pairs.push((apart, stands, *part, mapping));
            }
        }
    }
    pairs.sort_by_key(|(apart, stands, part, _)| (*apart, *stands, *part));
    let mut going_on: Vec<(&Mapping, Option<OccurrenceKey>)> = Vec::new();
    for (_, _, part, mapping) in pairs {
        if going_on.iter().all(|(known, as_part)| known.id != mapping.id && *as_part != part) {
            going_on.push((mapping, part));
        }
    }
    going_on
}

/// The first occurrence that takes place.
fn first(series: &View, zone: &Zone) -> Option<OccurrenceKey> {
    let first = recurrence::next_after(&series.time, &series.overrides, Timestamp::MIN, zone);
    first.ok().flatten().map(|one| one.key)
}

fn apart(one: OccurrenceKey, other: OccurrenceKey) -> SignedDuration {
    let wall = |key: OccurrenceKey| match key {
        OccurrenceKey::Date(date) => date.at(0, 0, 0, 0),
        OccurrenceKey::Time(wall) => wall,
    };
    wall(one).duration_until(wall(other)).abs()
}
