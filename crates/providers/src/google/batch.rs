//! Many calls in one request: `multipart/mixed` of whole HTTP requests, and its answer.
//!
//! Google answers the parts in any order; the `Content-ID` tells which is which. An answer that does not reach its
//! closing line is no answer at all: nobody knows what was behind the cut.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::calls::Call;

/// No line of a body can look like this: JSON has no bare line ends.
const BOUNDARY: &str = "concord_batch_part";
/// How a batch is announced.
pub(super) const CONTENT_TYPE: &str = "multipart/mixed; boundary=concord_batch_part";
/// How many lines of headers an answer's part may have.
const MOST_HEADERS: usize = 100;

/// One answer of a batch.
#[derive(Debug)]
pub(super) struct Part {
    /// The place of the call that it answers.
    pub(super) index: usize,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// The body of a batch.
pub(super) fn write(calls: &[Call]) -> Bytes {
    let mut out = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        let path = call.url.path();
        let query = call.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        out.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: <item-{index}>\r\n\r\n\
                 {} {path}{query} HTTP/1.1\r\n",
                call.method
            )
            .as_bytes(),
        );
        if let Some(version) = &call.if_match {
            // A version is Google's own text; nothing in it may begin a new line.
            let version = version.as_str().replace(char::is_control, "");
            out.extend_from_slice(format!("If-Match: {version}\r\n").as_bytes());
        }
        if let Some(body) = &call.body {
            let length = body.len();
            out.extend_from_slice(
                format!("Content-Type: application/json; charset=UTF-8\r\nContent-Length: {length}\r\n\r\n")
                    .as_bytes(),
            );
            out.extend_from_slice(body);
        } else {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    out.into()
}

/// The parts of an answer; `None` when it is cut off or is no such answer.
///
/// A part that cannot be understood is left out, so its call counts as unanswered.
pub(super) fn read(content_type: &str, body: &Bytes) -> Option<Vec<Part>> {
    let boundary = boundary(content_type)?;
    let open = format!("--{boundary}");
    let close = format!("--{boundary}--");
    let mut parts = Vec::new();
    let mut from = None;
    let mut at = 0;
    while at < body.len() {
        let end =
            body[at..].iter().position(|byte| *byte == b'\n').map_or(body.len(), |found| at + found + 1);
        let line = body[at..end].trim_ascii_end();
        let closing = line == close.as_bytes();
        if closing || line == open.as_bytes() {
            if let Some(from) = from {
                parts.extend(part(&body.slice(from..at)));
            }
            from = Some(end);
        }
        if closing {
            return Some(parts);
        }
        at = end;
    }
    None
}

fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    (!value.is_empty()).then_some(value)
}

fn part(raw: &Bytes) -> Option<Part> {
    let (about, at) = headers(raw)?;
    let name = about.get("content-id")?.to_str().ok()?;
    let index = name.trim().trim_matches(['<', '>']).rsplit_once("item-")?.1.parse().ok()?;
    let answer = raw.slice(at..);
    let end = answer.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&answer[..end]).ok()?;
    let mut words = line.split_ascii_whitespace();
    let status = words.next().filter(|word| word.starts_with("HTTP/")).and(words.next())?;
    let status = StatusCode::from_bytes(status.as_bytes()).ok()?;
    let rest = answer.slice(end + 1..);
    let (headers, at) = headers(&rest)?;
    let mut body = rest.slice(at..);
    if let Some(length) = headers.get(http::header::CONTENT_LENGTH) {
        let length: usize = length.to_str().ok()?.trim().parse().ok()?;
        if body.len() < length {
            return None;
        }
        body.truncate(length);
    } else {
        // The line end before the boundary belongs to the boundary.
        body.truncate(body.trim_ascii_end().len());
    }
    Some(Part { index, status, headers, body })
}

/// The headers up to the empty line, and where it ends.
fn headers(raw: &[u8]) -> Option<(HeaderMap, usize)> {
    let mut headers = HeaderMap::new();
    let mut at = 0;
    for _ in 0..MOST_HEADERS {
        let Some(end) = raw[at..].iter().position(|byte| *byte == b'\n') else {
            // An answer without a body may end with its headers.
            return raw[at..].trim_ascii().is_empty().then_some((headers, raw.len()));
        };
        let line = std::str::from_utf8(&raw[at..at + end]).ok()?.trim_end();
        at += end + 1;
        if line.is_empty() {
            return Some((headers, at));
        }
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    None
}

#[cfg(test)]
mod tests {
    use concord_model::{CalendarId, ExternalId};
    use proptest::prelude::*;
    use serde_json::{Map, json};
    use url::Url;

    use super::*;
    use crate::google::calls::Calls;
    use crate::provider::Mail;

    fn calls() -> (Calls, CalendarId) {
        let api = Url::parse("https://www.googleapis.com/calendar/v3").unwrap();
        (Calls { api }, CalendarId::from("a b#c@group.calendar.google.com"))
    }

    #[test]
    fn a_batch_is_written_as_google_wants_it() {
        let (calls, calendar) = calls();
        let id = ExternalId::from("e1");
        let patch = Map::from_iter([("summary".to_owned(), json!("line\r\n--concord_batch_part--\r\n"))]);
        let body = write(&[
            calls.event(&calendar, &id),
            calls.patch(&calendar, &id, &"\"17\"\r\nEvil: 1".into(), patch, Mail::Guests),
            calls.delete(&calendar, &id, &"\"18\"".into(), Mail::Nobody),
        ]);
        let expected = "--concord_batch_part\r\n\
            Content-Type: application/http\r\n\
            Content-ID: <item-0>\r\n\
            \r\n\
            GET /calendar/v3/calendars/a%20b%23c@group.calendar.google.com/events/e1?prettyPrint=false HTTP/1.1\r\n\
            \r\n\
            \r\n\
            --concord_batch_part\r\n\
            Content-Type: application/http\r\n\
            Content-ID: <item-1>\r\n\
            \r\n\
            PATCH /calendar/v3/calendars/a%20b%23c@group.calendar.google.com/events/e1?sendUpdates=all&prettyPrint=false HTTP/1.1\r\n\
            If-Match: \"17\"Evil: 1\r\n\
            Content-Type: application/json; charset=UTF-8\r\n\
            Content-Length: 54\r\n\
            \r\n\
            {\"summary\":\"line\\r\\n--concord_batch_part--\\r\\n\"}\r\n\
            --concord_batch_part\r\n\
            Content-Type: application/http\r\n\
            Content-ID: <item-2>\r\n\
            \r\n\
            DELETE /calendar/v3/calendars/a%20b%23c@group.calendar.google.com/events/e1?sendUpdates=none&prettyPrint=false HTTP/1.1\r\n\
            If-Match: \"18\"\r\n\
            \r\n\
            \r\n\
            --concord_batch_part--\r\n";
        let length = r#"{"summary":"line\r\n--concord_batch_part--\r\n"}"#.len();
        let expected = expected.replace("Content-Length: 54", &format!("Content-Length: {length}"));
        assert_eq!(String::from_utf8(body.to_vec()).unwrap(), expected);
    }

    const ANSWER: &str = "--batch_abc\r\nContent-Type: application/http\r\nContent-ID: <response-item-1>\r\n\r\n\
        HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nRetry-After: 7\r\n\r\n{\"error\":{}}\r\n\
        --batch_abc\r\nContent-Type: application/http\r\nContent-ID: <response-item-0>\r\n\r\n\
        HTTP/1.1 204 No Content\r\n\r\n\r\n--batch_abc--\r\n";

    fn check(content_type: &str, answer: &str, expected: Option<&str>) {
        let parts = read(content_type, &Bytes::from(answer.to_owned()));
        let told = parts.map(|parts| {
            let one =
                |p: &Part| format!("{}:{}:{}", p.index, p.status.as_u16(), String::from_utf8_lossy(&p.body));
            parts.iter().map(one).collect::<Vec<_>>().join(" ")
        });
        assert_eq!(told.as_deref(), expected);
    }

    #[test]
    fn answers_come_in_any_order() {
        check("multipart/mixed; boundary=batch_abc", ANSWER, Some("1:404:{\"error\":{}} 0:204:"));
        check(
            "Multipart/Mixed;boundary=\"batch_abc\"",
            &ANSWER.replace("\r\n", "\n"),
            Some("1:404:{\"error\":{}} 0:204:"),
        );
    }

    #[test]
    fn an_answer_without_its_end_is_none() {
        for cut in 0..ANSWER.len() - 2 {
            check("multipart/mixed; boundary=batch_abc", &ANSWER[..cut], None);
        }
        check("multipart/mixed", ANSWER, None);
        check("text/html; boundary=batch_abc", ANSWER, None);
        check("multipart/mixed; boundary=other", ANSWER, None);
    }

    #[test]
    fn a_part_that_is_shorter_than_it_says_is_left_out() {
        let answer = "--b\r\nContent-ID: <response-item-0>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}\r\n\
            --b\r\nContent-ID: <response-item-1>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}\r\n--b--";
        check("multipart/mixed; boundary=b", answer, Some("1:200:{}"));
    }

    proptest! {
        /// Whatever is answered arrives as it was, whatever surrounds it.
        #[test]
        fn answers_survive_the_trip(
            bodies in prop::collection::vec(("[ -~é☕]{0,40}", 200u16..600, any::<bool>()), 1..6),
            turn in 0usize..6,
        ) {
            let mut order: Vec<usize> = (0..bodies.len()).collect();
            order.rotate_left(turn % bodies.len());
            let mut answer = String::new();
            for index in order {
                let (text, status, with_length) = &bodies[index];
                let json = json!({ "summary": text }).to_string();
                let length = if *with_length { format!("Content-Length: {}\r\n", json.len()) } else { String::new() };
                answer.push_str(&format!(
                    "--batch_x\r\nContent-Type: application/http\r\nContent-ID: <response-item-{index}>\r\n\r\n\
                     HTTP/1.1 {status} Some Words\r\n{length}\r\n{json}\r\n"
                ));
            }
            answer.push_str("--batch_x--");
            let parts = read("multipart/mixed; boundary=batch_x", &Bytes::from(answer)).unwrap();
            prop_assert_eq!(parts.len(), bodies.len());
            for part in parts {
                let (text, status, _) = &bodies[part.index];
                prop_assert_eq!(part.status.as_u16(), *status);
                let told: serde_json::Value = serde_json::from_slice(&part.body).unwrap();
                prop_assert_eq!(told["summary"].as_str().unwrap(), text);
            }
        }

        #[test]
        fn no_answer_makes_it_stumble(text in "(--b|\r\n|\n|--b--|Content-ID: <response-item-0>|HTTP/1.1 200 OK|: |x){0,30}") {
            let _ = read("multipart/mixed; boundary=b", &Bytes::from(text));
        }
    }
}
