//! Series that were made to hurt: each is refused by name, or worked out with bounded work (I-42).

use std::time::Duration;

use concord_model::recurrence::{TooMuch, expand, first_and_last, is_empty, next_after, occurring, occurs};
use concord_model::view::{Field, Override, Value, View};
use concord_model::{OccurrenceKey, Zone};
use jiff::Timestamp;
use jiff::ToSpan;

use crate::{instant, key, series, timed};

/// Far above what is promised (50 ms), for builds without optimisation on busy machines; far below an endless walk.
const LONG: Duration = Duration::from_secs(2);

#[expect(clippy::disallowed_methods, reason = "that it does not take long is what is tested")]
fn quickly<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let began = std::time::Instant::now();
    let done = work();
    let took = began.elapsed();
    assert!(took < LONG, "{what} took {took:?}");
    done
}

fn from(start: &str, lines: &[&str]) -> View {
    series(timed(start, start, "Europe/Berlin"), lines)
}

fn found(view: &View, from: &str, to: &str) -> Result<usize, TooMuch> {
    let window = (instant(from), instant(to));
    quickly("expand", || expand(&view.time, &view.overrides, window, &Zone::utc())).map(|found| found.len())
}

/// Asks everything that can be asked of a series.
fn ask_all(view: &View) {
    let text =
        view.time.recurrence.iter().flat_map(|r| &r.rules).map(ToString::to_string).collect::<String>();
    let (time, overrides) = (&view.time, &view.overrides);
    let utc = Zone::utc();
    for (from, to) in [
        (Timestamp::MIN, Timestamp::MAX),
        (instant("2034-03-01T00:00Z"), instant("2034-03-31T00:00Z")),
        (instant("9000-01-01T00:00Z"), Timestamp::MAX),
    ] {
        let found = quickly(&format!("{text} expand"), || expand(time, overrides, (from, to), &utc));
        assert!(found.is_err() || found.is_ok_and(|found| found.len() <= 20_000), "{text}");
    }
    for after in [Timestamp::MIN, instant("2034-03-01T00:00Z"), Timestamp::MAX] {
        let _ = quickly(&format!("{text} next"), || next_after(time, overrides, after, &utc));
    }
    for name in ["16010101T000000", "20340301T090000", "99991231T235959", "20340301"] {
        let _ = quickly(&format!("{text} occurs"), || occurs(time, key(name)));
    }
    quickly(&format!("{text} empty"), || is_empty(time, overrides));
    quickly(&format!("{text} bounds"), || first_and_last(time, overrides));
}

#[test]
fn bm_152_153_154_155_every_hostile_rule_is_bounded() {
    for start in ["16010101T090000", "20340101T090000"] {
        for rule in [
            "FREQ=DAILY",
            "FREQ=DAILY;COUNT=10000",
            "FREQ=MINUTELY",
            "FREQ=MINUTELY;COUNT=10000",
            "FREQ=MINUTELY;UNTIL=30260101T000000Z",
            "FREQ=MINUTELY;BYSECOND=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29",
            "FREQ=MINUTELY;INTERVAL=60;BYMINUTE=30",
            "FREQ=MINUTELY;INTERVAL=10000000",
            "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=HOURLY;INTERVAL=24;BYHOUR=10",
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=10000",
            "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;COUNT=10000",
            "FREQ=YEARLY;INTERVAL=10000000",
            "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
            "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
            "FREQ=YEARLY;BYDAY=53MO;BYMONTH=1",
            "FREQ=YEARLY;BYDAY=MO;BYSETPOS=366",
            "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300",
            "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,1,2,3,4,5,6,7,8,9",
            "FREQ=WEEKLY;INTERVAL=10000;BYDAY=MO,SU;WKST=SU",
        ] {
            ask_all(&from(start, &[&format!("RRULE:{rule}")]));
        }
    }
}

#[test]
fn bm_152_minutes_of_a_thousand_years_are_refused_beyond_what_people_look_at() {
    let view = from("20260101T000000", &["RRULE:FREQ=MINUTELY;UNTIL=30260101T000000Z"]);
    assert_eq!(found(&view, "2034-03-01T00:00Z", "2034-03-02T00:00Z"), Ok(1440));
    assert_eq!(found(&view, "2034-03-01T00:00Z", "2035-03-01T00:00Z"), Err(TooMuch));
    assert_eq!(found(&view, "2026-01-01T00:00Z", "3026-01-01T00:00Z"), Err(TooMuch));
}

#[test]
fn bm_154_a_day_that_never_comes_is_looked_for_in_vain_but_not_for_ever() {
    let view = from("20260101T090000", &["RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"]);
    assert_eq!(found(&view, "2026-01-01T00:00Z", "2400-01-01T00:00Z"), Ok(1), "the start itself");
    assert_eq!(found(&view, "2027-01-01T00:00Z", "2400-01-01T00:00Z"), Ok(0));
}

#[test]
fn bm_154_a_rule_with_all_its_dates_removed_is_empty() {
    let view = from("20260101T090000", &["RRULE:FREQ=DAILY;COUNT=9000", "EXRULE:FREQ=DAILY;COUNT=9000"]);
    assert_eq!(view.overrides.len(), 9000);
    assert!(quickly("empty", || is_empty(&view.time, &view.overrides)));
    assert_eq!(found(&view, "2026-01-01T00:00Z", "2027-01-01T00:00Z"), Ok(0));
    assert_eq!(
        quickly("next", || next_after(
            &view.time,
            &view.overrides,
            instant("2025-01-01T00:00Z"),
            &Zone::utc()
        )),
        Ok(None)
    );
}

#[test]
fn bm_155_the_window_costs_what_it_holds_however_old_the_series() {
    let window = ("2034-03-01T00:00Z", "2034-03-31T00:00Z");
    assert_eq!(found(&from("16010101T090000", &["RRULE:FREQ=DAILY"]), window.0, window.1), Ok(30));
    assert_eq!(found(&from("20340101T090000", &["RRULE:FREQ=DAILY"]), window.0, window.1), Ok(30));
    assert_eq!(found(&from("16010101T090000", &["RRULE:FREQ=HOURLY;BYHOUR=9"]), window.0, window.1), Ok(30));
    let weekly = "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR";
    assert_eq!(found(&from("16010101T090000", &[weekly]), window.0, window.1), Ok(6));
    let first_friday = "RRULE:FREQ=MONTHLY;BYDAY=FR;BYSETPOS=1";
    assert_eq!(found(&from("16010101T090000", &[first_friday]), window.0, window.1), Ok(1));
}

#[test]
fn bm_156_a_series_with_thousands_of_changes_is_worked_out_at_once() {
    let mut view = from("20200101T090000", &["RRULE:FREQ=DAILY;COUNT=6000"]);
    let mut day: jiff::civil::DateTime = jiff::civil::date(2020, 1, 1).at(9, 0, 0, 0);
    for _ in 0..5000 {
        let title = Override::Changed([(Field::Title, Value::Title(day.to_string()))].into());
        view.overrides.insert(OccurrenceKey::Time(day), title);
        day = day.checked_add(1.day()).unwrap();
    }
    quickly("normalise", || view.normalise());
    assert_eq!(view.overrides.len(), 5000);
    assert_eq!(found(&view, "2030-01-01T00:00Z", "2031-01-01T00:00Z"), Ok(365));
    let there = quickly("occurring", || occurring(&view.time, view.overrides.keys().copied())).unwrap();
    assert_eq!(there.len(), 5000);
    let time = concord_model::view::Timing {
        span: timed("20200101T100000", "20200101T110000", "Europe/Berlin"),
        ..view.time.clone()
    };
    let patch = [(Field::Time, Value::Time(time))].into();
    let moved = quickly("move all", || concord_model::recurrence::edit_all(&view, &patch)).unwrap();
    assert_eq!(moved.overrides.len(), 5000);
}
