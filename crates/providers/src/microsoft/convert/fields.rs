//! Each field there and back.

use concord_model::people::{self, Address, Attendee, Organiser, Role};
use concord_model::privacy::Privacy;
use concord_model::view::{Availability, Colour, Reminder, ReminderBy, Reminders, Status};
use concord_model::{Field, View, text};
use serde_json::{Map, Value, json};

use super::{body, time};
use crate::microsoft::wire;

/// How long before the start Outlook reminds by itself.
const USUAL_REMINDER: u32 = 15;

/// Colours as Outlook names its categories. An event has no colour of its own there, only categories, whose names people
/// choose; these are the names that Outlook gives them at first.
const CATEGORIES: [(Colour, &str); 11] = [
    (Colour::Tomato, "Red category"),
    (Colour::Tangerine, "Orange category"),
    (Colour::Banana, "Yellow category"),
    (Colour::Sage, "Green category"),
    (Colour::Peacock, "Teal category"),
    (Colour::Basil, "Dark green category"),
    (Colour::Blueberry, "Blue category"),
    (Colour::Lavender, "Dark blue category"),
    (Colour::Grape, "Purple category"),
    (Colour::Flamingo, "Cranberry category"),
    (Colour::Graphite, "Gray category"),
];

/// Reads everything but the time.
pub(super) fn read(event: &wire::Event, view: &mut View) {
    let line = |text: &Option<String>| text::line(text.as_deref().unwrap_or_default());
    let join = join(event);
    view.title = line(&event.subject);
    view.location = event.location.as_ref().map(|place| line(&place.display_name)).unwrap_or_default();
    view.description = event.body.as_ref().map(|told| body::read(told, join)).unwrap_or_default();
    view.conference = text::line(join.unwrap_or_default());
    let shown = event.show_as.as_deref().unwrap_or_default();
    view.status = match event.is_cancelled {
        Some(true) => Status::Cancelled,
        _ if shown == "tentative" => Status::Tentative,
        _ => Status::Confirmed,
    };
    view.availability = match shown {
        "free" | "workingElsewhere" => Availability::Free,
        _ => Availability::Busy,
    };
    view.privacy = match event.sensitivity.as_deref() {
        Some("private" | "personal") => Privacy::Private,
        Some("confidential") => Privacy::Confidential,
        _ => Privacy::Default,
    };
    view.colour = event.categories.iter().flatten().find_map(|name| colour(name));
    view.organiser = organiser(event);
    view.attendees = event.attendees.iter().flatten().filter_map(attendee).collect();
    view.reminders = reminders(event);
}

/// The link to join it by.
pub(super) fn join(event: &wire::Event) -> Option<&str> {
    let own = event.online_meeting.as_ref().and_then(|meeting| meeting.join_url.as_deref());
    own.or(event.online_meeting_url.as_deref()).filter(|link| !link.is_empty())
}

fn colour(category: &str) -> Option<Colour> {
    CATEGORIES.iter().find(|(_, name)| name.eq_ignore_ascii_case(category)).map(|(colour, _)| *colour)
}

/// Who called it. Without guests that is only the calendar's own person, which says nothing.
fn organiser(event: &wire::Event) -> Option<Organiser> {
    if event.is_organizer != Some(false) && !event.has_guests() {
        return None;
    }
    let person = event.organizer.as_ref()?.email_address.as_ref()?;
    let name = text::line(person.name.as_deref().unwrap_or_default());
    Some(Organiser { address: address(person)?, name })
}

fn address(person: &wire::EmailAddress) -> Option<Address> {
    person.address.as_deref().filter(|address| !address.trim().is_empty()).map(Address::from)
}

fn attendee(guest: &wire::Attendee) -> Option<Attendee> {
    let person = guest.email_address.as_ref()?;
    let role = match guest.kind.as_deref() {
        Some("optional") => Role::Optional,
        Some("resource") => Role::Resource,
        _ => Role::Required,
    };
    let told = guest.status.as_ref().and_then(|status| status.get("response")?.as_str());
    let answer = match told {
        Some("accepted" | "organizer") => people::Answer::Accepted,
        Some("tentativelyAccepted") => people::Answer::Tentative,
        Some("declined") => people::Answer::Declined,
        _ => people::Answer::Awaited,
    };
    // Outlook gives those without a name their address as one.
    let name = text::line(person.name.as_deref().unwrap_or_default());
    let address = address(person)?;
    let name = if Address::from(name.as_str()) == address { String::new() } else { name };
    Some(Attendee { address, name, answer, role })
}

fn reminders(event: &wire::Event) -> Reminders {
    match (event.is_reminder_on, event.reminder_minutes_before_start) {
        (Some(false), _) => Reminders::Own(Vec::new()),
        (_, None) => Reminders::Calendar,
        (_, Some(minutes)) => match u32::try_from(minutes).unwrap_or(0) {
            USUAL_REMINDER => Reminders::Calendar,
            minutes_before => Reminders::Own(vec![Reminder { minutes_before, by: ReminderBy::Popup }]),
        },
    }
}

/// Writes one field. Without `before` it is a new event: defaults are left out. `there` is the event as it is, for what can
/// only be written whole.
pub(super) fn put(
    field: Field,
    view: &View,
    before: Option<&View>,
    there: Option<&wire::Event>,
    into: &mut Map<String, Value>,
) -> Result<(), String> {
    let new = before.is_none();
    let mut set = |key: &str, value: Value| drop(into.insert(key.to_owned(), value));
    match field {
        Field::Time => return time::put(&view.time, before.map(|before| &before.time), into),
        Field::Title => set("subject", json!(view.title)),
        Field::Location if new && view.location.is_empty() => {}
        Field::Location => set("location", json!({ "displayName": view.location })),
        Field::Description if new && view.description.is_empty() => {}
        Field::Description => {
            let join = there.and_then(join);
            let content = body::written(&view.description, there.and_then(|there| there.body.as_ref()), join);
            set("body", json!({ "contentType": "html", "content": content }));
        }
        Field::Availability if view.availability == Availability::Free => set("showAs", json!("free")),
        Field::Availability if new && view.status == Status::Tentative => set("showAs", json!("tentative")),
        Field::Availability if new => {}
        Field::Availability => set("showAs", json!("busy")),
        Field::Privacy => match view.privacy {
            Privacy::Default | Privacy::Public if new => {}
            Privacy::Default | Privacy::Public => set("sensitivity", json!("normal")),
            Privacy::Private => set("sensitivity", json!("private")),
            Privacy::Confidential => set("sensitivity", json!("confidential")),
        },
        Field::Colour => {
            let known = there.and_then(|there| there.categories.as_deref()).unwrap_or_default();
            let others = known.iter().filter(|name| colour(name).is_none()).map(String::as_str);
            let own = view.colour.and_then(|own| CATEGORIES.iter().find(|(colour, _)| *colour == own));
            let all: Vec<&str> = own.map(|(_, name)| *name).into_iter().chain(others).collect();
            if !new || !all.is_empty() {
                set("categories", json!(all));
            }
        }
        Field::Reminders => match &view.reminders {
            Reminders::Calendar if new => {}
            Reminders::Calendar => {
                set("isReminderOn", json!(true));
                set("reminderMinutesBeforeStart", json!(USUAL_REMINDER));
            }
            Reminders::Own(own) => match own.first() {
                None => set("isReminderOn", json!(false)),
                Some(first) => {
                    set("isReminderOn", json!(true));
                    set("reminderMinutesBeforeStart", json!(first.minutes_before));
                }
            },
        },
        Field::Attendees => {
            let known = there.and_then(|there| there.attendees.as_deref()).unwrap_or_default();
            let all = guests(known, &view.attendees);
            if !new || !all.is_empty() {
                set("attendees", json!(all));
            }
        }
        // Outlook's own; see the capabilities.
        Field::Status | Field::Conference | Field::Organiser | Field::Attachments | Field::Original => {}
    }
    Ok(())
}

/// The guests as they are there, with only what changed changed: the list can only be written whole.
fn guests(there: &[wire::Attendee], after: &[Attendee]) -> Vec<wire::Attendee> {
    let mut left: Vec<&Attendee> = after.iter().collect();
    let mut all = Vec::new();
    for entry in there {
        let Some(before) = attendee(entry) else {
            // Not known to us by any address, so not ours to remove.
            all.push(entry.clone());
            continue;
        };
        if let Some(place) = left.iter().position(|wanted| wanted.address == before.address) {
            let mut entry = entry.clone();
            lay_over(&mut entry, Some(&before), left.remove(place));
            all.push(entry);
        }
    }
    for guest in left {
        let mut entry = wire::Attendee::default();
        lay_over(&mut entry, None, guest);
        all.push(entry);
    }
    // Nobody but the guests themselves can say what they answered.
    all.iter_mut().for_each(|entry| entry.status = None);
    all
}

fn lay_over(entry: &mut wire::Attendee, before: Option<&Attendee>, after: &Attendee) {
    let person = entry.email_address.get_or_insert_default();
    if before.is_none() {
        person.address = Some(after.address.as_str().to_owned());
    }
    if before.map_or("", |before| &before.name) != after.name {
        person.name = Some(after.name.clone());
    }
    if before.is_none_or(|before| before.role != after.role) {
        let kind = match after.role {
            Role::Required => "required",
            Role::Optional => "optional",
            Role::Resource => "resource",
        };
        entry.kind = Some(kind.to_owned());
    }
}
