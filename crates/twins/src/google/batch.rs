//! Batches: up to fifty calls in one, answered in any order, each with its own status.
//!
//! Faults look at every inner call, too. A refusal strikes only its part; what happens to a connection happens to the
//! whole answer.

use http::{Method, StatusCode};

use super::answers::Refused;
use super::calls::{perform, strike};
use super::state::State;
use crate::chance::TOKEN;
use crate::faults::{Kind, Rule, spoil};
use crate::message::{Call, Journey, Reply};

/// The most calls in a batch.
const MOST: usize = 50;

/// Whether a path is that of the batch.
pub(super) fn is_batch(path: &str) -> bool {
    path.trim_end_matches('/') == "/batch/calendar/v3"
}

/// Answers a batch.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    let fault = strike(state, call);
    let parts = match parse(call) {
        Ok(parts) => parts,
        Err(words) => return note(state, call, None, Refused::of("badRequest").saying(words).reply()),
    };
    let struck: Vec<Option<Rule>> = parts.iter().map(|part| strike(state, &part.call)).collect();
    let of_whole =
        fault.clone().or_else(|| struck.iter().flatten().find(|rule| is_of_whole(rule.kind)).cloned());
    match &of_whole {
        Some(rule) if rule.kind == Kind::DropBefore => {
            return note(state, call, of_whole.clone(), Reply::lost(Journey::LostBefore));
        }
        Some(rule) if rule.kind == Kind::Status => {
            let refused = Refused::by_fault(rule.status.unwrap_or(500), rule.reason.as_deref());
            if !rule.effect {
                let mut reply = refused.reply();
                if let Some(seconds) = rule.retry_after {
                    reply = reply.with(http::header::RETRY_AFTER, &seconds.to_string());
                }
                return note(state, call, of_whole.clone(), reply);
            }
        }
        _ => {}
    }
    let mut answers: Vec<(Option<String>, Reply)> = Vec::new();
    for (part, rule) in parts.into_iter().zip(struck) {
        let rule = rule.filter(|rule| !is_of_whole(rule.kind));
        answers.push((part.id, perform(state, &part.call, rule, true)));
    }
    if state.quirks.scattered_batch {
        state.core.chance.shuffle(&mut answers);
    }
    let boundary = format!("batch_{}", state.core.chance.text(TOKEN, 24));
    let reply = multipart(&boundary, &answers);
    let reply = match &of_whole {
        Some(rule) if rule.kind == Kind::Status => {
            Refused::by_fault(rule.status.unwrap_or(500), rule.reason.as_deref()).reply()
        }
        Some(rule) => spoil(reply, rule),
        None => reply,
    };
    note(state, call, of_whole, reply)
}

/// Whether a fault is about the connection rather than about one answer.
fn is_of_whole(kind: Kind) -> bool {
    match kind {
        Kind::DropBefore
        | Kind::DropAfter
        | Kind::Delay
        | Kind::Reset
        | Kind::Truncate
        | Kind::BadGateway => true,
        Kind::Status | Kind::Garbage | Kind::Empty | Kind::Short | Kind::Stale => false,
    }
}

fn note(state: &mut State, call: &Call, fault: Option<Rule>, reply: Reply) -> Reply {
    let user = super::oauth::bearer(state, call).ok().map(|caller| caller.user);
    state.core.called(call, user, fault.map(|rule| rule.kind), &reply, false);
    reply
}

struct Part {
    id: Option<String>,
    call: Call,
}

/// Takes a batch apart.
fn parse(call: &Call) -> Result<Vec<Part>, String> {
    if call.method != Method::POST {
        return Err("A batch is sent by POST.".into());
    }
    let kind = call.header("content-type").unwrap_or_default();
    let boundary = kind
        .split(';')
        .find_map(|part| part.trim().strip_prefix("boundary="))
        .map(|boundary| boundary.trim_matches('"'))
        .filter(|boundary| !boundary.is_empty() && kind.starts_with("multipart/mixed"))
        .ok_or("Missing end boundary in multipart body.")?;
    let text = std::str::from_utf8(&call.body).map_err(|_| "Failed to parse batch request.")?;
    let text = text.replace("\r\n", "\n");
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    for piece in text.split(&delimiter).skip(1) {
        if piece.starts_with("--") {
            break;
        }
        parts.push(part(piece.trim_start_matches('\n'), call).ok_or("Failed to parse batch request.")?);
    }
    match parts.len() {
        0 => Err("Failed to parse batch request, error: 0 items.".into()),
        n if n > MOST => Err(format!("The batch request contains {n} calls; the maximum is {MOST}.")),
        _ => Ok(parts),
    }
}

fn part(text: &str, outer: &Call) -> Option<Part> {
    let (headers, inner) = text.split_once("\n\n")?;
    let id = header_lines(headers)
        .find(|(name, _)| name.eq_ignore_ascii_case("content-id"))
        .map(|(_, id)| id.to_owned());
    let inner = inner.trim_start_matches('\n');
    let (head, body) = inner.split_once("\n\n").unwrap_or((inner.trim_end(), ""));
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let mut words = line.split(' ');
    let method = words.next()?.parse::<Method>().ok()?;
    let target = words.next()?;
    // Some clients write the whole address, others the path.
    let target = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map(|slash| &rest[slash..])?,
        None => target,
    };
    let mut call = Call::new(method, target, body.trim_end_matches('\n').to_owned());
    // Outer headers apply to every part, except those about the outer content.
    for (name, value) in &outer.headers {
        if !name.as_str().starts_with("content-") {
            call.headers.insert(name.clone(), value.clone());
        }
    }
    for (name, value) in header_lines(headers) {
        call = call.with(name, value);
    }
    Some(Part { id, call })
}

fn header_lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| (name.trim(), value.trim()))
}

fn multipart(boundary: &str, answers: &[(Option<String>, Reply)]) -> Reply {
    let mut body = Vec::new();
    for (id, reply) in answers {
        let mut head = format!("--{boundary}\r\nContent-Type: application/http\r\n");
        if let Some(id) = id {
            let id = match id.strip_prefix('<') {
                Some(rest) => format!("<response-{rest}"),
                None => format!("response-{id}"),
            };
            head += &format!("Content-ID: {id}\r\n");
        }
        let reason = reply.status.canonical_reason().unwrap_or_default();
        head += &format!("\r\nHTTP/1.1 {} {reason}\r\n", reply.status.as_u16());
        for (name, value) in &reply.headers {
            head += &format!("{}: {}\r\n", name, value.to_str().unwrap_or_default());
        }
        head += &format!("Content-Length: {}\r\n\r\n", reply.body.len());
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&reply.body);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Reply::new(StatusCode::OK, "multipart/mixed", body)
        .with(http::header::CONTENT_TYPE, &format!("multipart/mixed; boundary={boundary}"))
}
