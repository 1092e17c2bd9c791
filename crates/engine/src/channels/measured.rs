//! What notices are worth, in figures: how many came, how often and how fast what they told was brought in, what went wrong,
//! and how that goes from day to day (WH-3).

use std::collections::BTreeMap;

use concord_model::{UserId, WorkspaceId};
use concord_store::channels;
use concord_store::links;
use concord_store::runs::{self, Run, RunKind, RunStatus};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::Engine;
use crate::error::Result;

/// How far back.
const BACK: SignedDuration = SignedDuration::from_hours(14 * 24);
/// So many runs at most, the latest.
const MOST: u32 = 5_000;
/// So many kinds of trouble at most, the most frequent.
const MOST_PATTERNS: usize = 10;

/// What notices of a person's calendars came to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Measured {
    /// Notices that were genuine, in the life of the channels that are still known.
    pub notices: u64,
    /// How often something was found of which an open channel had not told.
    pub missed: u64,
    /// What became of them in all.
    pub all: Runs,
    /// And day by day, by UTC.
    pub days: BTreeMap<Date, Runs>,
    /// What went wrong, the most frequent first, and how often.
    pub patterns: Vec<(String, u64)>,
}

/// Runs that notices caused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Runs {
    /// How many ended.
    pub ended: u64,
    /// How many of them in failure.
    pub failed: u64,
    /// How long they took together.
    pub took: SignedDuration,
}

impl Runs {
    fn add(&mut self, run: &Run, ended: Timestamp) {
        self.ended += 1;
        self.failed += u64::from(run.status == RunStatus::Failed);
        self.took += ended.duration_since(run.started_at);
    }

    /// How many of a hundred did not fail, if there were any.
    pub fn success(&self) -> Option<u64> {
        (self.ended > 0).then(|| (self.ended - self.failed) * 100 / self.ended)
    }

    /// How long one took on average.
    pub fn average(&self) -> Option<SignedDuration> {
        let count = i32::try_from(self.ended).ok().filter(|count| *count > 0)?;
        Some(self.took / count)
    }
}

/// Measures the notices of a person's calendars.
pub async fn of_user(engine: &Engine, workspace: WorkspaceId, user: UserId) -> Result<Measured> {
    let from = engine.now() - BACK;
    let mut tx = engine.store.read().await?;
    let ids: Vec<_> = links::list_user(&mut tx, workspace, user).await?.iter().map(|link| link.id).collect();
    let channels = channels::of_links(&mut tx, &ids).await?;
    let runs = runs::of_kind(&mut tx, workspace, user, RunKind::Webhook, from, MOST).await?;
    drop(tx);
    let mut measured = Measured::default();
    for channel in channels.values().flatten() {
        measured.notices += u64::try_from(channel.notices).unwrap_or(0);
        measured.missed += u64::try_from(channel.missed).unwrap_or(0);
    }
    let mut patterns: BTreeMap<&str, u64> = BTreeMap::new();
    for (run, ended) in runs.iter().filter_map(|run| Some((run, run.completed_at?))) {
        let day = TimeZone::UTC.to_datetime(run.started_at).date();
        measured.all.add(run, ended);
        measured.days.entry(day).or_default().add(run, ended);
        if run.status != RunStatus::Success {
            *patterns.entry(what_went_wrong(&run.summary)).or_default() += 1;
        }
    }
    measured.patterns = patterns.into_iter().map(|(what, count)| (what.to_owned(), count)).collect();
    measured.patterns.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    measured.patterns.truncate(MOST_PATTERNS);
    Ok(measured)
}

/// What a run's summary says of its trouble, without what is different each time: what was done before, and when it is
/// tried again.
fn what_went_wrong(summary: &str) -> &str {
    let why = summary.rsplit_once("stopped: ").map_or(summary, |(_, why)| why);
    why.split("; it ").next().unwrap_or(why)
}
