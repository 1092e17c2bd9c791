//! Guests merge as a set, person by person (architecture 2, BM-123).

use std::collections::BTreeMap;

use concord_model::people::{Address, Attendee};
use concord_model::view::Value;
use concord_model::{Field, View};

use super::{Merged, three_way};

/// Returns the merged guests; `None` for other fields, or when both sides changed one guest differently.
pub(super) fn merged(field: Field, base: &View, ours: &View, theirs: &View) -> Option<Value> {
    if field != Field::Attendees {
        return None;
    }
    guests(&base.attendees, &ours.attendees, &theirs.attendees).map(Value::Attendees)
}

/// Merges three lists of guests; `None` when both sides changed one guest differently.
///
/// An answer is its person's own: where both sides have another, the later side is unknown, so that is a clash;
/// added on one side and removed on the other is one too.
pub fn guests(base: &[Attendee], ours: &[Attendee], theirs: &[Attendee]) -> Option<Vec<Attendee>> {
    let index = |list: &[Attendee]| -> BTreeMap<Address, Attendee> {
        list.iter().map(|a| (a.address.clone(), a.clone())).collect()
    };
    let (base, ours, theirs) = (index(base), index(ours), index(theirs));
    let mut all: Vec<&Address> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
    all.sort();
    all.dedup();
    let mut merged = Vec::new();
    for address in all {
        match three_way(base.get(address), ours.get(address), theirs.get(address)) {
            Merged::Settled(guest) => merged.extend(guest.cloned()),
            Merged::Both { .. } => return None,
        }
    }
    Some(merged)
}
