//! The same meeting entered on both sides (`rules.md` 17, AC-3): who an item is, and what its adoption does.

use concord_model::people::{Answer, Attendee};
use concord_model::recurrence::Rule;
use concord_model::view::{Override, Patch, Timing, Value};
use concord_model::{EventId, Field, Moment, OccurrenceKey, Span, View};
use concord_sync::Decision;
use concord_sync::adopt::{Candidate, Identity, Likeness, alike, identify};
use concord_sync::decide::{Copy, There};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use uuid::Uuid;

use crate::odd;
use crate::pair::Pair;

const EVENT: EventId = EventId(Uuid::from_u128(100));

/// An hour in a zone, with or without a rule.
fn hour(start: &str, zone: &str, rule: Option<&str>) -> Timing {
    let zone = odd::zone(zone);
    let start = Moment::new(start.parse::<DateTime>().unwrap(), zone.clone());
    let end = start.instant() + SignedDuration::from_hours(1);
    let span = Span::timed(start, Moment::at(end, zone)).unwrap();
    let recurrence = rule.map(|rule| Rule::parse(rule, &span).unwrap().into());
    Timing { span, recurrence }
}

fn here(rule: Option<&str>) -> View {
    View::new(hour("2026-11-10T09:00", "America/New_York", rule), "Planning")
}

fn there(start: &str, zone: &str, rule: Option<&str>) -> View {
    View::new(hour(start, zone, rule), "planning")
}

fn in_utc() -> View {
    there("2026-11-10T14:00", "UTC", None)
}

/// Both are there, and have just been found to be one.
fn adopted(ours: View, theirs: View) -> Pair {
    let mut pair = Pair::of(odd::event(View { title: theirs.title.clone(), ..ours }));
    pair.settings.sight.guests = true;
    pair.copy = Copy::Living;
    pair.there = Some(theirs);
    pair
}

#[test]
fn ac_3_a_twin_told_in_another_zone_is_certain_where_all_its_times_are_the_same() {
    let check = |ours: &View, theirs: &View, expected: Identity| {
        let one = Candidate { event: EVENT, view: ours.clone(), taken: false, by: Likeness::Time };
        assert_eq!(identify(theirs, true, &[one]), expected, "{:?} {:?}", ours.time, theirs.time);
    };
    let weekly = Some("FREQ=WEEKLY");
    check(&here(None), &in_utc(), Identity::Certain(EVENT));
    check(&here(None), &there("2026-11-10T13:00", "UTC", None), Identity::New);
    check(&here(weekly), &there("2026-11-10T09:00", "America/Toronto", weekly), Identity::Certain(EVENT));
    // In summer they part.
    check(&here(weekly), &there("2026-11-10T14:00", "UTC", weekly), Identity::Perhaps(EVENT));
    check(&here(weekly), &in_utc(), Identity::Perhaps(EVENT));
}

#[test]
fn items_told_in_other_zones_are_alike() {
    assert_eq!(alike(&here(None)), alike(&in_utc()));
    assert_ne!(alike(&here(None)), alike(&there("2026-11-10T14:30", "UTC", None)));
}

#[test]
fn ac_3_the_adoption_of_a_twin_told_in_another_zone_asks_nothing_and_writes_nothing() {
    let check = |ours: View, theirs: View| {
        let mut pair = adopted(ours.clone(), theirs.clone());
        let first = pair.decide();
        assert_eq!(first, Decision { base: first.base.clone(), ..Decision::default() });
        let (did, _) = pair.settle();
        assert_eq!((did, pair.decide()), (Vec::new(), Decision::default()));
        assert_eq!((pair.event.content.time, pair.there.unwrap().time), (ours.time, theirs.time));
    };
    check(here(None), in_utc());
    let weekly = Some("FREQ=WEEKLY");
    let mut ours = here(weekly);
    let mut theirs = there("2026-11-10T09:00", "America/Toronto", weekly);
    check(ours.clone(), theirs.clone());
    // An occurrence that both moved to the same time.
    let key: OccurrenceKey = "20261117T090000".parse().unwrap();
    for view in [&mut ours, &mut theirs] {
        let zone = view.time.span.zone().unwrap().name().to_owned();
        let patch = Patch::from([(Field::Time, Value::Time(hour("2026-11-17T11:00", &zone, None)))]);
        view.overrides.insert(key, Override::Changed(patch));
    }
    check(ours, theirs);
}

#[test]
fn after_the_adoption_changes_of_either_side_go_their_way() {
    let agreed = || {
        let mut pair = adopted(here(None), in_utc());
        pair.settle();
        pair
    };
    let mut pair = agreed();
    pair.edit_here(&[odd::Edit::Set(Value::Title("Planning, at last".to_owned()))]);
    let There::Update { before, after } = pair.decide().there else { panic!("it goes there") };
    assert_eq!(before.differing(&after).iter().collect::<Vec<_>>(), [Field::Title]);

    let mut pair = agreed();
    pair.edit_there(&[odd::Edit::Shift(30)]);
    pair.settle();
    assert!(pair.event.content.time.coincides(&hour("2026-11-10T09:30", "America/New_York", None)));

    let mut pair = agreed();
    pair.edit_here(&[odd::Edit::Shift(30)]);
    pair.settle();
    assert!(pair.there.unwrap().time.coincides(&hour("2026-11-10T14:30", "UTC", None)));

    // Guests that only one of them had.
    let guest = Attendee {
        address: "ann@example.org".into(),
        name: String::new(),
        answer: Answer::Awaited,
        role: Default::default(),
    };
    let mut pair = adopted(here(None), View { attendees: vec![guest.clone()], ..in_utc() });
    pair.settle();
    assert_eq!(pair.event.content.attendees, [guest]);
}

#[test]
fn a_series_whose_zones_part_in_summer_is_asked_about() {
    let weekly = Some("FREQ=WEEKLY");
    let pair = adopted(here(weekly), there("2026-11-10T14:00", "UTC", weekly));
    let decision = pair.decide();
    assert_eq!(decision.there, There::Nothing);
    let asked: Vec<String> = decision.clashes.iter().map(|clash| clash.about.to_string()).collect();
    assert_eq!(asked, ["time"]);
}

#[test]
fn a_time_in_question_is_settled_once_both_sides_tell_the_same() {
    let mut pair = adopted(here(None), there("2026-11-10T15:00", "UTC", None));
    let first = pair.decide();
    assert!(first.ask.is_some());
    pair.settle();
    pair.there = Some(in_utc());
    let (_, last) = pair.settle();
    assert_eq!((last.ask, last.there), (None, There::Nothing));
    assert_eq!(pair.decide(), Decision::default());
}
