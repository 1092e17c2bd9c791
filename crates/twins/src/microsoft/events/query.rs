//! OData's questions: what to select, to expand, to filter by, in which order, how much.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::filter::Filter;
use super::times::bound;
use crate::message::Call;
use crate::microsoft::Fields;
use crate::microsoft::answers::Refused;

/// The questions of one call.
#[derive(Clone, Debug, Default)]
pub(in crate::microsoft) struct Query {
    select: Option<Vec<String>>,
    expand: Vec<String>,
    /// The ids of the extended properties to tell.
    properties: Option<Vec<String>>,
    pub(super) filter: Option<Filter>,
    order: Vec<(String, bool)>,
    pub(in crate::microsoft) top: Option<usize>,
    pub(super) skip: usize,
    pub(super) count: bool,
}

impl Query {
    /// Everything that an event has to tell.
    pub(in crate::microsoft) fn everything() -> Query {
        Query { select: Some(vec!["*".to_owned()]), ..Query::default() }
    }

    /// The questions of a call.
    pub(in crate::microsoft) fn of(call: &Call) -> Result<Query, Refused> {
        let mut query = Query::default();
        if let Some(select) = call.param("$select") {
            query.select = Some(list(&select));
        }
        if let Some(expand) = call.param("$expand") {
            query.expand_by(&expand)?;
        }
        if let Some(filter) = call.param("$filter") {
            query.filter = Some(Filter::of(&filter)?);
        }
        if let Some(order) = call.param("$orderby") {
            query.order = list(&order)
                .into_iter()
                .map(|term| match term.split_once(' ') {
                    Some((name, direction)) => {
                        (name.to_owned(), direction.trim().eq_ignore_ascii_case("desc"))
                    }
                    None => (term, false),
                })
                .collect();
        }
        let number = |name: &str| match call.param(name) {
            None => Ok(None),
            Some(text) => text.parse::<usize>().map(Some).map_err(|_| {
                Refused::of("BadRequest")
                    .saying(format!("Invalid value '{text}' for {name} query option found."))
            }),
        };
        query.top = number("$top")?;
        if query.top == Some(0) {
            return Err(Refused::of("BadRequest").saying("The limit of '0' for Top query must be positive."));
        }
        query.skip = number("$skip")?.unwrap_or(0);
        query.count = call.says("$count");
        Ok(query)
    }

    /// `singleValueExtendedProperties($filter=id eq '…' or id eq '…'),extensions`.
    fn expand_by(&mut self, text: &str) -> Result<(), Refused> {
        for part in pieces(text) {
            let (name, inner) = part.split_once('(').unwrap_or((part, ""));
            let name = name.trim();
            if name.eq_ignore_ascii_case("singleValueExtendedProperties") {
                let ids = inner.split('\'').skip(1).step_by(2).map(ToOwned::to_owned).collect::<Vec<_>>();
                if ids.is_empty() {
                    return Err(Refused::of("ErrorInvalidUrlQuery")
                        .saying("Expanding extended properties needs a filter by their ids."));
                }
                self.properties.get_or_insert_default().extend(ids);
            }
            self.expand.push(name.to_owned());
        }
        Ok(())
    }

    /// Whether a property is named, or everything is.
    pub(super) fn selects(&self, name: &str) -> bool {
        self.select.iter().flatten().any(|selected| selected == name || selected == "*")
    }

    /// Whether everything is asked for by a star.
    pub(super) fn star(&self) -> bool {
        self.select.iter().flatten().any(|selected| selected == "*")
    }

    pub(super) fn expands(&self, name: &str) -> bool {
        self.expand.iter().any(|expanded| expanded == name)
    }

    pub(super) fn properties(&self) -> Option<&[String]> {
        self.properties.as_deref()
    }

    /// Leaves what was selected. The id and the version always come.
    pub(in crate::microsoft) fn cut(&self, event: &mut Fields) {
        if self.select.is_none() || self.star() {
            return;
        }
        event.retain(|name, _| name.starts_with('@') || name == "id" || self.selects(name));
    }

    /// Puts what passes the filter into the order that was asked for. Without one it stays as it is.
    pub(super) fn arranged(&self, mut events: Vec<(Value, Value)>) -> Vec<Value> {
        if !self.order.is_empty() {
            events.sort_by(|(one, _), (other, _)| {
                let by = |(name, down): &(String, bool)| {
                    let order = compare(&at(one, name), &at(other, name)).unwrap_or(Ordering::Equal);
                    if *down { order.reverse() } else { order }
                };
                self.order.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
            });
        }
        events.into_iter().map(|(_, shown)| shown).collect()
    }
}

/// What stands at a path such as `start/dateTime`.
pub(super) fn at(value: &Value, path: &str) -> Value {
    let found = path.split('/').try_fold(value, |value, name| value.get(name));
    found.cloned().unwrap_or(Value::Null)
}

/// Compares two values: instants as instants, words in any case.
pub(super) fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            let instants: (Option<Timestamp>, Option<Timestamp>) = (bound(one), bound(other));
            match instants {
                (Some(one), Some(other)) => Some(one.cmp(&other)),
                _ => Some(one.to_lowercase().cmp(&other.to_lowercase())),
            }
        }
        (Value::Number(one), Value::Number(other)) => one.as_f64()?.partial_cmp(&other.as_f64()?),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        _ => None,
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The parts between commas that stand in no bracket and no quotes.
fn pieces(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start, mut found) = (0, false, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match letter {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}

/// A page of a list with the link to the next, which is the same address further on.
pub(in crate::microsoft) fn page(
    call: &Call,
    base: &str,
    context: &str,
    all: Vec<Value>,
    query: &Query,
    size: usize,
) -> Value {
    let total = all.len();
    let items: Vec<Value> = all.into_iter().skip(query.skip).take(size).collect();
    let shown = query.skip + items.len();
    let mut body = json!({"@odata.context": format!("{base}/v1.0/$metadata#{context}"), "value": items});
    if query.count {
        body["@odata.count"] = json!(total);
    }
    if shown < total {
        let kept = crate::message::pairs(&call.query).into_iter().filter(|(name, _)| name != "$skip");
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        next.extend_pairs(kept).append_pair("$skip", &shown.to_string());
        body["@odata.nextLink"] = json!(format!("{base}{}?{}", call.path, next.finish()));
    }
    body
}
