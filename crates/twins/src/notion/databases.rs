//! Databases: containers of data sources since 2025-09-03, tables before.

use serde_json::{Value, json};

use super::Fields;
use super::answers::Refused;
use super::calls::{Caller, Outcome, Version, only};
use super::state::{Database, Parent, Source, State, told};
use super::{pages, schema, sources, values, webhooks};

/// A database as the version of the caller tells it.
pub(super) fn shown(state: &State, caller: &Caller, database: &Database) -> Outcome {
    let mut told = json!({
        "object": "database",
        "id": database.id,
        "title": database.title,
        "description": database.description,
        "parent": pages::parent_shown(state, caller, &database.parent),
        "is_inline": database.inline,
        "in_trash": state.in_trash(&database.id),
        "created_time": told(database.made.at),
        "last_edited_time": told(database.edited.at),
        "created_by": database.made.by.partial(),
        "last_edited_by": database.edited.by.partial(),
        "icon": database.icon,
        "cover": database.cover,
        "url": state.url(&database.id),
        "public_url": null,
    });
    if caller.version < Version::Trash {
        told["archived"] = told["in_trash"].clone();
    }
    if caller.knows_sources() {
        let held = database.sources.iter().filter_map(|id| state.sources.get(id));
        let held = held.filter(|source| source.trashed.is_none());
        let name = |source: &Source| json!({"id": source.id, "name": values::text::read(&source.title)});
        told["data_sources"] = held.map(name).collect();
        told["is_locked"] = json!(database.locked);
    } else {
        told["properties"] = schema::shown(state.only_source(database)?);
    }
    Ok(told)
}

/// `GET databases/{id}`.
pub(super) fn retrieve(state: &State, caller: &Caller, id: &str) -> Outcome {
    caller.may_read()?;
    shown(state, caller, state.database(caller, id)?)
}

/// `POST databases`.
pub(super) fn create(state: &mut State, caller: &Caller, body: &Fields) -> Outcome {
    caller.may_insert()?;
    let mut known = vec!["parent", "title", "description", "is_inline", "icon", "cover"];
    known.push(if caller.knows_sources() { "initial_data_source" } else { "properties" });
    only(body, &known)?;
    let parent = pages::parent(state, caller, body.get("parent"))?;
    if matches!(parent, Parent::Source(_)) {
        return Err(Refused::field("body.parent.page_id", "defined", "undefined"));
    }
    if state.quirks.full_workspace {
        return Err(Refused::restricted("The workspace has reached the limit of blocks of its plan."));
    }
    let (properties, path) = match caller.knows_sources() {
        true => {
            let source = body.get("initial_data_source");
            (source.and_then(|source| source.get("properties")), "body.initial_data_source.properties")
        }
        false => (body.get("properties"), "body.properties"),
    };
    let columns = schema::columns(state, caller, properties, path)?;
    let title = text(state, caller, body, "title")?.unwrap_or(json!([]));
    let description = text(state, caller, body, "description")?.unwrap_or(json!([]));
    let name = values::text::read(&title);
    let id = state.add_database(caller, parent, "");
    state.add_source(caller, &id, &name, columns);
    if let Some(database) = state.databases.get_mut(&id) {
        (database.title, database.description) = (title, description);
        look(database, body);
    }
    webhooks::database(state, caller, "created", &id);
    let made = state.databases.get(&id).ok_or_else(|| Refused::not_found("database", &id))?;
    shown(state, caller, made)
}

/// A rich text of the body.
pub(super) fn text(
    state: &State,
    caller: &Caller,
    body: &Fields,
    key: &str,
) -> Result<Option<Value>, Refused> {
    let value = body.get(key);
    value.map(|value| values::text::taken(state, caller, value, &format!("body.{key}"))).transpose()
}

fn look(database: &mut Database, body: &Fields) {
    for (key, slot) in [("icon", &mut database.icon), ("cover", &mut database.cover)] {
        if let Some(value) = body.get(key) {
            *slot = value.clone();
        }
    }
    let word = |key: &str| body.get(key).and_then(Value::as_bool);
    database.inline = word("is_inline").unwrap_or(database.inline);
    database.locked = word("is_locked").unwrap_or(database.locked);
}

/// `PATCH databases/{id}`.
pub(super) fn update(state: &mut State, caller: &Caller, id: &str, body: &Fields) -> Outcome {
    caller.may_update()?;
    let mut known = vec![
        "parent",
        "title",
        "description",
        "is_inline",
        "icon",
        "cover",
        "in_trash",
        "archived",
        "is_locked",
    ];
    if !caller.knows_sources() {
        known.push("properties");
    }
    only(body, &known)?;
    let id = state.database(caller, id)?.id.clone();
    let title = text(state, caller, body, "title")?;
    let description = text(state, caller, body, "description")?;
    let parent = body.get("parent").map(|parent| pages::parent(state, caller, Some(parent))).transpose()?;
    let trash = pages::trash_asked(caller, body)?;
    if !caller.knows_sources() {
        // The table is the database: its name and its columns are those of the only data source.
        let database = state.databases.get(&id).ok_or_else(|| Refused::not_found("database", &id))?;
        let source = state.only_source(database)?.id.clone();
        if let Some(properties) = body.get("properties") {
            sources::change_columns(state, caller, &source, properties)?;
        }
        if let (Some(source), Some(title)) = (state.sources.get_mut(&source), &title) {
            source.title = title.clone();
        }
    }
    let (now, mark) = (state.core.now, state.mark(caller));
    let mut told = Vec::new();
    if let Some(database) = state.databases.get_mut(&id) {
        database.title = title.unwrap_or_else(|| database.title.clone());
        database.description = description.unwrap_or_else(|| database.description.clone());
        look(database, body);
        if let Some(parent) = parent {
            database.parent = parent;
            told.push("moved");
        }
        match (trash, database.trashed) {
            (Some(true), None) => {
                database.trashed = Some(now);
                told.push("deleted");
            }
            (Some(false), Some(_)) => {
                database.trashed = None;
                told.push("undeleted");
            }
            _ => {}
        }
        database.edited = mark;
    }
    for what in told {
        webhooks::database(state, caller, what, &id);
    }
    let database = state.databases.get(&id).ok_or_else(|| Refused::not_found("database", &id))?;
    shown(state, caller, database)
}
