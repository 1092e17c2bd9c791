//! A run that would delete or rewrite an implausible share of a calendar stops before its first destructive call
//! (SY-8, I-08).
//!
//! What is weighed are events. A calendar that holds no series has a copy of each occurrence (`rules.md` 21), but to move or to
//! end a series is one thing that a person did, and weighs there what it weighs where the series is a single entry: else the
//! brake would ask about ordinary days, and people would learn to agree without looking.

use std::collections::BTreeSet;

use concord_model::link::BrakeLimit;
use concord_points::defect;

use crate::plan::Act;

/// What steps come to, by what they happen to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Toll<T> {
    /// What loses a copy, or has one overwritten.
    touched: BTreeSet<T>,
    /// What has a copy afterwards.
    stays: BTreeSet<T>,
}

impl<T> Default for Toll<T> {
    fn default() -> Toll<T> {
        Toll { touched: BTreeSet::new(), stays: BTreeSet::new() }
    }
}

impl<T: Ord + Clone> Toll<T> {
    /// One step more.
    pub fn add(&mut self, thing: T, act: Act) {
        if act.is_destructive() {
            self.touched.insert(thing.clone());
        }
        if matches!(act, Act::CreateThere | Act::ChangeThere) {
            self.stays.insert(thing);
        }
    }

    /// A copy that stays as it is.
    pub fn keep(&mut self, thing: T) {
        self.stays.insert(thing);
    }

    /// Its weight, in a calendar with so many events.
    pub fn weight(&self, mapped: u64) -> Weight {
        let rewrites = self.touched.intersection(&self.stays).count() as u64;
        Weight { deletions: self.touched.len() as u64 - rewrites, rewrites, mapped }
    }
}

/// What a run would do, in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Weight {
    /// Events that are deleted, here or there.
    pub deletions: u64,
    /// Events that are rewritten there, in whole or in part.
    pub rewrites: u64,
    /// How many events are mapped in all.
    pub mapped: u64,
}

/// What the brake says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Go on.
    Pass,
    /// Stop and ask.
    Stop,
}

/// Weighs a run: more than the limit, or all of five or more.
///
/// Rewrites alone never make "all": a changed setting rightly rewrites everything, and is consented to by count.
pub fn weigh(weight: Weight, limit: BrakeLimit) -> Verdict {
    if defect!("the brake is off") {
        return Verdict::Pass;
    }
    let destructive = weight.deletions + weight.rewrites;
    let share = weight.mapped * u64::from(limit.percent) / 100;
    let all = weight.deletions >= 5 && weight.deletions >= weight.mapped;
    if destructive > u64::from(limit.at_least).max(share) || all { Verdict::Stop } else { Verdict::Pass }
}
