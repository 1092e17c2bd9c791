//! What happened, as a number: every call, every step of a transaction, every act and every outcome goes into it, in
//! order. Two runs of one seed that differ anywhere differ here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The trace of one world.
#[derive(Debug)]
pub struct Trace(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    hash: u64,
    line: String,
    kept: Option<Vec<String>>,
    counts: BTreeMap<&'static str, u64>,
    step: usize,
    ticks: u64,
}

impl Trace {
    /// An empty one; `kept` keeps the lines, for whoever looks for a difference.
    pub fn new(kept: bool) -> Trace {
        Trace(Mutex::new(Inner {
            hash: 0xcbf2_9ce4_8422_2325,
            line: String::new(),
            kept: kept.then(Vec::new),
            counts: BTreeMap::new(),
            step: 0,
            ticks: 0,
        }))
    }

    /// Writes a line.
    pub fn note(&self, line: std::fmt::Arguments<'_>) {
        let mut inner = self.lock();
        let Inner { hash, line: text, kept, step, .. } = &mut *inner;
        text.clear();
        let _ = write!(text, "{step} {line}");
        // FNV-1a: the same on every machine and with every compiler.
        for byte in text.bytes().chain([b'\n']) {
            *hash = (*hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(kept) = kept {
            kept.push(text.clone());
        }
    }

    /// Counts something by its name.
    pub fn count(&self, what: &'static str) {
        *self.lock().counts.entry(what).or_default() += 1;
    }

    /// A number that grows with each call: what comes later has a higher one.
    pub fn tick(&self) -> u64 {
        let mut inner = self.lock();
        inner.ticks += 1;
        inner.ticks
    }

    /// Counts something so many times.
    pub fn count_many(&self, what: &'static str, times: u64) {
        *self.lock().counts.entry(what).or_default() += times;
    }

    /// In which step it is.
    pub fn at(&self) -> usize {
        self.lock().step
    }

    /// What is written from now on belongs to that step.
    pub fn step(&self, step: usize) {
        self.lock().step = step;
    }

    /// The number.
    pub fn hash(&self) -> u64 {
        self.lock().hash
    }

    /// The counts.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.lock().counts.clone()
    }

    /// The lines, if they were kept.
    pub fn lines(&self) -> Vec<String> {
        self.lock().kept.clone().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
