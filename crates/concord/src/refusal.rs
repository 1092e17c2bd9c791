//! What stops a command: a sentence for a person, and the exit code that goes with it.

use std::fmt;

use concord_engine::Error as Asked;
use concord_providers::Answer;
use concord_store::Error as Stored;

use crate::exit::Exit;

/// Why a command goes no further, in words.
#[derive(Debug)]
pub struct Refusal {
    exit: Exit,
    why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Refusal {}

/// Something about the command or a setting is wrong: what, and what to do.
pub fn usage(why: impl Into<String>) -> anyhow::Error {
    Refusal { exit: Exit::Usage, why: why.into() }.into()
}

/// A person has to do something first: what.
pub fn needs_person(why: impl Into<String>) -> anyhow::Error {
    Refusal { exit: Exit::NeedsPerson, why: why.into() }.into()
}

/// It will work later by itself.
pub fn later(why: impl Into<String>) -> anyhow::Error {
    Refusal { exit: Exit::Later, why: why.into() }.into()
}

/// The exit code that belongs to an error.
pub fn exit(error: &anyhow::Error) -> Exit {
    error.chain().find_map(known).unwrap_or(Exit::Usage)
}

fn known(cause: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if let Some(refusal) = cause.downcast_ref::<Refusal>() {
        return Some(refusal.exit);
    }
    if let Some(error) = cause.downcast_ref::<Asked>() {
        return match error {
            Asked::Provider { answer: Answer::Misconfigured { .. }, .. } => Some(Exit::Usage),
            Asked::Provider { answer, .. } if answer.passes() => Some(Exit::Later),
            Asked::Provider { .. } => Some(Exit::NeedsPerson),
            Asked::Later(_) => Some(Exit::Later),
            Asked::Store(source) => known(source),
            _ => Some(Exit::Usage),
        };
    }
    match cause.downcast_ref::<Stored>()? {
        Stored::Busy | Stored::LeaseLost | Stored::Changed => Some(Exit::Later),
        _ => None,
    }
}

/// The whole chain in one line, each cause once.
pub fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        // Some errors repeat their source in their own words.
        if text.ends_with(&cause) {
            continue;
        }
        if !text.is_empty() {
            text += ": ";
        }
        text += &cause;
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn every_cause_is_told_once() {
        let error = Err::<(), _>(usage("there is no link yet")).context("cannot sync").unwrap_err();
        assert_eq!(told(&error), "cannot sync: there is no link yet");
        let twice = Err::<(), _>(usage("no")).context("it says: no").unwrap_err();
        assert_eq!(told(&twice), "it says: no");
    }

    #[test]
    fn the_exit_code_is_that_of_the_cause() {
        let check = |error: anyhow::Error, expected| {
            assert_eq!(exit(&error.context("while doing something")), expected);
        };
        let refused = |answer| Asked::Provider { provider: "google".into(), answer };
        check(usage(""), Exit::Usage);
        check(later(""), Exit::Later);
        check(needs_person(""), Exit::NeedsPerson);
        check(Asked::NotFound("event").into(), Exit::Usage);
        check(refused(Answer::Transient(String::new())).into(), Exit::Later);
        check(refused(Answer::AccessRevoked { why: String::new() }).into(), Exit::NeedsPerson);
        check(refused(Answer::Misconfigured { why: String::new() }).into(), Exit::Usage);
        check(Asked::Later(String::new()).into(), Exit::Later);
        check(Asked::Store(Stored::Busy).into(), Exit::Later);
        check(anyhow::anyhow!("anything"), Exit::Usage);
    }
}
