//! The cells of a table: what may be written into them, what is kept, what is read.
//!
//! Options are kept by their ids, so that they follow a renaming; text and dates in the form in which they are read.

pub(super) mod dates;
pub(super) mod text;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Fields;
use super::answers::Refused;
use super::calls::Caller;
use super::schema::{self, READ_ONLY, missing, new_option, option_name, options};
use super::state::{Page, Parent, Property, Source, State, normal, told};
use super::users;

/// The most items of an array that one write may bring.
const MOST: usize = 100;
/// A page tells so many of the people, relations and mentions of a cell.
const SHOWN: usize = 25;

/// What a write will do, once all of it is found good.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) values: BTreeMap<String, Value>,
    /// New options, by the id of their property.
    options: Vec<(String, Value)>,
}

impl Draft {
    /// The properties that get new options, as an event tells them.
    pub(super) fn changed(&self) -> Vec<Value> {
        let mut ids: Vec<&String> = self.options.iter().map(|(id, _)| id).collect();
        ids.dedup();
        ids.into_iter().map(|id| json!({"id": id, "action": "updated"})).collect()
    }
}

/// Reads the properties of a write to a row.
pub(super) fn draft(
    state: &mut State,
    caller: &Caller,
    source: &Source,
    properties: &Fields,
) -> Result<Draft, Refused> {
    let mut draft = Draft::default();
    for (key, value) in properties {
        let Some(property) = source.property(key) else {
            if state.quirks.ignores_unknown_properties {
                continue;
            }
            return Err(missing(key));
        };
        let path = format!("body.properties.{key}");
        let kept = taken(state, caller, property, value, &path, &mut draft)?;
        draft.values.insert(property.id.clone(), kept);
    }
    Ok(draft)
}

/// Does what was drafted: new options, then the values. Says whether there were new options.
pub(super) fn apply(state: &mut State, source: &str, page: &mut Page, draft: Draft) -> bool {
    let more = !draft.options.is_empty();
    if let Some(source) = state.sources.get_mut(source) {
        for (id, option) in draft.options {
            let slot = source.properties.iter_mut().find(|property| property.id == id);
            if let Some(options) = slot.and_then(|slot| slot.config["options"].as_array_mut()) {
                options.push(option);
            }
        }
    }
    page.values.extend(draft.values);
    more
}

/// What is kept of a value that was written to a cell.
fn taken(
    state: &mut State,
    caller: &Caller,
    property: &Property,
    value: &Value,
    path: &str,
    draft: &mut Draft,
) -> Result<Value, Refused> {
    let kind = property.kind.as_str();
    if READ_ONLY.contains(&kind) {
        let words = format!("{} is a {kind} property and cannot be updated.", property.name);
        return Err(Refused::validation(words));
    }
    let fields = value.as_object().ok_or_else(|| Refused::field(path, "an object", value))?;
    let Some(value) = fields.get(kind) else {
        return Err(Refused::validation(format!("{} is expected to be {kind}.", property.name)));
    };
    let path = &format!("{path}.{kind}");
    match kind {
        "title" | "rich_text" => text::taken(state, caller, value, path),
        "date" => dates::taken(state, value, path),
        "number" => plain(value, path, "a number or `null`", |value| value.is_number() || value.is_null()),
        "checkbox" => plain(value, path, "a boolean", Value::is_boolean),
        "url" => short(value, path, 2000),
        "email" | "phone_number" => short(value, path, 200),
        "select" | "status" => match value {
            Value::Null => Ok(Value::Null),
            value => choice(state, property, value, path, draft),
        },
        "multi_select" => {
            let asked = array(value, path)?;
            let one = |(n, value)| choice(state, property, value, &format!("{path}[{n}]"), draft);
            asked.iter().enumerate().map(one).collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        "people" => {
            let id = |value: &Value| value.get("id").and_then(Value::as_str).and_then(normal);
            let mut ids = Vec::new();
            for (n, one) in array(value, path)?.iter().enumerate() {
                let id =
                    id(one).ok_or_else(|| Refused::field(&format!("{path}[{n}].id"), "a valid uuid", one))?;
                let known = state.users.values().any(|user| user.id == id) || state.bots.contains_key(&id);
                if !known {
                    return Err(Refused::validation(format!(
                        "{path}[{n}]: {id} is not a member of the workspace."
                    )));
                }
                ids.push(json!(id));
            }
            Ok(Value::Array(ids))
        }
        "relation" => {
            let mut ids = Vec::new();
            for (n, one) in array(value, path)?.iter().enumerate() {
                let id = one.get("id").and_then(Value::as_str).and_then(normal);
                let id = id.ok_or_else(|| Refused::field(&format!("{path}[{n}].id"), "a valid uuid", one))?;
                match state.page(caller, &id) {
                    Ok(_) => ids.push(json!(id)),
                    Err(_) if state.quirks.drops_unshared_relations => {}
                    Err(refused) => return Err(refused),
                }
            }
            Ok(Value::Array(ids))
        }
        "files" => array(value, path).map(|files| json!(files)),
        _ => Ok(value.clone()),
    }
}

fn plain(
    value: &Value,
    path: &str,
    should: &str,
    fits: impl FnOnce(&Value) -> bool,
) -> Result<Value, Refused> {
    if fits(value) { Ok(value.clone()) } else { Err(Refused::field(path, should, value)) }
}

/// A text that is one value, such as an address: null empties it, an empty text is refused.
fn short(value: &Value, path: &str, most: usize) -> Result<Value, Refused> {
    match value {
        Value::String(text) if !text.is_empty() => text::within(path, text, most).map(|()| value.clone()),
        Value::Null => Ok(Value::Null),
        other => Err(Refused::field(path, "a populated string or `null`", other)),
    }
}

fn array<'a>(value: &'a Value, path: &str) -> Result<&'a [Value], Refused> {
    let all = value.as_array().ok_or_else(|| Refused::field(path, "an array", value))?;
    if all.len() > MOST {
        return Err(Refused::field(&format!("{path}.length"), "\u{2264} `100`", all.len()));
    }
    Ok(all)
}

/// The id of an option that was named. An unknown one is made, unless it is a status.
fn choice(
    state: &mut State,
    property: &Property,
    value: &Value,
    path: &str,
    draft: &mut Draft,
) -> Result<Value, Refused> {
    let mut known = options(property);
    let drafted = draft.options.iter().filter(|(id, _)| *id == property.id);
    known.extend(drafted.map(|(_, option)| option.clone()));
    let find = |key: &str, wanted: &str| {
        let option = known.iter().find(|option| option.get(key).and_then(Value::as_str) == Some(wanted));
        option.and_then(|option| option.get("id")).cloned()
    };
    let is_status = property.kind == "status";
    let what = if is_status { "Status" } else { "Select" };
    if let Some(id) = value.get("id").and_then(Value::as_str) {
        return find("id", id)
            .ok_or_else(|| Refused::validation(format!("{what} option with ID \"{id}\" does not exist.")));
    }
    let name = value.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| Refused::field(&format!("{path}.name"), "a string", value))?;
    if let Some(id) = find("name", name) {
        return Ok(id);
    }
    if is_status {
        let words = format!("Invalid status option. Status option \"{name}\" does not exist.");
        return Err(Refused::validation(words));
    }
    let name = option_name(path, name)?;
    let option = new_option(&mut state.core.chance, &known, &json!({"name": name}));
    let id = option["id"].clone();
    draft.options.push((property.id.clone(), option));
    Ok(id)
}

/// The option that a kept id stands for, as it is read; null if it was taken away.
pub(super) fn option(property: &Property, id: &Value) -> Value {
    let found = options(property).into_iter().find(|option| option.get("id") == Some(id));
    found.map_or(
        Value::Null,
        |option| json!({"id": option["id"], "name": option["name"], "color": option["color"]}),
    )
}

/// What a cell says, whole: arrays are not cut.
pub(super) fn whole(state: &State, caller: &Caller, page: &Page, property: &Property) -> Value {
    let kept = page.values.get(&property.id).unwrap_or(&Value::Null);
    let items = || kept.as_array().into_iter().flatten();
    let user = |id: &str| {
        users::by_id(state, id, caller.powers.users).unwrap_or_else(|| json!({"object": "user", "id": id}))
    };
    match property.kind.as_str() {
        "title" | "rich_text" | "files" => Value::Array(items().cloned().collect()),
        "date" => dates::shown(kept),
        "checkbox" => json!(kept.as_bool().unwrap_or(false)),
        "select" => option(property, kept),
        // A status is never empty: what has none has the first.
        "status" => match option(property, kept) {
            Value::Null => {
                options(property).first().map_or(Value::Null, |first| option(property, &first["id"]))
            }
            option => option,
        },
        "multi_select" => items().map(|id| option(property, id)).filter(|option| !option.is_null()).collect(),
        "people" => items().filter_map(Value::as_str).map(user).collect(),
        "relation" => {
            let seen = items().filter(|id| id.as_str().is_some_and(|id| state.page(caller, id).is_ok()));
            seen.map(|id| json!({ "id": id })).collect()
        }
        "created_time" => json!(told(page.made.at)),
        "last_edited_time" => json!(told(page.edited.at)),
        "created_by" => user(&page.made.by.id),
        "last_edited_by" => user(&page.edited.by.id),
        "unique_id" => json!({"prefix": property.config["prefix"], "number": page.number}),
        "formula" => json!({"type": "string", "string": formula(state, page, property)}),
        "rollup" => rollup(state, caller, page, property),
        "button" => json!({}),
        "verification" if kept.is_null() => json!({"state": "unverified", "verified_by": null, "date": null}),
        _ => kept.clone(),
    }
}

/// A formula that repeats the text of a property, `prop("Name")`; others give nothing here.
fn formula(state: &State, page: &Page, property: &Property) -> Option<String> {
    let expression = property.config.get("expression")?.as_str()?;
    let name = expression.trim().strip_prefix("prop(\"")?.strip_suffix("\")")?;
    let Parent::Source(source) = &page.parent else { return None };
    let of = state.sources.get(source)?.property(name)?;
    let kept = page.values.get(&of.id)?;
    match of.kind.as_str() {
        "title" | "rich_text" => Some(text::read(kept)),
        "date" => kept.get("start")?.as_str().map(ToOwned::to_owned),
        _ => kept.as_str().map(ToOwned::to_owned),
    }
}

/// A rollup: how many pages a relation leads to, or nothing that could be computed here.
fn rollup(state: &State, caller: &Caller, page: &Page, property: &Property) -> Value {
    let name = ["relation_property_id", "relation_property_name"]
        .into_iter()
        .find_map(|key| property.config.get(key)?.as_str())
        .unwrap_or_default();
    let function = property.config.get("function").cloned().unwrap_or(json!("count"));
    let Parent::Source(source) = &page.parent else { return Value::Null };
    let relation = state.sources.get(source).and_then(|source| source.property(name));
    let related = relation.map(|relation| whole(state, caller, page, relation));
    let number = related.as_ref().and_then(Value::as_array).map(Vec::len);
    json!({"type": "number", "number": number, "function": function})
}

/// A cell as a page tells it.
pub(super) fn shown(state: &State, caller: &Caller, page: &Page, property: &Property) -> Value {
    let mut value = whole(state, caller, page, property);
    let mut told = json!({"id": property.id, "type": property.kind});
    match (property.kind.as_str(), value.as_array_mut()) {
        ("people", Some(items)) => items.truncate(SHOWN),
        ("relation", Some(items)) => {
            told["has_more"] = json!(items.len() > SHOWN);
            items.truncate(SHOWN);
        }
        ("title" | "rich_text", Some(items)) => {
            let mut mentions = 0;
            items.retain(|item| {
                mentions += usize::from(item["type"] == "mention");
                item["type"] != "mention" || mentions <= SHOWN
            });
        }
        _ => {}
    }
    told[property.kind.as_str()] = value;
    told
}

/// All cells of a page that the filter names, as a page tells them.
pub(super) fn row(state: &State, caller: &Caller, page: &Page, wanted: &[String]) -> Value {
    let Parent::Source(source) = &page.parent else {
        let title = page.values.get("title").cloned().unwrap_or(json!([]));
        return json!({"title": {"id": "title", "type": "title", "title": title}});
    };
    let Some(source) = state.sources.get(source) else { return json!({}) };
    let named = |property: &&Property| {
        wanted.is_empty()
            || wanted.iter().any(|id| *id == property.id || *id == schema::decoded(&property.id))
    };
    let cells = source.properties.iter().filter(named);
    cells
        .map(|property| (property.name.clone(), shown(state, caller, page, property)))
        .collect::<Fields>()
        .into()
}
