//! Each provider in miniature: faithful local emulators with faults and a ledger.
//!
//! A twin is a state machine. It takes a call and gives a reply; it reads no clock, draws no chance and opens no
//! socket of its own. The same twin therefore serves three masters: the simulator calls it in-process under virtual
//! time, tests call it through `tower::ServiceExt::oneshot`, and `concord twins` puts it behind a listener.
//!
//! ```text
//!   Call ──▶ faults ──▶ provider ──▶ Reply ──▶ in-process: markers say what was lost or late
//!            (rules)    (state)                listener:   the connection breaks, the answer waits
//! ```
//!
//! Twins know the public documentation of their provider and nothing of Concord's adapters: a misunderstanding must
//! not agree with itself. The one thing they share is the recurrence of `concord_model`.

pub mod clock;
pub mod chance;
pub mod message;
pub mod faults;
pub mod ledger;
pub mod notices;
pub mod calendar;
pub mod control;
pub mod serve;
mod core;
mod snapshot;
pub mod twin;
mod pages;
pub mod google;
pub mod caldav;
pub mod microsoft;
pub mod notion;

pub use clock::{Clock, Now};
pub use message::{Call, Reply};
pub use notices::Notice;
pub use snapshot::Snapshot;
pub use twin::Twin;
