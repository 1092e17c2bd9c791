//! What both sides last agreed on, and what is under way.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::ExternalId;
use crate::observed::{Hold, Theirs, Versions};
use crate::time::OccurrenceKey;
use crate::view::{FieldSet, View};

/// The last view that both sides agreed on.
///
/// Providers rewrite what they are given (trim, shorten, re-wrap), so the two sides of an agreement can look
/// different: `ours` is what our lens showed, `theirs` what their calendar made of it. Each side has changed only
/// if it differs from its own half (BM-130).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Base {
    /// What our lens showed.
    pub ours: View,
    /// What their calendar made of it; the same as ours when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<Box<View>>,
    /// Fields on which the two sides never agreed: a person is asked, and neither side's word travels until then.
    #[serde(default, skip_serializing_if = "no_fields")]
    pub disputed: FieldSet,
    /// Occurrences on which they never agreed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub disputed_parts: BTreeSet<OccurrenceKey>,
}

fn no_fields(fields: &FieldSet) -> bool {
    fields.is_empty()
}

impl Base {
    /// An agreement between what we showed and what they hold.
    pub fn of(ours: View, theirs: View) -> Base {
        let theirs = (theirs != ours).then(|| Box::new(theirs));
        Base { ours, theirs, disputed: FieldSet::NONE, disputed_parts: BTreeSet::new() }
    }

    /// The same agreement, with the disputes of another.
    pub fn disputed_as(self, other: &Base) -> Base {
        Base { disputed: other.disputed, disputed_parts: other.disputed_parts.clone(), ..self }
    }

    /// Their half.
    pub fn theirs(&self) -> &View {
        self.theirs.as_deref().unwrap_or(&self.ours)
    }
}

/// What is about to be done at a provider: stored before the call, settled after the answer (architecture 3).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Intent {
    /// It is being made, to look like this.
    Create(Box<View>),
    /// It is being changed, from our half of the agreement to this.
    Update(Box<View>),
    /// It is being taken away.
    Delete,
}

/// What a mapping knows of the other side: the agreement's other half, with versions.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Known {
    /// Versions at the provider.
    pub versions: Versions,
    /// When it was last modified there.
    pub stamp: Option<jiff::Timestamp>,
    /// What the calendar lets us do with it.
    pub hold: Hold,
    /// Since when listings lack it, where only time proves that it is gone. Said before it was last listed, it means
    /// nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<jiff::Timestamp>,
    /// Whether it was gone there when it ended. What ended otherwise may live there unchanged.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// Where its provider shows it to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Occurrences that only the series' own lines leave out there.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub left_out: BTreeSet<OccurrenceKey>,
    /// While it is being made: what was deleted there of the same event before, to be put back where that can be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<ExternalId>,
    /// What was written to this version, was not answered, and was not there when it was looked for: it may still arrive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<Unanswered>,
}

/// A change that nobody answered.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Unanswered {
    /// What was there.
    pub before: View,
    /// What was to be there.
    pub after: View,
}

impl Known {
    /// Their side as last agreed.
    pub fn theirs(&self, base: &Base) -> Theirs {
        Theirs {
            view: base.theirs().clone(),
            versions: self.versions.clone(),
            stamp: self.stamp,
            hold: self.hold,
            page: self.page.clone(),
            left_out: self.left_out.clone(),
        }
    }
}
