//! What can go wrong, in the few kinds that a caller acts on.
//!
//! Neither the texts nor the sources repeat what a row holds: databases like to quote values in their details, and
//! those are dropped here.

use std::fmt;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not there, or not in this workspace.
    #[error("there is no such row in this workspace")]
    NotFound,
    /// Someone else changed it since it was read: read again and decide again.
    #[error("it was changed by someone else in the meantime")]
    Changed,
    /// The lease has ended or another worker holds it: stop, and write nothing more.
    #[error("the lease on the link is lost")]
    LeaseLost,
    /// The database had no time for it, or resolved a deadlock by ending this transaction: try again.
    #[error("the database is busy")]
    Busy,
    /// There is one already.
    #[error("there is already another {what}")]
    Taken {
        /// What there would be two of: the table's name.
        what: String,
    },
    /// A newer program has changed the tables in a way that this one does not know.
    #[error("the database is of version {database}, and this program knows it only up to {program}")]
    Newer {
        /// The version of the tables.
        database: i64,
        /// The highest version that this program knows.
        program: i64,
    },
    /// Anything else: nobody can act on it but an operator.
    #[error("the database failed")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A failure of our own making, in words.
    pub(crate) fn broken(why: impl fmt::Display) -> Error {
        Error::Broken(why.to_string().into())
    }
}

/// What a database said, without the values it quotes.
#[derive(Debug, thiserror::Error)]
#[error("{message} ({code})")]
struct Fault {
    message: String,
    code: String,
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        use sqlx::error::ErrorKind;
        match error {
            sqlx::Error::RowNotFound => Error::NotFound,
            sqlx::Error::PoolTimedOut => Error::Busy,
            sqlx::Error::Database(fault) => {
                let code = fault.code().unwrap_or_default().into_owned();
                match fault.kind() {
                    ErrorKind::UniqueViolation => Error::Taken { what: unique(&*fault) },
                    ErrorKind::ForeignKeyViolation => Error::NotFound,
                    _ if is_busy(&code) => Error::Busy,
                    _ => Error::Broken(Box::new(Fault { message: fault.message().to_owned(), code })),
                }
            }
            other => Error::Broken(Box::new(other)),
        }
    }
}

/// SQLite's `SQLITE_BUSY` and `SQLITE_LOCKED` in all their extended forms; Postgres' serialization failure, deadlock
/// and lock not available.
fn is_busy(code: &str) -> bool {
    match code.parse::<i64>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6),
        _ => matches!(code, "40001" | "40P01" | "55P03"),
    }
}

/// The table of which there would be two rows. Postgres tells it; SQLite tells the columns ("links.account_id,
/// links.calendar"), or the index where that is on an expression.
fn unique(fault: &dyn sqlx::error::DatabaseError) -> String {
    if let Some(table) = fault.table() {
        return table.to_owned();
    }
    let told = fault.message().rsplit(": ").next().unwrap_or_default();
    let name = told.strip_prefix("index '").unwrap_or(told);
    name.split(['.', '_', '\'']).next().unwrap_or_default().to_owned()
}
