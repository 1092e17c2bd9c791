//! Spoils inputs: a little of everything that files, networks and people do to bytes.

use rand::RngExt;
use rand::rngs::StdRng;

/// The longest input.
const LONGEST: usize = 8_000;

/// A copy of one of the kept inputs with a few faults, seldom none of them.
pub(crate) fn spoilt(dice: &mut StdRng, corpus: &[&[u8]], words: &[&str]) -> Vec<u8> {
    let mut data = corpus[dice.random_range(0..corpus.len())].to_vec();
    for _ in 0..dice.random_range(1..6) {
        spoil(dice, &mut data, corpus, words);
    }
    data.truncate(LONGEST);
    data
}

fn spoil(dice: &mut StdRng, data: &mut Vec<u8>, corpus: &[&[u8]], words: &[&str]) {
    let at = dice.random_range(0..=data.len());
    let end = dice.random_range(at..=data.len().min(at + 60));
    match dice.random_range(0..10) {
        // One byte is another one, or one bit is.
        0 if at < data.len() => data[at] = dice.random(),
        1 if at < data.len() => data[at] ^= 1 << dice.random_range(0..8),
        2 => data.insert(at, dice.random()),
        3 => drop(data.drain(at..end)),
        // Something is there twice.
        4 => {
            let piece = data[at..end].to_vec();
            drop(data.splice(at..at, piece));
        }
        5 => data.truncate(at),
        // The rest is another input's.
        6 => {
            let other = corpus[dice.random_range(0..corpus.len())];
            data.truncate(at);
            data.extend_from_slice(&other[dice.random_range(0..=other.len())..]);
        }
        7 => lines(dice, data),
        _ => {
            let word = words[dice.random_range(0..words.len())];
            drop(data.splice(at..if dice.random() { at } else { end }, word.bytes()));
        }
    }
}

/// Lines change places.
fn lines(dice: &mut StdRng, data: &mut Vec<u8>) {
    let mut lines: Vec<&[u8]> = data.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.len() > 1 {
        let (one, other) = (dice.random_range(0..lines.len()), dice.random_range(0..lines.len()));
        lines.swap(one, other);
        *data = lines.concat();
    }
}
