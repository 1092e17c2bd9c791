//! A plain CalDAV server does what the standards say.

use serde_json::json;

use crate::caldav_world::{HOME, TEAM, World, event, header, members, names, text, with};

#[test]
fn calendars_are_found_from_the_well_known_address_on() {
    let world = World::new();
    let reply = world.call("PROPFIND", "/.well-known/caldav", &[("depth", "0")], "");
    assert_eq!((reply.status.as_u16(), header(&reply, "location")), (301, Some("/dav/")));
    let told = text(&world.propfind("/dav/", "0", "<d:current-user-principal/>"));
    assert!(told.contains("<d:href>/dav/principals/alice/</d:href>"), "{told}");
    let told = text(&world.propfind(
        "/dav/principals/alice/",
        "0",
        "<c:calendar-home-set/><c:calendar-user-address-set/>",
    ));
    assert!(told.contains("<d:href>/dav/calendars/alice/</d:href>"), "{told}");
    assert!(told.contains("<d:href>mailto:alice@twin.test</d:href>"), "{told}");
    let listed = world.propfind(
        "/dav/calendars/alice/",
        "1",
        "<d:resourcetype/><d:displayname/><cs:getctag/><d:sync-token/>",
    );
    let paths: Vec<String> = members(&listed).into_iter().map(|member| member.href).collect();
    let home = "/dav/calendars/alice/";
    let expected = ["", "holidays/", "home/", "tasks/", "team/"].map(|slug| format!("{home}{slug}"));
    assert_eq!(paths, expected);
    assert!(text(&listed).contains("<cs:subscribed/>"));
}

#[test]
fn what_is_stored_is_given_back_byte_by_byte() {
    let world = World::new();
    let odd =
        event("a", 9).replace("\r\n", "\n").replace("SUMMARY:a 9", "X-ODD;P=\"q\":  ü \nSUMMARY:fol\n ded");
    let reply = world.put(&format!("{HOME}a.ics"), &[("if-none-match", "*")], &odd);
    assert_eq!(reply.status, 201);
    let read = world.call("GET", &format!("{HOME}a.ics"), &[], "");
    assert_eq!((text(&read), header(&read, "etag")), (odd.clone(), header(&reply, "etag")));
    let got = members(&world.multiget(HOME, &["/dav/calendars/alice/home/a.ics"]));
    assert_eq!(got[0].data.as_deref(), Some(odd.as_str()));
    assert_eq!(got[0].etag.as_deref(), header(&reply, "etag"));
}

#[test]
fn a_write_insists_on_the_version_that_it_knows() {
    let world = World::new();
    let path = format!("{HOME}a.ics");
    assert_eq!(world.put(&path, &[("if-match", "\"x\"")], &event("a", 9)).status, 412);
    let first = world.put(&path, &[("if-none-match", "*")], &event("a", 9));
    assert_eq!(world.put(&path, &[("if-none-match", "*")], &event("a", 10)).status, 412);
    let etag = header(&first, "etag").unwrap();
    assert_eq!(world.put(&path, &[("if-match", etag)], &event("a", 10)).status, 204);
    assert_eq!(world.put(&path, &[("if-match", etag)], &event("a", 11)).status, 412);
    assert_eq!(world.call("DELETE", &path, &[("if-match", etag)], "").status, 412);
    assert_eq!(world.call("DELETE", &path, &[("if-match", "*")], "").status, 204);
    assert_eq!(world.call("DELETE", &path, &[], "").status, 404);
    assert_eq!(world.call("GET", &path, &[], "").status, 404);
}

#[test]
fn changes_since_a_token_are_told_once_with_what_is_gone() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.put(&format!("{HOME}{name}.ics"), &[], &event(name, 9));
    }
    let (all, token) = world.changes(HOME, "").unwrap();
    assert_eq!(names(&all), [("a.ics".into(), 200), ("b.ics".into(), 200), ("c.ics".into(), 200)]);
    world.put(&format!("{HOME}b.ics"), &[], &event("b", 10));
    world.call("DELETE", &format!("{HOME}a.ics"), &[], "");
    world.put(&format!("{HOME}d.ics"), &[], &event("d", 10));
    world.call("DELETE", &format!("{HOME}d.ics"), &[], "");
    let (some, next) = world.changes(HOME, &token).unwrap();
    assert_eq!(names(&some), [("b.ics".into(), 200), ("a.ics".into(), 404), ("d.ics".into(), 404)]);
    assert_eq!(world.changes(HOME, &next).unwrap(), (Vec::new(), next));
    let refused = world.changes(HOME, "http://no.such/token").unwrap_err();
    assert_eq!(refused.status, 403);
    assert!(text(&refused).contains("<d:valid-sync-token/>"));
    assert!(world.changes(TEAM, &token).is_err(), "a token is one calendar's");
}

#[test]
fn the_ctag_moves_with_the_calendar_and_only_then() {
    let world = World::new();
    let tags = || text(&world.propfind(HOME, "0", "<cs:getctag/><d:sync-token/>"));
    let before = tags();
    world.put(&format!("{TEAM}a.ics"), &[], &event("a", 9));
    assert_eq!(tags(), before);
    world.put(&format!("{HOME}b.ics"), &[], &event("b", 9));
    assert_ne!(tags(), before);
}

#[test]
fn a_window_finds_every_occurrence_of_a_series() {
    let world = World::new();
    let series =
        with("s", 9, "RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=America/New_York:20270324T090000\r\n");
    world.put(&format!("{HOME}s.ics"), &[], &series);
    world.put(&format!("{HOME}a.ics"), &[], &event("a", 9));
    let found = |from, to| {
        names(&world.query(HOME, Some((from, to)))).into_iter().map(|one| one.0).collect::<Vec<_>>()
    };
    assert_eq!(found("20270310T000000Z", "20270311T000000Z"), ["a.ics", "s.ics"]);
    assert_eq!(found("20270331T000000Z", "20270401T000000Z"), ["s.ics"]);
    assert_eq!(found("20270324T000000Z", "20270325T000000Z"), Vec::<String>::new());
    assert_eq!(world.query(HOME, None).len(), 2);
}

#[test]
fn one_uid_is_there_once_in_a_calendar() {
    let world = World::new();
    world.put(&format!("{HOME}a.ics"), &[], &event("a", 9));
    let refused = world.put(&format!("{HOME}b.ics"), &[], &event("a", 9));
    assert_eq!(refused.status, 403);
    assert!(text(&refused).contains("<cal:no-uid-conflict><d:href>/dav/calendars/alice/home/a.ics</d:href>"));
    assert_eq!(world.put(&format!("{TEAM}b.ics"), &[], &event("a", 9)).status, 201);
    assert_eq!(world.put(&format!("{HOME}a.ics"), &[], &event("other", 9)).status, 403);
}

#[test]
fn what_is_no_event_is_refused_with_the_reason() {
    let world = World::new();
    let check = |path: &str, body: &str, element: &str| {
        let reply = world.put(path, &[], body);
        assert_eq!(reply.status, 403, "{body}");
        assert!(text(&reply).contains(element), "{}", text(&reply));
    };
    let path = format!("{HOME}a.ics");
    check(&path, "BEGIN:VCALENDAR\r\n", "valid-calendar-data");
    check(
        &path,
        &event("a", 9).replace("VERSION", "METHOD:REQUEST\r\nVERSION"),
        "valid-calendar-object-resource",
    );
    check(&path, &event("a", 9).replace("VEVENT", "VTODO"), "supported-calendar-component");
    check("/dav/calendars/alice/tasks/a.ics", &event("a", 9), "supported-calendar-component");
    check("/dav/calendars/alice/holidays/a.ics", &event("a", 9), "need-privileges");
    assert_eq!(world.put("/dav/calendars/alice/none/a.ics", &[], &event("a", 9)).status, 409);
}

#[test]
fn calendars_are_made_renamed_and_deleted() {
    let world = World::new();
    let path = "/dav/calendars/alice/new/";
    let set = "<d:displayname xmlns:d='DAV:'>New</d:displayname>";
    let body = |root: &str| {
        format!(
            "<c:{root} xmlns:c='urn:ietf:params:xml:ns:caldav' xmlns:d='DAV:'><d:set><d:prop>{set}</d:prop></d:set></c:{root}>"
        )
    };
    assert_eq!(world.call("MKCALENDAR", path, &[], &body("mkcalendar")).status, 201);
    assert_eq!(world.call("MKCALENDAR", path, &[], &body("mkcalendar")).status, 405);
    let change = "<d:propertyupdate xmlns:d='DAV:'><d:set><d:prop><d:displayname>Newer</d:displayname></d:prop></d:set></d:propertyupdate>";
    assert_eq!(world.call("PROPPATCH", path, &[], change).status, 207);
    assert!(text(&world.propfind(path, "0", "<d:displayname/>")).contains("Newer"));
    let protected = change.replace("displayname", "getetag");
    assert!(text(&world.call("PROPPATCH", path, &[], &protected)).contains("403"));
    world.put(&format!("{path}a.ics"), &[], &event("a", 9));
    let (_, token) = world.changes(path, "").unwrap();
    assert_eq!(world.call("DELETE", path, &[], "").status, 204);
    assert_eq!(world.propfind(path, "0", "<d:displayname/>").status, 404);
    world.call("MKCALENDAR", path, &[], &body("mkcalendar"));
    assert!(world.changes(path, &token).is_err(), "it is another calendar");
}

#[test]
fn objects_move_and_are_copied_between_calendars() {
    let world = World::new();
    let (from, to) = (format!("{HOME}a.ics"), format!("https://dav.test{TEAM}b.ics"));
    let etag = header(&world.put(&from, &[], &event("a", 9)), "etag").unwrap().to_owned();
    assert_eq!(world.call("COPY", &from, &[("destination", &to)], "").status, 201);
    assert_eq!(world.call("MOVE", &from, &[("destination", &to), ("overwrite", "F")], "").status, 412);
    assert_eq!(world.call("MOVE", &from, &[("destination", &to)], "").status, 204);
    assert_eq!(world.call("GET", &from, &[], "").status, 404);
    let there = world.call("GET", &format!("{TEAM}b.ics"), &[], "");
    assert_eq!(header(&there, "etag"), Some(etag.as_str()));
    let within = format!("https://dav.test{TEAM}c.ics");
    assert_eq!(world.call("MOVE", &format!("{TEAM}b.ics"), &[("destination", &within)], "").status, 201);
}

#[test]
fn nobody_without_the_password_gets_in_and_nobody_elsewhere() {
    let world = World::new();
    let reply = world.call_as("alice", "wrong", "PROPFIND", "/dav/", &[("depth", "0")], "");
    assert_eq!(reply.status, 401);
    assert!(header(&reply, "www-authenticate").unwrap().starts_with("Basic "));
    let reply = world.call_as("bob@twin.test", "twin-bob", "PROPFIND", HOME, &[("depth", "1")], "");
    assert_eq!(reply.status, 403);
    world.control("tokens", json!({"do": "change", "user": "alice"}));
    assert_eq!(world.propfind(HOME, "0", "<d:displayname/>").status, 401);
    assert_eq!(world.call_as("alice", "twin-alice-2", "GET", HOME, &[], "").status, 200);
    world.control("tokens", json!({"do": "restore"}));
    assert_eq!(world.propfind(HOME, "0", "<d:displayname/>").status, 207);
}

#[test]
fn endless_lists_are_refused() {
    let world = World::new();
    for depth in [&[][..], &[("depth", "infinity")]] {
        let reply = world.call("PROPFIND", HOME, depth, "");
        assert_eq!(reply.status, 403);
        assert!(text(&reply).contains("propfind-finite-depth"));
    }
}
