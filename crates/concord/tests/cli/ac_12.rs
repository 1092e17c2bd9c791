//! AC-12: the program ends in the middle of a sync. `scripts/kill` does it at random, hundreds of times.

use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::world::{World, at};

/// A sync that stands in the middle of a call.
fn in_the_middle(world: &World) -> Child {
    world.twin.faults(json!({ "kind": "delay", "ms": 3000, "count": 1, "match": { "path": "/calendar" } }));
    let child =
        world.program(&["sync", "--wait"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while world.twin.get("faults")["rules"][0]["hits"] == 0 {}
    world.twin.calm();
    child
}

fn world() -> World {
    let mut world = World::linked();
    // Whoever waited for this lease would fail the test.
    world.set("CONCORD_LEASE", "10m");
    world.add("Mine", &at(2, "10:00"), &[]);
    world
}

#[test]
fn ac_12_killed_the_next_sync_goes_on_at_once() {
    let world = world();
    let mut child = in_the_middle(&world);
    child.kill().unwrap();
    child.wait().unwrap();
    world.sync();
    world.both_hold(&["Mine"]);
}

#[cfg(unix)]
#[test]
fn ac_12_told_to_end_it_ends_with_3_and_holds_nothing() {
    for signal in ["-TERM", "-INT"] {
        let world = world();
        let mut child = in_the_middle(&world);
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(3));
        world.sync();
        world.both_hold(&["Mine"]);
    }
}
