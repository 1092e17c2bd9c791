//! Notion: what it is and what it can do.
//!
//! A calendar is a table (a *data source*), an event is a page in it. Columns hold the fields: which ones, a person says or
//! their names tell ([`columns`]). There are no series (occurrences come one by one), no versions, no names of ours for
//! what is made, no feed of changes, and no time finer than a minute. So:
//!
//! - a page's version is what it says ([`convert`]); a write reads, compares, writes, and looks at the answer again (I-16);
//! - a page bears a note in a column of its own ([`convert::note`]): the name under which it was asked for, by which it is
//!   looked for before it is asked for again (I-05), our mark, and the time zones, which Notion forgets;
//! - changes are rows edited since some minutes ago, without those that are known to say the same ([`cursor`]);
//! - what a list lacks is asked about, and a page that cannot be seen is never taken for deleted (I-01).
//!
//! ```text
//! mod ─┬─ signin                   who may
//!      ├─ pull ── cursor           what is there
//!      ├─ push                     what shall be there
//!      ├─ trial                    what a choice of columns would come to
//!      └─ channel                  when to look
//!           all of them by: calls (out)   wire · columns · convert · answers (back)
//! ```

mod answers;
mod calls;
mod channel;
mod columns;
mod convert;
mod cursor;
mod pull;
mod push;
mod signin;
mod trial;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use concord_model::capability::{Invites, Privacies, Series};
use concord_model::link::Columns;
use concord_model::observed::{Item, Reading};
use concord_model::{
    CalendarId, Capabilities, Cursor, EventId, ExternalId, FieldSet, Generation, LinkId, OccurrenceKey,
    ProviderId, View,
};
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use crate::answer::Answer;
use crate::http::Http;
use crate::naming;
use crate::pace::Pause;
use crate::provider::{
    Access, Allowance, Calendar, Channel, Cost, Entrance, Grant, Identity, Mail, Notice, Page, Provider,
    SignIn, SignInStart, Table, Trial, Watch, Write, Written,
};
use calls::Line;
use pull::Desk;

/// How Notion is reached, and what it knows us by.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The public connection by which people sign in; without it an account is opened with the token of an internal one.
    pub client: Option<Client>,
    /// The API, with `/v1`.
    pub api_url: Url,
    /// Where people sign in.
    pub authorize_url: Url,
    /// Where tokens come from.
    pub token_url: Url,
    /// Where a token is ended.
    pub revoke_url: Url,
    /// The version of the API.
    pub version: String,
    /// With what Notion signs its notices.
    pub verification_token: Option<SecretString>,
    /// How many calls one connection may make in a minute.
    pub account_per_minute: u32,
}

/// A public connection.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

/// The version of the API that is spoken.
pub const VERSION: &str = "2026-03-11";

impl Settings {
    /// Notion itself.
    pub fn new(client: Option<Client>) -> Settings {
        let url = |path: &str| {
            Url::parse(&format!("https://api.notion.com/v1{path}")).expect("a constant address is an address")
        };
        Settings {
            client,
            api_url: url(""),
            authorize_url: url("/oauth/authorize"),
            token_url: url("/oauth/token"),
            revoke_url: url("/oauth/revoke"),
            version: VERSION.to_owned(),
            verification_token: None,
            account_per_minute: 150,
        }
    }
}

/// Notion.
pub struct Notion {
    settings: Settings,
    http: Arc<dyn Http>,
    capabilities: Capabilities,
}

impl Notion {
    /// Notion behind that door.
    pub fn new(settings: Settings, http: Arc<dyn Http>) -> Notion {
        Notion { settings, http, capabilities: capabilities() }
    }

    fn line<'a>(&'a self, access: &'a Access) -> Line<'a> {
        Line { http: &*self.http, settings: &self.settings, access, pause: Pause::default() }
    }
}

/// What a table can hold at most. What one of them has no column for is not written, and never looks changed.
fn capabilities() -> Capabilities {
    Capabilities {
        fields: convert::WRITABLE,
        read_only: FieldSet::NONE,
        series: Series::Occurrences,
        floating: false,
        zero_length: true,
        cancelled: true,
        two_zones: true,
        title_limit: 2_000,
        location_limit: 2_000,
        description_limit: 100_000,
        reminders_limit: 0,
        reminder_minutes_limit: 0,
        invites: Invites::WhenAsked,
        privacy: Privacies::None,
        stamp_ms: 60_000,
    }
}

#[async_trait]
impl Provider for Notion {
    fn id(&self) -> ProviderId {
        ProviderId::from("notion")
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Notion makes the ids; this is the name in the note, by which a page is looked for.
    fn id_for(
        &self,
        event: EventId,
        link: LinkId,
        generation: Generation,
        part: Option<OccurrenceKey>,
    ) -> ExternalId {
        convert::note::name(naming::of_copy("concord notion page 1", event, link, generation, part))
    }

    /// A little less than the 180 a minute that the smaller plans have. Of all accounts together nothing is counted.
    fn allowance(&self) -> Allowance {
        Allowance { account_per_minute: self.settings.account_per_minute, app_per_minute: u32::MAX }
    }

    /// Every write is preceded by a look.
    fn cost(&self, call: Cost) -> u32 {
        match call {
            Cost::Read => 1,
            Cost::Create | Cost::Update | Cost::Delete => 2,
        }
    }

    /// One: nothing makes a write conditional, so whoever writes has to hold the lease at each of them (I-13).
    fn batch_size(&self) -> usize {
        1
    }

    /// What was made shows in no query for a while (trap 8).
    fn may_make_twice(&self) -> bool {
        true
    }

    fn reads_at_once(&self) -> usize {
        push::TOGETHER
    }

    fn entrance(&self) -> Entrance {
        match self.settings.client {
            Some(_) => Entrance::Browser,
            None => Entrance::Token,
        }
    }

    /// That of an internal connection, whether people can sign in by a public one or not.
    fn takes_token(&self) -> bool {
        true
    }

    fn sign_in(&self, start: &SignInStart) -> Result<SignIn, Answer> {
        signin::sign_in(&self.settings, start)
    }

    async fn exchange(&self, start: &SignInStart, code: &str, _now: Timestamp) -> Result<Grant, Answer> {
        signin::exchange(&self.settings, &*self.http, start, code).await
    }

    async fn refresh(&self, grant: &Grant, _now: Timestamp) -> Result<Grant, Answer> {
        signin::refresh(&self.settings, &*self.http, grant).await
    }

    async fn revoke(&self, grant: &Grant) -> Result<(), Answer> {
        signin::revoke(&self.settings, &*self.http, grant).await
    }

    async fn identity(&self, access: &Access) -> Result<Identity, Answer> {
        signin::identity(&self.line(access)).await
    }

    async fn calendars(&self, access: &Access) -> Result<Vec<Calendar>, Answer> {
        pull::calendars(&self.line(access)).await
    }

    async fn calendars_at(&self, access: &Access, address: &str) -> Result<Vec<Calendar>, Answer> {
        pull::calendars_at(&self.line(access), address).await
    }

    async fn make_calendar(&self, access: &Access, name: &str) -> Result<Calendar, Answer> {
        push::make_calendar(&self.line(access), name).await
    }

    fn is_table(&self) -> bool {
        true
    }

    async fn columns(&self, access: &Access, calendar: &CalendarId) -> Result<Option<Columns>, Answer> {
        let line = self.line(access);
        push::settle_columns(&Desk { line: &line, calendar }).await.map(Some)
    }

    async fn table(&self, access: &Access, calendar: &CalendarId) -> Result<Option<Table>, Answer> {
        let line = self.line(access);
        trial::table(&Desk { line: &line, calendar }).await.map(Some)
    }

    async fn trial(
        &self,
        access: &Access,
        calendar: &CalendarId,
        events: &[View],
    ) -> Result<Option<Trial>, Answer> {
        let line = self.line(access);
        trial::trial(&Desk { line: &line, calendar }, events).await.map(Some)
    }

    async fn changes(
        &self,
        access: &Access,
        calendar: &CalendarId,
        from: Option<&Cursor>,
    ) -> Result<Page, Answer> {
        let line = self.line(access);
        Desk { line: &line, calendar }.changes(from).await
    }

    async fn read(
        &self,
        access: &Access,
        calendar: &CalendarId,
        ids: &[ExternalId],
    ) -> Vec<Result<Reading, Answer>> {
        let line = self.line(access);
        Desk { line: &line, calendar }.read(ids).await
    }

    async fn find(
        &self,
        access: &Access,
        calendar: &CalendarId,
        uids: &[String],
    ) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        let line = self.line(access);
        Desk { line: &line, calendar }.find(uids).await
    }

    /// Nobody is mailed by Notion, so it makes no difference who may be.
    async fn write(
        &self,
        access: &Access,
        calendar: &CalendarId,
        writes: &[Write],
        _mail: Mail,
    ) -> Vec<Result<Written, Answer>> {
        let line = self.line(access);
        push::write(&Desk { line: &line, calendar }, writes).await
    }

    /// A person subscribes the whole connection in Notion's own settings; there is nothing to open for one calendar.
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

    fn signed(&self, headers: &http::HeaderMap, body: &[u8]) -> Vec<CalendarId> {
        channel::signed(self.settings.verification_token.as_ref(), headers, body)
    }

    fn introduction(&self, body: &[u8]) -> Option<String> {
        match self.settings.verification_token {
            Some(_) => None,
            None => channel::introduction(body),
        }
    }
}
