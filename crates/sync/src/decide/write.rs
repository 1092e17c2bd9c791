//! The agreement around a write: beside the intent, and after the answer.

use std::collections::BTreeSet;

use concord_model::agreed::Base;
use concord_model::{OccurrenceKey, View};

use crate::merge::put;

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
/// `made`: where we wrote, their half is what the provider made of it (BM-130).
///
/// What we did not write and is different all the same was changed by someone else, or by the provider on the way.
/// That is news, not an agreement: whoever finds the result's half of theirs other than `made` has to decide again.
pub fn after_write(agreed: &Base, before: Option<&View>, after: &View, made: &View) -> Base {
    let Some(before) = before else { return Base::of(agreed.ours.clone(), made.clone()).disputed_as(agreed) };
    let mut theirs = agreed.theirs().clone();
    for field in before.differing(after).iter() {
        theirs.take(field, made);
    }
    for key in touched_parts(before, after) {
        put(&mut theirs, key, made.overrides.get(&key).cloned());
    }
    Base::of(agreed.ours.clone(), theirs).disputed_as(agreed)
}

/// The occurrences that a write touches.
fn touched_parts(before: &View, after: &View) -> BTreeSet<OccurrenceKey> {
    let keys = before.overrides.keys().chain(after.overrides.keys()).copied();
    keys.filter(|key| before.overrides.get(key) != after.overrides.get(key)).collect()
}
