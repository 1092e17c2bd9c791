//! Content lines: unfold, take apart, put together, fold.
//!
//! Works on bytes, because files are folded inside characters (BM-134). Promises that a logical line remembers
//! where it came from, that no line written is longer than 75 octets or folded inside a character (BM-132, BM-135),
//! and that nothing put into a line can begin another one. Knows neither properties nor components.

use std::borrow::Cow;
use std::ops::Range;

/// The most octets of a line, without its end (RFC 5545, 3.1).
pub const WIDTH: usize = 75;

/// Returns where the logical lines of a file lie: each with its folds and its line end.
///
/// Lines end with CRLF, LF or CR; stray CRs before an LF belong to the same end.
pub fn logical(source: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= source.len() {
            return None;
        }
        let start = at;
        at = physical_end(source, at);
        while matches!(source.get(at), Some(b' ' | b'\t')) {
            at = physical_end(source, at);
        }
        Some(start..at)
    })
}

/// Where the physical line that begins at `from` ends, its line end included.
fn physical_end(source: &[u8], from: usize) -> usize {
    let Some(at) = source[from..].iter().position(|b| matches!(b, b'\n' | b'\r')).map(|i| from + i) else {
        return source.len();
    };
    let after_crs = at + source[at..].iter().take_while(|b| **b == b'\r').count();
    match source.get(after_crs) {
        Some(b'\n') => after_crs + 1,
        _ => at + 1,
    }
}

/// Returns the text of a logical line without folds and line end.
///
/// Unfolds first and decodes then. What is not UTF-8 is read as Latin-1, whatever the file says of itself.
pub fn text(raw: &[u8]) -> Cow<'_, str> {
    let body = raw.trim_ascii_line_end();
    let bytes = match body.iter().any(|b| matches!(b, b'\n' | b'\r')) {
        false => Cow::Borrowed(body),
        true => Cow::Owned(unfold(body)),
    };
    match bytes {
        Cow::Borrowed(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text.trim_start_matches('\u{feff}')),
            Err(_) => Cow::Owned(latin1(bytes)),
        },
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Cow::Owned(text.trim_start_matches('\u{feff}').to_owned()),
            Err(not) => Cow::Owned(latin1(not.as_bytes())),
        },
    }
}

trait LineEnd {
    fn trim_ascii_line_end(&self) -> &[u8];
}
impl LineEnd for [u8] {
    fn trim_ascii_line_end(&self) -> &[u8] {
        let ends = self.iter().rev().take_while(|b| matches!(b, b'\n' | b'\r')).count();
        &self[..self.len() - ends]
    }
}

fn unfold(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        let end = physical_end(body, at);
        out.extend_from_slice(body[at..end].trim_ascii_line_end());
        // Every physical line after the first begins with the one white space that marks a fold.
        at = end + 1;
    }
    out
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

/// Appends a logical line, folded, with its line end.
pub fn fold(line: &str, ending: &str, out: &mut Vec<u8>) {
    let mut rest = line;
    let mut room = WIDTH;
    while rest.len() > room {
        let cut = rest.floor_char_boundary(room);
        let (head, tail) = rest.split_at(cut);
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(ending.as_bytes());
        out.push(b' ');
        rest = tail;
        room = WIDTH - 1;
    }
    out.extend_from_slice(rest.as_bytes());
    out.extend_from_slice(ending.as_bytes());
}

/// A content line, taken apart: `NAME;PARAM=VALUE:value`.
#[derive(Clone, Debug)]
pub struct Content<'a> {
    text: Cow<'a, str>,
    name: usize,
    params: Vec<Param>,
    value: usize,
    /// Whether quotes are quotes: where one is left open, all are plain characters.
    quotes: bool,
}

/// Where a parameter lies in its line.
#[derive(Clone, Debug)]
struct Param {
    whole: Range<usize>,
    name: usize,
}

impl<'a> Content<'a> {
    /// Takes a line apart; `None` when it is no content line (a blank one, or the rest of a raw line break in a
    /// value): such a line costs itself, not its event.
    pub fn parse(text: Cow<'a, str>) -> Option<Content<'a>> {
        let name =
            text.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')).count();
        if name == 0 {
            return None;
        }
        if text.as_bytes().get(name) == Some(&b':') {
            return Some(Content { text, name, params: Vec::new(), value: name + 1, quotes: true });
        }
        let told = |quotes| Some((params(&text, name, quotes)?, quotes));
        let ((params, value), quotes) = told(true).or_else(|| told(false))?;
        Some(Content { text, name, params, value, quotes })
    }

    /// Whether it is the property of that (upper-case) name.
    pub fn is(&self, name: &str) -> bool {
        self.text[..self.name].eq_ignore_ascii_case(name)
    }

    /// The name as written.
    pub fn name(&self) -> &str {
        &self.text[..self.name]
    }

    /// The value as written.
    pub fn value(&self) -> &str {
        &self.text[self.value..]
    }

    /// The (first) value of a parameter, without quotes and escapes.
    pub fn param(&self, name: &str) -> Option<String> {
        let param = self.params.iter().find(|p| self.param_name(p).eq_ignore_ascii_case(name))?;
        let raw = &self.text[param.name + 1..param.whole.end];
        let quoted = raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')).filter(|_| self.quotes);
        Some(unescape_param(quoted.unwrap_or(raw)))
    }

    /// Whether a parameter has that value, in any case.
    pub fn param_is(&self, name: &str, value: &str) -> bool {
        !self.params.is_empty() && self.param(name).is_some_and(|v| v.eq_ignore_ascii_case(value))
    }

    /// The line with some parameters set (or dropped, where `None`) and another value; the rest as written.
    ///
    /// The value must be in its written form already ([`crate::values`] makes such).
    pub fn with(&self, params: &[(&str, Option<&str>)], value: &str) -> String {
        let mut line = self.name().to_owned();
        for param in &self.params {
            let name = self.param_name(param);
            match params.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
                None => {
                    let raw = &self.text[param.name + 1..param.whole.end];
                    // What is the last one now must not go on into the value.
                    let goes_on =
                        name.eq_ignore_ascii_case("TZID") && value.contains(':') && !raw.starts_with('"');
                    match self.quotes && !goes_on {
                        true => line.extend([";", &self.text[param.whole.clone()]]),
                        // A quote left open must not close over what is new.
                        false => push_quoted(&mut line, name, &unescape_param(raw), goes_on),
                    }
                }
                Some((_, None)) => {}
                Some((_, Some(value))) => push_param(&mut line, name, value),
            }
        }
        for (name, value) in params {
            if let Some(value) = value
                && !self.params.iter().any(|p| self.param_name(p).eq_ignore_ascii_case(name))
            {
                push_param(&mut line, name, value);
            }
        }
        finish(line, value)
    }

    fn param_name(&self, param: &Param) -> &str {
        &self.text[param.whole.start..param.name]
    }
}

/// Finds the parameters and the start of the value. Some writers leave quotes open; then they are plain characters.
fn params(text: &str, name: usize, quotes: bool) -> Option<(Vec<Param>, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = name;
    while bytes.get(at) == Some(&b';') {
        let start = at + 1;
        let mut equals = None;
        let mut quoted = false;
        at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' if quotes => quoted = !quoted,
                b'=' if equals.is_none() => equals = Some(at),
                b':' if !quoted && goes_on(&text[start..], at - start, quotes) => {}
                b';' | b':' if !quoted => break,
                _ => {}
            }
            at += 1;
        }
        if quoted {
            return None;
        }
        if let Some(name) = equals {
            found.push(Param { whole: start..at, name });
        }
    }
    (bytes.get(at) == Some(&b':')).then_some((found, at + 1))
}

/// Whether a colon at that place of `TZID=tzone://Microsoft/Utc:20261021` or `TZID=(UTC+01:00) Paris:20261021` is part
/// of the name, which should have had quotes: a date begins with the four digits of a year.
fn goes_on(param: &str, colon: usize, quotes: bool) -> bool {
    let is_date = |rest: &[u8]| {
        rest.len() > 4 && rest[..5].starts_with(b":") && rest[1..5].iter().all(u8::is_ascii_digit)
    };
    let is_zone = param.get(..5).is_some_and(|name| name.eq_ignore_ascii_case("TZID="));
    let has_quotes = quotes && param.as_bytes().get(5) == Some(&b'"');
    let rest = &param.as_bytes()[colon..];
    is_zone && !has_quotes && !is_date(rest) && rest.windows(5).any(is_date)
}

/// Returns a line with those parameters and a value in its written form.
pub fn line(name: &str, params: &[(&str, &str)], value: &str) -> String {
    let mut line = name.to_owned();
    for (name, value) in params {
        push_param(&mut line, name, value);
    }
    finish(line, value)
}

fn finish(mut line: String, value: &str) -> String {
    line.push(':');
    // Whatever a value holds, it stays on its line.
    line.extend(value.chars().filter(|c| !c.is_control() || *c == '\t'));
    line
}

fn push_param(line: &mut String, name: &str, value: &str) {
    push_quoted(line, name, value, false);
}

fn push_quoted(line: &mut String, name: &str, value: &str, always: bool) {
    line.extend([";", name, "="]);
    let quoted = always || value.contains([':', ';', ',']);
    if quoted {
        line.push('"');
    }
    // RFC 6868.
    for c in value.chars() {
        match c {
            '^' => line.push_str("^^"),
            '"' => line.push_str("^'"),
            '\n' => line.push_str("^n"),
            c if c.is_control() && c != '\t' => {}
            c => line.push(c),
        }
    }
    if quoted {
        line.push('"');
    }
}

fn unescape_param(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        let told = match (c, chars.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('\'')) => '"',
            ('^', Some('^')) => '^',
            _ => {
                out.push(c);
                continue;
            }
        };
        chars.next();
        out.push(told);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unfolded(file: &[u8]) -> Vec<String> {
        logical(file).map(|r| text(&file[r]).into_owned()).collect()
    }

    fn folded(line: &str) -> Vec<u8> {
        let mut out = Vec::new();
        fold(line, "\r\n", &mut out);
        out
    }

    fn check(line: &str, param: &str, expected: Option<&str>, value: &str) {
        let content = Content::parse(line.into()).unwrap();
        assert_eq!((content.param(param).as_deref(), content.value()), (expected, value));
    }

    #[test]
    fn a_zone_that_is_the_last_parameter_now_does_not_go_on_into_the_value() {
        for (line, dropped) in
            [("X-A;TZID=Europe/Berlin;B:at:2026", ""), ("X-A;TZID=Europe/Berlin;B=c:at:2026", "B")]
        {
            let content = Content::parse(line.into()).unwrap();
            assert_eq!(content.value(), "at:2026");
            check(&content.with(&[(dropped, None)], "at:2026"), "TZID", Some("Europe/Berlin"), "at:2026");
        }
        check("X-A;TZID=\"Europe/Berlin\":at:2026", "TZID", Some("Europe/Berlin"), "at:2026");
    }

    #[test]
    fn lines_end_in_all_three_ways() {
        assert_eq!(unfolded(b"A:1\r\nB:2\nC:3\rD:4"), ["A:1", "B:2", "C:3", "D:4"]);
        assert_eq!(unfolded(b"A:1\r\r\n 2\r\r\nB:3\r\n"), ["A:12", "B:3"]);
        assert_eq!(unfolded(b"A:1\n\t2\n  3\n"), ["A:12 3"]);
    }

    #[test]
    fn bm_134_a_fold_inside_a_character_is_undone_before_decoding() {
        let title = "SUMMARY:Übung 🏋️ für zwei";
        for split in 1..title.len() {
            let (head, tail) = title.as_bytes().split_at(split);
            let file = [head, b"\r\n ", tail, b"\r\n"].concat();
            assert_eq!(unfolded(&file), [title]);
        }
    }

    #[test]
    fn what_is_not_utf_8_is_read_as_latin_1() {
        assert_eq!(unfolded(b"SUMMARY:Gr\xfc\xdfe\r\n"), ["SUMMARY:Grüße"]);
    }

    #[test]
    fn parameters_come_with_and_without_quotes() {
        check(
            "ATTENDEE;CN=\"Doe: Jane; A\";PARTSTAT=ACCEPTED:mailto:j@x",
            "CN",
            Some("Doe: Jane; A"),
            "mailto:j@x",
        );
        check("ATTENDEE;CN=A^'B^n^^C:m", "cn", Some("A\"B\n^C"), "m");
        check("ATTENDEE;CN=\"John:mailto:x", "CN", Some("\"John"), "mailto:x");
        check("DTSTART:20260101", "TZID", None, "20260101");
        check(
            "DTSTART;TZID=tzone://Microsoft/Utc:20260101",
            "TZID",
            Some("tzone://Microsoft/Utc"),
            "20260101",
        );
        check("DTSTART;TZID=(UTC+01:00) Paris;X=1:20260101", "TZID", Some("(UTC+01:00) Paris"), "20260101");
        check("DTSTART;TZID=A:noon", "TZID", Some("A"), "noon");
        check("X;FLAG;A=1:v", "A", Some("1"), "v");
    }

    #[test]
    fn what_is_no_content_line_is_none() {
        for odd in ["", " ", "Main Street 5", ":x", "A", "A;B=\"x", "=a:b"] {
            assert!(Content::parse(odd.into()).is_none(), "{odd}");
        }
    }

    #[test]
    fn a_changed_line_keeps_the_parameters_that_did_not_change() {
        let line = Content::parse("ATTENDEE;X-A=\"1,2\";PARTSTAT=DECLINED;cn=Jo:mailto:a@b".into()).unwrap();
        let changed =
            line.with(&[("PARTSTAT", Some("ACCEPTED")), ("CN", None), ("ROLE", Some("x:y"))], line.value());
        assert_eq!(changed, "ATTENDEE;X-A=\"1,2\";PARTSTAT=ACCEPTED;ROLE=\"x:y\":mailto:a@b");
    }

    #[test]
    fn a_quote_left_open_does_not_close_over_what_is_new() {
        let line = Content::parse("ATTENDEE;CN=\"John;X=1:mailto:a@b".into()).unwrap();
        let changed = line.with(&[("ROLE", Some("x\"y"))], line.value());
        assert_eq!(changed, "ATTENDEE;CN=^'John;X=1;ROLE=x^'y:mailto:a@b");
    }

    #[test]
    fn nothing_can_begin_another_line() {
        let line = line("URL", &[("LABEL", "a\r\nBEGIN:VALARM")], "http://x\r\nATTENDEE:mailto:y");
        assert_eq!(
            line,
            "URL;LABEL=a^nBEGIN:VALARM:http://xATTENDEE:mailto:y"
                .replace("=a^nBEGIN:VALARM", "=\"a^nBEGIN:VALARM\"")
        );
    }

    proptest! {
        #[test]
        fn folding_is_undone_by_unfolding(line in "[A-Z]{1,9}:\\PC{0,200}") {
            let file = folded(&line);
            prop_assert_eq!(unfolded(&file), vec![line]);
            for physical in file.split(|b| *b == b'\n') {
                prop_assert!(physical.len() <= WIDTH + 1);
                prop_assert!(std::str::from_utf8(physical).is_ok());
            }
        }

        #[test]
        fn a_fold_anywhere_is_undone(line in "[A-Z]{1,9}:[^\\p{Cc}]{0,60}", at in any::<prop::sample::Index>()) {
            let (head, tail) = line.as_bytes().split_at(1 + at.index(line.len()));
            let file = [head, b"\n\t", tail, b"\n"].concat();
            prop_assert_eq!(unfolded(&file), vec![line]);
        }

        #[test]
        fn logical_lines_cover_the_file(file in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b' '), any::<u8>()], 0..200)) {
            let joined: Vec<u8> = logical(&file).flat_map(|r| file[r].to_vec()).collect();
            prop_assert_eq!(joined, file);
        }

        #[test]
        fn params_survive(value in "[^\\p{Cc}]{0,40}") {
            let text = line("X", &[("CN", &value)], "v");
            let content = Content::parse(text.into()).unwrap();
            prop_assert_eq!(content.param("CN").unwrap(), value);
            prop_assert_eq!(content.value(), "v");
        }
    }
}
