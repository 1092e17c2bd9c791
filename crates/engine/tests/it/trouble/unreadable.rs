//! What cannot be understood is told and left alone until it can (BM-027).

use concord_model::link::Settings;
use concord_model::recurrence::{Recurrence, Rule};
use concord_store::mappings::MappingState;
use concord_store::runs::RunStatus;
use serde_json::json;

use super::HOUR;
use crate::world::World;

/// Fields with a time in a zone that Concord does not know, once answers are misspelt.
fn in_middle_earth(world: &World, day: &str) -> serde_json::Value {
    world.gate.misspell("Indian/Christmas", "Middle/Earth");
    let at = |hour: u8| json!({"dateTime": format!("{day}T{hour}:00:00"), "timeZone": "Indian/Christmas"});
    json!({"start": at(10), "end": at(11)})
}

async fn complaints(world: &World) -> usize {
    world.sentences().await.iter().filter(|told| told.contains("Middle/Earth")).count()
}

#[tokio::test]
async fn bm_027_what_cannot_be_understood_is_listed_as_an_error_and_never_taken_for_gone() {
    let (world, link) = World::linked().await;
    let event = world.make("2026-12-01 10:00", "Coaching").await;
    world.settle().await;
    let fields = in_middle_earth(&world, "2026-12-03");
    world.change_there("primary", "Coaching", fields.clone());
    world.person_makes("2026-12-02 10:00", "Theirs");
    world.person_makes("2026-12-03 10:00", "Odd");
    world.change_there("primary", "Odd", fields);
    let report = world.run(link).await;
    assert_eq!((report.failed, report.status), (2, Some(RunStatus::Partial)));
    assert_eq!(complaints(&world).await, 2);
    assert_eq!(world.here().await, ["20261201T100000 Coaching", "20261202T100000 Theirs"]);
    let copy = world.copy(&event, link).await;
    assert_eq!(copy.state, MappingState::Error);
    assert!(copy.error.unwrap().text.contains("Middle/Earth"));
    // It may go all the same: taking it away needs no understanding.
    world.delete(&event).await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261202T100000 Theirs", "20261202T220000 Odd"]);
}

#[tokio::test]
async fn bm_027_what_is_readable_again_goes_on_by_itself_and_loses_no_edit() {
    for by_a_person in [true, false] {
        let (world, link) = World::linked().await;
        let event = world.make("2026-12-01 10:00", "Coaching").await;
        world.person_makes("2026-12-04 10:00", "Odd");
        world.settle().await;
        let fields = in_middle_earth(&world, "2026-12-03");
        for title in ["Coaching", "Odd"] {
            world.change_there("primary", title, fields.clone());
        }
        world.settle().await;
        world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
        world.settle().await;
        assert_eq!(world.copy(&event, link).await.state, MappingState::Error);
        if by_a_person {
            for title in ["Coaching", "Odd"] {
                world.move_there(title, "2026-12-05 10:00");
            }
            world.settle().await;
        } else {
            // A newer program may know the zone: nobody has changed anything.
            world.gate.spell();
            world.advance(HOUR * 25);
            world.settle().await;
        }
        let at = if by_a_person { "20261205T100000" } else { "20261203T100000" };
        assert_eq!(world.here().await, [format!("{at} Coaching"), format!("{at} Odd")]);
        assert_eq!(world.copy(&event, link).await.state, MappingState::Synced);
        assert_eq!(world.event(event.id).await.content.location, "Studio B");
        let there = world.living("primary");
        let there = there.iter().find(|e| e["summary"] == "Coaching").unwrap();
        assert_eq!(there["location"], "Studio B");
    }
}

/// A weekly series, known in two calendars; in one of them an occurrence becomes unreadable.
async fn with_an_odd_occurrence() -> (World, concord_model::Event, String) {
    let (world, _) = World::linked().await;
    world.link("Team", Settings::default()).await;
    let weekly = |v: &mut concord_model::View| {
        let rule = Rule::parse("FREQ=WEEKLY;COUNT=4", &v.time.span).unwrap();
        v.time.recurrence = Some(Recurrence::from(rule));
    };
    let event = world.make_with("2026-12-01 10:00", "Class", |v, _| weekly(v)).await;
    world.settle().await;
    let id = format!("{}_20261208T150000Z", world.id_there("primary", "Class"));
    let fields = in_middle_earth(&world, "2026-12-09");
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": fields}));
    world.make("2026-12-02 10:00", "Other").await;
    world.settle().await;
    (world, event, id)
}

#[tokio::test]
async fn bm_027_an_unreadable_occurrence_is_left_alone_on_the_other_side() {
    let (world, event, id) = with_an_odd_occurrence().await;
    assert_eq!(complaints(&world).await, 1);
    assert_eq!(world.event(event.id).await.content.overrides, Default::default());
    for calendar in ["primary", "Team"] {
        assert!(world.there(calendar).contains(&"20261202T100000 Other".to_owned()));
    }
    assert_eq!(world.there("Team").len(), 2, "the series as it was, and the other");
    // A person puts it right.
    let (start, end) = crate::world::google_times("2026-12-09 12:00");
    let fields = json!({"start": start, "end": end});
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": fields}));
    world.settle().await;
    assert_eq!(world.event(event.id).await.content.overrides.len(), 1);
    assert!(world.there("Team").contains(&"20261209T120000 Class".to_owned()), "{:?}", world.there("Team"));
}

/// Moved as a whole, a series forgets its changed occurrences.
#[tokio::test]
async fn bm_027_an_unreadable_occurrence_that_is_no_more_holds_nothing_back() {
    let (world, event, _) = with_an_odd_occurrence().await;
    world.move_there("Class", "2026-12-01 11:00");
    world.settle().await;
    assert_eq!(world.event(event.id).await.content.time.span.key(), crate::acts::key("2026-12-01 11:00"));
}

#[tokio::test]
async fn bm_027_a_new_series_with_an_unreadable_occurrence_waits_until_it_can_be_read() {
    let (world, _) = World::linked().await;
    let id = world.person_makes("2026-12-01 10:00", "Class");
    let weekly = json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]});
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": weekly}));
    let fields = in_middle_earth(&world, "2026-12-09");
    let part = format!("{id}_20261208T150000Z");
    world.person(json!({"calendar": "primary", "do": "change", "id": part, "fields": fields}));
    world.settle().await;
    assert_eq!((world.here().await.len(), complaints(&world).await), (0, 1));
    world.gate.spell();
    world.advance(HOUR * 25);
    world.settle().await;
    assert_eq!(world.events().await[0].content.overrides.len(), 1);
}
