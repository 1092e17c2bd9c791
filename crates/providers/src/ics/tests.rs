//! One look at a feed, over a scripted way.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::CalendarId;
use concord_model::observed::Reading;
use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::fetch::LARGEST;
use super::{CALENDAR, Ics, Settings};
use crate::answer::Answer;
use crate::http::{Http, Lost};
use crate::provider::{Access, Login, Mail, Next, Page, Provider, Write};

/// What a way is asked, and what it answers.
#[derive(Default)]
struct Way {
    asked: Mutex<Vec<Request<Bytes>>>,
    answers: Mutex<Vec<Result<Response<Bytes>, Lost>>>,
}

#[async_trait]
impl Http for Way {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        self.asked.lock().unwrap().push(request);
        self.answers.lock().unwrap().remove(0)
    }
}

impl Way {
    fn answers(&self, status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) {
        let mut answer = Response::new(body.into());
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            answer.headers_mut().append(http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        self.answers.lock().unwrap().push(Ok(answer));
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|request| request.uri().to_string()).collect()
    }

    fn header(&self, n: usize, name: &str) -> Option<String> {
        self.asked.lock().unwrap()[n].headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    }
}

struct Seen {
    feeds: Ics,
    trusted: Arc<Way>,
    guarded: Arc<Way>,
}

impl Seen {
    fn new() -> Seen {
        let (trusted, guarded) = (Arc::new(Way::default()), Arc::new(Way::default()));
        Seen { feeds: Ics::new(Settings::default(), trusted.clone(), guarded.clone()), trusted, guarded }
    }

    async fn enter(&self, url: &str, trusted: bool) -> Result<crate::provider::Entered, Answer> {
        self.feeds.enter(&Login { trusted, ..Login::token(url) }, now()).await
    }

    async fn changes(&self, from: Option<&concord_model::Cursor>) -> Result<Page, Answer> {
        self.feeds.changes(&access(), &CalendarId::from(CALENDAR), from).await
    }
}

const URL: &str = "https://a.example/f.ics";
const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nX-WR-CALNAME:Fixtures\r\nBEGIN:VEVENT\r\nUID:1\r\n\
                    DTSTAMP:20261101T000000Z\r\nDTSTART:20261201T100000Z\r\nSUMMARY:One\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn now() -> Timestamp {
    "2026-11-02T08:00:00Z".parse().unwrap()
}

fn access() -> Access {
    Access::new(URL, now() + SignedDuration::from_mins(15))
}

#[tokio::test]
async fn a_way_on_is_followed_and_never_by_the_operators_word_to_another_host() {
    let seen = Seen::new();
    seen.trusted.answers(302, &[("location", "https://b.example/g.ics")], "");
    seen.guarded.answers(301, &[("location", "/h.ics")], "");
    seen.guarded.answers(200, &[], FILE);
    let entered = seen.enter("https://ann:secret@a.example/f.ics", true).await.unwrap();
    assert_eq!(entered.identity.name, "Fixtures");
    assert_eq!(seen.trusted.asked(), [URL]);
    assert_eq!(seen.guarded.asked(), ["https://b.example/g.ics", "https://b.example/h.ics"]);
    // A name and a password are for whom they were given.
    assert!(seen.trusted.header(0, "authorization").is_some());
    assert!((0..2).all(|n| seen.guarded.header(n, "authorization").is_none()));
    assert!(!entered.identity.subject.contains("f.ics") && !entered.site.unwrap().contains("a.example"));
}

#[tokio::test]
async fn an_address_of_a_person_never_takes_the_operators_way() {
    let seen = Seen::new();
    seen.guarded.answers.lock().unwrap().push(Err(Lost::Forbidden("it is an internal address".to_owned())));
    let refused = seen.enter("http://10.0.0.1/f.ics", false).await.err();
    assert!(matches!(refused, Some(Answer::Misconfigured { .. })), "{refused:?}");
    assert!(seen.trusted.asked().is_empty());
}

#[tokio::test]
async fn nothing_leads_away_from_https_nor_round_in_a_circle() {
    let seen = Seen::new();
    seen.guarded.answers(302, &[("location", "http://a.example/f.ics")], "");
    assert!(seen.enter(URL, false).await.is_err());
    assert_eq!(seen.guarded.asked().len(), 1);
    let seen = Seen::new();
    for _ in 0..10 {
        seen.guarded.answers(302, &[("location", URL)], "");
    }
    assert!(seen.enter(URL, false).await.is_err());
    assert_eq!(seen.guarded.asked().len(), 6);
}

#[tokio::test]
async fn bm_157_a_feed_that_is_too_large_is_not_taken() {
    let seen = Seen::new();
    let event = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T100000Z\r\nEND:VEVENT\r\n";
    let huge = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", event.repeat(LARGEST / event.len() + 1));
    seen.guarded.answers(200, &[], huge);
    assert!(matches!(seen.changes(None).await, Err(Answer::Transient(_))));
    seen.guarded.answers.lock().unwrap().push(Err(Lost::TooLarge { limit_bytes: 1 }));
    assert!(matches!(seen.changes(None).await, Err(Answer::Transient(_))));
}

#[tokio::test]
async fn what_is_no_calendar_is_trouble_and_when_it_is_entered_a_wrong_address() {
    let cases: [(u16, &str); 8] = [
        (200, ""),
        (200, "<html>sign in</html>"),
        (200, "hello"),
        (200, "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n"),
        (404, ""),
        (403, ""),
        (500, "oops"),
        (204, ""),
    ];
    for (status, body) in cases {
        let seen = Seen::new();
        seen.guarded.answers(status, &[], body);
        assert!(matches!(seen.changes(None).await, Err(Answer::Transient(_))), "{status} {body}");
        seen.guarded.answers(status, &[], body);
        let entered = seen.enter(URL, false).await.err();
        assert!(matches!(entered, Some(Answer::Misconfigured { .. })), "{status} {body}: {entered:?}");
    }
}

#[tokio::test]
async fn refusals_of_the_address_and_pauses_are_told_as_such() {
    let check = async |status: u16, headers: &[(&str, &str)], expected: Answer| {
        let seen = Seen::new();
        seen.guarded.answers(status, headers, "");
        assert_eq!(seen.changes(None).await.err(), Some(expected), "{status}");
    };
    let why = "the feed's address is no longer accepted: connect again with a new one".to_owned();
    check(401, &[], Answer::AccessRevoked { why }).await;
    check(410, &[], Answer::CalendarGone).await;
    check(429, &[], Answer::RetryAfter { at: None, long: false }).await;
    let at = Some(access().now + SignedDuration::from_secs(120));
    check(503, &[("retry-after", "120")], Answer::RetryAfter { at, long: false }).await;
}

#[tokio::test]
async fn an_unchanged_feed_is_asked_for_by_its_version_and_a_changed_one_is_fetched_once() {
    let seen = Seen::new();
    seen.guarded.answers(200, &[("etag", "\"1\""), ("last-modified", "Mon, 02 Nov 2026 07:00:00 GMT")], FILE);
    let Page { items, next: Next::Done(cursor) } = seen.changes(None).await.unwrap() else {
        panic!("one page")
    };
    assert_eq!(items.len(), 1);
    seen.guarded.answers(304, &[], "");
    let page = seen.changes(Some(&cursor)).await.unwrap();
    assert!(page.items.is_empty() && page.next == Next::Done(cursor.clone()));
    assert_eq!(seen.guarded.header(1, "if-none-match").as_deref(), Some("\"1\""));
    assert_eq!(seen.guarded.header(1, "if-modified-since").as_deref(), Some("Mon, 02 Nov 2026 07:00:00 GMT"));
    seen.guarded.answers(200, &[("etag", "\"2\"")], FILE.replace("One", "Other"));
    assert_eq!(seen.changes(Some(&cursor)).await.unwrap().next, Next::Everything);
    let listed = seen.changes(None).await.unwrap();
    assert_eq!((listed.items.len(), seen.guarded.asked().len()), (1, 3), "what was fetched is listed");
    // What follows from it is answered from it, and absence is no deletion.
    let ids = [listed.items[0].id.clone(), "other".into()];
    let read = seen.feeds.read(&access(), &CalendarId::from(CALENDAR), &ids).await;
    assert!(matches!(read[0], Ok(Reading::Present(_))) && matches!(read[1], Ok(Reading::Missing)));
    assert_eq!(seen.guarded.asked().len(), 3);
}

#[tokio::test]
async fn a_cursor_of_another_feed_is_good_for_nothing() {
    let seen = Seen::new();
    seen.guarded.answers(200, &[], FILE);
    let Page { next: Next::Done(cursor), .. } = seen.changes(None).await.unwrap() else { panic!("one page") };
    let other = Access { token: "https://a.example/other.ics".into(), ..access() };
    let answer = seen.feeds.changes(&other, &CalendarId::from(CALENDAR), Some(&cursor)).await;
    assert!(matches!(answer, Err(Answer::CursorGone)));
}

#[tokio::test]
async fn nothing_is_ever_written() {
    let seen = Seen::new();
    let write = Write::Delete { id: "x".into(), versions: Default::default() };
    let written = seen.feeds.write(&access(), &CalendarId::from(CALENDAR), &[write], Mail::Nobody).await;
    assert!(matches!(written[..], [Err(Answer::Rejected { read_only: true, .. })]));
    assert!(seen.guarded.asked().is_empty() && !seen.feeds.writes());
}
