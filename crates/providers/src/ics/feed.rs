//! A fetched file as items, with names and versions of our own making.
//!
//! An item's name comes from its UID, or from what it says where it has none; its version from what it says. What a
//! generator sets at each download (DTSTAMP, SEQUENCE, the order of the file) is in neither.

use std::collections::BTreeMap;

use concord_ical::{Found, Unreadable};
use concord_model::observed::{Hold, Item, State};
use concord_model::{Etag, ExternalId, Zone, text};
use data_encoding::BASE32HEX_NOPAD;
use sha2::{Digest, Sha256};

/// The longest name of a calendar that is taken over.
const NAME_CHARS: usize = 100;

/// A feed as it was seen.
pub(super) struct Feed {
    /// What it calls itself.
    pub(super) name: Option<String>,
    /// The zone that it says it is in.
    pub(super) zone: Option<Zone>,
    pub(super) items: BTreeMap<ExternalId, Item>,
    /// The fingerprint of what it says, names aside.
    pub(super) content: String,
}

impl Feed {
    /// Reads a file. One that is not whole is no feed.
    pub(super) fn read(file: &[u8]) -> Result<Feed, Unreadable> {
        let calendar = concord_ical::read(file)?;
        let mut items = BTreeMap::new();
        for found in &calendar.items {
            let item = item(found);
            items.insert(item.id.clone(), item);
        }
        let mut said: Vec<&str> =
            items.values().filter_map(|item| item.etag.as_ref()).map(Etag::as_str).collect();
        said.sort_unstable();
        let name = calendar.name.map(|name| text::line(&name).chars().take(NAME_CHARS).collect());
        let zone = calendar.zone;
        let about = [name.as_deref().unwrap_or_default(), zone.as_ref().map_or("", Zone::name)];
        let content = short(&[&short(&said), &short(&about)]);
        Ok(Feed { name, zone, items, content })
    }
}

fn item(found: &Found) -> Item {
    let identity = found.identity();
    let (version, state) = match &found.view {
        Ok(view) => {
            let said = serde_json::to_string(view).unwrap_or_default();
            (short(&[&said]), State::Live(Box::new(view.clone())))
        }
        Err(why) => (short(&["odd", &why.to_string()]), State::Odd(why.to_string())),
    };
    Item {
        id: ExternalId(short(&[&identity])),
        part: None,
        made_as: None,
        copied_from: None,
        // A name that several events share, or that was made up here, is no name in the world.
        uid: (!found.uid_made_up && found.part.is_none()).then(|| found.uid.clone()),
        etag: Some(Etag(version)),
        stamp: found.modified,
        mark: None,
        hold: Hold::ReadOnly,
        page: None,
        complete: true,
        state,
    }
}

/// A short name for a list of texts.
pub(super) fn short(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    BASE32HEX_NOPAD.encode(&hash.finalize()[..15]).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(events: &[&str]) -> Feed {
        let events: String =
            events.iter().map(|lines| format!("BEGIN:VEVENT\r\n{lines}END:VEVENT\r\n")).collect();
        let file = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n");
        Feed::read(file.as_bytes()).unwrap()
    }

    const ONE: &str = "UID:1\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261201T100000Z\r\nSUMMARY:One\r\n";
    const TWO: &str = "UID:2\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20261202T100000Z\r\nSUMMARY:Two\r\n";

    #[test]
    fn what_changes_at_each_download_changes_nothing() {
        let one_later = ONE.replace("20261101T000000Z", "20261102T030405Z").replace("UID:1", "UID:new")
            + "SEQUENCE:7\r\n";
        let (before, after) = (feed(&[ONE, TWO]), feed(&[TWO, &one_later]));
        assert_eq!(before.content, after.content);
        assert_ne!(before.content, feed(&[ONE]).content);
        assert_ne!(before.content, feed(&[ONE, &TWO.replace("Two", "Other")]).content);
    }

    #[test]
    fn an_event_keeps_its_name_whatever_it_says() {
        let name = |feed: &Feed| feed.items.keys().next().unwrap().clone();
        assert_eq!(name(&feed(&[ONE])), name(&feed(&[&ONE.replace("One", "Other")])));
        assert_ne!(name(&feed(&[ONE])), name(&feed(&[TWO])));
        // One name for all of them, and no word of which occurrence each is.
        let shared = feed(&[ONE, &TWO.replace("UID:2", "UID:1")]);
        assert_eq!(shared.items.len(), 2);
        assert!(shared.items.values().all(|item| item.uid.is_none()));
    }

    #[test]
    fn an_odd_event_is_there_and_the_others_are_read() {
        let feed = feed(&["UID:3\r\nDTSTART:never\r\n", ONE]);
        assert_eq!(feed.items.len(), 2);
        assert_eq!(feed.items.values().filter(|item| matches!(item.state, State::Odd(_))).count(), 1);
    }
}
