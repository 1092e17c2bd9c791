//! One event, one copy: after errors of our own database, beside other installations, in titles and marks, and among
//! several people (BM-005 to BM-020, BM-141, BM-145).

use concord_engine::edit::{self, New};
use concord_engine::links::Leftovers;
use concord_engine::schedule::{self, Worked};
use concord_model::event::Booking;
use concord_model::link::Settings;
use concord_model::recurrence::expand;
use concord_store::links::LinkState;
use concord_store::runs::{RunKind, RunStatus};
use serde_json::json;
use sqlx::{ConnectOptions, Connection, Executor, sqlite::SqliteConnectOptions};

use super::{weekly, writes};
use crate::side::On;
use crate::world::{World, google_times};

/// The database cannot be written while the provider makes what it was asked for.
#[tokio::test]
async fn bm_005_an_answer_that_could_not_be_kept_is_found_again_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("concord.db");
    let world = World::kept_in(&format!("sqlite://{}", file.display())).await;
    let link = world.link("primary", Settings::default()).await.id;
    world.settle().await;
    let options = SqliteConnectOptions::new().filename(&file);
    let mut outside = options.connect().await.unwrap();
    world.make("2026-11-10 10:00", "Coaching").await;
    world.gate.close("POST", 1);
    let run = schedule::run_now(&world.engine, link, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        let full = "CREATE TRIGGER full BEFORE UPDATE ON mappings BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
        outside.execute(full).await.unwrap();
        world.gate.open();
    };
    let (ran, ()) = tokio::join!(Box::pin(run), meanwhile);
    let report = ran.unwrap().unwrap();
    assert_eq!(report.status, Some(RunStatus::Failed), "it could not be kept: {report:?}");
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"], "it was made");
    outside.execute("DROP TRIGGER full").await.unwrap();
    outside.close().await.unwrap();
    world.advance(jiff::SignedDuration::from_mins(10));
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
    assert_eq!(world.here().await, ["20261110T100000 Coaching"]);
    assert_eq!(world.count_calls("POST"), 1);
}

#[tokio::test]
async fn bm_010_two_installations_on_one_calendar_delete_and_double_nothing() {
    let (first, _) = World::linked().await;
    let second = first.another().await;
    second.link("primary", Settings::default()).await;
    first.make("2026-11-10 10:00", "Of the first").await;
    second.make("2026-11-11 10:00", "Of the second").await;
    first.person_makes("2026-11-12 10:00", "Of a person");
    let all =
        ["20261110T100000 Of the first", "20261111T100000 Of the second", "20261112T100000 Of a person"];
    for round in 0..20 {
        first.settle().await;
        second.settle().await;
        if round == 0 {
            continue;
        }
        assert_eq!(first.there("primary"), all, "round {round}");
    }
    assert_eq!(
        (first.here().await, second.here().await),
        (all.map(String::from).to_vec(), all.map(String::from).to_vec())
    );
    assert_eq!(first.count_calls("DELETE"), 0);
    let quiet = writes(&first);
    first.change_there("primary", "Of the first", json!({"location": "Studio B"}));
    first.settle().await;
    second.settle().await;
    assert_eq!(writes(&first), quiet, "a change by a person is written back by neither");
}

#[tokio::test]
async fn bm_015_a_series_that_comes_back_from_its_calendar_is_one_series() {
    let (world, link) = World::linked().await;
    let event = world.make_with("2026-11-10 10:00", "Class", weekly(6)).await;
    world.settle().await;
    let id = world.id_there("primary", "Class");
    world.person(json!({"calendar": "primary", "do": "delete", "id": format!("{id}_20261117T150000Z")}));
    let (start, end) = google_times("2026-11-25 11:00");
    let moved = json!({"start": start, "end": end});
    world.person(json!({"calendar": "primary", "do": "change", "id": format!("{id}_20261124T150000Z"), "fields": moved}));
    for _ in 0..3 {
        // All of it is listed anew, the exceptions as items of their own.
        world.control("expire-sync", json!({}));
        world.run(link).await;
        world.settle().await;
        let all = world.events().await;
        assert_eq!((all.len(), all[0].id), (1, event.id));
        let content = &all[0].content;
        let window = ("2026-11-01T00:00:00Z".parse().unwrap(), "2027-01-01T00:00:00Z".parse().unwrap());
        let zone = content.time.span.zone().unwrap();
        assert_eq!(expand(&content.time, &content.overrides, window, zone).unwrap().len(), 5);
    }
}

/// The calendar puts a word before every title that it is given, as it does with invitations.
#[tokio::test]
async fn bm_018_a_title_that_the_calendar_lengthens_does_not_grow() {
    let (world, link) = World::linked().await;
    let team = world.link("Team", Settings::default()).await;
    world.settle().await;
    world.gate.misspell("\"summary\":\"", "\"summary\":\"Invitation: ");
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    let before = writes(&world);
    for _ in 0..10 {
        world.control("expire-sync", json!({}));
        world.run(link).await;
        world.run(team.id).await;
        world.settle().await;
    }
    assert_eq!(writes(&world), before, "nothing is written any more");
    assert_eq!(world.event(event.id).await.content.title, "Coaching");
    for calendar in ["primary", "Team"] {
        assert_eq!(world.there(calendar), ["20261110T100000 Coaching"]);
    }
}

#[tokio::test]
async fn bm_020_our_marks_on_a_copy_stay_the_same_however_often_it_is_written() {
    let (world, _) = World::linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    let marks = |world: &World| world.living("primary")[0]["extendedProperties"].clone();
    let first = marks(&world);
    assert!(first.is_object(), "{first}");
    for round in 0..50 {
        world.edit(&event, |v| v.location = format!("Studio {round}")).await;
        world.settle().await;
    }
    assert_eq!(world.living("primary")[0]["location"], "Studio 49");
    assert_eq!(marks(&world), first);
}

#[tokio::test]
async fn bm_141_a_duplicate_is_an_event_of_its_own() {
    let (world, link) = World::linked().await;
    for (n, title) in [(0, "Single"), (4, "Series")] {
        let event = world
            .make_with("2026-11-10 10:00", title, |v, b| {
                if n > 0 {
                    weekly(n)(v, b);
                }
            })
            .await;
        world.settle().await;
        let new = New {
            owner: world.alice,
            content: world.event(event.id).await.content,
            booking: Booking::default(),
            uid: None,
        };
        let copy = edit::create(&world.engine, world.workspace, new).await.unwrap();
        world.settle().await;
        assert_ne!((copy.id, &copy.uid), (event.id, &event.uid));
        let (one, other) = (world.copy(&event, link).await, world.copy(&copy, link).await);
        assert!(one.external_id.is_some() && one.external_id != other.external_id);
        world.edit(&copy, |v| v.location = "Elsewhere".to_owned()).await;
        world.delete(&event).await;
        world.settle().await;
        let there = world.living("primary");
        let left: Vec<_> = there.iter().filter(|e| e["summary"] == title).collect();
        assert_eq!(left.len(), 1, "{title}");
        assert_eq!(left[0]["location"], "Elsewhere");
    }
}

/// One meeting has one name in the calendars of all who come.
#[tokio::test]
async fn bm_145_two_people_of_one_workspace_in_one_meeting_do_not_disturb_each_other() {
    let (world, _) = World::linked().await;
    let bob = world.bob().await;
    world.link_of(&bob, "primary", Settings::default()).await;
    let id = world.person_makes("2026-11-10 10:00", "Review");
    let fields = json!({
        "attendees": [{"email": "alice@twin.test", "responseStatus": "accepted"}, {"email": "bob@twin.test"}],
        "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"],
    });
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": fields}));
    world.settle().await;
    let all = world.events().await;
    assert_eq!(all.len(), 2, "each has their own");
    assert_eq!(all[0].uid, all[1].uid);
    assert_ne!(all[0].owner, all[1].owner);
    let before = writes(&world);
    let part = format!("{id}_20261117T150000Z");
    world.person(json!({"calendar": "primary", "do": "change", "id": part, "fields": {"location": "Roof"}}));
    world.settle().await;
    for event in world.events().await {
        assert_eq!(event.content.overrides.len(), 1, "{:?}", event.content.overrides);
    }
    assert_eq!(writes(&world), before, "nobody writes what both were told");
    // And one of them lets it be: it stays with the other.
    world.person(json!({"user": "bob", "calendar": "primary", "do": "delete", "id": id}));
    world.settle().await;
    let left = world.events().await;
    assert_eq!(left.iter().map(|e| e.owner).collect::<Vec<_>>(), [world.alice]);
    let Worked::Idle(_) = schedule::work(&world.engine).await.unwrap() else { panic!("it is quiet") };
}

#[tokio::test]
async fn bm_144_a_calendar_whose_id_has_changed_is_asked_about_and_linked_again_without_a_double() {
    let (world, link) = World::linked_on(On::Outlook).await;
    world.make("2026-11-10 10:00", "Ours").await;
    world.person_makes("2026-11-11 10:00", "Theirs");
    world.settle().await;
    let both = ["20261110T100000 Ours", "20261111T100000 Theirs"];
    world.control("ids", json!({"user": "alice"}));
    world.make("2026-11-12 10:00", "Meanwhile").await;
    world.settle().await;
    assert_eq!(world.there("primary"), both, "nothing is taken for gone");
    assert_eq!(world.here().await.len(), 3);
    let LinkState::Stopped { why } = world.link_row(link).await.state else { panic!("it goes on") };
    assert!(why.contains("one called \"Calendar\""), "{why}");
    world.remove(link, Leftovers::Leave).await;
    world.link("primary", Settings::default()).await;
    world.settle().await;
    let all = ["20261110T100000 Ours", "20261111T100000 Theirs", "20261112T100000 Meanwhile"];
    assert_eq!(
        (world.here().await, world.there("primary")),
        (all.map(String::from).to_vec(), all.map(String::from).to_vec())
    );
}
