//! From when to when.

use concord_model::{Moment, Span};
use jiff::civil::{Date, DateTime};

use super::clock::At;
use super::{Clock, Lines, Trouble, note};
use crate::values::{Length, When};

/// Reads DTSTART with DTEND or DURATION (RFC 5545, 3.6.1).
///
/// Of an occurrence whose series has a zone, times in UTC are told in that zone: some writers keep only the instant
/// of what they changed, and an instant does not move an occurrence to another zone.
pub(super) fn span(
    lines: &Lines<'_>,
    clock: &Clock<'_>,
    series: Option<&Span>,
    odd: &mut Vec<Trouble>,
) -> Result<Span, Trouble> {
    let start = clock.at(lines.first("DTSTART").ok_or(Trouble::NoStart)?, "DTSTART")?;
    let end = match (lines.first("DTEND"), lines.first("DURATION")) {
        (Some(line), _) if !line.value().trim().is_empty() => End::At(clock.at(line, "DTEND")?),
        (_, Some(line)) => End::After(Length::parse(line.value()).ok_or(Trouble::BadLength)?),
        (_, None) => End::None,
    };
    match start {
        At::Date(start) => days(start, end, odd),
        At::Floating(start) => floating(start, end, odd),
        At::Moment(start) => {
            let start = match series.and_then(Span::zone) {
                Some(zone) if start.zone().name() == "UTC" => start.told_in(zone.clone()),
                _ => start,
            };
            timed(start, end, odd)
        }
    }
}

enum End {
    None,
    At(At),
    After(Length),
}

fn days(start: Date, end: End, odd: &mut Vec<Trouble>) -> Result<Span, Trouble> {
    let after = |days: i64| {
        let days = jiff::Span::new().try_days(days).map_err(|_| Trouble::BadLength)?;
        start.checked_add(days).map_err(|_| Trouble::BadLength)
    };
    let end = match end {
        End::None => after(1)?,
        End::At(At::Date(end)) => end,
        End::At(At::Floating(end)) => whole_day(end, odd)?,
        End::At(At::Moment(end)) => whole_day(end.wall(), odd)?,
        End::After(length) => {
            // A day that was begun counts.
            let days =
                u64::try_from(length.total_seconds()).map_err(|_| Trouble::BadLength)?.div_ceil(86_400);
            after(days as i64)?
        }
    };
    // Many writers say that a day ends on itself; no event of whole days lasts less than one (BM-063).
    let end = if end == start { after(1)? } else { end };
    Span::days(start, end).map_err(|_| Trouble::EndsBeforeStart)
}

/// The day at whose beginning a time of day has passed: ends of whole days are exclusive.
fn whole_day(end: DateTime, odd: &mut Vec<Trouble>) -> Result<Date, Trouble> {
    note(odd, Trouble::MixedEnds);
    match end.time() == jiff::civil::Time::midnight() {
        true => Ok(end.date()),
        false => end.date().tomorrow().map_err(|_| Trouble::BadTime("DTEND")),
    }
}

fn floating(start: DateTime, end: End, odd: &mut Vec<Trouble>) -> Result<Span, Trouble> {
    let end = match end {
        End::None => start,
        End::At(At::Floating(end)) => end,
        End::At(At::Date(end)) => {
            note(odd, Trouble::MixedEnds);
            end.at(0, 0, 0, 0)
        }
        End::At(At::Moment(_)) => return Err(Trouble::ZoneOnlyAtEnd),
        End::After(length) => start
            .checked_add(length.whole_days().ok_or(Trouble::BadLength)?)
            .and_then(|end| end.checked_add(length.exact()))
            .map_err(|_| Trouble::BadLength)?,
    };
    Span::floating(start, end).map_err(|_| Trouble::EndsBeforeStart)
}

fn timed(start: Moment, end: End, odd: &mut Vec<Trouble>) -> Result<Span, Trouble> {
    let here = |wall: DateTime| Moment::new(wall, start.zone().clone());
    let end = match end {
        End::None => start.clone(),
        End::At(At::Moment(end)) if end.zone().name() == "UTC" => end.told_in(start.zone().clone()),
        End::At(At::Moment(end)) => end,
        End::At(At::Floating(end)) => here(end),
        End::At(At::Date(end)) => {
            note(odd, Trouble::MixedEnds);
            here(end.at(0, 0, 0, 0))
        }
        End::After(length) => {
            // Days are days on the calendar there, the rest is exact.
            let days = length.whole_days().ok_or(Trouble::BadLength)?;
            let day = start.wall().checked_add(days).map_err(|_| Trouble::BadLength)?;
            let day = if length.days == 0 { start.clone() } else { here(day) };
            let end = day.instant().checked_add(length.exact()).map_err(|_| Trouble::BadLength)?;
            Moment::at(end, start.zone().clone())
        }
    };
    Span::timed(start, end).map_err(|_| Trouble::EndsBeforeStart)
}

/// The dates of a line that can hold several; odd ones are left out.
pub(super) fn dates(value: &str) -> impl Iterator<Item = Option<(&str, When)>> {
    value.split(',').filter(|v| !v.trim().is_empty()).map(|v| {
        let start = v.split('/').next().unwrap_or_default();
        When::parse(start).map(|when| (v, when))
    })
}
