//! One side is not there, or must not be: what a deletion means, and what leaves a calendar.

use concord_model::link::{DeletionPolicy, Direction, Policy};
use concord_model::observed::Hold;
use concord_model::view::{Override, Value};
use concord_model::{Field, recurrence};
use concord_points::defect;

use super::agree::entry;
use super::{Decision, Here, Side, Situation, There, Why};
use crate::conflict::{About, Clash, Kind, Piece, Verdict};
use crate::lens::{Eyes, Seen};

/// It is wanted, and a person took it away there.
pub(super) fn gone_there(s: &Situation<'_>, seen: &Seen) -> Decision {
    let direction = s.lens.settings.direction;
    // A link that only sends ignores what is not its own (`rules.md` 15): the original ended, the event stays here.
    if s.lens.eyes == Eyes::Home && direction == Direction::Push {
        return Decision { there: There::End, why: Some(Why::DeletedThere), ..Decision::default() };
    }
    let may_delete = direction != Direction::Push
        && s.lens.eyes != Eyes::Participant
        && (s.lens.eyes == Eyes::Home || s.home_hold == Hold::Free);
    if !may_delete {
        return Decision { put_back: vec![About::Field(Field::Status)], ..again(s, seen) };
    }
    let mut policy = s.lens.settings.deletion_policy(s.event.is_booking());
    let mut clashes = Vec::new();
    if policy != DeletionPolicy::Ask && was_edited(s, seen) {
        // Edit against deletion: the edit survives, unless the policy names a side (`rules.md` 8).
        let verdict = match s.lens.settings.conflicts {
            Policy::KeepExternal if policy == DeletionPolicy::Delete => Verdict::External,
            Policy::Ask => {
                policy = DeletionPolicy::Ask;
                Verdict::Asked
            }
            Policy::LastWriteWins | Policy::KeepPlatform | Policy::KeepExternal => {
                policy = DeletionPolicy::Restore;
                Verdict::Platform
            }
        };
        if verdict != Verdict::Asked {
            clashes.push(Clash {
                about: About::Field(Field::Status),
                base: None,
                ours: Some(Piece::Value(Value::Status(seen.view.status))),
                theirs: Some(Piece::Gone),
                verdict,
            });
        }
    }
    let decision = match (policy, s.question) {
        (DeletionPolicy::Delete, _) => Decision {
            here: end_here(s),
            there: There::End,
            why: Some(Why::DeletedThere),
            ..Decision::default()
        },
        (DeletionPolicy::Restore, _) => again(s, seen),
        (DeletionPolicy::Ask, Some(question)) if question.expires_at <= s.now => again(s, seen),
        (DeletionPolicy::Ask, _) => {
            Decision { ask: Some(Kind::Deleted), why: Some(Why::DeletionAsked), ..Decision::default() }
        }
    };
    Decision { clashes, ..decision }
}

/// It is made again, where that calendar may be written.
fn again(s: &Situation<'_>, seen: &Seen) -> Decision {
    let can = s.lens.settings.direction != Direction::Pull && s.writable;
    let there = if can { There::Recreate(Box::new(seen.view.clone())) } else { There::End };
    Decision { there, why: Some(Why::PutBack), ..Decision::default() }
}

/// Whether it was changed here since the last agreement, in something that this calendar shows truly.
fn was_edited(s: &Situation<'_>, seen: &Seen) -> bool {
    let Some(base) = s.base.filter(|_| !defect!("a deletion there forgets an edit here")) else {
        return false;
    };
    let fields = seen.open.iter().any(|field| !seen.view.same(field, &base.ours));
    fields || seen.view.overrides != base.ours.overrides
}

/// What a deletion there does here. Of a calendar that holds the occurrences of a series one by one, it ends the one.
fn end_here(s: &Situation<'_>) -> Here {
    let Some(key) = s.part else { return Here::Delete };
    let mut event = s.event.clone();
    event.content.overrides.insert(key, Override::Cancelled);
    if recurrence::is_empty(&event.content.time, &event.content.overrides) {
        // A series without occurrences is not stored (BM-053).
        return Here::Delete;
    }
    Here::Change(Box::new(event))
}

/// It must not be there, and is.
pub(super) fn remove(s: &Situation<'_>, why: Why, theirs: Side<'_>) -> Decision {
    let ended_by_person = matches!(why, Why::Not(not) if not.is_end());
    // Settings never take away an original (`rules.md` 3).
    let original = s.lens.eyes == Eyes::Home && !ended_by_person;
    // What may not be written stays until it may be (BM-038).
    if original || s.lens.settings.direction == Direction::Pull || !s.writable {
        return Decision { why: Some(why), ..Decision::default() };
    }
    // What a setting hides is still there.
    let ours = ended_by_person.then_some(Piece::Gone);
    Decision { there: There::Delete, why: Some(why), clashes: lost(s, ours, theirs), ..Decision::default() }
}

/// What was changed there meanwhile and goes with the copy: it is kept as decided for the platform, and can be brought
/// back (CF-4, I-03).
fn lost(s: &Situation<'_>, ours: Option<Piece>, theirs: Side<'_>) -> Vec<Clash> {
    let (Side::Seen(theirs), Some(base)) = (theirs, s.base) else { return Vec::new() };
    if defect!("a deletion here forgets an edit there") {
        return Vec::new();
    }
    let may = entry(s, theirs.hold).fields;
    let (was, is) = (base.theirs(), &theirs.view);
    let kept =
        |about, base, theirs| Clash { about, base, ours: ours.clone(), theirs, verdict: Verdict::Platform };
    let mut clashes: Vec<Clash> = is
        .differing(was)
        .and(may)
        .iter()
        .map(|field| {
            let piece = |view: &concord_model::View| Some(Piece::Value(view.value(field)));
            kept(About::Field(field), piece(was), piece(is))
        })
        .collect();
    let keys: std::collections::BTreeSet<_> =
        was.overrides.keys().chain(is.overrides.keys()).copied().collect();
    for key in keys {
        let (was, is) = (was.overrides.get(&key), is.overrides.get(&key));
        if was != is && may.has(Field::Time) {
            let piece = |change: Option<&Override>| change.cloned().map(Piece::Occurrence);
            clashes.push(kept(About::Occurrence(key, None), piece(was), piece(is)));
        }
    }
    clashes
}
