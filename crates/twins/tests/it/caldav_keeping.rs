//! A twin that is kept goes on where it was, for its clients too; faults are exact.

use concord_twins::caldav::{Settings, Twin};
use concord_twins::message::Journey;
use serde_json::json;

use crate::caldav_world::{HOME, World, event, header, members, names, text};

#[test]
fn a_restored_twin_goes_on_where_it_was() {
    let world = World::like("cyrus");
    world.control("preset", json!({"name": "plain", "quirks": {"wire": {"escapes": "lower"}}}));
    for name in ["a", "b"] {
        world.put(&format!("{HOME}{name}.ics"), &[], &event(name, 9));
    }
    let (_, token) = world.changes(HOME, "").unwrap();
    world.call("DELETE", &format!("{HOME}a.ics"), &[], "");
    world.control("tokens", json!({"do": "change", "user": "bob"}));
    let kept = serde_json::to_string(&world.twin.snapshot()).unwrap();
    let again = world.beside(Twin::new(world.settings()));
    let before = again.twin.revision();
    again.twin.restore(serde_json::from_str(&kept).unwrap()).unwrap();
    assert!(again.twin.revision() > before);
    assert_eq!(again.changes(HOME, &token).unwrap(), world.changes(HOME, &token).unwrap());
    assert_eq!(again.look("state", json!({})), world.look("state", json!({})));
    assert_eq!(again.look("quirks", json!({}))["wire"]["escapes"], "lower");
    let ids = |world: &World| {
        world.person(json!({"do": "create", "fields": {"summary": "x", "start": "2027-03-10"}}))["id"].clone()
    };
    assert_ne!(ids(&again), ids(&world), "no identifier comes twice");
    assert!(
        again
            .twin
            .restore(serde_json::from_value(json!({"twin": "google", "version": 1, "state": {}})).unwrap())
            .is_err()
    );
}

#[test]
fn the_revision_moves_with_what_a_snapshot_would_show() {
    let world = World::new();
    let before = world.twin.revision();
    world.look("state", json!({}));
    assert_eq!(world.twin.revision(), before);
    world.put(&format!("{HOME}a.ics"), &[], &event("a", 9));
    assert!(world.twin.revision() > before);
}

#[test]
fn a_lost_answer_keeps_its_effect_and_a_lost_request_has_none() {
    let world = World::new();
    let path = format!("{HOME}a.ics");
    world.control("faults", json!({"kind": "drop_before", "count": 1, "match": {"method": "PUT"}}));
    assert_eq!(world.put(&path, &[], &event("a", 9)).journey, Journey::LostBefore);
    assert_eq!(world.call("GET", &path, &[], "").status, 404);
    world.control("faults", json!({"kind": "drop_after", "count": 1, "match": {"method": "PUT"}}));
    assert_eq!(world.put(&path, &[], &event("a", 9)).journey, Journey::LostAfter);
    assert_eq!(world.call("GET", &path, &[], "").status, 200);
    let log = world.look("log", json!({}));
    let told: Vec<&str> =
        log["calls"].as_array().unwrap().iter().filter_map(|call| call["fault"].as_str()).collect();
    assert_eq!(told, ["drop_before", "drop_after"]);
}

#[test]
fn an_empty_list_is_a_whole_answer_with_its_token() {
    let world = World::new();
    world.put(&format!("{HOME}a.ics"), &[], &event("a", 9));
    world.control("faults", json!({"kind": "empty", "count": 1, "match": {"method": "REPORT"}}));
    let (none, token) = world.changes(HOME, "").unwrap();
    assert_eq!(none, []);
    assert_eq!(world.changes(HOME, &token).unwrap().0, [], "and the cursor moved");
}

#[test]
fn what_is_refused_is_not_told_as_done_by_an_empty_answer() {
    let world = World::new();
    let path = format!("{HOME}a.ics");
    world.put(&path, &[], &event("a", 9));
    world.control("faults", json!({"kind": "empty", "count": 2, "match": {"method": "PUT"}}));
    let on_an_old_version = [("if-match", "\"old\"")];
    assert_eq!(world.put(&path, &on_an_old_version, &event("a", 10)).status, 412);
    assert_eq!(world.put(&path, &[], &event("a", 11)).status, 200);
}

#[test]
fn half_a_list_is_a_whole_answer_too() {
    let world = World::new();
    for name in ["a", "b", "c", "d"] {
        world.put(&format!("{HOME}{name}.ics"), &[], &event(name, 9));
    }
    world.control("faults", json!({"kind": "short", "count": 2}));
    let (half, token) = world.changes(HOME, "").unwrap();
    assert_eq!(half.len(), 2);
    assert_eq!(world.changes(HOME, &token).unwrap().0, [], "and the cursor moved");
    assert_eq!(world.call("GET", &format!("{HOME}a.ics"), &[], "").status, 200);
}

#[test]
fn more_people_can_live_here() {
    let world = World::new();
    let settings = Settings { more_people: vec!["carol".to_owned()], ..world.settings() };
    let world = world.beside(Twin::new(settings));
    let home = "/dav/calendars/carol/home/";
    let reply = world.call_as("carol", "twin-carol", "PROPFIND", home, &[("depth", "0")], "");
    assert_eq!(reply.status, 207);
    assert_eq!(world.twin.counts()[0], 1);
}

#[test]
fn a_stale_answer_is_from_before_the_last_change() {
    let world = World::new();
    let path = format!("{HOME}a.ics");
    let old = header(&world.put(&path, &[], &event("a", 9)), "etag").unwrap().to_owned();
    world.put(&path, &[], &event("a", 10));
    world.control("faults", json!({"kind": "stale", "count": 2}));
    assert_eq!(header(&world.call("GET", &path, &[], ""), "etag"), Some(old.as_str()));
    assert_eq!(world.query(HOME, None)[0].etag.as_deref(), Some(old.as_str()));
    assert_ne!(world.query(HOME, None)[0].etag.as_deref(), Some(old.as_str()));
}

#[test]
fn every_refusal_can_be_made_to_happen() {
    let world = World::new();
    let rule = json!({"kind": "status", "status": 403, "reason": "caldav:no-uid-conflict", "retryAfter": 7, "count": 1});
    world.control("faults", rule);
    let reply = world.put(&format!("{HOME}a.ics"), &[], &event("a", 9));
    assert_eq!((reply.status.as_u16(), header(&reply, "retry-after")), (403, Some("7")));
    assert!(text(&reply).contains("<cal:no-uid-conflict/>"));
    world.control("faults", json!({"kind": "status", "status": 503, "effect": true, "count": 1}));
    assert_eq!(world.put(&format!("{HOME}a.ics"), &[], &event("a", 9)).status, 503);
    assert_eq!(world.call("GET", &format!("{HOME}a.ics"), &[], "").status, 200);
}

#[test]
fn equal_seeds_and_calls_give_equal_worlds() {
    let life = || {
        let world = World::with(json!({"wire": {"scattered": true}, "write": {"putEtag": "sometimes"}}));
        for n in 0..6 {
            world.put(&format!("{HOME}{n}.ics"), &[], &event(&n.to_string(), 9));
            world.person(json!({"do": "create", "fields": {"summary": "x", "start": "2027-03-10T09:00:00"}}));
        }
        let order = names(&members(&world.propfind(HOME, "1", "<d:getetag/>")));
        (world.look("state", json!({})), order)
    };
    assert_eq!(life(), life());
}
