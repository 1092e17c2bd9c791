//! The calls we make: one function each, giving a value that can go out alone or as a part of a batch.
//!
//! Every change and every removal names the version that it replaces; there is no way to express one without (I-16). Every
//! call, in a batch too, asks for the ids that stay when an event moves (trap 5) and for times in UTC.

use bytes::Bytes;
use concord_model::{CalendarId, Etag};
use http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::Url;

use super::convert::{MARK, NAME, UID};
use super::{answers, batch};
use crate::answer::Answer;
use crate::http::{Http, is_page};
use crate::pace::{self, Pause};
use crate::provider::Access;

/// The most calls that Graph takes in one batch.
pub(super) const BATCH: usize = 20;
/// How many events are asked for in one page. Larger ones time out in full mailboxes.
const PAGE: &str = "200";
/// What is asked of each answer.
pub(super) const PREFER: &str = "IdType=\"ImmutableId\", outlook.timezone=\"UTC\"";
/// The same, with the length of a page of changes, which no query can say.
pub(super) const PREFER_PAGE: &str =
    "IdType=\"ImmutableId\", outlook.timezone=\"UTC\", odata.maxpagesize=200";
/// What is read of an event. Some of it is only told when it is named (trap 26).
const FIELDS: &str = "id,type,seriesMasterId,originalStart,occurrenceId,createdDateTime,lastModifiedDateTime,iCalUId,\
    subject,body,isAllDay,start,end,originalStartTimeZone,originalEndTimeZone,recurrence,location,showAs,sensitivity,\
    categories,isReminderOn,reminderMinutesBeforeStart,isCancelled,isOrganizer,responseStatus,organizer,attendees,\
    isOnlineMeeting,onlineMeeting,onlineMeetingUrl,transactionId,webLink";
/// What only a series' master tells.
const SERIES: &str = "cancelledOccurrences,exceptionOccurrences";

/// What a call is about: it decides what "not found" means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum About {
    /// One event, by its id.
    Event,
    /// A calendar.
    Calendar,
    /// The changes of a calendar, from a cursor.
    Changes,
    /// A subscription.
    Subscription,
    /// The account.
    Account,
}

/// One call, not yet sent.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) prefer: &'static str,
    pub(super) if_match: Option<Etag>,
    pub(super) body: Option<Bytes>,
    pub(super) about: About,
    /// Whether it may leave an effect behind that must not be repeated blindly.
    pub(super) writes: bool,
}

/// The calls, with the address they go to.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    pub(super) api: Url,
}

impl Calls {
    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            // A space is %20 there; a plus is taken for one by some parts of Graph and for a plus by others.
            let told: Vec<String> =
                query.iter().map(|(key, value)| format!("{key}={}", escaped(value))).collect();
            url.set_query(Some(&told.join("&")));
        }
        url
    }

    fn get(&self, about: About, path: &[&str], query: &[(&str, &str)]) -> Call {
        self.follow(about, self.url(path, query))
    }

    /// Goes on at an address that Graph gave, as it is.
    pub(super) fn follow(&self, about: About, url: Url) -> Call {
        Call { method: Method::GET, url, prefer: PREFER, if_match: None, body: None, about, writes: false }
    }

    fn post(&self, about: About, path: &[&str], body: &Value) -> Call {
        let body = Some(Bytes::from(body.to_string()));
        Call { method: Method::POST, body, writes: true, ..self.get(about, path, &[]) }
    }

    /// Whose account it is.
    pub(super) fn person(&self) -> Call {
        self.get(About::Account, &["me"], &[("$select", "id,mail,userPrincipalName")])
    }

    /// The account's calendars: ten of them come where nobody asks for more (trap 26).
    pub(super) fn calendars(&self) -> Call {
        self.get(About::Account, &["me", "calendars"], &[("$top", "100")])
    }

    /// The beginning of all changes of a calendar in a window.
    pub(super) fn changes(&self, calendar: &CalendarId, from: Timestamp, to: Timestamp) -> Call {
        let (from, to) = (moment(from), moment(to));
        let query = [("startDateTime", from.as_str()), ("endDateTime", to.as_str())];
        let path = ["me", "calendars", calendar.as_str(), "calendarView", "delta"];
        Call { prefer: PREFER_PAGE, ..self.get(About::Calendar, &path, &query) }
    }

    /// More changes, from an address that Graph gave.
    pub(super) fn more_changes(&self, url: Url) -> Call {
        Call { prefer: PREFER_PAGE, ..self.follow(About::Changes, url) }
    }

    /// All single events and series of a calendar, whenever they are, with our notes.
    pub(super) fn events(&self, calendar: &CalendarId) -> Call {
        let expand = notes();
        let query = [("$top", PAGE), ("$select", FIELDS), ("$expand", expand.as_str())];
        self.get(About::Calendar, &["me", "calendars", calendar.as_str(), "events"], &query)
    }

    /// One event, with our notes; of a series, with what became of its occurrences.
    pub(super) fn event(&self, calendar: &CalendarId, id: &str) -> Call {
        let (select, expand) = (format!("{FIELDS},{SERIES}"), format!("{},exceptionOccurrences", notes()));
        let query = [("$select", select.as_str()), ("$expand", expand.as_str())];
        self.get(About::Event, &["me", "calendars", calendar.as_str(), "events", id], &query)
    }

    /// One event or occurrence as it is, without its series.
    pub(super) fn plain_event(&self, calendar: &CalendarId, id: &str) -> Call {
        let path = ["me", "calendars", calendar.as_str(), "events", id];
        self.get(About::Event, &path, &[("$select", FIELDS)])
    }

    /// A series' occurrences in a window.
    pub(super) fn instances(&self, calendar: &CalendarId, id: &str, from: Timestamp, to: Timestamp) -> Call {
        let (from, to) = (moment(from), moment(to));
        let query = [
            ("startDateTime", from.as_str()),
            ("endDateTime", to.as_str()),
            ("$top", PAGE),
            ("$select", FIELDS),
        ];
        let path = ["me", "calendars", calendar.as_str(), "events", id, "instances"];
        self.get(About::Event, &path, &query)
    }

    /// Everything that bears a note of ours with that value.
    pub(super) fn noted(&self, calendar: &CalendarId, note: &str, value: &str) -> Call {
        let filter = format!(
            "singleValueExtendedProperties/Any(ep: ep/id eq '{}' and ep/value eq '{}')",
            quoted(note),
            quoted(value)
        );
        self.filtered(calendar, &filter)
    }

    /// Everything that bears that name in the world.
    pub(super) fn with_ical_uid(&self, calendar: &CalendarId, uid: &str) -> Call {
        self.filtered(calendar, &format!("iCalUId eq '{}'", quoted(uid)))
    }

    fn filtered(&self, calendar: &CalendarId, filter: &str) -> Call {
        let expand = notes();
        let query = [("$filter", filter), ("$top", PAGE), ("$select", FIELDS), ("$expand", expand.as_str())];
        self.get(About::Calendar, &["me", "calendars", calendar.as_str(), "events"], &query)
    }

    /// Makes an event. The transaction that it names is what makes a second try harmless.
    pub(super) fn create(&self, calendar: &CalendarId, event: Map<String, Value>) -> Call {
        self.post(About::Calendar, &["me", "calendars", calendar.as_str(), "events"], &Value::Object(event))
    }

    /// Changes an event that still has that version.
    pub(super) fn patch(
        &self,
        calendar: &CalendarId,
        id: &str,
        version: &Etag,
        patch: Map<String, Value>,
    ) -> Call {
        let path = ["me", "calendars", calendar.as_str(), "events", id];
        let call = self.post(About::Event, &path, &Value::Object(patch));
        Call { method: Method::PATCH, if_match: Some(version.clone()), ..call }
    }

    /// Takes an event away that still has that version.
    pub(super) fn delete(&self, calendar: &CalendarId, id: &str, version: &Etag) -> Call {
        let call = self.get(About::Event, &["me", "calendars", calendar.as_str(), "events", id], &[]);
        Call { method: Method::DELETE, if_match: Some(version.clone()), writes: true, ..call }
    }

    /// Says what we answer to an invitation: `accept`, `tentativelyAccept` or `decline`.
    pub(super) fn respond(&self, calendar: &CalendarId, id: &str, word: &str, tell: bool) -> Call {
        let path = ["me", "calendars", calendar.as_str(), "events", id, word];
        self.post(About::Event, &path, &json!({ "sendResponse": tell }))
    }

    /// Opens a subscription.
    pub(super) fn subscribe(&self, body: &Value) -> Call {
        self.post(About::Subscription, &["subscriptions"], body)
    }

    /// The account's subscriptions, those that have ended among them.
    pub(super) fn subscriptions(&self) -> Call {
        self.get(About::Subscription, &["subscriptions"], &[])
    }

    /// One of them.
    pub(super) fn subscription(&self, id: &str) -> Call {
        self.get(About::Subscription, &["subscriptions", id], &[])
    }

    /// Ends a subscription. Ending twice does no harm, so it does not count as a write.
    pub(super) fn unsubscribe(&self, id: &str) -> Call {
        Call { method: Method::DELETE, ..self.subscription(id) }
    }
}

/// Our notes, to be told along.
fn notes() -> String {
    let named: Vec<String> = [MARK, UID, NAME].iter().map(|id| format!("id eq '{id}'")).collect();
    format!("singleValueExtendedProperties($filter={})", named.join(" or "))
}

/// A text inside of quotes.
fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}

fn escaped(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An answer of success.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// What it holds; empty for a removal.
    pub(super) body: Bytes,
    /// By how much our clock was ahead of Graph's.
    pub(super) ahead: SignedDuration,
}

impl Heard {
    /// Reads it.
    pub(super) fn read<T: DeserializeOwned>(&self, writes: bool) -> Result<T, Answer> {
        serde_json::from_slice(&self.body).map_err(|_| answers::unreadable(writes))
    }
}

/// The way to Graph for the length of one call of the trait.
///
/// Calls go out one after the other, and batches as well: Outlook works on four calls of a mailbox at a time, a batch alone
/// makes it do that, and no more than four links of an account are worked on at once.
pub(super) struct Line<'a> {
    pub(super) http: &'a dyn Http,
    pub(super) api: &'a Url,
    pub(super) access: &'a Access,
    pub(super) pause: Pause,
}

impl Line<'_> {
    /// An address that Graph gave to go on at. Nothing of ours goes to another place (I-43).
    pub(super) fn link(&self, told: &str) -> Result<Url, Answer> {
        let url = Url::parse(told).ok().filter(|url| url.origin() == self.api.origin());
        url.ok_or_else(|| {
            Answer::Transient("Outlook's listing goes on at a place that is not its own".to_owned())
        })
    }

    /// Sends one call.
    pub(super) async fn ask(&self, call: &Call) -> Result<Heard, Answer> {
        self.pause.is_over()?;
        self.send(call).await.inspect_err(|answer| self.pause.heard(answer))
    }

    async fn send(&self, call: &Call) -> Result<Heard, Answer> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(call.url.as_str())
            .header("prefer", call.prefer);
        if let Some(version) = &call.if_match {
            request = request.header(header::IF_MATCH, version.as_str());
        }
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = self.signed(request, call.body.clone().unwrap_or_default())?;
        if call.writes {
            self.access.may_change()?;
        }
        let answer = self.http.send(request).await.map_err(|lost| answers::lost(call.writes, &lost))?;
        self.judge(call, answer.status(), answer.headers(), answer.headers(), answer.body())
    }

    /// Sends calls, many at a time. One answer for each, in order.
    ///
    /// Calls of one batch may be carried out in any order, and some of them can be throttled while others are carried out, each
    /// with a wait of its own: the longest of them is that of all (trap 23). When a batch is refused, or any part of it, for a
    /// reason that holds for all that follow, the rest is not sent.
    pub(super) async fn ask_all(&self, calls: &[Call]) -> Vec<Result<Heard, Answer>> {
        let mut answers = Vec::with_capacity(calls.len());
        for chunk in calls.chunks(BATCH) {
            let before = answers.len();
            if let [call] = chunk {
                answers.push(self.ask(call).await);
            } else {
                match self.ask_batch(chunk).await {
                    Ok(heard) => answers.extend(heard),
                    Err(refused) => answers.extend(chunk.iter().map(|call| Err(refused.of(call)))),
                }
            }
            let of_this = &mut answers[before..];
            answers::wait_for_the_longest(of_this);
            self.pause.heard_in(of_this);
            let stop = of_this.iter().find_map(|answer| answer.as_ref().err()?.of_account());
            if let Some(stop) = stop {
                answers.resize(calls.len(), Err(stop));
                break;
            }
        }
        answers
    }

    async fn ask_batch(&self, calls: &[Call]) -> Result<Vec<Result<Heard, Answer>>, Refused> {
        self.pause.is_over().map_err(Refused::Answer)?;
        let mut url = self.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("$batch");
        }
        let request = Request::builder()
            .method(Method::POST)
            .uri(url.as_str())
            .header(header::CONTENT_TYPE, "application/json");
        let request = self.signed(request, batch::write(self.api, calls)).map_err(Refused::Answer)?;
        if calls.iter().any(|call| call.writes) {
            self.access.may_change().map_err(Refused::Answer)?;
        }
        let answer = match self.http.send(request).await {
            Ok(answer) => answer,
            Err(lost @ (crate::http::Lost::NotSent(_) | crate::http::Lost::Forbidden(_))) => {
                return Err(Refused::Answer(answers::lost(true, &lost)));
            }
            Err(_) => return Err(Refused::Broken),
        };
        let status = answer.status();
        if !status.is_success() {
            let outer = Call { about: About::Account, writes: true, ..Calls { api: url }.person() };
            let refusal = answers::refusal(
                &outer,
                status,
                answer.headers(),
                answer.headers(),
                answer.body(),
                self.access.now,
            );
            return Err(match refusal {
                Answer::Unknown(_) => Refused::Broken,
                Answer::Rejected { .. } => {
                    Refused::Answer(Answer::Transient("Outlook did not take a batch of calls".to_owned()))
                }
                other => Refused::Answer(other),
            });
        }
        let parts = batch::read(answer.body()).ok_or(Refused::Broken)?;
        let mut heard: Vec<_> = calls.iter().map(|call| Err(Refused::Broken.of(call))).collect();
        for part in parts {
            if let Some((call, heard)) = calls.get(part.index).zip(heard.get_mut(part.index)) {
                *heard = self.judge(call, part.status, &part.headers, answer.headers(), &part.body);
            }
        }
        Ok(heard)
    }

    /// Signs a request with the access token, which shows up in no log.
    fn signed(&self, request: http::request::Builder, body: Bytes) -> Result<Request<Bytes>, Answer> {
        let bearer = format!("Bearer {}", self.access.token.expose_secret());
        let mut bearer = header::HeaderValue::try_from(bearer).map_err(|_| Answer::SignInExpired)?;
        bearer.set_sensitive(true);
        let request =
            request.header(header::AUTHORIZATION, bearer).header(header::ACCEPT, "application/json");
        request.body(body).map_err(|_| Answer::Misconfigured {
            why: "the address of Microsoft Graph is not usable".to_owned(),
        })
    }

    fn judge(
        &self,
        call: &Call,
        status: StatusCode,
        headers: &HeaderMap,
        outer: &HeaderMap,
        body: &Bytes,
    ) -> Result<Heard, Answer> {
        if status.is_success() {
            if is_page(body) {
                return Err(answers::unreadable(call.writes));
            }
            return Ok(Heard { body: body.clone(), ahead: pace::ahead(outer, self.access.now) });
        }
        Err(answers::refusal(call, status, headers, outer, body, self.access.now))
    }
}

/// Why a batch gave no answers for its parts.
enum Refused {
    /// Refused as a whole, so no part had an effect.
    Answer(Answer),
    /// Lost, cut off or garbled: each part may have had its effect.
    Broken,
}

impl Refused {
    fn of(&self, call: &Call) -> Answer {
        let lost = || "Outlook's answer to a batch of calls was lost or cut off".to_owned();
        match self {
            Refused::Answer(answer) if call.writes => answer.clone(),
            Refused::Answer(answer) => answer.clone().cause(),
            Refused::Broken if call.writes => Answer::Unknown(lost()),
            Refused::Broken => Answer::Transient(lost()),
        }
    }
}
