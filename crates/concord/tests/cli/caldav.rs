//! A calendar server from the shell: connected with a password, synced both ways, and what is said when it does not work.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::world::{World, at, word};

/// Radicale, as another program sees it.
struct Server {
    host: String,
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "where the server is is told by the script that starts it")]
    fn new() -> Self {
        let url = std::env::var("CONCORD_TEST_RADICALE")
            .expect("CONCORD_TEST_RADICALE is not set: run `make test`, or `scripts/caldav run <command>`");
        Server { host: url.trim_start_matches("http://").trim_end_matches('/').to_owned() }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.host)
    }

    fn call(&self, method: &str, path: &str, kind: &str, body: &str) -> String {
        // alice:secret
        let mut stream = TcpStream::connect(&self.host).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Basic YWxpY2U6c2VjcmV0\r\n\
             Depth: 1\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.0 2") || answer.starts_with("HTTP/1.1 2"),
            "{method} {path}: {answer}"
        );
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    fn put(&self, path: &str, file: &str) {
        self.call("PUT", path, "text/calendar; charset=utf-8", file);
    }

    /// The files of a calendar, by path.
    fn files(&self, calendar: &str) -> Vec<(String, String)> {
        let question = r#"<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>"#;
        let answer = self.call("PROPFIND", calendar, "application/xml; charset=utf-8", question);
        let hrefs = answer.split("<href>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        let files = hrefs.filter(|href| href.ends_with(".ics"));
        files.map(|path| (path.clone(), self.call("GET", &path, "text/plain", ""))).collect()
    }
}

#[test]
fn a_calendar_server_is_connected_with_a_password_and_synced_both_ways() {
    let (world, server) = (World::new(), Server::new());
    let connect = ["account", "add", "caldav", "--user", "Alice", "--url", &server.url(), "--login", "alice"];
    world.told("wrong\n", &connect).ends(2).says("app-specific password");
    world.told("secret\n", &[&connect[..], &["--json"]].concat()).ends(0);
    let name = format!("Concord {}", std::process::id());
    let link = world.ok(&["link", "add", "--calendar", &name, "--make"]);
    let calendar = word(&link, "calendarId");
    let tested = world.ok(&["account", "test"]);
    let told: Vec<&str> =
        tested["server"].as_array().unwrap().iter().filter_map(|line| line.as_str()).collect();
    assert!(told.iter().any(|line| line.contains("sync-collection")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("refuses a change on an old version")), "{told:?}");

    let ours = world.add("Ours", &at(2, "10:00"), &[]);
    world.sync();
    let [(path, file)] = server.files(&calendar).try_into().unwrap();
    assert!(file.contains("SUMMARY:Ours"), "{file}");

    server.put(&path, &file.replace("SUMMARY:Ours", "SUMMARY:Renamed there\r\nX-ANOTHER:kept"));
    let theirs = file.replace("SUMMARY:Ours", "SUMMARY:Theirs").replace("UID:", "UID:another-");
    let theirs: String = theirs
        .lines()
        .filter(|line| !line.starts_with("X-CONCORD"))
        .map(|line| format!("{line}\r\n"))
        .collect();
    server.put(&format!("{calendar}theirs.ics"), &theirs);
    world.sync();
    assert_eq!(world.titles(), ["Renamed there", "Theirs"]);

    world.ok(&["event", "edit", &ours, "--location", "Studio"]);
    world.sync();
    let (_, file) = server.files(&calendar).into_iter().find(|(other, _)| *other == path).unwrap();
    assert!(file.contains("LOCATION:Studio") && file.contains("X-ANOTHER:kept"), "{file}");

    server.call("DELETE", &format!("{calendar}theirs.ics"), "text/plain", "");
    world.sync();
    assert_eq!(world.titles(), ["Renamed there"]);
    world.run(&["verify"]).ends(0);
    world.run(&["doctor", "--offline"]).ends(0);
}

#[test]
fn what_is_missing_to_connect_a_calendar_server_is_said() {
    let world = World::new();
    world.run(&["account", "add", "caldav", "--user", "Alice"]).ends(2).says("--login");
    world.run(&["account", "add", "caldav", "--user", "Alice", "--login", "alice"]).ends(2).says("--url");
    world.run(&["account", "add", "google", "--login", "alice"]).ends(2).says("one place");
    world.run(&["account", "connect", "caldav", "--user", "Alice"]).ends(2).says("password");
}
