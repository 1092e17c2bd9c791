//! Occurrences merge one by one, each named by its original start, and field by field.
//!
//! That an occurrence does not take place is one thing about it; where it does on all sides, each field that it has of
//! its own is merged like a field of the event. When one side moved the series, what the other side changed of an
//! occurrence meanwhile moves along; where the series no longer has the occurrence, it is kept as a clash, so that it
//! is not lost without a word (I-03).

use std::collections::BTreeSet;

use concord_model::link::Policy;
use concord_model::people::Attendee;
use concord_model::view::{Override, Patch, Timing, Value};
use concord_model::{Field, FieldSet, OccurrenceKey, View, recurrence};

use super::land::{Landed, Slot, Way, land};
use super::{Ending, Merging, people};
use crate::conflict::{About, Clash, Piece, Verdict, policy};
use crate::lens::carried;

impl Merging<'_> {
    pub(super) fn occurrences(&mut self) {
        let (ours, theirs, base) = (&self.seen.view, self.theirs, self.base);
        if !(ours.is_series() || theirs.is_series()) {
            return;
        }
        let views = [&base.ours, ours, base.theirs(), theirs];
        let keys: BTreeSet<OccurrenceKey> = views.iter().flat_map(|v| v.overrides.keys().copied()).collect();
        for key in keys {
            let changed = ours.overrides.get(&key) != base.ours.overrides.get(&key)
                || theirs.overrides.get(&key) != base.theirs().overrides.get(&key);
            if !changed && self.times_stand() {
                continue;
            }
            match (self.home_of(key), changed) {
                (Home::Both, true) => self.occurrence(key),
                (Home::Both, false) => {}
                // The series differ, and only one has it: it waits until they agree.
                (Home::One, _) => {}
                (Home::Nowhere, _) => self.homeless(key),
            }
        }
        for view in [&mut self.out.ours, &mut self.out.theirs, &mut self.agreed_ours, &mut self.agreed_theirs]
        {
            view.normalise();
        }
    }

    /// Whether neither series was moved.
    fn times_stand(&self) -> bool {
        self.out.ours.time == self.seen.view.time && self.out.theirs.time == self.theirs.time
    }

    /// Who has that occurrence after the times were merged. A series that was not changed has those that it names
    /// itself, also where no rule produces them.
    fn home_of(&self, key: OccurrenceKey) -> Home {
        if self.out.ours.time == self.out.theirs.time && self.times_stand() {
            return Home::Both;
        }
        let has = |after: &Timing, before: &View| {
            (*after == before.time && before.overrides.contains_key(&key)) || in_series(after, key)
        };
        let ours = has(&self.out.ours.time, &self.seen.view);
        let theirs = has(&self.out.theirs.time, self.theirs);
        match (ours, theirs) {
            (true, true) => Home::Both,
            // They are one series now: what one has, both have.
            (true, false) | (false, true) if self.out.ours.time == self.out.theirs.time => Home::Both,
            (true, false) | (false, true) => Home::One,
            (false, false) => Home::Nowhere,
        }
    }

    /// One side moved the series away from an occurrence. What the other side changed of it in the meantime goes along
    /// to where the occurrence is now; if it is nowhere, the side that moved the series stands.
    fn homeless(&mut self, key: OccurrenceKey) {
        let (ours, theirs, base) = (&self.seen.view, self.theirs, self.base);
        let (our, their) = (ours.overrides.get(&key), theirs.overrides.get(&key));
        let fresh_here = our != base.ours.overrides.get(&key);
        let fresh_there = their != base.theirs().overrides.get(&key);
        let they_moved = self.out.ours.time != ours.time;
        let (fresh, from) = if they_moved {
            (our.filter(|_| fresh_here), &ours.time)
        } else {
            (their.filter(|_| fresh_there), &theirs.time)
        };
        if let Some(fresh) = fresh {
            let to = &self.out.ours.time;
            let now = carried(key, &from.span, &to.span).filter(|now| in_series(to, *now));
            let taken = |now: &OccurrenceKey| [ours, theirs].iter().any(|v| v.overrides.contains_key(now));
            match now.filter(|now| !taken(now)) {
                Some(now) => {
                    let change = fresh.clone();
                    for view in [
                        &mut self.out.ours,
                        &mut self.out.theirs,
                        &mut self.agreed_ours,
                        &mut self.agreed_theirs,
                    ] {
                        view.overrides.insert(now, change.clone());
                    }
                }
                None => self.out.clashes.push(Clash {
                    about: About::Occurrence(key, None),
                    base: Self::piece(&base.ours, key),
                    ours: Self::piece(ours, key),
                    theirs: Self::piece(theirs, key),
                    verdict: if they_moved { Verdict::External } else { Verdict::Platform },
                }),
            }
        }
        for view in [&mut self.out.ours, &mut self.out.theirs, &mut self.agreed_ours, &mut self.agreed_theirs]
        {
            view.overrides.remove(&key);
        }
        self.out.base.disputed_parts.remove(&key);
    }

    fn occurrence(&mut self, key: OccurrenceKey) {
        let (base, ours, theirs) = (self.base, &self.seen.view, self.theirs);
        let slot = Slot {
            base_ours: &base.ours.overrides.get(&key),
            ours: &ours.overrides.get(&key),
            base_theirs: &base.theirs().overrides.get(&key),
            theirs: &theirs.overrides.get(&key),
        };
        if base.disputed_parts.contains(&key) {
            return self.disputed_part(key, slot);
        }
        let ended = |change: &Option<&Override>| *change == Some(&Override::Cancelled);
        if ended(slot.base_ours) || ended(slot.ours) || ended(slot.base_theirs) || ended(slot.theirs) {
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

    /// Whether it takes place, as one thing.
    fn whole(&mut self, key: OccurrenceKey, slot: Slot<'_, Option<&Override>>) {
        let about = About::Occurrence(key, None);
        let open = self.seen.open.has(Field::Time) && self.seen.closed.get(&key) != Some(&FieldSet::ALL);
        let mut way = self.entry.way(Field::Time, open);
        let cancelled = Some(&Override::Cancelled);
        let ended = *slot.theirs == cancelled && *slot.base_theirs != cancelled && *slot.ours != cancelled;
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
        // Edit against deletion: the edit survives, and what ended here stays ended, unless the policy names a side.
        let latest = policy(self.rules.settings, about, self.rules.booking) == Policy::LastWriteWins;
        let one_ended = *slot.ours == cancelled || *slot.theirs == cancelled;
        let judge = || if latest && one_ended { Verdict::Platform } else { self.rules.verdict(about) };
        let landed = land(slot, way, judge);
        if let Some(verdict) = landed.clash {
            self.clash(about, verdict, slot.map(|o| o.cloned().map(Piece::Occurrence)));
        }
        if landed.put_back {
            self.out.put_back.push(about);
        }
        // What comes back to life comes in only with what may come in.
        let comes_in = landed.ours.map(|o| o.and_then(|o| self.entering(key, o)));
        if let Some(change) = &comes_in {
            put(&mut self.out.ours, key, change.clone());
        }
        match (&comes_in, landed.theirs) {
            (Some(change), _) if way.write => put(&mut self.out.theirs, key, change.clone()),
            (_, Some(change)) => put(&mut self.out.theirs, key, change.cloned()),
            _ => {}
        }
        if let Some((agreed_ours, agreed_theirs)) = landed.base {
            let agreed_ours = comes_in.clone().unwrap_or(agreed_ours.cloned());
            let agreed_theirs = comes_in.filter(|_| way.write).unwrap_or(agreed_theirs.cloned());
            put(&mut self.agreed_ours, key, agreed_ours);
            put(&mut self.agreed_theirs, key, agreed_theirs);
        }
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
            let landed = match field {
                Field::Attendees if !(way.enter && way.write) => self.answers(values, way, open.has(field)),
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

    /// The person's own answer for one occurrence, where the guests are not theirs to change: each list is told whole,
    /// and what an occurrence does not have of its own it has from its series.
    fn answers(&self, values: Slot<'_, Option<Value>>, way: Way, open: bool) -> Landed<Option<Value>> {
        let list = |value: &Option<Value>, series: &View| match value {
            Some(Value::Attendees(list)) => list.clone(),
            _ => series.attendees.clone(),
        };
        let lists: Slot<'_, Vec<Attendee>> = Slot {
            base_ours: &list(values.base_ours, &self.base.ours),
            ours: &list(values.ours, &self.seen.view),
            base_theirs: &list(values.base_theirs, self.base.theirs()),
            theirs: &list(values.theirs, self.theirs),
        };
        let about = || self.rules.verdict(About::Field(Field::Attendees));
        let landed = people::land(lists, self.entry, way, open, about);
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

/// Who has an occurrence.
enum Home {
    Both,
    One,
    Nowhere,
}

/// Whether the series has that occurrence. Where that cannot be told with bounded work, it stays.
fn in_series(time: &Timing, key: OccurrenceKey) -> bool {
    time.recurrence.is_some() && recurrence::occurs(time, key).unwrap_or(true)
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
