//! The filters of `calendar-query` (RFC 4791, 9.7).

use concord_model::time::Zone;

use crate::caldav::switches::{Alarms, Query, TimeRange};
use crate::caldav::text::times::{
    Window, alarm_rings, begins_in, has_exceptions, instant, overlaps, task_overlaps,
};
use crate::caldav::text::{Component, Line};
use crate::caldav::xml::{CALDAV, Element};

/// Whether an object passes the filter of its VCALENDAR.
pub(super) fn fits(calendar: &Component, filter: &Element, how: &Query, viewer: &Zone) -> bool {
    if filter.attribute("name").is_none_or(|name| !name.eq_ignore_ascii_case("VCALENDAR")) {
        return false;
    }
    if let Some(range) = filter.find(CALDAV, "time-range") {
        let kind = calendar.entries().next().map(|entry| entry.name.clone()).unwrap_or_default();
        if !in_range(calendar, &kind, window(range), how, viewer) {
            return false;
        }
    }
    properties_fit(calendar, filter, how)
        && filter.all(CALDAV, "comp-filter").all(|inner| component_fits(calendar, inner, how, viewer))
}

/// Whether some entry of a calendar passes a filter on components.
fn component_fits(calendar: &Component, filter: &Element, how: &Query, viewer: &Zone) -> bool {
    let name = filter.attribute("name").unwrap_or_default().to_ascii_uppercase();
    let mut entries = calendar.parts.iter().filter(|part| part.name == name).peekable();
    if filter.find(CALDAV, "is-not-defined").is_some() {
        return entries.peek().is_none();
    }
    if entries.peek().is_none() {
        return false;
    }
    if let Some(range) = filter.find(CALDAV, "time-range")
        && !in_range(calendar, &name, window(range), how, viewer)
    {
        return false;
    }
    let inner_fits = |entry: &Component| {
        filter.all(CALDAV, "comp-filter").all(|inner| {
            let name = inner.attribute("name").unwrap_or_default().to_ascii_uppercase();
            if let Some(range) = inner.find(CALDAV, "time-range") {
                return how.alarms == Alarms::Found
                    && name == "VALARM"
                    && alarm_rings(calendar, window(range), viewer);
            }
            let there = entry.parts.iter().any(|part| part.name == name);
            there != inner.find(CALDAV, "is-not-defined").is_some()
        })
    };
    entries.any(|entry| properties_fit(entry, filter, how) && inner_fits(entry))
}

fn in_range(calendar: &Component, kind: &str, window: Window, how: &Query, viewer: &Zone) -> bool {
    let (from, until) = window;
    let followed = how.followed_until.as_deref().and_then(instant);
    let until = [until, followed].into_iter().flatten().min();
    if kind == "VTODO" {
        let starts = calendar.entries().any(|entry| entry.line("DTSTART").is_some());
        if !how.tasks || !(starts || how.tasks_without_start) {
            return false;
        }
        if !how.task_series {
            return calendar.master().is_some_and(|task| task_overlaps(task, (from, until), viewer));
        }
    }
    let by_first = match how.time_range {
        TimeRange::Ignored => return true,
        TimeRange::FirstOnly => true,
        TimeRange::PlainSeries => has_exceptions(calendar),
        TimeRange::Right => false,
    };
    match by_first && kind != "VTODO" {
        true => begins_in(calendar, (from, until), viewer),
        false => overlaps(calendar, kind, (from, until), viewer),
    }
}

fn properties_fit(component: &Component, filter: &Element, how: &Query) -> bool {
    how.ignores_text || filter.all(CALDAV, "prop-filter").all(|inner| property_fits(component, inner))
}

fn property_fits(component: &Component, filter: &Element) -> bool {
    let name = filter.attribute("name").unwrap_or_default();
    let mut lines = component.all(name).peekable();
    if filter.find(CALDAV, "is-not-defined").is_some() {
        return lines.peek().is_none();
    }
    let parameters_fit = |line: &Line| {
        filter.all(CALDAV, "param-filter").all(|inner| {
            let value = line.param(inner.attribute("name").unwrap_or_default());
            match (inner.find(CALDAV, "is-not-defined"), inner.find(CALDAV, "text-match"), value) {
                (Some(_), _, value) => value.is_none(),
                (None, Some(wanted), Some(value)) => text_fits(value, wanted),
                (None, None, value) => value.is_some(),
                (None, Some(_), None) => false,
            }
        })
    };
    let value_fits = |line: &Line| match filter.find(CALDAV, "text-match") {
        Some(wanted) => text_fits(&line.plain(), wanted),
        None => true,
    };
    lines.any(|line| value_fits(line) && parameters_fit(line))
}

fn text_fits(text: &str, wanted: &Element) -> bool {
    let exact = wanted.attribute("collation") == Some("i;octet");
    let (text, sought) = match exact {
        true => (text.to_owned(), wanted.text()),
        false => (text.to_lowercase(), wanted.text().to_lowercase()),
    };
    text.contains(&sought) != (wanted.attribute("negate-condition") == Some("yes"))
}

/// The window of a `time-range`.
pub(super) fn window(range: &Element) -> Window {
    let at = |key: &str| range.attribute(key).and_then(instant);
    (at("start"), at("end"))
}
