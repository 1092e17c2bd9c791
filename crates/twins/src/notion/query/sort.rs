//! The order of rows.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::notion::answers::Refused;
use crate::notion::calls::Caller;
use crate::notion::state::{Page, Property, Source, State, minute};
use crate::notion::values::{self, dates, text};

/// What a row is compared by. What is empty comes last, whichever the direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Key {
    Number(f64),
    Text(String),
    Empty,
}

impl Key {
    fn compare(&self, other: &Key, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Key::Empty, Key::Empty) => Ordering::Equal,
            (Key::Empty, _) => return Ordering::Greater,
            (_, Key::Empty) => return Ordering::Less,
            (Key::Number(one), Key::Number(other)) => one.total_cmp(other),
            (Key::Text(one), Key::Text(other)) => one.cmp(other),
            (Key::Number(_), Key::Text(_)) => Ordering::Less,
            (Key::Text(_), Key::Number(_)) => Ordering::Greater,
        };
        if descending { order.reverse() } else { order }
    }
}

enum By {
    Made,
    Edited,
    Cell(Property),
}

/// All that rows are sorted by, the weightiest first.
pub(super) struct Sorts(Vec<(By, bool)>);

impl Sorts {
    pub(super) fn read(source: &Source, asked: Option<&Value>) -> Result<Sorts, Refused> {
        let asked = match asked {
            None | Some(Value::Null) => return Ok(Sorts(Vec::new())),
            Some(asked) => asked.as_array().ok_or_else(|| Refused::field("body.sorts", "an array", asked))?,
        };
        let mut sorts = Vec::new();
        for (n, sort) in asked.iter().enumerate() {
            let path = format!("body.sorts[{n}]");
            let text = |key: &str| sort.get(key).and_then(Value::as_str);
            let descending = match text("direction") {
                Some("ascending") => false,
                Some("descending") => true,
                _ => {
                    return Err(Refused::field(
                        &format!("{path}.direction"),
                        "`\"ascending\"` or `\"descending\"`",
                        sort,
                    ));
                }
            };
            let by = match (text("timestamp"), text("property")) {
                (Some("created_time"), _) => By::Made,
                (Some("last_edited_time"), _) => By::Edited,
                (None, Some(key)) => By::Cell(source.property(key).cloned().ok_or_else(|| {
                    Refused::validation(format!("Could not find sort property with name or id: {key}"))
                })?),
                _ => return Err(Refused::field(&path, "a sort", sort)),
            };
            sorts.push((by, descending));
        }
        Ok(Sorts(sorts))
    }

    /// What a row is sorted by.
    pub(super) fn keys(&self, state: &State, caller: &Caller, page: &Page) -> Vec<Key> {
        let key = |(by, _): &(By, bool)| match by {
            By::Made => Key::Number(minute(page.made.at).as_second() as f64),
            By::Edited => Key::Number(minute(page.edited.at).as_second() as f64),
            By::Cell(property) => cell(state, caller, page, property),
        };
        self.0.iter().map(key).collect()
    }

    /// By their keys, and where these are equal in an order that means nothing.
    pub(super) fn compare(&self, one: &(Vec<Key>, String), other: &(Vec<Key>, String)) -> Ordering {
        let pairs = one.0.iter().zip(&other.0).zip(&self.0);
        let mut orders = pairs.map(|((one, other), (_, descending))| one.compare(other, *descending));
        orders.find(|order| order.is_ne()).unwrap_or_else(|| one.1.cmp(&other.1))
    }
}

fn cell(state: &State, caller: &Caller, page: &Page, property: &Property) -> Key {
    let value = values::whole(state, caller, page, property);
    let words = |text: String| if text.is_empty() { Key::Empty } else { Key::Text(text) };
    match property.kind.as_str() {
        "title" | "rich_text" => words(text::read(&value)),
        "date" => {
            dates::start(&value).map_or(Key::Empty, |when| Key::Number(when.instant().as_second() as f64))
        }
        "number" => value.as_f64().map_or(Key::Empty, Key::Number),
        "unique_id" => Key::Number(page.number as f64),
        "checkbox" => Key::Number(f64::from(u8::from(value == true))),
        "select" | "status" => {
            let options = crate::notion::schema::options(property);
            let at = options.iter().position(|option| option["id"] == value["id"]);
            at.map_or(Key::Empty, |at| Key::Number(at as f64))
        }
        _ => match value {
            Value::String(text) => words(text),
            Value::Array(items) => items.first().map_or(Key::Empty, |first| words(first.to_string())),
            Value::Null => Key::Empty,
            other => words(other.to_string()),
        },
    }
}
