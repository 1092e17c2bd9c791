//! Names that a provider gives by itself.
//!
//! Where nobody can choose the id of what is made, it is asked for under ours ([`concord_providers::Provider::id_for`])
//! and gets another one. The first answer, read or listing that tells both settles it: from then on the mapping bears
//! the provider's, and nothing is known under ours any more.

use concord_model::observed::Item;
use concord_model::{ExternalId, MappingId};
use concord_points::point;
use concord_store::Tx;
use concord_store::mappings::{self, Mapping};

use super::{Run, Stop};

/// Mappings that have just got the provider's name for what they are of.
#[derive(Default)]
pub(super) struct Named(Vec<(MappingId, ExternalId)>);

impl Named {
    /// Gives a mapping the provider's name, if these items tell it.
    pub(super) fn take(&mut self, mapping: &mut Mapping, items: &[Item]) {
        let Some(ours) = mapping.external_id.as_ref() else { return };
        let told =
            |item: &&Item| item.part.is_none() && item.made_as.as_ref() == Some(ours) && item.id != *ours;
        let Some(item) = items.iter().find(told) else { return };
        point!("named: the provider has given it another name");
        mapping.external_id = Some(item.id.clone());
        self.0.push((mapping.id, item.id.clone()));
    }
}

impl Run<'_> {
    /// Makes room for new names: what was seen under one of them before it was known to be ours is nothing of its own.
    pub(super) async fn make_room(&self, tx: &mut Tx, named: &Named) -> Result<(), Stop> {
        let ids: Vec<ExternalId> = named.0.iter().map(|(_, id)| id.clone()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let known = mappings::by_external(tx, self.link.id, &ids).await?;
        for (mapping, id) in &named.0 {
            if let Some(seen) = known.get(id).filter(|seen| seen.id != *mapping) {
                point!("named: it was seen before it was known to be ours");
                mappings::remove(tx, seen.id).await?;
            }
        }
        Ok(())
    }
}
