//! The planner alone: one random state, changed on several sides at once, and decided about until it is quiet.
//!
//! What holds for one event and one copy is in `laws_decide`; here an event has copies in up to three calendars of
//! different kinds, and is also deleted, divided, switched off, or seen with other eyes on the way. A million cases:
//! `make planner`.

use concord_model::link::{DeletionPolicy, Policy, Settings};
use concord_model::people::Attendee;
use concord_model::view::{Override, Value};
use concord_model::{Capabilities, Field, FieldSet, View};
use concord_sync::conflict::{About, Verdict};
use concord_sync::decide::Copy;
use concord_sync::lens::Eyes;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::laws_lens::config;
use crate::odd::{self, Edit};
use crate::pair::{Keeps, Pair};
use crate::star::{Change, Star};

/// An event that its calendars agree on, and what happens then.
#[derive(Clone)]
struct Story {
    star: Star,
    changes: Vec<Change>,
}

impl std::fmt::Debug for Story {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "event {}", serde_json::to_string(&self.star.event.content).unwrap())?;
        for copy in &self.star.copies {
            let (look, settings) = (copy.look, &copy.settings);
            writeln!(f, "{look:?} {:?} {:?} {:?}", copy.keeps, copy.able.series, settings.sight)?;
            writeln!(f, "  {:?} {:?} there {}", settings.conflicts, settings.deletion, copy.there.is_some())?;
        }
        writeln!(f, "{:#?}", self.changes)
    }
}

fn calendars() -> impl Strategy<Value = (Capabilities, Settings, (Eyes, concord_model::UserId), Keeps)> {
    let deletions = [DeletionPolicy::Delete, DeletionPolicy::Restore, DeletionPolicy::Ask];
    let kinds = prop_oneof![2 => Just(odd::google_like()), 1 => Just(Capabilities::everything())];
    let looks =
        odd::among(&[(Eyes::Owner, odd::OWNER), (Eyes::Owner, odd::OWNER), (Eyes::Participant, odd::CLIENT)]);
    (kinds, odd::settings(), looks, odd::among(&deletions), any::<bool>()).prop_map(
        |(able, settings, look, deletion, tidily)| {
            let keeps = if tidily { Keeps::Tidily } else { Keeps::Exactly };
            (able, Settings { deletion, booking_deletion: deletion, ..settings }, look, keeps)
        },
    )
}

fn changes() -> impl Strategy<Value = Change> {
    let edits = || vec(odd::edits(), 1..3);
    let settings = |settings: Settings| Box::new(settings);
    let able = odd::capabilities().prop_filter("the same kind of series", |able| able.title_limit != 2000);
    prop_oneof![
        6 => edits().prop_map(Change::Here),
        8 => (0usize..3, edits()).prop_map(|(n, edits)| Change::There(n, edits)),
        2 => (0usize..3, edits()).prop_map(|(n, edits)| Change::Both(n, edits)),
        1 => Just(Change::EndHere),
        1 => (0usize..3).prop_map(Change::EndThere),
        1 => (1usize..6).prop_map(Change::Split),
        1 => (0usize..3, odd::settings().prop_map(settings)).prop_map(|(n, settings)| Change::Set(n, settings)),
        1 => (0usize..3, able.prop_map(Box::new)).prop_map(|(n, able)| Change::Able(n, able)),
        1 => (0usize..3).prop_map(Change::Off),
    ]
}

fn stories() -> impl Strategy<Value = Story> {
    (odd::events(), vec(calendars(), 1..4), vec(changes(), 1..4))
        .prop_map(|(event, calendars, changes)| Story { star: Star::agreed(event, calendars), changes })
}

impl Story {
    /// After all of it has happened: the event's star, and one for what follows a division.
    fn happened(&self) -> Vec<Star> {
        let mut star = self.star.clone();
        let mut stars: Vec<Star> = self.changes.iter().filter_map(|change| star.change(change)).collect();
        stars.insert(0, star);
        stars.iter_mut().for_each(Star::later);
        stars
    }

    fn has(&self, which: impl Fn(&Change) -> bool) -> bool {
        self.changes.iter().any(which)
    }
}

/// It ends, everybody agrees, what must not be there is not there, and a second look finds nothing to do (I-01, I-02).
fn all_agree_in_the_end(story: &Story) -> Result<(), TestCaseError> {
    for mut star in story.happened() {
        let order = star.order();
        let told = star.settle(&order).map_err(TestCaseError::fail)?;
        for copy in star.copies.iter_mut() {
            copy.event = star.event.clone();
            if copy.seen().is_none() || !copy.enabled {
                prop_assert!(copy.there.is_none(), "it may not be there");
            } else if copy.there.is_some() && !told.asked {
                let apart = copy.differing();
                prop_assert!(apart.is_empty(), "{apart:?} apart\n{:#?}\n{:#?}", copy.seen(), copy.there);
            }
        }
        let before = star.clone();
        let again = star.settle(&order).map_err(TestCaseError::fail)?;
        prop_assert!(!again.clashed, "the same is told twice");
        prop_assert_eq!(&before.event, &star.event);
        for (before, after) in before.copies.iter().zip(&star.copies) {
            prop_assert_eq!((&before.base, &before.there), (&after.base, &after.there));
        }
    }
    Ok(())
}

/// Where no policy has to choose, it does not matter which calendar is looked at first.
///
/// Three cases are left to the order. A series is moved on one side, and an occurrence of it is changed on another: whether
/// the occurrence goes along as it was or as it has become since is a choice that no policy names. On one side something is
/// changed that a calendar may not see any more once the change of another is known: what is hidden from a calendar is no
/// longer its to say. And an occurrence is described by the very notes that stand under all descriptions: what is left of
/// that is the description which the series has, or had.
fn the_order_does_not_matter(story: &Story) -> Result<(), TestCaseError> {
    for star in story.happened() {
        if is_moved_under_a_change(&story.star.event.content, &star) || is_described_by_notes(&star) {
            continue;
        }
        let before = star.clone();
        let (mut one, mut other) = (star.clone(), star);
        let mut order = one.order();
        let first = one.settle(&order).map_err(TestCaseError::fail)?;
        order.reverse();
        let second = other.settle(&order).map_err(TestCaseError::fail)?;
        if first.clashed || second.clashed || first.asked || second.asked {
            continue;
        }
        if is_hidden_since(&before, &one) || is_hidden_since(&before, &other) {
            continue;
        }
        prop_assert_eq!(&one.event.content, &other.event.content);
        prop_assert_eq!(&one.event.booking, &other.event.booking);
        prop_assert_eq!(&one.event.personal, &other.event.personal);
        for (one, other) in one.copies.iter().zip(&other.copies) {
            // What a setting took away comes back with a generation of its own, which is not decided here.
            if one.copy == other.copy {
                prop_assert_eq!(&one.there, &other.there);
            }
        }
    }
    Ok(())
}

/// Whether a calendar had changed what it may not see any more of the event as it has become.
fn is_hidden_since(before: &Star, after: &Star) -> bool {
    before.copies.iter().any(|copy| {
        let (Some(base), Some(there)) = (&copy.base, &copy.there) else { return false };
        let open = |star: &Star| {
            let copy = Pair { event: star.event.clone(), ..copy.clone() };
            copy.seen().map_or(FieldSet::NONE, |seen| seen.open)
        };
        let hidden = open(before).minus(open(after));
        let changed_parts = there.overrides != base.theirs().overrides;
        !there.differing(base.theirs()).and(hidden).is_empty() || changed_parts && !hidden.is_empty()
    })
}

/// Whether a calendar describes an occurrence by the platform's notes.
fn is_described_by_notes(star: &Star) -> bool {
    let notes = &star.event.booking.notes;
    let is_notes = |text: &str| text.contains(notes.as_str()) && !text.contains("— Notes —");
    let says = |value: &Value| matches!(value, Value::Description(text) if is_notes(text));
    let views = star.copies.iter().filter_map(|copy| copy.there.as_ref());
    let mut changes = views.flat_map(|view| view.overrides.values());
    !notes.is_empty()
        && changes.any(|change| matches!(change, Override::Changed(own) if own.values().any(says)))
}

/// Whether one side moved the series and another changed an occurrence.
fn is_moved_under_a_change(agreed: &View, star: &Star) -> bool {
    let here = [(agreed, &star.event.content)];
    let there =
        star.copies.iter().filter_map(|copy| Some((copy.base.as_ref()?.theirs(), copy.there.as_ref()?)));
    let sides: Vec<(&View, &View)> = here.into_iter().chain(there).collect();
    let moved = |(was, is): &(&View, &View)| was.time != is.time;
    let changed = |(was, is): &(&View, &View)| was.overrides != is.overrides;
    sides.iter().enumerate().any(|(n, side)| {
        moved(side) && sides.iter().enumerate().any(|(other, side)| other != n && changed(side))
    })
}

/// What a person changed, on whichever side, is there in the end, or was told: in a conflict, or as put back (I-03).
fn nothing_is_lost(story: &Story) -> Result<(), TestCaseError> {
    let mut star = story.happened().swap_remove(0);
    let mut before = star.clone();
    before.copies.iter_mut().for_each(|copy| copy.event = before.event.clone());
    let told = star.settle(&star.order()).map_err(TestCaseError::fail)?;
    let ended = star.event.deleted_at.is_some();
    // Notes stand under every description and belong to the whole event: their line can come back another way.
    let has_notes = |field: Field| field == Field::Description && !before.event.booking.notes.is_empty();
    star.copies.iter_mut().for_each(|copy| copy.event = star.event.clone());
    // Whoever takes away what they do not see whole is not asked about what they do not see.
    let taken_unseen = |key, field| {
        before.copies.iter().zip(&star.copies).any(|(was, is)| {
            let cancelled =
                was.there.as_ref().is_some_and(|v| v.overrides.get(&key) == Some(&Override::Cancelled));
            cancelled && is.seen().is_none_or(|seen| !seen.open_in(key).has(field))
        })
    };
    for (was, copy) in before.copies.iter().zip(&star.copies) {
        let (Some(base), Some(there)) = (&was.base, &was.there) else { continue };
        let changed = there.differing(base.theirs());
        let Some(seen) = copy.seen().filter(|_| copy.enabled) else {
            // The same for the event as a whole.
            let deleted = before.copies.iter().filter(|copy| copy.base.is_some() && copy.there.is_none());
            let changed: FieldSet = changed.iter().filter(|field| !has_notes(*field)).collect();
            // Nor about what their calendar cannot say at all, as a reminder further ahead than it knows: to whoever
            // deletes the event there, nothing has changed.
            let sees = |copy: &Pair| {
                let mut event = before.event.clone();
                changed.iter().for_each(|field| event.content.take(field, there));
                let seen = Pair { event, ..copy.clone() }.seen()?;
                Some(seen.view.differing(&copy.base.as_ref()?.ours).and(seen.open))
            };
            let all_see = deleted.filter_map(sees).fold(changed, FieldSet::and);
            let mine = was.seen().is_some_and(|seen| !all_see.and(seen.open).is_empty());
            let may =
                was.look.0 == Eyes::Owner && was.enabled && story.star.event.origin == before.event.origin;
            prop_assert!(
                !(ended && mine && may) || told.clashed || told.asked,
                "an edit there went with the event"
            );
            continue;
        };
        let Some(end) = &copy.there else { continue };
        for field in changed.and(seen.open).minus(copy.able.read_only).without(Field::Attendees).iter() {
            let kept = seen.view.same(field, there)
                || end.same(field, there)
                || told.fields.has(field)
                || has_notes(field);
            prop_assert!(kept, "their {field} is lost");
        }
        if there.time == base.theirs().time && star.event.content.time == story.star.event.content.time {
            for key in there
                .overrides
                .keys()
                .filter(|key| there.overrides.get(key) != base.theirs().overrides.get(key))
            {
                let ends = [end.occurrence(*key), star.event.content.occurrence(*key)];
                let is_kept = match &there.overrides[key] {
                    Override::Cancelled => ends.contains(&None),
                    Override::Changed(own) => own.iter().all(|(field, value)| {
                        let was = base.theirs().occurrence(*key).map(|was| was.value(*field));
                        was.as_ref() == Some(value)
                            || !seen.open_in(*key).has(*field)
                            || has_notes(*field)
                            || taken_unseen(*key, *field)
                            || ends.iter().flatten().any(|end| is_in(value, was.as_ref(), &end.value(*field)))
                    }),
                };
                let told = told.parts || told.fields != FieldSet::NONE || told.asked;
                prop_assert!(is_kept || told, "their {key} is lost: {:?}", there.overrides[key]);
            }
        }
    }
    let (was, is) = (&story.star.event.content, &before.event.content);
    let fields = if ended { FieldSet::NONE } else { was.differing(is).without(Field::Attendees) };
    for field in fields.iter() {
        let kept = star.event.content.same(field, is) || told.fields.has(field) || told.asked;
        prop_assert!(kept || has_notes(field), "our {field} is lost");
    }
    Ok(())
}

/// Whether what was changed to this stands in that: as it is, or guest by guest, for they merge as a set.
fn is_in(changed: &Value, was: Option<&Value>, end: &Value) -> bool {
    let (Value::Attendees(is), Some(Value::Attendees(was)), Value::Attendees(end)) = (changed, was, end)
    else {
        return changed == end;
    };
    let everybody = is.iter().chain(was).map(|guest| &guest.address);
    everybody.into_iter().all(|address| {
        let of = |list: &[Attendee]| list.iter().find(|guest| guest.address == *address).cloned();
        of(is) == of(was) || of(is) == of(end)
    })
}

/// An event that a calendar holds as it is, agreed on, and then changed to this here and to that there.
fn plain_pair(agreed: &View, ours: &View, theirs: &View, policy: Policy) -> Pair {
    let mut pair = Pair::of(odd::event(agreed.clone()));
    let settings = &mut pair.settings;
    (settings.conflicts, settings.booking_time) = (policy, policy);
    settings.sight.private = concord_model::privacy::PrivateEvents::Show;
    settings.sight.guests = true;
    pair.settle();
    pair.event.content = ours.clone();
    pair.there = Some(theirs.clone());
    pair
}

fn changed(view: &View, edits: &[Edit]) -> View {
    let mut view = view.clone();
    edits.iter().for_each(|edit| odd::edit(&mut view, edit));
    view
}

/// Whether a series says of all now what an occurrence has, or had, of its own, and which is its own no longer. What is
/// then left to ask about depends on which side's change comes first to the other.
fn says_of_all(agreed: &View, sides: [&View; 2]) -> bool {
    let says = |value| !agreed.holds(value) && sides.iter().any(|side| side.holds(value));
    [agreed, sides[0], sides[1]].iter().flat_map(|view| view.overrides.values()).any(|change| match change {
        Override::Changed(own) => own.values().any(says),
        Override::Cancelled => false,
    })
}

/// With both sides changed for each other, and the policy with them, the ends are changed for each other.
fn both_sides_are_alike(
    agreed: &View,
    ours: &View,
    theirs: &View,
    policy: Policy,
) -> Result<(), TestCaseError> {
    let mirrored = match policy {
        Policy::KeepPlatform => Policy::KeepExternal,
        Policy::KeepExternal => Policy::KeepPlatform,
        policy => policy,
    };
    let mut one = plain_pair(agreed, ours, theirs, policy);
    let mut other = plain_pair(agreed, theirs, ours, mirrored);
    let told = |pair: &mut Pair, turned: bool| {
        let (did, last) = pair.settle();
        let turn = |verdict| match (turned, verdict) {
            (true, Verdict::Platform) => Verdict::External,
            (true, Verdict::External) => Verdict::Platform,
            (_, verdict) => verdict,
        };
        let clashes = did.iter().chain([&last]).flat_map(|decision| &decision.clashes);
        let mut told: Vec<(About, Verdict)> =
            clashes.map(|clash| (clash.about, turn(clash.verdict))).collect();
        told.sort_by_key(|told| format!("{told:?}"));
        told.dedup();
        told
    };
    prop_assert_eq!(told(&mut one, false), told(&mut other, true));
    // A series that both took apart until nothing was left has ended, here and there (BM-053).
    let ended = |pair: &Pair| (pair.event.deleted_at.is_some(), pair.there.is_none());
    prop_assert_eq!(ended(&one), ended(&other));
    if ended(&one) == (true, true) {
        return Ok(());
    }
    prop_assert_eq!(Some(&one.event.content), other.there.as_ref());
    prop_assert_eq!(one.there.as_ref(), Some(&other.event.content));
    prop_assert!(one.copy == Copy::Living && other.copy == Copy::Living);
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn planner_however_much_happens_at_once_all_agree_and_it_is_quiet(story in stories()) {
        all_agree_in_the_end(&story)?;
    }

    #[test]
    fn planner_which_calendar_is_looked_at_first_does_not_matter(story in stories()) {
        prop_assume!(story.star.copies.len() > 1);
        the_order_does_not_matter(&story)?;
    }

    #[test]
    fn planner_what_anybody_changed_is_there_in_the_end_or_is_told(story in stories()) {
        prop_assume!(!story.has(|change| matches!(change, Change::Set(..) | Change::Able(..) | Change::Split(_))));
        nothing_is_lost(&story)?;
    }

    #[test]
    fn planner_neither_side_is_preferred_but_by_policy(
        agreed in odd::views(), ours in vec(odd::edits(), 0..4), theirs in vec(odd::edits(), 0..4),
        policy in odd::among(&[Policy::KeepPlatform, Policy::KeepExternal, Policy::Ask]),
    ) {
        let (ours, theirs) = (changed(&agreed, &ours), changed(&agreed, &theirs));
        prop_assume!(!says_of_all(&agreed, [&ours, &theirs]));
        both_sides_are_alike(&agreed, &ours, &theirs, policy)?;
    }
}
