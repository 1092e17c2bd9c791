//! Small promises of the state machine that no client library shows.

use serde_json::{Value, json};

use crate::world::{TEAM, World, event, json_of, reason};

#[test]
fn tokens_of_another_time_are_not_understood() {
    let world = World::new(1);
    world.done("POST", "/calendars/primary/events", event(3, 9));
    let (_, cursor) = world.list("twin-alice", "primary", "").unwrap();
    world.control("reset", json!({}));
    let reply = world.call("GET", &format!("/calendars/primary/events?syncToken={cursor}"), Value::Null);
    assert_eq!((reply.status.as_u16(), reason(&reply).as_str()), (400, "invalid"));
}

#[test]
fn only_the_tokens_that_were_meant_expire() {
    let world = World::new(1);
    let cursor = |token, calendar| world.list(token, calendar, "").unwrap().1;
    let (alices, teams, bobs) =
        (cursor("twin-alice", "primary"), cursor("twin-alice", TEAM), cursor("twin-bob", "primary"));
    let good =
        |token, calendar, cursor: &str| world.list(token, calendar, &format!("syncToken={cursor}")).is_some();
    world.control("expire-sync", json!({"calendar": "Team"}));
    assert!(good("twin-alice", "primary", &alices) && !good("twin-alice", TEAM, &teams));
    world.control("expire-sync", json!({"user": "alice"}));
    assert!(!good("twin-alice", "primary", &alices) && good("twin-bob", "primary", &bobs));
}

#[test]
fn a_control_route_says_what_it_did_not_understand() {
    let world = World::new(1);
    let refused = |route: &str, body: Value| world.twin.control("POST", route, &body).unwrap_err();
    assert!(refused("faults", json!({"kind": "explode"})).contains("explode"));
    assert!(refused("clock", json!({"advance": "a while"})).contains("a while"));
    assert!(refused("event", json!({"do": "create", "user": "carol"})).contains("carol"));
    assert!(refused("event", json!({"do": "delete", "id": "nothing"})).contains("Not Found"));
    assert!(refused("quirks", json!({"gravity": 1})).contains("gravity"));
    assert!(refused("nowhere", json!({})).contains("nowhere"));
}

#[test]
fn calendars_appear_and_vanish_behind_the_providers_back() {
    let world = World::new(1);
    let ids = |world: &World| -> Vec<String> {
        let list = world.done("GET", "/users/me/calendarList", Value::Null);
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let made =
        json!({"do": "create", "id": "extra@group.calendar.google.com", "fields": {"summary": "Extra"}});
    world.control("calendar", made);
    assert_eq!(ids(&world).len(), 3);
    world.control("calendar", json!({"do": "delete", "id": "Extra"}));
    assert_eq!(ids(&world).len(), 2);
    let gone = world.call("GET", "/calendars/extra%40group.calendar.google.com/events", Value::Null);
    assert_eq!(gone.status.as_u16(), 404);
}

#[test]
fn pages_that_never_end_are_served_when_asked_for() {
    let world = World::new(1);
    for day in 1..4 {
        world.done("POST", "/calendars/primary/events", event(day, 9));
    }
    world.control("quirks", json!({"endlessPages": true}));
    let page = |token: &str| {
        let target = format!("/calendars/primary/events?maxResults=1{token}");
        json_of(&world.call("GET", &target, Value::Null))["nextPageToken"].as_str().unwrap().to_owned()
    };
    let second = page("");
    assert_eq!(page(&format!("&pageToken={second}")), second);
}

#[test]
fn a_label_and_a_colour_exclude_each_other() {
    let world = World::new(1);
    let mut both = event(3, 9);
    (both["colorId"], both["eventLabelId"]) = (json!("3"), json!("l1"));
    let old = world.done("POST", "/calendars/primary/events", both.clone());
    assert_eq!((&old["colorId"], &old["eventLabelId"]), (&json!("3"), &Value::Null));
    let new = world.done("POST", "/calendars/primary/events?eventLabelVersion=1", both);
    assert_eq!((&new["colorId"], &new["eventLabelId"]), (&Value::Null, &json!("l1")));
}

#[test]
fn dates_are_the_twins_own() {
    let world = World::new(1);
    world.control("clock", json!({"advance": "1d"}));
    let reply = world.call("GET", "/colors", Value::Null);
    assert_eq!(reply.headers["date"], "Sat, 16 Jan 2027 08:00:00 GMT");
}

#[test]
fn a_person_sees_what_is_there_whatever_odd_behaviour_is_switched_on() {
    let world = World::new(1);
    let mut series = event(3, 9);
    (series["recurrence"], series["id"]) = (json!(["RRULE:FREQ=DAILY;COUNT=3"]), json!("ser01"));
    world.control("event", json!({"do": "create", "fields": series}));
    world.control("event", json!({"do": "create", "fields": event(4, 8)}));
    world.control(
        "event",
        json!({"do": "change", "id": "ser01_20270304T140000Z", "fields": {"summary": "Once"}}),
    );
    world.control("event", json!({"do": "delete", "id": "ser01_20270305T140000Z"}));
    world.control("quirks", json!({"emptyPages": true, "visibilityDelayMs": 60_000}));
    world.control("tokens", json!({"do": "revoke"}));
    let titles = |query: &str| -> Vec<String> {
        let shown = world.look(&format!("events?{query}"));
        let events = shown["events"].as_array().unwrap().iter();
        events.map(|event| event["summary"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles("from=2027-03-01T00:00:00Z"), ["3 9", "4 8", "Once"]);
    assert_eq!(titles("from=2027-03-04T00:00:00Z&until=2027-03-05T00:00:00Z&user=alice"), ["4 8", "Once"]);
    assert_eq!(titles("user=bob&calendar=Team"), [""; 0]);
    let refused = |body: Value| world.twin.control("GET", "events", &body).unwrap_err();
    assert!(refused(json!({"user": "carol"})).contains("carol"));
    assert!(refused(json!({"from": "soon"})).contains("from"));
    assert!(refused(json!({"user": "bob", "calendar": TEAM})).contains("Not Found"));
}

#[test]
fn the_log_can_be_read_from_its_end() {
    let world = World::new(1);
    for _ in 0..5 {
        world.done("GET", "/colors", Value::Null);
    }
    let numbers = |query: &str| -> Vec<u64> {
        let shown = world.look(&format!("log{query}"));
        shown["calls"].as_array().unwrap().iter().map(|call| call["n"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers("?last=2"), [4, 5]);
    assert_eq!(numbers("?since=3&last=9"), [4, 5]);
    assert_eq!(numbers("").len(), 5);
    assert!(world.twin.control("GET", "log", &json!({"last": "few"})).unwrap_err().contains("last"));
}
