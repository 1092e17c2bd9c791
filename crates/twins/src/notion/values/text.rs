//! Rich text: what is written, what is read, and how long it may be.

use serde_json::{Map, Value, json};

use crate::notion::answers::Refused;
use crate::notion::calls::Caller;
use crate::notion::state::{Acquaintance, State, normal};
use crate::notion::users;

/// The longest content of one piece, in UTF-16 units.
const LONGEST: usize = 2000;
/// The most pieces of one text.
pub(in crate::notion) const MOST: usize = 100;

/// A text of one plain piece, in the form in which it is kept.
pub(in crate::notion) fn plain(content: &str) -> Value {
    match content.is_empty() {
        true => json!([]),
        false => json!([piece("text", json!({"content": content, "link": null}), None)]),
    }
}

/// All that a text says.
pub(in crate::notion) fn read(kept: &Value) -> String {
    let pieces = kept.as_array().into_iter().flatten();
    pieces.filter_map(|piece| piece.get("plain_text")?.as_str()).collect()
}

fn piece(kind: &str, content: Value, looks: Option<&Map<String, Value>>) -> Value {
    let mut annotations = json!({
        "bold": false, "italic": false, "strikethrough": false, "underline": false, "code": false, "color": "default",
    });
    for (key, value) in looks.into_iter().flatten() {
        if annotations.get(key).is_some() {
            annotations[key.as_str()] = value.clone();
        }
    }
    let href = content.get("link").and_then(|link| link.get("url")).cloned().unwrap_or_default();
    let plain = match kind {
        "text" => content.get("content").cloned().unwrap_or_default(),
        "equation" => content.get("expression").cloned().unwrap_or_default(),
        _ => json!(""),
    };
    let mut piece = json!({"type": kind, "annotations": annotations, "plain_text": plain, "href": href});
    piece[kind] = content;
    piece
}

/// What is kept of a text that was written.
pub(in crate::notion) fn taken(
    state: &State,
    caller: &Caller,
    value: &Value,
    path: &str,
) -> Result<Value, Refused> {
    let pieces = value.as_array().ok_or_else(|| Refused::field(path, "an array", value))?;
    if pieces.len() > MOST {
        return Err(Refused::field(&format!("{path}.length"), "\u{2264} `100`", pieces.len()));
    }
    let mut kept: Vec<Value> = Vec::new();
    for (n, asked) in pieces.iter().enumerate() {
        let path = format!("{path}[{n}]");
        let fields = asked.as_object().ok_or_else(|| Refused::field(&path, "an object", asked))?;
        let looks = fields.get("annotations").and_then(Value::as_object);
        let taken = if let Some(text) = fields.get("text") {
            let content = text.get("content").and_then(Value::as_str);
            let content = content.ok_or_else(|| {
                let was = text.get("content").map_or("undefined".to_owned(), ToString::to_string);
                Refused::field(&format!("{path}.text.content"), "a string", was)
            })?;
            within(&format!("{path}.text.content"), content, LONGEST)?;
            let link = text.get("link").cloned().unwrap_or_default();
            if let Some(url) = link.get("url").and_then(Value::as_str) {
                within(&format!("{path}.text.link.url"), url, LONGEST)?;
            }
            if content.is_empty() {
                continue;
            }
            piece("text", json!({"content": content, "link": link}), looks)
        } else if let Some(equation) = fields.get("equation") {
            let expression = equation.get("expression").and_then(Value::as_str).unwrap_or_default();
            within(&format!("{path}.equation.expression"), expression, 1000)?;
            piece("equation", json!({"expression": expression}), looks)
        } else if let Some(mention) = fields.get("mention") {
            mentioned(state, caller, mention, looks, &path)?
        } else {
            return Err(Refused::field(&format!("{path}.text"), "defined", "undefined"));
        };
        match kept.last_mut().filter(|last| state.quirks.joins_text && joins(last, &taken)) {
            Some(last) => {
                let joined = format!("{}{}", said(last), said(&taken));
                last["plain_text"] = json!(joined);
                last["text"]["content"] = json!(joined);
            }
            None => kept.push(taken),
        }
    }
    Ok(Value::Array(kept))
}

fn said(piece: &Value) -> &str {
    piece.get("plain_text").and_then(Value::as_str).unwrap_or_default()
}

fn joins(one: &Value, other: &Value) -> bool {
    let same = |key: &str| one.get(key) == other.get(key);
    one.get("type") == Some(&json!("text")) && same("type") && same("annotations") && same("href")
}

/// Refuses a text that is too long, by the count of its UTF-16 units.
pub(super) fn within(path: &str, text: &str, most: usize) -> Result<(), Refused> {
    match text.encode_utf16().count() {
        length if length > most => {
            Err(Refused::field(&format!("{path}.length"), &format!("\u{2264} `{most}`"), length))
        }
        _ => Ok(()),
    }
}

/// A piece that names a person, a page or a date.
fn mentioned(
    state: &State,
    caller: &Caller,
    mention: &Value,
    looks: Option<&Map<String, Value>>,
    path: &str,
) -> Result<Value, Refused> {
    let id = |key: &str| mention.get(key)?.get("id")?.as_str().and_then(normal);
    let (content, plain) = if let Some(user) = id("user") {
        let known = users::by_id(state, &user, Acquaintance::Names)
            .ok_or_else(|| Refused::not_found("user", &user))?;
        let name = known.get("name").and_then(Value::as_str).unwrap_or("Anonymous").to_owned();
        (json!({"type": "user", "user": {"object": "user", "id": user}}), format!("@{name}"))
    } else if let Some(page) = id("page") {
        let found = state.page(caller, &page)?;
        let title = found.values.get("title").map(read).unwrap_or_default();
        (json!({"type": "page", "page": {"id": page}}), title)
    } else if let Some(date) = mention.get("date") {
        let kept = super::dates::taken(state, date, &format!("{path}.mention.date"))?;
        let told = super::dates::shown(&kept);
        let plain = told.get("start").and_then(Value::as_str).unwrap_or_default().to_owned();
        (json!({"type": "date", "date": told}), plain)
    } else {
        return Err(Refused::field(&format!("{path}.mention"), "a mention", mention));
    };
    let mut piece = piece("mention", content, looks);
    piece["plain_text"] = json!(plain);
    Ok(piece)
}
