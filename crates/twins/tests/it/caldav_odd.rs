//! Servers differ in how they are found and what they show: a switch for each, and many at once.

use concord_twins::caldav::PRESETS;
use http::Method;
use serde_json::json;

use crate::caldav_world::{HOME, World, begun, event, header, members, names, path, text, with};

#[test]
fn every_preset_lets_a_client_find_write_and_read() {
    for preset in PRESETS {
        let world = World::like(preset);
        let quirks = world.look("quirks", json!({}));
        let home = quirks["discovery"]["home"].as_str().unwrap();
        let home = home.replace("{user}", "alice").replace("{number}", "1000000000");
        let short = quirks["signin"]["usernames"] != "address";
        let user = if short { "alice" } else { "alice@twin.test" };
        let call = |method: &str, path: &str, headers: &[(&str, &str)], body: &str| {
            world.call_as(user, "twin-alice", method, path, headers, body)
        };
        let object = format!("{home}home/a.ics");
        let made = call("PUT", &object, &[("if-none-match", "*")], &event("a", 9));
        assert_eq!(made.status, 201, "{preset}: {}", text(&made));
        let read = call("GET", &object, &[], "");
        assert!(text(&read).contains("UID:a"), "{preset}: {}", text(&read));
        let list = call("PROPFIND", &home, &[("depth", "1")], "");
        assert_eq!(list.status, 207, "{preset}");
        world.wait(60);
        let query = "<C:calendar-query xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop xmlns:D='DAV:'><D:getetag/></D:prop>\
                     <C:filter><C:comp-filter name='VCALENDAR'><C:comp-filter name='VEVENT'/></C:comp-filter></C:filter>\
                     </C:calendar-query>";
        let found = call("REPORT", &format!("{home}home/"), &[("depth", "1")], query);
        assert!(text(&found).contains("a.ics"), "{preset}: {}", text(&found));
        let etag = header(&read, "etag").unwrap();
        let gone = call("DELETE", &object, &[("if-match", etag)], "");
        assert!(gone.status.is_success(), "{preset}: {}", text(&gone));
    }
}

#[test]
fn hrefs_are_spelled_otherwise_than_they_were_written() {
    let name = "/dav/calendars/alice/home/a%40b+c.ics";
    for (escapes, listed) in [("bare", "a@b+c.ics"), ("strict", "a%40b%2Bc.ics"), ("lower", "a%40b%2bc.ics")]
    {
        let world = World::with(json!({"wire": {"escapes": escapes}}));
        world.put(name, &[], &event("a", 9));
        assert_eq!(names(&world.query(HOME, None))[0].0, listed);
        assert_eq!(names(&members(&world.multiget(HOME, &[name])))[0].0, listed);
        world.control("quirks", json!({"wire": {"hrefsAsAsked": true}}));
        assert_eq!(members(&world.multiget(HOME, &[name]))[0].href, name);
    }
    let world = World::with(json!({"wire": {"colonsLosePath": true, "percentsVanish": true}}));
    world.put(&path("a:b"), &[], &event("a", 9));
    world.put(&path("c%2525"), &[], &event("c", 9));
    let listed: Vec<String> = world.query(HOME, None).into_iter().map(|member| member.href).collect();
    assert_eq!(listed, ["a:b.ics"]);
}

#[test]
fn empty_copies_with_404_follow_the_good_values() {
    let (world, _) = begun(json!({"wire": {"emptyPropstat": true, "emptyStatus": true}}));
    let told = text(&world.propfind(HOME, "0", "<d:displayname/><cs:getctag/>"));
    let (good, bad) = told.split_once("</d:propstat>").unwrap();
    assert!(
        good.contains("<d:displayname>Calendar</d:displayname>") && good.contains("<d:status/>"),
        "{good}"
    );
    assert!(bad.contains("<cs:getctag/>") && bad.contains("404"), "{bad}");
}

#[test]
fn calendars_live_on_another_host() {
    let world = World::with(
        json!({"discovery": {"homeOnPartition": true, "homeWithPort": true, "wellKnownTarget": "partition"}}),
    );
    let at = |host: &str, path: &str| {
        world.call("PROPFIND", path, &[("depth", "0"), ("host", host)], "").status.as_u16()
    };
    let told = text(&world.propfind("/dav/principals/alice/", "0", "<c:calendar-home-set/>"));
    assert!(told.contains("<d:href>https://p37-dav.test:443/dav/calendars/alice/</d:href>"), "{told}");
    assert_eq!(
        (at("p37-dav.test", HOME), at("p37-dav.test:443", HOME), at("dav.test", HOME)),
        (207, 207, 404)
    );
    let known = world.call("GET", "/.well-known/caldav", &[], "");
    assert_eq!(header(&known, "location"), Some("https://p37-dav.test/dav/"));
    world.control("partition", json!({"to": 1}));
    assert_eq!((at("p37-dav.test", HOME), at("p38-dav.test", HOME)), (404, 207));
    world.control("quirks", json!({"discovery": {"leftPartition": "redirect"}}));
    assert_eq!(at("p37-dav.test", HOME), 301);
}

#[test]
fn redirects_of_all_kinds_lead_on() {
    for status in [301, 302, 303, 307, 308] {
        let world = World::with(
            json!({"discovery": {"wellKnownStatus": status, "wellKnownTarget": "absolute", "slashRedirect": status}}),
        );
        let reply = world.call("PROPFIND", "/.well-known/caldav", &[], "");
        assert_eq!(
            (reply.status.as_u16(), header(&reply, "location")),
            (status, Some("https://dav.test/dav/"))
        );
        let reply = world.call("PROPFIND", HOME.trim_end_matches('/'), &[("depth", "0")], "");
        assert_eq!((reply.status.as_u16(), header(&reply, "location")), (status, Some(HOME)));
    }
    let world = World::with(json!({"discovery": {"rootRedirect": 302}}));
    let reply = world.propfind("/dav/", "0", "<d:current-user-principal/>");
    assert_eq!((reply.status.as_u16(), header(&reply, "location")), (302, Some("https://p37-dav.test/dav/")));
    let there = world.call("PROPFIND", "/dav/", &[("depth", "0"), ("host", "p37-dav.test")], "");
    assert_eq!(there.status, 207);
    for (how, status) in [("absent", 404), ("page", 200), ("loop", 301)] {
        let world = World::with(json!({"discovery": {"wellKnown": how}}));
        assert_eq!(world.call("PROPFIND", "/.well-known/caldav", &[], "").status, status);
    }
}

#[test]
fn a_second_home_holds_what_is_shared() {
    let world = World::with(json!({"discovery": {"secondHome": "/dav/shared/{user}/"}}));
    world.control("access", json!({"owner": "bob", "calendar": "team", "user": "alice", "role": "reader"}));
    let told = text(&world.propfind("/dav/principals/alice/", "0", "<c:calendar-home-set/>"));
    assert!(told.contains("/dav/shared/alice/"), "{told}");
    let found = names(&members(&world.propfind("/dav/shared/alice/", "1", "<d:resourcetype/>")));
    assert_eq!(found.iter().map(|one| one.0.as_str()).collect::<Vec<_>>(), ["alice", "bob-team", "team"]);
    let refused = world.put("/dav/shared/alice/bob-team/a.ics", &[], &event("a", 9));
    assert_eq!(refused.status, 403);
    assert!(text(&refused).contains("need-privileges"));
}

#[test]
fn the_home_holds_more_than_calendars() {
    let world = World::with(json!({"discovery": {"schedulingCollections": true, "siblings": true}}));
    let told = text(&world.propfind("/dav/calendars/alice/", "1", "<d:resourcetype/>"));
    for part in ["schedule-inbox", "schedule-outbox", "cs:notification", "home.ics", "home.xml"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(world.put("/dav/calendars/alice/inbox/a.ics", &[], &event("a", 9)).status, 403);
}

#[test]
fn sign_in_is_refused_with_one_two_or_no_challenges() {
    for (how, expected) in [("basic", 1), ("two", 2), ("none", 0), ("digest", 1)] {
        let world = World::with(json!({"signin": {"challenge": how}}));
        let call = concord_twins::Call::new(Method::from_bytes(b"PROPFIND").unwrap(), HOME, "");
        let reply = world.twin.answer(call);
        assert_eq!(
            (reply.status.as_u16(), reply.headers.get_all("www-authenticate").iter().count()),
            (401, expected)
        );
    }
    let world = World::new();
    let account = || world.call_as("alice", "account-alice", "GET", HOME, &[], "").status.as_u16();
    assert_eq!(account(), 200);
    world.control("quirks", json!({"signin": {"appPasswordsOnly": true, "badLogins": 2}}));
    assert_eq!((account(), account(), account()), (401, 401, 429));
    assert_eq!(world.call("GET", HOME, &[], "").status, 429, "everybody has to wait");
    world.wait(601);
    assert_eq!(world.call("GET", HOME, &[], "").status, 200);
}

#[test]
fn others_see_of_what_is_private_only_when_somebody_is_busy() {
    let (world, _) = begun(json!({}));
    world.put(&path("p"), &[], &with("p", 10, "CLASS:PRIVATE\r\nDESCRIPTION:secret\r\n"));
    world.control("access", json!({"calendar": "home", "user": "bob", "role": "reader"}));
    let theirs = "/dav/calendars/bob/alice-home/";
    let read = |how: &str| {
        world.control("quirks", json!({"people": {"private": how}}));
        let reply = world.call_as("bob", "twin-bob", "GET", &format!("{theirs}p.ics"), &[], "");
        (reply.status.as_u16(), text(&reply))
    };
    assert!(read("shown").1.contains("secret"));
    let (_, stub) = read("stub");
    assert!(stub.contains("SUMMARY:Busy") && stub.contains("DTSTART") && !stub.contains("secret"), "{stub}");
    assert_eq!(read("empty"), (200, String::new()));
    let list = || world.call_as("bob", "twin-bob", "PROPFIND", theirs, &[("depth", "1")], "");
    assert_eq!(members(&list()).len(), 3);
    world.control("quirks", json!({"people": {"private": "hidden"}}));
    assert_eq!(members(&list()).len(), 2);
}

#[test]
fn every_switch_and_every_preset_is_in_the_guide() {
    let guide = include_str!("../../../../docs/emulator.md");
    let quirks = World::new().look("quirks", json!({}));
    let groups = quirks.as_object().unwrap();
    let switches = groups.values().flat_map(|group| group.as_object().unwrap().keys());
    let names = groups.keys().chain(switches).map(String::as_str).chain(PRESETS);
    let missing: Vec<&str> = names.filter(|name| !guide.contains(&format!("`{name}`"))).collect();
    assert_eq!(missing, [""; 0]);
}
