//! One mapping, both sides, one decision.
//!
//! The tables below are the product rules (`docs/rules.md`): what reaches a calendar, who may change what, what a
//! deletion means. Everything here is a value; nothing here is done.

use concord_model::agreed::Base;
use concord_model::event::Event;
use concord_model::link::{DeletionPolicy, Direction};
use concord_model::observed::{Hold, Theirs};
use concord_model::view::Value;
use concord_model::{Field, FieldSet, OccurrenceKey, View};
use jiff::Timestamp;

use crate::conflict::{self, About, Clash, Kind, Piece, Stamps, Verdict};
use crate::lens::{Eyes, Lens, Seen, Shown, WhyNot};
use crate::merge::{self, Entry, Rules};

/// Everything that a decision about one mapping depends on.
pub struct Situation<'a> {
    /// What the link's calendar can and may show of this event.
    pub lens: &'a Lens<'a>,
    /// The event.
    pub event: &'a Event,
    /// The occurrence, where the calendar has no series.
    pub part: Option<OccurrenceKey>,
    /// What both sides last agreed on; none before the first agreement.
    pub base: Option<&'a Base>,
    /// Whether a copy was made or adopted there.
    pub copy: Copy,
    /// Their side now.
    pub theirs: Side<'a>,
    /// What the calendar at the event's home lets us do with it; free for events of the platform.
    pub home_hold: Hold,
    /// Whether this calendar may be written at all.
    pub writable: bool,
    /// Whether the person wants this event in this calendar (the per-event switch).
    pub enabled: bool,
    /// Whether it lies in the link's window, so that it may be added.
    pub in_window: bool,
    /// Since when an open question about its deletion waits, and when it is decided without an answer.
    pub question: Option<Question>,
    /// Now.
    pub now: Timestamp,
}

/// Whether there is a copy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Copy {
    /// There never was.
    None,
    /// There is, as far as we know.
    Living,
    /// There was, and it ended. Nothing brings it back but a person.
    Ended,
}

/// Their side now.
#[derive(Clone, Copy, Debug)]
pub enum Side<'a> {
    /// As agreed, for all we know.
    AsAgreed(&'a Theirs),
    /// It was seen, and looks like this.
    Seen(&'a Theirs),
    /// It is gone, and that is proved (`rules.md` 9).
    Gone,
    /// There is nothing.
    Nothing,
}

/// An open question about a deletion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Question {
    /// When it is decided without an answer: then the event is put back.
    pub expires_at: Timestamp,
}

/// What shall become of both sides.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Decision {
    /// Here.
    pub here: Here,
    /// There.
    pub there: There,
    /// What is agreed on once both are done.
    pub base: Option<Base>,
    /// What both sides had changed.
    pub clashes: Vec<Clash>,
    /// What was changed there without leave, and is put back.
    pub put_back: Vec<About>,
    /// A question to a person.
    pub ask: Option<Kind>,
    /// Why, where the plan alone does not say it.
    pub why: Option<Why>,
}

/// What shall be done here.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Here {
    /// Nothing.
    #[default]
    Nothing,
    /// The event becomes this.
    Change(Box<Event>),
    /// The event is deleted.
    Delete,
}

/// What shall be done there.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum There {
    /// Nothing.
    #[default]
    Nothing,
    /// It is made.
    Create(Box<View>),
    /// It is made again, as a new generation.
    Recreate(Box<View>),
    /// It is changed from the one to the other.
    Update {
        /// As it is there.
        before: Box<View>,
        /// As it shall be.
        after: Box<View>,
    },
    /// It is taken away.
    Delete,
    /// Nothing is left to do there: the copy has ended.
    End,
    /// There is nothing there, and nothing shall be: no mapping is needed.
    Forget,
}

/// Why something is as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// It must not be there.
    Not(WhyNot),
    /// This link only brings in.
    PullOnly,
    /// The calendar may not be written.
    ReadOnly,
    /// A person switched this event off in this calendar.
    SwitchedOff,
    /// It lies outside the link's window.
    OutsideWindow,
    /// It was deleted there.
    DeletedThere,
    /// It was deleted there and is put back.
    PutBack,
    /// It was deleted there, and a person is asked.
    DeletionAsked,
    /// The copy ended earlier.
    Ended,
}

/// Decides about one mapping.
pub fn decide(s: &Situation<'_>) -> Decision {
    let shown = match (s.lens.show_part(s.event, s.part, s.now), s.enabled || s.lens.eyes == Eyes::Home) {
        (Shown::As(seen), true) => Ok(seen),
        (Shown::As(_), false) => Err(Why::SwitchedOff),
        (Shown::Not(why), _) => Err(Why::Not(why)),
    };
    match (shown, s.copy, s.theirs) {
        (_, Copy::Ended, _) => Decision { there: There::End, why: Some(Why::Ended), ..Decision::default() },

        (Ok(seen), Copy::None, Side::Nothing | Side::Gone) => create(s, &seen),
        (Ok(seen), _, Side::Seen(theirs) | Side::AsAgreed(theirs)) => match s.base {
            Some(base) => agree(s, &seen, theirs, base),
            None => first_agreement(s, &seen, theirs),
        },
        (Ok(seen), Copy::Living, Side::Gone) => gone_there(s, &seen),
        // Known as living and nothing seen: nothing is concluded from that.
        (Ok(_), Copy::Living, Side::Nothing) => Decision::default(),

        (Err(why), Copy::None, _) => Decision { there: There::Forget, why: Some(why), ..Decision::default() },
        (Err(why), Copy::Living, Side::Gone) => {
            Decision { there: There::End, why: Some(why), ..Decision::default() }
        }
        (Err(why), Copy::Living, theirs) => remove(s, why, theirs),
    }
}

/// It shall be there and never was.
fn create(s: &Situation<'_>, seen: &Seen) -> Decision {
    let why = match () {
        () if s.lens.settings.direction == Direction::Pull => Why::PullOnly,
        () if !s.writable => Why::ReadOnly,
        () if !s.in_window => Why::OutsideWindow,
        () => {
            return Decision { there: There::Create(Box::new(seen.view.clone())), ..Decision::default() };
        }
    };
    Decision { there: There::Forget, why: Some(why), ..Decision::default() }
}

/// Both are there, and once agreed.
fn agree(s: &Situation<'_>, seen: &Seen, theirs: &Theirs, base: &Base) -> Decision {
    if seen.view == base.ours && theirs.view == *base.theirs() {
        return Decision { base: Some(base.clone()), ..Decision::default() };
    }
    let entry = entry(s, theirs.hold);
    let rules = Rules {
        settings: s.lens.settings,
        booking: s.event.is_booking(),
        stamps: &|field| stamps(s, theirs, field),
    };
    let out = merge::merge(base, seen, &theirs.view, entry, &rules);
    finish(s, seen, theirs, out)
}

fn finish(s: &Situation<'_>, seen: &Seen, theirs: &Theirs, out: merge::Outcome) -> Decision {
    let here = if out.ours == seen.view {
        Here::Nothing
    } else {
        let mut event = s.event.clone();
        s.lens.take_in(&mut event, seen, &out.ours);
        if event == *s.event { Here::Nothing } else { Here::Change(Box::new(event)) }
    };
    let there = if out.theirs == theirs.view {
        There::Nothing
    } else {
        There::Update { before: Box::new(theirs.view.clone()), after: Box::new(out.theirs) }
    };
    let asked: Vec<Clash> = out.clashes.iter().filter(|c| c.verdict == Verdict::Asked).cloned().collect();
    Decision {
        here,
        there,
        base: Some(out.base),
        ask: (!asked.is_empty()).then(|| conflict::kind(&asked)),
        clashes: out.clashes,
        put_back: out.put_back,
        why: None,
    }
}

/// Both are there and never agreed: adopted by likeness, or found again without a base (`rules.md` 17 and 18).
///
/// What is the same is agreed on; where one side says nothing, the other's word stands; the rest is asked.
fn first_agreement(s: &Situation<'_>, seen: &Seen, theirs: &Theirs) -> Decision {
    let ours = &seen.view;
    let entry = entry(s, theirs.hold);
    let (mut agreed_ours, mut agreed_theirs) = (ours.clone(), theirs.view.clone());
    let mut clashes = Vec::new();
    let empty = View::new(ours.time.clone(), "");
    for field in seen.fields.iter().filter(|f| !ours.same(*f, &theirs.view)) {
        let masked = !(seen.open.has(field) && entry.fields.has(field));
        let silent = |view: &View| merge::says_nothing(&view.value(field), &empty);
        if masked || silent(&theirs.view) {
            // Ours goes there: as if they had agreed on what is there.
            agreed_ours.take(field, &theirs.view);
        } else if silent(ours) {
            agreed_theirs.take(field, ours);
        } else {
            clashes.push(clash(About::Field(field), ours, &theirs.view, Verdict::Asked));
            // Neither has changed since: each keeps its own until a person decides.
        }
    }
    let keys: std::collections::BTreeSet<_> =
        ours.overrides.keys().chain(theirs.view.overrides.keys()).copied().collect();
    for key in keys {
        let (our, their) = (ours.overrides.get(&key), theirs.view.overrides.get(&key));
        match (our, their) {
            (a, b) if a == b => {}
            (Some(_), None) => {
                agreed_ours.overrides.remove(&key);
            }
            (None, Some(_)) => {
                agreed_theirs.overrides.remove(&key);
            }
            _ => clashes.push(clash(About::Occurrence(key, None), ours, &theirs.view, Verdict::Asked)),
        }
    }
    let base = Base::of(agreed_ours, agreed_theirs);
    let rules = Rules {
        settings: s.lens.settings,
        booking: s.event.is_booking(),
        stamps: &|field| stamps(s, theirs, field),
    };
    let out = merge::merge(&base, seen, &theirs.view, entry, &rules);
    let mut decision = finish(s, seen, theirs, out);
    if !clashes.is_empty() {
        decision.ask = Some(Kind::CreatedExternally);
        decision.clashes.extend(clashes);
    }
    decision
}

fn clash(about: About, ours: &View, theirs: &View, verdict: Verdict) -> Clash {
    let piece = |view: &View| match about {
        About::Field(field) => Some(Piece::Value(view.value(field))),
        About::Occurrence(key, _) => view.overrides.get(&key).cloned().map(Piece::Occurrence),
    };
    Clash { about, base: None, ours: piece(ours), theirs: piece(theirs), verdict }
}

/// It is wanted, and a person took it away there.
fn gone_there(s: &Situation<'_>, seen: &Seen) -> Decision {
    let again = |why| {
        let can = s.lens.settings.direction != Direction::Pull && s.writable;
        let there = if can { There::Recreate(Box::new(seen.view.clone())) } else { There::End };
        Decision { there, why: Some(why), ..Decision::default() }
    };
    let may_delete = s.lens.settings.direction != Direction::Push
        && s.lens.eyes != Eyes::Participant
        && (s.lens.eyes == Eyes::Home || s.home_hold == Hold::Free);
    if !may_delete {
        let mut decision = again(Why::PutBack);
        decision.put_back.push(About::Field(Field::Status));
        return decision;
    }
    let edited = s.base.is_some_and(|base| base.ours != seen.view);
    let policy = s.lens.settings.deletion_policy(s.event.is_booking());
    if edited && policy != DeletionPolicy::Ask {
        // Edit against deletion: the edit survives, and the deletion is told.
        let mut decision = again(Why::PutBack);
        if decision.there != There::End {
            decision.clashes.push(Clash {
                about: About::Field(Field::Status),
                base: None,
                ours: Some(Piece::Value(Value::Status(seen.view.status))),
                theirs: None,
                verdict: Verdict::Platform,
            });
            return decision;
        }
    }
    match (policy, s.question) {
        (DeletionPolicy::Delete, _) => Decision {
            here: Here::Delete,
            there: There::End,
            why: Some(Why::DeletedThere),
            ..Decision::default()
        },
        (DeletionPolicy::Restore, _) => again(Why::PutBack),
        (DeletionPolicy::Ask, Some(question)) if question.expires_at <= s.now => again(Why::PutBack),
        (DeletionPolicy::Ask, _) => {
            Decision { ask: Some(Kind::Deleted), why: Some(Why::DeletionAsked), ..Decision::default() }
        }
    }
}

/// It must not be there, and is.
fn remove(s: &Situation<'_>, why: Why, theirs: Side<'_>) -> Decision {
    let at_home = s.lens.eyes == Eyes::Home;
    let ended_by_person = matches!(why, Why::Not(not) if not.is_end());
    // Settings never take away an original (`rules.md` 3).
    if at_home && !ended_by_person {
        return Decision { why: Some(why), base: s.base.cloned(), ..Decision::default() };
    }
    if s.lens.settings.direction == Direction::Pull || !s.writable {
        return Decision { there: There::End, why: Some(why), ..Decision::default() };
    }
    let mut decision = Decision { there: There::Delete, why: Some(why), ..Decision::default() };
    if let (Side::Seen(theirs), Some(base), true) = (theirs, s.base, ended_by_person) {
        // What the platform ended stays so; the outside edit is kept (CF-4).
        for field in theirs.view.differing(base.theirs()).iter() {
            decision.clashes.push(Clash {
                about: About::Field(field),
                base: Some(Piece::Value(base.theirs().value(field))),
                ours: None,
                theirs: Some(Piece::Value(theirs.view.value(field))),
                verdict: Verdict::Platform,
            });
        }
    }
    decision
}

/// Who may change what (`rules.md` 4, 5, 15).
fn entry(s: &Situation<'_>, hold: Hold) -> Entry {
    let direction = s.lens.settings.direction;
    let fields = match (direction, s.lens.eyes) {
        (Direction::Push, _) => FieldSet::NONE,
        (_, Eyes::Home) => FieldSet::ALL,
        (_, Eyes::Participant) => FieldSet::PERSONAL,
        (_, Eyes::Owner) if s.home_hold == Hold::Free => FieldSet::ALL,
        (_, Eyes::Owner) => FieldSet::PERSONAL,
    };
    let writable = match (direction, s.writable, hold) {
        (Direction::Pull, _, _) | (_, false, _) | (_, _, Hold::ReadOnly) => FieldSet::NONE,
        (_, _, Hold::Guest) => FieldSet::PERSONAL,
        (_, _, Hold::Free) => FieldSet::ALL,
    };
    Entry { fields, writable: writable.minus(s.lens.able.read_only) }
}

fn stamps(s: &Situation<'_>, theirs: &Theirs, field: Field) -> Stamps {
    Stamps {
        ours: s.event.accepted.get(&field).copied().unwrap_or(s.event.updated_at),
        theirs: theirs.stamp.map_or(s.now, |stamp| stamp.min(s.now)),
        exact_ms: s.lens.able.stamp_ms.max(2_000),
    }
}

/// The agreement to store beside an intent: what the coming write does not touch is agreed on already; what it
/// touches stays as it was until the answer is there.
pub fn before_write(old: Option<&Base>, new: &Base, before: &View, after: &View) -> Option<Base> {
    let old = old?;
    let (mut ours, mut theirs) = (new.ours.clone(), new.theirs().clone());
    for field in before.differing(after).iter() {
        ours.take(field, &old.ours);
        theirs.take(field, old.theirs());
    }
    let keys: Vec<OccurrenceKey> = before.overrides.keys().chain(after.overrides.keys()).copied().collect();
    for key in keys.into_iter().filter(|k| before.overrides.get(k) != after.overrides.get(k)) {
        for (view, was) in [(&mut ours, &old.ours), (&mut theirs, old.theirs())] {
            match was.overrides.get(&key) {
                Some(change) => view.overrides.insert(key, change.clone()),
                None => view.overrides.remove(&key),
            };
        }
    }
    Some(Base::of(ours, theirs))
}

/// The agreement after a write: where we wrote, their half is what the provider made of it (BM-130); where a question
/// is open, it stays as it was.
pub fn after_write(agreed: &Base, after: &View, made: &View) -> Base {
    let mut theirs = agreed.theirs().clone();
    for &field in Field::ALL {
        if theirs.same(field, after) {
            theirs.take(field, made);
        }
    }
    let keys: Vec<OccurrenceKey> = after.overrides.keys().chain(made.overrides.keys()).copied().collect();
    for key in keys {
        if theirs.overrides.get(&key) == after.overrides.get(&key) {
            match made.overrides.get(&key) {
                Some(change) => theirs.overrides.insert(key, change.clone()),
                None => theirs.overrides.remove(&key),
            };
        }
    }
    Base::of(agreed.ours.clone(), theirs)
}
