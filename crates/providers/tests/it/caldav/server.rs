//! A calendar server as another program sees it: a plain client, so that a misunderstanding of the adapter's does not
//! agree with itself.

use std::io::{Read, Write};
use std::net::TcpStream;

use data_encoding::BASE64;
use uuid::Uuid;

/// A server on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    host: String,
}

/// What it answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Server {
    /// The server whose address that variable holds.
    #[expect(
        clippy::disallowed_methods,
        reason = "where the servers are is told by the script that starts them"
    )]
    pub(crate) fn of(variable: &str) -> Server {
        let url = std::env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} is not set: run `make test`, or `scripts/caldav run <command>`")
        });
        Server { host: url.trim_start_matches("http://").trim_end_matches('/').to_owned() }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.host)
    }

    /// Makes one call.
    pub(crate) fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Basic {}\r\nContent-Length: {}\r\n",
            self.host,
            BASE64.encode(b"alice:secret"),
            body.len()
        );
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += "\r\n";
        request += body;
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        Reply { status, body: if chunked { whole(body) } else { body.to_owned() } }
    }

    pub(crate) fn get(&self, path: &str) -> Option<String> {
        let reply = self.call("GET", path, &[], "");
        (reply.status == 200).then_some(reply.body)
    }

    pub(crate) fn put(&self, path: &str, file: &str) {
        let reply = self.call("PUT", path, &[("Content-Type", "text/calendar; charset=utf-8")], file);
        assert!((200..300).contains(&reply.status), "{path}: {reply:?}");
    }

    pub(crate) fn delete(&self, path: &str) {
        let reply = self.call("DELETE", path, &[], "");
        assert!((200..300).contains(&reply.status), "{path}: {reply:?}");
    }

    /// Makes a calendar.
    pub(crate) fn make(&self, path: &str, name: &str) {
        let body = format!(
            r#"<?xml version="1.0"?><C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>{name}</displayname></prop></set></C:mkcalendar>"#
        );
        let reply =
            self.call("MKCALENDAR", path, &[("Content-Type", "application/xml; charset=utf-8")], &body);
        assert_eq!(reply.status, 201, "{path}: {reply:?}");
    }

    /// The paths of all files in a calendar, each with its version.
    pub(crate) fn files(&self, path: &str) -> Vec<(String, String)> {
        let body = r#"<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>"#;
        let headers = [("Content-Type", "application/xml; charset=utf-8"), ("Depth", "1")];
        let reply = self.call("PROPFIND", path, &headers, body);
        assert_eq!(reply.status, 207, "{path}: {reply:?}");
        let text = |piece: &str| piece.split('<').next().unwrap_or_default().to_owned();
        let pieces: Vec<&str> = reply.body.split("href>").skip(1).collect();
        let all = pieces.chunks(2).map(|pair| {
            let version = pair.get(1).and_then(|rest| rest.split("getetag>").nth(1));
            (text(pair[0]), version.map(text).unwrap_or_default())
        });
        all.filter(|(href, _)| href.ends_with(".ics")).collect()
    }
}

/// A name that nothing else on the server has: tests share it.
#[expect(clippy::disallowed_methods, reason = "nothing depends on what the name is")]
pub(crate) fn new_name() -> Uuid {
    Uuid::new_v4()
}

fn whole(mut chunks: &str) -> String {
    let mut body = String::new();
    while let Some((size, rest)) = chunks.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        body += &rest[..size];
        chunks = rest[size..].trim_start_matches("\r\n");
    }
    body
}
