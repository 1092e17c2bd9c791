//! Push: there is none that could be relied upon.
//!
//! WebDAV-Push is a draft that few servers know, and Apple's own needs a certificate of Apple's. Calendars are polled;
//! a quiet look is one small call (BM-091).

use crate::provider::Channel;

/// No calendar can be watched.
pub(super) const NONE: Option<Channel> = None;
