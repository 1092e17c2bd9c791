//! A link as it lies in its row.

use concord_model::link::{Direction, Settings};
use concord_model::{AccountId, CalendarId, Cursor, LinkId, ProviderId, RunId, UserId, WorkspaceId, Zone};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::column::{Form, quiet, words};
use crate::db::{Record, Row};
use crate::error::Error;
use crate::runs::RunStatus;

/// One external calendar kept in sync.
#[derive(Clone, PartialEq)]
pub struct Link {
    /// Its name here.
    pub id: LinkId,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// With whose credential.
    pub account: AccountId,
    /// Whose calendar it is.
    pub user: UserId,
    /// At which provider.
    pub provider: ProviderId,
    /// What the provider calls the calendar.
    pub calendar: CalendarId,
    /// What people call it.
    pub name: String,
    /// The calendar's own zone.
    pub zone: Option<Zone>,
    /// Whether the provider lets us write.
    pub writable: bool,
    /// What its person decided.
    pub settings: Settings,
    /// Grows with every change of the settings.
    pub settings_rev: i64,
    /// Whether it is synced.
    pub state: LinkState,
    /// How far it has been read.
    pub cursor: Option<Cursor>,
    /// A whole listing under way.
    pub listing: Option<Listing>,
    /// Up to when events were added.
    pub window_until: Option<Timestamp>,
    /// Whether the first listing is done.
    pub first_done: bool,
    /// When it is to be looked at next.
    pub due_at: Option<Timestamp>,
    /// Whether it became due again since it was claimed.
    pub wake: bool,
    /// Until when someone holds it.
    pub lease_until: Option<Timestamp>,
    /// Grows with every claim: the fence.
    pub lease_epoch: i64,
    /// Who holds it, or held it last.
    pub holder: Option<String>,
    /// How many runs have failed in a row.
    pub failures: i64,
    /// When a run last began.
    pub last_attempt_at: Option<Timestamp>,
    /// When a run last succeeded.
    pub last_success_at: Option<Timestamp>,
    /// The last run.
    pub last_run: Option<RunId>,
    /// How it ended.
    pub last_status: Option<RunStatus>,
    /// Why it failed, in words.
    pub last_error: Option<String>,
    /// When it was last listed whole.
    pub last_full_at: Option<Timestamp>,
    /// When to list it whole again, to be safe.
    pub next_safety_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}
quiet! { Link }

/// Whether a link is synced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LinkState {
    /// It is.
    Active,
    /// Its person paused it.
    Paused,
    /// It cannot be, and its person must do something.
    Stopped {
        /// What happened, in words.
        why: String,
    },
    /// A change was too large to be made without consent (I-08).
    Braked {
        /// The hash of the plan that waits for consent.
        plan: String,
    },
    /// It was disconnected. Its mappings and their bases stay for a reconnect.
    Removed {
        /// When.
        at: Timestamp,
    },
}

words! {
    /// The word that a [`LinkState`] is kept as.
    pub enum LinkStateKind {
        /// [`LinkState::Active`].
        Active = "active",
        /// [`LinkState::Paused`].
        Paused = "paused",
        /// [`LinkState::Stopped`].
        Stopped = "stopped",
        /// [`LinkState::Braked`].
        Braked = "braked",
        /// [`LinkState::Removed`].
        Removed = "removed",
    }
}

/// A whole listing of a calendar under way: where it is, so that a crash does not begin it anew.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// Its number: what it has shown is stamped with it.
    pub number: i64,
    /// The next page; `None` for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Cursor>,
    /// When it began.
    pub started_at: Timestamp,
    /// Whether it is the link's first.
    pub first: bool,
    /// Whether it is the second one, that proves what the first one lacked (`rules.md` 9).
    pub confirms: bool,
}

impl LinkState {
    pub(crate) fn columns(&self) -> (LinkStateKind, Option<&str>, Option<Timestamp>) {
        match self {
            LinkState::Active => (LinkStateKind::Active, None, None),
            LinkState::Paused => (LinkStateKind::Paused, None, None),
            LinkState::Stopped { why } => (LinkStateKind::Stopped, Some(why), None),
            LinkState::Braked { plan } => (LinkStateKind::Braked, Some(plan), None),
            LinkState::Removed { at } => (LinkStateKind::Removed, None, Some(*at)),
        }
    }

    fn read(row: &Row) -> Result<LinkState, Error> {
        let note = || row.col::<Option<String>>("state_note").map(Option::unwrap_or_default);
        Ok(match row.col("state")? {
            LinkStateKind::Active => LinkState::Active,
            LinkStateKind::Paused => LinkState::Paused,
            LinkStateKind::Stopped => LinkState::Stopped { why: note()? },
            LinkStateKind::Braked => LinkState::Braked { plan: note()? },
            LinkStateKind::Removed => LinkState::Removed { at: row.col("removed_at")? },
        })
    }
}

impl Record for Link {
    fn read(row: &Row) -> Result<Self, Error> {
        let Form(settings) = row.col("settings")?;
        let listing: Option<Form<Listing>> = row.col("listing")?;
        let wake_at: Option<Timestamp> = row.col("wake_at")?;
        Ok(Link {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            account: row.col("account_id")?,
            user: row.col("user_id")?,
            provider: row.col("provider")?,
            calendar: row.col("calendar")?,
            name: row.col("name")?,
            zone: row.col("zone")?,
            writable: row.col("writable")?,
            settings,
            settings_rev: row.col("settings_rev")?,
            state: LinkState::read(row)?,
            cursor: row.col("cursor")?,
            listing: listing.map(|Form(listing)| listing),
            window_until: row.col("window_until")?,
            first_done: row.col("first_done")?,
            due_at: row.col("due_at")?,
            wake: wake_at.is_some(),
            lease_until: row.col("lease_until")?,
            lease_epoch: row.col("lease_epoch")?,
            holder: row.col("holder")?,
            failures: row.col("failures")?,
            last_attempt_at: row.col("last_attempt_at")?,
            last_success_at: row.col("last_success_at")?,
            last_run: row.col("last_run")?,
            last_status: row.col("last_status")?,
            last_error: row.col("last_error")?,
            last_full_at: row.col("last_full_at")?,
            next_safety_at: row.col("next_safety_at")?,
            created_at: row.col("created_at")?,
        })
    }
}

impl Link {
    /// The lease of whoever claimed it.
    pub fn lease(&self) -> super::Lease {
        super::Lease { link: self.id, epoch: self.lease_epoch }
    }

    /// Whether anything is written to it: neither its provider nor its person forbids it (I-47).
    pub fn may_be_written(&self) -> bool {
        self.writable && self.settings.direction != Direction::Pull
    }
}
