//! Google: JSON, and many calls in one request.

use bytes::Bytes;
use concord_providers::google::{Google, Settings};
use concord_providers::provider::Access;
use http::{Method, Request, Response, header};
use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{Kind, words};

pub(crate) const WORDS: &[&str] = words![
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
    "\"timeZone\":\"GMT+05:30\"",
    "\"attendees\":[{\"email\":\"a@b\",\"self\":true}]",
    "\"etag\":\"\\\"1\\\"\"",
    "\"id\":\"abc12_20261124T100000Z\"",
    "\"updated\":\"2026-11-20T09:00:00.000Z\"",
    "\"extendedProperties\":{\"private\":{}}",
    "\"error\":{\"code\":403,\"errors\":[{\"reason\":\"rateLimitExceeded\"}]}",
    "\"expires_in\":3600",
    "\"refresh_token\":\"\"",
    "content-type: multipart/mixed; boundary=b\n",
    "content-type: multipart/mixed; boundary=\"\"\n",
    "--b\r\nContent-Type: application/http\r\nContent-ID: <response-item-0>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "--b--\r\n",
    "Content-Length: 3\r\n",
    "\\u0000",
    "{\"v\":1,\"q\":\"",
    "\"s\":\"sync1\"",
];

pub(super) const ANOTHER_PAGE: &[u8] =
    b"200\n\n{\"kind\":\"calendar#events\",\"items\":[],\"nextPageToken\":\"p2\"}";

pub(super) static KIND: Kind = Kind {
    adapter: |http| Box::new(Google::new(Settings::new("id", SecretString::from("secret")), http)),
    access: |now, _| Access::new("token", now),
    calendar: "alice@example.com",
    ids: ["abc12", "abc13"],
    made: "cc1",
    login: ("", ""),
    is_one,
    gone: |body| count(body, "cancelled"),
    writes: |request| request.method() != Method::GET && !request.uri().path().contains("/batch"),
    sent,
};

fn is_one(answer: &Response<Bytes>) -> bool {
    let is_batch = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart"));
    answer.status().is_success() && (is_batch || is_object(answer.body()))
}

/// Whether a body is an object of JSON. What is in texts that nobody looks at is nobody's business.
pub(super) fn is_object(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// How often a word can be in a body, however it is written there.
pub(super) fn count(body: &[u8], word: &str) -> usize {
    let told = serde_json::from_slice::<Value>(body);
    told.map_or(body.len(), |json| json.to_string().matches(word).count())
}

fn sent(request: &Request<Bytes>) {
    let host = request.uri().host().unwrap_or_default();
    assert!(request.uri().scheme_str() == Some("https"), "others could read along: {}", request.uri());
    assert!(host == "googleapis.com" || host.ends_with(".googleapis.com"), "nothing goes to {host}");
}
