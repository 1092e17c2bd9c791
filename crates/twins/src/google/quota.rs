//! How much was called lately, and when it was too much.

use std::collections::{BTreeMap, VecDeque};

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::answers::Refused;
use super::state::State;
use crate::message::Call;

/// Calls of the last minute, and writes of the last second.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Meter {
    users: BTreeMap<String, Window>,
    project: Window,
    writes: BTreeMap<String, Window>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Window {
    spent: VecDeque<(Timestamp, u32)>,
    total: u32,
}

impl Window {
    /// Whether so many more units fit into a window of that length that ends now.
    fn fits(&mut self, now: Timestamp, length: SignedDuration, units: u32, limit: Option<u32>) -> bool {
        while let Some((at, spent)) = self.spent.front().copied() {
            // A call from the future: the clock was set back. It counts no longer.
            if at <= now && now.duration_since(at) < length {
                break;
            }
            self.total -= spent;
            self.spent.pop_front();
        }
        limit.is_none_or(|limit| self.total + units <= limit)
    }

    fn spend(&mut self, now: Timestamp, units: u32) {
        self.spent.push_back((now, units));
        self.total += units;
    }
}

impl State {
    /// Counts a call, or refuses it because a quota is used up. A PATCH counts three times.
    pub(super) fn meter_call(&mut self, user: &str, call: &Call) -> Result<(), Refused> {
        let quota = self.quirks.quota.clone();
        if quota == super::Quota::default() {
            return Ok(());
        }
        let units = if call.method == Method::PATCH { 3 } else { 1 };
        let minute = SignedDuration::from_mins(1);
        let person = self.meter.users.entry(user.to_owned()).or_default();
        if !person.fits(self.core.now, minute, units, quota.per_user) {
            let limit = quota.per_user.unwrap_or(0);
            return Err(Refused::over_quota(
                "Queries per minute per user",
                "defaultPerMinutePerUser",
                limit,
                quota.as_429,
            ));
        }
        if !self.meter.project.fits(self.core.now, minute, units, quota.per_project) {
            let limit = quota.per_project.unwrap_or(0);
            return Err(Refused::over_quota(
                "Queries per minute",
                "defaultPerMinutePerProject",
                limit,
                quota.as_429,
            ));
        }
        if call.method != Method::GET
            && let Some(calendar) = written_calendar(call)
        {
            let calendar = self.calendar_id(user, &calendar);
            let writes = self.meter.writes.entry(calendar).or_default();
            if !writes.fits(self.core.now, SignedDuration::from_secs(1), 1, quota.calendar_writes) {
                return Err(Refused::of("rateLimitExceeded"));
            }
            writes.spend(self.core.now, 1);
        }
        self.meter.users.entry(user.to_owned()).or_default().spend(self.core.now, units);
        self.meter.project.spend(self.core.now, units);
        Ok(())
    }
}

fn written_calendar(call: &Call) -> Option<String> {
    let segments = call.segments();
    match segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["calendar", "v3", "calendars", calendar, "events", rest @ ..] if rest.last() != Some(&"watch") => {
            Some((*calendar).to_owned())
        }
        _ => None,
    }
}
