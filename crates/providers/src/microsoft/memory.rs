//! What the adapter remembers while the program runs. All of it can be lost at any time: then something is tried once more.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most series that are remembered.
const MOST: usize = 1_000;

/// What is remembered.
#[derive(Default)]
pub(super) struct Memory {
    kept_deleted: Mutex<BTreeSet<String>>,
}

impl Memory {
    /// Whether it was seen of that series that nothing brings back what is deleted of it.
    pub(super) fn keeps_deleted(&self, series: &str) -> bool {
        self.lock().contains(series)
    }

    /// That was seen.
    pub(super) fn kept_deleted(&self, series: &str) {
        let mut all = self.lock();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(series.to_owned());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.kept_deleted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
