//! When the entries of an object take place.
//!
//! Which dates a rule produces is worked out by `concord_model`: the one thing that the twins share with the rest of
//! Concord. How a CalDAV object tells its series and exceptions is read here.

use std::collections::BTreeMap;

use concord_model::recurrence::{Recurrence, expand, told_key};
use concord_model::time::{Moment, OccurrenceKey, Span, Zone};
use concord_model::view::{Override, Timing};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, SpanRelativeTo, Timestamp, ToSpan};

use super::{Component, Line};

/// From when until when something is asked for; an open end has none.
pub(in crate::caldav) type Window = (Option<Timestamp>, Option<Timestamp>);

/// One end of an entry.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::caldav) enum When {
    Date(Date),
    Floating(DateTime),
    Zoned(Moment),
}

impl When {
    /// Reads a line such as `DTSTART;TZID=Europe/Berlin:20261124T090000`. A zone that nobody knows is read as none.
    pub(in crate::caldav) fn of(line: &Line) -> Option<When> {
        When::read(line.value().trim(), line.param("TZID"))
    }

    /// Reads a value, and the zone that it is told in.
    pub(in crate::caldav) fn read(value: &str, zone: Option<&str>) -> Option<When> {
        match value.len() {
            8 => Date::strptime("%Y%m%d", value).ok().map(When::Date),
            15 => {
                let wall = DateTime::strptime("%Y%m%dT%H%M%S", value).ok()?;
                Some(match zone.and_then(|name| Zone::new(name).ok()) {
                    Some(zone) => When::Zoned(Moment::new(wall, zone)),
                    None => When::Floating(wall),
                })
            }
            16 => {
                let wall = DateTime::strptime("%Y%m%dT%H%M%SZ", value).ok()?;
                Some(When::Zoned(Moment::new(wall, Zone::utc())))
            }
            _ => None,
        }
    }

    /// The line that tells it, as a client would.
    pub(in crate::caldav) fn line(&self, name: &str) -> Line {
        match self {
            When::Date(date) => Line::raw(format!("{name};VALUE=DATE:{}", date.strftime("%Y%m%d"))),
            When::Floating(wall) => Line::raw(format!("{name}:{}", wall.strftime("%Y%m%dT%H%M%S"))),
            When::Zoned(moment) if moment.zone().name() == "UTC" => {
                Line::raw(format!("{name}:{}", moment.wall().strftime("%Y%m%dT%H%M%SZ")))
            }
            When::Zoned(moment) => {
                let wall = moment.wall().strftime("%Y%m%dT%H%M%S");
                Line::raw(format!("{name};TZID={}:{wall}", moment.zone().name()))
            }
        }
    }

    /// The instant, on the clock of somebody.
    pub(in crate::caldav) fn instant(&self, viewer: &Zone) -> Timestamp {
        match self {
            When::Date(date) => Moment::new(date.at(0, 0, 0, 0), viewer.clone()).instant(),
            When::Floating(wall) => Moment::new(*wall, viewer.clone()).instant(),
            When::Zoned(moment) => moment.instant(),
        }
    }

    /// The same, so much later on its own clock.
    pub(in crate::caldav) fn plus(&self, length: jiff::Span) -> Option<When> {
        Some(match self {
            When::Date(date) => When::Date(date.checked_add(length).ok()?),
            When::Floating(wall) => When::Floating(wall.checked_add(length).ok()?),
            When::Zoned(moment) => {
                let zone = moment.zone().clone();
                let there = moment.instant().to_zoned(zone.rules().clone()).checked_add(length).ok()?;
                When::Zoned(Moment::at(there.timestamp(), zone))
            }
        })
    }
}

/// A duration of iCalendar.
pub(in crate::caldav) fn duration(text: &str) -> Option<jiff::Span> {
    text.trim().parse().ok()
}

/// When an entry takes place, by its own lines.
pub(in crate::caldav) fn span(entry: &Component) -> Option<Span> {
    let start = When::of(entry.line("DTSTART")?)?;
    let end = match (entry.line("DTEND").or_else(|| entry.line("DUE")), entry.value("DURATION")) {
        (Some(end), _) => When::of(end),
        (None, Some(length)) => start.plus(duration(length)?),
        (None, None) => None,
    };
    between(&start, end.as_ref())
}

/// From a start to an end; without one, as long as iCalendar says.
pub(in crate::caldav) fn between(start: &When, end: Option<&When>) -> Option<Span> {
    match (start, end) {
        (When::Date(start), end) => {
            // An end on the same day is how some producers say "one day".
            let end = match end {
                Some(When::Date(end)) if end > start => *end,
                _ => start.checked_add(1.day()).ok()?,
            };
            Span::days(*start, end).ok()
        }
        (When::Floating(start), Some(When::Floating(end))) => Span::floating(*start, *end).ok(),
        (When::Floating(start), _) => Span::floating(*start, *start).ok(),
        (When::Zoned(start), Some(When::Zoned(end))) => Span::timed(start.clone(), end.clone()).ok(),
        (When::Zoned(start), _) => Span::timed(start.clone(), start.clone()).ok(),
    }
}

/// One time at which something of an object takes place.
#[derive(Clone, Debug)]
pub(in crate::caldav) struct Occurrence<'a> {
    /// The original start, in the form of a RECURRENCE-ID's value on the clock of the series.
    pub(in crate::caldav) key: Option<OccurrenceKey>,
    pub(in crate::caldav) span: Span,
    /// The component that tells about it.
    pub(in crate::caldav) entry: &'a Component,
}

/// A series with its exceptions, ready to be asked.
pub(in crate::caldav) struct Series<'a> {
    calendar: &'a Component,
    master: Option<(&'a Component, Timing)>,
    removed: BTreeMap<OccurrenceKey, Override>,
}

impl<'a> Series<'a> {
    /// Of an object. What cannot be understood does not repeat.
    pub(in crate::caldav) fn of(calendar: &'a Component) -> Series<'a> {
        let master = calendar.entries().find(|entry| entry.line("RECURRENCE-ID").is_none());
        let timed = master.and_then(|entry| Some((entry, timing(entry)?)));
        let mut removed = BTreeMap::new();
        let master = timed.map(|(entry, (timing, gone))| {
            removed.extend(gone.into_iter().map(|key| (key, Override::Cancelled)));
            for exception in calendar.entries().filter_map(|entry| entry.line("RECURRENCE-ID")) {
                removed.extend(key_of(exception, &timing.span).map(|key| (key, Override::Cancelled)));
            }
            (entry, timing)
        });
        Series { calendar, master, removed }
    }

    /// What takes place, at least in part, within a window, in order. `None`: more than can be told.
    pub(in crate::caldav) fn within(
        &self,
        (from, until): (Timestamp, Timestamp),
        viewer: &Zone,
    ) -> Option<Vec<Occurrence<'a>>> {
        let mut found = Vec::new();
        if let Some((entry, timing)) = &self.master {
            let expanded = expand(timing, &self.removed, (from, until), viewer).ok()?;
            let repeats = timing.recurrence.is_some();
            found.extend(expanded.into_iter().map(|one| Occurrence {
                key: repeats.then_some(one.key),
                span: one.span,
                entry,
            }));
        }
        for entry in self.calendar.entries().filter(|entry| entry.line("RECURRENCE-ID").is_some()) {
            let Some(span) = span(entry) else { continue };
            let (start, end) = (span.start_instant(viewer), span.end_instant(viewer));
            if start < until && (end > from || start >= from) {
                let series = self.master.as_ref().map_or(&span, |(_, timing)| &timing.span);
                let key = entry.line("RECURRENCE-ID").and_then(|line| key_of(line, series));
                found.push(Occurrence { key, span, entry });
            }
        }
        found.sort_by_key(|one| one.span.start_instant(viewer));
        Some(found)
    }

    /// The span of the series' first occurrence.
    pub(in crate::caldav) fn first(&self) -> Option<&Span> {
        self.master.as_ref().map(|(_, timing)| &timing.span)
    }

    /// How many occurrences there are before one.
    pub(in crate::caldav) fn count_before(&self, key: OccurrenceKey) -> Option<usize> {
        let (_, timing) = self.master.as_ref()?;
        let at = timing.span.starting(key)?.start_instant(&Zone::utc());
        let first = timing.span.start_instant(&Zone::utc());
        let bare = Timing { span: timing.span.clone(), recurrence: timing.recurrence.clone() };
        let all = expand(&bare, &BTreeMap::new(), (first, at), &Zone::utc()).ok()?;
        Some(all.into_iter().filter(|one| one.span.start_instant(&Zone::utc()) < at).count())
    }
}

fn timing(entry: &Component) -> Option<(Timing, std::collections::BTreeSet<OccurrenceKey>)> {
    let span = span(entry)?;
    let says = |line: &&Line| ["RRULE", "RDATE", "EXDATE", "EXRULE"].iter().any(|name| line.is(name));
    let lines: Vec<&str> = entry.lines.iter().filter(says).map(Line::text).collect();
    if !lines.iter().any(|line| line.to_ascii_uppercase().starts_with('R')) {
        return Some((Timing { span, recurrence: None }, Default::default()));
    }
    match Recurrence::parse(&lines, &span) {
        Ok((recurrence, removed)) => Some((Timing { span, recurrence: Some(recurrence) }, removed)),
        Err(_) => Some((Timing { span, recurrence: None }, Default::default())),
    }
}

/// Which occurrence of a series a RECURRENCE-ID names.
pub(in crate::caldav) fn key_of(line: &Line, series: &Span) -> Option<OccurrenceKey> {
    let zone = line.param("TZID").and_then(|name| Zone::new(name).ok());
    told_key(line.value(), zone.as_ref(), series)
}

/// Whether anything of an object of that kind takes place in a window. Too many occurrences to tell are some.
pub(in crate::caldav) fn overlaps(calendar: &Component, kind: &str, window: Window, viewer: &Zone) -> bool {
    let from = window.0.unwrap_or(EARLIEST);
    let until = window.1.unwrap_or(LATEST);
    let repeats = calendar.entries().any(|entry| entry.line("RRULE").is_some());
    if kind == "VTODO" && !repeats {
        return calendar.entries().any(|entry| task_overlaps(entry, window, viewer));
    }
    Series::of(calendar).within((from, until), viewer).is_none_or(|found| !found.is_empty())
}

/// The same by the first occurrence alone, as servers do that do not look further.
pub(in crate::caldav) fn begins_in(calendar: &Component, window: Window, viewer: &Zone) -> bool {
    let Some(span) = calendar.master().and_then(span) else { return false };
    let (start, end) = (span.start_instant(viewer), span.end_instant(viewer));
    window.1.is_none_or(|until| start < until) && window.0.is_none_or(|from| end > from || start >= from)
}

/// As RFC 4791, 9.9 says it of tasks.
pub(in crate::caldav) fn task_overlaps(entry: &Component, window: Window, viewer: &Zone) -> bool {
    let (from, until) = (window.0.unwrap_or(EARLIEST), window.1.unwrap_or(LATEST));
    let at = |name: &str| Some(When::of(entry.line(name)?)?.instant(viewer));
    let begin = at("DTSTART");
    let length = entry.value("DURATION").and_then(duration);
    let lasting =
        entry.line("DTSTART").and_then(When::of).zip(length).and_then(|(when, length)| when.plus(length));
    let due = at("DUE").or(lasting.map(|when| when.instant(viewer)));
    match (begin, due, at("COMPLETED"), at("CREATED")) {
        (Some(begin), Some(due), ..) => (from < due || from <= begin) && (until > begin || until >= due),
        (Some(begin), None, ..) => from <= begin && until > begin,
        (None, Some(due), ..) => from < due && until >= due,
        (None, None, Some(done), Some(made)) => {
            (from <= made || from <= done) && (until >= made || until >= done)
        }
        (None, None, Some(done), None) => from <= done && until >= done,
        (None, None, None, Some(made)) => until > made,
        // A task without any time is always about.
        (None, None, None, None) => true,
    }
}

/// Whether an object holds what some servers do not follow: dates that are taken out or added.
pub(in crate::caldav) fn has_exceptions(calendar: &Component) -> bool {
    let odd = |line: &Line| ["EXDATE", "RDATE"].iter().any(|name| line.is(name));
    calendar.entries().any(|entry| entry.lines.iter().any(odd))
}

/// Alarms are looked for so far from what they belong to.
const REACH: SignedDuration = SignedDuration::from_hours(24 * 62);

/// Whether an alarm of an object rings within a window.
pub(in crate::caldav) fn alarm_rings(calendar: &Component, window: Window, viewer: &Zone) -> bool {
    let (from, until) = (window.0.unwrap_or(EARLIEST), window.1.unwrap_or(LATEST));
    let rings = |at: Timestamp| from <= at && at < until;
    let triggers = |entry: &Component| -> Vec<Line> {
        let alarms = entry.parts.iter().filter(|part| part.name == "VALARM");
        alarms.filter_map(|alarm| alarm.line("TRIGGER").cloned()).collect()
    };
    let around = (from.saturating_sub(REACH).unwrap_or(from), until.saturating_add(REACH).unwrap_or(until));
    let absolute = |line: &Line| When::of(line).map(|when| when.instant(viewer));
    if calendar.entries().flat_map(triggers).filter_map(|line| absolute(&line)).any(rings) {
        return true;
    }
    let Some(found) = Series::of(calendar).within(around, viewer) else { return true };
    found.iter().any(|one| {
        triggers(one.entry).iter().any(|line| {
            let ends = line.param("RELATED").is_some_and(|value| value.eq_ignore_ascii_case("END"));
            let base = if ends { one.span.end_instant(viewer) } else { one.span.start_instant(viewer) };
            let by = duration(line.value())
                .and_then(|by| by.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
            by.and_then(|by| base.checked_add(by).ok()).is_some_and(rings)
        })
    })
}

const EARLIEST: Timestamp = Timestamp::constant(-30_000_000_000, 0);
const LATEST: Timestamp = Timestamp::constant(30_000_000_000, 0);

/// Reads an instant of a filter: `20261201T000000Z`.
pub(in crate::caldav) fn instant(text: &str) -> Option<Timestamp> {
    let wall = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    TimeZone::UTC.to_timestamp(wall).ok()
}

/// An instant as iCalendar tells it.
pub(in crate::caldav) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(lines: &str) -> Component {
        Component::parse(&format!("BEGIN:VCALENDAR\n{lines}\nEND:VCALENDAR\n")).unwrap()
    }

    fn starts(lines: &str) -> Vec<String> {
        let calendar = calendar(lines);
        let window = (instant("20260101T000000Z").unwrap(), instant("20280101T000000Z").unwrap());
        let found = Series::of(&calendar).within(window, &Zone::utc()).unwrap();
        found.iter().map(|one| stamp(one.span.start_instant(&Zone::utc()))).collect()
    }

    #[test]
    fn exceptions_stand_in_the_place_of_what_they_replace() {
        let series = "BEGIN:VEVENT\nDTSTART;TZID=America/New_York:20261027T090000\nDURATION:PT1H\n\
                      RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=America/New_York:20261117T090000\nEND:VEVENT\n\
                      BEGIN:VEVENT\nRECURRENCE-ID:20261110T140000Z\nDTSTART:20261111T000000Z\nEND:VEVENT";
        assert_eq!(starts(series), ["20261027T130000Z", "20261103T140000Z", "20261111T000000Z"]);
    }

    #[test]
    fn exceptions_alone_are_read_as_they_stand() {
        let lone = "BEGIN:VEVENT\nRECURRENCE-ID:20261110T140000Z\nDTSTART:20261111T000000Z\nEND:VEVENT";
        assert_eq!(starts(lone), ["20261111T000000Z"]);
    }

    #[test]
    fn a_window_holds_its_start_and_not_its_end() {
        let event = calendar("BEGIN:VEVENT\nDTSTART:20261110T100000Z\nDTEND:20261110T110000Z\nEND:VEVENT");
        let check = |from: &str, until: &str, expected: bool| {
            let window = (instant(from), instant(until));
            assert_eq!(overlaps(&event, "VEVENT", window, &Zone::utc()), expected, "{from} {until}");
        };
        check("20261110T090000Z", "20261110T100000Z", false);
        check("20261110T090000Z", "20261110T100001Z", true);
        check("20261110T110000Z", "20261110T120000Z", false);
        check("20261110T105959Z", "20261110T120000Z", true);
    }

    #[test]
    fn an_endless_series_is_in_every_open_window_after_its_start() {
        let daily = calendar("BEGIN:VEVENT\nDTSTART:20261110T100000Z\nRRULE:FREQ=DAILY\nEND:VEVENT");
        assert!(overlaps(&daily, "VEVENT", (instant("20400101T000000Z"), None), &Zone::utc()));
        assert!(!overlaps(&daily, "VEVENT", (None, instant("20261110T100000Z")), &Zone::utc()));
    }
}
