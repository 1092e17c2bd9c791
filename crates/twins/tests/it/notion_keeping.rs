//! What holds for the Notion twin whatever is done to it: it is kept whole, and equal seeds give equal lives.

use concord_twins::notion::{Settings, Snapshot, Twin};
use serde_json::{Value, json};

use crate::notion_world::{World, text, title, words};

/// Another twin that was given what this one held, by way of a file.
fn again(world: &World) -> World {
    let text = serde_json::to_string(&world.twin.snapshot()).unwrap();
    let other = world.beside(Twin::new(Settings { seed: 7, ..world.settings() }));
    other.twin.restore(serde_json::from_str(&text).unwrap()).unwrap();
    other
}

/// A life in which everything happens that leaves something behind.
fn lived() -> World {
    let world = World::new();
    world.subscribed();
    world.sign_in();
    let page = world.add(json!({"Tags": {"multi_select": [{"name": "one"}]}, "Description": words("Soup")}));
    world.change(&text(&page["id"]), json!({"Name": title("Brunch")}));
    let children = json!({"children": [{"paragraph": words("body")}]});
    world.done("PATCH", &format!("blocks/{}/children", text(&page["id"])), children);
    world.control("event", json!({"do": "copy", "id": page["id"]}));
    world.control("event", json!({"do": "move", "id": page["id"], "destination": "Team"}));
    world.control("quirks", json!({"lagMs": 5, "quota": {"perMinute": 100}}));
    world.control("clock", json!({"advance": "36h"}));
    world
}

#[test]
fn the_token_of_an_internal_connection_can_be_given_back_whoever_signed_in_meanwhile() {
    let world = World::new();
    world.control("tokens", json!({"do": "revoke", "user": "alice"}));
    let asked = || world.call("GET", "users/me", Value::Null).status.as_u16();
    assert_eq!(asked(), 401);
    world.wait(60);
    world.sign_in();
    world.control("tokens", json!({"do": "restore", "user": "alice"}));
    assert_eq!(asked(), 200);
}

#[test]
fn what_is_kept_is_all_there_is() {
    let world = lived();
    let shown = |world: &World| {
        ["state", "log", "changes", "webhook", "quirks", "clock"].map(|route| world.look(route))
    };
    assert_eq!(shown(&again(&world)), shown(&world));
    let kept = |world: &World| serde_json::to_value(world.twin.snapshot()).unwrap();
    assert_eq!(kept(&again(&world)), kept(&world));
}

#[test]
fn equal_seeds_give_equal_lives() {
    let told = |world: World| world.twin.snapshot();
    let [one, other] = [told(lived()), told(lived())].map(|snapshot| serde_json::to_value(snapshot).unwrap());
    assert_eq!(one, other);
}

#[test]
fn grants_subscriptions_and_what_waits_outlive_a_restart() {
    let world = World::with(json!({"webhooks": {"delayMs": 60_000}}));
    let tokens = world.sign_in();
    let subscription = world.subscribed();
    world.control("webhook", json!({"do": "change", "events": ["page.created"]}));
    let page = world.add(json!({}));
    let world = again(&world);
    assert_eq!(world.refresh(&tokens["refresh_token"]).0, 200);
    assert!(world.notices().is_empty());
    world.wait(61);
    let (event, _) = world.notices().pop().unwrap();
    assert_eq!((&event["entity"]["id"], &event["subscription_id"]), (&page["id"], &subscription["id"]));
}

#[test]
fn a_cursor_outlives_a_restart_and_ends_by_the_clock() {
    let world = World::new();
    (0..3).for_each(|_| drop(world.add(json!({}))));
    let path = format!("data_sources/{}/query", world.calendar());
    let first = world.done("POST", &path, json!({"page_size": 2}));
    let world = again(&world);
    let rest = json!({"page_size": 2, "start_cursor": first["next_cursor"]});
    assert_eq!(world.done("POST", &path, rest.clone())["results"].as_array().unwrap().len(), 1);
    world.wait(3600);
    assert_eq!(world.refused("POST", &path, rest).0, 400);
}

#[test]
fn another_twins_snapshot_is_refused() {
    let world = World::new();
    let mut other = serde_json::to_value(world.twin.snapshot()).unwrap();
    other["twin"] = json!("google");
    let refused = world.twin.restore(serde_json::from_value::<Snapshot>(other).unwrap()).unwrap_err();
    assert!(refused.contains("google"), "{refused}");
}

#[test]
fn reading_a_table_page_by_page_gives_each_row_once_while_others_are_edited() {
    let world = World::new();
    let ids: Vec<String> = (0..30).map(|_| text(&world.add(json!({}))["id"])).collect();
    let sorts = json!([{"timestamp": "last_edited_time", "direction": "ascending"}]);
    let path = format!("data_sources/{}/query", world.calendar());
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    for n in 0.. {
        let page = world.done("POST", &path, json!({"sorts": sorts, "page_size": 5, "start_cursor": cursor}));
        seen.extend(page["results"].as_array().unwrap().iter().map(|row| text(&row["id"])));
        if page["has_more"] != true {
            break;
        }
        cursor = page["next_cursor"].clone();
        world.wait(60);
        // A row that was given is edited and comes again at the end; no other is lost by that.
        world.change(&seen[n], json!({"Location": words("moved")}));
    }
    assert!(ids.iter().all(|id| seen.contains(id)));
}

#[test]
fn three_calls_a_second_and_then_a_wait() {
    let world = World::with(json!({"quota": {"perSecond": 3}}));
    let me = || world.call("GET", "users/me", Value::Null);
    (0..3).for_each(|_| assert_eq!(me().status, 200));
    let refused = me();
    assert_eq!((refused.status.as_u16(), &refused.headers["retry-after"]), (429, &"1".parse().unwrap()));
    world.wait(1);
    assert_eq!(me().status, 200);
}

#[test]
fn every_switch_is_in_the_guide() {
    let guide = include_str!("../../../../docs/emulator.md");
    let quirks = World::new().look("quirks");
    let mut names: Vec<&String> = quirks.as_object().unwrap().keys().collect();
    names.extend(["webhooks", "quota"].iter().flat_map(|group| quirks[*group].as_object().unwrap().keys()));
    let missing: Vec<&&String> = names.iter().filter(|name| !guide.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
