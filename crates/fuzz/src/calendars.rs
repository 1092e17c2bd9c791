//! iCalendar: the lines, and the files made of them.

use concord_ical::component::Tree;
use concord_ical::lines::{self, Content};
use concord_ical::{Entry, Frame, Revision, read, rewrite, values, write_new, zones};
use concord_model::{View, text};
use jiff::Timestamp;

pub(crate) const WORDS: &[&str] = &[
    "BEGIN:VCALENDAR\r\n",
    "END:VCALENDAR\r\n",
    "BEGIN:VEVENT\r\n",
    "END:VEVENT\r\n",
    "BEGIN:VTIMEZONE\r\n",
    "END:VTIMEZONE\r\n",
    "BEGIN:STANDARD\r\n",
    "END:STANDARD\r\n",
    "BEGIN:VALARM\r\n",
    "END:VALARM\r\n",
    "DTSTART:20261124T100000Z\r\n",
    "DTSTART;VALUE=DATE:20261124\r\n",
    "DTSTART;TZID=Europe/Berlin:20261025T023000\r\n",
    "DTEND;TZID=Nowhere:20260101T000000\r\n",
    "DURATION:-P1W\r\n",
    "DURATION:P999999999W\r\n",
    "RRULE:FREQ=DAILY;COUNT=3\r\n",
    "RRULE:FREQ=WEEKLY;UNTIL=20261231\r\n",
    "EXDATE:20261124T100000Z\r\n",
    "RDATE;VALUE=PERIOD:20260101T000000Z/PT1H\r\n",
    "RECURRENCE-ID:20261125T100000Z\r\n",
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20261126T100000Z\r\n",
    "UID:2\r\n",
    "SUMMARY:a\\, b\\n\r\n",
    "SUMMARY;LANGUAGE=de:ü\r\n",
    "TZOFFSETTO:+9999\r\n",
    "TRIGGER:-PT15M\r\n",
    "ATTENDEE;CN=\"a:b\":mailto:lee@example.net\r\n",
    "X-FUZZ;A=\"b;c\":1\\,2\r\n",
    "STATUS:CANCELLED\r\n",
    "TRANSP:TRANSPARENT\r\n",
    "CLASS:CONFIDENTIAL\r\n",
    "SEQUENCE:-1\r\n",
    "\r\n ",
    "\n\t",
    "\r",
    "\u{feff}",
    "\\n",
    "\\",
    "\"",
    "é☕",
    "^n",
    "^'",
    "\0",
];

/// Lines lie side by side without a gap, and what is taken apart and put together again is what it was.
pub(crate) fn lines(data: &[u8]) {
    let mut end = 0;
    for range in lines::logical(data) {
        assert!(range.start == end && range.end > end, "{range:?} after {end}");
        end = range.end;
        let told = lines::text(&data[range]);
        let mut folded = Vec::new();
        lines::fold(&told, "\r\n", &mut folded);
        for line in folded.split(|byte| *byte == b'\n') {
            assert!(line.strip_suffix(b"\r").unwrap_or(line).len() <= lines::WIDTH);
            assert!(std::str::from_utf8(line).is_ok(), "folded inside a character");
        }
        assert_eq!(lines::text(&folded), told);
        values_of(&told);
        if let Some(content) = Content::parse(told.clone()) {
            values_of(content.value());
            let again = content.with(&[], content.value());
            let again = Content::parse(again.into()).expect("what was put together can be taken apart");
            // Nothing that is put into a line can begin another one: what could is left out.
            let value: String = content.value().chars().filter(|c| !c.is_control() || *c == '\t').collect();
            assert_eq!((again.name(), again.value()), (content.name(), &*value));
        }
    }
    assert_eq!(end, data.len());
    if let Ok(tree) = Tree::parse(data) {
        assert_eq!(tree.write(), data);
    }
}

fn values_of(value: &str) {
    let clean = text::normal(&values::unescape(value));
    assert_eq!(values::unescape(&values::escape(&clean)), clean);
    if let Some(length) = values::Length::parse(value) {
        let _ = (length.total_seconds(), length.whole_days(), length.exact());
    }
    if let Some(when) = values::When::parse(value) {
        let _ = when.date();
    }
    let _ = (values::offset(value), zones::named(value));
}

/// A file is given back as it came when nothing changed; when something did, it reads as what was asked for, and what
/// nobody here knows stays in it.
pub(crate) fn calendars(data: &[u8]) {
    let Ok(calendar) = read(data) else { return };
    let plain = calendar.complaints.is_empty() && calendar.items.len() == 1;
    let revision = Revision::at(Timestamp::UNIX_EPOCH);
    for item in &calendar.items {
        assert_eq!(item.source.file(), data);
        let _ = (item.identity(), item.source.without(), item.source.is_scheduled());
        let Ok(view) = &item.view else { continue };
        assert_eq!(rewrite(&item.source, view, view, &revision), data);
        let other = View {
            title: format!("{}, changed", view.title),
            location: "Studio B, \\upstairs;".to_owned(),
            description: "Bring:\n- water".to_owned(),
            ..view.clone()
        };
        let out = rewrite(&item.source, view, &other, &revision);
        let again = read(&out).expect("what was rewritten can be read");
        for kept in unknown(data) {
            assert!(unknown(&out).any(|line| line == kept), "a line that nobody knows is gone");
        }
        if plain {
            assert_eq!(again.items[0].view.as_ref(), Ok(&other));
        }
        written(view);
    }
}

/// Lines that mean nothing to anybody.
fn unknown(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let whole = lines::logical(file).map(|range| &file[range]);
    whole.filter(|line| line.starts_with(b"X-FUZZ") && line.ends_with(b"\n"))
}

/// A file of our own reads as what was written into it, from the second time on exactly.
fn written(view: &View) {
    let write = |view: &View| {
        let entry =
            Entry { uid: "1@example.org", view, stamp: Timestamp::UNIX_EPOCH, sequence: 0, marks: &[] };
        write_new(&entry, &Frame::new("-//Fuzz//EN"))
    };
    let first = write(view);
    let read_back = |file: &str| read(file.as_bytes()).expect("our own file").items.remove(0).view;
    let Ok(once) = read_back(&first) else { panic!("our own file cannot be read:\n{first}") };
    let second = write(&once);
    assert_eq!(read_back(&second).as_ref(), Ok(&once), "{first}\n became \n{second}");
}
