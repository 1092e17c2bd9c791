//! One mapping, both sides, one decision.
//!
//! The tables below are the product rules (`docs/rules.md`): what reaches a calendar, who may change what, what a
//! deletion means. Everything here is a value; nothing here is done.

mod agree;
mod ended;
mod write;

use concord_model::agreed::Base;
use concord_model::event::Event;
use concord_model::link::Direction;
use concord_model::observed::{Hold, Theirs};
use concord_model::people::Address;
use concord_model::{OccurrenceKey, View};
use concord_points::defect;
use jiff::Timestamp;

use crate::conflict::{About, Clash, Kind};
use crate::lens::{Eyes, Lens, Seen, Shown, WhyNot};

pub use write::{after_forgetting, after_silence, after_write};

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
    /// The addresses of the link's person, by which guests are told apart from them: their own answer is theirs.
    pub own: &'a [Address],
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
    /// What is agreed on once both are done; none where the agreement stays as it was.
    ///
    /// Where its half of theirs is not what they hold once both are done, something there was neither taken nor put
    /// back: it waits for a person, or until the calendar may be written. What was seen there must then be kept, and
    /// decided upon again.
    pub base: Option<Base>,
    /// What is agreed on until a change there is answered: to be stored beside its intent. After a crash in between, it
    /// makes the next decision end where this one would have.
    pub meanwhile: Option<Base>,
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
        (Shown::As(_), true) if !s.in_window && defect!("what leaves the window is taken away") => {
            Err(Why::OutsideWindow)
        }
        (Shown::As(seen), true) => Ok(seen),
        (Shown::As(_), false) => Err(Why::SwitchedOff),
        (Shown::Not(why), _) => Err(Why::Not(why)),
    };
    match (shown, s.copy, s.theirs) {
        (_, Copy::Ended, _) => Decision { there: There::End, why: Some(Why::Ended), ..Decision::default() },

        (Ok(seen), Copy::None, Side::Nothing | Side::Gone) => create(s, &seen),
        (Ok(seen), _, Side::Seen(theirs) | Side::AsAgreed(theirs)) => match s.base {
            Some(base) => agree::agree(s, &seen, theirs, base),
            None => agree::first_agreement(s, &seen, theirs),
        },
        (Ok(seen), Copy::Living, Side::Gone) => ended::gone_there(s, &seen),
        // Known as living and nothing seen: nothing is concluded from that.
        (Ok(_), Copy::Living, Side::Nothing) => Decision::default(),

        (Err(why), Copy::None, _) => Decision { there: There::Forget, why: Some(why), ..Decision::default() },
        (Err(why), Copy::Living, Side::Gone) => {
            Decision { there: There::End, why: Some(why), ..Decision::default() }
        }
        (Err(why), Copy::Living, theirs) => ended::remove(s, why, theirs),
    }
}

/// It shall be there and never was.
fn create(s: &Situation<'_>, seen: &Seen) -> Decision {
    let why = match () {
        () if s.lens.settings.direction == Direction::Pull
            && !defect!("a link that only brings in is written") =>
        {
            Why::PullOnly
        }
        () if !s.writable => Why::ReadOnly,
        () if !s.in_window => Why::OutsideWindow,
        () => {
            return Decision { there: There::Create(Box::new(seen.view.clone())), ..Decision::default() };
        }
    };
    Decision { there: There::Forget, why: Some(why), ..Decision::default() }
}
