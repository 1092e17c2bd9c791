//! What each refusal of the table in Graph's documentation means.

use http::{HeaderMap, HeaderValue, StatusCode};

use super::*;
use crate::microsoft::calls::{Call, Calls};

#[derive(Clone, Copy)]
enum By {
    Get,
    Patch,
    Create,
    Changes,
    Watch,
}

fn call(by: By) -> Call {
    let calls = Calls { api: Url::parse("https://graph.microsoft.com/v1.0").unwrap() };
    match by {
        By::Get => calls.event(&calendar(), "e1"),
        By::Patch => calls.patch(&calendar(), "e1", &"v".into(), Default::default()),
        By::Create => calls.create(&calendar(), Default::default()),
        By::Changes => calls.more_changes(calls.api.clone()),
        By::Watch => calls.subscribe(&json!({})),
    }
}

fn said(by: By, status: u16, headers: &HeaderMap, body: &str) -> Answer {
    let now = "2026-11-20T10:00:00Z".parse().unwrap();
    super::super::answers::refusal(
        &call(by),
        StatusCode::from_u16(status).unwrap(),
        headers,
        headers,
        body.as_bytes(),
        now,
    )
}

fn check(by: By, status: u16, code: &str, expected: &str) {
    let body = json!({ "error": { "code": code, "message": "words with content" } }).to_string();
    same(&said(by, status, &HeaderMap::new(), &body), expected, code);
}

fn same(answer: &Answer, expected: &str, about: &str) {
    let told = format!("{answer:?}");
    assert!(told.starts_with(expected), "{about}: {told} instead of {expected}");
    assert!(!told.contains("words with content"), "what Graph says is not passed on");
}

#[test]
fn every_refusal_is_understood_by_its_code() {
    check(By::Get, 400, "ErrorInvalidIdMalformed", "Gone");
    check(By::Patch, 400, "ErrorPropertyValidationFailure", "Rejected");
    check(
        By::Patch,
        400,
        "ErrorOccurrenceCrossingBoundary",
        "Rejected { why: \"Outlook does not let an occurrence",
    );
    check(
        By::Create,
        400,
        "TimeZoneNotSupportedException",
        "Rejected { why: \"Outlook does not know the event's time zone",
    );
    check(By::Create, 400, "ErrorQuotaExceeded", "Rejected");
    check(By::Changes, 400, "BadRequest", "CursorGone");
    check(By::Get, 401, "InvalidAuthenticationToken", "SignInExpired");
    check(
        By::Patch,
        403,
        "ErrorAccessDenied",
        "Rejected { why: \"this calendar may only be read\", read_only: true }",
    );
    check(By::Changes, 403, "ErrorAccessDenied", "CalendarGone");
    check(By::Watch, 403, "ErrorAccessDenied", "Rejected { why: \"Outlook sends no notices");
    check(By::Get, 403, "Authorization_RequestDenied", "AccessRevoked { why: \"an administrator");
    check(By::Get, 404, "ErrorItemNotFound", "Gone");
    check(By::Changes, 404, "ErrorItemNotFound", "CalendarGone");
    check(By::Changes, 404, "MailboxNotEnabledForRESTAPI", "AccessRevoked");
    check(By::Create, 409, "ErrorDuplicateTransactionId", "Exists");
    check(By::Patch, 409, "ErrorIrresolvableConflict", "Stale");
    check(By::Patch, 412, "ErrorIrresolvableConflict", "Stale");
    check(By::Watch, 409, "Conflict", "Exists");
    check(By::Watch, 400, "ValidationError", "Transient");
    check(By::Watch, 400, "ExtensionError", "Rejected");
    check(By::Create, 400, "InvalidRequest", "Rejected");
    check(By::Changes, 410, "SyncStateNotFound", "CursorGone");
    check(By::Changes, 400, "syncStateInvalid", "CursorGone");
    check(By::Patch, 413, "RequestTooLarge", "Rejected");
    check(By::Patch, 424, "FailedDependency", "Transient");
    check(By::Patch, 429, "ApplicationThrottled", "RetryAfter");
    check(By::Patch, 429, "TooManyRequests", "RetryAfter");
    check(By::Patch, 500, "ErrorInternalServerError", "Unknown");
    check(By::Get, 500, "ErrorInternalServerError", "Transient");
    check(By::Create, 503, "ConcurrentItemSave", "Unknown");
    check(By::Create, 503, "ErrorServerBusy", "RetryAfter");
    check(By::Get, 504, "UnknownError", "Transient");
}

#[test]
fn a_lost_place_in_the_changes_says_nothing_of_an_event() {
    check(By::Get, 410, "SyncStateNotFound", "Transient");
    check(By::Patch, 410, "SyncStateNotFound", "Unknown");
}

#[test]
fn microsoft_trap_23_answers_without_a_body_prove_nothing() {
    for status in [404, 500, 502, 503, 504] {
        for body in ["", "<html>oops</html>"] {
            same(&said(By::Get, status, &HeaderMap::new(), body), "Transient", body);
        }
    }
    for status in [500, 502, 503, 504] {
        same(&said(By::Patch, status, &HeaderMap::new(), ""), "Unknown", "a write");
    }
}

#[test]
fn microsoft_trap_23_that_an_event_is_missing_graph_may_say_without_a_body_but_nobody_else() {
    let graphs = HeaderMap::from_iter([(
        http::HeaderName::from_static("request-id"),
        HeaderValue::from_static("00000000-0000-4000-8000-000000000001"),
    )]);
    same(&said(By::Get, 404, &graphs, ""), "Gone", "an event");
    same(&said(By::Patch, 404, &graphs, ""), "Gone", "a write");
    same(&said(By::Get, 404, &graphs, "<html>oops</html>"), "Transient", "a page");
    same(&said(By::Changes, 404, &graphs, ""), "Transient", "a calendar");
    same(&said(By::Get, 404, &HeaderMap::new(), ""), "Transient", "somebody else");
}

#[test]
fn microsoft_trap_23_a_wait_is_told_with_a_fraction_a_date_or_not_at_all() {
    let wait = |value: &'static str| {
        let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static(value))]);
        match said(By::Get, 503, &headers, "") {
            Answer::RetryAfter { at, long: false } => at.map(|at| at.to_string()).unwrap_or_default(),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(wait("2.128"), "2026-11-20T10:00:02.128Z");
    assert_eq!(wait("30"), "2026-11-20T10:00:30Z");
    assert_eq!(wait("Fri, 20 Nov 2026 10:05:00 GMT"), "2026-11-20T10:05:00Z");
    assert_eq!(wait("1e300"), "2026-11-21T10:00:00Z");
    check(By::Get, 429, "activityLimitReached", "RetryAfter { at: None");
    // A write may have happened in spite of the trouble that it tells of.
    let soon = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static("30"))]);
    let at = Some("2026-11-20T10:00:30Z".parse().unwrap());
    let waits = Answer::InPart(Box::new(Answer::RetryAfter { at, long: false }));
    assert_eq!(said(By::Create, 503, &soon, ""), waits);
}

#[test]
fn codes_are_found_in_any_case_and_inside_of_others() {
    let nested = r#"{"error":{"code":"BadRequest","innererror":{"code":"x","innerError":{"code":"SYNCSTATENOTFOUND"}}}}"#;
    same(&said(By::Changes, 400, &HeaderMap::new(), nested), "CursorGone", "nested");
    let claims = HeaderMap::from_iter([(
        http::header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer claims=\"x\""),
    )]);
    same(&said(By::Get, 401, &claims, ""), "AccessRevoked", "conditional access");
    same(&said(By::Get, 401, &HeaderMap::new(), ""), "SignInExpired", "a key that ended");
}
