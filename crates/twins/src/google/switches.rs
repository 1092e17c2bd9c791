//! What can be switched on and off: odd behaviour that was seen at Google, and quotas.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What `events.import` does with an iCalUID that is there already; reports disagree.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Import {
    /// It updates the event.
    #[default]
    Update,
    /// It refuses: the identifier exists.
    Duplicate,
}

/// Odd behaviour. The default is a calm Google; every switch makes it as difficult as someone once found it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Quirks {
    /// A list begins with a page that has no items but a next page.
    pub empty_pages: bool,
    /// A page without items lacks the key.
    pub omit_empty_items: bool,
    /// The second page of a list names itself as the next, for ever.
    pub endless_pages: bool,
    /// A page has at most so many items, whatever is asked for.
    pub longest_page: Option<usize>,
    /// Lists come in no order that means anything, so that an exception may precede its master.
    pub scattered: bool,
    /// Parts of a batch are answered in another order.
    pub scattered_batch: bool,
    /// Tombstones carry nothing but kind, etag, id and status (and, for an occurrence, which one it was).
    pub sparse_tombstones: bool,
    /// Tombstones of occurrences do not even say which one it was, except by their id.
    pub bare_occurrences: bool,
    /// The occurrences that were changed in a deleted series come as tombstones, too.
    pub child_tombstones: bool,
    /// Another delta than the first pass asked for is refused. Google promises nothing; without this switch the
    /// parameters of the first pass win.
    pub strict_parameters: bool,
    /// So long after a write the event gets another etag, as when Google finishes a part later (milliseconds).
    pub late_etag_ms: Option<u64>,
    /// So long a new conference is pending.
    pub pending_conference_ms: Option<u64>,
    /// So long lists and deltas do not show a change yet.
    pub visibility_delay_ms: u64,
    /// What import does with a known iCalUID.
    pub import: Import,
    /// Some mail goes out although `sendUpdates=none` was asked.
    pub mail_in_spite_of_none: bool,
    /// Zones that Google does not know yet.
    pub unknown_zones: BTreeSet<String>,
    /// Longer summaries and locations are refused.
    pub longest_summary: Option<usize>,
    /// Longer descriptions are refused.
    pub longest_description: Option<usize>,
    /// Runs of spaces in texts are stored as one, so that what is read is not what was written.
    pub tidy_texts: bool,
    /// Refresh tokens end after so many seconds (a consent screen in "Testing": 604800).
    pub refresh_token_seconds: Option<u64>,
    /// More live refresh tokens for one person and client end the oldest.
    pub refresh_tokens_limit: usize,
    /// The next refresh answers bring a new refresh token, and the old one ends.
    pub rotate_refresh_tokens: bool,
    /// A stopped channel talks for so long.
    pub stopped_channel_ms: u64,
    /// After so many failures in a row a channel is silently given up.
    pub channel_failures: u32,
    /// Notices come so late.
    pub notice_delay_ms: u64,
    /// Each change is told so many times.
    pub notice_copies: u32,
    /// Push addresses must be https, as Google insists.
    pub https_channels: bool,
    /// Limits on calls.
    pub quota: Quota,
}

impl Default for Quirks {
    fn default() -> Quirks {
        Quirks {
            empty_pages: false,
            omit_empty_items: false,
            endless_pages: false,
            longest_page: None,
            scattered: true,
            scattered_batch: true,
            sparse_tombstones: true,
            bare_occurrences: false,
            child_tombstones: false,
            strict_parameters: true,
            late_etag_ms: None,
            pending_conference_ms: None,
            visibility_delay_ms: 0,
            import: Import::Update,
            mail_in_spite_of_none: false,
            unknown_zones: BTreeSet::new(),
            longest_summary: None,
            longest_description: None,
            tidy_texts: false,
            refresh_token_seconds: None,
            refresh_tokens_limit: 100,
            rotate_refresh_tokens: false,
            stopped_channel_ms: 0,
            channel_failures: 5,
            notice_delay_ms: 0,
            notice_copies: 1,
            https_channels: false,
            quota: Quota::default(),
        }
    }
}

/// How much may be called. Nothing is limited until a test says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Quota {
    /// Units per person and minute (Google: 600).
    pub per_user: Option<u32>,
    /// Units per project and minute (Google: 10,000).
    pub per_project: Option<u32>,
    /// Writes per calendar and second; the number is not public.
    pub calendar_writes: Option<u32>,
    /// Over the limit the answer is 429 instead of 403.
    pub as_429: bool,
}
