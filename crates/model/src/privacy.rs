//! How much of an event a calendar may show.

use serde::{Deserialize, Serialize};

/// How private an event is by its own word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Privacy {
    /// As the calendar it lies in.
    #[default]
    Default,
    /// Anyone who sees the calendar may see it.
    Public,
    /// Only its people.
    Private,
    /// Only its people, and its existence too is nobody's business.
    Confidential,
}

impl Privacy {
    /// Whether it leaves in clear only when its user asked for it.
    pub fn is_private(self) -> bool {
        matches!(self, Privacy::Private | Privacy::Confidential)
    }
}

/// How much one link's calendar may show (PV-2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Detail {
    /// Everything that the other switches allow.
    #[default]
    Full,
    /// Title and time.
    Title,
    /// That the time is taken, and nothing else.
    Busy,
}

/// What a link does with private events (PV-2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PrivateEvents {
    /// They do not go there.
    #[default]
    Exclude,
    /// They go there as a busy block.
    Busy,
    /// They go there like any other; the user asked for it.
    Show,
}

/// How clients are named (PV-2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClientNames {
    /// By name.
    #[default]
    Shown,
    /// By initials.
    Initials,
    /// As "Client".
    Hidden,
}
