//! AC-2: the same event is changed on both sides at once.

use serde_json::json;

use crate::world::{World, at, instant, start_here, start_of, word};

/// A synced event, then a change of its title on each side.
fn both_renamed(settings: &[&str]) -> (World, String) {
    let world = World::linked_as(settings);
    let id = world.add("Coaching", &at(2, "10:00"), &[]);
    world.sync();
    world.ok(&["event", "edit", &id, "--title", "Named here"]);
    world.twin.event("change", Some(&world.twin.id("Coaching")), json!({ "summary": "Named there" }));
    (world, id)
}

#[test]
fn ac_2_changes_of_different_fields_merge() {
    let world = World::linked();
    let id = world.add("Coaching", &at(2, "10:00"), &["--location", "Studio A"]);
    world.sync();
    world.ok(&["event", "edit", &id, "--location", "Studio B"]);
    let start = instant(2, "11:00", "Europe/Berlin");
    let fields = json!({
        "start": { "dateTime": start, "timeZone": "Europe/Berlin" },
        "end": { "dateTime": start + jiff::SignedDuration::from_hours(1), "timeZone": "Europe/Berlin" },
    });
    world.twin.event("change", Some(&world.twin.id("Coaching")), fields);
    world.sync();
    let (here, there) = (world.one("Coaching"), world.twin.one("Coaching"));
    assert_eq!((start_here(&here), start_of(&there)), (start, start));
    assert_eq!((word(&here, "location"), word(&there, "location")), ("Studio B".into(), "Studio B".into()));
    assert_eq!(world.conflicts(), Vec::<serde_json::Value>::new());
}

#[test]
fn ac_2_of_one_field_the_policy_says_whose_stands_and_the_other_is_kept() {
    for (policy, stands) in [("keep_platform", "Named here"), ("keep_external", "Named there")] {
        let (world, _) = both_renamed(&["--policy", policy]);
        world.sync();
        world.both_hold(&[stands]);
        let all = world.ok(&["conflict", "list", "--all"]);
        let [kept] = &all.as_array().unwrap()[..] else { panic!("{policy}: {all:#}") };
        assert_eq!(word(kept, "state"), "resolved", "{policy}");
        let texts = kept["fields"].to_string();
        assert!(texts.contains("Named here") && texts.contains("Named there"), "{policy}: {texts}");
    }
}

#[test]
fn ac_2_a_time_in_question_is_shown_as_people_read_it() {
    let world = World::linked_as(&["--policy", "ask"]);
    let id = world.add("Coaching", &at(2, "10:00"), &[]);
    world.sync();
    world.ok(&["event", "move", &id, "--start", &at(2, "11:00")]);
    let start = instant(2, "12:00", "Europe/Berlin");
    let fields = json!({
        "start": { "dateTime": start, "timeZone": "Europe/Berlin" },
        "end": { "dateTime": start + jiff::SignedDuration::from_hours(1), "timeZone": "Europe/Berlin" },
    });
    world.twin.event("change", Some(&world.twin.id("Coaching")), fields);
    world.sync_ends(1);
    let [conflict] = &world.conflicts()[..] else { panic!("one question") };
    let shown = world.run(&["conflict", "show", &word(conflict, "id")]).ends(0).out;
    let line = shown.lines().find(|line| line.starts_with("time ")).unwrap_or_else(|| panic!("{shown}"));
    for (clock, end) in [("10:00", "11:00"), ("11:00", "12:00"), ("12:00", "13:00")] {
        assert!(line.contains(&format!("{}–{end} Europe/Berlin", at(2, clock))), "{shown}");
    }
    assert!(!shown.contains('{'), "{shown}");

    // What cannot be meant names the flag and settles nothing.
    let id = word(conflict, "id");
    world.run(&["conflict", "resolve", &id, "--field", "place=local"]).ends(2).says("--field").says("time");
    world.run(&["conflict", "resolve", &id, "--keep", "both"]).ends(2).says("--keep both");
    assert_eq!(word(&world.conflicts()[0], "state"), "open");
}

#[test]
fn ac_2_asked_each_answer_is_carried_out_on_both_sides() {
    let check = |answer: &[&str], stands: &str| {
        let (world, _) = both_renamed(&["--policy", "ask"]);
        world.sync_ends(1);
        assert_eq!(world.titles(), ["Named here"], "until then each side keeps its own");
        assert_eq!(world.twin.titles(), ["Named there"]);
        let [conflict] = &world.conflicts()[..] else { panic!("one question") };
        assert_eq!(
            (word(conflict, "type"), word(conflict, "about")),
            ("data_mismatch".into(), "title".into())
        );
        world.ok(&[&["conflict", "resolve", &word(conflict, "id")], answer].concat());
        world.sync();
        world.both_hold(&[stands]);
        assert!(world.conflicts().is_empty(), "{answer:?}");
    };
    check(&["--keep", "local"], "Named here");
    check(&["--keep", "external"], "Named there");
    check(&["--field", "title=external"], "Named there");
    check(&["--field", "title=local"], "Named here");
}

#[test]
fn ac_2_an_answer_field_by_field_takes_some_of_each() {
    let world = World::linked_as(&["--policy", "ask"]);
    let id = world.add("Coaching", &at(2, "10:00"), &["--location", "Studio A"]);
    world.sync();
    world.ok(&["event", "edit", &id, "--title", "Named here", "--location", "Placed here"]);
    let there = world.twin.id("Coaching");
    world.twin.event("change", Some(&there), json!({ "summary": "Named there", "location": "Placed there" }));
    world.sync_ends(1);
    let [conflict] = &world.conflicts()[..] else { panic!("one question") };
    let id = word(conflict, "id");
    world.run(&["conflict", "resolve", &id, "--field", "colour=local"]).ends(2).says("colour");
    world.ok(&["conflict", "resolve", &id, "--field", "title=local", "--field", "location=external"]);
    world.sync();
    world.both_hold(&["Named here"]);
    assert_eq!(word(&world.one("Named here"), "location"), "Placed there");
    assert_eq!(word(&world.twin.one("Named here"), "location"), "Placed there");
}
