//! What a person does at Notion's own screen: rows that come, change and go, tables and their columns, sharing.
//!
//! A person may do what the screen allows, which is more than the API does, and every edit is a foreign one.

use serde_json::{Value, json};

use super::Fields;
use super::calls::Caller;
use super::state::{Page, Parent, State, normal};
use super::values::text;
use super::{blocks, pages, schema, sources, webhooks};
use crate::control::Misunderstood;

/// The data source that a person means: `primary`, a name, or an id of it or of its database.
pub(super) fn calendar(state: &State, user: &str, name: &str) -> Result<String, Misunderstood> {
    if let Some(id) = normal(name) {
        if state.sources.contains_key(&id) {
            return Ok(id);
        }
        if let Some(first) = state.databases.get(&id).and_then(|database| database.sources.first()) {
            return Ok(first.clone());
        }
    }
    let name = if name == "primary" { "Calendar" } else { name };
    let author = state.person(user).author;
    let named = state.sources.values().filter(|source| text::read(&source.title) == name);
    let mut named: Vec<_> = named.filter(|source| source.trashed.is_none()).collect();
    // Their own before those of others, the first before later ones.
    named.sort_by_key(|source| (source.made.by != author, source.made.at));
    named.first().map(|source| source.id.clone()).ok_or_else(|| format!("there is no calendar \"{name}\""))
}

/// The person that a control call names, alice if it names nobody.
pub(super) fn actor(state: &State, body: &Value) -> Result<Caller, Misunderstood> {
    let user = body.get("user").and_then(Value::as_str).unwrap_or("alice");
    match state.users.contains_key(user) {
        true => Ok(state.person(user)),
        false => Err(format!("there is no user \"{user}\"")),
    }
}

/// The control route `event`.
pub(super) fn act(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let caller = actor(state, body)?;
    let name = body.get("calendar").and_then(Value::as_str);
    let wanted = body.get("do").and_then(Value::as_str).ok_or("\"do\" is missing")?;
    let told = |refused: super::answers::Refused| refused.words().to_owned();
    if wanted == "create" {
        let source = calendar(state, &caller.user, name.unwrap_or("primary"))?;
        let mut asked = fields(body)?;
        asked.insert("parent".to_owned(), json!({ "data_source_id": source }));
        return pages::create(state, &caller, &asked).map_err(told);
    }
    let id = body.get("id").and_then(Value::as_str).ok_or("\"id\" is missing")?;
    let page = state.page(&caller, id).map_err(|_| format!("there is no page \"{id}\""))?;
    match wanted {
        "change" => {
            let mut asked = fields(body)?;
            let children = asked.remove("children");
            let shown = pages::update(state, &caller, id, &asked).map_err(told)?;
            let Some(children) = children else { return Ok(shown) };
            let saplings = blocks::read(state, &caller, Some(&children)).map_err(told)?;
            state.bodies.remove(&page.id);
            let ids = blocks::put(state, &caller, &page.id, &page.id, None, saplings);
            let page = state.page(&caller, id).map_err(told)?;
            blocks::edited(state, &caller, page, &ids);
            let page = state.page(&caller, id).map_err(told)?;
            Ok(pages::shown(state, &caller, &page))
        }
        "delete" => trash(state, &caller, id, true).map_err(told),
        "restore" => trash(state, &caller, id, false).map_err(told),
        // For good, as when somebody empties the trash.
        "purge" => {
            let mut page = page;
            page.trashed = Some(jiff::Timestamp::UNIX_EPOCH);
            state.put_page(page, "purged", &caller);
            Ok(json!({}))
        }
        "archive" | "unarchive" => {
            let archived = wanted == "archive";
            Ok(changed(state, &caller, page, |page| page.archived = archived))
        }
        "lock" | "unlock" => {
            let locked = wanted == "lock";
            Ok(changed(state, &caller, page, |page| page.locked = locked))
        }
        "copy" => Ok(copied(state, &caller, &page)),
        "move" => {
            let to = body.get("destination").and_then(Value::as_str).ok_or("\"destination\" is missing")?;
            let parent = match calendar(state, &caller.user, to) {
                Ok(source) => Parent::Source(source),
                Err(why) => Parent::Page(state.page(&caller, to).map_err(|_| why)?.id),
            };
            let page = pages::moved(state, &caller, page, parent);
            Ok(pages::shown(state, &caller, &page))
        }
        other => Err(format!(
            "\"do\" is one of create, change, delete, restore, purge, archive, unarchive, lock, unlock, copy, move, not {other}"
        )),
    }
}

/// What is asked for, in Notion's form: whole (`properties`, `children`, `icon`), or the properties alone.
fn fields(body: &Value) -> Result<Fields, Misunderstood> {
    let fields = match body.get("fields") {
        None => return Ok(Fields::new()),
        Some(fields) => fields.as_object().ok_or("\"fields\" is an object")?,
    };
    let whole = ["properties", "children", "icon", "cover"];
    if fields.keys().all(|key| whole.contains(&key.as_str())) {
        return Ok(fields.clone());
    }
    Ok(Fields::from_iter([("properties".to_owned(), Value::Object(fields.clone()))]))
}

fn trash(state: &mut State, caller: &Caller, id: &str, into: bool) -> super::calls::Outcome {
    pages::update(state, caller, id, &Fields::from_iter([("in_trash".to_owned(), json!(into))]))
}

fn changed(state: &mut State, caller: &Caller, page: Page, with: impl FnOnce(&mut Page)) -> Value {
    let before = page.clone();
    let mut page = page;
    with(&mut page);
    let page = pages::save(state, caller, &before, page);
    pages::shown(state, caller, &page)
}

/// A duplicate, with every property of the other: the keys of programs, too.
fn copied(state: &mut State, caller: &Caller, page: &Page) -> Value {
    let title = page.values.get("title").map(text::read).unwrap_or_default();
    let mut copy = state.new_page(caller, page.parent.clone());
    copy.values = page.values.clone();
    copy.values.insert("title".to_owned(), text::plain(&format!("{title} (1)")));
    (copy.icon, copy.cover) = (page.icon.clone(), page.cover.clone());
    state.put_page(copy.clone(), "copied", caller);
    webhooks::page(state, caller, "created", &copy, json!({}));
    pages::shown(state, caller, &copy)
}

/// The control route `property`: `{"calendar", "do": "add|rename|change|remove", "name", "to", "fields"}`.
pub(super) fn column(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let caller = actor(state, body)?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let source = calendar(state, &caller.user, text("calendar").unwrap_or("primary"))?;
    let name = text("name").ok_or("\"name\" is missing")?;
    let asked = match text("do") {
        Some("add" | "change") => body.get("fields").cloned().ok_or("\"fields\" is missing")?,
        Some("rename") => json!({"name": text("to").ok_or("\"to\" is missing")?}),
        Some("remove") => Value::Null,
        _ => return Err("\"do\" is one of add, rename, change, remove".into()),
    };
    let properties = json!({ name: asked });
    sources::change_columns(state, &caller, &source, &properties)
        .map_err(|refused| refused.words().to_owned())?;
    Ok(state.sources.get(&source).map(schema::shown).unwrap_or_default())
}

/// The control route `calendar`: tables that appear, change and vanish.
pub(super) fn table(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let caller = actor(state, body)?;
    let said = |key: &str| body.get(key).and_then(Value::as_str);
    let title = said("title").unwrap_or("New calendar").to_owned();
    let id = |state: &State| calendar(state, &caller.user, said("id").unwrap_or("primary"));
    let source = match said("do") {
        Some("create") => {
            let home = super::signin::home(state, &caller).ok_or("they have no page of their own")?;
            let database = state.add_database(&caller, Parent::Page(home), &title);
            let source = state.add_source(&caller, &database, &title, schema::usual());
            webhooks::database(state, &caller, "created", &database);
            source
        }
        // A second data source, which breaks every client of an old version.
        Some("addSource") => {
            let first = id(state)?;
            let database =
                state.sources.get(&first).map(|source| source.database.clone()).unwrap_or_default();
            let source = state.add_source(&caller, &database, &title, schema::usual());
            webhooks::source(state, &caller, "created", &source, json!({}));
            source
        }
        Some("change") => {
            let id = id(state)?;
            let mark = state.mark(&caller);
            let source = state.sources.get_mut(&id).ok_or("it is gone")?;
            source.title = text::plain(&title);
            source.edited = mark;
            let database = source.database.clone();
            if let Some(database) = state.databases.get_mut(&database) {
                database.title = text::plain(&title);
            }
            webhooks::source(state, &caller, "content_updated", &id, json!({"updated_blocks": []}));
            id
        }
        Some(verb @ ("delete" | "restore")) => {
            // A name finds what lies in the trash, too.
            let named = said("id").unwrap_or("Calendar");
            let titled = state.sources.values().find(|source| text::read(&source.title) == named);
            let id = id(state).or_else(|why| titled.map(|source| source.id.clone()).ok_or(why))?;
            let now = state.core.now;
            let database = state.sources.get(&id).map(|source| source.database.clone()).unwrap_or_default();
            if let Some(held) = state.databases.get_mut(&database) {
                held.trashed = (verb == "delete").then_some(now);
            }
            let what = if verb == "delete" { "deleted" } else { "undeleted" };
            webhooks::database(state, &caller, what, &database);
            id
        }
        _ => return Err("\"do\" is one of create, addSource, change, delete, restore".into()),
    };
    Ok(super::desk::whole(state, &source))
}
