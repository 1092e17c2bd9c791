//! Everything the twin holds: people, their lists of calendars, the calendars and their events.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::channels::Channels;
use super::events::entry::Entry;
use super::oauth::Grants;
use super::quota::Meter;
use super::{BEARERS, Fields, Quirks, Settings};
use crate::calendar::Shelf;
use crate::chance;
use crate::core::Core;
use crate::ledger::Changed;

/// What someone may do with a calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(super) enum Role {
    FreeBusyReader,
    Reader,
    WriterWithoutPrivateAccess,
    Writer,
    Owner,
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Role::FreeBusyReader => "freeBusyReader",
            Role::Reader => "reader",
            Role::WriterWithoutPrivateAccess => "writerWithoutPrivateAccess",
            Role::Writer => "writer",
            Role::Owner => "owner",
        }
    }

    pub(super) fn of(name: &str) -> Option<Role> {
        [Role::FreeBusyReader, Role::Reader, Role::WriterWithoutPrivateAccess, Role::Writer, Role::Owner]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// Someone with an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) email: String,
    pub(super) display: String,
    /// What never changes about the account.
    pub(super) sub: String,
    pub(super) time_zone: String,
    /// The calendars in their list, by calendar id. Deleted entries stay as tombstones.
    pub(super) list: Shelf<Listed>,
    pub(super) list_epoch: u64,
}

/// A person's own view of a calendar.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Listed {
    /// `summaryOverride`, `colorId`, `selected`, `hidden`, `defaultReminders` and whatever else was written.
    pub(super) own: Fields,
    pub(super) deleted: bool,
    pub(super) etag: u64,
}

/// A calendar with its events.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Calendar {
    pub(super) id: String,
    /// `summary`, `description`, `location`, `timeZone` and whatever else was written.
    pub(super) body: Fields,
    pub(super) etag: u64,
    pub(super) updated: Timestamp,
    /// The person it is the primary calendar of.
    pub(super) primary_of: Option<String>,
    /// The application that made it.
    pub(super) made_by: Option<String>,
    pub(super) access: BTreeMap<String, Role>,
    pub(super) events: Shelf<Entry>,
    /// Changed and cancelled occurrences by their master.
    pub(super) children: BTreeMap<String, BTreeSet<String>>,
    /// Events by iCalUID, deleted ones included.
    pub(super) uids: BTreeMap<String, BTreeSet<String>>,
    /// Sync tokens of another epoch have ended.
    pub(super) epoch: u64,
    /// The same for one person, after a change of access.
    pub(super) access_epochs: BTreeMap<String, u64>,
    /// Whether it can be watched.
    pub(super) watchable: bool,
}

impl Calendar {
    pub(super) fn zone(&self) -> &str {
        self.body.get("timeZone").and_then(Value::as_str).unwrap_or("UTC")
    }

    pub(super) fn summary(&self) -> &str {
        self.body.get("summary").and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn role(&self, user: &str) -> Option<Role> {
        self.access.get(user).copied()
    }

    pub(super) fn epoch_of(&self, user: &str) -> (u64, u64) {
        (self.epoch, self.access_epochs.get(user).copied().unwrap_or(0))
    }
}

/// Something that Google finishes after the answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Later {
    pub(super) due: Timestamp,
    pub(super) calendar: String,
    pub(super) event: String,
    pub(super) what: Finish,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Finish {
    /// Another etag, nothing else.
    Etag,
    /// The conference comes about.
    Conference,
}

/// The whole.
#[derive(Debug)]
pub struct State {
    pub(super) settings: Settings,
    pub(super) core: Core,
    pub(super) quirks: Quirks,
    pub(super) users: BTreeMap<String, User>,
    pub(super) calendars: BTreeMap<String, Calendar>,
    pub(super) grants: Grants,
    pub(super) channels: Channels,
    pub(super) meter: Meter,
    pub(super) later: Vec<Later>,
    pub(super) last_etag: u64,
}

impl State {
    pub(super) fn beginning(settings: Settings, core: Core) -> State {
        let mut state = State {
            core,
            quirks: settings.quirks.clone(),
            users: BTreeMap::new(),
            calendars: BTreeMap::new(),
            grants: Grants::default(),
            channels: Channels::default(),
            meter: Meter::default(),
            later: Vec::new(),
            last_etag: 0,
            settings,
        };
        let always = BEARERS.into_iter().map(|(name, bearer)| (name.to_owned(), bearer.to_owned()));
        let more = state.settings.more_people.iter().map(|name| (name.clone(), format!("twin-{name}")));
        for (n, (name, bearer)) in always.chain(more).collect::<Vec<_>>().into_iter().enumerate() {
            state.add_user(&name, n);
            state.grants.add_bearer(&name, &bearer);
        }
        state
    }

    fn add_user(&mut self, name: &str, n: usize) {
        let email = format!("{name}@twin.test");
        let display = name[..1].to_uppercase() + &name[1..];
        let user = User {
            email: email.clone(),
            display: display.clone(),
            sub: format!("10000000000000000000{n}"),
            time_zone: self.settings.time_zone.clone(),
            list: Shelf::default(),
            list_epoch: 0,
        };
        self.users.insert(name.to_owned(), user);
        self.add_calendar(name, &email, &email, None);
        if let Some(calendar) = self.calendars.get_mut(&email) {
            calendar.primary_of = Some(name.to_owned());
        }
        let team = format!("c_team_{name}@group.calendar.google.com");
        self.add_calendar(name, &team, "Team", None);
    }

    /// Adds a calendar and puts it into its owner's list.
    pub(super) fn add_calendar(&mut self, owner: &str, id: &str, summary: &str, made_by: Option<String>) {
        let etag = self.next_etag();
        let mut body = Fields::new();
        body.insert("summary".into(), json!(summary));
        body.insert("timeZone".into(), json!(self.settings.time_zone));
        let calendar = Calendar {
            id: id.to_owned(),
            body,
            etag,
            updated: self.core.now,
            primary_of: None,
            made_by,
            access: BTreeMap::from([(owner.to_owned(), Role::Owner)]),
            events: Shelf::default(),
            children: BTreeMap::new(),
            uids: BTreeMap::new(),
            epoch: 0,
            access_epochs: BTreeMap::new(),
            watchable: true,
        };
        self.calendars.insert(id.to_owned(), calendar);
        self.list_calendar(owner, id, Fields::new());
    }

    /// Puts a calendar into someone's list, or changes how it stands there.
    pub(super) fn list_calendar(&mut self, name: &str, id: &str, own: Fields) {
        let (etag, now) = (self.next_etag(), self.core.now);
        if let Some(user) = self.users.get_mut(name) {
            user.list.put(id, Listed { own, deleted: false, etag }, now);
        }
        super::channels::list_changed(self, name);
    }

    /// Takes a calendar out of someone's list.
    pub(super) fn unlist_calendar(&mut self, name: &str, id: &str) {
        let (etag, now) = (self.next_etag(), self.core.now);
        if let Some(user) = self.users.get_mut(name)
            && user.list.get(id).is_some_and(|listed| !listed.deleted)
        {
            user.list.put(id, Listed { own: Fields::new(), deleted: true, etag }, now);
        }
        super::channels::list_changed(self, name);
    }

    /// The next etag. Google's are sixteen digits: twice the microseconds of the change.
    pub(super) fn next_etag(&mut self) -> u64 {
        let by_time = u64::try_from(self.core.now.as_microsecond()).unwrap_or(0).saturating_mul(2);
        self.last_etag = by_time.max(self.last_etag + 2000).max(1_000_000_000_000_000);
        self.last_etag
    }

    /// A new event identifier.
    pub(super) fn new_event_id(&mut self) -> String {
        self.core.chance.text(chance::BASE32HEX, 26)
    }

    /// The real id behind `primary`.
    pub(super) fn calendar_id(&self, user: &str, id: &str) -> String {
        match (id, self.users.get(user)) {
            ("primary", Some(user)) => user.email.clone(),
            _ => id.to_owned(),
        }
    }

    /// The person with that address.
    pub(super) fn user_by_email(&self, email: &str) -> Option<&str> {
        self.users
            .iter()
            .find(|(_, user)| user.email.eq_ignore_ascii_case(email))
            .map(|(name, _)| name.as_str())
    }

    /// Puts an event on its calendar, keeps the indexes, and writes the change down.
    pub(super) fn put_event(
        &mut self,
        calendar: &str,
        id: &str,
        mut entry: Entry,
        what: &'static str,
        by: &str,
    ) {
        let now = self.core.now;
        let latest = entry.personal.values().map(|own| own.etag).max();
        let etag = quoted(latest.map_or(entry.etag, |latest| latest.max(entry.etag)));
        let Some(held) = self.calendars.get_mut(calendar) else { return };
        if let Some((master, _)) = entry.child_of() {
            held.children.entry(master.to_owned()).or_default().insert(id.to_owned());
        } else {
            entry.body.insert("id".into(), json!(id));
            if let Some(uid) = entry.body.get("iCalUID").and_then(Value::as_str) {
                held.uids.entry(uid.to_owned()).or_default().insert(id.to_owned());
            }
        }
        let kept = if self.settings.keep_versions { Value::Object(entry.body.clone()) } else { Value::Null };
        held.events.put(id, entry, now);
        self.core.ledger.change(|n| Changed {
            n,
            at: now,
            calendar: calendar.to_owned(),
            id: id.to_owned(),
            what: what.into(),
            by: by.to_owned(),
            etag,
            now: kept,
        });
        super::channels::changed(self, calendar);
    }
}

/// An etag as it is written.
pub(super) fn quoted(etag: u64) -> String {
    format!("\"{etag}\"")
}
