//! What is there. A listing says of each file only its name and version; whoever does not know that version reads it.

use std::collections::BTreeMap;

use concord_model::observed::{Hold, Item, Reading, State};
use concord_model::{Cursor, Etag, ExternalId};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{NOBODY, answers};
use crate::answer::Answer;
use crate::disk::{Disk, Held, Listed, Version};
use crate::file::{self, Body};
use crate::provider::{Next, Page};

/// How many files are held at a time while one is looked for.
const SLICE: usize = 500;

/// What changed: nothing, or something.
pub(super) async fn changes(disk: &dyn Disk, folder: &str, from: Option<&Cursor>) -> Result<Page, Answer> {
    let mut all = disk.list(folder).await.map_err(|trouble| answers::refusal(folder, trouble))?;
    all.sort_by(|one, other| one.name.cmp(&other.name));
    let stands = Cursor(fingerprint(folder, &all));
    match from {
        Some(from) if *from == stands => Ok(Page { items: Vec::new(), next: Next::Done(stands) }),
        Some(_) => Ok(Page { items: Vec::new(), next: Next::Everything }),
        None => Ok(Page { items: all.into_iter().map(named).collect(), next: Next::Done(stands) }),
    }
}

/// The fingerprint of all names and versions.
fn fingerprint(folder: &str, all: &[Listed]) -> String {
    let mut hash = Sha256::new();
    for text in all.iter().flat_map(|one| [one.name.as_str(), one.version.0.as_str()]) {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.update(folder);
    format!("1 {}", HEXLOWER.encode(&hash.finalize()[..16]))
}

fn named(listed: Listed) -> Item {
    Item {
        id: ExternalId(listed.name),
        part: None,
        uid: None,
        etag: Some(etag(&listed.version)),
        stamp: None,
        mark: None,
        made_as: None,
        copied_from: None,
        hold: Hold::Free,
        page: None,
        complete: true,
        state: State::Unread,
    }
}

pub(super) fn etag(version: &Version) -> Etag {
    Etag(version.0.clone())
}

pub(super) fn body(held: Held) -> Body {
    Body { etag: Some(etag(&held.version)), file: held.content, modified_at: held.modified_at }
}

/// Files, each as an event.
pub(super) async fn read(
    disk: &dyn Disk,
    folder: &str,
    ids: &[ExternalId],
    now: Timestamp,
) -> Vec<Result<Reading, Answer>> {
    let names: Vec<String> = ids.iter().map(|id| id.0.clone()).collect();
    let reading = |(id, held): (&ExternalId, Result<Option<Held>, _>)| {
        let held = held.map_err(|trouble| answers::refusal(folder, trouble))?;
        let item = held.and_then(|held| file::item(&NOBODY, id, &body(held), now));
        // Programs that replace a file take it away first: that it is missing once proves nothing.
        Ok(item.map_or(Reading::Missing, |item| Reading::Present(vec![item])))
    };
    ids.iter().zip(disk.read(folder, &names).await).map(reading).collect()
}

/// Looks into every file for events of those names.
pub(super) async fn find(
    disk: &dyn Disk,
    folder: &str,
    uids: &[String],
    now: Timestamp,
) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
    let mut found: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    let all = disk.list(folder).await.map_err(|trouble| answers::refusal(folder, trouble))?;
    let ids: Vec<ExternalId> = all.into_iter().map(|listed| ExternalId(listed.name)).collect();
    for slice in ids.chunks(SLICE) {
        for reading in read(disk, folder, slice, now).await {
            let Reading::Present(items) = reading? else { continue };
            for item in items {
                if let Some(uid) = item.uid.clone().filter(|uid| uids.contains(uid)) {
                    found.entry(uid).or_default().push(item);
                }
            }
        }
    }
    Ok(found)
}
