//! Tables as a database tells of them, and their rows as plain values.
//!
//! Nothing here names a table or a column: whatever a migration adds is in the next backup. The values are those that
//! SQLite has; where PostgreSQL has more kinds (UUID, boolean), the column says which one is meant.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Executor, Postgres, Row as _, Sqlite, TypeInfo, ValueRef};
use uuid::Uuid;

use super::Error;
use crate::db::{Inner, TABLE, Tx};

/// A value, as every database can hold it.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    Null,
    /// A number, or yes (1) and no (0).
    Int(i64),
    Text(String),
    /// Bytes, or the sixteen of an identifier.
    Bytes(Vec<u8>),
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// What SQLite says of itself: the values know it.
    Any,
    Int,
    Bool,
    Text,
    Bytes,
    Id,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
}

impl Table {
    /// The same with its columns in that order; `None` if they are not these.
    pub(super) fn in_order(self, names: &[String]) -> Option<Table> {
        let mut columns: BTreeMap<String, Column> =
            self.columns.into_iter().map(|column| (column.name.clone(), column)).collect();
        let ordered: Option<Vec<Column>> = names.iter().map(|name| columns.remove(name)).collect();
        Some(Table { name: self.name, columns: ordered.filter(|_| columns.is_empty())? })
    }

    fn names(&self) -> String {
        let quoted: Vec<String> = self.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        quoted.join(", ")
    }
}

/// Concord's own tables, each after those that it refers to.
pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Table>, Error> {
    let own: BTreeSet<String> = tx.own_tables().into_iter().collect();
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    let (columns, edges) = match &mut tx.inner {
        Inner::Lite(tx) => {
            let columns = sqlx::query(
                "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c
                 WHERE m.type = 'table' ORDER BY m.name, c.cid",
            );
            let columns = columns.fetch_all(&mut **tx).await.map_err(crate::Error::from)?;
            let columns: Result<Vec<_>, sqlx::Error> = columns
                .iter()
                .map(|row| Ok((row.try_get::<String, _>(0)?, row.try_get::<String, _>(1)?, Kind::Any)))
                .collect();
            let edges = sqlx::query(
                "SELECT m.name, f.\"table\" FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
                 WHERE m.type = 'table'",
            );
            let edges = edges.fetch_all(&mut **tx).await.map_err(crate::Error::from)?;
            (columns.map_err(crate::Error::from)?, pairs(&edges))
        }
        Inner::Pg(tx) => {
            let columns = sqlx::query(
                "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
                 WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position",
            );
            let columns = columns.fetch_all(&mut **tx).await.map_err(crate::Error::from)?;
            let mut told = Vec::new();
            for row in &columns {
                let text = |n: usize| row.try_get::<String, _>(n).map_err(crate::Error::from);
                let (table, column, kind) = (text(0)?, text(1)?, text(2)?);
                if own.contains(&table) {
                    let kind = kind_of(&kind).filter(|_| !super::PASSING.contains(&table.as_str()));
                    told.push((table, column, kind.unwrap_or(Kind::Any)));
                }
            }
            let edges = sqlx::query(
                "SELECT r.relname::text, t.relname::text FROM pg_constraint c
                 JOIN pg_class r ON r.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
                 WHERE c.contype = 'f' AND r.relnamespace = current_schema()::regnamespace",
            );
            let edges = edges.fetch_all(&mut **tx).await.map_err(crate::Error::from)?;
            (told, pairs(&edges))
        }
    };
    for (table, name, kind) in columns {
        if own.contains(&table) {
            tables.entry(table).or_default().push(Column { name, kind });
        }
    }
    ordered(tables, &edges.map_err(crate::Error::from)?)
}

fn kind_of(told: &str) -> Option<Kind> {
    Some(match told {
        "bigint" => Kind::Int,
        "boolean" => Kind::Bool,
        "text" => Kind::Text,
        "bytea" => Kind::Bytes,
        "uuid" => Kind::Id,
        _ => return None,
    })
}

type Edges = BTreeSet<(String, String)>;

fn pairs<R: sqlx::Row>(rows: &[R]) -> Result<Edges, sqlx::Error>
where
    usize: sqlx::ColumnIndex<R>,
    for<'r> String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Puts tables into the order in which their rows can be written.
fn ordered(mut tables: BTreeMap<String, Vec<Column>>, edges: &Edges) -> Result<Vec<Table>, Error> {
    let mut out: Vec<Table> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let waits = |name: &String| {
            edges.iter().any(|(from, to)| from == name && to != name && tables.contains_key(to))
        };
        let Some(name) = tables.keys().find(|name| !waits(name)).cloned() else {
            let names: Vec<&str> = tables.keys().map(String::as_str).collect();
            return Err(crate::Error::broken(format_args!(
                "tables refer to each other: {}",
                names.join(", ")
            ))
            .into());
        };
        let columns = tables.remove(&name).unwrap_or_default();
        out.push(Table { name, columns });
    }
    Ok(out)
}

/// Hands over every row of a table.
pub(super) async fn rows(
    tx: &mut Tx,
    table: &Table,
    each: &mut (dyn FnMut(Vec<Value>) -> Result<(), Error> + Send),
) -> Result<(), Error> {
    let text = format!("SELECT {} FROM \"{}\"", table.names(), table.name);
    match &mut tx.inner {
        Inner::Lite(tx) => {
            let mut rows = sqlx::query(AssertSqlSafe(text)).persistent(false).fetch(&mut **tx);
            while let Some(row) = rows.try_next().await.map_err(crate::Error::from)? {
                let values: Result<Vec<Value>, sqlx::Error> =
                    (0..table.columns.len()).map(|n| lite_value(&row, n)).collect();
                each(values.map_err(crate::Error::from)?)?;
            }
        }
        Inner::Pg(tx) => {
            let mut rows = sqlx::query(AssertSqlSafe(text)).persistent(false).fetch(&mut **tx);
            while let Some(row) = rows.try_next().await.map_err(crate::Error::from)? {
                let values: Result<Vec<Value>, sqlx::Error> = table
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(n, column)| pg_value(&row, n, column.kind))
                    .collect();
                each(values.map_err(crate::Error::from)?)?;
            }
        }
    }
    Ok(())
}

fn lite_value(row: &SqliteRow, n: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(n)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info();
    Ok(match kind.name() {
        "TEXT" => Value::Text(row.try_get_unchecked(n)?),
        "BLOB" => Value::Bytes(row.try_get_unchecked(n)?),
        _ => Value::Int(row.try_get_unchecked(n)?),
    })
}

fn pg_value(row: &PgRow, n: usize, kind: Kind) -> Result<Value, sqlx::Error> {
    fn or_null<T>(value: Option<T>, known: impl FnOnce(T) -> Value) -> Value {
        value.map_or(Value::Null, known)
    }
    Ok(match kind {
        Kind::Int => or_null(row.try_get(n)?, Value::Int),
        Kind::Bool => or_null(row.try_get(n)?, |yes: bool| Value::Int(yes.into())),
        Kind::Text => or_null(row.try_get(n)?, Value::Text),
        Kind::Bytes => or_null(row.try_get(n)?, Value::Bytes),
        Kind::Id => or_null(row.try_get(n)?, |id: Uuid| Value::Bytes(id.into_bytes().into())),
        Kind::Any => {
            return Err(sqlx::Error::ColumnNotFound(format!("column {n} holds what no backup knows")));
        }
    })
}

/// Writes rows.
pub(super) async fn insert(tx: &mut Tx, table: &Table, rows: Vec<Vec<Value>>) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut text = format!("INSERT INTO \"{}\" ({}) VALUES ", table.name, table.names());
    let width = table.columns.len();
    for row in 0..rows.len() {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 1..=width {
            let sign = if column == 1 { "" } else { "," };
            write!(text, "{sign}${}", row * width + column).expect("a text takes what is written to it");
        }
        text.push(')');
    }
    let does_not_fit =
        || Error::OtherTables(format!("a value of its table {} is of another kind", table.name));
    let values = rows.into_iter().flat_map(|row| row.into_iter().zip(table.columns.iter().map(|c| c.kind)));
    match &mut tx.inner {
        Inner::Lite(tx) => {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for (value, _) in values {
                query = lite_bind(query, value);
            }
            query.execute(&mut **tx).await.map_err(crate::Error::from)?;
        }
        Inner::Pg(tx) => {
            let mut query = sqlx::query(AssertSqlSafe(text));
            for (value, kind) in values {
                query = pg_bind(query, value, kind).ok_or_else(does_not_fit)?;
            }
            query.execute(&mut **tx).await.map_err(crate::Error::from)?;
        }
    }
    Ok(())
}

fn lite_bind(query: Query<'_, Sqlite, SqliteArguments>, value: Value) -> Query<'_, Sqlite, SqliteArguments> {
    match value {
        Value::Null => query.bind(None::<i64>),
        Value::Int(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
        Value::Bytes(bytes) => query.bind(bytes),
    }
}

fn pg_bind(
    query: Query<'_, Postgres, PgArguments>,
    value: Value,
    kind: Kind,
) -> Option<Query<'_, Postgres, PgArguments>> {
    Some(match (kind, value) {
        (Kind::Int, Value::Null) => query.bind(None::<i64>),
        (Kind::Int, Value::Int(number)) => query.bind(number),
        (Kind::Bool, Value::Null) => query.bind(None::<bool>),
        (Kind::Bool, Value::Int(number @ (0 | 1))) => query.bind(number == 1),
        (Kind::Text, Value::Null) => query.bind(None::<String>),
        (Kind::Text, Value::Text(text)) => query.bind(text),
        (Kind::Bytes, Value::Null) => query.bind(None::<Vec<u8>>),
        (Kind::Bytes, Value::Bytes(bytes)) => query.bind(bytes),
        (Kind::Id, Value::Null) => query.bind(None::<Uuid>),
        (Kind::Id, Value::Bytes(bytes)) => query.bind(Uuid::from_slice(&bytes).ok()?),
        _ => return None,
    })
}

/// Whether a table has rows.
pub(super) async fn has_rows(tx: &mut Tx, table: &Table) -> Result<bool, Error> {
    let text = AssertSqlSafe(format!("SELECT 1 FROM \"{}\" LIMIT 1", table.name));
    let found = match &mut tx.inner {
        Inner::Lite(tx) => tx.fetch_optional(text).await.map_err(crate::Error::from)?.is_some(),
        Inner::Pg(tx) => tx.fetch_optional(text).await.map_err(crate::Error::from)?.is_some(),
    };
    Ok(found)
}

/// Nobody else makes or takes away tables until the transaction ends. On SQLite who writes is alone.
pub(super) async fn lock(tx: &mut Tx) -> Result<(), Error> {
    if let Inner::Pg(tx) = &mut tx.inner {
        let locked = tx.execute("SELECT pg_advisory_xact_lock(4853127)").await;
        locked.map_err(crate::Error::from)?;
    }
    Ok(())
}

/// Takes the tables away, and the note of which migrations made them.
pub(super) async fn drop_all(tx: &mut Tx, tables: &[Table]) -> Result<(), Error> {
    let names = tables.iter().rev().map(|table| table.name.as_str()).chain([TABLE]);
    for name in names {
        let text = AssertSqlSafe(format!("DROP TABLE IF EXISTS \"{name}\""));
        match &mut tx.inner {
            Inner::Lite(tx) => tx.execute(text).await.map(|_| ()).map_err(crate::Error::from)?,
            Inner::Pg(tx) => tx.execute(text).await.map(|_| ()).map_err(crate::Error::from)?,
        }
    }
    Ok(())
}
