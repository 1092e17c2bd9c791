//! AC-1: sign in at Google, sync for the first time; what is made, changed and deleted on one side is so on the other.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::http;
use crate::world::{ALICE, World, at, instant, start_here, start_of, word};

#[test]
fn ac_1_sign_in_by_browser_and_first_sync() {
    let world = World::new();
    let mut connect = world
        .program(&["account", "connect", "google", "--user", "Alice", "--no-browser", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(connect.stdout.take().unwrap()).lines();
    let told: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    // The person agrees, and the browser is sent back to the program.
    let consent = http::send("GET", &format!("{}&auto=1&user=alice", word(&told, "url")), None, None);
    let back = consent.location.unwrap_or_else(|| panic!("{}", consent.body));
    assert!(back.contains("/api/calendar/sync/google/callback?"), "{back}");
    let page = http::send("GET", &back, None, None);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("alice@twin.test is connected"), "{}", page.body);
    let account: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert!(connect.wait().unwrap().success());
    assert_eq!(word(&account, "name"), ALICE);

    world.twin.make("There first", instant(2, "10:00", "Europe/Berlin"));
    world.add("Here first", &at(3, "10:00"), &[]);
    world.ok(&["link", "add", "--account", ALICE]);
    world.sync();
    world.both_hold(&["Here first", "There first"]);
}

#[test]
fn ac_1_a_refused_sign_in_connects_nothing_and_says_so() {
    let world = World::new();
    let mut connect = world
        .program(&["account", "connect", "google", "--no-browser", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(connect.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    let consent = http::send("GET", &format!("{}&auto=1&deny=1", word(&told, "url")), None, None);
    let page = http::send("GET", &consent.location.unwrap(), None, None);
    assert!(page.body.contains("Not connected"), "{}", page.body);
    let ended = connect.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("access was not granted"));
    assert_eq!(world.ok(&["account", "list"]), json!([]));
}

#[test]
fn ac_1_made_on_one_side_it_is_on_the_other() {
    let world = World::linked();
    let start = at(2, "10:00");
    world.add(
        "Made here",
        &start,
        &["--duration", "90m", "--location", "Studio A", "--description", "Bring shoes"],
    );
    world.twin.make("Made there", instant(3, "15:00", "Europe/Berlin"));
    world.sync();
    world.both_hold(&["Made here", "Made there"]);
    let copy = world.twin.one("Made here");
    assert_eq!(start_of(&copy), instant(2, "10:00", "Europe/Berlin"));
    assert_eq!(
        (word(&copy, "location"), word(&copy, "description")),
        ("Studio A".into(), "Bring shoes".into())
    );
    assert_eq!(start_here(&world.one("Made there")), instant(3, "15:00", "Europe/Berlin"));
}

#[test]
fn ac_1_changed_on_one_side_it_changes_on_the_other() {
    let world = World::linked();
    let here = world.add("Mine", &at(2, "10:00"), &[]);
    world.twin.make("Theirs", instant(3, "10:00", "Europe/Berlin"));
    world.sync();

    world.ok(&["event", "move", &here, "--start", &at(4, "11:00")]);
    let theirs = world.twin.id("Theirs");
    world.twin.event("change", Some(&theirs), json!({ "summary": "Theirs, renamed", "location": "Roof" }));
    world.sync();
    assert_eq!(start_of(&world.twin.one("Mine")), instant(4, "11:00", "Europe/Berlin"));
    assert_eq!(word(&world.one("Theirs, renamed"), "location"), "Roof");

    // And each the other way round.
    let mine = world.twin.id("Mine");
    world.twin.event("change", Some(&mine), json!({ "description": "added there" }));
    let theirs = world.id("Theirs, renamed");
    world.ok(&["event", "edit", &theirs, "--title", "Theirs, once more"]);
    world.sync();
    assert_eq!(word(&world.one("Mine"), "description"), "added there");
    world.both_hold(&["Mine", "Theirs, once more"]);
}

#[test]
fn ac_1_an_ordinary_event_deleted_on_one_side_is_gone_on_the_other() {
    let world = World::linked();
    let here = world.add("Mine", &at(2, "10:00"), &[]);
    world.add("Mine too", &at(2, "12:00"), &[]);
    world.twin.make("Theirs", instant(3, "10:00", "Europe/Berlin"));
    world.add("Stays", &at(5, "12:00"), &[]);
    world.sync();
    world.ok(&["event", "remove", &here]);
    world.twin.event("delete", Some(&world.twin.id("Mine too")), json!({}));
    world.ok(&["event", "remove", &world.id("Theirs")]);
    world.sync();
    world.both_hold(&["Stays"]);
}

#[test]
fn ac_1_a_booking_cancelled_here_is_gone_there_and_one_deleted_there_is_asked_about() {
    let world = World::linked();
    world.ok(&["client", "add", "Bob"]);
    let cancelled = world.add("Cancelled here", &at(2, "10:00"), &["--client", "Bob"]);
    let deleted = world.add("Deleted there", &at(3, "10:00"), &["--client", "Bob"]);
    world.sync();
    assert_eq!(world.twin.titles(), ["Cancelled here", "Deleted there"]);

    let gone = world.ok(&["event", "remove", &cancelled]);
    assert_eq!(word(&gone, "status"), "cancelled", "a booking stays to say that it was cancelled");
    world.sync();
    assert_eq!(world.twin.titles(), ["Deleted there"]);

    world.twin.event("delete", Some(&world.twin.id("Deleted there")), json!({}));
    let told = world.sync_ends(1);
    assert_eq!(told["agrees"], json!(false));
    let [conflict] = &world.conflicts()[..] else { panic!("one question: {:?}", world.conflicts()) };
    assert_eq!(word(conflict, "type"), "deleted");
    assert_eq!(
        word(&world.ok(&["event", "show", &deleted]), "status"),
        "confirmed",
        "nobody's booking is lost silently"
    );

    world.ok(&["conflict", "resolve", &word(conflict, "id"), "--keep", "local"]);
    world.sync();
    assert_eq!(world.twin.titles(), ["Deleted there"], "it is put back");
}

#[test]
fn ac_1_a_quiet_sync_is_one_call_and_no_change() {
    let world = World::linked();
    world.add("Mine", &at(2, "10:00"), &[]);
    world.twin.make("Theirs", instant(3, "10:00", "Europe/Berlin"));
    world.sync();
    let (calls, changes) = (world.twin.calls(), world.twin.changes());
    world.sync();
    assert_eq!(world.twin.calls() - calls, 1);
    assert_eq!(world.twin.changes(), changes);
}
