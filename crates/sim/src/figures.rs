//! What many worlds came to, in figures, and what a whole set of worlds must have seen.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::door::OnTheWay;
use crate::outcome::Outcome;
use crate::script::Notices;
use crate::seat::{Broken, Point};
use crate::sides::{Fault, Trouble};

/// Everything that can go wrong in a world, by the name under which it is counted.
pub fn everything() -> Vec<&'static str> {
    let mut all: Vec<&'static str> = Vec::new();
    all.extend(Fault::ALL.map(Fault::name));
    all.extend(Trouble::ALL.map(Trouble::name));
    all.extend([OnTheWay::Twice, OnTheWay::Late, OnTheWay::Cut].map(OnTheWay::name));
    all.extend([Broken::Busy, Broken::Begin, Broken::Commit, Broken::Answer].map(Broken::name));
    all.extend([Notices::Lost, Notices::Doubled, Notices::Forged, Notices::Storm].map(Notices::name));
    all.extend(Point::ALL.map(Point::crash));
    all.extend(["worker paused", "clock jumped", "late writes refused"]);
    all
}

/// The sum of many worlds.
#[derive(Default)]
pub struct Sum {
    seeds: u64,
    steps: u64,
    /// How many broke a promise.
    pub violations: u64,
    hash: u64,
    /// How often what happened.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Sum {
    /// Adds one world.
    pub fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.steps += outcome.steps as u64;
        self.violations += u64::from(outcome.violation.is_some());
        // In whatever order they end.
        self.hash = self.hash.wrapping_add(outcome.hash);
        for (what, times) in &outcome.counts {
            *self.counts.entry(what).or_default() += times;
        }
    }

    /// What never happened, though it can: a set of worlds that is large enough has seen all of it.
    pub fn missing(&self) -> Vec<&'static str> {
        everything()
            .into_iter()
            .filter(|what| self.counts.get(what).is_none_or(|times| *times == 0))
            .collect()
    }

    /// The one line that is told last.
    pub fn line(&self, took: Duration) -> impl fmt::Display {
        let count = |what: &str| self.counts.get(what).copied().unwrap_or(0);
        let crashes: u64 = Point::ALL.iter().map(|point| count(point.crash())).sum();
        let wrong: u64 = everything().iter().map(|what| count(what)).sum();
        format!(
            "seeds {} steps {} runs {} calls {} faults {} crashes {crashes} violations {} hash {:016x} seconds {:.1}",
            self.seeds,
            self.steps,
            count("runs"),
            count("calls"),
            wrong - crashes - count("late writes refused"),
            self.violations,
            self.hash,
            took.as_secs_f64(),
        )
    }
}
