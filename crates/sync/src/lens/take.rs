//! A changed view goes back into the event: what the lens shows truly comes in, what it hides stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::event::Event;
use concord_model::view::{Override, Patch, Timing, Value};
use concord_model::{Field, FieldSet, OccurrenceKey, Span, View, recurrence};
use concord_points::defect;

use super::{Lens, Seen, able, allowed};

impl Lens<'_> {
    /// Takes what differs between `seen` and `after` into the event. Only what the lens shows truly can come in.
    pub fn take_in(&self, event: &mut Event, seen: &Seen, after: &View) {
        self.take_in_part(event, None, seen, after);
    }

    /// The same for one occurrence (of a calendar without series), or the whole.
    pub fn take_in_part(&self, event: &mut Event, part: Option<OccurrenceKey>, seen: &Seen, after: &View) {
        let changed: FieldSet = seen.open.iter().filter(|f| !seen.view.same(*f, after)).collect();
        match part {
            Some(key) => self.take_occurrence(event, key, changed, after),
            None => {
                let series = event.content.time.clone();
                for field in changed.iter() {
                    self.take_field(event, field, after);
                }
                self.take_overrides(event, &series.span, seen, after);
                if event.content.time != series {
                    carry_hidden(&mut event.content, &series.span, after);
                }
            }
        }
        event.content.normalise();
    }

    fn take_field(&self, event: &mut Event, field: Field, after: &View) {
        if FieldSet::PERSONAL.has(field) && self.person != event.owner {
            return self.take_personal(event, field, after);
        }
        match field {
            Field::Description
                if allowed::shows_notes(self) && !defect!("notes come back as a description") =>
            {
                let (own, notes) = (&event.content.description, &event.booking.notes);
                let (description, notes) = allowed::split_notes(&after.description, own, notes);
                event.content.description = description;
                event.booking.notes = notes;
            }
            Field::Time => {
                let span = able::restored(self, &event.content.time.span, &after.time.span);
                event.content.time = Timing { span, recurrence: after.time.recurrence.clone() };
            }
            _ => event.content.take(field, after),
        }
    }

    fn take_personal(&self, event: &mut Event, field: Field, after: &View) {
        let own = event.personal.entry(self.person).or_default();
        match after.value(field) {
            Value::Availability(v) => own.availability = v,
            Value::Colour(v) => own.colour = v,
            Value::Reminders(v) => own.reminders = v,
            _ => {}
        }
    }

    /// One occurrence changed by itself becomes an override; notes and what is someone's own belong to the whole.
    fn take_occurrence(&self, event: &mut Event, key: OccurrenceKey, changed: FieldSet, after: &View) {
        let Some(one) = event.content.occurrence(key) else { return };
        let mut shown = Event { content: one, ..event.clone() };
        for field in changed.iter() {
            self.take_field(&mut shown, field, after);
        }
        match event.content.override_for(key, &shown.content) {
            Some(change) => event.content.overrides.insert(key, change),
            None => event.content.overrides.remove(&key),
        };
        event.personal = shown.personal;
        event.booking.notes = shown.booking.notes;
    }

    fn take_overrides(&self, event: &mut Event, series: &Span, seen: &Seen, after: &View) {
        let keys: BTreeSet<_> = seen.view.overrides.keys().chain(after.overrides.keys()).copied().collect();
        for key in keys {
            let (was, is) = (seen.view.overrides.get(&key), after.overrides.get(&key));
            if was == is || seen.closed.get(&key) == Some(&FieldSet::ALL) {
                continue;
            }
            let merged = match is {
                Some(Override::Cancelled) => Some(Override::Cancelled),
                _ => self.take_patch(event, key, series, seen.open_in(key), (was, is)),
            };
            match merged {
                Some(change) => event.content.overrides.insert(key, change),
                None => event.content.overrides.remove(&key),
            };
        }
    }

    /// What an occurrence then has of its own: what changed there, over what it had.
    fn take_patch(
        &self,
        event: &Event,
        key: OccurrenceKey,
        series: &Span,
        open: FieldSet,
        (was, is): (Option<&Override>, Option<&Override>),
    ) -> Option<Override> {
        let mut own = patch_of(event.content.overrides.get(&key)).cloned().unwrap_or_default();
        let nothing = Patch::new();
        let (was, is) = (patch_of(was).unwrap_or(&nothing), patch_of(is).unwrap_or(&nothing));
        for field in open.iter().filter(|f| was.get(f) != is.get(f)) {
            match is.get(&field) {
                None => own.remove(&field),
                Some(came) => {
                    let value = self.own_value(event, own.get(&field), series.starting(key).as_ref(), came);
                    own.insert(field, value)
                }
            };
        }
        (!own.is_empty()).then_some(Override::Changed(own))
    }

    /// A value that came for one occurrence, as we keep it: its time as ours was told, its description without the
    /// notes, which are the whole event's.
    fn own_value(&self, event: &Event, own: Option<&Value>, usual: Option<&Span>, came: &Value) -> Value {
        match (came, own) {
            (Value::Time(came), own) => {
                let own = match own {
                    Some(Value::Time(own)) => Some(&own.span),
                    _ => usual,
                };
                let span = own.map_or_else(|| came.span.clone(), |own| able::restored(self, own, &came.span));
                Value::Time(span.into())
            }
            (Value::Description(came), own) if allowed::shows_notes(self) => {
                let own = match own {
                    Some(Value::Description(own)) => own,
                    _ => &event.content.description,
                };
                Value::Description(allowed::split_notes(came, own, &event.booking.notes).0)
            }
            (came, _) => came.clone(),
        }
    }
}

fn patch_of(change: Option<&Override>) -> Option<&Patch> {
    match change {
        Some(Override::Changed(patch)) => Some(patch),
        Some(Override::Cancelled) | None => None,
    }
}

/// When a series was moved from outside, what that calendar could not see of an occurrence moves along: an occurrence
/// that is hidden there stays hidden, and what it says stays said.
fn carry_hidden(content: &mut View, from: &Span, after: &View) {
    if !content.is_series() {
        return;
    }
    let own: BTreeSet<OccurrenceKey> =
        content.overrides.keys().copied().filter(|key| !after.overrides.contains_key(key)).collect();
    let stay = recurrence::plausible(&content.time, &own);
    let moved: BTreeMap<OccurrenceKey, OccurrenceKey> = own
        .difference(&stay)
        .filter_map(|key| Some((*key, recurrence::carried(*key, from, &content.time.span)?)))
        .collect();
    let there = recurrence::plausible(&content.time, &moved.values().copied().collect());
    for key in own.difference(&stay) {
        let Some(change) = content.overrides.remove(key) else { continue };
        let Some(now) = moved.get(key).filter(|now| there.contains(now)) else { continue };
        match (content.overrides.get_mut(now), change) {
            (None, change) => {
                content.overrides.insert(*now, change);
            }
            (Some(Override::Changed(there)), Override::Changed(own)) => {
                for (field, value) in own {
                    there.entry(field).or_insert(value);
                }
            }
            (Some(_), _) => {}
        }
    }
}
