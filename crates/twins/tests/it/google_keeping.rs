//! A twin that is kept, ended and begun again goes on where it was.

use concord_twins::google::{Settings, Snapshot, Twin};
use serde_json::{Value, json};

use crate::world::{World, event, json_of, reason};

/// Another twin that was given what this one held, by way of a file.
fn again(world: &World) -> World {
    let text = serde_json::to_string(&world.twin.snapshot()).unwrap();
    let other = world.beside(Twin::new(Settings { seed: 7, ..world.settings() }));
    other.twin.restore(serde_json::from_str(&text).unwrap()).unwrap();
    other
}

fn ids(items: &[Value]) -> Vec<&str> {
    let mut ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn an_old_sync_token_gets_exactly_what_changed_since() {
    let world = World::new(1);
    for (day, id) in [(3, "same1"), (4, "change1"), (5, "gone1")] {
        let mut body = event(day, 9);
        body["id"] = json!(id);
        world.done("POST", "/calendars/primary/events", body);
    }
    let (_, cursor) = world.list("twin-alice", "primary", "").unwrap();
    world.done("PATCH", "/calendars/primary/events/change1", json!({"summary": "Other"}));
    let world = again(&world);
    world.done("DELETE", "/calendars/primary/events/gone1", Value::Null);
    let (items, cursor) = world.list("twin-alice", "primary", &format!("syncToken={cursor}")).unwrap();
    assert_eq!(ids(&items), ["change1", "gone1"]);
    assert!(
        again(&world).list("twin-alice", "primary", &format!("syncToken={cursor}")).unwrap().0.is_empty()
    );
}

#[test]
fn what_is_kept_is_all_there_is() {
    let world = World::new(1);
    let mut series = event(3, 9);
    (series["recurrence"], series["id"]) = (json!(["RRULE:FREQ=DAILY;COUNT=5"]), json!("ser01"));
    series["attendees"] = json!([{"email": "bob@twin.test"}]);
    world.done("POST", "/calendars/primary/events?sendUpdates=all", series);
    let second = json!({"do": "change", "id": "ser01_20270304T140000Z", "fields": {"summary": "Once"}});
    world.control("event", second);
    let channel = json!({"id": "c1", "type": "web_hook", "address": "http://there/hook"});
    world.done("POST", "/calendars/primary/events/watch", channel);
    world.control("quirks", json!({"emptyPages": true}));
    world.control("clock", json!({"advance": "36h"}));
    let shown = |world: &World| {
        let look = |route| world.twin.control("GET", route, &json!({})).unwrap();
        ["state", "log", "changes", "mail", "channels", "quirks", "clock"].map(look)
    };
    assert_eq!(shown(&again(&world)), shown(&world));
    let kept = |world: &World| serde_json::to_value(world.twin.snapshot()).unwrap();
    assert_eq!(kept(&again(&world)), kept(&world));
}

#[test]
fn versions_go_on_and_burnt_ids_stay_burnt() {
    let world = World::new(1);
    let mut body = event(3, 9);
    body["id"] = json!("ev001");
    let etag = world.done("POST", "/calendars/primary/events", body.clone())["etag"].clone();
    let world = again(&world);
    let fresh =
        world.done("PATCH", "/calendars/primary/events/ev001", json!({"summary": "B"}))["etag"].clone();
    assert!(fresh.as_str() > etag.as_str(), "{fresh} follows {etag}");
    world.done("DELETE", "/calendars/primary/events/ev001", Value::Null);
    let refused = again(&world).call("POST", "/calendars/primary/events", body);
    assert_eq!((refused.status.as_u16(), reason(&refused).as_str()), (409, "duplicate"));
}

#[test]
fn no_identifier_is_given_twice() {
    let world = World::new(1);
    let made = |world: &World| world.done("POST", "/calendars/primary/events", event(3, 9))["id"].clone();
    let before = made(&world);
    let first = made(&again(&world));
    // What was made after the snapshot is lost with the twin, but somebody may have seen its identifier.
    world.wait(1);
    let second = made(&again(&world));
    assert!(first != before && second != before && second != first);
}

#[test]
fn grants_outlive_a_restart() {
    let world = World::new(1);
    let (access, refresh) = world.sign_in();
    let world = again(&world);
    let list =
        |token: &str| world.call_as(token, "GET", "/users/me/calendarList", Value::Null).status.as_u16();
    assert_eq!(list(&access), 200);
    assert_eq!(list(&world.refreshed(&refresh).unwrap()), 200);
    world.control("tokens", json!({"do": "revoke"}));
    let world = again(&world);
    assert_eq!(world.call_as(&access, "GET", "/users/me/calendarList", Value::Null).status.as_u16(), 401);
    assert_eq!(world.refreshed(&refresh), None);
    assert_eq!(world.call("GET", "/users/me/calendarList", Value::Null).status.as_u16(), 401);
}

#[test]
fn a_notice_without_an_answer_is_sent_again() {
    let world = World::new(1);
    let channel = json!({"id": "c1", "type": "web_hook", "address": "http://there/hook"});
    world.done("POST", "/calendars/primary/events/watch", channel);
    assert_eq!(world.twin.take_notices().len(), 1);
    let world = again(&world);
    let notice = world.twin.take_notices().pop().unwrap();
    world.twin.delivered(notice.id, 200);
    assert!(again(&world).twin.take_notices().is_empty());
    world.done("POST", "/calendars/primary/events", event(3, 9));
    assert_eq!(world.twin.take_notices().len(), 1, "the channel is open");
}

#[test]
fn another_form_is_refused_and_changes_nothing() {
    let world = World::new(1);
    world.done("POST", "/calendars/primary/events", event(3, 9));
    let kept = serde_json::to_value(world.twin.snapshot()).unwrap();
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut other = kept.clone();
        change(&mut other);
        world.twin.restore(serde_json::from_value::<Snapshot>(other).unwrap()).unwrap_err()
    };
    assert!(refused(&|snapshot| snapshot["version"] = json!(9)).contains("version 9"));
    assert!(refused(&|snapshot| snapshot["twin"] = json!("notion")).contains("notion"));
    assert!(refused(&|snapshot| snapshot["state"]["calendars"] = json!(1)).contains("not what a twin"));
    assert_eq!(serde_json::to_value(world.twin.snapshot()).unwrap(), kept);
}

#[test]
fn the_revision_tells_when_there_is_something_to_keep() {
    let world = World::new(1);
    let mut last = world.twin.revision();
    let mut moved = |what: &dyn Fn()| {
        what();
        let now = world.twin.revision();
        std::mem::replace(&mut last, now) < now
    };
    assert!(moved(&|| drop(world.done("POST", "/calendars/primary/events", event(3, 9)))));
    assert!(moved(&|| drop(world.control("clock", json!({"advance": "1h"})))));
    assert!(moved(&|| drop(world.control("reset", json!({})))));
    let look = concord_twins::Call::new(http::Method::GET, "/_twin/state", "");
    assert!(!moved(&|| assert_eq!(json_of(&world.twin.answer(look.clone()))["counts"]["calls"], 0)));
    assert!(!moved(&|| assert!(world.twin.take_notices().is_empty())));
}

#[test]
fn what_google_finishes_later_is_finished_after_a_restart() {
    let world = World::new(1);
    world.control("quirks", json!({"lateEtagMs": 5000}));
    let made = world.done("POST", "/calendars/primary/events", event(3, 9));
    let world = again(&world);
    let before = world.twin.revision();
    world.wait(5);
    world.twin.take_notices();
    assert!(world.twin.revision() > before);
    let target = format!("/calendars/primary/events/{}", made["id"].as_str().unwrap());
    assert_ne!(world.done("GET", &target, Value::Null)["etag"], made["etag"]);
}
