//! The contract of a provider, for every provider on its twin, and each provider's own traps.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

mod caldav;
mod contract;
mod folder;
mod google;
mod microsoft;
mod notion;
