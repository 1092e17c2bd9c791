//! What many worlds came to, in figures, and what a whole set of worlds must have seen.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::door::OnTheWay;
use crate::outcome::Outcome;
use crate::script::Notices;
use crate::seat::{Broken, Point};
use crate::sides::{Fault, Trouble};

/// The rare paths in the code (`point!`) that each set of some hundred worlds has to have taken.
pub const POINTS: [&str; 30] = [
    "channels: it was given up before it was open",
    "commit: an edit came first",
    "commit: something there is one of ours",
    "commit: wanted again while it was taken away",
    "moves: it could not be looked for",
    "moves: it was moved to another calendar",
    "pull: a circle of pages",
    "pull: our own copy may not be seen any more",
    "pull: our own write came back",
    "pull: something is absent",
    "pull: the cursor was lost",
    "pull: what changed since an old listing",
    "push: it is there already",
    "push: it was changed or gone meanwhile",
    "push: the answer was lost",
    "push: what was not sent is taken back",
    "reconcile: the brake holds",
    "recover: it could not be asked about",
    "recover: it is missing",
    "recover: it may have been changed",
    "recover: it may not have been made",
    "recover: it was made",
    "recover: it was made and deleted since",
    "recover: it was taken away",
    "run: halted",
    "run: held up before a write",
    "run: the lease is prolonged",
    "run: the lease was lost",
    "tokens: another worker renews",
    "tokens: connected again during a renewal",
];

/// The paths that few worlds take, most of them worlds of bold people, who put back backups.
pub const RARER: [&str; 8] = [
    "commit: a copy that was made anew",
    "commit: a second copy",
    "commit: it may be on its way from elsewhere",
    "pull: what had ended was brought back",
    "push: the id is burnt",
    "push: the name is taken by nothing",
    "reconcile: a tombstone of what is there",
    "reconcile: too much came to it",
];

/// The rare paths that no world of Google alone takes, for it is no feed and no server of files, holds series, says of what was
/// deleted that it was, and takes the names that it is given. They are for mixed worlds, and for the tests of feeds and servers (`engine/tests/it/feeds.rs`,
/// `museum/servers.rs`), of Microsoft's adapter (`providers/src/microsoft`), of names that providers give
/// (`engine/tests/it/named.rs`) and of calendars without series (`engine/tests/it/notion.rs`).
pub const ELSEWHERE: [&str; 11] = [
    "absent: found under another name",
    "absent: missing for long",
    "microsoft: a part of a series was written",
    "microsoft: a series is written twice to bring an occurrence back",
    "microsoft: an occurrence stays deleted",
    "named: it was seen before it was known to be ours",
    "named: the provider has given it another name",
    "occurrences: a series is told one by one",
    "pull: absent from two listings",
    "recover: it may not be seen yet",
    "refiled: it lies under another name",
];

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

    /// What never happened, though it can, and the rare paths that were never taken: a set of worlds that is large
    /// enough has seen all of it, and a larger one of bold people has taken also those of [`RARER`].
    pub fn missing(&self, rarer: bool) -> Vec<&'static str> {
        everything()
            .into_iter()
            .chain(POINTS)
            .chain(RARER.into_iter().filter(|_| rarer))
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
