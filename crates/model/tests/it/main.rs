//! What the values of this crate promise, seen from outside.
#![expect(clippy::unwrap_used, reason = "in a test, a failure is the message")]

mod oracle;
