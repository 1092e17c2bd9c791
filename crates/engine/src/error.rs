//! What stops the engine from doing what a person asked. A run never ends in one of these: it ends in an outcome.

use concord_model::ProviderId;
use concord_providers::Answer;
use concord_providers::called::Titled;

/// Why something that was asked could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or not for this person.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A value that cannot be.
    #[error("{field}: {why}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong with it, and what would be right.
        why: String,
    },
    /// It may not be changed here.
    #[error("{0}")]
    ReadOnly(String),
    /// It was changed by someone else meanwhile.
    #[error("it was changed by someone else meanwhile; look at it again")]
    Changed,
    /// It cannot be done now.
    #[error("{0}")]
    Later(String),
    /// It exists already.
    #[error("{0} exists already")]
    Exists(String),
    /// The provider refused, or could not be reached.
    #[error("{}", told_by(provider, answer))]
    Provider {
        /// Which provider.
        provider: ProviderId,
        /// What it answered.
        answer: Answer,
    },
    /// The store could not do it.
    #[error("the database could not do it")]
    Store(#[source] concord_store::Error),
}

impl From<concord_store::Error> for Error {
    fn from(error: concord_store::Error) -> Error {
        match error {
            concord_store::Error::NotFound => Error::NotFound("record"),
            concord_store::Error::Changed => Error::Changed,
            other => Error::Store(other),
        }
    }
}

/// What an answer means, with the provider's name where its own words do not have it.
fn told_by(provider: &ProviderId, answer: &Answer) -> String {
    let name = provider.title();
    match answer {
        Answer::Stale | Answer::Exists | Answer::Gone => format!("something changed at {name} meanwhile"),
        Answer::RetryAfter { .. } => format!("{name} asked to be called less often"),
        Answer::SignInExpired => format!("the sign-in at {name} has expired"),
        other => told(other),
    }
}

/// What an answer of a provider means, in words that stand alone.
pub(crate) fn told(answer: &Answer) -> String {
    match answer {
        Answer::Stale | Answer::Exists | Answer::Gone => "something changed there meanwhile".to_owned(),
        Answer::CalendarGone => "the calendar is not there any more, or not for this account".to_owned(),
        Answer::RetryAfter { .. } => "it asked to be called less often".to_owned(),
        Answer::CursorGone => "the place in the calendar's changes was lost again and again".to_owned(),
        Answer::SignInExpired => "the sign-in has expired".to_owned(),
        Answer::Transient(why) | Answer::Unknown(why) => why.clone(),
        Answer::InPart(stopped) => format!("a part of it was written; then {}", told(stopped)),
        Answer::Rejected { why, .. } | Answer::AccessRevoked { why } | Answer::Misconfigured { why } => {
            why.clone()
        }
    }
}

/// The result of what a person asked.
pub type Result<T, E = Error> = std::result::Result<T, E>;
