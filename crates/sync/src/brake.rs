//! A run that would delete or rewrite an implausible share of a calendar stops before its first destructive call
//! (SY-8, I-08).

use concord_model::link::BrakeLimit;
use concord_points::defect;

/// What a run would do, in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Weight {
    /// Deletions, here and there.
    pub deletions: u64,
    /// Rewrites of events that exist, there.
    pub rewrites: u64,
    /// How many are mapped in all.
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
