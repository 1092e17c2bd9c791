//! The same event under another name: its server, or a person's program, has filed it anew.
//!
//! A listing tells the new name and need not tell that the old one is gone. What bears the name in the world of an event
//! whose copy is known is therefore a reason to read that copy directly: only if it is gone from its place, it is this.

use std::collections::BTreeMap;

use concord_model::observed::{Observation, Reading, Theirs};
use concord_model::{EventId, MappingId};
use concord_points::point;
use concord_store::mappings::Mapping;

use super::ours::CopyOf;
use super::{Run, Stop};

impl Run<'_> {
    /// The unknown items that one of these copies goes on as, each with its event.
    pub(super) async fn refiled(
        &mut self,
        unknown: &[(&Mapping, Theirs)],
        copies: &BTreeMap<CopyOf, Mapping>,
    ) -> Result<BTreeMap<MappingId, EventId>, Stop> {
        let mut found = BTreeMap::new();
        // Each copy is read once, however many items bear its name.
        let doubtful: Vec<Mapping> =
            copies.values().filter(|own| unknown.iter().any(|(new, _)| may_be(new, own))).cloned().collect();
        if doubtful.is_empty() || self.silent {
            return Ok(found);
        }
        let readings = self.read(&doubtful).await?;
        for (own, reading) in doubtful.iter().zip(readings) {
            if let (Some(Reading::Deleted | Reading::Missing), Some(event)) = (reading, own.event) {
                point!("refiled: it lies under another name");
                let items = unknown.iter().filter(|(new, _)| may_be(new, own));
                found.extend(items.map(|(new, _)| (new.id, event)));
            }
        }
        Ok(found)
    }
}

/// Whether an unknown item may be a copy that is known by another name. What was told to be gone is looked after elsewhere.
fn may_be(new: &Mapping, own: &Mapping) -> bool {
    let (Some(told), Some(known)) = (&new.uid, &own.uid) else { return false };
    told.eq_ignore_ascii_case(known)
        && own.external_id.is_some()
        && own.external_id != new.external_id
        && own.part.is_none()
        && !own.observation.as_ref().is_some_and(Observation::is_tombstone)
}
