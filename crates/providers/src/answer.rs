//! The closed list of what a provider's refusal can mean, and what the engine does on each.

use jiff::Timestamp;

/// Why a call did not do what was asked. Decided in the adapter, obeyed in the engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Answer {
    /// The version we wrote against is not the current one. → read that event, reconcile again.
    #[error("it had changed there meanwhile")]
    Stale,
    /// Something with that identity is there already. → read it, adopt it or take the next generation.
    #[error("it exists there already")]
    Exists,
    /// It is not there any more. → for a delete that is success; else read, and conclude nothing without proof.
    #[error("it is not there any more")]
    Gone,
    /// The calendar itself is not there, or not for us. → the link stops and says so; events stay untouched.
    #[error("the calendar cannot be found")]
    CalendarGone,
    /// Refused for good. → the item is parked with the reason; retried only when it changes.
    #[error("{why}")]
    Rejected {
        /// For a person.
        why: String,
        /// Whether this calendar may not be written at all. → the link turns to pull only, once.
        read_only: bool,
    },
    /// Too many calls. → nothing for this account before then (or by our own backoff, where none is told).
    #[error("asked to wait")]
    RetryAfter {
        /// The earliest next call, if the provider told one.
        at: Option<Timestamp>,
        /// Whether the wait is long (hours): an abuse guard, not a rate.
        long: bool,
    },
    /// Trouble on their side or on the way; the call surely had no effect. → again later.
    #[error("had trouble: {0}")]
    Transient(String),
    /// It may or may not have happened. → look before anything is written again.
    #[error("did not answer in a way that tells whether it was done: {0}")]
    Unknown(String),
    /// A write of several calls got half way, and this stopped it. → look, as after [`Answer::Unknown`]; and what was
    /// answered holds as for any other call.
    #[error("a part of it was written, then: {0}")]
    InPart(Box<Answer>),
    /// The access token was refused. → refresh once, then as revoked.
    #[error("the sign-in has expired")]
    SignInExpired,
    /// The grant is dead or too small. → one state change, one notice, no more calls until reconnect (I-27).
    #[error("{why}")]
    AccessRevoked {
        /// For a person.
        why: String,
    },
    /// The cursor is not good any more. → read everything again; nothing is deleted for its absence alone.
    #[error("the place in the calendar's changes was lost")]
    CursorGone,
    /// Our own set-up is wrong (client id, secret, API not switched on). → the operator is told; no retries by item.
    #[error("{why}")]
    Misconfigured {
        /// For the operator.
        why: String,
    },
}

impl Answer {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn passes(&self) -> bool {
        matches!(self, Answer::RetryAfter { .. } | Answer::Transient(_)) || self.may_have_happened()
    }

    /// Whether something of what was asked for may have been done.
    pub fn may_have_happened(&self) -> bool {
        matches!(self, Answer::Unknown(_) | Answer::InPart(_))
    }

    /// What stopped it, where it was stopped half way.
    #[must_use]
    pub fn cause(self) -> Answer {
        match self {
            Answer::InPart(stopped) => *stopped,
            answer => answer,
        }
    }

    /// What it says of the account, if it does: all other calls would be answered so.
    pub fn of_account(&self) -> Option<Answer> {
        let cause = self.clone().cause();
        matches!(
            cause,
            Answer::SignInExpired
                | Answer::AccessRevoked { .. }
                | Answer::RetryAfter { .. }
                | Answer::Misconfigured { .. }
        )
        .then_some(cause)
    }

    /// What it says of the whole calendar, if it does: all other calls about it would be answered so.
    pub fn of_calendar(&self) -> Option<Answer> {
        let cause = self.clone().cause();
        self.of_account().or((cause == Answer::CalendarGone).then_some(cause))
    }

    /// The same, told of a write of which an earlier call was carried out.
    #[must_use]
    pub fn in_part(self) -> Answer {
        if self.may_have_happened() { self } else { Answer::InPart(Box::new(self)) }
    }
}
