//! One write as a machine: it is told answers, and says which calls come next.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::observed::{Item, State, Versions};
use concord_model::recurrence::Recurrence;
use concord_model::view::Status;
use concord_model::{CalendarId, Etag, Field, OccurrenceKey, View};
use concord_points::defect;
use jiff::Timestamp;
use serde_json::json;

use super::WRITABLE;
use super::update::{self, Update};
use super::want::{Bring, Expects, Now, Want, guests, understood};
use crate::answer::Answer;
use crate::google::calls::{Call, Calls, Heard};
use crate::google::cursor::Pages;
use crate::google::pull::{Found, Sent, Sheet, listed_master};
use crate::google::{answers, convert};
use crate::provider::{Mail, Write, Written};

/// The answers that are waited for.
enum Doing {
    Beginning,
    /// The event, before it is written.
    Looking,
    /// Its exceptions, before it is written.
    LookingAtExceptions(Vec<Sent>),
    /// What was written of the event itself.
    Writing,
    /// Its exceptions, after it was written.
    Listing(Vec<Sent>),
    /// Occurrences as they are.
    Finding(Vec<OccurrenceKey>),
    /// Occurrences as they were written.
    Bringing(Vec<OccurrenceKey>),
    Ended,
}

/// One write under way.
pub(super) struct Job<'a> {
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
    /// The pages of the list that is read.
    pages: Pages,
}

impl<'a> Job<'a> {
    /// A write, not yet begun.
    pub(super) fn new(
        calls: &'a Calls,
        calendar: &'a CalendarId,
        write: &'a Write,
        mail: Mail,
        now: Timestamp,
    ) -> Job<'a> {
        let (wants, plain, gone) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        let (doing, pages) = (Doing::Beginning, Pages::default());
        Job {
            calls,
            calendar,
            write,
            mail,
            now,
            doing,
            acted: false,
            master: None,
            wants,
            plain,
            gone,
            pages,
        }
    }

    /// Takes the answers to the last calls, and says which come next; none when it is done.
    pub(super) fn step(&mut self, heard: Vec<Result<Heard, Answer>>) -> Result<Vec<Call>, Answer> {
        self.advance(heard).map_err(|answer| if self.acted { answer.in_part() } else { answer })
    }

    /// What became of it where it may not go on.
    pub(super) fn cut_off(&self, why: &Answer) -> Answer {
        if self.acted { why.clone().in_part() } else { why.clone() }
    }

    fn advance(&mut self, heard: Vec<Result<Heard, Answer>>) -> Result<Vec<Call>, Answer> {
        let mut heard = heard.into_iter();
        let mut one = || heard.next().unwrap_or_else(|| Err(answers::unreadable(true)));
        match std::mem::replace(&mut self.doing, Doing::Ended) {
            Doing::Beginning => self.begin(),
            Doing::Looking => {
                let found = Found::read(one(), self.now)?;
                self.looked(found)
            }
            Doing::LookingAtExceptions(mut named) => match self.page(one(), &mut named)? {
                Some(page) => self.look_at_exceptions(named, Some(&page)),
                None => self.looked_at_exceptions(&named),
            },
            Doing::Writing if matches!(self.write, Write::Delete { .. }) => match one() {
                Err(Answer::Gone) if defect!("what is gone cannot be removed") => {
                    Err(Answer::Rejected { why: "it is not there".to_owned(), read_only: false })
                }
                Ok(_) | Err(Answer::Gone) => Ok(Vec::new()),
                Err(answer) => Err(answer),
            },
            Doing::Writing => {
                let heard = one()?;
                self.acted = true;
                self.master = Some(Sent::read(&heard, self.now, true)?);
                self.pursue()
            }
            Doing::Listing(mut named) => match self.page(one(), &mut named)? {
                Some(page) => self.list(named, Some(&page)),
                None => self.listed(&named),
            },
            Doing::Finding(keys) => {
                for key in keys {
                    self.want(key).now = match Found::read(one(), self.now)? {
                        Found::There(sent) => Now::There(sent),
                        Found::Deleted | Found::Missing => Now::Absent,
                    };
                }
                self.bring()
            }
            Doing::Bringing(keys) => {
                let answers = keys.into_iter().map(|key| (key, one())).collect();
                self.brought(answers)
            }
            Doing::Ended => Ok(Vec::new()),
        }
    }

    fn update(&self) -> Option<Update<'a>> {
        let Write::Update { id, versions, before, after, fields } = self.write else { return None };
        Some(Update { id, versions, before, after, fields: fields.and(WRITABLE) })
    }

    fn want(&mut self, key: OccurrenceKey) -> &mut Want {
        self.wants.get_mut(&key).expect("only occurrences that are wanted are asked for")
    }

    // --- the event itself, or a series' master

    fn begin(&mut self) -> Result<Vec<Call>, Answer> {
        match self.write {
            Write::Create { id, uid, mark, view, fields, .. } => {
                refuse_cancelled(view)?;
                let fields = fields.and(WRITABLE);
                self.wants = update::of_new(id, view, fields);
                self.doing = Doing::Writing;
                let event = convert::new_event(id, uid, mark, view, fields);
                Ok(vec![self.calls.insert(self.calendar, event, self.mail)])
            }
            Write::Delete { id, versions } => {
                self.doing = Doing::Writing;
                Ok(vec![self.calls.delete(self.calendar, id, version(versions)?, self.mail)])
            }
            Write::Update { id, after, .. } => {
                refuse_cancelled(after)?;
                let Some(update) = self.update() else { return Ok(Vec::new()) };
                self.wants = update.wants();
                if !update.must_look() {
                    return self.write_event();
                }
                self.doing = Doing::Looking;
                Ok(vec![self.calls.event(self.calendar, id)])
            }
        }
    }

    fn looked(&mut self, found: Found) -> Result<Vec<Call>, Answer> {
        let Some(update) = self.update() else { return Ok(Vec::new()) };
        let Found::There(master) = found else { return Err(Answer::Gone) };
        if master.event.etag.as_deref() != Some(update.version()?.as_str()) {
            return Err(Answer::Stale);
        }
        self.master = Some(*master);
        if update.drops_exceptions() { self.look_at_exceptions(Vec::new(), None) } else { self.write_event() }
    }

    fn look_at_exceptions(&mut self, named: Vec<Sent>, page: Option<&str>) -> Result<Vec<Call>, Answer> {
        let call = self.call_for_all(page)?;
        self.doing = Doing::LookingAtExceptions(named);
        Ok(vec![call])
    }

    fn looked_at_exceptions(&mut self, named: &[Sent]) -> Result<Vec<Call>, Answer> {
        let (Some(update), Some(master)) = (self.update(), &self.master) else { return Ok(Vec::new()) };
        let listed = listed_master(master, named)?;
        if listed.event.etag != master.event.etag {
            return Err(Answer::Stale);
        }
        update.check_exceptions(named)?;
        self.write_event()
    }

    fn write_event(&mut self) -> Result<Vec<Call>, Answer> {
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
        self.doing = Doing::Writing;
        Ok(vec![self.calls.patch(self.calendar, update.id, update.version()?, patch, self.mail)])
    }

    // --- its occurrences

    /// The event itself is as it shall be; goes on to its occurrences.
    fn pursue(&mut self) -> Result<Vec<Call>, Answer> {
        let relist = self.acted && self.update().is_some_and(|update| update.touches_exceptions());
        if relist { self.list(Vec::new(), None) } else { self.find() }
    }

    fn list(&mut self, named: Vec<Sent>, page: Option<&str>) -> Result<Vec<Call>, Answer> {
        let call = self.call_for_all(page)?;
        self.doing = Doing::Listing(named);
        Ok(vec![call])
    }

    fn listed(&mut self, named: &[Sent]) -> Result<Vec<Call>, Answer> {
        let (Some(update), Some(master)) = (self.update(), &self.master) else { return Ok(Vec::new()) };
        let listed = listed_master(master, named)?;
        // Google changes versions a moment later by itself (trap 25); what somebody else changed is not agreed yet.
        if listed.event.etag != master.event.etag && listed.view().ok() != master.view().ok() {
            return Err(Answer::Stale);
        }
        self.master = Some(listed.clone());
        self.plain.extend(update.listed(named, &mut self.wants));
        self.find()
    }

    /// The call for a series with all its exceptions: for all that bears its name.
    fn call_for_all(&mut self, page: Option<&str>) -> Result<Call, Answer> {
        if page.is_none() {
            self.pages = Pages::default();
        }
        let uid = self.master.as_ref().and_then(|master| master.event.ical_uid.as_deref());
        Ok(self.calls.with_ical_uid(self.calendar, uid.ok_or_else(|| answers::unreadable(false))?, page))
    }

    /// Takes a page of that, and returns the name of the next.
    fn page(
        &mut self,
        heard: Result<Heard, Answer>,
        named: &mut Vec<Sent>,
    ) -> Result<Option<String>, Answer> {
        let mut sheet = Sheet::read(&heard?)?;
        named.extend(sheet.sent(self.now)?);
        self.pages.turn(sheet.events.next_page_token)
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

    /// Takes what came of occurrences that were written.
    fn brought(&mut self, answers: Vec<(OccurrenceKey, Result<Heard, Answer>)>) -> Result<Vec<Call>, Answer> {
        // All are looked at before the first refusal counts, for one success makes a refusal unknown.
        self.acted |= answers.iter().any(|(_, answer)| answer.is_ok());
        let now = self.now;
        let mut restored = false;
        for (key, answer) in answers {
            let heard = answer?;
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

    // --- what came of it

    /// Everything that Google said of it last.
    pub(super) fn sent_mut(&mut self) -> impl Iterator<Item = &mut Sent> {
        let parts = self.wants.values_mut().filter_map(|want| match &mut want.now {
            Now::There(sent) => Some(&mut **sent),
            _ => None,
        });
        self.master.iter_mut().chain(parts)
    }

    /// What is there now.
    pub(super) fn written(&self) -> Written {
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

fn version(versions: &Versions) -> Result<&Etag, Answer> {
    // Nothing is ever removed blindly (I-16): without a version it must be read first.
    versions.whole.as_ref().ok_or(Answer::Stale)
}

fn refuse_cancelled(view: &View) -> Result<(), Answer> {
    if view.status == Status::Cancelled {
        let why = "Google cannot keep an event that was cancelled".to_owned();
        return Err(Answer::Rejected { why, read_only: false });
    }
    Ok(())
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
