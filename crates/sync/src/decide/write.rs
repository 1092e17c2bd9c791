//! The agreement around a write: beside the intent, and after the answer.

use std::collections::BTreeSet;

use concord_model::agreed::Base;
use concord_model::view::{Override, Patch};
use concord_model::{Field, OccurrenceKey, View};

use crate::merge::{put, put_value};

/// The agreement to store beside an intent: what the coming write does not touch is agreed on already; what it
/// touches stays as it was until the answer is there.
pub fn before_write(old: Option<&Base>, new: &Base, before: &View, after: &View) -> Option<Base> {
    let old = old?;
    let (mut ours, mut theirs) = (new.ours.clone(), new.theirs().clone());
    let mut disputes = new.clone();
    for field in before.differing(after).iter() {
        ours.take(field, &old.ours);
        theirs.take(field, old.theirs());
        if old.disputed.has(field) {
            disputes.disputed = disputes.disputed.with(field);
        }
    }
    for key in touched_parts(before, after) {
        put(&mut ours, key, old.ours.overrides.get(&key).cloned());
        put(&mut theirs, key, old.theirs().overrides.get(&key).cloned());
        if old.disputed_parts.contains(&key) {
            disputes.disputed_parts.insert(key);
        }
    }
    Some(Base::of(ours, theirs).disputed_as(&disputes))
}

/// The agreement after a write that turned `before` (nothing, if it was made) into `after`, of which the provider made
/// `made`: where we wrote what is agreed on, their half is what the provider made of it (BM-130).
///
/// What we did not write and is different all the same was changed by someone else, or by the provider on the way.
/// That is news, not an agreement: whoever finds the result's half of theirs other than `made` has to decide again.
pub fn after_write(agreed: &Base, before: Option<&View>, after: &View, made: &View) -> Base {
    let Some(before) = before else { return Base::of(agreed.ours.clone(), made.clone()).disputed_as(agreed) };
    let mut theirs = agreed.theirs().clone();
    for field in before.differing(after).iter() {
        if theirs.same(field, after) {
            theirs.take(field, made);
        }
    }
    for key in touched_parts(before, after) {
        let part = |view: &View| view.overrides.get(&key).cloned();
        if part(&theirs) == part(after) {
            put(&mut theirs, key, part(made));
        } else if let (Some(before), Some(after), Some(made)) =
            (own(before, key), own(after, key), own(made, key))
        {
            let agreed = own(&theirs, key).unwrap_or_default();
            for &field in Field::ALL {
                let value = |patch: &Patch| patch.get(&field).cloned();
                if value(&before) != value(&after) && value(&agreed) == value(&after) {
                    put_value(&mut theirs, key, field, value(&made));
                }
            }
        }
    }
    Base::of(agreed.ours.clone(), theirs).disputed_as(agreed)
}

/// What an occurrence has of its own; `None` when it does not take place.
fn own(view: &View, key: OccurrenceKey) -> Option<Patch> {
    match view.overrides.get(&key) {
        None => Some(Patch::new()),
        Some(Override::Changed(patch)) => Some(patch.clone()),
        Some(Override::Cancelled) => None,
    }
}

/// The occurrences that a write touches.
fn touched_parts(before: &View, after: &View) -> BTreeSet<OccurrenceKey> {
    let keys = before.overrides.keys().chain(after.overrides.keys()).copied();
    keys.filter(|key| before.overrides.get(key) != after.overrides.get(key)).collect()
}
