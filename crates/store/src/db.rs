//! One face for two databases: [`Store`], [`Tx`], and the statements in between.
//!
//! Statements are plain SQL that both understand, with few marks in braces for where they differ ([`Dialect`]).
//! SQLite has one connection that writes (`BEGIN IMMEDIATE`, so that a lock is waited for at the start and never
//! refused in the middle) and several that read; other processes may have the same file open.
//!
//! What is done at the database comes in boxes: otherwise every crate that calls it compiles all of sqlx anew.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use sqlx::migrate::{Migrate, Migrator};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Executor, PgConnection, Postgres, Row as _, SqlSafeStr, SqlStr, Sqlite,
    SqliteConnection, Transaction,
};
use uuid::Uuid;

use tokio::sync::watch;

use crate::changes::{self, Kind, Noted};
use crate::column::{Bind, Column};
use crate::error::Error;
use crate::steps::{Step, Steps, Watch};

/// How long another process may keep us waiting for SQLite's write lock.
const BUSY: Duration = Duration::from_secs(30);
/// How long to wait for a connection of the pool.
const ACQUIRE: Duration = Duration::from_secs(30);
/// How many readers SQLite has, and how many connections Postgres is asked for.
const READERS: u32 = 4;
const CONNECTIONS: u32 = 16;

/// The tables' history, compiled in.
fn migrations(inner: &Inner) -> Migrator {
    let mut migrator = match inner {
        Inner::Lite(_) => sqlx::migrate!("migrations/sqlite"),
        Inner::Pg(_) => sqlx::migrate!("migrations/postgres"),
    };
    // All of it runs in one transaction that has taken the lock itself.
    migrator.set_locking(false);
    migrator
}

/// A database with Concord's tables.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    /// Counts this process' commits that changed something.
    changed: watch::Sender<u64>,
    /// Who is asked at every step.
    steps: Watch,
}

#[derive(Clone, Debug)]
enum Db {
    Lite {
        write: SqlitePool,
        read: SqlitePool,
        /// Keeps a database alive that lives in memory: a pool closes connections whose borrower was cancelled.
        _anchor: Option<Arc<Mutex<SqliteConnection>>>,
    },
    Pg(PgPool),
}

/// What [`Store::migrate`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Migrated {
    /// The version of the tables before; 0 when there were none.
    pub from: i64,
    /// The version of the tables now.
    pub to: i64,
}

impl Store {
    fn on(db: Db) -> Store {
        Store { db, changed: watch::Sender::new(0), steps: Watch::default() }
    }

    /// The same database, seen through someone who is asked at every step of every transaction.
    pub fn watched(&self, by: Arc<dyn Steps>) -> Store {
        Store { steps: Watch::by(by), ..self.clone() }
    }

    /// Wakes whoever waits for something to change: what this process commits at once, what others commit not at all.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Opens `sqlite://path`, `sqlite::memory:` or `postgres://…`. A file is created where there is none; the tables
    /// are not touched.
    pub fn open(url: &str) -> BoxFuture<'_, Result<Store, Error>> {
        if url.starts_with("sqlite:") {
            Box::pin(Store::open_lite(url))
        } else {
            Box::pin(Store::open_pg(url))
        }
    }

    async fn open_pg(url: &str) -> Result<Store, Error> {
        let options = PgConnectOptions::from_str(url)?
            .disable_statement_logging()
            // The ROLLBACK below is a warning where there is nothing to roll back, and that is nearly always.
            .options([("client_min_messages", "error")]);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            // A `BEGIN` that was cancelled on its way leaves an open transaction on the connection, and the next
            // borrower would work inside it (sqlx #4393). Outside a transaction this is a warning and nothing else.
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.execute("ROLLBACK").await?;
                    Ok(true)
                })
            })
            .connect_with(options)
            .await?;
        Ok(Store::on(Db::Pg(pool)))
    }

    async fn open_lite(url: &str) -> Result<Store, Error> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .busy_timeout(BUSY)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What a statement would need to be undone by itself would go to a file otherwise.
            .pragma("temp_store", "MEMORY")
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false);
        if url.contains(":memory:") || url.contains("mode=memory") {
            let anchor = Some(Arc::new(Mutex::new(options.connect().await?)));
            let only = pool.max_connections(1).connect_with(options).await?;
            return Ok(Store::on(Db::Lite { write: only.clone(), read: only, _anchor: anchor }));
        }
        own_only(options.get_filename())?;
        let write = pool
            .clone()
            .max_connections(1)
            .connect_with(options.clone().journal_mode(SqliteJournalMode::Wal))
            .await?;
        let read = pool.max_connections(READERS).connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Store::on(Db::Lite { write, read, _anchor: None }))
    }

    /// Brings the tables to this program's version, all or nothing. Refuses a database that is already beyond it.
    /// Several processes may do this at once: one does it, the others find it done.
    pub fn migrate(&self) -> BoxFuture<'_, Result<Migrated, Error>> {
        Box::pin(async move {
            let mut tx = self.begin().await?;
            let migrated = tx.migrate(i64::MAX).await?;
            tx.commit().await?;
            Ok(migrated)
        })
    }

    /// Begins to write. On SQLite this waits for whoever else writes.
    pub fn begin(&self) -> BoxFuture<'_, Result<Tx, Error>> {
        Box::pin(async move {
            self.steps.pass(Step::Begin).await?;
            let inner = match &self.db {
                Db::Lite { write, .. } => Inner::Lite(write.begin_with("BEGIN IMMEDIATE").await?),
                Db::Pg(pool) => Inner::Pg(pool.begin().await?),
            };
            Ok(self.tx(inner))
        })
    }

    /// Begins to read: one moment's picture of everything, however much is written meanwhile.
    ///
    /// An in-memory database has one connection for all: there, a task that holds a [`Tx`] must not ask for another.
    pub fn read(&self) -> BoxFuture<'_, Result<Tx, Error>> {
        Box::pin(async move {
            self.steps.pass(Step::Read).await?;
            let inner = match &self.db {
                Db::Lite { read, .. } => Inner::Lite(read.begin().await?),
                Db::Pg(pool) => {
                    Inner::Pg(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
                }
            };
            Ok(self.tx(inner))
        })
    }

    fn tx(&self, inner: Inner) -> Tx {
        Tx { inner, noted: Noted::default(), changed: self.changed.clone(), steps: self.steps.clone() }
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match &self.db {
            Db::Lite { .. } => "sqlite",
            Db::Pg(_) => "postgres",
        }
    }

    /// Writes one moment's picture of an embedded database into a new file, however much is written meanwhile.
    pub async fn copy_to(&self, path: &Path) -> Result<(), Error> {
        let Db::Lite { write, .. } = &self.db else { return Err(Error::NotFound) };
        let path = path.to_string_lossy().into_owned();
        sqlx::query("VACUUM INTO ?1").bind(path).execute(write).await?;
        Ok(())
    }

    /// Closes all connections, once they are given back. SQLite then folds its log into the file.
    pub async fn close(&self) {
        match &self.db {
            Db::Lite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Db::Pg(pool) => pool.close().await,
        }
    }

    /// Lets the database check a statement of this crate without running it, and (SQLite) tell how it would: for the
    /// contract test.
    #[doc(hidden)]
    pub async fn explain(&self, text: &'static str) -> Result<Vec<String>, Error> {
        match &self.db {
            Db::Lite { read, .. } => {
                let text = format!("EXPLAIN QUERY PLAN {}", Dialect::Lite.expand(text, 1).as_str());
                let steps = sqlx::query(AssertSqlSafe(text)).fetch_all(read).await?;
                Ok(steps.iter().map(|step| step.try_get("detail")).collect::<Result<_, _>>()?)
            }
            Db::Pg(pool) => {
                pool.prepare(Dialect::Pg.expand(text, 1)).await?;
                Ok(Vec::new())
            }
        }
    }
}

/// Makes the file, if it is not there, so that only its owner may read it; SQLite gives its logs the same rights.
fn own_only(path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|e| Error::Broken(Box::new(e)))
}

/// The version of the tables: the last migration that was applied.
async fn version<C: Migrate>(connection: &mut C, known: i64) -> Result<i64, Error> {
    let broken = |e: sqlx::migrate::MigrateError| Error::Broken(Box::new(e));
    connection.ensure_migrations_table(TABLE).await.map_err(broken)?;
    let applied = connection.list_applied_migrations(TABLE).await.map_err(broken)?;
    let version = applied.iter().map(|m| m.version).max().unwrap_or(0);
    if version > known { Err(Error::Newer { database: version, program: known }) } else { Ok(version) }
}

/// Where sqlx notes what was applied.
pub(crate) const TABLE: &str = "_sqlx_migrations";

/// A transaction. Dropped without [`Tx::commit`], it never was.
#[must_use = "a transaction that is dropped does nothing"]
pub struct Tx {
    pub(crate) inner: Inner,
    noted: Noted,
    changed: watch::Sender<u64>,
    steps: Watch,
}

pub(crate) enum Inner {
    Lite(Transaction<'static, Sqlite>),
    Pg(Transaction<'static, Postgres>),
}

impl Tx {
    /// Makes it so, durably, and tells who listens what has changed.
    pub fn commit(mut self) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(async move {
            let noted = std::mem::take(&mut self.noted);
            let news = !noted.is_empty();
            changes::write(&mut self, noted).await?;
            self.steps.pass(Step::Commit).await?;
            match self.inner {
                Inner::Lite(tx) => tx.commit().await?,
                Inner::Pg(tx) => tx.commit().await?,
            }
            if news {
                self.changed.send_modify(|commits| *commits += 1);
            }
            self.steps.pass(Step::Committed).await
        })
    }

    /// Notes that these have changed, for those who listen ([`changes`]).
    pub(crate) fn note(&mut self, kind: Kind, ids: impl IntoIterator<Item = Uuid>) {
        let mut ids = ids.into_iter().peekable();
        if ids.peek().is_some() {
            self.noted.entry(kind).or_default().extend(ids);
        }
    }

    /// Waits until nobody else is between here and the end of their commit. Taken last in a transaction, so that nobody
    /// waits for anything while they hold it.
    pub(crate) async fn queue_up(&mut self) -> Result<(), Error> {
        if let Inner::Pg(tx) = &mut self.inner {
            tx.execute("SELECT pg_advisory_xact_lock(4853128)").await?;
        }
        Ok(())
    }

    /// Brings the tables to that version, or to this program's where that is lower. One at a time.
    pub(crate) async fn migrate(&mut self, most: i64) -> Result<Migrated, Error> {
        let broken = |e: sqlx::migrate::MigrateError| Error::Broken(Box::new(e));
        let mut migrator = migrations(&self.inner);
        migrator.migrations.to_mut().retain(|m| m.version <= most);
        let to = migrator.iter().map(|m| m.version).max().unwrap_or(0);
        let from = match &mut self.inner {
            Inner::Lite(tx) => {
                let from = version(&mut **tx, to).await?;
                migrator.run_direct(None, &mut **tx, false).await.map_err(broken)?;
                from
            }
            Inner::Pg(tx) => {
                tx.execute("SELECT pg_advisory_xact_lock(4853127)").await?;
                let from = version(&mut **tx, to).await?;
                migrator.run_direct(None, &mut **tx, false).await.map_err(broken)?;
                from
            }
        };
        Ok(Migrated { from, to })
    }

    /// The tables that this program's migrations make, by name: a database may hold others.
    pub(crate) fn own_tables(&self) -> Vec<String> {
        let made = |text: &str| -> Vec<String> {
            let behind = text.split("CREATE TABLE ").skip(1);
            behind.filter_map(|rest| rest.split([' ', '(']).next().map(str::to_owned)).collect()
        };
        migrations(&self.inner).iter().flat_map(|m| made(m.sql.as_str())).collect()
    }

    /// The version that this program brings the tables to.
    pub(crate) fn newest(&self) -> i64 {
        migrations(&self.inner).iter().map(|m| m.version).max().unwrap_or(0)
    }

    /// A statement of this crate.
    pub(crate) fn sql(&mut self, text: &'static str) -> Sql<'_> {
        self.sql_rows(text, 1)
    }

    /// A statement of this crate with so many rows of values in place of its `{rows n}`.
    pub(crate) fn sql_rows(&mut self, text: &'static str, rows: usize) -> Sql<'_> {
        match &mut self.inner {
            Inner::Lite(tx) => Sql::Lite(tx, sqlx::query(Dialect::Lite.expand(text, rows))),
            Inner::Pg(tx) => Sql::Pg(tx, sqlx::query(Dialect::Pg.expand(text, rows))),
        }
    }
}

/// How a statement's marks read on each database.
///
/// | mark | SQLite | Postgres |
/// | --- | --- | --- |
/// | `{in $1}` | a list of texts from a JSON array | `= ANY($1)` |
/// | `{in_ids $1}` | a list of ids from a JSON array | `= ANY($1)` |
/// | `{lock}`, `{lock l}` | nothing: who writes is alone | `FOR NO KEY UPDATE`, which lets others refer to the row |
/// | `{lock_next l}` | nothing | the same, for rows that nobody else holds |
/// | `{rows n}` | rows of n values | rows of n values |
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Lite,
    Pg,
}

impl Dialect {
    /// The statement, ready for its database. Only the marks are replaced, so it is as safe as the text was.
    fn expand(self, text: &'static str, rows: usize) -> SqlStr {
        if !text.contains('{') {
            return text.into_sql_str();
        }
        let mut out = String::with_capacity(text.len() + 64);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (mark, behind) =
                after.split_once('}').expect("marks are closed: a test prepares every statement");
            out.push_str(before);
            self.mark(&mut out, mark, rows);
            rest = behind;
        }
        out.push_str(rest);
        AssertSqlSafe(out).into_sql_str()
    }

    fn mark(self, out: &mut String, mark: &str, rows: usize) {
        let (name, argument) = mark.split_once(' ').unwrap_or((mark, ""));
        let text: Cow<'static, str> = match (name, self) {
            ("in", Dialect::Lite) => format!("IN (SELECT value FROM json_each({argument}))").into(),
            ("in_ids", Dialect::Lite) => {
                format!("IN (SELECT unhex(value) FROM json_each({argument}))").into()
            }
            ("in" | "in_ids", Dialect::Pg) => format!("= ANY({argument})").into(),
            ("lock" | "lock_next", Dialect::Lite) => "".into(),
            ("lock", Dialect::Pg) if argument.is_empty() => "FOR NO KEY UPDATE".into(),
            ("lock", Dialect::Pg) => format!("FOR NO KEY UPDATE OF {argument}").into(),
            ("lock_next", Dialect::Pg) => format!("FOR NO KEY UPDATE OF {argument} SKIP LOCKED").into(),
            ("rows", _) => return self.values(out, argument.parse().expect("a number of values"), rows),
            _ => unreachable!("marks are those of the table: a test prepares every statement"),
        };
        out.push_str(&text);
    }

    /// SQLite finds numbered parameters by walking a list, which is slow for thousands: there they go by position.
    fn values(self, out: &mut String, width: usize, rows: usize) {
        for row in 0..rows {
            out.push_str(if row == 0 { "(" } else { ",(" });
            for column in 0..width {
                if column > 0 {
                    out.push(',');
                }
                match self {
                    Dialect::Lite => out.push('?'),
                    Dialect::Pg => {
                        let _ = write!(out, "${}", row * width + column + 1);
                    }
                }
            }
            out.push(')');
        }
    }
}

/// A statement with its values, ready to run.
#[must_use = "a statement does nothing until it is run"]
pub(crate) enum Sql<'t> {
    Lite(&'t mut SqliteConnection, Query<'static, Sqlite, SqliteArguments>),
    Pg(&'t mut PgConnection, Query<'static, Postgres, PgArguments>),
}

impl<'t> Sql<'t> {
    /// Adds the next value.
    pub(crate) fn bind<T: Bind>(self, value: T) -> Self {
        match self {
            Sql::Lite(c, query) => Sql::Lite(c, query.bind(value.raw())),
            Sql::Pg(c, query) => Sql::Pg(c, query.bind(value.raw())),
        }
    }

    /// Adds a list of texts, for `{in $n}`.
    pub(crate) fn bind_texts<'a>(self, texts: impl Iterator<Item = &'a str>) -> Self {
        match self {
            Sql::Lite(c, query) => {
                let list: Vec<_> = texts.map(Bind::raw).collect();
                Sql::Lite(c, query.bind(serde_json::to_string(&list).expect("texts are JSON")))
            }
            Sql::Pg(c, query) => Sql::Pg(c, query.bind(texts.map(Bind::raw).collect::<Vec<_>>())),
        }
    }

    /// Adds a list of instants, for `{in $n}`.
    pub(crate) fn bind_times(self, times: impl Iterator<Item = Timestamp>) -> Self {
        let list: Vec<i64> = times.map(Timestamp::as_microsecond).collect();
        match self {
            Sql::Lite(c, query) => {
                Sql::Lite(c, query.bind(serde_json::to_string(&list).expect("numbers are JSON")))
            }
            Sql::Pg(c, query) => Sql::Pg(c, query.bind(list)),
        }
    }

    /// Adds a list of ids, for `{in_ids $n}`.
    pub(crate) fn bind_ids(self, ids: impl Iterator<Item = Uuid>) -> Self {
        match self {
            Sql::Lite(c, query) => {
                let list: Vec<_> = ids.map(|id| id.simple().to_string()).collect();
                Sql::Lite(c, query.bind(serde_json::to_string(&list).expect("texts are JSON")))
            }
            Sql::Pg(c, query) => Sql::Pg(c, query.bind(ids.collect::<Vec<_>>())),
        }
    }

    /// Runs it; returns how many rows it changed.
    pub(crate) fn run(self) -> BoxFuture<'t, Result<u64, Error>> {
        Box::pin(async move {
            Ok(match self {
                Sql::Lite(c, query) => query.execute(c).await?.rows_affected(),
                Sql::Pg(c, query) => query.execute(c).await?.rows_affected(),
            })
        })
    }

    /// Runs it; returns its row, if there is one.
    pub(crate) async fn opt<T: Record>(self) -> Result<Option<T>, Error> {
        self.row().await?.map(|row| T::read(&row)).transpose()
    }

    /// Runs it; returns its row, or that there is none.
    pub(crate) async fn one<T: Record>(self) -> Result<T, Error> {
        self.opt().await?.ok_or(Error::NotFound)
    }

    /// Runs it; returns its rows.
    pub(crate) async fn all<T: Record>(self) -> Result<Vec<T>, Error> {
        self.rows().await?.iter().map(T::read).collect()
    }

    fn row(self) -> BoxFuture<'t, Result<Option<Row>, Error>> {
        Box::pin(async move {
            Ok(match self {
                Sql::Lite(c, query) => query.fetch_optional(c).await?.map(Row::Lite),
                Sql::Pg(c, query) => query.fetch_optional(c).await?.map(Row::Pg),
            })
        })
    }

    fn rows(self) -> BoxFuture<'t, Result<Vec<Row>, Error>> {
        Box::pin(async move {
            Ok(match self {
                Sql::Lite(c, query) => query.fetch_all(c).await?.into_iter().map(Row::Lite).collect(),
                Sql::Pg(c, query) => query.fetch_all(c).await?.into_iter().map(Row::Pg).collect(),
            })
        })
    }
}

/// A row of either database.
pub(crate) enum Row {
    Lite(SqliteRow),
    Pg(PgRow),
}

impl Row {
    /// The value in a column.
    pub(crate) fn col<T: Column>(&self, name: &str) -> Result<T, Error> {
        let raw: Result<T::Raw, sqlx::Error> = match self {
            Row::Lite(row) => row.try_get(name),
            Row::Pg(row) => row.try_get(name),
        };
        T::of(raw?).map_err(|why| Error::broken(format_args!("column {name}: {why}")))
    }

    /// The value in the first column.
    fn first<T: Column>(&self) -> Result<T, Error> {
        let raw: Result<T::Raw, sqlx::Error> = match self {
            Row::Lite(row) => row.try_get(0),
            Row::Pg(row) => row.try_get(0),
        };
        T::of(raw?).map_err(|why| Error::broken(format_args!("first column: {why}")))
    }
}

/// What a row is read as.
pub(crate) trait Record: Sized {
    fn read(row: &Row) -> Result<Self, Error>;
}

/// A row of one column.
pub(crate) struct One<T>(pub(crate) T);

impl<T: Column> Record for One<T> {
    fn read(row: &Row) -> Result<Self, Error> {
        row.first().map(One)
    }
}

/// Turns "no row was changed" into the given answer.
pub(crate) fn expect_one(changed: u64, otherwise: Error) -> Result<(), Error> {
    if changed == 0 { Err(otherwise) } else { Ok(()) }
}

/// How many rows go into one statement, and how long lists are.
pub(crate) const CHUNK: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &'static str, rows: usize, lite: &str, pg: &str) {
        assert_eq!(Dialect::Lite.expand(text, rows).as_str(), lite);
        assert_eq!(Dialect::Pg.expand(text, rows).as_str(), pg);
    }

    #[test]
    fn marks_become_what_each_database_understands() {
        check("SELECT 1", 1, "SELECT 1", "SELECT 1");
        check("a {in $2} b", 1, "a IN (SELECT value FROM json_each($2)) b", "a = ANY($2) b");
        check("SELECT x {lock}", 1, "SELECT x ", "SELECT x FOR NO KEY UPDATE");
        check("VALUES {rows 2}", 2, "VALUES (?,?),(?,?)", "VALUES ($1,$2),($3,$4)");
    }
}
