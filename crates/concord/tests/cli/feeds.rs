//! Feeds from the shell: subscribed to by their address, published behind a secret one.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use crate::world::{World, at, word};

/// A server that gives one feed, to whoever asks. Returns its address.
fn feed() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/secret-word.ics", listener.local_addr().unwrap());
    let day = at(3, "10:00").replace(['-', ':'], "").replace(' ', "T");
    let file = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nX-WR-CALNAME:Fixtures\r\nBEGIN:VEVENT\r\nUID:1\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART:{day}00Z\r\nSUMMARY:Match\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let asked = BufReader::new(stream.try_clone().unwrap());
            asked.lines().map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            let length = file.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{file}"
            )
            .ok();
        }
    });
    address
}

#[test]
fn a_feed_is_subscribed_to_from_the_shell_and_its_address_is_told_to_nobody() {
    let (world, address) = (World::new(), feed());
    let connected =
        world.told(&format!("{address}\n"), &["account", "add", "ics", "--user", "Alice", "--json"]);
    connected.ends(0);
    world.ok(&["link", "add", "--calendar", "primary"]);
    world.sync();
    assert_eq!(world.titles(), ["Match"]);
    for shown in [&["account", "list"][..], &["account", "test"], &["link", "list"], &["doctor", "--offline"]]
    {
        let told = world.ok(shown).to_string();
        assert!(!told.contains("secret-word"), "{told}");
    }
    world.run(&["link", "set", "Fixtures", "--direction", "push"]).ends(2).says("only be read");
    world
        .run(&["account", "add", "ics", "--user", "Alice", "--login", "alice"])
        .ends(2)
        .says("address is all");
    world.run(&["account", "connect", "ics", "--user", "Alice"]).ends(2).says("its address");
    world.told("http://127.0.0.1:9/x.ics\n", &["account", "add", "ics", "--user", "Alice"]).ends(3);
}

#[test]
fn a_feed_is_published_listed_and_revoked_from_the_shell() {
    let world = World::new();
    let made = world.ok(&["feed", "add", "When I am busy", "--user", "Alice", "--detail", "busy"]);
    assert!(word(&made, "url").ends_with(".ics") && word(&made, "url").contains("/feeds/"), "{made}");
    let listed = world.ok(&["feed", "list"]).to_string();
    assert!(listed.contains("When I am busy") && listed.contains("busy"), "{listed}");
    assert!(!listed.contains(word(&made, "url").rsplit('/').next().unwrap()), "its address is told once");
    world.ok(&["feed", "revoke", "When I am busy"]);
    world.run(&["feed", "revoke", "When I am busy"]).ends(2).says("no feed");
}
