//! What a calendar may see: detail, private events, clients' names and contacts, notes, guests (PV-2).

use concord_model::event::Event;
use concord_model::privacy::{Detail, Privacy, PrivateEvents};
use concord_model::view::{Availability, Override, Patch, Status, Value};
use concord_model::{Field, FieldSet, View};

use super::{Eyes, Lens, Seen, WhyNot};

/// A text that may not appear in a calendar, and what stands in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HiddenText {
    /// What to hide: a client's name, address or telephone number.
    pub text: String,
    /// What stands there instead.
    pub instead: String,
}

/// Stands for the title of what is only shown as busy.
pub const BUSY: &str = "Busy";

/// Between the description and the platform's notes.
const NOTES: &str = "\n\n— Notes —\n";

/// Masks what may not be seen. Returns a reason when nothing at all may be seen.
pub(super) fn mask(lens: &Lens<'_>, event: &Event, seen: &mut Seen) -> Option<WhyNot> {
    let sight = &lens.settings.sight;
    let detail = match (event.content.privacy.is_private(), sight.private) {
        (true, PrivateEvents::Exclude) => return Some(WhyNot::Private),
        (true, PrivateEvents::Busy) => Detail::Busy,
        _ => sight.detail,
    };
    mask_private_occurrences(lens, seen);
    match detail {
        Detail::Full => {
            if shows_notes(lens) {
                seen.view.description = join_notes(&seen.view.description, &event.booking.notes);
            }
            if !sight.guests {
                hide(seen, FieldSet::NONE.with(Field::Attendees).with(Field::Organiser));
            }
            hide_texts(lens, seen);
        }
        Detail::Title => {
            let kept = FieldSet::PERSONAL
                .with(Field::Time)
                .with(Field::Title)
                .with(Field::Status)
                .with(Field::Privacy);
            hide(seen, FieldSet::ALL.minus(kept));
            hide_texts(lens, seen);
        }
        Detail::Busy => {
            let kept = FieldSet::NONE.with(Field::Time).with(Field::Availability);
            hide(seen, FieldSet::ALL.minus(kept));
            seen.view.title = BUSY.to_owned();
            seen.view.privacy = Privacy::Private;
        }
    }
    None
}

/// Sets fields to their defaults and masks them: sent as empty, so that what was shown before is cleaned (I-36).
fn hide(seen: &mut Seen, fields: FieldSet) {
    let default = View::new(seen.view.time.clone(), "");
    for field in fields.iter() {
        seen.view.take(field, &default);
    }
    seen.open = seen.open.minus(fields);
    for change in seen.view.overrides.values_mut() {
        if let Override::Changed(patch) = change {
            patch.retain(|field, _| !fields.has(*field));
        }
    }
}

/// An occurrence that is more private than its series is hidden by itself: a series that may be seen must not tell
/// of it.
fn mask_private_occurrences(lens: &Lens<'_>, seen: &mut Seen) {
    if lens.settings.sight.private == PrivateEvents::Show {
        return;
    }
    for (key, change) in &mut seen.view.overrides {
        let Override::Changed(patch) = change else { continue };
        let Some(Value::Privacy(privacy)) = patch.get(&Field::Privacy) else { continue };
        if !privacy.is_private() {
            continue;
        }
        seen.closed.insert(*key);
        *change = match lens.settings.sight.private {
            PrivateEvents::Exclude => Override::Cancelled,
            _ => {
                let default = View::new(seen.view.time.clone(), BUSY);
                let mut busy: Patch = Field::ALL
                    .iter()
                    .filter(|f| !matches!(f, Field::Time | Field::Availability))
                    .map(|f| (*f, default.value(*f)))
                    .collect();
                busy.insert(Field::Privacy, Value::Privacy(Privacy::Private));
                for kept in [Field::Time, Field::Availability] {
                    if let Some(value) = patch.get(&kept) {
                        busy.insert(kept, value.clone());
                    }
                }
                Override::Changed(busy)
            }
        };
    }
}

fn hide_texts(lens: &Lens<'_>, seen: &mut Seen) {
    for field in [Field::Title, Field::Description, Field::Location] {
        if let Some(masked) = without(lens.hidden, &seen.view.value(field)) {
            seen.view.set(masked);
            seen.open = seen.open.without(field);
        }
    }
    for (key, change) in &mut seen.view.overrides {
        let Override::Changed(patch) = change else { continue };
        for value in patch.values_mut() {
            if let Some(masked) = without(lens.hidden, value) {
                *value = masked;
                seen.closed.insert(*key);
            }
        }
    }
}

/// The value with all hidden texts replaced; `None` when there is nothing to hide.
fn without(hidden: &[HiddenText], value: &Value) -> Option<Value> {
    let text = match value {
        Value::Title(t) | Value::Description(t) | Value::Location(t) => t,
        _ => return None,
    };
    let masked =
        hidden.iter().fold(text.clone(), |text, h| replace_ignoring_case(&text, &h.text, &h.instead));
    (masked != *text).then(|| match value {
        Value::Title(_) => Value::Title(masked),
        Value::Description(_) => Value::Description(masked),
        _ => Value::Location(masked),
    })
}

fn replace_ignoring_case(text: &str, what: &str, instead: &str) -> String {
    let what: Vec<char> = what.chars().flat_map(char::to_lowercase).collect();
    if what.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match matched_len(rest, &what) {
            Some(len) => {
                out.push_str(instead);
                rest = &rest[len..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// How many bytes at the start of `text` spell `what` (lower case), if they do.
fn matched_len(text: &str, what: &[char]) -> Option<usize> {
    let mut wanted = what.iter();
    for (at, c) in text.char_indices() {
        for lower in c.to_lowercase() {
            match wanted.next() {
                None => return Some(at),
                Some(w) if *w == lower => {}
                Some(_) => return None,
            }
        }
    }
    wanted.next().is_none().then_some(text.len())
}

/// Whether the platform's notes go along: only to the owner's own calendars, in full.
pub(super) fn shows_notes(lens: &Lens<'_>) -> bool {
    lens.eyes == Eyes::Owner && lens.settings.sight.notes && lens.settings.sight.detail == Detail::Full
}

fn join_notes(description: &str, notes: &str) -> String {
    if notes.is_empty() {
        description.to_owned()
    } else {
        format!("{description}{NOTES}{notes}").trim_start().to_owned()
    }
}

/// Takes a shown description apart again.
pub(super) fn split_notes(shown: &str) -> (String, String) {
    let marker = NOTES.trim_start();
    match shown.split_once(NOTES) {
        Some((description, notes)) => (description.to_owned(), notes.to_owned()),
        None => match shown.strip_prefix(marker) {
            Some(notes) => (String::new(), notes.to_owned()),
            None => (shown.to_owned(), String::new()),
        },
    }
}

/// Whether an event takes its person's time.
pub fn takes_time(view: &View) -> bool {
    view.availability == Availability::Busy && view.status != Status::Cancelled
}
