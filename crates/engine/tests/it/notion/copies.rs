//! Pages that are there twice: because a person wanted it, or because of something on the way.

use std::sync::atomic::Ordering;

use concord_model::link::Direction;
use concord_model::privacy::{Privacy, PrivateEvents};
use concord_model::recurrence::Recurrence;
use concord_model::view::{Field, Override, Value as Word};
use serde_json::json;

use super::{Both, classes, named};
use crate::world::span;

#[tokio::test]
async fn i_19_a_page_that_a_person_duplicates_at_once_becomes_an_event_of_its_own() {
    let both = Both::new().await;
    both.world.person_makes("2026-11-11 10:00", "Lesson");
    both.settle().await;
    both.person(json!({ "do": "copy", "id": both.row("Lesson")["id"] }));
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-11 Lesson", "2026-11-11 Lesson (1)"]);
    assert_eq!(both.world.living("primary").len(), 2);
    // Each goes its own way.
    both.person_changes("Lesson (1)", named("Another"));
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-11 Another", "2026-11-11 Lesson"]);
    let titles = || {
        let mut all: Vec<_> = both.world.living("primary").iter().map(|e| e["summary"].clone()).collect();
        all.sort_by_key(ToString::to_string);
        all
    };
    assert_eq!(titles(), ["Another", "Lesson"]);
    both.person(json!({ "do": "delete", "id": both.row("Another")["id"] }));
    both.settle().await;
    assert_eq!((both.there(), titles()), (vec!["2026-11-11 Lesson".to_owned()], vec![json!("Lesson")]));
}

#[tokio::test]
async fn i_04_of_pages_that_were_made_twice_one_stays() {
    for direction in [Direction::Both, Direction::Push] {
        let both = Both::new().await;
        both.world.set(both.table, |settings| settings.direction = direction).await;
        let (yoga, class) = (both.world.make("2026-11-11 10:00", "Yoga").await, classes(&both).await);
        both.twice.store(true, Ordering::SeqCst);
        both.world.run(both.table).await;
        assert_eq!(both.there().len(), 10);
        both.twice.store(false, Ordering::SeqCst);
        both.settle().await;
        let expected = [
            "2026-11-10 Class",
            "2026-11-11 Yoga",
            "2026-11-17 Class",
            "2026-11-24 Class",
            "2026-12-01 Class",
        ];
        assert_eq!(both.there(), expected, "{direction:?}");
        assert_eq!(both.world.events().await.len(), 2);
        // What was taken away again was one too many, not the event.
        for event in [yoga, class] {
            assert!(both.world.event(event.id).await.deleted_at.is_none());
        }
    }
}

/// Seed 60356 of the simulator, mixed: the second pages bear the names of occurrences that are others by now.
#[tokio::test]
async fn i_04_of_pages_that_were_made_twice_one_stays_when_their_series_moves_before_they_are_seen() {
    let both = Both::new().await;
    let class = classes(&both).await;
    both.twice.store(true, Ordering::SeqCst);
    both.world.run(both.table).await;
    assert_eq!(both.there().len(), 8);
    both.twice.store(false, Ordering::SeqCst);
    for day in ["2026-12-08 12:00", "2026-11-11 12:00"] {
        let class = both.world.event(class.id).await;
        both.world.edit(&class, |view| view.time.span = span(day)).await;
    }
    both.settle().await;
    let expected = ["2026-11-11 Class", "2026-11-18 Class", "2026-11-25 Class", "2026-12-02 Class"];
    assert_eq!(both.there(), expected);
    assert_eq!(both.world.events().await.len(), 1);
}

/// Seed 60006 of the simulator, mixed: the second page of what was deleted here meanwhile stayed, and nobody knew it.
#[tokio::test]
async fn i_01_of_pages_that_were_made_twice_none_stays_when_their_event_is_deleted_before_they_are_seen() {
    let both = Both::new().await;
    let (yoga, class) = (both.world.make("2026-11-11 10:00", "Yoga").await, classes(&both).await);
    both.twice.store(true, Ordering::SeqCst);
    both.world.run(both.table).await;
    assert_eq!(both.there().len(), 10);
    both.twice.store(false, Ordering::SeqCst);
    for event in [yoga, class] {
        both.world.delete(&event).await;
    }
    both.settle().await;
    assert_eq!(both.there(), [""; 0]);
    assert_eq!(both.world.here().await, [""; 0]);
}

#[tokio::test]
async fn i_47_of_pages_that_were_made_twice_both_stay_while_the_table_is_only_read() {
    let both = Both::new().await;
    both.world.make("2026-11-11 10:00", "Yoga").await;
    both.twice.store(true, Ordering::SeqCst);
    both.world.run(both.table).await;
    both.twice.store(false, Ordering::SeqCst);
    for (direction, there) in [(Direction::Pull, 2), (Direction::Both, 1)] {
        both.world.set(both.table, |settings| settings.direction = direction).await;
        both.settle().await;
        assert_eq!(both.there(), vec!["2026-11-11 Yoga"; there], "{direction:?}");
        assert_eq!(both.world.here().await, ["20261111T100000 Yoga"], "{direction:?}");
    }
}

/// Seed 1979 of the simulator: Notion knows no privacy, so a copy of what is private looked like anything else.
#[tokio::test]
async fn i_35_what_a_person_duplicates_of_a_private_event_is_private_too() {
    let weekly = |view: &mut concord_model::View| {
        view.time.recurrence =
            Some(Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=2"], &view.time.span).unwrap().0);
    };
    let of_one = |view: &mut concord_model::View| {
        weekly(view);
        let own = [(Field::Privacy, Word::Privacy(Privacy::Confidential))];
        view.overrides.insert(view.time.span.key(), Override::Changed(own.into()));
    };
    type Made<'a> = (&'a dyn Fn(&mut concord_model::View), Privacy, usize);
    let kinds: [Made; 3] = [
        (&|view| view.privacy = Privacy::Private, Privacy::Private, 0),
        (&|view| (view.privacy = Privacy::Private, weekly(view)).1, Privacy::Private, 0),
        (&of_one, Privacy::Confidential, 1),
    ];
    for (made, privacy, seen) in kinds {
        let both = Both::new().await;
        both.world.set(both.table, |settings| settings.sight.private = PrivateEvents::Show).await;
        let first = both.world.make_with("2026-11-10 10:00", "Doctor", |view, _| made(view)).await;
        both.settle().await;
        assert_eq!(both.world.living("primary").len(), seen, "private events do not go there");
        both.person(json!({ "do": "copy", "id": both.row("Doctor")["id"] }));
        both.settle().await;
        let copy = both.world.events().await.into_iter().find(|event| event.id != first.id).unwrap();
        assert_eq!((copy.content.title.as_str(), copy.content.privacy), ("Doctor (1)", privacy));
        assert_eq!(both.world.living("primary").len(), seen);
        // It is still theirs to edit.
        both.person_changes("Doctor (1)", named("Dentist"));
        both.settle().await;
        assert_eq!(both.world.event(copy.id).await.content.title, "Dentist");
        assert_eq!(both.world.living("primary").len(), seen);
    }
}
