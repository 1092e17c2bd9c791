//! Counting calls: quota and cost are visible only if somebody counts (SY-5).

use std::sync::atomic::{AtomicU64, Ordering};

/// Hears of every call that a door lets out.
pub trait Meter: Send + Sync {
    /// A request is about to be sent to `host`. Called once per request, also where no answer follows; not for
    /// requests that the guard refuses.
    fn called(&self, host: &str);
}

/// Counts all calls, whatever their host.
impl Meter for AtomicU64 {
    fn called(&self, _host: &str) {
        self.fetch_add(1, Ordering::Relaxed);
    }
}
