//! A CalDAV twin under virtual time, and short words for calling it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use concord_twins::caldav::{Settings, Twin};
use concord_twins::{Call, Reply};
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Where alice's main calendar is on the plain server.
pub(crate) const HOME: &str = "/dav/calendars/alice/home/";
pub(crate) const TEAM: &str = "/dav/calendars/alice/team/";

/// A twin with a clock that only tests move.
pub(crate) struct World {
    pub(crate) twin: Twin,
    seconds: Arc<AtomicI64>,
}

/// The members of a multistatus: path, status, ETag, calendar data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) href: String,
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) data: Option<String>,
}

impl World {
    pub(crate) fn new() -> World {
        let seconds = Arc::new(AtomicI64::new(1_800_000_000));
        World { twin: Twin::new(settings(&seconds)), seconds }
    }

    /// A world whose server has those manners.
    pub(crate) fn like(preset: &str) -> World {
        let world = World::new();
        world.control("preset", json!({ "name": preset }));
        world
    }

    /// A plain world with some switches.
    pub(crate) fn with(quirks: Value) -> World {
        let world = World::new();
        world.control("quirks", quirks);
        world
    }

    pub(crate) fn settings(&self) -> Settings {
        settings(&self.seconds)
    }

    /// Another twin under the same clock.
    pub(crate) fn beside(&self, twin: Twin) -> World {
        World { twin, seconds: Arc::clone(&self.seconds) }
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn control(&self, route: &str, body: Value) -> Value {
        self.twin.control("POST", route, &body).unwrap()
    }

    pub(crate) fn look(&self, route: &str, body: Value) -> Value {
        self.twin.control("GET", route, &body).unwrap()
    }

    pub(crate) fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.call_as("alice", "twin-alice", method, path, headers, body)
    }

    pub(crate) fn call_as(
        &self,
        user: &str,
        password: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let token = STANDARD.encode(format!("{user}:{password}"));
        let mut call =
            Call::new(method, path, body.to_owned()).with("authorization", &format!("Basic {token}"));
        call = call.with(
            "content-type",
            if body.starts_with("BEGIN") { "text/calendar" } else { "application/xml" },
        );
        for (name, value) in headers {
            call = call.with(name, value);
        }
        self.twin.answer(call)
    }

    pub(crate) fn put(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.call("PUT", path, headers, body)
    }

    /// A PROPFIND for some properties, by their names with prefixes `d`, `c`, `cs`.
    pub(crate) fn propfind(&self, path: &str, depth: &str, properties: &str) -> Reply {
        let body = format!("<d:propfind {SPACES}><d:prop>{properties}</d:prop></d:propfind>");
        self.call("PROPFIND", path, &[("depth", depth)], &body)
    }

    /// sync-collection: the members and the new token, or the refusal.
    pub(crate) fn changes(&self, path: &str, token: &str) -> Result<(Vec<Member>, String), Box<Reply>> {
        let body = format!(
            "<d:sync-collection {SPACES}><d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level>\
             <d:prop><d:getetag/></d:prop></d:sync-collection>"
        );
        let reply = self.call("REPORT", path, &[("depth", "0")], &body);
        if reply.status != 207 {
            return Err(Box::new(reply));
        }
        let text = text(&reply);
        Ok((members(&reply), between(&text, "<d:sync-token>", "</d:sync-token>").unwrap().to_owned()))
    }

    /// calendar-query for events, in a window if one is given.
    pub(crate) fn query(&self, path: &str, window: Option<(&str, &str)>) -> Vec<Member> {
        let range = window.map(|(from, to)| format!("<c:time-range start=\"{from}\" end=\"{to}\"/>"));
        let body = format!(
            "<c:calendar-query {SPACES}><d:prop><d:getetag/></d:prop><c:filter><c:comp-filter name=\"VCALENDAR\">\
             <c:comp-filter name=\"VEVENT\">{}</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>",
            range.unwrap_or_default()
        );
        let reply = self.call("REPORT", path, &[("depth", "1")], &body);
        assert_eq!(reply.status, 207, "{}", text(&reply));
        members(&reply)
    }

    pub(crate) fn multiget(&self, path: &str, hrefs: &[&str]) -> Reply {
        let hrefs: String = hrefs.iter().map(|href| format!("<d:href>{href}</d:href>")).collect();
        let body = format!(
            "<c:calendar-multiget {SPACES}><d:prop><d:getetag/><c:calendar-data/></d:prop>{hrefs}</c:calendar-multiget>"
        );
        self.call("REPORT", path, &[("depth", "1")], &body)
    }

    /// A person does something on alice's main calendar, unless the body says where.
    pub(crate) fn person(&self, body: Value) -> Value {
        self.control("event", body)
    }
}

const SPACES: &str = "xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" \
                      xmlns:cs=\"http://calendarserver.org/ns/\" xmlns:a=\"http://apple.com/ns/ical/\"";

fn settings(seconds: &Arc<AtomicI64>) -> Settings {
    let clock = Arc::clone(seconds);
    let now = move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap();
    Settings { keep_versions: true, ..Settings::new("https://dav.test", Arc::new(now)) }
}

pub(crate) fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.to_vec()).unwrap()
}

pub(crate) fn header<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    reply.headers.get(name).map(|value| value.to_str().unwrap())
}

pub(crate) fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let rest = &text[text.find(from)? + from.len()..];
    Some(&rest[..rest.find(to)?])
}

/// The members of a multistatus in the plain manner, the first path of each.
pub(crate) fn members(reply: &Reply) -> Vec<Member> {
    let text = text(reply);
    let responses = text.split("<d:response>").skip(1);
    responses
        .map(|response| {
            let status = between(response, "HTTP/1.1 ", " ").unwrap().parse().unwrap();
            let plain = |text: &str| {
                text.replace("&quot;", "\"")
                    .replace("&#13;", "\r")
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&amp;", "&")
            };
            Member {
                href: between(response, "<d:href>", "</d:href>").unwrap().to_owned(),
                status,
                etag: between(response, "<d:getetag>", "</d:getetag>").map(plain),
                data: between(response, "<cal:calendar-data>", "</cal:calendar-data>").map(plain),
            }
        })
        .collect()
}

/// An event of that UID, at that hour in New York on 10 March 2027.
pub(crate) fn event(uid: &str, hour: u32) -> String {
    with(uid, hour, "")
}

/// The same with more lines.
pub(crate) fn with(uid: &str, hour: u32, lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20270101T000000Z\r\n\
         DTSTART;TZID=America/New_York:20270310T{hour:02}0000\r\nDTEND;TZID=America/New_York:20270310T{:02}0000\r\n\
         SUMMARY:{uid} {hour}\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n",
        hour + 1
    )
}

/// The last parts of some paths.
pub(crate) fn names(members: &[Member]) -> Vec<(String, u16)> {
    let name = |href: &str| href.trim_end_matches('/').rsplit('/').next().unwrap().to_owned();
    members.iter().map(|member| (name(&member.href), member.status)).collect()
}

/// A world with that switch, and one event in it.
pub(crate) fn begun(quirks: Value) -> (World, String) {
    let world = World::with(quirks);
    let reply = world.put(&path("a"), &[], &event("a", 9));
    assert!(reply.status.is_success(), "{}", text(&reply));
    let etag = header(&world.call("GET", &path("a"), &[], ""), "etag").unwrap_or_default().to_owned();
    (world, etag)
}

pub(crate) fn path(name: &str) -> String {
    format!("{HOME}{name}.ics")
}
