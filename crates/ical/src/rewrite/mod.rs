//! A file with one event changed: only the lines whose field changed are new.
//!
//! ```text
//! before ≠ after ─▶ fields ─▶ lines of the master ─▶ changed occurrences: edited, added, taken away
//! ```
//!
//! Promises that nothing else moves by a byte (unknown properties, parameters of attendees who did not change, alarms
//! of other kinds, definitions of zones, line ends), that an equal view gives the same file, and that reading the
//! result gives the view that was asked for. What only repeats a changed field in a maker's own words (a map link
//! beside the place, HTML beside the description) goes with it, because programs show it instead.

mod edit;
mod fields;
mod occurrences;
mod times;

use std::collections::BTreeMap;

use concord_model::view::{Override, Timing};
use concord_model::{Field, View};
use jiff::Timestamp;

use crate::component::{Component, Node, Tree};
use crate::read::{Clock, Lines, Place, Raw, Zones, component};
use crate::values;
use crate::write::{Labels, Scheduling, plain};
use edit::Edit;
use occurrences::CalledOff;

/// The circumstances of a change.
#[derive(Clone, Copy)]
pub struct Revision<'a> {
    /// When it was made: the new DTSTAMP (and LAST-MODIFIED, where the event has one).
    pub at: Timestamp,
    /// Whether SEQUENCE grows: it does when an organiser changes what guests go by.
    pub raise_sequence: bool,
    /// Who tells attendees that are added.
    pub scheduling: Scheduling,
    /// Whom reminders by mail go to.
    pub owner: Option<&'a str>,
}

impl Revision<'_> {
    /// A change made at that time that no guest has to be told.
    pub fn at(at: Timestamp) -> Revision<'static> {
        Revision { at, raise_sequence: false, scheduling: Scheduling::default(), owner: None }
    }
}

/// Returns the file of an event with what differs between `before` (as [`crate::read`] told it) and `after`.
pub fn rewrite(raw: &Raw, before: &View, after: &View, revision: &Revision<'_>) -> Vec<u8> {
    let mut after = after.clone();
    after.normalise();
    // What iCalendar cannot hold is not a change.
    after.colour = before.colour;
    after.original.clone_from(&before.original);
    let tree = &*raw.tree;
    let Some(master) = raw.component(raw.master) else { return tree.write() };
    let Some(calendar) = tree.calendars().find(|(place, _)| *place == raw.master.calendar) else {
        return tree.write();
    };
    if *before == after {
        return tree.write();
    }
    let zones = Zones::of(tree, calendar.1);
    let mut change = Change {
        tree,
        made_up: raw.made_up.as_deref(),
        zones: &zones,
        labels: Labels::of(&zones),
        before,
        after: &after,
        revision,
        called_off: Default::default(),
        changed: BTreeMap::new(),
        dates_stay: true,
        added: Vec::new(),
    };
    change.called_off = change.find_called_off(raw);
    change.master(raw.master, master);
    change.occurrences(raw);
    change.finish(raw)
}

/// A change under way.
struct Change<'a> {
    tree: &'a Tree,
    made_up: Option<&'a str>,
    zones: &'a Zones,
    labels: Labels<'a>,
    before: &'a View,
    after: &'a View,
    revision: &'a Revision<'a>,
    /// Occurrences that do not take place and say so in a component of their own.
    called_off: CalledOff,
    /// Components that are other than they were; `None` where one is gone.
    changed: BTreeMap<Place, Option<Component>>,
    /// Whether the lines with added dates are what they were.
    dates_stay: bool,
    /// New changed occurrences.
    added: Vec<Component>,
}

impl<'a> Change<'a> {
    fn master(&mut self, place: Place, master: &Component) {
        let mut edit = Edit::of(self.tree, master);
        // An occurrence without its series has a name instead of dates.
        if edit.has("RECURRENCE-ID") {
            let after = View { time: Timing::from(self.after.time.span.clone()), ..self.after.clone() };
            self.fields(&mut edit, &plain(self.before), &after);
        } else {
            self.fields(&mut edit, self.before, self.after);
            let clock = self.clock(master);
            let called_off = &self.called_off;
            self.dates_stay =
                times::repeats(&mut edit, &clock, (self.before, self.after), called_off, &mut self.labels);
        }
        self.keep(place, edit);
    }

    /// Writes the fields in which two views of one component differ.
    fn fields(&mut self, edit: &mut Edit<'_>, before: &View, after: &View) {
        for field in before.differing(after).iter() {
            match field {
                Field::Time => times::span(edit, &before.time, &after.time, &mut self.labels),
                _ => fields::write(edit, field, before, after, self.revision),
            }
        }
    }

    fn clock(&self, component: &Component) -> Clock<'a> {
        Clock::of(self.zones, &Lines::of(self.tree, component))
    }

    fn keep(&mut self, place: Place, mut edit: Edit<'_>) {
        if edit.is_touched() {
            self.revise(&mut edit);
            self.changed.insert(place, Some(edit.done()));
        }
    }

    fn revise(&self, edit: &mut Edit<'_>) {
        // A name made from what an event said is kept when it says something else.
        if let Some(uid) = self.made_up
            && edit.value("UID").is_none_or(|uid| uid.trim().is_empty())
        {
            edit.set_value("UID", &values::escape(uid));
        }
        let at = values::utc(self.revision.at);
        edit.set_value("DTSTAMP", &at);
        if edit.has("LAST-MODIFIED") {
            edit.set_value("LAST-MODIFIED", &at);
        }
        if self.revision.raise_sequence {
            let now = edit.value("SEQUENCE").and_then(|value| value.trim().parse::<u32>().ok()).unwrap_or(0);
            edit.set_value("SEQUENCE", &now.saturating_add(1).to_string());
        }
    }

    /// The file with all that was changed.
    fn finish(mut self, raw: &Raw) -> Vec<u8> {
        let mut tree = self.tree.clone();
        let last =
            raw.places().filter(|place| place.calendar == raw.master.calendar).max().unwrap_or(raw.master);
        let mut definitions = self.labels.definitions().into_iter().map(Node::from).peekable();
        for (at, outer) in tree.nodes.iter_mut().enumerate() {
            let Node::Component(calendar) = outer else { continue };
            if !calendar.is("VCALENDAR") {
                continue;
            }
            let nodes = std::mem::take(&mut calendar.nodes);
            for (inner, node) in nodes.into_iter().enumerate() {
                let place = Place { calendar: at, component: inner };
                let begins_events = matches!(&node, Node::Component(c) if !c.is("VTIMEZONE"));
                if at == raw.master.calendar && begins_events && definitions.peek().is_some() {
                    calendar.nodes.extend(definitions.by_ref());
                }
                match self.changed.remove(&place) {
                    None => calendar.nodes.push(node),
                    Some(other) => calendar.nodes.extend(other.map(Node::from)),
                }
                if place == last {
                    calendar.nodes.extend(std::mem::take(&mut self.added).into_iter().map(Node::from));
                }
            }
        }
        tree.write()
    }
}

/// Whether a view says that an occurrence does not take place.
fn is_removed(change: &Override) -> bool {
    matches!(change, Override::Cancelled)
}

/// The component at a place of the file.
fn at(tree: &Tree, place: Place) -> Option<&Component> {
    component(tree, place)
}
