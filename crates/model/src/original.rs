//! An event in the words of the calendar that it came from: all that Concord has no field for.
//!
//! Calendars of one form (files of iCalendar text) can hand each other an event whole, down to the properties and
//! parameters that nobody here knows. The text is one field of a view; it is merged line by line, so that what each side
//! added of its own stays, and a change travels as the lines that changed.
//!
//! Nothing is parsed here but the shape that such texts have: lines, folded or not, in components that begin and end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text of an event, as its calendar holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct Original(Arc<str>);

impl Serialize for Original {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Original {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Original, D::Error> {
        String::deserialize(deserializer).map(|text| Original(Arc::from(text)))
    }
}

impl Original {
    /// A text.
    pub fn of(text: &str) -> Original {
        Original(Arc::from(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the change from `self` to `changed` makes of `other`, which says the same in lines of its own. Where both
    /// changed the same line in different ways, `changed` has it.
    pub fn carry(&self, changed: &Original, other: &Original) -> Carried {
        if self == other || changed == other {
            return Carried { text: changed.clone(), torn: BTreeSet::new() };
        }
        if self == changed {
            return Carried { text: other.clone(), torn: BTreeSet::new() };
        }
        let (was, is, there) =
            (Part::read(self.as_str()), Part::read(changed.as_str()), Part::read(other.as_str()));
        let mut torn = BTreeSet::new();
        let mut text = String::with_capacity(other.as_str().len() + 64);
        merged(Some(&was), &is, &there, &mut torn).write(&mut text);
        Carried { text: Original::of(&text), torn }
    }
}

/// Texts are personal data and long: neither belongs into a log.
impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Original({} bytes)", self.0.len())
    }
}

/// A text that a change was carried over to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The text.
    pub text: Original,
    /// The names of the lines that both sides had changed in different ways.
    pub torn: BTreeSet<String>,
}

/// What stands between a `BEGIN` and its `END`; of the whole text, everything.
#[derive(Default)]
struct Part<'t> {
    begin: &'t str,
    end: &'t str,
    pieces: Vec<Piece<'t>>,
}

enum Piece<'t> {
    /// A line with its folds and its end.
    Line(&'t str),
    Part(Part<'t>),
}

impl<'t> Part<'t> {
    fn read(text: &'t str) -> Part<'t> {
        let mut open = vec![Part::default()];
        for line in lines(text) {
            let name = name(line);
            if name == "BEGIN" {
                open.push(Part { begin: line, ..Part::default() });
            } else if name == "END" && open.len() > 1 {
                let done = open.pop().map(|part| Part { end: line, ..part });
                push(&mut open, done.map(Piece::Part));
            } else {
                push(&mut open, Some(Piece::Line(line)));
            }
        }
        // What was never ended ends with the text.
        while open.len() > 1 {
            let done = open.pop().map(Piece::Part);
            push(&mut open, done);
        }
        open.pop().unwrap_or_default()
    }

    fn write(&self, into: &mut String) {
        into.push_str(self.begin);
        for piece in &self.pieces {
            match piece {
                Piece::Line(line) => into.push_str(line),
                Piece::Part(part) => part.write(into),
            }
        }
        into.push_str(self.end);
    }

    /// The lines by their names, each unfolded and with nothing at its end, in order.
    fn named(&self) -> BTreeMap<String, Vec<String>> {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for piece in &self.pieces {
            if let Piece::Line(line) = piece {
                all.entry(name(line)).or_default().push(plain(line));
            }
        }
        for lines in all.values_mut() {
            lines.sort();
        }
        all
    }

    /// The parts in it: the occurrence or the zone that each is of, else its place among its like.
    fn parts(&self) -> BTreeMap<(String, String, usize), &Part<'t>> {
        let mut all = BTreeMap::new();
        for piece in &self.pieces {
            if let Piece::Part(part) = piece {
                let (kind, of) = (plain(part.begin), part.is_of());
                let like = |(one, other, _): &&(String, String, usize)| *one == kind && *other == of;
                let place = all.keys().filter(like).count();
                all.insert((kind, of, place), part);
            }
        }
        all
    }

    fn is_of(&self) -> String {
        let telling = |piece: &Piece<'t>| match piece {
            Piece::Line(line) if matches!(name(line).as_str(), "RECURRENCE-ID" | "TZID") => {
                plain(line).rsplit_once(':').map(|(_, value)| value.to_owned())
            }
            _ => None,
        };
        self.pieces.iter().find_map(telling).unwrap_or_default()
    }
}

fn push<'t>(open: &mut [Part<'t>], piece: Option<Piece<'t>>) {
    if let (Some(part), Some(piece)) = (open.last_mut(), piece) {
        part.pieces.push(piece);
    }
}

/// The lines of a text, each with those that go on with it.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut at = 0;
        loop {
            match rest[at..].find('\n') {
                None => at = rest.len(),
                Some(found) => {
                    at += found + 1;
                    if rest[at..].starts_with([' ', '\t']) {
                        continue;
                    }
                }
            }
            let line;
            (line, rest) = rest.split_at(at);
            return Some(line);
        }
    })
}

fn name(line: &str) -> String {
    line.split([':', ';', '\r', '\n']).next().unwrap_or_default().trim().to_ascii_uppercase()
}

/// A line without folds and end: what it says.
fn plain(line: &str) -> String {
    let unfolded = line.replace("\r\n ", "").replace("\r\n\t", "").replace("\n ", "").replace("\n\t", "");
    unfolded.trim_end_matches(['\r', '\n']).to_owned()
}

/// What the change from `was` to `is` makes of `there`.
fn merged<'t>(
    was: Option<&Part<'t>>,
    is: &Part<'t>,
    there: &Part<'t>,
    torn: &mut BTreeSet<String>,
) -> Part<'t> {
    let nothing = Part::default();
    let was = was.unwrap_or(&nothing);
    let (before, after, others) = (was.named(), is.named(), there.named());
    let none = Vec::new();
    let of = |all: &'_ BTreeMap<String, Vec<String>>, name: &str| all.get(name).unwrap_or(&none).clone();
    // The names whose lines are to be others than they are there, with all that they shall be.
    let mut others_than: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let (was, is, there) = (of(&before, name), of(&after, name), of(&others, name));
        if was == is || is == there {
            continue;
        }
        let wanted = if was == there {
            is
        } else if was.len().max(is.len()).max(there.len()) > 1 {
            // A property that may stand there many times: each line by itself.
            let added = is.iter().filter(|line| !was.contains(line) && !there.contains(line));
            let kept = there.iter().filter(|line| is.contains(line) || !was.contains(line));
            kept.chain(added).cloned().collect()
        } else {
            torn.insert(name.clone());
            is
        };
        others_than.insert(name.clone(), wanted);
    }
    let (parts_before, parts_after, parts_there) = (was.parts(), is.parts(), there.parts());
    let mut out = Part { begin: there.begin, end: there.end, pieces: Vec::new() };
    let mut wanted = others_than.clone();
    let spelt = spellings(is);
    let spell = |line: String| spelt.get(&line).copied();
    for piece in &there.pieces {
        match piece {
            Piece::Line(line) => match wanted.get_mut(&name(line)) {
                None => out.pieces.push(Piece::Line(line)),
                Some(lines) => {
                    if let Some(at) = lines.iter().position(|wanted| *wanted == plain(line)) {
                        lines.remove(at);
                        out.pieces.push(Piece::Line(line));
                    } else if let Some(at) = lines.iter().position(|line| spelt.contains_key(line)) {
                        // In the place of one that goes.
                        out.pieces.extend(spell(lines.remove(at)).map(Piece::Line));
                    }
                }
            },
            Piece::Part(part) => {
                let key = parts_there.iter().find(|(_, one)| std::ptr::eq(**one, part)).map(|(key, _)| key);
                let was = key.and_then(|key| parts_before.get(key)).copied();
                match (was, key.and_then(|key| parts_after.get(key))) {
                    (_, Some(is)) => out.pieces.push(Piece::Part(merged(was, is, part, torn))),
                    // Taken away, and not changed there.
                    (Some(was), None) if was.says() == part.says() => {}
                    (_, None) => out.pieces.push(Piece::Part(part.copied())),
                }
            }
        }
    }
    let first_part =
        out.pieces.iter().position(|piece| matches!(piece, Piece::Part(_))).unwrap_or(out.pieces.len());
    let left: Vec<Piece<'t>> =
        wanted.into_values().flatten().filter_map(|line| spell(line).map(Piece::Line)).collect();
    out.pieces.splice(first_part..first_part, left);
    for (key, part) in &parts_after {
        let known = parts_there.contains_key(key);
        // What was there before and is there no more was taken away there.
        let taken = parts_before.get(key).is_some_and(|was| was.says() == part.says());
        if !known && !taken {
            out.pieces.push(Piece::Part(part.copied()));
        }
    }
    out
}

/// The lines of a part as they are spelt, by what they say.
fn spellings<'t>(part: &Part<'t>) -> BTreeMap<String, &'t str> {
    let line = |piece: &Piece<'t>| match piece {
        Piece::Line(line) => Some((plain(line), *line)),
        Piece::Part(_) => None,
    };
    part.pieces.iter().filter_map(line).collect()
}

impl<'t> Part<'t> {
    fn copied(&self) -> Part<'t> {
        let copy = |piece: &Piece<'t>| match piece {
            Piece::Line(line) => Piece::Line(line),
            Piece::Part(part) => Piece::Part(part.copied()),
        };
        Part { begin: self.begin, end: self.end, pieces: self.pieces.iter().map(copy).collect() }
    }

    /// All that it says, in one order.
    fn says(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Line(line) => all.push(plain(line)),
                Piece::Part(part) => all.extend(part.says()),
            }
        }
        all.sort();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(inner: &str) -> Original {
        let lines: Vec<&str> = inner.split_whitespace().collect();
        Original::of(&format!("BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR\r\n", lines.join("\r\n")))
    }

    #[track_caller]
    fn check(was: &str, is: &str, there: &str, expected: &str, torn: &[&str]) {
        let carried = text(was).carry(&text(is), &text(there));
        assert_eq!(carried.text.as_str(), text(expected).as_str());
        assert_eq!(carried.torn.iter().map(String::as_str).collect::<Vec<_>>(), torn);
    }

    #[test]
    fn a_change_is_carried_over_and_what_the_other_has_of_its_own_stays() {
        check("A:1 B:1", "A:2 B:1", "B:1 A:1 X:9", "B:1 A:2 X:9", &[]);
        check("A:1 B:1", "A:1", "A:1 B:1 X:9", "A:1 X:9", &[]);
        check("A:1", "A:1 C:3", "A:1 X:9", "A:1 X:9 C:3", &[]);
        check("A:1", "A:2", "A:3", "A:2", &["A"]);
        check("A:1", "A:2", "A:2 X:9", "A:2 X:9", &[]);
    }

    #[test]
    fn of_lines_that_may_stand_there_many_times_each_goes_its_own_way() {
        check("C:a C:b", "C:a C:b C:c", "C:b C:d C:a", "C:b C:d C:a C:c", &[]);
        check("C:a C:b", "C:b", "C:a C:b C:d", "C:b C:d", &[]);
    }

    #[test]
    fn parts_are_known_by_the_occurrence_or_zone_that_they_are_of() {
        let part = |of: &str, line: &str| format!("BEGIN:VEVENT RECURRENCE-ID:{of} {line} END:VEVENT");
        let (one, two) = (part("1", "S:a"), part("2", "S:b"));
        check(
            &format!("{one} {two}"),
            &format!("{one} {}", part("2", "S:c")),
            &format!("{two} {}", part("1", "S:x")),
            &format!("{} {}", part("2", "S:c"), part("1", "S:x")),
            &[],
        );
        check(&format!("{one} {two}"), &two, &format!("{one} {two}"), &two, &[]);
        check(&one, &format!("{one} {two}"), &format!("X:9 {one}"), &format!("X:9 {one} {two}"), &[]);
        check(&format!("{one} {two}"), &format!("{} {two}", part("1", "S:n")), &one, &part("1", "S:n"), &[]);
    }

    #[test]
    fn folds_say_nothing() {
        let was = Original::of("DESCRIPTION:a long\r\n  line\r\nX:1\r\n");
        let is = Original::of("DESCRIPTION:a long\r\n  line\r\nX:2\r\n");
        let there = Original::of("X:1\nDESCRIPTION:a lo\n ng line\n");
        assert_eq!(was.carry(&is, &there).text.as_str(), "X:2\r\nDESCRIPTION:a lo\n ng line\n");
    }
}
