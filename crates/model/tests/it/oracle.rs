//! Expansion against what two well-known libraries make of the same series.
//!
//! `fixtures/recurrence/generate.py` wrote the cases. Where Concord takes a series for something else, it is on
//! purpose, and told here.

use std::collections::BTreeMap;

use concord_model::recurrence::{Recurrence, expand, told_key};
use concord_model::view::{Field, Override, Timing, Value};
use concord_model::{Moment, OccurrenceKey, Span, Zone};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Deserialize;

const CASES: &str = include_str!("../../fixtures/recurrence/cases.json");

/// What is different on purpose: why, and in which cases.
const DIFFERENT: &[(&str, &[&str])] = &[
    (
        "UNTIL without a zone is on the series' own clock; the oracle takes it for UTC",
        &[
            "until local: America/Los_Angeles",
            "until local: Pacific/Pago_Pago",
            "until a second too early: Europe/Berlin",
            "until a second too early: Pacific/Auckland",
        ],
    ),
    (
        "UNTIL as a date in a timed series includes that day; the oracle ends with its midnight",
        &[
            "until a date: America/Los_Angeles",
            "until a date: Europe/Berlin",
            "until a date: Pacific/Pago_Pago",
            "until a date: floating",
        ],
    ),
    (
        "RECURRENCE-ID as a date means the occurrence of that day; the oracle shows it twice (BM-047)",
        &["override named by a date"],
    ),
    (
        "BYWEEKNO without a day has the weekday of the start (RFC 8984, 4.3.3); the oracle takes the whole week",
        &["part: week without a day"],
    ),
    (
        "BYDAY=MO,1TU means either; the oracle looks for days that are both, and finds none",
        &["part: a number and each, of weekdays"],
    ),
];

#[derive(Deserialize)]
struct Case {
    name: String,
    oracle: String,
    series: Told,
    lines: Vec<String>,
    #[serde(default)]
    overrides: Vec<Moved>,
    window: (String, String),
    expect: Vec<String>,
}

#[derive(Deserialize)]
struct Told {
    start: String,
    end: String,
    zone: Option<String>,
}

#[derive(Deserialize)]
struct Moved {
    /// RECURRENCE-ID as it would stand in a file, without its name.
    id: String,
    start: String,
    end: String,
}

#[test]
fn series_are_what_others_take_them_for() {
    let cases: Vec<Case> = serde_json::from_str(CASES).unwrap();
    assert!(cases.len() >= 350, "only {} cases", cases.len());
    let mut faults = Vec::new();
    for case in &cases {
        let different = DIFFERENT.iter().find(|(_, names)| names.contains(&case.name.as_str()));
        match (case.occurrences() == Ok(case.expect.clone()), different) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(_)) => faults.push(format!("{}: is the same by now", case.name)),
            (false, None) => faults.push(format!(
                "{}: {:?}\n  {}: {:?}\n  here: {:?}",
                case.name,
                case.lines,
                case.oracle,
                case.expect,
                case.occurrences()
            )),
        }
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
}

#[test]
fn every_difference_is_one_of_a_case() {
    let cases: Vec<Case> = serde_json::from_str(CASES).unwrap();
    for name in DIFFERENT.iter().flat_map(|(_, names)| *names) {
        assert!(cases.iter().any(|case| case.name == *name), "no case is called {name}");
    }
}

impl Case {
    /// The starts that Concord finds, written like the oracle's.
    fn occurrences(&self) -> Result<Vec<String>, String> {
        let span = self.series.span();
        let (recurrence, removed) = Recurrence::parse(&self.lines, &span).map_err(|e| e.to_string())?;
        let mut overrides: BTreeMap<OccurrenceKey, Override> =
            removed.into_iter().map(|key| (key, Override::Cancelled)).collect();
        for moved in &self.overrides {
            let told =
                Told { start: moved.start.clone(), end: moved.end.clone(), zone: self.series.zone.clone() };
            let time = Value::Time(Timing::from(told.span()));
            overrides.insert(moved.key(&span), Override::Changed([(Field::Time, time)].into()));
        }
        let timing = Timing { span, recurrence: (!self.lines.is_empty()).then_some(recurrence) };
        let window = (instant(&self.window.0), instant(&self.window.1));
        let found = expand(&timing, &overrides, window, &Zone::utc()).map_err(|e| e.to_string())?;
        let mut starts: Vec<String> = found
            .iter()
            .map(|one| match &one.span {
                Span::Timed(t) => t.start().instant().strftime("%Y%m%dT%H%M%SZ").to_string(),
                other => other.key().to_string(),
            })
            .collect();
        starts.sort();
        Ok(starts)
    }
}

impl Moved {
    fn key(&self, series: &Span) -> OccurrenceKey {
        let (params, value) = self.id.split_once(':').unwrap();
        let zone = params.strip_prefix(";TZID=").map(|name| Zone::new(name).unwrap());
        told_key(value, zone.as_ref(), series).unwrap()
    }
}

impl Told {
    fn span(&self) -> Span {
        let (start, end) = (self.start.parse().unwrap(), self.end.parse().unwrap());
        match (start, end, &self.zone) {
            (OccurrenceKey::Date(start), OccurrenceKey::Date(end), _) => Span::days(start, end).unwrap(),
            (OccurrenceKey::Time(start), OccurrenceKey::Time(end), None) => {
                Span::floating(start, end).unwrap()
            }
            (OccurrenceKey::Time(start), OccurrenceKey::Time(end), Some(zone)) => {
                let zone = Zone::new(zone).unwrap();
                Span::timed(Moment::new(start, zone.clone()), Moment::new(end, zone)).unwrap()
            }
            _ => panic!("a start and an end of two kinds"),
        }
    }
}

fn instant(text: &str) -> Timestamp {
    let wall = DateTime::strptime("%Y%m%dT%H%M%SZ", text).unwrap();
    jiff::tz::TimeZone::UTC.to_timestamp(wall).unwrap()
}
