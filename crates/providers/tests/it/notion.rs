//! Notion on its twin: the contract, and the traps of its API one by one.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::link::Columns;
use concord_model::observed::{Item, State};
use concord_model::{CalendarId, Cursor, ExternalId, Span, View};
use concord_providers::Answer;
use concord_providers::http::{Http, Lost};
use concord_providers::notion::{Client, Notion, Settings};
use concord_providers::provider::{Access, Next, Page, Provider};
use concord_twins::message::{Call, Journey};
use concord_twins::notion::{Settings as TwinSettings, Twin};
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use crate::contract::{self, Loss, World as _, listing};

mod columns;
mod signin;
mod traps;

contract::contract!(without_series World::new().await);

/// Something that happens at the twin.
type Happens = Box<dyn FnOnce() + Send>;

/// The twin behind the adapter's door.
struct Door {
    twin: Twin,
    trips: Mutex<usize>,
    /// What happens there just before the next call whose method and path fit.
    between: Mutex<Option<(&'static str, Happens)>>,
}

#[async_trait]
impl Http for Door {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        *self.trips.lock().unwrap() += 1;
        let fits = |(method, _): &mut (&str, Happens)| request.method() == *method;
        let between = self.between.lock().unwrap().take_if(fits);
        if let Some((_, happens)) = between {
            happens();
        }
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
    notion: Notion,
    twin: Twin,
    door: Arc<Door>,
    now: Arc<Mutex<Timestamp>>,
    /// A table that was made by us, and the one that alice calls Team.
    calendars: [CalendarId; 2],
    columns: Columns,
    /// Alice's connection, as it knows itself.
    subject: String,
}

impl World {
    async fn new() -> World {
        World::with(json!({})).await
    }

    /// A world in which Notion behaves in one of the odd ways that were seen.
    async fn with(quirks: Value) -> World {
        let now = Arc::new(Mutex::new("2026-11-20T10:00:20Z".parse::<Timestamp>().unwrap()));
        let clock = Arc::clone(&now);
        let twin =
            Twin::new(TwinSettings::new("https://notion.test", Arc::new(move || *clock.lock().unwrap())));
        let door = Arc::new(Door { twin: twin.clone(), trips: Mutex::new(0), between: Mutex::new(None) });
        let notion = Notion::new(settings(&twin), door.clone());
        let state = twin.control("GET", "state", &json!({})).unwrap();
        let team =
            state["calendars"].as_array().unwrap().iter().find(|calendar| calendar["summary"] == "Team");
        let team = CalendarId::from(team.unwrap()["id"].as_str().unwrap());
        let access = Access::new("twin-alice", *now.lock().unwrap());
        let made = notion.make_calendar(&access, "Bookings").await.unwrap();
        let columns = notion.columns(&access, &made.id).await.unwrap().unwrap();
        let subject = notion.identity(&access).await.unwrap().subject;
        let world = World { notion, twin, door, now, calendars: [made.id, team], columns, subject };
        world.control("POST", "quirks", quirks);
        world.pass(60);
        world
    }

    fn pass(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    fn control(&self, method: &str, route: &str, body: Value) -> Value {
        self.twin.control(method, route, &body).unwrap()
    }

    /// What a person does.
    fn person(&self, mut body: Value) -> Value {
        body["calendar"] = json!(self.calendar().as_str());
        self.pass(1);
        let done = self.control("POST", "event", body);
        self.pass(1);
        done
    }

    fn person_changes(&self, id: &ExternalId, fields: Value) {
        self.person(json!({ "do": "change", "id": id.as_str(), "fields": fields }));
    }

    /// What happens there between our look and our write.
    fn between(&self, method: &'static str, happens: impl FnOnce() + Send + 'static) {
        *self.door.between.lock().unwrap() = Some((method, Box::new(happens)));
    }

    fn fault(&self, rule: Value) {
        self.control("POST", "faults", rule);
    }

    fn pages(&self) -> Vec<Value> {
        let calendar = self.calendar();
        let body = json!({ "user": "alice", "calendar": calendar.as_str() });
        self.control("GET", "events", body)["events"].as_array().unwrap().clone()
    }

    fn page(&self, id: &ExternalId) -> Value {
        self.pages().into_iter().find(|page| page["id"] == id.as_str()).unwrap()
    }

    /// What a text cell of a page says.
    fn says(&self, id: &ExternalId, column: &str) -> String {
        let cell = &self.page(id)["properties"][column];
        let pieces = cell[cell["type"].as_str().unwrap()].as_array().unwrap().clone();
        pieces.iter().map(|piece| piece["plain_text"].as_str().unwrap()).collect()
    }

    fn access_to(&self, token: &str) -> Access {
        Access { columns: self.columns.clone(), ..Access::new(token, *self.now.lock().unwrap()) }
    }

    async fn changes(&self, from: Option<&Cursor>) -> Result<Page, Answer> {
        self.notion.changes(&self.access(), &self.calendar(), from).await
    }

    async fn items(&self) -> Vec<Item> {
        listing(self, None).await.0
    }
}

fn settings(twin: &Twin) -> Settings {
    let urls = twin.urls();
    let url = |text: &str| Url::parse(text).unwrap();
    let client = Client { id: "twin-client".to_owned(), secret: SecretString::from("twin-secret") };
    Settings {
        api_url: url(&urls.api),
        authorize_url: url(&urls.authorize),
        token_url: url(&urls.token),
        revoke_url: url(&urls.revoke),
        verification_token: Some(SecretString::from("secret_hush")),
        ..Settings::new(Some(client))
    }
}

impl contract::World for World {
    fn provider(&self) -> &dyn Provider {
        &self.notion
    }

    fn access(&self) -> Access {
        Access { subject: Some(self.subject.clone()), ..self.access_to("twin-alice") }
    }

    fn calendar(&self) -> CalendarId {
        self.calendars[0].clone()
    }

    fn other_calendar(&self) -> CalendarId {
        self.calendars[1].clone()
    }

    fn person_creates(&self, title: &str, span: &Span) -> ExternalId {
        let Span::Timed(timed) = span else { panic!("people here make events with times") };
        let fields = json!({
            "Name": { "title": [{ "text": { "content": title } }] },
            "Date": { "date": {
                "start": timed.start().instant().to_string(),
                "end": timed.end().instant().to_string(),
            } },
        });
        let made = self.person(json!({ "do": "create", "fields": fields }));
        ExternalId::from(made["id"].as_str().unwrap())
    }

    fn person_retitles(&self, id: &ExternalId, title: &str) {
        self.person_changes(id, json!({ "Name": { "title": [{ "text": { "content": title } }] } }));
    }

    fn person_deletes(&self, id: &ExternalId) {
        self.person(json!({ "do": "delete", "id": id.as_str() }));
    }

    fn titles(&self) -> Vec<String> {
        let title = |page: &Value| {
            let pieces = page["properties"]["Name"]["title"].as_array().unwrap().iter();
            pieces.map(|piece| piece["plain_text"].as_str().unwrap()).collect()
        };
        self.pages().iter().map(title).collect()
    }

    fn lose(&self, loss: Loss, skip: u32) {
        self.control("DELETE", "faults", json!({}));
        let kind = match loss {
            Loss::Request => json!({ "kind": "drop_before" }),
            Loss::Answer => json!({ "kind": "drop_after" }),
            Loss::Half => json!({ "kind": "truncate" }),
            Loss::Garbage => json!({ "kind": "garbage" }),
            Loss::Trouble => json!({ "kind": "status", "status": 500, "effect": true }),
        };
        let mut rule = json!({ "count": 1, "skip": skip });
        rule.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
        self.fault(rule);
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

    fn batches(&self) -> bool {
        false
    }

    /// The table's columns, and what is there under those names.
    fn looks_before_it_makes(&self) -> u32 {
        2
    }

    /// What was edited, and what was put into the trash.
    fn trips_of_a_quiet_look(&self) -> usize {
        2
    }

    fn trips_of_a_read(&self) -> u32 {
        1
    }
}

/// The views of what is live, by their titles.
fn live(items: &[Item]) -> Vec<(&str, &View)> {
    let view = |item: &&'_ Item| matches!(item.state, State::Live(_));
    let mut all: Vec<(&str, &View)> = items
        .iter()
        .filter(view)
        .map(|item| match &item.state {
            State::Live(view) => (view.title.as_str(), &**view),
            other => panic!("{other:?}"),
        })
        .collect();
    all.sort_by_key(|(title, _)| title.to_owned());
    all
}
