//! How each calendar speaks: one folder each, all of one shape, behind one trait.
//!
//! An adapter turns Concord's words into its provider's and back, and every answer into one of a closed list. It
//! decides nothing: no retries, no waiting, no database, no clock. It speaks `http::Request` to `http::Response`
//! through the door it is handed, so that the simulator can put a twin behind that door; folders have a door of their own.

pub mod http;
pub mod disk;
pub mod answer;
pub mod called;
pub mod provider;
mod naming;
mod oauth;
mod pace;
mod page;
mod file;
pub mod google;
pub mod microsoft;
pub mod caldav;
pub mod notion;
pub mod folder;
pub mod ics;

pub use answer::Answer;
pub use provider::{Access, Provider};
