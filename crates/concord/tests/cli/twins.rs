//! Emulators that keep what they hold.

use std::fs;
use std::process::Command;
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
