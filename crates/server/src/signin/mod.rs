//! Who asks: a person with a session, or a platform with an API key. Nothing is ever open but what says so.

pub mod attempts;
pub mod caller;
pub mod password;
pub mod setup;

pub use caller::Caller;

use jiff::SignedDuration;

/// The name of the cookie.
pub const COOKIE: &str = "concord_session";
/// How long a session lasts after it was last used.
pub const SESSION: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How API keys begin.
pub const KEY_PREFIX: &str = "ck_";
