//! Calendar servers: the twin, plain or with iCloud's manners, and real ones (Radicale, Xandikos), all on the same terms.
//!
//! A person at a real server has a program of their own: a twin that holds the same files. What it makes of them is stored
//! at the server, and what takes place is what it tells. So nothing is read there by the adapter that it wrote itself.

#[path = "../../../providers/tests/it/caldav/server.rs"]
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use concord_engine::Clock;
use concord_model::{CalendarId, ProviderId};
use concord_net::{Door, Limits};
use concord_providers::caldav::{CalDav, Settings};
use concord_providers::http::{Http, Lost};
use concord_providers::provider::{Login, Provider};
use concord_twins::caldav::{Settings as TwinSettings, Twin};
use concord_twins::chance::Chance;
use concord_twins::faults::{Faults, Kind, Rule, spoil};
use concord_twins::message::{Call, Journey, Reply};
use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use server::{Server, new_name};

use crate::door::VirtualClock;

/// Which server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    Plain,
    Icloud,
    Radicale,
    Xandikos,
}

/// A calendar server with alice's calendar on it.
#[derive(Clone)]
pub(crate) struct Served {
    manner: Manner,
    /// The server; before a real one, its person's program.
    twin: Twin,
    real: Option<Arc<Real>>,
    calls: Arc<[AtomicUsize; 2]>,
}

/// A real server, and what goes wrong on the way to it.
struct Real {
    server: Server,
    way: Door,
    /// The path of alice's calendar.
    calendar: String,
    faults: Mutex<(Faults, Chance)>,
    tokens: Mutex<Tokens>,
    password_ended: Mutex<bool>,
    /// Files that were fetched, with their versions.
    known: Mutex<BTreeMap<String, (String, String)>>,
}

/// The sync tokens that the server gave out, and those that have ended.
#[derive(Default)]
struct Tokens {
    given: BTreeSet<String>,
    ended: BTreeSet<String>,
}

impl Served {
    pub(crate) fn new(manner: Manner, clock: &Arc<VirtualClock>) -> Served {
        let clock = clock.clone();
        let base = if manner == Manner::Icloud { "https://caldav.icloud.com" } else { "https://dav.test" };
        let twin = Twin::new(TwinSettings::new(base, Arc::new(move || clock.now())));
        if manner == Manner::Icloud {
            twin.control("POST", "preset", &json!({ "name": "icloud" })).unwrap();
        }
        let real = match manner {
            Manner::Plain | Manner::Icloud => None,
            Manner::Radicale => Some(Real::new("CONCORD_TEST_RADICALE", "/alice/")),
            Manner::Xandikos => Some(Real::new("CONCORD_TEST_XANDIKOS", "/alice/calendars/")),
        };
        Served { manner, twin, real: real.map(Arc::new), calls: Arc::default() }
    }

    pub(crate) fn id(&self) -> ProviderId {
        self.settings().id
    }

    fn settings(&self) -> Settings {
        match self.manner {
            Manner::Icloud => Settings::apple(),
            // Xandikos 0.4.10 answers 500 to a removal that meets another write: its store has one lock.
            Manner::Xandikos => Settings { at_once: 1, ..Settings::any() },
            Manner::Plain | Manner::Radicale => Settings::any(),
        }
    }

    pub(crate) fn provider(&self, door: Arc<dyn Http>) -> Arc<dyn Provider> {
        Arc::new(CalDav::new(self.settings(), door.clone(), door))
    }

    pub(crate) fn login(&self) -> Login {
        let (user, secret, address) = match (self.manner, &self.real) {
            (_, Some(real)) => ("alice", "secret", Some(real.server.url())),
            (Manner::Icloud, _) => ("alice@twin.test", "twin-alice", None),
            _ => ("alice", "twin-alice", Some("https://dav.test".to_owned())),
        };
        Login { user: user.to_owned(), secret: SecretString::from(secret), address, trusted: true }
    }

    /// What her calendar is called by programs.
    pub(crate) fn calendar(&self) -> CalendarId {
        CalendarId(self.real.as_ref().map_or_else(|| "Calendar".to_owned(), |real| real.calendar.clone()))
    }

    /// A call to the server.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let writes = !matches!(request.method().as_str(), "GET" | "OPTIONS" | "PROPFIND" | "REPORT");
        self.calls[usize::from(writes)].fetch_add(1, Ordering::SeqCst);
        let reply = match &self.real {
            Some(real) => real.send(request).await?,
            None => self.twin.answer(Call::of(request)),
        };
        match reply.journey {
            Journey::Whole => {}
            Journey::LostBefore => return Err(Lost::NotSent("dropped".into())),
            Journey::LostAfter | Journey::BrokenMidway => return Err(Lost::NoAnswer("dropped".into())),
        }
        let mut response = Response::new(reply.body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        Ok(response)
    }

    /// How often the adapter asked something.
    pub(crate) fn questions(&self) -> usize {
        self.calls[0].load(Ordering::SeqCst)
    }

    /// How often it wrote.
    pub(crate) fn writes(&self) -> usize {
        self.calls[1].load(Ordering::SeqCst)
    }

    /// A person's program stores so many events, one every half an hour from the tenth of November on. Radicale takes them
    /// as one file; before each that is stored alone, a server looks at all that are there.
    pub(crate) fn stock(&self, events: u32) {
        let start: Timestamp = "2026-11-10T00:00:00Z".parse().unwrap();
        for n in 0..events {
            let at = start + SignedDuration::from_mins(30 * i64::from(n));
            let fields = json!({ "summary": format!("Event {n}"), "start": at.to_string() });
            let body = json!({ "do": "create", "id": format!("event-{n}"), "fields": fields });
            self.twin.control("POST", "event", &body).unwrap();
        }
        let Some(real) = &self.real else { return };
        let files = self.files();
        if self.manner == Manner::Radicale {
            let event = |file: &String| {
                let (_, rest) = file.split_once("BEGIN:VEVENT").unwrap();
                format!("BEGIN:VEVENT{}END:VEVENT\r\n", rest.split_once("END:VEVENT").unwrap().0)
            };
            let all: String = files.values().map(event).collect();
            let head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Another//Program//EN\r\n";
            real.server.put(&real.calendar, &format!("{head}{all}END:VCALENDAR\r\n"));
            return;
        }
        for (name, file) in &files {
            real.server.put(&format!("{}{name}", real.calendar), file);
        }
    }

    /// What is done with a twin behind its back. Of a real server: its faults, the end of its tokens and of the password.
    pub(crate) fn control(&self, method: &str, route: &str, body: &Value) -> Result<Value, String> {
        match (&self.real, route) {
            (None, _) => self.twin.control(method, route, body),
            (Some(_), "event") => Ok(self.person(body)),
            (Some(real), _) => {
                real.control(route, body);
                Ok(json!({}))
            }
        }
    }

    /// Files, each with what it says.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.look();
        self.twin.events("alice/home")
    }

    /// What takes place between two instants.
    pub(crate) fn shown(&self, from: &str, until: &str) -> Vec<Value> {
        self.look();
        let asked = json!({ "user": "alice", "calendar": "alice/home", "from": from, "until": until });
        let told = self.twin.control("GET", "events", &asked).unwrap();
        let takes_place = |event: &&Value| event["status"] != "CANCELLED";
        told["events"].as_array().unwrap().iter().filter(takes_place).cloned().collect()
    }

    /// A person does something with their program.
    pub(crate) fn person(&self, body: &Value) -> Value {
        let before = self.look();
        let done = self.twin.control("POST", "event", body).unwrap_or_else(|why| panic!("{why}: {body}"));
        if let Some(real) = &self.real {
            let after = self.files();
            for (name, file) in after.iter().filter(|(name, file)| before.get(*name) != Some(*file)) {
                real.server.put(&format!("{}{name}", real.calendar), file);
            }
            for name in before.keys().filter(|name| !after.contains_key(*name)) {
                real.server.delete(&format!("{}{name}", real.calendar));
            }
        }
        done
    }

    /// Brings a person's program up to date.
    fn look(&self) -> BTreeMap<String, String> {
        let mut held = self.files();
        let Some(real) = &self.real else { return held };
        let there = real.files();
        let act = |what: &str, name: &str, fields: Value| {
            let body = json!({ "calendar": "primary", "do": what, "id": name, "fields": fields });
            self.twin.control("POST", "event", &body).unwrap();
        };
        held.retain(|name, _| {
            let stays = there.contains_key(name);
            if !stays {
                act("delete", name, json!({}));
            }
            stays
        });
        for (name, file) in there.iter().filter(|(name, file)| held.get(*name) != Some(*file)) {
            let what = if held.contains_key(name) { "change" } else { "create" };
            act(what, name, json!({ "ics": file }));
        }
        self.files()
    }

    fn files(&self) -> BTreeMap<String, String> {
        let file = |event: Value| {
            let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            (text("id"), text("ics"))
        };
        self.twin.events("alice/home").into_iter().map(file).collect()
    }
}

impl Real {
    fn new(variable: &str, home: &str) -> Real {
        let server = Server::of(variable);
        let calendar = format!("{home}own-{}/", new_name());
        server.make(&calendar, "Calendar");
        let way = Door::trusted(Limits::default()).unwrap();
        let faults = Mutex::new((Faults::default(), Chance::new(1)));
        let (tokens, password_ended, known) = (Mutex::default(), Mutex::new(false), Mutex::default());
        Real { server, way, calendar, faults, tokens, password_ended, known }
    }

    fn files(&self) -> BTreeMap<String, String> {
        let mut known = self.known.lock().unwrap();
        let mut fetched = BTreeMap::new();
        for (path, version) in self.server.files(&self.calendar) {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            let held = known.remove(&name).filter(|(held, _)| *held == version);
            let file = held.map(|(_, file)| file).or_else(|| self.server.get(&path));
            fetched.extend(file.map(|file| (name, (version, file))));
        }
        *known = fetched;
        known.iter().map(|(name, (_, file))| (name.clone(), file.clone())).collect()
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Reply, Lost> {
        let fault = {
            let (faults, chance) = &mut *self.faults.lock().unwrap();
            faults.strike(chance, request.method().as_str(), request.uri().path(), Some("alice"))
        };
        let happens = |fault: &Rule| match fault.kind {
            Kind::DropBefore => false,
            Kind::Status => fault.effect,
            _ => true,
        };
        let mut reply = Reply::lost(Journey::LostBefore);
        if fault.as_ref().is_none_or(happens) {
            reply = self.pass(request).await?;
        }
        let Some(fault) = fault else { return Ok(reply) };
        if fault.kind != Kind::Status {
            return Ok(spoil(reply, &fault));
        }
        let status = fault.status.and_then(|status| StatusCode::from_u16(status).ok());
        let refusal = Reply::empty(status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE));
        let wait = fault.retry_after.map(|seconds| seconds.to_string());
        Ok(wait.map_or(refusal.clone(), |wait| refusal.with(http::header::RETRY_AFTER, &wait)))
    }

    /// To the server itself, with a token in its own form and none of its own where that has ended, and with a wrong
    /// password where the right one has. Xandikos asks for none: who stands before it says no.
    async fn pass(&self, request: Request<Bytes>) -> Result<Reply, Lost> {
        let (mut parts, body) = request.into_parts();
        if *self.password_ended.lock().unwrap() {
            let wrong = http::HeaderValue::from_static("Basic YWxpY2U6d3Jvbmc=");
            parts.headers.insert(http::header::AUTHORIZATION, wrong);
        }
        let mut text = String::from_utf8_lossy(&body).into_owned();
        for ended in &self.tokens.lock().unwrap().ended {
            let other: String =
                ended.chars().map(|c| if c.is_ascii_hexdigit() && c != 'c' { '1' } else { c }).collect();
            text = text.replace(ended, &other);
        }
        let request = Request::from_parts(parts, Bytes::from(text));
        let mut answer = self.way.send(request.clone()).await?;
        // A home whose calendars others make at that moment is trouble for Radicale.
        for _ in 0..20 {
            if request.method() != "PROPFIND" || answer.status() != StatusCode::INTERNAL_SERVER_ERROR {
                break;
            }
            answer = self.way.send(request.clone()).await?;
        }
        let (parts, body) = answer.into_parts();
        if *self.password_ended.lock().unwrap() && parts.status != StatusCode::UNAUTHORIZED {
            return Ok(Reply::empty(StatusCode::UNAUTHORIZED));
        }
        let told = String::from_utf8_lossy(&body);
        let mut tokens = self.tokens.lock().unwrap();
        for rest in told.split("sync-token>").skip(1).step_by(2) {
            let token = rest.split('<').next().unwrap_or_default().to_owned();
            tokens.ended.remove(&token);
            tokens.given.insert(token);
        }
        Ok(Reply { status: parts.status, headers: parts.headers, body, ..Reply::empty(parts.status) })
    }

    fn control(&self, route: &str, body: &Value) {
        match route {
            "faults" if body["clear"] == json!(true) => self.faults.lock().unwrap().0.clear(),
            "faults" => {
                let rule: Rule = serde_json::from_value(body.clone()).unwrap();
                self.faults.lock().unwrap().0.add(rule).unwrap();
            }
            "expire-sync" => {
                let Tokens { given, ended } = &mut *self.tokens.lock().unwrap();
                ended.append(given);
            }
            "tokens" => *self.password_ended.lock().unwrap() = body["do"] == "revoke",
            other => panic!("a real server has no \"{other}\""),
        }
    }
}
