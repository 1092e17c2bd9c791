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
