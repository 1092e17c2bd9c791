//! Plain text ⇄ rich text.
//!
//! Whatever is read is the plain text of all pieces: their looks, mentions and equations are told by what they say. What is
//! written is cut into pieces of two thousand UTF-16 units, never through a character (trap 10). So a text that was read is
//! written and read as itself.

use concord_model::text;
use serde_json::{Value, json};

use crate::notion::wire;

/// The longest content of one piece, in UTF-16 units.
const LONGEST: usize = 2000;
/// The most pieces of one text.
const MOST: usize = 100;

/// A text of one line.
pub(in crate::notion) fn line(rich: &Value) -> String {
    text::line(&wire::plain(rich))
}

/// A text of several lines, in normal form.
pub(in crate::notion) fn lines(rich: &Value) -> String {
    text::normal(&wire::plain(rich))
}

/// The pieces of a text. What is beyond what Notion takes is left out; a lens has cut it long before.
pub(in crate::notion) fn pieces(plain: &str) -> Value {
    let mut all: Vec<Value> = Vec::new();
    let (mut piece, mut units) = (String::new(), 0);
    for c in plain.chars() {
        if units + c.len_utf16() > LONGEST {
            all.push(one(&std::mem::take(&mut piece)));
            units = 0;
        }
        piece.push(c);
        units += c.len_utf16();
    }
    if !piece.is_empty() {
        all.push(one(&piece));
    }
    all.truncate(MOST);
    Value::Array(all)
}

fn one(content: &str) -> Value {
    json!({ "type": "text", "text": { "content": content } })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Notion makes of pieces: it adds what they say.
    fn kept(pieces: &Value) -> Value {
        let all = pieces.as_array().unwrap().iter();
        all.map(|piece| json!({ "type": "text", "plain_text": piece["text"]["content"] })).collect()
    }

    #[test]
    fn a_long_text_is_cut_into_pieces_and_no_character_through_the_middle() {
        let text = format!("{}😀{}", "a".repeat(1999), "b".repeat(10));
        let pieces = pieces(&text);
        let lengths: Vec<usize> = pieces
            .as_array()
            .unwrap()
            .iter()
            .map(|piece| piece["text"]["content"].as_str().unwrap().encode_utf16().count())
            .collect();
        assert_eq!(lengths, [1999, 12]);
        assert_eq!(lines(&kept(&pieces)), text);
    }

    #[test]
    fn looks_mentions_and_equations_are_told_by_what_they_say() {
        let rich = json!([
            { "type": "text", "plain_text": "Bring ", "annotations": { "bold": true } },
            { "type": "mention", "plain_text": "@Alice" },
            { "type": "equation", "plain_text": "e=mc^2" },
            { "type": "something new" },
        ]);
        assert_eq!(lines(&rich), "Bring @Alicee=mc^2");
        assert_eq!((lines(&Value::Null), line(&json!([]))), (String::new(), String::new()));
    }

    proptest! {
        #[test]
        fn what_is_in_normal_form_comes_back_as_it_is(text in any::<String>(), many in 1usize..400) {
            let text = text::normal(&text.repeat(many));
            prop_assume!(text.encode_utf16().count() < LONGEST * MOST);
            prop_assert_eq!(lines(&kept(&pieces(&text))), text);
        }

        #[test]
        fn no_piece_is_too_long(text in any::<String>(), many in 1usize..400) {
            for piece in pieces(&text.repeat(many)).as_array().unwrap() {
                let length = piece["text"]["content"].as_str().unwrap().encode_utf16().count();
                prop_assert!(length > 0 && length <= LONGEST);
            }
        }

        #[test]
        fn what_is_read_is_in_normal_form(text in any::<String>()) {
            let rich = json!([{ "type": "text", "plain_text": text }]);
            prop_assert_eq!(text::normal(&lines(&rich)), lines(&rich));
            prop_assert_eq!(text::line(&line(&rich)), line(&rich));
        }
    }
}
