//! One recurrence rule, checked.
//!
//! A [`Rule`] is in canonical form: defaults are not told, lists are ordered and free of doubles, a week start that
//! changes nothing is dropped and UNTIL is kept on the series' own clock. So equal rules compare equal, whoever wrote
//! them. What no calendar can mean (`INTERVAL=0`) and what nobody should have to work out (`COUNT=1000000000`) is
//! refused at the door (I-42, BM-152, BM-153); see [`Rule::parse`].

use std::fmt;

use jiff::civil::{DateTime, Weekday};
use serde::{Deserialize, Serialize};

use super::parse;
use crate::time::{Moment, OccurrenceKey, Span, Zone};

/// A recurrence rule in canonical form. UNTIL is kept on the series' own clock.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    pub(super) freq: Freq,
    pub(super) interval: u32,
    pub(super) ends: Ends,
    pub(super) parts: Parts,
    pub(super) week_start: Weekday,
}

/// Why a rule was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the recurrence rule is not usable: {0}")]
pub struct BadRule(pub String);

/// How often, before INTERVAL. From coarse to fine; seconds are refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "frequencies speak for themselves")]
pub enum Freq {
    Yearly,
    Monthly,
    Weekly,
    Daily,
    Hourly,
    Minutely,
}

/// When a rule ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) enum Ends {
    #[default]
    Never,
    /// After that many dates.
    Count(u32),
    /// With that start, included.
    Until(OccurrenceKey),
}

/// The BY parts, each ordered and without doubles.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Parts {
    pub(super) month: Vec<i8>,
    pub(super) week_no: Vec<i8>,
    pub(super) year_day: Vec<i16>,
    pub(super) month_day: Vec<i8>,
    pub(super) day: Vec<ByDay>,
    pub(super) hour: Vec<i8>,
    pub(super) minute: Vec<i8>,
    pub(super) second: Vec<i8>,
    pub(super) set_pos: Vec<i16>,
}

/// A weekday, or the nth of it in a month or year; counted from the end where negative.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ByDay {
    /// Which of them; `None` is each.
    pub nth: Option<i8>,
    /// The weekday.
    pub weekday: Weekday,
}

impl Ord for ByDay {
    fn cmp(&self, other: &ByDay) -> std::cmp::Ordering {
        let order = |day: &ByDay| (day.nth, day.weekday.to_monday_zero_offset());
        order(self).cmp(&order(other))
    }
}
impl PartialOrd for ByDay {
    fn partial_cmp(&self, other: &ByDay) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Rule {
    /// The most dates that COUNT may ask for: 27 years of days.
    pub const MOST_COUNT: u32 = 10_000;

    /// Reads a rule of a series with that span, with or without `RRULE:` before it, in any case.
    ///
    /// UNTIL may come as UTC, on the series' own clock, or as a date (which then includes that day), whatever the
    /// series is (BM-049, BM-051).
    pub fn parse(text: &str, series: &Span) -> Result<Rule, BadRule> {
        let text = text.trim();
        let text = match text.split_at_checked(6) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("RRULE:") => rest,
            _ => text,
        };
        parse::rule(text, Some(series))?.fitted(series)
    }

    /// The strict form for a series with that span: UNTIL in UTC where it has a zone, local where it is floating, a
    /// date where it is about days (BM-051).
    pub fn to_text(&self, series: &Span) -> String {
        let until = self.until().map(|until| match series {
            Span::AllDay(_) => until.date().strftime("%Y%m%d").to_string(),
            Span::Floating(_) => OccurrenceKey::Time(last_second(until)).to_string(),
            Span::Timed(t) => {
                let at = Moment::new(last_second(until), t.start().zone().clone()).instant();
                format!("{}Z", OccurrenceKey::Time(Zone::utc().wall(at)))
            }
        });
        self.text(until)
    }

    /// How often.
    pub fn freq(&self) -> Freq {
        self.freq
    }
    /// Every how many.
    pub fn interval(&self) -> u32 {
        self.interval
    }
    /// After how many dates it ends, if it is told so.
    pub fn count(&self) -> Option<u32> {
        match self.ends {
            Ends::Count(count) => Some(count),
            _ => None,
        }
    }
    /// The last start that may be, on the series' own clock, if it is told so.
    pub fn until(&self) -> Option<OccurrenceKey> {
        match self.ends {
            Ends::Until(until) => Some(until),
            _ => None,
        }
    }
    /// On which day a week begins.
    pub fn week_start(&self) -> Weekday {
        self.week_start
    }
    /// BYMONTH, 1 to 12.
    pub fn by_month(&self) -> &[i8] {
        &self.parts.month
    }
    /// BYWEEKNO, 1 to 53 or from the end.
    pub fn by_week_no(&self) -> &[i8] {
        &self.parts.week_no
    }
    /// BYYEARDAY, 1 to 366 or from the end.
    pub fn by_year_day(&self) -> &[i16] {
        &self.parts.year_day
    }
    /// BYMONTHDAY, 1 to 31 or from the end.
    pub fn by_month_day(&self) -> &[i8] {
        &self.parts.month_day
    }
    /// BYDAY.
    pub fn by_day(&self) -> &[ByDay] {
        &self.parts.day
    }
    /// BYHOUR.
    pub fn by_hour(&self) -> &[i8] {
        &self.parts.hour
    }
    /// BYMINUTE.
    pub fn by_minute(&self) -> &[i8] {
        &self.parts.minute
    }
    /// BYSECOND.
    pub fn by_second(&self) -> &[i8] {
        &self.parts.second
    }
    /// BYSETPOS, 1 to 366 or from the end.
    pub fn by_set_pos(&self) -> &[i16] {
        &self.parts.set_pos
    }

    /// The same rule, ending with that start.
    pub fn with_until(&self, until: OccurrenceKey) -> Rule {
        Rule { ends: Ends::Until(until), ..self.clone() }
    }

    /// The same rule, ending after that many dates: between one and [`Rule::MOST_COUNT`].
    pub fn with_count(&self, count: u32) -> Rule {
        Rule { ends: Ends::Count(count.clamp(1, Rule::MOST_COUNT)), ..self.clone() }
    }

    /// The same rule for a series with that span: UNTIL as the kind of value that the series' starts are, no times
    /// of day for whole days.
    pub fn fitted(mut self, series: &Span) -> Result<Rule, BadRule> {
        if series.is_all_day() {
            if self.freq > Freq::Daily {
                return Err(BadRule(format!("{} is not for whole days", self.freq.word())));
            }
            self.parts.hour.clear();
            self.parts.minute.clear();
            self.parts.second.clear();
        }
        self.ends = match (self.ends, series) {
            (Ends::Until(until), Span::AllDay(_)) => Ends::Until(OccurrenceKey::Date(until.date())),
            (Ends::Until(until), Span::Floating(_)) => Ends::Until(OccurrenceKey::Time(last_second(until))),
            (Ends::Until(until), Span::Timed(t)) => {
                // A wall time in a gap is told as the one it stands for: what is written in UTC must read the same.
                let zone = t.start().zone();
                let told = Moment::new(last_second(until), zone.clone());
                Ends::Until(OccurrenceKey::Time(zone.wall(told.instant())))
            }
            (ends, _) => ends,
        };
        self.canonical()
    }

    /// Drops what says nothing; refuses what cannot be meant.
    pub(super) fn canonical(mut self) -> Result<Rule, BadRule> {
        // In the year 9999, clients end what has no end.
        if self.until().is_some_and(|until| until.date().year() >= 9999) {
            self.ends = Ends::Never;
        }
        let parts = &self.parts;
        let lone = parts.month.is_empty()
            && parts.week_no.is_empty()
            && parts.year_day.is_empty()
            && parts.month_day.is_empty()
            && parts.day.is_empty()
            && parts.hour.is_empty()
            && parts.minute.is_empty()
            && parts.second.is_empty();
        if lone && !parts.set_pos.is_empty() {
            // Each period has one date then: it is the first and the last.
            if !parts.set_pos.iter().any(|n| matches!(n, 1 | -1)) {
                return Err(BadRule("BYSETPOS chooses among nothing: there is no other BY part".to_owned()));
            }
            self.parts.set_pos.clear();
        }
        let weeks_count = match self.freq {
            Freq::Weekly => self.interval > 1 || !self.parts.set_pos.is_empty(),
            _ => !self.parts.week_no.is_empty(),
        };
        if !weeks_count {
            self.week_start = Weekday::Monday;
        }
        Ok(self)
    }

    /// The rule with everything told that it leaves to the series' start.
    pub(super) fn told_out(&self, start: DateTime, all_day: bool) -> Rule {
        let mut rule = self.clone();
        let parts = &mut rule.parts;
        let no_day = parts.day.is_empty() && parts.month_day.is_empty() && parts.year_day.is_empty();
        match self.freq {
            Freq::Yearly if no_day && parts.week_no.is_empty() => {
                if parts.month.is_empty() {
                    parts.month.push(start.month());
                }
                parts.month_day.push(start.day());
            }
            Freq::Monthly if no_day => parts.month_day.push(start.day()),
            // A week is as little a day as a month is: RFC 8984 (4.3.3.1) says so where RFC 5545 is silent.
            Freq::Yearly | Freq::Weekly if no_day => {
                parts.day.push(ByDay { nth: None, weekday: start.weekday() });
            }
            _ => {}
        }
        if all_day {
            parts.hour.clear();
            parts.minute.clear();
            parts.second.clear();
        }
        if self.freq < Freq::Hourly && parts.hour.is_empty() {
            parts.hour.push(start.hour());
        }
        if self.freq < Freq::Minutely && parts.minute.is_empty() {
            parts.minute.push(start.minute());
        }
        if parts.second.is_empty() {
            parts.second.push(start.second());
        }
        rule
    }

    fn text(&self, until: Option<String>) -> String {
        let mut out = format!("FREQ={}", self.freq.word());
        let mut part = |name: &str, value: String| {
            if !value.is_empty() {
                out.extend([";", name, "=", &value]);
            }
        };
        if self.interval != 1 {
            part("INTERVAL", self.interval.to_string());
        }
        if let Some(count) = self.count() {
            part("COUNT", count.to_string());
        }
        part("UNTIL", until.unwrap_or_default());
        part("BYMONTH", list(&self.parts.month));
        part("BYWEEKNO", list(&self.parts.week_no));
        part("BYYEARDAY", list(&self.parts.year_day));
        part("BYMONTHDAY", list(&self.parts.month_day));
        part("BYDAY", list(&self.parts.day));
        part("BYHOUR", list(&self.parts.hour));
        part("BYMINUTE", list(&self.parts.minute));
        part("BYSECOND", list(&self.parts.second));
        part("BYSETPOS", list(&self.parts.set_pos));
        if self.week_start != Weekday::Monday {
            part("WKST", weekday_word(self.week_start).to_owned());
        }
        out
    }
}

/// The last second that UNTIL lets in: a date means all of its day.
pub(super) fn last_second(until: OccurrenceKey) -> DateTime {
    match until {
        OccurrenceKey::Time(wall) => wall,
        OccurrenceKey::Date(date) => date.at(23, 59, 59, 0),
    }
}

fn list<T: fmt::Display>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

impl Freq {
    /// All of them.
    pub const ALL: [Freq; 6] =
        [Freq::Yearly, Freq::Monthly, Freq::Weekly, Freq::Daily, Freq::Hourly, Freq::Minutely];

    /// The word of iCalendar.
    pub fn word(self) -> &'static str {
        match self {
            Freq::Yearly => "YEARLY",
            Freq::Monthly => "MONTHLY",
            Freq::Weekly => "WEEKLY",
            Freq::Daily => "DAILY",
            Freq::Hourly => "HOURLY",
            Freq::Minutely => "MINUTELY",
        }
    }
}

pub(super) fn weekday_word(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

impl fmt::Display for ByDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(nth) = self.nth {
            write!(f, "{nth}")?;
        }
        f.write_str(weekday_word(self.weekday))
    }
}

impl TryFrom<String> for Rule {
    type Error = BadRule;
    /// Reads the canonical local form, as [`Rule`]'s `Display` writes it.
    fn try_from(text: String) -> Result<Rule, BadRule> {
        parse::rule(&text, None)?.canonical()
    }
}
impl From<Rule> for String {
    fn from(rule: Rule) -> String {
        rule.to_string()
    }
}
impl fmt::Display for Rule {
    /// The canonical local form: UNTIL on the series' own clock.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(self.until().map(|until| until.to_string())))
    }
}
