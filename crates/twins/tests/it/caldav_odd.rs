//! Servers differ: each switch makes the twin as difficult as somebody once found a server.

use concord_twins::caldav::PRESETS;
use http::Method;
use serde_json::{Value, json};

use crate::caldav_world::{HOME, TEAM, World, event, header, members, names, text, with};

/// A world with that switch, and one event in it.
fn world(quirks: Value) -> (World, String) {
    let world = World::with(quirks);
    let reply = world.put(&path("a"), &[], &event("a", 9));
    assert!(reply.status.is_success(), "{}", text(&reply));
    let etag = header(&world.call("GET", &path("a"), &[], ""), "etag").unwrap_or_default().to_owned();
    (world, etag)
}

fn path(name: &str) -> String {
    format!("{HOME}{name}.ics")
}

/// The status of writing again with one header.
fn again(world: &World, name: &str, condition: (&str, &str)) -> u16 {
    world.put(&path(name), &[condition], &event(name, 10)).status.as_u16()
}

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
fn bad_tokens_are_answered_in_six_ways() {
    for (how, status) in [("forbidden", 403), ("conflict", 409), ("precondition", 412), ("error", 500)] {
        let (world, _) = world(json!({"sync": {"badToken": how}}));
        let (_, token) = world.changes(HOME, "").unwrap();
        world.control("expire-sync", json!({"calendar": "home"}));
        assert_eq!(world.changes(HOME, &token).unwrap_err().status, status, "{how}");
    }
    let (foreign, _) = world(json!({"sync": {"badToken": "errorOnForeign"}}));
    let refused = |token: &str| foreign.changes(HOME, token).unwrap_err().status.as_u16();
    assert_eq!((refused("http://never.issued/"), refused(&"0".repeat(40))), (500, 412));
    let (world, _) = world(json!({"sync": {"badToken": "fullList"}}));
    let (all, token) = world.changes(HOME, "").unwrap();
    world.control("expire-sync", json!({}));
    assert_eq!(world.changes(HOME, &token).unwrap().0, all);
}

#[test]
fn pages_end_with_507_and_nothing_is_told_twice_or_lost() {
    let world = World::with(json!({"sync": {"page": 3}}));
    for n in 0..8 {
        world.put(&path(&format!("e{n}")), &[], &event(&format!("e{n}"), 9));
    }
    let (mut token, mut all, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let (page, next) = world.changes(HOME, &token).unwrap();
        let cut = page.iter().any(|member| member.status == 507);
        all.extend(names(&page).into_iter().filter(|(_, status)| *status != 507).map(|(name, _)| name));
        (token, pages) = (next, pages + 1);
        if !cut {
            break;
        }
    }
    assert_eq!((pages, all), (3, (0..8).map(|n| format!("e{n}.ics")).collect()));
}

/// Three objects behind a limit of two: what a client finds on the first pass and the next.
fn limited(how: &str, token: &str, world: &World) -> (Vec<(String, u16)>, String) {
    world.control("quirks", json!({"sync": {"limit": how}}));
    let body = format!(
        "<d:sync-collection xmlns:d='DAV:'><d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level>\
         <d:limit><d:nresults>2</d:nresults></d:limit><d:prop><d:getetag/></d:prop></d:sync-collection>"
    );
    let reply = world.call("REPORT", HOME, &[("depth", "0")], &body);
    let told = text(&reply);
    let token = crate::caldav_world::between(&told, "<d:sync-token>", "</d:sync-token>").unwrap().to_owned();
    (names(&members(&reply)), token)
}

#[test]
fn a_limit_is_ignored_obeyed_or_loses_the_rest() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.put(&path(name), &[], &event(name, 9));
    }
    assert_eq!(limited("ignored", "", &world).0.len(), 3);
    let (page, token) = limited("obeyed", "", &world);
    assert_eq!(page.last(), Some(&("home".to_owned(), 507)));
    assert_eq!(limited("obeyed", &token, &world).0, [("c.ics".to_owned(), 200)]);
    assert_eq!(limited("obeyedLater", "", &world).0.len(), 3);
    let (page, token) = limited("lossy", "", &world);
    assert_eq!(page.len(), 2);
    assert_eq!(limited("lossy", &token, &world).0, []);
    let (page, token) = limited("lossyLater", "", &world);
    assert_eq!(page.len(), 3, "the first pass is paged");
    for name in ["d", "e", "f"] {
        world.put(&path(name), &[], &event(name, 9));
    }
    let (page, token) = limited("lossyLater", &token, &world);
    assert_eq!(page.len(), 2);
    assert_eq!(limited("lossyLater", &token, &world).0, []);
}

#[test]
fn seconds_repeat_or_lose_what_happens_within_them() {
    for (grain, expected) in [("secondsRepeat", vec!["a.ics", "b.ics"]), ("secondsLose", vec![])] {
        let (world, _) = world(json!({"sync": {"grain": grain, "token": "number"}}));
        let (_, token) = world.changes(HOME, "").unwrap();
        world.put(&path("b"), &[], &event("b", 9));
        let found: Vec<String> =
            names(&world.changes(HOME, &token).unwrap().0).into_iter().map(|one| one.0).collect();
        assert_eq!(found, expected, "{grain}");
    }
}

#[test]
fn a_ctag_of_seconds_misses_quick_writes() {
    let (world, _) = world(json!({"sync": {"ctag": "seconds"}}));
    let tag = || text(&world.propfind(HOME, "0", "<cs:getctag/>"));
    let before = tag();
    world.put(&path("b"), &[], &event("b", 9));
    assert_eq!(tag(), before);
    world.wait(1);
    world.put(&path("c"), &[], &event("c", 9));
    assert_ne!(tag(), before);
}

#[test]
fn a_pruned_log_is_admitted_or_passed_over_in_silence() {
    let (world, _) = world(json!({"sync": {"rememberedDays": 60}}));
    let (_, token) = world.changes(HOME, "").unwrap();
    world.put(&path("b"), &[], &event("b", 9));
    world.wait(61 * 86_400);
    world.put(&path("c"), &[], &event("c", 9));
    assert_eq!(world.changes(HOME, &token).unwrap_err().status, 403);
    world.control("quirks", json!({"sync": {"silentGaps": true}}));
    assert_eq!(names(&world.changes(HOME, &token).unwrap().0), [("c.ics".to_owned(), 200)]);
}

#[test]
fn what_is_gone_has_another_status_or_is_not_told() {
    for (switch, expected) in
        [(json!({"deletedStatus": 418}), vec![418]), (json!({"noDeletions": true}), vec![])]
    {
        let (world, _) = world(json!({ "sync": switch }));
        let (_, token) = world.changes(HOME, "").unwrap();
        world.call("DELETE", &path("a"), &[], "");
        let told: Vec<u16> =
            world.changes(HOME, &token).unwrap().0.iter().map(|member| member.status).collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn a_collection_lists_itself_and_an_idle_token_goes_back_to_the_beginning() {
    let (world, _) = world(json!({"sync": {"listsItself": true, "zeroTokenWhenIdle": true}}));
    let (all, token) = world.changes(HOME, "").unwrap();
    assert_eq!(names(&all)[0], ("home".to_owned(), 404), "it has no ETag");
    let (_, idle) = world.changes(HOME, &token).unwrap();
    assert_ne!(idle, token);
    assert_eq!(world.changes(HOME, &idle).unwrap().0.len(), 2, "everything once more");
}

#[test]
fn the_property_may_spell_the_token_otherwise_and_both_are_good() {
    let (world, _) = world(json!({"sync": {"otherPropertyToken": true, "token": "digest"}}));
    let (_, token) = world.changes(HOME, "").unwrap();
    let told = text(&world.propfind(HOME, "0", "<d:sync-token/>"));
    let other = crate::caldav_world::between(&told, "<d:sync-token>", "</d:sync-token>").unwrap();
    assert_ne!(other, token);
    assert_eq!(world.changes(HOME, other).unwrap().0, []);
}

#[test]
fn lists_lag_behind_and_direct_reads_do_not() {
    let world = World::with(json!({"sync": {"visibilityDelayMs": 5000}}));
    world.put(&path("a"), &[], &event("a", 9));
    assert_eq!(world.call("GET", &path("a"), &[], "").status, 200);
    assert_eq!(members(&world.multiget(HOME, &[&path("a")]))[0].status, 200);
    let (none, token) = world.changes(HOME, "").unwrap();
    assert_eq!((none, world.query(HOME, None)), (Vec::new(), Vec::new()));
    assert_eq!(members(&world.propfind(HOME, "1", "<d:getetag/>")).len(), 1);
    world.wait(6);
    assert_eq!(world.changes(HOME, &token).unwrap().0.len(), 1);
}

#[test]
fn sync_collection_can_be_missing() {
    let (world, _) = world(json!({"sync": {"supported": false}}));
    let refused = world.changes(HOME, "").unwrap_err();
    assert!(text(&refused).contains("<d:supported-report/>"));
    let told = text(&world.propfind(HOME, "0", "<d:sync-token/><d:supported-report-set/>"));
    assert!(told.contains("404") && !told.contains("sync-collection"), "{told}");
}

#[test]
fn conditions_are_kept_in_each_wrong_way() {
    let check = |quirks: Value, name: &str, condition: (&str, &str), expected: u16| {
        let (world, _) = world(json!({ "write": quirks }));
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
    let (world, _) = world(json!({"write": {"ignoresIfMatchOnDelete": true, "deleteMissing": 412}}));
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
    let (world, _) = world(json!({"write": {"etagForm": "unlisted"}}));
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
    let (world, old) = world(json!({"write": {"putEtag": "stale"}}));
    let put = world.put(&path("a"), &[], &event("a", 10));
    assert_eq!(header(&put, "etag"), Some(old.as_str()), "that of the text before");
    let some = World::with(json!({"write": {"putEtag": "sometimes"}}));
    let told = |n: u32| header(&some.put(&path("a"), &[], &event("a", n)), "etag").is_some();
    let told = (0..20).filter(|n| told(*n)).count();
    assert!((1..20).contains(&told), "{told} of 20");
}

#[test]
fn the_same_text_has_the_same_etag_or_another() {
    for (of, same) in [("text", true), ("count", false)] {
        let (world, etag) = world(json!({"write": {"etagOf": of}}));
        let put = world.put(&path("a"), &[], &event("a", 9));
        assert_eq!(header(&put, "etag") == Some(etag.as_str()), same, "{of}");
    }
}

#[test]
fn a_uid_is_unique_in_an_account_or_nowhere() {
    let (account, _) =
        world(json!({"write": {"uids": "account", "uidFault": "uniqueSchedulingObjectResource"}}));
    let refused = account.put(&format!("{TEAM}a.ics"), &[], &event("a", 9));
    assert_eq!(refused.status, 403);
    assert!(text(&refused).contains("unique-scheduling-object-resource"));
    account.call("DELETE", &path("a"), &[], "");
    assert_eq!(account.put(&format!("{TEAM}a.ics"), &[], &event("a", 9)).status, 201);
    let (free, _) = world(json!({"write": {"uids": "free", "uidMayChange": true}}));
    assert_eq!(free.put(&path("b"), &[], &event("a", 9)).status, 201);
    assert_eq!(free.put(&path("a"), &[], &event("other", 9)).status, 204);
    let (bin, _) = world(json!({"write": {"trashStatus": 400}}));
    bin.call("DELETE", &path("a"), &[], "");
    assert_eq!(bin.put(&path("b"), &[], &event("a", 9)).status, 400);
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
    let (world, _) = world(json!({"load": {"lockMs": 500}}));
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
fn what_is_missing_is_told_left_out_or_fails_all_of_it() {
    let (world, _) = world(json!({}));
    let hrefs = [path("a"), path("none")];
    let hrefs: Vec<&str> = hrefs.iter().map(String::as_str).collect();
    let get = |how: &str| {
        world.control("quirks", json!({"query": {"missing": how}}));
        world.multiget(HOME, &hrefs)
    };
    assert_eq!(names(&members(&get("notFound"))), [("a.ics".into(), 200), ("none.ics".into(), 404)]);
    assert_eq!(names(&members(&get("omitted"))), [("a.ics".into(), 200)]);
    assert_eq!(get("wholeFails").status, 404);
    world.control("quirks", json!({"query": {"answered": 1, "missing": "notFound", "delayMs": 30_000}}));
    let late = world.multiget(HOME, &hrefs);
    assert_eq!((members(&late).len(), late.delay), (1, Some(std::time::Duration::from_secs(30))));
}

#[test]
fn queries_find_less_than_they_should() {
    let (world, _) = world(json!({}));
    world.put(&path("s"), &[], &with("s", 9, "RRULE:FREQ=WEEKLY;COUNT=4\r\n"));
    let later = || world.query(HOME, Some(("20270317T000000Z", "20270318T000000Z"))).len();
    assert_eq!(later(), 1);
    world.control("quirks", json!({"query": {"timeRange": "firstOnly"}}));
    assert_eq!(later(), 0);
    world.control("quirks", json!({"query": {"timeRange": "ignored"}}));
    assert_eq!(later(), 2);
    let bare = "<c:calendar-query xmlns:c='urn:ietf:params:xml:ns:caldav'><c:filter><c:comp-filter name='VCALENDAR'/></c:filter></c:calendar-query>";
    let found = |depth: &str| members(&world.call("REPORT", HOME, &[("depth", depth)], bare)).len();
    assert_eq!(found("1"), 2);
    world.control("quirks", json!({"query": {"strictDepth": true}}));
    assert_eq!((found("1"), found("0")), (2, 0));
    world.control("quirks", json!({"query": {"needsComponent": true}}));
    assert_eq!(found("1"), 0);
}

/// How many members a filter inside of VEVENT or VTODO finds in a collection.
fn filtered(world: &World, path: &str, component: &str, inner: &str) -> Result<usize, u16> {
    let body = format!(
        "<c:calendar-query xmlns:c='urn:ietf:params:xml:ns:caldav'><c:filter><c:comp-filter name='VCALENDAR'>\
         <c:comp-filter name='{component}'>{inner}</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    );
    let reply = world.call("REPORT", path, &[("depth", "1")], &body);
    if reply.status == 207 { Ok(members(&reply).len()) } else { Err(reply.status.as_u16()) }
}

#[test]
fn alarms_are_found_where_they_ring_or_missed_or_refused() {
    let alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-P1D\r\nEND:VALARM\r\n";
    let world = World::new();
    world.put(&path("a"), &[], &with("a", 9, &format!("RRULE:FREQ=WEEKLY;COUNT=3\r\n{alarm}")));
    let ring = |from: &str, to: &str| {
        let inner =
            format!("<c:comp-filter name='VALARM'><c:time-range start='{from}' end='{to}'/></c:comp-filter>");
        filtered(&world, HOME, "VEVENT", &inner)
    };
    assert_eq!(ring("20270316T000000Z", "20270317T000000Z"), Ok(1));
    assert_eq!(ring("20270317T000000Z", "20270318T000000Z"), Ok(0));
    for (how, expected) in [("missed", Ok(0)), ("refused", Err(403))] {
        world.control("quirks", json!({"query": {"alarms": how}}));
        assert_eq!(ring("20270316T000000Z", "20270317T000000Z"), expected, "{how}");
    }
}

#[test]
fn tasks_are_found_by_what_they_say_of_time() {
    let world = World::new();
    let task = |name: &str, lines: &str| {
        let text =
            format!("BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:{name}\r\n{lines}END:VTODO\r\nEND:VCALENDAR\r\n");
        assert_eq!(world.put(&format!("/dav/calendars/alice/tasks/{name}.ics"), &[], &text).status, 201);
    };
    task("due", "DUE:20270310T120000Z\r\n");
    task("lasting", "DTSTART:20270309T120000Z\r\nDURATION:P2D\r\n");
    task("series", "DTSTART:20270203T120000Z\r\nDUE:20270203T130000Z\r\nRRULE:FREQ=WEEKLY\r\n");
    task("early", "DUE:20270301T120000Z\r\n");
    let range = "<c:time-range start='20270310T000000Z' end='20270311T000000Z'/>";
    let found = || filtered(&world, "/dav/calendars/alice/tasks/", "VTODO", range).unwrap();
    assert_eq!(found(), 3);
    for (switch, expected) in [("taskSeries", 2), ("tasksWithoutStart", 1), ("tasks", 0)] {
        world.control("quirks", json!({"query": {switch: false}}));
        assert_eq!(found(), expected, "{switch}");
    }
}

#[test]
fn series_are_expanded_followed_for_a_while_or_refused_for_one_lone_exception() {
    let world = World::new();
    world.put(&path("s"), &[], &with("s", 9, "RRULE:FREQ=WEEKLY\r\n"));
    let body = "<c:calendar-query xmlns:c='urn:ietf:params:xml:ns:caldav' xmlns:d='DAV:'><d:prop><c:calendar-data>\
                <c:expand start='20270315T000000Z' end='20270331T000000Z'/></c:calendar-data></d:prop><c:filter>\
                <c:comp-filter name='VCALENDAR'><c:comp-filter name='VEVENT'/></c:comp-filter></c:filter></c:calendar-query>";
    let expand = |how: &str| {
        world.control("quirks", json!({"query": {"expand": how}}));
        let reply = world.call("REPORT", HOME, &[("depth", "1")], body);
        (reply.status.as_u16(), text(&reply).matches("RECURRENCE-ID:").count())
    };
    assert_eq!((expand("done"), expand("ignored"), expand("refused")), ((207, 2), (207, 0), (400, 0)));
    assert_eq!(expand("failsOnExceptions"), (207, 2));
    world.put(&path("x"), &[], &with("x", 9, "RECURRENCE-ID:20270310T140000Z\r\n"));
    assert_eq!(expand("failsOnExceptions").0, 400);
    let later = || world.query(HOME, Some(("20400101T000000Z", "20400201T000000Z"))).len();
    assert_eq!(later(), 1);
    world.control("quirks", json!({"query": {"followedUntil": "20380101T000000Z"}}));
    assert_eq!(later(), 0);
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
    let (world, _) = world(json!({"wire": {"emptyPropstat": true, "emptyStatus": true}}));
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
    let (_, world) = make(json!({"burntNames": true, "deletable": true}), "MKCALENDAR", "");
    world.call("DELETE", "/dav/calendars/alice/new/", &[], "");
    assert_eq!(world.call("MKCALENDAR", "/dav/calendars/alice/new/", &[], "").status, 405);
}

#[test]
fn others_see_of_what_is_private_only_when_somebody_is_busy() {
    let (world, _) = world(json!({}));
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
