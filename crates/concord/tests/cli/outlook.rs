//! Outlook from the shell: connected, synced both ways, and beside a calendar at Google.

use serde_json::{Value, json};

use crate::http;
use crate::world::{Twin, World, at, instant, word};

/// Alice's main calendar in Outlook.
pub(crate) struct Outlook(String);

impl Outlook {
    pub(crate) fn of(twin: &Twin) -> Self {
        Outlook(twin.outlook.clone().unwrap())
    }

    fn ask(&self, method: &str, route: &str, body: Option<&Value>) -> Value {
        let response = http::send(method, &format!("{}/_twin/{route}", self.0), None, body);
        assert_eq!(response.status, 200, "{route}: {}", response.body);
        response.json()
    }

    pub(crate) fn titles(&self) -> Vec<String> {
        let state = self.ask("GET", "state", None);
        let held = state["calendars"].as_array().unwrap();
        let main = held.iter().find(|one| one["owner"] == "alice" && one["name"] == "Calendar").unwrap();
        let mut all: Vec<String> =
            main["events"].as_array().unwrap().iter().map(|event| word(event, "subject")).collect();
        all.sort();
        all
    }

    pub(crate) fn make(&self, title: &str, start: jiff::Timestamp) {
        let time = |at: jiff::Timestamp| json!({ "dateTime": at.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "UTC" });
        let end = start + jiff::SignedDuration::from_hours(1);
        let fields = json!({ "subject": title, "start": time(start), "end": time(end) });
        self.ask("POST", "event", Some(&json!({ "calendar": "primary", "do": "create", "fields": fields })));
    }
}

#[test]
fn ac_1_an_account_at_microsoft_is_added_from_the_shell_and_synced_both_ways() {
    let world = World::with_outlook();
    let outlook = Outlook::of(&world.twin);
    let account = world.told("twin-alice\n", &["account", "add", "microsoft", "--user", "Alice", "--json"]);
    let account = account.ends(0).json();
    assert_eq!(
        (word(&account, "provider"), word(&account, "name")),
        ("outlook".into(), "alice@twin.test".into())
    );
    world.ok(&["link", "add"]);
    world.add("Mine", &at(2, "10:00"), &["--description", "Bring shoes"]);
    outlook.make("Theirs", instant(3, "10:00", "Europe/Berlin"));
    world.sync();
    assert_eq!(
        (world.titles(), outlook.titles()),
        (vec!["Mine".into(), "Theirs".into()], vec!["Mine".into(), "Theirs".into()])
    );
    world.ok(&["event", "edit", &world.id("Theirs"), "--title", "Theirs, renamed"]);
    world.ok(&["event", "remove", &world.id("Mine")]);
    world.sync();
    assert_eq!(outlook.titles(), ["Theirs, renamed"]);
    world.ok(&["verify"]);
    let told = world.run(&["doctor", "--offline"]);
    assert!(told.out.contains("an emulator stands in for it"), "{told:?}");
}

#[test]
fn ac_1_what_happens_at_google_is_in_outlook_after_a_sync() {
    let world = World::with_outlook();
    let outlook = Outlook::of(&world.twin);
    world.connect();
    world.told("twin-alice\n", &["account", "add", "outlook", "--user", "Alice"]).ends(0);
    world.ok(&["link", "add", "--account", "google:alice@twin.test", "--calendar", "primary"]);
    world.ok(&["link", "add", "--account", "outlook:alice@twin.test"]);
    world.twin.make("Dentist", instant(3, "15:00", "Europe/Berlin"));
    world.sync();
    assert_eq!(outlook.titles(), ["Dentist"]);
}
