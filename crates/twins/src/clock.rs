//! A twin's own clock: the time it is handed, and how far a test has moved it.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// Where time comes from: the wall clock of the program, or the virtual one of a simulation.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The time outside plus an offset that only a test changes.
#[derive(Clone)]
pub struct Clock {
    outside: Now,
    ahead: SignedDuration,
}

impl Clock {
    /// A clock that agrees with the time outside.
    pub fn new(outside: Now) -> Clock {
        Clock { outside, ahead: SignedDuration::ZERO }
    }

    /// What the twin believes the time to be, in whole milliseconds.
    pub fn now(&self) -> Timestamp {
        let there = (self.outside)();
        let moved = there.checked_add(self.ahead).unwrap_or(there);
        Timestamp::from_millisecond(moved.as_millisecond()).unwrap_or(moved)
    }

    /// The time outside.
    pub(crate) fn outside(&self) -> &Now {
        &self.outside
    }

    /// How far it runs ahead of the time outside.
    pub fn ahead(&self) -> SignedDuration {
        self.ahead
    }

    /// Moves the clock, backwards if the duration is negative.
    pub fn advance(&mut self, by: SignedDuration) {
        self.ahead = self.ahead.saturating_add(by);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({} ahead)", self.ahead)
    }
}

/// Returns the duration that a text such as `36h`, `8d` or `-90s` says; days have 24 hours.
pub fn duration(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text.parse().map_err(|_| format!("\"{text}\" is not a duration such as 36h or 8d"))?;
    span.to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| format!("\"{text}\" is too long a duration"))
}

/// The form of dates in HTTP headers.
pub fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_with_units() {
        assert_eq!(duration("36h"), Ok(SignedDuration::from_hours(36)));
        assert_eq!(duration("8d"), Ok(SignedDuration::from_hours(192)));
        assert_eq!(duration("-90s"), Ok(SignedDuration::from_secs(-90)));
        assert!(duration("soon").is_err());
    }

    #[test]
    fn an_advanced_clock_runs_ahead_of_the_time_outside() {
        let mut clock = Clock::new(Arc::new(|| Timestamp::UNIX_EPOCH));
        clock.advance(SignedDuration::from_secs(61));
        assert_eq!(http_date(clock.now()), "Thu, 01 Jan 1970 00:01:01 GMT");
    }
}
