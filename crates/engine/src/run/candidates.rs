//! What the unknown items of a calendar may be: by our mark, by their name in the world, by their time.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::event::Event;
use concord_model::link::Direction;
use concord_model::observed::Theirs;
use concord_model::privacy::Privacy;
use concord_model::view::{Field, Override, Value};
use concord_model::{ClientId, EventId, ExternalId, MappingId, View, recurrence};
use concord_store::clients::{self, Client};
use concord_store::mappings::{self, Mapping};
use concord_store::{events, history};
use concord_sync::adopt::{self, Candidate, Likeness};
use concord_sync::lens::Shown;
use jiff::Timestamp;

use super::ours::{CopyOf, Names};
use super::reconcile::concerns;
use super::{Run, Stop};
use crate::whose;

/// What items of a chunk may be.
pub(super) struct Candidates {
    pub(super) of: BTreeMap<MappingId, Vec<Candidate>>,
    /// Events that an item carries our mark of and that nobody has ended.
    pub(super) marked: BTreeSet<EventId>,
    /// Events that an item carries our mark of.
    pub(super) known: BTreeSet<EventId>,
    /// How private the events are that an item was copied from: those that are.
    private: BTreeMap<EventId, Privacy>,
    /// Those that have a copy in this calendar.
    pub(super) taken: BTreeSet<EventId>,
    /// Of those that an item carries our mark of, or their name in the world, the copies that are known.
    pub(super) copies: BTreeMap<CopyOf, Mapping>,
    /// The names that we may have given to copies of the events that an item carries our mark of.
    pub(super) names: BTreeMap<EventId, Names>,
    /// Whether nothing comes in from here: what bears our mark is ours, whatever became of it.
    pub(super) only_ours: bool,
    /// What was made here of those that have ended: what else is there of them is one too many.
    pub(super) made_before: BTreeSet<CopyOf>,
    /// Names that we may have given to occurrences of those events that are others by now.
    pub(super) former: BTreeSet<ExternalId>,
    /// The items that we made of what we have forgotten since, and that look like an occurrence of a series without any copy.
    pub(super) of_series: BTreeMap<MappingId, CopyOf>,
    /// The items that are the copy of one of those, filed anew.
    pub(super) refiled: BTreeMap<MappingId, EventId>,
}

impl Candidates {
    /// How private the event is that an item was copied from, if it is.
    pub(super) fn privacy_of(&self, item: &Mapping) -> Option<Privacy> {
        self.private.get(&copied_from(item)?).copied()
    }
}

/// The events that items may be, as they are stored.
struct Known {
    by_uid: Vec<Event>,
    by_mark: BTreeMap<EventId, Event>,
    by_start: Vec<Event>,
    private: BTreeMap<EventId, Privacy>,
    /// Their mappings here, ended ones too.
    own: BTreeMap<EventId, Vec<Mapping>>,
    /// Those that have a copy here.
    taken: BTreeSet<EventId>,
    clients: BTreeMap<ClientId, Client>,
}

impl Known {
    fn own(&self, event: EventId) -> &[Mapping] {
        self.own.get(&event).map_or(&[], Vec::as_slice)
    }
}

impl Run<'_> {
    /// What may be each unknown item.
    pub(super) async fn candidates(
        &mut self,
        unknown: &[(&Mapping, Theirs)],
        now: Timestamp,
    ) -> Result<Candidates, Stop> {
        let known = self.known(unknown).await?;
        let of =
            unknown.iter().map(|(item, theirs)| (item.id, self.may_be(item, theirs, &known, now))).collect();
        let of_series = self.of_series(unknown, &known, now);
        let window = |event: &Event| match self.holds_occurrences() {
            true => self.keys_in_window(&event.content),
            false => vec![],
        };
        let named = known.by_mark.values();
        let names: BTreeMap<EventId, Names> =
            named.map(|event| (event.id, self.names(event.id, known.own(event.id), window(event)))).collect();
        let former = self.former_names(unknown, &known, &names).await?;
        let ended =
            |event: &Event| matches!(self.lens(event, &[]).show(event, now), Shown::Not(why) if why.is_end());
        let marked: BTreeSet<EventId> =
            known.by_mark.values().filter(|event| !ended(event)).map(|event| event.id).collect();
        let of_ended = known.by_mark.keys().filter(|event| !marked.contains(event));
        let made_before =
            of_ended.flat_map(|event| known.own(*event)).filter(|own| own.external_id.is_some());
        let made_before = made_before.filter_map(|own| Some((own.event?, own.part))).collect();
        let by_uid = known.by_uid.iter().map(|event| event.id).filter(|event| known.taken.contains(event));
        let named: BTreeSet<EventId> = by_uid.chain(known.by_mark.keys().copied()).collect();
        let own = named.into_iter().flat_map(|event| known.own(event).iter().cloned());
        let copies = self.prove_tombstones(own.filter(Mapping::is_copy).collect()).await?;
        let copies: BTreeMap<CopyOf, Mapping> =
            copies.into_iter().filter_map(|own| Some(((own.event?, own.part), own))).collect();
        let refiled = self.refiled(unknown, &copies).await?;
        let private = known.private;
        let (taken, known) = (known.taken, known.by_mark.into_keys().collect());
        Ok(Candidates {
            of,
            marked,
            known,
            private,
            taken,
            copies,
            names,
            only_ours: self.link.settings.direction == Direction::Push,
            made_before,
            former,
            of_series,
            refiled,
        })
    }

    /// The names of occurrences that a series had before it was moved: what was made twice, and seen only after that, bears
    /// one. Asked where an item has our mark and no name that is given now, while its event has, or had, a copy here.
    async fn former_names(
        &self,
        unknown: &[(&Mapping, Theirs)],
        known: &Known,
        names: &BTreeMap<EventId, Names>,
    ) -> Result<BTreeSet<ExternalId>, Stop> {
        let mut former = BTreeSet::new();
        if !self.holds_occurrences() {
            return Ok(former);
        }
        let nameless = unknown.iter().filter_map(|(item, _)| {
            let event = item.mark.as_ref().filter(|mark| mark.link == self.link.id)?.event;
            let name = item.observation.as_ref()?.whole.as_ref()?.made_as.as_ref()?;
            let is_known = names.get(&event)?.contains_key(name);
            let had_one = known.own(event).iter().any(|own| own.external_id.is_some());
            (!is_known && had_one).then_some(event)
        });
        let nameless: BTreeSet<EventId> = nameless.collect();
        if nameless.is_empty() {
            return Ok(former);
        }
        let mut tx = self.engine.store.read().await?;
        for event in nameless {
            let past = history::versions(&mut tx, self.link.workspace, event).await?;
            let keys = past.iter().flat_map(|version| self.keys_in_window(&version.content)).collect();
            let given = self.names(event, known.own(event), keys).into_keys();
            former.extend(given.filter(|name| !names[&event].contains_key(name)));
        }
        Ok(former)
    }

    /// Reads all at once what items may be.
    async fn known(&self, unknown: &[(&Mapping, Theirs)]) -> Result<Known, Stop> {
        let (ws, owner, link) = (self.link.workspace, self.link.user, self.link.id);
        let uids: Vec<String> = unknown.iter().filter_map(|(item, _)| item.uid.clone()).collect();
        let marks = unknown.iter().filter_map(|(item, _)| item.mark.as_ref());
        let marked: Vec<EventId> = marks.filter(|mark| mark.link == link).map(|mark| mark.event).collect();
        let copied: Vec<EventId> = unknown.iter().filter_map(|(item, _)| copied_from(item)).collect();
        let starts: BTreeSet<Timestamp> = unknown.iter().map(|(_, theirs)| start(&theirs.view)).collect();
        let starts: Vec<Timestamp> = starts.into_iter().collect();
        let mut tx = self.engine.store.read().await?;
        let by_uid = events::by_uids(&mut tx, ws, owner, &uids).await?;
        let by_mark = events::find(&mut tx, ws, &marked).await?;
        let copied = events::find(&mut tx, ws, &copied).await?;
        let private = copied.values().filter_map(|event| Some((event.id, strictest(event)?))).collect();
        let by_start = events::starting(&mut tx, ws, owner, link, &starts).await?;
        let all = || by_uid.iter().chain(&by_start).chain(by_mark.values());
        let ids: BTreeSet<EventId> = all().map(|event| event.id).collect();
        let ids: Vec<EventId> = ids.into_iter().collect();
        let taken = mappings::events_with_copy(&mut tx, link, &ids).await?;
        let own = mappings::of_events_on(&mut tx, link, &ids).await?;
        let booked: Vec<ClientId> = all().flat_map(|event| event.booking.clients.iter().copied()).collect();
        let clients = clients::by_ids(&mut tx, ws, &booked).await?;
        Ok(Known { by_uid, by_mark, by_start, private, own, taken, clients })
    }

    /// The events that an item may be, the surest first.
    fn may_be(&self, item: &Mapping, theirs: &Theirs, known: &Known, now: Timestamp) -> Vec<Candidate> {
        let candidate = |event: &Event, by: Likeness| {
            let hidden = whose::hidden(event, &self.link, &known.clients);
            match self.lens(event, &hidden).show(event, now) {
                Shown::As(seen) if concerns(event, &self.link) => {
                    let taken = known.taken.contains(&event.id);
                    Some(Candidate { event: event.id, view: seen.view, taken, by })
                }
                Shown::As(_) | Shown::Not(_) => None,
            }
        };
        let mark = item.mark.as_ref().filter(|mark| mark.link == self.link.id);
        let by_mark =
            mark.and_then(|mark| known.by_mark.get(&mark.event)).map(|event| (event, Likeness::Mark));
        let has_uid = |event: &&Event| item.uid.as_ref() == Some(&event.uid);
        let by_uid = known.by_uid.iter().filter(has_uid).map(|event| (event, Likeness::Uid));
        let at = start(&theirs.view);
        let by_start = known.by_start.iter().filter(|event| start(&event.content) == at);
        let by_start = by_start.map(|event| (event, Likeness::Time));
        let all = by_mark.into_iter().chain(by_uid).chain(by_start);
        all.filter_map(|(event, by)| candidate(event, by)).collect()
    }

    /// The items with our mark of what we have forgotten, that look like an occurrence of a series without a copy.
    fn of_series(
        &self,
        unknown: &[(&Mapping, Theirs)],
        known: &Known,
        now: Timestamp,
    ) -> BTreeMap<MappingId, CopyOf> {
        if !self.holds_occurrences() {
            return BTreeMap::new();
        }
        let series = known.by_start.iter().filter(|event| event.content.is_series());
        let shown: BTreeMap<(String, String), CopyOf> = series
            .flat_map(|event| self.occurrences_shown(event, known.own(event.id), &known.clients, now))
            .collect();
        let is_forgotten = |item: &Mapping| {
            let mark = item.mark.as_ref().filter(|mark| mark.link == self.link.id);
            mark.is_some_and(|mark| !known.by_mark.contains_key(&mark.event))
        };
        let ours = unknown.iter().filter(|(item, _)| is_forgotten(item));
        ours.filter_map(|(item, theirs)| Some((item.id, *shown.get(&adopt::alike(&theirs.view))?))).collect()
    }
}

/// The event of ours that a person copied an item from.
fn copied_from(item: &Mapping) -> Option<EventId> {
    item.observation.as_ref()?.whole.as_ref()?.copied_from
}

/// The strictest word that an event or one of its occurrences bears on being private.
fn strictest(event: &Event) -> Option<Privacy> {
    let of_occurrences = event.content.overrides.values().filter_map(|own| match own {
        Override::Changed(own) => match own.get(&Field::Privacy) {
            Some(Value::Privacy(privacy)) => Some(*privacy),
            _ => None,
        },
        Override::Cancelled => None,
    });
    let words = of_occurrences.chain([event.content.privacy]).filter(|word| word.is_private());
    words.max_by_key(|word| *word == Privacy::Confidential)
}

/// When a view, or the first of its occurrences, begins.
fn start(view: &View) -> Timestamp {
    recurrence::first_and_last(&view.time, &view.overrides).0
}
