//! Gaps, folds, whole days, two zones: examples of what time means.

use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::recurrence::Rule;
use crate::view::Timing;

fn zone(name: &str) -> Zone {
    Zone::new(name).unwrap()
}

fn wall(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn moment(text: &str, name: &str) -> Moment {
    Moment::new(wall(text), zone(name))
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn key(text: &str) -> OccurrenceKey {
    text.parse().unwrap()
}

#[test]
fn a_wall_time_is_the_instant_that_its_zone_says() {
    let check = |text: &str, name: &str, at: &str| {
        assert_eq!(moment(text, name).instant(), instant(at), "{text} {name}");
    };
    check("2026-01-05T09:00", "America/Los_Angeles", "2026-01-05T17:00Z");
    check("2026-07-05T09:00", "America/Los_Angeles", "2026-07-05T16:00Z");
    check("2026-07-05T12:00", "America/New_York", "2026-07-05T16:00Z");
    check("2026-07-05T09:00", "Africa/Johannesburg", "2026-07-05T07:00Z");
    check("2026-07-05T09:00", "Asia/Kolkata", "2026-07-05T03:30Z");
    check("2026-07-05T09:00", "UTC", "2026-07-05T09:00Z");
}

#[test]
fn in_a_gap_the_offset_before_it_applies() {
    let check = |text: &str, name: &str, at: &str| {
        assert_eq!(moment(text, name).instant(), instant(at), "{text} {name}");
    };
    check("2026-03-08T01:59", "America/Los_Angeles", "2026-03-08T09:59Z");
    check("2026-03-08T02:30", "America/Los_Angeles", "2026-03-08T10:30Z");
    check("2026-03-08T03:00", "America/Los_Angeles", "2026-03-08T10:00Z");
    check("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30Z");
    // Lord Howe leaves out half an hour.
    check("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:45Z");
    // Apia left out a whole day.
    check("2011-12-30T09:00", "Pacific/Apia", "2011-12-30T19:00Z");
}

#[test]
fn in_a_fold_the_first_is_meant() {
    let check = |text: &str, name: &str, at: &str| {
        assert_eq!(moment(text, name).instant(), instant(at), "{text} {name}");
    };
    check("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30Z");
    check("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30Z");
    check("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45Z");
}

#[test]
fn in_a_fold_an_instant_says_which_of_the_two() {
    let check = |at: &str, name: &str, text: &str, later: bool| {
        let told = Moment::at(instant(at), zone(name));
        assert_eq!(
            (told.wall(), told.is_later(), told.instant()),
            (wall(text), later, instant(at)),
            "{at} {name}"
        );
    };
    check("2026-11-01T05:30Z", "America/New_York", "2026-11-01T01:30", false);
    check("2026-11-01T06:30Z", "America/New_York", "2026-11-01T01:30", true);
    check("2026-11-01T07:00Z", "America/New_York", "2026-11-01T02:00", false);
    check("2026-04-04T14:45Z", "Australia/Lord_Howe", "2026-04-05T01:45", false);
    check("2026-04-04T15:15Z", "Australia/Lord_Howe", "2026-04-05T01:45", true);
}

#[test]
fn fractions_of_seconds_are_dropped() {
    assert_eq!(moment("2026-01-05T09:00:00.999", "UTC"), moment("2026-01-05T09:00", "UTC"));
    let told = Moment::at(instant("2026-01-05T09:00:00.999Z"), Zone::utc());
    assert_eq!(told, moment("2026-01-05T09:00", "UTC"));
}

#[test]
fn what_is_stored_is_checked_when_it_is_read() {
    let read = |text: &str| serde_json::from_str::<Moment>(text).unwrap();
    let fold = r#"{"wall":"2026-11-01T01:30:00","zone":"America/New_York","later":true}"#;
    assert_eq!(read(fold), Moment::at(instant("2026-11-01T06:30Z"), zone("America/New_York")));
    assert_eq!(serde_json::to_string(&read(fold)).unwrap(), fold);
    let plain = r#"{"wall":"2026-11-02T01:30:00.5","zone":"America/New_York","later":true}"#;
    assert_eq!(read(plain), moment("2026-11-02T01:30", "America/New_York"));
    let backwards = r#"{"allDay":{"start":"2026-11-02","end":"2026-11-02"}}"#;
    assert!(serde_json::from_str::<Span>(backwards).is_err());
}

#[test]
fn a_zone_has_one_name() {
    for name in ["UTC", "Etc/UTC", "GMT", "Z"] {
        assert_eq!(zone(name).name(), "UTC");
    }
    assert_eq!(zone("europe/berlin"), zone("Europe/Berlin"));
    assert_eq!(Zone::new("Mars/Olympus"), Err(UnknownZone("Mars/Olympus".to_owned())));
}

#[test]
fn bm_071_an_end_before_its_start_is_refused() {
    let (early, late) = (moment("2026-01-05T09:00", "UTC"), moment("2026-01-05T10:00", "UTC"));
    assert!(Span::timed(early.clone(), early.clone()).is_ok(), "lasting no time is fine");
    assert_eq!(Span::timed(late, early), Err(EndsBeforeStart));
    // 09:00 in New York is later than 14:00 in Berlin: what counts are the instants.
    let (berlin, new_york) =
        (moment("2026-01-05T14:00", "Europe/Berlin"), moment("2026-01-05T09:00", "America/New_York"));
    assert!(Span::timed(berlin, new_york).is_ok());
    let day = date(2026, 1, 5);
    assert_eq!(Span::days(day, day), Err(EndsBeforeStart));
    assert_eq!(Span::floating(day.at(9, 0, 0, 0), day.at(8, 0, 0, 0)), Err(EndsBeforeStart));
}

#[test]
fn bm_061_whole_days_never_shift() {
    let days = Span::days(date(2026, 3, 28), date(2026, 3, 31)).unwrap();
    let moved = days.starting(key("20260401")).unwrap();
    assert_eq!(moved, Span::days(date(2026, 4, 1), date(2026, 4, 4)).unwrap());
    for name in ["Pacific/Pago_Pago", "Africa/Johannesburg", "Pacific/Kiritimati", "Australia/Lord_Howe"] {
        let there = zone(name);
        let (from, to) = (there.wall(days.start_instant(&there)), there.wall(days.end_instant(&there)));
        assert_eq!((from, to), (wall("2026-03-28T00:00"), wall("2026-03-31T00:00")), "{name}");
    }
    assert_eq!(days.key(), key("20260328"));
}

#[test]
fn bm_063_whole_days_count_from_the_first_to_the_one_after_the_last() {
    for n in 1..4 {
        let end = date(2026, 3, 28).checked_add(SignedDuration::from_hours(24 * n)).unwrap();
        let days = Span::days(date(2026, 3, 28), end).unwrap();
        assert_eq!(days.duration(), SignedDuration::from_hours(24 * n));
    }
    let three = Span::days(date(2026, 3, 28), date(2026, 3, 31)).unwrap();
    assert_eq!(three.to_string(), "2026-03-28–2026-03-30");
}

#[test]
fn bm_056_each_end_keeps_its_zone() {
    let flight = Span::timed(
        moment("2026-03-02T10:00", "Europe/Berlin"),
        moment("2026-03-02T13:00", "America/New_York"),
    );
    let flight = flight.unwrap();
    let later = flight.starting(key("20260316T110000")).unwrap();
    // Two weeks on, New York has set its clocks and Berlin has not: as long as before, by one hour on the clock.
    let expected = Span::timed(
        moment("2026-03-16T11:00", "Europe/Berlin"),
        moment("2026-03-16T15:00", "America/New_York"),
    );
    assert_eq!(Ok(later.clone()), expected);
    assert_eq!(later.duration(), flight.duration());
}

#[test]
fn an_occurrence_lasts_as_long_as_the_first_across_a_clock_change() {
    let night = Span::timed(
        moment("2026-03-06T22:00", "America/New_York"),
        moment("2026-03-07T06:00", "America/New_York"),
    );
    let changed = night.unwrap().starting(key("20260307T220000")).unwrap();
    let expected = Span::timed(
        moment("2026-03-07T22:00", "America/New_York"),
        moment("2026-03-08T07:00", "America/New_York"),
    );
    assert_eq!(Ok(changed), expected);
}

#[test]
fn a_span_is_the_occurrence_that_it_names() {
    let second = Moment::at(instant("2026-11-01T06:30Z"), zone("America/New_York"));
    let end = Moment::at(instant("2026-11-01T07:30Z"), zone("America/New_York"));
    let span = Span::timed(second, end).unwrap();
    assert_eq!(span.starting(span.key()), Some(span));
}

#[test]
fn a_key_of_another_kind_names_nothing() {
    let timed = Span::timed(moment("2026-01-05T09:00", "UTC"), moment("2026-01-05T10:00", "UTC")).unwrap();
    assert_eq!(timed.starting(key("20260106")), None);
    let days = Span::days(date(2026, 1, 5), date(2026, 1, 6)).unwrap();
    assert_eq!(days.starting(key("20260106T090000")), None);
}

#[test]
fn keys_are_read_as_they_are_written() {
    for text in ["20261021", "20261021T090000", "16010101"] {
        assert_eq!(key(text).to_string(), text);
    }
    for text in
        ["", "2026-10-21", "20261021T0900", "20261021T090000Z", "20260230", "20261021T250000", "é1234567"]
    {
        assert_eq!(text.parse::<OccurrenceKey>(), Err(NotAnOccurrence(text.to_owned())), "{text}");
    }
}

#[test]
fn bm_071_the_ends_of_time_are_reached_without_falling_over() {
    let early = Moment::new(date(-9999, 1, 1).at(0, 0, 0, 0), zone("Asia/Kolkata"));
    let late = Moment::new(date(9999, 12, 31).at(23, 59, 59, 0), zone("America/New_York"));
    assert_eq!((early.instant(), late.instant()), (Timestamp::MIN, Timestamp::MAX));
    let span = Span::timed(moment("2026-01-05T09:00", "UTC"), moment("2026-01-08T09:00", "UTC")).unwrap();
    assert_eq!(span.starting(key("99991231T090000")), None);
}

#[test]
fn one_meeting_told_in_two_zones_is_at_one_time() {
    let hour = |start: &str, zone_name: &str| {
        let start = moment(start, zone_name);
        let end = start.instant() + SignedDuration::from_hours(1);
        Span::timed(start, Moment::at(end, zone(zone_name))).unwrap()
    };
    let check = |a: (&str, &str), b: (&str, &str), rule: Option<&str>, expected: bool| {
        let timing = |(start, zone): (&str, &str)| {
            let span = hour(start, zone);
            let recurrence = rule.map(|rule| Rule::parse(rule, &span).unwrap().into());
            Timing { span, recurrence }
        };
        assert_eq!(timing(a).coincides(&timing(b)), expected, "{a:?} {b:?} {rule:?}");
        assert_eq!(timing(b).coincides(&timing(a)), expected, "{b:?} {a:?} {rule:?}");
    };
    let new_york = ("2026-11-10T09:00", "America/New_York");
    check(new_york, ("2026-11-10T14:00", "UTC"), None, true);
    check(new_york, ("2026-11-10T13:00", "UTC"), None, false);
    check(new_york, ("2026-11-10T09:00", "America/Toronto"), None, true);
    // A series is one only where the clocks go together for as long as it lasts.
    let (weekly, five) = (Some("FREQ=WEEKLY"), Some("FREQ=WEEKLY;COUNT=5"));
    check(new_york, ("2026-11-10T09:00", "America/Toronto"), weekly, true);
    check(new_york, ("2026-11-10T14:00", "UTC"), weekly, false);
    // Neither has summer time, but their occurrences have other names.
    check(("2026-11-10T14:30", "Asia/Kolkata"), ("2026-11-10T09:00", "UTC"), weekly, false);
    // Lima has no summer time, and keeps New York's in winter.
    check(new_york, ("2026-11-10T09:00", "America/Lima"), weekly, false);
    check(new_york, ("2026-11-10T09:00", "America/Lima"), five, true);
}

#[test]
fn floating_times_and_dates_coincide_only_with_themselves() {
    let at = wall("2026-11-10T09:00");
    let floating = Span::floating(at, at).unwrap();
    let timed = Span::timed(moment("2026-11-10T09:00", "UTC"), moment("2026-11-10T09:00", "UTC")).unwrap();
    assert!(floating.coincides(&floating) && !floating.coincides(&timed) && !timed.coincides(&floating));
}
