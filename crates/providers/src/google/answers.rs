//! What Google's refusals mean: status and reason, never the text, turned into the closed list.
//!
//! Google tells three very different things with 403 (slow down, not allowed, not switched on), so the reason
//! decides. What has no reason in the form of the API (an error page of a proxy, an empty body) proves nothing about
//! events: it is trouble on the way. Nothing that Google says is passed on, for its texts can quote content.

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::calls::{About, Call};
use super::wire;
use crate::answer::Answer;
use crate::http::Lost;
use crate::pace::retry_after;

/// What a refusal of a call means.
pub(super) fn refusal(
    call: &Call,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Answer {
    let told = Told::read(body);
    let wait = |long| Answer::RetryAfter { at: retry_after(headers, now), long };
    let known = told.reasons().find_map(|reason| by_reason(call, status, &told, reason, &wait));
    match known.unwrap_or_else(|| by_status(call, status, &told, &wait)) {
        // Trouble that says when it will be over. A write may have happened in spite of it.
        Answer::Transient(_) if !call.writes && retry_after(headers, now).is_some() => wait(false),
        Answer::Unknown(_) if retry_after(headers, now).is_some() => wait(false).in_part(),
        answer => answer,
    }
}

/// What it means that there was no answer.
pub(super) fn lost(writes: bool, lost: &Lost) -> Answer {
    match lost {
        Lost::NotSent(_) => Answer::Transient("Google could not be reached".to_owned()),
        Lost::Forbidden(why) => {
            Answer::Misconfigured { why: format!("Google's address may not be reached: {why}") }
        }
        _ if writes => Answer::Unknown("the connection ended before the whole answer came".to_owned()),
        Lost::NoAnswer(_) => Answer::Transient("Google did not answer".to_owned()),
        Lost::TooLarge { limit_bytes } => {
            Answer::Transient(format!("Google's answer was larger than {limit_bytes} bytes"))
        }
    }
}

/// What it means that an answer of success could not be read.
pub(super) fn unreadable(writes: bool) -> Answer {
    let what = "Google's answer could not be read".to_owned();
    if writes { Answer::Unknown(what) } else { Answer::Transient(what) }
}

/// The body of a refusal, as far as it has the form of the API.
struct Told(Option<wire::RefusalError>);

impl Told {
    fn read(body: &[u8]) -> Told {
        Told(serde_json::from_slice::<wire::Refusal>(body).ok().map(|refusal| refusal.error))
    }

    fn is_api(&self) -> bool {
        self.0.is_some()
    }

    /// The reasons: the classic ones first, for they are finer.
    fn reasons(&self) -> impl Iterator<Item = &str> {
        let classic = self.0.iter().flat_map(|e| &e.errors).filter_map(|e| e.reason.as_deref());
        let newer = self.0.iter().flat_map(|e| &e.details).filter_map(|e| e.reason.as_deref());
        classic.chain(newer).map(|reason| reason.strip_prefix("push.").unwrap_or(reason))
    }

    fn domain(&self, domain: &str) -> bool {
        self.0.iter().flat_map(|e| &e.errors).any(|e| e.domain.as_deref() == Some(domain))
    }

    fn location(&self, location: &str) -> bool {
        self.0.iter().flat_map(|e| &e.errors).any(|e| e.location.as_deref() == Some(location))
    }

    /// Whether the text speaks of that. Only for the two refusals that Google tells apart in no other way.
    fn speaks_of(&self, words: &str) -> bool {
        let texts = self.0.iter().flat_map(|e| e.errors.iter().map(|e| &e.message).chain([&e.message]));
        texts.flatten().any(|text| text.to_ascii_lowercase().contains(words))
    }
}

fn rejected(why: impl Into<String>) -> Answer {
    Answer::Rejected { why: why.into(), read_only: false }
}

fn misconfigured(why: &str) -> Answer {
    Answer::Misconfigured { why: why.to_owned() }
}

fn revoked(why: &str) -> Answer {
    Answer::AccessRevoked { why: why.to_owned() }
}

fn by_reason(
    call: &Call,
    status: StatusCode,
    told: &Told,
    reason: &str,
    wait: &dyn Fn(bool) -> Answer,
) -> Option<Answer> {
    Some(match reason {
        // The calendar's changes.
        "fullSyncRequired" | "updatedMinTooLongAgo" => match call.about {
            About::Changes => Answer::CursorGone,
            // No answer to what was asked: nothing is known of an event by it.
            _ => trouble(call, status),
        },
        "invalid" if told.location("syncToken") || told.location("pageToken") => Answer::CursorGone,

        // What the event is not allowed to be. The texts about a sequence and about a zone are the only sign there is.
        "invalid" if told.speaks_of("sequence value") => Answer::Stale,
        _ if status == StatusCode::BAD_REQUEST && told.speaks_of("time zone definition") => {
            unknown_zone(call)
        }
        "timeRangeEmpty" => rejected("Google takes no event that ends when it begins, or before"),
        "required" => rejected("Google misses a field that an event must have: a start, an end or a title"),
        "invalid" | "invalidParameter" | "parseError" => {
            rejected("Google finds a field of the event invalid")
        }
        "eventDurationExceedsLimit" => rejected("the event lasts longer than Google allows"),
        "malformedWorkingLocationEvent"
        | "malformedFocusTimeEvent"
        | "malformedOutOfOfficeEvent"
        | "malformedBirthdayEvent"
        | "eventTypeRestriction" => rejected("an event of this special type cannot be changed in that way"),
        "cannotChangeOrganizer" | "cannotChangeOrganizerOfInstance" => {
            rejected("Google does not let the organiser of an event be changed")
        }
        "participantIsNeitherOrganizerNorAttendee" => {
            rejected("the calendar's owner is neither organiser nor guest of the event")
        }
        "cannotUseDefaultRemindersAndSpecifyOverride" => rejected("Google does not take these reminders"),
        "badRequest" if status == StatusCode::BAD_REQUEST => {
            rejected("Google does not take a call of this form")
        }

        // The key.
        "authError" | "required_login" | "ACCESS_TOKEN_EXPIRED" => Answer::SignInExpired,
        "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT" => {
            revoked("the sign-in does not allow this: connect again and allow access to calendars and events")
        }
        "notACalendarUser" => revoked("this Google account does not use Google Calendar"),

        // The pace.
        "userRateLimitExceeded" | "rateLimitExceeded" | "RATE_LIMIT_EXCEEDED" => wait(false),
        "quotaExceeded" => wait(true),

        // The set-up.
        "dailyLimitExceeded" | "dailyLimitExceededUnreg" => misconfigured(
            "the Google project has used up its calls for today, or sends none of its credentials",
        ),
        "accessNotConfigured" | "SERVICE_DISABLED" => {
            misconfigured("the Google Calendar API is not switched on in the Google project")
        }
        "webhookUrlUnauthorized" | "webhookUrlNotHttps" => {
            misconfigured("Google does not accept the address for notices: it must be reachable by https")
        }
        "channelIdNotUnique" => Answer::Exists,
        "pushNotSupportedForRequestedResource" => rejected(NO_PUSH),

        // The right to write.
        "forbiddenForNonOrganizer" => rejected("only the organiser can change this event"),
        "requiredAccessLevel" | "forbidden" => not_allowed(call),

        // Presence.
        "duplicate" => Answer::Exists,
        "conflict" => Answer::Transient("another change of the same calendar came first".to_owned()),
        "deleted" => Answer::Gone,
        "notFound" => absent(call),
        "conditionNotMet" => Answer::Stale,
        "backendError" | "internalError" => trouble(call, status),
        _ => return None,
    })
}

/// What a calendar that cannot be watched says.
pub(super) const NO_PUSH: &str = "Google sends no notices for this calendar";

fn by_status(call: &Call, status: StatusCode, told: &Told, wait: &dyn Fn(bool) -> Answer) -> Answer {
    let odd = || Answer::Transient(format!("Google answered {} without saying why", status.as_u16()));
    match status.as_u16() {
        400 if told.is_api() => rejected("Google does not take a call of this form"),
        401 => Answer::SignInExpired,
        403 if told.domain("usageLimits") => wait(false),
        403 if told.is_api() => rejected("Google does not allow this"),
        404 if told.is_api() => absent(call),
        409 => Answer::Transient("another change of the same calendar came first".to_owned()),
        410 if matches!(call.about, About::Changes) => Answer::CursorGone,
        410 if told.is_api() => Answer::Gone,
        412 => Answer::Stale,
        429 => wait(false),
        408 | 500..=599 => trouble(call, status),
        400..=499 if told.is_api() => rejected(format!("Google refused it ({})", status.as_u16())),
        _ => odd(),
    }
}

/// Trouble of Google's own. A write may have happened in spite of it.
fn trouble(call: &Call, status: StatusCode) -> Answer {
    let what = format!("Google answered {}", status.as_u16());
    if call.writes { Answer::Unknown(what) } else { Answer::Transient(what) }
}

fn absent(call: &Call) -> Answer {
    match call.about {
        About::Event => Answer::Gone,
        About::Calendar | About::Changes => Answer::CalendarGone,
        About::Account => misconfigured("Google knows no such address: check the API's address"),
    }
}

fn not_allowed(call: &Call) -> Answer {
    match call.about {
        About::Event | About::Calendar if call.writes => {
            Answer::Rejected { why: "this calendar may only be read".to_owned(), read_only: true }
        }
        About::Event => rejected("Google does not show this event"),
        About::Calendar | About::Changes => Answer::CalendarGone,
        About::Account => revoked("Google does not let us see this account's calendars"),
    }
}

fn unknown_zone(call: &Call) -> Answer {
    match call.zones.as_slice() {
        [] => rejected("Google does not know the event's time zone"),
        zones => rejected(format!("Google does not know the time zone {}", zones.join(" or "))),
    }
}

#[cfg(test)]
mod tests {
    use concord_model::{CalendarId, ExternalId};
    use http::HeaderValue;
    use serde_json::{Map, json};
    use url::Url;

    use super::*;
    use crate::google::calls::Calls;
    use crate::provider::Mail;

    fn now() -> Timestamp {
        "2026-11-20T10:00:00Z".parse().unwrap()
    }

    fn calls() -> (Calls, CalendarId, ExternalId) {
        let api = Url::parse("https://www.googleapis.com/calendar/v3/").unwrap();
        (Calls { api }, CalendarId::from("alice@example.com"), ExternalId::from("e1"))
    }

    /// The kinds of calls that refusals are told apart by.
    #[derive(Clone, Copy)]
    enum By {
        Get,
        List,
        Changes,
        Insert,
        Patch,
        Calendars,
    }

    fn call(by: By) -> Call {
        let (calls, calendar, id) = calls();
        let body = || {
            let start = json!({ "dateTime": "2026-11-24T10:00:00", "timeZone": "Europe/Kyiv" });
            Map::from_iter([("start".to_owned(), start)])
        };
        match by {
            By::Get => calls.event(&calendar, &id),
            By::List => calls.changes(&calendar, None, None),
            By::Changes => calls.changes(&calendar, Some("s"), None),
            By::Insert => calls.insert(&calendar, body(), Mail::Nobody),
            By::Patch => calls.patch(&calendar, &id, &"\"1\"".into(), body(), Mail::Nobody),
            By::Calendars => calls.calendars(None),
        }
    }

    fn said(by: By, status: u16, body: &str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        refusal(&call(by), status, &HeaderMap::new(), body.as_bytes(), now())
    }

    /// A refusal in the classic form is understood as `expected` (its beginning).
    fn check(by: By, status: u16, domain: &str, reason: &str, message: &str, expected: &str) {
        let body = json!({ "error": {
            "errors": [{ "domain": domain, "reason": reason, "message": message }], "code": status, "message": message,
        }});
        same(&said(by, status, &body.to_string()), expected, reason);
    }

    fn same(answer: &Answer, expected: &str, about: &str) {
        let told = match answer {
            Answer::Rejected { why, read_only } => format!("Rejected({why}, {read_only})"),
            Answer::AccessRevoked { .. } => "AccessRevoked".to_owned(),
            Answer::Misconfigured { .. } => "Misconfigured".to_owned(),
            Answer::RetryAfter { at, long } => format!("RetryAfter({at:?}, {long})"),
            Answer::Transient(_) => "Transient".to_owned(),
            Answer::Unknown(_) => "Unknown".to_owned(),
            other => format!("{other:?}"),
        };
        assert!(told.starts_with(expected), "{about}: {told} instead of {expected}");
    }

    #[test]
    fn every_refusal_of_400_is_understood_by_its_reason() {
        let zone = "Invalid time zone definition for start time.";
        check(
            By::Insert,
            400,
            "calendar",
            "timeRangeEmpty",
            "The specified time range is empty.",
            "Rejected(Google takes no",
        );
        check(By::Insert, 400, "global", "required", "Missing end time.", "Rejected(Google misses a field");
        check(
            By::Insert,
            400,
            "global",
            "invalid",
            "Invalid resource id value.",
            "Rejected(Google finds a field",
        );
        check(By::Patch, 400, "calendar", "invalid", "Invalid sequence value. The specified …", "Stale");
        check(
            By::Insert,
            400,
            "calendar",
            "",
            zone,
            "Rejected(Google does not know the time zone Europe/Kyiv,",
        );
        check(
            By::Insert,
            400,
            "global",
            "invalid",
            zone,
            "Rejected(Google does not know the time zone Europe/Kyiv,",
        );
        check(By::Get, 400, "global", "invalid", zone, "Rejected(Google does not know the event's time zone");
        check(
            By::Insert,
            400,
            "calendar",
            "eventDurationExceedsLimit",
            "–",
            "Rejected(the event lasts longer",
        );
        for reason in [
            "malformedWorkingLocationEvent",
            "malformedFocusTimeEvent",
            "malformedOutOfOfficeEvent",
            "eventTypeRestriction",
        ] {
            check(By::Patch, 400, "calendar", reason, "–", "Rejected(an event of this special type");
        }
        check(
            By::Patch,
            400,
            "calendar",
            "cannotChangeOrganizer",
            "–",
            "Rejected(Google does not let the organiser",
        );
        check(
            By::Patch,
            400,
            "calendar",
            "cannotChangeOrganizerOfInstance",
            "–",
            "Rejected(Google does not let",
        );
        check(
            By::Insert,
            400,
            "calendar",
            "participantIsNeitherOrganizerNorAttendee",
            "–",
            "Rejected(the calendar's owner",
        );
        check(
            By::Changes,
            400,
            "global",
            "badRequest",
            "Bad Request",
            "Rejected(Google does not take a call",
        );
    }

    #[test]
    fn a_token_that_is_not_one_is_a_lost_cursor() {
        let body = r#"{"error":{"errors":[{"domain":"global","reason":"invalid","message":"Invalid sync token value.","locationType":"parameter","location":"syncToken"}],"code":400,"message":"Invalid sync token value."}}"#;
        assert_eq!(said(By::Changes, 400, body), Answer::CursorGone);
    }

    #[test]
    fn the_key_and_the_rights() {
        check(By::Get, 401, "global", "authError", "Invalid Credentials", "SignInExpired");
        same(&said(By::Get, 401, ""), "SignInExpired", "an empty 401");
        check(By::List, 403, "global", "insufficientPermissions", "Insufficient Permission", "AccessRevoked");
        check(By::List, 403, "calendar", "notACalendarUser", "The user must be signed up …", "AccessRevoked");
        let newer = r#"{"error":{"code":403,"message":"Request had insufficient authentication scopes.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT","domain":"googleapis.com","metadata":{"service":"calendar-json.googleapis.com"}}]}}"#;
        same(&said(By::List, 403, newer), "AccessRevoked", "the newer form");
        let newer = r#"{"error":{"code":401,"message":"Request had invalid authentication credentials.","errors":[{"message":"Invalid Credentials","domain":"global","reason":"authError","location":"Authorization","locationType":"header"}],"status":"UNAUTHENTICATED"}}"#;
        same(&said(By::List, 401, newer), "SignInExpired", "the newer form");
    }

    #[test]
    fn the_three_kinds_of_too_much() {
        check(
            By::Get,
            403,
            "usageLimits",
            "userRateLimitExceeded",
            "User Rate Limit Exceeded",
            "RetryAfter(None, false)",
        );
        check(
            By::Get,
            403,
            "usageLimits",
            "rateLimitExceeded",
            "Quota exceeded for …",
            "RetryAfter(None, false)",
        );
        check(
            By::Insert,
            403,
            "usageLimits",
            "quotaExceeded",
            "Calendar usage limits exceeded.",
            "RetryAfter(None, true)",
        );
        check(
            By::Get,
            429,
            "usageLimits",
            "rateLimitExceeded",
            "Rate Limit Exceeded",
            "RetryAfter(None, false)",
        );
        check(By::Get, 403, "usageLimits", "somethingNew", "…", "RetryAfter(None, false)");
        same(&said(By::Get, 429, "<html>slow down</html>"), "RetryAfter(None, false)", "an unreadable 429");
        for reason in ["dailyLimitExceeded", "dailyLimitExceededUnreg", "accessNotConfigured"] {
            check(By::Get, 403, "usageLimits", reason, "…", "Misconfigured");
        }
    }

    #[test]
    fn a_wait_is_read_as_seconds_and_as_a_date_by_their_clock() {
        let wait = |retry: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", HeaderValue::from_str(retry).unwrap());
            if let Some(date) = date {
                headers.insert("date", HeaderValue::from_str(date).unwrap());
            }
            match refusal(&call(By::Get), StatusCode::TOO_MANY_REQUESTS, &headers, b"", now()) {
                Answer::RetryAfter { at, .. } => at.map(|at| at.to_string()),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(wait("120", None).as_deref(), Some("2026-11-20T10:02:00Z"));
        assert_eq!(wait("Fri, 20 Nov 2026 10:05:00 GMT", None).as_deref(), Some("2026-11-20T10:05:00Z"));
        let behind = Some("Fri, 20 Nov 2026 09:50:00 GMT");
        assert_eq!(wait("Fri, 20 Nov 2026 09:55:00 GMT", behind).as_deref(), Some("2026-11-20T10:05:00Z"));
        assert_eq!(wait("soon", None), None);
    }

    #[test]
    fn i_33_trouble_that_says_when_it_is_over_is_waited_for() {
        let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static("90"))]);
        let said = |by| refusal(&call(by), StatusCode::SERVICE_UNAVAILABLE, &headers, b"", now());
        let at = Some("2026-11-20T10:01:30Z".parse().unwrap());
        let wait = Answer::RetryAfter { at, long: false };
        assert_eq!(said(By::Changes), wait);
        assert_eq!(said(By::Patch), Answer::InPart(Box::new(wait)), "it may have happened");
    }

    #[test]
    fn what_may_not_be_written_and_what_may_not_be_seen() {
        check(
            By::Patch,
            403,
            "calendar",
            "forbiddenForNonOrganizer",
            "Shared properties …",
            "Rejected(only the organiser can change this event, false)",
        );
        check(
            By::Insert,
            403,
            "calendar",
            "requiredAccessLevel",
            "You need to have writer access …",
            "Rejected(this calendar may only be read, true)",
        );
        check(
            By::Patch,
            403,
            "global",
            "forbidden",
            "Forbidden",
            "Rejected(this calendar may only be read, true)",
        );
        check(
            By::Get,
            403,
            "global",
            "forbidden",
            "Forbidden",
            "Rejected(Google does not show this event, false)",
        );
        check(By::Changes, 403, "global", "forbidden", "Forbidden", "CalendarGone");
        check(By::Calendars, 403, "global", "forbidden", "Forbidden", "AccessRevoked");
    }

    #[test]
    fn what_is_not_there_depends_on_what_was_asked_for() {
        check(By::Get, 404, "global", "notFound", "Not Found", "Gone");
        check(By::Patch, 404, "global", "notFound", "Not Found", "Gone");
        check(By::List, 404, "global", "notFound", "Not Found", "CalendarGone");
        check(By::Changes, 404, "global", "notFound", "Not Found", "CalendarGone");
        check(By::Insert, 404, "global", "notFound", "Not Found", "CalendarGone");
        check(By::Calendars, 404, "global", "notFound", "Not Found", "Misconfigured");
        check(By::Patch, 410, "global", "deleted", "Resource has been deleted", "Gone");
        check(
            By::Changes,
            410,
            "calendar",
            "fullSyncRequired",
            "Sync token is no longer valid …",
            "CursorGone",
        );
        check(By::Changes, 410, "calendar", "updatedMinTooLongAgo", "The requested …", "CursorGone");
        same(&said(By::Changes, 410, ""), "CursorGone", "an empty 410 to a listing");
    }

    #[test]
    fn a_lost_place_in_the_changes_says_nothing_of_an_event() {
        check(By::Get, 410, "calendar", "fullSyncRequired", "Sync token is no longer valid …", "Transient");
        check(By::Patch, 410, "calendar", "fullSyncRequired", "Sync token is no longer valid …", "Unknown");
    }

    #[test]
    fn an_error_page_proves_nothing_about_an_event() {
        for (status, body) in
            [(404, "<html>Error 404 (Not Found)!!1</html>"), (410, ""), (403, "<html>"), (400, "")]
        {
            for by in [By::Get, By::Patch] {
                same(&said(by, status, body), "Transient", &format!("{status} {body:?}"));
            }
        }
    }

    #[test]
    fn conflicts() {
        check(By::Insert, 409, "global", "duplicate", "The requested identifier already exists.", "Exists");
        check(By::Patch, 409, "global", "conflict", "Conflict", "Transient");
        check(By::Patch, 412, "global", "conditionNotMet", "Precondition Failed", "Stale");
        same(&said(By::Patch, 412, ""), "Stale", "an empty 412");
    }

    #[test]
    fn a_write_that_met_trouble_may_have_happened() {
        for status in [500, 502, 503, 504, 408] {
            for body in [
                "",
                "<html>",
                r#"{"error":{"errors":[{"domain":"global","reason":"backendError","message":"Backend Error"}],"code":500,"message":"Backend Error"}}"#,
            ] {
                for by in [By::Insert, By::Patch] {
                    same(&said(by, status, body), "Unknown", &format!("{status} to a write"));
                }
                same(&said(By::Get, status, body), "Transient", &format!("{status} to a read"));
            }
        }
    }

    #[test]
    fn channels() {
        check(By::Insert, 400, "global", "push.channelIdNotUnique", "Channel id x not unique", "Exists");
        check(
            By::Insert,
            401,
            "global",
            "push.webhookUrlUnauthorized",
            "Unauthorized WebHook …",
            "Misconfigured",
        );
        check(
            By::Insert,
            400,
            "global",
            "push.webhookUrlNotHttps",
            "WebHook callback must be HTTPS: …",
            "Misconfigured",
        );
        check(
            By::Insert,
            400,
            "global",
            "pushNotSupportedForRequestedResource",
            "Push …",
            &format!("Rejected({NO_PUSH}"),
        );
    }

    #[test]
    fn nothing_that_google_says_is_passed_on() {
        let told = "the secret title of an event";
        for status in [400, 401, 403, 404, 409, 410, 412, 418, 429, 500] {
            for reason in ["invalid", "required", "forbidden", "somethingNew", "duplicate"] {
                let body = json!({ "error": { "errors": [{ "domain": "global", "reason": reason, "message": told }], "message": told }});
                for by in [By::Get, By::Patch, By::Changes] {
                    let answer = said(by, status, &body.to_string());
                    assert!(!format!("{answer:?} {answer}").contains("secret"), "{answer:?}");
                }
            }
        }
    }

    #[test]
    fn a_lost_answer_is_told_by_whether_it_was_sent() {
        let none = || Box::<dyn std::error::Error + Send + Sync>::from("x");
        same(&lost(true, &Lost::NotSent(none())), "Transient", "a write that was not sent");
        same(&lost(true, &Lost::NoAnswer(none())), "Unknown", "a write without an answer");
        same(&lost(false, &Lost::NoAnswer(none())), "Transient", "a read without an answer");
        same(&lost(true, &Lost::TooLarge { limit_bytes: 1 }), "Unknown", "a write with a huge answer");
        same(&lost(true, &Lost::Forbidden(String::new())), "Misconfigured", "a forbidden address");
    }
}
