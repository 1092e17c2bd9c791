//! What Google's refusals mean: status and reason, never the text, turned into the closed list.
//!
//! Google tells three very different things with 403 (slow down, not allowed, not switched on), so the reason
//! decides. What has no reason in the form of the API (an error page of a proxy, an empty body) proves nothing about
//! events: it is trouble on the way. Nothing that Google says is passed on, for its texts can quote content.

use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::calls::{About, Call};
use super::wire;
use crate::answer::Answer;
use crate::http::Lost;

/// Offsets between two clocks below this say nothing: the `Date` header has whole seconds.
const CLOCKS_AGREE: SignedDuration = SignedDuration::from_secs(2);

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
    known.unwrap_or_else(|| by_status(call, status, &told, &wait))
}

/// What it means that there was no answer.
pub(super) fn lost(writes: bool, lost: &Lost) -> Answer {
    match lost {
        Lost::NotSent(_) => Answer::Transient("google could not be reached".to_owned()),
        Lost::Forbidden(why) => {
            Answer::Misconfigured { why: format!("google's address may not be reached: {why}") }
        }
        _ if writes => Answer::Unknown("the connection ended before the whole answer came".to_owned()),
        Lost::NoAnswer(_) => Answer::Transient("google did not answer".to_owned()),
        Lost::TooLarge { limit_bytes } => {
            Answer::Transient(format!("google's answer was larger than {limit_bytes} bytes"))
        }
    }
}

/// What it means that an answer of success could not be read.
pub(super) fn unreadable(writes: bool) -> Answer {
    let what = "google's answer could not be read".to_owned();
    if writes { Answer::Unknown(what) } else { Answer::Transient(what) }
}

/// By how much our clock is ahead of Google's, from the `Date` of an answer.
pub(super) fn ahead(headers: &HeaderMap, now: Timestamp) -> SignedDuration {
    let date = headers.get(http::header::DATE).and_then(|value| http_date(value.to_str().ok()?));
    let ahead = date.map_or(SignedDuration::ZERO, |date| now.duration_since(date));
    if ahead.abs() < CLOCKS_AGREE { SignedDuration::ZERO } else { ahead }
}

fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let value = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u32>() {
        return now.checked_add(SignedDuration::from_secs(seconds.into())).ok();
    }
    http_date(value)?.checked_add(ahead(headers, now)).ok()
}

fn http_date(value: &str) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(value).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    Timestamp::from_second(since.as_secs().try_into().ok()?).ok()
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
        "fullSyncRequired" | "updatedMinTooLongAgo" => Answer::CursorGone,
        "invalid" if told.location("syncToken") || told.location("pageToken") => Answer::CursorGone,

        // What the event is not allowed to be. The texts about a sequence and about a zone are the only sign there is.
        "invalid" if told.speaks_of("sequence value") => Answer::Stale,
        _ if status == StatusCode::BAD_REQUEST && told.speaks_of("time zone definition") => {
            unknown_zone(call)
        }
        "timeRangeEmpty" => rejected("google takes no event that ends when it begins, or before"),
        "required" => rejected("google misses a field that an event must have: a start, an end or a title"),
        "invalid" | "invalidParameter" | "parseError" => {
            rejected("google finds a field of the event invalid")
        }
        "eventDurationExceedsLimit" => rejected("the event lasts longer than google allows"),
        "malformedWorkingLocationEvent"
        | "malformedFocusTimeEvent"
        | "malformedOutOfOfficeEvent"
        | "malformedBirthdayEvent"
        | "eventTypeRestriction" => rejected("an event of this special type cannot be changed in that way"),
        "cannotChangeOrganizer" | "cannotChangeOrganizerOfInstance" => {
            rejected("google does not let the organiser of an event be changed")
        }
        "participantIsNeitherOrganizerNorAttendee" => {
            rejected("the calendar's owner is neither organiser nor guest of the event")
        }
        "cannotUseDefaultRemindersAndSpecifyOverride" => rejected("google does not take these reminders"),
        "badRequest" if status == StatusCode::BAD_REQUEST => {
            rejected("google does not take a call of this form")
        }

        // The key.
        "authError" | "required_login" | "ACCESS_TOKEN_EXPIRED" => Answer::SignInExpired,
        "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT" => {
            revoked("the sign-in does not allow this: connect again and allow access to calendars and events")
        }
        "notACalendarUser" => revoked("this google account does not use google calendar"),

        // The pace.
        "userRateLimitExceeded" | "rateLimitExceeded" | "RATE_LIMIT_EXCEEDED" => wait(false),
        "quotaExceeded" => wait(true),

        // The set-up.
        "dailyLimitExceeded" | "dailyLimitExceededUnreg" => misconfigured(
            "the google project has used up its calls for today, or sends none of its credentials",
        ),
        "accessNotConfigured" | "SERVICE_DISABLED" => {
            misconfigured("the google calendar api is not switched on in the google project")
        }
        "webhookUrlUnauthorized" | "webhookUrlNotHttps" => {
            misconfigured("google does not accept the address for notices: it must be reachable by https")
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
pub(super) const NO_PUSH: &str = "google sends no notices for this calendar";

fn by_status(call: &Call, status: StatusCode, told: &Told, wait: &dyn Fn(bool) -> Answer) -> Answer {
    let odd = || Answer::Transient(format!("google answered {} without saying why", status.as_u16()));
    match status.as_u16() {
        400 if told.is_api() => rejected("google does not take a call of this form"),
        401 => Answer::SignInExpired,
        403 if told.domain("usageLimits") => wait(false),
        403 if told.is_api() => rejected("google does not allow this"),
        404 if told.is_api() => absent(call),
        409 => Answer::Transient("another change of the same calendar came first".to_owned()),
        410 if matches!(call.about, About::Changes) => Answer::CursorGone,
        410 if told.is_api() => Answer::Gone,
        412 => Answer::Stale,
        429 => wait(false),
        408 | 500..=599 => trouble(call, status),
        400..=499 if told.is_api() => rejected(format!("google refused it ({})", status.as_u16())),
        _ => odd(),
    }
}

/// Trouble of Google's own. A write may have happened in spite of it.
fn trouble(call: &Call, status: StatusCode) -> Answer {
    let what = format!("google answered {}", status.as_u16());
    if call.writes { Answer::Unknown(what) } else { Answer::Transient(what) }
}

fn absent(call: &Call) -> Answer {
    match call.about {
        About::Event => Answer::Gone,
        About::Calendar | About::Changes => Answer::CalendarGone,
        About::Account => misconfigured("google knows no such address: check the api's url"),
    }
}

fn not_allowed(call: &Call) -> Answer {
    match call.about {
        About::Event | About::Calendar if call.writes => {
            Answer::Rejected { why: "this calendar may only be read".to_owned(), read_only: true }
        }
        About::Event => rejected("google does not show this event"),
        About::Calendar | About::Changes => Answer::CalendarGone,
        About::Account => revoked("google does not let us see this account's calendars"),
    }
}

fn unknown_zone(call: &Call) -> Answer {
    match call.zones.as_slice() {
        [] => rejected("google does not know the event's time zone"),
        zones => rejected(format!("google does not know the time zone {}", zones.join(" or "))),
    }
}
