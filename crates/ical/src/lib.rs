//! iCalendar text to model and back, lossless for what is not touched.
//!
//! ```text
//!  bytes ──▶ lines ──▶ component ──▶ read ──▶ View          what a file means
//!                          │                    │
//!                          └──── rewrite ◀──────┘           only the lines whose field changed
//!  View ───▶ write                                          a new file
//! ```
//!
//! Files are kept as the bytes that came in. [`read`] tells what they mean; [`rewrite`] replaces the lines whose
//! field changed and gives every other byte back as it was, unknown properties, odd parameters and zone definitions
//! among them. [`write_new`] and [`export`] make files of our own. One odd event complains alone ([`Complaint`]) and
//! never stops its calendar (BM-150); a time zone is resolved or held back, never guessed (I-24).
//!
//! This crate knows no I/O, no clock, no provider and nothing of Concord but the model.
#![warn(missing_docs)]

pub mod lines;
pub mod values;
pub mod component;
pub mod zones;
pub mod read;
pub mod write;
pub mod rewrite;

use concord_model::capability::{Capabilities, Invites, Privacies, Series};
use concord_model::view::{Field, FieldSet};

pub use component::Unreadable;
pub use read::{Calendar, Complaint, Found, Raw, Trouble, read};
pub use rewrite::{Revision, rewrite};
pub use write::{Entry, Frame, Reply, Scheduling, export, reply, write_new};

/// What iCalendar is able to hold: everything but a colour of Concord's palette. Whether files are handed on whole is the
/// adapter's to say.
///
/// Two corners have no words in iCalendar: a start in the second of the two hours when clocks are set back, and an
/// end whose zone is UTC beside a start in another zone (it reads as the same instant, told in the start's zone).
pub const fn capabilities() -> Capabilities {
    Capabilities {
        fields: FieldSet::ALL.without(Field::Colour).without(Field::Original),
        read_only: FieldSet::NONE,
        series: Series::Rules,
        floating: true,
        zero_length: true,
        cancelled: true,
        two_zones: true,
        title_limit: usize::MAX,
        location_limit: usize::MAX,
        description_limit: usize::MAX,
        reminders_limit: usize::MAX,
        reminder_minutes_limit: u32::MAX,
        invites: Invites::WhenAsked,
        privacy: Privacies::All,
        stamp_ms: 1000,
    }
}
