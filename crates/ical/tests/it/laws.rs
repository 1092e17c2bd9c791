//! What holds for every event.

use concord_ical::{Found, Revision, read, rewrite};
use concord_model::recurrence::{Recurrence, plausible};
use concord_model::view::{Override, Status, Value};
use concord_model::{Field, OccurrenceKey, View};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::views::{view, written};

fn only(file: &[u8]) -> Found {
    let mut calendar = read(file).unwrap();
    assert_eq!(calendar.complaints, []);
    assert_eq!(calendar.items.len(), 1);
    calendar.items.remove(0)
}

fn revision() -> Revision<'static> {
    Revision { raise_sequence: true, ..Revision::at(Timestamp::from_second(1_800_000_000).unwrap()) }
}

/// A file as somebody else writes it: with things in it that nobody here knows.
fn foreign(view: &View) -> String {
    let file = written(view);
    let file = file
        .replace("END:VEVENT", "X-APPLE-TRAVEL-START;X=\"a:b\":1\\,2\r\nCATEGORIES:A\\,B,C\r\nEND:VEVENT");
    let alarm =
        "BEGIN:VALARM\r\nTRIGGER;VALUE=DATE-TIME:20260101T000000Z\r\nACTION:DISPLAY\r\nEND:VALARM\r\n";
    let file = file.replace("END:VEVENT", &format!("{alarm}END:VEVENT"));
    file.replace("END:VCALENDAR", "BEGIN:VTODO\r\nUID:2\r\nEND:VTODO\r\nEND:VCALENDAR")
}

/// The same, where an occurrence that says something of its own has no date, though no rule makes it: as programs leave them
/// standing that change only the rule.
fn foreign_and_left_standing(view: &View) -> String {
    let mut left = view.clone();
    if let Some(recurrence) = &mut left.time.recurrence {
        let added = std::mem::take(&mut recurrence.added);
        let of_a_rule = plausible(&left.time, &added);
        let changed = |key: &OccurrenceKey| matches!(view.overrides.get(key), Some(Override::Changed(_)));
        let dates = added.into_iter().filter(|key| of_a_rule.contains(key) || !changed(key));
        left.time.recurrence = left.time.recurrence.map(|r| Recurrence { added: dates.collect(), ..r });
    }
    foreign(&left)
}

/// The same, where each occurrence that does not take place says so itself, as some programs do.
fn foreign_and_said_apart(view: &View) -> String {
    let mut apart = view.clone();
    let cancelled = Override::Changed([(Field::Status, Value::Status(Status::Cancelled))].into());
    // In a series that is called off whole it would say nothing.
    let says_something = view.status != Status::Cancelled;
    for change in
        apart.overrides.values_mut().filter(|change| **change == Override::Cancelled && says_something)
    {
        *change = cancelled.clone();
    }
    foreign(&apart)
}

proptest! {
    #[test]
    fn i_40_what_was_written_reads_as_itself(view in view()) {
        let file = written(&view);
        let found = only(file.as_bytes());
        prop_assert_eq!(found.view.as_ref().unwrap(), &view, "{}", file);
        prop_assert_eq!(found.identity(), "one@example.org");
        prop_assert_eq!(found.sequence, 3);
        prop_assert_eq!(found.source.property("X-MARK").unwrap(), "a;b");
    }

    #[test]
    fn bm_135_no_line_is_longer_than_75_octets(view in view()) {
        let file = written(&view);
        prop_assert!(file.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
    }

    #[test]
    fn an_event_that_did_not_change_keeps_every_byte(view in view()) {
        let file = foreign(&view);
        let found = only(file.as_bytes());
        let view = found.view.unwrap();
        prop_assert_eq!(rewrite(&found.source, &view, &view, &revision()), file.into_bytes());
    }

    #[test]
    fn i_40_a_rewritten_event_reads_as_what_was_asked_for(before in view(), after in view(), apart in any::<bool>()) {
        let file = if apart { foreign_and_said_apart(&before) } else { foreign(&before) };
        let found = only(file.as_bytes());
        prop_assert_eq!(found.view.as_ref().unwrap(), &before);
        let out = rewrite(&found.source, &before, &after, &revision());
        let again = only(&out);
        let text = String::from_utf8(out).unwrap();
        prop_assert_eq!(again.view.as_ref().unwrap(), &after, "{}\n became \n{}", file, text);
        for kept in ["X-APPLE-TRAVEL-START;X=\"a:b\":1\\,2", "CATEGORIES:A\\,B,C", "BEGIN:VTODO", "VALUE=DATE-TIME:20260101"] {
            prop_assert!(text.contains(kept), "{} is not in\n{}", kept, text);
        }
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75));
    }

    #[test]
    fn i_40_an_occurrence_that_no_rule_makes_takes_place(before in view(), after in view()) {
        let file = foreign_and_left_standing(&before);
        let found = only(file.as_bytes());
        prop_assert_eq!(found.view.as_ref().unwrap(), &before, "{}", file);
        prop_assert_eq!(rewrite(&found.source, &before, &before, &revision()), file.clone().into_bytes());
        let usual = View { overrides: [].into(), ..before.clone() };
        for after in [after, usual] {
            let text = String::from_utf8(rewrite(&found.source, &before, &after, &revision())).unwrap();
            prop_assert_eq!(only(text.as_bytes()).view.unwrap(), after, "{}\n became \n{}", file, text);
        }
    }

    #[test]
    fn an_occurrence_that_says_it_is_cancelled_keeps_every_byte_but_the_words_of_its_series(before in view(), other in view()) {
        let file = foreign_and_said_apart(&before);
        let found = only(file.as_bytes());
        prop_assert_eq!(found.view.as_ref().unwrap(), &before);
        let mut after = before.clone();
        after.take(Field::Location, &other);
        // What it says like its series goes with that; it has no place of its own to say.
        let follows = !before.location.is_empty();
        after.normalise();
        let text = String::from_utf8(rewrite(&found.source, &before, &after, &revision())).unwrap();
        prop_assert_eq!(only(text.as_bytes()).view.unwrap(), after.clone());
        let off = |file: &str| -> Vec<String> {
            let parts = file.split("BEGIN:VEVENT").skip(1).filter(|part| part.contains("RECURRENCE-ID"));
            parts.filter(|part| part.contains("STATUS:CANCELLED")).map(str::to_owned).collect()
        };
        if before.status != Status::Cancelled {
            let (was, is) = (off(&file), off(&text));
            prop_assert_eq!(was.len(), is.len());
            match follows && after.location != before.location {
                false => prop_assert_eq!(was, is),
                true => {
                    let same = |line: &&str| !["LOCATION", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", " "].iter().any(|name| line.starts_with(name));
                    let rest = |parts: &[String]| parts.concat().split("\r\n").filter(same).map(str::to_owned).collect::<Vec<_>>();
                    prop_assert_eq!(rest(&was), rest(&is));
                }
            }
        }
    }

    #[test]
    fn one_changed_field_changes_no_other_line(before in view(), other in view(), field in any::<prop::sample::Index>()) {
        let fields: Vec<_> = Field::ALL.iter().filter(|f| **f != Field::Time).collect();
        let field = *fields[field.index(fields.len())];
        let file = foreign(&before);
        let mut after = before.clone();
        after.take(field, &other);
        after.normalise();
        let found = only(file.as_bytes());
        let out = rewrite(&found.source, &before, &after, &revision());
        prop_assert_eq!(only(&out).view.unwrap(), after);
        let kept = ["DTSTART", "DTEND", "RRULE", "EXDATE", "UID", "X-", "CATEGORIES", "RECURRENCE-ID", "TZ", "PRODID"];
        let lines = |text: &str| -> Vec<String> {
            let unfolded = text.replace("\r\n ", "");
            unfolded.lines().filter(|l| kept.iter().any(|k| l.starts_with(k))).map(str::to_owned).collect()
        };
        prop_assert_eq!(lines(&file), lines(&String::from_utf8(out).unwrap()));
    }
}
