//! The ways to edit a series: this occurrence, this and following, all; and the same to cancel.
//!
//! Pure: a view goes in, one or two come out. An occurrence is named by its original start, and one that the series
//! does not have is refused. No edit leaves a series without occurrences: that is [`EditError::NothingLeft`], and
//! means that the event itself goes (BM-053).
//!
//! In a patch, a recurrence equal to the series' own is read as "unchanged": the rule then moves along with the
//! start, and a tail gets what is left of COUNT.

use std::collections::BTreeMap;

use super::carry;
use super::expand::is_empty;
use super::rule::{BadRule, last_second};
use super::walk::{Budget, TooMuch};
use super::{Recurrence, set, wall};
use crate::time::{OccurrenceKey, Span};
use crate::view::{Field, Override, Patch, Timing, Value, View};

/// Why a series cannot be edited so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is a single event.
    #[error("the event does not repeat")]
    NotASeries,
    /// There is no such occurrence, or it was cancelled.
    #[error("the series has no occurrence {0}")]
    NoOccurrence(OccurrenceKey),
    /// The series would have no occurrence any more. What is meant is to delete the event.
    #[error("nothing would be left of the series")]
    NothingLeft,
    /// The occurrence is an added one, and the rule's own rhythm could not be told from there on.
    #[error("the series cannot be divided at {0}, a date that was added to its rule")]
    Indivisible(OccurrenceKey),
    /// The patch brings a rule that does not go with its start.
    #[error(transparent)]
    Rule(#[from] BadRule),
    /// The series is too long to be worked out.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
}

/// A series divided in two.
#[derive(Clone, PartialEq, Debug)]
pub struct Split {
    /// What goes on as the series it was, up to the division. `None` when nothing lies before: then it is the whole
    /// series that was edited.
    pub head: Option<View>,
    /// What begins at the division.
    pub tail: View,
}

/// Changes one occurrence.
pub fn edit_this(view: &View, key: OccurrenceKey, patch: &Patch) -> Result<View, EditError> {
    exists(view, key)?;
    let mut whole = view.occurrence(key).ok_or(EditError::NoOccurrence(key))?;
    whole.apply(patch);
    let mut edited = view.clone();
    match view.override_for(key, &whole) {
        Some(change) => edited.overrides.insert(key, change),
        None => edited.overrides.remove(&key),
    };
    edited.normalise();
    Ok(edited)
}

/// Changes an occurrence and all after it. Changes of single occurrences go with the part that they lie in; on the
/// first of the tail, the patch wins over them.
pub fn edit_following(view: &View, key: OccurrenceKey, patch: &Patch) -> Result<Split, EditError> {
    exists(view, key)?;
    let head = head(view, key)?;
    let mut tail = tail(view, key)?;
    if let Some(Override::Changed(own)) = tail.overrides.get_mut(&key) {
        own.retain(|field, _| !patch.contains_key(field));
    }
    Ok(Split { head, tail: patched(&tail, patch, view.time.recurrence.as_ref())? })
}

/// Changes the whole series: fields that single occurrences have changed for themselves stay theirs (BM-055). With
/// the start, the names of changed occurrences move along; a change whose occurrence is gone goes too.
pub fn edit_all(view: &View, patch: &Patch) -> Result<View, EditError> {
    patched(view, patch, view.time.recurrence.as_ref())
}

/// Cancels one occurrence.
pub fn cancel_this(view: &View, key: OccurrenceKey) -> Result<View, EditError> {
    exists(view, key)?;
    let mut edited = view.clone();
    edited.overrides.insert(key, Override::Cancelled);
    not_empty(edited)
}

/// Cancels an occurrence and all after it.
pub fn cancel_following(view: &View, key: OccurrenceKey) -> Result<View, EditError> {
    exists(view, key)?;
    head(view, key)?.ok_or(EditError::NothingLeft)
}

fn exists(view: &View, key: OccurrenceKey) -> Result<(), EditError> {
    if !view.is_series() {
        return Err(EditError::NotASeries);
    }
    let there = match view.overrides.get(&key) {
        Some(Override::Cancelled) => false,
        Some(Override::Changed(_)) => true,
        None => set::occurs(&view.time, key)?,
    };
    if there { Ok(()) } else { Err(EditError::NoOccurrence(key)) }
}

fn not_empty(view: View) -> Result<View, EditError> {
    if is_empty(&view.time, &view.overrides) { Err(EditError::NothingLeft) } else { Ok(view) }
}

/// What lies before an occurrence, as a series of its own. Its last start ends it, not the moment before the next
/// one: every calendar then agrees on how many there are (BM-050).
fn head(view: &View, key: OccurrenceKey) -> Result<Option<View>, EditError> {
    let recurrence = view.time.recurrence.as_ref().ok_or(EditError::NotASeries)?;
    let span = &view.time.span;
    let mut budget = Budget::new();
    let mut rules = Vec::new();
    for rule in &recurrence.rules {
        if rule.count().is_some() {
            let count = set::count_before(rule, span, key, &mut budget)?;
            rules.extend((count > 0).then(|| rule.with_count(count)));
        } else if let Some(last) = set::last_before(rule, span, key, &mut budget)? {
            rules.push(rule.with_until(set::key(span, last)));
        }
    }
    let added = recurrence.added.range(..key).copied().collect();
    let mut recurrence = Recurrence { rules, added }.fitted(span)?;
    if recurrence.rules.is_empty() && recurrence.added.is_empty() {
        // Only a start that its rule does not produce is left. A series stays one, where it has a rule to say so.
        let rules = view.time.recurrence.iter().flat_map(|all| all.rules.first());
        recurrence.rules = rules.map(|rule| rule.with_until(span.key())).collect();
    }
    let overrides = view.overrides.range(..key).map(|(key, change)| (*key, change.clone())).collect();
    let head = with_recurrence(view, span.clone(), recurrence, overrides);
    Ok(head.filter(|head| key > span.key() && not_empty(head.clone()).is_ok()))
}

/// An occurrence and what lies after it, as a series of its own.
fn tail(view: &View, key: OccurrenceKey) -> Result<View, EditError> {
    let recurrence = view.time.recurrence.as_ref().ok_or(EditError::NotASeries)?;
    let span = &view.time.span;
    let mut budget = Budget::new();
    let mut rules = Vec::new();
    for rule in &recurrence.rules {
        let before = match rule.count() {
            Some(_) => set::count_before(rule, span, key, &mut budget)?,
            None => 0,
        };
        let rest = match rule.count() {
            Some(count) if count == before => continue,
            Some(count) => rule.with_count(count - before),
            None if rule.until().is_some_and(|until| last_second(until) < wall(key)) => continue,
            None => rule.clone(),
        };
        // A rule that produces the new start has its rhythm from there; else all that it took from the old one has
        // to be told, and what lies between cannot.
        let on_beat = key == span.key() || set::produces(rule, span, key, &mut budget)?;
        rules.push(match (on_beat, rule.interval()) {
            (true, _) => rest,
            (false, 1) => rest.told_out(wall(span.key()), span.is_all_day()).fitted(span)?,
            (false, _) => return Err(EditError::Indivisible(key)),
        });
    }
    let added = recurrence.added.iter().copied().filter(|added| *added > key).collect();
    let recurrence = Recurrence { rules, added };
    let start = span.starting(key).ok_or(EditError::NoOccurrence(key))?;
    let overrides = view.overrides.range(key..).map(|(key, change)| (*key, change.clone())).collect();
    with_recurrence(view, start, recurrence, overrides).ok_or(EditError::NoOccurrence(key))
}

/// The view with another timing. Without anything that repeats it is the one occurrence that is left, whole; `None`
/// if that was cancelled.
fn with_recurrence(
    view: &View,
    span: Span,
    recurrence: Recurrence,
    overrides: BTreeMap<OccurrenceKey, Override>,
) -> Option<View> {
    let repeats = !recurrence.rules.is_empty() || !recurrence.added.is_empty();
    let key = span.key();
    let view =
        View { time: Timing { span, recurrence: repeats.then_some(recurrence) }, overrides, ..view.clone() };
    if repeats { Some(view) } else { view.occurrence(key) }
}

/// The series with new values. `unchanged` is the recurrence that a patch repeats when it does not mean to change it.
fn patched(view: &View, patch: &Patch, unchanged: Option<&Recurrence>) -> Result<View, EditError> {
    let mut edited = view.clone();
    edited.apply(patch);
    if let Some(Value::Time(time)) = patch.get(&Field::Time) {
        let (from, to) = (&view.time.span, &time.span);
        let own = view.time.recurrence.as_ref();
        let recurrence = if time.recurrence.as_ref() == unchanged {
            own.map(|own| carry::recurrence(own, from, to))
        } else {
            time.recurrence.clone()
        };
        edited.time.recurrence = recurrence.map(|recurrence| recurrence.fitted(to)).transpose()?;
        if edited.time != view.time && edited.is_series() {
            edited.overrides = renamed(view, &edited.time)?;
        }
    }
    edited.normalise();
    not_empty(edited)
}

/// The changes of single occurrences under the names that these have now, without those that are gone.
fn renamed(view: &View, time: &Timing) -> Result<BTreeMap<OccurrenceKey, Override>, EditError> {
    let moved = |key: &OccurrenceKey| carry::key(*key, &view.time.span, &time.span);
    let changes: BTreeMap<_, _> =
        view.overrides.iter().filter_map(|(key, change)| Some((moved(key)?, change.clone()))).collect();
    let keys = set::occurring(time, changes.keys().copied())?;
    Ok(changes.into_iter().filter(|(key, _)| keys.contains(key)).collect())
}
