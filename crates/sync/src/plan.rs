//! Many decisions as one value: printed as a dry run, weighed by the brake, consented to by its hash.

use std::collections::BTreeSet;
use std::fmt;

use concord_model::link::Settings;
use concord_model::people::Address;
use concord_model::view::{Override, Value};
use concord_model::{EventId, ExternalId, Field, FieldSet, View};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::decide::{Decision, Here, There, Why};

/// What one run of a link would do.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Step by step. Long plans keep only their first steps; the counts are whole.
    pub steps: Vec<Step>,
    /// How often each thing would be done.
    pub counts: Counts,
    /// Every step so far, also those that are not kept: each makes a new one of the one before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    chain: String,
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
    /// Recognised there as an event that is here already: neither side gets it a second time.
    #[serde(default)]
    pub adopted: u64,
    /// Questions to a person.
    pub asked: u64,
    /// How many of the writes there would be told to guests by mail (BE-7).
    #[serde(default)]
    pub mails: u64,
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
    Adopt,
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
            Act::Adopt => "recognise",
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
            Act::Adopt => &mut self.counts.adopted,
            Act::Ask => &mut self.counts.asked,
        };
        *count += 1;
        let told = serde_json::to_vec(&step).expect("a step is plain data");
        self.link(&told);
        if self.steps.len() < Plan::KEPT {
            self.steps.push(step);
        }
    }

    /// Notes that the step added last would send mail to so many guests; none is nothing.
    pub fn add_mail(&mut self, guests: usize) {
        if guests > 0 {
            self.counts.mails += 1;
            self.link(&guests.to_be_bytes());
        }
    }

    fn link(&mut self, told: &[u8]) {
        let mut digest = Sha256::new();
        digest.update(self.chain.as_bytes());
        digest.update(told);
        self.chain = HEXLOWER.encode(&digest.finalize());
    }

    /// What a person consents to: exactly these steps in this order, and no other (`rules.md` 16). Hexadecimal. Steps
    /// are added in the order of their mappings, so the same work gives the same hash however it is divided.
    pub fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.chain.as_bytes()))
    }

    /// Whether it does nothing.
    pub fn is_empty(&self) -> bool {
        self.counts == Counts { mapped: self.counts.mapped, ..Counts::default() }
    }
}

/// How many guests would be told by mail if a decision were carried out: those who are on the list before or after a
/// write that the provider sends round. `there` is the copy as it is.
pub fn mailed(decision: &Decision, there: Option<&View>, settings: &Settings, own: &[Address]) -> usize {
    if !settings.mail_guests {
        return 0;
    }
    let views: Vec<&View> = match &decision.there {
        There::Create(view) | There::Recreate(view) => vec![view],
        There::Update { before, after } => vec![before, after],
        There::Delete => there.into_iter().collect(),
        There::Nothing | There::End | There::Forget => Vec::new(),
    };
    let parts = views.iter().flat_map(|view| view.overrides.values()).filter_map(|change| match change {
        Override::Changed(patch) => match patch.get(&Field::Attendees) {
            Some(Value::Attendees(list)) => Some(list),
            _ => None,
        },
        Override::Cancelled => None,
    });
    let lists = views.iter().map(|view| &view.attendees).chain(parts);
    lists.flatten().map(|guest| &guest.address).filter(|a| !own.contains(a)).collect::<BTreeSet<_>>().len()
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

impl fmt::Display for Plan {
    /// For people: what a dry run prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing to do\n");
        }
        writeln!(f, "{}", self.counts)?;
        for step in &self.steps {
            writeln!(f, "  {step}")?;
        }
        let told = self.counts.steps() - self.steps.len() as u64;
        if told > 0 {
            writeln!(f, "  … and {told} more")?;
        }
        Ok(())
    }
}

impl Counts {
    fn steps(&self) -> u64 {
        self.created_here
            + self.changed_here
            + self.deleted_here
            + self.created_there
            + self.changed_there
            + self.deleted_there
            + self.adopted
            + self.asked
    }
}

impl fmt::Display for Counts {
    /// "2 to create here, 1 to delete there; 1 to ask; 1 would be mailed to guests".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = [
            (self.created_here, "to create here"),
            (self.changed_here, "to change here"),
            (self.deleted_here, "to delete here"),
            (self.created_there, "to create there"),
            (self.changed_there, "to change there"),
            (self.deleted_there, "to delete there"),
            (self.adopted, "that are on both sides already"),
            (self.asked, "to ask about"),
            (self.mails, "that guests would get mail about"),
        ];
        let told: Vec<String> = told
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        f.write_str(&told.join(", "))
    }
}

impl fmt::Display for Step {
    /// One line: what, when, its title, and which fields or why.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<12}", self.act.to_string())?;
        if !self.when.is_empty() {
            write!(f, "  {}", self.when)?;
        }
        let title = if self.title.is_empty() { "(no title)" } else { &self.title };
        write!(f, "  {title}")?;
        if !self.fields.is_empty() {
            write!(f, "  ({})", self.fields)?;
        }
        if !self.why.is_empty() {
            write!(f, ": {}", self.why)?;
        }
        Ok(())
    }
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
