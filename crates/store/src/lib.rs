//! What we remember: tables, migrations, queries and the vault; SQLite and PostgreSQL from one code base.
//!
//! A caller composes its transaction itself, so that an agreement is written together with what it describes:
//!
//! ```ignore
//! let mut tx = store.begin().await?;
//! links::hold(&mut tx, &lease, now).await?;
//! events::update(&mut tx, &event, bounds, rev).await?;
//! mappings::save(&mut tx, &mapping).await?;
//! tx.commit().await?;
//! ```
//!
//! What it promises:
//!
//! - Every statement stands once, in plain SQL that both databases understand; a test prepares each of them on both.
//! - A dropped transaction (a cancelled run, a crash) leaves nothing behind, neither rows nor a dirty connection.
//! - Rows are locked in the order **links (by id), events, mappings, conflicts**. Who keeps to it does not deadlock on
//!   Postgres; who does not gets [`Error::Busy`] and may try again.
//! - No query that a request can reach works without its workspace (I-39).
//! - Time, identifiers and chance come from the caller.
//!
//! It knows neither providers nor merging: it keeps values of `concord-model`.

pub mod chance;
mod column;
mod db;
pub mod error;
pub mod steps;
mod form;
pub mod vault;
pub mod rotation;

pub mod accounts;
pub mod alerts;
pub mod answers;
pub mod api_keys;
pub mod budgets;
pub mod changes;
pub mod channels;
pub mod clients;
pub mod conflicts;
pub mod events;
pub mod feeds;
pub mod grants;
pub mod history;
pub mod invitations;
pub mod letterboxes;
pub mod links;
pub mod mappings;
pub mod meta;
pub mod plans;
pub mod received;
pub mod runs;
pub mod sessions;
pub mod sign_ins;
pub mod users;
pub mod workspaces;

pub mod backup;

pub use chance::Chance;
pub use db::{Migrated, Store, Tx};
pub use error::Error;
pub use history::Actor;
