//! Microsoft 365 and Outlook.com, by Microsoft Graph: what it is and what it can do.
//!
//! A calendar holds single events and series, each with an id that Graph makes and a version that all occurrences of a
//! series share. Changes are told of a window; a listing of everything is told by name. Up to twenty calls go out as one
//! batch, and Outlook works on four of a mailbox at a time. An event is asked for under a transaction of ours, which makes a
//! second try harmless, and bears a note by which it is found again (I-05); every other write names the version that it
//! replaces (I-16).
//!
//! Graph mails guests by itself, whatever is written to an event that has some. So guests are written only where mail is
//! allowed ([`Invites::Always`]), and the adapter refuses whatever would be told unasked (BE-7).
//!
//! Four fields are shown and never written ([`Capabilities::read_only`]): the *status*, which is half of what Outlook calls
//! "show as"; the *conference* link, which Teams makes; the *organiser*; *attachments*.
//!
//! ```text
//! mod ─┬─ signin                   who may
//!      ├─ pull ── cursor           what is there
//!      ├─ push ── series           what shall be there
//!      └─ channel                  when to look
//!           all of them by: calls ── batch · memory (out)   wire · convert · answers (back)
//! ```

mod answers;
mod batch;
mod calls;
mod channel;
mod convert;
mod cursor;
mod memory;
mod pull;
mod push;
mod signin;
mod wire;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use concord_model::capability::{Invites, Privacies, Series};
use concord_model::observed::{Item, Reading};
use concord_model::{
    CalendarId, Capabilities, Cursor, EventId, ExternalId, Field, FieldSet, Generation, LinkId,
    OccurrenceKey, ProviderId, Span, View,
};
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use crate::answer::Answer;
use crate::http::Http;
use crate::naming;
use crate::pace::Pause;
use crate::provider::{
    Access, Allowance, Calendar, Channel, Cost, Grant, Identity, Mail, Notice, Page, Provider, SignIn,
    SignInStart, Watch, Write, Written,
};
use calls::{About, Calls, Line};
use memory::Memory;
use pull::Desk;

/// The most pages of calendars of one account.
const MOST_PAGES: usize = 100;

/// Our registration with Microsoft, and where Microsoft is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The application's id.
    pub client_id: String,
    /// The application's secret; none for a public client.
    pub client_secret: Option<SecretString>,
    /// Graph, with its version.
    pub graph_url: Url,
    /// Where people sign in.
    pub authorize_url: Url,
    /// Where tokens come from.
    pub token_url: Url,
    /// How many calls one mailbox may be asked in a minute.
    pub account_per_minute: u32,
    /// How many all of them together.
    pub app_per_minute: u32,
}

/// Who may sign in, where nobody says: work, school and personal accounts.
pub const TENANT: &str = "common";

impl Settings {
    /// Microsoft itself, for accounts of that tenant: `common`, `organizations`, `consumers`, or the id of one.
    pub fn new(client_id: impl Into<String>, client_secret: Option<SecretString>, tenant: &str) -> Settings {
        let url = |text: &str| Url::parse(text).expect("a constant address is an address");
        let [authorize_url, token_url] = Settings::login_urls(tenant);
        Settings {
            client_id: client_id.into(),
            client_secret,
            graph_url: url("https://graph.microsoft.com/v1.0"),
            authorize_url,
            token_url,
            account_per_minute: 1_000,
            app_per_minute: 120_000,
        }
    }

    /// Where accounts of that tenant sign in, and where their tokens come from.
    pub fn login_urls(tenant: &str) -> [Url; 2] {
        ["authorize", "token"].map(|last| {
            let mut url =
                Url::parse("https://login.microsoftonline.com/").expect("a constant address is an address");
            if let Ok(mut path) = url.path_segments_mut() {
                path.pop_if_empty().extend([tenant, "oauth2", "v2.0", last]);
            }
            url
        })
    }
}

/// Outlook: the calendars of Microsoft 365 and Outlook.com.
pub struct Microsoft {
    settings: Settings,
    http: Arc<dyn Http>,
    calls: Calls,
    memory: Memory,
    capabilities: Capabilities,
}

impl Microsoft {
    /// Outlook behind that door.
    pub fn new(settings: Settings, http: Arc<dyn Http>) -> Microsoft {
        let calls = Calls { api: settings.graph_url.clone() };
        Microsoft { settings, http, calls, memory: Memory::default(), capabilities: capabilities() }
    }

    fn line<'a>(&'a self, access: &'a Access) -> Line<'a> {
        Line { http: &*self.http, api: &self.settings.graph_url, access, pause: Pause::default() }
    }

    fn desk<'a>(&'a self, line: &'a Line<'a>, calendar: &'a CalendarId) -> Desk<'a> {
        Desk { calls: &self.calls, line, memory: &self.memory, calendar }
    }
}

/// What an Outlook calendar can hold.
fn capabilities() -> Capabilities {
    Capabilities {
        fields: push::WRITABLE,
        read_only: FieldSet::ALL.without(Field::Original).minus(push::WRITABLE),
        series: Series::Rules,
        floating: false,
        zero_length: true,
        cancelled: false,
        two_zones: true,
        title_limit: 255,
        location_limit: 255,
        description_limit: 32_000,
        reminders_limit: 1,
        reminder_minutes_limit: 40_320,
        invites: Invites::Always,
        privacy: Privacies::NoPublic,
        stamp_ms: 2000,
    }
}

#[async_trait]
impl Provider for Microsoft {
    fn id(&self) -> ProviderId {
        ProviderId::from("outlook")
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn vouches_for_addresses(&self) -> bool {
        true
    }

    /// Graph makes the ids; this is the name of the transaction that makes the event: a UUID out of a hash.
    fn id_for(
        &self,
        event: EventId,
        link: LinkId,
        generation: Generation,
        part: Option<OccurrenceKey>,
    ) -> ExternalId {
        let name = naming::of_copy("concord microsoft event 1", event, link, generation, part);
        convert::name(&Uuid::from_bytes(name).hyphenated().to_string())
    }

    /// Ten thousand calls of one mailbox in ten minutes, as Microsoft documents it.
    fn allowance(&self) -> Allowance {
        let Settings { account_per_minute, app_per_minute, .. } = self.settings;
        Allowance { account_per_minute, app_per_minute }
    }

    /// Calls are counted one by one, those in a batch too. Most writes are looked at first.
    fn cost(&self, call: Cost) -> u32 {
        match call {
            Cost::Read | Cost::Create => 1,
            Cost::Update | Cost::Delete => 2,
        }
    }

    fn batch_size(&self) -> usize {
        calls::BATCH
    }

    /// Exchange does away with exceptions and cancelled occurrences; only another end of the rule alone may leave them.
    fn forgets_occurrences(&self) -> bool {
        true
    }

    /// An occurrence that was deleted is brought back by another time of its series, which is taken back at once.
    fn halfway(&self, after: &View) -> Option<Span> {
        convert::disturbed(&after.time).map(|time| time.span)
    }

    fn sign_in(&self, start: &SignInStart) -> Result<SignIn, Answer> {
        signin::sign_in(&self.settings, start)
    }

    async fn exchange(&self, start: &SignInStart, code: &str, now: Timestamp) -> Result<Grant, Answer> {
        signin::exchange(&self.settings, &*self.http, start, code, now).await
    }

    async fn refresh(&self, grant: &Grant, now: Timestamp) -> Result<Grant, Answer> {
        signin::refresh(&self.settings, &*self.http, grant, now).await
    }

    /// Nobody but its person can end a grant without ending all of their sessions.
    async fn revoke(&self, _grant: &Grant) -> Result<(), Answer> {
        Ok(())
    }

    async fn identity(&self, access: &Access) -> Result<Identity, Answer> {
        signin::identity(&self.calls, &self.line(access)).await
    }

    async fn calendars(&self, access: &Access) -> Result<Vec<Calendar>, Answer> {
        let line = self.line(access);
        let mut calendars = Vec::new();
        let mut call = self.calls.calendars();
        for _ in 0..MOST_PAGES {
            let page: wire::Page = line.ask(&call).await?.read(false)?;
            for entry in page.value {
                let entry: wire::Calendar =
                    serde_json::from_value(entry).map_err(|_| answers::unreadable(false))?;
                calendars.extend(convert::calendar(&entry));
            }
            match page.next {
                None => return Ok(calendars),
                Some(next) => call = self.calls.follow(About::Account, line.link(&next)?),
            }
        }
        Err(Answer::Transient(format!("Outlook's list of calendars has more than {MOST_PAGES} pages")))
    }

    async fn changes(
        &self,
        access: &Access,
        calendar: &CalendarId,
        from: Option<&Cursor>,
    ) -> Result<Page, Answer> {
        let line = self.line(access);
        self.desk(&line, calendar).changes(from).await
    }

    async fn read(
        &self,
        access: &Access,
        calendar: &CalendarId,
        ids: &[ExternalId],
    ) -> Vec<Result<Reading, Answer>> {
        let line = self.line(access);
        self.desk(&line, calendar).read(ids).await
    }

    async fn find(
        &self,
        access: &Access,
        calendar: &CalendarId,
        uids: &[String],
    ) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        let line = self.line(access);
        self.desk(&line, calendar).find(uids).await
    }

    async fn write(
        &self,
        access: &Access,
        calendar: &CalendarId,
        writes: &[Write],
        mail: Mail,
    ) -> Vec<Result<Written, Answer>> {
        let line = self.line(access);
        push::write(&self.desk(&line, calendar), writes, mail).await
    }

    async fn watch(
        &self,
        access: &Access,
        calendar: &CalendarId,
        watch: Watch<'_>,
    ) -> Result<Option<Channel>, Answer> {
        channel::watch(&self.calls, &self.line(access), calendar, watch).await
    }

    async fn watched(&self, access: &Access, channel: &Channel) -> Result<Option<bool>, Answer> {
        channel::watched(&self.calls, &self.line(access), channel).await.map(Some)
    }

    async fn unwatch(&self, access: &Access, channel: &Channel) -> Result<(), Answer> {
        channel::unwatch(&self.calls, &self.line(access), channel).await
    }

    fn handshake(&self, query: &str) -> Option<String> {
        channel::handshake(query)
    }

    fn notices(&self, _headers: &http::HeaderMap, body: &[u8]) -> Vec<Notice> {
        channel::notices(body)
    }
}
