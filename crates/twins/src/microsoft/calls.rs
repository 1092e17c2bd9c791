//! From a call to its answer: who calls, in whose mailbox, what struck it, what was written down.

use std::collections::BTreeSet;

use http::{HeaderName, Method, StatusCode, header};
use serde_json::Value;

use super::answers::Refused;
use super::events::{self, Spot};
use super::prefer::Prefer;
use super::state::{Calendar, Role, State};
use super::{batch, books, calendars, oauth, page, subscriptions};
use crate::clock::http_date;
use crate::faults::{self, Rule};
use crate::message::{Call, Reply};

/// A successful answer.
#[derive(Debug)]
pub(super) enum Answer {
    /// 200 with a body.
    Json(Value),
    /// 201 with a body.
    Made(Value),
    /// 202.
    Accepted,
    /// 204.
    Nothing,
    /// It comes when somebody else has answered.
    Waits(u64),
}

/// What every method of the API returns.
pub(super) type Outcome = Result<Answer, Refused>;

/// Who calls, with what permission and which wishes.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) user: String,
    /// Whose mailbox is meant.
    pub(super) mailbox: String,
    /// The application; `None` for the ready tokens.
    pub(super) client: Option<String>,
    /// Scopes in their short form; `None` allows everything.
    pub(super) scopes: Option<BTreeSet<String>>,
    /// Whether a fault makes this answer come from the past.
    pub(super) stale: bool,
    /// Whether nothing but what `Calendars.ReadBasic` shows is allowed.
    pub(super) basic: bool,
    /// How the ledger names whoever it is.
    pub(super) by: String,
    pub(super) prefer: Prefer,
}

impl Caller {
    /// Someone at a screen of the provider's own: nothing to authorise.
    pub(super) fn person(user: &str) -> Caller {
        Caller {
            user: user.to_owned(),
            mailbox: user.to_owned(),
            client: None,
            scopes: None,
            stale: false,
            basic: false,
            by: format!("person:{user}"),
            prefer: Prefer::plain(),
        }
    }

    fn has(&self, names: &[&str]) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| names.iter().any(|name| scopes.contains(*name)))
    }

    /// Refuses a caller that has none of these scopes.
    pub(super) fn needs(&self, names: &[&str]) -> Result<(), Refused> {
        if self.has(names) { Ok(()) } else { Err(Refused::of("ErrorAccessDenied")) }
    }

    /// A calendar of the mailbox that may be read, and what may be done with it.
    pub(super) fn reach<'a>(&self, state: &'a State, mount: u64) -> Result<(&'a Calendar, Role), Refused> {
        let entry = state.users.get(&self.mailbox).and_then(|user| user.list.get(&mount));
        let entry = entry.ok_or_else(Refused::not_found)?;
        let calendar = state.calendars.get(&entry.calendar).ok_or_else(Refused::not_found)?;
        let role = match self.mailbox == self.user {
            true => entry.role,
            false => state.mount_of(&self.user, calendar.number).ok_or_else(Refused::not_found)?.1.role,
        };
        let shared = ["Calendars.Read.Shared", "Calendars.ReadWrite.Shared"];
        match calendar.owner == self.user {
            true => self.needs(&[
                "Calendars.Read",
                "Calendars.ReadWrite",
                "Calendars.ReadBasic",
                shared[0],
                shared[1],
            ])?,
            false => self.needs(&shared)?,
        }
        if role < Role::Read {
            return Err(Refused::of("ErrorAccessDenied"));
        }
        Ok((calendar, role))
    }

    /// Refuses a caller that may not read an event that was found.
    pub(super) fn reads(&self, state: &State, spot: &Spot) -> Result<(), Refused> {
        self.reach(state, spot.mount).map(|_| ())
    }

    /// The number of a calendar that may be written.
    pub(super) fn writes(&self, state: &State, mount: u64) -> Result<(u64, Role), Refused> {
        let (calendar, role) = self.reach(state, mount)?;
        match calendar.owner == self.user {
            true => self.needs(&["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"])?,
            false => self.needs(&["Calendars.ReadWrite.Shared"])?,
        }
        if role < Role::Write || calendar.fixed {
            return Err(Refused::of("ErrorAccessDenied"));
        }
        Ok((calendar.number, role))
    }
}

/// Answers a call, and writes it down.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    if page::is_page(&call.path) {
        return page::answer(state, call);
    }
    let reply = match batch::is_batch(call) {
        true => batch::answer(state, call),
        false => {
            let fault = strike(state, call);
            perform(state, call, fault, false)
        }
    };
    reply.with(header::DATE, &http_date(state.core.now))
}

/// The fault that strikes a call.
pub(super) fn strike(state: &mut State, call: &Call) -> Option<Rule> {
    let user = oauth::bearer(state, call).ok().map(|caller| caller.user);
    state.core.strike(call, user.as_deref())
}

/// Does a call under the fault that struck it, and writes it down.
pub(super) fn perform(state: &mut State, call: &Call, fault: Option<Rule>, batched: bool) -> Reply {
    let user = oauth::bearer(state, call).ok().map(|caller| caller.user);
    let signs_in = oauth::is_oauth(&call.path);
    let refused = fault.as_ref().filter(|rule| rule.kind == faults::Kind::Status).map(|rule| {
        let status = rule.status.unwrap_or(500);
        match signs_in {
            true => oauth::refuse(state, status, rule.reason.as_deref()),
            false => Refused::by_fault(status, rule.reason.as_deref())
                .reply(state, call.header("client-request-id")),
        }
    });
    let refuse =
        |_: &Rule| refused.clone().unwrap_or_else(|| Reply::empty(StatusCode::INTERNAL_SERVER_ERROR));
    let mut reply = faults::under(fault.as_ref(), refuse, |stale| match signs_in {
        true => oauth::answer(state, call),
        false => api(state, call, stale),
    });
    // What was refused for being too much takes no time.
    let taken = !matches!(reply.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if let (Some(user), true) = (&user, taken && !signs_in && !batched) {
        reply = state.occupy(user, 1, reply);
    }
    if let Some(ticket) = reply.awaits {
        subscriptions::waits_for(state, ticket, call, user, fault);
        return reply;
    }
    state.core.called(call, user, fault.map(|rule| rule.kind), &reply, batched);
    reply
}

/// One call of Graph.
fn api(state: &mut State, call: &Call, stale: bool) -> Reply {
    let client = call.header("client-request-id").map(ToOwned::to_owned);
    let mut applied = Vec::new();
    let outcome = authorised(state, call, stale, &mut applied);
    let mut reply = answered(state, outcome, client.as_deref());
    if !applied.is_empty() {
        reply = reply.with(HeaderName::from_static("preference-applied"), &applied.join(", "));
    }
    match client.filter(|_| call.header("return-client-request-id") == Some("true")) {
        Some(id) => reply.with(HeaderName::from_static("client-request-id"), &id),
        None => reply,
    }
}

/// The answer of an outcome.
pub(super) fn answered(state: &mut State, outcome: Outcome, client: Option<&str>) -> Reply {
    const JSON: &str =
        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
    let reply = match outcome {
        Err(refused) => return refused.reply(state, client),
        Ok(Answer::Json(value)) => Reply::json(StatusCode::OK, &value).with(header::CONTENT_TYPE, JSON),
        Ok(Answer::Made(value)) => {
            let etag = value.get("@odata.etag").and_then(Value::as_str).unwrap_or_default().to_owned();
            let reply = Reply::json(StatusCode::CREATED, &value).with(header::CONTENT_TYPE, JSON);
            if etag.is_empty() { reply } else { reply.with(header::ETAG, &etag) }
        }
        Ok(Answer::Accepted) => Reply::empty(StatusCode::ACCEPTED),
        Ok(Answer::Nothing) => Reply::empty(StatusCode::NO_CONTENT),
        Ok(Answer::Waits(ticket)) => {
            return Reply { awaits: Some(ticket), ..Reply::empty(StatusCode::ACCEPTED) };
        }
    };
    let id = super::answers::guid(state);
    reply.with(HeaderName::from_static("request-id"), &id)
}

fn authorised(state: &mut State, call: &Call, stale: bool, applied: &mut Vec<String>) -> Outcome {
    let mut caller = oauth::bearer(state, call)?;
    caller.stale = stale;
    oauth::challenged(state)?;
    let app = caller.client.clone().unwrap_or_else(|| "ready".to_owned());
    state.metered(&caller.user, &app)?;
    caller.prefer = Prefer::of(state, call)?;
    applied.clone_from(&caller.prefer.applied);
    let segments = call.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.strip_prefix(&["v1.0"]) {
        Some(["me", path @ ..]) => mailbox(state, &caller, call, path),
        Some(["users", whose, path @ ..]) => {
            let owner = state.user_by(whose).map(|user| user.name.clone());
            let owner = owner.ok_or_else(|| Refused::of("Request_ResourceNotFound"))?;
            if owner != caller.user {
                let theirs = |calendar: &Calendar| calendar.owner == owner;
                let mut shared = state.calendars.values().filter(|held| theirs(held));
                if !shared.any(|held| state.mount_of(&caller.user, held.number).is_some()) {
                    return Err(Refused::of("ErrorAccessDenied"));
                }
            }
            caller.mailbox = owner;
            mailbox(state, &caller, call, path)
        }
        Some(["subscriptions", path @ ..]) => subscriptions::answer(state, &caller, call, path),
        _ => {
            Err(Refused::of("BadRequest")
                .saying(format!("Resource not found for the segment in {}.", call.path)))
        }
    }
}

/// A call about a mailbox.
fn mailbox(state: &mut State, caller: &Caller, call: &Call, path: &[&str]) -> Outcome {
    match path {
        [] if call.method == Method::GET => books::me(state, caller),
        ["events", rest @ ..] => events::answer(state, caller, call, None, rest),
        ["calendarView", rest @ ..] => events::calendar_view(state, caller, call, None, rest),
        ["calendar", rest @ ..] => {
            let (mount, _) = state.default_mount(&caller.mailbox).ok_or_else(Refused::not_found)?;
            calendars::one(state, caller, call, mount, rest)
        }
        ["calendars", rest @ ..] => calendars::answer(state, caller, call, None, rest),
        ["calendarGroups", rest @ ..] => calendars::groups(state, caller, call, rest),
        _ => books::answer(state, caller, call, path),
    }
}
