//! Whatever both sides did: it ends soon, both agree, nothing is lost, and a crash changes nothing.
//!
//! The cases are related triples: one random state, agreed on by both, then changed on either side (CanopyCheck).

use concord_model::link::Direction;
use concord_model::observed::Hold;
use concord_model::{Field, FieldSet, View};
use concord_sync::Decision;
use concord_sync::conflict::{About, Verdict};
use concord_sync::decide::{Copy, Here};
use concord_sync::lens::Eyes;
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::laws_lens::config;
use crate::odd::{self, Edit};
use crate::pair::{Crash, Keeps, Pair};

/// A state that both agreed on, and what each side did then.
#[derive(Clone, Debug)]
pub(crate) struct Triple {
    pub seed: Seed,
    pub here: Vec<Edit>,
    pub there: Vec<Edit>,
    pub later: i64,
}

#[derive(Clone)]
pub(crate) struct Seed(pub Pair);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let p = &self.0;
        writeln!(f, "{:?} {:?} {:?} part {:?} hides {}", p.look, p.keeps, p.hold, p.part, p.hidden.len())?;
        writeln!(f, "able: {:?} read only {:?} {:?}", p.able.fields, p.able.read_only, p.able.series)?;
        writeln!(f, "{:?} {:?} {:?}", p.settings.sight, p.settings.conflicts, p.settings.booking_time)?;
        let short = |json: String| json.replace("zzzzzzzzzzzzzzzz", "~").replace("äbäbäbäbäbäbäbäb", "~");
        writeln!(
            f,
            "event {}",
            short(serde_json::to_string(&(&p.event.content, &p.event.booking, &p.event.personal)).unwrap())
        )?;
        writeln!(f, "there {}", short(serde_json::to_string(&p.there).unwrap()))
    }
}

fn seeds() -> impl Strategy<Value = Seed> {
    (
        odd::events(),
        odd::capabilities(),
        odd::settings(),
        odd::looks(),
        0usize..6,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(event, able, settings, look, n, tidily, named)| {
            let mut pair = Pair { able, settings, look, ..Pair::of(event) };
            pair.keeps = if tidily { Keeps::Tidily } else { Keeps::Exactly };
            pair.part = crate::laws_lens::part(&pair.lens(), &pair.event, n);
            if named && look.0 != Eyes::Home {
                pair.hidden = crate::laws_blind::client(&["Anna", "Miller"]);
            }
            pair.settle();
            Seed(pair)
        })
}

pub(crate) fn triples() -> impl Strategy<Value = Triple> {
    (seeds(), vec(odd::edits(), 0..4), vec(odd::edits(), 0..4), -5i64..6)
        .prop_map(|(seed, here, there, later)| Triple { seed, here, there, later })
        .prop_filter("it is there", |t| t.seed.0.there.is_some())
}

impl Triple {
    /// The pair after both sides were changed.
    pub(crate) fn changed(&self) -> Pair {
        let mut pair = self.seed.0.clone();
        pair.edit_here(&self.here);
        pair.edit_there(&self.there);
        pair.stamp = Some(pair.now + SignedDuration::from_secs(self.later));
        pair.now += SignedDuration::from_secs(10);
        pair
    }
}

fn is_asked(decision: &Decision) -> bool {
    decision.ask.is_some()
}

/// One decision is enough, and the second look does nothing, and changes no agreement (I-02).
pub(crate) fn one_decision_is_enough(triple: &Triple) -> Result<(), TestCaseError> {
    let mut pair = triple.changed();
    let (did, last) = pair.settle();
    prop_assert!(did.len() <= 1, "{} rounds: {did:#?}", did.len());
    let (base, event, there) = (pair.base.clone(), pair.event.clone(), pair.there.clone());
    let (again, quiet) = pair.settle();
    prop_assert!(again.is_empty(), "{again:#?} after {last:#?}");
    prop_assert_eq!(quiet.clashes.iter().filter(|c| c.verdict != Verdict::Asked).count(), 0);
    prop_assert_eq!((base, event, there), (pair.base, pair.event, pair.there));
    Ok(())
}

/// A crash at any step of a write changes nothing, and nothing is told twice (I-14).
pub(crate) fn a_crash_changes_nothing(triple: &Triple) -> Result<(), TestCaseError> {
    let mut never = triple.changed();
    let first = never.decide();
    let (_, last) = never.settle();
    for crash in [Crash::BeforeEffect, Crash::AfterEffect] {
        let mut pair = triple.changed();
        pair.carry_out(&first, crash);
        let (did, end) = pair.settle();
        prop_assert_eq!(&pair.event.content, &never.event.content, "{:?} {:#?}", crash, did);
        prop_assert_eq!(&pair.event.booking.notes, &never.event.booking.notes);
        prop_assert_eq!(&pair.there, &never.there, "{:?} {:#?}", crash, did);
        prop_assert_eq!(end.ask, last.ask);
        let clashes = did.iter().chain([&end]).flat_map(|d| &d.clashes);
        let told_again = clashes.filter(|c| c.verdict != Verdict::Asked);
        prop_assert_eq!(told_again.count(), 0, "{:?} {:#?}", crash, did);
    }
    Ok(())
}

/// A crash beside a provider that rewrites what it is given ends in agreement, with one decision more (I-14).
pub(crate) fn a_crash_ends_in_agreement(triple: &Triple, crash: Crash) -> Result<(), TestCaseError> {
    let mut pair = triple.changed();
    let first = pair.decide();
    pair.carry_out(&first, crash);
    let (did, last) = pair.settle();
    prop_assert!(did.len() <= 1, "{} rounds: {did:#?}", did.len());
    if pair.there.is_some() && !is_asked(&last) {
        let apart = pair.differing();
        prop_assert!(apart.is_empty(), "{apart:?} apart after {did:#?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn one_decision_is_enough_and_then_nothing_is_done_any_more(triple in triples()) {
        one_decision_is_enough(&triple)?;
    }

    #[test]
    fn i_01_both_sides_agree_in_the_end(triple in triples()) {
        let mut pair = triple.changed();
        let (did, last) = pair.settle();
        if pair.there.is_some() && !is_asked(&last) {
            let apart = pair.differing();
            prop_assert!(apart.is_empty(), "{apart:?} apart after {did:#?}\n{:#?}\n{:#?}", pair.seen(), pair.there);
        }
    }

    #[test]
    fn i_03_what_either_side_changed_is_in_the_end_or_is_told(triple in triples()) {
        let seed = &triple.seed.0;
        let mut pair = triple.changed();
        let before = (pair.seen(), pair.there.clone());
        let decision = pair.decide();
        let told = Told::of(&decision);
        let (did, _) = pair.settle();
        let told = did.iter().map(Told::of).fold(told, Told::with);
        let (Some(base), (Some(was), Some(there)), Some(seen)) = (&seed.base, &before, pair.seen()) else { return Ok(()) };
        let Some(end) = &pair.there else { return Ok(()) };
        for field in seen.fields.minus(pair.able.read_only).iter().filter(|f| *f != Field::Attendees) {
            let changed_here = !was.view.same(field, &base.ours) && was.open.has(field);
            let changed_there = !there.same(field, base.theirs());
            let kept = |side: &View| {
                let shown = |word: &str| seen.view.description.contains(word);
                let told = field == Field::Description && side.description.replace("— Notes —", "").split_whitespace().all(shown);
                seen.view.same(field, side) || end.same(field, side) || told
            };
            prop_assert!(!changed_here || kept(&was.view) || told.fields.has(field) || !seen.open.has(field), "our {field} is lost");
            prop_assert!(!changed_there || kept(there) || told.fields.has(field) || !seen.open.has(field), "their {field} is lost");
        }
    }

    #[test]
    fn the_same_situation_is_decided_alike(triple in triples()) {
        prop_assert_eq!(triple.changed().decide(), triple.changed().decide());
    }

    #[test]
    fn i_14_a_crash_at_any_step_of_a_write_changes_nothing(triple in triples()) {
        prop_assume!(triple.seed.0.keeps == Keeps::Exactly);
        a_crash_changes_nothing(&triple)?;
    }

    #[test]
    fn i_14_a_crash_beside_a_provider_that_rewrites_ends_in_agreement(triple in triples(), after_effect: bool) {
        let crash = if after_effect { Crash::AfterEffect } else { Crash::BeforeEffect };
        a_crash_ends_in_agreement(&triple, crash)?;
    }

    #[test]
    fn i_14_an_effect_without_any_memory_of_it_changes_nothing(triple in triples()) {
        prop_assume!(triple.seed.0.keeps == Keeps::Exactly);
        let mut never = triple.changed();
        let first = never.decide();
        never.settle();
        // The old agreement and the old event, and the write was made all the same.
        let mut pair = triple.changed();
        let mut effect = pair.clone();
        effect.carry_out(&first, Crash::AfterEffect);
        pair.there = effect.there;
        if pair.there.is_some() && first.here == Here::Nothing {
            pair.settle();
            prop_assert_eq!(&pair.there, &never.there);
            prop_assert_eq!(&pair.event.content, &never.event.content);
        }
    }

    #[test]
    fn whatever_the_calendar_lets_us_do_it_ends(
        triple in triples(), hold in odd::among(&[Hold::Free, Hold::Guest, Hold::ReadOnly]),
        direction in odd::among(&[Direction::Both, Direction::Push, Direction::Pull]), writable: bool, home_free: bool,
    ) {
        let mut pair = triple.changed();
        pair.hold = hold;
        pair.writable = writable;
        pair.settings.direction = direction;
        pair.home_hold = if home_free { Hold::Free } else { Hold::Guest };
        let there = pair.there.clone();
        let event = pair.event.clone();
        let (did, _) = pair.settle();
        prop_assert!(did.len() <= 1, "{} rounds: {did:#?}", did.len());
        if (!writable || direction == Direction::Pull || hold == Hold::ReadOnly)
            && pair.copy == Copy::Living {
                prop_assert_eq!(&pair.there, &there, "it may not be written");
            }
        if direction == Direction::Push {
            prop_assert_eq!(&pair.event, &event, "nothing comes in");
        }
        // Whatever waited is done once it can be.
        pair.hold = Hold::Free;
        pair.writable = true;
        pair.home_hold = Hold::Free;
        pair.settings.direction = Direction::Both;
        let (did, last) = pair.settle();
        prop_assert!(did.len() <= 1, "{} rounds: {did:#?}", did.len());
        if pair.there.is_some() && !is_asked(&last) {
            let apart = pair.differing();
            prop_assert!(apart.is_empty(), "{apart:?} apart");
        }
    }
}

/// What decisions told of: clashes and what was put back.
struct Told {
    fields: FieldSet,
}

impl Told {
    fn of(decision: &Decision) -> Told {
        let abouts = decision.clashes.iter().map(|c| c.about).chain(decision.put_back.iter().copied());
        Told { fields: abouts.filter_map(|a| if let About::Field(f) = a { Some(f) } else { None }).collect() }
    }

    fn with(self, other: Told) -> Told {
        Told { fields: self.fields.or(other.fields) }
    }
}
