//! Everything the twin holds: people, their calendars, and the objects in them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::switches::{EtagOf, Quirks};
use super::xml::{APPLE, CALDAV, DAV, Element, element};
use super::{PASSWORDS, Settings};
use crate::calendar::Shelf;
use crate::core::Core;
use crate::ledger::Changed;

/// What someone may do with a calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Access {
    /// Only see when somebody is busy.
    FreeBusy,
    Reader,
    /// Change what is in it, but not the calendar itself.
    Writer,
    Owner,
}

/// What a collection is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kind {
    Calendar,
    /// A pointer to a feed somewhere else.
    Subscribed {
        source: String,
    },
    Inbox,
    Outbox,
    Notifications,
}

/// Someone with an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) display: String,
    /// What never changes about the account.
    pub(super) number: String,
    /// The password for applications, as long as it is good.
    pub(super) password: String,
    pub(super) revoked: bool,
    /// How often it was changed.
    pub(super) passwords: u32,
    /// The calendars in their homes, by the last part of the path.
    pub(super) mounts: BTreeMap<String, Mount>,
    /// When they made calendars.
    pub(super) made: Vec<Timestamp>,
    /// The names of calendars that they deleted, and when.
    pub(super) burnt: BTreeMap<String, Timestamp>,
    /// The calls of the last minute.
    #[serde(default)]
    pub(super) calls: Vec<Timestamp>,
}

/// A calendar in someone's home.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Mount {
    pub(super) collection: String,
    pub(super) access: Access,
}

/// A calendar, or what stands beside calendars.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Collection {
    /// Owner and first name, such as `alice/home`; never used again.
    pub(super) id: String,
    pub(super) owner: String,
    pub(super) kind: Kind,
    /// A number of its own, which a collection made again at the same place does not share.
    pub(super) number: u64,
    pub(super) made_at: Timestamp,
    /// What was written by clients, by full name.
    pub(super) properties: BTreeMap<String, Element>,
    pub(super) items: Shelf<Item>,
    /// Sync tokens of another epoch have ended.
    pub(super) epoch: u64,
    /// Changes up to this one are no longer remembered.
    pub(super) pruned: u64,
    /// Counts up when a property changes.
    pub(super) touched: u64,
    pub(super) written_at: Option<Timestamp>,
}

impl Collection {
    /// What it is called.
    pub(super) fn display(&self) -> String {
        self.properties.get(&format!("{{{DAV}}}displayname")).map(Element::text).unwrap_or_default()
    }

    /// The components that it is for.
    pub(super) fn components(&self) -> Vec<String> {
        let set = self.properties.get(&format!("{{{CALDAV}}}supported-calendar-component-set"));
        let names = set.into_iter().flat_map(|set| set.all(CALDAV, "comp"));
        names.filter_map(|comp| comp.attribute("name").map(str::to_ascii_uppercase)).collect()
    }

    /// The object of that name, if it is there.
    pub(super) fn item(&self, name: &str) -> Option<&Item> {
        self.items.get(name).filter(|item| !item.is_gone())
    }

    /// What is there.
    pub(super) fn living(&self) -> impl Iterator<Item = (&str, &Item)> {
        self.items.all(self.items.last()).filter(|(_, item)| !item.is_gone())
    }
}

/// An object, or that it is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Item {
    /// `None`: it was deleted.
    pub(super) text: Option<String>,
    /// Without quotes.
    pub(super) etag: String,
    pub(super) uid: String,
    /// `VEVENT`, `VTODO`, …
    pub(super) component: String,
    pub(super) at: Timestamp,
    /// Counts up when an organizer changes it, not when a guest answers.
    pub(super) schedule_tag: u64,
}

impl Item {
    pub(super) fn is_gone(&self) -> bool {
        self.text.is_none()
    }
}

/// The whole.
#[derive(Debug)]
pub struct State {
    pub(super) settings: Settings,
    pub(super) core: Core,
    pub(super) quirks: Quirks,
    pub(super) users: BTreeMap<String, User>,
    pub(super) collections: BTreeMap<String, Collection>,
    /// Which of the partitions people's calendars are on.
    pub(super) partition: usize,
    /// Wrong passwords of late.
    pub(super) bad_logins: Vec<Timestamp>,
    /// How many calls of a burst of 503 are to come.
    pub(super) burst: u32,
    /// Numbers collections, ETags and schedule tags.
    pub(super) last: u64,
    /// The calendars of the beginning have numbers up to this one.
    pub(super) of_the_beginning: u64,
}

impl State {
    pub(super) fn beginning(settings: Settings, core: Core) -> State {
        let mut state = State {
            core,
            quirks: settings.quirks.clone(),
            users: BTreeMap::new(),
            collections: BTreeMap::new(),
            partition: 0,
            bad_logins: Vec::new(),
            burst: 0,
            last: 0,
            of_the_beginning: 0,
            settings,
        };
        let mut people: Vec<String> = PASSWORDS.into_iter().map(|(name, _)| name.to_owned()).collect();
        people.extend(state.settings.more_people.iter().cloned());
        for (n, name) in people.iter().enumerate() {
            state.add_user(name, &format!("twin-{name}"), n);
        }
        state.of_the_beginning = state.last;
        state
    }

    fn add_user(&mut self, name: &str, password: &str, n: usize) {
        let user = User {
            name: name.to_owned(),
            email: format!("{name}@twin.test"),
            display: name[..1].to_uppercase() + &name[1..],
            number: (1_000_000_000 + n).to_string(),
            password: password.to_owned(),
            revoked: false,
            passwords: 0,
            mounts: BTreeMap::new(),
            made: Vec::new(),
            burnt: BTreeMap::new(),
            calls: Vec::new(),
        };
        self.users.insert(name.to_owned(), user);
        self.add_collection(name, "home", Kind::Calendar, described("Calendar", "#1BADF8FF", &["VEVENT"]));
        self.add_collection(name, "team", Kind::Calendar, described("Team", "#63DA38FF", &["VEVENT"]));
        self.add_collection(name, "tasks", Kind::Calendar, described("Reminders", "#FF9500FF", &["VTODO"]));
        let source = format!("{}/feeds/holidays.ics", self.settings.base_url);
        let holidays = described("Holidays", "#CC73E1FF", &["VEVENT"]);
        self.add_collection(name, "holidays", Kind::Subscribed { source }, holidays);
        if let Some(mount) = self.users.get_mut(name).and_then(|user| user.mounts.get_mut("holidays")) {
            mount.access = Access::Reader;
        }
    }

    /// Makes a collection in someone's home. The name must be free.
    pub(super) fn add_collection(
        &mut self,
        owner: &str,
        slug: &str,
        kind: Kind,
        properties: BTreeMap<String, Element>,
    ) -> String {
        self.last += 1;
        let plain = format!("{owner}/{slug}");
        let id = match self.collections.contains_key(&plain) || self.was_there(owner, slug) {
            true => format!("{plain}~{}", self.last),
            false => plain,
        };
        let collection = Collection {
            id: id.clone(),
            owner: owner.to_owned(),
            kind,
            number: self.last,
            made_at: self.core.now,
            properties,
            items: Shelf::default(),
            epoch: 0,
            pruned: 0,
            touched: 0,
            written_at: None,
        };
        self.collections.insert(id.clone(), collection);
        if let Some(user) = self.users.get_mut(owner) {
            user.mounts.insert(slug.to_owned(), Mount { collection: id.clone(), access: Access::Owner });
        }
        id
    }

    fn was_there(&self, owner: &str, slug: &str) -> bool {
        self.users.get(owner).is_some_and(|user| user.burnt.contains_key(slug))
    }

    /// Takes a collection away, for everybody.
    pub(super) fn remove_collection(&mut self, id: &str) {
        let now = self.core.now;
        let Some(gone) = self.collections.remove(id) else { return };
        for user in self.users.values_mut() {
            let own = user.name == gone.owner;
            let slugs: Vec<String> = user
                .mounts
                .iter()
                .filter(|(_, mount)| mount.collection == id)
                .map(|(slug, _)| slug.clone())
                .collect();
            for slug in slugs {
                user.mounts.remove(&slug);
                if own {
                    user.burnt.insert(slug, now);
                }
            }
        }
    }

    /// A number that was not given before.
    pub(super) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// The ETag of a text that is about to be stored.
    pub(super) fn etag_of(&mut self, text: &str) -> String {
        match self.quirks.write.etag_of {
            EtagOf::Text => digest(text)[..32].to_owned(),
            EtagOf::Count => format!("{:08}", self.next()),
        }
    }

    /// A calendar in someone's home, and what they may do with it.
    pub(super) fn mounted(&self, user: &str, slug: &str) -> Option<(&Collection, Access)> {
        let mount = self.users.get(user)?.mounts.get(slug)?;
        Some((self.collections.get(&mount.collection)?, mount.access))
    }

    /// How far lists show the changes of a collection.
    pub(super) fn shown(&self, collection: &Collection, stale: bool) -> u64 {
        let delay = self.quirks.sync.visibility_delay_ms;
        let upto = match delay {
            0 => collection.items.last(),
            ms => {
                let wait = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
                collection.items.last_at(self.core.now.checked_sub(wait).unwrap_or(self.core.now))
            }
        };
        if stale { upto.min(collection.items.last().saturating_sub(1)) } else { upto }
    }

    /// The person with that address, in any spelling of a calendar user's address.
    pub(super) fn user_by_address(&self, address: &str) -> Option<&User> {
        let address = address.trim();
        let bare = address.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
        let bare = bare.map_or(address, |_| &address[7..]);
        self.users.values().find(|user| user.email.eq_ignore_ascii_case(bare))
    }

    /// Puts an object, or that it is gone, into its collection, and writes the change down.
    pub(super) fn put_item(
        &mut self,
        collection: &str,
        name: &str,
        item: Item,
        what: &'static str,
        by: &str,
    ) {
        let now = self.core.now;
        let Some(held) = self.collections.get_mut(collection) else { return };
        let etag = format!("\"{}\"", item.etag);
        let kept = if self.settings.keep_versions { json!(item.text) } else { Value::Null };
        held.items.put(name, item, now);
        held.written_at = Some(now);
        self.core.ledger.change(|n| Changed {
            n,
            at: now,
            calendar: collection.to_owned(),
            id: name.to_owned(),
            what: what.into(),
            by: by.to_owned(),
            etag,
            now: kept,
        });
    }

    /// Deletes an object.
    pub(super) fn remove_item(&mut self, collection: &str, name: &str, by: &str) {
        let Some(item) = self.collections.get(collection).and_then(|held| held.item(name)).cloned() else {
            return;
        };
        let gone = Item { text: None, at: self.core.now, ..item };
        self.put_item(collection, name, gone, "deleted", by);
    }
}

/// The properties of a calendar with that name, colour and components.
pub(super) fn described(name: &str, color: &str, components: &[&str]) -> BTreeMap<String, Element> {
    let set = components.iter().map(|name| element(CALDAV, "comp").having("name", name));
    let mut properties = vec![
        element(DAV, "displayname").saying(name),
        element(CALDAV, "supported-calendar-component-set").with_all(set),
    ];
    if !color.is_empty() {
        properties.push(element(APPLE, "calendar-color").saying(color));
    }
    properties.into_iter().map(|property| (property.full_name(), property)).collect()
}

/// A digest in hexadecimal digits.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
