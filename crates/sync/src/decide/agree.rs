//! Both sides are there: what each changed reaches the other.

use std::borrow::Cow;
use std::collections::BTreeSet;

use concord_model::agreed::Base;
use concord_model::event::Event;
use concord_model::link::{DeletionPolicy, Direction};
use concord_model::observed::{Hold, Theirs};
use concord_model::{Field, FieldSet, View, recurrence};

use super::write::before_write;
use super::{Decision, Here, Side, Situation, There, Why, ended};
use crate::conflict::{self, About, Clash, Kind, Piece, Stamps, Verdict};
use crate::lens::{Eyes, Seen, Shown, WhyNot};
use crate::merge::{self, Ending, Entry, Rules, put};

/// Both are there, and once agreed.
pub(super) fn agree(s: &Situation<'_>, seen: &Seen, theirs: &Theirs, base: &Base) -> Decision {
    let disputed = !(base.disputed.is_empty() && base.disputed_parts.is_empty());
    if seen.view == base.ours && theirs.view == *base.theirs() && !disputed {
        return Decision::default();
    }
    finish(s, seen, theirs, base)
}

/// How often a merge is looked at again because of what came in.
const LOOKS: usize = 4;

/// Merges, and says what that means for the event and for the copy.
///
/// What comes in can change what we show: a title with a client's name in it is masked, an event made private is a busy
/// block now. So after something came in both sides are looked at again, until our side stands still; all of it is one
/// decision.
fn finish(s: &Situation<'_>, seen: &Seen, theirs: &Theirs, base: &Base) -> Decision {
    let rules = Rules {
        settings: s.lens.settings,
        booking: s.event.is_booking(),
        stamps: &|field| stamps(s, theirs, field),
        ending: ending(s),
    };
    let entry = entry(s, theirs.hold);
    let mut out = merge::merge(base, seen, &theirs.view, entry, &rules);
    let mut event = Cow::Borrowed(s.event);
    let (mut clashes, mut put_back) = (Vec::new(), Vec::new());
    let mut shown = Cow::Borrowed(seen);
    for _ in 0..LOOKS {
        put_back.append(&mut out.put_back);
        if out.ours == shown.view {
            break;
        }
        s.lens.take_in_part(event.to_mut(), s.part, &shown, &out.ours);
        if ends_it(s.event, &event) {
            let gone = ended::remove(s, Why::Not(WhyNot::Cancelled), Side::AsAgreed(theirs));
            clashes.extend(out.clashes.into_iter().filter(|c| c.verdict != Verdict::Asked));
            return Decision { here: Here::Delete, clashes, put_back, ..gone };
        }
        let now = match s.lens.show_part(&event, s.part, s.now) {
            Shown::As(now) => *now,
            Shown::Not(why) => {
                let gone = ended::remove(s, Why::Not(why), Side::AsAgreed(theirs));
                clashes.extend(out.clashes.into_iter().filter(|c| c.verdict != Verdict::Asked));
                return Decision { here: changed(s, event), clashes, put_back, ..gone };
            }
        };
        clashes.extend(out.clashes.into_iter().filter(|c| c.verdict != Verdict::Asked));
        out = merge::merge(&out.base, &now, &out.theirs, entry, &rules);
        shown = Cow::Owned(now);
    }
    clashes.append(&mut out.clashes);
    put_back.dedup();
    let (there, meanwhile) = if out.theirs == theirs.view {
        (There::Nothing, None)
    } else {
        let meanwhile = before_write(base, &out.base, &clashes, &theirs.view, &out.theirs);
        (
            There::Update { before: Box::new(theirs.view.clone()), after: Box::new(out.theirs) },
            Some(meanwhile),
        )
    };
    let asked: Vec<Clash> = clashes.iter().filter(|c| c.verdict == Verdict::Asked).cloned().collect();
    let disputed = !(out.base.disputed.is_empty() && out.base.disputed_parts.is_empty());
    Decision {
        here: changed(s, event),
        ask: match asked.as_slice() {
            [] => None,
            _ if disputed => Some(Kind::CreatedExternally),
            _ => Some(conflict::kind(&asked)),
        },
        why: asked.iter().any(Clash::is_ending).then_some(Why::DeletionAsked),
        meanwhile,
        there,
        base: Some(out.base),
        clashes,
        put_back,
    }
}

/// Whether nothing of a series takes place any more: each side has taken away the occurrences that the other left. A
/// series without occurrences is not stored, and no calendar takes it (BM-053).
fn ends_it(was: &Event, is: &Event) -> bool {
    let empty = |view: &View| recurrence::is_empty(&view.time, &view.overrides);
    empty(&is.content) && !empty(&was.content)
}

fn changed(s: &Situation<'_>, event: Cow<'_, Event>) -> Here {
    match event {
        Cow::Owned(event) if event != *s.event => Here::Change(Box::new(event)),
        Cow::Owned(_) | Cow::Borrowed(_) => Here::Nothing,
    }
}

/// Both are there and never agreed: adopted by likeness, or found again without a base (`rules.md` 17 and 18).
///
/// What is the same is agreed on, also a time that each tells in a zone of its own; where one side says nothing, the
/// other's word stands; the rest is asked, and until there is an answer neither side's word travels.
pub(super) fn first_agreement(s: &Situation<'_>, seen: &Seen, theirs: &Theirs) -> Decision {
    let ours = &seen.view;
    let entry = entry(s, theirs.hold);
    let mut base = Base::of(ours.clone(), theirs.view.clone());
    let mut agreed_theirs = theirs.view.clone();
    let mut replaced = Vec::new();
    for field in seen.fields.iter().filter(|f| !ours.same(*f, &theirs.view)) {
        let masked = !(seen.open.has(field) && entry.fields.has(field));
        let silent = |view: &View| merge::says_nothing(&view.value(field));
        if field == Field::Time && ours.time.coincides(&theirs.view.time) {
            continue;
        }
        // What the other fields leave is each one's own to say.
        if field == Field::Original && !masked {
            continue;
        }
        if masked || silent(&theirs.view) {
            // Ours goes there: as if they had agreed on what is there.
            base.ours.take(field, &theirs.view);
            if masked && entry.writable.has(field) && !silent(&theirs.view) {
                replaced.push(clash(About::Field(field), ours, &theirs.view, Verdict::Platform));
            }
        } else if silent(ours) {
            agreed_theirs.take(field, ours);
        } else {
            base.disputed = base.disputed.with(field);
        }
    }
    let keys: BTreeSet<_> = ours.overrides.keys().chain(theirs.view.overrides.keys()).copied().collect();
    for key in keys {
        match (ours.overrides.get(&key), theirs.view.overrides.get(&key)) {
            (a, b) if a == b => {}
            (Some(a), Some(b)) if a.coincides(b) => {}
            (Some(_), None) => {
                base.ours.overrides.remove(&key);
            }
            (None, Some(_)) => {
                agreed_theirs.overrides.remove(&key);
            }
            // Hidden as a whole: what stands there for it goes there.
            (Some(_), theirs) if seen.closed.get(&key) == Some(&FieldSet::ALL) => {
                put(&mut base.ours, key, theirs.cloned());
            }
            _ => {
                base.disputed_parts.insert(key);
            }
        }
    }
    let base = Base::of(base.ours.clone(), agreed_theirs).disputed_as(&base);
    let mut decision = finish(s, seen, theirs, &base);
    decision.clashes.extend(replaced);
    decision
}

fn clash(about: About, ours: &View, theirs: &View, verdict: Verdict) -> Clash {
    let piece = |view: &View| match about {
        About::Field(field) => Some(Piece::Value(view.value(field))),
        About::Occurrence(key, _) => view.overrides.get(&key).cloned().map(Piece::Occurrence),
    };
    Clash { about, base: None, ours: piece(ours), theirs: piece(theirs), verdict }
}

/// Who may change what (`rules.md` 4, 5, 15).
pub(super) fn entry<'a>(s: &Situation<'a>, hold: Hold) -> Entry<'a> {
    let direction = s.lens.settings.direction;
    let fields = match (direction, s.lens.eyes) {
        (Direction::Push, _) => FieldSet::NONE,
        (_, Eyes::Home) => FieldSet::ALL,
        (_, Eyes::Participant) => FieldSet::PERSONAL,
        (_, Eyes::Owner) if s.home_hold == Hold::Free => FieldSet::ALL,
        (_, Eyes::Owner) => FieldSet::PERSONAL,
    };
    let held = match (direction, hold) {
        (Direction::Pull, _) | (_, Hold::ReadOnly | Hold::Masked) => FieldSet::NONE,
        (_, Hold::Guest) => FieldSet::PERSONAL,
        (_, Hold::Free) => FieldSet::ALL,
    };
    let ever = held.minus(s.lens.able.read_only);
    let answers = !s.lens.able.read_only.has(Field::Attendees);
    Entry {
        fields,
        writable: if s.writable { ever } else { FieldSet::NONE },
        theirs: FieldSet::ALL.minus(ever),
        puts_back: s.lens.eyes != Eyes::Home || direction != Direction::Push,
        own: s.own,
        answer_enters: direction != Direction::Push,
        answer_goes: s.writable && answers && !held.is_empty(),
    }
}

/// What becomes of an ending from outside (`rules.md` 10, CF-4): of the whole event, or of one occurrence.
fn ending(s: &Situation<'_>) -> Ending {
    let expired = s.question.is_some_and(|q| q.expires_at <= s.now);
    match s.lens.settings.deletion_policy(s.event.is_booking()) {
        _ if expired => Ending::PutBack,
        DeletionPolicy::Delete => Ending::Enters,
        DeletionPolicy::Restore => Ending::PutBack,
        DeletionPolicy::Ask => Ending::Asked,
    }
}

fn stamps(s: &Situation<'_>, theirs: &Theirs, field: Field) -> Stamps {
    Stamps {
        ours: s.event.accepted.get(&field).copied().unwrap_or(s.event.updated_at),
        theirs: theirs.stamp.map_or(s.now, |stamp| stamp.min(s.now)),
        exact_ms: s.lens.able.stamp_ms.max(2_000),
    }
}
