//! The calls we make: one function each, giving a value that can go out alone or as a part of a batch.
//!
//! Every change and every removal names the version that it replaces; there is no way to express one without (I-16).
//! Every write says who is told by mail, also when it is nobody (trap 12).

use bytes::Bytes;
use concord_model::{CalendarId, Etag, ExternalId};
use concord_points::defect;
use http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::Url;

use super::{answers, batch};
use crate::answer::Answer;
use crate::http::{Http, is_page};
use crate::pace::{self, Pause};
use crate::provider::{Access, Channel, Mail, Watch};

/// The most calls that Google takes in one batch.
pub(super) const BATCH: usize = 50;
/// The most events that Google gives in one page.
const PAGE: &str = "2500";
/// Our name for an event in the world, kept on its copies (see [`super::convert`]).
pub(super) const UID: &str = "concordUid";

/// What a call is about: it decides what "not found" means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum About {
    /// One event, by its id.
    Event,
    /// A calendar.
    Calendar,
    /// The changes of a calendar, from a cursor.
    Changes,
    /// The account.
    Account,
}

/// One call, not yet sent.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) if_match: Option<Etag>,
    pub(super) body: Option<Bytes>,
    pub(super) about: About,
    /// Whether it may leave an effect behind that must not be repeated blindly.
    pub(super) writes: bool,
    /// The zones that its body names, to say which one Google does not know.
    pub(super) zones: Vec<String>,
}

/// A query of a calendar's changes, without its place. Part of every cursor: a cursor of another query is worthless
/// (trap 5).
pub(super) const CHANGES: &[(&str, &str)] =
    &[("singleEvents", "false"), ("showDeleted", "true"), ("maxResults", PAGE)];

/// The calls, with the address they go to.
#[derive(Clone)]
pub(super) struct Calls {
    pub(super) api: Url,
}

impl Calls {
    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.query_pairs_mut().extend_pairs(query).append_pair("prettyPrint", "false");
        url
    }

    fn get(&self, about: About, path: &[&str], query: &[(&str, &str)]) -> Call {
        let url = self.url(path, query);
        Call { method: Method::GET, url, if_match: None, body: None, about, writes: false, zones: Vec::new() }
    }

    fn post(&self, about: About, path: &[&str], query: &[(&str, &str)], body: &Value) -> Call {
        let body = Some(Bytes::from(body.to_string()));
        Call { method: Method::POST, body, writes: true, ..self.get(about, path, query) }
    }

    /// The account's calendars, also those that its person keeps out of the list but shows.
    pub(super) fn calendars(&self, page: Option<&str>) -> Call {
        let mut query = vec![("maxResults", "250"), ("showHidden", "true")];
        query.extend(page.map(|page| ("pageToken", page)));
        self.get(About::Account, &["users", "me", "calendarList"], &query)
    }

    /// A page of a calendar's changes: since `sync`, or of everything.
    pub(super) fn changes(&self, calendar: &CalendarId, sync: Option<&str>, page: Option<&str>) -> Call {
        let mut query = CHANGES.to_vec();
        query.extend(sync.map(|sync| ("syncToken", sync)));
        query.extend(page.map(|page| ("pageToken", page)));
        let about = if sync.is_some() || page.is_some() { About::Changes } else { About::Calendar };
        self.get(about, &["calendars", calendar.as_str(), "events"], &query)
    }

    /// The calendar's own zone, and nothing else.
    pub(super) fn zone(&self, calendar: &CalendarId) -> Call {
        let query = [("maxResults", "1"), ("fields", "timeZone")];
        self.get(About::Calendar, &["calendars", calendar.as_str(), "events"], &query)
    }

    /// One event.
    pub(super) fn event(&self, calendar: &CalendarId, id: &ExternalId) -> Call {
        self.get(About::Event, &["calendars", calendar.as_str(), "events", id.as_str()], &[])
    }

    /// Everything that bears that iCalUID: a series' master and all its exceptions.
    pub(super) fn with_ical_uid(&self, calendar: &CalendarId, uid: &str, page: Option<&str>) -> Call {
        let mut query = vec![("iCalUID", uid)];
        query.extend(CHANGES);
        query.extend(page.map(|page| ("pageToken", page)));
        self.get(About::Calendar, &["calendars", calendar.as_str(), "events"], &query)
    }

    /// Everything that we wrote under that name of ours.
    pub(super) fn with_our_uid(&self, calendar: &CalendarId, uid: &str, page: Option<&str>) -> Call {
        let property = format!("{UID}={uid}");
        let mut query = vec![("privateExtendedProperty", property.as_str())];
        query.extend(CHANGES);
        query.extend(page.map(|page| ("pageToken", page)));
        self.get(About::Calendar, &["calendars", calendar.as_str(), "events"], &query)
    }

    /// Makes an event. Its id, chosen by us, is what makes a second try harmless.
    pub(super) fn insert(&self, calendar: &CalendarId, event: Map<String, Value>, mail: Mail) -> Call {
        let zones = zones(&event);
        let query = [("sendUpdates", send_updates(mail))];
        let path = ["calendars", calendar.as_str(), "events"];
        Call { zones, ..self.post(About::Calendar, &path, &query, &Value::Object(event)) }
    }

    /// Changes the named fields of an event that still has that version.
    pub(super) fn patch(
        &self,
        calendar: &CalendarId,
        id: &ExternalId,
        version: &Etag,
        patch: Map<String, Value>,
        mail: Mail,
    ) -> Call {
        let zones = zones(&patch);
        let query = [("sendUpdates", send_updates(mail))];
        let path = ["calendars", calendar.as_str(), "events", id.as_str()];
        let call = self.post(About::Event, &path, &query, &Value::Object(patch));
        let method =
            if defect!("an event is replaced where it is changed") { Method::PUT } else { Method::PATCH };
        let if_match = (!defect!("a change names no version")).then(|| version.clone());
        Call { method, if_match, zones, ..call }
    }

    /// Takes an event away that still has that version.
    pub(super) fn delete(&self, calendar: &CalendarId, id: &ExternalId, version: &Etag, mail: Mail) -> Call {
        let query = [("sendUpdates", send_updates(mail))];
        let path = ["calendars", calendar.as_str(), "events", id.as_str()];
        let call = self.get(About::Event, &path, &query);
        let if_match = (!defect!("a removal names no version")).then(|| version.clone());
        Call { method: Method::DELETE, if_match, writes: true, ..call }
    }

    /// Opens a channel.
    pub(super) fn watch(&self, calendar: &CalendarId, watch: &Watch<'_>) -> Call {
        let body = json!({
            "id": watch.id,
            "type": "web_hook",
            "address": watch.address.as_str(),
            "token": watch.secret.expose_secret(),
            "expiration": watch.until.as_millisecond(),
        });
        self.post(About::Calendar, &["calendars", calendar.as_str(), "events", "watch"], &[], &body)
    }

    /// Closes a channel. Closing twice does no harm, so it does not count as a write.
    pub(super) fn stop(&self, channel: &Channel) -> Call {
        let body = json!({ "id": channel.id, "resourceId": channel.resource });
        Call { writes: false, ..self.post(About::Event, &["channels", "stop"], &[], &body) }
    }
}

/// Whose account it is. Not of the calendar API, but asked with the same key.
pub(super) fn userinfo(url: &Url) -> Call {
    let url = url.clone();
    let about = About::Account;
    Call { method: Method::GET, url, if_match: None, body: None, about, writes: false, zones: Vec::new() }
}

fn send_updates(mail: Mail) -> &'static str {
    match mail {
        Mail::Nobody if defect!("guests are always mailed") => "all",
        Mail::Nobody => "none",
        Mail::Guests => "all",
    }
}

fn zones(body: &Map<String, Value>) -> Vec<String> {
    let zone = |key| Some(body.get(key)?.get("timeZone")?.as_str()?.to_owned());
    let mut zones: Vec<String> = ["start", "end"].into_iter().filter_map(zone).collect();
    zones.dedup();
    zones
}

/// An answer of success.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// What it holds; empty for a removal.
    pub(super) body: Bytes,
    /// By how much our clock was ahead of Google's.
    pub(super) ahead: SignedDuration,
    /// A read was answered with "deleted": that is what was asked, not a refusal.
    pub(super) says_deleted: bool,
}

impl Heard {
    /// Reads it.
    pub(super) fn read<T: DeserializeOwned>(&self, writes: bool) -> Result<T, Answer> {
        serde_json::from_slice(&self.body).map_err(|_| answers::unreadable(writes))
    }
}

/// The way to Google for the length of one call of the trait.
pub(super) struct Line<'a> {
    pub(super) http: &'a dyn Http,
    pub(super) batch: &'a Url,
    pub(super) access: &'a Access,
    pub(super) pause: Pause,
}

impl Line<'_> {
    /// Sends one call.
    pub(super) async fn ask(&self, call: &Call) -> Result<Heard, Answer> {
        self.pause.is_over()?;
        self.send(call).await.inspect_err(|answer| self.pause.heard(answer))
    }

    async fn send(&self, call: &Call) -> Result<Heard, Answer> {
        let mut request = Request::builder().method(call.method.clone()).uri(call.url.as_str());
        if let Some(version) = &call.if_match {
            request = request.header(header::IF_MATCH, version.as_str());
        }
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json; charset=UTF-8");
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
    /// Calls of one batch may be carried out in any order. When Google refuses a batch, or any part of it, for a reason that
    /// holds for all that follow, the rest is not sent.
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
            self.pause.heard_in(&answers[before..]);
            let stop = answers[before..].iter().find_map(|answer| answer.as_ref().err()?.of_account());
            if let Some(stop) = stop {
                answers.resize(calls.len(), Err(stop));
                break;
            }
        }
        answers
    }

    async fn ask_batch(&self, calls: &[Call]) -> Result<Vec<Result<Heard, Answer>>, Refused> {
        self.pause.is_over().map_err(Refused::Answer)?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.batch.as_str())
            .header(header::CONTENT_TYPE, batch::CONTENT_TYPE);
        let request = self.signed(request, batch::write(calls)).map_err(Refused::Answer)?;
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
            let outer =
                Call { method: Method::POST, about: About::Account, writes: true, ..userinfo(self.batch) };
            let refusal = answers::refusal(&outer, status, answer.headers(), answer.body(), self.access.now);
            return Err(match refusal {
                Answer::InPart(_) => Refused::Answer(refusal),
                _ if status.is_server_error() => Refused::Broken,
                Answer::Rejected { .. } => {
                    Refused::Answer(Answer::Transient("Google did not take a batch of calls".to_owned()))
                }
                other => Refused::Answer(other),
            });
        }
        let content_type = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let parts = batch::read(content_type.unwrap_or_default(), answer.body()).ok_or(Refused::Broken)?;
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
        request
            .body(body)
            .map_err(|_| Answer::Misconfigured { why: "Google's address is not usable".to_owned() })
    }

    fn judge(
        &self,
        call: &Call,
        status: StatusCode,
        headers: &HeaderMap,
        outer: &HeaderMap,
        body: &Bytes,
    ) -> Result<Heard, Answer> {
        let heard = |says_deleted| {
            let ahead = pace::ahead(outer, self.access.now);
            Heard { body: body.clone(), ahead, says_deleted }
        };
        if status.is_success() {
            return if is_page(body) { Err(answers::unreadable(call.writes)) } else { Ok(heard(false)) };
        }
        match answers::refusal(call, status, headers, body, self.access.now) {
            Answer::Gone if status == StatusCode::GONE && !call.writes => Ok(heard(true)),
            refusal => Err(refusal),
        }
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
        match self {
            Refused::Answer(answer) if call.writes => answer.clone(),
            Refused::Answer(answer) => answer.clone().cause(),
            Refused::Broken if call.writes => {
                Answer::Unknown("Google's answer to a batch of calls was lost or cut off".to_owned())
            }
            Refused::Broken => {
                Answer::Transient("Google's answer to a batch of calls was lost or cut off".to_owned())
            }
        }
    }
}
