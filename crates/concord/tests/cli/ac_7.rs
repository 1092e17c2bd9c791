//! AC-7: deleted there, moved on both sides, named and placed otherwise on both sides; settled one by one or in bulk.

use serde_json::json;

use crate::world::{ALICE, World, at, instant, start_here, start_of, word};

fn moved(clock: &str) -> serde_json::Value {
    let start = instant(2, clock, "Europe/Berlin");
    json!({
        "start": { "dateTime": start, "timeZone": "Europe/Berlin" },
        "end": { "dateTime": start + jiff::SignedDuration::from_hours(1), "timeZone": "Europe/Berlin" },
    })
}

#[test]
fn ac_7_what_is_deleted_there_goes_by_the_links_policy() {
    let check = |policy: &str, here: &[&str]| {
        let world = World::linked_as(&["--deletion", policy]);
        world.add("Lunch", &at(2, "12:00"), &[]);
        world.add("Other", &at(3, "12:00"), &[]);
        world.sync();
        world.twin.event("delete", Some(&world.twin.id("Lunch")), json!({}));
        world.sync();
        world.both_hold(here);
    };
    check("delete", &["Other"]);
    check("restore", &["Lunch", "Other"]);
}

#[test]
fn ac_7_the_time_of_a_booking_moved_on_both_sides_is_asked_about() {
    let world = World::linked();
    let id = world.add("Session", &at(2, "10:00"), &["--type", "one_on_one"]);
    world.sync();
    world.ok(&["event", "move", &id, "--start", &at(2, "11:00")]);
    world.twin.event("change", Some(&world.twin.id("Session")), moved("12:00"));
    world.sync_ends(1);
    let [conflict] = &world.conflicts()[..] else { panic!("one question") };
    assert_eq!(word(conflict, "type"), "time_change");
    let shown = world.run(&["conflict", "show", &word(conflict, "id")]).ends(0).out;
    assert!(shown.contains("11:00") && shown.contains("12:00") && shown.contains("10:00"), "{shown}");
    world.ok(&["conflict", "resolve", &word(conflict, "id"), "--keep", "external"]);
    world.sync();
    let noon = instant(2, "12:00", "Europe/Berlin");
    assert_eq!((start_here(&world.one("Session")), start_of(&world.twin.one("Session"))), (noon, noon));
}

#[test]
fn ac_7_many_are_settled_at_once() {
    let world = World::linked_as(&["--policy", "ask"]);
    let ids: Vec<String> =
        (0..4).map(|n| world.add(&format!("Event {n}"), &at(2 + n, "10:00"), &[])).collect();
    world.sync();
    for (n, id) in ids.iter().enumerate() {
        world.ok(&[
            "event",
            "edit",
            id,
            "--title",
            &format!("Here {n}"),
            "--location",
            &format!("Place here {n}"),
        ]);
        let there = world.twin.id(&format!("Event {n}"));
        world.twin.event(
            "change",
            Some(&there),
            json!({ "summary": format!("There {n}"), "location": format!("Place there {n}") }),
        );
    }
    world.sync_ends(1);
    let waiting = world.conflicts();
    assert_eq!(waiting.len(), 4);
    assert!(waiting.iter().all(|one| word(one, "about") == "title, place"), "{waiting:#?}");
    world.ok(&["conflict", "resolve", &word(&waiting[0], "id"), "--keep", "local"]);
    let answered = world.ok(&["conflict", "resolve", "--all", "--keep", "external"]);
    assert_eq!(
        answered["answered"].as_array().unwrap().len(),
        3,
        "what is answered already stays so: {answered:#}"
    );
    world.sync();
    world.both_hold(&["Here 0", "There 1", "There 2", "There 3"]);
    assert_eq!(word(&world.one("There 3"), "location"), "Place there 3");
}

#[test]
fn ac_7_a_settled_conflict_can_be_undone() {
    let world = World::linked_as(&["--policy", "keep_external"]);
    let id = world.add("Coaching", &at(2, "10:00"), &[]);
    world.sync();
    world.ok(&["event", "edit", &id, "--title", "Named here"]);
    world.twin.event("change", Some(&world.twin.id("Coaching")), json!({ "summary": "Named there" }));
    world.sync();
    world.both_hold(&["Named there"]);
    let past = world.ok(&["event", "history", &id]);
    let titles: Vec<String> = past.as_array().unwrap().iter().map(|one| word(one, "title")).collect();
    assert_eq!(titles, ["Named there", "Named here", "Coaching"]);
    world.ok(&["event", "undo", &id]);
    world.sync();
    world.both_hold(&["Named here"]);
}

#[test]
fn be_5_a_run_and_all_that_a_link_brought_are_taken_back() {
    let world = World::linked();
    world.add("Lunch", &at(2, "12:00"), &[]);
    world.sync();
    world.twin.event("change", Some(&world.twin.id("Lunch")), json!({ "summary": "By mistake" }));
    world.sync();
    let runs = world.ok(&["run", "list"]);
    let run = runs.as_array().unwrap().iter().find(|run| run["itemsPulled"] == 1).unwrap();
    let would = world.ok(&["run", "undo", &word(run, "id"), "--dry-run"]);
    assert_eq!((&would["dryRun"], &would["takenBack"][0]["title"]), (&json!(true), &json!("By mistake")));
    assert_eq!(world.titles(), ["By mistake"]);
    world.ok(&["run", "undo", &word(run, "id")]);
    world.sync();
    world.both_hold(&["Lunch"]);

    world.twin.event("change", Some(&world.twin.id("Lunch")), json!({ "summary": "Again" }));
    world.sync();
    world.ok(&["event", "edit", &world.id("Again"), "--location", "Roof"]);
    let undone = world.run(&["link", "undo", ALICE, "--since", &at(-1, "00:00"), "--json"]).ends(1).json();
    assert_eq!(undone["takenBack"], json!([]));
    assert!(word(&undone["left"][0], "why").contains("Alice"), "{undone:#}");
}
