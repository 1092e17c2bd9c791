//! A real server, a person who uses it with another program, and a way to it on which answers get lost.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::observed::Item;
use concord_model::{CalendarId, ExternalId, Span};
use concord_net::{Door as Way, Limits};
use concord_providers::answer::Answer;
use concord_providers::caldav::{CalDav, Settings};
use concord_providers::http::{Http, Lost};
use concord_providers::provider::{Access, Login, Provider};
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;

use super::server::{Server, new_name};
use crate::contract::{self, Loss};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Radicale,
    Xandikos,
}

/// The way to the server, on which a call can be lost.
pub(crate) struct Door {
    way: Way,
    pub(crate) log: Mutex<Vec<String>>,
    bytes: AtomicUsize,
    lose: Mutex<Option<(Loss, u32)>>,
    tokens_ended: AtomicBool,
    keys_ended: AtomicBool,
}

#[async_trait]
impl Http for Door {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let target = request.uri().path();
        self.log.lock().unwrap().push(format!("{} {target}", request.method()));
        let loss = {
            let mut lose = self.lose.lock().unwrap();
            match lose.take() {
                Some((loss, 0)) => Some(loss),
                Some((loss, skip)) => {
                    *lose = Some((loss, skip - 1));
                    None
                }
                None => None,
            }
        };
        let broken = || Lost::NoAnswer("the connection broke".into());
        if matches!(loss, Some(Loss::Request)) {
            return Err(broken());
        }
        if self.keys_ended.load(Ordering::Relaxed) {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            return Ok(response);
        }
        let (parts, body) = request.into_parts();
        let mut text = String::from_utf8_lossy(&body).into_owned();
        if self.tokens_ended.load(Ordering::Relaxed)
            && let Some((before, rest)) = text.split_once("<sync-token>")
            && let Some((token, after)) = rest.split_once("</sync-token>")
        {
            // In the server's own form, and none of its own.
            let other: String =
                token.chars().map(|c| if c.is_ascii_hexdigit() && c != 'c' { '1' } else { c }).collect();
            text = format!("{before}<sync-token>{other}</sync-token>{after}");
        }
        self.bytes.fetch_add(text.len(), Ordering::Relaxed);
        let answer = self.way.send(Request::from_parts(parts, Bytes::from(text))).await?;
        self.bytes.fetch_add(answer.body().len(), Ordering::Relaxed);
        let (mut parts, body) = answer.into_parts();
        match loss {
            Some(Loss::Answer) => Err(broken()),
            Some(Loss::Half) if body.is_empty() => Err(broken()),
            Some(Loss::Half) => Ok(Response::from_parts(parts, body.slice(..body.len() / 2))),
            Some(Loss::Garbage) => {
                let mut page =
                    Response::new(Bytes::from_static(b"<html><body>Welcome to the hotel</body></html>"));
                page.headers_mut().insert("content-type", "text/html".parse().unwrap());
                Ok(page)
            }
            Some(Loss::Trouble) => {
                parts.status = StatusCode::SERVICE_UNAVAILABLE;
                Ok(Response::from_parts(parts, Bytes::new()))
            }
            _ => Ok(Response::from_parts(parts, body)),
        }
    }
}

pub(crate) struct World {
    pub(crate) caldav: CalDav,
    pub(crate) server: Server,
    pub(crate) door: Arc<Door>,
    pub(crate) site: String,
    calendars: [CalendarId; 2],
}

impl World {
    pub(crate) async fn new(kind: Kind) -> World {
        let (server, home) = match kind {
            Kind::Radicale => (Server::of("CONCORD_TEST_RADICALE"), "/alice/"),
            Kind::Xandikos => (Server::of("CONCORD_TEST_XANDIKOS"), "/alice/calendars/"),
        };
        let calendars = ["own", "team"].map(|name| {
            let path = format!("{home}{name}-{}/", new_name());
            server.make(&path, name);
            CalendarId(path)
        });
        let door = Arc::new(Door {
            way: Way::trusted(Limits::default()).unwrap(),
            log: Mutex::default(),
            bytes: AtomicUsize::new(0),
            lose: Mutex::default(),
            tokens_ended: AtomicBool::new(false),
            keys_ended: AtomicBool::new(false),
        });
        // Xandikos 0.4.10 answers 500 to a removal that meets another write: its store has one lock.
        let at_once = if kind == Kind::Xandikos { 1 } else { 4 };
        let caldav = CalDav::new(Settings { at_once, ..Settings::any() }, door.clone(), door.clone());
        let login = Login {
            user: "alice".to_owned(),
            secret: SecretString::from("secret"),
            address: Some(server.url()),
            trusted: true,
        };
        // A home whose calendars others make and take away at that moment is trouble for the server (Radicale: 500).
        let mut entered = caldav.enter(&login, now()).await;
        for _ in 0..20 {
            if !matches!(entered, Err(Answer::Transient(_))) {
                break;
            }
            entered = caldav.enter(&login, now()).await;
        }
        let site = entered.unwrap().site.unwrap();
        World { caldav, server, door, site, calendars }
    }

    /// The same world, with an adapter that remembers nothing.
    pub(crate) fn started_anew(&self) -> World {
        let caldav = CalDav::new(Settings::any(), self.door.clone(), self.door.clone());
        let (server, door, site) = (self.server.clone(), self.door.clone(), self.site.clone());
        World { caldav, server, door, site, calendars: self.calendars.clone() }
    }

    /// The path of a file there.
    pub(crate) fn path(&self, id: &ExternalId) -> String {
        format!("{}{}", self.calendars[0], id.as_str().split('#').next().unwrap())
    }

    /// How many bytes went there and back so far, without heads.
    pub(crate) fn bytes(&self) -> usize {
        self.door.bytes.load(Ordering::Relaxed)
    }
}

fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

/// A file of a person's own program.
pub(crate) fn file(uid: &str, title: &str, span: &Span) -> String {
    let Span::Timed(timed) = span else { panic!("people here make events with times") };
    let utc = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Another//Program//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20261119T100000Z\r\nDTSTART:{}\r\nDTEND:{}\r\nSUMMARY:{title}\r\nX-ANOTHER:kept\r\nEND:VEVENT\r\n\
         END:VCALENDAR\r\n",
        utc(timed.start().instant()),
        utc(timed.end().instant()),
    )
}

/// The file with another title on the event, or on one of its occurrences.
fn retitled(file: &str, occurrence: Option<&str>, title: &str) -> String {
    let mut blocks: Vec<String> = file.split("BEGIN:VEVENT").map(str::to_owned).collect();
    let meant = |block: &String| match occurrence {
        Some(key) => block.lines().any(|line| line.starts_with("RECURRENCE-ID") && line.ends_with(key)),
        None => !block.contains("RECURRENCE-ID"),
    };
    let block = blocks.iter_mut().skip(1).find(|block| meant(block)).expect("it is there");
    let lines: Vec<String> = block
        .lines()
        .map(|line| if line.starts_with("SUMMARY") { format!("SUMMARY:{title}") } else { line.to_owned() })
        .collect();
    *block = lines.join("\r\n") + "\r\n";
    blocks.join("BEGIN:VEVENT")
}

impl contract::World for World {
    fn provider(&self) -> &dyn Provider {
        &self.caldav
    }

    fn access(&self) -> Access {
        Access { site: Some(self.site.clone()), ..Access::new("secret", now()) }
    }

    fn calendar(&self) -> CalendarId {
        self.calendars[0].clone()
    }

    fn other_calendar(&self) -> CalendarId {
        self.calendars[1].clone()
    }

    fn person_creates(&self, title: &str, span: &Span) -> ExternalId {
        let uid = new_name().to_string();
        let id = ExternalId(format!("{uid}.ics"));
        self.server.put(&self.path(&id), &file(&uid, title, span));
        id
    }

    fn person_retitles(&self, id: &ExternalId, title: &str) {
        let path = self.path(id);
        let occurrence = id.as_str().split_once('#').map(|(_, key)| key);
        self.server.put(&path, &retitled(&self.server.get(&path).unwrap(), occurrence, title));
    }

    fn person_deletes(&self, id: &ExternalId) {
        self.server.delete(&self.path(id));
    }

    fn titles(&self) -> Vec<String> {
        let title = |(path, _): &(String, String)| {
            let file = self.server.get(path)?;
            let blocks = file.split("BEGIN:VEVENT").skip(1);
            let master = blocks.into_iter().find(|block| !block.contains("RECURRENCE-ID"))?.to_owned();
            master.lines().find_map(|line| line.strip_prefix("SUMMARY:").map(str::to_owned))
        };
        self.server.files(self.calendars[0].as_str()).iter().filter_map(title).collect()
    }

    fn changed_occurrence(&self, items: &[Item]) -> ExternalId {
        ExternalId(format!("{}#20261201T100000", items[0].id))
    }

    fn lose(&self, loss: Loss, skip: u32) {
        *self.door.lose.lock().unwrap() = Some((loss, skip));
    }

    fn end_cursors(&self) {
        self.door.tokens_ended.store(true, Ordering::Relaxed);
    }

    fn end_keys(&self) {
        self.door.keys_ended.store(true, Ordering::Relaxed);
    }

    fn mails(&self) -> usize {
        // None of these servers sends any.
        0
    }

    fn trips(&self) -> usize {
        self.door.log.lock().unwrap().len()
    }

    fn batches(&self) -> bool {
        false
    }

    fn remembers_what_was_deleted(&self) -> bool {
        false
    }

    fn trips_of_a_read(&self) -> u32 {
        1
    }
}
