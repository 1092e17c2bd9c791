//! What if: the real engine, the real store and the real adapters against the twins, in one process, on virtual time,
//! with all chance from one seed.
//!
//! ```text
//!   seed ─▶ plan (people, links, workers) ─▶ world ┐
//!        └▶ script (turns, deeds, faults)  ────────┴▶ step by step ─▶ checks ─▶ calm ─▶ checks ─▶ outcome, hash
//! ```
//!
//! A worker goes on only when the script gives it a turn, and every turn ends at a seam: before or after a call, before
//! a transaction, after a commit. So a crash at any step, a pause of any length and any order of several workers are
//! ordinary scripts. The same seed gives the same trace, to the last byte.
//!
//! `docs/simulator.md` says how to replay a seed, and how to add a fault, a deed, a side, a check.

pub mod plan;
pub mod script;
pub mod sides;
mod clock;
mod trace;
pub mod seat;
pub mod door;
mod history;
mod template;
mod world;
mod people;
mod checks;
mod ending;
pub mod run;
pub mod outcome;
pub mod shrink;
pub mod kept;
pub mod figures;
pub mod teeth;

pub use outcome::{Outcome, Violation};
pub use run::{replay, run};
