//! A Notion twin under virtual time, and short words for calling it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use concord_twins::notion::{Settings, Twin};
use concord_twins::{Call, Notice, Reply};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) const NEWEST: &str = "2026-03-11";

/// A twin with a clock that only tests move. It begins at the start of a minute.
pub(crate) struct World {
    pub(crate) twin: Twin,
    seconds: Arc<AtomicI64>,
}

impl World {
    pub(crate) fn new() -> World {
        let seconds = Arc::new(AtomicI64::new(1_800_000_000));
        World { twin: Twin::new(settings(&seconds)), seconds }
    }

    /// A world with some switches.
    pub(crate) fn with(quirks: Value) -> World {
        let world = World::new();
        world.control("quirks", quirks);
        world
    }

    pub(crate) fn settings(&self) -> Settings {
        settings(&self.seconds)
    }

    /// Another twin under the same clock.
    pub(crate) fn beside(&self, twin: Twin) -> World {
        World { twin, seconds: Arc::clone(&self.seconds) }
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn control(&self, route: &str, body: Value) -> Value {
        self.twin.control("POST", route, &body).unwrap()
    }

    pub(crate) fn look(&self, route: &str) -> Value {
        self.twin.control("GET", route, &json!({})).unwrap()
    }

    pub(crate) fn call_as(&self, token: &str, version: &str, method: &str, path: &str, body: Value) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let call = Call::new(method, &format!("/v1/{path}"), body);
        let call = call.with("authorization", &format!("Bearer {token}"));
        self.twin.answer(call.with("notion-version", version))
    }

    pub(crate) fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        self.call_as("twin-alice", NEWEST, method, path, body)
    }

    /// A call that must succeed.
    pub(crate) fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let reply = self.call(method, path, body);
        assert_eq!(reply.status, 200, "{method} {path}: {}", String::from_utf8_lossy(&reply.body));
        json_of(&reply)
    }

    /// The status and the code of a call that must fail.
    pub(crate) fn refused(&self, method: &str, path: &str, body: Value) -> (u16, String) {
        let reply = self.call(method, path, body);
        (reply.status.as_u16(), json_of(&reply)["code"].as_str().unwrap_or_default().to_owned())
    }

    /// Alice's table of that name: its data source and its database.
    pub(crate) fn table(&self, name: &str) -> (String, String) {
        let state = self.look("state");
        let mut all = state["calendars"].as_array().unwrap().iter();
        let table = all.find(|one| one["owner"] == "alice" && one["summary"] == name).unwrap();
        (text(&table["id"]), text(&table["database"]))
    }

    pub(crate) fn calendar(&self) -> String {
        self.table("Calendar").0
    }

    /// A row of alice's calendar.
    pub(crate) fn add(&self, properties: Value) -> Value {
        self.done("POST", "pages", row(&self.calendar(), properties))
    }

    pub(crate) fn change(&self, id: &str, properties: Value) -> Value {
        self.done("PATCH", &format!("pages/{id}"), json!({ "properties": properties }))
    }

    /// Every row that a query tells, and how its last page ended.
    pub(crate) fn rows(&self, asked: Value) -> (Vec<Value>, Value) {
        let (mut rows, mut asked) = (Vec::new(), asked);
        loop {
            let mut page =
                self.done("POST", &format!("data_sources/{}/query", self.calendar()), asked.clone());
            rows.extend(page["results"].as_array().unwrap().iter().cloned());
            if page["has_more"] != true {
                return (rows, page["request_status"].take());
            }
            asked["start_cursor"] = page["next_cursor"].take();
        }
    }

    /// A subscription that is active, and nothing in the outbox.
    pub(crate) fn subscribed(&self) -> Value {
        let subscription = self.control("webhook", json!({"url": "http://there/hook", "verified": true}));
        self.notices();
        subscription
    }

    /// What is due, each notice answered with 200.
    pub(crate) fn notices(&self) -> Vec<(Value, Notice)> {
        let taken = self.twin.take_notices();
        taken.iter().for_each(|notice| self.twin.delivered(notice.id, 200));
        taken
            .into_iter()
            .map(|notice| (serde_json::from_slice(notice.request.body()).unwrap(), notice))
            .collect()
    }

    /// The types of the events that are due.
    pub(crate) fn events(&self) -> Vec<String> {
        self.notices().iter().map(|(body, _)| text(&body["type"])).collect()
    }

    /// Alice lets the application in.
    pub(crate) fn sign_in(&self) -> Value {
        let asked = "client_id=twin-client&redirect_uri=http://app/back&response_type=code&owner=user&auto=1";
        let reply = self.twin.answer(Call::new(Method::GET, &format!("/v1/oauth/authorize?{asked}"), ""));
        let back = url::Url::parse(reply.headers["location"].to_str().unwrap()).unwrap();
        let code = back.query_pairs().find(|(key, _)| key == "code").unwrap().1.into_owned();
        let asked =
            json!({"grant_type": "authorization_code", "code": code, "redirect_uri": "http://app/back"});
        self.oauth("token", asked).1
    }

    pub(crate) fn refresh(&self, token: &Value) -> (u16, Value) {
        self.oauth("token", json!({"grant_type": "refresh_token", "refresh_token": token}))
    }

    pub(crate) fn oauth(&self, route: &str, body: Value) -> (u16, Value) {
        let call = Call::new(Method::POST, &format!("/v1/oauth/{route}"), body.to_string());
        // twin-client:twin-secret
        let reply = self.twin.answer(call.with("authorization", "Basic dHdpbi1jbGllbnQ6dHdpbi1zZWNyZXQ="));
        (reply.status.as_u16(), json_of(&reply))
    }
}

fn settings(seconds: &Arc<AtomicI64>) -> Settings {
    let clock = Arc::clone(seconds);
    let now = move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap();
    Settings { keep_versions: true, ..Settings::new("http://twin.test", Arc::new(now)) }
}

pub(crate) fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub(crate) fn title(content: &str) -> Value {
    json!({"title": [{"text": {"content": content}}]})
}

pub(crate) fn words(content: &str) -> Value {
    json!({"rich_text": [{"text": {"content": content}}]})
}

/// The body of a new row with a title, if none is given.
pub(crate) fn row(calendar: &str, properties: Value) -> Value {
    let mut all = json!({ "Name": title("Lunch") });
    all.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
    json!({"parent": {"type": "data_source_id", "data_source_id": calendar}, "properties": all})
}

/// What a text cell of a page says.
pub(crate) fn said(page: &Value, property: &str) -> String {
    let cell = &page["properties"][property];
    let pieces = cell[cell["type"].as_str().unwrap()].as_array().unwrap();
    pieces.iter().map(|piece| piece["plain_text"].as_str().unwrap()).collect()
}
