//! Every mapping that has news on either side: one decision each.
//!
//! Work is taken in chunks, so that memory does not grow with the calendar. Where the run could be destructive at
//! all, a first pass only plans and weighs; the brake stands before the first destructive call (I-08).

use std::collections::{BTreeMap, BTreeSet};

use concord_model::agreed::{Base, Known};
use concord_model::event::{Event, Origin};
use concord_model::link::{DeletionPolicy, Direction, Policy, Settings};
use concord_model::observed::{Hold, Observation, Reading, Theirs};
use concord_model::people::Address;
use concord_model::{ClientId, EventId, MappingId, View, recurrence};
use concord_points::{defect, point};
use concord_store::clients::{self, Client};
use concord_store::conflicts::{self as questions, Conflict, ConflictKind};
use concord_store::mappings::{self, Mapping, Of};
use concord_store::{events, links};
use concord_sync::conflict::{self, About, Verdict};
use concord_sync::decide::{Copy, Here, Question, Side, Situation, There, after_silence};
use concord_sync::lens::{Lens, Seen, Shown};
use concord_sync::{Decision, decide};
use jiff::Timestamp;

use super::foreign::Newcomer;
use super::pull::tombstone;
use super::{Only, Run, Stop};
use crate::whose;

/// How many mappings are decided together.
pub(super) const CHUNK: u32 = 400;
/// How often a run goes over what came back stale before it leaves the rest for the next run.
const ROUNDS: u32 = 4;

/// A mapping, and what shall become of it.
pub(super) enum Considered {
    /// It belongs to an event.
    Known(Box<OfEvent>),
    /// It is an item that no event is known for.
    Newcomer(Box<Mapping>, Newcomer, Option<Box<Conflict>>),
    /// Something about it cannot be understood.
    Odd(Box<Mapping>, String),
    /// It waits for the answer to whether something there is the same event: neither side is written meanwhile.
    Asked(Box<Mapping>),
    /// Nothing is left of it: the row can go, and with it what was asked about it.
    Nothing(Box<Mapping>, Option<Box<Conflict>>),
    /// Nothing can be said now; it stays as it is.
    Wait,
}

/// A mapping of an event, with both sides.
pub(super) struct OfEvent {
    pub(super) mapping: Mapping,
    pub(super) event: Event,
    pub(super) seen: Option<Seen>,
    pub(super) theirs: Option<Theirs>,
    pub(super) decision: Decision,
    pub(super) open: Option<Conflict>,
    /// Whether something there would have to be written and may not be in this run: it stays to be done.
    pub(super) held: bool,
    /// Whether a person is asked if something there is the same event.
    pub(super) perhaps: bool,
    /// Whether it is gone over there.
    pub(super) gone: bool,
}

impl OfEvent {
    /// Whether it was wanted again while its copy was taken away: then it is made anew.
    pub(super) fn begins_again(&self) -> bool {
        let ends = matches!(self.decision.there, There::End);
        ends && self.mapping.ended_at.is_some() && self.seen.is_some() && self.mapping.enabled
    }

    /// Whether what came in with one occurrence changes more than that one: those that stand beside it do not show it yet.
    pub(super) fn changes_others(&self) -> bool {
        self.mapping.part.is_some()
            && match &self.decision.here {
                Here::Nothing => false,
                Here::Delete => true,
                Here::Change(changed) => {
                    let overrides = self.event.content.overrides.clone();
                    View { overrides, ..changed.content.clone() } != self.event.content
                        || changed.personal != self.event.personal
                        || changed.booking != self.event.booking
                }
            }
    }
}

/// What a chunk of mappings is decided from, read in one go.
pub(super) struct Surroundings {
    pub(super) events: BTreeMap<EventId, Event>,
    clients: BTreeMap<ClientId, Client>,
    homes: BTreeMap<EventId, Hold>,
    pub(super) open: BTreeMap<MappingId, Conflict>,
    /// Events that something there may be, as a person is asked.
    perhaps: BTreeSet<EventId>,
}

impl Run<'_> {
    pub(super) async fn reconcile(&mut self) -> Result<(), Stop> {
        self.spread_all().await?;
        self.weigh_all().await?;
        if self.wish.dry {
            return Ok(());
        }
        for _ in 0..ROUNDS {
            let mut again = false;
            // What came in is given its event before anything is made there: it may be what would be made (I-04).
            for of in [Of::Newcomers, Of::Events] {
                let mut after = None;
                loop {
                    let from = after;
                    let Some(chunk) = self.work(of, &mut after).await? else { break };
                    let ids: BTreeSet<EventId> = chunk.iter().filter_map(|mapping| mapping.event).collect();
                    if self.spread(&ids.into_iter().collect::<Vec<_>>()).await? {
                        // The same once more, as it is now; what was added may lie before it.
                        (after, again) = (from, true);
                        continue;
                    }
                    let considered = self.consider(chunk).await?;
                    again |= self.carry_out(considered).await?;
                }
            }
            if !again {
                break;
            }
        }
        Ok(())
    }

    pub(super) async fn work(
        &mut self,
        of: Of,
        after: &mut Option<MappingId>,
    ) -> Result<Option<Vec<Mapping>>, Stop> {
        let mut tx = self.engine.store.read().await?;
        let chunk = mappings::work(&mut tx, self.link.id, of, self.engine.now(), *after, CHUNK).await?;
        *after = chunk.last().map(|m| m.id);
        Ok(if chunk.is_empty() { None } else { Some(chunk) })
    }

    /// Decides about a chunk.
    pub(super) async fn consider(&mut self, chunk: Vec<Mapping>) -> Result<Vec<Considered>, Stop> {
        let chunk = self.prove_tombstones(chunk).await?;
        let chunk = self.find_series(chunk).await?;
        let around = self.surroundings(&chunk).await?;
        let newcomers = self.identify(&chunk, &around).await?;
        let now = self.engine.now();
        let mut out = Vec::with_capacity(chunk.len());
        for mapping in chunk {
            let open = || around.open.get(&mapping.id).cloned().map(Box::new);
            let considered = match mapping.event {
                None => match (newcomers.get(&mapping.id), oddity(&mapping)) {
                    (Some(Newcomer::Later), _) => Considered::Wait,
                    (Some(newcomer), _) => {
                        let open = open();
                        Considered::Newcomer(Box::new(mapping), newcomer.clone(), open)
                    }
                    (None, Some(why)) if self.link.settings.direction != Direction::Push => {
                        Considered::Odd(Box::new(mapping), why)
                    }
                    (None, _) => {
                        let open = open();
                        Considered::Nothing(Box::new(mapping), open)
                    }
                },
                Some(id) => match around.events.get(&id) {
                    Some(event) => self.consider_known(mapping, event, &around, now),
                    // Its event's row is gone, which only erasure does: the copy is nobody's any more.
                    None => Considered::Wait,
                },
            };
            out.push(considered);
        }
        Ok(out)
    }

    pub(super) fn consider_known(
        &self,
        mapping: Mapping,
        event: &Event,
        around: &Surroundings,
        now: Timestamp,
    ) -> Considered {
        let mut observation = mapping.observation.clone().unwrap_or_default();
        let odd = oddity(&mapping);
        let known = mapping.base.as_ref().map(|base| mapping.known.theirs(base));
        let mut theirs = observation.over(known.as_ref());
        let gone = observation.is_tombstone();
        if gone && !observation.proved {
            return Considered::Wait;
        }
        let copy = match (mapping.ended_at, &mapping.base) {
            (Some(_), _) => Copy::Ended,
            (None, None) if gone || theirs.is_none() => Copy::None,
            _ => Copy::Living,
        };
        let hidden = whose::hidden(event, &self.link, &around.clients);
        let open = around.open.get(&mapping.id).cloned();
        let asked = open.as_ref().map(|open| Asked::of(open, event, &observation, theirs.as_ref(), now));
        let settings = self.settings_for(&mapping, gone, asked.as_ref());
        let question = match (&open, &asked) {
            (Some(open), Some(asked)) if open.kind == ConflictKind::Deleted && !asked.answered => {
                open.expires_at.map(|expires_at| Question { expires_at })
            }
            _ => None,
        };
        let mut lens = self.lens(event, &hidden);
        if let Some(settings) = &settings {
            lens.settings = settings;
        }
        let shown = match lens.show_part(event, mapping.part, now) {
            Shown::As(seen) => Some(*seen),
            Shown::Not(_) => None,
        };
        let enabled = mapping.enabled && !self.wish.clear && concerns(event, &self.link);
        if let Some(why) = odd {
            if shown.is_some() && enabled {
                return Considered::Odd(Box::new(mapping), why);
            }
            // To take it away nobody has to understand it; but its version has to be named.
            let etag = observation.whole.take().and_then(|whole| whole.etag);
            if let (Some(theirs), Some(etag)) = (&mut theirs, etag) {
                theirs.versions.whole = Some(etag);
            }
        }
        let side = match (&theirs, mapping.observation.is_some()) {
            _ if gone => Side::Gone,
            (Some(theirs), true) => Side::Seen(theirs),
            (Some(theirs), false) => Side::AsAgreed(theirs),
            (None, _) => Side::Nothing,
        };
        let agreed = match (&theirs, mapping.observation.is_some()) {
            (Some(theirs), true) => arrived_late(&mapping, &theirs.view),
            _ => mapping.base.clone(),
        };
        let settled = match (&agreed, &shown, &theirs, &asked) {
            (Some(base), Some(seen), Some(theirs), Some(asked)) if !asked.choices.is_empty() => {
                Some(conflict::settle(base, &seen.view, &theirs.view, &asked.choices))
            }
            _ => agreed,
        };
        let own = [Address::from(self.account.name.as_str())];
        let situation = Situation {
            lens: &lens,
            event,
            part: mapping.part,
            base: settled.as_ref(),
            copy,
            theirs: side,
            home_hold: around.homes.get(&event.id).copied().unwrap_or_default(),
            writable: self.link.writable,
            enabled,
            in_window: self.in_window(event, now),
            own: &own,
            question,
            now,
        };
        let mut decision = decide(&situation);
        // A question that was answered keeps both versions itself.
        if gone && asked.is_some_and(|asked| asked.answered) {
            decision.clashes.clear();
        }
        let perhaps = around.perhaps.contains(&event.id);
        if perhaps && matches!(decision.there, There::Create(_)) {
            return Considered::Asked(Box::new(mapping));
        }
        if self.makes_nothing && matches!(decision.there, There::Create(_)) {
            return Considered::Wait;
        }
        let held = self.wish.only == Some(Only::Pull) && writes(&decision.there);
        if held {
            let here = || decide(&Situation { writable: false, ..situation });
            decision = if gone { Decision::default() } else { Decision { there: There::Nothing, ..here() } };
        }
        let mut mapping = mapping;
        mapping.base = settled;
        Considered::Known(Box::new(OfEvent {
            mapping,
            event: event.clone(),
            seen: shown,
            theirs,
            decision,
            open,
            held,
            perhaps,
            gone,
        }))
    }

    /// The settings under which a mapping is decided, where they are not the link's: an answer is the policy for this
    /// once, and what was absent when its calendar was connected again is shown for review (`rules.md` 18).
    fn settings_for(&self, mapping: &Mapping, gone: bool, asked: Option<&Asked>) -> Option<Settings> {
        let link = &self.link.settings;
        let ends = |policy| Settings { deletion: policy, booking_deletion: policy, ..link.clone() };
        match (asked.and_then(|asked| asked.ending), gone) {
            (Some(Verdict::External), true) => {
                Some(Settings { conflicts: Policy::KeepExternal, ..ends(DeletionPolicy::Delete) })
            }
            (Some(Verdict::External), _) => Some(ends(DeletionPolicy::Delete)),
            (Some(_), true) => {
                Some(Settings { conflicts: Policy::KeepPlatform, ..ends(DeletionPolicy::Restore) })
            }
            (None, true) if mapping.is_unseen() && mapping.base.is_some() => Some(ends(DeletionPolicy::Ask)),
            _ => None,
        }
    }

    pub(super) fn lens<'l>(
        &'l self,
        event: &Event,
        hidden: &'l [concord_sync::lens::HiddenText],
    ) -> Lens<'l> {
        Lens {
            able: self.provider.capabilities(),
            settings: &self.link.settings,
            person: self.link.user,
            eyes: whose::eyes(event, &self.link),
            zone: &self.zone,
            hidden,
        }
    }

    pub(super) fn in_window(&self, event: &Event, now: Timestamp) -> bool {
        let (starts, ends) = recurrence::first_and_last(&event.content.time, &event.content.overrides);
        let window = self.link.settings.window;
        starts < now + window.ahead() && ends.is_none_or(|ends| ends > now - window.back())
    }

    pub(super) async fn surroundings(&mut self, chunk: &[Mapping]) -> Result<Surroundings, Stop> {
        let ids: BTreeSet<EventId> = chunk.iter().filter_map(|m| m.event).collect();
        let ids: Vec<EventId> = ids.into_iter().collect();
        let mut tx = self.engine.store.read().await?;
        let events = events::find(&mut tx, self.link.workspace, &ids).await?;
        let booked: BTreeSet<ClientId> =
            events.values().flat_map(|e| e.booking.clients.iter().copied()).collect();
        let booked: Vec<ClientId> = booked.into_iter().collect();
        let clients = clients::by_ids(&mut tx, self.link.workspace, &booked).await?;
        let imported: Vec<EventId> =
            events.values().filter(|e| matches!(e.origin, Origin::Link(_))).map(|e| e.id).collect();
        let mut homes = BTreeMap::new();
        for (event, home) in mappings::homes(&mut tx, &imported).await? {
            // What comes in by a link that only brings in is read-only here (`rules.md` 15).
            let hold = if home.direction == Direction::Pull { Hold::ReadOnly } else { home.hold };
            homes.insert(event, hold);
        }
        // Of somebody else's invitation its owner is a guest, wherever a copy of it is.
        homes.extend(
            events.values().filter(|e| e.origin == Origin::Mail).map(|event| (event.id, Hold::Guest)),
        );
        let asked: Vec<MappingId> =
            chunk.iter().filter(|m| m.base.is_some() || m.observation.is_some()).map(|m| m.id).collect();
        let mut open = questions::open_of(&mut tx, &asked).await?;
        open.retain(|mapping, _| !self.supposed.settled.contains(mapping));
        let unmade: Vec<EventId> = chunk
            .iter()
            .filter(|m| m.base.is_none() && m.observation.is_none())
            .filter_map(|m| m.event)
            .collect();
        let perhaps = questions::perhaps(&mut tx, self.link.id, &unmade).await?;
        let perhaps = perhaps.into_iter().filter(|(_, asked)| !self.supposed.settled.contains(asked));
        let perhaps = perhaps.map(|(event, _)| event).collect();
        Ok(Surroundings { events, clients, homes, open, perhaps })
    }

    /// Asks the provider about every tombstone that is not proved yet (`rules.md` 9).
    pub(super) async fn prove_tombstones(&mut self, mut chunk: Vec<Mapping>) -> Result<Vec<Mapping>, Stop> {
        let unproved = |m: &Mapping| {
            m.external_id.is_some() && m.observation.as_ref().is_some_and(|o| o.is_tombstone() && !o.proved)
        };
        let doubtful: Vec<Mapping> = chunk.iter().filter(|m| unproved(m)).cloned().collect();
        if doubtful.is_empty() || self.silent {
            return Ok(chunk);
        }
        let readings = match defect!("a tombstone is taken on trust") {
            true => doubtful.iter().map(|_| Some(Reading::Deleted)).collect(),
            false => self.read(&doubtful).await?,
        };
        let now = self.engine.now();
        let mut changed = Vec::new();
        for (mut mapping, reading) in doubtful.into_iter().zip(readings) {
            mapping.observation = match reading {
                // The provider's tombstone, and a read that agrees with it.
                Some(Reading::Deleted | Reading::Missing) => Some(tombstone(&mapping, now)),
                Some(Reading::Present(items)) => {
                    point!("reconcile: a tombstone of what is there");
                    Some(Observation::read(items, now))
                }
                None => continue,
            };
            changed.push(mapping);
        }
        let mut tx = self.begin().await?;
        mappings::save_many(&mut tx, &changed).await?;
        tx.commit().await?;
        for mapping in changed {
            if let Some(old) = chunk.iter_mut().find(|m| m.id == mapping.id) {
                *old = mapping;
            }
        }
        Ok(chunk)
    }

    /// Lets events in whose time has come: the window rolls, and what it now reaches is added.
    pub(super) async fn roll_window(&mut self) -> Result<(), Stop> {
        let now = self.engine.now();
        let window = self.link.settings.window;
        let until = now + window.ahead();
        let from = match self.link.window_until {
            // Once an hour is often enough for the far end of a year.
            Some(reached) if until.duration_since(reached).as_hours() < 1 => return Ok(()),
            Some(reached) => reached.min(now - window.back()),
            None => now - window.back(),
        };
        let mut tx = self.begin().await?;
        mappings::enqueue_events(&mut tx, &self.link, (from, until), now, &mut self.engine.dice()).await?;
        mappings::outside_entering(&mut tx, self.link.id, from, until).await?;
        links::save_window(&mut tx, self.link.id, Some(until)).await?;
        tx.commit().await?;
        self.link.window_until = Some(until);
        if self.holds_occurrences() {
            let mut tx = self.engine.store.read().await?;
            let series = mappings::parted(&mut tx, self.link.id).await?;
            drop(tx);
            self.spread(&series).await?;
        }
        Ok(())
    }

    pub(super) fn known_of(theirs: &Theirs) -> Known {
        Known {
            versions: theirs.versions.clone(),
            stamp: theirs.stamp,
            hold: theirs.hold,
            page: theirs.page.clone(),
            left_out: theirs.left_out.clone(),
            ..Known::default()
        }
    }
}

/// The agreement, with what of our own was not answered, and is there now: it is no news of theirs (I-06).
fn arrived_late(mapping: &Mapping, there: &View) -> Option<Base> {
    let base = mapping.base.clone()?;
    let unanswered = mapping.known.unanswered.iter();
    Some(unanswered.fold(base, |base, write| after_silence(&base, &write.before, &write.after, there)))
}

/// What an open question means for a decision.
struct Asked {
    /// Whether a person has answered it.
    answered: bool,
    /// Who stands in what it is about: by the answer, or for the platform once its time is over.
    choices: Vec<(About, Verdict)>,
    /// Who stands where it is about an ending from outside, if that was answered.
    ending: Option<Verdict>,
}

impl Asked {
    fn of(
        open: &Conflict,
        event: &Event,
        observation: &Observation,
        theirs: Option<&Theirs>,
        now: Timestamp,
    ) -> Asked {
        let answer = open.answer.as_ref();
        let over = open.expires_at.is_some_and(|at| at <= now);
        let choices = match answer {
            None if !over => Vec::new(),
            answer => crate::conflicts::choices(open, answer, event, theirs),
        };
        let of_an_ending = || {
            let told = crate::conflicts::clashes(open);
            let ends = |about: &About| told.iter().any(|clash| clash.about == *about && clash.is_ending());
            let external = |(about, verdict): &(About, Verdict)| ends(about) && *verdict == Verdict::External;
            choices.iter().any(external).then_some(Verdict::External)
        };
        let ending = match answer {
            None => None,
            _ if open.kind != ConflictKind::Deleted => None,
            Some(answer) if observation.is_tombstone() => {
                let deleted_at = observation.seen_at.unwrap_or(open.detected_at);
                Some(crate::conflicts::about_deletion(answer.how, event, deleted_at))
            }
            Some(_) => of_an_ending(),
        };
        Asked { answered: answer.is_some(), choices, ending }
    }
}

/// What cannot be understood of what was seen, if something cannot.
fn oddity(mapping: &Mapping) -> Option<String> {
    mapping.observation.as_ref()?.oddity().map(str::to_owned)
}

/// Whether a decision writes there, or would let go of something because it may not be written.
pub(super) fn writes(there: &There) -> bool {
    !matches!(there, There::Nothing | There::End | There::Forget)
}

/// Whether the event is still one of this link's person's.
pub(super) fn concerns(event: &Event, link: &links::Link) -> bool {
    event.people().any(|person| person == link.user) || defect!("who is left out keeps the copy")
}

/// A count from the database.
pub(super) fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
