//! A world from its first step to its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::SignedDuration;

use crate::door::OnTheWay;
use crate::outcome::{Outcome, Violation};
use crate::plan::Plan;
use crate::script::{Step, script};
use crate::sides::{Fault, Trouble};
use crate::trace::Trace;
use crate::world::{Stop, World};
use crate::{checks, ending, people};

/// What is kept of a run beside its figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Keep {
    /// Every line of the trace.
    pub trace: bool,
}

/// Lives through the world of that seed for so many steps, and to its end.
pub fn run(seed: u64, steps: usize) -> Outcome {
    let plan = Plan::of(seed);
    let script = script(&plan, steps);
    replay(&plan, &script, Keep::default())
}

/// Lives through a world step by step. What is broken is in the outcome; a panic is a broken promise, too.
pub fn replay(plan: &Plan, script: &[Step], keep: Keep) -> Outcome {
    let trace = Arc::new(Trace::new(keep.trace));
    // What this thread has passed before belongs to another world.
    concord_points::passed();
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime of one thread can be made");
        runtime.block_on(live(plan, script, &trace))
    }));
    let (violation, story, steps) = lived.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
        let violation = Violation { step: trace.at(), ..Violation::new("panic", words.unwrap_or_default()) };
        (Some(violation), Vec::new(), trace.at())
    });
    for (name, times) in concord_points::passed() {
        trace.count_many(name, times);
    }
    Outcome {
        seed: plan.seed,
        steps,
        violation,
        hash: trace.hash(),
        counts: trace.counts(),
        story,
        trace: trace.lines(),
    }
}

async fn live(plan: &Plan, script: &[Step], trace: &Arc<Trace>) -> (Option<Violation>, Vec<String>, usize) {
    let mut world = match World::new(plan, trace.clone()).await {
        Ok(world) => world,
        Err(violation) => return (Some(violation), Vec::new(), 0),
    };
    let violation = match steps(&mut world, script).await {
        Ok(()) => None,
        Err(violation) => Some(Violation { step: world.step, ..violation }),
    };
    for side in world.sides.clone() {
        for (name, times) in side.struck() {
            trace.count_many(name, times);
        }
    }
    (violation, world.story, world.step.min(script.len()))
}

async fn steps(world: &mut World, script: &[Step]) -> Result<(), Stop> {
    for (number, step) in script.iter().enumerate() {
        world.step = number;
        world.trace.step(number);
        take(world, step).await?;
        checks::after_step(world).await?;
    }
    world.step = script.len();
    world.trace.step(script.len());
    ending::calm(world).await?;
    checks::at_the_end(world).await
}

async fn take(world: &mut World, step: &Step) -> Result<(), Stop> {
    for worker in &mut world.workers {
        worker.asleep = worker.asleep.saturating_sub(1);
    }
    let may_lose = matches!(
        step,
        Step::Crash { .. }
            | Step::Sleep { .. }
            | Step::Fault(_)
            | Step::OnTheWay { .. }
            | Step::Database { .. }
    );
    world.seen.lost |= may_lose;
    match step {
        Step::Turn { worker, points, job } => {
            let worker = usize::from(*worker) % world.workers.len().max(1);
            if world.workers[worker].asleep == 0
                && let Some(ended) = world.turn(worker, u32::from(*points), *job).await?
                && ended.ran
            {
                world.story.push(format!("{:>4}  worker {worker} {}", world.step, ended.line));
            }
        }
        Step::Crash { worker } => {
            let worker = usize::from(*worker) % world.workers.len().max(1);
            if let Some(at) = world.crash(worker) {
                world.trace.count(at.crash());
                world.tell(format!("worker {worker}: {}", at.crash()));
            }
        }
        Step::Sleep { worker, steps } => {
            let worker = usize::from(*worker) % world.workers.len().max(1);
            world.workers[worker].asleep = u32::from(*steps);
            world.trace.count("worker paused");
            world.tell(format!("worker {worker} sleeps for {steps} steps and ten minutes"));
            world.time.pass(SignedDuration::from_mins(10));
        }
        Step::Jump { worker, minutes } => {
            let worker = usize::from(*worker) % world.workers.len().max(1);
            world.workers[worker].clock.jump(SignedDuration::from_mins(i64::from(*minutes)));
            world.net.clocks_lie();
            world.trace.count("clock jumped");
            world.tell(format!("the clock of worker {worker} jumps by {minutes} minutes"));
        }
        Step::Pass { seconds } => {
            world.time.pass(SignedDuration::from_secs(i64::from(*seconds)));
            world.trace.note(format_args!("{seconds} s pass"));
        }
        Step::Here(deed) => people::here(world, *deed).await?,
        Step::There(deed) => people::there(world, *deed).await?,
        Step::Fault(rule) => {
            let refuses = matches!(rule.fault, Fault::Unauthorized | Fault::Forbidden | Fault::NoNewKey);
            world.seen.sign_ins_refused |= refuses;
            let side = usize::from(rule.side) % world.sides.len();
            world.sides[side].fault(*rule);
            world.tell(format!("{} for {} calls, one of {}", rule.fault.name(), rule.count, rule.one_of));
        }
        Step::Trouble(deed) => {
            world.seen.sign_ins_refused |= matches!(deed.what, Trouble::GrantRevoked | Trouble::KeysRotate);
            people::trouble(world, *deed);
        }
        Step::OnTheWay { what, calls, worker } => {
            match what {
                OnTheWay::Cut => {
                    let worker = usize::from(*worker) % world.workers.len().max(1);
                    world.net.cut(worker, u32::from(*calls) + 1);
                }
                other => world.net.arm(*other, u32::from(*calls)),
            }
            world.tell(what.name().to_owned());
        }
        Step::Arrive => world.net.deliver_late().await,
        Step::Database { worker, what, after } => {
            let worker = usize::from(*worker) % world.workers.len().max(1);
            world.workers[worker].seat.arm(u32::from(*after), *what);
            world.tell(format!("worker {worker}: {} after {after} steps", what.name()));
        }
        Step::Notices(how) => people::notices(world, *how).await?,
        Step::Calm => {
            for side in &world.sides {
                side.calm();
            }
            world.net.calm().await;
            world.tell("all faults end".to_owned());
        }
    }
    Ok(())
}
