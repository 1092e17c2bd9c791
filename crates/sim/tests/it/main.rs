//! The simulator about itself: it can be replayed, on any thread, and what once broke stays whole.

mod teeth;

use std::path::Path;

use concord_sim::kept::Kept;
use concord_sim::plan::Plan;
use concord_sim::run;
use concord_sim::run::Keep;
use concord_sim::script::{Step, script};

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
