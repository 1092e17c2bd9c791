//! What Notion's refusals mean: status and code turned into the closed list.
//!
//! What stands before Notion answers in HTML, with 403 too: whatever is not in the API's own form proves nothing about
//! pages or permissions and is trouble on the way (trap 24). Nothing that Notion says is passed on, for its texts can quote
//! content.

use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::calls::{About, Call};
use super::wire;
use crate::answer::Answer;
use crate::http::Lost;

/// Offsets between two clocks below this say nothing: the `Date` header has whole seconds.
const CLOCKS_AGREE: SignedDuration = SignedDuration::from_secs(2);
/// A wait longer than this is a guard against abuse, not a rate.
const LONG: SignedDuration = SignedDuration::from_mins(30);

/// What a refusal of a call means.
pub(super) fn refusal(
    call: &Call,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Answer {
    let told: wire::Refusal = serde_json::from_slice(body).unwrap_or_default();
    let is_api = told.object.as_deref() == Some("error") && told.code.is_some();
    let code = told.code.as_deref().unwrap_or_default();
    match status.as_u16() {
        // A success of another kind than Notion's: whoever says so may have done it.
        200..=299 => unreadable(call.writes),
        429 | 529 => {
            let reason = told.additional_data.and_then(|more| more.rate_limit_reason);
            let at = retry_after(headers, now);
            let blocked = reason.as_deref() == Some("public_api_request_blocked");
            let long = blocked || at.is_some_and(|at| at.duration_since(now) > LONG);
            Answer::RetryAfter { at, long }
        }
        // The account's token is the first thing that is looked at, before what is asked for.
        401 if is_api => Answer::SignInExpired,
        // Another write is on its way, and this one had no effect (trap 22).
        409 if is_api => Answer::Transient("Notion was busy with another change of the table".to_owned()),
        404 if is_api && code == "object_not_found" => absent(call),
        403 if is_api => not_allowed(call, told.message.as_deref().unwrap_or_default()),
        400 if is_api => invalid(call, code, told.message.as_deref().unwrap_or_default()),
        413 => rejected("the event is larger than Notion takes"),
        408 | 500..=599 => trouble(call, status, retry_after(headers, now), now),
        405..=499 if is_api => rejected(format!("Notion refused it ({})", status.as_u16())),
        other => Answer::Transient(format!("Notion answered {other} in a form that is not its own")),
    }
}

/// Trouble of Notion's own: a write may have been carried out all the same, and a wait that is asked for is kept (I-33).
fn trouble(call: &Call, status: StatusCode, at: Option<Timestamp>, now: Timestamp) -> Answer {
    let told = || format!("Notion answered {}", status.as_u16());
    let wait = at.map(|at| Answer::RetryAfter { at: Some(at), long: at.duration_since(now) > LONG });
    match (wait, call.writes) {
        (Some(wait), true) => wait.in_part(),
        (Some(wait), false) => wait,
        (None, true) => Answer::Unknown(told()),
        (None, false) => Answer::Transient(told()),
    }
}

/// The page that was saved although the answer says that there was trouble (trap 8).
pub(super) fn committed(body: &[u8]) -> Option<String> {
    let told: wire::Refusal = serde_json::from_slice(body).ok()?;
    told.additional_data?.committed_resource_id.filter(|id| !id.is_empty())
}

/// What it means that there was no answer.
pub(super) fn lost(writes: bool, lost: &Lost) -> Answer {
    match lost {
        Lost::NotSent(_) => Answer::Transient("Notion could not be reached".to_owned()),
        Lost::Forbidden(why) => {
            Answer::Misconfigured { why: format!("Notion's address may not be reached: {why}") }
        }
        _ if writes => Answer::Unknown("the connection ended before the whole answer came".to_owned()),
        Lost::NoAnswer(_) => Answer::Transient("Notion did not answer".to_owned()),
        Lost::TooLarge { limit_bytes } => {
            Answer::Transient(format!("Notion's answer was larger than {limit_bytes} bytes"))
        }
    }
}

/// What it means that an answer of success could not be read.
pub(super) fn unreadable(writes: bool) -> Answer {
    let what = "Notion's answer could not be read".to_owned();
    if writes { Answer::Unknown(what) } else { Answer::Transient(what) }
}

/// By how much our clock is ahead of Notion's, from the `Date` of an answer.
pub(super) fn ahead(headers: &HeaderMap, now: Timestamp) -> SignedDuration {
    let date = headers.get(http::header::DATE).and_then(|value| http_date(value.to_str().ok()?));
    let ahead = date.map_or(SignedDuration::ZERO, |date| now.duration_since(date));
    if ahead.abs() < CLOCKS_AGREE { SignedDuration::ZERO } else { ahead }
}

/// When to come again. It can be more than a minute.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let value = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        // Longer than a day is no wait but a mistake.
        let ms = (seconds.clamp(0.0, 86_400.0) * 1000.0).ceil() as i64;
        return now.checked_add(SignedDuration::from_millis(ms)).ok();
    }
    http_date(value)?.checked_add(ahead(headers, now)).ok()
}

fn http_date(value: &str) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(value).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    Timestamp::from_second(since.as_secs().try_into().ok()?).ok()
}

pub(super) fn rejected(why: impl Into<String>) -> Answer {
    Answer::Rejected { why: why.into(), read_only: false }
}

/// Not there, or not shared with us: Notion does not say which.
fn absent(call: &Call) -> Answer {
    match call.about {
        About::Page => Answer::Gone,
        About::Table | About::Place => Answer::CalendarGone,
        About::Account => Answer::Misconfigured {
            why: "Notion knows no such address: check the address of its API".to_owned(),
        },
    }
}

fn not_allowed(call: &Call, message: &str) -> Answer {
    match call.about {
        // A workspace without a plan that has several members holds so many blocks and no more.
        _ if call.writes && message.contains("limit") => rejected("the workspace is full: Notion takes nothing more"),
        About::Page | About::Table if call.writes => Answer::Rejected {
            why: "the connection may only read this table: give it the capabilities to update and insert content"
                .to_owned(),
            read_only: true,
        },
        About::Page => rejected("Notion does not show this page"),
        About::Table | About::Place => Answer::CalendarGone,
        About::Account => Answer::AccessRevoked {
            why: "the connection may not read content: give it that capability and connect again".to_owned(),
        },
    }
}

fn invalid(call: &Call, code: &str, message: &str) -> Answer {
    match (code, call.about) {
        // A place in a list does not last (trap 18).
        ("validation_error", About::Place) => Answer::CursorGone,
        // It lies in the trash since we looked (trap 5).
        ("validation_error", About::Page) if message.contains("archived") || message.contains("trash") => {
            Answer::Gone
        }
        ("validation_error", _) => rejected("Notion finds a value of the event invalid"),
        ("missing_version", _) => Answer::Misconfigured {
            why: "Notion does not know the version of its API that is set".to_owned(),
        },
        _ => rejected("Notion does not take a call of this form"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::notion::calls;

    fn said(call: &Call, status: u16) -> Answer {
        let now = Timestamp::UNIX_EPOCH;
        refusal(call, StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), b"", now)
    }

    #[test]
    fn a_write_is_open_after_trouble_and_after_a_success_that_is_not_notions() {
        let (reads, writes) = (calls::page("p"), calls::change("p", Map::new()));
        for status in [201, 202, 204, 408, 500, 502, 504] {
            assert!(matches!(said(&writes, status), Answer::Unknown(_)), "{status}");
            assert!(matches!(said(&reads, status), Answer::Transient(_)), "{status}");
        }
        for status in [301, 403] {
            assert!(matches!(said(&writes, status), Answer::Transient(_)), "{status}");
        }
    }
}
