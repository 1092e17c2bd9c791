//! What Notion sends, in Notion's own words.
//!
//! Fields and kinds of properties appear at any time, and a text that should be there is null at times: everything is
//! optional, and what is not known is left alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// A page of anything that is listed.
#[derive(Deserialize)]
pub(super) struct List {
    /// Missing in what is no list at all.
    pub(super) results: Vec<Value>,
    /// Missing in what does not say whether it is the end.
    pub(super) has_more: bool,
    #[serde(default)]
    pub(super) next_cursor: Option<String>,
    #[serde(default)]
    request_status: Option<RequestStatus>,
}

#[derive(Deserialize)]
struct RequestStatus {
    #[serde(rename = "type", default)]
    kind: String,
}

impl List {
    /// Whether it ended because there was too much of it (trap 2).
    pub(super) fn is_cut_off(&self) -> bool {
        self.request_status.as_ref().is_some_and(|status| status.kind == "incomplete")
    }
}

/// A row of a table.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) id: String,
    pub(super) created: Option<Timestamp>,
    pub(super) edited: Option<Timestamp>,
    /// Who made it: a person, or a connection.
    pub(super) created_by: Option<String>,
    pub(super) in_trash: bool,
    /// The table that it lies in.
    pub(super) source: Option<String>,
    /// Where Notion shows it. The host changes (trap 23), so nothing is known by it.
    pub(super) url: Option<String>,
    /// By the id of the column.
    pub(super) cells: BTreeMap<String, Cell>,
}

/// What a page has in one column.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) value: Value,
}

impl Page {
    /// Reads a page. `None` for what is none.
    pub(super) fn read(raw: &Value) -> Option<Page> {
        if raw.get("object").and_then(Value::as_str) != Some("page") {
            return None;
        }
        let time = |key: &str| raw.get(key)?.as_str()?.parse().ok();
        let says = |key: &str| raw.get(key).and_then(Value::as_bool).unwrap_or(false);
        let parent = raw.get("parent");
        let mut cells = BTreeMap::new();
        for (name, cell) in raw.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let text = |key: &str| cell.get(key).and_then(Value::as_str).map(str::to_owned);
            let (Some(id), Some(kind)) = (text("id"), text("type")) else { continue };
            let value = cell.get(&kind).cloned().unwrap_or_default();
            cells.insert(id, Cell { name: name.clone(), kind, value });
        }
        Some(Page {
            id: normal(raw.get("id")?.as_str()?),
            created: time("created_time"),
            edited: time("last_edited_time"),
            created_by: raw.get("created_by").and_then(|by| by.get("id")?.as_str()).map(normal),
            // Before 2026-03-11 the trash was called so.
            in_trash: says("in_trash") || says("archived"),
            source: parent.and_then(|parent| parent.get("data_source_id")?.as_str()).map(normal),
            url: raw.get("url").and_then(Value::as_str).map(str::to_owned),
            cells,
        })
    }
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) in_trash: bool,
    pub(super) columns: Vec<Column>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: String,
    /// What can be chosen in it.
    pub(super) options: Vec<String>,
}

impl Table {
    /// Reads a table. `None` for what is none.
    pub(super) fn read(raw: &Value) -> Option<Table> {
        if raw.get("object").and_then(Value::as_str) != Some("data_source") {
            return None;
        }
        let says = |key: &str| raw.get(key).and_then(Value::as_bool).unwrap_or(false);
        let mut columns = Vec::new();
        for (name, column) in raw.get("properties")?.as_object()? {
            let text = |key: &str| column.get(key).and_then(Value::as_str).map(str::to_owned);
            let (Some(id), Some(kind)) = (text("id"), text("type")) else { continue };
            let options = column.get(&kind).and_then(|config| config.get("options")?.as_array());
            let named = |option: &Value| option.get("name")?.as_str().map(str::to_owned);
            let options = options.into_iter().flatten().filter_map(named).collect();
            columns.push(Column { id, name: name.clone(), kind, options });
        }
        Some(Table {
            id: normal(raw.get("id")?.as_str()?),
            title: plain(raw.get("title").unwrap_or(&Value::Null)),
            in_trash: says("in_trash") || says("archived"),
            columns,
        })
    }
}

/// All that a rich text says, without its looks.
pub(super) fn plain(rich: &Value) -> String {
    let pieces = rich.as_array().into_iter().flatten();
    pieces.filter_map(|piece| piece.get("plain_text")?.as_str()).collect()
}

/// An id as it is compared: with its dashes, for they are left out at times.
pub(super) fn normal(id: &str) -> String {
    id.parse::<uuid::Uuid>().map_or_else(|_| id.to_owned(), |id| id.hyphenated().to_string())
}

/// A refusal, of the API or of the sign-in.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Refusal {
    pub(super) object: Option<String>,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) additional_data: Option<More>,
    /// The sign-in's own word.
    pub(super) error: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct More {
    pub(super) rate_limit_reason: Option<String>,
    /// What exists although the call failed.
    pub(super) committed_resource_id: Option<String>,
}

/// What the token endpoint gives.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    #[serde(default)]
    pub(super) refresh_token: Option<String>,
}

/// The connection itself.
#[derive(Deserialize)]
pub(super) struct Bot {
    pub(super) id: String,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) bot: Option<BotOf>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct BotOf {
    pub(super) workspace_name: Option<String>,
}

/// A notice.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) entity: Entity,
    pub(super) data: EventData,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Entity {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct EventData {
    pub(super) parent: Option<Parent>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Parent {
    pub(super) id: Option<String>,
    pub(super) data_source_id: Option<String>,
}

/// The first request to an address.
#[derive(Deserialize)]
pub(super) struct Introduction {
    pub(super) verification_token: String,
}
