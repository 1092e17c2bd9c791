//! Time and chance of a world: time that only the conductor moves, clocks that are wrong, and seeded bytes.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use concord_engine::{Chance, Clock};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// When every world begins: shortly after the clocks of New York went back.
pub(crate) const START: &str = "2026-11-02T08:00:00Z";

/// The true time of a world, in microseconds.
#[derive(Debug)]
pub(crate) struct Time(AtomicI64);

impl Time {
    /// A world's beginning.
    pub(crate) fn new() -> Arc<Time> {
        let start: Timestamp = START.parse().expect("the beginning is an instant");
        Arc::new(Time(AtomicI64::new(start.as_microsecond())))
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, by: SignedDuration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap_or(0), Ordering::SeqCst);
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst))
            .expect("a world ends long before time does")
    }
}

/// One host's clock: the true time, and how far it is off.
#[derive(Debug)]
pub(crate) struct HostClock {
    time: Arc<Time>,
    off: AtomicI64,
}

impl HostClock {
    /// A clock that is off by so much.
    pub(crate) fn new(time: Arc<Time>, off: SignedDuration) -> Arc<HostClock> {
        Arc::new(HostClock { time, off: AtomicI64::new(i64::try_from(off.as_micros()).unwrap_or(0)) })
    }

    /// Somebody sets it.
    pub(crate) fn jump(&self, by: SignedDuration) {
        self.off.fetch_add(i64::try_from(by.as_micros()).unwrap_or(0), Ordering::SeqCst);
    }

    /// How far it is off.
    pub(crate) fn off(&self) -> SignedDuration {
        SignedDuration::from_micros(self.off.load(Ordering::SeqCst))
    }
}

impl Clock for HostClock {
    fn now(&self) -> Timestamp {
        self.time.now().saturating_add(self.off()).unwrap_or(Timestamp::MAX)
    }
}

/// Seeded bytes.
pub(crate) struct Dice(Mutex<StdRng>);

impl Dice {
    /// The chance of that seed.
    pub(crate) fn new(seed: u64) -> Arc<Dice> {
        Arc::new(Dice(Mutex::new(StdRng::seed_from_u64(seed))))
    }
}

impl Chance for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}
