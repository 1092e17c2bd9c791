//! What a world is before anything happens in it: people, calendars, links with their settings, workers with their
//! clocks. Made from a seed, and a value: a failing world is made smaller by taking things out of it.

use concord_model::link::{
    AnswerDays, BrakeLimit, DeletionPolicy, Direction, Filter, Frequency, Keep, Policy, Rule, RuleField,
    Settings, Sight, Window,
};
use concord_model::privacy::{Detail, PrivateEvents};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::sides::Kind;

/// A word in a title that a filter looks for.
pub const WORD: &str = "Yoga";

/// A world before its first step.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Where its chance comes from.
    pub seed: u64,
    /// Its people, each with an account.
    pub people: Vec<Person>,
    /// What is linked at the beginning.
    pub links: Vec<Linked>,
    /// The providers, of which each side of a link is one, by number.
    #[serde(default = "one_side")]
    pub sides: Vec<Kind>,
    /// The workers.
    pub workers: Vec<Worker>,
    /// Whether people are bold: they keep coming back to what is on its way or was touched lately on either side, clear
    /// whole calendars, share, invite, hide single occurrences, and put back backups.
    #[serde(default)]
    pub bold: bool,
    /// Whether calendars keep one space where two were written.
    #[serde(default)]
    pub tidies: bool,
}

/// A person.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// Whether they sign in by browser, so that their keys end and are renewed; else they hand over a key that stays.
    pub signs_in: bool,
}

/// The worlds that were kept before there were several have this one.
fn one_side() -> Vec<Kind> {
    vec![Kind::Google]
}

/// A link.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Linked {
    /// Whose.
    pub person: usize,
    /// Which of the side's, by number.
    pub side: usize,
    /// Which of the person's calendars there, by number.
    pub calendar: usize,
    /// What its person decided.
    pub settings: Settings,
}

/// A worker.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Worker {
    /// How far its clock is off, in milliseconds.
    pub off_ms: i64,
}

impl Plan {
    /// The world of that seed.
    pub fn of(seed: u64) -> Plan {
        let mut dice = StdRng::seed_from_u64(seed);
        let people = *[1, 1, 2, 2, 3, 5].choose(&mut dice).unwrap_or(&1);
        let people: Vec<Person> = (0..people).map(|_| Person { signs_in: dice.random_bool(0.4) }).collect();
        let mut places: Vec<(usize, usize)> =
            (0..people.len()).flat_map(|person| [(person, 0), (person, 1)]).collect();
        // Everybody's main calendar first, so that nobody is without one; rings come with the second.
        places.sort_by_key(|(person, calendar)| (*calendar, *person));
        let most = places.len().min(6);
        let least = people.len().min(most);
        let count = dice.random_range(least..=most);
        let simple = dice.random_bool(0.35);
        let links = places
            .into_iter()
            .take(count)
            .map(|(person, calendar)| Linked {
                person,
                side: 0,
                calendar,
                settings: if simple { Settings::default() } else { settings(&mut dice) },
            })
            .collect();
        let workers = workers(&mut dice);
        Plan { seed, people, links, sides: one_side(), workers, bold: false, tidies: false }
    }

    /// A world of that seed with several providers: everybody has calendars at two of them at least, linked, so that what
    /// is edited at one arrives at the others.
    pub fn mixed(seed: u64) -> Plan {
        let mut dice = StdRng::seed_from_u64(seed ^ 0x6d69_7865_645f_0001);
        let people = *[1, 1, 1, 2, 2, 3].choose(&mut dice).unwrap_or(&1);
        let people: Vec<Person> = (0..people).map(|_| Person { signs_in: dice.random_bool(0.4) }).collect();
        let mut sides = Kind::ALL.to_vec();
        sides.shuffle(&mut dice);
        sides.truncate(dice.random_range(2..=4));
        let mut places: Vec<(usize, usize, usize)> = Vec::new();
        for person in 0..people.len() {
            let first = dice.random_range(0..sides.len());
            for nth in 0..2 * sides.len() {
                places.push((nth, person, (first + nth) % sides.len()));
            }
        }
        // Everybody's main calendars first, one at each provider; their second ones after that.
        places.sort_unstable();
        let most = places.len().min(6);
        let count = dice.random_range((2 * people.len()).min(most)..=most);
        let simple = dice.random_bool(0.35);
        let links = places
            .into_iter()
            .take(count)
            .map(|(nth, person, side)| Linked {
                person,
                side,
                calendar: nth / sides.len(),
                settings: if simple { Settings::default() } else { settings(&mut dice) },
            })
            .collect();
        let workers = workers(&mut dice);
        Plan { seed, people, links, sides, workers, bold: false, tidies: false }
    }

    /// The same world with bold people.
    pub fn mixed_and_bold(seed: u64) -> Plan {
        Plan { bold: true, tidies: seed.is_multiple_of(3), ..Plan::mixed(seed) }
    }

    /// The same world with another provider, alone.
    pub fn at(mut self, kind: Kind) -> Plan {
        self.sides = vec![kind];
        self.links.iter_mut().for_each(|linked| linked.side = 0);
        self
    }

    /// The same world with bold people.
    pub fn bold(seed: u64) -> Plan {
        Plan { bold: true, tidies: seed.is_multiple_of(3), ..Plan::of(seed) }
    }

    /// Whether all clocks tell the same to within a second, as far as the plan goes.
    pub fn has_honest_clocks(&self) -> bool {
        self.workers.iter().all(|worker| worker.off_ms.abs() <= 500)
    }
}

fn workers(dice: &mut StdRng) -> Vec<Worker> {
    let skewed = dice.random_bool(0.2);
    (0..dice.random_range(1..=3))
        .map(|_| Worker {
            off_ms: if skewed {
                dice.random_range(-3_600_000..=3_600_000)
            } else {
                dice.random_range(-300..=300)
            },
        })
        .collect()
}

fn settings(dice: &mut StdRng) -> Settings {
    let pick = |dice: &mut StdRng, of: &[u32]| *of.choose(dice).unwrap_or(&0);
    let direction = match dice.random_range(0..10) {
        0 | 1 => Direction::Push,
        2 => Direction::Pull,
        _ => Direction::Both,
    };
    let detail = match dice.random_range(0..8) {
        0 => Detail::Busy,
        1 => Detail::Title,
        _ => Detail::Full,
    };
    let private = match dice.random_range(0..4) {
        0 => PrivateEvents::Busy,
        1 => PrivateEvents::Show,
        _ => PrivateEvents::Exclude,
    };
    let mut filter = Filter { only_confirmed: dice.random_bool(0.1), ..Filter::default() };
    if dice.random_bool(0.15) {
        let keep = if dice.random_bool(0.5) { Keep::Matching } else { Keep::Others };
        filter.rules.push(Rule { field: RuleField::Title, pattern: WORD.to_owned(), keep });
    }
    Settings {
        direction,
        frequency: if dice.random_bool(0.15) { Frequency::EveryMinutes(7) } else { Frequency::RealTime },
        window: Window { back_days: 14, ahead_days: pick(dice, &[45, 120, 365, 365]) },
        filter,
        sight: Sight {
            detail,
            private,
            notes: dice.random_bool(0.7),
            guests: dice.random_bool(0.2),
            ..Sight::default()
        },
        conflicts: policy(dice),
        booking_time: policy(dice),
        deletion: deletion(dice),
        booking_deletion: deletion(dice),
        answer_days: AnswerDays(if dice.random_bool(0.5) { 1 } else { 7 }),
        mail_guests: false,
        brake: BrakeLimit { at_least: pick(dice, &[3, 10, 10, 40]), percent: 20 },
        columns: Default::default(),
    }
}

fn policy(dice: &mut StdRng) -> Policy {
    match dice.random_range(0..6) {
        0 => Policy::KeepPlatform,
        1 => Policy::KeepExternal,
        2 => Policy::Ask,
        _ => Policy::LastWriteWins,
    }
}

fn deletion(dice: &mut StdRng) -> DeletionPolicy {
    match dice.random_range(0..5) {
        0 => DeletionPolicy::Restore,
        1 => DeletionPolicy::Ask,
        _ => DeletionPolicy::Delete,
    }
}
