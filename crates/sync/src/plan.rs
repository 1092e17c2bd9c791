//! Many decisions as one value: printed as a dry run, weighed by the brake, consented to by its hash.

use std::fmt;

use concord_model::{EventId, ExternalId, FieldSet};
use serde::{Deserialize, Serialize};

use crate::brake::Weight;
use crate::decide::{Decision, Here, There, Why};

/// What one run of a link would do.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Step by step. Long plans keep only their first steps; the counts are whole.
    pub steps: Vec<Step>,
    /// How often each thing would be done.
    pub counts: Counts,
}

/// How often each thing would be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Made here.
    pub created_here: u64,
    /// Changed here.
    pub changed_here: u64,
    /// Deleted here.
    pub deleted_here: u64,
    /// Made there.
    pub created_there: u64,
    /// Changed there.
    pub changed_there: u64,
    /// Deleted there.
    pub deleted_there: u64,
    /// Questions to a person.
    pub asked: u64,
    /// Already mapped.
    pub mapped: u64,
}

/// One thing that a run would do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What.
    pub act: Act,
    /// To which event, if it is known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// To which copy, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalId>,
    /// Its title, for the person who looks at the plan.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// When it happens, for the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub when: String,
    /// Which fields change.
    #[serde(default, skip_serializing_if = "no_fields")]
    pub fields: FieldSet,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What a step does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they speak for themselves")]
pub enum Act {
    CreateHere,
    ChangeHere,
    DeleteHere,
    CreateThere,
    ChangeThere,
    DeleteThere,
    Ask,
}

impl Act {
    /// Whether it takes away or overwrites something.
    pub fn is_destructive(self) -> bool {
        matches!(self, Act::DeleteHere | Act::DeleteThere | Act::ChangeThere)
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Act::CreateHere => "create here",
            Act::ChangeHere => "change here",
            Act::DeleteHere => "delete here",
            Act::CreateThere => "create there",
            Act::ChangeThere => "change there",
            Act::DeleteThere => "delete there",
            Act::Ask => "ask",
        })
    }
}

impl Plan {
    /// How many steps a plan keeps for people to read.
    pub const KEPT: usize = 1_000;

    /// Adds a step.
    pub fn add(&mut self, step: Step) {
        let count = match step.act {
            Act::CreateHere => &mut self.counts.created_here,
            Act::ChangeHere => &mut self.counts.changed_here,
            Act::DeleteHere => &mut self.counts.deleted_here,
            Act::CreateThere => &mut self.counts.created_there,
            Act::ChangeThere => &mut self.counts.changed_there,
            Act::DeleteThere => &mut self.counts.deleted_there,
            Act::Ask => &mut self.counts.asked,
        };
        *count += 1;
        if self.steps.len() < Plan::KEPT {
            self.steps.push(step);
        }
    }

    /// Its weight for the brake.
    pub fn weight(&self) -> Weight {
        Weight {
            deletions: self.counts.deleted_here + self.counts.deleted_there,
            rewrites: self.counts.changed_there,
            mapped: self.counts.mapped,
        }
    }

    /// Whether it does nothing.
    pub fn is_empty(&self) -> bool {
        self.counts == Counts { mapped: self.counts.mapped, ..Counts::default() }
    }
}

/// The steps of a decision: what it does here, there, and asks.
pub fn acts(decision: &Decision) -> impl Iterator<Item = Act> {
    let here = match decision.here {
        Here::Nothing => None,
        Here::Change(_) => Some(Act::ChangeHere),
        Here::Delete => Some(Act::DeleteHere),
    };
    let there = match decision.there {
        There::Create(_) | There::Recreate(_) => Some(Act::CreateThere),
        There::Update { .. } => Some(Act::ChangeThere),
        There::Delete => Some(Act::DeleteThere),
        There::Nothing | There::End | There::Forget => None,
    };
    [here, there, decision.ask.map(|_| Act::Ask)].into_iter().flatten()
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Not(why) => return why.fmt(f),
            Why::PullOnly => "this link only brings events in",
            Why::ReadOnly => "this calendar may not be written",
            Why::SwitchedOff => "this event was switched off for this calendar",
            Why::OutsideWindow => "it lies outside the dates in which this link adds events",
            Why::DeletedThere => "it was deleted in the calendar",
            Why::PutBack => "it was deleted in the calendar and is put back",
            Why::DeletionAsked => "it was deleted in the calendar, and you are asked what to do",
            Why::Ended => "its copy was deleted earlier",
        })
    }
}

fn no_fields(fields: &FieldSet) -> bool {
    fields.is_empty()
}
