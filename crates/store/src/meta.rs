//! Few things that the whole installation remembers, by key: the default workspace, say.

use crate::db::{One, Tx};
use crate::error::Error;

/// Returns what is kept under that key.
pub async fn get(tx: &mut Tx, key: &str) -> Result<Option<String>, Error> {
    let found = tx.sql("SELECT value FROM meta WHERE key = $1").bind(key).opt::<One<String>>().await?;
    Ok(found.map(|One(value)| value))
}

/// Keeps it under that key, in place of what was there.
pub async fn set(tx: &mut Tx, key: &str, value: &str) -> Result<(), Error> {
    tx.sql("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(key)
        .bind(value)
        .run()
        .await?;
    Ok(())
}

/// Keeps it under that key if nothing is kept there yet, and says whether it did. Whoever else is just doing the same is
/// waited for.
pub async fn set_first(tx: &mut Tx, key: &str, value: &str) -> Result<bool, Error> {
    let kept = tx
        .sql("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING")
        .bind(key)
        .bind(value)
        .run()
        .await?;
    Ok(kept > 0)
}
