//! Chance: the one place that asks the operating system for it. Everything else is handed this.
//!
//! Identifiers, nonces, secrets and jitter all come from one generator that nobody outside can predict. With a seed it
//! says the same things again, for demonstrations and tests; a seeded one must never seal or sign anything real.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rand::rngs::{StdRng, SysError, SysRng};
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// A source of random bytes that all parts of the program share.
#[derive(Debug)]
pub struct Chance(Mutex<StdRng>);

impl Chance {
    /// A source that nobody can predict. Fails where the operating system has no randomness to give.
    pub fn from_system() -> Result<Self, SysError> {
        Ok(Self(Mutex::new(StdRng::try_from_rng(&mut SysRng)?)))
    }

    /// A source that says the same for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// Fills the bytes.
    pub fn fill(&self, bytes: &mut [u8]) {
        // A panic elsewhere cannot leave a generator half changed, so its lock is good for use.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }

    /// That many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A random number, to seed or to spread something.
    pub fn number(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// A new identifier (UUID version 7): later ones sort behind earlier ones, to the millisecond.
    pub fn id(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// A source of its own for one part, so that how often others ask does not change what that part is told.
    pub fn fork(&self) -> Self {
        Self(Mutex::new(StdRng::from_seed(self.bytes())))
    }
}

impl concord_engine::Chance for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        Self::fill(self, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_says_the_same_again() {
        let says = |seed| (Chance::seeded(seed).bytes::<16>(), Chance::seeded(seed).fork().number());
        assert_eq!(says(7), says(7));
        assert_ne!(says(7), says(8));
    }

    #[test]
    fn a_source_does_not_repeat_itself() {
        let chance = Chance::from_system().unwrap();
        assert_ne!(chance.bytes::<16>(), chance.bytes::<16>());
        assert_ne!(chance.bytes::<16>(), Chance::from_system().unwrap().bytes::<16>());
        assert_ne!(chance.fork().number(), chance.fork().number());
    }

    #[test]
    fn identifiers_sort_by_time() {
        let chance = Chance::seeded(1);
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        let (early, late) = (chance.id(at(1_795_000_000_000)), chance.id(at(1_795_000_000_001)));
        assert!(early < late && early.get_version_num() == 7);
        assert_ne!(chance.id(at(1)), chance.id(at(1)));
    }
}
