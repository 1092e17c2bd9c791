//! Servers tell changes and find objects each in their own way: a switch for each.

use serde_json::json;

use crate::caldav_world::{HOME, World, begun, between, event, members, names, path, text, with};

#[test]
fn bad_tokens_are_answered_in_six_ways() {
    for (how, status) in [("forbidden", 403), ("conflict", 409), ("precondition", 412), ("error", 500)] {
        let (world, _) = begun(json!({"sync": {"badToken": how}}));
        let (_, token) = world.changes(HOME, "").unwrap();
        world.control("expire-sync", json!({"calendar": "home"}));
        assert_eq!(world.changes(HOME, &token).unwrap_err().status, status, "{how}");
    }
    let (foreign, _) = begun(json!({"sync": {"badToken": "errorOnForeign"}}));
    let refused = |token: &str| foreign.changes(HOME, token).unwrap_err().status.as_u16();
    assert_eq!((refused("http://never.issued/"), refused(&"0".repeat(40))), (500, 412));
    let (world, _) = begun(json!({"sync": {"badToken": "fullList"}}));
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
    let token = between(&told, "<d:sync-token>", "</d:sync-token>").unwrap().to_owned();
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
        let (world, _) = begun(json!({"sync": {"grain": grain, "token": "number"}}));
        let (_, token) = world.changes(HOME, "").unwrap();
        world.put(&path("b"), &[], &event("b", 9));
        let found: Vec<String> =
            names(&world.changes(HOME, &token).unwrap().0).into_iter().map(|one| one.0).collect();
        assert_eq!(found, expected, "{grain}");
    }
}

#[test]
fn a_ctag_of_seconds_misses_quick_writes() {
    let (world, _) = begun(json!({"sync": {"ctag": "seconds"}}));
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
    let (world, _) = begun(json!({"sync": {"rememberedDays": 60}}));
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
        let (world, _) = begun(json!({ "sync": switch }));
        let (_, token) = world.changes(HOME, "").unwrap();
        world.call("DELETE", &path("a"), &[], "");
        let told: Vec<u16> =
            world.changes(HOME, &token).unwrap().0.iter().map(|member| member.status).collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn a_collection_lists_itself_and_an_idle_token_goes_back_to_the_beginning() {
    let (world, _) = begun(json!({"sync": {"listsItself": true, "zeroTokenWhenIdle": true}}));
    let (all, token) = world.changes(HOME, "").unwrap();
    assert_eq!(names(&all)[0], ("home".to_owned(), 404), "it has no ETag");
    let (_, idle) = world.changes(HOME, &token).unwrap();
    assert_ne!(idle, token);
    assert_eq!(world.changes(HOME, &idle).unwrap().0.len(), 2, "everything once more");
}

#[test]
fn the_property_may_spell_the_token_otherwise_and_both_are_good() {
    let (world, _) = begun(json!({"sync": {"otherPropertyToken": true, "token": "digest"}}));
    let (_, token) = world.changes(HOME, "").unwrap();
    let told = text(&world.propfind(HOME, "0", "<d:sync-token/>"));
    let other = between(&told, "<d:sync-token>", "</d:sync-token>").unwrap();
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
fn what_lived_only_between_two_looks_may_stay_untold() {
    for (forgets, told) in [(false, 2), (true, 1)] {
        let (world, _) = begun(json!({"sync": {"forgetsShortLives": forgets}}));
        let (_, token) = world.changes(HOME, "").unwrap();
        world.put(&path("b"), &[], &event("b", 9));
        for name in ["a", "b"] {
            world.call("DELETE", &path(name), &[], "");
        }
        assert_eq!(world.changes(HOME, &token).unwrap().0.len(), told);
    }
}

#[test]
fn what_is_not_there_may_be_told_with_207() {
    let (world, _) = begun(json!({}));
    assert_eq!(world.propfind(&path("none"), "0", "<d:getetag/>").status, 404);
    world.control("quirks", json!({"wire": {"missingAs207": true}}));
    assert_eq!(
        names(&members(&world.propfind(&path("none"), "0", "<d:getetag/>"))),
        [("none.ics".into(), 404)]
    );
}

#[test]
fn sync_collection_can_be_missing() {
    let (world, _) = begun(json!({"sync": {"supported": false}}));
    let refused = world.changes(HOME, "").unwrap_err();
    assert!(text(&refused).contains("<d:supported-report/>"));
    let told = text(&world.propfind(HOME, "0", "<d:sync-token/><d:supported-report-set/>"));
    assert!(told.contains("404") && !told.contains("sync-collection"), "{told}");
}

#[test]
fn what_is_missing_is_told_left_out_or_fails_all_of_it() {
    let (world, _) = begun(json!({}));
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
    let (world, _) = begun(json!({}));
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
