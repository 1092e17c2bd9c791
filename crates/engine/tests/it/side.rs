//! The other side: an emulated Google, an emulated Outlook, or a calendar server. What people do there is said, and what is
//! there is told, in the same words whichever it is, and those are Google's.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use concord_engine::Clock;
use concord_model::{CalendarId, ProviderId};
use concord_providers::google::{Google, Settings as GoogleSettings};
use concord_providers::http::{Http, Lost};
use concord_providers::microsoft::{Microsoft, Settings as MicrosoftSettings, TENANT};
use concord_providers::provider::{Login, Provider};
use concord_twins::faults::Lost as LostAnswer;
use concord_twins::{Notice, google, microsoft};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use crate::door::VirtualClock;
use crate::served::{Manner, Served};

/// Where alice lives.
const ZONE: &str = "America/New_York";

/// Which provider a world is made with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum On {
    Google,
    Outlook,
    Server(Manner),
}

/// Makes a test of each function, on each side.
macro_rules! on_each_side {
    ($($name:ident,)*) => {
        $crate::side::on_each_side!(@ google: $crate::side::On::Google; $($name,)*);
        $crate::side::on_each_side!(@ outlook: $crate::side::On::Outlook; $($name,)*);
    };
    (@ $module:ident: $on:expr; $($name:ident,)*) => {
        mod $module {
            $(#[tokio::test]
            async fn $name() {
                super::$name($on).await;
            })*
        }
    };
}
pub(crate) use on_each_side;

/// Makes a test of each function, on calendar servers.
macro_rules! on_each_server {
    ($($name:ident,)*) => {
        $crate::side::on_each_side!(@ icloud: $crate::side::On::Server($crate::served::Manner::Icloud); $($name,)*);
        $crate::side::on_each_side!(@ radicale: $crate::side::On::Server($crate::served::Manner::Radicale); $($name,)*);
        $crate::side::on_each_side!(@ xandikos: $crate::side::On::Server($crate::served::Manner::Xandikos); $($name,)*);
    };
}
pub(crate) use on_each_server;

/// An emulator.
#[derive(Clone)]
pub(crate) enum Twin {
    Google(google::Twin),
    Outlook(microsoft::Twin),
    Server(Served),
}

/// The same question to whichever it is.
macro_rules! each {
    ($twin:expr, $one:ident => $answer:expr, $server:ident => $instead:expr) => {
        match $twin {
            Twin::Google($one) => $answer,
            Twin::Outlook($one) => $answer,
            Twin::Server($server) => $instead,
        }
    };
}

impl Twin {
    pub(crate) fn new(on: On, clock: &Arc<VirtualClock>) -> Twin {
        let time = clock.clone();
        let now: concord_twins::Now = Arc::new(move || time.now());
        match on {
            On::Server(manner) => Twin::Server(Served::new(manner, clock)),
            On::Google => Twin::Google(google::Twin::new(google::Settings::new("http://google.test", now))),
            On::Outlook => {
                let mut settings = microsoft::Settings::new("http://outlook.test", now);
                // Nobody answers an address in the middle of a call here; the server's tests show it.
                settings.quirks.push.validates = false;
                Twin::Outlook(microsoft::Twin::new(settings))
            }
        }
    }

    /// The adapter that speaks to it through that door.
    pub(crate) fn provider(&self, door: Arc<dyn Http>) -> Arc<dyn Provider> {
        match self {
            Twin::Google(twin) => {
                let urls = twin.urls();
                let settings = GoogleSettings {
                    api_url: urls.api.parse().unwrap(),
                    batch_url: urls.batch.parse().unwrap(),
                    authorize_url: urls.authorize.parse().unwrap(),
                    token_url: urls.token.parse().unwrap(),
                    revoke_url: urls.revoke.parse().unwrap(),
                    userinfo_url: urls.userinfo.parse().unwrap(),
                    account_per_minute: 1_000_000,
                    app_per_minute: 1_000_000,
                    ..GoogleSettings::new("twin-client", SecretString::from("twin-secret"))
                };
                Arc::new(Google::new(settings, door))
            }
            Twin::Outlook(twin) => {
                let urls = twin.urls();
                let settings = MicrosoftSettings {
                    graph_url: urls.graph.parse().unwrap(),
                    authorize_url: urls.authorize.parse().unwrap(),
                    token_url: urls.token.parse().unwrap(),
                    account_per_minute: 1_000_000,
                    app_per_minute: 1_000_000,
                    ..MicrosoftSettings::new("twin-client", Some(SecretString::from("twin-secret")), TENANT)
                };
                Arc::new(Microsoft::new(settings, door))
            }
            Twin::Server(server) => server.provider(door),
        }
    }

    pub(crate) fn id(&self) -> ProviderId {
        match self {
            Twin::Google(_) => "google".into(),
            Twin::Outlook(_) => "outlook".into(),
            Twin::Server(server) => server.id(),
        }
    }

    /// What alice signs in with.
    pub(crate) fn login(&self) -> Login {
        each!(self, _twin => Login::token("twin-alice"), server => server.login())
    }

    pub(crate) fn control(&self, method: &str, route: &str, body: &Value) -> Result<Value, String> {
        each!(self, twin => twin.control(method, route, body), server => server.control(method, route, body))
    }

    pub(crate) fn router(&self) -> Router {
        each!(self, twin => twin.router(), _server => panic!("nobody signs in there with a browser"))
    }

    /// A call of the adapter's.
    pub(crate) async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, Lost> {
        if let Twin::Server(server) = self {
            return server.send(request).await;
        }
        let response = self.router().oneshot(request.map(Body::from)).await.unwrap();
        match response.extensions().get::<LostAnswer>() {
            Some(LostAnswer { effect: false }) => return Err(Lost::NotSent("dropped".into())),
            Some(LostAnswer { effect: true }) => return Err(Lost::NoAnswer("dropped".into())),
            None => {}
        }
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|e| Lost::NoAnswer(e.into()))?;
        Ok(http::Response::from_parts(parts, body))
    }

    pub(crate) fn take_notices(&self) -> Vec<Notice> {
        each!(self, twin => twin.take_notices(), _server => Vec::new())
    }

    pub(crate) fn delivered(&self, notice: u64, status: u16) {
        each!(self, twin => twin.delivered(notice, status), _server => panic!("it sends no notices"));
    }

    /// What a calendar of alice's is called by programs: "primary", or one by its name.
    pub(crate) fn calendar(&self, name: &str) -> CalendarId {
        match self {
            Twin::Google(_) => CalendarId::from(name),
            Twin::Outlook(_) => CalendarId::from(self.held(name)["id"].as_str().unwrap()),
            Twin::Server(server) => server.calendar(),
        }
    }

    fn held(&self, name: &str) -> Value {
        let state = self.control("GET", "state", &json!({})).unwrap();
        let all = state["calendars"].as_array().unwrap_or_else(|| panic!("{state}"));
        let wanted = |calendar: &&Value| {
            let primary = match self {
                Twin::Google(_) => calendar["id"] == "alice@twin.test",
                _ => calendar["owner"] == "alice" && calendar["name"] == "Calendar",
            };
            let called = if calendar["name"].is_null() { &calendar["summary"] } else { &calendar["name"] };
            calendar["id"] == name || (name == "primary" && primary) || *called == name
        };
        all.iter().find(wanted).unwrap_or_else(|| panic!("no {name} in {state}")).clone()
    }

    /// What lives in a calendar.
    pub(crate) fn living(&self, calendar: &str) -> Vec<Value> {
        if let Twin::Server(server) = self {
            return server.events().iter().flat_map(of_a_file).collect();
        }
        let held = self.held(calendar);
        let events = held["events"].as_array().unwrap_or_else(|| panic!("{held}"));
        match self {
            Twin::Google(_) => {
                events.iter().filter(|event| event["status"] != "cancelled").cloned().collect()
            }
            _ => events.iter().map(told).collect(),
        }
    }

    /// When all that takes place between two instants begins, as a person there sees it.
    pub(crate) fn starts(&self, calendar: &str, from: &str, until: &str) -> Vec<Timestamp> {
        self.times(calendar, from, until).into_iter().map(|(start, _)| start).collect()
    }

    /// The same, with the ends. Whole days are those of UTC.
    pub(crate) fn times(&self, calendar: &str, from: &str, until: &str) -> Vec<(Timestamp, Timestamp)> {
        let times = |event: Value| {
            let at = |key: &str| match event[key]["date"].as_str() {
                Some(day) => format!("{day}T00:00Z").parse().unwrap(),
                None => event[key]["dateTime"].as_str().unwrap().parse().unwrap(),
            };
            (at("start"), at("end"))
        };
        self.shown(calendar, from, until).into_iter().map(times).collect()
    }

    /// All that takes place between two instants, as a person there sees it.
    pub(crate) fn shown(&self, calendar: &str, from: &str, until: &str) -> Vec<Value> {
        if let Twin::Server(server) = self {
            return server.shown(from, until);
        }
        let body = json!({ "user": "alice", "calendar": calendar, "from": from, "until": until });
        let shown = self.control("GET", "events", &body).unwrap();
        let told = |event: &Value| if let Twin::Outlook(_) = self { told(event) } else { event.clone() };
        shown["events"].as_array().unwrap().iter().map(told).collect()
    }

    /// A person does something.
    pub(crate) fn person(&self, mut body: Value) -> Value {
        if let Twin::Outlook(_) = self {
            if let Some(rule) = body["fields"]["recurrence"][0].as_str().map(str::to_owned) {
                body["fields"]["recurrence"] = self.weekly(&body, &rule);
            }
            if let Some(Value::Object(fields)) = body.get_mut("fields") {
                *fields = said(fields);
            }
            self.name_occurrence(&mut body);
        }
        if let Twin::Server(server) = self {
            return server.person(&of_an_occurrence(body));
        }
        let done = self.control("POST", "event", &body).unwrap_or_else(|why| panic!("{why}: {body}"));
        match self {
            Twin::Outlook(_) if done["id"].is_string() => told(&done),
            _ => done,
        }
    }

    /// A weekly rule for an event that is there, as Graph has it.
    fn weekly(&self, body: &Value, rule: &str) -> Value {
        let count: u32 = rule
            .strip_prefix("RRULE:FREQ=WEEKLY;COUNT=")
            .unwrap_or_else(|| panic!("{rule}"))
            .parse()
            .unwrap();
        let living = self.living(body["calendar"].as_str().unwrap());
        let event =
            living.iter().find(|event| event["id"] == body["id"]).unwrap_or_else(|| panic!("none: {body}"));
        let day: Date = event["start"]["dateTime"].as_str().unwrap()[..10].parse().unwrap();
        let weekday = day.strftime("%A").to_string().to_lowercase();
        json!({
            "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": [weekday], "firstDayOfWeek": "monday" },
            "range": { "type": "numbered", "startDate": day, "numberOfOccurrences": count, "recurrenceTimeZone": ZONE },
        })
    }

    /// What is done there is to be seen only so much later.
    pub(crate) fn lags(&self, ms: u64) {
        let quirk = match self {
            Twin::Google(_) => json!({ "visibilityDelayMs": ms }),
            Twin::Outlook(_) => json!({ "delta": { "lagMs": ms } }),
            Twin::Server(_) => json!({ "sync": { "visibilityDelayMs": ms } }),
        };
        self.control("POST", "quirks", &quirk).unwrap();
    }

    /// Every notice comes so often.
    pub(crate) fn repeats_notices(&self, copies: u32) {
        match self {
            Twin::Google(_) => {
                self.control("POST", "channels", &json!({ "do": "duplicate", "count": copies }))
            }
            Twin::Outlook(_) => self.control("POST", "quirks", &json!({ "push": { "copies": copies } })),
            Twin::Server(_) => panic!("it sends no notices"),
        }
        .unwrap();
    }

    /// An occurrence is told by its series and its start, `id_20261117T150000Z`; there, by the name in the world and a date.
    fn name_occurrence(&self, body: &mut Value) {
        let name = body["id"].as_str().unwrap_or_default();
        let Some((series, start)) = name.rsplit_once('_').filter(|(_, start)| start.starts_with("20")) else {
            return;
        };
        let state = self.control("GET", "state", &json!({})).unwrap();
        let mut all =
            state["calendars"].as_array().unwrap().iter().flat_map(|held| held["events"].as_array().unwrap());
        let uid = all.find(|event| event["id"] == series).unwrap_or_else(|| panic!("no series {series}"))["iCalUId"].clone();
        body["id"] = json!(format!("{}_{}", uid.as_str().unwrap(), &start[..8]));
    }
}

/// What a person says of "class_20261117T150000Z", to a program for files.
fn of_an_occurrence(mut body: Value) -> Value {
    let id = body["id"].as_str().unwrap_or_default().to_owned();
    if let Some((file, start)) = id.rsplit_once('_').filter(|(_, start)| start.starts_with("20")) {
        (body["id"], body["occurrence"]) = (json!(file), json!(start));
    }
    if let Some(Value::Object(fields)) = body.get_mut("fields")
        && let Some(rule) = fields.remove("recurrence")
    {
        fields.insert("rrule".to_owned(), json!(rule[0].as_str().unwrap().trim_start_matches("RRULE:")));
    }
    body
}

/// What a file tells: the event, and those of its occurrences that are otherwise.
fn of_a_file(file: &Value) -> Vec<Value> {
    let mut whole = file.clone();
    let others = whole.as_object_mut().and_then(|file| file.remove("overrides"));
    let mut all = vec![whole];
    for mut other in others.as_ref().and_then(Value::as_array).cloned().unwrap_or_default() {
        other["recurringEventId"] = file["id"].clone();
        all.push(other);
    }
    all
}

/// What a person says, in Graph's words.
fn said(fields: &Map<String, Value>) -> Map<String, Value> {
    let mut said = Map::new();
    for (name, value) in fields {
        let (name, value) = match name.as_str() {
            "summary" => ("subject", value.clone()),
            "location" => ("location", json!({ "displayName": value })),
            "description" => ("body", json!({ "contentType": "text", "content": value })),
            "attendees" => {
                let guest = |guest: &Value| json!({ "type": "required", "emailAddress": { "address": guest["email"] } });
                ("attendees", value.as_array().unwrap().iter().map(guest).collect())
            }
            "start" | "end" | "recurrence" => (name.as_str(), value.clone()),
            other => panic!("\"{other}\" has no words on this side yet"),
        };
        said.insert(name.to_owned(), value);
    }
    said
}

/// What Graph tells, in Google's words and New York's time.
fn told(event: &Value) -> Value {
    let time = |key: &str| {
        let wall = event[key]["dateTime"].as_str().unwrap_or_default();
        if event["isAllDay"] == json!(true) {
            return json!({ "date": wall[..10] });
        }
        let at: Timestamp = format!("{}Z", &wall[..19]).parse().unwrap();
        let there = at.to_zoned(TimeZone::get(ZONE).unwrap());
        json!({ "dateTime": there.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(), "timeZone": ZONE })
    };
    let guest = |guest: &Value| json!({ "email": guest["emailAddress"]["address"] });
    let mut told = json!({
        "id": event["id"], "summary": event["subject"], "location": event["location"]["displayName"],
        "description": event["body"]["content"], "start": time("start"), "end": time("end"), "status": "confirmed",
        "attendees": event["attendees"].as_array().map(|all| all.iter().map(guest).collect::<Vec<_>>()),
    });
    if event["seriesMasterId"].is_string() {
        told["recurringEventId"] = event["seriesMasterId"].clone();
    }
    told
}
