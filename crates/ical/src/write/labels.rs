//! What the zones of a file are called in it, and which of them still need a definition.

use std::collections::BTreeMap;

use concord_model::Zone;

use crate::component::Component;
use crate::read::Zones;
use crate::zones;

/// The names of zones in a file.
#[derive(Default)]
pub(crate) struct Labels<'a> {
    file: Option<&'a Zones>,
    /// Zones without a definition, each with the first year it is needed for.
    new: BTreeMap<Zone, i16>,
}

impl<'a> Labels<'a> {
    /// For a file that knows some zones already.
    pub(crate) fn of(file: &'a Zones) -> Labels<'a> {
        Labels { file: Some(file), new: BTreeMap::new() }
    }

    /// The TZID of a zone for a time in that year.
    pub(crate) fn label(&mut self, zone: &Zone, year: i16) -> String {
        let years = (year, year.saturating_add(2).min(9998));
        if let Some(name) = self.file.and_then(|file| file.name_of(zone, years)) {
            return name.to_owned();
        }
        let first = self.new.entry(zone.clone()).or_insert(year);
        *first = year.min(*first);
        zone.name().to_owned()
    }

    /// Definitions of the zones that had none.
    pub(crate) fn definitions(self) -> Vec<Component> {
        self.new.iter().map(|(zone, first)| zones::definition(zone.name(), zone, *first)).collect()
    }
}
