//! Files as calendars write them, and what they mean.

use concord_ical::{Revision, read, rewrite};
use concord_model::View;
use concord_model::view::{Override, Value};
use expect_test::{Expect, expect_file};
use jiff::Timestamp;

/// Shows everything that was understood, and holds that nothing changes when nothing changed.
fn check(file: &[u8], expected: expect_test::ExpectFile) {
    let calendar = read(file).unwrap();
    let mut out =
        format!("name {:?}, method {:?}, zone {:?}\n", calendar.name, calendar.method, calendar.zone);
    for item in &calendar.items {
        out += &format!("\n{}, revision {}, modified {:?}\n", item.identity(), item.sequence, item.modified);
        match &item.view {
            Err(complaint) => out += &format!("held back: {complaint}\n"),
            Ok(view) => {
                out += &serde_json::to_string_pretty(view).unwrap();
                out.push('\n');
                let again = rewrite(&item.source, view, view, &Revision::at(Timestamp::UNIX_EPOCH));
                assert!(again == file);
            }
        }
    }
    for complaint in &calendar.complaints {
        out += &format!("\n{}: {complaint}\n", complaint.uid);
    }
    expected.assert_eq(&out);
}

macro_rules! fixtures {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            check(
                include_bytes!(concat!("../fixtures/", stringify!($name), ".ics")),
                expect_file![concat!("../fixtures/", stringify!($name), ".txt")],
            );
        }
    )*};
}

fixtures! { google apple outlook nextcloud thunderbird fastmail }

/// The events of a file, one line each, and its complaints.
fn told(lines: &str) -> String {
    let file = format!("BEGIN:VCALENDAR\n{}\nEND:VCALENDAR\n", lines.trim());
    let calendar = read(file.as_bytes()).unwrap();
    let items = calendar.items.iter().map(|item| match &item.view {
        Err(complaint) => format!("held back: {complaint}"),
        Ok(view) => line(view),
    });
    let odd = calendar.complaints.iter().map(|complaint| format!("({complaint})"));
    items.chain(odd).collect::<Vec<_>>().join("\n")
}

fn line(view: &View) -> String {
    let mut words = vec![view.time.span.to_string(), view.title.clone()];
    if let Some(recurrence) = &view.time.recurrence {
        words.extend(recurrence.rules.iter().map(ToString::to_string));
        words.extend(recurrence.added.iter().map(|key| format!("+{key}")));
    }
    words.extend(view.overrides.iter().map(|(key, change)| match change {
        Override::Cancelled => format!("-{key}"),
        Override::Changed(patch) => {
            format!("{key}={}", patch.values().map(value).collect::<Vec<_>>().join(", "))
        }
    }));
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

fn value(value: &Value) -> String {
    match value {
        Value::Time(time) => time.span.to_string(),
        Value::Title(title) => title.clone(),
        other => other.field().to_string(),
    }
}

/// What the lines of one event mean.
fn check_event(lines: &str, expected: Expect) {
    expected.assert_eq(&told(&format!("BEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT")));
}

#[test]
fn bm_126_guests_that_are_there_twice_or_have_no_address_stop_nothing() {
    let file = |guests: &[&str]| {
        let lines: String = guests.iter().map(|guest| format!("ATTENDEE{guest}\r\n")).collect();
        format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261124T100000Z\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    };
    let event = |guests: &[&str]| {
        let view = read(file(guests).as_bytes()).unwrap().items.remove(0).view.unwrap();
        view.attendees.iter().map(|guest| guest.address.as_str().to_owned()).collect::<Vec<_>>()
    };
    let lee = ";PARTSTAT=ACCEPTED:mailto:lee@example.net";
    assert_eq!(event(&[lee, lee, ":MAILTO:LEE@example.net"]), ["lee@example.net"]);
    assert_eq!(event(&[lee, ":", ":mailto:", ";CN=x:  "]), ["lee@example.net"]);
    assert_eq!(
        event(&[":urn:uuid:1", ";CUTYPE=GROUP:mailto:all@example.net"]),
        ["all@example.net", "urn:uuid:1"]
    );
    assert_eq!(event(&[";EMAIL=kim@example.net:/principals/7"]), ["kim@example.net"]);
    // Whom nobody knows is not taken away either.
    let found = read(file(&[lee, ":mailto:"]).as_bytes()).unwrap().items.remove(0);
    let before = found.view.unwrap();
    let after = View { attendees: Vec::new(), ..before.clone() };
    let out =
        String::from_utf8(rewrite(&found.source, &before, &after, &Revision::at(Timestamp::UNIX_EPOCH)))
            .unwrap();
    assert!(out.contains("ATTENDEE:mailto:\r\n") && !out.contains("lee"), "{out}");
}

mod times {
    use super::*;
    use expect_test::expect;

    #[test]
    fn bm_063_a_day_is_a_day_however_it_ends() {
        let one = || expect!["2026-10-21"];
        check_event("DTSTART;VALUE=DATE:20261021", one());
        check_event("DTSTART;VALUE=DATE:20261021\nDTEND;VALUE=DATE:20261021", one());
        check_event("DTSTART;VALUE=DATE:20261021\nDTEND;VALUE=DATE:20261022", one());
        check_event("DTSTART:20261021\nDURATION:P1D", one());
        check_event("DTSTART:20261021\nDURATION:PT24H", one());
        check_event(
            "DTSTART;VALUE=DATE:20261021\nDTEND;VALUE=DATE:20261024",
            expect!["2026-10-21–2026-10-23"],
        );
    }

    #[test]
    fn days_of_a_duration_are_days_and_hours_are_exact() {
        // Clocks are set back on the 25th: that day has 25 hours.
        check_event(
            "DTSTART;TZID=Europe/Berlin:20261024T120000\nDURATION:P1D",
            expect!["2026-10-24 12:00–2026-10-25 12:00 Europe/Berlin"],
        );
        check_event(
            "DTSTART;TZID=Europe/Berlin:20261024T120000\nDURATION:PT24H",
            expect!["2026-10-24 12:00–2026-10-25 11:00 Europe/Berlin"],
        );
    }

    #[test]
    fn bm_071_odd_times_are_repaired_or_held_back() {
        check_event(
            "DTSTART:20261021T090000Z\nDTEND:20261021T080000Z",
            expect!["held back: the event ends before it starts"],
        );
        check_event(
            "DTSTART:20261021T090000Z\nDURATION:-PT1H",
            expect!["held back: the event ends before it starts"],
        );
        check_event(
            "DTSTART:20261021T090000Z\nDURATION:P9999999999W",
            expect!["held back: DURATION is not a length that an event can have"],
        );
        check_event(
            "DTSTART:00000101T000000Z",
            expect!["held back: DTSTART is not a date or time that exists"],
        );
        check_event(
            "DTSTART:99991231T235959Z\nDURATION:P1D",
            expect!["held back: DURATION is not a length that an event can have"],
        );
        check_event(
            "DTSTART:16010101T000000Z\nDTEND:16010101T010000Z",
            expect!["1601-01-01 00:00–01:00 UTC"],
        );
        check_event("SUMMARY:No start", expect!["held back: the event has no DTSTART"]);
        check_event(
            "DTSTART:20261021T090000\nDTEND:20261021T100000Z",
            expect!["held back: the event starts in no zone and ends in one"],
        );
        check_event(
            "DTSTART;TZID=Europe/Berlin:20261021T090000\nDTEND:20261021T100000",
            expect!["2026-10-21 09:00–10:00 Europe/Berlin"],
        );
        check_event(
            "DTSTART;VALUE=DATE:20261021\nDTEND:20261022T120000Z",
            expect![[r#"
            2026-10-21–2026-10-22
            (one of start and end is a date and the other a time; both were read as what the start is)"#]],
        );
        check_event(
            "DTSTART;TZID=Europe/Berlin:20261021T090000\nDTEND;VALUE=DATE:20261022",
            expect![[r#"
                2026-10-21 09:00–2026-10-22 00:00 Europe/Berlin
                (one of start and end is a date and the other a time; both were read as what the start is)"#]],
        );
    }

    #[test]
    fn bm_068_floating_is_not_utc() {
        check_event(
            "DTSTART:20261021T090000\nDTEND:20261021T100000",
            expect!["2026-10-21 09:00–2026-10-21 10:00"],
        );
        check_event(
            "DTSTART:20261021T090000Z\nDTEND:20261021T100000Z",
            expect!["2026-10-21 09:00–10:00 UTC"],
        );
    }

    #[test]
    fn bm_068_names_are_known_without_a_definition_or_held_back() {
        let at = |zone: &str| {
            told(&format!("BEGIN:VEVENT\nUID:1\nDTSTART;TZID={zone}:20260710T140000\nEND:VEVENT"))
        };
        expect!["2026-07-10 14:00–14:00 Europe/Berlin"].assert_eq(&at("W. Europe Standard Time"));
        expect!["2026-07-10 14:00–14:00 Europe/Berlin"]
            .assert_eq(&at("/freeassociation.sourceforge.net/Europe/Berlin"));
        expect![[r#"held back: the time zone "Customized Time Zone" is not known, and nothing in the file says what it is"#]].assert_eq(&at("Customized Time Zone"));
    }

    #[test]
    fn a_bare_name_means_what_its_definition_does() {
        let file = |offset: &str| {
            told(&format!(
                "BEGIN:VTIMEZONE\nTZID:EST\nBEGIN:STANDARD\nDTSTART:20071104T020000\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\n\
                 TZOFFSETFROM:-0400\nTZOFFSETTO:-0500\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20070311T020000\n\
                 RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\nTZOFFSETFROM:-0500\nTZOFFSETTO:{offset}\nEND:DAYLIGHT\nEND:VTIMEZONE\n\
                 BEGIN:VEVENT\nUID:1\nDTSTART;TZID=EST:20260710T140000\nEND:VEVENT"
            ))
        };
        expect!["2026-07-10 14:00–14:00 America/New_York"].assert_eq(&file("-0400"));
        expect![[r#"held back: the time zone "EST" is not known, and nothing in the file says what it is"#]]
            .assert_eq(&file("-0430"));
    }
}

mod series {
    use super::*;
    use expect_test::expect;

    /// What a weekly series of Berlin means with these lines added, and one changed occurrence of that name.
    fn check_changed(id: &str, expected: Expect) {
        let series = "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Berlin:20261021T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\nSUMMARY:A\nEND:VEVENT";
        let changed = format!(
            "BEGIN:VEVENT\nUID:1\n{id}\nDTSTART;TZID=Europe/Berlin:20261028T090000\nDURATION:PT1H\nSUMMARY:B\nEND:VEVENT"
        );
        expected.assert_eq(&told(&format!("{changed}\n{series}")));
    }

    #[test]
    fn bm_047_an_occurrence_has_one_name_however_it_is_told() {
        let one = || expect!["2026-10-21 09:00–10:00 Europe/Berlin A FREQ=WEEKLY 20261028T090000=B"];
        check_changed("RECURRENCE-ID;TZID=Europe/Berlin:20261028T090000", one());
        check_changed("RECURRENCE-ID:20261028T080000Z", one());
        check_changed("RECURRENCE-ID;TZID=America/New_York:20261028T040000", one());
        check_changed("RECURRENCE-ID:20261028T090000", one());
        check_changed("RECURRENCE-ID;VALUE=DATE:20261028", one());
        check_changed("RECURRENCE-ID;TZID=W. Europe Standard Time:20261028T090000", one());
    }

    #[test]
    fn an_occurrence_that_the_clocks_skip_keeps_its_name() {
        let skipped = |id: &str| {
            told(&format!(
                "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Berlin:20270327T023000\nRRULE:FREQ=DAILY\nEND:VEVENT\n\
                 BEGIN:VEVENT\nUID:1\n{id}\nDTSTART;TZID=Europe/Berlin:20270328T120000\nEND:VEVENT"
            ))
        };
        assert_eq!(
            skipped("RECURRENCE-ID:20270328T013000Z"),
            skipped("RECURRENCE-ID;TZID=Europe/Berlin:20270328T023000")
        );
    }

    #[test]
    fn what_cannot_be_one_occurrence_complains() {
        check_changed(
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20261028T080000Z",
            expect![[r#"
            2026-10-21 09:00–10:00 Europe/Berlin A FREQ=WEEKLY 20261028T090000=B
            (a changed occurrence claims all that follow (RANGE=THISANDFUTURE); only the one was read as changed)"#]],
        );
        check_changed(
            "RECURRENCE-ID;TZID=Nowhere:20261028T080000",
            expect![[
                r#"held back: the time zone "Nowhere" is not known, and nothing in the file says what it is"#
            ]],
        );
        check_changed(
            "RECURRENCE-ID:someday",
            expect!["held back: RECURRENCE-ID is not a date or time that exists"],
        );
    }

    #[test]
    fn occurrences_without_their_series_are_events() {
        expect![[r#"
            2026-10-28 09:00–09:00 UTC
            2026-11-04 09:00–09:00 UTC"#]]
        .assert_eq(&told(
            "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20261028T080000Z\nDTSTART:20261028T090000Z\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20261104T080000Z\nDTSTART:20261104T090000Z\nEND:VEVENT",
        ));
        let file = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20261028T080000Z\nDTSTART:20261028T090000Z\n\
                    END:VEVENT\nEND:VCALENDAR\n";
        assert_eq!(read(file.as_bytes()).unwrap().items[0].identity(), "1/20261028T080000");
    }

    #[test]
    fn bm_054_every_way_to_repeat_is_read_or_held_back_alone() {
        check_event(
            "DTSTART:20261021T090000Z\nRDATE:20261022T090000Z\nEXDATE:20261021T090000Z",
            expect!["2026-10-21 09:00–09:00 UTC +20261022T090000 -20261021T090000"],
        );
        check_event(
            "DTSTART:20261021\nRDATE;VALUE=DATE:20261022,20261023\nEXDATE;VALUE=DATE:20261022",
            expect!["2026-10-21 +20261022 +20261023 -20261022"],
        );
        check_event(
            "DTSTART:20261021T090000Z\nRRULE:FREQ=DAILY;COUNT=5\nEXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2",
            expect!["2026-10-21 09:00–09:00 UTC FREQ=DAILY;COUNT=5 -20261021T090000 -20261023T090000"],
        );
        check_event(
            "DTSTART:20261021T090000Z\nRRULE:FREQ=DAILY;RSCALE=CHINESE",
            expect!["held back: the recurrence rule is not usable: RSCALE is not known"],
        );
        check_event(
            "DTSTART:20261021T090000Z\nRRULE:FREQ=DAILY\nEXDATE:oops",
            expect![[r#"
            2026-10-21 09:00–09:00 UTC FREQ=DAILY
            (a date in EXDATE cannot be read and was left out)"#]],
        );
    }

    #[test]
    fn bm_051_all_three_forms_of_until_are_one() {
        let until = |until: &str| {
            told(&format!(
                "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Berlin:20261021T090000\nRRULE:FREQ=DAILY;UNTIL={until}\nEND:VEVENT"
            ))
        };
        assert_eq!(until("20261025T080000Z"), until("20261025T090000"));
        expect!["2026-10-21 09:00–09:00 Europe/Berlin FREQ=DAILY;UNTIL=20261025T235959"]
            .assert_eq(&until("20261025"));
    }

    #[test]
    fn bm_153_hostile_rules_are_held_back() {
        for rule in [
            "FREQ=DAILY;COUNT=1000000000",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=SECONDLY",
            "FREQ=MONTHLY;BYDAY=0MO",
        ] {
            let told =
                told(&format!("BEGIN:VEVENT\nUID:1\nDTSTART:20261021T090000Z\nRRULE:{rule}\nEND:VEVENT"));
            assert!(told.starts_with("held back: the recurrence rule is not usable"), "{told}");
        }
    }
}

mod odd {
    use super::*;
    use expect_test::expect;

    #[test]
    fn bm_150_one_bad_event_complains_alone() {
        expect![[r#"
            2026-10-21 A
            held back: DTSTART is not a date or time that exists
            held back: the event has no END:VEVENT
            2026-10-23 D"#]]
        .assert_eq(&told(
            "BEGIN:VEVENT\nUID:1\nDTSTART:20261021\nSUMMARY:A\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:2\nDTSTART:yesterday\nSUMMARY:B\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:3\nDTSTART:20261022\nSUMMARY:C\n\
             BEGIN:VEVENT\nUID:4\nDTSTART:20261023\nSUMMARY:D\nEND:VEVENT",
        ));
    }

    #[test]
    fn a_bad_line_costs_the_line() {
        check_event(
            "DTSTART:20261021\nX-APPLE-STRUCTURED-LOCATION;X-TITLE=\"Main\nStreet 5\n\":geo:1,2\nSUMMARY:A",
            expect!["2026-10-21 A"],
        );
    }

    #[test]
    fn events_without_uid_have_the_same_name_next_time() {
        let file = |first: &str| {
            let event =
                |title: &str| format!("BEGIN:VEVENT\nDTSTART:20261021\nSUMMARY:{title}\nEND:VEVENT\n");
            let file =
                format!("BEGIN:VCALENDAR\n{first}{}{}{}END:VCALENDAR\n", event("A"), event("B"), event("B"));
            let calendar = read(file.as_bytes()).unwrap();
            calendar.items.iter().map(|i| (i.uid_made_up, i.identity())).collect::<Vec<_>>()
        };
        let (now, next) = (file(""), file("BEGIN:VEVENT\nUID:new\nDTSTART:20261020\nEND:VEVENT\n"));
        assert_eq!(now[..], next[1..]);
        assert!(now.iter().all(|(made_up, _)| *made_up));
        assert_eq!(now.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    }

    #[test]
    fn events_that_share_a_uid_are_told_apart_and_copies_are_one() {
        expect![[r#"
            2026-10-21 New
            2026-10-22 Other
            (the event is in the file more than once; the latest was read)"#]]
        .assert_eq(&told(
            "BEGIN:VEVENT\nUID:1\nDTSTART:20261021\nSUMMARY:Old\nSEQUENCE:1\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:1\nDTSTART:20261021\nSUMMARY:New\nSEQUENCE:2\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:1\nDTSTART:20261022\nSUMMARY:Other\nEND:VEVENT",
        ));
    }

    #[test]
    fn several_calendars_in_one_stream_are_one() {
        let file = "\u{feff}BEGIN:VCALENDAR\nX-WR-CALNAME:First\nBEGIN:VEVENT\nUID:1\nDTSTART:20261021\nEND:VEVENT\nEND:VCALENDAR\n\n\
                    BEGIN:VCALENDAR\nX-WR-CALNAME:Second\nBEGIN:VEVENT\nUID:2\nDTSTART:20261021\nEND:VEVENT\nEND:VCALENDAR\n";
        let calendar = read(file.as_bytes()).unwrap();
        assert_eq!((calendar.name.as_deref(), calendar.items.len()), (Some("First"), 2));
    }
}
