//! Patterns of recurrence as Graph has them, and the days that they give.
//!
//! Not those of iCalendar: the 31st of a short month is its last day, and `relativeMonthly` with several days is the first
//! that fits.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::microsoft::Fields;
use crate::microsoft::answers::Refused;

/// Which days.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::microsoft) struct Pattern {
    pub(in crate::microsoft) kind: Kind,
    pub(in crate::microsoft) interval: i32,
    /// Days of the week, from 0 for Monday.
    days: Vec<i8>,
    first: i8,
    day_of_month: i8,
    month: i8,
    /// 1 to 4, or 5 for the last.
    index: usize,
}

/// In which way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::microsoft) enum Kind {
    Daily,
    Weekly,
    AbsoluteMonthly,
    RelativeMonthly,
    AbsoluteYearly,
    RelativeYearly,
}

/// When it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::microsoft) enum End {
    Never,
    On(Date),
    After(u32),
}

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const INDEXES: [&str; 5] = ["first", "second", "third", "fourth", "last"];
const ENDS: [&str; 3] = ["endDate", "noEnd", "numbered"];

impl Pattern {
    /// The pattern that a caller sent.
    pub(super) fn of(value: &Value) -> Result<Pattern, Refused> {
        let wrong =
            |name: &str| Refused::property(&format!("Recurrence.Pattern.{name}"), "The value is not valid.");
        let fields = value.as_object().ok_or_else(|| wrong("Type"))?;
        let kind = fields.get("type").cloned().unwrap_or_default();
        let kind: Kind = serde_json::from_value(kind).map_err(|_| wrong("Type"))?;
        let number = |name: &'static str, usual: i64, from: i64, to: i64| match fields.get(name) {
            None | Some(Value::Null) => Ok(usual),
            Some(value) => value.as_i64().filter(|n| (from..=to).contains(n)).ok_or_else(|| wrong(name)),
        };
        // What a type does not need is looked at all the same.
        let (day_of_month, month) = (number("dayOfMonth", 0, 0, 31)?, number("month", 0, 0, 12)?);
        let interval = number("interval", 0, 1, 999)?;
        let index = match fields.get("index") {
            None | Some(Value::Null) => 0,
            Some(value) => place(&INDEXES, value).ok_or_else(|| wrong("Index"))?,
        };
        let first = match fields.get("firstDayOfWeek") {
            None | Some(Value::Null) => 6,
            Some(value) => place(&DAYS, value).ok_or_else(|| wrong("FirstDayOfWeek"))?,
        };
        let mut days = Vec::new();
        for day in fields.get("daysOfWeek").and_then(Value::as_array).into_iter().flatten() {
            days.push(small(place(&DAYS, day).ok_or_else(|| wrong("DaysOfWeek"))?));
        }
        days.sort_unstable();
        days.dedup();
        let needs_days = matches!(kind, Kind::Weekly | Kind::RelativeMonthly | Kind::RelativeYearly);
        let needs_date = matches!(kind, Kind::AbsoluteMonthly | Kind::AbsoluteYearly);
        let needs_month = matches!(kind, Kind::AbsoluteYearly | Kind::RelativeYearly);
        for (lacks, name) in [
            (interval == 0, "Interval"),
            (needs_days && days.is_empty(), "DaysOfWeek"),
            (needs_date && day_of_month == 0, "DayOfMonth"),
            (needs_month && month == 0, "Month"),
        ] {
            if lacks {
                return Err(wrong(name));
            }
        }
        Ok(Pattern {
            kind,
            interval: i32::try_from(interval).unwrap_or(1),
            days: if needs_days { days } else { Vec::new() },
            first: small(first),
            day_of_month: if needs_date { i8::try_from(day_of_month).unwrap_or(1) } else { 0 },
            month: if needs_month { i8::try_from(month).unwrap_or(1) } else { 0 },
            index: index + 1,
        })
    }

    /// As it is answered: with every key.
    pub(super) fn shown(&self) -> Value {
        let mut shown = json!({
            "type": self.kind,
            "interval": self.interval,
            "month": self.month,
            "dayOfMonth": self.day_of_month,
            "firstDayOfWeek": DAYS[self.first as usize % 7],
            "index": INDEXES[(self.index.max(1) - 1) % 5],
        });
        if !self.days.is_empty() {
            let days = self.days.iter().map(|day| DAYS[*day as usize % 7]);
            shown["daysOfWeek"] = days.collect();
        }
        shown
    }

    /// The days from `start` on, in order and without an end, except that of the calendar.
    pub(super) fn days(&self, start: Date) -> impl Iterator<Item = Date> {
        let mut round = 0;
        let mut ready: Vec<Date> = Vec::new();
        let mut ended = false;
        std::iter::from_fn(move || {
            loop {
                if let Some(day) = ready.pop() {
                    return Some(day);
                }
                if ended {
                    return None;
                }
                match self.round(start, round) {
                    Some(mut days) => {
                        days.retain(|day| *day >= start);
                        days.sort_unstable_by(|a, b| b.cmp(a));
                        ready = days;
                        round += 1;
                    }
                    None => ended = true,
                }
            }
        })
    }

    /// The days of one round: a day, a week, a month or a year.
    fn round(&self, start: Date, round: i32) -> Option<Vec<Date>> {
        let steps = round.checked_mul(self.interval)?;
        match self.kind {
            Kind::Daily => Some(vec![start.checked_add(steps.days()).ok()?]),
            Kind::Weekly => {
                let back = (start.weekday().to_monday_zero_offset() - self.first).rem_euclid(7);
                let week = start.checked_sub(i32::from(back).days()).ok()?;
                let week = week.checked_add(steps.checked_mul(7)?.days()).ok()?;
                let day =
                    |day: &i8| week.checked_add(i32::from((day - self.first).rem_euclid(7)).days()).ok();
                Some(self.days.iter().filter_map(day).collect())
            }
            Kind::AbsoluteMonthly | Kind::RelativeMonthly => {
                let month = start.first_of_month().checked_add(steps.months()).ok()?;
                Some(self.in_month(month).into_iter().collect())
            }
            Kind::AbsoluteYearly | Kind::RelativeYearly => {
                let year = i16::try_from(i32::from(start.year()) + steps).ok()?;
                let month = Date::new(year, self.month.clamp(1, 12), 1).ok()?;
                Some(self.in_month(month).into_iter().collect())
            }
        }
    }

    fn in_month(&self, month: Date) -> Option<Date> {
        if matches!(self.kind, Kind::AbsoluteMonthly | Kind::AbsoluteYearly) {
            let day = self.day_of_month.min(month.days_in_month());
            return month.with().day(day).build().ok();
        }
        let fits = |day: &Date| self.days.contains(&day.weekday().to_monday_zero_offset());
        let mut all =
            (1..=month.days_in_month()).filter_map(|day| month.with().day(day).build().ok()).filter(fits);
        if self.index >= 5 { all.next_back() } else { all.nth(self.index - 1) }
    }
}

impl End {
    /// The end that a caller sent.
    pub(super) fn of(range: &Fields, start: Date) -> Result<End, Refused> {
        let wrong =
            |name: &str| Refused::property(&format!("Recurrence.Range.{name}"), "The value is not valid.");
        let kind = range.get("type").and_then(|kind| place(&ENDS, kind)).ok_or_else(|| wrong("Type"))?;
        match kind {
            0 => {
                let end =
                    range.get("endDate").and_then(Value::as_str).and_then(|day| day.parse::<Date>().ok());
                end.filter(|end| *end >= start).map(End::On).ok_or_else(|| wrong("EndDate"))
            }
            1 => Ok(End::Never),
            _ => {
                let count =
                    range.get("numberOfOccurrences").and_then(Value::as_u64).filter(|count| *count > 0);
                let count = count.and_then(|count| u32::try_from(count).ok()).filter(|count| *count <= 999);
                count.map(End::After).ok_or_else(|| wrong("NumberOfOccurrences"))
            }
        }
    }

    /// The type, the end and the number of a range, with every key.
    pub(super) fn shown(self) -> (&'static str, String, u32) {
        let nowhere = "0001-01-01".to_owned();
        match self {
            End::On(day) => (ENDS[0], day.to_string(), 0),
            End::Never => (ENDS[1], nowhere, 0),
            End::After(count) => (ENDS[2], nowhere, count),
        }
    }
}

fn place(names: &[&str], value: &Value) -> Option<usize> {
    let word = value.as_str()?;
    names.iter().position(|name| name.eq_ignore_ascii_case(word))
}

fn small(day: usize) -> i8 {
    i8::try_from(day).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(pattern: Value, start: &str, count: usize) -> Vec<String> {
        let pattern = Pattern::of(&pattern).unwrap();
        pattern.days(start.parse().unwrap()).take(count).map(|day| day.to_string()).collect()
    }

    #[test]
    fn microsoft_trap_15_the_31st_of_a_short_month_is_its_last_day() {
        let monthly = json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31});
        assert_eq!(days(monthly, "2027-01-31", 3), ["2027-01-31", "2027-02-28", "2027-03-31"]);
        let leap = json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2});
        assert_eq!(days(leap, "2027-01-01", 2), ["2027-02-28", "2028-02-29"]);
    }

    #[test]
    fn microsoft_trap_15_several_days_of_a_relative_pattern_are_the_first_that_fits() {
        let first = json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["thursday", "friday"], "index": "first"});
        assert_eq!(days(first, "2027-01-01", 3), ["2027-01-01", "2027-02-04", "2027-03-04"]);
        let last = json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": DAYS, "index": "last"});
        assert_eq!(days(last, "2027-01-01", 2), ["2027-01-31", "2027-02-28"]);
    }

    #[test]
    fn microsoft_trap_15_a_week_begins_on_sunday_unless_somebody_says_otherwise() {
        let every_other = |first: Option<&str>| {
            let mut pattern = json!({"type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "monday"]});
            if let Some(first) = first {
                pattern["firstDayOfWeek"] = json!(first);
            }
            days(pattern, "2027-03-01", 3)
        };
        assert_eq!(every_other(None), ["2027-03-01", "2027-03-14", "2027-03-15"]);
        assert_eq!(every_other(Some("monday")), ["2027-03-01", "2027-03-07", "2027-03-15"]);
    }

    #[test]
    fn what_a_type_needs_must_be_there_and_what_it_does_not_is_looked_at() {
        for pattern in [
            json!({"type": "weekly", "interval": 1}),
            json!({"type": "daily"}),
            json!({"type": "daily", "interval": 0}),
            json!({"type": "daily", "interval": 1, "dayOfMonth": 40}),
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 3}),
            json!({"type": "hourly", "interval": 1}),
        ] {
            assert!(Pattern::of(&pattern).is_err(), "{pattern}");
        }
    }
}
