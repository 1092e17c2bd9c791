//! What can be switched on and off: odd behaviour that was seen at Microsoft Graph, and limits.
//!
//! The default is Graph on a quiet day, with what it does every day switched on: bodies rewritten, one ETag for a whole
//! series, four calls at a time.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Odd behaviour, by what it is about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Quirks {
    /// Lists and their pages.
    pub lists: Lists,
    /// Identifiers.
    pub ids: Ids,
    /// What happens to a write.
    pub write: Write,
    /// Time zones.
    pub zones: Zones,
    /// Series and their occurrences.
    pub series: Series,
    /// Incremental sync.
    pub delta: Delta,
    /// Signing in.
    pub signin: SignIn,
    /// Change notifications.
    pub push: Push,
    /// Limits on calls.
    pub load: Load,
}

/// Lists and their pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Lists {
    /// How many there are on a page where nobody said.
    pub page: usize,
    /// The largest page, whatever is asked for.
    pub longest_page: usize,
    /// Lists of events show exceptions of series, too.
    pub exceptions: bool,
    /// Texts that may be null are: the subject where there is none, `iCalUId`.
    pub nulls: bool,
    /// The longest window of a calendar view, in days.
    pub longest_view_days: i64,
}

impl Default for Lists {
    fn default() -> Lists {
        Lists { page: 10, longest_page: 1000, exceptions: false, nulls: false, longest_view_days: 1825 }
    }
}

/// Identifiers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Ids {
    /// An event that was deleted is still found by its immutable id, in Deleted Items.
    pub deleted_found: bool,
    /// A creation right after an equal one is answered with the id of the first.
    pub repeated: bool,
}

/// What If-Match does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IfMatch {
    /// 412 if the version is another.
    #[default]
    Precondition,
    /// 409 if the version is another.
    Conflict,
    /// Nothing: the write goes through.
    Ignored,
}

/// What happens to a write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Write {
    /// What If-Match does.
    pub if_match: IfMatch,
    /// The answer to a creation still says that the body is the text that was sent.
    pub text_answer: bool,
    /// Texts become pages, and markup is written anew.
    pub rewrites: bool,
    /// A change of an occurrence is answered with 200 and not kept.
    pub forgets_occurrences: bool,
    /// So long a transaction id is remembered; for ever if absent.
    pub transaction_days: Option<i64>,
    /// So long after a write background work gives the event another change key (milliseconds).
    pub late_key_ms: Option<u64>,
    /// Longer subjects are cut off.
    pub longest_subject: usize,
    /// Most attendees.
    pub most_attendees: usize,
}

impl Default for Write {
    fn default() -> Write {
        Write {
            if_match: IfMatch::Precondition,
            text_answer: true,
            rewrites: true,
            forgets_occurrences: false,
            transaction_days: None,
            late_key_ms: None,
            longest_subject: 255,
            most_attendees: 500,
        }
    }
}

/// Time zones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Zones {
    /// Names that are refused.
    pub refused: BTreeSet<String>,
    /// Only names as Windows has them are taken.
    pub windows_only: bool,
    /// Original zones are answered by the name that Windows has for them.
    pub renamed: bool,
    /// Original zones are answered as `tzone://Microsoft/Custom`, as of items that came from old servers.
    pub custom: bool,
}

/// When a master tells which of its occurrences were deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cancelled {
    /// When `$select` names `cancelledOccurrences`, or everything.
    #[default]
    Selected,
    /// Only with `$select=*`.
    Star,
    /// Never.
    Never,
}

/// Series and their occurrences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Series {
    /// When `cancelledOccurrences` is told.
    pub cancelled: Cancelled,
    /// `originalStart` is null unless `$select` names it.
    pub original_start_selected: bool,
    /// All of a series has one change key.
    pub shared_key: bool,
    /// `iCalUId` is the same for all of a series; else each occurrence has its own.
    pub shared_uid: bool,
    /// Exceptions outlive another rule or time of the master, where they still fit.
    pub keeps_exceptions: bool,
    /// An occurrence may not pass its neighbours.
    pub crossing: bool,
    /// `recurrenceTimeZone` is answered empty.
    pub empty_zone: bool,
}

impl Default for Series {
    fn default() -> Series {
        Series {
            cancelled: Cancelled::Selected,
            original_start_selected: true,
            shared_key: true,
            shared_uid: true,
            keeps_exceptions: false,
            crossing: true,
            empty_zone: false,
        }
    }
}

/// Of what a deleted series is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Removed {
    /// Of the master alone.
    #[default]
    Master,
    /// Of the occurrences that were in the window, not of the master.
    Instances,
    /// Of both.
    Both,
}

/// Incremental sync.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Delta {
    /// How many there are on a page where nobody said.
    pub page: usize,
    /// A round begins with an empty page.
    pub empty_pages: bool,
    /// Everything comes twice in a round.
    pub repeats: bool,
    /// Masters are left out.
    pub masterless: bool,
    /// So long a change is not shown yet (milliseconds).
    pub lag_ms: u64,
    /// Of what a deleted series is told.
    pub removed: Removed,
    /// Tokens end after so many changes in the mailbox.
    pub token_changes: Option<u64>,
    /// Tokens end after so many seconds.
    pub token_seconds: Option<i64>,
    /// The code of a lost token is `syncStateNotFound` instead of `SyncStateNotFound`.
    pub lower_codes: bool,
    /// A lost token is answered with a `Location` to begin anew at.
    pub location: bool,
    /// `$select` is taken; else it is refused.
    pub select: bool,
    /// Each round tells the last changes of the round before once more.
    pub replays: bool,
}

impl Default for Delta {
    fn default() -> Delta {
        Delta {
            page: 10,
            empty_pages: false,
            repeats: false,
            masterless: false,
            lag_ms: 0,
            removed: Removed::Master,
            token_changes: None,
            token_seconds: None,
            lower_codes: false,
            location: false,
            select: true,
            replays: false,
        }
    }
}

/// Signing in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct SignIn {
    /// Scopes come back with the resource in front of them.
    pub prefixed_scopes: bool,
    /// A refresh brings another refresh token. The one before stays good.
    pub rotates: bool,
    /// The refresh token that was used ends.
    pub ends_rotated: bool,
    /// A refresh token that nobody used ends after so many days.
    pub idle_days: i64,
    /// What only an administrator can consent to: names of scopes, or `*`.
    pub admin_only: BTreeSet<String>,
    /// Every so many calls a good token is refused, once.
    pub flaky_every: Option<u64>,
    /// Calls are refused with this claims challenge: conditional access.
    pub claims: Option<String>,
}

impl Default for SignIn {
    fn default() -> SignIn {
        SignIn {
            prefixed_scopes: false,
            rotates: true,
            ends_rotated: false,
            idle_days: 90,
            admin_only: BTreeSet::new(),
            flaky_every: None,
            claims: None,
        }
    }
}

/// Change notifications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Push {
    /// The longest life of a subscription, in minutes.
    pub longest_minutes: i64,
    /// The address has to answer a validation before there is a subscription.
    pub validates: bool,
    /// Addresses must be https, as Graph insists.
    pub https: bool,
    /// Each change is told so many times.
    pub copies: u32,
    /// A creation is told as an update, too.
    pub created_and_updated: bool,
    /// Notices come so late (milliseconds).
    pub delay_ms: u64,
    /// Nothing is told, and nothing says so.
    pub silent: bool,
    /// Notices have no `id`.
    pub nameless: bool,
    /// After so many failures in a row new notices are discarded for ten minutes, and `missed` is told.
    pub drops_after: u32,
    /// A second subscription to the same is refused with 409.
    pub unique: bool,
    /// The list of subscriptions shows those that ended, too.
    pub lists_expired: bool,
    /// So long before the end a lifecycle notice asks for another authorisation (minutes).
    pub reauthorize_minutes: i64,
}

impl Default for Push {
    fn default() -> Push {
        Push {
            longest_minutes: 10_080,
            validates: true,
            https: false,
            copies: 1,
            created_and_updated: false,
            delay_ms: 0,
            silent: false,
            nameless: false,
            drops_after: 20,
            unique: true,
            lists_expired: false,
            reauthorize_minutes: 60,
        }
    }
}

/// How a wait is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RetryAfter {
    /// In whole seconds.
    #[default]
    Whole,
    /// With a fraction.
    Fraction,
    /// Not at all.
    Absent,
}

/// Limits on calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Load {
    /// So many calls of one mailbox at a time.
    pub concurrent: usize,
    /// How long a call takes (milliseconds). Where it takes none, no two meet.
    pub call_ms: u64,
    /// So many calls of one mailbox in ten minutes.
    pub per_ten_minutes: u64,
    /// So many calls of one application in a second.
    pub per_second: u64,
    /// What is too much is answered with 503 instead of 429.
    pub as_503: bool,
    /// How the wait is told.
    pub retry_after: RetryAfter,
    /// Answers of 404, 500, 503 and 504 have no body.
    pub empty_errors: bool,
}

impl Default for Load {
    fn default() -> Load {
        Load {
            concurrent: 4,
            call_ms: 0,
            per_ten_minutes: 10_000,
            per_second: 2_000,
            as_503: false,
            retry_after: RetryAfter::Whole,
            empty_errors: false,
        }
    }
}
