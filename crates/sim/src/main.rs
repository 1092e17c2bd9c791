//! The simulator from a shell. What is wanted is said as `name=value`:
//!
//! | | |
//! | --- | --- |
//! | `seed=7 steps=300` | lives through one world and tells its story; `trace=1` tells every call and transaction |
//! | `seed=7 shrink=1` | makes it small, if it breaks a promise, and keeps it in `keep=FOLDER` |
//! | `kept=FILE` | lives through a kept world |
//! | `teeth=all` | looks for a world that shows each defect, or each whose name holds those words; `new=1` only where none is kept, `most=50000` for so many steps, `tries=30` to make it small |
//! | `seeds=400 steps=500` | lives through many, on all cores; `from=1` is the first, `minutes=5` ends it, `whole=1` asks that all that can go wrong did, and that the rare paths were taken, `whole=2` also the rarer ones; `bold=1` is for bold people, `mixed=1` for several providers, `at=microsoft` for that one alone |
#![expect(clippy::print_stdout, reason = "it is a program that tells what it saw")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use concord_sim::figures::Sum;
use concord_sim::kept::Kept;
use concord_sim::plan::Plan;
use concord_sim::run::Keep;
use concord_sim::script::script;
use concord_sim::shrink::shrink;
use concord_sim::sides::Kind;
use concord_sim::teeth::{self, BUDGET, Caught, Search, TEETH, Tooth, search};
use concord_sim::{Outcome, replay};

/// How many worlds are tried to make one small, unless `tries` says otherwise.
const TRIES: u64 = 1_000;
/// Where the worlds are kept that show defects, unless `keep` says otherwise.
const TEETH_FOLDER: &str = "crates/sim/seeds/teeth";

/// What was asked for: `name=value`.
struct Asked(BTreeMap<String, String>);

impl Asked {
    fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.parse().ok()
    }

    /// On how many threads; on all cores, unless it is said.
    fn threads(&self) -> u64 {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
        self.number("threads").unwrap_or(cores)
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
    if let Some(name) = asked.0.get("at").filter(|name| Kind::of(name).is_none()) {
        println!("there is no provider {name} in any world");
        return ExitCode::from(2);
    }
    let steps = asked.number("steps").map_or(500, |steps| usize::try_from(steps).unwrap_or(usize::MAX));
    if let Some(which) = asked.0.get("teeth") {
        return teeth(which, &asked);
    }
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
            small(
                &plan(&asked, seed),
                steps,
                tries,
                asked.0.get("keep").map_or("crates/sim/seeds", String::as_str),
            )
        }
        (None, Some(seed)) => {
            let plan = plan(&asked, seed);
            one(|| replay(&plan, &script(&plan, steps), keep))
        }
        (None, None) => many(&asked, steps),
    }
}

/// The plan of that seed, with such people as were asked for.
fn plan(asked: &Asked, seed: u64) -> Plan {
    let plan = match (asked.number("mixed").is_some(), asked.number("bold").is_some()) {
        (false, false) => Plan::of(seed),
        (false, true) => Plan::bold(seed),
        (true, false) => Plan::mixed(seed),
        (true, true) => Plan::mixed_and_bold(seed),
    };
    match asked.0.get("at").and_then(|name| Kind::of(name)) {
        Some(kind) => plan.at(kind),
        None => plan,
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
fn small(plan: &Plan, steps: usize, tries: usize, folder: &str) -> ExitCode {
    let Some(small) = shrink(plan, &script(plan, steps), tries) else {
        let seed = plan.seed;
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

/// Looks for a world that shows each defect whose name holds these words (`all`: for all of them), and keeps it. Each
/// thread takes the next defect.
fn teeth(which: &str, asked: &Asked) -> ExitCode {
    let from = asked.number("from").unwrap_or(1);
    let number = |name: &str, usual: usize| {
        asked.number(name).map_or(usual, |number| usize::try_from(number).unwrap_or(usize::MAX))
    };
    let (most, tries) = (number("most", BUDGET), number("tries", teeth::TRIES));
    let folder = asked.0.get("keep").map_or(TEETH_FOLDER, String::as_str);
    let unknown =
        |tooth: &Tooth| asked.number("new").is_none() || !Path::new(folder).join(tooth.file()).exists();
    let named = |tooth: &Tooth| which == "all" || tooth.defect.contains(which);
    let wanted: Vec<Tooth> = TEETH.iter().filter(|tooth| named(tooth) && unknown(tooth)).copied().collect();
    let (next, missed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..asked.threads() {
            scope.spawn(|| {
                while let Some(tooth) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !is_caught(tooth, (from, most, tries), Path::new(folder)) {
                        missed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let missed = missed.into_inner();
    println!("{} of {} defects were caught", wanted.len() - missed, wanted.len());
    if missed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn is_caught(tooth: &Tooth, (from, most, tries): (u64, usize, usize), folder: &Path) -> bool {
    let began = now();
    let Search { caught, steps, met } = search(tooth, from, most, tries);
    let seconds = began.elapsed().as_secs();
    let told = format!("{} ({}): {steps} steps, met {met} times, {seconds} s", tooth.defect, tooth.breaks);
    let Some(Caught { seed, small, .. }) = caught else {
        println!("MISSED {told}");
        return false;
    };
    let seen = small.outcome.violation.as_ref().map(|seen| format!("{}: {}", seen.invariant, seen.what));
    println!("{told}; seed {seed}, {} steps are left: {}", small.steps.len(), seen.unwrap_or_default());
    match Kept::from(small).write_as(&folder.join(tooth.file())) {
        Ok(()) => true,
        Err(error) => {
            println!("{error}");
            false
        }
    }
}

/// Many worlds, on all cores.
fn many(asked: &Asked, steps: usize) -> ExitCode {
    let began = now();
    let from = asked.number("from").unwrap_or(1);
    let seeds = asked.number("seeds").unwrap_or(u64::MAX - from);
    let until = asked.number("minutes").map(|minutes| Duration::from_secs(60 * minutes));
    let next = AtomicU64::new(from);
    let sum = Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for _ in 0..asked.threads() {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed - from >= seeds || until.is_some_and(|until| began.elapsed() > until) {
                        return;
                    }
                    let plan = plan(asked, seed);
                    let outcome = replay(&plan, &script(&plan, steps), Keep::default());
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
    let missing = asked.number("whole").map(|how| sum.missing(how > 1)).unwrap_or_default();
    if !missing.is_empty() {
        println!("what can happen and never did: {}", missing.join(", "));
    }
    println!("{}", sum.line(began.elapsed()));
    if sum.violations > 0 || !missing.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[expect(clippy::disallowed_methods, reason = "how long it took, for whoever waits for it")]
fn now() -> Instant {
    Instant::now()
}
