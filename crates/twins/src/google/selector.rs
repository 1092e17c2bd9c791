//! Partial responses: the `fields` parameter, such as `items(id,start/dateTime),nextPageToken`.

use serde_json::{Map, Value};

/// A parsed selector: names with what is wanted of each; empty means all of it.
#[derive(Debug, Default, PartialEq)]
struct Wanted(Vec<(String, Wanted)>);

/// Returns what `fields` selects of a value, or why it cannot be read.
pub(super) fn select(value: &Value, fields: &str) -> Result<Value, String> {
    let mut rest = fields;
    let wanted = list(&mut rest).filter(|_| rest.is_empty());
    match wanted {
        Some(wanted) => Ok(pick(value, &wanted)),
        None => Err(format!("Invalid field selection {fields}")),
    }
}

fn list(rest: &mut &str) -> Option<Wanted> {
    let mut wanted = vec![item(rest)?];
    while let Some(next) = rest.strip_prefix(',') {
        *rest = next;
        wanted.push(item(rest)?);
    }
    Some(Wanted(wanted))
}

fn item(rest: &mut &str) -> Option<(String, Wanted)> {
    let end = rest.find(['/', '(', ')', ',']).unwrap_or(rest.len());
    let (name, tail) = rest.split_at(end);
    let name = name.trim();
    if name.is_empty() {
        return None;
    }
    *rest = tail;
    if let Some(inner) = rest.strip_prefix('/') {
        *rest = inner;
        return Some((name.to_owned(), Wanted(vec![item(rest)?])));
    }
    if let Some(inner) = rest.strip_prefix('(') {
        *rest = inner;
        let wanted = list(rest)?;
        *rest = rest.strip_prefix(')')?;
        return Some((name.to_owned(), wanted));
    }
    Some((name.to_owned(), Wanted::default()))
}

fn pick(value: &Value, wanted: &Wanted) -> Value {
    if wanted.0.is_empty() {
        return value.clone();
    }
    match value {
        Value::Array(items) => items.iter().map(|item| pick(item, wanted)).collect(),
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (name, inner) in &wanted.0 {
                let named: Vec<(&String, &Value)> = match name.as_str() {
                    "*" => fields.iter().collect(),
                    name => fields.get_key_value(name).into_iter().collect(),
                };
                for (key, value) in named {
                    let mut picked = pick(value, inner);
                    if let (Some(Value::Object(before)), Value::Object(more)) =
                        (kept.get_mut(key), &mut picked)
                    {
                        before.append(more);
                    } else {
                        kept.insert(key.clone(), picked);
                    }
                }
            }
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(fields: &str, expected: Value) {
        let value =
            json!({"kind": "k", "items": [{"id": "a", "start": {"date": "d", "zone": "z"}}], "next": 1});
        assert_eq!(select(&value, fields), Ok(expected));
    }

    #[test]
    fn only_what_is_selected_remains() {
        check("kind", json!({"kind": "k"}));
        check("items(id),next", json!({"items": [{"id": "a"}], "next": 1}));
        check("items/start/date", json!({"items": [{"start": {"date": "d"}}]}));
        check("items(id,start(zone))", json!({"items": [{"id": "a", "start": {"zone": "z"}}]}));
        check("items/*", json!({"items": [{"id": "a", "start": {"date": "d", "zone": "z"}}]}));
        assert!(select(&json!({}), "items(id").is_err());
    }
}
