//! What a whole listing did not show.
//!
//! It is read directly. Only the provider's word "deleted", or absence from two complete listings and a direct read,
//! becomes a tombstone (`rules.md` 9).
//!
//! Of a calendar that nobody can be asked about, and whose publisher gives new names as it comes, what is missing is first
//! looked for among what is new: the same under another name stays the same event (BM-002). The rest waits: it has to
//! be missing from a listing, and from another one long after it. What is past is left alone, for publishers drop it.

use std::collections::BTreeMap;

use concord_model::agreed::Intent;
use concord_model::observed::{Observation, Reading};
use concord_model::{MappingId, View, recurrence};
use concord_points::{defect, point};
use concord_providers::provider::Absence;
use concord_store::mappings::{self, Mapping, MappingState};
use concord_sync::adopt;
use jiff::{SignedDuration, Timestamp};
use tracing::debug;

use super::pull::tombstone;
use super::{Run, Stop};

/// How many absent events are looked after together.
const PAGE: u32 = 200;

impl Run<'_> {
    /// Reads directly what a full listing did not show. Returns whether a second listing has to follow.
    pub(super) async fn look_for_absent(&mut self, number: i64, before: Option<i64>) -> Result<bool, Stop> {
        if let Absence::Waited { some, all } = self.provider.absence() {
            self.look_under_other_names(number).await?;
            self.wait_for_absent(number, some, all).await?;
            return Ok(false);
        }
        let mut again = false;
        let mut after: Option<MappingId> = None;
        loop {
            let mut tx = self.engine.store.read().await?;
            let mut absent = mappings::unlisted(&mut tx, self.link.id, number, after, PAGE).await?;
            drop(tx);
            let Some(last) = absent.last() else { break };
            after = Some(last.id);
            // What may not have been made yet is looked for by itself, and its absence proves nothing.
            absent.retain(|mapping| !matches!(mapping.intent, Some(Intent::Create(_))));
            if absent.is_empty() {
                continue;
            }
            point!("pull: something is absent");
            let readings = match defect!("absence is taken for a deletion") {
                true => absent.iter().map(|_| Some(Reading::Deleted)).collect(),
                false => self.read(&absent).await?,
            };
            let now = self.engine.now();
            let mut changed = Vec::new();
            for (mut mapping, reading) in absent.into_iter().zip(readings) {
                let gone_twice = before.is_some_and(|before| mapping.listed_in < before);
                mapping.observation = Some(match reading {
                    Some(Reading::Present(items)) => {
                        mapping.listed_in = number;
                        Observation::read(items, now)
                    }
                    Some(Reading::Deleted) => tombstone(&mapping, now),
                    Some(Reading::Missing) if gone_twice => {
                        point!("pull: absent from two listings");
                        tombstone(&mapping, now)
                    }
                    Some(Reading::Missing) => {
                        again = true;
                        continue;
                    }
                    None => continue,
                });
                mapping.state = MappingState::Pending;
                mapping.retry_at = None;
                changed.push(mapping);
            }
            let mut tx = self.begin().await?;
            mappings::save_many(&mut tx, &changed).await?;
            tx.commit().await?;
        }
        if again {
            debug!(link.id = %self.link.id, "reading the calendar a second time to be sure of what is missing");
            self.start_listing().await?;
        }
        Ok(again)
    }

    /// Finds what is missing among what the listing showed for the first time: what says the same, or, where most names
    /// are new, what happens at the same time and at no other's. The event keeps its identity, whatever it is called.
    async fn look_under_other_names(&mut self, number: i64) -> Result<(), Stop> {
        let (mut missing, mut known) = (Likes::default(), 0_usize);
        let mut after = None;
        loop {
            let mut tx = self.engine.store.read().await?;
            let page = mappings::unlisted(&mut tx, self.link.id, number, after, PAGE).await?;
            drop(tx);
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            page.iter().filter_map(|m| Some((m.id, seen(m)?))).for_each(|(id, view)| missing.add(id, &view));
        }
        if missing.is_empty() {
            return Ok(());
        }
        let mut new = Likes::default();
        let mut after = None;
        loop {
            let mut tx = self.engine.store.read().await?;
            let page = mappings::listed(&mut tx, self.link.id, number, after, PAGE).await?;
            drop(tx);
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for mapping in &page {
                match mapping.event {
                    None => drop(seen(mapping).map(|view| new.add(mapping.id, &view))),
                    Some(_) => known += 1,
                }
            }
        }
        let renames_all = missing.count > known;
        let pairs = missing.pair(&new, renames_all);
        for chunk in pairs.chunks(PAGE as usize) {
            point!("absent: found under another name");
            let ids: Vec<MappingId> = chunk.iter().flat_map(|(old, new)| [*old, *new]).collect();
            let mut tx = self.begin().await?;
            let found = mappings::find(&mut tx, self.link.id, &ids).await?;
            let mut renamed = Vec::with_capacity(chunk.len());
            for (old, new) in chunk {
                let (Some(old), Some(new)) = (found.get(old), found.get(new)) else { continue };
                mappings::remove(&mut tx, new.id).await?;
                renamed.push(Mapping {
                    external_id: new.external_id.clone(),
                    uid: new.uid.clone(),
                    observation: new.observation.clone(),
                    listed_in: number,
                    state: MappingState::Pending,
                    retry_at: None,
                    ..old.clone()
                });
            }
            mappings::save_many(&mut tx, &renamed).await?;
            tx.commit().await?;
        }
        if !pairs.is_empty() {
            let found = match pairs.len() {
                1 => "an event has another name there; it is the same".to_owned(),
                n => format!("{n} events have other names there; they are the same"),
            };
            self.report.note(&found);
        }
        Ok(())
    }

    /// Notes since when something is missing; what has been missing for so long is gone.
    async fn wait_for_absent(
        &mut self,
        number: i64,
        some: SignedDuration,
        all: SignedDuration,
    ) -> Result<(), Stop> {
        let mut tx = self.engine.store.read().await?;
        let left = mappings::listed(&mut tx, self.link.id, number, None, 1).await?;
        drop(tx);
        let wait = if left.is_empty() { all } else { some };
        let mut after = None;
        loop {
            let mut tx = self.engine.store.read().await?;
            let absent = mappings::unlisted(&mut tx, self.link.id, number, after, PAGE).await?;
            drop(tx);
            let Some(last) = absent.last() else { return Ok(()) };
            after = Some(last.id);
            let now = self.engine.now();
            let mut changed = Vec::new();
            for mut mapping in absent {
                if seen(&mapping).is_some_and(|view| is_past(&view, now)) {
                    continue;
                }
                // What was noted before it was last shown is about another time.
                let noted = mapping.known.missing_since.filter(|at| at.as_microsecond() > mapping.listed_in);
                match noted {
                    Some(since) if now.duration_since(since) >= wait => {
                        point!("absent: missing for long");
                        mapping.observation = Some(tombstone(&mapping, now));
                        mapping.state = MappingState::Pending;
                        mapping.retry_at = None;
                    }
                    Some(since) => {
                        self.report.look_again_at(since + wait);
                        continue;
                    }
                    None => {
                        mapping.known.missing_since = Some(now);
                        self.report.look_again_at(now + wait);
                    }
                }
                changed.push(mapping);
            }
            let mut tx = self.begin().await?;
            mappings::save_many(&mut tx, &changed).await?;
            tx.commit().await?;
        }
    }
}

/// How it was last seen there.
fn seen(mapping: &Mapping) -> Option<View> {
    let known = mapping.base.as_ref().map(|base| mapping.known.theirs(base));
    match &mapping.observation {
        Some(observation) => observation.over(known.as_ref()).or(known),
        None => known,
    }
    .map(|theirs| theirs.view)
}

/// Whether all of it is over.
fn is_past(view: &View, now: Timestamp) -> bool {
    recurrence::first_and_last(&view.time, &view.overrides).1.is_some_and(|ends| ends <= now)
}

/// Items by what they have in common with others.
#[derive(Default)]
struct Likes {
    by_content: BTreeMap<(String, String), Vec<MappingId>>,
    count: usize,
}

impl Likes {
    fn add(&mut self, id: MappingId, view: &View) {
        self.by_content.entry(adopt::alike(view)).or_default().push(id);
        self.count += 1;
    }

    fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Pairs what says the same, in order where several do; where almost all have other names, also what is alone at its
    /// time on both sides.
    fn pair(&self, new: &Likes, by_time: bool) -> Vec<(MappingId, MappingId)> {
        let mut pairs = Vec::new();
        let mut old_then: BTreeMap<&str, Vec<MappingId>> = BTreeMap::new();
        let mut new_then: BTreeMap<&str, Vec<MappingId>> = BTreeMap::new();
        for (like, ids) in &self.by_content {
            let others = new.by_content.get(like).map_or(&[][..], Vec::as_slice);
            pairs.extend(ids.iter().copied().zip(others.iter().copied()));
            old_then.entry(&like.0).or_default().extend(ids.iter().skip(others.len()));
        }
        for (like, ids) in &new.by_content {
            let others = self.by_content.get(like).map_or(0, Vec::len);
            new_then.entry(&like.0).or_default().extend(ids.iter().skip(others));
        }
        if by_time {
            for (when, ids) in old_then {
                if let ([old], Some([new])) = (ids.as_slice(), new_then.get(when).map(Vec::as_slice)) {
                    pairs.push((*old, *new));
                }
            }
        }
        pairs
    }
}

#[cfg(test)]
mod tests {
    use concord_model::Span;
    use uuid::Uuid;

    use super::*;

    fn likes(of: &[(u128, u8, &str)]) -> Likes {
        let mut likes = Likes::default();
        for (id, day, title) in of {
            let day = jiff::civil::date(2026, 12, i8::try_from(*day).unwrap());
            let span = Span::days(day, day.tomorrow().unwrap()).unwrap();
            let mut view = View::new(concord_model::view::Timing { span, recurrence: None }, "");
            view.title = (*title).to_owned();
            likes.add(MappingId(Uuid::from_u128(*id)), &view);
        }
        likes
    }

    #[track_caller]
    fn check(old: &[(u128, u8, &str)], new: &[(u128, u8, &str)], by_time: bool, expected: &[(u128, u128)]) {
        let mut pairs: Vec<(u128, u128)> = likes(old)
            .pair(&likes(new), by_time)
            .iter()
            .map(|(a, b)| (a.0.as_u128(), b.0.as_u128()))
            .collect();
        pairs.sort_unstable();
        assert_eq!(pairs, expected);
    }

    #[test]
    fn what_says_the_same_is_the_same() {
        check(&[(1, 1, "A"), (2, 2, "B")], &[(9, 2, "b!"), (8, 3, "C")], false, &[(2, 9)]);
        // Two that say the same are two.
        check(&[(1, 1, "A"), (2, 1, "A")], &[(8, 1, "A"), (9, 1, "A")], false, &[(1, 8), (2, 9)]);
        check(&[(1, 1, "A")], &[(8, 1, "A"), (9, 1, "A")], false, &[(1, 8)]);
    }

    #[test]
    fn another_title_at_the_same_time_is_the_same_only_where_all_names_are_new() {
        check(&[(1, 1, "A")], &[(9, 1, "Other")], false, &[]);
        check(&[(1, 1, "A")], &[(9, 1, "Other")], true, &[(1, 9)]);
        // Who of two it would be, nobody knows.
        check(&[(1, 1, "A"), (2, 1, "B")], &[(9, 1, "Other")], true, &[]);
        check(&[(1, 1, "A")], &[(8, 1, "Other"), (9, 1, "Another")], true, &[]);
    }
}
