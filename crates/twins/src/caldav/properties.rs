//! The properties that each place has, as somebody sees them.

use std::collections::BTreeMap;

use super::answers::quoted;
use super::calls::Caller;
use super::places::{Place, Which, with_port};
use super::reports::sync;
use super::state::{Access, Collection, Item, Kind, State};
use super::switches::{Ctag, EtagForm};
use super::xml::{APPLE, CALDAV, DAV, Element, SERVER, caldav, dav, element};
use crate::clock::http_date;

/// Everything that a place has; `None` if there is no such place for them.
pub(super) fn of(state: &State, caller: &Caller, place: &Place) -> Option<Properties> {
    let mut all = Properties::default();
    all.put(dav("current-user-principal").with(href(state, &Place::Principal(caller.user.clone()))));
    match place {
        Place::Root | Place::Between => {
            all.put(dav("resourcetype").with(dav("collection")));
            all.put(privileges(Access::Reader));
        }
        Place::Principal(user) => principal(state, &mut all, user)?,
        Place::Home(user, which) => home(state, &mut all, user, *which)?,
        Place::Collection(user, slug) => match state.mounted(user, slug) {
            Some((held, access)) => collection(state, caller, &mut all, held, access),
            None => beside(state, &mut all, user, state.kind_of(user, slug)?, slug),
        },
        Place::Object(user, slug, name) => {
            let (held, access) = state.mounted(user, slug)?;
            let item = seen(held, name, caller)?;
            object(state, &mut all, item, access);
        }
        Place::WellKnown | Place::Nowhere => return None,
    }
    Some(all)
}

/// An object as a caller is to see it: as it is, or as it was.
pub(super) fn seen<'a>(held: &'a Collection, name: &str, caller: &Caller) -> Option<&'a Item> {
    let item = match caller.stale {
        false => held.items.get(name)?,
        true => {
            let latest = held.items.seen(name, u64::MAX)?.number;
            &held.items.seen_or_oldest(name, latest - 1)?.value
        }
    };
    Some(item).filter(|item| !item.is_gone())
}

/// Properties by their full names.
#[derive(Clone, Debug, Default)]
pub(super) struct Properties(pub(super) BTreeMap<String, Element>);

impl Properties {
    fn put(&mut self, property: Element) {
        self.0.insert(property.full_name(), property);
    }

    fn put_all(&mut self, properties: impl IntoIterator<Item = Element>) {
        properties.into_iter().for_each(|property| self.put(property));
    }

    /// Those that were asked for, and the names of those that are not there.
    pub(super) fn asked(&self, names: &[Element]) -> (Vec<Element>, Vec<Element>) {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for name in names {
            match self.0.get(&name.full_name()) {
                Some(property) => found.push(property.clone()),
                None => missing.push(name.bare()),
            }
        }
        (found, missing)
    }
}

fn href(state: &State, place: &Place) -> Element {
    dav("href").saying(state.href(place))
}

fn principal(state: &State, all: &mut Properties, user: &str) -> Option<()> {
    let held = state.users.get(user)?;
    let discovery = &state.quirks.discovery;
    all.put(dav("resourcetype").with_all([dav("collection"), dav("principal")]));
    all.put(dav("displayname").saying(held.display.clone()));
    all.put(dav("principal-URL").with(href(state, &Place::Principal(user.to_owned()))));
    let second = discovery.second_home.as_ref().map(|_| Which::Second);
    let homes = [Which::First].into_iter().chain(second).map(|which| {
        let home = Place::Home(user.to_owned(), which);
        let mut told = state.href(&home);
        if discovery.home_on_partition && told.starts_with('/') {
            told = format!("{}{told}", state.host_of(&home));
        }
        if discovery.home_with_port && !told.starts_with('/') {
            told = format!("{}{}", with_port(state.host_of(&home)), state.path(&home));
        }
        dav("href").saying(told)
    });
    all.put(caldav("calendar-home-set").with_all(homes));
    let principal = state.path(&Place::Principal(user.to_owned()));
    let addresses = [format!("mailto:{}", held.email), principal, format!("urn:uuid:{}", held.number)];
    let addresses = addresses.into_iter().filter(|_| discovery.addresses);
    all.put(
        caldav("calendar-user-address-set").with_all(addresses.map(|address| dav("href").saying(address))),
    );
    if discovery.scheduling_collections {
        for (property, slug) in [("schedule-inbox-URL", "inbox"), ("schedule-outbox-URL", "outbox")] {
            all.put(caldav(property).with(href(state, &Place::Collection(user.into(), slug.into()))));
        }
    }
    all.put(caldav("calendar-user-type").saying("INDIVIDUAL"));
    all.put(privileges(Access::Reader));
    Some(())
}

fn home(state: &State, all: &mut Properties, user: &str, which: Which) -> Option<()> {
    let discovery = &state.quirks.discovery;
    if discovery.home == discovery.principal && which == Which::First {
        return principal(state, all, user);
    }
    let held = state.users.get(user)?;
    all.put(dav("resourcetype").with(dav("collection")));
    all.put(dav("displayname").saying(held.display.clone()));
    all.put(dav("owner").with(href(state, &Place::Principal(user.to_owned()))));
    all.put(privileges(Access::Owner));
    Some(())
}

/// What stands beside the calendars.
fn beside(state: &State, all: &mut Properties, user: &str, kind: Kind, slug: &str) {
    let kind = match kind {
        Kind::Inbox => caldav("schedule-inbox"),
        Kind::Outbox => caldav("schedule-outbox"),
        _ => element(SERVER, "notification"),
    };
    all.put(dav("resourcetype").with_all([dav("collection"), kind]));
    all.put(dav("displayname").saying(slug));
    all.put(dav("owner").with(href(state, &Place::Principal(user.to_owned()))));
    all.put(privileges(Access::Reader));
}

fn collection(state: &State, caller: &Caller, all: &mut Properties, held: &Collection, access: Access) {
    let quirks = &state.quirks;
    all.put_all(held.properties.values().cloned());
    let subscribed = matches!(held.kind, Kind::Subscribed { .. });
    let mut kinds = vec![dav("collection")];
    if !subscribed || quirks.discovery.subscribed_is_calendar {
        kinds.push(caldav("calendar"));
    }
    if subscribed {
        kinds.push(element(SERVER, "subscribed"));
    }
    if held.owner != caller.user {
        kinds.push(element(SERVER, "shared"));
    }
    all.put(dav("resourcetype").with_all(kinds));
    all.put(dav("owner").with(href(state, &Place::Principal(held.owner.clone()))));
    if let Kind::Subscribed { source } = &held.kind {
        all.put(element(SERVER, "source").with(dav("href").saying(source.clone())));
    }
    let upto = state.shown(held, caller.stale);
    match quirks.sync.ctag {
        Ctag::Exact => {
            all.put(element(SERVER, "getctag").saying(format!("{}-{upto}-{}", held.number, held.touched)));
        }
        Ctag::Seconds => {
            let at = held.items.made_at(upto).unwrap_or(held.made_at);
            all.put(element(SERVER, "getctag").saying(at.as_second().to_string()));
        }
        Ctag::Absent => {}
    }
    if quirks.sync.supported && sync::tells_tokens(state) {
        let token = sync::token(state, held, upto);
        let token = if quirks.sync.other_property_token { sync::respelled(&token) } else { token };
        all.put(dav("sync-token").saying(token));
    }
    let mut reports = vec![caldav("calendar-query"), caldav("calendar-multiget")];
    if quirks.query.free_busy {
        reports.push(caldav("free-busy-query"));
    }
    if quirks.sync.supported {
        reports.push(dav("sync-collection"));
    }
    let reports = reports.into_iter().map(|name| dav("supported-report").with(dav("report").with(name)));
    all.put(dav("supported-report-set").with_all(reports));
    let data = caldav("calendar-data").having("content-type", "text/calendar").having("version", "2.0");
    all.put(caldav("supported-calendar-data").with(data));
    if let Some(largest) = quirks.write.largest {
        all.put(caldav("max-resource-size").saying(largest.to_string()));
    }
    if let Some((from, until)) = &quirks.write.dates {
        all.put(caldav("min-date-time").saying(from.clone()));
        all.put(caldav("max-date-time").saying(until.clone()));
    }
    all.put(privileges(access));
    if quirks.discovery.terse {
        for name in ["supported-calendar-component-set", "supported-report-set"] {
            all.0.remove(&format!("{{{CALDAV}}}{name}"));
            all.0.remove(&format!("{{{DAV}}}{name}"));
        }
        all.0.remove(&format!("{{{DAV}}}current-user-privilege-set"));
    }
}

/// The properties of an object.
pub(super) fn of_object(state: &State, item: &Item, access: Access) -> Properties {
    let mut all = Properties::default();
    object(state, &mut all, item, access);
    all
}

fn object(state: &State, all: &mut Properties, item: &Item, access: Access) {
    let text = item.text.as_deref().unwrap_or_default();
    if let Some(etag) = listed_etag(state, item) {
        all.put(dav("getetag").saying(etag));
    }
    all.put(dav("resourcetype"));
    let kind = item.component.to_ascii_lowercase();
    all.put(dav("getcontenttype").saying(format!("text/calendar; charset=utf-8; component={kind}")));
    all.put(dav("getcontentlength").saying(text.len().to_string()));
    all.put(dav("getlastmodified").saying(http_date(item.at)));
    if state.quirks.people.schedule_tags {
        all.put(caldav("schedule-tag").saying(quoted(&format!("st-{}", item.schedule_tag))));
    }
    all.put(privileges(access));
}

/// The ETag as lists tell it.
pub(super) fn listed_etag(state: &State, item: &Item) -> Option<String> {
    match state.quirks.write.etag_form {
        EtagForm::Unlisted => None,
        EtagForm::Bare => Some(item.etag.clone()),
        _ => Some(quoted(&item.etag)),
    }
}

fn privileges(access: Access) -> Element {
    let mut names = vec!["read-free-busy"];
    if access >= Access::Reader {
        names = vec!["read", "read-current-user-privilege-set"];
    }
    if access >= Access::Writer {
        names.extend(["write-content", "bind", "unbind"]);
    }
    if access == Access::Owner {
        names.extend(["write", "write-properties", "all"]);
    }
    let told = names.into_iter().map(|name| {
        let space = if name == "read-free-busy" { CALDAV } else { DAV };
        dav("privilege").with(element(space, name))
    });
    dav("current-user-privilege-set").with_all(told)
}

/// What a client may not write.
pub(super) fn is_protected(property: &Element) -> bool {
    let names: &[&str] = match property.space.as_str() {
        DAV => &[
            "getetag",
            "getcontenttype",
            "getcontentlength",
            "getlastmodified",
            "resourcetype",
            "sync-token",
            "owner",
            "current-user-principal",
            "current-user-privilege-set",
            "supported-report-set",
            "principal-URL",
        ],
        CALDAV => &[
            "supported-calendar-component-set",
            "supported-calendar-data",
            "max-resource-size",
            "min-date-time",
            "max-date-time",
            "calendar-home-set",
            "calendar-user-address-set",
        ],
        SERVER => &["getctag", "source"],
        APPLE => &[],
        _ => &[],
    };
    names.contains(&property.name.as_str())
}
