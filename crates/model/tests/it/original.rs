//! Laws of a change that is carried over from one text to another.

use concord_model::Original;
use proptest::collection::vec;
use proptest::prelude::*;

/// A text of few lines, so that two of them have much in common: alone or in parts, and in parts of parts.
fn text() -> impl Strategy<Value = Original> {
    let line = (0..6u8, 0..3u8).prop_map(|(name, value)| format!("X-{name}:{value}"));
    let lines = vec(line, 0..6);
    let part = (0..3u8, lines.clone(), proptest::option::of(lines.clone())).prop_map(|(of, lines, inner)| {
        let inner = inner.map(|lines| format!("BEGIN:VALARM\r\n{}END:VALARM\r\n", joined(&lines)));
        let inner = inner.unwrap_or_default();
        format!("BEGIN:VEVENT\r\nRECURRENCE-ID:{of}\r\n{}{inner}END:VEVENT\r\n", joined(&lines))
    });
    (lines, vec(part, 0..3)).prop_map(|(lines, parts)| {
        Original::of(&format!("BEGIN:V\r\n{}{}END:V\r\n", joined(&lines), parts.concat()))
    })
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\r\n")).collect()
}

fn lines(text: &Original) -> Vec<&str> {
    let mut lines: Vec<&str> = text.as_str().lines().collect();
    lines.sort_unstable();
    lines
}

proptest! {
    #[test]
    fn what_was_not_changed_stays_and_what_was_changed_arrives(was in text(), is in text(), there in text()) {
        prop_assert_eq!(&was.carry(&was, &there).text, &there);
        prop_assert_eq!(&was.carry(&is, &was).text, &is);
        prop_assert_eq!(&was.carry(&is, &is).text, &is);
    }

    #[test]
    fn parts_stay_whole(was in text(), is in text(), there in text()) {
        let carried = was.carry(&is, &there).text;
        let mut depth = 0;
        for line in carried.as_str().lines() {
            depth += i32::from(line.starts_with("BEGIN:")) - i32::from(line.starts_with("END:"));
            prop_assert!(depth >= 0, "{}", carried.as_str());
        }
        prop_assert_eq!(depth, 0);
    }

    /// Two that change different lines: whichever is carried over first, both are there.
    #[test]
    fn changes_of_different_lines_meet(was in text(), n in 0..100u8, m in 0..100u8) {
        let with = |text: &Original, line: &str| {
            let (all, end) = text.as_str().rsplit_once("END:V\r\n").unwrap_or((text.as_str(), ""));
            Original::of(&format!("{all}{line}\r\nEND:V\r\n{end}"))
        };
        let (ours, theirs) = (with(&was, &format!("X-OURS:{n}")), with(&was, &format!("X-THEIRS:{m}")));
        let (one, other) = (was.carry(&ours, &theirs), was.carry(&theirs, &ours));
        prop_assert_eq!(lines(&one.text), lines(&other.text));
        prop_assert_eq!(lines(&one.text).len(), lines(&was).len() + 2);
        prop_assert!(one.torn.is_empty() && other.torn.is_empty());
    }
}
