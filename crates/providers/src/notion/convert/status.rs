//! What a column of choices says of whether something will happen.
//!
//! People call their choices as they like. Three meanings are known by their usual words; everything else ("To do", "Done")
//! means that it will happen. Only a choice that there is can be made: an unknown one would be added to the column without a
//! word, or refuse the whole write, by the kind of the column (traps 11 and 12).

use concord_model::view::Status;
use serde_json::{Value, json};

use crate::notion::wire;

/// Words for each, the usual one first.
const WORDS: [(Status, &[&str]); 3] = [
    (Status::Confirmed, &["confirmed"]),
    (Status::Tentative, &["tentative", "maybe", "provisional"]),
    (Status::Cancelled, &["cancelled", "canceled", "called off"]),
];

/// What a cell says.
pub(in crate::notion) fn read(value: &Value) -> Status {
    let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
    WORDS.iter().find(|(_, words)| is_one(name, words)).map_or(Status::Confirmed, |(status, _)| *status)
}

/// What is written to say it; `None` where the column has no choice for it and says nothing else either.
pub(in crate::notion) fn written(
    status: Status,
    before: Option<Status>,
    column: &wire::Column,
) -> Option<Value> {
    let words = WORDS.iter().find(|(known, _)| *known == status).map_or(&[][..], |(_, words)| *words);
    let option = column.options.iter().find(|name| is_one(name, words));
    let name = option.map(|name| json!({ "name": name }));
    match status {
        // What is empty will happen, and what says so may stay as it is.
        Status::Confirmed if before.is_none() => None,
        Status::Confirmed => Some(name.unwrap_or(Value::Null)),
        Status::Tentative | Status::Cancelled => name,
    }
}

/// Whether a column can say more than that something will happen.
pub(in crate::notion) fn can_say_more(column: &wire::Column) -> bool {
    let more = WORDS.iter().filter(|(status, _)| *status != Status::Confirmed);
    more.flat_map(|(_, words)| *words).any(|word| column.options.iter().any(|name| is_one(name, &[*word])))
}

fn is_one(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.trim().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(options: &[&str]) -> wire::Column {
        wire::Column {
            id: "s".to_owned(),
            name: "Status".to_owned(),
            kind: "select".to_owned(),
            options: options.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn choices_are_known_by_their_usual_words() {
        for (name, status) in [
            ("Tentative", Status::Tentative),
            ("CANCELED", Status::Cancelled),
            ("Done", Status::Confirmed),
            ("", Status::Confirmed),
        ] {
            assert_eq!(read(&json!({ "name": name })), status, "{name}");
        }
        assert_eq!(read(&Value::Null), Status::Confirmed);
    }

    #[test]
    fn only_what_there_is_to_choose_is_chosen() {
        let column = column(&["To do", "Canceled"]);
        assert!(can_say_more(&column));
        let said = |status, before| written(status, before, &column);
        assert_eq!(said(Status::Cancelled, None), Some(json!({ "name": "Canceled" })));
        assert_eq!(said(Status::Tentative, None), None);
        assert_eq!(said(Status::Confirmed, None), None);
        assert_eq!(said(Status::Confirmed, Some(Status::Cancelled)), Some(Value::Null));
    }
}
