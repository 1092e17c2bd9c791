//! How often somebody has tried to sign in: after a few failures, tries become slow. Counted for each name, so that
//! nobody can be guessed at; in memory, for a restart gives a guesser no more than a few tries.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

/// So many failures are free.
const FREE: u32 = 5;
/// The longest wait.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// So many names are remembered at most.
const REMEMBERED: usize = 10_000;

/// Failures, by name.
#[derive(Default)]
pub struct Attempts(Mutex<BTreeMap<String, Failed>>);

#[derive(Clone, Copy)]
struct Failed {
    times: u32,
    last: Timestamp,
}

impl Attempts {
    /// How long to wait before this name may be tried again, if at all. The try counts as a failure until
    /// [`Attempts::succeeded`]: many tries at the same time are many.
    pub fn wait(&self, name: &str, now: Timestamp) -> Option<SignedDuration> {
        let mut failures = self.lock();
        if failures.len() >= REMEMBERED {
            failures.retain(|_, failed| now.duration_since(failed.last) < LONGEST);
        }
        let failed = failures.entry(name.to_owned()).or_insert(Failed { times: 0, last: now });
        if now.duration_since(failed.last) >= LONGEST {
            failed.times = 0;
        }
        let over = failed.times.saturating_sub(FREE);
        if over > 0 {
            let wait = SignedDuration::from_secs(1 << over.min(10)).min(LONGEST);
            let left = wait - now.duration_since(failed.last);
            if left > SignedDuration::ZERO {
                return Some(left);
            }
        }
        failed.times = failed.times.saturating_add(1);
        failed.last = now;
        None
    }

    /// It was the right one.
    pub fn succeeded(&self, name: &str) {
        self.lock().remove(name);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Failed>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn guessing_becomes_slow_and_forgiven() {
        let attempts = Attempts::default();
        for _ in 0..=FREE {
            assert_eq!(attempts.wait("mia", at(0)), None);
        }
        assert_eq!(attempts.wait("mia", at(0)), Some(SignedDuration::from_secs(2)));
        assert_eq!(attempts.wait("ben", at(0)), None, "another name");
        assert_eq!(attempts.wait("mia", at(2)), None);
        assert_eq!(attempts.wait("mia", at(3)), Some(SignedDuration::from_secs(3)));
        attempts.succeeded("mia");
        assert_eq!(attempts.wait("mia", at(3)), None);
        for n in 0..40 {
            attempts.wait("zoe", at(1000 * n));
        }
        assert_eq!(attempts.wait("zoe", at(1_000_000)), None, "long ago");
    }
}
