//! From a call to its answer: who calls, which method it is, what struck it, what was written down.

use std::collections::BTreeSet;

use http::{Method, StatusCode, header};
use serde_json::Value;

use super::answers::Refused;
use super::scopes::Power;
use super::state::{Role, State};
use super::{batch, books, calendars, channels, events, lists, oauth, page, selector};
use crate::clock::http_date;
use crate::faults::{self, Rule};
use crate::message::{Call, Reply};

/// A successful answer.
#[derive(Debug)]
pub(super) enum Answer {
    /// 200 with a body.
    Json(Value),
    /// 204.
    Nothing,
}

/// What every method of the API returns.
pub(super) type Outcome = Result<Answer, Refused>;

/// Who calls, and with what permission.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) user: String,
    /// The application; `None` for the ready tokens.
    pub(super) client: Option<String>,
    /// The whole names of the scopes; `None` allows everything.
    pub(super) scopes: Option<BTreeSet<String>>,
    /// Whether a fault makes this answer come from the past.
    pub(super) stale: bool,
    /// How the ledger names whoever it is.
    pub(super) by: String,
}

/// How much of the events a permission shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Detail {
    Full,
    /// Only when someone is busy.
    BusyOnly,
}

impl Caller {
    /// Someone at Google's own screen: nothing to authorise.
    pub(super) fn person(user: &str) -> Caller {
        Caller {
            user: user.to_owned(),
            client: None,
            scopes: None,
            stale: false,
            by: format!("person:{user}"),
        }
    }

    /// Refuses a caller whose scopes do not allow it at all.
    pub(super) fn may(&self, power: Power) -> Result<(), Refused> {
        if self.granted(power).is_none_or(|granted| !granted.is_empty()) {
            return Ok(());
        }
        Err(Refused::of("insufficientPermissions"))
    }

    /// Refuses a caller whose scopes or role do not allow it on that calendar.
    pub(super) fn reach(
        &self,
        state: &State,
        power: Power,
        calendar: &str,
        needs: Role,
    ) -> Result<Detail, Refused> {
        self.may(power)?;
        let held = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
        let role = held.role(&self.user).ok_or_else(Refused::not_found)?;
        let detail = match self.granted(power) {
            None => Detail::Full,
            Some(granted) => {
                let ours = held.made_by.is_some() && held.made_by == self.client;
                let details = granted.iter().filter_map(|scope| match *scope {
                    "calendar.events.owned" | "calendar.events.owned.readonly" => {
                        (role == Role::Owner).then_some(Detail::Full)
                    }
                    "calendar.app.created" => ours.then_some(Detail::Full),
                    "calendar.events.freebusy" => Some(Detail::BusyOnly),
                    "calendar.events.public.readonly" => None,
                    _ => Some(Detail::Full),
                });
                let best = details.min_by_key(|detail| *detail != Detail::Full);
                best.ok_or_else(|| Refused::of("insufficientPermissions"))?
            }
        };
        if role < needs {
            let reason =
                if needs >= Role::WriterWithoutPrivateAccess { "requiredAccessLevel" } else { "forbidden" };
            return Err(Refused::of(reason));
        }
        Ok(if role == Role::FreeBusyReader { Detail::BusyOnly } else { detail })
    }

    fn granted(&self, power: Power) -> Option<Vec<&str>> {
        let scopes = self.scopes.as_ref()?;
        Some(power.granted(scopes.iter().map(String::as_str)))
    }
}

/// Answers a call, and writes it down.
pub(super) fn answer(state: &mut State, call: Call) -> Reply {
    if page::is_page(&call.path) {
        return page::answer(state, &call);
    }
    let call = overridden(call);
    let reply = if batch::is_batch(&call.path) { batch::answer(state, &call) } else { alone(state, &call) };
    reply.with(header::DATE, &http_date(state.core.now))
}

fn alone(state: &mut State, call: &Call) -> Reply {
    let fault = strike(state, call);
    perform(state, call, fault, false)
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
    let refuse = |rule: &Rule| {
        let status = rule.status.unwrap_or(500);
        match signs_in {
            true => oauth::refuse(status, rule.reason.as_deref()),
            false => Refused::by_fault(status, rule.reason.as_deref()).reply(),
        }
    };
    let reply = faults::under(fault.as_ref(), refuse, |stale| match signs_in {
        true => oauth::answer(state, call),
        false => api(state, call, stale),
    });
    state.core.called(call, user, fault.map(|rule| rule.kind), &reply, batched);
    reply
}

/// One call of the API, in the form that the caller asked for.
fn api(state: &mut State, call: &Call, stale: bool) -> Reply {
    let outcome = authorised(state, call, stale);
    match outcome {
        Err(refused) => refused.reply(),
        Ok(Answer::Nothing) => Reply::empty(StatusCode::NO_CONTENT),
        Ok(Answer::Json(value)) => {
            let etag = value.get("etag").and_then(Value::as_str).map(ToOwned::to_owned);
            let known = call.header("if-none-match");
            if call.method == Method::GET && known.is_some() && known == etag.as_deref() {
                let reply = Reply::empty(StatusCode::NOT_MODIFIED);
                return match etag {
                    Some(etag) => reply.with(header::ETAG, &etag),
                    None => reply,
                };
            }
            let value = match call.param("fields") {
                None => value,
                Some(fields) => match selector::select(&value, &fields) {
                    Ok(value) => value,
                    Err(words) => return Refused::invalid(words).about("fields").reply(),
                },
            };
            let mut reply = Reply::json(StatusCode::OK, &value);
            if call.param("prettyPrint").as_deref() != Some("false")
                && let Ok(pretty) = serde_json::to_vec_pretty(&value)
            {
                reply.body = pretty.into();
            }
            match etag {
                Some(etag) => reply.with(header::ETAG, &etag),
                None => reply,
            }
        }
    }
}

fn authorised(state: &mut State, call: &Call, stale: bool) -> Outcome {
    let mut caller = oauth::bearer(state, call)?;
    caller.stale = stale;
    state.meter_call(&caller.user, call)?;
    let segments = call.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let Some(path) = segments.strip_prefix(&["calendar", "v3"]) else { return Err(Refused::not_found()) };
    match path {
        ["users", "me", "calendarList", rest @ ..] => lists::answer(state, &caller, call, rest),
        ["users", "me", "settings", rest @ ..] => books::settings(state, &caller, call, rest),
        ["calendars", calendar, "events", rest @ ..] => {
            let calendar = state.calendar_id(&caller.user, calendar);
            events::answer(state, &caller, call, &calendar, rest)
        }
        ["calendars", rest @ ..] => calendars::answer(state, &caller, call, rest),
        ["channels", "stop"] if call.method == Method::POST => channels::stop(state, &caller, call),
        ["freeBusy"] if call.method == Method::POST => books::free_busy(state, &caller, call),
        ["colors"] if call.method == Method::GET => books::colors(&caller),
        _ => Err(Refused::not_found()),
    }
}

/// The JSON object in a body; an absent one is empty.
pub(super) fn object(call: &Call) -> Result<super::Fields, Refused> {
    if call.body.is_empty() {
        return Ok(super::Fields::new());
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Refused::of("badRequest").saying("Parse Error")),
    }
}

/// A GET whose query was too long for an address comes as POST (X-HTTP-Method-Override).
fn overridden(mut call: Call) -> Call {
    let Some(method) = call.header("x-http-method-override").and_then(|name| name.parse::<Method>().ok())
    else {
        return call;
    };
    let is_form =
        call.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if method == Method::GET && is_form {
        call.query = String::from_utf8_lossy(&call.body).into_owned();
        call.body = bytes::Bytes::new();
    }
    call.method = method;
    call
}
