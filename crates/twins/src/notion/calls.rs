//! From a call to its answer: who calls, in which version, what struck it, what was written down.

use std::cell::RefCell;

use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::answers::{REQUEST_ID, Refused, Written};
use super::state::{Acquaintance, Author, Powers, State};
use super::{Fields, blocks, databases, items, pages, paper, query, search, signin, sources, users};
use crate::clock::http_date;
use crate::faults::{self, Rule};
use crate::message::{Call, Reply};

/// What every method of the API returns.
pub(super) type Outcome = Result<Value, Refused>;

/// The versions of the API that are spoken here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Version {
    /// 2022-06-28: a database is a table.
    Tables,
    /// 2025-09-03: a database holds data sources.
    Sources,
    /// 2026-03-11: `archived` has become `in_trash`.
    Trash,
}

impl Version {
    const NAMES: [(&str, Version); 3] =
        [("2022-06-28", Version::Tables), ("2025-09-03", Version::Sources), ("2026-03-11", Version::Trash)];

    pub(super) fn named(name: &str) -> Option<Version> {
        Version::NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, version)| version)
    }

    fn of(call: &Call) -> Result<Version, Refused> {
        let header = call.header("notion-version").ok_or_else(|| {
            let words = "Notion-Version header failed validation: Notion-Version header should be defined, instead \
                         was `undefined`.";
            Refused::of(400, "missing_version", words)
        })?;
        Version::named(header).ok_or_else(|| {
            let known = Version::NAMES.map(|(name, _)| format!("`\"{name}\"`")).join(" or ");
            Refused::validation(format!(
                "Notion-Version header failed validation: Notion-Version header should be {known}, instead was \
                 `\"{header}\"`."
            ))
        })
    }
}

/// Who calls.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The connection; `None` for a person at Notion's own screen.
    pub(super) bot: Option<String>,
    pub(super) user: String,
    pub(super) version: Version,
    pub(super) powers: Powers,
    pub(super) author: Author,
    /// Whether a fault makes this answer come from the past.
    pub(super) stale: bool,
    /// How the ledger names whoever it is.
    pub(super) by: String,
}

impl Caller {
    pub(super) fn person(name: &str, author: Author) -> Caller {
        Caller {
            bot: None,
            user: name.to_owned(),
            version: Version::Trash,
            powers: Powers::default(),
            author,
            stale: false,
            by: format!("person:{name}"),
        }
    }

    fn may(&self, allowed: bool) -> Result<(), Refused> {
        match allowed {
            true => Ok(()),
            false => Err(Refused::restricted("Insufficient permissions for this endpoint.")),
        }
    }

    pub(super) fn may_read(&self) -> Result<(), Refused> {
        self.may(self.powers.read)
    }

    pub(super) fn may_update(&self) -> Result<(), Refused> {
        self.may(self.powers.update)
    }

    pub(super) fn may_insert(&self) -> Result<(), Refused> {
        self.may(self.powers.insert)
    }

    pub(super) fn may_know_people(&self) -> Result<(), Refused> {
        self.may(self.powers.users > Acquaintance::Nothing)
    }

    /// Whether the version knows data sources.
    pub(super) fn knows_sources(&self) -> bool {
        self.version >= Version::Sources
    }
}

/// The largest body.
const LARGEST: usize = 500 * 1000;

/// Answers a call, and writes it down.
pub(super) fn answer(state: &mut State, call: &Call) -> Reply {
    if paper::is_page(&call.path) {
        return paper::answer(state, call);
    }
    let known = signin::bearer(state, call).ok().map(|caller| caller.user);
    let fault = state.core.strike(call, known.as_deref());
    let request = state.new_id();
    let signs_in = signin::is_signin(&call.path);
    let written = RefCell::new(Written::default());
    let refuse = |rule: &Rule| match signs_in {
        true => signin::refuse_by_fault(rule, &request),
        false => Refused::by_fault(rule, written.borrow().clone()).reply(&request),
    };
    let reply = faults::under(fault.as_ref(), refuse, |stale| match signs_in {
        true => signin::answer(state, call, &request),
        false => match api(state, call, stale, &mut written.borrow_mut()) {
            Ok(mut value) => {
                value["request_id"] = json!(request);
                Reply::json(StatusCode::OK, &value).with(REQUEST_ID, &request)
            }
            Err(refused) => refused.reply(&request),
        },
    });
    state.core.called(call, known, fault.map(|rule| rule.kind), &reply, false);
    reply.with(header::DATE, &http_date(state.core.now))
}

fn api(state: &mut State, call: &Call, stale: bool, written: &mut Written) -> Outcome {
    let segments = call.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let Some(path) = segments.strip_prefix(&["v1"]) else { return Err(Refused::no_such_url()) };
    let mut caller = signin::bearer(state, call)?;
    caller.version = Version::of(call)?;
    caller.stale = stale;
    state.meter_call(caller.bot.as_deref().unwrap_or_default())?;
    let body = body(call)?;
    let caller = &caller;
    let outcome = match (call.method.as_str(), path) {
        ("GET", ["users", "me"]) => users::me(state, caller),
        ("GET", ["users"]) => users::list(state, caller, call),
        ("GET", ["users", id]) => users::one(state, caller, id),
        ("POST", ["search"]) => search::search(state, caller, &body),
        ("POST", ["databases"]) => databases::create(state, caller, &body),
        ("GET", ["databases", id]) => databases::retrieve(state, caller, id),
        ("PATCH", ["databases", id]) => databases::update(state, caller, id, &body),
        ("POST", ["databases", id, "query"]) if !caller.knows_sources() => {
            caller.may_read()?;
            let id = state.only_source(state.database(caller, id)?)?.id.clone();
            query::query(state, caller, &id, call, &body)
        }
        ("POST", ["data_sources"]) if caller.knows_sources() => sources::create(state, caller, &body),
        ("GET", ["data_sources", id]) if caller.knows_sources() => sources::retrieve(state, caller, id),
        ("PATCH", ["data_sources", id]) if caller.knows_sources() => {
            sources::update(state, caller, id, &body)
        }
        ("POST", ["data_sources", id, "query"]) if caller.knows_sources() => {
            query::query(state, caller, id, call, &body)
        }
        ("GET", ["data_sources", id, "templates"]) if caller.knows_sources() => {
            state.source(caller, id)?;
            Ok(json!({"templates": [], "has_more": false, "next_cursor": null}))
        }
        ("POST", ["pages"]) => pages::create(state, caller, &body),
        ("GET", ["pages", id]) => pages::retrieve(state, caller, id, call),
        ("PATCH", ["pages", id]) => pages::update(state, caller, id, &body),
        ("POST", ["pages", id, "move"]) => pages::relocate(state, caller, id, &body),
        ("GET", ["pages", id, "properties", property]) => items::item(state, caller, id, property, call),
        ("GET", ["pages", id, "markdown"]) => blocks::markdown(state, caller, id),
        ("GET", ["blocks", id]) => blocks::retrieve(state, caller, id),
        ("PATCH", ["blocks", id]) => blocks::update(state, caller, id, &body),
        ("DELETE", ["blocks", id]) => blocks::remove(state, caller, id),
        ("GET", ["blocks", id, "children"]) => blocks::children(state, caller, id, call),
        ("PATCH", ["blocks", id, "children"]) => blocks::append(state, caller, id, &body),
        _ => Err(Refused::no_such_url()),
    };
    if call.method != Method::GET
        && let Ok(value) = &outcome
    {
        written.id = id_of(value);
        let made = value.get("results").and_then(Value::as_array).filter(|_| call.method == Method::PATCH);
        written.children = match (made, &written.id) {
            (Some(made), _) => made.iter().filter_map(id_of).collect(),
            (None, Some(id)) => state.bodies.get(id).cloned().unwrap_or_default(),
            (None, None) => Vec::new(),
        };
    }
    outcome
}

fn id_of(value: &Value) -> Option<String> {
    value.get("id").and_then(Value::as_str).map(ToOwned::to_owned)
}

/// The body of a call: an object. One that is empty says nothing.
fn body(call: &Call) -> Result<Fields, Refused> {
    if call.body.len() > LARGEST {
        let was = call.body.len();
        return Err(Refused::field("body.length", &format!("\u{2264} `{LARGEST}` bytes"), was));
    }
    if call.body.is_empty() || call.method == Method::GET {
        return Ok(Fields::new());
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Refused::validation("body failed validation: body should be an object.")),
        Err(_) => Err(Refused::of(400, "invalid_json", "Error parsing JSON body.")),
    }
}

/// Refuses a body with a field that there is none of.
pub(super) fn only(body: &Fields, known: &[&str]) -> Result<(), Refused> {
    match body.iter().find(|(key, _)| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some((key, value)) => Err(Refused::field(&format!("body.{key}"), "not present", value)),
    }
}

/// How many a list may hold, and where it begins.
pub(super) struct Pager {
    pub(super) size: usize,
    pub(super) cursor: Option<String>,
}

impl Pager {
    /// From a query.
    pub(super) fn of(state: &State, call: &Call) -> Result<Pager, Refused> {
        let size = call
            .param("page_size")
            .map(|text| text.parse::<i64>().map(Value::from).unwrap_or(Value::String(text)));
        Pager::new(state, size.as_ref(), call.param("start_cursor").as_deref(), "query")
    }

    /// From a body.
    pub(super) fn within(state: &State, body: &Fields) -> Result<Pager, Refused> {
        let cursor = match body.get("start_cursor") {
            None | Some(Value::Null) => None,
            Some(Value::String(cursor)) => Some(cursor.as_str()),
            Some(other) => return Err(Refused::field("body.start_cursor", "a string or `undefined`", other)),
        };
        Pager::new(state, body.get("page_size"), cursor, "body")
    }

    fn new(state: &State, size: Option<&Value>, cursor: Option<&str>, place: &str) -> Result<Pager, Refused> {
        let path = format!("{place}.page_size");
        let size = match size {
            None => 100,
            Some(value) => match value.as_u64() {
                Some(0) | None => return Err(Refused::field(&path, "a number between 1 and 100", value)),
                Some(size) if size > 100 => return Err(Refused::field(&path, "\u{2264} `100`", size)),
                Some(size) => usize::try_from(size).unwrap_or(100),
            },
        };
        let size = size.min(state.quirks.longest_page.unwrap_or(100)).max(1);
        Ok(Pager { size, cursor: cursor.filter(|cursor| !cursor.is_empty()).map(ToOwned::to_owned) })
    }

    /// A list that is short and stands still: its cursor is the number of its first item.
    pub(super) fn plain(&self, all: Vec<Value>, kind: &str) -> Outcome {
        let from = match &self.cursor {
            None => 0,
            Some(cursor) => cursor
                .parse::<usize>()
                .ok()
                .filter(|at| *at <= all.len())
                .ok_or_else(|| bad_cursor(cursor))?,
        };
        let until = all.len().min(from + self.size);
        let more = until < all.len();
        let mut list = json!({
            "object": "list",
            "results": all[from..until],
            "next_cursor": more.then(|| until.to_string()),
            "has_more": more,
            "type": kind,
        });
        list[kind] = json!({});
        Ok(list)
    }
}

/// The refusal of a cursor.
pub(super) fn bad_cursor(cursor: &str) -> Refused {
    Refused::validation(format!("The start_cursor provided is invalid: {cursor}"))
}
