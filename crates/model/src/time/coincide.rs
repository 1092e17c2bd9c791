//! The same time told on different clocks: 09:00 in New York is 14:00 UTC, and a meeting entered once in each is one
//! meeting (`rules.md` 17).

use std::collections::BTreeMap;
use std::iter::once;

use jiff::Timestamp;

use super::{Span, Zone};
use crate::recurrence::first_and_last;
use crate::view::{Override, Timing, Value};

/// How many changes of its clock are looked at in each zone: fifty years of summer time. What two zones did alike for
/// so long they do for every series that people keep.
const CHANGES: usize = 100;

impl Zone {
    /// Whether its clocks show the same as those of another zone, from then until then.
    pub fn keeps_time_with(&self, other: &Zone, from: Timestamp, until: Option<Timestamp>) -> bool {
        let changes = |zone: &Zone| {
            let changes = zone.rules.following(from).take(CHANGES);
            changes.map(|change| change.timestamp()).collect::<Vec<_>>()
        };
        let alike = |at: Timestamp| self.rules.to_offset(at) == other.rules.to_offset(at);
        self == other
            || once(from)
                .chain(changes(self))
                .chain(changes(other))
                .filter(|at| until.is_none_or(|until| *at <= until))
                .all(alike)
    }
}

impl Span {
    /// Whether both begin and end together, in whatever zones they are told. Floating times and dates coincide only
    /// with themselves: they are no instants.
    pub fn coincides(&self, other: &Span) -> bool {
        match (self, other) {
            (Span::Timed(a), Span::Timed(b)) => {
                a.start.instant() == b.start.instant() && a.end.instant() == b.end.instant()
            }
            _ => self == other,
        }
    }
}

impl Timing {
    /// Whether both take place at the same times, in whatever zones they are told.
    ///
    /// Two series do only where their zones' clocks show the same for as long as they last: another rhythm of summer
    /// time would part them, and occurrences are named by the wall clock.
    pub fn coincides(&self, other: &Timing) -> bool {
        if !self.span.coincides(&other.span) || self.recurrence != other.recurrence {
            return false;
        }
        match (self.span.zone(), other.span.zone()) {
            (Some(a), Some(b)) if self.recurrence.is_some() && a != b => {
                let (from, until) = first_and_last(self, &BTreeMap::new());
                self.span.key() == other.span.key() && a.keeps_time_with(b, from, until)
            }
            _ => true,
        }
    }
}

impl Override {
    /// Whether both say the same of an occurrence, in whatever zones they tell its time.
    pub fn coincides(&self, other: &Override) -> bool {
        let same = |a: &Value, b: &Value| match (a, b) {
            (Value::Time(a), Value::Time(b)) => a.coincides(b),
            _ => a == b,
        };
        match (self, other) {
            (Override::Changed(a), Override::Changed(b)) => {
                a.len() == b.len() && a.iter().all(|(field, a)| b.get(field).is_some_and(|b| same(a, b)))
            }
            _ => self == other,
        }
    }
}
