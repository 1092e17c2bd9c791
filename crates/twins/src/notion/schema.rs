//! The columns of a table: how they are told, made, renamed, changed and removed.

use serde_json::{Value, json};

use super::Fields;
use super::answers::Refused;
use super::calls::Caller;
use super::state::{Property, Source, State, text};
use crate::chance::Chance;

/// Every kind of property.
const KINDS: [&str; 24] = [
    "title",
    "rich_text",
    "number",
    "select",
    "multi_select",
    "status",
    "date",
    "people",
    "files",
    "checkbox",
    "url",
    "email",
    "phone_number",
    "formula",
    "relation",
    "rollup",
    "created_time",
    "created_by",
    "last_edited_time",
    "last_edited_by",
    "unique_id",
    "button",
    "place",
    "verification",
];

/// Kinds that Notion fills by itself.
pub(super) const READ_ONLY: [&str; 8] = [
    "formula",
    "rollup",
    "created_time",
    "created_by",
    "last_edited_time",
    "last_edited_by",
    "unique_id",
    "button",
];

/// The colours of options, in the order in which they are given.
const COLORS: [&str; 9] = ["default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink"];

/// The most options that one call may name, and the longest name.
const MOST: usize = 100;

/// What a calendar has that somebody made by hand.
pub(super) fn usual() -> Vec<(String, String, Value)> {
    let column = |name: &str, kind: &str| (name.to_owned(), kind.to_owned(), json!({}));
    vec![
        column("Name", "title"),
        column("Date", "date"),
        column("Description", "rich_text"),
        column("Location", "rich_text"),
        column("Status", "status"),
        column("Tags", "multi_select"),
        column("Guests", "people"),
    ]
}

/// The letters of ids, some of which have to be encoded.
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:;<>@[]^`{|}~?=\\";

/// An id without its encoding.
pub(super) fn decoded(id: &str) -> String {
    let escaped = id.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    crate::message::pairs(&escaped).into_iter().next().map(|(key, _)| key).unwrap_or_default()
}

fn encoded(id: &str) -> String {
    let letter = |c: char| match c {
        c if c.is_ascii_alphanumeric() => c.to_string(),
        c => format!("%{:02X}", u32::from(c)),
    };
    id.chars().map(letter).collect()
}

/// A property with an id that none of the others has.
pub(super) fn new_property(
    chance: &mut Chance,
    source: &Source,
    name: String,
    kind: String,
    config: Value,
) -> Property {
    let id = match kind.as_str() {
        "title" => "title".to_owned(),
        _ => loop {
            let id = encoded(&chance.text(LETTERS, 4));
            if source.properties.iter().all(|property| property.id != id) {
                break id;
            }
        },
    };
    let config = completed(chance, &kind, config);
    Property { id, name, kind, config, description: Value::Null }
}

/// A configuration with what is not said: options with ids, the usual groups.
fn completed(chance: &mut Chance, kind: &str, config: Value) -> Value {
    match kind {
        "select" | "multi_select" => {
            let asked = config.get("options").and_then(Value::as_array).cloned().unwrap_or_default();
            let mut options = Vec::new();
            for option in asked {
                options.push(new_option(chance, &options, &option));
            }
            json!({ "options": options })
        }
        "status" => {
            let asked = config.get("options").and_then(Value::as_array).cloned();
            let usual = json!([{"name": "Not started", "color": "default"}, {"name": "In progress", "color": "blue"},
                               {"name": "Done", "color": "green"}]);
            let given = asked.is_some();
            let mut options = Vec::new();
            for option in asked.or_else(|| usual.as_array().cloned()).unwrap_or_default() {
                options.push(new_option(chance, &options, &option));
            }
            let id = |at: usize| options.get(at).and_then(|option| option.get("id")).cloned();
            // What comes by the API all lands in the first group.
            let first: Vec<Value> = match given {
                true => (0..options.len()).filter_map(id).collect(),
                false => id(0).into_iter().collect(),
            };
            let rest = |at: usize| -> Vec<Value> { id(at).filter(|_| !given).into_iter().collect() };
            let mut group = |name: &str, color: &str, ids: Vec<Value>| json!({"id": uuid(chance), "name": name, "color": color, "option_ids": ids});
            let groups = [
                group("To-do", "gray", first),
                group("In progress", "blue", rest(1)),
                group("Complete", "green", rest(2)),
            ];
            json!({"options": options, "groups": groups})
        }
        "number" => json!({"format": config.get("format").cloned().unwrap_or(json!("number"))}),
        "unique_id" => json!({"prefix": config.get("prefix").cloned().unwrap_or(Value::Null)}),
        "formula" => json!({"expression": config.get("expression").cloned().unwrap_or(json!(""))}),
        "relation" | "rollup" => config,
        _ => json!({}),
    }
}

fn uuid(chance: &mut Chance) -> String {
    let digits = chance.text(b"0123456789abcdef", 31);
    format!("{}-{}-4{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..15], &digits[15..19], &digits[19..])
}

/// An option with an id and a colour.
pub(super) fn new_option(chance: &mut Chance, others: &[Value], asked: &Value) -> Value {
    let color = COLORS[others.len() % COLORS.len()];
    let id = asked.get("id").filter(|id| id.is_string()).cloned();
    json!({
        "id": id.unwrap_or_else(|| json!(uuid(chance))),
        "name": asked.get("name").cloned().unwrap_or_default(),
        "color": asked.get("color").filter(|color| color.is_string()).cloned().unwrap_or(json!(color)),
        "description": asked.get("description").cloned().unwrap_or(Value::Null),
    })
}

/// The name of an option, if it can be one.
pub(super) fn option_name<'a>(path: &str, name: &'a str) -> Result<&'a str, Refused> {
    if name.contains(',') {
        return Err(Refused::validation(format!("Invalid select option, commas not allowed: {name}")));
    }
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Refused::field(
            &format!("{path}.name.length"),
            "between 1 and `100`",
            name.chars().count(),
        ));
    }
    Ok(name)
}

/// The columns of a table, as they are told.
pub(super) fn shown(source: &Source) -> Value {
    let one = |property: &Property| {
        let mut told = json!({
            "id": property.id,
            "name": property.name,
            "description": property.description,
            "type": property.kind,
        });
        told[property.kind.as_str()] = property.config.clone();
        (property.name.clone(), told)
    };
    Value::Object(source.properties.iter().map(one).collect())
}

/// The kind and the configuration that a schema asks for.
fn asked(path: &str, fields: &Fields) -> Result<Option<(String, Value)>, Refused> {
    let kind = KINDS.into_iter().find(|kind| fields.contains_key(*kind));
    let Some(kind) = kind else {
        return match text(fields, "type") {
            Some(named) => Err(Refused::field(&format!("{path}.{named}"), "defined", "undefined")),
            None => Ok(None),
        };
    };
    let config = fields.get(kind).cloned().unwrap_or_default();
    let object =
        config.as_object().ok_or_else(|| Refused::field(&format!("{path}.{kind}"), "an object", &config))?;
    if let Some(options) = object.get("options") {
        let options = options.as_array().cloned().unwrap_or_default();
        if options.len() > MOST {
            let path = format!("{path}.{kind}.options.length");
            return Err(Refused::field(&path, "\u{2264} `100`", options.len()));
        }
        for (n, option) in options.iter().enumerate() {
            if let Some(name) = option.get("name").and_then(Value::as_str) {
                option_name(&format!("{path}.{kind}.options[{n}]"), name)?;
            }
        }
    }
    Ok(Some((kind.to_owned(), config)))
}

/// The columns that a new table asks for.
pub(super) fn columns(
    state: &State,
    caller: &Caller,
    properties: Option<&Value>,
    path: &str,
) -> Result<Vec<(String, String, Value)>, Refused> {
    let empty = Fields::new();
    let properties = match properties {
        None => &empty,
        Some(value) => value.as_object().ok_or_else(|| Refused::field(path, "an object", value))?,
    };
    let mut columns = Vec::new();
    for (name, value) in properties {
        let path = format!("{path}.{name}");
        let fields = value.as_object().ok_or_else(|| Refused::field(&path, "an object", value))?;
        let (kind, config) =
            asked(&path, fields)?.ok_or_else(|| Refused::field(&path, "a property schema", value))?;
        possible(state, caller, &path, &kind, &config)?;
        columns.push((name.clone(), kind, config));
    }
    match columns.iter().filter(|(_, kind, _)| kind == "title").count() {
        0 if properties.is_empty() => columns.push(("Name".to_owned(), "title".to_owned(), json!({}))),
        1 => {}
        _ => {
            return Err(Refused::validation(
                "Title is not provided: exactly one property has the type title.",
            ));
        }
    }
    // JSON objects have no order that means anything; the title stands first.
    columns.sort_by_key(|(_, kind, _)| kind != "title");
    Ok(columns)
}

/// Refuses what cannot be made.
fn possible(state: &State, caller: &Caller, path: &str, kind: &str, config: &Value) -> Result<(), Refused> {
    match kind {
        "relation" => {
            let target = config.get("data_source_id").or_else(|| config.get("database_id"));
            let target = target.and_then(Value::as_str).unwrap_or_default();
            let found = state.source(caller, target).map(|_| ());
            found.or_else(|refused| state.database(caller, target).map(|_| ()).map_err(|_| refused))
        }
        "status" if !state.quirks.status_options_by_api && config.get("options").is_some() => {
            Err(Refused::field(&format!("{path}.status.options"), "not present", "an array"))
        }
        "status" if config.get("groups").is_some() => {
            Err(Refused::field(&format!("{path}.status.groups"), "not present", "an array"))
        }
        _ => Ok(()),
    }
}

/// Changes the columns of a table. Returns what was done to which: id, name, action.
pub(super) fn change(
    state: &mut State,
    caller: &Caller,
    id: &str,
    properties: &Value,
) -> Result<Vec<Value>, Refused> {
    let path = "body.properties";
    let properties = properties.as_object().ok_or_else(|| Refused::field(path, "an object", properties))?;
    let mut source = state.source(caller, id)?.clone();
    let mut done = Vec::new();
    for (key, value) in properties {
        let path = format!("{path}.{key}");
        let known = source.property(key).cloned();
        let told = |property: &Property, action: &str| json!({"id": property.id, "name": property.name, "action": action});
        let Some(fields) = value.as_object() else {
            // null removes it.
            if !value.is_null() {
                return Err(Refused::field(&path, "an object or `null`", value));
            }
            let known = known.ok_or_else(|| missing(key))?;
            if known.kind == "title" {
                return Err(Refused::validation("Cannot delete the title property."));
            }
            source.properties.retain(|property| property.id != known.id);
            done.push(told(&known, "deleted"));
            continue;
        };
        let asked = asked(&path, fields)?;
        if let Some((kind, config)) = &asked {
            possible(state, caller, &path, kind, config)?;
        }
        let Some(mut property) = known else {
            let (kind, config) = asked.ok_or_else(|| missing(key))?;
            if kind == "title" {
                return Err(Refused::validation("Cannot create a second title property."));
            }
            let property = new_property(&mut state.core.chance, &source, key.clone(), kind, config);
            done.push(told(&property, "added"));
            source.properties.push(property);
            continue;
        };
        if let Some(name) = text(fields, "name") {
            if source.properties.iter().any(|other| other.name == name && other.id != property.id) {
                return Err(Refused::validation(format!("Property named {name} exists already.")));
            }
            property.name = name.to_owned();
        }
        if let Some(description) = fields.get("description") {
            property.description = description.clone();
        }
        if let Some((kind, config)) = asked {
            if (property.kind == "title") != (kind == "title") {
                return Err(Refused::validation("The type of the title property cannot be changed."));
            }
            match kind == property.kind {
                true => reconfigure(&mut state.core.chance, &mut property, &config)?,
                false => {
                    property.config = completed(&mut state.core.chance, &kind, config);
                    property.kind = kind;
                }
            }
        }
        done.push(told(&property, "updated"));
        if let Some(slot) = source.properties.iter_mut().find(|slot| slot.id == property.id) {
            *slot = property;
        }
    }
    state.sources.insert(source.id.clone(), source);
    Ok(done)
}

/// Another configuration of the same kind. Options are named by id or by name; those that are not named go, but for those of
/// a status.
fn reconfigure(chance: &mut Chance, property: &mut Property, config: &Value) -> Result<(), Refused> {
    let Some(asked) = config.get("options").and_then(Value::as_array) else {
        if !matches!(property.kind.as_str(), "select" | "multi_select" | "status") {
            property.config = completed(chance, &property.kind, config.clone());
        }
        return Ok(());
    };
    let before = options(property);
    let mut after: Vec<Value> = if property.kind == "status" { before.clone() } else { Vec::new() };
    for option in asked {
        let same = |known: &&Value| {
            ["id", "name"]
                .iter()
                .any(|key| option.get(*key).is_some_and(|wanted| known.get(*key) == Some(wanted)))
        };
        let known = before.iter().find(same).cloned();
        if known.is_none() && option.get("name").is_none() {
            return Err(Refused::validation("Cannot find the option to update."));
        }
        let mut made = known.clone().unwrap_or_else(|| new_option(chance, &before, option));
        if let Some(name) = option.get("name") {
            made["name"] = name.clone();
        }
        match (known, property.kind.as_str()) {
            (Some(known), "status") => {
                after
                    .iter_mut()
                    .filter(|slot| slot["id"] == known["id"])
                    .for_each(|slot| *slot = made.clone());
            }
            (None, "status") => {
                if let Some(ids) = property.config["groups"][0]["option_ids"].as_array_mut() {
                    ids.push(made["id"].clone());
                }
                after.push(made);
            }
            _ => after.push(made),
        }
    }
    property.config["options"] = json!(after);
    Ok(())
}

/// The options of a property.
pub(super) fn options(property: &Property) -> Vec<Value> {
    property.config.get("options").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The refusal of a property that does not exist.
pub(super) fn missing(key: &str) -> Refused {
    Refused::validation(format!("{key} is not a property that exists."))
}
