//! The dates of one rule, one after the other, in wall time.
//!
//! A period (a year, a week, an hour, …) at a time: which of its days fit, which times on them, which of these
//! BYSETPOS picks. Everything is worked out as it is asked for, each step is paid from a [`Budget`], and a walk can
//! begin close to where it is wanted, so that neither a hostile rule nor one since 1601 costs more than it yields
//! (I-42, BM-152 to BM-155).

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Weekday};

use super::rule::{ByDay, Freq, Rule, last_second};

/// Working it out would take more than any series that people keep needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the series has too many occurrences there to be worked out")]
pub struct TooMuch;

/// How many steps may still be taken. A step looks at one day, or yields one date.
pub(super) struct Budget(u32);

impl Budget {
    /// Enough for 270 years of days; a few milliseconds.
    pub(super) fn new() -> Budget {
        Budget(100_000)
    }

    pub(super) fn spend(&mut self, steps: usize) -> Result<(), TooMuch> {
        let left = u32::try_from(steps).ok().and_then(|steps| self.0.checked_sub(steps));
        self.0 = left.ok_or(TooMuch)?;
        Ok(())
    }
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days since 1970.
pub(super) fn day_number(date: Date) -> i64 {
    date.duration_since(EPOCH).as_hours() / 24
}

fn date_of(day_number: i64) -> Option<Date> {
    EPOCH.checked_add(SignedDuration::try_from_hours(day_number.checked_mul(24)?)?).ok()
}

/// The dates of one rule.
pub(super) struct Walk {
    /// Nothing in it is left to the start any more.
    rule: Rule,
    start: DateTime,
    /// What lies before is not told.
    from: DateTime,
    until: Option<DateTime>,
    /// How many of COUNT are left.
    left: Option<u32>,
    /// The period that is next, counted in steps of INTERVAL from that of the start.
    next: i64,
    days: Vec<Date>,
    hours: Vec<i8>,
    minutes: Vec<i8>,
    /// Which of the period's dates BYSETPOS takes.
    picks: Option<Vec<usize>>,
    at: usize,
}

impl Walk {
    /// The dates of a rule of a series that starts then.
    pub(super) fn new(rule: &Rule, start: DateTime, all_day: bool) -> Walk {
        let until = rule.until().map(last_second);
        Walk {
            rule: rule.told_out(start, all_day),
            start,
            from: start,
            until,
            left: rule.count(),
            next: 0,
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            picks: None,
            at: 0,
        }
    }

    /// The same, without those before `from`. Without COUNT the walk begins right there.
    pub(super) fn near(rule: &Rule, start: DateTime, all_day: bool, from: DateTime) -> Walk {
        let mut walk = Walk::new(rule, start, all_day);
        if from > start {
            walk.from = from;
            if walk.left.is_none() {
                let ahead = walk.unit(from) - walk.unit(start);
                walk.next = (ahead / i64::from(rule.interval)).max(0);
            }
        }
        walk
    }

    /// The same, without those after `to`. Where there are none at all, it is not looked for them any further.
    pub(super) fn up_to(mut self, to: DateTime) -> Walk {
        self.until = Some(self.until.map_or(to, |until| until.min(to)));
        self
    }

    /// The next date, if there is one.
    pub(super) fn next(&mut self, budget: &mut Budget) -> Result<Option<DateTime>, TooMuch> {
        loop {
            while let Some(date) = self.candidate() {
                budget.spend(1)?;
                self.at += 1;
                if date < self.start {
                    continue;
                }
                if self.left == Some(0) || self.until.is_some_and(|until| date > until) {
                    return Ok(None);
                }
                self.left = self.left.map(|left| left - 1);
                if date >= self.from {
                    return Ok(Some(date));
                }
            }
            if self.left == Some(0) || !self.load(budget)? {
                return Ok(None);
            }
        }
    }

    /// The period that a date lies in, counted in the rule's frequency.
    fn unit(&self, at: DateTime) -> i64 {
        let day = day_number(at.date());
        match self.rule.freq {
            Freq::Yearly => i64::from(at.year()),
            Freq::Monthly => i64::from(at.year()) * 12 + i64::from(at.month()) - 1,
            Freq::Weekly => (day - days_since(at.weekday(), self.rule.week_start)).div_euclid(7),
            Freq::Daily => day,
            Freq::Hourly => day * 24 + i64::from(at.hour()),
            Freq::Minutely => (day * 24 + i64::from(at.hour())) * 60 + i64::from(at.minute()),
        }
    }

    /// Fills in the next period; `false` at the end.
    fn load(&mut self, budget: &mut Budget) -> Result<bool, TooMuch> {
        budget.spend(1)?;
        self.days.clear();
        self.at = 0;
        let unit = self.unit(self.start) + self.next * i64::from(self.rule.interval);
        self.next += 1;
        let parts = &self.rule.parts;
        if self.rule.freq < Freq::Hourly {
            self.hours.clone_from(&parts.hour);
        }
        if self.rule.freq < Freq::Minutely {
            self.minutes.clone_from(&parts.minute);
        }
        let first = match self.rule.freq {
            Freq::Yearly => i16::try_from(unit).ok().and_then(|year| Date::new(year, 1, 1).ok()),
            Freq::Monthly => {
                let month = i8::try_from(unit.rem_euclid(12) + 1).unwrap_or(1);
                i16::try_from(unit.div_euclid(12)).ok().and_then(|year| Date::new(year, month, 1).ok())
            }
            Freq::Weekly => {
                // Weeks are numbered by the Monday-to-Sunday grid, moved by WKST.
                let shift = days_since(EPOCH.weekday(), self.rule.week_start);
                date_of(unit * 7 + (7 - shift) % 7)
            }
            Freq::Daily => date_of(unit),
            Freq::Hourly => date_of(unit.div_euclid(24)),
            Freq::Minutely => date_of(unit.div_euclid(24 * 60)),
        };
        let Some(first) = first else { return Ok(false) };
        if self.until.is_some_and(|until| first > until.date()) {
            return Ok(false);
        }
        match self.rule.freq {
            Freq::Yearly => self.days_of_year(first.year(), budget)?,
            Freq::Monthly => self.days_of_month(first, budget)?,
            Freq::Weekly => {
                budget.spend(7)?;
                for n in 0..7 {
                    self.days.extend(date_of(day_number(first) + n).filter(|date| self.fits(*date)));
                }
            }
            Freq::Daily => self.one_day(first, 1),
            Freq::Hourly => {
                let hour = i8::try_from(unit.rem_euclid(24)).unwrap_or(0);
                self.hours = vec![hour];
                self.one_day(first, 24);
                if !parts_allow(&self.rule.parts.hour, hour) {
                    self.days.clear();
                }
            }
            Freq::Minutely => {
                let hour = i8::try_from(unit.div_euclid(60).rem_euclid(24)).unwrap_or(0);
                let minute = i8::try_from(unit.rem_euclid(60)).unwrap_or(0);
                (self.hours, self.minutes) = (vec![hour], vec![minute]);
                self.one_day(first, 24 * 60);
                if !parts_allow(&self.rule.parts.hour, hour) {
                    self.skip_to((unit.div_euclid(60) + 1) * 60);
                    self.days.clear();
                } else if !parts_allow(&self.rule.parts.minute, minute) {
                    self.days.clear();
                }
            }
        }
        self.pick();
        Ok(true)
    }

    /// The one day of a period no longer than that. Where it does not fit, the rest of what does not fit either is
    /// stepped over at once.
    fn one_day(&mut self, date: Date, units_a_day: i64) {
        if !parts_allow(&self.rule.parts.month, date.month()) {
            let rest = i64::from(date.days_in_month() - date.day()) + 1;
            self.skip_to((day_number(date) + rest) * units_a_day);
        } else if self.fits(date) {
            self.days.push(date);
        } else {
            self.skip_to((day_number(date) + 1) * units_a_day);
        }
    }

    /// Goes on with the first period that is not before that unit.
    fn skip_to(&mut self, unit: i64) {
        let interval = i64::from(self.rule.interval);
        let ahead = unit - self.unit(self.start);
        self.next = self.next.max((ahead + interval - 1).div_euclid(interval));
    }

    fn days_of_year(&mut self, year: i16, budget: &mut Budget) -> Result<(), TooMuch> {
        if !self.rule.parts.year_day.is_empty() {
            let Ok(first) = Date::new(year, 1, 1) else { return Ok(()) };
            budget.spend(self.rule.parts.year_day.len())?;
            let length = first.days_in_year();
            let mut numbers: Vec<i16> =
                self.rule.parts.year_day.iter().map(|n| if *n < 0 { n + length + 1 } else { *n }).collect();
            numbers.sort_unstable();
            numbers.dedup();
            for n in numbers {
                let day = date_of(day_number(first) + i64::from(n) - 1);
                self.days.extend(day.filter(|date| date.year() == year && self.fits(*date)));
            }
            return Ok(());
        }
        for month in 1..=12 {
            if let (true, Ok(first)) = (parts_allow(&self.rule.parts.month, month), Date::new(year, month, 1))
            {
                self.days_of_month(first, budget)?;
            }
        }
        Ok(())
    }

    fn days_of_month(&mut self, first: Date, budget: &mut Budget) -> Result<(), TooMuch> {
        if !parts_allow(&self.rule.parts.month, first.month()) {
            return Ok(());
        }
        budget.spend(usize::from(first.days_in_month().unsigned_abs()))?;
        for day in 1..=first.days_in_month() {
            let date = Date::new(first.year(), first.month(), day).ok();
            self.days.extend(date.filter(|date| self.fits(*date)));
        }
        Ok(())
    }

    /// Whether a day is one that every BY part for days allows.
    fn fits(&self, date: Date) -> bool {
        let parts = &self.rule.parts;
        parts_allow(&parts.month, date.month())
            && (parts.month_day.is_empty()
                || parts.month_day.contains(&date.day())
                || parts.month_day.contains(&(date.day() - date.days_in_month() - 1)))
            && (parts.year_day.is_empty()
                || parts.year_day.contains(&date.day_of_year())
                || parts.year_day.contains(&(date.day_of_year() - date.days_in_year() - 1)))
            && (parts.week_no.is_empty() || {
                let (number, from_end) = week_number(date, self.rule.week_start);
                parts.week_no.contains(&number) || parts.week_no.contains(&from_end)
            })
            && (parts.day.is_empty() || parts.day.iter().any(|day| self.is_by_day(date, *day)))
    }

    fn is_by_day(&self, date: Date, day: ByDay) -> bool {
        if date.weekday() != day.weekday {
            return false;
        }
        let Some(nth) = day.nth else { return true };
        // Numbers count within the month, or within the year where a yearly rule names no months.
        let (position, length) = if self.rule.freq == Freq::Yearly && self.rule.parts.month.is_empty() {
            (date.day_of_year(), date.days_in_year())
        } else {
            (i16::from(date.day()), i16::from(date.days_in_month()))
        };
        let nth = i16::from(nth);
        nth == (position - 1) / 7 + 1 || nth == -((length - position) / 7 + 1)
    }

    /// How many dates the period has before BYSETPOS.
    fn size(&self) -> usize {
        self.days.len() * self.hours.len() * self.minutes.len() * self.rule.parts.second.len()
    }

    /// Applies BYSETPOS, or steps over the days of the period that are not asked for.
    fn pick(&mut self) {
        let size = self.size();
        let positions = &self.rule.parts.set_pos;
        if positions.is_empty() {
            self.picks = None;
            if self.left.is_none() && size > 0 {
                let before = self.days.partition_point(|day| *day < self.from.date());
                self.at = before * (size / self.days.len());
            }
            return;
        }
        let mut picks: Vec<usize> = positions
            .iter()
            .filter_map(|n| {
                let n = isize::from(*n);
                if n > 0 { Some(n.unsigned_abs() - 1) } else { size.checked_sub(n.unsigned_abs()) }
            })
            .filter(|n| *n < size)
            .collect();
        picks.sort_unstable();
        picks.dedup();
        self.picks = Some(picks);
    }

    /// The date in this period that is next.
    fn candidate(&self) -> Option<DateTime> {
        let n = match &self.picks {
            Some(picks) => *picks.get(self.at)?,
            None => self.at,
        };
        let seconds = &self.rule.parts.second;
        let (n, second) = (n / seconds.len(), seconds.get(n % seconds.len())?);
        let (n, minute) = (n / self.minutes.len().max(1), self.minutes.get(n % self.minutes.len().max(1))?);
        let (n, hour) = (n / self.hours.len().max(1), self.hours.get(n % self.hours.len().max(1))?);
        Some(self.days.get(n)?.at(*hour, *minute, *second, 0))
    }
}

fn parts_allow(list: &[i8], value: i8) -> bool {
    list.is_empty() || list.contains(&value)
}

fn days_since(day: Weekday, first: Weekday) -> i64 {
    i64::from(day.since(first))
}

/// The number of a date's week, from the front and from the end: the first is the one with four days or more in its
/// year.
fn week_number(date: Date, week_start: Weekday) -> (i8, i8) {
    // A week belongs to the year that its fourth day lies in.
    let middle = date_of(day_number(date) - days_since(date.weekday(), week_start) + 3).unwrap_or(date);
    let (before, after) = (middle.day_of_year() - 1, middle.days_in_year() - middle.day_of_year());
    let weeks = |days: i16| i8::try_from(days / 7 + 1).unwrap_or(i8::MAX);
    (weeks(before), -weeks(after))
}
