//! AC-8: offline for a day on either side, then back.

use serde_json::json;

use crate::world::{World, at, instant, word};

/// What people do on both sides within a day.
fn a_day_of_changes(world: &World) {
    let here = |title: &str| world.id(title);
    world.ok(&["event", "edit", &here("Renamed here"), "--title", "Renamed here!"]);
    world.ok(&["event", "remove", &here("Removed here")]);
    world.add("New here", &at(6, "10:00"), &[]);
    let there = |title: &str| world.twin.id(title);
    world.twin.event("change", Some(&there("Renamed there")), json!({ "summary": "Renamed there!" }));
    world.twin.event("delete", Some(&there("Removed there")), json!({}));
    world.twin.make("New there", instant(7, "10:00", "Europe/Berlin"));
}

fn world() -> World {
    let world = World::linked();
    for (n, title) in
        ["Renamed here", "Removed here", "Renamed there", "Removed there"].into_iter().enumerate()
    {
        world.add(title, &at(2 + i64::try_from(n).unwrap(), "10:00"), &[]);
    }
    world.sync();
    world
}

const AFTER: &[&str] = &["New here", "New there", "Renamed here!", "Renamed there!"];

#[test]
fn ac_8_concord_is_off_for_a_day() {
    let mut world = world();
    a_day_of_changes(&world);
    world.twin.post("clock", json!({ "advance": "24h" }));
    world.set("CONCORD_CLOCK_OFFSET", "+24h");
    world.sync();
    world.both_hold(AFTER);
}

#[test]
fn ac_8_the_provider_is_off_for_a_day() {
    let mut world = world();
    a_day_of_changes(&world);
    world.twin.faults(json!({ "kind": "drop_before", "match": { "path": "/calendar" } }));
    for hours in [1, 6, 12] {
        world.set("CONCORD_CLOCK_OFFSET", &format!("+{hours}h"));
        let told = world.run(&["sync", "--json"]).ends(3).json();
        assert_eq!(word(&told["links"][0], "state"), "active", "{told:#}");
    }
    world.twin.calm();
    world.twin.post("clock", json!({ "advance": "24h" }));
    world.set("CONCORD_CLOCK_OFFSET", "+24h");
    world.sync();
    world.both_hold(AFTER);
}

#[test]
fn ac_8_the_place_in_the_calendar_is_lost_meanwhile() {
    let world = world();
    a_day_of_changes(&world);
    world.twin.post("expire-sync", json!({}));
    world.sync();
    world.both_hold(AFTER);
}
