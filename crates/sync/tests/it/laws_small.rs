//! Every interleaving of the small world: people on three sides, two workers, a crash, a lost answer, a worker that
//! sleeps until another has taken its link. No state in which something must never be, none from which it does not
//! come to rest, and at rest both copies are the event, and whatever anybody wrote is there or is told.
//!
//! A part of it with every test run; all of it with `make small`.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hasher};

use concord_model::link::Policy;

use crate::laws_lens::config;
use crate::small::{Move, Rules, Small, State};

/// From so many cases on (`PROPTEST_CASES`) all of it is gone through.
const WIDE: u32 = 1_000_000;
/// How many steps workers may take until all is quiet.
const PATIENCE: usize = 400;

/// States that were met, each by 64 bits of it: a hundred million of them take two gigabytes, and the chance that any two
/// of those are taken for one is one in some thousands.
#[derive(Default)]
struct Met(HashSet<u64, BuildHasherDefault<Itself>>);

impl Met {
    fn insert(&mut self, state: &State) -> bool {
        self.0.insert(Met::mark(state))
    }

    fn contains(&self, state: &State) -> bool {
        self.0.contains(&Met::mark(state))
    }

    fn mark(state: &State) -> u64 {
        BuildHasherDefault::<DefaultHasher>::default().hash_one(state)
    }
}

/// What is a hash already.
#[derive(Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are kept")
    }

    fn write_u64(&mut self, mark: u64) {
        self.0 = mark;
    }
}

/// What was looked at.
#[derive(Default, Debug)]
struct Looked {
    states: usize,
    moves: usize,
    ends: usize,
}

/// Looks at every state that can come about.
#[expect(clippy::print_stdout, reason = "a long run says that it goes on")]
fn explore(rules: Rules) -> Looked {
    let (mut small, first) = Small::new(rules);
    let (mut known, mut rests) = (Met::default(), Met::default());
    known.insert(&first);
    // The way to each state is found again only when something is wrong: it would be most of what is remembered.
    let mut next: Vec<State> = vec![first];
    let mut looked = Looked::default();
    while let Some(state) = next.pop() {
        looked.states += 1;
        if looked.states % 10_000_000 == 0 {
            println!("{looked:?}, {} to go on from", next.len());
        }
        let comes_to_rest = rest(&mut small, &state, &mut rests);
        if let Err(wrong) = comes_to_rest {
            let way = way_to(rules, first, state).join("\n");
            panic!("{wrong}\n{rules:?}\n{way}\n{state:#?}");
        }
        looked.ends += usize::from(state.is_quiet(&small));
        for one in small.moves(&state) {
            looked.moves += 1;
            match small.make(&state, one) {
                Ok(then) => {
                    if known.insert(&then) {
                        next.push(then);
                    }
                }
                Err(wrong) => {
                    let way = way_to(rules, first, state).join("\n");
                    panic!("{wrong}\n{rules:?}\n{way}\nthen {one:?}");
                }
            }
        }
    }
    looked
}

/// Left alone, it comes to rest, and then everything is as it shall be.
fn rest(small: &mut Small, from: &State, rests: &mut Met) -> Result<(), String> {
    let mut way = Vec::new();
    let mut state = *from;
    while !rests.contains(&state) {
        way.push(state);
        let work = small.work(&state);
        let Some(one) = work.iter().copied().find(|one| !small.takes_over(&state, *one)) else {
            at_rest(small, &state)?;
            break;
        };
        if way.len() > PATIENCE {
            return Err("it never comes to rest (I-01)".to_owned());
        }
        state = small.make(&state, one)?;
    }
    for state in &way {
        rests.insert(state);
    }
    Ok(())
}

/// What holds when nobody has anything to do.
fn at_rest(small: &Small, state: &State) -> Result<(), String> {
    for (n, link) in state.links.iter().enumerate() {
        match link.there() {
            Some(_) if state.deleted => return Err(format!("copy {n} outlives its event (I-01)")),
            Some(there) if there != state.event => {
                return Err(format!(
                    "copy {n} is {:?}, the event {:?} (I-01)",
                    small.view(there),
                    small.view(state.event)
                ));
            }
            None if !state.deleted => return Err(format!("copy {n} is not there (I-01)")),
            _ => {}
        }
    }
    for side in 0..3 {
        for nth in 0..small.edited(state, side) {
            let text = Small::text(side, nth);
            let event = small.view(state.event);
            let is_there = event.title == text || event.location == text;
            let told = state.told & (1 << (side * 2 + usize::from(nth))) != 0;
            if !small.deletes(side, nth) && !is_there && !told {
                return Err(format!("\"{text}\" is lost (I-03)"));
            }
        }
    }
    Ok(())
}

/// How one gets there, for whoever has to understand it.
fn way_to(rules: Rules, first: State, to: State) -> Vec<String> {
    let (mut small, _) = Small::new(rules);
    let mut from: std::collections::HashMap<State, (State, Move)> = Default::default();
    let mut next = std::collections::VecDeque::from([first]);
    while let Some(state) = next.pop_front() {
        if state == to {
            break;
        }
        for one in small.moves(&state) {
            let Ok(then) = small.make(&state, one) else { continue };
            if then != first && !from.contains_key(&then) {
                from.insert(then, (state, one));
                next.push_back(then);
            }
        }
    }
    let mut way = Vec::new();
    let mut at = to;
    while let Some((before, one)) = from.get(&at) {
        way.push(format!("{one:?} → {at:?}"));
        at = *before;
    }
    way.reverse();
    way
}

/// A world in which both sides agree, with so many edits here and in either calendar, and so much that goes wrong.
fn world(edits: [u8; 3], [crashes, losses, sleeps]: [u8; 3]) -> Rules {
    let (policy, deletes) = (Policy::KeepPlatform, [false; 3]);
    Rules { policy, edits, deletes, crashes, losses, sleeps, agreed: true }
}

#[expect(clippy::print_stdout, reason = "how much was gone through is the result of a long run")]
fn all(worlds: Vec<Rules>) {
    let mut sum = Looked::default();
    for rules in worlds {
        let looked = explore(rules);
        println!("{rules:?}: {looked:?}");
        sum.states += looked.states;
        sum.moves += looked.moves;
        sum.ends += looked.ends;
    }
    println!("in all: {sum:?}");
}

#[test]
fn small_world_whatever_comes_between_all_agree_and_nothing_is_lost() {
    // Not yet there: it is made in two calendars.
    let new = |wrong| Rules { agreed: false, ..world([0, 0, 0], wrong) };
    let mut worlds = vec![
        world([1, 1, 0], [0, 0, 0]),
        world([1, 1, 0], [1, 0, 0]),
        world([1, 1, 0], [0, 1, 0]),
        world([1, 1, 0], [0, 0, 1]),
        Rules { deletes: [true, false, false], ..world([1, 1, 0], [0, 0, 0]) },
        Rules { deletes: [false, true, false], ..world([1, 1, 0], [0, 0, 0]) },
        new([1, 0, 0]),
        new([0, 1, 0]),
    ];
    if config().cases >= WIDE {
        for policy in [Policy::KeepPlatform, Policy::KeepExternal] {
            for deletes in [[false; 3], [true, false, false], [false, true, false]] {
                worlds.push(Rules { policy, deletes, ..world([2, 2, 2], [1, 1, 1]) });
            }
            worlds.push(Rules { policy, agreed: false, ..world([2, 2, 2], [1, 1, 1]) });
        }
    }
    all(worlds);
}
