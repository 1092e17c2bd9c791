//! What outlives a twin: everything it holds, as a value that can be written to a file.
//!
//! A snapshot carries the version of its form, and a form that is not known here is refused. What is not kept: fault
//! rules, which belong to one trial, and where the generator of chance stood. A restored twin draws anew, from what it
//! has seen and the time of its return, so that no identifier and no token comes twice.

use std::borrow::Cow;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::chance::Chance;
use crate::ledger::Ledger;
use crate::notices::Outbox;
use crate::twin::Provider;

/// A twin's state as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// Which twin it is of.
    twin: String,
    /// The version of the form of `state`.
    version: u32,
    state: Value,
}

/// The part of the state that every twin has; what the provider keeps stands beside it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Common<'a> {
    ahead: SignedDuration,
    seed: u64,
    ledger: Cow<'a, Ledger>,
    #[serde(default)]
    outbox: Cow<'a, Outbox>,
}

/// The state, ready to be kept.
pub(crate) fn of<P: Provider>(provider: &P) -> Snapshot {
    let core = provider.core();
    let common = Common {
        ahead: core.clock.ahead(),
        seed: core.seed,
        ledger: Cow::Borrowed(&core.ledger),
        outbox: Cow::Borrowed(&core.outbox),
    };
    let mut state =
        serde_json::to_value(common).expect("everything a twin holds has texts for keys and finite numbers");
    if let (Value::Object(state), Value::Object(kept)) = (&mut state, provider.keep()) {
        state.extend(kept);
    }
    Snapshot { twin: P::NAME.to_owned(), version: P::FORM, state }
}

/// Puts what was kept in place of what there is. What cannot be read changes nothing.
pub(crate) fn into<P: Provider>(provider: &mut P, snapshot: Snapshot) -> Result<(), String> {
    if snapshot.twin != P::NAME {
        return Err(format!("it is a snapshot of the twin of \"{}\", not of {}", snapshot.twin, P::NAME));
    }
    if snapshot.version != P::FORM {
        return Err(format!(
            "it is of version {}, and this program reads version {} alone",
            snapshot.version,
            P::FORM
        ));
    }
    let wrong = |error: serde_json::Error| format!("it is not what a twin of {} holds: {error}", P::NAME);
    let common = Common::deserialize(&snapshot.state).map_err(wrong)?;
    let mut core = provider.core().anew(common.seed);
    core.clock.advance(common.ahead);
    core.begin();
    core.ledger = common.ledger.into_owned();
    core.outbox = common.outbox.into_owned();
    let life = format!("{} {:?} {}", core.seed, core.ledger.counts(), core.now.as_microsecond());
    let life = Sha256::digest(life.as_bytes());
    core.chance = Chance::new(life.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte)));
    *provider = P::resume(provider.settings().clone(), core, snapshot.state).map_err(wrong)?;
    Ok(())
}
