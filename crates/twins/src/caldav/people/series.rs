//! Edits of series: one occurrence, that and all that follow, or all of it with what hangs on its start.

use concord_model::time::{Moment, OccurrenceKey, Span, Zone};
use jiff::civil::DateTime;
use jiff::{SignedDuration, ToSpan};

use super::which;
use crate::caldav::text::times::{self, Series, When, key_of};
use crate::caldav::text::{Component, Line};
use crate::control::Misunderstood;

/// The one that is no exception.
pub(super) fn master(calendar: &mut Component) -> Result<&mut Component, Misunderstood> {
    let lone = calendar.entries().all(|entry| entry.line("RECURRENCE-ID").is_some());
    calendar
        .entries_mut()
        .find(|entry| lone || entry.line("RECURRENCE-ID").is_none())
        .ok_or_else(|| "there is nothing in the object".to_owned())
}

/// The span of the series that an object holds.
fn span(calendar: &Component) -> Result<Span, Misunderstood> {
    let first = Series::of(calendar).first().cloned();
    first.ok_or_else(|| "the object has no series".to_owned())
}

fn key(calendar: &Component, word: &str) -> Result<(OccurrenceKey, Span), Misunderstood> {
    let span = span(calendar)?;
    let key = key_of(&which(word)?.line("RECURRENCE-ID"), &span);
    key.map(|key| (key, span)).ok_or_else(|| format!("\"{word}\" is not an occurrence of this series"))
}

/// The original start of an occurrence, told as the series tells its own.
fn told(key: OccurrenceKey, span: &Span) -> When {
    match (key, span) {
        (OccurrenceKey::Date(date), _) => When::Date(date),
        (OccurrenceKey::Time(wall), Span::Timed(timed)) => {
            When::Zoned(Moment::new(wall, timed.start().zone().clone()))
        }
        (OccurrenceKey::Time(wall), _) => When::Floating(wall),
    }
}

/// The entry of one occurrence, made if the series has none for it yet.
pub(super) fn exception<'a>(
    calendar: &'a mut Component,
    word: &str,
) -> Result<&'a mut Component, Misunderstood> {
    let (key, span) = key(calendar, word)?;
    let is_it =
        |entry: &Component| entry.line("RECURRENCE-ID").and_then(|line| key_of(line, &span)) == Some(key);
    if !calendar.entries().any(is_it) {
        let mut entry = master(calendar)?.clone();
        for name in ["RRULE", "RDATE", "EXDATE", "EXRULE", "DURATION"] {
            entry.remove(name);
        }
        let there = span.starting(key).ok_or_else(|| format!("\"{word}\" is not of this series"))?;
        let (start, end) = ends(&there);
        entry.set(start.line("DTSTART"));
        entry.set(end.line("DTEND"));
        entry.lines.push(told(key, &span).line("RECURRENCE-ID"));
        calendar.parts.push(entry);
    }
    calendar
        .entries_mut()
        .find(|entry| is_it(entry))
        .ok_or_else(|| format!("\"{word}\" can not be told as an exception"))
}

fn ends(span: &Span) -> (When, When) {
    match span {
        Span::Timed(timed) => (When::Zoned(timed.start().clone()), When::Zoned(timed.end().clone())),
        Span::Floating(times) => (When::Floating(times.start()), When::Floating(times.end())),
        Span::AllDay(days) => (When::Date(days.start()), When::Date(days.end())),
    }
}

/// Takes one occurrence out of a series.
pub(super) fn except(calendar: &mut Component, word: &str) -> Result<(), Misunderstood> {
    let (key, span) = key(calendar, word)?;
    calendar
        .parts
        .retain(|entry| entry.line("RECURRENCE-ID").is_none_or(|line| key_of(line, &span) != Some(key)));
    master(calendar)?.lines.push(told(key, &span).line("EXDATE"));
    Ok(())
}

/// After a change of the series' start, moves what is named by original starts along with it.
pub(super) fn carry(before: &Component, calendar: &mut Component) {
    let (Ok(was), Ok(is)) = (span(before), span(calendar)) else { return };
    if was.key() == is.key() && was.zone() == is.zone() {
        return;
    }
    let moved = |line: &Line, name: &str| -> Option<Line> {
        let key = shifted(key_of(line, &was)?, &was, &is)?;
        Some(told(key, &is).line(name))
    };
    for entry in calendar.entries_mut() {
        for line in &mut entry.lines {
            for name in ["RECURRENCE-ID", "EXDATE", "RDATE"] {
                if line.is(name)
                    && let Some(new) = moved(line, name)
                {
                    *line = new;
                }
            }
        }
    }
}

/// The name of an occurrence after its series moved.
fn shifted(key: OccurrenceKey, was: &Span, is: &Span) -> Option<OccurrenceKey> {
    let wall = |key: OccurrenceKey| -> DateTime {
        match key {
            OccurrenceKey::Time(wall) => wall,
            OccurrenceKey::Date(date) => date.at(0, 0, 0, 0),
        }
    };
    let by: SignedDuration = wall(is.key()).duration_since(wall(was.key()));
    let moved = wall(key).checked_add(by).ok()?;
    Some(match is {
        Span::AllDay(_) => OccurrenceKey::Date(moved.date()),
        _ => OccurrenceKey::Time(moved),
    })
}

/// Ends a series before one of its occurrences, and returns the object of that and all that follow; `None` if it is the
/// first.
pub(super) fn split(
    calendar: &mut Component,
    word: &str,
    uid: &str,
) -> Result<Option<Component>, Misunderstood> {
    let (key, span) = key(calendar, word)?;
    if key == span.key() {
        return Ok(None);
    }
    let before = Series::of(calendar).count_before(key).ok_or("the series has too many occurrences")?;
    let there = span.starting(key).ok_or_else(|| format!("\"{word}\" is not of this series"))?;
    let mut following = calendar.clone();
    let later = |line: &Line| key_of(line, &span).is_some_and(|one| one >= key);

    // What is before stays, what is after goes along.
    let in_half = |entry: &Component, second: bool| {
        entry.line("RECURRENCE-ID").is_none_or(|line| later(line) == second)
    };
    calendar.parts.retain(|entry| in_half(entry, false));
    following.parts.retain(|entry| in_half(entry, true));
    for (half, second) in [(&mut *calendar, false), (&mut following, true)] {
        let master = master(half)?;
        master.lines.retain(|line| !(line.is("EXDATE") || line.is("RDATE")) || later(line) == second);
        for line in &mut master.lines {
            if line.is("RRULE") {
                *line = Line::new(
                    "RRULE",
                    &match second {
                        false => ending(line.value(), key, &span),
                        true => continuing(line.value(), before),
                    },
                );
            }
        }
    }
    for entry in following.entries_mut() {
        entry.set(Line::new("UID", uid));
    }
    let old = calendar.master().and_then(|entry| entry.value("UID")).unwrap_or_default().to_owned();
    let first = master(&mut following)?;
    let (start, end) = ends(&there);
    first.remove("DURATION");
    first.set(start.line("DTSTART"));
    first.set(end.line("DTEND"));
    first.set(Line::raw(format!("RELATED-TO;RELTYPE=SIBLING:{old}")));
    Ok(Some(following))
}

/// A rule that ends just before an occurrence.
fn ending(rule: &str, key: OccurrenceKey, span: &Span) -> String {
    let until = match (key, span) {
        (OccurrenceKey::Date(date), _) => {
            date.checked_sub(1.day()).unwrap_or(date).strftime("%Y%m%d").to_string()
        }
        (OccurrenceKey::Time(wall), span) => {
            let before = wall.checked_sub(1.second()).unwrap_or(wall);
            match span {
                Span::Timed(_) => {
                    let told =
                        When::Zoned(Moment::new(before, span.zone().cloned().unwrap_or_else(Zone::utc)));
                    times::stamp(told.instant(&Zone::utc()))
                }
                _ => before.strftime("%Y%m%dT%H%M%S").to_string(),
            }
        }
    };
    let kept = rule.split(';').filter(|part| !part.starts_with("COUNT=") && !part.starts_with("UNTIL="));
    format!("{};UNTIL={until}", kept.collect::<Vec<_>>().join(";"))
}

/// A rule that goes on after so many occurrences.
fn continuing(rule: &str, before: usize) -> String {
    let parts = rule.split(';').map(|part| {
        match part.strip_prefix("COUNT=").and_then(|count| count.parse::<usize>().ok()) {
            Some(count) => format!("COUNT={}", count.saturating_sub(before).max(1)),
            None => part.to_owned(),
        }
    });
    parts.collect::<Vec<_>>().join(";")
}
