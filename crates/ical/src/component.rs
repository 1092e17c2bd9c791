//! The tree of a file: components, each with its lines in order, as the bytes they came as.
//!
//! Promises that a tree nobody changed writes the same bytes again, whatever was in the file, and that reading one
//! is bounded: in bytes, lines, components and depth (I-42). Lines that were changed are folded anew and end like
//! the file's others. Knows no property but BEGIN and END.

use std::borrow::Cow;
use std::sync::Arc;

use crate::lines::{self, Content};

/// The most bytes of a file; places in it fit 32 bits.
pub const MOST_BYTES: usize = 32 << 20;
/// The most lines of a file.
pub const MOST_LINES: usize = 2_000_000;
/// The most components of a file.
pub const MOST_COMPONENTS: usize = 200_000;
/// How deep components may lie in each other.
pub const DEEPEST: usize = 16;

/// Why a whole file cannot be read. Not one of these means that a calendar is empty (I-09).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum Unreadable {
    #[error("this is not an iCalendar file: it has no BEGIN:VCALENDAR")]
    NotACalendar,
    #[error("the iCalendar file ends too early: END:VCALENDAR is missing")]
    Truncated,
    #[error("the iCalendar file has more than {MOST_BYTES} bytes")]
    TooLarge,
    #[error("the iCalendar file has more than {MOST_LINES} lines")]
    TooManyLines,
    #[error("the iCalendar file has more than {MOST_COMPONENTS} components")]
    TooManyComponents,
    #[error("the iCalendar file has components more than {DEEPEST} deep in each other")]
    TooDeep,
}

/// A file.
#[derive(Clone)]
pub struct Tree {
    source: Arc<[u8]>,
    ending: &'static str,
    pub(crate) nodes: Vec<Node>,
}

/// A line or a component. Small, because a file can be all line ends.
#[derive(Clone)]
pub enum Node {
    /// A line outside of BEGIN and END.
    Line(Line),
    /// Everything between BEGIN and END.
    Component(Box<Component>),
}

/// A component: its lines and what lies in it, in the file's order.
#[derive(Clone)]
pub struct Component {
    name: String,
    begin: Line,
    pub(crate) nodes: Vec<Node>,
    end: Option<Line>,
}

/// A logical line.
#[derive(Clone)]
pub enum Line {
    /// As it came: from where to where it lies in the file.
    Kept(u32, u32),
    /// As we say it, not yet folded.
    Written(String),
}

impl Tree {
    /// Reads a file.
    pub fn parse(file: &[u8]) -> Result<Tree, Unreadable> {
        if file.len() > MOST_BYTES {
            return Err(Unreadable::TooLarge);
        }
        let source: Arc<[u8]> = file.into();
        let mut open = Open::default();
        for (count, range) in lines::logical(&source).enumerate() {
            if count >= MOST_LINES {
                return Err(Unreadable::TooManyLines);
            }
            let text = lines::text(&source[range.clone()]);
            let line = Line::Kept(range.start as u32, range.end as u32);
            match frame(&text) {
                Some((true, name)) => open.begin(name, line)?,
                Some((false, name)) => open.end(&name, line),
                None => open.line(line),
            }
        }
        let nodes = open.finish();
        let calendars = || places(&nodes).filter(|(_, c)| c.is("VCALENDAR"));
        if calendars().next().is_none() {
            return Err(Unreadable::NotACalendar);
        }
        if calendars().any(|(_, c)| !c.is_whole()) {
            return Err(Unreadable::Truncated);
        }
        let first = source.iter().position(|b| *b == b'\n').unwrap_or(0);
        let ending = if first > 0 && source[first - 1] != b'\r' { "\n" } else { "\r\n" };
        Ok(Tree { source, ending, nodes })
    }

    /// The file again: kept lines byte for byte, written ones folded.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.source.len() + 256);
        self.write_nodes(&self.nodes, &mut out);
        out
    }

    /// The text of a line, unfolded.
    pub fn text<'a>(&'a self, line: &'a Line) -> Cow<'a, str> {
        match line {
            Line::Kept(from, to) => lines::text(&self.source[*from as usize..*to as usize]),
            Line::Written(text) => Cow::Borrowed(text),
        }
    }

    /// The content lines that lie directly in a component, with their places among its nodes.
    pub fn contents<'a>(&'a self, component: &'a Component) -> impl Iterator<Item = (usize, Content<'a>)> {
        component.nodes.iter().enumerate().filter_map(|(place, node)| match node {
            Node::Line(line) => Content::parse(self.text(line)).map(|content| (place, content)),
            Node::Component(_) => None,
        })
    }

    /// The calendars of the file.
    pub fn calendars(&self) -> impl Iterator<Item = (usize, &Component)> {
        places(&self.nodes).filter(|(_, c)| c.is("VCALENDAR"))
    }

    /// How this file ends its lines.
    pub fn ending(&self) -> &'static str {
        self.ending
    }

    fn write_nodes(&self, nodes: &[Node], out: &mut Vec<u8>) {
        for node in nodes {
            match node {
                Node::Line(line) => self.write_line(line, out),
                Node::Component(component) => {
                    self.write_line(&component.begin, out);
                    self.write_nodes(&component.nodes, out);
                    if let Some(end) = &component.end {
                        self.write_line(end, out);
                    }
                }
            }
        }
    }

    fn write_line(&self, line: &Line, out: &mut Vec<u8>) {
        match line {
            Line::Kept(from, to) => out.extend_from_slice(&self.source[*from as usize..*to as usize]),
            Line::Written(text) => lines::fold(text, self.ending, out),
        }
    }
}

impl From<Component> for Node {
    fn from(component: Component) -> Node {
        Node::Component(Box::new(component))
    }
}

impl Component {
    /// A new component with those lines.
    pub fn written(name: &str, lines: impl IntoIterator<Item = String>) -> Component {
        Component {
            name: name.to_owned(),
            begin: Line::Written(format!("BEGIN:{name}")),
            nodes: lines.into_iter().map(|text| Node::Line(Line::Written(text))).collect(),
            end: Some(Line::Written(format!("END:{name}"))),
        }
    }

    /// Whether it is of that (upper-case) kind.
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// Whether its END was there.
    pub fn is_whole(&self) -> bool {
        self.end.is_some()
    }

    /// The components that lie directly in it, with their places among its nodes.
    pub fn parts(&self) -> impl Iterator<Item = (usize, &Component)> {
        places(&self.nodes)
    }

    /// Appends its lines, unfolded. Only for written ones: kept lines need their file.
    pub(crate) fn push_texts(&self, out: &mut Vec<String>) {
        let written = |line: &Line| match line {
            Line::Written(text) => Some(text.clone()),
            Line::Kept(..) => None,
        };
        out.extend(written(&self.begin));
        for node in &self.nodes {
            match node {
                Node::Line(line) => out.extend(written(line)),
                Node::Component(part) => part.push_texts(out),
            }
        }
        out.extend(self.end.as_ref().and_then(written));
    }
}

fn places(nodes: &[Node]) -> impl Iterator<Item = (usize, &Component)> {
    nodes.iter().enumerate().filter_map(|(place, node)| match node {
        Node::Component(component) => Some((place, &**component)),
        Node::Line(_) => None,
    })
}

/// Whether a line begins (or ends) a component, and which.
fn frame(text: &str) -> Option<(bool, String)> {
    let (name, value) = text.split_once(':')?;
    let begins = name.eq_ignore_ascii_case("BEGIN");
    (begins || name.eq_ignore_ascii_case("END")).then(|| (begins, value.trim().to_ascii_uppercase()))
}

/// The components that were begun and not yet ended, outermost first.
#[derive(Default)]
struct Open {
    done: Vec<Node>,
    stack: Vec<Component>,
    count: usize,
}

impl Open {
    fn begin(&mut self, name: String, begin: Line) -> Result<(), Unreadable> {
        self.count += 1;
        if self.count > MOST_COMPONENTS {
            return Err(Unreadable::TooManyComponents);
        }
        // What can only lie in a calendar ends whatever was left open there, so that one event without an end
        // does not swallow the next.
        let outer = match name.as_str() {
            "VCALENDAR" => 0,
            "VEVENT" | "VTODO" | "VJOURNAL" | "VFREEBUSY" | "VTIMEZONE" | "VAVAILABILITY" => 1,
            _ => usize::MAX,
        };
        while self.stack.len() > outer {
            self.close(None);
        }
        if self.stack.len() >= DEEPEST {
            return Err(Unreadable::TooDeep);
        }
        self.stack.push(Component { name, begin, nodes: Vec::new(), end: None });
        Ok(())
    }

    fn end(&mut self, name: &str, end: Line) {
        let Some(depth) = self.stack.iter().rposition(|c| c.name == name) else {
            return self.line(end);
        };
        while self.stack.len() > depth + 1 {
            self.close(None);
        }
        self.close(Some(end));
    }

    fn line(&mut self, line: Line) {
        self.nodes().push(Node::Line(line));
    }

    fn close(&mut self, end: Option<Line>) {
        if let Some(component) = self.stack.pop() {
            self.nodes().push(Node::Component(Box::new(Component { end, ..component })));
        }
    }

    fn nodes(&mut self) -> &mut Vec<Node> {
        match self.stack.last_mut() {
            Some(component) => &mut component.nodes,
            None => &mut self.done,
        }
    }

    fn finish(mut self) -> Vec<Node> {
        while !self.stack.is_empty() {
            self.close(None);
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(nodes: &[Node]) -> String {
        nodes
            .iter()
            .map(|node| match node {
                Node::Line(_) => "·".to_owned(),
                Node::Component(c) => {
                    format!("{}{}({})", c.name, if c.is_whole() { "" } else { "!" }, shape(&c.nodes))
                }
            })
            .collect()
    }

    fn check(file: &str, expected: &str) {
        assert_eq!(shape(&Tree::parse(file.as_bytes()).unwrap().nodes), expected);
    }

    #[test]
    fn components_lie_in_each_other() {
        check(
            "BEGIN:VCALENDAR\nVERSION:2.0\nbegin:vevent\nUID:1\nBEGIN:VALARM\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR",
            "VCALENDAR(·VEVENT(·VALARM()))",
        );
    }

    #[test]
    fn an_event_without_end_does_not_swallow_the_next() {
        check(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VALARM\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n",
            "VCALENDAR(VEVENT!(VALARM!())VEVENT())",
        );
        check("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VTODO\nEND:VCALENDAR\n", "VCALENDAR(VEVENT!(·))");
    }

    #[test]
    fn what_is_not_a_whole_calendar_is_an_error() {
        let error = |file: &str| Tree::parse(file.as_bytes()).err();
        assert_eq!(error(""), Some(Unreadable::NotACalendar));
        assert_eq!(error("<html>Sign in</html>"), Some(Unreadable::NotACalendar));
        assert_eq!(error("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\n"), Some(Unreadable::Truncated));
        assert_eq!(error("BEGIN:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"), Some(Unreadable::Truncated));
        let deep = "BEGIN:X\n".repeat(17);
        assert_eq!(error(&format!("BEGIN:VCALENDAR\n{deep}")), Some(Unreadable::TooDeep));
    }

    proptest! {
        #[test]
        fn what_was_read_is_written_byte_for_byte(
            lines in prop::collection::vec(
                prop_oneof![
                    Just("BEGIN:VEVENT".to_owned()), Just("END:VEVENT".to_owned()), Just("BEGIN:VALARM".to_owned()),
                    Just("END:VALARM".to_owned()), Just("END:VCALENDAR".to_owned()), "[A-Z;=:,\"\\\\ \r\u{e4}]{0,20}",
                ],
                0..30,
            ),
            ending in prop_oneof![Just("\r\n"), Just("\n"), Just("\r"), Just("\r\n ")],
        ) {
            let file = format!("\u{feff}BEGIN:VCALENDAR\r\n{}\nEND:VCALENDAR", lines.join(ending));
            if let Ok(tree) = Tree::parse(file.as_bytes()) {
                prop_assert_eq!(tree.write(), file.into_bytes());
            }
        }
    }
}
