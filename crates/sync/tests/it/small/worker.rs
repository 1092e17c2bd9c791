//! What a worker does, a step for each call and for each transaction.

use super::*;

impl Small {
    /// A worker reads on until it wants to say something. Whatever comes between two readings could as well have come
    /// before the first of them.
    pub(super) fn read_on(&mut self, state: &mut State, worker: u8) -> Result<(), String> {
        while state.workers[usize::from(worker)].is_some_and(|work| work.at.only_reads()) {
            self.step(state, worker, false)?;
        }
        Ok(())
    }

    /// A worker's next step.
    pub(super) fn step(&mut self, state: &mut State, worker: u8, lost: bool) -> Result<(), String> {
        let Some(mut work) = state.workers[usize::from(worker)] else { return Ok(()) };
        let at = usize::from(work.link);
        let link = state.links[at];
        if work.at.is_fenced() && link.holder != Holder::Worker(worker) {
            state.leave(worker);
            return Ok(());
        }
        work.at = match work.at {
            At::Begin => {
                work.read(&link);
                if work.row.intent.is_some() { At::Look { then_pull: true } } else { At::Pull }
            }
            At::Look { then_pull } => {
                let reading = link.there.map(|view| (view, link.version));
                At::Looked { then_pull, reading, made: link.made }
            }
            At::Looked { then_pull, reading, made } => match self.look_after(&mut work.row, reading, made) {
                Some(view) => At::Guard(Write::Create { view, again: true }),
                None => {
                    work.row.pending = true;
                    state.save(&work);
                    if then_pull { At::Pull } else { At::Consider }
                }
            },
            At::Pull => {
                let item = (link.version > link.cursor).then_some(match link.there {
                    Some(view) => Seen::Live(view, link.version),
                    None => Seen::Gone { proved: false },
                });
                At::Pulled { item, cursor: link.version }
            }
            At::Pulled { item, cursor } => {
                let row = &mut state.links[at].row;
                let echo = |row: &Row| {
                    row.seen.is_none()
                        && row.intent.is_none()
                        && matches!(item, Some(Seen::Live(_, v)) if v == row.version)
                };
                let unknown = row.base.is_none() && row.intent.is_none();
                if let Some(item) = item.filter(|_| !echo(row) && !row.ended && !unknown) {
                    row.seen = Some(item);
                    row.pending = true;
                }
                state.links[at].cursor = cursor;
                At::Consider
            }
            At::Consider => {
                work.read(&link);
                work.event_is_old = false;
                match work.row {
                    Row { pending: false, .. } | Row { intent: Some(_), .. } => At::End,
                    Row { seen: Some(Seen::Gone { proved: false }), .. } => At::Prove,
                    _ => At::Commit { event: state.event, deleted: state.deleted },
                }
            }
            At::Prove => At::Proved { reading: link.there.map(|view| (view, link.version)) },
            At::Proved { reading } => {
                work.row.seen = Some(match reading {
                    Some((view, version)) => Seen::Live(view, version),
                    None => Seen::Gone { proved: true },
                });
                state.save(&work);
                At::Consider
            }
            At::Commit { event, deleted } => self.commit(state, &mut work, event, deleted),
            At::Guard(write) => At::Push(write),
            At::Push(write) => {
                let answer = push(&mut state.links[at], write, work.row.generation)?;
                At::Answered(write, if lost { Answer::News } else { answer })
            }
            At::Answered(write, Answer::Done(made)) => {
                self.done(&mut work.row, write, made);
                state.save(&work);
                At::Consider
            }
            At::Answered(_, Answer::News) => At::Look { then_pull: false },
            At::End => {
                state.leave(worker);
                return Ok(());
            }
        };
        state.workers[usize::from(worker)] = Some(work);
        Ok(())
    }

    /// What became of an open intent. Returns what has to be made once more, word for word.
    fn look_after(&mut self, row: &mut Row, reading: Option<(V, u8)>, made: Option<u8>) -> Option<V> {
        match (row.intent.take(), reading) {
            (Some(Intent::Create(view)), Some((there, version))) => {
                row.base = Some((view, view));
                row.seen = Some(Seen::Live(there, version));
            }
            (Some(Intent::Create(view)), None) if made.is_none_or(|made| made < row.generation) => {
                row.intent = Some(Intent::Create(view));
                return Some(view);
            }
            (Some(Intent::Create(view)), None) => {
                row.base = Some((view, view));
                row.seen = Some(Seen::Gone { proved: true });
            }
            (Some(Intent::Delete), None) => row.taken_away(),
            (Some(Intent::Update(after)), Some((there, version))) => {
                let before = match row.seen {
                    Some(Seen::Live(view, _)) => Some(view),
                    _ => row.base.map(|(_, theirs)| theirs),
                };
                if let (Some(base), Some(before)) = (row.base, before) {
                    let agreed = self.base(base);
                    let base = after_silence(&agreed, self.view(before), self.view(after), self.view(there));
                    row.base = Some(self.halves(&base));
                }
                row.seen = Some(Seen::Live(there, version));
            }
            (_, Some((there, version))) => row.seen = Some(Seen::Live(there, version)),
            (_, None) => row.seen = Some(Seen::Gone { proved: true }),
        }
        None
    }

    /// What is decided becomes so: here, and as an intent for there.
    fn commit(&mut self, state: &mut State, work: &mut Work, event: V, deleted: bool) -> At {
        let side = match (work.row.seen, work.row.base) {
            (Some(Seen::Live(view, _)), _) => Some(view),
            (Some(Seen::Gone { .. }), _) => None,
            (None, base) => base.map(|(_, theirs)| theirs),
        };
        let decided = self.decide(event, deleted, &work.row, side);
        if let Some((view, ends)) = decided.here {
            if work.event_is_old {
                return At::Consider;
            }
            state.change_here(view, ends, Some(work.link));
        }
        state.told |= decided.told;
        let version = match work.row.seen {
            Some(Seen::Live(_, version)) => version,
            _ => work.row.version,
        };
        let row = &mut work.row;
        row.pending = false;
        let mut next = At::Consider;
        match decided.there {
            Wanted::Nothing => {
                row.base = decided.base.or(row.base);
                let left = side.zip(row.base).is_some_and(|(there, (_, theirs))| there != theirs);
                if !decided.asked && !left {
                    row.version = version;
                    row.seen = None;
                }
            }
            Wanted::End => row.ended = true,
            Wanted::Forget => {}
            Wanted::Create(view) => {
                if row.base.is_some() || row.seen.is_some() {
                    row.taken_away();
                }
                row.intent = Some(Intent::Create(view));
                row.pending = true;
                next = At::Guard(Write::Create { view, again: false });
            }
            Wanted::Update { before, after } => {
                let agreed = decided.base.unwrap_or((after, after));
                row.base = decided.meanwhile;
                row.intent = Some(Intent::Update(after));
                row.pending = true;
                next = At::Guard(Write::Update { before, after, version, agreed });
            }
            Wanted::Delete { for_good } => {
                row.intent = Some(Intent::Delete);
                row.pending = true;
                next = At::Guard(Write::Delete { version, for_good });
            }
        }
        state.save(work);
        next
    }

    /// It was done: the base is what was meant, and what they made of it.
    fn done(&mut self, row: &mut Row, write: Write, made: Option<(V, u8)>) {
        row.intent = None;
        row.pending = false;
        let (Some((view, version)), false) = (made, matches!(write, Write::Delete { .. })) else {
            match write {
                Write::Delete { for_good: true, .. } => {
                    row.seen = None;
                    row.ended = true;
                }
                _ => row.taken_away(),
            }
            return;
        };
        let (agreed, before, after, again) = match write {
            Write::Update { before, after, agreed, .. } => (agreed, Some(before), after, false),
            Write::Create { view, again } => ((view, view), None, view, again),
            Write::Delete { .. } => return,
        };
        let agreed = self.base(agreed);
        let before = before.map(|before| self.view(before).clone());
        let base = after_write(&agreed, before.as_ref(), self.view(after), self.view(view));
        row.base = Some(self.halves(&base));
        let news = row.base.is_some_and(|(_, theirs)| theirs != view);
        row.seen = news.then_some(Seen::Live(view, version));
        row.version = version;
        row.pending = news || again;
    }

    fn base(&self, (ours, theirs): (V, V)) -> Base {
        Base::of(self.view(ours).clone(), self.view(theirs).clone())
    }

    fn halves(&mut self, base: &Base) -> (V, V) {
        (self.number(base.ours.clone()), self.number(base.theirs().clone()))
    }

    /// The real decision.
    fn decide(&mut self, event: V, deleted: bool, row: &Row, side: Option<V>) -> Decided {
        let copy = match (row.ended, row.base) {
            (true, _) => Copy::Ended,
            (false, None) => Copy::None,
            (false, Some(_)) => Copy::Living,
        };
        let key = (event, deleted, row.base, copy as u8, side);
        if let Some(decided) = self.decided.get(&key) {
            return *decided;
        }
        let mut pair = Pair::of(odd::event(self.view(event).clone()));
        pair.settings.conflicts = self.rules.policy;
        pair.event.deleted_at = deleted.then_some(pair.now);
        pair.base = row.base.map(|base| self.base(base));
        pair.copy = copy;
        pair.there = side.map(|view| self.view(view).clone());
        let decision = pair.decide();
        let here = match &decision.here {
            Here::Nothing => None,
            Here::Change(event) => Some((self.number(event.content.clone()), false)),
            Here::Delete => Some((event, true)),
        };
        let there = match &decision.there {
            There::Nothing => Wanted::Nothing,
            There::End => Wanted::End,
            There::Forget => Wanted::Forget,
            There::Create(view) | There::Recreate(view) => Wanted::Create(self.number((**view).clone())),
            There::Update { before, after } => Wanted::Update {
                before: self.number((**before).clone()),
                after: self.number((**after).clone()),
            },
            There::Delete => Wanted::Delete { for_good: deleted },
        };
        let told = format!("{:?} {:?}", decision.clashes, decision.put_back);
        let decided = Decided {
            here,
            there,
            base: decision.base.as_ref().map(|base| self.halves(base)),
            meanwhile: decision.meanwhile.as_ref().map(|base| self.halves(base)),
            told: (0..6).filter(|n| told.contains(&Small::text(n / 2, (n % 2) as u8))).map(|n| 1 << n).sum(),
            asked: decision.ask.is_some(),
        };
        self.decided.insert(key, decided);
        decided
    }
}

/// What a provider does with a write: conditional on the version, and an id is used once.
fn push(link: &mut Link, write: Write, generation: u8) -> Result<Answer, String> {
    match write {
        Write::Create { view, .. } => {
            if link.made.is_some_and(|made| made >= generation) {
                return Ok(Answer::News);
            }
            if link.there.is_some() {
                return Err("it is made a second time beside a copy that lives (I-04)".to_owned());
            }
            (link.there, link.made) = (Some(view), Some(generation));
        }
        Write::Update { version, .. } | Write::Delete { version, .. } if version != link.version => {
            return Ok(Answer::News);
        }
        Write::Update { .. } if link.there.is_none() => return Ok(Answer::News),
        Write::Update { after, .. } => link.there = Some(after),
        Write::Delete { .. } => link.there = None,
    }
    link.version += 1;
    Ok(Answer::Done(link.there.map(|view| (view, link.version))))
}
