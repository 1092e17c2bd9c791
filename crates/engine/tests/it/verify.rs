//! Comparing both sides: only what was compared is said to agree (BE-9, I-44).

use concord_engine::verify::{Verdict, verify};
use concord_model::LinkId;
use concord_model::link::Direction;
use serde_json::json;

use crate::world::World;

async fn compared(world: &World, link: LinkId) -> Verdict {
    verify(&world.engine, world.workspace, link).await.unwrap()
}

/// How many agree, wait, are kept apart, have drifted.
async fn numbers(world: &World, link: LinkId) -> [u64; 4] {
    let found = compared(world, link).await;
    [found.agree, found.waiting, found.apart, found.drift.len() as u64]
}

#[tokio::test]
async fn i_44_what_waits_was_not_compared() {
    let (world, link) = World::linked().await;
    world.control("quirks", json!({"longestSummary": 40}));
    world.make("2026-12-01 10:00", "Agreed").await;
    world.settle().await;
    assert_eq!(numbers(&world, link).await, [1, 0, 0, 0]);
    world.make("2026-12-02 10:00", &"x".repeat(60)).await;
    world.run(link).await;
    assert_eq!(numbers(&world, link).await, [1, 1, 0, 0], "refused");
    world.make("2026-12-03 10:00", "Not sent yet").await;
    assert_eq!(numbers(&world, link).await, [1, 2, 0, 0], "pending");
    world.person_makes("2026-12-04 10:00", "Not seen yet");
    assert_eq!(numbers(&world, link).await, [1, 3, 0, 0], "new there");
}

#[tokio::test]
async fn i_44_what_settings_keep_apart_is_not_said_to_agree() {
    let (world, link) = World::linked().await;
    world.person_makes("2026-12-01 10:00", "Theirs");
    world.person_makes("2020-12-01 10:00", "Long ago");
    world.settle().await;
    assert_eq!(numbers(&world, link).await, [1, 0, 1, 0], "over before the window began");
    world.person_makes("2029-12-01 10:00", "Far ahead");
    world.settle().await;
    assert_eq!(numbers(&world, link).await, [1, 0, 2, 0], "after the window's end");
    let event = world.events().await.remove(0);
    concord_engine::edit::switch(&world.engine, world.workspace, event.id, link, false).await.unwrap();
    world.settle().await;
    assert_eq!(numbers(&world, link).await, [0, 0, 3, 0], "switched off, and there as before");
}

#[tokio::test]
async fn i_44_what_a_one_way_link_leaves_different_is_kept_apart() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-12-01 10:00", "Ours").await;
    world.settle().await;
    world.set(link, |s| s.direction = Direction::Pull).await;
    world.edit(&event, |v| v.title = "Ours, renamed".to_owned()).await;
    world.settle().await;
    assert_eq!(numbers(&world, link).await, [0, 0, 1, 0]);
}

#[tokio::test]
async fn be_9_what_was_changed_unseen_has_drifted() {
    let (world, link) = World::linked().await;
    world.make("2026-12-01 10:00", "Renamed").await;
    world.make("2026-12-02 10:00", "Deleted").await;
    world.settle().await;
    world.change_there("primary", "Renamed", json!({"summary": "Something else"}));
    world.delete_there("primary", "Deleted");
    let mut told: Vec<String> = compared(&world, link).await.drift.into_iter().map(|d| d.what).collect();
    told.sort();
    assert_eq!(told, ["it is not in the calendar", "not the same there: title"]);
}
