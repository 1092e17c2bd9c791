//! Reminders (VALARM).
//!
//! Only what a reminder here can be is shown: so many minutes before the start, on the screen or by mail. Every
//! other alarm stays in the file and is nobody's business.

use concord_model::view::{Reminder, ReminderBy, Reminders};

use crate::component::{Component, Tree};
use crate::values::Length;

/// What an alarm is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Alarm {
    /// A reminder.
    Reminder(Reminder),
    /// The sign that Apple puts where a person wants no reminder, not even the calendar's own.
    Silence,
    /// The calendar's own reminder, written into the event.
    Calendar,
    /// Something else.
    Other,
}

pub(super) fn reminders(tree: &Tree, event: &Component) -> Reminders {
    let mut own = Vec::new();
    let mut silence = false;
    for (_, part) in event.parts() {
        match alarm(tree, part) {
            Alarm::Reminder(reminder) => own.push(reminder),
            Alarm::Silence => silence = true,
            Alarm::Calendar | Alarm::Other => {}
        }
    }
    match own.is_empty() && !silence {
        true => Reminders::Calendar,
        false => Reminders::Own(own),
    }
}

/// Reads a component of an event.
pub(crate) fn alarm(tree: &Tree, part: &Component) -> Alarm {
    if !part.is("VALARM") || !part.is_whole() {
        return Alarm::Other;
    }
    let (mut action, mut minutes) = (None, None);
    for (_, line) in tree.contents(part) {
        if line.is("ACTION") {
            action = Some(line.value().trim().to_ascii_uppercase());
        } else if line.is("TRIGGER") && minutes.is_none() {
            let from_start =
                line.param("RELATED").is_none_or(|related| related.eq_ignore_ascii_case("START"));
            minutes = Length::parse(line.value()).filter(|_| from_start).and_then(minutes_before);
        } else if line.is("REPEAT") {
            return Alarm::Other;
        } else if (line.is("X-APPLE-DEFAULT-ALARM") || line.is("X-APPLE-LOCAL-DEFAULT-ALARM"))
            && line.value().trim().eq_ignore_ascii_case("TRUE")
        {
            return Alarm::Calendar;
        }
    }
    let by = match action.as_deref() {
        Some("NONE") => return Alarm::Silence,
        Some("DISPLAY" | "AUDIO") => ReminderBy::Popup,
        Some("EMAIL") => ReminderBy::Email,
        _ => return Alarm::Other,
    };
    match minutes {
        Some(minutes_before) => Alarm::Reminder(Reminder { minutes_before, by }),
        None => Alarm::Other,
    }
}

fn minutes_before(length: Length) -> Option<u32> {
    let seconds = length.total_seconds().checked_neg()?;
    (seconds % 60 == 0).then(|| u32::try_from(seconds / 60).ok())?
}
