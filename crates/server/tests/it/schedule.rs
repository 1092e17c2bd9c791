//! Syncing by API: both ways, at the right time, one way, now, and once more.

use concord_store::users::Role;
use http::StatusCode;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::world::{Who, World, word};

async fn linked(settings: Value) -> (World, Who, String) {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let link = world.link(&mia, settings).await;
    (world, mia, link)
}

fn event(title: &str) -> Value {
    json!({ "title": title, "start": "2026-11-20T10:00:00", "zone": "Europe/Berlin" })
}

fn there(title: &str) -> Value {
    json!({ "summary": title, "start": { "dateTime": "2026-11-21T10:00:00Z" }, "end": { "dateTime": "2026-11-21T11:00:00Z" } })
}

#[tokio::test]
async fn ac_1_by_api_made_changed_and_deleted_on_one_side_it_is_so_on_the_other() {
    let (world, mia, _) = linked(json!({})).await;
    let mine = world.make(&mia, event("Mine")).await;
    let gone = world.make(&mia, event("Mine, deleted")).await;
    let theirs = world.person("create", None, there("Theirs"));
    world.person("create", None, there("Theirs, deleted"));
    world.settle().await;
    let all = ["Mine", "Mine, deleted", "Theirs", "Theirs, deleted"];
    assert_eq!(
        (world.titles(&mia).await, world.titles_there()),
        (all.map(String::from).to_vec(), all.map(String::from).to_vec())
    );
    world.change(&mia, &mine, json!({ "start": "2026-11-20T12:00:00" })).await;
    world.person("change", Some(word(&theirs, "id")), json!({ "summary": "Theirs, renamed" }));
    world.ask(&mia, "DELETE", &format!("/calendar/events/{}", word(&gone, "id")), None).await.ok();
    world.person("delete", Some(word(&world.one_there("Theirs, deleted"), "id")), json!({}));
    world.settle().await;
    let left = ["Mine", "Theirs, renamed"].map(String::from).to_vec();
    assert_eq!((world.titles(&mia).await, world.titles_there()), (left.clone(), left));
    let start: jiff::Timestamp = word(&world.one_there("Mine")["start"], "dateTime").parse().unwrap();
    assert_eq!(start.to_string(), "2026-11-20T11:00:00Z");
    let status = world.ask(&mia, "GET", "/schedule/sync/status", None).await.ok();
    assert_eq!(
        (&status["state"], &status["items"][0]["itemsSynced"]),
        (&json!("synced"), &json!(2)),
        "{status:#}"
    );
}

#[tokio::test]
async fn each_copy_says_where_its_provider_shows_it_also_after_it_was_changed_on_either_side() {
    let (world, mia, _) = linked(json!({})).await;
    let mine = world.make(&mia, event("Mine")).await;
    assert!(mine["sync"].as_array().unwrap().iter().all(|copy| copy.get("url").is_none()), "{mine:#}");
    world.person("create", None, there("Theirs"));
    world.settle().await;
    let shown = async |title: &str| {
        let list = world.ask(&mia, "GET", "/calendar/events?from=2026-11-01&to=2026-12-01", None).await.ok();
        let found =
            list["items"].as_array().unwrap().iter().find(|one| one["title"] == title).unwrap().clone();
        assert_eq!(found["sync"][0]["url"], world.one_there(title)["htmlLink"], "{title}");
        found
    };
    let mine = shown("Mine").await;
    let theirs = shown("Theirs").await;
    world.change(&mia, &mine, json!({ "location": "Park" })).await;
    let id = word(&theirs["sync"][0], "externalId");
    world.person("change", Some(id), json!({ "location": "Hall" }));
    world.settle().await;
    shown("Mine").await;
    shown("Theirs").await;
}

#[tokio::test]
async fn ac_5_by_api_nine_in_los_angeles_is_noon_in_new_york_the_whole_year() {
    let (world, mia, _) = linked(json!({})).await;
    let weekly = json!({ "title": "Weekly", "start": "2026-11-10T09:00:00", "zone": "America/Los_Angeles",
                         "recurrence": { "rules": ["FREQ=WEEKLY;COUNT=48"] } });
    world.make(&mia, weekly).await;
    world.settle().await;
    let call = http::Request::get(
        "http://google.test/calendar/v3/calendars/alice@twin.test/events?singleEvents=true&maxResults=250",
    );
    let call = call.header("authorization", "Bearer twin-alice").body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(world.twin.router(), call).await.unwrap();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let list: Value = serde_json::from_slice(&body).unwrap();
    let new_york = TimeZone::get("America/New_York").unwrap();
    let hours: Vec<i8> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| word(&one["start"], "dateTime").parse::<jiff::Timestamp>().unwrap())
        .map(|at| at.to_zoned(new_york.clone()).hour())
        .collect();
    assert_eq!(hours, [12; 48]);
    let here =
        world.ask(&mia, "GET", "/calendar/events?expand=true&from=2026-11-01&to=2027-11-01", None).await.ok();
    let here = here["items"].as_array().unwrap();
    assert_eq!(here.len(), 48);
    assert!(here.iter().all(|one| &word(one, "start")[11..16] == "09:00"), "its own clock shows nine always");
}

#[tokio::test]
async fn ac_13_by_api_push_only_and_pull_only() {
    let check = async |direction: &str, here: &[&str], over_there: &[&str]| {
        let (world, mia, _) = linked(json!({ "syncDirection": direction })).await;
        world.make(&mia, event("Mine")).await;
        world.person("create", None, there("Theirs"));
        world.settle().await;
        assert_eq!(
            (world.titles(&mia).await, world.titles_there()),
            (
                here.iter().map(ToString::to_string).collect(),
                over_there.iter().map(ToString::to_string).collect()
            ),
            "{direction}"
        );
    };
    check("push", &["Mine"], &["Mine", "Theirs"]).await;
    check("pull", &["Mine", "Theirs"], &["Theirs"]).await;
}

#[tokio::test]
async fn ac_13_by_api_one_way_only_this_time() {
    let (world, mia, _) = linked(json!({})).await;
    let both = ["Mine", "Theirs"].map(String::from).to_vec();
    world.make(&mia, event("Mine")).await;
    world.person("create", None, there("Theirs"));
    let pulled = world.ask(&mia, "POST", "/calendar/sync/google/pull", None).await.ok();
    assert_eq!(world.ended(&mia, &pulled["syncId"]).await["syncType"], "pull");
    assert_eq!((world.titles(&mia).await, world.titles_there()), (both.clone(), vec!["Theirs".to_owned()]));
    let pushed = world.ask(&mia, "POST", "/calendar/sync/google/push", None).await.ok();
    assert_eq!(world.ended(&mia, &pushed["syncId"]).await["itemsPushed"], 1);
    assert_eq!(world.titles_there(), both);
}

#[tokio::test]
async fn ac_13_by_api_sync_now_names_its_run_before_it_is_made() {
    let (world, mia, link) = linked(json!({})).await;
    world.make(&mia, event("Mine")).await;
    let before = world.twin.calls(0).len();
    let begun =
        world.ask(&mia, "POST", "/schedule/sync/sync-now", Some(json!({ "linkId": link }))).await.ok();
    assert_eq!(world.twin.calls(0).len(), before, "the answer waits for no provider");
    assert_eq!((&begun["status"], &begun["items"][0]["linkId"]), (&json!("running"), &json!(link)));
    let second = world.ask(&mia, "POST", "/schedule/sync/sync-now", Some(json!({}))).await.ok();
    assert_eq!(second["syncId"], begun["syncId"], "the run that is under way");
    let run = world.ended(&mia, &begun["syncId"]).await;
    assert_eq!(
        (&run["status"], &run["itemsPushed"], &run["syncType"]),
        (&json!("success"), &json!(1), &json!("manual"))
    );
    assert_eq!(world.titles_there(), ["Mine"]);
}

#[tokio::test]
async fn ac_13_by_api_what_rests_is_not_synced_and_says_so() {
    let (world, mia, link) = linked(json!({})).await;
    let which = || Some(json!({ "linkId": link }));
    world.ask(&mia, "POST", "/schedule/sync/pause", which()).await.ok();
    world.make(&mia, event("Mine")).await;
    world.settle().await;
    let refused = world.ask(&mia, "POST", "/schedule/sync/sync-now", which()).await;
    assert_eq!((refused.status, word(&refused.json, "code")), (StatusCode::CONFLICT, "nothing_to_sync"));
    assert_eq!(world.titles_there(), Vec::<String>::new());
    world.ask(&mia, "POST", "/schedule/sync/resume", which()).await.ok();
    world.settle().await;
    assert_eq!(world.titles_there(), ["Mine"], "what changed meanwhile was not forgotten");
}

#[tokio::test]
async fn ac_13_by_api_a_failed_run_is_found_and_tried_again() {
    let (world, mia, link) = linked(json!({})).await;
    world.make(&mia, event("Mine")).await;
    world
        .twin
        .control(
            "POST",
            "faults",
            &json!({ "kind": "status", "status": 500, "match": { "path": "/calendar/" } }),
        )
        .unwrap();
    let begun = world.ask(&mia, "POST", "/schedule/sync/sync-now", Some(json!({}))).await.ok();
    assert_eq!(world.ended(&mia, &begun["syncId"]).await["status"], "failed");
    assert_eq!(world.ask(&mia, "GET", "/schedule/sync/status", None).await.ok()["state"], "attention");
    let failed = world.ask(&mia, "GET", "/schedule/sync/history?status=failed", None).await.ok();
    assert_eq!((&failed["total"], &failed["items"][0]["id"]), (&json!(1), &begun["syncId"]), "{failed:#}");
    assert_eq!(failed["items"][0]["errors"].as_array().unwrap().len(), 1);
    let of = async |query: &str| {
        world.ask(&mia, "GET", &format!("/schedule/sync/history?{query}"), None).await.ok()["total"].clone()
    };
    assert_eq!(of(&format!("linkId={link}&status=success")).await, json!(1));
    assert_eq!((of("from=2026-11-03").await, of("to=2026-11-03&limit=1").await), (json!(0), json!(2)));
    world.twin.control("POST", "faults", &json!({ "clear": true })).unwrap();
    world.advance(jiff::SignedDuration::from_hours(1));
    let path = format!("/schedule/sync/history/{}/retry", word(&begun, "syncId"));
    let retried = world.ask(&mia, "POST", &path, None).await.ok();
    let run = world.ended(&mia, &retried["syncId"]).await;
    assert_eq!(run["status"], "success", "{run:#}");
    assert_eq!(world.titles_there(), ["Mine"]);
}

#[tokio::test]
async fn ac_13_by_api_disconnected_and_connected_again_nothing_is_doubled() {
    let (world, mia, link) = linked(json!({})).await;
    world.make(&mia, event("Mine")).await;
    world.person("create", None, there("Theirs"));
    world.settle().await;
    let both = ["Mine", "Theirs"].map(String::from).to_vec();
    world.ask(&mia, "DELETE", "/schedule/sync/disconnect", Some(json!({ "provider": "google" }))).await.ok();
    assert_eq!(world.ask(&mia, "GET", "/schedule/sync/status", None).await.ok()["state"], "none");
    assert_eq!((world.titles(&mia).await, world.titles_there()), (both.clone(), both.clone()));
    assert_eq!(world.link(&mia, json!({})).await, link, "the same link, with what both sides agreed on");
    assert_eq!((world.titles(&mia).await, world.titles_there()), (both.clone(), both));
    let away = json!({ "linkId": link, "removeSynced": true });
    world.ask(&mia, "DELETE", "/schedule/sync/disconnect", Some(away)).await.ok();
    assert_eq!(world.titles_there(), ["Theirs"], "copies are taken away, originals stay");
    let accounts = world.ask(&mia, "GET", "/schedule/sync/accounts", None).await.ok();
    assert_eq!(accounts["items"][0]["links"], 0, "the account stays connected");
}

#[tokio::test]
async fn a_preview_counts_what_a_first_sync_then_does() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let account = world.connect(&mia).await;
    for title in ["Mine", "Mine too", "On both sides"] {
        world.make(&mia, event(title)).await;
    }
    world.person("create", None, there("Theirs"));
    let twin = json!({ "summary": "On both sides", "start": { "dateTime": "2026-11-20T09:00:00Z" }, "end": { "dateTime": "2026-11-20T10:00:00Z" } });
    world.person("create", None, twin);
    let path = format!("/schedule/sync/preview?accountId={account}&calendarId=primary");
    let seen = world.ask(&mia, "GET", &path, None).await.ok();
    assert_eq!(seen, json!({ "comesIn": 1, "goesOut": 2, "duplicates": 1, "whole": true }));
    assert_eq!(world.titles(&mia).await.len(), 3, "nothing was kept");
    world.link(&mia, json!({})).await;
    assert_eq!((world.titles(&mia).await.len(), world.titles_there().len()), (4, 4));
}

#[tokio::test]
async fn a_waiting_change_is_seen_tried_again_and_let_go_of() {
    let (world, mia, _) = linked(json!({})).await;
    let mine = world.make(&mia, event("Mine")).await;
    world.settle().await;
    world.change(&mia, &mine, json!({ "title": "Renamed" })).await;
    let queue = async || world.ask(&mia, "GET", "/schedule/sync/queue", None).await.ok()["items"].clone();
    let waiting = queue().await;
    assert_eq!((&waiting[0]["title"], &waiting[0]["state"]), (&json!("Renamed"), &json!("pending")));
    let path = |what: &str| format!("/schedule/sync/queue/{}/{what}", word(&waiting[0], "id"));
    world.ask(&mia, "POST", &path("retry"), None).await.ok();
    world.ask(&mia, "POST", &path("drop"), None).await.ok();
    assert_eq!(queue().await, json!([]));
    assert_eq!(world.ask(&mia, "POST", &path("drop"), None).await.status, 404, "it does not wait any more");
    world.settle().await;
    assert_eq!(world.titles_there(), ["Mine"], "it was let go of");
    world.change(&mia, &mine, json!({ "location": "Studio A" })).await;
    world.settle().await;
    assert_eq!(world.titles_there(), ["Renamed"], "until it is changed again");
}

#[tokio::test]
async fn settings_change_what_is_given_and_what_follows_is_done() {
    let (world, mia, link) = linked(json!({})).await;
    world.make(&mia, event("Plain")).await;
    let mut booked = event("Session");
    booked["sessionType"] = json!("one_on_one");
    world.make(&mia, booked).await;
    world.settle().await;
    let path = format!("/schedule/sync/settings?linkId={link}");
    let before = world.ask(&mia, "GET", &path, None).await.ok();
    let same = world.ask(&mia, "PUT", "/schedule/sync/settings", Some(before.clone())).await.ok();
    assert_eq!(same, before, "what is read can be written back");
    let only =
        json!({ "linkId": link, "filters": { "appointmentTypes": ["one_on_one"] }, "detail": "title" });
    let after = world.ask(&mia, "PUT", "/schedule/sync/settings", Some(only)).await.ok();
    assert_eq!((&after["syncAll"], &after["notes"]), (&json!(false), &json!(true)));
    world.settle().await;
    assert_eq!(world.titles_there(), ["Session"]);
    let nobodys =
        json!({ "linkId": link, "filters": { "clientIds": ["00000000-0000-0000-0000-000000000001"] } });
    let refused = world.ask(&mia, "PUT", "/schedule/sync/settings", Some(nobodys)).await;
    assert_eq!((refused.status.as_u16(), word(&refused.json, "field")), (422, "filters.clientIds"));
}

#[tokio::test]
async fn a_large_change_waits_for_consent_to_exactly_that() {
    let (world, mia, link) = linked(json!({})).await;
    for n in 10..26 {
        let day = json!({ "title": format!("No {n}"), "start": format!("2026-11-{n}") });
        world.make(&mia, day).await;
    }
    world.settle().await;
    for copy in world.there() {
        world.person("delete", Some(word(&copy, "id")), json!({}));
    }
    world.settle().await;
    let status = world.ask(&mia, "GET", "/schedule/sync/status", None).await.ok();
    let held = &status["items"][0];
    assert_eq!((&status["state"], &held["state"]), (&json!("attention"), &json!("braked")), "{status:#}");
    assert_eq!(world.titles(&mia).await.len(), 16);
    let plans = world.ask(&mia, "GET", "/schedule/sync/plans", None).await.ok();
    assert_eq!(
        (&plans["items"][0]["hash"], &plans["items"][0]["total"]),
        (&held["plan"]["hash"], &json!(16))
    );
    let approve = async |hash: &str| {
        let consent = json!({ "linkId": link, "hash": hash });
        world.ask(&mia, "POST", "/schedule/sync/plans/approve", Some(consent)).await
    };
    assert_eq!(approve("0000").await.json["field"], "hash");
    assert_eq!(approve(word(&held["plan"], "hash")).await.status, 204);
    world.settle().await;
    assert_eq!(world.titles(&mia).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_connection_that_does_not_work_is_told_and_a_test_says_why() {
    let (world, mia, _) = linked(json!({})).await;
    let test = async || {
        world.ask(&mia, "POST", "/schedule/sync/test", Some(json!({ "provider": "google" }))).await.ok()
    };
    assert_eq!(test().await["ok"], true);
    world.twin.control("POST", "tokens", &json!({ "do": "revoke", "user": "alice" })).unwrap();
    assert_eq!(test().await["ok"], false);
    let accounts = world.ask(&mia, "GET", "/schedule/sync/accounts", None).await.ok();
    assert_eq!(accounts["items"][0]["state"], "revoked", "{accounts:#}");
    let status = world.ask(&mia, "GET", "/schedule/sync/status", None).await.ok();
    assert_eq!((&status["state"], &status["items"][0]["isActive"]), (&json!("attention"), &json!(false)));
}

#[tokio::test]
async fn rules_16_consent_is_for_the_link_that_is_named_also_where_two_have_the_same_plan() {
    let (world, mia, first) = linked(json!({})).await;
    let account =
        world.ask(&mia, "GET", "/schedule/sync/accounts", None).await.ok()["items"][0]["id"].clone();
    let path = format!("/schedule/sync/calendars?accountId={}", account.as_str().unwrap());
    let offered = world.ask(&mia, "GET", &path, None).await.ok();
    let other = offered["items"].as_array().unwrap().iter().find(|c| c["linked"].is_null()).unwrap();
    let new = json!({ "accountId": account, "calendarId": other["id"] });
    let second = world.ask(&mia, "POST", "/schedule/sync/links", Some(new)).await.ok()["linkId"].clone();
    let engine = &world.app.engine;
    let plan = concord_sync::plan::Plan::default();
    let mut tx = engine.store.begin().await.unwrap();
    for link in [&json!(first), &second] {
        let row = concord_store::plans::Plan {
            hash: plan.hash(),
            link: link.as_str().unwrap().parse().unwrap(),
            workspace: world.workspace,
            json: serde_json::to_value(&plan).unwrap(),
            made_at: engine.now(),
            approved_at: None,
            expires_at: engine.now() + jiff::SignedDuration::from_hours(24),
            used_at: None,
        };
        concord_store::plans::save(&mut tx, &row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let consent = json!({ "linkId": second, "hash": plan.hash() });
    world.ask(&mia, "POST", "/schedule/sync/plans/approve", Some(consent)).await.ok();
    let plans = world.ask(&mia, "GET", "/schedule/sync/plans", None).await.ok();
    let approved = plans["items"].as_array().unwrap().iter().filter(|plan| plan["approvedAt"].is_string());
    assert_eq!(approved.map(|plan| plan["linkId"].clone()).collect::<Vec<_>>(), [second]);
}

#[tokio::test]
async fn i_31_a_push_with_the_headers_of_a_channel_is_a_notice_and_needs_no_sign_in() {
    let (world, mia, _) = linked(json!({})).await;
    let forged = [
        ("x-goog-channel-id", "nobodys"),
        ("x-goog-channel-token", "guess"),
        ("x-goog-resource-state", "exists"),
        ("x-goog-resource-id", "r"),
        ("x-goog-message-number", "2"),
    ];
    let path = "/calendar/sync/google/push";
    let heard = world.ask_with(None, "POST", path, None, &forged).await;
    assert_eq!(
        (heard.status, word(&heard.json, "code")),
        (StatusCode::FORBIDDEN, "forbidden"),
        "of no channel"
    );
    let manual = world.ask_with(None, "POST", path, None, &[]).await;
    assert_eq!(manual.status, StatusCode::UNAUTHORIZED, "without them it is a wish of somebody's");
    world.ask(&mia, "POST", path, None).await.ok();
}
