//! What the simulator has found and nobody has mended yet. A world that shows one of these is told and counted; a set of
//! worlds fails only when more of them do than did when it was written down here. What is mended is taken out, so that it
//! never comes back unseen.

use crate::outcome::Violation;

/// A fault that is known and open.
pub struct Open {
    /// Which promise it breaks.
    invariant: &'static str,
    /// How it is told.
    words: &'static str,
    /// Of a thousand worlds, so many show it at most.
    pub most: u64,
    /// What it is.
    pub what: &'static str,
}

/// All of them.
pub const OPEN: [Open; 3] = [
    Open {
        invariant: "plan",
        words: "planned",
        most: 40,
        what: "a dry run counts other steps than the run after it makes, where one event is changed on several sides at once",
    },
    Open {
        invariant: "I-01",
        words: "is not the same",
        most: 20,
        what: "a copy stays different for ever after its series was changed in shape on both sides, or its busy time on one",
    },
    Open {
        invariant: "I-01",
        words: "does not come to rest",
        most: 15,
        what: "an occurrence that its series no longer has is written again and again, and refused with 404 each time",
    },
];

/// Which of them a broken promise shows, if one.
pub fn known(violation: &Violation) -> Option<usize> {
    let shows = |open: &Open| violation.invariant == open.invariant && violation.what.contains(open.words);
    OPEN.iter().position(shows)
}
