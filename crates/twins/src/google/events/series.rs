//! Series and their occurrences: identifiers, and which there are.
//!
//! The only thing that is shared with the rest of Concord: which dates a rule produces is worked out by
//! `concord_model`. How occurrences are named and shown is Google's affair, and stands here.

use std::collections::BTreeMap;

use concord_model::recurrence::{Recurrence, expand, occurs};
use concord_model::time::{Moment, OccurrenceKey, Span, Zone};
use concord_model::view::{Override, Timing};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::times::When;
use crate::google::Fields;

/// The original start of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::google) enum Start {
    Date(Date),
    Time(Timestamp),
}

impl Start {
    /// As a start of a series that begins like `first`.
    pub(in crate::google) fn when(self, first: &When) -> When {
        match (self, first) {
            (Start::Date(date), _) => When::Date(date),
            (Start::Time(at), When::Time { zone, .. }) => When::Time { at, zone: zone.clone() },
            (Start::Time(at), When::Date(_)) => When::Time { at, zone: "UTC".to_owned() },
        }
    }

    /// Of a kept start.
    pub(in crate::google) fn of(when: &When) -> Start {
        match when {
            When::Date(date) => Start::Date(*date),
            When::Time { at, .. } => Start::Time(*at),
        }
    }

    fn suffix(self) -> String {
        match self {
            Start::Date(date) => date.strftime("%Y%m%d").to_string(),
            Start::Time(at) => at.strftime("%Y%m%dT%H%M%SZ").to_string(),
        }
    }

    fn parse(suffix: &str) -> Option<Start> {
        match suffix.len() {
            8 => Date::strptime("%Y%m%d", suffix).ok().map(Start::Date),
            16 => {
                let wall = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", suffix).ok()?;
                TimeZone::UTC.to_timestamp(wall).ok().map(Start::Time)
            }
            _ => None,
        }
    }
}

/// `{master}_{original start in UTC}`.
pub(in crate::google) fn occurrence_id(master: &str, start: Start) -> String {
    format!("{master}_{}", start.suffix())
}

/// The master and the original start that an occurrence's identifier names.
pub(in crate::google) fn split_id(id: &str) -> Option<(&str, Start)> {
    let (master, suffix) = id.rsplit_once('_')?;
    Some((master, Start::parse(suffix)?))
}

/// A series, ready to be asked.
#[derive(Debug)]
pub(in crate::google) struct Series {
    timing: Timing,
    removed: BTreeMap<OccurrenceKey, Override>,
}

impl Series {
    /// The series of a kept body; `None` if it does not repeat.
    pub(in crate::google) fn of(body: &Fields) -> Option<Series> {
        let lines: Vec<&str> = body.get("recurrence")?.as_array()?.iter().filter_map(Value::as_str).collect();
        let (start, end) = (When::kept(body.get("start"))?, When::kept(body.get("end"))?);
        Series::read(&start, &end, &lines).ok()
    }

    /// Reads recurrence lines, or says why they mean nothing.
    pub(super) fn read(start: &When, end: &When, lines: &[&str]) -> Result<Series, String> {
        let span = span(start, end).ok_or("the start and the end make no span")?;
        let (recurrence, removed) = Recurrence::parse(lines, &span).map_err(|error| error.to_string())?;
        let removed = removed.into_iter().map(|key| (key, Override::Cancelled)).collect();
        Ok(Series { timing: Timing { span, recurrence: Some(recurrence) }, removed })
    }

    /// The occurrences that lie in a window by their original times, in order, at most so many. A rule that is too
    /// much work to follow has none.
    pub(in crate::google) fn starts(
        &self,
        window: (Timestamp, Timestamp),
        zone: &str,
        most: usize,
    ) -> Vec<Start> {
        let viewer = Zone::new(zone).unwrap_or_else(|_| Zone::utc());
        let (from, until) = window;
        let (mut from, mut found) = (from.max(self.timing.span.start_instant(&viewer)), Vec::new());
        // In steps of a year, because the model refuses to expand more than it should at once.
        while from < until && found.len() < most {
            let step = SignedDuration::from_hours(24 * 366);
            let to = from.checked_add(step).unwrap_or(Timestamp::MAX).min(until);
            let Ok(some) = expand(&self.timing, &self.removed, (from, to), &viewer) else { break };
            for occurrence in some {
                let start = start_of(&occurrence.span);
                // One that reaches over a step's end is found on both sides of it.
                if found.last().is_none_or(|last| *last < start) {
                    found.push(start);
                }
            }
            from = to;
            if self.is_over(to, &viewer) {
                break;
            }
        }
        found.truncate(most);
        found
    }

    /// Whether it has that occurrence.
    pub(in crate::google) fn has(&self, start: Start) -> bool {
        let key = match (start, &self.timing.span) {
            (Start::Date(date), Span::AllDay(_)) => OccurrenceKey::Date(date),
            (Start::Time(at), Span::Timed(timed)) => OccurrenceKey::Time(timed.start().zone().wall(at)),
            _ => return false,
        };
        let same = self.timing.span.starting(key).is_some_and(|span| start_of(&span) == start);
        same && !self.removed.contains_key(&key) && occurs(&self.timing, key).unwrap_or(false)
    }

    fn is_over(&self, at: Timestamp, viewer: &Zone) -> bool {
        matches!(concord_model::recurrence::next_after(&self.timing, &self.removed, at, viewer), Ok(None))
    }
}

fn start_of(span: &Span) -> Start {
    match span {
        Span::AllDay(days) => Start::Date(days.start()),
        span => Start::Time(span.start_instant(&Zone::utc())),
    }
}

fn span(start: &When, end: &When) -> Option<Span> {
    match (start, end) {
        (When::Date(start), When::Date(end)) => Span::days(*start, *end).ok(),
        (When::Time { at: from, zone }, When::Time { at: to, zone: end_zone }) => {
            let moment = |at: &Timestamp, zone: &str| Some(Moment::at(*at, Zone::new(zone).ok()?));
            Span::timed(moment(from, zone)?, moment(to, end_zone)?).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn weekly() -> Series {
        let body = json!({
            "start": {"dateTime": "2026-10-20T13:00:00Z", "timeZone": "America/New_York"},
            "end": {"dateTime": "2026-10-20T14:00:00Z", "timeZone": "America/New_York"},
            "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=America/New_York:20261027T090000"],
        });
        let Value::Object(body) = body else { unreachable!("it is an object") };
        Series::of(&body).unwrap()
    }

    #[test]
    fn occurrences_are_named_in_utc_across_a_change_of_clocks() {
        let all = weekly().starts((Timestamp::UNIX_EPOCH, Timestamp::MAX), "UTC", 100);
        let ids: Vec<String> = all.iter().map(|start| occurrence_id("m", *start)).collect();
        assert_eq!(ids, ["m_20261020T130000Z", "m_20261103T140000Z", "m_20261110T140000Z"]);
    }

    #[test]
    fn an_identifier_says_which_occurrence_it_is() {
        let series = weekly();
        let has = |id: &str| split_id(id).is_some_and(|(_, start)| series.has(start));
        assert!(has("m_20261103T140000Z"));
        assert!(!has("m_20261027T130000Z"), "it was removed");
        assert!(!has("m_20261103T130000Z"), "an hour off");
        assert!(!has("m_20261103"), "a date");
        assert_eq!(split_id("m_R20261103T140000"), None, "a series that was split off");
    }
}
