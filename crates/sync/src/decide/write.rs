//! The agreement around a write: beside the intent, and after the answer.

use std::collections::BTreeSet;

use concord_model::agreed::Base;
use concord_model::view::{Override, Patch};
use concord_model::{Field, OccurrenceKey, Span, View, recurrence};
use concord_points::defect;

use crate::conflict::{About, Clash, Verdict};
use crate::merge::{put, put_value};

/// The agreement until the write that turns `before` into `after` is answered. What it does not touch is agreed on
/// already. Where it writes, what they hold until then is: their change was seen and decided about, and only ours is
/// still to be done. So a write that never arrives is made again, and nothing is judged, or told, twice.
///
/// An occurrence of a series that is about to be moved stays as it was agreed on in `old` where something of it waits:
/// that it was changed, and has to move along, is told by that. But not where it was decided, and `told`, that it does
/// not.
pub(super) fn before_write(old: &Base, agreed: &Base, told: &[Clash], before: &View, after: &View) -> Base {
    let told: BTreeSet<OccurrenceKey> = told
        .iter()
        .filter(|clash| clash.verdict != Verdict::Asked)
        .filter_map(|clash| match clash.about {
            About::Occurrence(key, None) => Some(key),
            About::Occurrence(_, Some(_)) | About::Field(_) => None,
        })
        .collect();
    let waits = |key| {
        let now = recurrence::carried(key, &before.time.span, &after.time.span);
        !told.contains(&key)
            && now.is_some_and(|now| after.overrides.get(&now) != agreed.theirs().overrides.get(&now))
    };
    let (mut ours, mut theirs) = (agreed.ours.clone(), agreed.theirs().clone());
    for (view, old) in [(&mut ours, &old.ours), (&mut theirs, old.theirs())] {
        for field in before.differing(after).iter() {
            view.take(field, before);
        }
        for key in touched_parts(before, after) {
            match (own(before, key), own(after, key)) {
                _ if before.time != after.time && waits(key) => {
                    put(view, key, old.overrides.get(&key).cloned());
                }
                (Some(was), Some(is)) => {
                    for &field in Field::ALL.iter().filter(|f| was.get(f) != is.get(f)) {
                        put_value(view, key, field, was.get(&field).cloned());
                    }
                }
                _ => put(view, key, before.overrides.get(&key).cloned()),
            }
        }
    }
    Base::of(ours, theirs).disputed_as(agreed)
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
    // Whatever is written, the text is another then; and nobody else wrote it, for the write named its version.
    if theirs.same(Field::Original, before) {
        theirs.take(Field::Original, made);
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

/// The agreement after a write of which no answer came: it was to turn `before` into `after`, and `now` is there.
///
/// What is there as we wrote it has arrived, whoever changed the rest since, and is no news of theirs. Otherwise our own
/// words would come back as somebody else's, against what was changed here in the meantime.
pub fn after_silence(agreed: &Base, before: &View, after: &View, now: &View) -> Base {
    if defect!("our own words come back as theirs") {
        return agreed.clone();
    }
    let (mut ours, mut theirs) = (agreed.ours.clone(), agreed.theirs().clone());
    let mut disputes = agreed.clone();
    for field in before.differing(after).iter().filter(|field| now.same(*field, after)) {
        ours.take(field, after);
        theirs.take(field, now);
        disputes.disputed = disputes.disputed.without(field);
    }
    // A server spells what it is given as it likes: where all else has arrived, and the words are others than they
    // were, these are ours.
    let rest = before.differing(after).without(Field::Original);
    if !now.same(Field::Original, before) && rest.iter().all(|field| now.same(field, after)) {
        ours.take(Field::Original, after);
        theirs.take(Field::Original, now);
    }
    for key in touched_parts(before, after) {
        let part = now.overrides.get(&key);
        if part == after.overrides.get(&key) {
            put(&mut ours, key, part.cloned());
            put(&mut theirs, key, part.cloned());
            disputes.disputed_parts.remove(&key);
        }
    }
    Base::of(ours, theirs).disputed_as(&disputes)
}

/// The same with a calendar that forgets what was special about single occurrences when a series' time or rule is written, also when it
/// is written only to make it forget. What is not there any more, and shall be, went by our own write. It is not agreed on, so it
/// is said once more. When the series takes place as it does only halfway through the write, that is agreed on: nobody there
/// wants it, and what shall be is still to be written.
pub fn after_forgetting(
    agreed: Base,
    before: &View,
    after: &View,
    now: &View,
    halfway: Option<&Span>,
) -> Base {
    let is_back = |key: &OccurrenceKey| [after, now].iter().all(|view| !is_cancelled(view, key));
    let brought_back = before.overrides.keys().any(|key| is_cancelled(before, key) && is_back(key));
    if now.same(Field::Time, before) && !brought_back {
        return agreed;
    }
    let (mut ours, mut theirs) = (agreed.ours.clone(), agreed.theirs().clone());
    if brought_back && halfway.is_some_and(|span| now.time.span.coincides(span)) {
        ours.take(Field::Time, now);
        theirs.take(Field::Time, now);
    }
    for key in after.overrides.keys().filter(|key| !now.overrides.contains_key(key)) {
        put(&mut ours, *key, None);
        put(&mut theirs, *key, None);
    }
    Base::of(ours, theirs).disputed_as(&agreed)
}

fn is_cancelled(view: &View, key: &OccurrenceKey) -> bool {
    view.overrides.get(key) == Some(&Override::Cancelled)
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
