//! Rules there and back.
//!
//! Graph knows six patterns; a rule says more. What both can say is told word for word; what Graph cannot say, or would do
//! in another way, is refused with the reason and never written as something near it. Three differences matter most: a
//! day that a month does not have is the month's last there and left out here (trap 15), a start has to be one of the
//! pattern's own days there (trap 14), and several weekdays with an index are one day there, the first (or last) that is
//! any of them.

use concord_model::recurrence::{Freq, Recurrence, Rule};
use concord_model::time::{OccurrenceKey, Span};
use jiff::civil::{Date, Weekday};
use jiff::ToSpan;
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
    Weekly { days: Vec<Weekday>, first: Weekday },
    /// On that day of every nth month; on its last where it has no such day.
    Monthly { day: i8 },
    /// On the nth day of a month that is one of these weekdays.
    MonthlyBy { index: i8, days: Vec<Weekday> },
    Yearly { month: i8, day: i8 },
    YearlyBy { month: i8, index: i8, days: Vec<Weekday> },
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
            ([28, .., last], [], [-1]) if rule.by_month_day().iter().copied().eq(28..=*last) && *last <= most => {
                Ok(Day::Numbered(*last))
            }
            ([] | [_], [], []) => Err(cannot("a day that not every month has: Outlook would take the month's last day instead")),
            ([], [one], []) => match one.nth {
                Some(nth) if INDEXES.iter().any(|(_, n)| *n == nth) => Ok(Day::Indexed(nth, vec![one.weekday])),
                Some(_) => Err(cannot("a weekday that is counted in another way than first to fourth, or last")),
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
        -1 => fitting.last(),
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
mod tests {
    use concord_model::{Moment, Zone};
    use proptest::prelude::*;

    use super::*;

    fn series(start: &str) -> Span {
        let zone = Zone::new("Europe/Berlin").unwrap();
        let wall: jiff::civil::DateTime = start.parse().unwrap();
        let end = wall.checked_add(1.hour()).unwrap();
        Span::timed(Moment::new(wall, zone.clone()), Moment::new(end, zone)).unwrap()
    }

    fn rules(text: &str, series: &Span) -> Recurrence {
        Recurrence::parse(&text.lines().collect::<Vec<_>>(), series).unwrap().0
    }

    /// A rule is told so, and read back as the same.
    fn check(start: &str, rule: &str, told: &str) {
        let series = series(start);
        let meant = rules(rule, &series);
        let said = written(&meant, &series, "W. Europe Standard Time").unwrap();
        assert_eq!(said["pattern"], serde_json::from_str::<Value>(told).unwrap(), "{rule}");
        let read = read(&serde_json::from_value(said).unwrap(), &series).unwrap();
        assert_eq!(read, meant, "{rule}");
    }

    #[test]
    fn rules_that_graph_knows_are_told_word_for_word() {
        let monday = "2026-11-23T10:00:00";
        check(monday, "RRULE:FREQ=DAILY;INTERVAL=3", r#"{"type":"daily","interval":3}"#);
        check(
            monday,
            "RRULE:FREQ=WEEKLY",
            r#"{"type":"weekly","interval":1,"daysOfWeek":["monday"],"firstDayOfWeek":"monday"}"#,
        );
        check(
            monday,
            "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
            r#"{"type":"weekly","interval":2,"daysOfWeek":["monday","sunday"],"firstDayOfWeek":"sunday"}"#,
        );
        check(monday, "RRULE:FREQ=MONTHLY", r#"{"type":"absoluteMonthly","interval":1,"dayOfMonth":23}"#);
        check(
            monday,
            "RRULE:FREQ=MONTHLY;BYDAY=4MO",
            r#"{"type":"relativeMonthly","interval":1,"daysOfWeek":["monday"],"index":"fourth"}"#,
        );
        check(
            "2026-11-30T10:00:00",
            "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            r#"{"type":"relativeMonthly","interval":1,
                "daysOfWeek":["monday","tuesday","wednesday","thursday","friday"],"index":"last"}"#,
        );
        check(
            "2026-11-05T10:00:00",
            "RRULE:FREQ=MONTHLY;BYDAY=TH,FR;BYSETPOS=1",
            r#"{"type":"relativeMonthly","interval":1,"daysOfWeek":["thursday","friday"],"index":"first"}"#,
        );
        check(
            "2026-11-30T10:00:00",
            "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1",
            r#"{"type":"relativeMonthly","interval":1,"index":"last",
                "daysOfWeek":["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]}"#,
        );
        check(monday, "RRULE:FREQ=YEARLY", r#"{"type":"absoluteYearly","interval":1,"month":11,"dayOfMonth":23}"#);
        check(
            "2026-11-25T10:00:00",
            "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=-1WE",
            r#"{"type":"relativeYearly","interval":1,"month":11,"daysOfWeek":["wednesday"],"index":"last"}"#,
        );
    }

    #[test]
    fn trap_15_a_day_that_a_month_does_not_have_is_its_last_there() {
        check(
            "2026-12-31T10:00:00",
            "RRULE:FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
            r#"{"type":"absoluteMonthly","interval":1,"dayOfMonth":31}"#,
        );
        check(
            "2028-02-29T10:00:00",
            "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
            r#"{"type":"absoluteYearly","interval":1,"month":2,"dayOfMonth":29}"#,
        );
        let refused = |start: &str, rule: &str| {
            let series = series(start);
            let why = written(&rules(rule, &series), &series, "UTC").unwrap_err();
            assert!(why.contains("not every month has"), "{why}");
        };
        refused("2026-12-31T10:00:00", "RRULE:FREQ=MONTHLY");
        refused("2026-12-29T10:00:00", "RRULE:FREQ=MONTHLY;BYMONTHDAY=29");
        refused("2028-02-29T10:00:00", "RRULE:FREQ=YEARLY");
        // Every December has 31 days.
        check(
            "2026-12-31T10:00:00",
            "RRULE:FREQ=YEARLY",
            r#"{"type":"absoluteYearly","interval":1,"month":12,"dayOfMonth":31}"#,
        );
    }

    #[test]
    fn what_every_day_leaves_out_is_told_as_weeks() {
        let series = series("2026-11-23T10:00:00");
        let weekdays = rules("RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", &series);
        let said = written(&weekdays, &series, "UTC").unwrap();
        let back = read(&serde_json::from_value(said).unwrap(), &series).unwrap();
        assert_eq!(back, rules("RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", &series));
    }

    #[test]
    fn what_graph_cannot_say_is_refused_with_the_reason() {
        for (start, rule) in [
            ("2026-11-23T10:00:00", "RRULE:FREQ=HOURLY"),
            ("2026-11-23T10:00:00", "RRULE:FREQ=DAILY;BYHOUR=10,15"),
            ("2026-11-23T10:00:00", "RRULE:FREQ=WEEKLY\nRRULE:FREQ=MONTHLY"),
            ("2026-11-23T10:00:00", "RRULE:FREQ=WEEKLY\nRDATE:20261225T090000Z"),
            ("2026-11-23T10:00:00", "RDATE:20261225T090000Z"),
            ("2026-11-23T10:00:00", "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"),
            ("2026-11-29T10:00:00", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-2"),
            ("2026-11-02T10:00:00", "RRULE:FREQ=MONTHLY;BYDAY=1MO,3MO"),
            ("2026-11-30T10:00:00", "RRULE:FREQ=MONTHLY;BYDAY=5MO"),
            ("2026-11-23T10:00:00", "RRULE:FREQ=MONTHLY;BYDAY=MO"),
            ("2026-11-23T10:00:00", "RRULE:FREQ=MONTHLY;BYMONTH=1,11;BYMONTHDAY=23"),
            ("2026-11-23T10:00:00", "RRULE:FREQ=YEARLY;BYMONTH=1,11"),
            ("2026-11-23T10:00:00", "RRULE:FREQ=YEARLY;BYYEARDAY=327"),
            ("2026-11-23T10:00:00", "RRULE:FREQ=YEARLY;BYWEEKNO=48"),
            ("2026-11-23T10:00:00", "RRULE:FREQ=YEARLY;BYDAY=20MO"),
            ("2026-11-24T10:00:00", "RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=2,-1"),
        ] {
            let series = series(start);
            let why = written(&rules(rule, &series), &series, "UTC").unwrap_err();
            assert!(why.starts_with("Outlook cannot keep a series with "), "{rule}: {why}");
        }
    }

    #[test]
    fn trap_14_a_start_beside_its_rule_is_refused() {
        let series = series("2026-11-24T10:00:00");
        for rule in ["RRULE:FREQ=WEEKLY;BYDAY=MO", "RRULE:FREQ=MONTHLY;BYMONTHDAY=1", "RRULE:FREQ=MONTHLY;BYDAY=1TU"] {
            let why = written(&rules(rule, &series), &series, "UTC").unwrap_err();
            assert!(why.contains("first date"), "{rule}: {why}");
        }
    }

    #[test]
    fn an_end_is_the_last_day_that_may_be() {
        let series = series("2026-11-23T10:00:00");
        let ends = |until: &str| {
            let rule = rules(&format!("RRULE:FREQ=DAILY;UNTIL={until}"), &series);
            written(&rule, &series, "UTC").map(|said| said["range"]["endDate"].as_str().unwrap().to_owned())
        };
        assert_eq!(ends("20261125T090000Z").unwrap(), "2026-11-25", "the very start of the last one");
        assert_eq!(ends("20261125T085959Z").unwrap(), "2026-11-24", "a second too early");
        assert_eq!(ends("20261125T220000Z").unwrap(), "2026-11-25");
        let day = Span::days("2026-11-23".parse().unwrap(), "2026-11-24".parse().unwrap()).unwrap();
        let rule = rules("RRULE:FREQ=DAILY;UNTIL=20261125", &day);
        let said = written(&rule, &day, "UTC").unwrap();
        assert_eq!(said["range"]["endDate"], "2026-11-25");
        assert_eq!(read(&serde_json::from_value(said).unwrap(), &day).unwrap(), rule);
    }

    #[test]
    fn answers_carry_keys_that_say_nothing() {
        let series = series("2026-11-24T10:00:00");
        let told = json!({
            "pattern": { "type": "weekly", "interval": 1, "month": 0, "dayOfMonth": 0, "daysOfWeek": ["tuesday"],
                         "firstDayOfWeek": "sunday", "index": "first" },
            "range": { "type": "noEnd", "startDate": "2026-11-24", "endDate": "0001-01-01", "recurrenceTimeZone": "",
                       "numberOfOccurrences": 0 },
        });
        let read_back = read(&serde_json::from_value(told).unwrap(), &series).unwrap();
        assert_eq!(read_back, rules("RRULE:FREQ=WEEKLY", &series));
        for odd in [json!({}), json!({ "pattern": { "type": "lunar" } }), json!({ "pattern": { "type": "weekly" } })] {
            assert!(read(&serde_json::from_value(odd).unwrap(), &series).is_err());
        }
    }

    fn weekdays() -> impl Strategy<Value = Vec<Weekday>> {
        prop::sample::subsequence(WEEKDAYS.map(|(.., day)| day).to_vec(), 1..=7)
    }

    fn patterns() -> impl Strategy<Value = Pattern> {
        let index = || prop::sample::select(vec![1i8, 2, 3, 4, -1]);
        prop_oneof![
            Just(Pattern::Daily),
            (weekdays(), prop::sample::select(WEEKDAYS.map(|(.., day)| day).to_vec()))
                .prop_map(|(days, first)| Pattern::Weekly { days, first }),
            (1i8..=31).prop_map(|day| Pattern::Monthly { day }),
            (index(), weekdays()).prop_map(|(index, days)| Pattern::MonthlyBy { index, days }),
            (1i8..=12, 1i8..=31)
                .prop_filter("a day of that month", |(month, day)| *day <= longest(*month))
                .prop_map(|(month, day)| Pattern::Yearly { month, day }),
            (1i8..=12, index(), weekdays())
                .prop_map(|(month, index, days)| Pattern::YearlyBy { month, index, days }),
        ]
    }

    /// The first date from then on that is one of the pattern's own.
    fn first_from(pattern: &Pattern, from: Date) -> Date {
        (0..1600).map(|n| from.checked_add(n.days()).unwrap()).find(|date| pattern.fits(*date)).unwrap()
    }

    proptest! {
        /// Whatever Graph can say comes back equal.
        #[test]
        fn what_graph_says_comes_back_equal(
            pattern in patterns(),
            interval in 1u32..30,
            from in 0i64..1500,
            ends in prop_oneof![Just((0u32, 0i64)), (1u32..500).prop_map(|n| (n, 0)), (0i64..3000).prop_map(|n| (0, n + 1))],
        ) {
            let from = jiff::civil::date(2026, 1, 1).checked_add(from.days()).unwrap();
            let start = first_from(&pattern, from);
            let series = series(&format!("{start}T10:00:00"));
            let mut range = json!({ "startDate": start.to_string(), "recurrenceTimeZone": "UTC", "type": "noEnd" });
            match ends {
                (0, 0) => {}
                (0, days) => {
                    range["type"] = json!("endDate");
                    range["endDate"] = json!(start.checked_add(days.days()).unwrap().to_string());
                }
                (count, _) => {
                    range["type"] = json!("numbered");
                    range["numberOfOccurrences"] = json!(count);
                }
            }
            let told = json!({ "pattern": pattern.told(interval), "range": range });
            let rule = read(&serde_json::from_value(told.clone()).unwrap(), &series).unwrap();
            let mut back = written(&rule, &series, "UTC").unwrap();
            let mut told = told;
            // The day on which weeks begin changes nothing where every week counts.
            if interval == 1 {
                for one in [&mut told, &mut back] {
                    if let Some(pattern) = one["pattern"].as_object_mut() {
                        pattern.remove("firstDayOfWeek");
                    }
                }
            }
            prop_assert_eq!(back, told);
        }

        /// Both sides then mean the same days.
        #[test]
        fn a_pattern_means_the_days_of_its_rule(pattern in patterns(), from in 0i64..1500) {
            let from = jiff::civil::date(2026, 1, 1).checked_add(from.days()).unwrap();
            let start = first_from(&pattern, from);
            let series = series(&format!("{start}T10:00:00"));
            let told = json!({ "pattern": pattern.told(1) });
            let recurrence = read(&serde_json::from_value(told).unwrap(), &series).unwrap();
            let time = concord_model::view::Timing { span: series.clone(), recurrence: Some(recurrence) };
            for n in 0..800i64 {
                let date = start.checked_add(n.days()).unwrap();
                let key = OccurrenceKey::Time(date.at(10, 0, 0, 0));
                prop_assert_eq!(concord_model::recurrence::occurs(&time, key).unwrap(), pattern.fits(date), "{}", date);
            }
        }
    }
}
