//! What can be switched on and off: what was found odd about Notion, and how busy it is.

use serde::{Deserialize, Serialize};

/// Everything that can be switched. The default is Notion on a quiet day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Quirks {
    /// So long queries and searches do not show a change yet (milliseconds).
    pub lag_ms: u64,
    /// Search finds only what was shared itself, not what lies inside of it.
    pub search_misses: bool,
    /// A query ends after so many results, and says so in one field.
    pub query_limit: usize,
    /// Pages of lists are no longer than this, whatever was asked for.
    pub longest_page: Option<usize>,
    /// A cursor is a place in the list: rows that move while it is read push others over it.
    pub offset_cursors: bool,
    /// Cursors end after so many seconds.
    pub cursor_seconds: Option<u64>,
    /// How likely a write is refused as in conflict with another.
    pub conflict_rate: f64,
    /// A write to a data source so soon after another one is refused as in conflict with it (milliseconds).
    pub conflict_window_ms: u64,
    /// So long a new database refuses writes as in conflict (milliseconds).
    pub fresh_database_ms: u64,
    /// Edits of a page's body by the API do not move its time of last edit.
    pub body_edits_unseen: bool,
    /// A property that does not exist is left out of a write, and nothing is said.
    pub ignores_unknown_properties: bool,
    /// A relation to a page that is not shared is left out; otherwise the write is refused.
    pub drops_unshared_relations: bool,
    /// Times keep their seconds.
    pub keeps_seconds: bool,
    /// Neighbouring pieces of text with the same looks become one.
    pub joins_text: bool,
    /// New options of a status property can be written to the schema.
    pub status_options_by_api: bool,
    /// A pages' trash is emptied after so many days.
    pub trash_days: u32,
    /// The host that addresses of pages name.
    pub page_host: Option<String>,
    /// Codes bring refresh tokens. Connections from before 2025 have none.
    pub refresh_tokens: bool,
    /// Access tokens end after so many seconds.
    pub access_token_seconds: Option<u64>,
    /// So long the access token before a refresh is still good (seconds).
    pub old_access_seconds: u64,
    /// A free workspace with several members has used up its blocks.
    pub full_workspace: bool,
    /// How webhooks are delivered.
    pub webhooks: Delivery,
    /// Limits on calls.
    pub quota: Quota,
}

impl Default for Quirks {
    fn default() -> Quirks {
        Quirks {
            lag_ms: 0,
            search_misses: false,
            query_limit: 10_000,
            longest_page: None,
            offset_cursors: false,
            cursor_seconds: Some(3600),
            conflict_rate: 0.0,
            conflict_window_ms: 0,
            fresh_database_ms: 0,
            body_edits_unseen: false,
            ignores_unknown_properties: false,
            drops_unshared_relations: true,
            keeps_seconds: false,
            joins_text: false,
            status_options_by_api: true,
            trash_days: 30,
            page_host: None,
            refresh_tokens: true,
            access_token_seconds: None,
            old_access_seconds: 0,
            full_workspace: false,
            webhooks: Delivery::default(),
            quota: Quota::default(),
        }
    }
}

/// How webhooks are delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Delivery {
    /// So long after the change (milliseconds). What changes again until then is told once.
    pub delay_ms: u64,
    /// And by chance up to so much later, so that order means nothing (milliseconds).
    pub jitter_ms: u64,
    /// Each event is sent so many times.
    pub copies: u32,
    /// How likely an event is lost.
    pub loss_rate: f64,
    /// So many attempts are made, over about a day.
    pub attempts: u32,
}

impl Default for Delivery {
    fn default() -> Delivery {
        Delivery { delay_ms: 0, jitter_ms: 0, copies: 1, loss_rate: 0.0, attempts: 8 }
    }
}

/// How much may be called. Nothing is limited until a test says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Quota {
    /// Calls of one connection in 60 seconds (Notion: 180, on dearer plans 600).
    pub per_minute: Option<u32>,
    /// Calls of one connection in a second (Notion until 2026: 3).
    pub per_second: Option<u32>,
    /// Calls of all connections of the workspace in 60 seconds.
    pub per_workspace: Option<u32>,
}
