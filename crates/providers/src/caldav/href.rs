//! Addresses as servers write them: found again in whatever spelling they come back, and sent in one.
//!
//! A resource is called by its name within its collection, each character escaped that has to be. So an answer that says
//! `%40` where `@` was asked for, or that names another host of the same service, is about the same thing; and a
//! collection that moves to another host keeps the names of all that is in it.

use concord_model::{CalendarId, ExternalId};
use url::{Host, Url};

/// A path, decoded once, without the slash at its end.
pub(super) fn plain(path: &str) -> Vec<String> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('/').filter(|part| !part.is_empty()).map(decoded).collect()
}

/// The path of an href: of an address with a host, or of a path alone.
pub(super) fn path_of(href: &str) -> String {
    let href = href.trim();
    match href.find("://") {
        Some(at) if href[..at].chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) => {
            let rest = &href[at + 3..];
            rest.find('/').map_or_else(|| "/".to_owned(), |slash| rest[slash..].to_owned())
        }
        _ => href.to_owned(),
    }
}

/// Whether two hrefs name the same path, in whatever spelling and on whatever host.
pub(super) fn same_path(one: &str, other: &str) -> bool {
    plain(&path_of(one)) == plain(&path_of(other))
}

/// Text with its escapes undone, once. What is no escape is text.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned())
}

/// Text as one segment of a path: everything escaped but what never has to be.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => write!(out, "%{byte:02X}").expect("writing to a text does not fail"),
        }
    }
    out
}

/// A path in the one spelling in which paths are kept and sent.
pub(super) fn spelled(path: &str) -> String {
    let slash = if path.ends_with('/') && path.len() > 1 { "/" } else { "" };
    let parts: Vec<String> = plain(path).iter().map(|part| encoded(part)).collect();
    format!("/{}{slash}", parts.join("/"))
}

/// What an href names within a collection; `None` for the collection itself. What lies elsewhere is called by its path.
pub(super) fn member(collection: &Url, href: &str) -> Option<ExternalId> {
    let path = path_of(href);
    let (own, asked) = (plain(collection.path()), plain(&path));
    if own == asked || asked.is_empty() {
        return None;
    }
    match asked.split_last() {
        // Rarely, an href is the bare name.
        Some((name, above)) if above == own || (above.is_empty() && !path.starts_with('/')) => {
            Some(ExternalId(encoded(name)))
        }
        _ => Some(ExternalId(spelled(&path))),
    }
}

/// The name that the file of an event usually has.
pub(super) fn usual_name(uid: &str) -> ExternalId {
    ExternalId(format!("{}.ics", encoded(uid)))
}

/// The address of a member of a collection.
pub(super) fn member_url(collection: &Url, id: &ExternalId) -> Url {
    let name = id.as_str();
    let path = match name.starts_with('/') {
        true => name.to_owned(),
        false => format!("{}/{name}", collection.path().trim_end_matches('/')),
    };
    let mut url = collection.clone();
    url.set_query(None);
    url.set_path(&path);
    url
}

/// An href made whole by the address of the request that it came from.
pub(super) fn resolved(request: &Url, href: &str) -> Option<Url> {
    let url = request.join(href.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// The name under which a calendar is kept: its path where its host is the home's, for services move their accounts from
/// host to host; else its whole address.
pub(super) fn calendar_id(home: &Url, calendar: &Url) -> CalendarId {
    let path = spelled(calendar.path());
    let path = if path.ends_with('/') { path } else { format!("{path}/") };
    match same_origin(home, calendar) {
        true => CalendarId(path),
        false => CalendarId(format!("{}{path}", calendar.origin().ascii_serialization())),
    }
}

/// The address of a calendar of an account with these homes.
pub(super) fn calendar_url(homes: &[Url], id: &CalendarId) -> Option<Url> {
    if !id.as_str().starts_with('/') {
        return Url::parse(id.as_str()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    }
    let asked = plain(id.as_str());
    let above = |home: &&Url| asked.starts_with(&plain(home.path()));
    let home = homes.iter().filter(above).max_by_key(|home| plain(home.path()).len()).or(homes.first())?;
    let mut url = home.clone();
    url.set_query(None);
    url.set_path(id.as_str());
    Some(url)
}

/// Whether two addresses are of one origin; a default port that is written out is no other.
pub(super) fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

/// Whether what one host is told may be told to the other: they belong to one owner, as far as names say.
pub(super) fn same_owner(one: &Url, other: &Url) -> bool {
    match (one.host(), other.host()) {
        (Some(Host::Domain(one)), Some(Host::Domain(other))) => {
            let (one, other) = (one.trim_end_matches('.'), other.trim_end_matches('.'));
            one == other || (owner(one).is_some() && owner(one) == owner(other))
        }
        (one, other) => one == other,
    }
}

/// The part of a host's name that somebody registered. Under the domains of countries it is taken for the third label
/// where the second is short (`co.uk`): to ask for the password once too often does less harm than to hand it out.
fn owner(host: &str) -> Option<String> {
    let labels: Vec<&str> = host.split('.').collect();
    let [.., second, first] = labels[..] else { return None };
    let take = if first.len() == 2 && second.len() <= 3 { 3 } else { 2 };
    (labels.len() >= take).then(|| labels[labels.len() - take..].join(".").to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_member_is_known_in_every_spelling_and_on_every_host() {
        let calendar = url("https://p37-caldav.icloud.com/1/calendars/a%40b/");
        let check = |href: &str, expected: Option<&str>| {
            assert_eq!(member(&calendar, href).map(|id| id.0).as_deref(), expected, "{href}");
        };
        check("/1/calendars/a@b/x.ics", Some("x.ics"));
        check("/1/calendars/a%40b/x%2eics", Some("x.ics"));
        check("https://p02-caldav.icloud.com:443/1/calendars/a%40b/x.ics", Some("x.ics"));
        check("/1/calendars/a@b/u@v+w.ics", Some("u%40v%2Bw.ics"));
        check("/1/calendars/a@b/u%40v%2bw.ics", Some("u%40v%2Bw.ics"));
        check("/1/calendars/a@b/50%25.ics", Some("50%25.ics"));
        check("/1/calendars/a@b/50%.ics", Some("50%25.ics"));
        check("/1/calendars/a@b", None);
        check("/1/calendars/a%40b/", None);
        check("x.ics", Some("x.ics"));
        check("/elsewhere/x y.ics", Some("/elsewhere/x%20y.ics"));
        assert_eq!(
            member_url(&calendar, &"u%40v%2Bw.ics".into()).as_str(),
            "https://p37-caldav.icloud.com/1/calendars/a%40b/u%40v%2Bw.ics"
        );
        assert_eq!(member_url(&calendar, &"/elsewhere/x%20y.ics".into()).path(), "/elsewhere/x%20y.ics");
    }

    #[test]
    fn a_calendar_keeps_its_name_when_its_account_moves_to_another_host() {
        let old = url("https://p37-caldav.icloud.com:443/1/calendars/");
        let id = calendar_id(&old, &url("https://p37-caldav.icloud.com/1/calendars/home"));
        assert_eq!(id.as_str(), "/1/calendars/home/");
        let moved = url("https://p02-caldav.icloud.com/1/calendars/");
        let there = calendar_url(&[moved], &id).unwrap();
        assert_eq!(there.as_str(), "https://p02-caldav.icloud.com/1/calendars/home/");
        let elsewhere = calendar_id(&old, &url("https://other.example/x/"));
        assert_eq!(elsewhere.as_str(), "https://other.example/x/");
        assert_eq!(calendar_url(&[old], &elsewhere).unwrap().as_str(), "https://other.example/x/");
    }

    #[test]
    fn of_several_homes_the_one_that_the_calendar_lies_in_is_taken() {
        let homes = [url("https://a.example/dav/alice/"), url("https://b.example/dav/alice/shared/")];
        let at = |id: &str| calendar_url(&homes, &id.into()).unwrap().host_str().unwrap().to_owned();
        assert_eq!(
            (at("/dav/alice/work/"), at("/dav/alice/shared/team/")),
            ("a.example".into(), "b.example".into())
        );
    }

    #[test]
    fn credentials_stay_with_their_owner() {
        let check = |one: &str, other: &str, expected: bool| {
            let (one, other) = (url(&format!("https://{one}/")), url(&format!("https://{other}/")));
            assert_eq!(same_owner(&one, &other), expected, "{one} {other}");
            assert_eq!(same_owner(&other, &one), expected, "{other} {one}");
        };
        check("caldav.icloud.com", "p37-caldav.icloud.com", true);
        check("example.org", "dav.example.org", true);
        check("example.org", "example.com", false);
        check("a.co.uk", "b.co.uk", false);
        check("a.example.co.uk", "b.example.co.uk", true);
        check("a.de", "b.de", false);
        check("localhost", "localhost", true);
        check("localhost", "otherhost", false);
        check("10.0.0.1", "10.0.0.2", false);
        check("evil-icloud.com", "caldav.icloud.com", false);
    }
}
