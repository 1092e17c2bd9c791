//! Files of our own.

use concord_ical::{Entry, Frame, Scheduling, export, read, write_new};
use concord_model::people::{Address, Answer, Attendee, Organiser, Role};
use concord_model::privacy::Privacy;
use concord_model::recurrence::Rule;
use concord_model::view::{Attachment, Override, Reminder, ReminderBy, Reminders, Value};
use concord_model::{Moment, OccurrenceKey, Span, View, Zone};
use expect_test::{Expect, expect};
use jiff::Timestamp;
use jiff::civil::{date, datetime};

fn entry<'a>(uid: &'a str, view: &'a View) -> Entry<'a> {
    Entry { uid, view, stamp: "2026-11-21T08:00:00Z".parse().unwrap(), sequence: 0, marks: &[] }
}

fn at(hour: i8, zone: &str) -> Moment {
    Moment::new(datetime(2026, 10, 21, hour, 0, 0, 0), Zone::new(zone).unwrap())
}

fn coaching() -> View {
    View::new(Span::timed(at(9, "Africa/Johannesburg"), at(10, "Africa/Johannesburg")).unwrap(), "Coaching")
}

fn check(view: &View, expected: Expect) {
    let file = write_new(&entry("1@example.org", view), &Frame::new("-//Test//Test//EN"));
    assert_eq!(read(file.as_bytes()).unwrap().items[0].view.as_ref().unwrap(), view);
    expected.assert_eq(&file.replace("\r\n", "\n"));
}

#[test]
fn a_plain_event() {
    check(
        &coaching(),
        expect![[r#"
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Test//Test//EN
        CALSCALE:GREGORIAN
        BEGIN:VTIMEZONE
        TZID:Africa/Johannesburg
        X-LIC-LOCATION:Africa/Johannesburg
        BEGIN:STANDARD
        DTSTART:20250101T020000
        TZOFFSETFROM:+0200
        TZOFFSETTO:+0200
        TZNAME:SAST
        END:STANDARD
        END:VTIMEZONE
        BEGIN:VEVENT
        UID:1@example.org
        DTSTAMP:20261121T080000Z
        LAST-MODIFIED:20261121T080000Z
        SEQUENCE:0
        DTSTART;TZID=Africa/Johannesburg:20261021T090000
        DTEND;TZID=Africa/Johannesburg:20261021T100000
        SUMMARY:Coaching
        STATUS:CONFIRMED
        TRANSP:OPAQUE
        END:VEVENT
        END:VCALENDAR
    "#]],
    );
}

#[test]
fn a_series_with_everything() {
    let mut view = coaching();
    view.time.recurrence =
        Some(Rule::parse("FREQ=WEEKLY;BYDAY=WE;UNTIL=20261231", &view.time.span).unwrap().into());
    view.description = "Bring:\n- water; shoes, \\o/".into();
    view.location = "Studio A".into();
    view.conference = "https://meet.google.com/abc-defg-hij".into();
    view.privacy = Privacy::Private;
    view.organiser =
        Some(Organiser { address: Address::from("thandi@example.org"), name: "Thandi \"T\"".into() });
    view.attendees = vec![
        Attendee {
            address: Address::from("lee@example.net"),
            name: "Lee, A.".into(),
            answer: Answer::Awaited,
            role: Role::Required,
        },
        Attendee {
            address: Address::from("room@example.net"),
            name: String::new(),
            answer: Answer::Accepted,
            role: Role::Resource,
        },
    ];
    view.reminders = Reminders::Own(vec![
        Reminder { minutes_before: 30, by: ReminderBy::Popup },
        Reminder { minutes_before: 1440, by: ReminderBy::Email },
    ]);
    view.attachments =
        vec![Attachment { url: "https://example.org/plan.pdf".into(), title: "Plan: 1".into() }];
    let key = |text: &str| text.parse::<OccurrenceKey>().unwrap();
    view.overrides.insert(key("20261028T090000"), Override::Cancelled);
    let later = Span::timed(at(11, "Africa/Johannesburg"), at(12, "Africa/Johannesburg")).unwrap();
    let patch = [Value::Time(later.into())].map(|v| (v.field(), v)).into();
    view.overrides.insert(key("20261021T090000"), Override::Changed(patch));
    check(
        &view,
        expect![[r#"
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Test//Test//EN
        CALSCALE:GREGORIAN
        BEGIN:VTIMEZONE
        TZID:Africa/Johannesburg
        X-LIC-LOCATION:Africa/Johannesburg
        BEGIN:STANDARD
        DTSTART:20250101T020000
        TZOFFSETFROM:+0200
        TZOFFSETTO:+0200
        TZNAME:SAST
        END:STANDARD
        END:VTIMEZONE
        BEGIN:VEVENT
        UID:1@example.org
        DTSTAMP:20261121T080000Z
        LAST-MODIFIED:20261121T080000Z
        SEQUENCE:0
        DTSTART;TZID=Africa/Johannesburg:20261021T090000
        DTEND;TZID=Africa/Johannesburg:20261021T100000
        RRULE:FREQ=WEEKLY;UNTIL=20261231T215959Z;BYDAY=WE
        EXDATE;TZID=Africa/Johannesburg:20261028T090000
        SUMMARY:Coaching
        DESCRIPTION:Bring:\n- water\; shoes\, \\o/
        LOCATION:Studio A
        CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.google.com/abc-defg-hij
        URL:https://meet.google.com/abc-defg-hij
        STATUS:CONFIRMED
        TRANSP:OPAQUE
        CLASS:PRIVATE
        ORGANIZER;CN=Thandi ^'T^';SCHEDULE-AGENT=CLIENT:mailto:thandi@example.org
        ATTENDEE;CN="Lee, A.";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;
         SCHEDULE-AGENT=CLIENT:mailto:lee@example.net
        ATTENDEE;CUTYPE=RESOURCE;PARTSTAT=ACCEPTED;SCHEDULE-AGENT=CLIENT:mailto:roo
         m@example.net
        ATTACH;FILENAME="Plan: 1":https://example.org/plan.pdf
        BEGIN:VALARM
        ACTION:DISPLAY
        DESCRIPTION:Reminder
        TRIGGER:-PT30M
        END:VALARM
        BEGIN:VALARM
        ACTION:EMAIL
        SUMMARY:Reminder
        DESCRIPTION:Reminder
        TRIGGER:-PT1440M
        END:VALARM
        END:VEVENT
        BEGIN:VEVENT
        UID:1@example.org
        DTSTAMP:20261121T080000Z
        LAST-MODIFIED:20261121T080000Z
        SEQUENCE:0
        RECURRENCE-ID;TZID=Africa/Johannesburg:20261021T090000
        DTSTART;TZID=Africa/Johannesburg:20261021T110000
        DTEND;TZID=Africa/Johannesburg:20261021T120000
        SUMMARY:Coaching
        DESCRIPTION:Bring:\n- water\; shoes\, \\o/
        LOCATION:Studio A
        CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.google.com/abc-defg-hij
        URL:https://meet.google.com/abc-defg-hij
        STATUS:CONFIRMED
        TRANSP:OPAQUE
        CLASS:PRIVATE
        ORGANIZER;CN=Thandi ^'T^';SCHEDULE-AGENT=CLIENT:mailto:thandi@example.org
        ATTENDEE;CN="Lee, A.";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;
         SCHEDULE-AGENT=CLIENT:mailto:lee@example.net
        ATTENDEE;CUTYPE=RESOURCE;PARTSTAT=ACCEPTED;SCHEDULE-AGENT=CLIENT:mailto:roo
         m@example.net
        ATTACH;FILENAME="Plan: 1":https://example.org/plan.pdf
        BEGIN:VALARM
        ACTION:DISPLAY
        DESCRIPTION:Reminder
        TRIGGER:-PT30M
        END:VALARM
        BEGIN:VALARM
        ACTION:EMAIL
        SUMMARY:Reminder
        DESCRIPTION:Reminder
        TRIGGER:-PT1440M
        END:VALARM
        END:VEVENT
        END:VCALENDAR
    "#]],
    );
}

#[test]
fn days_floating_times_and_no_reminders() {
    let mut view = View::new(Span::days(date(2026, 4, 1), date(2026, 4, 4)).unwrap(), "Away");
    view.reminders = Reminders::Own(vec![]);
    check(
        &view,
        expect![[r#"
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Test//Test//EN
        CALSCALE:GREGORIAN
        BEGIN:VEVENT
        UID:1@example.org
        DTSTAMP:20261121T080000Z
        LAST-MODIFIED:20261121T080000Z
        SEQUENCE:0
        DTSTART;VALUE=DATE:20260401
        DTEND;VALUE=DATE:20260404
        SUMMARY:Away
        STATUS:CONFIRMED
        TRANSP:OPAQUE
        BEGIN:VALARM
        ACTION:NONE
        TRIGGER;VALUE=DATE-TIME:19760401T005545Z
        END:VALARM
        END:VEVENT
        END:VCALENDAR
    "#]],
    );
    let at = |hour| datetime(2026, 10, 21, hour, 0, 0, 0);
    check(
        &View::new(Span::floating(at(7), at(8)).unwrap(), "Wake up"),
        expect![[r#"
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Test//Test//EN
        CALSCALE:GREGORIAN
        BEGIN:VEVENT
        UID:1@example.org
        DTSTAMP:20261121T080000Z
        LAST-MODIFIED:20261121T080000Z
        SEQUENCE:0
        DTSTART:20261021T070000
        DTEND:20261021T080000
        SUMMARY:Wake up
        STATUS:CONFIRMED
        TRANSP:OPAQUE
        END:VEVENT
        END:VCALENDAR
    "#]],
    );
}

#[test]
fn bm_049_and_050_until_is_told_like_the_start() {
    let until = |span: Span| {
        let mut view = View::new(span, "A");
        view.time.recurrence =
            Some(Rule::parse("FREQ=DAILY;UNTIL=20261025", &view.time.span).unwrap().into());
        let file = write_new(&entry("1", &view), &Frame::new("x"));
        file.lines().find_map(|line| line.split("UNTIL=").nth(1)).unwrap().to_owned()
    };
    let timed = |zone| Span::timed(at(9, zone), at(10, zone)).unwrap();
    assert_eq!(until(timed("Pacific/Kiritimati")), "20261025T095959Z");
    assert_eq!(until(timed("Pacific/Pago_Pago")), "20261026T105959Z");
    assert_eq!(until(Span::days(date(2026, 10, 21), date(2026, 10, 22)).unwrap()), "20261025");
    let wall = datetime(2026, 10, 21, 9, 0, 0, 0);
    assert_eq!(until(Span::floating(wall, wall).unwrap()), "20261025T235959");
}

#[test]
fn the_second_of_two_equal_hours_stays_the_second() {
    let zone = Zone::new("Europe/Berlin").unwrap();
    let start = Moment::new(datetime(2026, 10, 25, 1, 30, 0, 0), zone.clone());
    let end = Moment::at("2026-10-25T01:30:00Z".parse().unwrap(), zone);
    assert!(end.is_later());
    let view = View::new(Span::timed(start, end).unwrap(), "Night");
    let file = write_new(&entry("1", &view), &Frame::new("x"));
    assert!(file.contains("DTEND:20261025T013000Z"));
    assert_eq!(read(file.as_bytes()).unwrap().items[0].view.as_ref().unwrap(), &view);
}

#[test]
fn many_events_share_one_file_and_its_zones() {
    let (one, two) = (coaching(), coaching());
    let frame =
        Frame { name: Some("Sessions, all"), method: Some("PUBLISH"), ..Frame::new("-//Test//Test//EN") };
    let file = export([entry("1", &one), entry("2", &two)], &frame);
    let calendar = read(file.as_bytes()).unwrap();
    assert_eq!(
        (calendar.name.as_deref(), calendar.method.as_deref()),
        (Some("Sessions, all"), Some("PUBLISH"))
    );
    assert_eq!(calendar.items.iter().map(|i| i.uid.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(file.matches("BEGIN:VTIMEZONE").count(), 1);
}

#[test]
fn nothing_in_an_event_begins_a_line_of_its_own() {
    let evil = "x\r\nEND:VEVENT\nBEGIN:VEVENT\rATTENDEE:mailto:y\u{85}\u{b}z";
    let mut view = coaching();
    (view.title, view.description, view.location, view.conference) =
        (evil.into(), evil.into(), evil.into(), evil.into());
    view.organiser = Some(Organiser { address: Address::from(evil), name: evil.into() });
    view.attendees = vec![Attendee {
        address: Address::from(evil),
        name: evil.into(),
        answer: Answer::Awaited,
        role: Role::Required,
    }];
    view.attachments = vec![Attachment { url: evil.into(), title: evil.into() }];
    let entry = Entry { marks: &[("X-MARK", evil)], ..entry(evil, &view) };
    let frame = Frame {
        product: evil,
        method: Some(evil),
        name: Some(evil),
        refresh_minutes: Some(15),
        scheduling: Scheduling::Server,
        owner: Some(evil),
    };
    let file = write_new(&entry, &frame);
    assert!(!file.replace("\r\n", "").contains(|c: char| c.is_control()));
    let begins = |with: &str| file.split("\r\n").filter(|line| line.starts_with(with)).count();
    assert_eq!((begins("BEGIN:VEVENT"), begins("END:VEVENT"), begins("ATTENDEE")), (1, 1, 1));
    assert_eq!(read(file.as_bytes()).unwrap().items.len(), 1);
}

#[test]
fn bm_132_to_136_any_text_at_any_place_of_a_fold_survives() {
    for padding in 1..80 {
        let mut view = coaching();
        view.title = format!("{}🏋️e\u{301}漢", "a".repeat(padding));
        view.description = format!("{}\n{}", "b".repeat(padding), "é🏋️".repeat(padding));
        let file = write_new(&entry("1", &view), &Frame::new("x"));
        assert!(file.split("\r\n").all(|line| line.len() <= 75));
        assert_eq!(read(file.as_bytes()).unwrap().items[0].view.as_ref().unwrap(), &view);
    }
}

#[test]
fn bm_138_a_megabyte_in_one_field_survives() {
    let mut view = coaching();
    view.description = "ä,\n;".repeat(200_000).trim().to_owned();
    let file = write_new(&entry("1", &view), &Frame::new("x"));
    assert!(read(file.as_bytes()).unwrap().items[0].view.as_ref() == Ok(&view));
}

#[test]
fn guests_are_left_alone_by_servers_unless_they_are_to_invite() {
    let mut view = coaching();
    let guest = Address::from("lee@example.net");
    view.attendees =
        vec![Attendee { address: guest, name: String::new(), answer: Answer::Awaited, role: Role::Required }];
    let agents = |scheduling| {
        let frame = Frame { scheduling, ..Frame::new("x") };
        write_new(&entry("1", &view), &frame).replace("\r\n ", "").matches("SCHEDULE-AGENT=CLIENT").count()
    };
    assert_eq!((agents(Scheduling::Client), agents(Scheduling::Server)), (1, 0));
}

#[test]
fn an_event_at_the_ends_of_time_is_written_and_read() {
    for year in [1, 1601, 1970, 2038, 9998] {
        for zone in ["Europe/Berlin", "Africa/Casablanca", "UTC"] {
            let at = |hour| Moment::new(datetime(year, 6, 1, hour, 0, 0, 0), Zone::new(zone).unwrap());
            let view = View::new(Span::timed(at(9), at(10)).unwrap(), "A");
            let entry = Entry { stamp: Timestamp::UNIX_EPOCH, ..entry("1", &view) };
            let file = write_new(&entry, &Frame::new("x"));
            assert_eq!(read(file.as_bytes()).unwrap().items[0].view.as_ref(), Ok(&view), "{file}");
        }
    }
}
