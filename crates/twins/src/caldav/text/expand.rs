//! Series told as their occurrences, in UTC (RFC 4791, 9.6.5).

use concord_model::time::{OccurrenceKey, Span, Zone};
use jiff::Timestamp;

use super::times::{Series, stamp};
use super::{Component, FOLDED, Line};

/// The object with one entry for each occurrence in a window. `None`: there are too many.
pub(in crate::caldav) fn expanded(
    calendar: &Component,
    window: (Timestamp, Timestamp),
    viewer: &Zone,
) -> Option<String> {
    let series = Series::of(calendar);
    let mut whole = Component::new("VCALENDAR");
    whole.lines = calendar.lines.clone();
    for one in series.within(window, viewer)? {
        let mut entry = one.entry.clone();
        for name in ["RRULE", "RDATE", "EXDATE", "EXRULE", "DURATION", "RECURRENCE-ID"] {
            entry.remove(name);
        }
        entry.set(told("DTSTART", &one.span, one.span.start_instant(viewer)));
        entry.set(told("DTEND", &one.span, one.span.end_instant(viewer)));
        if let (Some(key), Some(first)) = (one.key, series.first()) {
            let original = first.starting(key).map(|span| span.start_instant(viewer));
            entry.lines.push(match (key, original) {
                (OccurrenceKey::Time(_), Some(at)) => Line::new("RECURRENCE-ID", &stamp(at)),
                (key, _) => Line::raw(format!("RECURRENCE-ID;VALUE=DATE:{key}")),
            });
        }
        whole.parts.push(entry);
    }
    Some(whole.render(FOLDED))
}

fn told(name: &str, span: &Span, at: Timestamp) -> Line {
    match span {
        Span::AllDay(days) => {
            let date = if name == "DTEND" { days.end() } else { days.start() };
            Line::raw(format!("{name};VALUE=DATE:{}", date.strftime("%Y%m%d")))
        }
        _ => Line::new(name, &stamp(at)),
    }
}
