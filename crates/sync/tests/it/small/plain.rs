//! One state for all that can never be told apart: what nobody will read again is forgotten, versions and generations count
//! only by their order, and which of two workers is which is nobody's business.

use super::{Answer, At, Holder, Link, Row, Seen, State, Work, Write};

const NOTHING_READ: Row =
    Row { base: None, ended: false, version: 0, seen: None, intent: None, pending: false, generation: 0 };

impl State {
    /// The one that stands for all that are like this one.
    pub(super) fn plain(mut self) -> State {
        for worker in 0..2u8 {
            if self.is_dismissed(worker) {
                self.leave(worker);
            }
        }
        for work in self.workers.iter_mut().flatten() {
            work.forget();
        }
        for n in 0..2u8 {
            self.renumber(n);
        }
        self.min(self.with_workers_swapped())
    }

    /// Whether a worker has lost its link, and notices it next.
    fn is_dismissed(&self, worker: u8) -> bool {
        self.workers[usize::from(worker)].is_some_and(|work| {
            let holds = self.links[usize::from(work.link)].holder == Holder::Worker(worker);
            work.at.is_fenced() && !holds
        })
    }

    /// Versions and generations of a link, as small as their order allows.
    fn renumber(&mut self, n: u8) {
        let mut versions = vec![];
        let mut generations = vec![];
        self.each_number(n, |version| versions.push(*version), |generation| generations.push(*generation));
        versions.retain(|version| *version != 0);
        versions.sort_unstable();
        versions.dedup();
        let first = generations.iter().copied().min().unwrap_or_default();
        self.each_number(
            n,
            |version| *version = versions.iter().position(|one| one == version).map_or(0, |at| at as u8 + 1),
            |generation| *generation -= first,
        );
    }

    fn each_number(&mut self, n: u8, mut version: impl FnMut(&mut u8), mut generation: impl FnMut(&mut u8)) {
        let Link { row, cursor, version: newest, made, .. } = &mut self.links[usize::from(n)];
        version(cursor);
        version(newest);
        made.iter_mut().for_each(&mut generation);
        row.each_number(&mut version, &mut generation);
        for work in self.workers.iter_mut().flatten().filter(|work| work.link == n) {
            // What was never read has no generation.
            if work.reads_row() {
                work.row.each_number(&mut version, &mut generation);
            }
            work.at.each_number(&mut version, &mut generation);
        }
    }

    fn with_workers_swapped(mut self) -> State {
        self.workers.swap(0, 1);
        for link in &mut self.links {
            if let Holder::Worker(worker) = &mut link.holder {
                *worker = 1 - *worker;
            }
        }
        self
    }
}

impl Work {
    /// Whether what was read of the mapping is looked at again before it is read anew.
    fn reads_row(&self) -> bool {
        !matches!(self.at, At::Pulled { .. })
    }

    fn forget(&mut self) {
        if !self.reads_row() {
            (self.row, self.row_is_old) = (NOTHING_READ, false);
        }
        self.event_is_old &= matches!(self.at, At::Commit { .. });
    }
}

impl Row {
    fn each_number(&mut self, version: &mut impl FnMut(&mut u8), generation: &mut impl FnMut(&mut u8)) {
        version(&mut self.version);
        if let Some(Seen::Live(_, seen)) = &mut self.seen {
            version(seen);
        }
        generation(&mut self.generation);
    }
}

impl At {
    fn each_number(&mut self, version: &mut impl FnMut(&mut u8), generation: &mut impl FnMut(&mut u8)) {
        let of_write = |write: &mut Write, version: &mut dyn FnMut(&mut u8)| match write {
            Write::Update { version: at, .. } | Write::Delete { version: at, .. } => version(at),
            Write::Create { .. } => {}
        };
        match self {
            At::Looked { reading, made, .. } => {
                reading.iter_mut().for_each(|(_, at)| version(at));
                made.iter_mut().for_each(generation);
            }
            At::Pulled { item, cursor } => {
                if let Some(Seen::Live(_, at)) = item {
                    version(at);
                }
                version(cursor);
            }
            At::Proved { reading } => reading.iter_mut().for_each(|(_, at)| version(at)),
            At::Guard(write) | At::Push(write) => of_write(write, version),
            At::Answered(write, answer) => {
                of_write(write, version);
                if let Answer::Done(Some((_, at))) = answer {
                    version(at);
                }
            }
            At::Begin
            | At::Look { .. }
            | At::Pull
            | At::Consider
            | At::Prove
            | At::Commit { .. }
            | At::End => {}
        }
    }
}
