//! The words of the command line: what is refused, how, and what the help says.

use serde_json::{Value, json};

use crate::world::{World, at, word};

#[test]
fn what_cannot_be_meant_ends_with_2_and_names_the_flag() {
    let world = World::new();
    let check = |words: &[&str], named: &str| {
        world.run(words).ends(2).says(named);
    };
    check(&["nonsense"], "nonsense");
    check(&["sync", "--wiat"], "--wait");
    check(&["sync", "--wait=soon"], "--wait");
    check(&["sync", "--link", "Nowhere"], "Nowhere");
    check(&["event", "add", "--start", "2026-12-01 09:00"], "--title");
    check(&["event", "add", "--title", "x"], "--start");
    check(&["event", "add", "--title", "x", "--start", "someday"], "--start");
    check(
        &["event", "add", "--title", "x", "--start", "2026-12-01 09:00", "--zone", "Nowhere/Land"],
        "--zone",
    );
    check(
        &["event", "add", "--title", "x", "--start", "2026-12-01 09:00", "--end", "2026-11-30 09:00"],
        "--end",
    );
    check(
        &["event", "add", "--title", "x", "--start", "2026-12-01 09:00", "--rule", "FREQ=SOMETIMES"],
        "--rule",
    );
    check(&["event", "add", "--title", "x", "--start", "2026-12-01 09:00", "--client", "Nobody"], "Nobody");
    check(&["event", "add", "--title", "x", "--start", "2026-12-01 09:00", "--user", "Nobody"], "Nobody");
    check(
        &["event", "add", "--title", "x", "--start", "2026-12-01 09:00", "--reminder", "soon"],
        "--reminder",
    );
    check(&["event", "show", "00000000-0000-7000-8000-000000000000"], "there is no event");
    check(&["user", "add", "Alice"], "Alice");
    check(&["user", "add", "Eve", "--role", "king"], "--role");
    check(&["user", "add", "Eve", "--zone", "Nowhere"], "--zone");
    check(&["twins"], "--google");
    check(&["run", "list", "--from", "someday"], "--from");
    check(&["conflict", "resolve", "--all"], "--keep");
}

#[test]
fn events_are_shown_by_the_names_of_the_api() {
    let world = World::new();
    world.ok(&["client", "add", "Bob"]);
    let event = world.ok(&[
        "event",
        "add",
        "--title",
        "Coaching",
        "--start",
        &at(2, "09:00"),
        "--duration",
        "90m",
        "--client",
        "Bob",
        "--notes",
        "first",
        "--tag",
        "new",
        "--external-ref",
        "b-1",
        "--reminder",
        "10",
        "--free",
        "--private",
        "--colour",
        "sage",
    ]);
    let expected = json!({
        "title": "Coaching", "type": "one_on_one", "notes": "first", "tags": ["new"], "externalRef": "b-1",
        "reminders": [{ "minutesBefore": 10, "by": "popup" }], "availability": "free", "privacy": "private", "colour": "sage",
        "status": "confirmed", "zone": "Europe/Berlin", "allDay": false, "recurrence": [], "sync": [], "rev": 1,
        "ownerName": "Alice", "origin": "platform", "deletedAt": null,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&event[name], value, "{name}: {event:#}");
    }
    assert_eq!(event["clients"][0]["name"], "Bob");
    world
        .run(&["event", "add", "--title", "Again", "--start", &at(2, "09:00"), "--external-ref", "b-1"])
        .ends(2)
        .says("exists already");
    let listed = world.ok(&["event", "list", "--client", "Bob", "--type", "one_on_one", "--text", "coach"]);
    assert_eq!(listed[0], event);
}

#[test]
fn where_there_are_no_events_it_says_so() {
    let world = World::new();
    let check = |arguments: &[&str], expected: &str| {
        assert_eq!(world.run(&[&["event", "list"], arguments].concat()).ends(0).out.trim_end(), expected);
    };
    check(&[], "there are no events yet; concord event add makes one");
    check(&["--user", "Alice"], "there are no events of Alice");
    check(
        &["--from", "2026-12-01", "--to", "2027-01-01"],
        "there are no events from 2026-12-01 before 2027-01-01",
    );
    check(&["--expand"], "there are no events within a year");
    check(&["--deleted"], "there are no deleted events");
}

#[test]
fn things_are_found_by_the_beginning_of_their_id() {
    let world = World::new();
    let id = world.add("Mine", &at(2, "09:00"), &[]);
    let found = world.ok(&["event", "show", &id[..30]]);
    assert_eq!(word(&found, "id"), id);
    world.run(&["event", "show", &id[..5]]).ends(2).says("there is no event");
}

#[test]
fn a_deleted_event_comes_back() {
    let world = World::new();
    let id = world.add("Mine", &at(2, "09:00"), &[]);
    world.ok(&["event", "remove", &id]);
    assert_eq!(world.titles(), Vec::<String>::new());
    assert_eq!(world.ok(&["event", "list", "--deleted"])[0]["id"], json!(id));
    world.run(&["event", "edit", &id, "--title", "x"]).ends(2).says("undo");
    world.ok(&["event", "undo", &id]);
    assert_eq!(world.titles(), ["Mine"]);
}

#[test]
fn a_password_is_kept_as_a_hash() {
    let world = World::new();
    world.told("short\n", &["user", "passwd", "Alice"]).ends(2).says("shorter");
    world.told("correct horse\n", &["user", "passwd", "Alice"]).ends(0);
    let kept = std::fs::read(world.folder().join("data/concord.db")).unwrap();
    let holds = |text: &str| kept.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(holds("$argon2id$"));
    assert!(!holds("correct horse"));
}

#[test]
fn every_command_has_help_and_every_shell_completions() {
    let world = World::new();
    let all = world.run(&["--help"]).ends(0).out;
    for command in [
        "sync",
        "event",
        "account",
        "link",
        "conflict",
        "plan",
        "run",
        "user",
        "client",
        "import",
        "export",
        "verify",
        "doctor",
        "migrate",
        "keys",
        "twins",
        "completions",
        "version",
    ] {
        assert!(all.contains(&format!("\n  {command}")), "{command} is not in\n{all}");
        let help = world.run(&[command, "--help"]).ends(0).out;
        assert!(help.contains("Usage: concord"), "{command}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(world.run(&["completions", shell]).ends(0).out.contains("concord"), "{shell}");
    }
    let version: Value = world.ok(&["version"]);
    assert_eq!(word(&version, "version"), env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let world = World::new();
    let mut child =
        world.program(&["completions", "bash"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
