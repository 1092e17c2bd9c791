//! What is: plain values with their laws.
//!
//! An [`Event`] is the canonical record of one thing that happens. A [`View`] is that event as one calendar holds
//! it, in normal form, so that equal means equal. [`Capabilities`] say what a calendar is able to hold. Everything
//! that crosses from one part of Concord to another is a value of this crate.
//!
//! This crate knows no I/O, no clock, no chance and no provider.
#![warn(missing_docs)]

pub mod ids;
pub mod time;
pub mod recurrence;
pub mod people;
pub mod privacy;
pub mod original;
pub mod view;
pub mod event;
pub mod capability;
pub mod observed;
pub mod agreed;
pub mod link;
pub mod meeting;
pub mod text;

pub use capability::Capabilities;
pub use event::Event;
pub use ids::*;
pub use original::Original;
pub use time::{Moment, OccurrenceKey, Span, Zone};
pub use view::{Field, FieldSet, View};
