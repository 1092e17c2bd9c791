//! XML as a tree: read by namespace, written in the manner that is switched on.

use std::borrow::Cow;
use std::fmt::Write;

use quick_xml::NsReader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use serde::{Deserialize, Serialize};

use super::switches::Namespaces;

/// WebDAV.
pub(super) const DAV: &str = "DAV:";
/// CalDAV.
pub(super) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// CalendarServer's extensions.
pub(super) const SERVER: &str = "http://calendarserver.org/ns/";
/// Apple's extensions.
pub(super) const APPLE: &str = "http://apple.com/ns/ical/";

/// Elements that are nested deeper are no request of a client.
const DEEPEST: usize = 32;

/// An element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Element {
    pub(super) space: String,
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) attributes: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) children: Vec<Child>,
}

/// What stands in an element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Child {
    Element(Element),
    Text(String),
}

/// An element without anything in it.
pub(super) fn element(space: &str, name: &str) -> Element {
    Element { space: space.to_owned(), name: name.to_owned(), attributes: Vec::new(), children: Vec::new() }
}

/// An element of WebDAV.
pub(super) fn dav(name: &str) -> Element {
    element(DAV, name)
}

/// An element of CalDAV.
pub(super) fn caldav(name: &str) -> Element {
    element(CALDAV, name)
}

impl Element {
    /// The same with one more child.
    #[must_use]
    pub(super) fn with(mut self, child: Element) -> Element {
        self.children.push(Child::Element(child));
        self
    }

    /// The same with more children.
    #[must_use]
    pub(super) fn with_all(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.children.extend(children.into_iter().map(Child::Element));
        self
    }

    /// The same with text in it.
    #[must_use]
    pub(super) fn saying(mut self, text: impl Into<String>) -> Element {
        self.children.push(Child::Text(text.into()));
        self
    }

    /// The same with an attribute.
    #[must_use]
    pub(super) fn having(mut self, name: &str, value: &str) -> Element {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Whether it has that name.
    pub(super) fn is(&self, space: &str, name: &str) -> bool {
        self.space == space && self.name == name
    }

    /// Its name with its namespace, as `{DAV:}getetag`.
    pub(super) fn full_name(&self) -> String {
        format!("{{{}}}{}", self.space, self.name)
    }

    /// The elements in it.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) => None,
        })
    }

    /// The first element of that name in it.
    pub(super) fn find(&self, space: &str, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.is(space, name))
    }

    /// Every element of that name in it.
    pub(super) fn all<'a>(&'a self, space: &'a str, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements().filter(move |element| element.is(space, name))
    }

    /// The text in it, without blanks around it.
    pub(super) fn text(&self) -> String {
        let texts = self.children.iter().filter_map(|child| match child {
            Child::Text(text) => Some(text.as_str()),
            Child::Element(_) => None,
        });
        texts.collect::<String>().trim().to_owned()
    }

    /// An attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The same without what is in it.
    pub(super) fn bare(&self) -> Element {
        element(&self.space, &self.name)
    }
}

/// Reads a document, or says what is wrong with it. Document types are refused, so no entity can grow.
pub(super) fn read(body: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        let (resolved, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(start) => {
                if open.len() == DEEPEST {
                    return Err("the body is nested too deeply".to_owned());
                }
                open.push(begun(&resolved, &start)?);
            }
            Event::Empty(start) => {
                let element = begun(&resolved, &start)?;
                close(&mut open, &mut root, element)?;
            }
            Event::End(_) => {
                let element = open.pop().ok_or("an element ends that did not begin")?;
                close(&mut open, &mut root, element)?;
            }
            Event::Text(text) => say(&mut open, &text.xml10_content()),
            Event::CData(text) => say(&mut open, &text.xml10_content()),
            Event::GeneralRef(entity) => {
                let said = match entity.resolve_char_ref().map_err(|error| error.to_string())? {
                    Some(character) => character.to_string(),
                    None => resolve_predefined_entity(&entity.xml10_content())
                        .ok_or("the body names an entity that does not exist")?
                        .to_owned(),
                };
                say(&mut open, &said);
            }
            Event::DocType(_) => return Err("a document type is not accepted".to_owned()),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    if !open.is_empty() {
        return Err("the body ends in the middle".to_owned());
    }
    root.ok_or_else(|| "the body holds no element".to_owned())
}

fn begun(resolved: &ResolveResult<'_>, start: &BytesStart<'_>) -> Result<Element, String> {
    let space = match resolved {
        ResolveResult::Bound(space) => space.0.to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(prefix) => return Err(format!("the prefix \"{prefix}\" is not declared")),
    };
    let mut begun = element(&space, start.local_name().into_inner());
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.key.as_namespace_binding().is_none() {
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
            begun.attributes.push((attribute.key.local_name().into_inner().to_owned(), value.into_owned()));
        }
    }
    Ok(begun)
}

fn close(open: &mut [Element], root: &mut Option<Element>, element: Element) -> Result<(), String> {
    match open.last_mut() {
        Some(parent) => parent.children.push(Child::Element(element)),
        None if root.is_none() => *root = Some(element),
        None => return Err("the body holds two documents".to_owned()),
    }
    Ok(())
}

fn say(open: &mut [Element], text: &str) {
    let Some(element) = open.last_mut() else { return };
    match element.children.last_mut() {
        Some(Child::Text(before)) => before.push_str(text),
        _ => element.children.push(Child::Text(text.to_owned())),
    }
}

/// In which manner a document is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) namespaces: Namespaces,
    /// Calendar data stands in CDATA.
    pub(super) cdata: bool,
}

/// Writes a document.
pub(super) fn write(root: &Element, manner: Manner) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    put(&mut out, root, "", true, manner);
    out
}

/// The prefix of a namespace that is declared at the root.
fn prefix(space: &str) -> Option<&'static str> {
    match space {
        DAV => Some("d"),
        CALDAV => Some("cal"),
        SERVER => Some("cs"),
        APPLE => Some("ical"),
        _ => None,
    }
}

fn put(out: &mut String, element: &Element, around: &str, is_root: bool, manner: Manner) {
    let name = match (manner.namespaces, prefix(&element.space)) {
        (Namespaces::Prefixed, Some(prefix)) => Cow::Owned(format!("{prefix}:{}", element.name)),
        (Namespaces::Prefixed, None) if !element.space.is_empty() => {
            Cow::Owned(format!("x:{}", element.name))
        }
        _ => Cow::Borrowed(element.name.as_str()),
    };
    out.push('<');
    out.push_str(&name);
    match manner.namespaces {
        Namespaces::Prefixed => {
            if is_root {
                for space in [DAV, CALDAV, SERVER, APPLE] {
                    let _ = write!(out, " xmlns:{}=\"{space}\"", prefix(space).unwrap_or_default());
                }
            }
            if prefix(&element.space).is_none() && !element.space.is_empty() {
                let _ = write!(out, " xmlns:x=\"{}\"", escaped(&element.space));
            }
        }
        Namespaces::Default if is_root || element.space != around => {
            let _ = write!(out, " xmlns=\"{}\"", escaped(&element.space));
        }
        Namespaces::Repeated => {
            let _ = write!(out, " xmlns=\"{}\"", escaped(&element.space));
        }
        Namespaces::Default => {}
    }
    for (key, value) in &element.attributes {
        let _ = write!(out, " {key}=\"{}\"", escaped(value));
    }
    if element.children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for child in &element.children {
        match child {
            Child::Element(child) => put(out, child, &element.space, false, manner),
            Child::Text(text) if manner.cdata && element.is(CALDAV, "calendar-data") => {
                let _ = write!(out, "<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"));
            }
            Child::Text(text) => out.push_str(&escaped(text)),
        }
    }
    let _ = write!(out, "</{name}>");
}

/// Text with everything escaped that a reader would change or trip over.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            // What XML 1.0 cannot carry at all.
            control if control.is_control() && !matches!(control, '\n' | '\t') => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Namespaces; 3] = [Namespaces::Prefixed, Namespaces::Default, Namespaces::Repeated];

    #[test]
    fn what_is_written_is_read_as_the_same_in_every_manner() {
        let data = caldav("calendar-data").saying("SUMMARY:<a> & \"b\" ]]> c\n");
        let strange = element("http://other/", "x").having("on", "1 < 2").with(element("", "none"));
        let root = dav("multistatus").with(dav("response").with(data)).with(strange);
        for namespaces in ALL {
            for cdata in [false, true] {
                let text = write(&root, Manner { namespaces, cdata });
                assert_eq!(read(text.as_bytes()).unwrap(), root, "{text}");
            }
        }
    }

    #[test]
    fn line_ends_survive_but_not_in_cdata() {
        let root = caldav("calendar-data").saying("A\r\nB");
        let manner = |cdata| Manner { namespaces: Namespaces::Prefixed, cdata };
        assert_eq!(read(write(&root, manner(false)).as_bytes()).unwrap().text(), "A\r\nB");
        assert_eq!(read(write(&root, manner(true)).as_bytes()).unwrap().text(), "A\nB");
    }

    #[test]
    fn entities_of_a_document_type_are_refused() {
        assert!(read(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>").is_err());
        assert!(read(b"<a>").is_err());
        assert!(read(b"<d:a/>").is_err());
    }
}
