//! What people have done, so that it can be asked afterwards what became of it. Every text that anybody writes is
//! unique: it holds `w17w`, and 17 is written down here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use concord_model::view::Override;
use concord_model::{Event, EventId, Field, LinkId, View};

/// Where something was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Where {
    /// Here, on an event.
    Here(EventId),
    /// On the other side, in a calendar.
    There {
        /// Which calendar.
        calendar: String,
        /// What the side calls it.
        id: String,
    },
}

/// One thing that a person wrote.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// Where.
    pub(crate) at: Where,
    /// In which field.
    pub(crate) field: Field,
    /// In one occurrence, or in it and all that follow; else in the whole.
    pub(crate) part: bool,
    /// In which step.
    pub(crate) step: usize,
    /// Whether it was written into something that was private then, here, and has been ever since.
    pub(crate) secret: bool,
    /// Whether a person has deleted since what it was written into, on the other side, or moved it to where nobody listens, and
    /// it went with that.
    pub(crate) gone: bool,
}

/// How many things are remembered as touched lately.
const HOT: usize = 5;

/// Everything that people have done.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// What was written, by its number.
    pub(crate) written: BTreeMap<u32, Written>,
    last: u32,
    /// What a person deleted or cancelled, whole.
    pub(crate) deleted: BTreeSet<Where>,
    /// What a person deleted on the other side, or moved away there, while nobody here could know whether it had been made.
    pub(crate) unheard: BTreeSet<Where>,
    /// What a person cut, moved or took a part of away: occurrences may have gone with it. With the last number then.
    pub(crate) reshaped: BTreeMap<Where, u32>,
    /// What was private at some time.
    pub(crate) private: BTreeSet<EventId>,
    /// What a person made private on the other side.
    pub(crate) hidden: BTreeSet<Where>,
    /// What a person moved into another calendar, and into which.
    pub(crate) moved: BTreeMap<Where, BTreeSet<String>>,
    /// What a person took back to an earlier revision, with the last number then.
    pub(crate) undone: BTreeMap<EventId, u32>,
    /// Cancelled bookings that a person gave another state: they take place again.
    pub(crate) brought_back: BTreeSet<EventId>,
    /// Events about which a person decided for the calendar.
    pub(crate) answered: BTreeSet<EventId>,
    /// Links whose settings keep edits from the other side out, or did once.
    pub(crate) deaf: BTreeSet<LinkId>,
    /// Calendars that could only be read for a while.
    pub(crate) closed: BTreeSet<String>,
    /// Links whose copies a person took away, switched off or filtered, or did once.
    pub(crate) narrowed: BTreeSet<LinkId>,
    /// Links whose large plans a person has agreed to.
    pub(crate) agreed_to: BTreeSet<LinkId>,
    /// What was written about a guest on the other side, by its number: calendar and id.
    pub(crate) about_guests: BTreeMap<u32, (String, String)>,
    /// What was touched lately, on either side.
    hot: VecDeque<Where>,
    /// Whether some texts have two spaces in a row.
    spaced: bool,
    /// The texts themselves.
    texts: BTreeMap<u32, String>,
    /// Events that were not here any more after an older database came back, or may not have been.
    pub(crate) restored: bool,
}

/// The beginning of a number in a text, and its end.
const AROUND: char = 'w';

impl History {
    /// The history of a world at its beginning. Where `spaced`, some texts have two spaces in a row.
    pub(crate) fn new(spaced: bool) -> History {
        History { spaced, ..History::default() }
    }

    /// A text that nobody else writes.
    pub(crate) fn text(&mut self, word: &str) -> (u32, String) {
        self.last += 1;
        // Some put two spaces between words, which not everybody keeps.
        let space = if self.spaced && self.last.is_multiple_of(4) { "  " } else { " " };
        let text = format!("{word}{space}{AROUND}{}{AROUND}", self.last);
        self.texts.insert(self.last, text.clone());
        (self.last, text)
    }

    /// The text of that number, as it was written.
    pub(crate) fn text_of(&self, number: u32) -> Option<&str> {
        self.texts.get(&number).map(String::as_str)
    }

    /// Notes what was touched.
    pub(crate) fn touched(&mut self, at: Where) {
        self.hot.retain(|other| *other != at);
        self.hot.push_back(at);
        if self.hot.len() > HOT {
            self.hot.pop_front();
        }
    }

    /// What was touched lately.
    pub(crate) fn hot(&self) -> Vec<Where> {
        self.hot.iter().cloned().collect()
    }

    /// A number that nobody else has.
    pub(crate) fn number(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    /// The last number that was given.
    pub(crate) fn last(&self) -> u32 {
        self.last
    }

    /// Notes what was written with that number.
    pub(crate) fn wrote(&mut self, number: u32, written: Written) {
        self.written.insert(number, written);
    }

    /// A person deletes something on the other side, with all that was written there.
    pub(crate) fn deletes(&mut self, at: Where) {
        self.takes_along(&at);
        self.deleted.insert(at);
    }

    /// What was written there until now went with it.
    pub(crate) fn takes_along(&mut self, at: &Where) {
        self.written.values_mut().filter(|written| written.at == *at).for_each(|written| written.gone = true);
    }

    /// What was secret in an event is no longer; nor is what it says, though it may be copied from another, or lie in
    /// occurrences that are no secret of their own and were divided from another series.
    pub(crate) fn reveal(&mut self, event: &Event) {
        let View { title, description, location, overrides, .. } = &event.content;
        let mut said: Vec<u32> =
            [title, description, location].into_iter().flat_map(|text| numbers(text)).collect();
        for change in overrides.values() {
            if let Override::Changed(own) = change
                && !own.contains_key(&Field::Privacy)
            {
                said.extend(own.values().flat_map(|value| numbers(&format!("{value:?}"))));
            }
        }
        for (number, written) in &mut self.written {
            if written.at == Where::Here(event.id) || said.contains(number) {
                written.secret = false;
            }
        }
    }
}

/// The numbers in a text, in order. Each is a word of its own: keys and secrets are made of the same letters.
pub(crate) fn numbers(text: &str) -> Vec<u32> {
    let is_of_a_word = |c: char| c.is_alphanumeric() || "-_+/=".contains(c);
    let number = |word: &str| word.strip_prefix(AROUND)?.strip_suffix(AROUND)?.parse().ok();
    text.split(|c| !is_of_a_word(c)).filter_map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_any_text() {
        assert_eq!(numbers("Walk w12w with\n\"Note w3w\", w4, ww5w, 6w, aw7w, w8w-b"), [12, 3]);
    }
}
