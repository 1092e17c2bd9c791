//! Exhibits of the bug museum that need a door: notices, what is only read, and one broken account among others (BM).

use axum::body::Body;
use concord_engine::schedule::{self, Worked};
use concord_engine::{Engine, channels};
use concord_store::users::Role;
use http::Request;
use serde_json::json;

use crate::world::{World, word};

fn there(title: &str) -> serde_json::Value {
    json!({ "summary": title, "start": { "dateTime": "2026-11-21T10:00:00Z" }, "end": { "dateTime": "2026-11-21T11:00:00Z" } })
}

/// Three copies of every notice: each is answered at once, without a word to the provider, and one run comes of it.
#[tokio::test]
async fn bm_096_a_notice_is_answered_before_any_work_and_repeats_are_one_run() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    world.link(&mia, json!({})).await;
    let address = Some("http://concord.test/api/v1/calendar/webhook/".parse().unwrap());
    let reachable = Engine { notices_url: address, ..world.app.engine.clone() };
    channels::sweep(&reachable).await.unwrap();
    world.settle().await;
    world.twin.take_notices();
    world.twin.control("POST", "quirks", &json!({ "noticeCopies": 3 })).unwrap();
    world.person("create", None, there("News"));
    let notices = world.twin.take_notices();
    assert_eq!(notices.len(), 3);
    let calls = world.twin.calls(0).len();
    for notice in notices {
        let (parts, body) = notice.request.into_parts();
        assert_eq!(parts.uri.path(), "/api/v1/calendar/webhook/google");
        let answer = world.send(Request::from_parts(parts, Body::from(body))).await;
        assert_eq!(answer.status, 204, "{}", answer.json);
    }
    assert_eq!(world.twin.calls(0).len(), calls, "nobody was asked anything");
    let Worked::Ran(_) = schedule::work(&reachable).await.unwrap() else { panic!("it is due") };
    let Worked::Idle(_) = schedule::work(&reachable).await.unwrap() else { panic!("and once only") };
    assert_eq!(world.titles(&mia).await, ["News"]);
}

#[tokio::test]
async fn bm_164_what_is_only_read_can_be_changed_by_no_route() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let link = world.link(&mia, json!({ "syncDirection": "pull" })).await;
    let mut series = there("Class");
    series["start"]["timeZone"] = json!("UTC");
    series["end"]["timeZone"] = json!("UTC");
    series["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=4"]);
    world.person("create", None, series);
    world.settle().await;
    let event = world.ask(&mia, "GET", "/calendar/events", None).await.ok()["items"][0].clone();
    let path = format!("/calendar/events/{}", word(&event, "id"));
    let body = || Some(json!({ "title": "Mine", "start": "2026-11-21T10:00:00Z" }));
    for (method, route, body) in [
        ("PATCH", path.clone(), Some(json!({ "title": "Mine" }))),
        ("PUT", path.clone(), body()),
        ("DELETE", path.clone(), None),
        ("PATCH", format!("{path}?scope=this&occurrence=20261128T100000"), Some(json!({ "title": "Mine" }))),
        (
            "PATCH",
            format!("{path}?scope=following&occurrence=20261128T100000"),
            Some(json!({ "title": "Mine" })),
        ),
        ("DELETE", format!("{path}?scope=this&occurrence=20261128T100000"), None),
        ("DELETE", format!("{path}?scope=following&occurrence=20261128T100000"), None),
        ("PATCH", path.clone(), Some(json!({ "notes": "Mine" }))),
        ("PATCH", path.clone(), Some(json!({ "sessionType": "one_on_one" }))),
    ] {
        let answer = world.ask(&mia, method, &route, body).await;
        assert_eq!(
            (answer.status.as_u16(), word(&answer.json, "code")),
            (409, "read_only"),
            "{method} {route}"
        );
    }
    assert_eq!(world.ask(&mia, "GET", "/calendar/events", None).await.ok()["items"][0], event);
    world.settle().await;
    assert!(world.twin.calls(0).iter().all(|call| call.method == "GET" || call.path == "/token"), "{link}");
}

/// One of three people's accounts does not work: it says so, on its own, and the others stay what they are.
#[tokio::test]
async fn bm_166_one_broken_account_is_seen_among_those_that_work() {
    let world = World::new().await;
    let ada = world.user("Ada", Role::Admin).await;
    let mut links = Vec::new();
    for name in ["Mia", "Ben", "Kim"] {
        let who = world.user(name, Role::Provider).await;
        links.push((world.link(&who, json!({})).await, who));
    }
    let states = async || {
        let status = world.ask(&ada, "GET", "/schedule/sync/status", None).await.ok();
        let of = |link: &str| {
            let all = status["items"].as_array().unwrap();
            all.iter().find(|item| item["linkId"] == link).unwrap_or_else(|| panic!("{status:#}"))["state"]
                .clone()
        };
        (status["state"].clone(), links.iter().map(|(link, _)| of(link)).collect::<Vec<_>>())
    };
    assert_eq!(states().await.1, ["active", "active", "active"]);
    // The second one's key, and no other, has ended for good.
    let mut tx = world.app.engine.store.begin().await.unwrap();
    let link = concord_store::links::find(&mut tx, links[1].0.parse().unwrap()).await.unwrap();
    let dead = concord_store::accounts::AccountState::Reconnect { why: "the sign-in has ended".to_owned() };
    concord_store::accounts::set_state(&mut tx, world.workspace, link.account, &dead).await.unwrap();
    tx.commit().await.unwrap();
    world.settle().await;
    let (whole, each) = states().await;
    assert_eq!((whole, each), (json!("attention"), vec![json!("active"), json!("stopped"), json!("active")]));
    let own = world.ask(&links[0].1, "GET", "/schedule/sync/status", None).await.ok();
    assert_eq!(own["state"], "synced", "{own:#}");
}
