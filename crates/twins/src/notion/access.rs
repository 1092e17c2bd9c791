//! What is there for whom: a connection sees what was shared with it and all that lies inside, and nothing else.
//!
//! What is not shared, what is gone, and what never was are answered alike.

use super::answers::Refused;
use super::calls::Caller;
use super::state::{Block, Database, Page, Parent, Source, State, normal};

impl State {
    /// A thing and everything that it lies in, from the inside out.
    pub(super) fn chain(&self, id: &str) -> Vec<String> {
        let mut chain = vec![id.to_owned()];
        let mut at = id.to_owned();
        // A page cannot lie in itself; the bound is for worlds that a person has bent.
        for _ in 0..64 {
            let next = if let Some(page) = self.pages.get(&at) {
                self.holder(&page.parent)
            } else if let Some(source) = self.sources.get(&at) {
                Some(source.database.clone())
            } else if let Some(database) = self.databases.get(&at) {
                self.holder(&database.parent)
            } else {
                self.blocks.get(&at).map(|block| block.page.clone())
            };
            let Some(next) = next else { break };
            chain.push(next.clone());
            at = next;
        }
        chain
    }

    fn holder(&self, parent: &Parent) -> Option<String> {
        match parent {
            Parent::Workspace => None,
            Parent::Page(id) | Parent::Source(id) => Some(id.clone()),
        }
    }

    /// Whether something is there for a caller. A person sees everything.
    pub(super) fn sees(&self, caller: &Caller, id: &str) -> bool {
        caller.bot.as_deref().is_none_or(|bot| self.shows(bot, id))
    }

    /// Whether something is shared with a connection: what was said nearest to it counts.
    pub(super) fn shows(&self, bot: &str, id: &str) -> bool {
        let Some(bot) = self.bots.get(bot) else { return false };
        for id in self.chain(id) {
            if bot.withheld.contains(&id) {
                return false;
            }
            if bot.shared.contains(&id) {
                return true;
            }
        }
        false
    }

    /// Whether something lies in the trash, by itself or with what holds it.
    pub(super) fn in_trash(&self, id: &str) -> bool {
        self.chain(id).iter().any(|id| self.is_trashed(id))
    }

    /// Whether something that holds it lies in the trash.
    pub(super) fn holder_in_trash(&self, id: &str) -> bool {
        self.chain(id).iter().skip(1).any(|id| self.is_trashed(id))
    }

    fn is_trashed(&self, id: &str) -> bool {
        self.pages.get(id).is_some_and(|page| page.trashed.is_some())
            || self.sources.get(id).is_some_and(|source| source.trashed.is_some())
            || self.databases.get(id).is_some_and(|database| database.trashed.is_some())
    }

    /// Whether the trash that a page lay in was emptied.
    pub(super) fn is_gone(&self, page: &Page) -> bool {
        let days = i64::from(self.quirks.trash_days);
        page.trashed
            .is_some_and(|at| self.core.now.duration_since(at) >= jiff::SignedDuration::from_hours(days * 24))
    }

    /// A page that is there for a caller, as it is, or for a stale answer as it was.
    pub(super) fn page(&self, caller: &Caller, id: &str) -> Result<Page, Refused> {
        let missing = || Refused::not_found("page", id);
        let known = normal(id).ok_or_else(|| Refused::field("path.page_id", "a valid uuid", id))?;
        let page = match caller.stale {
            true => {
                let before = self.pages.last().saturating_sub(1);
                self.pages.seen_or_oldest(&known, before).map(|version| version.value.clone())
            }
            false => self.pages.get(&known).cloned(),
        };
        let page =
            page.filter(|page| !self.is_gone(page) && self.sees(caller, &known)).ok_or_else(missing)?;
        Ok(page)
    }

    /// A data source that is there for a caller.
    pub(super) fn source(&self, caller: &Caller, id: &str) -> Result<&Source, Refused> {
        let known = normal(id).ok_or_else(|| Refused::field("path.data_source_id", "a valid uuid", id))?;
        let source = self.sources.get(&known).filter(|_| self.sees(caller, &known));
        source.ok_or_else(|| Refused::not_found("data_source", id))
    }

    /// A database that is there for a caller.
    pub(super) fn database(&self, caller: &Caller, id: &str) -> Result<&Database, Refused> {
        let known = normal(id).ok_or_else(|| Refused::field("path.database_id", "a valid uuid", id))?;
        let database = self.databases.get(&known).filter(|_| self.sees(caller, &known));
        database.ok_or_else(|| Refused::not_found("database", id))
    }

    /// The one data source of a database, which older clients take the database for.
    pub(super) fn only_source(&self, database: &Database) -> Result<&Source, Refused> {
        match database.sources.as_slice() {
            [one] => self.sources.get(one).ok_or_else(|| Refused::not_found("database", &database.id)),
            several => {
                let words = "Databases with multiple data sources are not supported in this API version.";
                Err(Refused::validation(words).with(serde_json::json!({
                    "error_type": "multiple_data_sources_for_database",
                    "database_id": database.id,
                    "child_data_source_ids": several,
                    "minimum_api_version": "2025-09-03",
                })))
            }
        }
    }

    /// A block that is there for a caller.
    pub(super) fn block(&self, caller: &Caller, id: &str) -> Result<&Block, Refused> {
        let known = normal(id).ok_or_else(|| Refused::field("path.block_id", "a valid uuid", id))?;
        let block = self.blocks.get(&known).filter(|_| self.sees(caller, &known));
        block.ok_or_else(|| Refused::not_found("block", id))
    }
}
