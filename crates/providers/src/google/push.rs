//! How one write becomes calls, and many writes go out together.
//!
//! Google keeps a series as a master and exceptions, each with a version of its own, so one write can need several
//! calls, one after the other. Each write is a small machine ([`Job`]) that is told answers and says which calls come
//! next; the calls of all jobs that stand at the same point share a batch.
//!
//! ```text
//!   look at the master ──▶ write it ──▶ list its exceptions ──▶ find occurrences ──▶ bring them to what they shall be
//!   (guests, restored)                  (it has some, or moved)   (no version known)     (each on its own version)
//! ```
//!
//! Every step is left out where it is not needed. What fails after a first success has unknown outcome: the engine
//! reads and decides anew. What was changed there by others meanwhile is found by version or by content, and is
//! neither overwritten nor reported as agreed.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::observed::{Item, State, Versions};
use concord_model::recurrence::{self, Recurrence};
use concord_model::view::{Override, Status};
use concord_model::{CalendarId, Etag, ExternalId, Field, FieldSet, Moment, OccurrenceKey, Span, View};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::calls::{Call, Calls, Heard};
use super::pull::{Desk, Found, Sent, Sheet, exceptions};
use super::{answers, convert};
use crate::answer::Answer;
use crate::provider::{Mail, Write, Written};

/// The fields that can be written at all.
pub(super) const WRITABLE: FieldSet =
    FieldSet::ALL.without(Field::Conference).without(Field::Organiser).without(Field::Attachments);
/// The most steps of one write; only a listing of many pages comes near.
const MOST_STEPS: usize = 100;

/// Carries out writes. One answer for each, in order.
pub(super) async fn write(desk: &Desk<'_>, writes: &[Write], mail: Mail) -> Vec<Result<Written, Answer>> {
    let now = desk.line.access.now;
    let job = |write| Job::new(desk.calls, desk.calendar, write, mail, now);
    let mut jobs: Vec<Job<'_>> = writes.iter().map(job).collect();
    let mut results: Vec<Option<Result<(), Answer>>> = vec![None; jobs.len()];
    let mut heard: Vec<Vec<Result<Heard, Answer>>> = vec![Vec::new(); jobs.len()];
    for step in 0.. {
        let mut calls = Vec::new();
        let mut shares = Vec::new();
        for (place, job) in jobs.iter_mut().enumerate() {
            if results[place].is_some() {
                continue;
            }
            match job.step(std::mem::take(&mut heard[place])) {
                Err(answer) => results[place] = Some(Err(answer)),
                Ok(next) if next.is_empty() => results[place] = Some(Ok(())),
                Ok(_) if step == MOST_STEPS => {
                    results[place] = Some(Err(Answer::Unknown("a write took too many steps".to_owned())));
                }
                Ok(next) => {
                    shares.push((place, next.len()));
                    calls.extend(next);
                }
            }
        }
        if calls.is_empty() {
            break;
        }
        let mut answers = desk.line.ask_all(&calls).await.into_iter();
        for (place, share) in shares {
            heard[place] = answers.by_ref().take(share).collect();
        }
    }
    let mut sent = Vec::new();
    for (result, job) in results.iter().zip(&mut jobs) {
        if matches!(result, Some(Ok(()))) {
            sent.extend(job.sent_mut());
        }
    }
    let lent = desk.lend_zone(sent).await;
    let told = results.into_iter().zip(jobs).map(|(result, mut job)| {
        result.unwrap_or(Ok(()))?;
        if job.sent_mut().any(|sent| sent.needs_zone()) {
            // It was written; only what came of it cannot be read.
            lent.as_ref().map_err(|_| answers::unreadable(true))?;
        }
        Ok(job.written())
    });
    told.collect()
}

/// What one occurrence shall be, and what is known of it.
struct Want {
    id: ExternalId,
    /// What it shall be; nothing when it shall not take place.
    after: Option<View>,
    /// Whether it then differs from its series.
    special: bool,
    /// The fields that may be touched.
    fields: FieldSet,
    /// What may be there now, so that nobody else's change is overwritten.
    expects: Expects,
    /// The version of it that `before` was, where it has one.
    version: Option<Etag>,
    now: Now,
}

/// What may be there before an occurrence is written.
enum Expects {
    /// Whatever is: the series was just made or moved by us, so nobody agreed on anything yet.
    Anything,
    /// One of these, in the fields that change: as it was, or as it was with the series' change in it.
    OneOf(Vec<View>),
    /// Nothing: it was cancelled.
    Cancelled,
}

/// What is known to be there.
enum Now {
    Unknown,
    Absent,
    There(Box<Sent>),
}

enum Doing {
    Beginning,
    LookingAtMaster,
    WritingMaster,
    Listing(Vec<Sent>),
    Finding(Vec<OccurrenceKey>),
    Bringing(Vec<OccurrenceKey>),
    Ended,
}

struct Job<'a> {
    calls: &'a Calls,
    calendar: &'a CalendarId,
    write: &'a Write,
    mail: Mail,
    now: Timestamp,
    doing: Doing,
    /// Whether something was written already.
    acted: bool,
    master: Option<Sent>,
    wants: BTreeMap<OccurrenceKey, Want>,
    /// Occurrences of which nothing is there but what the series says.
    plain: BTreeSet<OccurrenceKey>,
    /// Occurrences that are not there at all.
    gone: BTreeSet<OccurrenceKey>,
}

impl<'a> Job<'a> {
    fn new(
        calls: &'a Calls,
        calendar: &'a CalendarId,
        write: &'a Write,
        mail: Mail,
        now: Timestamp,
    ) -> Job<'a> {
        let (wants, plain, gone) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        let doing = Doing::Beginning;
        Job { calls, calendar, write, mail, now, doing, acted: false, master: None, wants, plain, gone }
    }

    /// Takes the answers to the last calls, and says which come next; none when it is done.
    fn step(&mut self, heard: Vec<Result<Heard, Answer>>) -> Result<Vec<Call>, Answer> {
        self.advance(heard).map_err(|answer| match answer {
            Answer::Unknown(_) => answer,
            _ if self.acted => Answer::Unknown(format!("a part of it was written, then: {answer}")),
            _ => answer,
        })
    }

    fn advance(&mut self, heard: Vec<Result<Heard, Answer>>) -> Result<Vec<Call>, Answer> {
        let mut heard = heard.into_iter();
        let mut one = || heard.next().unwrap_or_else(|| Err(answers::unreadable(true)));
        match std::mem::replace(&mut self.doing, Doing::Ended) {
            Doing::Beginning => self.begin(),
            Doing::LookingAtMaster => {
                self.looked(one())?;
                self.write_master()
            }
            Doing::WritingMaster if matches!(self.write, Write::Delete { .. }) => match one() {
                Ok(_) | Err(Answer::Gone) => Ok(Vec::new()),
                Err(answer) => Err(answer),
            },
            Doing::WritingMaster => {
                let heard = one()?;
                self.acted = true;
                self.master = Some(Sent::read(&heard, self.now, true)?);
                self.pursue()
            }
            Doing::Listing(mut named) => {
                let mut sheet = Sheet::read(&one()?)?;
                named.extend(sheet.sent(self.now)?);
                match sheet.events.next_page_token {
                    Some(page) => self.list(named, Some(&page)),
                    None => {
                        self.listed(&named);
                        self.find()
                    }
                }
            }
            Doing::Finding(keys) => {
                for key in keys {
                    let found = Found::read(one(), self.now)?;
                    self.want(key).now = match found {
                        Found::There(sent) => Now::There(sent),
                        Found::Deleted | Found::Missing => Now::Absent,
                    };
                }
                self.bring()
            }
            Doing::Bringing(keys) => {
                // All are looked at before the first refusal counts, for one success makes a refusal unknown.
                let answers: Vec<_> = keys.into_iter().map(|key| (key, one())).collect();
                self.acted |= answers.iter().any(|(_, answer)| answer.is_ok());
                let mut restored = false;
                for (key, answer) in answers {
                    let heard = answer?;
                    let now = self.now;
                    let want = self.want(key);
                    if want.after.is_none() && heard.body.is_empty() {
                        want.now = Now::Absent;
                        self.gone.insert(key);
                        continue;
                    }
                    let sent = Sent::read(&heard, now, true)?;
                    // What comes back from being cancelled may have old values: look once more.
                    let was_cancelled = matches!(&want.now, Now::There(sent) if sent.event.is_cancelled());
                    restored |= was_cancelled && !sent.event.is_cancelled();
                    want.expects = Expects::Anything;
                    want.now = Now::There(Box::new(sent));
                }
                if restored { self.bring() } else { Ok(Vec::new()) }
            }
            Doing::Ended => Ok(Vec::new()),
        }
    }

    fn want(&mut self, key: OccurrenceKey) -> &mut Want {
        self.wants.get_mut(&key).expect("only occurrences that are wanted are asked for")
    }

    // --- the event itself, or a series' master

    fn begin(&mut self) -> Result<Vec<Call>, Answer> {
        self.doing = Doing::WritingMaster;
        match self.write {
            Write::Create { id, uid, mark, view, fields } => {
                refuse_cancelled(view)?;
                let fields = fields.and(WRITABLE);
                self.wants = changed_occurrences(id, view, fields);
                let event = convert::new_event(id, uid, mark, view, fields);
                Ok(vec![self.calls.insert(self.calendar, event, self.mail)])
            }
            Write::Delete { id, versions } => {
                Ok(vec![self.calls.delete(self.calendar, id, version(versions)?, self.mail)])
            }
            Write::Update { id, versions, before, after, fields } => {
                refuse_cancelled(after)?;
                let update = Update { id, versions, before, after, fields: fields.and(WRITABLE) };
                self.wants = update.wants();
                if update.whole().has(Field::Attendees) || !update.restored().is_empty() {
                    self.doing = Doing::LookingAtMaster;
                    return Ok(vec![self.calls.event(self.calendar, id)]);
                }
                self.write_master()
            }
        }
    }

    fn looked(&mut self, heard: Result<Heard, Answer>) -> Result<(), Answer> {
        let Found::There(master) = Found::read(heard, self.now)? else { return Err(Answer::Gone) };
        let Some(update) = self.update() else { return Ok(()) };
        if master.event.etag.as_deref() != update.versions.whole.as_ref().map(Etag::as_str) {
            return Err(Answer::Stale);
        }
        self.master = Some(*master);
        Ok(())
    }

    fn update(&self) -> Option<Update<'a>> {
        match self.write {
            Write::Update { id, versions, before, after, fields } => {
                Some(Update { id, versions, before, after, fields: fields.and(WRITABLE) })
            }
            _ => None,
        }
    }

    fn write_master(&mut self) -> Result<Vec<Call>, Answer> {
        let Some(update) = self.update() else { return Ok(Vec::new()) };
        let changed = update.whole();
        let mut patch = convert::change(update.before, update.after, changed);
        if let Some(master) = &self.master {
            if changed.has(Field::Attendees) {
                patch.insert("attendees".to_owned(), guests(master, update.after)?);
            }
            if !patch.contains_key("recurrence") {
                let lines = without_removed(master, &update.restored())?;
                patch.extend(lines.map(|lines| ("recurrence".to_owned(), json!(lines))));
            }
        }
        if patch.is_empty() {
            return self.pursue();
        }
        if patch.contains_key("recurrence") {
            // What the rule no longer removes was brought back by us.
            for key in update.restored() {
                self.want(key).expects = Expects::Anything;
            }
        }
        // A version that was known belongs to the series as it was.
        self.wants.values_mut().for_each(|want| want.version = None);
        self.doing = Doing::WritingMaster;
        Ok(vec![self.calls.patch(self.calendar, update.id, version(update.versions)?, patch, self.mail)])
    }

    // --- its occurrences

    /// The event itself is as it shall be; goes on to its occurrences.
    fn pursue(&mut self) -> Result<Vec<Call>, Answer> {
        let relist = self.acted && self.update().is_some_and(|update| update.touches_exceptions());
        if relist { self.list(Vec::new(), None) } else { self.find() }
    }

    fn list(&mut self, named: Vec<Sent>, page: Option<&str>) -> Result<Vec<Call>, Answer> {
        let uid = self.master.as_ref().and_then(|master| master.event.ical_uid.as_deref());
        let call =
            self.calls.with_ical_uid(self.calendar, uid.ok_or_else(|| answers::unreadable(true))?, page);
        self.doing = Doing::Listing(named);
        Ok(vec![call])
    }

    /// What became of the exceptions when their series changed.
    fn listed(&mut self, named: &[Sent]) {
        let Some(update) = self.update() else { return };
        if let Some(master) = named.iter().find(|sent| sent.event.id == update.id.as_str()) {
            self.master = Some(master.clone());
        }
        let mut there: BTreeMap<OccurrenceKey, &Sent> = BTreeMap::new();
        for sent in exceptions(update.id, named) {
            if let Some((_, start)) = convert::part(&sent.event) {
                there.insert(start.key(&update.after.time.span), sent);
            }
        }
        for (key, want) in &mut self.wants {
            match there.get(key) {
                Some(sent) => want.now = Now::There(Box::new((*sent).clone())),
                None if !update.moved() => {}
                // The lines of a moved series name all that does not take place.
                None if want.after.is_none() => want.now = Now::Absent,
                // The exception was dropped when its series moved; it is made again.
                None => want.expects = Expects::Anything,
            }
        }
        let known = update.before.overrides.keys().filter(|key| !update.after.overrides.contains_key(key));
        for key in known {
            match there.get(key) {
                _ if self.wants.contains_key(key) => {}
                // What was an exception and is none any more is as the series has it.
                None => drop(self.plain.insert(*key)),
                // What stayed behind when its series moved is an occurrence like the others now, or none.
                Some(sent) => {
                    let occurs = recurrence::occurs(&update.after.time, *key).unwrap_or(false);
                    let after = occurrence(update.after, *key).filter(|_| occurs);
                    let want = Want::new(
                        update.id,
                        update.after,
                        *key,
                        after,
                        update.fields,
                        Expects::Anything,
                        None,
                    );
                    self.wants.extend(want.map(|mut want| {
                        want.now = Now::There(Box::new((*sent).clone()));
                        (*key, want)
                    }));
                }
            }
        }
    }

    /// Reads the occurrences of which neither a version nor a content is known.
    fn find(&mut self) -> Result<Vec<Call>, Answer> {
        let unknown = self.wants.iter().filter(|(_, want)| want.must_be_found());
        let keys: Vec<OccurrenceKey> = unknown.map(|(key, _)| *key).collect();
        if keys.is_empty() {
            return self.bring();
        }
        let calls = keys.iter().map(|key| self.calls.event(self.calendar, &self.wants[key].id)).collect();
        self.doing = Doing::Finding(keys);
        Ok(calls)
    }

    /// Brings each occurrence to what it shall be.
    fn bring(&mut self) -> Result<Vec<Call>, Answer> {
        let series = match self.write {
            Write::Update { before, .. } => Some(&before.time.span),
            _ => None,
        };
        let mut calls = Vec::new();
        let mut keys = Vec::new();
        for (key, want) in &self.wants {
            match want.bring(*key, series)? {
                Bring::Write(version, patch) => {
                    calls.push(self.calls.patch(self.calendar, &want.id, &version, patch, self.mail));
                    keys.push(*key);
                }
                Bring::Plain => drop(self.plain.insert(*key)),
                Bring::Gone => drop(self.gone.insert(*key)),
                Bring::Nothing => {}
            }
        }
        self.doing = Doing::Bringing(keys);
        Ok(calls)
    }

    // --- what came of it

    fn sent_mut(&mut self) -> impl Iterator<Item = &mut Sent> {
        let parts = self.wants.values_mut().filter_map(|want| match &mut want.now {
            Now::There(sent) => Some(&mut **sent),
            _ => None,
        });
        self.master.iter_mut().chain(parts)
    }

    fn written(&self) -> Written {
        let (id, wished) = match self.write {
            Write::Delete { .. } => return Written::Gone,
            Write::Create { id, view, .. } | Write::Update { id, after: view, .. } => (id, view),
        };
        let master = self.master.as_ref().map(Sent::item);
        let view = match &master {
            Some(Item { state: State::Live(view), .. }) => view,
            _ => wished,
        };
        let plain = self.plain.iter().filter_map(|key| convert::plain(id, view, *key));
        let gone = self.gone.iter().filter_map(|key| convert::gone(id, &view.time.span, *key));
        let parts = self.wants.values().filter_map(|want| match &want.now {
            Now::There(sent) => Some(sent.item()),
            _ => None,
        });
        let parts: Vec<Item> = parts.chain(plain).chain(gone).collect();
        Written::There(master.into_iter().chain(parts).collect())
    }
}

/// What is to be done about one occurrence.
enum Bring {
    Write(Etag, Map<String, Value>),
    /// It is as the series has it, and shall be.
    Plain,
    /// It does not take place, and shall not.
    Gone,
    Nothing,
}

impl Want {
    /// Whether it must be read first: no version is known, or what is there must be built upon.
    fn must_be_found(&self) -> bool {
        if !matches!(self.now, Now::Unknown) {
            return false;
        }
        match (&self.version, &self.expects, &self.after) {
            (None, _, _) | (_, Expects::Anything | Expects::Cancelled, _) => true,
            (Some(_), Expects::OneOf(before), Some(after)) => {
                before.len() != 1 || before.iter().any(|before| !before.same(Field::Attendees, after))
            }
            (Some(_), Expects::OneOf(_), None) => false,
        }
    }

    fn bring(&self, key: OccurrenceKey, series: Option<&Span>) -> Result<Bring, Answer> {
        let sent = match (&self.now, &self.after) {
            (Now::Unknown, after) => {
                let version = self.version.clone().ok_or(Answer::Stale)?;
                let patch = match (after, &self.expects) {
                    (None, _) => cancelled(),
                    (Some(after), Expects::OneOf(before)) => match before.first() {
                        Some(before) => convert::change(before, after, self.fields),
                        None => return Err(Answer::Stale),
                    },
                    _ => return Err(Answer::Stale),
                };
                return Ok(if patch.is_empty() { Bring::Nothing } else { Bring::Write(version, patch) });
            }
            (Now::Absent, None) => return Ok(Bring::Gone),
            (Now::Absent, Some(_)) if !self.special => return Ok(Bring::Plain),
            (Now::Absent, Some(_)) => {
                let why = format!("the series has no occurrence on {} in google's calendar", key.date());
                return Err(Answer::Rejected { why, read_only: false });
            }
            (Now::There(sent), _) => sent,
        };
        let version = || sent.event.etag.clone().map(Etag).ok_or_else(|| answers::unreadable(false));
        match (&self.after, sent.event.is_cancelled()) {
            (None, true) => Ok(Bring::Nothing),
            (None, false) => {
                // Whoever changed it meanwhile has a say in whether it goes.
                let there = understood(sent)?;
                let touched = match &self.expects {
                    Expects::OneOf(before) => {
                        before.iter().map(|before| there.differing(before)).fold(self.fields, FieldSet::and)
                    }
                    _ => FieldSet::NONE,
                };
                self.check(&there, touched, key, series)?;
                Ok(Bring::Write(version()?, cancelled()))
            }
            (Some(_), true) => {
                if matches!(self.expects, Expects::OneOf(_)) {
                    return Err(Answer::Stale);
                }
                let mut patch = Map::new();
                patch.insert("status".to_owned(), json!("confirmed"));
                Ok(Bring::Write(version()?, patch))
            }
            (Some(after), false) => {
                let there = understood(sent)?;
                let changes = there.differing(after).and(self.fields);
                self.check(&there, changes, key, series)?;
                let mut patch = convert::change(&there, after, changes);
                if changes.has(Field::Attendees) {
                    patch.insert("attendees".to_owned(), guests(sent, after)?);
                }
                Ok(if patch.is_empty() { Bring::Nothing } else { Bring::Write(version()?, patch) })
            }
        }
    }

    /// Refuses to overwrite what nobody here has seen.
    fn check(
        &self,
        there: &View,
        changes: FieldSet,
        key: OccurrenceKey,
        series: Option<&Span>,
    ) -> Result<(), Answer> {
        let known = |field: Field| match &self.expects {
            Expects::Anything => true,
            Expects::Cancelled => false,
            Expects::OneOf(before) => {
                let nominal = || series.and_then(|series| nominal(series, key));
                before.iter().any(|before| there.same(field, before))
                    || (field == Field::Time && nominal().is_some_and(|span| there.time.span == span))
            }
        };
        if changes.iter().all(known) { Ok(()) } else { Err(Answer::Stale) }
    }
}

/// The occurrence of that name, if it shall take place.
fn occurrence(view: &View, key: OccurrenceKey) -> Option<View> {
    view.occurrence(key).filter(|whole| whole.status != Status::Cancelled)
}

fn understood(sent: &Sent) -> Result<View, Answer> {
    sent.view()
        .map_err(|why| Answer::Rejected { why: format!("the occurrence is odd: {why}"), read_only: false })
}

/// The occurrence with the series' length on the wall clock: another way to read "same length" when clocks change
/// within it.
fn nominal(series: &Span, key: OccurrenceKey) -> Option<Span> {
    let (Span::Timed(timed), OccurrenceKey::Time(wall)) = (series, key) else { return None };
    let (start, end) = (timed.start(), timed.end());
    let length = end.wall().duration_since(start.wall());
    let end = Moment::new(wall.checked_add(length).ok()?, end.zone().clone());
    Span::timed(Moment::new(wall, start.zone().clone()), end).ok()
}

fn cancelled() -> Map<String, Value> {
    Map::from_iter([("status".to_owned(), json!("cancelled"))])
}

fn version(versions: &Versions) -> Result<&Etag, Answer> {
    // Nothing is ever written blindly (I-16): without a version it must be read first.
    versions.whole.as_ref().ok_or(Answer::Stale)
}

fn refuse_cancelled(view: &View) -> Result<(), Answer> {
    if view.status == Status::Cancelled {
        let why = "google cannot keep an event that was cancelled".to_owned();
        return Err(Answer::Rejected { why, read_only: false });
    }
    Ok(())
}

fn guests(there: &Sent, after: &View) -> Result<Value, Answer> {
    if there.event.attendees_omitted == Some(true) {
        let why = "google does not show all guests of this event, so the list cannot be changed".to_owned();
        return Err(Answer::Rejected { why, read_only: false });
    }
    let there = there.event.attendees.as_deref().unwrap_or_default();
    Ok(json!(convert::guests(there, &after.attendees)))
}

/// The master's lines without those removals, if they are among them.
fn without_removed(master: &Sent, restored: &[OccurrenceKey]) -> Result<Option<Vec<String>>, Answer> {
    let view = understood(master)?;
    let mut removed = convert::removed(&view);
    let before = removed.len();
    removed.retain(|key| !restored.contains(key));
    let lines = |recurrence: &Recurrence| recurrence.to_lines(&view.time.span, &removed);
    Ok(view.time.recurrence.as_ref().filter(|_| removed.len() < before).map(lines))
}

/// The occurrences of a new series that differ from it. Those that do not take place are in its lines.
fn changed_occurrences(id: &ExternalId, view: &View, fields: FieldSet) -> BTreeMap<OccurrenceKey, Want> {
    let changed = view.overrides.keys().filter_map(|key| {
        let after = occurrence(view, *key)?;
        Some((*key, Want::new(id, view, *key, Some(after), fields, Expects::Anything, None)?))
    });
    changed.collect()
}

impl Want {
    fn new(
        series: &ExternalId,
        view: &View,
        key: OccurrenceKey,
        after: Option<View>,
        fields: FieldSet,
        expects: Expects,
        version: Option<Etag>,
    ) -> Option<Want> {
        let id = convert::time::instance_id(series, &view.time.span, key)?;
        let special = matches!(view.overrides.get(&key), Some(Override::Changed(_)));
        Some(Want { id, after, special, fields, expects, version, now: Now::Unknown })
    }
}

/// A change, taken apart.
struct Update<'a> {
    id: &'a ExternalId,
    versions: &'a Versions,
    before: &'a View,
    after: &'a View,
    fields: FieldSet,
}

impl Update<'_> {
    /// The fields that change in the event itself.
    fn whole(&self) -> FieldSet {
        self.before.differing(self.after).and(self.fields)
    }

    /// Whether a series gets another time or rule, so that its occurrences have other names.
    fn moved(&self) -> bool {
        self.whole().has(Field::Time) && self.after.is_series()
    }

    /// Whether a change of the event itself can reach exceptions that it has or shall have.
    fn touches_exceptions(&self) -> bool {
        let changed =
            |view: &View| view.overrides.values().any(|change| matches!(change, Override::Changed(_)));
        self.moved() || (self.after.is_series() && (changed(self.before) || changed(self.after)))
    }

    /// Occurrences that did not take place and shall again.
    fn restored(&self) -> Vec<OccurrenceKey> {
        if !self.after.is_series() || self.moved() {
            return Vec::new();
        }
        let back = |key: &&OccurrenceKey| self.after.overrides.get(key) != Some(&Override::Cancelled);
        convert::removed(self.before).iter().filter(back).copied().collect()
    }

    /// The occurrences that this changes or may change.
    fn wants(&self) -> BTreeMap<OccurrenceKey, Want> {
        if !self.after.is_series() {
            return BTreeMap::new();
        }
        let mut wants = BTreeMap::new();
        // As they would be if Google gave the series' change to the exceptions, as it does to other occurrences.
        let with_change = View { overrides: self.before.overrides.clone(), ..self.after.clone() };
        let whole_changes = !self.whole().is_empty();
        for key in self.before.overrides.keys().chain(self.after.overrides.keys()) {
            if wants.contains_key(key) || self.after.time.span.starting(*key).is_none() {
                continue;
            }
            let (before, after) = (occurrence(self.before, *key), occurrence(self.after, *key));
            let was = self.before.overrides.get(key);
            let want = |expects, version: Option<Etag>| {
                Want::new(self.id, self.after, *key, after.clone(), self.fields, expects, version)
            };
            let want = if self.moved() {
                // Only what shall differ is brought about; the rest is as the moved series has it. Occurrences keep
                // their names only where the start stays.
                let same_names = self.before.is_series() && self.before.time.span == self.after.time.span;
                let may_be = [before, with_change.occurrence(*key)].into_iter().flatten().collect();
                let expects =
                    if same_names && was.is_some() { Expects::OneOf(may_be) } else { Expects::Anything };
                self.after.overrides.contains_key(key).then(|| want(expects, None)).flatten()
            } else {
                match (&before, &after) {
                    (None, None) => None,
                    (None, Some(_)) => want(Expects::Cancelled, self.versions.parts.get(key).cloned()),
                    (Some(before), _) => {
                        let changes = after
                            .as_ref()
                            .map_or(self.fields, |after| before.differing(after).and(self.fields));
                        let exception = matches!(was, Some(Override::Changed(_)));
                        let mut may_be = vec![before.clone()];
                        if whole_changes {
                            may_be.extend(with_change.occurrence(*key));
                        }
                        let version = self.versions.parts.get(key).cloned();
                        let concerned = !changes.is_empty() || (whole_changes && exception);
                        concerned.then(|| want(Expects::OneOf(may_be), version)).flatten()
                    }
                }
            };
            wants.extend(want.map(|want| (*key, want)));
        }
        if !whole_changes {
            // Nothing but these fields of an occurrence changes; what else is there stays.
            for (key, want) in &mut wants {
                if let (Some(before), Some(after)) = (occurrence(self.before, *key), &want.after) {
                    want.fields = before.differing(after).and(self.fields);
                }
            }
        }
        wants
    }
}
