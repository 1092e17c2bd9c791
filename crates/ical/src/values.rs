//! Values: texts, dates, times, durations and offsets, between their written form and what they mean.
//!
//! Reading forgives form (`2026-10-21T09:00:00` is a time) and refuses what has no meaning; nothing is clamped to
//! something near. Writing gives the strict form. Knows neither properties nor time zones.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Span, Timestamp};

/// Returns a TEXT value's meaning.
pub fn unescape(value: &str) -> String {
    if !value.contains('\\') {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let told = match (c, chars.peek()) {
            ('\\', Some('n' | 'N')) => '\n',
            ('\\', Some(c @ ('\\' | ';' | ','))) => *c,
            // Not an escape: a path that someone forgot to escape.
            _ => {
                out.push(c);
                continue;
            }
        };
        chars.next();
        out.push(told);
    }
    out
}

/// Returns a text as a TEXT value. Line breaks become `\n`; other control characters have no place in a file.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => out.push_str("\\n"),
            '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A DATE or DATE-TIME value, before its zone is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// A day.
    Date(Date),
    /// A time on some clock: that of TZID, or of the viewer where there is none.
    Local(DateTime),
    /// A time in UTC.
    Utc(DateTime),
}

impl When {
    /// Reads the basic form, and the extended one that some writers use. Years 1 to 9999.
    pub fn parse(value: &str) -> Option<When> {
        let value = value.trim();
        let extended = value.as_bytes().get(4) == Some(&b'-');
        let compact: String;
        let value = match extended {
            true => {
                compact = value.chars().filter(|c| !matches!(c, '-' | ':')).collect();
                compact.as_str()
            }
            false => value,
        };
        let (value, utc) = match value.strip_suffix(['Z', 'z']) {
            Some(value) => (value, true),
            None => (value, false),
        };
        let date = digits(value.get(..8)?)?;
        let date = Date::new((date / 10_000) as i16, (date / 100 % 100) as i8, (date % 100) as i8).ok()?;
        if date.year() < 1 {
            return None;
        }
        if value.len() == 8 {
            return (!utc).then_some(When::Date(date));
        }
        let time = value[8..].strip_prefix(['T', 't'])?;
        let told = match time.len() {
            6 => digits(time)?,
            4 => digits(time)? * 100,
            _ => return None,
        };
        // A leap second is the last second that clocks here know.
        let second = (told % 100).min(if told % 100 == 60 { 59 } else { 99 });
        let time = Time::new((told / 10_000) as i8, (told / 100 % 100) as i8, second as i8, 0).ok()?;
        let at = date.to_datetime(time);
        Some(if utc { When::Utc(at) } else { When::Local(at) })
    }

    /// The day, as written.
    pub fn date(self) -> Date {
        match self {
            When::Date(date) => date,
            When::Local(at) | When::Utc(at) => at.date(),
        }
    }
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// The written form of a day.
pub fn date(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// The written form of a time on some clock.
pub fn local(at: DateTime) -> String {
    format!("{}T{:02}{:02}{:02}", date(at.date()), at.hour(), at.minute(), at.second())
}

/// The written form of an instant.
pub fn utc(at: Timestamp) -> String {
    format!("{}Z", local(jiff::tz::Offset::UTC.to_datetime(at)))
}

/// The instant that a time in UTC is.
pub fn instant(at: DateTime) -> Option<Timestamp> {
    jiff::tz::Offset::UTC.to_timestamp(at).ok()
}

/// A DURATION value. Days are days on the calendar; hours, minutes and seconds are exact (RFC 5545, 3.3.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Length {
    /// Days, weeks among them.
    pub days: i64,
    /// Seconds besides.
    pub seconds: i64,
}

impl Length {
    /// Reads `P1DT2H`, `-PT15M`, `P2W`.
    pub fn parse(value: &str) -> Option<Length> {
        let value = value.trim();
        let (sign, value) = match value.as_bytes().first()? {
            b'-' => (-1, &value[1..]),
            b'+' => (1, &value[1..]),
            _ => (1, value),
        };
        let mut rest = value.strip_prefix(['P', 'p'])?;
        let (mut days, mut seconds, mut parts) = (0i64, 0i64, 0);
        let mut timed = false;
        while !rest.is_empty() {
            if let (false, Some(after)) = (timed, rest.strip_prefix(['T', 't'])) {
                (timed, rest) = (true, after);
                continue;
            }
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            // Ten digits are enough for any length, and cannot overflow.
            let number: i64 = rest.get(..length).filter(|n| n.len() <= 10)?.parse().ok()?;
            let unit = rest.as_bytes().get(length)?.to_ascii_uppercase();
            match (timed, unit) {
                (false, b'W') => days += 7 * number,
                (false, b'D') => days += number,
                (true, b'H') => seconds += 3600 * number,
                (true, b'M') => seconds += 60 * number,
                (true, b'S') => seconds += number,
                _ => return None,
            }
            parts += 1;
            rest = &rest[length + 1..];
            if parts > 5 {
                return None;
            }
        }
        (parts > 0).then_some(Length { days: sign * days, seconds: sign * seconds })
    }

    /// All of it as seconds, a day as 24 hours.
    pub fn total_seconds(self) -> i64 {
        self.days * 86_400 + self.seconds
    }

    /// The days, as far as a calendar reaches.
    pub fn whole_days(self) -> Option<Span> {
        Span::new().try_days(self.days).ok()
    }

    /// The exact part.
    pub fn exact(self) -> SignedDuration {
        SignedDuration::from_secs(self.seconds)
    }
}

/// Reads a UTC-OFFSET value (`+0100`, `-033000`) as seconds.
pub fn offset(value: &str) -> Option<i32> {
    let value = value.trim();
    let sign = match value.as_bytes().first()? {
        b'-' => -1,
        b'+' => 1,
        _ => return None,
    };
    let told = match value.len() {
        5 => digits(&value[1..])? * 100,
        7 => digits(&value[1..])?,
        _ => return None,
    };
    let (hours, minutes, seconds) = (told / 10_000, told / 100 % 100, told % 100);
    (hours < 24 && minutes < 60 && seconds < 60)
        .then_some(sign * (hours * 3600 + minutes * 60 + seconds) as i32)
}

/// The written form of an offset in seconds.
pub fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds.abs() / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    match rest {
        0 => format!("{sign}{hours:02}{minutes:02}"),
        _ => format!("{sign}{hours:02}{minutes:02}{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date as day, datetime};
    use proptest::prelude::*;

    fn check_when(value: &str, expected: Option<When>) {
        assert_eq!(When::parse(value), expected, "{value}");
    }

    fn check_length(value: &str, expected: Option<(i64, i64)>) {
        assert_eq!(Length::parse(value).map(|l| (l.days, l.seconds)), expected, "{value}");
    }

    #[test]
    fn dates_and_times_are_told_apart() {
        check_when("20261021", Some(When::Date(day(2026, 10, 21))));
        check_when("20261021T090000", Some(When::Local(datetime(2026, 10, 21, 9, 0, 0, 0))));
        check_when(" 20261021T090000Z ", Some(When::Utc(datetime(2026, 10, 21, 9, 0, 0, 0))));
        check_when("20261021T0900", Some(When::Local(datetime(2026, 10, 21, 9, 0, 0, 0))));
        check_when("2026-10-21T09:00:00Z", Some(When::Utc(datetime(2026, 10, 21, 9, 0, 0, 0))));
        check_when("20161231T235960Z", Some(When::Utc(datetime(2016, 12, 31, 23, 59, 59, 0))));
    }

    #[test]
    fn bm_071_what_is_no_time_is_refused() {
        for odd in [
            "",
            "2026",
            "20261321",
            "20260230",
            "00000101",
            "20261021T",
            "20261021T250000",
            "20261021T240000",
            "20261021T0900000",
            "20261021Z",
            "tomorrow",
            "２0261021",
            "20261021T09:0",
            "99999999T999999Z",
        ] {
            check_when(odd, None);
        }
    }

    #[test]
    fn durations_keep_days_and_hours_apart() {
        check_length("PT15M", Some((0, 900)));
        check_length("-P1DT12H", Some((-1, -43_200)));
        check_length("+P2W", Some((14, 0)));
        check_length("-P0DT0H30M0S", Some((0, -1800)));
        for odd in ["", "P", "PT", "15M", "P15M", "PT1D", "P9999999999999999999D", "PT1H2", "P-1D"] {
            check_length(odd, None);
        }
    }

    #[test]
    fn offsets_have_a_sign() {
        assert_eq!(offset("+0545"), Some(20_700));
        assert_eq!(offset("-033000"), Some(-12_600));
        assert_eq!(offset("0100"), None);
        assert_eq!(offset("+9900"), None);
        assert_eq!(offset_text(-12_600), "-0330");
        assert_eq!(offset_text(3_208), "+005328");
    }

    #[test]
    fn what_is_no_escape_stays() {
        assert_eq!(unescape("a\\nb\\Nc\\, \\; \\\\n C:\\temp\\"), "a\nb\nc, ; \\n C:\\temp\\");
        assert_eq!(escape("a\r\nb\rc\nd\u{7}"), "a\\nb\\nc\\nd");
    }

    proptest! {
        #[test]
        fn texts_survive(text in "[^\\p{Cc}]{0,60}(\n[^\\p{Cc}]{0,20}){0,3}") {
            let written = escape(&text);
            prop_assert!(!written.contains(['\r', '\n']));
            prop_assert_eq!(unescape(&written), text);
        }

        #[test]
        fn reading_never_panics(value in "\\PC{0,24}") {
            let _ = (When::parse(&value), Length::parse(&value), offset(&value), unescape(&value));
        }
    }
}
