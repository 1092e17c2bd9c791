//! What happens in a world, step by step. A script is made from the seed before the world begins and is a value: any
//! step can be left out, and what is left still makes sense, because a step names things by number among those that
//! are there.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::door::OnTheWay;
use crate::plan::Plan;
use crate::seat::Broken;
use crate::sides::{Fault, Rule, Trouble};

/// One step.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A worker passes so many points, or comes to the end of what it does. An idle one begins with that job.
    Turn {
        /// Which.
        worker: u8,
        /// How many points.
        points: u8,
        /// What it begins.
        job: Job,
    },
    /// A worker dies where it stands.
    Crash {
        /// Which.
        worker: u8,
    },
    /// A worker gets no turns for so many steps.
    Sleep {
        /// Which.
        worker: u8,
        /// For how long.
        steps: u8,
    },
    /// Somebody sets a worker's clock.
    Jump {
        /// Whose.
        worker: u8,
        /// By how much.
        minutes: i16,
    },
    /// Time goes by.
    Pass {
        /// How much.
        seconds: u32,
    },
    /// A person does something here.
    Here(Deed<Here>),
    /// A person does something on the other side.
    There(Deed<There>),
    /// Calls go wrong on the other side.
    Fault(Rule),
    /// There is trouble on the other side.
    Trouble(Deed<Trouble>),
    /// A call goes wrong on the way.
    OnTheWay {
        /// What.
        what: OnTheWay,
        /// After how many calls; for how many, where a worker is cut off.
        calls: u8,
        /// Who is cut off.
        worker: u8,
    },
    /// The late arrive.
    Arrive,
    /// A worker's database goes wrong.
    Database {
        /// Whose.
        worker: u8,
        /// How.
        what: Broken,
        /// After how many steps of a transaction.
        after: u8,
    },
    /// What becomes of the notices that are due.
    Notices(Notices),
    /// All faults end, but not what people have done.
    Calm,
}

/// What a worker begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// What is due.
    Due,
    /// Channels.
    Channels,
    /// Upkeep.
    Upkeep,
    /// A run that a person wants, on the link of that number.
    Now(u8),
    /// The same, of everything.
    Full(u8),
    /// The same, only planned.
    Dry(u8),
}

/// Something that is done to something; the numbers choose among what is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Deed<T> {
    /// What is done.
    pub what: T,
    /// To which.
    pub pick: u32,
    /// How.
    pub how: u32,
}

/// What people do here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the deeds speak for themselves")]
pub enum Here {
    Make,
    MakeSeries,
    Book,
    EditTitle,
    EditDescription,
    EditLocation,
    EditOther,
    Move,
    Recur,
    EditOne,
    MoveOne,
    CancelOne,
    Split,
    CutShort,
    Share,
    Invite,
    Delete,
    Sweep,
    Undo,
    Answer,
    AnswerAll,
    Approve,
    Tighten,
    Filter,
    Turn,
    Policy,
    Pause,
    Resume,
    Retry,
    Switch,
    Unlink,
    Link,
    Disconnect,
    Reconnect,
    Backup,
    Restore,
}

/// What people do on the other side.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the deeds speak for themselves")]
pub enum There {
    Make,
    MakeSeries,
    Invite,
    EditTitle,
    EditDescription,
    EditLocation,
    EditOther,
    Move,
    Recur,
    EditOne,
    MoveOne,
    CancelOne,
    Split,
    Delete,
    Sweep,
    Copy,
    Relocate,
    Respond,
}

/// What becomes of notices.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notices {
    /// They arrive.
    Arrive,
    /// They are lost.
    Lost,
    /// Each comes twice.
    Doubled,
    /// Somebody sends some of their own.
    Forged,
    /// Each comes thirty times.
    Storm,
}

impl Notices {
    /// What it is counted as.
    pub fn name(self) -> &'static str {
        match self {
            Notices::Arrive => "notice",
            Notices::Lost => "notice lost",
            Notices::Doubled => "notice doubled",
            Notices::Forged => "notice forged",
            Notices::Storm => "storm of notices",
        }
    }
}

/// How often something goes wrong in one world.
fn rate(dice: &mut StdRng) -> u32 {
    match dice.random_range(0..10) {
        0..4 => 0,
        4..7 => 1,
        _ => 8,
    }
}

/// Things to choose from, each with a weight of its own in this world.
fn weighed<T: Copy>(dice: &mut StdRng, all: &[T]) -> Vec<(T, u32)> {
    all.iter().map(|what| (*what, rate(dice))).filter(|(_, weight)| *weight > 0).collect()
}

fn choose<T: Copy>(dice: &mut StdRng, from: &[(T, u32)]) -> Option<T> {
    from.choose_weighted(dice, |(_, weight)| *weight).ok().map(|(what, _)| *what)
}

const DONE_HERE: [(Here, u32); 36] = [
    (Here::Make, 16),
    (Here::MakeSeries, 5),
    (Here::Book, 5),
    (Here::EditTitle, 8),
    (Here::EditDescription, 6),
    (Here::EditLocation, 6),
    (Here::EditOther, 4),
    (Here::Move, 8),
    (Here::Recur, 2),
    (Here::EditOne, 5),
    (Here::MoveOne, 3),
    (Here::CancelOne, 3),
    (Here::Split, 3),
    (Here::CutShort, 1),
    (Here::Share, 2),
    (Here::Invite, 2),
    (Here::Delete, 7),
    (Here::Sweep, 1),
    (Here::Undo, 4),
    (Here::Answer, 3),
    (Here::AnswerAll, 1),
    (Here::Approve, 2),
    (Here::Tighten, 1),
    (Here::Filter, 1),
    (Here::Turn, 1),
    (Here::Policy, 1),
    (Here::Pause, 1),
    (Here::Resume, 2),
    (Here::Retry, 1),
    (Here::Switch, 1),
    (Here::Unlink, 1),
    (Here::Link, 2),
    (Here::Disconnect, 1),
    (Here::Reconnect, 3),
    (Here::Backup, 1),
    (Here::Restore, 1),
];

const DONE_THERE: [(There, u32); 18] = [
    (There::Make, 12),
    (There::MakeSeries, 4),
    (There::Invite, 2),
    (There::EditTitle, 8),
    (There::EditDescription, 6),
    (There::EditLocation, 6),
    (There::EditOther, 4),
    (There::Move, 8),
    (There::Recur, 2),
    (There::EditOne, 4),
    (There::MoveOne, 3),
    (There::CancelOne, 3),
    (There::Split, 2),
    (There::Delete, 6),
    (There::Sweep, 1),
    (There::Copy, 2),
    (There::Relocate, 2),
    (There::Respond, 1),
];

/// The script of that seed for a world of that plan.
pub fn script(plan: &Plan, steps: usize) -> Vec<Step> {
    // Another stream than the plan's, so that neither shifts the other.
    let mut dice = StdRng::seed_from_u64(plan.seed ^ 0x5eed_0f5c_2197_a3d1);
    let faults = weighed(&mut dice, &Fault::ALL);
    let troubles = weighed(&mut dice, &Trouble::ALL);
    let ways = weighed(&mut dice, &[OnTheWay::Twice, OnTheWay::Late, OnTheWay::Cut]);
    let databases = weighed(&mut dice, &[Broken::Busy, Broken::Begin, Broken::Commit, Broken::Answer]);
    let notices = weighed(&mut dice, &[Notices::Lost, Notices::Doubled, Notices::Forged, Notices::Storm]);
    // How wild this world is: of a hundred steps, so many go wrong.
    let wild = *[0, 2, 5, 12].choose(&mut dice).unwrap_or(&5);
    let crashes = *[0, 1, 3].choose(&mut dice).unwrap_or(&1);
    let busy = *[8, 15, 25].choose(&mut dice).unwrap_or(&15);
    // What somebody does to a whole link or account happens in some worlds only.
    let settled = dice.random_bool(0.4);
    let bold = |what: Here| matches!(what, Here::Share | Here::Invite | Here::Sweep);
    let here: Vec<(Here, u32)> = DONE_HERE
        .into_iter()
        .filter(|(what, _)| (!settled || *what < Here::Tighten) && (plan.bold || !bold(*what)))
        .collect();
    let there: Vec<(There, u32)> =
        DONE_THERE.into_iter().filter(|(what, _)| plan.bold || *what != There::Sweep).collect();
    (0..steps)
        .map(|_| {
            let worker = dice.random_range(0..plan.workers.len().max(1)) as u8;
            let points = *[1, 2, 3, 5, 8, 13, 40].choose(&mut dice).unwrap_or(&5);
            let link = dice.random_range(0..6);
            let roll = dice.random_range(0..100);
            if roll < wild {
                let mut step = gone_wrong(&mut dice, worker, &faults, &troubles, &ways, &databases, &notices);
                // Where there is one side only, nothing is drawn: those worlds stay what they are.
                if let (Step::Fault(rule), 2..) = (&mut step, plan.sides.len()) {
                    rule.side = dice.random_range(0..plan.sides.len()) as u8;
                }
                return step;
            }
            match dice.random_range(0..100) {
                roll if roll < crashes => Step::Crash { worker },
                roll if roll < crashes + busy => {
                    let (pick, how) = (dice.random(), dice.random());
                    match dice.random_bool(0.55) {
                        true => Step::Here(Deed {
                            what: choose(&mut dice, &here).unwrap_or(Here::Make),
                            pick,
                            how,
                        }),
                        false => {
                            let what = choose(&mut dice, &there).unwrap_or(There::Make);
                            Step::There(Deed { what, pick, how })
                        }
                    }
                }
                roll if roll < crashes + busy + 12 => Step::Pass {
                    seconds: match dice.random_range(0..30) {
                        0 => dice.random_range(3_600..100_000),
                        1 | 2 => dice.random_range(600..3_600),
                        3..6 => dice.random_range(100..600),
                        _ => dice.random_range(1..70),
                    },
                },
                roll if roll < crashes + busy + 15 => Step::Notices(Notices::Arrive),
                _ => {
                    let job = match dice.random_range(0..60) {
                        0..3 => Job::Channels,
                        3 => Job::Upkeep,
                        4 | 5 => Job::Now(link),
                        6 => Job::Full(link),
                        8 if plan.bold => Job::Dry(link),
                        7 if plan.bold => Job::Full(link),
                        7 => Job::Dry(link),
                        _ => Job::Due,
                    };
                    Step::Turn { worker, points, job }
                }
            }
        })
        .collect()
}

fn gone_wrong(
    dice: &mut StdRng,
    worker: u8,
    faults: &[(Fault, u32)],
    troubles: &[(Trouble, u32)],
    ways: &[(OnTheWay, u32)],
    databases: &[(Broken, u32)],
    notices: &[(Notices, u32)],
) -> Step {
    let (pick, how) = (dice.random(), dice.random());
    let wrong = match dice.random_range(0..100) {
        0..48 => choose(dice, faults).map(|fault| {
            Step::Fault(Rule {
                fault,
                count: dice.random_range(1..=3),
                one_of: *[1, 1, 2, 4].choose(dice).unwrap_or(&1),
                writes_only: dice.random_bool(0.4),
                side: 0,
            })
        }),
        48..56 => choose(dice, troubles).map(|what| Step::Trouble(Deed { what, pick, how })),
        56..64 => {
            choose(dice, ways).map(|what| Step::OnTheWay { what, calls: dice.random_range(0..6), worker })
        }
        64..67 => Some(Step::Arrive),
        67..78 => choose(dice, databases).map(|what| Step::Database {
            worker,
            what,
            after: dice.random_range(0..12),
        }),
        78..84 => choose(dice, notices).map(Step::Notices),
        84..90 => Some(Step::Sleep { worker, steps: dice.random_range(5..60) }),
        90..93 => Some(Step::Jump { worker, minutes: dice.random_range(-60..=60) }),
        _ => Some(Step::Calm),
    };
    wrong.unwrap_or(Step::Calm)
}
