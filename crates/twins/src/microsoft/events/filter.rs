//! `$filter`: comparisons, `and`, `or`, `not`, some functions, and `Any` over extended properties.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::query::{at, compare};
use super::render::same_property;
use crate::microsoft::answers::Refused;

/// A filter.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare(String, String, Value),
    Function(String, String, String),
    /// An extended property with that id has that value.
    Property(String, Option<String>),
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

impl Filter {
    /// Reads a filter.
    pub(super) fn of(text: &str) -> Result<Filter, Refused> {
        let tokens = tokens(text).ok_or_else(wrong)?;
        let mut reader = Reader { tokens, at: 0 };
        let filter = reader.either().filter(|_| reader.at == reader.tokens.len());
        filter.ok_or_else(wrong)
    }

    /// Whether an event, as it is answered, passes; `properties` finds the value of an extended property.
    pub(super) fn passes(&self, event: &Value, properties: &dyn Fn(&str) -> Option<String>) -> bool {
        match self {
            Filter::And(one, other) => one.passes(event, properties) && other.passes(event, properties),
            Filter::Or(one, other) => one.passes(event, properties) || other.passes(event, properties),
            Filter::Not(inner) => !inner.passes(event, properties),
            Filter::Compare(path, how, wanted) => {
                let order = compare(&at(event, path), wanted);
                match how.as_str() {
                    "eq" => order.is_some_and(Ordering::is_eq),
                    "ne" => order.is_none_or(Ordering::is_ne),
                    "gt" => order.is_some_and(Ordering::is_gt),
                    "ge" => order.is_some_and(Ordering::is_ge),
                    "lt" => order.is_some_and(Ordering::is_lt),
                    _ => order.is_some_and(Ordering::is_le),
                }
            }
            Filter::Function(name, path, wanted) => {
                let held = at(event, path);
                let held = held.as_str().unwrap_or_default().to_lowercase();
                let wanted = wanted.to_lowercase();
                match name.as_str() {
                    "startswith" => held.starts_with(&wanted),
                    "endswith" => held.ends_with(&wanted),
                    _ => held.contains(&wanted),
                }
            }
            // The value in any case, the name as it is.
            Filter::Property(id, wanted) => properties(id).is_some_and(|held| {
                wanted.as_ref().is_none_or(|wanted| held.to_lowercase() == wanted.to_lowercase())
            }),
        }
    }
}

/// The value of an extended property among those that there are.
pub(super) fn property<'a>(
    all: impl IntoIterator<Item = (&'a String, &'a String)>,
    id: &str,
) -> Option<String> {
    all.into_iter().find(|(held, _)| same_property(held, id)).map(|(_, value)| value.clone())
}

fn wrong() -> Refused {
    Refused::of("ErrorInvalidUrlQueryFilter")
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn next(&mut self) -> Option<Token> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned()
    }

    fn takes(&mut self, token: &Token) -> bool {
        let there = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(there);
        there
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let there =
            matches!(self.tokens.get(self.at), Some(Token::Word(held)) if held.eq_ignore_ascii_case(word));
        self.at += usize::from(there);
        there
    }

    fn either(&mut self) -> Option<Filter> {
        let mut filter = self.both()?;
        while self.takes_word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.both()?));
        }
        Some(filter)
    }

    fn both(&mut self) -> Option<Filter> {
        let mut filter = self.one()?;
        while self.takes_word("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Some(filter)
    }

    fn one(&mut self) -> Option<Filter> {
        if self.takes_word("not") {
            return Some(Filter::Not(Box::new(self.one()?)));
        }
        if self.takes(&Token::Open) {
            let filter = self.either()?;
            return self.takes(&Token::Close).then_some(filter);
        }
        let Token::Word(name) = self.next()? else { return None };
        let lower = name.to_ascii_lowercase();
        if matches!(lower.as_str(), "startswith" | "endswith" | "contains") {
            return self.function(lower);
        }
        if lower == "singlevalueextendedproperties/any" {
            return self.any();
        }
        let Token::Word(how) = self.next()? else { return None };
        let how = how.to_ascii_lowercase();
        if !matches!(how.as_str(), "eq" | "ne" | "gt" | "ge" | "lt" | "le") {
            return None;
        }
        let wanted = match self.next()? {
            Token::Text(text) => json!(text),
            Token::Word(word) => match word.as_str() {
                "null" => Value::Null,
                "true" => json!(true),
                "false" => json!(false),
                // Instants stand without quotes, numbers too.
                word => word.parse::<f64>().map_or_else(|_| json!(word), |number| json!(number)),
            },
            _ => return None,
        };
        Some(Filter::Compare(name, how, wanted))
    }

    fn function(&mut self, name: String) -> Option<Filter> {
        let read = (self.takes(&Token::Open), self.next()?, self.takes(&Token::Comma), self.next()?);
        match (read, self.takes(&Token::Close)) {
            ((true, Token::Word(path), true, Token::Text(wanted)), true) => {
                Some(Filter::Function(name, path, wanted))
            }
            _ => None,
        }
    }

    /// `(ep: ep/id eq '…' and ep/value eq '…')`.
    fn any(&mut self) -> Option<Filter> {
        if !self.takes(&Token::Open) {
            return None;
        }
        let Token::Word(variable) = self.next()? else { return None };
        let variable = variable.strip_suffix(':')?.to_owned();
        let (mut id, mut value) = (None, None);
        loop {
            match (self.next()?, self.next()?, self.next()?) {
                (Token::Word(path), Token::Word(how), Token::Text(text)) if how == "eq" => {
                    match path.strip_prefix(&format!("{variable}/"))? {
                        "id" => id = Some(text),
                        "value" => value = Some(text),
                        _ => return None,
                    }
                }
                _ => return None,
            }
            if self.takes(&Token::Close) {
                return Some(Filter::Property(id?, value));
            }
            if !self.takes_word("and") {
                return None;
            }
        }
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(letter) = rest.chars().next() {
        match letter {
            '(' => found.push(Token::Open),
            ')' => found.push(Token::Close),
            ',' => found.push(Token::Comma),
            '\'' => {
                // A quote in a text is doubled.
                let mut value = String::new();
                let mut inside = &rest[1..];
                loop {
                    let (before, after) = inside.split_once('\'')?;
                    value += before;
                    inside = after;
                    match inside.strip_prefix('\'') {
                        Some(after) => {
                            value.push('\'');
                            inside = after;
                        }
                        None => break,
                    }
                }
                found.push(Token::Text(value));
                rest = inside.trim_start();
                continue;
            }
            _ => {
                let ends = |letter: char| letter.is_whitespace() || matches!(letter, '(' | ')' | ',' | '\'');
                let mut end = rest.find(ends).unwrap_or(rest.len());
                // `ep:ep/id` is two words.
                if let Some(colon) = rest[..end]
                    .find(':')
                    .filter(|colon| !rest[..*colon].contains(|c: char| c.is_ascii_digit()))
                {
                    end = colon + 1;
                }
                found.push(Token::Word(rest[..end].to_owned()));
                rest = rest[end..].trim_start();
                continue;
            }
        }
        rest = rest[1..].trim_start();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(filter: &str) -> bool {
        let event = json!({
            "subject": "Tea, it's late", "type": "seriesMaster", "isAllDay": false,
            "start": {"dateTime": "2027-03-09T09:00:00.0000000"}, "lastModifiedDateTime": "2027-01-01T00:00:00.0000000Z",
        });
        let id = "String {ABC} Name ConcordId".to_owned();
        let held = [(id, "One".to_owned())];
        Filter::of(filter)
            .unwrap()
            .passes(&event, &|id| property(held.iter().map(|(id, value)| (id, value)), id))
    }

    #[test]
    fn filters_say_which() {
        assert!(passes("subject eq 'tea, it''s late' and isAllDay eq false"));
        assert!(passes("start/dateTime ge '2027-03-09T09:00' and start/dateTime lt '2027-03-10T00:00:00Z'"));
        assert!(passes("lastModifiedDateTime gt 2026-12-31T23:59:59Z"));
        assert!(passes("not (type eq 'occurrence') or contains(subject,'x')"));
        assert!(!passes("startswith(subject, 'late')"));
        assert!(passes(
            "singleValueExtendedProperties/Any(ep: ep/id eq 'string {abc} Name ConcordId' and ep/value eq 'one')"
        ));
        assert!(!passes("singleValueExtendedProperties/any(ep:ep/id eq 'String {abc} Name concordid')"));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for odd in [
            "",
            "subject",
            "subject eq",
            "subject is 'a'",
            "(subject eq 'a'",
            "subject eq 'a",
            "contains('a')",
        ] {
            assert!(Filter::of(odd).is_err(), "{odd}");
        }
    }
}
