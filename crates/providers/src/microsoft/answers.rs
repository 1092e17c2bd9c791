//! What Graph's refusals mean: status and code, never the text, turned into the closed list.
//!
//! A code can be nested (`innerError`) and is spelled in several cases; an answer of trouble can have no body at all. What
//! has no code in the form of the API (an error page of a proxy, an empty body) proves nothing about events: it is trouble
//! on the way. But for one thing: where Graph's own mark is on the answer, an event is not there also without a word. To some
//! mailboxes it always says it so, and what was deleted in one of them would else be asked about for ever. Nothing that
//! Graph says is passed on, for its texts can quote content.

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::calls::{About, Call};
use super::wire;
use crate::answer::Answer;
use crate::http::Lost;
use crate::pace::retry_after;

/// The deepest that codes are nested.
const DEPTH: usize = 8;

/// What Graph puts on each of its own answers.
const OWN: &str = "request-id";

/// What a refusal of a call means. Of a call in a batch, `outer` are the headers of the whole.
pub(super) fn refusal(
    call: &Call,
    status: StatusCode,
    headers: &HeaderMap,
    outer: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Answer {
    let codes = Codes::read(body);
    let by_graph = headers.contains_key(OWN) || outer.contains_key(OWN);
    if status == StatusCode::NOT_FOUND && call.about == About::Event && body.is_empty() && by_graph {
        return Answer::Gone;
    }
    let wait = Answer::RetryAfter { at: retry_after(headers, now), long: false };
    // Conditional access wants the person: no new token helps.
    let challenged = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    if challenged(http::header::WWW_AUTHENTICATE).is_some_and(|told| told.contains("claims=")) {
        return revoked("Microsoft wants the person to sign in again");
    }
    let known = codes.all.iter().find_map(|code| by_code(call, status, code, &wait));
    match known.unwrap_or_else(|| by_status(call, status, &codes, &wait)) {
        // Trouble that says when it will be over. A write may have happened in spite of it.
        Answer::Transient(_) if !call.writes && retry_after(headers, now).is_some() => wait,
        Answer::Unknown(_) if retry_after(headers, now).is_some() => wait.in_part(),
        answer => answer,
    }
}

/// What it means that there was no answer.
pub(super) fn lost(writes: bool, lost: &Lost) -> Answer {
    match lost {
        Lost::NotSent(_) => Answer::Transient("Outlook could not be reached".to_owned()),
        Lost::Forbidden(why) => {
            Answer::Misconfigured { why: format!("Microsoft's address may not be reached: {why}") }
        }
        _ if writes => Answer::Unknown("the connection ended before the whole answer came".to_owned()),
        Lost::NoAnswer(_) => Answer::Transient("Outlook did not answer".to_owned()),
        Lost::TooLarge { limit_bytes } => {
            Answer::Transient(format!("Outlook's answer was larger than {limit_bytes} bytes"))
        }
    }
}

/// What it means that an answer of success could not be read.
pub(super) fn unreadable(writes: bool) -> Answer {
    let what = "Outlook's answer could not be read".to_owned();
    if writes { Answer::Unknown(what) } else { Answer::Transient(what) }
}

/// Gives all that were asked to wait the longest of their waits: the account is one, and it is not called before that.
pub(super) fn wait_for_the_longest<T>(answers: &mut [Result<T, Answer>]) {
    let mut waits: Vec<&mut Option<Timestamp>> = answers
        .iter_mut()
        .filter_map(|answer| match answer {
            Err(Answer::RetryAfter { at, .. }) => Some(at),
            Err(Answer::InPart(stopped)) => match &mut **stopped {
                Answer::RetryAfter { at, .. } => Some(at),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let longest = waits.iter().map(|at| **at).max().flatten();
    waits.iter_mut().for_each(|at| **at = longest);
}

/// The codes of a refusal, in lower case, the outermost first.
struct Codes {
    all: Vec<String>,
    is_api: bool,
    /// Whether the text speaks of write access. Only for the one refusal that is told apart in no other way.
    about_transaction: bool,
}

impl Codes {
    fn read(body: &[u8]) -> Codes {
        let Ok(refusal) = serde_json::from_slice::<wire::Refusal>(body) else {
            return Codes { all: Vec::new(), is_api: false, about_transaction: false };
        };
        let text = refusal.error.message.as_deref().unwrap_or_default().to_ascii_lowercase();
        let mut all = Vec::new();
        let mut next = Some(Box::new(refusal.error));
        for _ in 0..DEPTH {
            let Some(error) = next else { break };
            all.extend(error.code.map(|code| code.to_ascii_lowercase()));
            next = error.inner_error;
        }
        Codes { is_api: !all.is_empty(), all, about_transaction: text.contains("transactionid") }
    }
}

fn rejected(why: impl Into<String>) -> Answer {
    Answer::Rejected { why: why.into(), read_only: false }
}

fn revoked(why: &str) -> Answer {
    Answer::AccessRevoked { why: why.to_owned() }
}

/// What a crossing of neighbours is told as.
pub(super) const CROSSING: &str =
    "Outlook does not let an occurrence of a series move to or past the day of the one before or after it";

fn by_code(call: &Call, status: StatusCode, code: &str, wait: &Answer) -> Option<Answer> {
    Some(match code {
        // Our address did not answer, or not in time: it may the next time.
        "validationerror" | "invalidrequest" if call.about == About::Subscription => {
            Answer::Transient("Microsoft could not reach our address for notices".to_owned())
        }

        // The calendar's changes.
        "syncstatenotfound" | "syncstateinvalid" | "resyncrequired" | "errorsyncfoldernotfound" => {
            match call.about {
                About::Changes => Answer::CursorGone,
                // No answer to what was asked: nothing is known of an event by it.
                _ => trouble(call, status),
            }
        }

        // The pace.
        "applicationthrottled"
        | "toomanyrequests"
        | "activitylimitreached"
        | "errorserverbusy"
        | "errortoomanyobjectsopened"
        | "errorexceededconnectioncount" => wait.clone(),

        // Presence and versions.
        "errorduplicatetransactionid" => Answer::Exists,
        "errorirresolvableconflict" | "preconditionfailed" | "resourcemodified" | "errorstaleobject" => {
            Answer::Stale
        }
        "erroritemnotfound" | "resourcenotfound" | "itemnotfound" if status == StatusCode::NOT_FOUND => {
            absent(call)
        }
        // An id that we hold and Graph cannot read is one of another mailbox or another kind.
        "errorinvalididmalformed" | "errorinvalididmalformedewslegacyidformat" => match call.about {
            About::Event => Answer::Gone,
            About::Calendar | About::Changes => Answer::CalendarGone,
            About::Subscription | About::Account => rejected("Outlook does not know what was meant"),
        },
        // The event may have been made all the same (trap 7).
        "concurrentitemsave" => trouble(call, status),

        // What the event is not allowed to be.
        "erroroccurrencecrossingboundary" => rejected(CROSSING),
        "timezonenotsupportedexception" => rejected("Outlook does not know the event's time zone"),
        "errorinvalidrecipients" => rejected("Outlook does not accept the address of a guest"),
        "errorquotaexceeded" => rejected("the mailbox is full"),
        "errorpropertyvalidationfailure"
        | "errorinvalidpropertyset"
        | "errorinvalidrequest"
        | "invalidrequest"
        | "requestbodyread" => rejected("Outlook finds a field of the event invalid"),
        "errorcalendarenddateisearlierthanstartdate" => rejected("the event ends before it begins"),
        "errorinvalidrecurrence" | "errorcalendarinvalidrecurrence" => {
            rejected("Outlook does not take the event's rule")
        }

        // The key.
        "invalidauthenticationtoken" | "lifetimevalidationfailed" | "tokenexpired" => Answer::SignInExpired,
        "insufficient_claims" | "insufficientclaims" => {
            revoked("Microsoft wants the person to sign in again")
        }
        "authorization_requestdenied" => revoked(
            "an administrator of the organisation has to allow this access: ask one, then connect again",
        ),
        "mailboxnotenabledforrestapi" | "errorinvaliduser" => revoked(
            "the mailbox of this account cannot be reached: it is inactive, or kept on a server of the organisation",
        ),
        "erroraccessdenied" | "accessdenied" => not_allowed(call),
        _ => return None,
    })
}

fn by_status(call: &Call, status: StatusCode, codes: &Codes, wait: &Answer) -> Answer {
    let odd = || Answer::Transient(format!("Outlook answered {} without saying why", status.as_u16()));
    match status.as_u16() {
        400 if codes.is_api && call.about == About::Changes => Answer::CursorGone,
        400 if codes.is_api => rejected("Outlook does not take a call of this form"),
        401 => Answer::SignInExpired,
        403 if codes.is_api => not_allowed(call),
        404 if codes.is_api => absent(call),
        409 if codes.about_transaction => Answer::Exists,
        409 if call.about == About::Subscription => Answer::Exists,
        409 | 412 => Answer::Stale,
        410 if call.about == About::Changes => Answer::CursorGone,
        410 if codes.is_api => absent(call),
        413 => rejected("the event is larger than Outlook takes"),
        424 => Answer::Transient("what had to go before it did not work".to_owned()),
        429 => wait.clone(),
        408 | 500..=599 => trouble(call, status),
        400..=499 if codes.is_api => rejected(format!("Outlook refused it ({})", status.as_u16())),
        _ => odd(),
    }
}

/// Trouble of Microsoft's own. A write may have happened in spite of it.
fn trouble(call: &Call, status: StatusCode) -> Answer {
    let what = format!("Outlook answered {}", status.as_u16());
    if call.writes { Answer::Unknown(what) } else { Answer::Transient(what) }
}

fn absent(call: &Call) -> Answer {
    match call.about {
        About::Event | About::Subscription => Answer::Gone,
        About::Calendar | About::Changes => Answer::CalendarGone,
        About::Account => Answer::Misconfigured {
            why: "Microsoft knows no such address: check the address of Graph".to_owned(),
        },
    }
}

fn not_allowed(call: &Call) -> Answer {
    match call.about {
        About::Event | About::Calendar if call.writes => {
            Answer::Rejected { why: "this calendar may only be read".to_owned(), read_only: true }
        }
        About::Event => rejected("Outlook does not show this event"),
        About::Calendar | About::Changes => Answer::CalendarGone,
        About::Subscription => rejected(NO_PUSH),
        About::Account => revoked("Microsoft does not let us see this account's calendars: connect again"),
    }
}

/// What a calendar that cannot be watched says: somebody else's, that is shared with the account (trap 21).
pub(super) const NO_PUSH: &str = "Outlook sends no notices for this calendar";
