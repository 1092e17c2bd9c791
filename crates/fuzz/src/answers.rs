//! What a provider answers, through Google's adapter, by its own door: any status, any body, cut off anywhere.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::observed::{Item, State, Versions};
use concord_model::{
    CalendarId, Cursor, EventId, ExternalId, FieldSet, LinkId, Mark, Moment, Span, View, Zone,
};
use concord_providers::google::{Google, Settings};
use concord_providers::http::{Http, Lost};
use concord_providers::provider::{Access, Grant, Mail, Provider, SignInStart, Watch, Write};
use futures_util::FutureExt;
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

pub(crate) const WORDS: &[&str] = &[
    "\"kind\":\"calendar#events\"",
    "\"kind\":\"calendar#event\"",
    "\"kind\":\"calendar#calendarList\"",
    "\"items\":[]",
    "\"items\":null",
    "\"nextPageToken\":\"p\"",
    "\"nextSyncToken\":\"s\"",
    "\"status\":\"cancelled\"",
    "\"status\":\"tentative\"",
    "\"recurringEventId\":\"abc12\"",
    "\"originalStartTime\":{\"dateTime\":\"2026-11-24T10:00:00Z\"}",
    "\"recurrence\":[\"RRULE:FREQ=DAILY\"]",
    "\"start\":{\"date\":\"2026-11-24\"}",
    "\"end\":{\"dateTime\":\"2026-11-24T11:00:00+01:00\",\"timeZone\":\"Europe/Berlin\"}",
    "\"timeZone\":\"Middle/Earth\"",
    "\"timeZone\":\"GMT+05:30\"",
    "\"attendees\":[{\"email\":\"a@b\",\"self\":true}]",
    "\"etag\":\"\\\"1\\\"\"",
    "\"id\":\"abc12_20261124T100000Z\"",
    "\"updated\":\"2026-11-20T09:00:00.000Z\"",
    "\"extendedProperties\":{\"private\":{}}",
    "\"error\":{\"code\":403,\"errors\":[{\"reason\":\"rateLimitExceeded\"}]}",
    "\"expires_in\":3600",
    "\"refresh_token\":\"\"",
    "\n----\n",
    "--b\r\nContent-Type: application/http\r\nContent-ID: <response-item-0>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "--b--\r\n",
    "Content-Length: 3\r\n",
    "{",
    "}",
    "[",
    "]",
    "null",
    "99999999999999999999",
    "-1",
    "\"\"",
    "\\u0000",
    "{\"v\":1,\"q\":\"",
    "\"s\":\"sync1\"",
];

const STATUSES: [u16; 12] = [200, 201, 204, 301, 400, 401, 403, 404, 409, 410, 412, 503];
const KINDS: [&str; 4] =
    ["application/json", "multipart/mixed; boundary=b", "text/html", "multipart/mixed; boundary=\"\""];

/// A door behind which these answers lie, one after the other; then nobody answers any more.
struct Door {
    answers: Mutex<Vec<Response<Bytes>>>,
}

#[async_trait]
impl Http for Door {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let next = self.answers.lock().expect("nobody panics while it is held").pop();
        next.ok_or_else(|| Lost::NoAnswer("there are no more answers".into()))
    }
}

fn google(mut answers: Vec<Response<Bytes>>) -> Google {
    answers.reverse();
    let door = Door { answers: Mutex::new(answers) };
    Google::new(Settings::new("id", SecretString::from("secret")), Arc::new(door))
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("an instant")
}

fn access() -> Access {
    Access::new("token", now())
}

fn view() -> View {
    let zone = Zone::new("Europe/Berlin").expect("a known zone");
    let at = |wall: &str| Moment::new(wall.parse().expect("a wall time"), zone.clone());
    View::new(Span::timed(at("2026-11-24T10:00:00"), at("2026-11-24T11:00:00")).expect("a span"), "Coaching")
}

/// One call that never waits: the door answers at once.
fn done<T>(call: impl Future<Output = T>) -> T {
    call.now_or_never().expect("nothing is waited for but the door")
}

/// Nothing that is not surely an answer is taken for one, and no event is taken for gone that was not said to be.
pub(crate) fn answers(data: &[u8]) {
    let [which, status, kind, rest @ ..] = data else { return };
    let calendar = CalendarId::from("alice@example.com");
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let kind = KINDS[usize::from(*kind) % KINDS.len()];
    let bodies: Vec<&[u8]> = split(rest);
    let answer = |body: &[u8]| {
        let built =
            Response::builder().status(status).header("content-type", kind).header("retry-after", "7");
        built.body(Bytes::copy_from_slice(body)).expect("a status and a header")
    };
    let google = google(bodies.iter().map(|body| answer(body)).collect());
    let sound = StatusCode::from_u16(status).is_ok_and(|status| status.is_success())
        && bodies.iter().all(|body| serde_json::from_slice::<Value>(body).is_ok_and(|json| json.is_object()));
    match which % 9 {
        0 => {
            if let Ok(page) = done(google.changes(&access(), &calendar, None)) {
                assert!(sound, "a page that is none");
                gone_only_if_said(&page.items, bodies[0]);
            }
        }
        1 => {
            let ids = [ExternalId::from("abc12"), ExternalId::from("abc13")];
            assert_eq!(done(google.read(&access(), &calendar, &ids)).len(), 2);
        }
        2 => drop(done(google.find(&access(), &calendar, &["u@concord".to_owned()]))),
        3 => assert_eq!(done(google.write(&access(), &calendar, &writes(), Mail::Nobody)).len(), 3),
        4 => {
            if let Ok(found) = done(google.calendars(&access())) {
                assert!(sound || found.is_empty() && bodies.is_empty(), "calendars from what is no list");
            }
        }
        5 => drop(done(google.identity(&access()))),
        6 => {
            let start = SignInStart {
                state: "s".to_owned(),
                verifier: SecretString::from("v".repeat(64)),
                redirect: "https://concord.test/callback".parse().expect("an address"),
                hint: None,
            };
            if let Ok(grant) = done(google.exchange(&start, "code", now())) {
                assert!(grant.refresh.is_some(), "a grant that ends within the hour");
            }
        }
        7 => {
            let refresh = Some(SecretString::from("r"));
            let old =
                Grant { access: SecretString::from("a"), access_ends_at: None, refresh, scopes: Vec::new() };
            if let Ok(grant) = done(google.refresh(&old, now())) {
                assert!(grant.refresh.is_some(), "a refresh that loses the refresh token");
            }
        }
        _ => {
            let (secret, address) =
                (SecretString::from("s"), "https://concord.test/".parse().expect("an address"));
            let watch = Watch { id: "c1", secret: &secret, address: &address, until: now() };
            drop(done(google.watch(&access(), &calendar, watch)));
        }
    }
}

/// The answers of one story, by a line that stands between them.
fn split(data: &[u8]) -> Vec<&[u8]> {
    const BETWEEN: &[u8] = b"\n----\n";
    let mut bodies = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        bodies.push(&rest[..at]);
        rest = &rest[at + BETWEEN.len()..];
    }
    bodies.push(rest);
    bodies
}

/// Only "cancelled" is gone.
fn gone_only_if_said(items: &[Item], body: &[u8]) {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let said =
        told["items"].as_array().into_iter().flatten().filter(|item| item["status"] == "cancelled").count();
    let gone = items.iter().filter(|item| matches!(item.state, State::Gone)).count();
    assert!(gone <= said, "{gone} are gone, and {said} were said to be");
}

fn writes() -> Vec<Write> {
    let mark = Mark { event: EventId::from(uuid(1)), link: LinkId::from(uuid(2)) };
    let id = ExternalId::from("abc12");
    let versions = Versions { whole: Some("\"1\"".to_owned().into()), parts: Default::default() };
    let after = View { title: "Later".to_owned(), ..view() };
    vec![
        Write::Create {
            id: ExternalId::from("cc1"),
            uid: "u@concord".to_owned(),
            mark,
            view: Box::new(view()),
            fields: FieldSet::ALL,
            was: None,
        },
        Write::Update {
            id: id.clone(),
            versions: versions.clone(),
            before: Box::new(view()),
            after: Box::new(after),
            fields: FieldSet::ALL,
        },
        Write::Delete { id, versions },
    ]
}

fn uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

/// A place that somebody spoilt is lost, and nothing else: it is never taken for the end of a calendar.
pub(crate) fn cursors(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let calendar = CalendarId::from("alice@example.com");
    let body = Bytes::from_static(br#"{"kind":"calendar#events","items":[],"nextPageToken":"p2"}"#);
    let google = google(vec![Response::new(body)]);
    if let Ok(page) = done(google.changes(&access(), &calendar, Some(&Cursor(text.to_owned())))) {
        let place: Value = serde_json::from_str(text).expect("a place is JSON");
        assert!(place["s"].is_string() || place["p"].is_string(), "a place that is none: {text}");
        let concord_providers::provider::Next::More(next) = page.next else { panic!("the page goes on") };
        assert!(serde_json::from_str::<Value>(next.as_str()).is_ok_and(|next| next["p"] == "p2"));
    }
}
