//! Three-way merge of two views over what both sides last agreed on.
//!
//! Fields merge separately, time merges as one, guests as a set, occurrences one by one and field by field. What only
//! one side changed is taken; what both changed alike is settled; the rest is a [`Clash`] that the link's policy
//! decides. What may not come in from outside is put back. What cannot be done now, because that calendar may not be
//! written or a person is asked, stays as it is on both sides and in the agreement: it is done when it can be.

mod land;
mod original;
mod people;
mod series;

use concord_model::agreed::Base;
use concord_model::link::Settings;
use concord_model::people::Address;
use concord_model::view::{Status, Value};
use concord_model::{Field, FieldSet, OccurrenceKey, View};

use land::{Slot, Way, land};
pub(crate) use series::{put, put_value};

use crate::conflict::{self, About, Clash, Piece, Stamps, Verdict};
use crate::lens::{Seen, blank};

/// What may go which way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<'a> {
    /// The fields in which a change from outside applies.
    pub fields: FieldSet,
    /// The fields that we may write there.
    pub writable: FieldSet,
    /// The fields in which their word is final where both changed: we shall never be able to write them.
    pub theirs: FieldSet,
    /// Whether what may not come in is put back there. Not in the home of an event whose link only sends: what is
    /// foreign is then ignored (`rules.md` 15).
    pub puts_back: bool,
    /// The person's own addresses: their answer is theirs also where the guests are not (`rules.md` 4).
    pub own: &'a [Address],
    /// Whether that answer may come in from there.
    pub answer_enters: bool,
    /// Whether that answer may be written there.
    pub answer_goes: bool,
}

impl Entry<'_> {
    fn way(&self, field: Field, open: bool) -> Way {
        Way {
            enter: open && self.fields.has(field),
            write: self.writable.has(field),
            theirs: self.theirs.has(field),
            put_back: self.puts_back,
        }
    }
}

/// How clashes are decided.
pub struct Rules<'a> {
    /// The link's.
    pub settings: &'a Settings,
    /// Whether it is about a booking.
    pub booking: bool,
    /// When our version of a field was accepted, and theirs made.
    pub stamps: &'a dyn Fn(Field) -> Stamps,
    /// What becomes of an ending from outside: a cancelled occurrence, or an event that was set to cancelled.
    pub ending: Ending,
}

/// What becomes of an ending from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It comes in like any change.
    Enters,
    /// It is put back.
    PutBack,
    /// A person is asked.
    Asked,
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
    /// What is then agreed on. What is asked or has to wait stays as it was.
    pub base: Base,
    /// What both sides had changed.
    pub clashes: Vec<Clash>,
    /// What was changed there and is put back.
    pub put_back: Vec<About>,
}

/// Merges our view and theirs over their base.
pub fn merge(base: &Base, seen: &Seen, theirs: &View, entry: Entry<'_>, rules: &Rules<'_>) -> Outcome {
    let mut merging = Merging {
        base,
        seen,
        theirs,
        entry,
        rules,
        agreed_ours: base.ours.clone(),
        agreed_theirs: base.theirs().clone(),
        out: Outcome {
            ours: seen.view.clone(),
            theirs: theirs.clone(),
            base: base.clone(),
            clashes: Vec::new(),
            put_back: Vec::new(),
        },
    };
    for &field in Field::ALL {
        if seen.fields.has(field) {
            merging.field(field);
        } else {
            // Not held in common: whatever each has there is as good as agreed.
            merging.agreed_ours.take(field, &seen.view);
            merging.agreed_theirs.take(field, theirs);
        }
    }
    merging.occurrences();
    let Merging { mut out, agreed_ours, agreed_theirs, .. } = merging;
    out.base = Base::of(agreed_ours, agreed_theirs).disputed_as(&out.base);
    out
}

/// A merge under way.
struct Merging<'a> {
    base: &'a Base,
    seen: &'a Seen,
    theirs: &'a View,
    entry: Entry<'a>,
    rules: &'a Rules<'a>,
    agreed_ours: View,
    agreed_theirs: View,
    out: Outcome,
}

impl Merging<'_> {
    fn field(&mut self, field: Field) {
        let (ours, theirs, base) = (&self.seen.view, self.theirs, self.base);
        let moved = !(ours.same(field, &base.ours) && theirs.same(field, base.theirs()));
        match (base.disputed.has(field), field) {
            (true, _) => self.disputed(field),
            (false, _) if !moved => {}
            (false, Field::Attendees) => self.guests(),
            (false, Field::Original) => self.original(),
            (false, _) => self.plain(field),
        }
    }

    fn plain(&mut self, field: Field) {
        let (ours, theirs, base) = (&self.seen.view, self.theirs, self.base);
        let about = About::Field(field);
        let mut way = self.entry.way(field, self.seen.open.has(field));
        let ended = field == Field::Status
            && theirs.status == Status::Cancelled
            && ours.status != Status::Cancelled
            && base.theirs().status != Status::Cancelled;
        if ended && way.enter {
            match self.rules.ending {
                Ending::Enters => {}
                Ending::PutBack => way = Way { enter: false, put_back: true, ..way },
                Ending::Asked => return self.ask(field),
            }
        }
        let slot = Slot {
            base_ours: &base.ours.value(field),
            ours: &ours.value(field),
            base_theirs: &base.theirs().value(field),
            theirs: &theirs.value(field),
        };
        let landed = land(slot, way, || self.rules.verdict(about));
        if let Some(verdict) = landed.clash {
            self.clash(about, verdict, slot.map(|v| Some(Piece::Value(v.clone()))));
        }
        if landed.put_back {
            self.out.put_back.push(about);
        }
        self.set(landed.ours, landed.theirs, landed.base);
    }

    fn set(&mut self, ours: Option<Value>, theirs: Option<Value>, base: Option<(Value, Value)>) {
        if let Some(ours) = ours {
            self.out.ours.set(ours);
        }
        if let Some(theirs) = theirs {
            self.out.theirs.set(theirs);
        }
        if let Some((ours, theirs)) = base {
            self.agreed_ours.set(ours);
            self.agreed_theirs.set(theirs);
        }
    }

    /// A field on which they never agreed: it waits for a person, or until both say the same, or until a changed
    /// setting makes it one that is not theirs to say.
    fn disputed(&mut self, field: Field) {
        let (ours, theirs) = (&self.seen.view, self.theirs);
        let way = self.entry.way(field, self.seen.open.has(field));
        if field == Field::Time && ours.time.coincides(&theirs.time) {
            // Each goes on telling it in its own zone.
            self.out.base.disputed = self.out.base.disputed.without(field);
            self.agreed_ours.take(field, ours);
            self.agreed_theirs.take(field, theirs);
        } else if ours.same(field, theirs) || !way.enter && way.write {
            self.out.base.disputed = self.out.base.disputed.without(field);
            self.out.theirs.take(field, ours);
            self.agreed_ours.take(field, ours);
            self.agreed_theirs.take(field, ours);
        } else {
            self.ask(field);
        }
    }

    fn ask(&mut self, field: Field) {
        let piece = |view: &View| Some(Piece::Value(view.value(field)));
        let base = if self.base.disputed.has(field) { None } else { piece(&self.base.ours) };
        let (ours, theirs) = (piece(&self.seen.view), piece(self.theirs));
        let about = About::Field(field);
        self.out.clashes.push(Clash { about, base, ours, theirs, verdict: Verdict::Asked });
    }

    fn clash(&mut self, about: About, verdict: Verdict, pieces: [Option<Piece>; 3]) {
        let [base, ours, theirs] = pieces;
        self.out.clashes.push(Clash { about, base, ours, theirs, verdict });
    }

    /// Guests are a set; the person's own answer goes its own way.
    fn guests(&mut self) {
        let (ours, theirs, base) = (&self.seen.view, self.theirs, self.base);
        let field = Field::Attendees;
        let about = About::Field(field);
        let open = self.seen.open.has(field);
        let lists = Slot {
            base_ours: &base.ours.attendees,
            ours: &ours.attendees,
            base_theirs: &base.theirs().attendees,
            theirs: &theirs.attendees,
        };
        let way = self.entry.way(field, open);
        let landed = people::land(lists, self.entry, way, open, || self.rules.verdict(about));
        if let Some(verdict) = landed.clash {
            self.clash(about, verdict, lists.map(|v| Some(Piece::Value(Value::Attendees(v.clone())))));
        }
        if landed.put_back {
            self.out.put_back.push(about);
        }
        let value = Value::Attendees;
        self.set(
            landed.ours.map(value),
            landed.theirs.map(value),
            landed.base.map(|(ours, theirs)| (value(ours), value(theirs))),
        );
    }

    /// The piece of an occurrence: its own, if it has one.
    fn piece(view: &View, key: OccurrenceKey) -> Option<Piece> {
        view.overrides.get(&key).cloned().map(Piece::Occurrence)
    }
}

/// Whether a value says nothing: an empty text, an empty list, a default.
pub fn says_nothing(value: &Value) -> bool {
    blank(value.field()).as_ref() == Some(value)
}
