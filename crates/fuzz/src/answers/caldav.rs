//! Calendar servers: documents about many resources, files, and the way from an address to an account.

use bytes::Bytes;
use concord_providers::caldav::{CalDav, Settings};
use concord_providers::provider::Access;
use http::{Request, Response, header};
use serde_json::json;

use super::{Kind, words};

pub(crate) const WORDS: &[&str] = words![
    "207\ncontent-type: application/xml\n\n",
    "201\n\n",
    "301\nlocation: /alice/\n\n",
    "302\nlocation: https://elsewhere.example/alice/\n\n",
    "307\nlocation: http://dav.example.org/alice/\n\n",
    "dav: 1, 3, calendar-access, calendar-auto-schedule, extended-mkcol\n",
    "allow: OPTIONS, GET, PUT, DELETE, PROPFIND, REPORT, MKCALENDAR\n",
    "location: /alice/work/other.ics\n",
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
    "<multistatus xmlns=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" xmlns:cs=\"http://calendarserver.org/ns/\">",
    "</multistatus>",
    "<response>",
    "</response>",
    "<href>/alice/work/</href>",
    "<href>/alice/work/e1.ics</href>",
    "<href>/alice/work/e2.ics</href>",
    "<href>https://p01.example.org/alice/work/e%31.ics</href>",
    "<href>e1.ics</href>",
    "<href/>",
    "<propstat><prop><getetag>\"1\"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat>",
    "<status>HTTP/1.1 404 Not Found</status>",
    "<status>HTTP/1.1 507 Insufficient Storage</status>",
    "<status>HTTP/1.1 410 Gone</status>",
    "<sync-token>http://dav.example.org/2</sync-token>",
    "<cs:getctag>7</cs:getctag>",
    "<resourcetype><collection/><c:calendar/></resourcetype>",
    "<current-user-principal><href>/alice/</href></current-user-principal>",
    "<current-user-principal><unauthenticated/></current-user-principal>",
    "<c:calendar-home-set><href>/alice/</href></c:calendar-home-set>",
    "<supported-report-set><supported-report><report><sync-collection/></report></supported-report></supported-report-set>",
    "<current-user-privilege-set><privilege><read/></privilege></current-user-privilege-set>",
    "<c:supported-calendar-component-set><c:comp name=\"VTODO\"/></c:supported-calendar-component-set>",
    "<c:calendar-data>",
    "</c:calendar-data>",
    "<![CDATA[",
    "]]>",
    "&#13;",
    "&#x0;",
    "<error xmlns=\"DAV:\"><valid-sync-token/></error>",
    "<c:no-uid-conflict/>",
    "BEGIN:VCALENDAR\r\n",
    "END:VCALENDAR\r\n",
    "BEGIN:VEVENT\r\n",
    "END:VEVENT\r\n",
    "RRULE:FREQ=WEEKLY;COUNT=4\r\n",
    "RECURRENCE-ID:20261201T100000Z\r\n",
    "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.org\r\n",
    "ORGANIZER:mailto:bob@example.org\r\n",
    "X-CONCORD-MARK:",
    "{\"v\":1,\"c\":\"",
    "\"token\":\"t\"",
];

pub(super) const ANOTHER_PAGE: &[u8] =
    b"207\n\n<multistatus xmlns=\"DAV:\"><sync-token>http://dav.example.org/2</sync-token></multistatus>";

pub(super) static KIND: Kind = Kind {
    adapter: |http| Box::new(CalDav::new(Settings::any(), http.clone(), http)),
    access: |now, bare| {
        let able = if bare {
            json!({})
        } else {
            json!({ "changes": "tokens", "conditions": "kept", "makes": "calendar", "invites": true })
        };
        let site = json!({
            "v": 1, "base": "https://dav.example.org/", "user": "alice", "principal": "https://dav.example.org/alice/",
            "homes": ["https://dav.example.org/alice/"], "addresses": ["alice@example.org"], "able": able,
        });
        Access { site: Some(site.to_string()), ..Access::new("password", now) }
    },
    calendar: "/alice/work/",
    ids: ["e1.ics", "e2.ics"],
    made: "00000000-0000-4000-8000-000000000001.ics",
    login: ("alice", "https://dav.example.org/"),
    is_one,
    gone: |body| {
        let told = String::from_utf8_lossy(body).replace("multistatus", "");
        if told.contains("status") { told.matches("href").count() } else { 0 }
    },
    writes: |request| ["PUT", "DELETE", "MKCALENDAR", "MKCOL"].contains(&request.method().as_str()),
    sent,
};

/// A document about resources, a file, or something for which a document is not the form; what cannot be said in XML is
/// asked for in another way.
fn is_one(answer: &Response<Bytes>) -> bool {
    let Ok(body) = std::str::from_utf8(answer.body()) else { return answer.status().is_success() };
    let odd =
        body.chars().any(|c| c.is_control() && !c.is_whitespace() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    // The names of components are known in either case.
    let is_file = body.to_ascii_uppercase().contains("VCALENDAR");
    answer.status().is_success() && (odd || is_file || body.contains("multistatus"))
}

/// The password goes to the service that it was given for, never from https to http, and nothing is replaced blindly (I-16).
fn sent(request: &Request<Bytes>) {
    let host = request.uri().host().unwrap_or_default().to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    if request.headers().contains_key(header::AUTHORIZATION) {
        assert!(request.uri().scheme_str() == Some("https"), "others could read along: {}", request.uri());
        assert!(host == "example.org" || host.ends_with(".example.org"), "the password goes to {host}");
    }
    let has = |name| request.headers().contains_key(name);
    match request.method().as_str() {
        "PUT" => assert!(has(header::IF_MATCH) || has(header::IF_NONE_MATCH), "a blind write"),
        "DELETE" => assert!(has(header::IF_MATCH), "a blind removal"),
        _ => {}
    }
}
