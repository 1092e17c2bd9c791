//! Everything the twin holds: people, connections, databases with their data sources, pages and blocks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calls::Caller;
use super::quota::Meter;
use super::signin::Grants;
use super::webhooks::Webhooks;
use super::{BEARERS, Fields, Quirks, Settings, schema};
use crate::calendar::Shelf;
use crate::core::Core;
use crate::ledger::Changed;

/// Someone in the workspace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) display: String,
    pub(super) email: String,
}

/// How much a connection is told of people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Acquaintance {
    Nothing,
    Names,
    Mail,
}

/// What a connection may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Powers {
    pub(super) read: bool,
    pub(super) update: bool,
    pub(super) insert: bool,
    pub(super) users: Acquaintance,
}

impl Default for Powers {
    fn default() -> Powers {
        Powers { read: true, update: true, insert: true, users: Acquaintance::Mail }
    }
}

/// A connection: what acts when a token is used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Bot {
    pub(super) id: String,
    /// Who made or allowed it.
    pub(super) person: String,
    /// The application; `None` for an internal connection.
    pub(super) client: Option<String>,
    /// What was shared with it, with all that lies inside.
    pub(super) shared: BTreeSet<String>,
    /// What was taken out of that again.
    pub(super) withheld: BTreeSet<String>,
    pub(super) powers: Powers,
}

/// Who did something, when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) at: Timestamp,
    pub(super) by: Author,
}

/// A person or a connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Author {
    pub(super) id: String,
    pub(super) person: bool,
}

impl Author {
    pub(super) fn partial(&self) -> Value {
        json!({"object": "user", "id": self.id})
    }
}

/// Where something lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Parent {
    Workspace,
    Page(String),
    /// The data source that a page is a row of.
    Source(String),
}

/// A container of data sources.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Database {
    pub(super) id: String,
    pub(super) parent: Parent,
    pub(super) title: Value,
    pub(super) description: Value,
    pub(super) inline: bool,
    pub(super) locked: bool,
    pub(super) trashed: Option<Timestamp>,
    pub(super) icon: Value,
    pub(super) cover: Value,
    pub(super) made: Mark,
    pub(super) edited: Mark,
    pub(super) sources: Vec<String>,
}

/// A table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Source {
    pub(super) id: String,
    pub(super) database: String,
    pub(super) title: Value,
    pub(super) description: Value,
    pub(super) icon: Value,
    pub(super) trashed: Option<Timestamp>,
    pub(super) made: Mark,
    pub(super) edited: Mark,
    /// In the order in which they were made.
    pub(super) properties: Vec<Property>,
    /// The number of its last row.
    pub(super) last_row: u64,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Property {
    /// As it is told: URL-encoded.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) config: Value,
    pub(super) description: Value,
}

impl Source {
    /// The property of that name or, encoded or not, that id.
    pub(super) fn property(&self, key: &str) -> Option<&Property> {
        let named = self.properties.iter().find(|property| property.name == key);
        named.or_else(|| {
            self.properties.iter().find(|property| property.id == key || schema::decoded(&property.id) == key)
        })
    }
}

/// A page: a row of a table, or one that stands by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Page {
    pub(super) id: String,
    pub(super) parent: Parent,
    pub(super) made: Mark,
    pub(super) edited: Mark,
    pub(super) trashed: Option<Timestamp>,
    /// Put away, which is not the trash.
    pub(super) archived: bool,
    pub(super) locked: bool,
    pub(super) icon: Value,
    pub(super) cover: Value,
    /// By the id of the property: what was written, in the form in which it is kept.
    pub(super) values: BTreeMap<String, Value>,
    pub(super) number: u64,
}

/// A piece of a page's body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Block {
    pub(super) id: String,
    pub(super) page: String,
    /// The page or the block that it lies in.
    pub(super) parent: String,
    pub(super) kind: String,
    pub(super) content: Value,
    pub(super) trashed: bool,
    pub(super) made: Mark,
    pub(super) edited: Mark,
}

/// The whole.
#[derive(Debug)]
pub struct State {
    pub(super) settings: Settings,
    pub(super) core: Core,
    pub(super) quirks: Quirks,
    pub(super) workspace: String,
    pub(super) users: BTreeMap<String, User>,
    pub(super) bots: BTreeMap<String, Bot>,
    pub(super) databases: BTreeMap<String, Database>,
    pub(super) sources: BTreeMap<String, Source>,
    /// Every page that was ever a row of a data source.
    pub(super) rows: BTreeMap<String, BTreeSet<String>>,
    pub(super) pages: Shelf<Page>,
    pub(super) blocks: BTreeMap<String, Block>,
    /// The blocks of a page or block, in their order.
    pub(super) bodies: BTreeMap<String, Vec<String>>,
    pub(super) grants: Grants,
    pub(super) webhooks: Webhooks,
    pub(super) meter: Meter,
    /// Cursors of another epoch have ended.
    pub(super) epoch: u64,
}

impl State {
    pub(super) fn beginning(settings: Settings, core: Core) -> State {
        let mut state = State {
            core,
            quirks: settings.quirks.clone(),
            workspace: String::new(),
            users: BTreeMap::new(),
            bots: BTreeMap::new(),
            databases: BTreeMap::new(),
            sources: BTreeMap::new(),
            rows: BTreeMap::new(),
            pages: Shelf::default(),
            blocks: BTreeMap::new(),
            bodies: BTreeMap::new(),
            grants: Grants::default(),
            webhooks: Webhooks::default(),
            meter: Meter::default(),
            epoch: 0,
            settings,
        };
        state.workspace = state.new_id();
        let always = BEARERS.into_iter().map(|(name, bearer)| (name.to_owned(), bearer.to_owned()));
        let more = state.settings.more_people.iter().map(|name| (name.clone(), format!("twin-{name}")));
        for (name, bearer) in always.chain(more).collect::<Vec<_>>() {
            state.add_user(&name, &bearer);
        }
        state
    }

    fn add_user(&mut self, name: &str, bearer: &str) {
        let display = name[..1].to_uppercase() + &name[1..];
        let user = User { id: self.new_id(), display: display.clone(), email: format!("{name}@twin.test") };
        self.users.insert(name.to_owned(), user);
        let caller = self.person(name);
        let home = self.new_page(&caller, Parent::Workspace);
        let title = super::values::text::plain(&format!("{display}\u{2019}s calendars"));
        let home = Page { values: BTreeMap::from([("title".to_owned(), title)]), ..home };
        let home_id = home.id.clone();
        self.put_page(home, "created", &caller);
        for calendar in ["Calendar", "Team"] {
            let database = self.add_database(&caller, Parent::Page(home_id.clone()), calendar);
            self.add_source(&caller, &database, calendar, schema::usual());
        }
        let id = self.add_bot(name, None);
        if let Some(bot) = self.bots.get_mut(&id) {
            bot.shared.insert(home_id);
        }
        self.grants.add_bearer(bearer, &id);
    }

    /// A new connection of that person, with nothing shared.
    pub(super) fn add_bot(&mut self, person: &str, client: Option<String>) -> String {
        let id = self.new_id();
        let bot = Bot {
            id: id.clone(),
            person: person.to_owned(),
            client,
            shared: BTreeSet::new(),
            withheld: BTreeSet::new(),
            powers: Powers::default(),
        };
        self.bots.insert(id.clone(), bot);
        id
    }

    /// A new database without data sources.
    pub(super) fn add_database(&mut self, caller: &Caller, parent: Parent, title: &str) -> String {
        let (id, mark) = (self.new_id(), self.mark(caller));
        let database = Database {
            id: id.clone(),
            parent,
            title: super::values::text::plain(title),
            description: json!([]),
            inline: false,
            locked: false,
            trashed: None,
            icon: Value::Null,
            cover: Value::Null,
            made: mark.clone(),
            edited: mark,
            sources: Vec::new(),
        };
        self.databases.insert(id.clone(), database);
        id
    }

    /// A new data source with those properties: name, kind, configuration.
    pub(super) fn add_source(
        &mut self,
        caller: &Caller,
        database: &str,
        title: &str,
        columns: Vec<(String, String, Value)>,
    ) -> String {
        let (id, mark) = (self.new_id(), self.mark(caller));
        let mut source = Source {
            id: id.clone(),
            database: database.to_owned(),
            title: super::values::text::plain(title),
            description: json!([]),
            icon: Value::Null,
            trashed: None,
            made: mark.clone(),
            edited: mark,
            properties: Vec::new(),
            last_row: 0,
        };
        for (name, kind, config) in columns {
            let property = schema::new_property(&mut self.core.chance, &source, name, kind, config);
            source.properties.push(property);
        }
        self.sources.insert(id.clone(), source);
        if let Some(database) = self.databases.get_mut(database) {
            database.sources.push(id.clone());
        }
        id
    }

    /// A new identifier: a UUID of version 4, by the twin's chance.
    pub(super) fn new_id(&mut self) -> String {
        let digits = self.core.chance.text(b"0123456789abcdef", 30);
        let variant = self.core.chance.text(b"89ab", 1);
        format!(
            "{}-{}-4{}-{variant}{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[12..15],
            &digits[15..18],
            &digits[18..]
        )
    }

    /// Who does it, now.
    pub(super) fn mark(&self, caller: &Caller) -> Mark {
        Mark { at: self.core.now, by: caller.author.clone() }
    }

    /// An empty page that is on no shelf yet.
    pub(super) fn new_page(&mut self, caller: &Caller, parent: Parent) -> Page {
        let number = match &parent {
            Parent::Source(id) => self.sources.get_mut(id).map_or(0, |source| {
                source.last_row += 1;
                source.last_row
            }),
            _ => 0,
        };
        let mark = self.mark(caller);
        Page {
            id: self.new_id(),
            parent,
            made: mark.clone(),
            edited: mark,
            trashed: None,
            archived: false,
            locked: false,
            icon: Value::Null,
            cover: Value::Null,
            values: BTreeMap::new(),
            number,
        }
    }

    /// Puts a page on its shelf, keeps the index, and writes the change down.
    pub(super) fn put_page(&mut self, page: Page, what: &'static str, caller: &Caller) {
        let now = self.core.now;
        let id = page.id.clone();
        let calendar = match &page.parent {
            Parent::Source(source) => {
                self.rows.entry(source.clone()).or_default().insert(id.clone());
                source.clone()
            }
            _ => String::new(),
        };
        let number = self.pages.put(&id, page.clone(), now);
        let kept = match self.settings.keep_versions {
            true => super::pages::shown(self, caller, &page),
            false => Value::Null,
        };
        self.core.ledger.change(|n| Changed {
            n,
            at: now,
            calendar,
            id,
            what: what.into(),
            by: caller.by.clone(),
            etag: number.to_string(),
            now: kept,
        });
    }

    /// The number of the last change that an index knows of.
    pub(super) fn indexed(&self, caller: &Caller) -> u64 {
        let last = self.pages.last();
        if caller.stale {
            return last.saturating_sub(1);
        }
        match i64::try_from(self.quirks.lag_ms).unwrap_or(i64::MAX) {
            0 => last,
            ms => {
                let lag = jiff::SignedDuration::from_millis(ms);
                self.pages.last_at(self.core.now.checked_sub(lag).unwrap_or(self.core.now))
            }
        }
    }

    /// The address of a page or database.
    pub(super) fn url(&self, id: &str) -> String {
        let host = self.quirks.page_host.as_deref().unwrap_or(&self.settings.base_url);
        format!("{host}/p/{}", id.replace('-', ""))
    }

    /// Somebody at Notion's own screen.
    pub(super) fn person(&self, name: &str) -> Caller {
        let id = self.users.get(name).map(|user| user.id.clone()).unwrap_or_default();
        Caller::person(name, Author { id, person: true })
    }
}

/// A time as Notion tells it: to the minute before.
pub(super) fn told(at: Timestamp) -> String {
    minute(at).strftime("%Y-%m-%dT%H:%M:00.000Z").to_string()
}

/// The minute that a time lies in.
pub(super) fn minute(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(60) * 60).unwrap_or(at)
}

/// An identifier as it is kept, from one with or without dashes.
pub(super) fn normal(id: &str) -> Option<String> {
    let digits: String = id.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    let fits = digits.len() == 32 && digits.chars().all(|c| c.is_ascii_hexdigit());
    fits.then(|| {
        format!(
            "{}-{}-{}-{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..]
        )
    })
}

/// An object's field that is a text.
pub(super) fn text<'a>(fields: &'a Fields, key: &str) -> Option<&'a str> {
    fields.get(key).and_then(Value::as_str)
}
