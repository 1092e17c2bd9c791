//! What the last look at a feed saw: enough to know whether the next one sees something else.

use concord_model::Cursor;
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::feed::{Feed, short};
use crate::answer::Answer;

const VERSION: u32 = 1;

/// What a look saw.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) struct Place {
    #[serde(rename = "v")]
    version: u32,
    /// Of which feed.
    #[serde(rename = "f")]
    feed: String,
    /// The fingerprint of what it says, names aside.
    #[serde(rename = "c")]
    pub(super) content: String,
}

impl Place {
    /// What is seen now.
    pub(super) fn of(address: &Address, feed: &Feed) -> Place {
        Place { version: VERSION, feed: short(&[address.url.as_str()]), content: feed.content.clone() }
    }

    pub(super) fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).expect("texts and a number are JSON"))
    }

    /// What a cursor of that feed says.
    pub(super) fn read(address: &Address, cursor: &Cursor) -> Result<Place, Answer> {
        let place: Option<Place> = serde_json::from_str(cursor.as_str()).ok();
        let fits = |place: &Place| place.version == VERSION && place.feed == short(&[address.url.as_str()]);
        place.filter(fits).ok_or(Answer::CursorGone)
    }
}
