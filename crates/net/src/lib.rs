//! The one way out to the internet.
//!
//! Adapters and the engine speak `http::Request` → `http::Response` through a door that they are handed. This crate
//! builds the real ones:
//!
//! - [`Door::trusted`] for addresses that the operator configured (a provider's API, a twin on loopback);
//! - [`Door::guarded`] for addresses that a person typed in (a CalDAV server, a feed, a webhook), which must not reach
//!   what only this machine or its network can reach (SE-3, I-43).
//!
//! Both keep the same promises: every call ends within its time limits, no answer takes more memory than its size
//! limit (counted after decompression), nothing is sent twice, no redirect is followed, no cookie is kept, no proxy
//! is asked. An error says whether the request can have had an effect; when in doubt it says that it can.
//!
//! This crate knows no provider, no account and no credential: it sees requests, and logs none of what is in them.
#![warn(missing_docs)]

mod door;
mod guard;
mod address;
mod allow;
mod lookup;
mod meter;

pub use allow::{Allowed, NotAllowable};
pub use door::{Door, Limits, Unusable};
pub use lookup::{Lookup, SystemLookup};
pub use meter::Meter;
