//! Notices as values: taken, answered, tried again.

use serde_json::json;

use crate::world::{World, event};

fn watched() -> World {
    let world = World::new(1);
    let channel = json!({"id": "c1", "type": "web_hook", "address": "http://there/hook"});
    world.done("POST", "/calendars/primary/events/watch", channel);
    world
}

fn states(world: &World) -> Vec<(u64, String)> {
    let state =
        |request: &http::Request<_>| request.headers()["x-goog-resource-state"].to_str().unwrap().to_owned();
    world.twin.take_notices().iter().map(|notice| (notice.id, state(&notice.request))).collect()
}

#[test]
fn sync_comes_first_and_each_change_says_exists() {
    let world = watched();
    assert_eq!(states(&world), [(1, "sync".to_owned())]);
    world.done("POST", "/calendars/primary/events", event(3, 9));
    assert_eq!(states(&world), [(2, "exists".to_owned())]);
    assert!(states(&world).is_empty(), "each is taken once");
}

#[test]
fn a_busy_receiver_is_asked_again_later() {
    let world = watched();
    let [(sync, _)] = states(&world).try_into().unwrap();
    world.twin.delivered(sync, 503);
    assert!(states(&world).is_empty());
    let due = world.twin.next_notice().unwrap();
    assert!(due > world.twin.now());
    world.wait(60);
    assert_eq!(states(&world), [(sync, "sync".to_owned())]);
    world.twin.delivered(sync, 204);
    assert_eq!(world.twin.next_notice(), None);
}

#[test]
fn a_channel_whose_address_keeps_failing_is_given_up_without_a_word() {
    let world = watched();
    for day in 1..=8 {
        world.done("POST", "/calendars/primary/events", event(day, 9));
        for (id, _) in states(&world) {
            world.twin.delivered(id, 404);
        }
    }
    let channels = world.twin.control("GET", "channels", &json!({})).unwrap();
    assert_eq!(channels, json!({"channels": [], "waiting": 0}));
}

#[test]
fn late_and_doubled_notices_come_when_they_are_told_to() {
    let world = watched();
    states(&world);
    world.control("quirks", json!({"noticeDelayMs": 5000, "noticeCopies": 2}));
    world.done("POST", "/calendars/primary/events", event(3, 9));
    assert!(states(&world).is_empty());
    world.wait(5);
    assert_eq!(states(&world).len(), 2);
}

#[test]
fn a_stopped_channel_may_talk_a_little_longer() {
    let world = watched();
    let channels = world.twin.control("GET", "channels", &json!({})).unwrap();
    let resource = channels["channels"][0]["resourceId"].clone();
    states(&world);
    world.control("quirks", json!({"stoppedChannelMs": 10_000}));
    world.done("POST", "/channels/stop", json!({"id": "c1", "resourceId": resource}));
    world.done("POST", "/calendars/primary/events", event(3, 9));
    assert_eq!(states(&world).len(), 1);
    world.wait(10);
    world.done("POST", "/calendars/primary/events", event(4, 9));
    assert!(states(&world).is_empty());
}
