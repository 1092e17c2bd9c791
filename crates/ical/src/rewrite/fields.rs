//! The lines of each field but time.

use std::collections::BTreeSet;

use concord_model::people::{Address, Attendee};
use concord_model::view::{Attachment, Availability, Reminder, Reminders};
use concord_model::{Field, View};

use super::Revision;
use super::edit::Edit;
use crate::lines::Content;
use crate::read::{Alarm, address, alarm, answer, attachment, conference_rank, name, role};
use crate::values::escape;
use crate::write;

/// Writes one field as `after` has it.
pub(super) fn write(edit: &mut Edit<'_>, field: Field, before: &View, after: &View, revision: &Revision<'_>) {
    match field {
        Field::Title => text(edit, "SUMMARY", &after.title),
        Field::Description => {
            text(edit, "DESCRIPTION", &after.description);
            // The same as HTML; Outlook shows it instead.
            edit.drop(&["X-ALT-DESC"]);
        }
        Field::Location => {
            text(edit, "LOCATION", &after.location);
            // The old place on a map.
            edit.drop(&["X-APPLE-STRUCTURED-LOCATION", "GEO"]);
        }
        Field::Conference => conference(edit, &before.conference, &after.conference),
        Field::Status => word(edit, "STATUS", write::status(after.status)),
        Field::Availability => availability(edit, after.availability),
        Field::Privacy => match write::class(after.privacy) {
            Some(line) => word(edit, "CLASS", line),
            None => edit.drop(&["CLASS"]),
        },
        Field::Organiser => organiser(edit, after, revision),
        Field::Attendees => attendees(edit, &before.attendees, &after.attendees, revision),
        Field::Reminders => reminders(edit, &after.reminders, revision),
        Field::Attachments => attachments(edit, &after.attachments),
        // iCalendar has no word for the colour, the original is what is written upon, and time is not written here.
        Field::Colour | Field::Original | Field::Time => {}
    }
}

fn text(edit: &mut Edit<'_>, name: &str, text: &str) {
    match text.is_empty() {
        true => edit.drop(&[name]),
        // ALTREP leads to the same text in another form, often as HTML within the line.
        false => edit.set(name, &[("ALTREP", None)], &escape(text)),
    }
}

/// Sets a property of one word, given as a line.
fn word(edit: &mut Edit<'_>, name: &str, line: String) {
    let value = line.split_once(':').map_or("", |(_, value)| value);
    edit.set_value(name, value);
}

fn availability(edit: &mut Edit<'_>, availability: Availability) {
    word(edit, "TRANSP", write::transparency(availability));
    // The same in the words of Outlook and of Apple's Exchange bridge, where they are there.
    let busy = if availability == Availability::Busy { "BUSY" } else { "FREE" };
    for name in ["X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS", "X-APPLE-EWS-BUSYSTATUS"] {
        if edit.has(name) {
            edit.set_value(name, busy);
        }
    }
}

fn conference(edit: &mut Edit<'_>, before: &str, after: &str) {
    if after.is_empty() {
        return edit.drop_lines(|line| conference_rank(line).is_some());
    }
    // Whatever led to the old meeting leads to the new one.
    let names = ["CONFERENCE", "URL", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL"];
    let leads_there = |line: &Content<'_>| {
        !before.is_empty() && line.value().trim() == before && names.iter().any(|name| line.is(name))
    };
    let lines = edit.contents().filter(|(_, line)| leads_there(line));
    let replaced: Vec<(usize, String)> = lines.map(|(at, line)| (at, line.with(&[], after))).collect();
    let says_so =
        |text: &String| Content::parse(text.into()).is_some_and(|line| conference_rank(&line).is_some());
    let counts = replaced.iter().any(|(_, text)| says_so(text));
    let has_url = edit.has("URL");
    for (at, text) in replaced {
        edit.replace(at, text);
    }
    if !counts {
        edit.add("CONFERENCE", write::conference(after, !has_url));
    }
}

fn organiser(edit: &mut Edit<'_>, after: &View, revision: &Revision<'_>) {
    let Some(organiser) = &after.organiser else { return edit.drop(&["ORGANIZER"]) };
    let found = edit.contents().find(|(_, line)| line.is("ORGANIZER"));
    let same_address = found.filter(|(_, line)| address(line) == organiser.address);
    let renamed =
        same_address.map(|(at, line)| (at, line.with(&[("CN", said(&organiser.name))], line.value())));
    match renamed {
        Some((at, text)) => edit.replace(at, text),
        None => {
            edit.drop(&["ORGANIZER"]);
            edit.add("ORGANIZER", [write::organiser(organiser, revision.scheduling)]);
        }
    }
}

/// A parameter that is dropped when there is nothing to say.
fn said(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Attendees who left lose their lines, those who came get new ones, and of the others only the parameters that
/// changed are written. A line without an address is nobody's, and stays.
fn attendees(edit: &mut Edit<'_>, before: &[Attendee], after: &[Attendee], revision: &Revision<'_>) {
    let mut there = BTreeSet::new();
    let mut changed = Vec::new();
    for (at, line) in edit.contents().filter(|(_, line)| line.is("ATTENDEE")) {
        let who = address(&line);
        let Some(new) = after.binary_search_by(|one| one.address.cmp(&who)).ok().map(|i| &after[i]) else {
            continue;
        };
        there.insert(who.clone());
        if before.binary_search_by(|one| one.address.cmp(&who)).is_ok_and(|i| before[i] == *new) {
            continue;
        }
        let mut params = Vec::new();
        if name(&line) != new.name {
            params.push(("CN", said(&new.name)));
        }
        if answer(&line) != new.answer {
            params.push(("PARTSTAT", Some(write::part_stat(new.answer))));
        }
        if role(&line) != new.role {
            let (kind, role) = write::role_params(new.role);
            params.extend([("CUTYPE", kind), ("ROLE", role)]);
        }
        if !params.is_empty() {
            changed.push((at, line.with(&params, line.value())));
        }
    }
    for (at, text) in changed {
        edit.replace(at, text);
    }
    let left = |who: Address| !who.as_str().is_empty() && !there.contains(&who);
    edit.drop_lines(|line| line.is("ATTENDEE") && left(address(line)));
    let new = after.iter().filter(|one| !there.contains(&one.address));
    edit.add("ATTENDEE", new.map(|one| write::attendee(one, revision.scheduling)));
}

fn attachments(edit: &mut Edit<'_>, after: &[Attachment]) {
    let mut there = BTreeSet::new();
    edit.drop_lines(|line| {
        let Some(attachment) = attachment(line) else { return false };
        let goes = after.binary_search(&attachment).is_err();
        there.insert(attachment);
        goes
    });
    edit.add("ATTACH", after.iter().filter(|one| !there.contains(*one)).map(write::attachment));
}

/// Alarms of other kinds stay whatever happens to reminders.
fn reminders(edit: &mut Edit<'_>, after: &Reminders, revision: &Revision<'_>) {
    let tree = edit.tree;
    let wanted: &[Reminder] = match after {
        Reminders::Calendar => &[],
        Reminders::Own(own) => own,
    };
    let silent = matches!(after, Reminders::Own(own) if own.is_empty());
    let mut there = BTreeSet::new();
    let mut is_silent = false;
    edit.drop_parts(|part| match alarm(tree, part) {
        Alarm::Reminder(reminder) => {
            there.insert(reminder);
            !wanted.contains(&reminder)
        }
        Alarm::Silence => {
            is_silent = true;
            !silent
        }
        Alarm::Calendar => *after != Reminders::Calendar,
        Alarm::Other => false,
    });
    let missing: Vec<Reminder> = wanted.iter().filter(|one| !there.contains(*one)).copied().collect();
    if !missing.is_empty() || (silent && !is_silent) {
        for part in write::reminder_nodes(&Reminders::Own(missing), revision.owner) {
            edit.add_part(part);
        }
    }
}
