//! Occurrences merge one by one, each named by its original start, and field by field.
//!
//! That an occurrence does not take place is one thing about it; where it does on all sides, each field that it has of
//! its own is merged like a field of the event. When one side moved the series, what the other side changed of an
//! occurrence meanwhile moves along; where the series no longer has the occurrence, it is kept as a clash, so that it
//! is not lost without a word (I-03).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use concord_model::link::Policy;
use concord_model::people::Attendee;
use concord_model::view::{Override, Patch, Timing, Value};
use concord_model::{Field, FieldSet, OccurrenceKey, View, recurrence};

use super::land::{Landed, Slot, Way, land};
use super::{Ending, Merging, people};
use crate::conflict::{About, Clash, Piece, Verdict, policy};

impl Merging<'_> {
    pub(super) fn occurrences(&mut self) {
        if !(self.seen.view.is_series() || self.theirs.is_series()) {
            return;
        }
        let mut parts = Parts {
            ours: told_out(&self.seen.view, &self.base.ours),
            theirs: told_out(self.theirs, self.base.theirs()),
        };
        self.out.ours.overrides.clone_from(&parts.ours);
        self.out.theirs.overrides.clone_from(&parts.theirs);
        let names = self.names(&parts);
        if !self.times_stand() {
            for key in self.keys(&parts) {
                if self.home_of(key, &names) == Home::Nowhere {
                    self.homeless(key, &names, &mut parts);
                }
            }
        }
        for key in self.keys(&parts) {
            let changed = parts.ours.get(&key) != self.base.ours.overrides.get(&key)
                || parts.theirs.get(&key) != self.base.theirs().overrides.get(&key);
            // What was never agreed on is asked about until it is, though nobody changes it.
            let stirs = changed || self.base.disputed_parts.contains(&key);
            // Where the series differ and only one has it, it waits until they agree.
            if stirs && self.home_of(key, &names) == Home::Both {
                self.occurrence(key, &parts);
            }
        }
        if self.times_stand() {
            self.hold_the_last(&parts);
        }
        for view in [&mut self.out.ours, &mut self.out.theirs, &mut self.agreed_ours, &mut self.agreed_theirs]
        {
            view.normalise();
        }
    }

    /// While a person is asked whether an occurrence takes place, nothing is taken away that would leave a side without
    /// any other: the series would have ended there, whatever the answer.
    fn hold_the_last(&mut self, parts: &Parts<'_>) {
        let asked =
            |clash: &Clash| clash.verdict == Verdict::Asked && matches!(clash.about, About::Occurrence(..));
        if !self.out.clashes.iter().any(asked) {
            return;
        }
        let empty = |view: &View| recurrence::is_empty(&view.time, &view.overrides);
        if !(empty(&self.out.ours) || empty(&self.out.theirs)) {
            return;
        }
        let base = self.base;
        for key in self.keys(parts) {
            let sides = [(&mut self.out.ours, &parts.ours), (&mut self.out.theirs, &parts.theirs)];
            for (out, was) in sides {
                let taken = out.overrides.get(&key) == Some(&Override::Cancelled);
                if taken && was.get(&key) != Some(&Override::Cancelled) {
                    put(out, key, was.get(&key).cloned());
                    put(&mut self.agreed_ours, key, base.ours.overrides.get(&key).cloned());
                    put(&mut self.agreed_theirs, key, base.theirs().overrides.get(&key).cloned());
                }
            }
        }
    }

    fn keys(&self, parts: &Parts<'_>) -> BTreeSet<OccurrenceKey> {
        let base = [&self.base.ours.overrides, &self.base.theirs().overrides];
        let all = base.into_iter().chain([&*parts.ours, &*parts.theirs]);
        all.flat_map(|overrides| overrides.keys().copied()).collect()
    }

    /// Whether neither series was moved.
    fn times_stand(&self) -> bool {
        self.out.ours.time == self.seen.view.time && self.out.theirs.time == self.theirs.time
    }

    /// The names in question that either series has after the times were merged: of occurrences as they are, and as
    /// they are called once they moved along. All at the cost of one.
    fn names(&self, parts: &Parts<'_>) -> Names {
        let (ours, theirs) = (&self.out.ours.time, &self.out.theirs.time);
        if self.times_stand() && ours == theirs {
            return Names::default();
        }
        let mut keys = self.keys(parts);
        let froms = [&self.seen.view.time.span, &self.theirs.time.span];
        let moved = |key: &OccurrenceKey| froms.map(|from| recurrence::carried(*key, from, &ours.span));
        let now: Vec<OccurrenceKey> = keys.iter().flat_map(moved).flatten().collect();
        keys.extend(now);
        let of = |time: &Timing| match time.recurrence {
            Some(_) => recurrence::plausible(time, &keys),
            None => BTreeSet::new(),
        };
        Names { ours: of(ours), theirs: of(theirs) }
    }

    /// Who has that occurrence after the times were merged. A series that was not changed has those that it names
    /// itself, also where no rule produces them.
    fn home_of(&self, key: OccurrenceKey, names: &Names) -> Home {
        let one_series = self.out.ours.time == self.out.theirs.time;
        if one_series && self.times_stand() {
            return Home::Both;
        }
        let stands =
            |after: &View, before: &View| after.time == before.time && before.overrides.contains_key(&key);
        let ours = names.ours.contains(&key) || stands(&self.out.ours, &self.seen.view);
        let theirs = names.theirs.contains(&key) || stands(&self.out.theirs, self.theirs);
        match (ours, theirs) {
            (true, true) => Home::Both,
            // They are one series now: what one has, both have.
            (true, false) | (false, true) if one_series => Home::Both,
            (true, false) | (false, true) => Home::One,
            (false, false) => Home::Nowhere,
        }
    }

    /// One side moved the series away from an occurrence. What the other side changed of it in the meantime goes along
    /// to where the occurrence is now; if it is nowhere, the side that moved the series stands.
    fn homeless(&mut self, key: OccurrenceKey, names: &Names, parts: &mut Parts<'_>) {
        let (ours, theirs, base) = (&self.seen.view, self.theirs, self.base);
        for view in [&mut self.out.ours, &mut self.out.theirs, &mut self.agreed_ours, &mut self.agreed_theirs]
        {
            view.overrides.remove(&key);
        }
        self.out.base.disputed_parts.remove(&key);
        let (our, their) = (ours.overrides.get(&key), theirs.overrides.get(&key));
        let to = &self.out.ours.time;
        let ours_was_moved = *to != ours.time;
        if ours_was_moved && self.seen.closed.get(&key) == Some(&FieldSet::ALL) {
            // A block says nothing of its own: what it hides moves along by itself (BE-8).
            return;
        }
        let (change, agreed, from) = if ours_was_moved {
            (our, base.ours.overrides.get(&key), &ours.time)
        } else {
            (their, base.theirs().overrides.get(&key), &theirs.time)
        };
        let now = recurrence::carried(key, &from.span, &to.span).filter(|now| names.ours.contains(now));
        let Some(change) = change else { return self.as_usual_again(key, now, ours_was_moved, parts) };
        // What only they can have, for we do not hold it or cannot write it, moves along in any case. The rest only if
        // it is news, and where nothing is to be judged about it: nobody has anything else there, and nobody has to be
        // asked.
        let only_theirs = match ours_was_moved {
            true => FieldSet::NONE,
            false => FieldSet::ALL.minus(self.seen.parts.and(self.entry.writable)),
        };
        let (left, judged) = divided(change, only_theirs);
        let judged = judged
            .filter(|judged| agreed.and_then(|was| divided(was, only_theirs).1).as_ref() != Some(judged));
        let asked = !ours_was_moved && *change == Override::Cancelled && self.rules.ending == Ending::Asked;
        let side = if ours_was_moved { &self.out.ours } else { &self.out.theirs };
        let now = now.filter(|_| !asked);
        let told = |change: &Option<Override>| {
            let now = now?;
            change.clone().and_then(|change| side.own_of(now, change))
        };
        let (left_then, judged_then) = (told(&left), told(&judged));
        let is_free = |change: &Option<Override>| {
            now.is_some_and(|now| {
                let comes_in = change.as_ref().and_then(|c| self.entering(now, c));
                let is_free = |part: Option<&Override>| {
                    part.is_none() || part == change.as_ref() || part == comes_in.as_ref()
                };
                is_free(parts.ours.get(&now)) && is_free(parts.theirs.get(&now))
            })
        };
        let has_room =
            |now| parts.ours.get(&now) != Some(&Override::Cancelled) && !parts.theirs.contains_key(&now);
        let left_goes = left.is_none() || now.is_some_and(has_room);
        // What was one of several there can be the only one here: that it is off is not to end the series.
        let is_last = |change: &Option<Override>| {
            let Some(now) = now.filter(|_| *change == Some(Override::Cancelled)) else { return false };
            let mut then = side.overrides.clone();
            then.insert(now, Override::Cancelled);
            recurrence::is_empty(to, &then)
        };
        let judged_goes = judged.is_none() || is_free(&judged_then) && !is_last(&judged_then);
        let goes = joined(judged_then.filter(|_| judged_goes), left_then.filter(|_| left_goes));
        if let (Some(now), Some(change)) = (now, goes) {
            let (own, out) = if ours_was_moved {
                (&mut parts.ours, &mut self.out.ours)
            } else {
                (&mut parts.theirs, &mut self.out.theirs)
            };
            own.to_mut().insert(now, change.clone());
            out.overrides.insert(now, change);
        }
        if Some(change) == agreed || left_goes && judged_goes {
            return;
        }
        self.stays_moved(key, ours_was_moved);
    }

    /// One side took back what was special about an occurrence, the other moved the series and that with it: it is as
    /// usual there, too, unless it has become something else since, or may not.
    fn as_usual_again(
        &mut self,
        key: OccurrenceKey,
        now: Option<OccurrenceKey>,
        ours_was_moved: bool,
        parts: &mut Parts<'_>,
    ) {
        let (half, own) = match ours_was_moved {
            true => (self.base.theirs(), &parts.theirs),
            false => (&self.base.ours, &parts.ours),
        };
        let (Some(was), Some(now)) = (half.overrides.get(&key), now) else { return };
        let Some(is) = own.get(&now) else { return };
        let side = if ours_was_moved { &self.out.theirs } else { &self.out.ours };
        let moved_along = side.own_of(now, was.clone()).as_ref() == Some(is);
        let fields = match was {
            Override::Cancelled => FieldSet::NONE.with(Field::Time),
            Override::Changed(own) => own.keys().copied().collect(),
        };
        let may = match ours_was_moved {
            true => fields.minus(self.seen.parts.and(self.entry.writable)).is_empty(),
            false => fields.minus(self.seen.open_in(key).and(self.entry.fields)).is_empty(),
        };
        if moved_along && may {
            let (own, out) = match ours_was_moved {
                true => (&mut parts.theirs, &mut self.out.theirs),
                false => (&mut parts.ours, &mut self.out.ours),
            };
            own.to_mut().remove(&now);
            out.overrides.remove(&now);
        } else {
            self.stays_moved(key, ours_was_moved);
        }
    }

    /// The side that moved the series stands, and what the other changed of an occurrence is told.
    fn stays_moved(&mut self, key: OccurrenceKey, ours_was_moved: bool) {
        let about = About::Occurrence(key, None);
        if !ours_was_moved && !self.entry.fields.has(Field::Time) {
            self.out.put_back.push(about);
        } else {
            let verdict = if ours_was_moved { Verdict::External } else { Verdict::Platform };
            let pieces = [&self.base.ours, &self.seen.view, self.theirs].map(|view| Self::piece(view, key));
            self.clash(about, verdict, pieces);
        }
    }

    fn occurrence(&mut self, key: OccurrenceKey, parts: &Parts<'_>) {
        let base = self.base;
        let slot = Slot {
            base_ours: &base.ours.overrides.get(&key),
            ours: &parts.ours.get(&key),
            base_theirs: &base.theirs().overrides.get(&key),
            theirs: &parts.theirs.get(&key),
        };
        if base.disputed_parts.contains(&key) {
            return self.disputed_part(key, slot);
        }
        let ended = |change: &Option<&Override>| *change == Some(&Override::Cancelled);
        let was_ended = ended(slot.base_ours) && ended(slot.base_theirs);
        if was_ended && !ended(slot.ours) && !ended(slot.theirs) {
            // Both say that it takes place again: as usual, but for what either says more.
            for agreed in [&mut self.agreed_ours, &mut self.agreed_theirs] {
                put(agreed, key, None);
            }
            self.field_by_field(key, Slot { base_ours: &None, base_theirs: &None, ..slot });
        } else if ended(slot.base_ours) || ended(slot.ours) || ended(slot.base_theirs) || ended(slot.theirs) {
            self.whole(key, slot);
        } else {
            self.field_by_field(key, slot);
        }
    }

    fn disputed_part(&mut self, key: OccurrenceKey, slot: Slot<'_, Option<&Override>>) {
        if slot.ours == slot.theirs {
            self.out.base.disputed_parts.remove(&key);
            put(&mut self.agreed_ours, key, slot.ours.cloned());
            put(&mut self.agreed_theirs, key, slot.theirs.cloned());
        } else {
            let about = About::Occurrence(key, None);
            let [_, ours, theirs] = slot.map(|o| o.cloned().map(Piece::Occurrence));
            self.out.clashes.push(Clash { about, base: None, ours, theirs, verdict: Verdict::Asked });
        }
    }

    /// Whether it takes place, as one thing. What is masked or not theirs to change has no say in that: theirs is looked
    /// at without it, and where anything is written there, it is put back.
    fn whole(&mut self, key: OccurrenceKey, slot: Slot<'_, Option<&Override>>) {
        let about = About::Occurrence(key, None);
        let counts = |change: &Option<&Override>| change.and_then(|c| self.entering(key, c));
        let (base_theirs, theirs) = (counts(slot.base_theirs), counts(slot.theirs));
        let seen = Slot {
            base_ours: slot.base_ours,
            ours: slot.ours,
            base_theirs: &base_theirs.as_ref(),
            theirs: &theirs.as_ref(),
        };
        let open = self.seen.open.has(Field::Time) && self.seen.closed.get(&key) != Some(&FieldSet::ALL);
        let mut way = self.entry.way(Field::Time, open);
        let cancelled = Some(&Override::Cancelled);
        let ended = *seen.theirs == cancelled && *seen.base_theirs != cancelled && *seen.ours != cancelled;
        if ended && way.enter {
            match self.rules.ending {
                Ending::Enters => {}
                Ending::PutBack => way = Way { enter: false, put_back: true, ..way },
                Ending::Asked => {
                    return self.clash(
                        about,
                        Verdict::Asked,
                        slot.map(|o| o.cloned().map(Piece::Occurrence)),
                    );
                }
            }
        }
        let alike = seen.ours != seen.base_ours && way.enter && counts(seen.ours) == theirs;
        let landed = if alike && way.write {
            Landed::ours(seen)
        } else {
            // Edit against deletion: the edit survives, and what ended here stays ended, unless the policy names a
            // side.
            let latest = policy(self.rules.settings, about, self.rules.booking) == Policy::LastWriteWins;
            let one_ended = *seen.ours == cancelled || *seen.theirs == cancelled;
            land(seen, way, || match self.rules.verdict(about) {
                _ if latest && one_ended => Verdict::Platform,
                // The series says it too by now: there would be nothing left to ask about.
                Verdict::Asked if self.is_said(key, *seen.theirs) => Verdict::Platform,
                verdict => verdict,
            })
        };
        if let Some(verdict) = landed.clash {
            self.clash(about, verdict, slot.map(|o| o.cloned().map(Piece::Occurrence)));
        }
        // Changed there only in what does not count.
        let aside = *slot.theirs != *slot.base_theirs && seen.theirs == seen.base_theirs;
        let alone = landed.ours.is_none() && landed.theirs.is_none() && landed.clash.is_none();
        let comes_in = landed.ours.map(Option::<&_>::cloned);
        let goes = match (&comes_in, landed.theirs) {
            (Some(change), _) if way.write => Some(self.with_not_held(change.clone(), *slot.theirs)),
            (Some(_), _) => None,
            (None, Some(_)) if landed.base.is_none() => Some(slot.base_theirs.cloned()),
            (None, Some(change)) => Some(self.with_not_held(change.cloned(), *slot.theirs)),
            // Alike in what counts: the rest of theirs gives way.
            (None, None) if landed.base.is_some() && way.write => {
                Some(self.with_not_held(slot.ours.cloned(), *slot.theirs))
            }
            (None, None) if aside && way.write && way.put_back => Some(slot.base_theirs.cloned()),
            (None, None) => None,
        };
        // Theirs gives way also in what is not theirs to change beside what is, or where that is all that differs.
        let rest = alone || comes_in.is_some() && landed.clash.is_none();
        let gives_way = rest && goes.as_ref().is_some_and(|change| change.as_ref() != *slot.theirs);
        if landed.put_back || gives_way || aside && way.write && way.put_back {
            self.out.put_back.push(about);
        }
        if let Some((agreed_ours, agreed_theirs)) = landed.base {
            put(&mut self.agreed_ours, key, comes_in.clone().unwrap_or(agreed_ours.cloned()));
            let theirs = || self.with_not_held(agreed_theirs.cloned(), *slot.theirs);
            let agreed_theirs = goes.clone().unwrap_or_else(theirs);
            put(&mut self.agreed_theirs, key, agreed_theirs);
        }
        if let Some(change) = comes_in {
            put(&mut self.out.ours, key, change);
        }
        if let Some(change) = goes {
            put(&mut self.out.theirs, key, change);
        }
    }

    /// Whether what they changed of one occurrence is what their series is going to say of all.
    fn is_said(&self, key: OccurrenceKey, theirs: Option<&Override>) -> bool {
        theirs.is_some_and(|change| self.out.theirs.own_of(key, change.clone()).is_none())
    }

    /// What of theirs may come in of one occurrence.
    fn entering(&self, key: OccurrenceKey, change: &Override) -> Option<Override> {
        let may = self.seen.open_in(key).and(self.entry.fields);
        match change {
            Override::Cancelled => Some(Override::Cancelled),
            Override::Changed(patch) => {
                let patch: Patch = patch
                    .iter()
                    .filter(|(field, _)| may.has(**field))
                    .map(|(f, v)| (*f, v.clone()))
                    .collect();
                (!patch.is_empty()).then_some(Override::Changed(patch))
            }
        }
    }

    /// A change of an occurrence for their side, with what theirs has that is not held in common.
    fn with_not_held(&self, change: Option<Override>, theirs: Option<&Override>) -> Option<Override> {
        let not_held = FieldSet::ALL.minus(self.seen.parts);
        let (Some(own), false) = (patch(theirs), change == Some(Override::Cancelled)) else { return change };
        let mut all = patch(change.as_ref()).cloned().unwrap_or_default();
        all.extend(own.iter().filter(|(field, _)| not_held.has(**field)).map(|(f, v)| (*f, v.clone())));
        (!all.is_empty()).then_some(Override::Changed(all))
    }

    fn field_by_field(&mut self, key: OccurrenceKey, slot: Slot<'_, Option<&Override>>) {
        let open = self.seen.open_in(key);
        for field in self.seen.parts.iter() {
            let own = |change: &Option<&Override>| patch(*change).and_then(|p| p.get(&field)).cloned();
            let values = Slot {
                base_ours: &own(slot.base_ours),
                ours: &own(slot.ours),
                base_theirs: &own(slot.base_theirs),
                theirs: &own(slot.theirs),
            };
            if values.ours == values.base_ours && values.theirs == values.base_theirs {
                continue;
            }
            let about = About::Occurrence(key, Some(field));
            let way = self.entry.way(field, open.has(field));
            // A list on one side only is one value where all may be said; two lists merge guest by guest.
            let both_lists = values.ours.is_some() && values.theirs.is_some();
            let landed = match field {
                Field::Attendees if both_lists || !(way.enter && way.write) => {
                    self.guests_of(values, way, open.has(field))
                }
                _ => land(values, way, || self.rules.verdict(about)),
            };
            if let Some(verdict) = landed.clash {
                self.clash(about, verdict, values.map(|v| v.clone().map(Piece::Value)));
            }
            if landed.put_back {
                self.out.put_back.push(about);
            }
            let (agreed_ours, agreed_theirs) = landed.base.unzip();
            let landed = [landed.ours, landed.theirs, agreed_ours, agreed_theirs];
            let views =
                [&mut self.out.ours, &mut self.out.theirs, &mut self.agreed_ours, &mut self.agreed_theirs];
            for (view, value) in views.into_iter().zip(landed) {
                if let Some(value) = value {
                    put_value(view, key, field, value);
                }
            }
        }
        // What is not held in common for single occurrences is left as it is there.
        for field in FieldSet::ALL.minus(self.seen.parts).iter() {
            let theirs = patch(*slot.theirs).and_then(|p| p.get(&field)).cloned();
            put_value(&mut self.agreed_theirs, key, field, theirs);
        }
    }

    /// The guests of one occurrence, person by person, and one's own answer also where the guests are not one's to change:
    /// each list is told whole, and what an occurrence does not have of its own it has from its series.
    fn guests_of(&self, values: Slot<'_, Option<Value>>, way: Way, open: bool) -> Landed<Option<Value>> {
        let list = |value: &Option<Value>, series: &View| match value {
            Some(Value::Attendees(list)) => list.clone(),
            _ => series.attendees.clone(),
        };
        // What they changed for the whole series they did not change for the occurrence: it may be put back there.
        let inherited = (values.base_theirs, values.theirs) == (&None, &None);
        let series = if inherited { self.base.theirs() } else { self.theirs };
        let lists: Slot<'_, Vec<Attendee>> = Slot {
            base_ours: &list(values.base_ours, &self.base.ours),
            ours: &list(values.ours, &self.seen.view),
            base_theirs: &list(values.base_theirs, self.base.theirs()),
            theirs: &list(values.theirs, series),
        };
        let about = || self.rules.verdict(About::Field(Field::Attendees));
        let landed = people::land(lists, self.entry, way, open, about);
        if landed.is_nowhere() {
            // The same guests, but told in another way: as the series' own, or apart from them.
            return land(values, way, about);
        }
        let value = |list: Vec<Attendee>| Some(Value::Attendees(list));
        Landed {
            ours: landed.ours.map(value),
            theirs: landed.theirs.map(value),
            base: landed.base.map(|(ours, theirs)| (value(ours), value(theirs))),
            clash: landed.clash,
            put_back: landed.put_back,
        }
    }
}

/// The occurrences of a view, with what they had of their own when it was agreed on also where their series came to say
/// the same since. It is still theirs: the series may say something else again, in the same breath.
fn told_out<'v>(view: &'v View, base: &View) -> Cow<'v, BTreeMap<OccurrenceKey, Override>> {
    let mut all = Cow::Borrowed(&view.overrides);
    for (key, was) in &base.overrides {
        let (Override::Changed(was), true) = (was, view.time.span.starting(*key).is_some()) else { continue };
        let Some(own) = patch_or_none(view.overrides.get(key)) else { continue };
        for (field, value) in was {
            if own.is_none_or(|own| !own.contains_key(field)) && *field != Field::Time && view.holds(value) {
                match all.to_mut().entry(*key).or_insert_with(|| Override::Changed(Patch::new())) {
                    Override::Changed(own) => own.insert(*field, value.clone()),
                    Override::Cancelled => None,
                };
            }
        }
    }
    all
}

/// A change of an occurrence in two: what it says of some fields, and the rest.
fn divided(change: &Override, fields: FieldSet) -> (Option<Override>, Option<Override>) {
    let Override::Changed(own) = change else { return (None, Some(change.clone())) };
    let (some, rest): (Patch, Patch) = own.clone().into_iter().partition(|(field, _)| fields.has(*field));
    let told = |patch: Patch| (!patch.is_empty()).then_some(Override::Changed(patch));
    (told(some), told(rest))
}

/// Two changes of an occurrence that have no field in common, as one.
fn joined(one: Option<Override>, other: Option<Override>) -> Option<Override> {
    match (one, other) {
        (Some(Override::Changed(mut one)), Some(Override::Changed(other))) => {
            one.extend(other);
            Some(Override::Changed(one))
        }
        (one, other) => one.or(other),
    }
}

/// What an occurrence has of its own, if it has anything; `None` when it does not take place.
fn patch_or_none(change: Option<&Override>) -> Option<Option<&Patch>> {
    match change {
        None => Some(None),
        Some(Override::Changed(patch)) => Some(Some(patch)),
        Some(Override::Cancelled) => None,
    }
}

/// What each side has of occurrences; with the series moved on one side, under the names that they have then.
struct Parts<'a> {
    ours: Cow<'a, BTreeMap<OccurrenceKey, Override>>,
    theirs: Cow<'a, BTreeMap<OccurrenceKey, Override>>,
}

/// The names of occurrences that each side's series has.
#[derive(Default)]
struct Names {
    ours: BTreeSet<OccurrenceKey>,
    theirs: BTreeSet<OccurrenceKey>,
}

/// Who has an occurrence.
#[derive(PartialEq)]
enum Home {
    Both,
    One,
    Nowhere,
}

pub(crate) fn put(view: &mut View, key: OccurrenceKey, change: Option<Override>) {
    match change {
        Some(change) => view.overrides.insert(key, change),
        None => view.overrides.remove(&key),
    };
}

/// Gives one field of an occurrence a value of its own, or takes it away.
pub(crate) fn put_value(view: &mut View, key: OccurrenceKey, field: Field, value: Option<Value>) {
    let mut own = match view.overrides.remove(&key) {
        Some(Override::Changed(patch)) => patch,
        Some(Override::Cancelled) | None => Patch::new(),
    };
    match value {
        Some(value) => own.insert(field, value),
        None => own.remove(&field),
    };
    if !own.is_empty() {
        view.overrides.insert(key, Override::Changed(own));
    }
}

/// What an occurrence has of its own; nothing when it does not take place.
fn patch(change: Option<&Override>) -> Option<&Patch> {
    match change {
        Some(Override::Changed(patch)) => Some(patch),
        Some(Override::Cancelled) | None => None,
    }
}
