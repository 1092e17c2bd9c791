//! The adapter against answers told one by one: which calls go out, and what is made of what comes back.
//!
//! Whether Google would answer like that is the twin's to say (`tests/it`); here it is about the adapter alone.

use std::collections::VecDeque;
use std::sync::Mutex;

use bytes::Bytes;
use concord_model::observed::{State, Versions};
use concord_model::people::{Address, Attendee};
use concord_model::recurrence::Recurrence;
use concord_model::view::Override;
use concord_model::{Etag, Field, Mark, Moment, Span, View, Zone};
use http::{Request, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;
use crate::http::Lost;
use crate::provider::Next;

// --- a door with a script behind it

enum Reply {
    Says(u16, Value),
    Raw(u16, &'static str),
    NotSent,
    Nothing,
}
use Reply::{NotSent, Nothing, Raw, Says};

/// Answers each call, alone or in a batch, with the next line of its script, which names the call it is for.
#[derive(Default)]
struct Script {
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
fn sorted(value: &Value) -> String {
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

struct World {
    google: Google,
    script: Arc<Script>,
}

impl World {
    fn new(lines: impl IntoIterator<Item = (&'static str, Reply)>) -> World {
        let script = Arc::new(Script { lines: Mutex::new(lines.into_iter().collect()), ..Script::default() });
        let settings = Settings::new("client", SecretString::from("secret"));
        World { google: Google::new(settings, script.clone()), script }
    }

    async fn write_all(&self, writes: &[Write]) -> Vec<Result<Written, Answer>> {
        let answers = self.google.write(&access(), &calendar(), writes, Mail::Nobody).await;
        assert!(self.script.lines.lock().unwrap().is_empty(), "the script was not played to its end");
        answers
    }

    async fn write(&self, write: Write) -> Result<Written, Answer> {
        self.write_all(&[write]).await.remove(0)
    }

    fn asked(&self) -> Vec<String> {
        self.script.asked.lock().unwrap().clone()
    }

    fn trips(&self) -> usize {
        *self.script.trips.lock().unwrap()
    }
}

fn access() -> Access {
    Access { token: SecretString::from("key"), now: "2026-11-20T10:00:00Z".parse().unwrap() }
}

fn calendar() -> CalendarId {
    CalendarId::from("alice@example.com")
}

// --- events

fn at(start: &str, end: &str) -> Span {
    let moment = |wall: &str| Moment::new(wall.parse().unwrap(), Zone::new("Europe/Berlin").unwrap());
    Span::timed(moment(start), moment(end)).unwrap()
}

fn single(title: &str) -> View {
    View::new(at("2026-11-24T10:00:00", "2026-11-24T11:00:00"), title)
}

fn class(title: &str) -> View {
    let mut view = single(title);
    let (recurrence, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY"], &view.time.span).unwrap();
    view.time.recurrence = Some(recurrence);
    view
}

fn key(text: &str) -> OccurrenceKey {
    text.parse().unwrap()
}

/// The second occurrence, and what Google calls it.
const SECOND: &str = "20261201T100000";
const SECOND_ID: &str = "e1_20261201T090000Z";

fn retitled(mut series: View, title: &str) -> View {
    let mut one = series.occurrence(key(SECOND)).unwrap();
    one.title = title.to_owned();
    let change = View { overrides: BTreeMap::new(), ..series.clone() }.override_for(key(SECOND), &one);
    series.overrides.insert(key(SECOND), change.unwrap());
    series
}

fn without_second(mut series: View) -> View {
    series.overrides.insert(key(SECOND), Override::Cancelled);
    series
}

/// An event as Google has it.
fn event(id: &str, etag: u32, more: Value) -> Value {
    let mut event = json!({
        "id": id, "etag": etag.to_string(), "status": "confirmed", "iCalUID": "e1@google.com",
        "organizer": { "email": "alice@example.com", "self": true },
        "start": { "dateTime": "2026-11-24T10:00:00+01:00", "timeZone": "Europe/Berlin" },
        "end": { "dateTime": "2026-11-24T11:00:00+01:00", "timeZone": "Europe/Berlin" },
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn master(etag: u32, title: &str) -> Value {
    event("e1", etag, json!({ "summary": title, "recurrence": ["RRULE:FREQ=WEEKLY"] }))
}

fn second(etag: u32, more: Value) -> Value {
    let mut all = json!({
        "recurringEventId": "e1",
        "originalStartTime": { "dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin" },
        "start": { "dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin" },
        "end": { "dateTime": "2026-12-01T11:00:00+01:00", "timeZone": "Europe/Berlin" },
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event(SECOND_ID, etag, all)
}

fn listing(items: impl Into<Vec<Value>>) -> Reply {
    Says(
        200,
        json!({ "kind": "calendar#events", "timeZone": "Europe/Berlin", "nextSyncToken": "s", "items": items.into() }),
    )
}

fn refused(status: u16, reason: &str) -> Reply {
    Says(status, json!({ "error": { "errors": [{ "domain": "global", "reason": reason }], "code": status } }))
}

fn create(view: View) -> Write {
    let mark = Mark { event: uuid::Uuid::from_u128(1).into(), link: uuid::Uuid::from_u128(2).into() };
    let (id, uid, fields) = ("e1".into(), "u1".to_owned(), FieldSet::ALL);
    Write::Create { id, uid, mark, view: Box::new(view), fields }
}

fn versions(whole: &str, second: Option<&str>) -> Versions {
    let parts = second.map(|version| (key(SECOND), Etag::from(version))).into_iter().collect();
    Versions { whole: Some(whole.into()), parts }
}

fn update(versions: Versions, before: View, after: View) -> Write {
    let (before, after) = (Box::new(before), Box::new(after));
    Write::Update { id: "e1".into(), versions, before, after, fields: FieldSet::ALL }
}

fn delete(id: &str) -> Write {
    Write::Delete { id: id.into(), versions: versions("1", None) }
}

/// What a write came to, one line for each item: `id[/part] version: title`.
fn told(written: Result<Written, Answer>) -> Vec<String> {
    let Written::There(items) = written.unwrap() else { return vec!["gone".to_owned()] };
    let line = |item: &Item| {
        let part = item.part.as_ref().map(|part| format!("/{}", part.id)).unwrap_or_default();
        let version = item.etag.as_ref().map_or("-", Etag::as_str);
        let state = match &item.state {
            State::Live(view) => &view.title,
            State::Gone => "(gone)",
            State::Odd(why) => why,
        };
        format!("{}{part} {version}: {state}", item.id)
    };
    items.iter().map(line).collect()
}

// --- one write, one call

#[tokio::test]
async fn a_new_event_is_one_call_under_our_id() {
    let world = World::new([("POST events", Says(200, event("e1", 1, json!({ "summary": "Coaching" }))))]);
    assert_eq!(told(world.write(create(single("Coaching"))).await), ["e1 1: Coaching"]);
    let body: Value = serde_json::from_str(world.asked()[0].strip_prefix("POST events ").unwrap()).unwrap();
    assert_eq!(
        body,
        json!({
            "id": "e1",
            "summary": "Coaching",
            "start": { "dateTime": "2026-11-24T10:00:00", "timeZone": "Europe/Berlin" },
            "end": { "dateTime": "2026-11-24T11:00:00", "timeZone": "Europe/Berlin" },
            "extendedProperties": { "private": {
                "concord": "00000000000000000000000000000001.00000000000000000000000000000002",
                "concordUid": "u1",
            } },
        })
    );
}

#[tokio::test]
async fn a_change_names_only_what_differs_and_the_version_it_replaces() {
    let world = World::new([("PATCH e1", Says(200, event("e1", 2, json!({ "summary": "New" }))))]);
    let after = View { location: String::new(), ..single("New") };
    let before = View { location: "Studio".to_owned(), ..single("Old") };
    assert_eq!(told(world.write(update(versions("\"1\"", None), before, after)).await), ["e1 2: New"]);
    assert_eq!(world.asked(), [r#"PATCH e1 if "1" {"location":null,"summary":"New"}"#]);
}

#[tokio::test]
async fn a_change_to_days_names_both_kinds_of_time() {
    let world = World::new([("PATCH e1", Says(200, event("e1", 2, json!({}))))]);
    let days = Span::days("2026-11-24".parse().unwrap(), "2026-11-25".parse().unwrap()).unwrap();
    world.write(update(versions("1", None), single("x"), View::new(days, "x"))).await.unwrap();
    assert_eq!(
        world.asked(),
        [
            r#"PATCH e1 if 1 {"end":{"date":"2026-11-25","dateTime":null,"timeZone":null},"start":{"date":"2026-11-24","dateTime":null,"timeZone":null}}"#
        ]
    );
}

#[tokio::test]
async fn nothing_to_change_is_no_call() {
    let world = World::new([]);
    assert_eq!(told(world.write(update(versions("1", None), single("x"), single("x"))).await), [""; 0]);
    assert_eq!(world.trips(), 0);
}

#[tokio::test]
async fn nothing_is_written_blindly() {
    let world = World::new([]);
    let none = Versions::default();
    assert_eq!(world.write(update(none.clone(), single("x"), single("y"))).await, Err(Answer::Stale));
    assert_eq!(world.write(Write::Delete { id: "e1".into(), versions: none }).await, Err(Answer::Stale));
    assert_eq!(world.trips(), 0);
}

#[tokio::test]
async fn what_is_gone_already_is_deleted() {
    for reply in [Raw(204, ""), refused(410, "deleted"), refused(404, "notFound")] {
        let world = World::new([("DELETE e1", reply)]);
        assert_eq!(world.write(delete("e1")).await, Ok(Written::Gone));
        assert_eq!(world.asked(), ["DELETE e1 if 1"]);
    }
    let world = World::new([("DELETE e1", refused(412, "conditionNotMet"))]);
    assert_eq!(world.write(delete("e1")).await, Err(Answer::Stale));
}

#[tokio::test]
async fn a_cancelled_event_is_not_written() {
    let world = World::new([]);
    let view = View { status: concord_model::view::Status::Cancelled, ..single("x") };
    assert!(matches!(world.write(create(view)).await, Err(Answer::Rejected { read_only: false, .. })));
}

// --- lost answers

#[tokio::test]
async fn a_write_without_an_answer_is_unknown_and_one_that_was_not_sent_is_not() {
    let write = || create(single("x"));
    assert!(matches!(World::new([("POST events", Nothing)]).write(write()).await, Err(Answer::Unknown(_))));
    assert!(matches!(World::new([("POST events", NotSent)]).write(write()).await, Err(Answer::Transient(_))));
    assert!(matches!(
        World::new([("POST events", Raw(200, "<html>"))]).write(write()).await,
        Err(Answer::Unknown(_))
    ));
    assert!(matches!(
        World::new([("POST events", Raw(502, "<html>"))]).write(write()).await,
        Err(Answer::Unknown(_))
    ));
}

#[tokio::test]
async fn in_a_batch_each_part_has_its_own_fate() {
    let world = World::new([
        ("DELETE a", Raw(204, "")),
        ("DELETE b", Nothing),
        ("DELETE c", refused(412, "conditionNotMet")),
        ("DELETE d", refused(409, "conflict")),
        ("DELETE e", refused(403, "rateLimitExceeded")),
    ]);
    let writes = ["a", "b", "c", "d", "e"].map(delete);
    let answers = world.write_all(&writes).await;
    assert_eq!(world.trips(), 1);
    assert_eq!(answers[0], Ok(Written::Gone));
    assert!(matches!(answers[1], Err(Answer::Unknown(_))));
    assert_eq!(answers[2], Err(Answer::Stale));
    assert!(matches!(answers[3], Err(Answer::Transient(_))));
    assert_eq!(answers[4], Err(Answer::RetryAfter { at: None, long: false }));
}

#[tokio::test]
async fn more_than_fifty_go_in_several_batches() {
    let ids: Vec<String> = (0..120).map(|n| format!("x{n}")).collect();
    let script: Vec<(&'static str, Reply)> =
        ids.iter().map(|id| (&*Box::leak(format!("DELETE {id}").into_boxed_str()), Raw(204, ""))).collect();
    let world = World::new(script);
    let writes: Vec<Write> = ids.iter().map(|id| delete(id)).collect();
    assert!(world.write_all(&writes).await.iter().all(|answer| *answer == Ok(Written::Gone)));
    assert_eq!(world.trips(), 3);
}

/// Refuses every batch as a whole.
struct Outer(u16, &'static str, Mutex<usize>);

#[async_trait]
impl Http for Outer {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        *self.2.lock().unwrap() += 1;
        Ok(Response::builder().status(self.0).body(Bytes::from(self.1)).unwrap())
    }
}

#[tokio::test]
async fn a_batch_that_is_refused_as_a_whole_stops_the_rest() {
    let check = async |status, body, trips, expected: fn(&Answer) -> bool| {
        let door = Arc::new(Outer(status, body, Mutex::new(0)));
        let google = Google::new(Settings::new("c", SecretString::from("s")), door.clone());
        let writes: Vec<Write> = (0..60).map(|n| delete(&format!("x{n}"))).collect();
        let answers = google.write(&access(), &calendar(), &writes, Mail::Nobody).await;
        assert_eq!((answers.len(), *door.2.lock().unwrap()), (60, trips), "{status}");
        for answer in answers {
            let answer = answer.unwrap_err();
            assert!(expected(&answer), "{status}: {answer:?}");
        }
    };
    check(401, "", 1, |a| *a == Answer::SignInExpired).await;
    check(429, "", 1, |a| matches!(a, Answer::RetryAfter { .. })).await;
    check(400, "{\"error\":{\"code\":400}}", 2, |a| matches!(a, Answer::Transient(_))).await;
    check(503, "<html>", 2, |a| matches!(a, Answer::Unknown(_))).await;
    check(200, "--b\r\nnot what it seems", 2, |a| matches!(a, Answer::Unknown(_))).await;
}

// --- occurrences

#[tokio::test]
async fn an_occurrence_without_a_version_is_read_before_it_is_changed() {
    let world = World::new([
        ("GET e1_20261201T090000Z", Says(200, second(7, json!({ "summary": "Class" })))),
        ("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "summary": "Special" })))),
    ]);
    let written =
        world.write(update(versions("1", None), class("Class"), retitled(class("Class"), "Special"))).await;
    assert_eq!(told(written), ["e1/e1_20261201T090000Z 8: Special"]);
    assert_eq!(world.asked()[1], r#"PATCH e1_20261201T090000Z if 7 {"summary":"Special"}"#);
}

#[tokio::test]
async fn an_occurrence_that_someone_changed_meanwhile_is_left_alone() {
    let world =
        World::new([("GET e1_20261201T090000Z", Says(200, second(7, json!({ "summary": "Theirs" }))))]);
    let write = update(versions("1", None), class("Class"), retitled(class("Class"), "Special"));
    assert_eq!(world.write(write).await, Err(Answer::Stale));

    let world =
        World::new([("GET e1_20261201T090000Z", Says(200, second(7, json!({ "status": "cancelled" }))))]);
    let write = update(versions("1", None), class("Class"), retitled(class("Class"), "Special"));
    assert_eq!(world.write(write).await, Err(Answer::Stale));

    let world =
        World::new([("GET e1_20261201T090000Z", Says(200, second(7, json!({ "summary": "Theirs" }))))]);
    let write = update(versions("1", None), class("Class"), without_second(class("Class")));
    assert_eq!(world.write(write).await, Err(Answer::Stale));
}

#[tokio::test]
async fn what_someone_else_changed_in_other_fields_is_seen_first() {
    // To write the title and report the whole would claim that we had agreed to their place.
    let theirs = json!({ "summary": "Class", "location": "Theirs" });
    let world = World::new([("GET e1_20261201T090000Z", Says(200, second(7, theirs)))]);
    let write = update(versions("1", None), class("Class"), retitled(class("Class"), "Special"));
    assert_eq!(world.write(write).await, Err(Answer::Stale));
}

#[tokio::test]
async fn a_known_exception_is_changed_at_once_on_its_own_version() {
    let world =
        World::new([("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "summary": "Newer" }))))]);
    let write =
        update(versions("1", Some("7")), retitled(class("Class"), "New"), retitled(class("Class"), "Newer"));
    assert_eq!(told(world.write(write).await), ["e1/e1_20261201T090000Z 8: Newer"]);
    assert_eq!(world.asked(), [r#"PATCH e1_20261201T090000Z if 7 {"summary":"Newer"}"#]);

    // Back to what the series has: the values are written, for there is no way to undo an exception.
    let world =
        World::new([("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "summary": "Class" }))))]);
    let write = update(versions("1", Some("7")), retitled(class("Class"), "New"), class("Class"));
    assert_eq!(told(world.write(write).await), ["e1/e1_20261201T090000Z 8: Class"]);
    assert_eq!(world.asked(), [r#"PATCH e1_20261201T090000Z if 7 {"summary":"Class"}"#]);

    let world =
        World::new([("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "status": "cancelled" }))))]);
    let write =
        update(versions("1", Some("7")), retitled(class("Class"), "New"), without_second(class("Class")));
    assert_eq!(told(world.write(write).await), ["e1/e1_20261201T090000Z 8: (gone)"]);
    assert_eq!(world.asked(), [r#"PATCH e1_20261201T090000Z if 7 {"status":"cancelled"}"#]);
}

#[tokio::test]
async fn an_occurrence_is_brought_back_from_a_cancelled_exception() {
    let world = World::new([
        ("GET e1", Says(200, master(1, "Class"))),
        ("GET e1_20261201T090000Z", Says(200, second(7, json!({ "status": "cancelled" })))),
        ("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "summary": "Old class" })))),
        ("PATCH e1_20261201T090000Z", Says(200, second(9, json!({ "summary": "Class" })))),
    ]);
    let write = update(versions("1", Some("7")), without_second(class("Class")), class("Class"));
    assert_eq!(told(world.write(write).await), ["e1 1: Class", "e1/e1_20261201T090000Z 9: Class"]);
    assert_eq!(
        world.asked()[2..],
        [
            r#"PATCH e1_20261201T090000Z if 7 {"status":"confirmed"}"#,
            r#"PATCH e1_20261201T090000Z if 8 {"summary":"Class"}"#,
        ]
    );
}

#[tokio::test]
async fn an_occurrence_is_brought_back_from_the_lines_of_its_series() {
    let with_line = event(
        "e1",
        1,
        json!({ "summary": "Class", "recurrence": ["RRULE:FREQ=WEEKLY", "EXDATE;TZID=Europe/Berlin:20261201T100000,20261208T100000"] }),
    );
    let world = World::new([
        ("GET e1", Says(200, with_line)),
        ("PATCH e1", Says(200, master(2, "Class"))),
        ("GET e1_20261201T090000Z", Says(200, second(3, json!({ "summary": "Class" })))),
    ]);
    let mut before = without_second(class("Class"));
    before.overrides.insert(key("20261208T100000"), Override::Cancelled);
    let mut after = before.clone();
    after.overrides.remove(&key(SECOND));
    let written = world.write(update(versions("1", None), before, after)).await;
    assert_eq!(told(written), ["e1 2: Class", "e1/e1_20261201T090000Z 3: Class"]);
    assert_eq!(
        world.asked()[1],
        r#"PATCH e1 if 1 {"recurrence":["RRULE:FREQ=WEEKLY","EXDATE;TZID=Europe/Berlin:20261208T100000"]}"#
    );
}

#[tokio::test]
async fn an_occurrence_that_the_series_does_not_have_cannot_be_changed() {
    let world = World::new([("GET e1_20261201T090000Z", refused(404, "notFound"))]);
    let write = update(versions("1", None), class("Class"), retitled(class("Class"), "Special"));
    assert!(matches!(world.write(write).await, Err(Answer::Rejected { read_only: false, .. })));

    // That it does not take place is true already.
    let world = World::new([("GET e1_20261201T090000Z", refused(404, "notFound"))]);
    let write = update(versions("1", None), class("Class"), without_second(class("Class")));
    assert_eq!(told(world.write(write).await), ["e1/e1_20261201T090000Z -: (gone)"]);
}

#[tokio::test]
async fn a_new_series_gets_its_changed_occurrences_and_lines_for_the_rest() {
    let mut view = retitled(class("Class"), "Special");
    view.overrides.insert(key("20261208T100000"), Override::Cancelled);
    let world = World::new([
        ("POST events", Says(200, master(1, "Class"))),
        ("GET e1_20261201T090000Z", Says(200, second(2, json!({ "summary": "Class" })))),
        ("PATCH e1_20261201T090000Z", Says(200, second(3, json!({ "summary": "Special" })))),
    ]);
    let written = world.write(create(view)).await;
    assert_eq!(told(written), ["e1 1: Class", "e1/e1_20261201T090000Z 3: Special"]);
    assert!(world.asked()[0].contains(r#""EXDATE;TZID=Europe/Berlin:20261208T100000""#));
}

#[tokio::test]
async fn half_done_is_unknown() {
    for reply in [
        refused(412, "conditionNotMet"),
        refused(403, "rateLimitExceeded"),
        refused(401, "authError"),
        NotSent,
    ] {
        let world =
            World::new([("POST events", Says(200, master(1, "Class"))), ("GET e1_20261201T090000Z", reply)]);
        let answer = world.write(create(retitled(class("Class"), "Special"))).await.unwrap_err();
        assert!(matches!(answer, Answer::Unknown(_)), "{answer:?}");
    }
}

// --- the series under its exceptions

#[tokio::test]
async fn exceptions_follow_a_change_of_their_series() {
    // Google did not pass the new place on to the exception.
    let stale = second(7, json!({ "summary": "Special" }));
    let master = event(
        "e1",
        2,
        json!({ "summary": "Class", "location": "Studio", "recurrence": ["RRULE:FREQ=WEEKLY"] }),
    );
    let world = World::new([
        ("PATCH e1", Says(200, master.clone())),
        ("GET named e1@google.com", listing([stale, master])),
        (
            "PATCH e1_20261201T090000Z",
            Says(200, second(8, json!({ "summary": "Special", "location": "Studio" }))),
        ),
    ]);
    let before = retitled(class("Class"), "Special");
    let after = View { location: "Studio".to_owned(), ..before.clone() };
    let written = world.write(update(versions("1", Some("7")), before, after)).await;
    assert_eq!(told(written), ["e1 2: Class", "e1/e1_20261201T090000Z 8: Special"]);
    assert_eq!(world.asked()[2], r#"PATCH e1_20261201T090000Z if 7 {"location":"Studio"}"#);
}

#[tokio::test]
async fn an_exception_that_follows_by_itself_is_only_told() {
    let there = second(9, json!({ "summary": "Special", "location": "Studio" }));
    let master = event(
        "e1",
        2,
        json!({ "summary": "Class", "location": "Studio", "recurrence": ["RRULE:FREQ=WEEKLY"] }),
    );
    let world = World::new([
        ("PATCH e1", Says(200, master.clone())),
        ("GET named e1@google.com", listing([there, master])),
    ]);
    let before = retitled(class("Class"), "Special");
    let after = View { location: "Studio".to_owned(), ..before.clone() };
    let written = world.write(update(versions("1", Some("7")), before, after)).await;
    assert_eq!(told(written), ["e1 2: Class", "e1/e1_20261201T090000Z 9: Special"]);
}

fn with_stamp(event: &Value) -> Value {
    let mut event = event.clone();
    event["updated"] = json!("2026-11-20T09:59:00Z");
    event
}

#[tokio::test]
async fn an_exception_of_somebody_else_is_neither_overwritten_nor_agreed_to() {
    let theirs = second(9, json!({ "summary": "Special", "location": "Elsewhere" }));
    let master = event(
        "e1",
        2,
        json!({ "summary": "Class", "location": "Studio", "recurrence": ["RRULE:FREQ=WEEKLY"] }),
    );
    let before = retitled(class("Class"), "Special");
    let after = View { location: "Studio".to_owned(), ..before.clone() };
    let world = World::new([
        ("PATCH e1", Says(200, master.clone())),
        ("GET named e1@google.com", listing([theirs, master.clone()])),
    ]);
    let answer = world.write(update(versions("1", Some("7")), before.clone(), after.clone())).await;
    assert!(matches!(answer, Err(Answer::Unknown(_))), "{answer:?}");

    // Neither is what somebody did to the series itself between our write and our look.
    let mine = || second(9, json!({ "summary": "Special", "location": "Studio" }));
    let renamed = event(
        "e1",
        3,
        json!({ "summary": "Theirs", "location": "Studio", "updated": "2026-11-20T10:00:00Z", "recurrence": ["RRULE:FREQ=WEEKLY"] }),
    );
    let world = World::new([
        ("PATCH e1", Says(200, with_stamp(&master))),
        ("GET named e1@google.com", listing([mine(), renamed])),
    ]);
    let answer = world.write(update(versions("1", Some("7")), before.clone(), after.clone())).await;
    assert!(matches!(answer, Err(Answer::Unknown(_))), "{answer:?}");

    // One that nobody here knew of yet comes with the next changes.
    let unknown = event(
        "e1_20261215T090000Z",
        5,
        json!({ "summary": "New", "recurringEventId": "e1", "originalStartTime": { "dateTime": "2026-12-15T10:00:00+01:00" } }),
    );
    let world = World::new([
        ("PATCH e1", Says(200, master.clone())),
        ("GET named e1@google.com", listing([unknown, mine(), master])),
    ]);
    let written = world.write(update(versions("1", Some("7")), before, after)).await;
    assert_eq!(told(written), ["e1 2: Class", "e1/e1_20261201T090000Z 9: Special"]);
}

#[tokio::test]
async fn a_series_that_moves_takes_its_occurrences_along() {
    let moved = at("2026-11-24T14:00:00", "2026-11-24T15:00:00");
    let mut after = class("Class");
    after.time.span = moved;
    let mut special = after.occurrence(key("20261201T140000")).unwrap();
    special.title = "Special".to_owned();
    let change = after.override_for(key("20261201T140000"), &special).unwrap();
    after.overrides.insert(key("20261201T140000"), change);
    after.overrides.insert(key("20261208T140000"), Override::Cancelled);
    let mut before = retitled(class("Class"), "Special");
    before.overrides.insert(key("20261208T100000"), Override::Cancelled);

    let at_two = |hour: &str| json!({ "dateTime": format!("2026-11-24T{hour}:00:00+01:00"), "timeZone": "Europe/Berlin" });
    let master = event(
        "e1",
        2,
        json!({ "summary": "Class", "start": at_two("14"), "end": at_two("15"),
            "recurrence": ["RRULE:FREQ=WEEKLY", "EXDATE;TZID=Europe/Berlin:20261208T140000"] }),
    );
    let instance = |etag, title: &str| {
        event(
            "e1_20261201T130000Z",
            etag,
            json!({ "summary": title, "recurringEventId": "e1",
                "originalStartTime": { "dateTime": "2026-12-01T14:00:00+01:00" },
                "start": { "dateTime": "2026-12-01T14:00:00+01:00", "timeZone": "Europe/Berlin" },
                "end": { "dateTime": "2026-12-01T15:00:00+01:00", "timeZone": "Europe/Berlin" } }),
        )
    };
    let hole =
        json!({ "id": "e1_20261208T090000Z", "status": "cancelled", "recurringEventId": "e1", "etag": "9" });
    let as_known =
        || listing([self::master(1, "Class"), second(7, json!({ "summary": "Special" })), hole.clone()]);
    // The old exception stayed behind as an occurrence that the rule no longer makes.
    let world = World::new([
        ("GET e1", Says(200, self::master(1, "Class"))),
        ("GET named e1@google.com", as_known()),
        ("PATCH e1", Says(200, master.clone())),
        ("GET named e1@google.com", listing([master, second(7, json!({ "summary": "Special" }))])),
        ("GET e1_20261201T130000Z", Says(200, instance(3, "Class"))),
        ("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "status": "cancelled" })))),
        ("PATCH e1_20261201T130000Z", Says(200, instance(4, "Special"))),
    ]);
    let written = world.write(update(versions("1", Some("7")), before.clone(), after.clone())).await;
    assert_eq!(
        told(written),
        [
            "e1 2: Class",
            "e1/e1_20261201T090000Z 8: (gone)",
            "e1/e1_20261201T130000Z 4: Special",
            "e1/e1_20261208T090000Z -: Class",
            "e1/e1_20261208T130000Z -: (gone)",
        ]
    );
    let asked = world.asked();
    assert!(asked[2].contains(r#""EXDATE;TZID=Europe/Berlin:20261208T140000""#), "{}", asked[2]);
    assert_eq!(asked[6], r#"PATCH e1_20261201T130000Z if 3 {"summary":"Special"}"#);

    // What somebody changed a moment ago would be dropped with its exception.
    let theirs = second(8, json!({ "summary": "Theirs" }));
    let unknown =
        json!({ "id": "e1_20261215T090000Z", "status": "cancelled", "recurringEventId": "e1", "etag": "9" });
    for listed in [vec![theirs], vec![second(7, json!({ "summary": "Special" })), unknown]] {
        let world = World::new([
            ("GET e1", Says(200, self::master(1, "Class"))),
            ("GET named e1@google.com", listing([vec![self::master(1, "Class")], listed].concat())),
        ]);
        let write = update(versions("1", Some("7")), before.clone(), after.clone());
        assert_eq!(world.write(write).await, Err(Answer::Stale));
    }
}

// --- guests

fn invited(addresses: &[&str]) -> View {
    let mut view = single("Review");
    view.attendees = addresses
        .iter()
        .map(|address| Attendee {
            address: Address::from(*address),
            name: String::new(),
            answer: Default::default(),
            role: Default::default(),
        })
        .collect();
    view
}

#[tokio::test]
async fn guests_are_read_before_they_are_written() {
    let there =
        json!({ "summary": "Review", "attendees": [{ "email": "Jo@example.com", "comment": "late" }] });
    let world = World::new([
        ("GET e1", Says(200, event("e1", 1, there.clone()))),
        ("PATCH e1", Says(200, event("e1", 2, json!({ "summary": "Review" })))),
    ]);
    let (before, after) = (invited(&["jo@example.com"]), invited(&["jo@example.com", "new@example.com"]));
    world.write(update(versions("1", None), before.clone(), after.clone())).await.unwrap();
    assert_eq!(
        world.asked()[1],
        r#"PATCH e1 if 1 {"attendees":[{"comment":"late","email":"Jo@example.com"},{"email":"new@example.com"}]}"#
    );

    let world = World::new([("GET e1", Says(200, event("e1", 9, there.clone())))]);
    let write = update(versions("1", None), before.clone(), after.clone());
    assert_eq!(world.write(write).await, Err(Answer::Stale), "it had changed before it was read");

    let mut hidden = there;
    hidden["attendeesOmitted"] = json!(true);
    let world = World::new([("GET e1", Says(200, event("e1", 1, hidden)))]);
    let write = update(versions("1", None), before, after);
    assert!(matches!(world.write(write).await, Err(Answer::Rejected { .. })), "a list that is not whole");
}

// --- reading

async fn changes(world: &World, from: Option<&Cursor>) -> Result<Page, Answer> {
    world.google.changes(&access(), &calendar(), from).await
}

#[tokio::test]
async fn a_page_that_is_not_surely_one_is_never_empty() {
    let both = json!({ "kind": "calendar#events", "nextSyncToken": "s", "nextPageToken": "p" });
    let neither = json!({ "kind": "calendar#events", "items": [] });
    let nameless =
        json!({ "kind": "calendar#events", "nextSyncToken": "s", "items": [{ "status": "cancelled" }] });
    for reply in [
        Says(200, both),
        Says(200, neither),
        Says(200, nameless),
        Says(200, json!({})),
        Says(200, json!({ "nextSyncToken": "s" })),
        Raw(200, ""),
        Raw(200, "<html>"),
        Raw(200, "{\"kind\":\"calendar#events\",\"nextSyncToken\":\"s\",\"items\":[{\"id\""),
        Nothing,
    ] {
        let world = World::new([("GET events", reply)]);
        let answer = changes(&world, None).await.map(|page| page.next);
        assert!(matches!(answer, Err(Answer::Transient(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn an_empty_page_may_go_on() {
    let world = World::new([
        ("GET events", Says(200, json!({ "kind": "calendar#events", "nextPageToken": "p" }))),
        ("GET events", listing([])),
    ]);
    let Next::More(cursor) = changes(&world, None).await.unwrap().next else { panic!("the page went on") };
    let page = changes(&world, Some(&cursor)).await.unwrap();
    assert!(page.items.is_empty());
    assert!(matches!(page.next, Next::Done(_)));
}

#[tokio::test]
async fn every_way_to_say_that_a_token_is_bad_loses_the_cursor() {
    let world = World::new([("GET events", listing([]))]);
    let Next::Done(cursor) = changes(&world, None).await.unwrap().next else { panic!("that was all") };
    for reply in
        [refused(410, "fullSyncRequired"), refused(400, "invalid"), refused(400, "badRequest"), Raw(410, "")]
    {
        let world = World::new([("GET events", reply)]);
        assert_eq!(changes(&world, Some(&cursor)).await.map(|page| page.next), Err(Answer::CursorGone));
    }
}

#[tokio::test]
async fn an_event_is_read_whole_deleted_or_missing() {
    let world = World::new([
        ("GET single", Says(200, event("single", 1, json!({ "summary": "One" })))),
        ("GET e1", Says(200, master(1, "Class"))),
        ("GET deleted", Says(200, json!({ "id": "deleted", "status": "cancelled" }))),
        ("GET purged", refused(410, "deleted")),
        ("GET never", refused(404, "notFound")),
        (
            "GET named e1@google.com",
            listing([second(2, json!({ "summary": "Special" })), master(1, "Class")]),
        ),
    ]);
    let ids: Vec<ExternalId> = ["single", "e1", "deleted", "purged", "never"].map(ExternalId::from).to_vec();
    let readings = world.google.read(&access(), &calendar(), &ids).await;
    let count = |reading: &Result<Reading, Answer>| match reading {
        Ok(Reading::Present(items)) => format!("{} items", items.len()),
        Ok(other) => format!("{other:?}"),
        Err(answer) => format!("{answer:?}"),
    };
    let told: Vec<String> = readings.iter().map(count).collect();
    assert_eq!(told, ["1 items", "2 items", "Deleted", "Deleted", "Missing"]);
    assert_eq!(world.trips(), 2);
}

#[tokio::test]
async fn a_series_whose_exceptions_cannot_be_read_is_not_read() {
    for reply in [listing([]), Raw(503, ""), Says(200, json!({}))] {
        let world =
            World::new([("GET e1", Says(200, master(1, "Class"))), ("GET named e1@google.com", reply)]);
        let reading = world.google.read(&access(), &calendar(), &["e1".into()]).await.remove(0);
        assert!(matches!(reading, Err(Answer::Transient(_))), "{reading:?}");
    }
}

#[tokio::test]
async fn a_time_without_a_zone_is_read_on_the_calendars_clock() {
    let bare = json!({ "start": { "dateTime": "2026-11-24T10:00:00Z" }, "end": { "dateTime": "2026-11-24T11:00:00Z" } });
    let world = World::new([
        ("GET e1", Says(200, event("e1", 1, bare))),
        ("GET events", Says(200, json!({ "timeZone": "Europe/Berlin" }))),
    ]);
    let reading = world.google.read(&access(), &calendar(), &["e1".into()]).await.remove(0);
    let Ok(Reading::Present(items)) = reading else { panic!("{reading:?}") };
    let State::Live(view) = &items[0].state else { panic!("{items:?}") };
    assert_eq!(view.time.span.to_string(), "2026-11-24 11:00–12:00 Europe/Berlin");
}

#[tokio::test]
async fn events_are_found_by_googles_name_and_by_ours() {
    let ours = event("cc1", 1, json!({ "extendedProperties": { "private": { "concordUid": "u2" } } }));
    let world = World::new([
        ("GET named u1", listing([event("x", 1, json!({})), json!({ "id": "dead", "status": "cancelled" })])),
        ("GET ours concordUid=u1", listing([event("x", 1, json!({}))])),
        ("GET named u2", listing([])),
        ("GET ours concordUid=u2", listing([ours])),
        (
            "GET named u3",
            listing([json!({ "id": "m_20261201T090000Z", "status": "cancelled", "recurringEventId": "m" })]),
        ),
        ("GET ours concordUid=u3", listing([])),
    ]);
    let uids = ["u1", "u2", "u3"].map(str::to_owned);
    let found = world.google.find(&access(), &calendar(), &uids).await.unwrap();
    let told: Vec<(&str, usize)> = found.iter().map(|(uid, items)| (uid.as_str(), items.len())).collect();
    assert_eq!(told, [("u1", 1), ("u2", 1)]);
}

// --- signing in

fn start() -> SignInStart {
    SignInStart {
        state: "state1".to_owned(),
        verifier: SecretString::from("v".repeat(43)),
        redirect: Url::parse("http://localhost:8080/oauth/google").unwrap(),
        hint: Some("alice@example.com".to_owned()),
    }
}

/// A token endpoint with one answer.
struct Tokens(u16, String, Mutex<String>);

#[async_trait]
impl Http for Tokens {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        *self.2.lock().unwrap() = String::from_utf8(request.body().to_vec()).unwrap();
        Ok(Response::builder().status(self.0).body(Bytes::from(self.1.clone())).unwrap())
    }
}

fn tokens(status: u16, body: impl ToString) -> (Google, Arc<Tokens>) {
    let door = Arc::new(Tokens(status, body.to_string(), Mutex::default()));
    (Google::new(Settings::new("client1", SecretString::from("hush")), door.clone()), door)
}

const ALL: &str = "https://www.googleapis.com/auth/calendar.events openid \
    https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/calendar.calendarlist.readonly";

fn answer(more: Value) -> Value {
    let mut answer = json!({ "access_token": "ya29.new", "expires_in": 3599, "scope": ALL, "token_type": "Bearer", "id_token": "e.y.J" });
    answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    answer
}

#[test]
fn a_person_is_sent_to_google_with_all_that_it_wants() {
    let (google, _) = tokens(200, "");
    let url = google.sign_in(&start()).unwrap().url;
    let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let get = |key: &str| query.get(key).map(String::as_str);
    assert!(url.as_str().starts_with("https://accounts.google.com/o/oauth2/v2/auth?"));
    assert_eq!(get("response_type"), Some("code"));
    assert_eq!(get("access_type"), Some("offline"));
    assert_eq!(get("prompt"), Some("consent"));
    assert_eq!(get("state"), Some("state1"));
    assert_eq!(get("code_challenge_method"), Some("S256"));
    assert_eq!(get("code_challenge"), Some("7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"));
    assert_eq!(get("login_hint"), Some("alice@example.com"));
    assert_eq!(get("redirect_uri"), Some("http://localhost:8080/oauth/google"));
    assert_eq!(
        get("scope"),
        Some(
            "openid email https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/calendar.calendarlist.readonly"
        )
    );
}

#[tokio::test]
async fn a_code_becomes_a_grant() {
    let (google, door) = tokens(200, answer(json!({ "refresh_token": "1//r" })));
    let grant = google.exchange(&start(), "4/code", access().now).await.unwrap();
    assert_eq!(grant.access.expose_secret(), "ya29.new");
    assert_eq!(grant.refresh.unwrap().expose_secret(), "1//r");
    assert_eq!(grant.access_ends_at.unwrap().to_string(), "2026-11-20T10:59:59Z");
    let form: BTreeMap<String, String> =
        url::form_urlencoded::parse(door.2.lock().unwrap().as_bytes()).into_owned().collect();
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "4/code");
    assert_eq!(form["code_verifier"], "v".repeat(43));
    assert_eq!(form["client_secret"], "hush");
    assert_eq!(form["redirect_uri"], "http://localhost:8080/oauth/google");
}

#[tokio::test]
async fn a_grant_that_is_too_small_is_refused_and_says_what_is_missing() {
    let check = async |scope: &str, missing: Option<&str>| {
        let (google, _) = tokens(200, answer(json!({ "refresh_token": "1//r", "scope": scope })));
        match (google.exchange(&start(), "c", access().now).await, missing) {
            (Ok(_), None) => {}
            (Err(Answer::AccessRevoked { why }), Some(missing)) => assert!(why.contains(missing), "{why}"),
            (other, _) => panic!("{scope}: {:?}", other.err()),
        }
    };
    check(ALL, None).await;
    check("openid email https://www.googleapis.com/auth/calendar", None).await;
    check("openid email https://www.googleapis.com/auth/calendar.events", Some("to list the calendars"))
        .await;
    check("openid email https://www.googleapis.com/auth/calendar.readonly", Some("to read and write events"))
        .await;
    check("openid email", Some("to read and write events and to list the calendars")).await;
}

#[tokio::test]
async fn bm_076_a_sign_in_that_would_end_within_the_hour_is_refused() {
    for none in [json!({}), json!({ "refresh_token": "" })] {
        let (google, _) = tokens(200, answer(none));
        let answer = google.exchange(&start(), "c", access().now).await.err();
        assert!(matches!(answer, Some(Answer::AccessRevoked { why }) if why.contains("refresh token")));
    }
}

fn old() -> Grant {
    Grant {
        access: SecretString::from("ya29.old"),
        access_ends_at: None,
        refresh: Some(SecretString::from("1//old")),
        scopes: vec!["openid".to_owned()],
    }
}

#[tokio::test]
async fn a_refresh_keeps_the_old_refresh_token_unless_a_new_one_comes() {
    let check = async |more: Value, expected: &str| {
        let (google, door) = tokens(200, answer(more));
        let grant = google.refresh(&old(), access().now).await.unwrap();
        assert_eq!(grant.access.expose_secret(), "ya29.new");
        assert_eq!(grant.refresh.unwrap().expose_secret(), expected);
        assert!(door.2.lock().unwrap().contains("refresh_token=1%2F%2Fold"));
    };
    check(json!({}), "1//old").await;
    check(json!({ "refresh_token": "" }), "1//old").await;
    check(json!({ "refresh_token": "1//old" }), "1//old").await;
    check(json!({ "refresh_token": "1//new" }), "1//new").await;
}

#[tokio::test]
async fn refusals_of_the_token_endpoint() {
    let check = async |status: u16, body: &str, expected: fn(&Answer) -> bool| {
        let (google, _) = tokens(status, body);
        let answer = google.refresh(&old(), access().now).await.err().unwrap();
        assert!(expected(&answer), "{status} {body}: {answer:?}");
    };
    let dead = |a: &Answer| matches!(a, Answer::AccessRevoked { .. });
    let ours = |a: &Answer| matches!(a, Answer::Misconfigured { .. });
    let later = |a: &Answer| matches!(a, Answer::Transient(_));
    check(400, r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#, dead)
        .await;
    check(400, r#"{"error":"invalid_grant","error_description":"Bad Request"}"#, dead).await;
    check(400, r#"{"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)","error_subtype":"invalid_rapt"}"#, dead).await;
    check(403, r#"{"error":"access_denied"}"#, dead).await;
    check(400, r#"{"error":"admin_policy_enforced"}"#, dead).await;
    check(401, r#"{"error":"invalid_client","error_description":"The OAuth client was not found."}"#, ours)
        .await;
    check(401, r#"{"error":"deleted_client"}"#, ours).await;
    check(401, r#"{"error":"unauthorized_client"}"#, ours).await;
    check(500, r#"{"error":"internal_failure"}"#, later).await;
    check(503, "<html>", later).await;
    check(200, "<html>", later).await;
    check(400, "", later).await;
    check(429, "", |a| matches!(a, Answer::RetryAfter { .. })).await;
}

#[tokio::test]
async fn what_is_revoked_already_is_revoked() {
    for (status, fine) in [(200, true), (400, true), (503, false)] {
        let (google, door) = tokens(status, r#"{"error":"invalid_token"}"#);
        assert_eq!(google.revoke(&old()).await.is_ok(), fine, "{status}");
        assert_eq!(*door.2.lock().unwrap(), "token=1%2F%2Fold");
    }
}

// --- names

#[test]
fn an_id_is_the_same_for_ever_and_of_letters_that_google_takes() {
    let (google, _) = tokens(200, "");
    let id = |event: u128, link: u128, generation, part: Option<&str>| {
        let (event, link) = (uuid::Uuid::from_u128(event).into(), uuid::Uuid::from_u128(link).into());
        google.id_for(event, link, Generation(generation), part.map(key)).0
    };
    assert_eq!(id(1, 2, 0, None), id(1, 2, 0, None));
    let all = [
        id(1, 2, 0, None),
        id(2, 1, 0, None),
        id(1, 2, 1, None),
        id(1, 2, 0, Some("20261201")),
        id(1, 2, 0, Some(SECOND)),
    ];
    for one in &all {
        assert!(
            (26..=32).contains(&one.len()) && one.chars().all(|c| matches!(c, 'a'..='v' | '0'..='9')),
            "{one}"
        );
        assert_eq!(all.iter().filter(|other| *other == one).count(), 1);
    }
}

#[test]
fn what_is_never_written_is_no_capability() {
    let (google, _) = tokens(200, "");
    let able = google.capabilities();
    assert_eq!(
        able.read_only.iter().collect::<Vec<_>>(),
        [Field::Conference, Field::Organiser, Field::Attachments]
    );
    assert!(able.fields.and(able.read_only).is_empty());
}
