//! Calendar feeds: a file behind an address that anybody who knows it can fetch (iCalendar by `https` or `webcal`).
//!
//! A feed is only read. It cannot be asked what changed nor about one event: each look fetches it, unless its server says
//! that it is as it was, and its content is compared without what generators change at every download (UIDs, DTSTAMP, the
//! order). An answer that is not whole (an error, a web page, an empty or truncated file) is trouble and never a calendar
//! without events. That something is missing is proved by nothing but time ([`Absence::Waited`]), and names are not relied
//! on: generators make new ones as they like, so the engine recognises what only got another name.
//!
//! Whoever knows a feed's address can read it, so the address is the account's secret: sealed, never logged.
//!
//! ```text
//! mod ─┬─ address                what a person gives, as something to fetch
//!      ├─ fetch ── memory        one look: redirects, conditions, what answers mean
//!      ├─ feed                   a file as items with names and versions of our own making
//!      └─ cursor                 what the last look saw
//! ```

mod address;
mod cursor;
mod feed;
mod fetch;
mod memory;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use concord_model::observed::{Item, Reading};
use concord_model::{
    CalendarId, Capabilities, Cursor, EventId, ExternalId, Field, FieldSet, Generation, LinkId,
    OccurrenceKey, ProviderId,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::http::Http;
use crate::naming;
use crate::provider::{
    Absence, Access, Allowance, Calendar, Channel, Cost, Entered, Entrance, Grant, Identity, Login, Mail,
    Next, Notice, Page, Provider, SignIn, SignInStart, Watch, Write, Written,
};
use address::Address;
use cursor::Place;
use feed::Feed;
use fetch::{Doors, Fetched};
use memory::Memory;

/// What people may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a feed is left alone between two looks that nobody asked for.
    pub rest: SignedDuration,
}

impl Default for Settings {
    /// As often as a publisher finds polite.
    fn default() -> Self {
        Settings { rest: SignedDuration::from_mins(15) }
    }
}

/// How long an event has to be missing before it is taken for deleted: several looks of a calendar that rests a quarter of
/// an hour in between, unless somebody asks for more.
const MISSING: SignedDuration = SignedDuration::from_mins(10);
/// The same where nothing at all is left: a generator that lost its source answers with an empty calendar, too.
const EMPTY: SignedDuration = SignedDuration::from_hours(24);
/// The one calendar of a feed.
const CALENDAR: &str = "feed";

/// Calendar feeds.
pub struct Ics {
    settings: Settings,
    doors: Doors,
    memory: Memory,
    capabilities: Capabilities,
}

/// Whether the address may be an internal one.
#[derive(Serialize, Deserialize)]
struct Site {
    #[serde(rename = "v")]
    version: u32,
    #[serde(default)]
    trusted: bool,
}

impl Ics {
    /// Feeds behind those doors: the one to addresses that the operator gave, and the one to those that people gave.
    pub fn new(settings: Settings, trusted: Arc<dyn Http>, guarded: Arc<dyn Http>) -> Ics {
        let capabilities =
            Capabilities { read_only: FieldSet::NONE.with(Field::Organiser), ..concord_ical::capabilities() };
        Ics { settings, doors: Doors { trusted, guarded }, memory: Memory::default(), capabilities }
    }

    fn address(access: &Access) -> Result<Address, Answer> {
        let site: Option<Site> = access.site.as_deref().and_then(|site| serde_json::from_str(site).ok());
        let trusted = site.is_some_and(|site| site.trusted);
        Address::parse(access.token.expose_secret(), trusted)
    }

    /// The feed as it is now.
    async fn now(&self, access: &Access) -> Result<Arc<Feed>, Answer> {
        let address = Ics::address(access)?;
        fetch::fetch(&self.doors, &self.memory, &address, access.now).await.map(|Fetched { feed, .. }| feed)
    }

    /// The feed as it was seen a moment ago, or as it is now.
    async fn recent(&self, access: &Access) -> Result<Arc<Feed>, Answer> {
        let address = Ics::address(access)?;
        match self.memory.recent(&address, access.now) {
            Some(feed) => Ok(feed),
            None => self.now(access).await,
        }
    }
}

/// Nothing is ever written to a feed.
fn only_read() -> Answer {
    Answer::Rejected { why: "a feed can only be read".to_owned(), read_only: true }
}

#[async_trait]
impl Provider for Ics {
    fn id(&self) -> ProviderId {
        ProviderId::from("ics")
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Never used: nothing is made in a feed.
    fn id_for(
        &self,
        event: EventId,
        link: LinkId,
        generation: Generation,
        part: Option<OccurrenceKey>,
    ) -> ExternalId {
        let name = naming::of_copy("concord feed event 1", event, link, generation, part);
        ExternalId(name.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// A limit for our own mistakes.
    fn allowance(&self) -> Allowance {
        Allowance { account_per_minute: 600, app_per_minute: 60_000 }
    }

    fn cost(&self, _call: Cost) -> u32 {
        1
    }

    /// A feed is fetched whole, whatever is looked for in it.
    fn batch_size(&self) -> usize {
        1000
    }

    fn absence(&self) -> Absence {
        Absence::Waited { some: MISSING, all: EMPTY }
    }

    fn writes(&self) -> bool {
        false
    }

    fn rest(&self) -> SignedDuration {
        self.settings.rest
    }

    // --- sign-in

    fn entrance(&self) -> Entrance {
        Entrance::Address
    }

    async fn enter(&self, login: &Login, now: Timestamp) -> Result<Entered, Answer> {
        let address = Address::parse(login.secret.expose_secret(), login.trusted)?;
        let fetched = fetch::fetch(&self.doors, &self.memory, &address, now).await;
        let Fetched { feed, .. } = fetched.map_err(|answer| match answer {
            // What cannot be a feed now will be none later: its person has to look at the address.
            Answer::Transient(why) | Answer::AccessRevoked { why } if !fetch::was_lost(&why) => {
                Answer::Misconfigured { why }
            }
            Answer::CalendarGone => {
                Answer::Misconfigured { why: "there is no such feed any more (410)".to_owned() }
            }
            other => other,
        })?;
        let name = feed.name.clone().unwrap_or_else(|| address.host());
        let site = Site { version: 1, trusted: login.trusted };
        let grant =
            Grant { access: address.secret(), access_ends_at: None, refresh: None, scopes: Vec::new() };
        Ok(Entered {
            grant,
            identity: Identity { subject: address.fingerprint(), name },
            site: Some(serde_json::to_string(&site).expect("a number and a switch are JSON")),
        })
    }

    fn login(&self, access: &Access) -> Option<Login> {
        let address = Ics::address(access).ok()?;
        Some(Login { user: String::new(), secret: address.secret(), address: None, trusted: address.trusted })
    }

    fn sign_in(&self, _start: &SignInStart) -> Result<SignIn, Answer> {
        Err(Answer::Misconfigured { why: "a feed has no sign-in: its address is all there is".to_owned() })
    }

    async fn exchange(&self, start: &SignInStart, _code: &str, _now: Timestamp) -> Result<Grant, Answer> {
        Err(self.sign_in(start).err().unwrap_or(Answer::Gone))
    }

    /// An address cannot be renewed.
    async fn refresh(&self, _grant: &Grant, _now: Timestamp) -> Result<Grant, Answer> {
        let why = "the feed's address is no longer accepted: connect again with a new one".to_owned();
        Err(Answer::AccessRevoked { why })
    }

    /// Only its publisher can end an address.
    async fn revoke(&self, _grant: &Grant) -> Result<(), Answer> {
        Ok(())
    }

    async fn identity(&self, access: &Access) -> Result<Identity, Answer> {
        let (address, feed) = (Ics::address(access)?, self.now(access).await?);
        let name = feed.name.clone().unwrap_or_else(|| address.host());
        Ok(Identity { subject: address.fingerprint(), name })
    }

    // --- calendars and events

    async fn calendars(&self, access: &Access) -> Result<Vec<Calendar>, Answer> {
        let (address, feed) = (Ics::address(access)?, self.now(access).await?);
        Ok(vec![Calendar {
            id: CalendarId::from(CALENDAR),
            name: feed.name.clone().unwrap_or_else(|| address.host()),
            zone: feed.zone.clone(),
            writable: false,
            primary: true,
        }])
    }

    async fn changes(
        &self,
        access: &Access,
        calendar: &CalendarId,
        from: Option<&Cursor>,
    ) -> Result<Page, Answer> {
        if calendar.as_str() != CALENDAR {
            return Err(Answer::CalendarGone);
        }
        let address = Ics::address(access)?;
        let Some(cursor) = from else {
            let feed = match self.memory.just_found_new(&address, access.now) {
                Some(feed) => feed,
                None => self.now(access).await?,
            };
            let next = Next::Done(Place::of(&address, &feed).cursor());
            return Ok(Page { items: feed.items.values().cloned().collect(), next });
        };
        let before = Place::read(&address, cursor)?;
        let fetched = fetch::fetch(&self.doors, &self.memory, &address, access.now).await?;
        let now = Place::of(&address, &fetched.feed);
        if now.content == before.content {
            return Ok(Page { items: Vec::new(), next: Next::Done(now.cursor()) });
        }
        self.memory.found_new(&address);
        Ok(Page { items: Vec::new(), next: Next::Everything })
    }

    /// What the feed says of each. It never says that something was deleted.
    async fn read(
        &self,
        access: &Access,
        _calendar: &CalendarId,
        ids: &[ExternalId],
    ) -> Vec<Result<Reading, Answer>> {
        let feed = match self.recent(access).await {
            Ok(feed) => feed,
            Err(answer) => return ids.iter().map(|_| Err(answer.clone())).collect(),
        };
        let reading = |id: &ExternalId| match feed.items.get(id) {
            Some(item) => Reading::Present(vec![item.clone()]),
            None => Reading::Missing,
        };
        ids.iter().map(|id| Ok(reading(id))).collect()
    }

    async fn find(
        &self,
        access: &Access,
        _calendar: &CalendarId,
        uids: &[String],
    ) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        let feed = self.recent(access).await?;
        let mut found: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for item in feed.items.values() {
            if let Some(uid) = item.uid.as_ref().filter(|uid| uids.contains(uid)) {
                found.entry(uid.clone()).or_default().push(item.clone());
            }
        }
        Ok(found)
    }

    async fn write(
        &self,
        _access: &Access,
        _calendar: &CalendarId,
        writes: &[Write],
        _mail: Mail,
    ) -> Vec<Result<Written, Answer>> {
        writes.iter().map(|_| Err(only_read())).collect()
    }

    // --- channels

    async fn watch(
        &self,
        _access: &Access,
        _calendar: &CalendarId,
        _watch: Watch<'_>,
    ) -> Result<Option<Channel>, Answer> {
        Ok(None)
    }

    async fn unwatch(&self, _access: &Access, _channel: &Channel) -> Result<(), Answer> {
        Ok(())
    }

    fn notices(&self, _headers: &http::HeaderMap, _body: &[u8]) -> Vec<Notice> {
        Vec::new()
    }
}
