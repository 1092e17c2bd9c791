//! The calls we make, and the way they take: signed, sent on where the server says so, and judged.
//!
//! Redirects are followed here, five at most, with method, body and depth kept: a library would make a `GET` of a
//! `PROPFIND`. The password goes to the service that it was given for and to no other, never from https to http. Every
//! change and every removal names the version that it replaces; there is no way to express one without (I-16).

use std::sync::Arc;

use bytes::Bytes;
use concord_model::Etag;
use data_encoding::BASE64;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use url::Url;

use super::answers::{self, About};
use super::href;
use super::memory::Memory;
use super::pace::Pace;
use super::site::Site;
use super::wire::{self, Multistatus, Unreadable};
use crate::answer::Answer;
use crate::file::Whose;
use crate::http::{Http, Lost, TooLate, Took, is_page};
use crate::pace::{self, Pause};
use crate::provider::{Access, Mail};

/// What our documents are. They are UTF-8, as documents are that do not say what else.
const XML: &str = "application/xml";
/// How often a call is sent on to another address.
const MOST_REDIRECTS: usize = 5;

const DEPTH: HeaderName = HeaderName::from_static("depth");
/// RFC 6638, 8.1: an attendee's change is not told to the organiser.
const SCHEDULE_REPLY: HeaderName = HeaderName::from_static("schedule-reply");

/// How far below the address a question reaches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Depth {
    /// That resource alone.
    Zero,
    /// And what lies in it.
    One,
}

/// One call, not yet sent.
#[derive(Clone)]
pub(super) struct Ask {
    method: Method,
    pub(super) url: Url,
    pub(super) about: About,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Ask {
    fn new(method: &str, url: &Url, about: About) -> Ask {
        let method = Method::from_bytes(method.as_bytes()).expect("a word of letters is a method");
        Ask { method, url: url.clone(), about, headers: Vec::new(), body: Bytes::new() }
    }

    fn with(mut self, name: HeaderName, value: &str) -> Ask {
        // A version that no header can carry was never one of a header's: it is not current.
        let value = HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("\"\""));
        self.headers.push((name, value));
        self
    }

    fn xml(self, depth: Depth, body: String) -> Ask {
        let depth = if depth == Depth::Zero { "0" } else { "1" };
        let ask = self.with(DEPTH, depth).with(header::CONTENT_TYPE, XML);
        Ask { body: Bytes::from(body), ..ask }
    }

    /// Properties.
    pub(super) fn properties(url: &Url, about: About, depth: Depth, props: &[&str]) -> Ask {
        Ask::new("PROPFIND", url, about).xml(depth, wire::propfind(props))
    }

    /// A report.
    pub(super) fn report(url: &Url, about: About, depth: Depth, body: String) -> Ask {
        Ask::new("REPORT", url, about).xml(depth, body)
    }

    /// What an address can do.
    pub(super) fn options(url: &Url) -> Ask {
        Ask::new("OPTIONS", url, About::Account)
    }

    /// One resource, as it is.
    pub(super) fn resource(url: &Url) -> Ask {
        // What is compressed on the way gets another version from some servers.
        Ask::new("GET", url, About::Reading)
            .with(header::ACCEPT, "text/calendar")
            .with(header::ACCEPT_ENCODING, "identity")
    }

    fn put(url: &Url, about: About, file: Bytes, mail: Mail) -> Ask {
        let ask = Ask::new("PUT", url, about).with(header::CONTENT_TYPE, "text/calendar; charset=utf-8");
        Ask { body: file, ..ask }.telling(mail)
    }

    /// A new resource, where there is none.
    pub(super) fn make(url: &Url, file: Bytes, mail: Mail) -> Ask {
        Ask::put(url, About::Making, file, mail).with(header::IF_NONE_MATCH, "*")
    }

    /// Another content for a resource that still has that version.
    pub(super) fn change(url: &Url, version: &Etag, file: Bytes, mail: Mail) -> Ask {
        Ask::put(url, About::Changing, file, mail).with(header::IF_MATCH, version.as_str())
    }

    /// Takes a resource away that still has that version.
    pub(super) fn remove(url: &Url, version: &Etag, mail: Mail) -> Ask {
        Ask::new("DELETE", url, About::Removing).with(header::IF_MATCH, version.as_str()).telling(mail)
    }

    /// A new calendar.
    pub(super) fn calendar(url: &Url, name: &str, extended: bool) -> Ask {
        let method = if extended { "MKCOL" } else { "MKCALENDAR" };
        let ask = Ask::new(method, url, About::Making);
        let ask = ask.with(header::CONTENT_TYPE, XML);
        Ask { body: Bytes::from(wire::new_calendar(name, extended)), ..ask }
    }

    fn telling(self, mail: Mail) -> Ask {
        match mail {
            Mail::Nobody => self.with(SCHEDULE_REPLY, "F"),
            Mail::Guests => self,
        }
    }
}

/// An answer of success.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Where it came from in the end: hrefs in it are relative to that.
    pub(super) url: Url,
    /// By how much our clock was ahead of the server's.
    pub(super) ahead: SignedDuration,
}

impl Heard {
    pub(super) fn text(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The version that it tells, if it is one that can be relied upon.
    pub(super) fn version(&self) -> Option<Etag> {
        self.text(header::ETAG).and_then(etag)
    }
}

/// An answer about resources.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) all: Multistatus,
    /// Where it came from in the end.
    pub(super) url: Url,
    pub(super) ahead: SignedDuration,
}

/// Why there is no answer about resources.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Untold {
    /// By the closed list.
    Answer(Answer),
    /// What is within it cannot be said in XML (a control character, another encoding): single resources can be read.
    Odd,
    /// Too much was asked for at once, as far as one can tell; what it means if it was not.
    TooMuch(Answer),
    /// There was no answer in time, or none that is small enough.
    Slow(Answer),
}

impl From<Untold> for Answer {
    fn from(untold: Untold) -> Answer {
        match untold {
            Untold::Answer(answer) | Untold::TooMuch(answer) | Untold::Slow(answer) => answer,
            Untold::Odd => answers::unreadable(),
        }
    }
}

/// The version that an ETag tells, in the one spelling in which versions are kept: quoted and strong, or bare where the
/// server writes it bare. What proxies add is no part of it.
pub(super) fn etag(told: &str) -> Option<Etag> {
    let told = told.trim();
    let strong = told.strip_prefix("W/").or_else(|| told.strip_prefix("w/")).unwrap_or(told);
    let inner = strong.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let bare = |text: &str| {
        let text = ["-gzip", ";gzip", "--gzip"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
        text.to_owned()
    };
    match inner {
        Some("") => None,
        Some(inner) => Some(Etag(format!("\"{}\"", bare(inner)))),
        None if strong.is_empty() => None,
        None => Some(Etag(bare(strong))),
    }
}

/// The ways out: to where the operator said, and to where a person said.
pub(super) struct Doors {
    pub(super) trusted: Arc<dyn Http>,
    pub(super) guarded: Arc<dyn Http>,
}

/// The way to one account for the length of one call of the trait. Clones are one way: who is asked to wait on one of
/// them sends nothing more on any.
#[derive(Clone)]
pub(super) struct Line<'a> {
    pub(super) doors: &'a Doors,
    pub(super) memory: &'a Memory,
    pub(super) site: &'a Site,
    pub(super) access: &'a Access,
    /// Whether files are handed on whole.
    pub(super) whole: bool,
    pub(super) pause: Pause,
}

impl<'a> Line<'a> {
    /// The way to an account that is there.
    pub(super) fn new(
        doors: &'a Doors,
        memory: &'a Memory,
        site: &'a Site,
        access: &'a Access,
        whole: bool,
    ) -> Line<'a> {
        Line { doors, memory, site, access, whole, pause: Pause::default() }
    }

    /// Whose files they are.
    pub(super) fn whose(&self) -> Whose<'_> {
        let Site { user, addresses, able, .. } = self.site;
        Whose { user, addresses, invites: able.invites, whole: self.whole }
    }

    /// How many calls go out to that server at a time.
    pub(super) fn pace(&self, writes: bool) -> Arc<Pace> {
        self.memory.pace(self.site, writes)
    }

    /// Sends one call, and on to wherever the server sends it.
    pub(super) async fn ask(&self, ask: &Ask) -> Result<Heard, Answer> {
        self.send(ask).await.map_err(Answer::from)
    }

    async fn send(&self, ask: &Ask) -> Result<Heard, Untold> {
        let mut url = ask.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            // Several things are done side by side: what one of them was told holds for the others' next calls (I-33).
            self.pause.is_over().map_err(Untold::Answer)?;
            if ask.about.writes() {
                self.access.may_change().map_err(Untold::Answer)?;
            }
            let answer = match self.door(&url).send(self.signed(ask, &url)?).await {
                Ok(answer) => answer,
                Err(lost) => {
                    let told = answers::lost(ask.about.writes(), &lost);
                    let slow = match &lost {
                        Lost::NoAnswer(source) => source.is::<TooLate>(),
                        Lost::TooLarge { .. } => true,
                        Lost::NotSent(_) | Lost::Forbidden(_) => false,
                    };
                    return Err(if slow { Untold::Slow(told) } else { Untold::Answer(told) });
                }
            };
            if let Some(Took(took)) = answer.extensions().get::<Took>() {
                self.pace(ask.about.writes()).took(*took);
            }
            if let Some(next) = redirect(&url, answer.status(), answer.headers()) {
                url = next?;
                continue;
            }
            return self.judge(ask, answer, url);
        }
        Err(Untold::Answer(Answer::Transient("the server sent us from address to address".to_owned())))
    }

    fn judge(&self, ask: &Ask, answer: http::Response<Bytes>, url: Url) -> Result<Heard, Untold> {
        let (parts, body) = answer.into_parts();
        let (status, headers) = (parts.status, parts.headers);
        let refused = |status: StatusCode| {
            let answer = answers::refusal(ask.about, status, &headers, &body, self.access.now);
            self.pause.heard(&answer);
            match answer.clone().cause() {
                Answer::RetryAfter { .. } => {
                    self.pace(true).asked_to_wait();
                    self.pace(false).asked_to_wait();
                }
                Answer::Unknown(_) => self.pace(true).had_trouble(),
                // Writes that meet are in each other's way there.
                _ if status == StatusCode::LOCKED => self.pace(true).had_trouble(),
                _ => {}
            }
            match status.as_u16() {
                // A server that lists a member and then misses it may refuse the whole of what was asked with it.
                400 | 404 | 405 | 413 | 415 | 422 | 500 | 501 | 507 => Untold::TooMuch(answer),
                _ => Untold::Answer(answer),
            }
        };
        if !status.is_success() {
            return Err(refused(status));
        }
        // A server may write a page about what it made; to all else, somebody in between may have.
        if status == StatusCode::OK && ask.about.writes() && is_page(&body) {
            return Err(Untold::Answer(Answer::Unknown("a page was answered to a write".to_owned())));
        }
        // Some servers hide what became of a write in an answer about many.
        if status == StatusCode::MULTI_STATUS && ask.about.writes() {
            let told = Multistatus::read(&body).unwrap_or_default();
            let failed = told.responses.iter().filter_map(|one| one.status).find(|status| *status >= 300);
            if let Some(failed) = failed.and_then(|status| StatusCode::from_u16(status).ok()) {
                return Err(refused(failed));
            }
        }
        let ahead = pace::ahead(&headers, self.access.now);
        Ok(Heard { headers, body, url, ahead })
    }

    /// Sends a question about resources.
    pub(super) async fn tell(&self, ask: &Ask) -> Result<Told, Untold> {
        let heard = self.send(ask).await?;
        let all = Multistatus::read(&heard.body).map_err(|unreadable| match unreadable {
            Unreadable::Broken => Untold::Answer(answers::unreadable()),
            Unreadable::Odd => Untold::Odd,
        })?;
        // What is missing as a whole is told as the one thing that is missing in it.
        if let [one] = all.responses.as_slice()
            && let Some(status) = one.status.filter(|status| matches!(status, 401 | 403 | 404 | 410))
            && href::same_path(&one.href, heard.url.path())
        {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::NOT_FOUND);
            let refused = answers::refusal(ask.about, status, &heard.headers, b"", self.access.now);
            return Err(Untold::Answer(refused));
        }
        Ok(Told { all, url: heard.url, ahead: heard.ahead })
    }

    fn door(&self, url: &Url) -> &dyn Http {
        // The operator's word holds for that host, not for wherever it leads.
        match self.site.trusted && self.site.base.host() == url.host() {
            true => &*self.doors.trusted,
            false => &*self.doors.guarded,
        }
    }

    /// Signs a call with the password, which shows up in no log. Only for the service that it was given for.
    fn signed(&self, ask: &Ask, url: &Url) -> Result<Request<Bytes>, Untold> {
        let misconfigured = |why: String| Untold::Answer(Answer::Misconfigured { why });
        if !href::same_owner(&self.site.base, url) {
            let host = url.host_str().unwrap_or_default();
            return Err(misconfigured(format!(
                "the server leads to another service ({host}), which is not told the password: if you trust it, connect \
                 with its address"
            )));
        }
        if self.site.base.scheme() == "https" && url.scheme() != "https" {
            return Err(misconfigured(
                "the server leads away from https, where others could read along".to_owned(),
            ));
        }
        let mut request = Request::builder().method(ask.method.clone()).uri(url.as_str());
        let pair = format!("{}:{}", self.site.user, self.access.token.expose_secret());
        // Where nobody has to sign in, nobody does.
        if pair != ":" {
            let mut basic = HeaderValue::try_from(format!("Basic {}", BASE64.encode(pair.as_bytes())))
                .map_err(|_| Untold::Answer(Answer::SignInExpired))?;
            basic.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, basic);
        }
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        request
            .body(ask.body.clone())
            .map_err(|_| misconfigured("the server's address is not usable".to_owned()))
    }
}

/// Where an answer sends us; `None` for an answer that does not.
fn redirect(from: &Url, status: StatusCode, headers: &HeaderMap) -> Option<Result<Url, Untold>> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let to = headers.get(header::LOCATION).and_then(|to| to.to_str().ok());
    let Some(to) = to.and_then(|to| href::resolved(from, to)) else {
        let answer = Answer::Transient("the server sends us on without saying where".to_owned());
        return Some(Err(Untold::Answer(answer)));
    };
    if from.scheme() == "https" && to.scheme() != "https" {
        let why = "the server leads away from https, where others could read along".to_owned();
        return Some(Err(Untold::Answer(Answer::Misconfigured { why })));
    }
    Some(Ok(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_told_in_many_spellings_and_kept_in_one() {
        let check = |told: &str, expected: Option<&str>| {
            assert_eq!(etag(told).map(|etag| etag.0).as_deref(), expected, "{told}");
        };
        check("\"abc\"", Some("\"abc\""));
        check("W/\"abc\"", Some("\"abc\""));
        check(" \"abc-gzip\" ", Some("\"abc\""));
        check("2026-11-20T10:00:00Z", Some("2026-11-20T10:00:00Z"));
        check("\"\"", None);
        check("", None);
    }

    #[test]
    fn nothing_is_sent_on_from_https_to_http() {
        let from = Url::parse("https://dav.example/a/").unwrap();
        let to = |location: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, HeaderValue::from_str(location).unwrap());
            redirect(&from, StatusCode::MOVED_PERMANENTLY, &headers).unwrap()
        };
        assert_eq!(to("/b/").unwrap().as_str(), "https://dav.example/b/");
        assert_eq!(to("https://p02.dav.example/b/").unwrap().host_str(), Some("p02.dav.example"));
        assert!(matches!(to("http://dav.example/b/"), Err(Untold::Answer(Answer::Misconfigured { .. }))));
        assert!(redirect(&from, StatusCode::OK, &HeaderMap::new()).is_none());
    }
}
