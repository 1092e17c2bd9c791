//! The changed occurrences of a series: components with a RECURRENCE-ID.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::view::{Override, Status};
use concord_model::{Field, OccurrenceKey, Span, View};
use jiff::SignedDuration;

use super::edit::Edit;
use super::{Change, at, is_removed, times};
use crate::component::Component;
use crate::read::{self, Lines, Place, Raw, recurrence_id};
use crate::write::{self, plain, whole};

/// How the names of occurrences change when a series is moved.
struct Names {
    /// By how much, where they move along with the start.
    shift: Option<SignedDuration>,
    /// Whether they are told on another clock.
    other_clock: bool,
    /// Whether days became times or the reverse: then no name is what it was.
    other_kind: bool,
}

/// The occurrences that do not take place and say so in a component of their own, and not in the dates of their series.
#[derive(Default)]
pub(super) struct CalledOff {
    /// As the file is.
    was: BTreeSet<OccurrenceKey>,
    /// Those of them that stay as they are.
    pub(super) now: BTreeSet<OccurrenceKey>,
}

impl CalledOff {
    /// Whether one of them says it no longer.
    pub(super) fn change(&self) -> bool {
        self.was != self.now
    }
}

impl Change<'_> {
    /// Which occurrences say themselves that they do not take place, and which of them go on saying so.
    pub(super) fn find_called_off(&self, raw: &Raw) -> CalledOff {
        let (before, after) = (self.before, self.after);
        let removed =
            |view: &View, key: &OccurrenceKey| view.overrides.get(key) == Some(&Override::Cancelled);
        let components = raw.overrides.iter().filter_map(|place| at(self.tree, *place));
        let named = components.filter_map(|component| self.name(component, &before.time.span));
        // What a component says counts, whatever the dates say.
        let was: BTreeSet<OccurrenceKey> = named.filter(|key| removed(before, key)).collect();
        // In a series that is called off whole it would say nothing; and one that is moved is told anew.
        let stays = after.status != Status::Cancelled && !Names::between(before, after).moved();
        let now = was.iter().copied().filter(|key| stays && removed(after, key)).collect();
        CalledOff { was, now }
    }

    /// Brings the changed occurrences of the file to what `after` says of them.
    pub(super) fn occurrences(&mut self, raw: &Raw) {
        let (before, after) = (self.before, self.after);
        let names = Names::between(before, after);
        let (plain_before, plain_after) = (plain(before), plain(after));
        let mut done = BTreeSet::new();
        for place in raw.overrides.iter().copied() {
            let Some(component) = at(self.tree, place) else { continue };
            let Some(old) = self.name(component, &before.time.span).filter(|_| before.is_series()) else {
                continue;
            };
            if self.called_off.now.contains(&old) {
                if let Some(was) = self.as_it_says(component) {
                    let view = as_its_series(&was, &plain_before, &plain_after);
                    if view != was {
                        self.occurrence(place, component, &was, &view, (old, old), &names);
                    }
                }
                continue;
            }
            let new = names.now(old).filter(|_| after.is_series());
            let changed = new.and_then(|key| Some((key, after.overrides.get(&key)?)));
            let target = match changed {
                Some((key, Override::Changed(patch))) => {
                    whole(&plain_after, key, patch).map(|view| (key, view))
                }
                // An occurrence that says what its series says stays, unless it was brought back to that by itself.
                None => new.filter(|_| !names.moved()).and_then(|key| {
                    let usual = plain_after.occurrence(key)?;
                    let stays = match before.overrides.get(&old) {
                        Some(Override::Changed(patch)) => whole(&plain_after, key, patch)? == usual,
                        Some(Override::Cancelled) => false,
                        None => true,
                    };
                    stays.then_some((key, usual))
                }),
                Some((_, Override::Cancelled)) => None,
            };
            let was = match before.overrides.get(&old) {
                Some(Override::Changed(patch)) => whole(&plain_before, old, patch),
                Some(Override::Cancelled) => self.as_it_says(component),
                None => plain_before.occurrence(old),
            };
            match (was, target) {
                (Some(was), Some((key, view))) => {
                    done.insert(key);
                    self.occurrence(place, component, &was, &view, (old, key), &names);
                }
                _ => {
                    self.changed.insert(place, None);
                }
            }
        }
        if after.is_series() {
            self.new_occurrences(raw, &plain_after, &done, &names);
        }
    }

    fn name(&self, component: &Component, series: &Span) -> Option<OccurrenceKey> {
        let lines = Lines::of(self.tree, component);
        recurrence_id(lines.first("RECURRENCE-ID")?, &self.clock(component), series).ok()
    }

    /// An occurrence as its own component tells it.
    fn as_it_says(&self, component: &Component) -> Option<View> {
        let lines = Lines::of(self.tree, component);
        read::view(&lines, &self.clock(component), Some(&self.before.time.span), &mut Vec::new()).ok()
    }

    fn occurrence(
        &mut self,
        place: Place,
        component: &Component,
        was: &View,
        view: &View,
        (old, new): (OccurrenceKey, OccurrenceKey),
        names: &Names,
    ) {
        let mut edit = Edit::of(self.tree, component);
        if old != new || names.other_clock {
            let said = write::key_said(new, &self.after.time.span, &mut self.labels);
            times::set(&mut edit, "RECURRENCE-ID", &said);
        }
        self.fields(&mut edit, was, view);
        if names.other_clock {
            // Times in UTC were told on the series' clock, and that is another now.
            times::anew(&mut edit, &view.time, &mut self.labels);
        }
        self.keep(place, edit);
    }

    /// Changed occurrences that the file does not have: copies of the master with what they change, so that they
    /// keep all that the master has and nobody here knows.
    fn new_occurrences(&mut self, raw: &Raw, plain: &View, done: &BTreeSet<OccurrenceKey>, names: &Names) {
        let master = match self.changed.get(&raw.master) {
            Some(Some(changed)) => changed.clone(),
            _ => match at(self.tree, raw.master) {
                Some(master) => master.clone(),
                None => return,
            },
        };
        let stays = self.dates_stay && !names.moved();
        let missing: BTreeMap<_, _> = self
            .after
            .overrides
            .iter()
            .filter(|(key, change)| !is_removed(change) && !done.contains(key))
            // An added date that lasts another time than its series says so itself (RDATE as a period).
            .filter(|(key, change)| !(stays && self.before.overrides.get(key) == Some(*change)))
            .collect();
        for (key, change) in missing {
            let Override::Changed(patch) = change else { continue };
            let Some(view) = whole(plain, *key, patch) else { continue };
            let mut edit = Edit::of(self.tree, &master);
            edit.drop(&["RRULE", "RDATE", "EXDATE", "EXRULE"]);
            let id = write::key_line("RECURRENCE-ID", *key, &self.after.time.span, &mut self.labels);
            let uid = edit.contents().find(|(_, line)| line.is("UID")).map(|(at, _)| at);
            edit.add_after(uid, [id]);
            let usual = View { time: self.after.time.span.clone().into(), ..plain.clone() };
            self.fields(&mut edit, &usual, &view);
            self.revise_new(&mut edit);
            self.added.push(edit.done());
        }
    }

    /// A copy of a master that was revised already is as new as that.
    fn revise_new(&self, edit: &mut Edit<'_>) {
        let at = crate::values::utc(self.revision.at);
        if edit.value("DTSTAMP").is_none_or(|stamp| stamp.trim() != at) {
            self.revise(edit);
        }
    }
}

/// An occurrence that is called off keeps its own words. Those of its series, which a program wrote into it as well, go with them:
/// they may be such as must not be read there any more (I-36).
fn as_its_series(was: &View, before: &View, after: &View) -> View {
    let mut view = was.clone();
    let said = |field| match field {
        Field::Title => &before.title,
        Field::Description => &before.description,
        _ => &before.location,
    };
    for field in [Field::Title, Field::Description, Field::Location] {
        if !said(field).is_empty() && was.same(field, before) {
            view.take(field, after);
        }
    }
    view
}

impl Names {
    fn between(before: &View, after: &View) -> Names {
        let start = |view: &View| match view.time.span.key() {
            OccurrenceKey::Date(date) => date.at(0, 0, 0, 0),
            OccurrenceKey::Time(wall) => wall,
        };
        let other_clock = times::other_clock(&before.time.span, &after.time.span);
        let other_kind = before.time.span.is_all_day() != after.time.span.is_all_day();
        let shift = start(after).duration_since(start(before));
        let moved = Names { shift: Some(shift), other_clock, other_kind };
        let stayed = Names { shift: None, other_clock, other_kind };
        // Names move along when a series is moved; when only its first occurrences went, they stay. What is there
        // afterwards tells which it was.
        let found = |names: &Names| {
            let now = before.overrides.keys().filter_map(|key| names.now(*key));
            now.filter(|key| after.overrides.contains_key(key)).count()
        };
        match shift.is_zero() || found(&moved) < found(&stayed) {
            true => stayed,
            false => moved,
        }
    }

    fn moved(&self) -> bool {
        self.shift.is_some() || self.other_clock
    }

    /// What an occurrence is called after the move.
    fn now(&self, key: OccurrenceKey) -> Option<OccurrenceKey> {
        let Some(shift) = self.shift.filter(|_| !self.other_kind) else {
            return (!self.other_kind).then_some(key);
        };
        match key {
            OccurrenceKey::Date(date) => date.checked_add(shift).ok().map(OccurrenceKey::Date),
            OccurrenceKey::Time(wall) => wall.checked_add(shift).ok().map(OccurrenceKey::Time),
        }
    }
}
