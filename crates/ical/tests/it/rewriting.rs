//! What changes in a file when an event changes, line by line.

mod occurrences;

use concord_ical::{Revision, read, rewrite};
use concord_model::people::{Address, Answer, Attendee, Role};
use concord_model::recurrence::{Rule, edit_all};
use concord_model::view::{Availability, Reminder, ReminderBy, Reminders, Timing, Value};
use concord_model::{Field, Moment, OccurrenceKey, Span, View, Zone};
use expect_test::{Expect, expect};
use jiff::civil::datetime;

const APPLE: &str = include_str!("../fixtures/apple.ics");

const OUTLOOK: &str = include_str!("../fixtures/outlook.ics");

const GOOGLE: &str = include_str!("../fixtures/google.ics");

const NEXTCLOUD: &str = include_str!("../fixtures/nextcloud.ics");

const THUNDERBIRD: &str = include_str!("../fixtures/thunderbird.ics");

/// Changes the first event of a file and shows which lines came and went.
fn check(file: &str, change: impl FnOnce(&mut View), expected: Expect) {
    let found = read(file.as_bytes()).unwrap().items.remove(0);
    let before = found.view.unwrap();
    let mut after = before.clone();
    change(&mut after);
    after.normalise();
    let revision = Revision { raise_sequence: true, ..Revision::at("2026-11-22T10:00:00Z".parse().unwrap()) };
    let out = rewrite(&found.source, &before, &after, &revision);
    let again = read(&out).unwrap().items.remove(0);
    let out = String::from_utf8(out).unwrap();
    assert_eq!(again.view.unwrap(), after, "{out}");
    expected.assert_eq(&difference(file, &out));
}

/// The lines that differ, with `-` and `+`.
fn difference(old: &str, new: &str) -> String {
    let lines = |file: &str| file.replace("\r\n ", "").lines().map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(old), lines(new));
    // Longest common subsequence, from the ends.
    let mut best = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            best[i][j] = match old[i] == new[j] {
                true => best[i + 1][j + 1] + 1,
                false => best[i + 1][j].max(best[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || best[i + 1][j] >= best[i][j + 1]) {
            out += &format!("-{}\n", old[i]);
            i += 1;
        } else {
            out += &format!("+{}\n", new[j]);
            j += 1;
        }
    }
    out
}

fn berlin(day: i8, hour: i8) -> Moment {
    Moment::new(datetime(2026, 10, day, hour, 0, 0, 0), Zone::new("Europe/Berlin").unwrap())
}

fn key(text: &str) -> OccurrenceKey {
    text.parse().unwrap()
}

#[test]
fn a_title_is_one_line() {
    check(
        APPLE,
        |v| v.title = "Kaffee; später".into(),
        expect![[r#"
        -DTSTAMP:20261020T190000Z
        +DTSTAMP:20261122T100000Z
        -LAST-MODIFIED:20261020T190000Z
        +LAST-MODIFIED:20261122T100000Z
        -SEQUENCE:1
        -SUMMARY:Besprechung
        +SEQUENCE:2
        +SUMMARY:Kaffee\; später
    "#]],
    );
}

#[test]
fn a_place_takes_the_old_map_with_it() {
    check(
        APPLE,
        |v| v.location = "Studio A".into(),
        expect![[r#"
        -DTSTAMP:20261020T190000Z
        +DTSTAMP:20261122T100000Z
        -LAST-MODIFIED:20261020T190000Z
        -LOCATION:Café Übung\nHauptstraße 5\, 10115 Berlin
        -SEQUENCE:1
        +LAST-MODIFIED:20261122T100000Z
        +LOCATION:Studio A
        +SEQUENCE:2
        -X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS="Hauptstraße 5\\n10115 Berlin";X-APPLE-MAPKIT-HANDLE=CAESgAIIrk0;X-APPLE-RADIUS=70;X-APPLE-REFERENCEFRAME=1;X-TITLE="Café Übung":geo:52.531677,13.381777
    "#]],
    );
    check(
        APPLE,
        |v| v.location.clear(),
        expect![[r#"
        -DTSTAMP:20261020T190000Z
        +DTSTAMP:20261122T100000Z
        -LAST-MODIFIED:20261020T190000Z
        -LOCATION:Café Übung\nHauptstraße 5\, 10115 Berlin
        -SEQUENCE:1
        +LAST-MODIFIED:20261122T100000Z
        +SEQUENCE:2
        -X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS="Hauptstraße 5\\n10115 Berlin";X-APPLE-MAPKIT-HANDLE=CAESgAIIrk0;X-APPLE-RADIUS=70;X-APPLE-REFERENCEFRAME=1;X-TITLE="Café Übung":geo:52.531677,13.381777
    "#]],
    );
}

#[test]
fn a_time_keeps_the_name_that_the_file_gives_its_zone() {
    check(
        OUTLOOK,
        |v| {
            let time = Timing { span: Span::timed(berlin(1, 10), berlin(1, 11)).unwrap(), ..v.time.clone() };
            *v = edit_all(v, &[(Field::Time, Value::Time(time))].into()).unwrap();
        },
        expect![[r#"
            -RRULE:FREQ=WEEKLY;UNTIL=20261217T080000Z;INTERVAL=1;BYDAY=TH;WKST=MO
            -EXDATE;TZID=W. Europe Standard Time:20261029T090000,20261105T090000
            +RRULE:FREQ=WEEKLY;UNTIL=20261217T090000Z;BYDAY=TH
            -DTSTART;TZID=W. Europe Standard Time:20261001T090000
            -DTEND;TZID=W. Europe Standard Time:20261001T093000
            +DTSTART;TZID=W. Europe Standard Time:20261001T100000
            +DTEND;TZID=W. Europe Standard Time:20261001T110000
            -DTSTAMP:20261121T091500Z
            +DTSTAMP:20261122T100000Z
            -SEQUENCE:0
            +SEQUENCE:1
            +EXDATE;TZID=W. Europe Standard Time:20261029T100000
            +EXDATE;TZID=W. Europe Standard Time:20261105T100000
            -RECURRENCE-ID;TZID=W. Europe Standard Time:20261008T090000
            +RECURRENCE-ID;TZID=W. Europe Standard Time:20261008T100000
            -DTSTART;TZID=W. Europe Standard Time:20261008T090000
            -DTEND;TZID=W. Europe Standard Time:20261008T093000
            +DTSTART;TZID=W. Europe Standard Time:20261008T100000
            +DTEND;TZID=W. Europe Standard Time:20261008T110000
            -DTSTAMP:20261121T091500Z
            +DTSTAMP:20261122T100000Z
            -SEQUENCE:0
            +SEQUENCE:1
        "#]],
    );
}

#[test]
fn another_zone_brings_its_definition() {
    let at = |hour| Moment::new(datetime(2026, 10, 21, hour, 0, 0, 0), Zone::new("Asia/Kolkata").unwrap());
    check(
        APPLE,
        |v| v.time.span = Span::timed(at(10), at(11)).unwrap(),
        expect![[r#"
        +BEGIN:VTIMEZONE
        +TZID:Asia/Kolkata
        +X-LIC-LOCATION:Asia/Kolkata
        +BEGIN:STANDARD
        +DTSTART:20250101T053000
        +TZOFFSETFROM:+0530
        +TZOFFSETTO:+0530
        +TZNAME:IST
        +END:STANDARD
        +END:VTIMEZONE
        -DTEND;TZID=Europe/Berlin:20261021T110000
        -DTSTAMP:20261020T190000Z
        -DTSTART;TZID=Europe/Berlin:20261021T100000
        -LAST-MODIFIED:20261020T190000Z
        +DTEND;TZID=Asia/Kolkata:20261021T110000
        +DTSTAMP:20261122T100000Z
        +DTSTART;TZID=Asia/Kolkata:20261021T100000
        +LAST-MODIFIED:20261122T100000Z
        -SEQUENCE:1
        +SEQUENCE:2
    "#]],
    );
}

#[test]
fn a_length_becomes_an_end_when_it_moves() {
    let at =
        |hour| Moment::new(datetime(2026, 10, 20, hour, 0, 0, 0), Zone::new("Africa/Johannesburg").unwrap());
    check(
        THUNDERBIRD,
        |v| v.time.span = Span::timed(at(10), at(11)).unwrap(),
        expect![[r#"
        +BEGIN:VTIMEZONE
        +TZID:Africa/Johannesburg
        +X-LIC-LOCATION:Africa/Johannesburg
        +BEGIN:STANDARD
        +DTSTART:20250101T020000
        +TZOFFSETFROM:+0200
        +TZOFFSETTO:+0200
        +TZNAME:SAST
        +END:STANDARD
        +END:VTIMEZONE
        -LAST-MODIFIED:20261019T101112Z
        -DTSTAMP:20261019T101112Z
        +LAST-MODIFIED:20261122T100000Z
        +DTSTAMP:20261122T100000Z
        -DTSTART;TZID=/mozilla.org/20050126_1/Africa/Johannesburg:20261020T123000
        -DURATION:PT45M
        +DTSTART;TZID=Africa/Johannesburg:20261020T100000
        +DTEND;TZID=Africa/Johannesburg:20261020T110000
        +SEQUENCE:1
    "#]],
    );
}

#[test]
fn html_beside_a_description_goes_with_it() {
    check(
        THUNDERBIRD,
        |v| v.description = "without bread".into(),
        expect![[r#"
        -LAST-MODIFIED:20261019T101112Z
        -DTSTAMP:20261019T101112Z
        +LAST-MODIFIED:20261122T100000Z
        +DTSTAMP:20261122T100000Z
        -DESCRIPTION;ALTREP="data:text/html,%3Cbody%3Ewith%20%3Cb%3Ebread%3C%2Fb%3E%3C%2Fbody%3E":with bread
        +DESCRIPTION:without bread
        +SEQUENCE:1
    "#]],
    );
}

#[test]
fn an_answer_is_one_parameter() {
    check(
        NEXTCLOUD,
        |v| v.attendees[0].answer = Answer::Accepted,
        expect![[r#"
        -DTSTAMP:20261101T120500Z
        -LAST-MODIFIED:20261101T120500Z
        -SEQUENCE:3
        +DTSTAMP:20261122T100000Z
        +LAST-MODIFIED:20261122T100000Z
        +SEQUENCE:4
        -ATTENDEE;CN=Kim Doe;CUTYPE=INDIVIDUAL;PARTSTAT=TENTATIVE;ROLE=REQ-PARTICIPANT;RSVP=TRUE;LANGUAGE=en;SCHEDULE-STATUS=1.1:mailto:kim@example.org
        +ATTENDEE;CN=Kim Doe;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=TRUE;LANGUAGE=en;SCHEDULE-STATUS=1.1:mailto:kim@example.org
    "#]],
    );
}

#[test]
fn guests_come_and_go_by_line() {
    let guest = Attendee {
        address: Address::from("new@example.org"),
        name: "New, Guest".into(),
        answer: Answer::Awaited,
        role: Role::Optional,
    };
    check(
        NEXTCLOUD,
        |v| v.attendees[0] = guest,
        expect![[r#"
        -DTSTAMP:20261101T120500Z
        -LAST-MODIFIED:20261101T120500Z
        -SEQUENCE:3
        +DTSTAMP:20261122T100000Z
        +LAST-MODIFIED:20261122T100000Z
        +SEQUENCE:4
        -ATTENDEE;CN=Kim Doe;CUTYPE=INDIVIDUAL;PARTSTAT=TENTATIVE;ROLE=REQ-PARTICIPANT;RSVP=TRUE;LANGUAGE=en;SCHEDULE-STATUS=1.1:mailto:kim@example.org
        +ATTENDEE;CN="New, Guest";ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;SCHEDULE-AGENT=CLIENT:mailto:new@example.org
    "#]],
    );
}

#[test]
fn reminders_come_and_go_and_other_alarms_stay() {
    let remind = |minutes_before| Reminder { minutes_before, by: ReminderBy::Popup };
    check(
        THUNDERBIRD,
        |v| v.reminders = Reminders::Own(vec![remind(0), remind(10)]),
        expect![[r#"
        -LAST-MODIFIED:20261019T101112Z
        -DTSTAMP:20261019T101112Z
        +LAST-MODIFIED:20261122T100000Z
        +DTSTAMP:20261122T100000Z
        +SEQUENCE:1
        +BEGIN:VALARM
        +ACTION:DISPLAY
        +DESCRIPTION:Reminder
        +TRIGGER:-PT10M
        +END:VALARM
    "#]],
    );
    check(
        THUNDERBIRD,
        |v| v.reminders = Reminders::Own(vec![]),
        expect![[r#"
        -LAST-MODIFIED:20261019T101112Z
        -DTSTAMP:20261019T101112Z
        +LAST-MODIFIED:20261122T100000Z
        +DTSTAMP:20261122T100000Z
        +SEQUENCE:1
        -TRIGGER:PT0S
        +TRIGGER;VALUE=DATE-TIME:20261020T060000Z
        -ACTION:DISPLAY
        -TRIGGER;VALUE=DATE-TIME:20261020T060000Z
        -DESCRIPTION:Default Mozilla Description
        +ACTION:NONE
        +TRIGGER;VALUE=DATE-TIME:19760401T005545Z
    "#]],
    );
    check(
        APPLE,
        |v| v.reminders = Reminders::Calendar,
        expect![[r#"
        -DTSTAMP:20261020T190000Z
        +DTSTAMP:20261122T100000Z
        -LAST-MODIFIED:20261020T190000Z
        +LAST-MODIFIED:20261122T100000Z
        -SEQUENCE:1
        +SEQUENCE:2
        -ACTION:DISPLAY
        -DESCRIPTION:Reminder
        -TRIGGER:-PT15M
        -UID:C0FFEE00-0000-4000-8000-000000000001
        -X-WR-ALARMUID:C0FFEE00-0000-4000-8000-000000000001
        -ACKNOWLEDGED:20261020T185900Z
        -END:VALARM
        -BEGIN:VALARM
    "#]],
    );
}

#[test]
fn free_time_is_told_in_outlooks_words_too() {
    check(
        OUTLOOK,
        |v| v.availability = Availability::Free,
        expect![[r#"
        -DTSTAMP:20261121T091500Z
        -TRANSP:OPAQUE
        +DTSTAMP:20261122T100000Z
        +TRANSP:TRANSPARENT
        -SEQUENCE:0
        +SEQUENCE:1
        -X-MICROSOFT-CDO-BUSYSTATUS:BUSY
        -X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY
        +X-MICROSOFT-CDO-BUSYSTATUS:FREE
        +X-MICROSOFT-CDO-INTENDEDSTATUS:FREE
        -DTSTAMP:20261121T091500Z
        -TRANSP:OPAQUE
        +DTSTAMP:20261122T100000Z
        +TRANSP:TRANSPARENT
        -SEQUENCE:0
        +SEQUENCE:1
        -X-MICROSOFT-CDO-BUSYSTATUS:BUSY
        +X-MICROSOFT-CDO-BUSYSTATUS:FREE
    "#]],
    );
}

#[test]
fn a_meeting_link_is_replaced_where_it_stands() {
    check(
        APPLE,
        |v| v.conference = "https://zoom.us/j/1".into(),
        expect![[r#"
            -DTSTAMP:20261020T190000Z
            +DTSTAMP:20261122T100000Z
            -LAST-MODIFIED:20261020T190000Z
            +LAST-MODIFIED:20261122T100000Z
            -SEQUENCE:1
            +SEQUENCE:2
            -URL;VALUE=URI:https://zoom.us/j/987654321
            +URL;VALUE=URI:https://zoom.us/j/1
        "#]],
    );
    check(
        APPLE,
        |v| v.conference.clear(),
        expect![[r#"
        -DTSTAMP:20261020T190000Z
        +DTSTAMP:20261122T100000Z
        -LAST-MODIFIED:20261020T190000Z
        +LAST-MODIFIED:20261122T100000Z
        -SEQUENCE:1
        +SEQUENCE:2
        -URL;VALUE=URI:https://zoom.us/j/987654321
    "#]],
    );
    check(
        THUNDERBIRD,
        |v| v.conference = "https://example.org/room".into(),
        expect![[r#"
        -LAST-MODIFIED:20261019T101112Z
        -DTSTAMP:20261019T101112Z
        +LAST-MODIFIED:20261122T100000Z
        +DTSTAMP:20261122T100000Z
        +CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://example.org/room
        +URL:https://example.org/room
        +SEQUENCE:1
    "#]],
    );
}

#[test]
fn a_rule_is_one_line() {
    check(
        OUTLOOK,
        |v| {
            let rule = Rule::parse("FREQ=WEEKLY;BYDAY=TH;UNTIL=20261112T080000Z", &v.time.span).unwrap();
            v.time.recurrence = Some(rule.into());
        },
        expect![[r#"
            -RRULE:FREQ=WEEKLY;UNTIL=20261217T080000Z;INTERVAL=1;BYDAY=TH;WKST=MO
            +RRULE:FREQ=WEEKLY;UNTIL=20261112T080000Z;BYDAY=TH
            -DTSTAMP:20261121T091500Z
            +DTSTAMP:20261122T100000Z
            -SEQUENCE:0
            +SEQUENCE:1
        "#]],
    );
    check(
        OUTLOOK,
        |v| v.time.recurrence = None,
        expect![[r#"
        -RRULE:FREQ=WEEKLY;UNTIL=20261217T080000Z;INTERVAL=1;BYDAY=TH;WKST=MO
        -EXDATE;TZID=W. Europe Standard Time:20261029T090000,20261105T090000
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
fn a_period_becomes_a_date_when_its_length_goes() {
    check(
        NEXTCLOUD,
        |v| _ = v.overrides.remove(&key("20261124T180000")),
        expect![[r#"
        -DTSTAMP:20261101T120500Z
        -LAST-MODIFIED:20261101T120500Z
        -SEQUENCE:3
        +DTSTAMP:20261122T100000Z
        +LAST-MODIFIED:20261122T100000Z
        +SEQUENCE:4
        -RDATE;VALUE=PERIOD:20261124T170000Z/PT2H,20261201T170000Z/PT1H30M
        +RDATE;TZID=Europe/Vienna:20261124T180000
        +RDATE;TZID=Europe/Vienna:20261201T180000
    "#]],
    );
}

#[test]
fn an_event_leaves_its_file_and_nothing_else_does() {
    let calendar = read(GOOGLE.as_bytes()).unwrap();
    let out = calendar.items[0].source.without().unwrap();
    let left = read(&out).unwrap();
    assert_eq!(left.items.len(), 1);
    assert_eq!(left.items[0].view, calendar.items[1].view);
    assert_eq!(left.items[0].source.without(), None);
}

#[test]
fn lines_end_as_they_did() {
    let file = APPLE.replace("\r\n", "\n");
    let found = read(file.as_bytes()).unwrap().items.remove(0);
    let before = found.view.unwrap();
    let mut after = before.clone();
    after.description = "long ".repeat(40).trim().to_owned();
    let out = rewrite(&found.source, &before, &after, &Revision::at(jiff::Timestamp::UNIX_EPOCH));
    assert!(!out.contains(&b'\r'));
    assert!(out.split(|b| *b == b'\n').all(|line| line.len() <= 75));
}
