//! Paths and what is found there, hrefs and how they are spelled.

use super::state::{Kind, State};
use super::switches::{Escapes, Hrefs};
use crate::message::Call;

/// What a path leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    WellKnown,
    /// The collection that everything else is under.
    Root,
    /// A collection on the way to a principal or a home.
    Between,
    Principal(String),
    /// A home: the first or the second.
    Home(String, Which),
    /// A collection in someone's home. It need not be there.
    Collection(String, String),
    /// An object. Neither it nor its collection need be there.
    Object(String, String, String),
    Nowhere,
}

/// Which of a person's homes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Which {
    First,
    Second,
}

/// At which of the hosts a call arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Host {
    Base,
    Partition(usize),
    /// It does not say, or nobody knows it.
    Unknown,
}

impl State {
    /// What the path of a call leads to.
    pub(super) fn place(&self, path: &str) -> Place {
        let segments = Call::new(http::Method::GET, path, "").segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if segments == [".well-known", "caldav"] {
            return Place::WellKnown;
        }
        let discovery = &self.quirks.discovery;
        let homes = [(Which::First, Some(&discovery.home)), (Which::Second, discovery.second_home.as_ref())];
        for (which, template) in homes {
            let Some((user, rest)) = template.and_then(|template| self.along(template, &segments)) else {
                continue;
            };
            return match rest {
                [] => Place::Home(user, which),
                [slug] => Place::Collection(user, (*slug).to_owned()),
                [slug, name] => Place::Object(user, (*slug).to_owned(), (*name).to_owned()),
                _ => Place::Nowhere,
            };
        }
        if let Some((user, [])) = self.along(&discovery.principal, &segments) {
            return Place::Principal(user);
        }
        if segments.is_empty() || pieces(&discovery.root) == segments {
            return Place::Root;
        }
        let leads_on = |template: &str| {
            let template = pieces(template);
            segments.len() < template.len()
                && segments.iter().zip(&template).all(|(one, other)| one == other || other.contains('{'))
        };
        match leads_on(&discovery.home) || leads_on(&discovery.principal) {
            true => Place::Between,
            false => Place::Nowhere,
        }
    }

    /// Whose path of that form it is, and what is left of it.
    fn along<'a>(&self, template: &str, segments: &'a [&'a str]) -> Option<(String, &'a [&'a str])> {
        let template = pieces(template);
        if segments.len() < template.len() {
            return None;
        }
        let (own, rest) = segments.split_at(template.len());
        let mut found = None;
        for (segment, form) in own.iter().zip(template) {
            let user = match form {
                "{user}" => self.users.values().find(|user| user.name == *segment),
                "{number}" => self.users.values().find(|user| user.number == *segment),
                "{address}" => self.users.values().find(|user| user.email == *segment),
                _ if form == *segment => continue,
                _ => return None,
            };
            found = Some(user?.name.clone());
        }
        Some((found?, rest))
    }

    /// The path of a place, as it is listed.
    pub(super) fn path(&self, place: &Place) -> String {
        let discovery = &self.quirks.discovery;
        let filled = |template: &str, user: &str| {
            let held = self.users.get(user);
            let [number, address] =
                [held.map(|user| user.number.as_str()), held.map(|user| user.email.as_str())];
            template
                .replace("{user}", &self.escaped(user))
                .replace("{number}", &self.escaped(number.unwrap_or_default()))
                .replace("{address}", &self.escaped(address.unwrap_or_default()))
        };
        match place {
            Place::WellKnown => "/.well-known/caldav".to_owned(),
            Place::Root | Place::Between | Place::Nowhere => discovery.root.clone(),
            Place::Principal(user) => filled(&discovery.principal, user),
            Place::Home(user, Which::First) => filled(&discovery.home, user),
            Place::Home(user, Which::Second) => {
                filled(discovery.second_home.as_ref().unwrap_or(&discovery.home), user)
            }
            Place::Collection(user, slug) => {
                let home = self.path(&Place::Home(user.clone(), self.home_of(user, slug)));
                format!("{home}{}/", self.escaped(slug))
            }
            Place::Object(user, slug, name) => {
                let collection = self.path(&Place::Collection(user.clone(), slug.clone()));
                format!("{collection}{}", self.escaped(name))
            }
        }
    }

    /// The href of a place, as answers spell it.
    pub(super) fn href(&self, place: &Place) -> String {
        if let Place::Object(_, _, name) = place
            && self.quirks.wire.colons_lose_path
            && name.contains(':')
        {
            return name.clone();
        }
        let path = self.path(place);
        match self.quirks.wire.hrefs {
            Hrefs::Path => path,
            Hrefs::Absolute => format!("{}{path}", self.host_of(place)),
            Hrefs::WithPort => format!("{}{path}", with_port(self.host_of(place))),
        }
    }

    /// Where a place is reached: scheme, host and port.
    pub(super) fn host_of(&self, place: &Place) -> &str {
        let moved = matches!(place, Place::Home(..) | Place::Collection(..) | Place::Object(..));
        let partition = self.settings.partitions.get(self.partition);
        match partition.filter(|_| moved && self.quirks.discovery.home_on_partition) {
            Some(partition) => partition,
            None => &self.settings.base_url,
        }
    }

    /// At which host a call arrived.
    pub(super) fn host(&self, call: &Call) -> Host {
        let Some(host) = call.header("host") else { return Host::Unknown };
        let is = |url: &String| {
            let url = with_port(url);
            let there = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
            there.eq_ignore_ascii_case(host)
                || there.rsplit_once(':').is_some_and(|(name, port)| {
                    ["80", "443"].contains(&port) && name.eq_ignore_ascii_case(host)
                })
        };
        if is(&self.settings.base_url) {
            return Host::Base;
        }
        self.settings.partitions.iter().position(is).map_or(Host::Unknown, Host::Partition)
    }

    /// In which of the homes a calendar is: with a second one, whatever is not the person's own main calendar or made
    /// by them stands there.
    pub(super) fn home_of(&self, user: &str, slug: &str) -> Which {
        if self.quirks.discovery.second_home.is_none() {
            return Which::First;
        }
        match self.mounted(user, slug) {
            Some((collection, _)) if collection.owner != user || slug == "team" => Which::Second,
            _ => Which::First,
        }
    }

    /// The names of what is in a home, in order.
    pub(super) fn in_home(&self, user: &str, which: Which) -> Vec<String> {
        let Some(held) = self.users.get(user) else { return Vec::new() };
        let wait = jiff::SignedDuration::from_millis(
            i64::try_from(self.quirks.calendars.appears_after_ms).unwrap_or(i64::MAX),
        );
        let mut slugs: Vec<String> = held
            .mounts
            .iter()
            .filter(|(slug, mount)| {
                // The calendars of the beginning were always there.
                let appeared = self.collections.get(&mount.collection).is_some_and(|collection| {
                    collection.number <= self.of_the_beginning
                        || collection.made_at.checked_add(wait).is_ok_and(|at| at <= self.core.now)
                });
                appeared && self.home_of(user, slug) == which
            })
            .map(|(slug, _)| slug.clone())
            .collect();
        if which == Which::First && self.quirks.discovery.scheduling_collections {
            slugs.extend(SCHEDULING.map(|(slug, _)| slug.to_owned()));
        }
        slugs.sort();
        slugs
    }

    /// What a collection in someone's home is.
    pub(super) fn kind_of(&self, user: &str, slug: &str) -> Option<Kind> {
        if let Some((collection, _)) = self.mounted(user, slug) {
            return Some(collection.kind.clone());
        }
        let there = self.quirks.discovery.scheduling_collections && self.users.contains_key(user);
        SCHEDULING.into_iter().find(|(name, _)| there && *name == slug).map(|(_, kind)| kind)
    }

    /// A segment with its escapes.
    fn escaped(&self, segment: &str) -> String {
        escaped(segment, self.quirks.wire.escapes)
    }
}

/// What stands beside calendars on servers that schedule.
const SCHEDULING: [(&str, Kind); 3] =
    [("inbox", Kind::Inbox), ("outbox", Kind::Outbox), ("notification", Kind::Notifications)];

fn pieces(path: &str) -> Vec<&str> {
    path.split('/').filter(|piece| !piece.is_empty()).collect()
}

/// A URL's host with its port.
pub(super) fn with_port(url: &str) -> String {
    let (scheme, host) = url.split_once("://").unwrap_or(("http", url));
    match host.contains(':') {
        true => url.to_owned(),
        false => format!("{url}:{}", if scheme == "https" { 443 } else { 80 }),
    }
}

/// A segment of a path with its escapes.
pub(super) fn escaped(segment: &str, how: Escapes) -> String {
    let mut out = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        let kept = byte.is_ascii_alphanumeric()
            || b"-._~".contains(&byte)
            || (how == Escapes::Bare && b"!$&'()*+,;=:@".contains(&byte));
        match (kept, how) {
            (true, _) => out.push(char::from(byte)),
            (false, Escapes::Lower) => out.push_str(&format!("%{byte:02x}")),
            (false, _) => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_spelled_in_three_ways() {
        let check = |how, expected| assert_eq!(escaped("ü@ b+c%.ics", how), expected);
        check(Escapes::Bare, "%C3%BC@%20b+c%25.ics");
        check(Escapes::Strict, "%C3%BC%40%20b%2Bc%25.ics");
        check(Escapes::Lower, "%c3%bc%40%20b%2bc%25.ics");
    }

    #[test]
    fn the_usual_port_can_be_told() {
        assert_eq!(with_port("https://p37.test"), "https://p37.test:443");
        assert_eq!(with_port("http://127.0.0.1:8"), "http://127.0.0.1:8");
    }
}
