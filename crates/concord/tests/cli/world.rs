//! A world to test in: a twin behind its own listener, and the program with a folder of its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http;

const PROGRAM: &str = env!("CARGO_BIN_EXE_concord");

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// What it printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// Ended with that code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Said that on standard output.
    #[track_caller]
    pub(crate) fn tells(self, text: &str) -> Self {
        assert!(self.out.contains(text), "it does not tell \"{text}\": {self:#?}");
        self
    }

    /// Said that on standard error.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "it does not say \"{text}\": {self:#?}");
        self
    }
}

/// An emulator of Google, in a process of its own.
pub(crate) struct Twin {
    process: Child,
    pub(crate) url: String,
    /// Where Outlook's is, if it was asked for.
    pub(crate) outlook: Option<String>,
    /// Where Notion's is, if it was asked for.
    pub(crate) notion: Option<String>,
    pub(crate) env: BTreeMap<String, String>,
}

impl Drop for Twin {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Twin {
    fn start() -> Self {
        Self::start_with(&[])
    }

    /// With more arguments.
    pub(crate) fn start_with(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(PROGRAM)
            .args(["twins", "--google", "127.0.0.1:0", "--json"])
            .args(more)
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let mut env: BTreeMap<String, String> =
            serde_json::from_value(told["google"]["env"].clone()).unwrap();
        for other in ["microsoft", "notion"].into_iter().filter(|name| told[name].is_object()) {
            env.extend(serde_json::from_value::<BTreeMap<_, _>>(told[other]["env"].clone()).unwrap());
        }
        let url = |name: &str| told[name]["url"].as_str().map(str::to_owned);
        let (outlook, notion) = (url("microsoft"), url("notion"));
        Twin { process, url: url("google").unwrap(), outlook, notion, env }
    }

    /// Tells it to end, and waits until it has.
    pub(crate) fn end(mut self) -> i32 {
        let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.process.id())]).status();
        assert!(told.unwrap().success());
        self.process.wait().unwrap().code().unwrap_or(-1)
    }

    /// Asks a control route.
    pub(crate) fn get(&self, route: &str) -> Value {
        http::send("GET", &format!("{}/_twin/{route}", self.url), None, None).json()
    }

    /// Tells a control route.
    #[track_caller]
    pub(crate) fn post(&self, route: &str, body: Value) -> Value {
        let response = http::send("POST", &format!("{}/_twin/{route}", self.url), None, Some(&body));
        assert_eq!(response.status, 200, "{route} {body}: {}", response.body);
        response.json()
    }

    /// Does what alice would do in her main calendar.
    #[track_caller]
    pub(crate) fn event(&self, what: &str, id: Option<&str>, fields: Value) -> Value {
        let mut body = json!({ "user": "alice", "calendar": "primary", "do": what, "fields": fields });
        if let Some(id) = id {
            body["id"] = json!(id);
        }
        self.post("event", body)
    }

    /// Makes an event of an hour that begins at that instant; returns its id.
    #[track_caller]
    pub(crate) fn make(&self, title: &str, start: Timestamp) -> String {
        let fields = json!({
            "summary": title,
            "start": { "dateTime": start, "timeZone": "Europe/Berlin" },
            "end": { "dateTime": start + SignedDuration::from_hours(1), "timeZone": "Europe/Berlin" },
        });
        self.event("create", None, fields)["id"].as_str().unwrap().to_owned()
    }

    /// Sets a fault rule.
    #[track_caller]
    pub(crate) fn faults(&self, rule: Value) {
        self.post("faults", rule);
    }

    /// No more faults.
    pub(crate) fn calm(&self) {
        self.post("faults", json!({ "clear": true }));
    }

    /// What lives in one of alice's calendars.
    pub(crate) fn living(&self, calendar: &str) -> Vec<Value> {
        let state = self.get("state");
        let all = state["calendars"].as_array().unwrap();
        let found = all.iter().find(|c| c["id"] == calendar || c["summary"] == calendar);
        found.unwrap_or_else(|| panic!("no calendar {calendar}"))["events"].as_array().unwrap().clone()
    }

    /// Titles in alice's main calendar, ordered.
    pub(crate) fn titles(&self) -> Vec<String> {
        sorted(self.living(ALICE).iter().map(|event| word(event, "summary")))
    }

    /// The one event of that title in alice's main calendar.
    #[track_caller]
    pub(crate) fn one(&self, title: &str) -> Value {
        let found: Vec<Value> =
            self.living(ALICE).into_iter().filter(|event| event["summary"] == title).collect();
        assert_eq!(found.len(), 1, "{title}: {found:#?}");
        found.into_iter().next().unwrap()
    }

    /// The id of the one event of that title.
    #[track_caller]
    pub(crate) fn id(&self, title: &str) -> String {
        word(&self.one(title), "id")
    }

    /// How many calls of the provider were made.
    pub(crate) fn calls(&self) -> usize {
        self.get("log")["calls"].as_array().unwrap().len()
    }

    /// How often something in a calendar was written.
    pub(crate) fn changes(&self) -> usize {
        self.get("changes")["changes"].as_array().unwrap().len()
    }
}

/// Alice's main calendar at the twin.
pub(crate) const ALICE: &str = "alice@twin.test";

/// The program with a folder of its own, and a twin.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) twin: Twin,
    env: BTreeMap<String, String>,
}

impl World {
    /// With a user, Alice, who thinks in Berlin time, and nothing connected.
    pub(crate) fn new() -> Self {
        Self::before(Twin::start())
    }

    /// The same, with an emulated Outlook beside Google.
    pub(crate) fn with_outlook() -> Self {
        Self::before(Twin::start_with(&["--microsoft", "127.0.0.1:0"]))
    }

    fn before(twin: Twin) -> Self {
        let mut env = twin.env.clone();
        for (name, value) in [
            ("CONCORD_BACKOFF_BASE", "20ms"),
            ("CONCORD_BACKOFF_CAP", "100ms"),
            ("CONCORD_LEASE", "10s"),
            ("CONCORD_GOOGLE_ACCOUNT_PER_MINUTE", "100000"),
            ("CONCORD_GOOGLE_APP_PER_MINUTE", "100000"),
        ] {
            env.insert(name.to_owned(), value.to_owned());
        }
        let world = World { folder: tempfile::tempdir().unwrap(), twin, env };
        world.ok(&["user", "add", "Alice", "--zone", "Europe/Berlin"]);
        world
    }

    /// With Alice's account connected and her main calendar linked.
    pub(crate) fn linked() -> Self {
        Self::linked_as(&[])
    }

    /// The same, with settings for the link.
    pub(crate) fn linked_as(settings: &[&str]) -> Self {
        let world = Self::new();
        world.connect();
        world.ok(&[&["link", "add", "--calendar", "primary"], settings].concat());
        world
    }

    /// Hands over the token that the twin takes.
    pub(crate) fn connect(&self) -> Value {
        self.told("twin-alice\n", &["account", "add", "google", "--user", "Alice", "--json"]).ends(0).json()
    }

    /// Sets a variable for the commands that follow.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    /// Takes a variable away.
    pub(crate) fn unset(&mut self, name: &str) {
        self.env.remove(name);
    }

    /// The program, ready to be started.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("CONCORD_DATA_DIR", self.folder.path().join("data"))
            .envs(&self.env);
        command
    }

    /// The folder that everything of this world is in.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Runs a command.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.told("", arguments)
    }

    /// Runs a command that is told something on its standard input.
    pub(crate) fn told(&self, input: &str, arguments: &[&str]) -> Ended {
        let mut child = self
            .program(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that needs no input may have ended already.
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that ends well, and returns its result.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).ends(0).json()
    }

    /// Syncs until both sides agree.
    #[track_caller]
    pub(crate) fn sync(&self) -> Value {
        self.ok(&["sync", "--wait=60s"])
    }

    /// Syncs until there is nothing more to do, and ends so.
    #[track_caller]
    pub(crate) fn sync_ends(&self, code: i32) -> Value {
        self.run(&["sync", "--wait=20s", "--json"]).ends(code).json()
    }

    /// Adds an event of an hour; returns its id.
    #[track_caller]
    pub(crate) fn add(&self, title: &str, start: &str, more: &[&str]) -> String {
        let event = self.ok(&[&["event", "add", "--title", title, "--start", start], more].concat());
        word(&event, "id")
    }

    /// All events here.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.ok(&["event", "list"]).as_array().unwrap().clone()
    }

    /// Their titles, ordered.
    pub(crate) fn titles(&self) -> Vec<String> {
        sorted(self.events().iter().map(|event| word(event, "title")))
    }

    /// The one event of that title.
    #[track_caller]
    pub(crate) fn one(&self, title: &str) -> Value {
        let found: Vec<Value> = self.events().into_iter().filter(|event| event["title"] == title).collect();
        assert_eq!(found.len(), 1, "{title}: {found:#?}");
        found.into_iter().next().unwrap()
    }

    /// The id of the one event of that title.
    #[track_caller]
    pub(crate) fn id(&self, title: &str) -> String {
        word(&self.one(title), "id")
    }

    /// The conflicts that wait.
    pub(crate) fn conflicts(&self) -> Vec<Value> {
        self.run(&["conflict", "list", "--json"]).json().as_array().unwrap().clone()
    }

    /// Both sides hold exactly these titles, and `verify` finds nothing wrong.
    #[track_caller]
    pub(crate) fn both_hold(&self, titles: &[&str]) {
        assert_eq!(self.titles(), titles, "here");
        assert_eq!(self.twin.titles(), titles, "there");
        self.ok(&["verify"]);
    }
}

/// A text in a JSON object; empty where there is none.
pub(crate) fn word(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = words.collect();
    all.sort();
    all
}

/// The day so many days from today, by UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "links have a window around today, so tests ask which day that is"
)]
pub(crate) fn day(from_today: i64) -> Date {
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    today.checked_add(from_today.days()).unwrap()
}

/// `2026-12-01 09:00` so many days from today.
pub(crate) fn at(from_today: i64, clock: &str) -> String {
    format!("{} {clock}", day(from_today))
}

/// The instant at which a clock in that zone shows that.
pub(crate) fn instant(from_today: i64, clock: &str, zone: &str) -> Timestamp {
    let wall = at(from_today, clock).parse::<jiff::civil::DateTime>().unwrap();
    wall.in_tz(zone).unwrap().timestamp()
}

/// When an event at the twin begins.
#[track_caller]
pub(crate) fn start_of(event: &Value) -> Timestamp {
    let text = event["start"]["dateTime"].as_str().unwrap_or_else(|| panic!("no time: {event:#}"));
    text.parse().unwrap()
}

/// When an event here begins.
#[track_caller]
pub(crate) fn start_here(event: &Value) -> Timestamp {
    event["start"].as_str().unwrap().parse().unwrap()
}
