//! What to do about a difference. Pure: values in, decisions out; no I/O, no clock, no database, no provider.
//!
//! ```text
//!              lens.show                        lens.take_in
//!   Event ───────────────▶ ours ─┐         ┌─▶ changed Event
//!                          base ─┼─ merge ─┤
//!   what was seen ───────▶ theirs┘         └─▶ what they lack
//! ```
//!
//! [`decide`](decide::decide) looks at one mapping and says what shall become of both sides; a [`plan`] is many such
//! decisions as a value that can be printed, braked and refused before anything is done.
#![warn(missing_docs)]

pub mod adopt;
pub mod brake;
pub mod conflict;
pub mod decide;
pub mod lens;
pub mod merge;
pub mod plan;

pub use decide::{Decision, decide};
pub use lens::Lens;
