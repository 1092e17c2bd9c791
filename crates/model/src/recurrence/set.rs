//! The names of a series' occurrences: its start, what its rules produce, the added dates. Each once, and the start
//! always, also where no rule produces it.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::rule::Rule;
use super::walk::{Budget, TooMuch, Walk};
use super::{Recurrence, wall};
use crate::time::{OccurrenceKey, Span};
use crate::view::Timing;

/// A wall time as the kind of key that a series with that span has.
pub(super) fn key(series: &Span, wall: DateTime) -> OccurrenceKey {
    if series.is_all_day() { OccurrenceKey::Date(wall.date()) } else { OccurrenceKey::Time(wall) }
}

fn walk(rule: &Rule, series: &Span, from: DateTime) -> Walk {
    Walk::near(rule, wall(series.key()), series.is_all_day(), from)
}

/// The keys between two wall times, both included, but no more than `most`.
pub(super) fn keys_between(
    recurrence: &Recurrence,
    series: &Span,
    (low, high): (DateTime, DateTime),
    most: usize,
    budget: &mut Budget,
) -> Result<BTreeSet<OccurrenceKey>, TooMuch> {
    let within = |key: &OccurrenceKey| (low..=high).contains(&wall(*key));
    let mut keys: BTreeSet<_> = recurrence.added.iter().copied().filter(within).collect();
    keys.extend(Some(series.key()).filter(within));
    for rule in &recurrence.rules {
        let mut walk = walk(rule, series, low).up_to(high);
        while let Some(date) = walk.next(budget)? {
            keys.insert(key(series, date));
            if keys.len() > most {
                return Err(TooMuch);
            }
        }
    }
    Ok(keys)
}

/// All keys of a series that ends, but no more than `most`.
pub(super) fn all_keys(
    recurrence: &Recurrence,
    series: &Span,
    most: usize,
    budget: &mut Budget,
) -> Result<BTreeSet<OccurrenceKey>, TooMuch> {
    keys_between(recurrence, series, (DateTime::MIN, DateTime::MAX), most, budget)
}

/// Whether one rule produces that key.
pub(super) fn produces(
    rule: &Rule,
    series: &Span,
    key: OccurrenceKey,
    budget: &mut Budget,
) -> Result<bool, TooMuch> {
    if wall(key) < wall(series.key()) {
        return Ok(false);
    }
    Ok(walk(rule, series, wall(key)).up_to(wall(key)).next(budget)?.is_some())
}

/// How many dates one rule produces before that key.
pub(super) fn count_before(
    rule: &Rule,
    series: &Span,
    key: OccurrenceKey,
    budget: &mut Budget,
) -> Result<u32, TooMuch> {
    let mut walk = walk(rule, series, wall(series.key())).up_to(wall(key));
    let mut count = 0;
    while walk.next(budget)?.is_some_and(|date| date < wall(key)) {
        count += 1;
    }
    Ok(count)
}

/// The last date that one rule produces before that key.
pub(super) fn last_before(
    rule: &Rule,
    series: &Span,
    key: OccurrenceKey,
    budget: &mut Budget,
) -> Result<Option<DateTime>, TooMuch> {
    let (start, end) = (wall(series.key()), wall(key));
    // Looked for from ever further back, so that a series of centuries is not walked through.
    let mut back = SignedDuration::from_hours(24 * 16);
    loop {
        let from = end.saturating_sub(back).max(start);
        let mut walk = walk(rule, series, from).up_to(end);
        let mut last = None;
        while let Some(date) = walk.next(budget)?.filter(|date| *date < end) {
            last = Some(date);
        }
        if last.is_some() || from == start {
            return Ok(last);
        }
        back = back.saturating_mul(4);
    }
}

/// Whether a series has an occurrence of that name, wherever it was moved and whether or not it was cancelled.
///
/// A single event has one: itself.
pub fn occurs(timing: &Timing, key: OccurrenceKey) -> Result<bool, TooMuch> {
    occurs_within(timing, key, &mut Budget::new())
}

fn occurs_within(timing: &Timing, key: OccurrenceKey, budget: &mut Budget) -> Result<bool, TooMuch> {
    let span = &timing.span;
    if span.starting(key).is_none() {
        return Ok(false);
    }
    let Some(recurrence) = &timing.recurrence else { return Ok(key == span.key()) };
    if key == span.key() || recurrence.added.contains(&key) {
        return Ok(true);
    }
    for rule in &recurrence.rules {
        if produces(rule, span, key, budget)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Those among names that are names of occurrences of a series ([`occurs`]), found at the cost of one.
pub fn occurring(
    timing: &Timing,
    keys: impl IntoIterator<Item = OccurrenceKey>,
) -> Result<BTreeSet<OccurrenceKey>, TooMuch> {
    let of_its_kind = |key: &OccurrenceKey| matches!(key, OccurrenceKey::Date(_)) == timing.span.is_all_day();
    let mut keys: BTreeSet<_> = keys.into_iter().filter(of_its_kind).collect();
    let (Some(low), Some(high)) = (keys.first().map(|key| wall(*key)), keys.last().map(|key| wall(*key)))
    else {
        return Ok(keys);
    };
    let single = Recurrence::default();
    let recurrence = timing.recurrence.as_ref().unwrap_or(&single);
    let there = keys_between(recurrence, &timing.span, (low, high), usize::MAX, &mut Budget::new())?;
    keys.retain(|key| there.contains(key));
    Ok(keys)
}

/// The same, where what cannot be told with bounded work counts as one of the series'.
pub fn plausible(timing: &Timing, keys: &BTreeSet<OccurrenceKey>) -> BTreeSet<OccurrenceKey> {
    occurring(timing, keys.iter().copied()).unwrap_or_else(|TooMuch| {
        // Much lies between them: then each is looked for where it would be.
        let mut budget = Budget::new();
        let may_be = |key: &OccurrenceKey| occurs_within(timing, *key, &mut budget).unwrap_or(true);
        keys.iter().copied().filter(may_be).collect()
    })
}

/// Gives occurrences that a series does not have a date of their own among its added ones. What is told of an occurrence
/// takes place, also where the rule was given another rhythm since and the occurrence was left standing.
pub fn give_dates(timing: &mut Timing, keys: impl IntoIterator<Item = OccurrenceKey>) {
    let its_kind = |key: &OccurrenceKey| timing.span.starting(*key).is_some();
    let told: BTreeSet<OccurrenceKey> = keys.into_iter().filter(its_kind).collect();
    let had = plausible(timing, &told);
    if let Some(recurrence) = &mut timing.recurrence {
        recurrence.added.extend(told.difference(&had));
    }
}
