//! Dates whose times stand in a column of their own: `2026-11-21` in one, `09:00–10:30` in the other.
//!
//! People write times of day in many ways, and without a zone: they are meant on the clocks that were named when the column
//! was chosen. The zones in which the start and the end were meant stand in our note, as with any date. A date that has a
//! time of its own is believed; a day without anything in the other column is a whole one.

use concord_model::time::Span;
use concord_model::{Moment, Zone};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, ToSpan};
use serde_json::Value;

use super::time::{self, Zones};

/// How long something lasts that does not say it.
const USUAL: SignedDuration = SignedDuration::from_hours(1);

/// Reads when it is.
pub(super) fn span(
    date: &Value,
    end: Option<&Value>,
    clock: &str,
    on: &Zone,
    zones: Option<&Zones>,
) -> Result<Span, String> {
    let said = |date: &Value, key: &str| date.get(key).and_then(Value::as_str).map(str::to_owned);
    let Some(first) = said(date, "start") else { return time::span(date, end, zones) };
    let clock = clock.trim();
    if first.contains('T') || clock.is_empty() {
        return time::span(date, end, zones);
    }
    let unreadable = || "its date cannot be read".to_owned();
    let day = |text: &str| text.get(..10).and_then(|text| text.parse::<Date>().ok()).ok_or_else(unreadable);
    let first = day(&first)?;
    let last = said(date, "end").or_else(|| said(end?, "start"));
    let last = last.map(|last| day(&last)).transpose()?;
    let (from, until) = read(clock).ok_or_else(|| format!("its time \"{clock}\" cannot be read"))?;
    let start = Moment::new(first.to_datetime(from), on.clone()).instant();
    let stop = match (until, last) {
        (None, None) => start.checked_add(USUAL).map_err(|_| unreadable())?,
        // What ends on another day and does not say when ends at the same hour.
        (until, Some(last)) => Moment::new(last.to_datetime(until.unwrap_or(from)), on.clone()).instant(),
        (Some(until), None) => {
            let last = if until < from { first.tomorrow().map_err(|_| unreadable())? } else { first };
            Moment::new(last.to_datetime(until), on.clone()).instant()
        }
    };
    let zone = |which: fn(&Zones) -> &Zone| zones.map_or(on, which).clone();
    Span::timed(Moment::at(start, zone(|zones| &zones.start)), Moment::at(stop, zone(|zones| &zones.end)))
        .map_err(|_| "it ends before it begins".to_owned())
}

/// Days and times, apart.
pub(super) struct Apart {
    /// The first day, and the last one where it is another.
    pub(super) days: (String, Option<String>),
    /// Nothing, of whole days.
    pub(super) clock: String,
}

/// How it is written.
pub(super) fn written(span: &Span, on: &Zone) -> Apart {
    let (start, end) = match span {
        Span::AllDay(_) => return Apart { days: time::written(span), clock: String::new() },
        Span::Timed(timed) => (on.wall(timed.start().instant()), on.wall(timed.end().instant())),
        // The lens tells floating times in the link's zone, so there are none here.
        Span::Floating(floating) => (floating.start(), floating.end()),
    };
    // Of what ends in the night after, two times that go backwards say enough.
    let near = end.date() == start.date()
        || (start.date().checked_add(1.day()).is_ok_and(|next| next == end.date())
            && end.time() < start.time());
    Apart {
        days: (start.date().to_string(), (!near).then(|| end.date().to_string())),
        clock: format!("{}\u{2013}{}", told(start.time()), told(end.time())),
    }
}

fn told(time: Time) -> String {
    match time.second() {
        0 => format!("{:02}:{:02}", time.hour(), time.minute()),
        second => format!("{:02}:{:02}:{second:02}", time.hour(), time.minute()),
    }
}

/// A time of day, or one up to another, in the ways in which people write them.
fn read(text: &str) -> Option<(Time, Option<Time>)> {
    let plain = text.to_lowercase().replace(['\u{2013}', '\u{2014}', '\u{2212}', '~'], "-");
    let plain = plain.replace(" to ", "-").replace(" until ", "-").replace(" bis ", "-");
    let mut parts = plain.split('-').map(str::trim);
    let (from, until) = (parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let until = until.map(|until| one(until, None)).map_or(Some(None), |read| read.map(Some))?;
    // Of "2–3 pm", the first is in the afternoon, too.
    let (from, _) = one(from, until.and_then(|(_, half)| half))?;
    Some((from, until.map(|(time, _)| time)))
}

/// Half of the day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Am,
    Pm,
}

/// One time, and the half of the day that was named with it.
fn one(text: &str, other: Option<Half>) -> Option<(Time, Option<Half>)> {
    let bare = text.replace(['.', 'h'], ":").replace(' ', "");
    let (digits, own) = match (bare.strip_suffix("am"), bare.strip_suffix("pm")) {
        _ if bare.ends_with(":m:") => half_with_dots(&bare)?,
        (Some(digits), _) => (digits.to_owned(), Some(Half::Am)),
        (_, Some(digits)) => (digits.to_owned(), Some(Half::Pm)),
        _ => (bare.strip_suffix("uhr").unwrap_or(&bare).to_owned(), None),
    };
    let half = own.or(other);
    let mut numbers = digits.trim_end_matches(':').split(':').map(|number| {
        let fits = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| number.parse::<i8>().ok()).flatten()
    });
    let hour = numbers.next()??;
    let minute = numbers.next();
    // An hour alone says nothing unless something says that it is one.
    if minute.is_none() && half.is_none() && digits == text {
        return None;
    }
    let (minute, second) = (minute.unwrap_or(Some(0))?, numbers.next().unwrap_or(Some(0))?);
    if numbers.next().is_some() {
        return None;
    }
    let hour = match half {
        None if (hour, minute, second) == (24, 0, 0) => 0,
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(Half::Am) => hour % 12,
        Some(Half::Pm) => hour % 12 + 12,
    };
    Some((Time::new(hour, minute, second, 0).ok()?, own))
}

/// "a.m." and "p.m.", whose dots were taken for those between hours and minutes.
fn half_with_dots(bare: &str) -> Option<(String, Option<Half>)> {
    let am = bare.strip_suffix("a:m:").map(|digits| (digits, Half::Am));
    let (digits, half) = am.or_else(|| Some((bare.strip_suffix("p:m:")?, Half::Pm)))?;
    Some((digits.to_owned(), Some(half)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn berlin() -> Zone {
        Zone::new("Europe/Berlin").unwrap()
    }

    #[track_caller]
    fn check(date: Value, clock: &str, expected: &str) {
        let told = match span(&date, None, clock, &berlin(), None) {
            Ok(Span::AllDay(days)) => format!("{} to {}", days.start(), days.end()),
            Ok(Span::Timed(timed)) => format!("{} to {}", timed.start(), timed.end()),
            Ok(other) => format!("{other:?}"),
            Err(why) => why,
        };
        assert_eq!(told.replace(" Europe/Berlin", ""), expected, "{date} {clock}");
    }

    #[test]
    fn a_time_is_read_in_the_ways_in_which_people_write_them() {
        let day = || json!({ "start": "2026-11-21", "end": null });
        let nine = "2026-11-21 09:00 to 2026-11-21 10:30";
        for clock in [
            "09:00–10:30",
            "9:00 - 10:30",
            "9.00-10.30",
            "9h-10h30",
            "9 am to 10:30 a.m.",
            "9:00 until 10:30",
        ] {
            check(day(), clock, nine);
        }
        check(day(), "2–3 pm", "2026-11-21 14:00 to 2026-11-21 15:00");
        check(day(), "11 am – 1 pm", "2026-11-21 11:00 to 2026-11-21 13:00");
        check(day(), "12 am", "2026-11-21 00:00 to 2026-11-21 01:00");
        check(day(), "14:00", "2026-11-21 14:00 to 2026-11-21 15:00");
        check(day(), "22:00–02:00", "2026-11-21 22:00 to 2026-11-22 02:00");
        check(day(), "20:00–24:00", "2026-11-21 20:00 to 2026-11-22 00:00");
        check(day(), "", "2026-11-21 to 2026-11-22");
        check(
            json!({ "start": "2026-11-21", "end": "2026-11-23" }),
            "09:00–10:00",
            "2026-11-21 09:00 to 2026-11-23 10:00",
        );
    }

    #[test]
    fn what_is_no_time_is_said_and_no_hour_is_guessed() {
        for clock in ["after lunch", "9", "25:00", "9:61", "13 pm", "9:00-10:00-11:00", "900", "-", "9::00"] {
            check(json!({ "start": "2026-11-21" }), clock, &format!("its time \"{clock}\" cannot be read"));
        }
    }

    #[test]
    fn a_date_that_has_a_time_of_its_own_is_believed() {
        let date =
            json!({ "start": "2026-11-21T09:00:00.000+01:00", "end": "2026-11-21T10:00:00.000+01:00" });
        let told = span(&date, None, "14:00", &berlin(), None).unwrap();
        let at: jiff::Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        assert!(matches!(told, Span::Timed(timed) if timed.start().instant() == at));
    }

    proptest! {
        #[test]
        fn times_come_back_as_they_were_written(
            from in 0i64..2_000_000_000, length in 0i64..400_000, n in 0usize..4, m in 0usize..4,
        ) {
            let zone = |n: usize| {
                Zone::new(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"][n]).unwrap()
            };
            let at = |seconds| jiff::Timestamp::from_second(seconds).unwrap();
            let told =
                Span::timed(Moment::at(at(from), zone(n)), Moment::at(at(from + length), zone(m))).unwrap();
            // On a clock that never goes back: an hour that comes twice is told as the first of them.
            let on = Zone::new("Africa/Johannesburg").unwrap();
            let Apart { days, clock } = written(&told, &on);
            let zones = Zones::of(&told);
            prop_assert_eq!(span(&time::both(days), None, &clock, &on, zones.as_ref()).unwrap(), told);
        }

        #[test]
        fn whatever_is_read_there_is_read_again_as_it_is_written(clock in "[0-9]{1,2}[:.h ]?[0-9]{0,2} ?[ap]?m?[ –-]{0,3}[0-9:.apm ]{0,8}") {
            if let Some((from, Some(until))) = read(&clock) {
                let written = format!("{}\u{2013}{}", told(from), told(until));
                prop_assert_eq!(read(&written), Some((from, Some(until))));
            }
        }
    }
}
