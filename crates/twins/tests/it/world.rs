//! A Google twin under virtual time, and short words for calling it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use concord_twins::google::{Settings, Twin};
use concord_twins::{Call, Reply};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) const ALICE: &str = "alice@twin.test";
pub(crate) const TEAM: &str = "c_team_alice@group.calendar.google.com";

/// A twin with a clock that only tests move.
pub(crate) struct World {
    pub(crate) twin: Twin,
    seconds: Arc<AtomicI64>,
}

/// What a reader of a calendar has, by id.
pub(crate) type Items = BTreeMap<String, Value>;

impl World {
    pub(crate) fn new(seed: u64) -> World {
        let seconds = Arc::new(AtomicI64::new(1_800_000_000));
        let settings = Settings { seed, ..settings(&seconds) };
        World { twin: Twin::new(settings), seconds }
    }

    /// The settings of a twin under this clock.
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

    pub(crate) fn call_as(&self, token: &str, method: &str, target: &str, body: Value) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let call = Call::new(method, &format!("/calendar/v3{target}"), body);
        self.twin.answer(call.with("authorization", &format!("Bearer {token}")))
    }

    pub(crate) fn call(&self, method: &str, target: &str, body: Value) -> Reply {
        self.call_as("twin-alice", method, target, body)
    }

    /// A call that must succeed.
    pub(crate) fn done(&self, method: &str, target: &str, body: Value) -> Value {
        let reply = self.call(method, target, body);
        assert!(reply.status.is_success(), "{method} {target}: {}", String::from_utf8_lossy(&reply.body));
        if reply.body.is_empty() { Value::Null } else { json_of(&reply) }
    }

    /// A control route that shows something.
    pub(crate) fn look(&self, target: &str) -> Value {
        let reply = self.twin.answer(Call::new(Method::GET, &format!("/_twin/{target}"), ""));
        assert_eq!(reply.status, 200, "{target}: {}", String::from_utf8_lossy(&reply.body));
        json_of(&reply)
    }

    pub(crate) fn control(&self, route: &str, body: Value) -> Value {
        self.twin.control("POST", route, &body).unwrap()
    }

    /// Alice lets the application in: an access token and a refresh token.
    pub(crate) fn sign_in(&self) -> (String, String) {
        let asked = "client_id=twin-client&redirect_uri=http://app/back&response_type=code&access_type=offline&auto=1\
                     &scope=https://www.googleapis.com/auth/calendar";
        let reply = self.twin.answer(Call::new(Method::GET, &format!("/o/oauth2/v2/auth?{asked}"), ""));
        let back = url::Url::parse(reply.headers["location"].to_str().unwrap()).unwrap();
        let code = back.query_pairs().find(|(key, _)| key == "code").unwrap().1.into_owned();
        let body = self.token(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", "http://app/back"),
        ]);
        let token = |key: &str| body[key].as_str().unwrap().to_owned();
        (token("access_token"), token("refresh_token"))
    }

    /// The access token that a refresh token is good for; `None` if it is good for none.
    pub(crate) fn refreshed(&self, token: &str) -> Option<String> {
        let body = self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
        Some(body["access_token"].as_str()?.to_owned())
    }

    fn token(&self, fields: &[(&str, &str)]) -> Value {
        let client = [("client_id", "twin-client"), ("client_secret", "twin-secret")];
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(client)
            .extend_pairs(fields)
            .finish();
        json_of(&self.twin.answer(Call::new(Method::POST, "/token", form)))
    }

    /// Every page of a list: the items, and the token for what comes after. `None` if the cursor is gone.
    pub(crate) fn list(&self, token: &str, calendar: &str, query: &str) -> Option<(Vec<Value>, String)> {
        let (mut items, mut page) = (Vec::new(), String::new());
        loop {
            let target = format!("/calendars/{calendar}/events?prettyPrint=false&{query}{page}");
            let reply = self.call_as(token, "GET", &target, Value::Null);
            if reply.status == 410 {
                return None;
            }
            assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
            let body = json_of(&reply);
            items.extend(body["items"].as_array().cloned().unwrap_or_default());
            match (body["nextPageToken"].as_str(), body["nextSyncToken"].as_str()) {
                (Some(next), None) => page = format!("&pageToken={next}"),
                (None, Some(sync)) => return Some((items, sync.to_owned())),
                (next, sync) => panic!("a page has one of the two tokens, not {next:?} and {sync:?}"),
            }
        }
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

pub(crate) fn reason(reply: &Reply) -> String {
    json_of(reply)["error"]["errors"][0]["reason"].as_str().unwrap().to_owned()
}

/// An event on that day of March 2027 at that hour of New York.
pub(crate) fn event(day: u32, hour: u32) -> Value {
    let at = |hour: u32| json!({"dateTime": format!("2027-03-{day:02}T{hour:02}:00:00"), "timeZone": "America/New_York"});
    json!({"start": at(hour), "end": at(hour + 1), "summary": format!("{day} {hour}")})
}
