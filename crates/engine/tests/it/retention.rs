//! Letting go and coming back, and what is kept meanwhile (`rules.md` 12, 18, 22).

use concord_engine::links::Leftovers;
use concord_engine::upkeep;
use concord_model::LinkId;
use concord_model::link::Settings;
use concord_store::conflicts::{ConflictKind, Resolution};
use jiff::SignedDuration;
use serde_json::json;

use crate::world::World;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// An event of each side that agreed, the calendar let go of, and both deleted there meanwhile.
async fn absent_after_a_reconnect() -> (World, LinkId) {
    let (world, link) = World::linked().await;
    world.make("2027-02-10 10:00", "Mine").await;
    world.person_makes("2027-02-11 10:00", "Theirs");
    world.settle().await;
    world.remove(link, Leftovers::Leave).await;
    world.delete_there("primary", "Mine");
    world.delete_there("primary", "Theirs");
    world.link("primary", Settings::default()).await;
    (world, link)
}

const BOTH: [&str; 2] = ["20270210T100000 Mine", "20270211T100000 Theirs"];

#[tokio::test]
async fn rules_18_what_is_absent_after_a_reconnect_is_shown_for_review_however_long_that_takes() {
    let (world, _) = absent_after_a_reconnect().await;
    for _ in 0..30 {
        world.settle().await;
        upkeep::sweep(&world.engine).await.unwrap();
        assert_eq!(world.here().await, BOTH, "not deleted by itself");
        assert_eq!(world.there("primary"), Vec::<String>::new(), "nor made again by itself");
        world.advance(DAY);
    }
    let asked = world.questions().await;
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|one| one.kind == ConflictKind::Deleted && one.expires_at.is_none()));
}

#[tokio::test]
async fn rules_18_the_review_is_the_same_after_a_dry_run_and_when_it_could_not_be_read_at_first() {
    let (world, link) = absent_after_a_reconnect().await;
    world.dry_run(link).await;
    world.faults(json!({"match": {"method": "GET", "path": "/events/"}, "kind": "status", "status": 500}));
    world.settle().await;
    world.calm();
    for _ in 0..3 {
        world.advance(DAY + DAY / 24);
        world.settle().await;
    }
    assert_eq!(world.here().await, BOTH);
    assert_eq!(world.questions().await.len(), 2);
}

#[tokio::test]
async fn rules_18_a_review_is_carried_out_as_it_is_answered() {
    let (world, _) = absent_after_a_reconnect().await;
    world.settle().await;
    world.answer_all(Resolution::KeepExternal).await;
    world.settle().await;
    assert_eq!(world.here().await, Vec::<String>::new());

    let (world, _) = absent_after_a_reconnect().await;
    world.settle().await;
    world.answer_all(Resolution::KeepPlatform).await;
    world.settle().await;
    assert_eq!(world.there("primary"), BOTH);
    // And from then on it is like any other.
    world.delete_there("primary", "Mine");
    world.settle().await;
    assert_eq!(world.here().await, ["20270211T100000 Theirs"]);
}

#[tokio::test]
async fn rules_9_what_was_seen_again_after_a_reconnect_and_is_deleted_then_is_deleted() {
    let (world, link) = World::linked().await;
    world.make("2027-02-10 10:00", "Mine").await;
    world.settle().await;
    world.remove(link, Leftovers::Leave).await;
    world.link("primary", Settings::default()).await;
    world.settle().await;
    world.delete_there("primary", "Mine");
    world.settle().await;
    assert_eq!(world.here().await, Vec::<String>::new());
    assert!(world.questions().await.is_empty());
}

#[tokio::test]
async fn rules_22_a_tombstone_holds_no_text() {
    let (world, _) = World::linked().await;
    world.make("2026-11-10 10:00", "Secret plan").await;
    world.person_makes("2026-11-11 10:00", "Secret date");
    world.settle().await;
    let all = world.events().await;
    let mine = all.iter().find(|e| e.content.title == "Secret plan").unwrap();
    world.delete(mine).await;
    world.delete_there("primary", "Secret date");
    world.settle().await;
    for event in &all {
        let left = world.mappings(event).await;
        assert_eq!(left.len(), 1);
        assert!(left[0].ended_at.is_some() && left[0].external_id.is_some());
        assert_eq!((&left[0].base, &left[0].observation, &left[0].intent), (&None, &None, &None));
        assert_eq!((&left[0].uid, &left[0].error), (&None, &None));
    }
    // It is still known by its id: nothing comes back.
    world.control("expire-sync", json!({}));
    world.advance(DAY * 2);
    world.settle().await;
    assert_eq!(world.here().await, Vec::<String>::new());
}

#[tokio::test]
async fn rules_18_what_was_agreed_on_outlives_a_disconnect_by_400_days_and_no_longer() {
    let (world, link) = World::linked().await;
    let event = world.make("2027-12-10 10:00", "Coaching").await;
    world.set(link, |s| s.window.ahead_days = 800).await;
    world.person_makes("2027-12-11 10:00", "Theirs");
    world.settle().await;
    world.remove(link, Leftovers::Leave).await;
    world.advance(DAY * 399);
    upkeep::sweep(&world.engine).await.unwrap();
    assert!(world.mappings(&event).await[0].base.is_some());
    world.advance(DAY * 2);
    upkeep::sweep(&world.engine).await.unwrap();
    assert!(world.mappings(&event).await.is_empty());
    // Whoever comes back after that is recognised by what is there.
    world.edit(&event, |v| v.location = "Studio A".to_owned()).await;
    world.change_there("primary", "Coaching", json!({"location": "Studio B"}));
    world.connect().await;
    world.link("primary", Settings::default()).await;
    world.settle().await;
    let both = ["20271210T100000 Coaching", "20271211T100000 Theirs"];
    assert_eq!(
        (world.here().await, world.there("primary")),
        (both.map(String::from).to_vec(), both.map(String::from).to_vec())
    );
    assert_eq!(world.questions().await.len(), 1, "what differs is asked");
    assert!(world.events().await.iter().filter(|e| e.content.title == "Theirs").count() == 1);
}
