//! Emulators that keep what they hold.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http;
use crate::world::{Twin, instant};

fn listed(twin: &Twin, query: &str) -> Value {
    let url = format!("{}/calendar/v3/calendars/primary/events?{query}", twin.url);
    let response = http::send("GET", &url, Some("twin-alice"), None);
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

#[test]
fn a_kept_emulator_goes_on_where_it_was_told_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let state = ["--state", folder.path().to_str().unwrap()];
    let twin = Twin::start_with(&state);
    twin.make("Before", instant(2, "10:00", "Europe/Berlin"));
    let cursor = listed(&twin, "")["nextSyncToken"].as_str().unwrap().to_owned();
    assert_eq!(twin.end(), 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path().join("google.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    let twin = Twin::start_with(&state);
    assert_eq!(twin.titles(), ["Before"]);
    twin.make("After", instant(3, "10:00", "Europe/Berlin"));
    let news = listed(&twin, &format!("syncToken={cursor}"));
    assert_eq!(news["items"].as_array().unwrap().len(), 1, "{news:#}");
    assert_eq!(news["items"][0]["summary"], "After");
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a change is to be on the disk soon, which only the wall clock tells"
)]
fn a_change_is_kept_without_being_told_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let state = ["--state", folder.path().to_str().unwrap()];
    let twin = Twin::start_with(&state);
    twin.make("Soon on the disk", instant(2, "10:00", "Europe/Berlin"));
    let (file, began) = (folder.path().join("google.json"), Instant::now());
    while !fs::read_to_string(&file).unwrap_or_default().contains("Soon on the disk") {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing is kept");
        std::thread::yield_now();
    }
    drop(twin);
    assert_eq!(Twin::start_with(&state).titles(), ["Soon on the disk"]);
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_left() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("google.json");
    for (text, says) in [
        ("{\"twin\":\"google\",\"ver", "google.json"),
        (&json!({"twin": "google", "version": 99, "state": {}}).to_string(), "version 99"),
    ] {
        fs::write(&file, text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_concord"))
            .args(["twins", "--google", "127.0.0.1:0", "--state", folder.path().to_str().unwrap()])
            .env_clear()
            .env("HOME", folder.path())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(says), "{told}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

/// The CalDAV server with more arguments: its process and where it is.
fn caldav(folder: &Path, more: &[&str]) -> (Child, String) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_concord"))
        .args(["twins", "--caldav", "127.0.0.1:0", "--json", "--state", folder.to_str().unwrap()])
        .args(more)
        .env_clear()
        .env("HOME", folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(told["caldav"]["passwords"]["alice@twin.test"], "twin-alice");
    (process, told["caldav"]["url"].as_str().unwrap().to_owned())
}

#[test]
fn a_caldav_server_is_served_with_manners_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let control = |url: &str, method: &str, route: &str, body: Option<Value>| {
        http::send(method, &format!("{url}/_twin/{route}"), None, body.as_ref()).json()
    };
    let (mut process, url) = caldav(folder.path(), &["--like", "icloud"]);
    let fields = json!({"summary": "Kept", "start": "2027-03-10T09:00:00"});
    control(&url, "POST", "event", Some(json!({"do": "create", "id": "kept", "fields": fields})));
    assert_eq!(control(&url, "GET", "quirks", None)["write"]["ifMatchStar"], "reversed");
    assert_eq!(http::send("GET", &format!("{url}/"), None, None).status, 401);
    let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", process.id())]).status();
    assert!(told.unwrap().success() && process.wait().unwrap().success());

    let (mut process, url) = caldav(folder.path(), &[]);
    let state = control(&url, "GET", "state", None);
    let titles: Vec<&str> = state["calendars"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|calendar| calendar["events"].as_array().unwrap())
        .filter_map(|event| event["summary"].as_str())
        .collect();
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(titles, ["Kept"]);
}
