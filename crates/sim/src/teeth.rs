//! Whether the simulator has teeth: mistakes are made on purpose, one at a time, and each has to be found.
//!
//! [`TEETH`] names the defects in the code and the promise that each breaks. [`search`] looks for a world that shows it,
//! within [`BUDGET`] steps, and makes it small. One for each is kept in `seeds/teeth`, as a list of steps: a test lives
//! through it again with the defect, where it has to show, and without, where it has to be clean.

use concord_points::arm;

use crate::outcome::{Outcome, Violation};
use crate::plan::Plan;
use crate::run::{Keep, replay};
use crate::script::{Step, script};
use crate::shrink::{Small, shrink_while};

/// Within how many steps each defect has to be found.
pub const BUDGET: usize = 50_000;
/// How long the worlds are in which it is looked for.
const WORLD: usize = 250;
/// How many worlds are tried to make one small, unless somebody says otherwise.
pub const TRIES: usize = 30;

/// A defect, and the promise that it breaks.
#[derive(Clone, Copy, Debug)]
pub struct Tooth {
    /// What the code calls it.
    pub defect: &'static str,
    /// The number of the promise.
    pub breaks: &'static str,
}

macro_rules! teeth {
    ($($breaks:literal: $($defect:literal),+;)+) => {
        &[$($(Tooth { defect: $defect, breaks: $breaks }),+),+]
    };
}

/// The defects in the code.
pub const TEETH: &[Tooth] = teeth! {
    "I-01": "what is cleared is not sent", "what comes in is not told to the others",
        "changed settings make nothing pending", "who is left out keeps the copy", "what is gone cannot be removed";
    "I-03": "what lost a conflict is not kept", "a conflict is settled on one side only",
        "a deletion there forgets an edit here", "a deletion here forgets an edit there",
        "an edit during a run is not counted",
        "an older listing of a series is believed";
    "I-05": "a creation without an answer is made again elsewhere";
    "I-06": "our own words come back as theirs", "the base is what was sent";
    "I-07": "a tombstone is taken on trust", "a move is taken for a deletion", "absence is taken for a deletion";
    "I-08": "the brake is off";
    "I-09": "a failed read is taken for a deletion";
    "I-10": "the cursor moves before the data";
    "I-11": "a circle of pages is not noticed";
    "I-13": "the fence is open", "the lease is not prolonged";
    "I-14": "the base moves before the write", "the base stays behind after a write", "what was left open is left alone";
    "I-15": "a burnt id is used again", "what leaves the window is taken away";
    "I-16": "a change names no version", "a removal names no version", "a refused change is taken for done";
    "I-19": "an original is taken for a copy";
    "I-20": "the rest of a divided series is lost", "what a rule leaves out is not read";
    "I-21": "a moved occurrence is named by where it is";
    "I-22": "times are told in UTC";
    "I-23": "whole days end a day early";
    "I-25": "two renew a sign-in at once";
    "I-26": "a rotated token is not stored", "a renewal drops the old token";
    "I-27": "an expired sign-in is taken for a revoked one", "a revoked sign-in is tried for ever";
    "I-33": "the wait that was asked for is not kept", "the allowance is not kept";
    "I-35": "an occurrence's own privacy is ignored", "a busy block tells the place",
        "notes come back as a description";
    "I-36": "changed settings stop no run";
    "I-37": "guests are always mailed";
    "I-38": "what is unknown of guests is dropped";
    "I-40": "an event is replaced where it is changed";
    "I-47": "a link that only brings in is written";
};

/// Defects that no kept world shows, for another guard stands behind the line or because it takes a rare moment, each with
/// the test that notices it: `scripts/defects` runs that test with the mistake made.
pub const NOTICED: &[(&str, &str)] = &[
    ("a move is taken for a deletion", "i_07_moved_into_a_calendar_whose_sync_is_stopped_it_is_not_deleted"),
    ("what is gone cannot be removed", "what_is_gone_already_is_deleted"),
    (
        "a conflict is settled on one side only",
        "ac_2_the_same_field_follows_the_policy_and_the_loser_is_kept",
    ),
    (
        "a deletion there forgets an edit here",
        "bm_029_edited_here_and_deleted_there_the_edit_survives_and_is_recorded",
    ),
    (
        "a deletion here forgets an edit there",
        "bm_029_deleted_here_and_edited_there_it_stays_deleted_and_the_edit_is_kept",
    ),
    ("an older listing of a series is believed", "a_listing_that_lags_behind_is_never_taken_for_the_truth"),
    (
        "a creation without an answer is made again elsewhere",
        "i_33_who_is_asked_to_wait_half_way_through_a_series_looks_at_nothing_more",
    ),
    (
        "our own words come back as theirs",
        "a_change_that_arrived_before_a_crash_is_not_taken_for_somebody_elses",
    ),
    ("a tombstone is taken on trust", "bm_025_while_a_whole_reading_fails_everything_stays_as_it_was"),
    ("the brake is off", "i_08_the_brake_weighs_what_takes_away"),
    (
        "the cursor moves before the data",
        "i_10_a_database_that_breaks_at_any_transaction_of_a_run_loses_nothing_of_what_was_listed",
    ),
    ("the lease is not prolonged", "i_13_a_run_that_takes_longer_than_its_lease_keeps_it"),
    (
        "what a rule leaves out is not read",
        "i_20_a_rule_of_a_persons_own_brings_back_what_only_the_old_lines_left_out",
    ),
    (
        "a moved occurrence is named by where it is",
        "a_series_with_a_moved_and_a_cancelled_occurrence_is_the_same_on_both_sides",
    ),
    ("whole days end a day early", "a_change_to_days_names_both_kinds_of_time"),
    ("a rotated token is not stored", "bm_073_a_rotated_refresh_key_is_kept_before_it_is_used"),
    ("an occurrence's own privacy is ignored", "pv_2_a_private_occurrence_is_hidden_by_itself"),
    ("notes come back as a description", "notes_go_to_the_owner_in_full_and_come_back_as_notes"),
    ("changed settings stop no run", "i_36_what_is_hidden_while_a_run_is_under_way_is_not_told_any_more"),
    ("what is unknown of guests is dropped", "guests_are_read_before_they_are_written"),
];

/// A world that shows a defect.
pub struct Caught {
    /// Its seed.
    pub seed: u64,
    /// How many steps of it were needed at first.
    pub steps: usize,
    /// What is left of it.
    pub small: Small,
}

/// What a broken promise leads to in the end, whichever it was: the sides differ, an edit or an event is lost or doubled,
/// or there is no rest.
const IN_THE_END: [&str; 5] = ["I-01", "I-02", "I-03", "I-04", "I-07"];

impl Tooth {
    /// Whether what was seen can be that defect's doing.
    pub fn shows_in(&self, violation: &Violation) -> bool {
        violation.invariant == self.breaks || IN_THE_END.contains(&violation.invariant.as_str())
    }

    /// The file of the world that shows it, in the folder of kept worlds.
    pub fn file(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        format!("{}.json", self.defect.replace('\'', "").chars().map(plain).collect::<String>())
    }

    /// Lives through a world with this defect. Also tells how often it was met.
    pub fn live(&self, plan: &Plan, steps: &[Step]) -> (Outcome, u64) {
        let armed = arm(self.defect);
        let outcome = replay(plan, steps, Keep::default());
        let met = armed.met();
        drop(armed);
        (outcome, met)
    }

    /// What becomes of a world with this defect, if it shows it and is clean without it.
    fn bitten(&self, plan: &Plan, steps: &[Step]) -> Option<Outcome> {
        let (outcome, _) = self.live(plan, steps);
        outcome.violation.as_ref().filter(|seen| self.shows_in(seen))?;
        replay(plan, steps, Keep::default()).violation.is_none().then_some(outcome)
    }
}

/// What came of a search.
#[derive(Default)]
pub struct Search {
    /// A world that shows it, if one does.
    pub caught: Option<Caught>,
    /// How many steps were lived through until then.
    pub steps: usize,
    /// How often the defect was met.
    pub met: u64,
}

/// Looks for a world that shows a defect and is clean without it, for so many steps, and makes it small in so many tries.
pub fn search(tooth: &Tooth, from: u64, most: usize, tries: usize) -> Search {
    let mut search = Search::default();
    for seed in from.. {
        if search.steps >= most {
            break;
        }
        let plan = Plan::bold(seed);
        let steps = script(&plan, WORLD);
        let (outcome, met) = tooth.live(&plan, &steps);
        search.steps += outcome.steps;
        search.met += met;
        let Some(violation) = outcome.violation.filter(|seen| tooth.shows_in(seen)) else { continue };
        // The end of a world adds a calm in which more is seen than at the step itself.
        let until = (violation.step + 1).min(steps.len());
        let shows: &dyn Fn(&Plan, &[Step]) -> Option<Outcome> = &|plan, steps| tooth.bitten(plan, steps);
        let small = shrink_while(&plan, &steps[..until], tries, shows);
        let small = small.or_else(|| shrink_while(&plan, &steps, tries, shows));
        if let Some(small) = small {
            search.caught = Some(Caught { seed, steps: until, small });
            break;
        }
    }
    search
}
