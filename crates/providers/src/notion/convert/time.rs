//! Dates, with and without times.
//!
//! What is written is a day, or an instant with its offset, which nobody can misread. What is read has an offset and no
//! zone (trap 7): the zone stands in our note, and what has none is told in UTC. The last day of a range of days is one of
//! them (trap 6). What has a time and no end lasts an hour ([`USUAL`]); nothing of that is written until somebody changes
//! when it is (trap 25).

use concord_model::time::Span;
use concord_model::{Moment, Zone};
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

/// How long something lasts that does not say it.
const USUAL: SignedDuration = SignedDuration::from_hours(1);

/// The zones in which start and end were meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::notion) struct Zones {
    pub(in crate::notion) start: Zone,
    pub(in crate::notion) end: Zone,
}

impl Zones {
    /// Those of a span, if it has times.
    pub(in crate::notion) fn of(span: &Span) -> Option<Zones> {
        match span {
            Span::Timed(timed) => {
                Some(Zones { start: timed.start().zone().clone(), end: timed.end().zone().clone() })
            }
            Span::Floating(_) => Some(Zones { start: Zone::utc(), end: Zone::utc() }),
            Span::AllDay(_) => None,
        }
    }
}

#[derive(Clone, Copy)]
enum When {
    Day(Date),
    Instant(Timestamp),
}

impl When {
    fn read(value: Option<&Value>) -> Result<Option<When>, String> {
        let Some(text) = value.and_then(Value::as_str) else { return Ok(None) };
        let unreadable = |_| "its date cannot be read".to_owned();
        Ok(Some(match text.contains('T') {
            true => When::Instant(text.parse::<Timestamp>().map_err(unreadable)?),
            false => When::Day(text.parse().map_err(unreadable)?),
        }))
    }
}

/// Reads when it is: from one column, or the end from another.
pub(in crate::notion) fn span(
    date: &Value,
    end: Option<&Value>,
    zones: Option<&Zones>,
) -> Result<Span, String> {
    let start = When::read(date.get("start"))?.ok_or("it has no date")?;
    let last = When::read(date.get("end"))?;
    let last = match (last, end) {
        (None, Some(end)) => When::read(end.get("start"))?,
        (last, _) => last,
    };
    let unfit = |_| "it ends before it begins".to_owned();
    match (start, last) {
        (When::Day(first), None) => days(first, first),
        (When::Day(first), Some(When::Day(last))) if last < first => {
            Err("it ends before it begins".to_owned())
        }
        (When::Day(first), Some(When::Day(last))) => days(first, last),
        // Only two columns can say both: the day of the end is the last one.
        (When::Day(first), Some(When::Instant(last))) => {
            days(first, Zone::utc().wall(last).date().max(first))
        }
        (When::Instant(from), last) => {
            let until = match last {
                Some(When::Instant(until)) => until,
                // The end of that day.
                Some(When::Day(last)) => {
                    let after = last.tomorrow().map_err(|_| "its day is the last of all")?;
                    Moment::new(after.at(0, 0, 0, 0), zone(zones, |zones| &zones.end)).instant()
                }
                None => from.checked_add(USUAL).map_err(|_| "it has no end")?,
            };
            let start = Moment::at(from, zone(zones, |zones| &zones.start));
            Span::timed(start, Moment::at(until, zone(zones, |zones| &zones.end))).map_err(unfit)
        }
    }
}

fn zone<'z>(zones: Option<&'z Zones>, which: impl FnOnce(&'z Zones) -> &'z Zone) -> Zone {
    zones.map_or_else(Zone::utc, |zones| which(zones).clone())
}

pub(super) fn days(first: Date, last: Date) -> Result<Span, String> {
    let after = last.checked_add(1.day()).map_err(|_| "its day is the last of all")?;
    Span::days(first, after).map_err(|e| e.to_string())
}

/// When it begins and ends, as it is written; the end is missing where it is the day of the start.
pub(in crate::notion) fn written(span: &Span) -> (String, Option<String>) {
    match span {
        Span::AllDay(days) => {
            let last = days.end().yesterday().unwrap_or(days.start());
            (days.start().to_string(), (last > days.start()).then(|| last.to_string()))
        }
        Span::Timed(timed) => (moment(timed.start()), Some(moment(timed.end()))),
        // The lens tells floating times in the link's zone, so there are none here.
        Span::Floating(floating) => {
            let told = |wall| moment(&Moment::new(wall, Zone::utc()));
            (told(floating.start()), Some(told(floating.end())))
        }
    }
}

/// A date with both ends in one column.
pub(in crate::notion) fn both((start, end): (String, Option<String>)) -> Value {
    json!({ "start": start, "end": end })
}

fn moment(moment: &Moment) -> String {
    let at = moment.instant();
    let offset = moment.zone().rules().to_offset(at);
    // Offsets of long ago have seconds, which Notion does not take.
    let offset = if offset.seconds() % 60 == 0 { offset } else { Offset::UTC };
    let wall = offset.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S");
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{wall}{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn berlin() -> Zones {
        let zone = Zone::new("Europe/Berlin").unwrap();
        Zones { start: zone.clone(), end: zone }
    }

    #[track_caller]
    fn check(date: Value, expected: &str) {
        let told = match span(&date, None, Some(&berlin())) {
            Ok(Span::AllDay(days)) => format!("{} to {}", days.start(), days.end()),
            Ok(Span::Timed(timed)) => format!("{} to {}", timed.start(), timed.end()),
            Ok(other) => format!("{other:?}"),
            Err(why) => why,
        };
        assert_eq!(told, expected, "{date}");
    }

    #[test]
    fn the_last_day_of_a_range_is_one_of_its_days() {
        check(json!({"start": "2026-11-21", "end": null}), "2026-11-21 to 2026-11-22");
        check(json!({"start": "2026-11-21", "end": "2026-11-23"}), "2026-11-21 to 2026-11-24");
        let one = span(&json!({"start": "2026-11-21"}), None, None).unwrap();
        assert_eq!(both(written(&one)), json!({"start": "2026-11-21", "end": null}));
    }

    #[test]
    fn a_time_keeps_its_instant_and_gets_its_zone_from_the_note() {
        check(
            json!({"start": "2026-11-21T09:00:00.000+00:00", "end": "2026-11-21T10:30:00.000+00:00"}),
            "2026-11-21 10:00 Europe/Berlin to 2026-11-21 11:30 Europe/Berlin",
        );
        // What does not say how long it lasts lasts an hour.
        check(
            json!({"start": "2026-11-21T10:00:00.000+01:00", "end": null}),
            "2026-11-21 10:00 Europe/Berlin to 2026-11-21 11:00 Europe/Berlin",
        );
    }

    #[test]
    fn what_cannot_be_understood_says_why() {
        check(Value::Null, "it has no date");
        check(json!({"start": "tomorrow"}), "its date cannot be read");
        check(json!({"start": "2026-11-21", "end": "2026-11-20"}), "it ends before it begins");
    }

    #[test]
    fn an_end_can_stand_in_a_column_of_its_own() {
        let end = json!({"start": "2026-11-21T12:00:00.000+01:00"});
        let told =
            span(&json!({"start": "2026-11-21T10:00:00.000+01:00"}), Some(&end), Some(&berlin())).unwrap();
        assert_eq!(told.duration(), SignedDuration::from_hours(2));
    }

    fn zones() -> impl Strategy<Value = Zone> {
        proptest::sample::select(vec![
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "Asia/Kathmandu",
            "Pacific/Apia",
        ])
        .prop_map(|name| Zone::new(name).unwrap())
    }

    proptest! {
        #[test]
        fn times_come_back_as_they_were_written(
            from in -2_000_000_000i64..4_000_000_000, length in 0i64..1_000_000, start in zones(), end in zones(),
        ) {
            let at = |seconds| Timestamp::from_second(seconds).unwrap();
            let told = Span::timed(Moment::at(at(from), start), Moment::at(at(from + length), end)).unwrap();
            let zones = Zones::of(&told);
            prop_assert_eq!(span(&both(written(&told)), None, zones.as_ref()).unwrap(), told.clone());
            // The same with the end in a column of its own.
            let (begins, ends) = written(&told);
            let (begins, ends) = (json!({"start": begins}), json!({"start": ends}));
            prop_assert_eq!(span(&begins, Some(&ends), zones.as_ref()).unwrap(), told);
        }

        #[test]
        fn days_come_back_as_they_were_written(from in 0i32..40_000, length in 1i32..400) {
            let first = jiff::civil::date(1970, 1, 1) + from.days();
            let told = Span::days(first, first + length.days()).unwrap();
            prop_assert_eq!(span(&both(written(&told)), None, None).unwrap(), told);
        }
    }
}
