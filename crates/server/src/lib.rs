//! How people and platforms reach Concord: the API, signing in, notices of providers, the live stream, metrics and the
//! web UI.
//!
//! ```text
//!   request ─▶ who asks? (signin) ─▶ api/<resource>: extract, call one thing of the engine, turn into the API's form
//!                                                          └─ what went wrong ─▶ problem (RFC 9457), in one place
//!   change  ─▶ live ─▶ every open screen: "look again"
//! ```
//!
//! A write is stored and answered; no request waits for a provider unless a person asked for exactly that. Handlers are
//! thin, and rules are kept by the engine. This crate knows no provider's wire format and nothing of how the program was
//! configured; time and chance are the engine's.

#![expect(unused_qualifications, reason = "utoipa's macros write them")]

pub mod app;
pub mod problem;
pub mod extract;
pub mod signin;
pub mod api;
pub mod notices;
pub mod live;
pub mod metrics;
pub mod openapi;
pub mod pages;
mod published;
mod routes;
mod strict;
mod words;

pub use app::{App, Settings};
pub use routes::{health, router};
