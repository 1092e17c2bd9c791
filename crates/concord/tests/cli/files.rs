//! iCalendar files in and out.

use std::fs;

use serde_json::json;

use crate::world::{World, at, day, word};

fn file(title: &str) -> String {
    let day = day(2).strftime("%Y%m%d").to_string();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:one@else.where\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART;TZID=Europe/Berlin:{day}T090000\r\nDTEND;TZID=Europe/Berlin:{day}T100000\r\nRRULE:FREQ=DAILY;COUNT=3\r\n\
         SUMMARY:{title}\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:two@else.where\r\nDTSTAMP:20260101T000000Z\r\n\
         SUMMARY:No start\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn importing_twice_doubles_nothing_and_changes_what_has_changed() {
    let world = World::linked();
    let path = world.folder().join("a.ics");
    let import = |expected: [u64; 3]| {
        let told = world.run(&["import", path.to_str().unwrap(), "--user", "Alice", "--json"]).ends(1).json();
        assert_eq!(json!(expected), json!([told["created"], told["changed"], told["unchanged"]]), "{told:#}");
        assert_eq!(told["complaints"].as_array().unwrap().len(), 1, "the odd one is told: {told:#}");
    };
    fs::write(&path, file("Course")).unwrap();
    import([1, 0, 0]);
    import([0, 0, 1]);
    fs::write(&path, file("Course, renamed")).unwrap();
    import([0, 1, 0]);
    assert_eq!(world.titles(), ["Course, renamed"]);
    world.sync();
    assert_eq!(world.twin.titles(), ["Course, renamed"]);
}

#[test]
fn what_is_exported_is_imported_by_another_as_it_was() {
    let world = World::new();
    let series =
        world.add("Weekly", &at(2, "09:00"), &["--rule", "FREQ=WEEKLY;COUNT=4", "--location", "Studio"]);
    let key = format!("{}T090000", day(9).strftime("%Y%m%d"));
    world.ok(&["event", "move", &series, "--occurrence", &key, "--start", &at(9, "15:00")]);
    world.add("Once", &at(3, "09:00"), &["--description", "two\nlines; with, signs"]);
    let path = world.folder().join("out.ics");
    world.ok(&["export", "--user", "Alice", "--output", path.to_str().unwrap()]);
    world.ok(&["user", "add", "Bob", "--zone", "Europe/Berlin"]);
    let told = world.ok(&["import", path.to_str().unwrap(), "--user", "Bob"]);
    assert_eq!(told["created"], 2, "{told:#}");
    let of = |user: &str| {
        let all = world.ok(&["event", "list", "--user", user]);
        let fields = [
            "title",
            "startLocal",
            "endLocal",
            "zone",
            "recurrence",
            "exceptions",
            "description",
            "location",
            "uid",
        ];
        all.as_array().unwrap().iter().map(|e| fields.map(|f| e[f].to_string()).join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(of("Alice"), of("Bob"));
    let printed = world.run(&["export", "--user", "Bob"]).ends(0).out;
    assert!(printed.starts_with("BEGIN:VCALENDAR\r\n"), "{printed}");
}

#[test]
fn what_is_no_calendar_changes_nothing() {
    let world = World::new();
    let (good, bad) = (world.folder().join("good.ics"), world.folder().join("bad.ics"));
    fs::write(&good, file("Course")).unwrap();
    fs::write(&bad, "<html></html>").unwrap();
    world.run(&["import", good.to_str().unwrap(), bad.to_str().unwrap()]).ends(2).says("bad.ics");
    assert_eq!(world.titles(), Vec::<String>::new());
    let told = world.told(&file("From a pipe"), &["import", "-", "--json"]).ends(1).json();
    assert_eq!(told["created"], 1);
    assert_eq!(word(&world.one("From a pipe"), "uid"), "one@else.where");
}
