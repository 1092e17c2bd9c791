//! Times as the API tells them: wall time with the offset of its zone, a date, or wall time alone where it floats.

use concord_model::{Moment, Span, Zone};
use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::{DateTimeParser, Pieces};
use jiff::{SignedDuration, Timestamp};

use crate::problem::{Problem, Result};

/// The length of an event whose end nobody says.
const USUAL: SignedDuration = SignedDuration::from_hours(1);

/// A span in the API's words.
pub struct Told {
    /// `2026-11-20T09:00:00-05:00`, `2026-11-20` or `2026-11-20T09:00:00`.
    pub start: String,
    /// The same; of whole days, the day after the last.
    pub end: String,
    /// The zone of the start.
    pub zone: Option<Zone>,
}

impl Told {
    /// Tells a span.
    pub fn of(span: &Span) -> Told {
        match span {
            // The end is told on the clock of the start, so that one zone says it all.
            Span::Timed(t) => Told {
                start: with_offset(t.start()),
                end: with_offset(&t.end().told_in(t.start().zone().clone())),
                zone: Some(t.start().zone().clone()),
            },
            Span::Floating(t) => Told { start: wall(t.start()), end: wall(t.end()), zone: None },
            Span::AllDay(d) => Told { start: d.start().to_string(), end: d.end().to_string(), zone: None },
        }
    }
}

fn wall(at: DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn with_offset(moment: &Moment) -> String {
    let offset = moment.zone().rules().to_offset(moment.instant());
    // In a gap the wall clock never shows what was asked for: what it shows then is told.
    moment.instant().display_with_offset(offset).to_string()
}

/// A start or an end as it is given.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Given {
    Instant(Timestamp),
    Wall(DateTime),
    Day(Date),
}

fn read(field: &str, text: &str) -> Result<Given> {
    let wrong = || {
        Problem::invalid(
            field,
            "is not a time; write 2026-11-20T09:00:00-05:00, 2026-11-20T09:00:00 on the clock of the zone, or \
             2026-11-20 for whole days",
        )
    };
    if text.len() > 64 {
        return Err(wrong());
    }
    // The date parser of the library takes times too, so length decides.
    if text.len() <= 10 {
        return text.parse().map(Given::Day).map_err(|_| wrong());
    }
    let pieces = Pieces::parse(text).map_err(|_| wrong())?;
    if pieces.time_zone_annotation().is_some() {
        return Err(Problem::invalid(field, "names a zone in brackets; say it in `zone`"));
    }
    let Some(time) = pieces.time() else { return Err(wrong()) };
    let given = match pieces.offset() {
        None => Given::Wall(pieces.date().to_datetime(time)),
        Some(_) => Given::Instant(DateTimeParser::new().parse_timestamp(text).map_err(|_| wrong())?),
    };
    let year = i32::from(pieces.date().year());
    if !(1900..=2200).contains(&year) {
        return Err(Problem::invalid(field, "lies outside the years 1900 to 2200"));
    }
    Ok(given)
}

/// What was given of a time: of each field, nothing (`None`), that there is none, or a value.
#[derive(Default, Clone, Copy)]
pub struct Wanted<'a> {
    pub start: Option<&'a str>,
    pub end: Option<&'a str>,
    pub zone: Option<Option<&'a str>>,
    pub all_day: Option<bool>,
}

impl Wanted<'_> {
    /// Whether anything was given.
    pub fn is_given(&self) -> bool {
        self.start.is_some() || self.end.is_some() || self.zone.is_some() || self.all_day.is_some()
    }

    /// The span that is meant: what was given, over what there is (`before`), else in the zone of whoever asks.
    pub fn span(&self, before: Option<&Span>, viewer: &Zone) -> Result<Span> {
        let zone = match self.zone {
            None => None,
            Some(None) => Some(None),
            Some(Some(name)) => {
                let zone = Zone::new(name).map_err(|why| {
                    Problem::invalid("zone", format!("{why}; write an IANA name such as Europe/Berlin"))
                })?;
                Some(Some(zone))
            }
        };
        let start = self.start.map(|text| read("start", text)).transpose()?;
        let end = self.end.map(|text| read("end", text)).transpose()?;
        let all_day = self.all_day.unwrap_or_else(|| match (start, before) {
            (Some(given), _) => matches!(given, Given::Day(_)),
            (None, Some(before)) => before.is_all_day(),
            (None, None) => false,
        });
        if start.is_none() && before.is_none() {
            return Err(Problem::invalid("start", "is missing"));
        }
        if all_day { self.days(start, end, before) } else { timed(start, end, zone, before, viewer) }
    }

    fn days(&self, start: Option<Given>, end: Option<Given>, before: Option<&Span>) -> Result<Span> {
        let day = |field: &str, given: Given| match given {
            Given::Day(day) => Ok(day),
            _ => {
                Err(Problem::invalid(field, "is a time, and the event is about whole days; write 2026-11-20"))
            }
        };
        if let Some(Some(_)) = self.zone {
            return Err(Problem::invalid(
                "zone",
                "does not go with whole days: they are the same day everywhere",
            ));
        }
        let first = match (start, before) {
            (Some(given), _) => day("start", given)?,
            (None, Some(before)) => before.key().date(),
            (None, None) => return Err(Problem::invalid("start", "is missing")),
        };
        let last = match (end, before) {
            (Some(given), _) => day("end", given)?,
            (None, Some(Span::AllDay(d))) => {
                let length = d.start().until(d.end()).unwrap_or_default();
                first.checked_add(length).map_err(|_| too_far("start"))?
            }
            _ => first.tomorrow().map_err(|_| too_far("start"))?,
        };
        Span::days(first, last)
            .map_err(|_| Problem::invalid("end", "must be after the start: the day after the last day"))
    }
}

fn timed(
    start: Option<Given>,
    end: Option<Given>,
    zone: Option<Option<Zone>>,
    before: Option<&Span>,
    viewer: &Zone,
) -> Result<Span> {
    let floats = match (&zone, before) {
        (Some(None), _) => true,
        (None, Some(before)) => matches!(before, Span::Floating(_)),
        _ => false,
    };
    let here = match (zone.clone().flatten(), before.and_then(Span::zone)) {
        (Some(given), _) => given,
        (None, Some(known)) => known.clone(),
        (None, None) => viewer.clone(),
    };
    let day = |field: &str| {
        Problem::invalid(
            field,
            "is a day, and the event has a time; write 2026-11-20T09:00:00, or set allDay",
        )
    };
    if floats {
        let on_the_wall = |field: &str, given: Given| match given {
            Given::Wall(wall) => Ok(wall),
            Given::Day(_) => Err(day(field)),
            Given::Instant(_) => Err(Problem::invalid(
                field,
                "has an offset, and the event has no zone; leave out the offset, or say the zone",
            )),
        };
        let old = before.map(|span| match span {
            Span::Timed(t) => (t.start().wall(), t.end().wall()),
            Span::Floating(t) => (t.start(), t.end()),
            Span::AllDay(d) => (d.start().at(9, 0, 0, 0), d.start().at(10, 0, 0, 0)),
        });
        let first = match (start, old) {
            (Some(given), _) => on_the_wall("start", given)?,
            (None, Some((first, _))) => first,
            (None, None) => return Err(Problem::invalid("start", "is missing")),
        };
        let last = match (end, old) {
            (Some(given), _) => on_the_wall("end", given)?,
            (None, Some((a, b))) => first.checked_add(b.duration_since(a)).map_err(|_| too_far("start"))?,
            (None, None) => first.checked_add(USUAL).map_err(|_| too_far("start"))?,
        };
        return Span::floating(first, last).map_err(|_| ends_early());
    }
    let moment = |field: &str, given: Given| match given {
        Given::Instant(at) => Ok(Moment::at(at, here.clone())),
        Given::Wall(wall) => Ok(Moment::new(wall, here.clone())),
        Given::Day(_) => Err(day(field)),
    };
    let first = match (start, before) {
        (Some(given), _) => moment("start", given)?,
        // Another zone alone keeps the hour on the wall.
        (None, Some(Span::Timed(t))) if *t.start().zone() == here => t.start().clone(),
        (None, Some(Span::Timed(t))) => Moment::new(t.start().wall(), here.clone()),
        (None, Some(Span::Floating(t))) => Moment::new(t.start(), here.clone()),
        (None, Some(Span::AllDay(_)) | None) => return Err(Problem::invalid("start", "is missing")),
    };
    let last = match (end, before) {
        (Some(given), _) => moment("end", given)?,
        (None, before) => {
            let length = match before {
                Some(Span::AllDay(_)) | None => USUAL,
                Some(span) => span.duration(),
            };
            let at = first.instant().checked_add(length).map_err(|_| too_far("start"))?;
            Moment::at(at, here.clone())
        }
    };
    Span::timed(first, last).map_err(|_| ends_early())
}

fn ends_early() -> Problem {
    Problem::invalid("end", "lies before the start")
}

fn too_far(field: &str) -> Problem {
    Problem::invalid(field, "lies too far away")
}

/// An instant in a query: with an offset or Z, or a day or wall time on the clock of whoever asks.
pub fn instant(field: &str, text: &str, viewer: &Zone) -> Result<Timestamp> {
    Ok(match read(field, text)? {
        Given::Instant(at) => at,
        Given::Wall(wall) => Moment::new(wall, viewer.clone()).instant(),
        Given::Day(day) => Moment::new(day.at(0, 0, 0, 0), viewer.clone()).instant(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::new(name).unwrap()
    }

    fn told(span: Result<Span>) -> String {
        match span {
            Err(problem) => format!("{}!", problem.field().unwrap_or_default()),
            Ok(span) => {
                let told = Told::of(&span);
                format!("{} {} {}", told.start, told.end, told.zone.map_or("-".into(), |z| z.to_string()))
            }
        }
    }

    #[track_caller]
    fn check(wanted: Wanted<'_>, before: Option<&Span>, expected: &str) {
        assert_eq!(told(wanted.span(before, &zone("Africa/Johannesburg"))), expected);
    }

    fn new<'a>(start: &'a str, end: &'a str) -> Wanted<'a> {
        let some = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Wanted { start: some(start), end: some(end), ..Wanted::default() }
    }

    #[test]
    fn a_new_time_is_what_was_said() {
        let la = Some(Some("America/Los_Angeles"));
        check(
            Wanted { zone: la, ..new("2026-11-20T09:00:00", "2026-11-20T10:00:00") },
            None,
            "2026-11-20T09:00:00-08:00 2026-11-20T10:00:00-08:00 America/Los_Angeles",
        );
        check(
            Wanted { zone: la, ..new("2026-11-20T17:00:00Z", "") },
            None,
            "2026-11-20T09:00:00-08:00 2026-11-20T10:00:00-08:00 America/Los_Angeles",
        );
        check(
            new("2026-11-20T09:00:00", ""),
            None,
            "2026-11-20T09:00:00+02:00 2026-11-20T10:00:00+02:00 Africa/Johannesburg",
        );
        check(new("2026-11-20", ""), None, "2026-11-20 2026-11-21 -");
        check(
            Wanted { zone: Some(None), ..new("2026-11-20T09:00:00", "") },
            None,
            "2026-11-20T09:00:00 2026-11-20T10:00:00 -",
        );
    }

    #[test]
    fn what_cannot_be_names_its_field() {
        check(new("", ""), None, "start!");
        check(new("tomorrow", ""), None, "start!");
        check(new("2026-02-30", ""), None, "start!");
        check(new("2026-11-20T25:00:00", ""), None, "start!");
        check(new("0001-01-01T00:00:00Z", ""), None, "start!");
        check(new("2026-11-20T09:00:00", "2026-11-20T08:00:00"), None, "end!");
        check(new("2026-11-20T09:00:00", "2026-11-20"), None, "end!");
        check(new("2026-11-20", "2026-11-20"), None, "end!");
        check(Wanted { zone: Some(Some("Mars/Base")), ..new("2026-11-20T09:00:00", "") }, None, "zone!");
        check(Wanted { zone: Some(Some("Europe/Berlin")), ..new("2026-11-20", "") }, None, "zone!");
        check(Wanted { zone: Some(None), ..new("2026-11-20T09:00:00Z", "") }, None, "start!");
        check(new("2026-11-20T09:00:00[Europe/Berlin]", ""), None, "start!");
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let berlin = zone("Europe/Berlin");
        let at = |hour| Moment::new(jiff::civil::date(2026, 11, 20).at(hour, 0, 0, 0), berlin.clone());
        let before = Span::timed(at(9), at(11)).unwrap();
        check(
            new("2026-11-20T12:00:00", ""),
            Some(&before),
            "2026-11-20T12:00:00+01:00 2026-11-20T14:00:00+01:00 Europe/Berlin",
        );
        check(
            new("", "2026-11-20T10:00:00"),
            Some(&before),
            "2026-11-20T09:00:00+01:00 2026-11-20T10:00:00+01:00 Europe/Berlin",
        );
        check(
            Wanted { zone: Some(Some("Europe/London")), ..Wanted::default() },
            Some(&before),
            "2026-11-20T09:00:00+00:00 2026-11-20T11:00:00+00:00 Europe/London",
        );
        check(Wanted { all_day: Some(true), ..Wanted::default() }, Some(&before), "2026-11-20 2026-11-21 -");
        check(
            Wanted { all_day: Some(false), ..Wanted::default() },
            Some(&Span::days(jiff::civil::date(2026, 11, 20), jiff::civil::date(2026, 11, 22)).unwrap()),
            "start!",
        );
    }
}
