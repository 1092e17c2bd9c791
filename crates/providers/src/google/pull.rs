//! What is there: changes page by page, events read directly, events looked for by their name.

use std::collections::BTreeMap;

use concord_model::observed::{Item, Reading, State};
use concord_model::{CalendarId, Cursor, ExternalId, View};
use concord_points::defect;
use jiff::{SignedDuration, Timestamp};

use super::calls::{Call, Calls, Heard, Line};
use super::convert::{self, Seen};
use super::cursor::{Pages, Place};
use super::{answers, wire};
use crate::answer::Answer;
use crate::provider::{Next, Page};

/// The most pages of a listing that is read at one go.
const MOST_PAGES: usize = 100;

/// The way to one calendar for the length of one call.
pub(super) struct Desk<'a> {
    pub(super) calls: &'a Calls,
    pub(super) line: &'a Line<'a>,
    pub(super) calendar: &'a CalendarId,
}

/// An event as Google sent it, with the circumstances.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) event: wire::Event,
    pub(super) seen: Seen,
}

impl Sent {
    /// Reads the answer about one event.
    pub(super) fn read(heard: &Heard, now: Timestamp, writes: bool) -> Result<Sent, Answer> {
        let raw: serde_json::Value = heard.read(writes)?;
        let event = wire::Event::read(&raw).ok_or_else(|| answers::unreadable(writes))?;
        Ok(Sent { event, seen: Seen { now, ahead: heard.ahead, zone: None, read_only: false } })
    }

    /// The name under which a series' exceptions are found; `None` for what is no series.
    fn series_uid(&self) -> Option<&str> {
        self.event.is_series().then_some(self.event.ical_uid.as_deref()).flatten()
    }

    /// Whether it cannot be read without the calendar's own zone.
    pub(super) fn needs_zone(&self) -> bool {
        self.seen.zone.is_none() && self.event.needs_zone()
    }

    pub(super) fn item(&self) -> Item {
        convert::item(&self.event, &self.seen)
    }

    pub(super) fn view(&self) -> Result<View, String> {
        convert::view(&self.event, self.seen.zone.as_ref())
    }
}

/// A page of a listing, not yet taken apart.
pub(super) struct Sheet {
    pub(super) events: wire::Events,
    pub(super) ahead: SignedDuration,
}

impl Sheet {
    /// Reads a page. What is not surely one is trouble, never an empty page (I-09).
    pub(super) fn read(heard: &Heard) -> Result<Sheet, Answer> {
        let events: wire::Events = heard.read(false)?;
        if events.kind.as_deref() != Some("calendar#events") {
            return Err(answers::unreadable(false));
        }
        if events.next_page_token.is_some() && events.next_sync_token.is_some() {
            return Err(Answer::Transient("Google's page both ends and goes on".to_owned()));
        }
        Ok(Sheet { events, ahead: heard.ahead })
    }

    /// What is on it. One event without an id means that the page is broken: nobody can say what is missing.
    pub(super) fn sent(&mut self, now: Timestamp) -> Result<Vec<Sent>, Answer> {
        let read_only =
            matches!(self.events.access_role.as_deref(), Some("freeBusyReader" | "reader" | "none"));
        let zone = self.events.time_zone.as_deref().and_then(|name| convert::time::zone(name).ok());
        let seen = Seen { now, ahead: self.ahead, zone, read_only };
        let nameless = || Answer::Transient("Google sent an event without an id".to_owned());
        let raw = self.events.items.take().unwrap_or_default();
        raw.iter()
            .map(|raw| Ok(Sent { event: wire::Event::read(raw).ok_or_else(nameless)?, seen: seen.clone() }))
            .collect()
    }
}

impl Desk<'_> {
    fn now(&self) -> Timestamp {
        self.line.access.now
    }

    /// One page of changes.
    pub(super) async fn changes(&self, from: Option<&Cursor>) -> Result<Page, Answer> {
        let place = match from {
            Some(cursor) => Place::read(self.calendar, cursor)?,
            None => Place::start(self.calendar),
        };
        let call = self.calls.changes(self.calendar, place.sync.as_deref(), place.page.as_deref());
        let heard = self.line.ask(&call).await.map_err(|answer| match answer {
            // The query is always the same, so what Google does not like can only be a token (trap 6).
            Answer::Rejected { read_only: false, .. } if from.is_some() => Answer::CursorGone,
            other => other,
        })?;
        let mut sheet = Sheet::read(&heard)?;
        let next = match (sheet.events.next_page_token.take(), sheet.events.next_sync_token.take()) {
            (Some(page), _) => Next::More(place.turn(page)?),
            (None, Some(sync)) => Next::Done(place.done(sync)),
            (None, None) => {
                return Err(Answer::Transient("Google's page neither ends nor goes on".to_owned()));
            }
        };
        Ok(Page { items: sheet.sent(self.now())?.iter().map(Sent::item).collect(), next })
    }

    /// Events, each whole with its exceptions. One answer for each id, in order.
    pub(super) async fn read(&self, ids: &[ExternalId]) -> Vec<Result<Reading, Answer>> {
        let calls: Vec<Call> = ids.iter().map(|id| self.calls.event(self.calendar, id)).collect();
        let heard = self.line.ask_all(&calls).await;
        let mut found: Vec<Result<Found, Answer>> =
            heard.into_iter().map(|heard| Found::read(heard, self.now())).collect();

        let mut series = BTreeMap::new();
        let uids: Vec<String> =
            found.iter().filter_map(|found| Some(found.as_ref().ok()?.series_uid()?.to_owned())).collect();
        let calls: Vec<Call> =
            uids.iter().map(|uid| self.calls.with_ical_uid(self.calendar, uid, None)).collect();
        let listings =
            self.listings(calls, |page, at| self.calls.with_ical_uid(self.calendar, &uids[at], Some(page)));
        series.extend(uids.iter().cloned().zip(listings.await));

        let mut singles = Vec::new();
        for found in &mut found {
            if let Ok(Found::There(sent)) = found
                && !sent.event.is_series()
            {
                singles.push(&mut **sent);
            }
        }
        let zoned = self.lend_zone(singles).await;

        let reading = |found: Result<Found, Answer>| {
            Ok(match found? {
                Found::Deleted => Reading::Deleted,
                Found::Missing => Reading::Missing,
                Found::There(sent) if sent.event.is_series() => {
                    let named = sent.series_uid().and_then(|uid| series.get(uid));
                    // Without its name nobody can say which exceptions it has.
                    let named = named.ok_or_else(|| answers::unreadable(false))?;
                    whole(&sent, named.as_ref().map_err(Answer::clone)?)?
                }
                Found::There(sent) => {
                    if sent.needs_zone() {
                        zoned.clone()?;
                    }
                    Reading::Present(vec![sent.item()])
                }
            })
        };
        found.into_iter().map(reading).collect()
    }

    /// Living events by their name: Google's own or the one that we noted.
    pub(super) async fn find(&self, uids: &[String]) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        let call = |place: usize, page: Option<&str>| {
            let uid = &uids[place / 2];
            if place.is_multiple_of(2) {
                self.calls.with_ical_uid(self.calendar, uid, page)
            } else {
                self.calls.with_our_uid(self.calendar, uid, page)
            }
        };
        let calls: Vec<Call> = (0..uids.len() * 2).map(|place| call(place, None)).collect();
        let listings = self.listings(calls, |page, place| call(place, Some(page))).await;
        let mut all: BTreeMap<&String, BTreeMap<String, Item>> = BTreeMap::new();
        for (place, sent) in listings.into_iter().enumerate() {
            let named = all.entry(&uids[place / 2]).or_default();
            named.extend(sent?.iter().map(|sent| (sent.event.id.clone(), sent.item())));
        }
        let mut found = BTreeMap::new();
        for (uid, named) in all {
            let items: Vec<Item> = named.into_values().collect();
            // What was deleted is not found, and neither is what is left of a deleted series.
            let lives = |item: &Item| !matches!(item.state, State::Gone);
            let living: Vec<ExternalId> =
                items.iter().filter(|item| lives(item)).map(|item| item.id.clone()).collect();
            let items: Vec<Item> = items
                .into_iter()
                .filter(|item| lives(item) || (item.part.is_some() && living.contains(&item.id)))
                .collect();
            if !items.is_empty() {
                found.insert(uid.clone(), items);
            }
        }
        Ok(found)
    }

    /// Whole listings, many at a time. `next` makes the call for another page of one of them.
    pub(super) async fn listings(
        &self,
        calls: Vec<Call>,
        next: impl Fn(&str, usize) -> Call,
    ) -> Vec<Result<Vec<Sent>, Answer>> {
        let heard = self.line.ask_all(&calls).await;
        let mut listings = Vec::with_capacity(heard.len());
        for (place, first) in heard.into_iter().enumerate() {
            listings.push(self.listing(first, |page| next(page, place)).await);
        }
        listings
    }

    async fn listing(
        &self,
        first: Result<Heard, Answer>,
        next: impl Fn(&str) -> Call,
    ) -> Result<Vec<Sent>, Answer> {
        let mut all = Vec::new();
        let mut pages = Pages::default();
        let mut sheet = Sheet::read(&first?)?;
        for _ in 0..MOST_PAGES {
            all.extend(sheet.sent(self.now())?);
            let Some(page) = pages.turn(sheet.events.next_page_token.take())? else { return Ok(all) };
            sheet = Sheet::read(&self.line.ask(&next(&page)).await?)?;
        }
        Err(Answer::Transient(format!("Google's listing has more than {MOST_PAGES} pages")))
    }

    /// Lends the calendar's own zone to events that cannot be read without it. Asked for only when there are some.
    pub(super) async fn lend_zone(&self, sent: Vec<&mut Sent>) -> Result<(), Answer> {
        if !sent.iter().any(|sent| sent.needs_zone()) {
            return Ok(());
        }
        let heard = self.line.ask(&self.calls.zone(self.calendar)).await?;
        let events: wire::Events = heard.read(false)?;
        let zone = events.time_zone.as_deref().and_then(|name| convert::time::zone(name).ok());
        for sent in sent.into_iter().filter(|sent| sent.needs_zone()) {
            sent.seen.zone.clone_from(&zone);
        }
        Ok(())
    }
}

/// A series, put together from all that bears its name.
fn whole(master: &Sent, named: &[Sent]) -> Result<Reading, Answer> {
    let master = listed_master(master, named)?;
    if master.event.is_cancelled() {
        return Ok(Reading::Deleted);
    }
    let id = ExternalId(master.event.id.clone());
    let mut items = vec![master.item()];
    items.extend(exceptions(&id, named).map(Sent::item));
    Ok(Reading::Present(items))
}

/// The master in a listing of all that bears its name, at least as young as the one that is known.
///
/// A listing that lacks it, or has an older one, lags behind: it may lack exceptions too, and those must not be taken
/// for gone.
pub(super) fn listed_master<'s>(known: &Sent, named: &'s [Sent]) -> Result<&'s Sent, Answer> {
    let updated =
        |sent: &Sent| sent.event.updated.as_deref().and_then(|updated| updated.parse::<Timestamp>().ok());
    let listed = named.iter().find(|sent| sent.event.id == known.event.id);
    let young = listed.filter(|sent| sent.event.etag == known.event.etag || updated(sent) >= updated(known));
    let young = if defect!("an older listing of a series is believed") { listed } else { young };
    young.ok_or_else(|| Answer::Transient("Google's listing of a series lags behind".to_owned()))
}

/// The exceptions of a series among all that bears its name.
pub(super) fn exceptions<'s>(series: &ExternalId, named: &'s [Sent]) -> impl Iterator<Item = &'s Sent> {
    named.iter().filter(move |sent| convert::part(&sent.event).is_some_and(|(of, _)| of == *series))
}

/// What a direct read of one event found.
pub(super) enum Found {
    There(Box<Sent>),
    Deleted,
    Missing,
}

impl Found {
    /// Reads the answer. Google says 404 for what never was and for what we may not see, 410 for what was deleted for
    /// good; what was deleted lately is still there and says that it is cancelled.
    pub(super) fn read(heard: Result<Heard, Answer>, now: Timestamp) -> Result<Found, Answer> {
        let heard = match heard {
            Ok(heard) if heard.says_deleted => return Ok(Found::Deleted),
            Ok(heard) => heard,
            Err(Answer::Gone) => return Ok(Found::Missing),
            Err(answer) => return Err(answer),
        };
        let sent = Sent::read(&heard, now, false)?;
        let deleted = sent.event.is_cancelled() && convert::part(&sent.event).is_none();
        Ok(if deleted { Found::Deleted } else { Found::There(Box::new(sent)) })
    }

    fn series_uid(&self) -> Option<&str> {
        match self {
            Found::There(sent) => sent.series_uid(),
            _ => None,
        }
    }
}
