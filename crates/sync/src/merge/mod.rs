//! Three-way merge of two views over what both sides last agreed on.
//!
//! Fields merge separately, time merges as one, guests as a set, occurrences one by one. What only one side
//! changed is taken; what both changed alike is settled; the rest is a [`Clash`] that the link's policy decides.
//! What may not come in from outside is put back.

pub mod people;
mod series;

use concord_model::agreed::Base;
use concord_model::link::Settings;
use concord_model::view::Value;
use concord_model::{Field, FieldSet, OccurrenceKey, View};

use crate::conflict::{self, About, Clash, Piece, Stamps, Verdict};
use crate::lens::Seen;

/// One thing, three versions: what both sides last agreed on, ours now, theirs now.
pub fn three_way<T: PartialEq>(base: T, ours: T, theirs: T) -> Merged<T> {
    match (ours == base, theirs == base) {
        (true, _) => Merged::Settled(theirs),
        (_, true) => Merged::Settled(ours),
        _ if ours == theirs => Merged::Settled(ours),
        _ => Merged::Both { ours, theirs },
    }
}

/// What a three-way merge of one thing comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Merged<T> {
    /// Only one side changed it, or nobody, or both alike.
    Settled(T),
    /// Both changed it, and not alike.
    Both {
        /// Ours.
        ours: T,
        /// Theirs.
        theirs: T,
    },
}

/// What of theirs may come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The fields in which a change from outside applies; in the others it is put back.
    pub fields: FieldSet,
    /// The fields that we may write there; in the others theirs simply stays.
    pub writable: FieldSet,
}

/// How clashes are decided.
pub struct Rules<'a> {
    /// The link's.
    pub settings: &'a Settings,
    /// Whether it is about a booking.
    pub booking: bool,
    /// When our version of a field was accepted, and theirs made.
    pub stamps: &'a dyn Fn(Field) -> Stamps,
}

impl Rules<'_> {
    fn verdict(&self, about: About) -> Verdict {
        let stamps = (self.stamps)(about.field().unwrap_or(Field::Time));
        conflict::verdict(conflict::policy(self.settings, about, self.booking), stamps)
    }
}

/// Both sides after a merge.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// What our side shall look like through the lens.
    pub ours: View,
    /// What their side shall look like.
    pub theirs: View,
    /// What is then agreed on. Asked clashes stay as they were.
    pub base: Base,
    /// What both sides had changed.
    pub clashes: Vec<Clash>,
    /// What was changed there and is put back.
    pub put_back: Vec<About>,
}

/// Merges our view and theirs over their base.
pub fn merge(base: &Base, seen: &Seen, theirs: &View, entry: Entry, rules: &Rules<'_>) -> Outcome {
    let ours = &seen.view;
    let mut out = Outcome {
        ours: ours.clone(),
        theirs: theirs.clone(),
        base: base.clone(),
        clashes: Vec::new(),
        put_back: Vec::new(),
    };
    let (mut agreed_ours, mut agreed_theirs) = (base.ours.clone(), base.theirs().clone());
    for field in seen.fields.iter() {
        let ours_moved = !ours.same(field, &base.ours);
        let theirs_moved = !theirs.same(field, base.theirs());
        let about = About::Field(field);
        let may_enter = seen.open.has(field) && entry.fields.has(field);
        let side = match (ours_moved, theirs_moved) {
            (false, false) => continue,
            (true, false) => Side::Ours,
            (false, true) if may_enter => Side::Theirs,
            (false, true) => {
                // Put back what they made of our view the last time, not a fresh rendering of it.
                out.put_back.push(about);
                if entry.writable.has(field) {
                    out.theirs.take(field, base.theirs());
                } else {
                    agreed_theirs.take(field, theirs);
                }
                continue;
            }
            (true, true) if ours.same(field, theirs) => Side::Alike,
            (true, true) if !may_enter => {
                out.put_back.push(about);
                Side::Ours
            }
            (true, true) => match people::merged(field, &base.ours, ours, theirs) {
                Some(both) => {
                    out.ours.set(both.clone());
                    out.theirs.set(both.clone());
                    agreed_ours.set(both.clone());
                    agreed_theirs.set(both);
                    continue;
                }
                None => {
                    let verdict = rules.verdict(about);
                    out.clashes.push(Clash {
                        about,
                        base: Some(Piece::Value(base.ours.value(field))),
                        ours: Some(Piece::Value(ours.value(field))),
                        theirs: Some(Piece::Value(theirs.value(field))),
                        verdict,
                    });
                    match verdict {
                        Verdict::Platform => Side::Ours,
                        Verdict::External => Side::Theirs,
                        Verdict::Asked => continue,
                    }
                }
            },
        };
        match side {
            Side::Ours if entry.writable.has(field) => {
                out.theirs.take(field, ours);
                agreed_ours.take(field, ours);
                agreed_theirs.take(field, ours);
            }
            // Not ours to write there: each keeps its own, and neither counts as a change again.
            Side::Ours | Side::Alike => {
                agreed_ours.take(field, ours);
                agreed_theirs.take(field, theirs);
            }
            Side::Theirs => {
                out.ours.take(field, theirs);
                agreed_ours.take(field, theirs);
                agreed_theirs.take(field, theirs);
            }
        }
    }
    series::merge(base, seen, theirs, entry, rules, &mut out, &mut agreed_ours, &mut agreed_theirs);
    out.base = Base::of(agreed_ours, agreed_theirs);
    out
}

enum Side {
    Ours,
    Theirs,
    Alike,
}

/// The value of a field in an occurrence: its own, if it has one.
fn piece(view: &View, key: OccurrenceKey) -> Option<Piece> {
    view.overrides.get(&key).cloned().map(Piece::Occurrence)
}

/// Whether a value says nothing: an empty text, an empty list, a default.
pub fn says_nothing(value: &Value, time: &View) -> bool {
    View::new(time.time.clone(), "").value(value.field()) == *value
}
