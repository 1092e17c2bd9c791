//! Outlook on its twin: the contract, and the traps of Graph one by one.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::observed::{Item, Reading, State};
use concord_model::{CalendarId, Cursor, ExternalId, Moment, Span, View};
use concord_providers::Answer;
use concord_providers::http::{Http, Lost};
use concord_providers::microsoft::{Microsoft, Settings, TENANT};
use concord_providers::provider::{Access, Page, Provider};
use concord_twins::message::{Call, Journey};
use concord_twins::microsoft::{Settings as TwinSettings, Twin};
use futures_util::FutureExt;
use http::{Request, Response};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use crate::contract::{self, Loss, World as _, listing};

mod traps;

contract::contract!(World::new());

/// The twin behind the adapter's door.
struct Door {
    twin: Twin,
    trips: Mutex<usize>,
}

#[async_trait]
impl Http for Door {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        *self.trips.lock().unwrap() += 1;
        let reply = self.twin.answer(Call::of(request));
        if reply.journey != Journey::Whole {
            return Err(Lost::NoAnswer("the twin broke the connection".into()));
        }
        let mut response = Response::new(reply.body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        Ok(response)
    }
}

struct World {
    outlook: Microsoft,
    twin: Twin,
    door: Arc<Door>,
    now: Arc<Mutex<Timestamp>>,
    /// Alice's own calendar, and the one that she calls Team.
    calendars: [CalendarId; 2],
}

impl World {
    fn new() -> World {
        World::with(json!({}))
    }

    /// A world in which Graph behaves in one of the odd ways that were seen.
    fn with(quirks: Value) -> World {
        let now = Arc::new(Mutex::new("2026-11-20T10:00:00Z".parse::<Timestamp>().unwrap()));
        let clock = Arc::clone(&now);
        let twin =
            Twin::new(TwinSettings::new("https://graph.test", Arc::new(move || *clock.lock().unwrap())));
        twin.control("POST", "quirks", &quirks).unwrap();
        let urls = twin.urls();
        let url = |text: &str| Url::parse(text).unwrap();
        let settings = Settings {
            graph_url: url(&urls.graph),
            authorize_url: url(&urls.authorize),
            token_url: url(&urls.token),
            ..Settings::new("twin-client", Some(SecretString::from("twin-secret")), TENANT)
        };
        let door = Arc::new(Door { twin: twin.clone(), trips: Mutex::new(0) });
        let outlook = Microsoft::new(settings, door.clone());
        let access = Access::new("twin-alice", *now.lock().unwrap());
        let all = outlook.calendars(&access).now_or_never().unwrap().unwrap();
        let own = all.iter().find(|calendar| calendar.primary).unwrap();
        let team = all.iter().find(|calendar| calendar.name == "Team").unwrap();
        let calendars = [own.id.clone(), team.id.clone()];
        World { outlook, twin, door, now, calendars }
    }

    fn pass(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
    }

    fn control(&self, method: &str, route: &str, body: Value) -> Value {
        self.twin.control(method, route, &body).unwrap()
    }

    /// What a person does.
    fn person(&self, mut body: Value) -> Value {
        body["calendar"] = json!("primary");
        // People are slow: nothing happens at the very same moment.
        self.pass(10);
        let done = self.control("POST", "event", body);
        self.pass(10);
        done
    }

    fn fault(&self, rule: Value) {
        self.control("POST", "faults", rule);
    }

    /// Everything in Alice's own calendar, as the twin holds it.
    fn events(&self) -> Vec<Value> {
        self.twin.events(self.calendars[0].as_str())
    }

    fn access_to(&self, token: &str) -> Access {
        Access::new(token, *self.now.lock().unwrap())
    }

    async fn page(&self, from: Option<&Cursor>) -> Result<Page, Answer> {
        self.outlook.changes(&self.access(), &self.calendar(), from).await
    }

    async fn items(&self) -> Vec<Item> {
        listing(self, None).await.0
    }
}

impl contract::World for World {
    fn provider(&self) -> &dyn Provider {
        &self.outlook
    }

    fn access(&self) -> Access {
        self.access_to("twin-alice")
    }

    fn calendar(&self) -> CalendarId {
        self.calendars[0].clone()
    }

    fn other_calendar(&self) -> CalendarId {
        self.calendars[1].clone()
    }

    fn person_creates(&self, title: &str, span: &Span) -> ExternalId {
        let Span::Timed(timed) = span else { panic!("people here make events with times") };
        let time = |moment: &Moment| {
            let wall = moment.wall().strftime("%Y-%m-%dT%H:%M:%S").to_string();
            json!({ "dateTime": wall, "timeZone": moment.zone().name() })
        };
        let fields = json!({ "subject": title, "start": time(timed.start()), "end": time(timed.end()) });
        let made = self.person(json!({ "do": "create", "fields": fields }));
        ExternalId::from(made["id"].as_str().unwrap())
    }

    fn person_retitles(&self, id: &ExternalId, title: &str) {
        self.person(json!({ "do": "change", "id": id.as_str(), "fields": { "subject": title } }));
    }

    fn person_deletes(&self, id: &ExternalId) {
        self.person(json!({ "do": "delete", "id": id.as_str() }));
    }

    fn titles(&self) -> Vec<String> {
        let whole = |event: &&Value| event["seriesMasterId"].is_null();
        let title = |event: &Value| event["subject"].as_str().unwrap_or_default().to_owned();
        self.events().iter().filter(whole).map(title).collect()
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
        self.control("POST", "tokens", json!({ "do": "expire", "user": "alice" }));
    }

    fn mails(&self) -> usize {
        self.control("GET", "mail", json!({}))["mails"].as_array().unwrap().len()
    }

    fn trips(&self) -> usize {
        *self.door.trips.lock().unwrap()
    }

    fn remembers_what_was_deleted(&self) -> bool {
        false
    }

    fn trips_of_a_read(&self) -> u32 {
        1
    }

    fn says_that_it_exists(&self) -> bool {
        false
    }

    /// An occurrence is no item of its own: the twin tells what it calls it.
    fn changed_occurrence(&self, _items: &[Item]) -> ExternalId {
        let events = self.events();
        let changed = events.iter().find(|event| event["type"] == "exception").unwrap();
        ExternalId::from(changed["id"].as_str().unwrap())
    }
}

fn items_of(reading: Reading) -> Vec<Item> {
    match reading {
        Reading::Present(items) => items,
        other => panic!("{other:?}"),
    }
}

fn live(item: &Item) -> &View {
    match &item.state {
        State::Live(view) => view,
        other => panic!("{other:?}"),
    }
}
