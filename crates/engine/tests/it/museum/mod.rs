//! Exhibits of the bug museum that need both sides and a little time: copies, echoes, series and texts (BM), and what is
//! told about them (BE-6, I-41, I-44, I-47, I-48). The others stand by what they are about.

mod copies;
mod losses;
mod people;
mod secrets;
pub(crate) mod servers;

use concord_engine::edit::{self, Change, Scope};
use concord_engine::{Error, why};
use concord_model::link::{Direction, Settings, Window};
use concord_model::privacy::Detail;
use concord_model::recurrence::{Recurrence, Rule};
use concord_model::view::Value;
use concord_model::{Event, View};
use concord_store::Actor;
use concord_store::mappings::MappingState;
use jiff::SignedDuration;
use serde_json::json;

use crate::acts::key;
use crate::world::{World, google_times};

const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn writes(world: &World) -> usize {
    world.calls().iter().filter(|c| !c.starts_with("GET")).count()
}

pub(crate) fn weekly(count: u8) -> impl FnOnce(&mut View, &mut concord_model::event::Booking) {
    move |v, _| {
        let rule = Rule::parse(&format!("FREQ=WEEKLY;COUNT={count}"), &v.time.span).unwrap();
        v.time.recurrence = Some(Recurrence::from(rule));
    }
}

#[tokio::test]
async fn bm_001_an_empty_answer_makes_nothing_again() {
    let (world, link) = World::linked().await;
    for n in 10..28 {
        world.make(&format!("2026-11-{n} 10:00"), &format!("E{n}")).await;
    }
    world.settle().await;
    let changes = || world.twin.control("GET", "changes", &json!({})).unwrap();
    let before = changes();
    world.control("expire-sync", json!({}));
    world.faults(json!({"match": {"method": "GET", "path": "/events"}, "kind": "empty", "count": 2}));
    world.run(link).await;
    world.run(link).await;
    world.settle().await;
    assert_eq!(changes(), before);
    assert_eq!(world.here().await.len(), 18);
}

#[tokio::test]
async fn bm_003_a_copy_made_by_hand_is_an_event_of_its_own() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    let id = world.id_there("primary", "Coaching");
    for day in ["2026-11-11", "2026-11-12"] {
        let copy = world.person(json!({"calendar": "primary", "do": "copy", "id": id}));
        let (start, end) = google_times(&format!("{day} 10:00"));
        let fields = json!({"start": start, "end": end});
        world.person(json!({"calendar": "primary", "do": "change", "id": copy["id"], "fields": fields}));
    }
    let before = writes(&world);
    world.settle().await;
    let all = ["20261110T100000 Coaching", "20261111T100000 Coaching", "20261112T100000 Coaching"];
    assert_eq!(
        (world.here().await, world.there("primary")),
        (all.map(str::to_owned).to_vec(), all.map(str::to_owned).to_vec())
    );
    assert_eq!(writes(&world), before, "nothing is taken away or made");
    assert_eq!(world.copy(&event, link).await.external_id.unwrap().as_str(), id);
}

#[tokio::test]
async fn bm_006_a_made_event_that_is_not_visible_yet_is_not_made_again() {
    let (world, _) = World::linked().await;
    world.control("quirks", json!({"visibilityDelayMs": 5_000}));
    world.faults(json!({"match": {"method": "POST", "path": "/events"}, "kind": "drop_after", "count": 1}));
    world.make("2026-11-10 10:00", "Coaching").await;
    for _ in 0..30 {
        world.advance(SignedDuration::from_secs(2));
        world.work_all(&world.engine).await;
    }
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"]);
    assert_eq!(world.here().await, ["20261110T100000 Coaching"]);
}

#[tokio::test]
async fn bm_013_a_change_is_one_update_of_the_same_event() {
    let (world, _) = World::linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    let id = world.id_there("primary", "Coaching");
    let before = world.calls().len();
    world.edit(&event, |v| v.title = "Coaching 2".to_owned()).await;
    world.settle().await;
    let calls = world.calls().split_off(before);
    let verbs = |verb: &str| calls.iter().filter(|c| c.starts_with(verb) && c.contains("/events")).count();
    assert_eq!((verbs("PATCH"), verbs("PUT"), verbs("DELETE"), verbs("POST")), (1, 0, 0, 0), "{calls:?}");
    assert_eq!(world.id_there("primary", "Coaching 2"), id);
}

#[tokio::test]
async fn bm_025_while_a_whole_reading_fails_everything_stays_as_it_was() {
    let (world, link) = World::linked().await;
    for n in 10..16 {
        world.person_makes(&format!("2026-11-{n} 10:00"), &format!("P{n}"));
    }
    world.settle().await;
    world.control("expire-sync", json!({}));
    world.delete_there("primary", "P15");
    for kind in ["drop_before", "truncate", "status"] {
        world.faults(json!({
            "match": {"method": "GET", "path": "/events"}, "kind": kind, "status": 503, "skip": 1,
        }));
        world.run(link).await;
        world.calm();
        assert_eq!(world.here().await.len(), 6, "{kind}");
        world.advance(SignedDuration::from_hours(1));
    }
    world.settle().await;
    assert_eq!(world.here().await.len(), 5);
}

#[tokio::test]
async fn bm_034_what_was_recognised_is_kept_in_step_both_ways() {
    let world = World::new().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.person_makes("2026-11-10 10:00", "Coaching");
    world.link("primary", Settings::default()).await;
    world.settle().await;
    world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
    world.settle().await;
    assert_eq!(world.living("primary")[0]["location"], "Studio B");
    world.change_there("primary", "Coaching", json!({"location": "Studio C"}));
    world.settle().await;
    assert_eq!(world.event(event.id).await.content.location, "Studio C");
    assert_eq!(world.there("primary").len(), 1);
}

#[tokio::test]
async fn bm_036_what_was_deleted_there_a_month_ago_does_not_come_back() {
    let (world, link) = World::linked().await;
    world.make("2027-02-10 10:00", "Coaching").await;
    world.settle().await;
    world.delete_there("primary", "Coaching");
    world.advance(DAY * 30);
    for _ in 0..3 {
        world.control("expire-sync", json!({}));
        world.run(link).await;
        world.settle().await;
    }
    assert_eq!(world.here().await, Vec::<String>::new());
    assert_eq!(world.there("primary"), Vec::<String>::new());
}

#[tokio::test]
async fn bm_037_settings_changed_again_and_again_end_no_original() {
    let (world, link) = World::linked().await;
    for n in 10..14 {
        world.make(&format!("2026-11-{n} 10:00"), &format!("Ours {n}")).await;
        world.person_makes(&format!("2026-11-{n} 15:00"), &format!("Theirs {n}"));
    }
    world.settle().await;
    let all = world.here().await;
    let mut dice: u32 = 7;
    for _ in 0..60 {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let of = |n: u32| (dice >> 16) % n;
        let (what, how) = (of(4), of(3));
        world
            .set(link, |s| match what {
                0 => s.direction = [Direction::Both, Direction::Push, Direction::Pull][how as usize],
                1 => s.filter.session_types = if how == 0 { vec!["workshop".to_owned()] } else { Vec::new() },
                2 => s.sight.detail = if how == 0 { Detail::Busy } else { Default::default() },
                _ => {
                    s.window =
                        if how == 0 { Window { back_days: 1, ahead_days: 2 } } else { Default::default() }
                }
            })
            .await;
        world.settle().await;
        assert_eq!(world.here().await, all);
        let there = world.there("primary");
        assert_eq!(there.iter().filter(|line| line.contains("Theirs")).count(), 4, "{there:?}");
    }
    world.set(link, |s| *s = Settings::default()).await;
    world.settle().await;
    assert_eq!(world.there("primary"), all);
}

#[tokio::test]
async fn bm_045_five_occurrences_changed_at_once_are_five_on_every_side() {
    let (world, _) = World::linked().await;
    world.link("Team", Settings::default()).await;
    let event = world.make_with("2026-11-10 10:00", "Class", weekly(6)).await;
    world.settle().await;
    let id = world.id_there("primary", "Class");
    for (n, day) in ["1110", "1117", "1124", "1201", "1208"].into_iter().enumerate() {
        let part = format!("{id}_2026{day}T150000Z");
        let fields = json!({"summary": format!("Class {n}")});
        world.person(json!({"calendar": "primary", "do": "change", "id": part, "fields": fields}));
    }
    world.settle().await;
    assert_eq!(world.event(event.id).await.content.overrides.len(), 5);
    for calendar in ["primary", "Team"] {
        let changed = world.there(calendar).iter().filter(|line| line.contains("Class ")).count();
        assert_eq!(changed, 5, "{calendar}: {:?}", world.there(calendar));
    }
}

#[tokio::test]
async fn bm_057_five_occurrences_deleted_in_a_row_are_gone_and_no_other() {
    let (world, link) = World::linked().await;
    let event = world.make_with("2026-11-10 10:00", "Class", weekly(7)).await;
    world.settle().await;
    for day in ["11-10", "11-17", "12-01", "12-08", "12-15"] {
        world.delete_occurrence(&event, &format!("2026-{day} 10:00")).await;
    }
    let report = world.run(link).await;
    assert_eq!((report.failed, report.waiting), (0, 0));
    world.settle().await;
    assert_eq!(world.event(event.id).await.content.overrides.len(), 5);
    let told = world.twin.control("GET", "state", &json!({})).unwrap();
    let primary =
        told["calendars"].as_array().unwrap().iter().find(|c| c["id"] == "alice@twin.test").unwrap();
    assert_eq!(primary["counts"]["cancelledOccurrences"], 5);
}

#[tokio::test]
async fn bm_059_what_was_made_and_cancelled_unseen_is_nothing() {
    let (world, link) = World::linked().await;
    let id = world.person_makes("2026-11-10 10:00", "Class");
    let rule = json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]});
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": rule}));
    let part = format!("{id}_20261117T150000Z");
    world.person(json!({"calendar": "primary", "do": "delete", "id": part}));
    world.person(json!({"calendar": "primary", "do": "delete", "id": id}));
    let report = world.run(link).await;
    assert_eq!((report.failed, report.tally), (0, Default::default()));
    assert_eq!(world.here().await, Vec::<String>::new());
}

#[tokio::test]
async fn bm_113_an_edit_leaves_who_may_see_it_as_it_was() {
    let (world, _) = World::linked().await;
    for (day, visibility) in [("10", "default"), ("11", "public")] {
        world.person_makes(&format!("2026-11-{day} 10:00"), visibility);
        if visibility != "default" {
            world.change_there("primary", visibility, json!({"visibility": visibility}));
        }
    }
    world.settle().await;
    for event in world.events().await {
        world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
    }
    world.settle().await;
    for event in world.living("primary") {
        let expected = if event["summary"] == "default" { json!(null) } else { event["summary"].clone() };
        assert_eq!((&event["visibility"], &event["location"]), (&expected, &json!("Studio B")));
    }
}

#[tokio::test]
async fn bm_168_all_that_was_refused_is_listed_with_its_reason() {
    let (world, link) = World::linked().await;
    world.control("quirks", json!({"longestSummary": 40}));
    let mut refused = Vec::new();
    for n in 10..20 {
        refused.push(world.make(&format!("2026-12-{n} 10:00"), &"x".repeat(60)).await);
    }
    world.settle().await;
    for event in &refused {
        let copy = world.copy(event, link).await;
        assert_eq!(copy.state, MappingState::Error);
        assert!(copy.error.is_some_and(|error| !error.text.is_empty()));
        let told = why::why(&world.engine, world.workspace, event.id).await.unwrap();
        assert!(told[0].error.is_some(), "BE-6: {told:?}");
    }
    let mut tx = world.engine.store.read().await.unwrap();
    let counts = concord_store::mappings::counts(&mut tx, link).await.unwrap();
    assert_eq!((counts.errors, counts.pending), (10, 0), "I-44");
}

#[tokio::test]
async fn be_6_every_calendar_says_why_an_event_is_there_or_not() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    let told = async || why::why(&world.engine, world.workspace, event.id).await.unwrap().remove(0);
    assert!(told().await.wanted);
    world.settle().await;
    let synced = told().await;
    assert_eq!((synced.state.as_str(), synced.agreed_rev == synced.rev), ("synced", true));
    world.switch(&event, link, false).await;
    world.settle().await;
    let off = told().await;
    assert!(!off.wanted && off.because.contains("off"), "{off:?}");
}

#[tokio::test]
async fn i_41_a_text_that_is_too_long_there_is_shortened_there_and_whole_here() {
    let (world, _) = World::linked().await;
    let long = "word ".repeat(4_000).trim_end().to_owned();
    let text = long.clone();
    let event = world.make_with("2026-11-10 10:00", "Coaching", |v, _| v.description = text).await;
    world.settle().await;
    assert!(world.living("primary")[0]["description"].as_str().unwrap().chars().count() <= 8_192);
    world.change_there("primary", "Coaching", json!({"location": "Studio B"}));
    world.settle().await;
    let here = world.event(event.id).await.content;
    assert_eq!((here.location.as_str(), here.description == long), ("Studio B", true));
}

#[tokio::test]
async fn i_47_what_comes_in_by_a_link_that_only_reads_is_changed_by_no_route() {
    let world = World::new().await;
    let link = world.link("primary", Settings { direction: Direction::Pull, ..Settings::default() }).await.id;
    let id = world.person_makes("2026-11-10 10:00", "Class");
    let rule = json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]});
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": rule}));
    world.settle().await;
    let event: Event = world.events().await.remove(0);
    let (engine, ws, by) = (&world.engine, world.workspace, || Actor::User(world.alice));
    let second = key("2026-11-17 10:00");
    for scope in [Scope::All, Scope::This(second), Scope::Following(second)] {
        let title = Value::Title("Mine".to_owned());
        let patch = [(title.field(), title)].into();
        let change = Change { patch, ..Change::default() };
        let changed = edit::change(engine, ws, event.id, scope, change, by()).await;
        assert!(matches!(changed, Err(Error::ReadOnly(_))), "{scope:?}: {changed:?}");
        let deleted = edit::delete(engine, ws, event.id, scope, None, by()).await;
        assert!(matches!(deleted, Err(Error::ReadOnly(_))), "{scope:?}");
    }
    assert_eq!(world.event(event.id).await, event);
    world.run(link).await;
    assert_eq!(writes(&world), 0);
}

/// The provider's clock goes an hour wrong, either way.
#[tokio::test]
async fn i_48_the_later_of_two_changes_is_the_later_whatever_the_clocks_say() {
    for skew in ["1h", "-1h"] {
        for theirs_later in [true, false] {
            let (world, link) = World::linked().await;
            world.control("clock", json!({"advance": skew}));
            world.set(link, |s| s.conflicts = concord_model::link::Policy::LastWriteWins).await;
            let event = world.make("2026-11-10 10:00", "Coaching").await;
            world.settle().await;
            let there = || world.change_there("primary", "Coaching", json!({"summary": "Theirs"}));
            if !theirs_later {
                there();
            }
            world.advance(SignedDuration::from_mins(5));
            world.edit(&event, |v| v.title = "Ours".to_owned()).await;
            world.advance(SignedDuration::from_mins(5));
            if theirs_later {
                there();
            }
            world.settle().await;
            let winner = if theirs_later { "Theirs" } else { "Ours" };
            assert_eq!(world.event(event.id).await.content.title, winner, "{skew}");
            assert_eq!(world.living("primary")[0]["summary"], winner, "{skew}");
        }
    }
}
