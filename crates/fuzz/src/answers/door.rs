//! The door behind which the answers of an input lie, and what went through it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use concord_providers::http::{Http, Lost};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

use super::Kind;

/// A door behind which these answers lie.
pub(super) struct Door {
    kind: &'static Kind,
    /// The last comes first.
    answers: Mutex<Vec<Vec<u8>>>,
    heard: Mutex<Vec<Heard>>,
}

/// What was answered to one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    /// None where nobody answered.
    pub(super) status: Option<StatusCode>,
    /// Whether it has the form of an answer of that provider.
    pub(super) is_one: bool,
    /// How many events it says to be gone.
    pub(super) gone: usize,
    /// Whether the request may have left something behind.
    pub(super) wrote: bool,
}

impl Heard {
    /// Whether it says nothing about what was asked.
    pub(super) fn is_nothing(&self) -> bool {
        self.status.is_none_or(|status| status.is_server_error())
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Door {
    pub(super) fn new(kind: &'static Kind, answers: &[u8]) -> Door {
        let mut answers: Vec<Vec<u8>> = split(answers, b"\n----\n").into_iter().map(<[u8]>::to_vec).collect();
        answers.reverse();
        Door { kind, answers: Mutex::new(answers), heard: Mutex::default() }
    }

    /// What was heard since this was last asked.
    pub(super) fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut *locked(&self.heard))
    }
}

#[async_trait]
impl Http for Door {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        (self.kind.sent)(&request);
        let next = locked(&self.answers).pop();
        let answer = next.and_then(|next| answer(&next));
        let succeeded = answer.as_ref().filter(|answer| answer.status().is_success());
        locked(&self.heard).push(Heard {
            status: answer.as_ref().map(Response::status),
            is_one: answer.as_ref().is_some_and(self.kind.is_one),
            gone: succeeded.map_or(0, |answer| (self.kind.gone)(answer.body())),
            wrote: (self.kind.writes)(&request),
        });
        answer.ok_or_else(|| Lost::NoAnswer("there are no more answers".into()))
    }
}

/// Reads an answer; nobody answered where its status is none. Without a head it is a body.
fn answer(text: &[u8]) -> Option<Response<Bytes>> {
    let (head, body) = match split(text, b"\n\n")[..] {
        [head, _, ..] if head.first().is_some_and(u8::is_ascii_digit) => (head, &text[head.len() + 2..]),
        _ if text.len() < 4 && text.iter().all(u8::is_ascii_digit) => (text, &text[text.len()..]),
        _ => (&b"200"[..], text),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status: u16 = lines.next().and_then(|line| line.trim().parse().ok()).unwrap_or(200);
    let mut answer = Response::new(Bytes::copy_from_slice(body));
    *answer.status_mut() = StatusCode::from_u16(status).ok().filter(|_| status < 600)?;
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            answer.headers_mut().append(name, value);
        }
    }
    Some(answer)
}

fn split<'a>(data: &'a [u8], between: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(between.len()).position(|window| window == between) {
        parts.push(&rest[..at]);
        rest = &rest[at + between.len()..];
    }
    parts.push(rest);
    parts
}
