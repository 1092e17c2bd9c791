//! A door that answers by a script.

use std::collections::VecDeque;
use std::sync::Mutex;

use bytes::Bytes;
use http::{Request, Response};

use super::*;
use crate::http::Lost;

pub(super) enum Reply {
    Says(u16, Value),
    Waits(u16, &'static str, Value),
    /// A page for people, with status 200.
    PageOfAProxy,
    Nothing,
}
pub(super) use Reply::{Nothing, PageOfAProxy, Says, Waits};

pub(super) fn refused(status: u16, code: &str) -> Reply {
    Says(status, json!({ "error": { "code": code, "message": "words" } }))
}

/// Answers each call, alone or in a batch, with the next line of its script, which names the call it is for.
#[derive(Default)]
pub(super) struct Script {
    lines: Mutex<VecDeque<(&'static str, Reply)>>,
    asked: Mutex<Vec<String>>,
    trips: Mutex<usize>,
}

impl Script {
    fn next(&self, method: &str, target: &str, prefer: &str, version: Option<&str>, body: &Value) -> Reply {
        assert!(
            prefer.contains("IdType=\"ImmutableId\""),
            "{method} {target} asks for ids that change (trap 5)"
        );
        let path = target.split('?').next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let version = version.map(|version| format!(" if {version}")).unwrap_or_default();
        let body = if body.is_null() { String::new() } else { format!(" {}", sorted(body)) };
        self.asked.lock().unwrap().push(format!("{method} {name}{version}{body}"));
        let (expected, reply) = self.lines.lock().unwrap().pop_front().unwrap_or(("nothing", Nothing));
        assert_eq!(format!("{method} {name}"), expected, "unexpected call {target}{body}");
        reply
    }
}

/// JSON with its keys in order, whatever order the library keeps.
pub(super) fn sorted(value: &Value) -> String {
    let Value::Object(object) = value else {
        let Value::Array(list) = value else { return value.to_string() };
        return format!("[{}]", list.iter().map(sorted).collect::<Vec<_>>().join(","));
    };
    let entries: BTreeMap<&String, String> = object.iter().map(|(key, value)| (key, sorted(value))).collect();
    let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key:?}:{value}")).collect();
    format!("{{{}}}", entries.join(","))
}

#[async_trait]
impl Http for Script {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        *self.trips.lock().unwrap() += 1;
        assert_eq!(request.headers()["authorization"], "Bearer key");
        let lost = || Lost::NoAnswer("no answer".into());
        let target = request.uri().path_and_query().unwrap().to_string();
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap());
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        if target != "/v1.0/$batch" {
            let prefer = header("prefer").unwrap_or_default();
            return match self.next(request.method().as_str(), &target, prefer, header("if-match"), &body) {
                Says(status, body) => Ok(Response::builder().status(status).body(bytes(&body)).unwrap()),
                Waits(status, seconds, body) => {
                    let answer = Response::builder().status(status).header("retry-after", seconds);
                    Ok(answer.body(bytes(&body)).unwrap())
                }
                PageOfAProxy => {
                    Ok(Response::new(Bytes::from_static(b"<!DOCTYPE html><html>Our terms</html>")))
                }
                Nothing => Err(lost()),
            };
        }
        let requests = body["requests"].as_array().unwrap();
        assert!(requests.len() <= 20, "more than Graph takes");
        let mut answers = Vec::new();
        for one in requests {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let version = one["headers"]["If-Match"].as_str();
            let prefer = text(&one["headers"]["Prefer"]);
            let body = one.get("body").unwrap_or(&Value::Null);
            let (status, wait, body) =
                match self.next(&text(&one["method"]), &text(&one["url"]), &prefer, version, body) {
                    Says(status, body) => (status, None, body),
                    Waits(status, seconds, body) => (status, Some(seconds), body),
                    PageOfAProxy | Nothing => continue,
                };
            let headers = wait.map_or_else(|| json!({}), |wait| json!({ "Retry-After": wait }));
            answers.push(json!({ "id": one["id"], "status": status, "headers": headers, "body": body }));
        }
        answers.reverse();
        Ok(Response::new(bytes(&json!({ "responses": answers }))))
    }
}

fn bytes(value: &Value) -> Bytes {
    if value.is_null() { Bytes::new() } else { Bytes::from(value.to_string()) }
}

pub(super) struct World {
    pub(super) outlook: Microsoft,
    pub(super) script: Arc<Script>,
}

impl World {
    pub(super) fn new(lines: impl IntoIterator<Item = (&'static str, Reply)>) -> World {
        let script = Arc::new(Script { lines: Mutex::new(lines.into_iter().collect()), ..Script::default() });
        let settings = Settings::new("client", Some(SecretString::from("secret")), TENANT);
        World { outlook: Microsoft::new(settings, script.clone()), script }
    }

    pub(super) async fn write_all(&self, writes: &[Write], mail: Mail) -> Vec<Result<Written, Answer>> {
        let answers = self.outlook.write(&access(), &calendar(), writes, mail).await;
        assert!(self.script.lines.lock().unwrap().is_empty(), "the script was not played to its end");
        answers
    }

    pub(super) async fn write(&self, write: Write) -> Result<Written, Answer> {
        self.write_all(&[write], Mail::Nobody).await.remove(0)
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.script.asked.lock().unwrap().clone()
    }

    pub(super) fn trips(&self) -> usize {
        *self.script.trips.lock().unwrap()
    }
}

pub(super) fn access() -> Access {
    Access::new("key", "2026-11-20T10:00:00Z".parse().unwrap())
}

pub(super) fn calendar() -> CalendarId {
    CalendarId::from("cal")
}
