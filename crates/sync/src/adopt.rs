//! Which event an item of a calendar is, when no mapping says it (`rules.md` 11, 17 and 18; BM-011, BM-003).

use std::collections::BTreeSet;

use concord_model::{EventId, Moment, Span, View, text};

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
/// `alone` tells whether the item is the only one in its calendar that is [`alike`] it.
pub fn identify(item: &View, alone: bool, candidates: &[Candidate]) -> Identity {
    let free = || candidates.iter().filter(|c| !c.taken);
    for by in [Likeness::Mark, Likeness::Uid] {
        if let Some(found) = free().find(|c| c.by == by) {
            return Identity::Certain(found.event);
        }
    }
    let then: Vec<&Candidate> = free().filter(|c| c.view.time.span.coincides(&item.time.span)).collect();
    let titled: Vec<&Candidate> = then.iter().copied().filter(|c| title(&c.view) == title(item)).collect();
    match titled.as_slice() {
        [one] if alone && one.view.time.coincides(&item.time) => Identity::Certain(one.event),
        [one, ..] => Identity::Perhaps(one.event),
        [] => match then.iter().find(|c| nearly(&title(&c.view), &title(item))) {
            Some(one) => Identity::Perhaps(one.event),
            None => Identity::New,
        },
    }
}

/// What items of a calendar have in common that may be one event: the time, in whatever zone it is told, and the title.
pub fn alike(item: &View) -> (String, String) {
    let utc = |moment: &Moment| moment.instant().to_string();
    let when = match &item.time.span {
        Span::Timed(t) => format!("{} {}", utc(t.start()), utc(t.end())),
        span => span.to_string(),
    };
    (when, title(item))
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
fn nearly(a: &str, b: &str) -> bool {
    if a.is_empty() || b.is_empty() {
        return false;
    }
    let (a, b): (BTreeSet<&str>, BTreeSet<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    let shared = a.intersection(&b).count();
    2 * shared > a.len().max(b.len()) || shared == a.len() || shared == b.len()
}
