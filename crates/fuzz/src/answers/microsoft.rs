//! Microsoft: JSON, with addresses in it at which a listing goes on.

use bytes::Bytes;
use concord_providers::microsoft::{Microsoft, Settings, TENANT};
use concord_providers::provider::Access;
use http::{Method, Request, header};
use secrecy::SecretString;

use super::google::{count, is_object};
use super::{Kind, words};

pub(crate) const WORDS: &[&str] = words![
    "\"value\":[]",
    "\"value\":[null]",
    "\"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/next\"",
    "\"@odata.deltaLink\":\"https://graph.microsoft.com/v1.0/delta\"",
    "\"@odata.nextLink\":\"https://elsewhere.example/next\"",
    "\"@odata.etag\":\"W/\\\"2\\\"\"",
    "\"@removed\":{\"reason\":\"deleted\"}",
    "\"type\":\"seriesMaster\"",
    "\"type\":\"occurrence\"",
    "\"type\":\"exception\"",
    "\"seriesMasterId\":\"e2\"",
    "\"occurrenceId\":\"OID.e2.2026-11-26\"",
    "\"originalStart\":\"2026-11-26T09:00:00Z\"",
    "\"cancelledOccurrences\":[\"OID.e2.2026-12-01\"]",
    "\"exceptionOccurrences\":[]",
    "\"exceptionOccurrences@odata.nextLink\":\"https://graph.microsoft.com/v1.0/more\"",
    "\"start\":{\"dateTime\":\"2026-11-24T09:00:00.0000000\",\"timeZone\":\"UTC\"}",
    "\"timeZone\":\"W. Europe Standard Time\"",
    "\"timeZone\":\"tzone://Microsoft/Custom\"",
    "\"isAllDay\":true",
    "\"pattern\":{\"type\":\"weekly\",\"interval\":1,\"daysOfWeek\":[\"tuesday\"],\"firstDayOfWeek\":\"monday\"}",
    "\"type\":\"relativeYearly\",\"index\":\"last\",\"month\":2,\"dayOfMonth\":31",
    "\"range\":{\"type\":\"numbered\",\"numberOfOccurrences\":0}",
    "\"range\":{\"type\":\"endDate\",\"startDate\":\"2026-11-24\",\"endDate\":\"0001-01-01\"}",
    "\"body\":{\"contentType\":\"html\",\"content\":\"<html><body><p>a</p><ul><li>b</body></html>\"}",
    "\"attendees\":[{\"type\":\"required\",\"emailAddress\":{\"address\":\"a@b\"}}]",
    "\"isReminderOn\":true,\"reminderMinutesBeforeStart\":-2147483648",
    "\"sensitivity\":\"private\"",
    "\"showAs\":\"free\"",
    "\"singleValueExtendedProperties\":[{\"id\":\"x\",\"value\":null}]",
    "\"responses\":[{\"id\":\"0\",\"status\":200,\"headers\":{},\"body\":{}}]",
    "\"error\":{\"code\":\"ErrorItemNotFound\",\"innerError\":{\"code\":\"x\"}}",
    "\"error_codes\":[700082]",
    "{\"v\":1,\"c\":\"",
];

pub(super) const ANOTHER_PAGE: &[u8] =
    b"200\n\n{\"value\":[],\"@odata.deltaLink\":\"https://graph.microsoft.com/v1.0/delta?token=d2\"}";

pub(super) static KIND: Kind = Kind {
    adapter: |http| {
        let settings = Settings::new("id", Some(SecretString::from("secret")), TENANT);
        Box::new(Microsoft::new(settings, http))
    },
    access: |now, _| Access::new("token", now),
    calendar: "c1",
    ids: ["e1", "e2"],
    made: "concord-00000000-0000-4000-8000-000000000001",
    login: ("", ""),
    is_one: |answer| answer.status().is_success() && (answer.body().is_empty() || is_object(answer.body())),
    gone: |body| count(body, "@removed"),
    writes: |request| {
        let ends = request.method() == Method::DELETE && is_subscription(request);
        request.method() != Method::GET && !is_batch(request) && !ends
    },
    sent,
};

fn is_batch(request: &Request<Bytes>) -> bool {
    request.uri().path().ends_with("/$batch")
}

fn is_subscription(request: &Request<Bytes>) -> bool {
    request.uri().path().contains("/subscriptions")
}

/// What is known goes to Graph and to the sign-in alone, and nothing is replaced blindly (I-16, I-43).
fn sent(request: &Request<Bytes>) {
    let host = request.uri().host().unwrap_or_default();
    assert!(request.uri().scheme_str() == Some("https"), "others could read along: {}", request.uri());
    assert!(["graph.microsoft.com", "login.microsoftonline.com"].contains(&host), "nothing goes to {host}");
    let replaces = [Method::PATCH, Method::DELETE].contains(request.method()) && !is_subscription(request);
    assert!(!replaces || request.headers().contains_key(header::IF_MATCH), "a blind {}", request.method());
}
