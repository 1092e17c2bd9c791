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
        let clock = Arc::clone(&seconds);
        let now = move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap();
        let settings =
            Settings { seed, keep_versions: true, ..Settings::new("http://twin.test", Arc::new(now)) };
        World { twin: Twin::new(settings), seconds }
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

    pub(crate) fn control(&self, route: &str, body: Value) -> Value {
        self.twin.control("POST", route, &body).unwrap()
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
