//! What a single switch of the twin changes. The contract holds all the same, and what a server does not take is refused in
//! words; nothing is lost, doubled or left unsaid for it.

use concord_model::observed::{Item, Reading, State};
use concord_model::{ExternalId, View};
use concord_providers::Answer;
use concord_providers::provider::{Mail, Next, Provider, Write, Written};
use concord_twins::message::Call;
use data_encoding::BASE64;
use http::Method;
use serde_json::{Value, json};

use super::twin::{PASSWORD, World};
use crate::contract::{self, World as _, at, change, coaching, create, listing, make, theirs, update, write};

const CALENDAR: &str = "/dav/calendars/alice/home/";
const TASKS: &str = "/dav/calendars/alice/tasks/";
const XML: (&str, &str) = ("content-type", "application/xml");
const ZERO: (&str, &str) = ("depth", "0");
const ONE: (&str, &str) = ("depth", "1");

/// What another program is answered.
fn asked(world: &World, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let pair = BASE64.encode(format!("alice:{PASSWORD}").as_bytes());
    let mut call = Call::new(method, path, body.to_owned())
        .with("host", "caldav.twin.test")
        .with("authorization", &format!("Basic {pair}"));
    for (name, value) in headers {
        call = call.with(name, value);
    }
    let reply = world.twin.answer(call);
    format!("{} {:?}\n{}", reply.status, reply.headers, String::from_utf8_lossy(&reply.body))
}

/// A document in which `d` and `c` are the two namespaces.
fn xml(root: &str, inner: &str) -> String {
    format!(r#"<{root} xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{inner}</{root}>"#)
}

fn stores(world: &World, name: &str, file: &str) -> String {
    asked(world, "PUT", &format!("{CALENDAR}{name}"), &[("content-type", "text/calendar")], file)
}

fn makes_calendar(world: &World, name: &str, more: &str) -> String {
    let set = format!("<d:set><d:prop><d:displayname>{name}</d:displayname>{more}</d:prop></d:set>");
    asked(world, "MKCALENDAR", "/dav/calendars/alice/new/", &[XML], &xml("c:mkcalendar", &set))
}

fn entry(kind: &str, uid: &str, lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Another//Program//EN\r\nBEGIN:{kind}\r\nUID:{uid}\r\n\
         DTSTAMP:20261119T100000Z\r\n{lines}END:{kind}\r\nEND:VCALENDAR\r\n"
    )
}

fn event(uid: &str) -> String {
    entry("VEVENT", uid, "DTSTART:20261124T090000Z\r\nDTEND:20261124T100000Z\r\nSUMMARY:Theirs\r\n")
}

fn task(uid: &str) -> String {
    entry("VTODO", uid, "DTSTART:20261124T090000Z\r\nSUMMARY:Buy milk\r\nRRULE:FREQ=DAILY;COUNT=3\r\n")
}

/// A query for what passes this filter within VCALENDAR, with its data in such a form.
fn query(world: &World, path: &str, filter: &str, data: &str) -> String {
    let inner = format!(
        r#"<d:prop><d:getetag/><c:calendar-data>{data}</c:calendar-data></d:prop><c:filter><c:comp-filter name="VCALENDAR">{filter}</c:comp-filter></c:filter>"#
    );
    asked(world, "REPORT", path, &[XML, ONE], &xml("c:calendar-query", &inner))
}

const WEEK: &str = r#"start="20261120T000000Z" end="20261127T000000Z""#;

/// Whether a switch makes any difference to a program that asks so.
async fn differs(quirks: &Value, probe: fn(&World) -> String) {
    let (plain, other) = (World::plain().await, World::like("plain", quirks.clone()).await);
    assert_ne!(probe(&plain), probe(&other), "nothing is another with {quirks}");
}

/// The heart of the contract, on a server with that switch.
async fn keeps_the_contract(quirks: &Value) {
    let world = || World::like("plain", quirks.clone());
    contract::what_is_made_is_read_as_it_was_meant(&world().await).await;
    contract::making_it_twice_makes_one(&world().await).await;
    contract::a_change_touches_only_its_fields(&world().await).await;
    contract::a_change_on_an_old_version_is_refused(&world().await).await;
    contract::what_is_deleted_is_gone_and_stays_so(&world().await).await;
    contract::a_quiet_calendar_is_one_call_and_no_news(&world().await).await;
    // Of a server that does not say which reports there are, all is listed when its tag is another.
    if quirks["discovery"]["terse"] != json!(true) {
        contract::a_listing_tells_all_and_then_only_news(&world().await).await;
        contract::our_own_writes_come_back_as_they_were_told(&world().await).await;
    }
    contract::many_writes_go_together_and_each_has_its_own_fate(&world().await).await;
    contract::events_are_found_by_their_name(&world().await).await;
    contract::a_key_that_ended_says_so(&world().await).await;
    contract::nobody_is_told_by_mail(&world().await).await;
}

/// Each switch with a call that shows it, and the contract under it.
macro_rules! all_the_same {
    ($($name:ident: $quirks:tt, $probe:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let quirks = json!($quirks);
            differs(&quirks, $probe).await;
            keeps_the_contract(&quirks).await;
        }
    )*};
}

all_the_same! {
    data_beside_the_changes_is_not_counted_on: {"sync": {"givesData": false}}, |world| {
        stores(world, "a.ics", &event("a"));
        let inner = "<d:sync-token/><d:sync-level>1</d:sync-level><d:prop><c:calendar-data/></d:prop>";
        asked(world, "REPORT", CALENDAR, &[XML, ZERO], &xml("d:sync-collection", inner))
    };
    series_of_tasks_are_left_alone: {"query": {"expandsTasks": false}}, |world| {
        asked(world, "PUT", &format!("{TASKS}a.ics"), &[("content-type", "text/calendar")], &task("a"));
        query(world, TASKS, r#"<c:comp-filter name="VTODO"/>"#, &format!("<c:expand {WEEK}/>"))
    };
    no_range_of_a_whole_file_is_asked_for: {"query": {"noCalendarRange": true}}, |world| {
        query(world, CALENDAR, &format!("<c:time-range {WEEK}/>"), "")
    };
    a_filter_that_is_ignored_is_not_relied_on: {"query": {"ignoresFilter": true}}, |world| {
        stores(world, "a.ics", &event("a"));
        query(world, CALENDAR, r#"<c:comp-filter name="VTODO"/>"#, "")
    };
    a_search_that_is_ignored_is_not_relied_on: {"query": {"ignoresText": true}}, |world| {
        stores(world, "a.ics", &event("a"));
        let named = r#"<c:prop-filter name="UID"><c:text-match>nobody</c:text-match></c:prop-filter>"#;
        query(world, CALENDAR, &format!(r#"<c:comp-filter name="VEVENT">{named}</c:comp-filter>"#), "")
    };
    a_component_that_no_event_is_may_be_refused: {
        "write": {"refusedComponents": ["VTODO"]}, "calendars": {"takesAnyComponent": false}
    }, |world| {
        asked(world, "PUT", &format!("{TASKS}a.ics"), &[("content-type", "text/calendar")], &task("a"))
    };
    a_method_may_be_stored: {"write": {"allowsMethod": true}}, |world| {
        stores(world, "a.ics", &event("a").replace("BEGIN:VEVENT", "METHOD:PUBLISH\r\nBEGIN:VEVENT"))
    };
    every_file_says_what_it_is: {"write": {"typeRequired": true}}, |world| {
        asked(world, "PUT", &format!("{CALENDAR}a.ics"), &[("content-type", "text/plain")], &event("a"))
    };
    every_question_says_what_it_is: {"wire": {"contentTypeRequired": true}}, |world| {
        asked(world, "PROPFIND", CALENDAR, &[ZERO], &xml("d:propfind", "<d:prop><d:getetag/></d:prop>"))
    };
    tags_of_scheduling_are_left_alone: {"people": {"scheduleTags": true}}, |world| {
        stores(world, "a.ics", &event("a"))
    };
    an_organisers_file_may_come_back_without_a_version: {"people": {"organizerWithoutEtag": true}}, |world| {
        let lines = "ORGANIZER:mailto:alice@twin.test\r\nATTENDEE:mailto:jo@elsewhere.test\r\nEND:VEVENT";
        stores(world, "a.ics", &event("a").replace("END:VEVENT", lines))
    };
    a_principal_is_not_asked_for_what_lies_in_it: {"discovery": {"noPrincipalDepthOne": true}}, |world| {
        asked(world, "PROPFIND", "/dav/principals/alice/", &[XML, ONE], &xml("d:propfind", "<d:allprop/>"))
    };
    nobody_is_searched_for: {"discovery": {"principalSearch": false}}, |world| {
        let inner = "<d:property-search><d:prop><d:displayname/></d:prop><d:match>bob</d:match></d:property-search><d:prop><d:displayname/></d:prop>";
        asked(world, "REPORT", "/dav/", &[XML, ZERO], &xml("d:principal-property-search", inner))
    };
    what_is_wanted_is_asked_for_by_name: {"discovery": {"bareAllprop": true}}, |world| {
        asked(world, "PROPFIND", CALENDAR, &[XML, ZERO], &xml("d:propfind", "<d:allprop/>"))
    };
    a_server_may_tell_little_of_its_calendars: {"discovery": {"terse": true}}, |world| {
        let inner = "<d:prop><c:supported-calendar-component-set/><d:current-user-privilege-set/></d:prop>";
        asked(world, "PROPFIND", CALENDAR, &[XML, ZERO], &xml("d:propfind", inner))
    };
    what_is_not_there_may_be_answered_with_a_page: {"wire": {"htmlErrors": true}}, |world| {
        asked(world, "GET", &format!("{CALENDAR}nothing.ics"), &[], "")
    };
    a_task_may_lie_among_the_events: {"calendars": {"takesAnyComponent": true}}, |world| {
        stores(world, "a.ics", &task("a"))
    };
}

#[tokio::test]
async fn a_task_that_a_listing_names_is_no_event() {
    let world = World::like(
        "plain",
        json!({ "query": { "ignoresFilter": true }, "calendars": { "takesAnyComponent": true } }),
    )
    .await;
    world.person_creates("Theirs", &at("2026-11-24T10:00:00", "2026-11-24T11:00:00"));
    assert!(stores(&world, "task.ics", &task("the-task")).starts_with("201"));
    let page = world.page(None).await.unwrap();
    let ids: Vec<ExternalId> = page.items.iter().map(|item| item.id.clone()).collect();
    assert!(ids.contains(&ExternalId::from("task.ics")), "the twin was to name it: {ids:?}");
    assert!(page.items.iter().all(|item| item.state == State::Unread));
    let read = world.caldav.read(&world.access(), &world.calendar(), &ids).await;
    let events = read.iter().filter(|read| matches!(read, Ok(Reading::Present(_)))).count();
    assert_eq!(
        (events, read.iter().filter(|read| **read == Ok(Reading::Missing)).count()),
        (1, 1),
        "{read:?}"
    );
    let uids = ["the-task".to_owned()];
    let found = world.caldav.find(&world.access(), &world.calendar(), &uids).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn a_name_that_is_taken_is_changed_whatever_the_status_of_the_refusal() {
    for status in [403, 409, 412] {
        let quirks = json!({ "write": { "uids": "account", "uidStatus": status } });
        let world = World::like("plain", quirks).await;
        make(&world, 1, coaching("Here")).await;
        let Write::Create { uid, mark, view, fields, was, .. } = create(&world, 1, coaching("There")) else {
            unreachable!("it is a create")
        };
        let id = ExternalId::from("0f2b6a2e-77a4-4e4d-9a53-0d6c3c0c7f11.ics");
        let twice = [Write::Create { id, uid: uid.clone(), mark, view, fields, was }];
        let mut refused = stores(&world, "b.ics", &event(&uid));
        refused.truncate(3);
        assert_eq!(refused, status.to_string(), "the twin was to refuse it");
        let (access, other) = (world.access(), world.other_calendar());
        let written = world.caldav.write(&access, &other, &twice, Mail::Nobody).await.remove(0);
        let Ok(Written::There(items)) = &written else { panic!("{status}: {written:?}") };
        assert_ne!(items[0].uid, Some(uid), "{status}");
        assert_eq!(world.titles(), ["Here"], "{status}");
        assert_eq!(world.twin.events("alice/team").len(), 1, "{status}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_refused_alone_whatever_the_status() {
    for status in [403, 413, 507] {
        let world =
            World::like("plain", json!({ "write": { "largest": 3000, "largestStatus": status } })).await;
        let large = View { description: "word ".repeat(1000), ..coaching("Large") };
        let writes = [create(&world, 1, large.clone()), create(&world, 2, coaching("Small"))];
        let written = world.caldav.write(&world.access(), &world.calendar(), &writes, Mail::Nobody).await;
        let why = "the event is larger than this server takes".to_owned();
        assert_eq!(written[0], Err(Answer::Rejected { why: why.clone(), read_only: false }), "{status}");
        assert!(written[1].is_ok(), "{status}: {:?}", written[1]);
        let id =
            world.caldav.id_for(contract::mark(2).event, contract::mark(2).link, Default::default(), None);
        let known = theirs(&world, &id).await;
        let answer = write(&world, update(&world, &id, &known, large)).await;
        assert_eq!(answer, Err(Answer::Rejected { why, read_only: false }), "{status}");
        assert_eq!(world.titles(), ["Small"], "{status}");
    }
}

#[tokio::test]
async fn a_calendar_that_takes_no_events_says_so_and_is_still_there() {
    let world = World::like("plain", json!({ "write": { "refusedComponents": ["VEVENT"] } })).await;
    let answer = write(&world, create(&world, 1, coaching("Coaching"))).await;
    let why = "this calendar takes no events of this kind".to_owned();
    assert_eq!(answer, Err(Answer::Rejected { why, read_only: false }));
    assert_eq!(listing(&world, None).await.0, []);
}

#[tokio::test]
async fn a_file_with_a_method_is_changed_also_where_none_may_be_stored() {
    for allowed in [true, false] {
        let world = World::like("plain", json!({ "write": { "allowsMethod": allowed } })).await;
        let file = event("invited").replace("BEGIN:VEVENT", "METHOD:PUBLISH\r\nBEGIN:VEVENT");
        let id = world.person_stores("invited", &file);
        let known = theirs(&world, &id).await;
        let after = View { title: "Ours".to_owned(), ..known.view.clone() };
        change(&world, &id, &known, after).await;
        assert_eq!(world.titles(), ["Ours"], "allowed: {allowed}");
    }
}

#[tokio::test]
async fn a_write_into_a_calendar_that_is_gone_says_that_it_is_gone() {
    for status in [403, 404, 405, 409] {
        let world = World::like("plain", json!({ "write": { "noParent": status } })).await;
        world.control("POST", "calendar", json!({ "do": "delete", "id": "home" }));
        assert!(stores(&world, "a.ics", &event("a")).starts_with(&status.to_string()));
        let answer = write(&world, create(&world, 1, coaching("Coaching"))).await;
        assert_eq!(answer, Err(Answer::CalendarGone), "{status}");
    }
}

#[tokio::test]
async fn a_calendar_is_made_once_whatever_a_server_says_of_the_second() {
    for status in [403, 405, 409] {
        let world = World::like("plain", json!({ "calendars": { "existing": status } })).await;
        makes_calendar(&world, "Other", "");
        assert!(makes_calendar(&world, "Other", "").starts_with(&status.to_string()));
        let made = world.caldav.make_calendar(&world.access(), "New").await.unwrap();
        let again = world.caldav.make_calendar(&world.access(), "New").await;
        assert!(matches!(again, Err(Answer::Rejected { .. } | Answer::Exists)), "{status}: {again:?}");
        let all = world.caldav.calendars(&world.access()).await.unwrap();
        let named: Vec<_> = all.into_iter().filter(|calendar| calendar.name == "New").collect();
        assert_eq!(named, [made], "{status}");
    }
}

#[tokio::test]
async fn a_calendar_with_too_short_a_name_is_refused_and_a_longer_one_made() {
    let world = World::like("plain", json!({ "calendars": { "shortestName": 4 } })).await;
    let short = world.caldav.make_calendar(&world.access(), "Abc").await;
    assert!(matches!(short, Err(Answer::Rejected { .. })), "{short:?}");
    world.caldav.make_calendar(&world.access(), "Abcd").await.unwrap();
    let all = world.caldav.calendars(&world.access()).await.unwrap();
    let mut names: Vec<&str> = all.iter().map(|calendar| calendar.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Abcd", "Calendar", "Team"]);
}

#[tokio::test]
async fn a_new_calendar_is_for_events_whatever_is_usual_there() {
    let events =
        r#"<c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set>"#;
    let asks = xml("d:propfind", "<d:prop><c:supported-calendar-component-set/></d:prop>");
    for (quirks, wanted) in [
        (json!({ "calendars": { "usualComponents": ["VTODO"] } }), ""),
        (json!({ "calendars": { "ignoresComponents": true } }), events),
    ] {
        let told = |world: &World| {
            makes_calendar(world, "Other", wanted);
            asked(world, "PROPFIND", "/dav/calendars/alice/new/", &[XML, ZERO], &asks)
        };
        let world = World::like("plain", quirks.clone()).await;
        assert_ne!(told(&World::plain().await), told(&world), "nothing is another with {quirks}");
        let made = world.caldav.make_calendar(&world.access(), "New").await.unwrap();
        let writes = [create(&world, 1, coaching("Coaching"))];
        let written = world.caldav.write(&world.access(), &made.id, &writes, Mail::Nobody).await.remove(0);
        assert!(written.is_ok(), "{quirks}: {written:?}");
    }
}

#[tokio::test]
async fn a_meeting_of_ones_own_that_comes_back_without_a_version_is_read_again() {
    let world = World::like("plain", json!({ "people": { "organizerWithoutEtag": true } })).await;
    let lines = "ORGANIZER:mailto:alice@twin.test\r\nATTENDEE:mailto:jo@elsewhere.test\r\nEND:VEVENT";
    let id = world.person_stores("meeting", &event("meeting").replace("END:VEVENT", lines));
    let mut known = theirs(&world, &id).await;
    for title in ["First", "Second"] {
        let after = View { title: title.to_owned(), ..known.view.clone() };
        known = change(&world, &id, &known, after).await;
        assert_eq!(theirs(&world, &id).await.versions, known.versions);
    }
    assert_eq!(world.titles(), ["Second"]);
    assert!(world.file(&id).contains("mailto:jo@elsewhere.test"));
}

#[tokio::test]
async fn what_old_tokens_leave_out_of_a_calendar_made_anew_is_in_the_next_listing() {
    for outlive in [false, true] {
        let world = World::like("plain", json!({ "sync": { "tokensOutliveCalendars": outlive } })).await;
        let span = at("2026-11-24T10:00:00", "2026-11-24T11:00:00");
        world.person_creates("Old", &span);
        let (_, cursor) = listing(&world, None).await;
        world.control("POST", "calendar", json!({ "do": "delete", "id": "home" }));
        world.control(
            "POST",
            "calendar",
            json!({ "do": "create", "id": "home", "fields": { "summary": "Calendar" } }),
        );
        let new: Vec<String> = (10..30).map(|n| format!("New {n}")).collect();
        for title in &new {
            world.person_creates(title, &span);
        }
        let told = world.page(Some(&cursor)).await;
        match outlive {
            false => assert_eq!(told.err(), Some(Answer::CursorGone)),
            // Nothing in the answer says that it is about another calendar, and nothing in it is a deletion.
            true => {
                let told = told.unwrap().items;
                assert!(told.len() < new.len() && told.iter().all(|item| item.state == State::Unread));
            }
        }
        let mut titles: Vec<String> = Vec::new();
        for item in listing(&world, None).await.0 {
            let State::Live(view) = item.state else { panic!("{item:?}") };
            titles.push(view.title);
        }
        titles.sort();
        assert_eq!(titles, new);
    }
}

#[tokio::test]
async fn a_list_of_tasks_that_does_not_say_so_refuses_events_in_words() {
    let world = World::like("plain", json!({ "discovery": { "terse": true } })).await;
    let all = world.caldav.calendars(&world.access()).await.unwrap();
    let tasks =
        all.iter().find(|calendar| calendar.name == "Reminders").expect("nothing says what it is for");
    let writes = [create(&world, 1, coaching("Coaching"))];
    let written = world.caldav.write(&world.access(), &tasks.id, &writes, Mail::Nobody).await.remove(0);
    let why = "this calendar takes no events of this kind".to_owned();
    assert_eq!(written, Err(Answer::Rejected { why, read_only: false }));
    assert_eq!(world.twin.events("alice/tasks").len(), 0);
}

/// iCloud has such times.
#[tokio::test]
async fn while_no_token_is_told_all_is_listed_and_nothing_is_missed() {
    let quirks = json!({ "sync": { "visibilityDelayMs": 0 } });
    let world = World::like("icloud", quirks).await;
    let span = at("2026-11-24T10:00:00", "2026-11-24T11:00:00");
    let titles = async || {
        let (items, cursor) = listing(&world, None).await;
        let title = |item: Item| match item.state {
            State::Live(view) => view.title,
            other => panic!("{other:?}"),
        };
        let mut titles: Vec<String> = items.into_iter().map(title).collect();
        titles.sort();
        (titles, cursor)
    };
    world.person_creates("Before", &span);
    let (_, cursor) = titles().await;
    // The clock stands at ten and some seconds.
    world.quirks(json!({ "sync": { "noTokenUntil": "20261120T101500Z" } }));
    world.person_creates("Meanwhile", &span);
    let told = world.page(Some(&cursor)).await.unwrap();
    assert_eq!((told.items.len(), told.next), (0, Next::Everything), "all of it is to be listed");
    let (all, cursor) = titles().await;
    assert_eq!(all, ["Before", "Meanwhile"]);
    let quiet = world.page(Some(&cursor)).await.unwrap();
    assert!(matches!(quiet.next, Next::Done(_)), "nothing has changed since");
    world.person_creates("Still", &span);
    assert_eq!(world.page(Some(&cursor)).await.unwrap().next, Next::Everything);
    let (all, cursor) = titles().await;
    assert_eq!(all, ["Before", "Meanwhile", "Still"]);

    world.pass(900);
    let id = world.person_creates("After", &span);
    assert_eq!(world.page(Some(&cursor)).await.unwrap().next, Next::Everything);
    let (all, cursor) = titles().await;
    assert_eq!(all, ["After", "Before", "Meanwhile", "Still"]);
    // And from here on, only what changed is told again.
    world.person_retitles(&id, "Renamed");
    let told = world.page(Some(&cursor)).await.unwrap();
    assert_eq!(told.items.iter().map(|item| &item.id).collect::<Vec<_>>(), [&id]);
}
