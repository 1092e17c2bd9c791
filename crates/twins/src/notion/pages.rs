//! Pages: made, read, changed, put into the trash and taken out of it, moved. Rows of a table are pages, too.
//!
//! There is no ETag, no idempotency key, and no deletion that is final.

use serde_json::{Value, json};

use super::Fields;
use super::answers::Refused;
use super::calls::{Caller, Outcome, Version, only};
use super::state::{Page, Parent, Source, State, told};
use super::values::{self, Draft};
use super::{blocks, webhooks};
use crate::message::Call;

/// A page as it is told.
pub(super) fn shown(state: &State, caller: &Caller, page: &Page) -> Value {
    partly(state, caller, page, &[])
}

/// The same with only some of its properties; without any named, all.
pub(super) fn partly(state: &State, caller: &Caller, page: &Page, wanted: &[String]) -> Value {
    let mut told = json!({
        "object": "page",
        "id": page.id,
        "created_time": told(page.made.at),
        "last_edited_time": told(page.edited.at),
        "created_by": page.made.by.partial(),
        "last_edited_by": page.edited.by.partial(),
        "cover": page.cover,
        "icon": page.icon,
        "parent": parent_shown(state, caller, &page.parent),
        "in_trash": page.trashed.is_some() || state.holder_in_trash(&page.id),
        "is_locked": page.locked,
        "properties": values::row(state, caller, page, wanted),
        "url": state.url(&page.id),
        "public_url": null,
    });
    if caller.version < Version::Trash {
        told["archived"] = told["in_trash"].clone();
    }
    if caller.knows_sources() {
        told["is_archived"] = json!(page.archived);
    }
    told
}

/// Where something lies, as it is told.
pub(super) fn parent_shown(state: &State, caller: &Caller, parent: &Parent) -> Value {
    match parent {
        Parent::Workspace => json!({"type": "workspace", "workspace": true}),
        Parent::Page(id) => json!({"type": "page_id", "page_id": id}),
        Parent::Source(id) => {
            let database = state.sources.get(id).map(|source| source.database.clone());
            match caller.knows_sources() {
                true => json!({"type": "data_source_id", "data_source_id": id, "database_id": database}),
                false => json!({"type": "database_id", "database_id": database}),
            }
        }
    }
}

/// Where something is to lie.
pub(super) fn parent(state: &State, caller: &Caller, asked: Option<&Value>) -> Result<Parent, Refused> {
    let path = "body.parent";
    let asked = asked.ok_or_else(|| Refused::field(path, "defined", "undefined"))?;
    let fields = asked.as_object().ok_or_else(|| Refused::field(path, "an object", asked))?;
    let id = |key: &str| fields.get(key).and_then(Value::as_str);
    let parent = if let Some(id) = id("data_source_id").filter(|_| caller.knows_sources()) {
        Parent::Source(state.source(caller, id)?.id.clone())
    } else if let Some(id) = id("database_id") {
        Parent::Source(state.only_source(state.database(caller, id)?)?.id.clone())
    } else if let Some(id) = id("page_id") {
        Parent::Page(state.page(caller, id)?.id)
    } else if fields.contains_key("workspace") && caller.bot.is_none() {
        Parent::Workspace
    } else {
        return Err(Refused::field(&format!("{path}.page_id"), "defined", "undefined"));
    };
    if let Parent::Source(id) | Parent::Page(id) = &parent
        && state.in_trash(id)
    {
        return Err(buried());
    }
    Ok(parent)
}

fn buried() -> Refused {
    Refused::validation(
        "Can't edit page on block with an archived ancestor. You must unarchive the ancestor before editing page.",
    )
}

/// What two writers get in each other's way about.
fn contended(page: &Page) -> &str {
    match &page.parent {
        Parent::Source(source) => source,
        _ => &page.id,
    }
}

/// What a write says about the cells of a page.
fn draft(
    state: &mut State,
    caller: &Caller,
    parent: &Parent,
    properties: Option<&Value>,
) -> Result<Draft, Refused> {
    let path = "body.properties";
    let Some(properties) = properties else { return Ok(Draft::default()) };
    let fields = properties.as_object().ok_or_else(|| Refused::field(path, "an object", properties))?;
    if let Parent::Source(source) = parent {
        let source: Option<Source> = state.sources.get(source).cloned();
        return match source {
            Some(source) => values::draft(state, caller, &source, fields),
            None => Ok(Draft::default()),
        };
    }
    let mut draft = Draft::default();
    for (key, value) in fields {
        if key != "title" {
            return Err(super::schema::missing(key));
        }
        let title = value.get("title").unwrap_or(value);
        let title = values::text::taken(state, caller, title, &format!("{path}.title"))?;
        draft.values.insert("title".to_owned(), title);
    }
    Ok(draft)
}

/// `POST pages`.
pub(super) fn create(state: &mut State, caller: &Caller, body: &Fields) -> Outcome {
    caller.may_insert()?;
    only(body, &["parent", "properties", "icon", "cover", "children", "template", "position"])?;
    let parent = parent(state, caller, body.get("parent"))?;
    if state.quirks.full_workspace {
        return Err(Refused::restricted("The workspace has reached the limit of blocks of its plan."));
    }
    if let Parent::Source(source) = &parent {
        state.settle_write(source)?;
    }
    let draft = draft(state, caller, &parent, body.get("properties"))?;
    let tree = blocks::read(state, caller, body.get("children"))?;
    let mut page = state.new_page(caller, parent);
    look(&mut page, body);
    settle(state, caller, &mut page, draft);
    let id = page.id.clone();
    state.put_page(page.clone(), "created", caller);
    blocks::put(state, caller, &id, &id, None, tree);
    webhooks::page(state, caller, "created", &page, json!({}));
    rows_changed(state, caller, &page);
    Ok(shown(state, caller, &page))
}

/// Takes over what a page looks like.
fn look(page: &mut Page, body: &Fields) {
    for (key, slot) in [("icon", &mut page.icon), ("cover", &mut page.cover)] {
        if let Some(value) = body.get(key) {
            *slot = value.clone();
        }
    }
}

/// Does a draft, and tells of the options that it made.
fn settle(state: &mut State, caller: &Caller, page: &mut Page, draft: Draft) {
    let source = match &page.parent {
        Parent::Source(source) => source.clone(),
        _ => String::new(),
    };
    let changed = draft.changed();
    if values::apply(state, &source, page, draft) {
        webhooks::source(state, caller, "schema_updated", &source, json!({"updated_properties": changed}));
    }
}

fn rows_changed(state: &mut State, caller: &Caller, page: &Page) {
    if let Parent::Source(source) = &page.parent {
        let rows = json!({"updated_blocks": [{"id": page.id, "type": "page"}]});
        webhooks::source(state, caller, "content_updated", source, rows);
    }
}

/// `GET pages/{id}`.
pub(super) fn retrieve(state: &State, caller: &Caller, id: &str, call: &Call) -> Outcome {
    caller.may_read()?;
    let page = state.page(caller, id)?;
    Ok(partly(state, caller, &page, &wanted(call)))
}

/// The properties that a call wants to see.
pub(super) fn wanted(call: &Call) -> Vec<String> {
    let mut wanted = call.params("filter_properties");
    wanted.extend(call.params("filter_properties[]"));
    wanted
}

/// `PATCH pages/{id}`.
pub(super) fn update(state: &mut State, caller: &Caller, id: &str, body: &Fields) -> Outcome {
    caller.may_update()?;
    let known =
        ["properties", "icon", "cover", "is_locked", "in_trash", "archived", "template", "erase_content"];
    only(body, &known)?;
    let mut page = state.page(caller, id)?;
    state.settle_write(contended(&page))?;
    let trash = trash_asked(caller, body)?;
    let edits = ["properties", "icon", "cover"].iter().any(|key| body.contains_key(*key));
    if state.holder_in_trash(&page.id) {
        return Err(buried());
    }
    if page.trashed.is_some() && edits && trash != Some(false) {
        let words = "Can't edit block that is archived. You must unarchive the block before editing.";
        return Err(Refused::validation(words));
    }
    let draft = draft(state, caller, &page.parent.clone(), body.get("properties"))?;
    let before = page.clone();
    look(&mut page, body);
    settle(state, caller, &mut page, draft);
    if let Some(locked) = body.get("is_locked").and_then(Value::as_bool) {
        page.locked = locked;
    }
    if trash == Some(true) {
        page.trashed = page.trashed.or(Some(state.core.now));
    } else if trash == Some(false) {
        page.trashed = None;
    }
    let page = save(state, caller, &before, page);
    Ok(shown(state, caller, &page))
}

/// Whether a body says what becomes of the trash. The word `archived` has no meaning in the newest version.
pub(super) fn trash_asked(caller: &Caller, body: &Fields) -> Result<Option<bool>, Refused> {
    let word = |key: &str| match body.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(said)) => Ok(Some(*said)),
        Some(other) => Err(Refused::field(&format!("body.{key}"), "a boolean or `undefined`", other)),
    };
    let archived = if caller.version < Version::Trash { word("archived")? } else { None };
    Ok(word("in_trash")?.or(archived))
}

/// Puts a changed page on its shelf, tells what changed, and returns it as it is now.
pub(super) fn save(state: &mut State, caller: &Caller, before: &Page, mut page: Page) -> Page {
    page.edited = state.mark(caller);
    let trashed = (before.trashed.is_some(), page.trashed.is_some());
    let what = match trashed {
        (false, true) => "trashed",
        (true, false) => "restored",
        _ => "updated",
    };
    state.put_page(page.clone(), what, caller);
    match trashed {
        (false, true) => webhooks::page(state, caller, "deleted", &page, json!({})),
        (true, false) => webhooks::page(state, caller, "undeleted", &page, json!({})),
        _ => {}
    }
    if trashed.0 != trashed.1 {
        rows_changed(state, caller, &page);
    }
    if before.locked != page.locked {
        let what = if page.locked { "locked" } else { "unlocked" };
        webhooks::page(state, caller, what, &page, json!({}));
    }
    let keys = before.values.keys().chain(page.values.keys());
    let mut changed: Vec<&String> =
        keys.filter(|key| before.values.get(*key) != page.values.get(*key)).collect();
    changed.sort();
    changed.dedup();
    // A new title is content, not a property.
    if changed.iter().any(|key| *key == "title") {
        webhooks::page(state, caller, "content_updated", &page, json!({"updated_blocks": []}));
    }
    changed.retain(|key| *key != "title");
    if !changed.is_empty() {
        webhooks::page(state, caller, "properties_updated", &page, json!({"updated_properties": changed}));
    }
    page
}

/// `POST pages/{id}/move`.
pub(super) fn relocate(state: &mut State, caller: &Caller, id: &str, body: &Fields) -> Outcome {
    caller.may_update()?;
    only(body, &["parent"])?;
    let page = state.page(caller, id)?;
    let parent = parent(state, caller, body.get("parent"))?;
    if let Parent::Page(target) = &parent
        && state.chain(target).contains(&page.id)
    {
        return Err(Refused::validation("A page cannot be moved into itself."));
    }
    if page.trashed.is_some() {
        return Err(buried());
    }
    state.settle_write(contended(&page))?;
    let page = moved(state, caller, page, parent);
    Ok(shown(state, caller, &page))
}

/// Moves a page. Cells go along where the other table has a property of that name and kind.
pub(super) fn moved(state: &mut State, caller: &Caller, page: Page, parent: Parent) -> Page {
    let before = page.clone();
    let columns = |parent: &Parent| match parent {
        Parent::Source(id) => {
            state.sources.get(id).map(|source| source.properties.clone()).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    let (from, to) = (columns(&page.parent), columns(&parent));
    let mut page = page;
    page.values = before
        .values
        .iter()
        .filter(|(key, _)| *key == "title")
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    for property in from.iter().filter(|property| property.kind != "title") {
        let same = to.iter().find(|other| other.name == property.name && other.kind == property.kind);
        let (Some(same), Some(kept)) = (same, before.values.get(&property.id)) else { continue };
        let kept = match property.kind.as_str() {
            "select" | "status" => by_name(property, same, kept),
            "multi_select" => {
                let ids = kept.as_array().into_iter().flatten();
                ids.map(|id| by_name(property, same, id)).filter(|id| !id.is_null()).collect()
            }
            _ => kept.clone(),
        };
        page.values.insert(same.id.clone(), kept);
    }
    page.parent = parent;
    page.edited = state.mark(caller);
    state.put_page(page.clone(), "moved", caller);
    webhooks::page(state, caller, "moved", &page, json!({}));
    rows_changed(state, caller, &before);
    rows_changed(state, caller, &page);
    page
}

/// The option of the other property that has the same name.
fn by_name(from: &super::state::Property, to: &super::state::Property, id: &Value) -> Value {
    let name = values::option(from, id)["name"].clone();
    let options = super::schema::options(to);
    options
        .into_iter()
        .find(|option| option["name"] == name)
        .map_or(Value::Null, |option| option["id"].clone())
}
