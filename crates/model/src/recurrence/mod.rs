//! What repeats: rules, added dates, expansion and the three ways to edit a series.
//!
//! Everything is worked out in wall time on the series' own clock, and only then told as instants: so a series keeps
//! its hour across clock changes and weekdays never shift (EV-4, I-22, BM-052, BM-064). An occurrence is named by its
//! original start on that clock (`rules.md` 19). All work is bounded (I-42).
//!
//! ```text
//! lines ── parse ──▶ Rule ── walk ──▶ dates of one rule ── set ──▶ names of a series ── expand ──▶ occurrences
//!                                                                        edit: this · following · all · cancel
//! ```

mod carry;
mod edit;
mod expand;
mod lines;
mod parse;
mod rule;
mod set;
mod walk;

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

pub use carry::key as carried;
pub use edit::{EditError, Split, cancel_following, cancel_this, edit_all, edit_following, edit_this};
pub use expand::{Occurrence, expand, first_and_last, is_empty, next_after};
pub use lines::told_key;
pub use rule::{BadRule, ByDay, Freq, Rule};
pub use set::{give_dates, occurring, occurs, plausible};
pub use walk::TooMuch;

use crate::time::{OccurrenceKey, Span};

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

impl Recurrence {
    /// The same for a series with that span: every rule fits it ([`Rule::fitted`]) and is told once, added dates are
    /// of its kind, and its start, which is an occurrence anyway, is not among them.
    pub fn fitted(self, series: &Span) -> Result<Recurrence, BadRule> {
        let mut rules = Vec::with_capacity(self.rules.len());
        for rule in self.rules {
            let rule = rule.fitted(series)?;
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        rules.sort_by_cached_key(Rule::to_string);
        let start = wall(series.key());
        let added = self.added.into_iter().map(|key| match (key, series.is_all_day()) {
            // A date in a timed series stands for the occurrence of that day.
            (OccurrenceKey::Date(date), false) => OccurrenceKey::Time(date.to_datetime(start.time())),
            (OccurrenceKey::Time(wall), true) => OccurrenceKey::Date(wall.date()),
            (key, _) => key,
        });
        let added = added.filter(|key| *key != series.key()).collect();
        Ok(Recurrence { rules, added })
    }
}

impl From<Rule> for Recurrence {
    fn from(rule: Rule) -> Recurrence {
        Recurrence { rules: vec![rule], added: BTreeSet::new() }
    }
}

/// A key as a wall time.
fn wall(key: OccurrenceKey) -> DateTime {
    match key {
        OccurrenceKey::Time(wall) => wall,
        OccurrenceKey::Date(date) => date.at(0, 0, 0, 0),
    }
}
