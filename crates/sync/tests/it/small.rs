//! The small world: one event, a copy in each of two calendars, two workers, and everything that can happen between them.
//!
//! Decisions are the real ones. What a run does with them is told here step by step, a step for each call and for each
//! transaction, as in `crates/engine/src/run`: claim, recover, pull, decide, commit, push, settle. A state is small and
//! can be compared, so that each is looked at once (`laws_small`).

use std::collections::BTreeMap;

use concord_model::View;
use concord_model::agreed::Base;
use concord_model::link::Policy;
use concord_sync::decide::{Copy, Here, There, after_silence, after_write};

use crate::odd;
use crate::pair::Pair;

mod plain;
mod worker;

/// A view, by its number.
type V = u16;

/// What the state says of a calendar's copy and of its link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Link {
    holder: Holder,
    row: Row,
    /// Up to which version everything there was seen.
    cursor: u8,
    /// What is there.
    there: Option<V>,
    version: u8,
    /// Of which generation the last copy was, and whether there ever was one.
    made: Option<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Holder {
    /// Nobody, or a worker that is no more.
    Nobody,
    Worker(u8),
}

/// The mapping.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Row {
    base: Option<(V, V)>,
    ended: bool,
    version: u8,
    seen: Option<Seen>,
    intent: Option<Intent>,
    pending: bool,
    generation: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Seen {
    Live(V, u8),
    Gone { proved: bool },
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Intent {
    Create(V),
    Update(V),
    Delete,
}

/// A write that is about to be made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Write {
    Create { view: V, again: bool },
    Update { before: V, after: V, version: u8, agreed: (V, V) },
    Delete { version: u8, for_good: bool },
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Answer {
    Done(Option<(V, u8)>),
    /// Stale, there already, or nobody knows: it is looked after.
    News,
}

/// Where a worker stands: what it does next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum At {
    Begin,
    Look { then_pull: bool },
    Looked { then_pull: bool, reading: Option<(V, u8)>, made: Option<u8> },
    Pull,
    Pulled { item: Option<Seen>, cursor: u8 },
    Consider,
    Prove,
    Proved { reading: Option<(V, u8)> },
    Commit { event: V, deleted: bool },
    Guard(Write),
    Push(Write),
    Answered(Write, Answer),
    End,
}

impl At {
    /// Nothing is changed by it but what the worker knows.
    fn only_reads(self) -> bool {
        matches!(self, At::Begin | At::Look { .. } | At::Pull | At::Consider | At::Prove | At::End)
    }

    /// Every transaction that writes asks first whether the lease is still the worker's.
    fn is_fenced(self) -> bool {
        matches!(
            self,
            At::Looked { .. }
                | At::Pulled { .. }
                | At::Proved { .. }
                | At::Commit { .. }
                | At::Guard(_)
                | At::Answered(..)
        )
    }
}

/// A worker at work on a link, with what it read last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Work {
    link: u8,
    at: At,
    row: Row,
    /// Whether the mapping was touched, or the event changed, since that was read.
    row_is_old: bool,
    event_is_old: bool,
}

/// Everything there is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct State {
    pub event: V,
    pub deleted: bool,
    pub links: [Link; 2],
    workers: [Option<Work>; 2],
    /// How many edits people have left: here, and in each calendar.
    pub left: [u8; 3],
    crashes: u8,
    losses: u8,
    sleeps: u8,
    /// Which edits a conflict or a note tells of, or a person has seen and written over.
    pub told: u8,
}

/// One thing that can happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    /// The next person on that side does something.
    Edit(u8),
    /// A worker claims a link.
    Claim(u8, u8),
    /// A worker makes its next step.
    Step(u8),
    /// The same, and the answer to its call is lost.
    Lose(u8),
    /// A worker dies.
    Crash(u8),
}

/// What people do and how much may go wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub policy: Policy,
    /// How many edits there are on each side.
    pub edits: [u8; 3],
    /// Whether the last edit of each side deletes.
    pub deletes: [bool; 3],
    pub crashes: u8,
    pub losses: u8,
    /// How often a worker may sleep until another takes its link.
    pub sleeps: u8,
    /// Whether the event is in both calendars already.
    pub agreed: bool,
}

/// What a decision depends on, by numbers: the event and whether it is deleted, the agreement, the copy, what is there.
type Question = (V, bool, Option<(V, V)>, u8, Option<V>);

/// What a decision comes to, by numbers.
#[derive(Clone, Copy, Debug)]
struct Decided {
    here: Option<(V, bool)>,
    there: Wanted,
    base: Option<(V, V)>,
    meanwhile: Option<(V, V)>,
    told: u8,
    asked: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wanted {
    Nothing,
    Create(V),
    Update { before: V, after: V },
    Delete { for_good: bool },
    End,
    Forget,
}

/// The world's rules, its views, and the decisions that were made once already.
pub(crate) struct Small {
    rules: Rules,
    views: Vec<View>,
    numbers: BTreeMap<String, V>,
    decided: BTreeMap<Question, Decided>,
}

impl Small {
    pub(crate) fn new(rules: Rules) -> (Small, State) {
        let mut small =
            Small { rules, views: Vec::new(), numbers: BTreeMap::new(), decided: BTreeMap::new() };
        let event = small.number(View::new(odd::timed("2026-10-21 10:00", 60, None), "as agreed"));
        let row = Row {
            base: rules.agreed.then_some((event, event)),
            ended: false,
            version: u8::from(rules.agreed),
            seen: None,
            intent: None,
            pending: !rules.agreed,
            generation: 0,
        };
        let link = Link {
            holder: Holder::Nobody,
            row,
            cursor: u8::from(rules.agreed),
            there: rules.agreed.then_some(event),
            version: u8::from(rules.agreed),
            made: rules.agreed.then_some(0),
        };
        let state = State {
            event,
            deleted: false,
            links: [link; 2],
            workers: [None; 2],
            left: rules.edits,
            crashes: rules.crashes,
            losses: rules.losses,
            sleeps: rules.sleeps,
            told: 0,
        };
        (small, state)
    }

    pub(crate) fn view(&self, number: V) -> &View {
        &self.views[usize::from(number)]
    }

    fn number(&mut self, view: View) -> V {
        let name = serde_json::to_string(&view).unwrap();
        let next = V::try_from(self.views.len()).unwrap();
        *self.numbers.entry(name).or_insert_with(|| {
            self.views.push(view);
            next
        })
    }

    /// What the n-th edit on a side writes: the first a title, the second a place.
    pub(crate) fn text(side: usize, nth: u8) -> String {
        format!("edit {}.", side * 2 + usize::from(nth))
    }

    /// How many edits of a side are done.
    pub(crate) fn edited(&self, state: &State, side: usize) -> u8 {
        self.rules.edits[side] - state.left[side]
    }

    /// Whether a move takes a link from a worker that sleeps.
    pub(crate) fn takes_over(&self, state: &State, one: Move) -> bool {
        let Move::Claim(_, link) = one else { return false };
        matches!(state.links[usize::from(link)].holder, Holder::Worker(_))
    }

    /// Whether the n-th edit of a side deletes.
    pub(crate) fn deletes(&self, side: usize, nth: u8) -> bool {
        self.rules.deletes[side] && nth + 1 == self.rules.edits[side]
    }

    /// Everything that can happen now.
    pub(crate) fn moves(&self, state: &State) -> Vec<Move> {
        let mut moves = self.work(state);
        for side in 0..3u8 {
            let is_there = match side {
                0 => !state.deleted,
                side => state.links[usize::from(side) - 1].there.is_some(),
            };
            if state.left[usize::from(side)] > 0 && is_there {
                moves.push(Move::Edit(side));
            }
        }
        for (n, worker) in (0u8..).zip(&state.workers) {
            let Some(work) = worker else { continue };
            if state.losses > 0 && matches!(work.at, At::Push(_)) {
                moves.push(Move::Lose(n));
            }
            if state.crashes > 0 && work.at != At::End {
                moves.push(Move::Crash(n));
            }
        }
        moves
    }

    /// What workers can do, if nothing goes wrong and nobody does anything.
    pub(crate) fn work(&self, state: &State) -> Vec<Move> {
        let mut moves = Vec::new();
        for (n, worker) in (0u8..).zip(&state.workers) {
            match worker {
                Some(_) => moves.push(Move::Step(n)),
                None => {
                    let claims = (0u8..2).filter(|link| state.is_free(*link, n));
                    moves.extend(claims.map(|link| Move::Claim(n, link)));
                }
            }
        }
        moves
    }

    /// What comes of it. An error is something that must never be.
    pub(crate) fn make(&mut self, state: &State, one: Move) -> Result<State, String> {
        let mut next = *state;
        match one {
            Move::Edit(side) => self.edit(&mut next, usize::from(side)),
            Move::Claim(worker, link) => {
                let held = next.links[usize::from(link)].holder;
                if let Holder::Worker(_) = held {
                    next.sleeps -= 1;
                }
                next.links[usize::from(link)].holder = Holder::Worker(worker);
                let row = next.links[usize::from(link)].row;
                let work = Work { link, at: At::Begin, row, row_is_old: false, event_is_old: false };
                next.workers[usize::from(worker)] = Some(work);
            }
            Move::Crash(worker) => {
                next.crashes -= 1;
                next.leave(worker);
            }
            Move::Step(worker) => self.step(&mut next, worker, false)?,
            Move::Lose(worker) => {
                next.losses -= 1;
                self.step(&mut next, worker, true)?;
            }
        }
        if let Move::Claim(worker, _) | Move::Step(worker) | Move::Lose(worker) = one {
            self.read_on(&mut next, worker)?;
        }
        Ok(next.plain())
    }

    fn edit(&mut self, state: &mut State, side: usize) {
        let nth = self.rules.edits[side] - state.left[side];
        state.left[side] -= 1;
        let was = if side == 0 { Some(state.event) } else { state.links[side - 1].there };
        let Some(was) = was else { return };
        let mut view = self.view(was).clone();
        let text = Small::text(side, nth);
        *(if nth == 0 { &mut view.title } else { &mut view.location }) = text;
        let view = self.number(view);
        let deletes = self.deletes(side, nth);
        // Who writes over something has seen it: it is lost to nobody.
        state.told |= self.says(was) & if deletes { u8::MAX } else { !self.says(view) };
        match side {
            0 if deletes => state.change_here(state.event, true, None),
            0 => state.change_here(view, false, None),
            side => {
                let link = &mut state.links[side - 1];
                link.there = (!deletes).then_some(view);
                link.version += 1;
            }
        }
    }

    /// Which edits can be read in a view.
    fn says(&self, view: V) -> u8 {
        let view = self.view(view);
        (0..6u8)
            .filter(|n| [&view.title, &view.location].contains(&&Small::text(usize::from(n / 2), n % 2)))
            .map(|n| 1 << n)
            .sum()
    }
}

impl Link {
    /// What is there.
    pub(crate) fn there(&self) -> Option<V> {
        self.there
    }
}

impl Row {
    /// The copy is gone by our own doing: the next one has another id.
    fn taken_away(&mut self) {
        *self = Row {
            base: None,
            ended: false,
            version: 0,
            seen: None,
            intent: None,
            pending: self.pending,
            generation: self.generation + 1,
        };
    }
}

impl Work {
    fn read(&mut self, link: &Link) {
        self.row = link.row;
        self.row_is_old = false;
    }
}

impl State {
    /// Whether a worker may claim a link: it is due, and nobody who is awake holds it.
    fn is_free(&self, link: u8, worker: u8) -> bool {
        let link = &self.links[usize::from(link)];
        let due = link.row.pending || link.row.intent.is_some() || link.version > link.cursor;
        match link.holder {
            Holder::Nobody => due,
            Holder::Worker(other) => other != worker && self.sleeps > 0,
        }
    }

    /// The event becomes that, and its other links hear of it.
    fn change_here(&mut self, view: V, deleted: bool, but: Option<u8>) {
        (self.event, self.deleted) = (view, deleted);
        for (n, link) in (0u8..).zip(&mut self.links) {
            if Some(n) != but && !link.row.ended {
                link.row.pending = true;
            }
        }
        for work in self.workers.iter_mut().flatten() {
            work.event_is_old = true;
            work.row_is_old |= Some(work.link) != but;
        }
    }

    /// Saves a row whole; one that was touched meanwhile stays pending.
    fn save(&mut self, work: &Work) {
        let pending = work.row.pending || (work.row_is_old && !work.row.ended);
        self.links[usize::from(work.link)].row = Row { pending, ..work.row };
    }

    /// A worker stops, or is no more.
    fn leave(&mut self, worker: u8) {
        if let Some(work) = self.workers[usize::from(worker)].take() {
            let holder = &mut self.links[usize::from(work.link)].holder;
            if *holder == Holder::Worker(worker) {
                *holder = Holder::Nobody;
            }
        }
    }

    /// Whether nobody has anything to do.
    pub(crate) fn is_quiet(&self, small: &Small) -> bool {
        small.work(self).is_empty()
    }
}
