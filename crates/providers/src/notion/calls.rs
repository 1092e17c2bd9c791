//! The calls we make: one function each, and the one way out for them.

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{Settings, answers, wire};
use crate::answer::Answer;
use crate::http::Http;
use crate::pace::Pause;
use crate::provider::Access;

/// How many rows are asked for at once: more are not given.
const PAGE: u32 = 100;
/// The header that names the version of the API. Without it nothing is answered.
const VERSION: &str = "notion-version";

/// What a call is about: it decides what "not found" means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum About {
    /// One page, by its id.
    Page,
    /// A table.
    Table,
    /// A place in a list of a table.
    Place,
    /// The account.
    Account,
}

/// One call, not yet sent.
#[derive(Clone, Debug)]
pub(super) struct Call {
    method: Method,
    path: Vec<String>,
    body: Option<Value>,
    pub(super) about: About,
    /// Whether it may leave an effect behind that must not be repeated blindly.
    pub(super) writes: bool,
}

impl Call {
    fn new(about: About, method: Method, path: &[&str], body: Option<Value>) -> Call {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Call { method, path, body, about, writes: false }
    }

    fn writing(self) -> Call {
        Call { writes: true, ..self }
    }
}

/// The connection itself.
pub(super) fn me() -> Call {
    Call::new(About::Account, Method::GET, &["users", "me"], None)
}

/// A page, whole.
pub(super) fn page(id: &str) -> Call {
    Call::new(About::Page, Method::GET, &["pages", id], None)
}

/// A table with its columns.
pub(super) fn table(id: &str) -> Call {
    Call::new(About::Table, Method::GET, &["data_sources", id], None)
}

/// Rows of a table that fit, in that order, from a place in their list on.
pub(super) fn query(id: &str, filter: Option<Value>, sort: Option<&str>, place: Option<&str>) -> Call {
    let mut body = json!({ "page_size": PAGE });
    if let Some(filter) = filter {
        body["filter"] = filter;
    }
    if let Some(timestamp) = sort {
        body["sorts"] = json!([{ "timestamp": timestamp, "direction": "ascending" }]);
    }
    let about = match place {
        Some(place) => {
            body["start_cursor"] = json!(place);
            About::Place
        }
        None => About::Table,
    };
    Call::new(about, Method::POST, &["data_sources", id, "query"], Some(body))
}

/// The rows of a table that were edited last, the newest first.
pub(super) fn newest(id: &str, most: u32) -> Call {
    let sort = json!([{ "timestamp": "last_edited_time", "direction": "descending" }]);
    let body = json!({ "page_size": most, "sorts": sort });
    Call::new(About::Table, Method::POST, &["data_sources", id, "query"], Some(body))
}

/// A database, with the tables in it.
pub(super) fn database(id: &str) -> Call {
    Call::new(About::Table, Method::GET, &["databases", id], None)
}

/// A condition on when rows were made or edited: not before that minute.
pub(super) fn since(timestamp: &str, at: Timestamp) -> Value {
    let mut filter = json!({ "timestamp": timestamp });
    filter[timestamp] = json!({ "on_or_after": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() });
    filter
}

/// A condition on a text: that one of these is in it.
pub(super) fn holds_one(column: &str, texts: &[&str]) -> Value {
    let one = |text: &&str| json!({ "property": column, "rich_text": { "contains": text } });
    match texts {
        [text] => one(text),
        texts => json!({ "or": texts.iter().map(one).collect::<Vec<_>>() }),
    }
}

/// What the connection can see, what was edited last first.
pub(super) fn search(kind: &str, in_trash: bool, place: Option<&str>) -> Call {
    let mut filter = json!({ "property": "object", "value": kind });
    if in_trash {
        filter["in_trash"] = json!(true);
    }
    let mut body = json!({
        "filter": filter,
        "sort": { "timestamp": "last_edited_time", "direction": "descending" },
        "page_size": PAGE,
    });
    if let Some(place) = place {
        body["start_cursor"] = json!(place);
    }
    Call::new(About::Account, Method::POST, &["search"], Some(body))
}

/// Makes a page.
pub(super) fn create(table: &str, cells: Map<String, Value>) -> Call {
    let parent = json!({ "type": "data_source_id", "data_source_id": table });
    let body = json!({ "parent": parent, "properties": cells });
    Call::new(About::Table, Method::POST, &["pages"], Some(body)).writing()
}

/// Changes cells of a page; the others stay as they are.
pub(super) fn change(id: &str, cells: Map<String, Value>) -> Call {
    Call::new(About::Page, Method::PATCH, &["pages", id], Some(json!({ "properties": cells }))).writing()
}

/// Puts a page into the trash. (`archived` would be ignored without a word, trap 4.)
pub(super) fn trash(id: &str) -> Call {
    Call::new(About::Page, Method::PATCH, &["pages", id], Some(json!({ "in_trash": true }))).writing()
}

/// Takes a page out of the trash and changes cells of it.
pub(super) fn put_back(id: &str, cells: Map<String, Value>) -> Call {
    let body = json!({ "in_trash": false, "properties": cells });
    Call::new(About::Page, Method::PATCH, &["pages", id], Some(body)).writing()
}

/// Gives a table another column. It is looked for first, so it does no harm twice.
pub(super) fn add_column(table: &str, name: &str) -> Call {
    let body = json!({ "properties": { name: { "rich_text": {} } } });
    Call { writes: true, ..Call::new(About::Table, Method::PATCH, &["data_sources", table], Some(body)) }
}

/// Makes a table on a page.
pub(super) fn create_table(page: &str, name: &str, columns: Value) -> Call {
    let body = json!({
        "parent": { "type": "page_id", "page_id": page },
        "title": [{ "text": { "content": name } }],
        "initial_data_source": { "properties": columns },
    });
    Call::new(About::Account, Method::POST, &["databases"], Some(body)).writing()
}

/// An answer of success.
#[derive(Debug)]
pub(super) struct Heard {
    body: Bytes,
    writes: bool,
    /// By how much our clock was ahead of Notion's.
    pub(super) ahead: SignedDuration,
}

impl Heard {
    /// Reads it.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Answer> {
        serde_json::from_slice(&self.body).map_err(|_| answers::unreadable(self.writes))
    }

    /// Reads it as a page.
    pub(super) fn page(&self) -> Result<wire::Page, Answer> {
        wire::Page::read(&self.read()?).ok_or_else(|| answers::unreadable(self.writes))
    }

    /// Reads it as a table.
    pub(super) fn table(&self) -> Result<wire::Table, Answer> {
        wire::Table::read(&self.read()?).ok_or_else(|| answers::unreadable(self.writes))
    }
}

/// A refusal, with the page that exists all the same, if Notion names one.
pub(super) struct Refused {
    pub(super) answer: Answer,
    pub(super) committed: Option<String>,
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Answer {
        refused.answer
    }
}

/// The way to Notion for the length of one call of the trait. Calls go out one after the other: those to one table get in
/// each other's way (trap 22).
pub(super) struct Line<'a> {
    pub(super) http: &'a dyn Http,
    pub(super) settings: &'a Settings,
    pub(super) access: &'a Access,
    pub(super) pause: Pause,
}

impl Line<'_> {
    /// Sends one call.
    pub(super) async fn ask(&self, call: &Call) -> Result<Heard, Refused> {
        self.pause.is_over().map_err(|answer| Refused { answer, committed: None })?;
        self.send(call).await.inspect_err(|refused| self.pause.heard(&refused.answer))
    }

    async fn send(&self, call: &Call) -> Result<Heard, Refused> {
        let refused = |answer| Refused { answer, committed: None };
        let mut url = self.settings.api_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(&call.path);
        }
        let bearer = format!("Bearer {}", self.access.token.expose_secret());
        let mut bearer = header::HeaderValue::try_from(bearer).map_err(|_| refused(Answer::SignInExpired))?;
        bearer.set_sensitive(true);
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(url.as_str())
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, "application/json")
            .header(VERSION, &self.settings.version);
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = call.body.as_ref().map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let request = request.body(body).map_err(|_| {
            refused(Answer::Misconfigured { why: "the address of Notion's API is not usable".to_owned() })
        })?;
        if call.writes {
            self.access.may_change().map_err(refused)?;
        }
        let sent = self.http.send(request).await;
        let answer = sent.map_err(|lost| refused(answers::lost(call.writes, &lost)))?;
        let (now, headers, body) = (self.access.now, answer.headers(), answer.body());
        if answer.status() == StatusCode::OK {
            return Ok(Heard {
                body: body.clone(),
                writes: call.writes,
                ahead: answers::ahead(headers, now),
            });
        }
        Err(Refused {
            answer: answers::refusal(call, answer.status(), headers, body, now),
            committed: answers::committed(body),
        })
    }

    /// Sends one call and reads the answer as a list.
    pub(super) async fn list(&self, call: &Call) -> Result<(wire::List, SignedDuration), Answer> {
        let heard = self.ask(call).await?;
        Ok((heard.read()?, heard.ahead))
    }
}
