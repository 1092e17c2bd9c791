//! The doors against real sockets on this machine: nothing here reaches a network.
#![expect(clippy::unwrap_used, reason = "in a test, a failure is the message")]

mod answers;
mod guard;
mod log;
mod peer;
