//! From a call to its answer: which host it arrived at, who calls, what struck it, what was written down.

use http::{Method, StatusCode, header};

use super::answers::{Refused, redirect, xml_reply};
use super::places::{Host, Place};
use super::state::State;
use super::switches::{Left, Target, WellKnown};
use super::xml::{self, dav, element};
use super::{collections, feeds, objects, propfind, relocate, reports, signin};
use crate::clock::http_date;
use crate::faults::{self, Kind, Rule};
use crate::message::{Call, Reply};

/// Who calls.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) user: String,
    /// Whether a fault makes this answer come from the past.
    pub(super) stale: bool,
    /// How the ledger names whoever it is.
    pub(super) by: String,
}

impl Caller {
    /// Someone at a screen of the provider's own: nothing to authorise.
    pub(super) fn person(user: &str) -> Caller {
        Caller { user: user.to_owned(), stale: false, by: format!("person:{user}") }
    }
}

/// What every method returns.
pub(super) type Outcome = Result<Reply, Refused>;

/// Answers a call, and writes it down.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    let user = signin::known(state, call);
    let fault = state.core.strike(call, user.as_deref());
    let mut reply = struck(state, call, fault.as_ref());
    if let Some(server) = &state.quirks.wire.server {
        reply = reply.with(header::SERVER, server);
    }
    if reply.delay.is_none() {
        reply.delay = state.quirks.load.delay_ms.map(std::time::Duration::from_millis);
    }
    if call.method == Method::HEAD {
        reply.body = bytes::Bytes::new();
    }
    state.core.called(call, user, fault.map(|rule| rule.kind), &reply, false);
    reply.with(header::DATE, &http_date(state.core.now))
}

/// Does a call under the fault that struck it.
fn struck(state: &mut State, call: &Call, fault: Option<&Rule>) -> Reply {
    match fault.map(|rule| rule.kind) {
        Some(Kind::Empty) => {
            let reply = act(state, call, false);
            if !reply.status.is_success() {
                return reply;
            }
            return shortened(state, &reply, |_| 0).unwrap_or(Reply {
                status: StatusCode::OK,
                body: bytes::Bytes::new(),
                ..reply
            });
        }
        Some(Kind::Short) => {
            let reply = act(state, call, false);
            return shortened(state, &reply, |all| all / 2).unwrap_or(reply);
        }
        _ => {}
    }
    let refusal = |state: &State, rule: &Rule| {
        let status = rule.status.unwrap_or(500);
        let error = rule.reason.as_deref().map(|reason| match reason.strip_prefix("caldav:") {
            Some(name) => xml::caldav(name),
            None => dav(reason),
        });
        match error {
            Some(error) => Refused::because(status, error).reply(state),
            None => Refused::of(status).reply(state),
        }
    };
    let refused = fault.filter(|rule| rule.kind == Kind::Status).map(|rule| refusal(state, rule));
    let refused = || refused.unwrap_or_else(|| Reply::empty(StatusCode::INTERNAL_SERVER_ERROR));
    faults::under(fault, |_| refused(), |stale| act(state, call, stale))
}

/// A list with only so many of its members, its token left. `None`: it is none.
fn shortened(state: &State, reply: &Reply, keep: impl FnOnce(usize) -> usize) -> Option<Reply> {
    if reply.status != StatusCode::MULTI_STATUS {
        return None;
    }
    let root = xml::read(&reply.body).ok()?;
    let keep = keep(root.all(xml::DAV, "response").count());
    let members = root.all(xml::DAV, "response").take(keep).cloned();
    let token = root.find(xml::DAV, "sync-token").cloned();
    Some(xml_reply(state, StatusCode::MULTI_STATUS, &root.bare().with_all(members.chain(token))))
}

fn act(state: &mut State, call: &Call, stale: bool) -> Reply {
    performed(state, call, stale).unwrap_or_else(|refused| refused.reply(state))
}

fn performed(state: &mut State, call: &Call, stale: bool) -> Outcome {
    busy(state)?;
    if call.method == Method::GET && call.path == "/feeds/holidays.ics" {
        return Ok(Reply::new(
            StatusCode::OK,
            "text/calendar; charset=utf-8",
            HOLIDAYS.replace('\n', "\r\n"),
        ));
    }
    if let Some(told) = feeds::answer(state, call) {
        return told;
    }
    let place = state.place(&call.path);
    if place == Place::WellKnown {
        return well_known(state);
    }
    if let Some(elsewhere) = elsewhere(state, call, &place) {
        return elsewhere;
    }
    let user = match signin::user(state, call)? {
        Some(user) => Some(user),
        None => state.quirks.signin.everybody.clone().filter(|_| !propfind::asks_who_asks(state, call)),
    };
    let Some(user) = user else {
        if state.quirks.signin.anonymous && call.method.as_str() == "PROPFIND" {
            return propfind::anonymous(state, call, &place);
        }
        return Err(signin::unauthorized(state));
    };
    metered(state, &user)?;
    if let Some(onward) = onward(state, call, &place) {
        return Ok(onward);
    }
    let caller = Caller { by: user.clone(), user, stale };
    match call.method.as_str() {
        "OPTIONS" => Ok(options(state)),
        "PROPFIND" => propfind::find(state, &caller, call, &place),
        "PROPPATCH" => propfind::patch(state, &caller, call, &place),
        "REPORT" => reports::answer(state, &caller, call, &place),
        "GET" | "HEAD" => objects::get(state, &caller, call, &place),
        "PUT" => objects::put(state, &caller, call, &place),
        "DELETE" => objects::delete(state, &caller, call, &place),
        "MKCALENDAR" | "MKCOL" => collections::make(state, &caller, call, &place),
        "MOVE" | "COPY" => relocate::relocate(state, &caller, call, &place),
        _ => Err(Refused::of(405).with(header::ALLOW, ALLOWED)),
    }
}

/// A server that is too busy for anybody.
fn busy(state: &mut State) -> Result<(), Refused> {
    if state.burst > 0 {
        state.burst -= 1;
    } else {
        let rate = state.quirks.load.burst_rate;
        if rate <= 0.0 || !state.core.chance.happens(rate) {
            return Ok(());
        }
        state.burst = state.quirks.load.burst_length.saturating_sub(1);
    }
    Err(Refused::of(503).with(header::RETRY_AFTER, "5"))
}

fn metered(state: &mut State, user: &str) -> Result<(), Refused> {
    let Some(most) = state.quirks.load.per_minute else { return Ok(()) };
    let now = state.core.now;
    let Some(user) = state.users.get_mut(user) else { return Ok(()) };
    user.calls.retain(|at| now.duration_since(*at) < jiff::SignedDuration::from_mins(1));
    if user.calls.len() >= most as usize {
        return Err(Refused::of(429).with(header::RETRY_AFTER, "60"));
    }
    user.calls.push(now);
    Ok(())
}

fn well_known(state: &State) -> Outcome {
    let discovery = &state.quirks.discovery;
    let root = &discovery.root;
    let status = discovery.well_known_status;
    Ok(match (discovery.well_known, discovery.well_known_target) {
        (WellKnown::Absent, _) => return Err(Refused::of(404)),
        (WellKnown::Page, _) => Reply::html(StatusCode::OK, "<html><body>It works</body></html>".to_owned()),
        (WellKnown::Loop, _) => redirect(status, "/.well-known/caldav"),
        (WellKnown::Redirect, Target::Relative) => redirect(status, root),
        (WellKnown::Redirect, Target::Absolute) => {
            redirect(status, &format!("{}{root}", state.settings.base_url))
        }
        (WellKnown::Redirect, Target::Partition) => redirect(status, &format!("{}{root}", partition(state))),
    })
}

fn partition(state: &State) -> &str {
    state.settings.partitions.get(state.partition).unwrap_or(&state.settings.base_url)
}

/// What a host answers where the place is on another.
fn elsewhere(state: &State, call: &Call, place: &Place) -> Option<Outcome> {
    let there = matches!(place, Place::Home(..) | Place::Collection(..) | Place::Object(..));
    if !state.quirks.discovery.home_on_partition || !there {
        return None;
    }
    match state.host(call) {
        Host::Unknown => None,
        Host::Partition(n) if n == state.partition => None,
        Host::Partition(_) => Some(match state.quirks.discovery.left_partition {
            Left::NotFound => Err(Refused::of(404)),
            Left::Unavailable => Err(Refused::of(503)),
            Left::Forbidden => Err(Refused::of(403)),
            Left::Redirect => Ok(redirect(301, &format!("{}{}", partition(state), call.path))),
        }),
        Host::Base => Some(Err(Refused::of(404))),
    }
}

/// Where a call is sent on to, that would be right but for its address.
fn onward(state: &State, call: &Call, place: &Place) -> Option<Reply> {
    let discovery = &state.quirks.discovery;
    if let (Place::Root, "PROPFIND", Some(status)) = (place, call.method.as_str(), discovery.root_redirect)
        && state.host(call) != Host::Partition(state.partition)
    {
        return Some(redirect(status, &format!("{}{}", partition(state), discovery.root)));
    }
    let collection = matches!(place, Place::Principal(_) | Place::Home(..) | Place::Collection(..));
    match discovery.slash_redirect {
        Some(status) if collection && !call.path.ends_with('/') && call.method.as_str() != "MKCALENDAR" => {
            Some(redirect(status, &format!("{}/", call.path)))
        }
        _ => None,
    }
}

const ALLOWED: &str =
    "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT, MKCALENDAR, MKCOL, MOVE, COPY";

fn options(state: &State) -> Reply {
    let mut classes = vec!["1", "2", "3", "access-control", "calendar-access", "extended-mkcol"];
    let people = &state.quirks.people;
    if people.claims || people.schedule != super::switches::Schedule::Off {
        classes.extend(["calendar-schedule", "calendar-auto-schedule"]);
    }
    Reply::empty(StatusCode::OK)
        .with(http::HeaderName::from_static("dav"), &classes.join(", "))
        .with(header::ALLOW, ALLOWED)
}

/// The XML of a call.
pub(super) fn document(state: &State, call: &Call) -> Result<Option<xml::Element>, Refused> {
    if call.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let kind = call.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if state.quirks.wire.content_type_required && !kind.contains("xml") {
        return Err(Refused::of(415));
    }
    xml::read(&call.body).map(Some).map_err(|words| Refused::of(400).saying(words))
}

/// The Depth of a call: 0, 1, or `None` for infinity.
pub(super) fn depth(call: &Call) -> Option<u8> {
    match call.header("depth").map(str::trim) {
        Some("0") => Some(0),
        Some(depth) if depth.starts_with('1') => Some(1),
        _ => None,
    }
}

/// That something would be listed which has no end.
pub(super) fn endless() -> Refused {
    Refused::because(403, element(xml::DAV, "propfind-finite-depth"))
}

/// What is behind a subscription.
const HOLIDAYS: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//twin//feeds//EN\nX-WR-CALNAME:Holidays\n\
    BEGIN:VEVENT\nUID:new-year@twin.test\nDTSTAMP:20260101T000000Z\nDTSTART;VALUE=DATE:20270101\n\
    DTEND;VALUE=DATE:20270102\nSUMMARY:New Year\nEND:VEVENT\nEND:VCALENDAR\n";
