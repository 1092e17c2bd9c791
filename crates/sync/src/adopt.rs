//! Which event an item of a calendar is, when no mapping says it (`rules.md` 11, 17 and 18; BM-011, BM-003).

use std::collections::BTreeSet;

use concord_model::{EventId, Span, View, text};

/// An event that an unknown item may be.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// Which.
    pub event: EventId,
    /// How it would look in that calendar.
    pub view: View,
    /// Whether it has a living copy in that calendar already: then the item cannot be it.
    pub taken: bool,
    /// What speaks for it.
    pub by: Likeness,
}

/// What speaks for an item being an event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Likeness {
    /// It carries our mark for that event and this link.
    Mark,
    /// It has the event's name in the world.
    Uid,
    /// It happens at the same time.
    Time,
}

/// Who an unknown item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Identity {
    /// Surely this event.
    Certain(EventId),
    /// Perhaps this event: a person is asked, and neither side is written meanwhile.
    Perhaps(EventId),
    /// Something new.
    New,
}

/// Says which event an unknown item is.
///
/// `alone` tells whether the item is the only one in its calendar with that time and title.
pub fn identify(item: &View, alone: bool, candidates: &[Candidate]) -> Identity {
    let free = || candidates.iter().filter(|c| !c.taken);
    for by in [Likeness::Mark, Likeness::Uid] {
        if let Some(found) = free().find(|c| c.by == by) {
            return Identity::Certain(found.event);
        }
    }
    let then: Vec<&Candidate> = free().filter(|c| same_time(&c.view.time.span, &item.time.span)).collect();
    let titled: Vec<&Candidate> = then.iter().copied().filter(|c| title(&c.view) == title(item)).collect();
    match titled.as_slice() {
        [one] if alone && one.view.time.recurrence == item.time.recurrence => Identity::Certain(one.event),
        [one, ..] => Identity::Perhaps(one.event),
        [] => match then.iter().find(|c| alike(&title(&c.view), &title(item))) {
            Some(one) => Identity::Perhaps(one.event),
            None => Identity::New,
        },
    }
}

/// Whether two spans begin and end together: calendars tell the same moment in different zones.
fn same_time(a: &Span, b: &Span) -> bool {
    match (a, b) {
        (Span::Timed(a), Span::Timed(b)) => {
            a.start().instant() == b.start().instant() && a.end().instant() == b.end().instant()
        }
        _ => a == b,
    }
}

/// A title for comparison: [`normal_title`].
pub fn title(view: &View) -> String {
    normal_title(&view.title)
}

/// A title for comparison: one line, lower case, without punctuation. A title of nothing but signs stands for itself.
pub fn normal_title(title: &str) -> String {
    let lower = text::line(title).to_lowercase();
    let kept: String = lower.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    if words.is_empty() { lower } else { words.join(" ") }
}

/// Whether two titles differ only a little: one holds the other, or most words are shared.
fn alike(a: &str, b: &str) -> bool {
    if a.is_empty() || b.is_empty() {
        return false;
    }
    let (a, b): (BTreeSet<&str>, BTreeSet<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    let shared = a.intersection(&b).count();
    2 * shared > a.len().max(b.len()) || shared == a.len() || shared == b.len()
}
