//! A failing world made small: steps are left out, then links, people and workers, as long as the same promise breaks.
//!
//! Everything is deterministic, so a candidate is tried by living through it once. What is left is a story that a person
//! can read.

use std::ops::Range;

use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::run::{Keep, replay};
use crate::script::{Job, Step};

/// A world that breaks a promise, as small as it could be made.
pub struct Small {
    /// The world.
    pub plan: Plan,
    /// What happens in it.
    pub steps: Vec<Step>,
    /// What became of it.
    pub outcome: Outcome,
    /// How many worlds were tried.
    pub tried: usize,
}

/// Makes a failing world small, trying so many worlds at most. `None`: it does not fail.
pub fn shrink(plan: &Plan, steps: &[Step], most: usize) -> Option<Small> {
    let first = replay(plan, steps, Keep::default()).violation?.invariant;
    shrink_while(plan, steps, most, &|plan, steps| {
        let outcome = replay(plan, steps, Keep::default());
        let same = outcome.violation.as_ref().is_some_and(|broken| broken.invariant == first);
        same.then_some(outcome)
    })
}

/// Lives through a world, and says what became of it if it still shows what is looked for.
type Shows<'a> = &'a dyn Fn(&Plan, &[Step]) -> Option<Outcome>;

/// Makes a world small that shows something, trying so many worlds at most. `None`: it does not show it.
pub fn shrink_while(plan: &Plan, steps: &[Step], most: usize, shows: Shows<'_>) -> Option<Small> {
    let outcome = shows(plan, steps)?;
    let broken = outcome.violation.as_ref()?;
    let mut search = Search { shows, tried: 1, most };
    // Nothing after the break matters; where it showed only at the end, all of it may.
    let until = (broken.step + 1).min(steps.len());
    let mut small = Small { plan: plan.clone(), steps: steps.to_vec(), outcome, tried: 0 };
    search.accept(&mut small, plan.clone(), steps[..until].to_vec());
    loop {
        let before = small.steps.len();
        search.drop_steps(&mut small);
        search.drop_people(&mut small);
        search.simplify(&mut small);
        if small.steps.len() == before || search.tried >= search.most {
            break;
        }
    }
    small.tried = search.tried;
    Some(small)
}

struct Search<'a> {
    shows: Shows<'a>,
    tried: usize,
    most: usize,
}

impl Search<'_> {
    /// Takes a smaller world, if it still shows the same.
    fn accept(&mut self, small: &mut Small, plan: Plan, steps: Vec<Step>) -> bool {
        if self.tried >= self.most || (plan == small.plan && steps == small.steps) {
            return false;
        }
        self.tried += 1;
        let Some(outcome) = (self.shows)(&plan, &steps) else { return false };
        (small.plan, small.steps, small.outcome) = (plan, steps, outcome);
        true
    }

    /// Leaves out ever smaller runs of steps (delta debugging).
    fn drop_steps(&mut self, small: &mut Small) {
        let mut size = small.steps.len().div_ceil(2);
        while size > 0 {
            let mut from = 0;
            while from < small.steps.len() {
                let range = from..(from + size).min(small.steps.len());
                if !self.accept(small, small.plan.clone(), without(&small.steps, range)) {
                    from += size;
                }
            }
            if self.tried >= self.most {
                return;
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    /// Leaves out workers, links, and people who have none.
    fn drop_people(&mut self, small: &mut Small) {
        while small.plan.workers.len() > 1 {
            let mut plan = small.plan.clone();
            plan.workers.pop();
            if !self.accept(small, plan, small.steps.clone()) {
                break;
            }
        }
        while small.plan.links.len() > 1 {
            let mut plan = small.plan.clone();
            plan.links.pop();
            if !self.accept(small, plan, small.steps.clone()) {
                break;
            }
        }
        while small.plan.people.len() > 1 {
            let mut plan = small.plan.clone();
            plan.people.pop();
            let left = plan.people.len();
            if plan.links.iter().any(|link| link.person >= left)
                || !self.accept(small, plan, small.steps.clone())
            {
                break;
            }
        }
        for link in 0..small.plan.links.len() {
            let mut plan = small.plan.clone();
            plan.links[link].settings = Default::default();
            self.accept(small, plan, small.steps.clone());
        }
        for worker in 0..small.plan.workers.len() {
            let mut plan = small.plan.clone();
            plan.workers[worker].off_ms = 0;
            self.accept(small, plan, small.steps.clone());
        }
    }

    /// Lets workers go on to the end of what they do, and makes jobs plain.
    fn simplify(&mut self, small: &mut Small) {
        // After what broke at a step, nothing matters.
        let lived = small.outcome.violation.as_ref().map_or(small.steps.len(), |broken| broken.step + 1);
        self.accept(small, small.plan.clone(), small.steps[..lived.min(small.steps.len())].to_vec());
        for at in 0..small.steps.len() {
            let Some(Step::Turn { worker, points, job }) = small.steps.get(at).cloned() else { continue };
            for (points, job) in [(u8::MAX, Job::Due), (u8::MAX, job), (points, Job::Due)] {
                let mut steps = small.steps.clone();
                steps[at] = Step::Turn { worker, points, job };
                if self.accept(small, small.plan.clone(), steps) {
                    break;
                }
            }
        }
    }
}

fn without(steps: &[Step], range: Range<usize>) -> Vec<Step> {
    steps[..range.start].iter().chain(&steps[range.end..]).cloned().collect()
}
