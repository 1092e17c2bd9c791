//! AC-4: what goes to a calendar and what is seen there.

use crate::world::{World, at};

#[test]
fn ac_4_only_one_on_one_sessions_sync() {
    let world = World::linked_as(&["--types", "one_on_one"]);
    world.add("Session", &at(2, "10:00"), &["--type", "one_on_one"]);
    let class = world.add("Class", &at(3, "10:00"), &["--type", "group_class"]);
    world.add("Lunch", &at(4, "12:00"), &[]);
    world.sync();
    assert_eq!(world.twin.titles(), ["Session"]);
    let why = world.ok(&["event", "why", &class]);
    assert_eq!(why[0]["wanted"], false, "{why:#}");
}

#[test]
fn ac_4_private_ones_are_kept_out_or_shown_as_busy() {
    let world = World::linked();
    world.add("Therapy", &at(2, "10:00"), &["--private", "--description", "about mother"]);
    world.sync();
    assert_eq!(world.twin.titles(), Vec::<String>::new());
    let preview = world.ok(&["link", "set", "alice@twin.test", "--private", "busy", "--dry-run"]);
    assert_eq!(preview["counts"]["createdThere"], 1, "{preview:#}");
    world.ok(&["link", "set", "alice@twin.test", "--private", "busy"]);
    world.sync();
    let all = world.twin.living("alice@twin.test");
    assert_eq!(all.len(), 1);
    let text = all[0].to_string();
    assert!(!text.contains("Therapy") && !text.contains("mother"), "{text}");
}
