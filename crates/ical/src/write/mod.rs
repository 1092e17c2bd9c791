//! New files from views.
//!
//! Promises that reading the file gives the views again as far as iCalendar can say them
//! ([`crate::capabilities`]), that it is valid for strict readers (DTEND always, UNTIL as the start is, a definition
//! for each zone), and that no text in an event can begin a line of its own.

mod labels;
mod reply;
mod says;

use std::borrow::Cow;

use concord_model::view::{Override, Patch};
use concord_model::{OccurrenceKey, View};
use jiff::Timestamp;

use crate::component::{Component, Node};
use crate::lines::{self, line};
use crate::values;

pub(crate) use labels::Labels;
pub use reply::{Reply, reply};
pub(crate) use says::{
    Said, attachment, attendee, class, conference, ended, key_line, key_said, organiser, part_stat,
    reminder_nodes, role_params, rules, started, status, transparency,
};

/// What goes into a file: an event with its name in the world.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    /// Its UID.
    pub uid: &'a str,
    /// The event.
    pub view: &'a View,
    /// When this revision was made.
    pub stamp: Timestamp,
    /// Which revision it is.
    pub sequence: u32,
    /// Properties besides: `X-` names with their texts.
    pub marks: &'a [(&'a str, &'a str)],
}

/// What stands around the events of a file.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// Who made the file (PRODID), such as `-//Concord//Concord//EN`.
    pub product: &'a str,
    /// What the file is for; files that lie in a calendar say nothing.
    pub method: Option<&'a str>,
    /// What the calendar is called.
    pub name: Option<&'a str>,
    /// How often whoever subscribes to the file should look again.
    pub refresh_minutes: Option<u32>,
    /// Who invites.
    pub scheduling: Scheduling,
    /// Whom reminders by mail go to.
    pub owner: Option<&'a str>,
}

/// Who tells attendees about an event with attendees: a server that is not told otherwise does (RFC 6638).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Scheduling {
    /// We do, or nobody does: every address says so.
    #[default]
    Client,
    /// The server that the file is stored on.
    Server,
}

impl<'a> Frame<'a> {
    /// A file of that maker, for lying in a calendar.
    pub fn new(product: &'a str) -> Frame<'a> {
        let (method, name, refresh_minutes, owner) = (None, None, None, None);
        Frame { product, method, name, refresh_minutes, scheduling: Scheduling::default(), owner }
    }
}

/// Returns a file with one event.
pub fn write_new(entry: &Entry<'_>, frame: &Frame<'_>) -> String {
    export([*entry], frame)
}

/// Returns a file with many events.
pub fn export<'a>(entries: impl IntoIterator<Item = Entry<'a>>, frame: &Frame<'_>) -> String {
    let mut labels = Labels::default();
    let events: Vec<Component> =
        entries.into_iter().flat_map(|entry| event(&entry, frame, &mut labels)).collect();
    let mut head = vec![line("VERSION", &[], "2.0"), line("PRODID", &[], &values::escape(frame.product))];
    head.push(line("CALSCALE", &[], "GREGORIAN"));
    head.extend(frame.method.map(|method| line("METHOD", &[], method)));
    if let Some(name) = frame.name {
        head.extend(["NAME", "X-WR-CALNAME"].map(|property| line(property, &[], &values::escape(name))));
    }
    if let Some(minutes) = frame.refresh_minutes {
        let often = format!("PT{minutes}M");
        head.push(line("REFRESH-INTERVAL", &[("VALUE", "DURATION")], &often));
        head.push(line("X-PUBLISHED-TTL", &[], &often));
    }
    file(head, labels, events)
}

/// A file of these lines, with a definition of each zone that its events name.
fn file(head: Vec<String>, labels: Labels<'_>, events: Vec<Component>) -> String {
    let mut calendar = Component::written("VCALENDAR", head);
    calendar.nodes.extend(labels.definitions().into_iter().chain(events).map(Node::from));
    let mut texts = Vec::new();
    calendar.push_texts(&mut texts);
    let mut out = Vec::new();
    for text in texts {
        lines::fold(&text, "\r\n", &mut out);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// An event and its changed occurrences.
fn event(entry: &Entry<'_>, frame: &Frame<'_>, labels: &mut Labels<'_>) -> Vec<Component> {
    let view = entry.view;
    let plain = plain(view);
    let mut all = vec![component(entry, &plain, None, frame, labels)];
    for (key, change) in &view.overrides {
        if let Override::Changed(patch) = change
            && let Some(whole) = whole(&plain, *key, patch)
        {
            let id = key_line("RECURRENCE-ID", *key, &view.time.span, labels);
            all.push(component(entry, &whole, Some(id), frame, labels));
        }
    }
    all
}

/// A view without its overrides, cheap to make occurrences of.
pub(crate) fn plain(view: &View) -> Cow<'_, View> {
    match view.overrides.is_empty() {
        true => Cow::Borrowed(view),
        false => {
            let mut plain = View::new(view.time.clone(), "");
            concord_model::Field::ALL.iter().for_each(|field| plain.take(*field, view));
            Cow::Owned(plain)
        }
    }
}

/// A changed occurrence, whole. `None` when the key does not fit the series.
pub(crate) fn whole(plain: &View, key: OccurrenceKey, patch: &Patch) -> Option<View> {
    let mut whole = plain.occurrence(key)?;
    whole.apply(patch);
    whole.time.recurrence = None;
    Some(whole)
}

/// One VEVENT: a master with its removed dates, or (with its RECURRENCE-ID) a changed occurrence.
fn component(
    entry: &Entry<'_>,
    view: &View,
    id: Option<String>,
    frame: &Frame<'_>,
    labels: &mut Labels<'_>,
) -> Component {
    let text = |name: &str, text: &str| (!text.is_empty()).then(|| line(name, &[], &values::escape(text)));
    let mut all = vec![
        line("UID", &[], &values::escape(entry.uid)),
        line("DTSTAMP", &[], &values::utc(entry.stamp)),
        line("LAST-MODIFIED", &[], &values::utc(entry.stamp)),
        line("SEQUENCE", &[], &entry.sequence.to_string()),
    ];
    let is_master = id.is_none();
    all.extend(id);
    all.push(started(&view.time, labels).line("DTSTART"));
    // Always there, because some servers refuse events without (iCloud).
    all.push(ended(&view.time, labels).line("DTEND"));
    if is_master && let Some(recurrence) = &view.time.recurrence {
        let span = &view.time.span;
        all.extend(rules(recurrence, span));
        all.extend(recurrence.added.iter().map(|key| key_line("RDATE", *key, span, labels)));
        let removed = entry.view.overrides.iter().filter(|(_, change)| matches!(change, Override::Cancelled));
        all.extend(removed.map(|(key, _)| key_line("EXDATE", *key, span, labels)));
    }
    all.extend(text("SUMMARY", &view.title));
    all.extend(text("DESCRIPTION", &view.description));
    all.extend(text("LOCATION", &view.location));
    all.extend(conference(&view.conference, true));
    all.push(status(view.status));
    all.push(transparency(view.availability));
    all.extend(class(view.privacy));
    all.extend(view.organiser.as_ref().map(|one| organiser(one, frame.scheduling)));
    all.extend(view.attendees.iter().map(|one| attendee(one, frame.scheduling)));
    all.extend(view.attachments.iter().map(attachment));
    all.extend(entry.marks.iter().map(|(name, text)| line(name, &[], &values::escape(text))));
    let mut component = Component::written("VEVENT", all);
    component.nodes.extend(reminder_nodes(&view.reminders, frame.owner));
    component
}
