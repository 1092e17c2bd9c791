//! Chance as an argument: identifiers and nonces come from whoever holds it, so that a seed gives the same world.

use jiff::Timestamp;
use uuid::Uuid;

/// A source of random bytes: any `FnMut(&mut [u8])`. For sealing it must be one that nobody can predict.
pub trait Chance: Send {
    /// Fills the bytes.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<F: FnMut(&mut [u8]) + Send> Chance for F {
    fn fill(&mut self, bytes: &mut [u8]) {
        self(bytes);
    }
}

/// A new identifier. Later ones sort behind earlier ones, to the millisecond.
pub fn fresh(chance: &mut dyn Chance, now: Timestamp) -> Uuid {
    let mut bytes = [0; 10];
    chance.fill(&mut bytes);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}
