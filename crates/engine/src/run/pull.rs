//! What changed there, page by page.
//!
//! Nothing is decided here. What a page shows is written down on its mappings (their side as observed) in the same
//! transaction that moves the cursor, so that a crash between pages costs nothing and an error can never look like an
//! empty calendar (I-09, I-10). Our own writes coming back are known by their version and leave no trace (I-06).
//!
//! Once a day everything is listed, whatever the changes said: a provider that once left one out is found out (BE-9).
//!
//! After a full listing, what was not in it is looked for ([`super::absent`]).

use std::collections::{BTreeMap, BTreeSet};

use concord_model::agreed::{Base, Intent};
use concord_model::observed::{Hold, Item, Observation, Reading, State};
use concord_model::{CalendarId, Cursor, ExternalId, MappingId, View};
use concord_points::{defect, point};
use concord_providers::Answer;
use concord_providers::provider::{Next, Page};
use concord_store::links::{self, Listing};
use concord_store::mappings::{self, Mapping, MappingState};
use concord_sync::decide::after_silence;
use jiff::Timestamp;

use super::named::Named;
use super::{Run, Stop};

/// How often one run starts a listing anew before it gives up for this time.
const RESTARTS: u32 = 3;
/// How many events that are only named are read and written down together: memory is this, whatever the calendar is.
const SLICE: usize = 500;
/// How often one run asks for an event that could not be read.
const READS: u32 = 4;
/// How many runs are spent on one event that cannot be read.
const PATIENCE: i64 = 3;

impl Run<'_> {
    pub(super) async fn pull(&mut self) -> Result<(), Stop> {
        let now = self.engine.now();
        let overdue = self.link.next_safety_at.is_none_or(|at| at <= now);
        // A listing that an earlier run began is of the calendar as it was then.
        let mut is_old = self.link.listing.is_some();
        if (self.wish.full || overdue) && !is_old {
            if self.link.first_done {
                self.look_at_the_calendar().await?;
            }
            self.start_listing().await?;
        }
        let mut restarts = 0;
        // The number of a whole listing that this run has finished already.
        let mut before: Option<i64> = None;
        loop {
            if self.link.listing.is_none() && self.link.cursor.is_none() {
                self.start_listing().await?;
            }
            let from: Option<Cursor> = match &self.link.listing {
                Some(listing) => listing.page.clone(),
                None => self.link.cursor.clone(),
            };
            let page = match self.page(from.as_ref()).await? {
                Ok(page) => page,
                Err(Answer::CursorGone) => {
                    point!("pull: the cursor was lost");
                    restarts += 1;
                    if restarts > RESTARTS {
                        return Err(Stop::Later {
                            at: self.engine.now() + self.engine.backoff(self.link.failures + 2),
                            answer: Answer::CursorGone,
                        });
                    }
                    self.report.note("the place in the calendar's changes was lost; reading all of it again");
                    self.start_listing().await?;
                    continue;
                }
                Err(answer) => {
                    self.refused(answer)?;
                    continue;
                }
            };
            match self.write_down(page).await? {
                Went::On => {}
                Went::Unsaid if self.link.listing.is_some() => {
                    let answer = Answer::Transient("its listing has neither a page nor an end".to_owned());
                    self.refused(answer)?;
                }
                Went::Unsaid => self.start_listing().await?,
                Went::ToTheEnd => return Ok(()),
                Went::Through(number, cursor) => {
                    if !self.look_for_absent(number, before.replace(number)).await? {
                        self.end_listing(cursor).await?;
                        if !is_old {
                            return Ok(());
                        }
                        point!("pull: what changed since an old listing");
                        is_old = false;
                    }
                }
            }
        }
    }

    async fn page(&mut self, from: Option<&Cursor>) -> Result<Result<Page, Answer>, Stop> {
        let access = self.access(1).await?;
        let calendar = self.calendar();
        let page = self.provider.changes(&access, &calendar, from).await;
        if let (Ok(Page { next: Next::More(next), .. }), Some(from)) = (&page, from)
            && next == from
            && !defect!("a circle of pages is not noticed")
        {
            point!("pull: a circle of pages");
            return Ok(Err(Answer::Transient("its pages went round in a circle".to_owned())));
        }
        Ok(page)
    }

    /// Takes over what the provider tells of the calendar itself: its name, its zone, whether it may be written. Who
    /// may write again writes what had to wait.
    async fn look_at_the_calendar(&mut self) -> Result<(), Stop> {
        let calendars = loop {
            let access = self.access(1).await?;
            match self.provider.calendars(&access).await {
                Ok(calendars) => break calendars,
                Err(answer) if answer.of_account().is_some() => self.refused(answer)?,
                // It is only a courtesy: the next one is tomorrow.
                Err(_) => return Ok(()),
            }
        };
        let link = &self.link;
        let Some(now) = calendars.into_iter().find(|calendar| calendar.id == link.calendar) else {
            return Ok(());
        };
        if (&now.name, &now.zone, now.writable) == (&link.name, &link.zone, link.writable) {
            return Ok(());
        }
        let opened = now.writable && !link.writable;
        let id = link.id;
        let mut tx = self.begin().await?;
        links::save_calendar(&mut tx, id, &now.name, now.zone.as_ref(), now.writable).await?;
        if opened {
            mappings::mark_pending_for_link(&mut tx, id).await?;
            self.report.note("this calendar may be written again");
        }
        tx.commit().await?;
        if let Some(zone) = &now.zone {
            self.zone = zone.clone();
        }
        (self.link.name, self.link.zone, self.link.writable) = (now.name, now.zone, now.writable);
        // What was left open was only looked for while nothing could be written.
        if opened { self.recover().await } else { Ok(()) }
    }

    pub(super) async fn start_listing(&mut self) -> Result<(), Stop> {
        let now = self.engine.now();
        // Numbers only have to grow: the time does.
        let listing = Listing {
            number: now.as_microsecond(),
            page: None,
            started_at: now,
            first: !self.link.first_done,
            confirms: false,
        };
        let mut tx = self.begin().await?;
        links::save_listing(&mut tx, self.link.id, Some(&listing)).await?;
        tx.commit().await?;
        self.link.listing = Some(listing);
        self.report.full = true;
        Ok(())
    }

    /// A whole listing is over once what it lacked was looked for: only then is the calendar's place kept. A crash
    /// before reads the last page again.
    async fn end_listing(&mut self, cursor: Cursor) -> Result<(), Stop> {
        let mut tx = self.begin().await?;
        links::save_cursor(&mut tx, self.link.id, Some(&cursor)).await?;
        links::save_listing(&mut tx, self.link.id, None).await?;
        tx.commit().await?;
        self.link.cursor = Some(cursor);
        self.link.listing = None;
        self.report.listed = true;
        Ok(())
    }

    /// Writes a page down and moves the cursor with it. What it only names is read first, some at a time; what was read
    /// is written down also where the rest cannot be.
    async fn write_down(&mut self, page: Page) -> Result<Went, Stop> {
        let Page { mut items, next } = page;
        let mut known = Vec::new();
        if items.iter().any(|item| item.state == State::Unread) {
            loop {
                let last = items.len() <= SLICE;
                let slice = items.drain(..items.len().min(SLICE)).collect();
                let (slice, unchanged, stop) = self.read_unread(slice).await?;
                if last && stop.is_none() {
                    (items, known) = (slice, unchanged);
                    break;
                }
                let written = self.write_items(slice, unchanged, None).await;
                // What was refused is kept, also where the link was changed meanwhile: a wait that was asked for holds (I-33).
                match (stop, written) {
                    (Some(stop), Ok(_) | Err(Stop::Halted)) => return Err(stop),
                    (_, Err(stop)) => return Err(stop),
                    (None, Ok(_)) => {}
                }
            }
        }
        self.write_items(items, known, Some(next)).await
    }

    /// Reads what is only named, unless it has the version that is known. Returns what there is to write down, the names
    /// of what is as it was, and why not all of it could be read.
    async fn read_unread(
        &mut self,
        items: Vec<Item>,
    ) -> Result<(Vec<Item>, Vec<ExternalId>, Option<Stop>), Stop> {
        let (unread, mut items): (Vec<Item>, Vec<Item>) =
            items.into_iter().partition(|item| item.state == State::Unread);
        let ids: Vec<ExternalId> = unread.iter().map(|item| item.id.clone()).collect();
        let mut tx = self.engine.store.read().await?;
        let mappings = mappings::by_external(&mut tx, self.link.id, &ids).await?;
        drop(tx);
        let (known, news): (Vec<Item>, Vec<Item>) =
            unread.into_iter().partition(|item| mappings.get(&item.id).is_some_and(|m| is_known(m, item)));
        let known = known.into_iter().map(|item| item.id).collect();
        let (mut some_worked, mut left) = (false, news);
        for more in (0..READS).rev() {
            let (failed, stop) = self.read_news(left, &mut items, &mut some_worked).await?;
            if stop.is_some() {
                return Ok((items, known, stop));
            }
            left = Vec::new();
            for (item, answer) in failed {
                match answer {
                    // A broken connection and the like: the same question once more.
                    answer if answer.passes() && more > 0 => left.push(item),
                    // One event that cannot be read does not hold up the others for ever: it is looked at again when
                    // all is listed (BM-150). But what may pass by itself is waited for.
                    answer if self.link.failures >= PATIENCE || (some_worked && !answer.passes()) => {
                        let state = State::Odd(format!("it could not be read: {answer}"));
                        items.push(Item { etag: None, state, ..item });
                    }
                    answer => return Ok((items, known, self.refused(answer).err())),
                }
            }
            if left.is_empty() {
                break;
            }
        }
        Ok((items, known, None))
    }

    /// Reads events that are news, and adds what was found. Returns those that could not be read, each with the answer,
    /// and why the rest was not asked for.
    async fn read_news(
        &mut self,
        news: Vec<Item>,
        found: &mut Vec<Item>,
        some_worked: &mut bool,
    ) -> Result<(Vec<(Item, Answer)>, Option<Stop>), Stop> {
        let calendar = self.calendar();
        let mut failed = Vec::new();
        let mut rest = news.into_iter().peekable();
        while rest.peek().is_some() {
            let mut chunk: Vec<Item> = rest.by_ref().take(self.provider.reads_at_once().max(1)).collect();
            while !chunk.is_empty() {
                let ids: Vec<ExternalId> = chunk.iter().map(|item| item.id.clone()).collect();
                let access = match self.access(ids.len()).await {
                    Ok(access) => access,
                    Err(stop) => return Ok((failed, Some(stop))),
                };
                let answers = self.provider.read(&access, &calendar, &ids).await;
                let (mut again, mut whole) = (Vec::new(), None);
                for (item, answer) in chunk.into_iter().zip(answers) {
                    match answer {
                        Ok(Reading::Present(read)) => {
                            found.extend(read);
                            *some_worked = true;
                        }
                        // It went between the two looks: that will be told, too.
                        Ok(Reading::Deleted | Reading::Missing) => *some_worked = true,
                        Err(answer) if answer.of_calendar().is_some() => {
                            whole = Some(answer);
                            again.push(item);
                        }
                        Err(answer) => failed.push((item, answer)),
                    }
                }
                if let Some(answer) = whole
                    && let Err(stop) = self.refused(answer)
                {
                    return Ok((failed, Some(stop)));
                }
                chunk = again;
            }
        }
        Ok((failed, None))
    }

    /// Writes items down; with the last of a page, moves the cursor.
    async fn write_items(
        &mut self,
        page: Vec<Item>,
        mut unchanged: Vec<ExternalId>,
        next: Option<Next>,
    ) -> Result<Went, Stop> {
        let now = self.engine.now();
        let number = self.link.listing.as_ref().map(|l| l.number);
        let parts = page.iter().filter_map(|item| item.part.as_ref().map(|part| &part.id));
        let ours = page.iter().filter_map(|item| item.made_as.as_ref());
        let ids: BTreeSet<&ExternalId> = page.iter().map(|item| &item.id).chain(parts).chain(ours).collect();
        let ids: Vec<ExternalId> = ids.into_iter().cloned().collect();
        if let Some(Next::Done(cursor)) = &next
            && defect!("the cursor moves before the data")
        {
            let mut tx = self.begin().await?;
            links::save_cursor(&mut tx, self.link.id, Some(cursor)).await?;
            tx.commit().await?;
        }
        let mut tx = self.begin().await?;
        let mut known = mappings::by_external(&mut tx, self.link.id, &ids).await?;
        let doubtful = perhaps_back(&known, &page);
        let mut back = BTreeSet::new();
        if !doubtful.is_empty() {
            drop(tx);
            let readings = self.read(&doubtful).await?;
            let is_back = |reading: &Option<Reading>| matches!(reading, Some(Reading::Present(_)));
            let there = doubtful.iter().zip(&readings).filter(|(_, reading)| is_back(reading));
            back.extend(there.filter_map(|(mapping, _)| mapping.external_id.clone()));
            tx = self.begin().await?;
            known = mappings::by_external(&mut tx, self.link.id, &ids).await?;
        }
        let mut named = Named::default();
        for item in &page {
            // Made by us, and told of before its maker was answered.
            if let Some(mut mapping) = item.made_as.as_ref().and_then(|ours| known.remove(ours)) {
                named.take(&mut mapping, std::slice::from_ref(item));
                if mapping.external_id.as_ref() == Some(&item.id) {
                    known.insert(item.id.clone(), mapping);
                }
            }
        }
        self.make_room(&mut tx, &named).await?;
        let mut changed: BTreeMap<ExternalId, Mapping> = BTreeMap::new();
        for item in page {
            let item = match known.contains_key(&item.id) {
                true => item,
                false => standing_alone(item, |id| known.contains_key(id)),
            };
            let mapping = changed.get(&item.id).or_else(|| known.get(&item.id));
            let is_back = back.contains(&item.id);
            let stamp = item.stamp;
            match self.news(mapping, item, number, now, is_back) {
                News::Of(mapping) => {
                    self.news_at = self.news_at.max(stamp);
                    if let Some(id) = mapping.external_id.clone() {
                        changed.insert(id, *mapping);
                    }
                }
                News::None(id) => unchanged.push(id),
            }
        }
        if let Some(number) = number {
            mappings::stamp_listed(&mut tx, self.link.id, &unchanged, number).await?;
        }
        let changed: Vec<Mapping> = changed.into_values().collect();
        self.report.observed += changed.len() as u64;
        mappings::save_many(&mut tx, &changed).await?;
        let Some(next) = next else {
            tx.commit().await?;
            return Ok(Went::On);
        };
        let went = match (next, &mut self.link.listing) {
            (Next::Everything, _) => Went::Unsaid,
            (Next::More(next), Some(listing)) => {
                listing.page = Some(next);
                links::save_listing(&mut tx, self.link.id, Some(listing)).await?;
                Went::On
            }
            // A long delta: the old cursor stays good until the last page (a crash reads these pages again).
            (Next::More(next), None) => {
                self.link.cursor = Some(next);
                Went::On
            }
            (Next::Done(cursor), Some(listing)) => Went::Through(listing.number, cursor),
            (Next::Done(cursor), None) => {
                links::save_cursor(&mut tx, self.link.id, Some(&cursor)).await?;
                self.link.cursor = Some(cursor);
                Went::ToTheEnd
            }
        };
        tx.commit().await?;
        Ok(went)
    }

    /// What an item says that was not known: the mapping with the observation on it.
    fn news(
        &self,
        mapping: Option<&Mapping>,
        item: Item,
        number: Option<i64>,
        now: Timestamp,
        is_back: bool,
    ) -> News {
        let Some(mapping) = mapping else {
            // A tombstone of something never seen is nothing (BM-059).
            if item.part.is_none() && matches!(item.state, State::Gone) {
                return News::None(item.id);
            }
            let mut mapping = foreign(self.engine.id(), &self.link, item.id.clone());
            mapping.listed_in = number.unwrap_or(0);
            return News::Of(Box::new(observed(mapping, item, now)));
        };
        if !is_back && is_echo(mapping, &item) {
            point!("pull: our own write came back");
            return News::None(item.id);
        }
        if item.hold == Hold::Masked && mapping.event.is_some() && !mapping.origin {
            point!("pull: our own copy may not be seen any more");
            return News::None(item.id);
        }
        let mut mapping = mapping.clone();
        if mapping.ended_at.is_some() {
            match item.state {
                // Someone brought it back over there: what a person makes again is new (`rules.md` 12).
                State::Live(_)
                    if item.part.is_none() && (is_back || mapping.known.versions.whole != item.etag) =>
                {
                    point!("pull: what had ended was brought back");
                    mapping = Mapping {
                        generation: mapping.generation,
                        touched: mapping.touched,
                        ..foreign(mapping.id, &self.link, item.id.clone())
                    };
                }
                _ => return News::None(item.id),
            }
        }
        let gone = item.part.is_none() && matches!(item.state, State::Gone);
        if let Some(number) = number.filter(|_| !(gone && mapping.is_unseen())) {
            mapping.listed_in = number;
        }
        if let Some(base) = arrived_meanwhile(&mapping, &item) {
            mapping.base = Some(base);
        }
        News::Of(Box::new(observed(mapping, item, now)))
    }

    /// Reads mapped events directly. `None` where the read itself failed: nothing is concluded from that.
    pub(super) async fn read(&mut self, of: &[Mapping]) -> Result<Vec<Option<Reading>>, Stop> {
        let ids: Vec<ExternalId> = of.iter().filter_map(|m| m.external_id.clone()).collect();
        debug_assert_eq!(ids.len(), of.len(), "only what has an external id can be read");
        let calendar = self.calendar();
        let answers = self.read_in(&calendar, &ids).await?;
        if answers.iter().any(|answer| matches!(answer, Err(Answer::CalendarGone))) {
            return Err(Stop::CalendarGone);
        }
        let reading = |(id, answer): (&ExternalId, Result<Reading, Answer>)| match answer {
            Ok(Reading::Present(items)) => Some(alone(id, items)),
            Err(_) if defect!("a failed read is taken for a deletion") => Some(Reading::Deleted),
            other => other.ok(),
        };
        Ok(ids.iter().zip(answers).map(reading).collect())
    }

    /// Reads events directly in a calendar of the account. What is about the account stops the run.
    pub(super) async fn read_in(
        &mut self,
        calendar: &CalendarId,
        ids: &[ExternalId],
    ) -> Result<Vec<Result<Reading, Answer>>, Stop> {
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(self.provider.reads_at_once().max(1)) {
            loop {
                let mut access = self.access(chunk.len()).await?;
                if *calendar != self.link.calendar {
                    // What was chosen for this calendar says nothing about another.
                    access.columns = Default::default();
                }
                let answers = self.provider.read(&access, calendar, chunk).await;
                match answers.iter().find_map(|answer| answer.as_ref().err()?.of_account()) {
                    Some(answer) => self.refused(answer)?,
                    None => {
                        found.extend(answers);
                        break;
                    }
                }
            }
        }
        Ok(found)
    }
}

/// The agreement when a change is on its way of which nobody knows whether it arrived, and the list shows that it did: later,
/// over this observation, our own words would seem to be theirs (I-06). What is special of occurrences is told apart from the
/// whole, and waits for the direct look.
fn arrived_meanwhile(mapping: &Mapping, item: &Item) -> Option<Base> {
    let (Some(Intent::Update(after)), None, State::Live(there)) = (&mapping.intent, &item.part, &item.state)
    else {
        return None;
    };
    let base = mapping.base.as_ref()?;
    let observed = mapping.observation.clone().unwrap_or_default();
    let before = observed.over(Some(&mapping.known.theirs(base)))?.view;
    let whole = |view: &View| View { overrides: after.overrides.clone(), ..view.clone() };
    Some(after_silence(base, &whole(&before), after, &whole(there)))
}

/// An occurrence of a series that is not seen here, to which the person was invited alone, stands for itself.
fn standing_alone(item: Item, is_known: impl Fn(&ExternalId) -> bool) -> Item {
    match &item.part {
        Some(part) if is_known(&part.id) => Item { id: part.id.clone(), part: None, ..item },
        _ => item,
    }
}

/// What a direct read of such an occurrence found: told as one of its series, it is an event of its own here.
fn alone(id: &ExternalId, items: Vec<Item>) -> Reading {
    let items = own_items(id, items);
    match items.as_slice() {
        [Item { part: None, state: State::Gone, .. }] => Reading::Deleted,
        _ => Reading::Present(items),
    }
}

/// Items with the one that bears this very id told as a whole.
pub(super) fn own_items(id: &ExternalId, items: Vec<Item>) -> Vec<Item> {
    items.into_iter().map(|item| standing_alone(item, |part| part == id)).collect()
}

enum Went {
    On,
    /// Something changed, and nobody can say what.
    Unsaid,
    ToTheEnd,
    Through(i64, Cursor),
}

enum News {
    Of(Box<Mapping>),
    None(ExternalId),
}

/// A mapping of something that was seen and is no event of ours yet.
pub(super) fn foreign(id: MappingId, link: &links::Link, external: ExternalId) -> Mapping {
    Mapping { external_id: Some(external), ..Mapping::new(id, link.workspace, link.id) }
}

fn observed(mut mapping: Mapping, item: Item, now: Timestamp) -> Mapping {
    if item.part.is_none() {
        mapping.uid = item.uid.clone().or(mapping.uid);
        mapping.mark = item.mark.clone().or(mapping.mark);
    }
    mapping.observation.get_or_insert_default().add(item, now);
    mapping.state = MappingState::Pending;
    mapping.retry_at = None;
    mapping.attempts = 0;
    mapping
}

pub(super) fn tombstone(mapping: &Mapping, now: Timestamp) -> Observation {
    let mut gone = Observation::default();
    if let Some(id) = &mapping.external_id {
        let item = Item {
            id: id.clone(),
            part: None,
            made_as: None,
            copied_from: None,
            uid: None,
            etag: None,
            stamp: None,
            mark: None,
            hold: Default::default(),
            page: None,
            complete: false,
            state: State::Gone,
        };
        gone.add(item, now);
    }
    gone.proved = true;
    gone
}

/// Whether what is only named has a version that was read before, be it dealt with or not.
fn is_known(mapping: &Mapping, item: &Item) -> bool {
    if item.etag.is_none() || mapping.intent.is_some() {
        return false;
    }
    match &mapping.observation {
        Some(seen) => {
            let read = seen.whole.as_ref();
            seen.parts.is_empty()
                && read.is_some_and(|read| read.etag == item.etag && read.state != State::Gone)
        }
        None => mapping.known.versions.whole == item.etag,
    }
}

/// What was gone and is listed as it was before: put back as it was, or told by a list that has not heard. Only a direct look
/// can tell.
fn perhaps_back(known: &BTreeMap<ExternalId, Mapping>, page: &[Item]) -> Vec<Mapping> {
    let mut doubtful = BTreeMap::new();
    for item in page.iter().filter(|item| item.part.is_none() && matches!(item.state, State::Live(_))) {
        let own = known.get(&item.id).filter(|own| own.ended_at.is_some() && own.known.gone);
        if let Some(own) = own.filter(|own| own.known.versions.whole == item.etag) {
            doubtful.insert(item.id.clone(), own.clone());
        }
    }
    doubtful.into_values().collect()
}

/// Whether the item is what we know already: the version that our own write left, or that was seen before.
fn is_echo(mapping: &Mapping, item: &Item) -> bool {
    let Some(etag) = &item.etag else { return false };
    if mapping.observation.is_some() || mapping.intent.is_some() {
        return false;
    }
    let versions = &mapping.known.versions;
    match (&item.part, &mapping.base) {
        // What we may do with it can change while it stays as it is: its calendar was opened, or closed.
        (None, _) => {
            let as_known = versions.whole.as_ref() == Some(etag) && item.hold == mapping.known.hold;
            as_known && !matches!(item.state, State::Gone)
        }
        (Some(part), Some(base)) => {
            let key = part.start.key(&base.theirs().time.span);
            versions.parts.get(&key) == Some(etag)
        }
        (Some(_), None) => false,
    }
}
