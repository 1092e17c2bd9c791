//! What moves along when a series as a whole is moved: the names of its occurrences, added dates, UNTIL, and the days
//! and times that its rules name because it had them.

use jiff::civil::{DateTime, Weekday};
use jiff::{SignedDuration, ToSpan};

use super::rule::{ByDay, Freq, Rule, last_second};
use super::{Recurrence, wall};
use crate::time::{OccurrenceKey, Span};

/// The name that an occurrence has after its series was moved: shifted by as much, on the wall clock, as the start
/// was. `None` beyond the end of the calendar.
pub fn key(key: OccurrenceKey, from: &Span, to: &Span) -> Option<OccurrenceKey> {
    let days = from.key().date().until(to.key().date()).ok()?.get_days();
    let date = || key.date().checked_add(days.days()).ok();
    match (from.is_all_day(), to.is_all_day()) {
        (_, true) => date().map(OccurrenceKey::Date),
        (true, false) => Some(OccurrenceKey::Time(date()?.to_datetime(wall(to.key()).time()))),
        (false, false) => Some(OccurrenceKey::Time(wall(key).checked_add(shift(from, to)).ok()?)),
    }
}

fn shift(from: &Span, to: &Span) -> SignedDuration {
    wall(to.key()).duration_since(wall(from.key()))
}

/// The recurrence of a series that was moved.
pub(super) fn recurrence(own: &Recurrence, from: &Span, to: &Span) -> Recurrence {
    Recurrence {
        rules: own.rules.iter().map(|own| rule(own, from, to)).collect(),
        added: own.added.iter().filter_map(|added| key(*added, from, to)).collect(),
    }
}

/// A rule of a series that was moved. A rule that names other days than the start had is left as it is: nobody can
/// tell what its days would be now.
fn rule(own: &Rule, from: &Span, to: &Span) -> Rule {
    let (old, new) = (wall(from.key()), wall(to.key()));
    let mut rule = match own.until() {
        // What was the last start stays the last start.
        Some(until) => {
            own.with_until(OccurrenceKey::Time(last_second(until).saturating_add(shift(from, to))))
        }
        None => own.clone(),
    };
    for (list, old, new) in [
        (&mut rule.parts.hour, old.hour(), new.hour()),
        (&mut rule.parts.minute, old.minute(), new.minute()),
        (&mut rule.parts.second, old.second(), new.second()),
    ] {
        if *list == [old] {
            *list = vec![new];
        }
    }
    if old.date() == new.date() {
        return rule;
    }
    match rule.freq {
        Freq::Weekly => turn_week(&mut rule, old, new),
        Freq::Monthly | Freq::Yearly => move_day(&mut rule, old, new),
        Freq::Daily | Freq::Hourly | Freq::Minutely => {}
    }
    rule
}

/// All weekdays go by as many days. So does the one that weeks begin on, or days would change weeks.
fn turn_week(rule: &mut Rule, old: DateTime, new: DateTime) {
    let days = i64::from(new.weekday().since(old.weekday()));
    let turned = |day: Weekday| day.wrapping_add(days);
    if !rule.parts.month.is_empty() {
        return;
    }
    for day in &mut rule.parts.day {
        day.weekday = turned(day.weekday);
    }
    rule.parts.day.sort_unstable();
    rule.week_start = turned(rule.week_start);
}

/// "On the 5th", "on the last day", "on the second Tuesday": becomes what says the same of the new day.
fn move_day(rule: &mut Rule, old: DateTime, new: DateTime) {
    let parts = &mut rule.parts;
    if !parts.week_no.is_empty() || !parts.year_day.is_empty() || !parts.set_pos.is_empty() {
        return;
    }
    let months_follow = parts.month.is_empty() || parts.month == [old.month()];
    let in_month = rule.freq == Freq::Monthly || !parts.month.is_empty();
    match (parts.month_day.as_slice(), parts.day.as_slice()) {
        _ if !months_follow => return,
        ([], []) => {}
        ([day], []) if *day == old.day() => parts.month_day = vec![new.day()],
        ([day], []) if *day == from_end(old) => parts.month_day = vec![from_end(new)],
        ([], [ByDay { nth: Some(nth), weekday }]) if in_month && *weekday == old.weekday() => {
            let nth =
                if *nth > 0 { (new.day() - 1) / 7 + 1 } else { -((new.days_in_month() - new.day()) / 7 + 1) };
            parts.day = vec![ByDay { nth: Some(nth), weekday: new.weekday() }];
        }
        _ => return,
    }
    if !parts.month.is_empty() {
        parts.month = vec![new.month()];
    }
}

fn from_end(day: DateTime) -> i8 {
    day.day() - day.days_in_month() - 1
}
