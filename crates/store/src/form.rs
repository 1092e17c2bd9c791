//! The stored form of JSON: `{"v":1,"it":…}`.
//!
//! What is stored outlives the program that wrote it, so every document says in which form it is. A document of a form
//! that is not known here is an error that says so, and not a guess.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The form that is written now.
const FORM: u32 = 1;

#[derive(Serialize)]
struct Written<'a, T: ?Sized> {
    v: u32,
    it: &'a T,
}

#[derive(Deserialize)]
struct Read<T> {
    v: u32,
    it: T,
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// The document of a value.
pub(crate) fn write<T: Serialize + ?Sized>(it: &T) -> String {
    serde_json::to_string(&Written { v: FORM, it })
        .expect("values of the model have text keys and no failing parts")
}

/// The value of a document. The complaint names the place, never the content.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    match serde_json::from_str::<Read<T>>(text) {
        Ok(Read { v: FORM, it }) => Ok(it),
        Ok(Read { v, .. }) => Err(unknown(v)),
        Err(e) => Err(match serde_json::from_str::<Version>(text) {
            Ok(Version { v }) if v != FORM => unknown(v),
            _ => format!("the document cannot be understood at line {}, column {}", e.line(), e.column()),
        }),
    }
}

fn unknown(v: u32) -> String {
    format!("the document is of form {v}, and this program knows only form {FORM}")
}

/// A value that is kept as a document.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Form<T>(pub(crate) T);

/// A borrowed value that is kept as a document.
pub(crate) struct FormOf<'a, T: ?Sized>(pub(crate) &'a T);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_comes_back_as_it_was() {
        assert_eq!(read::<Vec<i64>>(&write(&vec![1, 2])), Ok(vec![1, 2]));
    }

    #[test]
    fn a_later_form_is_refused_by_its_number() {
        let why = read::<i64>(r#"{"v":2,"it":{"secret":"tulip"}}"#).unwrap_err();
        assert_eq!(why, "the document is of form 2, and this program knows only form 1");
    }

    #[test]
    fn a_complaint_does_not_repeat_the_content() {
        let why = read::<i64>(r#"{"v":1,"it":"tulip"}"#).unwrap_err();
        assert!(!why.contains("tulip"), "{why}");
    }
}
