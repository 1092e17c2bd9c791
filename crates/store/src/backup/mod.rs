//! The whole database as one file, and back: for SQLite and PostgreSQL alike, so that a backup of the one can be
//! restored into the other.
//!
//! ```text
//! {"backup":"concord","format":1,"schema":1,…,"keys":["1c0ffee0"]}      what it is, and which master keys it needs
//! {"table":"users","columns":["id","name",…]}                          tables, those that others refer to first
//! [{"b":"AAEC…"},"Alice",…]                                            a row; bytes are base64
//! {"end":{"tables":17,"rows":4711},"sha256":"…"}                       of everything above
//! ```
//!
//! What it promises:
//!
//! - It is one moment's picture, however much is written meanwhile.
//! - All tables that the migrations make are in it, but for those whose rows are of the moment ([`PASSING`]). Credentials
//!   are in it as they lie in the database: sealed. The master key is not.
//! - A file that was cut short or changed, that is no backup, or that a newer program wrote restores nothing at all.
//! - What is restored is known to be old: it is listed, asked and read before anything is written ([`stale`]).

mod file;
mod stale;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Seek, Write};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{One, Store, Tx};
use crate::rotation;
use crate::vault::KeyId;
use file::{Draft, Line, Lines};
use tables::Table;

/// The form that is written and read here.
pub const FORMAT: u32 = 1;

/// Tables whose rows mean nothing later: allowances, what an open screen has heard, who is signed in or about to be.
pub const PASSING: [&str; 4] = ["budgets", "changes", "sessions", "sign_ins"];

/// Rows that a new installation makes by itself: a database that has no others is empty.
const MADE_BY_ITSELF: [&str; 3] = ["budgets", "meta", "workspaces"];

/// What a backup says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    backup: String,
    /// The form of the file.
    pub format: u32,
    /// The version of the tables.
    pub schema: i64,
    /// The version of the program that wrote it.
    pub program: String,
    /// The kind of the database that it is of.
    pub database: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The master keys that its credentials are sealed under, by name.
    pub keys: BTreeSet<String>,
    /// The tables that were left out.
    pub passed: BTreeSet<String>,
}

/// What is in a backup.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contents {
    /// What it says of itself.
    pub header: Header,
    /// The rows of each table.
    pub rows: BTreeMap<String, u64>,
}

impl Contents {
    /// How many rows there are in all.
    pub fn count(&self) -> u64 {
        self.rows.values().sum()
    }
}

/// Why there is no backup, or why one is not restored. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is something else.
    #[error("this is no backup of Concord's")]
    NotABackup,
    /// It was written in a form that is not known here.
    #[error(
        "the backup has format {0}, and this program knows formats up to {FORMAT}: restore it with a newer program"
    )]
    NewerFormat(u32),
    /// Its tables are of a later version.
    #[error(
        "the backup holds tables of version {backup}, and this program knows them only up to {program}: restore it with a newer program"
    )]
    NewerTables {
        /// The version of the tables in the backup.
        backup: i64,
        /// The highest version that this program knows.
        program: i64,
    },
    /// Its end is missing.
    #[error("the backup was cut short: its end is missing")]
    CutShort,
    /// It was changed since it was written.
    #[error("the backup is damaged ({0})")]
    Damaged(String),
    /// Its tables are not those that its version has.
    #[error("the backup does not fit the tables of its version ({0})")]
    OtherTables(String),
    /// The database has rows.
    #[error("the database is not empty: its table {0} has rows")]
    NotEmpty(String),
    /// The file cannot be read or written.
    #[error("the file failed")]
    File(#[from] std::io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] crate::Error),
}

/// Writes a backup. What was written is complete when this returns, and must be brought to the disk by the caller.
pub async fn write(
    store: &Store,
    program: &str,
    now: Timestamp,
    out: &mut (dyn Write + Send),
) -> Result<Contents, Error> {
    let mut tx = store.read().await?;
    let One(schema) = tx.sql("SELECT MAX(version) FROM _sqlx_migrations").one::<One<Option<i64>>>().await?;
    let tables = tables::all(&mut tx).await?;
    let (passed, tables): (Vec<Table>, Vec<Table>) =
        tables.into_iter().partition(|table| PASSING.contains(&table.name.as_str()));
    let keys = rotation::status(&mut tx).await?;
    let header = Header {
        backup: "concord".to_owned(),
        format: FORMAT,
        schema: schema.unwrap_or(0),
        program: program.to_owned(),
        database: store.kind().to_owned(),
        made_at: now,
        keys: keys.keys().map(KeyId::to_string).collect(),
        passed: passed.into_iter().map(|table| table.name).collect(),
    };
    let mut draft = Draft::begin(out, &header)?;
    for table in &tables {
        draft.table(table)?;
        tables::rows(&mut tx, table, &mut |row| draft.row(&row)).await?;
    }
    Ok(Contents { header, rows: draft.end()? })
}

/// Reads a backup to its end. What this returns is whole and unchanged.
pub fn check(file: &mut (dyn BufRead + Send)) -> Result<Contents, Error> {
    let mut lines = Lines::begin(file)?;
    while lines.next()? != Line::End {}
    Ok(lines.contents())
}

/// What becomes of what the database holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    /// It must be empty.
    Empty,
    /// It is replaced.
    Whatever,
}

/// Restores a backup: all of it, or nothing. Tables of an older version are brought to this program's.
pub async fn restore<F: BufRead + Seek + Send>(
    store: &Store,
    file: &mut F,
    over: Over,
    now: Timestamp,
) -> Result<Contents, Error> {
    // Once to see that it is whole; and once more to the end while it is taken in, for it may change in between.
    let whole = check(file)?;
    file.rewind()?;
    let mut lines = Lines::begin(file)?;
    let header = lines.header().clone();
    let mut tx = store.begin().await?;
    if header.schema > tx.newest() {
        return Err(Error::NewerTables { backup: header.schema, program: tx.newest() });
    }
    tables::lock(&mut tx).await?;
    let before = tables::all(&mut tx).await?;
    for table in before.iter().filter(|table| !MADE_BY_ITSELF.contains(&table.name.as_str())) {
        if over == Over::Empty && tables::has_rows(&mut tx, table).await? {
            return Err(Error::NotEmpty(table.name.clone()));
        }
    }
    let epoch = match before.is_empty() {
        true => 0,
        false => stale::highest_epoch(&mut tx).await?,
    };
    tables::drop_all(&mut tx, &before).await?;
    tx.migrate(header.schema).await?;
    take_in(&mut tx, &mut lines, &header).await?;
    tx.migrate(i64::MAX).await?;
    stale::forget(&mut tx, epoch, now).await?;
    if lines.contents() != whole {
        return Err(Error::Damaged("it changed while it was read".to_owned()));
    }
    tx.commit().await?;
    Ok(whole)
}

/// How many rows go into one statement: SQLite takes 32,766 values.
const CHUNK: usize = 50;

async fn take_in(tx: &mut Tx, lines: &mut Lines<'_>, header: &Header) -> Result<(), Error> {
    let mut awaited: BTreeMap<String, Table> =
        tables::all(tx).await?.into_iter().map(|table| (table.name.clone(), table)).collect();
    let mut line = lines.next()?;
    while let Line::Table { name, columns } = line {
        let table =
            awaited.remove(&name).ok_or_else(|| Error::OtherTables(format!("it has a table {name}")))?;
        let table = table
            .in_order(&columns)
            .ok_or_else(|| Error::OtherTables(format!("its table {name} has other columns")))?;
        let mut rows = Vec::with_capacity(CHUNK);
        loop {
            line = lines.next()?;
            if let Line::Row(row) = line {
                rows.push(row);
                if rows.len() == CHUNK {
                    tables::insert(tx, &table, std::mem::take(&mut rows)).await?;
                }
            } else {
                break;
            }
        }
        tables::insert(tx, &table, rows).await?;
    }
    match awaited.into_keys().find(|name| !header.passed.contains(name)) {
        Some(missing) => Err(Error::OtherTables(format!("it has no table {missing}"))),
        None => Ok(()),
    }
}
