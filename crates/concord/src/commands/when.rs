//! When something happens, as it is given on the command line: start, end or duration, zone, all day, rules.

use clap::Args;
use concord_model::recurrence::Recurrence;
use concord_model::time::{Moment, Span};
use concord_model::view::Timing;
use concord_model::{OccurrenceKey, Zone};
use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::BTreeSet;

use super::words;
use crate::refusal::usage;

/// How long something takes whose end nobody gave.
const USUAL: SignedDuration = SignedDuration::from_hours(1);

/// When something happens.
#[derive(Args, Clone, Debug, Default)]
pub struct When {
    /// When it begins: '2026-12-01 09:00' on the clock of its zone, an instant such as 2026-12-01T09:00:00Z, or a day
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,
    /// When it is over: like the start, or only '10:30'; of an all-day event the last day
    #[arg(long, value_name = "TIME", conflicts_with = "duration")]
    pub end: Option<String>,
    /// How long it takes: 90m, 1h30m, 2d [default: as long as before, or 1h]
    #[arg(long, value_name = "TIME", value_parser = words::duration)]
    pub duration: Option<SignedDuration>,
    /// The time zone of its clock: Europe/Berlin [default: as before, or its owner's]
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// It takes whole days
    #[arg(long)]
    pub all_day: bool,
    /// It is at that time on whatever clock the viewer has
    #[arg(long, conflicts_with_all = ["zone", "all_day"])]
    pub floating: bool,
}

/// A point in time as it was written.
enum Told {
    Day(Date),
    Wall(DateTime),
    Instant(Timestamp),
    Clock(Time),
}

impl When {
    /// Whether anything was given.
    pub fn is_given(&self) -> bool {
        self.start.is_some()
            || self.end.is_some()
            || self.duration.is_some()
            || self.zone.is_some()
            || self.all_day
            || self.floating
    }

    /// The span that is meant. `before` is what it was, if it was; `home` is the owner's zone.
    pub fn span(&self, before: Option<&Span>, home: &Zone) -> anyhow::Result<Span> {
        let zone = match &self.zone {
            Some(name) => Zone::new(name)
                .map_err(|e| usage(format!("--zone: {e}; write an IANA name such as Europe/Berlin")))?,
            None => before.and_then(Span::zone).unwrap_or(home).clone(),
        };
        let start = self.start.as_deref().map(|text| told("--start", text)).transpose()?;
        let all_day = self.all_day
            || matches!((&start, before), (Some(Told::Day(_)) | None, Some(Span::AllDay(_))))
                && !self.floating;
        if all_day {
            return self.days(start, before, &zone);
        }
        let wall = match (start, before) {
            (Some(Told::Wall(wall)), _) => Begin::Wall(wall),
            (Some(Told::Instant(at)), _) => Begin::Instant(at),
            (Some(Told::Clock(time)), Some(before)) => Begin::Wall(before.key().date().to_datetime(time)),
            (Some(Told::Clock(_)), None) => {
                return Err(usage("--start: say the day too, such as '2026-12-01 09:00'"));
            }
            (Some(Told::Day(day)), _) => {
                return Err(usage(format!(
                    "--start: {day} has no time; write '{day} 09:00', or add --all-day"
                )));
            }
            (None, Some(Span::AllDay(_))) => return Err(usage("--start: say at what time it begins")),
            (None, Some(span)) => match (span, self.zone.is_some() || self.floating) {
                // Only the zone is new: the clock shows the same.
                (Span::Timed(t), true) => Begin::Wall(t.start().wall()),
                (Span::Timed(t), false) => Begin::Moment(t.start().clone()),
                (Span::Floating(f), _) => Begin::Wall(f.start()),
                (Span::AllDay(_), _) => unreachable!("the arm above has all-day events"),
            },
            (None, None) => {
                return Err(usage("--start: say when it begins, such as --start '2026-12-01 09:00'"));
            }
        };
        let length = match before {
            Some(Span::AllDay(_)) | None => USUAL,
            Some(span) => span.duration(),
        };
        let floating = self.floating || matches!(before, Some(Span::Floating(_))) && self.zone.is_none();
        if floating { self.floating(wall, length) } else { self.timed(wall, &zone, length, before) }
    }

    fn timed(
        &self,
        begin: Begin,
        zone: &Zone,
        length: SignedDuration,
        before: Option<&Span>,
    ) -> anyhow::Result<Span> {
        let start = match begin {
            Begin::Wall(wall) => Moment::new(wall, zone.clone()),
            Begin::Instant(at) => Moment::at(at, zone.clone()),
            Begin::Moment(moment) => moment,
        };
        // An end may have a zone of its own (a flight); a new zone is that of both.
        let end_zone = match before {
            Some(Span::Timed(t)) if self.zone.is_none() => t.end().zone().clone(),
            _ => zone.clone(),
        };
        let end = match self.end.as_deref().map(|text| told("--end", text)).transpose()? {
            Some(Told::Wall(wall)) => Moment::new(wall, end_zone),
            Some(Told::Instant(at)) => Moment::at(at, end_zone),
            Some(Told::Clock(time)) => Moment::new(start.wall().date().to_datetime(time), end_zone),
            Some(Told::Day(day)) => {
                return Err(usage(format!(
                    "--end: {day} has no time; write '{day} 10:00', or add --all-day"
                )));
            }
            None => {
                let at = start.instant().checked_add(self.duration.unwrap_or(length));
                Moment::at(at.map_err(|_| usage("--duration: ends after the end of time"))?, end_zone)
            }
        };
        Span::timed(start, end).map_err(|e| usage(format!("--end: {e}")))
    }

    fn floating(&self, begin: Begin, length: SignedDuration) -> anyhow::Result<Span> {
        let start = match begin {
            Begin::Wall(wall) => wall,
            Begin::Moment(moment) => moment.wall(),
            Begin::Instant(_) => {
                return Err(usage("--start: a floating time has no offset; write '2026-12-01 09:00'"));
            }
        };
        let end = match self.end.as_deref().map(|text| told("--end", text)).transpose()? {
            Some(Told::Wall(wall)) => wall,
            Some(Told::Clock(time)) => start.date().to_datetime(time),
            Some(_) => return Err(usage("--end: write a time without offset, such as '2026-12-01 10:00'")),
            None => start
                .checked_add(self.duration.unwrap_or(length))
                .map_err(|_| usage("--duration: ends after the end of time"))?,
        };
        Span::floating(start, end).map_err(|e| usage(format!("--end: {e}")))
    }

    fn days(&self, start: Option<Told>, before: Option<&Span>, zone: &Zone) -> anyhow::Result<Span> {
        let day = |told: Told, flag: &str| match told {
            Told::Day(day) => Ok(day),
            Told::Wall(wall) => Ok(wall.date()),
            Told::Instant(at) => Ok(zone.wall(at).date()),
            Told::Clock(_) => Err(usage(format!("{flag}: an all-day event has days, such as 2026-12-01"))),
        };
        let first = match (start, before) {
            (Some(told), _) => day(told, "--start")?,
            (None, Some(before)) => before.key().date(),
            (None, None) => {
                return Err(usage("--start: say on which day it begins, such as --start 2026-12-01"));
            }
        };
        let too_late = || usage("--end: lies after the end of time");
        let end = match (&self.end, self.duration) {
            // People name the last day; what is kept is the day after it.
            (Some(text), _) => day(told("--end", text)?, "--end")?.tomorrow().map_err(|_| too_late())?,
            (None, Some(length)) => {
                let days = length.as_hours().max(24).div_euclid(24)
                    + i64::from(length.as_hours() % 24 > 0 && length.as_hours() > 24);
                first.checked_add(days.days()).map_err(|_| too_late())?
            }
            (None, None) => match before {
                Some(Span::AllDay(days)) => {
                    first.checked_add(days.start().until(days.end())?).map_err(|_| too_late())?
                }
                _ => first.tomorrow().map_err(|_| too_late())?,
            },
        };
        Span::days(first, end).map_err(|e| usage(format!("--end: {e}")))
    }
}

enum Begin {
    Wall(DateTime),
    Instant(Timestamp),
    Moment(Moment),
}

/// Reads a point in time.
fn told(flag: &str, text: &str) -> anyhow::Result<Told> {
    let text = text.trim();
    // Sorted by how much they say: an instant reads as a wall time, which reads as a day.
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Told::Instant(at));
    }
    if text.contains(':')
        && !text.contains('-')
        && let Ok(time) = text.parse::<Time>()
    {
        return Ok(Told::Clock(time));
    }
    if text.contains(':')
        && let Ok(wall) = text.parse::<DateTime>()
    {
        return Ok(Told::Wall(wall));
    }
    match text.parse::<Date>() {
        Ok(day) if !text.contains(':') => Ok(Told::Day(day)),
        _ => Err(usage(format!(
            "{flag}: \"{text}\" is not a time; write '2026-12-01 09:00', 2026-12-01T09:00:00Z or 2026-12-01"
        ))),
    }
}

/// Reads how something repeats: rules as in iCalendar, with or without `RRULE:` before them, and lines with dates.
/// Returns the occurrences that were removed beside it.
pub fn recurrence(
    lines: &[String],
    span: &Span,
) -> anyhow::Result<(Option<Recurrence>, BTreeSet<OccurrenceKey>)> {
    let named: Vec<String> = lines
        .iter()
        .map(|line| line.trim())
        .filter(|line| !line.is_empty())
        .map(|line| if line.contains(':') { line.to_owned() } else { format!("RRULE:{line}") })
        .collect();
    if named.is_empty() {
        return Ok((None, BTreeSet::new()));
    }
    let (recurrence, removed) = Recurrence::parse(&named, span).map_err(|e| usage(format!("--rule: {e}")))?;
    Ok((Some(recurrence), removed))
}

/// The timing that is meant by a span and by rules, which stay as they were where none are given.
pub fn timing(
    span: Span,
    rules: Option<&[String]>,
    before: Option<&Timing>,
) -> anyhow::Result<(Timing, BTreeSet<OccurrenceKey>)> {
    match rules {
        None => Ok((
            Timing { span, recurrence: before.and_then(|timing| timing.recurrence.clone()) },
            BTreeSet::new(),
        )),
        Some(lines) => {
            let (recurrence, removed) = recurrence(lines, &span)?;
            Ok((Timing { span, recurrence }, removed))
        }
    }
}

/// An instant for `--from` and `--to`: as told, days beginning at midnight in that zone.
pub fn instant(flag: &str, text: &str, zone: &Zone) -> anyhow::Result<Timestamp> {
    match told(flag, text)? {
        Told::Instant(at) => Ok(at),
        Told::Wall(wall) => Ok(Moment::new(wall, zone.clone()).instant()),
        Told::Day(day) => Ok(Moment::new(day.to_datetime(Time::midnight()), zone.clone()).instant()),
        Told::Clock(_) => Err(usage(format!("{flag}: say the day too, such as '2026-12-01 09:00'"))),
    }
}

/// Whether `--from` and `--to` have anything between them.
pub fn in_order(from: Option<Timestamp>, to: Option<Timestamp>) -> anyhow::Result<()> {
    match (from, to) {
        (Some(from), Some(to)) if to <= from => Err(usage("--to: does not lie after --from")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(words: &str) -> When {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            when: When,
        }
        // `@` stands between a day and its time, which are one word.
        let words = words.split(' ').filter(|word| !word.is_empty()).map(|word| word.replace('@', " "));
        <Line as clap::Parser>::parse_from(std::iter::once("x".to_owned()).chain(words)).when
    }

    fn check(words: &str, before: Option<&str>, expected: &str) {
        let home = Zone::new("Europe/Berlin").unwrap();
        let before = before.map(|words| when(words).span(None, &home).unwrap());
        let told = when(words).span(before.as_ref(), &home);
        let told = told.map_or_else(|error| error.to_string(), |span| span.to_string());
        assert_eq!(told, expected, "{words}");
    }

    #[test]
    fn a_start_with_or_without_an_end_is_a_span() {
        check("--start 2026-12-01@09:00", None, "2026-12-01 09:00–10:00 Europe/Berlin");
        check("--start 2026-12-01T09:00:30 --end 10:30", None, "2026-12-01 09:00–10:30 Europe/Berlin");
        check(
            "--start 2026-12-01@09:00 --duration 90m --zone America/New_York",
            None,
            "2026-12-01 09:00–10:30 America/New_York",
        );
        check(
            "--start 2026-12-01T09:00Z --end 2026-12-01T11:00+01:00",
            None,
            "2026-12-01 10:00–11:00 Europe/Berlin",
        );
        check("--start 2026-12-01@09:00 --floating", None, "2026-12-01 09:00–2026-12-01 10:00");
    }

    #[test]
    fn all_day_events_end_on_the_day_that_is_named() {
        check("--start 2026-12-01 --all-day", None, "2026-12-01");
        check("--start 2026-12-01 --end 2026-12-03 --all-day", None, "2026-12-01–2026-12-03");
        check("--start 2026-12-01 --duration 2d --all-day", None, "2026-12-01–2026-12-02");
        check(
            "--start 2026-12-05",
            Some("--start 2026-12-01 --end 2026-12-03 --all-day"),
            "2026-12-05–2026-12-07",
        );
    }

    #[test]
    fn what_is_not_given_stays_as_it_was() {
        let before = Some("--start 2026-12-01@09:00 --duration 90m --zone America/New_York");
        check("--start 2026-12-02@10:00", before, "2026-12-02 10:00–11:30 America/New_York");
        check("--start 10:00", before, "2026-12-01 10:00–11:30 America/New_York");
        check("--duration 2h", before, "2026-12-01 09:00–11:00 America/New_York");
        check("--zone Europe/Paris", before, "2026-12-01 09:00–10:30 Europe/Paris");
        check("--all-day", before, "2026-12-01");
    }

    #[test]
    fn what_cannot_be_meant_names_its_flag() {
        check("", None, "--start: say when it begins, such as --start '2026-12-01 09:00'");
        check(
            "--start 2026-12-01",
            None,
            "--start: 2026-12-01 has no time; write '2026-12-01 09:00', or add --all-day",
        );
        check("--start 2026-12-01@09:00 --end 08:00", None, "--end: the end lies before the start");
        check(
            "--start 2026-12-01@09:00 --zone Middle/Earth",
            None,
            "--zone: \"Middle/Earth\" is not a time zone that is known here; write an IANA name such as Europe/Berlin",
        );
        check(
            "--start tomorrow",
            None,
            "--start: \"tomorrow\" is not a time; write '2026-12-01 09:00', 2026-12-01T09:00:00Z or 2026-12-01",
        );
    }
}
