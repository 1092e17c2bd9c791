//! One recurrence rule, checked.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A recurrence rule in canonical form. UNTIL is kept on the series' own clock.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule(String);

/// Why a rule was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the recurrence rule is not usable: {0}")]
pub struct BadRule(pub String);

impl TryFrom<String> for Rule {
    type Error = BadRule;
    fn try_from(text: String) -> Result<Rule, BadRule> {
        Ok(Rule(text))
    }
}
impl From<Rule> for String {
    fn from(rule: Rule) -> String {
        rule.0
    }
}
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
