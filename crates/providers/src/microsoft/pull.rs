//! What is there: changes page by page, events read directly, events looked for by their name.
//!
//! A change of a series is told in pieces: occurrences with nothing but their times, exceptions whole, and of one that was
//! deleted only that it is missing (traps 1 and 3). So a series is never put together from pieces. Any of them says only
//! that the series has another version; whoever does not know that version reads it, whole: the master says which
//! occurrences do not take place and brings those that differ. Where it does not, both are worked out from the occurrences
//! that there are.
//!
//! A tombstone is told also of what lives outside the window (trap 2). It is passed on as one, and nobody believes it before
//! a read agrees.

use std::collections::BTreeMap;

use concord_model::observed::{Item, Reading, State};
use concord_model::{CalendarId, Cursor, ExternalId, Span, Zone};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::calls::{About, Call, Calls, Heard, Line};
use super::convert::{self, NAME, Parts, Seen, UID};
use super::cursor::{Place, Walk};
use super::memory::Memory;
use super::{answers, wire};
use crate::answer::Answer;
use crate::provider::{Next, Page};

/// The most pages of a listing that is read at one go.
const MOST_PAGES: usize = 100;
/// How far back and ahead changes are told whole; those farther away only say that there is one.
const WINDOW: (SignedDuration, SignedDuration) =
    (SignedDuration::from_hours(24 * 31), SignedDuration::from_hours(24 * 400));
/// How far back and ahead occurrences are looked at where a master does not say which of them are special.
const REACH: (SignedDuration, SignedDuration) =
    (SignedDuration::from_hours(24 * 366), SignedDuration::from_hours(24 * 731));

/// The way to one calendar for the length of one call.
pub(super) struct Desk<'a> {
    pub(super) calls: &'a Calls,
    pub(super) line: &'a Line<'a>,
    pub(super) memory: &'a Memory,
    pub(super) calendar: &'a CalendarId,
}

/// An event as Graph sent it; a series with all its special occurrences.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) event: wire::Event,
    pub(super) parts: Option<Parts>,
    pub(super) seen: Seen,
}

impl Sent {
    /// Reads the answer about one event.
    pub(super) fn read(heard: &Heard, now: Timestamp, writes: bool) -> Result<Sent, Answer> {
        let raw: serde_json::Value = heard.read(writes)?;
        let event = wire::Event::read(&raw).ok_or_else(|| answers::unreadable(writes))?;
        Ok(Sent { event, parts: None, seen: Seen { now, ahead: heard.ahead } })
    }

    pub(super) fn item(&self) -> Item {
        convert::item(&self.event, self.parts.as_ref(), &self.seen)
    }
}

/// What a direct read of one event found.
pub(super) enum Found {
    There(Box<Sent>),
    Missing,
}

impl Desk<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.line.access.now
    }

    // --- changes

    /// One page of changes.
    pub(super) async fn changes(&self, from: Option<&Cursor>) -> Result<Page, Answer> {
        let place = from.map(|cursor| Place::read(self.calendar, cursor)).transpose()?;
        match place {
            None => {
                let (back, ahead) = WINDOW;
                let now = self.now();
                let call = self.calls.changes(self.calendar, now - back, now + ahead);
                self.window(&call, None).await
            }
            Some(place) if place.walk == Walk::Window => {
                let call = self.calls.more_changes(self.kept(&place.page)?);
                self.window(&call, Some(&place)).await
            }
            Some(place) if place.walk == Walk::All => self.all(&place).await,
            Some(place) => self.news(&place).await,
        }
    }

    /// An address that we kept. Where Graph is another one now, what was told of the place before leads nowhere.
    fn kept(&self, page: &str) -> Result<Url, Answer> {
        self.line.link(page).map_err(|_| Answer::CursorGone)
    }

    /// A page of the changes of a window, of which only the end is wanted.
    async fn window(&self, call: &Call, place: Option<&Place>) -> Result<Page, Answer> {
        let page: wire::Page = self.page(call).await?;
        let items = Vec::new();
        let next = match (page.next, page.delta) {
            (Some(next), None) => {
                self.line.link(&next)?;
                let turned = match place {
                    Some(place) => place.turn(&next)?,
                    None => Place::begin(self.calendar, Walk::Window, &next, ""),
                };
                Next::More(turned.into())
            }
            (None, Some(delta)) => {
                self.line.link(&delta)?;
                Next::More(Place::begin(self.calendar, Walk::All, "", &delta).into())
            }
            _ => return Err(endless()),
        };
        Ok(Page { items, next })
    }

    /// A page of all events.
    async fn all(&self, place: &Place) -> Result<Page, Answer> {
        let call = match place.page.as_str() {
            "" => self.calls.events(self.calendar),
            page => self.calls.follow(About::Calendar, self.kept(page)?),
        };
        let heard = self.line.ask(&call).await?;
        let page: wire::Page = heard.read(false)?;
        let items = self.items(&page.value, &heard)?;
        let next = match page.next {
            Some(next) => {
                self.line.link(&next)?;
                Next::More(place.turn(&next)?.into())
            }
            None => Next::Done(Place::begin(self.calendar, Walk::News, &place.changes, "").into()),
        };
        Ok(Page { items, next })
    }

    /// A page of what has changed since.
    async fn news(&self, place: &Place) -> Result<Page, Answer> {
        let call = self.calls.more_changes(self.kept(&place.page)?);
        let heard = self.line.ask(&call).await?;
        let page: wire::Page = heard.read(false)?;
        let items = self.items(&page.value, &heard)?;
        let next = match (page.next, page.delta) {
            (Some(next), None) => {
                self.line.link(&next)?;
                Next::More(place.turn(&next)?.into())
            }
            (None, Some(delta)) => {
                self.line.link(&delta)?;
                Next::Done(Place::begin(self.calendar, Walk::News, &delta, "").into())
            }
            _ => return Err(endless()),
        };
        Ok(Page { items, next })
    }

    async fn page(&self, call: &Call) -> Result<wire::Page, Answer> {
        self.line.ask(call).await?.read(false)
    }

    /// What is on a page. One event without an id means that the page is broken: nobody can say what is missing.
    fn items(&self, page: &[serde_json::Value], heard: &Heard) -> Result<Vec<Item>, Answer> {
        let seen = Seen { now: self.now(), ahead: heard.ahead };
        // The last of several that tell of one event is the one that holds.
        let mut items: BTreeMap<String, Item> = BTreeMap::new();
        let mut series: BTreeMap<String, Versions> = BTreeMap::new();
        for raw in page {
            let nameless = || Answer::Transient("Outlook sent an event without an id".to_owned());
            let event = wire::Event::read(raw).ok_or_else(nameless)?;
            let id = event.id.clone();
            if event.removed.is_some() {
                series.remove(&id);
                items.insert(id.clone(), convert::gone(&id));
            } else if let Some(master) = event.series() {
                series.entry(master.to_owned()).or_default().add(event.etag);
            } else if event.is_part() {
                // Of which series, nobody says: it is told with the next change of it, and whenever all is listed.
            } else if event.is_master() {
                items.remove(&id);
                series.entry(id).or_default().add(event.etag);
            } else if event.start.is_none() {
                items.insert(id.clone(), convert::unread(&id, None));
            } else {
                items.insert(id, convert::item(&event, None, &seen));
            }
        }
        for (id, versions) in series {
            items.insert(id.clone(), convert::unread(&id, versions.one().as_deref()));
        }
        Ok(items.into_values().collect())
    }

    // --- reading

    /// Events, each whole with its special occurrences. One answer for each id, in order.
    pub(super) async fn read(&self, ids: &[ExternalId]) -> Vec<Result<Reading, Answer>> {
        let found = self.fetch(ids).await;
        let reading = |(id, found): (&ExternalId, Result<Found, Answer>)| {
            Ok(match found? {
                Found::Missing => Reading::Missing,
                Found::There(sent) => {
                    let made_as = convert::transaction(id).map(|_| id.clone());
                    let item = sent.item();
                    Reading::Present(vec![Item { made_as: made_as.or(item.made_as.clone()), ..item }])
                }
            })
        };
        ids.iter().zip(found).map(reading).collect()
    }

    pub(super) async fn fetch(&self, ids: &[ExternalId]) -> Vec<Result<Found, Answer>> {
        // What was asked for under a name of ours is looked for by it: nobody has said yet what Graph calls it.
        let call = |id: &ExternalId| match convert::transaction(id) {
            Some(_) => self.calls.noted(self.calendar, NAME, id.as_str()),
            None => self.calls.event(self.calendar, id.as_str()),
        };
        let calls: Vec<Call> = ids.iter().map(call).collect();
        let heard = self.line.ask_all(&calls).await;
        let mut found: Vec<Result<Found, Answer>> = Vec::with_capacity(ids.len());
        let mut again = Vec::new();
        for (place, (id, heard)) in ids.iter().zip(heard).enumerate() {
            found.push(match convert::transaction(id) {
                Some(transaction) => match heard.and_then(|heard| self.named(&heard, transaction)) {
                    // A list does not tell of a series what a read does.
                    Ok(Some(sent)) if sent.event.is_master() => {
                        again.push((place, self.calls.event(self.calendar, &sent.event.id)));
                        Ok(Found::Missing)
                    }
                    Ok(Some(sent)) => Ok(Found::There(Box::new(sent))),
                    Ok(None) => Ok(Found::Missing),
                    Err(answer) => Err(answer),
                },
                None => self.found(heard),
            });
        }
        let calls: Vec<Call> = again.iter().map(|(_, call)| call.clone()).collect();
        for ((place, _), heard) in again.iter().zip(self.line.ask_all(&calls).await) {
            found[*place] = self.found(heard);
        }
        for found in &mut found {
            if let Ok(Found::There(sent)) = found
                && sent.event.is_master()
                && let Err(answer) = self.complete(sent).await
            {
                *found = Err(answer);
            }
        }
        found
    }

    fn found(&self, heard: Result<Heard, Answer>) -> Result<Found, Answer> {
        match heard {
            Ok(heard) => Ok(Found::There(Box::new(Sent::read(&heard, self.now(), false)?))),
            Err(Answer::Gone) => Ok(Found::Missing),
            Err(answer) => Err(answer),
        }
    }

    /// What a search for a name of ours found. A copy that somebody made of it bears our notes, too; only the one that we
    /// asked for bears the transaction, and where none tells one, it is the oldest.
    fn named(&self, heard: &Heard, transaction: &str) -> Result<Option<Sent>, Answer> {
        let page: wire::Page = heard.read(false)?;
        let mut all = self.sent(&page, heard)?;
        all.retain(|sent| sent.event.series().is_none());
        all.sort_by(|a, b| a.event.created_date_time.cmp(&b.event.created_date_time));
        let ours = all.iter().position(|sent| sent.event.transaction_id.as_deref() == Some(transaction));
        Ok(match ours {
            Some(place) => Some(all.swap_remove(place)),
            None => all.into_iter().find(|sent| sent.event.transaction_id.is_none()),
        })
    }

    fn sent(&self, page: &wire::Page, heard: &Heard) -> Result<Vec<Sent>, Answer> {
        let seen = Seen { now: self.now(), ahead: heard.ahead };
        let one = |raw| {
            let event = wire::Event::read(raw).ok_or_else(|| answers::unreadable(false))?;
            Ok(Sent { event, parts: None, seen })
        };
        page.value.iter().map(one).collect()
    }

    /// Completes a master with its special occurrences.
    pub(super) async fn complete(&self, sent: &mut Sent) -> Result<(), Answer> {
        let master = &sent.event;
        // What cannot be understood anyway needs no occurrences.
        let Ok(span) = convert::time::span(master) else {
            sent.parts = Some(Parts::default());
            return Ok(());
        };
        let all = master.exception_occurrences.as_ref().filter(|_| master.more_exceptions.is_none());
        let told = all.zip(master.cancelled_occurrences.as_ref());
        sent.parts = Some(match told {
            Some((changed, cancelled)) => {
                let read = |raw| wire::Event::read(raw).ok_or_else(|| answers::unreadable(false));
                let changed = changed.iter().map(read).collect::<Result<Vec<_>, _>>()?;
                Parts { changed, cancelled: convert::cancelled(cancelled, &span) }
            }
            None => self.parts(master, &span).await?,
        });
        Ok(())
    }

    /// The special occurrences of a series, worked out from those that there are.
    async fn parts(&self, master: &wire::Event, span: &Span) -> Result<Parts, Answer> {
        let now = self.now();
        let begins = span.start_instant(&Zone::utc());
        let day = SignedDuration::from_hours(24);
        // One of them may have been moved to long before its series begins.
        let from = now - REACH.0;
        let to = (now + REACH.1).max(begins + day);
        let mut all = self.instances(&master.id, from, to).await?;
        let holes = |all: &[wire::Event]| {
            let there: Vec<_> = all.iter().filter_map(|one| convert::key(one, span)).collect();
            // Whatever reaches into the window without beginning in it is not looked at.
            convert::holes(master, &there, (from + day, to - day)).unwrap_or_default()
        };
        let cancelled = match &master.cancelled_occurrences {
            Some(told) => convert::cancelled(told, span),
            None => match holes(&all) {
                missing if missing.is_empty() => missing,
                // Nothing tells that an occurrence was deleted but that it is not listed: twice (I-09).
                missing => {
                    all = self.instances(&master.id, from, to).await?;
                    holes(&all).into_iter().filter(|key| missing.contains(key)).collect()
                }
            },
        };
        let changed = all.into_iter().filter(|one| one.kind.as_deref() == Some("exception")).collect();
        Ok(Parts { changed, cancelled })
    }

    /// A series' occurrences in a window.
    pub(super) async fn instances(
        &self,
        id: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<wire::Event>, Answer> {
        let sent = self.listing(self.calls.instances(self.calendar, id, from, to)).await?;
        Ok(sent.into_iter().map(|sent| sent.event).collect())
    }

    /// A whole listing.
    async fn listing(&self, first: Call) -> Result<Vec<Sent>, Answer> {
        let heard = self.line.ask(&first).await?;
        self.rest_of_listing(&heard, first.about).await
    }

    async fn rest_of_listing(&self, first: &Heard, about: About) -> Result<Vec<Sent>, Answer> {
        let mut all = Vec::new();
        let mut page: wire::Page = first.read(false)?;
        let mut heard = first.clone();
        for _ in 0..MOST_PAGES {
            all.extend(self.sent(&page, &heard)?);
            let Some(next) = page.next else { return Ok(all) };
            heard = self.line.ask(&self.calls.follow(about, self.line.link(&next)?)).await?;
            page = heard.read(false)?;
        }
        Err(Answer::Transient(format!("Outlook's listing has more than {MOST_PAGES} pages")))
    }

    // --- looking for names

    /// Living events by their name: Outlook's own or the one that we noted.
    pub(super) async fn find(&self, uids: &[String]) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        let call = |place: usize| {
            let uid = &uids[place / 2];
            match place.is_multiple_of(2) {
                true => self.calls.with_ical_uid(self.calendar, uid),
                false => self.calls.noted(self.calendar, UID, uid),
            }
        };
        let calls: Vec<Call> = (0..uids.len() * 2).map(call).collect();
        let mut all: BTreeMap<&String, BTreeMap<String, Sent>> = BTreeMap::new();
        for (place, heard) in self.line.ask_all(&calls).await.into_iter().enumerate() {
            let sent = self.rest_of_listing(&heard?, About::Calendar).await?;
            // Occurrences bear the name of their series.
            let whole = sent.into_iter().filter(|sent| sent.event.series().is_none());
            all.entry(&uids[place / 2]).or_default().extend(whole.map(|sent| (sent.event.id.clone(), sent)));
        }
        let mut found = BTreeMap::new();
        for (uid, named) in all {
            let mut items = Vec::new();
            for mut sent in named.into_values() {
                if sent.event.is_master() {
                    let id = ExternalId(sent.event.id.clone());
                    match self.fetch(&[id]).await.pop() {
                        Some(Ok(Found::There(whole))) => sent = *whole,
                        Some(Err(answer)) => return Err(answer),
                        Some(Ok(Found::Missing)) | None => continue,
                    }
                }
                items.push(sent.item());
            }
            items.retain(|item| !matches!(item.state, State::Gone));
            if !items.is_empty() {
                found.insert(uid.clone(), items);
            }
        }
        Ok(found)
    }
}

fn endless() -> Answer {
    Answer::Transient("Outlook's listing neither ends nor goes on".to_owned())
}

/// The versions that the pieces of a series tell.
#[derive(Default)]
struct Versions {
    told: Option<String>,
    differ: bool,
}

impl Versions {
    fn add(&mut self, etag: Option<String>) {
        match (&self.told, etag) {
            (None, etag @ Some(_)) if !self.differ => self.told = etag,
            (Some(told), Some(etag)) if *told == etag => {}
            _ => self.differ = true,
        }
    }

    /// The version of the whole, if all pieces tell the same: what has none is always read.
    fn one(self) -> Option<String> {
        self.told.filter(|_| !self.differ)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_series_that_tell_several_versions_tell_none() {
        let check = |told: &[Option<&str>], expected: Option<&str>| {
            let mut versions = Versions::default();
            told.iter().for_each(|etag| versions.add(etag.map(str::to_owned)));
            assert_eq!(versions.one().as_deref(), expected, "{told:?}");
        };
        check(&[Some("a")], Some("a"));
        check(&[Some("a"), Some("a")], Some("a"));
        check(&[Some("a"), Some("b")], None);
        check(&[Some("a"), None], None);
        check(&[None, Some("a")], None);
        check(&[None], None);
    }
}
