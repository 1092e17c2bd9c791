//! Which events go to a calendar at all (PV-1).

use std::fmt;

use concord_model::event::Event;
use concord_model::link::{Filter, Keep, Rule, RuleField};
use concord_model::view::Status;
use concord_model::{Zone, recurrence};
use jiff::Timestamp;

use super::{Eyes, Lens};

/// Why an event must not exist in a calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhyNot {
    /// It was deleted here.
    Deleted,
    /// It was cancelled here.
    Cancelled,
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
        matches!(self, WhyNot::Deleted | WhyNot::Cancelled)
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WhyNot::Deleted => "it was deleted here",
            WhyNot::Cancelled => "it was cancelled here",
            WhyNot::Private => "it is private, and private events do not go to this calendar",
            WhyNot::SessionType => "its session type does not go to this calendar",
            WhyNot::Client => "its clients' events do not go to this calendar",
            WhyNot::Dates => "it is outside the dates that go to this calendar",
            WhyNot::NotConfirmed => "it is not confirmed, and only confirmed events go to this calendar",
            WhyNot::Rule => "a rule of this link keeps it out",
        })
    }
}

pub(super) fn refusal(lens: &Lens<'_>, event: &Event, _now: Timestamp) -> Option<WhyNot> {
    if event.deleted_at.is_some() {
        return Some(WhyNot::Deleted);
    }
    if lens.eyes == Eyes::Home {
        return None;
    }
    filtered(&lens.settings.filter, event, lens.zone)
}

fn filtered(filter: &Filter, event: &Event, zone: &Zone) -> Option<WhyNot> {
    let booking = &event.booking;
    if !filter.session_types.is_empty()
        && !booking.session_type.as_ref().is_some_and(|t| filter.session_types.contains(t))
    {
        return Some(WhyNot::SessionType);
    }
    if !filter.clients.is_empty() && !booking.clients.iter().any(|c| filter.clients.contains(c)) {
        return Some(WhyNot::Client);
    }
    if filter.only_confirmed && event.content.status != Status::Confirmed {
        return Some(WhyNot::NotConfirmed);
    }
    if filter.from_on.is_some() || filter.until_on.is_some() {
        let (starts, ends) = recurrence::first_and_last(&event.content.time, &event.content.overrides);
        let before = filter.from_on.is_some_and(|day| ends.is_some_and(|end| zone.wall(end).date() < day));
        let after = filter.until_on.is_some_and(|day| zone.wall(starts).date() > day);
        if before || after {
            return Some(WhyNot::Dates);
        }
    }
    filter.rules.iter().any(|rule| !keeps(rule, event)).then_some(WhyNot::Rule)
}

fn keeps(rule: &Rule, event: &Event) -> bool {
    let matches = |text: &str| matches(&rule.pattern.to_lowercase(), &text.to_lowercase());
    let found = match rule.field {
        RuleField::Title => matches(&event.content.title),
        RuleField::Description => matches(&event.content.description),
        RuleField::Location => matches(&event.content.location),
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
