//! A series is written piece by piece: its master, then each occurrence that shall differ, then all of it is read once more.
//!
//! It is read first, too: its pieces share one version, so when that is the one that was decided upon, nobody has changed
//! any of them since. When its rule or its time changes, Outlook forgets which occurrences were special; they are made
//! special again. That is also the only way to bring back an occurrence that was deleted: the time is changed, and changed
//! back. What fails after a first success has unknown outcome: the engine reads and decides anew. But where Outlook keeps an
//! occurrence deleted all the same, all else is written and that is refused, and no more tried: each try would be news.

use std::collections::BTreeSet;

use concord_model::observed::{Item, State};
use concord_model::view::{Override, Status};
use concord_model::{Etag, Field, FieldSet, OccurrenceKey, View, Zone, recurrence};
use concord_points::point;
use jiff::SignedDuration;

use super::{
    Change, New, WRITABLE, as_guest, create, firewall, guests, made, rejected, version, who_hears, whole,
};
use crate::answer::Answer;
use crate::microsoft::calls::{Call, Heard};
use crate::microsoft::pull::{Desk, Sent};
use crate::microsoft::{answers, convert, wire};
use crate::provider::{Mail, Write, Written};

/// Carries out one write of a series.
pub(super) async fn write(desk: &Desk<'_>, write: &Write, mail: Mail) -> Result<Written, Answer> {
    let mut series = Series { desk, acted: false, kept_deleted: None };
    let written = match write {
        Write::Create { id, uid, mark, view, fields, .. } => {
            series.create(New { id, uid, mark, view, fields: fields.and(WRITABLE) }).await
        }
        Write::Update { id, versions, before, after, fields } => {
            let change = Change { id, versions, before, after, fields: fields.and(WRITABLE) };
            series.update(change, mail).await
        }
        Write::Delete { .. } => Err(answers::unreadable(false)),
    };
    match (written, series.kept_deleted) {
        (Ok(_), Some(key)) => {
            point!("microsoft: an occurrence stays deleted");
            let why = format!("Outlook does not let the occurrence on {} take place again", key.date());
            Err(rejected(why))
        }
        (Err(answer), _) if series.acted => {
            point!("microsoft: a part of a series was written");
            Err(answer.in_part())
        }
        (written, _) => written,
    }
}

/// One series while it is written.
struct Series<'d> {
    desk: &'d Desk<'d>,
    /// Whether something was written already.
    acted: bool,
    /// An occurrence that shall take place again, and does not.
    kept_deleted: Option<OccurrenceKey>,
}

/// What is to be done about one occurrence.
struct Step {
    key: OccurrenceKey,
    /// As it is.
    now: View,
    /// As it shall be; nothing when it shall not take place.
    wished: Option<View>,
    differs: FieldSet,
}

/// What is to be done about the occurrences of a series.
struct Steps {
    steps: Vec<Step>,
    /// One that is deleted and shall take place, about which nothing can be done.
    kept_deleted: Option<OccurrenceKey>,
}

impl Series<'_> {
    async fn create(&mut self, new: New<'_>) -> Result<Written, Answer> {
        let heard = self.desk.line.ask(&create(self.desk, new)?).await?;
        self.acted = true;
        let master = Sent::read(&heard, self.desk.now(), true)?;
        let item = made(new, &master)?;
        self.bring(&whole(self.desk, &master.event.id).await?, new.view, new.fields).await?;
        if let Some(key) = self.kept_deleted.take() {
            return Err(no_occurrence(key));
        }
        let there = whole(self.desk, &master.event.id).await?.item();
        Ok(Written::There(vec![Item { made_as: item.made_as, mark: item.mark, uid: item.uid, ..there }]))
    }

    async fn update(&mut self, change: Change<'_>, mail: Mail) -> Result<Written, Answer> {
        let version = version(change.versions)?.clone();
        let id = change.id.as_str();
        let there = whole(self.desk, id).await?;
        if there.event.etag.as_deref() != Some(version.as_str()) {
            return Err(Answer::Stale);
        }
        let known = understood(&there)?;
        let changed = change.before.differing(change.after).and(change.fields);
        if convert::is_guest(&there.event) && !changed.is_empty() {
            let views = (change.before, change.after);
            return match as_guest(self.desk, change.id, &version, views, changed, mail, &there.event)? {
                super::Stage::Go(call) => {
                    self.ask(&call).await?;
                    self.read_back(id).await
                }
                _ => Ok(Written::There(vec![there.item()])),
            };
        }
        firewall(mail, who_hears(&there.event) + guests(change.after, changed))?;
        let mut patch =
            convert::change(change.before, change.after, changed, Some(&there.event)).map_err(rejected)?;
        let mut version = version;
        let memory = self.desk.memory;
        let disturbed = brings_back(&known, change.after) && !memory.keeps_deleted(id);
        if disturbed {
            point!("microsoft: a series is written twice to bring an occurrence back");
            let other = convert::disturbed(&change.after.time);
            let other =
                other.ok_or_else(|| rejected("an occurrence of it cannot be brought back".to_owned()))?;
            let other = convert::rule(&other).map_err(rejected)?;
            let heard = self.ask(&self.desk.calls.patch(self.desk.calendar, id, &version, other)).await?;
            let there = Sent::read(&heard, self.desk.now(), true)?;
            version = there.event.etag.map(Etag).ok_or_else(|| answers::unreadable(true))?;
            patch.extend(convert::rule(&change.after.time).map_err(rejected)?);
        }
        if !patch.is_empty() {
            self.ask(&self.desk.calls.patch(self.desk.calendar, id, &version, patch)).await?;
        }
        if change.after.is_series() {
            let there = if self.acted { whole(self.desk, id).await? } else { there };
            self.bring(&there, change.after, change.fields).await?;
        }
        if disturbed && self.kept_deleted.is_some() {
            memory.kept_deleted(id);
        }
        self.read_back(id).await
    }

    /// What is there now.
    async fn read_back(&self, id: &str) -> Result<Written, Answer> {
        Ok(Written::There(vec![whole(self.desk, id).await?.item()]))
    }

    async fn ask(&mut self, call: &Call) -> Result<Heard, Answer> {
        let heard = self.desk.line.ask(call).await?;
        self.acted = true;
        Ok(heard)
    }

    // --- its occurrences

    /// Brings each special occurrence to what it shall be.
    async fn bring(&mut self, there: &Sent, shall: &View, fields: FieldSet) -> Result<(), Answer> {
        let known = understood(there)?;
        let Steps { steps, kept_deleted } = steps(&known, shall, fields)?;
        self.kept_deleted = kept_deleted;
        let ids = self.ids(there, &known, &steps).await?;
        let mut refused = None;
        for (step, id) in steps.iter().zip(ids) {
            // Their version moves with every write to any of them (trap 18): it is read right before.
            let heard = self.desk.line.ask(&self.desk.calls.plain_event(self.desk.calendar, &id)).await?;
            let now = Sent::read(&heard, self.desk.now(), false)?;
            let etag = now.event.etag.clone().map(Etag).ok_or_else(|| answers::unreadable(false))?;
            let seen = convert::plain(&now.event).map_err(rejected)?;
            if !convert::differing(&seen, &step.now, fields).is_empty() {
                return Err(Answer::Stale);
            }
            let change = |wished: &View, fields: FieldSet| {
                let patch = convert::change(&seen, wished, fields, Some(&now.event)).map_err(rejected)?;
                Ok::<Call, Answer>(self.desk.calls.patch(self.desk.calendar, &id, &etag, patch))
            };
            let call = match &step.wished {
                None => self.desk.calls.delete(self.desk.calendar, &id, &etag),
                Some(wished) => change(wished, step.differs)?,
            };
            let words = step.differs.without(Field::Time);
            match (self.ask(&call).await, &step.wished) {
                // Where an occurrence may not be moved to, its own words and the others go on: one of them may say what is
                // not to be read any more (I-36).
                (Err(answer @ Answer::Rejected { read_only: false, .. }), wished) => {
                    if let Some(wished) =
                        wished.as_ref().filter(|_| words != step.differs && !words.is_empty())
                    {
                        self.ask(&change(wished, words)?).await?;
                    }
                    refused.get_or_insert(answer);
                }
                (answer, _) => drop(answer?),
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// What Outlook calls the occurrences that are to be written. Those that differ already came with their series; the
    /// others are looked up where they begin.
    async fn ids(&self, there: &Sent, known: &View, steps: &[Step]) -> Result<Vec<String>, Answer> {
        let span = &known.time.span;
        let special = |key: OccurrenceKey| {
            let changed = there.parts.iter().flat_map(|parts| &parts.changed);
            changed.into_iter().find(|part| convert::key(part, span) == Some(key)).map(|part| part.id.clone())
        };
        let day = SignedDuration::from_hours(24);
        let mut calls = Vec::new();
        for step in steps.iter().filter(|step| special(step.key).is_none()) {
            let nominal = span.starting(step.key).ok_or_else(|| answers::unreadable(false))?;
            let (from, to) =
                (nominal.start_instant(&Zone::utc()) - day, nominal.end_instant(&Zone::utc()) + day);
            calls.push(self.desk.calls.instances(self.desk.calendar, &there.event.id, from, to));
        }
        let mut looked_up = self.desk.line.ask_all(&calls).await.into_iter();
        let mut ids = Vec::with_capacity(steps.len());
        for step in steps {
            if let Some(id) = special(step.key) {
                ids.push(id);
                continue;
            }
            let heard = looked_up.next().unwrap_or_else(|| Err(answers::unreadable(false)))?;
            let page: wire::Page = heard.read(false)?;
            let found = page
                .value
                .iter()
                .filter_map(wire::Event::read)
                .find(|one| convert::key(one, span) == Some(step.key));
            ids.push(found.ok_or_else(|| no_occurrence(step.key))?.id);
        }
        Ok(ids)
    }
}

/// What has to be done for a series to have the special occurrences that it shall have.
fn steps(known: &View, shall: &View, fields: FieldSet) -> Result<Steps, Answer> {
    let keys: BTreeSet<OccurrenceKey> =
        known.overrides.keys().chain(shall.overrides.keys()).copied().collect();
    let (mut steps, mut kept_deleted) = (Vec::new(), None);
    for key in keys {
        let (now, wished) = (occurrence(known, key), occurrence(shall, key));
        match (now, wished) {
            (None, None) => {}
            (None, Some(_)) if known.overrides.get(&key) == Some(&Override::Cancelled) => {
                kept_deleted = Some(key);
            }
            (None, Some(_)) => return Err(no_occurrence(key)),
            (Some(now), None) => steps.push(Step { key, now, wished: None, differs: FieldSet::NONE }),
            (Some(now), Some(wished)) => {
                let differs = convert::differing(&now, &wished, fields);
                if !differs.is_empty() {
                    steps.push(Step { key, now, wished: Some(wished), differs });
                }
            }
        }
    }
    Ok(Steps { steps, kept_deleted })
}

/// The occurrence of that name, if it takes place.
fn occurrence(view: &View, key: OccurrenceKey) -> Option<View> {
    let has = matches!(view.overrides.get(&key), Some(Override::Changed(_)))
        || recurrence::occurs(&view.time, key).unwrap_or(true);
    view.occurrence(key).filter(|one| has && one.status != Status::Cancelled)
}

/// Whether an occurrence that was deleted shall take place again, in a series that keeps its time.
fn brings_back(known: &View, shall: &View) -> bool {
    let deleted = known.overrides.iter().filter(|(_, change)| **change == Override::Cancelled);
    shall.is_series() && deleted.into_iter().any(|(key, _)| occurrence(shall, *key).is_some())
}

fn understood(sent: &Sent) -> Result<View, Answer> {
    match sent.item().state {
        State::Live(view) => Ok(*view),
        State::Odd(why) => Err(rejected(format!("the series is odd: {why}"))),
        State::Gone | State::Unread => Err(answers::unreadable(false)),
    }
}

fn no_occurrence(key: OccurrenceKey) -> Answer {
    rejected(format!("the series has no occurrence on {} in Outlook", key.date()))
}
