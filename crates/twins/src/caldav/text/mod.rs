//! iCalendar text, as far as a server looks into it: unfolded lines in nested components.
//!
//! The tree is for looking and for deliberate rewriting; what a client stored is kept as the text it sent.

pub(super) mod check;
pub(super) mod expand;
pub(super) mod rewrite;
pub(super) mod times;

/// One unfolded content line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line(String);

impl Line {
    /// A line without parameters, its value as it stands.
    pub(super) fn new(name: &str, value: &str) -> Line {
        Line(format!("{name}:{value}"))
    }

    /// A line as it is written in a file.
    pub(super) fn raw(text: impl Into<String>) -> Line {
        Line(text.into())
    }

    /// The whole of it.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Name and parameters, and the value.
    fn halves(&self) -> (&str, &str) {
        let mut quoted = false;
        let colon = self.0.find(|character| {
            quoted ^= character == '"';
            character == ':' && !quoted
        });
        colon.map_or((self.0.as_str(), ""), |at| (&self.0[..at], &self.0[at + 1..]))
    }

    /// Its name, in capitals.
    pub(super) fn name(&self) -> String {
        pieces(self.halves().0, ';').first().copied().unwrap_or_default().trim().to_ascii_uppercase()
    }

    /// Whether it has that name.
    pub(super) fn is(&self, name: &str) -> bool {
        let head = self.halves().0;
        let own = head.split(';').next().unwrap_or_default().trim();
        own.eq_ignore_ascii_case(name)
    }

    /// Its value as it stands.
    pub(super) fn value(&self) -> &str {
        self.halves().1
    }

    /// Its value as TEXT.
    pub(super) fn plain(&self) -> String {
        unescaped(self.value())
    }

    /// Its parameters, as they stand.
    pub(super) fn params(&self) -> Vec<(&str, &str)> {
        let all = pieces(self.halves().0, ';');
        all.into_iter().skip(1).filter_map(|param| param.split_once('=')).collect()
    }

    /// A parameter without its quotes.
    pub(super) fn param(&self, key: &str) -> Option<&str> {
        let found = self.params().into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case(key));
        found.map(|(_, value)| value.trim().trim_matches('"'))
    }

    /// The same with a parameter set, or taken away.
    #[must_use]
    pub(super) fn with_param(&self, key: &str, value: Option<&str>) -> Line {
        let (head, rest) = self.halves();
        let mut all: Vec<String> = pieces(head, ';').into_iter().map(ToOwned::to_owned).collect();
        all.retain(|param| {
            !param.split_once('=').is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case(key))
        });
        if let Some(value) = value {
            let needs_quotes = value.contains([':', ';', ',']);
            all.push(if needs_quotes { format!("{key}=\"{value}\"") } else { format!("{key}={value}") });
        }
        Line(format!("{}:{rest}", all.join(";")))
    }
}

/// The pieces between separators that do not stand in quotes.
fn pieces(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|character| {
        quoted ^= character == '"';
        character == separator && !quoted
    })
    .collect()
}

/// A component: its own lines, then the components in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) lines: Vec<Line>,
    pub(super) parts: Vec<Component>,
}

impl Component {
    /// An empty one.
    pub(super) fn new(name: &str) -> Component {
        Component { name: name.to_owned(), lines: Vec::new(), parts: Vec::new() }
    }

    /// Reads one whole component, or says why the text is none.
    pub(super) fn parse(text: &str) -> Result<Component, String> {
        let mut open: Vec<Component> = Vec::new();
        let mut whole = None;
        for line in unfolded(text.trim_start_matches('\u{feff}')) {
            if line.trim().is_empty() {
                continue;
            }
            let line = Line(line);
            if line.is("BEGIN") {
                open.push(Component::new(&line.value().trim().to_ascii_uppercase()));
            } else if line.is("END") {
                let ended = open.pop().ok_or("END without BEGIN")?;
                if !line.value().trim().eq_ignore_ascii_case(&ended.name) {
                    return Err(format!("END:{} in {}", line.value(), ended.name));
                }
                match open.last_mut() {
                    Some(parent) => parent.parts.push(ended),
                    None if whole.is_none() => whole = Some(ended),
                    None => return Err("more than one component".to_owned()),
                }
            } else {
                open.last_mut().ok_or("a line outside of any component")?.lines.push(line);
            }
        }
        if let Some(left) = open.first() {
            return Err(format!("{} does not end", left.name));
        }
        whole.ok_or_else(|| "there is no component".to_owned())
    }

    /// The first line of that name.
    pub(super) fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.is(name))
    }

    /// Every line of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.is(name))
    }

    /// The value of the first line of that name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.line(name).map(Line::value)
    }

    /// That value as TEXT.
    pub(super) fn plain(&self, name: &str) -> Option<String> {
        self.line(name).map(Line::plain)
    }

    /// Puts a line in the place of those of its name, or at the end.
    pub(super) fn set(&mut self, line: Line) {
        let name = line.name();
        match self.lines.iter().position(|one| one.is(&name)) {
            Some(at) => {
                self.lines[at] = line;
                let mut index = 0;
                self.lines.retain(|one| {
                    index += 1;
                    index - 1 <= at || !one.is(&name)
                });
            }
            None => self.lines.push(line),
        }
    }

    /// Takes every line of that name away.
    pub(super) fn remove(&mut self, name: &str) {
        self.lines.retain(|line| !line.is(name));
    }

    /// The events, tasks or journal entries in a calendar: whatever is no zone.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Component> {
        self.parts.iter().filter(|part| part.name != "VTIMEZONE")
    }

    /// The same, to be changed.
    pub(super) fn entries_mut(&mut self) -> impl Iterator<Item = &mut Component> {
        self.parts.iter_mut().filter(|part| part.name != "VTIMEZONE")
    }

    /// The one that the others are exceptions of; of exceptions alone, the first.
    pub(super) fn master(&self) -> Option<&Component> {
        self.entries().find(|entry| entry.line("RECURRENCE-ID").is_none()).or_else(|| self.entries().next())
    }

    /// The text, folded at so many octets.
    pub(super) fn render(&self, width: usize) -> String {
        let mut out = String::new();
        self.put(&mut out, width);
        out
    }

    fn put(&self, out: &mut String, width: usize) {
        fold(out, &format!("BEGIN:{}", self.name), width);
        for line in &self.lines {
            fold(out, line.text(), width);
        }
        for part in &self.parts {
            part.put(out, width);
        }
        fold(out, &format!("END:{}", self.name), width);
    }
}

/// The width at which lines are folded by the book.
pub(super) const FOLDED: usize = 75;

/// The lines of a text, unfolded.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(before)) => before.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Takes folds out of bytes, where a fold may split a character.
pub(super) fn unfold_bytes(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, after)) = rest.split_first() {
        rest = match rest {
            [b'\r', b'\n', b' ' | b'\t', after @ ..] | [b'\n', b' ' | b'\t', after @ ..] => after,
            _ => {
                out.push(*first);
                after
            }
        };
    }
    out
}

fn fold(out: &mut String, line: &str, width: usize) {
    let mut used = 0;
    for character in line.chars() {
        if used + character.len_utf8() > width {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(character);
        used += character.len_utf8();
    }
    out.push_str("\r\n");
}

/// TEXT with its escapes.
pub(super) fn escaped(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// TEXT without its escapes.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    out
}

/// The values of a list, at commas that are not escaped.
pub(super) fn listed(value: &str) -> Vec<&str> {
    let mut escaped = false;
    value
        .split(|character| {
            let separates = character == ',' && !escaped;
            escaped = character == '\\' && !escaped;
            separates
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_are_read_as_one_and_written_within_the_width() {
        let long = "SUMMARY:".to_owned() + &"ü".repeat(60);
        let text =
            format!("BEGIN:VCALENDAR\r\n{long}\r\nBEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
        let calendar = Component::parse(&text).unwrap();
        let folded = calendar.render(FOLDED);
        assert!(folded.split("\r\n").all(|line| line.len() <= FOLDED), "{folded}");
        assert_eq!(Component::parse(&folded).unwrap(), calendar);
        assert_eq!(calendar.render(usize::MAX), text);
    }

    #[test]
    fn parameters_keep_what_is_quoted_in_them() {
        let line = Line::raw("ATTENDEE;CN=\"Doe; John: x\";PARTSTAT=NEEDS-ACTION:mailto:a@b");
        assert_eq!((line.name().as_str(), line.value()), ("ATTENDEE", "mailto:a@b"));
        assert_eq!(line.param("cn"), Some("Doe; John: x"));
        let answered = line.with_param("PARTSTAT", Some("ACCEPTED"));
        assert_eq!(answered.text(), "ATTENDEE;CN=\"Doe; John: x\";PARTSTAT=ACCEPTED:mailto:a@b");
    }

    #[test]
    fn a_text_that_is_cut_off_is_no_calendar() {
        for text in ["", "BEGIN:VCALENDAR\n", "BEGIN:VCALENDAR\nEND:VEVENT\n", "X:1\n"] {
            assert!(Component::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lists_are_split_only_at_bare_commas() {
        assert_eq!(listed("A,B\\,C,D"), ["A", "B\\,C", "D"]);
        assert_eq!(unescaped("a\\nb\\,c\\\\d"), "a\nb,c\\d");
    }

    #[test]
    fn a_line_takes_the_place_of_all_of_its_name() {
        let mut event = Component::new("VEVENT");
        event.lines = ["A:1", "B:1", "A:2", "C:1", "A:3"].map(Line::raw).to_vec();
        event.set(Line::new("A", "9"));
        assert_eq!(event.lines, ["A:9", "B:1", "C:1"].map(Line::raw));
    }
}
