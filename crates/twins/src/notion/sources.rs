//! Data sources: tables with their columns.

use serde_json::{Value, json};

use super::Fields;
use super::answers::Refused;
use super::calls::{Caller, Outcome, Version, only};
use super::databases::text;
use super::state::{Source, State, told};
use super::{pages, schema, values, webhooks};

/// A data source as it is told.
pub(super) fn shown(state: &State, caller: &Caller, source: &Source) -> Value {
    let database = state.databases.get(&source.database);
    let mut told = json!({
        "object": "data_source",
        "id": source.id,
        "title": source.title,
        "description": source.description,
        "parent": {"type": "database_id", "database_id": source.database},
        "database_parent": database.map(|database| pages::parent_shown(state, caller, &database.parent)),
        "is_inline": database.is_some_and(|database| database.inline),
        "in_trash": state.in_trash(&source.id),
        "created_time": told(source.made.at),
        "last_edited_time": told(source.edited.at),
        "created_by": source.made.by.partial(),
        "last_edited_by": source.edited.by.partial(),
        "properties": schema::shown(source),
        "icon": source.icon,
        "cover": null,
        "url": state.url(&source.database),
        "public_url": null,
    });
    if caller.version < Version::Trash {
        told["archived"] = told["in_trash"].clone();
    }
    told
}

/// `GET data_sources/{id}`.
pub(super) fn retrieve(state: &State, caller: &Caller, id: &str) -> Outcome {
    caller.may_read()?;
    Ok(shown(state, caller, state.source(caller, id)?))
}

/// `POST data_sources`: one more in a database.
pub(super) fn create(state: &mut State, caller: &Caller, body: &Fields) -> Outcome {
    caller.may_insert()?;
    only(body, &["parent", "properties", "title", "icon"])?;
    let parent = body.get("parent").and_then(|parent| parent.get("database_id")).and_then(Value::as_str);
    let parent = parent.ok_or_else(|| Refused::field("body.parent.database_id", "defined", "undefined"))?;
    let database = state.database(caller, parent)?.id.clone();
    let columns = schema::columns(state, caller, body.get("properties"), "body.properties")?;
    let title = text(state, caller, body, "title")?.unwrap_or(json!([]));
    let id = state.add_source(caller, &database, &values::text::read(&title), columns);
    webhooks::source(state, caller, "created", &id, json!({}));
    let made = state.sources.get(&id).ok_or_else(|| Refused::not_found("data_source", &id))?;
    Ok(shown(state, caller, made))
}

/// `PATCH data_sources/{id}`.
pub(super) fn update(state: &mut State, caller: &Caller, id: &str, body: &Fields) -> Outcome {
    caller.may_update()?;
    only(body, &["title", "icon", "properties", "in_trash", "archived", "parent"])?;
    let id = state.source(caller, id)?.id.clone();
    state.settle_write(&id)?;
    let title = text(state, caller, body, "title")?;
    let trash = pages::trash_asked(caller, body)?;
    let holder = body.get("parent").and_then(|parent| parent.get("database_id")).and_then(Value::as_str);
    let holder =
        holder.map(|holder| state.database(caller, holder).map(|holder| holder.id.clone())).transpose()?;
    if let Some(properties) = body.get("properties") {
        change_columns(state, caller, &id, properties)?;
    }
    let (now, mark) = (state.core.now, state.mark(caller));
    let mut told = Vec::new();
    if let Some(source) = state.sources.get_mut(&id) {
        source.title = title.unwrap_or_else(|| source.title.clone());
        source.icon = body.get("icon").cloned().unwrap_or_else(|| source.icon.clone());
        match (trash, source.trashed) {
            (Some(true), None) => {
                source.trashed = Some(now);
                told.push("deleted");
            }
            (Some(false), Some(_)) => {
                source.trashed = None;
                told.push("undeleted");
            }
            _ => {}
        }
        source.edited = mark;
    }
    if let Some(holder) = holder {
        state.databases.values_mut().for_each(|database| database.sources.retain(|held| *held != id));
        if let Some(database) = state.databases.get_mut(&holder) {
            database.sources.push(id.clone());
        }
        if let Some(source) = state.sources.get_mut(&id) {
            source.database = holder;
        }
        told.push("moved");
    }
    for what in told {
        webhooks::source(state, caller, what, &id, json!({}));
    }
    let source = state.sources.get(&id).ok_or_else(|| Refused::not_found("data_source", &id))?;
    Ok(shown(state, caller, source))
}

/// Changes the columns and tells of it. What a cell held under another kind is lost.
pub(super) fn change_columns(
    state: &mut State,
    caller: &Caller,
    id: &str,
    properties: &Value,
) -> Result<(), Refused> {
    let before = state.source(caller, id)?.properties.clone();
    let done = schema::change(state, caller, id, properties)?;
    if done.is_empty() {
        return Ok(());
    }
    let mark = state.mark(caller);
    let Some(source) = state.sources.get_mut(id) else { return Ok(()) };
    source.edited = mark;
    let lost = before.iter().filter(|old| {
        source.properties.iter().find(|new| new.id == old.id).is_none_or(|new| new.kind != old.kind)
    });
    let lost: Vec<String> = lost.map(|old| old.id.clone()).collect();
    if !lost.is_empty() {
        let now = state.core.now;
        for row in state.rows.get(id).cloned().unwrap_or_default() {
            let Some(mut page) = state.pages.get(&row).cloned() else { continue };
            let held = page.values.len();
            page.values.retain(|id, _| !lost.contains(id));
            if page.values.len() < held {
                state.pages.put(&row, page, now);
            }
        }
    }
    webhooks::source(state, caller, "schema_updated", id, json!({ "updated_properties": done }));
    Ok(())
}
