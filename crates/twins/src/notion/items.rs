//! One cell of a page, whole: what a page cuts short is read here in pieces.

use serde_json::{Value, json};

use super::answers::Refused;
use super::calls::{Caller, Outcome, Pager};
use super::state::{Parent, Property, State};
use super::values;
use crate::message::Call;

/// `GET pages/{id}/properties/{property}`.
pub(super) fn item(state: &State, caller: &Caller, id: &str, key: &str, call: &Call) -> Outcome {
    caller.may_read()?;
    let page = state.page(caller, id)?;
    let property = match &page.parent {
        Parent::Source(source) => state.sources.get(source).and_then(|source| source.property(key)).cloned(),
        _ => Some(key).filter(|key| *key == "title").map(|_| Property {
            id: "title".to_owned(),
            name: "title".to_owned(),
            kind: "title".to_owned(),
            config: json!({}),
            description: Value::Null,
        }),
    };
    let property = property.ok_or_else(|| {
        Refused::of(404, "object_not_found", format!("Could not find property with ID: {key}."))
    })?;
    let value = values::whole(state, caller, &page, &property);
    let one = |value: &Value| {
        let mut item = json!({"object": "property_item", "id": property.id, "type": property.kind});
        item[property.kind.as_str()] = value.clone();
        item
    };
    match (property.kind.as_str(), value.as_array()) {
        ("title" | "rich_text" | "people" | "relation", Some(items)) => {
            let mut list = Pager::of(state, call)?.plain(items.iter().map(one).collect(), "property_item")?;
            let next = list["next_cursor"].as_str().map(|cursor| {
                let base = &state.settings.base_url;
                format!("{base}/v1/pages/{}/properties/{}?start_cursor={cursor}", page.id, property.id)
            });
            let mut of = json!({"id": property.id, "type": property.kind, "next_url": next});
            of[property.kind.as_str()] = json!({});
            list["property_item"] = of;
            Ok(list)
        }
        _ => Ok(one(&value)),
    }
}
