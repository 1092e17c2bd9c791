//! Rules there and back.
//!
//! Graph knows six patterns; a rule says more. What both can say is told word for word; what Graph cannot say, or would do
//! in another way, is refused with the reason and never written as something near it. Three differences matter most: a
//! day that a month does not have is the month's last there and left out here (trap 15), a start has to be one of the
//! pattern's own days there (trap 14), and several weekdays with an index are one day there, the first (or last) that is
//! any of them.

use concord_model::recurrence::{Freq, Recurrence, Rule};
use concord_model::time::{OccurrenceKey, Span};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde_json::{Map, Value, json};

use crate::microsoft::wire;

const WEEKDAYS: [(&str, &str, Weekday); 7] = [
    ("monday", "MO", Weekday::Monday),
    ("tuesday", "TU", Weekday::Tuesday),
    ("wednesday", "WE", Weekday::Wednesday),
    ("thursday", "TH", Weekday::Thursday),
    ("friday", "FR", Weekday::Friday),
    ("saturday", "SA", Weekday::Saturday),
    ("sunday", "SU", Weekday::Sunday),
];

/// Which of the days of a month that fit. The last is -1.
const INDEXES: [(&str, i8); 5] = [("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("last", -1)];

/// One of Graph's patterns.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Pattern {
    Daily,
    Weekly {
        days: Vec<Weekday>,
        first: Weekday,
    },
    /// On that day of every nth month; on its last where it has no such day.
    Monthly {
        day: i8,
    },
    /// On the nth day of a month that is one of these weekdays.
    MonthlyBy {
        index: i8,
        days: Vec<Weekday>,
    },
    Yearly {
        month: i8,
        day: i8,
    },
    YearlyBy {
        month: i8,
        index: i8,
        days: Vec<Weekday>,
    },
}

/// How a series repeats, as Graph is told; why not, where Graph cannot be told. `zone` is what Graph calls the zone of the
/// series.
pub(super) fn written(recurrence: &Recurrence, series: &Span, zone: &str) -> Result<Value, String> {
    let start = series.key().date();
    let [rule] = recurrence.rules.as_slice() else {
        return Err(cannot("several rules at once"));
    };
    if !recurrence.added.is_empty() {
        return Err(cannot("dates beside its rule"));
    }
    let pattern = Pattern::of(rule, series)?;
    if !pattern.fits(start) {
        return Err(cannot("a first date that its own rule does not make"));
    }
    Ok(json!({ "pattern": pattern.told(rule.interval()), "range": range(rule, series, zone)? }))
}

fn cannot(what: &str) -> String {
    format!("Outlook cannot keep a series with {what}")
}

/// Reads how a series repeats.
pub(super) fn read(told: &wire::Recurrence, series: &Span) -> Result<Recurrence, String> {
    let odd = || "it repeats in a way that is not known here".to_owned();
    let pattern = told.pattern.as_ref().ok_or_else(odd)?;
    let interval = pattern.interval.unwrap_or(1).max(1);
    let read = Pattern::read(pattern).ok_or_else(odd)?;
    let mut text = read.text(interval, series.key().date()).ok_or_else(odd)?;
    let range = told.range.as_ref();
    match range.and_then(|range| range.kind.as_deref()) {
        Some("numbered") => {
            let count = range.and_then(|range| range.number_of_occurrences).ok_or_else(odd)?;
            text.push_str(&format!(";COUNT={count}"));
        }
        Some("endDate") => {
            let last = range.and_then(|range| range.end_date.as_deref()).ok_or_else(odd)?;
            let last: Date = last.get(..10).unwrap_or(last).parse().map_err(|_| odd())?;
            let last = match series.key() {
                OccurrenceKey::Date(_) => OccurrenceKey::Date(last),
                OccurrenceKey::Time(wall) => OccurrenceKey::Time(last.to_datetime(wall.time())),
            };
            let rule = Rule::parse(&text, series).map_err(|e| e.to_string())?.with_until(last);
            return Recurrence::from(rule).fitted(series).map_err(|e| e.to_string());
        }
        Some("noEnd") | None => {}
        Some(_) => return Err(odd()),
    }
    let rule = Rule::parse(&text, series).map_err(|e| e.to_string())?;
    Recurrence::from(rule).fitted(series).map_err(|e| e.to_string())
}

/// From when until when. The end is a date there, the last one that may be.
fn range(rule: &Rule, series: &Span, zone: &str) -> Result<Value, String> {
    let start = series.key();
    let mut range = Map::new();
    range.insert("startDate".to_owned(), json!(start.date().to_string()));
    range.insert("recurrenceTimeZone".to_owned(), json!(zone));
    let kind = match (rule.count(), rule.until()) {
        (Some(count), _) => {
            range.insert("numberOfOccurrences".to_owned(), json!(count));
            "numbered"
        }
        (None, Some(until)) => {
            let last = match (until, start) {
                // The day counts only if its occurrence begins in time.
                (OccurrenceKey::Time(until), OccurrenceKey::Time(start)) if until.time() < start.time() => {
                    until.date().yesterday().map_err(|_| cannot("an end before all time"))?
                }
                (until, _) => until.date(),
            };
            if last < start.date() {
                return Err(cannot("an end before its beginning"));
            }
            range.insert("endDate".to_owned(), json!(last.to_string()));
            "endDate"
        }
        (None, None) => "noEnd",
    };
    range.insert("type".to_owned(), json!(kind));
    Ok(Value::Object(range))
}

impl Pattern {
    /// The pattern that does what a rule does.
    fn of(rule: &Rule, series: &Span) -> Result<Pattern, String> {
        let start = series.key().date();
        check_times(rule, series)?;
        if !rule.by_week_no().is_empty() || !rule.by_year_day().is_empty() {
            return Err(cannot("weeks or days of the year that are counted"));
        }
        match rule.freq() {
            Freq::Hourly | Freq::Minutely => Err(cannot("more than one occurrence a day")),
            Freq::Daily => daily(rule),
            Freq::Weekly => weekly(rule, start),
            Freq::Monthly if !rule.by_month().is_empty() => Err(cannot("some months of the year left out")),
            Freq::Monthly => Ok(match Day::of(rule, start, 28, 31)? {
                Day::Numbered(day) => Pattern::Monthly { day },
                Day::Indexed(index, days) => Pattern::MonthlyBy { index, days },
            }),
            Freq::Yearly => yearly(rule, start),
        }
    }

    /// Whether a date is one of its own.
    fn fits(&self, date: Date) -> bool {
        match self {
            Pattern::Daily => true,
            Pattern::Weekly { days, .. } => days.contains(&date.weekday()),
            Pattern::Monthly { day } => date.day() == (*day).min(date.days_in_month()),
            Pattern::MonthlyBy { index, days } => nth(date, *index, days) == Some(date),
            Pattern::Yearly { month, day } => {
                date.month() == *month && date.day() == (*day).min(date.days_in_month())
            }
            Pattern::YearlyBy { month, index, days } => {
                date.month() == *month && nth(date, *index, days) == Some(date)
            }
        }
    }

    /// In Graph's words: only the keys that its type needs, for the others are checked all the same.
    fn told(&self, interval: u32) -> Value {
        let names = |days: &[Weekday]| days.iter().map(|day| name(*day).0).collect::<Vec<_>>();
        match self {
            Pattern::Daily => json!({ "type": "daily", "interval": interval }),
            Pattern::Weekly { days, first } => json!({
                "type": "weekly", "interval": interval, "daysOfWeek": names(days), "firstDayOfWeek": name(*first).0,
            }),
            Pattern::Monthly { day } => {
                json!({ "type": "absoluteMonthly", "interval": interval, "dayOfMonth": day })
            }
            Pattern::MonthlyBy { index, days } => json!({
                "type": "relativeMonthly", "interval": interval, "daysOfWeek": names(days), "index": index_name(*index),
            }),
            Pattern::Yearly { month, day } => {
                json!({ "type": "absoluteYearly", "interval": interval, "dayOfMonth": day, "month": month })
            }
            Pattern::YearlyBy { month, index, days } => json!({
                "type": "relativeYearly", "interval": interval, "daysOfWeek": names(days),
                "index": index_name(*index), "month": month,
            }),
        }
    }

    fn read(told: &wire::Pattern) -> Option<Pattern> {
        let days = || {
            let named = |name: &String| {
                WEEKDAYS.iter().find(|(long, ..)| long.eq_ignore_ascii_case(name)).map(|(.., day)| *day)
            };
            let mut days = told.days_of_week.iter().flatten().map(named).collect::<Option<Vec<_>>>()?;
            days.sort_by_key(|day| day.to_monday_zero_offset());
            days.dedup();
            (!days.is_empty()).then_some(days)
        };
        let index = || {
            let told = told.index.as_deref().unwrap_or("first");
            INDEXES.iter().find(|(name, _)| name.eq_ignore_ascii_case(told)).map(|(_, n)| *n)
        };
        let month = || told.month.filter(|month| (1..=12).contains(month));
        let day = || told.day_of_month.filter(|day| (1..=31).contains(day));
        Some(match told.kind.as_deref()? {
            "daily" => Pattern::Daily,
            "weekly" => {
                let first = told.first_day_of_week.as_deref().unwrap_or("sunday");
                let first = WEEKDAYS.iter().find(|(long, ..)| long.eq_ignore_ascii_case(first))?.2;
                Pattern::Weekly { days: days()?, first }
            }
            "absoluteMonthly" => Pattern::Monthly { day: day()? },
            "relativeMonthly" => Pattern::MonthlyBy { index: index()?, days: days()? },
            "absoluteYearly" => Pattern::Yearly { month: month()?, day: day()? },
            "relativeYearly" => Pattern::YearlyBy { month: month()?, index: index()?, days: days()? },
            _ => return None,
        })
    }

    /// As a rule, in its shortest form: what the start says anyway is left out. `None` for a day that no month of its
    /// kind has.
    fn text(&self, interval: u32, start: Date) -> Option<String> {
        let freq = match self {
            Pattern::Daily => "DAILY",
            Pattern::Weekly { .. } => "WEEKLY",
            Pattern::Monthly { .. } | Pattern::MonthlyBy { .. } => "MONTHLY",
            Pattern::Yearly { .. } | Pattern::YearlyBy { .. } => "YEARLY",
        };
        let mut text = format!("FREQ={freq};INTERVAL={interval}");
        match self {
            Pattern::Daily => {}
            Pattern::Weekly { days, first } => {
                if *days != [start.weekday()] {
                    text.push_str(&format!(";BYDAY={}", short(days)));
                }
                text.push_str(&format!(";WKST={}", name(*first).1));
            }
            Pattern::Monthly { day } if *day == start.day() && *day <= 28 => {}
            Pattern::Monthly { day } => text.push_str(&on_day(*day, 28)),
            Pattern::MonthlyBy { index, days } => text.push_str(&on_weekdays(*index, days)),
            Pattern::Yearly { month, day } => {
                let most = longest(*month);
                if *day > most {
                    return None;
                }
                let always = if *month == 2 { 28 } else { most };
                if (*month, *day) != (start.month(), start.day()) || *day > always {
                    text.push_str(&format!(";BYMONTH={month}{}", on_day(*day, always)));
                }
            }
            Pattern::YearlyBy { month, index, days } => {
                text.push_str(&format!(";BYMONTH={month}{}", on_weekdays(*index, days)));
            }
        }
        Some(text)
    }
}

/// A rule may name the time of day only as its start has it.
fn check_times(rule: &Rule, series: &Span) -> Result<(), String> {
    let OccurrenceKey::Time(start) = series.key() else { return Ok(()) };
    let own = [
        (rule.by_hour(), start.hour()),
        (rule.by_minute(), start.minute()),
        (rule.by_second(), start.second()),
    ];
    let usual = own.iter().all(|(told, start)| told.is_empty() || *told == [*start]);
    if usual { Ok(()) } else { Err(cannot("more than one time of day")) }
}

fn daily(rule: &Rule) -> Result<Pattern, String> {
    let plain = rule.by_month().is_empty() && rule.by_month_day().is_empty() && rule.by_set_pos().is_empty();
    match (plain, rule.by_day()) {
        (true, []) => Ok(Pattern::Daily),
        (true, days) if rule.interval() == 1 && days.iter().all(|day| day.nth.is_none()) => {
            let mut days: Vec<Weekday> = days.iter().map(|day| day.weekday).collect();
            days.sort_by_key(|day| day.to_monday_zero_offset());
            Ok(Pattern::Weekly { days, first: Weekday::Monday })
        }
        _ => Err(cannot("days that are left out of every day")),
    }
}

fn weekly(rule: &Rule, start: Date) -> Result<Pattern, String> {
    let plain = rule.by_month().is_empty() && rule.by_month_day().is_empty() && rule.by_set_pos().is_empty();
    if !plain || rule.by_day().iter().any(|day| day.nth.is_some()) {
        return Err(cannot("weeks of which some are left out"));
    }
    let mut days: Vec<Weekday> = rule.by_day().iter().map(|day| day.weekday).collect();
    if days.is_empty() {
        days.push(start.weekday());
    }
    days.sort_by_key(|day| day.to_monday_zero_offset());
    Ok(Pattern::Weekly { days, first: rule.week_start() })
}

fn yearly(rule: &Rule, start: Date) -> Result<Pattern, String> {
    let month = match rule.by_month() {
        [month] => *month,
        [] if rule.by_day().is_empty() && rule.by_month_day().is_empty() => start.month(),
        [] => return Err(cannot("days of the year that belong to no one month")),
        _ => return Err(cannot("several months of the year")),
    };
    let always = if month == 2 { 28 } else { longest(month) };
    Ok(match Day::of(rule, start, always, longest(month))? {
        Day::Numbered(day) => Pattern::Yearly { month, day },
        Day::Indexed(index, days) => Pattern::YearlyBy { month, index, days },
    })
}

/// Which day of a month a rule means.
enum Day {
    Numbered(i8),
    Indexed(i8, Vec<Weekday>),
}

impl Day {
    /// `always` is the last day that the month always has, `most` the last that it ever has.
    fn of(rule: &Rule, start: Date, always: i8, most: i8) -> Result<Day, String> {
        match (rule.by_month_day(), rule.by_day(), rule.by_set_pos()) {
            ([], [], []) if start.day() <= always => Ok(Day::Numbered(start.day())),
            ([day], [], []) if (1..=always).contains(day) => Ok(Day::Numbered(*day)),
            ([-1], [], []) => Ok(Day::Indexed(-1, WEEKDAYS.map(|(.., day)| day).to_vec())),
            // The last that there is of 28 up to a day: just what Graph means by that day.
            ([28, .., last], [], [-1])
                if rule.by_month_day().iter().copied().eq(28..=*last) && *last <= most =>
            {
                Ok(Day::Numbered(*last))
            }
            ([] | [_], [], []) => {
                Err(cannot("a day that not every month has: Outlook would take the month's last day instead"))
            }
            ([], [one], []) => match one.nth {
                Some(nth) if INDEXES.iter().any(|(_, n)| *n == nth) => {
                    Ok(Day::Indexed(nth, vec![one.weekday]))
                }
                Some(_) => {
                    Err(cannot("a weekday that is counted in another way than first to fourth, or last"))
                }
                None => Err(cannot("every such weekday of a month")),
            },
            ([], days, [nth]) if days.iter().all(|day| day.nth.is_none()) => {
                let Some((_, index)) = INDEXES.iter().find(|(_, n)| i16::from(*n) == *nth) else {
                    return Err(cannot("days that are counted in another way than first to fourth, or last"));
                };
                let mut days: Vec<Weekday> = days.iter().map(|day| day.weekday).collect();
                days.sort_by_key(|day| day.to_monday_zero_offset());
                Ok(Day::Indexed(*index, days))
            }
            _ => Err(cannot("several days of a month")),
        }
    }
}

/// That day, or the last before it that the month has. `always` is the last day that it always has.
fn on_day(day: i8, always: i8) -> String {
    if day <= always {
        return format!(";BYMONTHDAY={day}");
    }
    let days: Vec<String> = (28..=day).map(|day| day.to_string()).collect();
    format!(";BYMONTHDAY={};BYSETPOS=-1", days.join(","))
}

fn on_weekdays(index: i8, days: &[Weekday]) -> String {
    match days {
        [day] => format!(";BYDAY={index}{}", name(*day).1),
        all if all.len() == 7 && index == -1 => ";BYMONTHDAY=-1".to_owned(),
        days => format!(";BYDAY={};BYSETPOS={index}", short(days)),
    }
}

/// The nth day of that date's month which is one of these weekdays.
fn nth(date: Date, index: i8, days: &[Weekday]) -> Option<Date> {
    let first = date.first_of_month();
    let mut fitting = (0..date.days_in_month())
        .filter_map(|n| first.checked_add(i64::from(n).days()).ok())
        .filter(|day| days.contains(&day.weekday()));
    match index {
        -1 => fitting.next_back(),
        n => fitting.nth(usize::try_from(n - 1).ok()?),
    }
}

/// The most days that a month has.
fn longest(month: i8) -> i8 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn name(day: Weekday) -> (&'static str, &'static str) {
    let found = WEEKDAYS.iter().find(|(.., one)| *one == day);
    found.map(|(long, short, _)| (*long, *short)).expect("all seven weekdays are in the table")
}

fn index_name(index: i8) -> &'static str {
    INDEXES.iter().find(|(_, n)| *n == index).map_or("first", |(name, _)| name)
}

fn short(days: &[Weekday]) -> String {
    days.iter().map(|day| name(*day).1).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
