//! What every twin has, whichever provider it stands for: its time, its chance, its rules, its books.

use std::sync::Arc;

use http::Method;
use jiff::{SignedDuration, Timestamp};

use crate::chance::Chance;
use crate::clock::{Clock, Now};
use crate::control;
use crate::faults::{Faults, Kind, Rule};
use crate::ledger::{Called, Ledger};
use crate::message::{Call, Journey, Reply};
use crate::notices::Outbox;

/// The part of a twin's state that does not depend on the provider.
#[derive(Debug)]
pub struct Core {
    /// Where its chance began.
    pub(crate) seed: u64,
    pub(crate) clock: Clock,
    /// The time of the call that is being answered.
    pub(crate) now: Timestamp,
    pub(crate) chance: Chance,
    pub(crate) faults: Faults,
    pub(crate) ledger: Ledger,
    pub(crate) outbox: Outbox,
    /// Counts up with everything that a snapshot would show.
    pub(crate) revision: u64,
}

impl Core {
    /// The beginning, on that time.
    pub(crate) fn new(seed: u64, outside: Now) -> Core {
        let clock = Clock::new(outside);
        Core {
            seed,
            now: clock.now(),
            clock,
            chance: Chance::new(seed),
            faults: Faults::default(),
            ledger: Ledger::default(),
            outbox: Outbox::default(),
            revision: 0,
        }
    }

    /// Reads the clock, once for each call.
    pub(crate) fn begin(&mut self) {
        self.now = self.clock.now();
    }

    /// What is so long from now.
    pub(crate) fn after(&self, wait: SignedDuration) -> Timestamp {
        self.now.checked_add(wait).unwrap_or(self.now)
    }

    /// The fault that strikes a call.
    pub(crate) fn strike(&mut self, call: &Call, user: Option<&str>) -> Option<Rule> {
        self.faults.strike(&mut self.chance, call.method.as_str(), &call.target(), user)
    }

    /// Writes a call down, as it was answered.
    pub(crate) fn called(
        &mut self,
        call: &Call,
        user: Option<String>,
        fault: Option<Kind>,
        reply: &Reply,
        batched: bool,
    ) {
        let at = self.now;
        self.ledger.call(|n| Called {
            n,
            at,
            method: call.method.to_string(),
            path: call.path.clone(),
            query: call.query.clone(),
            if_match: call.header("if-match").map(ToOwned::to_owned),
            status: if reply.journey == Journey::Whole { reply.status.as_u16() } else { 0 },
            user,
            fault,
            batched,
        });
    }

    /// Counts a call that may leave something to keep: all but a control route that only shows something.
    pub(crate) fn counted(&mut self, call: &Call) {
        self.revision += u64::from(!(control::is_route(call) && call.method == Method::GET));
    }

    /// The beginning of another life of the same twin: its time outside stays.
    pub(crate) fn anew(&self, seed: u64) -> Core {
        let outside = Arc::clone(self.clock.outside());
        Core { revision: self.revision + 1, ..Core::new(seed, outside) }
    }
}
