//! How an event repeats, and the names of its occurrences on its own clock.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::recurrence::{Recurrence, told_key};
use concord_model::view::{Override, Status, Value};
use concord_model::{Moment, OccurrenceKey, Span, View};
use jiff::civil::DateTime;

use super::clock::At;
use super::{Clock, Lines, Trouble, note, times};
use crate::lines::Content;
use crate::values::{Length, When};

/// What the lines of a master say about its occurrences.
pub(super) struct Repeats {
    pub(super) recurrence: Option<Recurrence>,
    /// Occurrences that do not take place, and added ones that last another time than the series.
    pub(super) overrides: BTreeMap<OccurrenceKey, Override>,
}

pub(super) fn read(
    lines: &Lines<'_>,
    clock: &Clock<'_>,
    span: &Span,
    odd: &mut Vec<Trouble>,
) -> Result<Repeats, Trouble> {
    let mut texts = Vec::new();
    for line in lines.all("RRULE") {
        texts.push(format!("RRULE:{}", line.value().trim()));
    }
    for line in lines.all("EXRULE") {
        texts.push(format!("EXRULE:{}", line.value().trim()));
    }
    let mut overrides = BTreeMap::new();
    let mut added = BTreeSet::new();
    for line in lines.all("RDATE") {
        for date in dates(line, clock, span, "RDATE", odd)? {
            added.insert(date.key);
            if let Some(length) = date.period(span) {
                overrides.insert(date.key, length);
            }
        }
    }
    texts.extend(added.iter().map(|key| format!("RDATE:{key}")));
    if texts.is_empty() {
        return Ok(Repeats { recurrence: None, overrides: BTreeMap::new() });
    }
    let (recurrence, removed) = Recurrence::parse(&texts, span).map_err(Trouble::BadRule)?;
    overrides.extend(removed.into_iter().map(|key| (key, Override::Cancelled)));
    for line in lines.all("EXDATE") {
        for date in dates(line, clock, span, "EXDATE", odd)? {
            overrides.insert(date.key, Override::Cancelled);
        }
    }
    let empty = recurrence.rules.is_empty() && recurrence.added.is_empty();
    Ok(Repeats { recurrence: (!empty).then_some(recurrence), overrides })
}

/// A date of RDATE or EXDATE.
struct Dated<'a> {
    key: OccurrenceKey,
    /// The second half of a period.
    until: Option<&'a str>,
}

fn dates<'a>(
    line: &'a Content<'_>,
    clock: &Clock<'_>,
    span: &Span,
    property: &'static str,
    odd: &mut Vec<Trouble>,
) -> Result<Vec<Dated<'a>>, Trouble> {
    let zone = clock.zone(line)?;
    let mut found = Vec::new();
    for date in times::dates(line.value()) {
        let key = date.and_then(|(value, when)| Some((value, key(when, zone.as_ref(), span)?)));
        match key {
            Some((value, key)) => {
                found.push(Dated { key, until: value.split_once('/').map(|(_, until)| until) });
            }
            None => note(odd, Trouble::OddDate(property)),
        }
    }
    Ok(found)
}

impl Dated<'_> {
    /// The span of an added occurrence, where it was given as a period of another length than the series'.
    fn period(&self, series: &Span) -> Option<Override> {
        let usual = series.starting(self.key)?;
        let own = match (&usual, self.until?) {
            (Span::Timed(t), until) => {
                let start = t.start().clone();
                let end = match Length::parse(until) {
                    Some(length) => {
                        let seconds = jiff::SignedDuration::from_secs(length.total_seconds());
                        Moment::at(start.instant().checked_add(seconds).ok()?, start.zone().clone())
                    }
                    None => match When::parse(until)? {
                        When::Utc(at) => Moment::at(crate::values::instant(at)?, start.zone().clone()),
                        When::Local(at) => Moment::new(at, start.zone().clone()),
                        When::Date(_) => return None,
                    },
                };
                Span::timed(start, end).ok()?
            }
            _ => return None,
        };
        (own != usual).then(|| Override::Changed([Value::Time(own.into())].map(|v| (v.field(), v)).into()))
    }
}

/// The values of an EXDATE or RDATE as written, each with the occurrence that it names.
pub(crate) fn keys_of(
    line: &Content<'_>,
    clock: &Clock<'_>,
    series: &Span,
) -> Vec<(Option<OccurrenceKey>, String)> {
    let zone = clock.zone(line).ok().flatten();
    let named =
        |value: &str| When::parse(value.split('/').next()?).and_then(|when| key(when, zone.as_ref(), series));
    line.value().split(',').map(|value| (named(value), value.to_owned())).collect()
}

/// The name of an occurrence of a series, however it is told (BM-047).
///
/// A time in UTC or in another zone names the occurrence that starts at that instant. Where the clocks of the series
/// are set forward over its hour, that occurrence keeps its own wall time as a name.
pub(crate) fn key(when: When, zone: Option<&concord_model::Zone>, series: &Span) -> Option<OccurrenceKey> {
    let text = match when {
        When::Date(date) => crate::values::date(date),
        When::Local(at) => crate::values::local(at),
        When::Utc(at) => format!("{}Z", crate::values::local(at)),
    };
    let told = told_key(&text, zone, series)?;
    let (Span::Timed(t), OccurrenceKey::Time(wall)) = (series, told) else { return Some(told) };
    let usual = wall.date().to_datetime(t.start().wall().time());
    let instant = |wall: DateTime| Moment::new(wall, t.start().zone().clone()).instant();
    let named_by_wall = match when {
        When::Local(_) => zone.is_none_or(|zone| zone == t.start().zone()),
        When::Date(_) => true,
        When::Utc(_) => false,
    };
    let same = !named_by_wall && usual != wall && instant(usual) == instant(wall);
    Some(if same { OccurrenceKey::Time(usual) } else { told })
}

/// The name that a changed occurrence gives itself.
pub(crate) fn recurrence_id(
    line: &Content<'_>,
    clock: &Clock<'_>,
    series: &Span,
) -> Result<OccurrenceKey, Trouble> {
    let when = When::parse(line.value()).ok_or(Trouble::BadTime("RECURRENCE-ID"))?;
    let zone = match clock.at(line, "RECURRENCE-ID")? {
        At::Moment(moment) => Some(moment.zone().clone()),
        At::Date(_) | At::Floating(_) => None,
    };
    key(when, zone.as_ref(), series).ok_or(Trouble::BadKey)
}

/// How a whole occurrence differs from its series; `None` when it does not.
///
/// The same as [`View::override_for`], at the price of the occurrence and not of the series (BM-156).
pub(crate) fn difference(
    series: &View,
    key: OccurrenceKey,
    whole: &View,
) -> Result<Option<Override>, Trouble> {
    let usual = series.time.span.starting(key).ok_or(Trouble::BadKey)?;
    let mut patch = concord_model::view::Patch::new();
    for field in concord_model::Field::ALL {
        let same = match field {
            concord_model::Field::Time => usual == whole.time.span,
            _ => series.same(*field, whole),
        };
        if !same {
            patch.insert(*field, whole.value(*field));
        }
    }
    if patch.get(&concord_model::Field::Status) == Some(&Value::Status(Status::Cancelled)) {
        return Ok(Some(Override::Cancelled));
    }
    Ok((!patch.is_empty()).then_some(Override::Changed(patch)))
}
