//! What the core promises: laws over odd events, and the product rules one by one.
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

mod adopted;
mod blocks;
mod class;
mod decided;
mod deleted;
mod found;
mod laws_blind;
mod laws_lens;
mod laws_decide;
mod laws_planner;
mod laws_small;
mod moved;
mod occurrences;
mod odd;
mod pair;
mod shown;
mod small;
mod star;
mod told;
