//! The simulator from a shell. What is wanted is said as `name=value`:
//!
//! | | |
//! | --- | --- |
//! | `seed=7 steps=300` | lives through one world and tells its story; `trace=1` tells every call and transaction |
//! | `seed=7 shrink=1` | makes it small, if it breaks a promise, and keeps it in `keep=FOLDER` |
//! | `kept=FILE` | lives through a kept world |
//! | `seeds=400 steps=500` | lives through many, on all cores; `from=1` is the first, `minutes=5` ends it, `whole=1` asks that all that can go wrong did |
#![expect(clippy::print_stdout, reason = "it is a program that tells what it saw")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use concord_sim::figures::Sum;
use concord_sim::kept::Kept;
use concord_sim::plan::Plan;
use concord_sim::run::Keep;
use concord_sim::script::script;
use concord_sim::shrink::shrink;
use concord_sim::{Outcome, replay, run};

/// How many worlds are tried to make one small, unless `tries` says otherwise.
const TRIES: u64 = 1_000;

/// What was asked for: `name=value`.
struct Asked(BTreeMap<String, String>);

impl Asked {
    fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.parse().ok()
    }
}

fn main() -> ExitCode {
    let mut asked = Asked(BTreeMap::new());
    for arg in std::env::args().skip(1) {
        let Some((name, value)) = arg.split_once('=') else {
            println!("{arg} is not of the form name=value, such as seed=7");
            return ExitCode::from(2);
        };
        // What make hands on unset is not there.
        if !value.is_empty() {
            asked.0.insert(name.to_lowercase(), value.to_owned());
        }
    }
    let steps = asked.number("steps").map_or(500, |steps| usize::try_from(steps).unwrap_or(usize::MAX));
    let keep = Keep { trace: asked.number("trace").is_some() };
    match (asked.0.get("kept"), asked.number("seed")) {
        (Some(file), _) => match Kept::read(Path::new(file)) {
            Ok(kept) => one(|| kept.replay(keep)),
            Err(error) => {
                println!("{error}");
                ExitCode::from(2)
            }
        },
        (None, Some(seed)) if asked.number("shrink").is_some() => {
            let tries = usize::try_from(asked.number("tries").unwrap_or(TRIES)).unwrap_or(usize::MAX);
            small(seed, steps, tries, asked.0.get("keep").map_or("crates/sim/seeds", String::as_str))
        }
        (None, Some(seed)) => {
            let plan = Plan::of(seed);
            one(|| replay(&plan, &script(&plan, steps), keep))
        }
        (None, None) => many(&asked, steps),
    }
}

/// One world, with its story.
fn one(live: impl FnOnce() -> Outcome) -> ExitCode {
    let began = now();
    let outcome = live();
    for line in outcome.trace.iter().chain(&outcome.story) {
        println!("{line}");
    }
    for (what, times) in outcome.counts.iter().filter(|(_, times)| **times > 0) {
        println!("{times:>8}  {what}");
    }
    tell(&outcome);
    let mut sum = Sum::default();
    sum.add(&outcome);
    println!("{}", sum.line(began.elapsed()));
    if outcome.violation.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A failing world, as small as it can be made.
fn small(seed: u64, steps: usize, tries: usize, folder: &str) -> ExitCode {
    let plan = Plan::of(seed);
    let Some(small) = shrink(&plan, &script(&plan, steps), tries) else {
        println!("seed {seed} breaks no promise in {steps} steps");
        return ExitCode::SUCCESS;
    };
    println!("{} steps are left, after {} worlds", small.steps.len(), small.tried);
    for line in &small.outcome.story {
        println!("{line}");
    }
    tell(&small.outcome);
    match Kept::from(small).write(Path::new(folder)) {
        Ok(path) => println!("kept in {}", path.display()),
        Err(error) => println!("it could not be kept: {error}"),
    }
    ExitCode::FAILURE
}

fn tell(outcome: &Outcome) {
    if let Some(violation) = &outcome.violation {
        let seed = outcome.seed;
        println!("seed {seed}, step {}: {}: {}", violation.step, violation.invariant, violation.what);
    }
}

/// Many worlds, on all cores.
fn many(asked: &Asked, steps: usize) -> ExitCode {
    let began = now();
    let from = asked.number("from").unwrap_or(1);
    let seeds = asked.number("seeds").unwrap_or(u64::MAX - from);
    let until = asked.number("minutes").map(|minutes| Duration::from_secs(60 * minutes));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let next = AtomicU64::new(from);
    let sum = Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for _ in 0..asked.number("threads").unwrap_or(cores) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed - from >= seeds || until.is_some_and(|until| began.elapsed() > until) {
                        return;
                    }
                    let outcome = run(seed, steps);
                    tell(&outcome);
                    sum.lock().expect("no thread panics while it counts").add(&outcome);
                }
            });
        }
    });
    let sum = sum.into_inner().expect("no thread panics while it counts");
    for (what, times) in &sum.counts {
        println!("{times:>8}  {what}");
    }
    let missing = if asked.number("whole").is_some() { sum.missing() } else { Vec::new() };
    if !missing.is_empty() {
        println!("what can go wrong and never did: {}", missing.join(", "));
    }
    println!("{}", sum.line(began.elapsed()));
    if sum.violations > 0 || !missing.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[expect(clippy::disallowed_methods, reason = "how long it took, for whoever waits for it")]
fn now() -> Instant {
    Instant::now()
}
