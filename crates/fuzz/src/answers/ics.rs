//! Feeds: files at an address that lets in whoever knows it.

use bytes::Bytes;
use concord_providers::ics::{Ics, Settings};
use concord_providers::provider::Access;
use http::{Method, Request, Response, StatusCode, header};

use super::{Kind, words};

pub(crate) const WORDS: &[&str] = words![
    "200\ncontent-type: text/calendar\netag: \"1\"\n\n",
    "304\n\n",
    "410\n\n",
    "301\nlocation: /b.ics\n\n",
    "302\nlocation: https://elsewhere.example/b.ics\n\n",
    "307\nlocation: http://feeds.example.org/b.ics\n\n",
    "last-modified: Fri, 20 Nov 2026 10:05:00 GMT\n",
    "<html>Sign in</html>",
    "BEGIN:VCALENDAR\r\n",
    "END:VCALENDAR\r\n",
    "X-WR-CALNAME:Fixtures\r\n",
    "X-WR-TIMEZONE:Europe/Berlin\r\n",
    "BEGIN:VEVENT\r\n",
    "END:VEVENT\r\n",
    "UID:1\r\n",
    "UID:\r\n",
    "DTSTAMP:20261101T000000Z\r\n",
    "DTSTART:20261201T100000Z\r\n",
    "DTSTART;VALUE=DATE:20261224\r\n",
    "DTSTART;TZID=W. Europe Standard Time:20261201T100000\r\n",
    "DURATION:PT1H\r\n",
    "RRULE:FREQ=YEARLY\r\n",
    "RECURRENCE-ID:20271201T100000Z\r\n",
    "METHOD:CANCEL\r\n",
    "STATUS:CANCELLED\r\n",
    "{\"v\":1,\"f\":\"",
];

pub(super) const ANOTHER_PAGE: &[u8] =
    b"200\n\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n";

const ADDRESS: &str = "https://ann:p%40ss@feeds.example.org/a.ics?key=1";

pub(super) static KIND: Kind = Kind {
    adapter: |http| Box::new(Ics::new(Settings::default(), http.clone(), http)),
    access: |now, _| Access { site: Some("{\"v\":1}".to_owned()), ..Access::new(ADDRESS, now) },
    calendar: "feed",
    ids: ["one", "two"],
    made: "0123456789abcdef",
    login: ("", ""),
    is_one,
    gone: |_| 0,
    writes: |request| request.method() != Method::GET,
    sent,
};

/// A file; or word that it is as it was.
fn is_one(answer: &Response<Bytes>) -> bool {
    let has = |word: &[u8]| answer.body().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
    match answer.status() {
        StatusCode::OK => has(b"VCALENDAR"),
        status => status == StatusCode::NOT_MODIFIED,
    }
}

/// A feed is only read; its password goes to the place that it was given for.
fn sent(request: &Request<Bytes>) {
    assert_eq!(request.method(), Method::GET);
    assert!(request.uri().scheme_str() == Some("https"), "others could read along: {}", request.uri());
    let signed = request.headers().contains_key(header::AUTHORIZATION);
    assert!(
        !signed || request.uri().authority().is_some_and(|to| to == "feeds.example.org"),
        "{}",
        request.uri()
    );
}
