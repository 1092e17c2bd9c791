//! Cutting an event down to what a calendar is able to hold, and a time that comes back into what it was cut from.

use concord_model::capability::Privacies;
use concord_model::privacy::Privacy;
use concord_model::view::{Override, Patch, Reminders, Value};
use concord_model::{Capabilities, Field, FieldSet, Moment, Span, Zone, text};
use jiff::{SignedDuration, ToSpan};

use super::{Lens, Seen, clear, text_mut};

/// Cuts the view down. What had to be shortened is masked, so that the short form never flows back (I-41).
pub(super) fn cut(lens: &Lens<'_>, seen: &mut Seen) {
    let able = lens.able;
    let lacking = FieldSet::ALL.minus(seen.fields);
    if !lacking.is_empty() {
        clear(&mut seen.view, lacking);
    }
    for (field, limit) in limits(able) {
        if text_mut(&mut seen.view, field).is_some_and(|text| shorten(text, limit)) {
            seen.open = seen.open.without(field);
        }
    }
    if let Some(span) = fitting(able, lens.zone, &seen.view.time.span) {
        seen.view.time.span = span;
    }
    seen.view.privacy = fitting_privacy(able.privacy, seen.view.privacy);
    if fit_reminders(able, &mut seen.view.reminders) {
        seen.open = seen.open.without(Field::Reminders);
    }
    for (key, change) in &mut seen.view.overrides {
        let Override::Changed(patch) = change else { continue };
        let shortened = cut_patch(lens, patch);
        if !shortened.is_empty() {
            let closed = seen.closed.entry(*key).or_default();
            *closed = closed.or(shortened);
        }
    }
}

fn limits(able: &Capabilities) -> [(Field, usize); 3] {
    [
        (Field::Title, able.title_limit),
        (Field::Location, able.location_limit),
        (Field::Description, able.description_limit),
    ]
}

/// Cuts one occurrence's own values down. Returns what had to be shortened.
fn cut_patch(lens: &Lens<'_>, patch: &mut Patch) -> FieldSet {
    let able = lens.able;
    let mut shortened = FieldSet::NONE;
    for (field, value) in patch {
        let cut = match value {
            Value::Title(t) => shorten(t, able.title_limit),
            Value::Location(t) => shorten(t, able.location_limit),
            Value::Description(t) => shorten(t, able.description_limit),
            Value::Reminders(r) => fit_reminders(able, r),
            Value::Time(time) => {
                if let Some(span) = fitting(able, lens.zone, &time.span) {
                    time.span = span;
                }
                false
            }
            Value::Privacy(p) => {
                *p = fitting_privacy(able.privacy, *p);
                false
            }
            _ => false,
        };
        if cut {
            shortened = shortened.with(*field);
        }
    }
    shortened
}

/// A span as the calendar can hold it; `None` when it can hold it as it is.
fn fitting(able: &Capabilities, zone: &Zone, span: &Span) -> Option<Span> {
    match span {
        Span::Floating(f) if !able.floating => {
            let told = |wall| Moment::new(wall, zone.clone());
            // In a gap the two ends can change places; then the start's instant serves for both.
            let timed = Span::timed(told(f.start()), told(f.end()))
                .or_else(|_| Span::timed(told(f.start()), told(f.start())))
                .ok()?;
            Some(fitting(able, zone, &timed).unwrap_or(timed))
        }
        Span::Floating(f) if !able.zero_length && f.start() == f.end() => {
            Span::floating(f.start(), f.end().checked_add(1.minute()).ok()?).ok()
        }
        Span::Timed(t) => {
            let one_zone = able.two_zones || t.start().zone() == t.end().zone();
            let lasts = able.zero_length || t.start().instant() != t.end().instant();
            if one_zone && lasts {
                return None;
            }
            let zone = if one_zone { t.end().zone() } else { t.start().zone() };
            let end = t.end().instant();
            let end = if lasts { end } else { end.checked_add(SignedDuration::from_mins(1)).ok()? };
            Span::timed(t.start().clone(), Moment::at(end, zone.clone())).ok()
        }
        Span::Floating(_) | Span::AllDay(_) => None,
    }
}

/// A span that came back from a calendar, told as our own was before it was cut: floating again, lasting no time
/// again, its end in its own zone again (BM-056). As it is, where that would not be shown as what came.
pub(super) fn restored(lens: &Lens<'_>, own: &Span, came: &Span) -> Span {
    let back = match (own, came) {
        (Span::Floating(own), Span::Timed(t)) => {
            let end = if own.start() == own.end() && lasts_a_minute(came) && !lens.able.zero_length {
                t.start().wall()
            } else {
                t.end().wall()
            };
            Some(Span::floating(t.start().wall(), end))
        }
        (Span::Floating(own), Span::Floating(f)) if own.start() == own.end() && lasts_a_minute(came) => {
            Some(Span::floating(f.start(), f.start()))
        }
        (Span::Timed(own), Span::Timed(t)) => {
            let instant = own.start().instant() == own.end().instant();
            let end = if instant && lasts_a_minute(came) && !lens.able.zero_length {
                t.start().instant()
            } else {
                t.end().instant()
            };
            let apart = !lens.able.two_zones && own.start().zone() != own.end().zone();
            let zone = if apart { own.end().zone() } else { t.end().zone() };
            Some(Span::timed(t.start().clone(), Moment::at(end, zone.clone())))
        }
        _ => None,
    };
    let shows_as_came = |back: &Span| match fitting(lens.able, lens.zone, back) {
        Some(shown) => shown == *came,
        None => back == came,
    };
    back.and_then(Result::ok).filter(shows_as_came).unwrap_or_else(|| came.clone())
}

fn lasts_a_minute(span: &Span) -> bool {
    span.duration() == SignedDuration::from_mins(1)
}

fn fitting_privacy(able: Privacies, privacy: Privacy) -> Privacy {
    match (able, privacy) {
        (Privacies::None, _) => Privacy::Default,
        (Privacies::NoConfidential, Privacy::Confidential) => Privacy::Private,
        (Privacies::NoPublic, Privacy::Public) => Privacy::Default,
        _ => privacy,
    }
}

/// Whether reminders had to be left out or moved.
fn fit_reminders(able: &Capabilities, reminders: &mut Reminders) -> bool {
    let Reminders::Own(list) = reminders else { return false };
    let far = |minutes: u32| minutes > able.reminder_minutes_limit;
    if list.len() <= able.reminders_limit && !list.iter().any(|r| far(r.minutes_before)) {
        return false;
    }
    for reminder in list.iter_mut() {
        reminder.minutes_before = reminder.minutes_before.min(able.reminder_minutes_limit);
    }
    list.sort();
    list.dedup();
    list.truncate(able.reminders_limit);
    true
}

fn shorten(text: &mut String, limit: usize) -> bool {
    match text::shortened(text, limit) {
        Some(short) => {
            *text = short;
            true
        }
        None => false,
    }
}
