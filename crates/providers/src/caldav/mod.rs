//! CalDAV: iCloud and every other calendar server that speaks it (RFC 4791).
//!
//! A calendar is a collection of files, one for each event with all its changed occurrences, each file with a version.
//! What changed is told by the server's own record where it has one that can be relied upon, else by comparing names and
//! versions; a listing brings no files, and only what is new or has another version is fetched. A file is made where
//! there is none and changed on the version that was decided upon (I-16), and of a changed file only the lines that say
//! something else are new: whatever else is in it survives.
//!
//! Servers differ in what they can do and in what they keep to. What can be asked is asked when an account is connected
//! and kept with it ([`site`]); what cannot is expected everywhere.
//!
//! ```text
//! mod ─┬─ signin ── site               who may, where it is, what it can do
//!      ├─ pull ── cursor               what is there
//!      ├─ push ── spelt                what shall be there
//!      └─ channel                      there is none
//!           all of them by: calls ── href · pace · memory (out)   wire · answers (back)   file (both ways)
//! ```

mod answers;
mod calls;
mod channel;
mod cursor;
mod href;
mod memory;
mod pace;
mod pull;
mod push;
mod signin;
mod site;
mod spelt;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use concord_model::observed::{Item, Reading};
use concord_model::{
    CalendarId, Capabilities, Cursor, EventId, ExternalId, Field, FieldSet, Generation, LinkId,
    OccurrenceKey, ProviderId,
};
use jiff::Timestamp;
use url::Url;
use uuid::Uuid;

use crate::answer::Answer;
use crate::file;
use crate::http::Http;
use crate::naming;
use crate::provider::{
    Access, Allowance, Calendar, Channel, Cost, Entered, Entrance, Grant, Identity, Login, Mail, Notice,
    Page, Provider, SignIn, SignInStart, Watch, Write, Written,
};
use answers::About;
use calls::{Ask, Depth, Doors, Line};
use memory::Memory;
use pull::Desk;
use site::{Makes, Site};

/// Which service it is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it is called here.
    pub id: ProviderId,
    /// Where it is, if it is always in one place.
    pub url: Option<Url>,
    /// How many calls are under way at a server at first. With one, it stays at that; else answer times decide.
    pub at_once: usize,
    /// Whether files are handed on whole between calendars: [`concord_model::Original`].
    pub whole: bool,
}

impl Settings {
    /// Any server: its person says where it is.
    pub fn any() -> Settings {
        Settings { id: ProviderId::from("caldav"), url: None, at_once: pace::FIRST, whole: false }
    }

    /// Apple's iCloud.
    pub fn apple() -> Settings {
        let url = Url::parse("https://caldav.icloud.com/").expect("a constant address is an address");
        Settings { id: ProviderId::from("apple"), url: Some(url), at_once: pace::FIRST, whole: false }
    }
}

/// A calendar server.
pub struct CalDav {
    settings: Settings,
    doors: Doors,
    memory: Memory,
    capabilities: Capabilities,
}

impl CalDav {
    /// Calendar servers behind those doors: the one to addresses that the operator gave, and the one to those that
    /// people gave.
    pub fn new(settings: Settings, trusted: Arc<dyn Http>, guarded: Arc<dyn Http>) -> CalDav {
        let doors = Doors { trusted, guarded };
        let memory = Memory::new(settings.at_once);
        let capabilities = capabilities(settings.whole);
        CalDav { settings, doors, memory, capabilities }
    }

    /// Where the account is.
    fn site(&self, access: &Access) -> Result<Site, Answer> {
        Ok(self.memory.place(Site::read(access.site.as_deref())?))
    }

    fn line<'a>(&'a self, site: &'a Site, access: &'a Access) -> Line<'a> {
        Line::new(&self.doors, &self.memory, site, access, self.settings.whole)
    }
}

/// What a file in a calendar can hold.
fn capabilities(whole: bool) -> Capabilities {
    Capabilities {
        fields: file::writable(whole),
        read_only: FieldSet::NONE.with(Field::Organiser),
        // Some servers keep whole seconds of a clock that is not theirs.
        stamp_ms: 2000,
        ..concord_ical::capabilities()
    }
}

/// The way to a calendar.
fn desk<'a>(line: &'a Line<'a>, calendar: &'a CalendarId) -> Result<Desk<'a>, Answer> {
    let url = href::calendar_url(&line.site.homes, calendar).ok_or(Answer::CalendarGone)?;
    Ok(Desk::new(line, calendar, url))
}

#[async_trait]
impl Provider for CalDav {
    fn id(&self) -> ProviderId {
        self.settings.id.clone()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// iCloud, the service that is always in one place, lets in by an address that it has proved.
    fn vouches_for_addresses(&self) -> bool {
        self.settings.url.is_some()
    }

    /// A UUID of our own making, of plain letters: servers differ in what they make of any other.
    fn id_for(
        &self,
        event: EventId,
        link: LinkId,
        generation: Generation,
        part: Option<OccurrenceKey>,
    ) -> ExternalId {
        let name = naming::of_copy("concord caldav event 1", event, link, generation, part);
        ExternalId(format!("{}.ics", Uuid::from_bytes(name).hyphenated()))
    }

    /// No server says how often; those that mind say so when it is too often. This is a limit for our own mistakes.
    fn allowance(&self) -> Allowance {
        Allowance { account_per_minute: 60_000, app_per_minute: 6_000_000 }
    }

    fn cost(&self, _call: Cost) -> u32 {
        1
    }

    /// Few enough that a slow server takes them one after the other within the time of a call.
    fn batch_size(&self) -> usize {
        40
    }

    fn most_at_once(&self) -> usize {
        10 * self.batch_size()
    }

    /// Some answers' worth, side by side.
    fn reads_at_once(&self) -> usize {
        10 * memory::CHUNK
    }

    // --- sign-in

    fn entrance(&self) -> Entrance {
        Entrance::Password { address: self.settings.url.is_none() }
    }

    async fn enter(&self, login: &Login, now: Timestamp) -> Result<Entered, Answer> {
        let access = Access::new(login.secret.clone(), now);
        let usual = self.settings.url.as_ref();
        let site = signin::enter(&self.doors, &self.memory, login, usual, &access).await?;
        let grant =
            Grant { access: login.secret.clone(), access_ends_at: None, refresh: None, scopes: Vec::new() };
        Ok(Entered { grant, identity: signin::identity(&site), site: Some(site.kept()) })
    }

    fn found(&self, site: &str) -> Vec<String> {
        Site::read(Some(site)).map(|site| site.told()).unwrap_or_default()
    }

    fn login(&self, access: &Access) -> Option<Login> {
        let site = Site::read(access.site.as_deref()).ok()?;
        Some(Login {
            user: site.called().to_owned(),
            secret: access.token.clone(),
            address: Some(site.base.to_string()),
            trusted: site.trusted,
        })
    }

    fn sign_in(&self, _start: &SignInStart) -> Result<SignIn, Answer> {
        let why = "a calendar server is signed in to with a password, not with a browser".to_owned();
        Err(Answer::Misconfigured { why })
    }

    async fn exchange(&self, start: &SignInStart, _code: &str, _now: Timestamp) -> Result<Grant, Answer> {
        Err(self.sign_in(start).err().unwrap_or(Answer::Gone))
    }

    /// A password cannot be renewed: one that was refused is over.
    async fn refresh(&self, _grant: &Grant, _now: Timestamp) -> Result<Grant, Answer> {
        let why = "the server no longer accepts the password: connect again with a new one".to_owned();
        Err(Answer::AccessRevoked { why })
    }

    /// Only its person can end a password.
    async fn revoke(&self, _grant: &Grant) -> Result<(), Answer> {
        Ok(())
    }

    async fn identity(&self, access: &Access) -> Result<Identity, Answer> {
        let site = self.site(access)?;
        let ask = Ask::properties(&site.principal, About::Account, Depth::Zero, wire::PERSON);
        self.line(&site, access).tell(&ask).await.map_err(Answer::from)?;
        Ok(signin::identity(&site))
    }

    // --- calendars and events

    async fn calendars(&self, access: &Access) -> Result<Vec<Calendar>, Answer> {
        let site = self.site(access)?;
        let line = self.line(&site, access);
        let found = match pull::calendars(&line).await {
            // Perhaps the homes have moved: they are looked for from where the person said.
            Err(answer)
                if answers::may_be_of_the_place(&answer)
                    && (site.is_elsewhere() || !matches!(answer, Answer::Transient(_))) =>
            {
                let found = match signin::search(&line).await {
                    // They have not: then that was all there is to say.
                    Ok(found) if found.homes == site.homes => return Err(answer),
                    Err(Answer::Misconfigured { .. }) if answer != Answer::CalendarGone => {
                        return Err(answer);
                    }
                    other => other?,
                };
                self.memory.moved(&found);
                pull::calendars(&Line { site: &found, ..line.clone() }).await?
            }
            other => other?,
        };
        Ok(found.into_iter().map(|(calendar, ..)| calendar).collect())
    }

    async fn make_calendar(&self, access: &Access, name: &str) -> Result<Calendar, Answer> {
        let site = self.site(access)?;
        let line = self.line(&site, access);
        let Some(home) = site.homes.first() else { return Err(Answer::CalendarGone) };
        let place = cursor::fingerprint([name, &access.now.to_string()]);
        let id = ExternalId(format!("{place}/"));
        let url = href::member_url(home, &id);
        let extended = site.able.makes == Makes::Collection;
        match line.ask(&Ask::calendar(&url, name, extended)).await {
            Err(Answer::Rejected { .. } | Answer::CalendarGone) if !extended => {
                line.ask(&Ask::calendar(&url, name, true)).await?;
            }
            other => drop(other?),
        }
        let made = href::calendar_id(home, &url);
        let listed = pull::calendars(&line).await?.into_iter().find(|(calendar, ..)| calendar.id == made);
        let unlisted = || Answer::Unknown("the server does not list the new calendar yet".to_owned());
        listed.map(|(calendar, ..)| calendar).ok_or_else(unlisted)
    }

    async fn changes(
        &self,
        access: &Access,
        calendar: &CalendarId,
        from: Option<&Cursor>,
    ) -> Result<Page, Answer> {
        let site = self.site(access)?;
        desk(&self.line(&site, access), calendar)?.changes(from).await
    }

    async fn read(
        &self,
        access: &Access,
        calendar: &CalendarId,
        ids: &[ExternalId],
    ) -> Vec<Result<Reading, Answer>> {
        let refused = |answer: Answer| ids.iter().map(|_| Err(answer.clone())).collect();
        let site = match self.site(access) {
            Ok(site) => site,
            Err(answer) => return refused(answer),
        };
        match desk(&self.line(&site, access), calendar) {
            Ok(desk) => desk.read(ids).await,
            Err(answer) => refused(answer),
        }
    }

    async fn find(
        &self,
        access: &Access,
        calendar: &CalendarId,
        uids: &[String],
    ) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        let site = self.site(access)?;
        desk(&self.line(&site, access), calendar)?.find(uids).await
    }

    async fn write(
        &self,
        access: &Access,
        calendar: &CalendarId,
        writes: &[Write],
        mail: Mail,
    ) -> Vec<Result<Written, Answer>> {
        let refused = |answer: Answer| writes.iter().map(|_| Err(answer.clone())).collect();
        let site = match self.site(access) {
            Ok(site) => site,
            Err(answer) => return refused(answer),
        };
        match desk(&self.line(&site, access), calendar) {
            Ok(desk) => push::write(&desk, writes, mail).await,
            Err(answer) => refused(answer),
        }
    }

    // --- channels

    async fn watch(
        &self,
        _access: &Access,
        _calendar: &CalendarId,
        _watch: Watch<'_>,
    ) -> Result<Option<Channel>, Answer> {
        Ok(channel::NONE)
    }

    async fn unwatch(&self, _access: &Access, _channel: &Channel) -> Result<(), Answer> {
        Ok(())
    }

    fn notices(&self, _headers: &http::HeaderMap, _body: &[u8]) -> Vec<Notice> {
        Vec::new()
    }
}
