//! Which events go to a calendar at all (PV-1).

use std::fmt;

use concord_model::event::Event;
use concord_model::link::{Filter, Keep, Rule, RuleField};
use concord_model::view::{Override, Status, Value};
use concord_model::{Field, OccurrenceKey, Span, View, Zone, recurrence};
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use super::{Eyes, Lens};

/// Why an event must not exist in a calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhyNot {
    /// It was deleted here.
    Deleted,
    /// It was cancelled here.
    Cancelled,
    /// Its series has no such occurrence any more.
    NoOccurrence,
    /// It is a series, and this calendar holds the occurrences one by one.
    Series,
    /// It is private, and private events do not go there.
    Private,
    /// It is not of a type that goes there.
    SessionType,
    /// It is with none of the clients whose events go there.
    Client,
    /// It is outside the dates that go there.
    Dates,
    /// It is not confirmed.
    NotConfirmed,
    /// A rule of the link's keeps it out.
    Rule,
}

impl WhyNot {
    /// Whether a person ended it, rather than a setting hiding it.
    pub fn is_end(self) -> bool {
        matches!(self, WhyNot::Deleted | WhyNot::Cancelled | WhyNot::NoOccurrence)
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WhyNot::Deleted => "it was deleted here",
            WhyNot::Cancelled => "it was cancelled here",
            WhyNot::NoOccurrence => "its series no longer has this occurrence",
            WhyNot::Series => "it repeats, and this calendar holds its occurrences one by one",
            WhyNot::Private => "it is private, and private events do not go to this calendar",
            WhyNot::SessionType => "its session type does not go to this calendar",
            WhyNot::Client => "its clients' events do not go to this calendar",
            WhyNot::Dates => "it is outside the dates that go to this calendar",
            WhyNot::NotConfirmed => "it is not confirmed, and only confirmed events go to this calendar",
            WhyNot::Rule => "a rule of this link keeps it out",
        })
    }
}

/// Why the link's filter keeps it out, if it does. `view` is the event, or the occurrence in question.
pub(super) fn refusal(lens: &Lens<'_>, event: &Event, view: &View) -> Option<WhyNot> {
    // Settings never hide an original from the calendar it came in by (`rules.md` 3).
    if lens.eyes == Eyes::Home {
        return None;
    }
    filtered(&lens.settings.filter, event, view, lens.zone)
}

fn filtered(filter: &Filter, event: &Event, view: &View, zone: &Zone) -> Option<WhyNot> {
    let booking = &event.booking;
    if !filter.session_types.is_empty()
        && !booking.session_type.as_ref().is_some_and(|t| filter.session_types.contains(t))
    {
        return Some(WhyNot::SessionType);
    }
    if !filter.clients.is_empty() && !booking.clients.iter().any(|c| filter.clients.contains(c)) {
        return Some(WhyNot::Client);
    }
    if filter.only_confirmed && view.status != Status::Confirmed {
        return Some(WhyNot::NotConfirmed);
    }
    if filter.from_on.is_some() || filter.until_on.is_some() {
        let (first, last) = days(view, zone);
        let before = filter.from_on.is_some_and(|day| last.is_some_and(|last| last < day));
        let after = filter.until_on.is_some_and(|day| first > day);
        if before || after {
            return Some(WhyNot::Dates);
        }
    }
    filter.rules.iter().any(|rule| !keeps(rule, event, view)).then_some(WhyNot::Rule)
}

/// The first and the last day on which something of it takes place; no last one where there is no end. Dates and
/// floating times are days by themselves, whatever the zone (I-23); the last day of a series of those may be told up
/// to two days late.
fn days(view: &View, zone: &Zone) -> (Date, Option<Date>) {
    let (first, last) = span_days(&view.time.span, zone);
    let Some(recurrence) = &view.time.recurrence else { return (first, Some(last)) };
    let own = view.overrides.values().filter_map(|change| match change {
        Override::Changed(patch) => match patch.get(&Field::Time)? {
            Value::Time(time) => Some(span_days(&time.span, zone).0),
            _ => None,
        },
        Override::Cancelled => None,
    });
    let first = own.chain(recurrence.added.first().map(OccurrenceKey::date)).fold(first, Date::min);
    let (_, ends) = recurrence::first_and_last(&view.time, &view.overrides);
    let before = |end: Timestamp| end.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(end);
    (first, ends.map(|end| zone.wall(before(end)).date().max(last)))
}

fn span_days(span: &Span, zone: &Zone) -> (Date, Date) {
    let last = |start: DateTime, end: DateTime| {
        if end > start { end.saturating_sub(SignedDuration::from_nanos(1)).date() } else { start.date() }
    };
    match span {
        Span::AllDay(d) => (d.start(), d.end().yesterday().unwrap_or(d.start())),
        Span::Floating(f) => (f.start().date(), last(f.start(), f.end())),
        Span::Timed(t) => {
            let (start, end) = (zone.wall(t.start().instant()), zone.wall(t.end().instant()));
            (start.date(), last(start, end))
        }
    }
}

fn keeps(rule: &Rule, event: &Event, view: &View) -> bool {
    let matches = |text: &str| matches(&rule.pattern.to_lowercase(), &text.to_lowercase());
    let found = match rule.field {
        RuleField::Title => matches(&view.title),
        RuleField::Description => matches(&view.description),
        RuleField::Location => matches(&view.location),
        RuleField::SessionType => event.booking.session_type.as_deref().is_some_and(matches),
        RuleField::Tag => event.booking.tags.iter().any(|t| matches(t)),
    };
    found == (rule.keep == Keep::Matching)
}

/// Whether the pieces of the pattern, which `*` parts, occur in the text one after the other.
fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    pattern.split('*').all(|piece| match rest.find(piece) {
        Some(at) => {
            rest = &rest[at + piece.len()..];
            true
        }
        None => false,
    })
}
