//! Cutting an event down to what a calendar is able to hold.

use concord_model::capability::Privacies;
use concord_model::privacy::Privacy;
use concord_model::view::{Override, Reminders, Timing, Value};
use concord_model::{Field, Moment, Span, View, text};
use jiff::SignedDuration;

use super::{Lens, Seen};

/// Cuts the view down. A text that had to be shortened is masked, so that the short form never flows back (I-41).
pub(super) fn cut(lens: &Lens<'_>, seen: &mut Seen) {
    let able = lens.able;
    let default = View::new(seen.view.time.clone(), "");
    for &field in Field::ALL {
        if !seen.fields.has(field) {
            seen.view.take(field, &default);
        }
    }
    let limits = [
        (Field::Title, able.title_limit),
        (Field::Location, able.location_limit),
        (Field::Description, able.description_limit),
    ];
    for (field, limit) in limits {
        if let Some(short) = text_of(&seen.view.value(field)).and_then(|t| text::shortened(t, limit)) {
            set_text(&mut seen.view, field, short);
            seen.open = seen.open.without(field);
        }
    }
    seen.view.time.span = fitting_span(lens, seen.view.time.span.clone());
    seen.view.privacy = fitting_privacy(able.privacy, seen.view.privacy);
    fit_reminders(lens, &mut seen.view.reminders);

    let fields = seen.fields;
    seen.view.overrides.retain(|_, change| match change {
        Override::Cancelled => true,
        Override::Changed(patch) => {
            patch.retain(|field, _| fields.has(*field));
            for value in patch.values_mut() {
                match value {
                    Value::Title(t) => shorten(t, able.title_limit),
                    Value::Location(t) => shorten(t, able.location_limit),
                    Value::Description(t) => shorten(t, able.description_limit),
                    Value::Time(Timing { span, .. }) => *span = fitting_span(lens, span.clone()),
                    Value::Privacy(p) => *p = fitting_privacy(able.privacy, *p),
                    Value::Reminders(r) => fit_reminders(lens, r),
                    _ => {}
                }
            }
            !patch.is_empty()
        }
    });
}

fn fitting_span(lens: &Lens<'_>, span: Span) -> Span {
    let span = match span {
        Span::Floating(f) if !lens.able.floating => {
            let told = |wall| Moment::new(wall, lens.zone.clone());
            // In a gap the two ends can change places; then the start's instant serves for both.
            Span::timed(told(f.start()), told(f.end()))
                .or_else(|_| Span::timed(told(f.start()), told(f.start())))
                .unwrap_or(Span::Floating(f))
        }
        other => other,
    };
    let Span::Timed(t) = &span else { return span };
    let end = if lens.able.two_zones { t.end().clone() } else { t.end().told_in(t.start().zone().clone()) };
    let end = if !lens.able.zero_length && end.instant() == t.start().instant() {
        let later = end.instant().checked_add(SignedDuration::from_mins(1));
        later.map_or(end.clone(), |at| Moment::at(at, end.zone().clone()))
    } else {
        end
    };
    Span::timed(t.start().clone(), end).unwrap_or(span)
}

fn fitting_privacy(able: Privacies, privacy: Privacy) -> Privacy {
    match (able, privacy) {
        (Privacies::None, _) => Privacy::Default,
        (Privacies::NoConfidential, Privacy::Confidential) => Privacy::Private,
        _ => privacy,
    }
}

fn fit_reminders(lens: &Lens<'_>, reminders: &mut Reminders) {
    if let Reminders::Own(list) = reminders {
        for reminder in list.iter_mut() {
            reminder.minutes_before = reminder.minutes_before.min(lens.able.reminder_minutes_limit);
        }
        list.sort();
        list.dedup();
        list.truncate(lens.able.reminders_limit);
    }
}

fn shorten(text: &mut String, limit: usize) {
    if let Some(short) = text::shortened(text, limit) {
        *text = short;
    }
}

fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::Title(t) | Value::Location(t) | Value::Description(t) => Some(t),
        _ => None,
    }
}

fn set_text(view: &mut View, field: Field, text: String) {
    match field {
        Field::Title => view.title = text,
        Field::Location => view.location = text,
        Field::Description => view.description = text,
        _ => {}
    }
}
