//! The other side: what people do there, what lives there, and what goes wrong there, in words that fit every provider.
//!
//! Each provider's twin is one implementation, in a file of its own that is the only one to name it. A side that cannot
//! do something says so by doing nothing (`None`, `false`), and the act counts as not done.

mod twin;
mod google;
mod microsoft;
mod caldav;
mod notion;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::ProviderId;
use concord_providers::Provider;
use concord_providers::http::{Http, Lost};
use concord_providers::provider::Login;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::plan::Plan;

use caldav::CalDavSide;
use google::GoogleSide;
use microsoft::MicrosoftSide;
use notion::NotionSide;

/// A provider of which there can be one in a world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Google Calendar.
    Google,
    /// Outlook.
    Microsoft,
    /// A calendar server; the seed says whose.
    CalDav,
    /// Notion.
    Notion,
}

impl Kind {
    /// Those of which mixed worlds are made.
    pub const ALL: [Kind; 4] = [Kind::Google, Kind::Microsoft, Kind::CalDav, Kind::Notion];

    /// The one of that name, as it is kept.
    pub fn of(name: &str) -> Option<Kind> {
        serde_json::from_value(serde_json::Value::from(name)).ok()
    }
}

/// What people write into an event, there as here. What is absent is not said, or not changed.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// Its name.
    pub title: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Its place.
    pub location: Option<String>,
    /// When it begins, on the clock of [`ZONE`], and for how many minutes.
    pub start: Option<(DateTime, i64)>,
    /// Whether it is of whole days.
    pub all_day: bool,
    /// The rule by which it repeats.
    pub rule: Option<String>,
    /// Whether its time stays free.
    pub free: Option<bool>,
    /// Whether it is private.
    pub private: Option<bool>,
    /// One of the palette.
    pub colour: Option<u8>,
    /// What is said about the guest who is invited, if one is.
    pub guest: Option<String>,
}

/// What people are called at every provider. Two of them live there always.
const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

/// Somebody who lives elsewhere.
const GUEST: &str = "guest@elsewhere.test";

/// The people of a plan who do not live at a provider by themselves.
fn newcomers(plan: &Plan) -> Vec<String> {
    NAMES.iter().take(plan.people.len()).skip(2).map(|name| (*name).to_owned()).collect()
}

/// The zone in which everybody lives.
pub const ZONE: &str = "America/New_York";

/// One calendar, and who looks at it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// Whose eyes: the number of a person.
    pub person: usize,
    /// The calendar's id.
    pub calendar: String,
}

/// Something that lives in a calendar: an event or a series.
#[derive(Clone, Debug)]
pub struct Thing {
    /// Its id.
    pub id: String,
    /// What marks it as ours, if it is; no two copies that we made have the same.
    pub mark: Option<String>,
    /// Its texts: title, description, place, and those of its own that occurrences have.
    pub text: String,
    /// Its description alone.
    pub description: String,
    /// What is said about its guests.
    pub about_guests: String,
    /// Whether it repeats.
    pub series: bool,
    /// Whether its person is a guest of it.
    pub guest: bool,
}

/// One occurrence as a person sees it in a calendar; a single event is one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shown {
    /// The event or series.
    pub id: String,
    /// The id of the occurrence itself.
    pub occurrence: String,
    /// When it begins: an instant, or a day.
    pub start: String,
    /// When it ends.
    pub end: String,
    /// Its name.
    pub title: String,
    /// Its place.
    pub location: String,
    /// Its description.
    pub description: String,
    /// Whether its time stays free.
    pub free: bool,
}

/// One call as a side wrote it down.
#[derive(Clone, Debug)]
pub struct Called {
    /// Its number.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// Verb and path.
    pub what: String,
    /// What was answered; 0 for nothing.
    pub status: u16,
    /// Who called.
    pub user: Option<String>,
    /// Whether it is of a kind that writes events.
    pub writes: bool,
}

/// One change of one thing as a side wrote it down.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Its number.
    pub n: u64,
    /// In which calendar.
    pub calendar: String,
    /// Which thing, or which occurrence of it.
    pub id: String,
    /// The event or series that it is, or is of.
    pub thing: String,
    /// What kind.
    pub kind: ChangeKind,
    /// Whether a program did it, and not a person.
    pub by_program: bool,
    /// What marked it as ours then.
    pub mark: Option<String>,
}

/// What was done to a thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeKind {
    /// It was made.
    Made,
    /// It was taken away, it or one occurrence of it.
    Deleted,
    /// What had been taken away was put back.
    PutBack,
    /// Anything else.
    Changed,
}

/// How a call goes wrong over there. One that is not known to a provider does nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the twins' fault rules and of HTTP")]
pub enum Fault {
    DropBefore,
    DropAfter,
    Delay,
    SlowerThanPatience,
    Reset,
    Truncate,
    Garbage,
    Empty,
    Short,
    Stale,
    BadGateway,
    Unauthorized,
    RateLimited,
    QuotaUsedUp,
    MayOnlyRead,
    Forbidden,
    NotFound,
    Conflict,
    Gone,
    PreconditionFailed,
    TooMany,
    TooManyUntil,
    ServerError,
    ServerErrorAfterEffect,
    Unavailable,
    UnavailableUntil,
    NoNewKey,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 27] = [
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Delay,
        Fault::SlowerThanPatience,
        Fault::Reset,
        Fault::Truncate,
        Fault::Garbage,
        Fault::Empty,
        Fault::Short,
        Fault::Stale,
        Fault::BadGateway,
        Fault::Unauthorized,
        Fault::RateLimited,
        Fault::QuotaUsedUp,
        Fault::MayOnlyRead,
        Fault::Forbidden,
        Fault::NotFound,
        Fault::Conflict,
        Fault::Gone,
        Fault::PreconditionFailed,
        Fault::TooMany,
        Fault::TooManyUntil,
        Fault::ServerError,
        Fault::ServerErrorAfterEffect,
        Fault::Unavailable,
        Fault::UnavailableUntil,
        Fault::NoNewKey,
    ];

    /// What it is counted as.
    pub fn name(self) -> &'static str {
        match self {
            Fault::DropBefore => "request lost",
            Fault::DropAfter => "answer lost",
            Fault::Delay => "slow answer",
            Fault::SlowerThanPatience => "answer slower than patience",
            Fault::Reset => "connection broke in the answer",
            Fault::Truncate => "half an answer",
            Fault::Garbage => "page of a proxy with 200",
            Fault::Empty => "empty list with 200",
            Fault::Short => "half a list with 200",
            Fault::Stale => "stale read",
            Fault::BadGateway => "502 with HTML",
            Fault::Unauthorized => "401",
            Fault::RateLimited => "403 rate limit",
            Fault::QuotaUsedUp => "403 quota used up",
            Fault::MayOnlyRead => "403 may only read",
            Fault::Forbidden => "403 forbidden",
            Fault::NotFound => "404",
            Fault::Conflict => "409",
            Fault::Gone => "410",
            Fault::PreconditionFailed => "412",
            Fault::TooMany => "429",
            Fault::TooManyUntil => "429 with Retry-After",
            Fault::ServerError => "500",
            Fault::ServerErrorAfterEffect => "500 after the effect",
            Fault::Unavailable => "503",
            Fault::UnavailableUntil => "503 with Retry-After",
            Fault::NoNewKey => "no new key",
        }
    }
}

/// What becomes of keys, cursors, channels and calendars over there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Keys end early.
    KeysEnd,
    /// From now on each renewal brings another refresh key and ends the old one.
    KeysRotate,
    /// A person takes the grant back.
    GrantRevoked,
    /// Every cursor ends.
    CursorsEnd,
    /// Channels fall silent.
    ChannelsMute,
    /// Channels end early.
    ChannelsEnd,
    /// Lists go round in a circle.
    PagesCircle,
    /// Pages hold two items at most.
    PagesShort,
    /// Lists begin with an empty page.
    PagesEmpty,
    /// Lists do not show what was just written for a while.
    SeenLate,
    /// A program may only read that calendar.
    ReadOnly,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Trouble; 11] = [
        Trouble::KeysEnd,
        Trouble::KeysRotate,
        Trouble::GrantRevoked,
        Trouble::CursorsEnd,
        Trouble::ChannelsMute,
        Trouble::ChannelsEnd,
        Trouble::PagesCircle,
        Trouble::PagesShort,
        Trouble::PagesEmpty,
        Trouble::SeenLate,
        Trouble::ReadOnly,
    ];

    /// What it is counted as.
    pub fn name(self) -> &'static str {
        match self {
            Trouble::KeysEnd => "keys ended early",
            Trouble::KeysRotate => "refresh keys rotate",
            Trouble::GrantRevoked => "grant revoked",
            Trouble::CursorsEnd => "cursors ended",
            Trouble::ChannelsMute => "channels fell silent",
            Trouble::ChannelsEnd => "channels ended early",
            Trouble::PagesCircle => "pages in a circle",
            Trouble::PagesShort => "short pages",
            Trouble::PagesEmpty => "empty first page",
            Trouble::SeenLate => "lists that lag",
            Trouble::ReadOnly => "calendar turned read-only",
        }
    }
}

/// One rule: what goes wrong with which calls, how often.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// What.
    pub fault: Fault,
    /// With how many calls at most.
    pub count: u32,
    /// With one call of so many.
    pub one_of: u32,
    /// Only with writes.
    pub writes_only: bool,
    /// On which of the world's sides, by number.
    #[serde(default, skip_serializing_if = "is_first")]
    pub side: u8,
}

fn is_first(side: &u8) -> bool {
    *side == 0
}

/// What came back from a side.
pub struct Answered {
    /// The answer, or none.
    pub answer: Result<http::Response<Bytes>, Lost>,
    /// How late it comes.
    pub delay: jiff::SignedDuration,
}

/// The other side. Clones of one `Arc` are one provider with all its people.
#[async_trait]
pub trait Side: Send + Sync {
    /// Which provider it is.
    fn id(&self) -> ProviderId;
    /// Our adapter for it, behind that door.
    fn adapter(&self, door: Arc<dyn Http>) -> Arc<dyn Provider>;
    /// Whether that host is one of its.
    fn serves(&self, host: &str) -> bool;
    /// Answers a call, as its faults say.
    async fn answer(&self, request: http::Request<Bytes>) -> Answered;
    /// Whether a call asks for a new key, and what with.
    fn renews(&self, request: &http::Request<Bytes>) -> Option<String>;
    /// What a call of ours does that no call may: the number of the promise, and what.
    fn breach(&self, request: &http::Request<Bytes>) -> Option<(&'static str, String)>;
    /// Whether a call writes events.
    fn writes(&self, request: &http::Request<Bytes>) -> bool;
    /// The page of a list that a call asks for, if it is not the first.
    fn page(&self, request: &http::Request<Bytes>) -> Option<String>;
    /// Whether a write can say which version it is meant for.
    fn has_versions(&self) -> bool {
        true
    }
    /// Whether a call is counted against the allowance.
    fn is_counted(&self, request: &http::Request<Bytes>) -> bool;
    /// The new key in an answer.
    fn key_in(&self, answer: &http::Response<Bytes>) -> Option<String>;

    /// A person's calendars, by the ids that our adapter gives them. No two sides have one of the same name.
    fn calendars(&self, person: usize) -> Vec<String>;
    /// What a person is called in the ledger.
    fn user(&self, person: usize) -> String;
    /// What a person can hand over to be let in: a key, or a name with a password and where the account is.
    fn login(&self, person: usize) -> Login;
    /// Whoever is asked next says yes, as that person. Only where people can sign in by browser.
    fn consents(&self, _person: usize) {}

    /// A person makes something.
    fn make(&self, at: &Place, fields: &Fields) -> Option<String>;
    /// A person changes it, all of it.
    fn change(&self, at: &Place, id: &str, fields: &Fields) -> bool;
    /// A person takes it away.
    fn delete(&self, at: &Place, id: &str) -> bool;
    /// A person copies it, with some fields changed. Returns the copy.
    fn copy(&self, at: &Place, id: &str, to: &str, fields: &Fields) -> Option<String>;
    /// A person moves it into another calendar.
    fn relocate(&self, at: &Place, id: &str, to: &str) -> bool;
    /// A person changes one occurrence. Returns its id.
    fn change_one(&self, at: &Place, id: &str, nth: usize, fields: &Fields) -> Option<String>;
    /// A person cancels one occurrence.
    fn cancel_one(&self, at: &Place, id: &str, nth: usize) -> bool;
    /// A person changes one occurrence and all that follow. Returns the new series.
    fn split(&self, at: &Place, id: &str, nth: usize, fields: &Fields) -> Option<String>;
    /// A person says whether they come.
    fn respond(&self, at: &Place, id: &str, yes: bool) -> bool;

    /// What lives in a calendar, by id.
    fn living(&self, calendar: &str) -> Vec<Thing>;
    /// What a person sees there from one instant to another.
    fn shown(&self, at: &Place, from: Timestamp, until: Timestamp) -> Vec<Shown>;
    /// The calls after a number.
    fn calls(&self, since: u64) -> Vec<Called>;
    /// The number of the last call.
    fn last_call(&self) -> u64;
    /// Who has called since that one.
    fn caller_since(&self, call: u64) -> Option<String>;
    /// The changes after a number.
    fn changes(&self, since: u64) -> Vec<Changed>;
    /// How many mails it would have sent.
    fn mails(&self) -> usize;
    /// The calendars that are watched, once for each live channel; nothing where none can be watched by itself.
    fn channels(&self) -> Option<Vec<String>>;

    /// Whether its calendars refuse for that reason what others take. Such an event stays there as it was.
    fn refuses(&self, _why: &str) -> bool {
        false
    }

    /// Lets calls go wrong.
    fn fault(&self, rule: Rule);
    /// Makes trouble. `false`: there is no such trouble here.
    fn trouble(&self, trouble: Trouble, person: usize, calendar: &str) -> bool;
    /// Ends all faults and troubles that do not need a person.
    fn calm(&self);
    /// How often each fault has struck.
    fn struck(&self) -> BTreeMap<&'static str, u64>;
    /// Takes the notices that are due.
    fn notices(&self) -> Vec<(u64, http::Request<Bytes>)>;
    /// A notice as somebody would make it who does not know its secret.
    fn forged(&self, notice: &http::Request<Bytes>) -> http::Request<Bytes> {
        let mut forged = notice.clone();
        for value in forged.headers_mut().values_mut() {
            let other = format!("{}x", value.to_str().unwrap_or_default());
            if let Ok(other) = other.parse() {
                *value = other;
            }
        }
        forged
    }
    /// Tells what a notice was answered.
    fn delivered(&self, notice: u64, status: u16);
}

/// Every side of a world of that plan, at its beginning.
pub(crate) fn all(plan: &Plan, time: &Arc<Time>) -> Vec<Arc<dyn Side>> {
    let side = |kind: &Kind| -> Arc<dyn Side> {
        match kind {
            Kind::Google => Arc::new(GoogleSide::new(plan, time)),
            Kind::Microsoft => Arc::new(MicrosoftSide::new(plan, time)),
            Kind::CalDav => Arc::new(CalDavSide::new(plan, time)),
            Kind::Notion => Arc::new(NotionSide::new(plan, time)),
        }
    };
    plan.sides.iter().map(side).collect()
}
