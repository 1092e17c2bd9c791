//! Occurrences merge one by one, each named by its original start.

use std::collections::BTreeSet;

use concord_model::agreed::Base;
use concord_model::view::{Override, Patch, Timing};
use concord_model::{Field, FieldSet, OccurrenceKey, View, recurrence};

use super::{Entry, Merged, Outcome, Rules, piece, three_way};
use crate::conflict::{About, Clash, Verdict};
use crate::lens::Seen;

#[expect(clippy::too_many_arguments, reason = "one step of `merge`, which owns all of these")]
pub(super) fn merge(
    base: &Base,
    seen: &Seen,
    theirs: &View,
    entry: Entry,
    rules: &Rules<'_>,
    out: &mut Outcome,
    agreed_ours: &mut View,
    agreed_theirs: &mut View,
) {
    let ours = &seen.view;
    if !(ours.is_series() || theirs.is_series()) {
        return;
    }
    let keys: BTreeSet<OccurrenceKey> =
        [&base.ours, ours, base.theirs(), theirs].iter().flat_map(|v| v.overrides.keys().copied()).collect();
    for key in keys {
        let (base_ours, base_theirs) = (base.ours.overrides.get(&key), base.theirs().overrides.get(&key));
        let (our, their) = (ours.overrides.get(&key), theirs.overrides.get(&key));
        let about = About::Occurrence(key, None);
        let may_enter = !seen.closed.contains(&key) && entry.fields.has(Field::Time);
        let may_write = entry.writable.has(Field::Time);
        let (next_ours, next_theirs) = match (our != base_ours, their != base_theirs) {
            (false, false) => continue,
            (true, false) if may_write => (our.cloned(), our.cloned()),
            (false, true) if may_enter => (their.cloned(), their.cloned()),
            (false, true) if may_write => {
                out.put_back.push(about);
                put(&mut out.theirs, key, base_theirs.cloned());
                continue;
            }
            (true, true) if our == their => (our.cloned(), their.cloned()),
            (true, true) if may_enter && may_write => {
                match both(base_ours, our, their, seen.fields) {
                    Merged::Settled(merged) => (merged.clone(), merged),
                    Merged::Both { .. } => {
                        let about = About::Occurrence(key, clashing_field(base_ours, our, their));
                        // Edit against deletion: the edit survives, unless the policy names a side.
                        let verdict = match (rules.verdict(about), our, their) {
                            (Verdict::Asked, _, _) => Verdict::Asked,
                            (_, Some(Override::Cancelled), _) if by_latest(rules, about) => Verdict::Platform,
                            (_, _, Some(Override::Cancelled)) if by_latest(rules, about) => Verdict::Platform,
                            (v, _, _) => v,
                        };
                        out.clashes.push(Clash {
                            about,
                            base: piece(&base.ours, key),
                            ours: piece(ours, key),
                            theirs: piece(theirs, key),
                            verdict,
                        });
                        match verdict {
                            Verdict::Platform => (our.cloned(), our.cloned()),
                            Verdict::External => (their.cloned(), their.cloned()),
                            Verdict::Asked => continue,
                        }
                    }
                }
            }
            (true, true) if may_write => {
                out.put_back.push(about);
                (our.cloned(), our.cloned())
            }
            // Not ours to write there: each keeps its own.
            _ => {
                put(agreed_ours, key, our.cloned());
                put(agreed_theirs, key, their.cloned());
                continue;
            }
        };
        put(&mut out.ours, key, next_ours.clone());
        put(&mut out.theirs, key, next_theirs.clone());
        put(agreed_ours, key, next_ours);
        put(agreed_theirs, key, next_theirs);
    }
    drop_orphans(base, ours, theirs, out);
    for view in [&mut out.ours, &mut out.theirs, agreed_ours, agreed_theirs] {
        let time = view.time.clone();
        view.overrides.retain(|key, _| in_series(&time, *key));
        view.normalise();
    }
}

/// When one side moved the series, an occurrence that the other side changed meanwhile may no longer exist. What
/// was changed is kept as a clash, so that it is not lost without a word (I-03).
fn drop_orphans(base: &Base, ours: &View, theirs: &View, out: &mut Outcome) {
    let mut lost = Vec::new();
    for (key, _) in out.ours.overrides.iter().chain(&out.theirs.overrides) {
        if !in_series(&out.ours.time, *key) && !lost.contains(key) {
            lost.push(*key);
        }
    }
    for key in lost {
        let fresh_here = ours.overrides.get(&key) != base.ours.overrides.get(&key);
        let fresh_there = theirs.overrides.get(&key) != base.theirs().overrides.get(&key);
        if fresh_here || fresh_there {
            out.clashes.push(Clash {
                about: About::Occurrence(key, None),
                base: piece(&base.ours, key),
                ours: piece(ours, key),
                theirs: piece(theirs, key),
                verdict: if fresh_here { Verdict::External } else { Verdict::Platform },
            });
        }
        out.ours.overrides.remove(&key);
        out.theirs.overrides.remove(&key);
    }
}

/// Whether the series has that occurrence. Where that cannot be told with bounded work, it stays.
fn in_series(time: &Timing, key: OccurrenceKey) -> bool {
    time.recurrence.is_some() && recurrence::occurs(time, key).unwrap_or(true)
}

fn by_latest(rules: &Rules<'_>, about: About) -> bool {
    use concord_model::link::Policy;
    crate::conflict::policy(rules.settings, about, rules.booking) == Policy::LastWriteWins
}

fn put(view: &mut View, key: OccurrenceKey, change: Option<Override>) {
    match change {
        Some(change) => view.overrides.insert(key, change),
        None => view.overrides.remove(&key),
    };
}

/// Merges an occurrence that both sides changed, field by field.
fn both(
    base: Option<&Override>,
    ours: Option<&Override>,
    theirs: Option<&Override>,
    fields: FieldSet,
) -> Merged<Option<Override>> {
    let clash = || Merged::Both { ours: ours.cloned(), theirs: theirs.cloned() };
    let (Some(base), Some(our), Some(their)) = (patch(base), patch(ours), patch(theirs)) else {
        return clash();
    };
    let mut merged = Patch::new();
    for field in fields.iter() {
        match three_way(base.get(&field), our.get(&field), their.get(&field)) {
            Merged::Settled(None) => {}
            Merged::Settled(Some(value)) => {
                merged.insert(field, value.clone());
            }
            Merged::Both { .. } => return clash(),
        }
    }
    Merged::Settled((!merged.is_empty()).then_some(Override::Changed(merged)))
}

/// What an occurrence changes; `None` when it does not take place.
fn patch(change: Option<&Override>) -> Option<Patch> {
    match change {
        None => Some(Patch::new()),
        Some(Override::Changed(patch)) => Some(patch.clone()),
        Some(Override::Cancelled) => None,
    }
}

fn clashing_field(
    base: Option<&Override>,
    ours: Option<&Override>,
    theirs: Option<&Override>,
) -> Option<Field> {
    let (base, ours, theirs) = (patch(base)?, patch(ours)?, patch(theirs)?);
    Field::ALL
        .iter()
        .copied()
        .find(|f| matches!(three_way(base.get(f), ours.get(f), theirs.get(f)), Merged::Both { .. }))
}
