//! What the values of this crate promise, seen from outside.
#![expect(clippy::unwrap_used, reason = "in a test, a failure is the message")]

mod edits;
mod hostile;
mod laws;
mod oracle;
mod original;
mod rules;
mod series;

use concord_model::recurrence::Recurrence;
use concord_model::view::{Override, Timing, View};
use concord_model::{Moment, OccurrenceKey, Span, Zone};
use jiff::Timestamp;

fn zone(name: &str) -> Zone {
    Zone::new(name).unwrap()
}

fn key(text: &str) -> OccurrenceKey {
    text.parse().unwrap()
}

/// A span of one zone, from basic iCalendar text.
fn timed(start: &str, end: &str, name: &str) -> Span {
    let (OccurrenceKey::Time(start), OccurrenceKey::Time(end)) = (key(start), key(end)) else {
        panic!("times")
    };
    Span::timed(Moment::new(start, zone(name)), Moment::new(end, zone(name))).unwrap()
}

fn floating(start: &str, end: &str) -> Span {
    let (OccurrenceKey::Time(start), OccurrenceKey::Time(end)) = (key(start), key(end)) else {
        panic!("times")
    };
    Span::floating(start, end).unwrap()
}

fn days(start: &str, end: &str) -> Span {
    let (OccurrenceKey::Date(start), OccurrenceKey::Date(end)) = (key(start), key(end)) else {
        panic!("dates")
    };
    Span::days(start, end).unwrap()
}

/// A series from its span and recurrence lines, with a title.
fn series(span: Span, lines: &[&str]) -> View {
    let (recurrence, removed) = Recurrence::parse(lines, &span).unwrap();
    let mut view = View::new(Timing { span, recurrence: Some(recurrence) }, "Training");
    view.overrides = removed.into_iter().map(|key| (key, Override::Cancelled)).collect();
    view
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}
