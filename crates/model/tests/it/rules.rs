//! Rules and lines: what is read, what is refused, what is written.

use std::collections::BTreeSet;

use concord_model::recurrence::{BadRule, Freq, Recurrence, Rule, told_key};
use concord_model::{OccurrenceKey, Span, Zone};

use crate::{days, floating, timed};

fn read(text: &str, series: &Span) -> String {
    match Rule::parse(text, series) {
        Ok(rule) => rule.to_string(),
        Err(BadRule(why)) => why,
    }
}

fn la() -> Span {
    timed("20260302T090000", "20260302T100000", "America/Los_Angeles")
}

#[test]
fn one_rule_has_one_form() {
    let check = |text: &str, canonical: &str| assert_eq!(read(text, &la()), canonical, "{text}");
    check("FREQ=DAILY", "FREQ=DAILY");
    check("RRULE:FREQ=DAILY", "FREQ=DAILY");
    check("rrule:freq=daily;", "FREQ=DAILY");
    check(" FREQ=DAILY;INTERVAL=1;WKST=MO ", "FREQ=DAILY");
    check("INTERVAL=02;FREQ=DAILY", "FREQ=DAILY;INTERVAL=2");
    check("FREQ=WEEKLY;BYDAY=FR,MO,WE,MO", "FREQ=WEEKLY;BYDAY=MO,WE,FR");
    check("FREQ=MONTHLY;BYDAY=+1MO,-1fr", "FREQ=MONTHLY;BYDAY=-1FR,1MO");
    check("FREQ=MONTHLY;BYMONTHDAY=15,-1,3", "FREQ=MONTHLY;BYMONTHDAY=-1,3,15");
    check("FREQ=YEARLY;BYDAY=MO;BYWEEKNO=20,10", "FREQ=YEARLY;BYWEEKNO=10,20;BYDAY=MO");
}

#[test]
fn a_week_start_that_changes_nothing_is_dropped() {
    let check = |text: &str, canonical: &str| assert_eq!(read(text, &la()), canonical, "{text}");
    check("FREQ=WEEKLY;BYDAY=MO;WKST=SU", "FREQ=WEEKLY;BYDAY=MO");
    check("FREQ=MONTHLY;BYDAY=1MO;WKST=SU", "FREQ=MONTHLY;BYDAY=1MO");
    check("FREQ=WEEKLY;INTERVAL=2;WKST=SU", "FREQ=WEEKLY;INTERVAL=2;WKST=SU");
    check("FREQ=YEARLY;BYWEEKNO=1;WKST=SU", "FREQ=YEARLY;BYWEEKNO=1;WKST=SU");
    check("FREQ=WEEKLY;BYDAY=MO,SU;BYSETPOS=1;WKST=SU", "FREQ=WEEKLY;BYDAY=MO,SU;BYSETPOS=1;WKST=SU");
}

#[test]
fn bm_051_until_is_read_in_every_form_in_use() {
    let check =
        |text: &str, series: &Span, canonical: &str| assert_eq!(read(text, series), canonical, "{text}");
    let same = "FREQ=DAILY;UNTIL=20260313T090000";
    check("FREQ=DAILY;UNTIL=20260313T160000Z", &la(), same);
    check("FREQ=DAILY;UNTIL=20260313T090000", &la(), same);
    check("FREQ=DAILY;UNTIL=20260313t160000z", &la(), same);
    check("FREQ=DAILY;UNTIL=20260313", &la(), "FREQ=DAILY;UNTIL=20260313T235959");
    let floating = floating("20260302T090000", "20260302T100000");
    check("FREQ=DAILY;UNTIL=20260313T090000", &floating, same);
    check("FREQ=DAILY;UNTIL=20260313T090000Z", &floating, same);
    let days = days("20260302", "20260303");
    check("FREQ=DAILY;UNTIL=20260313", &days, "FREQ=DAILY;UNTIL=20260313");
    check("FREQ=DAILY;UNTIL=20260313T000000Z", &days, "FREQ=DAILY;UNTIL=20260313");
    check("FREQ=DAILY;UNTIL=20260313T225959", &days, "FREQ=DAILY;UNTIL=20260313");
}

#[test]
fn until_in_the_year_9999_means_no_end() {
    for until in ["99991231T235959Z", "99991231", "99991231T000000"] {
        assert_eq!(read(&format!("FREQ=DAILY;UNTIL={until}"), &la()), "FREQ=DAILY");
    }
}

#[test]
fn bm_051_until_is_written_in_the_strict_form() {
    let check = |text: &str, series: &Span, written: &str| {
        assert_eq!(Rule::parse(text, series).unwrap().to_text(series), written, "{text}");
    };
    check("FREQ=DAILY;UNTIL=20260313T090000", &la(), "FREQ=DAILY;UNTIL=20260313T160000Z");
    check("FREQ=DAILY;UNTIL=20260313", &la(), "FREQ=DAILY;UNTIL=20260314T065959Z");
    let utc = timed("20260302T090000", "20260302T100000", "UTC");
    check("FREQ=DAILY;UNTIL=20260313T090000", &utc, "FREQ=DAILY;UNTIL=20260313T090000Z");
    let floating = floating("20260302T090000", "20260302T100000");
    check("FREQ=DAILY;UNTIL=20260313", &floating, "FREQ=DAILY;UNTIL=20260313T235959");
    let days = days("20260302", "20260303");
    check("FREQ=DAILY;UNTIL=20260313T160000Z", &days, "FREQ=DAILY;UNTIL=20260313");
}

#[test]
fn until_in_a_gap_survives_being_written() {
    let series = timed("20260301T023000", "20260301T033000", "America/New_York");
    let rule = Rule::parse("FREQ=DAILY;UNTIL=20260308T023000", &series).unwrap();
    assert_eq!(Rule::parse(&rule.to_text(&series), &series), Ok(rule));
}

#[test]
fn bm_153_what_cannot_be_meant_is_refused_with_its_name() {
    let check = |text: &str, why: &str| assert_eq!(read(text, &la()), why, "{text}");
    check("", "FREQ is missing");
    check("INTERVAL=2", "FREQ is missing");
    check("FREQ=SECONDLY", "FREQ cannot be SECONDLY");
    check("FREQ=SOMETIMES", "FREQ cannot be SOMETIMES");
    check("FREQ", "\"FREQ\" is not of the form NAME=VALUE");
    check("FREQ=DAILY;FREQ=DAILY", "FREQ is told twice");
    check("FREQ=DAILY;INTERVAL=0", "INTERVAL cannot be 0");
    check("FREQ=DAILY;INTERVAL=-1", "INTERVAL cannot be -1");
    check("FREQ=DAILY;INTERVAL=99999999999", "INTERVAL is more than 10000000");
    check("FREQ=DAILY;COUNT=0", "COUNT cannot be 0");
    check("FREQ=DAILY;COUNT=", "COUNT cannot be ");
    check("FREQ=DAILY;COUNT=3;UNTIL=20270101", "COUNT and UNTIL exclude each other");
    check("FREQ=DAILY;UNTIL=20260230", "UNTIL cannot be 20260230");
    check("FREQ=DAILY;UNTIL=tomorrow", "UNTIL cannot be TOMORROW");
    check("FREQ=MONTHLY;BYDAY=0TH", "BYDAY cannot be 0TH");
    check("FREQ=MONTHLY;BYDAY=54MO", "BYDAY cannot be 54MO");
    check("FREQ=MONTHLY;BYDAY=XX", "BYDAY cannot be XX");
    check("FREQ=MONTHLY;BYDAY=é", "BYDAY cannot be é");
    check("FREQ=MONTHLY;BYDAY=", "BYDAY cannot be ");
    check("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=400", "BYSETPOS cannot be 400");
    check("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS cannot be 0");
    check("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY cannot be 32");
    check("FREQ=YEARLY;BYMONTH=13", "BYMONTH cannot be 13");
    check("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO cannot be 54");
    check("FREQ=YEARLY;BYYEARDAY=367", "BYYEARDAY cannot be 367");
    check("FREQ=DAILY;BYHOUR=24", "BYHOUR cannot be 24");
    check("FREQ=DAILY;BYMINUTE=60", "BYMINUTE cannot be 60");
    check("FREQ=DAILY;BYSECOND=60", "BYSECOND cannot be 60");
    check("FREQ=DAILY;WKST=XX", "WKST cannot be XX");
    check("FREQ=MONTHLY;BYSETPOS=2", "BYSETPOS chooses among nothing: there is no other BY part");
}

#[test]
fn bm_152_a_count_that_nobody_means_is_refused() {
    assert_eq!(read("FREQ=DAILY;COUNT=1000000000", &la()), "COUNT is more than 10000");
    assert_eq!(read("FREQ=DAILY;COUNT=99999999999999999999", &la()), "COUNT is more than 10000");
    assert_eq!(read("FREQ=DAILY;COUNT=10000", &la()), "FREQ=DAILY;COUNT=10000");
}

#[test]
fn bm_054_parts_of_other_calendars_are_refused() {
    assert_eq!(read("FREQ=YEARLY;RSCALE=CHINESE", &la()), "RSCALE is not known");
    assert_eq!(read("FREQ=YEARLY;SKIP=FORWARD", &la()), "SKIP is not known");
    assert_eq!(read("FREQ=YEARLY;BYEASTER=0", &la()), "BYEASTER is not known");
}

#[test]
fn parts_that_a_frequency_forbids_are_refused() {
    let check = |text: &str, why: &str| assert_eq!(read(text, &la()), why, "{text}");
    check("FREQ=MONTHLY;BYWEEKNO=20", "BYWEEKNO is not for MONTHLY");
    check("FREQ=DAILY;BYYEARDAY=100", "BYYEARDAY is not for DAILY");
    check("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY is not for WEEKLY");
    check("FREQ=WEEKLY;BYDAY=1MO", "BYDAY with a number is not for WEEKLY");
    check("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY with a number is not for BYWEEKNO");
    assert_eq!(read("FREQ=HOURLY", &days("20260302", "20260303")), "HOURLY is not for whole days");
}

#[test]
fn times_of_day_mean_nothing_to_whole_days() {
    let series = days("20260302", "20260303");
    assert_eq!(read("FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0", &series), "FREQ=DAILY");
}

#[test]
fn parts_are_there_to_be_asked_for() {
    let rule = Rule::parse("FREQ=MONTHLY;INTERVAL=2;COUNT=5;BYDAY=-1FR", &la()).unwrap();
    assert_eq!((rule.freq(), rule.interval(), rule.count(), rule.until()), (Freq::Monthly, 2, Some(5), None));
    let [day] = rule.by_day() else { panic!("one day") };
    assert_eq!((day.nth, day.weekday), (Some(-1), jiff::civil::Weekday::Friday));
    let until: OccurrenceKey = "20260601T090000".parse().unwrap();
    assert_eq!(
        rule.with_until(until).to_string(),
        "FREQ=MONTHLY;INTERVAL=2;UNTIL=20260601T090000;BYDAY=-1FR"
    );
    assert_eq!(
        rule.with_until(until).with_count(3).to_string(),
        "FREQ=MONTHLY;INTERVAL=2;COUNT=3;BYDAY=-1FR"
    );
}

fn lines(lines: &[&str], series: &Span) -> Vec<String> {
    match Recurrence::parse(lines, series) {
        Ok((recurrence, removed)) => recurrence.to_lines(series, &removed),
        Err(BadRule(why)) => vec![why],
    }
}

#[test]
fn dates_are_told_in_the_series_own_zone() {
    let check = |line: &str, written: &str| assert_eq!(lines(&[line], &la()), [written], "{line}");
    let same = "RDATE;TZID=America/Los_Angeles:20260311T110000";
    check("RDATE:20260311T180000Z", same);
    check("RDATE;TZID=America/Los_Angeles:20260311T110000", same);
    check("rdate;tzid=\"Europe/Berlin\";X-A=\"a:b\":20260311T190000", same);
    check("RDATE;VALUE=DATE-TIME:20260311T110000", same);
    check("RDATE;VALUE=PERIOD:20260311T180000Z/PT2H", same);
    check("RDATE;VALUE=PERIOD:20260311T180000Z/20260311T200000Z", same);
    check("RDATE;VALUE=DATE:20260311", "RDATE;TZID=America/Los_Angeles:20260311T090000");
    check(
        "EXDATE:20260312T160000Z,20260311T160000Z",
        "EXDATE;TZID=America/Los_Angeles:20260311T090000,20260312T090000",
    );
    let utc = timed("20260302T090000", "20260302T100000", "UTC");
    assert_eq!(lines(&["EXDATE;TZID=Europe/Berlin:20260311T100000"], &utc), ["EXDATE:20260311T090000Z"]);
    let floating = floating("20260302T090000", "20260302T100000");
    assert_eq!(lines(&["EXDATE:20260311T090000"], &floating), ["EXDATE:20260311T090000"]);
    let days = days("20260302", "20260303");
    assert_eq!(lines(&["EXDATE:20260311T000000Z"], &days), ["EXDATE;VALUE=DATE:20260311"]);
}

#[test]
fn lines_that_cannot_be_read_are_refused() {
    let check = |line: &str, why: &str| assert_eq!(lines(&[line], &la()), [why], "{line}");
    check("nonsense", "a line is not of the form NAME:VALUE");
    check("DTSTART:20260302T090000", "DTSTART does not say how something repeats");
    check(
        "RDATE;TZID=Mars/Olympus:20260302T090000",
        "RDATE: \"Mars/Olympus\" is not a time zone that is known here",
    );
    check("EXDATE:soon", "EXDATE cannot be soon");
    check("EXRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL cannot be 0");
}

#[test]
fn bm_054_an_exrule_becomes_the_dates_that_it_removes() {
    let removed = "EXDATE;TZID=America/Los_Angeles:20260303T090000,20260305T090000";
    let days = |exrule: &str, rrule: &str| {
        let mut all = lines(&[rrule, exrule], &la());
        all.remove(0);
        all
    };
    assert_eq!(days("EXRULE:FREQ=WEEKLY;COUNT=2;BYDAY=TU,TH", "RRULE:FREQ=DAILY"), [removed]);
    assert_eq!(days("EXRULE:FREQ=WEEKLY;BYDAY=TU,TH", "RRULE:FREQ=DAILY;COUNT=5"), [removed]);
    assert_eq!(lines(&["RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY;BYDAY=TU,TH"], &la()), ["EXRULE has no end"]);
}

#[test]
fn bm_047_an_occurrence_is_named_the_same_in_every_zone_and_form() {
    let key = |value: &str, zone: Option<&str>, series: &Span| {
        told_key(value, zone.map(|name| Zone::new(name).unwrap()).as_ref(), series).map(|key| key.to_string())
    };
    let same = Some("20260316T090000".to_owned());
    assert_eq!(key("20260316T160000Z", None, &la()), same);
    assert_eq!(key("20260316T090000", Some("America/Los_Angeles"), &la()), same);
    assert_eq!(key("20260316T120000", Some("America/New_York"), &la()), same);
    assert_eq!(key("20260316T090000", None, &la()), same);
    assert_eq!(key("20260316", None, &la()), same);
    assert_eq!(key("20260316T000000Z", None, &days("20260302", "20260303")), Some("20260316".to_owned()));
    assert_eq!(key("someday", None, &la()), None);
}

#[test]
fn dates_of_another_kind_are_not_written() {
    let removed = BTreeSet::from(["20260316".parse().unwrap()]);
    assert_eq!(Recurrence::default().to_lines(&la(), &removed), Vec::<String>::new());
}
