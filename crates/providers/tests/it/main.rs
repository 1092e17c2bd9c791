//! The contract of a provider, for every provider on its twin, and each provider's own traps.

mod contract;
mod google;
