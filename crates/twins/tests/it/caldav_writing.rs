//! Servers store objects each in their own way: a switch for each.

use serde_json::{Value, json};

use crate::caldav_world::{HOME, TEAM, World, begun, event, header, members, names, path, text, with};

/// The status of writing again with one header.
fn again(world: &World, name: &str, condition: (&str, &str)) -> u16 {
    world.put(&path(name), &[condition], &event(name, 10)).status.as_u16()
}

#[test]
fn conditions_are_kept_in_each_wrong_way() {
    let check = |quirks: Value, name: &str, condition: (&str, &str), expected: u16| {
        let (world, _) = begun(json!({ "write": quirks }));
        assert_eq!(again(&world, name, condition), expected, "{condition:?}");
    };
    let any = ("if-match", "*");
    let stale = ("if-match", "\"stale\"");
    check(json!({}), "a", any, 204);
    check(json!({}), "b", any, 412);
    check(json!({"ifMatchStar": "reversed"}), "a", any, 412);
    check(json!({"ifMatchStar": "reversed"}), "b", any, 201);
    check(json!({"ifMatchStar": "fails"}), "a", any, 412);
    check(json!({"ifMatchStar": "ignored"}), "a", any, 204);
    check(json!({"ifMatchStar": "ignored"}), "b", any, 201);
    check(json!({"ignoresIfNoneMatch": true}), "a", ("if-none-match", "*"), 204);
    check(json!({"createsOnStaleIfMatch": true}), "b", stale, 201);
    check(json!({"createsOnStaleIfMatch": true}), "a", stale, 412);
    check(json!({"requiresIfMatch": true}), "a", ("x-none", ""), 409);
    check(json!({"requiresIfMatch": true}), "a", stale, 409);
    let (world, _) = begun(json!({"write": {"ignoresIfMatchOnDelete": true, "deleteMissing": 412}}));
    assert_eq!(world.call("DELETE", &path("a"), &[stale], "").status, 204);
    assert_eq!(world.call("DELETE", &path("a"), &[stale], "").status, 412);
}

#[test]
fn etags_are_spelled_in_many_ways_and_all_are_taken_back() {
    for (form, on_put, on_get) in [
        ("bare", "XX", "XX"),
        ("weakOnPut", "W/\"XX\"", "\"XX\""),
        ("encodedOnPut", "%22XX%22", "\"XX\""),
        ("gzip", "\"XX\"", "\"XX-gzip\""),
    ] {
        let world = World::with(json!({"write": {"etagForm": form}}));
        let put = world.put(&path("a"), &[], &event("a", 9));
        let get = world.call("GET", &path("a"), &[], "");
        let (put, get) = (header(&put, "etag").unwrap(), header(&get, "etag").unwrap());
        let plain = get.trim_matches('"').trim_end_matches("-gzip");
        assert_eq!((put, get), (&*on_put.replace("XX", plain), &*on_get.replace("XX", plain)), "{form}");
        assert_eq!(again(&world, "a", ("if-match", put)), 204, "{form}");
    }
    let (world, _) = begun(json!({"write": {"etagForm": "unlisted"}}));
    assert_eq!(world.query(HOME, None)[0].etag, None);
}

#[test]
fn a_put_may_keep_its_etag_to_itself() {
    let etag = |quirks: Value, text: &str| {
        let world = World::with(quirks);
        let put = world.put(&path("a"), &[], text);
        (header(&put, "etag").is_some(), header(&world.call("GET", &path("a"), &[], ""), "etag").is_some())
    };
    let plain = event("a", 9);
    assert_eq!(etag(json!({"write": {"putEtag": "never"}}), &plain), (false, true));
    let careful = json!({"write": {"putEtag": "ifUnchanged"}, "text": {"addClass": true}});
    assert_eq!(etag(careful.clone(), &plain), (false, true));
    assert_eq!(etag(careful, &with("a", 9, "CLASS:PUBLIC\r\n")), (true, true));
    let (world, old) = begun(json!({"write": {"putEtag": "stale"}}));
    let put = world.put(&path("a"), &[], &event("a", 10));
    assert_eq!(header(&put, "etag"), Some(old.as_str()), "that of the text before");
    let some = World::with(json!({"write": {"putEtag": "sometimes"}}));
    let told = |n: u32| header(&some.put(&path("a"), &[], &event("a", n)), "etag").is_some();
    let told = (0..20).filter(|n| told(*n)).count();
    assert!((1..20).contains(&told), "{told} of 20");
}

#[test]
fn a_put_may_be_answered_with_what_is_stored() {
    let world = World::with(json!({"write": {"representation": true}, "text": {"addClass": true}}));
    let reply = world.put(&path("a"), &[("prefer", "return=representation")], &event("a", 9));
    assert_eq!((reply.status.as_u16(), text(&reply).contains("CLASS:PUBLIC")), (200, true));
    assert_eq!(
        world.put(&path("a"), &[("if-match", header(&reply, "etag").unwrap())], &event("a", 10)).status,
        204
    );
}

#[test]
fn the_same_text_has_the_same_etag_or_another() {
    for (of, same) in [("text", true), ("count", false)] {
        let (world, etag) = begun(json!({"write": {"etagOf": of}}));
        let put = world.put(&path("a"), &[], &event("a", 9));
        assert_eq!(header(&put, "etag") == Some(etag.as_str()), same, "{of}");
    }
}

#[test]
fn a_uid_is_unique_in_an_account_or_nowhere() {
    let (account, _) =
        begun(json!({"write": {"uids": "account", "uidFault": "uniqueSchedulingObjectResource"}}));
    let refused = account.put(&format!("{TEAM}a.ics"), &[], &event("a", 9));
    assert_eq!(refused.status, 403);
    assert!(text(&refused).contains("unique-scheduling-object-resource"));
    account.call("DELETE", &path("a"), &[], "");
    assert_eq!(account.put(&format!("{TEAM}a.ics"), &[], &event("a", 9)).status, 201);
    let (free, _) = begun(json!({"write": {"uids": "free", "uidMayChange": true}}));
    assert_eq!(free.put(&path("b"), &[], &event("a", 9)).status, 201);
    assert_eq!(free.put(&path("a"), &[], &event("other", 9)).status, 204);
    let (bin, _) = begun(json!({"write": {"trashStatus": 400}}));
    bin.call("DELETE", &path("a"), &[], "");
    assert_eq!(bin.put(&path("b"), &[], &event("a", 9)).status, 400);
    // Only what is made new is looked for there: a file that came from elsewhere can be changed.
    bin.put(&format!("{TEAM}b.ics"), &[], &event("a", 9));
    let moved = bin.call("MOVE", &format!("{TEAM}b.ics"), &[("destination", &path("b"))], "");
    assert_eq!(moved.status, 201);
    assert_eq!(bin.put(&path("b"), &[], &event("a", 10)).status, 204);
}

#[test]
fn what_a_server_will_not_take_is_refused_in_its_words() {
    let check = |quirks: Value, name: &str, body: &str, expected: (u16, &str)| {
        let world = World::with(json!({ "write": quirks }));
        let reply = world.put(&path(name), &[], body);
        assert_eq!(reply.status, expected.0, "{}", text(&reply));
        assert!(text(&reply).contains(expected.1), "{}", text(&reply));
    };
    let endless = event("a", 9).replace("DTEND;TZID=America/New_York:20270310T100000\r\n", "");
    check(json!({"endRequired": 404}), "a", &endless, (404, ""));
    check(json!({"largest": 100}), "a", &event("a", 9), (403, "max-resource-size"));
    check(
        json!({"dates": ["19010101T000000Z", "20270101T000000Z"]}),
        "a",
        &event("a", 9),
        (403, "max-date-time"),
    );
    check(json!({"most": 0}), "a", &event("a", 9), (507, "quota-not-exceeded"));
    check(json!({"plainNames": true}), "a:b", &event("a", 9), (400, ""));
    check(json!({"refusedProperties": ["RELATED-TO"]}), "a", &with("a", 9, "RELATED-TO:b\r\n"), (400, ""));
    check(json!({"invalidStatus": 415}), "a", "BEGIN:VCALENDAR", (415, "valid-calendar-data"));
    let guests = "ATTENDEE:mailto:a@b\r\nATTENDEE:mailto:c@d\r\n";
    check(json!({"mostAttendees": 1}), "a", &with("a", 9, guests), (403, "max-attendees-per-instance"));
}

#[test]
fn overlapping_writes_are_locked_out_and_bursts_pass() {
    let (world, _) = begun(json!({"load": {"lockMs": 500}}));
    assert_eq!(world.put(&path("b"), &[], &event("b", 9)).status, 423);
    world.wait(1);
    assert_eq!(world.put(&path("b"), &[], &event("b", 9)).status, 201);
    world.control("quirks", json!({"load": {"lockMs": 0, "burstRate": 1.0, "burstLength": 2}}));
    let status = || world.call("GET", &path("a"), &[], "").status.as_u16();
    let first = status();
    world.control("quirks", json!({"load": {"burstRate": 0.0}}));
    assert_eq!((first, status(), status()), (503, 503, 200));
    world.control("quirks", json!({"load": {"perMinute": 1}}));
    assert_eq!((status(), status()), (200, 429));
    world.wait(61);
    assert_eq!(status(), 200);
}

#[test]
fn text_is_told_again_in_other_words() {
    let check = |quirks: Value, lines: &str, expected: &str| {
        let world = World::with(json!({ "text": quirks }));
        world.put(&path("a"), &[], &with("a", 9, lines));
        let told = text(&world.call("GET", &path("a"), &[], ""));
        assert!(told.contains(expected), "{expected:?} in {told}");
    };
    check(json!({"addZones": true}), "", "BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\n");
    check(json!({"addClass": true}), "", "CLASS:PUBLIC");
    check(json!({"splitCategories": true}), "CATEGORIES:A,B\r\n", "CATEGORIES:A\r\nCATEGORIES:B\r\n");
    check(json!({"trimTexts": true}), "LOCATION:  here  \r\n", "LOCATION:here\r\n");
    check(json!({"fold": "narrow"}), &format!("LOCATION:{}\r\n", "x".repeat(70)), "x\r\n x");
    check(json!({"bareLineEnds": true}), "", "UID:a\n");
    check(json!({"drops": ["CLASS"]}), "CLASS:PRIVATE\r\nX-A:1\r\n", "SUMMARY:a 9\r\nX-A:1\r\n");
}

#[test]
fn calendars_can_be_refused_late_or_unnamed() {
    let make = |quirks: Value, method: &str, body: &str| {
        let world = World::with(json!({ "calendars": quirks }));
        let reply = world.call(method, "/dav/calendars/alice/new/", &[], body);
        (reply.status.as_u16(), world)
    };
    assert_eq!(make(json!({"make": "refused"}), "MKCALENDAR", "").0, 403);
    assert_eq!(make(json!({"make": "mkcol"}), "MKCALENDAR", "").0, 405);
    assert_eq!(make(json!({"nameRequired": true}), "MKCALENDAR", "").0, 400);
    assert_eq!(make(json!({"perHour": 0}), "MKCALENDAR", "").0, 429);
    let extended = "<d:mkcol xmlns:d='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav'><d:set><d:prop><d:resourcetype>\
                    <d:collection/><c:calendar/></d:resourcetype></d:prop></d:set></d:mkcol>";
    assert_eq!(make(json!({"make": "mkcol"}), "MKCOL", extended).0, 201);
    let (status, world) = make(json!({"appearsAfterMs": 5000}), "MKCALENDAR", "");
    let listed = || names(&members(&world.propfind("/dav/calendars/alice/", "1", "<d:resourcetype/>"))).len();
    assert_eq!((status, listed()), (201, 5));
    world.wait(6);
    assert_eq!(listed(), 6);
    let (_, world) = make(json!({"remakeFailsMs": 1000}), "MKCALENDAR", "");
    world.call("DELETE", "/dav/calendars/alice/new/", &[], "");
    let again = || world.call("MKCALENDAR", "/dav/calendars/alice/new/", &[], "").status.as_u16();
    assert_eq!(again(), 500);
    world.wait(1);
    assert_eq!(again(), 201);
    let (_, world) = make(json!({"burntNames": true, "deletable": true}), "MKCALENDAR", "");
    world.call("DELETE", "/dav/calendars/alice/new/", &[], "");
    assert_eq!(world.call("MKCALENDAR", "/dav/calendars/alice/new/", &[], "").status, 405);
}
