//! Feeds out: whoever knows the address sees what its settings let through, and not a byte more.

use axum::body::{Body, to_bytes};
use concord_store::users::Role;
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{Who, World, word};

/// What a calendar program fetches.
struct Fetched {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

async fn fetch_with(world: &World, url: &str, etag: Option<&str>) -> Fetched {
    let url: url::Url = url.parse().unwrap();
    let mut request = Request::get(url.path());
    if let Some(etag) = etag {
        request = request.header("if-none-match", etag);
    }
    let answer = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Fetched { status: parts.status, headers: parts.headers, text: String::from_utf8(body.to_vec()).unwrap() }
}

/// The text of a feed, its folds undone.
async fn fetch(world: &World, url: &str) -> String {
    let fetched = fetch_with(world, url, None).await;
    assert_eq!(fetched.status, 200, "{}", fetched.text);
    fetched.text.replace("\r\n ", "")
}

async fn publish(world: &World, who: &Who, settings: Value) -> (String, String) {
    let new = json!({ "name": "Of Mia", "settings": settings });
    let made = world.ask(who, "POST", "/feeds", Some(new)).await;
    assert_eq!(made.status, 201, "{}", made.json);
    (word(&made.json, "url").to_owned(), word(&made.json, "id").to_owned())
}

#[tokio::test]
async fn a_feed_opens_in_a_calendar_whole() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let (url, _) = publish(&world, &mia, json!({})).await;
    let series = json!({ "title": "Class", "start": "2026-11-03T09:00:00",
                         "recurrence": { "rules": ["FREQ=WEEKLY;COUNT=4"] } });
    let series = world.make(&mia, series).await;
    let path = format!("/calendar/events/{}?scope=this&occurrence=20261110T090000", word(&series, "id"));
    world.ask(&mia, "PATCH", &path, Some(json!({ "title": "Other class" }))).await.ok();
    world
        .make(&mia, json!({ "title": "Holiday", "allDay": true, "start": "2026-12-24", "end": "2026-12-27" }))
        .await;
    let fetched = fetch_with(&world, &url, None).await;
    assert_eq!(fetched.headers["content-type"], "text/calendar; charset=utf-8");
    assert_eq!(fetched.headers["referrer-policy"], "no-referrer");
    let text = fetched.text.replace("\r\n ", "");
    for line in [
        "BEGIN:VTIMEZONE",
        "TZID:America/New_York",
        "X-WR-CALNAME:Of Mia",
        "RRULE:FREQ=WEEKLY;COUNT=4",
        "RECURRENCE-ID;TZID=America/New_York:20261110T090000",
        "SUMMARY:Other class",
        "DTSTART;VALUE=DATE:20261224",
        "DTEND;VALUE=DATE:20261227",
    ] {
        assert!(text.lines().any(|one| one == line), "{line} is missing in\n{text}");
    }
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 3);
    assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 1);
}

#[tokio::test]
async fn bm_117_each_audience_has_a_feed_of_its_own_and_sees_no_more_than_that() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let client = json!({ "name": "Ana Lopez", "email": "ana@lopez.example", "phone": "+4915112345" });
    let ana = word(&world.ask(&mia, "POST", "/clients", Some(client)).await.ok(), "id").to_owned();
    let session = json!({
        "title": "Session with Ana Lopez", "start": "2026-11-10T10:00:00", "clients": [ana], "sessionType": "one_on_one",
        "description": "call ana@lopez.example or +4915112345", "notes": "knee surgery", "location": "Secret street 5",
        "attendees": [{ "email": "guest@example.org" }],
    });
    world.make(&mia, session).await;
    let private = json!({ "title": "Lawyer", "start": "2026-11-11T10:00:00", "privacy": "private" });
    world.make(&mia, private).await;
    let (own, _) = publish(&world, &mia, json!({ "private": "show", "contacts": true })).await;
    let (usual, _) = publish(&world, &mia, json!({})).await;
    let (initials, _) = publish(&world, &mia, json!({ "detail": "title", "clientNames": "initials" })).await;
    let (busy, _) = publish(&world, &mia, json!({ "detail": "busy", "private": "busy" })).await;
    let own = fetch(&world, &own).await;
    assert!(
        own.contains("Session with Ana Lopez") && own.contains("Lawyer") && own.contains("Secret street"),
        "{own}"
    );
    let check = |text: &str, hidden: &[&str]| {
        for word in hidden {
            assert!(!text.to_lowercase().contains(&word.to_lowercase()), "{word} in\n{text}");
        }
    };
    check(&fetch(&world, &usual).await, &["Lawyer", "ana@lopez.example", "15112345"]);
    check(&fetch(&world, &initials).await, &["Lopez", "ana@", "Lawyer", "knee", "Secret street", "guest@"]);
    let busy = fetch(&world, &busy).await;
    check(&busy, &["Lopez", "ana@", "Lawyer", "knee", "Secret street", "guest@", "Session", "one_on_one"]);
    assert_eq!(busy.matches("BEGIN:VEVENT").count(), 2, "that there is something is told");
}

#[tokio::test]
async fn i_35_what_differs_only_in_what_is_hidden_gives_the_same_feed() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let event =
        world.make(&mia, json!({ "title": "Session", "start": "2026-11-10T10:00:00", "notes": "a" })).await;
    let (url, _) = publish(&world, &mia, json!({ "detail": "busy" })).await;
    let before = fetch_with(&world, &url, None).await;
    world.change(&mia, &event, json!({ "title": "Other", "notes": "b", "location": "Here" })).await;
    let after = fetch_with(&world, &url, None).await;
    assert_eq!((&before.text, &before.headers["etag"]), (&after.text, &after.headers["etag"]));
}

#[tokio::test]
async fn a_feed_that_is_as_it_was_is_not_sent_again() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let event = world.make(&mia, json!({ "title": "Session", "start": "2026-11-10T10:00:00" })).await;
    let (url, _) = publish(&world, &mia, json!({})).await;
    let first = fetch_with(&world, &url, None).await;
    let etag = first.headers["etag"].to_str().unwrap().to_owned();
    for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}")] {
        let again = fetch_with(&world, &url, Some(&known)).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""), "{known}");
    }
    world.change(&mia, &event, json!({ "title": "Another" })).await;
    let changed = fetch_with(&world, &url, Some(&etag)).await;
    assert!(changed.status == 200 && changed.text.contains("SUMMARY:Another"));
}

#[tokio::test]
async fn a_filter_holds_back_and_another_persons_events_are_not_there() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let bob = world.user("Bob", Role::Provider).await;
    world.make(&bob, json!({ "title": "Of Bob", "start": "2026-11-10T10:00:00" })).await;
    world.make(&mia, json!({ "title": "Plain", "start": "2026-11-10T10:00:00" })).await;
    let class = json!({ "title": "Class", "start": "2026-11-10T12:00:00", "sessionType": "group_class" });
    world.make(&mia, class).await;
    world.make(&mia, json!({ "title": "In two years", "start": "2028-11-10T12:00:00" })).await;
    let (url, _) = publish(&world, &mia, json!({ "filters": { "appointmentTypes": ["group_class"] } })).await;
    let text = fetch(&world, &url).await;
    assert!(text.contains("SUMMARY:Class") && text.matches("BEGIN:VEVENT").count() == 1, "{text}");
    let (url, _) = publish(&world, &mia, json!({})).await;
    assert_eq!(fetch(&world, &url).await.matches("BEGIN:VEVENT").count(), 2);
}

#[tokio::test]
async fn a_revoked_address_is_gone_and_one_that_never_was_is_not_found() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let (url, id) = publish(&world, &mia, json!({})).await;
    let listed = world.ask(&mia, "GET", "/feeds", None).await.ok();
    let secret = url.rsplit('/').next().unwrap().trim_end_matches(".ics");
    assert!(secret.len() == 64 && !listed.to_string().contains(secret), "it is told once");
    assert_eq!(fetch_with(&world, &url, None).await.status, 200);
    let revoked = world.ask(&mia, "DELETE", &format!("/feeds/{id}"), None).await;
    assert_eq!(revoked.status, 204);
    let gone = fetch_with(&world, &url, None).await;
    assert_eq!(gone.status, 410, "{}", gone.text);
    for nothing in [
        "http://concord.test/feeds/abc.ics",
        "http://concord.test/feeds/.ics",
        "http://concord.test/feeds/abc",
    ] {
        assert_eq!(fetch_with(&world, nothing, None).await.status, 404, "{nothing}");
    }
    let again = world.ask(&mia, "DELETE", &format!("/feeds/{id}"), None).await;
    assert_eq!(again.status, 404);
}

#[tokio::test]
async fn a_feed_is_not_given_without_end() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let (url, _) = publish(&world, &mia, json!({})).await;
    let mut last = 200;
    for _ in 0..31 {
        last = fetch_with(&world, &url, None).await.status.as_u16();
    }
    assert_eq!(last, 429);
}
