//! People as calendars know them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An e-mail address in the one form in which addresses are compared: trimmed, lower case.
///
/// Calendars hold odd addresses (groups, resources, `urn:uuid:…`), so this is not a check that mail would arrive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Address(String);

impl Address {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Address {
    fn from(s: &str) -> Address {
        Address(s.trim().to_lowercase())
    }
}
impl From<String> for Address {
    fn from(s: String) -> Address {
        Address::from(s.as_str())
    }
}
impl From<Address> for String {
    fn from(a: Address) -> String {
        a.0
    }
}
impl fmt::Debug for Address {
    /// Personal: never printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Who called the meeting.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organiser {
    /// Where to reach them.
    pub address: Address,
    /// What they are called; empty when unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// Someone who is invited.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attendee {
    /// Where to reach them. Attendees are a set by this.
    pub address: Address,
    /// What they are called; empty when unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What they answered.
    #[serde(default)]
    pub answer: Answer,
    /// Whether they must be there.
    #[serde(default)]
    pub role: Role,
}

impl fmt::Debug for Attendee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attendee(… {:?} {:?})", self.answer, self.role)
    }
}

/// What an attendee answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// Nothing yet.
    #[default]
    Awaited,
    /// Will come.
    Accepted,
    /// May come.
    Tentative,
    /// Will not come.
    Declined,
}

/// What an attendee is to the meeting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Should be there.
    #[default]
    Required,
    /// May be there.
    Optional,
    /// A room or a thing.
    Resource,
}
