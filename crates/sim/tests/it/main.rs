//! The simulator about itself: it can be replayed, on any thread.

use concord_sim::run;

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
