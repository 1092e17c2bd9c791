//! Taking back what a run, or a link since a moment, brought here (BE-5).

use concord_engine::Error;
use concord_engine::undo::{self, Back, Left, Undone};
use concord_model::event::Booking;
use concord_model::link::{Direction, Settings};
use concord_model::{LinkId, RunId, View};
use concord_store::Actor;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::world::World;

/// "Changed" and "Deleted" of here, and a run that brings a change, a deletion and "New".
async fn a_run_to_take_back() -> (World, LinkId, RunId) {
    let (world, link) = World::linked().await;
    world.make("2026-12-01 10:00", "Changed").await;
    world.make("2026-12-02 10:00", "Deleted").await;
    world.settle().await;
    world.change_there("primary", "Changed", json!({"summary": "By mistake"}));
    world.delete_there("primary", "Deleted");
    world.person_makes("2026-12-03 10:00", "New");
    let run = world.run(link).await.run.unwrap();
    world.settle().await;
    (world, link, run)
}

const AFTER: [&str; 2] = ["20261201T100000 By mistake", "20261203T100000 New"];
const BEFORE: [&str; 2] = ["20261201T100000 Changed", "20261202T100000 Deleted"];

async fn undo_run(world: &World, run: RunId, dry: bool) -> Undone {
    undo::undo_run(&world.engine, world.workspace, run, world.alice, dry).await.unwrap()
}

async fn undo_link(world: &World, link: LinkId, since: Timestamp) -> Undone {
    undo::undo_link(&world.engine, world.workspace, link, since, world.alice, false).await.unwrap()
}

fn sorted(undone: &Undone) -> Vec<Back> {
    let mut all: Vec<Back> = undone.back.iter().map(|(_, back)| *back).collect();
    all.sort_by_key(|back| format!("{back:?}"));
    all
}

#[tokio::test]
async fn be_5_a_whole_run_is_taken_back_here_and_in_the_calendar_but_originals_stay() {
    let (world, _, run) = a_run_to_take_back().await;
    assert_eq!(world.here().await, AFTER);
    let would = undo_run(&world, run, true).await;
    assert_eq!(world.here().await, AFTER, "a dry one changes nothing");
    let did = undo_run(&world, run, false).await;
    assert_eq!(did, would);
    assert!(did.left.is_empty());
    let one = concord_model::Rev(1);
    assert_eq!(sorted(&did), [Back::Changed(one), Back::Removed, Back::Restored(one)]);
    assert_eq!(world.here().await, BEFORE);
    world.settle().await;
    let there = ["20261201T100000 Changed", "20261202T100000 Deleted", "20261203T100000 New"];
    assert_eq!(world.there("primary"), there);
    // It stays so, also when all of the calendar is read again, and is not done twice.
    world.control("expire-sync", json!({}));
    world.advance(SignedDuration::from_hours(25));
    world.settle().await;
    assert_eq!((world.here().await, world.there("primary").len()), (BEFORE.map(String::from).to_vec(), 3));
    assert_eq!(undo_run(&world, run, false).await, Undone::default());
}

#[tokio::test]
async fn be_5_what_was_changed_since_is_not_overwritten_but_listed() {
    let (world, _, run) = a_run_to_take_back().await;
    let all = world.events().await;
    let changed = all.iter().find(|e| e.content.title == "By mistake").unwrap();
    let new = all.iter().find(|e| e.content.title == "New").unwrap();
    world.edit(changed, |v| v.location = "Studio B".to_owned()).await;
    world.settle().await;
    world.change_there("primary", "New", json!({"summary": "Newer"}));
    world.settle().await;
    let undone = undo_run(&world, run, false).await;
    assert_eq!(sorted(&undone), [Back::Restored(concord_model::Rev(1))]);
    let mut left: Vec<_> = undone.left.iter().map(|(id, left)| (*id, left.clone())).collect();
    left.sort_by_key(|(id, _)| *id != changed.id);
    assert!(matches!(left[0].1, Left::Changed { by: Actor::User(by), .. } if by == world.alice));
    assert!(matches!(&left[1], (id, Left::Changed { by: Actor::Link(_), .. }) if *id == new.id));
    assert_eq!(
        world.here().await,
        ["20261201T100000 By mistake", "20261202T100000 Deleted", "20261203T100000 Newer"]
    );
}

#[tokio::test]
async fn be_5_what_has_lost_its_name_to_another_is_not_taken_back_but_listed() {
    let (world, link) = World::linked().await;
    let named = |_: &mut View, booking: &mut Booking| booking.external_ref = Some("b1".to_owned());
    let event = world.make_with("2026-12-01 10:00", "Deleted", named).await;
    world.make("2026-12-02 10:00", "Changed").await;
    world.settle().await;
    world.delete_there("primary", "Deleted");
    world.change_there("primary", "Changed", json!({"summary": "By mistake"}));
    let run = world.run(link).await.run.unwrap();
    world.make_with("2026-12-03 10:00", "Anew", named).await;
    let undone = undo_run(&world, run, false).await;
    assert!(matches!(&undone.left[..], [(id, Left::ReadOnly(_))] if *id == event.id), "{undone:?}");
    assert_eq!(world.here().await, ["20261202T100000 Changed", "20261203T100000 Anew"]);
}

#[tokio::test]
async fn be_5_all_that_a_link_brought_since_a_moment_is_taken_back() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-12-01 10:00", "First").await;
    world.person_makes("2026-12-02 10:00", "Old");
    world.settle().await;
    world.change_there("primary", "First", json!({"summary": "Second"}));
    world.settle().await;
    world.advance(SignedDuration::from_hours(1));
    let since = world.engine.now();
    world.change_there("primary", "Second", json!({"summary": "Third"}));
    world.person_makes("2026-12-03 10:00", "New");
    world.settle().await;
    world.change_there("primary", "Third", json!({"summary": "Fourth"}));
    world.settle().await;
    let undone = undo_link(&world, link, since).await;
    assert_eq!(undone.back.len(), 2);
    world.settle().await;
    assert_eq!(world.event(event.id).await.content.title, "Second");
    assert_eq!(world.here().await, ["20261201T100000 Second", "20261202T100000 Old"]);
    assert_eq!(
        world.there("primary"),
        ["20261201T100000 Second", "20261202T100000 Old", "20261203T100000 New"]
    );
}

#[tokio::test]
async fn be_5_an_undo_reaches_every_calendar_and_what_came_in_leaves_the_copies() {
    let (world, link) = World::linked().await;
    let team = world.link("Team", Settings::default()).await;
    world.settle().await;
    let since = world.engine.now();
    world.person_makes("2026-12-03 10:00", "New");
    world.settle().await;
    assert_eq!(world.there(team.calendar.as_str()), ["20261203T100000 New"]);
    undo_link(&world, link, since).await;
    world.settle().await;
    assert_eq!(world.there(team.calendar.as_str()), Vec::<String>::new());
    assert_eq!(world.there("primary"), ["20261203T100000 New"]);
}

#[tokio::test]
async fn be_5_an_undo_is_itself_undone_without_a_double() {
    let (world, link) = World::linked().await;
    let since = world.engine.now();
    world.person_makes("2026-12-03 10:00", "New");
    world.settle().await;
    let event = world.events().await.remove(0);
    undo_link(&world, link, since).await;
    world.settle().await;
    world.undo(&event).await;
    world.settle().await;
    assert_eq!(world.here().await, ["20261203T100000 New"]);
    assert_eq!(world.there("primary"), ["20261203T100000 New"]);
    // Both are one again.
    world.change_there("primary", "New", json!({"summary": "Newer"}));
    world.settle().await;
    assert_eq!(world.here().await, ["20261203T100000 Newer"]);
}

#[tokio::test]
async fn be_5_what_came_in_and_was_taken_back_comes_in_again_when_it_is_changed_there() {
    let (world, link) = World::linked().await;
    let since = world.engine.now();
    world.person_makes("2026-12-03 10:00", "New");
    world.settle().await;
    undo_link(&world, link, since).await;
    world.settle().await;
    world.change_there("primary", "New", json!({"summary": "Newer"}));
    world.settle().await;
    assert_eq!(world.here().await, ["20261203T100000 Newer"]);
    assert_eq!(world.there("primary"), ["20261203T100000 Newer"]);
}

#[tokio::test]
async fn i_47_what_is_read_only_here_is_not_taken_back_but_listed() {
    let (world, link) = World::linked().await;
    world.set(link, |s| s.direction = Direction::Pull).await;
    world.person_makes("2026-12-03 10:00", "Theirs");
    world.settle().await;
    world.advance(SignedDuration::from_hours(1));
    let since = world.engine.now();
    world.change_there("primary", "Theirs", json!({"summary": "Changed"}));
    world.settle().await;
    let undone = undo_link(&world, link, since).await;
    assert!(matches!(undone.left.as_slice(), [(_, Left::ReadOnly(_))]), "{undone:?}");
    assert_eq!(world.here().await, ["20261203T100000 Changed"]);
}

#[tokio::test]
async fn i_47_of_what_is_read_only_here_no_single_change_is_taken_back_but_it_is_put_back_where_it_was_taken_out()
 {
    let (world, link) = World::linked().await;
    world.set(link, |s| s.direction = Direction::Pull).await;
    let since = world.engine.now();
    world.person_makes("2026-12-03 10:00", "Theirs");
    world.settle().await;
    world.change_there("primary", "Theirs", json!({"summary": "Changed"}));
    world.settle().await;
    let event = world.events().await.remove(0);
    let refused = undo::undo(&world.engine, world.workspace, event.id, None, world.alice).await;
    assert!(matches!(refused, Err(Error::ReadOnly(_))), "{refused:?}");
    assert_eq!(world.here().await, ["20261203T100000 Changed"]);
    undo_link(&world, link, since).await;
    assert!(world.here().await.is_empty());
    world.undo(&event).await;
    world.settle().await;
    assert_eq!(world.here().await, ["20261203T100000 Changed"]);
}
