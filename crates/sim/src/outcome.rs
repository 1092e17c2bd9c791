//! What became of a world.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Something that must never be, and was.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Violation {
    /// Which promise was broken, by its number; or `panic`, or `stuck`.
    pub invariant: String,
    /// What was seen.
    pub what: String,
    /// In which step; the end counts as the one after the last.
    pub step: usize,
}

impl Violation {
    /// One that is not yet known to belong to a step.
    pub fn new(invariant: &str, what: impl Into<String>) -> Violation {
        Violation { invariant: invariant.to_owned(), what: what.into(), step: 0 }
    }
}

/// What became of a world.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// How many steps it lived.
    pub steps: usize,
    /// The first promise that was broken, if one was.
    pub violation: Option<Violation>,
    /// The trace as a number: the same for the same seed, always.
    pub hash: u64,
    /// How often what happened: runs, calls, each fault, each kind of crash.
    pub counts: BTreeMap<&'static str, u64>,
    /// What happened, in sentences.
    pub story: Vec<String>,
    /// The trace itself, if it was kept.
    pub trace: Vec<String>,
}

impl Outcome {
    /// How often something happened.
    pub fn count(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }
}
