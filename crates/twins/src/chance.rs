//! Seeded chance: equal seeds give equal identifiers, tokens and faults.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// All the randomness a twin has.
#[derive(Debug)]
pub struct Chance(StdRng);

impl Chance {
    /// The chance of that seed.
    pub fn new(seed: u64) -> Chance {
        Chance(StdRng::seed_from_u64(seed))
    }

    /// Whether something of that probability happens this time.
    pub fn happens(&mut self, rate: f64) -> bool {
        self.0.random_bool(rate.clamp(0.0, 1.0))
    }

    /// A number below `limit`; 0 if there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { self.0.random_range(0..limit) }
    }

    /// A text of that length in that alphabet.
    pub fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    /// Puts things into another order.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for i in (1..things.len()).rev() {
            things.swap(i, self.below(i + 1));
        }
    }
}

/// Letters and digits of tokens.
pub const TOKEN: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
/// The alphabet of base32hex, as event identifiers use it.
pub const BASE32HEX: &[u8] = b"0123456789abcdefghijklmnopqrstuv";
/// Digits.
pub const DIGITS: &[u8] = b"0123456789";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_texts() {
        let draw = |seed| Chance::new(seed).text(TOKEN, 20);
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
