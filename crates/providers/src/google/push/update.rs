//! A change of an event, taken apart: what changes in the event itself, and which of its occurrences it concerns.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::observed::Versions;
use concord_model::view::{Override, Status};
use concord_model::{Etag, ExternalId, Field, FieldSet, OccurrenceKey, View, recurrence};

use super::want::{Expects, Now, Want};
use crate::answer::Answer;
use crate::google::convert;
use crate::google::pull::{Sent, exceptions};

/// A change from what is there to what shall be there.
#[derive(Clone, Copy)]
pub(super) struct Update<'a> {
    pub(super) id: &'a ExternalId,
    pub(super) versions: &'a Versions,
    pub(super) before: &'a View,
    pub(super) after: &'a View,
    /// The fields that may be touched, and can be.
    pub(super) fields: FieldSet,
}

impl Update<'_> {
    /// The version that is replaced. Nothing is ever written blindly (I-16): without one, it must be read first.
    pub(super) fn version(&self) -> Result<&Etag, Answer> {
        self.versions.whole.as_ref().ok_or(Answer::Stale)
    }

    /// The fields that change in the event itself.
    pub(super) fn whole(&self) -> FieldSet {
        self.before.differing(self.after).and(self.fields)
    }

    /// Whether a series gets another time or rule, so that its occurrences may have other names.
    pub(super) fn moved(&self) -> bool {
        self.whole().has(Field::Time) && self.after.is_series()
    }

    /// Whether the event must be looked at before it is written.
    ///
    /// Guests can only be written as a whole list; what is brought back may have been removed by the rule's lines; and
    /// when a series moves, Google drops exceptions, also those that somebody made a moment ago.
    pub(super) fn must_look(&self) -> bool {
        self.whole().has(Field::Attendees) || !self.restored().is_empty() || self.drops_exceptions()
    }

    /// Whether exceptions of it will be dropped.
    pub(super) fn drops_exceptions(&self) -> bool {
        self.before.is_series() && self.whole().has(Field::Time)
    }

    /// Whether a change of the event itself can reach exceptions that it has or shall have.
    pub(super) fn touches_exceptions(&self) -> bool {
        let mut shall = self.after.overrides.values();
        let changed = |change: &Override| matches!(change, Override::Changed(_));
        self.moved() || (self.after.is_series() && (self.exceptions().next().is_some() || shall.any(changed)))
    }

    /// The occurrences that are exceptions there and take place: those that differ, and those that once did. They
    /// have a version of their own, and nobody promises that they follow their series.
    fn exceptions(&self) -> impl Iterator<Item = OccurrenceKey> {
        self.known().into_iter().filter(|key| self.was(*key).is_some())
    }

    /// The occurrences of which more is known than the rule says.
    fn known(&self) -> BTreeSet<OccurrenceKey> {
        self.before.overrides.keys().chain(self.versions.parts.keys()).copied().collect()
    }

    /// Occurrences that did not take place and shall again.
    pub(super) fn restored(&self) -> Vec<OccurrenceKey> {
        if !self.after.is_series() || self.moved() {
            return Vec::new();
        }
        convert::removed(self.before).into_iter().filter(|key| self.wished(*key).is_some()).collect()
    }

    /// What an occurrence was; nothing when it did not take place, or when the series did not have it.
    fn was(&self, key: OccurrenceKey) -> Option<View> {
        occurrence(self.before, key).filter(|_| has(self.before, key))
    }

    /// What an occurrence shall be; nothing when it shall not take place, or when the series does not have it.
    fn wished(&self, key: OccurrenceKey) -> Option<View> {
        occurrence(self.after, key).filter(|_| has(self.after, key))
    }

    /// The occurrences that this changes or may change.
    pub(super) fn wants(&self) -> BTreeMap<OccurrenceKey, Want> {
        if !self.after.is_series() {
            return BTreeMap::new();
        }
        let mut keys = self.known();
        keys.extend(self.after.overrides.keys());
        let want = |key: OccurrenceKey| {
            self.after.time.span.starting(key)?;
            let want = if self.moved() { self.want_in_moved(key) } else { self.want_in_place(key) };
            want.map(|want| (key, want))
        };
        keys.into_iter().filter_map(want).collect()
    }

    /// What is wanted of an occurrence whose series gets another time or rule: only what shall differ is brought
    /// about, the rest is as the moved series has it.
    fn want_in_moved(&self, key: OccurrenceKey) -> Option<Want> {
        if !self.after.overrides.contains_key(&key) {
            return None;
        }
        // Occurrences keep their names only where the start stays.
        let same_names = self.before.is_series() && self.before.time.span == self.after.time.span;
        let known = same_names && self.before.overrides.contains_key(&key);
        let expects = match (known, self.was(key)) {
            (false, _) => Expects::Anything,
            (true, None) => Expects::Cancelled,
            (true, was) => Expects::OneOf([was, self.with_change(key)].into_iter().flatten().collect()),
        };
        Want::new(self.id, self.after, key, self.wished(key), self.fields, expects)
    }

    /// What is wanted of an occurrence that keeps its place.
    fn want_in_place(&self, key: OccurrenceKey) -> Option<Want> {
        let (was, wished) = (self.was(key), self.wished(key));
        let version = self.versions.parts.get(&key).cloned();
        let Some(was) = was else {
            let wished = wished?;
            let want = Want::new(self.id, self.after, key, Some(wished), self.fields, Expects::Cancelled)?;
            return Some(Want { version, ..want });
        };
        let changes = wished.as_ref().map_or(self.fields, |wished| was.differing(wished).and(self.fields));
        let series_changes = !self.whole().is_empty();
        // What is no exception yet follows its series, and may have to keep what that had.
        let follows = self.with_change(key);
        let is_kept = || {
            wished
                .as_ref()
                .zip(follows.as_ref())
                .is_some_and(|(wished, follows)| !follows.differing(wished).and(self.fields).is_empty())
        };
        if changes.is_empty() && !(series_changes && (self.known().contains(&key) || is_kept())) {
            return None;
        }
        // Where the series changes too, nobody knows how far the exception followed. Where it does not, nothing but
        // these fields of the occurrence changes.
        let (touch, may_be) = match series_changes {
            true => (self.fields, [Some(was), self.with_change(key)].into_iter().flatten().collect()),
            false => (changes, vec![was]),
        };
        let want = Want::new(self.id, self.after, key, wished, self.fields, Expects::OneOf(may_be))?;
        Some(Want { version, touch, ..want })
    }

    /// An occurrence as it would be if Google gave the series' change to the exceptions, as it does to the others.
    fn with_change(&self, key: OccurrenceKey) -> Option<View> {
        let view = View { overrides: self.before.overrides.clone(), ..self.after.clone() };
        occurrence(&view, key)
    }

    /// Refuses to move a series of which somebody changed an occurrence that we have not seen: their change would be
    /// dropped together with the exception.
    pub(super) fn check_exceptions(&self, named: &[Sent]) -> Result<(), Answer> {
        for sent in exceptions(self.id, named) {
            let Some((_, start)) = convert::part(&sent.event) else { continue };
            let key = start.key(&self.before.time.span);
            // A version vouches for the content; but it also grows when the series changes, so content counts too.
            let version = self.versions.parts.get(&key).map(Etag::as_str);
            let as_known = match (self.was(key), sent.event.is_cancelled()) {
                _ if version.is_some() && sent.event.etag.as_deref() == version => true,
                (None, cancelled) => cancelled,
                (Some(_), true) => false,
                (Some(was), false) => {
                    sent.view().is_ok_and(|there| there.differing(&was).and(self.fields).is_empty())
                }
            };
            if !as_known {
                return Err(Answer::Stale);
            }
        }
        Ok(())
    }

    /// What became of the exceptions when their series changed. Returns the occurrences that were exceptions and are
    /// none any more.
    ///
    /// Exceptions that nobody here knows of are left out: they come with the next changes, and are news.
    pub(super) fn listed(
        &self,
        named: &[Sent],
        wants: &mut BTreeMap<OccurrenceKey, Want>,
    ) -> Vec<OccurrenceKey> {
        let mut there: BTreeMap<OccurrenceKey, &Sent> = BTreeMap::new();
        for sent in exceptions(self.id, named) {
            if let Some((_, start)) = convert::part(&sent.event) {
                there.insert(start.key(&self.after.time.span), sent);
            }
        }
        for (key, want) in wants.iter_mut() {
            match there.get(key) {
                Some(sent) => want.now = Now::There(Box::new((*sent).clone())),
                None if !self.moved() => {}
                // The lines of a moved series name all that does not take place.
                None if want.after.is_none() => (want.now, want.is_of_rule) = (Now::Absent, false),
                // The exception was dropped when its series moved; it is made again.
                None => want.expects = Expects::Anything,
            }
        }
        let mut plain = Vec::new();
        for key in self.known() {
            let Some(sent) = there.get(&key) else {
                let kept = self.after.overrides.contains_key(&key) || wants.contains_key(&key);
                plain.extend((!kept).then_some(key));
                continue;
            };
            if wants.contains_key(&key) {
                continue;
            }
            // What stayed behind when its series moved is an occurrence like the others now, or none. What stayed in
            // its place got another version with its series.
            let may_be: Vec<View> = [self.was(key), self.with_change(key)].into_iter().flatten().collect();
            let expects =
                if self.moved() || may_be.is_empty() { Expects::Anything } else { Expects::OneOf(may_be) };
            let want = Want::new(self.id, self.after, key, self.wished(key), self.fields, expects);
            let now = Now::There(Box::new((*sent).clone()));
            wants.extend(want.map(|want| (key, Want { now, ..want })));
        }
        plain
    }
}

impl Want {
    /// Wants an occurrence to become that. `None` for a name that does not fit the series.
    fn new(
        series: &ExternalId,
        view: &View,
        key: OccurrenceKey,
        after: Option<View>,
        fields: FieldSet,
        expects: Expects,
    ) -> Option<Want> {
        let id = convert::time::instance_id(series, &view.time.span, key)?;
        let is_of_rule = recurrence::occurs(&view.time, key).unwrap_or(false);
        let special = matches!(view.overrides.get(&key), Some(Override::Changed(_)));
        let (touch, version, now) = (fields, None, Now::Unknown);
        Some(Want { id, is_of_rule, after, special, fields, touch, expects, version, now })
    }
}

/// The occurrences of a new series that differ from it. Those that do not take place are in its lines.
pub(super) fn of_new(id: &ExternalId, view: &View, fields: FieldSet) -> BTreeMap<OccurrenceKey, Want> {
    let changed = view.overrides.keys().filter_map(|key| {
        let after = occurrence(view, *key)?;
        Some((*key, Want::new(id, view, *key, Some(after), fields, Expects::Anything)?))
    });
    changed.collect()
}

/// The occurrence of that name, if it shall take place.
fn occurrence(view: &View, key: OccurrenceKey) -> Option<View> {
    view.occurrence(key).filter(|whole| whole.status != Status::Cancelled)
}

/// Whether a series has, or is said to have, an occurrence of that name.
fn has(view: &View, key: OccurrenceKey) -> bool {
    view.overrides.contains_key(&key) || recurrence::occurs(&view.time, key).unwrap_or(true)
}
