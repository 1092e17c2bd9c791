//! What the adapter remembers while the program runs. All of it can be lost at any time: it saves downloads, nothing more.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::address::Address;
use super::feed::Feed;

/// How many feeds are remembered.
const FEEDS: usize = 8;
/// Larger ones are fetched again each time.
const EVENTS: usize = 20_000;
/// How long what was just seen is as good as another look, for what follows from it.
const RECENT: SignedDuration = SignedDuration::from_secs(60);

/// What was fetched last, by address.
#[derive(Default)]
pub(super) struct Memory(Mutex<BTreeMap<String, Kept>>);

struct Kept {
    feed: Arc<Feed>,
    seen_at: Timestamp,
    /// What its server calls this version.
    validators: Validators,
    /// Whether it was found to be new and not listed yet.
    is_new: bool,
}

/// What a server calls a version of a feed.
#[derive(Clone, Default)]
pub(super) struct Validators {
    pub(super) etag: Option<String>,
    pub(super) modified: Option<String>,
}

fn key(address: &Address) -> String {
    // What is seen may depend on who asks.
    format!("{} {}", address.login.as_ref().map_or("", |(name, _)| name), address.url)
}

impl Memory {
    fn with<T>(&self, does: impl FnOnce(&mut BTreeMap<String, Kept>) -> T) -> T {
        does(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps what was fetched.
    pub(super) fn keep(&self, address: &Address, feed: &Arc<Feed>, validators: Validators, now: Timestamp) {
        if feed.items.len() > EVENTS {
            return;
        }
        self.with(|all| {
            let kept = Kept { feed: Arc::clone(feed), seen_at: now, validators, is_new: false };
            all.insert(key(address), kept);
            while all.len() > FEEDS
                && let Some(oldest) =
                    all.iter().min_by_key(|(_, kept)| kept.seen_at).map(|(key, _)| key.clone())
            {
                all.remove(&oldest);
            }
        });
    }

    /// What was fetched last, and what its server called it.
    pub(super) fn last(&self, address: &Address) -> Option<(Arc<Feed>, Validators)> {
        self.with(|all| all.get(&key(address)).map(|kept| (Arc::clone(&kept.feed), kept.validators.clone())))
    }

    /// What was fetched a moment ago.
    pub(super) fn recent(&self, address: &Address, now: Timestamp) -> Option<Arc<Feed>> {
        let is_recent = |kept: &&Kept| kept.seen_at <= now && now.duration_since(kept.seen_at) <= RECENT;
        self.with(|all| all.get(&key(address)).filter(is_recent).map(|kept| Arc::clone(&kept.feed)))
    }

    /// What was just fetched was new: it will be asked for whole.
    pub(super) fn found_new(&self, address: &Address) {
        self.with(|all| {
            if let Some(kept) = all.get_mut(&key(address)) {
                kept.is_new = true;
            }
        });
    }

    /// What was just found to be new, once.
    pub(super) fn just_found_new(&self, address: &Address, now: Timestamp) -> Option<Arc<Feed>> {
        let recent = self.recent(address, now)?;
        let was_new =
            self.with(|all| all.get_mut(&key(address)).is_some_and(|kept| std::mem::take(&mut kept.is_new)));
        was_new.then_some(recent)
    }
}
