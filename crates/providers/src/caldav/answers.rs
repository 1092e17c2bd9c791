//! What a server's refusals mean: status and precondition, never the text, turned into the closed list.
//!
//! A 403 can be a lost privilege, a token that is no longer good, or a policy; a 412 an old version, a name that is
//! taken, or a token. So the precondition that a refusal names decides, and what the call was about. An error page
//! without one proves nothing about an event. Nothing that a server says is passed on, for its texts can quote content.

use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;

use super::wire::Refusal;
use crate::answer::Answer;
use crate::http::Lost;
use crate::pace::retry_after;

/// What a call is about: it decides what a refusal means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum About {
    /// The account: its principal, its homes, a place that may be anything.
    Account,
    /// A calendar as a whole.
    Calendar,
    /// The changes of a calendar since a token.
    Changes,
    /// A resource in it is read.
    Reading,
    /// A resource is made.
    Making,
    /// A resource is changed.
    Changing,
    /// A resource is taken away.
    Removing,
}

impl About {
    /// Whether the call may leave an effect behind that must not be repeated blindly.
    pub(super) fn writes(self) -> bool {
        matches!(self, About::Making | About::Changing | About::Removing)
    }
}

/// What a refusal of a call means.
pub(super) fn refusal(
    about: About,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Answer {
    let told = Refusal::read(body);
    by_condition(about, &told).unwrap_or_else(|| by_status(about, status, headers, now))
}

fn rejected(why: &str) -> Answer {
    Answer::Rejected { why: why.to_owned(), read_only: false }
}

fn by_condition(about: About, told: &Refusal) -> Option<Answer> {
    let clashes = || match about {
        About::Making => Answer::Exists,
        _ => rejected("another event on this server has the same UID"),
    };
    let first = |conditions: &[&str]| conditions.iter().any(|name| told.has(name));
    Some(if about == About::Changes && first(&["valid-sync-token"]) {
        Answer::CursorGone
    } else if first(&["no-uid-conflict", "unique-scheduling-object-resource"]) {
        clashes()
    } else if first(&["need-privileges"]) {
        not_allowed(about)
    } else if first(&["max-resource-size", "max-instances", "max-attendees-per-instance"]) {
        rejected("the event is larger than this server takes")
    } else if first(&["min-date-time", "max-date-time"]) {
        rejected("the event lies in a time that this server does not keep")
    } else if first(&["supported-calendar-component", "supported-calendar-data"]) {
        rejected("this calendar takes no events of this kind")
    } else if first(&["valid-calendar-data", "valid-calendar-object-resource"]) {
        rejected("the server finds the event invalid")
    } else if first(&[
        "allowed-organizer-scheduling-object-change",
        "allowed-attendee-scheduling-object-change",
        "same-organizer-in-all-components",
    ]) {
        rejected("only the organiser can change this event")
    } else if first(&["quota-not-exceeded", "sufficient-disk-space"]) {
        rejected("there is no room left on the server")
    } else if first(&["lock-token-submitted", "no-conflicting-lock"]) {
        locked()
    } else {
        return None;
    })
}

fn by_status(about: About, status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Answer {
    let wait = || Answer::RetryAfter { at: retry_after(headers, now), long: false };
    match (status.as_u16(), about) {
        (401, _) => Answer::SignInExpired,
        (403, _) => not_allowed(about),
        (404 | 410, About::Reading | About::Changing | About::Removing) => Answer::Gone,
        (404 | 410, _) => Answer::CalendarGone,
        (405, About::Making | About::Changing | About::Removing) => not_allowed(about),
        (409, About::Changing | About::Removing) | (412, About::Changing | About::Removing) => Answer::Stale,
        (412, About::Making) => Answer::Exists,
        (409, About::Making) => rejected("the server does not take the event in this place"),
        (409 | 412, About::Changes) => Answer::CursorGone,
        // These mean that the call itself is not understood: there are other ways to learn what changed.
        (400 | 405 | 415 | 422 | 501, About::Changes) => Answer::CursorGone,
        (413, _) if about.writes() => rejected("the event is larger than this server takes"),
        (507, _) if about.writes() => rejected("there is no room left on the server"),
        (400 | 415 | 422, _) if about.writes() => rejected("the server finds the event invalid"),
        (423, _) => locked(),
        (429, _) => wait(),
        // Trouble that says when it will be over. A write may have happened in spite of it.
        (503, _) if headers.contains_key(header::RETRY_AFTER) && about.writes() => wait().in_part(),
        (503, _) if headers.contains_key(header::RETRY_AFTER) => wait(),
        (408 | 500..=599, _) if about.writes() => {
            Answer::Unknown(format!("the server answered {}", status.as_u16()))
        }
        (400..=499, _) if about.writes() => rejected("the server refuses the event"),
        _ => Answer::Transient(format!("the server answered {}", status.as_u16())),
    }
}

/// Someone holds a lock: it ends by itself.
fn locked() -> Answer {
    Answer::Transient("another program has locked it".to_owned())
}

fn not_allowed(about: About) -> Answer {
    match about {
        About::Making | About::Changing | About::Removing => {
            Answer::Rejected { why: "this calendar may only be read".to_owned(), read_only: true }
        }
        About::Reading => rejected("the server does not show this event"),
        About::Calendar | About::Changes => Answer::CalendarGone,
        About::Account => Answer::AccessRevoked {
            why: "the server does not let us see this account's calendars: is the address right, and is access by other \
                  programs allowed?"
                .to_owned(),
        },
    }
}

/// What it means that there was no answer.
pub(super) fn lost(writes: bool, lost: &Lost) -> Answer {
    match lost {
        Lost::NotSent(_) => Answer::Transient("the server could not be reached".to_owned()),
        Lost::Forbidden(why) => {
            Answer::Misconfigured { why: format!("the server's address may not be reached: {why}") }
        }
        _ if writes => Answer::Unknown("the connection ended before the whole answer came".to_owned()),
        Lost::NoAnswer(_) => Answer::Transient("the server did not answer".to_owned()),
        Lost::TooLarge { limit_bytes } => {
            Answer::Transient(format!("the server's answer was larger than {limit_bytes} bytes"))
        }
    }
}

/// What it means that an answer of success could not be read.
pub(super) fn unreadable() -> Answer {
    Answer::Transient("the server's answer could not be read".to_owned())
}

/// Whether a host that an account has moved away from may answer so: the account is then looked for.
pub(super) fn may_be_of_the_place(answer: &Answer) -> bool {
    matches!(answer, Answer::CalendarGone | Answer::AccessRevoked { .. } | Answer::Transient(_))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const ALL: [About; 7] = [
        About::Account,
        About::Calendar,
        About::Changes,
        About::Reading,
        About::Making,
        About::Changing,
        About::Removing,
    ];

    fn now() -> Timestamp {
        "2026-11-20T10:00:00Z".parse().unwrap()
    }

    fn said(about: About, status: u16, condition: &str) -> Answer {
        let body = match condition {
            "" => String::new(),
            name => format!(
                r#"<d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><c:{name}/><d:text>the secret title</d:text></d:error>"#
            ),
        };
        let status = StatusCode::from_u16(status).unwrap();
        refusal(about, status, &HeaderMap::new(), body.as_bytes(), now())
    }

    fn check(about: About, status: u16, condition: &str, expected: &str) {
        let told = match said(about, status, condition) {
            Answer::Rejected { why, read_only } => format!("Rejected({why}, {read_only})"),
            Answer::AccessRevoked { .. } => "AccessRevoked".to_owned(),
            Answer::Transient(_) => "Transient".to_owned(),
            Answer::Unknown(_) => "Unknown".to_owned(),
            Answer::RetryAfter { at, long } => format!("RetryAfter({at:?}, {long})"),
            other => format!("{other:?}"),
        };
        assert!(told.starts_with(expected), "{about:?} {status} {condition}: {told} instead of {expected}");
    }

    #[test]
    fn the_same_status_means_what_the_call_was_about() {
        check(About::Reading, 404, "", "Gone");
        check(About::Changing, 404, "", "Gone");
        check(About::Removing, 410, "", "Gone");
        check(About::Calendar, 404, "", "CalendarGone");
        check(About::Changes, 404, "", "CalendarGone");
        check(About::Making, 404, "", "CalendarGone");
        check(About::Making, 412, "", "Exists");
        check(About::Changing, 412, "", "Stale");
        check(About::Changing, 409, "", "Stale");
        check(About::Making, 409, "", "Rejected(the server does not take the event in this place, false)");
        check(About::Making, 403, "", "Rejected(this calendar may only be read, true)");
        check(About::Changing, 405, "", "Rejected(this calendar may only be read, true)");
        check(About::Changes, 403, "", "CalendarGone");
        check(About::Account, 403, "", "AccessRevoked");
    }

    #[test]
    fn a_token_is_lost_by_its_precondition_whatever_the_status() {
        for status in [403, 409, 412, 500] {
            check(About::Changes, status, "valid-sync-token", "CursorGone");
        }
        // Without it, a 403 is a lost privilege: nothing is read anew for that.
        check(About::Changes, 403, "need-privileges", "CalendarGone");
        for status in [400, 405, 501] {
            check(About::Changes, status, "", "CursorGone");
        }
        // Of anything else it says nothing.
        check(About::Reading, 403, "valid-sync-token", "Rejected");
        check(About::Reading, 500, "valid-sync-token", "Transient");
    }

    #[test]
    fn a_name_that_is_taken_is_known_by_its_precondition() {
        for status in [403, 409, 412] {
            check(About::Making, status, "no-uid-conflict", "Exists");
            check(About::Making, status, "unique-scheduling-object-resource", "Exists");
            check(About::Changing, status, "no-uid-conflict", "Rejected(another event");
        }
    }

    #[test]
    fn what_is_refused_for_good_says_why() {
        check(About::Making, 413, "", "Rejected(the event is larger");
        check(About::Making, 403, "max-resource-size", "Rejected(the event is larger");
        check(About::Making, 507, "quota-not-exceeded", "Rejected(there is no room");
        check(About::Making, 507, "", "Rejected(there is no room");
        check(About::Changing, 400, "", "Rejected(the server finds the event invalid, false)");
        check(About::Changing, 415, "", "Rejected(the server finds");
        check(About::Making, 403, "valid-calendar-data", "Rejected(the server finds");
        check(
            About::Changing,
            403,
            "allowed-attendee-scheduling-object-change",
            "Rejected(only the organiser",
        );
        check(About::Making, 403, "max-date-time", "Rejected(the event lies in a time");
        check(About::Making, 403, "supported-calendar-component", "Rejected(this calendar takes no");
    }

    #[test]
    fn a_lock_passes_and_trouble_with_a_write_leaves_it_open() {
        for about in [About::Making, About::Changing, About::Removing] {
            check(about, 423, "", "Transient");
            for status in [500, 502, 503, 504, 408] {
                check(about, status, "", "Unknown");
            }
        }
        for about in [About::Account, About::Calendar, About::Changes, About::Reading] {
            check(about, 502, "", "Transient");
        }
        for about in ALL {
            check(about, 401, "", "SignInExpired");
            check(about, 429, "", "RetryAfter(None, false)");
        }
    }

    #[test]
    fn a_wait_is_read_in_every_form_that_servers_give_it() {
        let wait = |retry: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", HeaderValue::from_str(retry).unwrap());
            if let Some(date) = date {
                headers.insert("date", HeaderValue::from_str(date).unwrap());
            }
            let said = |about| refusal(about, StatusCode::SERVICE_UNAVAILABLE, &headers, b"", now());
            let wait = said(About::Reading);
            assert_eq!(said(About::Changing), wait.clone().in_part(), "it may have happened");
            match wait {
                Answer::RetryAfter { at, .. } => at.map(|at| at.to_string()),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(wait("120", None).as_deref(), Some("2026-11-20T10:02:00Z"));
        assert_eq!(wait("120 seconds", None).as_deref(), Some("2026-11-20T10:02:00Z"));
        assert_eq!(wait("2 minutes", None).as_deref(), Some("2026-11-20T10:02:00Z"));
        assert_eq!(wait("Fri, 20 Nov 2026 10:05:00 GMT", None).as_deref(), Some("2026-11-20T10:05:00Z"));
        let behind = Some("Fri, 20 Nov 2026 09:50:00 GMT");
        assert_eq!(wait("Fri, 20 Nov 2026 09:55:00 GMT", behind).as_deref(), Some("2026-11-20T10:05:00Z"));
        assert_eq!(wait("soon", None), None);
    }

    #[test]
    fn nothing_that_a_server_says_is_passed_on() {
        for about in ALL {
            for status in [400, 401, 403, 404, 405, 409, 412, 415, 418, 423, 429, 500, 507] {
                for condition in ["", "no-uid-conflict", "something-new", "valid-calendar-data"] {
                    let answer = said(about, status, condition);
                    assert!(!format!("{answer:?} {answer}").contains("secret"), "{answer:?}");
                }
            }
        }
    }

    #[test]
    fn a_lost_answer_is_told_by_whether_it_was_sent() {
        let none = || Box::<dyn std::error::Error + Send + Sync>::from("x");
        let told = |writes, lost: Lost| super::lost(writes, &lost);
        assert!(matches!(told(true, Lost::NotSent(none())), Answer::Transient(_)));
        assert!(matches!(told(true, Lost::NoAnswer(none())), Answer::Unknown(_)));
        assert!(matches!(told(false, Lost::NoAnswer(none())), Answer::Transient(_)));
        assert!(matches!(told(true, Lost::TooLarge { limit_bytes: 1 }), Answer::Unknown(_)));
        assert!(matches!(told(true, Lost::Forbidden(String::new())), Answer::Misconfigured { .. }));
    }
}
