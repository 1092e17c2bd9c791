//! Which rows fit: conditions on cells and on times, joined by `and` and `or` two levels deep.
//!
//! A filter is read whole before a row is looked at, so that what is wrong with it is told of an empty table, too.

use std::cmp::Ordering;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde_json::Value;

use crate::notion::Fields;
use crate::notion::answers::Refused;
use crate::notion::calls::Caller;
use crate::notion::state::{Page, Property, Source, State, minute, normal};
use crate::notion::values::dates::{self, When};
use crate::notion::values::{self, text};

/// A filter that was understood.
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Made(Dated),
    Edited(Dated),
    Cell(Property, Test),
}

/// A condition on the value of a cell.
pub(super) enum Test {
    Empty(bool),
    Text(Compare, String),
    Number(Relation, f64),
    Checked(bool),
    /// One of those, or none of them.
    Named(Vec<String>, bool),
    /// Holds one of those, or none of them.
    Holds(Vec<String>, bool),
    Dated(Dated),
}

#[derive(Clone, Copy)]
pub(super) enum Compare {
    Equals,
    Differs,
    Contains,
    Lacks,
    Begins,
    Ends,
}

#[derive(Clone, Copy)]
pub(super) enum Relation {
    Equals,
    Differs,
    Above,
    Below,
    AtLeast,
    AtMost,
}

/// A condition on a date: on its start.
pub(super) enum Dated {
    On(Bound),
    Before(Bound),
    After(Bound),
    Until(Bound),
    Since(Bound),
    Within(Date, Date),
}

/// What a date is compared with: a whole day, or an instant.
#[derive(Clone, Copy)]
pub(super) enum Bound {
    Day(Date),
    Instant(Timestamp),
}

/// Kinds whose value is a text.
const TEXTS: [&str; 5] = ["title", "rich_text", "url", "email", "phone_number"];
/// So many `and` and `or` may lie in each other.
const DEPTH: usize = 2;

impl Filter {
    pub(super) fn read(
        state: &State,
        caller: &Caller,
        source: &Source,
        asked: &Value,
    ) -> Result<Filter, Refused> {
        let reader = Reader { state, caller, source };
        reader.filter(asked, "body.filter", 0)
    }

    pub(super) fn fits(&self, state: &State, caller: &Caller, page: &Page) -> bool {
        match self {
            Filter::All(parts) => parts.iter().all(|part| part.fits(state, caller, page)),
            Filter::Any(parts) => parts.iter().any(|part| part.fits(state, caller, page)),
            Filter::Made(dated) => dated.fits(Some(time(page.made.at))),
            Filter::Edited(dated) => dated.fits(Some(time(page.edited.at))),
            Filter::Cell(property, test) => {
                let value = match property.kind.as_str() {
                    "formula" => values::whole(state, caller, page, property)["string"].clone(),
                    "unique_id" => Value::from(page.number),
                    _ => values::whole(state, caller, page, property),
                };
                test.fits(property, &value)
            }
        }
    }
}

/// A time as it is compared: to the minute before.
fn time(at: Timestamp) -> When {
    When::Moment(minute(at), jiff::tz::Offset::UTC)
}

struct Reader<'a> {
    state: &'a State,
    caller: &'a Caller,
    source: &'a Source,
}

impl Reader<'_> {
    fn filter(&self, asked: &Value, path: &str, depth: usize) -> Result<Filter, Refused> {
        let fields = asked.as_object().ok_or_else(|| Refused::field(path, "an object", asked))?;
        for (word, all) in [("and", true), ("or", false)] {
            let Some(parts) = fields.get(word) else { continue };
            let path = format!("{path}.{word}");
            if depth == DEPTH {
                return Err(Refused::field(&path, "not present", "an array"));
            }
            let parts = parts.as_array().ok_or_else(|| Refused::field(&path, "an array", parts))?;
            let read = |(n, part)| self.filter(part, &format!("{path}[{n}]"), depth + 1);
            let parts = parts.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
            return Ok(if all { Filter::All(parts) } else { Filter::Any(parts) });
        }
        match fields.get("timestamp").and_then(Value::as_str) {
            Some(name @ ("created_time" | "last_edited_time")) => {
                let condition = fields
                    .get(name)
                    .ok_or_else(|| Refused::field(&format!("{path}.{name}"), "defined", "undefined"))?;
                let dated = self.dated(condition, &format!("{path}.{name}"))?;
                return Ok(if name == "created_time" { Filter::Made(dated) } else { Filter::Edited(dated) });
            }
            Some(other) => {
                return Err(Refused::field(
                    &format!("{path}.timestamp"),
                    "`\"created_time\"` or `\"last_edited_time\"`",
                    other,
                ));
            }
            None => {}
        }
        let key = fields.get("property").and_then(Value::as_str);
        let key = key.ok_or_else(|| Refused::field(&format!("{path}.property"), "defined", "undefined"))?;
        let property = self
            .source
            .property(key)
            .ok_or_else(|| Refused::validation(format!("Could not find property with name or id: {key}")))?;
        let (word, condition) =
            condition(fields).ok_or_else(|| Refused::field(path, "a condition", asked))?;
        let kind = property.kind.as_str();
        let fits = word == kind || (word == "rich_text" && TEXTS.contains(&kind));
        if !fits {
            let words = format!("database property {kind} does not match filter {word}");
            return Err(Refused::validation(words));
        }
        Ok(Filter::Cell(property.clone(), self.test(kind, condition, &format!("{path}.{word}"))?))
    }

    fn test(&self, kind: &str, condition: &Value, path: &str) -> Result<Test, Refused> {
        let wrong = || Refused::field(path, "a condition that there is", condition);
        let (word, value) =
            condition.as_object().and_then(|fields| fields.iter().next()).ok_or_else(wrong)?;
        match word.as_str() {
            "is_empty" => return Ok(Test::Empty(true)),
            "is_not_empty" => return Ok(Test::Empty(false)),
            _ => {}
        }
        let names = || match value {
            Value::String(name) => Some(vec![name.clone()]),
            Value::Array(names) => names.iter().map(|name| name.as_str().map(ToOwned::to_owned)).collect(),
            _ => None,
        };
        let test = match kind {
            "checkbox" => value.as_bool().and_then(|said| match word.as_str() {
                "equals" => Some(Test::Checked(said)),
                "does_not_equal" => Some(Test::Checked(!said)),
                _ => None,
            }),
            "number" | "unique_id" => value.as_f64().and_then(|number| {
                let relation = match word.as_str() {
                    "equals" => Relation::Equals,
                    "does_not_equal" => Relation::Differs,
                    "greater_than" => Relation::Above,
                    "less_than" => Relation::Below,
                    "greater_than_or_equal_to" => Relation::AtLeast,
                    "less_than_or_equal_to" => Relation::AtMost,
                    _ => return None,
                };
                Some(Test::Number(relation, number))
            }),
            "select" | "status" => match word.as_str() {
                "equals" => names().map(|names| Test::Named(names, true)),
                "does_not_equal" => names().map(|names| Test::Named(names, false)),
                _ => None,
            },
            "multi_select" | "people" | "relation" | "created_by" | "last_edited_by" => {
                let me = self.state.users.get(&self.caller.user).map(|user| user.id.clone());
                let names = names().map(|names| {
                    let one = |name: String| match (kind, name.as_str()) {
                        ("multi_select", _) => name,
                        (_, "me") => me.clone().unwrap_or(name),
                        _ => normal(&name).unwrap_or(name),
                    };
                    names.into_iter().map(one).collect::<Vec<_>>()
                });
                match word.as_str() {
                    "contains" => names.map(|names| Test::Holds(names, true)),
                    "does_not_contain" => names.map(|names| Test::Holds(names, false)),
                    _ => None,
                }
            }
            "date" | "created_time" | "last_edited_time" => Some(Test::Dated(self.dated(condition, path)?)),
            "formula" => value.as_object().and_then(|inner| inner.iter().next()).and_then(text_test),
            kind if TEXTS.contains(&kind) => text_test((word, value)),
            _ => None,
        };
        test.ok_or_else(wrong)
    }

    fn dated(&self, condition: &Value, path: &str) -> Result<Dated, Refused> {
        let wrong = || Refused::field(path, "a condition on a date", condition);
        let (word, value) =
            condition.as_object().and_then(|fields| fields.iter().next()).ok_or_else(wrong)?;
        let today = When::Moment(self.state.core.now, jiff::tz::Offset::UTC).day();
        let days = |n: i64| today.checked_add(Span::new().days(n)).unwrap_or(today);
        let months = |n: i64| today.checked_add(Span::new().months(n)).unwrap_or(today);
        let monday = days(-i64::from(today.weekday().to_monday_zero_offset()));
        let within = match word.as_str() {
            "this_week" => Some((monday, monday.checked_add(Span::new().days(6)).unwrap_or(monday))),
            "past_week" => Some((days(-7), today)),
            "past_month" => Some((months(-1), today)),
            "past_year" => Some((months(-12), today)),
            "next_week" => Some((today, days(7))),
            "next_month" => Some((today, months(1))),
            "next_year" => Some((today, months(12))),
            _ => None,
        };
        if let Some((from, until)) = within {
            return Ok(Dated::Within(from, until));
        }
        let said = value.as_str().ok_or_else(wrong)?;
        let bound = match said {
            "today" => Bound::Day(today),
            "tomorrow" => Bound::Day(days(1)),
            "yesterday" => Bound::Day(days(-1)),
            "one_week_ago" => Bound::Day(days(-7)),
            "one_week_from_now" => Bound::Day(days(7)),
            "one_month_ago" => Bound::Day(months(-1)),
            "one_month_from_now" => Bound::Day(months(1)),
            text => match When::read(text, None) {
                Some(When::Day(day)) => Bound::Day(day),
                Some(when) => Bound::Instant(when.instant()),
                None => {
                    let path = format!("{path}.{word}");
                    return Err(Refused::field(&path, "a valid ISO 8601 date string", format!("\"{text}\"")));
                }
            },
        };
        Ok(match word.as_str() {
            "equals" => Dated::On(bound),
            "before" => Dated::Before(bound),
            "after" => Dated::After(bound),
            "on_or_before" => Dated::Until(bound),
            "on_or_after" => Dated::Since(bound),
            _ => return Err(wrong()),
        })
    }
}

/// The condition of a filter on a cell: whatever is not its property or type.
fn condition(fields: &Fields) -> Option<(&str, &Value)> {
    let mut rest = fields.iter().filter(|(key, _)| *key != "property" && *key != "type");
    rest.next().map(|(key, value)| (key.as_str(), value))
}

fn text_test((word, value): (&String, &Value)) -> Option<Test> {
    let compare = match word.as_str() {
        "equals" => Compare::Equals,
        "does_not_equal" => Compare::Differs,
        "contains" => Compare::Contains,
        "does_not_contain" => Compare::Lacks,
        "starts_with" => Compare::Begins,
        "ends_with" => Compare::Ends,
        _ => return None,
    };
    Some(Test::Text(compare, value.as_str()?.to_owned()))
}

impl Test {
    fn fits(&self, property: &Property, value: &Value) -> bool {
        let said = || match property.kind.as_str() {
            "title" | "rich_text" => text::read(value),
            _ => value.as_str().unwrap_or_default().to_owned(),
        };
        match self {
            Test::Empty(wanted) => {
                let empty = match value {
                    Value::Null | Value::Bool(false) => true,
                    Value::Array(items) => items.is_empty(),
                    Value::String(text) => text.is_empty(),
                    _ => false,
                };
                empty == *wanted
            }
            Test::Checked(wanted) => value.as_bool() == Some(*wanted),
            Test::Text(compare, wanted) => {
                // Whether letters are small or great makes no difference.
                let (said, wanted) = (said().to_lowercase(), wanted.to_lowercase());
                match compare {
                    Compare::Equals => said == wanted,
                    Compare::Differs => said != wanted,
                    Compare::Contains => said.contains(&wanted),
                    Compare::Lacks => !said.contains(&wanted),
                    Compare::Begins => said.starts_with(&wanted),
                    Compare::Ends => said.ends_with(&wanted),
                }
            }
            Test::Number(relation, wanted) => {
                let order = value.as_f64().and_then(|number| number.partial_cmp(wanted));
                match relation {
                    Relation::Equals => order == Some(Ordering::Equal),
                    Relation::Differs => order != Some(Ordering::Equal),
                    Relation::Above => order == Some(Ordering::Greater),
                    Relation::Below => order == Some(Ordering::Less),
                    Relation::AtLeast => order.is_some_and(Ordering::is_ge),
                    Relation::AtMost => order.is_some_and(Ordering::is_le),
                }
            }
            Test::Named(names, wanted) => {
                let name = value.get("name").and_then(Value::as_str);
                name.is_some_and(|name| names.iter().any(|one| one == name)) == *wanted
            }
            Test::Holds(wanted, holds) => {
                let key = if property.kind == "multi_select" { "name" } else { "id" };
                let one = [value.clone()];
                let items = value.as_array().map_or(one.as_slice(), Vec::as_slice);
                let found = |item: &Value| {
                    item.get(key).and_then(Value::as_str).is_some_and(|id| wanted.iter().any(|one| one == id))
                };
                items.iter().any(found) == *holds
            }
            Test::Dated(dated) => dated.fits(match property.kind.as_str() {
                "date" => dates::start(value),
                _ => value.as_str().and_then(|text| When::read(text, None)),
            }),
        }
    }
}

impl Dated {
    fn fits(&self, value: Option<When>) -> bool {
        let Some(value) = value else { return false };
        let compare = |bound: &Bound| match bound {
            Bound::Day(day) => value.day().cmp(day),
            Bound::Instant(at) => value.instant().cmp(at),
        };
        match self {
            Dated::On(bound) => compare(bound).is_eq(),
            Dated::Before(bound) => compare(bound).is_lt(),
            Dated::After(bound) => compare(bound).is_gt(),
            Dated::Until(bound) => compare(bound).is_le(),
            Dated::Since(bound) => compare(bound).is_ge(),
            Dated::Within(from, until) => value.day() >= *from && value.day() <= *until,
        }
    }
}
