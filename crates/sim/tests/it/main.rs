//! The simulator about itself: it can be replayed, on any thread, and what once broke stays whole.

mod teeth;

use std::collections::BTreeSet;
use std::path::Path;

use concord_sim::kept::Kept;
use concord_sim::plan::Plan;
use concord_sim::run::Keep;
use concord_sim::script::{Step, script};
use concord_sim::{Outcome, replay, run};

#[test]
fn the_same_seed_gives_the_same_world_to_the_last_byte() {
    for seed in [3, 9, 27] {
        let outcomes: Vec<_> = (0..2).map(|_| std::thread::spawn(move || run(seed, 150))).collect();
        let outcomes: Vec<_> = outcomes.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(outcomes[0].hash, outcomes[1].hash, "seed {seed}");
        assert_eq!(outcomes[0].counts, outcomes[1].counts, "seed {seed}");
    }
    assert_ne!(run(3, 150).hash, run(4, 150).hash);
}

/// Lives through a world of several providers.
fn mixed(seed: u64, steps: usize) -> Outcome {
    let plan = Plan::mixed(seed);
    replay(&plan, &script(&plan, steps), Keep::default())
}

#[test]
fn a_world_of_several_providers_is_the_same_each_time_too() {
    for seed in 1..=4 {
        let outcomes: Vec<_> =
            (0..2).map(|_| std::thread::spawn(move || mixed(seed, 150)).join().unwrap()).collect();
        assert_eq!(outcomes[0].hash, outcomes[1].hash, "seed {seed}");
        assert_eq!(outcomes[0].counts, outcomes[1].counts, "seed {seed}");
    }
}

#[test]
fn everybody_has_linked_calendars_of_two_providers_in_a_mixed_world() {
    for seed in 1..200 {
        let plan = Plan::mixed(seed);
        for person in 0..plan.people.len() {
            let theirs = plan.links.iter().filter(|linked| linked.person == person);
            let providers: BTreeSet<_> = theirs.map(|linked| plan.sides[linked.side]).collect();
            assert!(providers.len() > 1, "seed {seed}, person {person}");
        }
    }
}

#[test]
fn worlds_that_were_kept_before_there_were_several_providers_have_one() {
    let mut kept = serde_json::to_value(Plan::of(5)).unwrap();
    kept.as_object_mut().unwrap().remove("sides").unwrap();
    assert!(serde_json::from_value::<Plan>(kept).unwrap() == Plan::of(5));
}

/// A few; `scripts/test sim` lives through four hundred, and `make sim-long` through as many as there is time for.
#[test]
fn random_worlds_end_with_both_sides_equal() {
    let broken: Vec<_> = (1..=16).map(|seed| run(seed, 200)).filter_map(|world| world.violation).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn a_script_survives_being_written_down() {
    let plan = Plan::of(5);
    let steps = script(&plan, 400);
    let text = serde_json::to_string(&(&plan, &steps)).unwrap();
    let (again, taken): (Plan, Vec<Step>) = serde_json::from_str(&text).unwrap();
    assert!(again == plan && taken == steps);
}

#[test]
fn what_once_broke_stays_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut broken = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let kept = Kept::read(&path).unwrap();
        let violation = kept.replay(Keep::default()).violation;
        if let Some(violation) = violation {
            broken.push(format!("{}: {violation:?}", path.display()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
