//! Two calendars with one command, as a self-hoster runs it: folders and a calendar server, in cron and by hand.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http;
use crate::outlook::Outlook;
use crate::world::{Ended, Twin};

const PROGRAM: &str = env!("CARGO_BIN_EXE_concord");

/// A home with two folders in it, and nothing configured.
struct Home {
    folder: TempDir,
}

fn ended(output: Output) -> Ended {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

impl Home {
    fn new() -> Home {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        Home { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("CONCORD_BACKOFF_BASE", "20ms")
            .env("CONCORD_BACKOFF_CAP", "100ms")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).output().unwrap())
    }

    /// The same beside emulators, with something on standard input.
    fn told(&self, twin: &Twin, input: &str, arguments: &[&str]) -> Ended {
        let mut command = self.command(arguments);
        command.envs(&twin.env).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        ended(child.wait_with_output().unwrap())
    }

    /// The two folders, paired.
    fn pair(&self, more: &[&str]) -> Ended {
        self.run(&[&["pair", "a", "b", "--state", "state"], more].concat())
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }

    /// The files of a folder by the event's name in the world.
    fn held(&self, folder: &str) -> BTreeMap<String, String> {
        let files = fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().path());
        files
            .filter(|path| shown(path))
            .map(|path| fs::read_to_string(path).unwrap())
            .map(|t| (uid(&t), t))
            .collect()
    }

    fn file_of(&self, folder: &str, name: &str) -> PathBuf {
        let files = fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().path());
        let mut files = files.filter(|path| shown(path));
        files.find(|path| uid(&fs::read_to_string(path).unwrap()) == name).unwrap()
    }

    fn edit(&self, folder: &str, name: &str, from: &str, to: &str) {
        let path = self.file_of(folder, name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    #[track_caller]
    fn same(&self) {
        assert_eq!(self.held("a"), self.held("b"));
    }
}

fn shown(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.ends_with(".ics") && !name.starts_with('.')
}

fn uid(text: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix("UID:")).unwrap_or_default().to_owned()
}

/// An event with much that nobody here knows.
fn event(name: &str, title: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Else//Where//EN\r\nX-WR-CALNAME:kept\r\nBEGIN:VTIMEZONE\r\n\
         TZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
         RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:{name}\r\n\
         DTSTAMP:20200101T000000Z\r\nCREATED:20200101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20200301T090000\r\n\
         DTEND;TZID=Europe/Berlin:20200301T100000\r\nSUMMARY:{title}\r\nCLASS:PRIVATE\r\nX-MINE;X-P=1:two\r\n\
         CATEGORIES:a,b\r\nORGANIZER;CN=Anna:mailto:anna@example.org\r\n\
         ATTENDEE;CN=Guest;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:guest@example.org\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\n\
         DESCRIPTION:Soon\r\nTRIGGER;X-A=b:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn two_folders_hold_the_same_to_the_byte_and_nothing_is_said_in_cron() {
    let home = Home::new();
    home.write("a/one.ics", &event("one@a", "One"));
    home.write("b/two.ics", &event("two@b", "Two"));
    let ended = home.pair(&[]).ends(0);
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("", ""));
    home.same();
    assert_eq!(home.held("b")["one@a"], event("one@a", "One"));

    home.edit("b", "one@a", "X-MINE;X-P=1:two", "X-MINE;X-P=1:three");
    home.edit("a", "one@a", "SUMMARY:One", "SUMMARY:Uno");
    fs::remove_file(home.file_of("a", "two@b")).unwrap();
    home.pair(&[]).ends(0);
    home.same();
    let held = home.held("a");
    assert_eq!(held.len(), 1);
    let both = event("one@a", "Uno").replace("X-P=1:two", "X-P=1:three");
    assert_eq!(held["one@a"], both, "what each side changed is on both");

    let quiet = home.pair(&["--json"]).ends(0).json();
    let did = |side: usize| {
        quiet["sides"][side]["sent"].as_u64().unwrap() + quiet["sides"][side]["takenIn"].as_u64().unwrap()
    };
    assert_eq!((did(0), did(1)), (0, 0), "{quiet:#}");
}

#[test]
fn a_dry_run_tells_what_would_be_done_and_changes_nothing() {
    let home = Home::new();
    home.write("a/one.ics", &event("one@a", "One"));
    let plan = home.pair(&["--dry-run", "--json"]).ends(0).json();
    assert_eq!(plan["steps"], json!([{ "side": "B", "does": "make", "title": "One" }]));
    assert!(home.held("b").is_empty() && !home.path("state").exists());

    home.pair(&[]).ends(0);
    home.edit("b", "one@a", "SUMMARY:One", "SUMMARY:Uno");
    home.write("b/two.ics", &event("two@b", "Two"));
    let before = (home.held("a"), home.held("b"));
    let plan = home.pair(&["--dry-run", "--json"]).ends(0).json();
    let mut steps: Vec<String> = plan["steps"].as_array().unwrap().iter().map(Value::to_string).collect();
    steps.sort();
    assert_eq!(
        steps,
        [r#"{"does":"change","side":"A","title":"Uno"}"#, r#"{"does":"make","side":"A","title":"Two"}"#]
    );
    assert_eq!((home.held("a"), home.held("b")), before);
    home.pair(&[]).ends(0);
    home.same();
}

#[test]
fn a_conflict_is_kept_until_it_is_answered_and_told_each_time() {
    let home = Home::new();
    home.write("a/one.ics", &event("one@a", "One"));
    home.pair(&[]).ends(0);
    home.edit("a", "one@a", "SUMMARY:One", "SUMMARY:By A");
    home.edit("b", "one@a", "SUMMARY:One", "SUMMARY:By B");
    for _ in 0..3 {
        let ended = home.pair(&[]).ends(1);
        assert!(ended.out.contains("concord conflict list --data-dir 'state'"), "{ended:?}");
        assert!(home.held("a")["one@a"].contains("SUMMARY:By A"));
        assert!(home.held("b")["one@a"].contains("SUMMARY:By B"));
    }
    let told = home.run(&["conflict", "list", "--data-dir", "state", "--json"]).ends(1).json();
    assert_eq!(told.as_array().unwrap().len(), 1, "{told:#}");
    home.run(&["conflict", "resolve", "--all", "--keep", "external", "--data-dir", "state"]).ends(0);
    home.pair(&[]).ends(0);
    for side in ["a", "b"] {
        assert!(home.held(side)["one@a"].contains("SUMMARY:By B"), "{side}");
        assert!(home.held(side)["one@a"].contains("X-MINE;X-P=1:two"), "{side}");
    }
}

#[test]
fn a_policy_settles_what_both_changed_also_later() {
    for (policy, title) in [("a", "By A"), ("b", "By B")] {
        let home = Home::new();
        home.write("a/one.ics", &event("one@a", "One"));
        home.pair(&[]).ends(0);
        home.edit("a", "one@a", "SUMMARY:One", "SUMMARY:By A");
        home.edit("b", "one@a", "SUMMARY:One", "SUMMARY:By B");
        home.pair(&[]).ends(1);
        home.pair(&["--policy", policy]).ends(0);
        for side in ["a", "b"] {
            assert!(home.held(side)["one@a"].contains(&format!("SUMMARY:{title}")), "{policy} {side}");
        }
        home.pair(&[]).ends(0);
    }
}

#[test]
fn an_emptied_folder_deletes_nothing_and_one_odd_file_stops_no_other() {
    let home = Home::new();
    for n in 0..30 {
        home.write(&format!("a/{n}.ics"), &event(&format!("{n}@a"), &format!("Event {n}")));
    }
    home.write("a/odd.ics", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:odd\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    let ended = home.pair(&[]).ends(1);
    assert!(ended.out.contains("odd.ics"), "{ended:?}");
    assert_eq!(home.held("b").len(), 30);
    fs::remove_file(home.path("a/odd.ics")).unwrap();
    home.pair(&[]).ends(0);
    for (name, _) in home.held("a") {
        fs::remove_file(home.file_of("a", &name)).unwrap();
    }
    let ended = home.pair(&[]).ends(1);
    assert!(ended.out.contains("concord plan approve"), "{ended:?}");
    assert_eq!(home.held("b").len(), 30);
}

#[test]
fn what_was_named_wrongly_is_said_and_ends_with_2() {
    let home = Home::new();
    home.run(&["pair", "a", "c"]).ends(2).says("neither an address nor a folder");
    home.run(&["pair", "a", "a", "--state", "state"]).ends(2).says("same calendar");
    home.pair(&[]).ends(0);
    home.run(&["pair", "b", "a", "--state", "state"]).ends(2).says("this state is that of");
    home.run(&["pair", "a", "ftp://x.example/"]).ends(2).says("nothing that can be paired");
    // Nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    home.run(&["pair", "a", &format!("http://127.0.0.1:{port}/x/")]).ends(3);
}

/// A calendar server, in a process of its own.
struct Server {
    process: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Server {
    fn start(home: &Home, like: &str) -> Server {
        let arguments = ["twins", "--caldav", "127.0.0.1:0", "--like", like, "--json"];
        let mut process = home.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        Server { process, url: told["caldav"]["url"].as_str().unwrap().to_owned() }
    }

    /// Alice's calendar, as a side.
    fn side(&self) -> String {
        let (_, host) = self.url.split_once("://").unwrap();
        format!("http://alice%40twin.test@{host}/alice/home/")
    }

    fn state(&self) -> Value {
        http::send("GET", &format!("{}/_twin/state", self.url), None, None).json()
    }

    fn post(&self, route: &str, body: &Value) {
        let answer = http::send("POST", &format!("{}/_twin/{route}", self.url), None, Some(body));
        assert_eq!(answer.status, 200, "{route} {body}: {}", answer.body);
    }

    fn events(&self) -> Vec<Value> {
        let state = self.state();
        let all = state["calendars"].as_array().unwrap();
        let calendar = all.iter().find(|calendar| calendar["id"] == "alice/home").unwrap();
        calendar["events"].as_array().unwrap().clone()
    }

    /// The names in the world of what is in Alice's calendar, each as often as it is there.
    fn held(&self) -> BTreeMap<String, usize> {
        let mut all = BTreeMap::new();
        for event in self.events() {
            *all.entry(uid_of(&event)).or_default() += 1;
        }
        all
    }

    fn file(&self, name: &str) -> String {
        let event = self.events().into_iter().find(|event| uid_of(event) == name).unwrap();
        event["ics"].as_str().unwrap().to_owned()
    }
}

fn uid_of(event: &Value) -> String {
    uid(event["ics"].as_str().unwrap())
}

#[test]
fn a_server_and_a_folder_hold_the_same_and_the_password_is_given_once() {
    let home = Home::new();
    let server = Server::start(&home, "radicale");
    let side = server.side();
    home.write("a/one.ics", &event("one@a", "One"));
    home.write("password", "twin-alice\nsecond line\n");
    let pair = |more: &[&str]| home.run(&[&["pair", "a", &side, "--state", "state"], more].concat());
    pair(&[]).ends(1).says("does not accept this name with this password");
    pair(&["--password-file-b", "password"]).ends(0);
    assert_eq!(server.held(), BTreeMap::from([("one@a".to_owned(), 1)]));
    server.post(
        "event",
        &json!({ "user": "alice", "calendar": "home", "do": "create",
                 "fields": { "summary": "Theirs", "start": "2031-05-01T10:00:00", "zone": "Europe/Berlin" } }),
    );
    pair(&[]).ends(0);
    assert_eq!(home.held("a").len(), 2);
    // This server puts names into quotes.
    assert_eq!(server.file("one@a").replace('"', ""), event("one@a", "One"), "it was handed on whole");
    for entry in fs::read_dir(home.path("state")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(10).any(|part| part == b"twin-alice"), "the password lies open");
    }
}

#[test]
fn a_pass_that_is_killed_half_way_is_gone_on_with_and_doubles_nothing() {
    let home = Home::new();
    let server = Server::start(&home, "radicale");
    let side = server.side();
    for n in 0..300 {
        home.write(&format!("a/{n}.ics"), &event(&format!("{n}@a"), &format!("Event {n}")));
    }
    let pair = ["pair", "a", &side, "--state", "state"];
    for at in [20, 120] {
        let mut child = home.command(&pair).env("PAIR_B_PASSWORD", "twin-alice").spawn().unwrap();
        // It ends by itself, or is far enough.
        while server.held().len() < at && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        child.wait().unwrap();
    }
    home.run(&pair).ends(0);
    let held = server.held();
    assert_eq!((held.len(), held.values().sum::<usize>()), (300, 300));
}

#[test]
fn with_one_call_in_twenty_broken_one_pass_brings_everything_over_once() {
    let home = Home::new();
    let server = Server::start(&home, "radicale");
    let side = server.side();
    for n in 0..150 {
        home.write(&format!("a/{n}.ics"), &event(&format!("{n}@a"), &format!("Event {n}")));
    }
    let run = |more: &[&str]| {
        let mut command = home.command(&[&["pair", "a", &side, "--state", "state"], more].concat());
        command.env("PAIR_B_PASSWORD", "twin-alice").output().unwrap().status.code()
    };
    assert_eq!(run(&["--check"]), Some(0));
    for rule in [
        json!({ "kind": "drop_before", "rate": 0.02 }),
        json!({ "kind": "drop_after", "rate": 0.02 }),
        json!({ "kind": "status", "status": 503, "rate": 0.02 }),
    ] {
        server.post("faults", &rule);
    }
    assert_eq!(run(&[]), Some(0));
    let held = server.held();
    assert_eq!((held.len(), held.values().sum::<usize>()), (150, 150));
}

#[test]
fn a_feed_comes_into_a_folder_and_is_only_read() {
    let home = Home::new();
    let server = Server::start(&home, "radicale");
    let make = |title: &str, day: &str| {
        let fields = json!({ "summary": title, "start": format!("{day}T10:00:00"), "zone": "Europe/Berlin" });
        server
            .post("event", &json!({ "user": "alice", "calendar": "home", "do": "create", "fields": fields }));
    };
    make("First", "2031-05-01");
    let feed = format!("{}/feeds/alice/home.ics", server.url);
    let pair = |more: &[&str]| home.run(&[&["pair", &feed, "b"], more].concat());
    let able = pair(&["--check"]).ends(0).out;
    assert!(able.contains("may only be read"), "{able}");
    pair(&[]).ends(0);
    assert_eq!(home.held("b").len(), 1);
    // What is there besides stays there, and what comes later comes in.
    home.write("b/own.ics", &event("own@b", "Own"));
    make("Second", "2031-05-02");
    pair(&[]).ends(0);
    assert_eq!(home.held("b").len(), 3);
    assert_eq!(server.held().len(), 2, "nothing was written to it");
    // Whose event it is does not change by that.
    let name = uid(home.held("b").values().find(|text| text.contains("First")).unwrap());
    home.edit("b", &name, "SUMMARY:First", "SUMMARY:Mine");
    pair(&[]).ends(0);
    assert!(
        fs::read_to_string(home.file_of("b", &name)).unwrap().contains("SUMMARY:First"),
        "it is put back"
    );
    // A feed that has ended is no calendar without events.
    server.post("quirks", &json!({ "feeds": { "answer": "ended" } }));
    pair(&[]).ends(1);
    assert_eq!(home.held("b").len(), 3);
    // Its address is a secret.
    for folder in fs::read_dir(home.path(".local/share/concord/pairs")).unwrap() {
        let folder = folder.unwrap().path();
        assert!(!folder.to_str().unwrap().contains("alice"), "{folder:?}");
        for entry in fs::read_dir(folder).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(15).any(|part| part == b"feeds/alice/hom"));
        }
    }
    home.run(&["pair", &feed, &feed.replace("home.ics", "work.ics")]).ends(2).says("both feeds");
}

#[test]
fn a_calendar_of_a_connected_account_and_a_folder_hold_the_same() {
    let home = Home::new();
    let twin = Twin::start_with(&[]);
    let run = |input: &str, arguments: &[&str]| home.told(&twin, input, arguments);
    let pair = || run("", &["pair", "google:", "b", "--state", "state"]);
    pair().ends(1).says("concord account connect google --user pair");
    run("twin-alice\n", &["account", "add", "google", "--user", "pair", "--data-dir", "state"]).ends(0);
    let zone = "Europe/Berlin";
    twin.event(
        "create",
        None,
        json!({ "summary": "Theirs", "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"],
                "start": { "dateTime": "2031-05-01T10:00:00", "timeZone": zone },
                "end": { "dateTime": "2031-05-01T11:00:00", "timeZone": zone } }),
    );
    home.write("b/one.ics", &event("one@b", "Ours"));
    pair().ends(0);
    assert_eq!(twin.titles(), ["Ours", "Theirs"]);
    let held = home.held("b");
    assert_eq!(held.len(), 2);
    assert!(
        held.values()
            .any(|text| text.contains("SUMMARY:Theirs") && text.contains("RRULE:FREQ=WEEKLY;COUNT=3"))
    );
    home.edit("b", "one@b", "SUMMARY:Ours", "SUMMARY:Changed");
    twin.event("delete", Some(&twin.id("Theirs")), json!({}));
    pair().ends(0);
    assert_eq!((twin.titles(), home.held("b").len()), (vec!["Changed".to_owned()], 1));
    pair().ends(0);
}

#[test]
fn a_calendar_at_outlook_and_a_table_in_notion_hold_the_same() {
    // It is told by the name that it was called by, and connected by either.
    for (named, other) in [("microsoft", "outlook"), ("outlook", "microsoft")] {
        let home = Home::new();
        let twin = Twin::start_with(&["--microsoft", "127.0.0.1:0", "--notion", "127.0.0.1:0"]);
        let run = |input: &str, arguments: &[&str]| home.told(&twin, input, arguments);
        let pair = || run("", &["pair", &format!("{named}:"), "notion:/Calendar", "--state", "state"]);
        pair().ends(1).says(&format!("concord account connect {named} --user pair"));
        for provider in [other, "notion"] {
            let add = ["account", "add", provider, "--user", "pair", "--data-dir", "state"];
            run("twin-alice\n", &add).ends(0);
        }
        let (outlook, notion) = (Outlook::of(&twin), twin.notion.clone().unwrap());
        let rows = || -> Vec<String> {
            let asked = format!("{notion}/_twin/events?user=alice&calendar=Calendar");
            let told = http::send("GET", &asked, None, None).json();
            let name = |row: &Value| row["properties"]["Name"]["title"][0]["plain_text"].clone();
            told["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| name(row).as_str().unwrap().to_owned())
                .collect()
        };
        outlook.make("Theirs", "2031-05-01T10:00:00Z".parse().unwrap());
        pair().ends(0);
        assert_eq!((rows(), outlook.titles()), (vec!["Theirs".to_owned()], vec!["Theirs".to_owned()]));
    }
}
