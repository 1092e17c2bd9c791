//! Answers: refusals with their preconditions, and multistatus.

use http::{HeaderName, StatusCode, header};

use super::state::State;
use super::xml::{self, DAV, Element, Manner, SERVER, dav, element};
use crate::message::Reply;

/// A call that is not done.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    status: u16,
    /// What stands in `DAV:error`.
    error: Option<Box<Element>>,
    words: String,
    headers: Vec<(HeaderName, String)>,
}

impl Refused {
    /// With nothing but a status.
    pub(super) fn of(status: u16) -> Refused {
        Refused { status, error: None, words: String::new(), headers: Vec::new() }
    }

    /// Because of a precondition.
    pub(super) fn because(status: u16, error: Element) -> Refused {
        Refused { error: Some(Box::new(error)), ..Refused::of(status) }
    }

    /// For want of a privilege on a resource.
    pub(super) fn needs(privilege: &str, href: &str) -> Refused {
        let resource =
            dav("resource").with(dav("href").saying(href)).with(dav("privilege").with(dav(privilege)));
        Refused::because(403, dav("need-privileges").with(resource))
    }

    /// The same with words for a person.
    #[must_use]
    pub(super) fn saying(self, words: impl Into<String>) -> Refused {
        Refused { words: words.into(), ..self }
    }

    /// The same with a header.
    #[must_use]
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Refused {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// What it says to a person.
    pub(super) fn words(&self) -> String {
        let of_error = || self.error.as_ref().map(|error| format!("{} is not met", error.name));
        match self.words.is_empty() {
            true => of_error().unwrap_or_else(|| format!("refused with {}", self.status)),
            false => self.words.clone(),
        }
    }

    /// The answer.
    pub(super) fn reply(self, state: &State) -> Reply {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = match (self.error, self.words) {
            (Some(error), words) => {
                let mut root = dav("error").with(*error);
                if !words.is_empty() {
                    root = root.with(element("http://sabredav.org/ns", "message").saying(words));
                }
                xml_reply(state, status, &root)
            }
            (None, _) if state.quirks.wire.html_errors && self.status != 401 => {
                Reply::html(status, format!("<html><head><title>{status}</title></head><body></body></html>"))
            }
            (None, words) if words.is_empty() => Reply::empty(status),
            (None, words) => Reply::new(status, "text/plain; charset=utf-8", words),
        };
        for (name, value) in self.headers {
            reply.headers.append(name, value.parse().unwrap_or(http::HeaderValue::from_static("")));
        }
        reply
    }
}

/// A document as an answer.
pub(super) fn xml_reply(state: &State, status: StatusCode, root: &Element) -> Reply {
    let wire = &state.quirks.wire;
    let manner = Manner { namespaces: wire.namespaces, cdata: wire.cdata };
    Reply::new(status, "application/xml; charset=utf-8", xml::write(root, manner))
}

/// One response of a multistatus.
#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) href: String,
    pub(super) what: What,
}

/// What is said about one resource.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// Its properties, and those that it does not have.
    Properties { found: Vec<Element>, missing: Vec<Element> },
    /// Groups of properties with a status each, and why.
    Groups(Vec<(u16, Vec<Element>, Option<Element>)>),
    /// A status for all of it, and why.
    Status(u16, Option<Element>),
}

/// A multistatus, with a token of what comes after it.
pub(super) fn multistatus(state: &mut State, mut responses: Vec<Response>, token: Option<String>) -> Reply {
    if state.quirks.wire.scattered {
        state.core.chance.shuffle(&mut responses);
    }
    let mut root = dav("multistatus").with_all(responses.into_iter().map(|one| response(state, one)));
    if let Some(token) = token {
        root = root.with(dav("sync-token").saying(token));
    }
    xml_reply(state, StatusCode::MULTI_STATUS, &root)
}

fn response(state: &State, one: Response) -> Element {
    let response = dav("response").with(dav("href").saying(one.href));
    match one.what {
        What::Status(code, error) => {
            let error = error.map(|error| dav("error").with(error));
            response.with(status(code)).with_all(error)
        }
        What::Groups(groups) => {
            let groups = groups.into_iter().map(|(code, properties, error)| {
                let error = error.map(|error| dav("error").with(error));
                propstat(status(code), properties).with_all(error)
            });
            response.with_all(groups)
        }
        What::Properties { found, mut missing } => {
            let wire = &state.quirks.wire;
            if wire.empty_propstat && found.iter().any(|one| one.is(SERVER, "getctag")) {
                missing.extend([element(SERVER, "getctag"), element(DAV, "displayname")]);
            }
            let good = if wire.empty_status { dav("status") } else { status(200) };
            let some = !found.is_empty() || missing.is_empty();
            let found = some.then(|| propstat(good, found));
            let missing = (!missing.is_empty()).then(|| propstat(status(404), missing));
            response.with_all(found).with_all(missing)
        }
    }
}

fn propstat(status: Element, properties: Vec<Element>) -> Element {
    dav("propstat").with(dav("prop").with_all(properties)).with(status)
}

fn status(code: u16) -> Element {
    let reason = StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason());
    dav("status").saying(format!("HTTP/1.1 {code} {}", reason.unwrap_or("Unknown")))
}

/// An ETag as headers and properties tell it.
pub(super) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// A redirect.
pub(super) fn redirect(status: u16, to: &str) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FOUND);
    Reply::empty(status).with(header::LOCATION, to)
}
