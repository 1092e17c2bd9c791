//! Values of an event's fields as people read them.

use concord_model::people::{Answer, Attendee};
use concord_model::view::{Attachment, Override, ReminderBy, Reminders, Timing, Value};
use concord_model::{Field, FieldSet};
use concord_sync::conflict::Piece;
use serde::Serialize;

/// One side of a clash, if it is there at all.
pub fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Value(it) => value(it),
        Piece::Occurrence(change) => exception(change),
        Piece::Gone => "deleted".to_owned(),
    }
}

/// The value of one field. An empty text is told as a dash.
pub fn value(value: &Value) -> String {
    let text = match value {
        Value::Time(timing) => time(timing),
        Value::Title(text) | Value::Location(text) | Value::Description(text) | Value::Conference(text) => {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        Value::Status(status) => word(status),
        Value::Availability(availability) => word(availability),
        Value::Privacy(privacy) => word(privacy),
        Value::Colour(colour) => colour.as_ref().map_or_else(|| "none".to_owned(), word),
        Value::Organiser(organiser) => {
            organiser.as_ref().map(|o| o.address.as_str().to_owned()).unwrap_or_default()
        }
        Value::Attendees(guests) => joined(guests.iter().map(guest)),
        Value::Reminders(it) => reminders(it),
        Value::Attachments(files) => joined(files.iter().map(|file: &Attachment| file.url.clone())),
        Value::Original(original) => {
            original.as_ref().map_or_else(String::new, |_| "as that calendar has them".to_owned())
        }
    };
    if text.is_empty() { "–".to_owned() } else { text }
}

/// The word that a value is written as.
fn word(value: &impl Serialize) -> String {
    let json = serde_json::to_value(value).ok();
    json.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

/// When people are reminded: minutes before the start.
pub fn reminders(reminders: &Reminders) -> String {
    match reminders {
        Reminders::Calendar => "as the calendar does".to_owned(),
        Reminders::Own(list) if list.is_empty() => "none".to_owned(),
        Reminders::Own(list) => {
            let one = |reminder: &concord_model::view::Reminder| match reminder.by {
                ReminderBy::Popup => reminder.minutes_before.to_string(),
                ReminderBy::Email => format!("{}:email", reminder.minutes_before),
            };
            list.iter().map(one).collect::<Vec<_>>().join(", ")
        }
    }
}

/// When it is, and how it repeats.
fn time(timing: &Timing) -> String {
    let rules = timing.recurrence.as_ref();
    let rules = rules.map(|rules| rules.to_lines(&timing.span, &Default::default())).unwrap_or_default();
    joined(std::iter::once(timing.span.to_string()).chain(rules))
}

fn guest(guest: &Attendee) -> String {
    let answer = match guest.answer {
        Answer::Awaited => return guest.address.as_str().to_owned(),
        Answer::Accepted => "accepted",
        Answer::Tentative => "perhaps",
        Answer::Declined => "declined",
    };
    format!("{} ({answer})", guest.address.as_str())
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("; ")
}

/// What is different about one occurrence.
pub fn exception(change: &Override) -> String {
    match change {
        Override::Cancelled => "cancelled".to_owned(),
        Override::Changed(patch) => match patch.get(&Field::Time) {
            Some(Value::Time(timing)) => format!("at {}", timing.span),
            _ => {
                let fields: FieldSet = patch.keys().copied().collect();
                format!("another {fields}")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use concord_model::Span;
    use concord_model::people::Address;
    use concord_model::view::{Colour, Status};

    use super::*;

    #[test]
    fn values_are_told_as_people_read_them() {
        let check = |it: Value, expected: &str| assert_eq!(value(&it), expected);
        let days = |first: &str, end: &str| Span::days(first.parse().unwrap(), end.parse().unwrap()).unwrap();
        let once = Timing { span: days("2026-12-01", "2026-12-02"), recurrence: None };
        check(Value::Time(once), "2026-12-01");
        let lines = ["RRULE:FREQ=WEEKLY;COUNT=3"];
        let span = days("2026-12-01", "2026-12-03");
        let (rules, _) = concord_model::recurrence::Recurrence::parse(&lines, &span).unwrap();
        check(
            Value::Time(Timing { span, recurrence: Some(rules) }),
            "2026-12-01–2026-12-02; RRULE:FREQ=WEEKLY;COUNT=3",
        );
        check(Value::Title("Coaching".into()), "Coaching");
        check(Value::Description("two\nlines".into()), "two lines");
        check(Value::Location(String::new()), "–");
        check(Value::Status(Status::Tentative), "tentative");
        check(Value::Colour(Some(Colour::Sage)), "sage");
        check(Value::Reminders(Reminders::Own(Vec::new())), "none");
        let guest = |address: &str, answer| Attendee {
            address: Address::from(address),
            name: String::new(),
            answer,
            role: Default::default(),
        };
        let guests = vec![guest("a@x.org", Answer::Awaited), guest("b@x.org", Answer::Accepted)];
        check(Value::Attendees(guests), "a@x.org; b@x.org (accepted)");
    }
}
