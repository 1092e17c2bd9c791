//! Which occurrences a series has, and when.
//!
//! An occurrence belongs to a window if the time at which it takes place does: moved in from outside it is there,
//! moved out it is not (BM-043). A changed occurrence stands in the place of its original, never beside it (BM-047);
//! one whose original is no longer in the series still takes place. Cost goes with what the window holds, not with
//! how long ago the series began (BM-155), and ends in [`TooMuch`] where it would not end otherwise.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::walk::{Budget, TooMuch, Walk};
use super::{Recurrence, set, wall};
use crate::time::{OccurrenceKey, Span, Zone};
use crate::view::{Field, Override, Timing, Value};

/// The most occurrences that are worked out at once: a year of hours fits.
pub(super) const MOST_OCCURRENCES: usize = 10_000;

/// No wall clock is further than this from any other, whatever gap or fold lies between.
const CLOCKS_APART: SignedDuration = SignedDuration::from_hours(27);

/// One of the times at which something happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Occurrence {
    /// Its name: the original start.
    pub key: OccurrenceKey,
    /// When it takes place.
    pub span: Span,
    /// Whether it differs from its series.
    pub changed: bool,
}

/// Returns the occurrences that take place, at least in part, within a window, ordered by start. Floating times and
/// dates are read on the clock of `viewer`. A single event has one occurrence.
///
/// Something that lasts no time is in the window that begins with it, not in the one that ends there.
pub fn expand(
    timing: &Timing,
    overrides: &BTreeMap<OccurrenceKey, Override>,
    window: (Timestamp, Timestamp),
    viewer: &Zone,
) -> Result<Vec<Occurrence>, TooMuch> {
    let (from, to) = window;
    let overlaps = |span: &Span| {
        let (start, end) = (span.start_instant(viewer), span.end_instant(viewer));
        start < to && (end > from || start >= from)
    };
    let mut found = Vec::new();
    let Some(recurrence) = &timing.recurrence else {
        let one = Occurrence { key: timing.span.key(), span: timing.span.clone(), changed: false };
        found.extend(Some(one).filter(|one| overlaps(&one.span)));
        return Ok(found);
    };
    let mut budget = Budget::new();
    let zone = timing.span.zone().unwrap_or(viewer);
    let reaching_in = from.saturating_sub(timing.span.duration()).unwrap_or(from);
    let low = zone.wall(reaching_in).saturating_sub(unsure(zone, reaching_in).max(unsure(zone, from)));
    let high = zone.wall(to).saturating_add(unsure(zone, to));
    for key in set::keys_between(recurrence, &timing.span, (low, high), MOST_OCCURRENCES, &mut budget)? {
        if overrides.contains_key(&key) {
            continue;
        }
        let Some(span) = timing.span.starting(key).filter(|span| overlaps(span)) else { continue };
        found.push(Occurrence { key, span, changed: false });
    }
    found.extend(changed(&timing.span, overrides).filter(|one| overlaps(&one.span)));
    found.sort_by_cached_key(|one| (one.span.start_instant(viewer), one.key));
    Ok(found)
}

/// How far the order of wall times may be from that of instants: not at all, but where clocks have just been set.
fn unsure(zone: &Zone, at: Timestamp) -> SignedDuration {
    let set = zone.rules().preceding(at.saturating_add(SignedDuration::from_secs(1)).unwrap_or(at)).next();
    match set {
        Some(set) if at.duration_since(set.timestamp()) < CLOCKS_APART => CLOCKS_APART,
        _ => SignedDuration::ZERO,
    }
}

/// The same, where clocks are about to be set as well.
fn unsure_around(span: &Span, at: Timestamp) -> SignedDuration {
    let Some(zone) = span.zone() else { return SignedDuration::ZERO };
    unsure(zone, at).max(unsure(zone, at.saturating_add(CLOCKS_APART).unwrap_or(at)))
}

/// The changed occurrences that take place.
fn changed(series: &Span, overrides: &BTreeMap<OccurrenceKey, Override>) -> impl Iterator<Item = Occurrence> {
    overrides.iter().filter_map(|(key, change)| {
        let Override::Changed(patch) = change else { return None };
        let span = match patch.get(&Field::Time) {
            Some(Value::Time(timing)) => timing.span.clone(),
            _ => series.starting(*key)?,
        };
        Some(Occurrence { key: *key, span, changed: true })
    })
}

/// Returns the first occurrence that starts after an instant, if there is one.
pub fn next_after(
    timing: &Timing,
    overrides: &BTreeMap<OccurrenceKey, Override>,
    after: Timestamp,
    viewer: &Zone,
) -> Result<Option<Occurrence>, TooMuch> {
    let series = &timing.span;
    let is_later = |one: &Occurrence| one.span.start_instant(viewer) > after;
    let Some(recurrence) = &timing.recurrence else {
        let one = Occurrence { key: series.key(), span: series.clone(), changed: false };
        return Ok(Some(one).filter(is_later));
    };
    let usual = |key: OccurrenceKey| {
        let key = Some(key).filter(|key| !overrides.contains_key(key))?;
        Some(Occurrence { key, span: series.starting(key)?, changed: false })
    };
    let mut found: Vec<Occurrence> = changed(series, overrides).filter(is_later).collect();
    let given = recurrence.added.iter().copied().chain([series.key()]);
    found.extend(given.filter_map(usual).filter(is_later));
    let mut budget = Budget::new();
    let zone = series.zone().unwrap_or(viewer);
    let from = zone.wall(after).saturating_sub(unsure(zone, after));
    for rule in &recurrence.rules {
        let mut walk = Walk::near(rule, wall(series.key()), series.is_all_day(), from);
        let mut until = DateTime::MAX;
        while let Some(date) = walk.next(&mut budget)? {
            if date > until {
                break;
            }
            if let Some(one) = usual(set::key(series, date)).filter(is_later) {
                // Where clocks are set forward, a wall time that does not exist comes after some that do.
                until = until.min(zone.wall(one.span.start_instant(viewer)));
                found.push(one);
            }
        }
    }
    Ok(found.into_iter().min_by_key(|one| (one.span.start_instant(viewer), one.key)))
}

/// Whether a series has no occurrence at all. Such a series is never stored (BM-053).
///
/// An occurrence that cannot be found with bounded work lies centuries away: it counts as none.
pub fn is_empty(timing: &Timing, overrides: &BTreeMap<OccurrenceKey, Override>) -> bool {
    let Some(recurrence) = &timing.recurrence else { return false };
    let takes_place = |key: OccurrenceKey| !matches!(overrides.get(&key), Some(Override::Cancelled));
    if overrides.values().any(|change| matches!(change, Override::Changed(_)))
        || recurrence.added.iter().copied().chain([timing.span.key()]).any(takes_place)
    {
        return false;
    }
    let mut budget = Budget::new();
    for rule in &recurrence.rules {
        let mut walk = Walk::new(rule, wall(timing.span.key()), timing.span.is_all_day());
        while let Ok(Some(date)) = walk.next(&mut budget) {
            if takes_place(set::key(&timing.span, date)) {
                return false;
            }
        }
    }
    true
}

/// Returns instants that everything lies between: not after the first start, not before the last end; `None` for no
/// end. For looking things up: cancelled occurrences count, and dates and floating times are taken as wide as they
/// can be read anywhere on earth.
pub fn first_and_last(
    timing: &Timing,
    overrides: &BTreeMap<OccurrenceKey, Override>,
) -> (Timestamp, Option<Timestamp>) {
    let (mut first, own_end) = reach(&timing.span);
    let mut last = Some(own_end);
    if let Some(recurrence) = &timing.recurrence {
        let earliest = recurrence.added.first().and_then(|key| timing.span.starting(*key));
        first = earliest.map_or(first, |span| first.min(reach(&span).0));
        first = first.saturating_sub(unsure_around(&timing.span, first)).unwrap_or(first);
        last = last_key(recurrence, &timing.span).map(|key| {
            // At the end of the calendar there is nothing after.
            let Some(span) = timing.span.starting(key) else { return Timestamp::MAX };
            let (start, end) = reach(&span);
            end.saturating_add(unsure_around(&span, start)).unwrap_or(end).max(own_end)
        });
        for one in changed(&timing.span, overrides) {
            let (start, end) = reach(&one.span);
            first = first.min(start);
            last = last.map(|last| last.max(end));
        }
    }
    (first, last)
}

/// A key that none of the series comes after; `None` if there is no end in sight.
fn last_key(recurrence: &Recurrence, series: &Span) -> Option<OccurrenceKey> {
    let mut budget = Budget::new();
    let mut last = recurrence.added.last().copied().unwrap_or(series.key()).max(series.key());
    for rule in &recurrence.rules {
        let end = match (rule.until(), rule.count()) {
            (Some(until), _) => set::key(series, super::rule::last_second(until)),
            (None, Some(_)) => {
                let mut walk = Walk::new(rule, wall(series.key()), series.is_all_day());
                let mut end = series.key();
                while let Some(date) = walk.next(&mut budget).ok()? {
                    end = set::key(series, date);
                }
                end
            }
            (None, None) => return None,
        };
        last = last.max(end);
    }
    Some(last)
}

/// From when to when a span can be, read on any clock on earth.
fn reach(span: &Span) -> (Timestamp, Timestamp) {
    let utc = Zone::utc();
    let (start, end) = (span.start_instant(&utc), span.end_instant(&utc));
    match span {
        Span::Timed(_) => (start, end),
        Span::Floating(_) | Span::AllDay(_) => {
            let apart = CLOCKS_APART;
            (start.saturating_sub(apart).unwrap_or(start), end.saturating_add(apart).unwrap_or(end))
        }
    }
}
