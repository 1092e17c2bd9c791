//! Which occurrences a series has: windows, moves, zones, bounds.

use std::collections::BTreeSet;

use concord_model::recurrence::{
    Occurrence, expand, first_and_last, is_empty, next_after, occurring, occurs,
};
use concord_model::view::{Field, Override, Value, View};
use concord_model::{Span, Zone};

use crate::{days, floating, instant, key, series, timed, zone};

/// The occurrences in a window, told as the start at which they take place.
fn starts(view: &View, from: &str, to: &str, viewer: &Zone) -> Vec<String> {
    let found = expand(&view.time, &view.overrides, (instant(from), instant(to)), viewer).unwrap();
    found.iter().map(|one| one.span.start_instant(viewer).to_string()).collect()
}

fn in_2026(view: &View) -> Vec<String> {
    starts(view, "2026-01-01T00:00Z", "2027-01-01T00:00Z", &Zone::utc())
}

fn moved(view: &mut View, name: &str, to: Span) {
    view.overrides.insert(key(name), Override::Changed([(Field::Time, Value::Time(to.into()))].into()));
}

fn training(lines: &[&str]) -> View {
    series(timed("20260105T090000", "20260105T100000", "America/Los_Angeles"), lines)
}

#[test]
fn bm_043_an_occurrence_belongs_to_the_window_in_which_it_takes_place() {
    let mut view = training(&["RRULE:FREQ=DAILY;COUNT=60"]);
    let window = |view: &View| starts(view, "2026-02-14T00:00Z", "2026-02-15T00:00Z", &Zone::utc());
    assert_eq!(window(&view), ["2026-02-14T17:00:00Z"]);
    moved(&mut view, "20260105T090000", timed("20260214T050000", "20260214T060000", "America/Los_Angeles"));
    assert_eq!(window(&view), ["2026-02-14T13:00:00Z", "2026-02-14T17:00:00Z"]);
    moved(&mut view, "20260214T090000", timed("20260105T090000", "20260105T100000", "America/Los_Angeles"));
    assert_eq!(window(&view), ["2026-02-14T13:00:00Z"]);
}

#[test]
fn bm_044_a_moved_occurrence_that_is_cancelled_is_gone() {
    let mut view = training(&["RRULE:FREQ=DAILY;COUNT=3"]);
    moved(&mut view, "20260106T090000", timed("20260106T150000", "20260106T160000", "America/Los_Angeles"));
    moved(&mut view, "20260106T090000", timed("20260106T170000", "20260106T180000", "America/Los_Angeles"));
    assert_eq!(in_2026(&view), ["2026-01-05T17:00:00Z", "2026-01-07T01:00:00Z", "2026-01-07T17:00:00Z"]);
    view.overrides.insert(key("20260106T090000"), Override::Cancelled);
    assert_eq!(in_2026(&view), ["2026-01-05T17:00:00Z", "2026-01-07T17:00:00Z"]);
}

#[test]
fn bm_047_a_changed_occurrence_stands_in_the_place_of_its_original() {
    let mut view = training(&["RRULE:FREQ=DAILY;COUNT=2"]);
    let title = Override::Changed([(Field::Title, Value::Title("Assessment".to_owned()))].into());
    view.overrides.insert(key("20260106T090000"), title);
    let found = expand(
        &view.time,
        &view.overrides,
        (instant("2026-01-01T00:00Z"), instant("2026-02-01T00:00Z")),
        &Zone::utc(),
    );
    let told: Vec<_> = found.unwrap().into_iter().map(|one| (one.key.to_string(), one.changed)).collect();
    assert_eq!(told, [("20260105T090000".to_owned(), false), ("20260106T090000".to_owned(), true)]);
}

#[test]
fn bm_048_a_series_fills_ninety_days() {
    let ninety = |lines: &[&str]| {
        starts(&training(lines), "2026-01-05T00:00Z", "2026-04-05T00:00Z", &Zone::utc()).len()
    };
    assert_eq!(ninety(&["RRULE:FREQ=DAILY"]), 90);
    assert_eq!(ninety(&["RRULE:FREQ=WEEKLY"]), 13);
    assert_eq!(ninety(&["RRULE:FREQ=MONTHLY"]), 3);
}

#[test]
fn bm_049_the_last_of_whole_days_is_kept_in_every_zone() {
    for name in ["Pacific/Pago_Pago", "UTC", "Africa/Johannesburg", "Pacific/Kiritimati"] {
        for line in [
            "RRULE:FREQ=DAILY;COUNT=5",
            "RRULE:FREQ=DAILY;UNTIL=20260109",
            "RRULE:FREQ=DAILY;UNTIL=20260109T000000Z",
        ] {
            let view = series(days("20260105", "20260106"), &[line]);
            let window = (instant("2026-01-01T00:00Z"), instant("2026-02-01T00:00Z"));
            let found = expand(&view.time, &view.overrides, window, &zone(name)).unwrap();
            let last = found.last().map(|one| one.span.clone());
            assert_eq!((found.len(), last), (5, Some(days("20260109", "20260110"))), "{name} {line}");
        }
    }
}

#[test]
fn bm_052_weekdays_are_those_of_the_series_zone() {
    let span = timed("20260130T160000", "20260130T170000", "America/Chicago");
    let view = series(span, &["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=4"]);
    let here = in_2026(&view);
    assert_eq!(
        here,
        ["2026-01-30T22:00:00Z", "2026-02-27T22:00:00Z", "2026-03-31T21:00:00Z", "2026-04-30T21:00:00Z"]
    );
    let brisbane = zone("Australia/Brisbane");
    assert_eq!(starts(&view, "2026-01-01T00:00Z", "2027-01-01T00:00Z", &brisbane), here);
}

#[test]
fn bm_053_a_series_without_occurrences_is_found_out() {
    let empty = |lines: &[&str]| {
        let view = training(lines);
        is_empty(&view.time, &view.overrides)
    };
    let zone = "TZID=America/Los_Angeles";
    assert!(!empty(&["RRULE:FREQ=DAILY;COUNT=2"]));
    assert!(!empty(&["RRULE:FREQ=DAILY;COUNT=2", &format!("EXDATE;{zone}:20260105T090000")]));
    assert!(empty(&["RRULE:FREQ=DAILY;COUNT=2", &format!("EXDATE;{zone}:20260105T090000,20260106T090000")]));
    assert!(empty(&["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", &format!("EXDATE;{zone}:20260105T090000")]));
    assert!(!empty(&[
        "RRULE:FREQ=DAILY;COUNT=1",
        &format!("RDATE;{zone}:20260201T090000"),
        &format!("EXDATE;{zone}:20260105T090000"),
    ]));
}

#[test]
fn an_occurrence_that_was_moved_keeps_its_series_alive() {
    let mut view = training(&["RRULE:FREQ=DAILY;COUNT=2", "EXDATE;TZID=America/Los_Angeles:20260105T090000"]);
    moved(&mut view, "20260106T090000", timed("20270106T090000", "20270106T100000", "UTC"));
    assert!(!is_empty(&view.time, &view.overrides));
}

#[test]
fn bm_054_a_series_of_dates_alone_takes_place() {
    let la = "TZID=America/Los_Angeles";
    let dates = format!("RDATE;{la}:20260107T090000,20260201T120000");
    assert_eq!(
        in_2026(&training(&[&dates])),
        ["2026-01-05T17:00:00Z", "2026-01-07T17:00:00Z", "2026-02-01T20:00:00Z"]
    );
    let removed = format!("EXDATE;{la}:20260107T090000");
    assert_eq!(in_2026(&training(&[&dates, &removed])), ["2026-01-05T17:00:00Z", "2026-02-01T20:00:00Z"]);
}

#[test]
fn bm_064_a_series_keeps_its_hour_for_years() {
    for name in [
        "America/Los_Angeles",
        "America/New_York",
        "America/Sao_Paulo",
        "Europe/London",
        "Europe/Berlin",
        "Africa/Cairo",
        "Africa/Casablanca",
        "Asia/Beirut",
        "Asia/Tehran",
        "Australia/Lord_Howe",
        "Pacific/Auckland",
        "Pacific/Apia",
    ] {
        let view = series(timed("20180101T090000", "20180101T100000", name), &["RRULE:FREQ=WEEKLY"]);
        let window = (instant("2018-01-10T00:00Z"), instant("2023-12-30T00:00Z"));
        let found = expand(&view.time, &view.overrides, window, &Zone::utc()).unwrap();
        assert_eq!(found.len(), 311, "{name}");
        for one in found {
            let at = zone(name).wall(one.span.start_instant(&Zone::utc()));
            assert_eq!(
                (at.hour(), at.minute(), at.weekday()),
                (9, 0, jiff::civil::Weekday::Monday),
                "{name} {at}"
            );
        }
    }
}

#[test]
fn bm_065_a_meeting_from_abroad_follows_its_own_zone_between_the_changes() {
    let view = series(timed("20260301T150000", "20260301T160000", "Europe/Berlin"), &["RRULE:FREQ=WEEKLY"]);
    let new_york = zone("America/New_York");
    let hours: Vec<i8> = starts(&view, "2026-03-01T00:00Z", "2026-04-06T00:00Z", &new_york)
        .iter()
        .map(|at| new_york.wall(instant(at)).hour())
        .collect();
    assert_eq!(hours, [9, 10, 10, 10, 9, 9]);
}

#[test]
fn what_overlaps_the_window_is_in_it() {
    let view = training(&["RRULE:FREQ=DAILY;COUNT=3"]);
    let window = |from: &str, to: &str| starts(&view, from, to, &Zone::utc()).len();
    assert_eq!(window("2026-01-06T17:30Z", "2026-01-06T17:40Z"), 1, "within");
    assert_eq!(window("2026-01-06T16:00Z", "2026-01-06T17:00Z"), 0, "ends with its start");
    assert_eq!(window("2026-01-06T18:00Z", "2026-01-06T19:00Z"), 0, "begins with its end");
    assert_eq!(window("2026-01-06T17:00Z", "2026-01-06T17:00Z"), 0, "nothing at all");
    let moment = series(timed("20260105T090000", "20260105T090000", "UTC"), &["RRULE:FREQ=DAILY;COUNT=3"]);
    let window = |from: &str, to: &str| starts(&moment, from, to, &Zone::utc()).len();
    assert_eq!(window("2026-01-06T09:00Z", "2026-01-06T10:00Z"), 1, "no time, at its beginning");
    assert_eq!(window("2026-01-06T08:00Z", "2026-01-06T09:00Z"), 0, "no time, at its end");
}

#[test]
fn dates_and_floating_times_are_read_on_the_viewers_clock() {
    let one = |view: &View, name: &str| starts(view, "2026-01-06T00:00Z", "2026-01-06T08:00Z", &zone(name));
    let days = series(days("20260105", "20260106"), &["RRULE:FREQ=DAILY"]);
    assert_eq!(one(&days, "UTC"), ["2026-01-06T00:00:00Z"]);
    assert_eq!(one(&days, "America/Los_Angeles"), ["2026-01-05T08:00:00Z"]);
    let floating = series(floating("20260105T090000", "20260105T100000"), &["RRULE:FREQ=DAILY"]);
    assert_eq!(one(&floating, "UTC"), Vec::<String>::new());
    assert_eq!(one(&floating, "Asia/Kolkata"), ["2026-01-06T03:30:00Z"]);
}

#[test]
fn a_single_event_has_one_occurrence() {
    let view = View::new(timed("20260105T090000", "20260105T100000", "UTC"), "Once");
    assert_eq!(in_2026(&view), ["2026-01-05T09:00:00Z"]);
    assert_eq!(occurs(&view.time, key("20260105T090000")), Ok(true));
    assert_eq!(occurs(&view.time, key("20260106T090000")), Ok(false));
    assert!(!is_empty(&view.time, &view.overrides));
    let next = |after: &str| {
        next_after(&view.time, &view.overrides, instant(after), &Zone::utc()).unwrap().is_some()
    };
    assert!(next("2026-01-05T08:59:59Z"));
    assert!(!next("2026-01-05T09:00Z"));
}

#[test]
fn a_series_has_the_occurrences_that_its_rule_names() {
    let view = training(&[
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;COUNT=3",
        "RDATE;TZID=America/Los_Angeles:20260110T120000",
    ]);
    let has = |name: &str| occurs(&view.time, key(name)).unwrap();
    for name in
        ["20260105T090000", "20260107T090000", "20260110T120000", "20260121T090000", "20260204T090000"]
    {
        assert!(has(name), "{name}");
    }
    for name in ["20251224T090000", "20260107T090001", "20260107", "20260114T090000", "20260218T090000"] {
        assert!(!has(name), "{name}");
    }
    let asked = ["20260106T090000", "20260107T090000", "20260107", "20260218T090000"].map(key);
    assert_eq!(occurring(&view.time, asked), Ok(BTreeSet::from([key("20260107T090000")])));
}

fn next(view: &View, after: &str) -> Option<Occurrence> {
    next_after(&view.time, &view.overrides, instant(after), &Zone::utc()).unwrap()
}

#[test]
fn the_next_occurrence_is_the_first_that_takes_place_later() {
    let mut view = training(&["RRULE:FREQ=DAILY;COUNT=5"]);
    view.overrides.insert(key("20260107T090000"), Override::Cancelled);
    moved(&mut view, "20260109T090000", timed("20260107T120000", "20260107T130000", "UTC"));
    let names = |after: &str| next(&view, after).map(|one| one.key.to_string());
    assert_eq!(names("2026-01-01T00:00Z").as_deref(), Some("20260105T090000"));
    assert_eq!(names("2026-01-05T17:00Z").as_deref(), Some("20260106T090000"));
    assert_eq!(names("2026-01-06T17:00Z").as_deref(), Some("20260109T090000"));
    assert_eq!(names("2026-01-07T12:00Z").as_deref(), Some("20260108T090000"));
    assert_eq!(names("2026-01-08T17:00Z"), None);
}

#[test]
fn the_next_of_a_rule_may_lie_years_away() {
    let view = training(&["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"]);
    assert_eq!(next(&view, "2197-01-01T00:00Z").map(|one| one.key), Some(key("22040229T090000")));
}

#[test]
fn where_clocks_are_set_forward_the_next_is_next_by_the_instant() {
    let view = series(
        timed("20260308T023000", "20260308T024000", "America/New_York"),
        &["RRULE:FREQ=MINUTELY;INTERVAL=30;COUNT=4"],
    );
    assert_eq!(next(&view, "2026-03-08T06:59Z").map(|one| one.key), Some(key("20260308T030000")));
}

#[test]
fn bounds_hold_all_that_takes_place() {
    let bounds = |view: &View| {
        let (first, last) = first_and_last(&view.time, &view.overrides);
        (first.to_string(), last.map(|last| last.to_string()))
    };
    let check = |view: &View, first: &str, last: Option<&str>| {
        assert_eq!(bounds(view), (first.to_owned(), last.map(str::to_owned)));
    };
    check(&training(&["RRULE:FREQ=DAILY"]), "2026-01-05T17:00:00Z", None);
    check(&training(&["RRULE:FREQ=DAILY;COUNT=3"]), "2026-01-05T17:00:00Z", Some("2026-01-07T18:00:00Z"));
    check(
        &training(&["RRULE:FREQ=DAILY;UNTIL=20260107"]),
        "2026-01-05T17:00:00Z",
        Some("2026-01-08T08:59:59Z"),
    );
    check(
        &training(&["RRULE:FREQ=DAILY;COUNT=2", "RDATE:20251201T170000Z,20260301T170000Z"]),
        "2025-12-01T17:00:00Z",
        Some("2026-03-01T18:00:00Z"),
    );
    let mut view = training(&["RRULE:FREQ=DAILY;COUNT=2"]);
    moved(&mut view, "20260106T090000", timed("20270101T000000", "20270101T010000", "UTC"));
    check(&view, "2026-01-05T17:00:00Z", Some("2027-01-01T01:00:00Z"));
    let days = View::new(days("20260105", "20260106"), "Off");
    check(&days, "2026-01-03T21:00:00Z", Some("2026-01-07T03:00:00Z"));
}

#[test]
fn bounds_hold_where_clocks_are_set_too() {
    // 2:30 does not exist and stands for 3:30; 3:15, which comes after it, is earlier.
    let view = series(
        timed("20260308T023000", "20260308T023000", "America/Los_Angeles"),
        &["RRULE:FREQ=MINUTELY;INTERVAL=45;COUNT=2"],
    );
    let all = starts(&view, "2026-01-01T00:00Z", "2027-01-01T00:00Z", &Zone::utc());
    assert_eq!(all, ["2026-03-08T10:15:00Z", "2026-03-08T10:30:00Z"]);
    let (first, last) = first_and_last(&view.time, &view.overrides);
    assert!(first <= instant(&all[0]) && last >= Some(instant(&all[1])));
}

#[test]
fn what_cannot_be_told_with_bounded_work_counts_as_an_occurrence() {
    // Leap days that are Mondays are 28 years apart.
    let leap = series(
        timed("20261005T090000", "20261005T100000", "UTC"),
        &["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;COUNT=300"],
    );
    let far = [key("90240228T090000"), key("90240229T090000")].into();
    assert_eq!(concord_model::recurrence::plausible(&leap.time, &far), far);
    let weekly = series(timed("20261005T090000", "20261005T100000", "UTC"), &["RRULE:FREQ=WEEKLY;COUNT=4"]);
    let asked = [key("20261012T090000"), key("20261013T090000"), key("20261102T090000")].into();
    assert_eq!(concord_model::recurrence::plausible(&weekly.time, &asked), [key("20261012T090000")].into());
}
