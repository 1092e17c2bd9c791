//! When both sides changed the same thing: what kind of conflict it is, and which side stands.

use std::fmt;

use concord_model::agreed::Base;
use concord_model::link::{Policy, Settings};
use concord_model::view::{Override, Status, Value};
use concord_model::{Field, OccurrenceKey, View};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::merge::{put, put_value};

/// What kind of conflict it is (CF-1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Both moved it.
    TimeChange,
    /// One changed it, the other deleted it; or a deletion there waits for an answer.
    Deleted,
    /// Both changed another field.
    DataMismatch,
    /// The same meeting may have been entered on both sides.
    CreatedExternally,
}

/// One thing that both sides changed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Clash {
    /// What it is about.
    pub about: About,
    /// What both had agreed on.
    pub base: Option<Piece>,
    /// Ours now.
    pub ours: Option<Piece>,
    /// Theirs now.
    pub theirs: Option<Piece>,
    /// Who stands, and why.
    pub verdict: Verdict,
}

/// What a clash is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum About {
    /// A field of the event.
    Field(Field),
    /// An occurrence of a series, as a whole or in one field.
    Occurrence(OccurrenceKey, Option<Field>),
}

impl About {
    /// The field, for the link's policy.
    pub fn field(self) -> Option<Field> {
        match self {
            About::Field(field) => Some(field),
            About::Occurrence(_, field) => field,
        }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            About::Field(field) => field.fmt(f),
            About::Occurrence(key, None) => write!(f, "the occurrence of {}", key.date()),
            About::Occurrence(key, Some(field)) => write!(f, "{field} of the occurrence of {}", key.date()),
        }
    }
}

/// A value in a clash.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Piece {
    /// Of a field.
    Value(Value),
    /// Of an occurrence.
    Occurrence(Override),
    /// Nothing any more: this side deleted the event, or its occurrence where it has those one by one.
    Gone,
}

/// Who stands in a clash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The platform's version.
    Platform,
    /// The calendar's version.
    External,
    /// Nobody yet: a person is asked.
    Asked,
}

/// When each side's version was made, for "latest wins" (`rules.md` 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamps {
    /// When ours was accepted.
    pub ours: Timestamp,
    /// When theirs was made by the provider's word, or first seen.
    pub theirs: Timestamp,
    /// How exact theirs is.
    pub exact_ms: i64,
}

/// Who stands under a policy.
pub fn verdict(policy: Policy, stamps: Stamps) -> Verdict {
    match policy {
        Policy::KeepPlatform => Verdict::Platform,
        Policy::KeepExternal => Verdict::External,
        Policy::Ask => Verdict::Asked,
        Policy::LastWriteWins => {
            let ahead = stamps.theirs.duration_since(stamps.ours).as_millis();
            if ahead > i128::from(stamps.exact_ms) { Verdict::External } else { Verdict::Platform }
        }
    }
}

/// The policy that decides a clash.
pub fn policy(settings: &Settings, about: About, booking: bool) -> Policy {
    match about.field() {
        Some(field) => settings.policy(field, booking),
        None => settings.policy(Field::Time, booking),
    }
}

/// The kind of a set of clashes: the gravest of them.
pub fn kind(clashes: &[Clash]) -> Kind {
    let time = |c: &Clash| {
        matches!(c.about, About::Field(Field::Time) | About::Occurrence(_, Some(Field::Time) | None))
    };
    if clashes.iter().any(Clash::is_ending) {
        Kind::Deleted
    } else if clashes.iter().any(time) {
        Kind::TimeChange
    } else {
        Kind::DataMismatch
    }
}

impl Clash {
    /// Whether one side ended it (deleted the event, cancelled it or an occurrence) and the other did not.
    pub fn is_ending(&self) -> bool {
        let gone = |piece: &Option<Piece>| *piece == Some(Piece::Gone);
        let cancelled = |piece: &Option<Piece>| {
            matches!(
                piece,
                Some(Piece::Occurrence(Override::Cancelled) | Piece::Value(Value::Status(Status::Cancelled)))
            )
        };
        // An occurrence cancelled on one side is a change of what the other side deleted as a whole.
        gone(&self.ours) != gone(&self.theirs) || cancelled(&self.ours) != cancelled(&self.theirs)
    }
}

/// How a person settles a conflict (CF-3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Ours stands.
    KeepLocal,
    /// Theirs stands.
    KeepExternal,
    /// The later one stands.
    KeepLatest,
}

/// Settles clashes by moving the agreement: the loser's value is declared what both had agreed on, so that only the
/// winner has changed. The next ordinary merge then does the rest; there is no second way to write.
///
/// An ending from outside that a person was asked about ([`Clash::is_ending`]) is let in by deciding once under
/// [`concord_model::link::DeletionPolicy::Delete`], for a change on one side only cannot be told from one that was
/// accepted.
pub fn settle(base: &Base, ours: &View, theirs: &View, choices: &[(About, Verdict)]) -> Base {
    let (mut agreed_ours, mut agreed_theirs) = (base.ours.clone(), base.theirs().clone());
    let mut disputes = base.clone();
    for (about, verdict) in choices {
        let loser = match verdict {
            Verdict::Platform => theirs,
            Verdict::External => ours,
            Verdict::Asked => continue,
        };
        for agreed in [&mut agreed_ours, &mut agreed_theirs] {
            match *about {
                About::Field(field) => agreed.take(field, loser),
                About::Occurrence(key, None) => put(agreed, key, loser.overrides.get(&key).cloned()),
                About::Occurrence(key, Some(field)) => {
                    let own = match loser.overrides.get(&key) {
                        Some(Override::Changed(patch)) => patch.get(&field).cloned(),
                        Some(Override::Cancelled) | None => None,
                    };
                    put_value(agreed, key, field, own);
                }
            }
        }
        match *about {
            About::Field(field) => disputes.disputed = disputes.disputed.without(field),
            About::Occurrence(key, _) => {
                disputes.disputed_parts.remove(&key);
            }
        }
    }
    Base::of(agreed_ours, agreed_theirs).disputed_as(&disputes)
}
