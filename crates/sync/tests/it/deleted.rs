//! Edit against deletion (`rules.md` 8, CF-1, CF-4): what becomes of both, and what kind of conflict is told.

use concord_model::link::{DeletionPolicy, Policy};
use concord_model::view::{Override, Patch, Value};
use concord_model::{Field, View};
use concord_sync::Decision;
use concord_sync::conflict::{Kind, Verdict, kind};
use concord_sync::decide::{Copy, Here, There};
use concord_sync::lens::Eyes;

use crate::odd;
use crate::pair::Pair;

/// A copy that both agreed on, of a series where that is asked for.
fn agreed(rule: Option<&str>) -> Pair {
    let mut pair = Pair::of(odd::event(View::new(odd::timed("2026-10-21 10:00", 60, rule), "Coaching")));
    pair.settle();
    assert_eq!(pair.copy, Copy::Living);
    pair
}

/// What is told: the kind of it all, and who stands.
fn told(decision: &Decision) -> (Kind, Vec<Verdict>) {
    (kind(&decision.clashes), decision.clashes.iter().map(|c| c.verdict).collect())
}

#[test]
fn cf_1_edited_here_and_deleted_there_is_told_as_a_deletion() {
    let check = |conflicts, deletion, (stands, there): (Verdict, fn(&There) -> bool)| {
        let mut pair = agreed(None);
        pair.settings.conflicts = conflicts;
        pair.settings.deletion = deletion;
        pair.event.content.title = "Coaching, paid".to_owned();
        pair.there = None;
        let decision = pair.decide();
        assert_eq!(told(&decision), (Kind::Deleted, vec![stands]), "{conflicts:?} {deletion:?}");
        assert!(there(&decision.there), "{conflicts:?} {deletion:?}: {:?}", decision.there);
    };
    let put_back: (Verdict, fn(&There) -> bool) =
        (Verdict::Platform, |there| matches!(there, There::Recreate(_)));
    let ended: (Verdict, fn(&There) -> bool) = (Verdict::External, |there| *there == There::End);
    check(Policy::LastWriteWins, DeletionPolicy::Delete, put_back);
    check(Policy::KeepPlatform, DeletionPolicy::Delete, put_back);
    check(Policy::KeepExternal, DeletionPolicy::Delete, ended);
    // A link that puts back what is deleted there does so, whoever wins elsewhere.
    check(Policy::KeepExternal, DeletionPolicy::Restore, put_back);
    check(Policy::LastWriteWins, DeletionPolicy::Restore, put_back);
}

#[test]
fn cf_1_edited_here_and_deleted_there_is_asked_about_as_a_deletion() {
    let mut pair = agreed(None);
    pair.settings.conflicts = Policy::Ask;
    pair.event.content.title = "Coaching, paid".to_owned();
    pair.there = None;
    let decision = pair.decide();
    assert_eq!(
        (decision.ask, decision.here, decision.there),
        (Some(Kind::Deleted), Here::Nothing, There::Nothing)
    );
}

#[test]
fn cf_1_deleted_here_and_edited_there_is_told_as_a_deletion() {
    let check = |rule, edit: fn(&mut View)| {
        let mut pair = agreed(rule);
        edit(pair.there.as_mut().unwrap());
        pair.event.deleted_at = Some(pair.now);
        let decision = pair.decide();
        assert_eq!(told(&decision), (Kind::Deleted, vec![Verdict::Platform]), "{:?}", decision.clashes);
        assert_eq!(decision.there, There::Delete);
    };
    check(None, |there| there.title = "Theirs".to_owned());
    check(None, |there| there.time = odd::timed("2026-10-21 11:00", 60, None));
    let weekly = Some("FREQ=WEEKLY;COUNT=3");
    check(weekly, |there| {
        let key = odd::keys(there)[1];
        let patch = Patch::from([(Field::Title, Value::Title("Theirs".to_owned()))]);
        there.overrides.insert(key, Override::Changed(patch));
    });
    // Also where the edit there was an ending itself.
    check(weekly, |there| {
        let key = odd::keys(there)[1];
        there.overrides.insert(key, Override::Cancelled);
    });
    // Nothing is told of what was agreed on, and nothing of who may not change it.
    let mut pair = agreed(weekly);
    let key = odd::keys(&pair.event.content)[1];
    pair.event.content.overrides.insert(key, Override::Cancelled);
    pair.settle();
    pair.event.deleted_at = Some(pair.now);
    assert_eq!(pair.decide().clashes, []);
    pair.there.as_mut().unwrap().overrides.clear();
    assert_eq!(pair.decide().clashes.len(), 1);
    pair.look = (Eyes::Participant, odd::CLIENT);
    assert_eq!(pair.decide().clashes, []);
}

#[test]
fn deleted_on_both_sides_is_no_conflict() {
    let mut pair = agreed(None);
    pair.event.deleted_at = Some(pair.now);
    pair.there = None;
    let decision = pair.decide();
    assert_eq!((decision.clashes, decision.there), (Vec::new(), There::End));
}

#[test]
fn what_a_filter_takes_away_is_not_told_as_deleted() {
    let mut pair = agreed(None);
    pair.there.as_mut().unwrap().title = "Theirs".to_owned();
    pair.settings.filter.from_on = Some(jiff::civil::date(2027, 1, 1));
    let decision = pair.decide();
    assert_eq!(told(&decision), (Kind::DataMismatch, vec![Verdict::Platform]));
    assert_eq!(decision.there, There::Delete);
}

#[test]
fn cf_1_an_occurrence_cancelled_here_and_edited_there_is_told_as_a_deletion() {
    let check = |edit_here: &odd::Edit, edit_there: &odd::Edit| {
        let mut pair = agreed(Some("FREQ=WEEKLY;COUNT=3"));
        pair.edit_here(std::slice::from_ref(edit_here));
        pair.edit_there(std::slice::from_ref(edit_there));
        pair.stamp = Some(pair.now);
        assert_eq!(told(&pair.decide()), (Kind::Deleted, vec![Verdict::Platform]));
    };
    let title = odd::Edit::Part(1, Value::Title("Other".to_owned()));
    check(&odd::Edit::CancelPart(1), &title);
    check(&title, &odd::Edit::CancelPart(1));
}
