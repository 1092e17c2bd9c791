//! The one trait that every provider implements. Its documentation is a contract, tested by one suite for all.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use concord_model::link::{Columns, Holds};
use concord_model::observed::{Item, Reading, Versions};
use concord_model::view::View;
use concord_model::{
    CalendarId, Capabilities, Cursor, EventId, ExternalId, FieldSet, Generation, LinkId, Mark, OccurrenceKey,
    ProviderId, Span, Zone,
};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::answer::Answer;

/// What one call may use: a credential opened for it, and the time.
pub struct Access {
    /// The access token or password.
    pub token: SecretString,
    /// Now, as an argument.
    pub now: Timestamp,
    /// Whose account it is ([`Identity::subject`]), once that is known.
    pub subject: Option<String>,
    /// Where the account is, as its adapter noted it when it was entered; nothing for providers that are in one place.
    pub site: Option<String>,
    /// Which columns hold what, as a person chose for the calendar that is called about; empty where nobody did.
    pub columns: Columns,
    /// Whether whoever writes is still the only one who does.
    pub lease: Lease,
}

impl Access {
    /// A credential for calls at that time, of an account that is in one place.
    pub fn new(token: impl Into<SecretString>, now: Timestamp) -> Access {
        Access {
            token: token.into(),
            now,
            subject: None,
            site: None,
            columns: Columns::default(),
            lease: Lease::default(),
        }
    }

    /// Whether a call that changes something may be begun. Asked right before it goes out: what was looked at for it may have
    /// taken so long that somebody else is at the same calendar by now (I-13).
    ///
    /// # Errors
    /// [`Answer::Stale`], where it may not: nothing was sent, and what is there may not be what was decided upon any more.
    pub fn may_change(&self) -> Result<(), Answer> {
        if self.lease.holds() { Ok(()) } else { Err(Answer::Stale) }
    }
}

/// Being the only one who writes, which ends; where it is nobody's business, it does not.
#[derive(Clone, Default)]
pub struct Lease(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Lease {
    /// One that lasts while `outlasts_a_call` says that a call begun now is over before it ends.
    pub fn while_it(outlasts_a_call: impl Fn() -> bool + Send + Sync + 'static) -> Lease {
        Lease(Some(Arc::new(outlasts_a_call)))
    }

    fn holds(&self) -> bool {
        self.0.as_ref().is_none_or(|outlasts_a_call| outlasts_a_call())
    }
}

/// A calendar at its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its real id, never an alias.
    pub id: CalendarId,
    /// What its person calls it.
    pub name: String,
    /// Its own zone, where it has one.
    pub zone: Option<Zone>,
    /// Whether we may write to it.
    pub writable: bool,
    /// Whether it is its person's main calendar.
    pub primary: bool,
}

/// A table, as people see it who say which of its columns hold what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<TableColumn>,
    /// Which seem to hold what.
    pub guess: Columns,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// What it is known by, whatever it is named.
    pub id: String,
    /// What it is named now.
    pub name: String,
    /// Its kind, in the provider's word.
    pub kind: String,
    /// What it can hold.
    pub holds: Vec<Holds>,
}

/// What a choice of columns would come to, on a few rows and a few events.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The rows that were edited last.
    pub rows: Vec<Row>,
    /// Each event as a row: the columns that would be written, the title first, and what would stand there; or why it would be
    /// refused.
    pub events: Vec<Result<Vec<(String, String)>, String>>,
}

/// A row of a table, and the event that it would be.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is called there.
    pub title: String,
    /// Where its provider shows it.
    pub page: Option<String>,
    /// Whether it has a date. One without is no event, and nothing is wrong with it.
    pub dated: bool,
    /// The event; or why it is none.
    pub told: Result<View, String>,
}

/// One page of what changed.
#[derive(Debug)]
pub struct Page {
    /// What was seen, in no order: an occurrence may come before its series, or on another page.
    pub items: Vec<Item>,
    /// How it goes on.
    pub next: Next,
}

/// How a listing goes on. Only the provider's own sign ends it (I-11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// There are more pages: go on from here. Good for a restart in the middle, for a while.
    More(Cursor),
    /// That was the last page. The next changes are read from here.
    Done(Cursor),
    /// Something changed, and the provider cannot tell what: all of it is to be listed.
    Everything,
}

/// One conditional write.
#[derive(Clone, Debug)]
pub enum Write {
    /// Make it, under the id that was chosen for it.
    Create {
        /// From [`Provider::id_for`]; makes creation idempotent.
        id: ExternalId,
        /// Its name in the world.
        uid: String,
        /// Our mark.
        mark: Mark,
        /// What to write.
        view: Box<View>,
        /// The fields that the link's lens shows; others are left to the provider.
        fields: FieldSet,
        /// What was deleted there of the same event before. Where that can be put back, it is, rather than that another is
        /// made beside it.
        was: Option<ExternalId>,
    },
    /// Change it from what is there to what shall be there.
    Update {
        /// Which.
        id: ExternalId,
        /// The versions that `before` has. The write fails as stale if they are not current.
        versions: Versions,
        /// What is there.
        before: Box<View>,
        /// What shall be there. Only what differs is sent.
        after: Box<View>,
        /// The fields that may be touched at all.
        fields: FieldSet,
    },
    /// Take it away.
    Delete {
        /// Which.
        id: ExternalId,
        /// The version that was decided upon.
        versions: Versions,
    },
}

/// What a write came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// It is there now, as the provider made it: the event with all changed occurrences that the call touched, as
    /// items. Laid over what was known, this is the new common state.
    There(Vec<Item>),
    /// It is gone now (or was already).
    Gone,
}

/// Whether guests may be told by mail of what is written (BE-7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mail {
    /// Nobody is told. The default, always.
    #[default]
    Nobody,
    /// The provider tells the guests.
    Guests,
}

/// A grant: what signing in brings. One value, replaced as a whole (BM-078).
#[derive(Clone)]
pub struct Grant {
    /// The key for single calls.
    pub access: SecretString,
    /// When that key ends.
    pub access_ends_at: Option<Timestamp>,
    /// The key for new keys; a refresh that brings none keeps the old one (I-26).
    pub refresh: Option<SecretString>,
    /// What was granted, as the provider says it.
    pub scopes: Vec<String>,
}

/// How a person lets us in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entrance {
    /// In a browser, at the provider.
    Browser,
    /// With a name and a password.
    Password {
        /// Whether it has to be said where the account is.
        address: bool,
    },
    /// With a token alone, which a person gets at the provider.
    Token,
    /// With an address alone. Whoever knows it is let in, so it is kept like a password: it is the login's secret.
    Address,
}

/// What a person hands over to be let in.
#[derive(Clone)]
pub struct Login {
    /// The name to sign in with; empty where the secret says it all.
    pub user: String,
    /// The password, a token, or an address that lets in whoever knows it.
    pub secret: SecretString,
    /// Where the account is: an address of whatever kind the adapter understands.
    pub address: Option<String>,
    /// Whether that address may be an internal one: the operator gave it.
    pub trusted: bool,
}

impl Login {
    /// A token, for a provider that is in one place.
    pub fn token(secret: impl Into<SecretString>) -> Login {
        Login { user: String::new(), secret: secret.into(), address: None, trusted: false }
    }
}

/// An account that was entered.
pub struct Entered {
    /// What opens it from now on.
    pub grant: Grant,
    /// Whose it is.
    pub identity: Identity,
    /// Where it is and what can be done there, for [`Access::site`]. No secret is in it.
    pub site: Option<String>,
}

/// Whose account it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's own, stable name for the person.
    pub subject: String,
    /// How the person knows the account: usually a mail address.
    pub name: String,
}

/// What is asked of a person's browser.
#[derive(Clone)]
pub struct SignIn {
    /// Where to go.
    pub url: url::Url,
}

/// What begins a sign-in. All of it is remembered until the callback.
#[derive(Clone)]
pub struct SignInStart {
    /// Random, single use, bound to the session (I-29).
    pub state: String,
    /// PKCE verifier; random, 43 to 128 characters.
    pub verifier: SecretString,
    /// Where the provider sends the browser back to, exactly.
    pub redirect: url::Url,
    /// The account that is expected, if one is.
    pub hint: Option<String>,
}

/// A push subscription at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The id that we chose (128 bits or more of chance).
    pub id: String,
    /// What the provider calls what is watched.
    pub resource: String,
    /// When it ends, by the provider's word.
    pub ends_at: Timestamp,
}

/// A request for a push subscription. Notices may come before it is answered.
pub struct Watch<'a> {
    /// The id to use.
    pub id: &'a str,
    /// The secret that comes back in each notice.
    pub secret: &'a SecretString,
    /// Where notices go.
    pub address: &'a url::Url,
    /// How long it should live.
    pub until: Timestamp,
}

/// What a provider's notice says. It carries no truth but "look again" (I-31).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The channel it speaks of.
    pub channel: String,
    /// The secret it showed.
    pub secret: Option<String>,
    /// What it says.
    pub says: NoticeSays,
}

/// What a notice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeSays {
    /// The channel is open.
    Opened,
    /// Something changed.
    Changed,
    /// What was watched is gone.
    Gone,
    /// The channel ends before its time, unless it is renewed.
    Ending,
    /// The channel itself is no more.
    Closed,
}

/// How it is proved that something is not there any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Absence {
    /// It is asked about what a listing lacks: its own word counts, or that it knows nothing of it after two listings.
    Asked,
    /// There is nobody to ask: there are only listings, by whoever publishes them, who leaves out what is past and gives new
    /// names as it comes. What lacks is looked for under another name, and is gone only after having lacked for long.
    Waited {
        /// How long one has to wait.
        some: SignedDuration,
        /// The same where a listing shows nothing of what is known.
        all: SignedDuration,
    },
}

/// How often a provider may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Units a minute for one account.
    pub account_per_minute: u32,
    /// Units a minute for all accounts of this program.
    pub app_per_minute: u32,
}

/// What a call is, for its cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// A look at something.
    Read,
    /// Something new.
    Create,
    /// A change.
    Update,
    /// A removal.
    Delete,
}

/// How one kind of calendar speaks.
///
/// Contract for every call: it sends what it says and no more, waits for nothing else, retries nothing, reads no
/// clock, logs no content; on refusal it answers from the closed list. A dropped future leaves the outcome unknown.
/// Throttling and ordering are the engine's.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Its name.
    fn id(&self) -> ProviderId;

    /// What its calendars can hold.
    fn capabilities(&self) -> &Capabilities;

    /// The external id under which an event is made: the same for the same arguments, for ever (I-05).
    ///
    /// Where ids are made by the provider, it is the name under which the event is asked for: good for
    /// [`Write::Create`] and for [`Provider::read`], which looks for what came of it, and told with each item of it in
    /// [`Item::made_as`].
    fn id_for(
        &self,
        event: EventId,
        link: LinkId,
        generation: Generation,
        part: Option<OccurrenceKey>,
    ) -> ExternalId;

    /// How often it may be called, as known beforehand.
    fn allowance(&self) -> Allowance;

    /// What a call costs of the allowance.
    fn cost(&self, call: Cost) -> u32;

    /// How many writes (or reads) go well together in one call of [`Provider::write`] (or [`Provider::read`]).
    fn batch_size(&self) -> usize;

    /// How many writes do at most, where those before them were answered fast.
    fn most_at_once(&self) -> usize {
        self.batch_size()
    }

    /// Whether a creation that is said again can make a second one: nothing there tells that it is the same, and what would
    /// find the first is behind at times. It is looked for several times before it is said again.
    fn may_make_twice(&self) -> bool {
        false
    }

    /// How many reads do, where it is another number.
    fn reads_at_once(&self) -> usize {
        self.batch_size()
    }

    /// Whether whoever signs in there is known by a mail address that is proved to be theirs. What somebody typed as a name at a
    /// server of their own proves nothing.
    fn vouches_for_addresses(&self) -> bool {
        false
    }

    /// How it is proved that something is not there any more.
    fn absence(&self) -> Absence {
        Absence::Asked
    }

    /// Whether its calendars forget what is special about single occurrences when the time or the rule of their series is written.
    fn forgets_occurrences(&self) -> bool {
        false
    }

    /// When a series takes place for a moment, in the middle of the write that makes it `after`. Whoever finds it so afterwards
    /// knows that the write ended there, and that nobody wants it to stay.
    fn halfway(&self, _after: &View) -> Option<Span> {
        None
    }

    /// Whether anything can ever be written to its calendars. Where not, their links are pull only.
    fn writes(&self) -> bool {
        true
    }

    /// How long its calendars are left alone at least between two looks that nobody asked for.
    fn rest(&self) -> SignedDuration {
        SignedDuration::ZERO
    }

    // --- sign-in

    /// How a person lets us in.
    fn entrance(&self) -> Entrance {
        Entrance::Browser
    }

    /// Whether a token that a person has lets us in, too.
    fn takes_token(&self) -> bool {
        self.entrance() == Entrance::Token
    }

    /// Opens an account with what a person hands over: finds where it is, and what can be done there. By default that
    /// is a token.
    async fn enter(&self, login: &Login, now: Timestamp) -> Result<Entered, Answer> {
        let access = Access::new(login.secret.clone(), now);
        let identity = self.identity(&access).await?;
        let grant =
            Grant { access: login.secret.clone(), access_ends_at: None, refresh: None, scopes: Vec::new() };
        Ok(Entered { grant, identity, site: None })
    }

    /// What can be done where an account is, in sentences for people.
    fn found(&self, _site: &str) -> Vec<String> {
        Vec::new()
    }

    /// What an account was entered with, to enter it once more and see what has become of the place. `None` where there
    /// is nothing to find out.
    fn login(&self, _access: &Access) -> Option<Login> {
        None
    }

    /// Where to send a person to sign in.
    fn sign_in(&self, start: &SignInStart) -> Result<SignIn, Answer>;

    /// Turns the code of the callback into a grant. Missing scopes are [`Answer::AccessRevoked`] and named (I-28),
    /// a missing refresh token too (BM-076).
    async fn exchange(&self, start: &SignInStart, code: &str, now: Timestamp) -> Result<Grant, Answer>;

    /// Fetches a new access token. What comes back is the whole new grant; the caller stores it before use (I-26).
    async fn refresh(&self, grant: &Grant, now: Timestamp) -> Result<Grant, Answer>;

    /// Ends the grant at the provider. Already ended is success.
    async fn revoke(&self, grant: &Grant) -> Result<(), Answer>;

    /// Whose account it is.
    async fn identity(&self, access: &Access) -> Result<Identity, Answer>;

    // --- calendars and events

    /// The account's calendars, all pages.
    async fn calendars(&self, access: &Access) -> Result<Vec<Calendar>, Answer>;

    /// The calendars at an address that a person copied there, or of that id. A list of all may lack some.
    async fn calendars_at(&self, _access: &Access, _address: &str) -> Result<Vec<Calendar>, Answer> {
        Ok(Vec::new())
    }

    /// Makes a new calendar.
    async fn make_calendar(&self, _access: &Access, _name: &str) -> Result<Calendar, Answer> {
        let why = "calendars are made at the provider itself".to_owned();
        Err(Answer::Rejected { why, read_only: false })
    }

    /// Whether its calendars are tables, in which people say what holds what.
    fn is_table(&self) -> bool {
        false
    }

    /// Which columns of a calendar hold what, where it is a table: those that were chosen ([`Access::columns`], by their ids or
    /// their names), or where none was, those that seem to. What is missing there for us to work with it is made. `None`: it
    /// is no table.
    async fn columns(&self, _access: &Access, _calendar: &CalendarId) -> Result<Option<Columns>, Answer> {
        Ok(None)
    }

    /// The columns that a calendar has, where it is a table. Nothing is made there.
    async fn table(&self, _access: &Access, _calendar: &CalendarId) -> Result<Option<Table>, Answer> {
        Ok(None)
    }

    /// What the chosen columns ([`Access::columns`]) would come to: some rows as events, and these events as rows. Nothing is
    /// written. `None`: it is no table.
    async fn trial(
        &self,
        _access: &Access,
        _calendar: &CalendarId,
        _events: &[View],
    ) -> Result<Option<Trial>, Answer> {
        Ok(None)
    }

    /// One page of changes since `from`; without a cursor, the first page of everything.
    ///
    /// An item may come unread ([`concord_model::observed::State::Unread`]): whoever does not know that version reads it.
    /// A cursor is bound to calendar and query; one that does not fit is [`Answer::CursorGone`].
    async fn changes(
        &self,
        access: &Access,
        calendar: &CalendarId,
        from: Option<&Cursor>,
    ) -> Result<Page, Answer>;

    /// Reads events directly, each whole with its changed occurrences. One answer for each id, in order.
    async fn read(
        &self,
        access: &Access,
        calendar: &CalendarId,
        ids: &[ExternalId],
    ) -> Vec<Result<Reading, Answer>>;

    /// Looks for living events by their name in the world. Maps each UID that was found.
    async fn find(
        &self,
        access: &Access,
        calendar: &CalendarId,
        uids: &[String],
    ) -> Result<BTreeMap<String, Vec<Item>>, Answer>;

    /// Carries out writes, each conditional on its version. One answer for each, in order; one that fails does not
    /// touch the others. A write that needs several calls and got half way is [`Answer::InPart`]. Each call that changes
    /// something is begun only while [`Access::may_change`].
    async fn write(
        &self,
        access: &Access,
        calendar: &CalendarId,
        writes: &[Write],
        mail: Mail,
    ) -> Vec<Result<Written, Answer>>;

    // --- channels

    /// Opens a push channel. `Ok(None)`: this calendar cannot be watched; it is polled (BM-091).
    async fn watch(
        &self,
        access: &Access,
        calendar: &CalendarId,
        watch: Watch<'_>,
    ) -> Result<Option<Channel>, Answer>;

    /// Whether a push channel is still open there. `None`: this provider does not say.
    async fn watched(&self, _access: &Access, _channel: &Channel) -> Result<Option<bool>, Answer> {
        Ok(None)
    }

    /// Closes a push channel. Already closed is success.
    async fn unwatch(&self, access: &Access, channel: &Channel) -> Result<(), Answer>;

    /// Answers a provider that tries out the address for notices before it uses it: what is to be sent back, as plain
    /// text. `None`: this is no such question.
    fn handshake(&self, _query: &str) -> Option<String> {
        None
    }

    /// Reads the notices in a request; none that is not one of this provider's.
    fn notices(&self, headers: &http::HeaderMap, body: &[u8]) -> Vec<Notice>;

    /// The calendars that a request speaks of which is signed as a whole, with a key that the operator set: all who have
    /// one of them look again. For providers whose notices belong to no channel.
    fn signed(&self, _headers: &http::HeaderMap, _body: &[u8]) -> Vec<CalendarId> {
        Vec::new()
    }

    /// What the operator has to be shown of a request in which a provider introduces itself, once, before a key is set.
    /// Anybody can send one, so it is nothing to act on.
    fn introduction(&self, _body: &[u8]) -> Option<String> {
        None
    }
}
