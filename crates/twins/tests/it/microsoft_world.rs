//! A Microsoft twin under virtual time, and short words for calling it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use concord_twins::microsoft::{Settings, Twin};
use concord_twins::notices::Answer;
use concord_twins::{Call, Reply};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Immutable ids, as whoever syncs asks for them.
pub(crate) const STAY: (&str, &str) = ("prefer", "IdType=\"ImmutableId\"");

/// A twin with a clock that only tests move.
pub(crate) struct World {
    pub(crate) twin: Twin,
    seconds: Arc<AtomicI64>,
}

impl World {
    pub(crate) fn new() -> World {
        let seconds = Arc::new(AtomicI64::new(1_800_000_000));
        World { twin: Twin::new(settings(&seconds)), seconds }
    }

    /// Another twin under the same clock that was given what this one held, by way of a file.
    pub(crate) fn again(&self) -> World {
        let text = serde_json::to_string(&self.twin.snapshot()).unwrap();
        let other = Twin::new(Settings { seed: 7, ..settings(&self.seconds) });
        other.restore(serde_json::from_str(&text).unwrap()).unwrap();
        World { twin: other, seconds: Arc::clone(&self.seconds) }
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn after(&self, seconds: i64) -> String {
        let at = self.seconds.load(Ordering::SeqCst) + seconds;
        Timestamp::from_second(at).unwrap().to_string()
    }

    /// A call of Graph with headers.
    pub(crate) fn with(
        &self,
        token: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let target = target.strip_prefix("http://graph.test").unwrap_or(target);
        let target = if target.starts_with("/v1.0") { target.to_owned() } else { format!("/v1.0{target}") };
        let call = Call::new(method, &target, body).with("authorization", &format!("Bearer {token}"));
        self.twin.answer(headers.iter().fold(call, |call, (name, value)| call.with(name, value)))
    }

    pub(crate) fn call(&self, method: &str, target: &str, body: &Value) -> Reply {
        self.with("twin-alice", method, target, &[], body)
    }

    /// A call that must succeed.
    pub(crate) fn done(&self, method: &str, target: &str, body: &Value) -> Value {
        succeeded(&self.call(method, target, body), target)
    }

    pub(crate) fn get(&self, target: &str) -> Value {
        self.done("GET", target, &Value::Null)
    }

    /// A call that must be refused: its status and code.
    pub(crate) fn refused(&self, method: &str, target: &str, body: &Value) -> (u16, String) {
        refusal(&self.call(method, target, body))
    }

    pub(crate) fn control(&self, route: &str, body: &Value) -> Value {
        self.twin.control("POST", route, body).unwrap()
    }

    pub(crate) fn look(&self, route: &str) -> Value {
        self.twin.control("GET", route, &json!({})).unwrap()
    }

    pub(crate) fn quirks(&self, body: Value) {
        self.control("quirks", &body);
    }

    /// An event of alice.
    pub(crate) fn made(&self, body: &Value) -> Value {
        self.done("POST", "/me/events", body)
    }

    /// Kinds and addresses of all mail.
    pub(crate) fn mails(&self) -> Vec<(String, String)> {
        self.twin.mails(0).into_iter().map(|mail| (mail.kind.into_owned(), mail.to)).collect()
    }

    /// A round of delta: everything that it tells, and the link to the next.
    pub(crate) fn round(
        &self,
        link: &str,
        headers: &[(&str, &str)],
    ) -> Result<(Vec<Value>, String), (u16, String)> {
        let (mut items, mut link) = (Vec::new(), link.to_owned());
        loop {
            let reply = self.with("twin-alice", "GET", &link, headers, &Value::Null);
            if reply.status != 200 {
                return Err(refusal(&reply));
            }
            let body = json_of(&reply);
            items.extend(body["value"].as_array().unwrap().clone());
            match (body["@odata.nextLink"].as_str(), body["@odata.deltaLink"].as_str()) {
                (Some(next), None) => link = next.to_owned(),
                (None, Some(delta)) => return Ok((items, delta.to_owned())),
                (next, delta) => panic!("a page has one of the two links, not {next:?} and {delta:?}"),
            }
        }
    }

    /// Answers every notice that waits as a good endpoint does, and returns what was told.
    pub(crate) fn deliver(&self) -> Vec<Value> {
        let mut told = Vec::new();
        for notice in self.twin.take_notices() {
            match validation(notice.request.uri()) {
                Some(token) => {
                    let body = token.into();
                    let answer = Answer { status: 200, content_type: "text/plain".into(), body };
                    self.twin.answered(notice.id, &answer);
                }
                None => {
                    let body: Value = serde_json::from_slice(notice.request.body()).unwrap();
                    told.extend(body["value"].as_array().unwrap().clone());
                    self.twin.delivered(notice.id, 202);
                }
            }
        }
        told
    }
}

/// The token that an address is asked for.
pub(crate) fn validation(uri: &http::Uri) -> Option<String> {
    let pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.into_owned().find(|(name, _)| name == "validationToken").map(|(_, token)| token)
}

fn settings(seconds: &Arc<AtomicI64>) -> Settings {
    let clock = Arc::clone(seconds);
    let now = move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap();
    Settings { keep_versions: true, ..Settings::new("http://graph.test", Arc::new(now)) }
}

pub(crate) fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

pub(crate) fn succeeded(reply: &Reply, what: &str) -> Value {
    assert!(reply.status.is_success(), "{what}: {} {}", reply.status, String::from_utf8_lossy(&reply.body));
    if reply.body.is_empty() { Value::Null } else { json_of(reply) }
}

pub(crate) fn refusal(reply: &Reply) -> (u16, String) {
    let code = json_of(reply)["error"]["code"].as_str().unwrap().to_owned();
    (reply.status.as_u16(), code)
}

/// An event on that day of March 2027 at that hour of Berlin.
pub(crate) fn event(day: u32, hour: u32) -> Value {
    let at = |hour: u32| json!({"dateTime": format!("2027-03-{day:02}T{hour:02}:00:00"), "timeZone": "Europe/Berlin"});
    json!({"subject": format!("{day} {hour}"), "start": at(hour), "end": at(hour + 1)})
}

/// The same, with more.
pub(crate) fn having(mut event: Value, more: Value) -> Value {
    if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
        event.extend(more);
    }
    event
}

/// A series of so many days from the first of March 2027, at nine in Berlin.
pub(crate) fn daily(count: u32) -> Value {
    having(
        event(1, 9),
        json!({"recurrence": {
            "pattern": {"type": "daily", "interval": 1},
            "range": {"type": "numbered", "startDate": "2027-03-01", "numberOfOccurrences": count,
                      "recurrenceTimeZone": "Europe/Berlin"},
        }}),
    )
}

pub(crate) fn id(event: &Value) -> &str {
    event["id"].as_str().unwrap()
}

pub(crate) const MARCH: &str = "startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z";

/// The values of one field, in order.
pub(crate) fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    let all = list.as_array().unwrap_or_else(|| panic!("{list} is no list"));
    all.iter().map(|one| one[field].as_str().unwrap_or("")).collect()
}
