//! Copies that we made and do not know of: the answer was lost for good, the database is an older one, or a request had its
//! effect twice.
//!
//! They bear our mark, and a name that only we give: of an event, or of one of its occurrences where a calendar holds no
//! series. Other items with our mark are other people's copies (BM-003).

use std::collections::{BTreeMap, BTreeSet};

use concord_model::event::Event;
use concord_model::{ClientId, EventId, ExternalId, Generation, OccurrenceKey};
use concord_store::clients::Client;
use concord_store::mappings::Mapping;
use concord_sync::adopt;
use concord_sync::lens::Shown;
use jiff::Timestamp;

use super::Run;
use super::candidates::Candidates;
use super::foreign::Newcomer;
use crate::whose;

/// What a copy is of: an event, or one occurrence of it.
pub(super) type CopyOf = (EventId, Option<OccurrenceKey>);

/// How many generations of a copy are looked through at least to recognise one of ours.
const GENERATIONS: u32 = 16;

/// The names that we may have given to the copies of an event.
pub(super) type Names = BTreeMap<ExternalId, (Generation, Option<OccurrenceKey>)>;

impl Run<'_> {
    /// Those of one event, given the mappings that it has or had here and the occurrences that it may have.
    pub(super) fn names(&self, event: EventId, known: &[Mapping], window: Vec<OccurrenceKey>) -> Names {
        let newest = known.iter().map(|mapping| mapping.generation.0 + 1).max().unwrap_or_default();
        let parts: BTreeSet<Option<OccurrenceKey>> = known
            .iter()
            .map(|mapping| mapping.part)
            .chain(window.into_iter().map(Some))
            .chain([None])
            .collect();
        let named = |part: Option<OccurrenceKey>| {
            let one = move |n| (Generation(n), part);
            (0..GENERATIONS.max(newest)).map(one)
        };
        let all = parts.into_iter().flat_map(named);
        all.map(|(n, part)| (self.provider.id_for(event, self.link.id, n, part), (n, part))).collect()
    }

    /// What the occurrences of a series that have no copy would look like here, each told as [`adopt::alike`] does.
    pub(super) fn occurrences_shown(
        &self,
        series: &Event,
        known: &[Mapping],
        clients: &BTreeMap<ClientId, Client>,
        now: Timestamp,
    ) -> Vec<((String, String), CopyOf)> {
        let hidden = whose::hidden(series, &self.link, clients);
        let lens = self.lens(series, &hidden);
        let shown = |key| match lens.show_part(series, Some(key), now) {
            Shown::As(seen) => Some((adopt::alike(&seen.view), (series.id, Some(key)))),
            Shown::Not(_) => None,
        };
        let lacks = |key: &OccurrenceKey| !known.iter().any(|own| own.part == Some(*key) && own.is_copy());
        self.keys_in_window(&series.content).into_iter().filter(lacks).filter_map(shown).collect()
    }
}

impl Candidates {
    /// The copy that an item is, which lay under another name until now.
    pub(super) fn moved_in_place(&self, mapping: &Mapping, adopted: &BTreeSet<CopyOf>) -> Option<Newcomer> {
        let of = (*self.refiled.get(&mapping.id)?, None);
        let known = self.copies.get(&of).filter(|_| !adopted.contains(&of))?;
        Some(Newcomer::Successor(of, known.generation, known.base.clone().map(Box::new)))
    }

    /// The occurrence that an item was made of, when the series is there again under another name: after a restore it came
    /// back from another calendar.
    pub(super) fn made_of_a_series(&self, mapping: &Mapping, adopted: &BTreeSet<CopyOf>) -> Option<Newcomer> {
        let of = *self.of_series.get(&mapping.id)?;
        (!adopted.contains(&of)).then_some(Newcomer::Adopt(of))
    }

    /// What an item is that bears our mark and a name that only we give: surely a copy that we made, even of what may not be
    /// there any more.
    pub(super) fn made_by_us(&self, mapping: &Mapping, adopted: &BTreeSet<CopyOf>) -> Option<Newcomer> {
        let event = mapping.mark.as_ref().filter(|mark| mark.link == mapping.link)?.event;
        let told = mapping.observation.as_ref().and_then(|seen| seen.whole.as_ref()?.made_as.as_ref());
        let name = told.or(mapping.external_id.as_ref())?;
        if self.former.contains(name) {
            // The page that it is one too many of goes on as another occurrence, or went with its event.
            return Some(Newcomer::Stray);
        }
        let (generation, part) = *self.names.get(&event)?.get(name)?;
        if !self.marked.contains(&event) {
            let is_over = self.only_ours || self.made_before.contains(&(event, part));
            return is_over.then_some(Newcomer::Stray);
        }
        let of = (event, part);
        if adopted.contains(&of) {
            return Some(Newcomer::Stray);
        }
        Some(match self.copies.get(&of) {
            // It stands there as what it has become since: a series, or what was one.
            None if part.is_none() && self.taken.contains(&event) => Newcomer::Stray,
            None => Newcomer::Adopt(of),
            // One of two is too many only while the other is surely there. After a restore the one that is known may
            // be long gone, and this the only one.
            Some(known) => match &known.observation {
                Some(seen) if seen.is_tombstone() && seen.proved => {
                    Newcomer::Successor(of, generation, known.base.clone().map(Box::new))
                }
                Some(seen) if seen.is_tombstone() => Newcomer::Later,
                _ if known.listed_in >= mapping.listed_in => Newcomer::Stray,
                _ => Newcomer::Later,
            },
        })
    }
}
