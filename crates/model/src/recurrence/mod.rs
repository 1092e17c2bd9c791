//! What repeats: rules, added dates, expansion and the three ways to edit a series.

mod rule;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use rule::{BadRule, Rule};

use crate::time::OccurrenceKey;

/// How an event repeats. Removed dates are not here: an EXDATE is [`crate::view::Override::Cancelled`], so that
/// there is one way to say that an occurrence does not take place.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Recurrence {
    /// Usually one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Dates besides the rules (RDATE).
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub added: BTreeSet<OccurrenceKey>,
}
