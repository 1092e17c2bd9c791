//! A calendar in memory: things by id that remember when each last changed, and what it was before.
//!
//! Every provider's delta is the same idea: a counter that grows with each change. A shelf promises that reading
//! everything, and then whatever changed since, gives the same as reading everything later. It can also be read as it
//! was a few changes ago, which is how stale and late answers are made.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many past versions of one thing are kept.
const KEPT: usize = 12;

/// One version of a thing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version<T> {
    /// The number of the change that made it; grows over the whole shelf.
    pub number: u64,
    /// The thing.
    pub value: T,
}

/// Things by id, with the order of their changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Kept<T>", bound(deserialize = "T: Deserialize<'de>"))]
pub struct Shelf<T> {
    slots: BTreeMap<String, VecDeque<Version<T>>>,
    #[serde(skip)]
    order: BTreeMap<u64, String>,
    times: Vec<Timestamp>,
}

/// A shelf as it is kept: the order of the latest changes follows from the things.
#[derive(Deserialize)]
struct Kept<T> {
    slots: BTreeMap<String, VecDeque<Version<T>>>,
    times: Vec<Timestamp>,
}

impl<T> From<Kept<T>> for Shelf<T> {
    fn from(Kept { slots, times }: Kept<T>) -> Shelf<T> {
        let latest = |(id, slot): (&String, &VecDeque<Version<T>>)| Some((slot.back()?.number, id.clone()));
        Shelf { order: slots.iter().filter_map(latest).collect(), slots, times }
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Shelf<T> {
        Shelf { slots: BTreeMap::new(), order: BTreeMap::new(), times: Vec::new() }
    }
}

impl<T> Shelf<T> {
    /// The number of the last change; 0 before the first.
    pub fn last(&self) -> u64 {
        self.times.len() as u64
    }

    /// The number of the last change that is not younger than `at`.
    pub fn last_at(&self, at: Timestamp) -> u64 {
        let younger = self.times.iter().rev().take_while(|made| **made > at).count();
        (self.times.len() - younger) as u64
    }

    /// When a change was made.
    pub fn made_at(&self, number: u64) -> Option<Timestamp> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.times.get(index).copied()
    }

    /// Puts a thing, new or changed, and returns the number of this change.
    pub fn put(&mut self, id: &str, value: T, at: Timestamp) -> u64 {
        self.times.push(at);
        let number = self.last();
        let slot = self.slots.entry(id.to_owned()).or_default();
        if let Some(before) = slot.back() {
            self.order.remove(&before.number);
        }
        if slot.len() == KEPT {
            slot.pop_front();
        }
        slot.push_back(Version { number, value });
        self.order.insert(number, id.to_owned());
        number
    }

    /// The thing as it is.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.slots.get(id)?.back().map(|version| &version.value)
    }

    /// The thing as it was after change `upto`.
    pub fn seen(&self, id: &str, upto: u64) -> Option<&Version<T>> {
        self.slots.get(id)?.iter().rev().find(|version| version.number <= upto)
    }

    /// The oldest version that is still known, if it is older than change `upto` or nothing else is left.
    pub fn seen_or_oldest(&self, id: &str, upto: u64) -> Option<&Version<T>> {
        self.seen(id, upto).or_else(|| self.slots.get(id)?.front())
    }

    /// Everything as it was after change `upto`, by id.
    pub fn all(&self, upto: u64) -> impl Iterator<Item = (&str, &T)> {
        self.slots.iter().filter_map(move |(id, versions)| {
            let version = versions.iter().rev().find(|version| version.number <= upto)?;
            Some((id.as_str(), &version.value))
        })
    }

    /// What changed after `since` and up to `upto`, each thing once, in its latest state of that time.
    pub fn changed(&self, since: u64, upto: u64) -> impl Iterator<Item = (&str, &T)> {
        self.versions(since, upto).map(|(id, version)| (id, &version.value))
    }

    /// The same with the numbers of the changes.
    pub fn versions(&self, since: u64, upto: u64) -> impl Iterator<Item = (&str, &Version<T>)> {
        self.order.range(since + 1..).filter_map(move |(_, id)| {
            let version = self.seen(id, upto)?;
            (version.number > since).then_some((id.as_str(), version))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(puts: &[(&str, u32)]) -> Shelf<u32> {
        let mut shelf = Shelf::default();
        for (second, (id, value)) in (0i64..).zip(puts) {
            shelf.put(id, *value, Timestamp::from_second(second).unwrap());
        }
        shelf
    }

    #[test]
    fn what_changed_since_is_told_once_and_latest() {
        let shelf = shelf(&[("a", 1), ("b", 1), ("a", 2), ("a", 3)]);
        assert_eq!(shelf.changed(1, 4).collect::<Vec<_>>(), [("b", &1), ("a", &3)]);
        assert_eq!(shelf.changed(4, 4).count(), 0);
    }

    #[test]
    fn a_kept_shelf_goes_on_where_it_was() {
        let mut shelf = shelf(&[("a", 1), ("b", 1), ("a", 2)]);
        let mut kept: Shelf<u32> = serde_json::from_str(&serde_json::to_string(&shelf).unwrap()).unwrap();
        for shelf in [&mut shelf, &mut kept] {
            assert_eq!(shelf.put("b", 2, Timestamp::from_second(9).unwrap()), 4);
        }
        for since in 0..4 {
            assert_eq!(
                kept.changed(since, 4).collect::<Vec<_>>(),
                shelf.changed(since, 4).collect::<Vec<_>>()
            );
        }
        assert_eq!(kept.all(2).collect::<Vec<_>>(), shelf.all(2).collect::<Vec<_>>());
    }

    #[test]
    fn the_past_can_be_read() {
        let shelf = shelf(&[("a", 1), ("b", 1), ("a", 2)]);
        assert_eq!(shelf.all(2).collect::<Vec<_>>(), [("a", &1), ("b", &1)]);
        assert_eq!(shelf.changed(1, 2).collect::<Vec<_>>(), [("b", &1)]);
        assert_eq!(shelf.last_at(Timestamp::from_second(1).unwrap()), 2);
    }
}
