//! The simulator from a shell: `concord-sim seed=7 steps=300` lives through one world and tells its story;
//! `concord-sim seeds=1000 steps=500` lives through many on all cores, and tells of those that broke a promise.
#![expect(clippy::print_stdout, reason = "it is a program that tells what it saw")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use concord_sim::plan::Plan;
use concord_sim::run::Keep;
use concord_sim::script::script;
use concord_sim::{Outcome, replay, run};

/// What was asked for: `name=value`.
struct Asked(BTreeMap<String, String>);

impl Asked {
    fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.parse().ok()
    }
}

fn main() -> ExitCode {
    let asked = std::env::args().skip(1).filter_map(|arg| {
        let (name, value) = arg.split_once('=')?;
        Some((name.to_lowercase(), value.to_owned()))
    });
    let asked = Asked(asked.collect());
    let steps = asked.number("steps").map_or(500, |steps| usize::try_from(steps).unwrap_or(usize::MAX));
    match asked.number("seed") {
        Some(seed) => one(seed, steps, asked.number("trace").is_some()),
        None => many(&asked, steps),
    }
}

/// One world, with its story.
fn one(seed: u64, steps: usize, trace: bool) -> ExitCode {
    let began = now();
    let plan = Plan::of(seed);
    let outcome = replay(&plan, &script(&plan, steps), Keep { trace });
    for line in outcome.trace.iter().chain(&outcome.story) {
        println!("{line}");
    }
    for (what, times) in &outcome.counts {
        println!("{times:>8}  {what}");
    }
    tell(&outcome);
    let mut sum = Sum::default();
    sum.add(&outcome);
    sum.tell(began.elapsed());
    if outcome.violation.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
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
    sum.tell(began.elapsed());
    if sum.violations > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What many worlds came to.
#[derive(Default)]
struct Sum {
    seeds: u64,
    steps: u64,
    violations: u64,
    hash: u64,
    counts: BTreeMap<&'static str, u64>,
}

impl Sum {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.steps += outcome.steps as u64;
        self.violations += u64::from(outcome.violation.is_some());
        // In whatever order they end.
        self.hash = self.hash.wrapping_add(outcome.hash);
        for (what, times) in &outcome.counts {
            *self.counts.entry(what).or_default() += times;
        }
    }

    fn tell(&self, took: Duration) {
        let count = |what: &str| self.counts.get(what).copied().unwrap_or(0);
        let crashes: u64 =
            self.counts.iter().filter(|(what, _)| what.starts_with("crash ")).map(|(_, times)| times).sum();
        println!(
            "seeds {} steps {} runs {} calls {} faults {} crashes {crashes} violations {} hash {:016x} seconds {:.1}",
            self.seeds,
            self.steps,
            count("runs"),
            count("calls"),
            count("faults"),
            self.violations,
            self.hash,
            took.as_secs_f64(),
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it took, for whoever waits for it")]
fn now() -> Instant {
    Instant::now()
}
