//! Recurrence as lines of iCalendar: `RRULE:…`, `RDATE…:…`, `EXDATE…:…`, the way calendars pass it around.
//!
//! Dates come in UTC, in a zone, floating, as days or as periods, whatever the series is; here they become keys on
//! the series' own clock (I-21). What goes out is the strict form. Unfolding and folding are somebody else's.

use std::collections::BTreeSet;

use super::parse::Told;
use super::rule::{BadRule, Rule};
use super::set;
use super::walk::{Budget, Walk};
use super::{Recurrence, wall};
use crate::time::{OccurrenceKey, Span, Zone};

/// More removed dates than one EXRULE may stand for.
const MOST_REMOVED: usize = 10_000;

impl Recurrence {
    /// Reads lines that belong to a series with that span: how it repeats, and which occurrences were removed.
    ///
    /// An EXRULE becomes the dates that it removes where there is an end to them.
    pub fn parse<L: AsRef<str>>(
        lines: &[L],
        series: &Span,
    ) -> Result<(Recurrence, BTreeSet<OccurrenceKey>), BadRule> {
        let mut recurrence = Recurrence::default();
        let mut removed = BTreeSet::new();
        let mut removing = Vec::new();
        for line in lines {
            let line = Line::read(line.as_ref())?;
            match line.name.as_str() {
                "RRULE" => recurrence.rules.push(Rule::parse(line.value, series)?),
                "EXRULE" => removing.push(Rule::parse(line.value, series)?),
                "RDATE" => recurrence.added.extend(line.keys(series)?),
                "EXDATE" => removed.extend(line.keys(series)?),
                other => return Err(BadRule(format!("{other} does not say how something repeats"))),
            }
        }
        recurrence = recurrence.fitted(series)?;
        for rule in &removing {
            removed.extend(recurrence.removed_by(rule, series)?);
        }
        Ok((recurrence, removed))
    }

    /// The lines for a series with that span.
    pub fn to_lines(&self, series: &Span, removed: &BTreeSet<OccurrenceKey>) -> Vec<String> {
        let rules = self.rules.iter().map(|rule| format!("RRULE:{}", rule.to_text(series)));
        let dates = [dates_line("RDATE", &self.added, series), dates_line("EXDATE", removed, series)];
        rules.chain(dates.into_iter().flatten()).collect()
    }

    /// The occurrences that an EXRULE removes.
    fn removed_by(&self, rule: &Rule, series: &Span) -> Result<BTreeSet<OccurrenceKey>, BadRule> {
        let endless = || BadRule("EXRULE has no end".to_owned());
        let ends = |rule: &Rule| rule.count().is_some() || rule.until().is_some();
        let mut budget = Budget::new();
        if self.rules.iter().all(ends) {
            // What repeats has an end, so has what is taken out of it, whether the EXRULE knows it or not.
            let set = set::all_keys(self, series, MOST_REMOVED, &mut budget).map_err(|_| endless())?;
            let last = set.last().copied().unwrap_or(series.key());
            let mut walk = Walk::new(rule, wall(series.key()), series.is_all_day());
            let mut removed = BTreeSet::new();
            while let Some(date) = walk.next(&mut budget).map_err(|_| endless())? {
                let key = set::key(series, date);
                if key > last {
                    break;
                }
                removed.extend(set.contains(&key).then_some(key));
            }
            return Ok(removed);
        }
        if !ends(rule) {
            return Err(endless());
        }
        let mut walk = Walk::new(rule, wall(series.key()), series.is_all_day());
        let mut removed = BTreeSet::new();
        while let Some(date) = walk.next(&mut budget).map_err(|_| endless())? {
            if removed.len() == MOST_REMOVED {
                return Err(BadRule(format!("EXRULE removes more than {MOST_REMOVED} dates")));
            }
            removed.insert(set::key(series, date));
        }
        Ok(removed)
    }
}

/// Reads what names an occurrence of a series with that span (RECURRENCE-ID, a date of EXDATE): the value, and the
/// zone that it is told in, if one is. In UTC, in any zone, floating or as a date: it names the same (BM-047).
pub fn told_key(value: &str, zone: Option<&Zone>, series: &Span) -> Option<OccurrenceKey> {
    Some(Told::read(value.trim())?.key(zone, series))
}

/// One line, taken apart.
struct Line<'a> {
    name: String,
    zone: Option<Zone>,
    value: &'a str,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Result<Line<'a>, BadRule> {
        let line = line.trim();
        let mut quoted = false;
        let colon = line.find(|c| {
            quoted ^= c == '"';
            c == ':' && !quoted
        });
        let (head, value) = colon
            .map(|at| (&line[..at], &line[at + 1..]))
            .ok_or_else(|| BadRule("a line is not of the form NAME:VALUE".to_owned()))?;
        let mut params = head.split(';');
        let name = params.next().unwrap_or_default().trim().to_ascii_uppercase();
        let mut zone = None;
        for param in params {
            if let Some((key, told)) = param.split_once('=')
                && key.trim().eq_ignore_ascii_case("TZID")
            {
                let told = told.trim().trim_matches('"');
                zone = Some(Zone::new(told).map_err(|e| BadRule(format!("{name}: {e}")))?);
            }
        }
        Ok(Line { name, zone, value: value.trim() })
    }

    fn keys(&self, series: &Span) -> Result<Vec<OccurrenceKey>, BadRule> {
        let one = |value: &str| {
            // Of a period only the start is kept: all occurrences of a series last equally long.
            let start = value.split('/').next().unwrap_or_default();
            told_key(start, self.zone.as_ref(), series).ok_or_else(|| {
                let start: String = start.chars().take(20).collect();
                BadRule(format!("{} cannot be {start}", self.name))
            })
        };
        self.value.split(',').filter(|value| !value.trim().is_empty()).map(one).collect()
    }
}

fn dates_line(name: &str, keys: &BTreeSet<OccurrenceKey>, series: &Span) -> Option<String> {
    let mut keys =
        keys.iter().filter(|key| matches!(key, OccurrenceKey::Date(_)) == series.is_all_day()).peekable();
    keys.peek()?;
    let (params, z) = match series {
        Span::AllDay(_) => (";VALUE=DATE".to_owned(), ""),
        Span::Floating(_) => (String::new(), ""),
        Span::Timed(t) if *t.start().zone() == Zone::utc() => (String::new(), "Z"),
        Span::Timed(t) => (format!(";TZID={}", t.start().zone()), ""),
    };
    let values: Vec<String> = keys.map(|key| format!("{key}{z}")).collect();
    Some(format!("{name}{params}:{}", values.join(",")))
}
