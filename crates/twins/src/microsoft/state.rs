//! Everything the twin holds: people, their lists of calendars, the calendars and what is in them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::events::item::Item;
use super::ids::{self, Kind};
use super::load::Load;
use super::oauth::Grants;
use super::subscriptions::Subscriptions;
use super::{BEARERS, Fields, Quirks, Settings};
use crate::calendar::Shelf;
use crate::core::Core;

/// What someone may do with a calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Role {
    /// See when somebody is busy.
    FreeBusyRead,
    /// See everything but what is private.
    Read,
    /// Change events.
    Write,
    /// The same, with what is private.
    DelegateWithPrivateEventAccess,
    /// It is theirs.
    Owner,
}

impl Role {
    pub(super) fn of(name: &str) -> Option<Role> {
        serde_json::from_value(json!(name)).ok()
    }
}

/// Of which kind an account is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Account {
    Work,
    Personal,
}

/// Someone with a mailbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) number: u64,
    pub(super) email: String,
    pub(super) display: String,
    /// What never changes about the account.
    pub(super) oid: String,
    pub(super) account: Account,
    pub(super) time_zone: String,
    /// The calendars in their list, by number of the entry.
    pub(super) list: BTreeMap<u64, Mount>,
    /// Groups of calendars by number; the first is that of their own calendars.
    pub(super) groups: BTreeMap<u64, String>,
    /// Categories with the name of their colour.
    pub(super) categories: Vec<(String, String)>,
    /// How often the ids of calendars have changed by themselves.
    pub(super) id_epoch: u32,
}

/// A calendar in somebody's list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Mount {
    pub(super) calendar: u64,
    pub(super) role: Role,
    pub(super) group: u64,
    pub(super) is_default: bool,
    /// What somebody calls a calendar that was shared with them.
    pub(super) name: Option<String>,
}

/// A calendar with its events.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Calendar {
    pub(super) number: u64,
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) color: String,
    pub(super) key: u64,
    /// Nobody changes anything in it: holidays, birthdays.
    pub(super) fixed: bool,
    /// By number, as text.
    pub(super) items: Shelf<Item>,
    /// Tokens of incremental sync of another epoch have ended.
    pub(super) epoch: u64,
}

impl Calendar {
    /// An event that is there.
    pub(super) fn item(&self, number: u64) -> Option<&Item> {
        self.items.get(&slot(number)).filter(|item| item.gone.is_none())
    }
}

/// How a shelf names an event.
pub(super) fn slot(number: u64) -> String {
    format!("{number:010}")
}

/// The whole.
#[derive(Debug)]
pub struct State {
    pub(super) settings: Settings,
    pub(super) core: Core,
    pub(super) quirks: Quirks,
    pub(super) users: BTreeMap<String, User>,
    pub(super) calendars: BTreeMap<u64, Calendar>,
    pub(super) grants: Grants,
    pub(super) subscriptions: Subscriptions,
    pub(super) load: Load,
    /// What people call events at their own screens, for tests: by name.
    pub(super) nicknames: BTreeMap<String, u64>,
    /// Events that background work gives another change key, and when.
    pub(super) later: Vec<(Timestamp, u64)>,
    /// Numbers people, calendars, events and change keys.
    pub(super) last: u64,
}

impl State {
    pub(super) fn beginning(settings: Settings, core: Core) -> State {
        let mut state = State {
            core,
            quirks: settings.quirks.clone(),
            users: BTreeMap::new(),
            calendars: BTreeMap::new(),
            grants: Grants::default(),
            subscriptions: Subscriptions::default(),
            load: Load::default(),
            nicknames: BTreeMap::new(),
            later: Vec::new(),
            last: 0,
            settings,
        };
        let always = BEARERS.into_iter().map(|(name, bearer)| (name.to_owned(), bearer.to_owned()));
        let more = state.settings.more_people.iter().map(|name| (name.clone(), format!("twin-{name}")));
        for (name, bearer) in always.chain(more).collect::<Vec<_>>() {
            state.add_user(&name);
            state.grants.add_bearer(&name, &bearer);
        }
        state
    }

    fn add_user(&mut self, name: &str) {
        let number = self.next();
        let display = name[..1].to_uppercase() + &name[1..];
        let (mine, others) = (self.next(), self.next());
        let user = User {
            name: name.to_owned(),
            number,
            email: format!("{name}@twin.test"),
            display,
            oid: format!("00000000-0000-4000-8000-{number:012}"),
            account: Account::Work,
            time_zone: self.settings.time_zone.clone(),
            list: BTreeMap::new(),
            groups: BTreeMap::from([
                (mine, "My Calendars".to_owned()),
                (others, "Other Calendars".to_owned()),
            ]),
            categories: [
                ("Red category", "preset0"),
                ("Blue category", "preset7"),
                ("Green category", "preset4"),
            ]
            .map(|(name, color)| (name.to_owned(), color.to_owned()))
            .to_vec(),
            id_epoch: 0,
        };
        self.users.insert(name.to_owned(), user);
        let usual = self.add_calendar(name, "Calendar", mine);
        if let Some(mount) = self.users.get_mut(name).and_then(|user| user.list.get_mut(&usual)) {
            mount.is_default = true;
        }
        self.add_calendar(name, "Team", mine);
        let holidays = self.add_calendar(name, "United States holidays", others);
        let number = self.users.get(name).and_then(|user| Some(user.list.get(&holidays)?.calendar));
        if let Some(calendar) = number.and_then(|number| self.calendars.get_mut(&number)) {
            calendar.fixed = true;
        }
    }

    /// Adds a calendar and puts it into its owner's list. Returns the number of the entry.
    pub(super) fn add_calendar(&mut self, owner: &str, name: &str, group: u64) -> u64 {
        let (number, key) = (self.next(), self.next());
        let calendar = Calendar {
            number,
            owner: owner.to_owned(),
            name: name.to_owned(),
            color: "auto".to_owned(),
            key,
            fixed: false,
            items: Shelf::default(),
            epoch: 0,
        };
        self.calendars.insert(number, calendar);
        self.mount(owner, number, Role::Owner, group)
    }

    /// Puts a calendar into somebody's list. Returns the number of the entry.
    pub(super) fn mount(&mut self, user: &str, calendar: u64, role: Role, group: u64) -> u64 {
        let number = self.next();
        if let Some(user) = self.users.get_mut(user) {
            user.list.insert(number, Mount { calendar, role, group, is_default: false, name: None });
        }
        number
    }

    /// A number that was not given before.
    pub(super) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// The person with that address, name or number.
    pub(super) fn user_by(&self, word: &str) -> Option<&User> {
        let is = |user: &&User| {
            user.oid.eq_ignore_ascii_case(word) || user.email.eq_ignore_ascii_case(word) || user.name == word
        };
        self.users.values().find(is)
    }

    /// The entry of somebody's own first calendar.
    pub(super) fn default_mount(&self, user: &str) -> Option<(u64, &Mount)> {
        let list = &self.users.get(user)?.list;
        list.iter().find(|(_, mount)| mount.is_default).map(|(number, mount)| (*number, mount))
    }

    /// The entry in somebody's list that leads to a calendar.
    pub(super) fn mount_of(&self, user: &str, calendar: u64) -> Option<(u64, &Mount)> {
        let list = &self.users.get(user)?.list;
        list.iter().find(|(_, mount)| mount.calendar == calendar).map(|(number, mount)| (*number, mount))
    }

    /// The id of a calendar in somebody's list.
    pub(super) fn calendar_id(&self, user: &str, mount: u64, kind: Kind) -> String {
        self.users
            .get(user)
            .map(|user| ids::calendar(kind, user.number, mount, user.id_epoch))
            .unwrap_or_default()
    }

    /// The name of a calendar outside: its owner's id of it, immutable.
    pub(super) fn calendar_name(&self, calendar: u64) -> String {
        let owner = self.calendars.get(&calendar).map(|held| held.owner.clone()).unwrap_or_default();
        let mount = self.mount_of(&owner, calendar).map_or(0, |(number, _)| number);
        self.calendar_id(&owner, mount, Kind::Immutable)
    }

    /// The entry of somebody's list that an id names, in either form.
    pub(super) fn mount_by_id(&self, user: &str, id: &str) -> Option<u64> {
        let mut mounts = self.users.get(user)?.list.keys().copied();
        let named = |mount: &u64| {
            [Kind::Usual, Kind::Immutable].iter().any(|kind| self.calendar_id(user, *mount, *kind) == id)
        };
        mounts.find(named)
    }

    /// How far a caller is shown the changes of a calendar.
    pub(super) fn shown(&self, calendar: &Calendar, stale: bool) -> u64 {
        let upto = calendar.items.last();
        if stale { upto.saturating_sub(1) } else { upto }
    }

    /// The kept form of an event, where versions are kept.
    pub(super) fn kept(&self, item: &Item) -> Value {
        if !self.settings.keep_versions {
            return Value::Null;
        }
        Value::Object(Fields::from_iter([
            ("subject".to_owned(), item.fields.get("subject").cloned().unwrap_or_default()),
            ("fields".to_owned(), Value::Object(item.fields.clone())),
            ("start".to_owned(), json!(item.times.start)),
            ("end".to_owned(), json!(item.times.end)),
            ("series".to_owned(), json!(item.rule.is_some())),
            ("extended".to_owned(), json!(item.extended)),
        ]))
    }
}
