//! Each field there and back.

use std::collections::BTreeSet;

use concord_model::people::{self, Address, Attendee, Organiser, Role};
use concord_model::privacy::Privacy;
use concord_model::view::{
    Attachment, Availability, Colour, Override, Reminder, ReminderBy, Reminders, Status,
};
use concord_model::{Field, OccurrenceKey, View, text};
use concord_points::defect;
use serde_json::{Map, Value, json};

use super::time;
use crate::google::wire;

/// What begins and ends the block that Google writes into descriptions of events with a Meet link.
const MEET_LINE: &str = "-::~:~::";

/// Reads everything but the time.
pub(super) fn read(event: &wire::Event, view: &mut View) {
    view.title = text::line(event.summary.as_deref().unwrap_or_default());
    view.location = text::line(event.location.as_deref().unwrap_or_default());
    view.description = description(event.description.as_deref().unwrap_or_default());
    view.conference = conference(event);
    view.status = match event.status.as_deref() {
        Some("tentative") => Status::Tentative,
        _ => Status::Confirmed,
    };
    // A birthday or a place of work takes nobody's time, whatever Google leaves out.
    let takes_no_time = matches!(event.event_type.as_deref(), Some("birthday" | "workingLocation"));
    view.availability = match event.transparency.as_deref() {
        Some("transparent") => Availability::Free,
        _ if takes_no_time => Availability::Free,
        _ => Availability::Busy,
    };
    view.privacy = match event.visibility.as_deref() {
        Some("public") => Privacy::Public,
        // To Google, confidential is an old word for private.
        Some("private" | "confidential") => Privacy::Private,
        _ => Privacy::Default,
    };
    view.colour = event.color_id.as_deref().and_then(colour);
    view.organiser = organiser(event);
    view.attendees = event.attendees.iter().flatten().filter_map(attendee).collect();
    view.reminders = reminders(event.reminders.as_ref());
    view.attachments = event.attachments.iter().flatten().filter_map(attachment).collect();
}

/// Text as people read it, without the block that Google itself adds and removes (trap 21).
fn description(html: &str) -> String {
    let text = text::from_html(html);
    if !text.contains(MEET_LINE) {
        return text;
    }
    let mut kept = Vec::new();
    let mut block: Option<Vec<&str>> = None;
    for line in text.lines() {
        let marks = line.trim().starts_with(MEET_LINE);
        match (block.take(), marks) {
            (None, true) => block = Some(vec![line]),
            (None, false) => kept.push(line),
            (Some(_), true) => {}
            (Some(mut lines), false) => {
                lines.push(line);
                block = Some(lines);
            }
        }
    }
    // A block that is never closed is somebody's text.
    kept.extend(block.into_iter().flatten());
    text::normal(&kept.join("\n"))
}

fn conference(event: &wire::Event) -> String {
    let points = event.conference_data.iter().flat_map(|data| data.entry_points.iter().flatten());
    let video = points.filter(|point| point.entry_point_type.as_deref() == Some("video"));
    let link = video.filter_map(|point| point.uri.as_deref()).next().or(event.hangout_link.as_deref());
    text::line(link.unwrap_or_default())
}

/// Who called it. On a calendar of our own without guests that is only the calendar itself, which says nothing.
fn organiser(event: &wire::Event) -> Option<Organiser> {
    let organizer = event.organizer.as_ref()?;
    let guests = event.attendees.as_ref().is_some_and(|guests| !guests.is_empty());
    if organizer.is_self == Some(true) && !guests {
        return None;
    }
    let name = text::line(organizer.display_name.as_deref().unwrap_or_default());
    Some(Organiser { address: Address::from(organizer.email.as_deref()?), name })
}

fn attendee(guest: &wire::Attendee) -> Option<Attendee> {
    let role = match (guest.resource, guest.optional) {
        (Some(true), _) => Role::Resource,
        (_, Some(true)) => Role::Optional,
        _ => Role::Required,
    };
    let answer = match guest.response_status.as_deref() {
        Some("accepted") => people::Answer::Accepted,
        Some("tentative") => people::Answer::Tentative,
        Some("declined") => people::Answer::Declined,
        _ => people::Answer::Awaited,
    };
    let name = text::line(guest.display_name.as_deref().unwrap_or_default());
    Some(Attendee { address: address(guest)?, name, answer, role })
}

fn address(guest: &wire::Attendee) -> Option<Address> {
    guest.email.as_deref().filter(|email| !email.trim().is_empty()).map(Address::from)
}

fn attachment(attachment: &wire::Attachment) -> Option<Attachment> {
    let title = text::line(attachment.title.as_deref().unwrap_or_default());
    Some(Attachment { url: attachment.file_url.clone()?, title })
}

fn reminders(told: Option<&wire::Reminders>) -> Reminders {
    let Some(told) = told.filter(|told| told.use_default != Some(true)) else { return Reminders::Calendar };
    if told.use_default.is_none() && told.overrides.is_none() {
        return Reminders::Calendar;
    }
    let own = told.overrides.iter().flatten().map(|reminder| Reminder {
        minutes_before: reminder.minutes.unwrap_or(0).clamp(0, u32::MAX.into()).try_into().unwrap_or(0),
        by: if reminder.method.as_deref() == Some("email") { ReminderBy::Email } else { ReminderBy::Popup },
    });
    Reminders::Own(own.collect())
}

fn colour(id: &str) -> Option<Colour> {
    let place: usize = id.parse().ok()?;
    Colour::ALL.get(place.checked_sub(1)?).copied()
}

fn colour_id(colour: Colour) -> Option<String> {
    Colour::ALL.iter().position(|one| *one == colour).map(|place| (place + 1).to_string())
}

/// Writes one field. Without `before` it is a new event: defaults are left out. With it, a change: what is cleared
/// is null.
pub(in crate::google) fn put(
    field: Field,
    view: &View,
    before: Option<&View>,
    into: &mut Map<String, Value>,
) {
    let new = before.is_none();
    let text = |text: String| if text.is_empty() { Value::Null } else { Value::String(text) };
    let value = match field {
        Field::Time => return put_time(view, before, into),
        Field::Title => text(view.title.clone()),
        Field::Location => text(view.location.clone()),
        Field::Description => text(written(&view.description)),
        // A cancelled event is not there at all; the lens and the plan see to that.
        Field::Status if view.status == Status::Tentative => json!("tentative"),
        Field::Status if new => Value::Null,
        Field::Status => json!("confirmed"),
        Field::Availability if view.availability == Availability::Free => json!("transparent"),
        Field::Availability if new => Value::Null,
        Field::Availability => json!("opaque"),
        Field::Privacy => match view.privacy {
            Privacy::Default if new => Value::Null,
            Privacy::Default => json!("default"),
            Privacy::Public => json!("public"),
            Privacy::Private | Privacy::Confidential => json!("private"),
        },
        Field::Colour => json!(view.colour.and_then(colour_id)),
        Field::Reminders => match &view.reminders {
            Reminders::Calendar if new => Value::Null,
            Reminders::Calendar => json!({ "useDefault": true, "overrides": [] }),
            Reminders::Own(own) => {
                let own: Vec<Value> = own.iter().map(reminder).collect();
                json!({ "useDefault": false, "overrides": own })
            }
        },
        Field::Attendees => {
            let guests: Vec<wire::Attendee> = view.attendees.iter().map(guest).collect();
            if guests.is_empty() && new { Value::Null } else { json!(guests) }
        }
        // Google's own; see the capabilities.
        Field::Conference | Field::Organiser | Field::Attachments | Field::Original => return,
    };
    if !((new || defect!("what is cleared is not sent")) && value.is_null()) {
        into.insert(key(field).to_owned(), value);
    }
}

/// What Google calls the field.
fn key(field: Field) -> &'static str {
    match field {
        Field::Time => "start",
        Field::Title => "summary",
        Field::Location => "location",
        Field::Description => "description",
        Field::Conference => "conferenceData",
        Field::Status => "status",
        Field::Availability => "transparency",
        Field::Privacy => "visibility",
        Field::Colour => "colorId",
        Field::Organiser => "organizer",
        Field::Attendees => "attendees",
        Field::Reminders => "reminders",
        Field::Attachments => "attachments",
        // It has no such thing, and none is ever put.
        Field::Original => "",
    }
}

fn put_time(view: &View, before: Option<&View>, into: &mut Map<String, Value>) {
    let lines = lines(view);
    let Some(before) = before else {
        time::put_span(&view.time.span, false, into);
        if !lines.is_empty() {
            into.insert("recurrence".to_owned(), json!(lines));
        }
        return;
    };
    let moved = before.time.span != view.time.span;
    if moved {
        time::put_span(&view.time.span, true, into);
    }
    if view.is_series() && (moved || before.time.recurrence != view.time.recurrence) {
        into.insert("recurrence".to_owned(), json!(lines));
    } else if before.is_series() && !view.is_series() {
        into.insert("recurrence".to_owned(), Value::Null);
    }
}

/// The lines by which a series repeats, with all that does not take place. Written whenever the rule is, for Google
/// forgets instances that were cancelled one by one when their series moves.
fn lines(view: &View) -> Vec<String> {
    let span = &view.time.span;
    view.time
        .recurrence
        .as_ref()
        .map(|recurrence| recurrence.to_lines(span, &removed(view)))
        .unwrap_or_default()
}

/// The occurrences that do not take place.
pub(in crate::google) fn removed(view: &View) -> BTreeSet<OccurrenceKey> {
    let cancelled = view.overrides.iter().filter(|(_, change)| **change == Override::Cancelled);
    cancelled.map(|(key, _)| *key).filter(|key| view.time.span.starting(*key).is_some()).collect()
}

/// Plain text, unless Google would take it for HTML.
fn written(description: &str) -> String {
    if text::from_html(description) == description {
        description.to_owned()
    } else {
        text::to_html(description)
    }
}

fn reminder(reminder: &Reminder) -> Value {
    let method = match reminder.by {
        ReminderBy::Popup => "popup",
        ReminderBy::Email => "email",
    };
    json!({ "method": method, "minutes": reminder.minutes_before })
}

fn guest(attendee: &Attendee) -> wire::Attendee {
    let mut guest =
        wire::Attendee { email: Some(attendee.address.as_str().to_owned()), ..Default::default() };
    lay_over(&mut guest, None, attendee);
    guest
}

/// The guests as they are there, with only what changed changed: the list can only be written whole, and whoever
/// writes it from scratch takes everybody's answers and comments away (trap 11).
pub(in crate::google) fn guests(there: &[wire::Attendee], after: &[Attendee]) -> Vec<wire::Attendee> {
    let mut left: Vec<&Attendee> = after.iter().collect();
    let mut guests = Vec::new();
    for entry in there {
        let Some(before) = attendee(entry) else {
            // Not known to us by any address, so not ours to remove.
            guests.push(entry.clone());
            continue;
        };
        if let Some(place) = left.iter().position(|wanted| wanted.address == before.address) {
            let mut entry = entry.clone();
            lay_over(&mut entry, Some(&before), left.remove(place));
            guests.push(entry);
        }
    }
    guests.extend(left.into_iter().map(guest));
    guests
}

fn lay_over(entry: &mut wire::Attendee, before: Option<&Attendee>, after: &Attendee) {
    if before.map_or("", |before| &before.name) != after.name {
        entry.display_name = Some(after.name.clone());
    }
    if before.map_or(people::Answer::Awaited, |before| before.answer) != after.answer {
        let answer = match after.answer {
            people::Answer::Awaited => "needsAction",
            people::Answer::Accepted => "accepted",
            people::Answer::Tentative => "tentative",
            people::Answer::Declined => "declined",
        };
        entry.response_status = Some(answer.to_owned());
    }
    if before.map_or(Role::Required, |before| before.role) != after.role {
        entry.optional = Some(after.role == Role::Optional);
        // Only what is new can become a resource, and what is one stays one.
        if after.role == Role::Resource {
            entry.resource = Some(true);
        }
    }
}
