//! Occurrences of a series, in the file that holds it.

use concord_model::view::{Override, Status, Value};
use concord_model::{Field, Moment, OccurrenceKey, Span, View, Zone};
use expect_test::expect;
use jiff::civil::datetime;

use super::{GOOGLE, OUTLOOK, berlin, check, key};

#[test]
fn an_occurrence_is_removed_by_one_line_and_brought_back() {
    check(
        GOOGLE,
        |v| _ = v.overrides.insert(key("20260202T090000"), Override::Cancelled),
        expect![[r#"
        -DTSTAMP:20261121T080000Z
        +EXDATE;TZID=America/New_York:20260202T090000
        +DTSTAMP:20261122T100000Z
        -LAST-MODIFIED:20260110T101500Z
        +LAST-MODIFIED:20261122T100000Z
        -SEQUENCE:2
        +SEQUENCE:3
    "#]],
    );
    check(
        GOOGLE,
        |v| _ = v.overrides.remove(&key("20260216T090000")),
        expect![[r#"
        -EXDATE;TZID=America/New_York:20260216T090000
        -DTSTAMP:20261121T080000Z
        +DTSTAMP:20261122T100000Z
        -LAST-MODIFIED:20260110T101500Z
        +LAST-MODIFIED:20261122T100000Z
        -SEQUENCE:2
        +SEQUENCE:3
    "#]],
    );
    check(
        OUTLOOK,
        |v| _ = v.overrides.remove(&key("20261105T090000")),
        expect![[r#"
        -EXDATE;TZID=W. Europe Standard Time:20261029T090000,20261105T090000
        +EXDATE;TZID=W. Europe Standard Time:20261029T090000
        -DTSTAMP:20261121T091500Z
        +DTSTAMP:20261122T100000Z
        -SEQUENCE:0
        +SEQUENCE:1
    "#]],
    );
}

#[test]
fn a_changed_occurrence_is_removed_with_its_component() {
    check(
        OUTLOOK,
        |v| _ = v.overrides.insert(key("20261008T090000"), Override::Cancelled),
        expect![[r#"
        +EXDATE;TZID=W. Europe Standard Time:20261008T090000
        -DTSTAMP:20261121T091500Z
        +DTSTAMP:20261122T100000Z
        -SEQUENCE:0
        +SEQUENCE:1
        -UID:040000008200E00074C5B7101A82E00800000000
        -RECURRENCE-ID;TZID=W. Europe Standard Time:20261008T090000
        -SUMMARY;LANGUAGE=en-US:Weekly review (short)
        -DESCRIPTION:\n________________________________________________________________________________\nMicrosoft Teams meeting\n
        -DTSTART;TZID=W. Europe Standard Time:20261008T090000
        -DTEND;TZID=W. Europe Standard Time:20261008T093000
        -CLASS:PUBLIC
        -PRIORITY:5
        -DTSTAMP:20261121T091500Z
        -TRANSP:OPAQUE
        -STATUS:CONFIRMED
        -SEQUENCE:0
        -LOCATION;LANGUAGE=en-US:Microsoft Teams Meeting
        -X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.microsoft.com/l/meetup-join/19%3ameeting
        -X-MICROSOFT-CDO-BUSYSTATUS:BUSY
        -BEGIN:VALARM
        -DESCRIPTION:REMINDER
        -TRIGGER;RELATED=START:-PT15M
        -ACTION:DISPLAY
        -END:VALARM
        -END:VEVENT
        -BEGIN:VEVENT
    "#]],
    );
}

#[test]
fn a_new_change_of_one_occurrence_keeps_what_the_series_has() {
    let patch = [Value::Title("Longer".into())].map(|v| (v.field(), v)).into();
    check(
        OUTLOOK,
        |v| _ = v.overrides.insert(key("20261112T090000"), Override::Changed(patch)),
        expect![[r#"
            +DESCRIPTION:\n________________________________________________________________________________\nMicrosoft Teams meeting\n
            +UID:040000008200E00074C5B7101A82E00800000000
            +RECURRENCE-ID;TZID=W. Europe Standard Time:20261112T090000
            +SUMMARY;LANGUAGE=en-US:Longer
            +DTSTART;TZID=W. Europe Standard Time:20261112T090000
            +DTEND;TZID=W. Europe Standard Time:20261112T093000
            +CLASS:PUBLIC
            +PRIORITY:5
            +DTSTAMP:20261122T100000Z
            +TRANSP:OPAQUE
            +STATUS:CONFIRMED
            +SEQUENCE:1
            +LOCATION;LANGUAGE=en-US:Microsoft Teams Meeting
            +X-MICROSOFT-CDO-APPT-SEQUENCE:0
            +X-MICROSOFT-CDO-BUSYSTATUS:BUSY
            +X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY
            +X-MICROSOFT-CDO-ALLDAYEVENT:FALSE
            +X-MICROSOFT-CDO-IMPORTANCE:1
            +X-MICROSOFT-CDO-INSTTYPE:1
            +X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.microsoft.com/l/meetup-join/19%3ameeting
            +X-MICROSOFT-DONOTFORWARDMEETING:FALSE
            +X-MICROSOFT-DISALLOW-COUNTER:FALSE
            +BEGIN:VALARM
            +DESCRIPTION:REMINDER
            +TRIGGER;RELATED=START:-PT15M
            +ACTION:DISPLAY
            +END:VALARM
            +END:VEVENT
            +BEGIN:VEVENT
        "#]],
    );
}

#[test]
fn bm_055_a_change_of_the_series_reaches_its_changed_occurrences() {
    check(
        OUTLOOK,
        |v| v.location = "Room 5".into(),
        expect![[r#"
        -DTSTAMP:20261121T091500Z
        +DTSTAMP:20261122T100000Z
        -SEQUENCE:0
        -LOCATION;LANGUAGE=en-US:Microsoft Teams Meeting
        +SEQUENCE:1
        +LOCATION;LANGUAGE=en-US:Room 5
        -DTSTAMP:20261121T091500Z
        +DTSTAMP:20261122T100000Z
        -SEQUENCE:0
        -LOCATION;LANGUAGE=en-US:Microsoft Teams Meeting
        +SEQUENCE:1
        +LOCATION;LANGUAGE=en-US:Room 5
    "#]],
    );
}

#[test]
fn a_series_that_moves_takes_its_exceptions_along() {
    check(
        OUTLOOK,
        |v| {
            let changes = std::mem::take(&mut v.overrides);
            v.time.span = Span::timed(berlin(1, 14), berlin(1, 15)).unwrap();
            v.overrides = changes
                .into_iter()
                .map(|(key, change)| (OccurrenceKey::Time(key.date().at(14, 0, 0, 0)), change))
                .collect();
        },
        expect![[r#"
            -EXDATE;TZID=W. Europe Standard Time:20261029T090000,20261105T090000
            -DTSTART;TZID=W. Europe Standard Time:20261001T090000
            -DTEND;TZID=W. Europe Standard Time:20261001T093000
            +DTSTART;TZID=W. Europe Standard Time:20261001T140000
            +DTEND;TZID=W. Europe Standard Time:20261001T150000
            -DTSTAMP:20261121T091500Z
            +DTSTAMP:20261122T100000Z
            -SEQUENCE:0
            +SEQUENCE:1
            +EXDATE;TZID=W. Europe Standard Time:20261029T140000
            +EXDATE;TZID=W. Europe Standard Time:20261105T140000
            -RECURRENCE-ID;TZID=W. Europe Standard Time:20261008T090000
            +RECURRENCE-ID;TZID=W. Europe Standard Time:20261008T140000
            -DTSTART;TZID=W. Europe Standard Time:20261008T090000
            -DTEND;TZID=W. Europe Standard Time:20261008T093000
            +DTSTART;TZID=W. Europe Standard Time:20261008T140000
            +DTEND;TZID=W. Europe Standard Time:20261008T150000
            -DTSTAMP:20261121T091500Z
            +DTSTAMP:20261122T100000Z
            -SEQUENCE:0
            +SEQUENCE:1
        "#]],
    );
}

/// A class on three days, the second of which says that it is cancelled, as some programs do.
const CALLED_OFF: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Client//EN\r\nBEGIN:VEVENT\r\nUID:class\r\n\
    DTSTAMP:20261101T100000Z\r\nDTSTART:20261201T100000Z\r\nDTEND:20261201T110000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\n\
    SUMMARY:Class\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:class\r\nDTSTAMP:20261101T100000Z\r\n\
    RECURRENCE-ID:20261202T100000Z\r\nDTSTART:20261202T100000Z\r\nDTEND:20261202T110000Z\r\nSUMMARY:Class is off\r\n\
    STATUS:CANCELLED\r\nX-WHY:ill\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn second() -> OccurrenceKey {
    OccurrenceKey::Time(datetime(2026, 12, 2, 10, 0, 0, 0))
}

#[test]
fn i_01_an_occurrence_that_says_it_is_cancelled_does_not_take_place_and_keeps_its_words() {
    check(
        CALLED_OFF,
        |view| {
            assert_eq!(view.overrides, [(second(), Override::Cancelled)].into());
            view.location = "Studio B".to_owned();
        },
        expect![[r#"
            -DTSTAMP:20261101T100000Z
            +DTSTAMP:20261122T100000Z
            +LOCATION:Studio B
            +SEQUENCE:1
        "#]],
    );
}

#[test]
fn i_36_what_its_series_does_not_say_any_more_is_not_read_in_an_occurrence_that_is_cancelled() {
    let told = CALLED_OFF.replace("SUMMARY:", "DESCRIPTION:knee\r\nSUMMARY:");
    check(
        &told,
        |view| view.description.clear(),
        expect![[r#"
            -DTSTAMP:20261101T100000Z
            +DTSTAMP:20261122T100000Z
            -DESCRIPTION:knee
            +SEQUENCE:1
            -DTSTAMP:20261101T100000Z
            +DTSTAMP:20261122T100000Z
            -DESCRIPTION:knee
            +SEQUENCE:1
        "#]],
    );
}

#[test]
fn an_occurrence_that_says_it_is_cancelled_takes_place_again_in_its_own_way_or_as_its_series() {
    check(
        CALLED_OFF,
        |view| {
            let own = [(Field::Title, Value::Title("Special class".to_owned()))].into();
            view.overrides.insert(second(), Override::Changed(own));
        },
        expect![[r#"
            -DTSTAMP:20261101T100000Z
            +DTSTAMP:20261122T100000Z
            -SUMMARY:Class is off
            -STATUS:CANCELLED
            +SUMMARY:Special class
            +STATUS:CONFIRMED
            +SEQUENCE:1
        "#]],
    );
    check(
        CALLED_OFF,
        |view| view.overrides.clear(),
        expect![[r#"
        -BEGIN:VEVENT
        -UID:class
        -DTSTAMP:20261101T100000Z
        -RECURRENCE-ID:20261202T100000Z
        -DTSTART:20261202T100000Z
        -DTEND:20261202T110000Z
        -SUMMARY:Class is off
        -STATUS:CANCELLED
        -X-WHY:ill
        -END:VEVENT
    "#]],
    );
}

#[test]
fn an_occurrence_that_says_it_is_cancelled_is_left_out_where_saying_so_is_not_enough() {
    let called_off = |view: &mut View| view.status = Status::Cancelled;
    check(
        CALLED_OFF,
        called_off,
        expect![[r#"
        -DTSTAMP:20261101T100000Z
        +DTSTAMP:20261122T100000Z
        -END:VEVENT
        -BEGIN:VEVENT
        -UID:class
        -DTSTAMP:20261101T100000Z
        -RECURRENCE-ID:20261202T100000Z
        -DTSTART:20261202T100000Z
        -DTEND:20261202T110000Z
        -SUMMARY:Class is off
        -X-WHY:ill
        +EXDATE:20261202T100000Z
        +SEQUENCE:1
    "#]],
    );
    let rule = CALLED_OFF.replace("SUMMARY:Class\r\n", "EXRULE:FREQ=DAILY;COUNT=1\r\nSUMMARY:Class\r\n");
    check(
        &rule,
        called_off,
        expect![[r#"
        -DTSTAMP:20261101T100000Z
        +DTSTAMP:20261122T100000Z
        +EXDATE:20261201T100000Z
        +EXDATE:20261202T100000Z
        -EXRULE:FREQ=DAILY;COUNT=1
        -END:VEVENT
        -BEGIN:VEVENT
        -UID:class
        -DTSTAMP:20261101T100000Z
        -RECURRENCE-ID:20261202T100000Z
        -DTSTART:20261202T100000Z
        -DTEND:20261202T110000Z
        -SUMMARY:Class is off
        -X-WHY:ill
        +SEQUENCE:1
    "#]],
    );
    let later = |view: &mut View| {
        let moment = |wall| Moment::new(wall, Zone::new("UTC").unwrap());
        let (start, end) = (datetime(2026, 12, 2, 10, 0, 0, 0), datetime(2026, 12, 2, 11, 0, 0, 0));
        view.time.span = Span::timed(moment(start), moment(end)).unwrap();
        let third = OccurrenceKey::Time(datetime(2026, 12, 3, 10, 0, 0, 0));
        view.overrides = [(second(), Override::Cancelled), (third, Override::Cancelled)].into();
    };
    check(
        CALLED_OFF,
        later,
        expect![[r#"
        -DTSTAMP:20261101T100000Z
        -DTSTART:20261201T100000Z
        -DTEND:20261201T110000Z
        -RRULE:FREQ=DAILY;COUNT=3
        -SUMMARY:Class
        -END:VEVENT
        -BEGIN:VEVENT
        -UID:class
        -DTSTAMP:20261101T100000Z
        -RECURRENCE-ID:20261202T100000Z
        +DTSTAMP:20261122T100000Z
        -SUMMARY:Class is off
        -STATUS:CANCELLED
        -X-WHY:ill
        +RRULE:FREQ=DAILY;COUNT=3
        +SUMMARY:Class
        +EXDATE:20261202T100000Z
        +EXDATE:20261203T100000Z
        +SEQUENCE:1
    "#]],
    );
}
