//! The wall clock: the one place that reads it. Everything else is told the time.

use jiff::{SignedDuration, Timestamp};

/// Tells the time, ahead of the real one by the configured offset.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    offset: SignedDuration,
}

impl Clock {
    /// A clock that runs this much ahead of the machine's, or behind it.
    pub fn ahead_by(offset: SignedDuration) -> Self {
        Self { offset }
    }

    /// Now. At the end of representable time it stands still.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    pub fn now(&self) -> Timestamp {
        Timestamp::now().saturating_add(self.offset).expect("a sum of absolute durations saturates")
    }
}

impl concord_engine::Clock for Clock {
    /// Whole microseconds: so much is kept in a database, and what was just written shall read the same.
    fn now(&self) -> Timestamp {
        let now = Self::now(self);
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_runs_ahead_or_behind_by_its_offset() {
        let now = Clock::ahead_by(SignedDuration::ZERO).now();
        for (offset, low, high) in [(8 * 24, 191, 193), (-1, -2, 0)] {
            let apart =
                now.duration_until(Clock::ahead_by(SignedDuration::from_hours(offset)).now()).as_secs() / 60;
            assert!(apart > low * 60 && apart < high * 60, "{offset} h: {apart} min");
        }
    }

    #[test]
    fn an_offset_beyond_the_end_of_time_stops_there() {
        assert_eq!(Clock::ahead_by(SignedDuration::MAX).now(), Timestamp::MAX);
        assert_eq!(Clock::ahead_by(SignedDuration::MIN).now(), Timestamp::MIN);
    }
}
