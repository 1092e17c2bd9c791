//! Keys, database and doctor.

use std::fs;
use std::process::Stdio;

use serde_json::json;

use crate::world::{World, at, word};

#[test]
fn the_first_command_makes_a_key_for_its_owner_only_and_says_where_it_lies() {
    let world = World::new();
    let key = world.folder().join("data/master.key");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(world.folder().join("data")).unwrap().permissions().mode() & 0o777, 0o700);
    }
    assert!(fs::read_to_string(&key).unwrap().starts_with("ck1_"));
    let again = world.run(&["user", "list"]).ends(0);
    assert_eq!(again.err, "", "it is said once");
}

#[test]
fn a_lost_key_is_not_replaced_by_another() {
    let world = World::new();
    world.connect();
    let key = world.folder().join("data/master.key");
    fs::remove_file(&key).unwrap();
    world.run(&["user", "list"]).ends(2).says("master.key");
    world.run(&["doctor"]).ends(2);
    assert!(!key.exists());
}

#[test]
fn keys_are_exchanged_and_accounts_still_work() {
    let world = World::linked();
    let before = world.ok(&["keys", "status"]);
    assert_eq!(before[0]["seals"], 1, "{before:#}");
    let done = world.ok(&["keys", "rotate", "--new"]);
    assert_eq!((&done["rewrapped"], &done["unreadable"]), (&json!(1), &json!(0)));
    let key = world.folder().join("data/master.key");
    let text = fs::read_to_string(&key).unwrap();
    assert_eq!(text.lines().count(), 2);
    // The old one is not needed any more.
    fs::write(&key, text.lines().next().unwrap()).unwrap();
    world.add("Mine", &at(2, "10:00"), &[]);
    world.sync();
    let key = word(&world.ok(&["keys", "new"]), "key");
    assert!(key.starts_with("ck1_"));
}

#[test]
fn doctor_says_what_is_missing_and_how_to_mend_it() {
    let mut world = World::linked();
    let well = world.ok(&["doctor"]);
    assert_eq!(well["ok"], json!(true), "{well:#}");
    let settings = well["settings"].as_array().unwrap();
    let source = settings.iter().find(|one| one["setting"] == "backoff_base").unwrap();
    assert_eq!((word(source, "value"), word(source, "source")), ("20ms".into(), "environment".into()));
    let secret = settings.iter().find(|one| one["setting"] == "google_client_secret").unwrap();
    assert!(!secret.to_string().contains("twin-secret"));

    world.set("CONCORD_GOOGLE_API_URL", "http://127.0.0.1:9/calendar/v3");
    let away = world.run(&["doctor", "--json"]).ends(3).json();
    assert_eq!(away["ok"], json!(false));
    world.unset("CONCORD_GOOGLE_CLIENT_ID");
    world.unset("CONCORD_GOOGLE_CLIENT_SECRET");
    let without = world.run(&["doctor"]).ends(2);
    for told in
        ["CONCORD_GOOGLE_CLIENT_ID", "calendar-json.googleapis.com", "/api/calendar/sync/google/callback"]
    {
        assert!(without.out.contains(told), "{told}: {}", without.out);
    }
    world.set("CONCORD_GOOGLE_CLIENT_ID", "1.apps.googleusercontent.com");
    let half = world.run(&["doctor", "--json"]).ends(2).json();
    assert!(
        word(&half["checks"][0], "says").starts_with("CONCORD_GOOGLE_CLIENT_SECRET: is missing"),
        "{half:#}"
    );
    assert!(half["checks"][0]["fix"].is_string(), "{half:#}");
}

#[test]
fn doctor_says_where_to_begin_where_nothing_is_connected() {
    let world = World::new();
    let told = world.ok(&["doctor", "--offline"]);
    let accounts =
        told["checks"].as_array().unwrap().iter().find(|check| check["check"] == "accounts").unwrap();
    assert!(word(accounts, "fix").contains("concord account connect google"), "{told:#}");
}

#[test]
fn settings_that_cannot_be_used_are_all_named() {
    let mut world = World::new();
    world.set("CONCORD_POLL_MIN", "often");
    world.set("CONCORD_ROLE", "king");
    world.run(&["user", "list"]).ends(2).says("CONCORD_POLL_MIN").says("CONCORD_ROLE");
    let told = world.run(&["doctor", "--json"]).ends(2).json();
    assert_eq!(told["checks"].as_array().unwrap().len(), 2, "{told:#}");
}

#[test]
fn a_database_that_is_away_is_told_with_its_setting() {
    let mut world = World::new();
    world.set("CONCORD_DATABASE_URL", "postgres://nobody:secret@127.0.0.1:1/none");
    let ended = world.run(&["user", "list"]).ends(3).says("127.0.0.1:1");
    assert!(!ended.err.contains("secret"), "{}", ended.err);
    world.set("CONCORD_DATABASE_URL", "sqlite:///nowhere/at/all/x.db");
    world.run(&["user", "list"]).ends(2).says("database_url");
}

#[test]
fn migrate_says_that_there_is_nothing_to_do() {
    let world = World::new();
    let told = world.ok(&["migrate"]);
    assert_eq!(told["from"], told["to"]);
    assert_eq!(word(&told, "database"), "sqlite");
}

#[test]
fn commands_work_beside_each_other() {
    let world = World::linked();
    let start = |arguments: &[&str]| {
        let mut command = world.program(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let add =
        |n: i64| start(&["event", "add", "--title", &format!("Event {n}"), "--start", &at(2 + n, "10:00")]);
    let adding: Vec<_> = (0..8).map(add).collect();
    let syncing = [(); 2].map(|()| start(&["sync", "--wait"]));
    for child in adding {
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
    }
    for child in syncing {
        let ended = child.wait_with_output().unwrap();
        // What is added while it ends waits for the next one, and that is said.
        let waits = String::from_utf8_lossy(&ended.stdout).contains("still wait");
        assert!(ended.status.success() || ended.status.code() == Some(3) && waits, "{ended:?}");
    }
    world.sync();
    assert_eq!(world.twin.titles().len(), 8);
    world.ok(&["verify"]);
}
