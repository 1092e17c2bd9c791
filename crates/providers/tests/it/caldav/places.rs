//! Where an account and its calendars are, and who may open them: how they are found, move, and are lost.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::{CalendarId, View};
use concord_providers::Answer;
use concord_providers::caldav::{CalDav, Settings};
use concord_providers::http::{Http, Lost};
use concord_providers::provider::{Access, Grant, Identity, Login, Mail, Next, Provider, Write, Written};
use http::{HeaderMap, Request, Response, StatusCode};
use secrecy::SecretString;
use serde_json::json;

use super::twin::{PASSWORD, World};
use crate::contract::{World as _, change, coaching, create, listing, make, write};

#[tokio::test]
async fn caldav_trap_03_calendars_on_another_host_are_found_there_and_again_when_they_move() {
    for left in ["notFound", "redirect", "unavailable", "forbidden"] {
        let quirks = json!({
            "discovery": { "homeOnPartition": true, "homeWithPort": true, "leftPartition": left },
        });
        let world = World::like("plain", quirks).await;
        let (id, known) = make(&world, 1, coaching("Coaching")).await;
        let (_, cursor) = listing(&world, None).await;
        let hosts = |from: usize| -> Vec<String> {
            let host = |url: &str| url.split('/').nth(2).unwrap().to_owned();
            world.sent()[from..].iter().map(|sent| host(&sent.url)).collect()
        };
        assert_eq!(hosts(0).last().map(String::as_str), Some("p37-caldav.twin.test"));
        assert!(!world.calendar().as_str().contains("p37"), "{}", world.calendar());
        let before = world.trips();
        world.control("POST", "partition", json!({ "move": true }));
        // The first look finds the new place; whatever it says, it is not that the calendar is gone, nor that we may
        // not see it.
        let mut answer = world.page(Some(&cursor)).await;
        if let Err(Answer::Transient(_)) = &answer {
            answer = world.page(Some(&cursor)).await;
        }
        assert_eq!(answer.map(|page| page.items), Ok(vec![]), "{left}");
        assert_eq!(hosts(before).last().map(String::as_str), Some("p38-caldav.twin.test"), "{left}");
        let later = View { title: "Later".to_owned(), ..known.view.clone() };
        change(&world, &id, &known, later).await;
        assert_eq!(world.titles(), ["Later"], "{left}");
        // So does who asks for the calendars.
        world.control("POST", "partition", json!({ "move": true }));
        let names = world.caldav.calendars(&world.access()).await.map(|all| all.len());
        assert_eq!(names, Ok(2), "{left}");
    }
}

#[tokio::test]
async fn caldav_trap_03_trouble_where_nobody_moves_to_is_not_looked_into() {
    let world = World::plain().await;
    let (_, cursor) = listing(&world, None).await;
    world.fault(json!({ "kind": "status", "status": 502, "count": 1 }));
    let before = world.trips();
    assert!(matches!(world.page(Some(&cursor)).await, Err(Answer::Transient(_))));
    assert_eq!(world.trips() - before, 1);
}

#[tokio::test]
async fn i_33_an_account_that_has_moved_is_looked_for_once_and_nothing_is_taken_for_refused() {
    let world = World::like("plain", json!({ "discovery": { "homeOnPartition": true } })).await;
    world.control("POST", "partition", json!({ "move": true }));
    let before = world.trips();
    let writes: Vec<Write> = (1..=3).map(|n| create(&world, n, coaching("Coaching"))).collect();
    let told = world.caldav.write(&world.access(), &world.calendar(), &writes, Mail::Nobody).await;
    assert!(told.iter().all(|told| matches!(told, Err(Answer::Transient(_)))), "{told:?}");
    let calls = |method: &str| world.methods(before).into_iter().filter(|one| one == method).count();
    let sent: Vec<String> = world.sent()[before..].iter().map(|sent| sent.url.clone()).collect();
    assert_eq!(calls("PUT"), 3, "{sent:?}");
    let searches = sent.iter().filter(|url| url.ends_with("/.well-known/caldav")).count();
    assert_eq!(searches, 1, "{sent:?}");
    // And there it is.
    let written = world.caldav.write(&world.access(), &world.calendar(), &writes, Mail::Nobody).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
}

/// Seed 1178 of the simulator, mixed: the account answered nothing, and the place where it was looked for asked for a pause.
#[tokio::test]
async fn i_33_a_wait_that_is_asked_for_while_an_account_is_looked_for_is_told() {
    let world = World::like("plain", json!({ "discovery": { "homeOnPartition": true } })).await;
    let (_, cursor) = listing(&world, None).await;
    world.fault(json!({ "match": { "path": "/calendars/" }, "kind": "drop_before" }));
    world.fault(
        json!({ "match": { "path": "/.well-known/" }, "kind": "status", "status": 429, "retryAfter": 90 }),
    );
    let before = world.trips();
    let told = world.page(Some(&cursor)).await;
    assert!(matches!(told, Err(Answer::RetryAfter { .. })), "{told:?}");
    let asked: Vec<String> = world.sent()[before..].iter().map(|sent| sent.url.clone()).collect();
    assert!(asked.last().is_some_and(|url| url.ends_with("/.well-known/caldav")), "{asked:?}");
}

/// A server that sends everybody on to somewhere else.
struct Elsewhere {
    to: &'static str,
    asked: Mutex<Vec<(String, String, HeaderMap)>>,
}

#[async_trait]
impl Http for Elsewhere {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let (method, url) = (request.method().to_string(), request.uri().to_string());
        self.asked.lock().unwrap().push((method, url.clone(), request.headers().clone()));
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NOT_FOUND;
        if url.contains("//dav.example.org/") {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert("location", self.to.parse().unwrap());
        }
        Ok(response)
    }
}

#[tokio::test]
async fn caldav_trap_04_a_redirect_keeps_the_question_and_the_password_stays_with_its_service() {
    for (to, is_asked) in [
        ("https://p02-dav.example.org/x/", true),
        ("https://example.com/x/", false),
        ("http://dav.example.org.evil.test/x/", false),
        ("http://p02.example.org/x/", false),
    ] {
        let door = Arc::new(Elsewhere { to, asked: Mutex::default() });
        let caldav = CalDav::new(Settings::any(), door.clone(), door.clone());
        let login = Login {
            user: "alice".to_owned(),
            secret: SecretString::from("secret"),
            address: Some("https://dav.example.org/".to_owned()),
            trusted: false,
        };
        let refused = caldav.enter(&login, "2026-11-20T10:00:00Z".parse().unwrap()).await.err();
        assert!(matches!(refused, Some(Answer::Misconfigured { .. })), "{to}: {refused:?}");
        let asked = door.asked.lock().unwrap();
        let there: Vec<_> = asked.iter().filter(|(_, url, _)| !url.contains("//dav.example.org/")).collect();
        assert_eq!(!there.is_empty(), is_asked, "{to}: {:?}", there.first().map(|(_, url, _)| url));
        for (method, _, headers) in there {
            assert_eq!(method, "PROPFIND");
            assert!(headers.contains_key("authorization") && headers["depth"] == "0");
        }
    }
}

#[tokio::test]
async fn caldav_trap_04_a_loop_of_redirects_has_an_end() {
    let world = World::plain().await;
    world.quirks(json!({ "discovery": { "wellKnown": "loop" } }));
    let before = world.trips();
    assert!(world.enter("https://caldav.twin.test").await.is_err() || world.trips() - before < 30);
    assert!(world.trips() - before < 30, "{}", world.trips() - before);
}

#[tokio::test]
async fn caldav_trap_27_where_nobody_signs_in_a_calendar_is_found_by_its_address() {
    let world = World::like("radicale", json!({"signin": {"everybody": "alice"}})).await;
    let address = format!("https://caldav.twin.test{}", world.calendar());
    let entered = world.enter_as("", "", &address).await.unwrap();
    let access = Access { site: entered.site.clone(), ..Access::new("", world.access().now) };
    let found = world.caldav.calendars(&access).await.unwrap();
    assert!(found.iter().any(|calendar| calendar.writable), "{found:?}");
}

#[tokio::test]
async fn caldav_trap_27_a_revoked_password_is_not_tried_again() {
    let world = World::like("nextcloud", json!({})).await;
    let (_, cursor) = listing(&world, None).await;
    world.end_keys();
    let before = world.trips();
    assert_eq!(world.page(Some(&cursor)).await.err(), Some(Answer::SignInExpired));
    let grant = Grant {
        access: SecretString::from(PASSWORD),
        access_ends_at: None,
        refresh: None,
        scopes: Vec::new(),
    };
    let refreshed = world.caldav.refresh(&grant, world.access().now).await;
    assert!(matches!(refreshed, Err(Answer::AccessRevoked { .. })));
    assert_eq!(world.trips() - before, 1, "to be refused once is enough");
}

#[tokio::test]
async fn caldav_trap_28_a_calendar_is_gone_only_when_its_home_says_so() {
    let world = World::plain().await;
    let (_, cursor) = listing(&world, None).await;
    let path = world.calendar().0;
    world.fault(
        json!({ "match": { "method": "REPORT", "path": path }, "kind": "status", "status": 404, "count": 1 }),
    );
    let answer = world.page(Some(&cursor)).await;
    assert!(matches!(answer, Err(Answer::Transient(_))), "{:?}", answer.err());
    assert_eq!(world.page(Some(&cursor)).await.unwrap().items, []);
    // Homes that cannot be asked say nothing.
    world.fault(
        json!({ "match": { "method": "REPORT", "path": path }, "kind": "status", "status": 404, "count": 1 }),
    );
    world.fault(json!({ "match": { "method": "PROPFIND" }, "kind": "status", "status": 502, "count": 20 }));
    let answer = world.page(Some(&cursor)).await;
    assert!(matches!(answer, Err(Answer::Transient(_))), "{:?}", answer.err());
    world.control("DELETE", "faults", json!({}));
    let elsewhere = CalendarId(path.replace("home", "never"));
    let gone = world.caldav.changes(&world.access(), &elsewhere, None).await;
    assert_eq!(gone.err(), Some(Answer::CalendarGone));
}

/// Everything is missing in a place that the calendars have moved away from, and nothing of that is a deletion.
#[tokio::test]
async fn caldav_trap_28_what_a_left_place_does_not_have_is_not_gone() {
    for left in ["notFound", "forbidden", "unavailable"] {
        let quirks = json!({ "discovery": { "homeOnPartition": true, "leftPartition": left } });
        let world = World::like("plain", quirks).await;
        let (id, known) = make(&world, 1, coaching("Coaching")).await;
        world.control("POST", "partition", json!({ "move": true }));
        // Its calendar has just been heard of, or does not like the question.
        world.fault(json!({ "match": { "method": "REPORT" }, "kind": "status", "status": 501, "count": 1 }));
        let read = world.caldav.read(&world.access(), &world.calendar(), std::slice::from_ref(&id)).await;
        assert!(matches!(read[..], [Err(Answer::Transient(_))]), "{left}: {read:?}");
        world.caldav.calendars(&world.access()).await.unwrap();
        world.control("POST", "partition", json!({ "move": true }));
        let delete = Write::Delete { id: id.clone(), versions: known.versions.clone() };
        let told = write(&world, delete.clone()).await;
        assert!(matches!(told, Err(Answer::Transient(_) | Answer::Unknown(_))), "{left}: {told:?}");
        assert_eq!(world.titles(), ["Coaching"], "{left}");
        // And there it is, once its place was looked for.
        world.caldav.calendars(&world.access()).await.unwrap();
        assert_eq!(write(&world, delete).await, Ok(Written::Gone), "{left}");
        assert_eq!(world.titles(), [""; 0], "{left}");
    }
}

#[tokio::test]
async fn caldav_trap_29_a_lost_right_is_no_lost_cursor() {
    let world = World::plain().await;
    let share = |role: &str| {
        let share = json!({ "owner": "bob", "calendar": "team", "user": "alice", "role": role });
        world.control("POST", "access", share);
    };
    let own: Vec<CalendarId> =
        world.caldav.calendars(&world.access()).await.unwrap().into_iter().map(|one| one.id).collect();
    share("writer");
    let shared = world.caldav.calendars(&world.access()).await.unwrap();
    let shared = shared.into_iter().find(|one| !own.contains(&one.id)).expect("it is shared").id;
    let page = world.caldav.changes(&world.access(), &shared, None).await.unwrap();
    let Next::Done(cursor) = page.next else { panic!("it is one page") };
    share("reader");
    let page = world.caldav.changes(&world.access(), &shared, Some(&cursor)).await.unwrap();
    assert_eq!(page.items, [], "it can be read as before");
    let writes = [create(&world, 1, coaching("Ours"))];
    let answer = world.caldav.write(&world.access(), &shared, &writes, Default::default()).await.remove(0);
    assert!(matches!(answer, Err(Answer::Rejected { read_only: true, .. })), "{answer:?}");
    share("none");
    let gone = world.caldav.changes(&world.access(), &shared, Some(&cursor)).await;
    assert_eq!(gone.err(), Some(Answer::CalendarGone));
}

#[tokio::test]
async fn an_account_is_found_from_every_address_that_leads_to_it() {
    let world = World::plain().await;
    let calendar = format!("https://caldav.twin.test{}", world.calendar());
    for address in
        ["https://caldav.twin.test", "https://caldav.twin.test/dav/", "caldav.twin.test", &calendar]
    {
        let entered = world.enter(address).await;
        assert!(entered.is_ok(), "{address}: {:?}", entered.err());
    }
    for preset in
        ["icloud", "radicale", "xandikos", "cyrus", "davical", "nextcloud", "baikal", "yahoo", "zimbra"]
    {
        let world = World::like(preset, json!({})).await;
        assert!(world.enter("https://caldav.twin.test").await.is_ok(), "{preset}");
    }
    let sogo = World::like("sogo", json!({})).await;
    assert!(sogo.enter("https://caldav.twin.test/SOGo/dav/").await.is_ok());
}

#[tokio::test]
async fn a_name_without_its_domain_is_tried_once_where_the_whole_is_refused() {
    let world = World::plain().await;
    world.quirks(json!({ "signin": { "usernames": "short" } }));
    let entered = world.enter_as("alice@twin.test", PASSWORD, "https://caldav.twin.test").await;
    assert!(entered.is_ok(), "{:?}", entered.err());
    let before = world.trips();
    let refused = world.enter_as("alice@twin.test", "wrong", "https://caldav.twin.test").await.err();
    assert_eq!(refused, Some(Answer::SignInExpired));
    assert!(world.trips() - before <= 4, "nobody is locked out by us");
}

#[tokio::test]
async fn an_account_is_the_same_one_whichever_form_of_the_name_its_server_takes() {
    let world = World::plain().await;
    let enter =
        async || world.enter_as("alice@twin.test", PASSWORD, "https://caldav.twin.test").await.unwrap();
    let told = |identity: Identity| (identity.subject, identity.name);
    let whole = enter().await;
    // A server that refuses the whole name for a moment takes the short one, and is asked with that from then on.
    world.control("POST", "faults", json!({ "kind": "status", "status": 401, "count": 1 }));
    let short = enter().await;
    assert_ne!(whole.site, short.site);
    let expected = told(whole.identity);
    assert_eq!(
        told(short.identity),
        expected,
        "or what was linked would stay with an account that nobody opens"
    );
    let access = Access { site: short.site, ..world.access() };
    assert_eq!(told(world.caldav.identity(&access).await.unwrap()), expected);
    assert_eq!(world.caldav.login(&access).unwrap().user, "alice@twin.test");
}

#[tokio::test]
async fn only_password_and_name_open_an_account_and_neither_is_in_what_is_kept() {
    let world = World::plain().await;
    let kept = world.site().to_string();
    assert!(!kept.contains(PASSWORD));
    let access = Access { token: SecretString::from("wrong"), ..world.access() };
    assert_eq!(world.caldav.calendars(&access).await.err(), Some(Answer::SignInExpired));
    assert_eq!(world.caldav.identity(&world.access()).await.unwrap().name, "alice@twin.test");
}
