//! What can be switched on and off: how servers differ, and what was found odd about them.
//!
//! The default is a plain server that does what the standards say. [`super::preset`] sets many switches at once.

use serde::{Deserialize, Serialize};

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }
    };
}

macro_rules! switches {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default, deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),+ }

        impl Default for $name {
            fn default() -> $name {
                $name { $($field: $default),+ }
            }
        }
    };
}

mod finding;
mod reading;
mod writing;

pub use finding::*;
pub use reading::*;
pub use writing::*;

/// Everything that can be switched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Quirks {
    /// How calendars are found.
    pub discovery: Discovery,
    /// How people sign in.
    pub signin: Signin,
    /// How answers are written.
    pub wire: Wire,
    /// How changes are told.
    pub sync: Sync,
    /// How objects are looked for and fetched.
    pub query: Query,
    /// How objects are stored.
    pub write: Write,
    /// What becomes of their text.
    pub text: Rewriting,
    /// How calendars are made and changed.
    pub calendars: Calendars,
    /// Invitations, and what others may see.
    pub people: People,
    /// How busy the server is.
    pub load: Load,
    /// How calendars are published as feeds.
    pub feeds: Feeds,
}

choice! {
    /// What a feed's address gives.
    FeedAnswer {
        /// The whole calendar.
        #[default]
        Whole,
        /// A calendar without events.
        Bare,
        /// A whole file with half of the events.
        Half,
        /// The beginning of the file.
        Truncated,
        /// No byte, with 200.
        Nothing,
        /// A page to sign in on, with 200.
        Page,
        /// 401.
        SignIn,
        /// 404.
        Missing,
        /// 410.
        Ended,
        /// 500.
        Trouble,
    }
}

switches! {
    /// How calendars are published as feeds.
    Feeds {
        /// What the address gives.
        answer: FeedAnswer = FeedAnswer::Whole,
        /// Whether versions are told, by ETag and Last-Modified, and an unchanged feed is answered with 304.
        validators: bool = true,
        /// Every download has other UIDs.
        new_uids: bool = false,
        /// Every download says that all of it was made just now.
        fresh_stamps: bool = false,
    }
}

switches! {
    /// How busy the server is.
    Load {
        /// How likely a call begins a burst of 503.
        burst_rate: f64 = 0.0,
        /// How long a burst is, in calls.
        burst_length: u32 = 3,
        /// A write to a calendar within so many milliseconds of another one is refused with 423.
        lock_ms: u64 = 0,
        /// So many calls a minute of one person, then 429.
        per_minute: Option<u32> = None,
        /// Every answer takes so long.
        delay_ms: Option<u64> = None,
    }
}
