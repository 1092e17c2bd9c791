//! Nothing is deleted that nobody deleted, and nothing waits that could go: lists that are empty or cut off, databases that
//! lost something, windows and filters, pages and places (BM-022 to BM-042, BM-100 to BM-102, BM-169).

use concord_engine::links::{self, Leftovers};
use concord_engine::schedule;
use concord_model::event::Booking;
use concord_model::link::{DeletionPolicy, Settings, Window};
use concord_model::privacy::{Privacy, PrivateEvents};
use concord_model::view::{Availability, Colour, Status};
use concord_model::{Event, Field, View};
use concord_store::conflicts::Resolution;
use concord_store::links::LinkState;
use concord_store::mappings::MappingState;
use jiff::SignedDuration;
use serde_json::json;
use sqlx::{ConnectOptions, Connection, Executor, sqlite::SqliteConnectOptions};

use super::{weekly, writes};
use crate::people::guest;
use crate::world::{World, google_times, span};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Titles and times on both sides.
async fn both(world: &World) -> (Vec<String>, Vec<String>) {
    (world.here().await, world.there("primary"))
}

fn same(lines: &[&str]) -> (Vec<String>, Vec<String>) {
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    (lines.clone(), lines)
}

/// An account whose list of calendars comes empty, cut off or as somebody else's page has not lost its calendars.
#[tokio::test]
async fn bm_022_an_empty_list_of_calendars_takes_nothing_away() {
    let (world, link) = World::linked().await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    for kind in ["empty", "garbage", "truncate", "drop_after"] {
        world.faults(json!({"match": {"path": "calendarList"}, "kind": kind}));
        let told = links::calendars(&world.engine, world.workspace, world.account.id).await;
        assert!(told.as_ref().map_or(true, Vec::is_empty), "{kind}: {told:?}");
        assert!(
            links::add(&world.engine, world.workspace, world.account.id, &"Team".into(), Settings::default())
                .await
                .is_err()
        );
        world.advance(HOUR);
        world.settle().await;
        world.calm();
        assert_eq!(world.link_row(link).await.state, LinkState::Active, "{kind}");
        assert_eq!(both(&world).await, same(&["20261110T100000 Coaching"]), "{kind}");
    }
}

/// All events are gone from the database, and what is known of their copies is not.
#[tokio::test]
async fn bm_023_a_database_that_lost_its_events_deletes_nothing_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("concord.db");
    let world = World::kept_in(&format!("sqlite://{}", file.display())).await;
    let link = world.link("primary", Settings::default()).await.id;
    for n in 10..26 {
        world.make(&format!("2026-11-{n} 10:00"), &format!("E{n}")).await;
    }
    world.settle().await;
    let before = world.there("primary");
    let options = SqliteConnectOptions::new().filename(&file).foreign_keys(false);
    let mut outside = options.connect().await.unwrap();
    outside.execute("DELETE FROM events").await.unwrap();
    outside.close().await.unwrap();
    for _ in 0..3 {
        world.advance(HOUR * 25);
        schedule::run_now(&world.engine, link, concord_store::runs::RunKind::Manual, Default::default())
            .await
            .ok();
        assert_eq!(world.there("primary"), before);
    }
    assert_eq!(world.count_calls("DELETE"), 0);
}

/// The process ends before or after each page of a listing.
#[tokio::test]
async fn bm_024_a_process_that_ends_between_two_pages_has_deleted_nothing() {
    for half_calls in 1..=6 {
        let (world, link) = World::linked().await;
        world.control("quirks", json!({"emptyPages": true, "omitEmptyItems": true}));
        for n in 10..16 {
            world.make(&format!("2026-11-{n} 10:00"), &format!("Ours {n}")).await;
            world.person_makes(&format!("2026-11-{n} 15:00"), &format!("Theirs {n}"));
        }
        world.settle().await;
        let all = both(&world).await;
        assert_eq!(all.0.len(), 12);
        for round in 0..3 {
            world.control("expire-sync", json!({}));
            world.advance(HOUR);
            world.fuse.light(half_calls);
            tokio::select! {
                biased;
                () = world.fuse.burnt.notified() => {}
                _ = world.run(link) => {}
            }
            world.fuse.light(0);
            assert_eq!(both(&world).await, all, "{half_calls}, {round}");
        }
        world.advance(HOUR);
        world.settle().await;
        assert_eq!(both(&world).await, all, "{half_calls}");
        assert_eq!(world.count_calls("DELETE"), 0);
    }
}

/// More than one page in the first listing, in a listing after a lost place, and in one look for changes.
#[tokio::test]
async fn bm_026_and_102_a_calendar_of_several_pages_is_whole_and_its_changes_too() {
    let (world, link) = World::linked().await;
    for n in 0..2_600 {
        let id = format!("page{n:05}");
        let (start, end) = google_times(&format!("2026-{:02}-{:02} 10:00", 11 + n % 2, 1 + n % 28));
        let fields = json!({"summary": "E", "start": start, "end": end});
        world
            .twin
            .control(
                "POST",
                "event",
                &json!({"calendar": "primary", "do": "create", "id": id, "fields": fields}),
            )
            .unwrap();
    }
    world.advance(HOUR);
    let report = world.run(link).await;
    // All that is new came by one look, and the next begins behind it.
    assert_eq!((report.failed, world.here().await.len()), (0, 2_600));
    assert_eq!(world.run(link).await.api_calls, 1);
    world.control("expire-sync", json!({}));
    world.run(link).await;
    assert_eq!((world.here().await.len(), world.living("primary").len()), (2_600, 2_600));
    assert_eq!(writes(&world), 0);
}

#[tokio::test]
async fn bm_028_what_leaves_window_or_filter_is_no_deletion() {
    let (world, link) = World::linked().await;
    world.set(link, |s| s.window = Window { back_days: 2, ahead_days: 15 }).await;
    let mut ours = Vec::new();
    for n in 0..4 {
        let typed = |_: &mut _, b: &mut Booking| b.session_type = Some("one_on_one".to_owned());
        ours.push(
            world.make_with(&format!("2026-11-{:02} 10:00", 10 + n), &format!("Ours {n}"), typed).await,
        );
        world.person_makes(&format!("2026-11-{:02} 15:00", 10 + n), &format!("Theirs {n}"));
    }
    world.settle().await;
    let mut dice: u32 = 11;
    for step in 0..120 {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let of = |n: u32| (dice >> 16) % n;
        let which = of(4) as usize;
        match of(5) {
            0 => drop(
                world
                    .edit(&ours[which], |v| v.time.span = span(&format!("2026-11-{:02} 10:00", 4 + of(24))))
                    .await,
            ),
            1 => drop(
                world
                    .edit(&ours[which], |v| v.time.span = span(&format!("2027-0{}-10 10:00", 1 + of(6))))
                    .await,
            ),
            2 => world.move_there(&format!("Theirs {which}"), &format!("2027-0{}-11 15:00", 1 + of(6))),
            3 => world.move_there(&format!("Theirs {which}"), &format!("2026-11-{:02} 15:00", 4 + of(24))),
            _ => {
                let types = if of(2) == 0 { vec!["group_class".to_owned()] } else { Vec::new() };
                world.set(link, |s| s.filter.session_types = types).await;
            }
        }
        world.settle().await;
        let living = |events: Vec<Event>| {
            events.iter().filter(|e| e.deleted_at.is_none() && e.content.status != Status::Cancelled).count()
        };
        assert_eq!(living(world.events().await), 8, "step {step}");
        let theirs = world
            .living("primary")
            .iter()
            .filter(|e| e["summary"].as_str().unwrap().starts_with("Theirs"))
            .count();
        assert_eq!(theirs, 4, "step {step}");
    }
    world
        .set(link, |s| {
            (s.filter.session_types, s.window) = (Vec::new(), Window { back_days: 30, ahead_days: 300 });
        })
        .await;
    world.settle().await;
    assert_eq!(world.here().await, world.there("primary"));
    assert!(world.questions().await.is_empty());
}

#[tokio::test]
async fn bm_032_a_booking_deleted_there_goes_by_the_policy_and_can_be_cancelled_here() {
    for policy in [DeletionPolicy::Delete, DeletionPolicy::Restore, DeletionPolicy::Ask] {
        let (world, link) = World::linked().await;
        world.set(link, |s| s.booking_deletion = policy).await;
        let session = |_: &mut _, b: &mut Booking| b.session_type = Some("one_on_one".to_owned());
        let booking = world.make_with("2026-11-10 10:00", "Session", session).await;
        world.settle().await;
        world.delete_there("primary", "Session");
        world.settle().await;
        let now = world.event(booking.id).await;
        let (cancelled, there) = (now.content.status == Status::Cancelled, world.there("primary").len());
        let expected = match policy {
            DeletionPolicy::Delete => (true, 0),
            DeletionPolicy::Restore => (false, 1),
            DeletionPolicy::Ask => (false, 0),
        };
        assert_eq!((cancelled, there), expected, "{policy:?}");
        world.delete(&booking).await;
        world.settle().await;
        let now = world.event(booking.id).await;
        assert!(now.deleted_at.is_some() || now.content.status == Status::Cancelled, "{policy:?}");
        assert_eq!(world.there("primary").len(), 0, "{policy:?}");
        assert!(world.questions().await.is_empty(), "{policy:?}: nothing is left to ask");
    }
}

/// Nothing has changed there, and the next look is a minute away.
#[tokio::test]
async fn bm_033_a_local_change_is_reason_enough_for_a_run() {
    let (world, _) = World::linked().await;
    let idle = world.work_all(&world.engine).await.len();
    assert_eq!(idle, 0, "nothing is due");
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.work_all(&world.engine).await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
    world.advance(SignedDuration::from_secs(1));
    world.edit(&event, |v| v.title = "Later".to_owned()).await;
    world.work_all(&world.engine).await;
    assert_eq!(world.there("primary"), ["20261110T100000 Later"]);
}

/// However an event, a link or an account goes: what was copied can be taken away to the last.
#[tokio::test]
async fn bm_038_no_copy_is_left_that_nobody_can_remove() {
    for route in ["event", "link", "account", "event and link", "offline"] {
        let (world, link) = World::linked().await;
        let mut ours = Vec::new();
        for n in 10..14 {
            ours.push(world.make(&format!("2026-11-{n} 10:00"), &format!("E{n}")).await);
        }
        ours.push(world.make_with("2026-11-15 10:00", "Class", weekly(3)).await);
        world.person_makes("2026-11-20 10:00", "Theirs");
        world.settle().await;
        assert_eq!(world.there("primary").len(), 6, "{route}");
        if route == "offline" {
            world.faults(json!({"kind": "drop_before"}));
        }
        if ["event", "event and link", "offline"].contains(&route) {
            for event in &ours {
                world.delete(event).await;
            }
        }
        let (engine, ws) = (&world.engine, world.workspace);
        match route {
            "link" | "event and link" => world.remove(link, Leftovers::Remove).await,
            "account" => {
                concord_engine::connect::disconnect(engine, ws, world.account.id, Leftovers::Remove)
                    .await
                    .unwrap();
            }
            "offline" => {
                assert!(
                    links::remove(engine, ws, link, Leftovers::Remove).await.is_err(),
                    "it says that it could not"
                );
                world.calm();
                world.advance(HOUR);
                world.remove(link, Leftovers::Remove).await;
            }
            _ => {}
        }
        world.settle().await;
        assert_eq!(world.there("primary"), ["20261120T100000 Theirs"], "{route}");
    }
}

/// A session is taken over by another person: it leaves the first one's calendar with the first one's key.
#[tokio::test]
async fn bm_040_what_changes_hands_leaves_the_calendar_of_the_first() {
    let world = World::new().await;
    let bob = world.bob().await;
    let bobs = world.link_of(&bob, "primary", Settings::default()).await;
    world.link("primary", Settings::default()).await;
    let shared = |_: &mut _, b: &mut Booking| b.participants = vec![bob.user];
    let event = world.make_with("2026-11-10 10:00", "Session", shared).await;
    world.settle().await;
    let titles = |world: &World| {
        [world.lines_in("alice@twin.test"), world.lines_in("bob@twin.test")].map(|all| all.len())
    };
    assert_eq!(titles(&world), [1, 1]);
    world.set_booking(&event, |b| b.participants.clear()).await;
    world.settle().await;
    assert_eq!(titles(&world), [1, 0]);
    let deleted: Vec<_> =
        world.calls().into_iter().filter(|c| c.starts_with("DELETE") && c.contains("bob")).collect();
    assert_eq!(deleted.len(), 1, "{:?}", world.calls());
    assert_eq!(world.link_row(bobs.id).await.state, LinkState::Active);
}

#[tokio::test]
async fn bm_042_cancelled_and_deleted_are_two_things() {
    let (world, link) = World::linked().await;
    let session = |_: &mut _, b: &mut Booking| b.session_type = Some("one_on_one".to_owned());
    let booking = world.make_with("2026-11-10 10:00", "Session", session).await;
    world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    // Cancelled here, it says so here and is not there; what Google calls cancelled is gone.
    world.delete(&booking).await;
    world.delete_there("primary", "Dentist");
    world.settle().await;
    let kept = world.event(booking.id).await;
    assert_eq!((kept.deleted_at, kept.content.status), (None, Status::Cancelled));
    assert_eq!(world.there("primary"), Vec::<String>::new());
    let here: Vec<_> = world.events().await.into_iter().map(|e| e.content.title).collect();
    assert_eq!(here, ["Session"]);
    assert!(world.mappings(&booking).await.iter().all(|m| m.link != link || m.state != MappingState::Error));
}

/// The place in the middle of a listing dies, at each page.
#[tokio::test]
async fn bm_100_a_place_that_is_lost_between_two_pages_is_found_from_the_last_safe_one() {
    for skip in [0, 1] {
        for first in [true, false] {
            let world = World::new().await;
            world.control("quirks", json!({"emptyPages": true}));
            for n in 10..20 {
                world.person_makes(&format!("2026-11-{n} 10:00"), &format!("E{n}"));
            }
            let link = world.link("primary", Settings::default()).await.id;
            if !first {
                world.settle().await;
                world.person_makes("2026-11-21 10:00", "New");
                world.delete_there("primary", "E10");
            }
            world.faults(json!({
                "match": {"method": "GET", "path": "pageToken"}, "kind": "status", "status": 410,
                "reason": "fullSyncRequired", "count": 1, "skip": skip,
            }));
            let before = world.calls().len();
            world.run(link).await;
            world.settle().await;
            let looks = world.calls().len() - before;
            assert!(looks < 20, "{looks} calls");
            assert_eq!(world.here().await, world.there("primary"), "{skip}, first: {first}");
            assert_eq!(world.here().await.len(), 10);
            assert_eq!(writes(&world), 0);
        }
    }
}

#[tokio::test]
async fn bm_101_all_pages_of_a_look_ask_for_the_same() {
    // The twin refuses a page, or a delta, with other parameters than its first.
    let (world, link) = World::linked().await;
    world.control("quirks", json!({"emptyPages": true, "strictParameters": true}));
    for round in 0..3 {
        world.person_makes(&format!("2026-11-1{round} 10:00"), &format!("E{round}"));
        let report = world.run(link).await;
        assert!(report.failed == 0 && report.stopped.is_none(), "{report:?}");
        assert_eq!(world.here().await.len(), round + 1);
    }
    assert!(world.calls().iter().all(|call| call.contains(" 200 ")), "{:?}", world.calls());
    assert!(world.count_calls("pageToken") >= 3);
}

#[tokio::test]
async fn bm_169_a_calendar_that_is_new_is_offered_and_not_taken() {
    let (world, link) = World::linked().await;
    let offered = async || -> Vec<String> {
        let all = links::calendars(&world.engine, world.workspace, world.account.id).await.unwrap();
        all.into_iter().map(|c| c.name).collect()
    };
    let linked = async || {
        let mut tx = world.engine.store.read().await.unwrap();
        concord_store::links::list(&mut tx, world.workspace).await.unwrap().len()
    };
    let before = offered().await;
    world.control("calendar", json!({"do": "create", "id": "choir", "fields": {"summary": "Choir"}}));
    world.advance(HOUR * 25);
    world.settle().await;
    assert!(offered().await.contains(&"Choir".to_owned()) && !before.contains(&"Choir".to_owned()));
    assert_eq!(linked().await, 1);
    world.control("calendar", json!({"do": "change", "id": "choir", "fields": {"summary": "Big choir"}}));
    assert!(offered().await.contains(&"Big choir".to_owned()));
    world.control("calendar", json!({"do": "delete", "id": "choir"}));
    assert_eq!(offered().await, before);
    assert_eq!(world.link_row(link).await.state, LinkState::Active);
}

/// Each field that a Google calendar holds, changed alone, on either side.
#[tokio::test]
async fn bm_035_a_change_of_any_field_alone_is_noticed_on_both_sides() {
    let (world, link) = World::linked().await;
    world.set(link, |s| (s.sight.guests, s.sight.private) = (true, PrivateEvents::Show)).await;
    let event = world.make("2026-11-10 10:00", "Session").await;
    world.settle().await;
    let (start, end) = google_times("2026-11-10 12:00");
    let berlin = |wall: &str| json!({"dateTime": wall, "timeZone": "Europe/Berlin"});
    let there = [
        (Field::Time, json!({"start": start, "end": google_times("2026-11-10 13:00").1})),
        (Field::Time, json!({"end": end})),
        (Field::Time, json!({"start": berlin("2026-11-10T16:00:00"), "end": berlin("2026-11-10T18:00:00")})),
        (Field::Time, json!({"recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]})),
        (Field::Title, json!({"summary": "Other"})),
        (Field::Location, json!({"location": "Roof"})),
        (Field::Description, json!({"description": "Bring water"})),
        (Field::Status, json!({"status": "tentative"})),
        (Field::Availability, json!({"transparency": "transparent"})),
        (Field::Privacy, json!({"visibility": "private"})),
        (Field::Colour, json!({"colorId": "5"})),
        (Field::Attendees, json!({"attendees": [{"email": "carol@else.where"}]})),
        (
            Field::Reminders,
            json!({"reminders": {"useDefault": false, "overrides": [{"method": "popup", "minutes": 3}]}}),
        ),
    ];
    let id = world.id_there("primary", "Session");
    for (field, fields) in there {
        let before = world.event(event.id).await.content;
        world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": fields}));
        world.settle().await;
        let after = world.event(event.id).await.content;
        assert_eq!(before.differing(&after).iter().collect::<Vec<_>>(), [field], "{fields}");
    }
    let other = world.make("2027-01-10 10:00", "Whole").await;
    type Edit = fn(&mut View);
    let here: [(Field, Edit); 8] = [
        (Field::Time, |v| v.time.span = span("2027-01-11 10:00")),
        (Field::Title, |v| v.title = "Another".to_owned()),
        (Field::Location, |v| v.location = "Roof".to_owned()),
        (Field::Description, |v| v.description = "Bring water".to_owned()),
        (Field::Availability, |v| v.availability = Availability::Free),
        (Field::Privacy, |v| v.privacy = Privacy::Private),
        (Field::Colour, |v| v.colour = Some(Colour::Basil)),
        (Field::Attendees, |v| v.attendees = vec![guest("carol")]),
    ];
    world.settle().await;
    for (field, change) in here {
        let version = |world: &World| {
            let all = world.living("primary");
            all.iter().find(|e| e["id"] != *id).unwrap()["etag"].clone()
        };
        let before = version(&world);
        world.edit(&other, change).await;
        world.settle().await;
        assert_ne!(version(&world), before, "{field}");
    }
}

/// A question that is answered "no" is not asked again.
#[tokio::test]
async fn bm_039_a_deletion_that_was_refused_once_is_not_asked_about_again() {
    let (world, link) = World::linked().await;
    world.set(link, |s| s.deletion = DeletionPolicy::Ask).await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.delete_there("primary", "Coaching");
    world.settle().await;
    assert_eq!(world.answer_all(Resolution::KeepPlatform).await, 1);
    for _ in 0..5 {
        world.control("expire-sync", json!({}));
        world.advance(HOUR * 25);
        world.settle().await;
    }
    assert!(world.questions().await.is_empty());
    assert_eq!(both(&world).await, same(&["20261110T100000 Coaching"]));
}
