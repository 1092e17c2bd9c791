//! What goes in and comes out of a twin: plain HTTP values, whole, without a socket.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use serde_json::Value;

use crate::faults::{Delayed, Lost};

/// A request as a twin reads it.
#[derive(Clone, Debug)]
pub struct Call {
    /// The verb, after any override.
    pub method: Method,
    /// The path as it was sent, still encoded.
    pub path: String,
    /// The query as it was sent, without the question mark.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Call {
    /// A call without headers; the target is a path with an optional query.
    pub fn new(method: Method, target: &str, body: impl Into<Bytes>) -> Call {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Call { method, path: path.into(), query: query.into(), headers: HeaderMap::new(), body: body.into() }
    }

    /// The call of an HTTP request. A host that only the address tells becomes a header.
    pub fn of(request: http::Request<Bytes>) -> Call {
        let (mut parts, body) = request.into_parts();
        if let Some(host) = parts.uri.authority().and_then(|host| HeaderValue::try_from(host.as_str()).ok()) {
            parts.headers.entry(header::HOST).or_insert(host);
        }
        let query = parts.uri.query().unwrap_or_default().to_owned();
        Call { method: parts.method, path: parts.uri.path().to_owned(), query, headers: parts.headers, body }
    }

    /// The same with one more header. Names and values that HTTP cannot carry are left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Call {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.insert(name, value);
        }
        self
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The decoded parts of the path.
    pub fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|part| !part.is_empty()).map(decode).collect()
    }

    /// The first value of a query parameter.
    pub fn param(&self, name: &str) -> Option<String> {
        self.params(name).into_iter().next()
    }

    /// Every value of a repeated query parameter.
    pub fn params(&self, name: &str) -> Vec<String> {
        pairs(&self.query).into_iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect()
    }

    /// Whether a query parameter says `true`.
    pub fn says(&self, name: &str) -> bool {
        self.param(name).is_some_and(|value| value == "true")
    }

    /// The body's form fields.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&String::from_utf8_lossy(&self.body))
    }

    /// Path and query, as faults match them.
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}

/// The decoded pairs of a query or form.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// A path segment without percent-encoding (in a path, `+` is a plus).
fn decode(segment: &str) -> String {
    pairs(&segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D"))
        .into_iter()
        .next()
        .map(|(key, _)| key)
        .unwrap_or_default()
}

/// How the connection fares while the answer travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Journey {
    /// It arrives.
    #[default]
    Whole,
    /// The request never arrived: nothing happened, nothing comes back.
    LostBefore,
    /// It happened, and nothing comes back.
    LostAfter,
    /// It happened, and the connection breaks in the middle of the answer.
    BrokenMidway,
}

/// An answer, before it travels.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How late it comes.
    pub delay: Option<Duration>,
    /// Whether it arrives.
    pub journey: Journey,
    /// It is no answer yet: it comes when somebody else has answered, under this number (see [`crate::Twin::awaited`]).
    pub awaits: Option<u64>,
}

impl Reply {
    /// An answer of that kind of content.
    pub fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Reply { status, headers, body: body.into(), delay: None, journey: Journey::Whole, awaits: None }
    }

    /// A JSON answer.
    pub fn json(status: StatusCode, value: &Value) -> Reply {
        Reply::new(status, "application/json; charset=UTF-8", value.to_string())
    }

    /// A page for people.
    pub fn html(status: StatusCode, page: String) -> Reply {
        Reply::new(status, "text/html; charset=UTF-8", page)
    }

    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Reply {
        let journey = Journey::Whole;
        Reply { status, headers: HeaderMap::new(), body: Bytes::new(), delay: None, journey, awaits: None }
    }

    /// Sends the browser on.
    pub fn redirect(to: &str) -> Reply {
        Reply::empty(StatusCode::FOUND).with(header::LOCATION, to)
    }

    /// No answer at all.
    pub fn lost(journey: Journey) -> Reply {
        Reply { journey, ..Reply::empty(StatusCode::BAD_GATEWAY) }
    }

    /// The same with one more header. Values that HTTP cannot carry are left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Reply {
        if let Ok(value) = HeaderValue::try_from(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

impl From<Reply> for Response<Body> {
    /// A lost answer carries [`Lost`] and a body that fails, so that a listener breaks the connection and a caller in
    /// the same process can tell that nothing came.
    fn from(reply: Reply) -> Response<Body> {
        let body = match reply.journey {
            Journey::Whole => Body::from(reply.body.clone()),
            Journey::LostBefore | Journey::LostAfter => {
                Body::from_stream(stream::iter([Err::<Bytes, _>(broken())]))
            }
            Journey::BrokenMidway => {
                let half = reply.body.slice(..reply.body.len() / 2);
                Body::from_stream(stream::unfold(0, move |step| {
                    let half = half.clone();
                    async move {
                        match step {
                            0 => Some((Ok(half), 1)),
                            1 => {
                                // Lets what was written leave before the connection breaks.
                                tokio::task::yield_now().await;
                                Some((Err(broken()), 2))
                            }
                            _ => None,
                        }
                    }
                }))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        if reply.journey == Journey::BrokenMidway {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(reply.body.len()));
        }
        if reply.journey != Journey::Whole {
            response.extensions_mut().insert(Lost { effect: reply.journey != Journey::LostBefore });
        }
        if let Some(delay) = reply.delay {
            response.extensions_mut().insert(Delayed(delay));
        }
        response
    }
}

fn broken() -> std::io::Error {
    std::io::Error::new(
        std::io::ErrorKind::ConnectionReset,
        "the twin broke the connection, as a fault rule told it to",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_segments_are_decoded_and_keep_their_plus() {
        let call = Call::new(Method::GET, "/calendars/a%40twin.test/events/x+y?q=a+b&q=c%26", "");
        assert_eq!(call.segments(), ["calendars", "a@twin.test", "events", "x+y"]);
        assert_eq!(call.params("q"), ["a b", "c&"]);
    }
}
