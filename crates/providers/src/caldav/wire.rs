//! WebDAV's words (RFC 4918, 4791, 6578): the bodies that are sent, and what is read of those that come back.
//!
//! Elements are known by their namespace, never by a prefix. Of a property's values only those under a status of success
//! count: some servers repeat a property, empty, under a 404. Documents with a DOCTYPE are refused, so nothing in them
//! can grow.

use std::fmt::Write as _;

use roxmltree::{Document, Node};

const DAV: &str = "DAV:";
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
const SERVER: &str = "http://calendarserver.org/ns/";

const SPACES: &str =
    r#"xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/""#;

/// What is asked of an address that may be anything: a server's root, a principal, a home, a calendar.
pub(super) const WHAT: &[&str] = &["d:current-user-principal", "d:resourcetype", "c:calendar-home-set"];
/// What is asked of an address by nobody in particular: a server without sign-in may want one from whoever asks who they are.
pub(super) const PLACE: &[&str] = &["d:resourcetype"];
/// What is asked of a person.
pub(super) const PERSON: &[&str] =
    &["c:calendar-home-set", "c:calendar-user-address-set", "d:displayname", "d:resourcetype"];
/// What is asked of each calendar of a home.
pub(super) const CALENDAR: &[&str] = &[
    "d:resourcetype",
    "d:displayname",
    "c:supported-calendar-component-set",
    "d:current-user-privilege-set",
    "d:supported-report-set",
    "c:calendar-timezone",
    "d:sync-token",
    "cs:getctag",
];
/// How far a calendar has come.
pub(super) const STAND: &[&str] = &["d:sync-token", "cs:getctag", "d:supported-report-set"];
/// How far a calendar has come that has no sync-collection.
pub(super) const TAG: &[&str] = &["cs:getctag"];
/// What the members of a collection are, where it cannot be asked for events alone.
pub(super) const MEMBERS: &[&str] = &["d:getetag", "d:resourcetype"];

/// `PROPFIND`.
pub(super) fn propfind(props: &[&str]) -> String {
    let mut body = format!("<d:propfind {SPACES}><d:prop>");
    for prop in props {
        write!(body, "<{prop}/>").expect("writing to a text does not fail");
    }
    body + "</d:prop></d:propfind>"
}

/// What changed since a token. Without a limit: servers that were asked for one have kept back the rest for good.
pub(super) fn sync_collection(token: &str) -> String {
    format!(
        r#"<sync-collection xmlns="DAV:"><sync-token>{}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>"#,
        escaped(token)
    )
}

/// Every event of a calendar, by name and version.
pub(super) fn inventory() -> String {
    format!(
        r#"<c:calendar-query {SPACES}><d:prop><d:getetag/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"/></c:comp-filter></c:filter></c:calendar-query>"#
    )
}

/// The bodies of these.
pub(super) fn multiget<'a>(paths: impl IntoIterator<Item = &'a str>) -> String {
    let mut body = format!(
        r"<c:calendar-multiget {SPACES}><d:prop><d:getetag/><d:getlastmodified/><c:calendar-data/></d:prop>"
    );
    for path in paths {
        write!(body, "<d:href>{}</d:href>", escaped(path)).expect("writing to a text does not fail");
    }
    body + "</c:calendar-multiget>"
}

/// The bodies of what bears that UID.
pub(super) fn named(uid: &str) -> String {
    format!(
        r#"<c:calendar-query {SPACES}><d:prop><d:getetag/><d:getlastmodified/><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:prop-filter name="UID"><c:text-match collation="i;octet">{}</c:text-match></c:prop-filter></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"#,
        escaped(uid)
    )
}

/// A new calendar: by its own method, or as a collection (RFC 5689).
pub(super) fn new_calendar(name: &str, extended: bool) -> String {
    let name = escaped(name);
    let events =
        r#"<c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set>"#;
    match extended {
        false => format!(
            "<c:mkcalendar {SPACES}><d:set><d:prop><d:displayname>{name}</d:displayname>{events}</d:prop></d:set></c:mkcalendar>"
        ),
        true => format!(
            "<d:mkcol {SPACES}><d:set><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>{name}</d:displayname>{events}</d:prop></d:set></d:mkcol>"
        ),
    }
}

/// Text as it may stand in a document. What XML cannot say at all is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            c if c < ' ' => {}
            c => out.push(c),
        }
    }
    out
}

/// The answer to a question about one or many resources.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Multistatus {
    pub(super) responses: Vec<Answered>,
    /// Where the changes have come to.
    pub(super) sync_token: Option<String>,
}

/// What is said of one resource.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answered {
    pub(super) href: String,
    /// Its own status, where it has one instead of properties. That none of its properties was there is no status: so
    /// iCloud tells of the calendar itself.
    pub(super) status: Option<u16>,
    pub(super) props: Props,
}

/// The properties that are read, as far as the resource has them.
#[derive(Debug, Default, PartialEq, Clone)]
pub(super) struct Props {
    /// Whether anything was told under a status of success.
    pub(super) any: bool,
    pub(super) collection: bool,
    pub(super) calendar: bool,
    pub(super) subscribed: bool,
    pub(super) name: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) ctag: Option<String>,
    pub(super) sync_token: Option<String>,
    pub(super) data: Option<String>,
    pub(super) last_modified: Option<String>,
    pub(super) principal: Option<String>,
    pub(super) unauthenticated: bool,
    pub(super) homes: Vec<String>,
    pub(super) addresses: Vec<String>,
    pub(super) components: Option<Vec<String>>,
    pub(super) privileges: Option<Vec<String>>,
    pub(super) reports: Option<Vec<String>>,
    pub(super) zone: Option<String>,
}

impl Props {
    /// Whether its members can be written: unless the opposite is said, they can.
    pub(super) fn writable(&self) -> bool {
        let Some(told) = &self.privileges else { return true };
        let has = |name: &str| told.iter().any(|privilege| privilege == name);
        has("all") || has("write") || (has("write-content") && has("bind"))
    }

    /// Whether it can hold events.
    pub(super) fn holds_events(&self) -> bool {
        self.components.as_ref().is_none_or(|all| all.iter().any(|name| name.eq_ignore_ascii_case("VEVENT")))
    }

    /// Whether it says that it can tell what changed.
    pub(super) fn tells_changes(&self) -> bool {
        self.reports.as_ref().is_some_and(|all| all.iter().any(|name| name == "sync-collection"))
    }
}

/// A body that cannot be read.
#[derive(Debug, PartialEq)]
pub(super) enum Unreadable {
    /// It is no answer of WebDAV: cut off, of somebody else, or not XML.
    Broken,
    /// Something in it cannot be said in XML: a control character, or text in another encoding.
    Odd,
}

impl Multistatus {
    /// Reads it.
    pub(super) fn read(body: &[u8]) -> Result<Multistatus, Unreadable> {
        let text = text(body)?;
        let document = Document::parse(text).map_err(|error| match error {
            roxmltree::Error::NonXmlChar(..) => Unreadable::Odd,
            _ => Unreadable::Broken,
        })?;
        let root = document.root_element();
        if !is(root, DAV, "multistatus") {
            return Err(Unreadable::Broken);
        }
        let mut all = Multistatus::default();
        for child in elements(root) {
            if is(child, DAV, "response") {
                answered(child, &mut all.responses)?;
            } else if is(child, DAV, "sync-token") {
                all.sync_token = Some(content(child)).filter(|token| !token.is_empty());
            }
        }
        Ok(all)
    }
}

/// The preconditions that a refusal names (RFC 4918, 16), and an href that may stand in them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Refusal {
    pub(super) conditions: Vec<String>,
    pub(super) href: Option<String>,
}

impl Refusal {
    /// Reads what is there of it: a refusal without a body in the right form names nothing.
    pub(super) fn read(body: &[u8]) -> Refusal {
        let Some(document) = text(body).ok().and_then(|text| Document::parse(text).ok()) else {
            return Refusal::default();
        };
        let root = document.root_element();
        let error = root.descendants().find(|node| is(*node, DAV, "error"));
        let Some(error) = error else { return Refusal::default() };
        let href = error.descendants().find(|node| is(*node, DAV, "href")).map(content);
        Refusal { conditions: elements(error).map(|node| node.tag_name().name().to_owned()).collect(), href }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.conditions.iter().any(|condition| condition == name)
    }
}

fn text(body: &[u8]) -> Result<&str, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|error| match error.error_len() {
        // In the middle of a letter: it was cut off there.
        None => Unreadable::Broken,
        Some(_) => Unreadable::Odd,
    })?;
    Ok(text.trim_start_matches('\u{feff}').trim_start())
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

fn is(node: Node<'_, '_>, space: &str, name: &str) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(space) && node.tag_name().name() == name
}

fn child<'a, 'i>(node: Node<'a, 'i>, space: &str, name: &str) -> Option<Node<'a, 'i>> {
    elements(node).find(|child| is(*child, space, name))
}

/// All text in an element, whatever it is divided into.
fn content(node: Node<'_, '_>) -> String {
    let text: String = node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
    text.trim().to_owned()
}

/// The number in a status line; none where there is no number.
fn status_of(line: &str) -> Option<u16> {
    line.split_whitespace().find_map(|word| word.parse().ok())
}

fn answered(response: Node<'_, '_>, all: &mut Vec<Answered>) -> Result<(), Unreadable> {
    let hrefs: Vec<String> = elements(response).filter(|node| is(*node, DAV, "href")).map(content).collect();
    if hrefs.is_empty() {
        return Err(Unreadable::Broken);
    }
    let status = child(response, DAV, "status").and_then(|node| status_of(&content(node)));
    let mut props = Props::default();
    for propstat in elements(response).filter(|node| is(*node, DAV, "propstat")) {
        let told = child(propstat, DAV, "status").and_then(|node| status_of(&content(node)));
        // Some servers leave the line empty where all is well.
        if told.is_none_or(|told| (200..300).contains(&told)) {
            for prop in elements(propstat).filter(|node| is(*node, DAV, "prop")).flat_map(elements) {
                props.take(prop);
            }
            props.any = true;
        }
    }
    all.extend(hrefs.into_iter().map(|href| Answered { href, status, props: props.clone() }));
    Ok(())
}

impl Props {
    fn take(&mut self, prop: Node<'_, '_>) {
        let hrefs = || elements(prop).filter(|node| is(*node, DAV, "href")).map(content).collect::<Vec<_>>();
        let text = || Some(content(prop)).filter(|text| !text.is_empty());
        let name = prop.tag_name().name();
        match (prop.tag_name().namespace().unwrap_or_default(), name) {
            (DAV, "resourcetype") => {
                self.collection |= child(prop, DAV, "collection").is_some();
                self.calendar |= child(prop, CALDAV, "calendar").is_some();
                self.subscribed |= child(prop, SERVER, "subscribed").is_some();
            }
            (DAV, "displayname") => self.name = text(),
            (DAV, "getetag") => self.etag = text(),
            (SERVER, "getctag") => self.ctag = text(),
            (DAV, "sync-token") => self.sync_token = text(),
            (DAV, "getlastmodified") => self.last_modified = text(),
            (DAV, "current-user-principal") => {
                self.unauthenticated |= child(prop, DAV, "unauthenticated").is_some();
                self.principal = hrefs().into_iter().next().filter(|href| !href.is_empty());
            }
            (CALDAV, "calendar-home-set") => self.homes = hrefs(),
            (CALDAV, "calendar-user-address-set") => self.addresses = hrefs(),
            (CALDAV, "calendar-timezone") => self.zone = text(),
            (CALDAV, "calendar-data") => {
                let text: String =
                    prop.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
                self.data = Some(text).filter(|text| !text.trim().is_empty());
            }
            (CALDAV, "supported-calendar-component-set") => {
                let names = elements(prop).filter(|node| is(*node, CALDAV, "comp"));
                self.components =
                    Some(names.filter_map(|n| n.attribute("name").map(str::to_owned)).collect());
            }
            (DAV, "current-user-privilege-set") => {
                let privileges = elements(prop).filter(|node| is(*node, DAV, "privilege"));
                let names = privileges.flat_map(elements).map(|node| node.tag_name().name().to_owned());
                self.privileges = Some(names.collect());
            }
            (DAV, "supported-report-set") => {
                let reports = prop.descendants().filter(|node| is(*node, DAV, "report"));
                let names = reports.flat_map(elements).map(|node| node.tag_name().name().to_owned());
                self.reports = Some(names.collect());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Multistatus {
        Multistatus::read(body.as_bytes()).unwrap()
    }

    #[test]
    fn elements_are_known_by_their_namespace_whatever_prefix_they_bear() {
        let icloud = r#"<?xml version="1.0"?><multistatus xmlns="DAV:"><response xmlns="DAV:"><href>/1/</href><propstat>
            <prop><resourcetype xmlns="DAV:"><collection/><calendar xmlns="urn:ietf:params:xml:ns:caldav"/></resourcetype>
            <getctag xmlns="http://calendarserver.org/ns/">C</getctag></prop><status>HTTP/1.1 200 OK</status></propstat>
            </response></multistatus>"#;
        let sabre = r#"<x:multistatus xmlns:x="DAV:" xmlns:y="urn:ietf:params:xml:ns:caldav" xmlns:z="http://calendarserver.org/ns/">
            <x:response><x:href>/1/</x:href><x:propstat><x:prop><x:resourcetype><x:collection/><y:calendar/></x:resourcetype>
            <z:getctag>C</z:getctag></x:prop><x:status>HTTP/1.1 200 OK</x:status></x:propstat></x:response></x:multistatus>"#;
        assert_eq!(read(icloud), read(sabre));
        let props = &read(icloud).responses[0].props;
        assert!(props.calendar && props.collection && props.ctag.as_deref() == Some("C"));
    }

    #[test]
    fn a_failed_propstat_takes_nothing_away() {
        let body = r#"<multistatus xmlns="DAV:"><response><href>/1/</href>
            <propstat><prop><getetag>"a"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat>
            <propstat><prop><getetag/><displayname/></prop><status>HTTP/1.1 404 Not Found</status></propstat>
            </response></multistatus>"#;
        let one = &read(body).responses[0];
        assert_eq!((one.props.etag.as_deref(), one.status), (Some("\"a\""), None));
        let failed = r#"<multistatus xmlns="DAV:"><response><href>/1/</href>
            <propstat><prop><getetag/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response></multistatus>"#;
        let one = &read(failed).responses[0];
        assert_eq!((one.status, one.props.any), (None, false), "a property is missing, not the resource");
        let gone = r#"<multistatus xmlns="DAV:"><response><href>/1/</href><status>HTTP/1.1 404 Not Found</status>
            </response></multistatus>"#;
        assert_eq!(read(gone).responses[0].status, Some(404));
    }

    #[test]
    fn data_comes_whole_from_cdata_and_text() {
        let body = r#"<multistatus xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><response><href>/1/a.ics</href>
            <propstat><prop><c:calendar-data><![CDATA[BEGIN:VCALENDAR
SUMMARY:a & b <c>]]>
END:VCALENDAR
</c:calendar-data></prop><status></status></propstat></response></multistatus>"#;
        let data = read(body).responses.remove(0).props.data.unwrap();
        assert!(data.contains("SUMMARY:a & b <c>\nEND:VCALENDAR"), "{data}");
    }

    #[test]
    fn what_is_no_whole_answer_is_none() {
        for body in [
            "",
            "<html><body>Sign in</body></html>",
            r#"<multistatus xmlns="DAV:"><response><href>/1/</href>"#,
            r#"<multistatus xmlns="DAV:"><response><propstat/></response></multistatus>"#,
            r#"<!DOCTYPE x [<!ENTITY a "aaaa">]><multistatus xmlns="DAV:">&a;</multistatus>"#,
        ] {
            assert_eq!(Multistatus::read(body.as_bytes()), Err(Unreadable::Broken), "{body}");
        }
        assert_eq!(read(r#"<multistatus xmlns="DAV:"/>"#), Multistatus::default());
    }

    #[test]
    fn who_may_write_is_told_in_many_ways() {
        let check = |privileges: Option<&[&str]>, expected: bool| {
            let privileges = privileges.map(|all| all.iter().map(|p| (*p).to_owned()).collect());
            assert_eq!(Props { privileges, ..Props::default() }.writable(), expected);
        };
        check(None, true);
        check(Some(&["all"]), true);
        check(Some(&["read", "write"]), true);
        check(Some(&["read", "write-content", "bind", "unbind"]), true);
        check(Some(&["read", "write-properties"]), false);
        check(Some(&["read", "write-content"]), false);
        check(Some(&["read"]), false);
    }

    #[test]
    fn a_refusal_names_its_conditions() {
        let body = r#"<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">
            <c:no-uid-conflict><d:href>/1/other.ics</d:href></c:no-uid-conflict></d:error>"#;
        let refusal = Refusal::read(body.as_bytes());
        assert!(refusal.has("no-uid-conflict") && refusal.href.as_deref() == Some("/1/other.ics"));
        assert_eq!(Refusal::read(b"<html>no</html>"), Refusal::default());
        assert_eq!(Refusal::read(b""), Refusal::default());
    }

    #[test]
    fn what_a_person_named_cannot_leave_its_element() {
        let body = new_calendar("a</d:displayname><x>&\u{1}", false);
        let document = Document::parse(&body).unwrap();
        let name = document.descendants().find(|node| is(*node, DAV, "displayname")).map(content);
        assert_eq!(name.as_deref(), Some("a</d:displayname><x>&"));
        for body in
            [multiget(["/a&b"]), named("a\"<b>"), sync_collection("<t>"), inventory(), propfind(CALENDAR)]
        {
            assert!(Document::parse(&body).is_ok(), "{body}");
        }
    }
}
