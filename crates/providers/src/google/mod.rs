//! Google Calendar: what it is and what it can do.
//!
//! A calendar holds single events, series (a master with rules) and exceptions to series, each with an id, a version
//! and a modification stamp. A listing gives changes since a token, deletions included; it has no window, ours is laid
//! over it by the engine. Up to fifty calls go out as one batch. Events are made under an id of our choice, which is
//! what makes creation idempotent (I-05); every other write names the version that it replaces (I-16).
//!
//! Three fields are shown and never written ([`Capabilities::read_only`]): nothing is compared that could not be put
//! right. The *conference* link is made by Google itself (a plain link of ours has no place but the text);
//! the *organiser* is whoever owns the calendar; *attachments* are Drive files behind Drive's own rights. Views that
//! come in show them all the same.
//!
//! ```text
//! mod ─┬─ signin                        who may
//!      ├─ pull ── cursor                what is there
//!      ├─ push ── job · update · want   what shall be there
//!      └─ channel                       when to look
//!           all of them by: calls ── batch (out)   wire · convert · answers (back)
//! ```

mod answers;
mod batch;
mod calls;
mod channel;
mod convert;
mod cursor;
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
    OccurrenceKey, ProviderId,
};
use data_encoding::BASE32HEX_NOPAD;
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use crate::answer::Answer;
use crate::http::Http;
use crate::naming;
use crate::pace::Pause;
use crate::provider::{
    Access, Allowance, Calendar, Channel, Cost, Grant, Identity, Mail, Notice, Page, Provider, SignIn,
    SignInStart, Watch, Write, Written,
};
use calls::{Calls, Line};
use cursor::Pages;
use pull::Desk;

/// The most pages of calendars of one account.
const MOST_PAGES: usize = 100;

/// Our registration with Google, and where Google is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The OAuth client's id.
    pub client_id: String,
    /// The OAuth client's secret.
    pub client_secret: SecretString,
    /// The calendar API, with its version.
    pub api_url: Url,
    /// Where batches go.
    pub batch_url: Url,
    /// Where people sign in.
    pub authorize_url: Url,
    /// Where tokens come from.
    pub token_url: Url,
    /// Where grants end.
    pub revoke_url: Url,
    /// Where it is told whose account it is.
    pub userinfo_url: Url,
    /// How many units Google lets one account spend in a minute (new projects: 600).
    pub account_per_minute: u32,
    /// How many it lets all accounts of this program spend in a minute (new projects: 10,000).
    pub app_per_minute: u32,
}

impl Settings {
    /// Google itself.
    pub fn new(client_id: impl Into<String>, client_secret: SecretString) -> Settings {
        let url = |text: &str| Url::parse(text).expect("a constant address is an address");
        Settings {
            client_id: client_id.into(),
            client_secret,
            api_url: url("https://www.googleapis.com/calendar/v3/"),
            batch_url: url("https://www.googleapis.com/batch/calendar/v3"),
            authorize_url: url("https://accounts.google.com/o/oauth2/v2/auth"),
            token_url: url("https://oauth2.googleapis.com/token"),
            revoke_url: url("https://oauth2.googleapis.com/revoke"),
            userinfo_url: url("https://openidconnect.googleapis.com/v1/userinfo"),
            account_per_minute: 600,
            app_per_minute: 10_000,
        }
    }
}

/// Google Calendar.
pub struct Google {
    settings: Settings,
    http: Arc<dyn Http>,
    calls: Calls,
    capabilities: Capabilities,
}

impl Google {
    /// Google Calendar behind that door.
    pub fn new(settings: Settings, http: Arc<dyn Http>) -> Google {
        let calls = Calls { api: settings.api_url.clone() };
        Google { settings, http, calls, capabilities: capabilities() }
    }

    fn line<'a>(&'a self, access: &'a Access) -> Line<'a> {
        Line { http: &*self.http, batch: &self.settings.batch_url, access, pause: Pause::default() }
    }
}

/// What a Google calendar can hold.
fn capabilities() -> Capabilities {
    Capabilities {
        fields: push::WRITABLE,
        read_only: FieldSet::ALL.without(Field::Original).minus(push::WRITABLE),
        series: Series::Rules,
        floating: false,
        zero_length: false,
        cancelled: false,
        two_zones: true,
        title_limit: 1024,
        location_limit: 1024,
        description_limit: 8192,
        reminders_limit: 5,
        reminder_minutes_limit: 40_320,
        invites: Invites::WhenAsked,
        privacy: Privacies::NoConfidential,
        stamp_ms: 2000,
    }
}

#[async_trait]
impl Provider for Google {
    fn id(&self) -> ProviderId {
        ProviderId::from("google")
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn vouches_for_addresses(&self) -> bool {
        true
    }

    /// Of the letters that Google allows in an id (a–v, 0–9): a sign that it is ours, and 128 bits of a hash.
    fn id_for(
        &self,
        event: EventId,
        link: LinkId,
        generation: Generation,
        part: Option<OccurrenceKey>,
    ) -> ExternalId {
        let name = BASE32HEX_NOPAD
            .encode(&naming::of_copy("concord google event 1", event, link, generation, part))
            .to_ascii_lowercase();
        ExternalId(format!("cc{name}"))
    }

    /// Google's own limits for projects made since May 2026.
    fn allowance(&self) -> Allowance {
        let Settings { account_per_minute, app_per_minute, .. } = self.settings;
        Allowance { account_per_minute, app_per_minute }
    }

    /// A PATCH costs three.
    fn cost(&self, call: Cost) -> u32 {
        match call {
            Cost::Read | Cost::Create | Cost::Delete => 1,
            Cost::Update => 3,
        }
    }

    fn batch_size(&self) -> usize {
        calls::BATCH
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

    async fn revoke(&self, grant: &Grant) -> Result<(), Answer> {
        signin::revoke(&self.settings, &*self.http, grant).await
    }

    async fn identity(&self, access: &Access) -> Result<Identity, Answer> {
        signin::identity(&self.settings, &self.line(access)).await
    }

    async fn calendars(&self, access: &Access) -> Result<Vec<Calendar>, Answer> {
        let line = self.line(access);
        let mut calendars = Vec::new();
        let mut page: Option<String> = None;
        let mut pages = Pages::default();
        for _ in 0..MOST_PAGES {
            let list: wire::CalendarList =
                line.ask(&self.calls.calendars(page.as_deref())).await?.read(false)?;
            if list.kind.as_deref() != Some("calendar#calendarList") {
                return Err(answers::unreadable(false));
            }
            calendars.extend(list.items.unwrap_or_default().iter().filter_map(convert::calendar));
            match pages.turn(list.next_page_token)? {
                None => return Ok(calendars),
                next => page = next,
            }
        }
        Err(Answer::Transient(format!("Google's list of calendars has more than {MOST_PAGES} pages")))
    }

    async fn changes(
        &self,
        access: &Access,
        calendar: &CalendarId,
        from: Option<&Cursor>,
    ) -> Result<Page, Answer> {
        let line = self.line(access);
        Desk { calls: &self.calls, line: &line, calendar }.changes(from).await
    }

    async fn read(
        &self,
        access: &Access,
        calendar: &CalendarId,
        ids: &[ExternalId],
    ) -> Vec<Result<Reading, Answer>> {
        let line = self.line(access);
        Desk { calls: &self.calls, line: &line, calendar }.read(ids).await
    }

    async fn find(
        &self,
        access: &Access,
        calendar: &CalendarId,
        uids: &[String],
    ) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        let line = self.line(access);
        Desk { calls: &self.calls, line: &line, calendar }.find(uids).await
    }

    async fn write(
        &self,
        access: &Access,
        calendar: &CalendarId,
        writes: &[Write],
        mail: Mail,
    ) -> Vec<Result<Written, Answer>> {
        let line = self.line(access);
        push::write(&Desk { calls: &self.calls, line: &line, calendar }, writes, mail).await
    }

    async fn watch(
        &self,
        access: &Access,
        calendar: &CalendarId,
        watch: Watch<'_>,
    ) -> Result<Option<Channel>, Answer> {
        channel::watch(&self.calls, &self.line(access), calendar, watch).await
    }

    async fn unwatch(&self, access: &Access, channel: &Channel) -> Result<(), Answer> {
        channel::unwatch(&self.calls, &self.line(access), channel).await
    }

    fn notices(&self, headers: &http::HeaderMap, _body: &[u8]) -> Vec<Notice> {
        channel::notice(headers).into_iter().collect()
    }
}
