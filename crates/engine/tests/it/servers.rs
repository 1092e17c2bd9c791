//! Calendar servers, the twin's iCloud and real ones: what is asked of all providers is asked of them where it stands; here is
//! what only they can show, faults of a password and large calendars (AC-6, AC-9).

use concord_engine::schedule;
use concord_model::link::Settings;
use concord_store::accounts::AccountState;
use jiff::SignedDuration;
use serde_json::json;

use crate::served::Manner;
use crate::side::{On, on_each_server};
use crate::world::World;

on_each_server! {
    ac_6_a_password_that_has_ended_is_told_of_once_and_a_new_one_delivers,
    ac_6_a_server_that_is_away_for_a_while_is_asked_again_until_it_is_back,
    ac_6_a_token_that_has_ended_is_mended_without_loss,
    ac_6_after_a_429_nothing_is_asked_before_its_time,
    ac_6_answers_of_nonsense_empty_no_calendar,
    ac_9_a_thousand_appointments_come_in_and_then_only_what_changes,
}

async fn ac_6_a_password_that_has_ended_is_told_of_once_and_a_new_one_delivers(on: On) {
    let (world, link) = World::linked_on(on).await;
    world.person_makes("2026-11-09 10:00", "Dentist");
    world.settle().await;
    world.control("tokens", json!({ "do": "revoke", "user": "alice" }));
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    let report = world.run(link).await;
    assert!(report.needs_person, "{report:?}");
    assert!(matches!(world.account_now().await.state, AccountState::Reconnect { .. }));
    let asked = world.server().questions() + world.server().writes();
    world.edit(&event, |view| view.location = "Studio".to_owned()).await;
    for _ in 0..5 {
        world.advance(SignedDuration::from_hours(5));
        world.settle().await;
    }
    assert_eq!(world.server().questions() + world.server().writes(), asked, "it is not tried again");
    let told = world.sentences().await;
    assert_eq!(told.iter().filter(|told| told.contains("connected again")).count(), 1, "{told:?}");
    world.control("tokens", json!({ "do": "restore", "user": "alice" }));
    world.connect().await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261109T100000 Dentist", "20261110T100000 Coaching"]);
    assert_eq!(world.here().await, world.there("primary"));
}

async fn ac_6_a_server_that_is_away_for_a_while_is_asked_again_until_it_is_back(on: On) {
    for kind in ["drop_before", "drop_after", "bad_gateway"] {
        let (world, _) = World::linked_on(on).await;
        world.person_makes("2026-11-09 10:00", "Dentist");
        world.settle().await;
        world.faults(json!({ "kind": kind }));
        world.make("2026-11-10 10:00", "Coaching").await;
        world.person_makes("2026-11-11 10:00", "Lunch");
        for _ in 0..3 {
            world.settle().await;
            world.advance(SignedDuration::from_mins(30));
        }
        assert_eq!(world.here().await, ["20261109T100000 Dentist", "20261110T100000 Coaching"], "{kind}");
        world.calm();
        world.advance(SignedDuration::from_hours(1));
        world.settle().await;
        let all = ["20261109T100000 Dentist", "20261110T100000 Coaching", "20261111T100000 Lunch"];
        assert_eq!(
            (world.here().await, world.there("primary")),
            (all.map(str::to_owned).to_vec(), all.map(str::to_owned).to_vec()),
            "{kind}"
        );
        assert!(matches!(world.account_now().await.state, AccountState::Active), "{kind}");
    }
}

async fn ac_6_a_token_that_has_ended_is_mended_without_loss(on: On) {
    let (world, _) = World::linked_on(on).await;
    world.make("2026-11-10 10:00", "Mine").await;
    world.person_makes("2026-11-11 10:00", "Gone");
    world.person_makes("2026-11-12 10:00", "Stays");
    world.settle().await;
    world.delete_there("primary", "Gone");
    world.person_makes("2026-11-13 10:00", "New");
    world.control("expire-sync", json!({}));
    world.settle().await;
    let both = ["20261110T100000 Mine", "20261112T100000 Stays", "20261113T100000 New"];
    assert_eq!(world.here().await, both);
    assert_eq!(world.there("primary"), both);
}

async fn ac_6_after_a_429_nothing_is_asked_before_its_time(on: On) {
    let (world, link) = World::linked_on(on).await;
    world.faults(json!({ "kind": "status", "status": 429, "count": 1, "retryAfter": 300 }));
    world.make("2026-11-10 10:00", "Coaching").await;
    world.run(link).await;
    let asked = world.server().questions() + world.server().writes();
    world.advance(SignedDuration::from_secs(200));
    while let schedule::Worked::Ran(_) = schedule::work(&world.engine).await.unwrap() {}
    assert_eq!(world.server().questions() + world.server().writes(), asked, "asked before its time");
    world.advance(SignedDuration::from_secs(120));
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
}

async fn ac_6_answers_of_nonsense_empty_no_calendar(on: On) {
    for kind in ["truncate", "garbage", "empty", "reset"] {
        let (world, link) = World::linked_on(on).await;
        world.person_makes("2026-11-11 10:00", "Dentist");
        world.settle().await;
        world.control("expire-sync", json!({}));
        world.faults(json!({ "kind": kind }));
        for _ in 0..3 {
            world.run(link).await;
        }
        world.calm();
        assert_eq!(world.here().await, ["20261111T100000 Dentist"], "{kind}");
        world.advance(SignedDuration::from_hours(1));
        world.settle().await;
        assert_eq!(world.here().await, ["20261111T100000 Dentist"], "{kind}");
        assert_eq!(world.there("primary"), ["20261111T100000 Dentist"], "{kind}");
    }
}

/// iCloud tells no token at times.
#[tokio::test]
async fn what_happens_while_no_token_is_told_arrives_and_costs_little_afterwards() {
    let (world, link) = World::linked_on(On::Server(Manner::Icloud)).await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    let until = concord_engine::Clock::now(&*world.clock) + SignedDuration::from_hours(1);
    let until = until.strftime("%Y%m%dT%H%M%SZ").to_string();
    world.control("quirks", json!({ "sync": { "noTokenUntil": until } }));
    world.person_makes("2026-11-11 10:00", "Lunch");
    world.edit(&event, |view| view.location = "Studio".to_owned()).await;
    world.settle().await;
    let both = ["20261110T100000 Coaching", "20261111T100000 Lunch"];
    assert_eq!(world.here().await, both);
    assert_eq!(world.living("primary").iter().filter(|event| event["location"] == "Studio").count(), 1);
    world.advance(SignedDuration::from_hours(2));
    world.delete_there("primary", "Lunch");
    world.settle().await;
    assert_eq!(world.here().await, both[..1]);
    assert_eq!(world.there("primary"), both[..1]);
    let asked = world.server().questions();
    world.run(link).await;
    assert_eq!(world.server().questions() - asked, 1, "a quiet look is one call again");
}

/// So many are there before the first look; then a few things happen on each side.
async fn many(on: On, events: u32) {
    let world = World::on(on).await;
    let server = world.server();
    server.stock(events);
    let link = world.link("primary", Settings::default()).await.id;
    let (written, all) = (server.writes(), usize::try_from(events).unwrap());
    world.settle().await;
    assert_eq!((world.events().await.len(), server.writes() - written), (all, 0));
    let asked = server.questions();
    let report = world.run(link).await;
    assert_eq!(
        (report.tally, server.questions() - asked),
        (Default::default(), 1),
        "a quiet look is one call"
    );

    let ours = |n: u32| format!("Event {n}");
    for event in world.events().await {
        match event.content.title.as_str() {
            "Event 1" | "Event 2" | "Event 3" => {
                world.edit(&event, |view| view.location = "Studio".to_owned()).await;
            }
            "Event 4" => world.delete(&event).await,
            _ => {}
        }
    }
    world.make("2026-11-08 10:00", "New here").await;
    for n in 5..8 {
        world.change_there("primary", &ours(n), json!({ "location": "Hall" }));
    }
    world.delete_there("primary", &ours(8));
    world.person_makes("2026-11-08 12:00", "New there");
    let asked = server.questions();
    world.settle().await;
    assert_eq!(server.writes() - written, 5, "three edits, a deletion and a new one");
    assert!(server.questions() - asked < 30, "{} questions for ten changes", server.questions() - asked);
    assert_eq!(world.here().await.len(), all);
    assert_eq!(world.here().await, world.there("primary"));
}

async fn ac_9_a_thousand_appointments_come_in_and_then_only_what_changes(on: On) {
    many(on, 1_000).await;
}

#[tokio::test]
async fn ac_9_ten_thousand_appointments_come_in_and_then_only_what_changes() {
    many(On::Server(Manner::Icloud), 10_000).await;
}

/// What changed is told once, and then the token is another one: whoever keeps that before what it brought has lost it.
#[tokio::test]
async fn caldav_trap_06_a_crash_between_a_page_and_its_effects_loses_no_change() {
    for half_calls in 1.. {
        let (world, _) = World::linked_on(On::Server(Manner::Plain)).await;
        for n in 10..14 {
            world.person_makes(&format!("2026-11-{n} 10:00"), &format!("E{n}"));
        }
        world.settle().await;
        world.control("quirks", json!({ "sync": { "page": 2 } }));
        world.change_there("primary", "E10", json!({ "summary": "Changed" }));
        world.delete_there("primary", "E11");
        world.person_makes("2026-11-20 10:00", "New");
        world.advance(SignedDuration::from_mins(2));
        world.fuse.light(half_calls);
        let crashed = tokio::select! {
            biased;
            () = world.fuse.burnt.notified() => true,
            _ = schedule::work(&world.engine) => false,
        };
        world.fuse.light(0);
        world.advance(SignedDuration::from_mins(10));
        world.settle().await;
        let expected =
            ["20261110T100000 Changed", "20261112T100000 E12", "20261113T100000 E13", "20261120T100000 New"];
        assert_eq!(world.here().await, expected, "crashed after {half_calls} half calls");
        assert_eq!(world.there("primary"), expected, "crashed after {half_calls} half calls");
        if !crashed {
            // Two pages and the files of what is new, each with its answer.
            assert!(half_calls > 6, "it was to crash");
            return;
        }
    }
}
