//! A door that answers by a script.

use std::collections::VecDeque;

use super::*;

pub(super) enum Reply {
    Says(u16, Value),
    Raw(u16, &'static str),
    NotSent,
    Nothing,
}
pub(super) use Reply::{NotSent, Nothing, Raw, Says};

/// Answers each call, alone or in a batch, with the next line of its script, which names the call it is for.
#[derive(Default)]
pub(super) struct Script {
    lines: Mutex<VecDeque<(&'static str, Reply)>>,
    /// Bodies and versions of what was asked, one line each.
    asked: Mutex<Vec<String>>,
    /// How often the door was used.
    trips: Mutex<usize>,
}

impl Script {
    fn next(&self, method: &str, target: &str, version: Option<&str>, body: &[u8]) -> Reply {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query: BTreeMap<String, String> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let name = query.get("iCalUID").map(|uid| format!("named {uid}"));
        let name = name.or_else(|| query.get("privateExtendedProperty").map(|uid| format!("ours {uid}")));
        let name = name.unwrap_or_else(|| path.rsplit('/').next().unwrap_or_default().to_owned());
        let body = serde_json::from_slice(body).map(|body: Value| sorted(&body)).unwrap_or_default();
        let version = version.map(|version| format!(" if {version}")).unwrap_or_default();
        self.asked.lock().unwrap().push(format!("{method} {name}{version} {body}").trim().to_owned());
        let mail = query.get("sendUpdates").map(String::as_str);
        assert!(method == "GET" || mail == Some("none"), "{method} {target} does not say whom to tell");
        let (expected, reply) = self.lines.lock().unwrap().pop_front().unwrap_or(("nothing", Nothing));
        assert_eq!(format!("{method} {name}"), expected, "unexpected call with {body}");
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
        let none = || Box::<dyn std::error::Error + Send + Sync>::from("no answer");
        let target = request.uri().path_and_query().unwrap().to_string();
        let version = request.headers().get("if-match").map(|value| value.to_str().unwrap().to_owned());
        if !target.starts_with("/batch") {
            let reply = self.next(request.method().as_str(), &target, version.as_deref(), request.body());
            let (status, body) = match reply {
                Says(status, body) => (status, body.to_string()),
                Raw(status, body) => (status, body.to_owned()),
                NotSent => return Err(Lost::NotSent(none())),
                Nothing => return Err(Lost::NoAnswer(none())),
            };
            return Ok(Response::builder().status(status).body(Bytes::from(body)).unwrap());
        }
        let asked = String::from_utf8(request.body().to_vec()).unwrap();
        let mut answer = String::new();
        for part in asked.split("--concord_batch_part\r\n").skip(1) {
            let (head, call) = part.split_once("\r\n\r\n").unwrap();
            let index = head.split_once("<item-").unwrap().1.trim_end_matches('>');
            let (head, body) = call.split_once("\r\n\r\n").unwrap();
            let body = body.split("--concord_batch_part--").next().unwrap().trim();
            let mut words = head.split(' ');
            let (method, target) = (words.next().unwrap(), words.next().unwrap());
            let version = head.lines().find_map(|line| line.strip_prefix("If-Match: "));
            let (status, body) = match self.next(method, target, version, body.as_bytes()) {
                Says(status, body) => (status, body.to_string()),
                Raw(status, body) => (status, body.to_owned()),
                // One silent part is left out; a lost batch is lost with all its parts.
                Nothing => continue,
                NotSent => return Err(Lost::NotSent(none())),
            };
            answer.push_str(&format!(
                "--b\r\nContent-ID: <response-item-{index}>\r\n\r\nHTTP/1.1 {status} X\r\n\r\n{body}\r\n"
            ));
        }
        answer.push_str("--b--");
        let response = Response::builder().header("content-type", "multipart/mixed; boundary=b");
        Ok(response.body(Bytes::from(answer)).unwrap())
    }
}

pub(super) struct World {
    pub(super) google: Google,
    pub(super) script: Arc<Script>,
}

impl World {
    pub(super) fn new(lines: impl IntoIterator<Item = (&'static str, Reply)>) -> World {
        let script = Arc::new(Script { lines: Mutex::new(lines.into_iter().collect()), ..Script::default() });
        let settings = Settings::new("client", SecretString::from("secret"));
        World { google: Google::new(settings, script.clone()), script }
    }

    pub(super) async fn write_all(&self, writes: &[Write]) -> Vec<Result<Written, Answer>> {
        let answers = self.google.write(&access(), &calendar(), writes, Mail::Nobody).await;
        assert!(self.script.lines.lock().unwrap().is_empty(), "the script was not played to its end");
        answers
    }

    pub(super) async fn write(&self, write: Write) -> Result<Written, Answer> {
        self.write_all(&[write]).await.remove(0)
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
    CalendarId::from("alice@example.com")
}
