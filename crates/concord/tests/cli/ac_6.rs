//! AC-6: sign-ins that end, providers in trouble. Nothing is lost, nothing doubled, and the person is told.

use serde_json::{Value, json};

use crate::world::{World, at, instant, word};

#[test]
fn ac_6_a_token_that_is_none_is_refused_when_it_is_handed_over() {
    let world = World::new();
    world
        .told("made-up\n", &["account", "add", "google"])
        .ends(2)
        .says("Google does not accept the access token");
    world.told("", &["account", "add", "google"]).ends(2).says("standard input");
    assert_eq!(world.ok(&["account", "list"]), json!([]));
}

#[test]
fn ac_6_an_account_whose_access_has_ended_asks_for_a_reconnect_once_and_loses_nothing() {
    for how in ["expire", "revoke"] {
        let world = World::linked();
        world.add("Before", &at(2, "10:00"), &[]);
        world.sync();
        world.twin.post("tokens", json!({ "do": how, "user": "alice" }));
        world.add("Meanwhile", &at(3, "10:00"), &[]);
        let told = world.sync_ends(1);
        assert_eq!(word(&told["links"][0], "state"), "reconnect", "{how}: {told:#}");
        let calls = world.twin.calls();
        world.sync_ends(1);
        assert_eq!(world.twin.calls(), calls, "{how}: no more calls until somebody signs in");
        world.run(&["account", "list"]).ends(1);
        world.run(&["doctor"]).ends(1);

        world.twin.post("tokens", json!({ "do": "restore", "user": "alice" }));
        world.connect();
        world.sync();
        world.both_hold(&["Before", "Meanwhile"]);
        assert_eq!(world.ok(&["link", "list"]).as_array().unwrap().len(), 1, "{how}: the same link goes on");
    }
}

#[test]
fn ac_6_whatever_the_provider_does_the_sync_succeeds_in_the_end() {
    let trouble: [(&str, Value); 7] = [
        (
            "rate limit",
            json!({"kind": "status", "status": 429, "retryAfter": 1, "count": 2, "match": {"path": "/calendar"}}),
        ),
        (
            "quota",
            json!({"kind": "status", "status": 403, "reason": "rateLimitExceeded", "count": 2, "match": {"path": "/calendar"}}),
        ),
        ("down", json!({"kind": "status", "status": 503, "count": 3, "match": {"path": "/calendar"}})),
        ("lost before", json!({"kind": "drop_before", "count": 2, "match": {"path": "/calendar"}})),
        ("lost after", json!({"kind": "drop_after", "count": 3, "match": {"path": "/calendar"}})),
        ("malformed", json!({"kind": "garbage", "count": 3, "match": {"path": "/calendar"}})),
        ("cut", json!({"kind": "truncate", "count": 3, "match": {"path": "/calendar"}})),
    ];
    for (name, rule) in trouble {
        let world = World::linked();
        world.add("Mine", &at(2, "10:00"), &[]);
        world.twin.make("Theirs", instant(3, "10:00", "Europe/Berlin"));
        world.twin.faults(rule);
        let ended = world.run(&["sync", "--wait=60s"]);
        assert_eq!(ended.code, 0, "{name}: {ended:#?}");
        world.both_hold(&["Mine", "Theirs"]);
    }
}

#[test]
fn ac_6_trouble_without_end_ends_with_3_and_is_told() {
    let world = World::linked();
    world.add("Mine", &at(2, "10:00"), &[]);
    world.twin.faults(json!({ "kind": "status", "status": 503, "match": { "path": "/calendar" } }));
    let once = world.run(&["sync", "--json"]).ends(3).json();
    assert!(word(&once["links"][0], "lastError").to_lowercase().contains("google"), "{once:#}");
    let waited = world.run(&["sync", "--wait=300ms", "--json"]).ends(3).json();
    assert_eq!(waited["timedOut"], json!(true));
    world.twin.calm();
    world.sync();
    world.both_hold(&["Mine"]);
}

#[test]
fn ac_6_a_call_that_hangs_is_given_up() {
    let mut world = World::linked();
    world.set("CONCORD_LEASE", "1s");
    world.add("Mine", &at(2, "10:00"), &[]);
    world.twin.faults(json!({ "kind": "delay", "ms": 2000, "count": 1, "match": { "path": "/calendar" } }));
    world.sync();
    world.both_hold(&["Mine"]);
    let runs = world.ok(&["run", "list"]);
    assert!(runs.to_string().contains("did not answer") || runs.as_array().unwrap().len() > 1, "{runs:#}");
}

#[test]
fn ac_6_one_item_that_is_refused_stops_no_other_and_is_listed() {
    let world = World::linked();
    world.twin.post("quirks", json!({ "longestDescription": 10 }));
    world.add("Fine", &at(2, "10:00"), &[]);
    world.add("Too long", &at(3, "10:00"), &["--description", "longer than this twin takes"]);
    let told = world.sync_ends(1);
    assert_eq!(world.twin.titles(), ["Fine"]);
    assert_eq!(told["links"][0]["errorCount"], 1, "{told:#}");
    let run = word(&told["runs"][0], "id");
    let shown = world.ok(&["run", "show", &run]);
    assert_eq!(shown["errors"].as_array().unwrap().len(), 1, "{shown:#}");

    world.twin.post("quirks", json!({ "longestDescription": null }));
    world.ok(&["run", "retry", &run]);
    assert_eq!(world.twin.titles(), ["Fine", "Too long"]);
    world.sync();
}
