//! What holds for every series, tried on many that chance makes up.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::recurrence::{
    EditError, Occurrence, Recurrence, Rule, cancel_following, cancel_this, edit_all, edit_following,
    edit_this, expand, first_and_last, is_empty, next_after, occurs,
};
use concord_model::view::{Field, Override, Patch, Status, Timing, Value, View};
use concord_model::{Moment, OccurrenceKey, Span, Zone};
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::zone;

const ZONES: &[&str] = &[
    "America/Los_Angeles",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Africa/Johannesburg",
    "Pacific/Apia",
    "Asia/Kolkata",
    "Antarctica/Troll",
    "UTC",
];

fn walls() -> impl Strategy<Value = DateTime> {
    let near_changes = select(vec![
        date(2026, 3, 8).at(2, 30, 0, 0),
        date(2026, 11, 1).at(1, 30, 0, 0),
        date(2026, 3, 29).at(2, 15, 0, 0),
        date(2026, 10, 25).at(2, 45, 0, 0),
        date(2026, 4, 5).at(1, 45, 0, 0),
        date(2011, 12, 29).at(23, 0, 0, 0),
    ]);
    let any = (2005..2035i16, 1..=12i8, 1..=28i8, 0..24i8, 0..60i8)
        .prop_map(|(year, month, day, hour, minute)| date(year, month, day).at(hour, minute, 0, 0));
    prop_oneof![near_changes, any]
}

fn zones() -> impl Strategy<Value = Zone> {
    select(ZONES).prop_map(zone)
}

fn spans() -> impl Strategy<Value = Span> {
    let timed = (walls(), zones(), zones(), any::<bool>(), 0..3000i64).prop_map(
        |(wall, from, to, later, minutes)| {
            let first = Moment::new(wall, from.clone());
            // In a fold, the second of the two as well.
            let start =
                if later { Moment::at(first.instant() + SignedDuration::from_hours(1), from) } else { first };
            let end = start.instant() + SignedDuration::from_mins(minutes);
            Span::timed(start, Moment::at(end, to)).unwrap()
        },
    );
    let floating = (walls(), 0..3000i64)
        .prop_map(|(wall, minutes)| Span::floating(wall, wall + SignedDuration::from_mins(minutes)).unwrap());
    let days = (walls(), 1..5i64).prop_map(|(wall, n)| {
        Span::days(wall.date(), wall.date() + SignedDuration::from_hours(24 * n)).unwrap()
    });
    prop_oneof![3 => timed, 1 => floating, 1 => days]
}

/// The text of a rule that may be meant.
fn rule_texts() -> impl Strategy<Value = String> {
    let days =
        subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..4).prop_map(|days| days.join(","));
    let nths =
        subsequence(vec!["1MO", "-1FR", "2TU", "-2SU", "5WE", "SA"], 1..3).prop_map(|days| days.join(","));
    let months =
        subsequence((1..=12).map(|n| n.to_string()).collect::<Vec<_>>(), 1..4).prop_map(|n| n.join(","));
    let month_days = subsequence(vec!["1", "13", "28", "31", "-1", "-3"], 1..3).prop_map(|n| n.join(","));
    let times = subsequence(vec!["0", "2", "9", "15"], 1..3).prop_map(|n| n.join(","));
    let patterns = prop_oneof![
        Just("DAILY".to_owned()),
        Just("WEEKLY".to_owned()),
        Just("MONTHLY".to_owned()),
        Just("YEARLY".to_owned()),
        Just("HOURLY".to_owned()),
        days.clone().prop_map(|days| format!("WEEKLY;BYDAY={days}")),
        days.clone().prop_map(|days| format!("DAILY;BYDAY={days}")),
        (days.clone(), -2..3i8)
            .prop_map(|(days, n)| format!("MONTHLY;BYDAY={days};BYSETPOS={}", if n == 0 { 3 } else { n })),
        nths.clone().prop_map(|days| format!("MONTHLY;BYDAY={days}")),
        (nths, months.clone()).prop_map(|(days, months)| format!("YEARLY;BYDAY={days};BYMONTH={months}")),
        month_days.clone().prop_map(|days| format!("MONTHLY;BYMONTHDAY={days}")),
        (month_days, months.clone())
            .prop_map(|(days, months)| format!("DAILY;BYMONTHDAY={days};BYMONTH={months}")),
        (days.clone(), 1..53i8).prop_map(|(days, week)| format!("YEARLY;BYWEEKNO={week};BYDAY={days}")),
        (1..366i16).prop_map(|day| format!("YEARLY;BYYEARDAY={day},-{day}")),
        (times.clone(), days).prop_map(|(times, days)| format!("WEEKLY;BYDAY={days};BYHOUR={times}")),
        times.prop_map(|times| format!("HOURLY;INTERVAL=3;BYHOUR={times}")),
        Just("MINUTELY;INTERVAL=45".to_owned()),
    ];
    (patterns, 1..4u32, select(vec!["MO", "SU", "WE"])).prop_map(|(pattern, interval, week_start)| {
        let interval =
            if pattern.contains("INTERVAL") { String::new() } else { format!(";INTERVAL={interval}") };
        format!("FREQ={pattern}{interval};WKST={week_start}")
    })
}

fn fine(text: &str) -> bool {
    text.contains("HOURLY") || text.contains("MINUTELY")
}

/// A span, and a rule that goes with it: without end, with COUNT, or with UNTIL in one of its forms.
fn ruled() -> impl Strategy<Value = (Span, Rule)> {
    (spans(), rule_texts(), 0..4u8, 1..40u32).prop_filter_map(
        "not for whole days",
        |(span, text, ends, n)| {
            let until = span.key().date() + SignedDuration::from_hours(24 * 20 * i64::from(n));
            let text = match ends {
                0 => text,
                1 => format!("{text};COUNT={n}"),
                2 => format!("{text};UNTIL={}", OccurrenceKey::Date(until)),
                _ => format!("{text};UNTIL={}Z", OccurrenceKey::Time(until.at(10, 0, 0, 0))),
            };
            Some((span.clone(), Rule::parse(&text, &span).ok()?))
        },
    )
}

/// A series with added dates, and changes of some of its first occurrences.
fn series() -> impl Strategy<Value = View> {
    let changes = proptest::collection::vec((0..12usize, 0..4u8, -500..500i64), 0..5);
    (ruled(), proptest::collection::vec(1..2000i64, 0..3), changes).prop_map(
        |((span, rule), added, changes)| {
            let added = added.into_iter().filter_map(|hours| {
                Some(match span.key() {
                    OccurrenceKey::Time(wall) => {
                        OccurrenceKey::Time(wall + SignedDuration::from_hours(hours))
                    }
                    OccurrenceKey::Date(day) => {
                        OccurrenceKey::Date(day.checked_add(SignedDuration::from_hours(24 * hours)).ok()?)
                    }
                })
            });
            let recurrence = Recurrence { rules: vec![rule], added: added.collect() }.fitted(&span).unwrap();
            let mut view = View::new(Timing { span, recurrence: Some(recurrence) }, "Training");
            let first: Vec<Occurrence> = begin(&view, 12);
            for (n, kind, minutes) in changes {
                let Some(one) = first.get(n) else { continue };
                let edited = match kind {
                    0 => cancel_this(&view, one.key),
                    1 => edit_this(&view, one.key, &title("Changed")),
                    _ => edit_this(&view, one.key, &moved(&one.span, minutes)),
                };
                match edited {
                    Ok(edited) => view = edited,
                    Err(EditError::NoOccurrence(_) | EditError::NothingLeft) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            view
        },
    )
}

fn title(text: &str) -> Patch {
    [(Field::Title, Value::Title(text.to_owned()))].into()
}

/// The span as another wall time of its kind, that many minutes (or days) away.
fn shifted(span: &Span, minutes: i64) -> Span {
    let key = match span.key() {
        OccurrenceKey::Time(wall) => OccurrenceKey::Time(wall + SignedDuration::from_mins(minutes)),
        OccurrenceKey::Date(day) => {
            OccurrenceKey::Date(day + SignedDuration::from_hours(24 * (minutes % 20)))
        }
    };
    span.starting(key).unwrap()
}

fn moved(span: &Span, minutes: i64) -> Patch {
    [(Field::Time, Value::Time(shifted(span, minutes).into()))].into()
}

fn utc() -> Zone {
    Zone::utc()
}

/// The first occurrences, or those of as long as that takes.
fn begin(view: &View, most: usize) -> Vec<Occurrence> {
    let mut all = until(view, horizon(view));
    all.truncate(most);
    all
}

/// Some time after the start that holds a few dozen occurrences, or all.
fn horizon(view: &View) -> Timestamp {
    let rules: String = view.time.recurrence.iter().flat_map(|r| &r.rules).map(ToString::to_string).collect();
    let days = if fine(&rules) {
        20
    } else if rules.contains("YEARLY") {
        3000
    } else {
        300
    };
    view.time.span.start_instant(&utc()) + SignedDuration::from_hours(24 * days)
}

fn until(view: &View, to: Timestamp) -> Vec<Occurrence> {
    expand(&view.time, &view.overrides, (Timestamp::MIN, to), &utc()).unwrap()
}

/// What takes place up to then, as it would be seen.
fn seen(view: &View, to: Timestamp) -> BTreeSet<String> {
    let told = |one: &Occurrence| {
        let whole = view.occurrence(one.key).unwrap();
        format!("{:?} {}", whole.time.span, whole.title)
    };
    until(view, to).iter().map(told).collect()
}

proptest! {
    #[test]
    fn values_survive_being_stored(view in series()) {
        let text = serde_json::to_string(&view).unwrap();
        prop_assert_eq!(&serde_json::from_str::<View>(&text).unwrap(), &view);
        let text = serde_json::to_string(&view.time).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Timing>(&text).unwrap(), &view.time);
        let text = serde_json::to_string(&view.time.span).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Span>(&text).unwrap(), &view.time.span);
    }

    #[test]
    fn a_rule_survives_being_written((span, rule) in ruled()) {
        prop_assert_eq!(&Rule::parse(&rule.to_text(&span), &span).unwrap(), &rule);
        prop_assert_eq!(&Rule::try_from(rule.to_string()).unwrap(), &rule);
        prop_assert_eq!(&rule.clone().fitted(&span).unwrap(), &rule);
    }

    #[test]
    fn lines_survive_being_read(view in series()) {
        let recurrence = view.time.recurrence.clone().unwrap();
        let cancelled = |(key, change): (&OccurrenceKey, &Override)| (*change == Override::Cancelled).then_some(*key);
        let removed: BTreeSet<_> = view.overrides.iter().filter_map(cancelled).collect();
        let lines = recurrence.to_lines(&view.time.span, &removed);
        prop_assert_eq!(Recurrence::parse(&lines, &view.time.span).unwrap(), (recurrence, removed));
    }

    #[test]
    fn a_span_that_starts_at_its_own_start_is_itself(span in spans(), minutes in -5000..5000i64) {
        let itself = span.starting(span.key());
        prop_assert_eq!(itself.as_ref(), Some(&span));
        let other = shifted(&span, minutes);
        prop_assert_eq!(other.zone(), span.zone());
        prop_assert_eq!(other.duration(), span.duration());
        prop_assert_eq!(other.is_all_day(), span.is_all_day());
    }

    #[test]
    fn a_moment_told_from_an_instant_is_that_instant(wall in walls(), hours in 0..4i64, zone in zones(), other in zones()) {
        let at = Moment::new(wall, zone.clone()).instant() + SignedDuration::from_mins(hours * 30);
        prop_assert_eq!(Moment::at(at, zone.clone()).instant(), at);
        prop_assert_eq!(Moment::at(at, zone).told_in(other).instant(), at);
    }

    #[test]
    fn two_windows_together_are_one(view in series(), cut in 0..400i64) {
        let end = horizon(&view);
        let start = view.time.span.start_instant(&utc());
        let middle = start + SignedDuration::from_mins((end.as_second() - start.as_second()) / 60 * cut / 400);
        let part = |from, to| expand(&view.time, &view.overrides, (from, to), &utc()).unwrap();
        let mut both: BTreeMap<OccurrenceKey, Occurrence> = BTreeMap::new();
        for one in part(Timestamp::MIN, middle).into_iter().chain(part(middle, end)) {
            both.insert(one.key, one);
        }
        let whole: BTreeMap<_, _> = part(Timestamp::MIN, end).into_iter().map(|one| (one.key, one)).collect();
        prop_assert_eq!(both, whole);
    }

    #[test]
    fn every_occurrence_is_one_by_name(view in series()) {
        for one in begin(&view, 30) {
            prop_assert!(one.changed || occurs(&view.time, one.key).unwrap());
            prop_assert_eq!(view.occurrence(one.key).unwrap().time.span, one.span);
        }
    }

    #[test]
    fn the_next_is_the_first_of_those_to_come(view in series(), minutes in 0..300_000i64) {
        let after = view.time.span.start_instant(&utc()) - SignedDuration::from_hours(40) + SignedDuration::from_mins(minutes);
        // A rule that never comes true is given up on, by name.
        let Ok(next) = next_after(&view.time, &view.overrides, after, &utc()) else { return Ok(()) };
        let end = next.as_ref().map_or(horizon(&view).max(after), |one| one.span.start_instant(&utc()) + SignedDuration::from_secs(1));
        let all = expand(&view.time, &view.overrides, (after, end), &utc()).unwrap();
        let first = all.into_iter().find(|one| one.span.start_instant(&utc()) > after);
        prop_assert_eq!(first, next);
    }

    #[test]
    fn bounds_hold_every_occurrence(view in series(), place in zones()) {
        let (first, last) = first_and_last(&view.time, &view.overrides);
        for one in begin(&view, 200) {
            prop_assert!(one.span.start_instant(&place) >= first);
            prop_assert!(last.is_none_or(|last| one.span.end_instant(&place) <= last));
        }
    }

    #[test]
    fn an_override_is_what_an_occurrence_differs_in(view in series(), n in 0..12usize, minutes in -500..500i64, name in "[a-z]{0,3}") {
        let Some(one) = begin(&view, 12).get(n).cloned() else { return Ok(()) };
        let mut whole = view.occurrence(one.key).unwrap();
        whole.apply(&moved(&one.span, minutes));
        whole.apply(&title(&name));
        let mut view = view;
        match view.override_for(one.key, &whole) {
            Some(change) => view.overrides.insert(one.key, change),
            None => view.overrides.remove(&one.key),
        };
        prop_assert_eq!(view.occurrence(one.key), Some(whole));
    }

    #[test]
    fn i_01_an_occurrence_that_says_it_is_cancelled_is_one_that_does_not_take_place(view in series(), n in 0..12usize, name in "[a-z]{0,3}") {
        let Some(one) = begin(&view, 12).get(n).cloned() else { return Ok(()) };
        let mut whole = view.occurrence(one.key).unwrap();
        whole.apply(&title(&name));
        whole.status = Status::Cancelled;
        prop_assert_eq!(view.override_for(one.key, &whole), Some(Override::Cancelled));
        let (mut said, mut left_out) = (view.clone(), view);
        said.overrides.insert(one.key, Override::Changed([(Field::Status, Value::Status(Status::Cancelled))].into()));
        left_out.overrides.insert(one.key, Override::Cancelled);
        said.normalise();
        prop_assert_eq!(&said, &left_out);
        // In a series that is called off whole, it says nothing of its own.
        said.status = Status::Cancelled;
        prop_assert_ne!(said.override_for(one.key, &whole), Some(Override::Cancelled));
    }

    #[test]
    fn what_is_in_normal_form_stays_so(view in series()) {
        let mut once = view.clone();
        once.normalise();
        let mut twice = once.clone();
        twice.normalise();
        prop_assert_eq!(&once, &twice);
        prop_assert_eq!(&once, &view, "edits leave views in normal form");
    }

    #[test]
    fn a_divided_series_takes_place_as_before(view in series(), n in 0..12usize) {
        let Some(one) = begin(&view, 12).get(n).cloned() else { return Ok(()) };
        let end = horizon(&view);
        let split = match edit_following(&view, one.key, &Patch::new()) {
            Ok(split) => split,
            Err(EditError::Indivisible(_)) => return Ok(()),
            Err(other) => panic!("{other}"),
        };
        let mut both = seen(&split.tail, end);
        if let Some(head) = &split.head {
            prop_assert!(!is_empty(&head.time, &head.overrides));
            both.extend(seen(head, end));
            prop_assert_eq!(&cancel_following(&view, one.key).unwrap(), head);
        }
        prop_assert_eq!(both, seen(&view, end));
    }

    #[test]
    fn bm_053_no_edit_leaves_a_series_without_occurrences(view in series(), edits in proptest::collection::vec((0..6u8, 0..12usize, -500..500i64), 1..12)) {
        let mut view = view;
        for (kind, n, minutes) in edits {
            let first = begin(&view, 12);
            let Some(one) = first.get(n % first.len().max(1)) else { break };
            let edited = match kind {
                0 => cancel_this(&view, one.key),
                1 => edit_this(&view, one.key, &moved(&one.span, minutes)),
                2 => edit_following(&view, one.key, &title("Following")).map(|split| split.tail),
                3 => edit_following(&view, one.key, &title("Following")).map(|split| split.head.unwrap_or(split.tail)),
                4 => cancel_following(&view, one.key),
                _ => {
                    let time = Timing { span: shifted(&view.time.span, minutes), recurrence: view.time.recurrence.clone() };
                    edit_all(&view, &[(Field::Time, Value::Time(time))].into())
                }
            };
            match edited {
                Ok(edited) => view = edited,
                Err(EditError::NothingLeft | EditError::Indivisible(_) | EditError::NotASeries) => {}
                Err(other) => panic!("{other}"),
            }
            prop_assert!(!is_empty(&view.time, &view.overrides));
        }
    }
}
