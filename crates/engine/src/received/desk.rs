//! One letter, one person: whether it is from whoever invited and newer than what was told, and what it then does.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use concord_model::event::{Booking, Event, Origin};
use concord_model::observed::PartStart;
use concord_model::people::{Address, Answer, Organiser};
use concord_model::view::{Override, Status};
use concord_model::{EventId, OccurrenceKey, Rev, View, recurrence};
use concord_store::events::Actor;
use concord_store::letterboxes::Letterbox;
use concord_store::received::{self as rows, Received};
use concord_store::{Tx, events};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::content::{answer_of, fitted, occurrence, renewed, set_answer};
use super::{Asks, Part, Told, by_name, named};
use crate::error::{Error, Result};
use crate::invitations::Taken;
use crate::{Engine, edit};

/// The most invitations, and changed occurrences, that one person is told of in a day.
const MOST_A_DAY: i64 = 200;
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// The most occurrences of a series that are changed.
const CHANGED: usize = 1_000;

/// One letter for one person.
pub(super) struct Desk<'a> {
    pub(super) engine: &'a Engine,
    pub(super) letterbox: &'a Letterbox,
    pub(super) word: &'a str,
    pub(super) own: Vec<Address>,
    pub(super) told: &'a Told,
    pub(super) now: Timestamp,
}

impl Desk<'_> {
    /// Takes in what it tells of the whole, or of one occurrence.
    pub(super) async fn take(&self, tx: &mut Tx, part: &Part) -> Result<Taken> {
        let Some(organiser) = &part.view.organiser else { return Ok(Taken::Unfit) };
        let secret = self.told.secret.get(&organiser.address);
        if self.own.contains(&organiser.address) || secret.is_some_and(|word| word == self.word) {
            return Ok(Taken::Own);
        }
        let known = rows::of_uid(tx, self.letterbox.user, &self.told.uid).await?;
        if known.iter().any(|row| row.organiser != organiser.address) {
            return Ok(Taken::NotOrganiser);
        }
        let name = part.of.map(named).unwrap_or_default();
        let row = known.iter().find(|row| row.part == name);
        if row.is_some_and(|row| !self.is_newer(row, part)) {
            return Ok(Taken::Old);
        }
        let series = known.iter().find(|row| row.part.is_empty());
        match (part.of, series, row) {
            (Some(of), Some(series), _) => self.occurrence(tx, series, row, part, of).await,
            (_, _, Some(row)) => self.again(tx, row, &known, part).await,
            (_, _, None) => self.first(tx, organiser, known, part, name).await,
        }
    }

    /// Whether a letter is newer than what was told (RFC 5546, 2.1.5).
    fn is_newer(&self, row: &Received, part: &Part) -> bool {
        match (part.sequence.cmp(&row.sequence), self.told.asks) {
            (Ordering::Less, _) => false,
            (Ordering::Greater, _) => true,
            // Some programs call off what they invited to in the same second.
            (_, Asks::Cancel) => !row.ended && part.stamp >= row.stamp,
            (_, Asks::Request) => part.stamp > row.stamp,
        }
    }

    /// When a letter was written. A clock that is far ahead must not shut out what is written later.
    fn stamp(&self, part: &Part) -> Option<Timestamp> {
        part.stamp.map(|stamp| stamp.min(self.now))
    }

    /// As whom the person is invited.
    fn guest(&self, view: &View) -> Option<Address> {
        let home = self.told.secret.values().any(|word| word == self.word).then_some(&self.told.home);
        let is_there = |address: &&Address| view.attendees.iter().any(|guest| guest.address == **address);
        // An answer from the address that was invited is believed sooner than one that is sent on behalf of another.
        home.into_iter().chain(&self.own).find(is_there).cloned()
    }

    /// What nobody here has heard of.
    async fn first(
        &self,
        tx: &mut Tx,
        organiser: &Organiser,
        alone: Vec<Received>,
        part: &Part,
        name: String,
    ) -> Result<Taken> {
        let (workspace, user) = (self.letterbox.workspace, self.letterbox.user);
        // A calendar of theirs has it, or it is their own: whoever tells of it there goes on doing so.
        let elsewhere = events::by_uid(tx, workspace, user, &self.told.uid).await?;
        match elsewhere.first() {
            Some(event) if event.deleted_at.is_none() => return Ok(Taken::Elsewhere),
            Some(_) => return Ok(Taken::Removed),
            None => {}
        }
        if self.concerns_already(tx).await? {
            return Ok(Taken::Elsewhere);
        }
        if self.is_too_much(tx).await? {
            return Ok(Taken::TooMany);
        }
        let guest = self.guest(&part.view);
        let told = guest.as_ref().and_then(|guest| answer_of(&part.view.attendees, guest));
        let told = told.filter(|answer| *answer != Answer::Awaited);
        let ended = self.told.asks == Asks::Cancel;
        let mut content = fitted(&part.view, guest.as_ref());
        if let (Some(guest), Some(answer)) = (&guest, told) {
            set_answer(&mut content, guest, answer);
        }
        let id: EventId = self.engine.id();
        let mut folded = Vec::new();
        if ended {
            content.status = Status::Cancelled;
            if part.of.is_none() {
                self.end_all(tx, alone).await?;
            }
        } else if part.of.is_none() {
            folded = self.fold(tx, &mut content, alone, part).await?;
        }
        check(&mut content)?;
        let event = Event {
            id,
            workspace,
            owner: user,
            // What came alone is not the event of that name, and a calendar can hold a name only once.
            uid: if part.of.is_none() { self.told.uid.clone() } else { format!("{id}@concord") },
            rev: Rev(1),
            origin: Origin::Mail,
            content,
            booking: Booking::default(),
            personal: BTreeMap::new(),
            accepted: BTreeMap::new(),
            created_at: self.now,
            updated_at: self.now,
            // Called off before it was heard of: nobody need see it.
            deleted_at: ended.then_some(self.now),
        };
        edit::insert(self.engine, tx, &event).await?;
        for row in folded {
            rows::save(tx, &Received { event: id, ..row }).await?;
        }
        let row = Received {
            id: self.engine.id::<Uuid>(),
            workspace,
            user,
            letterbox: self.letterbox.id,
            event: id,
            uid: self.told.uid.clone(),
            part: name,
            organiser: organiser.address.clone(),
            by_word: guest.as_ref() == Some(&self.told.home),
            guest,
            sequence: part.sequence,
            stamp: self.stamp(part),
            retimed: None,
            ended,
            told,
            created_at: self.now,
        };
        rows::save(tx, &row).await?;
        Ok(if ended { Taken::Ended } else { Taken::Invited })
    }

    /// Whether a colleague's event of that name is in the person's calendars without any letter.
    async fn concerns_already(&self, tx: &mut Tx) -> Result<bool> {
        let id = self.told.uid.strip_suffix("@concord").and_then(|id| id.parse::<Uuid>().ok());
        let Some(id) = id else { return Ok(false) };
        match events::get(tx, self.letterbox.workspace, EventId(id)).await {
            Ok(event) => Ok(event.deleted_at.is_none() && event.people().any(|p| p == self.letterbox.user)),
            Err(concord_store::Error::NotFound) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn is_too_much(&self, tx: &mut Tx) -> Result<bool> {
        Ok(rows::count_since(tx, self.letterbox.user, self.now - DAY).await? >= MOST_A_DAY)
    }

    /// A series was called off of which only occurrences were known.
    async fn end_all(&self, tx: &mut Tx, alone: Vec<Received>) -> Result<()> {
        for row in alone.into_iter().filter(|row| !row.ended) {
            let before = edit::held(tx, row.workspace, row.event).await?;
            let mut event = before.clone();
            event.content.status = Status::Cancelled;
            self.keep(tx, &before, event).await?;
            rows::save(tx, &Received { ended: true, ..row }).await?;
        }
        Ok(())
    }

    /// Occurrences that came before their series become part of it. Returns what was told of them.
    async fn fold(
        &self,
        tx: &mut Tx,
        content: &mut View,
        alone: Vec<Received>,
        part: &Part,
    ) -> Result<Vec<Received>> {
        let mut folded = Vec::new();
        for row in alone {
            let Some(key) = by_name(&row.part).map(|start| start.key(&content.time.span)) else { continue };
            let occurs = content.is_series() && recurrence::occurs(&content.time, key).unwrap_or(false);
            if !occurs {
                continue;
            }
            let before = edit::held(tx, row.workspace, row.event).await?;
            let stands = row.stamp >= part.stamp || !content.overrides.contains_key(&key);
            let change = match row.ended {
                true => Some(Override::Cancelled),
                false => content.override_for(key, &before.content),
            };
            if let (true, Some(change)) = (stands, change) {
                content.overrides.insert(key, change);
            }
            if before.deleted_at.is_none() {
                let mut gone = before.clone();
                gone.deleted_at = Some(self.now);
                edit::store(self.engine, tx, &before, &mut gone, Actor::Program, self.now).await?;
            }
            folded.push(row);
        }
        Ok(folded)
    }

    /// News of what is known: of the whole, or of an occurrence whose series is not.
    async fn again(&self, tx: &mut Tx, row: &Received, known: &[Received], part: &Part) -> Result<Taken> {
        let before = edit::held(tx, row.workspace, row.event).await?;
        if let Some(taken) = left_alone(&before, row) {
            return Ok(taken);
        }
        let mut row = self.news(row, part);
        let mut event = before.clone();
        if self.told.asks == Asks::Cancel {
            event.content.status = Status::Cancelled;
            row.ended = true;
        } else {
            let retimed = !before.content.time.coincides(&part.view.time);
            let anew = retimed || row.ended;
            let told_apart: BTreeSet<OccurrenceKey> = match retimed {
                true => BTreeSet::new(),
                false => known
                    .iter()
                    .filter_map(|one| by_name(&one.part))
                    .map(|start| start.key(&before.content.time.span))
                    .collect(),
            };
            let letter = fitted(&part.view, row.guest.as_ref());
            event.content = renewed(&before.content, letter, row.guest.as_ref(), &told_apart, retimed, anew);
            event.deleted_at = None;
            row.ended = false;
            if anew {
                row.told = None;
            }
            if retimed {
                row.retimed = row.stamp;
                rows::forget_parts(tx, row.event).await?;
            }
        }
        self.keep(tx, &before, event).await?;
        rows::save(tx, &row).await?;
        Ok(if row.ended { Taken::Ended } else { Taken::Renewed })
    }

    /// News of one occurrence of a series that is known.
    async fn occurrence(
        &self,
        tx: &mut Tx,
        series: &Received,
        row: Option<&Received>,
        part: &Part,
        of: PartStart,
    ) -> Result<Taken> {
        let before = edit::held(tx, series.workspace, series.event).await?;
        if let Some(taken) = left_alone(&before, series) {
            return Ok(taken);
        }
        // The series was told at another time since: that was the last word on all of it.
        if series.ended || part.stamp.zip(series.retimed).is_some_and(|(stamp, retimed)| stamp < retimed) {
            return Ok(Taken::Old);
        }
        if row.is_none() && self.is_too_much(tx).await? {
            return Ok(Taken::TooMany);
        }
        let key = of.key(&before.content.time.span);
        let is_there = before.content.is_series()
            && (before.content.overrides.contains_key(&key)
                || recurrence::occurs(&before.content.time, key).unwrap_or(false));
        if !is_there {
            return Ok(Taken::OtherTime);
        }
        let mut series = series.clone();
        let mut event = before.clone();
        let known = row.cloned().unwrap_or_else(|| Received {
            id: self.engine.id::<Uuid>(),
            part: named(of),
            created_at: self.now,
            ..series.clone()
        });
        let mut row = self.news(&known, part);
        if self.told.asks == Asks::Cancel {
            event.content.overrides.insert(key, Override::Cancelled);
            row.ended = true;
            if recurrence::is_empty(&event.content.time, &event.content.overrides) {
                // Nothing of it takes place any more.
                event.content = View { status: Status::Cancelled, ..before.content.clone() };
                series.ended = true;
                rows::save(tx, &series).await?;
            }
        } else {
            let letter = fitted(&part.view, row.guest.as_ref());
            let (change, anew) = occurrence(&before.content, key, letter, row.guest.as_ref());
            match change {
                Some(change) => event.content.overrides.insert(key, change),
                None => event.content.overrides.remove(&key),
            };
            row.ended = false;
            if anew {
                row.told = None;
            }
        }
        self.keep(tx, &before, event).await?;
        rows::save(tx, &row).await?;
        Ok(if row.ended { Taken::Ended } else { Taken::Renewed })
    }

    /// What is known with what a letter tells beside the event itself.
    fn news(&self, row: &Received, part: &Part) -> Received {
        let (letterbox, guest, by_word) = match self.guest(&part.view) {
            Some(guest) => {
                let by_word = guest == self.told.home;
                (self.letterbox.id, Some(guest), by_word)
            }
            None => (row.letterbox, row.guest.clone(), row.by_word),
        };
        Received {
            letterbox,
            guest,
            by_word,
            sequence: part.sequence,
            stamp: self.stamp(part),
            ..row.clone()
        }
    }

    async fn keep(&self, tx: &mut Tx, before: &Event, mut event: Event) -> Result<()> {
        check(&mut event.content)?;
        if event != *before {
            edit::store(self.engine, tx, before, &mut event, Actor::Program, self.now).await?;
        }
        Ok(())
    }
}

fn check(content: &mut View) -> Result<()> {
    if content.overrides.len() > CHANGED {
        let why = format!("more than {CHANGED} occurrences are changed");
        return Err(Error::Invalid { field: "recurrence", why });
    }
    edit::check(content)
}

/// Why no letter changes an event any more, if none does.
fn left_alone(event: &Event, row: &Received) -> Option<Taken> {
    if event.origin != Origin::Mail {
        return Some(Taken::Elsewhere);
    }
    // What a person took out of their calendar stays out of it. What its organiser called off may be called again.
    (event.deleted_at.is_some() && !row.ended).then_some(Taken::Removed)
}
