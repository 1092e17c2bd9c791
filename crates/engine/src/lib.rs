//! When things happen.
//!
//! A link becomes *due*: by an edit here, a notice from its provider, a timer, a click. A worker takes its lease and
//! makes one [`run`]: pull what changed there, reconcile it with what changed here, push what they lack, commit what
//! both sides then agree on. There is one way to sync.
//!
//! This crate is where store, providers and sync meet. It knows no wire format and no HTTP server; time, chance and
//! identifiers come through the handles of [`Engine`], and nothing in it sleeps: functions say when they want to be
//! called next.

pub mod hands;
pub mod edit;
pub mod whose;
pub mod tokens;
pub mod budget;
pub mod schedule;
pub mod run;
pub mod connect;
mod asking;
mod unread;
pub mod links;
pub mod tables;
pub mod queue;
pub mod preview;
pub mod conflicts;
pub mod spoken;
pub mod undo;
pub mod why;
pub mod verify;
pub mod channels;
pub mod alerts;
pub mod feeds;
pub mod invitations;
pub mod letterbox;
pub mod received;
pub mod reply;
pub mod upkeep;
pub mod error;

pub use error::Error;
pub use hands::{Chance, Clock, Engine, Timing};
