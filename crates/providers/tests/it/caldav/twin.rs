//! A twin with the manners of some server, a person who uses it, and a way to it that remembers what went by.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::observed::Item;
use concord_model::{CalendarId, Cursor, ExternalId, Moment, Span};
use concord_providers::Answer;
use concord_providers::caldav::{CalDav, Settings};
use concord_providers::http::{Http, Lost};
use concord_providers::provider::{Access, Entered, Login, Page, Provider};
use concord_twins::caldav::{Settings as TwinSettings, Twin};
use concord_twins::message::{Call, Journey};
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::contract::{self, Loss};

/// One call, as it went out.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) body: String,
}

/// The twin behind the adapter's door.
pub(crate) struct Door {
    twin: Twin,
    pub(crate) log: Mutex<Vec<Sent>>,
    /// What a person does right after the next write, before anybody reads what came of it.
    pub(crate) right_after: Mutex<Option<Value>>,
}

#[async_trait]
impl Http for Door {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        self.log.lock().unwrap().push(Sent {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            body: String::from_utf8_lossy(request.body()).into_owned(),
        });
        let writes = request.method() == http::Method::PUT;
        let reply = self.twin.answer(Call::of(request));
        if let Some(deed) = self.right_after.lock().unwrap().take_if(|_| writes) {
            self.twin.control("POST", "event", &deed).unwrap();
        }
        if reply.journey != Journey::Whole {
            return Err(Lost::NoAnswer("the twin broke the connection".into()));
        }
        let mut response = Response::new(reply.body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        Ok(response)
    }
}

/// What a world says of its server beside the contract.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Says {
    pub(crate) lost_cursors: bool,
    /// Whether it writes on versions that have passed, and counts time in seconds.
    pub(crate) careless: bool,
}

pub(crate) struct World {
    pub(crate) caldav: CalDav,
    pub(crate) twin: Twin,
    pub(crate) door: Arc<Door>,
    now: Arc<Mutex<Timestamp>>,
    site: String,
    calendars: [CalendarId; 2],
    says: Says,
}

/// Alice's password.
pub(crate) const PASSWORD: &str = "twin-alice";

impl World {
    /// A server that does what the standards say.
    pub(crate) async fn plain() -> World {
        World::like("plain", json!({})).await
    }

    /// A server with such manners, and some more.
    pub(crate) async fn like(preset: &str, quirks: Value) -> World {
        let now = Arc::new(Mutex::new("2026-11-20T10:00:00Z".parse::<Timestamp>().unwrap()));
        let clock = Arc::clone(&now);
        let twin = Twin::new(TwinSettings::new(
            "https://caldav.twin.test",
            Arc::new(move || *clock.lock().unwrap()),
        ));
        twin.control("POST", "preset", &json!({ "name": preset })).unwrap();
        twin.control("POST", "quirks", &quirks).unwrap();
        let door =
            Arc::new(Door { twin: twin.clone(), log: Mutex::default(), right_after: Mutex::default() });
        let caldav = CalDav::new(Settings::any(), door.clone(), door.clone());
        let says = Says {
            lost_cursors: !["davical", "sogo", "ox", "stalwart"].contains(&preset),
            careless: preset == "sogo",
        };
        let mut world = World {
            caldav,
            twin,
            door,
            now,
            site: String::new(),
            calendars: ["", ""].map(CalendarId::from),
            says,
        };
        let entered = world.enter("https://caldav.twin.test").await.unwrap();
        world.site = entered.site.unwrap();
        let access = contract::World::access(&world);
        let all = world.caldav.calendars(&access).await.unwrap();
        let named = |name: &str| all.iter().find(|calendar| calendar.name == name).unwrap().id.clone();
        world.calendars = [named("Calendar"), named("Team")];
        world
    }

    /// Connects from that address.
    pub(crate) async fn enter(&self, address: &str) -> Result<Entered, Answer> {
        self.enter_as("alice@twin.test", PASSWORD, address).await
    }

    pub(crate) async fn enter_as(
        &self,
        user: &str,
        password: &str,
        address: &str,
    ) -> Result<Entered, Answer> {
        let login = Login {
            user: user.to_owned(),
            secret: SecretString::from(password),
            address: Some(address.to_owned()),
            trusted: false,
        };
        let now = *self.now.lock().unwrap();
        self.caldav.enter(&login, now).await
    }

    /// What is kept of the place.
    pub(crate) fn site(&self) -> Value {
        serde_json::from_str(&self.site).unwrap()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    pub(crate) fn control(&self, method: &str, route: &str, body: Value) -> Value {
        self.twin.control(method, route, &body).unwrap()
    }

    pub(crate) fn quirks(&self, quirks: Value) {
        self.control("POST", "quirks", quirks);
    }

    pub(crate) fn fault(&self, rule: Value) {
        self.control("POST", "faults", rule);
    }

    /// What a person does in the main calendar.
    pub(crate) fn person(&self, mut body: Value) -> Value {
        body["calendar"] = json!("primary");
        // People are slow: nothing happens at the very same moment.
        self.pass(2);
        let done = self.control("POST", "event", body);
        self.pass(2);
        done
    }

    /// A person's program stores this file under that name.
    pub(crate) fn person_stores(&self, name: &str, file: &str) -> ExternalId {
        let id = format!("{name}.ics");
        self.person(json!({ "do": "create", "id": id, "fields": { "ics": file } }));
        ExternalId(id)
    }

    /// The file as the server holds it.
    pub(crate) fn file(&self, id: &ExternalId) -> String {
        let events = self.twin.events("alice/home");
        let event = events.iter().find(|event| event["id"] == id.as_str()).expect("it is there");
        event["ics"].as_str().unwrap().to_owned()
    }

    /// The calls that went out since `from`, by method.
    pub(crate) fn methods(&self, from: usize) -> Vec<String> {
        self.door.log.lock().unwrap()[from..].iter().map(|sent| sent.method.clone()).collect()
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.door.log.lock().unwrap().clone()
    }

    pub(crate) async fn page(&self, from: Option<&Cursor>) -> Result<Page, Answer> {
        let (access, calendar) = (contract::World::access(self), contract::World::calendar(self));
        self.caldav.changes(&access, &calendar, from).await
    }
}

impl contract::World for World {
    fn provider(&self) -> &dyn Provider {
        &self.caldav
    }

    fn access(&self) -> Access {
        let site = Some(self.site.clone());
        Access { site, ..Access::new(PASSWORD, *self.now.lock().unwrap()) }
    }

    fn calendar(&self) -> CalendarId {
        self.calendars[0].clone()
    }

    fn other_calendar(&self) -> CalendarId {
        self.calendars[1].clone()
    }

    fn person_creates(&self, title: &str, span: &Span) -> ExternalId {
        let Span::Timed(timed) = span else { panic!("people here make events with times") };
        let time = |moment: &Moment| json!({ "dateTime": moment.instant().to_string(), "timeZone": moment.zone().name() });
        let fields = json!({ "summary": title, "start": time(timed.start()), "end": time(timed.end()) });
        let made = self.person(json!({ "do": "create", "fields": fields }));
        ExternalId::from(made["id"].as_str().unwrap())
    }

    fn person_retitles(&self, id: &ExternalId, title: &str) {
        let (name, occurrence) = match id.as_str().split_once('#') {
            Some((name, key)) => (name, Some(key)),
            None => (id.as_str(), None),
        };
        let mut body = json!({ "do": "change", "id": name, "fields": { "summary": title } });
        if let Some(key) = occurrence {
            body["occurrence"] = json!(key);
        }
        self.person(body);
    }

    fn person_deletes(&self, id: &ExternalId) {
        self.person(json!({ "do": "delete", "id": id.as_str() }));
    }

    fn titles(&self) -> Vec<String> {
        let title = |event: &Value| {
            let file = event["ics"].as_str()?.to_owned();
            let master =
                file.split("BEGIN:VEVENT").skip(1).find(|part| !part.contains("RECURRENCE-ID"))?.to_owned();
            master.lines().find_map(|line| line.strip_prefix("SUMMARY:").map(str::to_owned))
        };
        self.twin.events("alice/home").iter().filter_map(title).collect()
    }

    fn changed_occurrence(&self, items: &[Item]) -> ExternalId {
        ExternalId(format!("{}#20261201T100000", items[0].id))
    }

    fn lose(&self, loss: Loss, skip: u32) {
        self.control("DELETE", "faults", json!({}));
        self.fault(match loss {
            Loss::Request => json!({ "kind": "drop_before", "count": 1, "skip": skip }),
            Loss::Answer => json!({ "kind": "drop_after", "count": 1, "skip": skip }),
            Loss::Half => json!({ "kind": "truncate", "count": 1, "skip": skip }),
            Loss::Garbage => json!({ "kind": "garbage", "count": 1, "skip": skip }),
            Loss::Trouble => {
                json!({ "kind": "status", "status": 503, "effect": true, "count": 1, "skip": skip })
            }
        });
    }

    fn end_cursors(&self) {
        self.control("POST", "expire-sync", json!({}));
    }

    fn end_keys(&self) {
        self.control("POST", "tokens", json!({ "do": "revoke", "user": "alice" }));
    }

    fn mails(&self) -> usize {
        self.twin.mails(0).len()
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

    /// For the file, and for its calendar where there is none.
    fn looks_before_it_makes(&self) -> u32 {
        if self.says.careless { 2 } else { 0 }
    }

    fn looks_before_each(&self) -> bool {
        self.says.careless
    }

    fn tells_again(&self) -> bool {
        self.says.careless
    }

    /// What is told again is read again by who does not compare its version.
    fn trips_of_a_quiet_look(&self) -> usize {
        if self.says.careless { 2 } else { 1 }
    }

    fn says_that_a_cursor_is_lost(&self) -> bool {
        self.says.lost_cursors
    }
}
