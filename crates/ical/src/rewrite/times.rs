//! The lines of time: start, end, and how it repeats.

use std::collections::BTreeSet;

use concord_model::view::{Override, Timing};
use concord_model::{OccurrenceKey, Span, View};

use super::edit::Edit;
use super::is_removed;
use super::occurrences::CalledOff;
use crate::lines::Content;
use crate::read::{Clock, keys_of};
use crate::write::{self, Labels, Said};

/// Whether times are told on another clock: then every line that names an occurrence is told anew.
pub(super) fn other_clock(before: &Span, after: &Span) -> bool {
    match (before, after) {
        (Span::Timed(before), Span::Timed(after)) => before.start().zone() != after.start().zone(),
        (Span::Floating(_), Span::Floating(_)) | (Span::AllDay(_), Span::AllDay(_)) => false,
        _ => true,
    }
}

/// DTSTART and DTEND.
pub(super) fn span(edit: &mut Edit<'_>, before: &Timing, after: &Timing, labels: &mut Labels<'_>) {
    if before.span == after.span {
        return;
    }
    let (same_start, same_end) = match (&before.span, &after.span) {
        (Span::Timed(a), Span::Timed(b)) => (a.start() == b.start(), a.end() == b.end()),
        (Span::Floating(a), Span::Floating(b)) => (a.start() == b.start(), a.end() == b.end()),
        (Span::AllDay(a), Span::AllDay(b)) => (a.start() == b.start(), a.end() == b.end()),
        _ => (false, false),
    };
    if !same_start {
        set(edit, "DTSTART", &write::started(after, labels));
    }
    // An end may be told by the start, as a length or on its clock: it stays only where neither is so.
    if !same_end || !edit.has("DTEND") || other_clock(&before.span, &after.span) {
        end(edit, after, labels);
    }
    if before.span.is_all_day() != after.span.is_all_day() && edit.has("X-MICROSOFT-CDO-ALLDAYEVENT") {
        edit.set_value("X-MICROSOFT-CDO-ALLDAYEVENT", if after.span.is_all_day() { "TRUE" } else { "FALSE" });
    }
}

/// DTSTART and DTEND, whatever they were.
pub(super) fn anew(edit: &mut Edit<'_>, after: &Timing, labels: &mut Labels<'_>) {
    set(edit, "DTSTART", &write::started(after, labels));
    end(edit, after, labels);
}

fn end(edit: &mut Edit<'_>, after: &Timing, labels: &mut Labels<'_>) {
    edit.drop(&["DURATION"]);
    let said = write::ended(after, labels);
    match edit.has("DTEND") {
        true => set(edit, "DTEND", &said),
        false => {
            let start = edit.contents().find(|(_, line)| line.is("DTSTART")).map(|(at, _)| at);
            edit.add_after(start, [said.line("DTEND")]);
        }
    }
}

/// Gives a line of one date or time another.
pub(super) fn set(edit: &mut Edit<'_>, name: &str, said: &Said) {
    let kind = said.is_date.then_some("DATE");
    edit.set(name, &[("VALUE", kind), ("TZID", said.zone.as_deref())], &said.value);
}

/// RRULE, RDATE and EXDATE. Returns whether the lines with added dates are what they were.
pub(super) fn repeats(
    edit: &mut Edit<'_>,
    clock: &Clock<'_>,
    (before, after): (&View, &View),
    called_off: &CalledOff,
    labels: &mut Labels<'_>,
) -> bool {
    let (old, new) = (&before.time, &after.time);
    let Some(recurrence) = &new.recurrence else {
        if old.recurrence.is_some() {
            edit.drop(&["RRULE", "RDATE", "EXDATE", "EXRULE"]);
        }
        return false;
    };
    let removed = removed_of(after);
    let was_removed = removed_of(before);
    let anew = old.recurrence.is_none() || other_clock(&old.span, &new.span);
    // A rule of exceptions cannot be held against single changes: from now on its dates stand for it.
    let has_rule = edit.has("EXRULE");
    let by_rule = has_rule && (old != new || removed != was_removed || called_off.change());
    let was = old.recurrence.clone().unwrap_or_default();
    let until_moves = anew && recurrence.rules.iter().any(|rule| rule.until().is_some());
    if recurrence.rules != was.rules || until_moves {
        let lines = write::rules(recurrence, &new.span);
        instead(edit, "RRULE", lines);
    }
    // A period says how long its occurrence lasts; where that may have changed, it becomes a plain date.
    let has_period = edit.contents().any(|(_, line)| line.is("RDATE") && line.value().contains('/'));
    // A changed occurrence needs no date to stand; one that goes back to what it is usually does.
    let told = told_dates(edit, clock, &old.span);
    let stands = |key: &OccurrenceKey| {
        told.contains(key) || matches!(after.overrides.get(key), Some(Override::Changed(_)))
    };
    let dates_change = recurrence.added != was.added
        || (anew && !recurrence.added.is_empty())
        || (has_period && before.overrides != after.overrides)
        || recurrence.added.iter().any(|key| !stands(key));
    if dates_change {
        let lines =
            recurrence.added.iter().map(|key| write::key_line("RDATE", *key, &new.span, labels)).collect();
        instead(edit, "RDATE", lines);
    }
    if by_rule {
        edit.drop(&["EXRULE"]);
    }
    if anew || by_rule {
        let lines = removed.iter().map(|key| write::key_line("EXDATE", *key, &new.span, labels)).collect();
        instead(edit, "EXDATE", lines);
    } else {
        let settled = |key: &OccurrenceKey| {
            removed.contains(key) || before.overrides.get(key) == after.overrides.get(key)
        };
        let there = drop_dates(edit, clock, &old.span, settled);
        let said = |key: &OccurrenceKey| has_rule || there.contains(key) || called_off.now.contains(key);
        let new_keys = removed.iter().filter(|key| !said(key));
        edit.add("EXDATE", new_keys.map(|key| write::key_line("EXDATE", *key, &new.span, labels)));
    }
    !dates_change
}

/// The added dates that the lines tell.
fn told_dates(edit: &Edit<'_>, clock: &Clock<'_>, series: &Span) -> BTreeSet<OccurrenceKey> {
    let lines = edit.contents().filter(|(_, line)| line.is("RDATE"));
    lines.flat_map(|(_, line)| keys_of(&line, clock, series)).filter_map(|(key, _)| key).collect()
}

fn removed_of(view: &View) -> BTreeSet<OccurrenceKey> {
    view.overrides.iter().filter(|(_, change)| is_removed(change)).map(|(key, _)| *key).collect()
}

/// Puts lines in the place of all of that name.
fn instead(edit: &mut Edit<'_>, name: &str, lines: Vec<String>) {
    let before = edit.contents().filter(|(_, line)| line.is(name)).map(|(at, _)| at).min();
    edit.drop(&[name]);
    let end =
        edit.contents().filter(|(_, line)| line.is("DTSTART") || line.is("DTEND")).map(|(at, _)| at).max();
    edit.add_after(before.and_then(|at| at.checked_sub(1)).or(end), lines);
}

/// Takes from EXDATE what is removed no longer; returns what was and stays there.
fn drop_dates(
    edit: &mut Edit<'_>,
    clock: &Clock<'_>,
    series: &Span,
    stays: impl Fn(&OccurrenceKey) -> bool,
) -> BTreeSet<OccurrenceKey> {
    let mut there = BTreeSet::new();
    let mut changed = Vec::new();
    for (at, line) in edit.contents().filter(|(_, line)| line.is("EXDATE")) {
        let (kept, gone) = split(&line, clock, series, &stays);
        there.extend(kept.iter().filter_map(|(key, _)| *key));
        if gone {
            let values: Vec<&str> = kept.iter().map(|(_, value)| value.as_str()).collect();
            changed.push((at, (!values.is_empty()).then(|| line.with(&[], &values.join(",")))));
        }
    }
    for (at, text) in changed.iter().filter_map(|(at, text)| Some((at, text.as_ref()?))) {
        edit.replace(*at, text.clone());
    }
    let empty: BTreeSet<usize> =
        changed.iter().filter(|(_, text)| text.is_none()).map(|(at, _)| *at).collect();
    edit.drop_at(&empty);
    there
}

/// The values of an EXDATE that stay, each with the occurrence that it names; and whether any goes.
fn split(
    line: &Content<'_>,
    clock: &Clock<'_>,
    series: &Span,
    stays: &impl Fn(&OccurrenceKey) -> bool,
) -> (Vec<(Option<OccurrenceKey>, String)>, bool) {
    let all = keys_of(line, clock, series);
    let count = all.len();
    // What cannot be read stays: it removes nothing.
    let kept: Vec<_> = all.into_iter().filter(|(key, _)| key.as_ref().is_none_or(stays)).collect();
    let gone = kept.len() < count;
    (kept, gone)
}
