//! The promises of the crate, seen from outside: laws over odd events, and files as calendars write them.
#![allow(clippy::unwrap_used, reason = "what helps a test may fail like one")]

mod fixtures;
mod hostile;
mod laws;
mod rewriting;
mod views;
mod writing;
