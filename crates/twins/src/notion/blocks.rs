//! The body of a page, as far as a description needs it: blocks with text, lists, to-dos, code, rules and quotes.

use serde_json::{Map, Value, json};

use super::Fields;
use super::answers::Refused;
use super::calls::{Caller, Outcome, Pager, Version, only};
use super::state::{Block, Page, State, normal, told};
use super::values::text;
use super::webhooks;
use crate::message::Call;

/// Kinds that hold text.
const TEXTS: [&str; 10] = [
    "paragraph",
    "heading_1",
    "heading_2",
    "heading_3",
    "bulleted_list_item",
    "numbered_list_item",
    "to_do",
    "toggle",
    "quote",
    "callout",
];
/// Kinds that hold something else.
const OTHERS: [&str; 6] = ["code", "divider", "equation", "bookmark", "embed", "image"];
/// The most children of one block, blocks of one call, and levels of one call.
const CHILDREN: usize = 100;
const BLOCKS: usize = 1000;
const LEVELS: usize = 2;

/// A block that is not there yet, with what lies in it.
#[derive(Debug)]
pub(super) struct Sapling {
    kind: String,
    content: Value,
    children: Vec<Sapling>,
}

/// Reads the blocks that a call brings.
pub(super) fn read(state: &State, caller: &Caller, asked: Option<&Value>) -> Result<Vec<Sapling>, Refused> {
    let mut count = 0;
    asked.map_or(Ok(Vec::new()), |asked| level(state, caller, asked, "body.children", 0, &mut count))
}

fn level(
    state: &State,
    caller: &Caller,
    asked: &Value,
    path: &str,
    depth: usize,
    count: &mut usize,
) -> Result<Vec<Sapling>, Refused> {
    let asked = asked.as_array().ok_or_else(|| Refused::field(path, "an array", asked))?;
    if asked.len() > CHILDREN {
        return Err(Refused::field(&format!("{path}.length"), "\u{2264} `100`", asked.len()));
    }
    *count += asked.len();
    if *count > BLOCKS {
        return Err(Refused::field("body.children", "\u{2264} `1000` blocks", *count));
    }
    let mut saplings = Vec::new();
    for (n, block) in asked.iter().enumerate() {
        let path = format!("{path}[{n}]");
        let (kind, content) = content(state, caller, block, &path)?;
        let inner =
            block.get(&kind).and_then(|content| content.get("children")).or_else(|| block.get("children"));
        let children = match inner {
            None => Vec::new(),
            Some(_) if depth + 1 > LEVELS => {
                return Err(Refused::field(&format!("{path}.{kind}.children"), "not present", "an array"));
            }
            Some(inner) => level(state, caller, inner, &format!("{path}.{kind}.children"), depth + 1, count)?,
        };
        saplings.push(Sapling { kind, content, children });
    }
    Ok(saplings)
}

/// The kind of a block and what it holds.
fn content(state: &State, caller: &Caller, block: &Value, path: &str) -> Result<(String, Value), Refused> {
    let fields = block.as_object().ok_or_else(|| Refused::field(path, "an object", block))?;
    let kind = TEXTS.into_iter().chain(OTHERS).find(|kind| fields.contains_key(*kind));
    let kind = kind.ok_or_else(|| Refused::field(&format!("{path}.paragraph"), "defined", "undefined"))?;
    let empty = Map::new();
    let said = fields.get(kind).and_then(Value::as_object).unwrap_or(&empty);
    let mut content = said.clone();
    content.remove("children");
    if TEXTS.contains(&kind) || kind == "code" {
        let asked = said.get("rich_text").cloned().unwrap_or(json!([]));
        let kept = text::taken(state, caller, &asked, &format!("{path}.{kind}.rich_text"))?;
        content.insert("rich_text".to_owned(), kept);
        content.entry("color").or_insert(json!("default"));
    }
    if kind == "to_do" {
        content.entry("checked").or_insert(json!(false));
    }
    Ok((kind.to_owned(), content.into()))
}

/// Puts blocks into a page or another block, behind one that is there or at the end. Returns their ids.
pub(super) fn put(
    state: &mut State,
    caller: &Caller,
    page: &str,
    parent: &str,
    at: Option<usize>,
    saplings: Vec<Sapling>,
) -> Vec<String> {
    let mark = state.mark(caller);
    let mut ids = Vec::new();
    for sapling in saplings {
        let id = state.new_id();
        let block = Block {
            id: id.clone(),
            page: page.to_owned(),
            parent: parent.to_owned(),
            kind: sapling.kind,
            content: sapling.content,
            trashed: false,
            made: mark.clone(),
            edited: mark.clone(),
        };
        state.blocks.insert(id.clone(), block);
        put(state, caller, page, &id, None, sapling.children);
        ids.push(id);
    }
    if !ids.is_empty() {
        let body = state.bodies.entry(parent.to_owned()).or_default();
        let at = at.unwrap_or(body.len()).min(body.len());
        body.splice(at..at, ids.iter().cloned());
    }
    ids
}

fn shown(state: &State, caller: &Caller, block: &Block) -> Value {
    let parent = match block.parent == block.page {
        true => json!({"type": "page_id", "page_id": block.page}),
        false => json!({"type": "block_id", "block_id": block.parent}),
    };
    let mut told = json!({
        "object": "block",
        "id": block.id,
        "parent": parent,
        "created_time": told(block.made.at),
        "last_edited_time": told(block.edited.at),
        "created_by": block.made.by.partial(),
        "last_edited_by": block.edited.by.partial(),
        "has_children": living(state, &block.id).next().is_some(),
        "in_trash": block.trashed,
        "type": block.kind,
    });
    told[block.kind.as_str()] = block.content.clone();
    if caller.version < Version::Trash {
        told["archived"] = told["in_trash"].clone();
    }
    told
}

/// A page as a block.
fn as_block(state: &State, caller: &Caller, page: &Page) -> Value {
    let title = page.values.get("title").map(text::read).unwrap_or_default();
    let told = super::pages::shown(state, caller, page);
    let mut block = json!({
        "object": "block",
        "type": "child_page",
        "child_page": {"title": title},
        "has_children": living(state, &page.id).next().is_some(),
    });
    for key in
        ["id", "parent", "created_time", "last_edited_time", "created_by", "last_edited_by", "in_trash"]
    {
        block[key] = told[key].clone();
    }
    block
}

/// The blocks of a page or block that are not in the trash.
pub(super) fn living<'a>(state: &'a State, of: &str) -> impl Iterator<Item = &'a Block> {
    let ids = state.bodies.get(of).into_iter().flatten();
    ids.filter_map(|id| state.blocks.get(id)).filter(|block| !block.trashed)
}

/// The page that a page or block is of.
fn page_of(state: &State, caller: &Caller, id: &str) -> Result<Page, Refused> {
    let of = normal(id).and_then(|id| state.blocks.get(&id)).map(|block| block.page.clone());
    let found = state.page(caller, of.as_deref().unwrap_or(id));
    found.map_err(|_| Refused::not_found("block", id))
}

/// `GET blocks/{id}`.
pub(super) fn retrieve(state: &State, caller: &Caller, id: &str) -> Outcome {
    caller.may_read()?;
    if let Ok(page) = state.page(caller, id) {
        return Ok(as_block(state, caller, &page));
    }
    Ok(shown(state, caller, state.block(caller, id)?))
}

/// `GET blocks/{id}/children`.
pub(super) fn children(state: &State, caller: &Caller, id: &str, call: &Call) -> Outcome {
    caller.may_read()?;
    page_of(state, caller, id)?;
    let id = normal(id).unwrap_or_default();
    let all = living(state, &id).map(|block| shown(state, caller, block)).collect();
    Pager::of(state, call)?.plain(all, "block")
}

/// `PATCH blocks/{id}/children`.
pub(super) fn append(state: &mut State, caller: &Caller, id: &str, body: &Fields) -> Outcome {
    caller.may_insert()?;
    let place = if caller.version < Version::Trash { "after" } else { "position" };
    only(body, &["children", place])?;
    let page = writable(state, caller, id)?;
    let id = normal(id).unwrap_or_default();
    let saplings = read(state, caller, body.get("children"))?;
    let position = body.get("position");
    let after = match position.and_then(|position| position.get("type")).and_then(Value::as_str) {
        Some("after_block") => position.and_then(|position| position["after_block"]["id"].as_str()),
        _ => body.get("after").and_then(Value::as_str),
    };
    let body = state.bodies.get(&id).map_or(&[][..], Vec::as_slice);
    let at = match after.and_then(normal) {
        Some(after) => Some(
            body.iter().position(|id| *id == after).ok_or_else(|| Refused::not_found("block", &after))? + 1,
        ),
        None if position.is_some_and(|position| position["type"] == "start") => Some(0),
        None => None,
    };
    let ids = put(state, caller, &page.id, &id, at, saplings);
    edited(state, caller, page, &ids);
    let made = ids.iter().filter_map(|id| state.blocks.get(id)).map(|block| shown(state, caller, block));
    let results: Vec<Value> = made.collect();
    Ok(
        json!({"object": "list", "results": results, "next_cursor": null, "has_more": false, "type": "block", "block": {}}),
    )
}

/// `PATCH blocks/{id}`.
pub(super) fn update(state: &mut State, caller: &Caller, id: &str, body: &Fields) -> Outcome {
    caller.may_update()?;
    let block = state.block(caller, id)?.clone();
    let page = writable(state, caller, id)?;
    let trash = super::pages::trash_asked(caller, body)?;
    let held = match body.contains_key(&block.kind) {
        true => Some(content(state, caller, &json!(body), "body")?.1),
        false => None,
    };
    change(state, caller, &block.id, |block| {
        if let Some(held) = held {
            block.content = held;
        }
        block.trashed = trash.unwrap_or(block.trashed);
    });
    edited(state, caller, page, std::slice::from_ref(&block.id));
    Ok(shown(state, caller, state.block(caller, id)?))
}

/// `DELETE blocks/{id}`: into the trash; a page, too.
pub(super) fn remove(state: &mut State, caller: &Caller, id: &str) -> Outcome {
    caller.may_update()?;
    if let Ok(page) = state.page(caller, id) {
        let fields = Fields::from_iter([("in_trash".to_owned(), json!(true))]);
        super::pages::update(state, caller, &page.id, &fields)?;
        let page = state.page(caller, id)?;
        return Ok(as_block(state, caller, &page));
    }
    let id = state.block(caller, id)?.id.clone();
    let page = writable(state, caller, &id)?;
    change(state, caller, &id, |block| block.trashed = true);
    edited(state, caller, page, std::slice::from_ref(&id));
    Ok(shown(state, caller, state.block(caller, &id)?))
}

fn change(state: &mut State, caller: &Caller, id: &str, with: impl FnOnce(&mut Block)) {
    let mark = state.mark(caller);
    if let Some(block) = state.blocks.get_mut(id) {
        with(block);
        block.edited = mark;
    }
}

/// The page of a block, if its body can be written.
fn writable(state: &State, caller: &Caller, id: &str) -> Result<Page, Refused> {
    let page = page_of(state, caller, id)?;
    if state.in_trash(&page.id) {
        let words = "Can't edit block that is archived. You must unarchive the block before editing.";
        return Err(Refused::validation(words));
    }
    Ok(page)
}

/// A page's body was edited. Whether its time moves is a matter of luck.
pub(super) fn edited(state: &mut State, caller: &Caller, mut page: Page, blocks: &[String]) {
    if caller.bot.is_none() || !state.quirks.body_edits_unseen {
        page.edited = state.mark(caller);
        state.put_page(page.clone(), "body", caller);
    }
    let blocks: Vec<Value> = blocks.iter().map(|id| json!({"id": id, "type": "block"})).collect();
    webhooks::page(state, caller, "content_updated", &page, json!({ "updated_blocks": blocks }));
}

/// `GET pages/{id}/markdown`.
pub(super) fn markdown(state: &State, caller: &Caller, id: &str) -> Outcome {
    caller.may_read()?;
    let page = state.page(caller, id)?;
    let mut lines = Vec::new();
    write(state, &page.id, "", &mut lines);
    Ok(json!({
        "object": "page_markdown",
        "id": page.id,
        "markdown": lines.join("\n"),
        "truncated": false,
        "unknown_block_ids": [],
    }))
}

fn write(state: &State, of: &str, indent: &str, lines: &mut Vec<String>) {
    for block in living(state, of) {
        let said = text::read(&block.content["rich_text"]);
        let line = match block.kind.as_str() {
            "heading_1" => format!("# {said}"),
            "heading_2" => format!("## {said}"),
            "heading_3" => format!("### {said}"),
            "bulleted_list_item" => format!("- {said}"),
            "numbered_list_item" => format!("1. {said}"),
            "to_do" => format!("- [{}] {said}", if block.content["checked"] == true { "x" } else { " " }),
            "quote" => format!("> {said}"),
            "divider" => "---".to_owned(),
            _ => said,
        };
        lines.push(format!("{indent}{line}"));
        write(state, &block.id, &format!("{indent}\t"), lines);
    }
}
