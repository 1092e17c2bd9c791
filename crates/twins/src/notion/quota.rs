//! How much was called lately and when it was too much; and writes that got in each other's way.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::answers::Refused;
use super::state::State;

/// Calls of the last minute, and the last write to each thing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Meter {
    connections: BTreeMap<String, VecDeque<Timestamp>>,
    workspace: VecDeque<Timestamp>,
    writes: BTreeMap<String, Timestamp>,
}

/// How long one must wait until a call fits into a window; `None` if it fits now.
fn wait(calls: &VecDeque<Timestamp>, now: Timestamp, window: i64, limit: Option<u32>) -> Option<i64> {
    let limit = usize::try_from(limit?).ok()?;
    let begins = now.as_millisecond() - window * 1000;
    let recent: Vec<i64> = calls.iter().map(|at| at.as_millisecond()).filter(|at| *at > begins).collect();
    if recent.len() < limit {
        return None;
    }
    let leaves = recent.get(recent.len() - limit).copied().unwrap_or(begins);
    Some(((leaves - begins) + 999).div_euclid(1000).max(1))
}

impl State {
    /// Counts a call, or refuses it. A call that is refused does not count.
    pub(super) fn meter_call(&mut self, connection: &str) -> Result<(), Refused> {
        let quota = &self.quirks.quota;
        if *quota == super::Quota::default() {
            return Ok(());
        }
        let now = self.core.now;
        let minute = SignedDuration::from_secs(60);
        let calls = self.meter.connections.entry(connection.to_owned()).or_default();
        for book in [&mut *calls, &mut self.meter.workspace] {
            // What is from the future was called before the clock was set back.
            book.retain(|at| *at <= now && now.duration_since(*at) < minute);
        }
        let own = wait(calls, now, 60, quota.per_minute).max(wait(calls, now, 1, quota.per_second));
        if own.is_some() {
            return Err(Refused::rate_limited("public_api_request_rate_limit", own));
        }
        let shared = wait(&self.meter.workspace, now, 60, quota.per_workspace);
        if shared.is_some() {
            return Err(Refused::rate_limited("public_api_space_request_rate_limit", shared));
        }
        calls.push_back(now);
        self.meter.workspace.push_back(now);
        Ok(())
    }

    /// Refuses a write to a data source or page that gets in the way of another.
    pub(super) fn settle_write(&mut self, thing: &str) -> Result<(), Refused> {
        let now = self.core.now;
        if self.quirks.conflict_rate > 0.0 && self.core.chance.happens(self.quirks.conflict_rate) {
            return Err(Refused::conflict());
        }
        let within = |at: Timestamp, ms: u64| {
            let ms = i64::try_from(ms).unwrap_or(i64::MAX);
            at <= now && now.duration_since(at) < SignedDuration::from_millis(ms)
        };
        let (window, fresh) = (self.quirks.conflict_window_ms, self.quirks.fresh_database_ms);
        if window > 0 {
            if self.meter.writes.get(thing).is_some_and(|at| within(*at, window)) {
                return Err(Refused::conflict());
            }
            self.meter.writes.insert(thing.to_owned(), now);
        }
        if fresh > 0 && self.sources.get(thing).is_some_and(|source| within(source.made.at, fresh)) {
            return Err(Refused::conflict());
        }
        Ok(())
    }
}
